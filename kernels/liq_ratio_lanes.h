/*
 * Ratios of liq_ratio.h, eight side by side, for processors that have vectors: the same steps, and
 * bit for bit the same mantissas wherever left is zero or in normal form and right is in normal
 * form. A mantissa of zero stays zero. What is computed and why it is right stands there; here, how
 * the same bits are come by.
 *
 * Products are put together from halves of 32 bits, because vectors multiply no wider. The first
 * guess of a reciprocal, floor((2^64 - 1) / n) for n = h + 1 of 2^31 + 1 .. 2^32, is guessed by a
 * division of floats and put right by integers: n is exact as a float of 53 bits and 2^64 / n below
 * 2^33, so the guess is off by less than 2^-19 and, cut to an integer, by at most one. Of guess x n
 * the lower 64 bits tell: let rest = 2^64 - 1 - guess x n modulo 2^64. If the guess is right rest
 * is below n. If it is one too large, guess x n is 2^64 or up to n more, and rest has its top bit
 * set; if it is one too small, rest is n or more, and below 2^34.
 */
#ifndef LIQ_RATIO_LANES_H
#define LIQ_RATIO_LANES_H

#include "liq_dialect.h"

#if LIQ_HAS_LANES

/* Words of a vector. */
#define LIQ_LANES 8u

/* Mantissas, and by how much their exponents are below what is known of them. */
typedef struct liq_ratio_lanes {
    liq_u64x8 mantissa;
    liq_u64x8 lowered;
} liq_ratio_lanes;

#define LIQ_LOW_HALF 0xffffffffu

/* The upper half of a product; middle receives bits 32 .. 95, modulo 2^64. */
LIQ_INLINE liq_u64x8 liq_lanes_multiply_high(liq_u64x8 left, liq_u64x8 right, liq_u64x8 *middle)
{
    const liq_u64x8 low_bits = LIQ_U64X8_ALL(LIQ_LOW_HALF);
    const liq_u64x8 left_low = left & low_bits;
    const liq_u64x8 left_high = left >> LIQ_U64X8_ALL(32);
    const liq_u64x8 right_low = right & low_bits;
    const liq_u64x8 right_high = right >> LIQ_U64X8_ALL(32);
    const liq_u64x8 low_high = left_low * right_high;
    const liq_u64x8 high_low = left_high * right_low;
    const liq_u64x8 sum = ((left_low * right_low) >> LIQ_U64X8_ALL(32)) + (low_high & low_bits) +
                          (high_low & low_bits); /* below 3 x 2^32 */

    *middle = sum;
    return left_high * right_high + (low_high >> LIQ_U64X8_ALL(32)) +
           (high_low >> LIQ_U64X8_ALL(32)) + (sum >> LIQ_U64X8_ALL(32));
}

/* All ones where a signed word is below zero. */
LIQ_INLINE liq_u64x8 liq_lanes_sign(liq_u64x8 value)
{
    return LIQ_AS_U64X8(LIQ_AS_I64X8(value) >> LIQ_I64X8_ALL(63));
}

/* liq_size_of. */
LIQ_INLINE liq_u64x8 liq_lanes_size(liq_u64x8 value)
{
    const liq_u64x8 sign = liq_lanes_sign(value);

    return (value ^ sign) - sign;
}

/*
 * liq_ratio_from; the exponent is - lowered. Floats find the first bit: without the bit behind it
 * nothing rounds up to the next power of two.
 */
LIQ_INLINE liq_ratio_lanes liq_lanes_from(liq_u64x8 value)
{
    const liq_u64x8 least = value | LIQ_U64X8_ALL(1);
    const liq_u64x8 bits = LIQ_FLOAT_BITS_U64X8(least & ~(least >> LIQ_U64X8_ALL(1)));
    liq_ratio_lanes out;

    out.lowered = LIQ_U64X8_ALL(1023 + 63) - (bits >> LIQ_U64X8_ALL(52));
    out.mantissa = value << out.lowered;
    return out;
}

/* liq_ratio_multiply; the exponent is that of the factors + 64 - lowered. */
LIQ_INLINE liq_ratio_lanes liq_lanes_multiply(liq_u64x8 left, liq_u64x8 right)
{
    const liq_u64x8 one = LIQ_U64X8_ALL(1);
    liq_ratio_lanes out;
    liq_u64x8 middle;

    out.mantissa = liq_lanes_multiply_high(left, right, &middle);
    out.lowered = one - (out.mantissa >> LIQ_U64X8_ALL(63));
    out.mantissa = (out.mantissa << out.lowered) | ((middle >> LIQ_U64X8_ALL(31)) & out.lowered);
    return out;
}

/*
 * The reciprocal of liq_ratio_divide. There missing = 2^96 - first x d; with d = n 2^32 - c, c =
 * 2^32
 * - the lower half of d, it is (rest + 1) 2^32 + first x c. Only its bits from 36 on count, so of
 * first x c those from 32 on are enough: first is top 2^32 + low, top 0 or 1, and low x c / 2^32
 * rounded down is low less low x (the lower half of d) / 2^32 rounded up.
 */
LIQ_INLINE liq_u64x8 liq_lanes_reciprocal(liq_u64x8 divisor)
{
    const liq_u64x8 low_bits = LIQ_U64X8_ALL(LIQ_LOW_HALF);
    const liq_u64x8 n = (divisor >> LIQ_U64X8_ALL(32)) + LIQ_U64X8_ALL(1);
    const liq_u64x8 lower = divisor & low_bits;
    liq_u64x8 first = LIQ_GUESS_U64X8(n);
    liq_u64x8 rest = ~(first * n);
    liq_u64x8 off = liq_lanes_sign(rest);
    liq_u64x8 top;
    liq_u64x8 low;
    liq_u64x8 error;

    first += off; /* all ones where the guess is too large: minus one */
    rest += n & off;
    off = LIQ_AS_U64X8(rest >= n);
    first -= off;
    rest -= n & off;
    top = LIQ_U64X8_ALL(0) - (first >> LIQ_U64X8_ALL(32)); /* all ones or none */
    low = first & low_bits;
    error = (rest + LIQ_U64X8_ALL(1) + low - ((low * lower + low_bits) >> LIQ_U64X8_ALL(32)) +
             ((LIQ_U64X8_ALL((liq_u64)1 << 32) - lower) & top)) >>
            LIQ_U64X8_ALL(4);
    return (first << LIQ_U64X8_ALL(31)) +
           ((((error & top) << LIQ_U64X8_ALL(32)) + low * (error & low_bits)) >> LIQ_U64X8_ALL(29));
}

/* liq_ratio_divide; the exponent is that of left less that of right - 63 - lowered. */
LIQ_INLINE liq_ratio_lanes liq_lanes_divide(liq_u64x8 left, liq_u64x8 right)
{
    liq_ratio_lanes out;
    liq_u64x8 middle;
    liq_u64x8 shift;
    liq_u32 i;

    out.mantissa = liq_lanes_multiply_high(left, liq_lanes_reciprocal(right), &middle);
    out.lowered = LIQ_U64X8_ALL(0);
    /* A quotient that is not zero is at least nearly 2^62, so two steps find its first bit. */
    for (i = 0; i < 2; i++) {
        shift = LIQ_U64X8_ALL(1) - (out.mantissa >> LIQ_U64X8_ALL(63));
        out.mantissa <<= shift;
        out.lowered += shift;
    }
    return out;
}

#endif
#endif
