/*
 * What liq_portfolio.h computes, eight scenarios side by side, for processors that have vectors and
 * rows whose sums fit in 64 bits: nearly all of them. The same numbers come out, to the last unit.
 *
 * Of a row let S be the sum over its positions of lots x the largest number of the instrument. No
 * sum of PnL, delta or charges over any of them is larger than S, and shares of a gain only make it
 * smaller. Where S is below 2^62 sums and products therefore never leave a signed word, and no
 * bound of the rule, all of them 2^64 or more, is met.
 */
#ifndef LIQ_PORTFOLIO_LANES_H
#define LIQ_PORTFOLIO_LANES_H

#include "liq_portfolio.h"

#if LIQ_HAS_LANES

#define LIQ_PORTFOLIO_SMALL_BITS 62u
#define LIQ_PORTFOLIO_LANES 8u
#define LIQ_PORTFOLIO_VECTORS (LIQ_PORTFOLIO_SCENARIOS_MAX / LIQ_PORTFOLIO_LANES)

/* Sums of an underlying in all its scenarios. */
typedef struct liq_portfolio_unit_lanes {
    liq_u64x8 pnl[LIQ_PORTFOLIO_VECTORS];
    liq_u64 longs; /* delta of both sides, as sizes */
    liq_u64 shorts;
    liq_u64 charges[LIQ_PORTFOLIO_CHARGES];
} liq_portfolio_unit_lanes;

/* The same of a class. */
typedef struct liq_portfolio_class_lanes {
    liq_u64x8 losses[LIQ_PORTFOLIO_VECTORS];
    liq_wide charges[LIQ_PORTFOLIO_CHARGES];
    liq_u32 end; /* the leg behind the class */
    liq_u32 refused;
} liq_portfolio_class_lanes;

/* Whether all sums of a row fit. */
LIQ_INLINE liq_u32 liq_portfolio_is_small(liq_portfolio_tables tables, liq_portfolio_row row)
{
    liq_wide sum = liq_wide_make(0, 0);
    liq_u32 i;

    for (i = 0; i < row.leg_count; i++) {
        const liq_u64 at = row.entry_first + row.order[i];

        sum = liq_wide_add(sum,
                           liq_wide_multiply_unsigned(
                               liq_size_of(row.entries.quantities[at]),
                               tables.instruments[row.entries.tags[at] & LIQ_TAG_INDEX_MAX].most));
    }
    return (sum.high | sum.low >> LIQ_PORTFOLIO_SMALL_BITS) == 0 && tables.policy->sum_max.high > 0;
}

/* floor(value x share / 10^6) of words of 0 .. 2^62, for a share below 10^6: the whole millions of
 * a value first, and then what is left of it. A guess in floats is off by one at most. */
LIQ_INLINE liq_u64x8 liq_lanes_millionths(liq_u64x8 value, liq_u64x8 *rest)
{
    const liq_u64x8 million = LIQ_U64X8_ALL(LIQ_PORTFOLIO_ONE);
    liq_u64x8 whole = LIQ_MILLIONTHS_U64X8(value);
    liq_u64x8 off;

    *rest = value - whole * million;
    off = LIQ_AS_U64X8(LIQ_AS_I64X8(*rest) >> LIQ_I64X8_ALL(63)); /* all ones: below zero */
    whole += off;
    *rest += million & off;
    off = LIQ_AS_U64X8(*rest >= million);
    whole -= off;
    *rest -= million & off;
    return whole;
}

LIQ_INLINE liq_u64x8 liq_lanes_share_floor(liq_u64x8 value, liq_u64 share)
{
    liq_u64x8 rest;
    liq_u64x8 none;
    const liq_u64x8 whole = liq_lanes_millionths(value, &rest);

    return whole * LIQ_U64X8_ALL(share) + liq_lanes_millionths(rest * LIQ_U64X8_ALL(share), &none);
}

/* Add a position to the sums of its underlying. */
LIQ_INLINE void liq_portfolio_lanes_add(liq_portfolio_tables tables, liq_portfolio_unit_lanes *sum,
                                        liq_portfolio_instrument_record instrument,
                                        liq_i64 quantity, liq_u32 vectors)
{
    const liq_u32 is_short = quantity < 0;
    const liq_u64 lots = liq_size_of(quantity);
    const liq_u64x8 factor = LIQ_U64X8_ALL((liq_u64)quantity);
    const liq_u64 delta = lots * liq_size_of(instrument.delta);
    LIQ_GLOBAL const liq_i64 *grid =
        tables.grid + instrument.grid_first + (is_short ? vectors * LIQ_PORTFOLIO_LANES : 0);
    liq_u32 i;

    for (i = 0; i < vectors; i++)
        sum->pnl[i] +=
            factor * LIQ_U64X8_LOAD((LIQ_GLOBAL const liq_u64 *)grid + i * LIQ_PORTFOLIO_LANES);
    if ((instrument.delta < 0) == is_short)
        sum->longs += delta;
    else
        sum->shorts += delta;
    for (i = 0; i < LIQ_PORTFOLIO_CHARGES; i++)
        sum->charges[i] +=
            lots * (liq_u64)(is_short ? instrument.short_charges[i] : instrument.long_charges[i]);
}

/* Whether lots alone make a charge: most accounts hold one side of an underlying. */
LIQ_INLINE liq_u32 liq_portfolio_charge_is_plain(liq_portfolio_charge_record charge,
                                                 const liq_portfolio_unit_lanes *own)
{
    return charge.net_rate == 0 && charge.tier_count == 0 &&
           (charge.hedged_rate == 0 || own->longs == 0 || own->shorts == 0);
}

/* Weigh the sums of an underlying and add them to its class. */
LIQ_INLINE void liq_portfolio_lanes_weigh(liq_portfolio_tables tables,
                                          liq_portfolio_class_lanes *sum,
                                          liq_portfolio_unit_record unit,
                                          const liq_portfolio_unit_lanes *own, liq_u32 vectors)
{
    liq_u32 i;

    for (i = 0; i < vectors; i++) {
        const liq_u64x8 pnl = own->pnl[i];
        const liq_u64x8 is_loss = LIQ_AS_U64X8(LIQ_AS_I64X8(pnl) >> LIQ_I64X8_ALL(63));

        if (unit.gain_share == LIQ_PORTFOLIO_ONE)
            sum->losses[i] -= pnl;
        else
            sum->losses[i] -=
                (pnl & is_loss) | liq_lanes_share_floor(pnl & ~is_loss, unit.gain_share);
    }
    for (i = 0; i < LIQ_PORTFOLIO_CHARGES; i++) {
        if (liq_portfolio_charge_is_plain(unit.charges[i], own)) {
            sum->charges[i] = liq_wide_add(sum->charges[i], liq_wide_make(0, own->charges[i]));
            continue;
        }
        sum->charges[i] = liq_wide_add(
            sum->charges[i],
            liq_portfolio_charge_ceil(tables, unit.charges[i], liq_wide_make(0, own->charges[i]),
                                      liq_wide_make(0, own->longs), liq_wide_make(0, own->shorts),
                                      &sum->refused));
    }
}

/* The class that begins at a leg, in all scenarios. */
LIQ_INLINE void liq_portfolio_lanes_class(liq_portfolio_tables tables, liq_portfolio_row row,
                                          liq_u32 leg, liq_u32 vectors,
                                          liq_portfolio_class_lanes *out)
{
    liq_portfolio_instrument_record instrument = liq_portfolio_instrument_of(tables, row, leg);
    const liq_u32 class_index = tables.units[instrument.unit].class_index;
    liq_u32 i;

    for (i = 0; i < vectors; i++)
        out->losses[i] = LIQ_U64X8_ALL(0);
    for (i = 0; i < LIQ_PORTFOLIO_CHARGES; i++)
        out->charges[i] = liq_wide_make(0, 0);
    out->refused = 0;
    while (leg < row.leg_count && tables.units[instrument.unit].class_index == class_index) {
        const liq_u32 unit = instrument.unit;
        liq_portfolio_unit_lanes own;

        for (i = 0; i < vectors; i++)
            own.pnl[i] = LIQ_U64X8_ALL(0);
        own.longs = 0;
        own.shorts = 0;
        for (i = 0; i < LIQ_PORTFOLIO_CHARGES; i++)
            own.charges[i] = 0;
        while (instrument.unit == unit) {
            liq_portfolio_lanes_add(tables, &own, instrument,
                                    row.entries.quantities[row.entry_first + row.order[leg]],
                                    vectors);
            if (++leg == row.leg_count)
                break;
            instrument = liq_portfolio_instrument_of(tables, row, leg);
        }
        liq_portfolio_lanes_weigh(tables, out, tables.units[unit], &own, vectors);
    }
    out->end = leg;
}

/* The largest loss; no scenario counts as a gain. */
LIQ_INLINE liq_wide liq_portfolio_lanes_worst(const liq_portfolio_class_lanes *sum, liq_u32 vectors)
{
    liq_u64x8 worst = LIQ_U64X8_ALL(0);
    liq_u64 lanes[LIQ_PORTFOLIO_LANES];
    liq_u64 out = 0;
    liq_u32 i;

    for (i = 0; i < vectors; i++) {
        const liq_u64x8 worse = LIQ_AS_U64X8(LIQ_AS_I64X8(sum->losses[i]) > LIQ_AS_I64X8(worst));

        worst = (sum->losses[i] & worse) | (worst & ~worse);
    }
    LIQ_U64X8_STORE(lanes, worst);
    for (i = 0; i < LIQ_PORTFOLIO_LANES; i++)
        out = lanes[i] > out ? lanes[i] : out;
    return liq_wide_make(0, out);
}

/* liq_portfolio_need of a small row. */
LIQ_INLINE liq_wide liq_portfolio_lanes_need(liq_portfolio_tables tables, liq_portfolio_row row,
                                             liq_u32 *refused)
{
    liq_wide need = liq_wide_make(0, 0);
    liq_u32 leg = 0;

    while (leg < row.leg_count) {
        const liq_u32 vectors =
            tables.units[liq_portfolio_instrument_of(tables, row, leg).unit].scenario_count /
            LIQ_PORTFOLIO_LANES;
        liq_portfolio_class_lanes sum;
        liq_portfolio_class_sum rest;

        liq_portfolio_lanes_class(tables, row, leg, vectors, &sum);
        rest.charges[LIQ_PORTFOLIO_CONTINGENCY] = sum.charges[LIQ_PORTFOLIO_CONTINGENCY];
        rest.charges[LIQ_PORTFOLIO_MINIMUM] = sum.charges[LIQ_PORTFOLIO_MINIMUM];
        need = liq_wide_add(
            need, liq_portfolio_class_need(rest, liq_portfolio_lanes_worst(&sum, vectors)));
        *refused |= sum.refused;
        leg = sum.end;
    }
    return need;
}

#endif

/* Value a row by the shortest way that there is for it. */
static inline liq_row_record
liq_portfolio_value(liq_margin_tables tables, liq_portfolio_tables portfolio, liq_portfolio_row row)
{
#if LIQ_HAS_LANES
    liq_account_sum account;
    liq_u32 refused = 0;
    liq_wide need;

    if (liq_portfolio_is_small(portfolio, row)) {
        account = liq_portfolio_equity(tables, portfolio, row);
        if (account.reason != LIQ_REASON_NONE)
            return liq_row_unvalued(account.reason, account.reason_index);
        need = liq_portfolio_lanes_need(portfolio, row, &refused);
        return liq_portfolio_finish(tables, portfolio, account, need, refused);
    }
#endif
    return liq_portfolio_value_any(tables, portfolio, row);
}

#endif
