/*
 * Two books compared field by field: what a load by another way, or from another file, must give.
 */
#ifndef LIQ_TESTS_BOOK_SUPPORT_BOOKS_EQUAL_H
#define LIQ_TESTS_BOOK_SUPPORT_BOOKS_EQUAL_H

#include <liqscan/book.h>

/** What differs first, such as "positions: row 3", or NULL when nothing does. */
const char *books_difference(const liq_book *left, const liq_book *right);

#endif
