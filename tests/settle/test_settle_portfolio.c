/*
 * Accounts of portfolio margin in settling, on books small enough to follow by hand.
 */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>

#include "scan/portfolio_least.h"
#include "scan/support_portfolio.h"
#include "settle/waterfall_internal.h"
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

enum { BOOKS = 500, PRICES = 2 };

/* Contracts at 100 of two underlyings, the second of which moves by 1% only; quantities of "0" are
 * left out. */
static liq_liquidation *pair_start(venture *self, const char *cash, const char *const bases[2],
                                   const char *const quantities[2])
{
    liq_liquidation *rules = scene_start(self, 2, "1", "100", "0.01", "0");
    uint32_t account;

    (void)liq_fixture_instrument(&self->fixture,
                                 (liq_fixture_contract){.symbol = "YUSD",
                                                        .kind = LIQ_INSTRUMENT_LINEAR,
                                                        .multiplier = "1",
                                                        .lot = "1",
                                                        .tick = "0.01",
                                                        .mark = "100"});
    liq_fixture_tier(&self->fixture, "0", "0.01", "0.02");
    liq_portfolio_give(&self->fixture.book.venue,
                       "{\"maintenance_factor\": \"1\", \"initial_factor\": \"1\", \"grids\": ["
                       "{\"underlyings\": [\"X\"], \"prices\": [\"-0.1\", \"0.1\"], "
                       "\"contingency\": {\"hedged_delta\": \"0.05\"}}, "
                       "{\"underlyings\": [\"Y\"], \"prices\": [\"-0.01\", \"0.01\"]}]}");
    account = liq_fixture_account(&self->fixture, "a");
    self->fixture.book.accounts[account].mode = LIQ_ACCOUNT_PORTFOLIO;
    liq_fixture_balance(&self->fixture, 0, cash);
    for (uint32_t i = 0; i < PRICES; i++) {
        liq_portfolio_base(&self->fixture.book.venue, i, bases[i]);
        liq_fixture_position(&self->fixture, i, quantities[i], "100", NULL);
    }
    return rules;
}

/* Long 10 against short 4 lose 60 and 20 for the hedge; two longs less 40 and 20. */
Test(settle_portfolio, reduces_what_loses_in_the_worst_scenario_and_keeps_the_hedge)
{
    static const liq_reduction_rule reductions[] = {LIQ_REDUCTION_TIERS, LIQ_REDUCTION_SHORTAGE};
    static const char *const bases[] = {"X", "X"};
    static const char *const quantities[] = {"10", "-4"};

    for (int i = 0; i < 2; i++) {
        static venture self;
        liq_liquidation *rules = pair_start(&self, "70", bases, quantities);
        const liq_action *first = NULL;

        rules->reduction = reductions[i];
        scene_run(&self);
        cr_assert_eq(scene_actions(&self, LIQ_SETTLE_REDUCE, &first), 1);
        cr_expect_eq(first->instrument, 0);
        cr_expect_eq(first->lots, 2);
        cr_expect_eq(first->reason, LIQ_BECAUSE_SHORTAGE);
        cr_expect_eq(self.waterfall.totals.safe, 1);
        stop(&self);
    }
}

/* Long 10 against short 10 need 50 for what is hedged; either of them less needs more. */
Test(settle_portfolio, reduces_in_proportion_where_no_position_alone_helps)
{
    static const char *const bases[] = {"X", "X"};
    static const char *const quantities[] = {"10", "-10"};
    static venture self;
    liq_liquidation *rules = pair_start(&self, "40", bases, quantities);
    const liq_action *first = NULL;

    rules->reduction = LIQ_REDUCTION_TIERS;
    scene_run(&self);
    cr_assert_eq(scene_actions(&self, LIQ_SETTLE_REDUCE, &first), 2);
    cr_expect_eq(first->lots, 3);
    cr_expect_eq(self.waterfall.totals.safe, 1);
    stop(&self);
}

/* Ten of X lose 100, twenty of Y 20, though they are twice as large. */
Test(settle_portfolio, closes_first_what_loses_most)
{
    static const char *const bases[] = {"X", "Y"};
    static const char *const quantities[] = {"10", "-20"};
    static venture self;
    const liq_action *first = NULL;

    (void)pair_start(&self, "110", bases, quantities);
    scene_run(&self);
    cr_assert_eq(scene_actions(&self, LIQ_SETTLE_CLOSE, &first), 1);
    cr_expect_eq(first->instrument, 0);
    cr_expect_eq(self.waterfall.totals.safe, 1);
    stop(&self);
}

/* What a row is worth before the run, and the least part of every position that would cure it. */
static uint32_t part_of(const venture *self, uint32_t row, liq_int128 *notional)
{
    liq_portfolio_trial trial = {0};
    uint32_t share;

    cr_assert_eq(liq_portfolio_trial_create(&trial, &self->market, &self->rows, row, NULL), LIQ_OK);
    share = liq_portfolio_share_find(&trial);
    *notional = 0;
    for (uint32_t i = 0; i < trial.leg_count; i++)
        *notional += liq_cash_of(
            &self->waterfall, self->market.instruments[trial.legs[i].instrument_index].asset_index,
            liq_fine_grains(
                &self->waterfall, trial.legs[i].instrument_index,
                (liq_int128)liq_portfolio_share_lots(trial.legs[i].lots, share) *
                    (int64_t)self->market.instruments[trial.legs[i].instrument_index].lot_size));
    liq_portfolio_trial_clear(&trial);
    return share;
}

/* Without costs the row ends safe, and no more is closed than that part of every position, but for
 * what rounding left missing. */
static void row_check(venture *self, uint32_t row, int book, uint32_t *met)
{
    const liq_row_key *key = &self->rows.keys[row];
    liq_touched *touched = liq_overlay_find(&self->waterfall.overlay, key->account_index);
    liq_int128 most;
    liq_int128 closed = 0;

    if (key->reason != LIQ_REASON_PORTFOLIO || key->instrument_index != LIQ_NO_INDEX ||
        self->results[row].status != LIQ_ROW_LIQUIDATE || part_of(self, row, &most) == 0)
        return;
    cr_assert_not_null(touched);
    cr_assert(liq_touched_value(&self->waterfall.overlay, touched).status < LIQ_ROW_LIQUIDATE,
              "book %d, %s", book, touched->id);
    for (uint64_t i = 0; i < self->waterfall.action_count; i++) {
        const liq_action *action = &self->waterfall.actions[i];

        if (action->account != key->account_index || action->kind != LIQ_SETTLE_REDUCE ||
            action->is_isolated)
            continue;
        closed += liq_cash_of(
            &self->waterfall, self->market.instruments[action->instrument].asset_index,
            liq_fine_grains(&self->waterfall, action->instrument,
                            (liq_int128)action->lots *
                                (int64_t)self->market.instruments[action->instrument].lot_size));
    }
    cr_assert(closed <= most + most / 50 + 100, "book %d, %s: %lld closed of %lld", book,
              touched->id, (long long)closed, (long long)most);
    (*met)++;
}

Test(settle_portfolio, closes_no_more_than_a_part_of_everything_would)
{
    liq_random random = liq_random_make(liq_random_seed());
    uint32_t met = 0;

    for (int i = 0; i < BOOKS; i++) {
        static venture book;
        liq_liquidation *rules;

        venture_draw(&book, &random);
        rules = &book.book->venue.policy.liquidation;
        rules->reduction = LIQ_REDUCTION_TIERS;
        rules->execution = LIQ_EXECUTION_MARK;
        rules->execution_cost = 0;
        rules->limit = LIQ_LIMIT_BANKRUPTCY;
        rules->mark_follows_fills = false;
        rules->cancel_orders = LIQ_CANCEL_NONE;
        rules->net_pairs = false;
        for (uint32_t j = 0; j < book.book->venue.instrument_count; j++)
            book.book->venue.instruments[j].liquidation_fee = (liq_decimal){0};
        venture_scan(&book);
        cr_assert_eq(venture_settle(&book, NULL), LIQ_OK);
        for (uint32_t row = 0; row < book.rows.row_count; row++)
            row_check(&book, row, i, &met);
        venture_check(&book, "portfolio");
        venture_clear(&book);
    }
    cr_expect_gt(met, BOOKS / 10, "%u rows", met);
}

enum { OPTION_BOOKS = 400, TRADERS = 14, CONTRACTS = 5, HELD_FROM = 2 };

/* A perpetual, a call and a put on it, and what they are priced by. */
static void options_start(venture *self)
{
    static const char *const symbols[] = {"VOL", "DAYS", "PERP", "CALL", "PUT"};
    static const char *const marks[] = {"0.5", "30", "60000", "3427.21", "3427.21"};
    static const liq_instrument_kind kinds[] = {LIQ_INSTRUMENT_INDEX, LIQ_INSTRUMENT_INDEX,
                                                LIQ_INSTRUMENT_LINEAR, LIQ_INSTRUMENT_OPTION,
                                                LIQ_INSTRUMENT_OPTION};
    liq_venue *venue = &self->fixture.book.venue;

    *self = (venture){0};
    liq_fixture_start(&self->fixture, 2);
    liq_fixture_asset(&self->fixture, "USD", 2, 10, NULL);
    for (uint32_t i = 0; i < CONTRACTS; i++) {
        liq_fixture_instrument(&self->fixture, (liq_fixture_contract){.symbol = symbols[i],
                                                                      .kind = kinds[i],
                                                                      .multiplier = "1",
                                                                      .lot = "0.01",
                                                                      .tick = "0.01",
                                                                      .fee = "0.0005",
                                                                      .mark = marks[i]});
        liq_fixture_tier(&self->fixture, "0", "0.01", "0.02");
        liq_portfolio_base(venue, i, "BTC");
        venue->instruments[i].option = (liq_option_terms){.strike = liq_fixture_decimal("60000"),
                                                          .underlying_index = HELD_FROM,
                                                          .volatility_index = 0,
                                                          .days_index = 1,
                                                          .is_put = i == 4};
    }
    venue->option_count = 2;
}

/* Traders against each other, so that long equals short, with cash for a part of what they hold. */
static void options_trade(venture *self, liq_random *random)
{
    static const char *const entries[] = {"54000", "66000", "2900", "3900", "2500", "4200"};
    int64_t lots[TRADERS][CONTRACTS] = {{0}};
    char name[8];

    for (int i = 0; i < 5 * TRADERS; i++) {
        const uint32_t contract = (uint32_t)liq_random_between(random, HELD_FROM, CONTRACTS - 1);
        const int64_t traded = liq_random_between(random, 1, 300);

        lots[liq_random_below(random, TRADERS)][contract] += traded;
        lots[liq_random_below(random, TRADERS)][contract] -= traded;
    }
    for (uint32_t i = 0; i < TRADERS; i++) {
        int64_t size = 0;
        uint32_t account;

        (void)snprintf(name, sizeof name, "t%02u", i);
        account = liq_fixture_account(&self->fixture, name);
        self->fixture.book.accounts[account].mode = LIQ_ACCOUNT_PORTFOLIO;
        for (uint32_t j = HELD_FROM; j < CONTRACTS; j++) {
            const char *entry = entries[2 * (j - HELD_FROM) + liq_random_below(random, 2)];

            size += llabs(lots[i][j]);
            if (lots[i][j] != 0)
                liq_fixture_position_lots(&self->fixture, j, lots[i][j], liq_fixture_decimal(entry),
                                          false, 0);
        }
        liq_fixture_balance_units(&self->fixture, 0,
                                  size * 600 * 100 * liq_random_between(random, 0, 200) / 1000);
    }
}

static void options_rules(venture *self, liq_random *random)
{
    static const char *const rules[] = {"\"okx-pm\"", "\"deribit-pm\"", "\"paradex-pm\""};
    liq_policy *policy = &self->fixture.book.venue.policy;

    policy->adl_rule = (liq_adl_rule)liq_random_below(random, LIQ_ADL_RANDOM_WALK + 1);
    policy->liquidation =
        (liq_liquidation){.is_known = true,
                          .cancel_orders = LIQ_CANCEL_ALL,
                          .reduction = (liq_reduction_rule)liq_random_below(random, 5),
                          .execution = LIQ_EXECUTION_MARK,
                          .adl_policy = (liq_adl_policy)liq_random_below(random, LIQ_ADL_POLICIES),
                          .adl_price = (liq_adl_price)liq_random_below(random, 3),
                          .reduction_tiers = 1,
                          .reduction_share = 200000000,
                          .reduction_target = 900000000,
                          .cooldown_ms = 30000,
                          .fund_fee = 1000000,
                          .fillable_adjustment = LIQ_RATE_NANO};
    liq_portfolio_give(&self->fixture.book.venue, rules[liq_random_below(random, 3)]);
}

/* Writers of options go under, and others who hold the same are closed against them. */
Test(settle_portfolio, conserves_books_of_options)
{
    liq_random random = liq_random_make(liq_random_seed());
    uint64_t flagged = 0;
    uint64_t fills = 0;
    uint64_t safe = 0;

    for (int i = 0; i < OPTION_BOOKS; i++) {
        static venture book;
        liq_error err = {0};

        options_start(&book);
        options_rules(&book, &random);
        options_trade(&book, &random);
        book.book = liq_fixture_finish(&book.fixture);
        venture_scan(&book);
        cr_assert_eq(venture_settle(&book, &err), LIQ_OK, "book %d: %s", i, err.message);
        venture_check(&book, "options");
        flagged += book.input.flagged_count;
        safe += book.waterfall.totals.safe;
        for (uint64_t j = 0; j < book.waterfall.action_count; j++)
            fills += book.waterfall.actions[j].kind == LIQ_SETTLE_ADL &&
                     book.waterfall.actions[j].instrument > HELD_FROM;
        venture_clear(&book);
    }
    fprintf(stderr, "%llu flagged, %llu safe, %llu fills of options\n", (unsigned long long)flagged,
            (unsigned long long)safe, (unsigned long long)fills);
    cr_expect_gt(flagged, OPTION_BOOKS);
    cr_expect_gt(safe, OPTION_BOOKS / 4);
    cr_expect_gt(fills, OPTION_BOOKS / 4);
}
