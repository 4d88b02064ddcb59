/*
 * One tick in which a market falls: so many accounts are bankrupt at once that the funds, which
 * hold nothing, pay for none of them, and all they held is deleveraged. From prices to the last
 * action, with its parts, at sizes ten times apart: what is flagged must cost in proportion.
 */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "scan/device_scores.h"
#include "scan/flagged.h"
#include "scan/truth.h"
#include "scan/truth_scores.h"
#include "settle/settle_text.h"
#include "settle/waterfall.h"

enum { LABEL_BYTES = 96, SEARCH_STEPS = 20, SHOCK_ONE = 1000000 };

/* Times of one run, and the least of each over all runs. */
typedef struct burst_times {
    uint64_t scan_ns;
    uint64_t scores_ns;
    uint64_t settle_ns;
    uint64_t adl_ns;
    uint64_t all_ns;
} burst_times;

typedef struct burst_bench {
    bench_state bench;
    liq_book *book;
    liq_decimal *marks; /* before the fall */
    liq_market market;
    liq_rows rows;
    liq_row_record *results;
    int64_t *keys; /* scores by place */
    int64_t *truth_keys;
    uint32_t *flagged;
    liq_settle_row *settle_rows;
    liq_adl_terms terms;
    liq_device *device; /* NULL: there is none */
    liq_device_scan *scan;
    liq_device_scores *scores;
    liq_book_source source;
    liq_waterfall waterfall;
    burst_times least;
    uint64_t audit_ns;
    uint64_t actions;
    uint64_t fills;
    uint32_t flagged_count;
    bool times_audit;
} burst_bench;

static void prepare(burst_bench *self);
static void rules_set(liq_liquidation *rules);
static void burst_run(burst_bench *self, uint32_t target);
static void fall_find(burst_bench *self, uint32_t target);
static void fall_set(burst_bench *self, int64_t ppm);
static bool is_enough(const burst_bench *self, uint32_t target);
static liq_status burst_once(void *context, uint64_t *ns, liq_error *err);
static liq_status scan_once(burst_bench *self, liq_error *err);
static liq_status scores_once(burst_bench *self, liq_error *err);
static void waterfall_make(burst_bench *self);
static void rows_write(burst_bench *self, const bench_times *all);
static void row_write(burst_bench *self, const char *what, uint64_t least_ns);
static void clear(burst_bench *self);

int main(int argument_count, char **arguments)
{
    static burst_bench self;

    bench_start(&self.bench, "burst", argument_count, arguments);
    prepare(&self);
    if (self.bench.is_small) {
        burst_run(&self, self.book->account_count / 100);
        burst_run(&self, self.book->account_count / 10);
    } else {
        burst_run(&self, 1000);
        burst_run(&self, 11279); /* liquidations of one timestamp on 10 October 2025 */
        burst_run(&self, 100000);
    }
    clear(&self);
    return bench_end(&self.bench);
}

static void prepare(burst_bench *self)
{
    const bench_state *bench = &self->bench;
    liq_error err;
    size_t instruments;

    self->book = bench_book(bench);
    self->device = bench_device(bench);
    instruments = self->book->venue.instrument_count;
    rules_set(&self->book->venue.policy.liquidation);
    for (uint32_t i = 0; i < self->book->venue.fund_count; i++)
        self->book->venue.funds[i].balance = 0;
    bench_need(bench, liq_market_create(&self->market, self->book, &err), &err);
    bench_need(bench, liq_rows_create(&self->rows, self->book, NULL, &err), &err);
    bench_need(bench,
               liq_book_source_create(&self->source, self->book, self->rows.keys,
                                      self->rows.row_count, &err),
               &err);
    bench_need(bench, liq_memory_array(&self->marks, instruments, sizeof *self->marks, &err), &err);
    bench_need(bench,
               liq_memory_array(&self->results, self->rows.row_count, sizeof *self->results, &err),
               &err);
    bench_need(
        bench,
        liq_memory_array(&self->keys, self->source.index.position_count, sizeof *self->keys, &err),
        &err);
    bench_need(bench,
               liq_memory_array(&self->truth_keys, self->source.index.position_count,
                                sizeof *self->truth_keys, &err),
               &err);
    bench_need(bench,
               liq_memory_array(&self->flagged, self->rows.row_count, sizeof *self->flagged, &err),
               &err);
    bench_need(
        bench,
        liq_memory_array(&self->settle_rows, self->rows.row_count, sizeof *self->settle_rows, &err),
        &err);
    memcpy(self->marks, self->book->instrument_marks, instruments * sizeof *self->marks);
    self->terms = liq_adl_terms_make(&self->book->venue, self->book->venue.policy.adl_rule);
    self->source.results = self->results;
    self->source.scores = self->keys;
    if (self->device == NULL)
        return;
    bench_need(
        bench,
        liq_device_scan_create(&self->scan, self->device, &self->rows, &self->market, NULL, &err),
        &err);
    bench_need(
        bench,
        liq_device_scores_create(&self->scores, self->scan, self->book, &self->source.index, &err),
        &err);
}

/* The production shape of that day: takeover, a fund that is empty, the queue. */
static void rules_set(liq_liquidation *rules)
{
    rules->execution = LIQ_EXECUTION_BANKRUPTCY;
    rules->takeover = LIQ_TAKEOVER_FLAGGED;
    rules->adl_trigger = LIQ_ADL_ON_FLOOR;
    rules->adl_policy = LIQ_ADL_POLICY_QUEUE;
    rules->adl_price = LIQ_ADL_AT_BANKRUPTCY;
}

static void burst_run(burst_bench *self, uint32_t target)
{
    const bench_state *bench = &self->bench;
    bench_times times;
    liq_error err;

    fall_find(self, target);
    self->least = (burst_times){UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX};
    bench_need(bench, measure_take(&times, &bench->limits, burst_once, self, &err), &err);
    bench_check(bench, liq_waterfall_conserved(&self->waterfall), "the rooms do not add up");
    bench_check(bench, self->flagged_count >= target, "too few accounts are flagged");
    bench_check(bench, self->fills >= target, "too few positions are deleveraged");
    self->times_audit = true;
    bench_need(bench, measure_take(&(bench_times){0}, &bench->limits, burst_once, self, &err),
               &err);
    self->times_audit = false;
    rows_write(self, &times);
}

/* The least fall of all marks, in millionths, at which there is enough to do. */
static void fall_find(burst_bench *self, uint32_t target)
{
    int64_t low = 0;
    int64_t high = SHOCK_ONE - 1;

    for (int i = 0; i < SEARCH_STEPS && high - low > 1; i++) {
        const int64_t middle = low + (high - low) / 2;

        fall_set(self, middle);
        liq_market_update(&self->market, self->book);
        liq_truth_scan(&self->market, &self->rows, self->results);
        if (!is_enough(self, target))
            low = middle;
        else
            high = middle;
    }
    fall_set(self, high);
}

static void fall_set(burst_bench *self, int64_t ppm)
{
    for (uint32_t i = 0; i < self->book->venue.instrument_count; i++) {
        const liq_decimal factor = {.digits = SHOCK_ONE - ppm, .decimals = 6};
        const int32_t decimals =
            self->marks[i].decimals + 6 < 18 ? self->marks[i].decimals + 6 : 18;
        liq_int128 wide;
        liq_decimal moved;

        if (self->marks[i].digits == 0 ||
            !liq_decimal_product(&wide, self->marks[i], factor, decimals, LIQ_ROUND_FLOOR) ||
            !liq_decimal_from_units(&moved, (int64_t)wide, decimals) || moved.digits <= 0)
            continue;
        self->book->instrument_marks[i] = moved;
    }
}

/* Whether so many margin accounts are flagged, and bankrupt ones hold so many positions: each of
   those is deleveraged in at least one fill. */
static bool is_enough(const burst_bench *self, uint32_t target)
{
    uint32_t flagged = 0;
    uint64_t positions = 0;

    for (uint32_t i = 0; i < self->rows.row_count; i++) {
        flagged += liq_flagged_status(self->results[i].status);
        for (uint64_t j = self->rows.entry_first[i];
             self->results[i].status == LIQ_ROW_BANKRUPT && j < self->rows.entry_first[i + 1]; j++)
            positions += self->rows.tags[j] >> LIQ_TAG_INDEX_BITS == LIQ_ENTRY_POSITION;
    }
    return flagged >= target && positions >= target;
}

/* From prices to the last action; what the run is made ready with is not counted. */
static liq_status burst_once(void *context, uint64_t *ns, liq_error *err)
{
    burst_bench *self = context;
    liq_waterfall_input input = {.flagged = self->settle_rows, .tick = 1};
    burst_times times;
    uint64_t start_ns;
    liq_status status;

    waterfall_make(self);
    start_ns = liq_clock_ns();
    if ((status = scan_once(self, err)) != LIQ_OK)
        return status;
    times.scan_ns = liq_clock_ns() - start_ns;
    if ((status = scores_once(self, err)) != LIQ_OK)
        return status;
    times.scores_ns = liq_clock_ns() - start_ns - times.scan_ns;
    input.flagged_count = self->flagged_count;
    if ((status = liq_waterfall_run(&self->waterfall, &input, err)) != LIQ_OK)
        return status;
    times.all_ns = liq_clock_ns() - start_ns;
    times.adl_ns = self->waterfall.totals.adl_ns;
    times.settle_ns = times.all_ns - times.scan_ns - times.scores_ns - times.adl_ns;
    *ns = times.all_ns;
    self->actions = self->waterfall.action_count;
    self->fills = self->waterfall.totals.adl_fills;
    if (self->times_audit) {
        self->audit_ns = self->waterfall.rooms.audit_ns;
        return LIQ_OK;
    }
    if (times.all_ns < self->least.all_ns)
        self->least = times;
    return LIQ_OK;
}

static liq_status scan_once(burst_bench *self, liq_error *err)
{
    liq_status status = LIQ_OK;

    liq_market_update(&self->market, self->book);
    if (self->scan == NULL)
        liq_truth_scan(&self->market, &self->rows, self->results);
    else
        status = liq_device_scan_run(self->scan, &self->market, self->results, NULL, err);
    if (status != LIQ_OK)
        return status;
    self->flagged_count = liq_flagged_list(self->results, self->rows.row_count, self->flagged);
    for (uint32_t i = 0; i < self->flagged_count; i++)
        self->settle_rows[i] =
            liq_settle_row_of(&self->rows.keys[self->flagged[i]], &self->results[self->flagged[i]]);
    return LIQ_OK;
}

static liq_status scores_once(burst_bench *self, liq_error *err)
{
    liq_status status;

    if (self->scores != NULL) {
        if ((status = liq_device_scores_run(self->scores, self->terms, err)) != LIQ_OK)
            return status;
        return liq_device_scores_read(self->scores, self->keys, err);
    }
    liq_truth_scores(&self->market, &self->rows, self->results, self->terms, self->truth_keys);
    for (uint32_t i = 0; i < self->source.index.position_count; i++)
        self->keys[self->source.index.places[i]] = self->truth_keys[i];
    return LIQ_OK;
}

/* Funds are empty again and nothing is held; memory is kept, as it is from tick to tick. */
static void waterfall_make(burst_bench *self)
{
    const liq_settle_source face = liq_book_source_face(&self->source);
    const liq_venue *venue = &self->book->venue;
    liq_waterfall *waterfall = &self->waterfall;
    liq_error err;

    if (waterfall->prices == NULL)
        bench_need(&self->bench,
                   liq_waterfall_create(waterfall, &face, self->book, self->book->depth,
                                        self->book->depth_count, NULL, &err),
                   &err);
    liq_funds_clear(&waterfall->funds);
    bench_need(&self->bench, liq_funds_create(&waterfall->funds, venue, &err), &err);
    memset(waterfall->rooms.changes, 0,
           (size_t)venue->asset_count * LIQ_ROOMS_COUNT * sizeof *waterfall->rooms.changes);
    waterfall->seq = 0;
    waterfall->rooms.audit_is_timed = self->times_audit;
}

static void rows_write(burst_bench *self, const bench_times *all)
{
    char label[LABEL_BYTES];
    bench_row row = {.what = label, .time = *all};

    (void)snprintf(label, sizeof label, "%u flagged, %llu fills: prices to last action",
                   self->flagged_count, (unsigned long long)self->fills);
    bench_row_hash(&row, self->waterfall.actions,
                   (size_t)self->actions * sizeof *self->waterfall.actions);
    bench_row_write(&self->bench, &row);
    row_write(self, "scan and list", self->least.scan_ns);
    row_write(self, "scores", self->least.scores_ns);
    row_write(self, "settle", self->least.settle_ns);
    row_write(self, "deleverage", self->least.adl_ns);
    row_write(self, "audit, within both", self->audit_ns);
}

static void row_write(burst_bench *self, const char *what, uint64_t least_ns)
{
    char label[LABEL_BYTES];
    bench_row row = {
        .what = label,
        .time = {.min_ns = least_ns, .median_ns = least_ns, .p99_ns = least_ns, .runs = 1}};

    (void)snprintf(label, sizeof label, "  of it %s", what);
    bench_row_write(&self->bench, &row);
}

static void clear(burst_bench *self)
{
    liq_waterfall_clear(&self->waterfall);
    liq_book_source_clear(&self->source);
    liq_device_scores_destroy(self->scores);
    liq_device_scan_destroy(self->scan);
    liq_device_close(self->device);
    liq_rows_clear(&self->rows);
    liq_market_clear(&self->market);
    liq_book_destroy(self->book);
    free(self->marks);
    free(self->results);
    free(self->keys);
    free(self->truth_keys);
    free(self->flagged);
    free(self->settle_rows);
}
