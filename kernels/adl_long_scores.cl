/*
 * One work-item scores the positions in one chunk of a long margin account.
 *
 * Chunks and results of rows are those of margin_chunks and margin_long_rows. Read per chunk: 32
 * bytes, the row's result and, by the rule binance, 24 bytes for each chunk of the row; per
 * position 24 bytes; written: 8 bytes per position at its place.
 */
#include "liq_adl.h"

__kernel void
adl_long_scores(const uint chunk_count, const uint rule, const long wallet_min,
                __global const liq_chunk_record *chunks, __global const uint *chunk_rows,
                __global const liq_long_row_record *rows, __global const uint *tags,
                __global const long *quantities, __global const long *values,
                __global const uint *position_firsts, __global const uint *places,
                __global const liq_row_record *results,
                __global const liq_instrument_record *instruments,
                __global const liq_tier_record *tiers, __global const liq_asset_record *assets,
                __global const liq_slice_record *slices, __global const liq_divisor *powers,
                __global const liq_policy_record *policy, __global long *scores)
{
    const uint chunk = (uint)get_global_id(0);
    liq_margin_tables tables;
    liq_adl_asset asset;
    liq_adl_terms terms;
    liq_packed_entries entries;
    liq_adl_account account;
    liq_account_sum wallet;
    uint position;
    uint first;
    uint row;
    uint at;
    uint i;

    if (chunk >= chunk_count)
        return;
    asset = liq_adl_asset_none();
    terms.rule = rule;
    terms.reserved_zero = 0;
    terms.wallet_min = wallet_min;
    tables = liq_margin_tables_make(instruments, tiers, assets, slices, powers, policy);
    entries = liq_packed_entries_make(tags, quantities, values);
    row = chunk_rows[chunk];
    first = rows[row].chunk_first;
    wallet = liq_account_sum_zero();
    if (rule == LIQ_SCORE_BINANCE && results[rows[row].result_index].status != LIQ_ROW_UNVALUED)
        for (i = first; i < first + rows[row].chunk_count; i++)
            if (chunks[i].close_tag != LIQ_NO_INDEX)
                liq_adl_wallet_add(tables, &wallet, chunks[i].close_tag, chunks[i].close_amount);
    account = liq_adl_account_make(terms, results[rows[row].result_index], wallet);
    position = position_firsts[chunk];
    for (at = chunks[chunk].entry_first; at < chunks[chunk].entry_first + chunks[chunk].leg_count;
         at++) {
        if (tags[at] >> LIQ_TAG_INDEX_BITS != LIQ_ENTRY_POSITION)
            continue;
        scores[places[position]] = liq_adl_entry_score(tables, &asset, &account, entries, at, 1,
                                                       at == chunks[first].entry_first);
        position += 1;
    }
}
