/*
 * Books that tests make array by array give back what they hold here.
 */
#ifndef LIQ_TESTS_SUPPORT_MADE_BOOK_H
#define LIQ_TESTS_SUPPORT_MADE_BOOK_H

#include "book/columns.h"

/* Everything but the book itself, which is zeroed. */
void liq_made_book_clear(liq_book *book);

/* Of a book whose venue is lent. */
void liq_made_columns_clear(liq_book *book);

#endif
