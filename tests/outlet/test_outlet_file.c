/*
 * The outlet that is a file: exactly once, whatever was left of it.
 */
#include <criterion/criterion.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "outlet/file_tail.h"
#include "support_lines.h"

enum { PATH_BYTES = 64, SECOND_MS = 1000 };

static const uint64_t second_ns = 1000000000;

static char path[PATH_BYTES];

static void path_make(void)
{
    int descriptor;

    strcpy(path, "/tmp/liqscan-outlet-XXXXXX");
    descriptor = mkstemp(path);
    cr_assert(descriptor >= 0);
    (void)close(descriptor);
}

static void path_remove(void)
{
    (void)unlink(path);
}

static void file_write(const char *text, size_t bytes)
{
    FILE *file = fopen(path, "w");

    cr_assert_not_null(file);
    cr_assert_eq(fwrite(text, 1, bytes, file), bytes);
    cr_assert_eq(fclose(file), 0);
}

static void file_expect(const char *text)
{
    struct stat facts;
    const int descriptor = open(path, O_RDONLY);
    char *found;

    cr_assert(descriptor >= 0 && fstat(descriptor, &facts) == 0);
    found = calloc((size_t)facts.st_size + 1, 1);
    cr_assert_not_null(found);
    cr_assert(read(descriptor, found, (size_t)facts.st_size) == facts.st_size);
    cr_assert(strlen(text) == (size_t)facts.st_size && strcmp(found, text) == 0,
              "the file has %lld bytes, not these %zu", (long long)facts.st_size, strlen(text));
    free(found);
    (void)close(descriptor);
}

static liq_outlet *outlet_open(liq_line_ring *ring, const liq_line_pull *older, uint64_t from_seq)
{
    const liq_outlet_options options = {
        .kind = LIQ_OUTLET_FILE, .name = "file", .path = path, .from_seq = from_seq};
    liq_outlet *outlet = NULL;
    liq_error err = {.message = ""};

    cr_assert(liq_outlet_create(&outlet, &options, ring, older, &err) == LIQ_OK, "%s", err.message);
    return outlet;
}

static void outlet_refuse(liq_line_ring *ring, liq_status status, const char *words)
{
    const liq_outlet_options options = {
        .kind = LIQ_OUTLET_FILE, .name = "file", .path = path, .from_seq = 1};
    liq_outlet *outlet = NULL;
    liq_error err = {.message = ""};

    cr_expect_eq(liq_outlet_create(&outlet, &options, ring, NULL, &err), status, "%s", words);
    cr_expect(strstr(err.message, words) != NULL, "'%s' does not say '%s'", err.message, words);
}

TestSuite(outlet_file, .init = path_make, .fini = path_remove);

Test(outlet_file, has_every_line_in_order)
{
    liq_line_ring *ring = ring_make(16 << 20, 0);
    liq_outlet *outlet = outlet_open(ring, NULL, 1);
    char *expected = lines_text(1, 300);
    liq_outlet_facts facts;

    lines_add(ring, 1, 100);
    (void)outlet_await(outlet, 100);
    lines_add(ring, 101, 300);
    facts = outlet_await(outlet, 300);
    cr_expect(facts.lag == 0 && facts.failures == 0 && !facts.is_failing && !facts.is_gone);
    cr_expect_str_eq(facts.error, "");
    file_expect(expected);
    liq_outlet_destroy(outlet);
    liq_line_ring_destroy(ring);
    free(expected);
}

Test(outlet_file, goes_on_wherever_it_was_cut)
{
    enum { LINES = 4 };
    char *whole = lines_text(1, LINES);
    liq_line_ring *ring = ring_make(16 << 20, 0);

    lines_add(ring, 1, LINES);
    for (size_t bytes = 0; bytes <= strlen(whole); bytes++) {
        liq_outlet *outlet;

        file_write(whole, bytes);
        outlet = outlet_open(ring, NULL, 1);
        (void)outlet_await(outlet, LINES);
        liq_outlet_destroy(outlet);
        file_expect(whole);
    }
    liq_line_ring_destroy(ring);
    free(whole);
}

Test(outlet_file, takes_what_is_missing_out_of_the_journal)
{
    archive old = {.last = 50000};
    const liq_line_pull older = archive_pull(&old);
    liq_line_ring *ring = ring_make(0, 50000);
    char *expected = lines_text(1, 50010);
    liq_outlet *outlet;

    file_write(expected, strlen(expected) / 3);
    lines_add(ring, 50001, 50005);
    outlet = outlet_open(ring, &older, 7);
    lines_add(ring, 50006, 50010);
    (void)outlet_await(outlet, 50010);
    liq_outlet_destroy(outlet);
    file_expect(expected);
    cr_expect(old.reads > 10);
    liq_line_ring_destroy(ring);
    free(expected);
}

Test(outlet_file, cuts_what_was_lost_with_the_power)
{
    char *whole = lines_text(1, 3);
    char torn[8 * LINE_ROOM] = "";
    liq_line_ring *ring = ring_make(0, 2);
    archive old = {.last = 2};
    const liq_line_pull older = archive_pull(&old);
    const size_t kept = strlen(whole) - line_make(torn, 3).bytes - 1;
    liq_outlet *outlet;

    memset(torn, 0, sizeof torn);
    memcpy(torn, whole, kept);
    file_write(torn, kept + 1000);
    outlet = outlet_open(ring, &older, 1);
    lines_add(ring, 3, 3);
    (void)outlet_await(outlet, 3);
    liq_outlet_destroy(outlet);
    file_expect(whole);
    liq_line_ring_destroy(ring);
    free(whole);
}

Test(outlet_file, begins_an_empty_file_where_it_is_told)
{
    liq_line_ring *ring = ring_make(16 << 20, 0);
    char *expected = lines_text(8, 9);
    liq_outlet *outlet;

    (void)unlink(path);
    lines_add(ring, 1, 9);
    outlet = outlet_open(ring, NULL, 8);
    (void)outlet_await(outlet, 9);
    liq_outlet_destroy(outlet);
    file_expect(expected);
    liq_line_ring_destroy(ring);
    free(expected);
}

Test(outlet_file, leaves_files_alone_that_are_not_of_decisions)
{
    static const char *const texts[] = {
        "x",
        "\n",
        "{\"seq\":1}\nabc",
        "{\"seq\":1}\n{\"sequence\":",
        "{\"seq\":1}\n\n",
        "{\"seq\":0}\n",
        "{\"seq\":}\n",
        "{\"seq\":-1}\n",
        "{\"seq\":1\n",
        "{\"seq\":\"1\"}\n",
        "{\"seq\":18446744073709551616}\n",
        "{\"tick\":1,\"seq\":1}\n",
        "seq,tick\n1,1\n",
    };
    liq_line_ring *ring = ring_make(16 << 20, 0);

    lines_add(ring, 1, 3);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        file_write(texts[i], strlen(texts[i]));
        outlet_refuse(ring, LIQ_BAD_INPUT, "it is left as it is");
        file_expect(texts[i]);
    }
    file_write("{\"seq\":1}\n\0\0x", 13);
    outlet_refuse(ring, LIQ_BAD_INPUT, "does not end with a decision");
    liq_line_ring_destroy(ring);
}

Test(outlet_file, does_not_look_for_a_line_without_end)
{
    liq_line_ring *ring = ring_make(16 << 20, 0);
    char *text = malloc(300001);

    cr_assert_not_null(text);
    memset(text, 'x', 300000);
    memcpy(text, "{\"seq\":1,", 9);
    text[300000] = '\0';
    file_write(text, 300000);
    outlet_refuse(ring, LIQ_BAD_INPUT, "does not end with a decision");
    text[299999] = '\n';
    file_write(text, 300000);
    outlet_refuse(ring, LIQ_BAD_INPUT, "the last line is no decision");
    file_expect(text);
    free(text);
    liq_line_ring_destroy(ring);
}

Test(outlet_file, refuses_a_file_of_another_journal)
{
    char *ahead = lines_text(1, 12);
    char *other = lines_text(1, 5);
    liq_line_ring *ring = ring_make(16 << 20, 0);

    lines_add(ring, 1, 11);
    file_write(ahead, strlen(ahead));
    outlet_refuse(ring, LIQ_BAD_INPUT, "ends with decision 12, and the last one is 11");
    file_expect(ahead);
    other[strlen(other) - 4]++;
    file_write(other, strlen(other));
    outlet_refuse(ring, LIQ_BAD_INPUT, "decision 5 is not the one of the journal");
    file_expect(other);
    liq_line_ring_destroy(ring);
    free(ahead);
    free(other);
}

Test(outlet_file, refuses_a_file_that_another_writes)
{
    liq_line_ring *ring = ring_make(16 << 20, 0);
    liq_outlet *outlet = outlet_open(ring, NULL, 1);

    outlet_refuse(ring, LIQ_BAD_INPUT, "is written by another process");
    liq_outlet_destroy(outlet);
    liq_outlet_destroy(outlet_open(ring, NULL, 1));
    liq_line_ring_destroy(ring);
}

Test(outlet_file, refuses_a_path_that_cannot_be_written)
{
    liq_line_ring *ring = ring_make(16 << 20, 0);

    path_remove();
    strcpy(path, "/tmp");
    outlet_refuse(ring, LIQ_IO, "/tmp cannot be written: Is a directory");
    strcpy(path, "/tmp/liqscan-no-such-folder/out");
    outlet_refuse(ring, LIQ_NOT_FOUND, "No such file or directory");
    liq_line_ring_destroy(ring);
}

/* A limit on the size of files does to a write what a full disk does: it takes a part, then none.
 */
static void size_limit(rlim_t bytes)
{
    struct rlimit limit;

    cr_assert(getrlimit(RLIMIT_FSIZE, &limit) == 0);
    limit.rlim_cur = bytes;
    cr_assert(setrlimit(RLIMIT_FSIZE, &limit) == 0);
}

Test(outlet_file, waits_for_a_full_disk_and_loses_nothing)
{
    enum { LINES = 5000 };
    liq_line_ring *ring = ring_make(16 << 20, 0);
    liq_outlet *outlet = outlet_open(ring, NULL, 1);
    char *expected = lines_text(1, LINES);
    const uint64_t started = liq_clock_ns();
    liq_outlet_facts facts;

    size_limit(70001);
    lines_add(ring, 1, LINES);
    do {
        (void)usleep(1000);
        liq_outlet_facts_read(outlet, &facts);
        cr_assert(liq_clock_ns() - started < 20 * second_ns);
    } while (facts.failures < 3);
    cr_expect(facts.is_failing && facts.seq > 0 && facts.lag == LINES - facts.seq);
    cr_expect(strstr(facts.error, "cannot be written: File too large") != NULL, "%s", facts.error);
    size_limit(RLIM_INFINITY);
    facts = outlet_await(outlet, LINES);
    cr_expect(!facts.is_failing && facts.failures >= 3);
    file_expect(expected);
    liq_outlet_destroy(outlet);
    liq_line_ring_destroy(ring);
    free(expected);
}

Test(outlet_file, ends_in_time_though_the_disk_is_full)
{
    enum { LINES = 5000 };
    liq_line_ring *ring = ring_make(16 << 20, 0);
    liq_outlet *outlet = outlet_open(ring, NULL, 1);
    char *expected = lines_text(1, LINES);
    liq_outlet_facts facts;
    uint64_t started;

    size_limit(70001);
    lines_add(ring, 1, LINES);
    started = liq_clock_ns();
    liq_outlet_stop(outlet, second_ns / 5);
    cr_expect(liq_clock_ns() - started < 5 * second_ns);
    liq_outlet_facts_read(outlet, &facts);
    cr_expect(facts.seq < LINES && facts.lag == LINES - facts.seq && facts.failures > 0);
    liq_outlet_destroy(outlet);
    size_limit(RLIM_INFINITY);
    outlet = outlet_open(ring, NULL, 1);
    (void)outlet_await(outlet, LINES);
    file_expect(expected);
    liq_outlet_destroy(outlet);
    liq_line_ring_destroy(ring);
    free(expected);
}

Test(outlet_file, writes_what_is_left_before_it_stops)
{
    enum { LINES = 20000 };
    liq_line_ring *ring = ring_make(16 << 20, 0);
    liq_outlet *outlet = outlet_open(ring, NULL, 1);
    char *expected = lines_text(1, LINES);
    liq_outlet_facts facts;

    lines_add(ring, 1, LINES);
    liq_outlet_stop(outlet, 20 * second_ns);
    liq_outlet_facts_read(outlet, &facts);
    cr_expect_eq(facts.seq, LINES);
    file_expect(expected);
    liq_outlet_destroy(outlet);
    liq_line_ring_destroy(ring);
    free(expected);
}

Test(outlet_file, reads_the_number_that_a_line_begins_with)
{
    cr_expect_eq(liq_line_seq(liq_text_of("{\"seq\":7}")), 7);
    cr_expect_eq(liq_line_seq(liq_text_of("{\"seq\":18446744073709551615,\"a\":1}")), UINT64_MAX);
    cr_expect_eq(liq_line_seq(liq_text_of("{\"seq\":18446744073709551616,\"a\":1}")), 0);
    cr_expect_eq(liq_line_seq(liq_text_of("{\"seq\":7")), 0);
    cr_expect_eq(liq_line_seq(liq_text_of("{\"seq\":")), 0);
    cr_expect_eq(liq_line_seq(liq_text_of("")), 0);
}
