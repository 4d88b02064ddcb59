/*
 * Depth that is told to a live book while it is settled.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include <liqscan/live.h>
#include <liqscan/settle.h>

#include "book/live_columns.h"
#include "scan/live_scan.h"
#include "support_scene.h"

/* A long of ten that has lost what it has, to be sold against bids; nothing else is done. */
static const liq_live_options small = {.limits = {.events_max = 4096}};

static void scene_make(venture *self)
{
    liq_liquidation *rules = scene_start(self, 2, "1", "100", "0.01", "0");

    rules->execution = LIQ_EXECUTION_DEPTH;
    rules->limit = LIQ_LIMIT_FILLABLE;
    rules->takeover = LIQ_TAKEOVER_BANKRUPT;
    (void)liq_fixture_account(&self->fixture, "a");
    liq_fixture_balance(&self->fixture, 0, "200");
    liq_fixture_position(&self->fixture, 0, "10", "100", NULL);
    (void)liq_fixture_account(&self->fixture, "b");
    liq_fixture_balance(&self->fixture, 0, "2000");
    liq_fixture_position(&self->fixture, 0, "-10", "100", NULL);
    scene_fund(self, "1000", "0");
    self->book = liq_fixture_finish(&self->fixture);
}

static void tell(liq_live *live, liq_live_event_kind kind, const char *price, const char *amount)
{
    const liq_live_event event = {.kind = kind, .symbol = "XUSD", .price = price, .amount = amount};
    liq_error err = {0};

    cr_assert_eq(liq_live_apply(live, &event, 1, &err), LIQ_OK, "%s", err.message);
}

/* Tick, settle, and say the closes as "LOTS at PRICE, ". */
static const char *settle_text(liq_live *live, liq_settle *settle, uint64_t tick)
{
    static char text[256];
    size_t used = 0;
    liq_error err = {0};

    text[0] = '\0';
    cr_assert_eq(liq_live_tick(live, NULL, NULL), LIQ_OK);
    cr_assert_eq(liq_settle_run_live(settle, (int64_t)tick * 1000, tick, NULL, &err), LIQ_OK, "%s",
                 err.message);
    for (uint64_t i = 0; i < liq_settle_action_count(settle); i++) {
        liq_settle_action action;

        liq_settle_action_read(settle, i, &action);
        if (action.kind == LIQ_SETTLE_CLOSE)
            used += (size_t)snprintf(text + used, sizeof text - used, "%s at %s, ", action.quantity,
                                     action.price);
    }
    return text;
}

Test(settle_depth, meets_what_was_told_and_follows_the_mark_from_then)
{
    static venture book;
    liq_live *live = NULL;
    liq_settle *settle = NULL;
    liq_error err = {0};

    scene_make(&book);
    cr_assert_eq(liq_live_create(&live, book.book, &small, &err), LIQ_OK, "%s", err.message);
    cr_assert_eq(liq_settle_create_live(&settle, live, book.book, &err), LIQ_OK, "%s", err.message);
    tell(live, LIQ_LIVE_DEPTH_LEVEL, "99", "1");
    tell(live, LIQ_LIVE_DEPTH_LEVEL, "98", "2");
    tell(live, LIQ_LIVE_DEPTH_LEVEL, "97", "3");
    tell(live, LIQ_LIVE_DEPTH_LEVEL, "98", "0");
    tell(live, LIQ_LIVE_MARK, "80", NULL);
    /* Seen at 100: at 80 they stand at four fifths. */
    cr_expect_str_eq(settle_text(live, settle, 1), "1 at 79.2, 3 at 77.6, ");
    /* Come back with every run; one that changes makes all of them those of now. */
    tell(live, LIQ_LIVE_DEPTH_LEVEL, "79", "1");
    tell(live, LIQ_LIVE_DEPTH_LEVEL, "99", "0");
    tell(live, LIQ_LIVE_DEPTH_LEVEL, "97", "0");
    cr_expect_str_eq(settle_text(live, settle, 2), "1 at 79, ");
    tell(live, LIQ_LIVE_MARK, "40", NULL);
    cr_expect_str_eq(settle_text(live, settle, 3), "1 at 39.5, ");
    tell(live, LIQ_LIVE_DEPTH_CLEAR, NULL, NULL);
    cr_expect_str_eq(settle_text(live, settle, 4), "");
    liq_settle_destroy(settle);
    liq_live_destroy(live);
    venture_clear(&book);
}

/* As `settle` of a saved file shows it: levels stand where the live book had them. */
Test(settle_depth, of_a_saved_book_is_that_of_the_live_one)
{
    const liq_scanner_options options = {.device = LIQ_DEVICE_CPU_REFERENCE};
    static venture book;
    liq_live *live = NULL;
    liq_settle *settle = NULL;
    liq_settle *saved = NULL;
    liq_scanner *scanner = NULL;
    liq_book columns = {0};
    liq_settle_summary one;
    liq_settle_summary two;

    scene_make(&book);
    cr_assert_eq(liq_live_create(&live, book.book, NULL, NULL), LIQ_OK);
    cr_assert_eq(liq_settle_create_live(&settle, live, book.book, NULL), LIQ_OK);
    tell(live, LIQ_LIVE_DEPTH_LEVEL, "99", "1");
    tell(live, LIQ_LIVE_DEPTH_LEVEL, "97", "30");
    tell(live, LIQ_LIVE_MARK, "80", NULL);
    cr_assert_eq(liq_live_columns_write(&columns, &live->book, NULL), LIQ_OK);
    cr_assert_eq(liq_live_tick(live, NULL, NULL), LIQ_OK);
    cr_assert_eq(liq_settle_run_live(settle, 1000, 1, &one, NULL), LIQ_OK);
    cr_assert_eq(liq_scanner_create(&scanner, &columns, &options, NULL), LIQ_OK);
    cr_assert_eq(liq_scanner_scan(scanner, NULL, NULL), LIQ_OK);
    cr_assert_eq(liq_settle_create(&saved, &columns, NULL), LIQ_OK);
    cr_assert_eq(liq_settle_run(saved, scanner, 1000, 1, &two, NULL), LIQ_OK);
    cr_expect_gt(one.actions, 1);
    cr_expect_str_eq(one.hash, two.hash);
    liq_settle_destroy(saved);
    liq_scanner_destroy(scanner);
    liq_settle_destroy(settle);
    liq_live_destroy(live);
    liq_live_columns_clear(&columns);
    venture_clear(&book);
}
