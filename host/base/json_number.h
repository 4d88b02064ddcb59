/*
 * The exact decimal that the text of a JSON number spells, exponent included.
 */
#ifndef LIQ_BASE_JSON_NUMBER_H
#define LIQ_BASE_JSON_NUMBER_H

#include <liqscan/status.h>

#include "base/decimal.h"
#include "base/text.h"

/**
 * Read a number such as 0.004, 1e-05 or 50000.0.
 * @param number  in the grammar of JSON, which the caller has checked; at most 63 bytes
 * @param err     the message says what is wrong with the number, not where it stands
 * @return LIQ_OK or LIQ_OUT_OF_RANGE (18 significant digits, 30 decimals)
 */
LIQ_MUST_USE liq_status liq_json_number_parse(liq_decimal *out, liq_text number, liq_error *err);

#endif
