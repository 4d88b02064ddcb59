/*
 * Who to look at when values have moved by so much: the slots of the screen by their reach, from
 * the base market on, in the buckets of kernels/liq_screen.h. A slot whose reach is past
 * LIQ_WATCH_HORIZON is in none: when a value moves that far all are screened anew.
 */
#ifndef LIQ_SCAN_WATCH_H
#define LIQ_SCAN_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include <liqscan/status.h>

#include "liq_limits.h"
#include "liq_screen.h"

/* A share. */
#define LIQ_WATCH_HORIZON LIQ_SCREEN_NEAR_END

enum { LIQ_WATCH_BUCKETS = LIQ_SCREEN_FAR };

/* Slots in no order. */
typedef struct liq_watch_bucket {
    uint32_t first; /* of the watch's slots */
    uint32_t count;
    uint32_t capacity;
} liq_watch_bucket;

typedef struct liq_watch {
    uint32_t *slots;
    uint32_t *places;     /* by slot: where it stands in slots; LIQ_NO_INDEX: nowhere */
    uint8_t *slot_bucket; /* by slot */
    uint32_t *near;       /* slots being put in their buckets */
    liq_watch_bucket buckets[LIQ_WATCH_BUCKETS];
    uint32_t slot_capacity;
} liq_watch;

/** Take the memory. @param slot_capacity  slots have the numbers below it */
LIQ_MUST_USE liq_status liq_watch_create(liq_watch *out, uint32_t slot_capacity, liq_error *err);

/** Takes a zeroed or filled one. */
void liq_watch_clear(liq_watch *watch);

/**
 * Take over the reaches of all slots, on all processors.
 * @param codes  by slot, as liq_screen_code tells: a slot in doubt has no reach
 * @param count  of them, from slot 0 on
 */
void liq_watch_fill(liq_watch *watch, const uint8_t *codes, uint32_t count);

/** A slot has a reach: below zero, none. */
void liq_watch_put(liq_watch *watch, uint32_t slot, float reach);

/** Whether a slot is among those of no reach: each move finds it. */
static inline bool liq_watch_is_nearest(const liq_watch *watch, uint32_t slot)
{
    return watch->places[slot] != LIQ_NO_INDEX && watch->slot_bucket[slot] == 0;
}

/** Nobody looks at a slot any more. Takes one that is nowhere. */
void liq_watch_drop(liq_watch *watch, uint32_t slot);

/** How many slots liq_watch_gather gives. */
uint32_t liq_watch_count(const liq_watch *watch, float move);

/**
 * List the slots whose reach may be no larger than a move.
 * @param move   share, 0 .. LIQ_WATCH_HORIZON
 * @param slots  receives them
 */
void liq_watch_gather(const liq_watch *watch, float move, uint32_t *slots);

#endif
