/*
 * The exponent only moves the point, so it is resolved in the text: the
 * number is spelled again without one, and read by the one reader of
 * decimals.
 */
#include "base/json_number.h"

#include <string.h>

#include "base/fail.h"

enum {
    NUMBER_BYTES_MAX = 63,
    EXPONENT_MAX = 1000, /* past it the answer is the same for every exponent */
    PLAIN_BYTES = 64
};

/* 0.digits x 10^point, without zeros at either end of the digits. */
typedef struct spelled {
    char digits[NUMBER_BYTES_MAX];
    int32_t count;
    int32_t point;
    bool negative;
} spelled;

static void spell(spelled *out, liq_text number);
static int32_t exponent_read(const char *at, const char *end);
static void zeros_cut(spelled *out);
static size_t plain_write(char *out, const spelled *number);

liq_status liq_json_number_parse(liq_decimal *out, liq_text number, liq_error *err)
{
    spelled parts;
    char plain[PLAIN_BYTES];

    LIQ_ASSERT(number.bytes <= NUMBER_BYTES_MAX);
    spell(&parts, number);
    if (parts.count > LIQ_DECIMAL_DIGITS_MAX || parts.point > LIQ_DECIMAL_DIGITS_MAX)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "has more than %d significant digits",
                        LIQ_DECIMAL_DIGITS_MAX);
    if (parts.count - parts.point > LIQ_DECIMAL_DECIMALS_MAX)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "has more than %d decimals",
                        LIQ_DECIMAL_DECIMALS_MAX);
    return liq_decimal_parse(out, (liq_text){plain, plain_write(plain, &parts)}, err);
}

static void spell(spelled *out, liq_text number)
{
    const char *const end = number.data + number.bytes;
    bool behind_point = false;

    *out = (spelled){.negative = *number.data == '-'};
    for (const char *at = number.data + out->negative; at < end; at++) {
        if (*at == 'e' || *at == 'E') {
            out->point += exponent_read(at + 1, end);
            break;
        }
        if (*at == '.') {
            behind_point = true;
            continue;
        }
        out->digits[out->count++] = *at;
        out->point += !behind_point;
    }
    zeros_cut(out);
}

static int32_t exponent_read(const char *at, const char *end)
{
    const bool negative = *at == '-';
    int32_t exponent = 0;

    for (at += *at == '-' || *at == '+'; at < end; at++)
        if (exponent < EXPONENT_MAX)
            exponent = exponent * 10 + (*at - '0');
    return negative ? -exponent : exponent;
}

static void zeros_cut(spelled *out)
{
    int32_t leading = 0;

    while (out->count > 0 && out->digits[out->count - 1] == '0')
        out->count--;
    while (leading < out->count && out->digits[leading] == '0')
        leading++;
    memmove(out->digits, out->digits + leading, (size_t)(out->count - leading));
    out->count -= leading;
    out->point -= leading;
    if (out->count == 0)
        out->point = 0; /* zero, whatever its exponent */
}

/* The point stands before digit number->point, and zeros fill the gap on either side of it. */
static size_t plain_write(char *out, const spelled *number)
{
    size_t used = 0;

    if (number->negative)
        out[used++] = '-';
    if (number->point <= 0)
        out[used++] = '0';
    for (int32_t i = number->point < 0 ? number->point : 0; i < number->count || i < number->point;
         i++) {
        if (i == number->point)
            out[used++] = '.';
        out[used++] = i < 0 || i >= number->count ? '0' : number->digits[i];
    }
    LIQ_ASSERT(used <= PLAIN_BYTES);
    return used;
}
