/*
 * The end of a margin account: what is left of its positions goes to the venue at bankruptcy, and
 * what it still owes is paid for it.
 */
#include "base/fail.h"
#include "settle/waterfall_internal.h"

static bool is_due(const liq_waterfall *waterfall, const liq_hand *hand);
static liq_settle_reason reason_of(const liq_hand *hand);
static liq_status position_take(liq_waterfall *waterfall, liq_hand *hand, uint32_t position,
                                liq_error *err);
static liq_status assets_exchange(liq_waterfall *waterfall, liq_hand *hand, liq_error *err);
static liq_status asset_exchange(liq_waterfall *waterfall, liq_hand *hand, uint32_t balance,
                                 liq_error *err);
static liq_status debt_pay(liq_waterfall *waterfall, liq_hand *hand, int64_t units, bool covered,
                           liq_error *err);

liq_status liq_stage_takeover(liq_waterfall *waterfall, liq_hand *hand, liq_error *err)
{
    uint32_t count;
    liq_status status = liq_hand_legs(waterfall, hand, &count, err);

    if (status != LIQ_OK || (count > 0 && !is_due(waterfall, hand)))
        return status;
    for (uint32_t i = 0; status == LIQ_OK && i < count; i++) {
        const uint32_t position = waterfall->legs[i];

        status = position_take(waterfall, hand, position, err);
        if (liq_hand_value(waterfall, hand))
            break;
    }
    return status;
}

/* A debt without a position: other assets are exchanged first, then the fund pays what it may. */
liq_status liq_stage_debt(liq_waterfall *waterfall, liq_hand *hand, liq_error *err)
{
    int64_t owed;
    int64_t paid;
    liq_status status;

    if (hand->position != LIQ_NO_INDEX || hand->account->open_cross > 0 || hand->now.equity >= 0)
        return LIQ_OK;
    if ((status = assets_exchange(waterfall, hand, err)) != LIQ_OK ||
        liq_hand_value(waterfall, hand) || hand->now.status == LIQ_ROW_UNVALUED)
        return status;
    owed = -hand->now.equity;
    paid = liq_fund_available(&waterfall->funds, waterfall->rules, waterfall->funds.asset_funds[0],
                              LIQ_NO_INDEX);
    paid = paid < owed ? paid : owed;
    if (paid > 0 && (status = debt_pay(waterfall, hand, paid, true, err)) != LIQ_OK)
        return status;
    if (paid < owed && (status = debt_pay(waterfall, hand, owed - paid, false, err)) != LIQ_OK)
        return status;
    (void)liq_hand_value(waterfall, hand);
    return LIQ_OK;
}

static bool is_due(const liq_waterfall *waterfall, const liq_hand *hand)
{
    switch (waterfall->rules->takeover) {
    case LIQ_TAKEOVER_FLAGGED:
        return true;
    case LIQ_TAKEOVER_BACKSTOP:
        return hand->now.status >= LIQ_ROW_BACKSTOP;
    case LIQ_TAKEOVER_BANKRUPT:
        break;
    }
    return hand->now.status == LIQ_ROW_BANKRUPT;
}

static liq_settle_reason reason_of(const liq_hand *hand)
{
    if (hand->now.status == LIQ_ROW_BANKRUPT)
        return LIQ_BECAUSE_BANKRUPT;
    return hand->now.status == LIQ_ROW_BACKSTOP ? LIQ_BECAUSE_BACKSTOP : LIQ_BECAUSE_FLAGGED;
}

static liq_status position_take(liq_waterfall *waterfall, liq_hand *hand, uint32_t position,
                                liq_error *err)
{
    const liq_position held = hand->account->positions[position];
    liq_fill_order order = {.position = position,
                            .to_venue = true,
                            .kind = LIQ_SETTLE_TAKEOVER,
                            .reason = reason_of(hand)};
    liq_pending parcel = {.instrument = held.instrument_index, .account = hand->account->account};
    liq_share share;
    liq_status status;

    if (!liq_share_make(&share, &waterfall->overlay, hand->account, position, &hand->now)) {
        hand->waits = true;
        return LIQ_OK;
    }
    order.lots = liq_brakes_room(waterfall, held.instrument_index, share.lots);
    if (order.lots < share.lots && (status = liq_brakes_wait(waterfall, hand, held.instrument_index,
                                                             share.lots, err)) != LIQ_OK)
        return status;
    if (order.lots == 0)
        return LIQ_OK;
    parcel.lots = share.is_long ? order.lots : -order.lots;
    order.proceeds = liq_bankruptcy_proceeds_ceil(&share, order.lots);
    parcel.cost = liq_fine_grains(waterfall, held.instrument_index, order.proceeds);
    if ((status = liq_fill_do(waterfall, hand, &order, err)) != LIQ_OK)
        return status;
    return liq_parcel_settle(waterfall, &parcel, true, err);
}

static liq_status assets_exchange(liq_waterfall *waterfall, liq_hand *hand, liq_error *err)
{
    liq_status status = LIQ_OK;

    for (uint32_t i = 0; status == LIQ_OK && i < hand->account->balance_count; i++)
        if (hand->account->balances[i].asset_index != 0 && hand->account->balances[i].amount != 0)
            status = asset_exchange(waterfall, hand, i, err);
    return status;
}

/* At the index price with the market, rounded against the account. */
static liq_status asset_exchange(liq_waterfall *waterfall, liq_hand *hand, uint32_t balance,
                                 liq_error *err)
{
    const uint32_t asset = hand->account->balances[balance].asset_index;
    const int64_t amount = hand->account->balances[balance].amount;
    liq_move move = liq_move_start(LIQ_NO_INDEX);
    liq_action *action;
    int64_t cash;
    liq_status status;

    if (waterfall->market.assets[asset].exchange_rate == 0 ||
        !liq_units_to_cash_floor(&cash, waterfall->market.assets[asset], amount))
        return LIQ_OK;
    move.account = hand->account;
    move.cash[0] = (liq_move_cash){asset, LIQ_NO_INDEX, -amount};
    move.cash[1] = (liq_move_cash){0, LIQ_NO_INDEX, cash};
    move.cash_count = 2;
    move.market_cash[0].asset = asset;
    move.market_cash[0].grains = (liq_int128)amount * LIQ_GRAINS_PER_UNIT;
    move.market_cash[1].asset = 0;
    move.market_cash[1].grains = -(liq_int128)cash * LIQ_GRAINS_PER_UNIT;
    move.market_cash_count = 2;
    if ((status = liq_action_of_hand(waterfall, hand, LIQ_NO_INDEX, LIQ_SETTLE_CLOSE,
                                     LIQ_BECAUSE_CONVERSION, &action, err)) != LIQ_OK ||
        (status = liq_move_emit(waterfall, &move, err)) != LIQ_OK)
        return status;
    action->exchanged = asset;
    action->lots = amount;
    action->cash = cash;
    action->asset = 0;
    return LIQ_OK;
}

/* @param covered  by the fund; else the loss is socialised */
static liq_status debt_pay(liq_waterfall *waterfall, liq_hand *hand, int64_t units, bool covered,
                           liq_error *err)
{
    const liq_int128 grains = (liq_int128)units * LIQ_GRAINS_PER_UNIT;
    liq_move move = liq_move_start(LIQ_NO_INDEX);
    liq_action *action;
    liq_status status;

    move.account = hand->account;
    move.cash[0] = (liq_move_cash){0, LIQ_NO_INDEX, units};
    move.cash_count = 1;
    move.fund = waterfall->funds.asset_funds[0];
    if (covered)
        move.fund_grains = -grains;
    else
        move.uncovered = -grains;
    if ((status = liq_action_of_hand(waterfall, hand, LIQ_NO_INDEX,
                                     covered ? LIQ_SETTLE_FUND_DEBIT : LIQ_SETTLE_SOCIALISE,
                                     LIQ_BECAUSE_DEBT, &action, err)) != LIQ_OK ||
        (status = liq_move_emit(waterfall, &move, err)) != LIQ_OK)
        return status;
    action->fund = covered ? move.fund : LIQ_NO_INDEX;
    action->cash = covered ? -units : units;
    action->asset = 0;
    if (!covered)
        waterfall->totals.socialised += units;
    return LIQ_OK;
}
