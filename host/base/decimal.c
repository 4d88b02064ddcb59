/*
 * Decimals cross into integers here. The one scanner below serves prices (18
 * significant digits, any place of the point) and amounts (a count of a given
 * unit), so that both have the same grammar and the same messages.
 */
#include "base/decimal.h"

#include <string.h>

#include "base/fail.h"

enum { TEXT_BYTES_MAX = 64, SHORT_BYTES_MAX = 19 };

/* What a decimal string spells, before anything is cut or scaled. */
typedef struct spelled {
    bool negative;
    uint64_t digits;  /* all digits as one number, without trailing zeros after the point */
    int32_t decimals; /* digits after the point that are in it */
    bool too_long;    /* more digits than 64 bits hold */
} spelled;

static liq_status spell(spelled *out, liq_text text, liq_error *err);
static bool spell_short(spelled *out, liq_text text);
static size_t text_cut_zeros(liq_text text, const char *point);
static bool power_of_ten(liq_int128 *out, int32_t exponent);
static liq_int128 divide_rounded(liq_int128 value, liq_int128 by, liq_rounding rounding);
static bool normalise(liq_decimal *out, liq_int128 digits, int32_t decimals);
static bool scale_wide(liq_int128 *out, liq_int128 digits, int32_t from, int32_t to,
                       liq_rounding rounding);
static liq_int128 round_up_needed(bool negative, liq_uint128 rest_twice, liq_uint128 by,
                                  liq_rounding rounding);

liq_status liq_decimal_parse(liq_decimal *out, liq_text text, liq_error *err)
{
    spelled value;
    const liq_status status = spell(&value, text, err);

    if (status != LIQ_OK)
        return status;
    if (value.too_long || value.digits >= 1000000000000000000U)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "has more than %d significant digits",
                        LIQ_DECIMAL_DIGITS_MAX);
    if (value.decimals > LIQ_DECIMAL_DECIMALS_MAX)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "has %d decimals, the limit is %d",
                        value.decimals, LIQ_DECIMAL_DECIMALS_MAX);
    out->digits = value.negative ? -(int64_t)value.digits : (int64_t)value.digits;
    out->decimals = value.decimals;
    return LIQ_OK;
}

liq_status liq_decimal_parse_units(int64_t *out, liq_text text, int32_t decimals, liq_error *err)
{
    spelled value;
    liq_int128 scale;
    liq_int128 units;
    const liq_status status = spell(&value, text, err);

    LIQ_ASSERT(decimals >= 0 && decimals <= 18);
    if (status != LIQ_OK)
        return status;
    if (value.decimals > decimals)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "has %d decimals, the limit is %d",
                        value.decimals, decimals);
    (void)power_of_ten(&scale, decimals - value.decimals);
    units = (liq_int128)value.digits * scale;
    if (value.too_long || units > INT64_MAX)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "is past 2^63 - 1 units of 10^-%d", decimals);
    *out = value.negative ? -(int64_t)units : (int64_t)units;
    return LIQ_OK;
}

/* '-'? ( '0' | [1-9][0-9]* ) ( '.' [0-9]+ )? */
bool liq_decimal_valid(liq_text text)
{
    size_t i = text.bytes > 0 && text.data[0] == '-';
    const size_t whole = i;

    if (text.bytes > TEXT_BYTES_MAX)
        return false;
    while (i < text.bytes && text.data[i] >= '0' && text.data[i] <= '9')
        i++;
    if (i == whole || (text.data[whole] == '0' && i > whole + 1))
        return false;
    if (i == text.bytes)
        return true;
    if (text.data[i++] != '.' || i == text.bytes)
        return false;
    while (i < text.bytes && text.data[i] >= '0' && text.data[i] <= '9')
        i++;
    return i == text.bytes;
}

bool liq_decimal_scale(liq_int128 *out, liq_decimal value, int32_t decimals, liq_rounding rounding)
{
    return scale_wide(out, value.digits, value.decimals, decimals, rounding);
}

bool liq_decimal_product(liq_int128 *out, liq_decimal left, liq_decimal right, int32_t decimals,
                         liq_rounding rounding)
{
    return scale_wide(out, (liq_int128)left.digits * right.digits, left.decimals + right.decimals,
                      decimals, rounding);
}

bool liq_decimal_exact(int64_t *out, liq_decimal value, int32_t decimals)
{
    liq_int128 floor_units;
    liq_int128 ceil_units;

    if (!liq_decimal_scale(&floor_units, value, decimals, LIQ_ROUND_FLOOR) ||
        !liq_decimal_scale(&ceil_units, value, decimals, LIQ_ROUND_CEIL) ||
        floor_units != ceil_units || floor_units > INT64_MAX || floor_units < INT64_MIN)
        return false;
    *out = (int64_t)floor_units;
    return true;
}

bool liq_decimal_multiply(liq_decimal *out, liq_decimal left, liq_decimal right)
{
    return normalise(out, (liq_int128)left.digits * right.digits, left.decimals + right.decimals);
}

bool liq_decimal_divide(int64_t *out, liq_decimal left, liq_decimal right, int32_t decimals,
                        liq_rounding rounding)
{
    const bool negative = (left.digits < 0) != (right.digits < 0);
    const liq_uint128 by = (liq_uint128)(right.digits < 0 ? -right.digits : right.digits);
    const liq_uint128 value = (liq_uint128)(left.digits < 0 ? -left.digits : left.digits);
    int32_t shift = decimals + right.decimals - left.decimals;
    liq_uint128 divisor = by;
    liq_uint128 quotient;
    liq_uint128 rest;

    LIQ_ASSERT(right.digits != 0);
    quotient = value / by;
    rest = value % by;
    for (; shift > 0 && quotient <= INT64_MAX; shift--) {
        quotient = quotient * 10 + rest * 10 / by;
        rest = rest * 10 % by;
    }
    if (quotient > INT64_MAX)
        return false;
    if (shift < 0) { /* the wanted unit is coarser than the quotient: one division, one rounding */
        const int32_t cut = -shift < 20 ? -shift : 20;
        liq_int128 power;

        (void)power_of_ten(&power, cut);
        divisor = by * (liq_uint128)power;
        rest = -shift > cut ? (value != 0) : value % divisor;
        quotient = -shift > cut ? 0 : value / divisor;
    }
    quotient += (liq_uint128)round_up_needed(negative, rest * 2, divisor, rounding);
    if (quotient > INT64_MAX)
        return false;
    *out = negative ? -(int64_t)quotient : (int64_t)quotient;
    return true;
}

int liq_decimal_compare(liq_decimal left, liq_decimal right)
{
    const int32_t decimals = left.decimals > right.decimals ? left.decimals : right.decimals;
    const int left_sign = (left.digits > 0) - (left.digits < 0);
    const int right_sign = (right.digits > 0) - (right.digits < 0);
    liq_int128 left_units;
    liq_int128 right_units;

    if (left_sign != right_sign)
        return left_sign < right_sign ? -1 : 1;
    /* The one that cannot be brought to the common unit is the larger in size. */
    if (!liq_decimal_scale(&left_units, left, decimals, LIQ_ROUND_FLOOR))
        return left_sign;
    if (!liq_decimal_scale(&right_units, right, decimals, LIQ_ROUND_FLOOR))
        return -left_sign;
    return (left_units > right_units) - (left_units < right_units);
}

bool liq_decimal_from_units(liq_decimal *out, int64_t units, int32_t decimals)
{
    return normalise(out, units, decimals);
}

char *liq_decimal_format(char *out, liq_int128 digits, int32_t decimals)
{
    while (decimals > 0 && digits % 10 == 0) {
        digits /= 10;
        decimals--;
    }
    return liq_decimal_format_fixed(out, digits, decimals, decimals, LIQ_ROUND_FLOOR);
}

char *liq_decimal_format_fixed(char *out, liq_int128 digits, int32_t decimals,
                               int32_t shown_decimals, liq_rounding rounding)
{
    char reversed[LIQ_DECIMAL_BYTES];
    int32_t used = 0;
    int32_t at = 0;
    liq_uint128 left;
    liq_int128 power;

    LIQ_ASSERT(decimals >= 0 && shown_decimals >= 0 && shown_decimals < 48);
    if (shown_decimals < decimals) {
        (void)power_of_ten(&power, decimals - shown_decimals < 38 ? decimals - shown_decimals : 38);
        digits = divide_rounded(digits, power, rounding);
        decimals = shown_decimals;
    }
    left = digits < 0 ? -(liq_uint128)digits : (liq_uint128)digits;
    for (int32_t zeros = decimals; zeros < shown_decimals; zeros++)
        reversed[used++] = '0';
    while (left > 0 || used <= shown_decimals) {
        reversed[used++] = (char)('0' + (int)(left % 10));
        left /= 10;
    }
    if (digits < 0)
        out[at++] = '-';
    while (used > 0) {
        if (used == shown_decimals)
            out[at++] = '.';
        out[at++] = reversed[--used];
    }
    out[at] = '\0';
    return out;
}

static liq_status spell(spelled *out, liq_text text, liq_error *err)
{
    const char *point;
    size_t end;

    if (spell_short(out, text))
        return LIQ_OK;
    if (text.bytes == 0)
        return liq_fail(err, LIQ_BAD_INPUT, 0, "is empty, a decimal is needed");
    if (text.bytes > TEXT_BYTES_MAX)
        return liq_fail(err, LIQ_BAD_INPUT, 0, "is %zu characters long, a decimal has at most %d",
                        text.bytes, TEXT_BYTES_MAX);
    if (!liq_decimal_valid(text))
        return liq_fail(err, LIQ_BAD_INPUT, 0, "is not a plain decimal such as -12.5");
    point = memchr(text.data, '.', text.bytes);
    *out = (spelled){.negative = text.data[0] == '-'};
    end = text_cut_zeros(text, point);
    for (size_t i = out->negative; i < end; i++) {
        if (text.data[i] == '.')
            continue;
        out->too_long |= __builtin_mul_overflow(out->digits, 10U, &out->digits);
        out->too_long |=
            __builtin_add_overflow(out->digits, (uint64_t)(text.data[i] - '0'), &out->digits);
        out->decimals += point != NULL && text.data + i > point;
    }
    if (out->digits == 0 && !out->too_long)
        *out = (spelled){0};
    return LIQ_OK;
}

/* Nearly every decimal of a book, in one walk: no more digits than 64 bits hold in any case.
 * @return false for what is longer or not well formed, which the general way tells apart */
static bool spell_short(spelled *out, liq_text text)
{
    const size_t whole = text.bytes > 0 && text.data[0] == '-';
    size_t point = text.bytes;
    uint64_t digits = 0;
    int32_t decimals;

    if (text.bytes > SHORT_BYTES_MAX || text.bytes == whole)
        return false;
    for (size_t i = whole; i < text.bytes; i++) {
        const unsigned digit = (unsigned char)text.data[i] - (unsigned)'0';

        if (digit <= 9)
            digits = digits * 10 + digit;
        else if (text.data[i] == '.' && point == text.bytes)
            point = i;
        else
            return false;
    }
    if (point == whole || point + 1 == text.bytes || (text.data[whole] == '0' && point > whole + 1))
        return false;
    decimals = point == text.bytes ? 0 : (int32_t)(text.bytes - point - 1);
    for (; decimals > 0 && digits % 10 == 0; decimals--)
        digits /= 10;
    *out = (spelled){.negative = whole > 0 && digits != 0, .digits = digits, .decimals = decimals};
    return true;
}

/* Where the text ends once zeros at the end of its fraction, and a point left bare, are cut. */
static size_t text_cut_zeros(liq_text text, const char *point)
{
    size_t end = text.bytes;

    if (point == NULL)
        return end;
    while (text.data[end - 1] == '0')
        end--;
    return text.data + end - 1 == point ? end - 1 : end;
}

/* 10^exponent for 0 .. 38: every price passes here, so it is looked up. */
static bool power_of_ten(liq_int128 *out, int32_t exponent)
{
    static const int64_t powers[] = {1,
                                     10,
                                     100,
                                     1000,
                                     10000,
                                     100000,
                                     1000000,
                                     10000000,
                                     100000000,
                                     1000000000,
                                     10000000000,
                                     100000000000,
                                     1000000000000,
                                     10000000000000,
                                     100000000000000,
                                     1000000000000000,
                                     10000000000000000,
                                     100000000000000000,
                                     1000000000000000000};
    const int32_t last = (int32_t)(sizeof powers / sizeof powers[0]) - 1;

    *out = 1;
    if (exponent > 38)
        return false;
    for (; exponent > last; exponent -= last)
        *out *= powers[last];
    *out *= powers[exponent];
    return true;
}

/* Bring a count of 10^-from to a count of 10^-to. */
static bool scale_wide(liq_int128 *out, liq_int128 digits, int32_t from, int32_t to,
                       liq_rounding rounding)
{
    liq_int128 power;

    if (digits == 0) {
        *out = 0;
        return true;
    }
    if (to >= from)
        return power_of_ten(&power, to - from) && !__builtin_mul_overflow(digits, power, out);
    if (from - to > 38) { /* 36 digits vanish past 38 places: only a direction is left */
        *out = rounding == LIQ_ROUND_CEIL && digits > 0    ? 1
               : rounding == LIQ_ROUND_FLOOR && digits < 0 ? -1
                                                           : 0;
        return true;
    }
    (void)power_of_ten(&power, from - to);
    *out = divide_rounded(digits, power, rounding);
    return true;
}

static liq_int128 divide_rounded(liq_int128 value, liq_int128 by, liq_rounding rounding)
{
    const bool negative = value < 0;
    const liq_uint128 size = negative ? -(liq_uint128)value : (liq_uint128)value;
    const liq_uint128 divisor = (liq_uint128)by;
    const liq_uint128 rest = size % divisor;
    const liq_int128 quotient =
        (liq_int128)(size / divisor) + round_up_needed(negative, rest * 2, divisor, rounding);

    return negative ? -quotient : quotient;
}

/* Whether the size of a quotient grows by one, from twice its remainder. */
static liq_int128 round_up_needed(bool negative, liq_uint128 rest_twice, liq_uint128 by,
                                  liq_rounding rounding)
{
    if (rest_twice == 0)
        return 0;
    if (rounding == LIQ_ROUND_NEAREST)
        return rest_twice >= by;
    return (rounding == LIQ_ROUND_CEIL) != negative;
}

static bool normalise(liq_decimal *out, liq_int128 digits, int32_t decimals)
{
    const liq_int128 limit = 1000000000000000000;

    while (decimals > 0 && digits % 10 == 0) {
        digits /= 10;
        decimals--;
    }
    if (digits == 0)
        decimals = 0;
    if (digits >= limit || digits <= -limit || decimals > LIQ_DECIMAL_DECIMALS_MAX)
        return false;
    out->digits = (int64_t)digits;
    out->decimals = decimals;
    return true;
}

liq_int128 liq_decimal_units(const char *text, int32_t decimals)
{
    const bool is_negative = *text == '-';
    bool is_past = false;
    liq_int128 out = 0;

    for (text += is_negative; *text != '\0'; text++) {
        if (*text == '.') {
            is_past = true;
            continue;
        }
        out = out * 10 + (*text - '0');
        decimals -= is_past;
    }
    LIQ_ASSERT(decimals >= 0);
    for (; decimals > 0; decimals--)
        out *= 10;
    return is_negative ? -out : out;
}
