/*
 * Writing JSON: one value a line, fields in the order in which they are added, decimals as
 * strings. What is added is checked against the nesting, so that no line is ever malformed.
 */
#ifndef LIQ_OUTLET_JSON_OUT_H
#define LIQ_OUTLET_JSON_OUT_H

#include <stdbool.h>
#include <stdint.h>

#include "outlet/output.h"

enum { LIQ_JSON_OUT_DEPTH = 16 };

typedef struct liq_json_out {
    liq_output *output;
    uint32_t depth;                     /* containers that are open */
    bool has_items[LIQ_JSON_OUT_DEPTH]; /* whether the one at this depth needs a comma */
    bool is_array[LIQ_JSON_OUT_DEPTH];
} liq_json_out;

void liq_json_out_start(liq_json_out *json, liq_output *output);

/** Open an object or array. @param key  NULL at the top and inside an array */
void liq_json_out_object(liq_json_out *json, const char *key);
void liq_json_out_array(liq_json_out *json, const char *key);

/** Close the container that was opened last; closing the outermost ends the line. */
void liq_json_out_close(liq_json_out *json);

/** Add a string; NULL adds null. */
void liq_json_out_string(liq_json_out *json, const char *key, const char *string);

/** Add an integer. Readers that go through doubles lose digits past 2^53: only counts and times. */
void liq_json_out_count(liq_json_out *json, const char *key, uint64_t count);

void liq_json_out_bool(liq_json_out *json, const char *key, bool value);

/**
 * Write a string in quotes, with everything escaped that JSON demands. Bytes that are not UTF-8 are
 * written as U+FFFD.
 */
void liq_json_out_quoted(liq_output *output, const char *string);

#endif
