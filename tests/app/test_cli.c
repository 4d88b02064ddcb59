/*
 * The program as a user runs it: exit codes, messages, and the shape of what it prints. Scans run
 * on cpu-reference, so that no device is needed; test_cli_device.c asks for one.
 */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support_json.h"
#include "support_run.h"

#define DEMO LIQ_SOURCE_DIR "/host/demo"
#define SMALL LIQ_SOURCE_DIR "/tests/books/small"
#define HOST " --device cpu-reference"

/* A command line, its exit code, and words of its standard error ("" for silence). */
typedef struct cli_case {
    const char *line;
    int code;
    const char *message;
} cli_case;

static void cases_check(const cli_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        run_result result;

        run_line(&result, cases[i].line);
        cr_expect(result.code == cases[i].code, "%s: exit %d: %s", cases[i].line, result.code,
                  result.message);
        if (cases[i].message[0] == '\0')
            cr_expect_str_eq(result.message, "", "%s: %s", cases[i].line, result.message);
        else
            cr_expect_not_null(strstr(result.message, cases[i].message), "%s: %s", cases[i].line,
                               result.message);
        if (cases[i].code >= 2)
            cr_expect_str_eq(result.output, "", "%s prints on failure", cases[i].line);
        run_clear(&result);
    }
}

Test(cli, refuses_wrong_usage_with_exit_code_2)
{
    static const cli_case cases[] = {
        {"", 2, "liqscan: a command is missing\ntry \"liqscan --help\"\n"},
        {"scna", 2, "liqscan: unknown command \"scna\"; did you mean \"scan\"?\n"},
        {"frobnicate", 2, "liqscan: unknown command \"frobnicate\"\n"},
        {"--verbose", 2, "liqscan: unknown command \"--verbose\""},
        {"import", 2, "did you mean \"import tiers\"?"},
        {"import trees x", 2, "did you mean \"import tiers\"?"},
        {"journal", 2, "\"journal\" is the first word of \"journal show\", \"journal verify\" and"},
        {"journal list x", 2, "and \"journal export\"\ntry \"liqscan help journal\"\n"},
        {"help frobnicate", 2, "unknown command \"frobnicate\""},
        {"scan", 2, "liqscan scan: BOOK is missing\ntry \"liqscan scan --help\"\n"},
        {"scan a b", 2, "liqscan scan: \"b\" is one argument too many\n"},
        {"scan a --chek", 2, "unknown option \"--chek\"; did you mean --check?"},
        {"scan a --format", 2, "--format needs a value: --format table|json|csv"},
        {"scan a --format xml", 2, "--format \"xml\" is not table, json or csv\n"},
        {"scan a --format jsn", 2, "is not table, json or csv; did you mean json?\n"},
        {"scan a --format json --format csv", 2, "--format is given twice"},
        {"scan a --limit -1", 2, "--limit \"-1\" is not a whole number of 0 .. "},
        {"scan a --limit=-1", 2, "--limit \"-1\" is not a whole number of 0 .. "},
        {"scan a --limit 1.5", 2, "--limit \"1.5\" is not a whole number"},
        {"scan a --decimals 19", 2, "--decimals \"19\" is not a whole number of 0 .. 18\n"},
        {"scan a --shock BTCUSDT", 2, "--shock \"BTCUSDT\" is not SYMBOL=PERCENT%"},
        {"scan a --shock X=1% --shock X=2%", 2, "--shock moves X twice"},
        {"explain a", 2, "liqscan explain: ACCOUNT is missing"},
        {"explain a b c", 2, "\"c\" is one argument too many"},
        {"explain a b --all", 2, "unknown option \"--all\""},
        {"adl a", 2, "liqscan adl: INSTRUMENT is missing"},
        {"adl a b", 2, "--side long or --side short is needed"},
        {"adl a b --side both", 2, "--side \"both\" is not long or short"},
        {"adl a b --side long --lights five", 2, "--lights \"five\" is not quantity or count"},
        {"devices book", 2, "\"book\" is one argument too many"},
        {"devices --tset", 2, "unknown option \"--tset\""},
        {"import tiers", 2, "liqscan import tiers: FILE is missing"},
        {"import tiers a --format csv", 2, "--format \"csv\": venue.json is JSON"},
        {"generate", 2, "liqscan generate: DIR is missing"},
        {"generate a b", 2, "\"b\" is one argument too many"},
        {"generate a --acounts 5", 2, "unknown option \"--acounts\"; did you mean --accounts?"},
        {"generate a --accounts 1.5", 2, "--accounts \"1.5\" is not a whole number\n"},
        {"generate a --accounts=-1", 2, "--accounts \"-1\" is not a whole number\n"},
        {"generate a --accounts 4294967296", 2, "\"4294967296\" is not a whole number\n"},
        {"generate a --accounts 0", 2, "0 accounts: must be in 1 .. 50000000\n"},
        {"generate a --seed 9223372036854775808", 2, "--seed \"9223372036854775808\" is not"},
        {"generate a --positions 0.5", 2, "0.500 positions an account: must be in 1 .. "},
        {"generate a --positions 1.2345", 2, "is not a number with at most 3 decimals\n"},
        {"generate a --near 2", 2, "--near \"2\" is not a percentage such as 2.5%\n"},
        {"generate a --near %", 2, "--near \"%\" is not a percentage"},
        {"generate a --near 100%", 2, "near liquidation and past it of 1001000 ppm"},
        {"generate a --hedge 100.0001%", 2, "hedged of 1000001 ppm: must be in 0 .. 1000000 ppm"},
        {"generate a --collateral 9", 2, "9 collateral assets: must be in 0 .. 8\n"},
        {"generate a --profile ftx", 2, "ftx"},
        {"generate " SMALL, 2, "small\" is not empty: a book is never overwritten\n"},
        {"generate " SMALL "/marks.csv", 2, "exists and is no directory\n"},
    };

    cases_check(cases, sizeof cases / sizeof cases[0]);
}

Test(cli, refuses_bad_books_with_exit_code_2)
{
    static const cli_case cases[] = {
        {"scan no-such-book", 2, "liqscan scan: \"no-such-book\": "},
        {"scan " DEMO "/venue.json", 2, "venue.json"},
        {"scan " DEMO " --shock NONE=1%" HOST, 2,
         "--shock \"NONE=1%\": \"NONE\" is neither an instrument nor an asset"},
        {"scan " DEMO " --shock BNBUSDT=1%" HOST, 2, "BNBUSDT"},
        {"scan " DEMO " --shock BTCUSDT=-100%" HOST, 2,
         "--shock \"BTCUSDT=-100%\" is not above -100% and at most 100000%"},
        {"explain " DEMO " embr", 2, "\"ember\""},
        {"explain no-such-book ember", 2, "liqscan explain: \"no-such-book\": "},
        {"adl " DEMO " BTCUSD --side long", 2, "instrument \"BTCUSD\" is not one of the venue"},
        {"adl " DEMO " BTCUSDT --side long --rule fifo", 2,
         "rule \"fifo\" is not one of bitmex, binance, okx, hyperliquid, hyperliquid_literal, "
         "bluefin, random_walk"},
        {"import tiers no-such-file", 2, "no-such-file"},
        {"import tiers " DEMO "/marks.csv", 2, "marks.csv"},
        {"import tiers " DEMO "/venue.json", 2, "venue.json"},
    };

    cases_check(cases, sizeof cases / sizeof cases[0]);
}

Test(cli, helps_everywhere)
{
    static const char *const lines[][2] = {
        {"--help", "usage: liqscan COMMAND"},
        {"-h", "usage: liqscan COMMAND"},
        {"help", "usage: liqscan COMMAND"},
        {"scan --help", "usage: liqscan scan BOOK [OPTION]"},
        {"scan -h", "usage: liqscan scan BOOK [OPTION]"},
        {"help scan", "usage: liqscan scan BOOK [OPTION]"},
        {"explain --help", "usage: liqscan explain BOOK ACCOUNT [OPTION]"},
        {"adl --help", "usage: liqscan adl BOOK INSTRUMENT [OPTION]"},
        {"devices --help", "usage: liqscan devices [OPTION]"},
        {"import tiers --help", "usage: liqscan import tiers FILE [OPTION]"},
        {"import --help", "usage: liqscan import tiers FILE [OPTION]"},
        {"help import tiers", "usage: liqscan import tiers FILE [OPTION]"},
        {"generate --help", "usage: liqscan generate DIR [OPTION]"},
        {"settle --help", "usage: liqscan settle BOOK [OPTION]"},
        {"replay --help", "usage: liqscan replay BOOK PATH [OPTION]"},
        {"snapshot --help", "usage: liqscan snapshot BOOK"},
        {"stress --help", "usage: liqscan stress BOOK"},
        {"plan --help", "usage: liqscan plan BOOK"},
        {"policy diff --help", "usage: liqscan policy diff A B BOOK"},
        {"serve --help", "usage: liqscan serve [OPTION]..."},
        {"journal --help", "usage: liqscan journal COMMAND"},
        {"help journal", "usage: liqscan journal COMMAND"},
        {"journal show --help", "usage: liqscan journal show FOLDER"},
        {"journal verify --help", "usage: liqscan journal verify FOLDER"},
        {"journal export --help", "usage: liqscan journal export FOLDER"},
    };

    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        run_result result;

        run_line(&result, lines[i][0]);
        cr_expect(result.code == 0, "%s", lines[i][0]);
        cr_expect(strncmp(result.output, lines[i][1], strlen(lines[i][1])) == 0, "%s: %.80s",
                  lines[i][0], result.output);
        cr_expect_not_null(strstr(result.output, "Exit codes: 0 done"), "%s", lines[i][0]);
        for (const char *at = result.output; *at != '\0'; at += strcspn(at, "\n") + 1)
            cr_expect(strcspn(at, "\n") <= 80, "%s: %.100s", lines[i][0], at);
        cr_expect_str_eq(result.message, "");
        run_clear(&result);
    }
}

Test(cli, shows_its_version)
{
    run_result result;

    run_line(&result, "--version");
    cr_expect(result.code == 0);
    cr_expect(strncmp(result.output, "liqscan ", 8) == 0 && line_count(result.output) == 1);
    run_clear(&result);
}

Test(cli, lists_flagged_accounts_and_then_the_unvalued_as_json)
{
    static const char *const accounts[] = {"comet", "drift",  "fern",  "flint",   "onyx",
                                           "ember", "canyon", "iris",  "juniper", "crane",
                                           "cedar", "grove",  "maple", "nimbus",  "dune"};
    const size_t count = sizeof accounts / sizeof accounts[0];
    run_result result;
    const char *at;
    liq_json *json;

    run_line(&result, "scan " DEMO HOST);
    cr_assert(result.code == 0, "%s", result.message);
    cr_expect_str_eq(result.message, "");
    cr_assert(line_count(result.output) == count + 1);
    at = result.output;
    for (size_t i = 0; i < count; i++) {
        json = line_parse(&at);
        cr_expect_str_eq(text_of(json, "account"), accounts[i], "place %zu", i);
        if (i + 1 < count)
            cr_expect_str_eq(keys_of(liq_json_root(json)), ROW_KEYS);
        liq_json_destroy(json);
    }
    json = line_parse(&at);
    cr_expect_str_eq(keys_of(liq_json_root(json)), "summary");
    liq_json_destroy(json);
    cr_expect_str_eq(at, "");
    run_clear(&result);
}

Test(cli, sums_up_a_scan_in_its_last_line)
{
    static const char keys[] = "venue,profile,margin_currency,accounts,positions,margin_accounts,"
                               "flagged,by_status,equity,maintenance_margin,notional,device,"
                               "device_reason,load_ns,scan_ns,device_ns,device_bytes,"
                               "device_memory_bytes,device_position_bytes,device_account_bytes,"
                               "host_memory_bytes,host_position_bytes,host_account_bytes,hash";
    const liq_json_value *summary;
    run_result result;
    const char *at;
    liq_json *json;
    int64_t rows;

    run_line(&result, "scan " DEMO " --all" HOST);
    cr_assert(result.code == 0, "%s", result.message);
    at = strstr(result.output, "{\"summary\"");
    cr_assert_not_null(at);
    json = line_parse(&at);
    summary = liq_json_member(liq_json_root(json), "summary");
    cr_expect_str_eq(keys_of(summary), keys);
    cr_expect_str_eq(keys_of(liq_json_member(summary, "by_status")),
                     "ok,warning,reduce_only,liquidate,backstop,bankrupt,unvalued");
    cr_assert(liq_json_integer(json, liq_json_member(summary, "margin_accounts"), 0, 1000, &rows,
                               NULL) == LIQ_OK);
    cr_expect(line_count(result.output) == (size_t)rows + 1);
    liq_json_destroy(json);
    run_clear(&result);
}

Test(cli, writes_csv_with_the_summary_beside_it)
{
    static const char head[] =
        "account,margin,equity,maintenance_margin,initial_margin,notional,margin_ratio,leverage,"
        "status,unvalued,subject\nabacus,cross,26097.08,157.96752,415.37568,39491.88,0.006053,1."
        "513269,ok,,\n";
    run_result result;

    run_line(&result, "scan " DEMO " --all --format csv" HOST);
    cr_assert(result.code == 0, "%s", result.message);
    cr_expect(strncmp(result.output, head, sizeof head - 1) == 0, "%.200s", result.output);
    cr_expect_not_null(strstr(result.output, "\ndune,cross,,,,,,,,no_mark,BNBUSDT\n"));
    cr_expect_not_null(strstr(result.message, "46 margin accounts of 41 accounts at demo"));
    cr_expect_null(strstr(result.output, "hash"));
    run_clear(&result);
}

Test(cli, writes_a_table_with_cash_cut_against_the_trader)
{
    run_result result;

    run_line(&result, "scan " DEMO " --format table --limit 3" HOST);
    cr_assert(result.code == 0, "%s", result.message);
    cr_expect(strncmp(result.output,
                      "ACCOUNT  MARGIN          EQUITY  MAINTENANCE  INITIAL  NOTIONAL  RATIO  "
                      "LEVERAGE  STATUS\n"
                      "comet    cross          -108.60       322.91   932.26  74580.48      -  "
                      "       -  bankrupt\n",
                      176) == 0,
              "%.400s", result.output);
    cr_expect_not_null(strstr(result.output, "\nfern     SOLUSDT:short  -270.40"));
    cr_expect_null(strstr(result.output, "flint"));
    cr_expect_not_null(strstr(result.output, "\n46 margin accounts of 41 accounts at demo"));
    run_clear(&result);
}

Test(cli, answers_the_question_of_check_with_its_exit_code)
{
    static const cli_case cases[] = {
        {"scan " DEMO " --check" HOST, 1, ""},
        {"scan " DEMO HOST, 0, ""},
        {"scan " SMALL " --check" HOST, 1, ""},
        {"scan " DEMO " --check --limit 0 --format csv" HOST, 1, "46 margin accounts"},
    };
    char folder[4096];
    run_result result;
    run_setup setup = {0};

    cases_check(cases, sizeof cases / sizeof cases[0]);
    folder_make(folder);
    folder_write(folder, "venue.json",
                 "{\"venue\":\"v\",\"profile\":\"binance-usdm\",\"margin_currency\":\"USDT\","
                 "\"assets\":[{\"asset\":\"USDT\",\"weight\":\"1\"}],\"instruments\":[]}");
    folder_write(folder, "accounts.csv", "account,mode\na,cross\n");
    folder_write(folder, "balances.csv", "account,asset,amount\na,USDT,1\n");
    folder_write(folder, "positions.csv",
                 "account,instrument,side,quantity,entry_price,margin,isolated_margin\n");
    folder_write(folder, "marks.csv", "symbol,price\n");
    run(&result, &setup,
        (const char *const[]){"scan", "--check", "--device=cpu-reference", "--format=table", folder,
                              NULL});
    cr_expect(result.code == 0, "%s", result.message);
    cr_expect_not_null(strstr(result.output, "No margin account is to be liquidated.\n"));
    run_clear(&result);
    folder_remove(folder);
}

Test(cli, imports_tiers_as_a_venue_that_loads)
{
    static const char tiers[] =
        "{\"BTC/USDT:USDT\":[{\"tier\":1,\"currency\":\"USDT\",\"minNotional\":0,"
        "\"maxNotional\":50000,\"maintenanceMarginRate\":0.004,\"maxLeverage\":125,\"info\":{"
        "\"cum\":\"0.0\"}},{\"tier\":2,\"currency\":\"USDT\",\"minNotional\":50000,"
        "\"maxNotional\":600000,\"maintenanceMarginRate\":0.005,\"maxLeverage\":100,\"info\":{"
        "\"cum\":\"50.0\"}}]}";
    const run_setup setup = {0};
    char folder[4096];
    char path[4200];
    run_result result;

    folder_make(folder);
    folder_write(folder, "tiers.json", tiers);
    (void)snprintf(path, sizeof path, "%s/tiers.json", folder);
    run(&result, &setup,
        (const char *const[]){"import", "tiers", path, "--venue=typed", "--tick", "0.1", NULL});
    cr_assert(result.code == 0, "%s", result.message);
    folder_write(folder, "venue.json", result.output);
    run_clear(&result);
    folder_write(folder, "accounts.csv", "account,mode\na,cross\n");
    folder_write(folder, "balances.csv", "account,asset,amount\na,USDT,1000\n");
    folder_write(folder, "positions.csv",
                 "account,instrument,side,quantity,entry_price,margin,isolated_margin\n"
                 "a,BTCUSDT,long,1.5,40000,cross,\n");
    folder_write(folder, "marks.csv", "symbol,price\nBTCUSDT,40000\n");
    run(&result, &setup,
        (const char *const[]){"scan", folder, "--all", "--device=cpu-reference", NULL});
    cr_assert(result.code == 0, "%s", result.message);
    cr_expect_not_null(strstr(result.output, "\"maintenance_margin\":\"250\""), "%s",
                       result.output);
    cr_expect_not_null(strstr(result.output, "\"venue\":\"typed\""));
    run_clear(&result);
    folder_remove(folder);
}

Test(cli, generates_a_book_that_it_can_scan)
{
    char folder[4096];
    char book[4200];
    run_result result;
    const run_setup setup = {0};

    folder_make(folder);
    (void)snprintf(book, sizeof book, "%s/book", folder);
    run(&result, &setup,
        (const char *const[]){"generate", "--accounts=500", "--instruments", "12", "--past", "2.5%",
                              "--isolated=10%", "--format=json", book, NULL});
    cr_assert(result.code == 0, "%s", result.message);
    cr_expect_not_null(strstr(result.output, "\"accounts\":500,"), "%s", result.output);
    cr_expect(line_count(result.output) == 1);
    cr_expect_str_eq(result.message, "");
    run_clear(&result);
    run(&result, &setup,
        (const char *const[]){"scan", book, "--check", "--device=cpu-reference", NULL});
    cr_expect(result.code == 1, "%s", result.message);
    cr_expect_not_null(strstr(result.output, "\"venue\":\"generated\""));
    run_clear(&result);
    folder_remove(book);
    folder_remove(folder);
}
