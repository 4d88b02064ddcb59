/*
 * What is traded changes while the sidecar runs: one instrument or asset of venue.json is replaced
 * or added, or all of venue.json is. The live book is then made anew under the new text, with the
 * same accounts, and nothing is lost: whatever does not fit it refuses the change.
 */
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "scan/live_scan.h"
#include "book/columns.h"
#include "base/json.h"
#include "base/memory.h"
#include "engine/core_state.h"
#include "settle/settle_filter.h"

/* Where a text is changed: bytes from .. to are replaced. */
typedef struct venue_edit {
    size_t from;
    size_t to;
    bool is_added; /* behind the last item */
    bool is_first; /* of an empty list */
} venue_edit;

static liq_status edit_find(const liq_json *json, const liq_feed_event *event, liq_text name,
                            venue_edit *out, liq_error *err);
static liq_status item_name(const liq_json *json, const liq_json_value *item, const char *key,
                            liq_text *out, liq_error *err);
static liq_status edited(char **out, liq_text text, const venue_edit *edit, liq_text definition,
                         liq_error *err);
static liq_status remake(liq_core *core, const liq_core_config *config, const char *name,
                         const char *text, liq_error *err);
static void core_swap(liq_core *core, liq_core *fresh);

liq_status liq_core_define(liq_core *core, const liq_feed_event *event, liq_error *err)
{
    const bool is_asset = event->kind == LIQ_FEED_ASSET;
    const liq_text text = {core->book->venue_text, core->book->venue_bytes};
    liq_json *venue = NULL;
    liq_json *definition = NULL;
    char *changed = NULL;
    venue_edit edit;
    liq_text name;
    liq_status status;

    if ((status = liq_json_parse(&definition, "definition", event->definition, err)) != LIQ_OK ||
        (status = liq_json_parse(&venue, "venue.json", text, err)) != LIQ_OK ||
        (status = liq_json_object(definition, liq_json_root(definition), NULL, err)) != LIQ_OK ||
        (status = item_name(definition, liq_json_root(definition), is_asset ? "asset" : "symbol",
                            &name, err)) != LIQ_OK ||
        (status = edit_find(venue, event, name, &edit, err)) != LIQ_OK ||
        (status = edited(&changed, text, &edit, event->definition, err)) != LIQ_OK)
        goto done;
    status = liq_core_rebuild(core, "definition", changed, err);
done:
    free(changed);
    liq_json_destroy(definition);
    liq_json_destroy(venue);
    return status;
}

static liq_status edit_find(const liq_json *json, const liq_feed_event *event, liq_text name,
                            venue_edit *out, liq_error *err)
{
    const bool is_asset = event->kind == LIQ_FEED_ASSET;
    const liq_json_value *root = liq_json_root(json);
    const liq_json_value *list;
    const char *start = liq_json_source(json, root).data;
    liq_text source;
    liq_status status = liq_json_need(json, root, is_asset ? "assets" : "instruments", &list, err);

    if (status != LIQ_OK)
        return status;
    source = liq_json_source(json, list);
    *out = (venue_edit){.is_added = true, .is_first = true};
    out->from = out->to = (size_t)(source.data - start) + source.bytes - 1; /* the bracket */
    for (const liq_json_value *item = liq_json_first(list); item != NULL;
         item = liq_json_next(item)) {
        liq_text other;

        if ((status = item_name(json, item, is_asset ? "asset" : "symbol", &other, err)) != LIQ_OK)
            return status;
        source = liq_json_source(json, item);
        out->is_first = false;
        if (other.bytes != name.bytes || memcmp(other.data, name.data, name.bytes) != 0)
            continue;
        out->is_added = false;
        out->from = (size_t)(source.data - start);
        out->to = out->from + source.bytes;
        return LIQ_OK;
    }
    return LIQ_OK;
}

static liq_status item_name(const liq_json *json, const liq_json_value *item, const char *key,
                            liq_text *out, liq_error *err)
{
    const liq_json_value *value;
    const liq_status status = liq_json_need(json, item, key, &value, err);

    return status == LIQ_OK ? liq_json_string(json, value, out, err) : status;
}

/* The text may begin with a byte-order mark or blanks, which the place of the root leaves out. */
static liq_status edited(char **out, liq_text text, const venue_edit *edit, liq_text definition,
                         liq_error *err)
{
    const char *root = memchr(text.data, '{', text.bytes);
    const size_t before = (size_t)(root - text.data) + edit->from;
    const size_t behind = (size_t)(root - text.data) + edit->to;
    size_t at = before;
    char *copy = NULL;
    const liq_status status =
        liq_memory_array(&copy, text.bytes - (behind - before) + definition.bytes + 2, 1, err);

    if (status != LIQ_OK)
        return status;
    memcpy(copy, text.data, before);
    if (edit->is_added && !edit->is_first)
        copy[at++] = ',';
    memcpy(copy + at, definition.data, definition.bytes);
    memcpy(copy + at + definition.bytes, text.data + behind, text.bytes - behind);
    *out = copy; /* zeroed, so it is terminated */
    return LIQ_OK;
}

liq_status liq_core_rebuild(liq_core *core, const char *name, const char *text, liq_error *err)
{
    return remake(core, &core->config, name, text, err);
}

liq_status liq_core_reconfigure(liq_core *core, const liq_core_config *config, liq_error *err)
{
    return remake(core, config, "venue.json", core->book->venue_text, err);
}

liq_status liq_core_take_over(liq_core *core, liq_error *err)
{
    liq_status status;

    core->cpu_only = true;
    status = liq_core_rebuild(core, "venue.json", core->book->venue_text, err);
    return status == LIQ_OK ? liq_core_run(core, core->now_ms, err) : status;
}

static liq_status remake(liq_core *core, const liq_core_config *config, const char *name,
                         const char *text, liq_error *err)
{
    liq_core *fresh = NULL;
    liq_book *book = NULL;
    void *state = NULL;
    size_t bytes = 0;
    liq_status status;

    if ((status = liq_memory_array(&fresh, 1, sizeof *fresh, err)) != LIQ_OK ||
        (status = liq_live_rebuild(&book, core->live, name, text, err)) != LIQ_OK ||
        (status = liq_core_state_write(core, &state, &bytes, err)) != LIQ_OK)
        goto done;
    fresh->device = core->device;
    fresh->folder = core->folder;
    fresh->cpu_only = core->cpu_only;
    status = liq_core_create(fresh, config, book, err);
    book = NULL; /* given away */
    if (status == LIQ_OK &&
        (status = liq_core_state_read(fresh, name, state, bytes, true, err)) == LIQ_OK)
        core_swap(core, fresh);
done:
    if (fresh != NULL)
        liq_core_destroy(fresh);
    liq_book_destroy(book);
    free(state);
    free(fresh);
    return status;
}

/* The settler asks the core that it belongs to: where that stays, and not where it was made. What
 * a tick that failed would have said of margin rates is said by the one that takes its place. */
static void core_swap(liq_core *core, liq_core *fresh)
{
    const liq_settle_filter filter = {.context = core,
                                      .holds = liq_core_holds,
                                      .is_held = liq_core_is_held,
                                      .holds_adl = liq_core_holds_adl};
    liq_core old = *core;

    *core = *fresh;
    *fresh = old;
    core->last = old.last;
    fresh->margin_notices = core->margin_notices;
    core->margin_notices = old.margin_notices;
    core->margin_notice_count = old.margin_notice_count;
    core->margin_tick = old.margin_tick;
    liq_settle_margin_notices(core->settle, core->margin_notices.items, core->margin_notice_count);
    liq_settle_filter_set(core->settle, &filter);
}
