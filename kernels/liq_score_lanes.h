/*
 * Scores of the rule bitmex for eight rows side by side, entry k of each at a time: rows of a slice
 * lie next to each other, so what the eight hold at k is one vector. Keys are those of
 * liq_adl_entry_score to the last bit. Whatever is not the same simple case in all eight is told
 * apart and left to that: an entry that is no position, another settle asset, a notional of 2^64
 * fine units or more, and what is behind the shortest of the eight.
 */
#ifndef LIQ_SCORE_LANES_H
#define LIQ_SCORE_LANES_H

#include "liq_adl.h"
#include "liq_ratio_lanes.h"

#if LIQ_HAS_LANES

/* Eight margin accounts as their positions are scored. */
typedef struct liq_account_lanes {
    liq_u64x8 factors;   /* mantissas of liq_adl_account's; anything where there is a standing */
    liq_u64x8 exponents; /* of these */
    liq_u64x8 standings;
    liq_u32 asset_index; /* that factors are for */
    liq_u32 reserved_zero;
} liq_account_lanes;

/* liq_adl_account_make and liq_adl_account_enter of eight results. Of one that has no value all
 * amounts are zero. */
LIQ_INLINE liq_account_lanes liq_account_lanes_make(LIQ_GLOBAL const liq_row_record *results,
                                                    LIQ_GLOBAL const liq_u32 *indices,
                                                    liq_adl_asset asset)
{
#define LIQ_EQUITY(lane) ((liq_u64)results[indices[lane]].equity)
    const liq_u64x8 equity = LIQ_U64X8(LIQ_EQUITY(0), LIQ_EQUITY(1), LIQ_EQUITY(2), LIQ_EQUITY(3),
                                       LIQ_EQUITY(4), LIQ_EQUITY(5), LIQ_EQUITY(6), LIQ_EQUITY(7));
    const liq_u64x8 spent = liq_lanes_sign(equity - LIQ_U64X8_ALL(1)) | liq_lanes_sign(equity);
    const liq_ratio_lanes ratio = liq_lanes_from(equity);
    const liq_ratio_lanes factor =
        liq_lanes_multiply(ratio.mantissa, LIQ_U64X8_ALL(asset.fine_per_cash.mantissa));
    liq_u64 standings[LIQ_LANES];
    liq_account_lanes out;
    liq_u32 i;

    out.factors = (factor.mantissa & ~spent) | (LIQ_U64X8_ALL((liq_u64)1 << 63) & spent);
    out.exponents = LIQ_U64X8_ALL((liq_u64)((liq_i64)asset.fine_per_cash.exponent + 64)) -
                    ratio.lowered - factor.lowered;
    out.standings = LIQ_U64X8_ALL(0);
    out.asset_index = asset.index;
    out.reserved_zero = 0;
    if (LIQ_U64X8_ANY(spent) == 0)
        return out;
    for (i = 0; i < LIQ_LANES; i++) {
        const liq_row_record result = results[indices[i]];

        standings[i] = result.equity > 0 ? 0 : (liq_u64)LIQ_SCORE_PAST_BANKRUPTCY;
        if (result.status == LIQ_ROW_UNVALUED)
            standings[i] = (liq_u64)LIQ_SCORE_UNVALUED;
    }
    out.standings = LIQ_U64X8_LOAD(standings);
    return out;
}

/* Values that positions of eight instruments are marked at. */
typedef struct liq_marked_lanes {
    liq_u64x8 floors;
    liq_u64x8 ceils;
    liq_u32 is_simple; /* all settle in the asset that was asked for */
    liq_u32 reserved_zero;
} liq_marked_lanes;

/* @param tags  of eight positions */
LIQ_INLINE liq_marked_lanes liq_marked_lanes_load(liq_margin_tables tables,
                                                  LIQ_GLOBAL const liq_u32 *tags,
                                                  liq_u32 asset_index)
{
    liq_marked_lanes out;

#define LIQ_MARKED(lane, field) (tables.instruments[tags[lane]].field)
#define LIQ_MARKED_EIGHT(field)                                                                    \
    LIQ_U64X8((liq_u64)LIQ_MARKED(0, field), (liq_u64)LIQ_MARKED(1, field),                        \
              (liq_u64)LIQ_MARKED(2, field), (liq_u64)LIQ_MARKED(3, field),                        \
              (liq_u64)LIQ_MARKED(4, field), (liq_u64)LIQ_MARKED(5, field),                        \
              (liq_u64)LIQ_MARKED(6, field), (liq_u64)LIQ_MARKED(7, field))
#define LIQ_DIFFERS(lane) (LIQ_MARKED(lane, asset_index) ^ asset_index)
    /* In registers: a vector is not read from what was written word by word just before. */
    out.floors = LIQ_MARKED_EIGHT(value_floor);
    out.ceils = LIQ_MARKED_EIGHT(value_ceil);
    out.is_simple = (LIQ_DIFFERS(0) | LIQ_DIFFERS(1) | LIQ_DIFFERS(2) | LIQ_DIFFERS(3) |
                     LIQ_DIFFERS(4) | LIQ_DIFFERS(5) | LIQ_DIFFERS(6) | LIQ_DIFFERS(7)) == 0;
    out.reserved_zero = 0;
    return out;
}

/* Eight positions in ratios: PnL and value at entry for a lot, and notional, as liq_adl_leg has
 * them; all ones in loses where it says so. */
typedef struct liq_leg_lanes {
    liq_ratio_lanes pnl;
    liq_ratio_lanes entry;
    liq_ratio_lanes notional;
    liq_u64x8 loses;
    liq_u32 is_simple; /* every notional is below 2^64 */
    liq_u32 reserved_zero;
} liq_leg_lanes;

LIQ_INLINE liq_leg_lanes liq_leg_lanes_make(liq_marked_lanes marked, liq_u64x8 quantity,
                                            liq_u64x8 value)
{
    const liq_u64x8 zero = LIQ_U64X8_ALL(0);
    const liq_u64x8 is_short = liq_lanes_sign(quantity);
    const liq_u64x8 gain = ((marked.ceils & is_short) | (marked.floors & ~is_short)) - value;
    const liq_u64x8 falls = liq_lanes_sign(gain);
    const liq_u64x8 inverse = liq_lanes_sign(marked.floors);
    /* The larger of two sizes: of negative values the floor's, of others the ceiling's. */
    const liq_u64x8 lot_size = ((zero - marked.floors) & inverse) | (marked.ceils & ~inverse);
    const liq_u64x8 lots = liq_lanes_size(quantity);
    liq_leg_lanes out;
    liq_u64x8 middle;

    out.is_simple = LIQ_U64X8_ANY(liq_lanes_multiply_high(lots, lot_size, &middle)) == 0;
    out.pnl = liq_lanes_from(liq_lanes_size(gain));
    out.entry = liq_lanes_from(liq_lanes_size(value) - LIQ_AS_U64X8(value == zero));
    out.notional = liq_lanes_from(lots * lot_size);
    out.loses = (falls ^ is_short) & LIQ_AS_U64X8(gain != zero);
    out.reserved_zero = 0;
    return out;
}

/* liq_adl_leveraged of eight legs. */
LIQ_INLINE liq_u64x8 liq_lanes_leveraged(liq_account_lanes accounts, liq_leg_lanes leg)
{
    const liq_u64x8 equity = accounts.factors;
    const liq_u64x8 loses = leg.loses;
    const liq_u64x8 gains = ~loses;
    const liq_ratio_lanes above =
        liq_lanes_multiply(leg.pnl.mantissa, (equity & loses) | (leg.notional.mantissa & gains));
    const liq_ratio_lanes below =
        liq_lanes_multiply(leg.entry.mantissa, (leg.notional.mantissa & loses) | (equity & gains));
    const liq_ratio_lanes score = liq_lanes_divide(above.mantissa, below.mantissa);
    /* Of equity over notional, or less it: of notional over equity. */
    const liq_u64x8 leverage = accounts.exponents + leg.notional.lowered;
    const liq_u64x8 exponent = ((leverage ^ gains) - gains) - leg.pnl.lowered + leg.entry.lowered -
                               above.lowered + below.lowered - score.lowered +
                               LIQ_U64X8_ALL(LIQ_SCORE_BIAS);
    const liq_u64x8 key =
        (exponent << LIQ_U64X8_ALL(LIQ_SCORE_MANTISSA_BITS)) |
        ((score.mantissa << LIQ_U64X8_ALL(1)) >> LIQ_U64X8_ALL(64 - LIQ_SCORE_MANTISSA_BITS));
    const liq_u64x8 kept = key & LIQ_AS_U64X8(score.mantissa != LIQ_U64X8_ALL(0));

    return (((kept ^ loses) - loses) & LIQ_AS_U64X8(accounts.standings == LIQ_U64X8_ALL(0))) |
           accounts.standings;
}

/**
 * Keys of the eight entries that lie side by side from a place on.
 * @return whether they could be told this way
 */
LIQ_INLINE liq_u32 liq_score_lanes(liq_margin_tables tables, liq_packed_entries entries,
                                   liq_account_lanes accounts, liq_u64 at, liq_u64 *keys)
{
    liq_marked_lanes marked;
    liq_leg_lanes leg;
    liq_u32 tags = 0;
    liq_u32 i;

    for (i = 0; i < LIQ_LANES; i++)
        tags |= entries.tags[at + i];
    if (tags > LIQ_TAG_INDEX_MAX)
        return 0;
    marked = liq_marked_lanes_load(tables, &entries.tags[at], accounts.asset_index);
    leg = liq_leg_lanes_make(marked,
                             LIQ_U64X8_LOAD((LIQ_GLOBAL const liq_u64 *)&entries.quantities[at]),
                             LIQ_U64X8_LOAD((LIQ_GLOBAL const liq_u64 *)&entries.values[at]));
    if (!(marked.is_simple & leg.is_simple))
        return 0;
    LIQ_U64X8_STORE(keys, liq_lanes_leveraged(accounts, leg));
    return 1;
}

#endif
#endif
