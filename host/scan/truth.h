/*
 * The CPU truth: the margin rule called row by row on the host, without packing. What a device
 * says is compared with this, byte for byte.
 */
#ifndef LIQ_SCAN_TRUTH_H
#define LIQ_SCAN_TRUTH_H

#include "book/market.h"
#include "book/rows.h"

/** Value one row. @param row_index  below rows->row_count */
liq_row_record liq_truth_row(const liq_market *market, const liq_rows *rows, uint32_t row_index);

/** The same by the short way that devices take (liq_margin_row), where a row has one. */
liq_row_record liq_truth_row_short(const liq_market *market, const liq_rows *rows,
                                   uint32_t row_index);

/** Value all rows. @param results  row_count records, in row order */
void liq_truth_scan(const liq_market *market, const liq_rows *rows, liq_row_record *results);

#endif
