/*
 * A result of the margin rule as users read it: names instead of indices.
 */
#ifndef LIQ_SCAN_SCAN_ROW_H
#define LIQ_SCAN_SCAN_ROW_H

#include <liqscan/scanner.h>

#include "book/rows.h"

/** Fill out from the key and the result of a row; texts are lent by the book. */
void liq_scan_row_fill(liq_scan_row *out, const liq_book *book, const liq_row_key *key,
                       const liq_row_record *result);

/** The same for an account whose id stands elsewhere; account and the texts of venue are lent. */
void liq_scan_row_fill_named(liq_scan_row *out, const liq_venue *venue, const char *account,
                             const liq_row_key *key, const liq_row_record *result);

#endif
