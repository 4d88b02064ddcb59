/*
 * The outlet that publishes to NATS, against a real nats-server: every line once and in order,
 * whatever becomes of the broker and of the outlet.
 */
#include <criterion/criterion.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "outlet/file_tail.h"
#include "support_lines.h"
#include "wire/support_broker.h"

static const uint64_t second_ns = 1000000000;

static broker server;

static void server_make(void)
{
    broker_make(&server);
    broker_start(&server);
}

static void server_end(void)
{
    broker_end(&server);
}

static liq_outlet *outlet_open(liq_line_ring *ring, const liq_line_pull *older, uint64_t from_seq,
                               bool is_made)
{
    const liq_outlet_options options = {.kind = LIQ_OUTLET_NATS,
                                        .name = "demo",
                                        .broker = {.servers = server.url},
                                        .stream = "DECISIONS",
                                        .subject = "liqscan.decisions",
                                        .is_made = is_made,
                                        .from_seq = from_seq};
    liq_outlet *outlet = NULL;
    liq_error err = {.message = ""};

    cr_assert(liq_outlet_create(&outlet, &options, ring, older, &err) == LIQ_OK, "%s", err.message);
    return outlet;
}

/* Compares what comes with the lines from 1 on. */
typedef struct reader {
    liq_nats_link *link;
    uint64_t count;
} reader;

static void line_take(void *of, const liq_nats_message *message)
{
    reader *self = of;
    char line[LINE_ROOM];
    const liq_text expected = line_make(line, ++self->count);

    cr_assert(message->payload.bytes == expected.bytes &&
                  memcmp(message->payload.data, expected.data, expected.bytes) == 0,
              "message %llu is %.*s", (unsigned long long)self->count, (int)message->payload.bytes,
              message->payload.data);
    cr_assert(liq_nats_acknowledge(self->link, message->reply, NULL) == LIQ_OK);
}

/* The stream has exactly the lines 1 .. last. */
static void stream_expect(uint64_t last)
{
    const liq_nats_pull_options options = {
        .stream = "DECISIONS", .subject = "liqscan.decisions", .durable = "test", .is_made = true};
    const uint64_t until = liq_clock_ns() + 60 * second_ns;
    reader self = {.link = broker_link(&server)};
    liq_nats_pull *pull = NULL;
    uint32_t count = 1;

    cr_assert(liq_nats_pull_create(&pull, self.link, &options, NULL) == LIQ_OK);
    while (self.count < last || count > 0) {
        cr_assert(liq_nats_pull_fetch(pull, true, 300, line_take, &self, &count, NULL) == LIQ_OK);
        cr_assert(liq_clock_ns() < until, "%llu have come", (unsigned long long)self.count);
    }
    cr_expect_eq(self.count, last);
    liq_nats_pull_destroy(pull);
    liq_nats_link_destroy(self.link);
}

TestSuite(outlet_nats, .init = server_make, .fini = server_end);

Test(outlet_nats, publishes_every_line_once_and_in_order)
{
    enum { LINES = 100000 };
    liq_line_ring *ring = ring_make(64 << 20, 0);
    liq_outlet *outlet = outlet_open(ring, NULL, 1, true);
    const uint64_t started = liq_clock_ns();
    liq_outlet_facts facts;

    lines_add(ring, 1, LINES);
    facts = outlet_await(outlet, LINES);
    (void)fprintf(stderr, "published %.0f lines/s\n",
                  LINES * 1e9 / (double)(liq_clock_ns() - started));
    cr_expect(facts.lag == 0 && facts.failures == 0 && !facts.is_failing, "%s", facts.error);
    liq_outlet_destroy(outlet);
    stream_expect(LINES);
    liq_line_ring_destroy(ring);
}

Test(outlet_nats, repeats_under_the_same_ids_after_a_restart)
{
    enum { LINES = 5000 };
    archive old = {.last = LINES};
    const liq_line_pull older = archive_pull(&old);
    liq_line_ring *ring = ring_make(0, LINES);
    liq_outlet *outlet = outlet_open(ring, &older, 1, true);

    (void)outlet_await(outlet, 3000);
    liq_outlet_destroy(outlet);
    outlet = outlet_open(ring, &older, 1, true);
    (void)outlet_await(outlet, LINES);
    liq_outlet_destroy(outlet);
    outlet = outlet_open(ring, &older, 2000, true);
    lines_add(ring, LINES + 1, LINES + 10);
    (void)outlet_await(outlet, LINES + 10);
    liq_outlet_destroy(outlet);
    stream_expect(LINES + 10);
    liq_line_ring_destroy(ring);
}

Test(outlet_nats, loses_nothing_and_repeats_nothing_when_the_broker_restarts)
{
    enum { LINES = 60000, STEP = 200 };
    liq_line_ring *ring = ring_make(64 << 20, 0);
    liq_outlet *outlet = outlet_open(ring, NULL, 1, true);
    uint64_t slowest_ns = 0;
    liq_outlet_facts facts;

    for (uint64_t seq = 1; seq <= LINES; seq += STEP) {
        const uint64_t started = liq_clock_ns();

        lines_add(ring, seq, seq + STEP - 1);
        if (liq_clock_ns() - started > slowest_ns)
            slowest_ns = liq_clock_ns() - started;
        if (seq % 20000 == 4001)
            broker_stop(&server, seq == 24001 ? SIGKILL : SIGTERM);
        if (seq % 20000 == 12001)
            broker_start(&server);
        (void)usleep(5000);
    }
    facts = outlet_await(outlet, LINES);
    cr_expect(facts.failures >= 3 && !facts.is_failing, "%llu", (unsigned long long)facts.failures);
    cr_expect(slowest_ns < second_ns, "who adds never waits");
    liq_outlet_destroy(outlet);
    stream_expect(LINES);
    liq_line_ring_destroy(ring);
}

Test(outlet_nats, starts_without_a_broker_and_catches_up)
{
    liq_line_ring *ring = ring_make(16 << 20, 0);
    liq_outlet_facts facts;
    liq_outlet *outlet;

    broker_stop(&server, SIGTERM);
    outlet = outlet_open(ring, NULL, 1, true);
    lines_add(ring, 1, 1000);
    do
        liq_outlet_facts_read(outlet, &facts);
    while (facts.failures < 2);
    cr_expect(facts.is_failing && facts.lag == 1000 && facts.seq == 0);
    cr_expect(strstr(facts.error, "No server available") != NULL, "%s", facts.error);
    broker_start(&server);
    facts = outlet_await(outlet, 1000);
    cr_expect_not(facts.is_failing);
    liq_outlet_destroy(outlet);
    stream_expect(1000);
    liq_line_ring_destroy(ring);
}

Test(outlet_nats, says_that_the_stream_is_missing_until_it_is_there)
{
    const liq_nats_stream stream = {.stream = "DECISIONS", .subject = "liqscan.*", .is_made = true};
    liq_nats_link *link = broker_link(&server);
    liq_line_ring *ring = ring_make(0, 0);
    liq_outlet *outlet = outlet_open(ring, NULL, 1, false);
    liq_outlet_facts facts;

    lines_add(ring, 1, 10);
    do
        liq_outlet_facts_read(outlet, &facts);
    while (facts.failures < 2);
    cr_expect(strstr(facts.error, "there is no stream DECISIONS") != NULL, "%s", facts.error);
    cr_expect(strstr(facts.error, server.url) != NULL, "%s", facts.error);
    cr_assert(liq_nats_stream_ensure(link, &stream, NULL) == LIQ_OK);
    (void)outlet_await(outlet, 10);
    liq_outlet_destroy(outlet);
    stream_expect(10);
    liq_nats_link_destroy(link);
    liq_line_ring_destroy(ring);
}

Test(outlet_nats, publishes_what_is_left_before_it_stops)
{
    enum { LINES = 20000 };
    liq_line_ring *ring = ring_make(16 << 20, 0);
    liq_outlet *outlet = outlet_open(ring, NULL, 1, true);
    liq_outlet_facts facts;

    lines_add(ring, 1, LINES);
    liq_outlet_stop(outlet, 60 * second_ns);
    liq_outlet_facts_read(outlet, &facts);
    cr_expect_eq(facts.seq, LINES);
    liq_outlet_destroy(outlet);
    stream_expect(LINES);
    liq_line_ring_destroy(ring);
}

Test(outlet_nats, stops_in_time_without_a_broker)
{
    liq_line_ring *ring = ring_make(0, 0);
    liq_outlet_facts facts;
    liq_outlet *outlet;
    uint64_t started;

    outlet = outlet_open(ring, NULL, 1, true);
    lines_add(ring, 1, 10);
    (void)outlet_await(outlet, 10);
    broker_stop(&server, SIGKILL);
    lines_add(ring, 11, 20);
    started = liq_clock_ns();
    liq_outlet_stop(outlet, second_ns / 2);
    cr_expect(liq_clock_ns() - started < 10 * second_ns);
    liq_outlet_facts_read(outlet, &facts);
    cr_expect(facts.seq == 10 && facts.lag == 10);
    liq_outlet_destroy(outlet);
    liq_line_ring_destroy(ring);
}

Test(outlet_nats, publishes_again_what_a_broker_that_hangs_does_not_answer)
{
    liq_line_ring *ring = ring_make(0, 0);
    liq_outlet *outlet = outlet_open(ring, NULL, 1, true);
    liq_outlet_facts facts;

    lines_add(ring, 1, 10);
    (void)outlet_await(outlet, 10);
    cr_assert(kill(server.process, SIGSTOP) == 0);
    lines_add(ring, 11, 20);
    do
        liq_outlet_facts_read(outlet, &facts);
    while (facts.failures < 1);
    cr_expect(facts.seq == 10 && facts.is_failing);
    cr_assert(kill(server.process, SIGCONT) == 0);
    (void)outlet_await(outlet, 20);
    liq_outlet_destroy(outlet);
    stream_expect(20);
    liq_line_ring_destroy(ring);
}

Test(outlet_nats, refuses_a_prefix_that_is_too_long)
{
    char prefix[200];
    const liq_outlet_options options = {.kind = LIQ_OUTLET_NATS,
                                        .name = "demo",
                                        .broker = {.servers = server.url},
                                        .subject = "x",
                                        .prefix = prefix,
                                        .from_seq = 1};
    liq_line_ring *ring = ring_make(0, 0);
    liq_outlet *outlet = NULL;
    liq_error err = {.message = ""};

    memset(prefix, 'x', sizeof prefix - 1);
    prefix[sizeof prefix - 1] = '\0';
    cr_expect(liq_outlet_create(&outlet, &options, ring, NULL, &err) == LIQ_OUT_OF_RANGE);
    cr_expect_str_eq(err.message, "outlet demo: the prefix is past 128 bytes");
    liq_line_ring_destroy(ring);
}
