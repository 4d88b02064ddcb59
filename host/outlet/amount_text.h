/*
 * Amounts as text, fast: a scan of a million accounts writes six million of them. The same bytes
 * as liq_decimal_format, which takes twice as many bits.
 */
#ifndef LIQ_OUTLET_AMOUNT_TEXT_H
#define LIQ_OUTLET_AMOUNT_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "base/decimal.h"
#include "base/int128.h"

/**
 * Write digits x 10^-decimals as a plain decimal, zeros at the end of the fraction cut.
 * @param out       at least LIQ_DECIMAL_BYTES; terminated
 * @param decimals  0 .. 30
 * @return bytes written, without the terminator
 */
size_t liq_amount_write(char *out, liq_int128 digits, int32_t decimals);

/** The same with exactly shown_decimals digits (0 .. 30) after the point, rounded as asked. */
size_t liq_amount_write_fixed(char *out, liq_int128 digits, int32_t decimals,
                              int32_t shown_decimals, liq_rounding rounding);

#endif
