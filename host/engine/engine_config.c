#include "engine/engine_config.h"

#include <string.h>

#include "base/fail.h"
#include "policy/comment.h"

/* How long an event waits for those before it, unless told otherwise. Over NATS what was under way
 * when the sidecar was killed comes again only when the broker has waited for it. */
enum { GAP_MS = 1000, GAP_NATS_MS = 10000 };

/* An integer with its range and what holds when it is left out. */
typedef struct integer_key {
    const char *key;
    int64_t *out;
    int64_t min;
    int64_t max;
    int64_t without;
} integer_key;

static const char *const top_keys[] = {"comment",
                                       "name",
                                       "book",
                                       "book_is_complete",
                                       "state",
                                       "mode",
                                       "clock",
                                       "coalesce",
                                       "tick_interval_ms",
                                       "commit_ms",
                                       "stale_ms",
                                       "gap_ms",
                                       "advice_ms",
                                       "sources",
                                       "socket",
                                       "nats",
                                       "outlets",
                                       "http",
                                       "queue_bytes",
                                       "reorder_events",
                                       "snapshot_ticks",
                                       "snapshot_bytes",
                                       "snapshots_kept",
                                       "journal_bytes",
                                       "journal_hours",
                                       "journal_parts",
                                       "synchronous",
                                       "device",
                                       "device_lost",
                                       "accounts_max",
                                       "entries_max",
                                       NULL};

static liq_status texts_read(liq_engine_config *out, const liq_json_value *root, liq_error *err);
static liq_status text_read(const liq_engine_config *config, const liq_json_value *object,
                            const char *key, bool is_needed, const char **out, liq_error *err);
static liq_status flag_read(const liq_engine_config *config, const liq_json_value *object,
                            const char *key, bool without, bool *out, liq_error *err);
static liq_status word_read(const liq_engine_config *config, const liq_json_value *object,
                            const char *key, const char *const words[2], bool *is_second,
                            liq_error *err);
static liq_status words_read(liq_engine_config *out, const liq_json_value *root, liq_error *err);
static liq_status integers_read(liq_engine_config *out, const liq_json_value *root, liq_error *err);
static liq_status limits_read(liq_engine_config *out, const liq_json_value *root, liq_error *err);
static liq_status integer_read(const liq_engine_config *config, const liq_json_value *object,
                               const integer_key *key, liq_error *err);
static liq_status http_read(liq_engine_config *out, const liq_json_value *root, liq_error *err);
static liq_status sources_read(liq_engine_config *out, const liq_json_value *root, liq_error *err);
static liq_status source_read(liq_engine_config *out, const liq_json_value *value, liq_error *err);
static liq_status source_kind(liq_engine_config *out, const liq_json_value *value,
                              liq_source_config *source, liq_error *err);
static bool reads_stdin(const liq_engine_config *config);
static liq_status outlets_read(liq_engine_config *out, const liq_json_value *root, liq_error *err);
static liq_status outlet_read(liq_engine_config *out, const liq_json_value *value, liq_error *err);
static bool is_word(const char *text);

liq_status liq_engine_config_load(liq_engine_config *out, const char *path, liq_error *err)
{
    const liq_json_value *root;
    liq_status status = liq_json_load(&out->json, path, err);

    if (status != LIQ_OK)
        return status;
    root = liq_json_root(out->json);
    if ((status = liq_comment_object(out->json, root, top_keys, err)) == LIQ_OK &&
        (status = texts_read(out, root, err)) == LIQ_OK &&
        (status = words_read(out, root, err)) == LIQ_OK &&
        (status = integers_read(out, root, err)) == LIQ_OK &&
        (status = limits_read(out, root, err)) == LIQ_OK &&
        (status = http_read(out, root, err)) == LIQ_OK &&
        (status = sources_read(out, root, err)) == LIQ_OK)
        status = outlets_read(out, root, err);
    if (status != LIQ_OK)
        liq_engine_config_clear(out);
    return status;
}

void liq_engine_config_clear(liq_engine_config *config)
{
    liq_json_destroy(config->json);
    *config = (liq_engine_config){0};
}

bool liq_engine_config_source(const liq_engine_config *config, const char *name, uint32_t *out)
{
    for (uint32_t i = 0; i < config->source_count; i++)
        if (strcmp(config->sources[i].name, name) == 0) {
            *out = i;
            return true;
        }
    return false;
}

static liq_status texts_read(liq_engine_config *out, const liq_json_value *root, liq_error *err)
{
    liq_status status;

    if ((status = text_read(out, root, "name", true, &out->name, err)) != LIQ_OK ||
        (status = text_read(out, root, "book", true, &out->book, err)) != LIQ_OK ||
        (status = text_read(out, root, "state", true, &out->state, err)) != LIQ_OK ||
        (status = text_read(out, root, "socket", false, &out->socket, err)) != LIQ_OK ||
        (status = text_read(out, root, "nats", false, &out->nats, err)) != LIQ_OK)
        return status;
    if (!is_word(out->name))
        return liq_json_fail(out->json, liq_json_member(root, "name"), err, LIQ_BAD_INPUT,
                             "a name has 1 to 32 of a-z, A-Z, 0-9, - and _");
    return text_read(out, root, "device", false, &out->device, err);
}

static liq_status text_read(const liq_engine_config *config, const liq_json_value *object,
                            const char *key, bool is_needed, const char **out, liq_error *err)
{
    const liq_json_value *value = liq_json_member(object, key);
    liq_text text;
    liq_status status;

    if (value == NULL && !is_needed)
        return LIQ_OK;
    if ((status = liq_json_need(config->json, object, key, &value, err)) != LIQ_OK ||
        (status = liq_json_string(config->json, value, &text, err)) != LIQ_OK)
        return status;
    if (text.bytes == 0)
        return liq_json_fail(config->json, value, err, LIQ_BAD_INPUT, "must not be empty");
    *out = text.data; /* terminated in the document */
    return LIQ_OK;
}

static liq_status flag_read(const liq_engine_config *config, const liq_json_value *object,
                            const char *key, bool without, bool *out, liq_error *err)
{
    const liq_json_value *value = liq_json_member(object, key);

    *out = without;
    return value == NULL ? LIQ_OK : liq_json_bool(config->json, value, out, err);
}

static liq_status word_read(const liq_engine_config *config, const liq_json_value *object,
                            const char *key, const char *const words[2], bool *is_second,
                            liq_error *err)
{
    const char *text = words[0];
    const liq_status status = text_read(config, object, key, false, &text, err);

    if (status != LIQ_OK)
        return status;
    *is_second = strcmp(text, words[1]) == 0;
    if (!*is_second && strcmp(text, words[0]) != 0)
        return liq_json_fail(config->json, liq_json_member(object, key), err, LIQ_BAD_INPUT,
                             "must be \"%s\" or \"%s\"", words[0], words[1]);
    return LIQ_OK;
}

static liq_status words_read(liq_engine_config *out, const liq_json_value *root, liq_error *err)
{
    static const char *const modes[] = {"simulate", "advise"};
    static const char *const clocks[] = {"wall", "events"};
    static const char *const disks[] = {"normal", "full"};
    static const char *const losses[] = {"stop", "cpu"};
    liq_status status;

    if ((status = word_read(out, root, "mode", modes, &out->advises, err)) != LIQ_OK ||
        (status = word_read(out, root, "clock", clocks, &out->by_events, err)) != LIQ_OK ||
        (status = word_read(out, root, "device_lost", losses, &out->cpu_takes_over, err)) !=
            LIQ_OK ||
        (status = flag_read(out, root, "coalesce", true, &out->coalesces, err)) != LIQ_OK ||
        (status = flag_read(out, root, "book_is_complete", true, &out->book_is_complete, err)) !=
            LIQ_OK)
        return status;
    out->is_synchronous = true;
    return liq_json_member(root, "synchronous") == NULL
               ? LIQ_OK
               : word_read(out, root, "synchronous", disks, &out->is_synchronous, err);
}

static liq_status integers_read(liq_engine_config *out, const liq_json_value *root, liq_error *err)
{
    const int64_t day_ms = 86400000;
    const integer_key keys[] = {
        {"tick_interval_ms", &out->tick_interval_ms, 0, day_ms, 0},
        {"commit_ms", &out->commit_ms, 0, day_ms, 100},
        {"stale_ms", &out->stale_ms, 0, day_ms, -1},
        {"gap_ms", &out->gap_ms, 0, day_ms, -1},
        {"advice_ms", &out->advice_ms, 1, day_ms, 5000},
        {"queue_bytes", &out->queue_bytes, 1 << 20, (int64_t)1 << 36, 64 << 20},
        {"reorder_events", &out->reorder_events, 0, 1 << 20, 1024},
        {"snapshot_ticks", &out->snapshot_ticks, 1, (int64_t)1 << 40, 1000},
        {"snapshot_bytes", &out->snapshot_bytes, 1 << 16, (int64_t)1 << 40, 384 << 20},
        {"snapshots_kept", &out->snapshots_kept, 1, 1000, 3},
        {"journal_bytes", &out->journal_bytes, 1 << 18, (int64_t)1 << 46, (int64_t)1 << 30},
        {"journal_hours", &out->journal_hours, 0, 87600, 0},
        {"journal_parts", &out->journal_parts, 0, 1000000, 0}};
    liq_status status = LIQ_OK;

    for (size_t i = 0; status == LIQ_OK && i < sizeof keys / sizeof keys[0]; i++)
        status = integer_read(out, root, &keys[i], err);
    return status;
}

static liq_status limits_read(liq_engine_config *out, const liq_json_value *root, liq_error *err)
{
    int64_t accounts = 0;
    int64_t entries = 0;
    const integer_key keys[] = {{"accounts_max", &accounts, 0, UINT32_MAX / 4, 0},
                                {"entries_max", &entries, 0, UINT32_MAX / 4, 0}};
    liq_status status;

    if ((status = integer_read(out, root, &keys[0], err)) != LIQ_OK ||
        (status = integer_read(out, root, &keys[1], err)) != LIQ_OK)
        return status;
    out->limits.accounts_max = (uint32_t)accounts;
    out->limits.entries_max = (uint32_t)entries;
    return LIQ_OK;
}

static liq_status integer_read(const liq_engine_config *config, const liq_json_value *object,
                               const integer_key *key, liq_error *err)
{
    const liq_json_value *value = liq_json_member(object, key->key);

    *key->out = key->without;
    return value == NULL ? LIQ_OK
                         : liq_json_integer(config->json, value, key->min, key->max, key->out, err);
}

/* Off unless it is asked for, and then on loopback unless it says where. */
static liq_status http_read(liq_engine_config *out, const liq_json_value *root, liq_error *err)
{
    static const char *const keys[] = {"comment", "address", "port", NULL};
    const integer_key port = {"port", &out->http_port, 0, 65535, 9464};
    const liq_json_value *value = liq_json_member(root, "http");
    liq_status status;

    out->http_port = -1;
    out->http_address = "127.0.0.1";
    if (value == NULL)
        return LIQ_OK;
    if ((status = liq_comment_object(out->json, value, keys, err)) != LIQ_OK ||
        (status = text_read(out, value, "address", false, &out->http_address, err)) != LIQ_OK)
        return status;
    return integer_read(out, value, &port, err);
}

static liq_status sources_read(liq_engine_config *out, const liq_json_value *root, liq_error *err)
{
    const liq_json_value *list;
    uint32_t count;
    liq_status status;

    if ((status = liq_json_need(out->json, root, "sources", &list, err)) != LIQ_OK ||
        (status = liq_json_array(out->json, list, LIQ_CONFIG_SOURCES_MAX, &count, err)) != LIQ_OK)
        return status;
    if (count == 0)
        return liq_json_fail(out->json, list, err, LIQ_BAD_INPUT, "there is no source of events");
    for (const liq_json_value *value = liq_json_first(list); status == LIQ_OK && value != NULL;
         value = liq_json_next(value))
        status = source_read(out, value, err);
    return status;
}

static liq_status source_read(liq_engine_config *out, const liq_json_value *value, liq_error *err)
{
    static const char *const keys[] = {"comment", "source", "kind",    "stream", "subject",
                                       "durable", "create", "answers", NULL};
    liq_source_config *source = &out->sources[out->source_count];
    uint32_t there;
    liq_status status;

    if ((status = liq_comment_object(out->json, value, keys, err)) != LIQ_OK ||
        (status = text_read(out, value, "source", true, &source->name, err)) != LIQ_OK)
        return status;
    if (!is_word(source->name))
        return liq_json_fail(out->json, liq_json_member(value, "source"), err, LIQ_BAD_INPUT,
                             "a name has 1 to 32 of a-z, A-Z, 0-9, - and _");
    if (liq_engine_config_source(out, source->name, &there))
        return liq_json_fail(out->json, liq_json_member(value, "source"), err, LIQ_DUPLICATE,
                             "a source of that name is there already");
    if ((status = source_kind(out, value, source, err)) != LIQ_OK)
        return status;
    out->source_count++;
    return LIQ_OK;
}

static liq_status source_kind(liq_engine_config *out, const liq_json_value *value,
                              liq_source_config *source, liq_error *err)
{
    static const char *const kinds[] = {"stdin", "socket", "nats"};
    const char *kind = NULL;
    uint32_t i = 0;
    liq_status status = text_read(out, value, "kind", true, &kind, err);

    if (status != LIQ_OK)
        return status;
    while (i < 3 && strcmp(kinds[i], kind) != 0)
        i++;
    if (i == 3)
        return liq_json_fail(out->json, liq_json_member(value, "kind"), err, LIQ_BAD_INPUT,
                             "must be \"stdin\", \"socket\" or \"nats\"");
    source->kind = (liq_source_kind)i;
    source->gap_ms = out->gap_ms >= 0 ? out->gap_ms : i == LIQ_SOURCE_NATS ? GAP_NATS_MS : GAP_MS;
    if (i == LIQ_SOURCE_STDIN && reads_stdin(out))
        return liq_json_fail(out->json, value, err, LIQ_DUPLICATE,
                             "a source reads standard input already");
    if ((i == LIQ_SOURCE_SOCKET && out->socket == NULL) ||
        (i == LIQ_SOURCE_NATS && out->nats == NULL))
        return liq_json_fail(out->json, value, err, LIQ_BAD_INPUT,
                             "a source of kind %s needs \"%s\" at the top", kind, kind);
    if (i != LIQ_SOURCE_NATS)
        return LIQ_OK;
    if ((status = text_read(out, value, "stream", true, &source->stream, err)) != LIQ_OK ||
        (status = text_read(out, value, "subject", true, &source->subject, err)) != LIQ_OK ||
        (status = text_read(out, value, "durable", true, &source->durable, err)) != LIQ_OK)
        return status;
    if ((status = text_read(out, value, "answers", false, &source->answers, err)) != LIQ_OK)
        return status;
    return flag_read(out, value, "create", false, &source->creates, err);
}

/* Two would each have some of its lines. */
static bool reads_stdin(const liq_engine_config *config)
{
    for (uint32_t i = 0; i < config->source_count; i++)
        if (config->sources[i].kind == LIQ_SOURCE_STDIN)
            return true;
    return false;
}

static liq_status outlets_read(liq_engine_config *out, const liq_json_value *root, liq_error *err)
{
    const liq_json_value *list = liq_json_member(root, "outlets");
    uint32_t count;
    liq_status status;

    if (list == NULL)
        return LIQ_OK;
    status = liq_json_array(out->json, list, LIQ_CONFIG_OUTLETS_MAX, &count, err);
    for (const liq_json_value *value = status == LIQ_OK ? liq_json_first(list) : NULL;
         status == LIQ_OK && value != NULL; value = liq_json_next(value))
        status = outlet_read(out, value, err);
    return status;
}

static liq_status outlet_read(liq_engine_config *out, const liq_json_value *value, liq_error *err)
{
    static const char *const keys[] = {"comment", "outlet", "path", "subject", "stream", NULL};
    static const char *const kinds[] = {"stdout", "file", "nats"};
    static const char *const targets[] = {NULL, "path", "subject"};
    liq_outlet_config *outlet = &out->outlets[out->outlet_count];
    const char *kind = NULL;
    uint32_t i = 0;
    liq_status status;

    if ((status = liq_comment_object(out->json, value, keys, err)) != LIQ_OK ||
        (status = text_read(out, value, "outlet", true, &kind, err)) != LIQ_OK)
        return status;
    while (i < 3 && strcmp(kinds[i], kind) != 0)
        i++;
    if (i == 3)
        return liq_json_fail(out->json, liq_json_member(value, "outlet"), err, LIQ_BAD_INPUT,
                             "must be \"stdout\", \"file\" or \"nats\"");
    if (i == LIQ_TO_NATS && out->nats == NULL)
        return liq_json_fail(out->json, value, err, LIQ_BAD_INPUT,
                             "an outlet of kind nats needs \"nats\" at the top");
    outlet->kind = (liq_outlet_kind_config)i;
    if (targets[i] != NULL &&
        (status = text_read(out, value, targets[i], true, &outlet->target, err)) != LIQ_OK)
        return status;
    if ((status = text_read(out, value, "stream", false, &outlet->stream, err)) != LIQ_OK)
        return status;
    out->outlet_count++;
    return LIQ_OK;
}

/* Names go into file names, subjects and metrics. */
static bool is_word(const char *text)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    const size_t bytes = strlen(text);

    return bytes >= 1 && bytes <= 32 && strspn(text, letters) == bytes;
}
