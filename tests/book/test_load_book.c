#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "book/columns.h"
#include "support_folder.h"

static folder home;

static void setup(void)
{
    home = book_folder_create();
    book_folder_write_all(&home, good_book, GOOD_BOOK_FILES);
}

static void teardown(void)
{
    book_folder_remove(&home);
}

TestSuite(load_book, .init = setup, .fini = teardown);

static liq_book *load_well(void)
{
    liq_book *book = NULL;
    liq_error err = {0};

    cr_assert_eq(liq_book_load(&book, home.path, NULL, &err), LIQ_OK, "%s", err.message);
    return book;
}

Test(load_book, counts_what_it_has_loaded)
{
    liq_book *book = load_well();
    liq_book_counts counts;

    liq_book_count(book, &counts);
    cr_expect_eq(counts.accounts, 3);
    cr_expect_eq(counts.balances, 4);
    cr_expect_eq(counts.positions, 6);
    cr_expect_eq(counts.orders, 4);
    cr_expect_eq(counts.instruments, 4);
    cr_expect_eq(counts.assets, 3);
    cr_expect_eq(counts.marks, 3);
    cr_expect_eq(liq_book_cash_decimals(book), 8);
    cr_expect_str_eq(liq_book_margin_currency(book), "USDT");
    cr_expect_str_eq(liq_book_venue(book), "good");
    cr_expect_str_eq(liq_book_profile(book), "binance-usdm");
    liq_book_destroy(book);
}

Test(load_book, orders_accounts_by_id)
{
    liq_book *book = load_well();

    cr_expect_str_eq(liq_names_get(book->account_names, 0), "alice");
    cr_expect_str_eq(liq_names_get(book->account_names, 1), "bob");
    cr_expect_str_eq(liq_names_get(book->account_names, 2), "carol");
    cr_expect_eq(book->accounts[0].mode, LIQ_ACCOUNT_CROSS);
    cr_expect_eq(book->accounts[2].mode, LIQ_ACCOUNT_PORTFOLIO);
    cr_expect_eq(book->accounts[0].adl_exempt, 0);
    cr_expect_eq(book->accounts[1].adl_exempt, 0);
    cr_expect_eq(book->accounts[2].adl_exempt, 1);
    cr_expect_eq(book->accounts[0].group_index, book->accounts[2].group_index);
    cr_expect_eq(book->accounts[1].group_index, UINT32_MAX);
    cr_expect_str_eq(liq_names_get(book->group_names, book->accounts[0].group_index), "desk");
    liq_book_destroy(book);
}

Test(load_book, orders_balances_by_account_and_asset)
{
    /* Assets: USDT, which is the margin currency, then BTC and ETH as listed. */
    static const liq_balance expected[] = {
        {300000000, 0, 1}, {-1, 0, 2}, {100050000000, 1, 0}, {0, 1, 1}};
    static const uint64_t first[] = {0, 2, 4, 4};
    liq_book *book = load_well();

    for (size_t i = 0; i < 4; i++) {
        cr_expect_eq(book->balances[i].amount, expected[i].amount, "%zu", i);
        cr_expect_eq(book->balances[i].account_index, expected[i].account_index, "%zu", i);
        cr_expect_eq(book->balances[i].asset_index, expected[i].asset_index, "%zu", i);
    }
    cr_expect_eq(memcmp(book->balance_first, first, sizeof first), 0);
    liq_book_destroy(book);
}

typedef struct position_row {
    uint32_t account;
    uint32_t instrument;
    bool isolated;
    int64_t lots;
    int64_t entry_value;
    int64_t margin;
} position_row;

Test(load_book, orders_positions_by_account_isolation_instrument_and_side)
{
    /*
     * Fine units: 10^-12 USDT; 10^-18 BTC, of which 200 / 30000 is 0.006666..., rounded up for a
     * long (towards zero, as it is negative) and down for a short.
     */
    static const position_row expected[] = {
        {0, 1, false, 7, 2000000000, 0},        {1, 0, false, 1001, 30000000000000, 0},
        {1, 0, false, -500, 31000100000000, 0}, {1, 3, false, -1, -6666666666666667, 0},
        {1, 0, true, 2000, 29999900000000, 0},  {1, 3, true, 5, -6666666666666666, 25000000}};
    static const uint64_t first[] = {0, 1, 6, 6};
    liq_book *book = load_well();

    for (size_t i = 0; i < 6; i++) {
        const liq_position *position = &book->positions[i];

        cr_expect_eq(position->account_index, expected[i].account, "%zu", i);
        cr_expect_eq(position->instrument_index, expected[i].instrument, "%zu", i);
        cr_expect_eq(position->isolated, expected[i].isolated, "%zu", i);
        cr_expect_eq(position->quantity_lots, expected[i].lots, "%zu", i);
        cr_expect_eq(position->entry_value, expected[i].entry_value, "%zu: %ld", i,
                     position->entry_value);
        cr_expect_eq(position->isolated_margin, expected[i].margin, "%zu", i);
    }
    cr_expect_eq(book->positions[2].entry_price.digits, 310001);
    cr_expect_eq(book->positions[2].entry_price.decimals, 1);
    cr_expect_eq(memcmp(book->position_first, first, sizeof first), 0);
    liq_book_destroy(book);
}

Test(load_book, orders_orders_by_account_and_instrument_as_listed)
{
    static const int64_t lots[] = {1000, -2, 3, 2};
    static const int64_t values[] = {30000000000000, 31000000000000, 30000000000000,
                                     -6896551724137931}; /* 200 / 29000, up */
    static const uint64_t first[] = {0, 1, 4, 4};
    liq_book *book = load_well();

    for (size_t i = 0; i < 4; i++) {
        cr_expect_eq(book->orders[i].quantity_lots, lots[i], "%zu", i);
        cr_expect_eq(book->orders[i].limit_value, values[i], "%zu: %ld", i,
                     book->orders[i].limit_value);
        cr_expect_eq(book->orders[i].account_index, i > 0, "%zu", i);
        cr_expect_eq(book->orders[i].instrument_index, i == 3 ? 3 : 0, "%zu", i);
    }
    cr_expect_eq(memcmp(book->order_first, first, sizeof first), 0);
    liq_book_destroy(book);
}

Test(load_book, keeps_marks_apart_from_index_prices)
{
    liq_book *book = load_well();

    cr_expect_eq(book->instrument_marks[0].digits, 305001);
    cr_expect_eq(book->instrument_marks[0].decimals, 1);
    cr_expect_eq(book->instrument_marks[3].digits, 30499);
    cr_expect_eq(book->instrument_marks[1].digits, 201005);
    cr_expect_eq(book->instrument_marks[2].digits, 0, "there is no mark for ETHUSDT");
    cr_expect_eq(book->asset_indices[0].digits, 1);
    cr_expect_eq(book->asset_indices[0].decimals, 0);
    cr_expect_eq(book->asset_indices[1].digits, 30500);
    cr_expect_eq(book->asset_indices[2].digits, 0, "there is no index price for ETH");
    liq_book_destroy(book);
}

Test(load_book, orders_depth_by_instrument_side_and_best_price)
{
    static const int64_t lots[] = {4000, 1000, 2000, 3000, 5};
    static const bool bids[] = {true, true, false, false, true};
    liq_book *book = load_well();

    cr_assert_eq(book->depth_count, 5);
    for (size_t i = 0; i < 5; i++) {
        cr_expect_eq(book->depth[i].quantity_lots, lots[i], "%zu", i);
        cr_expect_eq(book->depth[i].is_bid, bids[i], "%zu", i);
        cr_expect_eq(book->depth[i].instrument_index, i == 4 ? 1 : 0, "%zu", i);
    }
    liq_book_destroy(book);
}

Test(load_book, does_without_the_optional_files)
{
    static const uint64_t none[] = {0, 0, 0, 0};
    liq_book *book;

    cr_assert_eq(remove(book_folder_path(&home, "orders.csv")), 0);
    cr_assert_eq(remove(book_folder_path(&home, "depth.csv")), 0);
    book = load_well();
    cr_expect_eq(book->order_count, 0);
    cr_expect_eq(book->depth_count, 0);
    cr_expect_eq(memcmp(book->order_first, none, sizeof none), 0);
    cr_expect_not_null(book->orders);
    cr_expect_not_null(book->depth);
    liq_book_destroy(book);
}

Test(load_book, accepts_headers_alone)
{
    liq_book *book;
    liq_book_counts counts;

    book_folder_write_text(&home, "accounts.csv", "account,mode\n");
    book_folder_write_text(&home, "balances.csv", "account,asset,amount\n");
    book_folder_write_text(&home, "positions.csv",
                           "account,instrument,side,quantity,entry_price,margin\n");
    book_folder_write_text(&home, "orders.csv", "account,instrument,side,quantity,price");
    book_folder_write_text(&home, "marks.csv", "symbol,price\n");
    book = load_well();
    liq_book_count(book, &counts);
    cr_expect_eq(counts.accounts + counts.balances + counts.positions + counts.orders, 0);
    cr_expect_eq(counts.marks, 0);
    cr_expect_eq(book->asset_indices[0].digits, 1, "the margin currency is worth one of itself");
    liq_book_destroy(book);
}

Test(load_book, accepts_carriage_returns_byte_order_marks_and_any_order_of_columns)
{
    liq_book *book;

    book_folder_write_text(&home, "balances.csv",
                           "\xef\xbb\xbf"
                           "amount,account,asset\r\n\"3\",alice,BTC\r\n");
    book = load_well();
    cr_expect_eq(book->balance_count, 1);
    cr_expect_eq(book->balances[0].amount, 300000000);
    liq_book_destroy(book);
}

/* More rows than the insertion sort takes, in falling order, and a middle that repeats nothing. */
Test(load_book, orders_an_account_with_many_positions)
{
    enum { ROWS = 400 };
    char *text = NULL;
    size_t bytes = 0;
    FILE *file = open_memstream(&text, &bytes);
    liq_book *book;

    cr_assert_not_null(file);
    (void)fputs("account,asset,amount\n", file);
    (void)fputs("bob,USDT,1\nalice,USDT,2\nbob,BTC,3\n", file);
    (void)fclose(file);
    book_folder_write(&home, "balances.csv", text, bytes);
    free(text);
    file = open_memstream(&text, &bytes);
    cr_assert_not_null(file);
    (void)fputs("account,instrument,side,quantity,price\n", file);
    for (int i = ROWS; i > 0; i--)
        (void)fprintf(file, "bob,%s,buy,%d,100\n", i % 3 == 0 ? "ETHUSDT" : "ETHQ", i);
    (void)fclose(file);
    book_folder_write(&home, "orders.csv", text, bytes);
    free(text);
    book = load_well();
    cr_assert_eq(book->order_count, ROWS);
    for (size_t i = 1; i < ROWS; i++) {
        const liq_order *before = &book->orders[i - 1];
        const liq_order *order = &book->orders[i];

        cr_expect_leq(before->instrument_index, order->instrument_index, "%zu", i);
        if (before->instrument_index == order->instrument_index)
            cr_expect_gt(before->quantity_lots, order->quantity_lots, "%zu: not as listed", i);
    }
    liq_book_destroy(book);
}

static int stop_at_positions(void *context, const char *stage, uint64_t done, uint64_t total)
{
    int *reports = context;

    (*reports)++;
    cr_expect_leq(done, total);
    return strcmp(stage, "positions.csv") != 0;
}

Test(load_book, stops_when_the_watcher_says_so)
{
    int reports = 0;
    const liq_progress progress = {stop_at_positions, &reports};
    liq_book *book = NULL;
    liq_error err = {0};

    cr_expect_eq(liq_book_load(&book, home.path, &progress, &err), LIQ_INTERRUPTED);
    cr_expect_null(book);
    cr_expect_gt(reports, 1);
    cr_expect_not_null(strstr(err.message, "positions.csv"), "%s", err.message);
}

Test(load_book, takes_no_error_to_fail)
{
    liq_book *book = NULL;

    cr_expect_eq(liq_book_load(&book, "/nowhere", NULL, NULL), LIQ_NOT_FOUND);
    cr_expect_null(book);
    liq_book_destroy(NULL);
}
