/*
 * One work-item screens LIQ_ITEM_SLOTS margin accounts and says of each in a byte
 * (liq_screen_code) which status is proven, and how far values may move before it could be another.
 *
 * Rows lie in slices of LIQ_SLICE_ROWS, all of a slice as long as its longest: shorter ones end in
 * entries of no meaning. Entry k of lane j is at slice_first + k * LIQ_SLICE_ROWS + j where a
 * work-item is a lane of a GPU, so that neighbours read neighbouring words. Where it is a thread of
 * a CPU it is at slice_first + j * length + k: such an item reads one word after the other, of two
 * rows at once, and judges eight side by side. Read per entry: 6 bytes and the cells; per row 4
 * bytes, and one is written, in the order of the slots.
 */
#include "liq_screen_lanes.h"

#ifndef LIQ_ITEM_SLOTS
#define LIQ_ITEM_SLOTS 1u
#endif

__kernel void screen_rows(const uint slice_count, __global const uint *slice_firsts,
                          __global const uint *slice_lengths, __global const ushort *entry_cells,
                          __global const float *entry_amounts, __global const float *offsets,
                          __global const float8 *cells, const liq_screen_terms terms,
                          __global uchar *codes)
{
    const uint first = (uint)get_global_id(0) * LIQ_ITEM_SLOTS;
    const uint slice = first / LIQ_SLICE_ROWS;
    uint length;
    uint i;

    if (slice >= slice_count)
        return;
    length = slice_lengths[slice];
#if LIQ_ITEM_SLOTS > 1 && LIQ_HAS_LANES
    for (i = 0; i < LIQ_ITEM_SLOTS; i += LIQ_SCREEN_LANES) {
        const float8 eight = vload8(0, &offsets[first + i]);
        float8 rows[LIQ_SCREEN_LANES];
        uint j;

        for (j = 0; j < LIQ_SCREEN_LANES; j += 2) {
            const uint left = slice_firsts[slice] + ((first + i + j) % LIQ_SLICE_ROWS) * length;
            liq_screen_two adder = {(float16)(0.0f), (int16)(0)};
            uint k;

            for (k = left; k < left + length; k++)
                liq_screen_add_two(&adder, &cells[entry_cells[k]], entry_amounts[k],
                                   &cells[entry_cells[k + length]], entry_amounts[k + length]);
            liq_screen_rows_of_two(&rows[j], &adder);
        }
        vstore8(liq_screen_lane_codes(
                    liq_screen_lane_judge(liq_screen_turn(rows, eight), eight,
                                          liq_f32x8_all(LIQ_SCREEN_ERROR(length)), terms)),
                0, &codes[first + i]);
    }
#else
    for (i = 0; i < LIQ_ITEM_SLOTS; i++) {
        const uint lane = (first + i) % LIQ_SLICE_ROWS;
        uint at = slice_firsts[slice] + lane * (LIQ_ITEM_SLOTS > 1u ? length : 1u);
        liq_screen_adder adder = liq_screen_begin();
        uint left;

        for (left = length; left > 0; left--) {
            liq_screen_add(&adder, &cells[entry_cells[at]], entry_amounts[at]);
            at += LIQ_ITEM_SLOTS > 1u ? 1u : LIQ_SLICE_ROWS;
        }
        codes[first + i] = (uchar)liq_screen_code(
            liq_screen_judge(liq_screen_end(adder, offsets[first + i]), offsets[first + i], length,
                             terms));
    }
#endif
}
