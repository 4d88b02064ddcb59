/*
 * Ways to close several positions of a portfolio account, of which the cheapest stays.
 */
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/int256.h"
#include "base/memory.h"
#include "scan/plan_choice.h"
#include "scan/plan_portfolio.h"
#include "scan/portfolio_least.h"
#include "scan/portfolio_worst.h"

/* Step by step is for accounts of few legs: each step tries a part of every one. */
enum { MILLE = 1000, STEP_LEGS_MAX = 32, STEP_PARTS = 16, STEPS_MAX = 512 };

typedef struct choice_work {
    liq_folio_choice *best;
    liq_folio_desk *folio;
    uint32_t *order;
    uint32_t count;
} choice_work;

static liq_status worst_try(choice_work *work, liq_error *err);
static int64_t most_of(void *folio, uint32_t leg);
static void share_try(choice_work *work);
static bool share_close(choice_work *work, uint32_t share);
static void steps_try(choice_work *work);
static uint32_t step_choose(const choice_work *work, liq_int128 height, int64_t *lots);
static bool is_steeper(liq_int128 gain, liq_int128 cost, liq_int128 other_gain,
                       liq_int128 other_cost);
static int64_t step_lots(const choice_work *work, uint32_t leg);
static bool all_step(choice_work *work);
static void order_note(choice_work *work, uint32_t leg);
static void choice_end(choice_work *work);
static void trim(const choice_work *work);
static void give_back(const choice_work *work, uint32_t leg);
static bool is_met(const choice_work *work, liq_row_record *record);
static bool met_with(const choice_work *work, uint32_t leg, int64_t lots);
static liq_int128 cost_of(const choice_work *work, uint32_t leg, int64_t lots);
static int64_t cost_all(const choice_work *work);

liq_status liq_folio_choose(liq_folio_choice *out, liq_folio_desk *folio, liq_error *err)
{
    choice_work work = {.best = out, .folio = folio};
    liq_status status =
        liq_memory_array(&work.order, folio->desk.leg_count, sizeof *work.order, err);

    out->cost = INT64_MAX;
    if (status == LIQ_OK)
        status = worst_try(&work, err);
    if (status == LIQ_OK) {
        share_try(&work);
        steps_try(&work);
    }
    liq_portfolio_trial_open(&folio->judged);
    free(work.order);
    return status;
}

static liq_status worst_try(choice_work *work, liq_error *err)
{
    const liq_worst_first ask = {.trial = &work->folio->judged,
                                 .context = work->folio,
                                 .close = liq_folio_close,
                                 .lots_max = most_of,
                                 .met = liq_folio_met,
                                 .goal = work->folio->goal};
    bool met = false;
    liq_status status;

    liq_portfolio_trial_open(&work->folio->judged);
    status = liq_portfolio_worst_first(&ask, work->order, &work->count, &met, err);
    if (status == LIQ_OK && met)
        choice_end(work);
    return status;
}

static int64_t most_of(void *context, uint32_t leg)
{
    const liq_folio_desk *folio = context;

    return folio->desk.legs[leg].lots_max;
}

/* The least part of every position, as far as there are offers. */
static void share_try(choice_work *work)
{
    bool met = false;

    liq_portfolio_trial_open(&work->folio->judged);
    work->count = 0;
    for (uint32_t i = 0; i < work->folio->desk.leg_count; i++)
        order_note(work, i);
    for (uint32_t share = 1; !met && share <= MILLE; share++) {
        liq_row_record record;

        met = share_close(work, share) && is_met(work, &record);
    }
    if (met)
        choice_end(work);
}

static bool share_close(choice_work *work, uint32_t share)
{
    bool can = true;

    for (uint32_t i = 0; can && i < work->folio->desk.leg_count; i++) {
        const liq_plan_leg *leg = &work->folio->desk.legs[i];
        const int64_t lots = liq_portfolio_share_lots(leg->lots, share);

        can = liq_folio_close(work->folio, &work->folio->judged, i,
                              lots < leg->lots_max ? lots : leg->lots_max);
    }
    return can;
}

/* Whatever gains most for its cost, a part at a time; where nothing alone gains anything, a part of
   everything: what hedges each other goes together. */
static void steps_try(choice_work *work)
{
    liq_row_record record;
    bool met = false;

    if (work->folio->desk.leg_count > STEP_LEGS_MAX)
        return;
    liq_portfolio_trial_open(&work->folio->judged);
    work->count = 0;
    for (uint32_t step = 0; !met && step < STEPS_MAX; step++) {
        int64_t lots = 0;
        uint32_t leg;

        met = is_met(work, &record);
        if (met || record.reason != LIQ_REASON_NONE)
            break;
        leg = step_choose(work, liq_trial_height(&work->folio->goal, &record), &lots);
        if (leg < work->folio->desk.leg_count) {
            LIQ_ASSERT(liq_folio_close(work->folio, &work->folio->judged, leg, lots));
            order_note(work, leg);
        } else if (!all_step(work)) {
            break;
        }
    }
    if (met)
        choice_end(work);
}

/* @param lots  receives lots in all @return leg_count when none gains anything */
static uint32_t step_choose(const choice_work *work, liq_int128 height, int64_t *lots)
{
    const liq_folio_desk *folio = work->folio;
    uint32_t best = folio->desk.leg_count;
    liq_int128 best_gain = 0;
    liq_int128 best_cost = 1;

    for (uint32_t i = 0; i < folio->desk.leg_count; i++) {
        const int64_t before = folio->judged.legs[i].closed;
        const int64_t next = step_lots(work, i);
        liq_row_record record;
        liq_int128 cost;
        liq_int128 gain;

        if (next == before || !liq_folio_close(work->folio, &work->folio->judged, i, next))
            continue;
        record = liq_portfolio_trial_value(&work->folio->judged);
        cost = cost_of(work, i, next) - cost_of(work, i, before);
        cost = cost > 1 ? cost : 1;
        gain =
            record.reason != LIQ_REASON_NONE ? 0 : liq_trial_height(&folio->goal, &record) - height;
        if (gain > 0 && is_steeper(gain, cost, best_gain, best_cost)) {
            best_gain = gain;
            best_cost = cost;
            best = i;
            *lots = next;
        }
        LIQ_ASSERT(liq_folio_close(work->folio, &work->folio->judged, i, before));
    }
    return best;
}

/* gain / cost against another, crosswise. */
static bool is_steeper(liq_int128 gain, liq_int128 cost, liq_int128 other_gain,
                       liq_int128 other_cost)
{
    return liq_int256_compare(
               liq_int256_multiply(liq_int256_from(gain), liq_int256_from(other_cost)),
               liq_int256_multiply(liq_int256_from(other_gain), liq_int256_from(cost))) > 0;
}

/* A part of the position more, at least a lot. */
static int64_t step_lots(const choice_work *work, uint32_t leg_index)
{
    const liq_plan_leg *leg = &work->folio->desk.legs[leg_index];
    const int64_t closed = work->folio->judged.legs[leg_index].closed;
    const int64_t next = closed + (leg->lots + STEP_PARTS - 1) / STEP_PARTS;

    return next < leg->lots_max ? next : leg->lots_max;
}

/* @return false when there is no more to close */
static bool all_step(choice_work *work)
{
    bool moved = false;

    for (uint32_t i = 0; i < work->folio->desk.leg_count; i++) {
        const int64_t before = work->folio->judged.legs[i].closed;
        const int64_t next = step_lots(work, i);

        if (next == before)
            continue;
        if (!liq_folio_close(work->folio, &work->folio->judged, i, next))
            return false;
        order_note(work, i);
        moved = true;
    }
    return moved;
}

static void order_note(choice_work *work, uint32_t leg)
{
    for (uint32_t i = 0; i < work->count; i++)
        if (work->order[i] == leg)
            return;
    work->order[work->count++] = leg;
}

/* Trim what the trial has closed, and keep it if it is the cheapest so far. */
static void choice_end(choice_work *work)
{
    liq_folio_choice *best = work->best;
    int64_t cost;

    trim(work);
    cost = cost_all(work);
    if (best->is_met && cost >= best->cost)
        return;
    best->is_met = true;
    best->cost = cost;
    best->order_count = work->count;
    memcpy(best->order, work->order, work->count * sizeof *work->order);
    for (uint32_t i = 0; i < work->folio->desk.leg_count; i++)
        best->lots[i] = work->folio->judged.legs[i].closed;
}

/* The dearest leg gives back first. */
static void trim(const choice_work *work)
{
    uint32_t *order = work->order;

    for (uint32_t i = 1; i < work->count; i++)
        for (uint32_t j = i; j > 0; j--) {
            const liq_portfolio_trial *judged = &work->folio->judged;
            const uint32_t left = order[j - 1];

            if (cost_of(work, order[j], judged->legs[order[j]].closed) >=
                cost_of(work, left, judged->legs[left].closed))
                break;
            order[j - 1] = order[j];
            order[j] = left;
        }
    for (uint32_t i = work->count; i > 0; i--)
        give_back(work, order[i - 1]);
}

/* Fewer lots by larger and larger steps while the goal is met, and then by halving. */
static void give_back(const choice_work *work, uint32_t leg)
{
    int64_t enough = work->folio->judged.legs[leg].closed;
    int64_t missed;
    int64_t by = 1;

    for (; by <= enough && met_with(work, leg, enough - by); by *= 2)
        enough -= by;
    missed = enough - by < 0 ? -1 : enough - by;
    while (enough - missed > 1) {
        const int64_t middle = missed + (enough - missed) / 2;

        if (met_with(work, leg, middle))
            enough = middle;
        else
            missed = middle;
    }
    LIQ_ASSERT(liq_folio_close(work->folio, &work->folio->judged, leg, enough));
}

static bool is_met(const choice_work *work, liq_row_record *record)
{
    *record = liq_portfolio_trial_value(&work->folio->judged);
    return record->reason == LIQ_REASON_NONE && liq_folio_met(work->folio, record);
}

static bool met_with(const choice_work *work, uint32_t leg, int64_t lots)
{
    liq_row_record record;

    return liq_folio_close(work->folio, &work->folio->judged, leg, lots) && is_met(work, &record);
}

/* Cash grains. */
static liq_int128 cost_of(const choice_work *work, uint32_t leg, int64_t lots)
{
    liq_plan_order order = {0};

    if (lots > 0)
        LIQ_ASSERT(liq_plan_order_make(&order, &work->folio->desk.legs[leg].held, lots));
    return order.cost;
}

static int64_t cost_all(const choice_work *work)
{
    liq_int128 grains = 0;

    for (uint32_t i = 0; i < work->folio->desk.leg_count; i++)
        grains += cost_of(work, i, work->folio->judged.legs[i].closed);
    return liq_plan_cash_ceil(grains);
}
