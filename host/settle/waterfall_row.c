/*
 * One flagged margin account in hand: valued as the caller's book has it, taken through the stages
 * until it is safe or nothing is left of it, and counted.
 */
#include <string.h>

#include "base/fail.h"
#include "scan/flagged.h"
#include "settle/waterfall_internal.h"

static bool is_held(const liq_waterfall *waterfall, uint32_t account);
static liq_status held_count(liq_waterfall *waterfall, const liq_settle_row *row, liq_error *err);
static liq_status hand_take(liq_waterfall *waterfall, liq_hand *hand, const liq_settle_row *row,
                            bool is_first, liq_error *err);
static uint32_t isolated_find(const liq_touched *account, const liq_row_name *name);
static liq_status stages_run(liq_waterfall *waterfall, liq_hand *hand, liq_error *err);
static liq_status row_count(liq_waterfall *waterfall, const liq_hand *hand, liq_error *err);

liq_status liq_row_settle(liq_waterfall *waterfall, const liq_settle_row *row, bool is_first,
                          liq_error *err)
{
    liq_hand hand = {.name = row->name, .position = LIQ_NO_INDEX};
    bool fits = true;
    liq_status status;

    if (is_held(waterfall, row->name.account))
        return held_count(waterfall, row, err);
    if ((status = hand_take(waterfall, &hand, row, is_first, err)) != LIQ_OK ||
        !liq_hand_flagged(&hand))
        return status;
    hand.account->in_hand = true;
    if (liq_brakes_halt(waterfall, &hand))
        return held_count(waterfall, row, err);
    if ((status = liq_brakes_admit(waterfall, &hand, &fits, err)) != LIQ_OK)
        return status;
    if (!fits || liq_row_map_get(&waterfall->awaited, liq_row_owned(waterfall, hand.name)) > 0)
        hand.waits = true; /* for the next interval, or for what was asked for */
    else
        status = stages_run(waterfall, &hand, err);
    return status == LIQ_OK ? row_count(waterfall, &hand, err) : status;
}

static bool is_held(const liq_waterfall *waterfall, uint32_t account)
{
    return waterfall->filter.holds != NULL &&
           waterfall->filter.holds(waterfall->filter.context, account);
}

/* Once in a run, as in row_count. */
static liq_status held_count(liq_waterfall *waterfall, const liq_settle_row *row, liq_error *err)
{
    if (waterfall->rules->cascade_rounds == 0) {
        waterfall->totals.held++;
        return LIQ_OK;
    }
    waterfall->totals.held += liq_row_map_get(&waterfall->seen, row->name) == 0;
    return liq_row_map_set(&waterfall->seen, row->name, 1, err);
}

/* The account as the caller's book has it; what the scan found must be what the host computes. */
static liq_status hand_take(liq_waterfall *waterfall, liq_hand *hand, const liq_settle_row *row,
                            bool is_first, liq_error *err)
{
    liq_touched *known = liq_overlay_find(&waterfall->overlay, row->name.account);
    const bool is_fresh = is_first && (known == NULL || !known->is_changed);
    liq_status status;

    if ((status = liq_overlay_touch(&waterfall->overlay, row->name.account, &hand->account, err)) !=
        LIQ_OK)
        return status;
    if (row->name.instrument != LIQ_NO_INDEX)
        hand->position = isolated_find(hand->account, &row->name);
    if (row->name.instrument != LIQ_NO_INDEX && hand->position == LIQ_NO_INDEX)
        return LIQ_OK; /* closed in this tick */
    (void)liq_hand_value(waterfall, hand);
    if (!is_fresh || memcmp(&hand->now, &row->result, sizeof hand->now) == 0)
        return LIQ_OK;
    return liq_fail(err, LIQ_DEVICE_FAULT, 0,
                    "account \"%s\": the scan says status %u, equity %lld, maintenance margin "
                    "%lld; the host computes %u, %lld, %lld",
                    hand->account->id, row->result.status, (long long)row->result.equity,
                    (long long)row->result.maintenance, hand->now.status,
                    (long long)hand->now.equity, (long long)hand->now.maintenance);
}

/* Isolated positions lie behind the others, by instrument, long before short. */
static uint32_t isolated_find(const liq_touched *account, const liq_row_name *name)
{
    uint32_t low = account->cross_count;
    uint32_t high = account->position_count;

    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;

        if (account->positions[middle].instrument_index < name->instrument)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < account->position_count; low++) {
        const liq_position *held = &account->positions[low];

        if (held->instrument_index != name->instrument)
            break;
        if (held->quantity_lots != 0 && (held->quantity_lots < 0) == (name->is_short != 0))
            return low;
    }
    return LIQ_NO_INDEX;
}

static liq_status stages_run(liq_waterfall *waterfall, liq_hand *hand, liq_error *err)
{
    static liq_status (*const stages[])(liq_waterfall *, liq_hand *, liq_error *) = {
        liq_stage_orders, liq_stage_slice,    liq_stage_reduce,
        liq_stage_close,  liq_stage_takeover, liq_stage_debt};
    liq_status status = LIQ_OK;

    for (size_t i = 0; i < sizeof stages / sizeof stages[0]; i++) {
        if (!liq_hand_flagged(hand) || hand->waits)
            break;
        if ((status = stages[i](waterfall, hand, err)) != LIQ_OK)
            break;
    }
    return status;
}

/* A row that comes again in a later round is counted as it was the first time. */
static liq_status row_count(liq_waterfall *waterfall, const liq_hand *hand, liq_error *err)
{
    const bool has_position = hand->position == LIQ_NO_INDEX
                                  ? hand->account->open_cross > 0
                                  : hand->account->positions[hand->position].quantity_lots != 0;

    if (waterfall->rules->cascade_rounds > 0 && liq_row_map_get(&waterfall->seen, hand->name) != 0)
        return LIQ_OK;
    waterfall->totals.rows++;
    if (!has_position)
        waterfall->totals.closed++;
    else if (liq_hand_flagged(hand))
        waterfall->totals.waiting++;
    else
        waterfall->totals.safe++;
    return waterfall->rules->cascade_rounds == 0
               ? LIQ_OK
               : liq_row_map_set(&waterfall->seen, hand->name, 1, err);
}

bool liq_hand_value(liq_waterfall *waterfall, liq_hand *hand)
{
    if (hand->position == LIQ_NO_INDEX)
        hand->now = liq_touched_value(&waterfall->overlay, hand->account);
    else if (hand->account->positions[hand->position].quantity_lots == 0)
        hand->now = (liq_row_record){0};
    else
        hand->now = liq_touched_value_isolated(&waterfall->overlay, hand->account, hand->position);
    return !liq_hand_flagged(hand);
}

bool liq_hand_flagged(const liq_hand *hand)
{
    return liq_flagged_status(hand->now.status);
}

liq_row_name liq_row_owned(const liq_waterfall *waterfall, liq_row_name name)
{
    name.born = waterfall->source.born(waterfall->source.context, name.account);
    return name;
}

bool liq_row_is_alive(const liq_waterfall *waterfall, liq_row_name name)
{
    return waterfall->source.born(waterfall->source.context, name.account) == name.born;
}
