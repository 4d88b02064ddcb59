/*
 * How far prices are apart, exactly enough to decide: in integers at a scale that holds all of
 * them.
 */
#ifndef LIQ_GUARD_NEARNESS_H
#define LIQ_GUARD_NEARNESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/decimal.h"

/** Whether a price is above zero, and below 10^18 as all prices are. */
bool liq_price_is_sound(liq_decimal price);

/** |price - base| <= base x share. @param share  10^-6, at most 10 */
bool liq_price_within(liq_decimal price, liq_decimal base, int64_t share);

/** |price - left| < |price - right| */
bool liq_price_nearer(liq_decimal price, liq_decimal left, liq_decimal right);

/** base moved towards price by base x share, rounded to base, with at most two decimals more than
 * base has where 18 digits allow. */
liq_decimal liq_price_clamp(liq_decimal price, liq_decimal base, int64_t share);

/** (left + right) / 2, rounded down to a decimal more than either has, and to 18 digits. */
liq_decimal liq_guard_mean(liq_decimal left, liq_decimal right);

#endif
