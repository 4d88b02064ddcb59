/*
 * Decimals against tables; test_decimal_random.c holds them against GMP.
 */
#include <criterion/criterion.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/decimal.h"

static const char longest_fraction[] =
    "0.00000000000000000000000000000000000000000000000000000000000000";

Test(decimal, reads_into_normal_form)
{
    static const struct {
        const char *text;
        int64_t digits;
        int32_t decimals;
    } cases[] = {
        {"0", 0, 0},
        {"-0", 0, 0},
        {"0.0", 0, 0},
        {"-0.000", 0, 0},
        {longest_fraction, 0, 0},
        {"1", 1, 0},
        {"-1", -1, 0},
        {"10", 10, 0},
        {"1.0", 1, 0},
        {"1.50", 15, 1},
        {"-12.5", -125, 1},
        {"0.001", 1, 3},
        {"100.001000", 100001, 3},
        {"999999999999999999", 999999999999999999, 0},
        {"-999999999999999999", -999999999999999999, 0},
        {"0.999999999999999999", 999999999999999999, 18},
        {"123456789.123456789", 123456789123456789, 9},
        {"0.000000000000000000000000000001", 1, 30},
        {"0.000000000000999999999999999999", 999999999999999999, 30},
        {"1.000000000000000000000000000000000000000000000000000000000000", 1, 0},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        liq_decimal value = {7, 7};
        liq_error error = {.message = ""};

        cr_expect(liq_decimal_parse(&value, liq_text_of(cases[i].text), &error) == LIQ_OK &&
                      value.digits == cases[i].digits && value.decimals == cases[i].decimals,
                  "%s: %lld e-%d %s", cases[i].text, (long long)value.digits, value.decimals,
                  error.message);
        cr_expect(liq_decimal_valid(liq_text_of(cases[i].text)), "%s", cases[i].text);
    }
}

/* Texts that are no decimal for any reader. */
static const liq_text not_decimals[] = {
    {"", 0},
    {"-", 1},
    {"+1", 2},
    {" 1", 2},
    {"1 ", 2},
    {".5", 2},
    {"5.", 2},
    {".", 1},
    {"-.5", 3},
    {"-5.", 3},
    {"01", 2},
    {"-01", 3},
    {"00", 2},
    {"00.5", 4},
    {"1e5", 3},
    {"1E5", 3},
    {"1,000", 5},
    {"1_000", 5},
    {"1.2.3", 5},
    {"--1", 3},
    {"1-", 2},
    {"0x10", 4},
    {"NaN", 3},
    {"nan", 3},
    {"Infinity", 8},
    {"inf", 3},
    {"1\n", 2},
    {"1\0", 2},
    {"\0"
     "1",
     2},
    {"1,5", 3},
    {"\xd9\xa1", 2},
    {"\xe2\x88\x92"
     "1",
     4},
    {"1f", 2},
    {"$1", 2},
    {"1%", 2},
    {"abc", 3},
    {"1/2", 3},
    {"0.", 2},
    {"-", 1},
    {"1..2", 4},
};

Test(decimal, refuses_what_is_no_decimal)
{
    for (size_t i = 0; i < sizeof not_decimals / sizeof not_decimals[0]; i++) {
        liq_decimal value = {7, 7};
        int64_t units = 7;
        liq_error error = {.message = ""};

        cr_expect(liq_decimal_parse(&value, not_decimals[i], &error) == LIQ_BAD_INPUT, "case %zu",
                  i);
        cr_expect(error.message[0] != '\0' && value.digits == 7 && value.decimals == 7);
        cr_expect(liq_decimal_parse_units(&units, not_decimals[i], 8, &error) == LIQ_BAD_INPUT,
                  "case %zu", i);
        cr_expect(units == 7);
        cr_expect(!liq_decimal_valid(not_decimals[i]), "case %zu", i);
    }
}

Test(decimal, refuses_more_than_64_bytes)
{
    char text[128];
    liq_decimal value;
    int64_t units;

    (void)snprintf(text, sizeof text, "%s0", longest_fraction);
    cr_assert(strlen(text) == 65);
    cr_expect(liq_decimal_parse(&value, liq_text_of(text), NULL) == LIQ_BAD_INPUT);
    cr_expect(liq_decimal_parse_units(&units, liq_text_of(text), 8, NULL) == LIQ_BAD_INPUT);
    cr_expect(!liq_decimal_valid(liq_text_of(text)));
}

Test(decimal, refuses_digits_past_its_limits)
{
    static const char *const texts[] = {
        "1000000000000000000",
        "-1000000000000000000",
        "9223372036854775807",
        "18446744073709551615",
        "18446744073709551616",
        "99999999999999999999999999999999999999999999999999999999999999",
        "1.000000000000000001",
        "0.1234567890123456789",
        "0.0000000000000000000000000000001",
        "0.0000000000000000000000000000010000001",
        "1000000000000000000.5",
    };

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        liq_decimal value = {7, 7};

        cr_expect(liq_decimal_parse(&value, liq_text_of(texts[i]), NULL) == LIQ_OUT_OF_RANGE, "%s",
                  texts[i]);
        cr_expect(value.digits == 7 && value.decimals == 7);
    }
}

Test(decimal, reads_counts_of_a_unit)
{
    static const struct {
        const char *text;
        int32_t decimals;
        liq_status status;
        int64_t units;
    } cases[] = {
        {"0", 8, LIQ_OK, 0},
        {"-0.0", 0, LIQ_OK, 0},
        {"1", 8, LIQ_OK, 100000000},
        {"-1.5", 1, LIQ_OK, -15},
        {"1.50000000000", 1, LIQ_OK, 15},
        {"0.00000001", 8, LIQ_OK, 1},
        {"12", 0, LIQ_OK, 12},
        {"9223372036854775807", 0, LIQ_OK, INT64_MAX},
        {"-9223372036854775807", 0, LIQ_OK, -INT64_MAX},
        {"92233720368.54775807", 8, LIQ_OK, INT64_MAX},
        {"9.223372036854775807", 18, LIQ_OK, INT64_MAX},
        {"9223372036854775808", 0, LIQ_OUT_OF_RANGE, 0},
        {"92233720368.54775808", 8, LIQ_OUT_OF_RANGE, 0},
        {"92233720369", 8, LIQ_OUT_OF_RANGE, 0},
        {"10", 18, LIQ_OUT_OF_RANGE, 0},
        {"18446744073709551616", 0, LIQ_OUT_OF_RANGE, 0},
        {"99999999999999999999999999999999999999999999999999", 8, LIQ_OUT_OF_RANGE, 0},
        {"0.5", 0, LIQ_OUT_OF_RANGE, 0},
        {"0.000000001", 8, LIQ_OUT_OF_RANGE, 0},
        {"1.000000001", 8, LIQ_OUT_OF_RANGE, 0},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t units = 0;
        const liq_status status =
            liq_decimal_parse_units(&units, liq_text_of(cases[i].text), cases[i].decimals, NULL);

        cr_expect(status == cases[i].status && units == cases[i].units, "%s: %lld", cases[i].text,
                  (long long)units);
    }
}

Test(decimal, formats_without_loss_and_rounds_only_what_is_shown)
{
    static const struct {
        int64_t digits;
        int32_t decimals;
        const char *plain;
        const char *floor; /* two decimals shown */
        const char *ceil;
        const char *nearest;
    } cases[] = {
        {0, 0, "0", "0.00", "0.00", "0.00"},
        {0, 8, "0", "0.00", "0.00", "0.00"},
        {5, 0, "5", "5.00", "5.00", "5.00"},
        {1500, 2, "15", "15.00", "15.00", "15.00"},
        {-1500, 4, "-0.15", "-0.15", "-0.15", "-0.15"},
        {1, 8, "0.00000001", "0.00", "0.01", "0.00"},
        {-1, 8, "-0.00000001", "-0.01", "0.00", "0.00"},
        {1005, 3, "1.005", "1.00", "1.01", "1.01"},
        {-1005, 3, "-1.005", "-1.01", "-1.00", "-1.01"},
        {1004, 3, "1.004", "1.00", "1.01", "1.00"},
        {9999, 3, "9.999", "9.99", "10.00", "10.00"},
        {-9999, 3, "-9.999", "-10.00", "-9.99", "-10.00"},
        {INT64_MAX, 18, "9.223372036854775807", "9.22", "9.23", "9.22"},
        {INT64_MIN, 0, "-9223372036854775808", "-9223372036854775808.00", "-9223372036854775808.00",
         "-9223372036854775808.00"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const int64_t digits = cases[i].digits;
        const int32_t decimals = cases[i].decimals;
        char out[LIQ_DECIMAL_BYTES];

        cr_expect(liq_decimal_format(out, digits, decimals) == out);
        cr_expect(liq_decimal_units(out, decimals) == digits, "%s", out);
        cr_expect(strcmp(out, cases[i].plain) == 0, "%s", out);
        (void)liq_decimal_format_fixed(out, digits, decimals, 2, LIQ_ROUND_FLOOR);
        cr_expect(strcmp(out, cases[i].floor) == 0, "%s", out);
        (void)liq_decimal_format_fixed(out, digits, decimals, 2, LIQ_ROUND_CEIL);
        cr_expect(strcmp(out, cases[i].ceil) == 0, "%s", out);
        (void)liq_decimal_format_fixed(out, digits, decimals, 2, LIQ_ROUND_NEAREST);
        cr_expect(strcmp(out, cases[i].nearest) == 0, "%s", out);
    }
}

Test(decimal, formats_the_widest_values)
{
    static const char widest[] = "170141183460469231731687303715884105727";
    char out[LIQ_DECIMAL_BYTES];

    cr_expect(strcmp(liq_decimal_format(out, LIQ_INT128_MAX, 0), widest) == 0, "%s", out);
    (void)liq_decimal_format(out, -LIQ_INT128_MAX - 1, 0);
    cr_expect(strcmp(out, "-170141183460469231731687303715884105728") == 0, "%s", out);
    (void)liq_decimal_format(out, -LIQ_INT128_MAX, 47);
    cr_expect(strcmp(out, "-0.00000000170141183460469231731687303715884105727") == 0, "%s", out);
    (void)liq_decimal_format_fixed(out, -LIQ_INT128_MAX, 0, 47, LIQ_ROUND_FLOOR);
    cr_expect(strlen(out) == 1 + 39 + 1 + 47, "%s", out);
}

Test(decimal, stops_the_program_that_divides_by_zero, .signal = SIGABRT)
{
    int64_t out;

    (void)liq_decimal_divide(&out, (liq_decimal){1, 0}, (liq_decimal){0, 0}, 2, LIQ_ROUND_FLOOR);
}
