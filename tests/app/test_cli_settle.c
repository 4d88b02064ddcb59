/*
 * What `liqscan settle` and `liqscan replay` print.
 */
#include <criterion/criterion.h>

#include <stdio.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <liqscan/settle.h>

#include "app/mark_path.h"
#include "outlet/action_line.h"
#include "support_run.h"

#define DEMO LIQ_SOURCE_DIR "/host/demo"

enum { PATH_BYTES = 4096 };

/* A loser of ten contracts against two winners; nothing in the fund. */
static void book_write(const char *folder, const char *policy, const char *fund)
{
    char venue[2048];

    (void)snprintf(venue, sizeof venue,
                   "{\"venue\": \"v\", \"profile\": \"bitmex\", \"margin_currency\": \"USD\","
                   " \"assets\": [{\"asset\": \"USD\", \"weight\": \"1\"}], \"instruments\": ["
                   "{\"symbol\": \"XUSD\", \"kind\": \"linear\", \"base\": \"X\","
                   " \"settle\": \"USD\", \"multiplier\": \"1\", \"lot\": \"1\", \"tick\": \"0.1\","
                   " \"tiers\": [{\"floor\": \"0\", \"mmr\": \"0.1\", \"imr\": \"0.2\"}]}],"
                   " \"funds\": [{\"fund\": \"USD\", \"balance\": \"%s\", \"floor\": \"0\"}],"
                   " \"policy\": {\"liquidation\": {%s}}}",
                   fund, policy);
    folder_write(folder, "venue.json", venue);
    folder_write(folder, "accounts.csv", "account,mode\nlose,cross\nwin1,cross\nwin2,cross\n");
    folder_write(folder, "balances.csv",
                 "account,asset,amount\nlose,USD,150\nwin1,USD,1000\nwin2,USD,100\n");
    folder_write(folder, "positions.csv",
                 "account,instrument,side,quantity,entry_price,margin,isolated_margin\n"
                 "lose,XUSD,long,10,100,cross,\nwin1,XUSD,short,4,100,cross,\n"
                 "win2,XUSD,short,6,100,cross,\n");
    folder_write(folder, "marks.csv", "symbol,price\nXUSD,100\n");
}

Test(cli_settle, deleverages_what_an_empty_fund_cannot_pay)
{
    char folder[PATH_BYTES];
    run_result result;

    folder_make(folder);
    book_write(folder, "", "0");
    {
        const char *const words[] = {"settle",    folder,     "--shock",
                                     "XUSD=-20%", "--device", "cpu-reference",
                                     "--format",  "json",     NULL};

        run(&result, &(run_setup){0}, words);
    }
    cr_assert_eq(result.code, 0, "%s", result.message);
    cr_expect_str_eq(line_field(result.output, "\"action\":\"takeover\"", "price"), "85");
    cr_expect_str_eq(line_field(result.output, "\"action\":\"takeover\"", "cash"), "-150");
    cr_expect_str_eq(line_field(result.output, "\"account\":\"win2\"", "quantity"), "6");
    cr_expect_str_eq(line_field(result.output, "\"account\":\"win2\"", "cash"), "90");
    cr_expect_str_eq(line_field(result.output, "\"account\":\"win2\"", "against"), "lose");
    cr_expect_str_eq(line_field(result.output, "\"summary\"", "socialised"), "0");
    cr_expect_str_eq(line_field(result.output, "\"summary\"", "deficit"), "50");
    cr_expect_str_eq(line_field(result.output, "\"summary\"", "conserved"), "true");
    run_clear(&result);
    folder_remove(folder);
}

Test(cli_settle, writes_the_lines_that_others_keep_of_the_same_actions)
{
    const liq_scanner_options options = {.device = "cpu-reference"};
    char line[LIQ_ACTION_LINE_BYTES];
    liq_action_writer *writer = NULL;
    liq_scanner *scanner = NULL;
    liq_settle *settle = NULL;
    liq_book *book = NULL;
    run_result result;
    const char *at;

    run_line(&result, "settle " DEMO " --shock BTCUSDT=-15% --format json --device cpu-reference");
    cr_assert_eq(result.code, 0, "%s", result.message);
    at = result.output;
    cr_assert(liq_book_load(&book, DEMO, NULL, NULL) == LIQ_OK);
    cr_assert(liq_book_shock(book, "BTCUSDT", -150000, NULL) == LIQ_OK);
    cr_assert(liq_scanner_create(&scanner, book, &options, NULL) == LIQ_OK);
    cr_assert(liq_scanner_scan(scanner, NULL, NULL) == LIQ_OK);
    cr_assert(liq_settle_create(&settle, book, NULL) == LIQ_OK);
    cr_assert(liq_settle_run(settle, scanner, 0, 1, NULL, NULL) == LIQ_OK);
    cr_assert(liq_action_writer_create(&writer, NULL) == LIQ_OK);
    cr_assert(liq_settle_action_count(settle) > 3);
    for (uint64_t i = 0; i < liq_settle_action_count(settle); i++) {
        liq_settle_action action;
        size_t bytes;

        liq_settle_action_read(settle, i, &action);
        cr_assert(liq_action_line(line, sizeof line, &bytes, writer, &action, NULL) == LIQ_OK);
        cr_assert(strncmp(at, line, bytes) == 0 && at[bytes] == '\n', "%s is not %s", line, at);
        at += bytes + 1;
    }
    cr_expect(strncmp(at, "{\"summary\"", 10) == 0, "%s", at);
    liq_action_writer_destroy(writer);
    liq_settle_destroy(settle);
    liq_scanner_destroy(scanner);
    liq_book_destroy(book);
    run_clear(&result);
}

Test(cli_settle, says_the_same_on_a_device_and_on_the_host)
{
    const char *required = getenv("LIQ_REQUIRE_DEVICE");
    run_result host;
    run_result device;
    char hash[256];

    run_line(&host, "settle " DEMO " --shock BTCUSDT=-15% --format json --device cpu-reference");
    cr_assert_eq(host.code, 0, "%s", host.message);
    (void)snprintf(hash, sizeof hash, "%s", line_field(host.output, "\"summary\"", "hash"));
    run_line(&device, "settle " DEMO " --shock BTCUSDT=-15% --format json");
    if (device.code == 3 && (required == NULL || strcmp(required, "1") != 0))
        cr_skip_test("no device: %s", device.message);
    cr_assert_eq(device.code, 0, "%s", device.message);
    cr_expect_str_eq(line_field(device.output, "\"summary\"", "hash"), hash);
    cr_expect_str_eq(line_field(device.output, "\"summary\"", "conserved"), "true");
    run_clear(&host);
    run_clear(&device);
}

Test(cli_settle, prints_a_table_and_funds_for_people)
{
    run_result result;

    run_line(&result, "settle " DEMO " --format table --device cpu-reference");
    cr_assert_eq(result.code, 0, "%s", result.message);
    cr_expect(strstr(result.output, "takeover") != NULL);
    cr_expect(strstr(result.output, "cash and lots add up, to the last unit") != NULL);
    cr_expect(strstr(result.output, "PEAK 8 H") != NULL);
    run_clear(&result);
}

Test(cli_settle, refuses_what_cannot_be_settled)
{
    char folder[PATH_BYTES];
    run_result result;

    folder_make(folder);
    book_write(folder, "\"adl_policy\": \"lottery\"", "0");
    {
        const char *const words[] = {"settle", folder, NULL};

        run(&result, &(run_setup){0}, words);
        cr_expect_eq(result.code, 2);
        cr_expect(strstr(result.message, "must be one of queue") != NULL, "%s", result.message);
        run_clear(&result);
        book_write(folder, "", "-1");
        run(&result, &(run_setup){0}, words);
        cr_expect_eq(result.code, 2);
        cr_expect(strstr(result.message, "a fund cannot begin below 0") != NULL, "%s",
                  result.message);
        run_clear(&result);
    }
    folder_remove(folder);
}

/* Runs `replay FOLDER FOLDER/path.csv WORD... --format json`. */
static void replay(run_result *out, const char *folder, const char *one, const char *two)
{
    char path[PATH_BYTES + 16];
    const char *const words[] = {"replay", folder, path, "--format", "json", one, two, NULL};

    (void)snprintf(path, sizeof path, "%s/path.csv", folder);
    run(out, &(run_setup){0}, words);
}

Test(cli_replay, settles_tick_by_tick)
{
    char folder[PATH_BYTES];
    run_result result;

    folder_make(folder);
    book_write(folder, "\"execution\": \"mark\"", "0");
    folder_write(folder, "path.csv",
                 "time_ms,symbol,price\n0,XUSD,99\n60000,XUSD,94\n120000,XUSD,80\n");
    replay(&result, folder, NULL, NULL);
    cr_assert_eq(result.code, 0, "%s", result.message);
    /* At 94 equity is 90 and 94 are needed: closed at the mark; nobody is left to fall at 80. */
    cr_expect_str_eq(line_field(result.output, "\"action\":\"close\"", "tick"), "2");
    cr_expect_str_eq(line_field(result.output, "\"action\":\"close\"", "price"), "94");
    cr_expect_str_eq(line_field(result.output, "\"action\":\"close\"", "cash"), "-60");
    cr_expect_str_eq(line_field(result.output, "\"summary\"", "ticks"), "3");
    cr_expect_str_eq(line_field(result.output, "\"summary\"", "ticks_with_actions"), "1");
    cr_expect_str_eq(line_field(result.output, "\"summary\"", "flagged"), "1");
    cr_expect_str_eq(line_field(result.output, "\"summary\"", "conserved"), "true");
    run_clear(&result);
    folder_remove(folder);
}

/* MM / EQ is 99 / 140, 95 / 100 and 94.9 / 99: told once, in the tick in which 0.8 is passed. */
Test(cli_replay, calls_whoever_comes_to_the_warning_level)
{
    char folder[PATH_BYTES];
    run_result result;
    const char *call;

    folder_make(folder);
    book_write(folder, "\"execution\": \"mark\", \"margin_call\": true", "0");
    folder_write(folder, "path.csv",
                 "time_ms,symbol,price\n0,XUSD,99\n1,XUSD,95\n2,XUSD,94.9\n3,XUSD,94\n");
    replay(&result, folder, NULL, NULL);
    cr_assert_eq(result.code, 0, "%s", result.message);
    cr_expect_str_eq(line_field(result.output, "\"action\":\"margin_call\"", "tick"), "2");
    cr_expect_str_eq(line_field(result.output, "\"action\":\"margin_call\"", "reason"), "warning");
    cr_expect_str_eq(line_field(result.output, "\"action\":\"close\"", "tick"), "4");
    call = strstr(result.output, "\"action\":\"margin_call\"");
    cr_expect_null(strstr(call + 1, "\"action\":\"margin_call\""), "told twice");
    run_clear(&result);
    folder_remove(folder);
}

Test(cli_replay, reads_bars_and_moves_them_to_the_price_of_the_book)
{
    char folder[PATH_BYTES];
    run_result result;

    folder_make(folder);
    book_write(folder, "\"execution\": \"mark\"", "0");
    folder_write(folder, "path.csv",
                 "timestamp,open,high,low,close,volume\n"
                 "2022-01-20 00:00:00.000000,1,1,1,50000.0,1\n"
                 "2022-01-20 00:01:00.000000,1,1,1,47000.0,1\n");
    replay(&result, folder, "--bars=XUSD", "--relative");
    cr_assert_eq(result.code, 0, "%s", result.message);
    cr_expect_str_eq(line_field(result.output, "\"action\":\"close\"", "price"), "94");
    cr_expect_str_eq(line_field(result.output, "\"summary\"", "first_ms"), "1642636800000");
    run_clear(&result);
    folder_remove(folder);
}

/* Prices without end through a pipe: one that is signalled says so, and writes no summary. */
Test(cli_replay, stops_on_a_signal)
{
    char folder[PATH_BYTES];
    char path[PATH_BYTES + 16];
    const char *const words[] = {"replay", folder, path, "--quiet", "--format", "json", NULL};
    run_result result;
    run_child child;
    FILE *pipe_end;

    (void)signal(SIGPIPE, SIG_IGN);
    folder_make(folder);
    book_write(folder, "\"execution\": \"mark\"", "0");
    (void)snprintf(path, sizeof path, "%s/path.csv", folder);
    cr_assert_eq(mkfifo(path, 0600), 0);
    child = run_start(&(run_setup){0}, words);
    pipe_end = fopen(path, "w");
    cr_assert_not_null(pipe_end);
    cr_assert(fputs("time_ms,symbol,price\n", pipe_end) >= 0);
    for (int i = 0; i < 10000000 && fprintf(pipe_end, "%d,XUSD,%d\n", i, 99 + i % 2) > 0; i++)
        if (i == 100000)
            cr_assert_eq(kill(child.process, SIGINT), 0);
    (void)fclose(pipe_end);
    run_end(&child, &result);
    cr_expect_eq(result.code, 128 + SIGINT, "%d: %s", result.code, result.message);
    cr_expect_str_eq(result.message, "liqscan replay: interrupted\n");
    cr_expect_str_eq(result.output, "");
    run_clear(&result);
    folder_remove(folder);
}

typedef struct bad_path {
    const char *text;
    const char *message;
} bad_path;

Test(cli_replay, refuses_a_bad_path_by_its_line)
{
    static const bad_path rows[] = {
        {"time_ms,symbol,price\n", "the path holds no price"},
        {"time_ms,symbol\n0,XUSD\n", "price"},
        {"time_ms,symbol,price\n5,XUSD,99\n4,XUSD,98\n", "path.csv:3: time_ms \"4\""},
        {"time_ms,symbol,price\nnow,XUSD,99\n", "path.csv:2: time_ms \"now\""},
        {"time_ms,symbol,price\n0,YUSD,99\n", "path.csv:2: symbol \"YUSD\""},
        {"time_ms,symbol,price\n0,XUSD,99\n1,XUSD,0\n", "path.csv:3: price \"0\""},
        {"time_ms,symbol,price\n0,XUSD,\n", "path.csv:2: price \"\""},
        {"time_ms,symbol,price\n0,XUSD,9x\n", "path.csv:2: price \"9x\""},
        {"time_ms,symbol,price\n0,XUSD,-1\n", "path.csv:2: price \"-1\""},
        {"time_ms,symbol,price\n0,,1\n", "path.csv:2: symbol \"\""}};
    char folder[PATH_BYTES];

    folder_make(folder);
    book_write(folder, "", "0");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        run_result result;

        folder_write(folder, "path.csv", rows[i].text);
        replay(&result, folder, "--quiet", "--no-guards");
        cr_expect_eq(result.code, 2, "%s", rows[i].text);
        cr_expect(strstr(result.message, rows[i].message) != NULL, "%s", result.message);
        run_clear(&result);
    }
    folder_remove(folder);
}

Test(cli_replay, reads_times)
{
    static const struct {
        const char *text;
        int64_t time_ms; /* -1: none */
    } rows[] = {{"1970-01-01 00:00:00", 0},
                {"2022-01-21 20:52:00.000000", 1642798320000},
                {"2000-02-29T23:59:59.999", 951868799999},
                {"2021-12-31 23:01:00.000000", 1640991660000},
                {"2022-13-01 00:00:00", -1},
                {"2022-01-01", -1},
                {"2022-01-01 24:00:00", -1},
                {"2022-01-01 00:00:0x", -1},
                {"2022-01-01 00:00:00.1", -1},
                {"", -1}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t time_ms = -1;
        const bool is_time = liq_time_parse(&time_ms, liq_text_of(rows[i].text));

        cr_expect_eq(is_time, rows[i].time_ms >= 0, "%s", rows[i].text);
        if (is_time)
            cr_expect_eq(time_ms, rows[i].time_ms, "%s: %lld", rows[i].text, (long long)time_ms);
    }
}
