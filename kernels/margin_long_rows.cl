/*
 * One work-item puts the chunks of one long margin account together, in order, and values it.
 *
 * Read per row: 16 bytes, and 120 bytes per chunk; written: one liq_row_record at the row's own
 * place.
 */
#include "liq_margin.h"

__kernel void
margin_long_rows(const uint row_count, __global const liq_long_row_record *rows,
                 __global const liq_chunk_record *chunks, __global const liq_leg_sum *sums,
                 __global const liq_instrument_record *instruments,
                 __global const liq_tier_record *tiers, __global const liq_asset_record *assets,
                 __global const liq_slice_record *slices, __global const liq_divisor *powers,
                 __global const liq_policy_record *policy, __global liq_row_record *results)
{
    const uint row = (uint)get_global_id(0);
    liq_margin_tables tables;
    liq_row_state state;
    uint chunk;
    uint end;

    if (row >= row_count)
        return;
    tables = liq_margin_tables_make(instruments, tiers, assets, slices, powers, policy);
    state = liq_row_state_zero();
    end = rows[row].chunk_first + rows[row].chunk_count;
    for (chunk = rows[row].chunk_first; chunk < end; chunk++) {
        const liq_leg_sum sum = sums[chunk];

        liq_leg_sum_append(&state.legs, sum);
        if (chunks[chunk].close_tag != LIQ_NO_INDEX)
            liq_margin_entry(tables, &state, chunks[chunk].close_tag, chunks[chunk].close_amount,
                             0);
    }
    results[rows[row].result_index] = liq_margin_finish(tables, state.account);
}
