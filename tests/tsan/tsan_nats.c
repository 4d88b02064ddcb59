/*
 * Lines through an outlet, a broker and back through a feed, all on threads of their own, while the
 * broker is killed and somebody asks for facts all the time: each line comes, and in order.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fail.h"
#include "feed/feed_nats.h"
#include "feed/feed_order.h"
#include "outlet/outlet.h"
#include "wire/support_broker.h"

enum { LINES = 8000, STEP = 40, KILL_AT = 3000 };

static broker server;
static liq_line_ring *ring;
static liq_feed_queue *queue;

static liq_outlet *outlet_open(void)
{
    const liq_outlet_options options = {.kind = LIQ_OUTLET_NATS,
                                        .name = "tsan",
                                        .broker = {.servers = server.url},
                                        .stream = "LINES",
                                        .subject = "lines",
                                        .is_made = true,
                                        .from_seq = 1};
    liq_outlet *outlet = NULL;

    LIQ_ASSERT(liq_outlet_create(&outlet, &options, ring, NULL, NULL) == LIQ_OK);
    return outlet;
}

static liq_feed_nats *reader_start(void)
{
    const liq_feed_nats_options options = {.broker = {.servers = server.url},
                                           .stream = "LINES",
                                           .subject = "lines",
                                           .durable = "tsan",
                                           .answers = "answers",
                                           .is_made = true,
                                           .ack_wait_ns = 1000000000};
    liq_feed_nats *reader = NULL;

    LIQ_ASSERT(liq_feed_nats_start(&reader, queue, &options, NULL) == LIQ_OK);
    return reader;
}

static void lines_add(uint64_t from)
{
    for (uint64_t seq = from; seq < from + STEP; seq++) {
        char line[128];
        const int bytes =
            sprintf(line, "{\"type\":\"fund\",\"seq\":%llu,\"fund\":\"F\",\"balance\":\"1\"}",
                    (unsigned long long)seq);

        liq_line_ring_add(ring, seq, (liq_text){line, (size_t)bytes});
    }
    liq_line_ring_tell(ring);
}

static void batches_take(liq_feed_order *order, liq_feed_nats *reader)
{
    liq_feed_batch *batch;

    while ((batch = liq_feed_queue_pop(queue, 1000000)) != NULL) {
        for (uint32_t i = 0; i < batch->event_count; i++) {
            liq_feed_gap gap;
            liq_text line;
            uint64_t seq;

            LIQ_ASSERT(batch->events[i].kind == LIQ_FEED_FUND);
            LIQ_ASSERT(liq_feed_order_take(order, &batch->events[i], 0, &gap) != LIQ_FEED_GAP);
            while (liq_feed_order_next(order, &line, &seq))
                continue;
        }
        liq_feed_queue_done(queue, batch);
        liq_feed_nats_acknowledge(reader, liq_feed_order_last(order));
        liq_feed_nats_tell(reader, liq_text_of("{\"applied\":1}\n"));
    }
}

int main(void)
{
    const liq_feed_order_limits limits = {
        .events_max = 65536, .bytes_max = 64 << 20, .wait_max_ms = 60000};
    const uint64_t until = liq_clock_ns() + 120000000000u;
    liq_feed_nats_facts reading;
    liq_outlet_facts writing;
    liq_feed_order *order;
    liq_feed_nats *reader;
    liq_outlet *outlet;

    broker_make(&server);
    broker_start(&server);
    LIQ_ASSERT(liq_line_ring_create(&ring, 4 << 20, 0, NULL) == LIQ_OK);
    LIQ_ASSERT(liq_feed_queue_create(&queue, 1 << 20, NULL) == LIQ_OK);
    LIQ_ASSERT(liq_feed_order_create(&order, &limits, NULL) == LIQ_OK);
    outlet = outlet_open();
    reader = reader_start();
    for (uint64_t seq = 1; liq_feed_order_last(order) < LINES; seq += STEP) {
        if (seq < LINES)
            lines_add(seq);
        batches_take(order, reader);
        liq_outlet_facts_read(outlet, &writing);
        liq_feed_nats_facts_read(reader, &reading);
        if (seq == KILL_AT + 1) {
            broker_stop(&server, SIGKILL);
            broker_start(&server);
        }
        LIQ_ASSERT(liq_clock_ns() < until);
    }
    liq_outlet_stop(outlet, 20000000000u);
    liq_outlet_facts_read(outlet, &writing);
    LIQ_ASSERT(writing.seq == LINES && writing.lag == 0);
    liq_feed_nats_stop(reader);
    liq_outlet_destroy(outlet);
    liq_feed_order_destroy(order);
    liq_feed_queue_destroy(queue);
    liq_line_ring_destroy(ring);
    broker_end(&server);
    (void)puts("tsan_nats: ok");
    return 0;
}
