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

/* The place of a row: of each row as it came, and in a sorted table of each row in order. */
typedef struct liq_table_entry {
    uint64_t key;
    uint32_t group;
    uint32_t row; /* in a sorted table: counted from the first row of the file */
} liq_table_entry;

enum { LIQ_TABLE_ROW_BYTES_MAX = 256 };

/* Zero it and set row_bytes, at most LIQ_TABLE_ROW_BYTES_MAX, to begin. */
typedef struct liq_table {
    char *rows;
    liq_table_entry *entries;
    uint64_t *group_first; /* of a sorted table: group_count + 1 */
    size_t row_bytes;
    size_t count;
    size_t row_capacity;
    size_t entry_capacity;
} liq_table;

/* Rows that stand one behind the other in the file. */
typedef struct liq_table_run {
    const liq_table *table;
    size_t first;
    size_t count;
} liq_table_run;

/** Give back what the table still owns. */
void liq_table_clear(liq_table *table);

/** Append a copy of a row. @return LIQ_OK, LIQ_OUT_OF_RANGE (2^32 - 1 rows) or LIQ_OUT_OF_MEMORY */
LIQ_MUST_USE liq_status liq_table_append(liq_table *table, const void *row, uint32_t group,
                                         uint64_t key, liq_error *err);

/**
 * Order the rows by group, key, and place in the file. A counting sort over groups, then a sort
 * inside each: no step is quadratic. rows and group_first may then be taken over by the caller, who
 * sets the pointers to NULL.
 */
LIQ_MUST_USE liq_status liq_table_sort(liq_table *table, uint32_t group_count, liq_error *err);

/**
 * The same for a file whose rows were collected in several tables, with all processors.
 * @param out   zeroed but for row_bytes; receives the sorted rows
 * @param runs  all rows of the file, in its order; their tables stay as they are
 * @return LIQ_OK, LIQ_OUT_OF_RANGE (2^32 - 1 rows) or LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_table_sort_runs(liq_table *out, const liq_table_run *runs,
                                            uint32_t run_count, uint32_t group_count,
                                            liq_error *err);

/**
 * In a sorted table: find the row nearest to the head of the file whose group and key are
 * there already.
 * @param place  receives its place in the order
 * @param line   receives its line, line_before that of the row before it
 */
bool liq_table_duplicate(const liq_table *table, size_t *place, uint64_t *line,
                         uint64_t *line_before);

#endif
