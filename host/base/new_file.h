/*
 * A file that appears whole or not at all: written beside its place under another name, then
 * moved there. Readers of a file that is replaced keep the old one.
 */
#ifndef LIQ_BASE_NEW_FILE_H
#define LIQ_BASE_NEW_FILE_H

#include <stddef.h>
#include <stdint.h>

#include <liqscan/status.h>

enum { LIQ_NEW_FILE_PATH_BYTES = 4096 };

/* Zero it, with descriptor -1, to begin. */
typedef struct liq_new_file {
    int descriptor;
    uint64_t begun_offset; /* of the piece that is on its way to the disk */
    size_t begun_bytes;
    char path[LIQ_NEW_FILE_PATH_BYTES];
    char temporary[LIQ_NEW_FILE_PATH_BYTES + 16];
} liq_new_file;

/**
 * Begin a file, readable and writable by its owner alone (0600, less where the umask says so).
 * @param path  where it shall be: nothing, or a regular file, which is replaced
 * @return LIQ_OK, LIQ_BAD_INPUT (something else is there), LIQ_OUT_OF_RANGE (a long path), LIQ_IO
 */
LIQ_MUST_USE liq_status liq_new_file_begin(liq_new_file *file, const char *path, liq_error *err);

/** Write at a place; places left out read as zeros. @return LIQ_OK or LIQ_IO */
LIQ_MUST_USE liq_status liq_new_file_write(liq_new_file *file, uint64_t offset, const void *data,
                                           size_t bytes, liq_error *err);

/** Let nobody write to it from now on (0400, less where the umask says so): who maps it can then
 * rely on it. It can still be replaced. @return LIQ_OK or LIQ_IO */
LIQ_MUST_USE liq_status liq_new_file_seal(liq_new_file *file, liq_error *err);

/** Put the file in its place, safe from a loss of power. @return LIQ_OK or LIQ_IO */
LIQ_MUST_USE liq_status liq_new_file_commit(liq_new_file *file, liq_error *err);

/** Remove what was begun and not committed; any other is left alone. */
void liq_new_file_discard(liq_new_file *file);

#endif
