/*
 * That `liqscan replay` does the same whatever work its ticks avoid.
 */
#include <criterion/criterion.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support_run.h"

enum { PATH_BYTES = 4096, TICKS = 60 };

/* Runs `replay FOLDER FOLDER/path.csv WORD... --format json`. */
static void replay(run_result *out, const char *folder, const char *one, const char *two)
{
    char path[PATH_BYTES + 16];
    const char *const words[] = {"replay", folder, path, "--format", "json", one, two, NULL};

    (void)snprintf(path, sizeof path, "%s/path.csv", folder);
    run(out, &(run_setup){0}, words);
    cr_assert_eq(out->code, 0, "%s", out->message);
}

/* Everything before the summary, which tells how long it took. */
static size_t actions_length(const run_result *result)
{
    const char *summary = strstr(result->output, "{\"summary\"");

    cr_assert_not_null(summary);
    return (size_t)(summary - result->output);
}

static void expect_same(const char *folder, const run_result *expected, const char *one,
                        const char *two)
{
    run_result result;

    replay(&result, folder, one, two);
    cr_assert_eq(actions_length(&result), actions_length(expected));
    cr_assert_arr_eq(result.output, expected->output, actions_length(expected));
    run_clear(&result);
}

/* A fall of a tenth in small steps, with a jump in the middle. */
static void path_write(const char *folder)
{
    char text[TICKS * 64] = "time_ms,symbol,price\n";
    size_t length = strlen(text);
    double price = 50000;

    for (uint32_t i = 0; i < TICKS; i++) {
        price *= i == TICKS / 2 ? 0.95 : i % 3 == 0 ? 1.0004 : 0.9988;
        length += (size_t)snprintf(text + length, sizeof text - length, "%u,BTCUSDT,%.1f\n",
                                   i * 60000, price);
    }
    folder_write(folder, "path.csv", text);
}

Test(cli_replay_levels, do_what_the_exact_rule_for_everybody_does)
{
    char folder[PATH_BYTES];
    const char *const words[] = {"generate",      folder, "--accounts", "3000",
                                 "--instruments", "30",   "--seed",     "5",
                                 "--near",        "20%",  NULL};
    run_result generated;
    run_result expected;

    folder_make(folder);
    run(&generated, &(run_setup){0}, words);
    cr_assert_eq(generated.code, 0, "%s", generated.message);
    run_clear(&generated);
    path_write(folder);
    replay(&expected, folder, "--relative", "--exact-all");
    cr_assert_gt(actions_length(&expected), 10000);
    expect_same(folder, &expected, "--relative", NULL);
    run_clear(&expected);
    folder_remove(folder);
}
