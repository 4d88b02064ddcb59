#include "policy/policy_dynamic.h"

#include <stdio.h>

#include "base/fail.h"
#include "policy/comment.h"

/* Ten years, and what a mark or a rate may be late by at most. */
#define TIME_MS_MAX 315360000000L

enum {
    PPM_DECIMALS = 6,
    GRID_DEFAULT = 50000,
    MOST_DEFAULT = 3000000,
    LOWER_AFTER_DEFAULT = 3600000,
    HALF_LIFE_DEFAULT = 3600000,
    SAMPLE_DEFAULT = 60000,
    RATIO_MAX = 1000000000,
    REFERENCE_MAX = 10000000,
    WITHIN_MAX = 500000
};

/* An object being read: a value that it lacks keeps its default. */
typedef struct rules_reader {
    const liq_json *json;
    const liq_json_value *object;
    liq_error *err;
} rules_reader;

/* A number of parts per million, as a decimal. */
typedef struct ppm_rule {
    const char *key;
    uint32_t *out;
    uint32_t least;
    uint32_t most;
} ppm_rule;

typedef struct time_rule {
    const char *key;
    int64_t *out;
    int64_t least;
} time_rule;

static liq_status frame_read(liq_dynamic_policy *out, const rules_reader *reader);
static liq_status sources_read(liq_dynamic_policy *out, const rules_reader *reader);
static liq_status realised_read(liq_dynamic_policy *out, const rules_reader *reader);
static liq_status implied_read(liq_dynamic_policy *out, const rules_reader *reader);
static liq_status interest_read(liq_dynamic_policy *out, const rules_reader *reader);
static liq_status concentration_read(liq_dynamic_policy *out, const rules_reader *reader);
static liq_status rates_read(liq_factor_rates *out, const rules_reader *reader);
static liq_status caps_read(liq_decimal *lower, liq_decimal *upper, const rules_reader *reader);
static liq_status ppm_read(const rules_reader *reader, const ppm_rule *rule);
static liq_status ppm_need(const rules_reader *reader, const ppm_rule *rule);
static liq_status time_read(const rules_reader *reader, const time_rule *rule);

static const char *const source_names[LIQ_FACTOR_SOURCES] = {
    "realised_volatility", "implied_volatility", "open_interest", "concentration"};

liq_status liq_dynamic_policy_read(liq_dynamic_policy *out, const liq_json *json,
                                   const liq_json_value *value, liq_error *err)
{
    static const char *const keys[] = {"comment",
                                       "min",
                                       "max",
                                       "grid",
                                       "step",
                                       "step_interval_ms",
                                       "raise_after_ms",
                                       "lower_after_ms",
                                       "notice_ms",
                                       "realised_volatility",
                                       "implied_volatility",
                                       "open_interest",
                                       "concentration",
                                       NULL};
    const rules_reader reader = {json, value, err};
    liq_dynamic_policy policy = {.is_on = true,
                                 .least_ppm = LIQ_FACTOR_ONE,
                                 .most_ppm = MOST_DEFAULT,
                                 .grid_ppm = GRID_DEFAULT,
                                 .lower_after_ms = LOWER_AFTER_DEFAULT,
                                 .half_life_ms = HALF_LIFE_DEFAULT,
                                 .sample_ms = SAMPLE_DEFAULT};
    liq_status status;

    *out = (liq_dynamic_policy){0};
    if (value == NULL)
        return LIQ_OK;
    if ((status = liq_comment_object(json, value, keys, err)) != LIQ_OK ||
        (status = frame_read(&policy, &reader)) != LIQ_OK ||
        (status = sources_read(&policy, &reader)) != LIQ_OK)
        return status;
    *out = policy;
    return LIQ_OK;
}

liq_status liq_dynamic_own_read(liq_dynamic_own *out, const liq_json *json,
                                const liq_json_value *value, liq_error *err)
{
    static const char *const keys[] = {"comment",   "realised_reference", "implied_reference",
                                       "lower_cap", "upper_cap",          NULL};
    const rules_reader reader = {json, value, err};
    liq_dynamic_own own = {0};
    liq_status status;

    *out = own;
    if (value == NULL)
        return LIQ_OK;
    if ((status = liq_comment_object(json, value, keys, err)) != LIQ_OK ||
        (status = ppm_read(&reader, &(ppm_rule){"realised_reference", &own.realised_reference_ppm,
                                                1, REFERENCE_MAX})) != LIQ_OK ||
        (status = ppm_read(&reader, &(ppm_rule){"implied_reference", &own.implied_reference_ppm, 1,
                                                REFERENCE_MAX})) != LIQ_OK)
        return status;
    if (liq_json_member(value, "lower_cap") != NULL || liq_json_member(value, "upper_cap") != NULL)
        status = caps_read(&own.lower_cap, &own.upper_cap, &reader);
    if (status == LIQ_OK)
        *out = own;
    return status;
}

const char *liq_factor_source_name(liq_factor_source source)
{
    LIQ_ASSERT((int)source < LIQ_FACTOR_SOURCES);
    return source_names[source];
}

static liq_status frame_read(liq_dynamic_policy *out, const rules_reader *reader)
{
    const ppm_rule rules[] = {{"min", &out->least_ppm, 1, LIQ_FACTOR_PPM_MAX},
                              {"max", &out->most_ppm, 1, LIQ_FACTOR_PPM_MAX},
                              {"grid", &out->grid_ppm, 1, LIQ_FACTOR_PPM_MAX}};
    const time_rule times[] = {{"step_interval_ms", &out->interval_ms, 0},
                               {"raise_after_ms", &out->raise_after_ms, 0},
                               {"lower_after_ms", &out->lower_after_ms, 0},
                               {"notice_ms", &out->notice_ms, 0}};
    liq_status status;

    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        if ((status = ppm_read(reader, &rules[i])) != LIQ_OK)
            return status;
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++)
        if ((status = time_read(reader, &times[i])) != LIQ_OK)
            return status;
    if (out->least_ppm > LIQ_FACTOR_ONE || out->most_ppm < LIQ_FACTOR_ONE)
        return liq_json_fail(reader->json, reader->object, reader->err, LIQ_BAD_INPUT,
                             "min must be at most 1 and max at least 1: a factor starts at 1");
    out->step_ppm = out->most_ppm;
    return ppm_read(reader, &(ppm_rule){"step", &out->step_ppm, out->grid_ppm, LIQ_FACTOR_PPM_MAX});
}

static liq_status sources_read(liq_dynamic_policy *out, const rules_reader *reader)
{
    static liq_status (*const reads[LIQ_FACTOR_SOURCES])(
        liq_dynamic_policy *, const rules_reader *) = {realised_read, implied_read, interest_read,
                                                       concentration_read};
    uint32_t count = 0;
    liq_status status;

    for (uint32_t i = 0; i < LIQ_FACTOR_SOURCES; i++) {
        const rules_reader source = {reader->json, liq_json_member(reader->object, source_names[i]),
                                     reader->err};

        if (source.object == NULL)
            continue;
        if ((status = reads[i](out, &source)) != LIQ_OK ||
            (status = rates_read(&out->rates[i], &source)) != LIQ_OK)
            return status;
        out->uses[i] = true;
        count++;
    }
    /* dYdX scales initial margin alone: nobody is liquidated because others came in. */
    if (out->uses[LIQ_FACTOR_INTEREST] &&
        liq_json_member(liq_json_member(reader->object, "open_interest"), "rates") == NULL)
        out->rates[LIQ_FACTOR_INTEREST] = LIQ_FACTOR_OF_INITIAL;
    if (count > 0)
        return LIQ_OK;
    return liq_json_fail(reader->json, reader->object, reader->err, LIQ_BAD_INPUT,
                         "needs at least one of realised_volatility, implied_volatility, "
                         "open_interest and concentration");
}

static liq_status realised_read(liq_dynamic_policy *out, const rules_reader *reader)
{
    static const char *const keys[] = {"comment",      "rates",     "reference",
                                       "half_life_ms", "sample_ms", NULL};
    liq_status status = liq_comment_object(reader->json, reader->object, keys, reader->err);

    if (status != LIQ_OK ||
        (status = ppm_need(reader, &(ppm_rule){"reference", &out->realised_reference_ppm, 1,
                                               REFERENCE_MAX})) != LIQ_OK ||
        (status = time_read(reader, &(time_rule){"half_life_ms", &out->half_life_ms, 1})) != LIQ_OK)
        return status;
    return time_read(reader, &(time_rule){"sample_ms", &out->sample_ms, 1});
}

static liq_status implied_read(liq_dynamic_policy *out, const rules_reader *reader)
{
    static const char *const keys[] = {"comment", "rates", "reference", NULL};
    const liq_status status = liq_comment_object(reader->json, reader->object, keys, reader->err);

    if (status != LIQ_OK)
        return status;
    return ppm_need(reader,
                    &(ppm_rule){"reference", &out->implied_reference_ppm, 1, REFERENCE_MAX});
}

static liq_status interest_read(liq_dynamic_policy *out, const rules_reader *reader)
{
    static const char *const keys[] = {"comment", "rates", "lower_cap", "upper_cap", NULL};
    const liq_status status = liq_comment_object(reader->json, reader->object, keys, reader->err);

    return status == LIQ_OK ? caps_read(&out->lower_cap, &out->upper_cap, reader) : status;
}

static liq_status concentration_read(liq_dynamic_policy *out, const rules_reader *reader)
{
    static const char *const keys[] = {"comment", "rates", "within", "lower", "upper", "top", NULL};
    const ppm_rule rules[] = {{"within", &out->depth_within_ppm, 1, WITHIN_MAX},
                              {"lower", &out->ratio_lower_ppm, 0, RATIO_MAX},
                              {"upper", &out->ratio_upper_ppm, 1, RATIO_MAX},
                              {"top", &out->ratio_top_ppm, LIQ_FACTOR_ONE, LIQ_FACTOR_PPM_MAX}};
    liq_status status = liq_comment_object(reader->json, reader->object, keys, reader->err);

    for (size_t i = 0; status == LIQ_OK && i < sizeof rules / sizeof rules[0]; i++)
        status = ppm_need(reader, &rules[i]);
    if (status != LIQ_OK || out->ratio_lower_ppm < out->ratio_upper_ppm)
        return status;
    return liq_json_fail(reader->json, liq_json_member(reader->object, "upper"), reader->err,
                         LIQ_BAD_INPUT, "must be above lower");
}

static liq_status rates_read(liq_factor_rates *out, const rules_reader *reader)
{
    static const char *const words[] = {"both", "maintenance", "initial"};
    const liq_json_value *value = liq_json_member(reader->object, "rates");
    liq_text text;
    liq_status status;

    *out = LIQ_FACTOR_OF_BOTH;
    if (value == NULL)
        return LIQ_OK;
    if ((status = liq_json_string(reader->json, value, &text, reader->err)) != LIQ_OK)
        return status;
    for (int i = 0; i < 3; i++)
        if (liq_text_equal(text, words[i])) {
            *out = (liq_factor_rates)i;
            return LIQ_OK;
        }
    return liq_json_fail(reader->json, value, reader->err, LIQ_BAD_INPUT,
                         "must be one of both, maintenance, initial");
}

static liq_status caps_read(liq_decimal *lower, liq_decimal *upper, const rules_reader *reader)
{
    const liq_json_value *values[2];
    liq_status status;

    if ((status = liq_json_need(reader->json, reader->object, "lower_cap", &values[0],
                                reader->err)) != LIQ_OK ||
        (status = liq_json_need(reader->json, reader->object, "upper_cap", &values[1],
                                reader->err)) != LIQ_OK ||
        (status = liq_json_decimal(reader->json, values[0], lower, reader->err)) != LIQ_OK ||
        (status = liq_json_decimal(reader->json, values[1], upper, reader->err)) != LIQ_OK)
        return status;
    if (lower->digits < 0)
        return liq_json_fail(reader->json, values[0], reader->err, LIQ_OUT_OF_RANGE,
                             "must be 0 or more");
    if (liq_decimal_compare(*lower, *upper) < 0)
        return LIQ_OK;
    return liq_json_fail(reader->json, values[1], reader->err, LIQ_BAD_INPUT,
                         "must be above lower_cap");
}

static liq_status ppm_need(const rules_reader *reader, const ppm_rule *rule)
{
    const liq_json_value *value;
    const liq_status status =
        liq_json_need(reader->json, reader->object, rule->key, &value, reader->err);

    return status == LIQ_OK ? ppm_read(reader, rule) : status;
}

static liq_status ppm_read(const rules_reader *reader, const ppm_rule *rule)
{
    const liq_json_value *value = liq_json_member(reader->object, rule->key);
    char least[LIQ_DECIMAL_BYTES];
    char most[LIQ_DECIMAL_BYTES];
    liq_decimal decimal;
    int64_t ppm;
    liq_status status;

    if (value == NULL)
        return LIQ_OK;
    if ((status = liq_json_decimal(reader->json, value, &decimal, reader->err)) != LIQ_OK)
        return status;
    if (liq_decimal_exact(&ppm, decimal, PPM_DECIMALS) && ppm >= rule->least && ppm <= rule->most) {
        *rule->out = (uint32_t)ppm;
        return LIQ_OK;
    }
    return liq_json_fail(reader->json, value, reader->err, LIQ_OUT_OF_RANGE,
                         "must be in %s .. %s, with at most %d decimals",
                         liq_decimal_format(least, rule->least, PPM_DECIMALS),
                         liq_decimal_format(most, rule->most, PPM_DECIMALS), PPM_DECIMALS);
}

static liq_status time_read(const rules_reader *reader, const time_rule *rule)
{
    const liq_json_value *value = liq_json_member(reader->object, rule->key);

    if (value == NULL)
        return LIQ_OK;
    return liq_json_integer(reader->json, value, rule->least, TIME_MS_MAX, rule->out, reader->err);
}
