/*
 * The arrays of the baseline, from a loaded book.
 */
#ifndef LIQ_BENCH_BASELINE_BOOK_H
#define LIQ_BENCH_BASELINE_BOOK_H

#include "baseline_scan.h"
#include "book/columns.h"

/**
 * @return LIQ_OK; LIQ_UNSUPPORTED when the book has more than the baseline knows: cross accounts,
 * linear contracts settled in the margin currency, tiers by deduction, 8 decimals of cash, no
 * other collateral and no orders
 */
LIQ_MUST_USE liq_status baseline_book_make(baseline_book *out, const liq_book *book,
                                           liq_error *err);

/** Takes a zeroed one. */
void baseline_book_clear(baseline_book *book);

/** Take over the prices of the book. */
LIQ_MUST_USE liq_status baseline_book_mark(baseline_book *out, const liq_book *book,
                                           liq_error *err);

#endif
