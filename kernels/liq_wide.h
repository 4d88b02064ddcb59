/*
 * 128-bit integers from 64-bit ones, in text that both compilers read.
 *
 * Arithmetic is modulo 2^128 (two's complement). Whether a result may be trusted is decided
 * by limits (liq_limits.h) or by an explicit range check, never by a clamp.
 */
#ifndef LIQ_WIDE_H
#define LIQ_WIDE_H

#include "liq_limits.h"

typedef struct liq_wide {
    liq_u64 low;
    liq_u64 high; /* its top bit is the sign */
} liq_wide;

LIQ_INLINE liq_wide liq_wide_make(liq_u64 high, liq_u64 low)
{
    liq_wide out;

    out.low = low;
    out.high = high;
    return out;
}

LIQ_INLINE liq_wide liq_wide_from(liq_i64 value)
{
    return liq_wide_make(value < 0 ? ~(liq_u64)0 : 0, (liq_u64)value);
}

LIQ_INLINE liq_u32 liq_wide_negative(liq_wide value)
{
    return (liq_u32)(value.high >> 63);
}

LIQ_INLINE liq_wide liq_wide_add(liq_wide left, liq_wide right)
{
    const liq_u64 low = left.low + right.low;

    return liq_wide_make(left.high + right.high + (low < left.low ? 1 : 0), low);
}

LIQ_INLINE liq_wide liq_wide_negate(liq_wide value)
{
    const liq_u64 low = ~value.low + 1;

    return liq_wide_make(~value.high + (low == 0 ? 1 : 0), low);
}

LIQ_INLINE liq_wide liq_wide_subtract(liq_wide left, liq_wide right)
{
    return liq_wide_make(left.high - right.high - (left.low < right.low ? 1 : 0),
                         left.low - right.low);
}

/* The size of a 64-bit integer; that of the least one is 2^63. */
LIQ_INLINE liq_u64 liq_size_of(liq_i64 value)
{
    return value < 0 ? (liq_u64)0 - (liq_u64)value : (liq_u64)value;
}

LIQ_INLINE liq_wide liq_wide_multiply_unsigned(liq_u64 left, liq_u64 right)
{
#if LIQ_HAS_INT128
    /* One instruction gives both halves; compilers do not find it for two products. */
    const liq_dialect_u128 product = (liq_dialect_u128)left * right;

    return liq_wide_make((liq_u64)(product >> 64), (liq_u64)product);
#else
    return liq_wide_make(liq_multiply_high(left, right), left * right);
#endif
}

/* The exact product of two signed integers. */
LIQ_INLINE liq_wide liq_wide_multiply(liq_i64 left, liq_i64 right)
{
#if LIQ_HAS_INT128
    const liq_dialect_u128 product = (liq_dialect_u128)((liq_dialect_i128)left * right);

    return liq_wide_make((liq_u64)(product >> 64), (liq_u64)product);
#else
    return liq_wide_make((liq_u64)liq_multiply_high_signed(left, right),
                         (liq_u64)left * (liq_u64)right);
#endif
}

/* value x factor modulo 2^128, for a value and a factor that are not negative. */
LIQ_INLINE liq_wide liq_wide_scale(liq_wide value, liq_u64 factor)
{
    const liq_wide low = liq_wide_multiply_unsigned(value.low, factor);

    return liq_wide_make(low.high + value.high * factor, low.low);
}

/* value x factor modulo 2^128, for a signed value: modulo 2^128 a sign makes no difference. */
LIQ_INLINE liq_wide liq_wide_scale_signed(liq_wide value, liq_u64 factor)
{
    return liq_wide_scale(value, factor);
}

/* Whether left < right, both signed. */
LIQ_INLINE liq_u32 liq_wide_less(liq_wide left, liq_wide right)
{
    const liq_u64 sign = (liq_u64)1 << 63;

    if (left.high != right.high)
        return (left.high ^ sign) < (right.high ^ sign);
    return left.low < right.low;
}

/* Whether the upper half alone tells that -bound <= value <= bound; it nearly always does. */
LIQ_INLINE liq_u32 liq_wide_well_within(liq_wide value, liq_wide bound)
{
    const liq_u64 sign = (liq_u64)0 - (value.high >> 63);

    return (value.high ^ sign) < bound.high;
}

/* Whether -bound <= value <= bound, for a bound that is not negative. */
LIQ_INLINE liq_u32 liq_wide_within(liq_wide value, liq_wide bound)
{
    if (liq_wide_well_within(value, bound))
        return 1;
    return !liq_wide_less(bound, value) && !liq_wide_less(value, liq_wide_negate(bound));
}

/*
 * A divisor of 64 bits with what replaces the division: reciprocal = floor(2^(64 + shift) /
 * divisor) with shift = floor(log2 divisor), or 2^64 - 1 for a divisor of one.
 */
typedef struct liq_divisor {
    liq_u64 divisor;
    liq_u64 reciprocal;
    liq_u32 shift;
    liq_u32 reserved_zero;
} liq_divisor;

/*
 * value - estimate x divisor, for the estimate mul_hi(value >> shift, reciprocal) of value /
 * divisor, 0 <= value < divisor x 2^63 and a divisor below 2^62. The estimate is at most the
 * quotient and at least the quotient minus two, so what it leaves is below three divisors and the
 * lower halves alone tell it.
 */
typedef struct liq_division {
    liq_u64 estimate;
    liq_u64 rest;
} liq_division;

LIQ_INLINE liq_division liq_wide_divide(liq_wide value, liq_divisor by)
{
    const liq_u64 top = (value.low >> by.shift) | (value.high << 1 << (63 - by.shift));
    liq_division out;

    out.estimate = liq_multiply_high(top, by.reciprocal);
    out.rest = value.low - out.estimate * by.divisor;
    return out;
}

/* floor(value / divisor) under these conditions. */
LIQ_INLINE liq_u64 liq_wide_divide_floor(liq_wide value, liq_divisor by)
{
    const liq_division division = liq_wide_divide(value, by);

    return division.estimate + (division.rest >= by.divisor ? 1 : 0) +
           (division.rest >= 2 * by.divisor ? 1 : 0);
}

/* ceil(value / divisor), likewise. */
LIQ_INLINE liq_u64 liq_wide_divide_ceil(liq_wide value, liq_divisor by)
{
    const liq_division division = liq_wide_divide(value, by);

    return division.estimate + (division.rest > 0 ? 1 : 0) + (division.rest > by.divisor ? 1 : 0) +
           (division.rest > 2 * by.divisor ? 1 : 0);
}

/* LIQ_GRAINS_PER_UNIT as a divisor: every account divides by it four times. */
LIQ_INLINE liq_divisor liq_grains_divisor(void)
{
    liq_divisor out;

    out.divisor = LIQ_GRAINS_PER_UNIT;
    out.reciprocal = LIQ_GRAINS_RECIPROCAL;
    out.shift = LIQ_GRAINS_SHIFT;
    out.reserved_zero = 0;
    return out;
}

#endif
