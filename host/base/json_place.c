#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/fail.h"
#include "base/json_tree.h"

enum { PATH_BYTES = 256 };

static const char cut_mark[] = "(...)";

/* Written from its end to its front, because values know their parents only. */
typedef struct value_path {
    char bytes[PATH_BYTES];
    size_t begin;
    bool cut;
} value_path;

static void path_write(value_path *path, const liq_json_value *value);
static void path_prepend(value_path *path, const char *format, ...) LIQ_PRINTF(2, 3);
static bool is_plain(const char *key);

liq_status liq_json_fail(const liq_json *json, const liq_json_value *value, liq_error *err,
                         liq_status status, const char *format, ...)
{
    char reason[LIQ_JSON_REASON_BYTES];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    return liq_json_fail_line(json, value, liq_json_span_of(json, value)->line, err, status,
                              reason);
}

/* Refuse value with its path; a string, a number or a word is shown as well. */
liq_status liq_json_fail_line(const liq_json *json, const liq_json_value *value, uint32_t line,
                              liq_error *err, liq_status status, const char *reason)
{
    const bool container = liq_json_is(value, LIQ_JSON_OBJECT | LIQ_JSON_ARRAY);
    const bool string = liq_json_is(value, LIQ_JSON_STRING);
    const liq_text shown = string ? liq_text_of(value->string) : liq_json_source(json, value);
    const char *quote = string ? "\"" : "";
    const char *place;
    value_path path = {.begin = PATH_BYTES - 1};

    path_write(&path, value);
    place = path.bytes + path.begin;
    place += *place == '.';
    if (container)
        return liq_fail(err, status, 0, "%s:%u: %s%s%s", json->name, line, place,
                        *place == '\0' ? "" : ": ", reason);
    return liq_fail(err, status, 0, "%s:%u: %s%s%s%.*s%s: %s", json->name, line, place,
                    *place == '\0' ? "" : " ", quote, LIQ_TEXT_ARGS(shown), quote, reason);
}

const liq_json_span *liq_json_span_of(const liq_json *json, const liq_json_value *value)
{
    LIQ_ASSERT(value >= json->values && value < json->values + json->spans.count);
    return &json->spans.items[value - json->values];
}

liq_text liq_json_source(const liq_json *json, const liq_json_value *value)
{
    const liq_json_span *span = liq_json_span_of(json, value);

    return (liq_text){json->text.data + span->offset, span->bytes};
}

uint32_t liq_json_key_line(const liq_json *json, const liq_json_value *member)
{
    const liq_json_span *span = liq_json_span_of(json, member);
    const char *at = json->text.data + span->offset;
    uint32_t line = span->line;

    LIQ_ASSERT(member->key != NULL);
    while (*--at != '"') /* only white space and the colon stand between a key and its value */
        line -= *at == '\n';
    return line;
}

static void path_write(value_path *path, const liq_json_value *value)
{
    for (; value->parent != NULL; value = value->parent) {
        const char *key = value->key;
        size_t index = 0;

        for (const liq_json_value *item = value->parent + 1; item < value; item += item->values)
            index++;
        if (key == NULL)
            path_prepend(path, "[%zu]", index);
        else if (is_plain(key))
            path_prepend(path, ".%s", key);
        else
            path_prepend(path, "[\"%.*s\"]", LIQ_TEXT_ARGS(liq_text_of(key)));
    }
}

/* Put a piece before the path; a path that is too long keeps its end and begins with a mark. */
static void path_prepend(value_path *path, const char *format, ...)
{
    char piece[PATH_BYTES];
    va_list arguments;
    size_t bytes;

    if (path->cut)
        return;
    va_start(arguments, format);
    (void)vsnprintf(piece, sizeof piece, format, arguments);
    va_end(arguments);
    bytes = strlen(piece);
    path->cut = bytes + strlen(cut_mark) > path->begin;
    if (path->cut)
        bytes = strlen(strcpy(piece, cut_mark));
    path->begin -= bytes;
    memcpy(path->bytes + path->begin, piece, bytes);
}

/* Whether a key can stand in a path without quotes. */
static bool is_plain(const char *key)
{
    const size_t bytes = strspn(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                     "0123456789_-");

    return bytes > 0 && bytes <= LIQ_TEXT_SHOWN_BYTES && key[bytes] == '\0';
}
