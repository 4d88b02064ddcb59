/*
 * A folder with the files of a book, for parsers that are handed one. It goes when the process
 * ends. One for each process.
 */
#ifndef LIQ_TESTS_BOOK_FOLDER_H
#define LIQ_TESTS_BOOK_FOLDER_H

#include <stddef.h>

/* Make it, below $TMPDIR or /tmp. @return its path, lent for ever */
const char *book_folder_make(void);

/* The path of a file of it; lent until the next call. */
const char *book_folder_path(const char *name);

/* Write a file of it anew. */
void book_folder_write(const char *name, const void *data, size_t bytes);

#endif
