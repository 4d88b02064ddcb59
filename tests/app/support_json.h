/*
 * Looking into the JSON lines that the program prints.
 */
#ifndef LIQ_TESTS_SUPPORT_JSON_H
#define LIQ_TESTS_SUPPORT_JSON_H

#include "base/json.h"

/* The fields of a scan's rows, in their order. */
#define ROW_KEYS                                                                                   \
    "account,margin,equity,maintenance_margin,initial_margin,notional,margin_ratio,leverage,"      \
    "status"

/* The keys of an object, in their order, with commas between; lent until the next call. */
const char *keys_of(const liq_json_value *object);

/* Parse the next line, which the caller destroys; *at moves past it. */
liq_json *line_parse(const char **at);

/* A string member of the document's object, or "null"; lent until the next call. */
const char *text_of(const liq_json *json, const char *key);

#endif
