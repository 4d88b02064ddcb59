/*
 * Reading a document: kinds, members, and values at the door, each of which
 * is what it must be or is refused with its place.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/json_number.h"
#include "base/json_tree.h"

static bool key_known(const char *key, const char *const *keys);
static void keys_list(const char *const *keys, char *out, size_t room);
static liq_status expected(const liq_json *json, const liq_json_value *value, const char *what,
                           liq_error *err);

bool liq_json_is_object(const liq_json_value *value)
{
    return liq_json_is(value, LIQ_JSON_OBJECT);
}

bool liq_json_is_array(const liq_json_value *value)
{
    return liq_json_is(value, LIQ_JSON_ARRAY);
}

bool liq_json_is_string(const liq_json_value *value)
{
    return liq_json_is(value, LIQ_JSON_STRING);
}

bool liq_json_is_null(const liq_json_value *value)
{
    return liq_json_is(value, LIQ_JSON_NULL);
}

liq_status liq_json_object(const liq_json *json, const liq_json_value *value,
                           const char *const *keys, liq_error *err)
{
    char known[LIQ_JSON_REASON_BYTES - 96]; /* what is left beside the unknown key */
    char reason[LIQ_JSON_REASON_BYTES];

    if (!liq_json_is_object(value))
        return expected(json, value, "an object", err);
    for (const liq_json_value *member = liq_json_first(value); keys != NULL && member != NULL;
         member = liq_json_next(member)) {
        if (key_known(member->key, keys))
            continue;
        keys_list(keys, known, sizeof known);
        (void)snprintf(reason, sizeof reason, "unknown key \"%.*s\" (known: %s)",
                       LIQ_TEXT_ARGS(liq_json_key(member)), known);
        return liq_json_fail_line(json, value, liq_json_key_line(json, member), err, LIQ_BAD_INPUT,
                                  reason);
    }
    return LIQ_OK;
}

const liq_json_value *liq_json_member(const liq_json_value *object, const char *key)
{
    const liq_json_value *member = liq_json_first(object);

    LIQ_ASSERT(liq_json_is_object(object));
    while (member != NULL && strcmp(member->key, key) != 0)
        member = liq_json_next(member);
    return member;
}

liq_status liq_json_need(const liq_json *json, const liq_json_value *object, const char *key,
                         const liq_json_value **out, liq_error *err)
{
    *out = liq_json_member(object, key);
    if (*out == NULL)
        return liq_json_fail(json, object, err, LIQ_BAD_INPUT, "lacks \"%s\"", key);
    return LIQ_OK;
}

liq_status liq_json_array(const liq_json *json, const liq_json_value *value, uint32_t count_max,
                          uint32_t *count_out, liq_error *err)
{
    size_t count;

    if (!liq_json_is_array(value))
        return expected(json, value, "an array", err);
    count = liq_json_children(value);
    if (count > count_max)
        return liq_json_fail(json, value, err, LIQ_OUT_OF_RANGE, "%zu items, the limit is %u",
                             count, count_max);
    *count_out = (uint32_t)count;
    return LIQ_OK;
}

const liq_json_value *liq_json_first(const liq_json_value *container)
{
    return container->values > 1 ? container + 1 : NULL;
}

const liq_json_value *liq_json_next(const liq_json_value *value)
{
    const liq_json_value *next = value + value->values;

    if (value->parent == NULL || next == value->parent + value->parent->values)
        return NULL;
    return next;
}

liq_text liq_json_key(const liq_json_value *value)
{
    return value->key == NULL ? (liq_text){"", 0} : liq_text_of(value->key);
}

liq_status liq_json_string(const liq_json *json, const liq_json_value *value, liq_text *out,
                           liq_error *err)
{
    if (!liq_json_is_string(value))
        return expected(json, value, "a string", err);
    *out = liq_text_of(value->string);
    return LIQ_OK;
}

liq_status liq_json_integer(const liq_json *json, const liq_json_value *value, int64_t min,
                            int64_t max, int64_t *out, liq_error *err)
{
    const liq_text source = liq_json_source(json, value);
    char *stop = NULL;
    long long integer;

    if (!liq_json_is(value, LIQ_JSON_NUMBER))
        return expected(json, value, "an integer", err);
    errno = 0;
    integer = strtoll(source.data, &stop, 10); /* ends at the byte behind the number */
    if (stop != source.data + source.bytes)
        return liq_json_fail(json, value, err, LIQ_BAD_INPUT,
                             "an integer has no point and no exponent");
    if (errno == ERANGE || integer < min || integer > max)
        return liq_json_fail(json, value, err, LIQ_OUT_OF_RANGE, "must be in %lld .. %lld",
                             (long long)min, (long long)max);
    *out = integer;
    return LIQ_OK;
}

liq_status liq_json_bool(const liq_json *json, const liq_json_value *value, bool *out,
                         liq_error *err)
{
    if (!liq_json_is(value, LIQ_JSON_TRUE | LIQ_JSON_FALSE))
        return expected(json, value, "true or false", err);
    *out = liq_json_is(value, LIQ_JSON_TRUE);
    return LIQ_OK;
}

liq_status liq_json_decimal(const liq_json *json, const liq_json_value *value, liq_decimal *out,
                            liq_error *err)
{
    liq_error reason;
    liq_status status;

    if (liq_json_is(value, LIQ_JSON_NUMBER))
        return liq_json_fail(json, value, err, LIQ_BAD_INPUT,
                             "a decimal must stand in quotes, so that no program rounds it");
    if (!liq_json_is_string(value))
        return expected(json, value, "a decimal in quotes", err);
    status = liq_decimal_parse(out, liq_text_of(value->string), &reason);
    return status == LIQ_OK ? status
                            : liq_json_fail(json, value, err, status, "%s", reason.message);
}

liq_status liq_json_number_decimal(const liq_json *json, const liq_json_value *value,
                                   liq_decimal *out, liq_error *err)
{
    liq_error reason;
    liq_status status;

    if (!liq_json_is(value, LIQ_JSON_NUMBER))
        return expected(json, value, "a number", err);
    status = liq_json_number_parse(out, liq_json_source(json, value), &reason);
    return status == LIQ_OK ? status
                            : liq_json_fail(json, value, err, status, "%s", reason.message);
}

bool liq_json_is(const liq_json_value *value, int kinds)
{
    LIQ_ASSERT(value != NULL);
    return ((int)value->kind & kinds) != 0;
}

size_t liq_json_children(const liq_json_value *container)
{
    size_t count = 0;

    for (const liq_json_value *child = liq_json_first(container); child != NULL;
         child = liq_json_next(child))
        count++;
    return count;
}

static bool key_known(const char *key, const char *const *keys)
{
    while (*keys != NULL && strcmp(*keys, key) != 0)
        keys++;
    return *keys != NULL;
}

static void keys_list(const char *const *keys, char *out, size_t room)
{
    size_t used = 0;

    out[0] = '\0';
    for (const char *separator = ""; *keys != NULL && used < room; keys++, separator = ", ")
        used += (size_t)snprintf(out + used, room - used, "%s%s", separator, *keys);
}

static liq_status expected(const liq_json *json, const liq_json_value *value, const char *what,
                           liq_error *err)
{
    const int type = (int)value->kind;
    const char *found = (type & LIQ_JSON_OBJECT)   ? "an object"
                        : (type & LIQ_JSON_ARRAY)  ? "an array"
                        : (type & LIQ_JSON_STRING) ? "a string"
                        : (type & LIQ_JSON_NUMBER) ? "a number"
                        : (type & LIQ_JSON_NULL)   ? "null"
                                                   : "true or false";

    return liq_json_fail(json, value, err, LIQ_BAD_INPUT, "expected %s, found %s", what, found);
}
