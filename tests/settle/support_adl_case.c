#include "support_adl_case.h"

#include <stdio.h>

#include <criterion/criterion.h>

#include "liq_limits.h"

enum { TEXT_BYTES = 4096 };

/* 10^28 cash units that one fine unit is worth: a whole one, less, much less, an odd number. */
static liq_uint128 cash_per_fine_draw(liq_random *random)
{
    const liq_uint128 whole = (liq_uint128)LIQ_GRAINS_PER_UNIT * LIQ_EXCHANGE_RATE_ONE;

    switch (liq_random_below(random, 4)) {
    case 0:
        return whole;
    case 1:
        return whole / 10000;
    case 2:
        return whole / 10000000000 * (liq_uint128)liq_random_between(random, 1, 1000000);
    default:
        return whole * 10 / 7;
    }
}

static int64_t size_draw(liq_random *random, bool is_small, int64_t last)
{
    return is_small ? liq_random_between(random, 0, 12) : liq_random_of_any_size(random, last);
}

static void counterparty_draw(liq_adl_counterparty *out, liq_random *random, bool is_small,
                              uint32_t number)
{
    *out = (liq_adl_counterparty){.account_index = number / 2 * 3,
                                  .place = 2 * number,
                                  .score_key = liq_random_between(random, -3, 3),
                                  .lots = 1 + size_draw(random, is_small, 1000000000000),
                                  .equity = size_draw(random, is_small, INT64_MAX / 4),
                                  .notional = size_draw(random, is_small, INT64_MAX / 4),
                                  .maintenance = size_draw(random, is_small, INT64_MAX / 4),
                                  .profit = size_draw(random, is_small, INT64_MAX / 4)};
    out->cap_lots = out->lots;
    if (liq_random_once_in(random, 4))
        out->cap_lots = liq_random_between(random, 0, out->lots);
    if (liq_random_once_in(random, 6))
        out->equity = -out->equity;
    if (liq_random_once_in(random, 3))
        out->profit = -out->profit;
    else if (!is_small && liq_random_once_in(random, 3))
        out->profit *= (int64_t)1 << 33;
    if (liq_random_once_in(random, 12))
        out->notional = 0;
}

/* An ask with which no limit is passed: one lot's value is small where lots are many. */
static void ask_draw(adl_case *out, liq_random *random, bool is_small)
{
    liq_adl_ask *ask = &out->ask;
    const int64_t mark = liq_random_between(random, 1, is_small ? 20 : 100000);
    const int64_t moved = liq_random_between(random, -3, is_small ? 6 : 3000);
    liq_int128 all = 0;

    ask->base = (liq_adl_base)liq_random_below(random, LIQ_ADL_BASES);
    ask->weight = (liq_adl_weight)liq_random_below(random, LIQ_ADL_WEIGHTS);
    ask->is_short = (uint32_t)liq_random_below(random, 2);
    ask->mark_value = liq_random_once_in(random, 4) ? -mark : mark;
    ask->exec_value = ask->mark_value + (ask->is_short ? moved : -moved);
    if (liq_random_once_in(random, 3))
        ask->exec_value = ask->mark_value;
    ask->cash_per_fine = cash_per_fine_draw(random);
    ask->seed = liq_random_next(random);
    if (liq_random_once_in(random, 4))
        ask->position_cap_nano = (uint32_t)liq_random_between(random, 1, 1000000000);
    if (liq_random_once_in(random, 3))
        ask->base_cap_nano = (uint32_t)liq_random_between(random, 1, 1000000000);
    for (uint32_t i = 0; i < out->count; i++)
        all += out->counterparties[i].lots;
    ask->lots = liq_random_between(random, 0, (int64_t)all + 1);
    if (liq_random_once_in(random, 2))
        ask->lots /= 3;
}

/* Everybody nearly alike and as large as can be: shares differ by less than a double tells apart,
 * and nearly all is asked for, so that the level stands between their caps. */
static void huge_draw(adl_case *out, liq_random *random)
{
    const int64_t alike = INT64_MAX / 4 - liq_random_between(random, 0, INT64_MAX / 8);
    liq_int128 all = 0;

    out->count = (uint32_t)liq_random_between(random, 2, ADL_CASE_COUNT_MAX);
    for (uint32_t i = 0; i < out->count; i++) {
        const int64_t lots = LIQ_QUANTITY_LOTS_MAX - liq_random_between(random, 0, 3);
        const int64_t own = alike - liq_random_between(random, 0, 9000);

        out->counterparties[i] = (liq_adl_counterparty){.account_index = i,
                                                        .lots = lots,
                                                        .cap_lots = lots,
                                                        .equity = own,
                                                        .notional = own - i % 3,
                                                        .maintenance = own - i % 2,
                                                        .profit = (liq_int128)own << 30};
        all += lots;
    }
    out->ask.base = (liq_adl_base)liq_random_below(random, LIQ_ADL_BASES);
    out->ask.mark_value = out->ask.exec_value = liq_random_between(random, 1, 1000);
    out->ask.cash_per_fine = (liq_uint128)LIQ_GRAINS_PER_UNIT * LIQ_EXCHANGE_RATE_ONE;
    out->ask.lots = (int64_t)all - liq_random_between(random, 1, 60);
}

void adl_case_draw(adl_case *out, liq_random *random, liq_adl_policy policy)
{
    const bool is_small = liq_random_once_in(random, 2);

    *out = (adl_case){.ask.policy = policy};
    if (liq_random_once_in(random, 8)) {
        huge_draw(out, random);
        return;
    }
    out->count = (uint32_t)liq_random_below(random, ADL_CASE_COUNT_MAX + 1);
    for (uint32_t i = 0; i < out->count; i++)
        counterparty_draw(&out->counterparties[i], random, is_small, i);
    liq_adl_rank(out->counterparties, out->count);
    ask_draw(out, random, is_small);
}

void adl_case_run(int64_t *lots, liq_adl_report *report, const adl_case *drawn)
{
    liq_adl_scratch scratch = {0};
    liq_error err = {0};

    cr_assert_eq(liq_adl_scratch_reserve(&scratch, ADL_CASE_COUNT_MAX, &err), LIQ_OK);
    cr_assert_eq(liq_adl_allocate(lots, report, drawn->counterparties, drawn->count, &drawn->ask,
                                  &scratch, &err),
                 LIQ_OK, "%s: %s", err.message, adl_case_text(drawn));
    liq_adl_scratch_clear(&scratch);
}

const char *adl_case_text(const adl_case *drawn)
{
    static char text[TEXT_BYTES];
    const liq_adl_ask *ask = &drawn->ask;
    size_t used = (size_t)snprintf(
        text, sizeof text,
        "%s base %s weight %s short %u lots %lld min %lld mark %lld exec %lld caps %u %u;",
        liq_adl_policy_name(ask->policy), liq_adl_base_name(ask->base),
        liq_adl_weight_name(ask->weight), ask->is_short, (long long)ask->lots,
        (long long)ask->fill_lots_min, (long long)ask->mark_value, (long long)ask->exec_value,
        ask->position_cap_nano, ask->base_cap_nano);

    for (uint32_t i = 0; i < drawn->count && used < sizeof text; i++) {
        const liq_adl_counterparty *one = &drawn->counterparties[i];

        used += (size_t)snprintf(
            text + used, sizeof text - used,
            " [%u.%u lots %lld cap %lld eq %lld n %lld mm %lld pnl %g]", one->account_index,
            one->place, (long long)one->lots, (long long)one->cap_lots, (long long)one->equity,
            (long long)one->notional, (long long)one->maintenance, (double)one->profit);
    }
    return text;
}
