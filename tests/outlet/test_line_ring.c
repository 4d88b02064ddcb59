/*
 * The last lines in memory: what is read, what falls out, and who is woken.
 */
#include <criterion/criterion.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/monitor.h"
#include "outlet/line_ring.h"

enum { ROOM = 8192, MS = 1000000 };

static liq_line_ring *ring_make(size_t bytes_max, uint64_t last_seq)
{
    liq_line_ring *ring = NULL;

    cr_assert(liq_line_ring_create(&ring, bytes_max, last_seq, NULL) == LIQ_OK);
    return ring;
}

/* A line whose length and bytes follow from its number. */
static liq_text line_of(char *out, uint64_t seq, size_t fill)
{
    const int used = sprintf(out, "{\"seq\":%llu,\"fill\":\"", (unsigned long long)seq);

    memset(out + used, 'a' + (int)(seq % 26), fill);
    strcpy(out + used + fill, "\"}");
    return liq_text_of(out);
}

static void lines_add(liq_line_ring *ring, uint64_t from, uint64_t to, size_t fill)
{
    char *line = malloc(LIQ_LINE_BYTES_MAX + 64);

    cr_assert_not_null(line);
    for (uint64_t seq = from; seq <= to; seq++)
        liq_line_ring_add(ring, seq, line_of(line, seq, fill));
    free(line);
}

/* Where old lines are kept: makes them up again. */
typedef struct archive {
    uint64_t from;
    uint64_t to;
    uint64_t reads;
} archive;

static liq_status archive_read(void *context, uint64_t seq, char *out, size_t room, size_t *bytes,
                               uint64_t *next, liq_error *err)
{
    archive *self = context;
    liq_text line;

    (void)err;
    self->reads++;
    *bytes = 0;
    *next = seq;
    if (seq < self->from || seq > self->to)
        return LIQ_OK;
    cr_assert(room >= 256);
    line = line_of(out, seq, 100);
    out[line.bytes] = '\n';
    *bytes = line.bytes + 1;
    *next = seq + 1;
    return LIQ_OK;
}

Test(line_ring, gives_back_what_was_added_line_for_line)
{
    liq_line_ring *ring = ring_make(0, 41);
    char out[ROOM];
    size_t bytes = 99;
    uint64_t next = 0;

    cr_assert(liq_line_ring_read(ring, NULL, 42, out, ROOM, &bytes, &next, NULL) == LIQ_OK);
    cr_expect(bytes == 0 && next == 42, "nothing has been added");
    liq_line_ring_add(ring, 42, liq_text_of("one"));
    liq_line_ring_add(ring, 43, liq_text_of(""));
    liq_line_ring_add(ring, 44, liq_text_of("three"));
    cr_assert(liq_line_ring_read(ring, NULL, 42, out, ROOM, &bytes, &next, NULL) == LIQ_OK);
    cr_expect_eq(next, 45);
    cr_expect_eq(bytes, 11);
    cr_expect(memcmp(out, "one\n\nthree\n", bytes) == 0);
    cr_assert(liq_line_ring_read(ring, NULL, 44, out, ROOM, &bytes, &next, NULL) == LIQ_OK);
    cr_expect(bytes == 6 && memcmp(out, "three\n", 6) == 0 && next == 45);
    cr_assert(liq_line_ring_read(ring, NULL, 900, out, ROOM, &bytes, &next, NULL) == LIQ_OK);
    cr_expect(bytes == 0 && next == 900);
    liq_line_ring_destroy(ring);
}

Test(line_ring, gives_whole_lines_only)
{
    liq_line_ring *ring = ring_make(0, 0);
    char out[ROOM];
    size_t bytes;
    uint64_t next;

    liq_line_ring_add(ring, 1, liq_text_of("1234"));
    liq_line_ring_add(ring, 2, liq_text_of("5678"));
    for (size_t room = 0; room <= 12; room++) {
        const liq_status status = liq_line_ring_read(ring, NULL, 1, out, room, &bytes, &next, NULL);

        cr_expect_eq(status, room < 5 ? LIQ_OUT_OF_RANGE : LIQ_OK, "%zu", room);
        if (room >= 5)
            cr_expect_eq(bytes, room < 10 ? 5 : 10, "%zu", room);
    }
    liq_line_ring_destroy(ring);
}

Test(line_ring, keeps_its_bound_and_asks_elsewhere_for_what_has_fallen_out)
{
    archive old = {.from = 1, .to = 100000};
    const liq_line_pull older = {.context = &old, .next = archive_read};
    liq_line_ring *ring = ring_make(1 << 20, 0);
    liq_line_ring_facts facts;
    char expected[256];
    char out[ROOM];
    uint64_t from_memory = 0;

    lines_add(ring, 1, 100000, 100);
    liq_line_ring_facts_read(ring, &facts);
    cr_expect_eq(facts.last_seq, 100000);
    cr_expect(facts.first_seq > 100000 - (1 << 20) / 120 && facts.first_seq < 100000 - 4000, "%llu",
              (unsigned long long)facts.first_seq);
    for (uint64_t seq = 1; seq <= 100000;) {
        const uint64_t reads = old.reads;
        size_t bytes;
        uint64_t next;
        const char *at = out;

        cr_assert(liq_line_ring_read(ring, &older, seq, out, ROOM, &bytes, &next, NULL) == LIQ_OK);
        cr_assert(bytes > 0 && next > seq);
        from_memory += old.reads == reads ? next - seq : 0;
        for (; seq < next; seq++) {
            const liq_text line = line_of(expected, seq, 100);

            cr_assert(memcmp(at, line.data, line.bytes) == 0 && at[line.bytes] == '\n');
            at += line.bytes + 1;
        }
        cr_assert(at == out + bytes);
    }
    cr_expect_eq(from_memory, 100000 - facts.first_seq + 1);
    cr_expect_eq(old.reads, facts.first_seq - 1);
    liq_line_ring_facts_read(ring, &facts);
    cr_expect_eq(facts.older_reads, old.reads);
    liq_line_ring_destroy(ring);
}

Test(line_ring, says_when_nobody_has_a_line_any_more)
{
    archive old = {.from = 5, .to = 4};
    const liq_line_pull older = {.context = &old, .next = archive_read};
    liq_line_ring *ring = ring_make(0, 10);
    liq_error err = {.message = ""};
    char out[ROOM];
    size_t bytes;
    uint64_t next;

    cr_expect(liq_line_ring_read(ring, NULL, 3, out, ROOM, &bytes, &next, &err) == LIQ_NOT_FOUND);
    cr_expect_str_eq(err.message, "line 3 is not kept any more");
    cr_expect(liq_line_ring_read(ring, &older, 3, out, ROOM, &bytes, &next, &err) == LIQ_NOT_FOUND);
    cr_expect_eq(old.reads, 1);
    liq_line_ring_destroy(ring);
}

Test(line_ring, takes_lines_of_the_greatest_length)
{
    liq_line_ring *ring = ring_make(0, 0);
    char *line = malloc(LIQ_LINE_BYTES_MAX);
    char *out = malloc(LIQ_LINE_BYTES_MAX + 1);
    size_t bytes;
    uint64_t next;

    cr_assert(line != NULL && out != NULL);
    memset(line, 'x', LIQ_LINE_BYTES_MAX);
    for (uint64_t seq = 1; seq <= 7; seq++) {
        liq_line_ring_add(ring, seq, (liq_text){line, LIQ_LINE_BYTES_MAX});
        cr_assert(liq_line_ring_read(ring, NULL, seq, out, LIQ_LINE_BYTES_MAX + 1, &bytes, &next,
                                     NULL) == LIQ_OK);
        cr_expect(bytes == LIQ_LINE_BYTES_MAX + 1 && next == seq + 1);
    }
    free(line);
    free(out);
    liq_line_ring_destroy(ring);
}

Test(line_ring, refuses_a_number_that_is_not_the_next, .signal = SIGABRT)
{
    liq_line_ring_add(ring_make(0, 6), 8, liq_text_of("x"));
}

Test(line_ring, refuses_a_line_past_the_limit, .signal = SIGABRT)
{
    static char line[LIQ_LINE_BYTES_MAX + 1];

    liq_line_ring_add(ring_make(0, 0), 1, (liq_text){line, sizeof line});
}

/* Who waits, and for what. */
typedef struct waiter {
    liq_line_ring *ring;
    atomic_bool is_ended;
    uint64_t seq;
    bool found;
} waiter;

static void *wait_long(void *of)
{
    waiter *self = of;

    self->found =
        liq_line_ring_wait(self->ring, self->seq, liq_clock_ns() + 20000ull * MS, &self->is_ended);
    return NULL;
}

Test(line_ring, wakes_who_waits_for_a_line_or_an_end)
{
    liq_line_ring *ring = ring_make(0, 0);
    waiter reader = {.ring = ring, .seq = 2};
    waiter stopped = {.ring = ring, .seq = 900};
    const int event = eventfd(0, EFD_NONBLOCK);
    const uint64_t started = liq_clock_ns();
    pthread_t threads[2];
    uint64_t told = 0;

    cr_assert(event >= 0);
    liq_line_ring_watch(ring, event);
    cr_assert(liq_thread_start(&threads[0], "reader", wait_long, &reader, NULL) == LIQ_OK);
    cr_assert(liq_thread_start(&threads[1], "stopped", wait_long, &stopped, NULL) == LIQ_OK);
    (void)usleep(20000);
    lines_add(ring, 1, 3, 4);
    cr_expect(read(event, &told, sizeof told) < 0, "nobody was told yet");
    liq_line_ring_tell(ring);
    cr_assert(pthread_join(threads[0], NULL) == 0);
    cr_expect(reader.found);
    atomic_store(&stopped.is_ended, true);
    liq_line_ring_tell(ring);
    cr_assert(pthread_join(threads[1], NULL) == 0);
    cr_expect_not(stopped.found);
    cr_expect(liq_clock_ns() - started < 10000ull * MS);
    cr_expect(read(event, &told, sizeof told) == sizeof told && told == 2);
    liq_line_ring_unwatch(ring, event);
    liq_line_ring_tell(ring);
    cr_expect(read(event, &told, sizeof told) < 0);
    (void)close(event);
    liq_line_ring_destroy(ring);
}

Test(line_ring, stops_waiting_when_the_time_has_come)
{
    liq_line_ring *ring = ring_make(0, 0);
    atomic_bool is_ended = false;
    const uint64_t until = liq_clock_ns() + 30 * MS;

    cr_expect_not(liq_line_ring_wait(ring, 1, until, &is_ended));
    cr_expect(liq_clock_ns() >= until);
    lines_add(ring, 1, 1, 1);
    cr_expect(liq_line_ring_wait(ring, 1, 0, &is_ended), "what is there is not waited for");
    liq_line_ring_destroy(ring);
}

Test(line_ring, is_one_source_together_with_what_is_behind_it)
{
    archive old = {.from = 1, .to = 10};
    const liq_line_pull older = {.context = &old, .next = archive_read};
    liq_line_ring *ring = ring_make(0, 10);
    liq_line_tail tail = {.ring = ring, .older = &older};
    const liq_line_pull source = liq_line_tail_pull(&tail);
    char out[ROOM];
    size_t bytes;
    uint64_t next;

    liq_line_ring_add(ring, 11, liq_text_of("new"));
    cr_assert(source.next(source.context, 10, out, ROOM, &bytes, &next, NULL) == LIQ_OK);
    cr_expect(strncmp(out, "{\"seq\":10,", 10) == 0 && next == 11);
    cr_assert(source.next(source.context, 11, out, ROOM, &bytes, &next, NULL) == LIQ_OK);
    cr_expect(bytes == 4 && memcmp(out, "new\n", 4) == 0 && next == 12);
    liq_line_ring_destroy(ring);
}
