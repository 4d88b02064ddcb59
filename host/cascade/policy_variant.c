#include "cascade/policy_variant.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/names.h"
#include "base/text_buffer.h"

/* Objects in one another that are merged rule by rule; what lies deeper is replaced whole. */
enum { MERGE_DEPTH = 3 };

/* Two documents and where their merger goes. */
typedef struct merger {
    const liq_json *base;
    const liq_json *over;
    liq_text_buffer text;
} merger;

static liq_status rules_check(const liq_json *json, liq_error *err);
static liq_status document_write(char **out, const liq_json *venue, const liq_json *rules,
                                 liq_error *err);
static void document_merge(merger *self);
static void objects_merge(merger *self, const liq_json_value *base, const liq_json_value *over,
                          int depth);
static void member_write(merger *self, bool *is_first, liq_text key);
static const liq_json_value *member_find(const liq_json_value *object, liq_text key);

liq_status liq_policy_variant(liq_policy *out, const liq_book *book, const char *name,
                              const char *text, liq_error *err)
{
    liq_json *venue = NULL;
    liq_json *rules = NULL;
    liq_json *merged = NULL;
    char *document = NULL;
    liq_status status;

    if (book->venue_text == NULL)
        return liq_fail(err, LIQ_UNSUPPORTED, 0,
                        "%s: the book was not loaded from files, it has no venue.json", name);
    if ((status = liq_json_parse(&rules, name, liq_text_of(text), err)) != LIQ_OK ||
        (status = rules_check(rules, err)) != LIQ_OK ||
        (status = liq_json_parse(&venue, "venue.json",
                                 (liq_text){book->venue_text, book->venue_bytes}, err)) != LIQ_OK ||
        (status = document_write(&document, venue, rules, err)) != LIQ_OK ||
        (status = liq_json_parse(&merged, name, liq_text_of(document), err)) != LIQ_OK)
        goto done;
    status = liq_policy_load(out, merged, liq_json_member(liq_json_root(merged), "profile"),
                             liq_json_member(liq_json_root(merged), "policy"), err);
done:
    free(document);
    liq_json_destroy(merged);
    liq_json_destroy(rules);
    liq_json_destroy(venue);
    return status;
}

/* Rules that tiers were made with when the book was loaded cannot change behind its back. */
static liq_status rules_check(const liq_json *json, liq_error *err)
{
    static const char *const keys[] = {"comment",  "liquidation",    "guards", "levels",
                                       "adl_rule", "dynamic_margin", NULL};
    const liq_json_value *root = liq_json_root(json);

    return liq_json_object(json, root, keys, err);
}

static liq_status document_write(char **out, const liq_json *venue, const liq_json *rules,
                                 liq_error *err)
{
    merger self = {.base = venue, .over = rules};
    char *text = NULL;
    liq_status status;

    liq_text_buffer_start(&self.text, NULL, 0);
    document_merge(&self);
    if ((status = liq_memory_array(&text, self.text.bytes + 1, 1, err)) != LIQ_OK)
        return status;
    liq_text_buffer_start(&self.text, text, self.text.bytes);
    document_merge(&self);
    LIQ_ASSERT(liq_text_buffer_fits(&self.text));
    *out = text;
    return LIQ_OK;
}

static void document_merge(merger *self)
{
    const liq_json_value *root = liq_json_root(self->base);

    liq_text_buffer_string(&self->text, "{\"profile\": ");
    liq_text_buffer_add(&self->text, liq_json_source(self->base, liq_json_member(root, "profile")));
    liq_text_buffer_string(&self->text, ", \"policy\": ");
    objects_merge(self, liq_json_member(root, "policy"), liq_json_root(self->over), MERGE_DEPTH);
    liq_text_buffer_string(&self->text, "}");
}

/* @param base  NULL: there is none */
static void objects_merge(merger *self, const liq_json_value *base, const liq_json_value *over,
                          int depth)
{
    bool is_first = true;

    liq_text_buffer_string(&self->text, "{");
    for (const liq_json_value *at = base == NULL ? NULL : liq_json_first(base); at != NULL;
         at = liq_json_next(at)) {
        const liq_json_value *rule = member_find(over, liq_json_key(at));

        member_write(self, &is_first, liq_json_key(at));
        if (rule == NULL)
            liq_text_buffer_add(&self->text, liq_json_source(self->base, at));
        else if (depth > 1 && liq_json_is_object(rule) && liq_json_is_object(at))
            objects_merge(self, at, rule, depth - 1);
        else
            liq_text_buffer_add(&self->text, liq_json_source(self->over, rule));
    }
    for (const liq_json_value *at = liq_json_first(over); at != NULL; at = liq_json_next(at)) {
        if (base != NULL && member_find(base, liq_json_key(at)) != NULL)
            continue;
        member_write(self, &is_first, liq_json_key(at));
        liq_text_buffer_add(&self->text, liq_json_source(self->over, at));
    }
    liq_text_buffer_string(&self->text, "}");
}

static void member_write(merger *self, bool *is_first, liq_text key)
{
    liq_text_buffer_string(&self->text, *is_first ? "" : ", ");
    liq_text_buffer_quoted(&self->text, key);
    liq_text_buffer_string(&self->text, ": ");
    *is_first = false;
}

static const liq_json_value *member_find(const liq_json_value *object, liq_text key)
{
    for (const liq_json_value *at = liq_json_first(object); at != NULL; at = liq_json_next(at))
        if (liq_names_compare(liq_json_key(at), key) == 0)
            return at;
    return NULL;
}
