/*
 * One work-item sums one chunk of legs of a long margin account.
 *
 * A chunk is a stretch of at most LIQ_CHUNK_ENTRIES legs of one settle asset that does not part an
 * exposure from its positions. Read per chunk: 24 bytes and 20 bytes per leg; written: one
 * liq_leg_sum, in the order of the chunks. margin_long_rows puts them together.
 */
#include "liq_margin.h"

__kernel void
margin_chunks(const uint chunk_count, __global const liq_chunk_record *chunks,
              __global const uint *tags, __global const long *quantities,
              __global const long *values, __global const liq_instrument_record *instruments,
              __global const liq_tier_record *tiers, __global const liq_asset_record *assets,
              __global const liq_slice_record *slices, __global const liq_divisor *powers,
              __global const liq_policy_record *policy, __global liq_leg_sum *sums)
{
    const uint chunk = (uint)get_global_id(0);
    liq_margin_tables tables;
    liq_exposure exposure;
    liq_leg_sum sum;
    uint at;
    uint end;

    if (chunk >= chunk_count)
        return;
    tables = liq_margin_tables_make(instruments, tiers, assets, slices, powers, policy);
    sum = liq_leg_sum_zero();
    exposure = liq_exposure_none();
    end = chunks[chunk].entry_first + chunks[chunk].leg_count;
    for (at = chunks[chunk].entry_first; at < end; at++)
        liq_margin_leg(tables, &sum, &exposure, tags[at], quantities[at], values[at]);
    sums[chunk] = sum;
}
