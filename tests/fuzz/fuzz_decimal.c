/*
 * Two decimals, one a line: each reads back as it is written, all readers
 * agree on it, and roundings lie where they must.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"
#include "base/fail.h"
#include "base/json_number.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);
static bool value_check(liq_decimal *out, liq_text text);
static void units_check(liq_text text, liq_decimal value, bool fits);
static void number_check(liq_text text, liq_decimal value, liq_status status);
static void pair_check(liq_decimal left, liq_decimal right);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    const char *text = (const char *)data;
    const char *end = bytes > 0 ? memchr(text, '\n', bytes) : NULL;
    const size_t left_bytes = end == NULL ? bytes : (size_t)(end - text);
    liq_decimal left;
    liq_decimal right;

    if (!value_check(&left, (liq_text){text, left_bytes}) || end == NULL)
        return 0;
    if (value_check(&right, (liq_text){end + 1, bytes - left_bytes - 1}))
        pair_check(left, right);
    return 0;
}

static bool value_check(liq_decimal *out, liq_text text)
{
    const liq_status status = liq_decimal_parse(out, text, NULL);
    liq_decimal again;
    char written[LIQ_DECIMAL_BYTES];

    if (status == LIQ_BAD_INPUT)
        return false;
    LIQ_ASSERT(status == LIQ_OK || status == LIQ_OUT_OF_RANGE);
    units_check(text, *out, status == LIQ_OK);
    number_check(text, *out, status);
    if (status != LIQ_OK)
        return false;
    LIQ_ASSERT(out->decimals == 0 || out->digits % 10 != 0);
    (void)liq_decimal_format(written, out->digits, out->decimals);
    LIQ_ASSERT(liq_decimal_parse(&again, liq_text_of(written), NULL) == LIQ_OK);
    LIQ_ASSERT(again.digits == out->digits && again.decimals == out->decimals);
    LIQ_ASSERT(strlen(written) <= text.bytes); /* the normal form is the shortest */
    return true;
}

/* A count of units is what the decimal says, wherever both exist. */
static void units_check(liq_text text, liq_decimal value, bool fits)
{
    for (int32_t decimals = 0; decimals <= 18; decimals++) {
        int64_t units = 0;
        int64_t expected = 0;
        liq_decimal back;
        const bool parsed = liq_decimal_parse_units(&units, text, decimals, NULL) == LIQ_OK;

        if (fits) {
            LIQ_ASSERT(parsed == liq_decimal_exact(&expected, value, decimals));
            LIQ_ASSERT(!parsed || units == expected);
        }
        if (parsed && liq_decimal_from_units(&back, units, decimals))
            LIQ_ASSERT(fits && back.digits == value.digits && back.decimals == value.decimals);
    }
}

/* Every decimal is a JSON number, and must be the same one. */
static void number_check(liq_text text, liq_decimal value, liq_status status)
{
    liq_decimal number;

    if (text.bytes > 63)
        return;
    LIQ_ASSERT(liq_json_number_parse(&number, text, NULL) == status);
    if (status == LIQ_OK)
        LIQ_ASSERT(number.digits == value.digits && number.decimals == value.decimals);
}

static void pair_check(liq_decimal left, liq_decimal right)
{
    const int order = liq_decimal_compare(left, right);
    int64_t low = 0;
    int64_t high = 0;
    liq_decimal product;
    bool divided;

    LIQ_ASSERT(liq_decimal_compare(right, left) == -order);
    LIQ_ASSERT((order == 0) == (left.digits == right.digits && left.decimals == right.decimals));
    if (liq_decimal_multiply(&product, left, right))
        LIQ_ASSERT((product.digits == 0) == (left.digits == 0 || right.digits == 0));
    if (right.digits == 0)
        return;
    for (int32_t decimals = 0; decimals <= 18; decimals++) {
        divided = liq_decimal_divide(&low, left, right, decimals, LIQ_ROUND_FLOOR) &&
                  liq_decimal_divide(&high, left, right, decimals, LIQ_ROUND_CEIL);
        if (divided)
            LIQ_ASSERT(high >= low && high - low <= 1);
        if (divided && high == low && low == 0)
            LIQ_ASSERT(left.digits == 0); /* nothing else is exactly zero */
    }
}
