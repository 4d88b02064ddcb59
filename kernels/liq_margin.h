/*
 * The margin rule. It exists once: the device kernels and the CPU truth both call this text.
 *
 * A margin account is a row of entries ordered by settle asset. The legs of one asset
 * (positions, orders, exposures) are summed in that asset (liq_margin_leg) until the asset's own
 * entry closes the segment (liq_margin_close): there sums become cash grains, and, where the
 * asset is not the margin currency, are rounded once, against the trader. After the last
 * entry liq_margin_finish rounds the account once more and compares.
 *
 * Sums are modulo 2^128. liq_limits.h bounds PnL and notional so that these two cannot wrap, and a
 * notional inside its limit bounds what is multiplied by a rate; so checking both when a
 * segment closes is enough.
 */
#ifndef LIQ_MARGIN_H
#define LIQ_MARGIN_H

#include "liq_collateral.h"
#include "liq_tier.h"

/*
 * PnL in fine units against a reference value (entry or limit price): lots x (value at the mark -
 * reference). The mark is rounded down for a long and up for a short, both against the trader.
 */
LIQ_INLINE liq_wide liq_pnl_floor(liq_marked marked, liq_i64 quantity, liq_i64 reference)
{
    const liq_i64 value = quantity < 0 ? marked.record.value_ceil : marked.record.value_floor;

    return liq_wide_multiply(quantity, value - reference);
}

/*
 * A position that stands alone for its tier, by a rate that does not grow with the size: nearly
 * every leg there is. The notional and the PnL are the caller's.
 */
LIQ_INLINE void liq_margin_position_plain(liq_margin_tables tables, liq_leg_sum *sum,
                                          liq_instrument_record record, liq_i64 lots,
                                          liq_wide notional, liq_wide pnl)
{
    const liq_u32 is_lowest = lots < record.lowest_end_lots;
    liq_u64 maintenance_rate = (liq_u64)record.lowest_maintenance_rate;
    liq_u64 initial_rate = (liq_u64)record.lowest_initial_rate;
    liq_u32 tier = 0;
    liq_wide maintenance;

    if (!is_lowest) {
        /* Past the first tier, unless that is one that deducts. */
        tier =
            liq_tier_from(tables, record, record.tier_first + (record.lowest_end_lots > 0), lots);
        maintenance_rate = (liq_u64)tables.tiers[tier].maintenance_rate;
        initial_rate = (liq_u64)tables.tiers[tier].initial_rate;
    }
    maintenance = liq_wide_scale(notional, maintenance_rate);
    if (!is_lowest)
        maintenance = liq_deducted(maintenance, tables.tiers[tier].deduction);
    sum->pnl = liq_wide_add(sum->pnl, pnl);
    sum->notional = liq_wide_add(sum->notional, notional);
    sum->maintenance = liq_wide_add(sum->maintenance, maintenance);
    sum->initial = liq_wide_add(sum->initial, liq_wide_scale(notional, initial_rate));
}

LIQ_INLINE void liq_margin_position_marked(liq_margin_tables tables, liq_leg_sum *sum,
                                           liq_marked marked, liq_i64 quantity, liq_i64 value)
{
    const liq_i64 lots = (liq_i64)liq_size_of(quantity);

    liq_margin_position_plain(tables, sum, marked.record, lots, liq_notional_ceil(marked, lots),
                              liq_pnl_floor(marked, quantity, value));
    sum->positions += 1;
}

/* A position whose instrument has open orders, or a rate that grows with the size. */
static inline void liq_margin_position_special(liq_margin_tables tables, liq_leg_sum *sum,
                                               liq_exposure exposure, liq_marked marked,
                                               liq_i64 quantity, liq_i64 value)
{
    const liq_i64 lots = (liq_i64)liq_size_of(quantity);
    const liq_u32 flags = exposure.instrument_index == marked.index ? tables.policy->flags : 0;
    const liq_i64 side_lots = quantity < 0 ? exposure.short_lots : exposure.long_lots;
    const liq_i64 total_lots = flags & LIQ_POLICY_ORDER_TIER ? side_lots : lots;
    const liq_u32 tier = liq_tier_of(tables, marked.record, lots);
    const liq_wide notional = liq_notional_ceil(marked, lots);
    const liq_wide maintenance =
        total_lots == lots ? liq_maintenance_alone(tables, sum, marked, tier, notional, lots)
                           : liq_maintenance_of_total(tables, sum, marked, lots, total_lots);

    sum->pnl = liq_wide_add(sum->pnl, liq_pnl_floor(marked, quantity, value));
    sum->notional = liq_wide_add(sum->notional, notional);
    sum->maintenance = liq_wide_add(sum->maintenance, maintenance);
    if (!(flags & LIQ_POLICY_ORDER_MARGIN))
        sum->initial = liq_wide_add(
            sum->initial, liq_requirement_ceil(tables, sum, marked, liq_tier_initial(tables, tier),
                                               notional, lots));
    sum->positions += 1;
}

static inline void liq_margin_position(liq_margin_tables tables, liq_leg_sum *sum,
                                       liq_exposure exposure, liq_marked marked, liq_i64 quantity,
                                       liq_i64 value)
{
    if (exposure.instrument_index != marked.index &&
        !(marked.record.flags & LIQ_INSTRUMENT_LINEAR_IN_SIZE))
        liq_margin_position_marked(tables, sum, marked, quantity, value);
    else
        liq_margin_position_special(tables, sum, exposure, marked, quantity, value);
}

/* A resting order that would fill at a loss costs that loss now (Bybit: order loss). */
static inline void liq_margin_order(liq_leg_sum *sum, liq_marked marked, liq_i64 quantity,
                                    liq_i64 value)
{
    const liq_wide loss = liq_pnl_floor(marked, quantity, value);

    if (liq_wide_negative(loss))
        sum->pnl = liq_wide_add(sum->pnl, loss);
}

/* Initial margin with open orders: of the larger side, or of both where both legs are held. */
static inline void liq_margin_exposure(liq_margin_tables tables, liq_leg_sum *sum, liq_u32 kind,
                                       liq_marked marked, liq_i64 long_lots, liq_i64 short_lots)
{
    const liq_wide longs = liq_wide_multiply_unsigned((liq_u64)long_lots, marked.lot_size);
    const liq_wide shorts = liq_wide_multiply_unsigned((liq_u64)short_lots, marked.lot_size);
    liq_wide larger;
    liq_wide other;

    sum->exposure = liq_wide_add(sum->exposure, liq_wide_add(longs, shorts));
    if (!(tables.policy->flags & LIQ_POLICY_ORDER_MARGIN))
        return;
    larger = liq_initial(tables, sum, marked, long_lots);
    other = liq_initial(tables, sum, marked, short_lots);
    if (kind == LIQ_ENTRY_EXPOSURE_SUM)
        larger = liq_wide_add(larger, other);
    else if (liq_wide_less(larger, other))
        larger = other;
    sum->initial = liq_wide_add(sum->initial, larger);
}

/* Any leg, one by one; liq_margin_leg takes the short way for most. */
static inline void liq_margin_leg_any(liq_margin_tables tables, liq_leg_sum *sum,
                                      liq_exposure *exposure, liq_u32 kind, liq_marked marked,
                                      liq_i64 quantity, liq_i64 value)
{
    if (marked.record.flags & LIQ_INSTRUMENT_NO_MARK)
        liq_leg_refuse(sum, LIQ_REASON_NO_MARK, marked.index);
    if (marked.record.flags & LIQ_INSTRUMENT_MARK_RANGE)
        liq_leg_refuse(sum, LIQ_REASON_MARK_RANGE, marked.index);
    if ((marked.record.flags & LIQ_INSTRUMENT_OPTION_FLAG) && kind == LIQ_ENTRY_POSITION)
        liq_leg_refuse(sum, LIQ_REASON_OPTION, marked.index);
    if (kind == LIQ_ENTRY_POSITION) {
        liq_margin_position(tables, sum, *exposure, marked, quantity, value);
    } else if (kind == LIQ_ENTRY_ORDER) {
        liq_margin_order(sum, marked, quantity, value);
    } else {
        exposure->instrument_index = marked.index;
        exposure->long_lots = quantity;
        exposure->short_lots = value;
        liq_margin_exposure(tables, sum, kind, marked, quantity, value);
    }
}

/*
 * Add one leg to the sums of its settle asset. What the rare legs need is called with copies, so
 * that a compiler can keep the sums of the common ones in registers.
 */
LIQ_INLINE void liq_margin_leg(liq_margin_tables tables, liq_leg_sum *sum, liq_exposure *exposure,
                               liq_u32 tag, liq_i64 quantity, liq_i64 value)
{
    const liq_u32 kind = tag >> LIQ_TAG_INDEX_BITS;
    const liq_marked marked = liq_marked_load(tables, tag & LIQ_TAG_INDEX_MAX);
    liq_leg_sum sum_copy;
    liq_exposure exposure_copy;

    if (kind == LIQ_ENTRY_POSITION && (marked.record.flags & ~LIQ_INSTRUMENT_CONTINUOUS) == 0 &&
        exposure->instrument_index != marked.index) {
        liq_margin_position_marked(tables, sum, marked, quantity, value);
        return;
    }
    sum_copy = *sum;
    exposure_copy = *exposure;
    liq_margin_leg_any(tables, &sum_copy, &exposure_copy, kind, marked, quantity, value);
    *sum = sum_copy;
    *exposure = exposure_copy;
}

/* Close the segment of an asset other than the margin currency. */
LIQ_RARE void liq_margin_close_foreign(liq_margin_tables tables, liq_account_sum *account,
                                       liq_leg_sum sum, liq_u32 tag, liq_asset_record asset,
                                       liq_i64 amount)
{
    const liq_wide pnl = liq_wide_scale_signed(sum.pnl, asset.grains_per_fine);
    const liq_wide notional = liq_wide_scale(sum.notional, asset.grains_per_fine);

    account->equity =
        liq_wide_add(account->equity, liq_asset_equity(tables, account, tag, asset, pnl, amount));
    account->notional =
        liq_wide_add(account->notional, liq_asset_requirement_ceil(account, LIQ_REASON_NOTIONAL,
                                                                   tag, asset, notional));
    account->maintenance = liq_wide_add(
        account->maintenance,
        liq_asset_requirement_ceil(account, LIQ_REASON_MAINTENANCE, tag, asset, sum.maintenance));
    account->initial =
        liq_wide_add(account->initial, liq_asset_requirement_ceil(account, LIQ_REASON_INITIAL, tag,
                                                                  asset, sum.initial));
}

/* Close the segment of the margin currency, of which every sum is in range. */
LIQ_INLINE void liq_margin_close_cash(liq_account_sum *account, liq_leg_sum sum,
                                      liq_asset_record asset, liq_i64 amount)
{
    account->equity = liq_wide_add(
        account->equity, liq_wide_add(liq_wide_scale_signed(sum.pnl, asset.grains_per_fine),
                                      liq_wide_multiply(amount, LIQ_GRAINS_PER_UNIT)));
    account->notional =
        liq_wide_add(account->notional, liq_wide_scale(sum.notional, asset.grains_per_fine));
    account->maintenance = liq_wide_add(account->maintenance, sum.maintenance);
    account->initial = liq_wide_add(account->initial, sum.initial);
}

/* Close any segment; liq_margin_close takes the short way for most. */
LIQ_RARE void liq_margin_close_any(liq_margin_tables tables, liq_account_sum *account,
                                   liq_leg_sum sum, liq_u32 tag, liq_i64 amount)
{
    const liq_u32 index = tag & LIQ_TAG_INDEX_MAX;
    const liq_asset_record asset = tables.assets[index];

    if (sum.reason != LIQ_REASON_NONE)
        liq_account_refuse(account, sum.reason, sum.reason_index);
    if (asset.exchange_rate == 0)
        liq_account_refuse(account, LIQ_REASON_NO_INDEX, index);
    if (!liq_wide_within(sum.pnl, asset.fine_max))
        liq_account_refuse(account, LIQ_REASON_PNL, index);
    if (!liq_wide_within(sum.notional, asset.fine_max))
        liq_account_refuse(account, LIQ_REASON_NOTIONAL, index);
    if (!liq_wide_within(sum.exposure, asset.fine_max))
        liq_account_refuse(account, LIQ_REASON_INITIAL, index);
    if (account->reason != LIQ_REASON_NONE)
        return;
    account->positions += sum.positions;
    if (asset.flags & LIQ_ASSET_MARGIN_CURRENCY)
        liq_margin_close_cash(account, sum, asset, amount);
    else
        liq_margin_close_foreign(tables, account, sum, tag, asset, amount);
}

/* Close the segment of one asset: add its legs and its amount to the account. */
LIQ_INLINE void liq_margin_close(liq_margin_tables tables, liq_account_sum *account,
                                 liq_leg_sum sum, liq_u32 tag, liq_i64 amount)
{
    const liq_asset_record asset = tables.assets[tag & LIQ_TAG_INDEX_MAX];
    liq_account_sum copy;

    if ((asset.flags & LIQ_ASSET_MARGIN_CURRENCY) && asset.exchange_rate != 0 &&
        (sum.reason | account->reason) == LIQ_REASON_NONE &&
        liq_wide_well_within(sum.pnl, asset.fine_max) &&
        liq_wide_well_within(sum.notional, asset.fine_max) &&
        liq_wide_well_within(sum.exposure, asset.fine_max)) {
        account->positions += sum.positions;
        liq_margin_close_cash(account, sum, asset, amount);
        return;
    }
    copy = *account;
    liq_margin_close_any(tables, &copy, sum, tag, amount);
    *account = copy;
}

/* What a row carries from entry to entry. */
typedef struct liq_row_state {
    liq_account_sum account;
    liq_leg_sum legs; /* of the segment that is open */
    liq_exposure exposure;
} liq_row_state;

static inline liq_row_state liq_row_state_zero(void)
{
    liq_row_state out;

    out.account = liq_account_sum_zero();
    out.legs = liq_leg_sum_zero();
    out.exposure = liq_exposure_none();
    return out;
}

/* Step over one entry of a row. */
LIQ_INLINE void liq_margin_entry(liq_margin_tables tables, liq_row_state *state, liq_u32 tag,
                                 liq_i64 quantity, liq_i64 value)
{
    if (tag >> LIQ_TAG_INDEX_BITS < LIQ_ENTRY_BALANCE) {
        liq_margin_leg(tables, &state->legs, &state->exposure, tag, quantity, value);
        return;
    }
    liq_margin_close(tables, &state->account, state->legs, tag, quantity);
    state->legs = liq_leg_sum_zero();
    state->exposure = liq_exposure_none();
}

/* Whether equity x a < (or <=) maintenance x b: compared crosswise, nothing is divided. */
static inline liq_u32 liq_margin_level_met(liq_level_record level, liq_i64 equity,
                                           liq_i64 maintenance)
{
    const liq_wide resource = liq_wide_multiply(equity, (liq_i64)level.equity_factor);
    const liq_wide requirement = liq_wide_multiply(maintenance, (liq_i64)level.requirement_factor);

    if (level.equity_factor == 0)
        return 0;
    return level.inclusive ? !liq_wide_less(requirement, resource)
                           : liq_wide_less(resource, requirement);
}

/*
 * Status of a valued account. Without a position nothing can be liquidated, but a debt is a
 * bankruptcy all the same; with one, equity of zero or less is bankrupt whatever the trigger says.
 * A severe level is never met where a milder one is not: policies are checked for it.
 */
static inline liq_u32 liq_margin_status(liq_margin_tables tables, liq_u32 positions, liq_i64 equity,
                                        liq_i64 maintenance)
{
    liq_u32 status = LIQ_ROW_OK;
    liq_u32 i;

    if (equity < 0 || (equity == 0 && positions > 0))
        return LIQ_ROW_BANKRUPT;
    for (i = 0; positions > 0 && i < LIQ_LEVELS; i++) {
        const liq_level_record level = tables.policy->levels[i];

        if (level.equity_factor == 0)
            continue;
        if (!liq_margin_level_met(level, equity, maintenance))
            break;
        status = i + 1;
    }
    return status;
}

/* Refuse an account whose sums are past what 64 bits of cash units hold. */
LIQ_RARE liq_account_sum liq_account_checked(liq_account_sum account)
{
    const liq_wide bound = liq_units_bound();

    if (!liq_wide_within(account.equity, bound))
        liq_account_refuse(&account, LIQ_REASON_EQUITY, LIQ_NO_INDEX);
    if (!liq_wide_within(account.notional, bound))
        liq_account_refuse(&account, LIQ_REASON_NOTIONAL, LIQ_NO_INDEX);
    if (!liq_wide_within(account.maintenance, bound))
        liq_account_refuse(&account, LIQ_REASON_MAINTENANCE, LIQ_NO_INDEX);
    if (!liq_wide_within(account.initial, bound))
        liq_account_refuse(&account, LIQ_REASON_INITIAL, LIQ_NO_INDEX);
    return account;
}

/* Round sums that are in range to cash units, equity down and requirements up, and decide. */
LIQ_INLINE liq_row_record liq_margin_decide(liq_margin_tables tables, liq_account_sum account)
{
    liq_row_record out;

    out.equity = liq_units_floor(account.equity);
    out.maintenance = liq_units_ceil(account.maintenance);
    out.initial = liq_units_ceil(account.initial);
    out.notional = liq_units_ceil(account.notional);
    out.status = liq_margin_status(tables, account.positions, out.equity, out.maintenance);
    out.reason = LIQ_REASON_NONE;
    out.reason_index = 0;
    out.reserved_zero = 0;
    return out;
}

/* The end of a row. */
LIQ_INLINE liq_row_record liq_margin_finish(liq_margin_tables tables, liq_account_sum account)
{
    const liq_wide bound = liq_units_bound();
    liq_account_sum checked;

    if (account.reason != LIQ_REASON_NONE || !liq_wide_well_within(account.equity, bound) ||
        !liq_wide_well_within(account.notional, bound) ||
        !liq_wide_well_within(account.maintenance, bound) ||
        !liq_wide_well_within(account.initial, bound)) {
        checked = liq_account_checked(account);
        if (checked.reason != LIQ_REASON_NONE)
            return liq_row_unvalued(checked.reason, checked.reason_index);
    }
    return liq_margin_decide(tables, account);
}

/* Value a row of packed entries, entry by entry. */
LIQ_RARE void liq_margin_row_any(liq_margin_tables tables, liq_packed_entries entries, liq_u64 at,
                                 liq_u64 stride, liq_u32 length, LIQ_GLOBAL liq_row_record *result)
{
    liq_row_state state = liq_row_state_zero();

    for (; length > 0; length--) {
        liq_margin_entry(tables, &state, entries.tags[at], entries.quantities[at],
                         entries.values[at]);
        at += stride;
    }
    *result = liq_margin_finish(tables, state.account);
}

/*
 * Whether the sums of a segment and of the account that is nothing else are so small that their
 * upper halves alone tell that nothing is past its bound.
 */
LIQ_INLINE liq_u32 liq_margin_sums_small(liq_asset_record asset, liq_leg_sum sum,
                                         liq_account_sum account)
{
    const liq_u64 pnl_sign = (liq_u64)0 - (sum.pnl.high >> 63);
    const liq_u64 equity_sign = (liq_u64)0 - (account.equity.high >> 63);

    return ((sum.pnl.high ^ pnl_sign) | sum.notional.high) < asset.fine_max.high &&
           ((account.equity.high ^ equity_sign) | account.notional.high | account.maintenance.high |
            account.initial.high) < liq_units_bound().high;
}

/*
 * Value a row of packed entries: nearly always plain positions of less than 2^64 fine units, all
 * settled in the margin currency, and its own entry behind them. Whatever turns out to be something
 * else on the way is begun anew, entry by entry.
 * @param stride  from an entry of the row to the next
 */
LIQ_INLINE void liq_margin_row(liq_margin_tables tables, liq_packed_entries entries, liq_u64 at,
                               liq_u64 stride, liq_u32 length, LIQ_GLOBAL liq_row_record *result)
{
    liq_leg_sum sum = liq_leg_sum_zero();
    liq_account_sum account = liq_account_sum_zero();
    liq_u64 place = at;
    liq_u32 left = length;
    liq_u32 tag = 0;

    for (; left > 0; left--) {
        const liq_i64 quantity = entries.quantities[place];
        const liq_i64 lots = (liq_i64)liq_size_of(quantity);
        liq_marked marked;
        liq_wide notional;

        tag = entries.tags[place];
        if (tag > LIQ_TAG_INDEX_MAX)
            break;
        marked.record = tables.instruments[tag];
        marked.lot_size = marked.record.lot_size;
        notional = liq_notional_ceil(marked, lots);
        if ((marked.record.flags & ~LIQ_INSTRUMENT_CONTINUOUS) != 0 || notional.high != 0)
            break;
        notional.high = 0; /* so that the compiler knows as well */
        liq_margin_position_plain(tables, &sum, marked.record, lots, notional,
                                  liq_pnl_floor(marked, quantity, entries.values[place]));
        place += stride;
    }
    if (left == 1 && tag >> LIQ_TAG_INDEX_BITS >= LIQ_ENTRY_BALANCE) {
        const liq_asset_record asset = tables.assets[tag & LIQ_TAG_INDEX_MAX];

        if ((asset.flags & LIQ_ASSET_MARGIN_CURRENCY) && asset.exchange_rate != 0) {
            account.positions = length - 1;
            liq_margin_close_cash(&account, sum, asset, entries.quantities[place]);
            if (liq_margin_sums_small(asset, sum, account)) {
                *result = liq_margin_decide(tables, account);
                return;
            }
        }
    }
    liq_margin_row_any(tables, entries, at, stride, length, result);
}

#endif
