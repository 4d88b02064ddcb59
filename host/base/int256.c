#include "base/int256.h"

#include <stddef.h>

#include "base/fail.h"

unsigned liq_int256_bits(liq_int256 value)
{
    for (unsigned i = LIQ_INT256_LIMBS; i-- > 0;)
        if (value.limbs[i] != 0)
            return (i + 1) * 64 - (unsigned)__builtin_clzll(value.limbs[i]);
    return 0;
}

uint64_t liq_int256_limb_at(liq_int256 value, unsigned shift)
{
    const unsigned limb = shift / 64;
    const unsigned bits = shift % 64;
    uint64_t out = value.limbs[limb] >> bits;

    if (bits > 0 && limb + 1 < LIQ_INT256_LIMBS)
        out |= value.limbs[limb + 1] << (64 - bits);
    return out;
}

/*
 * A divisor of up to 64 bits is taken as it is. Else both are cut by the same number of bits, so
 * that 64 bits of the divisor are left, its top bit set. With d = floor(divisor / 2^shift) >= 2^63
 * the estimate floor(floor(value / 2^shift) / d) is not below the quotient q, because the cut
 * divisor is not above the true one, and at most q + 1: value / (2^shift d) < (q + 1)(d + 1) / d =
 * q + 1 + (q + 1) / d, where q + 1 <= 2^63 <= d.
 */
uint64_t liq_int256_divide(liq_int256 *rest, liq_int256 value, liq_int256 divisor)
{
    const unsigned bits = liq_int256_bits(divisor);
    const unsigned shift = bits > 64 ? bits - 64 : 0;
    const uint64_t low = liq_int256_limb_at(value, shift);
    const uint64_t high = shift + 64 < 256 ? liq_int256_limb_at(value, shift + 64) : 0;
    liq_uint128 quotient;
    liq_int256 left;

    LIQ_ASSERT(bits > 0 && !liq_int256_negative(divisor) && !liq_int256_negative(value));
    LIQ_ASSERT(liq_int256_bits(value) <= bits + 63);
    quotient = ((liq_uint128)high << 64 | low) / liq_int256_limb_at(divisor, shift);
    left = liq_int256_subtract(value,
                               liq_int256_multiply(liq_int256_from_unsigned(quotient), divisor));
    if (liq_int256_negative(left)) {
        quotient--;
        left = liq_int256_add(left, divisor);
    }
    LIQ_ASSERT(quotient <= INT64_MAX);
    if (rest != NULL)
        *rest = left;
    return (uint64_t)quotient;
}
