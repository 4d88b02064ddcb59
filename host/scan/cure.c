#include "scan/cure.h"

#include "scan/flagged.h"

static liq_row_record with_deposit(const liq_row_part *part, const liq_market *market,
                                   int64_t units);

/* More cash never hurts, so the least deposit is found by halving. One that is too large to be
   valued counts as enough until the end. */
bool liq_cure_top_up(int64_t *units, const liq_row_parts *parts, const liq_market *market,
                     uint32_t asset_index)
{
    const liq_row_part part = liq_row_part_of_asset(parts, asset_index);
    const int64_t most = part.amount > 0 ? INT64_MAX - part.amount : INT64_MAX;
    int64_t low = 0;
    int64_t high = most;

    while (high - low > 1) {
        const int64_t middle = low + (high - low) / 2;

        if (liq_flagged_status(with_deposit(&part, market, middle).status))
            low = middle;
        else
            high = middle;
    }
    *units = high;
    return with_deposit(&part, market, high).status < LIQ_ROW_LIQUIDATE;
}

bool liq_cure_realised_floor(int64_t *out, const liq_market *market, uint32_t instrument_index,
                             int64_t lots, int64_t entry_value)
{
    const liq_margin_tables tables = liq_market_tables(market);
    const liq_marked marked = liq_marked_load(tables, instrument_index);
    const liq_asset_record asset = tables.assets[marked.record.asset_index];
    const liq_wide pnl = liq_pnl_floor(marked, lots, entry_value);

    if (!liq_wide_within(pnl, asset.fine_max))
        return false;
    *out = liq_units_floor(liq_wide_scale_signed(pnl, asset.grains_per_fine));
    return true;
}

static liq_row_record with_deposit(const liq_row_part *part, const liq_market *market,
                                   int64_t units)
{
    return liq_row_part_value(part, market, liq_leg_sum_zero(), part->amount + units);
}
