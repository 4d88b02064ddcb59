#include "bench.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bandwidth.h"
#include "base/hash.h"
#include "book/generate.h"

enum {
    SMALL_ACCOUNTS = 6000,
    SMALL_INSTRUMENTS = 40,
    RUNS_MIN = 20,
    SMALL_RUNS = 3,
    SECONDS_DEFAULT = 5,
    SECONDS_MAX = 3600,
    SECOND_NS = 1000000000,
    HASH_SHOWN = 12,
    PERCENT_PPM = 10000
};

static void arguments_read(bench_state *out, int argument_count, char **arguments);
static void usage(const bench_state *bench);
static void own_book_make(bench_state *bench);
static void own_book_remove(const bench_state *bench);
static void number_write(uint64_t amount, double unit, int decimals);

void bench_start(bench_state *out, const char *name, int argument_count, char **arguments)
{
    bench_start_portfolio(out, name, 0, argument_count, arguments);
}

void bench_start_portfolio(bench_state *out, const char *name, uint32_t portfolio_ppm,
                           int argument_count, char **arguments)
{
    liq_error err;

    *out = (bench_state){.name = name,
                         .shape = "small",
                         .is_small = true,
                         .portfolio_ppm = portfolio_ppm,
                         .limits = {SMALL_RUNS, SMALL_RUNS, SECOND_NS}};
    arguments_read(out, argument_count, arguments);
    bench_need(out, crew_create(&out->crew, 0, &err), &err);
    if (out->directory[0] == '\0')
        own_book_make(out);
}

void bench_need(const bench_state *bench, liq_status status, const liq_error *err)
{
    if (status == LIQ_OK)
        return;
    (void)fprintf(stderr, "bench_%s: %s\n", bench->name, err->message);
    own_book_remove(bench);
    exit(3);
}

void bench_check(const bench_state *bench, bool condition, const char *what)
{
    if (condition)
        return;
    (void)fprintf(stderr, "bench_%s: %s\n", bench->name, what);
    own_book_remove(bench);
    exit(1);
}

liq_device *bench_device(const bench_state *bench)
{
    const char *required = getenv("LIQ_REQUIRE_DEVICE");
    char reason[LIQ_DEVICE_TEXT_BYTES];
    liq_device_info *list = NULL;
    liq_device *device = NULL;
    uint32_t count = 0;
    uint32_t index = 0;
    liq_error err;
    liq_status status;

    if ((status = liq_device_list(&list, &count, &err)) == LIQ_OK &&
        (status = liq_device_choose(list, count, bench->device, &index, reason, &err)) == LIQ_OK)
        status = liq_device_open(&device, index, &err);
    free(list);
    if (status == LIQ_NO_DEVICE && bench->device == NULL &&
        (required == NULL || strcmp(required, "1") != 0)) {
        (void)fprintf(stderr, "bench_%s: no OpenCL device: %s\n", bench->name, err.message);
        return NULL;
    }
    bench_need(bench, status, &err);
    return device;
}

liq_book *bench_book(const bench_state *bench)
{
    liq_book *book = NULL;
    liq_error err;

    bench_need(bench, liq_book_load(&book, bench->directory, NULL, &err), &err);
    return book;
}

void bench_row_write(const bench_state *bench, const bench_row *row)
{
    (void)printf("| %s | %s | %s | %u", bench->name, bench->shape, row->what, row->time.runs);
    number_write(row->time.min_ns, 1e6, 3);
    number_write(row->time.median_ns, 1e6, 3);
    number_write(row->time.p99_ns, 1e6, 3);
    number_write(row->bytes, 1e6, 1);
    if (row->bytes > 0 && row->time.min_ns > 0)
        (void)printf(" | %.2f", (double)row->bytes / (double)row->time.min_ns);
    else
        (void)printf(" |");
    if (row->read_ns > 0)
        (void)printf(" | %.2f", (double)row->time.min_ns / (double)row->read_ns);
    else
        (void)printf(" |");
    (void)printf(" | %.*s |\n", HASH_SHOWN, row->result);
    (void)fflush(stdout);
}

void bench_row_read(const bench_state *bench, bench_row *row)
{
    bench_times reading;
    liq_error err;

    bench_need(bench,
               bandwidth_read(&reading, &bench->limits, bench->crew, (size_t)row->bytes, &err),
               &err);
    row->read_ns = reading.min_ns;
}

void bench_row_hash(bench_row *row, const void *data, size_t bytes)
{
    liq_hash *hash = NULL;

    if (liq_hash_create(&hash, NULL) != LIQ_OK)
        return;
    liq_hash_add(hash, data, bytes);
    liq_hash_finish(hash, row->result);
    liq_hash_destroy(hash);
}

int bench_end(bench_state *bench)
{
    crew_destroy(bench->crew);
    own_book_remove(bench);
    return 0;
}

static void arguments_read(bench_state *out, int argument_count, char **arguments)
{
    char *end = NULL;
    long seconds = SECONDS_DEFAULT;

    for (int i = 1; i < argument_count; i += 2) {
        const char *value = i + 1 < argument_count ? arguments[i + 1] : NULL;

        if (value == NULL)
            usage(out);
        else if (strcmp(arguments[i], "--book") == 0 && strlen(value) < sizeof out->directory)
            (void)snprintf(out->directory, sizeof out->directory, "%s", value);
        else if (strcmp(arguments[i], "--shape") == 0)
            out->shape = value;
        else if (strcmp(arguments[i], "--device") == 0)
            out->device = value;
        else if (strcmp(arguments[i], "--portfolio") == 0 && strtoul(value, &end, 10) <= 100 &&
                 *end == '\0')
            out->portfolio_ppm = (uint32_t)strtoul(value, NULL, 10) * PERCENT_PPM;
        else if (strcmp(arguments[i], "--seconds") == 0 &&
                 (seconds = strtol(value, &end, 10)) > 0 && seconds <= SECONDS_MAX && *end == '\0')
            continue;
        else
            usage(out);
    }
    if (out->directory[0] == '\0')
        return;
    out->is_small = false;
    out->limits = (measure_limits){RUNS_MIN, MEASURE_RUNS_MAX, (uint64_t)seconds * SECOND_NS};
}

static void usage(const bench_state *bench)
{
    (void)fprintf(stderr,
                  "usage: bench_%s [--book DIR] [--shape NAME] [--device NAME] [--seconds N] "
                  "[--portfolio PERCENT]\n"
                  "without --book a small book is generated, and the bench is a quick test\n",
                  bench->name);
    exit(2);
}

static void own_book_make(bench_state *bench)
{
    const char *parent = getenv("TMPDIR");
    liq_generate_options options;
    liq_error err;
    int used;

    used = snprintf(bench->directory, sizeof bench->directory, "%s/liqscan-bench-XXXXXX",
                    parent == NULL || parent[0] == '\0' ? "/tmp" : parent);
    if (used < 0 || (size_t)used >= sizeof bench->directory || mkdtemp(bench->directory) == NULL) {
        (void)fprintf(stderr, "bench_%s: \"%s\": %s\n", bench->name, bench->directory,
                      strerror(errno));
        exit(3);
    }
    bench->is_own_book = true;
    liq_generate_defaults(&options);
    options.accounts = SMALL_ACCOUNTS;
    options.instruments = SMALL_INSTRUMENTS;
    options.portfolio_ppm = bench->portfolio_ppm;
    bench_need(bench, liq_generate(bench->directory, &options, NULL, &err), &err);
}

static void own_book_remove(const bench_state *bench)
{
    static const char *const files[] = {"venue.json", "accounts.csv", "balances.csv",
                                        "positions.csv", "marks.csv"};
    char path[BENCH_PATH_BYTES + 32];

    if (!bench->is_own_book)
        return;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", bench->directory, files[i]);
        (void)unlink(path);
    }
    (void)rmdir(bench->directory);
}

static void number_write(uint64_t amount, double unit, int decimals)
{
    if (amount > 0)
        (void)printf(" | %.*f", decimals, (double)amount / unit);
    else
        (void)printf(" |");
}
