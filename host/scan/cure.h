/*
 * What would bring a flagged margin account back to safe, below the liquidate level: the least
 * deposit, or the least reduction of one position. Found with the margin rule itself.
 */
#ifndef LIQ_SCAN_CURE_H
#define LIQ_SCAN_CURE_H

#include <stdbool.h>
#include <stdint.h>

#include <liqscan/status.h>

#include "book/columns.h"
#include "scan/kinks.h"
#include "scan/row_parts.h"

/**
 * The least deposit that cures a flagged row.
 * @param units        receives units of the asset, above zero
 * @param asset_index  the margin currency for a cross row, the settle asset for an isolated one
 * @return false when no deposit that 64 bits hold is enough
 */
bool liq_cure_top_up(int64_t *units, const liq_row_parts *parts, const liq_market *market,
                     uint32_t asset_index);

/**
 * The least number of lots of one position that, closed at the mark, cure a flagged row. No fee is
 * taken; the PnL that is realised, rounded down to a unit, joins the balance of the settle asset
 * (isolated: the margin of the position).
 * One lot fewer is never enough. Where thousands of lots together need a unit or two of margin, the
 * rounding of what is realised decides from lot to lot, and some smaller number may do as well.
 * @param lots   receives the lots to close, 0 when closing all of them is not enough
 * @param entry  the position in the row
 * @param kinks  memory to work in, kept for the next call; starts zeroed
 */
LIQ_MUST_USE liq_status liq_cure_reduction(int64_t *lots, const liq_book *book,
                                           const liq_row_parts *parts, const liq_market *market,
                                           uint64_t entry, liq_kinks *kinks, liq_error *err);

/**
 * PnL in units of the settle asset that closing lots at the mark realises, rounded down.
 * @param lots         signed as the position is
 * @param entry_value  of the position
 * @return false when it is past the range of PnL
 */
bool liq_cure_realised_floor(int64_t *out, const liq_market *market, uint32_t instrument_index,
                             int64_t lots, int64_t entry_value);

#endif
