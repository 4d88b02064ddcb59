/*
 * What the parts of the reader share.
 */
#ifndef LIQ_JOURNAL_READER_INTERNAL_H
#define LIQ_JOURNAL_READER_INTERNAL_H

#include "journal/journal_internal.h"
#include "journal/journal_origin.h"
#include "journal/journal_reader.h"

/* One part of the journal is open at a time. Statements that were prepared on another one go on
 * working until they are finalized. */
struct liq_journal_reader {
    sqlite3 *database;
    sqlite3_stmt *lines; /* prepared when lines are asked for */
    uint64_t part;
    liq_journal_origin origin; /* of the part */
    liq_chain chain;
    char folder[LIQ_JOURNAL_PATH_BYTES];
    char name[LIQ_JOURNAL_NAME_BYTES_MAX + 1];
};

/** Open a part, unless it is. */
LIQ_MUST_USE liq_status liq_reader_part_open(liq_journal_reader *reader, uint64_t first,
                                             liq_error *err);

/** The part behind the present one. @return LIQ_OK; LIQ_NOT_FOUND: it is the youngest */
LIQ_MUST_USE liq_status liq_reader_part_next(liq_journal_reader *reader, liq_error *err);

LIQ_MUST_USE liq_status liq_reader_newest(liq_journal_reader *reader, liq_error *err);

/** The part that holds a tick, or would; the oldest for those before it. */
LIQ_MUST_USE liq_status liq_reader_at_tick(liq_journal_reader *reader, uint64_t tick,
                                           liq_error *err);

/** The same of a decision. */
LIQ_MUST_USE liq_status liq_reader_at_seq(liq_journal_reader *reader, uint64_t seq, liq_error *err);

#endif
