/*
 * From files to a device that can scan: reading the CSV files of a book, or a snapshot of it,
 * building margin rows, packing and uploading them; and what of memory a scanner then holds.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <liqscan/scanner.h>

#include "base/hash.h"
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
    uint64_t csv_ns; /* of the best load */
} load_bench;

static uint64_t files_bytes(const bench_state *bench);
static void snapshot_row(load_bench *self, const char *expected);
static void row_take(load_bench *self, bench_row *row, uint64_t bytes,
                     liq_status (*run)(void *context, uint64_t *ns, liq_error *err));
static void memory_row(const load_bench *self);
static void book_hash(const load_bench *self, const liq_book *book, bench_row *row);
static liq_status load_once(void *context, uint64_t *ns, liq_error *err);
static liq_status snapshot_once(void *context, uint64_t *ns, liq_error *err);
static liq_status rows_once(void *context, uint64_t *ns, liq_error *err);
static liq_status upload_once(void *context, uint64_t *ns, liq_error *err);

int main(int argument_count, char **arguments)
{
    static load_bench self;
    bench_row row = {.what = "CSV files to book"};
    liq_error err;

    bench_start(&self.bench, "load", argument_count, arguments);
    self.book = bench_book(&self.bench);
    row_take(&self, &row, files_bytes(&self.bench), load_once);
    self.csv_ns = row.time.min_ns;
    book_hash(&self, self.book, &row);
    bench_row_write(&self.bench, &row);
    snapshot_row(&self, row.result);
    bench_need(&self.bench, liq_rows_create(&self.rows, self.book, NULL, &err), &err);
    bench_need(&self.bench, liq_market_create(&self.market, self.book, &err), &err);
    row = (bench_row){.what = "book to margin rows"};
    row_take(&self, &row, 0, rows_once);
    bench_row_write(&self.bench, &row);
    row = (bench_row){.what = "margin rows to device"};
    if ((self.device = bench_device(&self.bench)) != NULL) {
        row_take(&self, &row, 0, upload_once);
        bench_row_write(&self.bench, &row);
    }
    liq_rows_clear(&self.rows);
    liq_market_clear(&self.market);
    memory_row(&self);
    liq_device_close(self.device);
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

static void row_take(load_bench *self, bench_row *row, uint64_t bytes,
                     liq_status (*run)(void *context, uint64_t *ns, liq_error *err))
{
    measure_limits limits = self->bench.limits;
    liq_error err;

    row->bytes = bytes;
    limits.runs_min = 3; /* whole seconds each */
    bench_need(&self->bench, measure_take(&row->time, &limits, run, self, &err), &err);
    if (bytes > 0)
        bench_row_read(&self->bench, row);
}

/* The snapshot lies beside the folder of the book, which holds nothing else. */
static void snapshot_row(load_bench *self, const char *expected)
{
    char what[96];
    bench_row row = {.what = what};
    struct stat facts;
    liq_book *book = NULL;
    liq_error err;

    (void)snprintf(self->snapshot, sizeof self->snapshot, "%s.snapshot", self->bench.directory);
    bench_need(&self->bench, liq_book_save_snapshot(self->book, self->snapshot, &err), &err);
    bench_check(&self->bench, stat(self->snapshot, &facts) == 0, "the snapshot is missing");
    row_take(self, &row, (uint64_t)facts.st_size, snapshot_once);
    bench_need(&self->bench, liq_book_load_snapshot(&book, self->snapshot, NULL, &err), &err);
    (void)unlink(self->snapshot);
    book_hash(self, book, &row);
    bench_check(&self->bench, strcmp(row.result, expected) == 0,
                "the snapshot gives another book than the files");
    liq_book_destroy(book);
    (void)snprintf(what, sizeof what, "snapshot to book (%.1f times as fast as CSV)",
                   (double)self->csv_ns / (double)row.time.min_ns);
    bench_row_write(&self->bench, &row);
}

/* Of what the margin rule reads of a book. */
static void book_hash(const load_bench *self, const liq_book *book, bench_row *row)
{
    liq_hash *hash = NULL;
    liq_rows rows = {0};
    liq_error err;

    bench_need(&self->bench, liq_rows_create(&rows, book, NULL, &err), &err);
    bench_need(&self->bench, liq_hash_create(&hash, &err), &err);
    liq_hash_add(hash, rows.keys, rows.row_count * sizeof *rows.keys);
    liq_hash_add(hash, rows.entry_first, ((size_t)rows.row_count + 1) * sizeof *rows.entry_first);
    liq_hash_add(hash, rows.tags, (size_t)rows.entry_count * sizeof *rows.tags);
    liq_hash_add(hash, rows.quantities, (size_t)rows.entry_count * sizeof *rows.quantities);
    liq_hash_add(hash, rows.values, (size_t)rows.entry_count * sizeof *rows.values);
    liq_hash_finish(hash, row->result);
    liq_hash_destroy(hash);
    liq_rows_clear(&rows);
}

/* What a scanner says that it holds. */
static void memory_row(const load_bench *self)
{
    const liq_scanner_options options = {.device = self->device != NULL ? self->bench.device
                                                                        : LIQ_DEVICE_CPU_REFERENCE,
                                         .skip_self_test = 1};
    char what[160];
    bench_row row = {.what = what};
    liq_scanner *scanner = NULL;
    liq_scan_summary summary;
    liq_error err;

    bench_need(&self->bench, liq_scanner_create(&scanner, self->book, &options, &err), &err);
    bench_need(&self->bench, liq_scanner_scan(scanner, &summary, &err), &err);
    liq_scanner_destroy(scanner);
    (void)snprintf(what, sizeof what,
                   "memory held: %.1f MB on the device (%" PRIu32 " bytes a position, %" PRIu32
                   " a margin account), %.1f MB on the host (%" PRIu32 " and %" PRIu32 ")",
                   (double)summary.device_memory_bytes / 1e6, summary.device_position_bytes,
                   summary.device_account_bytes, (double)summary.host_memory_bytes / 1e6,
                   summary.host_position_bytes, summary.host_account_bytes);
    row.bytes = summary.device_memory_bytes + summary.host_memory_bytes;
    (void)snprintf(row.result, sizeof row.result, "%s", summary.hash);
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
