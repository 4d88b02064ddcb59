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

/* Places of values, kept from one text to the next so that memory for them is taken once. Starts
 * zeroed; the items are the caller's to give back with free(). */
typedef struct liq_json_spans {
    liq_json_span *items;
    size_t count;
    size_t capacity;
    size_t count_max; /* 0: LIQ_JSON_VALUES_MAX */
} liq_json_spans;

/**
 * Check a text and list its values in document order, each container before what it holds.
 * @param spans  what it held before is gone. When the text is refused it holds the values that
 * began before the fault; those that did not end there have 0 bytes
 * @param name   stands for the file in messages
 * @param text   at most LIQ_JSON_BYTES_MAX
 * @return LIQ_OK, LIQ_BAD_INPUT, LIQ_OUT_OF_RANGE (depth, number of values) or LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_json_scan(liq_json_spans *spans, const char *name, liq_text text,
                                      liq_error *err);

#endif
