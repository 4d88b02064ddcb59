/*
 * Marks out of an index, with the numbers worked out by hand.
 */
#include <criterion/criterion.h>

#include <string.h>

#include "guard/mark_price.h"

enum { WINDOW_MS = 150000 };

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
        {"1.0000000000005", 0, 1, "1"},                             /* and so is the index */
        {"0.000000000003", -500000000, 28800000, "0.000000000001"}, /* rounded down */
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
    liq_basis_note(&basis, 0, price("100"), price("100"), WINDOW_MS);
    expect(liq_basis_price(&basis, price("100")), "100");
    liq_basis_note(&basis, 150000, price("110"), price("100"), WINDOW_MS);
    expect(liq_basis_price(&basis, price("100")), "105"); /* half the way */
    liq_basis_note(&basis, 200000, price("109"), price("100"), WINDOW_MS);
    expect(liq_basis_price(&basis, price("100")), "106"); /* a quarter of the rest */
    liq_basis_note(&basis, 200000, price("900"), price("100"), WINDOW_MS);
    expect(liq_basis_price(&basis, price("100")), "106"); /* no time has passed */
    liq_basis_note(&basis, 350000, price("82"), price("100"), WINDOW_MS);
    expect(liq_basis_price(&basis, price("100")), "94");
    expect(liq_basis_price(&basis, price("5")), "0.000000000001"); /* never below a price */
}

/* What a mark is made of; NULL: not there. */
typedef struct made_row {
    liq_mark_texts texts;
    int64_t time_ms;
    const char *basis; /* what the average is, of a price of 10000 */
    const char *expected;
} made_row;

static void rows_check(const made_row *rows, size_t count, bool by_funding)
{
    for (size_t i = 0; i < count; i++) {
        liq_mark_inputs inputs;
        liq_basis basis = {0};
        liq_error err = {0};

        cr_assert_eq(liq_mark_inputs_read(&inputs, &rows[i].texts, &err), LIQ_OK, "%s",
                     err.message);
        cr_expect_null(inputs.bad_name);
        if (rows[i].basis != NULL)
            liq_basis_note(&basis, 0, price(rows[i].basis), price("10000"), WINDOW_MS);
        expect(by_funding ? liq_mark_by_funding(&inputs, &basis, rows[i].time_ms)
                          : liq_mark_by_oracle(&inputs, &basis),
               rows[i].expected);
    }
}

Test(mark_price, takes_the_median_of_binance)
{
    /* 0.01% of 10000, of which half of 8 hours are left at 14400000: 10000.5. */
    static const made_row rows[] = {
        {{.index = "10000", .last = "10010", .funding_rate = "0.0001", .funding_time_ms = 28800000},
         14400000,
         "10003",
         "10003"},
        {{.index = "10000", .last = "10002", .funding_rate = "0.0001", .funding_time_ms = 28800000},
         14400000,
         "10003",
         "10002"},
        {{.index = "10000", .last = "1", .funding_rate = "0.0001", .funding_time_ms = 28800000},
         14400000,
         "10003",
         "10000.5"},
        /* more is left than an interval has, and less than nothing */
        {{.index = "10000", .last = "1", .funding_rate = "0.0001", .funding_time_ms = 90000000},
         0,
         "10003",
         "10001"},
        {{.index = "10000", .last = "1", .funding_rate = "0.0001", .funding_time_ms = 5},
         6,
         "10003",
         "10000"},
        {{.index = "10000",
          .last = "1",
          .funding_rate = "0.0001",
          .funding_time_ms = 14400000,
          .funding_interval_ms = 14400000},
         10800000,
         "10003",
         "10000.25"},
        /* without last, without funding, without both: the mean of two, or the one */
        {{.index = "10000", .funding_rate = "0.0001", .funding_time_ms = 28800000},
         14400000,
         "10003",
         "10001.75"},
        {{.index = "10000", .last = "10010"}, 14400000, "10003", "10006.5"},
        {{.index = "10000", .bid = "10001"}, 14400000, "10003", "10003"},
        {{.index = "10000", .bid = "10001"}, 14400000, NULL, "10000"}};

    rows_check(rows, sizeof rows / sizeof rows[0], true);
}

Test(mark_price, takes_the_median_of_hyperliquid)
{
    /* by the oracle 10100; by the book the median of 10400, 10600 and 10300: 10400 */
    static const made_row rows[] = {
        {{.index = "10000", .bid = "10400", .ask = "10600", .last = "10300", .outside = "10200"},
         0,
         "10100",
         "10200"},
        {{.index = "10000", .bid = "5000", .ask = "5100", .last = "5200", .outside = "10200"},
         0,
         "10100",
         "10100"},
        {{.index = "10000", .bid = "10400", .ask = "10600", .last = "10300"}, 0, "10100", "10250"},
        {{.index = "10000", .bid = "10400", .ask = "10600"}, 0, "10100", "10300"},
        {{.index = "10000", .ask = "10300"}, 0, "10100", "10200"},
        {{.index = "10000", .outside = "10200"}, 0, "10100", "10150"},
        {{.index = "10000", .funding_rate = "1", .funding_time_ms = 1}, 0, "10100", "10100"}};

    rows_check(rows, sizeof rows / sizeof rows[0], false);
}

Test(mark_price, measures_the_basis_by_the_middle_of_the_book)
{
    expect(liq_mark_traded(
               &(liq_mark_inputs){.bid = price("99"), .ask = price("102"), .last = price("1")}),
           "100.5");
    expect(liq_mark_traded(&(liq_mark_inputs){.bid = price("99"), .last = price("98")}), "98");
    expect(liq_mark_traded(&(liq_mark_inputs){.ask = price("99")}), "0");
}

typedef struct bad_row {
    liq_mark_texts texts;
    liq_status status;
    const char *message; /* with LIQ_OK: the input that is no price */
} bad_row;

Test(mark_price, says_which_input_is_none)
{
    static const bad_row rows[] = {
        {{.index = "0", .bid = "-1"}, LIQ_OK, "index price"},
        {{.index = "1", .last = "0"}, LIQ_OK, "last"},
        {{.index = "1", .bid = "-1"}, LIQ_OK, "bid"},
        {{.index = "1", .ask = "0.0"}, LIQ_OK, "ask"},
        {{.index = "1", .outside = "-0.5"}, LIQ_OK, "outside price"},
        {{.index = "1", .last = "1234567890.1234567891"}, LIQ_OUT_OF_RANGE, "last: "},
        {{.index = "x"}, LIQ_BAD_INPUT, "index price: "},
        {{.funding_rate = "1.1", .funding_time_ms = 1},
         LIQ_OUT_OF_RANGE,
         "funding rate \"1.1\" must be -1 .. 1"},
        {{.funding_rate = "-1.000000001", .funding_time_ms = 1}, LIQ_OUT_OF_RANGE, "-1 .. 1"},
        {{.funding_rate = "1%", .funding_time_ms = 1}, LIQ_BAD_INPUT, "funding rate: "}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        liq_mark_inputs inputs = {0};
        liq_error err = {0};

        cr_expect_eq(liq_mark_inputs_read(&inputs, &rows[i].texts, &err), rows[i].status, "%zu", i);
        if (rows[i].status != LIQ_OK)
            cr_expect_not_null(strstr(err.message, rows[i].message), "%zu: %s", i, err.message);
        else
            cr_expect_str_eq(inputs.bad_name, rows[i].message, "%zu", i);
    }
}

Test(mark_price, rounds_a_rate_down)
{
    const liq_mark_texts texts = {.funding_rate = "-0.0000000011", .funding_time_ms = 7};
    liq_mark_inputs inputs;

    cr_assert_eq(liq_mark_inputs_read(&inputs, &texts, NULL), LIQ_OK);
    cr_expect_eq(inputs.rate_nano, -2);
    cr_expect_eq(inputs.due_ms, 7);
    cr_expect_eq(inputs.interval_ms, 28800000);
}
