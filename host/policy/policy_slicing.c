#include "policy/policy_slicing.h"

#include "base/fail.h"
#include "policy/comment.h"

enum { NANO = 1000000000, NANO_DECIMALS = 9, SHARE_LEAST = NANO / 10000 };

#define TIME_MAX_MS INT64_C(86400000)

static liq_status rate_read(int64_t *out, const liq_json *json, const liq_json_value *value,
                            int64_t min, int64_t max, liq_error *err);

static const char *const keys[] = {
    "comment", "participation", "risk_weight", "volatility", "volatility_half_life_ms",
    "urgency", "interval_ms",   "slices_max",  NULL};

liq_slicing liq_slicing_default(void)
{
    return (liq_slicing){.participation = NANO / 4,
                         .risk_weight = NANO,
                         .volatility = NANO / 200,
                         .urgency = NANO / 100 * 33,
                         .interval_ms = 10000,
                         .volatility_half_life_ms = 1800000,
                         .slices_max = 20};
}

liq_status liq_slicing_read(liq_slicing *out, const liq_json *profile_json,
                            const liq_json_value *profile, const liq_json *override_json,
                            const liq_json_value *override, liq_error *err)
{
    liq_slicing slicing = liq_slicing_default();
    liq_status status = LIQ_OK;

    if (profile != NULL)
        status = liq_slicing_change(&slicing, profile_json, profile, err);
    if (status == LIQ_OK && override != NULL)
        status = liq_slicing_change(&slicing, override_json, override, err);
    if (status == LIQ_OK)
        *out = slicing;
    return status;
}

liq_status liq_slicing_change(liq_slicing *out, const liq_json *json, const liq_json_value *value,
                              liq_error *err)
{
    const struct {
        const char *key;
        int64_t *number;
        int64_t min;
        int64_t max;
        bool is_rate;
    } rules[] = {{"participation", &out->participation, SHARE_LEAST, NANO, true},
                 {"risk_weight", &out->risk_weight, 0, 100LL * NANO, true},
                 {"volatility", &out->volatility, 0, NANO, true},
                 {"urgency", &out->urgency, 0, NANO, true},
                 {"volatility_half_life_ms", &out->volatility_half_life_ms, 1, TIME_MAX_MS, false},
                 {"interval_ms", &out->interval_ms, 0, TIME_MAX_MS, false},
                 {"slices_max", &out->slices_max, 1, LIQ_SLICES_MAX, false}};
    liq_status status = liq_comment_object(json, value, keys, err);

    for (size_t i = 0; status == LIQ_OK && i < sizeof rules / sizeof rules[0]; i++) {
        const liq_json_value *member = liq_json_member(value, rules[i].key);

        if (member == NULL)
            continue;
        status =
            rules[i].is_rate
                ? rate_read(rules[i].number, json, member, rules[i].min, rules[i].max, err)
                : liq_json_integer(json, member, rules[i].min, rules[i].max, rules[i].number, err);
    }
    return status;
}

static liq_status rate_read(int64_t *out, const liq_json *json, const liq_json_value *value,
                            int64_t min, int64_t max, liq_error *err)
{
    char shown[2][LIQ_DECIMAL_BYTES];
    liq_decimal rate;
    const liq_status status = liq_json_decimal(json, value, &rate, err);

    if (status != LIQ_OK)
        return status;
    if (liq_decimal_exact(out, rate, NANO_DECIMALS) && *out >= min && *out <= max)
        return LIQ_OK;
    return liq_json_fail(json, value, err, LIQ_OUT_OF_RANGE,
                         "must be %s .. %s with at most %d decimals",
                         liq_decimal_format(shown[0], min, NANO_DECIMALS),
                         liq_decimal_format(shown[1], max, NANO_DECIMALS), NANO_DECIMALS);
}
