#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "liq_adl.h"
#include "scan/score_text.h"
#include "support_seeded.h"

/* The key of mantissa x 2^exponent. */
static int64_t key_of(uint64_t mantissa, int32_t exponent, bool negative)
{
    liq_ratio ratio = liq_ratio_from(mantissa);

    ratio.exponent += exponent;
    return liq_score_pack(ratio, negative);
}

static void expect_text(int64_t key, const char *expected)
{
    char text[LIQ_ADL_SCORE_BYTES];

    liq_score_write(text, key);
    cr_expect_str_eq(text, expected, "%s is not %s", text, expected);
}

Test(score_text, writes_plain_decimals)
{
    expect_text(0, "0");
    expect_text(key_of(1, 0, false), "1");
    expect_text(key_of(1, 0, true), "-1");
    expect_text(key_of(5, -1, false), "2.5");
    expect_text(key_of(1, -10, false), "0.0009765625");
    expect_text(key_of(1234567, 0, true), "-1234567");
    expect_text(key_of(1, 60, false), "1152921504606850000");
    expect_text(key_of(UINT64_C(9999999999999999), 0, false), "10000000000000000");
    expect_text(key_of(UINT64_C(1999999999999999), -1, false), "1000000000000000");
    expect_text(key_of(UINT64_C(999999999999999), 0, false), "999999999999999");
}

Test(score_text, has_none_where_there_is_no_score)
{
    expect_text(LIQ_SCORE_UNVALUED, "");
    expect_text(LIQ_SCORE_PAST_BANKRUPTCY, "");
}

/*
 * 53 of the key's 54 bits fill a double, which printf prints right. Small exponents are left out:
 * there a value may lie just between two texts, which printf rounds to even.
 */
Test(score_text, agrees_with_the_printing_of_doubles)
{
    liq_random random = liq_random_make(liq_random_seed());

    for (int i = 0; i < 20000; i++) {
        const uint64_t mantissa = liq_random_next(&random) >> 11 | UINT64_C(1) << 52;
        const int32_t size = (int32_t)liq_random_between(&random, 70, 400);
        const int32_t exponent = liq_random_once_in(&random, 2) ? -size - 100 : size;
        const int64_t key = key_of(mantissa, exponent, liq_random_once_in(&random, 2));
        char text[LIQ_ADL_SCORE_BYTES];
        char got[64];
        char expected[64];
        double value = (double)mantissa;

        for (int32_t e = exponent; e != 0; e += e < 0 ? 1 : -1)
            value = e < 0 ? value / 2 : value * 2;
        liq_score_write(text, key);
        cr_assert_null(strpbrk(text, "eE"), "%s", text);
        (void)snprintf(got, sizeof got, "%.14e", strtod(text, NULL));
        (void)snprintf(expected, sizeof expected, "%.14e", key < 0 ? -value : value);
        cr_assert_str_eq(got, expected, "%s: %s", text, expected);
    }
}

/* The ends of what a key can hold fit the text. */
Test(score_text, writes_the_ends_of_the_range)
{
    static const int64_t ends[] = {1, -1, INT64_MAX, -INT64_MAX + 1,
                                   INT64_C(1) << LIQ_SCORE_MANTISSA_BITS};

    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        char text[LIQ_ADL_SCORE_BYTES];

        liq_score_write(text, ends[i]);
        cr_expect_gt(strlen(text), 20, "%s", text);
    }
}
