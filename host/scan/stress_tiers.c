#include "scan/stress_tiers.h"

#include <math.h>

/* Of the ends of two tiers: below it they are one continuous line. */
#define SMOOTH_SHARE 1e-12

/* The rule refuses rates from 9 on. */
#define RATE_MAX 8.99

/* Such rates count 10^-12 at the coarsest; slope and rate are rounded once each. */
#define SLOPED_RATE_ERROR 4e-12

static uint32_t tier_at(const liq_market *market, const liq_venue *venue, uint32_t instrument,
                        int64_t lots, uint64_t size);
static double tier_rate(const liq_market *market, const liq_venue *venue, const liq_stress_leg *leg,
                        uint32_t tier);
static bool rates_fit(const liq_market *market, const liq_stress_prices *prices,
                      const liq_stress_leg *leg, uint32_t tier);
static double maintenance_slope(const liq_market *market, const liq_venue *venue,
                                uint32_t instrument, uint32_t tier);
static double initial_slope(const liq_market *market, const liq_venue *venue, uint32_t instrument,
                            uint32_t tier);
static double slope_rate(const liq_stress_prices *prices, const liq_stress_leg *leg, double slope);
static double units_of(liq_wide grains);
static double double_of(liq_decimal value);

bool liq_stress_leg_read(liq_stress_leg *out, const liq_market *market,
                         const liq_stress_prices *prices, uint32_t instrument, int64_t lots)
{
    const liq_venue *venue = prices->venue;
    const liq_stress_span *span = &prices->spans[instrument];
    const liq_instrument *record = &venue->instruments[instrument];
    const double least =
        (double)lots * (double)span->size_least / prices->fine_per_unit[instrument];
    liq_stress_leg leg = {.instrument = instrument,
                          .asset = record->settle_index,
                          .lots = (double)lots,
                          .sign = record->kind == LIQ_INSTRUMENT_INVERSE ? -1.0 : 1.0,
                          .rate_error =
                              record->tier_form == LIQ_TIER_LINEAR ? SLOPED_RATE_ERROR : 0.0,
                          .price_most = liq_stress_price_most(prices, instrument)};

    leg.exchange_most = (double)prices->rate_spans[leg.asset].most / (double)LIQ_EXCHANGE_RATE_ONE;
    leg.gap =
        span->has_gap ? leg.lots / prices->fine_per_unit[instrument] * leg.exchange_most : 0.0;
    leg.tier = tier_at(market, venue, instrument, lots, span->size_least);
    leg.tier_most = tier_at(market, venue, instrument, lots, span->size_most);
    for (uint32_t tier = leg.tier; tier <= leg.tier_most; tier++)
        if (!rates_fit(market, prices, &leg, tier))
            return false;
    leg.rate = tier_rate(market, venue, &leg, leg.tier);
    leg.deduction = units_of(market->tiers[leg.tier].deduction);
    if (prices->squares[instrument] != LIQ_NO_INDEX &&
        venue->tiers[leg.tier].maintenance_slope.digits != 0) {
        const double units = (double)span->size_most / prices->fine_per_unit[instrument];

        if (leg.tier != leg.tier_most || !span->is_fine)
            return false;
        leg.square = maintenance_slope(market, venue, instrument, leg.tier) * leg.lots * leg.lots *
                     pow(10.0, -venue->assets[leg.asset].decimals);
        leg.square_most = units * units * leg.exchange_most;
    }
    *out = leg;
    /* The rule never lets a deduction take more than there is. */
    return leg.deduction <= least * leg.rate * (1.0 + SMOOTH_SHARE);
}

bool liq_stress_floor_read(liq_stress_floor *out, const liq_market *market,
                           const liq_stress_prices *prices, const liq_stress_leg *leg,
                           uint32_t tier)
{
    const liq_venue *venue = prices->venue;
    const double rate = tier_rate(market, venue, leg, tier);
    const double below = tier_rate(market, venue, leg, tier - 1);
    const double deduction = units_of(market->tiers[tier].deduction);

    out->units = (double)market->floors_fine[tier] / prices->fine_per_unit[leg->instrument];
    out->rate = rate - below;
    out->step = deduction - units_of(market->tiers[tier - 1].deduction);
    out->is_smooth =
        fabs(out->step - out->units * out->rate) <= SMOOTH_SHARE * out->units * fmax(rate, below);
    /* Whether a size is past a floor that jumps has to be told apart. */
    return deduction <= out->units * rate * (1.0 + SMOOTH_SHARE) &&
           (out->is_smooth || prices->spans[leg->instrument].is_fine);
}

double liq_stress_price_most(const liq_stress_prices *prices, uint32_t instrument)
{
    const uint32_t asset = prices->venue->instruments[instrument].settle_index;

    return (double)prices->spans[instrument].size_most / prices->fine_per_unit[instrument] *
           ((double)prices->rate_spans[asset].most / (double)LIQ_EXCHANGE_RATE_ONE);
}

/* The tier that holds for a size when a lot is worth so much: as floor_lots in market.c. */
static uint32_t tier_at(const liq_market *market, const liq_venue *venue, uint32_t instrument,
                        int64_t lots, uint64_t size)
{
    const liq_instrument *record = &venue->instruments[instrument];
    const liq_int128 notional = (liq_int128)lots * (liq_int128)size;
    const bool whole = record->tier_form == LIQ_TIER_WHOLE;
    uint32_t tier = record->tier_first;

    while (tier + 1 < record->tier_first + record->tier_count) {
        const liq_int128 floor = market->floors_fine[tier + 1];

        if (venue->tiers[tier + 1].floor.digits == 0) {
            tier++; /* it holds from nothing on */
            continue;
        }
        if (record->tier_measure == LIQ_TIER_BY_QUANTITY
                ? market->tiers[tier + 1].floor_lots > lots
                : floor < 0 || (whole ? notional <= floor : notional < floor))
            break;
        tier++;
    }
    return tier;
}

/* Of a rate that grows with the size: all of it but, in coins, what follows the price. */
static double tier_rate(const liq_market *market, const liq_venue *venue, const liq_stress_leg *leg,
                        uint32_t tier)
{
    const liq_instrument *record = &venue->instruments[leg->instrument];
    const double one = (double)market->assets[leg->asset].grains_per_fine;
    const double base = (double)market->tiers[tier].maintenance_rate / one;

    if (record->tier_form != LIQ_TIER_LINEAR)
        return base;
    if (record->kind == LIQ_INSTRUMENT_INVERSE)
        return base / (double)LIQ_SLOPED_RATE_FINER;
    return base / (double)LIQ_SLOPED_RATE_FINER +
           maintenance_slope(market, venue, leg->instrument, tier) *
               double_of(record->lot_multiplier) * leg->lots;
}

/* Whether both rates of a tier stay in range in every scenario. */
static bool rates_fit(const liq_market *market, const liq_stress_prices *prices,
                      const liq_stress_leg *leg, uint32_t tier)
{
    const double one = (double)market->assets[leg->asset].grains_per_fine;
    const liq_tier_record *record = &market->tiers[tier];

    if (prices->venue->instruments[leg->instrument].tier_form != LIQ_TIER_LINEAR)
        return (double)record->maintenance_rate < RATE_MAX * one;
    return (double)record->maintenance_rate / one / (double)LIQ_SLOPED_RATE_FINER +
                   slope_rate(prices, leg,
                              maintenance_slope(market, prices->venue, leg->instrument, tier)) <
               RATE_MAX &&
           (double)record->initial_rate / one / (double)LIQ_SLOPED_RATE_FINER +
                   slope_rate(prices, leg,
                              initial_slope(market, prices->venue, leg->instrument, tier)) <
               RATE_MAX;
}

/* Slopes under the factors that hold. */
static double maintenance_slope(const liq_market *market, const liq_venue *venue,
                                uint32_t instrument, uint32_t tier)
{
    return double_of(liq_slope_scaled_ceil(venue->tiers[tier].maintenance_slope,
                                           market->factors[instrument].maintenance_ppm));
}

static double initial_slope(const liq_market *market, const liq_venue *venue, uint32_t instrument,
                            uint32_t tier)
{
    return double_of(liq_slope_scaled_ceil(venue->tiers[tier].initial_slope,
                                           market->factors[instrument].initial_ppm));
}

/* What a slope comes to at most. */
static double slope_rate(const liq_stress_prices *prices, const liq_stress_leg *leg, double slope)
{
    const liq_instrument *record = &prices->venue->instruments[leg->instrument];
    const double lot = record->kind == LIQ_INSTRUMENT_INVERSE
                           ? (double)prices->spans[leg->instrument].size_most *
                                 pow(10.0, -prices->venue->assets[leg->asset].value_decimals)
                           : double_of(record->lot_multiplier);

    return slope * lot * leg->lots;
}

static double units_of(liq_wide grains)
{
    return ((double)(liq_i64)grains.high * 0x1p64 + (double)grains.low) /
           (double)LIQ_GRAINS_PER_UNIT;
}

static double double_of(liq_decimal value)
{
    return (double)value.digits * pow(10.0, -value.decimals);
}
