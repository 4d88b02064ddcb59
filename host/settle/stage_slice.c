/*
 * Execution "sliced": whether the margin account in hand is closed now, by how much of each
 * position, or waits for its next slice.
 */
#include "base/fail.h"
#include "settle/waterfall_internal.h"

enum { NANO = 1000000000 };

static bool is_urgent(const liq_slicing *rules, const liq_row_record *now);
static int64_t slice_size(const liq_waterfall *waterfall, const liq_hand *hand, uint32_t position,
                          int64_t limit);

liq_status liq_stage_slice(liq_waterfall *waterfall, liq_hand *hand, liq_error *err)
{
    const liq_slicing *rules = &waterfall->rules->slicing;
    liq_slice *slice;
    liq_status status;

    if (waterfall->rules->execution != LIQ_EXECUTION_SLICED)
        return LIQ_OK;
    if ((status = liq_slicer_see(&waterfall->slicer, liq_row_owned(waterfall, hand->name),
                                 hand->account->position_count, waterfall->now_ms, &slice, err)) !=
        LIQ_OK)
        return status;
    if (is_urgent(rules, &hand->now) || slice->count >= rules->slices_max)
        return LIQ_OK; /* all of it now, as execution "depth" does */
    hand->waits = !liq_slice_due(slice, rules, waterfall->now_ms);
    hand->slices_left = hand->waits ? 0 : rules->slices_max - slice->count;
    slice->count += !hand->waits;
    slice->is_cut = true;
    return LIQ_OK;
}

/* One allowance for a position in a tick, however many steps of a reduction ask for lots of it. */
int64_t liq_slice_allow(liq_waterfall *waterfall, liq_hand *hand, uint32_t position, int64_t lots,
                        int64_t limit)
{
    int64_t *allowance;

    if (hand->slices_left == 0)
        return lots;
    allowance = &waterfall->slicer.allowances[position];
    if (*allowance < 0)
        *allowance = slice_size(waterfall, hand, position, limit);
    if (*allowance >= lots) {
        *allowance -= lots;
        return lots;
    }
    hand->waits = true; /* the rest, and whatever would follow, is for the next slice */
    lots = *allowance;
    *allowance = 0;
    return lots;
}

int64_t liq_slice_inventory(const liq_waterfall *waterfall, uint32_t instrument, bool is_buy,
                            int64_t lots)
{
    int64_t room;

    if (waterfall->rules->execution != LIQ_EXECUTION_SLICED)
        return lots;
    room = liq_slice_room(liq_execution_lots(&waterfall->execution, instrument, is_buy,
                                             is_buy ? INT64_MAX : -INT64_MAX),
                          liq_execution_taken(&waterfall->execution, instrument, is_buy),
                          waterfall->rules->slicing.participation);
    return room < lots ? room : lots;
}

/* Bankrupt, due for the backstop, or with little of its maintenance margin left. */
static bool is_urgent(const liq_slicing *rules, const liq_row_record *now)
{
    return now->status != LIQ_ROW_LIQUIDATE ||
           (liq_int128)now->equity * NANO <= (liq_int128)now->maintenance * rules->urgency;
}

static int64_t slice_size(const liq_waterfall *waterfall, const liq_hand *hand, uint32_t position,
                          int64_t limit)
{
    const liq_position *held = &hand->account->positions[position];
    const uint32_t instrument = held->instrument_index;
    const liq_instrument_record *record = &waterfall->market.instruments[instrument];
    const liq_slicing *rules = &waterfall->rules->slicing;
    const bool is_buy = held->quantity_lots < 0;
    const int64_t mark = is_buy ? record->value_ceil : record->value_floor;
    const int64_t range =
        (int64_t)((liq_int128)liq_size_of(mark) *
                  liq_volatility_range(&waterfall->slicer.volatilities[instrument], rules,
                                       waterfall->now_ms) /
                  NANO);
    const int64_t near = is_buy ? mark + range : mark - range;
    const bool is_nearer = is_buy ? near < limit : near > limit;
    const liq_slice_facts facts = {
        .lots = (int64_t)liq_size_of(held->quantity_lots),
        .near =
            liq_execution_lots(&waterfall->execution, instrument, is_buy, is_nearer ? near : limit),
        .within = liq_execution_lots(&waterfall->execution, instrument, is_buy, limit),
        .taken = liq_execution_taken(&waterfall->execution, instrument, is_buy),
        .slices_left = hand->slices_left};

    /* Where nobody offers anything, waiting brings nothing. */
    return facts.within == 0 && facts.taken == 0 ? facts.lots
                                                 : liq_slice_lots(&facts, rules->participation);
}
