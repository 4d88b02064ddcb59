/*
 * Variants of the rules: those that have a name, several of them at once, and files.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/cascade_plan.h"
#include "app/nearest.h"
#include "base/fail.h"
#include "base/file.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/text_buffer.h"

/* Objects of a policy that a built-in variant may have members of. */
typedef enum rule_object { RULE_GUARDS, RULE_LIQUIDATION, RULE_DYNAMIC, RULE_OBJECTS } rule_object;

/* Members of one object, laid over those of the book. */
typedef struct built_in {
    const char *name;
    rule_object object;
    const char *members; /* NULL: none */
    bool is_infinite;
} built_in;

static liq_status names_read(liq_cascade_variant *out, const char *value, liq_error *err);
static const built_in *name_find(const char *name, size_t bytes);
static liq_status name_refuse(const char *value, const char *name, size_t bytes, liq_error *err);
static liq_status policy_write(liq_cascade_variant *out, liq_error *err);
static void policy_fill(liq_text_buffer *text, const char *names);
static liq_status file_read(liq_cascade_variant *out, liq_error *err);

#define RATE "\"rate_notional\": \"1000000\", \"rate_ms\": 1000"
#define BREAKER                                                                                    \
    "\"breaker\": \"liquidations\", \"breaker_drawdown\": \"0.3\", \"breaker_move\": \"0.15\", "   \
    "\"breaker_move_ms\": 60000, \"breaker_cooldown_ms\": 60000"
#define STEP "\"step\": \"0.01\", \"suspect\": \"clamp\""
#define DYNAMIC(rates)                                                                             \
    "\"max\": \"3\", \"grid\": \"0.25\", \"realised_volatility\": {\"reference\": \"0.6\", "       \
    "\"half_life_ms\": 600000, \"sample_ms\": 1000, \"rates\": \"" rates "\"}"

static const char *const object_names[RULE_OBJECTS] = {"guards", "liquidation", "dynamic_margin"};

static const built_in variants[] = {
    {"infinite", RULE_GUARDS, NULL, true},
    {"none", RULE_GUARDS,
     "\"stale_ms\": 0, \"step\": \"0\", \"band\": \"0\", \"rate_notional\": \"0\", "
     "\"breaker\": \"off\"",
     false},
    {"rate_limit", RULE_GUARDS, RATE, false},
    {"breaker", RULE_GUARDS, BREAKER, false},
    {"step_clamp", RULE_GUARDS, STEP, false},
    {"all", RULE_GUARDS, RATE ", " BREAKER ", " STEP, false},
    {"stale", RULE_GUARDS, "\"stale_ms\": 3000", false},
    {"band", RULE_GUARDS, "\"band\": \"0.01\", \"confirm_marks\": 0, \"confirm_ms\": 600000",
     false},
    {"rounds", RULE_GUARDS,
     "\"breaker\": \"liquidations\", \"breaker_rounds\": 3, \"breaker_cooldown_ms\": 60000", false},
    {"dynamic", RULE_DYNAMIC, DYNAMIC("both"), false},
    {"dynamic_initial", RULE_DYNAMIC, DYNAMIC("initial"), false},
    {"sliced", RULE_LIQUIDATION, "\"execution\": \"sliced\"", false},
    {"full", RULE_LIQUIDATION, "\"reduction\": \"none\"", false},
    {"tiers", RULE_LIQUIDATION, "\"reduction\": \"tiers\"", false},
    {"share", RULE_LIQUIDATION,
     "\"reduction\": \"share\", \"reduction_share\": \"0.2\", \"reduction_above\": \"100000\", "
     "\"cooldown_ms\": 30000",
     false},
    {"takeover", RULE_LIQUIDATION, "\"execution\": \"bankruptcy\"", false},
    {"drawdown", RULE_LIQUIDATION,
     "\"adl_trigger\": \"fund_drawdown\", \"drawdown_start\": \"0.3\", \"drawdown_stop\": \"0.25\"",
     false},
};

enum { VARIANTS = sizeof variants / sizeof variants[0] };

liq_status liq_cascade_variant_read(liq_cascade_variant *out, const char *value, liq_error *err)
{
    const char *equals = strchr(value, '=');
    const size_t bytes = equals == NULL ? strlen(value) : (size_t)(equals - value);

    *out = (liq_cascade_variant){.file = equals == NULL ? NULL : equals + 1};
    if (bytes == 0 || bytes >= sizeof out->name || (equals != NULL && equals[1] == '\0'))
        return liq_fail(err, LIQ_BAD_INPUT, 0,
                        "--variant \"%.160s\" is not NAME or NAME=FILE with a name of at most %d "
                        "bytes",
                        value, LIQ_CASCADE_NAME_BYTES - 1);
    memcpy(out->name, value, bytes);
    return equals != NULL ? file_read(out, err) : names_read(out, value, err);
}

/* NAME or NAME+NAME: all of them together. */
static liq_status names_read(liq_cascade_variant *out, const char *value, liq_error *err)
{
    const char *at = out->name;

    for (;;) {
        const size_t bytes = strcspn(at, "+");
        const built_in *found = name_find(at, bytes);

        if (found == NULL)
            return name_refuse(value, at, bytes, err);
        out->is_infinite = out->is_infinite || found->is_infinite;
        if (at[bytes] == '\0')
            return policy_write(out, err);
        at += bytes + 1;
    }
}

static const built_in *name_find(const char *name, size_t bytes)
{
    for (int i = 0; i < VARIANTS; i++)
        if (strlen(variants[i].name) == bytes && memcmp(variants[i].name, name, bytes) == 0)
            return &variants[i];
    return NULL;
}

static liq_status name_refuse(const char *value, const char *name, size_t bytes, liq_error *err)
{
    const char *names[VARIANTS];
    char text[LIQ_CASCADE_NAME_BYTES];
    const char *nearest;

    for (int i = 0; i < VARIANTS; i++)
        names[i] = variants[i].name;
    memcpy(text, name, bytes);
    text[bytes] = '\0';
    nearest = liq_nearest(text, names, VARIANTS);
    return liq_fail(err, LIQ_NOT_FOUND, 0,
                    "--variant \"%.64s\": there is no variant \"%s\"%s%s%s; rules of your own are "
                    "NAME=FILE",
                    value, text, nearest == NULL ? "" : ", did you mean ",
                    nearest == NULL ? "" : nearest, nearest == NULL ? "" : "?");
}

static liq_status policy_write(liq_cascade_variant *out, liq_error *err)
{
    liq_text_buffer text;
    liq_status status;

    liq_text_buffer_start(&text, NULL, 0);
    policy_fill(&text, out->name);
    if ((status = liq_memory_array(&out->text, text.bytes + 1, 1, err)) != LIQ_OK)
        return status;
    liq_text_buffer_start(&text, out->text, text.bytes);
    policy_fill(&text, out->name);
    LIQ_ASSERT(liq_text_buffer_fits(&text));
    out->policy = out->text;
    return LIQ_OK;
}

/* One object of each kind, with the members of all names; a rule that two of them set is for the
   reader of the policy to refuse. */
static void policy_fill(liq_text_buffer *text, const char *names)
{
    const char *object_comma = "";

    liq_text_buffer_string(text, "{");
    for (int object = 0; object < RULE_OBJECTS; object++) {
        const char *comma = "";

        for (const char *at = names; at != NULL; at = strchr(at, '+')) {
            const built_in *found;

            at += *at == '+';
            found = name_find(at, strcspn(at, "+"));
            if ((int)found->object != object || found->members == NULL)
                continue;
            if (comma[0] == '\0') {
                liq_text_buffer_string(text, object_comma);
                liq_text_buffer_string(text, "\"");
                liq_text_buffer_string(text, object_names[object]);
                liq_text_buffer_string(text, "\": {");
            }
            liq_text_buffer_string(text, comma);
            liq_text_buffer_string(text, found->members);
            comma = ", ";
        }
        if (comma[0] == '\0')
            continue;
        liq_text_buffer_string(text, "}");
        object_comma = ", ";
    }
    liq_text_buffer_string(text, "}");
}

static liq_status file_read(liq_cascade_variant *out, liq_error *err)
{
    liq_file file = {.descriptor = -1};
    size_t bytes;
    liq_status status;

    if ((status = liq_file_open(&file, out->file, err)) == LIQ_OK)
        status = liq_file_read_all(&out->text, &bytes, &file, LIQ_JSON_BYTES_MAX, err);
    liq_file_close(&file);
    if (status == LIQ_OK && strlen(out->text) != bytes)
        status = liq_fail(err, LIQ_BAD_INPUT, 0, "%.256s: there is a zero byte in it", out->file);
    out->policy = out->text;
    return status;
}
