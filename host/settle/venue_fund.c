/*
 * Between the venue and its funds: what it gains they get, what it loses they pay as far as they
 * may, and what it holds is carried at the mark.
 */
#include "base/fail.h"
#include "base/memory.h"
#include "settle/waterfall_internal.h"

static uint32_t fund_of(const liq_waterfall *waterfall, uint32_t instrument);
static uint32_t settle_of(const liq_waterfall *waterfall, uint32_t instrument);
static liq_int128 worth(const liq_waterfall *waterfall, uint32_t instrument, int64_t lots);
static bool exchange(const liq_waterfall *waterfall, uint32_t from, uint32_t to, int64_t units,
                     bool up, int64_t *out);
static liq_status offers_take(liq_waterfall *waterfall, liq_pending *parcel, liq_error *err);
static liq_status offer_take(liq_waterfall *waterfall, const liq_pending *parcel, liq_offer offer,
                             liq_int128 received, liq_error *err);
static liq_status gain_book(liq_waterfall *waterfall, const liq_pending *parcel, liq_int128 gain,
                            liq_settle_reason reason, liq_error *err);
static liq_status loss_share(liq_waterfall *waterfall, const liq_pending *parcel, int64_t need,
                             liq_error *err);
static liq_status rest_sweep(liq_waterfall *waterfall, uint32_t instrument, liq_error *err);

liq_status liq_parcel_settle(liq_waterfall *waterfall, const liq_pending *parcel, bool closes,
                             liq_error *err)
{
    liq_pending rest = *parcel;
    liq_int128 gain;
    int64_t need;
    liq_status status;

    if (closes && (status = offers_take(waterfall, &rest, err)) != LIQ_OK)
        return status;
    if (rest.lots == 0)
        return LIQ_OK;
    gain = worth(waterfall, rest.instrument, rest.lots) - rest.cost;
    need = gain < 0 ? liq_grains_units_floor(-gain) : 0;
    if (need > liq_venue_available(waterfall, rest.instrument, false))
        return loss_share(waterfall, &rest, need, err);
    return gain_book(waterfall, &rest, gain,
                     rest.account == LIQ_NO_INDEX ? LIQ_BECAUSE_INVENTORY
                     : gain < 0                   ? LIQ_BECAUSE_DEFICIT
                                                  : LIQ_BECAUSE_REMAINDER,
                     err);
}

liq_status liq_venue_gain(liq_waterfall *waterfall, uint32_t instrument, uint32_t account,
                          liq_int128 grains, liq_settle_reason reason, liq_error *err)
{
    const uint32_t asset = settle_of(waterfall, instrument);
    const int64_t units = liq_grains_units_floor(grains);
    liq_move move = liq_move_start(instrument);
    liq_action *action;
    int64_t credited = 0;
    liq_status status;

    if (units <= 0)
        return LIQ_OK;
    move.venue_cash = -(liq_int128)units * LIQ_GRAINS_PER_UNIT;
    if (!liq_fund_receive(waterfall, &move, fund_of(waterfall, instrument), asset, units,
                          &credited))
        (void)liq_fund_receive(waterfall, &move, waterfall->funds.asset_funds[asset], asset, units,
                               &credited);
    if ((status = liq_action_add(waterfall, LIQ_SETTLE_FUND_CREDIT, reason, &action, err)) !=
            LIQ_OK ||
        (status = liq_move_emit(waterfall, &move, err)) != LIQ_OK)
        return status;
    action->account = account;
    action->instrument = instrument;
    action->fund = move.fund;
    action->cash = credited;
    action->asset = waterfall->funds.funds[move.fund].asset;
    liq_fund_note(&waterfall->funds, instrument, credited);
    return LIQ_OK;
}

int64_t liq_venue_available(liq_waterfall *waterfall, uint32_t instrument, bool to_floor)
{
    const uint32_t fund = fund_of(waterfall, instrument);
    const liq_fund_state *state = &waterfall->funds.funds[fund];
    const int64_t above_floor = liq_fund_balance(state) - state->floor;
    int64_t units = to_floor
                        ? above_floor
                        : liq_fund_available(&waterfall->funds, waterfall->rules, fund, instrument);

    if (units <= 0 ||
        !exchange(waterfall, state->asset, settle_of(waterfall, instrument), units, false, &units))
        return 0;
    return units;
}

liq_status liq_venue_pay(liq_waterfall *waterfall, uint32_t instrument, uint32_t account,
                         int64_t units, liq_settle_reason reason, liq_error *err)
{
    const uint32_t asset = settle_of(waterfall, instrument);
    const uint32_t fund = fund_of(waterfall, instrument);
    const uint32_t fund_asset = waterfall->funds.funds[fund].asset;
    liq_move move = liq_move_start(instrument);
    liq_action *action;
    int64_t paid;
    liq_status status;

    if (units <= 0)
        return LIQ_OK;
    LIQ_ASSERT(exchange(waterfall, asset, fund_asset, units, true, &paid));
    move.venue_cash = (liq_int128)units * LIQ_GRAINS_PER_UNIT;
    move.fund = fund;
    move.fund_grains = -(liq_int128)paid * LIQ_GRAINS_PER_UNIT;
    if (fund_asset != asset) {
        move.market_cash[0].asset = asset;
        move.market_cash[0].grains = -move.venue_cash;
        move.market_cash[1].asset = fund_asset;
        move.market_cash[1].grains = -move.fund_grains;
        move.market_cash_count = 2;
    }
    if ((status = liq_action_add(waterfall, LIQ_SETTLE_FUND_DEBIT, reason, &action, err)) !=
            LIQ_OK ||
        (status = liq_move_emit(waterfall, &move, err)) != LIQ_OK)
        return status;
    action->account = account;
    action->instrument = instrument;
    action->fund = fund;
    action->cash = -paid;
    action->asset = fund_asset;
    liq_fund_note(&waterfall->funds, instrument, -paid);
    return LIQ_OK;
}

liq_status liq_venue_uncovered(liq_waterfall *waterfall, uint32_t instrument, int64_t units,
                               liq_error *err)
{
    liq_move move = liq_move_start(instrument);
    liq_action *action;
    liq_status status;

    if (units <= 0)
        return LIQ_OK;
    move.uncovered_asset = settle_of(waterfall, instrument);
    move.venue_cash = (liq_int128)units * LIQ_GRAINS_PER_UNIT;
    move.uncovered = -move.venue_cash;
    if ((status = liq_action_add(waterfall, LIQ_SETTLE_SOCIALISE, LIQ_BECAUSE_DEFICIT, &action,
                                 err)) != LIQ_OK ||
        (status = liq_move_emit(waterfall, &move, err)) != LIQ_OK)
        return status;
    action->instrument = instrument;
    action->cash = units;
    action->asset = move.uncovered_asset;
    waterfall->totals.socialised += liq_cash_of(waterfall, move.uncovered_asset, move.venue_cash);
    return LIQ_OK;
}

bool liq_fund_receive(const liq_waterfall *waterfall, liq_move *move, uint32_t fund, uint32_t asset,
                      int64_t units, int64_t *fund_units)
{
    const uint32_t fund_asset = waterfall->funds.funds[fund].asset;

    if (!exchange(waterfall, asset, fund_asset, units, false, fund_units))
        return false;
    move->fund = fund;
    move->fund_grains = (liq_int128)*fund_units * LIQ_GRAINS_PER_UNIT;
    if (fund_asset == asset)
        return true;
    move->market_cash[0].asset = asset;
    move->market_cash[0].grains = (liq_int128)units * LIQ_GRAINS_PER_UNIT;
    move->market_cash[1].asset = fund_asset;
    move->market_cash[1].grains = -move->fund_grains;
    move->market_cash_count = 2;
    return true;
}

liq_status liq_inventories_value(liq_waterfall *waterfall, liq_error *err)
{
    liq_funds *funds = &waterfall->funds;
    liq_status status = LIQ_OK;

    for (uint32_t i = 0; status == LIQ_OK && i < funds->listed_count; i++) {
        const uint32_t instrument = funds->listed[i];
        const liq_inventory *inventory = &funds->inventories[instrument];
        const liq_pending parcel = {.cost = -inventory->cash,
                                    .lots = inventory->lots,
                                    .instrument = instrument,
                                    .account = LIQ_NO_INDEX};

        if (inventory->lots != 0 && !(waterfall->market.instruments[instrument].flags &
                                      (LIQ_INSTRUMENT_NO_MARK | LIQ_INSTRUMENT_MARK_RANGE)))
            status = liq_parcel_settle(waterfall, &parcel, false, err);
    }
    return status;
}

/* It is carried at the mark already, so what an offer is better or worse than that is booked. */
liq_status liq_inventories_close(liq_waterfall *waterfall, liq_error *err)
{
    liq_funds *funds = &waterfall->funds;
    liq_status status = LIQ_OK;

    for (uint32_t i = 0; status == LIQ_OK && i < funds->listed_count; i++) {
        const liq_inventory *inventory = &funds->inventories[funds->listed[i]];
        liq_pending parcel = {.cost = -inventory->cash,
                              .lots = inventory->lots,
                              .instrument = funds->listed[i],
                              .account = LIQ_NO_INDEX};

        if (inventory->lots != 0 && !liq_brakes_halt_instrument(waterfall, funds->listed[i]))
            status = offers_take(waterfall, &parcel, err);
    }
    return status;
}

liq_status liq_inventories_end(liq_waterfall *waterfall, liq_error *err)
{
    liq_funds *funds = &waterfall->funds;
    uint32_t kept = 0;
    liq_status status = LIQ_OK;

    for (uint32_t i = 0; i < funds->listed_count; i++) {
        const uint32_t instrument = funds->listed[i];
        liq_inventory *inventory = &funds->inventories[instrument];

        if (status == LIQ_OK && inventory->lots == 0 && inventory->cash != 0)
            status = rest_sweep(waterfall, instrument, err);
        inventory->is_listed = inventory->lots != 0 || inventory->cash != 0;
        if (inventory->is_listed)
            funds->listed[kept++] = instrument;
    }
    funds->listed_count = kept;
    for (uint32_t i = 0; i < waterfall->source.venue->instrument_count; i++) {
        funds->inventories[i].before_floor = waterfall->market.instruments[i].value_floor;
        funds->inventories[i].before_ceil = waterfall->market.instruments[i].value_ceil;
    }
    return status;
}

static uint32_t fund_of(const liq_waterfall *waterfall, uint32_t instrument)
{
    return waterfall->funds.inventories[instrument].fund;
}

static uint32_t settle_of(const liq_waterfall *waterfall, uint32_t instrument)
{
    return waterfall->source.venue->instruments[instrument].settle_index;
}

/* Lots at the mark in grains, rounded as for any holder. */
static liq_int128 worth(const liq_waterfall *waterfall, uint32_t instrument, int64_t lots)
{
    const liq_instrument_record *record = &waterfall->market.instruments[instrument];

    return liq_fine_grains(waterfall, instrument,
                           (liq_int128)lots *
                               (lots < 0 ? record->value_ceil : record->value_floor));
}

/* Units of one asset for units of another at their index prices. @param up  rounds up */
static bool exchange(const liq_waterfall *waterfall, uint32_t from, uint32_t to, int64_t units,
                     bool up, int64_t *out)
{
    const int64_t rate = waterfall->market.assets[from].exchange_rate;
    const int64_t by = waterfall->market.assets[to].exchange_rate;
    liq_int128 product;

    if (from == to) {
        *out = units;
        return true;
    }
    if (rate == 0 || by == 0)
        return false;
    product = (liq_int128)units * rate + (up ? by - 1 : 0);
    if (product / by > INT64_MAX)
        return false;
    *out = (int64_t)(product / by);
    return true;
}

/* Offers that the fund can pay for, one after another. */
static liq_status offers_take(liq_waterfall *waterfall, liq_pending *parcel, liq_error *err)
{
    liq_offer offer;
    liq_status status = LIQ_OK;

    while (status == LIQ_OK && parcel->lots != 0) {
        const bool is_buy = parcel->lots < 0;
        const int64_t size = (int64_t)liq_size_of(parcel->lots);
        const int64_t most = liq_slice_inventory(waterfall, parcel->instrument, is_buy, size);
        liq_pending part = *parcel;
        liq_int128 received;

        if (most == 0 ||
            !liq_execution_offer(&waterfall->execution, parcel->instrument, is_buy, most, &offer))
            break;
        part.lots = is_buy ? -offer.lots : offer.lots;
        part.cost = liq_cost_of(parcel->cost, offer.lots, size);
        received =
            liq_fine_grains(waterfall, parcel->instrument, (liq_int128)part.lots * offer.value);
        if (received < part.cost && liq_grains_units_floor(part.cost - received) >
                                        liq_venue_available(waterfall, parcel->instrument, false))
            break;
        if ((status = offer_take(waterfall, &part, offer, received, err)) == LIQ_OK)
            status = gain_book(waterfall, &part, received - part.cost, LIQ_BECAUSE_INVENTORY, err);
        parcel->lots -= part.lots;
        parcel->cost -= part.cost;
    }
    return status;
}

/* Lots of a parcel leave the venue for the market. */
static liq_status offer_take(liq_waterfall *waterfall, const liq_pending *parcel, liq_offer offer,
                             liq_int128 received, liq_error *err)
{
    liq_move move = liq_move_start(parcel->instrument);
    liq_action *action;
    liq_status status;

    move.venue_lots = -parcel->lots;
    move.venue_cash = received;
    move.market_lots = parcel->lots;
    move.market_cash[0].asset = settle_of(waterfall, parcel->instrument);
    move.market_cash[0].grains = -received;
    move.market_cash_count = 1;
    if ((status = liq_action_add(waterfall, LIQ_SETTLE_CLOSE, LIQ_BECAUSE_INVENTORY, &action,
                                 err)) != LIQ_OK ||
        (status = liq_move_emit(waterfall, &move, err)) != LIQ_OK)
        return status;
    action->account = parcel->account;
    action->instrument = parcel->instrument;
    action->side = parcel->lots < 0 ? -1 : 1;
    action->lots = offer.lots;
    action->value = offer.value;
    liq_slippage_note(waterfall, parcel->instrument, parcel->lots,
                      (liq_int128)parcel->lots * offer.value);
    liq_execution_take(&waterfall->execution, parcel->instrument, parcel->lots < 0, offer.lots);
    liq_cascade_note(waterfall, parcel->instrument, offer.value);
    return LIQ_OK;
}

/* Less than a unit either way stays with the venue until the inventory ends. */
static liq_status gain_book(liq_waterfall *waterfall, const liq_pending *parcel, liq_int128 gain,
                            liq_settle_reason reason, liq_error *err)
{
    if (gain >= 0)
        return liq_venue_gain(waterfall, parcel->instrument, parcel->account, gain, reason, err);
    return liq_venue_pay(waterfall, parcel->instrument, parcel->account,
                         liq_grains_units_floor(-gain), reason, err);
}

/* The fund pays for as many lots as it may; the others are to be deleveraged. */
static liq_status loss_share(liq_waterfall *waterfall, const liq_pending *parcel, int64_t need,
                             liq_error *err)
{
    const int64_t may = liq_venue_available(waterfall, parcel->instrument, false);
    const int64_t size = (int64_t)liq_size_of(parcel->lots);
    const int64_t covered = (int64_t)((liq_int128)size * may / need);
    liq_pending rest = *parcel;
    liq_status status = LIQ_OK;

    liq_fund_exhausted(&waterfall->funds, waterfall->rules, fund_of(waterfall, parcel->instrument),
                       parcel->instrument);
    if (covered > 0) {
        liq_pending part = *parcel;

        part.lots = parcel->lots < 0 ? -covered : covered;
        part.cost = liq_cost_of(parcel->cost, covered, size);
        rest.lots -= part.lots;
        rest.cost -= part.cost;
        need = liq_grains_units_floor(part.cost - worth(waterfall, part.instrument, part.lots));
        status = liq_venue_pay(waterfall, part.instrument, part.account, need < may ? need : may,
                               LIQ_BECAUSE_DEFICIT, err);
    }
    if (status != LIQ_OK ||
        (status = liq_memory_extend(&waterfall->pending, &waterfall->pending_capacity,
                                    (size_t)waterfall->pending_count + 1,
                                    sizeof *waterfall->pending, err)) != LIQ_OK)
        return status;
    rest.order = waterfall->pending_count;
    waterfall->pending[waterfall->pending_count++] = rest;
    return LIQ_OK;
}

liq_int128 liq_cost_of(liq_int128 cost, int64_t lots, int64_t all)
{
    liq_int128 whole = cost / all;
    liq_int128 rest = cost % all;
    liq_int128 part;

    if (lots == all)
        return cost;
    if (rest < 0) {
        rest += all;
        whole--;
    }
    part = rest * lots / all;
    return whole * lots + part;
}

/* What is left when nothing is held any more is less than a unit for each step: it goes to a fund
   of the asset, or is taken from it as far as its floor allows. */
static liq_status rest_sweep(liq_waterfall *waterfall, uint32_t instrument, liq_error *err)
{
    const liq_inventory *inventory = &waterfall->funds.inventories[instrument];
    const uint32_t asset = settle_of(waterfall, instrument);
    const uint32_t fund = waterfall->funds.asset_funds[asset];
    const liq_fund_state *state = &waterfall->funds.funds[fund];
    const liq_int128 spare = state->grains - (liq_int128)state->floor * LIQ_GRAINS_PER_UNIT;
    liq_move move = liq_move_start(instrument);

    move.venue_cash = -inventory->cash;
    move.fund = fund;
    move.uncovered_asset = asset;
    if (inventory->cash >= 0 || -inventory->cash <= spare)
        move.fund_grains = inventory->cash;
    else
        move.uncovered = inventory->cash;
    return liq_rooms_apply(&waterfall->rooms, &move, err);
}
