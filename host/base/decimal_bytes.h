/*
 * Decimals as bytes and back.
 */
#ifndef LIQ_BASE_DECIMAL_BYTES_H
#define LIQ_BASE_DECIMAL_BYTES_H

#include "base/bytes.h"
#include "base/decimal.h"

void liq_decimal_put(liq_bytes_out *out, liq_decimal value);

/** @return false when what is there is no decimal in normal form */
bool liq_decimal_get(liq_bytes_in *in, liq_decimal *out);

#endif
