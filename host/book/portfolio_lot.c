#include "book/portfolio_lot.h"

#include "base/fail.h"

enum { ONE = 1000000, RATE_DECIMALS = 12 };

static liq_int128 divide_floor(liq_int128 value, liq_int128 by);
static liq_int128 divide_ceil(liq_int128 value, liq_int128 by);

liq_fine_exchange liq_fine_exchange_of(const liq_venue *venue, uint32_t asset_index,
                                       int64_t exchange_rate)
{
    const liq_asset *cash = &venue->assets[0];
    const liq_asset *asset = &venue->assets[asset_index];
    /* The more fine units a unit of the asset has, the more of them make one of cash. */
    const int32_t decimals = RATE_DECIMALS + (asset->value_decimals - asset->decimals) -
                             (cash->value_decimals - cash->decimals);
    liq_fine_exchange out = {.rate = exchange_rate, .divisor = 1};

    LIQ_ASSERT(decimals >= 0 && decimals <= 18);
    for (int32_t i = 0; i < decimals; i++)
        out.divisor *= 10;
    return out;
}

liq_bracket liq_fine_exchanged(liq_bracket value, liq_fine_exchange exchange)
{
    return liq_bracket_scaled(value, exchange.rate, (liq_int128)exchange.divisor);
}

/*
 * A lot is worth v. Linear: v (1 + s), so the PnL is v s. Inverse: v / (1 + s), which is negative,
 * so the PnL is -v s / (1 + s): a short gains more from a fall than it loses to a rise.
 */
liq_bracket liq_scenario_pnl(liq_instrument_kind kind, liq_bracket value,
                             const liq_portfolio_scenario *scenario)
{
    const int64_t numerator = scenario->price_ppm * scenario->cover_ppm;

    if (kind == LIQ_INSTRUMENT_INVERSE)
        return liq_bracket_scaled(value, -numerator, (liq_int128)(ONE + scenario->price_ppm) * ONE);
    return liq_bracket_scaled(value, numerator, (liq_int128)ONE * ONE);
}

liq_bracket liq_bracket_scaled(liq_bracket value, int64_t numerator, liq_int128 denominator)
{
    const liq_int128 one = value.low * numerator;
    const liq_int128 other = value.high * numerator;

    return (liq_bracket){.low = divide_floor(one < other ? one : other, denominator),
                         .high = divide_ceil(one < other ? other : one, denominator)};
}

static liq_int128 divide_floor(liq_int128 value, liq_int128 by)
{
    const liq_int128 quotient = value / by;

    return quotient - (value % by < 0);
}

static liq_int128 divide_ceil(liq_int128 value, liq_int128 by)
{
    const liq_int128 quotient = value / by;

    return quotient + (value % by > 0);
}
