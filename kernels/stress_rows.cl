/*
 * The statuses of LIQ_STRESS_BLOCK slots in LIQ_STRESS_TILE scenarios: see stress_screen.h. A
 * thread of a CPU takes all of it, a slot after the other: first the two edges of the tile, and
 * where these do not decide (stress_edges.h) eight scenarios at a time. Lanes take it side by side,
 * each one scenario, so that neighbours read neighbouring prices and the same entry.
 *
 * Read per slot, for all scenarios: 32 bytes, and 12 for an entry; per entry and scenario 4, from
 * prices that a cache holds. Written per slot: its mark, and one byte for a scenario, in the order
 * of slots. A mark has a bit for each strip of scenarios: where it is zero the slot is ok in all
 * of them, and their statuses were not written; or it is LIQ_STRESS_SAME and the status in all
 * scenarios, of which none is written. Lanes always write them.
 */
#include "stress_edges.h"

__kernel void
stress_rows(const uint slot_count, __global const liq_stress_slot *slots,
            __global const liq_stress_entry *entries, __global const liq_stress_bend *bends,
            __global const liq_stress_floats *prices, __global const liq_f32x8 *edges,
            __global const liq_stress_lot *lots, __global const liq_stress_unit *units,
            __global const liq_stress_charge_tier *charge_tiers, __global const float *coefficients,
            __global const liq_stress_floats *option_rows, const liq_stress_levels levels,
            __global uchar *marks, __global uchar *statuses)
{
    const uint id = (uint)get_global_id(0);
    const uint lane = LIQ_STRESS_LANES == 1u ? id % LIQ_STRESS_TILE : 0u;
    const uint first = LIQ_STRESS_LANES == 1u ? id - lane : id * LIQ_STRESS_BLOCK;
    const uint left = first < slot_count ? slot_count - first : 0u;
    const uint end = first + (left < LIQ_STRESS_BLOCK ? left : LIQ_STRESS_BLOCK);
    liq_stress_view view;
    uint slot;

    view.slots = slots;
    view.entries = entries;
    view.bends = bends;
    view.prices = prices;
    view.edges = edges;
    view.portfolio.lots = lots;
    view.portfolio.units = units;
    view.portfolio.tiers = charge_tiers;
    view.portfolio.coefficients = coefficients;
    view.portfolio.rows = option_rows;
    for (slot = first; slot < end; slot++) {
        __global uchar *target = statuses + (ulong)slot * LIQ_STRESS_TILE;

#if LIQ_STRESS_LANES == 1u
        if (liq_stress_slot_judge(view, levels, slot, lane, target + lane) == 0)
            target[lane] = (uchar)LIQ_ROW_OK;
        if (lane == 0)
            marks[slot] = (uchar)((1u << LIQ_STRESS_TILE / LIQ_STRESS_STRIP) - 1u);
#else
        marks[slot] = (uchar)liq_stress_slot_write(view, levels, slot, target);
#endif
    }
}
