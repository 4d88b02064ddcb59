/*
 * The exact margin scan of every account, and the scores of every position by the rule of BitMEX:
 * on a device, as the CPU truth, and as the C baseline over the same book. All must say the same,
 * at the book's prices and after a shock.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "baseline_book.h"
#include "bench.h"
#include "book/rows.h"
#include "scan/device_scan.h"
#include "scan/device_scores.h"
#include "scan/truth.h"
#include "scan/truth_scores.h"

typedef struct scan_bench {
    bench_state bench;
    liq_book *book;
    baseline_book baseline;
    liq_market market;
    liq_rows rows;
    liq_device *device; /* NULL: there is none */
    liq_device_scan *scan;
    baseline_row *said_by_baseline;
    liq_row_record *said_by_truth;
    const liq_row_record *said_by_device; /* lent by scan until it runs again */
    liq_adl_index index;
    liq_adl_terms terms;
    liq_device_scores *scores;
    int64_t *keys_of_baseline; /* by position */
    int64_t *keys_of_truth;
    int64_t *keys_by_place; /* the device's */
    uint64_t device_bytes;  /* that a scan on it moves */
} scan_bench;

static void prepare(scan_bench *self);
static void prepare_scores(scan_bench *self);
static void compare(scan_bench *self);
static void compare_scores(scan_bench *self);
static void move(scan_bench *self);
static void measure_all(scan_bench *self);
static void row_take(scan_bench *self, bench_row *row,
                     liq_status (*run)(void *context, uint64_t *ns, liq_error *err),
                     const liq_row_record *said);
static liq_status baseline_once(void *context, uint64_t *ns, liq_error *err);
static liq_status baseline_scores_once(void *context, uint64_t *ns, liq_error *err);
static liq_status truth_once(void *context, uint64_t *ns, liq_error *err);
static liq_status device_scores_once(void *context, uint64_t *ns, liq_error *err);
static liq_status kernel_scores_once(void *context, uint64_t *ns, liq_error *err);
static liq_status device_once(void *context, uint64_t *ns, liq_error *err);
static liq_status kernel_once(void *context, uint64_t *ns, liq_error *err);

int main(int argument_count, char **arguments)
{
    static scan_bench self;

    bench_start(&self.bench, "scan", argument_count, arguments);
    prepare(&self);
    compare(&self);
    measure_all(&self);
    move(&self);
    compare(&self);
    liq_device_scores_destroy(self.scores);
    liq_device_scan_destroy(self.scan);
    liq_adl_index_clear(&self.index);
    liq_device_close(self.device);
    liq_rows_clear(&self.rows);
    liq_market_clear(&self.market);
    baseline_book_clear(&self.baseline);
    liq_book_destroy(self.book);
    free(self.said_by_baseline);
    free(self.said_by_truth);
    free(self.keys_of_baseline);
    free(self.keys_of_truth);
    free(self.keys_by_place);
    return bench_end(&self.bench);
}

static void prepare(scan_bench *self)
{
    const bench_state *bench = &self->bench;
    liq_error err;
    size_t count;

    self->book = bench_book(bench);
    self->device = bench_device(bench);
    bench_need(bench, baseline_book_make(&self->baseline, self->book, &err), &err);
    bench_need(bench, liq_market_create(&self->market, self->book, &err), &err);
    bench_need(bench, liq_rows_create(&self->rows, self->book, NULL, &err), &err);
    bench_check(bench, self->rows.row_count == self->baseline.account_count,
                "the book has isolated positions");
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
    prepare_scores(self);
}

static void prepare_scores(scan_bench *self)
{
    const bench_state *bench = &self->bench;
    int64_t **const keys[] = {&self->keys_of_baseline, &self->keys_of_truth, &self->keys_by_place};
    const size_t count = self->book->position_count;
    liq_error err;

    self->terms = liq_adl_terms_make(&self->book->venue, LIQ_ADL_BITMEX);
    bench_need(bench, liq_adl_index_create(&self->index, self->book, &err), &err);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        bench_need(bench, liq_memory_array(keys[i], count, sizeof **keys[i], &err), &err);
    if (self->scan != NULL)
        bench_need(
            bench,
            liq_device_scores_create(&self->scores, self->scan, self->book, &self->index, &err),
            &err);
}

/* Three ways to the same rows, to the last unit. */
static void compare(scan_bench *self)
{
    const bench_state *bench = &self->bench;
    liq_device_scan_cost cost = {0};
    bool same = true;
    uint64_t flagged = 0;
    liq_error err;

    baseline_scan(&self->baseline, bench->crew, self->said_by_baseline, self->keys_of_baseline);
    liq_truth_scan(&self->market, &self->rows, self->said_by_truth);
    for (uint32_t i = 0; i < self->rows.row_count; i++) {
        const baseline_row *left = &self->said_by_baseline[i];
        const liq_row_record *right = &self->said_by_truth[i];

        same = same && left->equity == right->equity && left->maintenance == right->maintenance &&
               left->initial == right->initial && left->notional == right->notional &&
               left->status == right->status;
        flagged += right->status >= LIQ_ROW_LIQUIDATE;
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
    compare_scores(self);
}

/* Of all rows that were just compared. */
static void compare_scores(scan_bench *self)
{
    const bench_state *bench = &self->bench;
    const uint64_t count = self->book->position_count;
    bool same = true;
    liq_error err;

    liq_truth_scores(&self->market, &self->rows, self->said_by_truth, self->terms,
                     self->keys_of_truth);
    bench_check(bench,
                memcmp(self->keys_of_baseline, self->keys_of_truth,
                       count * sizeof *self->keys_of_truth) == 0,
                "scores of the baseline and the CPU truth differ");
    bench_need(
        bench,
        liq_device_scores_run_scan(self->scores, self->scan, &self->market, self->terms, &err),
        &err);
    bench_need(bench, liq_device_scores_read(self->scores, self->keys_by_place, &err), &err);
    for (uint64_t i = 0; i < count; i++)
        same = same && self->keys_by_place[self->index.places[i]] == self->keys_of_truth[i];
    bench_check(bench, same, "scores of the device and the CPU truth differ");
}

/* A crash of the most popular contracts. */
static void move(scan_bench *self)
{
    const bench_state *bench = &self->bench;
    liq_error err;

    for (uint32_t i = 0; i < self->book->venue.instrument_count; i += 3)
        bench_need(bench,
                   liq_book_shock(self->book, liq_names_get(self->book->venue.instrument_names, i),
                                  i == 0 ? -123456 : 54321, &err),
                   &err);
    liq_market_update(&self->market, self->book);
    bench_need(bench, baseline_book_mark(&self->baseline, self->book, &err), &err);
}

/* What was compared is equal, so all are given the hash of the truth's rows. */
static void measure_all(scan_bench *self)
{
    bench_row row = {.what = "C baseline, all cores",
                     .bytes = baseline_bytes(&self->baseline, false)};

    row_take(self, &row, baseline_once, self->said_by_truth);
    row = (bench_row){.what = "C baseline, all cores, rows and scores",
                      .bytes = baseline_bytes(&self->baseline, true)};
    row_take(self, &row, baseline_scores_once, self->said_by_truth);
    row = (bench_row){.what = "CPU truth, one core"};
    row_take(self, &row, truth_once, self->said_by_truth);
    if (self->scan == NULL)
        return;
    row = (bench_row){.what = "device, kernels", .bytes = self->device_bytes};
    row_take(self, &row, kernel_once, self->said_by_truth);
    row = (bench_row){.what = "device, prices in to rows out", .bytes = self->device_bytes};
    row_take(self, &row, device_once, self->said_by_truth);
    row = (bench_row){.what = "device, kernels, rows and scores"};
    row_take(self, &row, kernel_scores_once, self->said_by_truth);
    row = (bench_row){.what = "device, prices in to rows and scores out"};
    row_take(self, &row, device_scores_once, self->said_by_truth);
}

static void row_take(scan_bench *self, bench_row *row,
                     liq_status (*run)(void *context, uint64_t *ns, liq_error *err),
                     const liq_row_record *said)
{
    liq_error err;

    bench_need(&self->bench, measure_take(&row->time, &self->bench.limits, run, self, &err), &err);
    if (row->bytes > 0)
        bench_row_read(&self->bench, row);
    bench_row_hash(row, said, self->rows.row_count * sizeof *said);
    bench_row_write(&self->bench, row);
}

static liq_status baseline_once(void *context, uint64_t *ns, liq_error *err)
{
    scan_bench *self = context;

    (void)ns;
    (void)err;
    baseline_scan(&self->baseline, self->bench.crew, self->said_by_baseline, NULL);
    return LIQ_OK;
}

static liq_status baseline_scores_once(void *context, uint64_t *ns, liq_error *err)
{
    scan_bench *self = context;

    (void)ns;
    (void)err;
    baseline_scan(&self->baseline, self->bench.crew, self->said_by_baseline,
                  self->keys_of_baseline);
    return LIQ_OK;
}

static liq_status truth_once(void *context, uint64_t *ns, liq_error *err)
{
    scan_bench *self = context;

    (void)ns;
    (void)err;
    liq_truth_scan(&self->market, &self->rows, self->said_by_truth);
    return LIQ_OK;
}

static liq_status device_once(void *context, uint64_t *ns, liq_error *err)
{
    scan_bench *self = context;

    const liq_status status = liq_device_scan_run(self->scan, &self->market, NULL, NULL, err);

    (void)ns;
    return status != LIQ_OK ? status : liq_device_scan_view(self->scan, &self->said_by_device, err);
}

/* By the device's own clock. */
static liq_status kernel_once(void *context, uint64_t *ns, liq_error *err)
{
    scan_bench *self = context;
    liq_device_scan_cost cost = {0};
    const liq_status status = liq_device_scan_run(self->scan, &self->market, NULL, &cost, err);

    *ns = cost.kernel_ns;
    return status;
}

static liq_status device_scores_once(void *context, uint64_t *ns, liq_error *err)
{
    scan_bench *self = context;
    const int64_t *keys;
    liq_status status;

    (void)ns;
    if ((status = liq_device_scores_run_scan(self->scores, self->scan, &self->market, self->terms,
                                             err)) != LIQ_OK ||
        (status = liq_device_scores_view(self->scores, &keys, err)) != LIQ_OK)
        return status;
    return liq_device_scan_view(self->scan, &self->said_by_device, err);
}

static liq_status kernel_scores_once(void *context, uint64_t *ns, liq_error *err)
{
    scan_bench *self = context;
    liq_device_scan_cost cost = {0};
    uint64_t scores_ns = 0;
    liq_status status;

    if ((status = liq_device_scores_run_scan(self->scores, self->scan, &self->market, self->terms,
                                             err)) != LIQ_OK ||
        (status = liq_device_scores_elapsed(self->scores, &scores_ns, err)) != LIQ_OK)
        return status;
    status = liq_device_scan_cost_take(self->scan, &cost, err);
    *ns = cost.kernel_ns + scores_ns;
    return status;
}
