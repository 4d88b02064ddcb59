#include "base/decimal_bytes.h"

void liq_decimal_put(liq_bytes_out *out, liq_decimal value)
{
    liq_bytes_put_i64(out, value.digits);
    liq_bytes_put_u8(out, (uint8_t)value.decimals);
}

bool liq_decimal_get(liq_bytes_in *in, liq_decimal *out)
{
    const int64_t limit = 1000000000000000000;

    out->digits = liq_bytes_get_i64(in);
    out->decimals = liq_bytes_get_u8(in);
    return !in->has_failed && out->digits > -limit && out->digits < limit &&
           out->decimals <= LIQ_DECIMAL_DECIMALS_MAX &&
           (out->decimals == 0 || out->digits % 10 != 0);
}
