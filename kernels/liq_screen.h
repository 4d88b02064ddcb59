/*
 * The screen: a 32-bit float pass that proves of most margin accounts what their status is, and how
 * far prices may go before it could be another. It decides nothing: whoever it is not sure of, and
 * whoever may have to be liquidated, goes to the margin rule.
 *
 * A row is an offset and entries (cell, amount). A cell holds, in cash units for one lot or one
 * unit of an asset, what an entry can add to the sums of the row; each asset, and each tier of each
 * instrument, has its own, chosen when the row is packed. So one product of eight lanes is all
 * there is to an entry, whatever the instrument and the form of its tiers.
 *
 * What is proven. With all sums taken over the entries in exact arithmetic,
 *
 *     equity      = offset + VALUE         (VALUE = amount x value)
 *     maintenance = REQUIRED + FIXED       (REQUIRED = rate x |amount x value|, by the entry's
 * tier)
 *
 * but for roundings: FIXED is minus the tier's deduction, and the rule rounds to cash units, and
 * before, in an asset other than the margin currency, to units of that asset. A level is met when
 * slack = equity
 * - factor x maintenance is below zero, and not met when it is above, with factor =
 * requirement_factor / equity_factor. A cell says for which sizes its tier holds (ABOVE, BELOW);
 * outside of it nothing is proven. Of a table that jumps the cells hold no deduction, so that
 * REQUIRED is too much: JUMP is above zero then, and no level is proven to be met.
 *
 * Rounding. A cell and an amount are within 2^-24 of the true ones (a cell also within 2^-24 for
 * the difference of a mark's two roundings: coarser ones are marked unfit), a product within 2^-24
 * of its factors', and a sum of n + 1 terms within n x 2^-24 of the sum of their sizes. All in all
 * computed and true slack differ by less than (n + 12) x 2^-24 x (1 + small) x the sizes in it,
 * which are at most |offset| + GROSS + 2 x factor x REQUIRED, because a deduction is never above
 * what it is deducted from. Twice that share is counted against every proof (LIQ_SCREEN_ERROR), and
 * for the roundings to units an allowance.
 *
 * Reach. Let every cell's value move by a share of at most d <= LIQ_SCREEN_HORIZON. Then GROSS x d
 * bounds what equity gains or loses. A requirement grows by at most JUMP + d x 2.5 x STEEP: STEEP
 * is REQUIRED at the highest rate that the size can come under within the horizon, JUMP what a
 * table that is not continuous charges at once when it gets there, and deductions, which in another
 * asset follow its price, make up the rest of the 2.5. A continuous requirement is the largest of
 * its tiers' lines, so it shrinks by at most what the line it is on does: d x 2 x REQUIRED. So a
 * level stays met, or not met, for all
 *
 *     d < (|slack| - factor x JUMP) / (GROSS + 2.5 x factor x STEEP).
 *
 * Overflow. A bulk, |offset| + GROSS, below bulk_max proves that every check of the margin rule
 * passes: see host/scan/screen_cells.c, which chooses it.
 */
#ifndef LIQ_SCREEN_H
#define LIQ_SCREEN_H

#include "liq_record.h"

#if LIQ_DEVICE
#pragma OPENCL FP_CONTRACT OFF
#endif

/*
 * Lanes of a cell, and of the sums: 0 VALUE, 1 GROSS (|VALUE|), 2 REQUIRED, 3 FIXED (taken once for
 * an entry, whatever its amount), 4 STEEP, 5 JUMP, 6 minus ABOVE (the cell holds for sizes above),
 * 7 BELOW (and up to this).
 */

/* Share by which a value may move for a reach to be told. */
#define LIQ_SCREEN_HORIZON 0.0625f

/* Says of a row that its status is not proven, or that it may have to be liquidated. */
#define LIQ_SCREEN_DOUBT (-1.0f)

/* Share of its terms that rounding may have cost a sum of so many entries. */
#define LIQ_SCREEN_ERROR(entries) ((liq_f32)((entries) + 16) * 0x1p-23f)

/*
 * A verdict in a byte: the status in the lower bits, and above them the bucket of the reach.
 * Buckets are an eighth of a doubling wide, and in the order of their reaches: the first one is of
 * every reach below LIQ_SCREEN_NEAREST, LIQ_SCREEN_FAR of those of LIQ_SCREEN_NEAR_END and more.
 */
#define LIQ_SCREEN_CODE_DOUBT 255u
#define LIQ_SCREEN_CODE_STATUS 3u
#define LIQ_SCREEN_CODE_SHIFT 2u
#define LIQ_SCREEN_FAR 62
#define LIQ_SCREEN_NEAREST 0x1.6p-14f
#define LIQ_SCREEN_NEAR_END 0x1p-6f

/* Of a float's bits those above tell the eighth of a doubling that it is in. */
#define LIQ_SCREEN_EIGHTH_SHIFT 20
#define LIQ_SCREEN_EIGHTH_BELOW ((127 - 6) * 8 - LIQ_SCREEN_FAR)

/* The cell of entries that have no meaning: nothing, at every size. */
#define LIQ_SCREEN_CELL_NONE 0u

/* Rows of a slice whose entries lie side by side: see screen_rows.cl. A thread of a CPU takes as
 * many at once as fit a vector. */
#define LIQ_SCREEN_GROUP 8u
#define LIQ_SCREEN_GROUP_OF_ITEMS(item_slots)                                                      \
    ((item_slots) > 1u ? LIQ_SCREEN_GROUP : LIQ_SLICE_ROWS)

typedef struct liq_screen_terms {
    liq_f32 warning;           /* factor of the level; below zero: the venue has none */
    liq_f32 reduce_only;       /* likewise */
    liq_f32 past;              /* of the mildest level above both; zero when there is none */
    liq_f32 allowance;         /* cash units */
    liq_f32 bulk_max;          /* cash units */
    liq_f32 highest;           /* of the three factors, the one met first */
    liq_f32 highest_allowance; /* cash units: the allowance, and highest times it */
    liq_f32 reserved_zero;
} liq_screen_terms;
LIQ_STATIC_ASSERT(sizeof(liq_screen_terms) == 32, screen_terms_size);

typedef struct liq_screen_adder {
    liq_f32x8 lanes;
    liq_i32x8 outside; /* in the last two lanes: not zero when a size was not its cell's */
} liq_screen_adder;

/* The sums of a row. */
typedef struct liq_screen_sum {
    liq_f32 equity;
    liq_f32 gross;
    liq_f32 required;
    liq_f32 fixed;
    liq_f32 steep;
    liq_f32 jump;
    liq_i32 outside;
} liq_screen_sum;

/* What rounding may have cost a row. */
typedef struct liq_screen_limits {
    liq_f32 bulk;
    liq_f32 error; /* share of the terms */
    liq_f32 allowance;
} liq_screen_limits;

/* What is proven of a row. */
typedef struct liq_screen_verdict {
    liq_f32 reach;  /* share, up to LIQ_SCREEN_HORIZON: no smaller move changes the status; or
                       LIQ_SCREEN_DOUBT */
    liq_u32 status; /* LIQ_ROW_OK, LIQ_ROW_WARNING or LIQ_ROW_REDUCE_ONLY, unless in doubt */
} liq_screen_verdict;

LIQ_INLINE liq_screen_adder liq_screen_begin(void)
{
    liq_screen_adder out;

    out.lanes = LIQ_F32X8(0.0f, 0.0f, 0.0f, 0.0f, 0.0f, 0.0f, 0.0f, 0.0f);
    out.outside = LIQ_I32X8(0, 0, 0, 0, 0, 0, 0, 0);
    return out;
}

/*
 * Add an entry. The factors of the lanes are (amount, size, size, 1, size, size, -size, size), put
 * together by their bits: size is amount without its sign.
 */
LIQ_INLINE void liq_screen_add(liq_screen_adder *adder, LIQ_GLOBAL const liq_f32x8 *cell,
                               liq_f32 amount)
{
    const liq_i32 sign = (liq_i32)0x80000000u;
    const liq_i32 size = 0x7fffffff;
    const liq_i32 one = 0x3f800000;
    const liq_i32x8 kept = LIQ_I32X8(-1, size, size, 0, size, size, size, size);
    const liq_i32x8 set = LIQ_I32X8(0, 0, 0, one, 0, 0, sign, 0);
    const liq_f32x8 amounts =
        LIQ_F32X8(amount, amount, amount, amount, amount, amount, amount, amount);
    const liq_f32x8 factors = LIQ_AS_F32X8((LIQ_AS_I32X8(amounts) & kept) | set);
    const liq_f32x8 lanes = *cell;

    adder->lanes += lanes * factors;
    adder->outside |= factors > lanes;
}

LIQ_INLINE liq_screen_sum liq_screen_end(liq_screen_adder adder, liq_f32 offset)
{
    liq_screen_sum out;

    out.equity = offset + LIQ_LANE(adder.lanes, 0);
    out.gross = LIQ_LANE(adder.lanes, 1);
    out.required = LIQ_LANE(adder.lanes, 2);
    out.fixed = LIQ_LANE(adder.lanes, 3);
    out.steep = LIQ_LANE(adder.lanes, 4);
    out.jump = LIQ_LANE(adder.lanes, 5);
    out.outside = LIQ_LANE(adder.outside, 6) | LIQ_LANE(adder.outside, 7);
    return out;
}

/*
 * How far values may move before a row crosses a level that it is on one side of by `spare`, of
 * which rounding and jumps were taken off. Without a branch, as all that follows a sum: there are
 * many rows.
 */
LIQ_INLINE liq_f32 liq_screen_share(liq_f32 spare, liq_f32 cost)
{
    const liq_f32 share = spare * (1.0f - 0x1p-16f) / cost;
    const liq_f32 near = share < LIQ_SCREEN_HORIZON ? share : LIQ_SCREEN_HORIZON;

    return spare > 0.0f ? near : 0.0f;
}

/* Take a level into account: whether it is met, whether that is proven, and for how long. */
LIQ_INLINE void liq_screen_level(liq_screen_verdict *verdict, liq_u32 *sure, liq_screen_sum sum,
                                 liq_screen_limits limits, liq_f32 factor, liq_u32 met_status)
{
    const liq_u32 absent = factor < 0.0f;
    const liq_f32 slack = sum.equity - factor * (sum.required + sum.fixed);
    const liq_u32 met = slack < 0.0f;
    const liq_f32 spare = (met != 0 ? -slack : slack) -
                          limits.error * (limits.bulk + 2.0f * factor * sum.required) -
                          limits.allowance * (1.0f + factor);
    const liq_f32 cost = (sum.gross + 2.5f * factor * sum.steep) * (1.0f + limits.error);
    const liq_f32 share = liq_screen_share(spare - factor * sum.jump * (1.0f + limits.error), cost);
    const liq_u32 provable =
        (met ^ 1u) | ((liq_u32)(sum.jump == 0.0f) & (liq_u32)(met_status < LIQ_ROW_LIQUIDATE));

    *sure &= absent | ((liq_u32)(spare > 0.0f) & provable);
    verdict->status = (met & (absent ^ 1u)) != 0 ? met_status : verdict->status;
    verdict->reach = (absent | (liq_u32)(verdict->reach < share)) != 0 ? verdict->reach : share;
}

/** What a sum proves. @param entries  that were added, at most 131,072 */
LIQ_INLINE liq_screen_verdict liq_screen_judge(liq_screen_sum sum, liq_f32 offset, liq_u32 entries,
                                               liq_screen_terms terms)
{
    liq_screen_limits limits;
    liq_screen_verdict out;
    liq_u32 sure;

    limits.bulk = (offset < 0.0f ? -offset : offset) + sum.gross;
    limits.error = LIQ_SCREEN_ERROR(entries);
    limits.allowance = terms.allowance;
    out.reach = LIQ_SCREEN_HORIZON;
    out.status = LIQ_ROW_OK;
    /* Comparisons are such that what is not a number is in doubt. */
    sure = (liq_u32)(sum.outside == 0) & (liq_u32)(limits.bulk < terms.bulk_max);
    liq_screen_level(&out, &sure, sum, limits, terms.warning, LIQ_ROW_WARNING);
    liq_screen_level(&out, &sure, sum, limits, terms.reduce_only, LIQ_ROW_REDUCE_ONLY);
    liq_screen_level(&out, &sure, sum, limits, terms.past, LIQ_ROW_LIQUIDATE);
    out.reach = sure != 0 ? out.reach : LIQ_SCREEN_DOUBT;
    return out;
}

/** The bucket of a reach, or of a move. @param reach  0 or more */
LIQ_INLINE liq_i32 liq_screen_bucket(liq_f32 reach)
{
    const liq_i32 eighth =
        (LIQ_FLOAT_BITS(reach) >> LIQ_SCREEN_EIGHTH_SHIFT) - LIQ_SCREEN_EIGHTH_BELOW;
    const liq_i32 least = eighth < 0 ? 0 : eighth;

    return least < LIQ_SCREEN_FAR ? least : LIQ_SCREEN_FAR;
}

/** A verdict as a byte. */
LIQ_INLINE liq_u32 liq_screen_code(liq_screen_verdict verdict)
{
    const liq_u32 code =
        ((liq_u32)liq_screen_bucket(verdict.reach) << LIQ_SCREEN_CODE_SHIFT) | verdict.status;

    return verdict.reach < 0.0f ? LIQ_SCREEN_CODE_DOUBT : code;
}

#endif
