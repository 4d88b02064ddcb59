/*
 * What `liqscan stress` prints, draws and refuses.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support_json.h"
#include "support_run.h"

#define DEMO LIQ_SOURCE_DIR "/host/demo"

enum { PATH_BYTES = 4096 };

/* A loser of ten contracts against a winner, and 30 in the fund. */
static void book_write(const char *folder)
{
    folder_write(folder, "venue.json",
                 "{\"venue\": \"v\", \"profile\": \"bitmex\", \"margin_currency\": \"USD\","
                 " \"assets\": [{\"asset\": \"USD\", \"weight\": \"1\"},"
                 " {\"asset\": \"X\", \"weight\": \"1\"}], \"instruments\": ["
                 "{\"symbol\": \"XUSD\", \"kind\": \"linear\", \"base\": \"X\","
                 " \"settle\": \"USD\", \"multiplier\": \"1\", \"lot\": \"1\", \"tick\": \"0.1\","
                 " \"tiers\": [{\"floor\": \"0\", \"mmr\": \"0.1\", \"imr\": \"0.2\"}]},"
                 "{\"symbol\": \"YUSD\", \"kind\": \"linear\", \"base\": \"Y\","
                 " \"settle\": \"USD\", \"multiplier\": \"1\", \"lot\": \"1\", \"tick\": \"0.1\","
                 " \"tiers\": [{\"floor\": \"0\", \"mmr\": \"0.1\", \"imr\": \"0.2\"}]}],"
                 " \"funds\": [{\"fund\": \"USD\", \"balance\": \"40\", \"floor\": \"10\"}]}");
    folder_write(folder, "accounts.csv", "account,mode\nlose,cross\nwin,cross\n");
    folder_write(folder, "balances.csv",
                 "account,asset,amount\nlose,USD,150\nwin,USD,1000\nwin,X,1\n");
    folder_write(folder, "positions.csv",
                 "account,instrument,side,quantity,entry_price,margin,isolated_margin\n"
                 "lose,XUSD,long,10,100,cross,\nwin,XUSD,short,10,100,cross,\n");
    folder_write(folder, "marks.csv", "symbol,price\nXUSD,100\nYUSD,10\nX,100\n");
}

/* Run over the book with options behind the usual ones. %F in them is the book's folder. */
static void stress_run(run_result *out, const char *folder, const char *options)
{
    char line[PATH_BYTES];

    (void)snprintf(line, sizeof line, "stress %%F --device cpu-reference %s", options);
    run_line_in(out, folder, line);
}

/* At 80 the loser has 150 - 200 = -50, of which the fund pays 30; flagged below 94.44, where
   equity 150 + 10 (p - 100) is below the maintenance margin p. */
Test(cli_stress, says_what_a_ladder_does)
{
    char folder[PATH_BYTES];
    run_result result;

    folder_make(folder);
    book_write(folder);
    stress_run(&result, folder, "--ladder XUSD=-20%..20%/5 --reverse --format json");
    cr_assert_eq(result.code, 0, "%s", result.message);
    cr_expect_str_eq(line_field(result.output, "XUSD -20%", "fund_needed"), "50");
    cr_expect_str_eq(line_field(result.output, "XUSD -20%", "adl_needed"), "20");
    cr_expect_str_eq(line_field(result.output, "XUSD -20%", "bankrupt"), "1");
    cr_expect_str_eq(line_field(result.output, "XUSD -20%", "flagged"), "1");
    cr_expect_str_eq(line_field(result.output, "XUSD -20%", "long_notional"), "800");
    cr_expect_str_eq(line_field(result.output, "XUSD -20%", "short_notional"), "0");
    cr_expect_str_eq(line_field(result.output, "XUSD -20%", "open_interest_share"), "0.5");
    cr_expect_str_eq(line_field(result.output, "XUSD -10%", "flagged"), "1");
    cr_expect_str_eq(line_field(result.output, "XUSD -10%", "fund_needed"), "0");
    cr_expect_str_eq(line_field(result.output, "XUSD 0%", "flagged"), "0");
    cr_expect_str_eq(line_field(result.output, "XUSD +20%", "ok"), "2");
    /* 150 + 10 (p - 100) < -30 from 82 on down. */
    cr_expect_str_eq(line_field(result.output, "\"limit_percent\":\"-20\"", "change_percent"),
                     "-18.0001");
    cr_expect_str_eq(line_field(result.output, "\"limit_percent\":\"-20\"", "proven_percent"),
                     "-18");
    cr_expect_str_eq(line_field(result.output, "\"limit_percent\":\"20\"", "found"), "false");
    cr_expect_str_eq(line_field(result.output, "\"limit_percent\":\"20\"", "proven_percent"), "20");
    cr_expect_str_eq(line_field(result.output, "\"account\":\"lose\"", "worst"), "50");
    cr_expect_str_eq(line_field(result.output, "\"account\":\"lose\"", "scenarios"), "1");
    cr_expect_str_eq(line_field(result.output, "\"summary\"", "fund_available"), "30");
    run_clear(&result);
    folder_remove(folder);
}

Test(cli_stress, moves_a_factor_by_betas)
{
    char folder[PATH_BYTES];
    run_result result;

    folder_make(folder);
    book_write(folder);
    folder_write(folder, "betas.csv", "symbol,beta\nXUSD,2\nYUSD,-0.5\n");
    stress_run(&result, folder, "--factor %F/betas.csv=-10%..0%/2 --reverse --format json");
    cr_assert_eq(result.code, 0, "%s", result.message);
    cr_expect_str_eq(line_field(result.output, "factor -10%", "fund_needed"), "50");
    cr_expect_str_eq(line_field(result.output, "factor 0%", "fund_needed"), "0");
    /* Twice -9.0001% is -18.0002%. */
    cr_expect_str_eq(line_field(result.output, "\"limit_percent\"", "change_percent"), "-9.0001");
    run_clear(&result);
    stress_run(&result, folder, "--factor all=-20%..0%/2 --reverse --format json");
    cr_assert_eq(result.code, 0, "%s", result.message);
    cr_expect_str_eq(line_field(result.output, "all -20%", "fund_needed"), "50");
    cr_expect_str_eq(line_field(result.output, "\"limit_percent\"", "change_percent"), "-18.0001");
    run_clear(&result);
    folder_remove(folder);
}

/* The writer of a call at 60,000 for 30 days, in a grid of 16% and half of the volatility. */
static void option_book_write(const char *folder)
{
    folder_write(folder, "venue.json",
                 "{\"venue\": \"v\", \"profile\": \"deribit\", \"margin_currency\": \"USD\","
                 " \"cash_decimals\": 2, \"assets\": [{\"asset\": \"USD\", \"weight\": \"1\"}],"
                 " \"portfolio\": {\"maintenance_factor\": \"1\", \"initial_factor\": \"1.3\","
                 " \"grids\": [{\"underlyings\": [\"*\"], \"prices\": [\"-0.16\", \"0.16\"],"
                 " \"volatilities\": [\"0.5\"], \"volatility_up_least\": \"0\"}]},"
                 " \"instruments\": [{\"symbol\": \"PERP\", \"kind\": \"linear\", \"base\": \"X\","
                 " \"settle\": \"USD\", \"multiplier\": \"1\", \"lot\": \"1\", \"tick\": \"0.01\","
                 " \"tiers\": [{\"floor\": \"0\", \"mmr\": \"0.1\", \"imr\": \"0.2\"}]},"
                 "{\"symbol\": \"VOL\", \"kind\": \"index\", \"base\": \"X\", \"settle\": \"USD\","
                 " \"multiplier\": \"1\", \"lot\": \"1\", \"tick\": \"0.0001\"},"
                 "{\"symbol\": \"DAYS\", \"kind\": \"index\", \"base\": \"X\", \"settle\": \"USD\","
                 " \"multiplier\": \"1\", \"lot\": \"1\", \"tick\": \"0.0001\"},"
                 "{\"symbol\": \"CALL\", \"kind\": \"option\", \"base\": \"X\","
                 " \"settle\": \"USD\", \"multiplier\": \"1\", \"lot\": \"1\", \"tick\": \"0.01\","
                 " \"option\": \"call\", \"strike\": \"60000\", \"underlying\": \"PERP\","
                 " \"volatility\": \"VOL\", \"days\": \"DAYS\"}]}");
    folder_write(folder, "accounts.csv", "account,mode\nwriter,portfolio\nholder,portfolio\n");
    folder_write(folder, "balances.csv",
                 "account,asset,amount\nwriter,USD,14000\nholder,USD,14000\n");
    folder_write(folder, "positions.csv",
                 "account,instrument,side,quantity,entry_price,margin,isolated_margin\n"
                 "writer,CALL,short,1,3427.21,cross,\nholder,CALL,long,1,3427.21,cross,\n");
    folder_write(folder, "marks.csv", "symbol,price\nPERP,60000\nVOL,0.5\nDAYS,30\nCALL,3427.21\n");
}

/* A market that rises takes no days to expiry with it: what "all" moves are PERP and CALL. */
Test(cli_stress, values_portfolio_margin_and_moves_indices_by_name_alone)
{
    static const struct {
        const char *options;
        const char *flagged;
    } cases[] = {{"--ladder PERP=50%..51%/2 --format json", "1"},
                 {"--ladder PERP=0%..1%/2 --format json", "0"},
                 {"--ladder VOL=400%..401%/2 --format json", "1"},
                 {"--ladder PERP=0%..1%/2 --heat all --only heat --format csv", NULL}};
    char hashes[2][65];
    char folder[PATH_BYTES];
    run_result result;

    folder_make(folder);
    option_book_write(folder);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        stress_run(&result, folder, cases[i].options);
        cr_assert_eq(result.code, 0, "%s", result.message);
        if (cases[i].flagged != NULL)
            cr_expect_str_eq(line_field(result.output, "%", "flagged"), cases[i].flagged, "%zu: %s",
                             i, result.output);
        else
            cr_expect(strstr(result.output, "CALL") != NULL &&
                      strstr(result.output, "VOL") == NULL);
        run_clear(&result);
    }
    folder_write(folder, "betas.csv", "symbol,beta\nPERP,1\nCALL,1\n");
    for (int i = 0; i < 2; i++) {
        stress_run(&result, folder,
                   i == 0 ? "--factor all=-50%..90%/15 --format json"
                          : "--factor %F/betas.csv=-50%..90%/15 --format json");
        cr_assert_eq(result.code, 0, "%s", result.message);
        (void)snprintf(hashes[i], sizeof hashes[i], "%s",
                       line_field(result.output, "\"summary\"", "hash"));
        run_clear(&result);
    }
    cr_expect_str_eq(hashes[0], hashes[1]);
    folder_remove(folder);
}

Test(cli_stress, moves_a_base_and_all_others_over_a_grid)
{
    char folder[PATH_BYTES];
    run_result result;

    folder_make(folder);
    book_write(folder);
    folder_write(folder, "betas.csv", "symbol,beta\nX,0\n");
    stress_run(
        &result, folder,
        "--grid X=-20%..0%/2,ALTS=-50%..50%/3 --betas %F/betas.csv --format json --losers 0");
    cr_assert_eq(result.code, 0, "%s", result.message);
    cr_expect_eq(line_count(result.output), 7);
    cr_expect_str_eq(line_field(result.output, "X -20%, others +50%", "fund_needed"), "50");
    cr_expect_str_eq(line_field(result.output, "X 0%, others -50%", "fund_needed"), "0");
    run_clear(&result);
    folder_remove(folder);
}

Test(cli_stress, reads_scenarios_in_either_unit)
{
    char folder[PATH_BYTES];
    run_result result;

    folder_make(folder);
    book_write(folder);
    folder_write(folder, "ppm.csv",
                 "scenario,symbol,change_ppm\ncrash,XUSD,-200000\ncrash,X,-200000\ncalm,YUSD,1\n");
    folder_write(
        folder, "percent.csv",
        "change_percent,scenario,symbol\n-20,crash,XUSD\n-20%,crash,X\n0.0001,calm,YUSD\n");
    for (int i = 0; i < 2; i++) {
        stress_run(&result, folder,
                   i == 0 ? "--scenarios %F/ppm.csv --format csv"
                          : "--scenarios %F/percent.csv --format csv");
        cr_assert_eq(result.code, 0, "%s", result.message);
        cr_expect_str_eq(result.output,
                         "scenario,ok,warning,reduce_only,liquidate,backstop,flagged,bankrupt,"
                         "unvalued,long_notional,short_notional,open_interest_share,margin_called,"
                         "fund_needed,adl_needed\n"
                         "crash,1,0,0,0,0,1,1,0,800,0,0.5,0,50,20\n"
                         "calm,2,0,0,0,0,0,0,0,0,0,0,0,0,0\n");
        run_clear(&result);
    }
    folder_remove(folder);
}

/* Moves from the first prices of the path, whatever the book's are. */
Test(cli_stress, takes_a_path_as_moves_from_its_first_prices)
{
    char folder[PATH_BYTES];
    run_result result;

    folder_make(folder);
    book_write(folder);
    folder_write(folder, "path.csv",
                 "time_ms,symbol,price\n0,XUSD,50\n60000,YUSD,7\n60000,XUSD,45\n90000,XUSD,40\n");
    stress_run(&result, folder, "--path %F/path.csv --format json --losers 0");
    cr_assert_eq(result.code, 0, "%s", result.message);
    cr_expect_str_eq(line_field(result.output, "1970-01-01 00:00:00.000", "flagged"), "0");
    cr_expect_str_eq(line_field(result.output, "1970-01-01 00:01:00.000", "flagged"), "1");
    cr_expect_str_eq(line_field(result.output, "1970-01-01 00:01:30.000", "fund_needed"), "50");
    run_clear(&result);
    folder_write(folder, "bars.csv",
                 "timestamp,close\n2022-01-21 20:00:00,10\n"
                 "2022-01-21 20:01:00,8\n");
    stress_run(&result, folder, "--path %F/bars.csv --bars XUSD --format json --losers 0");
    cr_assert_eq(result.code, 0, "%s", result.message);
    cr_expect_str_eq(line_field(result.output, "2022-01-21 20:01:00.000", "fund_needed"), "50");
    run_clear(&result);
    folder_remove(folder);
}

Test(cli_stress, maps_where_marks_liquidate)
{
    char folder[PATH_BYTES];
    run_result result;

    folder_make(folder);
    book_write(folder);
    stress_run(&result, folder, "--ladder XUSD=0%..0%/1 --heat XUSD --only heat --format csv");
    cr_assert_eq(result.code, 0, "%s", result.message);
    cr_expect_eq(line_count(result.output), 31);
    cr_expect(strstr(result.output, "\nXUSD,-5,-7.5,1,1000,0\n") != NULL, "%s", result.output);
    /* The winner has 1,100 with its coin, and loses ten for each: flagged at 200. */
    cr_expect(strstr(result.output, "\nXUSD,,,1,0,1000\n") != NULL, "%s", result.output);
    run_clear(&result);
    folder_remove(folder);
}

Test(cli_stress, lists_the_worst_when_asked)
{
    char folder[PATH_BYTES];
    run_result result;

    folder_make(folder);
    book_write(folder);
    stress_run(&result, folder, "--ladder XUSD=-40%..40%/9 --worst 2 --format csv");
    cr_assert_eq(result.code, 0, "%s", result.message);
    cr_expect_eq(line_count(result.output), 3);
    cr_expect(strstr(result.output, "\nXUSD -40%,") != NULL);
    cr_expect(strstr(result.output, "\nXUSD -30%,") != NULL);
    run_clear(&result);
    folder_remove(folder);
}

/* Every tag that is opened is closed, in order. */
static void expect_balanced(const char *text)
{
    char open[64][16];
    uint32_t depth = 0;

    for (const char *at = strchr(text, '<'); at != NULL; at = strchr(at + 1, '<')) {
        char name[16] = "";
        const char *end = strchr(at, '>');

        cr_assert(end != NULL);
        if (at[1] == '!' || end[-1] == '/' || strncmp(at, "<meta", 5) == 0)
            continue;
        (void)sscanf(at + 1 + (at[1] == '/'), "%15[a-z]", name);
        if (at[1] != '/') {
            cr_assert_lt(depth, 64);
            memcpy(open[depth++], name, sizeof name);
            continue;
        }
        cr_assert_gt(depth, 0);
        cr_assert_str_eq(open[--depth], name);
    }
    cr_assert_eq(depth, 0);
}

Test(cli_stress, draws_a_picture_that_needs_nothing_else)
{
    static const char *const names[] = {"a.svg", "b.html"};
    char folder[PATH_BYTES];
    run_result result;

    folder_make(folder);
    book_write(folder);
    for (int i = 0; i < 2; i++) {
        char options[256];
        char *text;

        (void)snprintf(
            options, sizeof options,
            "--ladder XUSD=-20%%..20%%/9 --grid X=-20%%..0%%/3,ALTS=0%%..10%%/2 --heat XUSD"
            " --reverse --picture %%F/%s --format csv",
            names[i]);
        stress_run(&result, folder, options);
        cr_assert_eq(result.code, 0, "%s", result.message);
        text = folder_read(folder, names[i]);
        cr_expect_eq(strncmp(text, i == 0 ? "<svg " : "<!DOCTYPE html>", 5), 0);
        cr_expect(strstr(text, "prefers-color-scheme:dark") != NULL);
        cr_expect(strstr(text, "ladder XUSD") != NULL);
        cr_expect(strstr(text, "-18.0001%") != NULL);
        cr_expect(strstr(text, "<script") == NULL && strstr(text, "href") == NULL &&
                  strstr(text, "src=") == NULL && strstr(text, "url(") == NULL);
        expect_balanced(text);
        free(text);
        run_clear(&result);
    }
    folder_remove(folder);
}

Test(cli_stress, says_the_same_on_a_device)
{
    static const char *const devices[] = {"cpu-reference", "cpu"};
    char hashes[2][65];

    for (int i = 0; i < 2; i++) {
        const char *const words[] = {"stress",   DEMO,       "--ladder", "BTCUSDT=-40%..40%/150",
                                     "--device", devices[i], "--format", "json",
                                     "--losers", "0",        NULL};
        run_result result;

        run(&result, &(run_setup){0}, words);
        if (i == 1 && result.code == 3) {
            cr_assert(getenv("LIQ_REQUIRE_DEVICE") == NULL, "%s", result.message);
            run_clear(&result);
            cr_skip_test("no OpenCL device");
        }
        cr_assert_eq(result.code, 0, "%s", result.message);
        cr_assert_eq(line_count(result.output), 151);
        (void)snprintf(hashes[i], sizeof hashes[i], "%s",
                       line_field(result.output, "\"summary\"", "hash"));
        run_clear(&result);
    }
    cr_expect_str_eq(hashes[0], hashes[1]);
}

typedef struct refusal {
    char options[160];
    char file[160]; /* in bad.csv */
    char message[120];
} refusal;

ParameterizedTestParameters(cli_stress, refuses)
{
    static refusal rows[] = {
        {"", "", "there is no scenario"},
        {"--ladder XUSD", "", "is not SYMBOL=FROM%..TO%/STEPS"},
        {"--ladder XUSD=-5%..5%", "", "is not FROM%..TO%/STEPS"},
        {"--ladder XUSD=-5..5/3", "", "needs a % behind it"},
        {"--ladder XUSD=-5%..5%/0", "", "steps are not 1 .. 100000"},
        {"--ladder XUSD=-5%..5%/3x", "", "steps are not 1 .. 100000"},
        {"--ladder XUSD=-5%..5%/1", "", "one step cannot be at both ends"},
        {"--ladder XUSD=-100%..5%/3", "", "above -100%"},
        {"--ladder XUSD=-99.00001%..5%/3", "", "the percentage"},
        {"--ladder ZUSD=-5%..5%/3", "", "\"ZUSD\" is neither an instrument nor an asset"},
        {"--ladder USD=-5%..5%/3", "", "it has no price to move"},
        {"--grid X=0%..1%/2", "", "is not BASE=FROM%..TO%/STEPS,ALTS="},
        {"--grid Z=0%..1%/2,ALTS=0%..1%/2", "", "no instrument with a price has the base \"Z\""},
        {"--factor %F/none.csv=0%..1%/2", "", "none.csv"},
        {"--factor %F/bad.csv=0%..1%/2", "symbol,beta\nZUSD,1\n", "bad.csv:2: symbol \"ZUSD\""},
        {"--factor %F/bad.csv=0%..1%/2", "symbol,beta\nXUSD,1\nXUSD,1\n", "has a beta already"},
        {"--factor %F/bad.csv=0%..1%/2", "symbol,beta\nXUSD,1001\n", "a beta is -1000 .. 1000"},
        {"--factor %F/bad.csv=-60%..1%/2", "symbol,beta\nXUSD,2\n", "scenario \"factor -60%\""},
        {"--scenarios %F/bad.csv", "scenario,symbol\na,XUSD\n", "one of the columns"},
        {"--scenarios %F/bad.csv", "scenario,symbol,change_ppm\na,XUSD,-1000000\n", "bad.csv:2"},
        {"--scenarios %F/bad.csv", "scenario,symbol,change_ppm\na,XUSD,1\na,XUSD,1\n",
         "moves XUSD twice"},
        {"--scenarios %F/bad.csv", "scenario,symbol,change_ppm\na,XUSD,1\nb,XUSD,1\na,YUSD,1\n",
         "stand together"},
        {"--path %F/bad.csv", "time_ms,symbol,price\n0,ZUSD,1\n", "bad.csv:2: symbol \"ZUSD\""},
        {"--path %F/bad.csv", "time_ms,symbol,price\n0,XUSD,1\n1,XUSD,5000\n",
         "bad.csv:3: the price 5000 of \"XUSD\" is past all limits"},
        {"--ladder XUSD=0%..1%/2 --heat ZUSD", "", "\"ZUSD\" is no instrument"},
        {"--ladder XUSD=0%..1%/2 --picture x.png", "", "ends in neither .svg nor .html"},
        {"--ladder XUSD=0%..1%/2 --only heatt", "", "did you mean heat?"},
        {"--grid X=0%..1%/2,ALTS=0%..1%/2 --reverse", "", "along a --ladder or a --factor"},
        {"--ladder XUSD=0%..1%/2 --only reverse", "", "--only reverse needs --reverse"},
        {"--ladder XUSD=0%..1%/2 --only heat", "", "--only heat needs --heat"},
        {"--ladder XUSD=0%..1%/2 --worst=-1", "", "is not a number"},
        {"--ladder XUSD=0%..1%/2 --losers 1001", "", "is not a number of 0 .. 1000"}};

    return cr_make_param_array(refusal, rows, sizeof rows / sizeof rows[0]);
}

ParameterizedTest(const refusal *row, cli_stress, refuses)
{
    char folder[PATH_BYTES];
    run_result result;

    folder_make(folder);
    book_write(folder);
    if (row->file[0] != '\0')
        folder_write(folder, "bad.csv", row->file);
    stress_run(&result, folder, row->options);
    cr_expect_eq(result.code, 2, "%s: %d", row->options, result.code);
    cr_expect(strstr(result.message, row->message) != NULL, "%s: %s", row->options, result.message);
    cr_expect_str_eq(result.output, "");
    run_clear(&result);
    folder_remove(folder);
}
