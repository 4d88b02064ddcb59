/*
 * Times of one thing done again and again, and what is told of them.
 */
#ifndef LIQ_BENCH_MEASURE_H
#define LIQ_BENCH_MEASURE_H

#include <stdint.h>

#include <liqscan/status.h>

enum { MEASURE_RUNS_MAX = 1000 };

typedef struct bench_times {
    uint64_t min_ns;
    uint64_t median_ns;
    uint64_t p99_ns; /* the nearest rank: of fewer than 100 runs the longest */
    uint32_t runs;
} bench_times;

/* How long to go on. */
typedef struct measure_limits {
    uint32_t runs_min;
    uint32_t runs_max;  /* at most MEASURE_RUNS_MAX */
    uint64_t budget_ns; /* no further run begins after it */
} measure_limits;

/**
 * Run once unmeasured, because first times are about caches and compilers, and then measured.
 * @param run  does it once; *ns holds the wall time afterwards, unless it puts another time there
 * @return LIQ_OK, or the first failure of run
 */
LIQ_MUST_USE liq_status measure_take(bench_times *out, const measure_limits *limits,
                                     liq_status (*run)(void *context, uint64_t *ns, liq_error *err),
                                     void *context, liq_error *err);

#endif
