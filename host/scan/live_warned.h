/*
 * Which rows came to the warning or reduce-only level, and who of them has not been told.
 *
 * What a row was told last is its `seen` byte, which the book saves and hashes: the status of the
 * last tick + 1. Of a row whose notice waits it stays what it was, with LIQ_SEEN_LATER added, until
 * the notice was sent or is no longer due.
 */
#ifndef LIQ_SCAN_LIVE_WARNED_H
#define LIQ_SCAN_LIVE_WARNED_H

#include <stdbool.h>
#include <stdint.h>

#include <liqscan/book.h>

#include "book/live_book.h"

struct liq_live;

/* What is left to do for a row that was looked at. */
enum {
    LIQ_WARNED_CALLED = 1, /* it is one of `rows` */
    LIQ_WARNED_SPENT = 2,  /* of `spent` */
    LIQ_WARNED_WAITS = 4,  /* of `later` */
    LIQ_WARNED_TOLD = 8    /* what was told of it has changed */
};

typedef struct liq_live_warned_rows {
    liq_live_set rows;  /* of this tick */
    liq_live_set later; /* whose notice waits; some of them no longer do */
    liq_live_set spent; /* of this tick: past liquidation, and not told of it before */
    uint8_t *told;      /* by row of `rows` and `spent`: what its seen byte was before this tick */
} liq_live_warned_rows;

/** @param live  its book is there; rows whose notice waited when that was saved wait on */
LIQ_MUST_USE liq_status liq_warned_create(struct liq_live *live, uint32_t rows, liq_error *err);

void liq_warned_clear(liq_live_warned_rows *warned);

/** A tick begins. */
void liq_warned_start(struct liq_live *live);

/** A row has its status of this tick. */
void liq_warned_see(struct liq_live *live, uint32_t row);

/**
 * The same in two steps: what concerns this row alone, which several threads may do for different
 * rows, and then, by one of them, what is left.
 * @param hash  what the state hash gains is added to it
 * @return LIQ_WARNED_* together
 */
uint32_t liq_warned_look(struct liq_live *live, uint32_t row, uint64_t hash[2]);
void liq_warned_note(struct liq_live *live, uint32_t row, uint32_t left);

/** A row is seen soon: a hint. */
void liq_warned_expect(const struct liq_live *live, uint32_t row);

/** The tick is done: rows whose notice waits are warned again where they are still at a level. */
void liq_warned_finish(struct liq_live *live);

/** The tick has failed: what it has seen is seen again, also by a book loaded in its place. */
void liq_warned_forget(struct liq_live *live);

/** The notice of a row of liq_live_warned or liq_live_spent is not sent now: it is warned again at
 * every tick that finds it at such a level, until it is sent or is not due any more. Before
 * anything is applied. */
void liq_live_warn_later(struct liq_live *live, uint32_t row);

/**
 * Who has come past liquidation without having been told of any level like it, or comes there while
 * a notice waits. Who is held is told nothing: liq_live_warn_later; of others a notice is no longer
 * due: liq_live_warn_done. Lent until the next tick.
 */
void liq_live_spent(const struct liq_live *live, const uint32_t **rows, uint32_t *count);

/** The notice of a row of liq_live_warned is sent; says nothing new of one that never waited. */
void liq_live_warn_done(struct liq_live *live, uint32_t row);

#endif
