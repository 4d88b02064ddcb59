/*
 * Depth of a live book: each side of an instrument an array, best level first, at most some
 * thousands long, in which a level is found by bisection and put by moving those behind it. What a
 * batch clears stays in front of what it puts in its place, so that a refused batch finds it again.
 */
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/memory.h"
#include "book/live_hash.h"
#include "book/live_internal.h"

static liq_status side_extend(liq_live_side *side, liq_error *err);
static bool level_find(const liq_live_side *side, const liq_depth_level *level, uint32_t *place);
static void level_insert(liq_live_book *live, liq_live_side *side, uint32_t place,
                         const liq_depth_level *level);
static void level_remove(liq_live_book *live, liq_live_side *side, uint32_t place);
static uint64_t side_restore(liq_live_book *live, uint32_t side, const liq_book *book, uint64_t at);
static bool levels_equal(const liq_live_side *side, const liq_depth_level *levels, uint64_t count);
static void mark_see(liq_live_book *live, uint32_t instrument);
static void mark_put(liq_live_book *live, uint32_t instrument, liq_decimal mark);
static liq_live_side *side_of(liq_live_book *live, const liq_depth_level *level);

/* Levels come by instrument, bids before asks, best first. */
liq_status liq_live_depth_load(liq_live_book *live, const liq_book *book, liq_error *err)
{
    const uint32_t instruments = book->venue.instrument_count;
    const liq_decimal *marks =
        book->depth_marks != NULL ? book->depth_marks : book->instrument_marks;
    liq_status status;

    if ((status = liq_memory_array(&live->depth, 2 * (size_t)instruments, sizeof *live->depth,
                                   err)) != LIQ_OK ||
        (status = liq_memory_array(&live->depth_versions, instruments, sizeof *live->depth_versions,
                                   err)) != LIQ_OK ||
        (status = liq_memory_array(&live->depth_marks, instruments, sizeof *live->depth_marks,
                                   err)) != LIQ_OK)
        return status;
    for (uint32_t i = 0; i < instruments; i++)
        live->depth_marks[i] = marks[i];
    for (uint64_t i = 0; i < book->depth_count; i++) {
        liq_live_side *side = side_of(live, &book->depth[i]);

        if ((status = side_extend(side, err)) != LIQ_OK)
            return status;
        side->levels[side->end++] = book->depth[i];
    }
    return LIQ_OK;
}

void liq_live_depth_free(liq_live_book *live)
{
    for (uint32_t i = 0; live->depth != NULL && i < 2 * live->prices.venue.instrument_count; i++)
        free(live->depth[i].levels);
    free(live->depth);
    free(live->depth_marks);
    free(live->depth_versions);
}

void liq_live_depth_restore(liq_live_book *live, const liq_book *book)
{
    const liq_decimal *marks =
        book->depth_marks != NULL ? book->depth_marks : book->instrument_marks;
    uint64_t at = 0;

    for (uint32_t i = 0; i < 2 * book->venue.instrument_count; i++)
        at = side_restore(live, i, book, at);
    LIQ_ASSERT(at == book->depth_count);
    for (uint32_t i = 0; i < book->venue.instrument_count; i++) {
        live->depth_versions[i]++;
        mark_put(live, i, marks[i]);
    }
}

/* @param at  the first of its levels in the loaded book @return the first behind them */
static uint64_t side_restore(liq_live_book *live, uint32_t side, const liq_book *book, uint64_t at)
{
    const liq_depth_level *levels = book->depth_count > 0 ? &book->depth[at] : NULL;
    liq_live_side *to = &live->depth[side];
    uint64_t count = 0;

    while (at + count < book->depth_count && side_of(live, &levels[count]) == to)
        count++;
    if (levels_equal(to, levels, count))
        return at + count;
    for (uint32_t i = to->first; i < to->end; i++)
        liq_live_hash_level(live, &to->levels[i], LIQ_LIVE_GOES);
    LIQ_ASSERT(count <= to->capacity);
    to->first = 0;
    to->end = (uint32_t)count;
    for (uint64_t i = 0; i < count; i++) {
        to->levels[i] = levels[i];
        liq_live_hash_level(live, &levels[i], LIQ_LIVE_COMES);
    }
    return at + count;
}

static bool levels_equal(const liq_live_side *side, const liq_depth_level *levels, uint64_t count)
{
    if (side->end - side->first != count)
        return false;
    for (uint64_t i = 0; i < count; i++) {
        const liq_depth_level *held = &side->levels[side->first + i];

        if (held->quantity_lots != levels[i].quantity_lots ||
            held->price.digits != levels[i].price.digits ||
            held->price.decimals != levels[i].price.decimals)
            return false;
    }
    return true;
}

void liq_live_depth_clear(liq_live_book *live, uint32_t instrument)
{
    for (uint32_t at = 2 * instrument; at < 2 * instrument + 2; at++) {
        liq_live_side *side = &live->depth[at];

        if (side->first == side->end)
            continue;
        for (uint32_t i = side->first; i < side->end; i++)
            liq_live_hash_level(live, &side->levels[i], LIQ_LIVE_GOES);
        liq_live_change_note(
            live, (liq_live_change){.kind = LIQ_LIVE_CLEARED, .entry = at, .before = side->first});
        side->first = side->end;
    }
    mark_see(live, instrument);
}

liq_status liq_live_level_set(liq_live_book *live, const liq_depth_level *level, liq_error *err)
{
    liq_live_side *side = side_of(live, level);
    uint32_t place;
    const bool is_there = level_find(side, level, &place);
    const int64_t before = is_there ? side->levels[place].quantity_lots : 0;
    liq_status status;

    if (before == 0 && level->quantity_lots > 0) {
        if (side->end - side->first >= LIQ_LIVE_LEVELS_MAX)
            return liq_fail(err, LIQ_OUT_OF_RANGE, 0,
                            "there are %d levels of %s already, the limit", LIQ_LIVE_LEVELS_MAX,
                            level->is_bid ? "bids" : "asks");
        if ((status = side_extend(side, err)) != LIQ_OK)
            return status;
    }
    if (before != level->quantity_lots) {
        liq_live_change_note(live, (liq_live_change){.kind = LIQ_LIVE_LEVELED,
                                                     .entry = (uint32_t)(side - live->depth),
                                                     .price = level->price,
                                                     .lots = before});
        if (is_there)
            level_remove(live, side, place);
        if (level->quantity_lots > 0)
            level_insert(live, side, place, level);
    }
    mark_see(live, level->instrument_index);
    return LIQ_OK;
}

/* Nothing is needed of memory: there was room for what there was. */
void liq_live_depth_undo(liq_live_book *live, const liq_live_change *change)
{
    liq_live_side *side;
    uint32_t place;

    if (change->kind == LIQ_LIVE_SEEN_AT) {
        mark_put(live, change->entry, change->price);
        return;
    }
    side = &live->depth[change->entry];
    if (change->kind == LIQ_LIVE_CLEARED) {
        LIQ_ASSERT(side->first == side->end);
        side->first = change->before;
        for (uint32_t i = side->first; i < side->end; i++)
            liq_live_hash_level(live, &side->levels[i], LIQ_LIVE_COMES);
    } else {
        const liq_depth_level level = {.quantity_lots = change->lots,
                                       .price = change->price,
                                       .instrument_index = change->entry / 2,
                                       .is_bid = change->entry % 2 == 0};

        if (level_find(side, &level, &place))
            level_remove(live, side, place);
        if (level.quantity_lots > 0)
            level_insert(live, side, place, &level);
    }
}

void liq_live_depth_commit(liq_live_book *live, const liq_live_change *change)
{
    liq_live_side *side = &live->depth[change->entry];

    if (change->kind != LIQ_LIVE_CLEARED || side->first == 0)
        return;
    memmove(side->levels, side->levels + side->first,
            (side->end - side->first) * sizeof *side->levels);
    side->end -= side->first;
    side->first = 0;
}

static liq_status side_extend(liq_live_side *side, liq_error *err)
{
    return liq_memory_extend(&side->levels, &side->capacity, (size_t)side->end + 1,
                             sizeof *side->levels, err);
}

/* Where a level is, or would be. */
static bool level_find(const liq_live_side *side, const liq_depth_level *level, uint32_t *place)
{
    uint32_t low = side->first;
    uint32_t high = side->end;

    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        const int order = liq_decimal_compare(side->levels[middle].price, level->price);

        if (order == 0) {
            *place = middle;
            return true;
        }
        if (level->is_bid ? order > 0 : order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *place = low;
    return false;
}

static void level_insert(liq_live_book *live, liq_live_side *side, uint32_t place,
                         const liq_depth_level *level)
{
    memmove(side->levels + place + 1, side->levels + place,
            (side->end - place) * sizeof *side->levels);
    side->levels[place] = *level;
    side->end++;
    liq_live_hash_level(live, level, LIQ_LIVE_COMES);
}

static void level_remove(liq_live_book *live, liq_live_side *side, uint32_t place)
{
    liq_live_hash_level(live, &side->levels[place], LIQ_LIVE_GOES);
    side->end--;
    memmove(side->levels + place, side->levels + place + 1,
            (side->end - place) * sizeof *side->levels);
}

/* Depth that changes is that of now. */
static void mark_see(liq_live_book *live, uint32_t instrument)
{
    const liq_decimal before = live->depth_marks[instrument];
    const liq_decimal mark = live->prices.instrument_marks[instrument];

    live->depth_versions[instrument]++;
    if (before.digits == mark.digits && before.decimals == mark.decimals)
        return;
    liq_live_change_note(
        live, (liq_live_change){.kind = LIQ_LIVE_SEEN_AT, .entry = instrument, .price = before});
    mark_put(live, instrument, mark);
}

static void mark_put(liq_live_book *live, uint32_t instrument, liq_decimal mark)
{
    liq_live_hash_depth_mark(live, instrument, LIQ_LIVE_GOES);
    live->depth_marks[instrument] = mark;
    liq_live_hash_depth_mark(live, instrument, LIQ_LIVE_COMES);
}

static liq_live_side *side_of(liq_live_book *live, const liq_depth_level *level)
{
    return &live->depth[2 * level->instrument_index + !level->is_bid];
}
