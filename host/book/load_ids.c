#include "book/load_ids.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/memory.h"

enum { LINE_OF_FIRST_ROW = 2 };

/* What one chunk says beside the accounts themselves. */
typedef struct id_block {
    char *bytes; /* ids, each with a terminator */
    size_t used;
    size_t capacity;
    liq_names *groups; /* in the order of the chunk; NULL: none */
    bool is_in_order;
} id_block;

typedef struct gathering {
    liq_book_loader *loader;
    const liq_chunks *chunks;
    liq_account *accounts;
    size_t *starts; /* of ids: in their chunk, and then in bytes */
    char *bytes;
    size_t *bases; /* by chunk: where its ids go */
    id_block *blocks;
} gathering;

static liq_status gathering_create(gathering *gather);
static void gathering_clear(gathering *gather);
static bool chunk_take(void *context, uint32_t worker, liq_csv *part, const liq_chunk *chunk);
static bool rows_take(const gathering *gather, liq_csv *part, const liq_chunk *chunk,
                      id_block *block);
static bool id_take(id_block *block, liq_text id, liq_text before);
static liq_status groups_merge(const gathering *gather);
static liq_status ids_place(gathering *gather);
static void worker_place(void *context, uint32_t worker);
static bool is_in_order(const gathering *gather);
static liq_status names_adopt(gathering *gather);
static liq_status names_add(const gathering *gather);
static liq_text id_at(const gathering *gather, size_t row);

liq_status liq_book_load_ids(liq_book_loader *loader, liq_chunks *chunks, bool *taken)
{
    gathering gather = {.loader = loader, .chunks = chunks};
    liq_book *const book = loader->book;
    uint32_t refused;
    liq_status status;

    *taken = false;
    if (chunks->row_count > LIQ_ACCOUNTS_MAX)
        return LIQ_OK;
    if ((status = gathering_create(&gather)) != LIQ_OK ||
        (status = liq_chunks_read(chunks, chunk_take, &gather, &refused)) != LIQ_OK ||
        refused < chunks->count)
        goto done;
    if ((status = ids_place(&gather)) != LIQ_OK || (status = groups_merge(&gather)) != LIQ_OK)
        goto done;
    if ((status = is_in_order(&gather) ? names_adopt(&gather) : names_add(&gather)) != LIQ_OK)
        goto done;
    book->accounts = gather.accounts;
    book->account_count = (uint32_t)chunks->row_count;
    gather.accounts = NULL; /* given away */
    *taken = true;
done:
    gathering_clear(&gather);
    return status;
}

static liq_status gathering_create(gathering *gather)
{
    const size_t rows = gather->chunks->row_count;
    liq_error *err = gather->loader->err;
    liq_status status;

    if ((status = liq_memory_array(&gather->accounts, rows, sizeof *gather->accounts, err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&gather->starts, rows + 1, sizeof *gather->starts, err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&gather->bases, (size_t)gather->chunks->count + 1,
                                   sizeof *gather->bases, err)) != LIQ_OK)
        return status;
    return liq_memory_array(&gather->blocks, gather->chunks->count, sizeof *gather->blocks, err);
}

static void gathering_clear(gathering *gather)
{
    for (uint32_t i = 0; gather->blocks != NULL && i < gather->chunks->count; i++) {
        free(gather->blocks[i].bytes);
        liq_names_destroy(gather->blocks[i].groups);
    }
    free(gather->accounts);
    free(gather->starts);
    free(gather->bytes);
    free(gather->bases);
    free(gather->blocks);
}

static bool chunk_take(void *context, uint32_t worker, liq_csv *part, const liq_chunk *chunk)
{
    const gathering *gather = context;
    id_block *block = &gather->blocks[chunk->index];
    bool more = true;

    (void)worker;
    return liq_memory_extend(&block->bytes, &block->capacity,
                             chunk->end - chunk->begin + LIQ_NAME_BYTES_MAX, 1, NULL) == LIQ_OK &&
           liq_names_create(&block->groups, NULL) == LIQ_OK &&
           rows_take(gather, part, chunk, block) && liq_csv_next(part, &more, NULL) == LIQ_OK &&
           !more;
}

/* Ids are shorter than their lines, so that a block as large as its chunk holds them. */
static bool rows_take(const gathering *gather, liq_csv *part, const liq_chunk *chunk,
                      id_block *block)
{
    liq_book_loader quiet = *gather->loader;
    liq_text before = {0};
    bool more = true;

    quiet.err = NULL;
    block->is_in_order = true;
    for (size_t row = chunk->first_row; row < chunk->first_row + chunk->row_count; row++) {
        liq_text id;

        if (liq_csv_next(part, &more, NULL) != LIQ_OK || !more ||
            liq_book_account_id(&quiet, part, &id) != LIQ_OK || !id_take(block, id, before) ||
            liq_book_account_read(&quiet, part, block->groups, &gather->accounts[row]) != LIQ_OK)
            return false;
        before = (liq_text){block->bytes + block->used - id.bytes - 1, id.bytes};
        gather->starts[row + 1] = block->used;
    }
    return true;
}

static bool id_take(id_block *block, liq_text id, liq_text before)
{
    if (block->capacity - block->used < id.bytes + 1)
        return false; /* the file has changed */
    memcpy(block->bytes + block->used, id.data, id.bytes);
    block->bytes[block->used + id.bytes] = '\0';
    block->used += id.bytes + 1;
    if (before.bytes > 0 && liq_names_compare(before, id) >= 0)
        block->is_in_order = false;
    return true;
}

/* Groups count in the order in which the file first names them. */
static liq_status groups_merge(const gathering *gather)
{
    for (uint32_t i = 0; i < gather->chunks->count; i++) {
        const liq_chunk *chunk = &gather->chunks->items[i];
        const liq_names *groups = gather->blocks[i].groups;
        uint32_t *merged = NULL;
        liq_status status = LIQ_OK;

        if (liq_names_count(groups) == 0)
            continue;
        if ((status = liq_memory_array(&merged, liq_names_count(groups), sizeof *merged,
                                       gather->loader->err)) != LIQ_OK)
            return status;
        for (uint32_t group = 0; status == LIQ_OK && group < liq_names_count(groups); group++) {
            status = liq_names_add(gather->loader->book->group_names, liq_names_text(groups, group),
                                   &merged[group], gather->loader->err);
            if (status == LIQ_DUPLICATE)
                status = LIQ_OK;
        }
        for (size_t row = chunk->first_row;
             status == LIQ_OK && row < chunk->first_row + chunk->row_count; row++)
            if (gather->accounts[row].group_index != UINT32_MAX)
                gather->accounts[row].group_index = merged[gather->accounts[row].group_index];
        free(merged);
        if (status != LIQ_OK)
            return status;
    }
    return LIQ_OK;
}

/* Lay the ids of all chunks out one behind the other. */
static liq_status ids_place(gathering *gather)
{
    liq_status status;

    for (uint32_t i = 0; i < gather->chunks->count; i++)
        gather->bases[i + 1] = gather->bases[i] + gather->blocks[i].used;
    if ((status = liq_memory_array(&gather->bytes, gather->bases[gather->chunks->count] + 1, 1,
                                   gather->loader->err)) == LIQ_OK)
        liq_workers_run(gather->chunks->worker_count, worker_place, gather);
    return status;
}

static void worker_place(void *context, uint32_t worker)
{
    const gathering *gather = context;

    for (uint32_t i = worker; i < gather->chunks->count; i += gather->chunks->worker_count) {
        const liq_chunk *chunk = &gather->chunks->items[i];

        if (chunk->row_count > 0)
            memcpy(gather->bytes + gather->bases[i], gather->blocks[i].bytes,
                   gather->blocks[i].used);
        for (size_t row = chunk->first_row; row < chunk->first_row + chunk->row_count; row++)
            gather->starts[row + 1] += gather->bases[i];
    }
}

/* Strictly: then none is there twice. */
static bool is_in_order(const gathering *gather)
{
    for (uint32_t i = 0; i < gather->chunks->count; i++) {
        const liq_chunk *chunk = &gather->chunks->items[i];

        if (!gather->blocks[i].is_in_order)
            return false;
        if (chunk->first_row > 0 && chunk->row_count > 0 &&
            liq_names_compare(id_at(gather, chunk->first_row - 1),
                              id_at(gather, chunk->first_row)) >= 0)
            return false;
    }
    return true;
}

static liq_status names_adopt(gathering *gather)
{
    liq_book *const book = gather->loader->book;
    liq_names *names = NULL;
    const liq_status status =
        liq_names_adopt(&names, gather->bytes, gather->starts, (uint32_t)gather->chunks->row_count,
                        false, gather->loader->err);

    if (status != LIQ_OK)
        return status;
    gather->bytes = NULL; /* given away */
    gather->starts = NULL;
    liq_names_destroy(book->account_names);
    book->account_names = names;
    return LIQ_OK;
}

static liq_status names_add(const gathering *gather)
{
    liq_names *const names = gather->loader->book->account_names;

    for (size_t row = 0; row < gather->chunks->row_count; row++) {
        const liq_text id = id_at(gather, row);
        uint32_t index;
        const liq_status status = liq_names_add(names, id, &index, gather->loader->err);

        if (status == LIQ_DUPLICATE)
            return liq_book_account_twice(gather->loader, id, row + LINE_OF_FIRST_ROW,
                                          (uint64_t)index + LINE_OF_FIRST_ROW);
        if (status != LIQ_OK)
            return status;
    }
    return LIQ_OK;
}

static liq_text id_at(const gathering *gather, size_t row)
{
    const size_t start = gather->starts[row];

    return (liq_text){gather->bytes + start, gather->starts[row + 1] - start - 1};
}
