/*
 * Published examples, and what an allocation refuses.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "liq_limits.h"
#include "settle/adl_allocate.h"

enum { COUNT_MAX = 8 };

/* One cash unit is one fine unit. */
#define SAME_UNITS ((liq_uint128)LIQ_GRAINS_PER_UNIT * LIQ_EXCHANGE_RATE_ONE)

typedef struct allocated {
    int64_t lots[COUNT_MAX];
    liq_adl_report report;
} allocated;

static allocated allocate(const liq_adl_counterparty *counterparties, uint32_t count,
                          const liq_adl_ask *ask)
{
    liq_adl_scratch scratch = {0};
    liq_error err = {0};
    allocated out;

    cr_assert_eq(liq_adl_scratch_reserve(&scratch, count, &err), LIQ_OK);
    cr_assert_eq(
        liq_adl_allocate(out.lots, &out.report, counterparties, count, ask, &scratch, &err), LIQ_OK,
        "%s", err.message);
    liq_adl_scratch_clear(&scratch);
    return out;
}

static void expect_lots(const allocated *got, const int64_t *wanted, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        cr_expect_eq(got->lots[i], wanted[i], "number %u: %lld, not %lld", i,
                     (long long)got->lots[i], (long long)wanted[i]);
}

/* BitMEX: six longs, a short of 20 liquidated. */
Test(adl_allocate, closes_the_queue_of_bitmex)
{
    static const int64_t longs[6][3] = {/* account, quantity, score */
                                        {1, 10, 3}, {2, 10, 6}, {3, 20, 1},
                                        {4, 30, 4}, {5, 20, 5}, {6, 10, 2}};
    static const uint32_t order[6] = {2, 5, 4, 1, 6, 3};
    liq_adl_counterparty side[6];
    const liq_adl_ask ask = {.lots = 20, .cash_per_fine = SAME_UNITS};
    allocated got;

    for (int i = 0; i < 6; i++)
        side[i] = (liq_adl_counterparty){.account_index = (uint32_t)longs[i][0],
                                         .lots = longs[i][1],
                                         .cap_lots = longs[i][1],
                                         .score_key = longs[i][2],
                                         .equity = 1,
                                         .profit = 1};
    liq_adl_rank(side, 6);
    for (int i = 0; i < 6; i++)
        cr_expect_eq(side[i].account_index, order[i]);
    got = allocate(side, 6, &ask);
    expect_lots(&got, (const int64_t[]){10, 10, 0, 0, 0, 0}, 6);
    cr_expect_eq(got.report.lots_residual, 0);
    cr_expect_eq(got.report.accounts, 2);
    cr_expect_eq(got.report.largest_ppm, 500000);
    cr_expect_eq(got.report.largest_index, 0);
}

/*
 * Equities of 10, 5, 1, -3 and -12, of which 7.5 are needed, here counted in 64ths. A lot costs one
 * of them, so what an account can give is its equity.
 */
static uint32_t winners_fill(liq_adl_counterparty *side)
{
    static const int64_t equities[5] = {10, 5, 1, -3, -12};
    static const int64_t scores[5] = {2, 3, 1, 0, 0}; /* order 2, 1, 3 */

    for (uint32_t i = 0; i < 5; i++)
        side[i] = (liq_adl_counterparty){.account_index = i + 1,
                                         .lots = 5000,
                                         .cap_lots = 5000,
                                         .score_key = scores[i],
                                         .equity = 64 * equities[i],
                                         .profit = equities[i]};
    liq_adl_rank(side, 5);
    return 5;
}

Test(adl_allocate, takes_a_quarter_all_and_nothing_by_queue)
{
    liq_adl_counterparty side[COUNT_MAX];
    const uint32_t count = winners_fill(side);
    liq_adl_ask ask = {.mark_value = 1, .cash_per_fine = SAME_UNITS, .deficit = 480};
    allocated got;

    ask.lots = liq_adl_lots_of_deficit(ask.deficit, ask.exec_value, ask.mark_value, 100000);
    got = allocate(side, count, &ask);
    expect_lots(&got, (const int64_t[]){320, 160, 0, 0, 0}, count); /* all of 5, 0.25 of 10 */
    cr_expect(got.report.needed == 480 && got.report.taken == 480 && got.report.overshoot == 0);
    cr_expect(got.report.deficit == 480);
}

Test(adl_allocate, takes_fifteen_of_thirty_two_parts_pro_rata)
{
    liq_adl_counterparty side[COUNT_MAX];
    const uint32_t count = winners_fill(side);
    const liq_adl_ask ask = {.policy = LIQ_ADL_POLICY_CAPPED_PRO_RATA,
                             .lots = 480,
                             .mark_value = 1,
                             .cash_per_fine = SAME_UNITS};
    const allocated got = allocate(side, count, &ask);

    expect_lots(&got, (const int64_t[]){150, 300, 30, 0, 0}, count);
    cr_expect_eq(got.report.level_ppm, 468750); /* 15/32 */
}

/* With a cap of 15/32 there is just enough; below it a rest stays. */
Test(adl_allocate, leaves_a_residual_below_the_cap_that_is_needed)
{
    liq_adl_counterparty side[COUNT_MAX];
    const uint32_t count = winners_fill(side);
    liq_adl_ask ask = {.policy = LIQ_ADL_POLICY_CAPPED_PRO_RATA,
                       .lots = 480,
                       .mark_value = 1,
                       .base_cap_nano = 468750000,
                       .cash_per_fine = SAME_UNITS};
    allocated got = allocate(side, count, &ask);

    expect_lots(&got, (const int64_t[]){150, 300, 30, 0, 0}, count);
    cr_expect_eq(got.report.lots_residual, 0);
    ask.base_cap_nano = 250000000;
    got = allocate(side, count, &ask);
    expect_lots(&got, (const int64_t[]){80, 160, 16, 0, 0}, count);
    cr_expect_eq(got.report.lots_residual, 224);
    cr_expect(got.report.overshoot == -224);
    cr_expect_eq(got.report.level_ppm, -1);
}

/* Five shorts (quantity, entry, wallet) at a mark of 80; a lot is 10^-4, cash counts 10^-6. */
static uint32_t shorts_fill(liq_adl_counterparty *side)
{
    static const int64_t given[5][3] = {
        {10, 100, 1000}, {10, 100, 60}, {20, 90, 300}, {5, 120, 5}, {30, 82, 100}};

    for (uint32_t i = 0; i < 5; i++) {
        const int64_t profit = given[i][0] * (given[i][1] - 80);

        side[i] = (liq_adl_counterparty){.account_index = i,
                                         .lots = given[i][0] * 10000,
                                         .cap_lots = given[i][0] * 10000,
                                         .equity = (given[i][2] + profit) * 1000000,
                                         .notional = given[i][0] * 80 * 1000000,
                                         .maintenance = given[i][0] * 80 * 10000,
                                         .profit = (liq_int128)profit * 1000000};
    }
    return 5;
}

static allocated shorts_allocate(liq_adl_policy policy, int64_t lots)
{
    liq_adl_counterparty side[COUNT_MAX];
    const uint32_t count = shorts_fill(side);
    const liq_adl_ask ask = {.policy = policy,
                             .is_short = 1,
                             .lots = lots,
                             .mark_value = 8000, /* 80 x 10^-4 */
                             .exec_value = 8000,
                             .cash_per_fine = SAME_UNITS};

    return allocate(side, count, &ask);
}

Test(adl_allocate, shares_forty_of_five_shorts_pro_rata)
{
    const allocated got = shorts_allocate(LIQ_ADL_POLICY_PRO_RATA, 400000);

    /* 5.333, 5.333, 10.667, 2.667, 16: the two lots missing go to the largest remainders */
    expect_lots(&got, (const int64_t[]){53333, 53333, 106667, 26667, 160000}, 5);
    cr_expect_eq(got.report.level_ppm, 533333);
}

Test(adl_allocate, lowers_the_leverage_of_five_shorts_to_a_common_one)
{
    const allocated got = shorts_allocate(LIQ_ADL_POLICY_MIN_LEVERAGE, 400000);

    /* 0, 4.2222, 8.8889, .4444, 26.4444; of the remainders .89, .44 and .44 the first wins */
    expect_lots(&got, (const int64_t[]){0, 42222, 88889, 4445, 264444}, 5);
    cr_expect_eq(got.report.level_ppm, 1777778);
    cr_expect_eq(got.report.accounts, 4);
    cr_expect_eq(got.report.largest_index, 4);
    cr_expect_eq(got.report.largest_ppm, 661110);
}

Test(adl_allocate, weighs_equity_by_leverage_as_the_notional)
{
    const allocated got = shorts_allocate(LIQ_ADL_POLICY_RISK_AWARE, 60000);

    /* notional 800, 800, 1600, 400, 2400 of 6000 */
    expect_lots(&got, (const int64_t[]){8000, 8000, 16000, 4000, 24000}, 5);
}

/* A loser is left alone until the last winner is closed, whatever his score. */
Test(adl_allocate, spares_losers_while_a_winner_remains)
{
    const liq_adl_counterparty side[3] = {
        {.account_index = 7, .lots = 10, .cap_lots = 10, .equity = 5, .score_key = 9, .profit = -1},
        {.account_index = 1, .lots = 4, .cap_lots = 4, .equity = 5, .score_key = 3, .profit = 0},
        {.account_index = 2, .lots = 4, .cap_lots = 4, .equity = 5, .score_key = 2, .profit = 8}};

    for (int policy = 0; policy < LIQ_ADL_POLICIES; policy++) {
        liq_adl_ask ask = {.policy = (liq_adl_policy)policy,
                           .base = LIQ_ADL_BASE_PROFIT,
                           .lots = 8,
                           .mark_value = 1,
                           .exec_value = 1,
                           .cash_per_fine = SAME_UNITS};
        allocated got = allocate(side, 3, &ask);

        expect_lots(&got, (const int64_t[]){0, 4, 4}, 3);
        ask.lots = 9;
        got = allocate(side, 3, &ask);
        expect_lots(&got, (const int64_t[]){1, 4, 4}, 3);
        ask.lots = 100;
        got = allocate(side, 3, &ask);
        expect_lots(&got, (const int64_t[]){10, 4, 4}, 3);
        cr_expect_eq(got.report.lots_residual, 82);
    }
}

/* Nobody is closed past what his equity pays for; a walk skips who would not survive in full. */
Test(adl_allocate, makes_nobody_bankrupt)
{
    const liq_adl_counterparty side[2] = {
        {.account_index = 1, .lots = 10, .cap_lots = 10, .equity = 9, .profit = 1},
        {.account_index = 2, .lots = 10, .cap_lots = 10, .equity = 30, .profit = 1}};
    liq_adl_ask ask = {.is_short = 1,
                       .lots = 20,
                       .mark_value = 5,
                       .exec_value = 7, /* a short pays 2 more than the mark */
                       .cash_per_fine = SAME_UNITS};
    allocated got = allocate(side, 2, &ask);

    expect_lots(&got, (const int64_t[]){4, 10}, 2);
    cr_expect_eq(got.report.lots_residual, 6);
    cr_expect(got.report.needed == 40 && got.report.taken == 28 && got.report.overshoot == -12);
    ask.policy = LIQ_ADL_POLICY_RANDOM_WALK;
    got = allocate(side, 2, &ask);
    expect_lots(&got, (const int64_t[]){0, 10}, 2);
    ask.is_short = 0; /* a long is paid more than the mark */
    got = allocate(side, 2, &ask);
    expect_lots(&got, (const int64_t[]){10, 10}, 2);
    cr_expect(got.report.taken == -40);
}

Test(adl_allocate, makes_no_fill_below_the_least_one)
{
    const liq_adl_counterparty side[4] = {
        {.account_index = 1, .lots = 40, .cap_lots = 40, .equity = 9, .profit = 1},
        {.account_index = 2, .lots = 3, .cap_lots = 3, .equity = 9, .profit = 1},
        {.account_index = 3, .lots = 20, .cap_lots = 20, .equity = 9, .profit = 1},
        {.account_index = 4, .lots = 2, .cap_lots = 2, .equity = 9, .profit = 1}};
    liq_adl_ask ask = {.lots = 45, .fill_lots_min = 5, .cash_per_fine = SAME_UNITS};
    allocated got = allocate(side, 4, &ask);

    /* 2 of the third would be too few; they close the fourth, which is whole */
    expect_lots(&got, (const int64_t[]){40, 3, 0, 2}, 4);
    ask.lots = 44;
    got = allocate(side, 4, &ask);
    expect_lots(&got, (const int64_t[]){40, 3, 0, 0}, 4);
    cr_expect_eq(got.report.lots_residual, 1);
    ask.policy = LIQ_ADL_POLICY_PRO_RATA;
    ask.lots = 13; /* 8, 0.6, 4, 0.4: only the first is enough, and can take the rest */
    got = allocate(side, 4, &ask);
    expect_lots(&got, (const int64_t[]){13, 0, 0, 0}, 4);
    ask.lots = 20; /* 12.3, 0.9, 6.2, 0.6: what is exactly enough stays where it is */
    ask.fill_lots_min = 6;
    got = allocate(side, 4, &ask);
    expect_lots(&got, (const int64_t[]){14, 0, 6, 0}, 4);
}

Test(adl_allocate, counts_an_account_with_two_positions_once)
{
    const liq_adl_counterparty side[3] = {
        {.account_index = 2, .place = 1, .lots = 5, .cap_lots = 5, .equity = 9, .profit = 1},
        {.account_index = 1, .lots = 8, .cap_lots = 8, .equity = 9, .profit = 1},
        {.account_index = 2, .place = 0, .lots = 6, .cap_lots = 6, .equity = 9, .profit = 1}};
    const liq_adl_ask ask = {.lots = 19, .cash_per_fine = SAME_UNITS};
    const allocated got = allocate(side, 3, &ask);

    cr_expect_eq(got.report.positions, 3);
    cr_expect_eq(got.report.accounts, 2);
    cr_expect_eq(got.report.largest_index, 0);
    cr_expect_eq(got.report.largest_ppm, 578947); /* 11 of 19 */
}

/* Score descending, then account, then place; whoever is at a loss stands behind. */
Test(adl_allocate, ranks_by_score_account_and_place)
{
    static const int64_t given[7][4] = {/* account, place, score, profit */
                                        {5, 1, 7, 1},  {2, 9, 4, 1}, {9, 0, 9, -1}, {2, 3, 4, 0},
                                        {1, 0, -4, 1}, {3, 0, 4, 1}, {1, 5, 9, -1}};
    static const int64_t wanted[7][2] = {{5, 1}, {2, 3}, {2, 9}, {3, 0}, {1, 0}, {1, 5}, {9, 0}};
    liq_adl_counterparty side[7];

    for (int i = 0; i < 7; i++)
        side[i] = (liq_adl_counterparty){.account_index = (uint32_t)given[i][0],
                                         .place = (uint32_t)given[i][1],
                                         .score_key = given[i][2],
                                         .profit = given[i][3]};
    liq_adl_rank(side, 7);
    for (int i = 0; i < 7; i++)
        cr_expect(side[i].account_index == wanted[i][0] && side[i].place == wanted[i][1],
                  "place %d: %u.%u", i, side[i].account_index, side[i].place);
}

/* Ties go to the lower account id, then to the lower place, whatever the order of the list. */
Test(adl_allocate, settles_equal_remainders_by_account_then_place)
{
    const liq_adl_counterparty side[4] = {
        {.account_index = 5, .place = 0, .lots = 9, .cap_lots = 9, .equity = 9, .profit = 1},
        {.account_index = 3, .place = 7, .lots = 9, .cap_lots = 9, .equity = 9, .profit = 1},
        {.account_index = 4, .place = 0, .lots = 9, .cap_lots = 9, .equity = 9, .profit = 1},
        {.account_index = 3, .place = 2, .lots = 9, .cap_lots = 9, .equity = 9, .profit = 1}};
    liq_adl_ask ask = {.policy = LIQ_ADL_POLICY_PRO_RATA, .lots = 1, .cash_per_fine = SAME_UNITS};
    allocated got = allocate(side, 4, &ask);

    expect_lots(&got, (const int64_t[]){0, 0, 0, 1}, 4);
    ask.lots = 2;
    got = allocate(side, 4, &ask);
    expect_lots(&got, (const int64_t[]){0, 1, 0, 1}, 4);
    ask.lots = 3;
    got = allocate(side, 4, &ask);
    expect_lots(&got, (const int64_t[]){0, 1, 1, 1}, 4);
}

/* Remainders that differ in the last of ninety bits, with the tie the other way round. */
Test(adl_allocate, tells_apart_what_differs_by_almost_nothing)
{
    const liq_int128 profit = (liq_int128)1 << 90;
    const liq_adl_counterparty side[3] = {
        {.account_index = 1, .lots = 9, .cap_lots = 9, .equity = 9, .profit = profit},
        {.account_index = 2, .lots = 9, .cap_lots = 9, .equity = 9, .profit = profit + 1},
        {.account_index = 3, .lots = 9, .cap_lots = 9, .equity = 9, .profit = profit}};
    liq_adl_ask ask = {.policy = LIQ_ADL_POLICY_CAPPED_PRO_RATA,
                       .base = LIQ_ADL_BASE_PROFIT,
                       .lots = 1,
                       .cash_per_fine = SAME_UNITS};
    allocated got = allocate(side, 3, &ask);

    expect_lots(&got, (const int64_t[]){0, 1, 0}, 3);
    ask.lots = 2;
    got = allocate(side, 3, &ask);
    expect_lots(&got, (const int64_t[]){1, 1, 0}, 3);
}

/*
 * Equities that halve from one to the next, and caps that are reached one after the other as the
 * level rises: rounds find a new one every time, so in the end all caps are sorted.
 */
Test(adl_allocate, finds_the_level_where_rounds_come_to_no_end)
{
    enum { COUNT = 40, FULL = 36 };
    liq_adl_counterparty side[COUNT];
    liq_adl_scratch scratch = {0};
    liq_adl_report report;
    int64_t lots[COUNT];
    liq_adl_ask ask = {.policy = LIQ_ADL_POLICY_CAPPED_PRO_RATA, .cash_per_fine = SAME_UNITS};

    for (int i = 0; i < COUNT; i++) {
        const int64_t equity = (int64_t)1 << (COUNT - i);

        side[i] = (liq_adl_counterparty){.account_index = (uint32_t)i,
                                         .lots = equity * (100 + i),
                                         .cap_lots = equity * (100 + i),
                                         .equity = equity,
                                         .profit = 1};
        ask.lots += i < FULL ? side[i].lots : equity / 2 * 271; /* at a level of 135.5 */
    }
    cr_assert_eq(liq_adl_scratch_reserve(&scratch, COUNT, NULL), LIQ_OK);
    cr_assert_eq(liq_adl_allocate(lots, &report, side, COUNT, &ask, &scratch, NULL), LIQ_OK);
    for (int i = 0; i < COUNT; i++)
        cr_expect_eq(lots[i], i < FULL ? side[i].lots : side[i].equity / 2 * 271, "number %d", i);
    cr_expect_eq(report.lots_residual, 0);
    liq_adl_scratch_clear(&scratch);
}

Test(adl_allocate, gives_nothing_where_nobody_stands_or_nothing_is_asked)
{
    const liq_adl_counterparty one = {.lots = 5, .cap_lots = 5, .equity = 9, .profit = 1};

    for (int policy = 0; policy < LIQ_ADL_POLICIES; policy++) {
        liq_adl_ask ask = {.policy = (liq_adl_policy)policy,
                           .lots = 7,
                           .mark_value = 3,
                           .exec_value = 3,
                           .cash_per_fine = SAME_UNITS};
        allocated got = allocate(NULL, 0, &ask);

        cr_expect_eq(got.report.lots_residual, 7);
        cr_expect_eq(got.report.largest_index, LIQ_ADL_NO_COUNTERPARTY);
        ask.lots = 0;
        got = allocate(&one, 1, &ask);
        cr_expect_eq(got.lots[0], 0);
        cr_expect_eq(got.report.positions, 0);
    }
}

/* The list of fills stops at the last one: what stands behind it is not even looked at. */
Test(adl_allocate, looks_at_nobody_behind_the_last_fill)
{
    const liq_adl_counterparty side[3] = {
        {.account_index = 1, .lots = 5, .cap_lots = 5, .equity = 9, .profit = 1},
        {.account_index = 2, .lots = 5, .cap_lots = 5, .equity = 9, .profit = 1},
        {.account_index = 3, .lots = -1, .equity = 9, .profit = 1}};
    const liq_adl_ask ask = {.lots = 7, .cash_per_fine = SAME_UNITS};
    liq_adl_scratch scratch = {0};
    liq_adl_report report;
    liq_adl_fill fills[3];
    uint32_t count = 99;

    cr_assert_eq(liq_adl_scratch_reserve(&scratch, 3, NULL), LIQ_OK);
    cr_assert_eq(liq_adl_allocate_fills(fills, &count, &report, side, 3, &ask, &scratch, NULL),
                 LIQ_OK);
    cr_expect_eq(count, 2);
    cr_expect(fills[0].index == 0 && fills[0].lots == 5);
    cr_expect(fills[1].index == 1 && fills[1].lots == 2);
    liq_adl_scratch_clear(&scratch);
}

/* A change of one number that the allocation must refuse, and a word of the message. */
typedef struct refusal {
    liq_adl_ask ask;
    liq_adl_counterparty counterparty;
    const char *word;
} refusal;

Test(adl_allocate, refuses_numbers_past_their_limits)
{
    const liq_adl_counterparty good = {
        .lots = 5, .cap_lots = 5, .equity = 9, .notional = 5, .profit = 1};
    const liq_adl_ask fine = {
        .lots = 7, .mark_value = 3, .exec_value = 3, .cash_per_fine = SAME_UNITS};
    refusal cases[14];
    size_t count = 0;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        cases[i] = (refusal){fine, good, ""};
    cases[count].ask.lots = -1, cases[count++].word = "below zero";
    cases[count].ask.fill_lots_min = -1, cases[count++].word = "below zero";
    cases[count].ask.deficit = -1, cases[count++].word = "below zero";
    cases[count].ask.mark_value = LIQ_LOT_VALUE_MAX + 1, cases[count++].word = "a lot's value";
    cases[count].ask.exec_value = -LIQ_LOT_VALUE_MAX - 1, cases[count++].word = "a lot's value";
    cases[count].ask.cash_per_fine = 0, cases[count++].word = "no usable price";
    cases[count].ask.cash_per_fine = ~(liq_uint128)0, cases[count++].word = "no usable price";
    cases[count].counterparty.lots = 0, cases[count++].word = "0 lots";
    cases[count].counterparty.lots = LIQ_QUANTITY_LOTS_MAX + 1, cases[count++].word = "lots";
    cases[count].counterparty.cap_lots = 6, cases[count++].word = "a counterparty's cap";
    cases[count].counterparty.cap_lots = -1, cases[count++].word = "a counterparty's cap";
    cases[count].counterparty.notional = -1, cases[count++].word = "notional";
    cases[count].counterparty.maintenance = -1, cases[count++].word = "maintenance";
    cases[count].counterparty.profit = -((liq_int128)1 << 98), cases[count++].word = "profit";
    for (size_t i = 0; i < count; i++) {
        liq_adl_scratch scratch = {0};
        liq_adl_report report;
        liq_error err = {0};
        int64_t lots = 77;

        cr_assert_eq(liq_adl_scratch_reserve(&scratch, 1, NULL), LIQ_OK);
        cr_expect_eq(liq_adl_allocate(&lots, &report, &cases[i].counterparty, 1, &cases[i].ask,
                                      &scratch, &err),
                     LIQ_OUT_OF_RANGE, "case %zu", i);
        cr_expect_not_null(strstr(err.message, cases[i].word), "case %zu: %s", i, err.message);
        cr_expect_eq(lots, 77);
        liq_adl_scratch_clear(&scratch);
    }
}

Test(adl_allocate, refuses_lots_whose_value_no_account_can_hold)
{
    const liq_adl_counterparty one = {
        .lots = LIQ_QUANTITY_LOTS_MAX, .cap_lots = 1, .equity = 9, .notional = 5, .profit = 1};
    liq_adl_ask ask = {.policy = LIQ_ADL_POLICY_MIN_LEVERAGE,
                       .lots = 1,
                       .mark_value = 10000,
                       .exec_value = 10000,
                       .cash_per_fine = SAME_UNITS};
    liq_adl_scratch scratch = {0};
    liq_adl_report report;
    liq_error err = {0};
    int64_t lots;

    cr_assert_eq(liq_adl_scratch_reserve(&scratch, 1, NULL), LIQ_OK);
    cr_expect_eq(liq_adl_allocate(&lots, &report, &one, 1, &ask, &scratch, &err), LIQ_OUT_OF_RANGE);
    cr_expect_not_null(strstr(err.message, "past 2^63 cash units"), "%s", err.message);
    ask.mark_value = 0;
    cr_expect_eq(liq_adl_allocate(&lots, &report, &one, 1, &ask, &scratch, &err), LIQ_OK);
    cr_expect_eq(lots, 1);
    cr_expect_eq(liq_adl_scratch_reserve(&scratch, LIQ_ADL_COUNTERPARTIES_MAX + 1, &err),
                 LIQ_OUT_OF_RANGE);
    cr_expect_eq(scratch.counterparties_max, 1);
    liq_adl_scratch_clear(&scratch);
}
