/*
 * A book whose positions and orders are long enough to be read in chunks by several threads.
 */
#ifndef LIQ_TESTS_BOOK_SUPPORT_LARGE_H
#define LIQ_TESTS_BOOK_SUPPORT_LARGE_H

#include <stddef.h>

#include "support_folder.h"

enum { LARGE_ACCOUNTS = 30000, LARGE_ROWS = 90000 };

/** Write the book; rows are in no order of accounts. */
void large_write(const folder *home);

/** Text of its positions.csv, which the caller frees: LARGE_ROWS lines below the header. */
char *large_positions(size_t *bytes);

/** Where a line of a text starts, from 1. */
char *large_line(char *text, size_t line);

#endif
