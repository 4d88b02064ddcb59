#include "bandwidth.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { LINE_WORDS = 8 };

typedef struct moved {
    bench_crew *crew;
    uint64_t *source;
    uint64_t *target; /* NULL: read only */
    size_t words;
    uint64_t *sums; /* LINE_WORDS for each thread, so that no compiler drops the reading */
} moved;

static liq_status bandwidth_host(bench_times *out, const measure_limits *limits, bench_crew *crew,
                                 size_t bytes, int is_copy, liq_error *err);
static liq_status move_once(void *context, uint64_t *ns, liq_error *err);
static void move_part(void *context, uint32_t number);

liq_status bandwidth_read(bench_times *out, const measure_limits *limits, bench_crew *crew,
                          size_t bytes, liq_error *err)
{
    return bandwidth_host(out, limits, crew, bytes, 0, err);
}

liq_status bandwidth_copy(bench_times *out, const measure_limits *limits, bench_crew *crew,
                          size_t bytes, liq_error *err)
{
    return bandwidth_host(out, limits, crew, bytes, 1, err);
}

static liq_status bandwidth_host(bench_times *out, const measure_limits *limits, bench_crew *crew,
                                 size_t bytes, int is_copy, liq_error *err)
{
    moved work = {.crew = crew, .words = bytes / sizeof(uint64_t)};
    liq_status status;

    if ((status = liq_memory_array(&work.source, work.words, sizeof *work.source, err)) != LIQ_OK ||
        (status = liq_memory_array(&work.sums, (size_t)crew_count(crew) * LINE_WORDS,
                                   sizeof *work.sums, err)) != LIQ_OK ||
        (is_copy &&
         (status = liq_memory_array(&work.target, work.words, sizeof *work.target, err)) != LIQ_OK))
        goto done;
    memset(work.source, 1, work.words * sizeof *work.source); /* pages of zeros are one page */
    status = measure_take(out, limits, move_once, &work, err);
done:
    free(work.source);
    free(work.target);
    free(work.sums);
    return status;
}

static liq_status move_once(void *context, uint64_t *ns, liq_error *err)
{
    moved *work = context;

    (void)ns;
    (void)err;
    crew_run(work->crew, move_part, work);
    return LIQ_OK;
}

static void move_part(void *context, uint32_t number)
{
    const moved *work = context;
    const size_t share = work->words / crew_count(work->crew);
    const size_t begin = share * number;
    const size_t end = number + 1 == crew_count(work->crew) ? work->words : begin + share;
    uint64_t sums[LINE_WORDS] = {0};
    size_t i = begin;

    if (work->target != NULL) {
        memcpy(work->target + begin, work->source + begin, (end - begin) * sizeof *work->source);
        return;
    }
    for (; i + LINE_WORDS <= end; i += LINE_WORDS)
        for (size_t j = 0; j < LINE_WORDS; j++)
            sums[j] += work->source[i + j];
    for (; i < end; i++)
        sums[0] += work->source[i];
    memcpy(work->sums + (size_t)number * LINE_WORDS, sums, sizeof sums);
}
