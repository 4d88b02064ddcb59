/*
 * Whatever the strict scan accepts, cJSON accepts too; what a document holds,
 * written out again, reads the same; and numbers are the decimals they spell.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/json.h"
#include "base/json_tree.h"

/* A text that grows while a document is written into it. */
typedef struct text_out {
    char *data;
    size_t bytes;
    size_t capacity;
} text_out;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);
static liq_status document_write(liq_text text, text_out *out);
static void value_write(text_out *out, const liq_json *json, const liq_json_value *value);
static void scalar_write(text_out *out, const liq_json *json, const liq_json_value *value);
static void number_check(const liq_json *json, const liq_json_value *value);
static void string_write(text_out *out, liq_text text);
static void put(text_out *out, const char *piece, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    text_out first = {NULL, 0, 0};
    text_out second = {NULL, 0, 0};

    if (document_write((liq_text){(const char *)data, bytes}, &first) == LIQ_OK) {
        LIQ_ASSERT(document_write((liq_text){first.data, first.bytes}, &second) == LIQ_OK);
        LIQ_ASSERT(first.bytes == second.bytes);
        LIQ_ASSERT(memcmp(first.data, second.data, first.bytes) == 0);
    }
    free(first.data);
    free(second.data);
    return 0;
}

/* Read a text and write its document in one line. */
static liq_status document_write(liq_text text, text_out *out)
{
    liq_json *json = NULL;
    const liq_status status = liq_json_parse(&json, "f", text, NULL);

    /* cJSON refuses nothing that the scan let pass, or it would show as this. */
    LIQ_ASSERT(status != LIQ_OUT_OF_MEMORY);
    if (status == LIQ_OK)
        value_write(out, json, liq_json_root(json));
    liq_json_destroy(json);
    return status;
}

static void value_write(text_out *out, const liq_json *json, const liq_json_value *value)
{
    const bool object = liq_json_is_object(value);
    const liq_json_value *child;
    liq_error error;

    LIQ_ASSERT(liq_json_fail(json, value, &error, LIQ_BAD_INPUT, "r") == LIQ_BAD_INPUT);
    LIQ_ASSERT(strncmp(error.message, "f:", 2) == 0);
    if (!object && !liq_json_is_array(value)) {
        scalar_write(out, json, value);
        return;
    }
    put(out, object ? "{" : "[", 1);
    for (child = liq_json_first(value); child != NULL; child = liq_json_next(child)) {
        if (child != liq_json_first(value))
            put(out, ",", 1);
        if (object) {
            string_write(out, liq_json_key(child));
            put(out, ":", 1);
            LIQ_ASSERT(liq_json_member(value, liq_json_key(child).data) == child);
        }
        value_write(out, json, child);
    }
    put(out, object ? "}" : "]", 1);
}

static void scalar_write(text_out *out, const liq_json *json, const liq_json_value *value)
{
    const liq_text source = liq_json_source(json, value);
    liq_text text;

    if (liq_json_string(json, value, &text, NULL) == LIQ_OK) {
        LIQ_ASSERT(liq_text_utf8(text));
        string_write(out, text);
        return;
    }
    if (liq_json_is(value, LIQ_JSON_NUMBER))
        number_check(json, value);
    put(out, source.data, source.bytes);
}

/* A decimal that was read from a number and the number itself must be the same double. */
static void number_check(const liq_json *json, const liq_json_value *value)
{
    const liq_text source = liq_json_source(json, value);
    char number[LIQ_JSON_NUMBER_BYTES_MAX + 1];
    char plain[LIQ_DECIMAL_BYTES];
    liq_decimal decimal;
    int64_t integer;
    bool equal;

    LIQ_ASSERT(source.bytes < sizeof number);
    memcpy(number, source.data, source.bytes);
    number[source.bytes] = '\0';
    if (liq_json_number_decimal(json, value, &decimal, NULL) != LIQ_OK)
        return;
    (void)liq_decimal_format(plain, decimal.digits, decimal.decimals);
    equal = !(strtod(plain, NULL) < strtod(number, NULL)) &&
            !(strtod(plain, NULL) > strtod(number, NULL));
    LIQ_ASSERT(equal);
    if (liq_json_integer(json, value, INT64_MIN, INT64_MAX, &integer, NULL) == LIQ_OK)
        LIQ_ASSERT(decimal.decimals == 0 && decimal.digits == integer);
}

static void string_write(text_out *out, liq_text text)
{
    put(out, "\"", 1);
    for (size_t i = 0; i < text.bytes; i++) {
        char escape[8];

        if ((unsigned char)text.data[i] >= 0x20 && text.data[i] != '"' && text.data[i] != '\\') {
            put(out, text.data + i, 1);
            continue;
        }
        (void)snprintf(escape, sizeof escape, "\\u%04x", (unsigned)(unsigned char)text.data[i]);
        put(out, escape, 6);
    }
    put(out, "\"", 1);
}

static void put(text_out *out, const char *piece, size_t bytes)
{
    while (out->bytes + bytes > out->capacity) {
        out->capacity = out->capacity * 2 + 64;
        out->data = realloc(out->data, out->capacity);
        LIQ_ASSERT(out->data != NULL);
    }
    memcpy(out->data + out->bytes, piece, bytes);
    out->bytes += bytes;
}
