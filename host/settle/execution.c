#include "settle/execution.h"

#include <stdlib.h>

#include "base/fail.h"
#include "base/memory.h"
#include "book/lot_value.h"
#include "liq_limits.h"

static bool depth_offer(const liq_execution *execution, uint32_t instrument, bool is_buy,
                        int64_t lots_max, liq_offer *out);
static bool is_in_depth(const liq_execution *execution);
static const liq_depth_level *next_level(const liq_execution *execution, uint32_t side);
static const liq_depth_level *level_at(const liq_execution *execution, uint32_t side,
                                       uint32_t place);
static bool mark_offer(const liq_execution *execution, uint32_t instrument, bool is_buy,
                       int64_t lots_max, liq_offer *out);
static bool level_value(const liq_execution *execution, uint32_t instrument, bool is_buy,
                        const liq_depth_level *level, int64_t *out);
static bool follow_mark(const liq_execution *execution, uint32_t instrument, bool is_buy,
                        int64_t *value);

liq_status liq_execution_create(liq_execution *out, const liq_venue *venue,
                                const liq_market *market, const liq_depth_level *levels,
                                uint64_t level_count, const liq_decimal *marks, liq_error *err)
{
    const size_t sides = (size_t)venue->instrument_count * 2;
    liq_execution execution = {.venue = venue, .market = market, .levels = levels, .marks = marks};
    liq_status status;

    if (level_count >= UINT32_MAX)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "%llu levels of depth, the limit is %u",
                        (unsigned long long)level_count, UINT32_MAX - 1);
    if ((status = liq_memory_array(&execution.sides, sides, sizeof *execution.sides, err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&execution.used, sides, sizeof *execution.used, err)) !=
            LIQ_OK) {
        liq_execution_clear(&execution);
        return status;
    }
    for (uint32_t i = 0; i < level_count; i++) {
        const uint32_t at = levels[i].instrument_index * 2 + !levels[i].is_bid;
        liq_depth_side *side = &execution.sides[at];

        if (side->count++ == 0)
            side->first = i;
    }
    *out = execution;
    return LIQ_OK;
}

void liq_execution_clear(liq_execution *execution)
{
    free(execution->sides);
    free(execution->used);
    *execution = (liq_execution){0};
}

void liq_execution_follow(liq_execution *execution, const liq_live_side *sides)
{
    execution->live = sides;
}

void liq_execution_reset(liq_execution *execution)
{
    for (uint32_t i = 0; i < execution->used_count; i++) {
        liq_depth_side *side = &execution->sides[execution->used[i]];

        side->next = 0;
        side->taken = 0;
        side->gone = 0;
    }
    execution->used_count = 0;
}

bool liq_execution_offer(const liq_execution *execution, uint32_t instrument, bool is_buy,
                         int64_t lots_max, liq_offer *out)
{
    switch (execution->venue->policy.liquidation.execution) {
    case LIQ_EXECUTION_DEPTH:
    case LIQ_EXECUTION_SLICED:
        return depth_offer(execution, instrument, is_buy, lots_max, out);
    case LIQ_EXECUTION_MARK:
        return mark_offer(execution, instrument, is_buy, lots_max, out);
    case LIQ_EXECUTION_BANKRUPTCY:
    case LIQ_EXECUTION_EXTERNAL:
        break;
    }
    return false;
}

void liq_execution_take(liq_execution *execution, uint32_t instrument, bool is_buy, int64_t lots)
{
    const uint32_t at = instrument * 2 + is_buy;
    liq_depth_side *side = &execution->sides[at];
    const liq_depth_level *level;

    if (!is_in_depth(execution))
        return;
    level = next_level(execution, at);
    LIQ_ASSERT(level != NULL);
    if (side->next == 0 && side->taken == 0)
        execution->used[execution->used_count++] = at;
    side->taken += lots;
    side->gone += lots < LIQ_EXPOSURE_LOTS_MAX - side->gone ? lots : 0; /* as good as all */
    LIQ_ASSERT(side->taken <= level->quantity_lots);
    if (side->taken == level->quantity_lots) {
        side->next++;
        side->taken = 0;
    }
}

int64_t liq_execution_lots(const liq_execution *execution, uint32_t instrument, bool is_buy,
                           int64_t limit)
{
    const uint32_t at = instrument * 2 + is_buy;
    const liq_depth_side *side = &execution->sides[at];
    liq_int128 lots = 0;

    if (!is_in_depth(execution))
        return 0;
    for (uint32_t place = side->next; lots < LIQ_QUANTITY_LOTS_MAX; place++) {
        const liq_depth_level *level = level_at(execution, at, place);
        int64_t value;

        if (level == NULL || !level_value(execution, instrument, is_buy, level, &value) ||
            (is_buy ? value > limit : value < limit))
            break;
        lots += level->quantity_lots - (place == side->next ? side->taken : 0);
    }
    return lots < LIQ_QUANTITY_LOTS_MAX ? (int64_t)lots : LIQ_QUANTITY_LOTS_MAX;
}

int64_t liq_execution_taken(const liq_execution *execution, uint32_t instrument, bool is_buy)
{
    return execution->sides[instrument * 2 + is_buy].gone;
}

/* A seller meets bids, a buyer asks; the value of a level is rounded against whoever takes it. */
static bool depth_offer(const liq_execution *execution, uint32_t instrument, bool is_buy,
                        int64_t lots_max, liq_offer *out)
{
    const uint32_t at = instrument * 2 + is_buy;
    const liq_depth_level *level = next_level(execution, at);
    int64_t left;

    if (level == NULL)
        return false;
    left = level->quantity_lots - execution->sides[at].taken;
    out->lots = left < lots_max ? left : lots_max;
    return level_value(execution, instrument, is_buy, level, &out->value);
}

static bool level_value(const liq_execution *execution, uint32_t instrument, bool is_buy,
                        const liq_depth_level *level, int64_t *out)
{
    return liq_lot_value(out, execution->venue, instrument, level->price,
                         is_buy ? LIQ_ROUND_CEIL : LIQ_ROUND_FLOOR) &&
           follow_mark(execution, instrument, is_buy, out);
}

/* Levels are consumed; whatever else executes finds the same again. */
static bool is_in_depth(const liq_execution *execution)
{
    const liq_execution_rule rule = execution->venue->policy.liquidation.execution;

    return rule == LIQ_EXECUTION_DEPTH || rule == LIQ_EXECUTION_SLICED;
}

/* The best level of a side that is not gone; NULL: there is none. */
static const liq_depth_level *next_level(const liq_execution *execution, uint32_t side)
{
    return level_at(execution, side, execution->sides[side].next);
}

static const liq_depth_level *level_at(const liq_execution *execution, uint32_t side,
                                       uint32_t place)
{
    const liq_depth_side *depth = &execution->sides[side];
    const liq_live_side *live = execution->live == NULL ? NULL : &execution->live[side];

    if (live != NULL)
        return place < live->end - live->first ? &live->levels[live->first + place] : NULL;
    return place < depth->count ? &execution->levels[depth->first + place] : NULL;
}

static bool mark_offer(const liq_execution *execution, uint32_t instrument, bool is_buy,
                       int64_t lots_max, liq_offer *out)
{
    const liq_instrument_record *record = &execution->market->instruments[instrument];
    const int64_t value = is_buy ? record->value_ceil : record->value_floor;
    const liq_int128 product =
        (liq_int128)liq_size_of(value) * execution->venue->policy.liquidation.execution_cost;
    const int64_t cost = (int64_t)((product + LIQ_RATE_NANO - 1) / LIQ_RATE_NANO);

    if (record->flags & (LIQ_INSTRUMENT_NO_MARK | LIQ_INSTRUMENT_MARK_RANGE))
        return false;
    *out = (liq_offer){.lots = lots_max, .value = is_buy ? value + cost : value - cost};
    return true;
}

/* level x mark / reference; for inverse contracts too, whose values are negative reciprocals. */
static bool follow_mark(const liq_execution *execution, uint32_t instrument, bool is_buy,
                        int64_t *value)
{
    const liq_instrument_record *record = &execution->market->instruments[instrument];
    liq_int128 product;
    liq_int128 quotient;
    int64_t reference;

    if (execution->marks == NULL || execution->marks[instrument].digits == 0 ||
        !liq_lot_value(&reference, execution->venue, instrument, execution->marks[instrument],
                       LIQ_ROUND_FLOOR) ||
        reference == 0)
        return true;
    /* Both rounded alike, so that levels stand where they are while the mark does. */
    product = (liq_int128)*value * record->value_floor;
    quotient = product / reference;
    if (quotient * reference != product && (product < 0) != (reference < 0))
        quotient--;
    if (is_buy && quotient * reference != product)
        quotient++;
    if (quotient == 0 || quotient > LIQ_LOT_VALUE_MAX || quotient < -LIQ_LOT_VALUE_MAX)
        return false;
    *value = (int64_t)quotient;
    return true;
}
