/*
 * One grid of a portfolio rule as JSON states it.
 */
#ifndef LIQ_POLICY_PORTFOLIO_GRID_H
#define LIQ_POLICY_PORTFOLIO_GRID_H

#include "policy/portfolio_policy.h"

#define LIQ_MILLIONTHS_FACTOR_MAX 1000000000LL

/* What a decimal of at most six decimals may be, as counts of 10^-6. */
typedef struct liq_millionths_range {
    int64_t least;
    int64_t most;
    const char *shown;
} liq_millionths_range;

/** Read a decimal as a count of 10^-6; nothing is rounded. */
LIQ_MUST_USE liq_status liq_millionths_read(int64_t *out, const liq_json *json,
                                            const liq_json_value *value, liq_millionths_range range,
                                            liq_error *err);

/**
 * Read all of a grid but its class and its underlyings.
 * @param out  zeroed
 */
LIQ_MUST_USE liq_status liq_portfolio_grid_read(liq_portfolio_grid *out, const liq_json *json,
                                                const liq_json_value *item, liq_error *err);

#endif
