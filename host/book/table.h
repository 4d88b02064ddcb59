/*
 * Rows of one file: collected in the order of the file, then ordered by group (the account) and
 * key within it. A row stands on one line and no line is empty, so row i stands on line i + 2.
 */
#ifndef LIQ_BOOK_TABLE_H
#define LIQ_BOOK_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <liqscan/status.h>

enum { LIQ_TABLE_ROW_BYTES_MAX = 256 };

/* What rows are ordered by. Called by several threads at once. */
typedef struct liq_table_order {
    uint32_t (*group)(const void *row);
    uint64_t (*key)(const void *row);
} liq_table_order;

/* Zero it and set row_bytes, at most LIQ_TABLE_ROW_BYTES_MAX, and order to begin. */
typedef struct liq_table {
    char *rows;
    uint64_t *group_first; /* of a sorted table: group_count + 1 */
    size_t row_bytes;
    size_t count;
    size_t capacity;
    liq_table_order order;
    size_t twice; /* of a sorted table: see liq_table_duplicate; 0: no two rows are equal */
    uint64_t twice_line;
    uint64_t twice_line_before;
} liq_table;

/** Give back what the table still owns. */
void liq_table_clear(liq_table *table);

/** Make room for so many zeroed rows, in a table that has none. */
LIQ_MUST_USE liq_status liq_table_reserve(liq_table *table, size_t rows, liq_error *err);

/** Append a copy of a row. @return LIQ_OK, LIQ_OUT_OF_RANGE (2^32 - 1 rows) or LIQ_OUT_OF_MEMORY */
LIQ_MUST_USE liq_status liq_table_append(liq_table *table, const void *row, liq_error *err);

/**
 * Order the rows by group, key, and place in the file, with all processors. Rows that come in order
 * are looked at once; others go through a counting sort over groups, and a sort inside each: no
 * step is quadratic. rows and group_first may then be taken over by the caller, who sets the
 * pointers to NULL.
 * @return LIQ_OK, LIQ_OUT_OF_RANGE (2^32 - 1 rows) or LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_table_sort(liq_table *table, uint32_t group_count, liq_error *err);

/**
 * In a sorted table: find the row nearest to the head of the file whose group and key are
 * there already.
 * @param place  receives its place in the order
 * @param line   receives its line, line_before that of the row before it
 */
bool liq_table_duplicate(const liq_table *table, size_t *place, uint64_t *line,
                         uint64_t *line_before);

#endif
