/*
 * Auto-deleveraging: the scores of every position and the lights of every side, on a device and as
 * the CPU truth with a sort of each side. Both must say the same.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "bench.h"
#include "scan/adl_lights.h"
#include "scan/device_lights.h"
#include "scan/device_scores.h"
#include "scan/truth.h"
#include "scan/truth_scores.h"

enum { LABEL_BYTES = 96 };

typedef struct adl_bench {
    bench_state bench;
    liq_book *book;
    liq_market market;
    liq_rows rows;
    liq_adl_index index;
    liq_adl_terms terms;
    liq_adl_lights_by by;
    liq_row_record *results;
    int64_t *keys;          /* by position */
    int64_t *keys_by_place; /* the device's */
    int64_t *lots;
    liq_adl_entry *entries; /* by place, each side sorted */
    uint8_t *lights;        /* by place */
    liq_device *device;     /* NULL: there is none */
    liq_device_scan *scan;
    liq_device_scores *scores;
    liq_device_lights *device_lights;
    liq_cut_record *cuts;
} adl_bench;

static void prepare(adl_bench *self);
static void prepare_device(adl_bench *self);
static void array_take(adl_bench *self, void **out, size_t count, size_t item_bytes);
static void compare(adl_bench *self);
static void row_take(adl_bench *self, const char *rule, const char *what,
                     liq_status (*run)(void *context, uint64_t *ns, liq_error *err),
                     const void *said, size_t bytes);
static liq_status truth_scores_once(void *context, uint64_t *ns, liq_error *err);
static liq_status truth_lights_once(void *context, uint64_t *ns, liq_error *err);
static liq_status device_scores_once(void *context, uint64_t *ns, liq_error *err);
static liq_status device_lights_once(void *context, uint64_t *ns, liq_error *err);
static void clear(adl_bench *self);

int main(int argument_count, char **arguments)
{
    static const char *const rules[] = {"bitmex", "binance", "hyperliquid"};
    static adl_bench self;
    size_t key_bytes;

    bench_start(&self.bench, "adl", argument_count, arguments);
    prepare(&self);
    key_bytes = self.book->position_count * sizeof *self.keys;
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        liq_adl_rule rule;
        liq_error err;

        bench_need(&self.bench, liq_adl_rule_find(&rule, rules[i], &err), &err);
        self.terms = liq_adl_terms_make(&self.book->venue, rule);
        self.by = liq_adl_lights_choose(LIQ_ADL_LIGHTS_OF_VENUE, self.terms.rule);
        compare(&self);
        row_take(&self, rules[i], "scores, CPU truth, one core", truth_scores_once, self.keys,
                 key_bytes);
        row_take(&self, rules[i], "lights by sorting, one core", truth_lights_once, self.lights,
                 self.index.position_count);
        if (self.device == NULL)
            continue;
        row_take(&self, rules[i], "scores, device kernels", device_scores_once, self.keys,
                 key_bytes);
        row_take(&self, rules[i], "lights, device kernels", device_lights_once, self.lights,
                 self.index.position_count);
    }
    clear(&self);
    return bench_end(&self.bench);
}

static void prepare(adl_bench *self)
{
    const bench_state *bench = &self->bench;
    liq_error err;

    self->book = bench_book(bench);
    self->device = bench_device(bench);
    bench_need(bench, liq_market_create(&self->market, self->book, &err), &err);
    bench_need(bench, liq_rows_create(&self->rows, self->book, NULL, &err), &err);
    bench_need(bench, liq_adl_index_create(&self->index, self->book, &err), &err);
    bench_need(bench, liq_adl_index_lots(&self->lots, &self->index, self->book, &err), &err);
    array_take(self, (void **)&self->results, self->rows.row_count, sizeof *self->results);
    array_take(self, (void **)&self->keys, self->index.position_count, sizeof *self->keys);
    array_take(self, (void **)&self->keys_by_place, self->index.position_count,
               sizeof *self->keys_by_place);
    array_take(self, (void **)&self->entries, self->index.position_count, sizeof *self->entries);
    array_take(self, (void **)&self->lights, self->index.position_count, sizeof *self->lights);
    array_take(self, (void **)&self->cuts, (size_t)self->index.side_count * LIQ_CUTS,
               sizeof *self->cuts);
    liq_truth_scan(&self->market, &self->rows, self->results);
    if (self->device != NULL)
        prepare_device(self);
}

static void prepare_device(adl_bench *self)
{
    const bench_state *bench = &self->bench;
    liq_device_shared shared;
    liq_error err;

    bench_need(
        bench,
        liq_device_scan_create(&self->scan, self->device, &self->rows, &self->market, NULL, &err),
        &err);
    shared = liq_device_scan_shared(self->scan);
    bench_need(bench,
               liq_device_scores_create(&self->scores, self->scan, self->book, &self->index, &err),
               &err);
    bench_need(bench,
               liq_device_lights_create(&self->device_lights, self->device, shared.shape,
                                        liq_device_scores_keys(self->scores), &self->index,
                                        self->lots, &err),
               &err);
    bench_need(bench, liq_device_scan_run(self->scan, &self->market, self->results, NULL, &err),
               &err);
}

static void array_take(adl_bench *self, void **out, size_t count, size_t item_bytes)
{
    liq_error err;

    bench_need(&self->bench, liq_memory_array(out, count, item_bytes, &err), &err);
}

/* Every key and every light of the device against those of the host. */
static void compare(adl_bench *self)
{
    const bench_state *bench = &self->bench;
    bool same = true;
    uint64_t ns;
    liq_error err;

    bench_need(bench, truth_scores_once(self, &ns, &err), &err);
    bench_need(bench, truth_lights_once(self, &ns, &err), &err);
    if (self->device == NULL)
        return;
    bench_need(bench, device_scores_once(self, &ns, &err), &err);
    bench_need(bench, device_lights_once(self, &ns, &err), &err);
    bench_need(bench, liq_device_scores_read(self->scores, self->keys_by_place, &err), &err);
    for (uint32_t i = 0; i < self->index.position_count; i++)
        same = same && self->keys_by_place[self->index.places[i]] == self->keys[i];
    bench_check(bench, same, "scores of the device and the CPU truth differ");
    for (uint32_t side = 0; side < self->index.side_count; side++)
        for (uint32_t at = self->index.side_firsts[side]; at < self->index.side_firsts[side + 1];
             at++)
            same = same && liq_light_of(&self->cuts[side * LIQ_CUTS], self->keys_by_place[at],
                                        at - self->index.side_firsts[side]) == self->lights[at];
    bench_check(bench, same, "lights of the device and of the sorted queues differ");
}

/* What was compared is equal, so a row of the device is given the hash of the host's. */
static void row_take(adl_bench *self, const char *rule, const char *what,
                     liq_status (*run)(void *context, uint64_t *ns, liq_error *err),
                     const void *said, size_t bytes)
{
    char label[LABEL_BYTES];
    bench_row row = {.what = label};
    liq_error err;

    (void)snprintf(label, sizeof label, "%s %s", rule, what);
    bench_need(&self->bench, measure_take(&row.time, &self->bench.limits, run, self, &err), &err);
    bench_row_hash(&row, said, bytes);
    bench_row_write(&self->bench, &row);
}

static liq_status truth_scores_once(void *context, uint64_t *ns, liq_error *err)
{
    adl_bench *self = context;

    (void)ns;
    (void)err;
    liq_truth_scores(&self->market, &self->rows, self->results, self->terms, self->keys);
    return LIQ_OK;
}

static liq_status truth_lights_once(void *context, uint64_t *ns, liq_error *err)
{
    adl_bench *self = context;

    (void)ns;
    (void)err;
    for (uint32_t i = 0; i < self->index.position_count; i++)
        self->entries[self->index.places[i]] =
            (liq_adl_entry){.score = self->keys[i],
                            .lots = self->lots[self->index.places[i]],
                            .position_index = self->index.places[i],
                            .standing = liq_adl_standing_of(self->keys[i], 0)};
    for (uint32_t side = 0; side < self->index.side_count; side++) {
        const uint32_t first = self->index.side_firsts[side];

        (void)liq_adl_lights_fill(&self->entries[first], self->index.side_firsts[side + 1] - first,
                                  self->by);
    }
    for (uint32_t i = 0; i < self->index.position_count; i++)
        self->lights[self->entries[i].position_index] = (uint8_t)self->entries[i].light;
    return LIQ_OK;
}

/* By the device's own clock. */
static liq_status device_scores_once(void *context, uint64_t *ns, liq_error *err)
{
    adl_bench *self = context;
    const liq_status status = liq_device_scores_run(self->scores, self->terms, err);

    return status != LIQ_OK ? status : liq_device_scores_elapsed(self->scores, ns, err);
}

static liq_status device_lights_once(void *context, uint64_t *ns, liq_error *err)
{
    adl_bench *self = context;
    const liq_status status = liq_device_lights_run(self->device_lights, self->by, self->cuts, err);

    return status != LIQ_OK ? status : liq_device_lights_elapsed(self->device_lights, ns, err);
}

static void clear(adl_bench *self)
{
    liq_device_lights_destroy(self->device_lights);
    liq_device_scores_destroy(self->scores);
    liq_device_scan_destroy(self->scan);
    liq_device_close(self->device);
    liq_adl_index_clear(&self->index);
    liq_rows_clear(&self->rows);
    liq_market_clear(&self->market);
    liq_book_destroy(self->book);
    free(self->results);
    free(self->keys);
    free(self->keys_by_place);
    free(self->lots);
    free(self->entries);
    free(self->lights);
    free(self->cuts);
}
