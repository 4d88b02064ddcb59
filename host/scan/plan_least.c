/*
 * The least reduction of one leg with which a goal is met, found exactly as in reduction.c: the
 * range is split where something bends, and a stretch is left behind when no point of it can meet
 * the goal. What differs is that closing costs something, and that it realises its PnL at the
 * prices of offers.
 */
#include "base/fail.h"
#include "scan/plan_desk.h"
#include "scan/reduction.h"
#include "scan/safety_line.h"
#include "scan/turn_search.h"

enum { JUDGEMENTS_MAX = 16384, POINTS_PER_BORDER = 3 };

/*
 * What roundings of an order and of the sums of an account take from equity at most, and differ by
 * from one size to another: PnL and its floor, the size of the fee and the fee, each below one unit
 * of the settle asset; and two cash units.
 */
enum { SLACK_UNITS = 5, SLACK_CASH = 3 };

typedef struct least_search {
    liq_plan_trial trial;
    liq_safety_lines lines;
    liq_int128 slack; /* cash units */
    bool drifts;      /* what moves to the balance takes on its weight */
} least_search;

static void slack_fill(least_search *search);
static liq_verdict judge(void *context, int64_t at);
static bool settled(void *context, const liq_verdict *near, const liq_verdict *far);
static liq_int128 equity_bound(const least_search *search, const liq_verdict *near,
                               const liq_verdict *far);
static int64_t amount_at(const least_search *search, int64_t lots);

liq_status liq_plan_leg_least(liq_plan_desk *desk, uint32_t leg_index, int64_t from, int64_t end,
                              int64_t *lots, liq_error *err)
{
    const liq_plan_leg *leg = &desk->legs[leg_index];
    least_search least = {.lines = liq_safety_lines_liquidation(&desk->request->judged->policy)};
    const liq_turn_search search = {
        .context = &least, .judge = judge, .settled = settled, .budget = JUDGEMENTS_MAX};
    liq_verdict near;
    liq_verdict far;
    liq_status status;

    *lots = 0;
    if (from >= end)
        return LIQ_OK;
    liq_plan_trial_start(&least.trial, desk, leg_index);
    slack_fill(&least);
    if ((status = liq_reduction_kinks(&desk->kinks, &least.trial.row,
                                      (size_t)leg->offers.count * POINTS_PER_BORDER, err)) !=
        LIQ_OK)
        return status;
    for (uint32_t i = 0; i < leg->offers.count; i++)
        liq_kinks_add_around(&desk->kinks, (liq_int128)leg->offers.ends[i] - leg->based);
    liq_kinks_sort(&desk->kinks);
    near = judge(&least, from - leg->based);
    LIQ_ASSERT(near.safety == LIQ_SAFETY_FLAGGED);
    if (liq_turn_search_run(&search, &desk->kinks, &near, end - leg->based, &far))
        *lots = far.at + leg->based;
    return LIQ_OK;
}

static void slack_fill(least_search *search)
{
    const liq_market *market = search->trial.request->judged;
    const uint32_t tag = search->trial.row.part.close_tag;
    const liq_asset_record asset = market->assets[tag & LIQ_TAG_INDEX_MAX];
    const bool is_cash = asset.flags & LIQ_ASSET_MARGIN_CURRENCY;

    search->slack = SLACK_CASH + (is_cash ? SLACK_UNITS
                                          : (liq_int128)SLACK_UNITS * asset.exchange_rate /
                                                LIQ_EXCHANGE_RATE_ONE);
    search->drifts = !is_cash && tag >> LIQ_TAG_INDEX_BITS != LIQ_ENTRY_MARGIN &&
                     !(market->policy.flags & LIQ_POLICY_PNL_IS_COLLATERAL);
}

/* Sizes count from what the rows have closed. What cannot be valued meets no goal. */
static liq_verdict judge(void *context, int64_t at)
{
    const least_search *search = context;
    const liq_row_record record =
        liq_plan_trial_value(&search->trial, at + search->trial.leg->based);

    return (liq_verdict){
        .at = at,
        .equity = record.equity,
        .maintenance =
            search->trial.request->goal == LIQ_PLAN_LEVERAGE ? record.notional : record.maintenance,
        .regime = record.reason,
        .safety = liq_plan_goal_met(search->trial.request, &record) ? LIQ_SAFETY_SAFE
                                                                    : LIQ_SAFETY_FLAGGED};
}

/*
 * Between two kinks the notional and the requirement of the leg fall, and the requirement of the
 * opposite leg rises, if it follows at all; so the far end with the other at the near end is the
 * least that there can be.
 */
static bool settled(void *context, const liq_verdict *near, const liq_verdict *far)
{
    const least_search *search = context;
    const liq_plan_request *request = search->trial.request;
    liq_int128 requirement =
        near->maintenance < far->maintenance ? near->maintenance : far->maintenance;
    liq_int128 equity;

    if (near->regime != LIQ_REASON_NONE || far->regime != LIQ_REASON_NONE)
        return near->regime != LIQ_REASON_NONE && far->regime != LIQ_REASON_NONE;
    if (near->safety == LIQ_SAFETY_SAFE)
        return false;
    equity = equity_bound(search, near, far);
    if (request->goal == LIQ_PLAN_LEVERAGE)
        return equity * request->leverage_ppm < requirement * LIQ_PLAN_PPM;
    if (search->trial.row.other_follows) {
        const liq_row_record bound = liq_reduced_row_value(&search->trial.row, far->at, near->at);

        if (bound.reason != LIQ_REASON_NONE)
            return false;
        requirement = bound.maintenance;
    }
    for (uint32_t i = 0; i < search->lines.count; i++) {
        const liq_safety_line line = search->lines.lines[i];

        if (liq_safety_crossed(line,
                               equity * line.equity_factor - requirement * line.requirement_factor))
            return true;
    }
    return false;
}

/*
 * The most that equity can be inside. At one price the unrounded amount and the PnL that is left
 * are linear in the size, and equity follows their sum, or where weights count each of them,
 * without ever falling when one of them rises.
 */
static liq_int128 equity_bound(const least_search *search, const liq_verdict *near,
                               const liq_verdict *far)
{
    const liq_plan_trial *trial = &search->trial;
    liq_leg_sum legs;
    liq_leg_sum other;
    int64_t amount;
    liq_row_record bound;

    if (!search->drifts)
        return (near->equity > far->equity ? near->equity : far->equity) + search->slack;
    legs = liq_reduced_row_legs(&trial->row, near->at, near->at);
    other = liq_reduced_row_legs(&trial->row, far->at, far->at);
    if (liq_wide_negative(liq_wide_subtract(legs.pnl, other.pnl)))
        legs.pnl = other.pnl;
    amount = amount_at(search, near->at);
    if (amount_at(search, far->at) > amount)
        amount = amount_at(search, far->at);
    bound = liq_row_part_value(&trial->row.part, trial->request->judged, legs, amount);
    return bound.reason == LIQ_REASON_NONE ? bound.equity + search->slack : INT64_MAX;
}

static int64_t amount_at(const least_search *search, int64_t at)
{
    const liq_plan_trial *trial = &search->trial;
    liq_plan_order order;

    LIQ_ASSERT(liq_plan_order_make(&order, &trial->leg->held, at + trial->leg->based));
    return trial->row.part.amount + (order.change - trial->based_change);
}
