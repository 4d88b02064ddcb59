/*
 * What tells two states of a book's files apart without reading them.
 */
#ifndef LIQ_BOOK_STAMP_H
#define LIQ_BOOK_STAMP_H

#include <stdbool.h>
#include <stdint.h>

enum { LIQ_BOOK_FILES = 7 };

/* One file; all zero when there is none of that name. */
typedef struct liq_file_stamp {
    uint64_t is_there;
    uint64_t bytes;
    uint64_t inode;
    int64_t modified_s;
    int64_t modified_ns;
    int64_t changed_s; /* set by the system alone: nobody can put it back */
    int64_t changed_ns;
    int64_t reserved_zero;
} liq_file_stamp;

/* All files that a book may have, in a fixed order. */
typedef struct liq_book_stamp {
    liq_file_stamp files[LIQ_BOOK_FILES];
} liq_book_stamp;

/**
 * Take the stamp of the files of a directory.
 * @return whether it tells: each file can be looked at, and none has changed within the last two
 * seconds. A file that changes twice within one tick of the file system's clock keeps its times,
 * so a younger stamp proves nothing; two seconds is the coarsest such tick.
 */
bool liq_book_stamp_take(liq_book_stamp *out, const char *directory);

bool liq_book_stamp_equal(const liq_book_stamp *left, const liq_book_stamp *right);

/** Name of a file whose stamps differ, or NULL. */
const char *liq_book_stamp_difference(const liq_book_stamp *left, const liq_book_stamp *right);

#endif
