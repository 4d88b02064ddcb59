/*
 * The least deposit that would bring a flagged margin account back to safe, below the liquidate
 * level, found with the margin rule itself; and what closing a position realises.
 */
#ifndef LIQ_SCAN_CURE_H
#define LIQ_SCAN_CURE_H

#include <stdbool.h>
#include <stdint.h>

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
 * PnL in units of the settle asset that closing lots at the mark realises, rounded down.
 * @param lots         signed as the position is
 * @param entry_value  of the position
 * @return false when it is past the range of PnL
 */
bool liq_cure_realised_floor(int64_t *out, const liq_market *market, uint32_t instrument_index,
                             int64_t lots, int64_t entry_value);

#endif
