/*
 * Many scenarios in one pass against as many single scans: what a scenario costs either way, in the
 * same run. All marks move together by -30% to +30%, each instrument by a beta of its own; or the
 * most popular one alone. Of both kinds some scenarios are scanned one by one, from prices in to
 * the list of flagged accounts, and must say the same of every status.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <liqscan/scanner.h>
#include <liqscan/stress.h>

#include "base/clock.h"
#include "bench.h"
#include "scan/stress_run.h"

enum {
    SMALL_SCENARIOS = 96,
    FULL_SCENARIOS = 1024,
    SAMPLES = 16,
    CHANGE_PPM_MAX = 300000,
    RATIO_TENTHS_LEAST = 100 /* of the full sizes: ten times as fast */
};

typedef struct stress_bench {
    bench_state bench;
    const char *device;
    liq_book *book;
    liq_stress_book moved; /* of the single scans */
    liq_scanner *scanner;
    liq_stress *stress;
    liq_stress_set *set;
    liq_stress_summary summary;
    uint32_t scenarios;
} stress_bench;

static void device_choose(stress_bench *self);
static void set_make(stress_bench *self, bool all);
static void kind_run(stress_bench *self, const char *kind);
static uint64_t scans_run(stress_bench *self);
static uint64_t scan_run(stress_bench *self, uint32_t scenario);
static liq_status stress_once(void *context, uint64_t *ns, liq_error *err);

int main(int argument_count, char **arguments)
{
    static stress_bench self;
    liq_stress_options options = {.skip_self_test = 1};
    liq_scanner_options scanner_options = {.skip_self_test = 1};
    liq_error err;

    bench_start(&self.bench, "stress", argument_count, arguments);
    self.book = bench_book(&self.bench);
    self.scenarios = self.bench.is_small ? SMALL_SCENARIOS : FULL_SCENARIOS;
    device_choose(&self);
    options.device = scanner_options.device = self.device;
    bench_need(&self.bench, liq_stress_book_create(&self.moved, self.book, &err), &err);
    bench_need(&self.bench, liq_stress_create(&self.stress, self.book, &options, &err), &err);
    bench_need(&self.bench,
               liq_scanner_create(&self.scanner, &self.moved.book, &scanner_options, &err), &err);
    set_make(&self, true);
    kind_run(&self, "all marks by betas");
    set_make(&self, false);
    kind_run(&self, "one mark");
    liq_stress_set_destroy(self.set);
    liq_scanner_destroy(self.scanner);
    liq_stress_destroy(self.stress);
    liq_stress_book_clear(&self.moved);
    liq_book_destroy(self.book);
    return bench_end(&self.bench);
}

static void device_choose(stress_bench *self)
{
    liq_device *device = bench_device(&self->bench);

    self->device = device == NULL               ? LIQ_DEVICE_CPU_REFERENCE
                   : self->bench.device != NULL ? self->bench.device
                                                : "";
    liq_device_close(device);
}

/* Scenarios from -30% to +30%, of all instruments or of the first. */
static void set_make(stress_bench *self, bool all)
{
    const uint32_t moves = all ? self->book->venue.instrument_count : 1;
    liq_error err;

    liq_stress_set_destroy(self->set);
    self->set = NULL;
    bench_need(&self->bench, liq_stress_set_create(&self->set, self->book, &err), &err);
    for (uint32_t i = 0; i < self->scenarios; i++) {
        const int64_t factor =
            (int64_t)2 * CHANGE_PPM_MAX * i / (self->scenarios - 1) - CHANGE_PPM_MAX;
        char name[32];

        (void)snprintf(name, sizeof name, "%lld ppm", (long long)factor);
        bench_need(&self->bench, liq_stress_set_add(self->set, name, &err), &err);
        for (uint32_t k = 0; k < moves; k++)
            bench_need(&self->bench,
                       liq_stress_set_shock(self->set,
                                            liq_names_get(self->book->venue.instrument_names, k),
                                            factor * (700 + k * 37 % 700) / 1000, &err),
                       &err);
    }
}

static void kind_run(stress_bench *self, const char *kind)
{
    const measure_limits limits = {
        .runs_min = 3, .runs_max = 20, .budget_ns = self->bench.limits.budget_ns};
    char what[160];
    bench_row row = {.what = what};
    uint64_t scans_ns;
    uint64_t each_ns;
    liq_error err;

    bench_need(&self->bench, measure_take(&row.time, &limits, stress_once, self, &err), &err);
    scans_ns = scans_run(self);
    each_ns = row.time.min_ns / self->scenarios;
    (void)snprintf(what, sizeof what,
                   "%u scenarios, %s: %.3f ms each (kernels %.3f), %.0f pairs exact; a scan %.3f "
                   "ms, %.1f times as long",
                   self->scenarios, kind, (double)each_ns / 1e6,
                   (double)self->summary.device_ns / self->scenarios / 1e6,
                   (double)self->summary.exact_pairs / self->scenarios, (double)scans_ns / 1e6,
                   (double)scans_ns / (double)each_ns);
    (void)snprintf(row.result, sizeof row.result, "%s", self->summary.hash);
    bench_row_write(&self->bench, &row);
    bench_check(&self->bench, self->bench.is_small || scans_ns * 10 >= each_ns * RATIO_TENTHS_LEAST,
                "a scenario is not ten times as fast as a scan");
}

/* The mean of some scenarios, each the best of three. */
static uint64_t scans_run(stress_bench *self)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < SAMPLES; i++) {
        const uint32_t scenario = (self->scenarios - 1) * i / (SAMPLES - 1);
        uint64_t best = UINT64_MAX;

        for (uint32_t k = 0; k < 3; k++) {
            const uint64_t ns = scan_run(self, scenario);

            best = ns < best ? ns : best;
        }
        sum += best;
    }
    return sum / SAMPLES;
}

static uint64_t scan_run(stress_bench *self, uint32_t scenario)
{
    liq_scan_summary summary;
    liq_stress_outcome outcome;
    liq_error err;

    liq_stress_set_apply(self->set, scenario, &self->moved);
    bench_need(&self->bench, liq_scanner_scan(self->scanner, &summary, &err), &err);
    liq_stress_outcome_read(self->stress, scenario, &outcome);
    bench_check(&self->bench,
                memcmp(summary.by_status, outcome.by_status, sizeof summary.by_status) == 0,
                "a scan says something else of the statuses");
    return summary.wall_ns;
}

static liq_status stress_once(void *context, uint64_t *ns, liq_error *err)
{
    stress_bench *self = context;
    const liq_status status = liq_stress_run(self->stress, self->set, &self->summary, err);

    *ns = self->summary.wall_ns;
    return status;
}
