/*
 * Auto-deleveraging: who gives how much. A quantity is shared out in whole lots over the positions
 * of the other side. Pure: facts in, lots out; no clock, no files, no memory but the scratch.
 *
 * Money here is exact: fine units of the instrument's settle asset (10^-value_decimals, the unit of
 * lot values) in 128 bits. The cost of a lot is what its holder gives up when it is closed at the
 * execution price instead of at the mark: execution - mark for a short, mark - execution for a
 * long. It is negative when the execution price is the better one for the holder.
 *
 * What holds for every policy:
 * - no position gives more than its lots, its cap, or what the equity of its margin account pays
 *   for (cost x lots <= equity): closing never makes a counterparty bankrupt;
 * - a margin account with equity of zero or less gives nothing;
 * - a position at a loss (at the mark) gives nothing while one that is not at a loss can give;
 * - the lots given add up to the lots asked, or everybody has given what he can and the rest is
 *   reported as residual (with a least fill, the rest may be less than one);
 * - equal rights are settled by account index, which ascends with ids, then by place.
 */
#ifndef LIQ_SETTLE_ADL_ALLOCATE_H
#define LIQ_SETTLE_ADL_ALLOCATE_H

#include <stdint.h>

#include <liqscan/status.h>

#include "base/int128.h"
#include "policy/adl_policy.h"

/* 2^26 counterparties, more than a book may have accounts. */
enum { LIQ_ADL_COUNTERPARTIES_MAX = 67108864, LIQ_ADL_NO_COUNTERPARTY = -1 };

/* A profit of the margin rule is below 2^63 units of the settle asset, 10^10 fine units each. */
#define LIQ_ADL_PROFIT_BITS 97

/*
 * A position that may be closed. The caller leaves out exempt accounts, those that cannot be
 * valued, and whoever is being liquidated himself.
 */
typedef struct liq_adl_counterparty {
    uint32_t account_index; /* one for each account; ascends with account ids */
    uint32_t place;         /* the caller's own number; orders positions of one account */
    int64_t score_key;      /* of kernels/liq_adl.h; only liq_adl_rank reads it */
    int64_t lots;           /* held, not signed: 1 .. LIQ_QUANTITY_LOTS_MAX */
    int64_t cap_lots;       /* 0 .. lots: gives no more than that */
    int64_t equity;         /* of the margin account, cash units, as liq_row_record */
    int64_t notional;       /* likewise, >= 0; min_leverage, risk_aware */
    int64_t maintenance;    /* likewise, >= 0; risk_aware by margin_ratio */
    uint32_t account;       /* the caller's own number of the account; nobody here reads it */
    uint32_t reserved_zero;
    liq_int128 profit; /* unrealised PnL of the position at the mark, fine units */
} liq_adl_counterparty;

typedef struct liq_adl_ask {
    liq_adl_policy policy;
    liq_adl_base base;     /* capped_pro_rata, risk_aware */
    liq_adl_weight weight; /* risk_aware */
    uint32_t is_short;     /* side of the counterparties */
    int64_t lots;          /* to be closed, >= 0 */
    int64_t fill_lots_min; /* a fill has at least so many, or closes the position; 0 as 1 */
    int64_t mark_value;    /* of one lot, fine units; 0 counts as 1 for min_leverage */
    int64_t exec_value;    /* of one lot at the execution price, fine units */
    liq_int128 deficit;    /* what is to be covered, fine units, >= 0; 0: not known */
    /* What a fine unit is worth, 10^-28 cash units: grains_per_fine x exchange_rate. */
    liq_uint128 cash_per_fine;
    uint64_t seed;              /* random_walk */
    uint32_t position_cap_nano; /* of the lots of each position, 10^-9, rounded down; 0: none */
    uint32_t base_cap_nano;     /* capped_pro_rata, risk_aware: cost \/ base, 10^-9; 0: none */
} liq_adl_ask;

typedef struct liq_adl_report {
    int64_t lots_asked;
    int64_t lots_placed;
    int64_t lots_residual; /* asked - placed */
    liq_int128 deficit;    /* as asked, fine units */
    liq_int128 needed;     /* |mark - execution| x lots asked, fine units */
    liq_int128 taken;      /* cost x lots placed, fine units */
    liq_int128 overshoot;  /* taken - needed; negative: a residual */
    uint32_t positions;    /* that give */
    uint32_t accounts;     /* that give */
    uint32_t largest_ppm;  /* of the lots placed, by one account, rounded down */
    int64_t largest_index; /* the first counterparty of that account, or LIQ_ADL_NO_COUNTERPARTY;
                              of equals the one with the least account index */
    int64_t level_ppm;     /* where the policy stops, see liq_adl_allocate; -1: nowhere */
} liq_adl_report;

/* What one counterparty gives. */
typedef struct liq_adl_fill {
    int64_t lots;   /* above zero */
    uint32_t index; /* into the counterparties */
    uint32_t reserved_zero;
} liq_adl_fill;

/* Memory for counterparties_max counterparties. */
typedef struct liq_adl_scratch {
    struct liq_adl_line *lines;
    struct liq_adl_turn *turns; /* twice as many */
    struct liq_adl_fill *fills;
    uint32_t counterparties_max;
} liq_adl_scratch;

/** Make room for count counterparties. Starts zeroed; on failure it stays as it was. */
LIQ_MUST_USE liq_status liq_adl_scratch_reserve(liq_adl_scratch *scratch, uint32_t count,
                                                liq_error *err);

/** Takes a zeroed or filled one. */
void liq_adl_scratch_clear(liq_adl_scratch *scratch);

/** Sort into rank order, positions at a loss behind the others: score descending, ties by account
 * index, then by place. */
void liq_adl_rank(liq_adl_counterparty *counterparties, uint32_t count);

/**
 * The lots that cover a cash deficit, no more than are held: ceil(deficit / |execution -
 * bankruptcy|). Closing whole positions for a deficit smaller than their profit would take more
 * than is needed; so many lots take less than one lot's difference too much.
 * @param deficit     fine units of the settle asset, >= 0
 * @param lots_max    lots that are to be got rid of, the answer when prices are equal
 * @param exec_value, bankruptcy_value  of one lot, fine units
 * @return 0 .. lots_max
 */
int64_t liq_adl_lots_of_deficit(liq_int128 deficit, int64_t exec_value, int64_t bankruptcy_value,
                                int64_t lots_max);

/**
 * Share ask->lots out over the counterparties.
 *
 *   queue            in rank order, each as much as it can give
 *   pro_rata         in proportion to lots; level: the share of a position
 *   capped_pro_rata  in proportion to equity, or to profit; level: cost over base
 *   risk_aware       in proportion to base x weight; level: none
 *   min_leverage     the highest notional / equity down to a common lambda; level: lambda
 *   random_walk      from a place drawn by the seed on, round in rank order; whoever would not
 *                    survive the close of his whole position at the execution price is skipped
 *
 * Where a policy shares in proportion, a common level rises until the lots are placed; those that
 * reach what they can give stay there. The level is an exact fraction; whole lots follow by the
 * largest remainder, ties by account index, then place.
 *
 * @param close_lots      receives the lots to close, one for each counterparty
 * @param report          filled
 * @param counterparties  in rank order, as liq_adl_rank makes it
 * @param count           0 .. LIQ_ADL_COUNTERPARTIES_MAX
 * @param scratch         reserved for count
 * @return LIQ_OK, or LIQ_OUT_OF_RANGE (a number past its limit; the message names it)
 */
LIQ_MUST_USE liq_status liq_adl_allocate(int64_t *close_lots, liq_adl_report *report,
                                         const liq_adl_counterparty *counterparties, uint32_t count,
                                         const liq_adl_ask *ask, liq_adl_scratch *scratch,
                                         liq_error *err);

/**
 * The same as a list of those that give, in the order in which they do: rank order, for
 * random_walk the order of the walk, those at a loss behind the others. For the policies queue and
 * random_walk it costs what it lists: nobody behind the last fill is looked at (nor checked),
 * unless there is a least fill. Many allocations from one ranked side stay linear that way, when
 * the caller steps over those at its head that have nothing left.
 * @param fills       room for count; may be scratch->fills
 * @param fill_count  receives how many there are
 */
LIQ_MUST_USE liq_status liq_adl_allocate_fills(liq_adl_fill *fills, uint32_t *fill_count,
                                               liq_adl_report *report,
                                               const liq_adl_counterparty *counterparties,
                                               uint32_t count, const liq_adl_ask *ask,
                                               liq_adl_scratch *scratch, liq_error *err);

#endif
