/*
 * The stages of a liquidation, one by one, on books small enough to follow by hand.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "liq_adl.h"
#include "support_scene.h"

/* An account with so much cash and so many contracts, entered at 100. */
static void account_add(venture *self, const char *id, const char *cash, const char *quantity)
{
    (void)liq_fixture_account(&self->fixture, id);
    liq_fixture_balance(&self->fixture, 0, cash);
    liq_fixture_position(&self->fixture, 0, quantity, "100", NULL);
}

static void expect_clear(venture *self)
{
    venture_clear(self);
}

Test(stages, leaves_an_account_alone_that_cancelling_its_orders_saves)
{
    static venture self;

    (void)scene_start(&self, 2, "1", "100", "0.1", "0");
    self.fixture.book.venue.policy.order_loss = true;
    account_add(&self, "a", "101", "10"); /* needs 100; the order costs 10 */
    liq_fixture_order(&self.fixture, 0, "1", "110");
    scene_run(&self);
    cr_expect_eq(self.waterfall.action_count, 1);
    cr_expect_eq(scene_actions(&self, LIQ_SETTLE_CANCEL_ORDERS, NULL), 1);
    cr_expect_eq(self.waterfall.totals.safe, 1);
    expect_clear(&self);
}

Test(stages, keeps_orders_where_the_venue_keeps_them)
{
    static venture self;
    liq_liquidation *rules = scene_start(&self, 2, "1", "100", "0.1", "0");

    rules->cancel_orders = LIQ_CANCEL_NONE;
    account_add(&self, "a", "50", "10");
    liq_fixture_order(&self.fixture, 0, "1", "110");
    scene_run(&self);
    cr_expect_eq(scene_actions(&self, LIQ_SETTLE_CANCEL_ORDERS, NULL), 0);
    cr_expect_eq(self.waterfall.overlay.items[0]->order_count, 1);
    expect_clear(&self);
}

Test(stages, nets_pairs_before_anything_is_sold)
{
    static venture self;
    liq_liquidation *rules = scene_start(&self, 2, "1", "100", "0.1", "0");

    rules->net_pairs = true;
    account_add(&self, "a", "150", "10");
    liq_fixture_position(&self.fixture, 0, "-9", "100", NULL);
    scene_run(&self); /* 190 are needed; 10 once nine are netted */
    cr_expect_eq(self.waterfall.action_count, 1);
    cr_expect_eq(self.waterfall.actions[0].reason, LIQ_BECAUSE_PAIR);
    cr_expect_eq(self.waterfall.actions[0].lots, 9);
    cr_expect_eq(self.waterfall.totals.safe, 1);
    expect_clear(&self);
}

Test(stages, reduces_a_tier_at_a_time_and_stops_when_safe)
{
    static venture self;
    liq_liquidation *rules = scene_start(&self, 2, "1", "100", "0.01", "0");
    const liq_action *reduce = NULL;

    rules->reduction = LIQ_REDUCTION_TIERS;
    liq_fixture_tier(&self.fixture, "1000", "0.05", "0.05");
    liq_fixture_tier(&self.fixture, "2000", "0.1", "0.1");
    account_add(&self, "a", "100", "25"); /* 250 - 140 = 110 are needed, 60 after one tier */
    scene_run(&self);
    cr_assert_eq(scene_actions(&self, LIQ_SETTLE_REDUCE, &reduce), 1);
    cr_expect_eq(reduce->reason, LIQ_BECAUSE_TIER);
    cr_expect_eq(reduce->lots, 6); /* to 19: 20 contracts are the next tier already */
    cr_expect_eq(self.waterfall.totals.safe, 1);
    expect_clear(&self);
}

Test(stages, reduces_two_tiers_at_once_from_the_third_up)
{
    static venture self;
    liq_liquidation *rules = scene_start(&self, 2, "1", "100", "0.01", "0");
    const liq_action *reduce = NULL;

    rules->reduction = LIQ_REDUCTION_TIERS;
    rules->reduction_tiers = 2;
    liq_fixture_tier(&self.fixture, "1000", "0.05", "0.05");
    liq_fixture_tier(&self.fixture, "2000", "0.1", "0.1");
    account_add(&self, "a", "100", "25");
    scene_run(&self);
    cr_assert_eq(scene_actions(&self, LIQ_SETTLE_REDUCE, &reduce), 1);
    cr_expect_eq(reduce->lots, 16); /* to 9 */
    expect_clear(&self);
}

Test(stages, sells_a_share_of_a_large_account_and_the_rest_after_the_cool_down)
{
    static venture self;
    liq_liquidation *rules = scene_start(&self, 2, "1", "100", "0.1", "0");
    liq_error err = {0};
    const liq_action *reduce = NULL;

    rules->reduction = LIQ_REDUCTION_SHARE;
    rules->takeover = LIQ_TAKEOVER_BACKSTOP;
    rules->reduction_above = (liq_decimal){.digits = 100000};
    account_add(&self, "a", "12000", "2001"); /* 200,100; 20,010 are needed */
    scene_run(&self);
    cr_assert_eq(scene_actions(&self, LIQ_SETTLE_REDUCE, &reduce), 1);
    cr_expect_eq(reduce->lots, 401); /* 400.2, rounded up */
    cr_expect_eq(self.waterfall.totals.waiting, 1);
    /* The source has not changed, so the account is as it was; within the cool-down it waits. */
    self.input.now_ms += 29999;
    cr_assert_eq(liq_waterfall_run(&self.waterfall, &self.input, &err), LIQ_OK, "%s", err.message);
    cr_expect_eq(self.waterfall.action_count, 0);
    self.input.now_ms += 1;
    cr_assert_eq(liq_waterfall_run(&self.waterfall, &self.input, &err), LIQ_OK, "%s", err.message);
    cr_assert_eq(self.waterfall.action_count, 1);
    cr_expect_eq(self.waterfall.actions[0].kind, LIQ_SETTLE_CLOSE);
    cr_expect_eq(self.waterfall.actions[0].lots, 2001);
    expect_clear(&self);
}

Test(stages, sells_a_small_account_at_once)
{
    static venture self;
    liq_liquidation *rules = scene_start(&self, 2, "1", "100", "0.1", "0");

    rules->reduction = LIQ_REDUCTION_SHARE;
    rules->reduction_above = (liq_decimal){.digits = 200000}; /* not above it */
    account_add(&self, "a", "12000", "2000");
    scene_run(&self);
    cr_assert_eq(self.waterfall.action_count, 1);
    cr_expect_eq(self.waterfall.actions[0].kind, LIQ_SETTLE_CLOSE);
    cr_expect_eq(self.waterfall.actions[0].lots, 2000);
    expect_clear(&self);
}

Test(stages, sells_the_least_multiple_that_brings_the_ratio_under_the_target)
{
    static venture self;
    liq_liquidation *rules = scene_start(&self, 2, "1", "100", "0.1", "0");
    const liq_action *reduce = NULL;

    rules->reduction = LIQ_REDUCTION_MULTIPLE;
    rules->reduction_target = 900000000;
    account_add(&self, "a", "85", "10"); /* 80 / 85 is 94%, 60 / 85 is 71% */
    scene_run(&self);
    cr_assert_eq(scene_actions(&self, LIQ_SETTLE_REDUCE, &reduce), 1);
    cr_expect_eq(reduce->lots, 4);
    cr_expect_eq(self.waterfall.totals.safe, 1);
    expect_clear(&self);
}

Test(stages, walks_the_depth_no_further_than_bankruptcy)
{
    static venture self;
    liq_liquidation *rules = scene_start(&self, 2, "1", "100", "0.1", "0");

    rules->execution = LIQ_EXECUTION_DEPTH;
    scene_fund(&self, "1000", "0");
    scene_level(&self, true, "2", "99.5");
    scene_level(&self, true, "2", "96");
    scene_level(&self, true, "100", "90");
    account_add(&self, "a", "50", "10"); /* bankrupt at 95 */
    scene_run(&self);
    cr_assert_geq(self.waterfall.action_count, 4);
    cr_expect_eq(self.waterfall.actions[0].lots, 2);
    cr_expect_eq(self.waterfall.actions[0].cash, -100);
    cr_expect_eq(self.waterfall.actions[1].lots, 2);
    cr_expect_eq(self.waterfall.actions[1].cash, -800);
    cr_expect_eq(self.waterfall.actions[2].kind, LIQ_SETTLE_TAKEOVER);
    cr_expect_eq(self.waterfall.actions[2].lots, 6);
    cr_expect_eq(scene_balance(&self, 0), 0);
    /* 41 were left for six: taken over at 93.1666, sold at 90, the fund pays 19. */
    cr_expect_eq(scene_fund_gain(&self), -1900);
    expect_clear(&self);
}

Test(stages, takes_a_fee_of_what_is_left_at_most)
{
    static const char *const cash[] = {"50", "3"};
    static const int64_t fees[] = {2000, 300}; /* 2% of 1,000, or all there is */

    for (int i = 0; i < 2; i++) {
        static venture self;

        (void)scene_start(&self, 2, "1", "100", "0.1", "0.02");
        scene_fund(&self, "0", "0");
        account_add(&self, "a", cash[i], "10");
        scene_run(&self);
        cr_expect_eq(scene_fund_gain(&self), fees[i], "%s", cash[i]);
        cr_expect_geq(scene_balance(&self, 0), 0);
        expect_clear(&self);
    }
}

Test(stages, liquidates_the_bankrupt_first_and_then_the_most_leveraged)
{
    static venture self;

    (void)scene_start(&self, 2, "1", "100", "0.1", "0");
    account_add(&self, "a", "90", "10");
    account_add(&self, "b", "20", "10");
    account_add(&self, "c", "-1", "10");
    account_add(&self, "d", "20", "10");
    scene_run(&self);
    cr_assert_geq(self.waterfall.action_count, 4);
    cr_expect_eq(self.waterfall.overlay.items[0]->account, 2);
    cr_expect_eq(self.waterfall.overlay.items[1]->account, 1);
    cr_expect_eq(self.waterfall.overlay.items[2]->account, 3);
    cr_expect_eq(self.waterfall.overlay.items[3]->account, 0);
    expect_clear(&self);
}

Test(stages, pays_down_to_the_floor_and_deleverages_the_rest)
{
    static venture self;
    liq_liquidation *rules = scene_start(&self, 2, "1", "90", "0.1", "0");
    const liq_action *adl = NULL;

    rules->execution = LIQ_EXECUTION_BANKRUPTCY;
    scene_fund(&self, "130", "100");
    account_add(&self, "loser", "0", "10"); /* owes 100, bankrupt at 100 */
    account_add(&self, "rich", "1000", "-8");
    account_add(&self, "richer", "100", "-2");
    scene_run(&self);
    cr_expect_eq(scene_fund_gain(&self), -3000); /* three contracts */
    cr_assert_eq(scene_actions(&self, LIQ_SETTLE_ADL, &adl), 2);
    cr_expect_eq(adl->lots + adl[1].lots, 7);
    cr_expect_eq(self.waterfall.outcomes[0].report.lots_asked, 7);
    cr_expect_eq(self.waterfall.outcomes[0].report.lots_placed, 7);
    cr_expect_eq(self.waterfall.outcomes[0].report.overshoot, 0);
    cr_expect_eq(adl->value, 100 * 1000000);
    cr_expect_eq(scene_actions(&self, LIQ_SETTLE_SOCIALISE, NULL), 0);
    cr_expect_eq(self.waterfall.funds.inventories[0].lots, 3);
    expect_clear(&self);
}

Test(stages, socialises_what_nobody_can_take)
{
    static venture self;
    liq_liquidation *rules = scene_start(&self, 2, "1", "90", "0.1", "0");
    const liq_action *lost = NULL;

    rules->execution = LIQ_EXECUTION_BANKRUPTCY;
    account_add(&self, "loser", "0", "10");
    account_add(&self, "maker", "1000", "-10");
    self.fixture.book.accounts[1].adl_exempt = 1;
    scene_run(&self);
    cr_expect_eq(scene_actions(&self, LIQ_SETTLE_ADL, NULL), 0);
    cr_assert_eq(scene_actions(&self, LIQ_SETTLE_SOCIALISE, &lost), 1);
    cr_expect_eq(lost->cash, 10000);
    cr_expect_eq(self.waterfall.funds.inventories[0].lots, 10);
    expect_clear(&self);
}

Test(stages, exchanges_other_assets_before_a_fund_pays_a_debt)
{
    static venture self;
    const liq_action *debit = NULL;

    (void)scene_start(&self, 2, "1", "100", "0.1", "0");
    (void)liq_fixture_asset(&self.fixture, "BTC", 8, 12, "30000");
    scene_fund(&self, "1000", "0");
    (void)liq_fixture_account(&self.fixture, "debtor");
    liq_fixture_balance(&self.fixture, 0, "-400");
    liq_fixture_balance(&self.fixture, 1, "0.01");
    scene_run(&self);
    cr_assert_eq(self.waterfall.action_count, 2);
    cr_expect_eq(self.waterfall.actions[0].reason, LIQ_BECAUSE_CONVERSION);
    cr_assert_eq(scene_actions(&self, LIQ_SETTLE_FUND_DEBIT, &debit), 1);
    cr_expect_eq(debit->cash, -10000);
    cr_expect_eq(scene_balance(&self, 0), 0);
    expect_clear(&self);
}

Test(stages, follows_fills_in_rounds_that_end)
{
    static venture self;
    liq_liquidation *rules = scene_start(&self, 2, "1", "100", "0.1", "0");

    rules->execution = LIQ_EXECUTION_DEPTH;
    rules->mark_follows_fills = true;
    rules->cascade_rounds = 3;
    scene_level(&self, true, "10", "99");
    scene_level(&self, true, "10", "97");
    account_add(&self, "first", "90", "10");   /* sold at 99: the mark follows */
    account_add(&self, "second", "105", "10"); /* safe at 100, not at 99 */
    account_add(&self, "third", "400", "10");  /* safe all the way */
    scene_run(&self);
    cr_expect_eq(self.waterfall.totals.rows, 2);
    cr_expect_eq(self.waterfall.totals.rounds, 2);
    cr_expect_eq(self.waterfall.overlay.count, 2);
    expect_clear(&self);
}

Test(stages, waits_for_fills_of_the_exchange_and_goes_on_with_them)
{
    static venture self;
    liq_liquidation *rules = scene_start(&self, 2, "1", "100", "0.1", "0");
    liq_error err = {0};

    rules->execution = LIQ_EXECUTION_EXTERNAL;
    account_add(&self, "a", "50", "10");
    scene_run(&self);
    cr_assert_eq(self.waterfall.action_count, 1);
    cr_expect_eq(self.waterfall.actions[0].request, 1);
    cr_expect_eq(self.waterfall.actions[0].value, 95 * 1000000); /* the limit: bankruptcy */
    cr_expect_eq(self.waterfall.totals.waiting, 1);
    cr_assert_eq(liq_waterfall_run(&self.waterfall, &self.input, &err), LIQ_OK);
    cr_expect_eq(self.waterfall.action_count, 0, "it asks once");
    self.waterfall.reports = calloc(1, sizeof *self.waterfall.reports);
    self.waterfall.report_capacity = 1;
    self.waterfall.report_count = 1;
    self.waterfall.reports[0] =
        (liq_report){.number = 1, .lots = 10, .value = 98 * 1000000, .is_last = true};
    self.input.flagged_count = 0;
    cr_assert_eq(liq_waterfall_run(&self.waterfall, &self.input, &err), LIQ_OK, "%s", err.message);
    cr_assert_eq(self.waterfall.action_count, 1);
    cr_expect_eq(self.waterfall.actions[0].lots, 10);
    cr_expect_eq(self.waterfall.actions[0].cash, -2000);
    cr_expect_eq(self.waterfall.request_count, 0);
    expect_clear(&self);
}

Test(stages, ends_on_broken_books_without_a_wrong_action)
{
    static venture self;
    liq_liquidation *rules = scene_start(&self, 2, "1", "90", "0.1", "0");

    /* Nobody on the other side, no depth, no fund: longs only. */
    rules->execution = LIQ_EXECUTION_DEPTH;
    account_add(&self, "all", "-500", "1000000");
    scene_run(&self);
    cr_expect_eq(scene_actions(&self, LIQ_SETTLE_ADL, NULL), 0);
    cr_expect_eq(scene_actions(&self, LIQ_SETTLE_SOCIALISE, NULL), 1);
    cr_expect_eq(self.waterfall.totals.closed, 1);
    expect_clear(&self);
}

Test(stages, refuses_a_policy_that_says_nothing_of_liquidation)
{
    static venture self;
    liq_settle_source face;
    liq_error err = {0};

    scene_start(&self, 2, "1", "90", "0.1", "0")->is_known = false;
    account_add(&self, "a", "500", "1");
    self.book = liq_fixture_finish(&self.fixture);
    venture_scan(&self);
    face = liq_book_source_face(&self.source);
    cr_assert_eq(liq_waterfall_create(&self.waterfall, &face, self.book, NULL, 0, NULL, &err),
                 LIQ_UNSUPPORTED);
    cr_expect(strstr(err.message, "nothing can be settled") != NULL, "%s", err.message);
    self.waterfall = (liq_waterfall){0};
    expect_clear(&self);
}

Test(stages, refuses_results_that_the_host_does_not_compute)
{
    static venture self;
    liq_error err = {0};

    (void)scene_start(&self, 2, "1", "100", "0.1", "0");
    account_add(&self, "a", "50", "10");
    self.book = liq_fixture_finish(&self.fixture);
    venture_scan(&self);
    self.flagged[0].result.equity += 1;
    cr_expect_eq(venture_settle(&self, &err), LIQ_DEVICE_FAULT);
    cr_expect(strstr(err.message, "account \"a\"") != NULL, "%s", err.message);
    cr_expect_eq(self.waterfall.action_count, 0);
    expect_clear(&self);
}

/* More stand on the side than are looked at: the front must be the front. */
Test(stages, deleverages_the_front_of_a_long_queue_in_order)
{
    enum { SHORTS = 2000, LOTS = 900 };
    static venture self;
    liq_liquidation *rules = scene_start(&self, 2, "1", "90", "0.1", "0");
    uint32_t seen = 0;

    rules->execution = LIQ_EXECUTION_BANKRUPTCY;
    self.fixture.book.venue.policy.adl_rule = LIQ_ADL_BITMEX;
    account_add(&self, "a", "0", "900"); /* bankrupt at 100 */
    for (int i = 0; i < SHORTS; i++) {
        char id[16];
        char entry[16];

        (void)snprintf(id, sizeof id, "s%04d", i);
        /* Every entry differs, in an order that is not that of the accounts. */
        (void)snprintf(entry, sizeof entry, "%d.%02d", 150 + i * 7 % SHORTS / 100,
                       i * 7 % SHORTS % 100);
        (void)liq_fixture_account(&self.fixture, id);
        liq_fixture_balance(&self.fixture, 0, "1000000");
        liq_fixture_position(&self.fixture, 0, "-1", entry, NULL);
    }
    scene_run(&self);
    for (uint64_t i = 0; i < self.waterfall.action_count; i++) {
        const liq_action *action = &self.waterfall.actions[i];

        if (action->kind != LIQ_SETTLE_ADL)
            continue;
        /* The account whose entry is the next lower one: 7 x account = rank, modulo 2000. */
        cr_assert_eq((action->account - 1) * 7 % SHORTS, SHORTS - 1 - seen, "fill %u", seen);
        cr_assert_eq(action->rank, seen + 1);
        seen++;
    }
    cr_expect_eq(seen, LOTS);
    expect_clear(&self);
}

Test(stages, closes_the_position_that_frees_most_margin_first)
{
    static const char *const quantities[2][2] = {{"3", "10"}, {"10", "3"}};

    for (uint32_t i = 0; i < 2; i++) {
        static venture self;

        (void)scene_start(&self, 2, "1", "100", "0.1", "0");
        (void)liq_fixture_instrument(&self.fixture,
                                     (liq_fixture_contract){.symbol = "YUSD",
                                                            .kind = LIQ_INSTRUMENT_LINEAR,
                                                            .settle = 0,
                                                            .multiplier = "1",
                                                            .lot = "1",
                                                            .tick = "0.01",
                                                            .mark = "100",
                                                            .tier_form = LIQ_TIER_DEDUCTION});
        liq_fixture_tier(&self.fixture, "0", "0.1", "0.1");
        (void)liq_fixture_account(&self.fixture, "a");
        liq_fixture_balance(&self.fixture, 0, "60");
        liq_fixture_position(&self.fixture, 0, quantities[i][0], "100", NULL);
        liq_fixture_position(&self.fixture, 1, quantities[i][1], "100", NULL);
        scene_run(&self);
        cr_assert_eq(self.waterfall.action_count, 1); /* 30 are needed then */
        cr_expect_eq(self.waterfall.actions[0].instrument, 1 - i);
        cr_expect_eq(self.waterfall.actions[0].lots, 10);
        expect_clear(&self);
    }
}

Test(stages, closes_what_the_venue_holds_in_later_ticks)
{
    static venture self;
    liq_liquidation *rules = scene_start(&self, 2, "1", "94", "0.1", "0");
    liq_error err = {0};

    rules->execution = LIQ_EXECUTION_DEPTH;
    scene_fund(&self, "1000", "0");
    scene_level(&self, true, "4", "93");
    account_add(&self, "a", "50", "10"); /* bankrupt at 95 */
    scene_run(&self);
    cr_expect_eq(self.waterfall.funds.inventories[0].lots, 6);
    self.input.flagged_count = 0; /* as after the account was put back */
    cr_assert_eq(liq_waterfall_run(&self.waterfall, &self.input, &err), LIQ_OK, "%s", err.message);
    cr_expect_eq(self.waterfall.funds.inventories[0].lots, 2);
    cr_assert_eq(liq_waterfall_run(&self.waterfall, &self.input, &err), LIQ_OK, "%s", err.message);
    cr_expect_eq(self.waterfall.funds.inventories[0].lots, 0);
    /* Ten taken over at 95 and sold at 93. */
    cr_expect_eq(scene_fund_gain(&self), -2000);
    cr_expect(liq_waterfall_conserved(&self.waterfall));
    expect_clear(&self);
}

Test(stages, pays_a_cost_for_closing_at_the_mark)
{
    static const char *const quantities[] = {"10", "-10"};
    static const int64_t values[] = {99 * 1000000, 101 * 1000000};

    for (int i = 0; i < 2; i++) {
        static venture self;

        scene_start(&self, 2, "1", "100", "0.1", "0")->execution_cost = 10000000;
        account_add(&self, "a", "50", quantities[i]);
        scene_run(&self);
        cr_assert_eq(self.waterfall.action_count, 1);
        cr_expect_eq(self.waterfall.actions[0].value, values[i]);
        cr_expect_eq(self.waterfall.actions[0].cash, -1000);
        expect_clear(&self);
    }
}
