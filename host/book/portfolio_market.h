/*
 * What the rule of portfolio margin reads besides rows: one lot of each instrument in each scenario
 * of its underlying. Built anew where prices or volatilities have changed; nothing of it grows with
 * accounts.
 */
#ifndef LIQ_BOOK_PORTFOLIO_MARKET_H
#define LIQ_BOOK_PORTFOLIO_MARKET_H

#include <liqscan/status.h>

#include "book/columns.h"
#include "liq_portfolio.h"

struct liq_market;

/* What the numbers of an instrument were made from. */
typedef struct liq_portfolio_inputs {
    liq_decimal mark; /* digits -1: never made */
    liq_decimal underlying_mark;
    liq_decimal volatility;
    liq_decimal days;
    int64_t exchange_rate;
    int64_t value_floor; /* of a lot, which a search over prices may set */
    int64_t value_ceil;
} liq_portfolio_inputs;

/* Empty where the venue has no rule. */
typedef struct liq_portfolio_market {
    liq_portfolio_instrument_record *instruments;
    liq_portfolio_unit_record *units;
    liq_portfolio_tier_record *tiers;
    int64_t *grid;                /* by instrument: of a long lot by scenario, then of a short */
    liq_portfolio_inputs *inputs; /* by instrument */
    liq_portfolio_policy_record policy;
    uint64_t grid_count; /* numbers of it */
    uint32_t instrument_count;
    uint32_t unit_count;
    uint32_t tier_count;
} liq_portfolio_market;

/**
 * Take the memory and fill in what prices do not change.
 * @param market  its assets are filled in
 * @return LIQ_OK, LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_portfolio_market_create(liq_portfolio_market *out,
                                                    const liq_venue *venue,
                                                    const struct liq_market *market,
                                                    liq_error *err);

/** Takes a zeroed or filled one. */
void liq_portfolio_market_clear(liq_portfolio_market *portfolio);

/** Make the numbers of all instruments whose inputs have changed. */
void liq_portfolio_market_update(liq_portfolio_market *portfolio, const liq_book *book,
                                 const struct liq_market *market);

/** Whether the venue has a rule at all. */
static inline bool liq_portfolio_market_exists(const liq_portfolio_market *portfolio)
{
    return portfolio->policy.maintenance_factor > 0;
}

/** The tables as the rule takes them; lent as long as they live. */
liq_portfolio_tables liq_portfolio_market_tables(const liq_portfolio_market *portfolio);

/** PnL of a lot by scenario, as many as its underlying has; the instrument has a grid. Lent. */
const int64_t *liq_portfolio_market_pnl(const liq_portfolio_market *portfolio,
                                        uint32_t instrument_index, bool is_short);

/** The host memory that it has taken. */
uint64_t liq_portfolio_market_memory(const liq_portfolio_market *portfolio);

/** Scenarios of a grid with its padding: a multiple of 8. */
static inline uint32_t liq_portfolio_padded(uint32_t scenario_count)
{
    return (scenario_count + 7U) & ~7U;
}

#endif
