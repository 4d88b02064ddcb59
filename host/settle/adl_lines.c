#include "settle/adl_lines.h"

#include <stddef.h>

#include "base/fail.h"
#include "liq_adl.h"

#define SHARE_ONE 1000000000   /* shares count 10^-9 */
#define WEIGHT_UNIT 1000000000 /* weights of the base profit count 10^-9 */

static liq_int256 product(liq_int128 left, liq_int256 right);
static int64_t lots_paid_by(liq_int256 resource, liq_int256 cost, int64_t lots);
static int64_t base_cap(const liq_adl_counterparty *counterparty, const liq_adl_terms_of_ask *terms,
                        int64_t lots);
static liq_int256 base_slope(const liq_adl_counterparty *counterparty,
                             const liq_adl_terms_of_ask *terms);
static int64_t weight_of(const liq_adl_counterparty *counterparty, liq_adl_weight weight);

liq_adl_terms_of_ask liq_adl_terms_of(const liq_adl_ask *ask)
{
    const liq_int256 per_fine = liq_int256_from_unsigned(ask->cash_per_fine);
    const uint64_t mark_size = liq_adl_size_of(ask->mark_value); /* at least one fine unit */
    liq_adl_terms_of_ask out = {.ask = ask, .unit = liq_int256_from(1)};

    out.cost =
        ask->is_short ? ask->exec_value - ask->mark_value : ask->mark_value - ask->exec_value;
    out.cash_unit = liq_int256_from((liq_int128)LIQ_GRAINS_PER_UNIT * LIQ_EXCHANGE_RATE_ONE);
    if (out.cost > 0)
        out.cost_cash = product(out.cost, per_fine);
    if (ask->policy == LIQ_ADL_POLICY_MIN_LEVERAGE)
        out.unit = product((liq_int128)mark_size, per_fine);
    return out;
}

liq_status liq_adl_counterparty_check(const liq_adl_counterparty *counterparty,
                                      const liq_adl_terms_of_ask *terms, liq_error *err)
{
    const liq_int128 profit_max = (liq_int128)1 << LIQ_ADL_PROFIT_BITS;

    if (counterparty->lots < 1 || counterparty->lots > LIQ_QUANTITY_LOTS_MAX)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "a counterparty's %lld lots are not 1 .. %lld",
                        (long long)counterparty->lots, (long long)LIQ_QUANTITY_LOTS_MAX);
    if (counterparty->cap_lots < 0 || counterparty->cap_lots > counterparty->lots)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0,
                        "a counterparty's cap of %lld lots is not 0 .. %lld",
                        (long long)counterparty->cap_lots, (long long)counterparty->lots);
    if (counterparty->notional < 0 || counterparty->maintenance < 0)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0,
                        "a counterparty's notional or maintenance margin is below zero");
    if (counterparty->profit > profit_max || counterparty->profit < -profit_max)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "a counterparty's profit is past 2^%d fine units",
                        LIQ_ADL_PROFIT_BITS);
    if (terms->ask->policy == LIQ_ADL_POLICY_MIN_LEVERAGE &&
        liq_int256_compare(product(counterparty->lots, terms->unit),
                           product(INT64_MAX, terms->cash_unit)) > 0)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0,
                        "the value of a counterparty's %lld lots is past 2^63 cash units",
                        (long long)counterparty->lots);
    return LIQ_OK;
}

int64_t liq_adl_lots_given_max(const liq_adl_counterparty *counterparty,
                               const liq_adl_terms_of_ask *terms)
{
    const uint32_t share = terms->ask->position_cap_nano;
    int64_t lots = counterparty->cap_lots;

    if (counterparty->equity <= 0)
        return 0;
    if (share > 0 && share < SHARE_ONE) {
        const int64_t cap = (int64_t)((liq_int128)counterparty->lots * share / SHARE_ONE);

        lots = lots < cap ? lots : cap;
    }
    lots = lots_paid_by(product(counterparty->equity, terms->cash_unit), terms->cost_cash, lots);
    return base_cap(counterparty, terms, lots);
}

bool liq_adl_survives(const liq_adl_counterparty *counterparty, const liq_adl_terms_of_ask *terms)
{
    return lots_paid_by(product(counterparty->equity, terms->cash_unit), terms->cost_cash,
                        counterparty->lots) == counterparty->lots;
}

void liq_adl_line_slope(liq_adl_line *line, const liq_adl_counterparty *counterparty,
                        const liq_adl_terms_of_ask *terms)
{
    line->offset = liq_int256_from(0);
    switch (terms->ask->policy) {
    case LIQ_ADL_POLICY_MIN_LEVERAGE: /* (N - lambda x equity) / value of a lot */
        line->offset = product(counterparty->notional, terms->cash_unit);
        line->slope = liq_int256_from(counterparty->equity);
        break;
    case LIQ_ADL_POLICY_CAPPED_PRO_RATA:
    case LIQ_ADL_POLICY_RISK_AWARE:
        line->slope = base_slope(counterparty, terms);
        break;
    case LIQ_ADL_POLICY_PRO_RATA:
    case LIQ_ADL_POLICY_QUEUE:
    case LIQ_ADL_POLICY_RANDOM_WALK:
        line->slope = liq_int256_from(counterparty->lots);
        break;
    }
}

static liq_int256 product(liq_int128 left, liq_int256 right)
{
    return liq_int256_multiply(liq_int256_from(left), right);
}

/* The most of lots that cost no more than resource; both not negative. */
static int64_t lots_paid_by(liq_int256 resource, liq_int256 cost, int64_t lots)
{
    if (liq_int256_compare(product(lots, cost), resource) <= 0)
        return lots;
    return (int64_t)liq_int256_divide(NULL, resource, cost);
}

/* The most of lots whose cost is within the share of the base that an account gives at most. */
static int64_t base_cap(const liq_adl_counterparty *counterparty, const liq_adl_terms_of_ask *terms,
                        int64_t lots)
{
    const liq_adl_ask *ask = terms->ask;
    const liq_int128 profit = counterparty->profit > 0 ? counterparty->profit : 0;

    if (ask->base_cap_nano == 0 || terms->cost <= 0 ||
        (ask->policy != LIQ_ADL_POLICY_CAPPED_PRO_RATA && ask->policy != LIQ_ADL_POLICY_RISK_AWARE))
        return lots;
    if (ask->base == LIQ_ADL_BASE_PROFIT)
        return lots_paid_by(product(profit, liq_int256_from(ask->base_cap_nano)),
                            product(SHARE_ONE, liq_int256_from(terms->cost)), lots);
    return lots_paid_by(
        product((liq_int128)counterparty->equity * ask->base_cap_nano, terms->cash_unit),
        product(SHARE_ONE, terms->cost_cash), lots);
}

/*
 * Base x weight. Equity x (a part of equity) is that part, exactly; else the weight is counted in
 * 10^-9, down, at least one of them.
 */
static liq_int256 base_slope(const liq_adl_counterparty *counterparty,
                             const liq_adl_terms_of_ask *terms)
{
    const liq_adl_ask *ask = terms->ask;
    const bool is_weighted = ask->policy == LIQ_ADL_POLICY_RISK_AWARE;

    if (ask->base == LIQ_ADL_BASE_EQUITY) {
        if (!is_weighted)
            return liq_int256_from(counterparty->equity);
        return liq_int256_from(ask->weight == LIQ_ADL_WEIGHT_LEVERAGE ? counterparty->notional
                                                                      : counterparty->maintenance);
    }
    if (counterparty->profit <= 0)
        return liq_int256_from(0);
    return product(counterparty->profit,
                   liq_int256_from(is_weighted ? weight_of(counterparty, ask->weight) : 1));
}

/* Past 2^63 of 10^-9 nothing is told apart: that is a leverage of nine thousand million. */
static int64_t weight_of(const liq_adl_counterparty *counterparty, liq_adl_weight weight)
{
    const int64_t above =
        weight == LIQ_ADL_WEIGHT_LEVERAGE ? counterparty->notional : counterparty->maintenance;
    const liq_int128 value = (liq_int128)above * WEIGHT_UNIT / counterparty->equity;

    if (value < 1)
        return 1;
    return value > INT64_MAX ? INT64_MAX : (int64_t)value;
}
