#include "feed/feed_hello.h"

#include "base/fail.h"
#include "base/json.h"

static liq_status hello_read(liq_feed_hello *out, const liq_json *json, const char *const *sources,
                             uint32_t source_count, liq_error *err);
static liq_status source_find(uint32_t *out, const liq_json *json, const liq_json_value *value,
                              const char *const *sources, uint32_t source_count, liq_error *err);
static liq_status subscribe_read(uint64_t *from, const liq_json *json, const liq_json_value *value,
                                 liq_error *err);

liq_status liq_feed_hello_read(liq_feed_hello *out, liq_text line, const char *const *sources,
                               uint32_t source_count, liq_error *err)
{
    liq_json *json = NULL;
    liq_status status = liq_json_parse(&json, "hello", line, err);

    if (status == LIQ_OK)
        status = hello_read(out, json, sources, source_count, err);
    liq_json_destroy(json);
    return status;
}

static liq_status hello_read(liq_feed_hello *out, const liq_json *json, const char *const *sources,
                             uint32_t source_count, liq_error *err)
{
    static const char *const keys[] = {"source", "subscribe", NULL};
    const liq_json_value *const root = liq_json_root(json);
    const liq_json_value *source;
    const liq_json_value *subscribe;
    liq_status status;

    if ((status = liq_json_object(json, root, keys, err)) != LIQ_OK)
        return status;
    source = liq_json_member(root, "source");
    subscribe = liq_json_member(root, "subscribe");
    if ((source == NULL) == (subscribe == NULL))
        return liq_json_fail(json, root, err, LIQ_BAD_INPUT,
                             "needs \"source\" or \"subscribe\", and not both");
    *out = (liq_feed_hello){.source = UINT32_MAX};
    if (source != NULL)
        return source_find(&out->source, json, source, sources, source_count, err);
    return subscribe_read(&out->from, json, subscribe, err);
}

static liq_status source_find(uint32_t *out, const liq_json *json, const liq_json_value *value,
                              const char *const *sources, uint32_t source_count, liq_error *err)
{
    liq_text name;
    const liq_status status = liq_json_string(json, value, &name, err);

    if (status != LIQ_OK)
        return status;
    for (uint32_t i = 0; i < source_count; i++)
        if (sources[i] != NULL && liq_text_equal(name, sources[i])) {
            *out = i;
            return LIQ_OK;
        }
    return liq_json_fail(json, value, err, LIQ_NOT_FOUND, "is no source of this socket");
}

static liq_status subscribe_read(uint64_t *from, const liq_json *json, const liq_json_value *value,
                                 liq_error *err)
{
    static const char *const keys[] = {"from", NULL};
    const liq_json_value *member;
    int64_t seq;
    liq_status status;

    if ((status = liq_json_object(json, value, keys, err)) != LIQ_OK)
        return status;
    if ((status = liq_json_need(json, value, "from", &member, err)) != LIQ_OK)
        return status;
    if ((status = liq_json_integer(json, member, 1, INT64_MAX, &seq, err)) != LIQ_OK)
        return status;
    *from = (uint64_t)seq;
    return LIQ_OK;
}
