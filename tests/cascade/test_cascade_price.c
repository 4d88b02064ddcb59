/*
 * Prices in proportion and means of prices, by hand.
 */
#include <criterion/criterion.h>

#include "base/decimal.h"
#include "cascade/cascade_price.h"

static liq_decimal decimal(const char *text)
{
    liq_decimal out;

    cr_assert_eq(liq_decimal_parse(&out, liq_text_of(text), NULL), LIQ_OK, "%s", text);
    return out;
}

static const char *text_of(liq_decimal price)
{
    static char out[LIQ_DECIMAL_BYTES];

    return liq_decimal_format(out, price.digits, price.decimals);
}

Test(cascade_price, moves_in_proportion)
{
    static const struct {
        const char *price;
        const char *target;
        const char *source;
        int32_t decimals;
        const char *floor;
        const char *ceil;
    } rows[] = {
        {"199.6", "100", "200", 30, "99.8", "99.8"},
        {"1", "1", "3", 30, "0.333333333333333333", "0.333333333333333334"},
        {"2", "1", "3", 30, "0.666666666666666666", "0.666666666666666667"},
        {"100", "1", "3", 2, "33.33", "33.34"},
        {"100", "3", "1", 2, "300", "300"},
        {"123456789012345678", "10", "1", 30, "", ""},
        {"12345", "1", "1", -2, "12300", "12400"},
        {"999999999999999999", "1", "1", 30, "999999999999999999", ""},
        {"0.000000000000000000000000000001", "1", "2", 30, "", ""},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const liq_decimal price = decimal(rows[i].price);
        const liq_decimal target = decimal(rows[i].target);
        const liq_decimal source = decimal(rows[i].source);
        liq_decimal out;

        if (liq_price_scale(&out, price, target, source, rows[i].decimals, LIQ_ROUND_FLOOR))
            cr_expect_str_eq(text_of(out), rows[i].floor, "row %zu: %s", i, text_of(out));
        else
            cr_expect_eq(rows[i].floor[0], '\0', "row %zu", i);
        if (rows[i].ceil[0] != '\0') {
            cr_expect(
                liq_price_scale(&out, price, target, source, rows[i].decimals, LIQ_ROUND_CEIL));
            cr_expect_str_eq(text_of(out), rows[i].ceil, "row %zu: %s", i, text_of(out));
        }
    }
}

/* The last row has weights past 32 bits: both are halved until they fit. */
Test(cascade_price, lies_between_by_weights)
{
    static const struct {
        const char *left;
        const char *right;
        int64_t left_weight;
        int64_t right_weight;
        const char *out;
    } rows[] = {
        {"99", "101", 1, 1, "100"},   {"99", "101", 3, 1, "99.5"},
        {"99.5", "100", 0, 7, "100"}, {"1", "2", 2, 1, "1.333333"},
        {"1.25", "2", 1, 2, "1.75"},  {"10", "20", INT64_MAX, INT64_MAX, "15"},
    };
    liq_decimal out;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cr_expect(liq_price_mean(&out, decimal(rows[i].left), rows[i].left_weight,
                                 decimal(rows[i].right), rows[i].right_weight, LIQ_ROUND_FLOOR));
        cr_expect_str_eq(text_of(out), rows[i].out, "row %zu: %s", i, text_of(out));
    }
    cr_expect_not(liq_price_mean(&out, decimal("1"), 0, decimal("2"), 0, LIQ_ROUND_FLOOR));
}

Test(cascade_price, tells_a_change_in_parts_per_million)
{
    cr_expect_eq(liq_price_change_ppm(decimal("98"), decimal("100")), -20000);
    cr_expect_eq(liq_price_change_ppm(decimal("1"), decimal("3")), -666667);
    cr_expect_eq(liq_price_change_ppm(decimal("0"), decimal("3")), 0);
    cr_expect_eq(liq_price_change_ppm(decimal("999999999999999999"), decimal("0.000001")),
                 INT64_MAX);
}
