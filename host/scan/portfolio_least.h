/*
 * The least number of lots of one position of a portfolio account with which a goal is met, all
 * else as it is. Closing may make things worse before it makes them better, where a position hedges
 * others; what a lot can change at most says which sizes need no look.
 */
#ifndef LIQ_SCAN_PORTFOLIO_LEAST_H
#define LIQ_SCAN_PORTFOLIO_LEAST_H

#include "scan/kinks.h"
#include "scan/portfolio_trial.h"

/* What is asked. */
typedef struct liq_portfolio_ask {
    void *context;
    /* The row with so many lots of the leg closed in all; without a value where that cannot be. */
    liq_row_record (*value)(void *context, int64_t lots);
    bool (*met)(void *context, const liq_row_record *record);
    liq_trial_goal goal; /* is reached wherever met says so */
    liq_trial_reach reach;
} liq_portfolio_ask;

/**
 * @param lots   receives lots in all; 0: none is enough
 * @param kinks  memory that is kept
 * @param from   lots that are not enough
 * @param end    look no further
 * @return LIQ_OK or LIQ_OUT_OF_MEMORY. Past 16,384 valuations stretches count as looked at: then it
 * is still a number that is enough while one less is not.
 */
LIQ_MUST_USE liq_status liq_portfolio_least(int64_t *lots, const liq_portfolio_ask *ask,
                                            liq_kinks *kinks, int64_t from, int64_t end,
                                            liq_error *err);

/**
 * The least deposit with which a goal is met, all else as the trial has it.
 * @param units  receives units of the margin currency, for an isolated position of its settle
 * asset; above zero
 * @param met    as of liq_portfolio_ask
 * @return false when no deposit that 64 bits hold is enough
 */
bool liq_portfolio_deposit_least(int64_t *units, liq_portfolio_trial *trial,
                                 bool (*met)(void *context, const liq_row_record *record),
                                 void *context);

/** The same below the liquidate level. */
bool liq_portfolio_top_up(int64_t *units, liq_portfolio_trial *trial);

/**
 * The least reduction at the mark, of one leg alone, that takes a flagged row below the liquidate
 * level.
 * @param trial  nothing of the leg is closed; other legs as they are; left so
 * @param lots   receives lots; 0: closing all of it is not enough
 */
LIQ_MUST_USE liq_status liq_portfolio_reduction_find(int64_t *lots, liq_portfolio_trial *trial,
                                                     uint32_t leg, liq_kinks *kinks,
                                                     liq_error *err);

/** The least part of every position, per mille and in lots rounded up, that closed at the mark all
 * together takes a flagged row below the liquidate level; of more than 64 positions found by
 * halving. The trial is left with nothing closed.
 * @return 0: none, not even all of it */
uint32_t liq_portfolio_share_find(liq_portfolio_trial *trial);

/** Lots of a part, per mille, rounded up. */
int64_t liq_portfolio_share_lots(int64_t lots, uint32_t share);

#endif
