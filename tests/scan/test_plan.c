#include "scan/plan.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scan/truth.h"
#include "share.h"
#include "support_plan.h"
#include "support_portfolio.h"

enum {
    TINY_BOOKS = 1200,
    LARGER_BOOKS = 200,
    SMALL_BOOKS = 400,
    FOLIO_TINY_BOOKS = 250 / LIQ_TEST_SHARE,
    FOLIO_LARGER_BOOKS = 60 / LIQ_TEST_SHARE,
    FOLIO_SMALL_BOOKS = 200 / LIQ_TEST_SHARE,
    EVERY_ONE_BELOW = 700,
    SAMPLES = 30,
    ROUNDED_BELOW = 64, /* cash units of equity: roundings alone move it */
    BUDGET = 16384      /* sizes that a search looks at */
};

/* What became of plans for several positions. */
typedef struct plan_tally {
    uint32_t reduced;
    uint32_t optimal;
    uint32_t unreachable;
    uint32_t missed; /* a plan exists that was not found */
    uint32_t bounded;
    double worst;       /* of cost / least cost */
    double worst_bound; /* of cost / bound */
} plan_tally;

static void goal_roll(plan_bench *bench, uint32_t row)
{
    const liq_row_record record = liq_truth_row(&bench->markets[0], &bench->rows, row);

    bench->request.goal = LIQ_PLAN_LEVERAGE;
    if (edge_below(&bench->dice, 2) == 0) {
        plan_bench_shock(bench, 400000);
        return;
    }
    liq_market_update(&bench->markets[1], &bench->fixture.book);
    bench->request.leverage_ppm =
        record.equity > 0 && record.notional > 0
            ? (int64_t)((liq_int128)record.notional * edge_between(&bench->dice, 20, 99) * 10000 /
                        record.equity % 900000000) +
                  1
            : edge_between(&bench->dice, 1, 90000000);
}

/* Where an account has a few units of equity over very many lots a search ends without a proof: see
 * turn_search.h. */
static void singles_check(const plan_bench *bench, uint32_t row, const liq_plan *plan)
{
    int64_t closed[PLAN_LEGS_MAX] = {0};
    edge_dice dice = bench->dice;

    for (uint32_t i = 0; i < plan->single_count; i++) {
        const liq_plan_single *single = &plan->singles[i];
        const int64_t offered = plan_bench_offered(bench, single->position);
        const int64_t end = single->lots > 0 ? single->lots - 1 : offered;
        const bool is_proven = llabs(plan->judged.equity) >= ROUNDED_BELOW || offered < BUDGET;

        closed[single->position] = single->lots;
        if (single->lots > 0)
            cr_assert(plan_bench_met(bench, row, closed, 0), "seed %llu row %u",
                      (unsigned long long)bench->seed, row);
        for (int64_t j = 0; is_proven && j <= (end < EVERY_ONE_BELOW ? end : SAMPLES); j++) {
            closed[single->position] =
                end < EVERY_ONE_BELOW
                    ? j
                    : end -
                          (int64_t)edge_below(&dice, ((uint64_t)end >> edge_below(&dice, 40)) + 1);
            cr_assert_not(plan_bench_met(bench, row, closed, 0),
                          "seed %llu row %u position %u: %lld lots are enough, %lld were said",
                          (unsigned long long)bench->seed, row, (unsigned)single->position,
                          (long long)closed[single->position], (long long)single->lots);
        }
        closed[single->position] = 0;
    }
}

static void steps_check(const plan_bench *bench, uint32_t row, const liq_plan *plan)
{
    int64_t closed[PLAN_LEGS_MAX] = {0};

    cr_assert_gt(plan->step_count, 0);
    for (uint32_t i = 0; i < plan->step_count; i++) {
        cr_assert_eq(closed[plan->steps[i].position], 0);
        cr_assert_gt(plan->steps[i].lots, 0);
        closed[plan->steps[i].position] = plan->steps[i].lots;
    }
    cr_assert(plan_bench_met(bench, row, closed, 0), "seed %llu row %u",
              (unsigned long long)bench->seed, row);
    for (uint32_t i = 0; i < plan->step_count; i++) {
        closed[plan->steps[i].position]--;
        cr_assert_eq(plan->steps[i].is_least, !plan_bench_met(bench, row, closed, 0));
        closed[plan->steps[i].position]++;
    }
    if (plan->has_bound)
        cr_assert_leq(plan->bound, plan->cost, "seed %llu row %u: bound %lld of cost %lld",
                      (unsigned long long)bench->seed, row, (long long)plan->bound,
                      (long long)plan->cost);
}

static void plan_check(const plan_bench *bench, uint32_t row, const liq_plan *plan)
{
    const int64_t none[PLAN_LEGS_MAX] = {0};

    cr_assert_eq(plan->outcome == LIQ_PLAN_NOT_NEEDED, plan_bench_met(bench, row, none, 0),
                 "seed %llu row %u", (unsigned long long)bench->seed, row);
    if (plan->outcome == LIQ_PLAN_NOT_NEEDED)
        return;
    singles_check(bench, row, plan);
    if (plan->outcome == LIQ_PLAN_REDUCED)
        steps_check(bench, row, plan);
    if (!plan->has_top_up)
        return;
    cr_assert(plan_bench_met(bench, row, none, plan->top_up), "seed %llu row %u",
              (unsigned long long)bench->seed, row);
    cr_assert_not(plan_bench_met(bench, row, none, plan->top_up - 1));
}

static void edge_check(uint64_t seed, edge_scale scale, bool is_folio, uint32_t *outcomes)
{
    plan_bench bench = {0};

    edge_book_make(&bench.fixture, seed, scale);
    if (is_folio)
        liq_portfolio_mix(&bench.fixture.book, seed);
    plan_bench_start(&bench, seed);
    for (uint32_t i = 0; i < bench.rows.row_count; i++) {
        liq_error err = {0};
        liq_plan plan;

        goal_roll(&bench, i);
        cr_assert_eq(liq_plan_make(&plan, &bench.request, bench.rows.keys[i], &err), LIQ_OK,
                     "seed %llu: %s", (unsigned long long)seed, err.message);
        outcomes[plan.outcome]++;
        if (plan.outcome != LIQ_PLAN_UNVALUED)
            plan_check(&bench, i, &plan);
        liq_plan_clear(&plan);
    }
    liq_portfolio_take(&bench.fixture.book.venue);
    plan_bench_clear(&bench);
}

Test(plan, is_the_least_of_one_position_in_tiny_books)
{
    const uint64_t seed = edge_seed();
    uint32_t outcomes[4] = {0};

    for (uint64_t i = 0; i < TINY_BOOKS; i++)
        edge_check(seed + i, EDGE_TINY, false, outcomes);
    cr_expect(outcomes[LIQ_PLAN_REDUCED] > 50 && outcomes[LIQ_PLAN_UNREACHABLE] > 50);
    fprintf(stderr, "%u not needed, %u reduced, %u unreachable, %u unvalued\n", outcomes[0],
            outcomes[1], outcomes[2], outcomes[3]);
}

Test(plan, is_the_least_of_one_position_in_larger_books)
{
    const uint64_t seed = edge_seed();
    uint32_t outcomes[4] = {0};

    for (uint64_t i = 0; i < LARGER_BOOKS; i++)
        edge_check(seed + i, i % 2 == 0 ? EDGE_MIDDLE : EDGE_LARGE, false, outcomes);
    cr_expect(outcomes[LIQ_PLAN_REDUCED] > 10);
}

Test(plan, is_the_least_of_one_position_of_portfolio_accounts)
{
    const uint64_t seed = edge_seed();
    uint32_t outcomes[4] = {0};

    for (uint64_t i = 0; i < FOLIO_TINY_BOOKS; i++)
        edge_check(seed + i, EDGE_TINY, true, outcomes);
    for (uint64_t i = 0; i < FOLIO_LARGER_BOOKS; i++)
        edge_check(seed + i, i % 2 == 0 ? EDGE_MIDDLE : EDGE_LARGE, true, outcomes);
    fprintf(stderr, "%u not needed, %u reduced, %u unreachable, %u unvalued\n", outcomes[0],
            outcomes[1], outcomes[2], outcomes[3]);
    cr_expect(outcomes[LIQ_PLAN_REDUCED] > FOLIO_TINY_BOOKS / 4 &&
              outcomes[LIQ_PLAN_UNREACHABLE] > FOLIO_TINY_BOOKS / 4);
}

/* Two or three linear contracts in the margin currency, of a few lots each. */
static void small_book_make(liq_fixture *out, uint64_t seed, bool whole)
{
    static const char *const symbols[] = {"A", "B", "C"};
    static const char *const prices[] = {"100", "35.5", "7.25"};
    edge_dice dice = {.state = seed};
    const uint32_t count = 2 + (uint32_t)edge_below(&dice, 2);
    int64_t cash = 0;
    char text[64];

    liq_fixture_start(out, 4);
    liq_fixture_asset(out, "USD", 4, 8, NULL);
    for (uint32_t i = 0; i < count; i++) {
        liq_fixture_instrument(
            out, (liq_fixture_contract){.symbol = symbols[i],
                                        .kind = LIQ_INSTRUMENT_LINEAR,
                                        .settle = 0,
                                        .multiplier = "1",
                                        .lot = "1",
                                        .tick = "0.01",
                                        .fee = "0.0005",
                                        .mark = prices[i],
                                        .tier_form = whole ? LIQ_TIER_WHOLE : LIQ_TIER_DEDUCTION});
        liq_fixture_tier(out, "0", "0.01", "0.02");
        liq_fixture_tier(out, "200", "0.05", "0.1");
        liq_fixture_tier(out, "600", "0.1", "0.2");
    }
    liq_fixture_account(out, "trader");
    for (uint32_t i = 0; i < count; i++) {
        const int64_t lots = edge_between(&dice, 1, count == 2 ? 30 : 12);

        cash += lots * (int64_t)strtod(prices[i], NULL);
        snprintf(text, sizeof text, "%lld", (long long)(edge_below(&dice, 2) == 0 ? lots : -lots));
        liq_fixture_position(out, i, text, prices[i], NULL);
    }
    snprintf(text, sizeof text, "%lld", (long long)(cash / edge_between(&dice, 3, 30) + 1));
    liq_fixture_balance(out, 0, text);
    (void)liq_fixture_finish(out);
}

/* The least cost of all combinations of lots; below zero: none meets the goal. */
static int64_t best_of_all(const plan_bench *bench)
{
    const uint64_t count = bench->fixture.book.position_count;
    int64_t closed[PLAN_LEGS_MAX] = {0};
    int64_t best = INT64_MAX;
    uint64_t at;

    for (;;) {
        const int64_t cost = plan_bench_cost(bench, closed);

        if (cost < best && plan_bench_met(bench, 0, closed, 0))
            best = cost;
        for (at = 0; at < count && closed[at] == plan_bench_offered(bench, at); at++)
            closed[at] = 0;
        if (at == count)
            return best;
        closed[at]++;
    }
}

static void small_check(uint64_t seed, bool whole, bool is_folio, plan_tally *tally)
{
    plan_bench bench = {0};
    liq_plan plan;
    int64_t best;

    small_book_make(&bench.fixture, seed, whole);
    if (is_folio)
        liq_portfolio_mix(&bench.fixture.book, seed);
    plan_bench_start(&bench, seed);
    goal_roll(&bench, 0);
    cr_assert_eq(liq_plan_make(&plan, &bench.request, bench.rows.keys[0], NULL), LIQ_OK);
    plan_check(&bench, 0, &plan);
    if (plan.outcome == LIQ_PLAN_REDUCED || plan.outcome == LIQ_PLAN_UNREACHABLE) {
        best = best_of_all(&bench);
        tally->unreachable += plan.outcome == LIQ_PLAN_UNREACHABLE;
        tally->missed += plan.outcome == LIQ_PLAN_UNREACHABLE && best != INT64_MAX;
        cr_assert(!plan.is_proven || best == INT64_MAX, "seed %llu", (unsigned long long)seed);
    }
    if (plan.outcome == LIQ_PLAN_REDUCED) {
        int64_t closed[PLAN_LEGS_MAX] = {0};

        for (uint32_t i = 0; i < plan.step_count; i++)
            closed[plan.steps[i].position] = plan.steps[i].lots;
        cr_assert_eq(plan_bench_cost(&bench, closed), plan.cost, "seed %llu",
                     (unsigned long long)seed);
        cr_assert_leq(best, plan.cost);
        tally->reduced++;
        tally->optimal += best == plan.cost;
        if (best > 0 && (double)plan.cost / (double)best > tally->worst)
            tally->worst = (double)plan.cost / (double)best;
        if (plan.has_bound) {
            tally->bounded++;
            cr_assert_leq(plan.bound, best, "seed %llu: bound %lld, best %lld",
                          (unsigned long long)seed, (long long)plan.bound, (long long)best);
            if (plan.bound > 0 && (double)plan.cost / (double)plan.bound > tally->worst_bound)
                tally->worst_bound = (double)plan.cost / (double)plan.bound;
        }
    }
    liq_plan_clear(&plan);
    liq_portfolio_take(&bench.fixture.book.venue);
    plan_bench_clear(&bench);
}

/*
 * 10 each of A and C at 100 and of B at 50, with 250: leverage 10. For 9.3 closing must take 175 of
 * notional: the one lot of B that is bid for is the cheapest, then that of A, then that of C. With
 * both of these B is not needed any more, although it is only one lot.
 */
Test(plan, gives_back_a_single_lot)
{
    static liq_depth_level bids[] = {
        {.quantity_lots = 1, .price = {995, 1}, .instrument_index = 0, .is_bid = true},
        {.quantity_lots = 1, .price = {50, 0}, .instrument_index = 1, .is_bid = true},
        {.quantity_lots = 1, .price = {99, 0}, .instrument_index = 2, .is_bid = true}};
    static const char *const symbols[] = {"A", "B", "C"};
    static const char *const prices[] = {"100", "50", "100"};
    liq_plan_request request = {.leverage_ppm = 9300000, .fee_nano = 500000};
    liq_market market = {0};
    liq_rows rows = {0};
    liq_fixture fixture;
    liq_plan plan;

    liq_fixture_start(&fixture, 4);
    liq_fixture_asset(&fixture, "USD", 4, 8, NULL);
    for (uint32_t i = 0; i < 3; i++) {
        liq_fixture_instrument(&fixture, (liq_fixture_contract){.symbol = symbols[i],
                                                                .kind = LIQ_INSTRUMENT_LINEAR,
                                                                .multiplier = "1",
                                                                .lot = "1",
                                                                .tick = "0.1",
                                                                .mark = prices[i],
                                                                .tier_form = LIQ_TIER_DEDUCTION});
        liq_fixture_tier(&fixture, "0", "0.01", "0.02");
    }
    liq_fixture_account(&fixture, "trader");
    for (uint32_t i = 0; i < 3; i++)
        liq_fixture_position(&fixture, i, "10", prices[i], NULL);
    liq_fixture_balance(&fixture, 0, "250");
    request.book = liq_fixture_finish(&fixture);
    fixture.book.depth = bids;
    fixture.book.depth_count = 3;
    cr_assert_eq(liq_market_create(&market, &fixture.book, NULL), LIQ_OK);
    cr_assert_eq(liq_rows_create(&rows, &fixture.book, NULL, NULL), LIQ_OK);
    request.market = &market;
    request.judged = &market;
    request.goal = LIQ_PLAN_LEVERAGE;
    cr_assert_eq(liq_plan_make(&plan, &request, rows.keys[0], NULL), LIQ_OK);
    cr_expect_eq(plan.outcome, LIQ_PLAN_REDUCED);
    cr_assert_eq(plan.step_count, 2);
    cr_expect_eq(plan.steps[0].position, 0);
    cr_expect_eq(plan.steps[1].position, 2);
    cr_expect_eq(plan.cost, 15993); /* 0.5 and 1, and 0.0498 and 0.0495 of fees, each rounded up */
    liq_plan_clear(&plan);
    liq_rows_clear(&rows);
    liq_market_clear(&market);
    fixture.book.depth = NULL;
    fixture.book.depth_count = 0;
    liq_fixture_clear(&fixture);
}

/* Small books, one after another, and in a line what came of them. */
static plan_tally small_books(uint32_t books, bool whole, bool is_folio)
{
    const uint64_t seed = edge_seed();
    plan_tally tally = {0};

    for (uint64_t i = 0; i < books; i++)
        small_check(seed + i, whole, is_folio, &tally);
    fprintf(stderr,
            "%u reduced, %u of them the best of all, worst %.3f times the best, %.3f the bound "
            "(%u); %u unreachable, %u of them not\n",
            tally.reduced, tally.optimal, tally.worst, tally.worst_bound, tally.bounded,
            tally.unreachable, tally.missed);
    cr_expect_gt(tally.reduced, books / 8);
    return tally;
}

Test(plan, is_near_the_best_of_all_combinations)
{
    const plan_tally tally = small_books(SMALL_BOOKS, false, false);

    cr_expect_eq(tally.missed, 0);
    cr_expect_eq(tally.bounded, tally.reduced);
}

Test(plan, is_near_the_best_of_all_combinations_where_rates_jump)
{
    const plan_tally tally = small_books(SMALL_BOOKS, true, false);

    cr_expect_eq(tally.missed, 0);
}

/* Where positions hedge each other the cheapest plan may close two of them that no way of ours
 * finds together. */
Test(plan, is_near_the_best_of_all_combinations_of_portfolio_accounts)
{
    const plan_tally tally = small_books(FOLIO_SMALL_BOOKS, false, true);

    cr_expect_leq(tally.missed, FOLIO_SMALL_BOOKS / 50 + 1);
    cr_expect_eq(tally.bounded, tally.reduced);
}
