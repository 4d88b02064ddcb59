/*
 * Cases of dYdX and a real episode of 10 October 2025, through the command line.
 */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include "base/csv.h"
#include "shared_data.h"
#include "support_adl_close.h"
#include "support_run.h"

enum { PATH_BYTES = 4096, EXACT_ONE_DECIMALS = 12 };

/* The number that follows a word such as "Dave long " or ", ", with commas and a missing zero. */
static liq_int128 number_behind(const char *text, const char *word)
{
    const char *at = strstr(text, word);
    char digits[NAME_BYTES];
    size_t used = 0;

    cr_assert_not_null(at, "%s in %s", word, text);
    at += strlen(word);
    if (*at == '.')
        digits[used++] = '0';
    for (; used + 1 < sizeof digits && (strchr("-.", *at) != NULL || (*at >= '0' && *at <= '9') ||
                                        (*at == ',' && at[1] != ' '));
         at++)
        if (*at != ',')
            digits[used++] = *at;
    digits[used] = '\0';
    return exact_of(digits);
}

static const char *exact_text(char out[LIQ_DECIMAL_BYTES], liq_int128 value)
{
    return liq_decimal_format(out, value, EXACT_ONE_DECIMALS);
}

/* dYdX keeps cost in the quote balance; a book keeps it in the entry price, here the mark. */
enum { DYDX_MARK = 49500 };

static void dydx_account_add(adl_book *book, const char *account, bool is_long, liq_int128 quantity,
                             liq_int128 quote)
{
    char size[LIQ_DECIMAL_BYTES];
    char balance[LIQ_DECIMAL_BYTES];
    char mark[32];

    (void)snprintf(mark, sizeof mark, "%d", DYDX_MARK);
    adl_book_add(book, account, is_long ? "long" : "short", exact_text(size, quantity), mark,
                 exact_text(balance, quote + (is_long ? quantity : -quantity) * DYDX_MARK));
}

static void dydx_case_check(const liq_csv *csv)
{
    char liquidated[256];
    char offsetting[256];
    char price[NAME_BYTES];
    char wanted[NAME_BYTES];
    char quantity[LIQ_DECIMAL_BYTES];
    char folder[PATH_BYTES];
    close_result result;
    adl_book book;
    bool is_long;
    bool is_two;
    liq_int128 each;
    liq_int128 quote;

    (void)snprintf(liquidated, sizeof liquidated, "%.*s", LIQ_TEXT_ARGS(liq_csv_field(csv, 1)));
    (void)snprintf(offsetting, sizeof offsetting, "%.*s", LIQ_TEXT_ARGS(liq_csv_field(csv, 2)));
    (void)snprintf(price, sizeof price, "%.*s", LIQ_TEXT_ARGS(liq_csv_field(csv, 4)));
    (void)snprintf(wanted, sizeof wanted, "%.*s", LIQ_TEXT_ARGS(liq_csv_field(csv, 6)));
    is_long = strstr(offsetting, " long ") != NULL;
    is_two = strstr(offsetting, "Dave1") != NULL;
    each = number_behind(offsetting, is_long ? " long " : " short ");
    quote = number_behind(offsetting, ", ");
    folder_make(folder);
    adl_book_start(&book, folder, "0.00000001", "49500");
    dydx_account_add(&book, "Carl", !is_long, each * (is_two ? 2 : 1),
                     number_behind(liquidated, ", "));
    dydx_account_add(&book, "Dave0", is_long, each, quote);
    if (is_two)
        dydx_account_add(&book, "Dave1", is_long, each, quote);
    adl_book_end(&book);
    adl_close(&result, folder, is_long ? "long" : "short",
              exact_text(quantity, each * (is_two ? 2 : 1)), price, "--policy random_walk");
    cr_assert_eq(result.count, is_two ? 2 : 1);
    for (size_t i = 0; i < result.count; i++) {
        const liq_int128 cost = (is_long ? each : -each) * DYDX_MARK;

        cr_expect(exact_of(result.rows[i].quantity) == each);
        cr_expect(quote + cost + exact_of(result.rows[i].realised) == exact_of(wanted), "%s: %s",
                  offsetting, result.rows[i].realised);
    }
    liq_json_destroy(result.summary);
    folder_remove(folder);
}

Test(cli_adl_episode, pays_what_dydx_pays)
{
    static const liq_csv_column columns[] = {{"case", true},
                                             {"liquidated", true},
                                             {"offsetting", true},
                                             {"filled_btc", true},
                                             {"price", true},
                                             {"liquidated_usdc_after", true},
                                             {"offsetting_usdc_after_each", true}};
    char path[512];
    liq_csv *csv = NULL;
    liq_error err = {0};
    size_t count = 0;
    bool more = true;

    shared_data_path(path, sizeof path, "data/worked_examples/dydx_deleveraging.csv");
    cr_assert_eq(liq_csv_open(&csv, path, columns, 7, NULL, &err), LIQ_OK, "%s", err.message);
    for (; liq_csv_next(csv, &more, &err) == LIQ_OK && more; count++)
        dydx_case_check(csv);
    liq_csv_destroy(csv);
    cr_expect_geq(count, 4);
}

/* A long at -50,001 has no price at which a short at 50,000 could take it over. */
Test(cli_adl_episode, refuses_where_bankruptcy_prices_do_not_overlap)
{
    const liq_int128 one = 1000000000000;
    char folder[PATH_BYTES];
    close_result result;
    adl_book book;

    folder_make(folder);
    adl_book_start(&book, folder, "0.00000001", "49500");
    dydx_account_add(&book, "Carl", true, one, -50001 * one);
    dydx_account_add(&book, "Dave", false, one, 50000 * one);
    adl_book_end(&book);
    adl_close(&result, folder, "short", "1", "50001", "--policy random_walk");
    expect_close(&result, "Dave", "0", "0");
    expect_summary(&result, "residual", "1");
    expect_summary(&result, "largest_account", "null");
    liq_json_destroy(result.summary);
    adl_close(&result, folder, "short", "1", "50000", "--policy random_walk");
    expect_close(&result, "Dave", "1", "-500");
    liq_json_destroy(result.summary);
    folder_remove(folder);
}

typedef struct episode_row {
    char account[NAME_BYTES];
    liq_int128 size;
    liq_int128 entry;
} episode_row;

/* The shorts of 10 October 2025 as a book whose ids are in the order of the file. */
static size_t episode_write(episode_row *rows, const char *folder)
{
    static const liq_csv_column columns[] = {{"position_size", true},
                                             {"implied_entry_price", true},
                                             {"total_equity", true},
                                             {"user", true},
                                             {"coin", true},
                                             {"time_ms", true},
                                             {"adl_price", true},
                                             {"adl_size", true},
                                             {"adl_notional", true},
                                             {"closed_pnl", true},
                                             {"entry_price", true},
                                             {"account_value_realtime", true},
                                             {"total_unrealized_pnl", true},
                                             {"leverage_realtime", true},
                                             {"position_unrealized_pnl", true},
                                             {"pnl_percent", true},
                                             {"liquidated_user", true}};
    char path[512];
    char text[LIQ_DECIMAL_BYTES];
    liq_csv *csv = NULL;
    liq_error err = {0};
    size_t count = 0;
    bool more = true;
    adl_book book;

    shared_data_path(path, sizeof path, "data/episodes/avax_20251010.csv");
    cr_assert_eq(liq_csv_open(&csv, path, columns, 17, NULL, &err), LIQ_OK, "%s", err.message);
    adl_book_start(&book, folder, "0.01", "22.025");
    for (; liq_csv_next(csv, &more, &err) == LIQ_OK && more; count++) {
        char cells[3][NAME_BYTES];
        liq_int128 profit;

        cr_assert_lt(count, POSITIONS_MAX);
        for (uint32_t i = 0; i < 3; i++)
            (void)snprintf(cells[i], NAME_BYTES, "%.*s", LIQ_TEXT_ARGS(liq_csv_field(csv, i)));
        (void)snprintf(rows[count].account, NAME_BYTES, "%02zu-%.*s", count + 1,
                       LIQ_TEXT_ARGS(liq_csv_field(csv, 3)));
        cr_assert_eq(cells[0][0], '-', "a short");
        rows[count].size = exact_of(cells[0] + 1);
        rows[count].entry = exact_of(cells[1]);
        profit = (rows[count].entry - exact_of("22.025")) * (rows[count].size / 10000000000) / 100;
        adl_book_add(&book, rows[count].account, "short", cells[0] + 1, cells[1],
                     exact_text(text, exact_of(cells[2]) - profit));
    }
    adl_book_end(&book);
    liq_csv_destroy(csv);
    return count;
}

Test(cli_adl_episode, closes_the_real_queue_of_avax)
{
    const liq_int128 price = exact_of("22.075");
    episode_row rows[POSITIONS_MAX];
    char folder[PATH_BYTES];
    liq_int128 realised = 0;
    close_result result;
    size_t count;

    folder_make(folder);
    count = episode_write(rows, folder);
    cr_assert_eq(count, 50);
    adl_close(&result, folder, "short", "84454.65", "22.075", "--rule random_walk --policy queue");
    cr_assert_eq(result.count, count);
    for (size_t i = 0; i < count; i++) {
        const liq_int128 size = i < 49 ? rows[i].size : exact_of("58141.87");
        const liq_int128 paid = (rows[i].entry - price) * (size / 10000000000) / 100;

        cr_expect_str_eq(result.rows[i].account, rows[i].account);
        cr_expect(exact_of(result.rows[i].quantity) == size, "%s: %s", rows[i].account,
                  result.rows[i].quantity);
        cr_expect(exact_of(result.rows[i].realised) == paid, "%s: %s", rows[i].account,
                  result.rows[i].realised);
        realised += paid;
    }
    expect_summary(&result, "close_quantity", "84454.65");
    expect_summary(&result, "residual", "0");
    expect_summary(&result, "needed", "4222.7325");
    expect_summary(&result, "taken", "4222.7325");
    expect_summary(&result, "overshoot", "0");
    cr_expect(exact_of(summary_text(&result, "realised_pnl")) == realised);
    liq_json_destroy(result.summary);
    folder_remove(folder);
}

/* What was closed of the short with a number in the file, from 1. */
static liq_int128 closed_of(const close_result *result, const char *prefix)
{
    for (size_t i = 0; i < result->count; i++)
        if (strncmp(result->rows[i].account, prefix, strlen(prefix)) == 0)
            return exact_of(result->rows[i].quantity);
    return -1;
}

/* The table of the README: the same sum from the same accounts, by every policy. */
Test(cli_adl_episode, shares_the_same_sum_by_every_policy)
{
    static const char *const cases[][5] = {
        /* words, of #50, of #19, of #45, realised PnL */
        {"--rule hyperliquid --policy queue", "64720.13", "16399", "0", "621742.417898"},
        {"--rule binance --policy queue", "64320.13", "16399", "0", "623903.617898"},
        {"--policy pro_rata", "65648.08", "11720.88", "2664.83", "628256.592981"},
        {"--policy capped_pro_rata", "70696.25", "6385.75", "3064.04", "634232.15546"},
        {"--policy capped_pro_rata --base profit", "66574.79", "10671.03", "2935.16",
         "631634.128055"},
        {"--policy risk_aware", "65648.08", "11720.88", "2664.83", "628256.592981"},
        {"--policy risk_aware --base profit", "61008.52", "16399", "2519.19", "625455.417183"},
        {"--policy min_leverage", "63789.59", "13864.4", "2512.27", "625780.158745"},
        {"--rule random_walk --policy random_walk --seed 1", "58188.44", "16399", "3728.43",
         "625411.976981"}};
    episode_row rows[POSITIONS_MAX];
    char folder[PATH_BYTES];
    size_t count;

    folder_make(folder);
    count = episode_write(rows, folder);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        liq_int128 sum = 0;
        close_result result;

        adl_close(&result, folder, "short", "84454.65", "22.075", cases[i][0]);
        for (size_t j = 0; j < count; j++)
            sum += exact_of(result.rows[j].quantity);
        cr_expect(sum == exact_of("84454.65"), "%s", cases[i][0]);
        cr_expect(closed_of(&result, "50-") == exact_of(cases[i][1]), "%s", cases[i][0]);
        cr_expect(closed_of(&result, "19-") == exact_of(cases[i][2]), "%s", cases[i][0]);
        cr_expect(closed_of(&result, "45-") == exact_of(cases[i][3]), "%s", cases[i][0]);
        expect_summary(&result, "realised_pnl", cases[i][4]);
        expect_summary(&result, "taken", "4222.7325");
        expect_summary(&result, "overshoot", "0");
        liq_json_destroy(result.summary);
    }
    folder_remove(folder);
}
