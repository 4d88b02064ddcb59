/**
 * A book: every account, balance, position, open order and price of one venue.
 *
 * A book is read from a directory (venue.json, accounts.csv, balances.csv,
 * positions.csv, marks.csv; optional orders.csv, depth.csv). It belongs to one
 * thread at a time.
 */
#ifndef LIQSCAN_BOOK_H
#define LIQSCAN_BOOK_H

#include <stdint.h>

#include <liqscan/progress.h>
#include <liqscan/status.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct liq_book liq_book;

/** Sizes of a book. */
typedef struct liq_book_counts {
    uint64_t accounts;
    uint64_t balances;
    uint64_t positions;
    uint64_t orders;
    uint64_t instruments;
    uint64_t assets;
    uint64_t marks; /**< instruments that have a mark price */
} liq_book_counts;

/**
 * Load a book. All or nothing: on failure *out is untouched and nothing is kept.
 * @param out        receives the book, which the caller owns
 * @param directory  path of the book
 * @param progress   watcher, NULL allowed
 * @return LIQ_OK; LIQ_BAD_INPUT, LIQ_OUT_OF_RANGE, LIQ_NOT_FOUND or LIQ_DUPLICATE with file, line,
 * column, value and limit in the message; LIQ_IO, LIQ_OUT_OF_MEMORY, LIQ_INTERRUPTED
 */
LIQ_MUST_USE liq_status liq_book_load(liq_book **out, const char *directory,
                                      const liq_progress *progress, liq_error *err);

/** Give a book back. Takes NULL. Scanners made from it must be gone before. */
void liq_book_destroy(liq_book *book);

void liq_book_count(const liq_book *book, liq_book_counts *out);

/** Decimals of a cash unit: amounts of the margin currency count 10^-this, 0 .. 18. */
int32_t liq_book_cash_decimals(const liq_book *book);

/** Symbol of the margin currency; lent as long as the book lives. */
const char *liq_book_margin_currency(const liq_book *book);

/** Name of the venue, and of its profile; lent as long as the book lives. */
const char *liq_book_venue(const liq_book *book);
const char *liq_book_profile(const liq_book *book);

/**
 * Move a price by a share of itself, for "what if".
 * @param symbol      an instrument (its mark price) or an asset (its index price, except the margin
 * currency's)
 * @param change_ppm  parts per million, above -1,000,000 and at most 1,000,000,000: -100000 is
 * -10%. The new price is rounded down to 18 significant digits.
 * @return LIQ_OK; LIQ_NOT_FOUND (symbol, or it has no price); LIQ_OUT_OF_RANGE, with the book
 * unchanged
 */
LIQ_MUST_USE liq_status liq_book_shock(liq_book *book, const char *symbol, int64_t change_ppm,
                                       liq_error *err);

#ifdef __cplusplus
}
#endif

#endif
