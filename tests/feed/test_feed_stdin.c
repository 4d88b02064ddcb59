/*
 * Reading from pipes and files.
 */
#include <criterion/criterion.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "feed/feed_stdin.h"

static liq_feed_queue *queue;
static int ends[2]; /* of a pipe */

static const int64_t forever = 60LL * 1000000000;

static void setup(void)
{
    cr_assert(liq_feed_queue_create(&queue, 1024 * 1024, NULL) == LIQ_OK);
    cr_assert(pipe(ends) == 0);
}

static void teardown(void)
{
    liq_feed_queue_destroy(queue);
    (void)close(ends[0]);
}

TestSuite(feed_stdin, .init = setup, .fini = teardown);

static liq_feed_stdin *start(int descriptor)
{
    liq_feed_stdin *reader = NULL;

    cr_assert(liq_feed_stdin_start(&reader, queue, descriptor, 5, NULL) == LIQ_OK);
    return reader;
}

static void send_text(const char *text)
{
    cr_assert(write(ends[1], text, strlen(text)) == (ssize_t)strlen(text));
}

static void expect_seq(liq_feed_batch *batch, uint32_t count, uint64_t seq, bool is_end)
{
    cr_assert(batch != NULL && batch->source == 5);
    cr_expect(batch->event_count == count && batch->is_end == is_end);
    cr_expect(count == 0 || batch->events[count - 1].seq == seq);
    liq_feed_queue_done(queue, batch);
}

#define FUND(seq) "{\"type\":\"fund\",\"seq\":" seq ",\"fund\":\"F\",\"balance\":\"1\"}"

Test(feed_stdin, reads_lines_as_they_come_and_the_last_one_at_the_end)
{
    liq_feed_stdin *reader = start(ends[0]);

    send_text(FUND("1") "\n" FUND("2") "\n{\"type\":");
    expect_seq(liq_feed_queue_pop(queue, forever), 2, 2, false);
    send_text("\"fund\",\"seq\":3,\"fund\":\"F\",\"balance\":\"1\"}\n" FUND("4"));
    expect_seq(liq_feed_queue_pop(queue, forever), 1, 3, false);
    (void)close(ends[1]);
    expect_seq(liq_feed_queue_pop(queue, forever), 1, 4, true);
    cr_expect(!liq_feed_stdin_error(reader, NULL));
    liq_feed_stdin_stop(reader);
    liq_feed_stdin_stop(NULL);
}

Test(feed_stdin, tells_the_end_of_an_empty_stream)
{
    liq_feed_stdin *reader = start(ends[0]);

    (void)close(ends[1]);
    expect_seq(liq_feed_queue_pop(queue, forever), 0, 0, true);
    liq_feed_stdin_stop(reader);
}

Test(feed_stdin, stops_while_it_waits_for_bytes)
{
    liq_feed_stdin *reader = start(ends[0]);

    send_text("{\"type\":");
    (void)usleep(20000);
    liq_feed_stdin_stop(reader);
    cr_expect(liq_feed_queue_pop(queue, 0) == NULL);
    (void)close(ends[1]);
}

Test(feed_stdin, stops_while_it_waits_for_room)
{
    liq_feed_queue *const small = queue;
    liq_feed_queue_facts facts = {.waits = 0};
    liq_feed_stdin *reader;

    cr_assert(liq_feed_queue_create(&queue, 1, NULL) == LIQ_OK);
    reader = start(ends[0]);
    for (int i = 0; i < 10000 && facts.waits == 0; i++) {
        send_text(FUND("1") "\n");
        (void)usleep(1000);
        liq_feed_queue_facts_read(queue, &facts);
    }
    cr_assert(facts.waits == 1);
    liq_feed_queue_close(queue);
    liq_feed_stdin_stop(reader);
    liq_feed_queue_destroy(queue);
    queue = small;
    (void)close(ends[1]);
}

Test(feed_stdin, reads_a_file_to_its_end)
{
    char path[] = "/tmp/liq_feed_stdin_XXXXXX";
    const int file = mkstemp(path);
    liq_feed_stdin *reader;
    uint64_t seen = 0;
    bool is_end = false;
    int descriptor;

    cr_assert(file >= 0);
    for (int i = 1; i <= 30000; i++)
        cr_assert(dprintf(file, "{\"type\":\"fund\",\"seq\":%d,\"fund\":\"F\",\"balance\":\"1\"}\n",
                          i) > 0);
    descriptor = open(path, O_RDONLY);
    reader = start(descriptor);
    while (!is_end) {
        liq_feed_batch *batch = liq_feed_queue_pop(queue, forever);

        cr_assert(batch != NULL);
        for (uint32_t i = 0; i < batch->event_count; i++)
            cr_assert(batch->events[i].seq == ++seen);
        is_end = batch->is_end;
        liq_feed_queue_done(queue, batch);
    }
    cr_expect(seen == 30000);
    liq_feed_stdin_stop(reader);
    (void)close(descriptor);
    (void)close(file);
    (void)unlink(path);
    (void)close(ends[1]);
}

Test(feed_stdin, ends_and_says_why_when_it_cannot_read)
{
    const int folder = open("/", O_RDONLY);
    liq_feed_stdin *reader = start(folder);
    liq_error error;

    expect_seq(liq_feed_queue_pop(queue, forever), 0, 0, true);
    cr_assert(liq_feed_stdin_error(reader, &error));
    cr_expect_str_eq(error.message, "cannot read the feed: Is a directory");
    liq_feed_stdin_stop(reader);
    (void)close(folder);
    (void)close(ends[1]);
}
