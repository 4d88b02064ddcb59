/*
 * Exact sums of decimals of any size that an amount can have, for one question: is it zero?
 */
#ifndef LIQ_JOURNAL_DECIMAL_SUM_H
#define LIQ_JOURNAL_DECIMAL_SUM_H

#include <stdbool.h>
#include <stdint.h>

enum {
    LIQ_SUM_DIGITS_MAX = 63, /* before the point, and as many after it */
    LIQ_SUM_LIMBS = 14,      /* of nine digits, seven before the point and seven after it */
    LIQ_SUM_TEXT_BYTES = 2 * LIQ_SUM_DIGITS_MAX + 24
};

/* Zeroed: zero. Limbs are signed and not carried: up to 9 x 10^9 terms fit. */
typedef struct liq_decimal_sum {
    int64_t limbs[LIQ_SUM_LIMBS]; /* lowest first */
} liq_decimal_sum;

/**
 * Add a plain decimal: an optional '-', digits, optionally '.' and digits.
 * @return false, with nothing added, for anything else and for more than 63 digits on a side
 */
bool liq_decimal_sum_add(liq_decimal_sum *sum, const char *decimal);

bool liq_decimal_sum_is_zero(const liq_decimal_sum *sum);

/** Write the sum as a plain decimal. */
void liq_decimal_sum_text(char out[LIQ_SUM_TEXT_BYTES], const liq_decimal_sum *sum);

#endif
