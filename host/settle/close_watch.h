/*
 * What a stream of runs does to the margin accounts that it flags: how many there are, who was
 * flagged only because fills had moved the mark, how long closing takes and what it costs against
 * the mark at which an account was first flagged (the implementation shortfall, by which waiting is
 * charged as well as impact). It only looks; nothing is decided by it.
 */
#ifndef LIQ_SETTLE_CLOSE_WATCH_H
#define LIQ_SETTLE_CLOSE_WATCH_H

#include <liqscan/settle.h>

#include "base/int128.h"
#include "book/market.h"
#include "settle/impact.h"
#include "settle/row_map.h"

typedef struct liq_close_facts {
    uint64_t accounts;     /* margin accounts that were flagged, each once */
    uint64_t pulled;       /* of them, at the undisturbed marks of that tick they were not */
    uint64_t takeovers;    /* positions that the venue took over */
    uint64_t closings;     /* stretches of ticks through which a margin account was flagged */
    uint32_t ticks_median; /* that they took, from 1 */
    uint32_t ticks_p99;
    uint32_t ticks_most;
    liq_int128 shortfall; /* cash units: market fills of accounts against the mark at which they
                             were first flagged; below zero: better */
    liq_int128 filled;    /* as of liq_settle_summary, cash units: so are those that follow */
    liq_int128 slippage;
    liq_int128 largest;
    liq_int128 deleveraged;
    liq_int128 socialised;
    liq_int128 fund_change; /* of funds in the margin currency, whole units, since the start */
} liq_close_facts;

/* A margin account that is flagged. */
typedef struct liq_open_close {
    liq_row_name row;
    uint64_t first_tick;
    uint64_t last_tick;
} liq_open_close;

typedef struct liq_close_watch {
    liq_live *live; /* lent */
    const liq_settle *settle;
    liq_book prices; /* with marks of its own: the undisturbed ones */
    liq_decimal *marks;
    liq_market market;  /* at them */
    liq_row_map known;  /* rows that were flagged before */
    liq_row_map places; /* of rows in open, from 1 */
    liq_open_close *open;
    int64_t *arrivals;   /* by place and instrument: value of a lot at the mark of the first tick */
    uint32_t *durations; /* ticks of closings that are over */
    size_t open_capacity;
    size_t arrival_capacity;
    size_t duration_capacity;
    uint32_t open_count;
    uint64_t tick;
    uint64_t market_tick; /* that market is of */
    liq_int128 fund_before;
    liq_close_facts facts;
} liq_close_watch;

/** @param out  zeroed; live and settle are lent as long as it lives */
LIQ_MUST_USE liq_status liq_close_watch_create(liq_close_watch *out, liq_live *live,
                                               const liq_settle *settle, liq_error *err);

/** Takes a zeroed or filled one. */
void liq_close_watch_clear(liq_close_watch *watch);

/** What the mark of an instrument is from this tick on when no fill has moved it; for every mark of
 * a path, before the run. */
void liq_close_watch_mark(liq_close_watch *watch, uint32_t instrument, liq_decimal mark);

/** The live book was ticked, and is about to be settled. */
LIQ_MUST_USE liq_status liq_close_watch_before(liq_close_watch *watch, liq_error *err);

/** It was settled. */
void liq_close_watch_after(liq_close_watch *watch);

/** All that was seen; accounts that are still flagged count with the ticks until now. */
LIQ_MUST_USE liq_status liq_close_watch_read(liq_close_watch *watch, liq_close_facts *out,
                                             liq_error *err);

/** The fills in the market of the last run of a settler, against the marks that it began with. */
void liq_impact_take(liq_impact *impact, const liq_settle *settle, const liq_live *live);

#endif
