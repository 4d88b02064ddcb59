/*
 * One work-item scores the positions of one margin account of portfolio margin.
 *
 * Entries and results are those of portfolio_rows, so equity and maintenance margin are what the
 * rule of scenarios says; the score is that of any other account (liq_adl.h). Read per entry: 4
 * bytes, per position 20 more and the tables, per row 12 and the result, by the rule binance 8 for
 * each balance; written: 8 bytes per position at its place.
 */
#include "liq_adl.h"

__kernel void
portfolio_scores(const uint row_count, const uint rule, const long wallet_min,
                 __global const uint *entry_firsts, __global const uint *tags,
                 __global const long *quantities, __global const long *values,
                 __global const uint *position_firsts, __global const uint *places,
                 __global const uint *result_indices, __global const liq_row_record *results,
                 __global const liq_instrument_record *instruments,
                 __global const liq_tier_record *tiers, __global const liq_asset_record *assets,
                 __global const liq_slice_record *slices, __global const liq_divisor *powers,
                 __global const liq_policy_record *policy, __global long *scores)
{
    const uint row = (uint)get_global_id(0);
    liq_adl_asset asset;
    liq_adl_terms terms;
    liq_packed_entries entries;
    liq_margin_tables tables;
    liq_adl_account account;
    liq_account_sum wallet;
    liq_row_record result;
    uint position;
    uint at;

    if (row >= row_count)
        return;
    asset = liq_adl_asset_none();
    terms.rule = rule;
    terms.reserved_zero = 0;
    terms.wallet_min = wallet_min;
    tables = liq_margin_tables_make(instruments, tiers, assets, slices, powers, policy);
    entries = liq_packed_entries_make(tags, quantities, values);
    result = results[result_indices[row]];
    wallet = liq_account_sum_zero();
    if (rule == LIQ_SCORE_BINANCE && result.status != LIQ_ROW_UNVALUED)
        for (at = entry_firsts[row]; at < entry_firsts[row + 1]; at++)
            if (tags[at] >> LIQ_TAG_INDEX_BITS >= LIQ_ENTRY_BALANCE)
                liq_adl_wallet_add(tables, &wallet, tags[at], quantities[at]);
    account = liq_adl_account_make(terms, result, wallet);
    position = position_firsts[row];
    for (at = entry_firsts[row]; at < entry_firsts[row + 1]; at++) {
        if (tags[at] >> LIQ_TAG_INDEX_BITS != LIQ_ENTRY_POSITION)
            continue;
        scores[places[position]] = liq_adl_entry_score(tables, &asset, &account, entries, at, 1,
                                                       at == entry_firsts[row]);
        position += 1;
    }
}
