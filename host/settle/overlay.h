/*
 * Accounts as settling leaves them. An account is copied when it is first touched, so that a tick
 * costs in proportion to what it touches and the caller's book is never written. The margin account
 * of a copy is valued by the same rule as a scan: the legs of the instrument that changed are
 * written as a row (liq_rows_append) and summed (liq_margin_leg), the sums of the rest stay.
 */
#ifndef LIQ_SETTLE_OVERLAY_H
#define LIQ_SETTLE_OVERLAY_H

#include <stdbool.h>
#include <stdint.h>

#include <liqscan/status.h>

#include "book/market.h"
#include "scan/portfolio_trial.h"
#include "settle/row_map.h"
#include "settle/settle_source.h"

/*
 * A copy. Positions keep their places: one that is closed has zero lots. There is a balance for the
 * margin currency and for every asset that a position or an order settles in, even of zero.
 */
typedef struct liq_touched {
    const char *id; /* lent by the source */
    liq_balance *balances;
    liq_position *positions;
    liq_order *orders;
    liq_leg_sum *sums;    /* legs of the cross row by settle asset, in the order of balances */
    uint32_t *leg_counts; /* entries summed there */
    uint32_t balance_count;
    uint32_t position_count;
    uint32_t cross_count;  /* of them, the first: those of the cross margin */
    uint32_t order_count;  /* that are not dropped */
    uint32_t order_places; /* dropped ones too, which have no lots */
    uint32_t account;
    uint32_t mode;       /* liq_account_mode */
    uint32_t market;     /* the state of the market that sums are of */
    uint32_t open_cross; /* positions of the cross margin that are not closed */
    bool is_exempt;
    bool is_changed;
    bool in_hand; /* being liquidated in this tick: no counterparty */
} liq_touched;

/* Where the scores of an account begin, if they are of this run. */
typedef struct liq_scored {
    uint32_t first; /* positions have numbers of 32 bits */
    uint32_t run;   /* 0: never */
} liq_scored;

typedef struct liq_overlay_block liq_overlay_block;

typedef struct liq_overlay {
    const liq_settle_source *source; /* lent */
    const liq_market *market;        /* lent; whoever moves it calls liq_overlay_moved */
    liq_touched **items;             /* in the order in which they were touched */
    uint32_t *slots;                 /* hash table of items, from 1; 0: free */
    liq_overlay_block *blocks;       /* memory of the copies */
    liq_rows scratch;
    size_t item_capacity;
    liq_position *open; /* of an account, gathered */
    liq_order *open_orders;
    int64_t *scores;    /* by place, of accounts that were scored in this run */
    liq_scored *scored; /* by account; NULL: none was ever */
    size_t open_capacity;
    size_t open_order_capacity;
    size_t score_capacity;
    uint64_t score_count;
    uint32_t score_run;
    uint64_t scratch_room; /* entries */
    uint32_t count;
    uint32_t slot_count; /* a power of two, or 0 */
    uint32_t market_state;
} liq_overlay;

/** @param out  zeroed */
void liq_overlay_start(liq_overlay *out, const liq_settle_source *source, const liq_market *market);

/** Forget all copies; memory is kept. */
void liq_overlay_reset(liq_overlay *overlay);

/** Takes a zeroed or started one. */
void liq_overlay_clear(liq_overlay *overlay);

/** The copy of an account, made now if there is none. @return LIQ_OK, LIQ_OUT_OF_MEMORY,
 * LIQ_OUT_OF_RANGE (an account past the limits of the margin rule) */
LIQ_MUST_USE liq_status liq_overlay_touch(liq_overlay *overlay, uint32_t account, liq_touched **out,
                                          liq_error *err);

/** The copy of an account, or NULL. */
liq_touched *liq_overlay_find(const liq_overlay *overlay, uint32_t account);

/** The market has moved: what is known of copies is summed anew when it is next asked for. */
void liq_overlay_moved(liq_overlay *overlay);

/** Accounts or prices are not those of the last scores: nothing of them is kept. */
void liq_overlay_forget_scores(liq_overlay *overlay);

/** The place of the balance of an asset; it is there for every asset that the account can need. */
uint32_t liq_touched_balance(const liq_touched *touched, uint32_t asset);

/** Change the lots of a position by a signed number, keeping sums. */
void liq_touched_add_lots(liq_overlay *overlay, liq_touched *touched, uint32_t position,
                          int64_t lots);

/** Drop the orders of an instrument, LIQ_NO_INDEX: all. @return how many there were */
uint32_t liq_touched_drop_orders(liq_overlay *overlay, liq_touched *touched, uint32_t instrument);

/** Value the cross row of a copy. */
liq_row_record liq_touched_value(liq_overlay *overlay, liq_touched *touched);

/** Value the row of an isolated position of a copy. */
liq_row_record liq_touched_value_isolated(liq_overlay *overlay, const liq_touched *touched,
                                          uint32_t position);

/**
 * A row of a copy in which closings can be tried, of an account of portfolio margin.
 * @param out       zeroed; the caller clears it
 * @param position  an isolated one; LIQ_NO_INDEX: the cross row, whose legs are its open positions
 */
LIQ_MUST_USE liq_status liq_touched_trial(liq_portfolio_trial *out, liq_overlay *overlay,
                                          const liq_touched *touched, uint32_t position,
                                          liq_error *err);

/** Sums of one position alone, as if nothing else were held. */
liq_leg_sum liq_touched_leg(liq_overlay *overlay, const liq_touched *touched, uint32_t position);

/** The score of a position, where this run has made it. @param position  place among all of the
 * account */
bool liq_overlay_scored(const liq_overlay *overlay, uint32_t account, uint64_t position,
                        int64_t *out);

/**
 * Score of one position by the rule of the venue, at the prices of a market, the same for all of a
 * run: all of a cross margin are scored at once and kept.
 * @param columns   what the account holds, closed positions left out
 * @param position  place among those of columns
 */
LIQ_MUST_USE liq_status liq_columns_score(liq_overlay *overlay, const liq_market *market,
                                          const liq_account_columns *columns, uint64_t position,
                                          int64_t *out, liq_error *err);

/** Value the row of one position (LIQ_NO_INDEX: the cross row) of an account as it lies. */
LIQ_MUST_USE liq_status liq_columns_value(liq_overlay *overlay, const liq_account_columns *columns,
                                          uint32_t position, liq_row_record *out, liq_error *err);

/** What the account holds, closed positions left out; lent until the next call. */
LIQ_MUST_USE liq_status liq_touched_columns(liq_overlay *overlay, const liq_touched *touched,
                                            liq_account_columns *out, liq_error *err);

#endif
