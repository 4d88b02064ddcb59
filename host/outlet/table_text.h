/*
 * A table of text in columns as wide as what they hold, measured as a terminal shows it.
 */
#ifndef LIQ_OUTLET_TABLE_TEXT_H
#define LIQ_OUTLET_TABLE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <liqscan/status.h>

#include "outlet/output.h"

typedef struct liq_table_text liq_table_text;

/** Begin a table. @param indent  blanks before each line */
LIQ_MUST_USE liq_status liq_table_text_create(liq_table_text **out, liq_output *output,
                                              uint32_t indent, liq_error *err);

/** Takes NULL. Rows that were not flushed are dropped. */
void liq_table_text_destroy(liq_table_text *table);

/** Add a column, before the first cell; at most 24. @param title  lent, NULL: no head at all */
void liq_table_text_column(liq_table_text *table, const char *title, bool is_right);

/** The same for several: the first ones, texts of them, to the left and the others to the right. */
void liq_table_text_columns(liq_table_text *table, const char *const *titles, uint32_t count,
                            uint32_t texts);

/**
 * Add the next cell of the row; cut at 512 bytes. Control characters and broken UTF-8 become
 * U+FFFD, so that no name in a book can steer a terminal.
 */
void liq_table_text_cell(liq_table_text *table, const char *text);

/** Close the row, which must have all its cells. */
void liq_table_text_row_end(liq_table_text *table);

/** Rows held since the last flush. */
uint32_t liq_table_text_rows(const liq_table_text *table);

/**
 * Write the rows held, before the first of them the head. Columns keep the widest width that they
 * had, so that the next rows line up unless they need more.
 */
void liq_table_text_flush(liq_table_text *table);

/** Columns that a terminal takes to show text (UTF-8). */
size_t liq_table_text_width(const char *text);

#endif
