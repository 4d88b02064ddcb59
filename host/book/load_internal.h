/*
 * One loader for each file of a book, in the order in which book.c calls them, and the fields that
 * they have in common.
 */
#ifndef LIQ_BOOK_LOAD_INTERNAL_H
#define LIQ_BOOK_LOAD_INTERNAL_H

#include "base/csv.h"
#include "book/columns.h"
#include "book/load_batch.h"
#include "book/table.h"

enum { LIQ_BOOK_PATH_BYTES = 4096 };

/* A book being loaded. */
typedef struct liq_book_loader {
    liq_book *book;
    const char *directory;
    const liq_progress *progress;
    uint32_t last_account;    /* of the row before: a guess at the next */
    liq_text last_id;         /* its id; empty: there was none */
    uint32_t searches;        /* for accounts that were not guessed */
    liq_account_batch *batch; /* of ids to look up later; NULL: each is looked up at once */
    size_t row;               /* of the current row in its table, where there is a batch */
    liq_error *err;
} liq_book_loader;

/** Accounts by id, groups, modes. */
LIQ_MUST_USE liq_status liq_book_load_accounts(liq_book_loader *loader);
LIQ_MUST_USE liq_status liq_book_load_balances(liq_book_loader *loader);
LIQ_MUST_USE liq_status liq_book_load_positions(liq_book_loader *loader);
LIQ_MUST_USE liq_status liq_book_load_marks(liq_book_loader *loader);
LIQ_MUST_USE liq_status liq_book_load_orders(liq_book_loader *loader);
LIQ_MUST_USE liq_status liq_book_load_depth(liq_book_loader *loader);

/** Open a file of the book. */
LIQ_MUST_USE liq_status liq_book_load_open(liq_book_loader *loader, liq_csv **out, const char *file,
                                           const liq_csv_column *columns, uint32_t column_count);

/* Fields of the current row. Each refusal names file, line, column and value. */

LIQ_MUST_USE liq_status liq_book_field_account(liq_book_loader *loader, const liq_csv *csv,
                                               uint32_t column, uint32_t *out);
LIQ_MUST_USE liq_status liq_book_field_instrument(const liq_book_loader *loader, const liq_csv *csv,
                                                  uint32_t column, uint32_t *out);
LIQ_MUST_USE liq_status liq_book_field_either_fail(const liq_book_loader *loader,
                                                   const liq_csv *csv, uint32_t column,
                                                   const char *first, const char *second);

/** One of two words; *out tells whether it is the second. Inline, for the sake of their lengths. */
LIQ_MUST_USE static inline liq_status liq_book_field_either(const liq_book_loader *loader,
                                                            const liq_csv *csv, uint32_t column,
                                                            const char *first, const char *second,
                                                            bool *out)
{
    const liq_text text = liq_csv_field(csv, column);

    *out = liq_text_equal(text, second);
    if (*out || liq_text_equal(text, first))
        return LIQ_OK;
    return liq_book_field_either_fail(loader, csv, column, first, second);
}

/** A quantity in contracts, as 1 .. LIQ_QUANTITY_LOTS_MAX lots. */
LIQ_MUST_USE liq_status liq_book_field_lots(const liq_book_loader *loader, const liq_csv *csv,
                                            uint32_t column, uint32_t instrument_index,
                                            int64_t *out);
/** A decimal above zero. */
LIQ_MUST_USE liq_status liq_book_field_price(const liq_book_loader *loader, const liq_csv *csv,
                                             uint32_t column, liq_decimal *out);
/** An amount in units of an asset. */
LIQ_MUST_USE liq_status liq_book_field_amount(const liq_book_loader *loader, const liq_csv *csv,
                                              uint32_t column, uint32_t asset_index, int64_t *out);
/** Refuse a price at which a lot is worth more than LIQ_LOT_VALUE_MAX. */
LIQ_MUST_USE liq_status liq_book_field_value_fail(const liq_book_loader *loader, const liq_csv *csv,
                                                  uint32_t column, uint32_t instrument_index);

/** Whether a price can be the index price of an asset: its exchange rate is exact and in range. */
bool liq_book_index_fits(const liq_venue *venue, uint32_t asset_index, liq_decimal price);

#endif
