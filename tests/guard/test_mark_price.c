/*
 * Marks out of an index, with the numbers worked out by hand.
 */
#include <criterion/criterion.h>

#include "guard/mark_price.h"

static liq_decimal price(const char *text)
{
    liq_decimal out = {0};

    cr_assert_eq(liq_decimal_parse(&out, liq_text_of(text), NULL), LIQ_OK, "%s", text);
    return out;
}

static void expect(liq_decimal got, const char *expected)
{
    char text[LIQ_DECIMAL_BYTES];

    cr_expect_str_eq(liq_decimal_format(text, got.digits, got.decimals), expected, "%s, not %s",
                     text, expected);
}

typedef struct funding_row {
    const char *index;
    int64_t rate_nano;
    int64_t left_ms;
    const char *expected;
} funding_row;

Test(mark_price, moves_the_index_by_the_funding_that_is_left)
{
    static const funding_row rows[] = {
        {"10000", 100000, 14400000, "10000.5"}, /* 0.01%, half of 8 hours */
        {"10000", 100000, 28800000, "10001"},
        {"10000", 100000, 0, "10000"},
        {"10000", -750000, 28800000, "9992.5"},
        {"0.00001", 1000000, 28800000, "0.00001001"},
        {"999999999999999999", 0, 1, "999999999999999999"}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        expect(
            liq_funding_price(price(rows[i].index), rows[i].rate_nano, rows[i].left_ms, 28800000),
            rows[i].expected);
}

Test(mark_price, averages_the_basis_over_time)
{
    liq_basis basis = {0};

    expect(liq_basis_price(&basis, price("100")), "100");
    liq_basis_note(&basis, 0, price("100"), price("100"), LIQ_BASIS_WINDOW_MS);
    expect(liq_basis_price(&basis, price("100")), "100");
    liq_basis_note(&basis, 150000, price("110"), price("100"), LIQ_BASIS_WINDOW_MS);
    expect(liq_basis_price(&basis, price("100")), "105"); /* half the way */
    liq_basis_note(&basis, 200000, price("109"), price("100"), LIQ_BASIS_WINDOW_MS);
    expect(liq_basis_price(&basis, price("100")), "106"); /* a quarter of the rest */
    liq_basis_note(&basis, 200000, price("900"), price("100"), LIQ_BASIS_WINDOW_MS);
    expect(liq_basis_price(&basis, price("100")), "106"); /* no time has passed */
    liq_basis_note(&basis, 350000, price("82"), price("100"), LIQ_BASIS_WINDOW_MS);
    expect(liq_basis_price(&basis, price("100")), "94");
    expect(liq_basis_price(&basis, price("5")), "0.000000000001"); /* never below a price */
}

Test(mark_price, takes_the_median_of_binance)
{
    liq_basis basis = {0};

    liq_basis_note(&basis, 0, price("10003"), price("10000"), LIQ_BASIS_WINDOW_MS);
    expect(liq_mark_by_funding(price("10000"), price("10000.5"), &basis, price("10010")), "10003");
    expect(liq_mark_by_funding(price("10000"), price("10000.5"), &basis, price("10002")), "10002");
    expect(liq_mark_by_funding(price("10000"), price("10000.5"), &basis, price("1")), "10000.5");
}

Test(mark_price, takes_the_median_of_hyperliquid)
{
    const liq_index_source outside[] = {{.price = price("102"), .weight = 3},
                                        {.price = price("108"), .weight = 2},
                                        {.price = price("90"), .weight = 1}};
    liq_basis basis = {0};

    liq_basis_note(&basis, 0, price("101"), price("100"), LIQ_BASIS_WINDOW_MS);
    /* 101; the median of 104, 106 and 103, 104; of the venues 90 and 102 weigh more than half: 102.
     */
    expect(liq_mark_by_oracle(price("100"), &basis, price("104"), price("106"), price("103"),
                              outside, 3),
           "102");
    expect(
        liq_mark_by_oracle(price("100"), &basis, price("50"), price("51"), price("52"), outside, 3),
        "101");
    expect(
        liq_mark_by_oracle(price("100"), &basis, price("104"), price("106"), price("103"), NULL, 0),
        "102.5");
}
