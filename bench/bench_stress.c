/*
 * Many scenarios in one pass against as many single scans: what a scenario costs either way, in the
 * same run. Three kinds: all marks by betas from -30% to +30%, the most popular mark alone, and
 * moves of all marks that have nothing in common. Of each kind some scenarios are also
 *   - scanned, from prices in to the values of all accounts and the list of flagged ones, and
 *   - ticked by a live book that stood at the scenario before, which decides about everybody, skips
 *     who cannot have crossed, and values only whom it flags: the least that one scan costs,
 * and both must say the same of every status. A quarter of the scenarios shows whether time grows
 * in proportion: what each further one costs is what 10,000 of them are made of.
 *
 * --scenarios N runs so many (1,024), such as all 10,000; --portfolio PERCENT makes so many
 * accounts of its own small book ones of portfolio margin. Processor time stands beside the
 * time on the wall: on a busy machine only its ratios mean something.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <liqscan/live.h>
#include <liqscan/scanner.h>
#include <liqscan/stress.h>

#include "base/clock.h"
#include "base/decimal.h"
#include "base/memory.h"
#include "bench.h"
#include "scan/stress_run.h"

enum {
    SMALL_SCENARIOS = 96,
    FULL_SCENARIOS = 1024,
    SCENARIOS_MAX = 1000000,
    SAMPLES = 16,
    RUNS = 3,
    CHANGE_PPM_MAX = 300000,
    RATIO_LEAST = 10, /* of the full sizes: so many times as fast as a scan */
    WANTED = 10000
};

/* Which marks scenarios move. */
typedef enum move_kind { MOVE_ALL, MOVE_ONE, MOVE_SCATTERED, MOVE_KINDS } move_kind;

/* What something took. */
typedef struct cost {
    double wall_ms;
    double cpu_ms;
} cost;

typedef struct stress_bench {
    bench_state bench;
    const char *device;
    liq_book *book;
    liq_stress_book moved; /* of the single scans */
    liq_scanner *scanner;
    liq_live *live;
    liq_live_event *events;
    char (*texts)[LIQ_DECIMAL_BYTES];
    liq_stress *stress;
    liq_stress_set *set;
    liq_stress_summary summary;
    uint32_t scenarios;
    move_kind kind;
} stress_bench;

static uint32_t scenarios_take(int *argument_count, char **arguments);
static void parts_create(stress_bench *self);
static void parts_destroy(stress_bench *self);
static void kind_run(stress_bench *self);
static void set_make(stress_bench *self, uint32_t count);
static int64_t move_of(const stress_bench *self, uint32_t scenario, uint32_t count,
                       uint32_t instrument);
static cost stress_cost(stress_bench *self, bench_times *times);
static cost singles_cost(stress_bench *self, cost (*single)(stress_bench *self, uint32_t scenario));
static cost scan_once(stress_bench *self, uint32_t scenario);
static cost tick_once(stress_bench *self, uint32_t scenario);
static cost live_move(stress_bench *self, uint32_t scenario, liq_live_summary *summary);
static void statuses_check(stress_bench *self, uint32_t scenario, const uint64_t *by_status);
static cost cost_now(void);
static cost cost_since(cost start);
static void cost_least(cost *least, cost other);
static void singles_write(stress_bench *self, const char *what, cost single, cost each);

int main(int argument_count, char **arguments)
{
    static stress_bench self;
    const uint32_t scenarios = scenarios_take(&argument_count, arguments);

    bench_start(&self.bench, "stress", argument_count, arguments);
    self.scenarios = scenarios > 0         ? scenarios
                     : self.bench.is_small ? SMALL_SCENARIOS
                                           : FULL_SCENARIOS;
    parts_create(&self);
    for (uint32_t kind = 0; kind < MOVE_KINDS; kind++) {
        self.kind = (move_kind)kind;
        kind_run(&self);
    }
    parts_destroy(&self);
    return bench_end(&self.bench);
}

/* Take --scenarios N out of the arguments. */
static uint32_t scenarios_take(int *argument_count, char **arguments)
{
    uint32_t out = 0;
    int kept = 1;

    for (int i = 1; i < *argument_count; i++) {
        if (strcmp(arguments[i], "--scenarios") != 0) {
            arguments[kept++] = arguments[i];
            continue;
        }
        out = ++i < *argument_count ? (uint32_t)strtoul(arguments[i], NULL, 10) : 0;
        if (out < SAMPLES || out > SCENARIOS_MAX) {
            (void)fprintf(stderr, "bench_stress: --scenarios is not %d .. %d\n", SAMPLES,
                          SCENARIOS_MAX);
            exit(2);
        }
    }
    *argument_count = kept;
    return out;
}

static void parts_create(stress_bench *self)
{
    liq_device *device = bench_device(&self->bench);
    liq_stress_options options = {.skip_self_test = 1};
    liq_scanner_options scanner_options = {.skip_self_test = 1};
    liq_live_options live_options = {.skip_self_test = 1};
    size_t instruments;
    liq_error err;

    self->device = device == NULL               ? LIQ_DEVICE_CPU_REFERENCE
                   : self->bench.device != NULL ? self->bench.device
                                                : "";
    liq_device_close(device);
    options.device = scanner_options.device = live_options.device = self->device;
    self->book = bench_book(&self->bench);
    instruments = self->book->venue.instrument_count;
    bench_need(&self->bench, liq_stress_book_create(&self->moved, self->book, &err), &err);
    bench_need(&self->bench, liq_stress_create(&self->stress, self->book, &options, &err), &err);
    bench_need(&self->bench,
               liq_scanner_create(&self->scanner, &self->moved.book, &scanner_options, &err), &err);
    bench_need(&self->bench, liq_live_create(&self->live, self->book, &live_options, &err), &err);
    bench_need(&self->bench,
               liq_memory_array(&self->events, instruments, sizeof *self->events, &err), &err);
    bench_need(&self->bench, liq_memory_array(&self->texts, instruments, sizeof *self->texts, &err),
               &err);
}

static void parts_destroy(stress_bench *self)
{
    liq_stress_set_destroy(self->set);
    liq_live_destroy(self->live);
    liq_scanner_destroy(self->scanner);
    liq_stress_destroy(self->stress);
    liq_stress_book_clear(&self->moved);
    liq_book_destroy(self->book);
    free(self->events);
    free(self->texts);
}

static void kind_run(stress_bench *self)
{
    static const char *const names[] = {"all marks by betas", "one mark", "scattered"};
    const double positions = (double)self->book->position_count;
    const uint32_t quarter = self->scenarios / 4;
    char what[256];
    bench_row row = {.what = what};
    cost part;
    cost whole;
    cost each;
    cost further;

    set_make(self, quarter);
    part = stress_cost(self, &row.time);
    set_make(self, self->scenarios);
    whole = stress_cost(self, &row.time);
    each = (cost){whole.wall_ms / self->scenarios, whole.cpu_ms / self->scenarios};
    further = (cost){(whole.wall_ms - part.wall_ms) / (self->scenarios - quarter),
                     (whole.cpu_ms - part.cpu_ms) / (self->scenarios - quarter)};
    (void)snprintf(what, sizeof what,
                   "%u scenarios, %s: %.3f ms each (processors %.3f), %.3f ns a position; each "
                   "after the first %u: %.3f ms (%.3f), so %d take %.1f s; %.0f exact, %llu hard",
                   self->scenarios, names[self->kind], each.wall_ms, each.cpu_ms,
                   each.wall_ms * 1e6 / positions, quarter, further.wall_ms, further.cpu_ms, WANTED,
                   (part.wall_ms + further.wall_ms * (WANTED - (double)quarter)) / 1e3,
                   (double)self->summary.exact_pairs / self->scenarios,
                   (unsigned long long)self->summary.hard_rows);
    (void)snprintf(row.result, sizeof row.result, "%s", self->summary.hash);
    bench_row_write(&self->bench, &row);
    singles_write(self, "scan, values of all", singles_cost(self, scan_once), each);
    singles_write(self, "tick, from the scenario before", singles_cost(self, tick_once), each);
}

static void set_make(stress_bench *self, uint32_t count)
{
    const uint32_t moves = self->kind == MOVE_ONE ? 1 : self->book->venue.instrument_count;
    liq_error err;

    liq_stress_set_destroy(self->set);
    self->set = NULL;
    bench_need(&self->bench, liq_stress_set_create(&self->set, self->book, &err), &err);
    for (uint32_t i = 0; i < count; i++) {
        char name[32];

        (void)snprintf(name, sizeof name, "%u", i);
        bench_need(&self->bench, liq_stress_set_add(self->set, name, &err), &err);
        for (uint32_t k = 0; k < moves; k++)
            bench_need(&self->bench,
                       liq_stress_set_shock(self->set,
                                            liq_names_get(self->book->venue.instrument_names, k),
                                            move_of(self, i, count, k), &err),
                       &err);
    }
}

/* Parts per million: from -30% to +30% by a beta, or anywhere between. */
static int64_t move_of(const stress_bench *self, uint32_t scenario, uint32_t count,
                       uint32_t instrument)
{
    const int64_t width = (int64_t)2 * CHANGE_PPM_MAX;
    uint64_t mix = ((uint64_t)scenario << 32 | instrument) * 0x9e3779b97f4a7c15u;

    if (self->kind != MOVE_SCATTERED)
        return (width * scenario / (count - 1) - CHANGE_PPM_MAX) * (700 + instrument * 37 % 700) /
               1000;
    mix ^= mix >> 32;
    mix *= 0xbf58476d1ce4e5b9u;
    return (int64_t)((mix >> 16) % (uint64_t)width) - CHANGE_PPM_MAX;
}

/* The least of some runs. */
static cost stress_cost(stress_bench *self, bench_times *times)
{
    cost least = {0};
    liq_error err;

    *times = (bench_times){.min_ns = UINT64_MAX, .runs = RUNS};
    for (uint32_t i = 0; i < RUNS; i++) {
        const cost start = cost_now();

        bench_need(&self->bench, liq_stress_run(self->stress, self->set, &self->summary, &err),
                   &err);
        cost_least(&least, cost_since(start));
        if (self->summary.wall_ns < times->min_ns)
            times->min_ns = self->summary.wall_ns;
        if (self->summary.wall_ns > times->p99_ns)
            times->p99_ns = self->summary.wall_ns;
    }
    times->median_ns = self->summary.wall_ns; /* of three any is good enough */
    return least;
}

/* The mean of some scenarios, each the least of some runs. */
static cost singles_cost(stress_bench *self, cost (*single)(stress_bench *self, uint32_t scenario))
{
    cost sum = {0};

    for (uint32_t i = 0; i < SAMPLES; i++) {
        const uint32_t scenario = 1 + (self->scenarios - 2) * i / (SAMPLES - 1);
        cost least = {0};

        for (uint32_t k = 0; k < RUNS; k++)
            cost_least(&least, single(self, scenario));
        sum.wall_ms += least.wall_ms / SAMPLES;
        sum.cpu_ms += least.cpu_ms / SAMPLES;
    }
    return sum;
}

static cost scan_once(stress_bench *self, uint32_t scenario)
{
    liq_scan_summary summary;
    cost start;
    cost took;
    liq_error err;

    liq_stress_set_apply(self->set, scenario, &self->moved);
    start = cost_now();
    bench_need(&self->bench, liq_scanner_scan(self->scanner, &summary, &err), &err);
    took = cost_since(start);
    statuses_check(self, scenario, summary.by_status);
    return took;
}

/* From the scenario before, as somebody would tick a ladder. */
static cost tick_once(stress_bench *self, uint32_t scenario)
{
    liq_live_summary summary;
    cost took;

    (void)live_move(self, scenario - 1, &summary);
    took = live_move(self, scenario, &summary);
    statuses_check(self, scenario, summary.by_status);
    return took;
}

/* Only the tick is timed: reading decimals is not what is measured here. */
static cost live_move(stress_bench *self, uint32_t scenario, liq_live_summary *summary)
{
    const uint32_t count = self->book->venue.instrument_count;
    cost start;
    liq_error err;

    liq_stress_set_apply(self->set, scenario, &self->moved);
    for (uint32_t i = 0; i < count; i++) {
        const liq_decimal mark = self->moved.book.instrument_marks[i];

        self->events[i] = (liq_live_event){
            .kind = LIQ_LIVE_MARK,
            .symbol = liq_names_get(self->book->venue.instrument_names, i),
            .price = liq_decimal_format(self->texts[i], mark.digits, mark.decimals)};
    }
    bench_need(&self->bench, liq_live_apply(self->live, self->events, count, &err), &err);
    start = cost_now();
    bench_need(&self->bench, liq_live_tick(self->live, summary, &err), &err);
    return cost_since(start);
}

static void statuses_check(stress_bench *self, uint32_t scenario, const uint64_t *by_status)
{
    liq_stress_outcome outcome;

    liq_stress_outcome_read(self->stress, scenario, &outcome);
    bench_check(&self->bench, memcmp(by_status, outcome.by_status, sizeof outcome.by_status) == 0,
                "a single scan says something else of the statuses");
}

static cost cost_now(void)
{
    return (cost){.wall_ms = (double)liq_clock_ns() / 1e6,
                  .cpu_ms = (double)clock() * 1e3 / (double)CLOCKS_PER_SEC};
}

static cost cost_since(cost start)
{
    const cost now = cost_now();

    return (cost){.wall_ms = now.wall_ms - start.wall_ms, .cpu_ms = now.cpu_ms - start.cpu_ms};
}

static void cost_least(cost *least, cost other)
{
    if (least->wall_ms <= 0.0 || other.wall_ms < least->wall_ms)
        least->wall_ms = other.wall_ms;
    if (least->cpu_ms <= 0.0 || other.cpu_ms < least->cpu_ms)
        least->cpu_ms = other.cpu_ms;
}

static void singles_write(stress_bench *self, const char *what, cost single, cost each)
{
    char text[160];
    bench_row row = {.what = text, .time = {.runs = SAMPLES * RUNS}};

    (void)snprintf(text, sizeof text,
                   "beside it one %s: %.1f times as long as a scenario (processors %.3f ms, %.1f "
                   "times)",
                   what, single.wall_ms / each.wall_ms, single.cpu_ms, single.cpu_ms / each.cpu_ms);
    row.time.min_ns = row.time.median_ns = row.time.p99_ns = (uint64_t)(single.wall_ms * 1e6);
    bench_row_write(&self->bench, &row);
    if (what[0] == 's')
        bench_check(&self->bench,
                    self->bench.is_small || single.wall_ms >= each.wall_ms * RATIO_LEAST ||
                        single.cpu_ms >= each.cpu_ms * RATIO_LEAST,
                    "a scenario is not ten times as fast as a scan");
}
