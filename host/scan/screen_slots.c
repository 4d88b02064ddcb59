#include "scan/screen_slots.h"

#include <stdlib.h>
#include <string.h>

#include "base/ahead.h"
#include "base/fail.h"
#include "base/memory.h"
#include "scan/glance.h"

/* Lengths of slots, a quarter apart at most, so that little of a slice is empty. */
static const uint16_t lengths[LIQ_SCREEN_LENGTHS] = {
    1,  2,  3,  4,  5,   6,   7,   8,   10,  12,  14,  16,  20,  24,  28,  32,  40, 48,
    56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448, 512};

static uint32_t length_index(uint32_t entry_count);
static bool slice_take(liq_screen_slots *slots, uint32_t at);
static void slot_write(liq_screen_slots *slots, uint32_t slot, const liq_screen_row *packed);
static void slice_touch(liq_screen_slots *slots, uint32_t slice);

liq_status liq_screen_slots_create(liq_screen_slots *out, uint32_t row_capacity,
                                   uint64_t entry_capacity, uint32_t group, liq_error *err)
{
    /* A slice of each length may be all but empty. */
    const uint32_t slices = row_capacity / LIQ_SLICE_ROWS + LIQ_SCREEN_LENGTHS + 1;
    liq_screen_slots slots = {
        .row_capacity = row_capacity, .slice_capacity = 2 * slices, .group = group};
    liq_status status;

    for (uint32_t i = 0; i < LIQ_SCREEN_LENGTHS; i++) {
        entry_capacity += (uint64_t)lengths[i] * LIQ_SLICE_ROWS;
        slots.free_slots[i] = LIQ_NO_INDEX;
    }
    if (entry_capacity >= LIQ_SCREEN_SLOT_FREE || row_capacity >= LIQ_SCREEN_SLOT_FREE / 4)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "%llu entries of %u rows to screen are past %u",
                        (unsigned long long)entry_capacity, row_capacity, LIQ_SCREEN_SLOT_FREE);
    slots.entry_capacity = (uint32_t)entry_capacity;
    if ((status = liq_memory_array(&slots.slice_firsts, slots.slice_capacity, sizeof(uint32_t),
                                   err)) != LIQ_OK ||
        (status = liq_memory_array(&slots.slice_lengths, slots.slice_capacity, sizeof(uint32_t),
                                   err)) != LIQ_OK ||
        (status = liq_memory_array(&slots.slice_moved, slots.slice_capacity, 1, err)) != LIQ_OK ||
        (status = liq_memory_array(&slots.moved, slots.slice_capacity, sizeof(uint32_t), err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&slots.entry_cells, slots.entry_capacity, sizeof(uint16_t),
                                   err)) != LIQ_OK ||
        (status = liq_memory_array(&slots.entry_amounts, slots.entry_capacity, sizeof(float),
                                   err)) != LIQ_OK ||
        (status = liq_memory_array(&slots.offsets, (size_t)slots.slice_capacity * LIQ_SLICE_ROWS,
                                   sizeof(float), err)) != LIQ_OK ||
        (status = liq_memory_array(&slots.slot_rows, (size_t)slots.slice_capacity * LIQ_SLICE_ROWS,
                                   sizeof(uint32_t), err)) != LIQ_OK ||
        (status = liq_memory_array(&slots.row_slots, row_capacity, sizeof(uint32_t), err)) !=
            LIQ_OK) {
        liq_screen_slots_clear(&slots);
        return status;
    }
    memset(slots.row_slots, 0xff, row_capacity * sizeof(uint32_t));
    *out = slots;
    return LIQ_OK;
}

void liq_screen_slots_clear(liq_screen_slots *slots)
{
    free(slots->slice_firsts);
    free(slots->slice_lengths);
    free(slots->slice_moved);
    free(slots->moved);
    free(slots->entry_cells);
    free(slots->entry_amounts);
    free(slots->offsets);
    free(slots->slot_rows);
    free(slots->row_slots);
    *slots = (liq_screen_slots){0};
}

uint32_t liq_screen_slots_length(uint32_t entry_count)
{
    const uint32_t at = length_index(entry_count);

    return at < LIQ_SCREEN_LENGTHS ? lengths[at] : 0;
}

void liq_screen_slots_put(liq_screen_slots *slots, uint32_t row, const liq_screen_row *packed)
{
    const uint32_t at = length_index(packed->entry_count);
    uint32_t slot = slots->row_slots[row];

    LIQ_ASSERT(row < slots->row_capacity);
    if (slot != LIQ_NO_INDEX &&
        (at == LIQ_SCREEN_LENGTHS || slots->slice_lengths[slot / LIQ_SLICE_ROWS] != lengths[at])) {
        liq_screen_slots_drop(slots, row);
        slot = LIQ_NO_INDEX;
    }
    if (at == LIQ_SCREEN_LENGTHS)
        return;
    if (slot == LIQ_NO_INDEX) {
        if (slots->free_slots[at] == LIQ_NO_INDEX && !slice_take(slots, at))
            return;
        slot = slots->free_slots[at];
        slots->free_slots[at] = slots->slot_rows[slot] == LIQ_NO_INDEX
                                    ? LIQ_NO_INDEX
                                    : slots->slot_rows[slot] & ~LIQ_SCREEN_SLOT_FREE;
        slots->slot_rows[slot] = row;
        slots->row_slots[row] = slot;
    }
    slot_write(slots, slot, packed);
}

void liq_screen_slots_drop(liq_screen_slots *slots, uint32_t row)
{
    const liq_screen_row nothing = {.offset = LIQ_SCREEN_OWES_NOTHING};
    const uint32_t slot = slots->row_slots[row];
    uint32_t at;

    if (slot == LIQ_NO_INDEX)
        return;
    at = length_index(slots->slice_lengths[slot / LIQ_SLICE_ROWS]);
    slot_write(slots, slot, &nothing);
    slots->slot_rows[slot] = slots->free_slots[at] | LIQ_SCREEN_SLOT_FREE;
    slots->free_slots[at] = slot;
    slots->row_slots[row] = LIQ_NO_INDEX;
}

liq_screen_verdict liq_screen_slots_judge(const liq_screen_slots *slots,
                                          const liq_screen_cells *cells, uint32_t slot)
{
    const uint32_t first = liq_screen_slots_first(slots, slot);

    return liq_screen_row_judge(cells, slots->entry_cells + first, slots->entry_amounts + first,
                                slots->group, slots->offsets[slot],
                                slots->slice_lengths[slot / LIQ_SLICE_ROWS]);
}

uint32_t liq_screen_slots_code(const liq_screen_slots *slots, const liq_screen_cells *cells,
                               const liq_f32x2 *pairs, uint32_t slot)
{
    const uint32_t first = liq_screen_slots_first(slots, slot);

    return liq_glance_row_code(pairs, cells, slots->entry_cells + first,
                               slots->entry_amounts + first, slots->group, slots->offsets[slot],
                               slots->slice_lengths[slot / LIQ_SLICE_ROWS]);
}

void liq_screen_slots_expect(const liq_screen_slots *slots, uint32_t slot)
{
    const uint32_t first = liq_screen_slots_first(slots, slot);

    liq_ahead(&slots->entry_cells[first]);
    liq_ahead(&slots->entry_amounts[first]);
    liq_ahead(&slots->offsets[slot]);
    liq_ahead(&slots->slot_rows[slot]);
}

void liq_screen_slots_settle(liq_screen_slots *slots)
{
    for (uint32_t i = 0; i < slots->moved_count; i++)
        slots->slice_moved[slots->moved[i]] = 0;
    slots->moved_count = 0;
}

static uint32_t length_index(uint32_t entry_count)
{
    uint32_t at = entry_count <= 8 ? 0 : 8;

    while (at < LIQ_SCREEN_LENGTHS && lengths[at] < entry_count)
        at++;
    return at;
}

/* Cut a slice from the arena; its slots are given out in their order. */
static bool slice_take(liq_screen_slots *slots, uint32_t at)
{
    const uint32_t entries = lengths[at] * LIQ_SLICE_ROWS;
    const uint32_t slice = slots->slice_count;

    if (slice == slots->slice_capacity || entries > slots->entry_capacity - slots->entry_count)
        return false;
    slots->slice_count++;
    slots->slice_firsts[slice] = slots->entry_count;
    slots->slice_lengths[slice] = lengths[at];
    slots->entry_count += entries;
    for (uint32_t i = LIQ_SLICE_ROWS; i-- > 0;) {
        const uint32_t slot = slice * LIQ_SLICE_ROWS + i;

        slots->offsets[slot] = LIQ_SCREEN_OWES_NOTHING;
        slots->slot_rows[slot] = slots->free_slots[at] | LIQ_SCREEN_SLOT_FREE;
        slots->free_slots[at] = slot;
    }
    slice_touch(slots, slice);
    return true;
}

static void slot_write(liq_screen_slots *slots, uint32_t slot, const liq_screen_row *packed)
{
    const uint32_t length = slots->slice_lengths[slot / LIQ_SLICE_ROWS];
    const uint32_t stride = slots->group;
    uint32_t entry = liq_screen_slots_first(slots, slot);

    for (uint32_t i = 0; i < length; i++, entry += stride) {
        const bool meant = i < packed->entry_count;

        slots->entry_cells[entry] = meant ? packed->cells[i] : LIQ_SCREEN_CELL_NONE;
        slots->entry_amounts[entry] = meant ? packed->amounts[i] : 0.0f;
    }
    slots->offsets[slot] = packed->offset;
    slice_touch(slots, slot / LIQ_SLICE_ROWS);
}

static void slice_touch(liq_screen_slots *slots, uint32_t slice)
{
    if (slots->slice_moved[slice] != 0)
        return;
    slots->slice_moved[slice] = 1;
    slots->moved[slots->moved_count++] = slice;
}

uint32_t liq_screen_slots_first(const liq_screen_slots *slots, uint32_t slot)
{
    const uint32_t slice = slot / LIQ_SLICE_ROWS;
    const uint32_t lane = slot % LIQ_SLICE_ROWS;

    return slots->slice_firsts[slice] +
           lane / slots->group * slots->group * slots->slice_lengths[slice] + lane % slots->group;
}
