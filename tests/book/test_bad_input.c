/* What is wrong with a directory or a CSV file; test_bad_venue.c has venue.json. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <criterion/criterion.h>

#include <liqscan/book.h>

#include "support_refusal.h"

#define DIGITS_19 "1234567890123456789"
#define NAME_64 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijkl"

static const bad_row files[] = {
    {"venue.json", NULL, NULL, LIQ_NOT_FOUND, "...: the book lacks venue.json"},
    {"accounts.csv", NULL, NULL, LIQ_NOT_FOUND, "...: the book lacks accounts.csv"},
    {"balances.csv", NULL, NULL, LIQ_NOT_FOUND, "...: the book lacks balances.csv"},
    {"positions.csv", NULL, NULL, LIQ_NOT_FOUND, "...: the book lacks positions.csv"},
    {"marks.csv", NULL, NULL, LIQ_NOT_FOUND, "...: the book lacks marks.csv"},
    {"accounts.csv", NULL, "", LIQ_BAD_INPUT,
     "accounts.csv: the file is empty, a header line is needed"},
    {"balances.csv", NULL, "", LIQ_BAD_INPUT,
     "balances.csv: the file is empty, a header line is needed"},
    {"positions.csv", NULL, "\xef\xbb\xbf", LIQ_BAD_INPUT,
     "positions.csv: the file is empty, a header line is needed"},
    {"marks.csv", NULL, "\n", LIQ_BAD_INPUT, "marks.csv:1: column 1 of the header has no name"},
    {"venue.json", NULL, "", LIQ_BAD_INPUT, "venue.json: holds no JSON value"},
    {"venue.json", NULL, "[]", LIQ_BAD_INPUT, "venue.json:1: expected an object, found an array"},
    {"venue.json", NULL, "{", LIQ_BAD_INPUT,
     "venue.json:1: column 2: expected a key in quotes, found the end of the file"},
    {"venue.json", "}\n", "}\n}\n", LIQ_BAD_INPUT,
     "venue.json:10: column 1: expected ',' or ']', found }"},
};

static const bad_row columns[] = {
    {"accounts.csv", "mode", "modes", LIQ_BAD_INPUT,
     "accounts.csv:1: unknown column \"modes\" (known: account, mode, adl_exempt, group)"},
    {"accounts.csv", NULL, "account,group\n", LIQ_BAD_INPUT,
     "accounts.csv:1: the header lacks mode"},
    {"balances.csv", "asset", "amount", LIQ_BAD_INPUT,
     "balances.csv:1: column \"amount\" is there twice"},
    {"balances.csv", NULL, "account,asset\n", LIQ_BAD_INPUT,
     "balances.csv:1: the header lacks amount"},
    {"positions.csv", NULL, "account,instrument,side\n", LIQ_BAD_INPUT,
     "positions.csv:1: the header lacks quantity, entry_price, margin"},
    {"positions.csv", "quantity", " quantity", LIQ_BAD_INPUT,
     "positions.csv:1: unknown column \" quantity\" (known: account, instrument, side, quantity, "
     "entry_price, margin, isolated_margin)"},
    {"marks.csv", "symbol,", "Symbol,", LIQ_BAD_INPUT,
     "marks.csv:1: unknown column \"Symbol\" (known: symbol, price)"},
    {"marks.csv", "symbol,price", "symbol;price", LIQ_BAD_INPUT,
     "marks.csv:1: unknown column \"symbol;price\" (known: symbol, price)"},
    {"orders.csv", NULL, "account\n", LIQ_BAD_INPUT,
     "orders.csv:1: the header lacks instrument, side, quantity, price"},
    {"depth.csv", "side,", "", LIQ_BAD_INPUT, "depth.csv:1: the header lacks side"},
    {"depth.csv", NULL, "", LIQ_BAD_INPUT, "depth.csv: the file is empty, a header line is needed"},
};

static const bad_row lines[] = {
    {"balances.csv", "bob,BTC,0", "bob,BTC", LIQ_BAD_INPUT,
     "balances.csv:4: 2 fields, the header has 3"},
    {"balances.csv", "bob,BTC,0", "bob,BTC,0,", LIQ_BAD_INPUT,
     "balances.csv:4: 4 fields, the header has 3"},
    {"balances.csv", "bob,BTC,0\n", "\nbob,BTC,0\n", LIQ_BAD_INPUT,
     "balances.csv:4: the line is empty"},
    {"balances.csv", "bob,BTC,0", "bob,\"BTC,0", LIQ_BAD_INPUT,
     "balances.csv:4: asset \"\"BTC,0\": the closing quote is missing (a field may not span "
     "lines)"},
    {"balances.csv", "bob,BTC,0", "bob,\"BTC\"x,0", LIQ_BAD_INPUT,
     "balances.csv:4: asset \"\"BTC\"x,0\": text after the closing quote"},
    {"balances.csv", "bob,BTC,0", "bob,B\"TC,0", LIQ_BAD_INPUT,
     "balances.csv:4: asset \"B\"TC\": a quote inside a field that does not start with one"},
    {"balances.csv", "bob,BTC,0",
     "b\xff"
     "b,BTC,0",
     LIQ_BAD_INPUT, "balances.csv:4: account \"b\\xffb\": byte 2 is not UTF-8"},
    {"accounts.csv", "alice",
     "al\xc0\xaf"
     "ice",
     LIQ_BAD_INPUT, "accounts.csv:4: account \"al\\xc0\\xafice\": byte 3 is not UTF-8"},
    {"accounts.csv", "alice", "al\xed\xa0\x80ice", LIQ_BAD_INPUT,
     "accounts.csv:4: account \"al\\xed\\xa0\\x80ice\": byte 3 is not UTF-8"},
    {"positions.csv", "alice,", "alice\r,", LIQ_BAD_INPUT,
     "positions.csv:4: account \"alice\\x0d\": byte 6 is a carriage return that no line feed "
     "follows"},
};

static const bad_row accounts[] = {
    {"accounts.csv", "alice,cross", "bob,cross", LIQ_DUPLICATE,
     "accounts.csv:4: account \"bob\": is there already, on line 3"},
    {"accounts.csv", "alice,", ",", LIQ_BAD_INPUT,
     "accounts.csv:4: account \"\": an id has 1 to 128 bytes, no control bytes and no space at its "
     "ends"},
    {"accounts.csv", "alice,", " alice,", LIQ_BAD_INPUT,
     "accounts.csv:4: account \" alice\": an id has 1 to 128 bytes, no control bytes and no space "
     "at its ends"},
    {"accounts.csv", "alice", NAME_64 NAME_64 "a", LIQ_BAD_INPUT,
     "accounts.csv:4: account \"" NAME_64 "\": an id has 1 to 128 bytes, no control bytes and no "
     "space at its ends"},
    {"accounts.csv", "alice", "al\tice", LIQ_BAD_INPUT,
     "accounts.csv:4: account \"al\\x09ice\": an id has 1 to 128 bytes, no control bytes and no "
     "space at its ends"},
    {"accounts.csv", "portfolio", "Cross", LIQ_BAD_INPUT,
     "accounts.csv:2: mode \"Cross\": must be cross or portfolio"},
    {"accounts.csv", "bob,cross", "bob,", LIQ_BAD_INPUT,
     "accounts.csv:3: mode \"\": must be cross or portfolio"},
    {"accounts.csv", "portfolio,1", "portfolio,yes", LIQ_BAD_INPUT,
     "accounts.csv:2: adl_exempt \"yes\": must be 0 or 1"},
    {"accounts.csv", "portfolio,1,desk", "portfolio,1,desk ", LIQ_BAD_INPUT,
     "accounts.csv:2: group \"desk \": a group has at most 128 bytes, no control bytes and no "
     "space at its ends"},
};

static const bad_row balances[] = {
    {"balances.csv", "alice,BTC,3", "dave,BTC,3", LIQ_NOT_FOUND,
     "balances.csv:5: account \"dave\": is not in accounts.csv"},
    {"balances.csv", "alice,BTC,3", "Alice,BTC,3", LIQ_NOT_FOUND,
     "balances.csv:5: account \"Alice\": is not in accounts.csv"},
    {"balances.csv", "alice,BTC,3", "alice,DOGE,3", LIQ_NOT_FOUND,
     "balances.csv:5: asset \"DOGE\": is not an asset of venue.json"},
    {"balances.csv", "alice,BTC,3", "alice,BTCUSDT,3", LIQ_NOT_FOUND,
     "balances.csv:5: asset \"BTCUSDT\": is not an asset of venue.json"},
    {"balances.csv", "alice,BTC,3", "bob,USDT,3", LIQ_DUPLICATE,
     "balances.csv:5: account \"bob\" has asset \"USDT\" already, on line 2"},
    {"balances.csv", "alice,BTC,3", "alice,BTC,", LIQ_BAD_INPUT,
     "balances.csv:5: amount \"\": is empty, a decimal is needed"},
    {"balances.csv", "alice,BTC,3", "alice,BTC,NaN", LIQ_BAD_INPUT,
     "balances.csv:5: amount \"NaN\": " DECIMAL},
    {"balances.csv", "alice,BTC,3", "alice,BTC,-inf", LIQ_BAD_INPUT,
     "balances.csv:5: amount \"-inf\": " DECIMAL},
    {"balances.csv", "alice,BTC,3", "alice,BTC,1e3", LIQ_BAD_INPUT,
     "balances.csv:5: amount \"1e3\": " DECIMAL},
    {"balances.csv", "alice,BTC,3", "alice,BTC,+3", LIQ_BAD_INPUT,
     "balances.csv:5: amount \"+3\": " DECIMAL},
    {"balances.csv", "alice,BTC,3", "alice,BTC, 3", LIQ_BAD_INPUT,
     "balances.csv:5: amount \" 3\": " DECIMAL},
    {"balances.csv", "alice,BTC,3", "alice,BTC,03", LIQ_BAD_INPUT,
     "balances.csv:5: amount \"03\": " DECIMAL},
    {"balances.csv", "alice,BTC,3", "alice,BTC,3.", LIQ_BAD_INPUT,
     "balances.csv:5: amount \"3.\": " DECIMAL},
    {"balances.csv", "alice,BTC,3", "alice,BTC,\"1,000\"", LIQ_BAD_INPUT,
     "balances.csv:5: amount \"1,000\": " DECIMAL},
    {"balances.csv", "alice,BTC,3", "alice,BTC,0.000000001", LIQ_OUT_OF_RANGE,
     "balances.csv:5: amount \"0.000000001\": has 9 decimals, the limit is 8"},
    {"balances.csv", "alice,ETH,-0.000001", "alice,ETH,-0.0000001", LIQ_OUT_OF_RANGE,
     "balances.csv:3: amount \"-0.0000001\": has 7 decimals, the limit is 6"},
    {"balances.csv", "alice,BTC,3", "alice,BTC,92233720368.54775808", LIQ_OUT_OF_RANGE,
     "balances.csv:5: amount \"92233720368.54775808\": is past 2^63 - 1 units of 10^-8"},
    {"balances.csv", "alice,BTC,3", "alice,BTC," DIGITS_19 "0", LIQ_OUT_OF_RANGE,
     "balances.csv:5: amount \"" DIGITS_19 "0\": is past 2^63 - 1 units of 10^-8"},
};

static const bad_row positions[] = {
    {"positions.csv", "alice,ETHQ", "eve,ETHQ", LIQ_NOT_FOUND,
     "positions.csv:4: account \"eve\": is not in accounts.csv"},
    {"positions.csv", "alice,ETHQ", "alice,ETH", LIQ_NOT_FOUND,
     "positions.csv:4: instrument \"ETH\": is not an instrument of venue.json"},
    {"positions.csv", "ETHQ,long", "ETHQ,buy", LIQ_BAD_INPUT,
     "positions.csv:4: side \"buy\": must be long or short"},
    {"positions.csv", "long,7", "long,-7", LIQ_OUT_OF_RANGE,
     "positions.csv:4: quantity \"-7\": must be above 0"},
    {"positions.csv", "long,7", "long,0", LIQ_OUT_OF_RANGE,
     "positions.csv:4: quantity \"0\": must be above 0"},
    {"positions.csv", "long,7", "long,nan", LIQ_BAD_INPUT,
     "positions.csv:4: quantity \"nan\": " DECIMAL},
    {"positions.csv", "long,7", "long,7.5", LIQ_BAD_INPUT,
     "positions.csv:4: quantity \"7.5\": is not a multiple of the lot 1"},
    {"positions.csv", "short,0.5", "short,0.0005", LIQ_BAD_INPUT,
     "positions.csv:3: quantity \"0.0005\": is not a multiple of the lot 0.001"},
    {"positions.csv", "short,2,", "short,3,", LIQ_BAD_INPUT,
     "positions.csv:6: quantity \"3\": is not a multiple of the lot 2"},
    {"positions.csv", "long,7", "long,1000000000000001", LIQ_OUT_OF_RANGE,
     "positions.csv:4: quantity \"1000000000000001\": is past 1000000000000000 lots of 1"},
    {"positions.csv", "short,0.5", "short,999999999999999999", LIQ_OUT_OF_RANGE,
     "positions.csv:3: quantity \"999999999999999999\": is past 1000000000000000 lots of 0.001"},
    {"positions.csv", "long,7", "long," DIGITS_19, LIQ_OUT_OF_RANGE,
     "positions.csv:4: quantity \"" DIGITS_19 "\": has more than 18 significant digits"},
    {"positions.csv", "31000.1", "0", LIQ_OUT_OF_RANGE,
     "positions.csv:3: entry_price \"0\": must be above 0"},
    {"positions.csv", "31000.1", "-31000.1", LIQ_OUT_OF_RANGE,
     "positions.csv:3: entry_price \"-31000.1\": must be above 0"},
    {"positions.csv", "31000.1", "", LIQ_BAD_INPUT,
     "positions.csv:3: entry_price \"\": is empty, a decimal is needed"},
    {"positions.csv", "31000.1", "1000000000.1", LIQ_OUT_OF_RANGE,
     "positions.csv:3: entry_price \"1000000000.1\": one lot of BTCUSDT would be worth more than "
     "1000000000000000000 units of 10^-12 USDT"},
    {"positions.csv", "short,2,30000", "short,2,199", LIQ_OUT_OF_RANGE,
     "positions.csv:6: entry_price \"199\": one lot of BTCUSD would be worth more than "
     "1000000000000000000 units of 10^-18 BTC"},
    {"positions.csv", "2000,cross", "2000,portfolio", LIQ_BAD_INPUT,
     "positions.csv:4: margin \"portfolio\": must be cross or isolated"},
    {"positions.csv", "2000,cross,", "2000,cross,5", LIQ_BAD_INPUT,
     "positions.csv:4: isolated_margin \"5\": must be empty, because margin is cross"},
    {"positions.csv", "2000,cross,", "2000,isolated,", LIQ_BAD_INPUT,
     "positions.csv:4: isolated_margin \"\": is needed, because margin is isolated"},
    {"positions.csv", "isolated,0.25", "isolated,-0.25", LIQ_OUT_OF_RANGE,
     "positions.csv:2: isolated_margin \"-0.25\": must be 0 or more"},
    {"positions.csv", "isolated,0.25", "isolated,0.123456789", LIQ_OUT_OF_RANGE,
     "positions.csv:2: isolated_margin \"0.123456789\": has 9 decimals, the limit is 8"},
    {"positions.csv", NULL,
     "account,instrument,side,quantity,entry_price,margin\nbob,ETHQ,long,1,1,isolated\n",
     LIQ_BAD_INPUT, "positions.csv:2: isolated_margin: is needed, because margin is isolated"},
    {"positions.csv", "bob,BTCUSD,short,2,30000", "bob,BTCUSDT,long,1,1", LIQ_DUPLICATE,
     "positions.csv:6: account \"bob\" has a cross long position in \"BTCUSDT\" already, on line "
     "5"},
    {"positions.csv", "bob,BTCUSDT,long,2,29999.9", "bob,BTCUSD,long,2,29999.9", LIQ_DUPLICATE,
     "positions.csv:7: account \"bob\" has an isolated long position in \"BTCUSD\" already, on "
     "line 2"},
};

static const bad_row marks[] = {
    {"marks.csv", "ETHQ,", "DOGE,", LIQ_NOT_FOUND,
     "marks.csv:6: symbol \"DOGE\": is neither an instrument nor an asset of venue.json"},
    {"marks.csv", "ETHQ,2010.05", "ETHQ,", LIQ_BAD_INPUT,
     "marks.csv:6: price \"\": is empty, a decimal is needed"},
    {"marks.csv", "ETHQ,2010.05", "ETHQ,NaN", LIQ_BAD_INPUT,
     "marks.csv:6: price \"NaN\": " DECIMAL},
    {"marks.csv", "ETHQ,2010.05", "ETHQ,0", LIQ_OUT_OF_RANGE,
     "marks.csv:6: price \"0\": must be above 0"},
    {"marks.csv", "ETHQ,2010.05", "ETHQ,-1", LIQ_OUT_OF_RANGE,
     "marks.csv:6: price \"-1\": must be above 0"},
    {"marks.csv", "ETHQ,2010.05", "BTCUSDT,2010.05", LIQ_DUPLICATE,
     "marks.csv:6: symbol \"BTCUSDT\": has a price on line 2"},
    {"marks.csv", "ETHQ,2010.05", "BTC,30500", LIQ_DUPLICATE,
     "marks.csv:6: symbol \"BTC\": has a price on line 4"},
    {"marks.csv", "USDT,1.0", "USDT,1.0001", LIQ_BAD_INPUT,
     "marks.csv:5: price \"1.0001\": the index price of the margin currency is 1"},
    {"marks.csv", "BTC,30500", "BTC,0.0000000000001", LIQ_OUT_OF_RANGE,
     "marks.csv:4: price \"0.0000000000001\": an index price of BTC is a multiple of 10^-12, at "
     "most 9 x 10^6"},
    {"marks.csv", "BTC,30500", "BTC,9000000.1", LIQ_OUT_OF_RANGE,
     "marks.csv:4: price \"9000000.1\": an index price of BTC is a multiple of 10^-12, at most 9 x "
     "10^6"},
    {"marks.csv", "BTC,30500", "ETH,0.000000000000001", LIQ_OUT_OF_RANGE,
     "marks.csv:4: price \"0.000000000000001\": an index price of ETH is a multiple of 10^-14, at "
     "most 9 x 10^4"},
    {"marks.csv", "BTCUSDT,30500.1", "BTCUSDT,1000000001", LIQ_OUT_OF_RANGE,
     "marks.csv:2: price \"1000000001\": one lot of BTCUSDT would be worth more than "
     "1000000000000000000 units of 10^-12 USDT"},
    {"marks.csv", "BTCUSD,30499", "BTCUSD,199.9", LIQ_OUT_OF_RANGE,
     "marks.csv:3: price \"199.9\": one lot of BTCUSD would be worth more than "
     "1000000000000000000 units of 10^-18 BTC"},
};

static const bad_row orders_and_depth[] = {
    {"orders.csv", "alice,", "eve,", LIQ_NOT_FOUND,
     "orders.csv:4: account \"eve\": is not in accounts.csv"},
    {"orders.csv", "bob,BTCUSD,", "bob,XBTUSD,", LIQ_NOT_FOUND,
     "orders.csv:3: instrument \"XBTUSD\": is not an instrument of venue.json"},
    {"orders.csv", "sell", "short", LIQ_BAD_INPUT,
     "orders.csv:2: side \"short\": must be buy or sell"},
    {"orders.csv", "0.002", "-0.002", LIQ_OUT_OF_RANGE,
     "orders.csv:2: quantity \"-0.002\": must be above 0"},
    {"orders.csv", "buy,4", "buy,5", LIQ_BAD_INPUT,
     "orders.csv:3: quantity \"5\": is not a multiple of the lot 2"},
    {"orders.csv", "29000", "0", LIQ_OUT_OF_RANGE, "orders.csv:3: price \"0\": must be above 0"},
    {"orders.csv", "29000", "1", LIQ_OUT_OF_RANGE,
     "orders.csv:3: price \"1\": one lot of BTCUSD would be worth more than 1000000000000000000 "
     "units of 10^-18 BTC"},
    {"depth.csv", "ETHQ,", "ETH,", LIQ_NOT_FOUND,
     "depth.csv:5: instrument \"ETH\": is not an instrument of venue.json"},
    {"depth.csv", "ETHQ,bid", "ETHQ,buy", LIQ_BAD_INPUT,
     "depth.csv:5: side \"buy\": must be bid or ask"},
    {"depth.csv", "2000,5", "2000,0", LIQ_OUT_OF_RANGE,
     "depth.csv:5: quantity \"0\": must be above 0"},
    {"depth.csv", "2000,5", "x,5", LIQ_BAD_INPUT, "depth.csv:5: price \"x\": " DECIMAL},
    {"depth.csv", "BTCUSDT,bid,30500,", "BTCUSDT,bid,30499.0,", LIQ_DUPLICATE,
     "depth.csv:6: \"BTCUSDT\" has a bid at 30499 already, on line 3"},
    {"depth.csv", "BTCUSDT,ask,30500.5", "BTCUSDT,ask,30501", LIQ_DUPLICATE,
     "depth.csv:4: \"BTCUSDT\" has an ask at 30501 already, on line 2"},
    {"depth.csv", "30499", "2000000000", LIQ_OUT_OF_RANGE,
     "depth.csv:3: price \"2000000000\": one lot of BTCUSDT would be worth more than "
     "1000000000000000000 units of 10^-12 USDT"},
};

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

TestSuite(bad_input, .init = setup, .fini = teardown);

Test(bad_input, names_the_file_that_is_missing_or_empty)
{
    EXPECT_REFUSALS(files);
}

Test(bad_input, names_the_column_that_is_missing_unknown_or_double)
{
    EXPECT_REFUSALS(columns);
}

Test(bad_input, names_the_line_that_is_no_row)
{
    EXPECT_REFUSALS(lines);
}

Test(bad_input, refuses_bad_accounts)
{
    EXPECT_REFUSALS(accounts);
}

Test(bad_input, refuses_bad_balances)
{
    EXPECT_REFUSALS(balances);
}

Test(bad_input, refuses_bad_positions)
{
    EXPECT_REFUSALS(positions);
}

Test(bad_input, refuses_bad_prices)
{
    EXPECT_REFUSALS(marks);
}

Test(bad_input, refuses_bad_orders_and_depth)
{
    EXPECT_REFUSALS(orders_and_depth);
}

Test(bad_input, refuses_a_directory_that_is_none)
{
    liq_book *book = NULL;
    liq_error err = {0};
    char expected[FOLDER_PATH_BYTES + 100];

    cr_expect_eq(liq_book_load(&book, book_folder_path(&home, "marks.csv"), NULL, &err),
                 LIQ_BAD_INPUT);
    (void)snprintf(expected, sizeof expected,
                   "\"%s/marks.csv\": a book is a directory, this is a file", home.path);
    cr_expect_str_eq(err.message, expected);
    cr_expect_eq(liq_book_load(&book, book_folder_path(&home, "none"), NULL, &err), LIQ_NOT_FOUND);
    (void)snprintf(expected, sizeof expected, "\"%s/none\": there is no such directory", home.path);
    cr_expect_str_eq(err.message, expected);
    cr_expect_eq(err.native, ENOENT);
    cr_expect_eq(liq_book_load(&book, book_folder_path(&home, "marks.csv/deeper"), NULL, &err),
                 LIQ_IO);
    cr_expect_eq(err.native, ENOTDIR);
    cr_expect_null(book);
}

Test(bad_input, names_all_missing_files_at_once)
{
    const bad_row row = {"", NULL, NULL, LIQ_NOT_FOUND,
                         "...: the book lacks venue.json, balances.csv, marks.csv"};

    (void)remove(book_folder_path(&home, "venue.json"));
    (void)remove(book_folder_path(&home, "balances.csv"));
    (void)remove(book_folder_path(&home, "marks.csv"));
    refusal_expect(&home, &row);
}

Test(bad_input, refuses_a_file_that_is_a_directory)
{
    const bad_row row = {"", NULL, NULL, LIQ_BAD_INPUT,
                         "...balances.csv: is a directory, not a file"};

    (void)remove(book_folder_path(&home, "balances.csv"));
    cr_assert_eq(mkdir(book_folder_path(&home, "balances.csv"), 0700), 0);
    refusal_expect(&home, &row);
}

Test(bad_input, refuses_a_zero_byte)
{
    static const char balances_text[] = "account,asset,amount\nbob,USDT,1\0\n";
    static const char venue_text[] = "{\"venue\": \"a\0b\"}";
    const bad_row balances_row = {"", NULL, NULL, LIQ_BAD_INPUT,
                                  "balances.csv:2: amount \"1\": byte 2 is NUL"};
    const bad_row venue_row = {"", NULL, NULL, LIQ_BAD_INPUT,
                               "venue.json:1: column 13: control byte 0x00 in a string"};

    book_folder_write(&home, "balances.csv", balances_text, sizeof balances_text - 1);
    refusal_expect(&home, &balances_row);
    book_folder_write(&home, "venue.json", venue_text, sizeof venue_text - 1);
    refusal_expect(&home, &venue_row);
}

Test(bad_input, refuses_a_line_of_100_megabytes)
{
    enum { LINE_BYTES = 100 * 1000 * 1000 };
    const bad_row positions_row = {
        "", NULL, NULL, LIQ_BAD_INPUT,
        "positions.csv:1: a line of at least 65538 bytes, the limit is 65536"};
    const bad_row balances_row = {
        "", NULL, NULL, LIQ_BAD_INPUT,
        "balances.csv:2: a line of at least 65538 bytes, the limit is 65536"};
    char *text = malloc(LINE_BYTES);

    cr_assert_not_null(text);
    memset(text, 'x', LINE_BYTES);
    book_folder_write(&home, "positions.csv", text, LINE_BYTES);
    refusal_expect(&home, &positions_row);
    memcpy(text, "account,asset,amount\n", strlen("account,asset,amount\n"));
    book_folder_write(&home, "balances.csv", text, LINE_BYTES);
    refusal_expect(&home, &balances_row);
    free(text);
}

/* The rows above prove nothing if the book that they spoil is bad itself. */
Test(bad_input, has_a_good_book_to_begin_with)
{
    liq_book *book = NULL;
    liq_error err = {0};

    cr_expect_eq(liq_book_load(&book, home.path, NULL, &err), LIQ_OK, "%s", err.message);
    liq_book_destroy(book);
}
