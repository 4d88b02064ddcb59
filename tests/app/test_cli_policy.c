/*
 * What `liqscan policy diff` prints.
 */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include "support_json.h"
#include "support_run.h"

enum { PATH_BYTES = 4096 };

#define HEAD                                                                                       \
    "{\"venue\": \"v\", \"profile\": \"binance-usdm\", \"margin_currency\": \"USD\","              \
    " \"assets\": [{\"asset\": \"USD\", \"weight\": \"1\"}], \"instruments\": ["
#define CONTRACT(symbol, mmr)                                                                      \
    "{\"symbol\": \"" symbol "\", \"kind\": \"linear\", \"base\": \"X\", \"settle\": \"USD\","     \
    " \"multiplier\": \"1\", \"lot\": \"1\", \"tick\": \"0.1\","                                   \
    " \"tiers\": [{\"floor\": \"0\", \"mmr\": \"" mmr "\", \"imr\": \"0.5\"}]}"
#define TAIL "], \"funds\": [{\"fund\": \"USD\", \"balance\": \"0\"}]}"

static char folder[PATH_BYTES];

/* near: equity 8 + (100 - 100) = 8, maintenance 5 of 100; far: 100 and 5 + 10; iso: 30 and 10. */
static void setup(void)
{
    folder_make(folder);
    folder_write(folder, "venue.json",
                 HEAD CONTRACT("AUSD", "0.05") "," CONTRACT("BUSD", "0.1") TAIL);
    folder_write(folder, "next.json",
                 HEAD CONTRACT("BUSD", "0.05") "," CONTRACT("AUSD", "0.08") TAIL);
    folder_write(folder, "accounts.csv", "account,mode\nfar,cross\niso,cross\nnear,cross\n");
    folder_write(folder, "balances.csv", "account,asset,amount\nfar,USD,100\nnear,USD,8\n");
    folder_write(folder, "positions.csv",
                 "account,instrument,side,quantity,entry_price,margin,isolated_margin\n"
                 "near,AUSD,long,1,100,cross,\nfar,AUSD,short,1,100,cross,\n"
                 "far,BUSD,short,1,100,cross,\niso,BUSD,long,1,100,isolated,9\n"
                 "iso,AUSD,short,1,100,isolated,30\n");
    folder_write(folder, "marks.csv", "symbol,price\nAUSD,100\nBUSD,100\n");
}

static void teardown(void)
{
    folder_remove(folder);
}

TestSuite(cli_policy, .init = setup, .fini = teardown);

static void diff_run(run_result *out, const char *source, const char *target, const char *options)
{
    char line[4 * PATH_BYTES];
    char path[2 * PATH_BYTES];

    (void)snprintf(path, sizeof path, "%s/%s", folder, target);
    (void)snprintf(line, sizeof line, "policy diff %s %s %s %s", source,
                   strcmp(target, "-") == 0 ? "-" : path, folder, options);
    run_line(out, line);
}

Test(cli_policy, shows_who_is_called_and_who_is_released)
{
    run_result result;

    diff_run(&result, "-", "next.json", "--format csv --check");
    cr_assert_eq(result.code, 1, "%s", result.message); /* near is newly liquidatable */
    cr_assert_str_eq(result.output,
                     "account,margin,change,status_before,status_after,equity_before,equity_after,"
                     "maintenance_margin_before,maintenance_margin_after,initial_margin_before,"
                     "initial_margin_after,notional_before,notional_after,shortfall\n"
                     "near,cross,newly_liquidatable,ok,liquidate,8,8,5,8,50,50,100,100,0\n"
                     "iso,BUSD:long,released,liquidate,ok,9,9,10,5,50,50,100,100,0\n"
                     "iso,AUSD:short,same_status,ok,ok,30,30,5,8,50,50,100,100,0\n"
                     "far,cross,same_status,ok,ok,100,100,15,13,100,100,200,200,0\n");
    cr_assert_not_null(strstr(result.message, "1 newly_liquidatable"), "%s", result.message);
    cr_assert_not_null(strstr(result.message, "maintenance margin 35, then 34 USD: 6 called, "
                                              "7 freed"),
                       "%s", result.message);
    run_clear(&result);
}

/* far is called 3 in AUSD and freed 5 in BUSD: freed 2 as an account. */
Test(cli_policy, gives_each_instrument_its_part)
{
    run_result result;

    diff_run(&result, "-", "next.json", "--format csv --rows instruments");
    cr_assert_eq(result.code, 0, "%s", result.message);
    cr_assert_str_eq(result.output,
                     "instrument,margin_accounts,margin_accounts_changed,maintenance_before,"
                     "maintenance_after,maintenance_called,maintenance_freed,initial_before,"
                     "initial_after,initial_called,initial_freed\n"
                     "BUSD,2,2,20,10,0,10,100,100,0,0\n"
                     "AUSD,3,3,15,24,9,0,150,150,0,0\n"
                     "(rounding),0,0,0,0,0,0,0,0,0,0\n");
    run_clear(&result);
    diff_run(&result, "-", "next.json", "--format csv --rows transitions");
    cr_assert_str_eq(result.output, "from,to,margin_accounts\nok,ok,3\nok,liquidate,1\n"
                                    "liquidate,ok,1\n");
    run_clear(&result);
}

Test(cli_policy, writes_rows_and_a_summary_as_json)
{
    run_result result;
    const char *at;
    liq_json *line;

    diff_run(&result, "-", "next.json", "--format json --limit 1");
    cr_assert_eq(result.code, 0, "%s", result.message);
    cr_assert_eq(line_count(result.output), 2);
    at = result.output;
    line = line_parse(&at);
    cr_expect_str_eq(text_of(line, "change"), "newly_liquidatable");
    cr_expect_str_eq(text_of(line, "maintenance_margin_after"), "8");
    liq_json_destroy(line);
    cr_expect_not_null(strstr(at, "{\"summary\":{\"venue\":\"v\""));
    cr_expect_not_null(strstr(at, "\"newly_liquidatable\":1,\"worse\":0,\"newly_warned\":0,"
                                  "\"released\":1"));
    cr_expect_not_null(strstr(at, "\"maintenance_margin\":{\"before\":\"35\",\"after\":\"34\","
                                  "\"called\":\"6\",\"freed\":\"7\"}"));
    run_clear(&result);
}

/* As another venue.json with such rates: near owes 5 x 1.6 = 8 of 8, far 5 x 1.6 + 10. */
Test(cli_policy, multiplies_rates)
{
    run_result scaled;
    run_result written;

    folder_write(folder, "scaled.json",
                 HEAD CONTRACT("AUSD", "0.08") "," CONTRACT("BUSD", "0.1") TAIL);
    diff_run(&written, "-", "scaled.json", "--format csv");
    diff_run(&scaled, "-", "-", "--margin-factor AUSD=1.6/1 --format csv");
    cr_assert_eq(scaled.code, 0, "%s", scaled.message);
    cr_expect_str_eq(scaled.output, written.output);
    cr_expect_not_null(strstr(scaled.message, "1 newly_liquidatable"), "%s", scaled.message);
    run_clear(&scaled);
    run_clear(&written);
    diff_run(&scaled, "-", "-", "--margin-factor *=0.5 --format csv");
    cr_assert_eq(scaled.code, 0, "%s", scaled.message);
    cr_expect_not_null(strstr(scaled.message, "0 newly_liquidatable"), "%s", scaled.message);
    run_clear(&scaled);
}

Test(cli_policy, refuses_factors_that_are_none)
{
    static const char *const rows[][2] = {{"AUSD", "\"AUSD\" is not SYMBOL=FACTOR"},
                                          {"=2", "\"=2\" is not SYMBOL=FACTOR"},
                                          {"AUSD=", "the factor"},
                                          {"AUSD=0", "a factor is in 0.000001 .. 100"},
                                          {"AUSD=1/101", "a factor is in 0.000001 .. 100"},
                                          {"AUSD=1e3", "the factor"},
                                          {"AUSD=0.0000001", "the factor"},
                                          {"CUSD=2", "\"CUSD\" is not an instrument"}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char options[256];
        run_result result;

        (void)snprintf(options, sizeof options, "--margin-factor %s", rows[i][0]);
        diff_run(&result, "-", "-", options);
        cr_expect_eq(result.code, 2, "%s", rows[i][0]);
        cr_expect_not_null(strstr(result.message, rows[i][1]), "%s", result.message);
        run_clear(&result);
    }
}

Test(cli_policy, takes_a_folder_and_turns_around)
{
    char other[PATH_BYTES];
    run_result result;

    diff_run(&result, "-", "", "--format table"); /* the folder of the book: nothing changes */
    cr_assert_eq(result.code, 0, "%s", result.message);
    cr_expect_eq(strncmp(result.output, "No margin account changes.", 26), 0);
    run_clear(&result);
    (void)snprintf(other, sizeof other, "%.4000s/next.json", folder);
    diff_run(&result, other, "-", "--format csv --rows transitions");
    cr_expect_str_eq(result.output, "from,to,margin_accounts\nok,ok,3\nok,liquidate,1\n"
                                    "liquidate,ok,1\n");
    cr_expect_not_null(strstr(result.message, "34, then 35 USD: 7 called, 6 freed"), "%s",
                       result.message);
    run_clear(&result);
}

typedef struct refusal {
    const char *venue; /* NULL: not written */
    const char *options;
    const char *message;
} refusal;

Test(cli_policy, refuses_what_does_not_fit_by_name)
{
    static const refusal refusals[] = {
        {HEAD CONTRACT("AUSD", "0.1") TAIL, "",
         "there is no instrument \"BUSD\", in which account"},
        {"{\"venue\": \"v\", \"profile\": \"binance-usdm\", \"margin_currency\": \"EUR\","
         " \"assets\": [{\"asset\": \"EUR\", \"weight\": \"1\"}], \"instruments\": [" TAIL,
         "", "the margin currency is \"EUR\", and was \"USD\""},
        {"{\"cash_decimals\": 6, \"venue\": \"v\", \"profile\": \"binance-usdm\","
         " \"margin_currency\": \"USD\", \"assets\": [{\"asset\": \"USD\", \"weight\": \"1\"}],"
         " \"instruments\": [" CONTRACT("AUSD", "0.05") "," CONTRACT("BUSD", "0.1") TAIL,
         "", "cash_decimals is 8 under the one and 6 under the other"},
        {"{", "", "bad.json:1"},
        {NULL, "", "no such file"},
        {NULL, "--limit x", "--limit \"x\" is not a whole number"},
        {NULL, "--limit -1", "--limit \"-1\" is not a whole number of 0"},
        {NULL, "--rows account", "did you mean accounts?"},
        {NULL, "--rows x", "--rows \"x\" is not accounts, instruments or transitions"},
        {NULL, "--format xml", "--format \"xml\""}};

    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        run_result result;

        if (refusals[i].venue != NULL)
            folder_write(folder, "bad.json", refusals[i].venue);
        diff_run(&result, "-", refusals[i].venue == NULL ? "none.json" : "bad.json",
                 refusals[i].options);
        cr_expect_eq(result.code, 2, "case %zu: %d", i, result.code);
        cr_expect_not_null(strstr(result.message, refusals[i].message), "case %zu: %s", i,
                           result.message);
        cr_expect_str_empty(result.output);
        run_clear(&result);
    }
}
