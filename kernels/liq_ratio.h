/*
 * Ratios without floating point: a mantissa of 64 bits and an exponent, by integer arithmetic
 * alone, so that every compiler and device gets the same bits.
 *
 * Error. A value that is not zero has its mantissa in 2^63 .. 2^64 - 1. Converting from 128 bits,
 * multiplying and dividing each drop what is below one unit of such a mantissa and never more, so
 * each gives exact x (1 - d) with 0 <= d < 2^-63; conversion from 64 bits is exact. A quotient
 * of a numerator made in m and a denominator made in n such steps therefore lies between
 * exact x (1 - 2^-63)^(m + 1) and exact x (1 - 2^-63)^-n.
 *
 * Range. Exponents are 32 bits wide and grow by at most 65 a step; nothing here is checked,
 * because no chain of steps in this tree is longer than ten.
 */
#ifndef LIQ_RATIO_H
#define LIQ_RATIO_H

#include "liq_wide.h"

/* mantissa x 2^exponent, never negative; zero has mantissa 0 and exponent 0. */
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
    liq_u32 shift;

    if (value == 0)
        return liq_ratio_make(0, 0);
    shift = liq_leading_zeros(value);
    return liq_ratio_make(value << shift, -(liq_i32)shift);
}

/* A value that is not negative, cut to 64 significant bits. */
LIQ_INLINE liq_ratio liq_ratio_from_wide(liq_wide value)
{
    liq_u32 shift;

    if (value.high == 0)
        return liq_ratio_from(value.low);
    shift = liq_leading_zeros(value.high);
    if (shift == 0)
        return liq_ratio_make(value.high, 64);
    return liq_ratio_make((value.high << shift) | (value.low >> (64 - shift)), 64 - (liq_i32)shift);
}

LIQ_INLINE liq_ratio liq_ratio_multiply(liq_ratio left, liq_ratio right)
{
    const liq_wide product = liq_wide_multiply_unsigned(left.mantissa, right.mantissa);
    const liq_i32 exponent = left.exponent + right.exponent;

    if (product.high == 0) /* two mantissas of 2^63 or more have a product of 2^126 or more */
        return liq_ratio_make(0, 0);
    if (product.high >> 63)
        return liq_ratio_make(product.high, exponent + 64);
    return liq_ratio_make((product.high << 1) | (product.low >> 63), exponent + 63);
}

/* A digit of 32 bits of a long division: rest and divisor as they stand before and after. */
typedef struct liq_division {
    liq_u64 rest;     /* below the divisor */
    liq_u64 quotient; /* digits so far */
} liq_division;

/*
 * One more digit of rest / divisor, for a divisor of 2^63 or more and a next digit of zero. The
 * first guess, rest over the divisor's upper half, is never too low and at most two too high.
 */
LIQ_INLINE liq_division liq_division_step(liq_division state, liq_u64 divisor)
{
    const liq_u64 upper = divisor >> 32;
    const liq_u64 lower = divisor & 0xffffffffu;
    liq_u64 digit = state.rest / upper;
    liq_u64 left = state.rest - digit * upper;
    liq_u32 i;

    for (i = 0; i < 2; i++) {
        /* left < 2^32 keeps its shift inside 64 bits; past that the guess is surely right. */
        if (left >> 32 == 0 && (digit >> 32 != 0 || digit * lower > left << 32)) {
            digit -= 1;
            left += upper;
        }
    }
    state.rest = (state.rest << 32) - digit * divisor; /* modulo 2^64, and what remains fits */
    state.quotient = (state.quotient << 32) + digit;
    return state;
}

/* left / right for a right that is not zero. */
LIQ_INLINE liq_ratio liq_ratio_divide(liq_ratio left, liq_ratio right)
{
    const liq_i32 exponent = left.exponent - right.exponent;
    liq_division state;

    if (left.mantissa == 0)
        return left;
    /* The quotient has 64 digits after the point, and one before it when left is the larger. */
    state.quotient = left.mantissa >= right.mantissa ? 1 : 0;
    state.rest = state.quotient ? left.mantissa - right.mantissa : left.mantissa;
    if (state.quotient == 0) {
        state = liq_division_step(liq_division_step(state, right.mantissa), right.mantissa);
        return liq_ratio_make(state.quotient, exponent - 64);
    }
    state.quotient = 0;
    state = liq_division_step(liq_division_step(state, right.mantissa), right.mantissa);
    return liq_ratio_make((liq_u64)1 << 63 | state.quotient >> 1, exponent - 63);
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
