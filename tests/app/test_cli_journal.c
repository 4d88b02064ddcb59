/*
 * `liqscan journal` as users meet it: decisions with their evidence, rows for other programs, and
 * whether a journal is what was recorded.
 */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "journal/support_record.h"
#include "support_json.h"
#include "support_run.h"

enum { TICKS = 45 };

static char home[RECORD_PATH_BYTES];

static void setup(void)
{
    liq_journal *journal;

    record_folder_make(home);
    journal = record_open(home);
    record_ticks(journal, 1, TICKS);
    liq_journal_close(journal);
}

static void teardown(void)
{
    record_folder_remove(home);
}

TestSuite(cli_journal, .init = setup, .fini = teardown);

/* Run a line in which every % stands for the folder. */
static void run_here(run_result *out, const char *line)
{
    char full[2048];
    size_t used = 0;

    for (; *line != '\0'; line++)
        used += (size_t)snprintf(full + used, sizeof full - used, "%.*s",
                                 *line == '%' ? (int)strlen(home) : 1, *line == '%' ? home : line);
    run_line(out, full);
}

typedef struct said_line {
    const char *line;
    size_t lines; /* of output */
    const char *contains;
} said_line;

Test(cli_journal, exports_what_is_asked_for)
{
    static const said_line rows[] = {
        {"journal export %", 67,
         "{\"seq\":3,\"tick\":2,\"time\":1700000000200,\"action\":\"close\""},
        {"journal export %/journal.db", 67, "\"maintenance_margin\":\"11.000000001\""},
        {"journal export % --what decisions --format csv", 68,
         "seq,tick,time,action,account,margin,instrument,side,quantity,price,cash,asset,fund,"
         "reason,"
         "against,rank,request,equity,maintenance_margin,rule,score,line\n"},
        {"journal export % --what ticks --format csv", 46,
         "\n2,1700000000200,marks,3,2,6,3,6789abcdef"},
        {"journal export % --what legs --format csv", 202,
         "\n3,1,accounts,account 3,,USDT,-12.13000000000000000000000001\n3,2,market,"},
        {"journal export % --what marks --from 2 --to 2", 5,
         "{\"tick\":2,\"place\":4,\"symbol\":\"BTC\",\"kind\":\"index\",\"price\":\"1002.4\"}\n"},
        {"journal export % --what funds", 12,
         "{\"tick\":45,\"place\":1,\"fund\":\"USDT\",\"asset\":\"USDT\",\"balance\":\"99955.75\"}"},
        {"journal export % --what sources --to 1 --format csv", 3,
         "tick,place,source,position\n1,1,orders,19\n1,2,marks,7\n"},
        {"journal export % --what inputs --from 44 --to 44", 3,
         "{\"tick\":44,\"source\":\"orders\",\"line\":\"{\\\"type\\\":\\\"position\\\",\\\"seq\\\":"
         "441"},
        {"journal export % --what ticks --from 99", 0, ""}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        run_result result;

        run_here(&result, rows[i].line);
        cr_expect_eq(result.code, 0, "%s: %s", rows[i].line, result.message);
        cr_expect_eq(line_count(result.output), rows[i].lines, "%s: %zu lines", rows[i].line,
                     line_count(result.output));
        cr_expect_not_null(strstr(result.output, rows[i].contains), "%s: %s", rows[i].line,
                           result.output);
        run_clear(&result);
    }
}

Test(cli_journal, shows_decisions_with_what_they_rest_on)
{
    static const said_line rows[] = {
        {"journal show % --seq 3 --format json", 2,
         "\"legs\":[{\"leg\":1,\"room\":\"accounts\",\"account\":\"account 3\",\"fund\":null,"
         "\"asset\":\"USDT\",\"amount\":\"-12.13000000000000000000000001\"},"},
        {"journal show % --seq 3 --format json", 2,
         "\"marks\":[{\"symbol\":\"BTCUSDT\",\"kind\":\"mark\",\"price\":\"1002.1\"},"},
        {"journal show % --tick 7 --format json", 4, "\"rule\":\"queue\",\"score\":\"1.25\""},
        {"journal show % --tick 4 --format json", 0, ""},
        {"journal show % --format json", 15, "{\"seq\":67,"},
        {"journal show % --account whale --last 2 --format csv", 3, "\n60,39,1700000003900,adl,"},
        {"journal show % --account whale --last 200 --format csv", 12, "\n6,3,17000000003"},
        {"journal show % --last 5000 --format csv", 68, "\n1,1,1700000000100,close,"},
        {"journal show % --account nobody --format csv", 1, "seq,tick,"},
        {"journal show % --account nobody --format table", 1, "No decision.\n"},
        {"journal show % --seq 66 --format table", 17,
         "Tick 43, 2023-11-14 22:13:24.300 UTC, cause: timer\n"
         "  marks 123456789abcdef0, state bcdef0123456789a, chain bc7f6d62e99dc3ba\n"},
        {"journal show % --seq 66 --format table", 17,
         "  SEQ  MARGIN  EQUITY   MAINTENANCE  RULE   SCORE  RANK\n"
         "   66  cross     10.5  11.000000001  queue   1.25     4\n"},
        {"journal show % --seq 66 --format table", 17,
         "  BTCUSDT  mark  1043.1\n  and 4 other prices: --marks shows them\n"},
        {"journal show % --seq 66 --format table --marks", 20, "  ETH      index  1043.5\n"}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        run_result result;

        run_here(&result, rows[i].line);
        cr_expect_eq(result.code, 0, "%s: %s", rows[i].line, result.message);
        cr_expect_eq(line_count(result.output), rows[i].lines, "%s: %zu lines\n%s", rows[i].line,
                     line_count(result.output), result.output);
        cr_expect_not_null(strstr(result.output, rows[i].contains), "%s: %s", rows[i].line,
                           result.output);
        run_clear(&result);
    }
}

Test(cli_journal, writes_lines_that_are_json)
{
    run_result result;
    const char *at;

    run_here(&result, "journal show % --last 30 --format json");
    at = result.output;
    for (size_t i = 0; i < line_count(result.output); i++)
        liq_json_destroy(line_parse(&at));
    run_clear(&result);
    run_here(&result, "journal verify % --record-only");
    at = result.output;
    liq_json_destroy(line_parse(&at));
    cr_expect_eq(result.code, 0);
    run_clear(&result);
}

Test(cli_journal, says_whether_a_journal_is_what_was_recorded)
{
    run_result result;

    run_here(&result, "journal verify % --record-only --format table");
    cr_expect_eq(result.code, 0, "%s", result.message);
    cr_expect_not_null(strstr(result.output, "The journal of demo is what was recorded.\n"));
    cr_expect_not_null(strstr(result.output, "those before tick 21 are gone by policy"));
    run_clear(&result);
    record_file_flip(record_path(home, "inputs-41.log"), 20);
    run_here(&result, "journal verify % --record-only --format table");
    cr_expect_eq(result.code, 1);
    cr_expect_not_null(strstr(result.output, "NOT WHAT WAS RECORDED: inputs-41.log: is damaged"),
                       "%s", result.output);
    cr_expect_not_null(strstr(result.output, "  tick 41\n  table tick\n  file inputs-41.log, "),
                       "%s", result.output);
    run_clear(&result);
    run_here(&result, "journal verify % --record-only --format json");
    cr_expect_eq(result.code, 1);
    cr_expect_not_null(
        strstr(result.output,
               "{\"sound\":false,\"name\":\"demo\",\"parts\":1,\"from_tick\":1,\"ticks\":45,"),
        "%s", result.output);
    cr_expect_not_null(strstr(result.output, "\"first_bad\":{\"message\":\"inputs-41.log: is "),
                       "%s", result.output);
    run_clear(&result);
}

typedef struct wrong_line {
    const char *line;
    int code;
    const char *message;
} wrong_line;

Test(cli_journal, says_what_is_wrong)
{
    static const wrong_line rows[] = {
        {"journal", 2, "\"journal verify\" and \"journal export\"\n"},
        {"journal frobnicate %", 2, "\"journal\" is the first word of \"journal show\", "},
        {"journal show", 2, "FOLDER"},
        {"journal show %/none", 2, "none: No such file or directory"},
        {"journal verify /", 2, "there is no journal.db"},
        {"journal verify %/lock", 2, "is neither a folder nor a journal.db"},
        {"journal verify % --format csv", 2, "a verdict is no list of rows"},
        {"journal show % --seq 68", 2, "there is no decision 68; the last one is 67"},
        {"journal show % --tick 46", 2, "there is no tick 46"},
        {"journal show % --tick 1 --seq 1", 2, "--tick and --seq exclude each other"},
        {"journal show % --tick 0", 2, "--tick \"0\" is not a whole number from 1 on"},
        {"journal show % --last x", 2, "--last \"x\" is not a whole number from 1 on"},
        {"journal show % --last 1000001", 2, "--last 1000001 is past 1000000"},
        {"journal export % --what tick", 2, "--what \"tick\" is not ticks, decisions"},
        {"journal export % --what tick", 2, "did you mean ticks?"},
        {"journal export % --format table", 2, "--format \"table\" is not json or csv"},
        {"journal export % --from 5 --to 4", 2, "--to 4 is before --from 5"},
        {"journal export % --what inputs --from 20", 2,
         "the inputs of tick 20 are gone by policy: those of tick 21 and later are kept"}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        run_result result;

        run_here(&result, rows[i].line);
        cr_expect_eq(result.code, rows[i].code, "%s: %d", rows[i].line, result.code);
        cr_expect_not_null(strstr(result.message, rows[i].message), "%s: %s", rows[i].line,
                           result.message);
        run_clear(&result);
    }
}

Test(cli_journal, explains_itself_within_80_columns)
{
    static const char *const lines[] = {"journal show --help", "journal verify --help",
                                        "journal export --help", "--help"};

    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        run_result result;
        size_t width = 0;

        run_line(&result, lines[i]);
        cr_expect_eq(result.code, 0);
        cr_expect_not_null(strstr(result.output, "journal verify"), "%s", lines[i]);
        for (const char *at = result.output; *at != '\0'; at++) {
            width = *at == '\n' ? 0 : width + 1;
            cr_assert_leq(width, 80, "%s: %.90s", lines[i], at - width + 1);
        }
        run_clear(&result);
    }
}
