#include "scan/plan_choice.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/memory.h"
#include "scan/plan_hull.h"
#include "scan/reduction.h"

/* Accounts of more legs end with the one whose turn it is. */
enum { FINISHES_MAX = 32 };

/* What rounding may take from the gain of a size: see plan_least.c; of the account, one more. */
enum { SLACK_EQUITY = 6, SLACK_REQUIREMENT = 2, POINTS_PER_BORDER = 3, POINTS_MORE = 2 };

/* A choice under way. */
typedef struct choice_work {
    liq_plan_desk *desk;
    liq_plan_point *points; /* of one leg */
    size_t point_capacity;
    liq_plan_stretch *stretches; /* for the plan */
    liq_plan_stretch *relaxed;   /* for the bound: gains with slack */
    size_t stretch_capacity;
    size_t relaxed_capacity;
    uint32_t stretch_count;
    uint32_t relaxed_count;
    liq_int128 slack;  /* of the gain of a leg */
    uint32_t prefix;   /* stretches of the plan, the last one in part */
    int64_t *best;     /* lots closed by leg, of the cheapest finish so far */
    liq_int128 better; /* cash grains that closing can at most gain: offers better than the mark */
} choice_work;

static liq_status leg_points(choice_work *work, uint32_t leg, uint32_t *count, liq_error *err);
static liq_status leg_add(choice_work *work, uint32_t leg, liq_error *err);
static bool is_separable(const choice_work *work);
static bool leg_bends_elsewhere(const liq_plan_desk *desk, uint32_t leg);
static void bound_find(liq_plan_choice *out, const choice_work *work);
static liq_status prefix_find(liq_plan_choice *out, choice_work *work, liq_error *err);
static liq_status prefix_meets(bool *out, choice_work *work, uint32_t count, liq_error *err);
static void prefix_close(choice_work *work, uint32_t count);
static liq_status finish_choose(liq_plan_choice *out, choice_work *work, uint32_t *order,
                                liq_error *err);
static liq_status finish_try(bool *out, choice_work *work, uint32_t leg, int64_t end,
                             const uint32_t *order, uint32_t order_count, liq_error *err);
static uint32_t order_fill(const choice_work *work, uint32_t *order);
static liq_status give_back(liq_plan_desk *desk, uint32_t leg, liq_error *err);
static bool still_met(const liq_plan_trial *trial, int64_t lots);

liq_status liq_plan_choose(liq_plan_choice *out, liq_plan_desk *desk, uint32_t *order,
                           liq_error *err)
{
    choice_work work = {.desk = desk};
    liq_status status = LIQ_OK;
    int64_t equity;
    int64_t requirement;

    *out = (liq_plan_choice){0};
    liq_plan_goal_factors(desk->request, &equity, &requirement);
    work.slack = (liq_int128)SLACK_EQUITY * equity + (liq_int128)SLACK_REQUIREMENT * requirement;
    for (uint32_t i = 0; status == LIQ_OK && i < desk->leg_count; i++)
        status = leg_add(&work, i, err);
    if (status != LIQ_OK)
        goto done;
    out->is_costly = work.better == 0;
    liq_plan_hull_sort(work.stretches, work.stretch_count);
    liq_plan_hull_sort(work.relaxed, work.relaxed_count);
    if ((out->has_bound = is_separable(&work)))
        bound_find(out, &work);
    if ((status = prefix_find(out, &work, err)) == LIQ_OK && out->is_met)
        status = finish_choose(out, &work, order, err);
done:
    free(work.points);
    free(work.stretches);
    free(work.relaxed);
    free(work.best);
    return status;
}

int64_t liq_plan_cost(const liq_plan_desk *desk)
{
    liq_int128 grains = 0;

    for (uint32_t i = 0; i < desk->leg_count; i++) {
        liq_plan_order order;

        if (desk->legs[i].closed == 0)
            continue;
        LIQ_ASSERT(liq_plan_order_make(&order, &desk->legs[i].held, desk->legs[i].closed));
        grains += order.cost;
    }
    return liq_plan_cash_ceil(grains);
}

int64_t liq_plan_cash_ceil(liq_int128 grains)
{
    const liq_int128 units =
        grains / LIQ_GRAINS_PER_UNIT + (grains % LIQ_GRAINS_PER_UNIT > 0 ? 1 : 0);

    return units > INT64_MAX ? INT64_MAX : units < -INT64_MAX ? -INT64_MAX : (int64_t)units;
}

/* Gain and cost of a leg where either bends. */
static liq_status leg_points(choice_work *work, uint32_t leg_index, uint32_t *count, liq_error *err)
{
    liq_plan_desk *desk = work->desk;
    const liq_plan_leg *leg = &desk->legs[leg_index];
    const liq_int128 height = liq_plan_goal_height(desk->request, &desk->parts.record);
    liq_plan_trial trial;
    liq_int128 cost = 0;
    liq_int128 before = 0;
    liq_status status;

    *count = 0;
    liq_plan_trial_start(&trial, desk, leg_index);
    if ((status = liq_reduction_kinks(&desk->kinks, &trial.row,
                                      (size_t)leg->offers.count * POINTS_PER_BORDER + POINTS_MORE,
                                      err)) != LIQ_OK)
        return status;
    for (uint32_t i = 0; i < leg->offers.count; i++)
        liq_kinks_add_around(&desk->kinks, leg->offers.ends[i]);
    liq_kinks_sort(&desk->kinks);
    if ((status = liq_memory_extend(&work->points, &work->point_capacity, desk->kinks.count,
                                    sizeof *work->points, err)) != LIQ_OK)
        return status;
    for (size_t i = 0; i < desk->kinks.count && desk->kinks.values[i] <= leg->lots_max; i++) {
        const int64_t lots = desk->kinks.values[i];
        liq_row_record record;
        liq_plan_order order;

        if (lots == 0)
            continue;
        if (!liq_plan_order_make(&order, &leg->held, lots))
            break;
        record = liq_plan_trial_value(&trial, lots);
        if (record.reason != LIQ_REASON_NONE)
            continue;
        if (order.cost_low > before)
            cost += order.cost_low - before;
        else
            work->better += before - order.cost_low;
        before = order.cost_low;
        work->points[(*count)++] =
            (liq_plan_point){.lots = lots,
                             .gain = liq_plan_goal_height(desk->request, &record) - height,
                             .cost = cost};
    }
    return LIQ_OK;
}

static liq_status leg_add(choice_work *work, uint32_t leg, liq_error *err)
{
    uint32_t count;
    liq_status status = leg_points(work, leg, &count, err);

    if (status != LIQ_OK ||
        (status = liq_memory_extend(&work->stretches, &work->stretch_capacity,
                                    (size_t)work->stretch_count + count, sizeof *work->stretches,
                                    err)) != LIQ_OK ||
        (status = liq_memory_extend(&work->relaxed, &work->relaxed_capacity,
                                    (size_t)work->relaxed_count + count, sizeof *work->relaxed,
                                    err)) != LIQ_OK)
        return status;
    if (count == 0)
        return LIQ_OK;
    work->stretch_count +=
        liq_plan_hull(&work->stretches[work->stretch_count], leg, work->points, count, 0);
    work->relaxed_count +=
        liq_plan_hull(&work->relaxed[work->relaxed_count], leg, work->points, count, work->slack);
    return LIQ_OK;
}

/*
 * Whether what one leg gains does not depend on another, and bends nowhere but at the points: all
 * settle in the margin currency (or the one leg is isolated), no requirement follows orders, and
 * none grows with the square of the size.
 */
static bool is_separable(const choice_work *work)
{
    const liq_plan_desk *desk = work->desk;
    const liq_market *market = desk->request->judged;

    for (uint32_t i = 0; i < desk->leg_count; i++) {
        const uint32_t instrument = desk->legs[i].held.instrument_index;
        const liq_asset_record asset = market->assets[market->instruments[instrument].asset_index];

        if (!(asset.flags & LIQ_ASSET_MARGIN_CURRENCY))
            return false;
        if (desk->request->goal == LIQ_PLAN_SURVIVE && leg_bends_elsewhere(desk, i))
            return false;
    }
    return true;
}

static bool leg_bends_elsewhere(const liq_plan_desk *desk, uint32_t leg)
{
    const liq_market *market = desk->request->judged;
    const liq_instrument_record record = market->instruments[desk->legs[leg].held.instrument_index];
    liq_plan_trial trial;

    liq_plan_trial_start(&trial, desk, leg);
    if ((record.flags & LIQ_INSTRUMENT_LINEAR_IN_SIZE) ||
        (trial.row.has_exposure && (market->policy.flags & LIQ_POLICY_ORDER_TIER)))
        return true;
    for (uint32_t i = 1; i < record.tier_count; i++) {
        const liq_tier_record *tier = &market->tiers[record.tier_first + i];
        const liq_wide gross =
            liq_wide_scale(liq_wide_multiply_unsigned((liq_u64)tier->floor_lots, record.lot_size),
                           (liq_u64)tier->maintenance_rate);

        /* A deduction that is more than what it is deducted from ends inside the tier. */
        if (tier->floor_lots < desk->legs[leg].lots && liq_wide_less(gross, tier->deduction))
            return true;
    }
    return false;
}

static void bound_find(liq_plan_choice *out, const choice_work *work)
{
    const liq_plan_request *request = work->desk->request;
    liq_int128 needed = -liq_plan_goal_height(request, &work->desk->parts.record);
    liq_int128 bound;
    int64_t equity;
    int64_t requirement;

    liq_plan_goal_factors(request, &equity, &requirement);
    needed -= (liq_int128)equity + requirement; /* what it may be less by, unrounded */
    out->is_hopeless = !liq_plan_hull_bound(&bound, work->relaxed, work->relaxed_count, needed);
    bound -= liq_plan_cash_ceil(work->better);
    out->bound = bound > INT64_MAX ? INT64_MAX : (int64_t)bound;
}

/* The shortest prefix of the stretches with which the goal is met. */
static liq_status prefix_find(liq_plan_choice *out, choice_work *work, liq_error *err)
{
    uint32_t low = 0;
    uint32_t high = work->stretch_count;
    bool meets = false;
    liq_status status = prefix_meets(&meets, work, high, err);

    if (status != LIQ_OK || !meets)
        return status;
    while (high - low > 1) {
        const uint32_t middle = low + (high - low) / 2;

        if ((status = prefix_meets(&meets, work, middle, err)) != LIQ_OK)
            return status;
        if (meets)
            high = middle;
        else
            low = middle;
    }
    out->is_met = true;
    work->prefix = high;
    return LIQ_OK;
}

static liq_status prefix_meets(bool *out, choice_work *work, uint32_t count, liq_error *err)
{
    liq_row_record record;
    liq_status status;

    prefix_close(work, count);
    if ((status = liq_plan_desk_rebase(work->desk, err)) != LIQ_OK ||
        (status = liq_plan_desk_value(&record, work->desk, work->desk->request->judged, err)) !=
            LIQ_OK)
        return status;
    *out = liq_plan_goal_met(work->desk->request, &record);
    return LIQ_OK;
}

static void prefix_close(choice_work *work, uint32_t count)
{
    for (uint32_t i = 0; i < work->desk->leg_count; i++)
        work->desk->legs[i].closed = 0;
    for (uint32_t i = 0; i < count; i++)
        work->desk->legs[work->stretches[i].leg].closed = work->stretches[i].lots;
}

/*
 * Lots are not divisible, so the leg whose turn it is may not be the best one to end with: for
 * accounts of few legs each of them is tried, and the cheapest end stays.
 */
static liq_status finish_choose(liq_plan_choice *out, choice_work *work, uint32_t *order,
                                liq_error *err)
{
    const liq_plan_stretch last = work->stretches[work->prefix - 1];
    liq_plan_desk *desk = work->desk;
    int64_t best = INT64_MAX;
    liq_status status = liq_memory_array(&work->best, desk->leg_count, sizeof *work->best, err);

    if (status != LIQ_OK)
        return status;
    out->order_count = order_fill(work, order);
    for (uint32_t i = 0; i < out->order_count; i++) {
        const uint32_t leg = order[i];
        bool is_found = false;

        if (leg != last.leg && desk->leg_count > FINISHES_MAX)
            continue;
        status =
            finish_try(&is_found, work, leg, leg == last.leg ? last.lots : desk->legs[leg].lots_max,
                       order, out->order_count, err);
        if (status != LIQ_OK)
            return status;
        if (!is_found || liq_plan_cost(desk) >= best)
            continue;
        best = liq_plan_cost(desk);
        for (uint32_t j = 0; j < desk->leg_count; j++)
            work->best[j] = desk->legs[j].closed;
    }
    out->is_met = best < INT64_MAX;
    for (uint32_t i = 0; i < desk->leg_count; i++)
        desk->legs[i].closed = work->best[i];
    return LIQ_OK;
}

/* All but the last stretch, then the least of a leg that meets the goal, then everybody else gives
   back what is not needed. */
static liq_status finish_try(bool *out, choice_work *work, uint32_t leg_index, int64_t end,
                             const uint32_t *order, uint32_t order_count, liq_error *err)
{
    liq_plan_leg *leg = &work->desk->legs[leg_index];
    int64_t lots;
    liq_status status;

    prefix_close(work, work->prefix - 1);
    if (leg->closed >= end)
        return LIQ_OK;
    if ((status = liq_plan_desk_rebase(work->desk, err)) != LIQ_OK ||
        (status = liq_plan_leg_least(work->desk, leg_index, leg->closed, end, &lots, err)) !=
            LIQ_OK ||
        lots == 0)
        return status;
    leg->closed = lots;
    *out = true;
    for (uint32_t i = order_count; status == LIQ_OK && i > 0; i--)
        if (work->desk->legs[order[i - 1]].closed > 0)
            status = give_back(work->desk, order[i - 1], err);
    return status;
}

/* All legs that have a stretch: those of the prefix come first. */
static uint32_t order_fill(const choice_work *work, uint32_t *order)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < work->stretch_count; i++)
        if (work->stretches[i].place == 0)
            order[count++] = work->stretches[i].leg;
    return count;
}

/* The most lots that a leg can do without, from what is closed downwards. */
static liq_status give_back(liq_plan_desk *desk, uint32_t leg_index, liq_error *err)
{
    liq_plan_leg *leg = &desk->legs[leg_index];
    const int64_t closed = leg->closed;
    liq_plan_trial trial;
    int64_t enough = closed;
    int64_t missed = 0;
    int64_t by = 1;
    liq_status status;

    leg->closed = 0;
    if ((status = liq_plan_desk_rebase(desk, err)) != LIQ_OK)
        return status;
    liq_plan_trial_start(&trial, desk, leg_index);
    for (; by <= enough && still_met(&trial, enough - by); by *= 2)
        enough -= by;
    missed = enough - by < 0 ? -1 : enough - by;
    while (enough - missed > 1) {
        const int64_t middle = missed + (enough - missed) / 2;

        if (still_met(&trial, middle))
            enough = middle;
        else
            missed = middle;
    }
    leg->closed = enough;
    return LIQ_OK;
}

static bool still_met(const liq_plan_trial *trial, int64_t lots)
{
    const liq_row_record record = liq_plan_trial_value(trial, lots);

    return liq_plan_goal_met(trial->request, &record);
}
