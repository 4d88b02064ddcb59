#include "book/load_rows.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/memory.h"
#include "book/load_batch.h"
#include "book/load_chunks.h"

typedef struct loading_worker {
    liq_book_loader loader;
    liq_account_batch batch;
} loading_worker;

/* A file under way. */
typedef struct loading {
    liq_book_loader *loader;
    const liq_book_file *file;
    liq_chunks chunks;
    liq_table *table;
    loading_worker *workers;
    pthread_mutex_t names_lock; /* held by who makes the ids quick to find, or finds them slowly */
    atomic_bool names_hashed;
} loading;

static liq_status chunks_read(loading *load);
static liq_status workers_create(loading *load);
static bool chunk_take(void *context, uint32_t worker, liq_csv *part, const liq_chunk *chunk);
static bool batch_resolve(loading *load, loading_worker *worker);
static bool batch_find(loading *load, loading_worker *worker);
static liq_status rest_read(loading *load, const liq_chunk *chunk);
static liq_status rows_read(liq_book_loader *loader, const liq_book_file *file, liq_csv *csv,
                            liq_table *table);

liq_status liq_book_load_rows(liq_book_loader *loader, const liq_book_file *file, liq_table *out)
{
    liq_table table = {.row_bytes = file->row_bytes, .order = file->order};
    loading load = {.loader = loader, .file = file, .table = &table};
    liq_csv *csv = NULL;
    liq_status status;

    *out = table;
    if ((status = liq_book_load_open(loader, &csv, file->name, file->columns,
                                     file->column_count)) != LIQ_OK)
        return status;
    if ((status = liq_chunks_create(&load.chunks, loader, csv, file->name)) != LIQ_OK)
        goto done;
    status = load.chunks.count > 0 ? chunks_read(&load) : rows_read(loader, file, csv, &table);
    if (status != LIQ_OK ||
        (status = liq_table_sort(&table, loader->book->account_count, loader->err)) != LIQ_OK)
        goto done;
    *out = table;
    table = (liq_table){0}; /* given away */
done:
    liq_table_clear(&table);
    liq_chunks_clear(&load.chunks);
    liq_csv_destroy(csv);
    return status;
}

static liq_status chunks_read(loading *load)
{
    uint32_t refused = 0;
    liq_status status;

    if ((status = liq_table_reserve(load->table, load->chunks.row_count, load->loader->err)) !=
            LIQ_OK ||
        (status = workers_create(load)) != LIQ_OK)
        return status;
    atomic_init(&load->names_hashed, false);
    LIQ_ASSERT(pthread_mutex_init(&load->names_lock, NULL) == 0);
    status = liq_chunks_read(&load->chunks, chunk_take, load, &refused);
    (void)pthread_mutex_destroy(&load->names_lock);
    free(load->workers);
    if (status != LIQ_OK)
        return status;
    load->table->count = load->chunks.row_count;
    return refused == load->chunks.count ? LIQ_OK : rest_read(load, &load->chunks.items[refused]);
}

static liq_status workers_create(loading *load)
{
    const liq_status status = liq_memory_array(&load->workers, load->chunks.worker_count,
                                               sizeof *load->workers, load->loader->err);

    for (uint32_t i = 0; status == LIQ_OK && i < load->chunks.worker_count; i++) {
        load->workers[i].loader = *load->loader;
        load->workers[i].loader.err = NULL;
        load->workers[i].loader.batch = &load->workers[i].batch;
    }
    return status;
}

/* Rows go where they belong at once. Accounts that are no neighbours of the one before are looked
 * up when there is a batch of them; the first one at once, for the sake of its neighbours. */
static bool chunk_take(void *context, uint32_t index, liq_csv *part, const liq_chunk *chunk)
{
    loading *load = context;
    loading_worker *worker = &load->workers[index];
    char *row = load->table->rows + chunk->first_row * load->file->row_bytes;
    bool more = true;

    worker->batch.count = 0;
    liq_memory_touch(row, chunk->row_count * load->file->row_bytes);
    for (size_t i = 0; i < chunk->row_count; i++, row += load->file->row_bytes) {
        if (liq_csv_next(part, &more, NULL) != LIQ_OK || !more)
            return false;
        worker->loader.row = chunk->first_row + i;
        if (load->file->read(&worker->loader, part, row) != LIQ_OK)
            return false;
        if ((i == 0 || worker->batch.count == LIQ_NAMES_BATCH) && !batch_resolve(load, worker))
            return false;
    }
    return liq_csv_next(part, &more, NULL) == LIQ_OK && !more && batch_resolve(load, worker);
}

/* Ids that came in order are found by bisection, which is too slow for many: the first full batch
 * has a hash table made of them. */
static bool batch_resolve(loading *load, loading_worker *worker)
{
    bool found;

    if (worker->batch.count == 0 || atomic_load(&load->names_hashed))
        return batch_find(load, worker);
    LIQ_ASSERT(pthread_mutex_lock(&load->names_lock) == 0);
    if (worker->batch.count == LIQ_NAMES_BATCH && !atomic_load(&load->names_hashed) &&
        liq_names_hash(load->loader->book->account_names, NULL) == LIQ_OK)
        atomic_store(&load->names_hashed, true);
    found = batch_find(load, worker);
    LIQ_ASSERT(pthread_mutex_unlock(&load->names_lock) == 0);
    return found;
}

static bool batch_find(loading *load, loading_worker *worker)
{
    const liq_names *names = load->loader->book->account_names;
    liq_book_loader *loader = &worker->loader;

    if (worker->batch.count == 0)
        return true;
    if (!liq_account_batch_resolve(&worker->batch, names, load->table, load->file->account_offset,
                                   &loader->last_account))
        return false;
    loader->last_id = liq_names_text(names, loader->last_account);
    return true;
}

/* Read on line by line from the start of a chunk: either something is wrong there, or the file
 * ends in empty lines or is being written to. */
static liq_status rest_read(loading *load, const liq_chunk *chunk)
{
    liq_book_loader *loader = load->loader;
    liq_csv *part = NULL;
    liq_status status =
        liq_csv_open_part(&part, load->chunks.csv, chunk->begin, liq_csv_bytes(load->chunks.csv),
                          chunk->first_row + 1, loader->progress, loader->err);

    if (status != LIQ_OK)
        return status;
    load->table->count = chunk->first_row;
    status = rows_read(loader, load->file, part, load->table);
    liq_csv_destroy(part);
    return status;
}

static liq_status rows_read(liq_book_loader *loader, const liq_book_file *file, liq_csv *csv,
                            liq_table *table)
{
    char row[LIQ_TABLE_ROW_BYTES_MAX];
    bool more = true;
    liq_status status;

    while ((status = liq_csv_next(csv, &more, loader->err)) == LIQ_OK && more) {
        memset(row, 0, file->row_bytes);
        if ((status = file->read(loader, csv, row)) != LIQ_OK ||
            (status = liq_table_append(table, row, loader->err)) != LIQ_OK)
            return status;
    }
    return status;
}
