/*
 * The scan as a user's program calls it: prices in, the list of flagged accounts out, most
 * leveraged first. With LIQ_BENCH_FLAGGED=FILE the flagged accounts are written to a file, one a
 * line, and the best time as its first line: for comparisons with other programs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <liqscan/scanner.h>

#include "bench.h"

typedef struct flagged_bench {
    bench_state bench;
    liq_scanner *scanner;
    liq_scan_summary summary;
} flagged_bench;

static void flagged_write(const flagged_bench *self, const bench_row *row);
static liq_status scan_once(void *context, uint64_t *ns, liq_error *err);

int main(int argument_count, char **arguments)
{
    static flagged_bench self;
    liq_scanner_options options = {.skip_self_test = 1};
    char what[64];
    bench_row row = {.what = what};
    liq_book *book;
    liq_error err;
    liq_status status;

    bench_start(&self.bench, "flagged", argument_count, arguments);
    options.device = self.bench.device;
    book = bench_book(&self.bench);
    status = liq_scanner_create(&self.scanner, book, &options, &err);
    if (status == LIQ_NO_DEVICE && options.device == NULL) {
        options.device = LIQ_DEVICE_CPU_REFERENCE;
        status = liq_scanner_create(&self.scanner, book, &options, &err);
    }
    bench_need(&self.bench, status, &err);
    bench_need(&self.bench, measure_take(&row.time, &self.bench.limits, scan_once, &self, &err),
               &err);
    (void)snprintf(what, sizeof what, "prices to %llu flagged accounts",
                   (unsigned long long)self.summary.flagged);
    row.bytes = self.summary.device_bytes;
    (void)snprintf(row.result, sizeof row.result, "%s", self.summary.hash);
    if (row.bytes > 0)
        bench_row_read(&self.bench, &row);
    bench_row_write(&self.bench, &row);
    flagged_write(&self, &row);
    liq_scanner_destroy(self.scanner);
    liq_book_destroy(book);
    return bench_end(&self.bench);
}

static void flagged_write(const flagged_bench *self, const bench_row *row)
{
    const char *path = getenv("LIQ_BENCH_FLAGGED");
    const uint32_t *rows;
    uint32_t count;
    FILE *file;

    if (path == NULL || path[0] == '\0')
        return;
    file = fopen(path, "we");
    bench_check(&self->bench, file != NULL, "the file of flagged accounts cannot be written");
    (void)fprintf(file, "%.6f\n", (double)row->time.min_ns / 1e6);
    for (liq_scanner_flagged(self->scanner, &rows, &count); count > 0; rows++, count--) {
        liq_scan_row flagged;

        liq_scanner_row(self->scanner, *rows, &flagged);
        (void)fprintf(file, "%s\n", flagged.account);
    }
    bench_check(&self->bench, fclose(file) == 0, "the file of flagged accounts cannot be written");
}

/* The summary's own sums and hash are not of it. */
static liq_status scan_once(void *context, uint64_t *ns, liq_error *err)
{
    flagged_bench *self = context;
    const liq_status status = liq_scanner_scan(self->scanner, &self->summary, err);

    *ns = self->summary.wall_ns;
    return status;
}
