/*
 * The rows of one large file of a book, read by all processors and ordered by account.
 */
#ifndef LIQ_BOOK_LOAD_ROWS_H
#define LIQ_BOOK_LOAD_ROWS_H

#include "book/load_internal.h"

/* One file, and how its rows become rows of a table grouped by account. */
typedef struct liq_book_file {
    const char *name;
    const liq_csv_column *columns;
    uint32_t column_count;
    size_t row_bytes;
    size_t account_offset; /* of the uint32_t account_index in a row */
    /** Read the current row of csv into a zeroed row. May be called by several threads at once,
     * each with a loader of its own. */
    liq_status (*read)(liq_book_loader *loader, const liq_csv *csv, void *row);
    liq_table_order order; /* by account, and then among the rows of one */
} liq_book_file;

/**
 * Read a file and order its rows.
 * @param out  zeroed; receives the sorted table, which the caller clears
 */
LIQ_MUST_USE liq_status liq_book_load_rows(liq_book_loader *loader, const liq_book_file *file,
                                           liq_table *out);

#endif
