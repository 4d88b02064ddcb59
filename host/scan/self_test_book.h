/*
 * The book of the self-test: a few margin accounts whose values are known, then generated ones
 * of every kind and length.
 */
#ifndef LIQ_SCAN_SELF_TEST_BOOK_H
#define LIQ_SCAN_SELF_TEST_BOOK_H

#include <stdbool.h>

#include <liqscan/status.h>

#include "book/market.h"
#include "book/rows.h"

typedef struct liq_self_test_book {
    liq_market market;
    liq_rows rows;
} liq_self_test_book;

/** @param with_portfolio  whether there is a rule of portfolio margin: without one such rows have
 * no value */
LIQ_MUST_USE liq_status liq_self_test_book_create(liq_self_test_book *out, bool with_portfolio,
                                                  liq_error *err);

/** Takes a zeroed or filled one. */
void liq_self_test_book_clear(liq_self_test_book *book);

/** The known answers: those of the first rows, in order. Static. */
const liq_row_record *liq_self_test_known(uint32_t *count);

#endif
