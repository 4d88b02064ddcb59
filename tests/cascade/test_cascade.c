/*
 * Cascades by hand, and what holds of every cascade.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <liqscan/cascade.h>

#include "base/hash.h"
#include "scan/support_generated.h"
#include "settle/support_scene.h"

/*
 * Longs of 10 at an entry of 200, a fund of 1,000, maintenance of 1%, no fees. The shock of -50%
 * takes the mark from 200 to 100 and the bids from 199.6, 199, 198, 196 to 99.8, 99.5, 99, 98.
 *
 *   round 1, mark 100    a has 1008 - 1000 = 8 and needs 10. It sells 6 at 99.8, then has
 *                        1008 - 6 x 100.2 - 4 x 100 = 6.8 and needs 4: left with 4. 6 x 99.8 =
 * 598.8 round 2, mark 99.8   b had 11 and needed 10; now it has 1011 - 10 x 100.2 = 9 and
 * needs 9.98. It sells 4 at 99.5, then has 1011 - 4 x 100.5 - 6 x 100.2 = 7.8 and needs 5.988: left
 * with 6. 4 x 99.5 = 398 round 3, mark 99.5   c had 1013 - 1002 = 11 and needed 9.98; now it has
 * 1013 - 1005 = 8 and needs 9.95. It sells 10 at 99 and keeps 1013 - 1010 = 3. 10 x 99 = 990 round
 * 4, mark 99     a has 406.8 - 4 x 101 = 2.8 and needs 3.96, its bankruptcy is at 200 - 406.8 / 4
 * = 98.3; b has 609 - 6 x 101 = 3 and needs 5.94, bankruptcy 200 - 609 / 6 = 98.5. Bids at 98 are
 * worse: the venue takes over 4 at 98.3 and 6 at 98.5, 393.2 + 591 = 984.2, and sells all at 98:
 * the fund pays 1.2 + 3 = 4.2 at 98 nobody is left: 598.8 + 398 + 990 + 984.2 = 2971, which
 * is 4.961589 times 598.8. Sold in the market: 598.8 + 398 + 990 + 10 x 98 = 2966.8.
 */
static void example_make(venture *self)
{
    static const char *const balances[] = {"1008", "1011", "1013"};
    static const char *const names[] = {"a", "b", "c"};
    liq_liquidation *rules = scene_start(self, 2, "1", "200", "0.01", "0");

    rules->execution = LIQ_EXECUTION_DEPTH;
    scene_level(self, true, "6", "199.6");
    scene_level(self, true, "4", "199");
    scene_level(self, true, "10", "198");
    scene_level(self, true, "100", "196");
    for (uint32_t i = 0; i < 3; i++) {
        (void)liq_fixture_account(&self->fixture, names[i]);
        liq_fixture_balance(&self->fixture, 0, balances[i]);
        liq_fixture_position(&self->fixture, 0, "10", "200", NULL);
    }
    (void)liq_fixture_account(&self->fixture, "d");
    liq_fixture_balance(&self->fixture, 0, "5000");
    liq_fixture_position(&self->fixture, 0, "-30", "200", NULL);
    scene_fund(self, "1000", "0");
    self->fixture.book.depth = self->levels;
    self->book = liq_fixture_finish(&self->fixture);
}

static void run_book(liq_cascade **out, const liq_book *book, const liq_cascade_options *options,
                     const char *symbol, int64_t change_ppm, liq_cascade_summary *summary)
{
    const liq_cascade_move move = {.symbol = symbol, .change_ppm = change_ppm};
    liq_error err = {0};

    cr_assert_eq(liq_cascade_create(out, book, options, &err), LIQ_OK, "%s", err.message);
    cr_assert_eq(liq_cascade_run(*out, &move, 1, summary, &err), LIQ_OK, "%s", err.message);
}

Test(cascade, pulls_accounts_under_by_the_fills_of_others)
{
    static const struct {
        const char *liquidated;
        const char *market;
        const char *funds;
        const char *before;
        const char *after;
        const char *sold;
        uint64_t flagged;
    } rounds[] = {{"598.8", "598.8", "1000", "100", "99.8", "6", 1},
                  {"398", "398", "1000", "99.8", "99.5", "4", 1},
                  {"990", "990", "1000", "99.5", "99", "10", 1},
                  {"984.2", "980", "995.8", "99", "98", "10", 2}};
    static venture scene;
    liq_cascade *cascade = NULL;
    liq_cascade_summary summary;
    liq_cascade_price price;

    example_make(&scene);
    run_book(&cascade, scene.book, NULL, "XUSD", -500000, &summary);
    cr_assert_eq(liq_cascade_round_count(cascade), 4);
    cr_assert_eq(liq_cascade_trade_count(cascade), 4);
    for (uint32_t i = 0; i < 4; i++) {
        liq_cascade_round round;
        liq_cascade_trade trade;

        liq_cascade_round_read(cascade, i, &round);
        liq_cascade_trade_read(cascade, i, &trade);
        cr_expect_str_eq(round.liquidated_notional, rounds[i].liquidated);
        cr_expect_str_eq(round.market_notional, rounds[i].market);
        cr_expect_str_eq(round.funds, rounds[i].funds);
        cr_expect_eq(round.flagged, rounds[i].flagged);
        cr_expect_eq(trade.round, i + 1);
        cr_expect_str_eq(trade.before, rounds[i].before);
        cr_expect_str_eq(trade.after, rounds[i].after);
        cr_expect_str_eq(trade.sold, rounds[i].sold);
        cr_expect_str_eq(trade.bought, "0");
    }
    cr_expect_eq(summary.end, LIQ_CASCADE_AT_REST);
    cr_expect_eq(summary.accounts, 3);
    cr_expect_eq(summary.flagged_before, 0);
    cr_expect_eq(summary.flagged_first, 1);
    cr_expect_eq(summary.flagged_after, 0);
    cr_expect_str_eq(summary.first_notional, "598.8");
    cr_expect_str_eq(summary.liquidated_notional, "2971");
    cr_expect_str_eq(summary.market_notional, "2966.8");
    cr_expect_str_eq(summary.amplification, "4.961589");
    cr_expect_str_eq(summary.funds_before, "1000");
    cr_expect_str_eq(summary.funds_after, "995.8");
    liq_cascade_price_read(cascade, 0, &price);
    cr_expect_str_eq(price.before, "200");
    cr_expect_str_eq(price.shocked, "100");
    cr_expect_str_eq(price.end, "98");
    cr_expect_str_eq(price.sold, "30");
    cr_expect_eq(price.shock_ppm, -500000);
    cr_expect_eq(price.feedback_ppm, -20000);
    liq_cascade_destroy(cascade);
    venture_clear(&scene);
}

/*
 * After round 1 24 lots are open at 100. At 99 a has 6.8 - 4 = 2.8 and needs 3.96, b has 1 and c
 * has 3 of 9.9: all are flagged, with 24 x 99 = 2376; further down they still are, for 24 less each
 * percent. Sold are 598.8, of 598.8 + 2400 that were open and of 598.8 + 1000 that are traded in a
 * second.
 */
Test(cascade, tells_the_pattern_of_each_round)
{
    const liq_cascade_options options = {.monitor = 1, .volume = "86400000"};
    static venture scene;
    liq_cascade *cascade = NULL;
    liq_cascade_summary summary;
    liq_cascade_round round;

    example_make(&scene);
    run_book(&cascade, scene.book, &options, "XUSD", -500000, &summary);
    liq_cascade_round_read(cascade, 0, &round);
    cr_expect_str_eq(round.open_interest, "2400");
    cr_expect_eq(round.open_share_ppm, 199679);
    cr_expect_eq(round.volume_share_ppm, 374530, "%lld", (long long)round.volume_share_ppm);
    cr_expect_str_eq(round.slopes[0], "2376", "%s", round.slopes[0]);
    cr_expect_str_eq(round.slopes[1], "-24");
    cr_expect_str_eq(round.slopes[2], "-24");
    cr_expect_gt(round.leverage_99, 5000);
    liq_cascade_destroy(cascade);
    run_book(&cascade, scene.book, NULL, "XUSD", -500000, &summary);
    liq_cascade_round_read(cascade, 0, &round);
    cr_expect_eq(round.open_share_ppm, 199679);
    cr_expect_eq(round.volume_share_ppm, -1);
    cr_expect_str_eq(round.slopes[0], "");
    liq_cascade_destroy(cascade);
    venture_clear(&scene);
}

/* a alone is closed, at the mark: 10 x 100, and keeps 1008 - 1000 = 8. */
Test(cascade, ends_after_one_round_when_depth_is_infinite)
{
    const liq_cascade_options options = {.infinite_depth = 1};
    static venture scene;
    liq_cascade *cascade = NULL;
    liq_cascade_summary summary;

    example_make(&scene);
    run_book(&cascade, scene.book, &options, "XUSD", -500000, &summary);
    cr_expect_eq(summary.rounds, 1);
    cr_expect_str_eq(summary.liquidated_notional, "1000");
    cr_expect_str_eq(summary.amplification, "1");
    cr_expect_eq(summary.worst, NULL);
    cr_expect_eq(liq_cascade_trade_count(cascade), 0);
    liq_cascade_destroy(cascade);
    venture_clear(&scene);
}

/*
 * Half of what a round took stands again. After round 1: 3 at 99.8 x 99.8 / 100 = 99.6004, which is
 * better than 99.5, so that b in round 2 sells 3 there, has
 * 1011 - 3 x 100.3996 - 7 x 100.2 = 8.4012 and needs 6.986: it is left with 7, and the mark is
 * 99.6004. There c has 1013 - 10 x 100.3996 = 9.004 and needs 9.96004: it takes 1 at
 * 99.6004 x 99.6004 / 99.8 (half of 3, rounded down, is 1), which is 99.400...
 */
Test(cascade, brings_back_a_share_of_depth_at_its_distance)
{
    const liq_cascade_options options = {.recovery_ppm = 500000, .rounds_max = 2};
    static venture scene;
    liq_cascade *cascade = NULL;
    liq_cascade_summary summary;
    liq_cascade_trade trade;

    example_make(&scene);
    run_book(&cascade, scene.book, &options, "XUSD", -500000, &summary);
    cr_expect_eq(summary.end, LIQ_CASCADE_NOT_AT_REST);
    cr_expect_eq(summary.flagged_after, 1);
    cr_assert_eq(liq_cascade_trade_count(cascade), 2);
    liq_cascade_trade_read(cascade, 1, &trade);
    cr_expect_str_eq(trade.sold, "3");
    cr_expect_str_eq(trade.after, "99.6004");
    liq_cascade_destroy(cascade);
    venture_clear(&scene);
}

/* Half the bids: 3 at 99.8 leave a with 1008 - 3 x 100.2 - 7 x 100 = 7.4 and a need of 7. */
Test(cascade, scales_depth_and_can_leave_prices_where_they_are)
{
    const liq_cascade_options options = {.depth_ppm = 500000, .impact = LIQ_CASCADE_NO_IMPACT};
    static venture scene;
    liq_cascade *cascade = NULL;
    liq_cascade_summary summary;

    example_make(&scene);
    run_book(&cascade, scene.book, &options, "XUSD", -500000, &summary);
    cr_expect_eq(summary.rounds, 1);
    cr_expect_str_eq(summary.liquidated_notional, "299.4");
    cr_expect_eq(summary.worst_ppm, 0);
    liq_cascade_destroy(cascade);
    venture_clear(&scene);
}

Test(cascade, refuses_what_it_cannot_run)
{
    static const liq_cascade_follower unknown = {.leader = "NONE", .symbol = "XUSD"};
    static const liq_cascade_follower itself = {.leader = "XUSD", .symbol = "XUSD"};
    static const liq_cascade_fault back = {.from_ms = 5, .to_ms = 5};
    static const liq_cascade_fault early = {.from_ms = -1, .to_ms = 5};
    static const liq_cascade_fault late = {.to_ms = 86400001};
    static const liq_cascade_fault nobody = {.symbol = "NONE", .to_ms = 5};
    static const liq_cascade_fault nothing = {
        .kind = LIQ_CASCADE_WRONG, .to_ms = 5, .change_ppm = -1000000};
    static const struct {
        liq_cascade_options options;
        liq_status status;
        const char *text;
    } rows[] = {
        {{.depth_ppm = -1}, LIQ_OUT_OF_RANGE, "depth of -1 ppm"},
        {{.recovery_ppm = 1000001}, LIQ_OUT_OF_RANGE, "recovery of 1000001 ppm"},
        {{.recovery_ppm = -1}, LIQ_OUT_OF_RANGE, "recovery of -1 ppm"},
        {{.round_ms = -5}, LIQ_OUT_OF_RANGE, "rounds of -5 ms"},
        {{.rounds_max = 1000001}, LIQ_OUT_OF_RANGE, "1000001 rounds"},
        {{.followers = &unknown, .follower_count = 1}, LIQ_NOT_FOUND, "\"NONE\""},
        {{.followers = &itself, .follower_count = 1}, LIQ_DUPLICATE, "follows itself"},
        {{.volume = "0"}, LIQ_BAD_INPUT, "volume of \"0\""},
        {{.volume = "much"}, LIQ_BAD_INPUT, "volume of \"much\""},
        {{.reversion_ppm = 1000001}, LIQ_OUT_OF_RANGE, "reversion of 1000001"},
        {{.feed_lag_ms = -1}, LIQ_OUT_OF_RANGE, "lag of -1 ms"},
        {{.feed_lag_ms = 86400001}, LIQ_OUT_OF_RANGE, "lag of 86400001 ms"},
        {{.faults = &back, .fault_count = 1}, LIQ_OUT_OF_RANGE, "has no length"},
        {{.faults = &early, .fault_count = 1}, LIQ_OUT_OF_RANGE, "from -1"},
        {{.faults = &late, .fault_count = 1}, LIQ_OUT_OF_RANGE, "to 86400001"},
        {{.faults = &nobody, .fault_count = 1}, LIQ_NOT_FOUND, "\"NONE\""},
        {{.faults = &nothing, .fault_count = 1}, LIQ_OUT_OF_RANGE, "wrong by -1000000"},
        {{.policy = "{}"}, LIQ_UNSUPPORTED, "not loaded from files"},
    };
    static venture scene;
    liq_cascade *cascade = NULL;
    liq_error err = {0};

    example_make(&scene);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cr_expect_eq(liq_cascade_create(&cascade, scene.book, &rows[i].options, &err),
                     rows[i].status, "row %zu", i);
        cr_expect_neq(strstr(err.message, rows[i].text), NULL, "row %zu: %s", i, err.message);
    }
    scene.book->depth_count = 0;
    cr_expect_eq(liq_cascade_create(&cascade, scene.book, NULL, &err), LIQ_UNSUPPORTED);
    cr_expect_neq(strstr(err.message, "depth.csv"), NULL, "%s", err.message);
    scene.book->venue.policy.liquidation.is_known = false;
    scene.book->depth_count = 4;
    cr_assert_eq(liq_cascade_create(&cascade, scene.book, NULL, &err), LIQ_OK);
    cr_expect_eq(liq_cascade_run(cascade, NULL, 0, NULL, &err), LIQ_UNSUPPORTED);
    liq_cascade_destroy(cascade);
    venture_clear(&scene);
}

Test(cascade, refuses_shocks_that_prices_do_not_take)
{
    static const struct {
        liq_cascade_move moves[2];
        uint32_t count;
        liq_status status;
    } rows[] = {
        {{{"NONE", 1, 0}}, 1, LIQ_NOT_FOUND},
        {{{"USD", 1, 0}}, 1, LIQ_NOT_FOUND},
        {{{"XUSD", -1000000, 0}}, 1, LIQ_OUT_OF_RANGE},
        {{{"XUSD", 1000000001, 0}}, 1, LIQ_OUT_OF_RANGE},
        {{{"XUSD", 5, -1}}, 1, LIQ_OUT_OF_RANGE},
        {{{"XUSD", 5, 86400001}}, 1, LIQ_OUT_OF_RANGE},
        {{{"XUSD", 5, 1000}, {"XUSD", 6, 1000}}, 2, LIQ_DUPLICATE},
        {{{"XUSD", 5, 0}, {"XUSD", 6, 0}}, 2, LIQ_DUPLICATE},
    };
    static venture scene;
    liq_cascade *cascade = NULL;
    liq_cascade_summary summary;
    liq_error err = {0};

    example_make(&scene);
    cr_assert_eq(liq_cascade_create(&cascade, scene.book, NULL, &err), LIQ_OK);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        cr_expect_eq(liq_cascade_run(cascade, rows[i].moves, rows[i].count, NULL, &err),
                     rows[i].status, "row %zu: %s", i, err.message);
    cr_assert_eq(liq_cascade_run(cascade, NULL, 0, &summary, &err), LIQ_OK, "%s", err.message);
    cr_expect_eq(summary.rounds, 0);
    cr_expect_str_eq(summary.amplification, "1");
    cr_expect_str_eq(summary.funds_after, "1000");
    liq_cascade_destroy(cascade);
    venture_clear(&scene);
}
