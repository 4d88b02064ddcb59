#include "scan/plan.h"

#include <stdlib.h>

#include "base/fail.h"
#include "base/memory.h"
#include "scan/plan_choice.h"
#include "scan/plan_portfolio.h"

static liq_status plan_steps(liq_plan *plan, liq_plan_desk *desk, liq_error *err);
static liq_status singles_find(liq_plan *plan, liq_plan_desk *desk, liq_error *err);
static liq_status steps_choose(liq_plan *plan, liq_plan_desk *desk, uint32_t *order,
                               uint32_t *count, liq_error *err);
static bool single_take(liq_plan *plan, liq_plan_desk *desk, uint32_t *order, int64_t below);
static liq_status steps_value(liq_plan *plan, liq_plan_desk *desk, const uint32_t *order,
                              const int64_t *lots, liq_error *err);
static liq_status step_fill(liq_plan_step *step, liq_plan_desk *desk, uint32_t leg, liq_error *err);
static liq_status least_check(liq_plan *plan, liq_plan_desk *desk, const uint32_t *order,
                              const int64_t *lots, liq_error *err);
static void all_open(liq_plan_desk *desk);

liq_status liq_plan_make(liq_plan *out, const liq_plan_request *request, liq_row_key key,
                         liq_error *err)
{
    const bool is_isolated = key.instrument_index != LIQ_NO_INDEX;
    liq_plan plan = {.key = key};
    liq_plan_desk desk = {0};
    liq_status status;

    if (key.reason == LIQ_REASON_PORTFOLIO &&
        liq_portfolio_market_exists(&request->market->portfolio))
        return liq_plan_portfolio_make(out, request, key, err);
    if ((status = liq_plan_desk_create(&desk, request, key, err)) != LIQ_OK)
        return status;
    plan.top_up_asset =
        is_isolated ? request->book->venue.instruments[key.instrument_index].settle_index : 0;
    plan.judged = desk.parts.record;
    if ((status = liq_plan_desk_value(&plan.now, &desk, request->market, err)) != LIQ_OK)
        goto done;
    if (plan.now.reason != LIQ_REASON_NONE || plan.judged.reason != LIQ_REASON_NONE) {
        plan.outcome = LIQ_PLAN_UNVALUED;
    } else if (!liq_plan_goal_met(request, &plan.judged)) {
        plan.outcome = LIQ_PLAN_UNREACHABLE;
        plan.has_top_up = liq_plan_deposit_least(&desk, &plan.top_up, plan.top_up_asset);
        if ((status = plan_steps(&plan, &desk, err)) != LIQ_OK)
            goto done;
    }
    *out = plan;
    plan = (liq_plan){0}; /* given away */
done:
    liq_plan_clear(&plan);
    liq_plan_desk_clear(&desk);
    return status;
}

void liq_plan_clear(liq_plan *plan)
{
    free(plan->steps);
    free(plan->singles);
    *plan = (liq_plan){0};
}

static liq_status plan_steps(liq_plan *plan, liq_plan_desk *desk, liq_error *err)
{
    uint32_t *order = NULL;
    int64_t *lots = NULL;
    uint32_t count = 0;
    liq_status status;

    if ((status = liq_memory_array(&order, desk->leg_count, sizeof *order, err)) != LIQ_OK ||
        (status = liq_memory_array(&lots, desk->leg_count, sizeof *lots, err)) != LIQ_OK ||
        (status = singles_find(plan, desk, err)) != LIQ_OK ||
        (status = steps_choose(plan, desk, order, &count, err)) != LIQ_OK)
        goto done;
    if (plan->outcome != LIQ_PLAN_REDUCED)
        goto done;
    for (uint32_t i = 0; i < count; i++)
        if (desk->legs[order[i]].closed > 0) {
            lots[plan->step_count] = desk->legs[order[i]].closed;
            order[plan->step_count++] = order[i];
        }
    if ((status = liq_memory_array(&plan->steps, plan->step_count, sizeof *plan->steps, err)) ==
            LIQ_OK &&
        (status = steps_value(plan, desk, order, lots, err)) == LIQ_OK)
        status = least_check(plan, desk, order, lots, err);
    if (status == LIQ_OK)
        liq_plan_costs_sum(plan, desk->request);
done:
    free(order);
    free(lots);
    return status;
}

/* Of each position alone. */
static liq_status singles_find(liq_plan *plan, liq_plan_desk *desk, liq_error *err)
{
    liq_status status =
        liq_memory_array(&plan->singles, desk->leg_count, sizeof *plan->singles, err);

    if (status != LIQ_OK)
        return status;
    plan->single_count = desk->leg_count;
    for (uint32_t i = 0; i < desk->leg_count; i++) {
        liq_plan_single *single = &plan->singles[i];
        liq_plan_order order;

        single->position = desk->legs[i].position;
        status = liq_plan_leg_least(desk, i, 0, desk->legs[i].lots_max, &single->lots, err);
        if (status != LIQ_OK)
            return status;
        if (single->lots > 0 && liq_plan_order_make(&order, &desk->legs[i].held, single->lots))
            single->cost = liq_plan_cash_ceil(order.cost);
    }
    return LIQ_OK;
}

/* The ordered plan, unless one position alone costs no more. The legs hold what is closed. */
static liq_status steps_choose(liq_plan *plan, liq_plan_desk *desk, uint32_t *order,
                               uint32_t *count, liq_error *err)
{
    liq_plan_choice choice;
    liq_status status;
    int64_t cost;

    if ((status = liq_plan_choose(&choice, desk, order, err)) != LIQ_OK)
        return status;
    plan->has_bound = choice.has_bound && !choice.is_hopeless;
    plan->is_proven = choice.is_hopeless;
    plan->bound = choice.bound;
    *count = choice.order_count;
    cost = choice.is_met ? liq_plan_cost(desk) : INT64_MAX;
    if (choice.is_met) {
        plan->outcome = LIQ_PLAN_REDUCED;
        plan->method = LIQ_PLAN_ORDERED;
    }
    if (single_take(plan, desk, order, cost))
        *count = 1;
    if (desk->leg_count == 1) { /* the search was exact, whatever bears on what, or ended early */
        plan->is_proven = plan->outcome == LIQ_PLAN_UNREACHABLE;
        plan->has_bound = choice.is_costly && !plan->is_proven && plan->singles[0].cost <= cost;
        plan->bound = plan->singles[0].cost;
    }
    return LIQ_OK;
}

static bool single_take(liq_plan *plan, liq_plan_desk *desk, uint32_t *order, int64_t below)
{
    uint32_t best = plan->single_count;

    for (uint32_t i = 0; i < plan->single_count; i++)
        if (plan->singles[i].lots > 0 && plan->singles[i].cost <= below &&
            (best == plan->single_count || plan->singles[i].cost < plan->singles[best].cost))
            best = i;
    if (best == plan->single_count)
        return false;
    all_open(desk);
    desk->legs[best].closed = plan->singles[best].lots;
    order[0] = best;
    plan->outcome = LIQ_PLAN_REDUCED;
    plan->method = LIQ_PLAN_ONE_POSITION;
    return true;
}

/* One order after the other, each valued by the margin rule. */
static liq_status steps_value(liq_plan *plan, liq_plan_desk *desk, const uint32_t *order,
                              const int64_t *lots, liq_error *err)
{
    liq_status status = LIQ_OK;

    all_open(desk);
    for (uint32_t i = 0; status == LIQ_OK && i < plan->step_count; i++) {
        desk->legs[order[i]].closed = lots[i];
        if ((status = liq_plan_desk_rebase(desk, err)) == LIQ_OK)
            status = step_fill(&plan->steps[i], desk, order[i], err);
    }
    LIQ_ASSERT(status != LIQ_OK ||
               liq_plan_goal_met(desk->request, &plan->steps[plan->step_count - 1].judged));
    return status;
}

void liq_plan_step_order(liq_plan_step *step, const liq_plan_leg *leg, int64_t lots)
{
    *step = (liq_plan_step){.position = leg->position,
                            .lots = lots,
                            .level = liq_plan_offers_level(&leg->offers, lots)};
    step->worst_value = leg->offers.values[step->level];
    LIQ_ASSERT(liq_plan_order_make(&step->order, &leg->held, lots));
}

static liq_status step_fill(liq_plan_step *step, liq_plan_desk *desk, uint32_t leg_index,
                            liq_error *err)
{
    const liq_plan_leg *leg = &desk->legs[leg_index];
    liq_status status;

    liq_plan_step_order(step, leg, leg->closed);
    if ((status = liq_plan_desk_value(&step->after, desk, desk->request->market, err)) != LIQ_OK)
        return status;
    return liq_plan_desk_value(&step->judged, desk, desk->request->judged, err);
}

static liq_status least_check(liq_plan *plan, liq_plan_desk *desk, const uint32_t *order,
                              const int64_t *lots, liq_error *err)
{
    liq_status status = LIQ_OK;

    for (uint32_t i = 0; status == LIQ_OK && i < plan->step_count; i++) {
        liq_plan_leg *leg = &desk->legs[order[i]];
        liq_row_record less;

        leg->closed = lots[i] - 1;
        if ((status = liq_plan_desk_rebase(desk, err)) == LIQ_OK &&
            (status = liq_plan_desk_value(&less, desk, desk->request->judged, err)) == LIQ_OK)
            plan->steps[i].is_least = !liq_plan_goal_met(desk->request, &less);
        leg->closed = lots[i];
    }
    return status;
}

void liq_plan_costs_sum(liq_plan *plan, const liq_plan_request *request)
{
    const liq_venue *venue = &request->book->venue;
    liq_int128 cost = 0;
    liq_int128 fee = 0;

    for (uint32_t i = 0; i < plan->step_count; i++) {
        const uint32_t instrument =
            request->book->positions[plan->steps[i].position].instrument_index;
        const liq_asset_record asset =
            request->market->assets[venue->instruments[instrument].settle_index];

        cost += plan->steps[i].order.cost;
        fee += (liq_int128)plan->steps[i].order.fee * asset.exchange_rate *
               (LIQ_GRAINS_PER_UNIT / LIQ_EXCHANGE_RATE_ONE);
    }
    plan->cost = liq_plan_cash_ceil(cost);
    plan->fee = liq_plan_cash_ceil(fee);
}

static void all_open(liq_plan_desk *desk)
{
    for (uint32_t i = 0; i < desk->leg_count; i++)
        desk->legs[i].closed = 0;
}
