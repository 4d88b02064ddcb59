/*
 * cJSON makes the tree and unescapes the strings. It reads numbers as doubles
 * and forgets where things stood, so each value also keeps its place in the
 * text, which the strict scan (json_scan.h) found: messages give the line,
 * and numbers are read again from their own digits.
 */
#include "base/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "base/fail.h"
#include "base/file.h"
#include "base/json_tree.h"
#include "base/memory.h"

enum { PAIRWISE_MAX = 16 };

static liq_status create(liq_json **out, const char *name, liq_error *err);
static liq_status read_block(liq_json *json, size_t bytes, liq_error *err);
static liq_status tree_make(liq_json *json, liq_error *err);
static liq_json_value *pair(liq_json_value *value, const cJSON *node, const liq_json_value *parent);
static liq_json_kind kind_of(const cJSON *node);
static liq_status keys_check(const liq_json *json, const liq_json_value *object, liq_error *err);
static liq_status keys_check_sorted(const liq_json *json, const liq_json_value *object,
                                    size_t count, liq_error *err);
static int keys_compare(const void *left, const void *right);
static liq_status duplicate_fail(const liq_json *json, const liq_json_value *first,
                                 const liq_json_value *second, liq_error *err);

liq_status liq_json_load(liq_json **out, const char *path, liq_error *err)
{
    liq_json *json = NULL;
    liq_file file = {.descriptor = -1};
    size_t bytes = 0;
    liq_status status;

    if ((status = create(&json, liq_file_name(path), err)) != LIQ_OK)
        goto done;
    if ((status = liq_file_open(&file, path, err)) != LIQ_OK)
        goto done;
    status = liq_file_read_all(&json->block, &bytes, &file, LIQ_JSON_BYTES_MAX, err);
    if (status != LIQ_OK)
        goto done;
    if ((status = read_block(json, bytes, err)) != LIQ_OK)
        goto done;
    *out = json;
    json = NULL; /* given away */
done:
    liq_file_close(&file);
    liq_json_destroy(json);
    return status;
}

liq_status liq_json_parse(liq_json **out, const char *name, liq_text text, liq_error *err)
{
    liq_json *json = NULL;
    void *block = NULL;
    liq_status status;

    if (text.bytes > LIQ_JSON_BYTES_MAX)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "%s: has more than %d bytes", name,
                        LIQ_JSON_BYTES_MAX);
    if ((status = create(&json, name, err)) != LIQ_OK)
        goto done;
    if ((status = liq_memory_array(&block, text.bytes + 1, 1, err)) != LIQ_OK)
        goto done;
    json->block = block;
    if (text.bytes > 0)
        memcpy(json->block, text.data, text.bytes);
    if ((status = read_block(json, text.bytes, err)) != LIQ_OK)
        goto done;
    *out = json;
    json = NULL; /* given away */
done:
    liq_json_destroy(json);
    return status;
}

void liq_json_destroy(liq_json *json)
{
    if (json == NULL)
        return;
    cJSON_Delete(json->tree);
    free(json->values);
    free(json->spans.items);
    free(json->block);
    free(json->name);
    free(json);
}

const liq_json_value *liq_json_root(const liq_json *json)
{
    return json->values;
}

static liq_status create(liq_json **out, const char *name, liq_error *err)
{
    void *block = NULL;
    liq_status status;

    if ((status = liq_memory_array(&block, 1, sizeof **out, err)) != LIQ_OK)
        return status;
    *out = block;
    (*out)->name = strdup(name);
    if ((*out)->name == NULL)
        return liq_fail(err, LIQ_OUT_OF_MEMORY, 0, "out of memory for the name of a file");
    return LIQ_OK;
}

/* Make a document of the bytes that block holds, which are terminated. */
static liq_status read_block(liq_json *json, size_t bytes, liq_error *err)
{
    const size_t mark = bytes >= 3 && memcmp(json->block, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    liq_status status;

    json->text = (liq_text){json->block + mark, bytes - mark};
    status = liq_json_scan(&json->spans, json->name, json->text, err);
    if (status != LIQ_OK)
        return status;
    if ((status = tree_make(json, err)) != LIQ_OK)
        return status;
    for (size_t i = 0; i < json->spans.count; i++)
        if (liq_json_is_object(&json->values[i]))
            if ((status = keys_check(json, &json->values[i], err)) != LIQ_OK)
                return status;
    return LIQ_OK;
}

static liq_status tree_make(liq_json *json, liq_error *err)
{
    void *values = NULL;
    const liq_json_value *end;
    liq_status status;

    status = liq_memory_array(&values, json->spans.count, sizeof(liq_json_value), err);
    if (status != LIQ_OK)
        return status;
    json->values = values;
    json->tree = cJSON_ParseWithLength(json->text.data, json->text.bytes + 1);
    if (json->tree == NULL) /* the scan accepts nothing that cJSON refuses: the fuzzer proves it */
        return liq_fail(err, LIQ_OUT_OF_MEMORY, 0, "%s: out of memory for %zu values", json->name,
                        json->spans.count);
    end = pair(json->values, json->tree, NULL);
    LIQ_ASSERT(end == json->values + json->spans.count);
    return LIQ_OK;
}

/* Give value and what it holds their nodes; returns the place behind the last of them. */
static liq_json_value *pair(liq_json_value *value, const cJSON *node, const liq_json_value *parent)
{
    liq_json_value *next = value + 1;

    value->kind = kind_of(node);
    value->key = node->string;
    value->string = node->valuestring;
    value->parent = parent;
    for (const cJSON *child = node->child; child != NULL; child = child->next)
        next = pair(next, child, value);
    value->values = (uint32_t)(next - value);
    return next;
}

static liq_json_kind kind_of(const cJSON *node)
{
    switch (node->type & 0xff) { /* above are flags about ownership */
    case cJSON_Object:
        return LIQ_JSON_OBJECT;
    case cJSON_Array:
        return LIQ_JSON_ARRAY;
    case cJSON_String:
        return LIQ_JSON_STRING;
    case cJSON_Number:
        return LIQ_JSON_NUMBER;
    case cJSON_True:
        return LIQ_JSON_TRUE;
    case cJSON_False:
        return LIQ_JSON_FALSE;
    default:
        return LIQ_JSON_NULL;
    }
}

/* Refuse an object that has a key twice: few keys pair by pair, many by sorting. */
static liq_status keys_check(const liq_json *json, const liq_json_value *object, liq_error *err)
{
    const size_t count = liq_json_children(object);

    if (count > PAIRWISE_MAX)
        return keys_check_sorted(json, object, count, err);
    for (const liq_json_value *second = liq_json_first(object); second != NULL;
         second = liq_json_next(second)) {
        const liq_json_value *first = liq_json_member(object, second->key);

        if (first != second)
            return duplicate_fail(json, first, second, err);
    }
    return LIQ_OK;
}

static liq_status keys_check_sorted(const liq_json *json, const liq_json_value *object,
                                    size_t count, liq_error *err)
{
    const liq_json_value *member = liq_json_first(object);
    const liq_json_value **members;
    void *block = NULL;
    liq_status status;

    if ((status = liq_memory_array(&block, count, sizeof *members, err)) != LIQ_OK)
        return status;
    members = block;
    for (size_t i = 0; i < count; i++, member = liq_json_next(member))
        members[i] = member;
    qsort(members, count, sizeof *members, keys_compare);
    for (size_t i = 1; i < count && status == LIQ_OK; i++)
        if (strcmp(members[i - 1]->key, members[i]->key) == 0)
            status = duplicate_fail(json, members[i - 1], members[i], err);
    free(block);
    return status;
}

/* By key; equal keys in document order, so that the message names the earlier one first. */
static int keys_compare(const void *left, const void *right)
{
    const liq_json_value *const one = *(const liq_json_value *const *)left;
    const liq_json_value *const two = *(const liq_json_value *const *)right;
    const int order = strcmp(one->key, two->key);

    return order != 0 ? order : (one > two) - (one < two);
}

static liq_status duplicate_fail(const liq_json *json, const liq_json_value *first,
                                 const liq_json_value *second, liq_error *err)
{
    char reason[LIQ_JSON_REASON_BYTES];

    (void)snprintf(reason, sizeof reason, "key \"%.*s\" is there twice (first on line %u)",
                   LIQ_TEXT_ARGS(liq_json_key(second)), liq_json_key_line(json, first));
    return liq_json_fail_line(json, second->parent, liq_json_key_line(json, second), err,
                              LIQ_BAD_INPUT, reason);
}
