#include <string.h>

#include "base/fail.h"
#include "book/lot_value.h"
#include "scan/liquidation_price.h"

enum { PRICE_DECIMALS_MAX = 18 };

_Static_assert((int)LIQ_AMOUNT_TEXT_BYTES >= 2 + LIQ_DECIMAL_DIGITS_MAX + PRICE_DECIMALS_MAX,
               "a price fits its text");

static void text_copy(char out[LIQ_AMOUNT_TEXT_BYTES], const char *text);

void liq_price_write(char out[LIQ_AMOUNT_TEXT_BYTES], const liq_venue *venue,
                     uint32_t instrument_index, const liq_price_boundary *boundary)
{
    const int64_t other = boundary->reported_value == boundary->safe_value ? boundary->flagged_value
                                                                           : boundary->safe_value;
    const liq_rounding rounding =
        boundary->reported_value < other ? LIQ_ROUND_FLOOR : LIQ_ROUND_CEIL;
    char text[LIQ_DECIMAL_BYTES];

    out[0] = '\0';
    for (int32_t decimals = PRICE_DECIMALS_MAX; boundary->found && decimals >= 0; decimals--) {
        int64_t price;

        if (!liq_lot_value_price(&price, venue, instrument_index, boundary->reported_value,
                                 decimals, rounding) ||
            price >= 1000000000000000000)
            continue;
        if (price > 0)
            text_copy(out, liq_decimal_format(text, price, decimals));
        return;
    }
}

void liq_price_distance(char out[LIQ_AMOUNT_TEXT_BYTES], const char *price, liq_decimal mark)
{
    char text[LIQ_DECIMAL_BYTES];
    liq_decimal value;
    int64_t ratio;
    liq_error err;

    out[0] = '\0';
    if (price[0] == '\0' || mark.digits == 0)
        return;
    LIQ_ASSERT(liq_decimal_parse(&value, liq_text_of(price), &err) == LIQ_OK);
    if (liq_decimal_divide(&ratio, value, mark, 4, LIQ_ROUND_NEAREST))
        text_copy(out, liq_decimal_format_fixed(text, ratio - 10000, 2, 2, LIQ_ROUND_NEAREST));
}

static void text_copy(char out[LIQ_AMOUNT_TEXT_BYTES], const char *text)
{
    const size_t bytes = strlen(text) + 1;

    LIQ_ASSERT(bytes <= LIQ_AMOUNT_TEXT_BYTES);
    memcpy(out, text, bytes);
}
