#include "book/load_chunks.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/fail.h"
#include "base/memory.h"

/* A chunk is many thousand lines, and short enough that threads end at about the same time. */
enum { CHUNK_BYTES = 1024 * 1024, CHUNKS_MIN = 2 };

/* All chunks under way, once to be counted and once to be read. */
typedef struct chunk_pass {
    liq_chunks *chunks;
    bool (*visit)(const struct chunk_pass *pass, uint32_t worker, liq_chunk *chunk);
    bool (*take)(void *context, uint32_t worker, liq_csv *part, const liq_chunk *chunk);
    void *context;
    atomic_uint next;
    atomic_uint refused; /* the first chunk that was not taken, or the count of all */
    atomic_bool stopped;
} chunk_pass;

static liq_status items_take(liq_chunks *chunks);
static uint32_t pass_run(chunk_pass *pass);
static void worker_run(void *context, uint32_t worker);
static bool report(const liq_chunks *chunks, uint32_t chunk);
static bool chunk_count(const chunk_pass *pass, uint32_t worker, liq_chunk *chunk);
static bool chunk_read(const chunk_pass *pass, uint32_t worker, liq_chunk *chunk);

liq_status liq_chunks_create(liq_chunks *out, const liq_book_loader *loader, const liq_csv *csv,
                             const char *file)
{
    liq_chunks chunks = {.csv = csv, .loader = loader, .file = file};
    chunk_pass count = {.chunks = &chunks, .visit = chunk_count};
    liq_status status;

    *out = (liq_chunks){0};
    chunks.worker_count = liq_workers_count();
    if (chunks.worker_count < 2 || !liq_csv_parts(csv) ||
        liq_csv_bytes(csv) - liq_csv_offset(csv) < CHUNKS_MIN * (size_t)CHUNK_BYTES)
        return LIQ_OK;
    if ((status = items_take(&chunks)) != LIQ_OK || pass_run(&count) < chunks.count) {
        liq_chunks_clear(&chunks);
        return status;
    }
    for (uint32_t i = 0; i < chunks.count; i++) {
        chunks.items[i].first_row = chunks.row_count;
        chunks.row_count += chunks.items[i].row_count;
    }
    *out = chunks;
    return LIQ_OK;
}

liq_status liq_chunks_read(liq_chunks *chunks,
                           bool (*take)(void *context, uint32_t worker, liq_csv *part,
                                        const liq_chunk *chunk),
                           void *context, uint32_t *refused)
{
    chunk_pass pass = {.chunks = chunks, .visit = chunk_read, .take = take, .context = context};
    uint32_t first;

    *refused = first = pass_run(&pass);
    if (!atomic_load(&pass.stopped))
        return LIQ_OK;
    return liq_fail(chunks->loader->err, LIQ_INTERRUPTED, 0, "%s: stopped after line %zu",
                    chunks->file, first < chunks->count ? chunks->items[first].first_row + 1 : 1);
}

void liq_chunks_clear(liq_chunks *chunks)
{
    for (uint32_t i = 0; i < LIQ_WORKERS_MAX; i++)
        liq_csv_destroy(chunks->parts[i]);
    free(chunks->items);
    *chunks = (liq_chunks){0};
}

static liq_status items_take(liq_chunks *chunks)
{
    const size_t begin = liq_csv_offset(chunks->csv);
    const size_t count = (liq_csv_bytes(chunks->csv) - begin) / CHUNK_BYTES + 1;
    liq_status status;

    if (count >= UINT32_MAX / 2)
        return liq_fail(chunks->loader->err, LIQ_OUT_OF_RANGE, 0, "%s: %zu bytes are too many",
                        chunks->file, liq_csv_bytes(chunks->csv));
    if ((status = liq_memory_array(&chunks->items, count, sizeof *chunks->items,
                                   chunks->loader->err)) != LIQ_OK)
        return status;
    chunks->count = (uint32_t)count;
    for (uint32_t i = 0; i < chunks->count; i++)
        chunks->items[i] = (liq_chunk){.index = i, .begin = begin + (size_t)i * CHUNK_BYTES};
    return LIQ_OK;
}

/* @return the first chunk that was not taken, or the count of all */
static uint32_t pass_run(chunk_pass *pass)
{
    atomic_init(&pass->next, 0);
    atomic_init(&pass->refused, pass->chunks->count);
    atomic_init(&pass->stopped, false);
    liq_workers_run(pass->chunks->worker_count, worker_run, pass);
    return atomic_load(&pass->refused);
}

/* Chunks are taken in the order of the file, so that all before a refused one are taken as well. */
static void worker_run(void *context, uint32_t worker)
{
    chunk_pass *pass = context;

    while (!atomic_load(&pass->stopped)) {
        const uint32_t chunk = atomic_fetch_add(&pass->next, 1);
        uint32_t refused = atomic_load(&pass->refused);
        bool goes_on = true;

        if (chunk >= refused)
            return;
        if (worker == 0 && pass->take != NULL)
            goes_on = report(pass->chunks, chunk);
        if (goes_on && pass->visit(pass, worker, &pass->chunks->items[chunk]))
            continue;
        while (chunk < refused && !atomic_compare_exchange_weak(&pass->refused, &refused, chunk))
            continue;
        if (!goes_on)
            atomic_store(&pass->stopped, true);
        return;
    }
}

/* Only the calling thread tells the watcher; @return whether to go on. */
static bool report(const liq_chunks *chunks, uint32_t chunk)
{
    const liq_progress *progress = chunks->loader->progress;

    return progress == NULL ||
           progress->report(progress->context, chunks->file, chunks->items[chunk].begin,
                            liq_csv_bytes(chunks->csv)) != 0;
}

/* The first pass: where a chunk begins and ends in truth, and its lines. */
static bool chunk_count(const chunk_pass *pass, uint32_t worker, liq_chunk *chunk)
{
    const liq_csv *csv = pass->chunks->csv;
    const size_t next = chunk->begin + CHUNK_BYTES;

    (void)worker;
    if (chunk->index > 0 && liq_csv_line_start(csv, chunk->begin, &chunk->begin, NULL) != LIQ_OK)
        return false;
    chunk->end = liq_csv_bytes(csv);
    if (chunk->index + 1 < pass->chunks->count &&
        liq_csv_line_start(csv, next, &chunk->end, NULL) != LIQ_OK)
        return false;
    return liq_csv_line_count(csv, chunk->begin, chunk->end, &chunk->row_count, NULL) == LIQ_OK;
}

/* The second pass has a reader for each worker, moved from chunk to chunk. */
static bool chunk_read(const chunk_pass *pass, uint32_t worker, liq_chunk *chunk)
{
    liq_csv **part = &pass->chunks->parts[worker];
    const uint64_t line = chunk->first_row + 1;
    liq_status status;

    if (*part == NULL)
        status =
            liq_csv_open_part(part, pass->chunks->csv, chunk->begin, chunk->end, line, NULL, NULL);
    else
        status = liq_csv_part_move(*part, chunk->begin, chunk->end, line, NULL);
    return status == LIQ_OK && pass->take(pass->context, worker, *part, chunk);
}
