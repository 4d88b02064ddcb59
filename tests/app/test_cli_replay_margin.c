/*
 * A real path with margin rates that follow its volatility: told before they hold, the same every
 * time, and nothing is lost.
 */
#include <criterion/criterion.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared_data.h"
#include "support_run.h"

enum { PATH_BYTES = 4096, LINES = 2600, NOTICE_MS = 600000 };

static const char policy[] =
    "{\"dynamic_margin\": {\"max\": \"3\", \"grid\": \"0.1\", \"step\": \"0.5\","
    "\"step_interval_ms\": 300000, \"notice_ms\": 600000, \"lower_after_ms\": 3600000,"
    "\"realised_volatility\": {\"reference\": \"0.6\"}}}";

/* The worst days of January 2022. */
static void path_make(const char *folder)
{
    char path[PATH_BYTES];
    char line[256];
    char *text = calloc(LINES + 1, sizeof line);
    size_t used = 0;
    uint32_t lines = 0;
    FILE *file;

    shared_data_path(path, sizeof path, "data/btc_perp_1m_202201.csv");
    file = fopen(path, "r");
    cr_assert(file != NULL && text != NULL);
    while (fgets(line, sizeof line, file) != NULL && lines < LINES) {
        const size_t bytes = strlen(line);

        if (lines > 0 && strncmp(line, "2022-01-20 20:00", 16) < 0)
            continue;
        memcpy(text + used, line, bytes);
        used += bytes;
        lines++;
    }
    (void)fclose(file);
    cr_assert_eq(lines, LINES);
    folder_write(folder, "bars.csv", text);
    free(text);
}

static void replay(run_result *out, const char *folder, const char *option)
{
    char file[PATH_BYTES + 16];
    const char *const words[] = {"replay",     folder,     file,   "--bars", "BTCUSDT",
                                 "--relative", "--format", "json", option,   NULL};

    (void)snprintf(file, sizeof file, "%s/bars.csv", folder);
    run(out, &(run_setup){0}, words);
    cr_assert_eq(out->code, 0, "%s", out->message);
}

/* The text behind a key of a line, up to its end. */
static const char *behind(const char *line, const char *key)
{
    const char *at = strstr(line, key);

    cr_assert(at != NULL && at < strchr(line, '\n'), "%s", key);
    return at + strlen(key);
}

/* Each notice is followed by its change, as late as it said. @return how many */
static uint32_t notices_check(const char *output)
{
    char told[64] = "";
    uint32_t count = 0;

    for (const char *line = output; *line != '\0'; line = strchr(line, '\n') + 1) {
        const char *kind = strstr(line, "\"action\":\"");

        if (kind == NULL || kind > strchr(line, '\n'))
            continue;
        kind += strlen("\"action\":\"");
        if (strncmp(kind, "margin_notice\"", 14) == 0) {
            cr_assert_str_eq(told, "", "one change at a time");
            (void)snprintf(told, sizeof told, "%.40s", behind(line, "\"maintenance_factor\":"));
            cr_assert(strstr(line, "\"reason\":\"realised_volatility\"") < strchr(line, '\n'));
            cr_assert(strstr(line, "\"state\":\"announced\"") < strchr(line, '\n'));
            cr_assert_geq(strtod(behind(line, "\"observed\":\""), NULL), 0.0);
        } else if (strncmp(kind, "margin_rate\"", 12) == 0) {
            cr_assert_eq(strncmp(told, behind(line, "\"maintenance_factor\":"), 40), 0);
            told[0] = '\0';
            count++;
        }
    }
    return count;
}

Test(cli_replay_margin, follows_a_real_path_and_loses_nothing)
{
    char folder[PATH_BYTES];
    const char *hash;
    run_result first;
    run_result again;
    run_result exact;

    folder_make(folder);
    book_generate(folder);
    policy_put(folder, policy);
    path_make(folder);
    replay(&first, folder, NULL);
    cr_expect_gt(notices_check(first.output), 10);
    cr_expect_not_null(strstr(first.output, "\"maintenance_factor_most\":\"3\""));
    cr_expect_not_null(strstr(first.output, "\"conserved\":true"));
    /* Times of ticks apart, the same again; and with every value computed. */
    replay(&again, folder, NULL);
    replay(&exact, folder, "--exact-all");
    hash = strstr(first.output, "\"hash\":");
    cr_assert(hash != NULL && strstr(again.output, "\"hash\":") != NULL);
    cr_expect_eq(strncmp(hash, strstr(again.output, "\"hash\":"), 72), 0);
    cr_expect_eq(strncmp(hash, strstr(exact.output, "\"hash\":"), 72), 0);
    run_clear(&first);
    run_clear(&again);
    run_clear(&exact);
    folder_remove(folder);
}
