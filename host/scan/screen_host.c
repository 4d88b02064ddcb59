#include "scan/screen_host.h"

#include <string.h>

#include "base/ahead.h"
#include "base/fail.h"
#include "base/wide.h"
#include "liq_glance_lanes.h"

/* Slots of a list lie anywhere: of one so far ahead its place is asked for. */
enum { SLOTS_AHEAD = 16 };

static void list_wide(const liq_screen_host_pass *pass, uint32_t first, uint32_t end);
static void list_plain(const liq_screen_host_pass *pass, uint32_t first, uint32_t end);
static void slices_wide(const liq_screen_host_pass *pass, uint32_t first, uint32_t end);
static void slices_plain(const liq_screen_host_pass *pass, uint32_t first, uint32_t end);

void liq_screen_host_slices(const liq_screen_host_pass *pass, uint32_t first, uint32_t end)
{
    LIQ_ASSERT(pass->slots->group == LIQ_SCREEN_GROUP);
    if (liq_has_wide())
        slices_wide(pass, first, end);
    else
        slices_plain(pass, first, end);
}

void liq_screen_host_list(const liq_screen_host_pass *pass, uint32_t first, uint32_t end)
{
    if (liq_has_wide())
        list_wide(pass, first, end);
    else
        list_plain(pass, first, end);
}

LIQ_INLINE uint32_t slot_first(const liq_screen_slots *slots, uint32_t slot)
{
    const uint32_t slice = slot / LIQ_SLICE_ROWS;
    const uint32_t lane = slot % LIQ_SLICE_ROWS;

    return slots->slice_firsts[slice] +
           lane / slots->group * slots->group * slots->slice_lengths[slice] + lane % slots->group;
}

/* The sums of a slot. */
LIQ_INLINE liq_screen_adder slot_add(const liq_screen_slots *slots, const liq_f32x8 *cells,
                                     uint32_t slot, uint32_t length)
{
    uint32_t at = slot_first(slots, slot);
    liq_screen_adder adder = liq_screen_begin();

    for (uint32_t left = length; left > 0; left--, at += slots->group)
        liq_screen_add(&adder, &cells[slots->entry_cells[at]], slots->entry_amounts[at]);
    return adder;
}

LIQ_INLINE void slot_expect(const liq_screen_slots *slots, uint32_t slot)
{
    const uint32_t first = slot_first(slots, slot);

    liq_ahead_shared(&slots->entry_cells[first]);
    liq_ahead_shared(&slots->entry_amounts[first]);
    liq_ahead_shared(&slots->offsets[slot]);
}

/* Eight places, of which those from `end` on are the last one again. */
LIQ_INLINE void eight_screen(const liq_screen_host_pass *pass, uint32_t first, uint32_t end)
{
    const liq_screen_slots *slots = pass->slots;
    const uint32_t count = end - first < LIQ_SCREEN_LANES ? end - first : LIQ_SCREEN_LANES;
    liq_f32x8 rows[LIQ_SCREEN_LANES];
    liq_f32x8 offsets;
    liq_f32x8 errors;
    liq_screen_adder adder;
    liq_screen_lane_verdicts verdicts;

    for (uint32_t i = 0; i < LIQ_SCREEN_LANES; i++) {
        const uint32_t place = first + (i < count ? i : count - 1);
        const uint32_t slot = pass->list[place];
        const uint32_t length = slots->slice_lengths[slot / LIQ_SLICE_ROWS];

        if (place + SLOTS_AHEAD < end)
            slot_expect(slots, pass->list[place + SLOTS_AHEAD]);
        adder = slot_add(slots, pass->cells->cells, slot, length);
        rows[i] = liq_screen_row_of(&adder);
        offsets[i] = slots->offsets[slot];
        errors[i] = LIQ_SCREEN_ERROR(length);
    }
    verdicts =
        liq_screen_lane_judge(liq_screen_turn(rows, offsets), offsets, errors, pass->cells->terms);
    memcpy(pass->reaches + first, &verdicts.reach, count * sizeof *pass->reaches);
    for (uint32_t i = 0; i < count; i++)
        pass->statuses[first + i] = (uint8_t)verdicts.status[i];
}

LIQ_INLINE void slice_screen(const liq_screen_host_pass *pass, uint32_t slice)
{
    const liq_screen_slots *slots = pass->slots;
    const uint32_t entry = slots->slice_firsts[slice];
    const liq_glance_tables tables = {
        .pairs = pass->pairs, .cells = pass->cells->cells, .terms = pass->cells->terms};
    const liq_glance_slice rows = {.cells = slots->entry_cells + entry,
                                   .amounts = slots->entry_amounts + entry,
                                   .offsets = slots->offsets + (size_t)slice * LIQ_SLICE_ROWS,
                                   .length = slots->slice_lengths[slice]};

    liq_glance_pass(&tables, &rows, pass->codes + (size_t)slice * LIQ_SLICE_ROWS);
}

LIQ_WIDE static void list_wide(const liq_screen_host_pass *pass, uint32_t first, uint32_t end)
{
    for (; first < end; first += LIQ_SCREEN_LANES)
        eight_screen(pass, first, end);
}

static void list_plain(const liq_screen_host_pass *pass, uint32_t first, uint32_t end)
{
    for (; first < end; first += LIQ_SCREEN_LANES)
        eight_screen(pass, first, end);
}

LIQ_WIDE static void slices_wide(const liq_screen_host_pass *pass, uint32_t first, uint32_t end)
{
    for (; first < end; first++)
        slice_screen(pass, first);
}

static void slices_plain(const liq_screen_host_pass *pass, uint32_t first, uint32_t end)
{
    for (; first < end; first++)
        slice_screen(pass, first);
}
