/*
 * The strict half of reading JSON: whether a text is one value in the grammar
 * of RFC 8259, and where in the text each value stands. It refuses what JSON
 * libraries let pass: leading zeros, lone surrogates, NUL, text that is not
 * UTF-8, anything behind the value.
 */
#ifndef LIQ_BASE_JSON_SCAN_H
#define LIQ_BASE_JSON_SCAN_H

#include <stddef.h>
#include <stdint.h>

#include <liqscan/status.h>

#include "base/text.h"

enum {
    LIQ_JSON_NUMBER_BYTES_MAX = 63, /* the longest that cJSON reads as one number */
    LIQ_JSON_VALUES_MAX = 16 * 1024 * 1024
};

/* Where a value stands. A container ends with its bracket, a string with its quote. */
typedef struct liq_json_span {
    uint32_t offset;
    uint32_t bytes;
    uint32_t line; /* on which it begins, from 1 */
} liq_json_span;

/**
 * Check a text and list its values in document order, each container before what it holds.
 * @param name   stands for the file in messages
 * @param text   at most LIQ_JSON_BYTES_MAX
 * @param spans  receives the list, which the caller gives back with free()
 * @return LIQ_OK, LIQ_BAD_INPUT, LIQ_OUT_OF_RANGE (depth, number of values) or LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_json_scan(liq_json_span **spans, size_t *count_out, const char *name,
                                      liq_text text, liq_error *err);

#endif
