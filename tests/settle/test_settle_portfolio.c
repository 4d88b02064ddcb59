/*
 * Accounts of portfolio margin in settling, on books small enough to follow by hand.
 */
#include <criterion/criterion.h>

#include "scan/support_portfolio.h"
#include "support_scene.h"

#define TEN_PERCENT                                                                                \
    "{\"maintenance_factor\": \"1\", \"initial_factor\": \"1\", \"grids\": ["                      \
    "{\"underlyings\": [\"X\"], \"prices\": [\"-0.1\", \"0.1\"]}]}"

/* Ten contracts at 100: by the grid they need 100, by the tier 10. */
static liq_liquidation *start(venture *self, const char *cash, const char *quantity)
{
    liq_liquidation *rules = scene_start(self, 2, "1", "100", "0.01", "0");
    uint32_t account;

    liq_portfolio_give(&self->fixture.book.venue, TEN_PERCENT);
    liq_portfolio_base(&self->fixture.book.venue, 0, "X");
    account = liq_fixture_account(&self->fixture, "a");
    self->fixture.book.accounts[account].mode = LIQ_ACCOUNT_PORTFOLIO;
    liq_fixture_balance(&self->fixture, 0, cash);
    liq_fixture_position(&self->fixture, 0, quantity, "100", NULL);
    return rules;
}

static void stop(venture *self)
{
    cr_expect(liq_waterfall_conserved(&self->waterfall));
    liq_portfolio_take(&self->fixture.book.venue);
    venture_clear(self);
}

/* Of 80 the least multiple of 20% that leaves a ratio under 90% is 40%: 60 of 80. */
Test(settle_portfolio, reduces_all_positions_in_proportion_until_scenarios_are_met)
{
    static const char *const quantities[] = {"10", "-10"};

    for (int i = 0; i < 2; i++) {
        static venture self;
        liq_liquidation *rules = start(&self, "80", quantities[i]);
        const liq_action *first = NULL;

        rules->reduction = LIQ_REDUCTION_MULTIPLE;
        rules->reduction_share = LIQ_RATE_NANO / 5;
        rules->reduction_target = LIQ_RATE_NANO / 10 * 9;
        scene_run(&self);
        cr_expect_eq(scene_actions(&self, LIQ_SETTLE_REDUCE, &first), 1);
        cr_assert_not_null(first);
        cr_expect_eq(first->lots, 4);
        cr_expect_eq(self.waterfall.totals.safe, 1);
        cr_expect_eq(self.waterfall.totals.closed, 0);
        stop(&self);
    }
}

Test(settle_portfolio, closes_an_account_whole_where_the_venue_has_no_steps)
{
    static venture self;

    (void)start(&self, "80", "10");
    scene_run(&self);
    cr_expect_eq(self.waterfall.totals.closed, 1);
    cr_expect_eq(scene_balance(&self, 0) + scene_fund_gain(&self), scene_units(&self, "80"));
    stop(&self);
}

Test(settle_portfolio, leaves_an_account_alone_that_meets_its_scenarios)
{
    static venture self;

    (void)start(&self, "101", "10");
    scene_run(&self);
    cr_expect_eq(self.waterfall.action_count, 0);
    stop(&self);
}
