/*
 * Closing at market: the best offer again and again, not worse than the limit, until nothing is
 * left or the margin account is safe. Every fill is an action, and a fee follows it.
 */
#include <stdlib.h>

#include "base/fail.h"
#include "base/memory.h"
#include "settle/stage_portfolio.h"

typedef struct ranked_leg {
    int64_t weight;
    uint32_t position;
} ranked_leg;

static liq_status legs_weigh(liq_waterfall *waterfall, const liq_hand *hand, ranked_leg *ranked,
                             uint32_t *count, liq_error *err);
static int compare_legs(const void *left, const void *right);
static bool within_limit(const liq_share *share, int64_t value, int64_t limit);
static int64_t limit_of(const liq_waterfall *waterfall, const liq_hand *hand,
                        const liq_share *share);
static int64_t slice_take(liq_waterfall *waterfall, liq_hand *hand, uint32_t position, int64_t lots,
                          liq_fill_order *order);
static void rate_name(liq_fill_order *order);
static void largest_note(liq_waterfall *waterfall, uint32_t instrument, int64_t lots);
static liq_status fill_at(liq_waterfall *waterfall, liq_hand *hand, uint32_t position,
                          const liq_share *share, liq_offer offer, liq_fill_order order,
                          liq_error *err);
static liq_status request_make(liq_waterfall *waterfall, liq_hand *hand, uint32_t position,
                               const liq_share *share, int64_t lots, liq_fill_order order,
                               liq_error *err);
static liq_status fee_charge(liq_waterfall *waterfall, const liq_hand *hand,
                             const liq_fill_order *order, uint32_t instrument, liq_error *err);
static void cash_fill(liq_move *move, const liq_touched *account, uint32_t position, int64_t lots,
                      uint32_t asset, int64_t units);

liq_status liq_stage_close(liq_waterfall *waterfall, liq_hand *hand, liq_error *err)
{
    liq_close_result closed = {0};
    uint32_t count;
    liq_status status;

    if (waterfall->rules->execution == LIQ_EXECUTION_BANKRUPTCY)
        return LIQ_OK;
    if ((status = liq_hand_legs(waterfall, hand, &count, err)) != LIQ_OK)
        return status;
    for (uint32_t i = 0; i < count && !closed.is_safe; i++) {
        const uint32_t position = waterfall->legs[i];
        const int64_t lots = (int64_t)liq_size_of(hand->account->positions[position].quantity_lots);

        if ((status = liq_close_lots(waterfall, hand, position, lots, LIQ_SETTLE_CLOSE,
                                     LIQ_BECAUSE_FLAGGED, &closed, err)) != LIQ_OK)
            return status;
    }
    return LIQ_OK;
}

liq_status liq_close_lots(liq_waterfall *waterfall, liq_hand *hand, uint32_t position, int64_t lots,
                          liq_settle_kind kind, liq_settle_reason reason, liq_close_result *out,
                          liq_error *err)
{
    liq_fill_order order = {.position = position, .kind = kind, .reason = reason};
    const liq_position *held = &hand->account->positions[position];
    const bool is_buy = held->quantity_lots < 0;
    liq_share share;
    liq_offer offer;
    int64_t wanted;
    liq_status status;

    *out = (liq_close_result){0};
    wanted = slice_take(waterfall, hand, position, lots, &order);
    lots = liq_brakes_room(waterfall, held->instrument_index, wanted);
    while (out->lots < lots && !out->is_safe) {
        if (!liq_share_make(&share, &waterfall->overlay, hand->account, position, &hand->now))
            return LIQ_OK;
        if (waterfall->rules->execution == LIQ_EXECUTION_EXTERNAL) {
            if (lots < wanted)
                rate_name(&order);
            status = request_make(waterfall, hand, position, &share, lots, order, err);
            return status == LIQ_OK && lots < wanted
                       ? liq_brakes_wait(waterfall, hand, held->instrument_index, wanted - lots,
                                         err)
                       : status;
        }
        if (!liq_execution_offer(&waterfall->execution, held->instrument_index, is_buy,
                                 lots - out->lots, &offer) ||
            !within_limit(&share, offer.value, limit_of(waterfall, hand, &share)))
            break;
        if (lots < wanted && out->lots + offer.lots == lots)
            rate_name(&order);
        if ((status = fill_at(waterfall, hand, position, &share, offer, order, err)) != LIQ_OK)
            return status;
        liq_execution_take(&waterfall->execution, held->instrument_index, is_buy, offer.lots);
        liq_cascade_note(waterfall, held->instrument_index, offer.value);
        out->lots += offer.lots;
        out->is_safe = liq_hand_value(waterfall, hand);
    }
    largest_note(waterfall, held->instrument_index, out->lots);
    /* Where nobody offers more it is not the interval that it waits for. */
    return lots < wanted && out->lots == lots && !out->is_safe
               ? liq_brakes_wait(waterfall, hand, held->instrument_index, wanted - lots, err)
               : LIQ_OK;
}

liq_status liq_fill_do(liq_waterfall *waterfall, liq_hand *hand, const liq_fill_order *order,
                       liq_error *err)
{
    const liq_position *held = &hand->account->positions[order->position];
    const uint32_t instrument = held->instrument_index;
    const uint32_t asset = waterfall->source.venue->instruments[instrument].settle_index;
    const int64_t change = held->quantity_lots < 0 ? order->lots : -order->lots;
    const liq_int128 received = liq_fine_grains(waterfall, instrument, order->proceeds);
    const liq_int128 realised =
        received + liq_fine_grains(waterfall, instrument, (liq_int128)change * held->entry_value);
    const int64_t units = liq_grains_units_floor(realised);
    liq_move move = liq_move_start(instrument);
    liq_action *action;
    liq_status status;

    move.account = hand->account;
    move.legs[0] = (liq_move_leg){order->position, change};
    move.leg_count = 1;
    move.lots_asked = order->lots;
    cash_fill(&move, hand->account, order->position, order->lots, asset, units);
    if (order->to_venue) {
        move.venue_lots = -change;
        move.venue_cash = -received;
    } else {
        move.market_lots = -change;
        move.market_cash[move.market_cash_count].asset = asset;
        move.market_cash[move.market_cash_count++].grains = -received;
    }
    move.fund = waterfall->funds.asset_funds[asset];
    move.fund_grains = realised - (liq_int128)units * LIQ_GRAINS_PER_UNIT;
    if ((status = liq_action_of_hand(waterfall, hand, order->position, order->kind, order->reason,
                                     &action, err)) != LIQ_OK ||
        (status = liq_move_emit(waterfall, &move, err)) != LIQ_OK)
        return status;
    action->lots = order->lots;
    action->value = (int64_t)((change < 0 ? order->proceeds : -order->proceeds) / order->lots);
    action->cash = units;
    action->asset = asset;
    waterfall->totals.notional += liq_cash_of(waterfall, asset, received);
    if (waterfall->rules->execution != LIQ_EXECUTION_EXTERNAL)
        liq_brakes_note(waterfall, instrument, order->lots);
    if (!order->to_venue)
        liq_slippage_note(waterfall, instrument, -change, order->proceeds);
    return order->to_venue ? LIQ_OK : fee_charge(waterfall, hand, order, instrument, err);
}

liq_status liq_hand_legs(liq_waterfall *waterfall, const liq_hand *hand, uint32_t *count,
                         liq_error *err)
{
    ranked_leg *ranked = NULL;
    liq_status status;

    *count = 0;
    if ((status = liq_memory_extend(&waterfall->legs, &waterfall->leg_capacity,
                                    (size_t)hand->account->position_count + 1,
                                    sizeof *waterfall->legs, err)) != LIQ_OK)
        return status;
    if (hand->position != LIQ_NO_INDEX) {
        waterfall->legs[0] = hand->position;
        *count = hand->account->positions[hand->position].quantity_lots != 0;
        return LIQ_OK;
    }
    if ((status = liq_memory_array(&ranked, hand->account->open_cross, sizeof *ranked, err)) !=
            LIQ_OK ||
        (status = legs_weigh(waterfall, hand, ranked, count, err)) != LIQ_OK)
        goto done;
    qsort(ranked, *count, sizeof *ranked, compare_legs);
    for (uint32_t i = 0; i < *count; i++)
        waterfall->legs[i] = ranked[i].position;
done:
    free(ranked);
    return status;
}

/* By maintenance margin; of portfolio margin by what each loses in the worst scenario, so that what
 * hedges it stays the longest. */
static liq_status legs_weigh(liq_waterfall *waterfall, const liq_hand *hand, ranked_leg *ranked,
                             uint32_t *count, liq_error *err)
{
    const liq_touched *account = hand->account;
    int64_t *losses = NULL;
    liq_status status = LIQ_OK;

    if (account->mode == LIQ_ACCOUNT_PORTFOLIO &&
        ((status = liq_memory_array(&losses, account->cross_count, sizeof *losses, err)) !=
             LIQ_OK ||
         (status = liq_portfolio_rank(waterfall, hand, losses, err)) != LIQ_OK))
        goto done;
    for (uint32_t i = 0; i < account->cross_count; i++) {
        liq_share share;

        if (account->positions[i].quantity_lots == 0)
            continue;
        ranked[*count] = (ranked_leg){.position = i};
        if (losses != NULL)
            ranked[*count].weight = losses[i];
        else if (liq_share_make(&share, &waterfall->overlay, account, i, &hand->now))
            ranked[*count].weight = share.maintenance;
        (*count)++;
    }
done:
    free(losses);
    return status;
}

bool liq_worth_fits(const liq_waterfall *waterfall, uint32_t instrument, int64_t lots,
                    int64_t value)
{
    const uint32_t asset = waterfall->source.venue->instruments[instrument].settle_index;
    const int64_t by = (int64_t)waterfall->market.assets[asset].grains_per_fine;
    const liq_int128 most = ((liq_int128)1 << 61) * LIQ_GRAINS_PER_UNIT;
    liq_int128 grains;

    return !__builtin_mul_overflow((liq_int128)lots * value, by, &grains) && grains <= most &&
           grains >= -most;
}

liq_int128 liq_fine_grains(const liq_waterfall *waterfall, uint32_t instrument, liq_int128 fine)
{
    const uint32_t asset = waterfall->source.venue->instruments[instrument].settle_index;

    return fine * (int64_t)waterfall->market.assets[asset].grains_per_fine;
}

int64_t liq_grains_units_floor(liq_int128 grains)
{
    const liq_int128 units = grains / LIQ_GRAINS_PER_UNIT;

    return (int64_t)(units - (units * LIQ_GRAINS_PER_UNIT > grains));
}

liq_int128 liq_cash_of(const liq_waterfall *waterfall, uint32_t asset, liq_int128 grains)
{
    const liq_int128 units = (grains < 0 ? -grains : grains) / LIQ_GRAINS_PER_UNIT;

    return units * waterfall->market.assets[asset].exchange_rate / LIQ_EXCHANGE_RATE_ONE;
}

void liq_slippage_note(liq_waterfall *waterfall, uint32_t instrument, int64_t lots,
                       liq_int128 received)
{
    const liq_instrument_record *record = &waterfall->market.instruments[instrument];
    const uint32_t asset = waterfall->source.venue->instruments[instrument].settle_index;
    const liq_int128 worth =
        (liq_int128)lots * (lots < 0 ? record->value_ceil : record->value_floor);
    const liq_int128 lost = liq_fine_grains(waterfall, instrument, worth - received);
    const liq_int128 cash = liq_cash_of(waterfall, asset, lost);

    if (record->flags & (LIQ_INSTRUMENT_NO_MARK | LIQ_INSTRUMENT_MARK_RANGE))
        return; /* a fill of the exchange, of what has no price here */
    waterfall->totals.filled +=
        liq_cash_of(waterfall, asset, liq_fine_grains(waterfall, instrument, worth));
    waterfall->totals.slippage += lost < 0 ? -cash : cash;
}

/* Where a row is closed by degrees and this is more than its slice: a part, and why. */
static int64_t slice_take(liq_waterfall *waterfall, liq_hand *hand, uint32_t position, int64_t lots,
                          liq_fill_order *order)
{
    liq_share share;
    int64_t allowed;

    if (hand->slices_left == 0 ||
        !liq_share_make(&share, &waterfall->overlay, hand->account, position, &hand->now))
        return lots;
    allowed = liq_slice_allow(waterfall, hand, position, lots, limit_of(waterfall, hand, &share));
    if (allowed < lots && order->reason == LIQ_BECAUSE_FLAGGED) {
        order->kind = LIQ_SETTLE_REDUCE;
        order->reason = LIQ_BECAUSE_SLICE;
    }
    return allowed;
}

/* The last fill of what the interval has room for says so. */
static void rate_name(liq_fill_order *order)
{
    if (order->reason != LIQ_BECAUSE_FLAGGED)
        return;
    order->kind = LIQ_SETTLE_REDUCE;
    order->reason = LIQ_BECAUSE_RATE_LIMIT;
}

static void largest_note(liq_waterfall *waterfall, uint32_t instrument, int64_t lots)
{
    const uint32_t asset = waterfall->source.venue->instruments[instrument].settle_index;
    const liq_int128 worth =
        (liq_int128)lots * waterfall->market.instruments[instrument].value_floor;
    const liq_int128 cash =
        liq_cash_of(waterfall, asset, liq_fine_grains(waterfall, instrument, worth));

    if (cash > waterfall->totals.largest)
        waterfall->totals.largest = cash;
}

static int compare_legs(const void *left, const void *right)
{
    const ranked_leg *a = left;
    const ranked_leg *b = right;

    if (a->weight != b->weight)
        return a->weight > b->weight ? -1 : 1;
    return (a->position > b->position) - (a->position < b->position);
}

static bool within_limit(const liq_share *share, int64_t value, int64_t limit)
{
    return share->is_long ? value >= limit : value <= limit;
}

/* Never worse than bankruptcy: what is past it is the fund's to close, after a takeover. */
static int64_t limit_of(const liq_waterfall *waterfall, const liq_hand *hand,
                        const liq_share *share)
{
    const int64_t bankruptcy = liq_bankruptcy_value(share);
    int64_t fillable;

    if (waterfall->rules->limit == LIQ_LIMIT_BANKRUPTCY)
        return bankruptcy;
    fillable = liq_fillable_value(share, waterfall->rules, &hand->now);
    return within_limit(share, fillable, bankruptcy) ? fillable : bankruptcy;
}

static liq_status fill_at(liq_waterfall *waterfall, liq_hand *hand, uint32_t position,
                          const liq_share *share, liq_offer offer, liq_fill_order order,
                          liq_error *err)
{
    const liq_int128 gross = (liq_int128)offer.lots * offer.value;

    order.position = position;
    order.lots = offer.lots;
    order.proceeds = share->is_long ? gross : -gross;
    order.fee_free = liq_bankruptcy_proceeds_ceil(share, offer.lots);
    return liq_fill_do(waterfall, hand, &order, err);
}

/* Ask the exchange, and leave the row alone until it says what came of it. */
static liq_status request_make(liq_waterfall *waterfall, liq_hand *hand, uint32_t position,
                               const liq_share *share, int64_t lots, liq_fill_order order,
                               liq_error *err)
{
    const liq_row_name name = liq_row_owned(waterfall, hand->name);
    const int64_t out = liq_row_map_get(&waterfall->awaited, name);
    liq_action *action;
    liq_status status;

    hand->waits = true;
    if ((status = liq_memory_extend(&waterfall->requests, &waterfall->request_capacity,
                                    (size_t)waterfall->request_count + 1,
                                    sizeof *waterfall->requests, err)) != LIQ_OK ||
        (status = liq_row_map_set(&waterfall->awaited, name, out + 1, err)) != LIQ_OK ||
        (status = liq_action_of_hand(waterfall, hand, position, order.kind, order.reason, &action,
                                     err)) != LIQ_OK)
        return status;
    action->lots = lots;
    action->request = ++waterfall->request_last;
    action->value = limit_of(waterfall, hand, share);
    liq_brakes_note(waterfall, action->instrument, lots); /* and not its fills */
    waterfall->requests[waterfall->request_count++] =
        (liq_request){.number = action->request,
                      .row = name,
                      .instrument = action->instrument,
                      .is_short = !share->is_long,
                      .kind = action->kind,
                      .reason = action->reason,
                      .lots_left = lots};
    return LIQ_OK;
}

/* rate x notional, but never more than what is left above bankruptcy (dYdX). */
static liq_status fee_charge(liq_waterfall *waterfall, const liq_hand *hand,
                             const liq_fill_order *order, uint32_t instrument, liq_error *err)
{
    const liq_instrument *contract = &waterfall->source.venue->instruments[instrument];
    const uint32_t asset = contract->settle_index;
    const liq_int128 size = order->proceeds < 0 ? -order->proceeds : order->proceeds;
    const liq_int128 grains = liq_fine_grains(waterfall, instrument, size);
    const int64_t left = liq_grains_units_floor(
        liq_fine_grains(waterfall, instrument, order->proceeds - order->fee_free));
    liq_move move = liq_move_start(LIQ_NO_INDEX);
    liq_action *action;
    liq_int128 rate;
    liq_int128 fee;
    int64_t credited;
    liq_status status;

    LIQ_ASSERT(liq_decimal_scale(&rate, contract->liquidation_fee, 9, LIQ_ROUND_CEIL));
    fee = -(liq_int128)liq_grains_units_floor(-grains) * rate;
    fee = (fee + LIQ_RATE_NANO - 1) / LIQ_RATE_NANO;
    fee = fee < left ? fee : left;
    if (fee <= 0)
        return LIQ_OK;
    move.account = hand->account;
    cash_fill(&move, hand->account, order->position, 0, asset, -(int64_t)fee);
    if (!liq_fund_receive(waterfall, &move, waterfall->funds.inventories[instrument].fund, asset,
                          (int64_t)fee, &credited))
        return LIQ_OK;
    if ((status = liq_action_of_hand(waterfall, hand, order->position, LIQ_SETTLE_FUND_CREDIT,
                                     LIQ_BECAUSE_FEE, &action, err)) != LIQ_OK ||
        (status = liq_move_emit(waterfall, &move, err)) != LIQ_OK)
        return status;
    action->side = 0;
    action->fund = move.fund;
    action->cash = credited;
    action->asset = waterfall->funds.funds[move.fund].asset;
    waterfall->totals.fees += liq_cash_of(waterfall, asset, fee * LIQ_GRAINS_PER_UNIT);
    liq_fund_note(&waterfall->funds, instrument, credited);
    return LIQ_OK;
}

/* What a position realises goes to the balance, or stays in its isolated margin until it is closed;
   then the margin goes to the balance too. An exchange may have closed for less than the
   margin pays for: the balance pays the rest, as it does when all is closed. */
static void cash_fill(liq_move *move, const liq_touched *account, uint32_t position, int64_t lots,
                      uint32_t asset, int64_t units)
{
    const liq_position *held = &account->positions[position];
    const bool stays = held->isolated && (uint64_t)lots < liq_size_of(held->quantity_lots);

    if (!held->isolated || held->quantity_lots == 0 ||
        (stays && held->isolated_margin + units >= 0)) {
        move->cash[move->cash_count++] =
            (liq_move_cash){asset, stays ? position : LIQ_NO_INDEX, units};
        return;
    }
    move->cash[move->cash_count++] = (liq_move_cash){asset, position, -held->isolated_margin};
    move->cash[move->cash_count++] =
        (liq_move_cash){asset, LIQ_NO_INDEX, held->isolated_margin + units};
}
