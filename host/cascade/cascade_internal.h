/*
 * A runner of cascades and the parts of it that are functions of their own.
 *
 * Prices are kept twice. `raw` is where an instrument trades: the shock, what fills did, and what
 * followers were dragged to; depth stands around it. The live book holds the marks, which are what
 * accounts are valued at.
 */
#ifndef LIQ_CASCADE_CASCADE_INTERNAL_H
#define LIQ_CASCADE_CASCADE_INTERNAL_H

#include <stdbool.h>

#include <liqscan/cascade.h>
#include <liqscan/live.h>
#include <liqscan/settle.h>

#include "base/hash.h"
#include "base/int128.h"
#include "book/columns.h"
#include "settle/price_guard.h"
#include "settle/waterfall.h"

enum { LIQ_CASCADE_EVENTS = 512, LIQ_CASCADE_SIDES = 2 };

/* Events on their way to the live book, with their texts. */
typedef struct liq_cascade_events {
    liq_live_event events[LIQ_CASCADE_EVENTS];
    char prices[LIQ_CASCADE_EVENTS][LIQ_DECIMAL_BYTES];
    char amounts[LIQ_CASCADE_EVENTS][LIQ_DECIMAL_BYTES];
    uint32_t count;
} liq_cascade_events;

/* A follower by numbers; assets come behind instruments. */
typedef struct liq_cascade_drag {
    uint32_t leader;
    uint32_t price;
    int64_t beta_ppm;
} liq_cascade_drag;

/* What a round did with one side of the depth of an instrument: bids first. */
typedef struct liq_cascade_taken {
    int64_t lots;
    liq_decimal worst; /* level that was filled; digits 0: none */
    liq_decimal mean;  /* by lots, rounded against whoever took them */
} liq_cascade_taken;

typedef struct liq_cascade_deal {
    uint32_t round; /* its place in rounds */
    uint32_t instrument;
    liq_cascade_taken sides[LIQ_CASCADE_SIDES];
    liq_decimal before;
    liq_decimal after;
} liq_cascade_deal;

/* Lots of one side that were consumed and have not come back. */
typedef struct liq_cascade_gap {
    int64_t lots;
    int64_t back;     /* that come back now */
    liq_decimal mean; /* where they come back: it moves with the price */
} liq_cascade_gap;

/* A round in numbers; cash units. */
typedef struct liq_cascade_step {
    int64_t time_ms;
    uint64_t flagged;
    uint64_t rows_valued;
    uint64_t wall_ns;
    uint64_t actions;
    liq_settle_totals totals;
    liq_int128 market;
    liq_int128 funds;
    uint32_t prices;
} liq_cascade_step;

struct liq_cascade {
    liq_book book; /* the caller's, its columns lent, under the policy of the cascade */
    liq_cascade_options options;
    char *device; /* that options name */
    liq_cascade_drag *drags;
    uint32_t drag_count;
    liq_live *live;       /* kept from run to run */
    liq_live_set touched; /* accounts that were settled since it was as it was made */
    liq_settle *settle;
    const liq_waterfall *waterfall; /* of settle */
    liq_hash *hash;
    liq_cascade_events *events;
    liq_decimal *before; /* prices of the book: instruments, then assets; digits 0: none */
    liq_decimal *shocked;
    liq_decimal *raw;
    liq_decimal *told;     /* by price: what depth was last told at */
    bool *moved;           /* by price, in this step */
    int64_t *sums;         /* lots taken, 2 x instrument + is_ask */
    liq_decimal *stands;   /* likewise: the worst level of the last round that filled any */
    uint32_t *deal;        /* by instrument: its deal of this round + 1 */
    liq_cascade_gap *gaps; /* likewise */
    liq_price_guard guard; /* of marks; zeroed: the policy has none */
    bool *pending;         /* by price: a guard has not let it through */
    liq_cascade_deal *deals;
    liq_cascade_step *steps;
    liq_depth_level *levels; /* scratch of one instrument */
    bool *was_liquidated;    /* by account */
    bool *was_deleveraged;
    size_t deal_capacity;
    size_t step_capacity;
    size_t level_capacity;
    uint32_t deal_count;
    uint32_t step_count;
    uint32_t level_count;
    uint32_t price_count; /* instruments and assets */
    uint64_t row_count;
    uint64_t accounts;
    uint64_t adl_accounts;
    uint64_t flagged_before;
    uint64_t flagged_first;
    uint64_t flagged_after;
    uint64_t make_ns;
    uint64_t wall_ns;
    liq_int128 funds_before;
    liq_cascade_end end;
    bool is_used;     /* a cascade has changed the live book */
    bool has_notices; /* that waited in the loaded book */
    bool is_started;  /* depth stands at absolute prices */
    int64_t heard_ms; /* when prices that are told now arrive */
    char hash_text[LIQ_HASH_HEX_BYTES];
    /* Told of each round after its settling, before prices move; NULL: nobody. */
    void (*look)(void *context, const liq_cascade *cascade);
    void *look_context;
};

/* The live book. */

/** Have the live book as it is when it is made, with a settler of its own. On failure drop it. */
LIQ_MUST_USE liq_status liq_cascade_live_ready(liq_cascade *self, liq_error *err);
void liq_cascade_live_drop(liq_cascade *self);

/** Give back what only a run needs. */
void liq_cascade_run_drop(liq_cascade *self);

/** A run of the settler has changed accounts: before the next tick. */
void liq_cascade_touched_note(liq_cascade *self);

/* Guards. */

LIQ_MUST_USE liq_status liq_cascade_guard_make(liq_cascade *self, liq_error *err);

/** Whether guards keep something out or hold somebody. */
bool liq_cascade_is_awaited(const liq_cascade *self);

/** How long something may be waited for. */
int64_t liq_cascade_patience_ms(const liq_cascade *self);

/* Depth and prices. */

/** Note what the last run took of the depth: a deal for each instrument. */
LIQ_MUST_USE liq_status liq_cascade_deals_note(liq_cascade *self, liq_error *err);

/** Where prices stand after the deals of this round; moved says which. */
LIQ_MUST_USE liq_status liq_cascade_prices_follow(liq_cascade *self, liq_error *err);

/** What comes back of consumed depth; moved says where. @return whether anything does */
bool liq_cascade_gaps_close(liq_cascade *self);

/** Bring the live book to where prices stand, its depth with them. */
LIQ_MUST_USE liq_status liq_cascade_prices_tell(liq_cascade *self, liq_error *err);

/** Move prices by a shock. */
LIQ_MUST_USE liq_status liq_cascade_prices_shock(liq_cascade *self, const liq_cascade_move *moves,
                                                 uint32_t count, liq_error *err);

/** The number of a price: instruments, then assets. */
LIQ_MUST_USE liq_status liq_cascade_price_find(uint32_t *out, const liq_book *book,
                                               const char *symbol, liq_error *err);

/** The name of a price. */
const char *liq_cascade_price_name(const liq_cascade *self, uint32_t price);

/* Facts. */

/** Count what the actions of the last run did to accounts and markets. */
void liq_cascade_actions_note(liq_cascade *self, liq_cascade_step *step);

/** All funds in cash units at index prices. */
liq_int128 liq_cascade_funds(const liq_cascade *self);

void liq_cascade_summary_write(const liq_cascade *self, liq_cascade_summary *out);

#endif
