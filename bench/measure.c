#include "measure.h"

#include <stdlib.h>

#include "base/clock.h"

static int by_time(const void *left, const void *right);

liq_status measure_take(bench_times *out, const measure_limits *limits,
                        liq_status (*run)(void *context, uint64_t *ns, liq_error *err),
                        void *context, liq_error *err)
{
    uint64_t times[MEASURE_RUNS_MAX];
    const uint64_t begin_ns = liq_clock_ns();
    uint64_t own_ns = 0;
    uint32_t count = 0;
    liq_status status = run(context, &own_ns, err);

    while (status == LIQ_OK && count < limits->runs_max &&
           (count < limits->runs_min || liq_clock_ns() - begin_ns < limits->budget_ns)) {
        const uint64_t start_ns = liq_clock_ns();

        own_ns = 0;
        status = run(context, &own_ns, err);
        times[count++] = own_ns > 0 ? own_ns : liq_clock_ns() - start_ns;
    }
    if (status != LIQ_OK)
        return status;
    qsort(times, count, sizeof times[0], by_time);
    *out = (bench_times){.min_ns = times[0],
                         .median_ns = times[count / 2],
                         .p99_ns = times[(count * 99 + 99) / 100 - 1],
                         .runs = count};
    return LIQ_OK;
}

static int by_time(const void *left, const void *right)
{
    const uint64_t a = *(const uint64_t *)left;
    const uint64_t b = *(const uint64_t *)right;

    return (a > b) - (a < b);
}
