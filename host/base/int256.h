/*
 * Signed integers of 256 bits, for exact fractions of sums of money on the host. Arithmetic is
 * modulo 2^256 (two's complement); callers prove by their limits that nothing wraps.
 */
#ifndef LIQ_BASE_INT256_H
#define LIQ_BASE_INT256_H

#include <stdbool.h>
#include <stdint.h>

#include "base/int128.h"

enum { LIQ_INT256_LIMBS = 4 };

typedef struct liq_int256 {
    uint64_t limbs[LIQ_INT256_LIMBS]; /* least first; the top bit of the last one is the sign */
} liq_int256;

static inline liq_int256 liq_int256_from(liq_int128 value)
{
    const uint64_t sign = value < 0 ? UINT64_MAX : 0;

    return (liq_int256){{(uint64_t)value, (uint64_t)((liq_uint128)value >> 64), sign, sign}};
}

static inline liq_int256 liq_int256_from_unsigned(liq_uint128 value)
{
    return (liq_int256){{(uint64_t)value, (uint64_t)(value >> 64), 0, 0}};
}

static inline bool liq_int256_negative(liq_int256 value)
{
    return value.limbs[LIQ_INT256_LIMBS - 1] >> 63 != 0;
}

static inline liq_int256 liq_int256_add(liq_int256 left, liq_int256 right)
{
    liq_uint128 carry = 0;

    for (int i = 0; i < LIQ_INT256_LIMBS; i++) {
        carry += (liq_uint128)left.limbs[i] + right.limbs[i];
        left.limbs[i] = (uint64_t)carry;
        carry >>= 64;
    }
    return left;
}

static inline liq_int256 liq_int256_subtract(liq_int256 left, liq_int256 right)
{
    liq_uint128 carry = 1;

    for (int i = 0; i < LIQ_INT256_LIMBS; i++) {
        carry += (liq_uint128)left.limbs[i] + ~right.limbs[i];
        left.limbs[i] = (uint64_t)carry;
        carry >>= 64;
    }
    return left;
}

static inline liq_int256 liq_int256_negate(liq_int256 value)
{
    return liq_int256_subtract((liq_int256){{0}}, value);
}

static inline liq_int256 liq_int256_multiply(liq_int256 left, liq_int256 right)
{
    liq_int256 out = {{0}};

    for (int i = 0; i < LIQ_INT256_LIMBS; i++) {
        liq_uint128 carry = 0;

        for (int j = 0; i + j < LIQ_INT256_LIMBS; j++) {
            carry += (liq_uint128)left.limbs[i] * right.limbs[j] + out.limbs[i + j];
            out.limbs[i + j] = (uint64_t)carry;
            carry >>= 64;
        }
    }
    return out;
}

/** -1, 0 or 1 as left is below, equal to or above right. */
static inline int liq_int256_compare(liq_int256 left, liq_int256 right)
{
    if (liq_int256_negative(left) != liq_int256_negative(right))
        return liq_int256_negative(left) ? -1 : 1;
    for (int i = LIQ_INT256_LIMBS - 1; i >= 0; i--)
        if (left.limbs[i] != right.limbs[i])
            return left.limbs[i] < right.limbs[i] ? -1 : 1;
    return 0;
}

static inline bool liq_int256_is_zero(liq_int256 value)
{
    return (value.limbs[0] | value.limbs[1] | value.limbs[2] | value.limbs[3]) == 0;
}

/** Bits of a value that is not negative, without leading zeros; 0 for zero. */
unsigned liq_int256_bits(liq_int256 value);

/** The 64 bits of a value from bit shift upward; shift is 0 .. 255. */
uint64_t liq_int256_limb_at(liq_int256 value, unsigned shift);

/**
 * Divide, rounding down.
 * @param rest      receives value - quotient x divisor, NULL allowed
 * @param value     not negative
 * @param divisor   1 .. 2^253
 * @return the quotient, which must be below 2^63
 */
uint64_t liq_int256_divide(liq_int256 *rest, liq_int256 value, liq_int256 divisor);

#endif
