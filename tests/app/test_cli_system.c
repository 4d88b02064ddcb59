/*
 * The program where the system is unkind: full disks, readers that go away, signals, closed
 * descriptors, a terminal, no OpenCL.
 */
#include <criterion/criterion.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/json.h"
#include "support_run.h"

#define DEMO LIQ_SOURCE_DIR "/host/demo"

static const char *const scan_words[] = {"scan", DEMO, "--all", "--device=cpu-reference", NULL};

Test(cli_system, says_when_standard_output_is_full)
{
    static const char *const lines[][6] = {{"scan", DEMO, "--all", "--device=cpu-reference", NULL},
                                           {"explain", DEMO, "ember", NULL},
                                           {"--help", NULL},
                                           {"--version", NULL},
                                           {"scan", "--help", NULL}};
    const int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    const run_setup setup = {.output_descriptor = full};

    cr_assert(full >= 0);
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        run_result result;

        run(&result, &setup, lines[i]);
        cr_expect(result.code == 3, "line %zu: %d", i, result.code);
        cr_expect_str_eq(result.message,
                         "liqscan: standard output cannot be written: No space left on device\n");
        run_clear(&result);
    }
    (void)close(full);
}

Test(cli_system, ends_quietly_when_the_reader_has_gone)
{
    const char *const checked[] = {"scan", DEMO, "--check", "--device=cpu-reference", NULL};
    run_result result;
    run_setup setup;
    int ends[2];

    cr_assert(pipe2(ends, O_CLOEXEC) == 0);
    (void)close(ends[0]);
    setup = (run_setup){.output_descriptor = ends[1]};
    run(&result, &setup, scan_words);
    cr_expect(result.code == 141, "%d", result.code);
    cr_expect_str_eq(result.message, "");
    run_clear(&result);
    run(&result, &setup, checked);
    cr_expect(result.code == 141, "found or not, nobody was told: %d", result.code);
    run_clear(&result);
    (void)close(ends[1]);
}

Test(cli_system, writes_into_no_file_when_standard_output_is_closed)
{
    const run_setup setup = {.output_descriptor = -1};
    run_result result;

    run(&result, &setup, scan_words);
    cr_expect(result.code == 3, "%d", result.code);
    cr_expect_str_eq(result.message,
                     "liqscan: standard output cannot be written: Bad file descriptor\n");
    run_clear(&result);
}

Test(cli_system, prints_tables_to_a_terminal_and_json_elsewhere)
{
    const int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    char text[65536];
    size_t used = 0;
    run_result result;
    run_setup setup;

    cr_assert(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
    setup.output_descriptor = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
    setup.environment = NULL;
    cr_assert(setup.output_descriptor >= 0);
    run(&result, &setup, scan_words);
    cr_expect(result.code == 0, "%s", result.message);
    run_clear(&result);
    (void)close(setup.output_descriptor);
    for (ssize_t bytes = 1; bytes > 0; used += bytes > 0 ? (size_t)bytes : 0)
        bytes = read(master, text + used, sizeof text - 1 - used);
    text[used] = '\0';
    cr_expect(strncmp(text, "ACCOUNT  MARGIN", 15) == 0, "%.80s", text);
    (void)close(master);
    setup.output_descriptor = 0;
    run(&result, &setup, scan_words);
    cr_expect(result.output[0] == '{');
    run_clear(&result);
}

/* How many things lie in a folder. */
static size_t folder_count(const char *path)
{
    DIR *directory = opendir(path);
    size_t count = 0;

    cr_assert_not_null(directory, "%s", path);
    while (readdir(directory) != NULL)
        count++;
    (void)closedir(directory);
    return count;
}

/* A book whose accounts.csv is a pipe, so that loading lasts until the test ends it. */
static void slow_book_make(char *folder)
{
    char path[4200];

    folder_make(folder);
    folder_write(folder, "venue.json",
                 "{\"venue\":\"v\",\"profile\":\"binance-usdm\",\"margin_currency\":\"USDT\","
                 "\"assets\":[{\"asset\":\"USDT\",\"weight\":\"1\"}],\"instruments\":[]}");
    folder_write(folder, "balances.csv", "account,asset,amount\n");
    folder_write(folder, "positions.csv",
                 "account,instrument,side,quantity,entry_price,margin,isolated_margin\n");
    folder_write(folder, "marks.csv", "symbol,price\n");
    (void)snprintf(path, sizeof path, "%s/accounts.csv", folder);
    cr_assert(mkfifo(path, 0600) == 0);
}

/* Write accounts into the pipe; the signal comes before the end, whatever the machine does. */
static void accounts_feed(const char *folder, pid_t process, int number)
{
    enum { SIGNAL_AFTER = 20000, COUNT = 400000 };
    char path[4200];
    FILE *pipe_end;

    (void)snprintf(path, sizeof path, "%s/accounts.csv", folder);
    pipe_end = fopen(path, "w");
    cr_assert_not_null(pipe_end);
    (void)fputs("account,mode\n", pipe_end);
    for (int i = 0; i < COUNT; i++) {
        if (i == SIGNAL_AFTER)
            cr_assert(kill(process, number) == 0);
        (void)fprintf(pipe_end, "u%09d,cross\n", i); /* fails where the program has stopped */
    }
    (void)fclose(pipe_end);
}

Test(cli_system, stops_on_a_signal_and_leaves_nothing_behind)
{
    static const int numbers[] = {SIGINT, SIGTERM};
    char temporary[4096];
    char setting[4200];
    char folder[4096];

    (void)signal(SIGPIPE, SIG_IGN);
    folder_make(temporary);
    (void)snprintf(setting, sizeof setting, "TMPDIR=%s", temporary);
    for (size_t i = 0; i < 2; i++) {
        run_setup setup = {.environment = setting};
        run_result result;
        run_child child;
        size_t before;

        slow_book_make(folder);
        before = folder_count(folder);
        child = run_start(&setup, (const char *const[]){"scan", folder, NULL});
        accounts_feed(folder, child.process, numbers[i]);
        run_end(&child, &result);
        cr_expect(result.code == 128 + numbers[i], "%d: %s", result.code, result.message);
        cr_expect_str_eq(result.message, "liqscan scan: interrupted\n");
        cr_expect_str_eq(result.output, "");
        cr_expect(folder_count(folder) == before);
        cr_expect(folder_count(temporary) == 2, "something is left in TMPDIR");
        run_clear(&result);
        folder_remove(folder);
    }
    folder_remove(temporary);
}

Test(cli_system, stops_generating_on_a_signal_and_leaves_nothing_behind)
{
    static const int numbers[] = {SIGINT, SIGTERM};
    const run_setup setup = {0};
    char folder[4096];
    char book[4200];

    folder_make(folder);
    (void)snprintf(book, sizeof book, "%s/book", folder);
    for (size_t i = 0; i < 2; i++) {
        run_result result;
        run_child child =
            run_start(&setup, (const char *const[]){"generate", "--accounts=50000000", book, NULL});

        while (folder_count(folder) == 2) /* until it has begun */
            (void)usleep(1000);
        cr_assert(kill(child.process, numbers[i]) == 0);
        run_end(&child, &result);
        cr_expect(result.code == 128 + numbers[i], "%d: %s", result.code, result.message);
        cr_expect_str_eq(result.message, "liqscan generate: interrupted\n");
        cr_expect_str_eq(result.output, "");
        cr_expect(folder_count(folder) == 2, "something is left beside the book");
        run_clear(&result);
    }
    folder_remove(folder);
}

Test(cli_system, says_what_to_install_without_an_opencl_platform)
{
    const run_setup setup = {.environment = "OCL_ICD_VENDORS=/nonexistent"};
    const char *const scan[] = {"scan", DEMO, NULL};
    const char *const devices[] = {"devices", "--format=json", NULL};
    run_result result;

    run(&result, &setup, scan);
    cr_expect(result.code == 3, "%d: %s", result.code, result.message);
    cr_expect_not_null(strstr(result.message, "install"), "%s", result.message);
    cr_expect_not_null(strstr(result.message, "--device cpu-reference"), "%s", result.message);
    cr_expect_str_eq(result.output, "");
    run_clear(&result);
    run(&result, &setup, devices);
    cr_expect(result.code == 3, "%d: %s", result.code, result.message);
    cr_expect_not_null(strstr(result.message, "install"), "%s", result.message);
    cr_expect(line_count(result.output) == 1);
    cr_expect_not_null(strstr(result.output, "\"name\":\"cpu-reference\""));
    run_clear(&result);
}

Test(cli_system, needs_no_opencl_platform_for_the_host)
{
    const run_setup setup = {.environment = "OCL_ICD_VENDORS=/nonexistent"};
    const char *const devices[] = {"devices", "--device=cpu-reference", NULL};
    run_result result;

    run(&result, &setup, scan_words);
    cr_expect(result.code == 0, "%s", result.message);
    run_clear(&result);
    run(&result, &setup, devices);
    cr_expect(result.code == 0, "%s", result.message);
    cr_expect_not_null(strstr(result.output, "\"chosen\":true,\"reason\":\"asked for\"}\n"));
    run_clear(&result);
}
