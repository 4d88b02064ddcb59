#include "scan/plan_portfolio.h"

#include <stdlib.h>

#include "base/fail.h"
#include "base/memory.h"
#include "scan/plan_choice.h"
#include "scan/portfolio_least.h"
#include "scan/truth.h"

/* A leg that is closed alone. */
typedef struct single_search {
    liq_folio_desk *folio;
    uint32_t leg;
} single_search;

static liq_status folio_create(liq_folio_desk *out, const liq_plan_request *request,
                               liq_row_key key, liq_error *err);
static void folio_clear(liq_folio_desk *folio);
static liq_status steps_plan(liq_plan *plan, liq_folio_desk *folio, liq_error *err);
static liq_status singles_find(liq_plan *plan, liq_folio_desk *folio, liq_error *err);
static liq_row_record single_value(void *context, int64_t lots);
static bool single_met(void *context, const liq_row_record *record);
static void single_take(const liq_plan *plan, liq_folio_choice *choice);
static liq_status steps_fill(liq_plan *plan, liq_folio_desk *folio, const liq_folio_choice *choice,
                             liq_error *err);
static void step_fill(liq_plan_step *step, liq_folio_desk *folio, uint32_t leg, int64_t lots);
static void least_check(liq_plan *plan, liq_folio_desk *folio, const liq_folio_choice *choice);
static liq_status bound_take(liq_plan *plan, liq_folio_desk *folio, liq_error *err);
static liq_int128 size_of(liq_int128 value);

liq_status liq_plan_portfolio_make(liq_plan *out, const liq_plan_request *request, liq_row_key key,
                                   liq_error *err)
{
    const bool is_isolated = key.instrument_index != LIQ_NO_INDEX;
    liq_plan plan = {.key = key, .outcome = LIQ_PLAN_UNVALUED};
    liq_folio_desk folio = {0};
    liq_status status = folio_create(&folio, request, key, err);

    if (status != LIQ_OK)
        goto done;
    plan.top_up_asset =
        is_isolated ? request->book->venue.instruments[key.instrument_index].settle_index : 0;
    plan.now = liq_portfolio_trial_value(&folio.now);
    plan.judged = liq_portfolio_trial_value(&folio.judged);
    if (plan.now.reason == LIQ_REASON_NONE && plan.judged.reason == LIQ_REASON_NONE)
        plan.outcome =
            liq_plan_goal_met(request, &plan.judged) ? LIQ_PLAN_NOT_NEEDED : LIQ_PLAN_UNREACHABLE;
    if (plan.outcome == LIQ_PLAN_UNREACHABLE) {
        plan.has_top_up =
            liq_portfolio_deposit_least(&plan.top_up, &folio.judged, liq_folio_met, &folio);
        status = steps_plan(&plan, &folio, err);
    }
    if (status != LIQ_OK)
        goto done;
    *out = plan;
    plan = (liq_plan){0}; /* given away */
done:
    liq_plan_clear(&plan);
    folio_clear(&folio);
    return status;
}

bool liq_folio_close(void *context, liq_portfolio_trial *judged, uint32_t leg_index, int64_t lots)
{
    const liq_folio_desk *folio = context;
    liq_plan_order order = {0};

    if (lots > 0 && !liq_plan_order_make(&order, &folio->desk.legs[leg_index].held, lots))
        return false;
    liq_portfolio_trial_close(judged, leg_index, lots, order.change);
    return true;
}

bool liq_folio_met(void *context, const liq_row_record *record)
{
    const liq_folio_desk *folio = context;

    return liq_plan_goal_met(folio->request, record);
}

/* Against the mark where the goal is judged: a shock may make an offer of today a good one. */
liq_trial_reach liq_folio_reach(const liq_folio_desk *folio, uint32_t leg_index)
{
    const liq_plan_leg *leg = &folio->desk.legs[leg_index];
    const liq_market *market = folio->request->judged;
    const liq_instrument_record *record = &market->instruments[leg->held.instrument_index];
    const liq_asset_record asset = market->assets[record->asset_index];
    const int64_t mark = leg->held.is_long ? record->value_floor : record->value_ceil;
    liq_int128 better = 0;
    liq_int128 worse = 0;
    liq_int128 fee = 0;

    for (uint32_t i = 0; i < leg->offers.count; i++) {
        const liq_int128 above = (liq_int128)leg->offers.values[i] - mark;
        const liq_int128 gain = leg->held.is_long ? above : -above;
        const liq_int128 charge =
            size_of(leg->offers.values[i]) * leg->held.fee_nano / LIQ_RATE_NANO + 1;

        better = gain > better ? gain : better;
        worse = -gain > worse ? -gain : worse;
        fee = charge > fee ? charge : fee;
    }
    return liq_portfolio_trial_reach(&folio->judged, leg_index, &folio->goal,
                                     liq_trial_cash(asset, better),
                                     liq_trial_cash(asset, worse + fee));
}

static liq_status folio_create(liq_folio_desk *out, const liq_plan_request *request,
                               liq_row_key key, liq_error *err)
{
    liq_status status;

    out->request = request;
    liq_plan_goal_factors(request, &out->goal.equity_factor, &out->goal.requirement_factor);
    out->goal.by_notional = request->goal == LIQ_PLAN_LEVERAGE;
    if ((status = liq_plan_desk_create(&out->desk, request, key, err)) != LIQ_OK ||
        (status = liq_portfolio_trial_create(&out->now, request->market, &out->desk.rows,
                                             out->desk.row_index, err)) != LIQ_OK)
        return status;
    LIQ_ASSERT(out->now.leg_count == out->desk.leg_count);
    for (uint32_t i = 0; i < out->now.leg_count; i++)
        LIQ_ASSERT(out->now.legs[i].instrument_index == out->desk.legs[i].held.instrument_index &&
                   out->now.legs[i].is_long == out->desk.legs[i].held.is_long);
    return liq_portfolio_trial_create(&out->judged, request->judged, &out->desk.rows,
                                      out->desk.row_index, err);
}

static void folio_clear(liq_folio_desk *folio)
{
    liq_plan_desk_clear(&folio->desk);
    liq_portfolio_trial_clear(&folio->now);
    liq_portfolio_trial_clear(&folio->judged);
}

static liq_status steps_plan(liq_plan *plan, liq_folio_desk *folio, liq_error *err)
{
    const uint32_t legs = folio->desk.leg_count;
    liq_folio_choice choice = {.cost = INT64_MAX};
    liq_status status;

    if ((status = liq_memory_array(&choice.lots, legs, sizeof *choice.lots, err)) != LIQ_OK ||
        (status = liq_memory_array(&choice.order, legs, sizeof *choice.order, err)) != LIQ_OK ||
        (status = singles_find(plan, folio, err)) != LIQ_OK ||
        (legs > 1 && (status = liq_folio_choose(&choice, folio, err)) != LIQ_OK))
        goto done;
    plan->method = choice.is_met ? LIQ_PLAN_ORDERED : LIQ_PLAN_NO_STEPS;
    for (uint32_t i = 0; i < plan->single_count; i++)
        if (plan->singles[i].lots > 0 && plan->singles[i].cost <= choice.cost)
            plan->method = LIQ_PLAN_ONE_POSITION;
    if (plan->method == LIQ_PLAN_ONE_POSITION)
        single_take(plan, &choice);
    if (plan->method != LIQ_PLAN_NO_STEPS) {
        plan->outcome = LIQ_PLAN_REDUCED;
        if ((status = steps_fill(plan, folio, &choice, err)) != LIQ_OK)
            goto done;
        least_check(plan, folio, &choice);
        liq_plan_costs_sum(plan, folio->request);
    }
    status = bound_take(plan, folio, err);
done:
    free(choice.lots);
    free(choice.order);
    return status;
}

/* Of each position alone, exactly. */
static liq_status singles_find(liq_plan *plan, liq_folio_desk *folio, liq_error *err)
{
    liq_status status =
        liq_memory_array(&plan->singles, folio->desk.leg_count, sizeof *plan->singles, err);

    if (status != LIQ_OK)
        return status;
    plan->single_count = folio->desk.leg_count;
    for (uint32_t i = 0; i < plan->single_count; i++) {
        const liq_plan_leg *leg = &folio->desk.legs[i];
        single_search search = {folio, i};
        const liq_portfolio_ask ask = {.context = &search,
                                       .value = single_value,
                                       .met = single_met,
                                       .goal = folio->goal,
                                       .reach = liq_folio_reach(folio, i)};
        liq_plan_single *single = &plan->singles[i];
        liq_plan_order order;

        single->position = leg->position;
        liq_portfolio_trial_open(&folio->judged);
        if ((status = liq_portfolio_least(&single->lots, &ask, &folio->desk.kinks, 0, leg->lots_max,
                                          err)) != LIQ_OK)
            return status;
        if (single->lots > 0 && liq_plan_order_make(&order, &leg->held, single->lots))
            single->cost = liq_plan_cash_ceil(order.cost);
    }
    liq_portfolio_trial_open(&folio->judged);
    return LIQ_OK;
}

static liq_row_record single_value(void *context, int64_t lots)
{
    const single_search *search = context;

    if (!liq_folio_close(search->folio, &search->folio->judged, search->leg, lots))
        return liq_row_unvalued(LIQ_REASON_PNL, LIQ_NO_INDEX);
    return liq_portfolio_trial_value(&search->folio->judged);
}

static bool single_met(void *context, const liq_row_record *record)
{
    const single_search *search = context;

    return liq_folio_met(search->folio, record);
}

/* The cheapest of those that are enough, the first of equal ones. */
static void single_take(const liq_plan *plan, liq_folio_choice *choice)
{
    uint32_t best = plan->single_count;

    for (uint32_t i = 0; i < plan->single_count; i++) {
        choice->lots[i] = 0;
        if (plan->singles[i].lots > 0 &&
            (best == plan->single_count || plan->singles[i].cost < plan->singles[best].cost))
            best = i;
    }
    choice->lots[best] = plan->singles[best].lots;
    choice->order[0] = best;
    choice->order_count = 1;
}

/* One order after the other, each valued by the rule. */
static liq_status steps_fill(liq_plan *plan, liq_folio_desk *folio, const liq_folio_choice *choice,
                             liq_error *err)
{
    const liq_status status =
        liq_memory_array(&plan->steps, folio->desk.leg_count, sizeof *plan->steps, err);

    if (status != LIQ_OK)
        return status;
    liq_portfolio_trial_open(&folio->now);
    liq_portfolio_trial_open(&folio->judged);
    for (uint32_t i = 0; i < choice->order_count; i++)
        if (choice->lots[choice->order[i]] > 0)
            step_fill(&plan->steps[plan->step_count++], folio, choice->order[i],
                      choice->lots[choice->order[i]]);
    LIQ_ASSERT(plan->step_count > 0 &&
               liq_plan_goal_met(folio->request, &plan->steps[plan->step_count - 1].judged));
    return LIQ_OK;
}

static void step_fill(liq_plan_step *step, liq_folio_desk *folio, uint32_t leg, int64_t lots)
{
    liq_plan_step_order(step, &folio->desk.legs[leg], lots);
    LIQ_ASSERT(liq_folio_close(folio, &folio->judged, leg, lots));
    liq_portfolio_trial_close(&folio->now, leg, lots, step->order.change);
    step->after = liq_portfolio_trial_value(&folio->now);
    step->judged = liq_portfolio_trial_value(&folio->judged);
}

/* The judged trial has all steps. */
static void least_check(liq_plan *plan, liq_folio_desk *folio, const liq_folio_choice *choice)
{
    uint32_t step = 0;

    for (uint32_t i = 0; i < choice->order_count; i++) {
        const uint32_t leg = choice->order[i];
        liq_row_record less;

        if (choice->lots[leg] == 0)
            continue;
        LIQ_ASSERT(liq_folio_close(folio, &folio->judged, leg, choice->lots[leg] - 1));
        less = liq_portfolio_trial_value(&folio->judged);
        plan->steps[step++].is_least = !liq_plan_goal_met(folio->request, &less);
        LIQ_ASSERT(liq_folio_close(folio, &folio->judged, leg, choice->lots[leg]));
    }
}

static liq_status bound_take(liq_plan *plan, liq_folio_desk *folio, liq_error *err)
{
    bool hopeless = false;
    const liq_status status = liq_folio_bound(
        &plan->bound, &hopeless, folio, liq_plan_goal_height(folio->request, &plan->judged), err);

    if (status != LIQ_OK && status != LIQ_UNSUPPORTED)
        return status;
    plan->has_bound = status == LIQ_OK && !hopeless;
    plan->is_proven = status == LIQ_OK && hopeless;
    if (folio->desk.leg_count != 1) /* else the search was exact */
        return LIQ_OK;
    plan->is_proven = plan->outcome == LIQ_PLAN_UNREACHABLE;
    plan->has_bound = folio->better == 0 && !plan->is_proven;
    plan->bound = plan->singles[0].cost;
    return LIQ_OK;
}

static liq_int128 size_of(liq_int128 value)
{
    return value < 0 ? -value : value;
}
