/*
 * Refusals of spoiled books: each row spoils one file of the good book in one way and states
 * the whole message. A row's text is what a person at an exchange reads: file, line,
 * column or path, value, limit.
 */
#ifndef LIQ_TESTS_BOOK_SUPPORT_REFUSAL_H
#define LIQ_TESTS_BOOK_SUPPORT_REFUSAL_H

#include <stddef.h>

#include <liqscan/status.h>

#include "support_folder.h"

typedef struct bad_row {
    const char *file;
    const char *needle;      /* replaced once; NULL: the whole file */
    const char *replacement; /* NULL: the file is removed */
    liq_status status;
    const char *message; /* "..." in front: the end of the message, which begins with a path */
} bad_row;

#define DECIMAL "is not a plain decimal such as -12.5"

/** Load the book, which must be refused as the row says, and leave no trace of it. */
void refusal_expect(const folder *book, const bad_row *row);

/** Spoil the good book, which lies in the folder, by each row in turn, and mend it again. */
void refusals_expect(const folder *book, const bad_row *rows, size_t count);

#define EXPECT_REFUSALS(rows) refusals_expect(&home, rows, sizeof(rows) / sizeof((rows)[0]))

#endif
