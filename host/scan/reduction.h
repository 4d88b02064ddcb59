/*
 * The least reduction of one position that alone would bring a flagged margin account back to safe,
 * below the liquidate level, found with the margin rule itself.
 */
#ifndef LIQ_SCAN_REDUCTION_H
#define LIQ_SCAN_REDUCTION_H

#include <stdint.h>

#include <liqscan/status.h>

#include "book/columns.h"
#include "scan/kinks.h"
#include "scan/reduced_row.h"
#include "scan/row_parts.h"

/**
 * The least number of lots of one position that, closed at the mark, cure a flagged row. No fee is
 * taken; the PnL that is realised, rounded down to a unit, joins the balance of the settle asset
 * (isolated: the margin of the position).
 * @param lots   receives the lots to close, 0 when closing all of them is not enough
 * @param entry  the position in the row
 * @param kinks  memory to work in, kept for the next call; starts zeroed
 */
LIQ_MUST_USE liq_status liq_reduction_find(int64_t *lots, const liq_book *book,
                                           const liq_row_parts *parts, const liq_market *market,
                                           uint64_t entry, liq_kinks *kinks, liq_error *err);

/**
 * Where a requirement bends as lots of a position are closed: where the size left, with orders or
 * without, comes to a tier's floor, and where the orders against it begin to open the other side;
 * the last lot stands alone. Not sorted yet: the caller may add more.
 * @param more  places to keep for the caller
 */
LIQ_MUST_USE liq_status liq_reduction_kinks(liq_kinks *kinks, const liq_reduced_row *row,
                                            size_t more, liq_error *err);

#endif
