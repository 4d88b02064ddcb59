/*
 * Prices that move in proportion, and means of prices: exact as far as 18 digits go.
 */
#ifndef LIQ_CASCADE_CASCADE_PRICE_H
#define LIQ_CASCADE_CASCADE_PRICE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/decimal.h"

/**
 * price x target / source, cut to 18 significant digits and to decimals.
 * @param price, target, source  above zero
 * @param decimals_max  0 .. LIQ_DECIMAL_DECIMALS_MAX; below zero: a multiple of a power of ten
 * @param rounding      LIQ_ROUND_FLOOR or LIQ_ROUND_CEIL
 * @return false when it is past what a decimal holds, or zero
 */
bool liq_price_scale(liq_decimal *out, liq_decimal price, liq_decimal target, liq_decimal source,
                     int32_t decimals_max, liq_rounding rounding);

/**
 * (left x left_weight + right x right_weight) / (left_weight + right_weight), as liq_price_scale.
 * Weights past 32 bits are both shortened to that many.
 * @param left_weight, right_weight  not below zero, one of them above
 */
bool liq_price_mean(liq_decimal *out, liq_decimal left, int64_t left_weight, liq_decimal right,
                    int64_t right_weight, liq_rounding rounding);

/** (value / base - 1) in parts per million, rounded to the nearest; as far as 64 bits go. */
int64_t liq_price_change_ppm(liq_decimal value, liq_decimal base);

#endif
