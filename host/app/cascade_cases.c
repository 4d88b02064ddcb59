/*
 * All cascades of a plan, by several threads: each has a live book of its own, with which it goes
 * from scenario to scenario and from variant to variant. What they find does not depend on how many
 * there are.
 */
#include "app/cascade_cases.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/progress_bar.h"
#include "base/clock.h"
#include "base/fail.h"
#include "base/memory.h"
#include "base/workers.h"

/* What one thread has in hand. */
typedef struct cases_worker {
    struct cases_crew *crew;
    liq_progress progress;
    liq_cascade *cascade; /* of the variant that it is at */
    uint32_t index;
    uint32_t variant;
    liq_status status;
    uint32_t failed; /* the case that it failed in */
    liq_error err;
} cases_worker;

/* Cases are numbered by variant, then scenario: thread i takes each so-manieth from i on. */
typedef struct cases_crew {
    liq_cascade_found *found;
    liq_progress_bar bar;
    cases_worker workers[LIQ_WORKERS_MAX];
    uint32_t count;
    atomic_uint done;
    atomic_bool stops;
} cases_crew;

static void worker_run(void *context, uint32_t index);
static int worker_report(void *context, const char *stage, uint64_t done, uint64_t total);
static liq_status case_run(cases_worker *worker, uint32_t variant, uint32_t scenario,
                           liq_error *err);
static liq_status variant_start(cases_worker *worker, uint32_t variant, liq_error *err);
static liq_status case_take(liq_cascade_case *out, const liq_cascade *cascade, const char *leader,
                            liq_error *err);
static liq_status rounds_take(liq_cascade_case *out, const liq_cascade *cascade, liq_error *err);
static liq_status prices_take(liq_cascade_case *out, const liq_cascade *cascade, const char *leader,
                              liq_error *err);
static int compare_feedback(const void *left, const void *right);

liq_status liq_cascade_cases_run(liq_cascade_found *found, uint32_t threads, liq_error *err)
{
    const liq_cascade_plan *plan = found->plan;
    const uint64_t start_ns = liq_clock_ns();
    const uint32_t count = plan->scenario_count * plan->variant_count;
    cases_crew crew = {.found = found};
    liq_status status = liq_memory_array(&found->cases, count, sizeof *found->cases, err);
    uint32_t first = UINT32_MAX;

    if (status != LIQ_OK)
        return status;
    found->case_count = count;
    crew.count = threads < count ? threads : count;
    for (uint32_t i = 0; i < crew.count; i++)
        crew.workers[i] =
            (cases_worker){.crew = &crew, .index = i, .variant = UINT32_MAX, .failed = UINT32_MAX};
    liq_progress_bar_start(&crew.bar, STDERR_FILENO, isatty(STDERR_FILENO) == 1, NULL);
    liq_workers_run(crew.count, worker_run, &crew);
    liq_progress_bar_finish(&crew.bar);
    /* Of several that failed the first case counts: who was stopped by another comes later. */
    for (uint32_t i = 0; i < crew.count; i++) {
        const cases_worker *worker = &crew.workers[i];

        liq_cascade_destroy(worker->cascade);
        if (worker->status == LIQ_OK || (worker->status == LIQ_INTERRUPTED && status != LIQ_OK) ||
            (status != LIQ_OK && status != LIQ_INTERRUPTED && worker->failed > first))
            continue;
        status = worker->status;
        first = worker->failed;
        if (err != NULL)
            *err = worker->err;
    }
    found->run_ns = liq_clock_ns() - start_ns;
    return status;
}

static void worker_run(void *context, uint32_t index)
{
    cases_crew *crew = context;
    const uint32_t scenarios = crew->found->plan->scenario_count;
    cases_worker *worker = &crew->workers[index];

    worker->progress = (liq_progress){.report = worker_report, .context = worker};
    for (uint32_t i = index; worker->status == LIQ_OK && i < crew->found->case_count;
         i += crew->count) {
        worker->status = case_run(worker, i / scenarios, i % scenarios, &worker->err);
        worker->failed = i;
        atomic_fetch_add(&crew->done, 1);
    }
    if (worker->status != LIQ_OK)
        atomic_store(&crew->stops, true);
}

/* The first thread tells of all; rounds are passed over, of which nobody knows how many there will
   be. */
static int worker_report(void *context, const char *stage, uint64_t done, uint64_t total)
{
    cases_worker *worker = context;
    cases_crew *crew = worker->crew;

    (void)done, (void)total;
    if (worker->index == 0 &&
        !crew->bar.progress.report(crew->bar.progress.context, stage, atomic_load(&crew->done),
                                   crew->found->case_count))
        atomic_store(&crew->stops, true);
    return !atomic_load(&crew->stops);
}

static liq_status case_run(cases_worker *worker, uint32_t variant, uint32_t scenario,
                           liq_error *err)
{
    liq_cascade_found *found = worker->crew->found;
    const liq_cascade_plan *plan = found->plan;
    liq_cascade_case *of = &found->cases[scenario * plan->variant_count + variant];
    liq_status status;

    of->scenario = &plan->scenarios[scenario];
    of->variant = &plan->variants[variant];
    if ((status = variant_start(worker, variant, err)) != LIQ_OK ||
        (status = liq_cascade_run(worker->cascade, of->scenario->moves, of->scenario->move_count,
                                  &of->summary, err)) != LIQ_OK)
        return status;
    return case_take(of, worker->cascade, plan->leader, err);
}

/* The next variant goes on with the live book of the one before. */
static liq_status variant_start(cases_worker *worker, uint32_t variant, liq_error *err)
{
    const liq_cascade_plan *plan = worker->crew->found->plan;
    const liq_cascade_variant *rules = &plan->variants[variant];
    liq_cascade_options options = plan->engine;
    liq_cascade *next = NULL;
    liq_status status;

    if (worker->variant == variant)
        return LIQ_OK;
    options.progress = &worker->progress;
    options.policy = rules->policy;
    options.policy_name = rules->file != NULL ? rules->file : rules->name;
    options.infinite_depth = options.infinite_depth || rules->is_infinite;
    if ((status = liq_cascade_create(&next, worker->crew->found->book, &options, err)) != LIQ_OK)
        return status;
    if (worker->cascade != NULL)
        liq_cascade_take_over(next, worker->cascade);
    liq_cascade_destroy(worker->cascade);
    worker->cascade = next;
    worker->variant = variant;
    return LIQ_OK;
}

static liq_status case_take(liq_cascade_case *out, const liq_cascade *cascade, const char *leader,
                            liq_error *err)
{
    const liq_status status = prices_take(out, cascade, leader, err);

    return status == LIQ_OK ? rounds_take(out, cascade, err) : status;
}

static liq_status rounds_take(liq_cascade_case *out, const liq_cascade *cascade, liq_error *err)
{
    const uint32_t count = liq_cascade_round_count(cascade);
    const uint32_t trades = liq_cascade_trade_count(cascade);
    uint32_t trade = 0;
    liq_status status;

    if ((status = liq_memory_array(&out->rounds, count, sizeof *out->rounds, err)) != LIQ_OK ||
        (status = liq_memory_array(&out->lead_prices, count, sizeof *out->lead_prices, err)) !=
            LIQ_OK)
        return status;
    out->round_count = count;
    for (uint32_t i = 0; i < count; i++) {
        liq_cascade_round_read(cascade, i, &out->rounds[i]);
        if (out->lead.instrument != NULL)
            memcpy(out->lead_prices[i], i == 0 ? out->lead.shocked : out->lead_prices[i - 1],
                   sizeof out->lead_prices[i]);
        for (; trade < trades; trade++) {
            liq_cascade_trade read;

            liq_cascade_trade_read(cascade, trade, &read);
            if (read.round != i + 1)
                break;
            if (out->lead.instrument != NULL && strcmp(read.instrument, out->lead.instrument) == 0)
                memcpy(out->lead_prices[i], read.after, sizeof read.after);
        }
    }
    return LIQ_OK;
}

static liq_status prices_take(liq_cascade_case *out, const liq_cascade *cascade, const char *leader,
                              liq_error *err)
{
    const uint32_t count = liq_cascade_price_count(cascade);
    const liq_status status = liq_memory_array(&out->prices, count, sizeof *out->prices, err);

    for (uint32_t i = 0; status == LIQ_OK && i < count; i++) {
        liq_cascade_price *price = &out->prices[out->price_count];

        liq_cascade_price_read(cascade, i, price);
        if (leader != NULL && strcmp(price->instrument, leader) == 0)
            out->lead = *price;
        out->price_count += price->feedback_ppm != 0 || strcmp(price->sold, "0") != 0 ||
                            strcmp(price->bought, "0") != 0;
    }
    if (out->prices != NULL)
        liq_memory_trim(&out->prices, out->price_count, sizeof *out->prices);
    if (out->price_count > 0)
        qsort(out->prices, out->price_count, sizeof *out->prices, compare_feedback);
    return status;
}

static int compare_feedback(const void *left, const void *right)
{
    const liq_cascade_price *a = left;
    const liq_cascade_price *b = right;
    const int64_t first = llabs(a->feedback_ppm);
    const int64_t second = llabs(b->feedback_ppm);

    return first != second ? (first > second ? -1 : 1) : strcmp(a->instrument, b->instrument);
}
