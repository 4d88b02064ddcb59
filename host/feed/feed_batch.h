/*
 * Events of one read of one source, with all that their texts point to. A batch goes from its
 * reader through the queue to the engine and back to be filled again, so that a steady stream takes
 * no memory.
 */
#ifndef LIQ_FEED_BATCH_H
#define LIQ_FEED_BATCH_H

#include <liqscan/status.h>

#include "feed/feed_event.h"

enum {
    LIQ_FEED_READ_BYTES = 64 * 1024,       /* room for bytes that a new batch has */
    LIQ_FEED_BATCH_KEPT_BYTES = 512 * 1024 /* one that grew past this is not filled again */
};

typedef struct liq_feed_chunk liq_feed_chunk;

typedef struct liq_feed_batch {
    struct liq_feed_batch *next; /* for whoever has it: queue, reader or engine */
    uint32_t source;             /* index in the configuration */
    uint32_t event_count;
    liq_feed_event *events;
    char *bytes; /* lines as they came, unless they live elsewhere as long as the batch does */
    size_t byte_count;
    uint64_t arrived_ns; /* liq_clock_ns when the first byte of it was read */
    void *token;         /* of the reader: what `done` needs */
    /* Called by liq_feed_queue_done when all of it is applied and durable; NULL: nobody asks. */
    void (*done)(struct liq_feed_batch *batch);
    bool is_end; /* the source has ended: nothing comes behind these events */
    size_t byte_capacity;
    size_t event_capacity;
    liq_feed_chunk *chunks; /* memory for texts, the one in use first */
    size_t chunk_bytes;
} liq_feed_batch;

/** Create an empty batch with LIQ_FEED_READ_BYTES of room. Destroy takes NULL. */
LIQ_MUST_USE liq_status liq_feed_batch_create(liq_feed_batch **out, liq_error *err);
void liq_feed_batch_destroy(liq_feed_batch *batch);

/** Empty it; memory stays for the next use. */
void liq_feed_batch_clear(liq_feed_batch *batch);

/** Make room for at least so many bytes in all. They may move: only before an event is added. */
LIQ_MUST_USE liq_status liq_feed_batch_room(liq_feed_batch *batch, size_t bytes, liq_error *err);

/** Add a zeroed event, lent until the next is added. */
LIQ_MUST_USE liq_status liq_feed_batch_add(liq_feed_batch *batch, liq_feed_event **out,
                                           liq_error *err);

/** Memory that lives as long as the events, for any type. @return NULL when there is none */
void *liq_feed_batch_take(liq_feed_batch *batch, size_t bytes);

/** Of `bytes` that were taken keep the first `kept`; nothing happens unless they were taken last.
 */
void liq_feed_batch_trim(liq_feed_batch *batch, const void *taken, size_t bytes, size_t kept);

/** Bytes of memory that it has taken: what counts against the bound of a queue. */
size_t liq_feed_batch_memory(const liq_feed_batch *batch);

#endif
