/*
 * Exact decimals: plain strings in, integers out, and back without loss.
 *
 * The grammar is strict: an optional '-', at least one digit, optionally '.'
 * and at least one digit. No '+', no exponent, no spaces, no "NaN", no
 * thousands separators, no leading zeros ("01"), at most 64 bytes.
 */
#ifndef LIQ_BASE_DECIMAL_H
#define LIQ_BASE_DECIMAL_H

#include <stdbool.h>
#include <stdint.h>

#include <liqscan/status.h>

#include "base/int128.h"
#include "base/text.h"

enum {
    LIQ_DECIMAL_DIGITS_MAX = 18,   /* significant digits that a price or rate may have */
    LIQ_DECIMAL_DECIMALS_MAX = 30, /* digits after the point, after trailing zeros are cut */
    LIQ_DECIMAL_BYTES = 96         /* enough for any formatted decimal and its terminator */
};

/* digits x 10^-decimals; normal form: no trailing zero after the point, zero is {0, 0}. */
typedef struct liq_decimal {
    int64_t digits;   /* -(10^18 - 1) .. 10^18 - 1 */
    int32_t decimals; /* 0 .. LIQ_DECIMAL_DECIMALS_MAX */
} liq_decimal;

/** Which way an inexact result goes; every rounding of liqscan is one of these, by name. */
typedef enum liq_rounding {
    LIQ_ROUND_FLOOR = 0,  /* toward minus infinity */
    LIQ_ROUND_CEIL = 1,   /* toward plus infinity */
    LIQ_ROUND_NEAREST = 2 /* half away from zero; display only */
} liq_rounding;

/**
 * Read a decimal of at most 18 significant digits.
 * @param err  the message names the value and what is wrong with it, not the place
 * @return LIQ_OK, LIQ_BAD_INPUT (grammar) or LIQ_OUT_OF_RANGE (too many digits)
 */
LIQ_MUST_USE liq_status liq_decimal_parse(liq_decimal *out, liq_text text, liq_error *err);

/**
 * Read a decimal as a signed 64-bit count of 10^-decimals.
 * More decimals than that are refused unless they are zeros: nothing is rounded at the door.
 * @param decimals  0 .. 18
 * @return LIQ_OK, LIQ_BAD_INPUT or LIQ_OUT_OF_RANGE
 */
LIQ_MUST_USE liq_status liq_decimal_parse_units(int64_t *out, liq_text text, int32_t decimals,
                                                liq_error *err);

/** Whether text is a decimal in this grammar; its range is for its reader to check. */
bool liq_decimal_valid(liq_text text);

/** value as a count of 10^-decimals in 128 bits, rounded as asked; false when it does not fit. */
bool liq_decimal_scale(liq_int128 *out, liq_decimal value, int32_t decimals, liq_rounding rounding);

/** value as a count of 10^-decimals in 64 bits; false when it is not exact or does not fit. */
bool liq_decimal_exact(int64_t *out, liq_decimal value, int32_t decimals);

/** The exact product; false when it needs more than 18 significant digits. */
bool liq_decimal_multiply(liq_decimal *out, liq_decimal left, liq_decimal right);

/**
 * left x right as a count of 10^-decimals in 128 bits, rounded as asked; false when it does not
 * fit.
 */
bool liq_decimal_product(liq_int128 *out, liq_decimal left, liq_decimal right, int32_t decimals,
                         liq_rounding rounding);

/**
 * left / right as a count of 10^-decimals, rounded as asked (long division: no intermediate
 * overflow).
 * @param right  not zero
 * @return false when it does not fit in 64 bits
 */
bool liq_decimal_divide(int64_t *out, liq_decimal left, liq_decimal right, int32_t decimals,
                        liq_rounding rounding);

/** -1, 0 or 1 as left is below, equal to or above right; exact for all decimals. */
int liq_decimal_compare(liq_decimal left, liq_decimal right);

/** units x 10^-decimals in normal form; units within +-(10^18 - 1) after trailing zeros are cut,
 * else false. */
bool liq_decimal_from_units(liq_decimal *out, int64_t units, int32_t decimals);

/**
 * Write digits x 10^-decimals as a plain decimal string, trailing zeros after the point cut.
 * @param out  at least LIQ_DECIMAL_BYTES
 * @return out
 */
char *liq_decimal_format(char *out, liq_int128 digits, int32_t decimals);

/**
 * Read back what liq_decimal_format has written.
 *  text      a plain decimal with at most so many digits after the point
 *  decimals  of the units
 *  the number of units, of 10^-decimals each
 */
liq_int128 liq_decimal_units(const char *text, int32_t decimals);

/** The same with exactly shown_decimals digits after the point, rounded as asked. */
char *liq_decimal_format_fixed(char *out, liq_int128 digits, int32_t decimals,
                               int32_t shown_decimals, liq_rounding rounding);

#endif
