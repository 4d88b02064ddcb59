/*
 * The tables that the margin rule reads, and the sums that it carries along a row.
 */
#ifndef LIQ_SUM_H
#define LIQ_SUM_H

#include "liq_record.h"

typedef struct liq_margin_tables {
    LIQ_GLOBAL const liq_instrument_record *instruments;
    LIQ_GLOBAL const liq_tier_record *tiers;
    LIQ_GLOBAL const liq_asset_record *assets;
    LIQ_GLOBAL const liq_slice_record *slices;
    LIQ_GLOBAL const liq_divisor *powers; /* 10^0 .. 10^18 */
    LIQ_GLOBAL const liq_policy_record *policy;
} liq_margin_tables;

LIQ_INLINE liq_margin_tables liq_margin_tables_make(
    LIQ_GLOBAL const liq_instrument_record *instruments, LIQ_GLOBAL const liq_tier_record *tiers,
    LIQ_GLOBAL const liq_asset_record *assets, LIQ_GLOBAL const liq_slice_record *slices,
    LIQ_GLOBAL const liq_divisor *powers, LIQ_GLOBAL const liq_policy_record *policy)
{
    liq_margin_tables out;

    out.instruments = instruments;
    out.tiers = tiers;
    out.assets = assets;
    out.slices = slices;
    out.powers = powers;
    out.policy = policy;
    return out;
}

/* Entries of margin rows as arrays: (tag, quantity, value) each. */
typedef struct liq_packed_entries {
    LIQ_GLOBAL const liq_u32 *tags;
    LIQ_GLOBAL const liq_i64 *quantities;
    LIQ_GLOBAL const liq_i64 *values;
} liq_packed_entries;

LIQ_INLINE liq_packed_entries liq_packed_entries_make(LIQ_GLOBAL const liq_u32 *tags,
                                                      LIQ_GLOBAL const liq_i64 *quantities,
                                                      LIQ_GLOBAL const liq_i64 *values)
{
    liq_packed_entries out;

    out.tags = tags;
    out.quantities = quantities;
    out.values = values;
    return out;
}

/* Sums over legs of one settle asset. */
typedef struct liq_leg_sum {
    liq_wide pnl;         /* fine units: unrealised PnL and order loss */
    liq_wide notional;    /* fine units: positions */
    liq_wide exposure;    /* fine units: positions and orders, both sides */
    liq_wide maintenance; /* grains of the asset */
    liq_wide initial;     /* grains of the asset */
    liq_u32 positions;
    liq_u32 reason; /* the first one met, in the order of entries */
    liq_u32 reason_index;
    liq_u32 reserved_zero;
} liq_leg_sum;
LIQ_STATIC_ASSERT(sizeof(liq_leg_sum) == 96, leg_sum_size);

/* If all orders of a side filled: the lots of the instrument whose legs follow. */
typedef struct liq_exposure {
    liq_u32 instrument_index; /* LIQ_NO_INDEX: none is open */
    liq_u32 reserved_zero;
    liq_i64 long_lots;
    liq_i64 short_lots;
} liq_exposure;

/* Sums over the whole row, in cash grains. */
typedef struct liq_account_sum {
    liq_wide equity;
    liq_wide notional;
    liq_wide maintenance;
    liq_wide initial;
    liq_u32 positions;
    liq_u32 reason;
    liq_u32 reason_index;
    liq_u32 reserved_zero;
} liq_account_sum;

static inline liq_leg_sum liq_leg_sum_zero(void)
{
    const liq_wide zero = liq_wide_make(0, 0);
    liq_leg_sum out;

    out.pnl = zero;
    out.notional = zero;
    out.exposure = zero;
    out.maintenance = zero;
    out.initial = zero;
    out.positions = 0;
    out.reason = LIQ_REASON_NONE;
    out.reason_index = 0;
    out.reserved_zero = 0;
    return out;
}

static inline liq_account_sum liq_account_sum_zero(void)
{
    const liq_wide zero = liq_wide_make(0, 0);
    liq_account_sum out;

    out.equity = zero;
    out.notional = zero;
    out.maintenance = zero;
    out.initial = zero;
    out.positions = 0;
    out.reason = LIQ_REASON_NONE;
    out.reason_index = 0;
    out.reserved_zero = 0;
    return out;
}

static inline liq_exposure liq_exposure_none(void)
{
    liq_exposure out;

    out.instrument_index = LIQ_NO_INDEX;
    out.reserved_zero = 0;
    out.long_lots = 0;
    out.short_lots = 0;
    return out;
}

static inline void liq_leg_refuse(liq_leg_sum *sum, liq_u32 reason, liq_u32 index)
{
    if (sum->reason != LIQ_REASON_NONE)
        return;
    sum->reason = reason;
    sum->reason_index = index;
}

static inline void liq_account_refuse(liq_account_sum *sum, liq_u32 reason, liq_u32 index)
{
    if (sum->reason != LIQ_REASON_NONE)
        return;
    sum->reason = reason;
    sum->reason_index = index;
}

/* Put the sums of a later stretch of the same segment behind those of an earlier one. */
static inline void liq_leg_sum_append(liq_leg_sum *sum, liq_leg_sum later)
{
    sum->pnl = liq_wide_add(sum->pnl, later.pnl);
    sum->notional = liq_wide_add(sum->notional, later.notional);
    sum->exposure = liq_wide_add(sum->exposure, later.exposure);
    sum->maintenance = liq_wide_add(sum->maintenance, later.maintenance);
    sum->initial = liq_wide_add(sum->initial, later.initial);
    sum->positions += later.positions;
    if (later.reason != LIQ_REASON_NONE)
        liq_leg_refuse(sum, later.reason, later.reason_index);
}

/* A row that has no value, and why. */
static inline liq_row_record liq_row_unvalued(liq_u32 reason, liq_u32 reason_index)
{
    liq_row_record out;

    out.equity = 0;
    out.maintenance = 0;
    out.initial = 0;
    out.notional = 0;
    out.status = LIQ_ROW_UNVALUED;
    out.reason = reason;
    out.reason_index = reason_index;
    out.reserved_zero = 0;
    return out;
}

#endif
