/*
 * What one asset is worth to an account in cash grains: balances with their weights, PnL, and
 * requirements in an asset other than the margin currency.
 */
#ifndef LIQ_COLLATERAL_H
#define LIQ_COLLATERAL_H

#include "liq_sum.h"

/* Grains of 2^63 - 1 units: sums up to here round to units that 64 bits hold. */
LIQ_INLINE liq_wide liq_units_bound(void)
{
    return liq_wide_multiply(LIQ_I64_MAX, LIQ_GRAINS_PER_UNIT);
}

/* floor(grains / 10^16) for grains within liq_units_bound. */
LIQ_INLINE liq_i64 liq_units_floor(liq_wide grains)
{
    if (liq_wide_negative(grains))
        return -(liq_i64)liq_wide_divide_ceil(liq_wide_negate(grains), liq_grains_divisor());
    return (liq_i64)liq_wide_divide_floor(grains, liq_grains_divisor());
}

/* ceil(grains / 10^16) for grains of 0 .. liq_units_bound. */
LIQ_INLINE liq_i64 liq_units_ceil(liq_wide grains)
{
    return (liq_i64)liq_wide_divide_ceil(grains, liq_grains_divisor());
}

/* units x exchange rate, at full weight, in cash grains; refused when past 2^63 cash units. */
static inline liq_wide liq_asset_exchange(liq_account_sum *account, liq_u32 reason, liq_u32 tag,
                                          liq_asset_record asset, liq_i64 units)
{
    const liq_wide product = liq_wide_multiply(units, asset.exchange_rate);
    const liq_wide bound = liq_wide_multiply(LIQ_I64_MAX, LIQ_EXCHANGE_RATE_ONE);

    if (!liq_wide_within(product, bound)) {
        liq_account_refuse(account, reason, tag & LIQ_TAG_INDEX_MAX);
        return liq_wide_make(0, 0);
    }
    return liq_wide_scale_signed(product, LIQ_WEIGHT_ONE);
}

/*
 * Collateral value in cash grains of an amount: each slice of a positive amount has its weight, a
 * negative amount counts in full (Binance portfolio margin, Bybit UTA).
 */
static inline liq_wide liq_asset_collateral(liq_margin_tables tables, liq_account_sum *account,
                                            liq_u32 tag, liq_asset_record asset, liq_i64 amount)
{
    /* The whole is in range, so each slice of it is. */
    const liq_wide whole = liq_asset_exchange(account, LIQ_REASON_BALANCE, tag, asset, amount);
    liq_wide out = liq_wide_make(0, 0);
    liq_i64 from = 0;
    liq_u32 i;

    if (amount < 0)
        return whole;
    for (i = 0; i < asset.slice_count && from < amount; i++) {
        const liq_slice_record slice = tables.slices[asset.slice_first + i];
        const liq_i64 to = amount < slice.up_to ? amount : slice.up_to;

        out = liq_wide_add(out, liq_wide_scale(liq_wide_multiply(to - from, asset.exchange_rate),
                                               (liq_u64)slice.weight));
        from = to;
    }
    return out;
}

/*
 * A requirement of one settle asset as cash grains: in the margin currency as it is, otherwise
 * rounded up to a unit of the asset and exchanged at the index price.
 */
static inline liq_wide liq_asset_requirement_ceil(liq_account_sum *account, liq_u32 reason,
                                                  liq_u32 tag, liq_asset_record asset,
                                                  liq_wide grains)
{
    if (asset.flags & LIQ_ASSET_MARGIN_CURRENCY)
        return grains;
    if (!liq_wide_within(grains, liq_units_bound())) {
        liq_account_refuse(account, reason, tag & LIQ_TAG_INDEX_MAX);
        return liq_wide_make(0, 0);
    }
    return liq_asset_exchange(account, reason, tag, asset, liq_units_ceil(grains));
}

/*
 * Equity in cash grains that one asset contributes: its PnL (grains of the asset, within
 * liq_units_bound) and its balance or isolated margin. Outside the margin currency PnL is
 * rounded down to a unit of the asset. Whether it joins the balance before the haircut is the
 * venue's policy.
 */
static inline liq_wide liq_asset_equity(liq_margin_tables tables, liq_account_sum *account,
                                        liq_u32 tag, liq_asset_record asset, liq_wide pnl_grains,
                                        liq_i64 amount)
{
    const liq_u32 isolated = tag >> LIQ_TAG_INDEX_BITS == LIQ_ENTRY_MARGIN;
    liq_i64 pnl;
    liq_i64 joined;
    liq_wide out;

    if (asset.flags & LIQ_ASSET_MARGIN_CURRENCY)
        return liq_wide_add(pnl_grains, liq_wide_multiply(amount, LIQ_GRAINS_PER_UNIT));
    pnl = liq_units_floor(pnl_grains);
    if (!isolated && (tables.policy->flags & LIQ_POLICY_PNL_IS_COLLATERAL)) {
        joined = (liq_i64)((liq_u64)amount + (liq_u64)pnl);
        if ((amount < 0) == (pnl < 0) && (joined < 0) != (pnl < 0))
            liq_account_refuse(account, LIQ_REASON_BALANCE, tag & LIQ_TAG_INDEX_MAX);
        return liq_asset_collateral(tables, account, tag, asset, joined);
    }
    out = liq_asset_exchange(account, LIQ_REASON_PNL, tag, asset, pnl);
    if (isolated)
        return liq_wide_add(out,
                            liq_asset_exchange(account, LIQ_REASON_BALANCE, tag, asset, amount));
    return liq_wide_add(out, liq_asset_collateral(tables, account, tag, asset, amount));
}

#endif
