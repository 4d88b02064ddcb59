/*
 * One work-item scores the positions of LIQ_ITEM_SLOTS margin accounts of ordinary length, one
 * after the other.
 *
 * Rows lie in slices as margin_rows reads them, and its results are there. Read per entry: 4 bytes,
 * per position 16 more, 4 for its place and the tables, per row 8 and the result; written: 8 bytes
 * per position, at the place that the host gave it, so that a side's scores lie together.
 */
#include "liq_adl.h"
#include "liq_slice.h"

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

/* Where things lie, besides the entries. */
typedef struct adl_slots {
    __global const ulong *slice_offsets;
    __global const uint *row_lengths;
    __global const uint *position_firsts;
    __global const uint *places;
    __global const uint *result_indices;
    __global const liq_row_record *results;
} adl_slots;

/* Score the slots first .. end - 1. */
LIQ_INLINE void adl_slots_score(liq_margin_tables tables, liq_adl_terms terms,
                                liq_packed_entries entries, adl_slots slots, uint first, uint end,
                                __global long *scores)
{
    liq_adl_asset asset = liq_adl_asset_none();
    uint slot;

    for (slot = first; slot < end; slot++) {
        const ulong entry_first =
            slots.slice_offsets[slot / LIQ_SLICE_ROWS] + slot % LIQ_SLICE_ROWS;
        const ulong entry_end = entry_first + (ulong)slots.row_lengths[slot] * LIQ_SLICE_ROWS;
        const liq_row_record result = slots.results[slots.result_indices[slot]];
        liq_account_sum wallet = liq_account_sum_zero();
        liq_adl_account account;
        uint position = slots.position_firsts[slot];
        ulong at;

        if (terms.rule == LIQ_SCORE_BINANCE && result.status != LIQ_ROW_UNVALUED)
            wallet = adl_wallet(tables, entries, entry_first, slots.row_lengths[slot]);
        account = liq_adl_account_make(terms, result, wallet);
        for (at = entry_first; at < entry_end; at += LIQ_SLICE_ROWS) {
            if (entries.tags[at] >> LIQ_TAG_INDEX_BITS != LIQ_ENTRY_POSITION)
                continue;
            scores[slots.places[position]] = liq_adl_entry_score(
                tables, &asset, &account, entries, at, LIQ_SLICE_ROWS, at == entry_first);
            position += 1;
        }
    }
}

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
    adl_slots slots;

    terms.rule = rule;
    terms.reserved_zero = 0;
    terms.wallet_min = wallet_min;
    tables = liq_margin_tables_make(instruments, tiers, assets, slices, powers, policy);
    entries = liq_packed_entries_make(tags, quantities, values);
    slots.slice_offsets = slice_offsets;
    slots.row_lengths = row_lengths;
    slots.position_firsts = position_firsts;
    slots.places = places;
    slots.result_indices = result_indices;
    slots.results = results;
    liq_slice_prefetch(entries, slice_offsets, first + LIQ_ITEM_SLOTS, slot_count);
    /* A loop for each of the rules that are used most, so that none asks which one it is. */
    if (rule == LIQ_SCORE_BITMEX) {
        terms.rule = LIQ_SCORE_BITMEX;
        adl_slots_score(tables, terms, entries, slots, first, end, scores);
    } else if (rule == LIQ_SCORE_BINANCE) {
        terms.rule = LIQ_SCORE_BINANCE;
        adl_slots_score(tables, terms, entries, slots, first, end, scores);
    } else if (rule == LIQ_SCORE_HYPERLIQUID) {
        terms.rule = LIQ_SCORE_HYPERLIQUID;
        adl_slots_score(tables, terms, entries, slots, first, end, scores);
    } else {
        adl_slots_score(tables, terms, entries, slots, first, end, scores);
    }
}
