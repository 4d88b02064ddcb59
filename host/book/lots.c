#include "book/lots.h"

#include "base/fail.h"

static bool lots_short(int64_t *out, liq_decimal quantity, liq_decimal lot);

bool liq_lots_exact(int64_t *out, liq_decimal quantity, liq_decimal lot)
{
    liq_int128 units;

    LIQ_ASSERT(quantity.digits >= 0 && lot.digits > 0);
    if (lots_short(out, quantity, lot))
        return true;
    /* A multiple of the lot has no more decimals than the lot: both are in normal form. */
    if (quantity.decimals > lot.decimals)
        return false;
    /* What does not fit in 128 bits is past 10^38 / 10^18 lots. */
    if (!liq_decimal_scale(&units, quantity, lot.decimals, LIQ_ROUND_FLOOR) ||
        units % lot.digits != 0 || units / lot.digits > INT64_MAX)
        return false;
    *out = (int64_t)(units / lot.digits);
    return true;
}

/* Nearly every quantity fits 64 bits when it counts what the lot counts. @return false when it does
 * not, or is no multiple */
static bool lots_short(int64_t *out, liq_decimal quantity, liq_decimal lot)
{
    static const int64_t powers[] = {1,      10,      100,      1000,      10000,
                                     100000, 1000000, 10000000, 100000000, 1000000000};
    const int32_t shift = lot.decimals - quantity.decimals;
    int64_t units;

    if (shift < 0 || shift >= (int32_t)(sizeof powers / sizeof powers[0]) ||
        __builtin_mul_overflow(quantity.digits, powers[shift], &units))
        return false;
    if (lot.digits == 1) {
        *out = units;
        return true;
    }
    if (units % lot.digits != 0)
        return false;
    *out = units / lot.digits;
    return true;
}
