/*
 * Rows of typed cells, written as a table for people, as JSON lines or as CSV. The commands say
 * once what a row is; the three shapes are made here.
 *
 * JSON: one object a line, fields in column order, decimals as strings. CSV: RFC 4180 quoting,
 * lines end in LF. Table: left-aligned text and right-aligned numbers, no colours, laid out in
 * blocks of 4096 rows, so that a table of any length takes the same memory.
 */
#ifndef LIQ_OUTLET_EMIT_H
#define LIQ_OUTLET_EMIT_H

#include <stdbool.h>
#include <stdint.h>

#include <liqscan/status.h>

#include "base/decimal.h"
#include "base/int128.h"
#include "outlet/output.h"

typedef enum liq_format {
    LIQ_FORMAT_TABLE = 0,
    LIQ_FORMAT_JSON = 1,
    LIQ_FORMAT_CSV = 2
} liq_format;

enum { LIQ_EMIT_COLUMNS_MAX = 40, LIQ_EMIT_CELL_BYTES = 512, LIQ_EMIT_FULL = -1 };

typedef struct liq_emit_column {
    const char *name;            /* JSON key and CSV column, at most 32 bytes */
    const char *title;           /* head in the table; NULL: not shown there */
    bool is_right;               /* numbers */
    int32_t table_decimals;      /* of decimals in the table; LIQ_EMIT_FULL: all that there are */
    liq_rounding table_rounding; /* used when digits are cut; JSON and CSV carry all of them */
} liq_emit_column;

typedef struct liq_emit liq_emit;

/**
 * Begin. Columns and output are lent until liq_emit_destroy.
 * @param column_count  1 .. LIQ_EMIT_COLUMNS_MAX
 */
LIQ_MUST_USE liq_status liq_emit_create(liq_emit **out, liq_output *output, liq_format format,
                                        const liq_emit_column *columns, uint32_t column_count,
                                        liq_error *err);

/** Takes NULL. What liq_emit_finish did not write is dropped. */
void liq_emit_destroy(liq_emit *emit);

/** The next cell of the row. Text longer than LIQ_EMIT_CELL_BYTES is cut in tables. */
void liq_emit_text(liq_emit *emit, const char *text); /* NULL: null */
void liq_emit_decimal(liq_emit *emit, liq_int128 digits, int32_t decimals);
void liq_emit_count(liq_emit *emit, uint64_t count);
void liq_emit_bool(liq_emit *emit, bool value); /* true/false, in tables yes/no */
void liq_emit_null(liq_emit *emit);             /* there is no value: null, "", "-" */
void liq_emit_absent(liq_emit *emit);           /* no such field in this row: left out, "", "" */

/** Close a row, which must have all its cells. */
void liq_emit_row_end(liq_emit *emit);

/** Write what is still held back; CSV without a row gets its header here. */
void liq_emit_finish(liq_emit *emit);

#endif
