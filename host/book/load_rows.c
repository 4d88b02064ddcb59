#include "book/load_rows.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/memory.h"
#include "base/workers.h"
#include "book/load_batch.h"

/* A chunk is many thousand lines, and short enough that threads end at about the same time. */
enum { CHUNK_BYTES = 1024 * 1024, CHUNKS_MIN = 2 };

/* One thread, and the rows of the chunks that it took. */
typedef struct loading_worker {
    liq_book_loader loader;
    liq_account_batch batch;
    liq_table table;
} loading_worker;

/* A file under way. */
typedef struct loading {
    liq_book_loader *loader;
    const liq_book_file *file;
    const liq_csv *csv;
    size_t begin; /* of the first row */
    liq_table_run *runs;
    uint32_t run_count; /* chunks, and one more for what is read line by line */
    uint32_t worker_count;
    loading_worker *workers;
    liq_table rest; /* rows from the first chunk with anything wrong */
    atomic_uint next;
    atomic_uint refused; /* the first such chunk, or run_count */
    atomic_bool stopped;
} loading;

static liq_status loading_start(loading *load, liq_error *err);
static void loading_clear(loading *load);
static liq_status chunks_read(loading *load, liq_table *out);
static void worker_run(void *context, uint32_t index);
static bool report(loading *load, uint32_t chunk);
static bool chunk_read(const loading *load, loading_worker *worker, uint32_t chunk);
static liq_status chunk_begin(const loading *load, uint32_t chunk, size_t *begin, liq_error *err);
static bool rows_take(loading_worker *worker, const liq_book_file *file, liq_csv *csv);
static bool batch_resolve(loading_worker *worker, const liq_book_file *file);
static uint64_t line_of(const loading *load, uint32_t chunk);
static liq_status rest_read(loading *load, uint32_t chunk);
static liq_status rows_read(liq_book_loader *loader, const liq_book_file *file, liq_csv *csv,
                            liq_table *table);

liq_status liq_book_load_rows(liq_book_loader *loader, const liq_book_file *file, liq_table *out)
{
    liq_table table = {.row_bytes = file->row_bytes};
    loading load = {.loader = loader, .file = file};
    liq_csv *csv = NULL;
    liq_status status;

    *out = (liq_table){.row_bytes = file->row_bytes};
    if ((status = liq_book_load_open(loader, &csv, file->name, file->columns,
                                     file->column_count)) != LIQ_OK)
        return status;
    load.csv = csv;
    load.begin = liq_csv_offset(csv);
    load.worker_count = liq_workers_count();
    if (load.worker_count > 1 && liq_csv_parts(csv) &&
        liq_csv_bytes(csv) - load.begin >= CHUNKS_MIN * (size_t)CHUNK_BYTES) {
        status = chunks_read(&load, out);
    } else if ((status = rows_read(loader, file, csv, &table)) == LIQ_OK &&
               (status = liq_table_sort(&table, loader->book->account_count, loader->err)) ==
                   LIQ_OK) {
        *out = table;
        table = (liq_table){.row_bytes = file->row_bytes}; /* given away */
    }
    liq_table_clear(&table);
    liq_csv_destroy(csv);
    return status;
}

static liq_status chunks_read(loading *load, liq_table *out)
{
    liq_status status = loading_start(load, load->loader->err);
    uint32_t chunk;

    if (status != LIQ_OK)
        goto done;
    liq_workers_run(load->worker_count, worker_run, load);
    chunk = atomic_load(&load->refused);
    if (atomic_load(&load->stopped)) {
        status = liq_fail(load->loader->err, LIQ_INTERRUPTED, 0, "%s: stopped after line %llu",
                          load->file->name, (unsigned long long)line_of(load, chunk));
        goto done;
    }
    if (chunk < load->run_count - 1 && (status = rest_read(load, chunk)) != LIQ_OK)
        goto done;
    status = liq_table_sort_runs(out, load->runs, load->run_count,
                                 load->loader->book->account_count, load->loader->err);
done:
    loading_clear(load);
    return status;
}

static liq_status loading_start(loading *load, liq_error *err)
{
    const size_t chunks = (liq_csv_bytes(load->csv) - load->begin) / CHUNK_BYTES + 1;
    liq_status status;

    if (chunks >= UINT32_MAX / 2)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "%s: %zu bytes are too many", load->file->name,
                        liq_csv_bytes(load->csv));
    load->run_count = (uint32_t)chunks + 1;
    if ((status = liq_memory_array((void **)&load->runs, load->run_count, sizeof *load->runs,
                                   err)) != LIQ_OK ||
        (status = liq_memory_array((void **)&load->workers, load->worker_count,
                                   sizeof *load->workers, err)) != LIQ_OK)
        return status;
    for (uint32_t i = 0; i < load->worker_count; i++) {
        load->workers[i].loader = *load->loader;
        load->workers[i].loader.err = NULL;
        load->workers[i].loader.batch = &load->workers[i].batch;
        load->workers[i].table.row_bytes = load->file->row_bytes;
    }
    load->rest.row_bytes = load->file->row_bytes;
    atomic_init(&load->next, 0);
    atomic_init(&load->refused, load->run_count - 1);
    atomic_init(&load->stopped, false);
    for (uint32_t i = 0; i < load->run_count; i++)
        load->runs[i].table = &load->rest; /* no rows yet */
    return LIQ_OK;
}

static void loading_clear(loading *load)
{
    for (uint32_t i = 0; load->workers != NULL && i < load->worker_count; i++)
        liq_table_clear(&load->workers[i].table);
    liq_table_clear(&load->rest);
    free(load->workers);
    free(load->runs);
}

/* Chunks are taken in the order of the file, so that all before a refused one are read as well. */
static void worker_run(void *context, uint32_t index)
{
    loading *load = context;
    loading_worker *worker = &load->workers[index];

    while (!atomic_load(&load->stopped)) {
        const uint32_t chunk = atomic_fetch_add(&load->next, 1);
        uint32_t refused = atomic_load(&load->refused);

        if (chunk >= refused)
            return;
        if (index == 0 && !report(load, chunk)) {
            atomic_store(&load->stopped, true);
            return;
        }
        if (chunk_read(load, worker, chunk))
            continue;
        while (chunk < refused && !atomic_compare_exchange_weak(&load->refused, &refused, chunk))
            continue;
        return;
    }
}

/* Only the calling thread tells the watcher; @return whether to go on. */
static bool report(loading *load, uint32_t chunk)
{
    const liq_progress *progress = load->loader->progress;

    return progress == NULL || progress->report(progress->context, load->file->name,
                                                load->begin + (size_t)chunk * CHUNK_BYTES,
                                                liq_csv_bytes(load->csv)) != 0;
}

/* @return false when anything is wrong with the chunk, which then leaves no rows */
static bool chunk_read(const loading *load, loading_worker *worker, uint32_t chunk)
{
    liq_table_run *run = &load->runs[chunk];
    const size_t first = worker->table.count;
    liq_csv *part = NULL;
    size_t begin;
    size_t end;
    bool taken;

    if (chunk_begin(load, chunk, &begin, NULL) != LIQ_OK ||
        chunk_begin(load, chunk + 1, &end, NULL) != LIQ_OK ||
        liq_csv_open_part(&part, load->csv, begin, end, 0, NULL, NULL) != LIQ_OK)
        return false;
    worker->batch.count = 0;
    taken = rows_take(worker, load->file, part);
    liq_csv_destroy(part);
    if (!taken)
        worker->table.count = first;
    else
        *run = (liq_table_run){&worker->table, first, worker->table.count - first};
    return taken;
}

static liq_status chunk_begin(const loading *load, uint32_t chunk, size_t *begin, liq_error *err)
{
    if (chunk == 0) {
        *begin = load->begin;
        return LIQ_OK;
    }
    if (chunk == load->run_count - 1) {
        *begin = liq_csv_bytes(load->csv);
        return LIQ_OK;
    }
    return liq_csv_line_start(load->csv, load->begin + (size_t)chunk * CHUNK_BYTES, begin, err);
}

/* Accounts that are no neighbours of the one before are looked up when there is a batch of them. */
static bool rows_take(loading_worker *worker, const liq_book_file *file, liq_csv *csv)
{
    liq_table *table = &worker->table;
    char row[LIQ_TABLE_ROW_BYTES_MAX];
    bool more = true;
    liq_status status;

    while ((status = liq_csv_next(csv, &more, NULL)) == LIQ_OK && more) {
        uint32_t account;

        memset(row, 0, file->row_bytes);
        worker->loader.row = table->count;
        if (file->read(&worker->loader, csv, row) != LIQ_OK)
            return false;
        memcpy(&account, row + file->account_offset, sizeof account);
        if (liq_table_append(table, row, account, file->key(row), NULL) != LIQ_OK)
            return false;
        if (worker->batch.count == LIQ_NAMES_BATCH && !batch_resolve(worker, file))
            return false;
    }
    return status == LIQ_OK && batch_resolve(worker, file);
}

static bool batch_resolve(loading_worker *worker, const liq_book_file *file)
{
    return liq_account_batch_resolve(&worker->batch, worker->loader.book->account_names,
                                     &worker->table, file->account_offset,
                                     &worker->loader.last_account);
}

/* The line before a chunk, or before the first one that nobody has read. */
static uint64_t line_of(const loading *load, uint32_t chunk)
{
    uint64_t line = 1;

    for (uint32_t i = 0; i < chunk && load->runs[i].count > 0; i++)
        line += load->runs[i].count;
    return line;
}

/* Read on line by line from the start of a chunk: either something is wrong there, or the file
 * ends in empty lines or is being written to. */
static liq_status rest_read(loading *load, uint32_t chunk)
{
    liq_book_loader *loader = load->loader;
    size_t begin;
    liq_csv *part = NULL;
    liq_status status;

    if ((status = chunk_begin(load, chunk, &begin, loader->err)) != LIQ_OK)
        return status;
    if ((status = liq_csv_open_part(&part, load->csv, begin, liq_csv_bytes(load->csv),
                                    line_of(load, chunk), loader->progress, loader->err)) != LIQ_OK)
        return status;
    for (uint32_t i = chunk; i < load->run_count; i++)
        load->runs[i].count = 0;
    if ((status = rows_read(loader, load->file, part, &load->rest)) == LIQ_OK)
        load->runs[chunk] = (liq_table_run){&load->rest, 0, load->rest.count};
    liq_csv_destroy(part);
    return status;
}

static liq_status rows_read(liq_book_loader *loader, const liq_book_file *file, liq_csv *csv,
                            liq_table *table)
{
    char row[LIQ_TABLE_ROW_BYTES_MAX];
    bool more = true;
    uint32_t account;
    liq_status status;

    while ((status = liq_csv_next(csv, &more, loader->err)) == LIQ_OK && more) {
        memset(row, 0, file->row_bytes);
        if ((status = file->read(loader, csv, row)) != LIQ_OK)
            return status;
        memcpy(&account, row + file->account_offset, sizeof account);
        if ((status = liq_table_append(table, row, account, file->key(row), loader->err)) != LIQ_OK)
            return status;
    }
    return status;
}
