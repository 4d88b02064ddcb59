#include "outlet/line_ring.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/memory.h"
#include "base/monitor.h"

enum { CHUNK_BYTES = 131072, CHUNK_LINES = 1024, CHUNKS_MIN = 2, READERS_MAX = 16 };

/* Lines one behind the other. What is below used is never written again while the chunk is in the
 * ring or somebody reads it, so that copying needs no lock. */
typedef struct chunk {
    uint64_t first_seq;
    uint32_t line_count;
    uint32_t used;
    uint32_t readers;
    bool is_out; /* no longer in the ring: whoever reads it last gives it back */
    uint32_t ends[CHUNK_LINES];
    char bytes[CHUNK_BYTES];
} chunk;

struct liq_line_ring {
    liq_monitor monitor;
    uint64_t last_seq;    /* written by the thread that adds */
    uint64_t older_reads; /* this and all below: inside the monitor */
    uint32_t readers;
    uint32_t head;        /* the oldest chunk of the window */
    uint32_t chunk_count; /* in the window */
    uint32_t chunks_max;
    uint32_t free_count;
    uint32_t watcher_count;
    int watchers[LIQ_LINE_RING_WATCHERS_MAX];
    chunk **window; /* circular */
    chunk **unused; /* as many more than the window has as can be read at once */
    chunk *chunks;
};

/* A piece of a chunk that is being read. */
typedef struct piece {
    chunk *chunk;
    uint32_t from;
    uint32_t to;
    uint64_t next;
} piece;

static liq_status tail_read(void *context, uint64_t seq, char *out, size_t room, size_t *bytes,
                            uint64_t *next, liq_error *err);
static chunk *window_at(const liq_line_ring *ring, uint32_t place);
static uint64_t first_seq(const liq_line_ring *ring);
static chunk *chunk_open(liq_line_ring *ring, size_t bytes);
static void oldest_drop(liq_line_ring *ring);
static bool piece_take(liq_line_ring *ring, uint64_t seq, size_t room, piece *out);
static void piece_give_back(liq_line_ring *ring, const piece *read);
static liq_status older_read(const liq_line_pull *older, uint64_t seq, char *out, size_t room,
                             size_t *bytes, uint64_t *next, liq_error *err);

liq_status liq_line_ring_create(liq_line_ring **out, size_t bytes_max, uint64_t last_seq,
                                liq_error *err)
{
    const size_t wanted = bytes_max / sizeof(chunk);
    liq_line_ring *ring = NULL;
    liq_status status;

    if ((status = liq_memory_array(&ring, 1, sizeof *ring, err)) != LIQ_OK)
        return status;
    liq_monitor_init(&ring->monitor);
    ring->last_seq = last_seq;
    ring->chunks_max = wanted < CHUNKS_MIN ? CHUNKS_MIN : (uint32_t)wanted;
    ring->free_count = ring->chunks_max + READERS_MAX;
    if ((status = liq_memory_array(&ring->window, ring->chunks_max, sizeof(chunk *), err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&ring->unused, ring->free_count, sizeof(chunk *), err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&ring->chunks, ring->free_count, sizeof(chunk), err)) != LIQ_OK)
        goto done;
    /* Who adds shall not wait for pages either. */
    liq_memory_touch(ring->chunks, ring->free_count * sizeof(chunk));
    for (uint32_t i = 0; i < ring->free_count; i++)
        ring->unused[i] = &ring->chunks[ring->free_count - 1 - i];
    *out = ring;
    ring = NULL;
done:
    liq_line_ring_destroy(ring);
    return status;
}

void liq_line_ring_destroy(liq_line_ring *ring)
{
    if (ring == NULL)
        return;
    LIQ_ASSERT(ring->readers == 0);
    liq_monitor_clear(&ring->monitor);
    free(ring->window);
    free(ring->unused);
    free(ring->chunks);
    free(ring);
}

void liq_line_ring_add(liq_line_ring *ring, uint64_t seq, liq_text line)
{
    chunk *open;

    LIQ_ASSERT(seq == ring->last_seq + 1);
    LIQ_ASSERT(line.bytes <= LIQ_LINE_BYTES_MAX);
    open = chunk_open(ring, line.bytes + 1);
    memcpy(open->bytes + open->used, line.data, line.bytes);
    open->bytes[open->used + line.bytes] = '\n';
    liq_monitor_enter(&ring->monitor);
    if (open->line_count == 0)
        open->first_seq = seq;
    open->used += (uint32_t)line.bytes + 1;
    open->ends[open->line_count++] = open->used;
    ring->last_seq = seq;
    liq_monitor_leave(&ring->monitor);
}

void liq_line_ring_tell(liq_line_ring *ring)
{
    const uint64_t one = 1;

    liq_monitor_enter(&ring->monitor);
    liq_monitor_tell(&ring->monitor);
    for (uint32_t i = 0; i < ring->watcher_count; i++)
        (void)!write(ring->watchers[i], &one, sizeof one); /* full: it is awake already */
    liq_monitor_leave(&ring->monitor);
}

liq_status liq_line_ring_read(liq_line_ring *ring, const liq_line_pull *older, uint64_t seq,
                              char *out, size_t room, size_t *bytes, uint64_t *next, liq_error *err)
{
    bool has_fallen_out;
    piece read = {.chunk = NULL};

    LIQ_ASSERT(seq >= 1);
    liq_monitor_enter(&ring->monitor);
    while (ring->readers == READERS_MAX)
        (void)liq_monitor_wait(&ring->monitor, UINT64_MAX);
    has_fallen_out = seq < first_seq(ring);
    if (has_fallen_out)
        ring->older_reads++;
    else if (seq <= ring->last_seq && !piece_take(ring, seq, room, &read)) {
        liq_monitor_leave(&ring->monitor);
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "line %llu is past %zu bytes",
                        (unsigned long long)seq, room);
    }
    liq_monitor_leave(&ring->monitor);
    if (has_fallen_out)
        return older_read(older, seq, out, room, bytes, next, err);
    *bytes = 0;
    *next = seq;
    if (read.chunk == NULL)
        return LIQ_OK;
    *bytes = read.to - read.from;
    *next = read.next;
    memcpy(out, read.chunk->bytes + read.from, *bytes);
    piece_give_back(ring, &read);
    return LIQ_OK;
}

bool liq_line_ring_wait(liq_line_ring *ring, uint64_t seq, uint64_t until_ns,
                        const atomic_bool *is_ended)
{
    bool is_there;

    liq_monitor_enter(&ring->monitor);
    while (seq > ring->last_seq && !atomic_load(is_ended) &&
           liq_monitor_wait(&ring->monitor, until_ns))
        continue;
    is_there = seq <= ring->last_seq;
    liq_monitor_leave(&ring->monitor);
    return is_there;
}

void liq_line_ring_watch(liq_line_ring *ring, int descriptor)
{
    liq_monitor_enter(&ring->monitor);
    LIQ_ASSERT(ring->watcher_count < LIQ_LINE_RING_WATCHERS_MAX);
    ring->watchers[ring->watcher_count++] = descriptor;
    liq_monitor_leave(&ring->monitor);
}

void liq_line_ring_unwatch(liq_line_ring *ring, int descriptor)
{
    uint32_t kept = 0;

    liq_monitor_enter(&ring->monitor);
    for (uint32_t i = 0; i < ring->watcher_count; i++)
        if (ring->watchers[i] != descriptor)
            ring->watchers[kept++] = ring->watchers[i];
    ring->watcher_count = kept;
    liq_monitor_leave(&ring->monitor);
}

void liq_line_ring_facts_read(liq_line_ring *ring, liq_line_ring_facts *out)
{
    liq_monitor_enter(&ring->monitor);
    out->first_seq = first_seq(ring);
    out->last_seq = ring->last_seq;
    out->older_reads = ring->older_reads;
    liq_monitor_leave(&ring->monitor);
}

liq_line_pull liq_line_tail_pull(liq_line_tail *tail)
{
    return (liq_line_pull){.context = tail, .next = tail_read};
}

static liq_status tail_read(void *context, uint64_t seq, char *out, size_t room, size_t *bytes,
                            uint64_t *next, liq_error *err)
{
    const liq_line_tail *tail = context;

    return liq_line_ring_read(tail->ring, tail->older, seq, out, room, bytes, next, err);
}

static chunk *window_at(const liq_line_ring *ring, uint32_t place)
{
    return ring->window[(ring->head + place) % ring->chunks_max];
}

/* A chunk that was opened and has no line yet is the newest one. */
static uint64_t first_seq(const liq_line_ring *ring)
{
    if (ring->chunk_count == 0 || window_at(ring, 0)->line_count == 0)
        return ring->last_seq + 1;
    return window_at(ring, 0)->first_seq;
}

/* The chunk that has room for a line: the newest, or one more. Only who adds calls this. */
static chunk *chunk_open(liq_line_ring *ring, size_t bytes)
{
    chunk *open = ring->chunk_count == 0 ? NULL : window_at(ring, ring->chunk_count - 1);

    if (open != NULL && open->line_count < CHUNK_LINES && bytes <= CHUNK_BYTES - open->used)
        return open;
    liq_monitor_enter(&ring->monitor);
    if (ring->chunk_count == ring->chunks_max)
        oldest_drop(ring);
    LIQ_ASSERT(ring->free_count > 0);
    open = ring->unused[--ring->free_count];
    open->line_count = 0;
    open->used = 0;
    open->is_out = false;
    ring->window[(ring->head + ring->chunk_count) % ring->chunks_max] = open;
    ring->chunk_count++;
    liq_monitor_leave(&ring->monitor);
    return open;
}

static void oldest_drop(liq_line_ring *ring)
{
    chunk *oldest = window_at(ring, 0);

    ring->head = (ring->head + 1) % ring->chunks_max;
    ring->chunk_count--;
    if (oldest->readers == 0)
        ring->unused[ring->free_count++] = oldest;
    else
        oldest->is_out = true;
}

/* Find the lines from seq on that are in one chunk and fit into the room. Seq is in the window. */
static bool piece_take(liq_line_ring *ring, uint64_t seq, size_t room, piece *out)
{
    uint32_t low = 0;
    uint32_t high = ring->chunk_count - 1;
    uint32_t line;

    while (low < high) {
        const uint32_t middle = (low + high + 1) / 2;
        const chunk *at = window_at(ring, middle);

        if (at->line_count > 0 && at->first_seq <= seq)
            low = middle;
        else
            high = middle - 1;
    }
    out->chunk = window_at(ring, low);
    line = (uint32_t)(seq - out->chunk->first_seq);
    out->from = line == 0 ? 0 : out->chunk->ends[line - 1];
    out->to = out->from;
    while (line < out->chunk->line_count && out->chunk->ends[line] - out->from <= room)
        out->to = out->chunk->ends[line++];
    out->next = out->chunk->first_seq + line;
    if (out->to == out->from)
        return false;
    ring->readers++;
    out->chunk->readers++;
    return true;
}

static void piece_give_back(liq_line_ring *ring, const piece *read)
{
    liq_monitor_enter(&ring->monitor);
    if (ring->readers-- == READERS_MAX)
        liq_monitor_tell(&ring->monitor);
    if (--read->chunk->readers == 0 && read->chunk->is_out)
        ring->unused[ring->free_count++] = read->chunk;
    liq_monitor_leave(&ring->monitor);
}

static liq_status older_read(const liq_line_pull *older, uint64_t seq, char *out, size_t room,
                             size_t *bytes, uint64_t *next, liq_error *err)
{
    liq_status status = LIQ_OK;

    *bytes = 0;
    if (older != NULL)
        status = older->next(older->context, seq, out, room, bytes, next, err);
    if (status != LIQ_OK || *bytes > 0)
        return status;
    return liq_fail(err, LIQ_NOT_FOUND, 0, "line %llu is not kept any more",
                    (unsigned long long)seq);
}
