/*
 * What the parts of the reader share.
 */
#ifndef LIQ_JOURNAL_READER_INTERNAL_H
#define LIQ_JOURNAL_READER_INTERNAL_H

#include "journal/journal_internal.h"
#include "journal/journal_reader.h"

struct liq_journal_reader {
    sqlite3 *database;
    sqlite3_stmt *lines; /* prepared when lines are asked for */
    liq_chain chain;
    char folder[LIQ_JOURNAL_PATH_BYTES];
    char name[LIQ_JOURNAL_NAME_BYTES_MAX + 1];
};

#endif
