/*
 * From prices to the list of flagged accounts, most leveraged first, in the two ways that a program
 * has: a scan, which values every account, and a tick of a live book that knows nothing of any
 * account, which decides about every account and values those in doubt. Both must list the same
 * accounts. With LIQ_BENCH_FLAGGED=FILE the best times (ms: scan, tick) and these accounts are
 * written to a file, for comparisons with other programs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <liqscan/live.h>
#include <liqscan/scanner.h>

#include "base/clock.h"
#include "base/decimal.h"
#include "base/memory.h"
#include "bench.h"
#include "scan/live_scan.h"

typedef struct flagged_bench {
    bench_state bench;
    const char *device;
    liq_book *book;
    liq_scanner *scanner;
    liq_scan_summary summary;
    liq_live *live;
    liq_live_event *events;
    char (*prices)[LIQ_DECIMAL_BYTES];
} flagged_bench;

static void device_choose(flagged_bench *self);
static uint64_t scan_row(flagged_bench *self);
static uint64_t tick_row(flagged_bench *self);
static void events_make(flagged_bench *self);
static void lists_compare(const flagged_bench *self);
static void flagged_write(const flagged_bench *self, uint64_t scan_ns, uint64_t tick_ns);
static liq_status scan_once(void *context, uint64_t *ns, liq_error *err);
static liq_status tick_once(void *context, uint64_t *ns, liq_error *err);

int main(int argument_count, char **arguments)
{
    static flagged_bench self;
    uint64_t scan_ns;
    uint64_t tick_ns;

    bench_start(&self.bench, "flagged", argument_count, arguments);
    self.book = bench_book(&self.bench);
    device_choose(&self);
    scan_ns = scan_row(&self);
    tick_ns = tick_row(&self);
    lists_compare(&self);
    flagged_write(&self, scan_ns, tick_ns);
    liq_live_destroy(self.live);
    liq_scanner_destroy(self.scanner);
    free(self.events);
    free(self.prices);
    liq_book_destroy(self.book);
    return bench_end(&self.bench);
}

static void device_choose(flagged_bench *self)
{
    liq_device *device = bench_device(&self->bench);

    self->device = device == NULL               ? LIQ_DEVICE_CPU_REFERENCE
                   : self->bench.device != NULL ? self->bench.device
                                                : "";
    liq_device_close(device);
}

static uint64_t scan_row(flagged_bench *self)
{
    const liq_scanner_options options = {.device = self->device, .skip_self_test = 1};
    char what[96];
    bench_row row = {.what = what};
    liq_error err;

    bench_need(&self->bench, liq_scanner_create(&self->scanner, self->book, &options, &err), &err);
    bench_need(&self->bench, measure_take(&row.time, &self->bench.limits, scan_once, self, &err),
               &err);
    (void)snprintf(what, sizeof what, "scan: every account valued, %llu flagged",
                   (unsigned long long)self->summary.flagged);
    row.bytes = self->summary.device_bytes;
    (void)snprintf(row.result, sizeof row.result, "%s", self->summary.hash);
    if (row.bytes > 0)
        bench_row_read(&self->bench, &row);
    bench_row_write(&self->bench, &row);
    return row.time.min_ns;
}

static uint64_t tick_row(flagged_bench *self)
{
    const liq_live_options options = {.device = self->device, .skip_self_test = 1};
    bench_row row = {.what = "tick from scratch: every account decided about"};
    const uint32_t *rows;
    uint32_t count;
    liq_error err;

    bench_need(&self->bench, liq_live_create(&self->live, self->book, &options, &err), &err);
    events_make(self);
    bench_need(&self->bench, measure_take(&row.time, &self->bench.limits, tick_once, self, &err),
               &err);
    liq_live_flagged(self->live, &rows, &count);
    bench_check(&self->bench, count == self->summary.flagged, "the tick flags another number");
    bench_row_write(&self->bench, &row);
    return row.time.min_ns;
}

/* Every mark as the book has it. */
static void events_make(flagged_bench *self)
{
    const uint32_t count = self->book->venue.instrument_count;
    liq_error err;

    bench_need(&self->bench, liq_memory_array(&self->events, count, sizeof *self->events, &err),
               &err);
    bench_need(&self->bench, liq_memory_array(&self->prices, count, sizeof *self->prices, &err),
               &err);
    for (uint32_t i = 0; i < count; i++) {
        const liq_decimal mark = self->book->instrument_marks[i];

        self->events[i] = (liq_live_event){
            .kind = LIQ_LIVE_MARK,
            .symbol = liq_names_get(self->book->venue.instrument_names, i),
            .price = liq_decimal_format(self->prices[i], mark.digits, mark.decimals)};
    }
}

static void lists_compare(const flagged_bench *self)
{
    const uint32_t *scanned;
    const uint32_t *ticked;
    uint32_t count;
    uint32_t other;

    liq_scanner_flagged(self->scanner, &scanned, &count);
    liq_live_flagged(self->live, &ticked, &other);
    bench_check(&self->bench, count == other, "the tick flags another number");
    for (uint32_t i = 0; i < count; i++) {
        liq_scan_row one;
        liq_scan_row two;

        liq_scanner_row(self->scanner, scanned[i], &one);
        liq_live_row(self->live, ticked[i], &two);
        bench_check(&self->bench,
                    strcmp(one.account, two.account) == 0 && one.equity == two.equity &&
                        one.status == two.status,
                    "the tick says something else of a flagged account");
    }
}

static void flagged_write(const flagged_bench *self, uint64_t scan_ns, uint64_t tick_ns)
{
    const char *path = getenv("LIQ_BENCH_FLAGGED");
    const uint32_t *rows;
    uint32_t count;
    FILE *file;

    if (path == NULL || path[0] == '\0')
        return;
    file = fopen(path, "we");
    bench_check(&self->bench, file != NULL, "the file of flagged accounts cannot be written");
    (void)fprintf(file, "%.6f %.6f\n", (double)scan_ns / 1e6, (double)tick_ns / 1e6);
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

/* Without a base nothing is known of anybody; reading decimals is not of it. */
static liq_status tick_once(void *context, uint64_t *ns, liq_error *err)
{
    flagged_bench *self = context;
    liq_status status =
        liq_live_apply(self->live, self->events, self->book->venue.instrument_count, err);
    uint64_t start_ns;

    self->live->levels.has_base = false;
    start_ns = liq_clock_ns();
    if (status == LIQ_OK)
        status = liq_live_tick(self->live, NULL, err);
    *ns = liq_clock_ns() - start_ns;
    return status;
}
