/*
 * The CPU truth of auto-deleveraging scores: the score rule called row by row on the host.
 */
#ifndef LIQ_SCAN_TRUTH_SCORES_H
#define LIQ_SCAN_TRUTH_SCORES_H

#include "book/market.h"
#include "book/rows.h"
#include "liq_adl.h"

/** What scoring by a rule of the policy means on this venue. */
liq_adl_terms liq_adl_terms_make(const liq_venue *venue, liq_adl_rule rule);

/**
 * Score the positions of one row.
 * @param result  of the row
 * @param scores  receives a key for each position entry, in the order of entries
 * @return how many were written
 */
uint32_t liq_truth_scores_row(const liq_market *market, const liq_rows *rows, uint32_t row_index,
                              const liq_row_record *result, liq_adl_terms terms, int64_t *scores);

/**
 * Score all positions.
 * @param results  of all rows
 * @param scores   receives a key for each position, in the order of rows and entries: that of
 * book->positions
 */
void liq_truth_scores(const liq_market *market, const liq_rows *rows, const liq_row_record *results,
                      liq_adl_terms terms, int64_t *scores);

#endif
