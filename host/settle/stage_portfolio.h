/*
 * Closing positions of an account of portfolio margin in the order of what they lose.
 */
#ifndef LIQ_SETTLE_STAGE_PORTFOLIO_H
#define LIQ_SETTLE_STAGE_PORTFOLIO_H

#include "settle/waterfall_internal.h"

/**
 * Close as little as takes the row in hand below the liquidate level at the mark: by the worst
 * scenario first (scan/portfolio_worst.h), or the same part of every position where that closes
 * less notional or where nothing else is enough. Where fills cost more, again.
 */
LIQ_MUST_USE liq_status liq_portfolio_reduce(liq_waterfall *waterfall, liq_hand *hand,
                                             liq_error *err);

/**
 * What each position of the cross margin in hand loses in the scenario that sets its requirement.
 * @param losses  by position of the account, those that are open are filled in; fine units, at most
 * what 64 bits hold
 */
LIQ_MUST_USE liq_status liq_portfolio_rank(liq_waterfall *waterfall, const liq_hand *hand,
                                           int64_t *losses, liq_error *err);

#endif
