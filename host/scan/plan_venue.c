#include "scan/plan_venue.h"

#include <stdlib.h>

#include "base/fail.h"
#include "base/memory.h"
#include "scan/flagged.h"
#include "scan/plan_choice.h"
#include "scan/truth.h"

enum { REPORT_EVERY = 64 };

/* A margin account that misses the goal. */
typedef struct missing_row {
    liq_row_record judged;
    uint32_t row;
} missing_row;

/* Plans under way. */
typedef struct venue_work {
    liq_venue_plan *out;
    liq_plan_request request; /* with what is taken */
    liq_rows rows;
    missing_row *missing;
    uint32_t missing_count;
    int64_t *taken; /* of the depth: see liq_plan_request */
} venue_work;

static liq_status missing_find(venue_work *work, liq_error *err);
static int compare_missing(const void *left, const void *right);
static liq_status plan_add(venue_work *work, liq_row_key key, liq_error *err);
static bool depth_is_touched(const venue_work *work, const liq_plan *plan);
static liq_status bound_alone(const venue_work *work, liq_plan *plan, liq_error *err);
static void totals_add(venue_work *work, const liq_plan *plan);
static void depth_take(venue_work *work, const liq_plan *plan);
static uint32_t side_of(const venue_work *work, uint64_t position);

liq_status liq_plan_venue_make(liq_venue_plan *out, const liq_plan_request *request,
                               const liq_progress *progress, liq_error *err)
{
    liq_venue_plan plan = {.has_bound = true};
    venue_work work = {.out = &plan, .request = *request};
    liq_status status;

    if ((status = liq_memory_array(&work.taken, 2 * (size_t)request->book->venue.instrument_count,
                                   sizeof *work.taken, err)) != LIQ_OK ||
        (status = liq_rows_create(&work.rows, request->book, progress, err)) != LIQ_OK ||
        (status = missing_find(&work, err)) != LIQ_OK ||
        (status = liq_memory_array(&plan.plans, work.missing_count, sizeof *plan.plans, err)) !=
            LIQ_OK)
        goto done;
    work.request.taken = work.taken;
    for (uint32_t i = 0; status == LIQ_OK && i < work.missing_count; i++) {
        if (progress != NULL && i % REPORT_EVERY == 0 &&
            !progress->report(progress->context, "plans", i, work.missing_count))
            status = liq_fail(err, LIQ_INTERRUPTED, 0, "stopped while planning");
        else
            status = plan_add(&work, work.rows.keys[work.missing[i].row], err);
    }
    if (status != LIQ_OK)
        goto done;
    *out = plan;
    plan = (liq_venue_plan){0}; /* given away */
done:
    liq_plan_venue_clear(&plan);
    liq_rows_clear(&work.rows);
    free(work.missing);
    free(work.taken);
    return status;
}

void liq_plan_venue_clear(liq_venue_plan *plan)
{
    for (uint32_t i = 0; i < plan->plan_count; i++)
        liq_plan_clear(&plan->plans[i]);
    free(plan->plans);
    *plan = (liq_venue_plan){0};
}

static liq_status missing_find(venue_work *work, liq_error *err)
{
    const liq_plan_request *request = &work->request;
    size_t capacity = 0;

    work->out->rows = work->rows.row_count;
    for (uint32_t i = 0; i < work->rows.row_count; i++) {
        const liq_row_record judged = liq_truth_row(request->judged, &work->rows, i);
        liq_status status;

        if (judged.reason != LIQ_REASON_NONE ||
            liq_truth_row(request->market, &work->rows, i).reason != LIQ_REASON_NONE) {
            work->out->unvalued++;
            continue;
        }
        if (liq_plan_goal_met(request, &judged))
            continue;
        if ((status = liq_memory_extend(&work->missing, &capacity, (size_t)work->missing_count + 1,
                                        sizeof *work->missing, err)) != LIQ_OK)
            return status;
        work->missing[work->missing_count++] = (missing_row){.judged = judged, .row = i};
    }
    if (work->missing_count > 0)
        qsort(work->missing, work->missing_count, sizeof *work->missing, compare_missing);
    return LIQ_OK;
}

static int compare_missing(const void *left, const void *right)
{
    const missing_row *a = left;
    const missing_row *b = right;
    const int order = liq_flagged_compare(&a->judged, &b->judged);

    return order != 0 ? order : (a->row > b->row) - (a->row < b->row);
}

static liq_status plan_add(venue_work *work, liq_row_key key, liq_error *err)
{
    liq_plan *plan = &work->out->plans[work->out->plan_count];
    liq_status status = liq_plan_make(plan, &work->request, key, err);

    if (status != LIQ_OK)
        return status;
    work->out->plan_count++;
    free(plan->singles); /* of no use where depth is shared */
    plan->singles = NULL;
    plan->single_count = 0;
    if (depth_is_touched(work, plan) && (status = bound_alone(work, plan, err)) != LIQ_OK)
        return status;
    totals_add(work, plan);
    depth_take(work, plan);
    return LIQ_OK;
}

/* Whether the plan found less than the whole depth on a side that it uses or might use. */
static bool depth_is_touched(const venue_work *work, const liq_plan *plan)
{
    const liq_book *book = work->request.book;
    const uint32_t account = plan->key.account_index;

    if (plan->outcome != LIQ_PLAN_REDUCED || book->depth_count == 0)
        return false;
    for (uint64_t i = book->position_first[account]; i < book->position_first[account + 1]; i++)
        if (work->taken[side_of(work, i)] > 0)
            return true;
    return false;
}

static liq_status bound_alone(const venue_work *work, liq_plan *plan, liq_error *err)
{
    liq_plan_request request = work->request;
    liq_plan alone;
    liq_status status;

    request.taken = NULL;
    if ((status = liq_plan_make(&alone, &request, plan->key, err)) != LIQ_OK)
        return status;
    plan->has_bound = alone.has_bound;
    plan->bound = alone.bound;
    liq_plan_clear(&alone);
    return LIQ_OK;
}

static void totals_add(venue_work *work, const liq_plan *plan)
{
    liq_venue_plan *out = work->out;
    const liq_int128 rate = work->request.market->assets[plan->top_up_asset].exchange_rate;

    if (plan->outcome == LIQ_PLAN_REDUCED) {
        out->reduced++;
        out->cost += plan->cost;
        out->fee += plan->fee;
        out->has_bound &= plan->has_bound;
        out->bound += plan->has_bound ? plan->bound : 0;
        return;
    }
    out->unreachable++;
    if (plan->has_top_up)
        out->top_up += (plan->top_up * rate + LIQ_EXCHANGE_RATE_ONE - 1) / LIQ_EXCHANGE_RATE_ONE;
}

static void depth_take(venue_work *work, const liq_plan *plan)
{
    for (uint32_t i = 0; i < plan->step_count; i++)
        work->taken[side_of(work, plan->steps[i].position)] += plan->steps[i].lots;
}

/* A long is sold into bids. */
static uint32_t side_of(const venue_work *work, uint64_t position)
{
    const liq_position *held = &work->request.book->positions[position];

    return 2 * held->instrument_index + (held->quantity_lots < 0);
}
