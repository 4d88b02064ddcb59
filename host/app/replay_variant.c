#include "app/replay_variant.h"

#include <stdlib.h>
#include <string.h>

#include "app/nearest.h"
#include "base/fail.h"
#include "base/file.h"
#include "base/text_buffer.h"
#include "cascade/policy_variant.h"

enum { NUMBERS_BYTES = 1024 };

typedef struct named_execution {
    const char *name;
    liq_execution_rule rule;
} named_execution;

static liq_status numbers_read(liq_slicing *slicing, const char *text, const char *numbers,
                               liq_error *err);
static void numbers_json(liq_text_buffer *out, const char *numbers);
static liq_status file_read(liq_liquidation *out, const liq_book *book, const char *path,
                            liq_error *err);

static const named_execution executions[] = {{"naive", LIQ_EXECUTION_DEPTH},
                                             {"sliced", LIQ_EXECUTION_SLICED},
                                             {"mark", LIQ_EXECUTION_MARK},
                                             {"bankruptcy", LIQ_EXECUTION_BANKRUPTCY}};

enum { EXECUTIONS = sizeof executions / sizeof executions[0] };

liq_status liq_replay_variants_read(liq_replay_variant out[LIQ_VARIANTS_MAX], uint32_t *count,
                                    const liq_book *book, const liq_options *options,
                                    const char *name, liq_error *err)
{
    liq_status status = LIQ_OK;

    *count = 0;
    for (uint32_t i = 0; status == LIQ_OK && i < options->option_count; i++) {
        if (strcmp(options->options[i].spec->name, name) != 0)
            continue;
        if (*count == LIQ_VARIANTS_MAX)
            return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "--%s is given more than %d times", name,
                            LIQ_VARIANTS_MAX);
        status = liq_replay_variant_read(&out[(*count)++], book, options->options[i].value, err);
    }
    return status;
}

liq_status liq_replay_variant_read(liq_replay_variant *out, const liq_book *book, const char *text,
                                   liq_error *err)
{
    const size_t bytes = strcspn(text, ":");
    const char *names[EXECUTIONS];

    *out = (liq_replay_variant){.name = text, .rules = book->venue.policy.liquidation};
    if (!out->rules.is_known)
        return liq_fail(err, LIQ_UNSUPPORTED, 0,
                        "venue \"%s\" has no \"liquidation\": nothing can be settled",
                        book->venue.name);
    for (int i = 0; i < EXECUTIONS; i++) {
        names[i] = executions[i].name;
        if (strlen(names[i]) != bytes || strncmp(text, names[i], bytes) != 0)
            continue;
        out->rules.execution = executions[i].rule;
        if (text[bytes] == '\0')
            return LIQ_OK;
        if (executions[i].rule == LIQ_EXECUTION_SLICED)
            return numbers_read(&out->rules.slicing, text, text + bytes + 1, err);
        return liq_fail(err, LIQ_BAD_INPUT, 0, "\"%.64s\": only sliced has numbers", text);
    }
    if (strchr(text, '/') == NULL && strstr(text, ".json") == NULL) {
        const char *nearest = liq_nearest(text, names, EXECUTIONS);

        return liq_fail(err, LIQ_BAD_INPUT, 0,
                        "\"%.64s\" is not naive, sliced, mark, bankruptcy, or a .json file%s%s%s",
                        text, nearest == NULL ? "" : "; did you mean ",
                        nearest == NULL ? "" : nearest, nearest == NULL ? "" : "?");
    }
    return file_read(&out->rules, book, text, err);
}

/* "participation=0.1,slices_max=5" are members of the object of the policy. */
static liq_status numbers_read(liq_slicing *slicing, const char *text, const char *numbers,
                               liq_error *err)
{
    char data[NUMBERS_BYTES];
    liq_text_buffer buffer;
    liq_json *json = NULL;
    liq_status status;

    liq_text_buffer_start(&buffer, data, sizeof data);
    numbers_json(&buffer, numbers);
    if (!liq_text_buffer_fits(&buffer))
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "\"%.64s\" is too long", text);
    if ((status = liq_json_parse(&json, text, (liq_text){data, buffer.bytes}, err)) == LIQ_OK)
        status = liq_slicing_change(slicing, json, liq_json_root(json), err);
    liq_json_destroy(json);
    return status;
}

/* Times and counts are JSON numbers, shares are strings. */
static void numbers_json(liq_text_buffer *out, const char *numbers)
{
    liq_text_buffer_string(out, "{");
    for (const char *at = numbers; *at != '\0';) {
        const size_t bytes = strcspn(at, ",");
        const size_t key = strcspn(at, "=") < bytes ? strcspn(at, "=") : bytes;
        const liq_text name = {at, key};
        const liq_text value = {at + key + (key < bytes), bytes - key - (key < bytes)};
        const bool is_count = (key > 3 && strncmp(at + key - 3, "_ms", 3) == 0) ||
                              (key > 4 && strncmp(at + key - 4, "_max", 4) == 0);

        if (at != numbers)
            liq_text_buffer_string(out, ",");
        liq_text_buffer_quoted(out, name);
        liq_text_buffer_string(out, ":");
        if (is_count && value.bytes > 0 && strspn(value.data, "0123456789") >= value.bytes)
            liq_text_buffer_add(out, value);
        else
            liq_text_buffer_quoted(out, value);
        at += bytes + (at[bytes] == ',');
    }
    liq_text_buffer_string(out, "}");
}

/* Rules laid over those of the book, as variants of a cascade are given. */
static liq_status file_read(liq_liquidation *out, const liq_book *book, const char *path,
                            liq_error *err)
{
    liq_file file = {.descriptor = -1};
    liq_policy policy;
    char *text = NULL;
    size_t bytes;
    liq_status status;

    if ((status = liq_file_open(&file, path, err)) != LIQ_OK ||
        (status = liq_file_read_all(&text, &bytes, &file, LIQ_JSON_BYTES_MAX, err)) != LIQ_OK)
        goto done;
    if (strlen(text) != bytes)
        status = liq_fail(err, LIQ_BAD_INPUT, 0, "%s: there is a zero byte in it", path);
    else if ((status = liq_policy_variant(&policy, book, path, text, err)) == LIQ_OK)
        *out = policy.liquidation;
done:
    liq_file_close(&file);
    free(text);
    return status;
}
