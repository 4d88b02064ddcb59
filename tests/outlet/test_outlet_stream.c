/*
 * Outlets that are pipes, sockets and devices: readers that are slow, gone, or late.
 */
#include <criterion/criterion.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "support_lines.h"

static const uint64_t second_ns = 1000000000;

static liq_outlet *outlet_open(liq_line_ring *ring, int descriptor, const char *path,
                               uint64_t from_seq)
{
    const liq_outlet_options options = {.kind =
                                            path == NULL ? LIQ_OUTLET_STANDARD : LIQ_OUTLET_FILE,
                                        .name = "out",
                                        .path = path,
                                        .descriptor = descriptor,
                                        .from_seq = from_seq};
    liq_outlet *outlet = NULL;
    liq_error err = {.message = ""};

    cr_assert(liq_outlet_create(&outlet, &options, ring, NULL, &err) == LIQ_OK, "%s", err.message);
    return outlet;
}

/* Read until as many bytes have come as the text has, and compare. */
static void text_expect(int descriptor, const char *text)
{
    const size_t bytes = strlen(text);
    char *found = calloc(bytes + 1, 1);
    size_t got = 0;

    cr_assert_not_null(found);
    while (got < bytes) {
        const ssize_t more = read(descriptor, found + got, bytes - got);

        cr_assert(more > 0, "%zu of %zu bytes have come", got, bytes);
        got += (size_t)more;
    }
    cr_assert(strcmp(found, text) == 0);
    free(found);
}

Test(outlet_stream, never_makes_who_adds_wait_for_a_full_pipe)
{
    enum { LINES = 20000 };
    liq_line_ring *ring = ring_make(16 << 20, 0);
    char *expected = lines_text(1, LINES);
    liq_outlet_facts facts;
    liq_outlet *outlet;
    uint64_t started;
    int ends[2];

    cr_assert(pipe(ends) == 0);
    outlet = outlet_open(ring, ends[1], NULL, 1);
    started = liq_clock_ns();
    lines_add(ring, 1, LINES);
    cr_expect(liq_clock_ns() - started < 2 * second_ns);
    (void)outlet_await(outlet, 100);
    (void)usleep(150000);
    liq_outlet_facts_read(outlet, &facts);
    cr_expect(facts.lag > LINES - 2000 && facts.failures == 0, "lag %llu",
              (unsigned long long)facts.lag);
    text_expect(ends[0], expected);
    cr_expect_eq(outlet_await(outlet, LINES).lag, 0);
    liq_outlet_destroy(outlet);
    cr_expect(fcntl(ends[1], F_GETFL) >= 0, "the descriptor is lent");
    liq_line_ring_destroy(ring);
    free(expected);
}

Test(outlet_stream, leaves_a_descriptor_as_it_is_shared_with_others)
{
    liq_line_ring *ring = ring_make(16 << 20, 0);
    liq_outlet *outlet;
    int ends[2];

    cr_assert(pipe(ends) == 0);
    outlet = outlet_open(ring, ends[1], NULL, 1);
    lines_add(ring, 1, 3);
    (void)outlet_await(outlet, 3);
    cr_expect((fcntl(ends[1], F_GETFL) & O_NONBLOCK) == 0);
    liq_outlet_destroy(outlet);
    liq_line_ring_destroy(ring);
}

Test(outlet_stream, writes_to_a_pipe_that_does_not_block)
{
    enum { LINES = 4000 };
    liq_line_ring *ring = ring_make(16 << 20, 0);
    char *expected = lines_text(1, LINES);
    liq_outlet *outlet;
    int ends[2];

    cr_assert(pipe2(ends, O_NONBLOCK) == 0);
    outlet = outlet_open(ring, ends[1], NULL, 1);
    lines_add(ring, 1, LINES);
    cr_assert(fcntl(ends[0], F_SETFL, 0) == 0);
    (void)usleep(100000);
    text_expect(ends[0], expected);
    cr_expect_eq(outlet_await(outlet, LINES).failures, 0);
    liq_outlet_destroy(outlet);
    liq_line_ring_destroy(ring);
    free(expected);
}

Test(outlet_stream, survives_that_its_reader_goes_away)
{
    liq_line_ring *ring = ring_make(16 << 20, 0);
    const uint64_t started = liq_clock_ns();
    liq_outlet_facts facts;
    liq_outlet *outlet;
    int ends[2];

    (void)signal(SIGPIPE, SIG_DFL); /* not even this may end the process */
    cr_assert(pipe(ends) == 0);
    outlet = outlet_open(ring, ends[1], NULL, 1);
    lines_add(ring, 1, 10);
    (void)outlet_await(outlet, 10);
    (void)close(ends[0]);
    lines_add(ring, 11, 20);
    do {
        liq_outlet_facts_read(outlet, &facts);
        cr_assert(liq_clock_ns() - started < 20 * second_ns);
    } while (!facts.is_gone);
    liq_outlet_facts_read(outlet, &facts);
    cr_expect(facts.seq == 10 && facts.lag == 10);
    lines_add(ring, 21, 22);
    liq_outlet_stop(outlet, 60 * second_ns);
    cr_expect(liq_clock_ns() - started < 20 * second_ns, "there is nothing to wait for");
    liq_outlet_facts_read(outlet, &facts);
    cr_expect(facts.failures == 1 && facts.is_failing && facts.lag == 12);
    cr_expect_str_eq(facts.error, "out cannot be written: Broken pipe");
    liq_outlet_destroy(outlet);
    liq_line_ring_destroy(ring);
}

Test(outlet_stream, stops_in_time_though_nobody_reads)
{
    liq_line_ring *ring = ring_make(16 << 20, 0);
    liq_outlet_facts facts;
    liq_outlet *outlet;
    uint64_t started;
    uint64_t lines = 0;
    char *found = malloc(1 << 20);
    ssize_t bytes;
    int ends[2];

    cr_assert(found != NULL && pipe(ends) == 0);
    outlet = outlet_open(ring, ends[1], NULL, 1);
    lines_add(ring, 1, 20000);
    (void)outlet_await(outlet, 100);
    started = liq_clock_ns();
    liq_outlet_stop(outlet, second_ns / 5);
    cr_expect(liq_clock_ns() - started >= second_ns / 5);
    cr_expect(liq_clock_ns() - started < 5 * second_ns);
    liq_outlet_facts_read(outlet, &facts);
    cr_assert(fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0);
    bytes = read(ends[0], found, 1 << 20);
    for (ssize_t i = 0; i < bytes; i++)
        lines += found[i] == '\n';
    cr_expect_eq(facts.seq, lines, "what is out is what can be read");
    liq_outlet_destroy(outlet);
    liq_line_ring_destroy(ring);
    free(found);
}

Test(outlet_stream, writes_to_sockets_without_waiting)
{
    enum { LINES = 20000 };
    liq_line_ring *ring = ring_make(16 << 20, 0);
    char *expected = lines_text(5, LINES);
    liq_outlet *outlet;
    int ends[2];

    cr_assert(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    lines_add(ring, 1, LINES);
    outlet = outlet_open(ring, ends[1], NULL, 5);
    (void)usleep(100000);
    text_expect(ends[0], expected);
    cr_expect_eq(outlet_await(outlet, LINES).failures, 0);
    liq_outlet_destroy(outlet);
    liq_line_ring_destroy(ring);
    free(expected);
}

Test(outlet_stream, lets_readers_of_a_named_pipe_come_late_and_again)
{
    enum { LINES = 3000 };
    char path[] = "/tmp/liqscan-pipe-XXXXXX";
    liq_line_ring *ring = ring_make(16 << 20, 0);
    char *first = lines_text(1, 1000);
    char *second = lines_text(1001, LINES);
    liq_outlet *outlet;
    int reader;

    cr_assert(mkdtemp(path) != NULL && rmdir(path) == 0 && mkfifo(path, 0600) == 0);
    outlet = outlet_open(ring, -1, path, 1);
    lines_add(ring, 1, 1000);
    (void)usleep(50000);
    reader = open(path, O_RDONLY);
    text_expect(reader, first);
    (void)close(reader);
    lines_add(ring, 1001, LINES);
    (void)usleep(50000);
    reader = open(path, O_RDONLY);
    text_expect(reader, second);
    cr_expect_eq(outlet_await(outlet, LINES).failures, 0);
    (void)close(reader);
    liq_outlet_destroy(outlet);
    (void)unlink(path);
    liq_line_ring_destroy(ring);
    free(first);
    free(second);
}

Test(outlet_stream, keeps_trying_a_device_that_is_full)
{
    liq_line_ring *ring = ring_make(16 << 20, 0);
    liq_outlet *outlet = outlet_open(ring, -1, "/dev/full", 1);
    const uint64_t started = liq_clock_ns();
    liq_outlet_facts facts;

    lines_add(ring, 1, 5);
    do {
        liq_outlet_facts_read(outlet, &facts);
        cr_assert(liq_clock_ns() - started < 20 * second_ns);
    } while (facts.failures < 3);
    cr_expect(facts.seq == 0 && facts.lag == 5 && facts.is_failing && !facts.is_gone);
    cr_expect_str_eq(facts.error, "/dev/full cannot be written: No space left on device");
    liq_outlet_destroy(outlet);
    liq_line_ring_destroy(ring);
}

Test(outlet_stream, says_when_lines_are_kept_nowhere)
{
    liq_line_ring *ring = ring_make(0, 100);
    liq_outlet_facts facts;
    liq_outlet *outlet;
    int ends[2];

    cr_assert(pipe(ends) == 0);
    lines_add(ring, 101, 101);
    outlet = outlet_open(ring, ends[1], NULL, 50);
    do
        liq_outlet_facts_read(outlet, &facts);
    while (facts.failures < 1);
    cr_expect_str_eq(facts.error, "line 50 is not kept any more");
    cr_expect(facts.is_failing && facts.lag == 52);
    liq_outlet_destroy(outlet);
    liq_line_ring_destroy(ring);
}
