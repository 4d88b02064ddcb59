/*
 * The first look at a row in a pass over all: two sums, by which most rows are proven to be ok and
 * far from every level. Of whomever it says nothing the screen (liq_screen.h) says more.
 *
 * Each cell of the screen has a pair for what one lot, or one unit, adds when the amount is above
 * zero, and one for when it is below:
 *
 *     WORTH = +-value - factor x rate x |value|     COST = |value| + factor x rate x |value|
 *
 * with the factor of the highest level, and the highest rate of all tiers that a size of this cell
 * may be in within the horizon, whenever it was packed (host/scan/glance.c).
 *
 * What is proven. Deductions are never below zero, and no tier of those asks for more than the
 * highest rate. So with A = offset + the sum of |amount| x WORTH, in exact arithmetic, equity -
 * factor x maintenance is at least A; and because a requirement is not below zero, equity is past
 * every level when it is past the highest. Let every cell's value move by a share of at most d <=
 * LIQ_SCREEN_HORIZON: equity loses at most d x |value|, and what is required grows by at most d x
 * rate x |value|, jumps included, because the highest rate is that of all tiers within reach. So A
 * loses at most d x C with C = the sum of |amount| x COST, and the row is ok for all d < A / C.
 *
 * Rounding. A pair is made of cells, each within 2 x 2^-24 of the true value, by two products or
 * sums in double and one rounding to a float; its size is at most COST. An amount, a product and
 * each sum are within 2^-24. So computed and true sums differ by less than (n + 12) x 2^-24 x (1 +
 * small) x (|offset| + C): as in liq_screen.h twice that share is counted, and for the roundings of
 * the rule the same allowance.
 *
 * Overflow. |offset| + C is no less than the bulk of the screen, so it is held against bulk_max.
 */
#ifndef LIQ_GLANCE_H
#define LIQ_GLANCE_H

#include "liq_screen.h"

/* Nearer rows are screened: for them the reach is worth knowing better. */
#define LIQ_GLANCE_LEAST 0x1p-8f

/* Of a cell: WORTH and COST of amounts above zero, then of those below. */
#define LIQ_GLANCE_SIDES 2u

typedef struct liq_glance_sum {
    liq_f32 worth;
    liq_f32 cost;
} liq_glance_sum;

/**
 * The sums of a row.
 * @param pairs   LIQ_GLANCE_SIDES for each cell
 * @param stride  from one entry of the row to the next
 */
LIQ_INLINE liq_glance_sum liq_glance_add(LIQ_GLOBAL const liq_f32x2 *pairs,
                                         LIQ_GLOBAL const liq_u16 *cells,
                                         LIQ_GLOBAL const liq_f32 *amounts, liq_u32 stride,
                                         liq_u32 entries)
{
    liq_glance_sum out = {0.0f, 0.0f};
    liq_u32 left;
    liq_u32 at = 0;

    for (left = entries; left > 0; left--) {
        const liq_f32 amount = amounts[at];
        const liq_u32 side = (liq_u32)LIQ_FLOAT_BITS(amount) >> 31;
        const liq_f32x2 pair = pairs[cells[at] * LIQ_GLANCE_SIDES + side];
        const liq_f32 size = side != 0 ? -amount : amount;

        out.worth += LIQ_LANE(pair, 0) * size;
        out.cost += LIQ_LANE(pair, 1) * size;
        at += stride;
    }
    return out;
}

/** The code of a row, and LIQ_SCREEN_CODE_DOUBT where it must be screened. */
LIQ_INLINE liq_u32 liq_glance_code(liq_glance_sum sum, liq_f32 offset, liq_u32 entries,
                                   liq_screen_terms terms)
{
    const liq_f32 error = LIQ_SCREEN_ERROR(entries);
    const liq_f32 bulk = (offset < 0.0f ? -offset : offset) + sum.cost;
    const liq_f32 spare = offset + sum.worth - error * bulk - terms.highest_allowance;
    const liq_f32 share = spare * (1.0f - 0x1p-16f) / (sum.cost * (1.0f + error));
    liq_screen_verdict verdict;

    verdict.reach = share < LIQ_SCREEN_HORIZON ? share : LIQ_SCREEN_HORIZON;
    verdict.status = LIQ_ROW_OK;
    /* Comparisons are such that what is not a number is screened. */
    if ((liq_u32)(spare > 0.0f) & (liq_u32)(bulk < terms.bulk_max) &
        (liq_u32)(verdict.reach >= LIQ_GLANCE_LEAST))
        return liq_screen_code(verdict);
    return LIQ_SCREEN_CODE_DOUBT;
}

#endif
