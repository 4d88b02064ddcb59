#include "settle/adl_report.h"

#include <stdlib.h>

#include "base/fail.h"

#define PPM 1000000

static void givers_list(liq_adl_turn *turns, const liq_adl_counterparty *counterparties,
                        const liq_adl_fill *fills, uint32_t fill_count);
static int givers_compare(const void *left, const void *right);
static int64_t ppm_nearest(liq_int256 above, liq_int256 below);

void liq_adl_report_fill(liq_adl_report *out, const liq_adl_counterparty *counterparties,
                         const liq_adl_fill *fills, uint32_t fill_count,
                         const liq_adl_terms_of_ask *terms, liq_adl_turn *turns)
{
    const liq_int128 cost = terms->cost;
    int64_t of_account = 0;
    int64_t largest = 0;
    uint32_t first = 0;

    *out = (liq_adl_report){.lots_asked = terms->ask->lots,
                            .deficit = terms->ask->deficit,
                            .needed = (cost < 0 ? -cost : cost) * terms->ask->lots,
                            .largest_index = LIQ_ADL_NO_COUNTERPARTY,
                            .positions = fill_count,
                            .level_ppm = -1};
    givers_list(turns, counterparties, fills, fill_count);
    for (uint32_t i = 0; i < out->positions; i++) {
        const bool is_same = i > 0 && turns[i].key == turns[i - 1].key;

        if (!is_same) {
            of_account = 0;
            first = turns[i].line;
        }
        of_account += fills[turns[i].which].lots;
        out->lots_placed += fills[turns[i].which].lots;
        out->accounts += !is_same;
        if (of_account <= largest)
            continue;
        largest = of_account;
        out->largest_index = first;
    }
    LIQ_ASSERT(out->lots_placed <= out->lots_asked);
    if (out->lots_placed > 0)
        out->largest_ppm = (uint32_t)((liq_int128)largest * PPM / out->lots_placed);
    out->lots_residual = out->lots_asked - out->lots_placed;
    out->taken = cost * out->lots_placed;
    out->overshoot = out->taken - out->needed;
}

void liq_adl_report_level(liq_adl_report *out, const liq_adl_terms_of_ask *terms,
                          const liq_adl_level *level)
{
    const liq_adl_ask *ask = terms->ask;
    const liq_int256 cost = liq_int256_from(terms->cost > 0 ? terms->cost : 0);

    out->level_ppm = -1;
    if (liq_int256_is_zero(level->below) || ask->policy == LIQ_ADL_POLICY_RISK_AWARE)
        return;
    if (ask->policy == LIQ_ADL_POLICY_MIN_LEVERAGE) /* the level found is -lambda x 10^28 */
        out->level_ppm = ppm_nearest(liq_int256_negate(level->above),
                                     liq_int256_multiply(level->below, terms->cash_unit));
    else if (ask->policy == LIQ_ADL_POLICY_PRO_RATA)
        out->level_ppm = ppm_nearest(level->above, level->below);
    else if (ask->base == LIQ_ADL_BASE_PROFIT)
        out->level_ppm = ppm_nearest(liq_int256_multiply(level->above, cost), level->below);
    else
        out->level_ppm = ppm_nearest(liq_int256_multiply(level->above, terms->cost_cash),
                                     liq_int256_multiply(level->below, terms->cash_unit));
}

/* Who gives, by account, then in rank order. */
static void givers_list(liq_adl_turn *turns, const liq_adl_counterparty *counterparties,
                        const liq_adl_fill *fills, uint32_t fill_count)
{
    for (uint32_t i = 0; i < fill_count; i++)
        turns[i] = (liq_adl_turn){.key = counterparties[fills[i].index].account_index,
                                  .line = fills[i].index,
                                  .which = i};
    if (fill_count > 0) /* or there may be no array at all */
        qsort(turns, fill_count, sizeof *turns, givers_compare);
}

static int givers_compare(const void *left, const void *right)
{
    const liq_adl_turn *one = left;
    const liq_adl_turn *two = right;

    if (one->key != two->key)
        return one->key < two->key ? -1 : 1;
    return one->line < two->line ? -1 : one->line > two->line;
}

/* -1 where it is below zero, or 2^62 and more. */
static int64_t ppm_nearest(liq_int256 above, liq_int256 below)
{
    const liq_int256 twice = liq_int256_multiply(below, liq_int256_from(2));
    const liq_int256 bound = liq_int256_multiply(twice, liq_int256_from((liq_int128)1 << 62));
    const liq_int256 half_more =
        liq_int256_add(liq_int256_multiply(above, liq_int256_from(2 * (liq_int128)PPM)), below);

    if (liq_int256_negative(above) || liq_int256_compare(half_more, bound) >= 0)
        return -1;
    return (int64_t)liq_int256_divide(NULL, half_more, twice);
}
