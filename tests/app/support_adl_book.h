/*
 * Small books on disk for tests of auto-deleveraging: one linear instrument in one currency, one
 * position an account.
 */
#ifndef LIQ_TESTS_SUPPORT_ADL_BOOK_H
#define LIQ_TESTS_SUPPORT_ADL_BOOK_H

#include <stdbool.h>
#include <stdio.h>

#include "base/decimal.h"

/* Files that are written line by line. */
typedef struct adl_book {
    FILE *accounts;
    FILE *balances;
    FILE *positions;
} adl_book;

/* Start a book in a folder: XUSD in USD by the rules of BitMEX. */
void adl_book_start(adl_book *book, const char *folder, const char *lot, const char *mark);

/* Add an account that holds a position; ids ascend. */
void adl_book_add(adl_book *book, const char *account, const char *side, const char *quantity,
                  const char *entry_price, const char *balance);

void adl_book_end(adl_book *book);

/* Five shorts that rank differently by the rules of different venues, and an exempt one; the mark
 * is 80. */
void five_shorts_write(const char *folder, const char *lot);

/* A decimal as a count of 10^-12; it must be one. */
liq_int128 exact_of(const char *text);

#endif
