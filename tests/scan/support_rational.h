/*
 * Exact rational numbers for the oracle, written so that its formulas read like formulas. The only
 * file that knows GMP is support_rational.c.
 *
 * Every value lives in one pool until liq_rational_release gives back all that came after a
 * mark; nothing is freed one by one. Not for threads.
 */
#ifndef LIQ_SUPPORT_RATIONAL_H
#define LIQ_SUPPORT_RATIONAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/decimal.h"
#include "base/int128.h"

typedef const struct liq_rational_value *liq_rational;

/** How many values live now; what liq_rational_release takes. */
size_t liq_rational_mark(void);

/** Give back every value made since the mark. */
void liq_rational_release(size_t mark);

liq_rational liq_rational_integer(int64_t value);
liq_rational liq_rational_wide(liq_int128 value);
liq_rational liq_rational_decimal(liq_decimal value);

/** 10^exponent, of either sign. */
liq_rational liq_rational_ten(int exponent);

liq_rational liq_rational_add(liq_rational left, liq_rational right);
liq_rational liq_rational_subtract(liq_rational left, liq_rational right);
liq_rational liq_rational_multiply(liq_rational left, liq_rational right);
liq_rational liq_rational_divide(liq_rational left, liq_rational right);
liq_rational liq_rational_absolute(liq_rational value);
liq_rational liq_rational_least(liq_rational left, liq_rational right);
liq_rational liq_rational_largest(liq_rational left, liq_rational right);

/** The nearest multiple of 10^-decimals that is not above (floor) or not below (ceil). */
liq_rational liq_rational_floor(liq_rational value, int decimals);
liq_rational liq_rational_ceil(liq_rational value, int decimals);

/** -1, 0 or 1. */
int liq_rational_compare(liq_rational left, liq_rational right);
int liq_rational_sign(liq_rational value);

/** An integer as 64 bits; the value must be one and fit. */
int64_t liq_rational_to_integer(liq_rational value);

/** For display: rounded to a double. */
double liq_rational_show(liq_rational value);

#endif
