#include "outlet/json_out.h"

#include <string.h>

#include "base/fail.h"
#include "base/text.h"

static void item_start(liq_json_out *json, const char *key);
static void container_open(liq_json_out *json, const char *key, bool is_array);
static size_t plain_bytes(const char *at);
static size_t character_add(liq_output *output, const char *at);

void liq_json_out_start(liq_json_out *json, liq_output *output)
{
    *json = (liq_json_out){.output = output};
}

void liq_json_out_object(liq_json_out *json, const char *key)
{
    container_open(json, key, false);
}

void liq_json_out_array(liq_json_out *json, const char *key)
{
    container_open(json, key, true);
}

void liq_json_out_close(liq_json_out *json)
{
    LIQ_ASSERT(json->depth > 0);
    json->depth--;
    liq_output_add(json->output, json->is_array[json->depth] ? "]" : "}", 1);
    if (json->depth == 0)
        liq_output_add(json->output, "\n", 1);
}

void liq_json_out_string(liq_json_out *json, const char *key, const char *string)
{
    item_start(json, key);
    if (string == NULL)
        liq_output_add(json->output, "null", 4);
    else
        liq_json_out_quoted(json->output, string);
}

void liq_json_out_count(liq_json_out *json, const char *key, uint64_t count)
{
    item_start(json, key);
    liq_output_format(json->output, "%llu", (unsigned long long)count);
}

void liq_json_out_bool(liq_json_out *json, const char *key, bool value)
{
    item_start(json, key);
    liq_output_string(json->output, value ? "true" : "false");
}

void liq_json_out_quoted(liq_output *output, const char *string)
{
    liq_output_add(output, "\"", 1);
    while (*string != '\0') {
        const size_t plain = plain_bytes(string);

        liq_output_add(output, string, plain);
        string += plain;
        if (*string != '\0')
            string += character_add(output, string);
    }
    liq_output_add(output, "\"", 1);
}

static void item_start(liq_json_out *json, const char *key)
{
    if (json->depth == 0) {
        LIQ_ASSERT(key == NULL);
        return;
    }
    LIQ_ASSERT((key == NULL) == json->is_array[json->depth - 1]);
    if (json->has_items[json->depth - 1])
        liq_output_add(json->output, ",", 1);
    json->has_items[json->depth - 1] = true;
    if (key != NULL) {
        liq_json_out_quoted(json->output, key);
        liq_output_add(json->output, ":", 1);
    }
}

static void container_open(liq_json_out *json, const char *key, bool is_array)
{
    item_start(json, key);
    LIQ_ASSERT(json->depth < LIQ_JSON_OUT_DEPTH);
    json->has_items[json->depth] = false;
    json->is_array[json->depth] = is_array;
    json->depth++;
    liq_output_add(json->output, is_array ? "[" : "{", 1);
}

/* Bytes from here on that stand for themselves. */
static size_t plain_bytes(const char *at)
{
    size_t bytes = 0;

    while ((unsigned char)at[bytes] >= 0x20 && (unsigned char)at[bytes] < 0x7f &&
           at[bytes] != '"' && at[bytes] != '\\')
        bytes++;
    return bytes;
}

/* Add one character that may need an escape; gives the bytes it took. */
static size_t character_add(liq_output *output, const char *at)
{
    const unsigned char first = (unsigned char)*at;
    const size_t bytes = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;

    if (first == '"' || first == '\\') {
        liq_output_add(output, "\\", 1);
        liq_output_add(output, at, 1);
        return 1;
    }
    if (first < 0x20 || first == 0x7f) {
        liq_output_format(output, "\\u%04x", (unsigned)first);
        return 1;
    }
    if (strnlen(at, bytes) == bytes && liq_text_utf8((liq_text){at, bytes})) {
        liq_output_add(output, at, bytes);
        return bytes;
    }
    liq_output_string(output, "\xef\xbf\xbd");
    return 1;
}
