#include "outlet/json_out.h"

#include "base/fail.h"
#include "base/json_quote.h"

static void item_start(liq_json_out *json, const char *key);
static void container_open(liq_json_out *json, const char *key, bool is_array);

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
    liq_text text = liq_text_of(string);
    char escape[LIQ_JSON_QUOTE_BYTES];

    liq_output_add(output, "\"", 1);
    while (text.bytes > 0) {
        const liq_text piece = liq_json_quote_next(&text, escape);

        liq_output_add(output, piece.data, piece.bytes);
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
