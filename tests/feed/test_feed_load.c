/*
 * Whole ways through a real socket under load: senders on threads of their own, the test is the
 * engine. Whatever connections do, each event is applied once and in its order.
 */
#include <criterion/criterion.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/support_random.h"
#include "feed/feed_message.h"
#include "feed/feed_order.h"
#include "feed/feed_socket.h"
#include "wire/support_client.h"

enum { SOURCES = 3, EVENTS = 60000, BAD_EVERY = 1000, STORM_EVENTS = 20000, CHUNK = 8192 };

static const int64_t patience = 10LL * 1000000000;
static const char *const sources[SOURCES] = {"orders", "marks", "balances"};

static const char *path;
static liq_feed_queue *queue;
static liq_feed_socket *server;
static liq_feed_order *orders[SOURCES];
static uint64_t bad_count[SOURCES];
static uint64_t repeats;

static void setup(void)
{
    const liq_feed_socket_options options = {
        .sources = sources, .source_count = SOURCES, .path = path = client_folder_make()};
    const liq_feed_order_limits limits = {100, 100000, 1000};

    cr_assert(liq_feed_queue_create(&queue, 2 * 1024 * 1024, NULL) == LIQ_OK);
    cr_assert(liq_feed_socket_start(&server, queue, &options, NULL) == LIQ_OK);
    for (int i = 0; i < SOURCES; i++)
        cr_assert(liq_feed_order_create(&orders[i], &limits, NULL) == LIQ_OK);
}

static void teardown(void)
{
    liq_feed_queue_close(queue);
    liq_feed_socket_stop(server, 0);
    liq_feed_queue_destroy(queue);
    for (int i = 0; i < SOURCES; i++)
        liq_feed_order_destroy(orders[i]);
    client_folder_remove();
}

TestSuite(feed_load, .init = setup, .fini = teardown);

static bool is_bad(uint64_t seq)
{
    return seq % BAD_EVERY == 0;
}

/* A position of 132 bytes; one in a thousand is broken behind its number. */
static size_t event_write(char *out, uint64_t seq)
{
    return (size_t)sprintf(out,
                           "{\"type\":\"position\",\"seq\":%07llu,\"account\":\"acc%07llu\","
                           "\"symbol\":\"BTCUSDT\",\"side\":\"long\",\"contracts\":%s,"
                           "\"entryPrice\":\"50000.1\"}\n",
                           (unsigned long long)seq + 1000000, (unsigned long long)seq % 5000,
                           is_bad(seq) ? "0.001" : "\"0.001\"");
}

/* Numbers are written from 1,000,001 on, so that all lines are equally long. */
static uint64_t seq_of(const liq_feed_event *event)
{
    return event->seq - 1000000;
}

/* Apply a batch as the engine would. */
static void apply(liq_feed_batch *batch)
{
    for (uint32_t i = 0; i < batch->event_count; i++) {
        liq_feed_event event = batch->events[i];
        liq_feed_gap gap;
        liq_feed_verdict verdict;

        event.seq = seq_of(&event);
        verdict = liq_feed_order_take(orders[batch->source], &event, 0, &gap);
        cr_assert(verdict == LIQ_FEED_APPLY || verdict == LIQ_FEED_REPEAT, "%d", verdict);
        cr_assert((event.kind == LIQ_FEED_BAD) == is_bad(event.seq));
        cr_assert(event.kind == LIQ_FEED_BAD || event.kind == LIQ_FEED_POSITION);
        cr_assert(event.account != NULL);
        if (verdict == LIQ_FEED_REPEAT)
            repeats++;
        else
            bad_count[batch->source] += event.kind == LIQ_FEED_BAD;
    }
    liq_feed_queue_done(queue, batch);
}

/* Pop until all sources have been applied up to `last`, and acknowledge. */
static void run_engine(uint32_t source_count, uint64_t last)
{
    uint32_t done = 0;

    while (done < source_count) {
        liq_feed_batch *const batch = liq_feed_queue_pop(queue, patience);
        const uint32_t source = batch == NULL ? 0 : batch->source;

        cr_assert(batch != NULL, "nothing comes");
        apply(batch);
        liq_feed_socket_acknowledge(server, source, liq_feed_order_last(orders[source]));
        done = 0;
        for (uint32_t i = 0; i < source_count; i++)
            done += liq_feed_order_last(orders[i]) == last;
    }
}

/* Sends all events of a source over one connection, in pieces that do not end with lines. */
static void *send_all(void *of)
{
    const char *const name = of;
    static _Thread_local client caller;
    char piece[CHUNK + 256];
    size_t used;

    client_open(&caller, path);
    used = (size_t)sprintf(piece, "{\"source\":\"%s\"}\n", name);
    for (uint64_t seq = 1; seq <= EVENTS; seq++) {
        used += event_write(piece + used, seq);
        if (used >= CHUNK) {
            client_send_bytes(&caller, piece, CHUNK);
            used -= CHUNK;
            memmove(piece, piece + CHUNK, used);
        }
    }
    client_send_bytes(&caller, piece, used);
    client_close(&caller);
    return NULL;
}

Test(feed_load, takes_several_sources_at_once_with_broken_events_among_them)
{
    static client lazy;
    pthread_t threads[SOURCES];

    client_open(&lazy, path); /* says nothing and reads nothing */
    for (int i = 0; i < SOURCES; i++)
        cr_assert(pthread_create(&threads[i], NULL, send_all, (void *)(uintptr_t)sources[i]) == 0);
    run_engine(SOURCES, EVENTS);
    for (int i = 0; i < SOURCES; i++) {
        cr_assert(pthread_join(threads[i], NULL) == 0);
        cr_expect(bad_count[i] == EVENTS / BAD_EVERY);
    }
    cr_expect(repeats == 0);
    client_close(&lazy);
}

/* Sends a source until all is acknowledged, over connections that end whenever they like. */
static void *send_in_storms(void *of)
{
    static _Thread_local client caller;
    random_source random = {.state = (uintptr_t)of};
    uint64_t applied = 0;
    uint64_t connections = 0;

    while (applied < STORM_EVENTS) {
        const uint64_t stop_after = random_below(&random, 3000);
        uint64_t from;
        char line[256];
        const char *answer;

        client_open(&caller, path);
        connections++;
        (void)send(caller.descriptor, "{\"source\":\"orders\"}\n", 20, MSG_NOSIGNAL);
        answer = client_line(&caller);
        if (answer != NULL && strstr(answer, "applied") != NULL)
            applied = strtoull(strrchr(answer, ':') + 1, NULL, 10);
        from = applied - (applied % BAD_EVERY < 3 ? 0 : 2); /* who is not sure says it again */
        for (uint64_t i = 1; i <= stop_after && from + i <= STORM_EVENTS; i++) {
            size_t bytes = event_write(line, from + i);

            if (i == stop_after) /* the last one is torn */
                bytes = random_below(&random, bytes);
            if (send(caller.descriptor, line, bytes, MSG_NOSIGNAL) != (ssize_t)bytes)
                break; /* somebody took over */
        }
        client_close(&caller);
    }
    return (void *)(uintptr_t)connections;
}

Test(feed_load, applies_each_event_once_through_storms_of_connections)
{
    pthread_t threads[2]; /* two programs that both believe to be the source */
    void *connections[2];

    cr_assert(pthread_create(&threads[0], NULL, send_in_storms, (void *)(uintptr_t)12345) == 0);
    cr_assert(pthread_create(&threads[1], NULL, send_in_storms, (void *)(uintptr_t)67890) == 0);
    run_engine(1, STORM_EVENTS);
    for (int i = 0; i < 2; i++) {
        cr_assert(pthread_join(threads[i], &connections[i]) == 0);
        cr_expect((uintptr_t)connections[i] > 1);
    }
    for (liq_feed_batch *batch; (batch = liq_feed_queue_pop(queue, 0)) != NULL;)
        apply(batch);
    cr_expect(liq_feed_order_last(orders[0]) == STORM_EVENTS);
    cr_expect(bad_count[0] == STORM_EVENTS / BAD_EVERY, "%lu", (unsigned long)bad_count[0]);
    cr_expect(repeats > 0);
}

static void *send_long_line(void *unused)
{
    static client caller;
    static char piece[1 << 20];
    char line[256];

    (void)unused;
    memset(piece, 'x', sizeof piece);
    client_open(&caller, path);
    client_send(&caller, "{\"source\":\"orders\"}\n");
    client_send(&caller, "{\"seq\":1000001,\"account\":\"a\",\"type\":\"");
    for (int i = 0; i < 100; i++)
        client_send_bytes(&caller, piece, sizeof piece);
    client_send(&caller, "\"}\n");
    client_send_bytes(&caller, line, event_write(line, 2));
    client_close(&caller);
    return NULL;
}

Test(feed_load, refuses_a_line_of_100_megabytes_once_and_keeps_little_of_it)
{
    pthread_t thread;
    liq_feed_batch *batch;
    struct rusage before;
    struct rusage after;

    cr_assert(getrusage(RUSAGE_SELF, &before) == 0);
    cr_assert(pthread_create(&thread, NULL, send_long_line, NULL) == 0);
    batch = liq_feed_queue_pop(queue, patience);
    cr_assert(batch != NULL && batch->event_count == 1);
    cr_expect(batch->events[0].kind == LIQ_FEED_BAD && batch->events[0].is_cut);
    cr_expect(batch->events[0].seq == 1000001);
    cr_expect_str_eq(batch->events[0].account, "a");
    liq_feed_queue_done(queue, batch);
    batch = liq_feed_queue_pop(queue, patience);
    cr_assert(batch != NULL && batch->event_count == 1);
    cr_expect(batch->events[0].kind == LIQ_FEED_POSITION && batch->events[0].seq == 1000002);
    liq_feed_queue_done(queue, batch);
    cr_assert(pthread_join(thread, NULL) == 0);
    cr_assert(getrusage(RUSAGE_SELF, &after) == 0);
    cr_expect(after.ru_maxrss - before.ru_maxrss < 64 * 1024, "%ld KiB more",
              after.ru_maxrss - before.ru_maxrss);
}
