/*
 * The one way from readers to the engine: batches in the order in which they were pushed, bounded
 * by the memory that they take. Several threads push, one pops. When it is full, readers wait and
 * stop reading; what a reader cannot hand over stays in the socket or the broker. Each push waits
 * for its turn only for room, so that reads get larger while the engine is behind, and fewer.
 */
#ifndef LIQ_FEED_QUEUE_H
#define LIQ_FEED_QUEUE_H

#include <liqscan/status.h>

#include "feed/feed_batch.h"

typedef struct liq_feed_queue liq_feed_queue;

enum { LIQ_FEED_LISTENERS_MAX = 8 };

typedef enum liq_feed_pushed {
    LIQ_FEED_PUSHED = 0, /* the batch is the queue's */
    LIQ_FEED_FULL = 1,   /* it stays the caller's, who is told when there is room */
    LIQ_FEED_CLOSED = 2  /* it stays the caller's */
} liq_feed_pushed;

typedef struct liq_feed_queue_facts {
    size_t bytes; /* memory of the batches that wait */
    size_t bytes_max;
    uint64_t batches;           /* that wait */
    uint64_t events;            /* in them */
    uint64_t waits;             /* times that a reader found no room, since the start */
    uint64_t oldest_arrived_ns; /* liq_clock_ns of the batch to come next; 0: none waits */
} liq_feed_queue_facts;

/**
 * @param bytes_max  at least 1; a batch that is larger by itself is taken when no other waits
 * @return LIQ_OK, LIQ_OUT_OF_MEMORY or LIQ_IO. Destroy takes NULL; nobody may use it any more
 */
LIQ_MUST_USE liq_status liq_feed_queue_create(liq_feed_queue **out, size_t bytes_max,
                                              liq_error *err);
void liq_feed_queue_destroy(liq_feed_queue *queue);

/** An empty batch to fill, one that came back or a new one. */
LIQ_MUST_USE liq_status liq_feed_queue_blank(liq_feed_queue *queue, liq_feed_batch **out,
                                             liq_error *err);

/** Give back a batch that nobody will apply, without `done`. Takes NULL. */
void liq_feed_queue_drop(liq_feed_queue *queue, liq_feed_batch *batch);

/** Push, and wait for room as long as it takes. @return false: closed, and the batch stays the
 * caller's */
bool liq_feed_queue_push(liq_feed_queue *queue, liq_feed_batch *batch);

/** Push if there is room; never waits. */
liq_feed_pushed liq_feed_queue_try_push(liq_feed_queue *queue, liq_feed_batch *batch);

/**
 * Be told when there is room again, after a try_push that found none, and when it is closed.
 * @param tell  called by the thread that pops; must not block
 */
void liq_feed_queue_on_room(liq_feed_queue *queue, void (*tell)(void *context), void *context);

/** Be told no more: when this returns, nobody calls with that context. */
void liq_feed_queue_off_room(liq_feed_queue *queue, const void *context);

/**
 * The next batch, which is the caller's until it gives it back with liq_feed_queue_done.
 * @param wait_ns  how long to wait for one, 0: not at all
 * @return NULL: none came in time, or the queue was woken, or it is closed and empty
 */
liq_feed_batch *liq_feed_queue_pop(liq_feed_queue *queue, int64_t wait_ns);

/** All of a popped batch is applied and durable: call its `done`, and keep it for another use. */
void liq_feed_queue_done(liq_feed_queue *queue, liq_feed_batch *batch);

/** From now on nothing can be pushed; what is in it can still be popped. */
void liq_feed_queue_close(liq_feed_queue *queue);

/** Have the pop that waits, or the next one that would wait, return NULL. Safe in a signal handler.
 */
void liq_feed_queue_wake(liq_feed_queue *queue);

/** Any thread. */
void liq_feed_queue_facts_read(liq_feed_queue *queue, liq_feed_queue_facts *out);

#endif
