/*
 * What no plan for a portfolio account costs less than: every lot is taken for all that it can
 * change of the requirement, whatever else is closed, so that legs do not bear on each other; then
 * the cheapest stretches that come up to the goal are a bound (plan_hull.h).
 */
#include <stdlib.h>

#include "base/fail.h"
#include "base/memory.h"
#include "scan/plan_choice.h"
#include "scan/plan_hull.h"
#include "scan/plan_portfolio.h"

typedef struct bound_work {
    liq_folio_desk *folio;
    liq_plan_stretch *stretches;
    size_t capacity;
    uint32_t count;
    liq_int128 better; /* cash grains that closing can gain against the mark */
    bool fits;
} bound_work;

/* Costs along the points of a leg, cash grains. */
typedef struct leg_cost {
    liq_int128 before;
    liq_int128 rises;
} leg_cost;

static liq_status leg_add(bound_work *work, uint32_t leg, liq_error *err);
static bool point_fill(liq_plan_point *out, bound_work *work, uint32_t leg, int64_t lots,
                       const liq_trial_reach *reach, leg_cost *cost);
static bool gain_of(liq_int128 *out, const bound_work *work, uint32_t leg, int64_t lots,
                    const liq_plan_order *order, const liq_trial_reach *reach);

liq_status liq_folio_bound(int64_t *bound, bool *hopeless, liq_folio_desk *folio, liq_int128 height,
                           liq_error *err)
{
    const liq_market *market = folio->request->judged;
    bound_work work = {.folio = folio, .fits = true};
    liq_int128 least = 0;
    liq_status status = LIQ_OK;

    for (uint32_t i = 0; status == LIQ_OK && i < folio->desk.leg_count; i++) {
        const uint32_t asset =
            market->instruments[folio->desk.legs[i].held.instrument_index].asset_index;

        work.fits = work.fits && (market->assets[asset].flags & LIQ_ASSET_MARGIN_CURRENCY) != 0;
        status = leg_add(&work, i, err);
    }
    folio->better = work.better;
    if (status == LIQ_OK && !work.fits)
        status = LIQ_UNSUPPORTED;
    if (status == LIQ_OK) {
        liq_plan_hull_sort(work.stretches, work.count);
        *hopeless = !liq_plan_hull_bound(&least, work.stretches, work.count,
                                         -height - folio->goal.equity_factor -
                                             folio->goal.requirement_factor);
        least -= liq_plan_cash_ceil(work.better);
        *bound = least > INT64_MAX ? INT64_MAX : (int64_t)least;
    }
    free(work.stretches);
    return status;
}

/* Within the lots of one offer all is linear. */
static liq_status leg_add(bound_work *work, uint32_t leg_index, liq_error *err)
{
    const liq_plan_leg *leg = &work->folio->desk.legs[leg_index];
    const liq_trial_reach reach = liq_folio_reach(work->folio, leg_index);
    liq_plan_point *points = NULL;
    leg_cost cost = {0};
    uint32_t count = 0;
    liq_status status =
        liq_memory_array(&points, (size_t)leg->offers.count * 2, sizeof *points, err);

    if (status != LIQ_OK ||
        (status = liq_memory_extend(&work->stretches, &work->capacity,
                                    (size_t)work->count + 2 * (size_t)leg->offers.count,
                                    sizeof *work->stretches, err)) != LIQ_OK)
        goto done;
    for (uint32_t i = 0; work->fits && i < leg->offers.count; i++) {
        const int64_t first = (i == 0 ? 0 : leg->offers.ends[i - 1]) + 1;
        const int64_t last = leg->offers.ends[i];

        work->fits = point_fill(&points[count++], work, leg_index, first, &reach, &cost);
        if (work->fits && last > first)
            work->fits = point_fill(&points[count++], work, leg_index, last, &reach, &cost);
    }
    if (work->fits && count > 0)
        work->count += liq_plan_hull(&work->stretches[work->count], leg_index, points, count,
                                     (reach.slack >> LIQ_REACH_BITS) + 1);
done:
    free(points);
    return status;
}

/* Costs never fall along the points: what they fall is counted apart. */
static bool point_fill(liq_plan_point *out, bound_work *work, uint32_t leg, int64_t lots,
                       const liq_trial_reach *reach, leg_cost *cost)
{
    liq_plan_order order;

    if (!liq_plan_order_make(&order, &work->folio->desk.legs[leg].held, lots) ||
        !gain_of(&out->gain, work, leg, lots, &order, reach))
        return false;
    out->lots = lots;
    if (order.cost_low > cost->before)
        cost->rises += order.cost_low - cost->before;
    else
        work->better += cost->before - order.cost_low;
    cost->before = order.cost_low;
    out->cost = cost->rises;
    return true;
}

/* Equity changes by what is realised less what the lots are worth where the goal is judged. */
static bool gain_of(liq_int128 *out, const bound_work *work, uint32_t leg_index, int64_t lots,
                    const liq_plan_order *order, const liq_trial_reach *reach)
{
    const liq_folio_desk *folio = work->folio;
    const liq_plan_leg *leg = &folio->desk.legs[leg_index];
    const liq_market *market = folio->request->judged;
    const liq_instrument_record *record = &market->instruments[leg->held.instrument_index];
    const int64_t mark = leg->held.is_long ? record->value_floor : record->value_ceil;
    const liq_int128 pnl =
        (liq_int128)(leg->held.is_long ? lots : -lots) * ((liq_int128)mark - leg->held.entry_value);
    const liq_int128 by = (liq_int128)market->assets[record->asset_index].grains_per_fine;
    liq_int128 grains;
    liq_int128 equity;
    liq_int128 freed;

    if (__builtin_mul_overflow(pnl, by, &grains) ||
        __builtin_mul_overflow((liq_int128)order->change - grains / LIQ_GRAINS_PER_UNIT,
                               (liq_int128)folio->goal.equity_factor, &equity) ||
        __builtin_mul_overflow(reach->freed, (liq_int128)lots, &freed))
        return false;
    *out = equity + (freed >> LIQ_REACH_BITS) + 1;
    return true;
}
