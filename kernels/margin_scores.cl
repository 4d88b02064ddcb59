/*
 * One work-item values LIQ_ITEM_SLOTS margin accounts as margin_rows does, and scores their
 * positions right behind it as adl_scores does, while entries and results are in the cache.
 */
#include "liq_score_slots.h"

__kernel void
margin_scores(const uint slot_count, const uint rule, const long wallet_min,
              __global const ulong *slice_offsets, __global const uint *row_lengths,
              __global const uint *tags, __global const long *quantities,
              __global const long *values, __global const uint *position_firsts,
              __global const uint *places, __global const uint *result_indices,
              __global liq_row_record *results, __global const liq_instrument_record *instruments,
              __global const liq_tier_record *tiers, __global const liq_asset_record *assets,
              __global const liq_slice_record *slices, __global const liq_divisor *powers,
              __global const liq_policy_record *policy, __global long *scores)
{
    const uint first = (uint)get_global_id(0) * LIQ_ITEM_SLOTS;
    const uint end = first + LIQ_ITEM_SLOTS < slot_count ? first + LIQ_ITEM_SLOTS : slot_count;
    liq_margin_tables tables;
    liq_packed_entries entries;
    liq_adl_terms terms;
    uint slot;

    terms.rule = rule;
    terms.reserved_zero = 0;
    terms.wallet_min = wallet_min;
    tables = liq_margin_tables_make(instruments, tiers, assets, slices, powers, policy);
    entries = liq_packed_entries_make(tags, quantities, values);
    liq_slice_prefetch(entries, slice_offsets, first + LIQ_ITEM_SLOTS, slot_count);
    for (slot = first; slot < end; slot++)
        liq_margin_row(tables, entries,
                       slice_offsets[slot / LIQ_SLICE_ROWS] + slot % LIQ_SLICE_ROWS,
                       LIQ_SLICE_ROWS, row_lengths[slot], &results[result_indices[slot]]);
    liq_score_slots(tables, terms, entries,
                    liq_score_slots_make(slice_offsets, row_lengths, position_firsts, places,
                                         result_indices, results),
                    first, end, scores);
}
