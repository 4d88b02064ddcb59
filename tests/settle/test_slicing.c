/*
 * Closing by degrees: how large a slice is, and how an account goes from slice to slice.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include <liqscan/live.h>
#include <liqscan/settle.h>

#include "support_scene.h"

enum { NANO = 1000000000 };

Test(slicing, has_the_size_of_the_model_rounded_up)
{
    static const struct {
        int64_t near;
        int64_t lots;
        int64_t size;
    } rows[] = {{0, 100, 0},
                {1, 1, 1},
                {1, 3, 1},    /* cube root of 1 */
                {1, 1000, 7}, /* of 333.3 */
                {10, 10, 7},
                {400, 1000, 377},
                {173, 100, 100}, /* 1.73 times the position */
                {174, 100, 100},
                {INT64_C(1000000000000000), 5, 5},
                {INT64_C(1000000000000000), INT64_C(1000000000000000), 693361274350635},
                {1, INT64_C(1000000000000000), 69337}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        cr_expect_eq(liq_slice_model_ceil(rows[i].near, rows[i].lots), rows[i].size,
                     "row %zu: %lld", i,
                     (long long)liq_slice_model_ceil(rows[i].near, rows[i].lots));
}

Test(slicing, stays_between_its_limits)
{
    static const struct {
        liq_slice_facts facts;
        int64_t participation;
        int64_t lots;
    } rows[] = {
        {{.lots = 1000, .near = 400, .within = 800, .slices_left = 20}, NANO, 377},
        {{.lots = 1000, .near = 400, .within = 800, .slices_left = 20}, NANO / 4, 200},
        {{.lots = 1000, .near = 0, .within = 800, .slices_left = 20}, NANO / 4, 50}, /* even */
        {{.lots = 1001, .near = 0, .within = 800, .slices_left = 20}, NANO / 4, 51},
        {{.lots = 1000, .near = 0, .within = 8000, .slices_left = 1}, NANO, 1000}, /* the last */
        {{.lots = 10, .near = 0, .within = 3, .slices_left = 1}, NANO / 10, 1}, /* at least one */
        {{.lots = 10, .near = 9, .within = 3, .taken = 1, .slices_left = 1}, NANO / 10, 0},
        {{.lots = 10, .near = 9, .within = 75, .taken = 25, .slices_left = 9}, NANO / 4, 0},
        {{.lots = 10, .near = 9, .within = 80, .taken = 20, .slices_left = 9}, NANO / 4, 5},
        {{.lots = 10, .near = 0, .within = 0, .slices_left = 1}, NANO, 0},
        {{.lots = 10, .near = 9, .within = 3, .taken = 1, .slices_left = 1}, NANO / 2, 1},
        {{.lots = LIQ_QUANTITY_LOTS_MAX,
          .near = LIQ_QUANTITY_LOTS_MAX,
          .within = LIQ_QUANTITY_LOTS_MAX,
          .taken = LIQ_EXPOSURE_LOTS_MAX,
          .slices_left = 1},
         NANO,
         LIQ_QUANTITY_LOTS_MAX}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        cr_expect_eq(liq_slice_lots(&rows[i].facts, rows[i].participation), rows[i].lots,
                     "row %zu: %lld", i,
                     (long long)liq_slice_lots(&rows[i].facts, rows[i].participation));
}

Test(slicing, measures_moves_of_the_mark_and_forgets_them)
{
    const liq_slicing rules = {.risk_weight = 2LL * NANO,
                               .volatility = NANO / 100,
                               .interval_ms = 3600000,
                               .volatility_half_life_ms = 3600000};
    liq_volatility at = {0};

    /* One hundredth an hour at least, two of it. */
    cr_expect_eq(liq_volatility_range(&at, &rules, 0), NANO / 50);
    liq_volatility_note(&at, &rules, (liq_decimal){.digits = 100}, 0);
    liq_volatility_note(&at, &rules, (liq_decimal){.digits = 110}, 3600000);
    /* 10% in an hour counts half: the root of a half of it. */
    cr_expect_eq(liq_volatility_range(&at, &rules, 3600000), 2 * 70710678);
    cr_expect_eq(liq_volatility_range(&at, &rules, 2 * 3600000), 2 * 50000000);
    cr_expect_eq(liq_volatility_range(&at, &rules, 99 * INT64_C(3600000)), NANO / 50);
    /* The same mark, none, and one of the same time say nothing. */
    liq_volatility_note(&at, &rules, (liq_decimal){.digits = 110}, 7200000);
    liq_volatility_note(&at, &rules, (liq_decimal){0}, 7200000);
    cr_expect_eq(at.at_ms, 3600000);
    liq_volatility_note(&at, &rules, (liq_decimal){.digits = 1}, 3600000);
    cr_expect_eq(at.mark.digits, 110);
    liq_volatility_note(&at, &rules, (liq_decimal){.digits = 999999999999999999}, 3600001);
    cr_expect_leq(at.variance, INT64_C(1000000000000000000));
    cr_expect_leq(liq_volatility_range(&at, &rules, 3600001), NANO);
}

/* A mark that is more than twice the last one counts as twice; nothing is past one an hour. */
Test(slicing, bounds_the_moves_that_it_measures)
{
    const liq_slicing rules = {.volatility_half_life_ms = 3600000};
    const liq_slicing fast = {.volatility_half_life_ms = 1};
    liq_volatility at = {0};

    liq_volatility_note(&at, &rules, (liq_decimal){.digits = 1}, 0);
    liq_volatility_note(&at, &rules, (liq_decimal){.digits = 5}, 3600000);
    cr_expect_eq(at.variance, INT64_C(500000000000000000));
    at = (liq_volatility){0};
    liq_volatility_note(&at, &fast, (liq_decimal){.digits = 1}, 0);
    liq_volatility_note(&at, &fast, (liq_decimal){.digits = 5}, 1);
    cr_expect_eq(at.variance, INT64_C(500000000000000000));
}

/* All that was kept comes back, and what was added goes. */
Test(slicing, puts_back_every_slice_that_it_kept)
{
    const liq_row_name rows[] = {{.account = 1, .instrument = UINT32_MAX},
                                 {.account = 2, .instrument = UINT32_MAX},
                                 {.account = 3, .instrument = UINT32_MAX},
                                 {.account = 4, .instrument = UINT32_MAX}};
    liq_slicer slicer = {0};
    liq_slice *slice;

    cr_assert_eq(liq_slicer_create(&slicer, 1, NULL), LIQ_OK);
    for (uint32_t i = 0; i < 3; i++) {
        cr_assert_eq(liq_slicer_see(&slicer, rows[i], 1, 10 + i, &slice, NULL), LIQ_OK);
        slice->count = 100 + i;
    }
    cr_assert_eq(liq_slicer_keep(&slicer, NULL), LIQ_OK);
    for (uint32_t i = 0; i < 4; i++) {
        cr_assert_eq(liq_slicer_see(&slicer, rows[i], 1, 99, &slice, NULL), LIQ_OK);
        slice->count = 7;
    }
    liq_slicer_put_back(&slicer);
    cr_expect_eq(slicer.slice_count, 3);
    for (uint32_t i = 0; i < 3; i++) {
        cr_assert_eq(liq_slicer_see(&slicer, rows[i], 1, 99, &slice, NULL), LIQ_OK);
        cr_expect(slice->count == 100 + i && slice->start_ms == 10 + i, "%u", i);
    }
    cr_assert_eq(liq_slicer_see(&slicer, rows[3], 1, 99, &slice, NULL), LIQ_OK);
    cr_expect_eq(slice->count, 0);
    liq_slicer_clear(&slicer);
}

/* A long of 1,000 at 100 for each amount of cash, 1% maintenance, and bids of 400 at 99.8 and at
   99.4. */
static liq_liquidation *stage_make(venture *self, const char *const *cash, uint32_t count)
{
    liq_liquidation *rules = scene_start(self, 2, "1", "100", "0.01", "0");

    rules->execution = LIQ_EXECUTION_SLICED;
    rules->slicing = liq_slicing_default();
    rules->slicing.participation = NANO;
    rules->slicing.volatility = NANO / 10; /* 0.53% in ten seconds: the first level is near */
    for (uint32_t i = 0; i < count; i++) {
        const char id[] = {(char)('a' + (char)i), '\0'};

        (void)liq_fixture_account(&self->fixture, id);
        liq_fixture_balance(&self->fixture, 0, cash[i]);
        liq_fixture_position(&self->fixture, 0, "1000", "100", NULL);
    }
    (void)liq_fixture_account(&self->fixture, "z");
    liq_fixture_balance(&self->fixture, 0, "200000");
    liq_fixture_position(&self->fixture, 0, "-1000", "100", NULL);
    scene_fund(self, "100000", "0");
    scene_level(self, true, "400", "99.8");
    scene_level(self, true, "400", "99.4");
    self->book = liq_fixture_finish(&self->fixture);
    self->book->depth = self->levels;
    return rules;
}

typedef struct stage {
    liq_live *live;
    liq_settle *settle;
    liq_settle_summary summary;
    uint64_t tick;
} stage;

static stage stage_start(venture *book)
{
    stage self = {0};
    liq_error err = {0};

    cr_assert_eq(liq_live_create(&self.live, book->book, NULL, &err), LIQ_OK, "%s", err.message);
    cr_assert_eq(liq_settle_create_live(&self.settle, self.live, book->book, &err), LIQ_OK, "%s",
                 err.message);
    return self;
}

static void stage_end(stage *self, venture *book)
{
    liq_settle_destroy(self->settle);
    liq_live_destroy(self->live);
    book->book->depth = NULL;
    venture_clear(book);
}

/* Tick and settle; what was done to positions as "a reduce 377 slice, ". */
static const char *stage_run(stage *self, int64_t time_ms)
{
    static char text[512];
    size_t used = 0;
    liq_error err = {0};

    text[0] = '\0';
    cr_assert_eq(liq_live_tick(self->live, NULL, NULL), LIQ_OK);
    cr_assert_eq(liq_settle_run_live(self->settle, time_ms, ++self->tick, &self->summary, &err),
                 LIQ_OK, "%s", err.message);
    cr_assert(self->summary.conserved);
    for (uint64_t i = 0; i < liq_settle_action_count(self->settle); i++) {
        liq_settle_action action;

        liq_settle_action_read(self->settle, i, &action);
        if (action.account != NULL && action.kind != LIQ_SETTLE_FUND_CREDIT &&
            action.kind != LIQ_SETTLE_FUND_DEBIT)
            used += (size_t)snprintf(text + used, sizeof text - used, "%s %s %s %s, ",
                                     action.account, liq_settle_kind_name(action.kind),
                                     action.quantity, liq_settle_reason_name(action.reason));
    }
    return text;
}

Test(slicing, goes_on_when_the_next_slice_is_due_until_the_account_is_safe)
{
    static const char *const cash[] = {"500"};
    static venture book;
    stage self;

    (void)stage_make(&book, cash, 1);
    self = stage_start(&book);
    cr_expect_str_eq(stage_run(&self, 1000), "a reduce 377 slice, ");
    cr_expect_eq(self.summary.accounts_waiting, 1);
    cr_expect_str_eq(self.summary.slippage, "75.4");
    cr_expect_str_eq(self.summary.filled, "37700");
    cr_expect_str_eq(self.summary.largest_close, "37700");
    cr_expect_str_eq(stage_run(&self, 5000), ""); /* not due */
    cr_expect_eq(self.summary.accounts_waiting, 1);
    cr_expect_str_eq(stage_run(&self, 11000), "a reduce 322 slice, ");
    cr_expect_eq(self.summary.accounts_safe, 1);
    cr_expect_str_eq(stage_run(&self, 21000), "");
    cr_expect_eq(self.summary.margin_accounts, 0);
    stage_end(&self, &book);
}

Test(slicing, serves_the_most_urgent_first_and_takes_no_more_than_the_share)
{
    static const char *const cash[] = {"700", "500", "600"};
    static venture book;
    stage self;

    stage_make(&book, cash, 3)->slicing.participation = NANO / 2;
    self = stage_start(&book);
    cr_expect_str_eq(stage_run(&self, 1000), "b reduce 200 slice, c reduce 200 slice, ");
    cr_expect_eq(self.summary.accounts_waiting, 3);
    stage_end(&self, &book);
}

/* Urgent, the last slice gone, or no depth at all: as without slices, byte for byte. */
Test(slicing, closes_all_at_once_when_it_must)
{
    static const struct {
        const char *cash;
        int64_t slices_max;
        int64_t urgency;
        uint64_t depth;
        uint32_t whole_tick; /* in which all is closed */
    } rows[] = {{"300", 20, NANO / 3, 2, 1}, {"-100", 20, 0, 2, 1}, {"500", 20, NANO / 2, 2, 1},
                {"500", 20, 0, 0, 1},        {"200", 1, 0, 2, 2},   {"200", 2, 0, 2, 3}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        static venture book;
        const char *last = "";
        stage self;
        liq_liquidation *rules = stage_make(&book, &rows[i].cash, 1);

        rules->slicing.slices_max = rows[i].slices_max;
        rules->slicing.urgency = rows[i].urgency;
        rules->slicing.participation = NANO / 10;
        book.book->depth_count = rows[i].depth;
        self = stage_start(&book);
        for (uint32_t tick = 1; tick <= rows[i].whole_tick; tick++) {
            last = stage_run(&self, tick * 10000);
            cr_expect_eq(strstr(last, "takeover") != NULL, tick == rows[i].whole_tick,
                         "row %zu, tick %u: %s", i, tick, last);
        }
        cr_expect_eq(self.summary.accounts_closed, 1, "row %zu: %s", i, last);
        stage_end(&self, &book);
    }
}

Test(slicing, begins_anew_when_the_account_was_safe_in_between)
{
    static const char *const cash[] = {"500"};
    static const liq_live_event up = {.kind = LIQ_LIVE_MARK, .symbol = "XUSD", .price = "101"};
    static const liq_live_event down = {.kind = LIQ_LIVE_MARK, .symbol = "XUSD", .price = "100"};
    static venture book;
    liq_liquidation *rules;
    stage self;

    rules = stage_make(&book, cash, 1);
    rules->slicing.slices_max = 2;
    rules->slicing.risk_weight = 0;
    self = stage_start(&book);
    cr_expect_str_eq(stage_run(&self, 1000), "a reduce 400 slice, ");
    cr_assert_eq(liq_live_apply(self.live, &up, 1, NULL), LIQ_OK);
    cr_expect_str_eq(stage_run(&self, 2000), "");
    cr_assert_eq(liq_live_apply(self.live, &down, 1, NULL), LIQ_OK);
    cr_expect_str_eq(stage_run(&self, 3000), "a reduce 300 slice, "); /* half of what is left */
    stage_end(&self, &book);
}

Test(slicing, leaves_no_trace_when_it_only_advises)
{
    static const char *const cash[] = {"500"};
    static venture book;
    stage self;

    (void)stage_make(&book, cash, 1);
    self = stage_start(&book);
    liq_settle_advise(self.settle);
    for (int tick = 1; tick < 4; tick++)
        cr_expect_str_eq(stage_run(&self, tick), "a reduce 377 slice, ");
    stage_end(&self, &book);
}
