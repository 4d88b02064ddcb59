/*
 * What weights make of an amount of an asset: what the margin rule counts of it as collateral
 * (kernels/liq_collateral.h), before it is exchanged.
 */
#ifndef LIQ_SCAN_WEIGHTED_H
#define LIQ_SCAN_WEIGHTED_H

#include "base/int128.h"
#include "book/market.h"

/** 10^-4 units of an asset at full price: each slice of a positive amount has its weight. What is
 * owed counts in full. */
liq_int128 liq_weighted_amount(const liq_market *market, const liq_asset_record *asset,
                               int64_t amount);

/** Whether all of the asset has full weight; the margin currency has. */
bool liq_weighted_is_plain(const liq_market *market, const liq_asset_record *asset);

#endif
