/*
 * Scores of packed rows, slot after slot: what adl_scores and margin_scores do.
 */
#ifndef LIQ_SCORE_SLOTS_H
#define LIQ_SCORE_SLOTS_H

#include "liq_adl.h"
#include "liq_slice.h"

/* The wallet of a row whose entries begin at first. */
static inline liq_account_sum liq_score_wallet(liq_margin_tables tables, liq_packed_entries entries,
                                               liq_u64 first, liq_u32 length)
{
    liq_account_sum wallet = liq_account_sum_zero();
    liq_u64 at = first;
    liq_u32 left;

    for (left = length; left > 0; left--) {
        if (entries.tags[at] >> LIQ_TAG_INDEX_BITS >= LIQ_ENTRY_BALANCE)
            liq_adl_wallet_add(tables, &wallet, entries.tags[at], entries.quantities[at]);
        at += LIQ_SLICE_ROWS;
    }
    return wallet;
}

/* Where things lie, besides the entries. */
typedef struct liq_score_places {
    LIQ_GLOBAL const liq_u64 *slice_offsets;
    LIQ_GLOBAL const liq_u32 *row_lengths;
    LIQ_GLOBAL const liq_u32 *position_firsts;
    LIQ_GLOBAL const liq_u32 *places;
    LIQ_GLOBAL const liq_u32 *result_indices;
    LIQ_GLOBAL const liq_row_record *results;
} liq_score_places;

/* Score the slots first .. end - 1. */
LIQ_INLINE void liq_score_slots_by(liq_margin_tables tables, liq_adl_terms terms,
                                   liq_packed_entries entries, liq_score_places slots,
                                   liq_u32 first, liq_u32 end, LIQ_GLOBAL liq_i64 *scores)
{
    liq_adl_asset asset = liq_adl_asset_none();
    liq_u32 slot;

    for (slot = first; slot < end; slot++) {
        const liq_u64 entry_first =
            slots.slice_offsets[slot / LIQ_SLICE_ROWS] + slot % LIQ_SLICE_ROWS;
        const liq_u64 entry_end = entry_first + (liq_u64)slots.row_lengths[slot] * LIQ_SLICE_ROWS;
        const liq_row_record result = slots.results[slots.result_indices[slot]];
        liq_account_sum wallet = liq_account_sum_zero();
        liq_adl_account account;
        liq_u32 position = slots.position_firsts[slot];
        liq_u64 at;

        if (terms.rule == LIQ_SCORE_BINANCE && result.status != LIQ_ROW_UNVALUED)
            wallet = liq_score_wallet(tables, entries, entry_first, slots.row_lengths[slot]);
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

LIQ_INLINE liq_score_places liq_score_slots_make(LIQ_GLOBAL const liq_u64 *slice_offsets,
                                                 LIQ_GLOBAL const liq_u32 *row_lengths,
                                                 LIQ_GLOBAL const liq_u32 *position_firsts,
                                                 LIQ_GLOBAL const liq_u32 *places,
                                                 LIQ_GLOBAL const liq_u32 *result_indices,
                                                 LIQ_GLOBAL const liq_row_record *results)
{
    liq_score_places out;

    out.slice_offsets = slice_offsets;
    out.row_lengths = row_lengths;
    out.position_firsts = position_firsts;
    out.places = places;
    out.result_indices = result_indices;
    out.results = results;
    return out;
}

/* Score the slots first .. end - 1, whose results are there. */
static inline void liq_score_slots(liq_margin_tables tables, liq_adl_terms terms,
                                   liq_packed_entries entries, liq_score_places slots,
                                   liq_u32 first, liq_u32 end, LIQ_GLOBAL liq_i64 *scores)
{
    /* A loop for each of the rules that are used most, so that none asks which one it is. */
    if (terms.rule == LIQ_SCORE_BITMEX) {
        terms.rule = LIQ_SCORE_BITMEX;
        liq_score_slots_by(tables, terms, entries, slots, first, end, scores);
    } else if (terms.rule == LIQ_SCORE_BINANCE) {
        terms.rule = LIQ_SCORE_BINANCE;
        liq_score_slots_by(tables, terms, entries, slots, first, end, scores);
    } else if (terms.rule == LIQ_SCORE_HYPERLIQUID) {
        terms.rule = LIQ_SCORE_HYPERLIQUID;
        liq_score_slots_by(tables, terms, entries, slots, first, end, scores);
    } else {
        liq_score_slots_by(tables, terms, entries, slots, first, end, scores);
    }
}

#endif
