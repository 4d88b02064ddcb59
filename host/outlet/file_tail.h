/*
 * The end of a file of decisions: which was written last, and where a torn line begins.
 */
#ifndef LIQ_OUTLET_FILE_TAIL_H
#define LIQ_OUTLET_FILE_TAIL_H

#include <stdint.h>

#include <liqscan/status.h>

#include "base/text.h"

typedef struct liq_file_tail {
    uint64_t last_seq;   /* of the last whole line; 0: there is none */
    uint64_t keep_bytes; /* what is behind is torn */
    liq_text line;       /* the last whole line, without newline; in the room */
} liq_file_tail;

/**
 * Read the end of a regular file, never more than the room: two lines of the greatest length.
 * @param path  for messages
 * @param room  at least 2 * (LIQ_LINE_BYTES_MAX + 1) bytes
 * @return LIQ_OK; LIQ_BAD_INPUT (the file does not end with a decision, whole or torn: nothing
 * shall be cut from it); LIQ_IO
 */
LIQ_MUST_USE liq_status liq_file_tail_read(liq_file_tail *out, int descriptor, const char *path,
                                           char *room, liq_error *err);

/** The "seq" that a line of a decision begins with; 0: it does not. */
uint64_t liq_line_seq(liq_text line);

#endif
