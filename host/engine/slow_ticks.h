/*
 * The ticks that took longest, each with where its time went. Histograms of stages do not say
 * which of them were slow together, nor beside what: this does, for whoever looks for the tail.
 */
#ifndef LIQ_ENGINE_SLOW_TICKS_H
#define LIQ_ENGINE_SLOW_TICKS_H

#include <stdbool.h>
#include <stdint.h>

#include "outlet/json_out.h"

enum { LIQ_SLOW_TICKS = 32, LIQ_SLOW_CAUSE_BYTES = 16 };

/* Durations in nanoseconds; they do not overlap, and what is left of `all` lies between them. */
typedef struct liq_tick_times {
    uint64_t tick;
    int64_t now_ms;
    uint64_t all;    /* since what made it due came; where nothing did, since it began */
    uint64_t wait;   /* until it began: reading, applying, and the tick before */
    uint64_t scan;   /* valuing */
    uint64_t settle; /* deciding */
    uint64_t lines;  /* making the record */
    uint64_t inputs; /* handing the inputs to the system */
    uint64_t rows;   /* putting records into the database, while the disk takes the inputs */
    uint64_t commit; /* of the database */
    uint64_t emit;
    uint64_t events;        /* applied */
    uint64_t rows_valued;   /* margin accounts */
    bool is_snapshot_under; /* a snapshot was being written */
    char cause[LIQ_SLOW_CAUSE_BYTES];
} liq_tick_times;

/* Zero it. */
typedef struct liq_slow_ticks {
    liq_tick_times ticks[LIQ_SLOW_TICKS]; /* the slowest first */
    uint32_t count;
} liq_slow_ticks;

/** Take a tick in, if it is one of the slowest. */
void liq_slow_ticks_see(liq_slow_ticks *slow, const liq_tick_times *times);

/** Write them as members of an open object. */
void liq_slow_ticks_write(const liq_slow_ticks *slow, liq_json_out *json);

#endif
