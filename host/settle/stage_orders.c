/*
 * What costs the account nothing: its open orders are cancelled, and the legs of a contract that
 * face each other are closed against each other.
 */
#include "settle/waterfall_internal.h"

static liq_status orders_cancel(liq_waterfall *waterfall, liq_hand *hand, uint32_t instrument,
                                liq_error *err);
static liq_status held_cancel(liq_waterfall *waterfall, liq_hand *hand, liq_error *err);
static liq_status pairs_net(liq_waterfall *waterfall, liq_hand *hand, liq_error *err);
static liq_status pair_net(liq_waterfall *waterfall, liq_hand *hand, uint32_t longs,
                           uint32_t shorts, liq_error *err);

liq_status liq_stage_orders(liq_waterfall *waterfall, liq_hand *hand, liq_error *err)
{
    const liq_cancel_rule rule = waterfall->rules->cancel_orders;
    liq_status status = LIQ_OK;

    /* Orders belong to the cross margin: an isolated position has those of its contract. */
    if (hand->position != LIQ_NO_INDEX && rule != LIQ_CANCEL_NONE)
        return orders_cancel(waterfall, hand, hand->name.instrument, err);
    if (hand->position != LIQ_NO_INDEX)
        return LIQ_OK;
    if (rule == LIQ_CANCEL_ALL)
        status = orders_cancel(waterfall, hand, LIQ_NO_INDEX, err);
    else if (rule == LIQ_CANCEL_CONTRACT)
        status = held_cancel(waterfall, hand, err);
    if (status != LIQ_OK || liq_hand_value(waterfall, hand) || !waterfall->rules->net_pairs)
        return status;
    return pairs_net(waterfall, hand, err);
}

static liq_status orders_cancel(liq_waterfall *waterfall, liq_hand *hand, uint32_t instrument,
                                liq_error *err)
{
    const uint32_t count = liq_touched_drop_orders(&waterfall->overlay, hand->account, instrument);
    liq_action *action;
    liq_status status;

    if (count == 0)
        return LIQ_OK;
    hand->account->is_changed = true;
    if ((status = liq_action_of_hand(waterfall, hand, LIQ_NO_INDEX, LIQ_SETTLE_CANCEL_ORDERS,
                                     LIQ_BECAUSE_FLAGGED, &action, err)) != LIQ_OK)
        return status;
    action->instrument = instrument;
    action->lots = count;
    return LIQ_OK;
}

static liq_status held_cancel(liq_waterfall *waterfall, liq_hand *hand, liq_error *err)
{
    liq_status status = LIQ_OK;
    uint32_t last = LIQ_NO_INDEX;

    for (uint32_t i = 0; status == LIQ_OK && i < hand->account->cross_count; i++) {
        const liq_position *held = &hand->account->positions[i];

        if (held->quantity_lots == 0 || held->instrument_index == last)
            continue;
        last = held->instrument_index;
        status = orders_cancel(waterfall, hand, last, err);
    }
    return status;
}

/* Both legs of an instrument lie side by side, the long one first. */
static liq_status pairs_net(liq_waterfall *waterfall, liq_hand *hand, liq_error *err)
{
    liq_status status = LIQ_OK;

    for (uint32_t i = 0; status == LIQ_OK && i + 1 < hand->account->cross_count; i++) {
        const liq_position *pair = &hand->account->positions[i];

        if (pair[0].instrument_index != pair[1].instrument_index || pair[0].quantity_lots <= 0 ||
            pair[1].quantity_lots >= 0)
            continue;
        status = pair_net(waterfall, hand, i, i + 1, err);
        if (liq_hand_value(waterfall, hand))
            break;
    }
    return status;
}

/* At any price, because what one leg gains the other loses: only the difference of their entry
   values is realised. */
static liq_status pair_net(liq_waterfall *waterfall, liq_hand *hand, uint32_t longs,
                           uint32_t shorts, liq_error *err)
{
    const liq_position *pair = hand->account->positions;
    const uint32_t instrument = pair[longs].instrument_index;
    const uint32_t asset = waterfall->source.venue->instruments[instrument].settle_index;
    const int64_t lots = pair[longs].quantity_lots < -pair[shorts].quantity_lots
                             ? pair[longs].quantity_lots
                             : -pair[shorts].quantity_lots;
    const liq_int128 realised =
        liq_fine_grains(waterfall, instrument,
                        (liq_int128)lots * (pair[shorts].entry_value - pair[longs].entry_value));
    const int64_t units = liq_grains_units_floor(realised);
    liq_move move = liq_move_start(instrument);
    liq_action *action;
    liq_status status;

    move.account = hand->account;
    move.legs[0] = (liq_move_leg){longs, -lots};
    move.legs[1] = (liq_move_leg){shorts, lots};
    move.leg_count = 2;
    move.lots_asked = lots;
    move.cash[0] = (liq_move_cash){asset, LIQ_NO_INDEX, units};
    move.cash_count = 1;
    move.fund = waterfall->funds.asset_funds[asset];
    move.fund_grains = realised - (liq_int128)units * LIQ_GRAINS_PER_UNIT;
    if ((status = liq_action_of_hand(waterfall, hand, longs, LIQ_SETTLE_REDUCE, LIQ_BECAUSE_PAIR,
                                     &action, err)) != LIQ_OK ||
        (status = liq_move_emit(waterfall, &move, err)) != LIQ_OK)
        return status;
    action->side = 0;
    action->lots = lots;
    action->cash = units;
    action->asset = asset;
    return LIQ_OK;
}
