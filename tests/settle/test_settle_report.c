/*
 * Fills of external execution, by the public way: a live book whose exchange closes.
 */
#include <criterion/criterion.h>

#include <liqscan/live.h>
#include <liqscan/settle.h>

#include "support_scene.h"

typedef struct exchange {
    venture scene;
    liq_live *live;
    liq_settle *settle;
} exchange;

/* Accounts "a" and "b", long 10 at 100 with 50: each is asked for all of it, as request 1 and 2. */
static void exchange_start(exchange *self)
{
    liq_liquidation *rules = scene_start(&self->scene, 2, "1", "100", "0.1", "0");
    liq_error err = {0};

    rules->execution = LIQ_EXECUTION_EXTERNAL;
    for (int i = 0; i < 2; i++) {
        (void)liq_fixture_account(&self->scene.fixture, i == 0 ? "a" : "b");
        liq_fixture_balance(&self->scene.fixture, 0, "50");
        liq_fixture_position(&self->scene.fixture, 0, "10", "100", NULL);
    }
    self->scene.book = liq_fixture_finish(&self->scene.fixture);
    cr_assert_eq(liq_live_create(&self->live, self->scene.book, NULL, &err), LIQ_OK);
    cr_assert_eq(liq_settle_create_live(&self->settle, self->live, self->scene.book, &err), LIQ_OK,
                 "%s", err.message);
}

static void exchange_end(exchange *self)
{
    liq_settle_destroy(self->settle);
    liq_live_destroy(self->live);
    self->scene.fixture.book.venue.funds = NULL;
    liq_fixture_clear(&self->scene.fixture);
}

static liq_settle_summary exchange_run(exchange *self)
{
    liq_settle_summary summary;
    liq_error err = {0};

    cr_assert_eq(liq_live_tick(self->live, NULL, &err), LIQ_OK);
    cr_assert_eq(liq_settle_run_live(self->settle, 1000, 1, &summary, &err), LIQ_OK, "%s",
                 err.message);
    cr_expect(summary.conserved);
    return summary;
}

static liq_status report(exchange *self, uint64_t request, const char *quantity, const char *price,
                         int is_last)
{
    const liq_settle_fill fill = {request, quantity, price, is_last};

    return liq_settle_report(self->settle, &fill, 1, NULL);
}

Test(settle_report, takes_fills_within_what_was_asked_and_refuses_more)
{
    static exchange self;
    const liq_settle_fill both[2] = {{1, "3", "98", 0}, {1, "5", "98", 0}};

    exchange_start(&self);
    cr_assert_eq(exchange_run(&self).actions, 2);
    cr_expect_eq(report(&self, 3, "1", "98", 0), LIQ_NOT_FOUND);
    cr_expect_eq(report(&self, 1, "1.5", "98", 0), LIQ_BAD_INPUT);
    cr_expect_eq(report(&self, 1, "-1", "98", 0), LIQ_BAD_INPUT);
    cr_expect_eq(report(&self, 1, "1", "0", 0), LIQ_OUT_OF_RANGE);
    cr_expect_eq(report(&self, 1, "x", "98", 0), LIQ_BAD_INPUT);
    cr_expect_eq(report(&self, 1, "11", "98", 0), LIQ_OUT_OF_RANGE);
    cr_expect_eq(report(&self, 1, "4", "98", 0), LIQ_OK);
    cr_expect_eq(liq_settle_report(self.settle, both, 2, NULL), LIQ_OUT_OF_RANGE, "all or none");
    cr_expect_eq(report(&self, 1, "6", "98", 0), LIQ_OK, "none of both was taken");
    cr_expect_eq(report(&self, 1, "1", "98", 0), LIQ_OUT_OF_RANGE);
    cr_expect_eq(exchange_run(&self).actions, 2);
    cr_expect_eq(report(&self, 1, "0", "98", 1), LIQ_NOT_FOUND);
    exchange_end(&self);
}

/* "All filled" and then "done" within one tick end one request, not that of another row too. */
Test(settle_report, takes_the_end_of_an_order_only_once)
{
    static exchange self;
    liq_settle_action action;

    exchange_start(&self);
    (void)exchange_run(&self);
    cr_expect_eq(report(&self, 1, "2", "98", 1), LIQ_OK);
    cr_expect_eq(report(&self, 1, "1", "98", 0), LIQ_OUT_OF_RANGE, "it is done");
    cr_expect_eq(report(&self, 1, "0", "98", 1), LIQ_OK);
    cr_expect_eq(exchange_run(&self).actions, 2, "a fill, and the rest is asked for anew");
    liq_settle_action_read(self.settle, 1, &action);
    cr_expect_eq(action.request, 3);
    cr_expect_str_eq(action.quantity, "8");
    cr_expect_eq(exchange_run(&self).actions, 0, "and only once");
    exchange_end(&self);
}

/* What has gone by itself is not closed a second time. */
Test(settle_report, closes_no_more_than_is_still_held)
{
    static exchange self;
    const liq_live_event less = {
        .kind = LIQ_LIVE_POSITION, .account = "a", .symbol = "XUSD", .amount = "3", .price = "100"};
    const liq_live_event none = {
        .kind = LIQ_LIVE_POSITION, .account = "b", .symbol = "XUSD", .amount = "0"};
    liq_settle_action action;

    exchange_start(&self);
    (void)exchange_run(&self);
    cr_expect_eq(report(&self, 1, "10", "98", 0), LIQ_OK);
    cr_expect_eq(report(&self, 2, "10", "98", 0), LIQ_OK);
    cr_assert_eq(liq_live_apply(self.live, &less, 1, NULL), LIQ_OK);
    cr_assert_eq(liq_live_apply(self.live, &none, 1, NULL), LIQ_OK);
    cr_assert_eq(exchange_run(&self).actions, 1);
    liq_settle_action_read(self.settle, 0, &action);
    cr_expect_str_eq(action.account, "a");
    cr_expect_str_eq(action.quantity, "3");
    cr_expect_eq(action.request, 1);
    exchange_end(&self);
}

/* Another account of the same id, or in the same place, has nothing to do with it. */
Test(settle_report, forgets_what_was_asked_for_an_account_that_has_gone)
{
    static exchange self;
    const liq_live_event again[] = {
        {.kind = LIQ_LIVE_REMOVE_ACCOUNT, .account = "a"},
        {.kind = LIQ_LIVE_ADD_ACCOUNT, .account = "a"},
        {.kind = LIQ_LIVE_BALANCE, .account = "a", .symbol = "USD", .amount = "50"},
        {.kind = LIQ_LIVE_POSITION,
         .account = "a",
         .symbol = "XUSD",
         .amount = "7",
         .price = "100"}};
    liq_settle_action action;

    exchange_start(&self);
    (void)exchange_run(&self);
    cr_expect_eq(report(&self, 1, "10", "98", 0), LIQ_OK);
    cr_assert_eq(liq_live_apply(self.live, again, 1, NULL), LIQ_OK);
    cr_assert_eq(liq_live_apply(self.live, again + 1, 3, NULL), LIQ_OK, "it takes the free place");
    cr_expect_eq(report(&self, 1, "0", "98", 1), LIQ_NOT_FOUND);
    cr_assert_eq(exchange_run(&self).actions, 1);
    liq_settle_action_read(self.settle, 0, &action);
    cr_expect_eq(action.request, 3);
    cr_expect_str_eq(action.quantity, "7");
    exchange_end(&self);
}

/* The exchange may close for less than it was asked to: the balance pays what the margin does not.
 */
Test(settle_report, takes_a_fill_past_an_isolated_margin)
{
    static exchange self;
    const liq_live_event isolated = {.kind = LIQ_LIVE_POSITION,
                                     .account = "a",
                                     .symbol = "XUSD",
                                     .amount = "10",
                                     .price = "100",
                                     .isolated_margin = "50",
                                     .is_isolated = 1};
    const liq_live_event none = {
        .kind = LIQ_LIVE_POSITION, .account = "a", .symbol = "XUSD", .amount = "0"};
    liq_scan_row row;

    exchange_start(&self);
    cr_assert_eq(liq_live_apply(self.live, &none, 1, NULL), LIQ_OK);
    cr_assert_eq(liq_live_apply(self.live, &isolated, 1, NULL), LIQ_OK);
    cr_assert_eq(exchange_run(&self).actions, 2);
    cr_assert_eq(report(&self, 1, "9", "90", 0), LIQ_OK, "a loss of 90");
    cr_assert_eq(report(&self, 2, "9", "90", 0), LIQ_OK);
    (void)exchange_run(&self);
    cr_assert_eq(liq_live_tick(self.live, NULL, NULL), LIQ_OK);
    cr_assert_eq(liq_live_find(self.live, "a", NULL, 0, &row, NULL), LIQ_OK);
    cr_expect_eq(row.equity, 1000, "50 of its own, less 40 that the margin did not pay");
    cr_assert_eq(liq_live_find(self.live, "a", "XUSD", 0, &row, NULL), LIQ_OK);
    cr_expect_eq(row.equity, 0);
    exchange_end(&self);
}
