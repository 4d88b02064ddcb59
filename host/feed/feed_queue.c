/*
 * The popping thread sleeps in poll on an eventfd rather than on a condition, because only that can
 * be woken from a signal handler. A push writes to it only when somebody sleeps.
 */
#include "feed/feed_queue.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fail.h"
#include "base/memory.h"

typedef struct listener {
    void (*tell)(void *context);
    void *context;
} listener;

struct liq_feed_queue {
    pthread_mutex_t mutex;
    pthread_cond_t room;     /* for those who wait in push */
    pthread_mutex_t telling; /* for the listeners; never inside the other */
    liq_feed_batch *first;
    liq_feed_batch **last; /* where the next batch is hung */
    liq_feed_batch *blanks;
    size_t blank_bytes;
    size_t bytes;
    size_t bytes_max;
    uint64_t batches;
    uint64_t events;
    uint64_t waits;
    listener listeners[LIQ_FEED_LISTENERS_MAX];
    uint32_t listener_count;
    bool is_closed;
    bool is_wanted;    /* somebody found no room and has not been told of any since */
    bool is_asleep;    /* the popping thread is, or is about to be */
    atomic_bool woken; /* by liq_feed_queue_wake */
    int event;         /* descriptor */
};

static bool fits(const liq_feed_queue *queue, const liq_feed_batch *batch);
static void append(liq_feed_queue *queue, liq_feed_batch *batch);
static liq_feed_batch *take(liq_feed_queue *queue, bool *is_closed);
static void room_tell(liq_feed_queue *queue);
static void event_write(int event);
static void event_wait(int event, uint64_t wait_ns);
static void list_destroy(liq_feed_batch *batch);

liq_status liq_feed_queue_create(liq_feed_queue **out, size_t bytes_max, liq_error *err)
{
    void *block = NULL;
    liq_feed_queue *queue;
    const liq_status status = liq_memory_array(&block, 1, sizeof *queue, err);

    LIQ_ASSERT(bytes_max > 0);
    if (status != LIQ_OK)
        return status;
    queue = block;
    queue->event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (queue->event < 0) {
        free(queue);
        return liq_fail(err, LIQ_IO, errno, "no eventfd for the queue of the feeds: %s",
                        strerror(errno));
    }
    LIQ_ASSERT(pthread_mutex_init(&queue->mutex, NULL) == 0);
    LIQ_ASSERT(pthread_mutex_init(&queue->telling, NULL) == 0);
    LIQ_ASSERT(pthread_cond_init(&queue->room, NULL) == 0);
    atomic_init(&queue->woken, false);
    queue->last = &queue->first;
    queue->bytes_max = bytes_max;
    *out = queue;
    return LIQ_OK;
}

void liq_feed_queue_destroy(liq_feed_queue *queue)
{
    if (queue == NULL)
        return;
    list_destroy(queue->first);
    list_destroy(queue->blanks);
    LIQ_ASSERT(pthread_cond_destroy(&queue->room) == 0);
    LIQ_ASSERT(pthread_mutex_destroy(&queue->telling) == 0);
    LIQ_ASSERT(pthread_mutex_destroy(&queue->mutex) == 0);
    (void)close(queue->event);
    free(queue);
}

liq_status liq_feed_queue_blank(liq_feed_queue *queue, liq_feed_batch **out, liq_error *err)
{
    liq_feed_batch *batch;

    LIQ_ASSERT(pthread_mutex_lock(&queue->mutex) == 0);
    batch = queue->blanks;
    if (batch != NULL) {
        queue->blanks = batch->next;
        queue->blank_bytes -= liq_feed_batch_memory(batch);
        batch->next = NULL;
    }
    LIQ_ASSERT(pthread_mutex_unlock(&queue->mutex) == 0);
    if (batch == NULL)
        return liq_feed_batch_create(out, err);
    *out = batch;
    return LIQ_OK;
}

void liq_feed_queue_drop(liq_feed_queue *queue, liq_feed_batch *batch)
{
    bool is_kept;

    if (batch == NULL)
        return;
    liq_feed_batch_clear(batch);
    LIQ_ASSERT(pthread_mutex_lock(&queue->mutex) == 0);
    is_kept = liq_feed_batch_memory(batch) <= LIQ_FEED_BATCH_KEPT_BYTES &&
              queue->blank_bytes + liq_feed_batch_memory(batch) <= queue->bytes_max;
    if (is_kept) {
        batch->next = queue->blanks;
        queue->blanks = batch;
        queue->blank_bytes += liq_feed_batch_memory(batch);
    }
    LIQ_ASSERT(pthread_mutex_unlock(&queue->mutex) == 0);
    if (!is_kept)
        liq_feed_batch_destroy(batch);
}

bool liq_feed_queue_push(liq_feed_queue *queue, liq_feed_batch *batch)
{
    bool has_waited = false;
    bool is_taken;

    LIQ_ASSERT(pthread_mutex_lock(&queue->mutex) == 0);
    while (!queue->is_closed && !fits(queue, batch)) {
        queue->waits += !has_waited;
        queue->is_wanted = has_waited = true;
        LIQ_ASSERT(pthread_cond_wait(&queue->room, &queue->mutex) == 0);
    }
    is_taken = !queue->is_closed;
    if (is_taken)
        append(queue, batch);
    LIQ_ASSERT(pthread_mutex_unlock(&queue->mutex) == 0);
    return is_taken;
}

liq_feed_pushed liq_feed_queue_try_push(liq_feed_queue *queue, liq_feed_batch *batch)
{
    liq_feed_pushed pushed = LIQ_FEED_PUSHED;

    LIQ_ASSERT(pthread_mutex_lock(&queue->mutex) == 0);
    if (queue->is_closed) {
        pushed = LIQ_FEED_CLOSED;
    } else if (!fits(queue, batch)) {
        pushed = LIQ_FEED_FULL;
        queue->waits++;
        queue->is_wanted = true;
    } else {
        append(queue, batch);
    }
    LIQ_ASSERT(pthread_mutex_unlock(&queue->mutex) == 0);
    return pushed;
}

void liq_feed_queue_on_room(liq_feed_queue *queue, void (*tell)(void *context), void *context)
{
    LIQ_ASSERT(pthread_mutex_lock(&queue->telling) == 0);
    LIQ_ASSERT(queue->listener_count < LIQ_FEED_LISTENERS_MAX);
    queue->listeners[queue->listener_count++] = (listener){tell, context};
    LIQ_ASSERT(pthread_mutex_unlock(&queue->telling) == 0);
}

void liq_feed_queue_off_room(liq_feed_queue *queue, const void *context)
{
    uint32_t kept = 0;

    LIQ_ASSERT(pthread_mutex_lock(&queue->telling) == 0);
    for (uint32_t i = 0; i < queue->listener_count; i++)
        if (queue->listeners[i].context != context)
            queue->listeners[kept++] = queue->listeners[i];
    queue->listener_count = kept;
    LIQ_ASSERT(pthread_mutex_unlock(&queue->telling) == 0);
}

liq_feed_batch *liq_feed_queue_pop(liq_feed_queue *queue, int64_t wait_ns)
{
    const uint64_t start_ns = liq_clock_ns();
    const uint64_t wait = wait_ns > 0 ? (uint64_t)wait_ns : 0;

    for (;;) {
        bool is_closed = false;
        liq_feed_batch *const batch = take(queue, &is_closed);
        uint64_t waited;

        if (batch != NULL)
            return batch;
        waited = liq_clock_ns() - start_ns;
        if (atomic_exchange(&queue->woken, false) || is_closed || waited >= wait)
            return NULL;
        event_wait(queue->event, wait - waited);
    }
}

void liq_feed_queue_done(liq_feed_queue *queue, liq_feed_batch *batch)
{
    if (batch->done != NULL)
        batch->done(batch);
    liq_feed_queue_drop(queue, batch);
}

void liq_feed_queue_close(liq_feed_queue *queue)
{
    LIQ_ASSERT(pthread_mutex_lock(&queue->mutex) == 0);
    queue->is_closed = true;
    LIQ_ASSERT(pthread_cond_broadcast(&queue->room) == 0);
    LIQ_ASSERT(pthread_mutex_unlock(&queue->mutex) == 0);
    event_write(queue->event);
    room_tell(queue); /* readers find out that it is closed */
}

void liq_feed_queue_wake(liq_feed_queue *queue)
{
    const int before = errno; /* of what a signal handler interrupts */

    atomic_store(&queue->woken, true);
    event_write(queue->event);
    errno = before;
}

void liq_feed_queue_facts_read(liq_feed_queue *queue, liq_feed_queue_facts *out)
{
    LIQ_ASSERT(pthread_mutex_lock(&queue->mutex) == 0);
    *out = (liq_feed_queue_facts){.bytes = queue->bytes,
                                  .bytes_max = queue->bytes_max,
                                  .batches = queue->batches,
                                  .events = queue->events,
                                  .waits = queue->waits};
    if (queue->first != NULL)
        out->oldest_arrived_ns = queue->first->arrived_ns;
    LIQ_ASSERT(pthread_mutex_unlock(&queue->mutex) == 0);
}

static bool fits(const liq_feed_queue *queue, const liq_feed_batch *batch)
{
    return queue->first == NULL || queue->bytes + liq_feed_batch_memory(batch) <= queue->bytes_max;
}

/* Locked. */
static void append(liq_feed_queue *queue, liq_feed_batch *batch)
{
    const bool is_asleep = queue->is_asleep;

    batch->next = NULL;
    *queue->last = batch;
    queue->last = &batch->next;
    queue->bytes += liq_feed_batch_memory(batch);
    queue->batches++;
    queue->events += batch->event_count;
    queue->is_asleep = false;
    if (is_asleep)
        event_write(queue->event);
}

/* Take the first batch, or note that the caller is going to sleep. */
static liq_feed_batch *take(liq_feed_queue *queue, bool *is_closed)
{
    liq_feed_batch *batch;
    bool has_room = false;

    LIQ_ASSERT(pthread_mutex_lock(&queue->mutex) == 0);
    batch = queue->first;
    *is_closed = queue->is_closed;
    queue->is_asleep = batch == NULL;
    if (batch != NULL) {
        queue->first = batch->next;
        if (queue->first == NULL)
            queue->last = &queue->first;
        batch->next = NULL;
        queue->bytes -= liq_feed_batch_memory(batch);
        queue->batches--;
        queue->events -= batch->event_count;
        /* Half of it, so that those who wait fill it in one go and not batch by batch. */
        has_room = queue->is_wanted && queue->bytes <= queue->bytes_max / 2;
        queue->is_wanted = queue->is_wanted && !has_room;
    }
    if (has_room)
        LIQ_ASSERT(pthread_cond_broadcast(&queue->room) == 0);
    LIQ_ASSERT(pthread_mutex_unlock(&queue->mutex) == 0);
    if (has_room)
        room_tell(queue);
    return batch;
}

static void room_tell(liq_feed_queue *queue)
{
    LIQ_ASSERT(pthread_mutex_lock(&queue->telling) == 0);
    for (uint32_t i = 0; i < queue->listener_count; i++)
        queue->listeners[i].tell(queue->listeners[i].context);
    LIQ_ASSERT(pthread_mutex_unlock(&queue->telling) == 0);
}

static void event_write(int event)
{
    const uint64_t one = 1;

    (void)!write(event, &one, sizeof one); /* fails only when it is set to the brim already */
}

static void event_wait(int event, uint64_t wait_ns)
{
    struct pollfd entry = {.fd = event, .events = POLLIN};
    const struct timespec timeout = {.tv_sec = (time_t)(wait_ns / 1000000000),
                                     .tv_nsec = (long)(wait_ns % 1000000000)};
    uint64_t count;

    if (ppoll(&entry, 1, &timeout, NULL) > 0)
        (void)!read(event, &count, sizeof count);
}

static void list_destroy(liq_feed_batch *batch)
{
    while (batch != NULL) {
        liq_feed_batch *const next = batch->next;

        liq_feed_batch_destroy(batch);
        batch = next;
    }
}
