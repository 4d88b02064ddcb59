/*
 * The lines of an explanation: one position, one collateral, as text.
 */
#ifndef LIQ_SCAN_EXPLAIN_LINES_H
#define LIQ_SCAN_EXPLAIN_LINES_H

#include <liqscan/explain.h>

#include "book/columns.h"
#include "book/market.h"
#include "book/rows.h"

/** A collateral line from the closing entry of a segment. */
void liq_explain_collateral_fill(liq_explain_collateral *out, const liq_book *book,
                                 const liq_market *market, const liq_rows *rows, uint64_t entry);

/**
 * A position line, without the two prices and the distance.
 * @param exposure  what its orders would make of the instrument, or liq_exposure_none
 */
void liq_explain_position_fill(liq_explain_position *out, const liq_book *book,
                               const liq_market *market, const liq_position *position,
                               liq_exposure exposure);

/** lots x lot size, in contracts. */
void liq_explain_quantity_write(char out[LIQ_AMOUNT_TEXT_BYTES], const liq_instrument *instrument,
                                int64_t lots);

/** A count of 10^-decimals as plain text. */
void liq_explain_amount_write(char out[LIQ_AMOUNT_TEXT_BYTES], liq_int128 amount, int32_t decimals);

#endif
