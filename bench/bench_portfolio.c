/*
 * The exact scan of portfolio accounts: on a device, as the CPU truth, and as the C baseline over
 * the same rows and the same priced grid. All must say the same to the last unit, at the book's
 * prices and after a shock. The book is all of portfolio accounts, or those that are not are
 * refused.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "baseline_portfolio.h"
#include "bench.h"
#include "scan/device_scan.h"
#include "scan/truth.h"

enum { ALL_PPM = 1000000, MOST_PPM = 123456 };

typedef struct portfolio_bench {
    bench_state bench;
    liq_book *book;
    liq_market market;
    liq_rows rows;
    baseline_portfolio baseline;
    liq_device *device; /* NULL: there is none */
    liq_device_scan *scan;
    baseline_row *said_by_baseline;
    liq_row_record *said_by_truth;
    const liq_row_record *said_by_device; /* lent by scan until it runs again */
    uint64_t device_bytes;
} portfolio_bench;

static void prepare(portfolio_bench *self);
static void compare(portfolio_bench *self);
static void move(portfolio_bench *self);
static void measure_all(portfolio_bench *self);
static void row_take(portfolio_bench *self, const char *what, uint64_t bytes,
                     liq_status (*run)(void *context, uint64_t *ns, liq_error *err));
static liq_status baseline_once(void *context, uint64_t *ns, liq_error *err);
static liq_status truth_once(void *context, uint64_t *ns, liq_error *err);
static liq_status market_once(void *context, uint64_t *ns, liq_error *err);
static liq_status kernel_once(void *context, uint64_t *ns, liq_error *err);
static liq_status device_once(void *context, uint64_t *ns, liq_error *err);

int main(int argument_count, char **arguments)
{
    static portfolio_bench self;

    bench_start_portfolio(&self.bench, "portfolio", ALL_PPM, argument_count, arguments);
    prepare(&self);
    compare(&self);
    measure_all(&self);
    move(&self);
    compare(&self);
    baseline_portfolio_clear(&self.baseline);
    liq_device_scan_destroy(self.scan);
    liq_device_close(self.device);
    liq_rows_clear(&self.rows);
    liq_market_clear(&self.market);
    liq_book_destroy(self.book);
    free(self.said_by_baseline);
    free(self.said_by_truth);
    return bench_end(&self.bench);
}

static void prepare(portfolio_bench *self)
{
    const bench_state *bench = &self->bench;
    liq_error err;
    size_t count;

    self->book = bench_book(bench);
    self->device = bench_device(bench);
    bench_need(bench, liq_market_create(&self->market, self->book, &err), &err);
    bench_need(bench, liq_rows_create(&self->rows, self->book, NULL, &err), &err);
    bench_need(
        bench,
        baseline_portfolio_make(&self->baseline, self->book, &self->market, &self->rows, &err),
        &err);
    count = self->rows.row_count;
    bench_need(
        bench,
        liq_memory_array(&self->said_by_baseline, count, sizeof *self->said_by_baseline, &err),
        &err);
    bench_need(bench,
               liq_memory_array(&self->said_by_truth, count, sizeof *self->said_by_truth, &err),
               &err);
    if (self->device != NULL)
        bench_need(bench,
                   liq_device_scan_create(&self->scan, self->device, &self->rows, &self->market,
                                          NULL, &err),
                   &err);
}

/* Three ways to the same rows. */
static void compare(portfolio_bench *self)
{
    const bench_state *bench = &self->bench;
    liq_device_scan_cost cost = {0};
    bool same = true;
    uint64_t flagged = 0;
    liq_error err;

    baseline_portfolio_scan(&self->baseline, bench->crew, self->said_by_baseline);
    liq_truth_scan(&self->market, &self->rows, self->said_by_truth);
    for (uint32_t i = 0; i < self->rows.row_count; i++) {
        const baseline_row *left = &self->said_by_baseline[i];
        const liq_row_record *right = &self->said_by_truth[i];

        same = same && left->equity == right->equity && left->maintenance == right->maintenance &&
               left->initial == right->initial && left->notional == right->notional &&
               left->status == right->status;
        flagged += right->status >= LIQ_ROW_LIQUIDATE && right->status <= LIQ_ROW_BANKRUPT;
    }
    bench_check(bench, same, "the baseline and the CPU truth differ");
    bench_check(bench, flagged > 0, "no account is flagged: nothing is compared");
    if (self->scan == NULL)
        return;
    bench_need(bench, liq_device_scan_run(self->scan, &self->market, NULL, &cost, &err), &err);
    bench_need(bench, liq_device_scan_view(self->scan, &self->said_by_device, &err), &err);
    self->device_bytes = cost.bytes;
    bench_check(bench,
                memcmp(self->said_by_device, self->said_by_truth,
                       self->rows.row_count * sizeof *self->said_by_truth) == 0,
                "the device and the CPU truth differ");
}

/* The baseline reads the grid where it lies; its own values of a lot are taken over again. */
static void move(portfolio_bench *self)
{
    const bench_state *bench = &self->bench;
    liq_error err;

    for (uint32_t i = 0; i < self->book->venue.instrument_count; i += 3)
        bench_need(bench,
                   liq_book_shock(self->book, liq_names_get(self->book->venue.instrument_names, i),
                                  i == 0 ? -MOST_PPM : MOST_PPM / 2, &err),
                   &err);
    liq_market_update(&self->market, self->book);
    baseline_portfolio_clear(&self->baseline);
    bench_need(
        bench,
        baseline_portfolio_make(&self->baseline, self->book, &self->market, &self->rows, &err),
        &err);
}

static void measure_all(portfolio_bench *self)
{
    row_take(self, "C baseline, all cores", 0, baseline_once);
    row_take(self, "CPU truth, one core", 0, truth_once);
    row_take(self, "grids of all instruments, one core", 0, market_once);
    if (self->scan == NULL)
        return;
    row_take(self, "device, kernels", self->device_bytes, kernel_once);
    row_take(self, "device, prices in to rows out", self->device_bytes, device_once);
}

/* What was compared is equal, so all are given the hash of the truth's rows. */
static void row_take(portfolio_bench *self, const char *what, uint64_t bytes,
                     liq_status (*run)(void *context, uint64_t *ns, liq_error *err))
{
    char text[160];
    bench_row row = {.what = text, .bytes = bytes};
    liq_error err;

    bench_need(&self->bench, measure_take(&row.time, &self->bench.limits, run, self, &err), &err);
    if (run == market_once)
        (void)snprintf(text, sizeof text, "%s: %u", what, self->market.portfolio.instrument_count);
    else
        (void)snprintf(text, sizeof text, "%s: %u rows, %.2f legs each, %.2f M rows/s", what,
                       self->rows.row_count,
                       (double)self->baseline.position_count / self->rows.row_count,
                       (double)self->rows.row_count * 1e3 / (double)row.time.min_ns);
    if (row.bytes > 0)
        bench_row_read(&self->bench, &row);
    bench_row_hash(&row, self->said_by_truth, self->rows.row_count * sizeof *self->said_by_truth);
    bench_row_write(&self->bench, &row);
}

static liq_status baseline_once(void *context, uint64_t *ns, liq_error *err)
{
    portfolio_bench *self = context;

    (void)ns;
    (void)err;
    baseline_portfolio_scan(&self->baseline, self->bench.crew, self->said_by_baseline);
    return LIQ_OK;
}

static liq_status truth_once(void *context, uint64_t *ns, liq_error *err)
{
    portfolio_bench *self = context;

    (void)ns;
    (void)err;
    liq_truth_scan(&self->market, &self->rows, self->said_by_truth);
    return LIQ_OK;
}

/* A second market begins without numbers, as if every price had moved. */
static liq_status market_once(void *context, uint64_t *ns, liq_error *err)
{
    portfolio_bench *self = context;
    liq_portfolio_market *portfolio = &self->market.portfolio;

    (void)ns;
    (void)err;
    for (uint32_t i = 0; i < portfolio->instrument_count; i++)
        portfolio->inputs[i].mark.digits = -1;
    liq_portfolio_market_update(portfolio, self->book, &self->market);
    return LIQ_OK;
}

/* By the device's own clock. */
static liq_status kernel_once(void *context, uint64_t *ns, liq_error *err)
{
    portfolio_bench *self = context;
    liq_device_scan_cost cost = {0};
    const liq_status status = liq_device_scan_run(self->scan, &self->market, NULL, &cost, err);

    *ns = cost.kernel_ns;
    return status;
}

static liq_status device_once(void *context, uint64_t *ns, liq_error *err)
{
    portfolio_bench *self = context;
    const liq_status status = liq_device_scan_run(self->scan, &self->market, NULL, NULL, err);

    (void)ns;
    return status != LIQ_OK ? status : liq_device_scan_view(self->scan, &self->said_by_device, err);
}
