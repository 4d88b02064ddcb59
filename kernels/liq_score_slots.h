/*
 * Scores of packed rows, slot after slot: what adl_scores and margin_scores do.
 */
#ifndef LIQ_SCORE_SLOTS_H
#define LIQ_SCORE_SLOTS_H

#include "liq_score_lanes.h"
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

/* Score the slots first .. end - 1, one by one. */
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

#if LIQ_HAS_LANES

/* Score the entries `from` .. end - 1 of a slot, of which the first position has a place at
 * *position. */
LIQ_INLINE void liq_score_entries(liq_margin_tables tables, liq_adl_terms terms,
                                  liq_packed_entries entries, liq_score_places slots, liq_u32 slot,
                                  liq_u32 from, liq_u32 end, liq_u32 *position,
                                  LIQ_GLOBAL liq_i64 *scores)
{
    const liq_u64 entry_first = slots.slice_offsets[slot / LIQ_SLICE_ROWS] + slot % LIQ_SLICE_ROWS;
    liq_adl_asset asset = liq_adl_asset_none();
    liq_adl_account account;
    liq_u32 is_made = 0;
    liq_u32 k;

    for (k = from; k < end; k++) {
        const liq_u64 at = entry_first + (liq_u64)k * LIQ_SLICE_ROWS;

        if (entries.tags[at] >> LIQ_TAG_INDEX_BITS != LIQ_ENTRY_POSITION)
            continue;
        if (!is_made)
            account = liq_adl_account_make(terms, slots.results[slots.result_indices[slot]],
                                           liq_account_sum_zero());
        is_made = 1;
        scores[slots.places[*position]] =
            liq_adl_entry_score(tables, &asset, &account, entries, at, LIQ_SLICE_ROWS, k == 0);
        *position += 1;
    }
}

/* Write eight keys to their places. Not as a loop: vectors are slow at it. */
LIQ_INLINE void liq_keys_scatter(const liq_u64 *keys, liq_u32 *positions,
                                 LIQ_GLOBAL const liq_u32 *places, LIQ_GLOBAL liq_i64 *scores)
{
    scores[places[positions[0]++]] = (liq_i64)keys[0];
    scores[places[positions[1]++]] = (liq_i64)keys[1];
    scores[places[positions[2]++]] = (liq_i64)keys[2];
    scores[places[positions[3]++]] = (liq_i64)keys[3];
    scores[places[positions[4]++]] = (liq_i64)keys[4];
    scores[places[positions[5]++]] = (liq_i64)keys[5];
    scores[places[positions[6]++]] = (liq_i64)keys[6];
    scores[places[positions[7]++]] = (liq_i64)keys[7];
}

/* Turn to what an entry settles in, if it is a position. */
LIQ_INLINE void liq_score_settle(liq_margin_tables tables, liq_u32 tag, liq_adl_asset *asset)
{
    if (tag <= LIQ_TAG_INDEX_MAX && tables.instruments[tag].asset_index != asset->index)
        *asset = liq_adl_asset_enter(tables, tables.instruments[tag].asset_index);
}

/* Score eight slots of a slice, from a multiple of eight on, by the rule bitmex. */
LIQ_INLINE void liq_score_eight(liq_margin_tables tables, liq_adl_terms terms,
                                liq_packed_entries entries, liq_score_places slots, liq_u32 first,
                                liq_adl_asset *asset, LIQ_GLOBAL liq_i64 *scores)
{
    const liq_u64 entry_first =
        slots.slice_offsets[first / LIQ_SLICE_ROWS] + first % LIQ_SLICE_ROWS;
    liq_u32 positions[LIQ_LANES];
    liq_account_lanes accounts;
    liq_u64 keys[LIQ_LANES];
    liq_u32 shortest = slots.row_lengths[first];
    liq_u32 i;
    liq_u32 k;

    if (shortest > 0)
        liq_score_settle(tables, entries.tags[entry_first], asset);
    accounts = liq_account_lanes_make(slots.results, &slots.result_indices[first], *asset);
    for (i = 0; i < LIQ_LANES; i++) {
        const liq_u32 length = slots.row_lengths[first + i];

        positions[i] = slots.position_firsts[first + i];
        shortest = length < shortest ? length : shortest;
    }
    for (k = 0; k < shortest; k++)
        if (liq_score_lanes(tables, entries, accounts, entry_first + (liq_u64)k * LIQ_SLICE_ROWS,
                            keys))
            liq_keys_scatter(keys, positions, slots.places, scores);
        else
            for (i = 0; i < LIQ_LANES; i++)
                liq_score_entries(tables, terms, entries, slots, first + i, k, k + 1, &positions[i],
                                  scores);
    for (i = 0; i < LIQ_LANES; i++)
        liq_score_entries(tables, terms, entries, slots, first + i, shortest,
                          slots.row_lengths[first + i], &positions[i], scores);
}

/* Score the slots first .. end - 1 by the rule bitmex. @param first  a multiple of eight */
LIQ_INLINE void liq_score_slots_bitmex(liq_margin_tables tables, liq_adl_terms terms,
                                       liq_packed_entries entries, liq_score_places slots,
                                       liq_u32 first, liq_u32 end, LIQ_GLOBAL liq_i64 *scores)
{
    liq_adl_asset asset = liq_adl_asset_none();
    liq_u32 slot;

    for (slot = first; slot + LIQ_LANES <= end; slot += LIQ_LANES)
        liq_score_eight(tables, terms, entries, slots, slot, &asset, scores);
    liq_score_slots_by(tables, terms, entries, slots, slot, end, scores);
}

#else
#define liq_score_slots_bitmex liq_score_slots_by
#endif

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
        liq_score_slots_bitmex(tables, terms, entries, slots, first, end, scores);
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
