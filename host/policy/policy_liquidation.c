#include "policy/policy_liquidation.h"

#include <stdio.h>

#include "base/fail.h"
#include "policy/comment.h"

enum { WORDS_MAX = 8, LIST_BYTES = 256, NANO_DECIMALS = 9, SHARE_LEAST = LIQ_RATE_NANO / 1000 };

typedef enum word_index {
    WORD_CANCEL,
    WORD_REDUCTION,
    WORD_EXECUTION,
    WORD_LIMIT,
    WORD_TAKEOVER,
    WORD_TRIGGER,
    WORD_ALLOCATION,
    WORD_BASE,
    WORD_WEIGHT,
    WORD_PRICE,
    WORDS
} word_index;

/* A rule that is one of a few words; a word's place is the number of its enumeration. */
typedef struct word_rule {
    const char *key;
    const char *words[WORDS_MAX];
} word_rule;

/* Where rules are looked up. */
typedef struct rule_pair {
    const liq_json *profile_json;
    const liq_json_value *profile;
    const liq_json *override_json;
    const liq_json_value *override;
    liq_error *err;
} rule_pair;

/* A value and the document it stands in. */
typedef struct found_rule {
    const liq_json *json;
    const liq_json_value *value;
} found_rule;

static liq_status rule_find(const rule_pair *pair, const char *key, found_rule *out);
static liq_status words_read(liq_liquidation *out, const rule_pair *pair);
static liq_status word_read(int *out, const rule_pair *pair, const word_rule *rule);
static liq_status flags_read(liq_liquidation *out, const rule_pair *pair);
static liq_status rates_read(liq_liquidation *out, const rule_pair *pair);
static liq_status rate_read(int64_t *out, const rule_pair *pair, const char *key, int64_t max);
static liq_status numbers_read(liq_liquidation *out, const rule_pair *pair);
static liq_status above_read(liq_decimal *out, const rule_pair *pair);
static liq_status slicing_read(liq_slicing *out, const rule_pair *pair);
static liq_status sense_check(const liq_liquidation *rules, const rule_pair *pair);

static const char *const keys[] = {"comment",
                                   "margin_call",
                                   "cancel_orders",
                                   "net_pairs",
                                   "reduction",
                                   "reduction_tiers",
                                   "reduction_share",
                                   "reduction_above",
                                   "reduction_target",
                                   "cooldown_ms",
                                   "execution",
                                   "execution_cost",
                                   "limit",
                                   "fillable_spread",
                                   "fillable_adjustment",
                                   "fund_fee",
                                   "takeover",
                                   "mark_follows_fills",
                                   "cascade_rounds",
                                   "adl_trigger",
                                   "drawdown_start",
                                   "drawdown_stop",
                                   "adl_policy",
                                   "adl_base",
                                   "adl_weight",
                                   "adl_position_cap",
                                   "adl_base_cap",
                                   "adl_price",
                                   "adl_seed",
                                   "slicing",
                                   NULL};

static const word_rule word_rules[WORDS] = {
    [WORD_CANCEL] = {"cancel_orders", {"none", "contract", "all"}},
    [WORD_REDUCTION] = {"reduction", {"none", "tiers", "share", "multiple", "shortage"}},
    [WORD_EXECUTION] = {"execution", {"depth", "mark", "bankruptcy", "external", "sliced"}},
    [WORD_LIMIT] = {"limit", {"bankruptcy", "fillable"}},
    [WORD_TAKEOVER] = {"takeover", {"flagged", "backstop", "bankrupt"}},
    [WORD_TRIGGER] = {"adl_trigger",
                      {"floor", "fund_drawdown", "instrument_drawdown", "negative_equity"}},
    [WORD_ALLOCATION] = {"adl_policy",
                         {"queue", "pro_rata", "capped_pro_rata", "risk_aware", "min_leverage",
                          "random_walk"}},
    [WORD_BASE] = {"adl_base", {"equity", "profit"}},
    [WORD_WEIGHT] = {"adl_weight", {"leverage", "margin_ratio"}},
    [WORD_PRICE] = {"adl_price", {"bankruptcy", "mark", "previous_mark"}},
};

liq_status liq_liquidation_check(const liq_json *json, const liq_json_value *value, liq_error *err)
{
    return liq_comment_object(json, value, keys, err);
}

liq_status liq_liquidation_read(liq_liquidation *out, const liq_json *profile_json,
                                const liq_json_value *profile, const liq_json *override_json,
                                const liq_json_value *override, liq_error *err)
{
    const rule_pair pair = {profile_json, profile, override_json, override, err};
    liq_liquidation rules = {.is_known = true};
    liq_status status;

    if (profile == NULL && override == NULL) {
        *out = (liq_liquidation){0};
        return LIQ_OK;
    }
    if ((status = words_read(&rules, &pair)) != LIQ_OK ||
        (status = flags_read(&rules, &pair)) != LIQ_OK ||
        (status = rates_read(&rules, &pair)) != LIQ_OK ||
        (status = numbers_read(&rules, &pair)) != LIQ_OK ||
        (status = above_read(&rules.reduction_above, &pair)) != LIQ_OK ||
        (status = slicing_read(&rules.slicing, &pair)) != LIQ_OK ||
        (status = sense_check(&rules, &pair)) != LIQ_OK)
        return status;
    *out = rules;
    return LIQ_OK;
}

static liq_status rule_find(const rule_pair *pair, const char *key, found_rule *out)
{
    *out = (found_rule){pair->override_json, NULL};
    if (pair->override != NULL)
        out->value = liq_json_member(pair->override, key);
    if (out->value != NULL)
        return LIQ_OK;
    if (pair->profile == NULL)
        return liq_json_fail(pair->override_json, pair->override, pair->err, LIQ_BAD_INPUT,
                             "lacks \"%s\": profile custom has no rule of its own", key);
    *out = (found_rule){pair->profile_json, NULL};
    return liq_json_need(pair->profile_json, pair->profile, key, &out->value, pair->err);
}

static liq_status words_read(liq_liquidation *out, const rule_pair *pair)
{
    int words[WORDS];
    liq_status status;

    for (int i = 0; i < WORDS; i++)
        if ((status = word_read(&words[i], pair, &word_rules[i])) != LIQ_OK)
            return status;
    out->cancel_orders = (liq_cancel_rule)words[WORD_CANCEL];
    out->reduction = (liq_reduction_rule)words[WORD_REDUCTION];
    out->execution = (liq_execution_rule)words[WORD_EXECUTION];
    out->limit = (liq_limit_rule)words[WORD_LIMIT];
    out->takeover = (liq_takeover_rule)words[WORD_TAKEOVER];
    out->adl_trigger = (liq_adl_trigger)words[WORD_TRIGGER];
    out->adl_policy = (liq_adl_policy)words[WORD_ALLOCATION];
    out->adl_base = (liq_adl_base)words[WORD_BASE];
    out->adl_weight = (liq_adl_weight)words[WORD_WEIGHT];
    out->adl_price = (liq_adl_price)words[WORD_PRICE];
    return LIQ_OK;
}

static liq_status word_read(int *out, const rule_pair *pair, const word_rule *rule)
{
    char known[LIST_BYTES] = "";
    size_t used = 0;
    found_rule found;
    liq_text text;
    liq_status status;

    if ((status = rule_find(pair, rule->key, &found)) != LIQ_OK ||
        (status = liq_json_string(found.json, found.value, &text, pair->err)) != LIQ_OK)
        return status;
    for (int i = 0; i < WORDS_MAX && rule->words[i] != NULL; i++) {
        if (liq_text_equal(text, rule->words[i])) {
            *out = i;
            return LIQ_OK;
        }
        if (used < sizeof known)
            used += (size_t)snprintf(known + used, sizeof known - used, "%s%s", i > 0 ? ", " : "",
                                     rule->words[i]);
    }
    return liq_json_fail(found.json, found.value, pair->err, LIQ_BAD_INPUT, "must be one of %s",
                         known);
}

static liq_status flags_read(liq_liquidation *out, const rule_pair *pair)
{
    const struct {
        const char *key;
        bool *flag;
    } flags[] = {{"margin_call", &out->margin_call},
                 {"net_pairs", &out->net_pairs},
                 {"mark_follows_fills", &out->mark_follows_fills}};
    found_rule found;
    liq_status status;

    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
        if ((status = rule_find(pair, flags[i].key, &found)) != LIQ_OK ||
            (status = liq_json_bool(found.json, found.value, flags[i].flag, pair->err)) != LIQ_OK)
            return status;
    return LIQ_OK;
}

static liq_status rates_read(liq_liquidation *out, const rule_pair *pair)
{
    const struct {
        const char *key;
        int64_t *rate;
        int64_t max;
    } rates[] = {{"reduction_share", &out->reduction_share, LIQ_RATE_NANO},
                 {"reduction_target", &out->reduction_target, LIQ_RATE_NANO},
                 {"execution_cost", &out->execution_cost, LIQ_RATE_NANO - 1},
                 {"fund_fee", &out->fund_fee, LIQ_RATE_NANO - 1},
                 {"fillable_spread", &out->fillable_spread, LIQ_RATE_NANO},
                 {"fillable_adjustment", &out->fillable_adjustment, 1000LL * LIQ_RATE_NANO},
                 {"adl_position_cap", &out->adl_position_cap, LIQ_RATE_NANO},
                 {"adl_base_cap", &out->adl_base_cap, LIQ_RATE_NANO},
                 {"drawdown_start", &out->drawdown_start, LIQ_RATE_NANO},
                 {"drawdown_stop", &out->drawdown_stop, LIQ_RATE_NANO}};
    liq_status status;

    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++)
        if ((status = rate_read(rates[i].rate, pair, rates[i].key, rates[i].max)) != LIQ_OK)
            return status;
    return LIQ_OK;
}

static liq_status rate_read(int64_t *out, const rule_pair *pair, const char *key, int64_t max)
{
    char shown[LIQ_DECIMAL_BYTES];
    found_rule found;
    liq_decimal rate;
    liq_status status;

    if ((status = rule_find(pair, key, &found)) != LIQ_OK ||
        (status = liq_json_decimal(found.json, found.value, &rate, pair->err)) != LIQ_OK)
        return status;
    if (liq_decimal_exact(out, rate, NANO_DECIMALS) && *out >= 0 && *out <= max)
        return LIQ_OK;
    return liq_json_fail(found.json, found.value, pair->err, LIQ_OUT_OF_RANGE,
                         "must be 0 .. %s with at most %d decimals",
                         liq_decimal_format(shown, max, NANO_DECIMALS), NANO_DECIMALS);
}

static liq_status numbers_read(liq_liquidation *out, const rule_pair *pair)
{
    int64_t tiers = 0;
    int64_t rounds = 0;
    int64_t seed = 0;
    const struct {
        const char *key;
        int64_t *number;
        int64_t min;
        int64_t max;
    } numbers[] = {{"reduction_tiers", &tiers, 1, 1024},
                   {"cascade_rounds", &rounds, 0, LIQ_CASCADE_ROUNDS_MAX},
                   {"cooldown_ms", &out->cooldown_ms, 0, 86400000},
                   {"adl_seed", &seed, 0, (int64_t)1 << 53}};
    found_rule found;
    liq_status status;

    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        if ((status = rule_find(pair, numbers[i].key, &found)) != LIQ_OK ||
            (status = liq_json_integer(found.json, found.value, numbers[i].min, numbers[i].max,
                                       numbers[i].number, pair->err)) != LIQ_OK)
            return status;
    out->reduction_tiers = (uint32_t)tiers;
    out->cascade_rounds = (uint32_t)rounds;
    out->adl_seed = (uint64_t)seed;
    return LIQ_OK;
}

static liq_status above_read(liq_decimal *out, const rule_pair *pair)
{
    found_rule found;
    liq_status status;

    if ((status = rule_find(pair, "reduction_above", &found)) != LIQ_OK ||
        (status = liq_json_decimal(found.json, found.value, out, pair->err)) != LIQ_OK ||
        out->digits >= 0)
        return status;
    return liq_json_fail(found.json, found.value, pair->err, LIQ_OUT_OF_RANGE, "must be 0 or more");
}

static liq_status slicing_read(liq_slicing *out, const rule_pair *pair)
{
    return liq_slicing_read(
        out, pair->profile_json,
        pair->profile == NULL ? NULL : liq_json_member(pair->profile, "slicing"),
        pair->override_json,
        pair->override == NULL ? NULL : liq_json_member(pair->override, "slicing"), pair->err);
}

/* A rule that is chosen needs its numbers, or it would do nothing for ever. */
static liq_status sense_check(const liq_liquidation *rules, const rule_pair *pair)
{
    const bool by_share =
        rules->reduction == LIQ_REDUCTION_SHARE || rules->reduction == LIQ_REDUCTION_MULTIPLE;
    found_rule found;
    liq_status status;

    if (by_share && rules->reduction_share < SHARE_LEAST) {
        if ((status = rule_find(pair, "reduction_share", &found)) != LIQ_OK)
            return status;
        return liq_json_fail(found.json, found.value, pair->err, LIQ_OUT_OF_RANGE,
                             "must be 0.001 or more for this reduction");
    }
    if (rules->drawdown_stop <= rules->drawdown_start)
        return LIQ_OK;
    if ((status = rule_find(pair, "drawdown_stop", &found)) != LIQ_OK)
        return status;
    return liq_json_fail(found.json, found.value, pair->err, LIQ_BAD_INPUT,
                         "is past drawdown_start");
}
