/*
 * Requirements of one leg: the tier that holds for a size, and its maintenance and initial margin.
 */
#ifndef LIQ_TIER_H
#define LIQ_TIER_H

#include "liq_sum.h"

/* An instrument at its mark, loaded once for each leg. */
typedef struct liq_marked {
    liq_instrument_record record;
    liq_u64 lot_size; /* size of one lot's value at the mark, rounded up as notional is */
    liq_u32 index;
    liq_u32 reserved_zero;
} liq_marked;

/* A rate out of a tier: base, and for a rate linear in size its slope. */
typedef struct liq_rate {
    liq_i64 base;
    liq_i64 slope;
    liq_u32 slope_power;
    liq_u32 reserved_zero;
} liq_rate;

LIQ_INLINE liq_marked liq_marked_load(liq_margin_tables tables, liq_u32 index)
{
    liq_marked out;

    out.record = tables.instruments[index];
    /* The larger of the two sizes: of a negative pair the floor, of a positive one the ceiling. */
    out.lot_size = out.record.value_floor < 0 ? liq_size_of(out.record.value_floor)
                                              : (liq_u64)out.record.value_ceil;
    out.index = index;
    out.reserved_zero = 0;
    return out;
}

/* Index of the tier that holds for a size, when it is not below a tier; tiers are sorted by floor.
 */
LIQ_INLINE liq_u32 liq_tier_from(liq_margin_tables tables, liq_instrument_record instrument,
                                 liq_u32 tier, liq_i64 lots)
{
    const liq_u32 end = instrument.tier_first + instrument.tier_count;
    liq_u32 at = tier;

    while (at + 1 < end && tables.tiers[at + 1].floor_lots <= lots)
        at++;
    return at;
}

/* The same for any size: the first floor is zero. */
LIQ_INLINE liq_u32 liq_tier_of(liq_margin_tables tables, liq_instrument_record instrument,
                               liq_i64 lots)
{
    return liq_tier_from(tables, instrument, instrument.tier_first, lots);
}

static inline liq_rate liq_tier_maintenance(liq_margin_tables tables, liq_u32 tier)
{
    liq_rate out;

    out.base = tables.tiers[tier].maintenance_rate;
    out.slope = tables.tiers[tier].maintenance_slope;
    out.slope_power = tables.tiers[tier].maintenance_slope_power;
    out.reserved_zero = 0;
    return out;
}

static inline liq_rate liq_tier_initial(liq_margin_tables tables, liq_u32 tier)
{
    liq_rate out;

    out.base = tables.tiers[tier].initial_rate;
    out.slope = tables.tiers[tier].initial_slope;
    out.slope_power = tables.tiers[tier].initial_slope_power;
    out.reserved_zero = 0;
    return out;
}

/* ceil(value x share / 10^6) for a value that is not negative and a share below 10^6. */
static inline liq_wide liq_millionths_ceil(liq_wide value, liq_u64 share)
{
    const liq_u64 million = 1000000;
    const liq_wide product = liq_wide_scale(value, share);
    const liq_u64 high = product.high / million;
    const liq_u64 middle = ((product.high % million) << 32) | (product.low >> 32);
    const liq_u64 low = ((middle % million) << 32) | (product.low & 0xffffffffu);
    const liq_wide floor = liq_wide_make(high, ((middle / million) << 32) + low / million);

    return liq_wide_add(floor, liq_wide_make(0, low % million != 0 ? 1 : 0));
}

/*
 * A rate that grows with the size (Deribit standard margin: base + slope x size) as a count of
 * 10^-(r+6); the part from the size is rounded up. A rate of 900% or more is refused.
 */
static inline liq_u64 liq_sloped_rate_ceil(liq_margin_tables tables, liq_leg_sum *sum,
                                           liq_marked marked, liq_rate rate, liq_i64 lots)
{
    const liq_divisor by = tables.powers[rate.slope_power];
    const liq_wide product = liq_wide_multiply_unsigned((liq_u64)lots, (liq_u64)rate.slope);
    const liq_wide bound = liq_wide_make(by.divisor >> 1, by.divisor << 63);
    const liq_u64 rate_max = tables.assets[marked.record.asset_index].grains_per_fine *
                             (liq_u64)(LIQ_SLOPED_RATE_FINER * LIQ_RATE_WHOLE_MAX);
    liq_u64 out = rate_max;

    if (liq_wide_less(product, bound))
        out = liq_wide_divide_ceil(product, by) + (liq_u64)rate.base;
    if (out < rate_max)
        return out;
    liq_leg_refuse(sum, LIQ_REASON_RATE_RANGE, marked.index);
    return 0;
}

/* A requirement in grains: a notional x a rate, of which rate_lots count for a sloped rate. */
static inline liq_wide liq_requirement_ceil(liq_margin_tables tables, liq_leg_sum *sum,
                                            liq_marked marked, liq_rate rate, liq_wide notional,
                                            liq_i64 rate_lots)
{
    const liq_u64 million = LIQ_SLOPED_RATE_FINER;
    liq_u64 sloped;

    if (!(marked.record.flags & LIQ_INSTRUMENT_LINEAR_IN_SIZE))
        return liq_wide_scale(notional, (liq_u64)rate.base);
    sloped = liq_sloped_rate_ceil(tables, sum, marked, rate, rate_lots);
    return liq_wide_add(liq_wide_scale(notional, sloped / million),
                        liq_millionths_ceil(notional, sloped % million));
}

LIQ_INLINE liq_wide liq_notional_ceil(liq_marked marked, liq_i64 lots)
{
    return liq_wide_multiply_unsigned((liq_u64)lots, marked.lot_size);
}

/* What a deduction leaves of a requirement; never less than nothing. */
LIQ_INLINE liq_wide liq_deducted(liq_wide gross, liq_wide deduction)
{
    const liq_wide net = liq_wide_subtract(gross, deduction);

    return liq_wide_negative(net) ? liq_wide_make(0, 0) : net;
}

/*
 * Maintenance margin in grains of a size alone, in the tier that holds for it: notional x rate -
 * deduction. Only tables with deductions have one that is not zero.
 */
static inline liq_wide liq_maintenance_alone(liq_margin_tables tables, liq_leg_sum *sum,
                                             liq_marked marked, liq_u32 tier, liq_wide notional,
                                             liq_i64 lots)
{
    const liq_wide gross = liq_requirement_ceil(tables, sum, marked,
                                                liq_tier_maintenance(tables, tier), notional, lots);

    return liq_deducted(gross, tables.tiers[tier].deduction);
}

static inline liq_wide liq_maintenance_of(liq_margin_tables tables, liq_leg_sum *sum,
                                          liq_marked marked, liq_i64 lots)
{
    return liq_maintenance_alone(tables, sum, marked, liq_tier_of(tables, marked.record, lots),
                                 liq_notional_ceil(marked, lots), lots);
}

/*
 * Maintenance margin in grains of a leg of lots, when more than it, total_lots, count for its tier.
 * By a continuous table the leg pays what it adds on top of the orders, and never less than alone:
 * a deduction that the venue stated may jump. By a whole-size or sloped rate it pays the rate of
 * the total.
 */
static inline liq_wide liq_maintenance_of_total(liq_margin_tables tables, liq_leg_sum *sum,
                                                liq_marked marked, liq_i64 lots, liq_i64 total_lots)
{
    const liq_u32 tier = liq_tier_of(tables, marked.record, total_lots);
    liq_wide alone;
    liq_wide added;

    if (!(marked.record.flags & LIQ_INSTRUMENT_CONTINUOUS))
        return liq_requirement_ceil(tables, sum, marked, liq_tier_maintenance(tables, tier),
                                    liq_notional_ceil(marked, lots), total_lots);
    alone = liq_maintenance_of(tables, sum, marked, lots);
    added = liq_wide_subtract(liq_maintenance_of(tables, sum, marked, total_lots),
                              liq_maintenance_of(tables, sum, marked, total_lots - lots));
    return liq_wide_less(added, alone) ? alone : added;
}

/* Initial margin in grains of a size: notional x the rate of its tier. */
static inline liq_wide liq_initial(liq_margin_tables tables, liq_leg_sum *sum, liq_marked marked,
                                   liq_i64 lots)
{
    const liq_u32 tier = liq_tier_of(tables, marked.record, lots);

    return liq_requirement_ceil(tables, sum, marked, liq_tier_initial(tables, tier),
                                liq_notional_ceil(marked, lots), lots);
}

#endif
