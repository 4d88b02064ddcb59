/*
 * The first line of a connection: what it is.
 */
#ifndef LIQ_FEED_HELLO_H
#define LIQ_FEED_HELLO_H

#include <liqscan/status.h>

#include "base/text.h"

typedef struct liq_feed_hello {
    uint32_t source; /* index; UINT32_MAX: it subscribes */
    uint64_t from;   /* the first decision that a subscriber asks for */
} liq_feed_hello;

/**
 * @param line     without newline
 * @param sources  known names by index, NULL where there is none
 * @return LIQ_OK, LIQ_BAD_INPUT, LIQ_OUT_OF_RANGE, LIQ_NOT_FOUND (no such source) or
 * LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_feed_hello_read(liq_feed_hello *out, liq_text line,
                                            const char *const *sources, uint32_t source_count,
                                            liq_error *err);

#endif
