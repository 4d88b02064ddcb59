/*
 * What each counterparty can give, and by which slope.
 */
#ifndef LIQ_SETTLE_ADL_LINES_H
#define LIQ_SETTLE_ADL_LINES_H

#include "settle/adl_allocate.h"
#include "settle/adl_level.h"

/* The numbers of an ask that every line is made with. */
typedef struct liq_adl_terms_of_ask {
    const liq_adl_ask *ask;
    int64_t cost;         /* of a lot, fine units; may be negative */
    liq_int256 cost_cash; /* the same, 10^-28 cash units; zero where it is negative */
    liq_int256 unit;      /* of lines: see liq_adl_level_fill */
    liq_int256 cash_unit; /* 10^28 */
} liq_adl_terms_of_ask;

liq_adl_terms_of_ask liq_adl_terms_of(const liq_adl_ask *ask);

/**
 * Check the numbers of one counterparty against their limits.
 * @return LIQ_OK or LIQ_OUT_OF_RANGE
 */
LIQ_MUST_USE liq_status liq_adl_counterparty_check(const liq_adl_counterparty *counterparty,
                                                   const liq_adl_terms_of_ask *terms,
                                                   liq_error *err);

/** Lots that a counterparty can give under all caps; 0 where it is not to be used. */
int64_t liq_adl_lots_given_max(const liq_adl_counterparty *counterparty,
                               const liq_adl_terms_of_ask *terms);

/** Whether the equity pays for the close of the whole position. */
bool liq_adl_survives(const liq_adl_counterparty *counterparty, const liq_adl_terms_of_ask *terms);

/** Fill in offset and slope by the policy; queue and random_walk have none. */
void liq_adl_line_slope(liq_adl_line *line, const liq_adl_counterparty *counterparty,
                        const liq_adl_terms_of_ask *terms);

#endif
