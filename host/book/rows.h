/*
 * The book as margin rows: what the margin rule reads, in canonical order.
 *
 * One cross row for each account, then one for each isolated position. A row's
 * entries are grouped by settle asset, ascending; in a group legs by instrument: exposure,
 * positions (long before short), orders; the asset's own entry closes the group.
 */
#ifndef LIQ_BOOK_ROWS_H
#define LIQ_BOOK_ROWS_H

#include <stdbool.h>
#include <stdint.h>

#include <liqscan/status.h>

#include "book/columns.h"
#include "liq_record.h"

typedef struct liq_row_key {
    uint32_t account_index;
    uint32_t instrument_index; /* LIQ_NO_INDEX: the cross row */
    uint32_t is_short;
    uint32_t reason; /* LIQ_REASON_NONE, or why the margin rule cannot value the row: that of
                        portfolio margin may */
} liq_row_key;

typedef struct liq_rows {
    liq_row_key *keys;
    uint64_t *entry_first; /* row_count + 1 */
    uint32_t *tags;
    int64_t *quantities;
    int64_t *values;
    uint64_t entry_count;
    uint32_t row_count;
} liq_rows;

/* Lots of one instrument that an account holds and has ordered, by side. */
typedef struct liq_held_lots {
    uint64_t longs;
    uint64_t shorts;
    uint64_t bought; /* open orders */
    uint64_t sold;
} liq_held_lots;

/* An exposure entry: what would be held, by side, if all orders of a side filled. */
typedef struct liq_exposure_entry {
    uint32_t kind; /* LIQ_ENTRY_EXPOSURE_* */
    int64_t long_lots;
    int64_t short_lots;
} liq_exposure_entry;

/** An order first closes the opposite leg, the rest opens (c). */
static inline liq_exposure_entry liq_exposure_of(liq_held_lots held)
{
    return (liq_exposure_entry){
        .kind = held.longs > 0 && held.shorts > 0 ? LIQ_ENTRY_EXPOSURE_SUM : LIQ_ENTRY_EXPOSURE_MAX,
        .long_lots =
            (int64_t)(held.longs + (held.bought > held.shorts ? held.bought - held.shorts : 0)),
        .short_lots =
            (int64_t)(held.shorts + (held.sold > held.longs ? held.sold - held.longs : 0))};
}

/* What one account holds, wherever it lies, in the order of columns.h. */
typedef struct liq_account_columns {
    const liq_venue *venue;
    const char *id; /* for messages */
    const liq_balance *balances;
    const liq_position *positions;
    const liq_order *orders;
    uint64_t balance_count;
    uint64_t position_count;
    uint64_t order_count;
    uint32_t account_index; /* what the keys of its rows say */
    uint32_t mode;          /* liq_account_mode */
} liq_account_columns;

/** What one account of a book holds. It points into the book. */
liq_account_columns liq_account_columns_of(const liq_book *book, uint32_t account_index);

/**
 * Append the rows of one account.
 * @param rows  has room for a row more than the account has positions, and for an entry for each
 * balance, two for each position and three for each order
 * @return LIQ_OK or LIQ_OUT_OF_RANGE (too many entries or order lots: named), with rows then
 * holding the start of a row
 */
LIQ_MUST_USE liq_status liq_rows_append(liq_rows *rows, const liq_account_columns *columns,
                                        liq_error *err);

/**
 * Build the rows of a whole book.
 * @return LIQ_OK, LIQ_OUT_OF_RANGE (too many rows, or an account with too many entries or order
 * lots: named), LIQ_OUT_OF_MEMORY or LIQ_INTERRUPTED
 */
LIQ_MUST_USE liq_status liq_rows_create(liq_rows *out, const liq_book *book,
                                        const liq_progress *progress, liq_error *err);

/** Build the rows of one account. */
LIQ_MUST_USE liq_status liq_rows_create_account(liq_rows *out, const liq_book *book,
                                                uint32_t account_index, liq_error *err);

/** Give back the entries once they lie elsewhere; keys stay. */
void liq_rows_drop_entries(liq_rows *rows);

/** Takes a zeroed or filled one. */
void liq_rows_clear(liq_rows *rows);

#endif
