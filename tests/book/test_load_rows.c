/*
 * A file read by several threads gives the same book, and the same refusal, as one read by one
 * thread, line by line: with one processor allowed, the loader reads that way.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include <liqscan/book.h>

#include "support_alone.h"
#include "support_large.h"

static folder home;

static void setup(void)
{
    home = book_folder_create();
    large_write(&home);
}

static void teardown(void)
{
    book_folder_remove(&home);
}

TestSuite(load_rows, .init = setup, .fini = teardown);

Test(load_rows, gives_the_book_that_one_thread_gives)
{
    expect_same_load(&home, "as written");
}

/* Put a text in place of the first bytes of some lines, each as long as what it replaces. */
static void positions_spoil(const size_t *lines, size_t count, const char *by)
{
    size_t bytes;
    char *text = large_positions(&bytes);

    for (size_t i = 0; i < count; i++)
        memcpy(large_line(text, lines[i]), by, strlen(by));
    book_folder_write(&home, "positions.csv", text, bytes);
    free(text);
}

Test(load_rows, names_the_earliest_of_several_bad_lines)
{
    static const size_t lines[] = {88888, 61234, 31234, 31235, 90001};

    positions_spoil(lines, 5, "nobody-at-all-has-this");
    expect_refused_load(&home, "positions.csv:31234: account \"nobody-at-all-has-thisme-06208\": "
                               "is not in accounts.csv");
}

Test(load_rows, names_the_first_and_the_last_line)
{
    static const size_t first = 2;
    static const size_t last = LARGE_ROWS + 1;

    positions_spoil(&first, 1, "nobody");
    expect_refused_load(&home, "positions.csv:2: account \"nobodyt-with-a-long-name-00000\": "
                               "is not in accounts.csv");
    positions_spoil(&last, 1, "\"");
    expect_refused_load(
        &home, "positions.csv:90001: account \"\"ccount-with-a-long-name-22081,L,short,116,72900,"
               "isolated,12.5\": the closing quote is missing (a field may not span lines)");
}

Test(load_rows, names_both_lines_of_a_duplicate)
{
    size_t bytes;
    char *text = large_positions(&bytes);

    memcpy(large_line(text, 80001), large_line(text, 80002), 30);
    book_folder_write(&home, "positions.csv", text, bytes);
    free(text);
    expect_refused_load(&home,
                        "positions.csv:80002: account \"account-with-a-long-name-10000\" has an "
                        "isolated short position in \"L\" already, on line 80001");
}

/* Texts in place of the line feed at the end of a line: what threads cannot tell by themselves. */
Test(load_rows, reads_line_breaks_as_one_thread_does)
{
    static const char *const breaks[] = {"\r\n", "\n\n", "\r\n\r\n", "\r", "", "\n\r\n", "\"\n"};
    static const size_t lines[] = {2, 30001, LARGE_ROWS + 1};

    for (size_t i = 0; i < sizeof breaks / sizeof breaks[0]; i++)
        for (size_t j = 0; j < 3; j++) {
            size_t bytes;
            char *text = large_positions(&bytes);
            char *feed = strchr(large_line(text, lines[j]), '\n');
            const size_t room = strlen(breaks[i]);

            memmove(feed + room, feed + 1, strlen(feed + 1) + 1);
            memcpy(feed, breaks[i], room);
            book_folder_write_text(&home, "positions.csv", text);
            free(text);
            expect_same_load(&home, breaks[i]);
        }
}

Test(load_rows, reads_megabytes_of_empty_lines_at_the_end)
{
    enum { EMPTY_BYTES = 3 * 1024 * 1024 };
    size_t bytes;
    char *text = large_positions(&bytes);

    text = realloc(text, bytes + EMPTY_BYTES);
    cr_assert_not_null(text);
    memset(text + bytes, '\n', EMPTY_BYTES);
    book_folder_write(&home, "positions.csv", text, bytes + EMPTY_BYTES);
    expect_same_load(&home, "empty lines");
    text[bytes + EMPTY_BYTES - 1] = 'x';
    book_folder_write(&home, "positions.csv", text, bytes + EMPTY_BYTES);
    free(text);
    expect_refused_load(&home, "positions.csv:90002: the line is empty");
}

Test(load_rows, refuses_a_line_past_the_limit_between_two_chunks)
{
    enum { LONG_BYTES = 200 * 1024 };
    size_t bytes;
    char *text = large_positions(&bytes);
    const size_t at = 1024 * 1024 - LONG_BYTES / 2;

    memset(text + at, 'x', LONG_BYTES);
    book_folder_write(&home, "positions.csv", text, bytes);
    free(text);
    expect_same_load(&home, "a long line");
}

typedef struct watch {
    pthread_t caller;
    unsigned calls;
    unsigned stop_after;
} watch;

static int watch_report(void *context, const char *stage, uint64_t done, uint64_t total)
{
    watch *seen = context;

    cr_expect(pthread_equal(seen->caller, pthread_self()), "another thread reports");
    cr_expect_leq(done, total, "%s", stage);
    seen->calls += strcmp(stage, "positions.csv") == 0;
    return seen->calls <= seen->stop_after;
}

Test(load_rows, reports_from_the_calling_thread_and_stops_when_told)
{
    watch seen = {pthread_self(), 0, UINT32_MAX};
    const liq_progress progress = {watch_report, &seen};
    liq_book *book = NULL;
    liq_error err = {0};

    cr_assert_eq(liq_book_load(&book, home.path, &progress, &err), LIQ_OK, "%s", err.message);
    liq_book_destroy(book);
    book = NULL;
    cr_expect_geq(seen.calls, 1);
    seen = (watch){pthread_self(), 0, 0};
    cr_expect_eq(liq_book_load(&book, home.path, &progress, &err), LIQ_INTERRUPTED);
    cr_expect_eq(strncmp(err.message, "positions.csv: stopped after line ", 34), 0, "%s",
                 err.message);
    cr_expect_null(book);
}
