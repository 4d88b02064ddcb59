/*
 * A folder of files for one test: made under TMPDIR, removed with all that is in it.
 */
#ifndef LIQ_TESTS_BOOK_SUPPORT_FOLDER_H
#define LIQ_TESTS_BOOK_SUPPORT_FOLDER_H

#include <stddef.h>

enum { FOLDER_PATH_BYTES = 512 };

typedef struct folder {
    char path[FOLDER_PATH_BYTES];
} folder;

/* One file of a book. */
typedef struct folder_file {
    const char *name;
    const char *text;
} folder_file;

folder book_folder_create(void);
void book_folder_remove(const folder *target);

/** Path of a file in the folder; lent until the next call. */
const char *book_folder_path(const folder *target, const char *name);
void book_folder_write(const folder *target, const char *name, const void *data, size_t bytes);
void book_folder_write_text(const folder *target, const char *name, const char *text);
void book_folder_write_all(const folder *target, const folder_file *files, size_t count);

/* A book in which every kind, tier form, margin mode and optional file occurs. */
enum { GOOD_BOOK_FILES = 7 };
extern const folder_file good_book[GOOD_BOOK_FILES];

/** Text of a file of the good book. */
const char *good_book_text(const char *name);

/** A copy of text with the first needle replaced, which must be there; the caller frees it. */
char *text_replace(const char *text, const char *needle, const char *replacement);

#endif
