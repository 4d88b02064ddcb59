/*
 * `liqscan replay --compare`: ways of closing side by side.
 */
#include <criterion/criterion.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support_run.h"

enum { PATH_BYTES = 4096, TICKS = 60, WORD_BYTES = PATH_BYTES + 32 };

static char folder[PATH_BYTES];
static char path[WORD_BYTES];

/* A book with depth, and a fall of a tenth in small steps with a jump in the middle. */
static void book_make(void)
{
    const char *const words[] = {"generate", folder,   "--accounts", "1000",   "--instruments",
                                 "10",       "--seed", "5",          "--near", "20%",
                                 "--depth",  "10",     NULL};
    char text[TICKS * 64] = "time_ms,symbol,price\n";
    size_t length = strlen(text);
    double price = 50000;
    run_result generated;

    folder_make(folder);
    run(&generated, &(run_setup){0}, words);
    cr_assert_eq(generated.code, 0, "%s", generated.message);
    run_clear(&generated);
    for (uint32_t i = 0; i < TICKS; i++) {
        price *= i == TICKS / 2 ? 0.95 : i % 3 == 0 ? 1.0004 : 0.9988;
        length += (size_t)snprintf(text + length, sizeof text - length, "%u,BTCUSDT,%.1f\n",
                                   i * 60000, price);
    }
    folder_write(folder, "path.csv", text);
    (void)snprintf(path, sizeof path, "%s/path.csv", folder);
}

/* Runs `replay BOOK PATH --relative WORD...`, up to five words. */
static run_result replay(int code, const char *const *more)
{
    const char *words[16] = {"replay", folder, path, "--relative", "--format", "json"};
    uint32_t count = 6;
    run_result result;

    for (; *more != NULL; more++)
        words[count++] = *more;
    run(&result, &(run_setup){0}, words);
    cr_assert_eq(result.code, code, "%d: %s", result.code, result.message);
    return result;
}

/* The text of a member of the nth line of output; its quotes stay. */
static const char *member(const run_result *result, int line, const char *key)
{
    static char texts[4][256];
    static int next;
    char *out = texts[next++ % 4];
    char wanted[64];
    const char *at = result->output;

    for (; line > 0; line--)
        at = strchr(at, '\n') + 1;
    (void)snprintf(wanted, sizeof wanted, "\"%s\":", key);
    at = strstr(at, wanted);
    cr_assert_not_null(at, "%s", key);
    at += strlen(wanted);
    (void)snprintf(out, 256, "%.*s", (int)strcspn(at, ",}"), at);
    return out;
}

Test(cli_compare, does_under_each_name_what_a_replay_by_these_rules_does)
{
    char file[WORD_BYTES];
    run_result plain;
    run_result all;

    book_make();
    folder_write(folder, "rules.json", "{\"liquidation\": {\"execution\": \"bankruptcy\"}}");
    (void)snprintf(file, sizeof file, "%s/rules.json", folder);
    plain = replay(0, (const char *const[]){"--quiet", NULL});
    all = replay(0, (const char *const[]){"--compare", "naive", "--compare", "bankruptcy",
                                          "--compare", file, "--compare", "sliced", NULL});
    cr_assert_eq(line_count(all.output), 4);
    cr_expect_str_eq(member(&all, 0, "hash"), member(&plain, 0, "hash"));
    cr_expect_str_eq(member(&all, 0, "liquidated_notional"),
                     member(&plain, 0, "liquidated_notional"));
    cr_expect_str_eq(member(&all, 1, "hash"), member(&all, 2, "hash"));
    cr_expect_str_neq(member(&all, 0, "hash"), member(&all, 1, "hash"));
    cr_expect_str_neq(member(&all, 0, "hash"), member(&all, 3, "hash"));
    for (int line = 0; line < 4; line++) {
        cr_expect_str_eq(member(&all, line, "conserved"), "true");
        cr_expect_str_eq(member(&all, line, "ticks"), "60");
        cr_expect_str_eq(member(&all, line, "pulled_under"), "0"); /* no impact */
    }
    run_clear(&plain);
    run_clear(&all);
    folder_remove(folder);
}

Test(cli_compare, pays_less_against_the_mark_by_slices_and_pulls_accounts_under)
{
    run_result all;
    run_result again;
    const char *const words[] = {"--compare", "naive", "--compare",  "sliced:participation=0.1",
                                 "--impact",  "1",     "--recovery", "600000",
                                 NULL};

    book_make();
    all = replay(0, words);
    again = replay(0, words);
    cr_expect_str_eq(all.output, again.output);
    cr_expect_gt(strtod(member(&all, 0, "pulled_under"), NULL), 0);
    cr_expect_gt(strtod(member(&all, 0, "slippage_bps") + 1, NULL),
                 strtod(member(&all, 1, "slippage_bps") + 1, NULL));
    cr_expect_gt(strtod(member(&all, 1, "ticks_most"), NULL),
                 strtod(member(&all, 0, "ticks_most"), NULL));
    run_clear(&all);
    run_clear(&again);
    folder_remove(folder);
}

Test(cli_compare, writes_the_pattern_of_each_tick_beside_the_same_replay)
{
    char file[WORD_BYTES];
    run_result plain;
    run_result watched;
    FILE *lines;
    char line[4096];
    uint32_t ticks = 0;

    book_make();
    (void)snprintf(file, sizeof file, "%s/pattern.csv", folder);
    plain = replay(0, (const char *const[]){"--quiet", NULL});
    watched = replay(0, (const char *const[]){"--quiet", "--monitor", file, NULL});
    cr_expect_str_eq(member(&plain, 0, "hash"), member(&watched, 0, "hash"));
    lines = fopen(file, "r");
    cr_assert_not_null(lines);
    while (fgets(line, sizeof line, lines) != NULL)
        ticks += strstr(line, ",,,") != NULL && strstr(line, "USDT") == NULL;
    (void)fclose(lines);
    cr_expect_eq(ticks, TICKS, "%u rows of the venue", ticks);
    run_clear(&plain);
    run_clear(&watched);
    watched = replay(3, (const char *const[]){"--monitor", "/nonexistent/pattern.csv", NULL});
    run_clear(&watched);
    folder_remove(folder);
}

/* The cell of a column in the nth row of the venue of a pattern file. */
static const char *cell(const char *file, int row, const char *column)
{
    static char out[64];
    char head[1024];
    char line[4096];
    FILE *lines = fopen(file, "r");
    const char *at = NULL;
    uint32_t before = 0;

    cr_assert_not_null(lines);
    cr_assert_not_null(fgets(head, sizeof head, lines));
    for (at = strstr(head, column); at > head; at--)
        before += at[-1] == ',';
    cr_assert_not_null(strstr(head, column), "%s", head);
    do
        cr_assert_not_null(fgets(line, sizeof line, lines), "row %d", row);
    while (strstr(line, "USDT") != NULL || row-- > 0);
    (void)fclose(lines);
    for (at = line; before > 0; before--)
        at = strchr(at, ',') + 1;
    (void)snprintf(out, sizeof out, "%.*s", (int)strcspn(at, ",\n"), at);
    return out;
}

/* Two ticks with a volume, one of it in money, and one without; then the same as bars. */
Test(cli_compare, sets_what_is_liquidated_against_the_volume_of_the_path)
{
    static const char *const bars[] = {"--bars", "BTCUSDT", "--turnover", NULL};
    char file[WORD_BYTES];
    const char *words[] = {"--quiet", "--monitor", file, NULL, NULL, NULL, NULL};
    run_result result;

    book_make();
    folder_write(folder, "path.csv",
                 "time_ms,symbol,price,volume,turnover\n0,BTCUSDT,50000,0.5,\n"
                 "60000,BTCUSDT,50000,2,\n60000,ETHUSDT,4000,,1000\n120000,BTCUSDT,49999,,\n");
    (void)snprintf(file, sizeof file, "%s/pattern.csv", folder);
    result = replay(0, words);
    run_clear(&result);
    cr_expect_float_eq(strtod(cell(file, 1, "traded"), NULL),
                       4 * strtod(cell(file, 0, "traded"), NULL) + 1000, 0.01);
    cr_expect_float_eq(
        strtod(cell(file, 0, "share_of_volume"), NULL),
        strtod(cell(file, 0, "liquidated,"), NULL) / strtod(cell(file, 0, "traded"), NULL), 2e-6);
    cr_expect_gt(strtod(cell(file, 0, "share_of_volume"), NULL), 0);
    cr_expect_str_eq(cell(file, 2, "traded"), "");
    cr_expect_str_eq(cell(file, 2, "share_of_volume"), "");
    folder_write(folder, "path.csv", "timestamp,close,volume\n2022-01-01 00:00:00,50000,1234.5\n");
    for (int i = 0; bars[i] != NULL; i++)
        words[3 + i] = bars[i];
    result = replay(0, words);
    run_clear(&result);
    cr_expect_float_eq(strtod(cell(file, 0, "traded"), NULL), 1234.5, 1e-9);
    folder_remove(folder);
}

Test(cli_compare, refuses_volumes_that_are_none)
{
    static const struct {
        const char *rows;
        const char *says;
    } bad[] = {{"0,BTCUSDT,5,-1,\n", "volume"},
               {"0,BTCUSDT,5,x,\n", "volume"},
               {"0,BTCUSDT,5,,-1\n", "turnover"},
               {"0,BTCUSDT,5,1,1\n", "contracts or money, not both"},
               {"0,USDT,1,1,\n", "is of an asset"}};
    const char *words[] = {"--quiet", "--monitor", "/dev/null", NULL};
    const char *none[] = {"--quiet", NULL};
    char text[256];

    book_make();
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        run_result result;

        (void)snprintf(text, sizeof text, "time_ms,symbol,price,volume,turnover\n%s", bad[i].rows);
        folder_write(folder, "path.csv", text);
        result = replay(2, words);
        cr_expect_not_null(strstr(result.message, bad[i].says), "%s", result.message);
        run_clear(&result);
        result = replay(0, none); /* nobody asks for it */
        run_clear(&result);
    }
    folder_remove(folder);
}

Test(cli_compare, refuses_what_it_does_not_know)
{
    static const struct {
        const char *words[3];
        const char *says;
    } rows[] = {{{"--compare", "slised"}, "did you mean sliced"},
                {{"--compare", "x"}, "is not naive"},
                {{"--compare", "naive:participation=1"}, "only sliced"},
                {{"--compare", "sliced:share=1"}, "share"},
                {{"--compare", "sliced:participation=2"}, "participation"},
                {{"--compare", "sliced:participation"}, "participation"},
                {{"--compare", "sliced:interval_ms=x"}, "interval_ms"},
                {{"--compare", "sliced:slices_max=99999"}, "10000"},
                {{"--compare", "/nonexistent/rules.json"}, "rules.json"},
                {{"--impact", "1.5"}, "--impact"},
                {{"--impact", "-1"}, "--impact"},
                {{"--recovery", "0"}, "--recovery"},
                {{"--recovery", "1h"}, "--recovery"}};

    book_make();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        run_result result = replay(2, rows[i].words);

        cr_expect(strstr(result.message, rows[i].says) != NULL, "%s %s: %s", rows[i].words[0],
                  rows[i].words[1], result.message);
        run_clear(&result);
    }
    folder_remove(folder);
}
