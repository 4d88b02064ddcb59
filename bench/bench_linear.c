/*
 * Whether the cost of a scan is linear in positions, from few to what memory holds, and whether any
 * shape of accounts is much dearer than the usual one: all positions in one account, one in each,
 * all in one instrument. Makes its own books; a book that is named only says that sizes are full.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <liqscan/scanner.h>

#include "bench.h"
#include "book/generate.h"
#include "book/generate_random.h"

/* What a position takes while its book is loaded, packed and scanned, with its share of accounts;
 * a quarter of the memory that is free is left alone. */
enum { PEAK_POSITION_BYTES = 300, GROSS = 5, INSTRUMENTS = 349, RUNS = 5 };

/* Nanoseconds a position, in the best scan. */
typedef struct linear_cost {
    double wall;
    double kernels; /* 0 without a device */
} linear_cost;

typedef struct linear_bench {
    bench_state bench;
    liq_scanner *scanner;
    liq_scan_summary summary;
    uint64_t kernels_ns; /* of the best scan */
} linear_bench;

/* A book, and where its row of the table goes. */
typedef struct linear_book {
    const char *what;
    liq_generate_options options;
} linear_book;

static void sizes_run(linear_bench *self);
static void shapes_run(linear_bench *self);
static linear_cost book_run(linear_bench *self, const linear_book *book);
static liq_book *book_make(const linear_bench *self, const liq_generate_options *options);
static void folder_remove(const char *folder);
static liq_status scan_once(void *context, uint64_t *ns, liq_error *err);
static liq_generate_options options_of(uint32_t accounts, uint32_t instruments,
                                       uint32_t positions_milli);
static bool is_held(uint64_t positions);

int main(int argument_count, char **arguments)
{
    static linear_bench self;

    bench_start(&self.bench, "linear", argument_count, arguments);
    self.bench.limits.runs_min = RUNS;
    if (self.bench.limits.runs_max < RUNS)
        self.bench.limits.runs_max = RUNS;
    sizes_run(&self);
    shapes_run(&self);
    return bench_end(&self.bench);
}

/* Four positions an account. What a scan costs before its first position is seen in the smallest
 * book, so that the largest is compared with the ones between. */
static void sizes_run(linear_bench *self)
{
    static const uint32_t small[] = {2500, 10000, 40000};
    static const uint32_t full[] = {2500, 7500, 25000, 75000, 250000, 1000000, 2500000, 10000000};
    const uint32_t *sizes = self->bench.is_small ? small : full;
    const size_t count =
        self->bench.is_small ? sizeof small / sizeof small[0] : sizeof full / sizeof full[0];
    double least = 0;

    for (size_t i = 0; i < count && is_held((uint64_t)sizes[i] * 4); i++) {
        const linear_book book = {
            "usual", options_of(sizes[i], self->bench.is_small ? 40 : INSTRUMENTS, 4000)};
        const double ns = book_run(self, &book).wall;

        if (least == 0 || ns < least)
            least = ns;
        bench_check(&self->bench, ns <= GROSS * least, "the cost of a scan is not linear");
    }
}

/* About as many positions each: 100,000, or 20,000. All at one venue, of half as many instruments,
 * because the widest account needs them, and their prices cost time in every scan. */
static void shapes_run(linear_bench *self)
{
    const uint32_t positions = self->bench.is_small ? 20000 : 100000;
    const uint32_t instruments = positions / 2;
    linear_book books[] = {{"usual accounts", options_of(positions / 4, instruments, 4000)},
                           {"nearly all in one account", options_of(8, instruments, 1000)},
                           {"one in each account", options_of(positions, instruments, 1000)},
                           {"all in one instrument", options_of(positions, instruments, 1000)}};
    linear_cost usual = {0};

    books[1].options.widest_positions = positions;
    books[3].options.first_ppm = LIQ_MILLION;
    for (size_t i = 0; i < sizeof books / sizeof books[0]; i++) {
        const linear_cost cost = book_run(self, &books[i]);

        if (i == 0)
            usual = cost;
        bench_check(&self->bench,
                    cost.wall <= GROSS * usual.wall && cost.kernels <= GROSS * usual.kernels,
                    "a shape costs five times as much as the usual one");
    }
}

static linear_cost book_run(linear_bench *self, const linear_book *book)
{
    liq_scanner_options options = {.device = self->bench.device, .skip_self_test = 1};
    liq_book *loaded = book_make(self, &book->options);
    char what[160];
    bench_row row = {.what = what};
    liq_book_counts counts;
    liq_error err;
    linear_cost cost;
    liq_status status;

    liq_book_count(loaded, &counts);
    status = liq_scanner_create(&self->scanner, loaded, &options, &err);
    if (status == LIQ_NO_DEVICE && options.device == NULL) {
        options.device = LIQ_DEVICE_CPU_REFERENCE;
        status = liq_scanner_create(&self->scanner, loaded, &options, &err);
    }
    bench_need(&self->bench, status, &err);
    self->kernels_ns = UINT64_MAX;
    bench_need(&self->bench, measure_take(&row.time, &self->bench.limits, scan_once, self, &err),
               &err);
    cost = (linear_cost){
        (double)row.time.min_ns / (double)counts.positions,
        self->kernels_ns == UINT64_MAX ? 0 : (double)self->kernels_ns / (double)counts.positions};
    (void)snprintf(what, sizeof what,
                   "%s: %llu positions of %llu accounts, %.2f ns a position, "
                   "kernels %.2f",
                   book->what, (unsigned long long)counts.positions,
                   (unsigned long long)counts.accounts, cost.wall, cost.kernels);
    row.bytes = self->summary.device_bytes;
    (void)snprintf(row.result, sizeof row.result, "%s", self->summary.hash);
    bench_row_write(&self->bench, &row);
    liq_scanner_destroy(self->scanner);
    liq_book_destroy(loaded);
    return cost;
}

static liq_book *book_make(const linear_bench *self, const liq_generate_options *options)
{
    const char *parent = getenv("TMPDIR");
    char folder[BENCH_PATH_BYTES];
    liq_book *book = NULL;
    liq_error err;
    const int used = snprintf(folder, sizeof folder, "%s/liqscan-linear-XXXXXX",
                              parent == NULL || parent[0] == '\0' ? "/tmp" : parent);
    liq_status status;

    bench_check(&self->bench, used > 0 && (size_t)used < sizeof folder && mkdtemp(folder) != NULL,
                "there is no folder for a book");
    if ((status = liq_generate(folder, options, NULL, &err)) == LIQ_OK)
        status = liq_book_load(&book, folder, NULL, &err);
    folder_remove(folder);
    bench_need(&self->bench, status, &err);
    return book;
}

static void folder_remove(const char *folder)
{
    static const char *const files[] = {"venue.json", "accounts.csv", "balances.csv",
                                        "positions.csv", "marks.csv"};
    char path[BENCH_PATH_BYTES + 32];

    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", folder, files[i]);
        (void)unlink(path);
    }
    (void)rmdir(folder);
}

/* Prices in, flagged list out; the summary's own sums and hash are not of it. */
static liq_status scan_once(void *context, uint64_t *ns, liq_error *err)
{
    linear_bench *self = context;
    const liq_status status = liq_scanner_scan(self->scanner, &self->summary, err);

    *ns = self->summary.wall_ns;
    if (self->summary.device_ns > 0 && self->summary.device_ns < self->kernels_ns)
        self->kernels_ns = self->summary.device_ns;
    return status;
}

static liq_generate_options options_of(uint32_t accounts, uint32_t instruments,
                                       uint32_t positions_milli)
{
    liq_generate_options options;

    liq_generate_defaults(&options);
    options.accounts = accounts;
    options.instruments = instruments;
    options.positions_milli = positions_milli;
    options.seed = 20251010;
    return options;
}

static bool is_held(uint64_t positions)
{
    const uint64_t pages = (uint64_t)sysconf(_SC_AVPHYS_PAGES);
    const uint64_t free_bytes = pages * (uint64_t)sysconf(_SC_PAGESIZE);

    return positions * PEAK_POSITION_BYTES <= free_bytes / 4 * 3;
}
