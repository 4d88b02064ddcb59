/*
 * What the files of the CSV reader share.
 */
#ifndef LIQ_BASE_CSV_INTERNAL_H
#define LIQ_BASE_CSV_INTERNAL_H

#include "base/csv.h"
#include "base/file.h"

enum { LIQ_CSV_LINE_END_BYTES = 2, LIQ_CSV_REPORT_BYTES = 1024 * 1024 };

struct liq_csv {
    liq_csv_row row; /* first: see liq_csv_field */
    char *name;
    liq_file file; /* closed when the bytes come from text */
    bool is_part;  /* of a file that somebody else closes */
    size_t file_bytes;
    char *owned;   /* a pipe's bytes, which text then points into */
    liq_text text; /* bytes not yet taken, when there is no file */
    size_t bytes;  /* where the input ends, from the start of the file */
    size_t taken;  /* up to where it has been copied into the window */
    char *window;  /* window[start .. end) is not read yet */
    size_t window_bytes;
    size_t capacity; /* without the padding */
    size_t start;
    size_t end;
    uint64_t line;
    size_t report_at;
    const liq_progress *progress;
    const liq_csv_column *columns;
    uint32_t column_count;
    uint32_t field_count;                    /* of the header; 0 while the header itself is read */
    uint32_t column_of[LIQ_CSV_COLUMNS_MAX]; /* by field */
};
/** A reader that has no input yet. @param name  copied */
LIQ_MUST_USE liq_status liq_csv_create(liq_csv **out, const char *name,
                                       const liq_csv_column *columns, uint32_t column_count,
                                       const liq_progress *progress, liq_error *err);

/** Take memory for the window, which then is empty. */
LIQ_MUST_USE liq_status liq_csv_window_take(liq_csv *csv, liq_error *err);

/** Have the next line in the window, with LIQ_CSV_PAD_BYTES of line ends behind it. */
LIQ_MUST_USE liq_status liq_csv_window_fill(liq_csv *csv, liq_error *err);

/** Read the header, find the columns it names, and refuse it when one that is required is missing.
 */
LIQ_MUST_USE liq_status liq_csv_header_read(liq_csv *csv, liq_error *err);

/** Read a line that needs care: quotes, bytes past ASCII, the header, or something to refuse. */
LIQ_MUST_USE liq_status liq_csv_line_read(liq_csv *csv, liq_error *err);

/** Refuse a file of which only so many bytes are there any more. @return LIQ_IO */
LIQ_MUST_USE liq_status liq_csv_shrunk(const liq_csv *csv, size_t seen, liq_error *err);

#endif
