/*
 * Plans of a venue against plans made one after the other, each told what is gone of the depth.
 */
#include "scan/plan_venue.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#include "scan/truth.h"
#include "support_book.h"

enum { A, B, NO_PRICE, Z, INSTRUMENTS, ROWS_MAX = 32, LEVERAGE_PPM = 5000000 };

/* There are no asks of B, so shorts of it can only be topped up; longs of A share its bids. */
static liq_depth_level levels[] = {
    {.quantity_lots = 7, .price = {999, 1}, .instrument_index = A, .is_bid = true},
    {.quantity_lots = 9, .price = {99, 0}, .instrument_index = A, .is_bid = true},
    {.quantity_lots = 40, .price = {98, 0}, .instrument_index = A, .is_bid = true},
    {.quantity_lots = 5, .price = {1003, 1}, .instrument_index = A, .is_bid = false},
    {.quantity_lots = 90, .price = {1013, 1}, .instrument_index = A, .is_bid = false},
    {.quantity_lots = 11, .price = {499, 1}, .instrument_index = B, .is_bid = true},
    {.quantity_lots = 80, .price = {497, 1}, .instrument_index = B, .is_bid = true},
    {.quantity_lots = 3, .price = {199, 1}, .instrument_index = Z, .is_bid = true}};

typedef struct venue_bench {
    liq_fixture fixture;
    liq_market market;
    liq_rows rows;
    liq_plan_request request;
} venue_bench;

static void instrument_add(liq_fixture *fixture, const char *symbol, uint32_t settle,
                           const char *mark)
{
    (void)liq_fixture_instrument(fixture, (liq_fixture_contract){.symbol = symbol,
                                                                 .kind = LIQ_INSTRUMENT_LINEAR,
                                                                 .settle = settle,
                                                                 .multiplier = "1",
                                                                 .lot = "1",
                                                                 .tick = "0.1",
                                                                 .fee = "0.0007",
                                                                 .mark = mark,
                                                                 .tier_form = LIQ_TIER_DEDUCTION});
    liq_fixture_tier(fixture, "0", "0.05", "0.1");
}

static void account_add(liq_fixture *fixture, const char *name, const char *cash, const char *a,
                        const char *b)
{
    (void)liq_fixture_account(fixture, name);
    liq_fixture_balance(fixture, 0, cash);
    if (a != NULL)
        liq_fixture_position(fixture, A, a, "100", NULL);
    if (b != NULL)
        liq_fixture_position(fixture, B, b, "50", NULL);
}

static void bench_start(venue_bench *bench)
{
    liq_fixture *fixture = &bench->fixture;
    liq_book *book;

    *bench = (venue_bench){0};
    liq_fixture_start(fixture, 4);
    (void)liq_fixture_asset(fixture, "USD", 4, 8, NULL);
    (void)liq_fixture_asset(fixture, "COIN", 4, 8, "3.3333");
    instrument_add(fixture, "A", 0, "100");
    instrument_add(fixture, "B", 0, "50");
    instrument_add(fixture, "NOPE", 0, NULL);
    instrument_add(fixture, "Z", 1, "20");
    account_add(fixture, "a", "100", "10", NULL);
    account_add(fixture, "b", "100", "10", NULL); /* as leveraged as a: after it */
    account_add(fixture, "c", "60", "10", "-4");
    account_add(fixture, "d", "5000", "10", NULL); /* meets the goal */
    account_add(fixture, "e", "40", NULL, "-9");   /* no asks */
    account_add(fixture, "f", "70", "-8", "6");
    account_add(fixture, "g", "-3", "2", NULL); /* owes: first */
    account_add(fixture, "h", "100", NULL, "18");
    (void)liq_fixture_account(fixture, "i"); /* in coins, of which three are bid for */
    liq_fixture_position(fixture, Z, "7", "20", "7");
    (void)liq_fixture_account(fixture, "j");
    liq_fixture_position(fixture, Z, "-7", "20", "11.1111");
    (void)liq_fixture_account(fixture, "k"); /* cannot be valued */
    liq_fixture_position(fixture, NO_PRICE, "1", "1", NULL);
    account_add(fixture, "l", "150", "10", "10");
    book = liq_fixture_finish(fixture);
    book->depth = levels;
    book->depth_count = sizeof levels / sizeof levels[0];
    cr_assert_eq(liq_market_create(&bench->market, book, NULL), LIQ_OK);
    cr_assert_eq(liq_rows_create(&bench->rows, book, NULL, NULL), LIQ_OK);
    bench->request = (liq_plan_request){.book = book,
                                        .market = &bench->market,
                                        .judged = &bench->market,
                                        .leverage_ppm = LEVERAGE_PPM,
                                        .fee_nano = -1,
                                        .goal = LIQ_PLAN_LEVERAGE};
}

static void bench_clear(venue_bench *bench)
{
    liq_rows_clear(&bench->rows);
    liq_market_clear(&bench->market);
    bench->fixture.book.depth = NULL;
    bench->fixture.book.depth_count = 0;
    liq_fixture_clear(&bench->fixture);
}

/* Whether the left one comes first: who has nothing left, then by notional over equity. */
static bool is_before(const liq_row_record *left, const liq_row_record *right)
{
    if (left->equity <= 0 || right->equity <= 0)
        return left->equity <= 0 && right->equity > 0;
    return (liq_int128)left->notional * right->equity > (liq_int128)right->notional * left->equity;
}

/* Rows that miss the goal, in order; those that are alike stay as they were. */
static uint32_t missing_list(const venue_bench *bench, uint32_t *out, uint64_t *unvalued)
{
    liq_row_record records[ROWS_MAX];
    uint32_t count = 0;

    cr_assert_leq(bench->rows.row_count, ROWS_MAX);
    for (uint32_t i = 0; i < bench->rows.row_count; i++) {
        uint32_t at = count;

        records[i] = liq_truth_row(&bench->market, &bench->rows, i);
        *unvalued += records[i].status == LIQ_ROW_UNVALUED;
        if (records[i].status == LIQ_ROW_UNVALUED ||
            (liq_int128)records[i].notional * 1000000 <=
                (liq_int128)records[i].equity * LEVERAGE_PPM)
            continue;
        for (; at > 0 && is_before(&records[i], &records[out[at - 1]]); at--)
            out[at] = out[at - 1];
        out[at] = i;
        count++;
    }
    return count;
}

static void plans_compare(const liq_plan *left, const liq_plan *right, uint32_t place)
{
    cr_assert_eq(left->key.account_index, right->key.account_index, "plan %u", place);
    cr_assert_eq(left->key.instrument_index, right->key.instrument_index, "plan %u", place);
    cr_assert_eq(left->outcome, right->outcome, "plan %u", place);
    cr_assert_eq(left->step_count, right->step_count, "plan %u", place);
    for (uint32_t i = 0; i < left->step_count; i++) {
        cr_expect_eq(left->steps[i].position, right->steps[i].position);
        cr_expect_eq(left->steps[i].lots, right->steps[i].lots, "plan %u step %u", place, i);
    }
    cr_expect_eq(left->cost, right->cost, "plan %u", place);
    cr_expect_eq(left->fee, right->fee);
    cr_expect_eq(left->top_up, right->top_up);
}

/* Plans one after the other; returns what they come to. */
static liq_venue_plan retell(const venue_bench *bench, const liq_venue_plan *venue,
                             const uint32_t *missing)
{
    const liq_book *book = bench->request.book;
    int64_t taken[2 * INSTRUMENTS] = {0};
    liq_plan_request request = bench->request;
    liq_venue_plan sums = {.has_bound = true};

    for (uint32_t i = 0; i < venue->plan_count; i++) {
        liq_plan plan = {0};
        liq_plan alone = {0};

        request.taken = taken;
        cr_assert_eq(liq_plan_make(&plan, &request, bench->rows.keys[missing[i]], NULL), LIQ_OK);
        request.taken = NULL;
        cr_assert_eq(liq_plan_make(&alone, &request, bench->rows.keys[missing[i]], NULL), LIQ_OK);
        plans_compare(&venue->plans[i], &plan, i);
        sums.reduced += plan.outcome == LIQ_PLAN_REDUCED;
        sums.unreachable += plan.outcome == LIQ_PLAN_UNREACHABLE;
        if (plan.outcome == LIQ_PLAN_REDUCED) {
            sums.cost += plan.cost;
            sums.fee += plan.fee;
            sums.bound += alone.has_bound ? alone.bound : 0;
            sums.has_bound = sums.has_bound && alone.has_bound;
        } else if (plan.has_top_up) {
            const bool is_coin = plan.top_up_asset == 1;

            sums.top_up += is_coin ? ((liq_int128)plan.top_up * 33333 + 9999) / 10000 : plan.top_up;
        }
        for (uint32_t k = 0; k < plan.step_count; k++) {
            const liq_position *held = &book->positions[plan.steps[k].position];

            taken[2 * held->instrument_index + (held->quantity_lots < 0)] += plan.steps[k].lots;
        }
        liq_plan_clear(&alone);
        liq_plan_clear(&plan);
    }
    return sums;
}

static void venue_check(const venue_bench *bench)
{
    liq_venue_plan venue = {0};
    uint32_t missing[ROWS_MAX];
    uint64_t unvalued = 0;
    const uint32_t count = missing_list(bench, missing, &unvalued);
    liq_venue_plan sums;

    cr_assert_eq(liq_plan_venue_make(&venue, &bench->request, NULL, NULL), LIQ_OK);
    cr_expect_eq(venue.rows, bench->rows.row_count);
    cr_expect_eq(venue.unvalued, unvalued);
    cr_assert_eq(venue.plan_count, count);
    sums = retell(bench, &venue, missing);
    cr_expect_eq(venue.reduced, sums.reduced);
    cr_expect_eq(venue.unreachable, sums.unreachable);
    cr_expect(venue.cost == sums.cost && venue.fee == sums.fee && venue.top_up == sums.top_up);
    cr_expect_eq(venue.has_bound, sums.has_bound);
    cr_expect(venue.bound == sums.bound);
    cr_expect_gt(venue.reduced, 3);
    cr_expect_gt(venue.unreachable, 1);
    cr_expect(venue.top_up > 0 && venue.bound > 0);
    liq_plan_venue_clear(&venue);
}

Test(plan_venue, gives_each_account_what_those_before_it_left)
{
    venue_bench bench;

    bench_start(&bench);
    venue_check(&bench);
    bench_clear(&bench);
}

/* One level of the book is enough to say that there is depth. */
Test(plan_venue, takes_a_book_of_one_level_for_one_with_depth)
{
    liq_venue_plan venue = {0};
    venue_bench bench;

    bench_start(&bench);
    bench.fixture.book.depth_count = 1;
    cr_assert_eq(liq_plan_venue_make(&venue, &bench.request, NULL, NULL), LIQ_OK);
    cr_expect_eq(venue.reduced, 1);
    cr_expect_eq(venue.unreachable + venue.reduced, venue.plan_count);
    liq_plan_venue_clear(&venue);
    bench_clear(&bench);
}

/* Without any depth everybody closes at the mark, and nobody is in another's way. */
Test(plan_venue, closes_all_at_the_mark_without_depth)
{
    venue_bench bench;
    liq_venue_plan venue = {0};

    bench_start(&bench);
    bench.fixture.book.depth_count = 0;
    cr_assert_eq(liq_plan_venue_make(&venue, &bench.request, NULL, NULL), LIQ_OK);
    for (uint32_t i = 0; i < venue.plan_count; i++) {
        liq_plan alone = {0};

        cr_assert_eq(liq_plan_make(&alone, &bench.request, venue.plans[i].key, NULL), LIQ_OK);
        plans_compare(&venue.plans[i], &alone, i);
        cr_expect_eq(venue.plans[i].bound, alone.bound);
        liq_plan_clear(&alone);
    }
    cr_expect_gt(venue.reduced, 6);
    liq_plan_venue_clear(&venue);
    bench_clear(&bench);
}
