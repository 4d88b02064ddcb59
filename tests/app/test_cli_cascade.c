/*
 * What `liqscan stress --cascade` prints, draws and refuses.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support_run.h"

enum { PATH_BYTES = 4096, FILE_BYTES = 65536 };

/* The example of tests/cascade/test_cascade.c: three longs that fall one by the other's fills, with
   an end price of 98 and an amplification of 2971 / 598.8. */
static void book_write(const char *folder)
{
    folder_write(folder, "venue.json",
                 "{\"venue\": \"v\", \"profile\": \"binance-usdm\", \"margin_currency\": \"USD\","
                 " \"cash_decimals\": 2, \"assets\": [{\"asset\": \"USD\", \"weight\": \"1\"},"
                 " {\"asset\": \"X\", \"weight\": \"1\"}],"
                 " \"instruments\": [{\"symbol\": \"XUSD\", \"kind\": \"linear\", \"base\": \"X\","
                 " \"settle\": \"USD\", \"multiplier\": \"1\", \"lot\": \"1\", \"tick\": \"0.01\","
                 " \"tiers\": [{\"floor\": \"0\", \"mmr\": \"0.01\", \"imr\": \"0.02\"}]},"
                 " {\"symbol\": \"YUSD\", \"kind\": \"linear\", \"base\": \"Y\","
                 " \"settle\": \"USD\", \"multiplier\": \"1\", \"lot\": \"1\", \"tick\": \"0.01\","
                 " \"tiers\": [{\"floor\": \"0\", \"mmr\": \"0.01\", \"imr\": \"0.02\"}]}],"
                 " \"funds\": [{\"fund\": \"USD\", \"balance\": \"1000\"}]}");
    folder_write(folder, "accounts.csv", "account,mode\na,cross\nb,cross\nc,cross\nd,cross\n");
    folder_write(folder, "balances.csv",
                 "account,asset,amount\na,USD,1008\nb,USD,1011\nc,USD,1013\nd,USD,5000\n");
    folder_write(folder, "positions.csv",
                 "account,instrument,side,quantity,entry_price,margin,isolated_margin\n"
                 "a,XUSD,long,10,200,cross,\nb,XUSD,long,10,200,cross,\n"
                 "c,XUSD,long,10,200,cross,\nd,XUSD,short,30,200,cross,\n");
    folder_write(folder, "marks.csv", "symbol,price\nXUSD,200\nYUSD,10\nX,200\n");
    folder_write(folder, "depth.csv",
                 "instrument,side,price,quantity\nXUSD,bid,199.6,6\nXUSD,bid,199,4\n"
                 "XUSD,bid,198,10\nXUSD,bid,196,100\n");
    folder_write(folder, "betas.csv", "symbol,beta\nYUSD,0.5\n");
    folder_write(folder, "empty.csv", "scenario,symbol,change_percent\n");
    folder_write(folder, "mine.json", "{\"liquidation\": {\"execution\": \"mark\"}}");
    folder_write(folder, "wrong.json", "{\"liquidation\": {\"execution\": \"hope\"}}");
    folder_write(folder, "tiers.json", "{\"tier_form\": \"whole\"}");
}

/* %F in options is the folder. */
static void cascade_run(run_result *out, const char *folder, const char *options)
{
    char line[PATH_BYTES];

    (void)snprintf(line, sizeof line, "stress %%F --cascade %s", options);
    run_line_in(out, folder, line);
}

Test(cli_cascade, says_what_every_round_did)
{
    char folder[PATH_BYTES];
    run_result result;

    folder_make(folder);
    book_write(folder);
    cascade_run(&result, folder, "--shock XUSD=-50% --format json");
    cr_assert_eq(result.code, 0, "%s", result.message);
    cr_expect_str_eq(last_line_field(result.output, "\"round\":1,", "liquidated_notional"),
                     "598.8");
    cr_expect_str_eq(last_line_field(result.output, "\"round\":2,", "lead_price"), "99.5");
    cr_expect_str_eq(last_line_field(result.output, "\"round\":4,", "funds"), "995.8");
    cr_expect_str_eq(last_line_field(result.output, "\"instrument\":", "feedback_percent"), "-2");
    cr_expect_str_eq(last_line_field(result.output, "\"amplification\":", "amplification"),
                     "4.961589");
    cr_expect_str_eq(last_line_field(result.output, "\"amplification\":", "end_price"), "98");
    cr_expect_str_eq(last_line_field(result.output, "\"amplification\":", "end"), "at rest");
    cr_expect_str_eq(last_line_field(result.output, "\"summary\"", "conserved"), "true");
    run_clear(&result);
    folder_remove(folder);
}

/* At the mark a alone goes: 1000 of 598.8. */
Test(cli_cascade, sets_variants_side_by_side)
{
    char folder[PATH_BYTES];
    char path[PATH_BYTES + 16];
    static char picture[FILE_BYTES];
    run_result result;
    FILE *file;

    folder_make(folder);
    book_write(folder);
    cascade_run(&result, folder,
                "--shock XUSD=-50% --variant infinite --variant mine=%F/mine.json --variant "
                "takeover --format json --only cascades --picture %F/one.svg");
    cr_assert_eq(result.code, 0, "%s", result.message);
    cr_expect_eq(line_count(result.output), 5);
    cr_expect_str_eq(last_line_field(result.output, "\"variant\":\"infinite\"", "amplification"),
                     "1.670006");
    cr_expect_str_eq(
        last_line_field(result.output, "\"variant\":\"infinite\"", "own_amplification"), "1");
    cr_expect_str_eq(last_line_field(result.output, "\"variant\":\"mine\"", "liquidated_notional"),
                     "1000");
    cr_expect_str_eq(last_line_field(result.output, "\"variant\":\"takeover\"", "market_notional"),
                     "0");
    run_clear(&result);
    (void)snprintf(path, sizeof path, "%s/one.svg", folder);
    file = fopen(path, "r");
    cr_assert_not_null(file);
    picture[fread(picture, 1, sizeof picture - 1, file)] = '\0';
    (void)fclose(file);
    cr_expect_eq(strncmp(picture, "<svg", 4), 0);
    cr_expect_neq(strstr(picture, "</svg>"), NULL);
    cr_expect_neq(strstr(picture, "takeover"), NULL);
    (void)remove(path);
    folder_remove(folder);
}

/* YUSD follows the shock of XUSD by half, and what its fills do: 98 is 2% below 100. */
Test(cli_cascade, has_others_follow_by_betas_along_a_ladder)
{
    char folder[PATH_BYTES];
    run_result result;

    folder_make(folder);
    book_write(folder);
    cascade_run(&result, folder,
                "--ladder XUSD=-50%..0%/2 --betas %F/betas.csv --only prices --format csv");
    cr_assert_eq(result.code, 0, "%s", result.message);
    cr_expect_neq(strstr(result.output, "XUSD -50%,as it is,XUSD,200,100,98,-50,-2,30,0\n"), NULL,
                  "%s", result.output);
    cr_expect_neq(strstr(result.output, "XUSD -50%,as it is,YUSD,10,7.5,7.4"), NULL, "%s",
                  result.output);
    cr_expect_eq(line_count(result.output), 3);
    run_clear(&result);
    cascade_run(&result, folder, "--ladder XUSD=-50%..0%/2 --format table");
    cr_assert_eq(result.code, 0, "%s", result.message);
    cr_expect_neq(strstr(result.output, "XUSD 0%"), NULL);
    cr_expect_neq(strstr(result.output, "AMPLIFIED"), NULL);
    cr_expect_eq(strstr(result.output, "PRICE AFTER"), NULL);
    run_clear(&result);
    folder_remove(folder);
}

/* The feed says nothing of the shock until ten seconds later: nobody is liquidated before, and c,
   who would be a round after the others, not at the price that there is by then. */
Test(cli_cascade, has_feeds_that_are_quiet_and_prices_that_come_back)
{
    char folder[PATH_BYTES];
    run_result result;

    folder_make(folder);
    book_write(folder);
    cascade_run(&result, folder,
                "--shock XUSD=-50% --freeze XUSD=0..10000 --after 5000:XUSD=+100% --variant none "
                "--variant stale+rate_limit --format json");
    cr_assert_eq(result.code, 0, "%s", result.message);
    cr_expect_str_eq(last_line_field(result.output, "\"amplification\":", "accounts"), "0");
    run_clear(&result);
    cascade_run(&result, folder, "--shock XUSD=-50% --freeze 0..10000 --format json");
    cr_assert_eq(result.code, 0, "%s", result.message);
    cr_expect_str_eq(last_line_field(result.output, "\"round\":1,", "time_ms"), "10000");
    cr_expect_str_eq(last_line_field(result.output, "\"amplification\":", "accounts"), "3");
    run_clear(&result);
    cascade_run(&result, folder,
                "--shock XUSD=-49% --wrong XUSD=-50%@1000..2000 --with-index --format json "
                "--variant none");
    cr_assert_eq(result.code, 0, "%s", result.message);
    cr_expect_str_eq(last_line_field(result.output, "\"variant\":\"none\",\"end\"", "wrongly"),
                     "3");
    run_clear(&result);
    folder_remove(folder);
}

/* Six cascades by one thread and by four: the same rows, but for how long they took. */
Test(cli_cascade, says_the_same_by_any_number_of_threads)
{
    static const char *const threads[] = {"1", "4"};
    char *texts[2];
    char folder[PATH_BYTES];

    folder_make(folder);
    book_write(folder);
    for (int i = 0; i < 2; i++) {
        char options[160];
        run_result result;

        (void)snprintf(
            options, sizeof options,
            "--ladder XUSD=-50%%..-40%%/3 --variant infinite --only cascades --format csv "
            "--threads %s",
            threads[i]);
        cascade_run(&result, folder, options);
        cr_assert_eq(result.code, 0, "%s", result.message);
        cr_expect_eq(line_count(result.output), 7);
        texts[i] = strdup(result.output);
        run_clear(&result);
    }
    cr_expect_str_eq(texts[0], texts[1]);
    free(texts[0]);
    free(texts[1]);
    folder_remove(folder);
}

typedef struct refusal {
    char options[160];
    char text[96];
} refusal;

ParameterizedTestParameters(cli_cascade, refuses)
{
    static refusal rows[] = {
        {"", "a cascade needs a shock"},
        {"--shock XUSD=-50% --heat all", "--heat is of a stress without settling"},
        {"--shock XUSD=-50% --reverse", "--reverse is of a stress"},
        {"--shock XUSD=-50", "needs a % at its end"},
        {"--shock NONE=-50%", "\"NONE\" is neither"},
        {"--shock XUSD=-50% --depth-scale 0", "--depth-scale"},
        {"--shock XUSD=-50% --depth-scale all", "nor \"infinite\""},
        {"--shock XUSD=-50% --recovery 20", "is not a share such as 20%"},
        {"--shock XUSD=-50% --recovery 101%", "is not in 0% .. 100%"},
        {"--shock XUSD=-50% --impact much", "is not last, middle or none"},
        {"--shock XUSD=-50% --rounds-max 0", "--rounds-max"},
        {"--shock XUSD=-50% --round-ms 86400001", "--round-ms"},
        {"--shock XUSD=-50% --variant infinit", "did you mean infinite?"},
        {"--shock XUSD=-50% --variant x=", "is not NAME or NAME=FILE"},
        {"--shock XUSD=-50% --variant x=%F/none.json", "none.json"},
        {"--shock XUSD=-50% --variant x=%F/wrong.json", "\"hope\""},
        {"--shock XUSD=-50% --variant x=%F/tiers.json", "tier_form"},
        {"--shock XUSD=-50% --only heat", "is not rounds, prices or cascades"},
        {"--shock XUSD=-50% --picture x.png", "neither .svg nor .html"},
        {"--shock XUSD=-50% --variant rate_limit+", "there is no variant \"\""},
        {"--shock XUSD=-50% --variant rate_limit+stal", "did you mean stale?"},
        {"--shock XUSD=-50% --variant full+tiers", "reduction"},
        {"--shock XUSD=-50% --reversion 5", "--reversion \"5\" is not a share"},
        {"--shock XUSD=-50% --after XUSD=5%", "is not MS:SYMBOL=PERCENT%"},
        {"--shock XUSD=-50% --after 0:XUSD=5%", "with 1 .. 86400000 milliseconds"},
        {"--shock XUSD=-50% --after 5:XUSD=5", "needs a % at its end"},
        {"--shock XUSD=-50% --after 5:NONE=5%", "--after: \"NONE\" is neither"},
        {"--shock XUSD=-50% --threads 0", "is not a number of 1 .. 8"},
        {"--shock XUSD=-50% --threads 12", "is not a number of 1 .. 8"},
        {"--shock XUSD=-50% --volume 0", "a volume of"},
        {"--shock XUSD=-50% --feed-lag -1", "--feed-lag"},
        {"--shock XUSD=-50% --freeze 5", "is not FROM..TO"},
        {"--shock XUSD=-50% --freeze 5..5", "is not FROM..TO"},
        {"--shock XUSD=-50% --freeze =1..5", "is not FROM..TO"},
        {"--shock XUSD=-50% --freeze NONE=1..5", "\"NONE\" is neither"},
        {"--shock XUSD=-50% --wrong XUSD=5%", "is not SYMBOL=PERCENT%@FROM..TO"},
        {"--shock XUSD=-50% --wrong XUSD=5@1..2", "needs a % at its end"},
        {"--shock XUSD=-50% --wrong XUSD=5%@2..1", "behind the @"},
        {"--shock XUSD=-50% --wrong XUSD=-100%@1..2", "wrong by -1000000"},
        {"--shock X=-50% --betas %F/betas.csv", "is an asset"},
        {"--scenarios %F/empty.csv", "there is no scenario"},
    };

    return cr_make_param_array(refusal, rows, sizeof rows / sizeof rows[0]);
}

ParameterizedTest(refusal *row, cli_cascade, refuses)
{
    char folder[PATH_BYTES];
    run_result result;

    folder_make(folder);
    book_write(folder);
    cascade_run(&result, folder, row->options);
    cr_expect_eq(result.code, 2, "%s: %s", row->options, result.output);
    cr_expect_neq(strstr(result.message, row->text), NULL, "%s: %s", row->options, result.message);
    run_clear(&result);
    folder_remove(folder);
}

Test(cli_cascade, keeps_its_options_from_a_stress_without_settling)
{
    char folder[PATH_BYTES];
    const char *words[] = {"stress",     folder, "--ladder", "XUSD=-5%..5%/3",
                           "--recovery", "5%",   NULL};
    run_result result;

    folder_make(folder);
    book_write(folder);
    run(&result, &(run_setup){0}, words);
    cr_expect_eq(result.code, 2);
    cr_expect_neq(strstr(result.message, "--recovery means something with --cascade only"), NULL,
                  "%s", result.message);
    run_clear(&result);
    folder_remove(folder);
}
