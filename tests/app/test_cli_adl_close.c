/*
 * What `liqscan adl --quantity Q --price P` closes: published examples, and what it refuses.
 */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include "support_adl_close.h"
#include "support_run.h"

enum { PATH_BYTES = 4096 };

Test(cli_adl_close, shares_forty_of_five_shorts_pro_rata)
{
    char folder[PATH_BYTES];
    close_result result;

    folder_make(folder);
    five_shorts_write(folder, "0.001");
    adl_close(&result, folder, "short", "40", "80", "--policy pro_rata");
    expect_close(&result, "a", "5.333", "106.66");
    expect_close(&result, "b", "5.333", "106.66");
    expect_close(&result, "c", "10.667", "106.67");
    expect_close(&result, "d", "2.667", "106.68");
    expect_close(&result, "e", "16", "32");
    expect_close(&result, "maker", "0", "0");
    expect_summary(&result, "level", "0.533333");
    expect_summary(&result, "realised_pnl", "458.67");
    expect_summary(&result, "largest_account", "e");
    expect_summary(&result, "largest_share", "0.4");
    liq_json_destroy(result.summary);
    folder_remove(folder);
}

Test(cli_adl_close, lowers_the_leverage_of_five_shorts_to_a_common_one)
{
    char folder[PATH_BYTES];
    close_result result;

    folder_make(folder);
    five_shorts_write(folder, "0.0001");
    adl_close(&result, folder, "short", "40", "80", "--policy min_leverage");
    expect_close(&result, "a", "0", "0");
    expect_close(&result, "b", "4.2222", "84.444");
    expect_close(&result, "c", "8.8889", "88.889");
    expect_close(&result, "d", "0.4445", "17.78"); /* .4444 and the last lot: d ties with e */
    expect_close(&result, "e", "26.4444", "52.8888");
    expect_summary(&result, "level", "1.777778");
    expect_summary(&result, "residual", "0");
    liq_json_destroy(result.summary);
    folder_remove(folder);
}

Test(cli_adl_close, prints_the_whole_contract)
{
    char folder[PATH_BYTES];
    const char *at;
    run_result result;

    folder_make(folder);
    five_shorts_write(folder, "1");
    run(&result, &(run_setup){0},
        (const char *const[]){"adl", folder, "XUSD", "--side", "short", "--quantity", "7",
                              "--price", "80.5", "--format", "json", NULL});
    cr_assert_eq(result.code, 0, "%s", result.message);
    cr_expect_eq(line_count(result.output), 7);
    cr_expect_eq(
        strncmp(result.output,
                "{\"account\":\"d\",\"side\":\"short\",\"quantity\":\"5\","
                "\"score\":\"0.650406504065041\",\"rank\":1,\"light\":1,\"close_quantity\":\"5\","
                "\"realised_pnl\":\"197.5\",\"margin\":\"cross\",\"unrealised_pnl\":\"200\","
                "\"exempt\":false,\"standing\":\"ranked\"}\n",
                205),
        0, "%s", result.output);
    at = strstr(result.output, "{\"summary\"");
    cr_assert_not_null(at);
    cr_expect_str_eq(
        at, "{\"summary\":{\"venue\":\"five\",\"instrument\":\"XUSD\",\"side\":\"short\","
            "\"rule\":\"bitmex\",\"policy\":\"queue\",\"base\":null,\"weight\":null,"
            "\"seed\":\"0\",\"price\":\"80.5\",\"mark_price\":\"80\",\"quantity\":\"7\","
            "\"close_quantity\":\"7\",\"residual\":\"0\",\"asset\":\"USD\",\"deficit\":null,"
            "\"needed\":\"3.5\",\"taken\":\"3.5\",\"overshoot\":\"0\",\"realised_pnl\":\"236.5\","
            "\"level\":null,\"positions\":2,\"accounts\":2,\"largest_account\":\"d\","
            "\"largest_share\":\"0.714285\"}}\n");
    run_clear(&result);
    folder_remove(folder);
}

Test(cli_adl_close, shows_closes_in_tables_and_says_the_sum_beside_csv)
{
    char folder[PATH_BYTES];
    char line[PATH_BYTES + 256];
    run_result result;

    folder_make(folder);
    five_shorts_write(folder, "1");
    (void)snprintf(line, sizeof line,
                   "adl %s XUSD --side short --quantity 100 --price 80 --policy capped_pro_rata "
                   "--base profit --format csv",
                   folder);
    run_line(&result, line);
    cr_expect_eq(result.code, 0);
    cr_expect_eq(line_count(result.output), 7);
    cr_expect_not_null(strstr(result.output, ",close_quantity,realised_pnl,"), "%s", result.output);
    cr_expect_not_null(strstr(result.message, "75 of 100 XUSD closed at 80 (mark 80) by "
                                              "capped_pro_rata of profit; 25 left\n"),
                       "%s", result.message);
    cr_expect_not_null(strstr(result.message, "needed 0, taken 0, overshoot 0"), "%s",
                       result.message);
    run_clear(&result);
    (void)snprintf(line, sizeof line,
                   "adl %s XUSD --side short --quantity 7 --price 80 --format table", folder);
    run_line(&result, line);
    cr_expect_not_null(strstr(result.output, "CLOSE"), "%s", result.output);
    cr_expect_not_null(strstr(result.output, "REALISED PNL"));
    cr_expect_not_null(strstr(result.output, "7 of 7 XUSD closed"));
    run_clear(&result);
    folder_remove(folder);
}

/* The scores 6 .. 1 of BitMEX's page: a profit of all that was paid, times the leverage. */
Test(cli_adl_close, closes_the_queue_of_bitmex)
{
    static const char *const longs[6][3] = {/* account, quantity, balance: equity - profit */
                                            {"1", "10", "-200"}, {"2", "10", "-400"},
                                            {"3", "20", "1200"}, {"4", "30", "-900"},
                                            {"5", "20", "-720"}, {"6", "10", "0"}};
    static const char *const wanted[6][2] = {{"2", "10"}, {"5", "10"}, {"4", "0"},
                                             {"1", "0"},  {"6", "0"},  {"3", "0"}};
    char folder[PATH_BYTES];
    close_result result;
    adl_book book;

    folder_make(folder);
    adl_book_start(&book, folder, "1", "120");
    for (int i = 0; i < 6; i++)
        adl_book_add(&book, longs[i][0], "long", longs[i][1], "60", longs[i][2]);
    adl_book_add(&book, "liquidated", "short", "20", "60", "-100");
    adl_book_end(&book);
    adl_close(&result, folder, "long", "20", "120", "");
    cr_assert_eq(result.count, 6);
    for (int i = 0; i < 6; i++) {
        cr_expect_str_eq(result.rows[i].account, wanted[i][0]);
        cr_expect_str_eq(result.rows[i].quantity, wanted[i][1]);
    }
    expect_summary(&result, "largest_share", "0.5");
    liq_json_destroy(result.summary);
    folder_remove(folder);
}

/* Who is a winner, and by how much, is said by the mark; the price of the close says nothing. */
Test(cli_adl_close, weighs_profit_at_the_mark)
{
    char folder[PATH_BYTES];
    close_result result;

    folder_make(folder);
    five_shorts_write(folder, "0.1"); /* profits of 200, 200, 200, 200 and 60 */
    adl_close(&result, folder, "short", "4.3", "100", "--policy capped_pro_rata --base profit");
    expect_close(&result, "a", "1", "0");
    expect_close(&result, "b", "1", "0");
    expect_close(&result, "c", "1", "-10");
    expect_close(&result, "d", "1", "20");
    expect_close(&result, "e", "0.3", "-5.4");
    expect_summary(&result, "level", "0.1"); /* 20 of 200 */
    liq_json_destroy(result.summary);
    folder_remove(folder);
}

/* What the venue's own rules say holds where nothing else is given. */
Test(cli_adl_close, shares_as_the_venue_does)
{
    static const char policy[] =
        "{\"venue\": \"five\", \"profile\": \"bitmex\", \"margin_currency\": \"USD\","
        " \"assets\": [{\"asset\": \"USD\", \"weight\": \"1\"}], \"instruments\": ["
        "{\"symbol\": \"XUSD\", \"kind\": \"linear\", \"base\": \"X\", \"settle\": \"USD\","
        " \"multiplier\": \"1\", \"lot\": \"0.1\", \"tick\": \"0.1\","
        " \"tiers\": [{\"floor\": \"0\", \"mmr\": \"0.01\", \"imr\": \"0.02\"}]}],"
        " \"policy\": {\"liquidation\": {\"adl_policy\": \"capped_pro_rata\","
        " \"adl_base\": \"profit\", \"adl_position_cap\": \"0.05\"}}}";
    char folder[PATH_BYTES];
    close_result result;

    folder_make(folder);
    five_shorts_write(folder, "0.1");
    folder_write(folder, "venue.json", policy);
    adl_close(&result, folder, "short", "4.3", "80", ""); /* 1, 1, 1, 1 and .3, capped */
    expect_summary(&result, "policy", "capped_pro_rata");
    expect_summary(&result, "base", "profit");
    expect_close(&result, "a", "0.5", "10");
    expect_close(&result, "c", "1", "10");
    expect_close(&result, "d", "0.2", "8");
    expect_close(&result, "e", "1.5", "3");
    expect_summary(&result, "residual", "0.6");
    liq_json_destroy(result.summary);
    adl_close(&result, folder, "short", "4.3", "80", "--base equity --position-cap 1");
    expect_summary(&result, "base", "equity");
    expect_summary(&result, "residual", "0");
    liq_json_destroy(result.summary);
    adl_close(&result, folder, "short", "4.3", "80", "--rule okx");
    expect_summary(&result, "policy", "capped_pro_rata");
    liq_json_destroy(result.summary);
    folder_remove(folder);
}

Test(cli_adl_close, walks_by_default_where_the_rule_is_a_walk)
{
    char folder[PATH_BYTES];
    close_result result;
    close_result other;
    uint32_t moved = 0;

    folder_make(folder);
    five_shorts_write(folder, "1");
    adl_close(&result, folder, "short", "7", "80", "--rule random_walk --seed 1");
    expect_summary(&result, "policy", "random_walk");
    expect_summary(&result, "seed", "1");
    for (int seed = 2; seed < 12; seed++) {
        char more[64];

        (void)snprintf(more, sizeof more, "--rule random_walk --seed %d", seed);
        adl_close(&other, folder, "short", "7", "80", more);
        moved += memcmp(other.rows, result.rows, sizeof other.rows) != 0;
        liq_json_destroy(other.summary);
    }
    cr_expect_gt(moved, 0);
    liq_json_destroy(result.summary);
    folder_remove(folder);
}

/* A deficit of 3 at a difference of 0.5 needs six contracts, of whatever quantity there is. */
Test(cli_adl_close, closes_no_more_than_a_deficit_needs)
{
    char folder[PATH_BYTES];
    close_result result;

    folder_make(folder);
    five_shorts_write(folder, "0.1");
    adl_close(&result, folder, "short", "40", "80.5", "--deficit 2.96");
    expect_summary(&result, "quantity", "6");
    expect_summary(&result, "deficit", "2.96");
    expect_summary(&result, "taken", "3");
    liq_json_destroy(result.summary);
    adl_close(&result, folder, "short", "2", "80.5", "--deficit 2.96");
    expect_summary(&result, "quantity", "2");
    expect_summary(&result, "taken", "1");
    liq_json_destroy(result.summary);
    folder_remove(folder);
}

/* Equities of 10, 5, 1, -3 and -12; 7.5 are needed, which a price 1 above the mark takes. */
Test(cli_adl_close, takes_haircuts_by_queue_and_pro_rata)
{
    static const char *const shorts[5][2] = {
        {"1", "-90"}, {"2", "-95"}, {"3", "-99"}, {"4", "-103"}, {"5", "-112"}};
    char folder[PATH_BYTES];
    close_result result;
    adl_book book;

    folder_make(folder);
    adl_book_start(&book, folder, "0.03125", "100");
    for (int i = 0; i < 5; i++) /* a profit of 100 each */
        adl_book_add(&book, shorts[i][0], "short", "100", "101", shorts[i][1]);
    adl_book_end(&book);
    adl_close(&result, folder, "short", "7.5", "101", "--policy capped_pro_rata");
    expect_close(&result, "1", "4.6875", "0"); /* 15/32 of each */
    expect_close(&result, "2", "2.34375", "0");
    expect_close(&result, "3", "0.46875", "0");
    expect_close(&result, "4", "0", "0");
    expect_summary(&result, "level", "0.46875");
    expect_summary(&result, "taken", "7.5");
    liq_json_destroy(result.summary);
    adl_close(&result, folder, "short", "7.5", "101", "--policy queue"); /* most leveraged first */
    expect_close(&result, "3", "1", "0");
    expect_close(&result, "2", "5", "0");
    expect_close(&result, "1", "1.5", "0");
    liq_json_destroy(result.summary);
    adl_close(&result, folder, "short", "20", "101", "--policy pro_rata");
    expect_summary(&result, "close_quantity", "16"); /* nobody pays more than he has */
    expect_summary(&result, "residual", "4");
    liq_json_destroy(result.summary);
    folder_remove(folder);
}

Test(cli_adl_close, refuses_what_it_cannot_read)
{
    static const char *const cases[][2] = {
        {"--quantity 5", "--quantity and --deficit need --price"},
        {"--deficit 5", "--quantity and --deficit need --price"},
        {"--price 80", "--price needs --quantity or --deficit"},
        {"--policy queue", "--policy needs --quantity or --deficit"},
        {"--seed 3", "--seed needs --quantity or --deficit"},
        {"--quantity 5 --price 80 --policy fifo", "policy \"fifo\" is not one of queue, "},
        {"--quantity 5 --price 80 --base wealth", "base \"wealth\" is not one of equity, profit"},
        {"--quantity 5 --price 80 --weight age", "weight \"age\" is not one of leverage, "},
        {"--quantity 5 --price 0", "price \"0\" must be above 0"},
        {"--quantity 5 --price=-80", "price \"-80\" must be above 0"},
        {"--quantity 5 --price 8e1", "price \"8e1\" is not a plain decimal"},
        {"--quantity 0 --price 80", "quantity \"0\" must be above 0"},
        {"--quantity=-5 --price 80", "quantity \"-5\" must be above 0"},
        {"--quantity 5.5 --price 80", "quantity \"5.5\" is not a multiple of the lot 1"},
        {"--quantity many --price 80", "quantity \"many\" is not a plain decimal"},
        {"--quantity 5 --price 80 --cap 0", "cap \"0\" is not above 0"},
        {"--quantity 5 --price 80 --cap 1.1", "cap \"1.1\" is not above 0"},
        {"--quantity 5 --price 80 --cap 0.0000000001", "cap \"0.0000000001\" is not"},
        {"--quantity 5 --price 80 --position-cap 2", "position cap \"2\" is not"},
        {"--quantity 5 --price 80 --fill-min 0.5", "least fill \"0.5\" is not a multiple"},
        {"--quantity 5 --price 80 --fill-min 0", "least fill \"0\" must be above 0"},
        {"--quantity 5 --price 80 --seed 1.5", "--seed \"1.5\" is not 0 .. 2^63 - 1"},
        {"--quantity 5 --price 80 --seed=-1", "--seed \"-1\" is not 0 .. 2^63 - 1"},
        {"--deficit=-1 --price 81", "deficit \"-1\" is not 0 or more"},
        {"--deficit 0.0000000000001 --price 81", "is not 0 or more with at most 12 decimals"},
        {"--deficit 1 --price 80", "no quantity covers deficit \"1\" at a price that is the mark"}};
    char folder[PATH_BYTES];

    folder_make(folder);
    five_shorts_write(folder, "1");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char line[PATH_BYTES + 256];
        run_result result;

        (void)snprintf(line, sizeof line, "adl %s XUSD --side short %s", folder, cases[i][0]);
        run_line(&result, line);
        cr_expect_eq(result.code, 2, "%s: %d", cases[i][0], result.code);
        cr_expect_not_null(strstr(result.message, cases[i][1]), "%s: %s", cases[i][0],
                           result.message);
        cr_expect_str_eq(result.output, "");
        run_clear(&result);
    }
    folder_remove(folder);
}

Test(cli_adl_close, refuses_to_close_what_has_no_price)
{
    char folder[PATH_BYTES];
    char line[PATH_BYTES + 256];
    run_result result;

    folder_make(folder);
    five_shorts_write(folder, "1");
    folder_write(folder, "marks.csv", "symbol,price\n");
    (void)snprintf(line, sizeof line, "adl %s XUSD --side short --quantity 5 --price 80", folder);
    run_line(&result, line);
    cr_expect_eq(result.code, 2);
    cr_expect_not_null(strstr(result.message, "\"XUSD\" has no usable mark price"), "%s",
                       result.message);
    run_clear(&result);
    folder_remove(folder);
}
