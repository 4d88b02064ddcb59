/*
 * Reading a journal: a connection of its own, which changes nothing, holds nobody up, and sees
 * what is committed while another process or thread writes. One thread at a time.
 *
 * Lists are read in blocks, each in a transaction of its own, so that a long export does not keep
 * the WAL of a running sidecar from being emptied. Records never change, so that makes no
 * difference to what is read.
 */
#ifndef LIQ_JOURNAL_JOURNAL_READER_H
#define LIQ_JOURNAL_JOURNAL_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <liqscan/status.h>

#include "journal/journal.h"
#include "journal/journal_folder.h"

typedef struct liq_journal_reader liq_journal_reader;

/**
 * Open for reading.
 * @param path  the folder, or its journal.db
 * @return LIQ_OK, LIQ_NOT_FOUND (no journal there), LIQ_BAD_INPUT (no journal of ours, damaged),
 * LIQ_IO, LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_journal_reader_open(liq_journal_reader **out, const char *path,
                                                liq_error *err);

/** Takes NULL. */
void liq_journal_reader_close(liq_journal_reader *reader);

/** The folder, and the name of the sidecar; lent as long as the reader lives. */
const char *liq_journal_reader_folder(const liq_journal_reader *reader);
const char *liq_journal_reader_name(const liq_journal_reader *reader);

/** How far the record goes now. */
LIQ_MUST_USE liq_status liq_journal_reader_last(liq_journal_reader *reader, liq_journal_last *out,
                                                liq_error *err);

/**
 * The decisions of a tick: those behind *first up to *last.
 * @return LIQ_OK, LIQ_NOT_FOUND (no such tick), LIQ_IO, LIQ_BAD_INPUT
 */
LIQ_MUST_USE liq_status liq_journal_reader_seqs(liq_journal_reader *reader, uint64_t tick,
                                                uint64_t *first, uint64_t *last, liq_error *err);

/**
 * Copy lines of decisions as they were emitted, each with its LF, from seq on: as many whole ones
 * as there are and fit. Fits where an outlet asks for lines that have left its memory.
 * @param reader  a liq_journal_reader
 * @param bytes   receives how many were copied; 0: there is no such decision yet
 * @param next    receives the seq to ask for next
 * @return LIQ_OK; LIQ_OUT_OF_RANGE (not even the first line fits: LIQ_JOURNAL_LINE_BYTES_MAX + 1
 * is enough for any); LIQ_IO, LIQ_BAD_INPUT
 */
LIQ_MUST_USE liq_status liq_journal_reader_lines(void *reader, uint64_t seq, char *out, size_t room,
                                                 size_t *bytes, uint64_t *next, liq_error *err);

typedef struct liq_journal_snapshot {
    uint64_t tick;        /* whose state it holds */
    uint64_t noted_after; /* the last tick when it was noted */
    char sha256[LIQ_HASH_HEX_BYTES];
    char file[LIQ_JOURNAL_PATH_BYTES];
} liq_journal_snapshot;

/**
 * A snapshot that was noted.
 * @param index  0: the newest
 * @return LIQ_OK, LIQ_NOT_FOUND (there are not so many), LIQ_IO, LIQ_BAD_INPUT
 */
LIQ_MUST_USE liq_status liq_journal_reader_snapshot(liq_journal_reader *reader, uint32_t index,
                                                    liq_journal_snapshot *out, liq_error *err);

/** The first tick whose inputs are kept, and that is itself in a part that is there; those before
 * are gone by policy. 1: all are there. */
LIQ_MUST_USE liq_status liq_journal_reader_kept_from(liq_journal_reader *reader, uint64_t *out,
                                                     liq_error *err);

/* Lists, and what they are ordered and bounded by. */
typedef enum liq_journal_list {
    LIQ_JOURNAL_TICKS = 0,     /* tick */
    LIQ_JOURNAL_DECISIONS = 1, /* seq */
    LIQ_JOURNAL_LEGS = 2,      /* seq */
    LIQ_JOURNAL_MARKS = 3,     /* tick */
    LIQ_JOURNAL_FUNDS = 4,     /* tick */
    LIQ_JOURNAL_SOURCES = 5,   /* tick */
    LIQ_JOURNAL_LISTS = 6
} liq_journal_list;

enum { LIQ_JOURNAL_COLUMNS_MAX = 24 };

/** Names of the columns of a list; lent for ever. */
const char *const *liq_journal_list_columns(liq_journal_list list, uint32_t *count);

typedef struct liq_journal_range {
    uint64_t first;      /* 0 and 1: from the beginning */
    uint64_t last;       /* 0: to what is the end now */
    const char *account; /* of decisions: its own, or against it; NULL: all. Lent. */
} liq_journal_range;

typedef struct liq_journal_rows liq_journal_rows;

/** Begin a list. @param reader  lent until it is closed */
LIQ_MUST_USE liq_status liq_journal_rows_open(liq_journal_rows **out, liq_journal_reader *reader,
                                              liq_journal_list list, const liq_journal_range *range,
                                              liq_error *err);

/** Takes NULL. */
void liq_journal_rows_close(liq_journal_rows *rows);

/** Go to the next row. @return LIQ_OK, LIQ_IO, LIQ_BAD_INPUT, LIQ_OUT_OF_MEMORY */
LIQ_MUST_USE liq_status liq_journal_rows_next(liq_journal_rows *rows, bool *has_row,
                                              liq_error *err);

/** Whether a cell holds a whole number. */
bool liq_journal_rows_is_number(const liq_journal_rows *rows, uint32_t column);
int64_t liq_journal_rows_number(const liq_journal_rows *rows, uint32_t column);

/** A cell as text, terminated, hashes as hex digits; NULL: it is empty. Lent until the next row. */
const char *liq_journal_rows_text(const liq_journal_rows *rows, uint32_t column);

#endif
