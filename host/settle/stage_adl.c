/*
 * Auto-deleveraging: what the funds may not pay for is closed against positions of the other side.
 *
 * Pending lots are taken side by side of instruments, each side ranked once by the scores of the
 * scan, which hold for the whole tick; the allocation says how many lots each counterparty gives,
 * and the two lists are then walked together, so that fills are at most as many as both are long.
 * Of a long side only the front is looked at when the queue is all that counts.
 */
#include <stdlib.h>

#include "base/fail.h"
#include "base/memory.h"
#include "scan/flagged.h"
#include "settle/adl_side.h"
#include "settle/waterfall_internal.h"

static int compare_pending(const void *left, const void *right);
static liq_status side_settle(liq_waterfall *waterfall, liq_pending *pending, uint32_t count,
                              liq_error *err);
static liq_status lists_walk(liq_waterfall *waterfall, liq_adl_side *side, liq_pending *pending,
                             uint32_t count, liq_int128 *gain, liq_error *err);
static liq_status fill_do(liq_waterfall *waterfall, const liq_adl_side *side, uint32_t place,
                          liq_pending *pending, int64_t lots, liq_int128 *gain, liq_error *err);
static void move_make(const liq_waterfall *waterfall, liq_move *move, const liq_touched *account,
                      uint32_t position, int64_t lots, liq_int128 price);
static liq_status orders_drop(liq_waterfall *waterfall, liq_touched *account, uint32_t instrument,
                              liq_error *err);
static liq_status rest_settle(liq_waterfall *waterfall, const liq_pending *pending, uint32_t count,
                              liq_int128 gain, liq_error *err);

liq_status liq_stage_adl(liq_waterfall *waterfall, liq_error *err)
{
    liq_pending *pending = waterfall->pending;
    const uint32_t count = waterfall->pending_count;
    liq_status status = LIQ_OK;
    uint32_t end;

    if (count == 0)
        return LIQ_OK;
    qsort(pending, count, sizeof *pending, compare_pending);
    for (uint32_t first = 0; status == LIQ_OK && first < count; first = end) {
        end = first + 1;
        while (end < count && pending[end].instrument == pending[first].instrument &&
               (pending[end].lots < 0) == (pending[first].lots < 0))
            end++;
        status = side_settle(waterfall, &pending[first], end - first, err);
    }
    waterfall->pending_count = 0;
    return status;
}

/* By instrument, longs before shorts, then as they came. */
static int compare_pending(const void *left, const void *right)
{
    const liq_pending *a = left;
    const liq_pending *b = right;

    if (a->instrument != b->instrument)
        return a->instrument < b->instrument ? -1 : 1;
    if ((a->lots < 0) != (b->lots < 0))
        return a->lots < 0 ? 1 : -1;
    return (a->order > b->order) - (a->order < b->order);
}

static liq_status side_settle(liq_waterfall *waterfall, liq_pending *pending, uint32_t count,
                              liq_error *err)
{
    liq_int128 gain = 0;
    liq_adl_side side;
    liq_adl_outcome *outcome;
    const uint64_t fills = waterfall->totals.adl_fills;
    liq_status status;

    if ((status = liq_adl_side_make(&side, waterfall, pending, count, err)) != LIQ_OK ||
        (status = lists_walk(waterfall, &side, pending, count, &gain, err)) != LIQ_OK ||
        (status = liq_memory_extend(&waterfall->outcomes, &waterfall->outcome_capacity,
                                    (size_t)waterfall->outcome_count + 1,
                                    sizeof *waterfall->outcomes, err)) != LIQ_OK)
        return status;
    outcome = &waterfall->outcomes[waterfall->outcome_count++];
    *outcome = (liq_adl_outcome){
        .report = side.report, .side = side.side, .fills = waterfall->totals.adl_fills - fills};
    waterfall->totals.adl_accounts += side.report.accounts;
    return rest_settle(waterfall, pending, count, gain, err);
}

static liq_status lists_walk(liq_waterfall *waterfall, liq_adl_side *side, liq_pending *pending,
                             uint32_t count, liq_int128 *gain, liq_error *err)
{
    liq_status status = LIQ_OK;
    uint32_t at = 0;

    for (uint32_t place = 0; status == LIQ_OK && place < side->count; place++) {
        int64_t left = side->close_lots[place];

        while (status == LIQ_OK && left > 0) {
            int64_t lots;

            while (at < count && pending[at].lots == 0)
                at++;
            if (at == count)
                return LIQ_OK;
            lots = (int64_t)liq_size_of(pending[at].lots);
            lots = lots < left ? lots : left;
            status = fill_do(waterfall, side, place, &pending[at], lots, gain, err);
            left -= lots;
        }
        if (status == LIQ_OK && side->close_lots[place] > 0)
            status = orders_drop(
                waterfall, liq_overlay_find(&waterfall->overlay, side->parties[place].account),
                side->side / 2, err);
    }
    return status;
}

/* A counterparty closes lots against the venue: at what the venue paid for them, or at the price
   that the policy names; what that is better or worse is the venue's gain. */
static liq_status fill_do(liq_waterfall *waterfall, const liq_adl_side *side, uint32_t place,
                          liq_pending *pending, int64_t lots, liq_int128 *gain, liq_error *err)
{
    const liq_adl_counterparty *party = &side->parties[place];
    const uint32_t instrument = pending->instrument;
    const int64_t given = pending->lots < 0 ? -lots : lots;
    const liq_int128 cost = liq_cost_of(pending->cost, lots, (int64_t)liq_size_of(pending->lots));
    const liq_int128 price = side->at_cost ? cost
                                           : liq_fine_grains(waterfall, instrument,
                                                             (liq_int128)given * side->exec_value);
    liq_move move = liq_move_start(instrument);
    liq_touched *account;
    liq_action *action;
    liq_status status;

    if ((status = liq_overlay_touch(&waterfall->overlay, party->account, &account, err)) != LIQ_OK)
        return status;
    move_make(waterfall, &move, account, party->place, given, price);
    if ((status = liq_action_add(waterfall, LIQ_SETTLE_ADL, LIQ_BECAUSE_ADL, &action, err)) !=
            LIQ_OK ||
        (status = liq_move_emit(waterfall, &move, err)) != LIQ_OK)
        return status;
    action->account = account->account;
    action->against = pending->account;
    action->instrument = instrument;
    action->is_isolated = account->positions[party->place].isolated;
    action->side = given < 0 ? 1 : -1;
    action->lots = lots;
    action->value = side->at_cost ? (int64_t)(price / liq_fine_grains(waterfall, instrument, given))
                                  : side->exec_value;
    for (uint32_t i = 0; i < move.cash_count; i++)
        action->cash += move.cash[i].units;
    action->asset = move.cash[0].asset;
    action->rank = place + 1;
    liq_evidence_set(waterfall, party->equity, party->maintenance);
    waterfall->evidence[waterfall->action_count - 1].score = party->score_key;
    waterfall->evidence[waterfall->action_count - 1].is_scored = true;
    pending->lots -= given;
    pending->cost -= cost;
    *gain += price - cost;
    waterfall->totals.adl_fills++;
    waterfall->totals.adl_notional += liq_cash_of(waterfall, action->asset, price);
    return LIQ_OK;
}

/* Lots go from the venue to the counterparty, whose position they close. */
static void move_make(const liq_waterfall *waterfall, liq_move *move, const liq_touched *account,
                      uint32_t position, int64_t lots, liq_int128 price)
{
    const liq_position *held = &account->positions[position];
    const uint32_t asset =
        waterfall->source.venue->instruments[held->instrument_index].settle_index;
    const liq_int128 realised =
        liq_fine_grains(waterfall, held->instrument_index, (liq_int128)lots * held->entry_value) -
        price;
    const int64_t units = liq_grains_units_floor(realised);
    const bool closes = liq_size_of(lots) == liq_size_of(held->quantity_lots);

    move->account = liq_overlay_find(&waterfall->overlay, account->account);
    move->legs[0] = (liq_move_leg){position, lots};
    move->leg_count = 1;
    move->lots_asked = lots;
    if (held->isolated && closes)
        move->cash[move->cash_count++] = (liq_move_cash){asset, position, -held->isolated_margin};
    move->cash[move->cash_count++] =
        (liq_move_cash){asset, held->isolated && !closes ? position : LIQ_NO_INDEX,
                        units + (held->isolated && closes ? held->isolated_margin : 0)};
    move->venue_lots = -lots;
    move->venue_cash = price;
    move->fund = waterfall->funds.asset_funds[asset];
    move->fund_grains = realised - (liq_int128)units * LIQ_GRAINS_PER_UNIT;
}

/* A counterparty was told a new size: its orders on the instrument were meant for the old one. */
static liq_status orders_drop(liq_waterfall *waterfall, liq_touched *account, uint32_t instrument,
                              liq_error *err)
{
    uint32_t count;
    liq_action *action;
    liq_status status;

    if (account == NULL)
        return LIQ_OK;
    if ((count = liq_touched_drop_orders(&waterfall->overlay, account, instrument)) == 0)
        return LIQ_OK;
    if ((status = liq_action_add(waterfall, LIQ_SETTLE_CANCEL_ORDERS, LIQ_BECAUSE_ADL, &action,
                                 err)) != LIQ_OK)
        return status;
    action->account = account->account;
    action->instrument = instrument;
    action->lots = count;
    return LIQ_OK;
}

/* Lots that nobody took stay with the venue at the mark. Their loss, and what a price other than
   bankruptcy cost, is paid down to the floor of the fund, and then by nobody. */
static liq_status rest_settle(liq_waterfall *waterfall, const liq_pending *pending, uint32_t count,
                              liq_int128 gain, liq_error *err)
{
    const uint32_t instrument = pending[0].instrument;
    const liq_instrument_record *record = &waterfall->market.instruments[instrument];
    int64_t owed;
    int64_t paid;
    liq_status status;

    for (uint32_t i = 0; i < count; i++)
        gain +=
            liq_fine_grains(waterfall, instrument,
                            (liq_int128)pending[i].lots *
                                (pending[i].lots < 0 ? record->value_ceil : record->value_floor)) -
            pending[i].cost;
    if (gain >= 0)
        return liq_venue_gain(waterfall, instrument, LIQ_NO_INDEX, gain, LIQ_BECAUSE_ADL, err);
    owed = liq_grains_units_floor(-gain);
    paid = waterfall->rules->adl_trigger == LIQ_ADL_ON_NEGATIVE_EQUITY
               ? 0
               : liq_venue_available(waterfall, instrument, true);
    paid = paid < owed ? paid : owed;
    if ((status = liq_venue_pay(waterfall, instrument, LIQ_NO_INDEX, paid, LIQ_BECAUSE_DEFICIT,
                                err)) != LIQ_OK)
        return status;
    return liq_venue_uncovered(waterfall, instrument, owed - paid, err);
}
