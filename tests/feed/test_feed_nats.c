/*
 * Reading a stream of a real nats-server: in order, once, and acknowledged when it is durable.
 */
#include <criterion/criterion.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "feed/feed_nats.h"
#include "feed/feed_order.h"
#include "wire/support_broker.h"

enum { SOURCE = 3, LINE_BYTES = 96 };

static const uint64_t second_ns = 1000000000;

static broker server;
static liq_feed_queue *queue;
static uint64_t ack_wait_ms; /* long where nothing may come again, even on a busy machine */

static void server_make(void)
{
    broker_make(&server);
    broker_start(&server);
    cr_assert(liq_feed_queue_create(&queue, 64 << 20, NULL) == LIQ_OK);
    ack_wait_ms = 20000;
}

static void server_end(void)
{
    liq_feed_queue_destroy(queue);
    broker_end(&server);
}

static liq_feed_nats_options options_of(uint64_t applied)
{
    return (liq_feed_nats_options){.broker = {.servers = server.url, .name = "test"},
                                   .stream = "EVENTS",
                                   .subject = "events.orders",
                                   .durable = "liqscan",
                                   .is_made = true,
                                   .ack_wait_ns = ack_wait_ms * 1000000,
                                   .source = SOURCE,
                                   .applied = applied};
}

static liq_feed_nats *reader_start(uint64_t applied)
{
    const liq_feed_nats_options options = options_of(applied);
    liq_feed_nats *reader = NULL;
    liq_error err = {.message = ""};

    cr_assert(liq_feed_nats_start(&reader, queue, &options, &err) == LIQ_OK, "%s", err.message);
    return reader;
}

/* ---- who publishes ---- */

typedef struct writer {
    liq_nats_link *link;
    liq_nats_publisher *publisher;
    uint64_t published;
    uint64_t stored;
} writer;

static void writer_open(writer *self)
{
    const liq_nats_stream stream = {
        .stream = "EVENTS", .subject = "events.orders", .is_made = true};

    *self = (writer){.link = broker_link(&server)};
    cr_assert(liq_nats_stream_ensure(self->link, &stream, NULL) == LIQ_OK);
    cr_assert(liq_nats_publisher_create(&self->publisher, self->link, NULL) == LIQ_OK);
}

static void writer_wait(writer *self, uint64_t outstanding_max)
{
    const uint64_t until = liq_clock_ns() + 60 * second_ns;

    while (self->published - self->stored > outstanding_max) {
        uint64_t token;
        liq_error err;

        cr_assert(liq_clock_ns() < until);
        self->stored +=
            liq_nats_publisher_answer(self->publisher, 100, &token, &err) == LIQ_NATS_STORED;
    }
}

static void text_publish(writer *self, const char *text, size_t bytes)
{
    char id[32];

    (void)snprintf(id, sizeof id, "m-%llu", (unsigned long long)++self->published);
    cr_assert(liq_nats_publish(self->publisher, "events.orders", id, (liq_text){text, bytes},
                               self->published, NULL) == LIQ_OK);
    writer_wait(self, 2000);
}

static size_t event_write(char *out, uint64_t seq)
{
    return (size_t)sprintf(
        out,
        "{\"type\":\"balance\",\"seq\":%llu,\"account\":\"a%llu\",\"asset\":\"USDT\","
        "\"walletBalance\":\"%llu\"}\n",
        (unsigned long long)seq, (unsigned long long)(seq % 1000), (unsigned long long)seq);
}

/* Events from .. to, so many in a message. */
static void events_publish(writer *self, uint64_t from, uint64_t to, uint64_t together)
{
    char *text = malloc((size_t)together * LINE_BYTES * 2);

    cr_assert_not_null(text);
    while (from <= to) {
        size_t bytes = 0;

        for (uint64_t i = 0; i < together && from <= to; i++, from++)
            bytes += event_write(text + bytes, from);
        text_publish(self, text, bytes);
    }
    writer_wait(self, 0);
    free(text);
}

static void writer_close(writer *self)
{
    liq_nats_publisher_destroy(self->publisher);
    liq_nats_link_destroy(self->link);
}

static void events_store(uint64_t from, uint64_t to, uint64_t together)
{
    writer self;

    writer_open(&self);
    events_publish(&self, from, to, together);
    writer_close(&self);
}

/* ---- who applies ---- */

typedef struct applier {
    liq_feed_order *order;
    uint64_t repeats;
    uint64_t bad;
} applier;

static void applier_make(applier *self, uint64_t last)
{
    const liq_feed_order_limits limits = {
        .events_max = 65536, .bytes_max = 64 << 20, .wait_max_ms = 60000};

    *self = (applier){0};
    cr_assert(liq_feed_order_create(&self->order, &limits, NULL) == LIQ_OK);
    liq_feed_order_start(self->order, last);
}

static void batch_apply(applier *self, liq_feed_batch *batch)
{
    cr_assert_eq(batch->source, SOURCE);
    for (uint32_t i = 0; i < batch->event_count; i++) {
        liq_feed_gap gap;
        liq_text line;
        uint64_t seq;
        const liq_feed_verdict verdict =
            liq_feed_order_take(self->order, &batch->events[i], 0, &gap);

        cr_assert(verdict != LIQ_FEED_GAP);
        self->repeats += verdict == LIQ_FEED_REPEAT;
        self->bad += batch->events[i].kind == LIQ_FEED_BAD;
        if (verdict == LIQ_FEED_APPLY && batch->events[i].kind == LIQ_FEED_BALANCE)
            cr_assert(strtoull(batch->events[i].amount, NULL, 10) == batch->events[i].seq);
        while (liq_feed_order_next(self->order, &line, &seq))
            continue;
    }
    liq_feed_queue_done(queue, batch);
}

/* Apply until so much is; tell the reader so each time, unless it is NULL. */
static void events_apply(applier *self, liq_feed_nats *reader, uint64_t last)
{
    const uint64_t until = liq_clock_ns() + 60 * second_ns;

    while (liq_feed_order_last(self->order) < last) {
        liq_feed_batch *batch = liq_feed_queue_pop(queue, (int64_t)second_ns / 10);

        cr_assert(liq_clock_ns() < until, "only %llu is applied",
                  (unsigned long long)liq_feed_order_last(self->order));
        if (batch != NULL)
            batch_apply(self, batch);
        if (reader != NULL)
            liq_feed_nats_acknowledge(reader, liq_feed_order_last(self->order));
    }
}

static liq_feed_nats_facts facts_of(liq_feed_nats *reader)
{
    liq_feed_nats_facts facts;

    liq_feed_nats_facts_read(reader, &facts);
    return facts;
}

static void settled_await(liq_feed_nats *reader)
{
    const uint64_t until = liq_clock_ns() + 20 * second_ns;

    while (facts_of(reader).unsettled > 0) {
        cr_assert(liq_clock_ns() < until);
        (void)usleep(1000);
    }
}

/* Nothing comes for longer than what is not acknowledged stays away. */
static void nothing_expect(void)
{
    cr_assert(ack_wait_ms < 2000);
    cr_expect_null(liq_feed_queue_pop(queue, (int64_t)ack_wait_ms * 2000000));
}

TestSuite(feed_nats, .init = server_make, .fini = server_end);

Test(feed_nats, brings_events_of_large_messages_in_order_and_once)
{
    enum { EVENTS = 400000 };
    liq_feed_nats *reader;
    applier self;
    uint64_t started;

    events_store(1, EVENTS, 700);
    applier_make(&self, 0);
    started = liq_clock_ns();
    reader = reader_start(0);
    events_apply(&self, reader, EVENTS);
    (void)fprintf(stderr, "read %.0f events/s of 64 KiB messages\n",
                  EVENTS * 1e9 / (double)(liq_clock_ns() - started));
    settled_await(reader);
    cr_expect_eq(facts_of(reader).messages, (EVENTS + 699) / 700);
    cr_expect_eq(facts_of(reader).acknowledged, (EVENTS + 699) / 700);
    cr_expect_eq(facts_of(reader).failures, 0);
    cr_expect_eq(self.repeats, 0);
    liq_feed_nats_stop(reader);
    liq_feed_order_destroy(self.order);
}

Test(feed_nats, brings_events_of_small_messages_in_order_and_once)
{
    enum { EVENTS = 100000 };
    liq_feed_nats *reader;
    applier self;
    uint64_t started;

    events_store(1, EVENTS, 1);
    applier_make(&self, 0);
    started = liq_clock_ns();
    reader = reader_start(0);
    events_apply(&self, reader, EVENTS);
    (void)fprintf(stderr, "read %.0f events/s, a message each\n",
                  EVENTS * 1e9 / (double)(liq_clock_ns() - started));
    settled_await(reader);
    cr_expect_eq(facts_of(reader).acknowledged, EVENTS);
    cr_expect_eq(self.repeats, 0);
    liq_feed_nats_stop(reader);
    liq_feed_order_destroy(self.order);
}

Test(feed_nats, acknowledges_only_what_is_durable)
{
    liq_feed_nats *reader;
    applier self;

    ack_wait_ms = 1500;
    events_store(1, 100, 10);
    reader = reader_start(0);
    applier_make(&self, 0);
    events_apply(&self, NULL, 100);
    liq_feed_nats_acknowledge(reader, 49);
    while (facts_of(reader).acknowledged < 4)
        (void)usleep(1000);
    (void)usleep(100000);
    cr_expect_eq(facts_of(reader).acknowledged, 4, "the fifth message has event 50");
    cr_expect_eq(facts_of(reader).unsettled, 6);
    liq_feed_nats_stop(reader);
    liq_feed_order_start(self.order, 40);
    self.repeats = 0;
    reader = reader_start(40);
    events_apply(&self, reader, 100);
    cr_expect_eq(self.repeats, 0, "what was acknowledged does not come again");
    settled_await(reader);
    cr_expect_eq(facts_of(reader).messages, 6);
    liq_feed_nats_stop(reader);
    reader = reader_start(100);
    nothing_expect();
    liq_feed_nats_stop(reader);
    liq_feed_order_destroy(self.order);
}

Test(feed_nats, acknowledges_repeats_of_what_is_durable)
{
    liq_feed_nats *reader;
    applier self;

    events_store(1, 100, 10);
    reader = reader_start(95);
    applier_make(&self, 95);
    events_apply(&self, reader, 100);
    settled_await(reader);
    cr_expect_eq(self.repeats, 95);
    cr_expect_eq(facts_of(reader).acknowledged, 10);
    liq_feed_nats_stop(reader);
    liq_feed_order_destroy(self.order);
}

Test(feed_nats, loses_nothing_when_the_broker_restarts)
{
    enum { EVENTS = 30000 };
    liq_feed_nats *reader;
    applier self;

    ack_wait_ms = 400;
    events_store(1, EVENTS, 3);
    reader = reader_start(0);
    applier_make(&self, 0);
    for (uint64_t last = 5000; last < EVENTS; last += 10000) {
        events_apply(&self, reader, last);
        broker_stop(&server, last == 5000 ? SIGTERM : SIGKILL);
        (void)usleep(100000);
        broker_start(&server);
    }
    events_apply(&self, reader, EVENTS);
    settled_await(reader);
    cr_expect(facts_of(reader).failures >= 2);
    cr_expect(facts_of(reader).is_connected && !facts_of(reader).is_failing);
    liq_feed_nats_stop(reader);
    liq_feed_order_destroy(self.order);
}

Test(feed_nats, starts_without_a_broker)
{
    liq_feed_nats *reader;
    applier self;

    events_store(1, 10, 1);
    broker_stop(&server, SIGTERM);
    reader = reader_start(0);
    while (facts_of(reader).failures < 2)
        (void)usleep(1000);
    cr_expect(facts_of(reader).is_failing && !facts_of(reader).is_connected);
    cr_expect(strstr(facts_of(reader).error, server.url) != NULL, "%s", facts_of(reader).error);
    broker_start(&server);
    applier_make(&self, 0);
    events_apply(&self, reader, 10);
    cr_expect_not(facts_of(reader).is_failing);
    liq_feed_nats_stop(reader);
    liq_feed_order_destroy(self.order);
}

Test(feed_nats, pulls_nothing_while_the_queue_is_full_and_nothing_comes_twice)
{
    enum { EVENTS = 60000 };
    liq_feed_nats *reader;
    liq_feed_queue_facts full;
    uint64_t messages;
    applier self;

    ack_wait_ms = 3000;
    liq_feed_queue_destroy(queue);
    cr_assert(liq_feed_queue_create(&queue, 1 << 20, NULL) == LIQ_OK);
    events_store(1, EVENTS, 10);
    reader = reader_start(0);
    do {
        (void)usleep(10000);
        liq_feed_queue_facts_read(queue, &full);
    } while (full.waits < 2);
    messages = facts_of(reader).messages;
    cr_expect(messages < EVENTS / 10);
    (void)usleep((useconds_t)ack_wait_ms * 1200);
    cr_expect(facts_of(reader).messages <= messages + LIQ_NATS_FETCH_MAX,
              "no more is pulled than was on its way");
    applier_make(&self, 0);
    events_apply(&self, reader, EVENTS);
    settled_await(reader);
    cr_expect_eq(self.repeats, 0, "what waited was spoken for: %llu came again",
                 (unsigned long long)self.repeats);
    cr_expect_eq(facts_of(reader).messages, EVENTS / 10);
    liq_feed_nats_stop(reader);
    liq_feed_order_destroy(self.order);
}

Test(feed_nats, stops_pulling_when_messages_wait_for_their_acknowledgement)
{
    enum { EVENTS = LIQ_FEED_NATS_UNSETTLED_MAX + 2000 };
    liq_feed_nats *reader;
    applier self;
    liq_feed_batch *batch;

    events_store(1, EVENTS, 1);
    reader = reader_start(0);
    applier_make(&self, 0);
    while ((batch = liq_feed_queue_pop(queue, (int64_t)second_ns)) != NULL)
        batch_apply(&self, batch);
    cr_expect(facts_of(reader).unsettled > LIQ_FEED_NATS_UNSETTLED_MAX - 300);
    cr_expect(facts_of(reader).unsettled <= LIQ_FEED_NATS_UNSETTLED_MAX);
    cr_expect(liq_feed_order_last(self.order) == facts_of(reader).messages);
    events_apply(&self, reader, EVENTS);
    settled_await(reader);
    cr_expect_eq(self.repeats, 0);
    liq_feed_nats_stop(reader);
    liq_feed_order_destroy(self.order);
}

Test(feed_nats, goes_on_behind_messages_that_are_no_events)
{
    static const char *const texts[] = {
        "",
        "\n\n",
        "no event",
        "{\"type\":\"fund\",\"seq\":1,\"fund\":\"F\",\"balance\":\"1\"}",
        "\r\n{\"type\":\"fund\",\"seq\":2,\"fund\":\"F\",\"balance\":1}\r\n",
        "{\"type\":\"fund\",\"seq\":3,\"fund\":\"F\",\"balance\":\"1\"}\n{\"seq\":4}\n[]\n",
        "\xff\xfe",
        "{\"type\":\"fund\",\"seq\":5,\"fund\":\"F\",\"balance\":\"1\"}\n",
    };
    enum { COUNT = sizeof texts / sizeof texts[0] };
    liq_feed_nats *reader;
    applier self;
    writer from;

    ack_wait_ms = 400;
    writer_open(&from);
    for (size_t i = 0; i < COUNT; i++)
        text_publish(&from, texts[i], strlen(texts[i]));
    writer_close(&from);
    reader = reader_start(0);
    applier_make(&self, 0);
    events_apply(&self, reader, 5);
    settled_await(reader);
    cr_expect_eq(self.bad, 5);
    cr_expect_eq(facts_of(reader).acknowledged, COUNT);
    nothing_expect();
    liq_feed_nats_stop(reader);
    liq_feed_order_destroy(self.order);
}

Test(feed_nats, stops_whether_the_queue_is_closed_or_full)
{
    liq_feed_nats *reader;
    liq_feed_queue_facts full;
    uint64_t started;

    liq_feed_queue_destroy(queue);
    cr_assert(liq_feed_queue_create(&queue, 1 << 20, NULL) == LIQ_OK);
    events_store(1, 60000, 10);
    reader = reader_start(0);
    do
        liq_feed_queue_facts_read(queue, &full);
    while (full.waits < 1);
    started = liq_clock_ns();
    liq_feed_nats_stop(reader);
    reader = reader_start(0);
    liq_feed_queue_close(queue);
    (void)usleep(100000);
    liq_feed_nats_stop(reader);
    liq_feed_nats_stop(NULL);
    cr_expect(liq_clock_ns() - started < 10 * second_ns);
}

Test(feed_nats, stops_in_time_without_a_broker)
{
    liq_feed_nats *reader = reader_start(0);
    uint64_t started;

    while (!facts_of(reader).is_connected)
        (void)usleep(1000);
    broker_stop(&server, SIGKILL);
    started = liq_clock_ns();
    liq_feed_nats_stop(reader);
    cr_expect(liq_clock_ns() - started < 10 * second_ns);
}

Test(feed_nats, says_what_is_missing)
{
    liq_feed_nats_options options = options_of(0);
    liq_feed_nats *reader = NULL;
    liq_error err = {.message = ""};

    options.is_made = false;
    cr_assert(liq_feed_nats_start(&reader, queue, &options, NULL) == LIQ_OK);
    while (facts_of(reader).failures < 1)
        (void)usleep(1000);
    cr_expect(strstr(facts_of(reader).error, "there is no stream EVENTS") != NULL, "%s",
              facts_of(reader).error);
    liq_feed_nats_stop(reader);
    options.broker.authority = "/no/such/file";
    cr_expect(liq_feed_nats_start(&reader, queue, &options, &err) == LIQ_BAD_INPUT);
    cr_expect(strstr(err.message, "these settings cannot be used") != NULL, "%s", err.message);
}

static void answer_take(void *of, const liq_nats_message *message)
{
    char *text = of;

    (void)sprintf(text + strlen(text), "%.*s|", (int)message->payload.bytes, message->payload.data);
}

Test(feed_nats, answers_on_a_subject_of_its_own)
{
    const liq_nats_pull_options answers = {
        .stream = "ANSWERS", .subject = "answers.orders", .durable = "orders", .is_made = true};
    liq_feed_nats_options options = options_of(0);
    liq_nats_link *link = broker_link(&server);
    liq_nats_pull *pull = NULL;
    liq_feed_nats *reader = NULL;
    char text[4096] = "";

    options.answers = "answers.orders";
    cr_assert(liq_nats_pull_create(&pull, link, &answers, NULL) == LIQ_OK);
    cr_assert(liq_feed_nats_start(&reader, queue, &options, NULL) == LIQ_OK);
    liq_feed_nats_tell(reader, liq_text_of("{\"one\":1}\n"));
    liq_feed_nats_tell(reader, liq_text_of("{\"two\":2}\n"));
    while (strlen(text) < 20) {
        uint32_t count;

        cr_assert(liq_nats_pull_fetch(pull, true, 100, answer_take, text, &count, NULL) == LIQ_OK);
    }
    cr_expect_str_eq(text, "{\"one\":1}|{\"two\":2}|");
    broker_stop(&server, SIGTERM);
    for (int i = 0; i < 10000; i++)
        liq_feed_nats_tell(reader, liq_text_of("{\"three\":3}\n"));
    cr_expect_eq(facts_of(reader).answers_dropped, 10000 - LIQ_FEED_NATS_ANSWER_BYTES / 12);
    liq_nats_pull_destroy(pull);
    liq_nats_link_destroy(link);
    liq_feed_nats_stop(reader);
}
