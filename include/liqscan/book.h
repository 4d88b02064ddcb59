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

/**
 * Write a loaded book to one file, as it is now, prices included. It appears whole or not at all,
 * for its owner alone to read, and for nobody to write to (0400). The format is of this machine's
 * byte order and of this version.
 * @param path  replaced when it is a regular file
 * @return LIQ_OK; LIQ_UNSUPPORTED (the book was not loaded from files); LIQ_BAD_INPUT (something
 * else stands at path), LIQ_IO, LIQ_OUT_OF_RANGE, LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_book_save_snapshot(const liq_book *book, const char *path,
                                               liq_error *err);

/**
 * Load a book from a file that liq_book_save_snapshot wrote, many times faster than from a
 * directory. The files that it once was loaded from are not looked at: see liq_book_load_cached.
 * A file that is damaged, cut short, foreign or of another version is refused whole; what it holds
 * is checked as strictly as the files of a book.
 * The columns of a file that nobody may write to, and that is this user's or root's, are used where
 * they lie: it can be replaced or removed at any time, but who makes it writable after all, and
 * changes it in place or cuts it short while a book of it lives, changes that book or ends the
 * program. Any other file is copied.
 * @param out       receives the book, which the caller owns
 * @param progress  watcher, NULL allowed
 * @return LIQ_OK; LIQ_BAD_INPUT, LIQ_UNSUPPORTED (another version or byte order), LIQ_NOT_FOUND,
 * LIQ_IO, LIQ_OUT_OF_MEMORY, LIQ_INTERRUPTED
 */
LIQ_MUST_USE liq_status liq_book_load_snapshot(liq_book **out, const char *path,
                                               const liq_progress *progress, liq_error *err);

/** How liq_book_load_cached came by a book. */
typedef struct liq_book_origin {
    int from_snapshot;    /**< non-zero: the files of the book were looked at, but not read */
    int snapshot_written; /**< non-zero: they were read, and the snapshot is now of them */
    char reason[LIQ_ERROR_MESSAGE_BYTES]; /**< why the snapshot was not used or not written */
} liq_book_origin;

/**
 * Load a book from a snapshot when that is of exactly the files of a directory, and else from the
 * files, writing the snapshot for the next time. The snapshot is trusted when every file that a
 * book may have is there or absent as it was when the snapshot's book was loaded, with the same
 * inode, size and times of modification and change, and none of those times was younger than two
 * seconds then or is now: a younger time does not tell two states apart. A snapshot that is
 * damaged, foreign, missing or cannot be written is no error.
 * @param directory  path of the book
 * @param snapshot   path of the snapshot; may lie anywhere
 * @param origin     receives what was done, NULL allowed
 * @return as liq_book_load
 */
LIQ_MUST_USE liq_status liq_book_load_cached(liq_book **out, const char *directory,
                                             const char *snapshot, liq_book_origin *origin,
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
 * Which ratio the venue shows: zero for maintenance margin / equity, non-zero for equity /
 * maintenance margin. For display only: statuses are decided by liq_book_level.
 */
int liq_book_ratio_is_equity_over_maintenance(const liq_book *book);

enum { LIQ_BOOK_LEVELS = 4 };

/**
 * A level of the venue: a margin account with a position is there or worse when
 * equity x equity_ppm < maintenance margin x maintenance_ppm, or <= when inclusive.
 */
typedef struct liq_book_level {
    uint32_t equity_ppm; /**< 0: the venue has no such level */
    uint32_t maintenance_ppm;
    int inclusive;
} liq_book_level;

/** A level. @param level  0 .. 3: warning, reduce_only, liquidate, backstop */
void liq_book_level_read(const liq_book *book, uint32_t level, liq_book_level *out);

enum { LIQ_PRICE_TEXT_BYTES = 96 };

/**
 * Write a liquidation or bankruptcy price as the venue's screens show it: cut to decimals by the
 * rule of its profile (nearest, truncated, or against the trader: up for a long, down for a short).
 * @param out       receives the text
 * @param price     plain decimal of at most 63 bytes, not negative
 * @param decimals  0 .. 30
 */
void liq_book_show_price(const liq_book *book, char out[LIQ_PRICE_TEXT_BYTES], const char *price,
                         int32_t decimals, int is_short);

/**
 * Multiply the margin rates of an instrument, for "what if": what dynamic margin does to a live
 * book (LIQ_LIVE_MARGIN_FACTORS of live.h).
 * @param maintenance_ppm, initial_ppm  parts per million of the tier table's rates, 1 ..
 * 100,000,000; a rate is rounded up, and is at most 100% unless the table itself asks for more
 * @return LIQ_OK; LIQ_NOT_FOUND (symbol); LIQ_OUT_OF_RANGE, with the book unchanged;
 * LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_book_set_margin_factors(liq_book *book, const char *symbol,
                                                    uint32_t maintenance_ppm, uint32_t initial_ppm,
                                                    liq_error *err);

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
