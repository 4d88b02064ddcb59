#include "outlet/amount_text.h"

#include <string.h>

enum { POWER_MAX = 18 };

static int64_t short_cut(int64_t digits, int32_t cut, liq_rounding rounding);
static size_t short_write(char *out, int64_t digits, int32_t decimals);

size_t liq_amount_write(char *out, liq_int128 digits, int32_t decimals)
{
    int64_t narrow = (int64_t)digits;

    if (narrow != digits)
        return strlen(liq_decimal_format(out, digits, decimals));
    while (decimals > 0 && narrow % 10 == 0) {
        narrow /= 10;
        decimals--;
    }
    return short_write(out, narrow, decimals);
}

size_t liq_amount_write_fixed(char *out, liq_int128 digits, int32_t decimals,
                              int32_t shown_decimals, liq_rounding rounding)
{
    const int32_t cut = decimals - shown_decimals;

    if ((int64_t)digits == digits && cut >= 0 && cut <= POWER_MAX && rounding != LIQ_ROUND_NEAREST)
        return short_write(out, short_cut((int64_t)digits, cut, rounding), shown_decimals);
    return strlen(liq_decimal_format_fixed(out, digits, decimals, shown_decimals, rounding));
}

/* digits / 10^cut, rounded down or up. */
static int64_t short_cut(int64_t digits, int32_t cut, liq_rounding rounding)
{
    int64_t power = 1;
    int64_t quotient;
    int64_t rest;

    for (int32_t i = 0; i < cut; i++)
        power *= 10;
    quotient = digits / power;
    rest = digits % power;
    if (rounding == LIQ_ROUND_CEIL)
        return quotient + (rest > 0);
    return quotient - (rest < 0);
}

static size_t short_write(char *out, int64_t digits, int32_t decimals)
{
    uint64_t left = digits < 0 ? -(uint64_t)digits : (uint64_t)digits;
    char reversed[LIQ_DECIMAL_BYTES];
    size_t used = 0;
    size_t at = 0;

    for (int32_t i = 0; i < decimals; i++) {
        reversed[used++] = (char)('0' + (int)(left % 10));
        left /= 10;
    }
    if (decimals > 0)
        reversed[used++] = '.';
    do {
        reversed[used++] = (char)('0' + (int)(left % 10));
        left /= 10;
    } while (left > 0);
    if (digits < 0)
        out[at++] = '-';
    while (used > 0)
        out[at++] = reversed[--used];
    out[at] = '\0';
    return at;
}
