#include "book/lot_value.h"

#include "base/fail.h"
#include "liq_limits.h"

bool liq_lot_value(int64_t *out, const liq_venue *venue, uint32_t instrument_index,
                   liq_decimal price, liq_rounding rounding)
{
    const liq_instrument *instrument = &venue->instruments[instrument_index];
    const int32_t decimals = venue->assets[instrument->settle_index].value_decimals;
    const liq_decimal size = instrument->lot_multiplier;
    liq_decimal negative = size;
    liq_int128 wide;
    int64_t value;

    LIQ_ASSERT(price.digits > 0);
    if (liq_lot_value_quick(out, liq_lot_scale_of(venue, instrument_index), price))
        return true;
    if (instrument->kind == LIQ_INSTRUMENT_INVERSE) {
        negative.digits = -size.digits;
        if (!liq_decimal_divide(&value, negative, price, decimals, rounding))
            return false;
    } else {
        if (!liq_decimal_product(&wide, size, price, decimals, rounding) ||
            wide > LIQ_LOT_VALUE_MAX)
            return false;
        value = (int64_t)wide;
    }
    if (value > LIQ_LOT_VALUE_MAX || value < -LIQ_LOT_VALUE_MAX)
        return false;
    *out = value;
    return true;
}

bool liq_lot_value_entry(int64_t *out, const liq_venue *venue, uint32_t instrument_index,
                         liq_decimal price, bool is_long)
{
    return liq_lot_value(out, venue, instrument_index, price,
                         is_long ? LIQ_ROUND_CEIL : LIQ_ROUND_FLOOR);
}

liq_lot_scale liq_lot_scale_of(const liq_venue *venue, uint32_t instrument_index)
{
    const liq_instrument *instrument = &venue->instruments[instrument_index];
    const int32_t decimals = venue->assets[instrument->settle_index].value_decimals;

    return instrument->kind == LIQ_INSTRUMENT_INVERSE
               ? (liq_lot_scale){0, -1}
               : (liq_lot_scale){instrument->lot_multiplier.digits,
                                 decimals - instrument->lot_multiplier.decimals};
}

bool liq_lot_value_price(int64_t *out, const liq_venue *venue, uint32_t instrument_index,
                         int64_t value, int32_t decimals, liq_rounding rounding)
{
    const liq_instrument *instrument = &venue->instruments[instrument_index];
    const int32_t value_decimals = venue->assets[instrument->settle_index].value_decimals;
    const liq_decimal size = instrument->lot_multiplier;
    const liq_decimal fine = {.digits = value, .decimals = value_decimals};
    const liq_decimal negative = {.digits = -size.digits, .decimals = size.decimals};

    LIQ_ASSERT(value != 0);
    if (instrument->kind == LIQ_INSTRUMENT_INVERSE)
        return liq_decimal_divide(out, negative, fine, decimals, rounding);
    return liq_decimal_divide(out, fine, size, decimals, rounding);
}
