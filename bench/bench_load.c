/*
 * From files to a device that can scan: reading the CSV files of a book, or a snapshot of it,
 * building margin rows, packing and uploading them; and what of the host's memory that takes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench.h"
#include "book/rows.h"
#include "scan/device_scan.h"

typedef struct load_bench {
    bench_state bench;
    liq_book *book;
    liq_market market;
    liq_rows rows;
    liq_device *device; /* NULL: there is none */
    char snapshot[BENCH_PATH_BYTES + 32];
} load_bench;

static uint64_t files_bytes(const bench_state *bench);
static void snapshot_row(load_bench *self);
static uint64_t resident_bytes(void);
static void row_take(load_bench *self, const char *what, uint64_t bytes,
                     liq_status (*run)(void *context, uint64_t *ns, liq_error *err));
static void memory_write(const load_bench *self, const char *what, uint64_t bytes);
static liq_status load_once(void *context, uint64_t *ns, liq_error *err);
static liq_status snapshot_once(void *context, uint64_t *ns, liq_error *err);
static liq_status rows_once(void *context, uint64_t *ns, liq_error *err);
static liq_status upload_once(void *context, uint64_t *ns, liq_error *err);

int main(int argument_count, char **arguments)
{
    static load_bench self;
    uint64_t before;
    liq_error err;

    bench_start(&self.bench, "load", argument_count, arguments);
    before = resident_bytes();
    self.book = bench_book(&self.bench);
    memory_write(&self, "host memory of the book", resident_bytes() - before);
    bench_need(&self.bench, liq_rows_create(&self.rows, self.book, NULL, &err), &err);
    bench_need(&self.bench, liq_market_create(&self.market, self.book, &err), &err);
    memory_write(&self, "host memory of book and margin rows", resident_bytes() - before);
    row_take(&self, "CSV files to book", files_bytes(&self.bench), load_once);
    snapshot_row(&self);
    row_take(&self, "book to margin rows", 0, rows_once);
    if ((self.device = bench_device(&self.bench)) != NULL)
        row_take(&self, "margin rows to device", 0, upload_once);
    liq_device_close(self.device);
    liq_rows_clear(&self.rows);
    liq_market_clear(&self.market);
    liq_book_destroy(self.book);
    return bench_end(&self.bench);
}

static uint64_t files_bytes(const bench_state *bench)
{
    static const char *const files[] = {"venue.json", "accounts.csv", "balances.csv",
                                        "positions.csv", "marks.csv"};
    char path[BENCH_PATH_BYTES + 32];
    uint64_t bytes = 0;
    struct stat facts;

    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", bench->directory, files[i]);
        bench_check(bench, stat(path, &facts) == 0, "a file of the book is missing");
        bytes += (uint64_t)facts.st_size;
    }
    return bytes;
}

/* The second number of statm: pages in memory. */
static uint64_t resident_bytes(void)
{
    FILE *file = fopen("/proc/self/statm", "re");
    unsigned long long pages = 0;

    if (file == NULL)
        return 0;
    if (fscanf(file, "%*u %llu", &pages) != 1)
        pages = 0;
    (void)fclose(file);
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void row_take(load_bench *self, const char *what, uint64_t bytes,
                     liq_status (*run)(void *context, uint64_t *ns, liq_error *err))
{
    bench_row row = {.what = what, .bytes = bytes};
    measure_limits limits = self->bench.limits;
    liq_error err;

    limits.runs_min = 3; /* whole seconds each */
    bench_need(&self->bench, measure_take(&row.time, &limits, run, self, &err), &err);
    bench_row_write(&self->bench, &row);
}

/* The snapshot lies beside the folder of the book, which holds nothing else. */
static void snapshot_row(load_bench *self)
{
    struct stat facts;
    liq_error err;

    (void)snprintf(self->snapshot, sizeof self->snapshot, "%s.snapshot", self->bench.directory);
    bench_need(&self->bench, liq_book_save_snapshot(self->book, self->snapshot, &err), &err);
    bench_check(&self->bench, stat(self->snapshot, &facts) == 0, "the snapshot is missing");
    row_take(self, "snapshot to book", (uint64_t)facts.st_size, snapshot_once);
    (void)unlink(self->snapshot);
}

static void memory_write(const load_bench *self, const char *what, uint64_t bytes)
{
    char text[128];
    bench_row row = {.what = text, .bytes = bytes};
    liq_book_counts counts;

    liq_book_count(self->book, &counts);
    (void)snprintf(text, sizeof text, "%s: %.0f bytes for each of %llu accounts and %llu positions",
                   what, (double)bytes / (double)(counts.accounts + counts.positions),
                   (unsigned long long)counts.accounts, (unsigned long long)counts.positions);
    bench_row_write(&self->bench, &row);
}

static liq_status load_once(void *context, uint64_t *ns, liq_error *err)
{
    load_bench *self = context;
    liq_book *book = NULL;
    const liq_status status = liq_book_load(&book, self->bench.directory, NULL, err);

    (void)ns;
    liq_book_destroy(book);
    return status;
}

static liq_status snapshot_once(void *context, uint64_t *ns, liq_error *err)
{
    load_bench *self = context;
    liq_book *book = NULL;
    const liq_status status = liq_book_load_snapshot(&book, self->snapshot, NULL, err);

    (void)ns;
    liq_book_destroy(book);
    return status;
}

static liq_status rows_once(void *context, uint64_t *ns, liq_error *err)
{
    load_bench *self = context;
    liq_rows rows = {0};
    const liq_status status = liq_rows_create(&rows, self->book, NULL, err);

    (void)ns;
    liq_rows_clear(&rows);
    return status;
}

static liq_status upload_once(void *context, uint64_t *ns, liq_error *err)
{
    load_bench *self = context;
    liq_device_scan *scan = NULL;
    liq_status status =
        liq_device_scan_create(&scan, self->device, &self->rows, &self->market, NULL, err);

    (void)ns;
    if (status == LIQ_OK)
        status = liq_device_finish(self->device, err);
    liq_device_scan_destroy(scan);
    return status;
}
