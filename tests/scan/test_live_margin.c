/*
 * Dynamic margin of a live book: what it sees of the book, what it does to it, and that it goes on
 * from what was saved.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scan/live_margin.h"
#include "scan/live_scan.h"
#include "support_book.h"
#include "support_generated.h"
#include "support_seeded.h"

enum { ONE = LIQ_FACTOR_ONE };

/* 30 long at 50,000 are 1.5 M open; a table of 20% / 10%. */
static void dydx_start(liq_fixture *fixture)
{
    liq_dynamic_policy *policy;

    liq_fixture_start_xusd(fixture, "0.001", "50000", LIQ_TIER_WHOLE);
    liq_fixture_tier(fixture, "0", "0.1", "0.2");
    (void)liq_fixture_account(fixture, "long");
    liq_fixture_balance(fixture, 0, "2000000");
    liq_fixture_position(fixture, 0, "30", "50000", NULL);
    (void)liq_fixture_account(fixture, "short");
    liq_fixture_balance(fixture, 0, "2000000");
    liq_fixture_position(fixture, 0, "-30", "50000", NULL);
    policy = &fixture->book.venue.policy.dynamic_margin;
    *policy = (liq_dynamic_policy){.is_on = true,
                                   .least_ppm = ONE,
                                   .most_ppm = 5 * ONE,
                                   .grid_ppm = 50000,
                                   .step_ppm = 5 * ONE,
                                   .lower_cap = {1000000, 0},
                                   .upper_cap = {2000000, 0},
                                   .depth_within_ppm = 20000,
                                   .ratio_lower_ppm = ONE,
                                   .ratio_upper_ppm = 5 * ONE,
                                   .ratio_top_ppm = 2 * ONE};
    policy->uses[LIQ_FACTOR_INTEREST] = true;
    policy->rates[LIQ_FACTOR_INTEREST] = LIQ_FACTOR_OF_INITIAL;
}

static void dydx_live(liq_fixture *fixture, liq_live **live, liq_live_margin *margin)
{
    liq_book *book = liq_fixture_finish(fixture);

    cr_assert_eq(liq_live_create(live, book, NULL, NULL), LIQ_OK);
    cr_assert_eq(liq_live_margin_create(margin, *live, book, NULL), LIQ_OK);
}

static void dydx_end(liq_fixture *fixture, liq_live *live, liq_live_margin *margin)
{
    liq_live_margin_clear(margin);
    liq_live_destroy(live);
    liq_fixture_clear(fixture);
}

static uint32_t margin_go(liq_live_margin *margin, liq_live *live, int64_t time_ms)
{
    const liq_dynamic_change *changes;
    uint32_t count;
    liq_error err = {0};

    cr_assert_eq(liq_live_margin_tick(margin, time_ms, &changes, &count, &err), LIQ_OK, "%s",
                 err.message);
    liq_live_value_all(live);
    cr_assert_eq(liq_live_tick(live, NULL, &err), LIQ_OK);
    return count;
}

static liq_scan_row row_of(const liq_live *live, const char *account)
{
    liq_scan_row row;

    cr_assert_eq(liq_live_find(live, account, NULL, 0, &row, NULL), LIQ_OK);
    return row;
}

/* Initial margin of 60% of 1.5 M, maintenance margin of 10% as before; then less is open. */
Test(live_margin, scales_initial_margin_by_what_is_open)
{
    const liq_live_event less[] = {{.kind = LIQ_LIVE_POSITION,
                                    .account = "long",
                                    .symbol = "XUSD",
                                    .amount = "20",
                                    .price = "50000"},
                                   {.kind = LIQ_LIVE_POSITION,
                                    .account = "short",
                                    .symbol = "XUSD",
                                    .amount = "20",
                                    .price = "50000",
                                    .is_short = 1}};
    liq_live_margin margin = {0};
    liq_live *live = NULL;
    liq_fixture fixture;

    dydx_start(&fixture);
    dydx_live(&fixture, &live, &margin);
    cr_assert_eq(margin_go(&margin, live, 1000), 2);
    cr_expect_eq(row_of(live, "long").initial_margin, 90000000);
    cr_expect_eq(row_of(live, "long").maintenance_margin, 15000000);
    cr_assert_eq(margin_go(&margin, live, 1001), 0);
    cr_assert_eq(liq_live_apply(live, less, 2, NULL), LIQ_OK);
    cr_assert_eq(margin_go(&margin, live, 1002), 2);
    cr_expect_eq(row_of(live, "short").initial_margin, 20000000);
    dydx_end(&fixture, live, &margin);
}

/* Depth within 2% of the mark, of the thinner side, wherever the mark has gone since. */
Test(live_margin, sees_the_depth_near_the_mark)
{
    const liq_live_event levels[] = {
        {.kind = LIQ_LIVE_DEPTH_LEVEL, .symbol = "XUSD", .price = "49999", .amount = "6"},
        {.kind = LIQ_LIVE_DEPTH_LEVEL, .symbol = "XUSD", .price = "49000", .amount = "4"},
        {.kind = LIQ_LIVE_DEPTH_LEVEL, .symbol = "XUSD", .price = "48999.9", .amount = "9"},
        {.kind = LIQ_LIVE_DEPTH_LEVEL,
         .symbol = "XUSD",
         .price = "51000",
         .amount = "30",
         .is_short = 1}};
    const liq_live_event mark = {.kind = LIQ_LIVE_MARK, .symbol = "XUSD", .price = "60000"};
    const liq_live_event gone = {.kind = LIQ_LIVE_DEPTH_CLEAR, .symbol = "XUSD"};
    liq_dynamic_policy *policy;
    liq_live_margin margin = {0};
    liq_live *live = NULL;
    liq_fixture fixture;

    dydx_start(&fixture);
    policy = &fixture.book.venue.policy.dynamic_margin;
    policy->uses[LIQ_FACTOR_INTEREST] = false;
    policy->uses[LIQ_FACTOR_CONCENTRATION] = true;
    dydx_live(&fixture, &live, &margin);
    cr_assert_eq(margin_go(&margin, live, 0), 0); /* nothing is known */
    cr_assert_eq(liq_live_apply(live, levels, 4, NULL), LIQ_OK);
    cr_assert_eq(margin_go(&margin, live, 1), 2); /* 30 over 10: half way from 1 to 5 */
    cr_expect_eq(row_of(live, "long").maintenance_margin, 22500000);
    cr_assert_eq(liq_live_apply(live, &mark, 1, NULL), LIQ_OK);
    cr_assert_eq(margin_go(&margin, live, 2), 0);
    cr_expect_eq(row_of(live, "long").maintenance_margin, 27000000);
    cr_assert_eq(liq_live_apply(live, &gone, 1, NULL), LIQ_OK);
    cr_assert_eq(margin_go(&margin, live, 3), 2);
    cr_expect_eq(row_of(live, "long").maintenance_margin, 18000000);
    dydx_end(&fixture, live, &margin);
}

/* Asks that are further away are no depth either: 8 of them stand within 2%, against 10 bids. */
Test(live_margin, sees_as_far_on_the_side_of_asks)
{
    const liq_live_event levels[] = {
        {.kind = LIQ_LIVE_DEPTH_LEVEL, .symbol = "XUSD", .price = "49000", .amount = "10"},
        {.kind = LIQ_LIVE_DEPTH_LEVEL,
         .symbol = "XUSD",
         .price = "51000",
         .amount = "8",
         .is_short = 1},
        {.kind = LIQ_LIVE_DEPTH_LEVEL,
         .symbol = "XUSD",
         .price = "51000.1",
         .amount = "2",
         .is_short = 1}};
    liq_dynamic_policy *policy;
    liq_live_margin margin = {0};
    liq_live *live = NULL;
    liq_fixture fixture;

    dydx_start(&fixture);
    policy = &fixture.book.venue.policy.dynamic_margin;
    policy->uses[LIQ_FACTOR_INTEREST] = false;
    policy->uses[LIQ_FACTOR_CONCENTRATION] = true;
    dydx_live(&fixture, &live, &margin);
    cr_assert_eq(liq_live_apply(live, levels, 3, NULL), LIQ_OK);
    cr_assert_eq(margin_go(&margin, live, 0), 2); /* 30 over 8: 2.75 of the 4 from 1 to 5 */
    cr_expect_eq(row_of(live, "long").maintenance_margin, 25500000);
    dydx_end(&fixture, live, &margin);
}

Test(live_margin, takes_factors_back_where_the_policy_has_none)
{
    const liq_live_event event = {.kind = LIQ_LIVE_MARGIN_FACTORS,
                                  .symbol = "XUSD",
                                  .maintenance_factor_ppm = 2 * ONE,
                                  .initial_factor_ppm = 2 * ONE};
    liq_live_margin margin = {0};
    liq_live *live = NULL;
    liq_fixture fixture;
    liq_book *book;

    dydx_start(&fixture);
    fixture.book.venue.policy.dynamic_margin.is_on = false;
    book = liq_fixture_finish(&fixture);
    cr_assert_eq(liq_live_create(&live, book, NULL, NULL), LIQ_OK);
    cr_assert_eq(liq_live_apply(live, &event, 1, NULL), LIQ_OK);
    cr_assert_eq(liq_live_margin_create(&margin, live, book, NULL), LIQ_OK);
    cr_assert_eq(margin_go(&margin, live, 0), 0);
    cr_expect_eq(row_of(live, "long").maintenance_margin, 15000000);
    dydx_end(&fixture, live, &margin);
}

Test(live_margin, refuses_a_state_that_cannot_be)
{
    static const char *const rows[] = {
        "",
        "1",
        "x 0 0 0 0 0 1000000 1000000 1000000 1000000 -1 -1 -1 -1 0 0 -1 0 0 0",
        "0 0 0 0 31 0 1000000 1000000 1000000 1000000 -1 -1 -1 -1 0 0 -1 0 0 0",
        "0 -1 0 0 0 0 1000000 1000000 1000000 1000000 -1 -1 -1 -1 0 0 -1 0 0 0",
        "0 0 0 0 0 0 0 1000000 1000000 1000000 -1 -1 -1 -1 0 0 -1 0 0 0",
        "0 0 0 0 0 0 2000000 1000000 1000000 1000000 -1 -1 -1 -1 0 0 -1 0 0 0",
        "0 0 0 0 0 0 1000000 1000000 1000000 100000001 -1 -1 -1 -1 0 0 -1 0 0 0",
        "0 0 0 0 0 0 1000000 1000000 1000000 1000000 -1 -1 -1 -1 0 0 -1 0 2 0",
        "0 0 0 0 0 0 1000000 1000000 1000000 1000000 -1 -1 -1 -1 0 0 -1 0 0 0 0",
        "0,0 0 0 0 0 1000000 1000000 1000000 1000000 -1 -1 -1 -1 0 0 -1 0 0 0",
        "-1 0 0 0 0 0 1000000 1000000 1000000 1000000 -1 -1 -1 -1 0 0 -1 0 0 0",
        "253402300800000 0 0 0 0 0 1000000 1000000 1000000 1000000 -1 -1 -1 -1 0 0 -1 0 0 0",
        "0 1073741824 0 0 0 0 1000000 1000000 1000000 1000000 -1 -1 -1 -1 0 0 -1 0 0 0",
        "0 0 -1 0 0 0 1000000 1000000 1000000 1000000 -1 -1 -1 -1 0 0 -1 0 0 0",
        "0 0 0 -1 0 0 1000000 1000000 1000000 1000000 -1 -1 -1 -1 0 0 -1 0 0 0",
        "0 0 0 0 0 253402300800000 1000000 1000000 1000000 1000000 -1 -1 -1 -1 0 0 -1 0 0 0",
        "0 0 0 0 0 0 1000000 1000000 0 1000000 -1 -1 -1 -1 0 0 -1 0 0 0",
        "0 0 0 0 0 0 1000000 1000000 1000000 1000000 -2 -1 -1 -1 0 0 -1 0 0 0",
        "0 0 0 0 0 0 1000000 1000000 1000000 1000000 -1 253402300800000 -1 -1 0 0 -1 0 0 0",
        "0 0 0 0 0 0 1000000 1000000 1000000 1000000 -1 -1 -2 -1 0 0 -1 0 0 0",
        "0 0 0 0 0 0 1000000 1000000 1000000 1000000 -1 -1 -1 253402300800000 0 0 -1 0 0 0",
        "0 0 0 0 0 0 1000000 1000000 1000000 1000000 -1 -1 -1 -1 -1 0 -1 0 0 0",
        "0 0 0 0 0 0 1000000 1000000 1000000 1000000 -1 -1 -1 -1 429496733900800000 0 -1 0 0 0",
        "0 0 0 0 0 0 1000000 1000000 1000000 1000000 -1 -1 -1 -1 0 100000001 -1 0 0 0",
        "0 0 0 0 0 0 1000000 1000000 1000000 1000000 -1 -1 -1 -1 0 0 -2 0 0 0",
        "0 0 0 0 0 0 1000000 1000000 1000000 1000000 -1 -1 -1 -1 0 0 -1 506804601599999 0 0",
        "0 0 0 0 0 0 1000000 1000000 1000000 1000000 -1 -1 -1 -1 0 0 -1 0 -1 0",
        "0 0 0 0 0 0 1000000 1000000 1000000 1000000 -1 -1 -1 -1 0 0 -1 0 0 4294967296",
        "0 0 0 0 0 0 1000000 1000000 1000000 1000000 -1 -1 -1 -1 0 0 -1 0 0 0x"};
    const char *good = "0 0 0 0 0 0 1000000 1000000 1000000 1000000 -1 -1 -1 -1 0 0 -1 0 0 0";
    liq_live_margin margin = {0};
    liq_live *live = NULL;
    liq_fixture fixture;

    dydx_start(&fixture);
    dydx_live(&fixture, &live, &margin);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        cr_expect(!liq_live_margin_state_read(&margin, 0, liq_text_of(rows[i])), "row %zu", i);
    cr_expect(liq_live_margin_state_read(&margin, 0, liq_text_of(good)));
    dydx_end(&fixture, live, &margin);
}

/* Each number stands for itself, up to the largest that it may be. */
Test(live_margin, writes_a_state_as_it_was_read)
{
    static const char *const states[] = {
        "1000 2 3 50001 5 6 1000000 1000000 1200000 1300000 7 8 9 10 4724464025700000 "
        "5153960755300000 11 12 1 13",
        "253402300799999 1073741823 4611686018427387903 999999999999999999 30 253402300799999 "
        "1000000 1000000 5000000 4000000 253402300799999 253402300799998 253402300799997 "
        "253402300799996 429496729700000000 429496729600000000 253402300799995 506804601599998 1 "
        "4294967295"};
    liq_live_margin margin = {0};
    liq_live *live = NULL;
    liq_fixture fixture;

    dydx_start(&fixture);
    dydx_live(&fixture, &live, &margin);
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        char text[LIQ_MARGIN_STATE_BYTES];

        cr_assert(liq_live_margin_state_read(&margin, 0, liq_text_of(states[i])), "state %zu", i);
        liq_live_margin_state_write(&margin, 0, text);
        cr_expect_str_eq(text, states[i]);
    }
    dydx_end(&fixture, live, &margin);
}

/* A live book and what follows it. */
typedef struct follower {
    liq_book *book;
    liq_live *live;
    liq_live_margin margin;
} follower;

static void follower_start(follower *out, liq_book *book)
{
    const liq_live_options exact = {.exact_all = 1};
    liq_error err = {0};

    *out = (follower){.book = book};
    cr_assert_eq(liq_live_create(&out->live, book, &exact, &err), LIQ_OK, "%s", err.message);
    cr_assert_eq(liq_live_margin_create(&out->margin, out->live, book, &err), LIQ_OK, "%s",
                 err.message);
}

static void follower_end(follower *self, bool owns)
{
    liq_live_margin_clear(&self->margin);
    liq_live_destroy(self->live);
    if (owns)
        liq_book_destroy(self->book);
}

/* Save the book and the state, and go on from them. */
static void follower_restart(follower *self, const liq_dynamic_policy *policy, bool owns)
{
    char path[64];
    char states[16][LIQ_MARGIN_STATE_BYTES];
    const uint32_t count = self->book->venue.instrument_count;
    liq_book *book = NULL;
    liq_error err = {0};

    cr_assert_leq(count, 16);
    (void)snprintf(path, sizeof path, "/tmp/live_margin_%ld", (long)getpid());
    cr_assert_eq(liq_live_save(self->live, path, &err), LIQ_OK, "%s", err.message);
    for (uint32_t i = 0; i < count; i++)
        liq_live_margin_state_write(&self->margin, i, states[i]);
    cr_assert_eq(liq_book_load_snapshot(&book, path, NULL, &err), LIQ_OK, "%s", err.message);
    (void)unlink(path);
    follower_end(self, owns);
    book->venue.policy.dynamic_margin = *policy; /* which the text of venue.json has not */
    follower_start(self, book);
    for (uint32_t i = 0; i < count; i++)
        cr_assert(liq_live_margin_state_read(&self->margin, i, liq_text_of(states[i])));
}

Test(live_margin, goes_on_from_what_was_saved)
{
    liq_random random = liq_random_make(liq_random_seed() + 9);
    liq_generate_options options;
    liq_dynamic_policy policy = {.is_on = true,
                                 .least_ppm = ONE,
                                 .most_ppm = 4 * ONE,
                                 .grid_ppm = 100000,
                                 .step_ppm = 500000,
                                 .interval_ms = 120000,
                                 .lower_after_ms = 600000,
                                 .notice_ms = 60000,
                                 .half_life_ms = 600000,
                                 .sample_ms = 30000,
                                 .realised_reference_ppm = 700000};
    uint32_t changes = 0;
    bool owns = false;
    follower whole;
    follower part;

    policy.uses[LIQ_FACTOR_REALISED] = true;
    liq_generated_options(&options, 1, 77);
    options.instruments = 4;
    whole.book = liq_generated_book(&options);
    whole.book->venue.policy.dynamic_margin = policy;
    follower_start(&part, whole.book);
    follower_start(&whole, whole.book);
    for (uint32_t tick = 0; tick < 400; tick++) {
        const uint32_t i = (uint32_t)liq_random_below(&random, whole.book->venue.instrument_count);
        liq_decimal mark = whole.live->book.prices.instrument_marks[i];
        const int64_t swing = tick % 200 < 100 ? 200 : 5;
        char price[LIQ_DECIMAL_BYTES];
        const liq_live_event event = {.kind = LIQ_LIVE_MARK,
                                      .symbol =
                                          liq_names_get(whole.book->venue.instrument_names, i),
                                      .price = price};
        uint64_t hashes[2][2];

        while (mark.digits < 1000000)
            mark = (liq_decimal){mark.digits * 10, mark.decimals + 1};
        mark.digits += mark.digits / 10000 * liq_random_between(&random, -swing, swing);
        (void)liq_decimal_format(price, mark.digits, mark.decimals);
        if (tick % 23 == 22) {
            follower_restart(&part, &policy, owns);
            owns = true;
        }
        cr_assert_eq(liq_live_apply(whole.live, &event, 1, NULL), LIQ_OK);
        cr_assert_eq(liq_live_apply(part.live, &event, 1, NULL), LIQ_OK);
        changes += margin_go(&whole.margin, whole.live, (int64_t)tick * 20000);
        (void)margin_go(&part.margin, part.live, (int64_t)tick * 20000);
        liq_live_state_hash(whole.live, hashes[0]);
        liq_live_state_hash(part.live, hashes[1]);
        cr_assert_arr_eq(hashes[0], hashes[1], sizeof hashes[0], "tick %u", tick);
    }
    cr_expect_gt(changes, 20, "%u", changes);
    follower_end(&part, owns);
    follower_end(&whole, true);
}
