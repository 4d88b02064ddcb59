/*
 * Snapshots as users meet them: `liqscan snapshot`, a snapshot in the place of a book, --snapshot.
 */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "support_run.h"

#define DEMO LIQ_SOURCE_DIR "/host/demo"

enum { PATH_BYTES = 4096, HASH_BYTES = 80 };

static char home[PATH_BYTES];

static void setup(void)
{
    folder_make(home);
}

static void teardown(void)
{
    folder_remove(home);
}

TestSuite(cli_snapshot, .init = setup, .fini = teardown);

/* Run a line in which every % stands for the folder. */
static void run_here(run_result *out, const char *line)
{
    char full[2 * PATH_BYTES];
    size_t used = 0;

    for (; *line != '\0'; line++)
        used += (size_t)snprintf(full + used, sizeof full - used, "%.*s",
                                 *line == '%' ? (int)strlen(home) : 1, *line == '%' ? home : line);
    run_line(out, full);
}

/* The hash that a scan ends with. */
static void scan_hash(char out[HASH_BYTES], const char *line)
{
    run_result result;
    const char *at;

    run_here(&result, line);
    cr_assert_eq(result.code, 0, "%s: %s", line, result.message);
    at = strstr(result.output, "\"hash\":\"");
    cr_assert_not_null(at, "%s: %s", line, result.output);
    (void)snprintf(out, HASH_BYTES, "%.*s", 64, at + strlen("\"hash\":\""));
    run_clear(&result);
}

Test(cli_snapshot, scans_a_snapshot_as_the_book_itself)
{
    char expected[HASH_BYTES];
    char hash[HASH_BYTES];
    run_result result;

    run_here(&result, "snapshot " DEMO " --out %/s --format json");
    cr_expect_eq(result.code, 0, "%s", result.message);
    cr_expect_not_null(strstr(result.output, "\"accounts\":41,"), "%s", result.output);
    run_clear(&result);
    scan_hash(expected, "scan " DEMO " --device cpu-reference --format json");
    scan_hash(hash, "scan %/s --device cpu-reference --format json");
    cr_expect_str_eq(hash, expected);
    scan_hash(hash, "scan " DEMO " --snapshot %/t --device cpu-reference --format json");
    cr_expect_str_eq(hash, expected);
    scan_hash(hash, "scan " DEMO " --snapshot %/t --device cpu-reference --format json");
    cr_expect_str_eq(hash, expected);
    run_here(&result, "explain %/s comet --format json");
    cr_expect_eq(result.code, 0, "%s", result.message);
    run_clear(&result);
}

typedef struct wrong_line {
    const char *line;
    int code;
    const char *message;
} wrong_line;

Test(cli_snapshot, says_what_is_wrong)
{
    static const wrong_line rows[] = {
        {"snapshot " DEMO, 2, "liqscan snapshot: --out FILE is missing\n"},
        {"snapshot " DEMO " --out %", 2, "is there already, and is no regular file"},
        {"snapshot " DEMO " --out %/none/s", 3, "none/s: cannot be written: No such file"},
        {"scan " DEMO "/accounts.csv", 2,
         "accounts.csv: is no snapshot that can be used: it does not begin as one"},
        {"scan " DEMO "/accounts.csv --snapshot %/s", 2,
         "--snapshot is for a book that is a directory"},
        {"explain /dev/null x", 2, "/dev/null: is no snapshot that can be used"}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        run_result result;

        run_here(&result, rows[i].line);
        cr_expect_eq(result.code, rows[i].code, "%s: %d", rows[i].line, result.code);
        cr_expect_not_null(strstr(result.message, rows[i].message), "%s: %s", rows[i].line,
                           result.message);
        run_clear(&result);
    }
}

Test(cli_snapshot, goes_on_when_the_snapshot_cannot_be_written)
{
    run_result result;

    run_here(&result, "scan " DEMO " --snapshot %/none/s --device cpu-reference --format json");
    cr_expect_eq(result.code, 0);
    cr_expect_not_null(strstr(result.message, "liqscan: no snapshot was written: "), "%s",
                       result.message);
    run_clear(&result);
}
