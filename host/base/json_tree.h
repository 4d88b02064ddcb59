/*
 * What a JSON document is inside: shared by json.c, which makes it, by
 * json_read.c, which reads it, and by json_place.c, which says where in it
 * something is wrong. Nobody else includes this.
 */
#ifndef LIQ_BASE_JSON_TREE_H
#define LIQ_BASE_JSON_TREE_H

#include <stddef.h>
#include <stdint.h>

#include "base/json.h"
#include "base/json_scan.h"

enum { LIQ_JSON_REASON_BYTES = 320 };

/* One bit each, so that a set of kinds is an integer. */
typedef enum liq_json_kind {
    LIQ_JSON_OBJECT = 1,
    LIQ_JSON_ARRAY = 2,
    LIQ_JSON_STRING = 4,
    LIQ_JSON_NUMBER = 8,
    LIQ_JSON_TRUE = 16,
    LIQ_JSON_FALSE = 32,
    LIQ_JSON_NULL = 64
} liq_json_kind;

struct liq_json_value {
    const char *key;              /* terminated; NULL for the root and for items */
    const char *string;           /* unescaped and terminated; NULL unless a string */
    const liq_json_value *parent; /* NULL for the root */
    uint32_t values;              /* in this subtree, itself included: the way to the next one */
    liq_json_kind kind;
};

struct liq_json {
    char *name;
    char *block;            /* the bytes as they came, terminated */
    liq_text text;          /* the same, without a byte-order mark */
    void *tree;             /* owns keys and strings; json.c knows its type */
    liq_json_spans spans;   /* the place of each value */
    liq_json_value *values; /* in document order: a first child directly follows its parent */
};

/** Whether value is of one of the kinds. */
bool liq_json_is(const liq_json_value *value, int kinds);

/** Children of a container; linear. */
size_t liq_json_children(const liq_json_value *container);

/** Where a value of this document stands. */
const liq_json_span *liq_json_span_of(const liq_json *json, const liq_json_value *value);

/** The line on which the key of a member stands. */
uint32_t liq_json_key_line(const liq_json *json, const liq_json_value *member);

/** liq_json_fail for a line of its own, such as that of one member of the value. */
liq_status liq_json_fail_line(const liq_json *json, const liq_json_value *value, uint32_t line,
                              liq_error *err, liq_status status, const char *reason);

#endif
