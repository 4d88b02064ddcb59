/*
 * Ratios without floating point: a mantissa of 64 bits and an exponent, by integer arithmetic
 * alone, so that every compiler and device gets the same bits. There are no branches on data: they
 * would be wrong every other time.
 *
 * Error. A value that is not zero has its mantissa in 2^63 .. 2^64 - 1. Conversion from 64 bits is
 * exact. Converting from 128 bits and multiplying drop what is below one unit of such a mantissa
 * and never more, so each gives exact x (1 - d) with 0 <= d < 2^-63; dividing loses less than
 * 2^-59 (proved at liq_ratio_divide). A quotient of a numerator made in m and a denominator made in
 * n such steps therefore lies between exact x (1 - m 2^-63 - 2^-59) and exact x (1 + n 2^-62).
 *
 * Range. Exponents are 32 bits wide and grow by at most 65 a step; nothing here is checked,
 * because no chain of steps in this tree is longer than ten.
 */
#ifndef LIQ_RATIO_H
#define LIQ_RATIO_H

#include "liq_wide.h"

/* mantissa x 2^exponent, never negative; the exponent of zero says nothing. */
typedef struct liq_ratio {
    liq_u64 mantissa;
    liq_i32 exponent;
    liq_u32 reserved_zero;
} liq_ratio;

LIQ_INLINE liq_ratio liq_ratio_make(liq_u64 mantissa, liq_i32 exponent)
{
    liq_ratio out;

    out.mantissa = mantissa;
    out.exponent = exponent;
    out.reserved_zero = 0;
    return out;
}

/* Exact. */
LIQ_INLINE liq_ratio liq_ratio_from(liq_u64 value)
{
    const liq_u32 shift = liq_leading_zeros(value | 1); /* of zero: 63, and it stays zero */

    return liq_ratio_make(value << shift, -(liq_i32)shift);
}

/* A value that is not negative, cut to 64 significant bits. */
LIQ_INLINE liq_ratio liq_ratio_from_wide(liq_wide value)
{
    const liq_u32 is_long = value.high != 0;
    const liq_u64 top = is_long ? value.high : value.low;
    const liq_u64 next = is_long ? value.low : 0;
    const liq_u32 shift = liq_leading_zeros(top | 1);

    return liq_ratio_make((top << shift) | (next >> 1 >> (63 - shift)),
                          (liq_i32)(is_long << 6) - (liq_i32)shift);
}

LIQ_INLINE liq_ratio liq_ratio_multiply(liq_ratio left, liq_ratio right)
{
    const liq_wide product = liq_wide_multiply_unsigned(left.mantissa, right.mantissa);
    const liq_u32 shift = 1 - (liq_u32)(product.high >> 63); /* 0 or 1: the product is >= 2^126 */

    return liq_ratio_make((product.high << shift) | (product.low >> 63 & shift),
                          left.exponent + right.exponent + 64 - (liq_i32)shift);
}

/*
 * left / right for a right that is not zero, by a reciprocal of the mantissa d = right.mantissa.
 *
 * Let h = floor(d / 2^32), at least 2^31, and r0 = floor((2^64 - 1) / (h + 1)) < 2^33. From
 * d < (h + 1) 2^32 follows r0 d < 2^96, so r0 is below 2^96 / d, and it misses a share of
 * e0 = 1 - r0 d / 2^96 < 1/(h + 1) + 2^-32 + 2^-64 < 2^-30.4. A step of Newton makes that e0^2 <
 * 2^-60.8; cutting e0 to a multiple of 2^-60 costs at most 2^-60 and cutting the sum to an integer
 * 2^-62. Nothing of it rounds up, so r1 <= 2^127 / d, and below 2^64 also for d = 2^63, where e0 is
 * not zero. The quotient is cut to an integer of nearly 2^62 or more, at most 2^-61.9. Together
 * less than 2^-59.
 */
LIQ_INLINE liq_ratio liq_ratio_divide(liq_ratio left, liq_ratio right)
{
    const liq_u64 first = ~(liq_u64)0 / ((right.mantissa >> 32) + 1);
    const liq_wide product = liq_wide_multiply_unsigned(first, right.mantissa);
    const liq_wide missing = liq_wide_subtract(liq_wide_make((liq_u64)1 << 32, 0), product);
    const liq_u64 error = (missing.high << 28) | (missing.low >> 36); /* e0 x 2^60 < 2^29.6 */
    const liq_u64 reciprocal = (first << 31) + (first * error >> 29);
    const liq_u64 quotient = liq_multiply_high(left.mantissa, reciprocal);
    const liq_u32 shift = liq_leading_zeros(quotient | 1);

    return liq_ratio_make(quotient << shift, left.exponent - right.exponent - 63 - (liq_i32)shift);
}

/* One or the other, without a branch on which. */
LIQ_INLINE liq_ratio liq_ratio_choose(liq_u32 first, liq_ratio left, liq_ratio right)
{
    const liq_u64 mask = (liq_u64)0 - first;

    return liq_ratio_make((left.mantissa & mask) | (right.mantissa & ~mask),
                          (liq_i32)(((liq_u32)left.exponent & (liq_u32)mask) |
                                    ((liq_u32)right.exponent & ~(liq_u32)mask)));
}

/* Whether left < right. */
LIQ_INLINE liq_u32 liq_ratio_less(liq_ratio left, liq_ratio right)
{
    if (left.mantissa == 0 || right.mantissa == 0)
        return left.mantissa == 0 && right.mantissa != 0;
    if (left.exponent != right.exponent)
        return left.exponent < right.exponent;
    return left.mantissa < right.mantissa;
}

#endif
