#include "policy/policy_level.h"

#include "base/decimal.h"

#include "liq_limits.h"

enum { RATIO_DECIMALS = 6, RATIO_ONE = 1000000 };

static bool comparison_split(liq_text text, liq_ratio_direction ratio, bool *inclusive,
                             liq_text *number);
static bool reached_earlier(liq_policy_level severe, liq_policy_level mild);

const char *const liq_policy_level_names[LIQ_POLICY_LEVELS + 1] = {"warning", "reduce_only",
                                                                   "liquidate", "backstop", NULL};

liq_status liq_policy_level_read(liq_policy_level *out, const liq_json *json,
                                 const liq_json_value *value, liq_ratio_direction ratio,
                                 liq_error *err)
{
    const bool rises = ratio == LIQ_RATIO_MAINTENANCE_OVER_EQUITY;
    liq_text text;
    liq_text number;
    liq_decimal bound;
    liq_error reason;
    int64_t millionths = 0;
    bool inclusive;
    liq_status status;

    *out = (liq_policy_level){0};
    if (liq_json_is_null(value))
        return LIQ_OK;
    if ((status = liq_json_string(json, value, &text, err)) != LIQ_OK)
        return status;
    if (!comparison_split(text, ratio, &inclusive, &number))
        return liq_json_fail(json, value, err, LIQ_BAD_INPUT, "expected null or %s",
                             rises ? "\">\" or \">=\" and a number, for the ratio "
                                     "maintenance/equity"
                                   : "\"<\" or \"<=\" and a number, for the ratio "
                                     "equity/maintenance");
    if ((status = liq_decimal_parse(&bound, number, &reason)) != LIQ_OK)
        return liq_json_fail(json, value, err, status, "the ratio %s", reason.message);
    if (!liq_decimal_exact(&millionths, bound, RATIO_DECIMALS) || millionths < 1 ||
        millionths > LIQ_LEVEL_FACTOR_MAX)
        return liq_json_fail(json, value, err, LIQ_OUT_OF_RANGE,
                             "the ratio must be above 0, at most %ld, with at most %d decimals",
                             LIQ_LEVEL_FACTOR_MAX / RATIO_ONE, RATIO_DECIMALS);
    out->equity_factor = rises ? (uint32_t)millionths : RATIO_ONE;
    out->requirement_factor = rises ? RATIO_ONE : (uint32_t)millionths;
    out->inclusive = inclusive;
    return LIQ_OK;
}

bool liq_policy_levels_ordered(const liq_policy_level *levels, uint32_t *severe, uint32_t *mild)
{
    for (*severe = 1; *severe < LIQ_POLICY_LEVELS; (*severe)++)
        for (*mild = 0; *mild < *severe; (*mild)++)
            if (levels[*severe].equity_factor != 0 && levels[*mild].equity_factor != 0 &&
                reached_earlier(levels[*severe], levels[*mild]))
                return false;
    return true;
}

/* Split ">= 0.8" into its comparison, which must suit the ratio, and its number. */
static bool comparison_split(liq_text text, liq_ratio_direction ratio, bool *inclusive,
                             liq_text *number)
{
    const char sign = ratio == LIQ_RATIO_MAINTENANCE_OVER_EQUITY ? '>' : '<';

    if (text.bytes < 2 || text.data[0] != sign)
        return false;
    *inclusive = text.data[1] == '=';
    *number = (liq_text){text.data + 1 + *inclusive, text.bytes - 1 - *inclusive};
    while (number->bytes > 0 && number->data[0] == ' ')
        *number = (liq_text){number->data + 1, number->bytes - 1};
    return true;
}

/* A level is reached when equity / maintenance falls to requirement_factor / equity_factor. */
static bool reached_earlier(liq_policy_level severe, liq_policy_level mild)
{
    const uint64_t severe_at = (uint64_t)severe.requirement_factor * mild.equity_factor;
    const uint64_t mild_at = (uint64_t)mild.requirement_factor * severe.equity_factor;

    return severe_at > mild_at || (severe_at == mild_at && severe.inclusive && !mild.inclusive);
}
