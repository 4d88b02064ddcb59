/*
 * Strict JSON over cJSON: no duplicate keys, no unknown keys, valid UTF-8, one
 * value a document, exact decimals as strings. Every refusal names the file, the
 * line, the path inside the document and the value.
 * The only file that knows cJSON is json.c.
 */
#ifndef LIQ_BASE_JSON_H
#define LIQ_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <liqscan/status.h>

#include "base/decimal.h"
#include "base/text.h"

typedef struct liq_json liq_json; /* a document, owns everything below it */
typedef struct liq_json_value
    liq_json_value; /* a value in it, lent as long as the document lives */

enum { LIQ_JSON_BYTES_MAX = 256 * 1024 * 1024, LIQ_JSON_DEPTH_MAX = 32 };

/**
 * Read a file. @return LIQ_OK, LIQ_NOT_FOUND, LIQ_IO, LIQ_BAD_INPUT, LIQ_OUT_OF_RANGE (size, depth)
 * or LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_json_load(liq_json **out, const char *path, liq_error *err);

/** Read a text; name stands for the file in messages and is copied. */
LIQ_MUST_USE liq_status liq_json_parse(liq_json **out, const char *name, liq_text text,
                                       liq_error *err);

void liq_json_destroy(liq_json *json);

const liq_json_value *liq_json_root(const liq_json *json);

/** Refuse a value: "venue.json:14: instruments[3].tiers[2].mmr \"x\": <reason>". */
liq_status liq_json_fail(const liq_json *json, const liq_json_value *value, liq_error *err,
                         liq_status status, const char *format, ...) LIQ_PRINTF(5, 6);

bool liq_json_is_object(const liq_json_value *value);
bool liq_json_is_array(const liq_json_value *value);
bool liq_json_is_string(const liq_json_value *value);
bool liq_json_is_null(const liq_json_value *value);

/**
 * Require an object whose keys are all in keys (the message names the unknown key and lists the
 * known ones).
 * @param keys  NULL-terminated; NULL allows any key
 */
LIQ_MUST_USE liq_status liq_json_object(const liq_json *json, const liq_json_value *value,
                                        const char *const *keys, liq_error *err);

/** A member by exact key, or NULL. */
const liq_json_value *liq_json_member(const liq_json_value *object, const char *key);

/** A member that must be there: "... lacks \"key\"". */
LIQ_MUST_USE liq_status liq_json_need(const liq_json *json, const liq_json_value *object,
                                      const char *key, const liq_json_value **out, liq_error *err);

/** Require an array of at most count_max items and give their number. */
LIQ_MUST_USE liq_status liq_json_array(const liq_json *json, const liq_json_value *value,
                                       uint32_t count_max, uint32_t *count_out, liq_error *err);

/** A value as it is written in the document; lent. */
liq_text liq_json_source(const liq_json *json, const liq_json_value *value);

/** First child of an array or object, and the next one; NULL at the end. Linear over all children.
 */
const liq_json_value *liq_json_first(const liq_json_value *container);
const liq_json_value *liq_json_next(const liq_json_value *value);

/** Key of a member of an object; empty for an array's item. */
liq_text liq_json_key(const liq_json_value *value);

LIQ_MUST_USE liq_status liq_json_string(const liq_json *json, const liq_json_value *value,
                                        liq_text *out, liq_error *err);

/** A JSON number that is an integer in min .. max. */
LIQ_MUST_USE liq_status liq_json_integer(const liq_json *json, const liq_json_value *value,
                                         int64_t min, int64_t max, int64_t *out, liq_error *err);

LIQ_MUST_USE liq_status liq_json_bool(const liq_json *json, const liq_json_value *value, bool *out,
                                      liq_error *err);

/** A decimal: a string in the grammar of decimal.h (a bare number is refused: it would pass through
 * a double). */
LIQ_MUST_USE liq_status liq_json_decimal(const liq_json *json, const liq_json_value *value,
                                         liq_decimal *out, liq_error *err);

/**
 * A JSON number as the exact decimal that its text spells, exponents included, for foreign files
 * such as ccxt's that carry decimals as numbers (0.004, 1e-05, 50000.0).
 */
LIQ_MUST_USE liq_status liq_json_number_decimal(const liq_json *json, const liq_json_value *value,
                                                liq_decimal *out, liq_error *err);

#endif
