/*
 * Prices that follow others through a cascade.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include <liqscan/cascade.h>

#include "settle/support_scene.h"

enum { X_USD = 0, Y_USD = 1 };

/*
 * The shock of -50% takes XUSD from 200 to 100; a, b and c sell into its bids, and it trades at
 * 99.8, 99.5, 99 and 98 (the example of test_cascade.c). YUSD stands at 50, Bitcoin at 1,000; f has
 * a hundredth of one, and a long of 10 YUSD.
 */
static void book_make(venture *self)
{
    static const char *const balances[] = {"1008", "1011", "1013"};
    static const char *const names[] = {"a", "b", "c"};
    liq_liquidation *rules = scene_start(self, 2, "1", "200", "0.01", "0");
    const uint32_t bitcoin = liq_fixture_asset(&self->fixture, "BTC", 4, 8, "1000");

    rules->execution = LIQ_EXECUTION_DEPTH;
    (void)liq_fixture_instrument(&self->fixture,
                                 (liq_fixture_contract){.symbol = "YUSD",
                                                        .kind = LIQ_INSTRUMENT_LINEAR,
                                                        .settle = 0,
                                                        .multiplier = "1",
                                                        .lot = "1",
                                                        .tick = "0.01",
                                                        .fee = "0",
                                                        .mark = "50",
                                                        .tier_form = LIQ_TIER_DEDUCTION});
    liq_fixture_tier(&self->fixture, "0", "0.01", "0.01");
    scene_level(self, true, "6", "199.6");
    scene_level(self, true, "4", "199");
    scene_level(self, true, "10", "198");
    scene_level(self, true, "100", "196");
    scene_level(self, true, "100", "49.9");
    self->levels[4].instrument_index = Y_USD;
    for (uint32_t i = 0; i < 3; i++) {
        (void)liq_fixture_account(&self->fixture, names[i]);
        liq_fixture_balance(&self->fixture, 0, balances[i]);
        liq_fixture_position(&self->fixture, X_USD, "10", "200", NULL);
    }
    (void)liq_fixture_account(&self->fixture, "d");
    liq_fixture_balance(&self->fixture, 0, "5000");
    liq_fixture_position(&self->fixture, X_USD, "-30", "200", NULL);
    liq_fixture_position(&self->fixture, Y_USD, "-10", "50", NULL);
    (void)liq_fixture_account(&self->fixture, "f");
    liq_fixture_balance(&self->fixture, bitcoin, "0.01");
    liq_fixture_position(&self->fixture, Y_USD, "10", "50", NULL);
    scene_fund(self, "1000", "0");
    self->fixture.book.depth = self->levels;
    self->book = liq_fixture_finish(&self->fixture);
}

static void run(liq_cascade **out, const liq_book *book, const liq_cascade_follower *followers,
                uint32_t count, liq_cascade_summary *summary)
{
    const liq_cascade_options options = {.followers = followers, .follower_count = count};
    const liq_cascade_move move = {.symbol = "XUSD", .change_ppm = -500000};
    liq_error err = {0};

    cr_assert_eq(liq_cascade_create(out, book, &options, &err), LIQ_OK, "%s", err.message);
    cr_assert_eq(liq_cascade_run(*out, &move, 1, summary, &err), LIQ_OK, "%s", err.message);
}

/* Beta times each move of the leader's fills, and nothing of the shock itself. */
Test(cascade_follow, goes_beta_times_as_far_as_the_fills_of_its_leader)
{
    static const double leader[] = {100, 99.8, 99.5, 99, 98};
    static const int64_t betas[] = {0, 250000, 500000, -2000000};

    for (size_t i = 0; i < sizeof betas / sizeof betas[0]; i++) {
        const liq_cascade_follower follower = {
            .leader = "XUSD", .symbol = "YUSD", .beta_ppm = betas[i]};
        static venture scene;
        liq_cascade *cascade = NULL;
        liq_cascade_summary summary;
        liq_cascade_price price;
        double expected = 1;

        for (int k = 1; k < 5; k++)
            expected *= 1 + (leader[k] / leader[k - 1] - 1) * (double)betas[i] / 1000000;
        book_make(&scene);
        run(&cascade, scene.book, &follower, 1, &summary);
        cr_expect_eq(summary.rounds, 4, "beta %lld: %u", (long long)betas[i], summary.rounds);
        cr_expect_eq(summary.accounts, 3);
        liq_cascade_price_read(cascade, X_USD, &price);
        cr_expect_str_eq(price.end, "98");
        liq_cascade_price_read(cascade, Y_USD, &price);
        cr_expect_str_eq(price.shocked, "50");
        cr_expect_eq(price.shock_ppm, 0);
        cr_expect_float_eq((double)price.feedback_ppm, (expected - 1) * 1000000, 1.01, "%lld",
                           (long long)price.feedback_ppm);
        cr_expect_str_eq(price.sold, "0");
        liq_cascade_destroy(cascade);
        venture_clear(&scene);
    }
}

/* Bitcoin falls by 20, 30 and 50%: what f has of it carries its long no longer. */
Test(cascade_follow, drags_collateral_down_too)
{
    static const liq_cascade_follower followers[] = {
        {.leader = "XUSD", .symbol = "BTC", .beta_ppm = 100000000},
        {.leader = "XUSD", .symbol = "YUSD", .beta_ppm = 100000}};
    static venture scene;
    liq_cascade *cascade = NULL;
    liq_cascade_summary summary;
    liq_cascade_price price;

    book_make(&scene);
    run(&cascade, scene.book, followers, 2, &summary);
    cr_expect_eq(summary.accounts, 4);
    liq_cascade_price_read(cascade, Y_USD, &price);
    cr_expect_str_eq(price.sold, "10");
    cr_expect_eq(summary.flagged_after, 0);
    liq_cascade_destroy(cascade);
    venture_clear(&scene);
}

Test(cascade_follow, refuses_who_cannot_lead_or_follow)
{
    static const struct {
        liq_cascade_follower follower;
        liq_status status;
        const char *message;
    } rows[] = {
        {{.leader = "BTC", .symbol = "YUSD"}, LIQ_NOT_FOUND, "\"BTC\" is an asset: nothing"},
        {{.leader = "XUSD", .symbol = "USD"}, LIQ_NOT_FOUND, "\"USD\" is the margin currency"},
        {{.leader = "XUSD", .symbol = "YUSD", .beta_ppm = 100000001}, LIQ_OUT_OF_RANGE, "beta"},
        {{.leader = "XUSD", .symbol = "YUSD", .beta_ppm = -100000001}, LIQ_OUT_OF_RANGE, "beta"},
        {{.leader = "XUSD", .symbol = "BTC", .beta_ppm = 100000000}, LIQ_OK, NULL},
        {{.leader = "XUSD", .symbol = "BTC", .beta_ppm = -100000000}, LIQ_OK, NULL}};
    static venture scene;

    book_make(&scene);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const liq_cascade_options options = {.followers = &rows[i].follower, .follower_count = 1};
        liq_cascade *cascade = NULL;
        liq_error err = {0};

        cr_expect_eq(liq_cascade_create(&cascade, scene.book, &options, &err), rows[i].status,
                     "row %zu: %s", i, err.message);
        if (rows[i].message != NULL)
            cr_expect_not_null(strstr(err.message, rows[i].message), "row %zu: %s", i, err.message);
        liq_cascade_destroy(cascade);
    }
    venture_clear(&scene);
}
