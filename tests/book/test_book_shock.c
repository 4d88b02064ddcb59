#include <stdio.h>
#include <stdlib.h>

#include <criterion/criterion.h>

#include "book/columns.h"
#include "support_folder.h"

static folder home;
static liq_book *book;

static void load(void)
{
    liq_error err = {0};

    cr_assert_eq(liq_book_load(&book, home.path, NULL, &err), LIQ_OK, "%s", err.message);
}

static void setup(void)
{
    home = book_folder_create();
    book_folder_write_all(&home, good_book, GOOD_BOOK_FILES);
    load();
}

static void teardown(void)
{
    liq_book_destroy(book);
    book_folder_remove(&home);
}

TestSuite(book_shock, .init = setup, .fini = teardown);

static void reload(const char *marks)
{
    liq_book_destroy(book);
    book_folder_write_text(&home, "marks.csv", marks);
    load();
}

static void expect_price(liq_decimal price, const char *expected)
{
    char shown[LIQ_DECIMAL_BYTES];

    cr_expect_str_eq(liq_decimal_format(shown, price.digits, price.decimals), expected);
}

Test(book_shock, moves_a_mark_by_a_share_of_itself)
{
    liq_error err = {0};

    cr_assert_eq(liq_book_shock(book, "BTCUSDT", -100000, &err), LIQ_OK, "%s", err.message);
    expect_price(book->instrument_marks[0], "27450.09");
    expect_price(book->instrument_marks[3], "30499");
    cr_assert_eq(liq_book_shock(book, "BTCUSDT", 1000000, &err), LIQ_OK, "%s", err.message);
    expect_price(book->instrument_marks[0], "54900.18");
    cr_assert_eq(liq_book_shock(book, "BTCUSDT", 0, &err), LIQ_OK, "%s", err.message);
    expect_price(book->instrument_marks[0], "54900.18");
}

Test(book_shock, moves_an_index_price)
{
    liq_error err = {0};

    cr_assert_eq(liq_book_shock(book, "BTC", 333333, &err), LIQ_OK, "%s", err.message);
    expect_price(book->asset_indices[1], "40666.6565");
}

Test(book_shock, rounds_down_to_eighteen_digits)
{
    liq_error err = {0};

    reload("symbol,price\nBTCUSDT,1.23456789012345678\nBTC,1.00000000001\n");
    cr_assert_eq(liq_book_shock(book, "BTCUSDT", 1, &err), LIQ_OK, "%s", err.message);
    expect_price(book->instrument_marks[0], "1.2345691246913469"); /* ...346903... */
    /* An index price stays on the grid of exact exchange rates, here 10^-12. */
    cr_assert_eq(liq_book_shock(book, "BTC", -1, &err), LIQ_OK, "%s", err.message);
    expect_price(book->asset_indices[1], "0.999999000009");
}

typedef struct refusal {
    const char *symbol;
    int64_t change_ppm;
    liq_status status;
    const char *message;
} refusal;

static const refusal refusals[] = {
    {"BTCUSDT", -1000000, LIQ_OUT_OF_RANGE,
     "a change of -1000000 parts per million is not in -999999 .. 1000000000"},
    {"BTCUSDT", 1000000001, LIQ_OUT_OF_RANGE,
     "a change of 1000000001 parts per million is not in -999999 .. 1000000000"},
    {"DOGE", 1, LIQ_NOT_FOUND, "\"DOGE\" is neither an instrument nor an asset"},
    {"", 1, LIQ_NOT_FOUND, "\"\" is neither an instrument nor an asset"},
    {"USDT", 1, LIQ_NOT_FOUND, "\"USDT\" is the margin currency: it has no price to move"},
    {"ETH", 1, LIQ_NOT_FOUND, "\"ETH\" has no price in marks.csv"},
    {"ETHUSDT", 1, LIQ_NOT_FOUND, "\"ETHUSDT\" has no price in marks.csv"},
    {"BTC", 1000000000, LIQ_OUT_OF_RANGE,
     "the price 30500 of \"BTC\" changed by 1000000000 parts per million leaves its range"},
};

Test(book_shock, refuses_and_leaves_the_price)
{
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        liq_error err = {0};

        cr_expect_eq(liq_book_shock(book, refusals[i].symbol, refusals[i].change_ppm, &err),
                     refusals[i].status);
        cr_expect_str_eq(err.message, refusals[i].message);
    }
    expect_price(book->instrument_marks[0], "30500.1");
    expect_price(book->asset_indices[1], "30500");
    expect_price(book->asset_indices[0], "1");
}

Test(book_shock, refuses_a_price_that_would_become_zero_or_a_lot_without_a_value)
{
    liq_error err = {0};

    reload("symbol,price\nBTCUSDT,999999999\nBTC,0.000000000001\nBTCUSD,200\n");
    cr_expect_eq(liq_book_shock(book, "BTC", -1, &err), LIQ_OUT_OF_RANGE, "%s", err.message);
    cr_expect_eq(liq_book_shock(book, "BTCUSDT", 1000000, &err), LIQ_OUT_OF_RANGE, "%s",
                 err.message);
    cr_expect_eq(liq_book_shock(book, "BTCUSD", -1, &err), LIQ_OUT_OF_RANGE, "%s", err.message);
    expect_price(book->instrument_marks[0], "999999999");
    expect_price(book->asset_indices[1], "0.000000000001");
}
