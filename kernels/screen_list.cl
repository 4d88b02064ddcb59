/*
 * One work-item screens LIQ_ITEM_SLOTS of the listed slots; otherwise as screen_rows.cl. Read per
 * entry: 6 bytes and the cells; per row 16 bytes and where its slice lies; 5 bytes are written, in
 * the order of the list.
 */
#include "liq_screen.h"

#ifndef LIQ_ITEM_SLOTS
#define LIQ_ITEM_SLOTS 1u
#endif

#define LIQ_ROWS_SIDE_BY_SIDE LIQ_SCREEN_GROUP_OF_ITEMS(LIQ_ITEM_SLOTS)

__kernel void screen_list(const uint count, __global const uint *list,
                          __global const uint *slice_firsts, __global const uint *slice_lengths,
                          __global const ushort *entry_cells, __global const float *entry_amounts,
                          __global const float *offsets, __global const float8 *cells,
                          const liq_screen_terms terms, __global float *reaches,
                          __global uchar *statuses)
{
    const uint first = (uint)get_global_id(0) * LIQ_ITEM_SLOTS;
    liq_screen_sum sums[LIQ_ITEM_SLOTS];
    float listed_offsets[LIQ_ITEM_SLOTS];
    uint lengths[LIQ_ITEM_SLOTS];
    uint i;

    if (first >= count)
        return;
    for (i = 0; i < LIQ_ITEM_SLOTS; i++) {
        /* What is left of the last item screens the last slot once more. */
        const uint slot = list[first + i < count ? first + i : count - 1];
        const uint slice = slot / LIQ_SLICE_ROWS;
        const uint length = slice_lengths[slice];
        const uint lane = slot % LIQ_SLICE_ROWS;
        uint at = slice_firsts[slice] +
                  lane / LIQ_ROWS_SIDE_BY_SIDE * LIQ_ROWS_SIDE_BY_SIDE * length +
                  lane % LIQ_ROWS_SIDE_BY_SIDE;
        liq_screen_adder adder = liq_screen_begin();
        uint left;

        for (left = length; left > 0; left--) {
            liq_screen_add(&adder, &cells[entry_cells[at]], entry_amounts[at]);
            at += LIQ_ROWS_SIDE_BY_SIDE;
        }
        listed_offsets[i] = offsets[slot];
        lengths[i] = length;
        sums[i] = liq_screen_end(adder, listed_offsets[i]);
    }
    for (i = 0; i < LIQ_ITEM_SLOTS; i++) {
        const liq_screen_verdict verdict =
            liq_screen_judge(sums[i], listed_offsets[i], lengths[i], terms);

        reaches[first + i] = verdict.reach;
        statuses[first + i] = (uchar)verdict.status;
    }
}
