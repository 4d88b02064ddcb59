#include "book/margin_factors.h"

#include "base/fail.h"
#include "book/venue.h"
#include "liq_limits.h"

/* A rate of a linear-in-size table has so many decimals more than another. */
enum { SLOPED_RATE_DECIMALS = 6, FACTOR_DECIMALS = 6 };

/* More than a factor multiplies by at most. */
enum { SCALED_ROOM = 128 };

static int64_t rate_scaled_ceil(liq_decimal rate, uint32_t factor_ppm, int32_t decimals);
static liq_int128 units_ceil(liq_decimal rate, int32_t decimals);
static bool deduction_scale(liq_scaled_tier *out, const liq_venue *venue,
                            const liq_instrument *instrument, uint32_t tier,
                            const liq_scaled_tier *before, uint32_t factor_ppm);
static bool line_of(liq_int128 *out, liq_int128 before, liq_int128 floor_fine, liq_int128 rise);
static liq_int128 grains_scaled(liq_int128 grains, uint32_t factor_ppm, liq_rounding rounding);
static bool slopes_fit(const liq_instrument *instrument, const liq_tier *tier,
                       liq_margin_factors factors);
static bool slope_fits(const liq_instrument *instrument, liq_decimal slope, uint32_t factor_ppm);

liq_margin_factors liq_margin_factors_one(void)
{
    return (liq_margin_factors){LIQ_FACTOR_ONE, LIQ_FACTOR_ONE};
}

liq_status liq_margin_factors_check(const liq_venue *venue, uint32_t instrument_index,
                                    liq_margin_factors factors, liq_error *err)
{
    const liq_instrument *instrument = &venue->instruments[instrument_index];
    const char *symbol = liq_names_get(venue->instrument_names, instrument_index);
    liq_scaled_tier scaled = {0};

    if (factors.maintenance_ppm == 0 || factors.maintenance_ppm > LIQ_FACTOR_PPM_MAX ||
        factors.initial_ppm == 0 || factors.initial_ppm > LIQ_FACTOR_PPM_MAX)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0,
                        "factors of %u and %u parts per million are not in 1 .. %d",
                        factors.maintenance_ppm, factors.initial_ppm, LIQ_FACTOR_PPM_MAX);
    for (uint32_t i = 0; i < instrument->tier_count; i++) {
        const liq_scaled_tier before = scaled;

        if (!slopes_fit(instrument, &venue->tiers[instrument->tier_first + i], factors))
            return liq_fail(err, LIQ_OUT_OF_RANGE, 0,
                            "one lot of %s alone would have a rate of %d or more", symbol,
                            LIQ_RATE_WHOLE_MAX);
        if (!liq_tier_scale(&scaled, venue, instrument_index, i, &before, factors))
            return liq_fail(err, LIQ_OUT_OF_RANGE, 0,
                            "the deduction of tier %u of %s would be past its limit", i, symbol);
    }
    return LIQ_OK;
}

bool liq_tier_scale(liq_scaled_tier *out, const liq_venue *venue, uint32_t instrument_index,
                    uint32_t tier, const liq_scaled_tier *before, liq_margin_factors factors)
{
    const liq_instrument *instrument = &venue->instruments[instrument_index];
    const liq_tier *from = &venue->tiers[instrument->tier_first + tier];
    const int32_t decimals = liq_asset_rate_decimals(&venue->assets[instrument->settle_index]) +
                             (instrument->tier_form == LIQ_TIER_LINEAR ? SLOPED_RATE_DECIMALS : 0);

    out->maintenance_rate =
        rate_scaled_ceil(from->maintenance_rate, factors.maintenance_ppm, decimals);
    out->initial_rate = rate_scaled_ceil(from->initial_rate, factors.initial_ppm, decimals);
    return deduction_scale(out, venue, instrument, tier, before, factors.maintenance_ppm);
}

liq_decimal liq_slope_scaled_ceil(liq_decimal slope, uint32_t factor_ppm)
{
    const liq_int128 limit = 1000000000000000000; /* 10^LIQ_DECIMAL_DIGITS_MAX */
    liq_int128 digits = (liq_int128)slope.digits * factor_ppm;
    int32_t decimals = slope.decimals + FACTOR_DECIMALS;
    liq_decimal out;

    if (factor_ppm == LIQ_FACTOR_ONE)
        return slope;
    while (decimals > 0 && (digits >= limit || decimals > LIQ_DECIMAL_DECIMALS_MAX)) {
        digits = digits / 10 + (digits % 10 != 0);
        decimals--;
    }
    /* Past that a slope was refused at the door. */
    LIQ_ASSERT(digits < limit && liq_decimal_from_units(&out, (int64_t)digits, decimals));
    return out;
}

/* At most 100%, or what the table asks for itself. */
static int64_t rate_scaled_ceil(liq_decimal rate, uint32_t factor_ppm, int32_t decimals)
{
    const liq_int128 plain = units_ceil(rate, decimals);
    liq_int128 most = units_ceil((liq_decimal){1, 0}, decimals);
    liq_int128 scaled;
    liq_decimal factor;

    if (factor_ppm == LIQ_FACTOR_ONE)
        return (int64_t)plain;
    most = plain > most ? plain : most;
    LIQ_ASSERT(liq_decimal_from_units(&factor, factor_ppm, FACTOR_DECIMALS));
    if (!liq_decimal_product(&scaled, rate, factor, decimals, LIQ_ROUND_CEIL) || scaled > most)
        scaled = most;
    return (int64_t)scaled;
}

static liq_int128 units_ceil(liq_decimal rate, int32_t decimals)
{
    liq_int128 out;

    /* Rates were checked at the door to be below LIQ_RATE_WHOLE_MAX. */
    LIQ_ASSERT(liq_decimal_scale(&out, rate, decimals, LIQ_ROUND_CEIL) && out <= INT64_MAX);
    return out;
}

/*
 * What a deduction lacks to make the table continuous at its floor is scaled, rounded up, and taken
 * from the one that would: so a table without a jump has none, and one that jumps does so by the
 * factor.
 */
static bool deduction_scale(liq_scaled_tier *out, const liq_venue *venue,
                            const liq_instrument *instrument, uint32_t tier,
                            const liq_scaled_tier *before, uint32_t factor_ppm)
{
    const liq_asset *asset = &venue->assets[instrument->settle_index];
    const int32_t decimals = liq_asset_rate_decimals(asset);
    const liq_int128 most = (liq_int128)LIQ_I64_MAX * LIQ_GRAINS_PER_UNIT;
    const liq_tier *from = &venue->tiers[instrument->tier_first + tier];
    liq_int128 floor_fine;
    liq_int128 plain;
    liq_int128 scaled;

    out->deduction_grains = from->deduction_grains;
    if (factor_ppm == LIQ_FACTOR_ONE ||
        (instrument->tier_form != LIQ_TIER_DEDUCTION && instrument->tier_form != LIQ_TIER_MARGINAL))
        return true;
    if (tier == 0 ||
        !liq_decimal_scale(&floor_fine, from->floor, asset->value_decimals, LIQ_ROUND_FLOOR) ||
        !line_of(&plain, from[-1].deduction_grains, floor_fine,
                 units_ceil(from->maintenance_rate, decimals) -
                     units_ceil(from[-1].maintenance_rate, decimals)) ||
        !line_of(&scaled, before->deduction_grains, floor_fine,
                 out->maintenance_rate - before->maintenance_rate)) {
        out->deduction_grains = grains_scaled(from->deduction_grains, factor_ppm, LIQ_ROUND_FLOOR);
        return out->deduction_grains <= most;
    }
    scaled -= grains_scaled(plain - from->deduction_grains, factor_ppm, LIQ_ROUND_CEIL);
    out->deduction_grains = scaled > 0 ? scaled : 0;
    return out->deduction_grains <= most;
}

/* What makes margin continuous at a floor at which the rate rises. */
static bool line_of(liq_int128 *out, liq_int128 before, liq_int128 floor_fine, liq_int128 rise)
{
    return !__builtin_mul_overflow(floor_fine, rise, out) &&
           !__builtin_add_overflow(*out, before, out) && *out < LIQ_INT128_MAX / SCALED_ROOM;
}

/* Of 0 or more, and less than 2^127 / SCALED_ROOM, as every deduction is. */
static liq_int128 grains_scaled(liq_int128 grains, uint32_t factor_ppm, liq_rounding rounding)
{
    const liq_int128 rest = grains % LIQ_FACTOR_ONE * factor_ppm;
    const liq_int128 more = rounding == LIQ_ROUND_CEIL ? LIQ_FACTOR_ONE - 1 : 0;

    return grains / LIQ_FACTOR_ONE * factor_ppm + (rest + more) / LIQ_FACTOR_ONE;
}

static bool slopes_fit(const liq_instrument *instrument, const liq_tier *tier,
                       liq_margin_factors factors)
{
    return slope_fits(instrument, tier->maintenance_slope, factors.maintenance_ppm) &&
           slope_fits(instrument, tier->initial_slope, factors.initial_ppm);
}

/* As slope_read of venue_tiers.c; of an inverse contract the lot has its size from the price. */
static bool slope_fits(const liq_instrument *instrument, liq_decimal slope, uint32_t factor_ppm)
{
    liq_int128 rate;

    if (slope.digits == 0 || factor_ppm == LIQ_FACTOR_ONE)
        return true;
    if (instrument->kind == LIQ_INSTRUMENT_INVERSE)
        return true;
    return liq_decimal_product(&rate, liq_slope_scaled_ceil(slope, factor_ppm),
                               instrument->lot_multiplier, 0, LIQ_ROUND_FLOOR) &&
           rate < LIQ_RATE_WHOLE_MAX;
}
