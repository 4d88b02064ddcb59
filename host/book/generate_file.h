/*
 * A text file that is written from its beginning to its end. The first failure is kept and what
 * follows it is dropped, so that only the end has to ask.
 */
#ifndef LIQ_BOOK_GENERATE_FILE_H
#define LIQ_BOOK_GENERATE_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <liqscan/status.h>

enum { LIQ_GENERATE_FILE_BYTES = 1 << 18 };

typedef struct liq_generate_file {
    char *buffer; /* NULL: not open */
    size_t used;
    uint64_t bytes; /* written so far, the buffer not counted */
    int descriptor;
    int native; /* errno of the first failure */
    char path[4096];
} liq_generate_file;

/** Create a file of a directory; it must not exist. Zero the file before. */
LIQ_MUST_USE liq_status liq_generate_file_open(liq_generate_file *file, const char *directory,
                                               const char *name, liq_error *err);

/** Write what is left and close. @param bytes  the file's size is added to it */
LIQ_MUST_USE liq_status liq_generate_file_close(liq_generate_file *file, uint64_t *bytes,
                                                liq_error *err);

/** Close without asking; takes a zeroed or closed one. */
void liq_generate_file_drop(liq_generate_file *file);

void liq_generate_file_add(liq_generate_file *file, const char *data, size_t bytes);

/** Inline, so that the length of a literal costs nothing. */
static inline void liq_generate_file_string(liq_generate_file *file, const char *string)
{
    liq_generate_file_add(file, string, strlen(string));
}

/** Add units x 10^-decimals as a plain decimal. @param decimals  -9 .. 18; below zero: zeros behind
 */
void liq_generate_file_decimal(liq_generate_file *file, int64_t units, int32_t decimals);

#endif
