/*
 * Stress: the status of every margin account in many scenarios of prices, in one pass that reads
 * each account once for a tile of LIQ_STRESS_TILE scenarios.
 *
 * A scenario is the book at prices moved as liq_book_shock moves them. What is said of a status is
 * what a scan at those prices says, byte for byte: as in the screen (liq_screen.h) sums in 32-bit
 * floats prove most of them, and who is in doubt (LIQ_STRESS_DOUBT) is valued by the margin rule.
 *
 * A slot is a margin account: what no price changes, entries and bends. A price is a row of
 * LIQ_STRESS_TILE numbers, one a scenario, in cash units: of one lot of an instrument, of one unit
 * of an asset, or of one coin of size squared where a rate grows with it. Then
 *
 *     equity      = slot.equity   + sum of entries: amount x price   + sum of order bends
 *     maintenance = slot.required + sum of entries: required x price + sum of tier bends
 *
 * An entry has the rate and the deduction of the lowest tier that its size comes to in any scenario
 * of the batch; each tier above that it may come to is a bend: nothing below its floor, from there
 * on what that tier requires more than the one below.
 *
 * What is proven. A level is met when slack = equity - factor x maintenance is below zero, and not
 * met when it is above. Amounts, prices and products are each within 2^-24 of the true ones (what
 * the two roundings of a mark differ by is counted apart), and a sum of n terms within n x 2^-24 of
 * the sum of their sizes. So computed and true slack differ by less than (n + 16) x 2^-23 x the sum
 * of the sizes of all terms, at the highest prices of the batch, which is twice what the roundings
 * come to, and by what the rule rounds to units. The host puts both into equity_error and
 * required_error when it packs a slot; a slack within equity_error + factor x required_error of
 * zero proves nothing. A table that jumps gives two answers next to a floor, so a size within 2^-19
 * of one is in doubt. A hinge gives nearly the same on both sides, and its error counts as that of
 * a term twice its size. Levels lie one within the other (policies are checked for it): one that is
 * proven to be met settles the milder ones, and when the mildest is proven not to be met no other
 * is. Overflow and what has no value are for the host: such accounts are never packed.
 */
#ifndef LIQ_STRESS_SCREEN_H
#define LIQ_STRESS_SCREEN_H

#include "stress_portfolio.h"

/* In the place of a status. */
#define LIQ_STRESS_DOUBT 7u

/* Share of its terms that rounding may have cost a sum of so many. */
#define LIQ_STRESS_ERROR(terms) ((double)((terms) + 16u) * 0x1p-23)

/* Next to the floor of a tier that jumps. */
#define LIQ_STRESS_NEAR 0x1p-19f

typedef struct liq_stress_slot {
    liq_f32 equity;         /* cash units: what no price changes */
    liq_f32 required;       /* cash units, likewise: minus deductions */
    liq_f32 equity_error;   /* cash units */
    liq_f32 required_error; /* cash units */
    liq_u32 entry_first;
    liq_u32 entry_count;
    liq_u32 bend_first;
    liq_u32 bend_count;
} liq_stress_slot;
LIQ_STATIC_ASSERT(sizeof(liq_stress_slot) == 32, stress_slot_size);

#define LIQ_STRESS_BEND_HINGE 0u /* required x what |price| is above floor x exchange */
#define LIQ_STRESS_BEND_JUMP 1u  /* from there on required x |price| - step x exchange */
#define LIQ_STRESS_BEND_ORDER 2u /* required x price - step x exchange, where that is a loss */
/* required x what the first so many entries (price) of the slot need by portfolio margin */
#define LIQ_STRESS_BEND_PORTFOLIO 3u
#define LIQ_STRESS_BEND_CONVEX 4u /* the same, and convex in prices but for what is hedged */

typedef struct liq_stress_bend {
    liq_u32 price;
    liq_u32 exchange; /* the price of the settle asset */
    liq_f32 sign;     /* of the price */
    liq_f32 floor;    /* units of the asset for one lot */
    liq_f32 required;
    liq_f32 step; /* units of the asset */
    liq_u32 kind; /* LIQ_STRESS_BEND_* */
    liq_u32 reserved_zero;
} liq_stress_bend;
LIQ_STATIC_ASSERT(sizeof(liq_stress_bend) == 32, stress_bend_size);

#define LIQ_STRESS_LEVELS 5u

/* The levels that the venue has, the mildest first; the last is bankruptcy, with a factor of 0. */
typedef struct liq_stress_levels {
    liq_f32 factors[LIQ_STRESS_LEVELS];
    liq_u32 statuses[LIQ_STRESS_LEVELS];
    liq_u32 count;
    liq_u32 reserved_zero;
} liq_stress_levels;
LIQ_STATIC_ASSERT(sizeof(liq_stress_levels) == 48, stress_levels_size);

/* What a pass reads. */
typedef struct liq_stress_view {
    LIQ_GLOBAL const liq_stress_slot *slots;
    LIQ_GLOBAL const liq_stress_entry *entries;
    LIQ_GLOBAL const liq_stress_bend *bends;
    LIQ_GLOBAL const liq_stress_floats *prices; /* LIQ_STRESS_TILE_VECTORS for each price */
    LIQ_GLOBAL const liq_f32x8 *edges;          /* one for each price, see stress_edges.h */
    liq_stress_portfolio_view portfolio;
} liq_stress_view;

/* Of one slot, in LIQ_STRESS_VECTORS x LIQ_STRESS_LANES scenarios. */
typedef struct liq_stress_sums {
    liq_stress_floats equity[LIQ_STRESS_VECTORS];
    liq_stress_floats required[LIQ_STRESS_VECTORS];
    liq_stress_ints doubt[LIQ_STRESS_VECTORS];
} liq_stress_sums;

/* Add a bend. Few sizes come near a floor, and few orders stand at a loss. */
LIQ_RARE liq_stress_sums liq_stress_bend_add(liq_stress_sums sums, liq_stress_view view,
                                             liq_stress_bend bend, liq_u32 vector)
{
    LIQ_GLOBAL const liq_stress_floats *prices =
        view.prices + bend.price * LIQ_STRESS_TILE_VECTORS + vector;
    LIQ_GLOBAL const liq_stress_floats *exchanges =
        view.prices + bend.exchange * LIQ_STRESS_TILE_VECTORS + vector;
    const liq_stress_floats none = LIQ_STRESS_FLOATS(0.0f);
    liq_u32 i;

    for (i = 0; i < LIQ_STRESS_VECTORS; i++) {
        const liq_stress_floats size = prices[i] * bend.sign;
        const liq_stress_floats floor = exchanges[i] * bend.floor;
        const liq_stress_floats above = size - floor;
        const liq_stress_floats step = exchanges[i] * bend.step;
        const liq_stress_ints is_above = LIQ_STRESS_MASK(above > none);

        if (bend.kind == LIQ_STRESS_BEND_ORDER) {
            const liq_stress_floats gain = prices[i] * bend.required - step;

            sums.equity[i] += LIQ_STRESS_KEEP(gain, LIQ_STRESS_MASK(gain < none));
        } else if (bend.kind == LIQ_STRESS_BEND_HINGE) {
            sums.required[i] += LIQ_STRESS_KEEP(above, is_above) * bend.required;
        } else {
            const liq_stress_floats margin = floor * LIQ_STRESS_NEAR;

            sums.required[i] += LIQ_STRESS_KEEP(size * bend.required - step, is_above);
            sums.doubt[i] |= LIQ_STRESS_MASK(above < margin) & LIQ_STRESS_MASK(above > -margin);
        }
    }
    return sums;
}

/* Add what scenarios of the venue require. */
LIQ_RARE liq_stress_sums liq_stress_portfolio_add(liq_stress_sums sums, liq_stress_view view,
                                                  liq_stress_slot slot, liq_stress_bend bend,
                                                  liq_u32 vector)
{
    liq_stress_legs legs;
    liq_stress_lanes need;
    liq_u32 i;

    legs.entries = view.entries + slot.entry_first;
    legs.prices = view.prices + vector;
    legs.pitch = LIQ_STRESS_TILE_VECTORS;
    legs.count = bend.price;
    legs.vector = vector;
    legs.is_edge = 0;
    liq_stress_portfolio_need(view.portfolio, legs, LIQ_STRESS_VECTORS, &need);
    if (bend.kind == LIQ_STRESS_BEND_PORTFOLIO)
        liq_stress_options_doubt(view.portfolio, legs, LIQ_STRESS_VECTORS, &need);
    for (i = 0; i < LIQ_STRESS_VECTORS; i++)
        sums.required[i] += need.at[i] * bend.required;
    return sums;
}

LIQ_INLINE liq_stress_sums liq_stress_sum(liq_stress_view view, liq_stress_slot slot,
                                          liq_u32 vector)
{
    liq_stress_sums sums;
    liq_u32 at;
    liq_u32 i;

    for (i = 0; i < LIQ_STRESS_VECTORS; i++) {
        sums.equity[i] = LIQ_STRESS_FLOATS(slot.equity);
        sums.required[i] = LIQ_STRESS_FLOATS(slot.required);
        sums.doubt[i] = LIQ_STRESS_INTS(0);
    }
    for (at = slot.entry_first; at < slot.entry_first + slot.entry_count; at++) {
        const liq_stress_entry entry = view.entries[at];
        LIQ_GLOBAL const liq_stress_floats *prices =
            view.prices + entry.price * LIQ_STRESS_TILE_VECTORS + vector;

        for (i = 0; i < LIQ_STRESS_VECTORS; i++) {
            sums.equity[i] += prices[i] * entry.amount;
            sums.required[i] += prices[i] * entry.required;
        }
    }
    for (at = slot.bend_first; at < slot.bend_first + slot.bend_count; at++) {
        const liq_stress_bend bend = view.bends[at];

        if (bend.kind >= LIQ_STRESS_BEND_PORTFOLIO)
            sums = liq_stress_portfolio_add(sums, view, slot, bend, vector);
        else
            sums = liq_stress_bend_add(sums, view, bend, vector);
    }
    return sums;
}

/*
 * Write the statuses in LIQ_STRESS_LANES scenarios, or LIQ_STRESS_DOUBT. What is not a number is in
 * doubt.
 */
LIQ_INLINE void liq_stress_judge(const liq_stress_sums *sums, liq_u32 vector, liq_stress_slot slot,
                                 liq_stress_levels levels, LIQ_GLOBAL unsigned char *target)
{
    const liq_stress_ints doubted = LIQ_STRESS_INTS((liq_i32)LIQ_STRESS_DOUBT);
    liq_stress_ints status = LIQ_STRESS_INTS((liq_i32)LIQ_ROW_OK);
    liq_stress_ints unsure = LIQ_STRESS_INTS(0);
    liq_u32 i;

    for (i = 0; i < levels.count; i++) {
        const liq_f32 margin = slot.equity_error + levels.factors[i] * slot.required_error;
        const liq_stress_floats slack =
            sums->equity[vector] - sums->required[vector] * levels.factors[i];
        const liq_stress_ints met = LIQ_STRESS_MASK(slack < LIQ_STRESS_FLOATS(-margin));
        const liq_stress_ints clear = LIQ_STRESS_MASK(slack > LIQ_STRESS_FLOATS(margin));

        status = (met & LIQ_STRESS_INTS((liq_i32)levels.statuses[i])) | (~met & status);
        unsure = (unsure | ~clear) & ~met;
    }
    unsure |= sums->doubt[vector];
    status = (unsure & doubted) | (~unsure & status);
#if LIQ_STRESS_LANES == 1u
    *target = (unsigned char)status;
#elif LIQ_DEVICE
    vstore8(convert_uchar8(status), 0, target);
#else
    for (i = 0; i < LIQ_STRESS_LANES; i++)
        target[i] = (unsigned char)status[i];
#endif
}

/* Whether the mildest level is proven not to be met in all of some scenarios. */
LIQ_INLINE liq_u32 liq_stress_is_clear(const liq_stress_sums *sums, liq_stress_slot slot,
                                       liq_stress_levels levels)
{
    const liq_f32 margin = slot.equity_error + levels.factors[0] * slot.required_error;
    liq_stress_ints clear = LIQ_STRESS_INTS(-1);
    liq_u32 i;

    for (i = 0; i < LIQ_STRESS_VECTORS; i++) {
        const liq_stress_floats slack = sums->equity[i] - sums->required[i] * levels.factors[0];

        clear &= LIQ_STRESS_MASK(slack > LIQ_STRESS_FLOATS(margin)) & ~sums->doubt[i];
    }
#if LIQ_STRESS_LANES == 1u
    return clear != 0;
#elif LIQ_DEVICE
    return (liq_u32)(all(clear) != 0);
#else
    return (liq_u32)((clear[0] & clear[1] & clear[2] & clear[3] & clear[4] & clear[5] & clear[6] &
                      clear[7]) != 0);
#endif
}

/*
 * The statuses of one slot in LIQ_STRESS_VECTORS x LIQ_STRESS_LANES scenarios from vector on.
 * @return 0 when all are ok: then nothing is written
 */
LIQ_INLINE liq_u32 liq_stress_slot_judge(liq_stress_view view, liq_stress_levels levels,
                                         liq_u32 index, liq_u32 vector,
                                         LIQ_GLOBAL unsigned char *statuses)
{
    const liq_stress_slot slot = view.slots[index];
    const liq_stress_sums sums = liq_stress_sum(view, slot, vector);
    liq_u32 i;

    if (liq_stress_is_clear(&sums, slot, levels))
        return 0;
    for (i = 0; i < LIQ_STRESS_VECTORS; i++)
        liq_stress_judge(&sums, i, slot, levels, statuses + i * LIQ_STRESS_LANES);
    return 1;
}

#endif
