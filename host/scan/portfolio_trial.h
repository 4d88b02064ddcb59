/*
 * A row of portfolio margin of which lots are closed in thought, all positions together valued anew
 * by the rule each time: what one of them frees depends on all others.
 */
#ifndef LIQ_SCAN_PORTFOLIO_TRIAL_H
#define LIQ_SCAN_PORTFOLIO_TRIAL_H

#include <stdbool.h>
#include <stdint.h>

#include <liqscan/status.h>

#include "base/int128.h"
#include "book/market.h"
#include "book/rows.h"

/* A position of the row. */
typedef struct liq_trial_leg {
    uint64_t entry;  /* in the rows of the trial */
    uint64_t settle; /* the entry of its settle asset */
    int64_t entry_value;
    int64_t lots;   /* held, not signed */
    int64_t closed; /* of them */
    int64_t change; /* units that closing has moved to the settle asset */
    uint32_t instrument_index;
    bool is_long;
} liq_trial_leg;

typedef struct liq_portfolio_trial {
    const liq_market *market; /* lent */
    liq_rows rows;            /* a copy of the row, with what is closed */
    int64_t *held;            /* quantities as they were */
    uint32_t *order;          /* of positions, as the rule asks for it */
    liq_trial_leg *legs;      /* in the order of the row */
    uint32_t leg_count;
} liq_portfolio_trial;

/* A line that a row has to get above: equity x equity_factor >= requirement x requirement_factor.
 */
typedef struct liq_trial_goal {
    int64_t equity_factor;
    int64_t requirement_factor;
    bool by_notional; /* the requirement is the notional, else the maintenance margin */
} liq_trial_goal;

/* How far one lot more, or less, of a leg can bring a row above its goal at most, whatever else of
 * it is closed. Heights count 2^-20 of a cash unit x factor. */
typedef struct liq_trial_reach {
    liq_int128 rise;  /* by a lot more */
    liq_int128 fall;  /* by a lot less */
    liq_int128 freed; /* of rise, what the requirement falls */
    liq_int128 slack; /* by roundings, from any size to any other */
} liq_trial_reach;

enum { LIQ_REACH_BITS = 20 };

/**
 * @param out     zeroed; cleared again on failure
 * @param market  lent as long as the trial lives; it has a rule of portfolio margin
 * @param rows    read here only
 */
LIQ_MUST_USE liq_status liq_portfolio_trial_create(liq_portfolio_trial *out,
                                                   const liq_market *market, const liq_rows *rows,
                                                   uint32_t row_index, liq_error *err);

/** Takes a zeroed or filled one. */
void liq_portfolio_trial_clear(liq_portfolio_trial *trial);

/** Say how much of a leg is closed. @param change  units that its settle asset gains by it */
void liq_portfolio_trial_close(liq_portfolio_trial *trial, uint32_t leg, int64_t lots,
                               int64_t change);

/** The same at the mark: what is realised is rounded down to a unit.
 * @return false when that is past its range; nothing is changed then */
bool liq_portfolio_trial_close_at_mark(liq_portfolio_trial *trial, uint32_t leg, int64_t lots);

/** Close nothing. */
void liq_portfolio_trial_open(liq_portfolio_trial *trial);

/** Positions of which lots are left. */
uint32_t liq_portfolio_trial_open_count(const liq_portfolio_trial *trial);

/** The row with what is closed, as liq_truth_row has it. */
liq_row_record liq_portfolio_trial_value(liq_portfolio_trial *trial);

/** Below the liquidate level; without it only equity counts. */
liq_trial_goal liq_trial_goal_safe(const liq_market *market);

/** Fine units of an asset, not negative, in cash units x 2^20, rounded up. */
liq_int128 liq_trial_cash(liq_asset_record asset, liq_int128 fine);

/** How far above a goal a record is, that has a value; below zero: it is missed. */
liq_int128 liq_trial_height(const liq_trial_goal *goal, const liq_row_record *record);

/**
 * @param better  cash units x 2^20 that a lot gains at most when it is closed above the mark
 * @param worse   the same for what it loses at most, fee included
 */
liq_trial_reach liq_portfolio_trial_reach(const liq_portfolio_trial *trial, uint32_t leg,
                                          const liq_trial_goal *goal, liq_int128 better,
                                          liq_int128 worse);

#endif
