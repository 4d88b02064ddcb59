/*
 * Variants of the rules: those that have a name, and files.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/cascade_plan.h"
#include "app/nearest.h"
#include "base/fail.h"
#include "base/file.h"
#include "base/json.h"

/* Rules laid over the book's. */
typedef struct built_in {
    const char *name;
    const char *policy;
    bool is_infinite;
} built_in;

static liq_status file_read(liq_cascade_variant *out, liq_error *err);

#define RATE "\"rate_notional\": \"1000000\", \"rate_ms\": 1000"
#define BREAKER                                                                                    \
    "\"breaker\": \"liquidations\", \"breaker_drawdown\": \"0.3\", \"breaker_move\": \"0.15\", "   \
    "\"breaker_move_ms\": 60000, \"breaker_cooldown_ms\": 60000"
#define STEP "\"step\": \"0.01\", \"suspect\": \"clamp\""

static const built_in variants[] = {
    {"infinite", NULL, true},
    {"none",
     "{\"guards\": {\"step\": \"0\", \"band\": \"0\", \"rate_notional\": \"0\", \"breaker\": "
     "\"off\"}}",
     false},
    {"rate_limit", "{\"guards\": {" RATE "}}", false},
    {"breaker", "{\"guards\": {" BREAKER "}}", false},
    {"step_clamp", "{\"guards\": {" STEP "}}", false},
    {"all", "{\"guards\": {" RATE ", " BREAKER ", " STEP "}}", false},
    {"sliced", "{\"liquidation\": {\"execution\": \"sliced\"}}", false},
    {"full", "{\"liquidation\": {\"reduction\": \"none\"}}", false},
    {"tiers", "{\"liquidation\": {\"reduction\": \"tiers\"}}", false},
    {"share",
     "{\"liquidation\": {\"reduction\": \"share\", \"reduction_share\": \"0.2\", "
     "\"reduction_above\": \"100000\", \"cooldown_ms\": 30000}}",
     false},
    {"takeover", "{\"liquidation\": {\"execution\": \"bankruptcy\"}}", false},
    {"drawdown",
     "{\"liquidation\": {\"adl_trigger\": \"fund_drawdown\", \"drawdown_start\": \"0.3\", "
     "\"drawdown_stop\": \"0.25\"}}",
     false},
};

liq_status liq_cascade_variant_read(liq_cascade_variant *out, const char *value, liq_error *err)
{
    const uint32_t count = sizeof variants / sizeof variants[0];
    const char *names[sizeof variants / sizeof variants[0]];
    const char *equals = strchr(value, '=');
    const size_t bytes = equals == NULL ? strlen(value) : (size_t)(equals - value);
    const char *nearest;

    *out = (liq_cascade_variant){.file = equals == NULL ? NULL : equals + 1};
    if (bytes == 0 || bytes >= sizeof out->name || (equals != NULL && equals[1] == '\0'))
        return liq_fail(err, LIQ_BAD_INPUT, 0,
                        "--variant \"%.160s\" is not NAME or NAME=FILE with a name of at most %d "
                        "bytes",
                        value, LIQ_CASCADE_NAME_BYTES - 1);
    memcpy(out->name, value, bytes);
    if (equals != NULL)
        return file_read(out, err);
    for (uint32_t i = 0; i < count; i++) {
        names[i] = variants[i].name;
        if (strcmp(out->name, names[i]) != 0)
            continue;
        out->policy = variants[i].policy;
        out->is_infinite = variants[i].is_infinite;
        return LIQ_OK;
    }
    nearest = liq_nearest(value, names, count);
    return liq_fail(err, LIQ_NOT_FOUND, 0,
                    "--variant \"%.64s\": there is no such variant%s%s%s; rules of your own are "
                    "NAME=FILE",
                    value, nearest == NULL ? "" : ", did you mean ", nearest == NULL ? "" : nearest,
                    nearest == NULL ? "" : "?");
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
