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
#define LIQ_STRESS_OPTION_VALUE 1u /* not a number: the option has none at this price */
#define LIQ_STRESS_OPTION_ROWS 2u

/* One lot of an instrument that has a grid. */
typedef struct liq_stress_lot {
    liq_u32 unit;
    liq_u32 kind;                                /* LIQ_STRESS_LOT_* */
    liq_u32 rows;                                /* of an option: the first of its rows */
    liq_f32 sign;                                /* of its price */
    liq_f32 long_charges[LIQ_PORTFOLIO_CHARGES]; /* shares of its value */
    liq_f32 short_charges[LIQ_PORTFOLIO_CHARGES];
    liq_f32 weight; /* what is required changes by at most that share of a change of its value */
    liq_u32 reserved_zero;
} liq_stress_lot;
LIQ_STATIC_ASSERT(sizeof(liq_stress_lot) == 40, stress_lot_size);

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

/* The positions of a slot, those of an underlying side by side, at some vectors of prices. */
typedef struct liq_stress_legs {
    LIQ_GLOBAL const liq_stress_entry *entries;
    LIQ_GLOBAL const liq_stress_floats *prices; /* the first vector of price 0 */
    liq_u32 pitch;                              /* vectors from a price to the next one */
    liq_u32 count;
    liq_u32 vector;  /* of the tile, the first one: where rows of options are read */
    liq_u32 is_edge; /* lanes 0 and 1 are the ends of a line: see liq_stress_hedged */
} liq_stress_legs;

typedef struct liq_stress_lanes {
    liq_stress_floats at[LIQ_STRESS_VECTORS];
} liq_stress_lanes;

/* Positions first .. end - 1 are of one underlying. */
typedef struct liq_stress_unit_sums {
    liq_stress_lanes futures[LIQ_STRESS_LOT_KINDS]; /* value, signed */
    liq_stress_lanes longs;                         /* delta */
    liq_stress_lanes shorts;
    liq_stress_lanes charges[LIQ_PORTFOLIO_CHARGES];
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

LIQ_INLINE void liq_stress_lanes_clear(liq_stress_lanes *lanes, liq_u32 vectors)
{
    liq_u32 v;

    for (v = 0; v < vectors; v++)
        lanes->at[v] = LIQ_STRESS_FLOATS(0.0f);
}

/* A row of an option, from the vector on that the legs begin at. */
LIQ_INLINE LIQ_GLOBAL const liq_stress_floats *liq_stress_option_row(liq_stress_portfolio_view view,
                                                                     liq_stress_legs legs,
                                                                     liq_stress_lot lot,
                                                                     liq_u32 row)
{
    return view.rows + (lot.rows + row) * LIQ_STRESS_TILE_VECTORS + legs.vector;
}

/* Add an option to the sums of its underlying but for its PnL. */
LIQ_INLINE void liq_stress_option_add(liq_stress_portfolio_view view, liq_stress_legs legs,
                                      liq_stress_unit_sums *sums, liq_stress_lot lot,
                                      liq_f32 amount, liq_u32 vectors)
{
    const liq_u32 count = view.units[lot.unit].scenario_count;
    LIQ_GLOBAL const liq_stress_floats *deltas =
        liq_stress_option_row(view, legs, lot, count + LIQ_STRESS_OPTION_DELTA);
    LIQ_GLOBAL const liq_stress_floats *values =
        liq_stress_option_row(view, legs, lot, count + LIQ_STRESS_OPTION_VALUE);
    const liq_stress_floats none = LIQ_STRESS_FLOATS(0.0f);
    const liq_f32 lots = amount < 0.0f ? -amount : amount;
    liq_u32 v;
    liq_u32 i;

    for (v = 0; v < vectors; v++) {
        const liq_stress_floats delta = deltas[v] * amount;

        sums->longs.at[v] += liq_stress_larger(delta, none);
        sums->shorts.at[v] += liq_stress_larger(-delta, none);
        for (i = 0; i < LIQ_PORTFOLIO_CHARGES; i++)
            sums->charges[i].at[v] +=
                values[v] * (lots * (amount < 0.0f ? lot.short_charges[i] : lot.long_charges[i]));
    }
}

LIQ_INLINE void liq_stress_future_add(liq_stress_legs legs, liq_stress_unit_sums *sums,
                                      liq_stress_lot lot, liq_stress_entry entry, liq_u32 vectors)
{
    LIQ_GLOBAL const liq_stress_floats *prices = legs.prices + entry.price * legs.pitch;
    liq_stress_lanes *futures = &sums->futures[lot.kind];
    liq_stress_lanes *side = entry.amount < 0.0f ? &sums->shorts : &sums->longs;
    const liq_f32 size = entry.amount < 0.0f ? -entry.amount * lot.sign : entry.amount * lot.sign;
    liq_u32 v;
    liq_u32 i;

    for (v = 0; v < vectors; v++) {
        futures->at[v] += prices[v] * entry.amount;
        side->at[v] += prices[v] * size;
    }
    for (i = 0; i < LIQ_PORTFOLIO_CHARGES; i++) /* of futures both sides are charged alike */
        for (v = 0; lot.long_charges[i] > 0.0f && v < vectors; v++)
            sums->charges[i].at[v] += prices[v] * (size * lot.long_charges[i]);
}

/* Sum up the underlying that begins at a position. */
LIQ_INLINE void liq_stress_unit_sum(liq_stress_portfolio_view view, liq_stress_legs legs,
                                    liq_u32 first, liq_u32 vectors, liq_stress_unit_sums *out)
{
    liq_stress_entry entry = legs.entries[first];
    liq_stress_lot lot = view.lots[entry.price];
    liq_u32 i;

    for (i = 0; i < LIQ_STRESS_LOT_KINDS; i++)
        liq_stress_lanes_clear(&out->futures[i], vectors);
    for (i = 0; i < LIQ_PORTFOLIO_CHARGES; i++)
        liq_stress_lanes_clear(&out->charges[i], vectors);
    liq_stress_lanes_clear(&out->longs, vectors);
    liq_stress_lanes_clear(&out->shorts, vectors);
    out->unit = lot.unit;
    out->kinds = 0;
    out->first = first;
    out->end = first;
    while (lot.unit == out->unit) {
        out->kinds |= 1u << lot.kind;
        if (lot.kind == LIQ_STRESS_LOT_OPTION)
            liq_stress_option_add(view, legs, out, lot, entry.amount, vectors);
        else
            liq_stress_future_add(legs, out, lot, entry, vectors);
        if (++out->end == legs.count)
            break;
        entry = legs.entries[out->end];
        lot = view.lots[entry.price];
    }
}

/* What an underlying loses in a scenario of its grid; a gain is below zero. */
LIQ_INLINE void liq_stress_unit_loss(liq_stress_portfolio_view view, liq_stress_legs legs,
                                     const liq_stress_unit_sums *sums, liq_stress_unit unit,
                                     liq_u32 scenario, liq_u32 vectors, liq_stress_lanes *out)
{
    const liq_f32 linear = -view.coefficients[unit.coefficients + scenario];
    const liq_f32 inverse = -view.coefficients[unit.coefficients + unit.scenario_count + scenario];
    liq_u32 at;
    liq_u32 v;

    for (v = 0; v < vectors; v++)
        out->at[v] = sums->futures[LIQ_STRESS_LOT_LINEAR].at[v] * linear +
                     sums->futures[LIQ_STRESS_LOT_INVERSE].at[v] * inverse;
    if ((sums->kinds & 1u << LIQ_STRESS_LOT_OPTION) == 0)
        return;
    for (at = sums->first; at < sums->end; at++) {
        const liq_stress_entry entry = legs.entries[at];
        const liq_stress_lot lot = view.lots[entry.price];
        LIQ_GLOBAL const liq_stress_floats *row = liq_stress_option_row(view, legs, lot, scenario);

        for (v = 0; lot.kind == LIQ_STRESS_LOT_OPTION && v < vectors; v++)
            out->at[v] -= row[v] * entry.amount;
    }
}

/* The worst of an underlying that is alone in its class: what it gains does not count. */
LIQ_INLINE void liq_stress_unit_worst(liq_stress_portfolio_view view, liq_stress_legs legs,
                                      const liq_stress_unit_sums *sums, liq_stress_unit unit,
                                      liq_u32 vectors, liq_stress_lanes *worst)
{
    liq_stress_lanes losses;
    liq_u32 k;
    liq_u32 v;

    if (sums->kinds == 1u << LIQ_STRESS_LOT_LINEAR || sums->kinds == 1u << LIQ_STRESS_LOT_INVERSE) {
        const liq_stress_reach reach = unit.reaches[sums->kinds >> 1]; /* kind 0 or 1 */

        for (v = 0; v < vectors; v++) {
            const liq_stress_floats value = sums->futures[sums->kinds >> 1].at[v];

            worst->at[v] = liq_stress_larger(value * -reach.least, value * -reach.most);
        }
        return;
    }
    for (k = 0; k < unit.scenario_count; k++) {
        liq_stress_unit_loss(view, legs, sums, unit, k, vectors, &losses);
        for (v = 0; v < vectors; v++)
            worst->at[v] = liq_stress_larger(worst->at[v], losses.at[v]);
    }
}

/* The smaller of both sides. Between the ends of a line it is above what it is there, but not above
 * the smaller one of what each side comes to at most. */
LIQ_INLINE liq_stress_floats liq_stress_hedged(liq_stress_floats longs, liq_stress_floats shorts,
                                               liq_u32 is_edge)
{
#if LIQ_STRESS_LANES == 8u
    if (is_edge != 0) {
        const liq_f32 most_long =
            LIQ_LANE(longs, 0) > LIQ_LANE(longs, 1) ? LIQ_LANE(longs, 0) : LIQ_LANE(longs, 1);
        const liq_f32 most_short =
            LIQ_LANE(shorts, 0) > LIQ_LANE(shorts, 1) ? LIQ_LANE(shorts, 0) : LIQ_LANE(shorts, 1);
        const liq_f32 hedged = most_long < most_short ? most_long : most_short;

        return LIQ_STRESS_FLOATS(hedged);
    }
#endif
    (void)is_edge;
    return -liq_stress_larger(-longs, -shorts);
}

/* A charge by slices. */
LIQ_INLINE liq_stress_floats liq_stress_tiered(liq_stress_portfolio_view view,
                                               liq_stress_charge charge, liq_stress_floats raw)
{
    liq_stress_floats from = LIQ_STRESS_FLOATS(0.0f);
    liq_stress_floats out = LIQ_STRESS_FLOATS(0.0f);
    liq_u32 i;

    for (i = 0; i < charge.tier_count; i++) {
        const liq_stress_charge_tier tier = view.tiers[charge.tier_first + i];
        const liq_stress_floats up_to = LIQ_STRESS_FLOATS(-tier.up_to);
        const liq_stress_floats to =
            liq_stress_larger(from, -liq_stress_larger(-raw, up_to)); /* the smaller one */

        out += (to - from) * tier.multiplier;
        from = to;
    }
    return out;
}

/* As liq_portfolio_charge_ceil, of both charges. */
LIQ_INLINE void liq_stress_charges_add(liq_stress_portfolio_view view, liq_stress_legs legs,
                                       const liq_stress_unit_sums *sums, liq_stress_unit unit,
                                       liq_u32 vectors, liq_stress_lanes *charges)
{
    liq_u32 i;
    liq_u32 v;

    for (i = 0; i < LIQ_PORTFOLIO_CHARGES; i++) {
        const liq_stress_charge charge = unit.charges[i];

        for (v = 0; v < vectors; v++) {
            const liq_stress_floats longs = sums->longs.at[v];
            const liq_stress_floats shorts = sums->shorts.at[v];
            liq_stress_floats raw = sums->charges[i].at[v];

            if (charge.net_rate > 0.0f)
                raw += liq_stress_larger(longs - shorts, shorts - longs) * charge.net_rate;
            if (charge.hedged_rate > 0.0f)
                raw += liq_stress_hedged(longs, shorts, legs.is_edge) * charge.hedged_rate;
            charges[i].at[v] += charge.tier_count > 0 ? liq_stress_tiered(view, charge, raw) : raw;
        }
    }
}

/* A class of several underlyings, of which the first is summed up: its worst scenario, and charges.
 * @return the position behind it */
LIQ_INLINE liq_u32 liq_stress_class_sum(liq_stress_portfolio_view view, liq_stress_legs legs,
                                        liq_stress_unit_sums *sums, liq_u32 vectors,
                                        liq_stress_lanes *worst, liq_stress_lanes *charges)
{
    const liq_stress_unit first = view.units[sums->unit];
    liq_stress_lanes losses[LIQ_PORTFOLIO_SCENARIOS_MAX];
    liq_stress_unit unit = first;
    liq_u32 k;
    liq_u32 v;

    for (k = 0; k < first.scenario_count; k++)
        liq_stress_lanes_clear(&losses[k], vectors);
    while (unit.class_index == first.class_index) {
        for (k = 0; k < first.scenario_count; k++) {
            liq_stress_lanes own;

            liq_stress_unit_loss(view, legs, sums, unit, k, vectors, &own);
            for (v = 0; v < vectors; v++)
                losses[k].at[v] += liq_stress_larger(own.at[v], own.at[v] * unit.gain_share);
        }
        liq_stress_charges_add(view, legs, sums, unit, vectors, charges);
        if (sums->end == legs.count)
            break;
        unit = view.units[view.lots[legs.entries[sums->end].price].unit];
        if (unit.class_index == first.class_index)
            liq_stress_unit_sum(view, legs, sums->end, vectors, sums);
    }
    for (k = 0; k < first.scenario_count; k++)
        for (v = 0; v < vectors; v++)
            worst->at[v] = liq_stress_larger(worst->at[v], losses[k].at[v]);
    return sums->end;
}

/* Add nothing, or what is not a number where an option has none. */
LIQ_INLINE void liq_stress_options_doubt(liq_stress_portfolio_view view, liq_stress_legs legs,
                                         liq_u32 vectors, liq_stress_lanes *need)
{
    liq_u32 at;
    liq_u32 v;

    for (at = 0; at < legs.count; at++) {
        const liq_stress_lot lot = view.lots[legs.entries[at].price];
        LIQ_GLOBAL const liq_stress_floats *values = liq_stress_option_row(
            view, legs, lot, view.units[lot.unit].scenario_count + LIQ_STRESS_OPTION_VALUE);

        for (v = 0; lot.kind == LIQ_STRESS_LOT_OPTION && v < vectors; v++)
            need->at[v] += values[v] * 0.0f;
    }
}

/* What the positions need together, before the factor of the venue. */
LIQ_INLINE void liq_stress_portfolio_need(liq_stress_portfolio_view view, liq_stress_legs legs,
                                          liq_u32 vectors, liq_stress_lanes *need)
{
    liq_u32 at = 0;
    liq_u32 v;

    liq_stress_lanes_clear(need, vectors);
    while (at < legs.count) {
        liq_stress_lanes charges[LIQ_PORTFOLIO_CHARGES];
        liq_stress_unit_sums sums;
        liq_stress_lanes worst;
        liq_stress_unit unit;

        liq_stress_unit_sum(view, legs, at, vectors, &sums);
        unit = view.units[sums.unit];
        liq_stress_lanes_clear(&worst, vectors);
        liq_stress_lanes_clear(&charges[LIQ_PORTFOLIO_CONTINGENCY], vectors);
        liq_stress_lanes_clear(&charges[LIQ_PORTFOLIO_MINIMUM], vectors);
        at = sums.end;
        if (at < legs.count &&
            view.units[view.lots[legs.entries[at].price].unit].class_index == unit.class_index) {
            at = liq_stress_class_sum(view, legs, &sums, vectors, &worst, charges);
        } else {
            liq_stress_unit_worst(view, legs, &sums, unit, vectors, &worst);
            liq_stress_charges_add(view, legs, &sums, unit, vectors, charges);
        }
        for (v = 0; v < vectors; v++)
            need->at[v] += liq_stress_larger(worst.at[v] + charges[LIQ_PORTFOLIO_CONTINGENCY].at[v],
                                             charges[LIQ_PORTFOLIO_MINIMUM].at[v]);
    }
}

#endif
