/*
 * One work-item scores the positions of LIQ_ITEM_SLOTS margin accounts of ordinary length, one
 * after the other.
 *
 * Rows lie in slices as margin_rows reads them, and its results are there. Read per entry: 4 bytes,
 * per position 16 more, 4 for its place and the tables, per row 8 and the result; written: 8 bytes
 * per position, at the place that the host gave it, so that a side's scores lie together.
 */
#include "liq_score_slots.h"

__kernel void
adl_scores(const uint slot_count, const uint rule, const long wallet_min,
           __global const ulong *slice_offsets, __global const uint *row_lengths,
           __global const uint *tags, __global const long *quantities, __global const long *values,
           __global const uint *position_firsts, __global const uint *places,
           __global const uint *result_indices, __global const liq_row_record *results,
           __global const liq_instrument_record *instruments, __global const liq_tier_record *tiers,
           __global const liq_asset_record *assets, __global const liq_slice_record *slices,
           __global const liq_divisor *powers, __global const liq_policy_record *policy,
           __global long *scores)
{
    const uint first = (uint)get_global_id(0) * LIQ_ITEM_SLOTS;
    const uint end = first + LIQ_ITEM_SLOTS < slot_count ? first + LIQ_ITEM_SLOTS : slot_count;
    liq_margin_tables tables;
    liq_packed_entries entries;
    liq_adl_terms terms;
    liq_score_places slots;

    terms.rule = rule;
    terms.reserved_zero = 0;
    terms.wallet_min = wallet_min;
    tables = liq_margin_tables_make(instruments, tiers, assets, slices, powers, policy);
    entries = liq_packed_entries_make(tags, quantities, values);
    slots = liq_score_slots_make(slice_offsets, row_lengths, position_firsts, places,
                                 result_indices, results);
    liq_slice_prefetch(entries, slice_offsets, first + LIQ_ITEM_SLOTS, slot_count);
    liq_score_slots(tables, terms, entries, slots, first, end, scores);
}
