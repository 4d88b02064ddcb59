/*
 * Streams cut into lines, however the reads fall.
 */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/support_random.h"
#include "feed/feed_lines.h"

static liq_feed_queue *queue;
static liq_feed_parser parser;
static liq_feed_lines lines;
static uint64_t good;
static uint64_t bad;
static uint64_t last_seq;

static void setup(void)
{
    cr_assert(liq_feed_queue_create(&queue, 1024 * 1024, NULL) == LIQ_OK);
    liq_feed_lines_start(&lines, queue, &parser, 3);
}

static void teardown(void)
{
    liq_feed_lines_stop(&lines);
    liq_feed_parser_clear(&parser);
    liq_feed_queue_destroy(queue);
}

TestSuite(feed_lines, .init = setup, .fini = teardown);

static void count_events(liq_feed_batch *batch)
{
    if (batch == NULL)
        return;
    cr_assert(batch->source == 3 && batch->arrived_ns > 0);
    for (uint32_t i = 0; i < batch->event_count; i++) {
        const liq_feed_event *event = &batch->events[i];

        good += event->kind != LIQ_FEED_BAD;
        bad += event->kind == LIQ_FEED_BAD;
        cr_assert(event->kind == LIQ_FEED_BAD || event->seq > last_seq);
        last_seq = event->seq != 0 ? event->seq : last_seq;
        cr_assert(memchr(event->line.data, '\n', event->line.bytes) == NULL);
    }
    liq_feed_queue_drop(queue, batch);
}

/* Feed bytes in pieces of at most `piece`. */
static void feed(const char *bytes, size_t count, size_t piece)
{
    while (count > 0) {
        liq_feed_batch *batch;
        char *into;
        size_t room;

        cr_assert(liq_feed_lines_room(&lines, &into, &room, NULL) == LIQ_OK && room > 0);
        room = room < piece ? room : piece;
        room = room < count ? room : count;
        memcpy(into, bytes, room);
        bytes += room;
        count -= room;
        cr_assert(liq_feed_lines_took(&lines, room, &batch, NULL) == LIQ_OK);
        cr_assert(batch == NULL || batch->event_count > 0);
        count_events(batch);
    }
}

static void end(uint32_t events)
{
    liq_feed_batch *batch;

    cr_assert(liq_feed_lines_end(&lines, &batch, NULL) == LIQ_OK);
    cr_assert(batch->is_end && batch->event_count == events, "%u events", batch->event_count);
    count_events(batch);
}

static size_t fund_write(char *out, uint64_t seq)
{
    return (size_t)sprintf(out,
                           "{\"type\":\"fund\",\"seq\":%llu,\"fund\":\"F\",\"balance\":\"%llu\"}",
                           (unsigned long long)seq, (unsigned long long)seq);
}

Test(feed_lines, cuts_lines_however_reads_fall)
{
    random_source random = random_start();
    char *text = malloc(200000);
    size_t bytes = 0;

    for (uint64_t seq = 1; seq <= 2000; seq++) {
        bytes += fund_write(text + bytes, seq);
        bytes += (size_t)sprintf(text + bytes, seq % 3 == 0   ? "\r\n"
                                               : seq % 5 == 0 ? "\n\n\r\n"
                                                              : "\n");
    }
    for (size_t piece = 1; piece < 300000; piece = piece * 3 + random_below(&random, 2)) {
        good = bad = last_seq = 0;
        feed(text, bytes, piece);
        cr_assert(good == 2000 && bad == 0, "%llu by %zu", (unsigned long long)good, piece);
    }
    end(0);
    free(text);
}

Test(feed_lines, takes_a_last_line_without_a_newline)
{
    char text[100];

    feed(text, fund_write(text, 7), 10);
    cr_expect(good == 0);
    end(1);
    cr_expect(good == 1 && last_seq == 7);
    end(0);
}

Test(feed_lines, forgets_what_is_unfinished_when_it_stops)
{
    char text[100];

    feed(text, fund_write(text, 7), 10);
    liq_feed_lines_stop(&lines);
    liq_feed_lines_start(&lines, queue, &parser, 3);
    feed("\n", 1, 1);
    end(0);
    cr_expect(good == 0 && bad == 0);
}

/* A line of so many bytes, with its number at the front. */
static char *long_line(size_t bytes, uint64_t seq)
{
    char *text = malloc(bytes + 1);
    char start[100];
    size_t used = fund_write(start, seq);

    memset(text, ' ', bytes);
    memcpy(text, start, used - 1);
    text[bytes - 1] = '}';
    text[bytes] = '\0';
    return text;
}

Test(feed_lines, takes_a_line_of_the_limit_and_refuses_a_longer_one_once)
{
    static const size_t pieces[] = {1000, 65536, 4096 * 3};

    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        char *text = long_line(LIQ_FEED_LINE_BYTES_MAX, 1);
        char next[100];

        good = bad = last_seq = 0;
        feed(text, LIQ_FEED_LINE_BYTES_MAX, pieces[i]);
        feed("\n", 1, 1);
        cr_expect(good == 1 && bad == 0);
        free(text);
        text = long_line(LIQ_FEED_LINE_BYTES_MAX + 1, 2);
        feed(text, LIQ_FEED_LINE_BYTES_MAX + 1, pieces[i]);
        cr_expect(good == 1 && bad == 1 && last_seq == 2);
        feed("\n", 1, 1);
        feed(next, fund_write(next, 3), 7);
        feed("\n", 1, 1);
        cr_expect(good == 2 && bad == 1 && last_seq == 3);
        free(text);
    }
}

Test(feed_lines, refuses_a_long_line_whose_end_came_with_the_same_read)
{
    char *text = long_line(LIQ_FEED_LINE_BYTES_MAX + 1, 2);

    /* All but its last two bytes, which come with the newline and the next line. */
    feed(text, LIQ_FEED_LINE_BYTES_MAX - 1, 65536);
    text[LIQ_FEED_LINE_BYTES_MAX + 1] = '\n';
    feed(text + LIQ_FEED_LINE_BYTES_MAX - 1, 3, 3);
    cr_expect(good == 0 && bad == 1 && last_seq == 2);
    feed(text, fund_write(text, 3), 100);
    feed("\n", 1, 1);
    cr_expect(good == 1 && bad == 1);
    free(text);
}

Test(feed_lines, skips_the_rest_of_a_long_line_without_keeping_it)
{
    char *text = long_line(LIQ_FEED_LINE_BYTES_MAX + 1, 2);
    size_t memory;

    feed(text, LIQ_FEED_LINE_BYTES_MAX + 1, 65536);
    cr_expect(bad == 1);
    for (int i = 0; i < 12; i++) {
        feed(text, LIQ_FEED_LINE_BYTES_MAX, 65536);
        memory = liq_feed_batch_memory(lines.filling);
        cr_assert(memory < LIQ_FEED_BATCH_KEPT_BYTES, "%zu", memory);
    }
    end(0); /* what is skipped has no end, and is no last line */
    cr_expect(good == 0 && bad == 1);
    free(text);
}
