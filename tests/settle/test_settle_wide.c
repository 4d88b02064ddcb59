/*
 * One account that holds thousands of positions is settled in a time that grows as they do, as
 * whoever is liquidated and as whoever is deleveraged.
 */
#include <criterion/criterion.h>
#include <limits.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <liqscan/live.h>

#include "scan/truth_scores.h"
#include "support_venture.h"

/* Time is at most so many times as much for twice as many positions: squares are four times. */
#define GROWTH_MAX 3.0

enum { FIRST_COUNT = 2000, DOUBLINGS = 2, RUNS = 3, TRIES = 3 };

/* What happens to the account that is long of everything; two others are short of half of it. */
typedef struct wide_case {
    const char *name;
    uint32_t reduction; /* liq_reduction_rule */
    uint32_t execution; /* liq_execution_rule */
    bool is_bankrupt;   /* and then deleveraged, by the venue's own scores */
    bool isolated;
    bool mark_follows;
} wide_case;

static void venue_make(venture *self, const wide_case *given, uint32_t count)
{
    liq_fixture *fixture = &self->fixture;
    liq_policy *policy = &fixture->book.venue.policy;

    liq_fixture_start(fixture, 2);
    (void)liq_fixture_asset(fixture, "USD", 2, 6, NULL);
    for (uint32_t i = 0; i < count; i++) {
        char symbol[16];

        (void)snprintf(symbol, sizeof symbol, "X%05uUSD", i);
        (void)liq_fixture_instrument(fixture,
                                     (liq_fixture_contract){.symbol = symbol,
                                                            .kind = LIQ_INSTRUMENT_LINEAR,
                                                            .multiplier = "1",
                                                            .lot = "1",
                                                            .tick = "0.01",
                                                            .mark = "100",
                                                            .tier_form = LIQ_TIER_DEDUCTION});
        liq_fixture_tier(fixture, "0", "0.01", "0.02");
        liq_fixture_tier(fixture, "2000", "0.02", "0.04");
        liq_fixture_tier(fixture, "5000", "0.04", "0.08");
    }
    policy->order_margin = true;
    policy->adl_rule = LIQ_ADL_BINANCE;
    policy->liquidation = (liq_liquidation){.is_known = true,
                                            .cancel_orders = LIQ_CANCEL_CONTRACT,
                                            .net_pairs = true,
                                            .reduction = (liq_reduction_rule)given->reduction,
                                            .reduction_tiers = 1,
                                            .reduction_share = 200000000,
                                            .reduction_target = LIQ_RATE_NANO,
                                            .execution = (liq_execution_rule)given->execution,
                                            .takeover = LIQ_TAKEOVER_BANKRUPT,
                                            .adl_policy = LIQ_ADL_POLICY_QUEUE,
                                            .mark_follows_fills = given->mark_follows,
                                            .cascade_rounds = given->mark_follows ? 2 : 0};
}

/* All hold an order on each contract. Longs bought at 101 are under water, at 100 just not. */
static void account_make(venture *self, const wide_case *given, const char *id, int side)
{
    static const char *const profits[] = {"101", "102", "104"};
    liq_fixture *fixture = &self->fixture;
    const uint32_t count = fixture->book.venue.instrument_count;

    (void)liq_fixture_account(fixture, id);
    liq_fixture_balance(fixture, 0, side > 0 ? "1" : "1000000000");
    for (uint32_t i = 0; i < count; i++) {
        liq_fixture_position(fixture, i, side > 0 ? "100" : "-50",
                             side < 0             ? profits[(i + fixture->book.account_count) % 3]
                             : given->is_bankrupt ? "101"
                                                  : "100",
                             !given->isolated ? NULL
                             : side > 0       ? "1"
                                              : "5000");
        liq_fixture_order(fixture, i, side > 0 ? "1" : "-1", "100");
    }
}

static void wide_start(venture *self, const wide_case *given, uint32_t count)
{
    *self = (venture){.no_legs = true};
    venue_make(self, given, count);
    account_make(self, given, "long", 1);
    account_make(self, given, "short_1", -1);
    account_make(self, given, "short_2", -1);
    self->book = liq_fixture_finish(&self->fixture);
    venture_scan(self);
    cr_assert_eq(self->input.flagged_count, given->isolated ? count : 1, "%s", given->name);
}

static double cpu_seconds(void)
{
    struct timespec now;

    cr_assert_eq(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now), 0);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Every position is closed, and deleveraged where that is the case. */
static void expect_settled(const venture *self, const wide_case *given, uint32_t count)
{
    const liq_touched *touched = liq_overlay_find(&self->waterfall.overlay, 0);

    cr_assert_not_null(touched);
    for (uint32_t i = 0; i < touched->position_count; i++)
        cr_assert_eq(touched->positions[i].quantity_lots, 0, "%s", given->name);
    cr_assert_eq(self->waterfall.totals.adl_fills, given->is_bankrupt ? 2 * count : 0, "%s",
                 given->name);
    cr_assert(liq_waterfall_conserved(&self->waterfall), "%s", given->name);
}

/* The least time of some runs. */
static double wide_settle(const wide_case *given, uint32_t count)
{
    static venture self;
    double least = 1e9;

    wide_start(&self, given, count);
    for (int i = 0; i < RUNS; i++) {
        liq_error err = {0};
        const double start = cpu_seconds();
        double taken;

        cr_assert_eq(venture_settle(&self, &err), LIQ_OK, "%s: %s", given->name, err.message);
        taken = cpu_seconds() - start;
        least = taken < least ? taken : least;
    }
    expect_settled(&self, given, count);
    venture_clear(&self);
    return least;
}

/* The least time of some runs of live books: each is settled once, and holds nothing afterwards. */
static double live_settle(const wide_case *given, uint32_t count)
{
    static venture self;
    double least = 1e9;

    wide_start(&self, given, count);
    for (int i = 0; i < RUNS; i++) {
        liq_live *live = NULL;
        liq_settle *settle = NULL;
        liq_settle_summary summary;
        liq_error err = {0};
        double start;
        double taken;

        cr_assert_eq(liq_live_create(&live, self.book, NULL, &err), LIQ_OK, "%s", err.message);
        cr_assert_eq(liq_settle_create_live(&settle, live, self.book, &err), LIQ_OK);
        cr_assert_eq(liq_live_tick(live, NULL, &err), LIQ_OK);
        start = cpu_seconds();
        cr_assert_eq(liq_settle_run_live(settle, 1000000, 1, &summary, &err), LIQ_OK, "%s: %s",
                     given->name, err.message);
        taken = cpu_seconds() - start;
        least = taken < least ? taken : least;
        cr_assert_eq(summary.accounts_closed, given->isolated ? count : 1, "%s", given->name);
        cr_assert_eq(summary.adl_fills, given->is_bankrupt ? 2 * count : 0, "%s", given->name);
        cr_assert(summary.conserved, "%s", given->name);
        liq_settle_destroy(settle);
        liq_live_destroy(live);
    }
    venture_clear(&self);
    return least;
}

static const wide_case cases[] = {
    {.name = "tier by tier", .reduction = LIQ_REDUCTION_TIERS, .execution = LIQ_EXECUTION_MARK},
    {.name = "by a share", .reduction = LIQ_REDUCTION_MULTIPLE, .execution = LIQ_EXECUTION_MARK},
    {.name = "marks that follow",
     .reduction = LIQ_REDUCTION_TIERS,
     .execution = LIQ_EXECUTION_MARK,
     .mark_follows = true},
    {.name = "deleveraged", .execution = LIQ_EXECUTION_BANKRUPTCY, .is_bankrupt = true},
    {.name = "deleveraged, isolated",
     .execution = LIQ_EXECUTION_BANKRUPTCY,
     .is_bankrupt = true,
     .isolated = true}};

static double growth_of(const wide_case *given, double (*settle)(const wide_case *, uint32_t))
{
    double growth = 0;

    /* What is given back is kept, so that the system is asked for pages by the first run only: it
       takes its time for them when others want some too. */
    (void)mallopt(M_MMAP_THRESHOLD, 1 << 30);
    (void)mallopt(M_TRIM_THRESHOLD, INT_MAX);

    /* A machine that is busy with other things is asked again. */
    for (int i = 0; i < TRIES; i++) {
        double before = settle(given, FIRST_COUNT);

        growth = 0;
        for (uint32_t j = 1; j <= DOUBLINGS; j++) {
            const double now = settle(given, FIRST_COUNT << j);

            growth = now / before > growth ? now / before : growth;
            before = now;
        }
        if (growth <= GROWTH_MAX)
            break;
    }
    return growth;
}

Test(settle_wide, costs_as_much_for_each_position)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const double growth = growth_of(&cases[i], wide_settle);

        cr_expect(growth <= GROWTH_MAX, "%s: %.1f times for twice as many", cases[i].name, growth);
    }
}

Test(settle_wide, costs_as_much_for_each_position_of_a_live_book)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const double growth = growth_of(&cases[i], live_settle);

        cr_expect(growth <= GROWTH_MAX, "%s: %.1f times for twice as many", cases[i].name, growth);
    }
}

/* Scores that are kept for the run are those that come with a book. */
Test(settle_wide, keeps_the_scores_of_a_wide_account)
{
    static venture self;
    const wide_case *given = &cases[3];
    int64_t scores[300];
    int64_t by_place[300];
    liq_action *first;
    uint64_t bytes;

    wide_start(&self, given, 100);
    cr_assert_eq(venture_settle(&self, NULL), LIQ_OK);
    bytes = self.waterfall.action_count * sizeof *first;
    first = malloc(bytes);
    memcpy(first, self.waterfall.actions, bytes);
    liq_truth_scores(&self.market, &self.rows, self.results,
                     liq_adl_terms_make(&self.book->venue, LIQ_ADL_BINANCE), scores);
    for (uint64_t i = 0; i < self.book->position_count; i++)
        by_place[self.source.index.places[i]] = scores[i];
    self.source.scores = by_place;
    cr_assert_eq(venture_settle(&self, NULL), LIQ_OK);
    cr_assert_eq(self.waterfall.action_count * sizeof *first, bytes);
    cr_expect_arr_eq(first, self.waterfall.actions, bytes);
    free(first);
    venture_clear(&self);
}
