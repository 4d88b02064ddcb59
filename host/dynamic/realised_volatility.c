#include "dynamic/realised_volatility.h"

#include "policy/policy_dynamic.h"

enum { RETURN_DECIMALS = 9, RATIO_MAX = 100 };

static uint64_t return_ceil(liq_decimal mark, liq_decimal before);

liq_uint128 liq_variance_of_floor(uint32_t ppm)
{
    const liq_uint128 square = (liq_uint128)ppm * ppm; /* 10^-12 */
    const liq_uint128 units = (square * 1000000 << LIQ_VARIANCE_SHIFT) / LIQ_YEAR_MS;

    return units > 0 ? units : 1;
}

uint64_t liq_volatility_ppm_ceil(liq_uint128 variance)
{
    const liq_uint128 year = variance * LIQ_YEAR_MS;
    const liq_uint128 unit = (liq_uint128)1000000 << LIQ_VARIANCE_SHIFT;

    return liq_root_ceil(year / unit + (year % unit != 0));
}

void liq_realised_see(liq_realised *realised, const liq_half_powers *powers, int64_t half_life_ms,
                      int64_t sample_ms, int64_t time_ms, liq_decimal mark)
{
    const liq_uint128 passed = (liq_uint128)(time_ms - realised->mark_ms);
    liq_uint128 sample;
    uint64_t weight;

    if (mark.digits == 0)
        return;
    if (realised->mark.digits != 0) {
        if (time_ms - realised->mark_ms < sample_ms)
            return;
        sample = return_ceil(mark, realised->mark);
        sample = ((sample * sample << LIQ_VARIANCE_SHIFT) + passed - 1) / passed;
        weight = liq_half_power_floor(powers, (uint64_t)passed, (uint64_t)half_life_ms);
        /* What is left of no weight is all of it, which 64 bits do not hold. */
        realised->variance = weight == 0 ? sample
                                         : liq_weighted_ceil(realised->variance, weight) +
                                               liq_weighted_ceil(sample, 0 - weight);
    }
    realised->mark = mark;
    realised->mark_ms = time_ms;
}

uint32_t liq_volatility_ratio_ppm_ceil(liq_uint128 variance, liq_uint128 reference)
{
    const liq_uint128 square_of_ppm = 1000000000000;
    liq_uint128 scaled;
    uint64_t ratio;

    if (variance >= reference * RATIO_MAX * RATIO_MAX)
        return LIQ_FACTOR_PPM_MAX;
    scaled = variance * square_of_ppm;
    ratio = liq_root_ceil(scaled / reference + (scaled % reference != 0));
    return ratio < LIQ_FACTOR_PPM_MAX ? (uint32_t)ratio : LIQ_FACTOR_PPM_MAX;
}

/* Of either sign. */
static uint64_t return_ceil(liq_decimal mark, liq_decimal before)
{
    const bool rises = liq_decimal_compare(mark, before) > 0;
    int64_t ratio;
    int64_t size;

    if (!liq_decimal_divide(&ratio, mark, before, RETURN_DECIMALS,
                            rises ? LIQ_ROUND_CEIL : LIQ_ROUND_FLOOR))
        return LIQ_RETURN_ONE;
    size = rises ? ratio - LIQ_RETURN_ONE : LIQ_RETURN_ONE - ratio;
    return size < LIQ_RETURN_ONE ? (uint64_t)size : LIQ_RETURN_ONE;
}
