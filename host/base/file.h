/*
 * Files as bytes: what the readers of CSV and JSON share. Messages about
 * opening show the whole path, because the reader of the message has to find
 * the file; messages about contents show its last component.
 */
#ifndef LIQ_BASE_FILE_H
#define LIQ_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include <liqscan/status.h>

typedef struct liq_file {
    int descriptor;   /* -1 when closed */
    bool regular;     /* false: a pipe or a device, whose size is not known */
    size_t bytes;     /* size when it was opened; 0 unless regular */
    const char *path; /* lent by the caller until the file is closed */
} liq_file;

/**
 * Open a file for reading.
 * @param path  lent until the file is closed
 * @return LIQ_OK, LIQ_NOT_FOUND (no such file), LIQ_BAD_INPUT (a directory) or LIQ_IO
 */
LIQ_MUST_USE liq_status liq_file_open(liq_file *out, const char *path, liq_error *err);

/** Close; a closed file is left alone. */
void liq_file_close(liq_file *file);

/**
 * Read until room is full or the file ends. May block.
 * @param got  receives the bytes read; less than room only at the end of the file
 * @return LIQ_OK or LIQ_IO
 */
LIQ_MUST_USE liq_status liq_file_read(liq_file *file, char *buffer, size_t room, size_t *got,
                                      liq_error *err);

/** The same from a place of a regular file; several threads may do so at once. */
LIQ_MUST_USE liq_status liq_file_read_at(const liq_file *file, size_t offset, char *buffer,
                                         size_t room, size_t *got, liq_error *err);

/**
 * Read the rest into one terminated block, which the caller gives back with free().
 * @param bytes_max  more than that is refused as soon as it has been read
 * @return LIQ_OK, LIQ_OUT_OF_RANGE, LIQ_IO or LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_file_read_all(char **out, size_t *bytes_out, liq_file *file,
                                          size_t bytes_max, liq_error *err);

/** The last component of a path; points into it. */
const char *liq_file_name(const char *path);

#endif
