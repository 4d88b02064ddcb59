/*
 * What a slot of portfolio margin requires in many scenarios of prices, in 32-bit floats: the rule
 * of liq_portfolio.h over the grid of its venue, for each scenario of the stress anew.
 *
 * A future's PnL in a scenario of the grid is its value times a coefficient that no price changes:
 * the move, or for an inverse contract what its reciprocal makes of it, times the cover. So of all
 * futures of an underlying two sums are enough, and of these the two coefficients that are furthest
 * apart tell the worst, where nothing else is in its class. An option has a number for each
 * scenario of the grid and each price: rows, made anew for each tile.
 *
 * What is proven stands in stress_screen.h. All that is done to sums here is to take the larger,
 * to add, and to weigh by rates, of which gains and charges by slices have at most the largest
 * multiplier: an error in a sum therefore comes out no larger than weighed by these.
 */
#ifndef LIQ_STRESS_PORTFOLIO_H
#define LIQ_STRESS_PORTFOLIO_H

#include "liq_portfolio.h"
#include "stress_vectors.h"

#define LIQ_STRESS_LOT_LINEAR 0u
#define LIQ_STRESS_LOT_INVERSE 1u
#define LIQ_STRESS_LOT_OPTION 2u
#define LIQ_STRESS_LOT_KINDS 2u /* of futures */

/* Rows of an option behind those of its scenarios: its delta, and the value it is an option on. */
#define LIQ_STRESS_OPTION_DELTA 0u
#define LIQ_STRESS_OPTION_VALUE 1u
#define LIQ_STRESS_OPTION_ROWS 2u

/* One lot of an instrument that has a grid. */
typedef struct liq_stress_lot {
    liq_u32 unit;
    liq_u32 kind;                                /* LIQ_STRESS_LOT_* */
    liq_u32 rows;                                /* of an option: the first of its rows */
    liq_f32 sign;                                /* of its price */
    liq_f32 long_charges[LIQ_PORTFOLIO_CHARGES]; /* shares of its value */
    liq_f32 short_charges[LIQ_PORTFOLIO_CHARGES];
} liq_stress_lot;
LIQ_STATIC_ASSERT(sizeof(liq_stress_lot) == 32, stress_lot_size);

/* What a sum of futures makes of a move, least and most over the scenarios; none is zero. */
typedef struct liq_stress_reach {
    liq_f32 least;
    liq_f32 most;
} liq_stress_reach;

typedef struct liq_stress_charge {
    liq_f32 net_rate;
    liq_f32 hedged_rate;
    liq_u32 tier_first;
    liq_u32 tier_count;
} liq_stress_charge;

typedef struct liq_stress_unit {
    liq_u32 class_index;
    liq_u32 scenario_count;
    liq_u32 coefficients; /* the first: by scenario, of linear ones and then of inverse ones */
    liq_f32 gain_share;
    liq_stress_reach reaches[LIQ_STRESS_LOT_KINDS];
    liq_stress_charge charges[LIQ_PORTFOLIO_CHARGES];
} liq_stress_unit;
LIQ_STATIC_ASSERT(sizeof(liq_stress_unit) == 64, stress_unit_size);

/* A slice of a charge. */
typedef struct liq_stress_charge_tier {
    liq_f32 up_to; /* cash units */
    liq_f32 multiplier;
} liq_stress_charge_tier;

typedef struct liq_stress_portfolio_view {
    LIQ_GLOBAL const liq_stress_lot *lots; /* by instrument */
    LIQ_GLOBAL const liq_stress_unit *units;
    LIQ_GLOBAL const liq_stress_charge_tier *tiers;
    LIQ_GLOBAL const liq_f32 *coefficients;
    LIQ_GLOBAL const liq_stress_floats *rows; /* LIQ_STRESS_TILE_VECTORS for each */
} liq_stress_portfolio_view;

/* The positions of a slot, those of an underlying side by side, at one vector of scenarios. */
typedef struct liq_stress_legs {
    LIQ_GLOBAL const liq_stress_entry *entries;
    LIQ_GLOBAL const liq_stress_floats *prices; /* of the vector */
    liq_u32 count;
    liq_u32 vector;
} liq_stress_legs;

/* Positions first .. end - 1 are of one underlying. */
typedef struct liq_stress_unit_sums {
    liq_stress_floats futures[LIQ_STRESS_LOT_KINDS]; /* value, signed */
    liq_stress_floats longs;
    liq_stress_floats shorts;
    liq_stress_floats charges[LIQ_PORTFOLIO_CHARGES];
    liq_u32 unit;
    liq_u32 kinds; /* a bit for each kind that is held */
    liq_u32 first;
    liq_u32 end;
} liq_stress_unit_sums;

LIQ_INLINE liq_stress_floats liq_stress_larger(liq_stress_floats left, liq_stress_floats right)
{
#if LIQ_STRESS_LANES == 1u
    return left > right ? left : right;
#else
    const liq_stress_ints is_left = LIQ_STRESS_MASK(left > right);

    return LIQ_AS_F32X8((LIQ_AS_I32X8(left) & is_left) | (LIQ_AS_I32X8(right) & ~is_left));
#endif
}

LIQ_INLINE LIQ_GLOBAL const liq_stress_floats *liq_stress_option_row(liq_stress_portfolio_view view,
                                                                     liq_stress_lot lot,
                                                                     liq_u32 row, liq_u32 vector)
{
    return view.rows + (lot.rows + row) * LIQ_STRESS_TILE_VECTORS + vector;
}

/* Add a position to the sums of its underlying. */
LIQ_INLINE void liq_stress_unit_add(liq_stress_portfolio_view view, liq_stress_legs legs,
                                    liq_stress_unit_sums *sums, liq_stress_lot lot,
                                    liq_stress_entry entry)
{
    const liq_stress_floats none = LIQ_STRESS_FLOATS(0.0f);
    const liq_u32 is_short = entry.amount < 0.0f;
    const liq_f32 lots = is_short ? -entry.amount : entry.amount;
    liq_stress_floats size;
    liq_u32 i;

    sums->kinds |= 1u << lot.kind;
    if (lot.kind == LIQ_STRESS_LOT_OPTION) {
        const liq_u32 count = view.units[lot.unit].scenario_count;
        const liq_stress_floats delta =
            *liq_stress_option_row(view, lot, count + LIQ_STRESS_OPTION_DELTA, legs.vector) *
            entry.amount;

        size =
            *liq_stress_option_row(view, lot, count + LIQ_STRESS_OPTION_VALUE, legs.vector) * lots;
        sums->longs += liq_stress_larger(delta, none);
        sums->shorts += liq_stress_larger(-delta, none);
    } else {
        const liq_stress_floats value =
            legs.prices[entry.price * LIQ_STRESS_TILE_VECTORS] * entry.amount;

        if (lot.kind == LIQ_STRESS_LOT_LINEAR)
            sums->futures[LIQ_STRESS_LOT_LINEAR] += value;
        else
            sums->futures[LIQ_STRESS_LOT_INVERSE] += value;
        size = value * (is_short ? -lot.sign : lot.sign);
        if (is_short)
            sums->shorts += size;
        else
            sums->longs += size;
    }
    for (i = 0; i < LIQ_PORTFOLIO_CHARGES; i++)
        sums->charges[i] += size * (is_short ? lot.short_charges[i] : lot.long_charges[i]);
}

/* Sum up the underlying that begins at a position. */
LIQ_INLINE liq_stress_unit_sums liq_stress_unit_sum(liq_stress_portfolio_view view,
                                                    liq_stress_legs legs, liq_u32 first)
{
    const liq_stress_floats none = LIQ_STRESS_FLOATS(0.0f);
    liq_stress_entry entry = legs.entries[first];
    liq_stress_lot lot = view.lots[entry.price];
    liq_stress_unit_sums out;
    liq_u32 i;

    for (i = 0; i < LIQ_STRESS_LOT_KINDS; i++)
        out.futures[i] = none;
    for (i = 0; i < LIQ_PORTFOLIO_CHARGES; i++)
        out.charges[i] = none;
    out.longs = none;
    out.shorts = none;
    out.unit = lot.unit;
    out.kinds = 0;
    out.first = first;
    out.end = first;
    while (lot.unit == out.unit) {
        liq_stress_unit_add(view, legs, &out, lot, entry);
        if (++out.end == legs.count)
            break;
        entry = legs.entries[out.end];
        lot = view.lots[entry.price];
    }
    return out;
}

/* What an underlying loses in a scenario of its grid; a gain is below zero. */
LIQ_INLINE liq_stress_floats liq_stress_unit_loss(liq_stress_portfolio_view view,
                                                  liq_stress_legs legs,
                                                  const liq_stress_unit_sums *sums,
                                                  liq_stress_unit unit, liq_u32 scenario)
{
    LIQ_GLOBAL const liq_f32 *coefficients = view.coefficients + unit.coefficients + scenario;
    liq_stress_floats loss =
        sums->futures[LIQ_STRESS_LOT_LINEAR] * -coefficients[0] -
        sums->futures[LIQ_STRESS_LOT_INVERSE] * coefficients[unit.scenario_count];
    liq_u32 at;

    if ((sums->kinds & 1u << LIQ_STRESS_LOT_OPTION) == 0)
        return loss;
    for (at = sums->first; at < sums->end; at++) {
        const liq_stress_lot lot = view.lots[legs.entries[at].price];

        if (lot.kind == LIQ_STRESS_LOT_OPTION)
            loss -=
                *liq_stress_option_row(view, lot, scenario, legs.vector) * legs.entries[at].amount;
    }
    return loss;
}

/* The worst of an underlying that is alone in its class: what it gains does not count. */
LIQ_INLINE liq_stress_floats liq_stress_unit_worst(liq_stress_portfolio_view view,
                                                   liq_stress_legs legs,
                                                   const liq_stress_unit_sums *sums,
                                                   liq_stress_unit unit)
{
    liq_stress_floats worst = LIQ_STRESS_FLOATS(0.0f);
    liq_u32 k;

    if (sums->kinds == 1u << LIQ_STRESS_LOT_LINEAR || sums->kinds == 1u << LIQ_STRESS_LOT_INVERSE) {
        const liq_u32 kind = sums->kinds >> 1; /* 0 or 1 */

        return liq_stress_larger(sums->futures[kind] * -unit.reaches[kind].least,
                                 sums->futures[kind] * -unit.reaches[kind].most);
    }
    for (k = 0; k < unit.scenario_count; k++)
        worst = liq_stress_larger(worst, liq_stress_unit_loss(view, legs, sums, unit, k));
    return worst;
}

/* As liq_portfolio_charge_ceil. */
LIQ_INLINE liq_stress_floats liq_stress_charge_of(liq_stress_portfolio_view view,
                                                  liq_stress_charge charge, liq_stress_floats lots,
                                                  liq_stress_floats longs, liq_stress_floats shorts)
{
    const liq_stress_floats larger = liq_stress_larger(longs, shorts);
    const liq_stress_floats hedged = -liq_stress_larger(-longs, -shorts);
    const liq_stress_floats raw =
        lots + (larger - hedged) * charge.net_rate + hedged * charge.hedged_rate;
    liq_stress_floats from = LIQ_STRESS_FLOATS(0.0f);
    liq_stress_floats out = LIQ_STRESS_FLOATS(0.0f);
    liq_u32 i;

    if (charge.tier_count == 0)
        return raw;
    for (i = 0; i < charge.tier_count; i++) {
        const liq_stress_charge_tier tier = view.tiers[charge.tier_first + i];
        const liq_stress_floats up_to = LIQ_STRESS_FLOATS(-tier.up_to);
        const liq_stress_floats to =
            liq_stress_larger(from, -liq_stress_larger(-raw, up_to)); /* min(raw, up_to) */

        out += (to - from) * tier.multiplier;
        from = to;
    }
    return out;
}

/* Charges of an underlying that has any. */
LIQ_INLINE void liq_stress_charges_add(liq_stress_portfolio_view view,
                                       const liq_stress_unit_sums *sums, liq_stress_unit unit,
                                       liq_stress_floats *charges)
{
    liq_u32 i;

    for (i = 0; i < LIQ_PORTFOLIO_CHARGES; i++)
        charges[i] += liq_stress_charge_of(view, unit.charges[i], sums->charges[i], sums->longs,
                                           sums->shorts);
}

/* A class of several underlyings, of which the first is summed up: its worst scenario, and charges.
 * @return the position behind it */
LIQ_INLINE liq_u32 liq_stress_class_sum(liq_stress_portfolio_view view, liq_stress_legs legs,
                                        liq_stress_unit_sums sums, liq_stress_floats *worst,
                                        liq_stress_floats *charges)
{
    const liq_stress_unit first = view.units[sums.unit];
    liq_stress_floats losses[LIQ_PORTFOLIO_SCENARIOS_MAX];
    liq_stress_unit unit = first;
    liq_u32 k;

    for (k = 0; k < first.scenario_count; k++)
        losses[k] = LIQ_STRESS_FLOATS(0.0f);
    while (unit.class_index == first.class_index) {
        for (k = 0; k < first.scenario_count; k++) {
            const liq_stress_floats loss = liq_stress_unit_loss(view, legs, &sums, unit, k);

            losses[k] += liq_stress_larger(loss, loss * unit.gain_share);
        }
        liq_stress_charges_add(view, &sums, unit, charges);
        if (sums.end == legs.count)
            break;
        unit = view.units[view.lots[legs.entries[sums.end].price].unit];
        if (unit.class_index == first.class_index)
            sums = liq_stress_unit_sum(view, legs, sums.end);
    }
    for (k = 0; k < first.scenario_count; k++)
        *worst = liq_stress_larger(*worst, losses[k]);
    return sums.end;
}

/* Add what the positions need together, before the factor of the venue. */
LIQ_RARE void liq_stress_portfolio_need(liq_stress_portfolio_view view, liq_stress_legs legs,
                                        liq_stress_floats *need)
{
    const liq_stress_floats none = LIQ_STRESS_FLOATS(0.0f);
    liq_u32 at = 0;

    while (at < legs.count) {
        const liq_stress_unit_sums sums = liq_stress_unit_sum(view, legs, at);
        const liq_stress_unit unit = view.units[sums.unit];
        liq_stress_floats charges[LIQ_PORTFOLIO_CHARGES];
        liq_stress_floats worst = none;

        charges[LIQ_PORTFOLIO_CONTINGENCY] = none;
        charges[LIQ_PORTFOLIO_MINIMUM] = none;
        at = sums.end;
        if (at < legs.count &&
            view.units[view.lots[legs.entries[at].price].unit].class_index == unit.class_index) {
            at = liq_stress_class_sum(view, legs, sums, &worst, charges);
        } else {
            worst = liq_stress_unit_worst(view, legs, &sums, unit);
            liq_stress_charges_add(view, &sums, unit, charges);
        }
        *need += liq_stress_larger(worst + charges[LIQ_PORTFOLIO_CONTINGENCY],
                                   charges[LIQ_PORTFOLIO_MINIMUM]);
    }
}

#endif
