#include "support_adl_oracle.h"

#include "base/fail.h"
#include "book/generate_random.h"
#include "scan/support_rational.h"

enum { CASH_DECIMALS = 28, SHARE_DECIMALS = 9, WEIGHT_DECIMALS = 9, GROUPS = 4 };

/* What one gives at a level: offset + slope x level, between nothing and the cap. */
typedef struct giver {
    liq_rational offset;
    liq_rational slope;
    liq_rational exact;
    int64_t cap;
    int64_t lots;
    uint32_t index;
} giver;

static int64_t lots_paid(liq_rational resource, liq_rational cost, int64_t lots)
{
    if (liq_rational_sign(cost) <= 0 ||
        liq_rational_compare(liq_rational_multiply(cost, liq_rational_integer(lots)), resource) <=
            0)
        return lots;
    return liq_rational_to_integer(liq_rational_floor(liq_rational_divide(resource, cost), 0));
}

/* In the margin currency's cash units. */
static liq_rational cash_of_fine(liq_int128 fine, const liq_adl_ask *ask)
{
    return liq_rational_multiply(
        liq_rational_multiply(liq_rational_wide(fine),
                              liq_rational_wide((liq_int128)ask->cash_per_fine)),
        liq_rational_ten(-CASH_DECIMALS));
}

static int64_t cost_of_lot(const liq_adl_ask *ask)
{
    return (ask->is_short ? 1 : -1) * (ask->exec_value - ask->mark_value);
}

static bool by_base(const liq_adl_ask *ask)
{
    return ask->policy == LIQ_ADL_POLICY_CAPPED_PRO_RATA ||
           ask->policy == LIQ_ADL_POLICY_RISK_AWARE;
}

int64_t adl_oracle_cap(const liq_adl_counterparty *counterparty, const liq_adl_ask *ask)
{
    const size_t mark = liq_rational_mark();
    const liq_rational cost = liq_rational_integer(cost_of_lot(ask));
    const liq_rational cost_cash = cash_of_fine(cost_of_lot(ask), ask);
    const liq_rational equity = liq_rational_integer(counterparty->equity);
    const liq_rational share = liq_rational_multiply(liq_rational_integer(ask->base_cap_nano),
                                                     liq_rational_ten(-SHARE_DECIMALS));
    int64_t lots = counterparty->cap_lots;

    if (counterparty->equity <= 0)
        return 0;
    lots = lots_paid(equity, cost_cash, lots);
    if (ask->position_cap_nano > 0)
        lots = lots_paid(liq_rational_multiply(liq_rational_integer(counterparty->lots),
                                               liq_rational_integer(ask->position_cap_nano)),
                         liq_rational_ten(SHARE_DECIMALS), lots);
    if (by_base(ask) && ask->base_cap_nano > 0) {
        const liq_rational profit =
            liq_rational_wide(counterparty->profit > 0 ? counterparty->profit : 0);

        lots = ask->base == LIQ_ADL_BASE_PROFIT
                   ? lots_paid(liq_rational_multiply(share, profit), cost, lots)
                   : lots_paid(liq_rational_multiply(share, equity), cost_cash, lots);
    }
    liq_rational_release(mark);
    return lots;
}

/* The factor that risk_aware puts on a base other than equity. */
static liq_rational weight_of(const liq_adl_counterparty *from, const liq_adl_ask *ask)
{
    const int64_t part =
        ask->weight == LIQ_ADL_WEIGHT_LEVERAGE ? from->notional : from->maintenance;
    const liq_rational exact =
        liq_rational_divide(liq_rational_integer(part), liq_rational_integer(from->equity));
    const liq_rational most =
        liq_rational_multiply(liq_rational_integer(INT64_MAX), liq_rational_ten(-WEIGHT_DECIMALS));

    return liq_rational_least(most,
                              liq_rational_largest(liq_rational_ten(-WEIGHT_DECIMALS),
                                                   liq_rational_floor(exact, WEIGHT_DECIMALS)));
}

static liq_rational slope_of(const liq_adl_counterparty *from, const liq_adl_ask *ask)
{
    const bool weighted = ask->policy == LIQ_ADL_POLICY_RISK_AWARE;

    if (ask->policy == LIQ_ADL_POLICY_PRO_RATA)
        return liq_rational_integer(from->lots);
    if (ask->base == LIQ_ADL_BASE_PROFIT)
        return from->profit <= 0 ? liq_rational_integer(0)
                                 : liq_rational_multiply(liq_rational_wide(from->profit),
                                                         weighted ? weight_of(from, ask)
                                                                  : liq_rational_integer(1));
    if (!weighted)
        return liq_rational_integer(from->equity);
    return liq_rational_integer(ask->weight == LIQ_ADL_WEIGHT_LEVERAGE ? from->notional
                                                                       : from->maintenance);
}

static void giver_fill(giver *out, const liq_adl_counterparty *from, const liq_adl_ask *ask)
{
    out->offset = liq_rational_integer(0);
    if (ask->policy == LIQ_ADL_POLICY_MIN_LEVERAGE) {
        const liq_rational lot =
            cash_of_fine(ask->mark_value < 0 ? -ask->mark_value : ask->mark_value, ask);

        out->offset = liq_rational_divide(liq_rational_integer(from->notional), lot);
        out->slope = liq_rational_divide(liq_rational_integer(from->equity), lot);
        return;
    }
    out->slope = slope_of(from, ask);
}

static liq_rational given_at(const giver *one, liq_rational level)
{
    const liq_rational line =
        liq_rational_add(one->offset, liq_rational_multiply(one->slope, level));

    return liq_rational_least(liq_rational_integer(one->cap),
                              liq_rational_largest(liq_rational_integer(0), line));
}

static liq_rational sum_at(const giver *givers, uint32_t count, liq_rational level)
{
    liq_rational sum = liq_rational_integer(0);

    for (uint32_t i = 0; i < count; i++)
        sum = liq_rational_add(sum, given_at(&givers[i], level));
    return sum;
}

/* Between two levels where somebody starts or ends nothing bends. */
static liq_rational level_of(const giver *givers, uint32_t count, int64_t lots)
{
    const liq_rational wanted = liq_rational_integer(lots);
    liq_rational low = NULL;
    liq_rational high = NULL;
    liq_rational low_sum;
    liq_rational high_sum;

    for (uint32_t i = 0; i < count * 2; i++) {
        const giver *one = &givers[i / 2];
        const liq_rational at = liq_rational_divide(
            liq_rational_subtract(liq_rational_integer(i % 2 == 0 ? 0 : one->cap), one->offset),
            one->slope);
        const int order = liq_rational_compare(sum_at(givers, count, at), wanted);

        if (order == 0)
            return at;
        if (order < 0 && (low == NULL || liq_rational_compare(at, low) > 0))
            low = at;
        if (order > 0 && (high == NULL || liq_rational_compare(at, high) < 0))
            high = at;
    }
    low_sum = sum_at(givers, count, low);
    high_sum = sum_at(givers, count, high);
    return liq_rational_add(
        low, liq_rational_divide(liq_rational_multiply(liq_rational_subtract(wanted, low_sum),
                                                       liq_rational_subtract(high, low)),
                                 liq_rational_subtract(high_sum, low_sum)));
}

/* Whose remainder is the largest; ties by account, then place. */
static giver *next_remainder(giver *givers, uint32_t count,
                             const liq_adl_counterparty *counterparties)
{
    giver *best = NULL;

    for (uint32_t i = 0; i < count; i++) {
        giver *one = &givers[i];
        const liq_adl_counterparty *own = &counterparties[one->index];
        const liq_adl_counterparty *other = best == NULL ? NULL : &counterparties[best->index];
        const int order = best == NULL ? 1 : liq_rational_compare(one->exact, best->exact);

        if (order > 0 || (order == 0 && (own->account_index < other->account_index ||
                                         (own->account_index == other->account_index &&
                                          own->place < other->place))))
            best = one;
    }
    return best;
}

static int64_t share_in_proportion(giver *givers, uint32_t count,
                                   const liq_adl_counterparty *counterparties, int64_t lots)
{
    liq_rational level;
    int64_t all = 0;

    for (uint32_t i = 0; i < count; i++) {
        givers[i].lots = givers[i].cap;
        all += givers[i].cap;
    }
    if (all <= lots)
        return lots - all;
    level = level_of(givers, count, lots);
    for (uint32_t i = 0; i < count; i++) {
        const liq_rational exact = given_at(&givers[i], level);
        const liq_rational whole = liq_rational_floor(exact, 0);

        givers[i].lots = liq_rational_to_integer(whole);
        givers[i].exact = liq_rational_subtract(exact, whole);
        lots -= givers[i].lots;
    }
    for (; lots > 0; lots--) {
        giver *one = next_remainder(givers, count, counterparties);

        one->lots++;
        one->exact = liq_rational_integer(-1);
    }
    return 0;
}

static int64_t share_in_order(giver *givers, uint32_t count, int64_t lots)
{
    for (uint32_t i = 0; i < count; i++) {
        givers[i].lots = givers[i].cap < lots ? givers[i].cap : lots;
        lots -= givers[i].lots;
    }
    return lots;
}

/* Whether one is of a group: 0 and 1 not at a loss, 2 and 3 at a loss; 1 and 3 without a weight. */
static bool is_of_group(const liq_adl_counterparty *from, const liq_adl_ask *ask, uint32_t group,
                        giver *one)
{
    const bool in_order =
        ask->policy == LIQ_ADL_POLICY_QUEUE || ask->policy == LIQ_ADL_POLICY_RANDOM_WALK;

    one->cap = adl_oracle_cap(from, ask);
    if (one->cap == 0 || (from->profit < 0) != (group >= 2))
        return false;
    if (ask->policy == LIQ_ADL_POLICY_RANDOM_WALK &&
        liq_rational_compare(cash_of_fine((liq_int128)cost_of_lot(ask) * from->lots, ask),
                             liq_rational_integer(from->equity)) > 0)
        return false;
    if (in_order)
        return group % 2 == 0;
    giver_fill(one, from, ask);
    if ((liq_rational_sign(one->slope) == 0) != (group % 2 == 1))
        return false;
    if (group % 2 == 1)
        one->slope = liq_rational_integer(from->lots);
    return true;
}

void adl_oracle_allocate(int64_t *lots, const liq_adl_counterparty *counterparties, uint32_t count,
                         const liq_adl_ask *ask)
{
    const size_t mark = liq_rational_mark();
    liq_random random = liq_random_start(ask->seed, 0, 0);
    int64_t left = ask->lots;
    uint32_t start = 0;

    LIQ_ASSERT(count <= ADL_ORACLE_COUNT_MAX && ask->fill_lots_min <= 1);
    for (uint32_t i = 0; i < count; i++)
        lots[i] = 0;
    if (ask->policy == LIQ_ADL_POLICY_RANDOM_WALK && count > 0)
        start = (uint32_t)liq_random_below(&random, count);
    for (uint32_t group = 0; group < GROUPS && left > 0; group++) {
        giver givers[ADL_ORACLE_COUNT_MAX];
        uint32_t found = 0;

        for (uint32_t i = 0; i < count; i++) {
            const uint32_t index = (start + i) % count;

            givers[found] = (giver){.index = index};
            found += is_of_group(&counterparties[index], ask, group, &givers[found]);
        }
        if (ask->policy == LIQ_ADL_POLICY_QUEUE || ask->policy == LIQ_ADL_POLICY_RANDOM_WALK)
            left = share_in_order(givers, found, left);
        else
            left = share_in_proportion(givers, found, counterparties, left);
        for (uint32_t i = 0; i < found; i++)
            lots[givers[i].index] = givers[i].lots;
    }
    liq_rational_release(mark);
}

int adl_oracle_compare(liq_int128 a, liq_int128 b, liq_int128 c, liq_int128 d)
{
    const size_t mark = liq_rational_mark();
    const int order =
        liq_rational_compare(liq_rational_multiply(liq_rational_wide(a), liq_rational_wide(b)),
                             liq_rational_multiply(liq_rational_wide(c), liq_rational_wide(d)));

    liq_rational_release(mark);
    return order;
}
