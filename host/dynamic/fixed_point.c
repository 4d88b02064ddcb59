#include "dynamic/fixed_point.h"

uint64_t liq_root_floor(liq_uint128 value)
{
    liq_uint128 root = 0;
    liq_uint128 rest = value;

    /* One binary digit of the root after the other, as on paper. */
    for (liq_uint128 bit = (liq_uint128)1 << 126; bit != 0; bit >>= 2) {
        const bool fits = rest >= root + bit;

        if (fits)
            rest -= root + bit;
        root >>= 1;
        if (fits)
            root += bit;
    }
    return (uint64_t)root;
}

uint64_t liq_root_ceil(liq_uint128 value)
{
    const uint64_t root = liq_root_floor(value);

    return (liq_uint128)root * root < value && root < UINT64_MAX ? root + 1 : root;
}

void liq_half_powers_fill(liq_half_powers *powers)
{
    powers->roots[0] = (uint64_t)1 << 63;
    for (int i = 1; i < LIQ_HALF_POWERS; i++)
        powers->roots[i] = liq_root_floor((liq_uint128)powers->roots[i - 1] << 64);
}

uint64_t liq_half_power_floor(const liq_half_powers *powers, uint64_t numerator,
                              uint64_t denominator)
{
    const uint64_t whole = numerator / denominator;
    uint64_t rest = numerator % denominator;
    uint64_t power = UINT64_MAX;

    if (whole >= 64)
        return 0;
    for (int i = 1; i < LIQ_HALF_POWERS && rest != 0; i++) {
        rest *= 2;
        if (rest < denominator)
            continue;
        rest -= denominator;
        power = (uint64_t)((liq_uint128)power * powers->roots[i] >> 64);
    }
    return power >> whole;
}

liq_uint128 liq_weighted_ceil(liq_uint128 value, uint64_t weight)
{
    const liq_uint128 low = (liq_uint128)(uint64_t)value * weight;
    const liq_uint128 high = (value >> 64) * weight;

    return high + (low >> 64) + ((uint64_t)low != 0);
}
