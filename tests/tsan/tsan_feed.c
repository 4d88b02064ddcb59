/*
 * Four readers push into a small queue, one engine pops, a fifth thread wakes it and reads its
 * facts: every batch arrives once, and those of one reader in their order.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "base/fail.h"
#include "feed/feed_queue.h"

enum { READERS = 4, BATCHES = 3000, QUEUE_BYTES = 1024 * 1024 };

typedef struct reader {
    pthread_t thread;
    uint32_t source;
    uint32_t done; /* by the engine */
} reader;

static liq_feed_queue *queue;
static atomic_bool stopped;
static atomic_uint told;

static void *read_all(void *of);
static void *disturb(void *unused);
static void tell(void *unused);
static void done(liq_feed_batch *batch);

int main(void)
{
    reader readers[READERS] = {0};
    pthread_t disturber;
    uint32_t popped = 0;

    LIQ_ASSERT(liq_feed_queue_create(&queue, QUEUE_BYTES, NULL) == LIQ_OK);
    liq_feed_queue_on_room(queue, tell, NULL);
    for (uint32_t i = 0; i < READERS; i++) {
        readers[i].source = i;
        LIQ_ASSERT(pthread_create(&readers[i].thread, NULL, read_all, &readers[i]) == 0);
    }
    LIQ_ASSERT(pthread_create(&disturber, NULL, disturb, NULL) == 0);
    while (popped < READERS * BATCHES) {
        liq_feed_batch *const batch = liq_feed_queue_pop(queue, 1000000);

        if (batch == NULL)
            continue;
        LIQ_ASSERT(batch->events[0].seq == readers[batch->source].done + 1);
        liq_feed_queue_done(queue, batch);
        popped++;
    }
    atomic_store(&stopped, true);
    for (uint32_t i = 0; i < READERS; i++)
        LIQ_ASSERT(pthread_join(readers[i].thread, NULL) == 0 && readers[i].done == BATCHES);
    LIQ_ASSERT(pthread_join(disturber, NULL) == 0);
    liq_feed_queue_destroy(queue);
    (void)printf("tsan_feed: ok, told of room %u times\n", atomic_load(&told));
    return 0;
}

/* Odd readers wait for room, even ones ask again. */
static void *read_all(void *of)
{
    reader *const self = of;

    for (uint32_t i = 0; i < BATCHES; i++) {
        liq_feed_batch *batch;
        liq_feed_event *event;

        LIQ_ASSERT(liq_feed_queue_blank(queue, &batch, NULL) == LIQ_OK);
        LIQ_ASSERT(liq_feed_batch_add(batch, &event, NULL) == LIQ_OK);
        event->seq = i + 1;
        batch->source = self->source;
        batch->token = self;
        batch->done = done;
        if (self->source % 2 == 1)
            LIQ_ASSERT(liq_feed_queue_push(queue, batch));
        else
            while (liq_feed_queue_try_push(queue, batch) != LIQ_FEED_PUSHED)
                (void)sched_yield();
    }
    return NULL;
}

static void *disturb(void *unused)
{
    liq_feed_queue_facts facts;

    (void)unused;
    while (!atomic_load(&stopped)) {
        liq_feed_queue_wake(queue);
        liq_feed_queue_facts_read(queue, &facts);
        LIQ_ASSERT(facts.bytes <= QUEUE_BYTES);
        (void)sched_yield();
    }
    return NULL;
}

static void tell(void *unused)
{
    (void)unused;
    atomic_fetch_add(&told, 1);
}

static void done(liq_feed_batch *batch)
{
    ((reader *)batch->token)->done++;
}
