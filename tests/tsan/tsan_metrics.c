/*
 * Threads count, set and observe while another writes the text: no update is lost, and a
 * histogram's count is at no time less than it was.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "outlet/serve_metrics.h"

enum { ROUNDS = 50000, WRITERS = 3, TEXT_BYTES = 65536 };

static const char *const sources[] = {"one", "two", "three"};
static liq_metrics *metrics;
static _Atomic int done;

static void *update(void *index);
static void *look(void *unused);
static uint64_t number_behind(const char *text, const char *line);

int main(void)
{
    static uint32_t indices[WRITERS] = {0, 1, 2};
    static char text[TEXT_BYTES];
    pthread_t writers[WRITERS];
    pthread_t reader;

    LIQ_ASSERT(liq_serve_metrics_create(
                   &metrics,
                   &(liq_serve_names){.sources = sources, .source_count = WRITERS, .version = "1"},
                   NULL) == LIQ_OK);
    LIQ_ASSERT(pthread_create(&reader, NULL, look, NULL) == 0);
    for (int i = 0; i < WRITERS; i++)
        LIQ_ASSERT(pthread_create(&writers[i], NULL, update, &indices[i]) == 0);
    for (int i = 0; i < WRITERS; i++)
        LIQ_ASSERT(pthread_join(writers[i], NULL) == 0);
    atomic_store(&done, 1);
    LIQ_ASSERT(pthread_join(reader, NULL) == 0);
    LIQ_ASSERT(liq_metrics_text(metrics, text, sizeof text - 1) < sizeof text);
    LIQ_ASSERT(number_behind(text, "\nliqscan_tick_seconds_count ") == ROUNDS * WRITERS);
    LIQ_ASSERT(number_behind(text, "\nliqscan_ticks_total ") == ROUNDS * WRITERS);
    LIQ_ASSERT(number_behind(text, "\nliqscan_snapshots_total ") == ROUNDS);
    LIQ_ASSERT(number_behind(text, "\nliqscan_events_total{source=\"two\"} ") == 2 * ROUNDS);
    liq_metrics_destroy(metrics);
    (void)puts("tsan_metrics: ok");
    return 0;
}

static void *update(void *index)
{
    const uint32_t series = *(const uint32_t *)index;

    for (uint64_t i = 1; i <= ROUNDS; i++) {
        liq_metrics_add(metrics, LIQ_SERVE_TICKS, 0, 1);
        liq_metrics_add(metrics, LIQ_SERVE_EVENTS, series, 2);
        liq_metrics_raise(metrics, LIQ_SERVE_SNAPSHOTS, 0, i);
        liq_metrics_set(metrics, LIQ_SERVE_ACCOUNTS, 0, (double)i);
        liq_metrics_observe_ns(metrics, LIQ_SERVE_TICK, 0, i * 1000);
    }
    return NULL;
}

static void *look(void *unused)
{
    uint64_t before = 0;

    (void)unused;
    while (atomic_load(&done) == 0) {
        char *text = NULL;
        size_t bytes = 0;
        uint64_t count;

        LIQ_ASSERT(liq_metrics_text_make(metrics, &text, &bytes, NULL) == LIQ_OK);
        text[bytes - 1] = '\0';
        count = number_behind(text, "\nliqscan_tick_seconds_count ");
        LIQ_ASSERT(count >= before);
        before = count;
        free(text);
    }
    return NULL;
}

static uint64_t number_behind(const char *text, const char *line)
{
    const char *at = strstr(text, line);
    unsigned long long number = 0;

    LIQ_ASSERT(at != NULL && sscanf(at + strlen(line), "%llu", &number) == 1);
    return number;
}
