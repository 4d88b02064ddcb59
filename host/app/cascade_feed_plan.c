#include "app/cascade_feed_plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"
#include "base/fail.h"
#include "base/memory.h"

enum { MS_MAX = 86400000 };

static liq_status later_read(liq_later_move *out, const char *value, liq_error *err);
static liq_status freeze_read(liq_feed_plan *plan, const char *value, liq_error *err);
static liq_status wrong_read(liq_feed_plan *plan, const char *value, liq_error *err);
static liq_cascade_fault *fault_add(liq_feed_plan *plan, liq_cascade_fault_kind kind,
                                    const char *symbol, size_t bytes);
static bool times_read(liq_cascade_fault *out, const char *text);
static bool ms_read(int64_t *out, const char *text, size_t bytes);

liq_status liq_feed_plan_read(liq_feed_plan *out, const liq_options *options, liq_error *err)
{
    const uint32_t count = options->option_count;
    const char *lag = liq_options_value(options, "feed-lag");
    liq_status status;

    if (lag != NULL && !ms_read(&out->lag_ms, lag, strlen(lag)))
        return liq_fail(err, LIQ_BAD_INPUT, 0, "--feed-lag \"%.64s\" is not a number of 0 .. %d",
                        lag, MS_MAX);
    if ((status = liq_memory_array(&out->faults, count, sizeof *out->faults, err)) != LIQ_OK ||
        (status = liq_memory_array(&out->symbols, count, sizeof *out->symbols, err)) != LIQ_OK ||
        (status = liq_memory_array(&out->later, count, sizeof *out->later, err)) != LIQ_OK)
        return status;
    for (uint32_t i = 0; status == LIQ_OK && i < count; i++) {
        const char *name = options->options[i].spec->name;
        const char *value = options->options[i].value;

        if (strcmp(name, "after") == 0)
            status = later_read(&out->later[out->later_count++], value, err);
        else if (strcmp(name, "freeze") == 0)
            status = freeze_read(out, value, err);
        else if (strcmp(name, "wrong") == 0)
            status = wrong_read(out, value, err);
    }
    return status;
}

void liq_feed_plan_clear(liq_feed_plan *plan)
{
    free(plan->faults);
    free(plan->symbols);
    free(plan->later);
    *plan = (liq_feed_plan){0};
}

/* MS:SYM=PERCENT%, such as 5000:BTCUSDT=+6%. */
static liq_status later_read(liq_later_move *out, const char *value, liq_error *err)
{
    const char *colon = strchr(value, ':');

    if (colon == NULL || !ms_read(&out->time_ms, value, (size_t)(colon - value)) ||
        out->time_ms == 0)
        return liq_fail(err, LIQ_BAD_INPUT, 0,
                        "--after \"%.160s\" is not MS:SYMBOL=PERCENT%% with 1 .. %d milliseconds",
                        value, MS_MAX);
    return liq_shock_parse_as(&out->shock, "after", colon + 1, err);
}

/* FROM..TO of all, or SYM=FROM..TO. */
static liq_status freeze_read(liq_feed_plan *plan, const char *value, liq_error *err)
{
    const char *equals = strrchr(value, '=');
    const size_t bytes = equals == NULL ? 0 : (size_t)(equals - value);

    if ((equals == NULL || (bytes > 0 && bytes < LIQ_SHOCK_SYMBOL_BYTES)) &&
        times_read(fault_add(plan, LIQ_CASCADE_FROZEN, value, bytes),
                   equals == NULL ? value : equals + 1))
        return LIQ_OK;
    return liq_fail(
        err, LIQ_BAD_INPUT, 0,
        "--freeze \"%.160s\" is not FROM..TO or SYMBOL=FROM..TO with milliseconds since "
        "the shock, at most %d",
        value, MS_MAX);
}

/* SYM=PERCENT%@FROM..TO. */
static liq_status wrong_read(liq_feed_plan *plan, const char *value, liq_error *err)
{
    const char *at = strrchr(value, '@');
    char shock_text[LIQ_SHOCK_SYMBOL_BYTES + 64];
    liq_cascade_fault *fault;
    liq_shock shock;
    liq_status status;

    if (at == NULL || (size_t)(at - value) >= sizeof shock_text)
        return liq_fail(err, LIQ_BAD_INPUT, 0,
                        "--wrong \"%.160s\" is not SYMBOL=PERCENT%%@FROM..TO", value);
    memcpy(shock_text, value, (size_t)(at - value));
    shock_text[at - value] = '\0';
    if ((status = liq_shock_parse_as(&shock, "wrong", shock_text, err)) != LIQ_OK)
        return status;
    fault = fault_add(plan, LIQ_CASCADE_WRONG, shock.symbol, strlen(shock.symbol));
    fault->change_ppm = shock.change_ppm;
    if (times_read(fault, at + 1))
        return LIQ_OK;
    return liq_fail(err, LIQ_BAD_INPUT, 0,
                    "--wrong \"%.160s\": behind the @ there is no FROM..TO with milliseconds since "
                    "the shock, at most %d",
                    value, MS_MAX);
}

/* @param bytes  of the symbol; 0: of all prices */
static liq_cascade_fault *fault_add(liq_feed_plan *plan, liq_cascade_fault_kind kind,
                                    const char *symbol, size_t bytes)
{
    char *kept = plan->symbols[plan->fault_count];
    liq_cascade_fault *fault = &plan->faults[plan->fault_count++];

    memcpy(kept, symbol, bytes);
    kept[bytes] = '\0';
    *fault = (liq_cascade_fault){.kind = kind, .symbol = bytes == 0 ? NULL : kept};
    return fault;
}

static bool times_read(liq_cascade_fault *out, const char *text)
{
    const char *dots = strstr(text, "..");

    return dots != NULL && ms_read(&out->from_ms, text, (size_t)(dots - text)) &&
           ms_read(&out->to_ms, dots + 2, strlen(dots + 2)) && out->from_ms < out->to_ms;
}

static bool ms_read(int64_t *out, const char *text, size_t bytes)
{
    return liq_decimal_parse_units(out, (liq_text){text, bytes}, 0, NULL) == LIQ_OK && *out >= 0 &&
           *out <= MS_MAX;
}
