/*
 * One work-item screens LIQ_ITEM_SLOTS margin accounts, one after the other, and says of each how
 * far values may move before it could be anything but ok.
 *
 * Rows lie in slices of LIQ_SLICE_ROWS, all of a slice as long as its longest: shorter ones end in
 * entries of no meaning. Entry k of lane j is at slice_first + k * LIQ_SLICE_ROWS + j where a
 * work-item is a lane of a GPU, so that neighbours read neighbouring words, and at slice_first + j
 * * length + k where it is a thread of a CPU, which then reads one word after the other. Read per
 * entry: 6 bytes and the cells; per row 4 bytes, and 5 are written, in the order of the slots.
 */
#include "liq_screen.h"

#ifndef LIQ_ITEM_SLOTS
#define LIQ_ITEM_SLOTS 1u
#endif

__kernel void screen_rows(const uint slice_count, __global const uint *slice_firsts,
                          __global const uint *slice_lengths, __global const ushort *entry_cells,
                          __global const float *entry_amounts, __global const float *offsets,
                          __global const float8 *cells, const liq_screen_terms terms,
                          __global float *reaches, __global uchar *statuses)
{
    const uint first = (uint)get_global_id(0) * LIQ_ITEM_SLOTS;
    const uint slice = first / LIQ_SLICE_ROWS;
    liq_screen_sum sums[LIQ_ITEM_SLOTS];
    uint length;
    uint i;

    if (slice >= slice_count)
        return;
    length = slice_lengths[slice];
    for (i = 0; i < LIQ_ITEM_SLOTS; i++) {
        const uint lane = (first + i) % LIQ_SLICE_ROWS;
        uint at = slice_firsts[slice] + lane * (LIQ_ITEM_SLOTS > 1u ? length : 1u);
        liq_screen_adder adder = liq_screen_begin();
        uint left;

        for (left = length; left > 0; left--) {
            liq_screen_add(&adder, &cells[entry_cells[at]], entry_amounts[at]);
            at += LIQ_ITEM_SLOTS > 1u ? 1u : LIQ_SLICE_ROWS;
        }
        sums[i] = liq_screen_end(adder, offsets[first + i]);
    }
    for (i = 0; i < LIQ_ITEM_SLOTS; i++) {
        const liq_screen_verdict verdict =
            liq_screen_judge(sums[i], offsets[first + i], length, terms);

        reaches[first + i] = verdict.reach;
        statuses[first + i] = (uchar)verdict.status;
    }
}
