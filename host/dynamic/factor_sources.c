#include "dynamic/factor_sources.h"

#include "policy/policy_dynamic.h"

enum { CONCENTRATION_MAX = 1000000000, ROOM_BITS = 60 };

/* part / whole, of few enough bits to be multiplied; part rounded up and whole down. */
typedef struct small_ratio {
    liq_uint128 part;
    liq_uint128 whole;
} small_ratio;

static small_ratio ratio_make(liq_int128 part, liq_int128 whole);
static liq_uint128 divide_ceil(liq_uint128 value, liq_uint128 by);

uint32_t liq_interest_factor_ceil(uint32_t base_ppm, liq_int128 interest, liq_int128 lower,
                                  liq_int128 upper)
{
    const liq_int128 one = LIQ_FACTOR_ONE;
    small_ratio above;
    liq_uint128 factor;

    if (interest <= lower || base_ppm >= LIQ_FACTOR_ONE)
        return LIQ_FACTOR_ONE;
    above = ratio_make(interest < upper ? interest - lower : upper - lower, upper - lower);
    factor = divide_ceil((base_ppm * above.whole + (liq_uint128)(one - base_ppm) * above.part) *
                             LIQ_FACTOR_ONE,
                         base_ppm * above.whole);
    return factor < LIQ_FACTOR_PPM_MAX ? (uint32_t)factor : LIQ_FACTOR_PPM_MAX;
}

uint32_t liq_share_between_ceil(liq_int128 value, liq_int128 lower, liq_int128 upper)
{
    small_ratio above;

    if (value <= lower)
        return 0;
    if (value >= upper)
        return LIQ_FACTOR_ONE;
    above = ratio_make(value - lower, upper - lower);
    return (uint32_t)divide_ceil(above.part * LIQ_FACTOR_ONE, above.whole);
}

uint32_t liq_concentration_ceil(liq_int128 interest, liq_int128 depth)
{
    small_ratio ratio;
    liq_uint128 ppm;

    if (interest <= 0)
        return 0;
    if (depth <= 0 || interest / depth >= CONCENTRATION_MAX / LIQ_FACTOR_ONE)
        return CONCENTRATION_MAX;
    ratio = ratio_make(interest, depth);
    ppm = divide_ceil(ratio.part * LIQ_FACTOR_ONE, ratio.whole);
    return ppm < CONCENTRATION_MAX ? (uint32_t)ppm : CONCENTRATION_MAX;
}

uint32_t liq_ramp_factor_ceil(uint32_t ratio_ppm, uint32_t lower_ppm, uint32_t upper_ppm,
                              uint32_t top_ppm)
{
    const uint64_t rise = top_ppm - LIQ_FACTOR_ONE;
    const uint64_t width = upper_ppm - lower_ppm;

    if (ratio_ppm <= lower_ppm)
        return LIQ_FACTOR_ONE;
    if (ratio_ppm >= upper_ppm)
        return top_ppm;
    return LIQ_FACTOR_ONE + (uint32_t)((rise * (ratio_ppm - lower_ppm) + width - 1) / width);
}

/* What both lose on the way is a share of 2^-59 at most. */
static small_ratio ratio_make(liq_int128 part, liq_int128 whole)
{
    small_ratio out = {(liq_uint128)part, (liq_uint128)whole};
    const liq_uint128 larger = out.part > out.whole ? out.part : out.whole;
    const uint64_t high = (uint64_t)(larger >> 64);
    const uint64_t low = (uint64_t)larger;
    const int bits = high != 0 ? 128 - __builtin_clzll(high) : 64 - __builtin_clzll(low | 1);
    const int shift = bits > ROOM_BITS ? bits - ROOM_BITS : 0;

    out.part = (out.part >> shift) + ((out.part & (((liq_uint128)1 << shift) - 1)) != 0);
    out.whole >>= shift;
    if (out.whole == 0)
        out.whole = 1;
    return out;
}

static liq_uint128 divide_ceil(liq_uint128 value, liq_uint128 by)
{
    return value / by + (value % by != 0);
}
