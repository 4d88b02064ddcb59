/*
 * Values margin accounts of portfolio margin over all scenarios at once.
 *
 * Where work-items are lanes of a GPU a group of 64 takes one row, each lane a scenario: they load
 * a position together and read neighbouring words of the grid. Where a work-item is a thread of a
 * CPU it takes one row alone, eight scenarios in a vector. Read per row: 20
 * bytes an entry, and for each position 4 bytes, its record and 8 bytes a scenario; written: one
 * liq_row_record, at the row's own place.
 */
#include "liq_slice.h"

#if LIQ_ITEM_SLOTS == 1u
#define LIQ_PORTFOLIO_STEP 1u
#endif
#include "liq_portfolio_lanes.h"

#if LIQ_PORTFOLIO_STEP == 1u

/* The worst of a class over the lanes of a group, for all of them; sums may be past their range. */
static inline liq_wide portfolio_worst(__local liq_wide *worsts, __local uint *refusals,
                                       liq_portfolio_class_sum sum, liq_u32 *refused)
{
    const uint lane = (uint)get_local_id(0);
    liq_wide worst;
    uint width;

    worsts[lane] = liq_portfolio_worse(liq_wide_make(0, 0), sum.losses[0]);
    refusals[lane] = sum.refused;
    for (width = LIQ_PORTFOLIO_SCENARIOS_MAX / 2; width > 0; width /= 2) {
        barrier(CLK_LOCAL_MEM_FENCE);
        if (lane < width) {
            worsts[lane] = liq_portfolio_worse(worsts[lane], worsts[lane + width]);
            refusals[lane] |= refusals[lane + width];
        }
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    worst = worsts[0];
    *refused |= refusals[0];
    barrier(CLK_LOCAL_MEM_FENCE);
    return worst;
}

/* As liq_portfolio_value, by all lanes of a group together. */
static inline liq_row_record portfolio_value(liq_margin_tables tables,
                                             liq_portfolio_tables portfolio, liq_portfolio_row row,
                                             __local liq_wide *worsts, __local uint *refusals)
{
    const liq_account_sum account = liq_portfolio_equity(tables, portfolio, row);
    const uint lane = (uint)get_local_id(0);
    liq_wide need = liq_wide_make(0, 0);
    liq_u32 refused = 0;
    liq_u32 leg = 0;

    if (account.reason != LIQ_REASON_NONE) /* the same in all lanes */
        return liq_row_unvalued(account.reason, account.reason_index);
    while (leg < row.leg_count) {
        const uint count =
            portfolio.units[liq_portfolio_instrument_of(portfolio, row, leg).unit].scenario_count;
        const liq_portfolio_class_sum sum =
            liq_portfolio_class(portfolio, row, leg, lane < count ? lane : count - 1);

        need = liq_wide_add(
            need, liq_portfolio_class_need(sum, portfolio_worst(worsts, refusals, sum, &refused)));
        leg = sum.end;
    }
    return liq_portfolio_finish(tables, portfolio, account, need, refused);
}

__attribute__((reqd_work_group_size(LIQ_PORTFOLIO_SCENARIOS_MAX, 1, 1)))
#endif
__kernel void
portfolio_rows(const uint row_count, __global const uint *entry_firsts, __global const uint *tags,
               __global const long *quantities, __global const long *values,
               __global const uint *leg_firsts, __global const uint *order,
               __global const uint *result_indices,
               __global const liq_instrument_record *instruments,
               __global const liq_tier_record *tiers, __global const liq_asset_record *assets,
               __global const liq_slice_record *slices, __global const liq_divisor *powers,
               __global const liq_policy_record *policy,
               __global const liq_portfolio_instrument_record *lots,
               __global const liq_portfolio_unit_record *units,
               __global const liq_portfolio_tier_record *charge_tiers, __global const long *grid,
               __global const liq_portfolio_policy_record *portfolio_policy,
               __global liq_row_record *results)
{
    liq_margin_tables tables;
    liq_portfolio_tables portfolio;
    liq_portfolio_row one;
#if LIQ_PORTFOLIO_STEP == 1u
    __local liq_wide worsts[LIQ_PORTFOLIO_SCENARIOS_MAX];
    __local uint refusals[LIQ_PORTFOLIO_SCENARIOS_MAX];
    const uint row = (uint)get_group_id(0);
    liq_row_record result;
#else
    const uint row = (uint)get_global_id(0);
#endif

    if (row >= row_count)
        return;
    tables = liq_margin_tables_make(instruments, tiers, assets, slices, powers, policy);
    portfolio.instruments = lots;
    portfolio.units = units;
    portfolio.tiers = charge_tiers;
    portfolio.grid = grid;
    portfolio.policy = portfolio_policy;
    one.entries = liq_packed_entries_make(tags, quantities, values);
    one.order = order + leg_firsts[row];
    one.entry_first = entry_firsts[row];
    one.entry_count = entry_firsts[row + 1] - entry_firsts[row];
    one.leg_count = leg_firsts[row + 1] - leg_firsts[row];
#if LIQ_PORTFOLIO_STEP == 1u
    result = portfolio_value(tables, portfolio, one, worsts, refusals);
    if (get_local_id(0) == 0)
        results[result_indices[row]] = result;
#else
    results[result_indices[row]] = liq_portfolio_value(tables, portfolio, one);
#endif
}
