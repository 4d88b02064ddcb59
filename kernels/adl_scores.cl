/*
 * One work-item scores the positions of LIQ_ITEM_SLOTS margin accounts of ordinary length, one
 * after the other.
 *
 * Rows lie in slices as margin_rows reads them, and its results are there. Read per entry: 4 bytes,
 * per position 16 more, 4 for its place and the tables, per row 8 and the result; written: 8 bytes
 * per position, at the place that the host gave it, so that a side's scores lie together.
 */
#include "liq_adl.h"

#ifndef LIQ_ITEM_SLOTS
#define LIQ_ITEM_SLOTS 1u
#endif

/* The wallet of a row whose entries begin at first. */
static inline liq_account_sum adl_wallet(liq_margin_tables tables, liq_packed_entries entries,
                                         ulong first, uint length)
{
    liq_account_sum wallet = liq_account_sum_zero();
    ulong at = first;
    uint left;

    for (left = length; left > 0; left--) {
        if (entries.tags[at] >> LIQ_TAG_INDEX_BITS >= LIQ_ENTRY_BALANCE)
            liq_adl_wallet_add(tables, &wallet, entries.tags[at], entries.quantities[at]);
        at += LIQ_SLICE_ROWS;
    }
    return wallet;
}

__kernel void adl_scores(const uint slot_count, const uint rule, const long wallet_min,
                         __global const ulong *slice_offsets, __global const uint *row_lengths,
                         __global const uint *tags, __global const long *quantities,
                         __global const long *values, __global const uint *position_firsts,
                         __global const uint *places, __global const uint *result_indices,
                         __global const liq_row_record *results,
                         __global const liq_instrument_record *instruments,
                         __global const liq_tier_record *tiers,
                         __global const liq_asset_record *assets,
                         __global const liq_slice_record *slices,
                         __global const liq_divisor *powers,
                         __global const liq_policy_record *policy, __global long *scores)
{
    const uint slot_first = (uint)get_global_id(0) * LIQ_ITEM_SLOTS;
    liq_margin_tables tables;
    liq_packed_entries entries;
    liq_adl_terms terms;
    uint slot;

    terms.rule = rule;
    terms.reserved_zero = 0;
    terms.wallet_min = wallet_min;
    tables = liq_margin_tables_make(instruments, tiers, assets, slices, powers, policy);
    entries.tags = tags;
    entries.quantities = quantities;
    entries.values = values;
    for (slot = slot_first; slot < slot_first + LIQ_ITEM_SLOTS && slot < slot_count; slot++) {
        const ulong first = slice_offsets[slot / LIQ_SLICE_ROWS] + slot % LIQ_SLICE_ROWS;
        const ulong end = first + (ulong)row_lengths[slot] * LIQ_SLICE_ROWS;
        const liq_row_record result = results[result_indices[slot]];
        liq_account_sum wallet = liq_account_sum_zero();
        liq_adl_account account;
        uint position = position_firsts[slot];
        ulong at;

        if (rule == LIQ_SCORE_BINANCE && result.status != LIQ_ROW_UNVALUED)
            wallet = adl_wallet(tables, entries, first, row_lengths[slot]);
        account = liq_adl_account_make(terms, result, wallet);
        for (at = first; at < end; at += LIQ_SLICE_ROWS) {
            if (tags[at] >> LIQ_TAG_INDEX_BITS != LIQ_ENTRY_POSITION)
                continue;
            scores[places[position]] =
                liq_adl_entry_score(tables, account, entries, at, LIQ_SLICE_ROWS, at == first);
            position += 1;
        }
    }
}
