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
#include "scan/live_margin.h"
#include "settle/margin_notice.h"
#include "settle/pattern.h"
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

/* A fault of the feed by numbers. */
typedef struct liq_cascade_flaw {
    liq_cascade_fault_kind kind;
    uint32_t price; /* LIQ_NO_INDEX: all */
    int64_t from_ms;
    int64_t to_ms;
    int64_t change_ppm;
} liq_cascade_flaw;

/* A price on its way to the venue. */
typedef struct liq_cascade_sent {
    int64_t due_ms;
    uint32_t price;
    liq_decimal value;
} liq_cascade_sent;

typedef struct liq_cascade_feed {
    liq_cascade_flaw *flaws;
    liq_cascade_sent *under_way; /* from first to count, in the order in which they come out */
    liq_decimal *sent;           /* by price: sent last */
    liq_decimal *says;           /* by price: come out last */
    size_t capacity;
    size_t first;
    size_t count;
    int64_t lag_ms;
    uint32_t flaw_count;
    bool is_faulty; /* it is late, or has flaws: each price is told in each round */
} liq_cascade_feed;

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
    uint64_t wrongly;
    uint32_t factor_ppm; /* the highest on a maintenance rate */
    liq_int128 interest; /* open when it ended */
    liq_int128 slopes[LIQ_CASCADE_SLOPES];
    int64_t leverage; /* hundredths */
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
    liq_decimal *told;             /* by price: what depth was last told at */
    bool *moved;                   /* by price, in this step */
    bool *doubled;                 /* by price: moved by a shock already */
    const liq_cascade_move *moves; /* of the run, lent */
    uint32_t move_count;
    int64_t *sums;         /* lots taken, 2 x instrument + is_ask */
    liq_decimal *stands;   /* likewise: the worst level of the last round that filled any */
    uint32_t *deal;        /* by instrument: its deal of this round + 1 */
    liq_cascade_gap *gaps; /* likewise */
    liq_price_guard guard; /* of marks; zeroed: the policy has none */
    liq_cascade_feed feed;
    liq_live_margin margin; /* dynamic NULL: the policy has none */
    liq_margin_notices margin_notices;
    liq_pattern pattern;    /* its sweep only where it is asked for */
    liq_int128 volume_cash; /* of a day; below 0: not known */
    liq_market true_market; /* at prices as they are, where marks may be others */
    liq_book priced;        /* these prices */
    bool *is_sound;         /* by account: nothing of it is flagged at them */
    bool *was_wronged;      /* and it was liquidated all the same */
    bool *pending;          /* by price: a guard has not let it through */
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
    uint64_t wrongly;
    uint64_t streak;   /* rounds in a row that liquidated anything */
    int64_t last_ms;   /* of moves and of faults of the feed */
    int64_t waited_ms; /* with somebody to be liquidated who was not */
    uint64_t flagged_before;
    uint64_t flagged_first;
    uint64_t flagged_after;
    uint64_t make_ns;
    uint64_t wall_ns;
    liq_int128 funds_before;
    liq_cascade_end end;
    bool is_used;     /* a cascade has changed the live book */
    bool has_notices; /* that waited in the loaded book */
    bool looks_sound;
    bool has_news;    /* marks are others than in the round before */
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

/* The feed (cascade_feed.c). */

/** Read its faults. price_count is known. */
LIQ_MUST_USE liq_status liq_cascade_feed_make(liq_cascade *self, const liq_cascade_options *options,
                                              liq_error *err);
void liq_cascade_feed_clear(liq_cascade_feed *feed);

/** A run begins: all has been heard. */
void liq_cascade_feed_start(liq_cascade *self);

/** Send what has moved, and hear what comes out, at heard_ms. */
LIQ_MUST_USE liq_status liq_cascade_feed_go(liq_cascade *self, liq_error *err);

/** What the feed says of a price now. @return false: nothing */
bool liq_cascade_feed_says(const liq_cascade *self, uint32_t price, liq_decimal *out);

/** Whether anything is under way. */
bool liq_cascade_feed_waits(const liq_cascade *self);

/* Guards (cascade_guard.c). */

LIQ_MUST_USE liq_status liq_cascade_guard_make(liq_cascade *self, liq_error *err);

/** Whether more is to come: guards keep something out or hold somebody, prices or rates move later.
 */
bool liq_cascade_is_awaited(const liq_cascade *self, int64_t time_ms);

/** How long something may be waited for. */
int64_t liq_cascade_patience_ms(const liq_cascade *self);

/** Before a run of the settler, and behind it: how many rounds in a row it is. */
void liq_cascade_round_tell(liq_cascade *self, uint64_t flagged);
void liq_cascade_round_told(liq_cascade *self);

/* Dynamic margin (cascade_margin.c). */

LIQ_MUST_USE liq_status liq_cascade_margin_make(liq_cascade *self, liq_error *err);
void liq_cascade_margin_drop(liq_cascade *self);

/** Before the tick of the live book. @param time_ms  since the shock */
LIQ_MUST_USE liq_status liq_cascade_margin_tick(liq_cascade *self, int64_t time_ms, liq_error *err);

/** Whether maintenance rates are to rise further. */
bool liq_cascade_margin_is_under_way(const liq_cascade *self);
int64_t liq_cascade_margin_patience_ms(const liq_cascade *self);

/** The highest factor on a maintenance rate. */
uint32_t liq_cascade_margin_most_ppm(const liq_cascade *self);

/* Accounts that are flagged by marks alone (cascade_sound.c). */

LIQ_MUST_USE liq_status liq_cascade_sound_make(liq_cascade *self, liq_error *err);
void liq_cascade_sound_drop(liq_cascade *self);

/** Find those of a tick: before it is settled. */
void liq_cascade_sound_see(liq_cascade *self);

/* The pattern (cascade_pattern.c). */

/** @param volume  of a day; NULL: not known */
LIQ_MUST_USE liq_status liq_cascade_volume_read(liq_cascade *self, const char *volume,
                                                liq_error *err);
LIQ_MUST_USE liq_status liq_cascade_pattern_make(liq_cascade *self, liq_error *err);

/** A round was settled. */
void liq_cascade_pattern_see(liq_cascade *self, liq_cascade_step *step);

/** What was liquidated of all that was open. */
uint32_t liq_cascade_open_share_ppm(const liq_cascade_step *step);

/** What was sold and bought for it, of all that is traded meanwhile; below 0: not known. */
int64_t liq_cascade_volume_share_ppm(const liq_cascade *self, const liq_cascade_step *step);

/* Depth and prices. */

/** The decimals that a price may have. */
int32_t liq_cascade_price_decimals(const liq_cascade *self, uint32_t price);

/** Note what the last run took of the depth: a deal for each instrument. */
LIQ_MUST_USE liq_status liq_cascade_deals_note(liq_cascade *self, liq_error *err);

/** Where prices stand after the deals of this round; moved says which. */
LIQ_MUST_USE liq_status liq_cascade_prices_follow(liq_cascade *self, liq_error *err);

/** Bring prices back toward where they were before fills; moved says which. */
void liq_cascade_prices_revert(liq_cascade *self);

/** What comes back of consumed depth; moved says where. @return whether anything does */
bool liq_cascade_gaps_close(liq_cascade *self);

/** Bring the live book to where prices stand, its depth with them. */
LIQ_MUST_USE liq_status liq_cascade_prices_tell(liq_cascade *self, liq_error *err);

/** Look at the moves of a run, lent until it ends, before it begins. */
LIQ_MUST_USE liq_status liq_cascade_moves_check(liq_cascade *self, const liq_cascade_move *moves,
                                                uint32_t count, liq_error *err);

/** Move prices by those moves that come behind a time and up to another. */
LIQ_MUST_USE liq_status liq_cascade_prices_shock(liq_cascade *self, int64_t behind_ms,
                                                 int64_t until_ms, liq_error *err);

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
