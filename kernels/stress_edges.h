/*
 * What needs no look at every scenario of a tile: slots whose status is the same in all of them.
 *
 * Between the first scenario of a tile and the last one each price lies within a sway of the
 * straight line from the one to the other, in the order of lanes; the host measures it. Without
 * bends equity and maintenance are linear in prices, so in every lane slack is at least the lesser
 * of those at the two edges, and at most the greater, but for the sum of sizes x sways. A level
 * that is proven at both edges, by a margin that has this sum in it, is proven in all lanes. Next
 * to each other scenarios of a ladder differ little, and few accounts change within a tile: all
 * others cost two lanes in place of LIQ_STRESS_TILE.
 *
 * A slot of portfolio margin in futures has one bend, which is convex: its PnL in a scenario of the
 * grid is linear, and a larger one of sums, a share of what is gained and charges whose multipliers
 * rise are convex; what is hedged is not, and counts as at most. So its slack is at least the
 * lesser of those at the two edges, but may be above both: levels are proven not to be met, and
 * only bankruptcy, which is equity's, to be met. What is required lies as far from what it is on
 * the line as the sum of sizes x weights x sways.
 *
 * Rounding: at an edge as in stress_screen.h. The host makes a sway larger by a share of 2^-10,
 * which is more than a float sum of LIQ_STRESS_EDGE_ENTRIES terms of one sign loses, and the sum of
 * two such margins.
 */
#ifndef LIQ_STRESS_EDGES_H
#define LIQ_STRESS_EDGES_H

#include "stress_screen.h"

/* In a mark: no statuses were written, the low bits are that of all scenarios. */
#define LIQ_STRESS_SAME 0x80u

#define LIQ_STRESS_EDGE_ENTRIES 4096u
#define LIQ_STRESS_SWAY_SHARE 0x1p-10

/* An edge is {first, last, sway, 0, first, last, sway, 0}: for equity, and for maintenance. */
#define LIQ_STRESS_EDGE_FLOATS 8u

/* Equity at the first and at the last scenario, how far it may be from there on from the line
 * between them, errors included; and likewise maintenance. */
LIQ_INLINE liq_f32x8 liq_stress_edge_sums(liq_stress_view view, liq_stress_slot slot)
{
    const liq_i32x8 sizes = LIQ_I32X8(-1, -1, 0x7fffffff, 0, -1, -1, 0x7fffffff, 0);
    liq_f32x8 sums = LIQ_F32X8(slot.equity, slot.equity, slot.equity_error, 0.0f, slot.required,
                               slot.required, slot.required_error, 0.0f);
    liq_u32 at;

    for (at = slot.entry_first; at < slot.entry_first + slot.entry_count; at++) {
        const liq_stress_entry entry = view.entries[at];
        const liq_f32 amount = entry.amount;
        const liq_f32 required = entry.required;
        const liq_f32x8 terms =
            view.edges[entry.price] *
            LIQ_F32X8(amount, amount, amount, amount, required, required, required, required);

        sums += LIQ_AS_F32X8(LIQ_AS_I32X8(terms) & sizes);
    }
    return sums;
}

#if LIQ_STRESS_LANES == 8u
/* Add what scenarios of the venue require at the edges, and how far from it what is between them
 * may be. */
LIQ_RARE void liq_stress_edge_require(liq_stress_view view, liq_stress_slot slot,
                                      liq_stress_bend bend, liq_f32x8 *sums)
{
    liq_stress_legs legs;
    liq_stress_lanes need;
    liq_f32 sway = 0.0f;
    liq_u32 at;

    legs.entries = view.entries + slot.entry_first;
    legs.prices = view.edges;
    legs.pitch = 1;
    legs.count = bend.price;
    legs.vector = 0;
    legs.is_edge = 1;
    liq_stress_portfolio_need(view.portfolio, legs, 1, &need);
    for (at = 0; at < legs.count; at++) {
        const liq_stress_entry entry = legs.entries[at];
        const liq_f32 size = entry.amount < 0.0f ? -entry.amount : entry.amount;

        sway +=
            LIQ_LANE(view.edges[entry.price], 2) * size * view.portfolio.lots[entry.price].weight;
    }
    *sums += LIQ_F32X8(0.0f, 0.0f, 0.0f, 0.0f, LIQ_LANE(need.at[0], 0), LIQ_LANE(need.at[0], 1),
                       sway, 0.0f) *
             bend.required;
}
#endif

/* The status of a slot in every scenario of the tile; LIQ_STRESS_DOUBT where none is proven. */
LIQ_INLINE liq_u32 liq_stress_slot_same(liq_stress_view view, liq_stress_slot slot,
                                        liq_stress_levels levels)
{
    const liq_u32 is_convex = slot.bend_count > 0;
    liq_f32x8 sums = liq_stress_edge_sums(view, slot);
    liq_u32 status = LIQ_ROW_OK;
    liq_u32 unsure = 0;
    liq_u32 i;

#if LIQ_STRESS_LANES == 8u
    if (is_convex != 0)
        liq_stress_edge_require(view, slot, view.bends[slot.bend_first], &sums);
#endif
    for (i = 0; i < levels.count; i++) {
        const liq_f32 factor = levels.factors[i];
        const liq_f32 margin = LIQ_LANE(sums, 2) + factor * LIQ_LANE(sums, 6);
        const liq_f32 first = LIQ_LANE(sums, 0) - LIQ_LANE(sums, 4) * factor;
        const liq_f32 last = LIQ_LANE(sums, 1) - LIQ_LANE(sums, 5) * factor;

        if (first < -margin && last < -margin && (is_convex == 0 || factor == 0.0f)) {
            status = levels.statuses[i];
            unsure = 0;
        } else if (!(first > margin && last > margin)) {
            unsure = 1;
        }
    }
    return unsure != 0 ? LIQ_STRESS_DOUBT : status;
}

/*
 * The statuses of one slot in the whole tile, where they are not one and the same.
 * @return 0 when all are ok; LIQ_STRESS_SAME and the status that all have; or a bit for each strip,
 * from the lowest on, whose statuses were written, the other strips being ok
 */
LIQ_INLINE liq_u32 liq_stress_slot_write(liq_stress_view view, liq_stress_levels levels,
                                         liq_u32 index, LIQ_GLOBAL unsigned char *statuses)
{
    const liq_stress_slot slot = view.slots[index];
    liq_u32 mark = 0;
    liq_u32 strip;

    if ((slot.bend_count == 0 ||
         (slot.bend_count == 1 && view.bends[slot.bend_first].kind == LIQ_STRESS_BEND_CONVEX)) &&
        slot.entry_count <= LIQ_STRESS_EDGE_ENTRIES) {
        const liq_u32 status = liq_stress_slot_same(view, slot, levels);

        if (status != LIQ_STRESS_DOUBT)
            return status == LIQ_ROW_OK ? 0 : LIQ_STRESS_SAME | status;
    }
    for (strip = 0; strip < LIQ_STRESS_TILE / LIQ_STRESS_STRIP; strip++)
        mark |= liq_stress_slot_judge(view, levels, index,
                                      strip * (LIQ_STRESS_STRIP / LIQ_STRESS_LANES),
                                      statuses + strip * LIQ_STRESS_STRIP)
                << strip;
    return mark;
}

#endif
