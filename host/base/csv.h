/*
 * Strict CSV: a header, columns by name in any order, RFC 4180 quotes, LF or
 * CRLF. Every refusal names file, line, column and value.
 */
#ifndef LIQ_BASE_CSV_H
#define LIQ_BASE_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <liqscan/progress.h>
#include <liqscan/status.h>

#include "base/text.h"

typedef struct liq_csv liq_csv;

enum { LIQ_CSV_LINE_BYTES_MAX = 65536, LIQ_CSV_COLUMNS_MAX = 32 };

typedef struct liq_csv_column {
    const char *name;
    bool required;
} liq_csv_column;

/**
 * Open a file and read its header. The header must hold every required column, none twice
 * and none that is not in columns (the message lists the known ones). A UTF-8 byte-order mark
 * is skipped. A file without a header line is refused as empty.
 * @param path      shown in messages by its last component
 * @param columns   lent until the reader is destroyed; a column's number is its place here
 * @param progress  watched while reading; NULL allowed
 * @return LIQ_OK, LIQ_NOT_FOUND (no such file), LIQ_IO, LIQ_BAD_INPUT, LIQ_OUT_OF_RANGE (a pipe,
 *         which is read whole, of more than 1 GiB) or LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_csv_open(liq_csv **out, const char *path, const liq_csv_column *columns,
                                     uint32_t column_count, const liq_progress *progress,
                                     liq_error *err);

/** The same over a text in memory, lent until the reader is destroyed. */
LIQ_MUST_USE liq_status liq_csv_open_text(liq_csv **out, const char *name, liq_text text,
                                          const liq_csv_column *columns, uint32_t column_count,
                                          const liq_progress *progress, liq_error *err);

/**
 * Read a part of a file that has been opened, with columns and messages as if the rows before had
 * been read: several parts may be read at once, by one thread each.
 * @param whole   open on a regular file (see liq_csv_parts); lent until the part is destroyed, and
 *                not stepped meanwhile
 * @param begin   where a line starts: liq_csv_offset or liq_csv_line_start
 * @param end     likewise, or liq_csv_bytes; before the end of the file no line may be empty
 * @param line    of the row before, such as 1 for the first row
 * @param progress  watched while reading; NULL allowed
 */
LIQ_MUST_USE liq_status liq_csv_open_part(liq_csv **out, const liq_csv *whole, size_t begin,
                                          size_t end, uint64_t line, const liq_progress *progress,
                                          liq_error *err);

/** Move a part to another place of its file; the fields of the row before are gone. */
LIQ_MUST_USE liq_status liq_csv_part_move(liq_csv *part, size_t begin, size_t end, uint64_t line,
                                          liq_error *err);

/** Whether parts can be read: the input is a regular file. */
bool liq_csv_parts(const liq_csv *csv);

/** Where the next line starts, in bytes from the start of the file. */
size_t liq_csv_offset(const liq_csv *csv);

/**
 * Find where the first line starts that starts at offset or behind it.
 * @param start  receives the place, or liq_csv_bytes when there is none
 * @return LIQ_OK; LIQ_BAD_INPUT when a line before it is past the limit; LIQ_IO
 */
LIQ_MUST_USE liq_status liq_csv_line_start(const liq_csv *csv, size_t offset, size_t *start,
                                           liq_error *err);

/**
 * Count the lines of a part, the last of which need not end: several threads may do so at once.
 * @param begin  where a line starts, as for a part
 * @return LIQ_OK or LIQ_IO
 */
LIQ_MUST_USE liq_status liq_csv_line_count(const liq_csv *csv, size_t begin, size_t end,
                                           size_t *lines, liq_error *err);

void liq_csv_destroy(liq_csv *csv);

/**
 * Step to the next row. Empty lines are refused except at the very end of the file.
 * @param more  receives false after the last row
 * @return LIQ_OK, LIQ_BAD_INPUT (field count, quoting, UTF-8, NUL, line length), LIQ_INTERRUPTED
 *         or LIQ_IO (also for a file that grows or shrinks while it is read)
 */
LIQ_MUST_USE liq_status liq_csv_next(liq_csv *csv, bool *more, liq_error *err);

/* What a reader begins with: the only part of it that is seen from outside, because fields are read
 * many million times. */
typedef struct liq_csv_row {
    liq_text fields[LIQ_CSV_COLUMNS_MAX + 1]; /* the last stays empty: what absent columns read */
    uint32_t field_of[LIQ_CSV_COLUMNS_MAX];   /* by column; LIQ_CSV_COLUMNS_MAX when absent */
} liq_csv_row;

/** A field of the current row, lent until the next step; an optional column that is absent reads as
 * empty. */
static inline liq_text liq_csv_field(const liq_csv *csv, uint32_t column)
{
    const liq_csv_row *row = (const liq_csv_row *)(const void *)csv;

    return row->fields[row->field_of[column]];
}

/** Whether the file has this optional column. */
bool liq_csv_has(const liq_csv *csv, uint32_t column);

/** Line of the current row, from 1 (the header is line 1). */
uint64_t liq_csv_line(const liq_csv *csv);

/** Bytes of the whole file: an upper bound from which a loader may size its arrays. */
size_t liq_csv_bytes(const liq_csv *csv);

/**
 * Refuse a field of the current row: "positions.csv:12: quantity \"-3\": <reason>".
 * The reason is formatted from the rest; it may be the message already in err (pass err->message
 * through "%s" is safe: the reason is copied first).
 */
liq_status liq_csv_fail(const liq_csv *csv, uint32_t column, liq_error *err, liq_status status,
                        const char *format, ...) LIQ_PRINTF(5, 6);

#endif
