/*
 * Paths that carry no marks but what they are made of: worked numbers, and what is refused.
 */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support_run.h"

enum { PATH_BYTES = 4096 };

#define HEADING "time_ms,symbol,price,index,last,bid,ask,outside,funding_rate,next_funding_ms\n"

/* The bundled book with its guards said anew. */
static void book_make(char *folder, const char *guards)
{
    static const char *const files[] = {"venue.json", "accounts.csv", "balances.csv", "marks.csv",
                                        "positions.csv"};
    char policy[512];

    folder_make(folder);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char *text = folder_read(LIQ_SOURCE_DIR "/host/demo", files[i]);

        cr_assert_not_null(text, "%s", files[i]);
        folder_write(folder, files[i], text);
        free(text);
    }
    (void)snprintf(policy, sizeof policy, "{\"guards\": %s}", guards);
    policy_put(folder, policy);
}

static void replay(run_result *out, const char *folder, const char *path, const char *options)
{
    char line[3 * PATH_BYTES];

    folder_write(folder, "path.csv", path);
    (void)snprintf(line, sizeof line, "replay %s %s/path.csv %s", folder, folder, options);
    run_line(out, line);
}

/* Two runs write the same actions and summary but for times. */
static void expect_same(const run_result *left, const run_result *right)
{
    const char *one = strstr(left->output, "\"ticks\"");
    const char *two = strstr(right->output, "\"ticks\"");

    cr_assert_not_null(one);
    cr_assert_not_null(two);
    cr_expect_eq(one - left->output, two - right->output);
    cr_expect_eq(memcmp(left->output, right->output, (size_t)(one - left->output)), 0);
}

Test(cli_replay_marks, makes_the_marks_that_were_worked_out)
{
    /* 0.01% with 4 of 8 hours left, the average of the basis, last: 64003.1, 64101, 64100; half an
     * average later 64051; of two the mean. */
    static const char made[] = HEADING "1000000,BTCUSDT,,62000,62100,62099,62103,,0.0001,15400000\n"
                                       "1150000,BTCUSDT,,62000,62500,62001,62001,,0.0001,15400000\n"
                                       "1200000,BTC,50000,,,,,,,\n1200000,BTCUSDT,,,50500,,,,,\n"
                                       "1200100,ETHUSDT,2000,,,,,,,\n";
    static const char sent[] = "time_ms,symbol,price\n"
                               "1000000,BTCUSDT,62100\n1150000,BTCUSDT,62051\n"
                               "1200000,BTC,50000\n1200000,BTCUSDT,50331.625\n"
                               "1200100,ETHUSDT,2000\n";
    char folder[PATH_BYTES];
    run_result result;
    run_result expected;

    book_make(folder, "{\"mark\": \"binance\", \"stale_ms\": 0}");
    replay(&result, folder, made, "--format json");
    replay(&expected, folder, sent, "--format json");
    cr_assert_eq(result.code, 0, "%s", result.message);
    cr_assert_eq(expected.code, 0, "%s", expected.message);
    cr_expect_gt(line_count(result.output), 1, "somebody is liquidated");
    expect_same(&result, &expected);
    run_clear(&result);
    run_clear(&expected);
    folder_remove(folder);
}

Test(cli_replay_marks, tell_of_an_index_that_is_missing)
{
    static const char path[] = HEADING "1000000,BTCUSDT,,,62100,,,,,\n"
                                       "1001000,BTCUSDT,,62000,62000,,,,,\n"
                                       "1002000,BTCUSDT,,62000,0,,,62000,,\n"
                                       "1003000,BTCUSDT,,62000,62000,,,62000,,\n";
    static const char *const parts[] = {"\"action\":\"halt\"", "\"reason\":\"bad_mark\"",
                                        "\"action\":\"resume\"",
                                        "of 4 marks 0 in doubt, 0 of them confirmed, 2 refused"};
    char folder[PATH_BYTES];
    run_result result;

    book_make(folder, "{\"mark\": \"hyperliquid\", \"step\": \"0\", \"calm_ms\": 0}");
    for (size_t i = 0; i < 4; i++) {
        replay(&result, folder, path, i < 3 ? "--format json" : "--quiet --format table");
        cr_assert_eq(result.code, 0, "%s", result.message);
        cr_expect_not_null(strstr(result.output, parts[i]), "%s: %s", parts[i], result.output);
        run_clear(&result);
    }
    folder_remove(folder);
}

typedef struct refusal {
    const char *guards;
    const char *row; /* behind the heading */
    const char *options;
    const char *message; /* a part of it, with its place */
} refusal;

#define MAKES "{\"mark\": \"binance\"}"

static const refusal refusals[] = {
    {"{}", "1,BTCUSDT,,1,1,,,,,\n", "", "path.csv:2: symbol \"BTCUSDT\": has columns"},
    {MAKES, "1,BTCUSDT,,1,1,,,,,\n", "--relative", "path.csv:2: symbol \"BTCUSDT\": has columns"},
    {MAKES, "1,BTCUSDT,,1,1,,,,,\n", "--no-guards", "path.csv:2: symbol \"BTCUSDT\": has columns"},
    {MAKES, "1,BTCUSDT,,1,1,,,,,\n", "--impact 0.5", "path.csv:2: symbol \"BTCUSDT\": has columns"},
    {MAKES, "1,BTCUSDT,,1,1,,,,,\n", "--compare naive",
     "path.csv:2: symbol \"BTCUSDT\": has columns"},
    {MAKES, "1,BTCUSDT,5,1,1,,,,,\n", "",
     "path.csv:2: price \"5\": stands beside columns that a mark is made of"},
    {MAKES, "1,BTC,,1,1,,,,,\n", "", "path.csv:2: symbol \"BTC\": is an asset"},
    {MAKES, "1,NONE,,1,1,,,,,\n", "", "path.csv:2: symbol \"NONE\": is not one of the venue"},
    {MAKES, "1,BTCUSDT,,,,,,,,\n", "", "path.csv:2: price \"\""},
    {MAKES, "1,BTCUSDT,,1,x,,,,,\n", "", "path.csv:2: last \"x\""},
    {MAKES, "1,BTCUSDT,,1,1,1234567890.1234567891,,,,\n", "", "path.csv:2: bid"},
    {MAKES, "1,BTCUSDT,,1,1,,,,2,1\n", "", "path.csv:2: funding_rate \"2\": "},
    {MAKES, "1,BTCUSDT,,1,1,,,,0.1,\n", "",
     "path.csv:2: funding_rate \"0.1\": funding_rate and next_funding_ms belong together"},
    {"{}", "253402300800000,BTCUSDT,1,,,,,,,\n", "",
     "path.csv:2: time_ms \"253402300800000\": is no count of milliseconds, 0 .. 253402300799999"},
    {"{}", "-1,BTCUSDT,1,,,,,,,\n", "", "path.csv:2: time_ms \"-1\": is no count of milli"},
    {MAKES, "1,BTCUSDT,,1,1,,,,,1\n", "", "funding_rate and next_funding_ms belong together"},
    {MAKES, "1,BTCUSDT,,1,1,,,,0.1,0\n", "", "path.csv:2: next_funding_ms \"0\": must be 1 .. "},
};

Test(cli_replay_marks, refuse_rows_that_say_no_mark)
{
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        char folder[PATH_BYTES];
        char path[1024];
        run_result result;

        book_make(folder, refusals[i].guards);
        (void)snprintf(path, sizeof path, "%s%s", HEADING, refusals[i].row);
        replay(&result, folder, path, refusals[i].options);
        cr_expect_neq(result.code, 0, "row %zu", i);
        cr_expect_not_null(strstr(result.message, refusals[i].message), "row %zu: %s", i,
                           result.message);
        run_clear(&result);
        folder_remove(folder);
    }
}
