/*
 * One work-item screens LIQ_ITEM_SLOTS margin accounts and says of each in a byte
 * (liq_screen_code) which status is proven, and how far values may move before it could be another:
 * at a glance of most (liq_glance.h), and of the others by the screen (liq_screen.h).
 *
 * Rows lie in slices of LIQ_SLICE_ROWS, all of a slice as long as its longest: shorter ones end in
 * entries of no meaning. Entry k of lane j is at slice_first + k * LIQ_SLICE_ROWS + j where a
 * work-item is a lane of a GPU, so that neighbours read neighbouring words. Where it is a thread of
 * a CPU that is so in each group of LIQ_SCREEN_GROUP lanes, which lie one behind the other: such an
 * item has a slice, and looks at a group in vectors. Read per entry: 6 bytes and a pair, of few
 * rows once more and the cells; per row 4 bytes, and one is written, in the order of the slots.
 */
#include "liq_glance_lanes.h"

#ifndef LIQ_ITEM_SLOTS
#define LIQ_ITEM_SLOTS 1u
#endif

#define LIQ_ROWS_SIDE_BY_SIDE LIQ_SCREEN_GROUP_OF_ITEMS(LIQ_ITEM_SLOTS)

__kernel void screen_rows(const uint slice_count, __global const uint *slice_firsts,
                          __global const uint *slice_lengths, __global const ushort *entry_cells,
                          __global const float *entry_amounts, __global const float *offsets,
                          __global const float8 *cells, const liq_screen_terms terms,
                          __global const float2 *pairs, __global uchar *codes)
{
    const uint first = (uint)get_global_id(0) * LIQ_ITEM_SLOTS;
    const uint slice = first / LIQ_SLICE_ROWS;
    uint length;
    uint i;

    if (slice >= slice_count)
        return;
    length = slice_lengths[slice];
#if LIQ_ITEM_SLOTS == LIQ_SLICE_ROWS && LIQ_HAS_LANES
    {
        const liq_glance_tables tables = {pairs, cells, terms};
        const liq_glance_slice rows = {&entry_cells[slice_firsts[slice]],
                                       &entry_amounts[slice_firsts[slice]], &offsets[first], length,
                                       0};

        liq_glance_pass(&tables, &rows, &codes[first]);
    }
#else
    for (i = 0; i < LIQ_ITEM_SLOTS; i++) {
        const uint lane = (first + i) % LIQ_SLICE_ROWS;
        const uint begin = slice_firsts[slice] +
                           lane / LIQ_ROWS_SIDE_BY_SIDE * LIQ_ROWS_SIDE_BY_SIDE * length +
                           lane % LIQ_ROWS_SIDE_BY_SIDE;
        const float offset = offsets[first + i];
        uint code =
            liq_glance_code(liq_glance_add(pairs, &entry_cells[begin], &entry_amounts[begin],
                                           LIQ_ROWS_SIDE_BY_SIDE, length),
                            offset, length, terms);

        if (code == LIQ_SCREEN_CODE_DOUBT) {
            liq_screen_adder adder = liq_screen_begin();
            uint left;
            uint at = begin;

            for (left = length; left > 0; left--, at += LIQ_ROWS_SIDE_BY_SIDE)
                liq_screen_add(&adder, &cells[entry_cells[at]], entry_amounts[at]);
            code = liq_screen_code(
                liq_screen_judge(liq_screen_end(adder, offset), offset, length, terms));
        }
        codes[first + i] = (uchar)code;
    }
#endif
}
