#include "support_scene.h"

#include <criterion/criterion.h>

liq_liquidation *scene_start(venture *self, int32_t decimals, const char *lot, const char *mark,
                             const char *mmr, const char *fee)
{
    liq_liquidation *rules;

    *self = (venture){0};
    liq_fixture_start(&self->fixture, decimals);
    (void)liq_fixture_asset(&self->fixture, "USD", decimals, decimals + 4, NULL);
    (void)liq_fixture_instrument(&self->fixture,
                                 (liq_fixture_contract){.symbol = "XUSD",
                                                        .kind = LIQ_INSTRUMENT_LINEAR,
                                                        .settle = 0,
                                                        .multiplier = "1",
                                                        .lot = lot,
                                                        .tick = "0.01",
                                                        .fee = fee,
                                                        .mark = mark,
                                                        .tier_form = LIQ_TIER_DEDUCTION});
    liq_fixture_tier(&self->fixture, "0", mmr, mmr);
    rules = &self->fixture.book.venue.policy.liquidation;
    *rules = (liq_liquidation){.is_known = true,
                               .cancel_orders = LIQ_CANCEL_ALL,
                               .execution = LIQ_EXECUTION_MARK,
                               .reduction_tiers = 1,
                               .reduction_share = 200000000,
                               .reduction_target = LIQ_RATE_NANO,
                               .cooldown_ms = 30000,
                               .fillable_adjustment = LIQ_RATE_NANO,
                               .drawdown_start = 300000000,
                               .drawdown_stop = 250000000};
    return rules;
}

void scene_fund(venture *self, const char *balance, const char *floor)
{
    uint32_t index;

    cr_assert_eq(
        liq_names_add(self->fixture.book.venue.fund_names, liq_text_of("USD"), &index, NULL),
        LIQ_OK);
    self->funds[index] =
        (liq_fund){.balance = scene_units(self, balance), .floor = scene_units(self, floor)};
    self->fixture.book.venue.funds = self->funds;
    self->fixture.book.venue.fund_count = index + 1;
}

void scene_level(venture *self, bool is_bid, const char *quantity, const char *price)
{
    const liq_decimal lot = self->fixture.book.venue.instruments[0].lot;
    liq_depth_level *level = &self->levels[self->fixture.book.depth_count++];

    *level = (liq_depth_level){.price = liq_fixture_decimal(price), .is_bid = is_bid};
    cr_assert(liq_decimal_divide(&level->quantity_lots, liq_fixture_decimal(quantity), lot, 0,
                                 LIQ_ROUND_FLOOR));
}

void scene_run(venture *self)
{
    liq_error err = {0};

    self->book = liq_fixture_finish(&self->fixture);
    venture_scan(self);
    cr_assert_eq(venture_settle(self, &err), LIQ_OK, "%s", err.message);
    venture_check(self, "scene");
}

int64_t scene_balance(venture *self, uint32_t account)
{
    const liq_touched *touched = liq_overlay_find(&self->waterfall.overlay, account);
    liq_account_columns columns;

    if (touched != NULL)
        return touched->balances[liq_touched_balance(touched, 0)].amount;
    (void)self->waterfall.source.read(self->waterfall.source.context, account, &columns);
    for (uint64_t i = 0; i < columns.balance_count; i++)
        if (columns.balances[i].asset_index == 0)
            return columns.balances[i].amount;
    return 0;
}

int64_t scene_fund_gain(const venture *self)
{
    const liq_fund_state *fund = &self->waterfall.funds.funds[0];
    const int64_t before = self->book->venue.fund_count > 0 ? self->funds[0].balance : 0;

    return liq_fund_balance(fund) - before;
}

uint32_t scene_actions(const venture *self, liq_settle_kind kind, const liq_action **first)
{
    uint32_t count = 0;

    for (uint64_t i = 0; i < self->waterfall.action_count; i++) {
        if (self->waterfall.actions[i].kind != (uint32_t)kind)
            continue;
        if (count++ == 0 && first != NULL)
            *first = &self->waterfall.actions[i];
    }
    return count;
}

int64_t scene_units(const venture *self, const char *text)
{
    int64_t units;

    cr_assert_eq(liq_decimal_parse_units(&units, liq_text_of(text),
                                         self->fixture.book.venue.cash_decimals, NULL),
                 LIQ_OK);
    return units;
}
