/*
 * A regular file as a piece of memory, private to this process.
 *
 * A file that nobody may write to, and that is this user's or root's, is mapped: nothing is copied,
 * and a page that is written to becomes this process's own. Any other file is read into memory,
 * because a mapped file that somebody cuts short kills the process, and one that is written to
 * changes under its reader. To replace a file that nobody may write to is harmless: the old one
 * stays for who has it.
 */
#ifndef LIQ_BASE_FILE_VIEW_H
#define LIQ_BASE_FILE_VIEW_H

#include <stdbool.h>
#include <stddef.h>

#include <liqscan/status.h>

#include "base/file.h"

/* Zeroed: none. */
typedef struct liq_file_view {
    char *data; /* aligned to a page, or as malloc aligns */
    size_t bytes;
    bool is_mapped;
} liq_file_view;

/**
 * Take memory for the whole of an open regular file. Nothing of it may be read until it is filled.
 * @return LIQ_OK, LIQ_IO or LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_file_view_take(liq_file_view *out, const liq_file *file,
                                           liq_error *err);

/**
 * Have a part of the file in its place. Several threads may do so for different parts.
 * @return LIQ_OK, or LIQ_IO, also when the file has become shorter
 */
LIQ_MUST_USE liq_status liq_file_view_fill(const liq_file_view *view, const liq_file *file,
                                           size_t offset, size_t bytes, liq_error *err);

/** Give it back; one that was never taken is left alone. */
void liq_file_view_clear(liq_file_view *view);

#endif
