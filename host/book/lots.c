#include "book/lots.h"

#include "base/fail.h"

bool liq_lots_exact(int64_t *out, liq_decimal quantity, liq_decimal lot)
{
    liq_int128 units;

    LIQ_ASSERT(quantity.digits >= 0 && lot.digits > 0);
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
