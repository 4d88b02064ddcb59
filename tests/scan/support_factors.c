#include "support_factors.h"

#include "base/fail.h"

enum { GRAIN_DECIMALS_MORE = 16, SLOPED_MORE = 6 };

static bool table_scale(const liq_venue *venue, const liq_instrument *instrument, liq_tier *tiers,
                        liq_margin_factors factors);
static bool decimal_scale(liq_decimal *value, uint32_t ppm, int32_t decimals_max, bool is_rate);

uint32_t liq_venue_draw_scaled(const liq_venue *venue, liq_random *random, liq_tier *tiers,
                               liq_margin_factors *factors)
{
    static const uint32_t ppms[] = {500000, 1000000, 1250000, 1500000, 2000000, 3000000, 4000000};
    const uint64_t kinds = sizeof ppms / sizeof ppms[0];
    uint32_t scaled = 0;

    for (uint32_t i = 0; i < venue->instrument_count; i++) {
        const liq_instrument *instrument = &venue->instruments[i];

        factors[i] = (liq_margin_factors){ppms[liq_random_below(random, kinds)],
                                          ppms[liq_random_below(random, kinds)]};
        for (uint32_t n = 0; n < instrument->tier_count; n++)
            tiers[instrument->tier_first + n] = venue->tiers[instrument->tier_first + n];
        if (table_scale(venue, instrument, tiers, factors[i])) {
            scaled += !liq_margin_factors_equal(factors[i], liq_margin_factors_one());
            continue;
        }
        factors[i] = liq_margin_factors_one();
        for (uint32_t n = 0; n < instrument->tier_count; n++)
            tiers[instrument->tier_first + n] = venue->tiers[instrument->tier_first + n];
    }
    return scaled;
}

static bool table_scale(const liq_venue *venue, const liq_instrument *instrument, liq_tier *tiers,
                        liq_margin_factors factors)
{
    const bool linear = instrument->tier_form == LIQ_TIER_LINEAR;
    const int32_t decimals = liq_asset_rate_decimals(&venue->assets[instrument->settle_index]) +
                             (linear ? SLOPED_MORE : 0);

    for (uint32_t i = 0; i < instrument->tier_count; i++) {
        liq_tier *tier = &tiers[instrument->tier_first + i];
        const liq_int128 grains = tier->deduction_grains * factors.maintenance_ppm;

        if (!decimal_scale(&tier->maintenance_rate, factors.maintenance_ppm, decimals, true) ||
            !decimal_scale(&tier->initial_rate, factors.initial_ppm, decimals, true) ||
            !decimal_scale(&tier->maintenance_slope, factors.maintenance_ppm,
                           LIQ_DECIMAL_DECIMALS_MAX, false) ||
            !decimal_scale(&tier->initial_slope, factors.initial_ppm, LIQ_DECIMAL_DECIMALS_MAX,
                           false) ||
            grains % LIQ_FACTOR_ONE != 0)
            return false;
        tier->deduction_grains = grains / LIQ_FACTOR_ONE;
    }
    return true;
}

static bool decimal_scale(liq_decimal *value, uint32_t ppm, int32_t decimals_max, bool is_rate)
{
    liq_decimal factor;

    LIQ_ASSERT(liq_decimal_from_units(&factor, ppm, 6));
    return liq_decimal_multiply(value, *value, factor) && value->decimals <= decimals_max &&
           (!is_rate || liq_decimal_compare(*value, (liq_decimal){1, 0}) <= 0);
}
