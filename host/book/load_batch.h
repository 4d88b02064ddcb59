/*
 * Account ids of rows that have been read, to be looked up together: in a file that is not in the
 * order of ids each look-up alone waits for memory.
 */
#ifndef LIQ_BOOK_LOAD_BATCH_H
#define LIQ_BOOK_LOAD_BATCH_H

#include "base/names.h"
#include "base/text.h"
#include "book/table.h"

typedef struct liq_account_batch {
    char bytes[LIQ_NAMES_BATCH][LIQ_NAME_BYTES_MAX];
    liq_text ids[LIQ_NAMES_BATCH]; /* into bytes */
    size_t rows[LIQ_NAMES_BATCH];  /* of the table: whose accounts they are */
    uint32_t count;
} liq_account_batch;

/** Note the id of the row that is appended next. @return false when it cannot be an id at all */
bool liq_account_batch_add(liq_account_batch *batch, liq_text id, size_t row);

/**
 * Look all of them up, write the indices into the table, and begin anew.
 * @param account_offset  of the account_index in a row
 * @param last            receives the index of the last one, if there is any
 * @return false when there is no such account
 */
bool liq_account_batch_resolve(liq_account_batch *batch, const liq_names *accounts,
                               liq_table *table, size_t account_offset, uint32_t *last);

#endif
