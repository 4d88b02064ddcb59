/*
 * The pattern of a deleveraging.
 */
#include <criterion/criterion.h>

#include "scan/live_scan.h"
#include "settle/pattern.h"
#include "support_scene.h"

Test(pattern, counts_leverage_by_eighths_of_an_octave)
{
    static const struct {
        int64_t notional;
        int64_t equity;
        int64_t leverage; /* hundredths; 0: not counted */
    } rows[] = {{100, 100, 100},
                {1000, 100, 1000},
                {1099, 100, 1000},
                {1100, 100, 1100},
                {1000, 3, 32000},
                {1, 100, 6},
                {1, 1000000, 6},
                {100, 0, INT64_MAX},
                {100, -5, INT64_MAX},
                {0, 5, 0},
                {0, -5, 0},
                {INT64_MAX, 1, 98304000},
                {INT64_MAX, INT64_MAX, 100}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        liq_leverage_count count = {0};

        liq_leverage_add(&count, rows[i].notional, rows[i].equity);
        cr_expect_eq(liq_leverage_quantile(&count, 500000), rows[i].leverage, "row %zu: %lld", i,
                     (long long)liq_leverage_quantile(&count, 500000));
        cr_expect_eq(count.count + count.spent, rows[i].notional > 0, "row %zu", i);
    }
}

Test(pattern, finds_the_leverage_that_a_share_does_not_exceed)
{
    static const struct {
        uint32_t ppm;
        int64_t leverage;
    } rows[] = {{0, 200},       {500000, 200},       {500001, 1000},
                {900000, 1000}, {900001, INT64_MAX}, {1000000, INT64_MAX}};
    liq_leverage_count count = {0};

    for (int i = 0; i < 5; i++)
        liq_leverage_add(&count, 2, 1);
    for (int i = 0; i < 4; i++)
        liq_leverage_add(&count, 10, 1);
    liq_leverage_add(&count, 10, 0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        cr_expect_eq(liq_leverage_quantile(&count, rows[i].ppm), rows[i].leverage, "%u ppm",
                     rows[i].ppm);
}

/* Longs of 1,000 at 100 with 1% maintenance, that stand a fall of 1, 2 and 5%, and a short of all.
 */
static void book_make(venture *self)
{
    static const char *const cash[] = {"1500", "2500", "5500", "900000"};
    static const char *const lots[] = {"1000", "1000", "1000", "-3000"};

    scene_start(self, 2, "1", "100", "0.01", "0")->execution = LIQ_EXECUTION_MARK;
    for (int i = 0; i < 4; i++) {
        const char id[] = {(char)('a' + i), '\0'};

        (void)liq_fixture_account(&self->fixture, id);
        liq_fixture_balance(&self->fixture, 0, cash[i]);
        liq_fixture_position(&self->fixture, 0, lots[i], "100", NULL);
    }
    scene_fund(self, "100000", "0");
    self->book = liq_fixture_finish(&self->fixture);
}

static void tick(liq_live *live, liq_settle *settle, uint64_t number, const char *mark)
{
    const liq_live_event event = {.kind = LIQ_LIVE_MARK, .symbol = "XUSD", .price = mark};

    cr_assert_eq(liq_live_apply(live, &event, 1, NULL), LIQ_OK);
    cr_assert_eq(liq_live_tick(live, NULL, NULL), LIQ_OK);
    cr_assert_eq(liq_settle_run_live(settle, (int64_t)number, number, NULL, NULL), LIQ_OK);
}

Test(pattern, tells_what_further_falls_would_liquidate_and_what_this_one_did)
{
    static venture book;
    liq_live *live = NULL;
    liq_settle *settle = NULL;
    liq_pattern pattern = {0};
    liq_pattern_facts facts;

    book_make(&book);
    cr_assert_eq(liq_live_create(&live, book.book, NULL, NULL), LIQ_OK);
    cr_assert_eq(liq_settle_create_live(&settle, live, book.book, NULL), LIQ_OK);
    cr_assert_eq(liq_pattern_create(&pattern, live, settle, 2, NULL), LIQ_OK);
    tick(live, settle, 1, "100");
    liq_pattern_see(&pattern, &facts);
    cr_expect_eq(facts.sweep->tick, 0, "half of the accounts were looked at");
    cr_expect_eq(facts.interest, 30000000);
    cr_expect_eq(facts.share_ppm, 0);
    for (uint64_t i = 2; facts.sweep->tick == 0 && i < 10; i++) {
        tick(live, settle, i, "100");
        liq_pattern_see(&pattern, &facts);
    }
    cr_expect_eq(facts.sweep_age, 0);
    cr_expect_eq(facts.sweep->accounts, 4);
    cr_expect_eq(facts.sweep->liquidatable[0], 0);
    cr_expect_eq(facts.sweep->liquidatable[1], 9900000);
    cr_expect_eq(facts.sweep->liquidatable[2], 2 * 9800000);
    cr_expect_eq(facts.sweep->liquidatable[3], 3 * 9500000);
    cr_expect_eq(facts.slopes[0], 9900000);
    cr_expect_eq(facts.slopes[1], 2 * 9800000 - 9900000);
    cr_expect_eq(facts.slopes[2], (3 * 9500000 - 2 * 9800000) / 3);
    tick(live, settle, 20, "99"); /* the first one goes, and its short with nobody */
    liq_pattern_see(&pattern, &facts);
    cr_expect_eq(facts.interest, 2 * 9900000);
    cr_expect_eq(facts.liquidated, 9900000);
    cr_expect_eq(facts.share_ppm, 333333);
    cr_expect_eq(facts.sweep_age, 1);
    liq_pattern_clear(&pattern);
    liq_settle_destroy(settle);
    liq_live_destroy(live);
    venture_clear(&book);
}
