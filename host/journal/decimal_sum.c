#include "journal/decimal_sum.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum { LIMB_DIGITS = 9, LIMB = 1000000000, WHOLE_LIMBS = LIQ_SUM_LIMBS / 2 };

_Static_assert(WHOLE_LIMBS *LIMB_DIGITS == LIQ_SUM_DIGITS_MAX, "each side has its digits");

static size_t digits_at(const char *text);
static void carry(liq_decimal_sum *out, const liq_decimal_sum *sum, bool *is_negative);

bool liq_decimal_sum_add(liq_decimal_sum *sum, const char *decimal)
{
    const int64_t sign = decimal[0] == '-' ? -1 : 1;
    const char *whole = decimal + (decimal[0] == '-');
    const size_t whole_digits = digits_at(whole);
    const char *part = whole + whole_digits;
    size_t part_digits = 0;
    int64_t limbs[LIQ_SUM_LIMBS] = {0};

    if (*part == '.') {
        part_digits = digits_at(++part);
        if (part_digits == 0)
            return false;
    }
    if (whole_digits == 0 || whole_digits > LIQ_SUM_DIGITS_MAX ||
        part_digits > LIQ_SUM_DIGITS_MAX || part[part_digits] != '\0')
        return false;
    for (size_t i = 0; i < whole_digits; i++) {
        int64_t *limb = &limbs[WHOLE_LIMBS + (whole_digits - 1 - i) / LIMB_DIGITS];

        *limb = *limb * 10 + (whole[i] - '0');
    }
    for (size_t i = 0; i < WHOLE_LIMBS * (size_t)LIMB_DIGITS; i++) {
        int64_t *limb = &limbs[WHOLE_LIMBS - 1 - i / LIMB_DIGITS];

        *limb = *limb * 10 + (i < part_digits ? part[i] - '0' : 0);
    }
    for (int i = 0; i < LIQ_SUM_LIMBS; i++)
        sum->limbs[i] += sign * limbs[i];
    return true;
}

bool liq_decimal_sum_is_zero(const liq_decimal_sum *sum)
{
    liq_decimal_sum carried;
    bool is_negative;

    carry(&carried, sum, &is_negative);
    for (int i = 0; i < LIQ_SUM_LIMBS; i++)
        if (carried.limbs[i] != 0)
            return false;
    return true;
}

void liq_decimal_sum_text(char out[LIQ_SUM_TEXT_BYTES], const liq_decimal_sum *sum)
{
    char digits[LIQ_SUM_TEXT_BYTES - 1]; /* without its sign */
    liq_decimal_sum carried;
    bool is_negative;
    size_t used = 0;
    size_t first = 0;

    carry(&carried, sum, &is_negative);
    for (int i = LIQ_SUM_LIMBS - 1; i >= 0; i--) {
        used += (size_t)snprintf(digits + used, sizeof digits - used, "%09lld",
                                 (long long)carried.limbs[i]);
        if (i == WHOLE_LIMBS)
            digits[used++] = '.';
    }
    while (digits[used - 1] == '0')
        digits[--used] = '\0';
    if (digits[used - 1] == '.')
        digits[--used] = '\0';
    while (digits[first] == '0' && digits[first + 1] != '\0' && digits[first + 1] != '.')
        first++;
    if (is_negative)
        *out++ = '-';
    memcpy(out, digits + first, used - first + 1);
}

static size_t digits_at(const char *text)
{
    return strspn(text, "0123456789");
}

/* All limbs to 0 .. 10^9 - 1; the highest may be larger. */
static void carry(liq_decimal_sum *out, const liq_decimal_sum *sum, bool *is_negative)
{
    int sign = 0;

    for (int round = 0; round < 2; round++) {
        int64_t over = 0;

        for (int i = 0; i < LIQ_SUM_LIMBS; i++) {
            int64_t limb = (sign < 0 ? -sum->limbs[i] : sum->limbs[i]) + over;

            over = i + 1 < LIQ_SUM_LIMBS ? limb / LIMB : 0;
            limb -= over * LIMB;
            if (limb < 0 && i + 1 < LIQ_SUM_LIMBS) {
                limb += LIMB;
                over--;
            }
            out->limbs[i] = limb;
        }
        *is_negative = sign < 0;
        if (out->limbs[LIQ_SUM_LIMBS - 1] >= 0)
            return;
        sign = -1;
    }
}
