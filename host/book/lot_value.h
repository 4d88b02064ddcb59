/*
 * The value of one lot at a price, the quantity from which PnL and notional of every kind of
 * instrument follow: PnL = lots x (value at the mark - value at the entry).
 */
#ifndef LIQ_BOOK_LOT_VALUE_H
#define LIQ_BOOK_LOT_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/decimal.h"
#include "book/venue.h"
#include "liq_limits.h"

/**
 * Value of one lot in fine units of the settle asset: linear and quanto lot x multiplier x price,
 * inverse
 * -(lot x multiplier / price), so that a higher price is a higher value for every kind.
 * @param price  above zero
 * @return false when it is past LIQ_LOT_VALUE_MAX
 */
bool liq_lot_value(int64_t *out, const liq_venue *venue, uint32_t instrument_index,
                   liq_decimal price, liq_rounding rounding);

/**
 * Value of one lot at an entry or limit price, rounded against the holder: up for a long or a
 * buy, down for a short or a sell.
 */
bool liq_lot_value_entry(int64_t *out, const liq_venue *venue, uint32_t instrument_index,
                         liq_decimal price, bool is_long);

/* What the value of a lot takes from its instrument, when nothing needs to be rounded. */
typedef struct liq_lot_scale {
    int64_t size;  /* digits of lot x multiplier */
    int32_t shift; /* decimals of the value beyond those of size; negative: there is no quick way */
} liq_lot_scale;

liq_lot_scale liq_lot_scale_of(const liq_venue *venue, uint32_t instrument_index);

/**
 * Nearly every price of a book has fewer digits than the value counts: one multiplication and one
 * scaling, exact.
 * @return false when it takes more than that: see liq_lot_value
 */
static inline bool liq_lot_value_quick(int64_t *out, liq_lot_scale scale, liq_decimal price)
{
    static const int64_t powers[] = {
        1,           10,           100,           1000,           10000,
        100000,      1000000,      10000000,      100000000,      1000000000,
        10000000000, 100000000000, 1000000000000, 10000000000000, 100000000000000};
    const int32_t shift = scale.shift - price.decimals;
    int64_t product;
    int64_t value = 0;

    if (shift < 0 || shift >= (int32_t)(sizeof powers / sizeof powers[0]) ||
        __builtin_mul_overflow(scale.size, price.digits, &product) ||
        __builtin_mul_overflow(product, powers[shift], &value) || value > LIQ_LOT_VALUE_MAX)
        return false;
    *out = value;
    return true;
}

/**
 * The price at which one lot has a value: the inverse of liq_lot_value.
 * @param value     fine units; inverse instruments: negative; not zero
 * @param decimals  of the price wanted, 0 .. 18
 * @param out       receives a count of 10^-decimals
 * @return false when it does not fit in 64 bits
 */
bool liq_lot_value_price(int64_t *out, const liq_venue *venue, uint32_t instrument_index,
                         int64_t value, int32_t decimals, liq_rounding rounding);

#endif
