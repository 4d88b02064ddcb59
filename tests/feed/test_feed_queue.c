/*
 * The queue in one thread, then with threads that wait. What threads may see of each other is
 * checked by tests/tsan/tsan_feed.c.
 */
#include <criterion/criterion.h>

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "base/clock.h"
#include "feed/feed_queue.h"

enum { SECOND = 1000000000, BATCH_BYTES = 2 * LIQ_FEED_READ_BYTES };

static liq_feed_queue *queue_make(size_t bytes_max)
{
    liq_feed_queue *queue = NULL;

    cr_assert(liq_feed_queue_create(&queue, bytes_max, NULL) == LIQ_OK);
    return queue;
}

static liq_feed_batch *batch_make(liq_feed_queue *queue, uint32_t source)
{
    liq_feed_batch *batch = NULL;
    liq_feed_event *event;

    cr_assert(liq_feed_queue_blank(queue, &batch, NULL) == LIQ_OK);
    cr_assert(batch->event_count == 0 && batch->source == 0 && batch->next == NULL);
    cr_assert(liq_feed_batch_add(batch, &event, NULL) == LIQ_OK);
    batch->source = source;
    batch->arrived_ns = 100 + source;
    return batch;
}

Test(feed_queue, gives_batches_in_order_and_uses_them_again)
{
    liq_feed_queue *queue = queue_make(16 * BATCH_BYTES);
    liq_feed_batch *first = batch_make(queue, 1);
    liq_feed_queue_facts facts;

    cr_expect(liq_feed_queue_pop(queue, 0) == NULL);
    cr_assert(liq_feed_queue_push(queue, first));
    cr_assert(liq_feed_queue_try_push(queue, batch_make(queue, 2)) == LIQ_FEED_PUSHED);
    liq_feed_queue_facts_read(queue, &facts);
    cr_expect(facts.batches == 2 && facts.events == 2 && facts.oldest_arrived_ns == 101);
    cr_expect(facts.bytes > 2 * LIQ_FEED_READ_BYTES && facts.bytes <= facts.bytes_max);
    cr_expect(liq_feed_queue_pop(queue, 0) == first);
    liq_feed_queue_done(queue, first);
    cr_expect(batch_make(queue, 3) == first);
    liq_feed_queue_drop(queue, first);
    liq_feed_queue_drop(queue, NULL);
    first = liq_feed_queue_pop(queue, SECOND);
    cr_assert(first != NULL && first->source == 2);
    liq_feed_queue_done(queue, first);
    liq_feed_queue_facts_read(queue, &facts);
    cr_expect(facts.batches == 0 && facts.bytes == 0 && facts.events == 0 && facts.waits == 0 &&
              facts.oldest_arrived_ns == 0);
    cr_assert(liq_feed_queue_push(queue, batch_make(queue, 4)));
    liq_feed_queue_destroy(queue);
    liq_feed_queue_destroy(NULL);
}

static uint32_t done_count;
static uint32_t told_count;

static void done_note(liq_feed_batch *batch)
{
    done_count += *(uint32_t *)batch->token;
}

static void told_note(void *context)
{
    told_count += *(uint32_t *)context;
}

Test(feed_queue, tells_the_reader_of_a_batch_that_it_is_done)
{
    liq_feed_queue *queue = queue_make(16 * BATCH_BYTES);
    liq_feed_batch *batch = batch_make(queue, 1);
    uint32_t five = 5;

    batch->token = &five;
    batch->done = done_note;
    liq_feed_queue_drop(queue, batch);
    cr_expect(done_count == 0);
    batch = batch_make(queue, 1);
    cr_expect(batch->done == NULL);
    batch->token = &five;
    batch->done = done_note;
    liq_feed_queue_done(queue, batch);
    cr_expect(done_count == 5);
    liq_feed_queue_destroy(queue);
}

Test(feed_queue, is_full_by_memory_and_tells_when_there_is_room)
{
    liq_feed_queue *queue = queue_make(4 * BATCH_BYTES);
    liq_feed_queue_facts facts;
    uint32_t one = 1;
    uint32_t pushed = 0;
    liq_feed_batch *batch;

    liq_feed_queue_on_room(queue, told_note, &one);
    while (liq_feed_queue_try_push(queue, batch = batch_make(queue, 1)) == LIQ_FEED_PUSHED)
        pushed++;
    cr_assert(pushed > 3 && pushed < 8, "%u", pushed);
    liq_feed_queue_facts_read(queue, &facts);
    cr_expect(facts.waits == 1 && facts.bytes <= facts.bytes_max && told_count == 0);
    for (uint32_t i = 0; i < pushed; i++) {
        liq_feed_queue_done(queue, liq_feed_queue_pop(queue, 0));
        cr_expect(told_count == (i + 1 >= (pushed + 1) / 2), "%u after %u", told_count, i);
    }
    cr_expect(liq_feed_queue_try_push(queue, batch) == LIQ_FEED_PUSHED);
    liq_feed_queue_destroy(queue);
}

Test(feed_queue, takes_a_batch_past_its_bound_when_it_is_empty)
{
    liq_feed_queue *queue = queue_make(1);
    liq_feed_batch *batch;

    cr_assert(liq_feed_queue_try_push(queue, batch_make(queue, 1)) == LIQ_FEED_PUSHED);
    batch = batch_make(queue, 2);
    cr_assert(liq_feed_queue_try_push(queue, batch) == LIQ_FEED_FULL);
    liq_feed_queue_done(queue, liq_feed_queue_pop(queue, 0));
    cr_assert(liq_feed_queue_try_push(queue, batch) == LIQ_FEED_PUSHED);
    liq_feed_queue_destroy(queue);
}

Test(feed_queue, gives_what_is_in_it_when_it_is_closed)
{
    liq_feed_queue *queue = queue_make(4 * BATCH_BYTES);
    liq_feed_batch *const late = batch_make(queue, 2);

    cr_assert(liq_feed_queue_push(queue, batch_make(queue, 1)));
    liq_feed_queue_close(queue);
    cr_expect(!liq_feed_queue_push(queue, late));
    cr_expect(liq_feed_queue_try_push(queue, late) == LIQ_FEED_CLOSED);
    liq_feed_queue_drop(queue, late);
    liq_feed_queue_done(queue, liq_feed_queue_pop(queue, SECOND));
    cr_expect(liq_feed_queue_pop(queue, 3600LL * SECOND) == NULL);
    liq_feed_queue_destroy(queue);
}

Test(feed_queue, waits_as_long_as_it_is_told_and_no_longer)
{
    liq_feed_queue *queue = queue_make(4 * BATCH_BYTES);
    const uint64_t start_ns = liq_clock_ns();

    cr_expect(liq_feed_queue_pop(queue, SECOND / 20) == NULL);
    cr_expect(liq_clock_ns() - start_ns >= SECOND / 20);
    cr_expect(liq_feed_queue_pop(queue, -5) == NULL);
    liq_feed_queue_wake(queue);
    cr_expect(liq_feed_queue_pop(queue, 3600LL * SECOND) == NULL);
    liq_feed_queue_wake(queue);
    cr_assert(liq_feed_queue_push(queue, batch_make(queue, 1)));
    liq_feed_queue_done(queue, liq_feed_queue_pop(queue, SECOND)); /* a batch comes first */
    cr_expect(liq_feed_queue_pop(queue, 3600LL * SECOND) == NULL);
    liq_feed_queue_destroy(queue);
}

static liq_feed_queue *of_signal;

static void wake_by_signal(int number)
{
    (void)number;
    liq_feed_queue_wake(of_signal);
}

Test(feed_queue, is_woken_by_a_signal)
{
    struct sigaction action = {.sa_handler = wake_by_signal, .sa_flags = SA_RESTART};

    of_signal = queue_make(4 * BATCH_BYTES);
    cr_assert(sigaction(SIGALRM, &action, NULL) == 0);
    (void)alarm(1);
    cr_expect(liq_feed_queue_pop(of_signal, 3600LL * SECOND) == NULL);
    liq_feed_queue_destroy(of_signal);
}

static void *push_two(void *context)
{
    liq_feed_queue *const queue = context;

    for (uint32_t i = 1; i <= 2; i++) {
        liq_feed_batch *const batch = batch_make(queue, i);

        if (!liq_feed_queue_push(queue, batch)) {
            liq_feed_queue_drop(queue, batch);
            return queue;
        }
    }
    return NULL;
}

static void wait_for_a_waiter(liq_feed_queue *queue)
{
    liq_feed_queue_facts facts = {.waits = 0};

    while (facts.waits == 0) {
        (void)usleep(1000);
        liq_feed_queue_facts_read(queue, &facts);
    }
}

Test(feed_queue, lets_a_push_wait_for_room)
{
    liq_feed_queue *queue = queue_make(1);
    pthread_t thread;
    void *result = queue;

    cr_assert(pthread_create(&thread, NULL, push_two, queue) == 0);
    wait_for_a_waiter(queue);
    for (uint32_t i = 1; i <= 2; i++) {
        liq_feed_batch *const batch = liq_feed_queue_pop(queue, 10LL * SECOND);

        cr_assert(batch != NULL && batch->source == i);
        liq_feed_queue_done(queue, batch);
    }
    cr_assert(pthread_join(thread, &result) == 0);
    cr_expect(result == NULL);
    liq_feed_queue_destroy(queue);
}

Test(feed_queue, ends_a_push_that_waits_when_it_is_closed)
{
    liq_feed_queue *queue = queue_make(1);
    pthread_t thread;
    void *result = NULL;

    cr_assert(pthread_create(&thread, NULL, push_two, queue) == 0);
    wait_for_a_waiter(queue);
    liq_feed_queue_close(queue);
    cr_assert(pthread_join(thread, &result) == 0);
    cr_expect(result == queue);
    liq_feed_queue_destroy(queue);
}

static void *push_later(void *context)
{
    (void)usleep(50000);
    cr_assert(liq_feed_queue_push(context, batch_make(context, 9)));
    return NULL;
}

Test(feed_queue, wakes_a_pop_that_waits_for_a_batch)
{
    liq_feed_queue *queue = queue_make(BATCH_BYTES);
    pthread_t thread;
    liq_feed_batch *batch;

    cr_assert(pthread_create(&thread, NULL, push_later, queue) == 0);
    batch = liq_feed_queue_pop(queue, 3600LL * SECOND);
    cr_assert(batch != NULL && batch->source == 9);
    liq_feed_queue_done(queue, batch);
    cr_assert(pthread_join(thread, NULL) == 0);
    liq_feed_queue_destroy(queue);
}
