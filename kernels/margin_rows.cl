/*
 * One work-item values LIQ_ITEM_SLOTS margin accounts of ordinary length, one after the other.
 *
 * Rows lie in slices of LIQ_SLICE_ROWS (sliced ELLPACK): entry k of lane j of a slice is at
 * slice_offset + k * LIQ_SLICE_ROWS + j, so neighbours read neighbouring words. Read per entry:
 * 20 bytes and the tables, per row 8; written per row: one liq_row_record, at the row's own place.
 *
 * Where a work-item is a lane of a GPU it takes one slot. Where it is a thread of a CPU it takes a
 * whole slice, in groups of one: PoCL keeps the state of all items of a larger group in memory.
 */
#include "liq_margin.h"
#include "liq_slice.h"

__kernel void
margin_rows(const uint slot_count, __global const ulong *slice_offsets,
            __global const uint *row_lengths, __global const uint *tags,
            __global const long *quantities, __global const long *values,
            __global const liq_instrument_record *instruments,
            __global const liq_tier_record *tiers, __global const liq_asset_record *assets,
            __global const liq_slice_record *slices, __global const liq_divisor *powers,
            __global const liq_policy_record *policy, __global const uint *result_indices,
            __global liq_row_record *results)
{
    const uint first = (uint)get_global_id(0) * LIQ_ITEM_SLOTS;
    const uint next = first + LIQ_ITEM_SLOTS;
    liq_packed_entries entries;
    liq_margin_tables tables;
    uint slot;

    tables = liq_margin_tables_make(instruments, tiers, assets, slices, powers, policy);
    entries = liq_packed_entries_make(tags, quantities, values);
    liq_slice_prefetch(entries, slice_offsets, next, slot_count);
    for (slot = first; slot < next && slot < slot_count; slot++)
        liq_margin_row(tables, entries,
                       slice_offsets[slot / LIQ_SLICE_ROWS] + slot % LIQ_SLICE_ROWS,
                       LIQ_SLICE_ROWS, row_lengths[slot], &results[result_indices[slot]]);
}
