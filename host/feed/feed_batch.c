#include "feed/feed_batch.h"

#include <stdlib.h>

#include "base/fail.h"
#include "base/memory.h"

enum { CHUNK_BYTES = 64 * 1024, ALIGNMENT = 8 };

struct liq_feed_chunk {
    liq_feed_chunk *next;
    size_t capacity;
    size_t used;
    char bytes[];
};

static liq_feed_chunk *chunk_add(liq_feed_batch *batch, size_t bytes);
static size_t aligned(size_t bytes);

liq_status liq_feed_batch_create(liq_feed_batch **out, liq_error *err)
{
    void *block = NULL;
    liq_feed_batch *batch;
    liq_status status = liq_memory_array(&block, 1, sizeof *batch, err);

    if (status != LIQ_OK)
        return status;
    batch = block;
    if ((status = liq_feed_batch_room(batch, LIQ_FEED_READ_BYTES, err)) != LIQ_OK) {
        liq_feed_batch_destroy(batch);
        return status;
    }
    *out = batch;
    return LIQ_OK;
}

void liq_feed_batch_destroy(liq_feed_batch *batch)
{
    if (batch == NULL)
        return;
    while (batch->chunks != NULL) {
        liq_feed_chunk *const next = batch->chunks->next;

        free(batch->chunks);
        batch->chunks = next;
    }
    free(batch->events);
    free(batch->bytes);
    free(batch);
}

void liq_feed_batch_clear(liq_feed_batch *batch)
{
    const liq_feed_batch kept = *batch;

    *batch = (liq_feed_batch){.events = kept.events,
                              .event_capacity = kept.event_capacity,
                              .bytes = kept.bytes,
                              .byte_capacity = kept.byte_capacity,
                              .chunks = kept.chunks,
                              .chunk_bytes = kept.chunk_bytes};
    /* One chunk is enough for most; the others went with a batch that was not like most. */
    while (batch->chunks != NULL && batch->chunks->next != NULL) {
        liq_feed_chunk *const first = batch->chunks;

        batch->chunks = first->next;
        batch->chunk_bytes -= first->capacity;
        free(first);
    }
    if (batch->chunks != NULL)
        batch->chunks->used = 0;
}

liq_status liq_feed_batch_room(liq_feed_batch *batch, size_t bytes, liq_error *err)
{
    void *block = batch->bytes;
    liq_status status;

    LIQ_ASSERT(batch->event_count == 0); /* whose texts point into the bytes */
    status = liq_memory_extend(&block, &batch->byte_capacity, bytes, 1, err);
    batch->bytes = block;
    return status;
}

liq_status liq_feed_batch_add(liq_feed_batch *batch, liq_feed_event **out, liq_error *err)
{
    void *events = batch->events;
    const liq_status status = liq_memory_extend(&events, &batch->event_capacity,
                                                (size_t)batch->event_count + 1, sizeof **out, err);

    batch->events = events;
    if (status != LIQ_OK)
        return status;
    *out = &batch->events[batch->event_count++];
    **out = (liq_feed_event){0};
    return LIQ_OK;
}

void *liq_feed_batch_take(liq_feed_batch *batch, size_t bytes)
{
    liq_feed_chunk *chunk = batch->chunks;
    void *taken;

    if (chunk == NULL || chunk->capacity - chunk->used < bytes)
        chunk = chunk_add(batch, bytes);
    if (chunk == NULL)
        return NULL;
    taken = chunk->bytes + chunk->used;
    chunk->used = aligned(chunk->used + bytes);
    return taken;
}

void liq_feed_batch_trim(liq_feed_batch *batch, const void *taken, size_t bytes, size_t kept)
{
    liq_feed_chunk *const chunk = batch->chunks;
    const char *const begin = taken;

    LIQ_ASSERT(kept <= bytes);
    if (chunk != NULL && begin + aligned(bytes) == chunk->bytes + chunk->used)
        chunk->used = aligned(chunk->used - aligned(bytes) + kept);
}

size_t liq_feed_batch_memory(const liq_feed_batch *batch)
{
    return sizeof *batch + batch->byte_capacity + batch->event_capacity * sizeof *batch->events +
           batch->chunk_bytes;
}

static liq_feed_chunk *chunk_add(liq_feed_batch *batch, size_t bytes)
{
    const size_t capacity = aligned(bytes > CHUNK_BYTES ? bytes : CHUNK_BYTES);
    liq_feed_chunk *const chunk = malloc(sizeof *chunk + capacity);

    if (chunk == NULL)
        return NULL;
    *chunk = (liq_feed_chunk){.next = batch->chunks, .capacity = capacity};
    batch->chunks = chunk;
    batch->chunk_bytes += capacity;
    return chunk;
}

static size_t aligned(size_t bytes)
{
    return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}
