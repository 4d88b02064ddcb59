#include "cascade/cascade_price.h"

#include "base/fail.h"

enum { PPM_DECIMALS = 6, PPM_ONE = 1000000, WEIGHT_BITS = 32 };

static const liq_int128 digits_end = 1000000000000000000; /* 10^LIQ_DECIMAL_DIGITS_MAX */

static bool digits_fit(liq_decimal *out, liq_int128 digits, int32_t decimals, bool is_more,
                       int32_t decimals_max, liq_rounding rounding);

bool liq_price_scale(liq_decimal *out, liq_decimal price, liq_decimal target, liq_decimal source,
                     int32_t decimals_max, liq_rounding rounding)
{
    const liq_int128 product = (liq_int128)price.digits * target.digits;
    liq_int128 digits = product / source.digits;
    liq_int128 rest = product % source.digits;
    int32_t decimals = price.decimals + target.decimals - source.decimals;

    LIQ_ASSERT(price.digits > 0 && target.digits > 0 && source.digits > 0);
    while (rest != 0 && digits < digits_end) {
        rest *= 10;
        digits = digits * 10 + rest / source.digits;
        rest %= source.digits;
        decimals++;
    }
    return digits_fit(out, digits, decimals, rest != 0, decimals_max, rounding);
}

bool liq_price_mean(liq_decimal *out, liq_decimal left, int64_t left_weight, liq_decimal right,
                    int64_t right_weight, liq_rounding rounding)
{
    const int32_t decimals = left.decimals > right.decimals ? left.decimals : right.decimals;
    liq_int128 left_digits;
    liq_int128 right_digits;
    liq_int128 sum;
    liq_int128 weights;

    while (left_weight >> WEIGHT_BITS != 0 || right_weight >> WEIGHT_BITS != 0) {
        left_weight >>= 1;
        right_weight >>= 1;
    }
    weights = (liq_int128)left_weight + right_weight;
    if (!liq_decimal_scale(&left_digits, left, decimals, rounding) ||
        !liq_decimal_scale(&right_digits, right, decimals, rounding) ||
        __builtin_mul_overflow(left_digits, left_weight, &left_digits) ||
        __builtin_mul_overflow(right_digits, right_weight, &right_digits) ||
        __builtin_add_overflow(left_digits, right_digits, &sum) || weights == 0)
        return false;
    /* Prices at a tick have a mean between ticks: some more digits. */
    for (int32_t i = 0; i < PPM_DECIMALS; i++)
        if (__builtin_mul_overflow(sum, 10, &sum))
            return false;
    return digits_fit(out, sum / weights, decimals + PPM_DECIMALS, sum % weights != 0,
                      LIQ_DECIMAL_DECIMALS_MAX, rounding);
}

int64_t liq_price_change_ppm(liq_decimal value, liq_decimal base)
{
    int64_t ratio;

    if (value.digits == 0 || base.digits == 0)
        return 0;
    return liq_decimal_divide(&ratio, value, base, PPM_DECIMALS, LIQ_ROUND_NEAREST)
               ? ratio - PPM_ONE
               : INT64_MAX;
}

/* @param is_more  something behind the digits was cut already */
static bool digits_fit(liq_decimal *out, liq_int128 digits, int32_t decimals, bool is_more,
                       int32_t decimals_max, liq_rounding rounding)
{
    const liq_int128 room = rounding == LIQ_ROUND_CEIL ? digits_end - 1 : digits_end;

    for (; digits >= room || decimals > decimals_max; decimals--) {
        is_more = is_more || digits % 10 != 0;
        digits /= 10;
    }
    if (is_more && rounding == LIQ_ROUND_CEIL)
        digits++;
    for (; decimals < 0; decimals++)
        if (digits >= digits_end / 10)
            return false;
        else
            digits *= 10;
    return digits > 0 && liq_decimal_from_units(out, (int64_t)digits, decimals);
}
