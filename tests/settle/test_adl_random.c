/*
 * Thousands of random allocations against an oracle in exact rationals, and what has to hold
 * whatever the numbers are.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdlib.h>
#include <string.h>

#include "liq_limits.h"
#include "support_adl_case.h"
#include "support_adl_oracle.h"

enum { CASES = 3000, PROPERTY_CASES = 6000 };

ParameterizedTestParameters(adl_random, gives_what_exact_fractions_say)
{
    static int policies[LIQ_ADL_POLICIES] = {0, 1, 2, 3, 4, 5};

    return cr_make_param_array(int, policies, LIQ_ADL_POLICIES);
}

ParameterizedTest(int *policy, adl_random, gives_what_exact_fractions_say)
{
    liq_random random = liq_random_make(liq_random_seed() + (uint64_t)*policy);
    uint64_t partly = 0;

    for (int i = 0; i < CASES; i++) {
        int64_t lots[ADL_CASE_COUNT_MAX];
        int64_t wanted[ADL_CASE_COUNT_MAX];
        liq_adl_report report;
        adl_case drawn;

        adl_case_draw(&drawn, &random, (liq_adl_policy)*policy);
        adl_case_run(lots, &report, &drawn);
        adl_oracle_allocate(wanted, drawn.counterparties, drawn.count, &drawn.ask);
        for (uint32_t j = 0; j < drawn.count; j++)
            cr_assert_eq(lots[j], wanted[j], "case %d, number %u: %lld, not %lld: %s", i, j,
                         (long long)lots[j], (long long)wanted[j], adl_case_text(&drawn));
        partly += report.lots_placed > 0 && report.lots_residual == 0;
    }
    cr_expect_gt(partly, CASES / 4, "%llu", (unsigned long long)partly);
}

/* No flip, nothing past a cap, nobody bankrupt, sums exact, nobody spared while a rest remains. */
static void invariants_check(const adl_case *drawn, const int64_t *lots,
                             const liq_adl_report *report)
{
    const int64_t least = drawn->ask.fill_lots_min > 1 ? drawn->ask.fill_lots_min : 1;
    const bool walks = drawn->ask.policy == LIQ_ADL_POLICY_RANDOM_WALK;
    int64_t sum = 0;

    for (uint32_t i = 0; i < drawn->count; i++) {
        const liq_adl_counterparty *one = &drawn->counterparties[i];
        const int64_t cap = adl_oracle_cap(one, &drawn->ask);
        const int64_t room = cap - lots[i];
        const int64_t more = room < report->lots_residual ? room : report->lots_residual;

        sum += lots[i];
        cr_assert(lots[i] >= 0 && lots[i] <= one->lots && lots[i] <= cap, "%s",
                  adl_case_text(drawn));
        cr_assert(lots[i] == 0 || one->equity > 0);
        cr_assert(lots[i] == 0 || lots[i] >= least || lots[i] == one->lots, "%s",
                  adl_case_text(drawn));
        cr_assert(walks || more <= 0 || (lots[i] + more < least && lots[i] + more < one->lots),
                  "number %u could take more: %s", i, adl_case_text(drawn));
    }
    cr_assert_eq(sum, report->lots_placed);
    cr_assert_eq(report->lots_asked, drawn->ask.lots);
    cr_assert_eq(report->lots_placed + report->lots_residual, drawn->ask.lots);
    cr_assert_geq(report->lots_residual, 0);
}

static void report_check(const adl_case *drawn, const int64_t *lots, const liq_adl_report *report)
{
    const liq_int128 moved = (liq_int128)drawn->ask.exec_value - drawn->ask.mark_value;
    const liq_int128 cost = drawn->ask.is_short ? moved : -moved;
    int64_t largest = 0;
    uint32_t accounts = 0;
    uint32_t positions = 0;

    for (uint32_t i = 0; i < drawn->count; i++) {
        const uint32_t account = drawn->counterparties[i].account_index;
        int64_t of_account = 0;
        bool is_first = lots[i] > 0;

        positions += lots[i] > 0;
        for (uint32_t j = 0; j < drawn->count; j++) {
            if (drawn->counterparties[j].account_index != account || lots[j] == 0)
                continue;
            of_account += lots[j];
            is_first = is_first && j >= i;
        }
        accounts += is_first;
        largest = of_account > largest ? of_account : largest;
    }
    cr_assert_eq(report->positions, positions);
    cr_assert_eq(report->accounts, accounts);
    cr_assert_eq(report->largest_index == LIQ_ADL_NO_COUNTERPARTY, positions == 0);
    if (positions > 0)
        cr_assert_eq(report->largest_ppm,
                     (uint32_t)((liq_int128)largest * 1000000 / report->lots_placed));
    cr_assert(report->needed == (moved < 0 ? -moved : moved) * drawn->ask.lots);
    cr_assert(report->taken == cost * report->lots_placed);
    cr_assert(report->overshoot == report->taken - report->needed && report->overshoot <= 0);
}

/* A position at a loss gives only when nobody else can: a least fill may stand in the way. */
static void losers_check(const adl_case *drawn, const int64_t *lots)
{
    int64_t losers_give = 0;
    int64_t others_could = 0;

    for (uint32_t i = 0; i < drawn->count; i++) {
        if (drawn->counterparties[i].profit < 0)
            losers_give += lots[i];
        else if (drawn->ask.policy != LIQ_ADL_POLICY_RANDOM_WALK)
            others_could += adl_oracle_cap(&drawn->counterparties[i], &drawn->ask) - lots[i];
    }
    cr_assert(losers_give == 0 || others_could == 0 || drawn->ask.fill_lots_min > 1, "%s",
              adl_case_text(drawn));
}

Test(adl_random, never_flips_overfills_or_loses_a_lot)
{
    liq_random random = liq_random_make(liq_random_seed());

    for (int i = 0; i < PROPERTY_CASES; i++) {
        int64_t lots[ADL_CASE_COUNT_MAX];
        int64_t again[ADL_CASE_COUNT_MAX];
        liq_adl_report report;
        liq_adl_report report_again;
        adl_case drawn;

        adl_case_draw(&drawn, &random, (liq_adl_policy)(i % LIQ_ADL_POLICIES));
        if (liq_random_once_in(&random, 2))
            drawn.ask.fill_lots_min = liq_random_between(&random, 0, drawn.ask.lots / 2 + 2);
        adl_case_run(lots, &report, &drawn);
        invariants_check(&drawn, lots, &report);
        report_check(&drawn, lots, &report);
        losers_check(&drawn, lots);
        adl_case_run(again, &report_again, &drawn);
        cr_assert_eq(memcmp(lots, again, drawn.count * sizeof *lots), 0);
        cr_assert(report.level_ppm == report_again.level_ppm &&
                  report.largest_index == report_again.largest_index);
    }
}

/* Whole lots may wander by one, as with seats in a parliament; the level may not. */
Test(adl_random, asks_more_of_everybody_when_more_is_asked)
{
    liq_random random = liq_random_make(liq_random_seed());
    uint64_t levels = 0;

    for (int i = 0; i < PROPERTY_CASES; i++) {
        const bool in_order = i % LIQ_ADL_POLICIES == LIQ_ADL_POLICY_QUEUE ||
                              i % LIQ_ADL_POLICIES == LIQ_ADL_POLICY_RANDOM_WALK;
        int64_t less[ADL_CASE_COUNT_MAX];
        int64_t more[ADL_CASE_COUNT_MAX];
        liq_adl_report before;
        liq_adl_report after;
        adl_case drawn;
        bool one_class = true;

        adl_case_draw(&drawn, &random, (liq_adl_policy)(i % LIQ_ADL_POLICIES));
        adl_case_run(less, &before, &drawn);
        drawn.ask.lots += 1 + (int64_t)liq_random_below(&random, (uint64_t)drawn.ask.lots + 1);
        adl_case_run(more, &after, &drawn);
        for (uint32_t j = 0; j < drawn.count; j++) {
            cr_assert_geq(more[j], less[j] - !in_order, "case %d, number %u: %s", i, j,
                          adl_case_text(&drawn));
            one_class = one_class && drawn.counterparties[j].profit > 0;
        }
        if (!one_class || before.level_ppm < 0 || after.level_ppm < 0)
            continue;
        levels++;
        if (drawn.ask.policy == LIQ_ADL_POLICY_MIN_LEVERAGE)
            cr_assert_leq(after.level_ppm, before.level_ppm);
        else
            cr_assert_geq(after.level_ppm, before.level_ppm);
    }
    cr_expect_gt(levels, 20);
}

/* Who stands where in the list says nothing where shares are in proportion. */
Test(adl_random, shares_in_proportion_whatever_the_order)
{
    liq_random random = liq_random_make(liq_random_seed());

    for (int i = 0; i < PROPERTY_CASES; i++) {
        const liq_adl_policy policy = (liq_adl_policy)(LIQ_ADL_POLICY_PRO_RATA + i % 4);
        int64_t lots[ADL_CASE_COUNT_MAX];
        int64_t turned[ADL_CASE_COUNT_MAX];
        liq_adl_report report;
        adl_case drawn;
        adl_case reversed;

        adl_case_draw(&drawn, &random, policy);
        reversed = drawn;
        for (uint32_t j = 0; j < drawn.count; j++)
            reversed.counterparties[j] = drawn.counterparties[drawn.count - 1 - j];
        adl_case_run(lots, &report, &drawn);
        adl_case_run(turned, &report, &reversed);
        for (uint32_t j = 0; j < drawn.count; j++)
            cr_assert_eq(lots[j], turned[drawn.count - 1 - j], "%s", adl_case_text(&drawn));
    }
}

/* The same fractions in other units: seven times the money of everybody, and of a lot. */
Test(adl_random, does_not_ask_in_which_unit_money_is_counted)
{
    liq_random random = liq_random_make(liq_random_seed());

    for (int i = 0; i < PROPERTY_CASES; i++) {
        int64_t lots[ADL_CASE_COUNT_MAX];
        int64_t scaled[ADL_CASE_COUNT_MAX];
        liq_adl_report report;
        liq_adl_report scaled_report;
        adl_case drawn;

        adl_case_draw(&drawn, &random, (liq_adl_policy)(i % LIQ_ADL_POLICIES));
        for (uint32_t j = 0; j < drawn.count; j++) {
            drawn.counterparties[j].equity /= 8;
            drawn.counterparties[j].notional /= 8;
            drawn.counterparties[j].maintenance /= 8;
        }
        adl_case_run(lots, &report, &drawn);
        for (uint32_t j = 0; j < drawn.count; j++) {
            drawn.counterparties[j].equity *= 7;
            drawn.counterparties[j].notional *= 7;
            drawn.counterparties[j].maintenance *= 7;
            drawn.counterparties[j].profit *= 7;
        }
        drawn.ask.mark_value *= 7;
        drawn.ask.exec_value *= 7;
        adl_case_run(scaled, &scaled_report, &drawn);
        cr_assert_eq(memcmp(lots, scaled, drawn.count * sizeof *lots), 0, "%s",
                     adl_case_text(&drawn));
        cr_assert_eq(report.level_ppm, scaled_report.level_ppm);
    }
}

/* Capped pro rata gives two halves of an account what it gives the whole, but for a lot each. */
Test(adl_random, gains_nothing_by_splitting_an_account)
{
    liq_random random = liq_random_make(liq_random_seed());

    for (int i = 0; i < PROPERTY_CASES; i++) {
        int64_t lots[ADL_CASE_COUNT_MAX];
        int64_t split[ADL_CASE_COUNT_MAX];
        liq_adl_report report;
        liq_adl_counterparty *half;
        adl_case drawn;

        adl_case_draw(&drawn, &random, LIQ_ADL_POLICY_CAPPED_PRO_RATA);
        drawn.ask.base_cap_nano = 0;
        drawn.ask.position_cap_nano = 0;
        if (drawn.count == 0 || drawn.count == ADL_CASE_COUNT_MAX ||
            drawn.counterparties[0].lots > LIQ_QUANTITY_LOTS_MAX / 2)
            continue;
        half = &drawn.counterparties[0];
        half->lots *= 2;
        half->cap_lots = half->lots;
        half->equity *= 2;
        half->profit *= 2;
        adl_case_run(lots, &report, &drawn);
        half->lots /= 2;
        half->cap_lots = half->lots;
        half->equity /= 2;
        half->profit /= 2;
        drawn.counterparties[drawn.count] = *half;
        drawn.counterparties[drawn.count++].account_index = 1000;
        adl_case_run(split, &report, &drawn);
        cr_assert_leq(llabs(split[0] + split[drawn.count - 1] - lots[0]), 2, "%s",
                      adl_case_text(&drawn));
    }
}

/* Lots for a deficit: they cover it, one less would not, and less than one lot is too much. */
Test(adl_random, takes_for_a_deficit_less_than_one_lot_too_much)
{
    liq_random random = liq_random_make(liq_random_seed());

    for (int i = 0; i < PROPERTY_CASES; i++) {
        const int64_t lots_max = liq_random_of_any_size(&random, 1000000000000000);
        const int64_t one = liq_random_of_any_size(&random, 1000000000000000000);
        const int64_t two = liq_random_of_any_size(&random, 1000000000000000000);
        const liq_int128 gap = one < two ? (liq_int128)two - one : (liq_int128)one - two;
        const liq_int128 deficit = (liq_int128)liq_random_of_any_size(&random, INT64_MAX) *
                                   liq_random_of_any_size(&random, 1000000);
        const int64_t lots = liq_adl_lots_of_deficit(deficit, one, two, lots_max);

        cr_assert(lots >= 0 && lots <= lots_max);
        cr_assert(lots == lots_max || gap * lots >= deficit);
        if (gap > 0)
            cr_assert(lots == 0 || gap * (lots - 1) < deficit);
    }
    cr_expect_eq(liq_adl_lots_of_deficit(0, 5, 5, 10), 0);
    cr_expect_eq(liq_adl_lots_of_deficit(1, 5, 5, 10), 10);
    cr_expect_eq(liq_adl_lots_of_deficit(15, 10, 5, 10), 3);
    cr_expect_eq(liq_adl_lots_of_deficit(16, 5, 10, 10), 4);
    cr_expect_eq(liq_adl_lots_of_deficit(0, 5, 10, 10), 0);
}
