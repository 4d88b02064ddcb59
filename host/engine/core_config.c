#include "engine/core_config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/fail.h"

static liq_status sources_read(liq_core_config *out, const liq_json *json, liq_error *err);
static liq_status numbers_read(liq_core_config *out, const liq_json *json, liq_error *err);
static liq_status flag_read(const liq_json *json, const char *key, bool *out, liq_error *err);

liq_core_config liq_core_config_of(const liq_engine_config *config)
{
    liq_core_config out = {.source_count = config->source_count,
                           .limits = config->limits,
                           .stale_ms = config->stale_ms,
                           .advice_ms = config->advice_ms,
                           .advises = config->advises,
                           .book_is_complete = config->book_is_complete};

    for (uint32_t i = 0; i < config->source_count; i++)
        (void)snprintf(out.sources[i], sizeof out.sources[i], "%s", config->sources[i].name);
    return out;
}

void liq_core_config_write(const liq_core_config *config, char out[LIQ_CORE_CONFIG_BYTES])
{
    int at = snprintf(out, LIQ_CORE_CONFIG_BYTES,
                      "{\"advises\":%s,\"book_is_complete\":%s,\"stale_ms\":%" PRId64
                      ",\"advice_ms\":%" PRId64 ",\"accounts_max\":%" PRIu32
                      ",\"entries_max\":%" PRIu32 ",\"sources\":[",
                      config->advises ? "true" : "false",
                      config->book_is_complete ? "true" : "false", config->stale_ms,
                      config->advice_ms, config->limits.accounts_max, config->limits.entries_max);

    for (uint32_t i = 0; i < config->source_count; i++)
        at += snprintf(out + at, LIQ_CORE_CONFIG_BYTES - (size_t)at, "%s\"%s\"", i == 0 ? "" : ",",
                       config->sources[i]);
    (void)snprintf(out + at, LIQ_CORE_CONFIG_BYTES - (size_t)at, "]}");
}

liq_status liq_core_config_read(liq_core_config *out, liq_text line, liq_error *err)
{
    liq_json *json = NULL;
    liq_status status = liq_json_parse(&json, "config", line, err);

    *out = (liq_core_config){0};
    if (status == LIQ_OK &&
        (status = liq_json_object(json, liq_json_root(json), NULL, err)) == LIQ_OK &&
        (status = flag_read(json, "advises", &out->advises, err)) == LIQ_OK &&
        (status = flag_read(json, "book_is_complete", &out->book_is_complete, err)) == LIQ_OK &&
        (status = numbers_read(out, json, err)) == LIQ_OK)
        status = sources_read(out, json, err);
    liq_json_destroy(json);
    return status;
}

static liq_status sources_read(liq_core_config *out, const liq_json *json, liq_error *err)
{
    const liq_json_value *list;
    uint32_t count;
    liq_status status;

    if ((status = liq_json_need(json, liq_json_root(json), "sources", &list, err)) != LIQ_OK ||
        (status = liq_json_array(json, list, LIQ_CONFIG_SOURCES_MAX, &count, err)) != LIQ_OK)
        return status;
    for (const liq_json_value *item = liq_json_first(list); item != NULL;
         item = liq_json_next(item)) {
        liq_text name;

        if ((status = liq_json_string(json, item, &name, err)) != LIQ_OK)
            return status;
        if (name.bytes >= LIQ_SOURCE_NAME_BYTES)
            return liq_json_fail(json, item, err, LIQ_OUT_OF_RANGE, "longer than %d bytes",
                                 LIQ_SOURCE_NAME_BYTES - 1);
        memcpy(out->sources[out->source_count++], name.data, name.bytes + 1);
    }
    return LIQ_OK;
}

static liq_status numbers_read(liq_core_config *out, const liq_json *json, liq_error *err)
{
    static const char *const keys[] = {"stale_ms", "advice_ms", "accounts_max", "entries_max"};
    int64_t numbers[4];
    liq_status status;

    for (size_t i = 0; i < 4; i++) {
        const liq_json_value *value;

        if ((status = liq_json_need(json, liq_json_root(json), keys[i], &value, err)) != LIQ_OK ||
            (status = liq_json_integer(json, value, i == 0 ? -1 : 0, i < 2 ? INT64_MAX : UINT32_MAX,
                                       &numbers[i], err)) != LIQ_OK)
            return status;
    }
    out->stale_ms = numbers[0];
    out->advice_ms = numbers[1];
    out->limits.accounts_max = (uint32_t)numbers[2];
    out->limits.entries_max = (uint32_t)numbers[3];
    return LIQ_OK;
}

static liq_status flag_read(const liq_json *json, const char *key, bool *out, liq_error *err)
{
    const liq_json_value *value;
    const liq_status status = liq_json_need(json, liq_json_root(json), key, &value, err);

    return status == LIQ_OK ? liq_json_bool(json, value, out, err) : status;
}

bool liq_core_config_source(const liq_core_config *config, liq_text name, uint32_t *out)
{
    for (uint32_t i = 0; i < config->source_count; i++)
        if (liq_text_equal(name, config->sources[i])) {
            *out = i;
            return true;
        }
    return false;
}
