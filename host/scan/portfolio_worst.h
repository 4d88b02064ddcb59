/*
 * Closing the worst scenario first: of a portfolio account that misses a goal, the position that
 * loses most in the scenario that sets its requirement, as far as that helps; then the next one, by
 * the scenario that is the worst by then.
 */
#ifndef LIQ_SCAN_PORTFOLIO_WORST_H
#define LIQ_SCAN_PORTFOLIO_WORST_H

#include "scan/portfolio_trial.h"

/* How positions are closed and what is to be reached. */
typedef struct liq_worst_first {
    liq_portfolio_trial *trial;
    void *context;
    /* Say in the trial that so many lots of a leg are closed; false: that cannot be. */
    bool (*close)(void *context, liq_portfolio_trial *trial, uint32_t leg, int64_t lots);
    /* Lots of a leg that can be closed at most. NULL: all. */
    int64_t (*lots_max)(void *context, uint32_t leg);
    bool (*met)(void *context, const liq_row_record *record);
    liq_trial_goal goal;
} liq_worst_first;

/**
 * What each leg loses in the worst scenario of its class, with the share at which a gain of its
 * underlying counts there; of a class whose minimum is more, what the lots are charged for it. Fine
 * units of the margin currency, of what is left of it; a gain is below zero.
 * @param losses  receives leg_count numbers
 * @return LIQ_OK or LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_portfolio_losses(liq_int128 *losses, const liq_portfolio_trial *trial,
                                             liq_error *err);

/**
 * Close in thought until the goal is met; then each leg gives back what is not needed.
 * @param order  receives the legs that are closed, in that order; room for all
 * @param count  receives how many
 * @param met    receives whether the goal is met; if not, what is closed says nothing
 */
LIQ_MUST_USE liq_status liq_portfolio_worst_first(const liq_worst_first *ask, uint32_t *order,
                                                  uint32_t *count, bool *met, liq_error *err);

/** The same at the mark, below the liquidate level. */
LIQ_MUST_USE liq_status liq_portfolio_worst_at_mark(liq_portfolio_trial *trial, uint32_t *order,
                                                    uint32_t *count, bool *met, liq_error *err);

#endif
