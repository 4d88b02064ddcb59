/*
 * The rule of portfolio margin. It exists once: kernels/portfolio_rows.cl and the CPU truth both
 * call this text.
 *
 * The equity of a row is that of any other (liq_margin.h). Its requirement is what it would lose in
 * the worst scenario. The host has priced each instrument in each scenario of its underlying and
 * rounded the PnL of one lot to fine units of the margin currency, twice, against a holder who is
 * long and against one who is short: from there on only integers follow.
 *
 * Underlyings of one class fall and rise together: their losses are summed scenario by scenario,
 * gains count a share, and the class needs its worst scenario. Classes are summed. A contingency is
 * added to a class; a minimum is what it needs at least.
 */
#ifndef LIQ_PORTFOLIO_H
#define LIQ_PORTFOLIO_H

#include "liq_margin.h"

/* Scenarios of an underlying, the padding included: a lane of a work-group each. */
#define LIQ_PORTFOLIO_SCENARIOS_MAX 64u

/* Scenarios that are summed in one walk over the legs; every count of scenarios is a multiple of 8.
 */
#ifndef LIQ_PORTFOLIO_STEP
#define LIQ_PORTFOLIO_STEP 8u
#endif

/* Underlyings of a venue: 1024 sums of less than 2^97 fine units are far from 2^127. */
#define LIQ_PORTFOLIO_UNITS_MAX 1024u

/* Positions of one row. */
#define LIQ_PORTFOLIO_LEGS_MAX 2048u

#define LIQ_PORTFOLIO_ONE 1000000u           /* shares, rates and factors count 10^-6 */
#define LIQ_PORTFOLIO_FACTOR_MAX 1000000000u /* of them all: 2^97 x 10^9 is below 2^127 */
#define LIQ_PORTFOLIO_CONTINGENCY 0u         /* charges that are added */
#define LIQ_PORTFOLIO_MINIMUM 1u             /* charges that are a floor */
#define LIQ_PORTFOLIO_CHARGES 2u

/* One lot of an instrument in the scenarios of its underlying, in fine units of the margin
 * currency. */
typedef struct liq_portfolio_instrument_record {
    liq_u32 unit;         /* its underlying; LIQ_NO_INDEX: the venue has no grid for it */
    liq_u32 reason;       /* LIQ_REASON_NONE, or why it has no numbers */
    liq_u32 reason_index; /* what the reason speaks of */
    liq_u32 grid_first;   /* PnL of a long lot by scenario, and then of a lot that is held short */
    liq_i64 delta;        /* value of the underlying that a long lot stands for, size rounded up */
    liq_i64 long_charges[LIQ_PORTFOLIO_CHARGES]; /* of each lot held long, rounded up */
    liq_i64 short_charges[LIQ_PORTFOLIO_CHARGES];
    liq_u64 most; /* no number of it is larger: PnL, delta, charges */
} liq_portfolio_instrument_record;
LIQ_STATIC_ASSERT(sizeof(liq_portfolio_instrument_record) == 64, portfolio_instrument_record_size);

/* What the deltas of an underlying are charged, and how a charge grows with its size. */
typedef struct liq_portfolio_charge_record {
    liq_u32 net_rate;    /* of the difference between long and short delta */
    liq_u32 hedged_rate; /* of the smaller of the two */
    liq_u32 tier_first;
    liq_u32 tier_count; /* 0: the charge counts as it is */
} liq_portfolio_charge_record;
LIQ_STATIC_ASSERT(sizeof(liq_portfolio_charge_record) == 16, portfolio_charge_record_size);

/* An underlying; those of one class lie side by side. */
typedef struct liq_portfolio_unit_record {
    liq_u32 class_index;
    liq_u32 scenario_count; /* a multiple of 8, the same in all of a class */
    liq_u64 gain_share;     /* of its gain in a scenario, against losses of its class */
    liq_portfolio_charge_record charges[LIQ_PORTFOLIO_CHARGES];
} liq_portfolio_unit_record;
LIQ_STATIC_ASSERT(sizeof(liq_portfolio_unit_record) == 48, portfolio_unit_record_size);

/* A slice of a charge, from the slice before up to here. */
typedef struct liq_portfolio_tier_record {
    liq_wide up_to; /* fine units */
    liq_u64 multiplier;
    liq_u64 reserved_zero;
} liq_portfolio_tier_record;
LIQ_STATIC_ASSERT(sizeof(liq_portfolio_tier_record) == 32, portfolio_tier_record_size);

typedef struct liq_portfolio_policy_record {
    liq_wide sum_max; /* largest sum of fine units: asset 0's fine_max */
    liq_u64 maintenance_factor;
    liq_u64 initial_factor;
} liq_portfolio_policy_record;
LIQ_STATIC_ASSERT(sizeof(liq_portfolio_policy_record) == 32, portfolio_policy_record_size);

typedef struct liq_portfolio_tables {
    LIQ_GLOBAL const liq_portfolio_instrument_record *instruments;
    LIQ_GLOBAL const liq_portfolio_unit_record *units;
    LIQ_GLOBAL const liq_portfolio_tier_record *tiers;
    LIQ_GLOBAL const liq_i64 *grid; /* so that the scenarios of a lot lie side by side */
    LIQ_GLOBAL const liq_portfolio_policy_record *policy;
} liq_portfolio_tables;

/* A row: its entries, and which of them are positions, in the order of their underlyings. */
typedef struct liq_portfolio_row {
    liq_packed_entries entries;
    LIQ_GLOBAL const liq_u32 *order;
    liq_u64 entry_first;
    liq_u32 entry_count;
    liq_u32 leg_count;
} liq_portfolio_row;

/* One class over a few scenarios. */
typedef struct liq_portfolio_class_sum {
    liq_wide losses[LIQ_PORTFOLIO_STEP]; /* fine units; a gain is below zero */
    liq_wide charges[LIQ_PORTFOLIO_CHARGES];
    liq_u32 end;     /* the leg behind the class */
    liq_u32 refused; /* a sum is past what may be multiplied */
} liq_portfolio_class_sum;

/* The same of one underlying, not yet weighed. */
typedef struct liq_portfolio_unit_sum {
    liq_wide pnl[LIQ_PORTFOLIO_STEP];
    liq_wide longs; /* delta of both sides, as sizes */
    liq_wide shorts;
    liq_wide charges[LIQ_PORTFOLIO_CHARGES];
} liq_portfolio_unit_sum;

/* floor(value x share / 10^6) for a value that is not negative and a product below 2^127. */
static inline liq_wide liq_portfolio_share_floor(liq_wide value, liq_u64 share)
{
    liq_wide product;
    const liq_wide most = liq_wide_make(0, LIQ_PORTFOLIO_ONE - 1);

    if (share == LIQ_PORTFOLIO_ONE)
        return value; /* most venues: nothing to divide */
    product = liq_wide_scale(value, share);
    if (liq_wide_less(product, most))
        return liq_wide_make(0, 0);
    return liq_millionths_ceil(liq_wide_subtract(product, most), 1);
}

/* The same rounded up; most rates are nothing or all. */
static inline liq_wide liq_portfolio_share_ceil(liq_wide value, liq_u64 share)
{
    if (share == 0)
        return liq_wide_make(0, 0);
    return share == LIQ_PORTFOLIO_ONE ? value : liq_millionths_ceil(value, share);
}

/* A position as it counts in equity: what any other position is, without a requirement. */
static inline void liq_portfolio_leg(liq_margin_tables tables, liq_portfolio_tables portfolio,
                                     liq_leg_sum *sum, liq_u32 tag, liq_i64 quantity, liq_i64 value)
{
    const liq_u32 kind = tag >> LIQ_TAG_INDEX_BITS;
    const liq_marked marked = liq_marked_load(tables, tag & LIQ_TAG_INDEX_MAX);
    const liq_portfolio_instrument_record instrument = portfolio.instruments[marked.index];

    if (marked.record.flags & LIQ_INSTRUMENT_NO_MARK)
        liq_leg_refuse(sum, LIQ_REASON_NO_MARK, marked.index);
    if (marked.record.flags & LIQ_INSTRUMENT_MARK_RANGE)
        liq_leg_refuse(sum, LIQ_REASON_MARK_RANGE, marked.index);
    if (kind == LIQ_ENTRY_ORDER)
        liq_margin_order(sum, marked, quantity, value);
    if (kind != LIQ_ENTRY_POSITION)
        return;
    if (instrument.unit == LIQ_NO_INDEX)
        liq_leg_refuse(sum, LIQ_REASON_NO_GRID, marked.index);
    if (instrument.reason != LIQ_REASON_NONE)
        liq_leg_refuse(sum, instrument.reason, instrument.reason_index);
    sum->pnl = liq_wide_add(sum->pnl, liq_pnl_floor(marked, quantity, value));
    sum->notional =
        liq_wide_add(sum->notional, liq_notional_ceil(marked, (liq_i64)liq_size_of(quantity)));
    sum->positions += 1;
}

/* Equity and notional of a row; its requirements stay zero. */
static inline liq_account_sum liq_portfolio_equity(liq_margin_tables tables,
                                                   liq_portfolio_tables portfolio,
                                                   liq_portfolio_row row)
{
    liq_account_sum account = liq_account_sum_zero();
    liq_leg_sum legs = liq_leg_sum_zero();
    liq_u32 i;

    for (i = 0; i < row.entry_count; i++) {
        const liq_u64 at = row.entry_first + i;
        const liq_u32 tag = row.entries.tags[at];

        if (tag >> LIQ_TAG_INDEX_BITS < LIQ_ENTRY_BALANCE) {
            liq_portfolio_leg(tables, portfolio, &legs, tag, row.entries.quantities[at],
                              row.entries.values[at]);
            continue;
        }
        liq_margin_close(tables, &account, legs, tag, row.entries.quantities[at]);
        legs = liq_leg_sum_zero();
    }
    return account;
}

static inline liq_portfolio_instrument_record
liq_portfolio_instrument_of(liq_portfolio_tables tables, liq_portfolio_row row, liq_u32 leg)
{
    const liq_u32 tag = row.entries.tags[row.entry_first + row.order[leg]];

    return tables.instruments[tag & LIQ_TAG_INDEX_MAX];
}

/* Where the PnL of a lot lies, scenario after scenario. */
static inline liq_u64 liq_portfolio_grid_at(liq_portfolio_tables tables,
                                            liq_portfolio_instrument_record instrument,
                                            liq_u32 is_short)
{
    return instrument.grid_first +
           (is_short ? (liq_u64)tables.units[instrument.unit].scenario_count : 0);
}

/* Add a position to the sums of its underlying, in the scenarios from one on. */
static inline void liq_portfolio_unit_add(liq_portfolio_tables tables, liq_portfolio_unit_sum *sum,
                                          liq_portfolio_instrument_record instrument,
                                          liq_i64 quantity, liq_u32 scenario)
{
    const liq_u32 is_short = quantity < 0;
    const liq_u64 at = liq_portfolio_grid_at(tables, instrument, is_short) + scenario;
    const liq_u64 lots = liq_size_of(quantity);
    const liq_wide delta = liq_wide_multiply_unsigned(lots, liq_size_of(instrument.delta));
    liq_u32 i;

    for (i = 0; i < LIQ_PORTFOLIO_STEP; i++)
        sum->pnl[i] = liq_wide_add(sum->pnl[i], liq_wide_multiply(quantity, tables.grid[at + i]));
    if ((instrument.delta < 0) == is_short)
        sum->longs = liq_wide_add(sum->longs, delta);
    else
        sum->shorts = liq_wide_add(sum->shorts, delta);
    for (i = 0; i < LIQ_PORTFOLIO_CHARGES; i++)
        sum->charges[i] = liq_wide_add(
            sum->charges[i],
            liq_wide_multiply_unsigned(lots, (liq_u64)(is_short ? instrument.short_charges[i]
                                                                : instrument.long_charges[i])));
}

/* A charge by slices: what lies in a slice counts its multiplier (OKX: the adjusted minimum). */
static inline liq_wide liq_portfolio_tiered_ceil(liq_portfolio_tables tables,
                                                 liq_portfolio_charge_record charge, liq_wide raw)
{
    liq_wide from = liq_wide_make(0, 0);
    liq_wide out = liq_wide_make(0, 0);
    liq_u32 i;

    if (charge.tier_count == 0)
        return raw;
    for (i = 0; i < charge.tier_count && liq_wide_less(from, raw); i++) {
        const liq_portfolio_tier_record tier = tables.tiers[charge.tier_first + i];
        const liq_wide to = liq_wide_less(raw, tier.up_to) ? raw : tier.up_to;

        out = liq_wide_add(out,
                           liq_portfolio_share_ceil(liq_wide_subtract(to, from), tier.multiplier));
        from = to;
    }
    return out;
}

/* What an underlying is charged beside its scenarios. */
static inline liq_wide liq_portfolio_charge_ceil(liq_portfolio_tables tables,
                                                 liq_portfolio_charge_record charge, liq_wide lots,
                                                 liq_wide longs, liq_wide shorts, liq_u32 *refused)
{
    const liq_u32 more_short = liq_wide_less(longs, shorts);
    const liq_wide hedged = more_short ? longs : shorts;
    const liq_wide net =
        more_short ? liq_wide_subtract(shorts, longs) : liq_wide_subtract(longs, shorts);
    const liq_wide raw =
        liq_wide_add(lots, liq_wide_add(liq_portfolio_share_ceil(net, charge.net_rate),
                                        liq_portfolio_share_ceil(hedged, charge.hedged_rate)));

    if (!liq_wide_within(raw, tables.policy->sum_max)) {
        *refused = 1;
        return liq_wide_make(0, 0);
    }
    return liq_portfolio_tiered_ceil(tables, charge, raw);
}

/* Weigh the sums of an underlying and add them to its class. */
static inline void liq_portfolio_class_add(liq_portfolio_tables tables,
                                           liq_portfolio_class_sum *sum,
                                           liq_portfolio_unit_record unit,
                                           const liq_portfolio_unit_sum *own)
{
    const liq_wide bound = tables.policy->sum_max;
    liq_u32 i;

    for (i = 0; i < LIQ_PORTFOLIO_STEP; i++) {
        const liq_wide pnl = own->pnl[i];

        if (!liq_wide_within(pnl, bound))
            sum->refused = 1;
        else if (liq_wide_negative(pnl))
            sum->losses[i] = liq_wide_subtract(sum->losses[i], pnl);
        else
            sum->losses[i] =
                liq_wide_subtract(sum->losses[i], liq_portfolio_share_floor(pnl, unit.gain_share));
    }
    for (i = 0; i < LIQ_PORTFOLIO_CHARGES; i++)
        if (!liq_wide_within(own->longs, bound) || !liq_wide_within(own->shorts, bound) ||
            !liq_wide_within(own->charges[i], bound))
            sum->refused = 1;
        else
            sum->charges[i] = liq_wide_add(
                sum->charges[i], liq_portfolio_charge_ceil(tables, unit.charges[i], own->charges[i],
                                                           own->longs, own->shorts, &sum->refused));
}

/*
 * The class that begins at a leg, in LIQ_PORTFOLIO_STEP scenarios. Each position is loaded once for
 * them all. Charges do not depend on the scenario: every walk gives the same.
 */
static inline liq_portfolio_class_sum liq_portfolio_class(liq_portfolio_tables tables,
                                                          liq_portfolio_row row, liq_u32 leg,
                                                          liq_u32 scenario)
{
    const liq_wide zero = liq_wide_make(0, 0);
    liq_portfolio_instrument_record instrument = liq_portfolio_instrument_of(tables, row, leg);
    const liq_u32 class_index = tables.units[instrument.unit].class_index;
    liq_portfolio_class_sum out;
    liq_u32 i;

    for (i = 0; i < LIQ_PORTFOLIO_STEP; i++)
        out.losses[i] = zero;
    for (i = 0; i < LIQ_PORTFOLIO_CHARGES; i++)
        out.charges[i] = zero;
    out.refused = 0;
    while (leg < row.leg_count && tables.units[instrument.unit].class_index == class_index) {
        const liq_u32 unit = instrument.unit;
        liq_portfolio_unit_sum own;

        for (i = 0; i < LIQ_PORTFOLIO_STEP; i++)
            own.pnl[i] = zero;
        for (i = 0; i < LIQ_PORTFOLIO_CHARGES; i++)
            own.charges[i] = zero;
        own.longs = zero;
        own.shorts = zero;
        while (instrument.unit == unit) {
            liq_portfolio_unit_add(tables, &own, instrument,
                                   row.entries.quantities[row.entry_first + row.order[leg]],
                                   scenario);
            if (++leg == row.leg_count)
                break;
            instrument = liq_portfolio_instrument_of(tables, row, leg);
        }
        liq_portfolio_class_add(tables, &out, tables.units[unit], &own);
    }
    out.end = leg;
    return out;
}

/* What a class needs: its worst scenario and the contingency, or at least the minimum. */
static inline liq_wide liq_portfolio_class_need(liq_portfolio_class_sum sum, liq_wide worst)
{
    const liq_wide need = liq_wide_add(worst, sum.charges[LIQ_PORTFOLIO_CONTINGENCY]);
    const liq_wide minimum = sum.charges[LIQ_PORTFOLIO_MINIMUM];

    return liq_wide_less(need, minimum) ? minimum : need;
}

/* The larger loss; no scenario counts as a gain. */
static inline liq_wide liq_portfolio_worse(liq_wide worst, liq_wide loss)
{
    return liq_wide_less(worst, loss) ? loss : worst;
}

/* A requirement in cash grains of what the classes need together. */
static inline liq_wide liq_portfolio_grains_ceil(liq_margin_tables tables,
                                                 liq_portfolio_tables portfolio, liq_wide need,
                                                 liq_u64 factor, liq_account_sum *account)
{
    const liq_wide bound = portfolio.policy->sum_max;
    liq_wide fine;

    if (liq_wide_within(need, bound)) {
        fine = liq_portfolio_share_ceil(need, factor);
        if (liq_wide_within(fine, bound))
            return liq_wide_scale(fine, tables.assets[0].grains_per_fine);
    }
    liq_account_refuse(account, LIQ_REASON_SCENARIO, LIQ_NO_INDEX);
    return liq_wide_make(0, 0);
}

/* The end of a row whose legs have all their numbers. */
static inline liq_row_record liq_portfolio_finish(liq_margin_tables tables,
                                                  liq_portfolio_tables portfolio,
                                                  liq_account_sum account, liq_wide need,
                                                  liq_u32 refused)
{
    if (refused)
        liq_account_refuse(&account, LIQ_REASON_SCENARIO, LIQ_NO_INDEX);
    account.maintenance = liq_portfolio_grains_ceil(tables, portfolio, need,
                                                    portfolio.policy->maintenance_factor, &account);
    account.initial = liq_portfolio_grains_ceil(tables, portfolio, need,
                                                portfolio.policy->initial_factor, &account);
    return liq_margin_finish(tables, account);
}

/* Value any row, all scenarios one step after the other; liq_portfolio_value takes the short way
 * for most. */
LIQ_RARE liq_row_record liq_portfolio_value_any(liq_margin_tables tables,
                                                liq_portfolio_tables portfolio,
                                                liq_portfolio_row row)
{
    const liq_account_sum account = liq_portfolio_equity(tables, portfolio, row);
    liq_wide need = liq_wide_make(0, 0);
    liq_u32 refused = 0;
    liq_u32 leg = 0;

    if (account.reason != LIQ_REASON_NONE)
        return liq_row_unvalued(account.reason, account.reason_index);
    while (leg < row.leg_count) {
        const liq_portfolio_instrument_record first =
            liq_portfolio_instrument_of(portfolio, row, leg);
        const liq_u32 count = portfolio.units[first.unit].scenario_count;
        liq_portfolio_class_sum sum;
        liq_wide worst = liq_wide_make(0, 0);
        liq_u32 scenario = 0;
        liq_u32 i;

        do {
            sum = liq_portfolio_class(portfolio, row, leg, scenario);
            for (i = 0; i < LIQ_PORTFOLIO_STEP; i++)
                worst = liq_portfolio_worse(worst, sum.losses[i]);
            refused |= sum.refused;
            scenario += LIQ_PORTFOLIO_STEP;
        } while (scenario < count);
        need = liq_wide_add(need, liq_portfolio_class_need(sum, worst));
        leg = sum.end;
    }
    return liq_portfolio_finish(tables, portfolio, account, need, refused);
}

#endif
