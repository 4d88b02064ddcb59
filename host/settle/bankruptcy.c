#include "settle/bankruptcy.h"

#include "base/fail.h"

static bool leg_cash(int64_t *maintenance, int64_t *notional, const liq_overlay *overlay,
                     const liq_leg_sum *leg, uint32_t asset);
static bool equity_of_row(int64_t *units, liq_overlay *overlay, const liq_touched *touched,
                          uint32_t position, const liq_row_record *result, uint32_t asset,
                          int64_t maintenance);
static liq_int128 divide_floor(liq_int128 dividend, liq_int128 divisor);
static liq_int128 wide_signed(liq_wide value);

bool liq_share_make(liq_share *out, liq_overlay *overlay, const liq_touched *touched,
                    uint32_t position, const liq_row_record *result)
{
    const liq_position *held = &touched->positions[position];
    const liq_margin_tables tables = liq_market_tables(overlay->market);
    const liq_instrument_record record = tables.instruments[held->instrument_index];
    const liq_asset_record asset = tables.assets[record.asset_index];
    const liq_leg_sum leg = liq_touched_leg(overlay, touched, position);
    int64_t units;

    *out = (liq_share){.lots = (int64_t)liq_size_of(held->quantity_lots),
                       .is_long = held->quantity_lots > 0};
    out->value = out->is_long ? record.value_floor : record.value_ceil;
    if (!leg_cash(&out->maintenance, &out->notional, overlay, &leg, record.asset_index))
        return false;
    if (touched->mode == LIQ_ACCOUNT_PORTFOLIO && result->notional > 0)
        out->maintenance =
            (int64_t)((liq_int128)result->maintenance *
                      (out->notional < result->notional ? out->notional : result->notional) /
                      result->notional);
    if (!equity_of_row(&units, overlay, touched, position, result, record.asset_index,
                       out->maintenance))
        return false;
    /* A unit is 10^16 grains, a fine unit 10^r of them. */
    out->equity = (liq_int128)units * (LIQ_GRAINS_PER_UNIT / (int64_t)asset.grains_per_fine);
    return true;
}

/* Exact: lots x value - equity x lots / all lots for a long, mirrored for a short. */
liq_int128 liq_bankruptcy_proceeds_ceil(const liq_share *share, int64_t lots)
{
    const liq_int128 at_mark = (liq_int128)lots * share->value;

    return (share->is_long ? at_mark : -at_mark) - liq_share_equity_floor(share, lots);
}

liq_int128 liq_share_equity_floor(const liq_share *share, int64_t lots)
{
    /* equity = q x lots + r: no product is past 128 bits */
    const liq_int128 whole = divide_floor(share->equity, share->lots);
    const liq_int128 rest = share->equity - whole * share->lots;

    return whole * lots + divide_floor(rest * lots, share->lots);
}

int64_t liq_bankruptcy_value(const liq_share *share)
{
    const liq_int128 per_lot = divide_floor(share->equity, share->lots);
    const liq_int128 value = share->is_long ? share->value - per_lot : share->value + per_lot;

    if (value > INT64_MAX || value < -INT64_MAX)
        return value < 0 ? -INT64_MAX : INT64_MAX;
    return (int64_t)value;
}

int64_t liq_fillable_value(const liq_share *share, const liq_liquidation *rules,
                           const liq_row_record *result)
{
    const int64_t one = LIQ_RATE_NANO;
    liq_int128 gone = one;
    liq_int128 offset;

    if (result->maintenance > 0)
        gone = (liq_int128)(result->maintenance - result->equity) * one / result->maintenance;
    gone = gone * rules->fillable_adjustment / one;
    if (gone < 0)
        gone = 0;
    if (gone > one)
        gone = one;
    if (share->notional == 0)
        return share->value;
    offset = gone * rules->fillable_spread / one; /* 10^-9 of the maintenance rate */
    offset =
        (liq_int128)liq_size_of(share->value) * share->maintenance / share->notional * offset / one;
    return (int64_t)(share->is_long ? share->value - offset : share->value + offset);
}

bool liq_units_to_cash_floor(int64_t *out, liq_asset_record asset, int64_t units)
{
    const liq_int128 cash =
        divide_floor((liq_int128)units * asset.exchange_rate, LIQ_EXCHANGE_RATE_ONE);

    *out = (int64_t)cash;
    return cash <= INT64_MAX && cash >= -INT64_MAX;
}

bool liq_cash_to_units_floor(int64_t *out, liq_asset_record asset, int64_t cash)
{
    liq_int128 units;

    if (asset.exchange_rate == 0)
        return false;
    units = divide_floor((liq_int128)cash * LIQ_EXCHANGE_RATE_ONE, asset.exchange_rate);
    *out = (int64_t)units;
    return units <= INT64_MAX && units >= -INT64_MAX;
}

/* Requirements in cash units, rounded up, for comparing positions of one account. */
static bool leg_cash(int64_t *maintenance, int64_t *notional, const liq_overlay *overlay,
                     const liq_leg_sum *leg, uint32_t asset)
{
    const liq_asset_record record = overlay->market->assets[asset];
    const liq_wide bound = liq_units_bound();
    const liq_wide grains = liq_wide_scale(leg->notional, record.grains_per_fine);

    return leg->reason == LIQ_REASON_NONE && liq_wide_within(leg->maintenance, bound) &&
           liq_wide_within(grains, bound) &&
           liq_units_to_cash_floor(maintenance, record, liq_units_ceil(leg->maintenance)) &&
           liq_units_to_cash_floor(notional, record, liq_units_ceil(grains));
}

/* What of the row's equity a position bears, in units of its settle asset, rounded down. */
static bool equity_of_row(int64_t *units, liq_overlay *overlay, const liq_touched *touched,
                          uint32_t position, const liq_row_record *result, uint32_t asset,
                          int64_t maintenance)
{
    const liq_position *held = &touched->positions[position];
    const liq_asset_record record = overlay->market->assets[asset];
    int64_t cash = result->equity;

    if (held->isolated) {
        /* In the asset itself: going through cash would round twice. */
        const liq_leg_sum leg = liq_touched_leg(overlay, touched, position);
        const liq_int128 pnl = wide_signed(leg.pnl) * (int64_t)record.grains_per_fine;
        const liq_int128 sum = held->isolated_margin + divide_floor(pnl, LIQ_GRAINS_PER_UNIT);

        *units = (int64_t)sum;
        return sum <= INT64_MAX && sum >= -INT64_MAX;
    }
    if (touched->open_cross > 1 && result->maintenance > 0)
        cash = (int64_t)divide_floor((liq_int128)cash * (maintenance < result->maintenance
                                                             ? maintenance
                                                             : result->maintenance),
                                     result->maintenance);
    if (record.flags & LIQ_ASSET_MARGIN_CURRENCY) {
        *units = cash;
        return true;
    }
    return liq_cash_to_units_floor(units, record, cash);
}

static liq_int128 divide_floor(liq_int128 dividend, liq_int128 divisor)
{
    const liq_int128 quotient = dividend / divisor;

    return quotient - ((dividend % divisor != 0) && (dividend < 0) != (divisor < 0));
}

static liq_int128 wide_signed(liq_wide value)
{
    return (liq_int128)((liq_uint128)value.high << 64 | value.low);
}
