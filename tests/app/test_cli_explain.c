/*
 * What `liqscan explain` prints.
 */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include "support_json.h"
#include "support_run.h"

#define DEMO LIQ_SOURCE_DIR "/host/demo"
#define SMALL LIQ_SOURCE_DIR "/tests/books/small"

Test(cli_explain, shows_an_account_without_value_with_nulls_and_the_reason)
{
    run_result result;
    const char *at;
    liq_json *json;

    run_line(&result, "explain " DEMO " dune --format json");
    cr_assert(result.code == 0, "%s", result.message);
    at = result.output;
    json = line_parse(&at);
    cr_expect_str_eq(text_of(json, "equity"), "null");
    cr_expect_str_eq(text_of(json, "status"), "null");
    cr_expect_str_eq(text_of(json, "unvalued"), "no_mark");
    cr_expect_str_eq(text_of(json, "subject"), "BNBUSDT");
    cr_expect(liq_json_is_null(liq_json_member(liq_json_root(json), "cure")));
    liq_json_destroy(json);
    run_clear(&result);
}

Test(cli_explain, explains_the_binance_example_to_the_printed_digits)
{
    static const char *const words[] = {
        "26316.89",     "1153.26",       "71200.811444", "356512.508122", "16300",        "135365",
        "-56354.56848", "-448192.88514", "MM / EQ >= 1", "not reached",   "1030895.55638"};
    run_result result;

    run_line(&result, "explain " SMALL " whale --format table");
    cr_assert(result.code == 0, "%s", result.message);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        cr_expect_not_null(strstr(result.output, words[i]), "%s", words[i]);
    run_clear(&result);
}

Test(cli_explain, explains_in_json_with_every_field_of_the_contract)
{
    static const char position_keys[] =
        "instrument,side,quantity,entry_price,mark_price,notional,unrealised_pnl,"
        "maintenance_margin,liquidation_price,bankruptcy_price,adl_score,adl_light,settle,"
        "initial_margin,tier,maintenance_rate,deduction,distance_percent,adl_rank,adl_standing";
    const liq_json_value *root;
    run_result result;
    const char *at;
    liq_json *json;
    char keys[256];

    run_line(&result, "explain " DEMO " ember --format json");
    cr_assert(result.code == 0 && line_count(result.output) == 1, "%s", result.message);
    at = result.output;
    json = line_parse(&at);
    root = liq_json_root(json);
    (void)snprintf(keys, sizeof keys, "%s,collateral,positions,cure", ROW_KEYS);
    cr_expect_str_eq(keys_of(root), keys);
    cr_expect_str_eq(keys_of(liq_json_first(liq_json_member(root, "collateral"))),
                     "asset,amount,index_price,weight,value");
    cr_expect_str_eq(keys_of(liq_json_first(liq_json_member(root, "positions"))), position_keys);
    cr_expect_str_eq(keys_of(liq_json_member(root, "cure")), "top_up,top_up_asset,reductions");
    cr_expect_str_eq(
        keys_of(liq_json_first(liq_json_member(liq_json_member(root, "cure"), "reductions"))),
        "instrument,side,quantity,remaining");
    liq_json_destroy(json);
    run_clear(&result);
}

Test(cli_explain, explains_each_margin_account_of_an_account)
{
    run_result result;

    run_line(&result, "explain " DEMO " jade");
    cr_assert(result.code == 0, "%s", result.message);
    cr_expect(line_count(result.output) == 3);
    run_clear(&result);
    run_line(&result, "explain " DEMO " jade --format table");
    cr_expect_not_null(strstr(result.output, "Account jade, SOLUSDT:short margin, at demo"));
    run_clear(&result);
}

Test(cli_explain, shocks_prices_before_it_scans)
{
    run_result calm;
    run_result shocked;

    run_line(&calm, "explain " DEMO " abacus --format csv");
    run_line(&shocked, "explain " DEMO " abacus --format csv --shock BTCUSDT=-10% "
                       "--shock=ETHUSDT=+0.0001%");
    cr_expect(calm.code == 0 && shocked.code == 0, "%s", shocked.message);
    cr_expect_not_null(strstr(calm.output, "BTCUSDT:long,mark_price,62150.4\n"));
    cr_expect_not_null(strstr(shocked.output, "BTCUSDT:long,mark_price,55935.36\n"));
    cr_expect_not_null(strstr(shocked.output, "ETHUSDT:long,mark_price,2438.62243862\n"));
    run_clear(&calm);
    run_clear(&shocked);
}
