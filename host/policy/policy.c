/*
 * Rules come from two places: the profile that ships inside the library, and
 * the overrides of venue.json. Each rule is taken from the later one that has it, and
 * read in its own document, so that a message points to what somebody wrote.
 */
#include "policy/policy.h"

#include <stdio.h>
#include <string.h>

#include "base/embedded.h"
#include "base/fail.h"
#include "policy/comment.h"
#include "policy/policy_level.h"

enum { WORDS_MAX = 8, LIST_BYTES = 256 };

typedef enum word_rule_index {
    RULE_RATIO,
    RULE_TIER_FORM,
    RULE_TIER_BY,
    RULE_LIQUIDATION_PRICE,
    RULE_PRICE_ROUNDING,
    RULE_UNREALISED_PNL,
    RULE_ADL,
    WORD_RULES
} word_rule_index;

/* A rule that is one of a few words; a word's place is the number of its enumeration. */
typedef struct word_rule {
    const char *key;
    const char *words[WORDS_MAX];
} word_rule;

/* A value and the document it stands in. */
typedef struct placed {
    const liq_json *json;
    const liq_json_value *value;
} placed;

/* Where rules are looked up; a value of NULL: there is no such object. */
typedef struct rule_sources {
    placed profile;
    placed override;
} rule_sources;

static liq_status profile_open(liq_json **out, const liq_json *json, const liq_json_value *name,
                               liq_text text, liq_error *err);
static liq_status keys_check(placed rules, liq_error *err);
static liq_status custom_check(const liq_json *json, const liq_json_value *name, placed rules,
                               liq_error *err);
static bool is_optional(const char *key);
static void list_add(char *list, size_t *used, const char *prefix, const char *key);
static liq_status rules_read(liq_policy *policy, const rule_sources *sources, liq_error *err);
static liq_status levels_read(liq_policy *policy, const rule_sources *sources, liq_error *err);
static liq_status liquidation_read(liq_policy *policy, const rule_sources *sources, liq_error *err);
static liq_status guards_read(liq_policy *policy, const rule_sources *sources, liq_error *err);
static liq_status dynamic_read(liq_policy *policy, const rule_sources *sources, liq_error *err);
static placed rule_find(const rule_sources *sources, const char *key);
static placed level_find(placed rules, const char *name);
static liq_status word_read(int *out, placed rule, const word_rule *words, liq_error *err);

static const char *const rule_keys[] = {"comment",
                                        "source",
                                        "ratio",
                                        "levels",
                                        "tier_form",
                                        "tier_by",
                                        "liquidation_price",
                                        "price_rounding",
                                        "fee_in_requirement",
                                        "order_loss",
                                        "order_margin",
                                        "order_tier",
                                        "unrealised_pnl",
                                        "adl_rule",
                                        "liquidation",
                                        "guards",
                                        "dynamic_margin",
                                        NULL};
static const char *const level_keys[] = {"comment",   "warning",  "reduce_only",
                                         "liquidate", "backstop", NULL};

enum { KEYS_NOT_RULES = 2 }; /* comment and source: nothing depends on them */

static const word_rule word_rules[WORD_RULES] = {
    [RULE_RATIO] = {"ratio", {"maintenance/equity", "equity/maintenance"}},
    [RULE_TIER_FORM] = {"tier_form", {"deduction", "marginal", "whole", "linear"}},
    [RULE_TIER_BY] = {"tier_by", {"notional", "quantity"}},
    [RULE_LIQUIDATION_PRICE] = {"liquidation_price",
                                {"maintenance_at_price", "maintenance_at_entry"}},
    [RULE_PRICE_ROUNDING] = {"price_rounding", {"nearest", "truncate", "against_trader"}},
    [RULE_UNREALISED_PNL] = {"unrealised_pnl", {"full", "collateral"}},
    [RULE_ADL] = {"adl_rule",
                  {"bitmex", "binance", "okx", "hyperliquid", "hyperliquid_literal", "bluefin",
                   "random_walk"}},
};

liq_status liq_policy_load(liq_policy *out, const liq_json *json, const liq_json_value *name,
                           const liq_json_value *override, liq_error *err)
{
    rule_sources sources = {.override = {json, override}};
    liq_policy policy = {0};
    liq_json *shipped = NULL;
    liq_text text;
    liq_status status;

    if ((status = liq_json_string(json, name, &text, err)) != LIQ_OK)
        return status;
    if (override != NULL && (status = keys_check(sources.override, err)) != LIQ_OK)
        return status;
    if (liq_text_equal(text, "custom")) {
        status = custom_check(json, name, sources.override, err);
    } else if ((status = profile_open(&shipped, json, name, text, err)) == LIQ_OK) {
        sources.profile = (placed){shipped, liq_json_root(shipped)};
        status = keys_check(sources.profile, err);
    }
    if (status != LIQ_OK)
        goto done;
    if ((status = rules_read(&policy, &sources, err)) != LIQ_OK ||
        (status = levels_read(&policy, &sources, err)) != LIQ_OK ||
        (status = liquidation_read(&policy, &sources, err)) != LIQ_OK ||
        (status = guards_read(&policy, &sources, err)) != LIQ_OK ||
        (status = dynamic_read(&policy, &sources, err)) != LIQ_OK)
        goto done;
    (void)snprintf(policy.profile, sizeof policy.profile, "%.*s", LIQ_TEXT_ARGS(text));
    *out = policy;
done:
    liq_json_destroy(shipped);
    return status;
}

const char *liq_tier_form_name(liq_tier_form form)
{
    LIQ_ASSERT(form <= LIQ_TIER_LINEAR);
    return word_rules[RULE_TIER_FORM].words[form];
}

liq_status liq_tier_form_read(liq_tier_form *out, const liq_json *json, const liq_json_value *value,
                              liq_error *err)
{
    int index = 0;
    const liq_status status =
        word_read(&index, (placed){json, value}, &word_rules[RULE_TIER_FORM], err);

    if (status == LIQ_OK)
        *out = (liq_tier_form)index;
    return status;
}

const char *liq_adl_rule_name(liq_adl_rule rule)
{
    LIQ_ASSERT(rule <= LIQ_ADL_RANDOM_WALK);
    return word_rules[RULE_ADL].words[rule];
}

liq_status liq_adl_rule_find(liq_adl_rule *out, const char *name, liq_error *err)
{
    const char *const *words = word_rules[RULE_ADL].words;
    char known[LIST_BYTES] = "";
    size_t used = 0;

    for (int i = 0; i < WORDS_MAX && words[i] != NULL; i++) {
        if (strcmp(words[i], name) == 0) {
            *out = (liq_adl_rule)i;
            return LIQ_OK;
        }
        list_add(known, &used, "", words[i]);
    }
    return liq_fail(err, LIQ_NOT_FOUND, 0, "rule \"%.64s\" is not one of %s", name, known);
}

liq_status liq_tier_measure_read(liq_tier_measure *out, const liq_json *json,
                                 const liq_json_value *value, liq_error *err)
{
    int index = 0;
    const liq_status status =
        word_read(&index, (placed){json, value}, &word_rules[RULE_TIER_BY], err);

    if (status == LIQ_OK)
        *out = (liq_tier_measure)index;
    return status;
}

static liq_status profile_open(liq_json **out, const liq_json *json, const liq_json_value *name,
                               liq_text text, liq_error *err)
{
    char known[LIST_BYTES] = "";
    size_t used = 0;
    uint32_t i = 0;
    const liq_embedded *profile;
    char file[LIQ_PROFILE_NAME_BYTES + sizeof ".json"];

    while ((profile = liq_embedded_profile_at(i)) != NULL && !liq_text_equal(text, profile->name)) {
        list_add(known, &used, "", profile->name);
        i++;
    }
    if (profile == NULL)
        return liq_json_fail(json, name, err, LIQ_NOT_FOUND,
                             "there is no such profile (known: %s, custom)", known);
    (void)snprintf(file, sizeof file, "%s.json", profile->name);
    return liq_json_parse(out, file, (liq_text){profile->text, profile->bytes}, err);
}

static liq_status keys_check(placed rules, liq_error *err)
{
    const liq_json_value *member;
    liq_status status;

    if ((status = liq_comment_object(rules.json, rules.value, rule_keys, err)) != LIQ_OK)
        return status;
    if ((member = liq_json_member(rules.value, "levels")) != NULL &&
        (status = liq_comment_object(rules.json, member, level_keys, err)) != LIQ_OK)
        return status;
    if ((member = liq_json_member(rules.value, "liquidation")) != NULL &&
        (status = liq_liquidation_check(rules.json, member, err)) != LIQ_OK)
        return status;
    if ((member = liq_json_member(rules.value, "guards")) != NULL &&
        (status = liq_guards_check(rules.json, member, err)) != LIQ_OK)
        return status;
    if ((member = liq_json_member(rules.value, "source")) == NULL)
        return LIQ_OK;
    status = liq_json_object(rules.json, member, rule_keys + KEYS_NOT_RULES, err);
    for (const liq_json_value *text = liq_json_first(member); text != NULL && status == LIQ_OK;
         text = liq_json_next(text))
        status = liq_comment_text(rules.json, text, err);
    return status;
}

/* A custom profile has no rule of its own, and a rule that nobody chose would be a guess. */
static liq_status custom_check(const liq_json *json, const liq_json_value *name, placed rules,
                               liq_error *err)
{
    char missing[LIST_BYTES] = "";
    size_t used = 0;

    for (const char *const *key = rule_keys + KEYS_NOT_RULES; *key != NULL; key++)
        if (!is_optional(*key) &&
            (rules.value == NULL || liq_json_member(rules.value, *key) == NULL))
            list_add(missing, &used, "", *key);
    for (const char *const *level = liq_policy_level_names; *level != NULL; level++)
        if (rules.value != NULL && liq_json_member(rules.value, "levels") != NULL &&
            level_find(rules, *level).value == NULL)
            list_add(missing, &used, "levels.", *level);
    if (used == 0)
        return LIQ_OK;
    return liq_json_fail(json, name, err, LIQ_BAD_INPUT,
                         "takes every rule from \"policy\", which lacks %s", missing);
}

/* Parts of which a venue may say nothing. */
static bool is_optional(const char *key)
{
    return strcmp(key, "liquidation") == 0 || strcmp(key, "guards") == 0 ||
           strcmp(key, "dynamic_margin") == 0;
}

static void list_add(char *list, size_t *used, const char *prefix, const char *key)
{
    if (*used < LIST_BYTES)
        *used += (size_t)snprintf(list + *used, LIST_BYTES - *used, "%s%s%s", *used > 0 ? ", " : "",
                                  prefix, key);
}

static liq_status rules_read(liq_policy *policy, const rule_sources *sources, liq_error *err)
{
    const struct {
        const char *key;
        bool *flag;
    } flags[] = {{"fee_in_requirement", &policy->fee_in_requirement},
                 {"order_loss", &policy->order_loss},
                 {"order_margin", &policy->order_margin},
                 {"order_tier", &policy->order_tier}};
    int words[WORD_RULES];
    liq_status status;

    for (size_t i = 0; i < WORD_RULES; i++) {
        const placed rule = rule_find(sources, word_rules[i].key);

        if ((status = word_read(&words[i], rule, &word_rules[i], err)) != LIQ_OK)
            return status;
    }
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        const placed rule = rule_find(sources, flags[i].key);

        if ((status = liq_json_bool(rule.json, rule.value, flags[i].flag, err)) != LIQ_OK)
            return status;
    }
    policy->ratio = (liq_ratio_direction)words[RULE_RATIO];
    policy->tier_form = (liq_tier_form)words[RULE_TIER_FORM];
    policy->tier_measure = (liq_tier_measure)words[RULE_TIER_BY];
    policy->price_form = (liq_price_form)words[RULE_LIQUIDATION_PRICE];
    policy->price_rounding = (liq_price_rounding)words[RULE_PRICE_ROUNDING];
    policy->pnl_is_collateral = words[RULE_UNREALISED_PNL] == 1;
    policy->adl_rule = (liq_adl_rule)words[RULE_ADL];
    return LIQ_OK;
}

/*
 * Each level is read in the direction of the document that states it: levels of a profile keep
 * their meaning when venue.json shows the ratio the other way round.
 */
static liq_status levels_read(liq_policy *policy, const rule_sources *sources, liq_error *err)
{
    const placed levels = rule_find(sources, "levels");
    liq_ratio_direction shipped_ratio = policy->ratio;
    uint32_t severe;
    uint32_t mild;
    liq_status status;

    if (sources->profile.value != NULL) {
        const placed rule = {sources->profile.json,
                             liq_json_member(sources->profile.value, "ratio")};
        int word = 0;

        if ((status = word_read(&word, rule, &word_rules[RULE_RATIO], err)) != LIQ_OK)
            return status;
        shipped_ratio = (liq_ratio_direction)word;
    }
    for (uint32_t i = 0; i < LIQ_POLICY_LEVELS; i++) {
        const placed own = level_find(sources->override, liq_policy_level_names[i]);
        const placed rule =
            own.value != NULL ? own : level_find(sources->profile, liq_policy_level_names[i]);

        status = liq_policy_level_read(&policy->levels[i], rule.json, rule.value,
                                       own.value != NULL ? policy->ratio : shipped_ratio, err);
        if (status != LIQ_OK)
            return status;
    }
    if (policy->levels[2].equity_factor == 0)
        return liq_json_fail(levels.json, levels.value, err, LIQ_BAD_INPUT,
                             "\"liquidate\" may not be null");
    if (liq_policy_levels_ordered(policy->levels, &severe, &mild))
        return LIQ_OK;
    return liq_json_fail(levels.json, levels.value, err, LIQ_BAD_INPUT,
                         "\"%s\" would be reached before \"%s\"", liq_policy_level_names[severe],
                         liq_policy_level_names[mild]);
}

/* A custom profile may go without: then it can be scanned, but not settled. */
static liq_status liquidation_read(liq_policy *policy, const rule_sources *sources, liq_error *err)
{
    const liq_json_value *profile = sources->profile.value == NULL
                                        ? NULL
                                        : liq_json_member(sources->profile.value, "liquidation");
    const liq_json_value *override = sources->override.value == NULL
                                         ? NULL
                                         : liq_json_member(sources->override.value, "liquidation");

    return liq_liquidation_read(&policy->liquidation, sources->profile.json, profile,
                                sources->override.json, override, err);
}

/* Those that nobody speaks of are at their defaults. */
static liq_status guards_read(liq_policy *policy, const rule_sources *sources, liq_error *err)
{
    const liq_json_value *profile =
        sources->profile.value == NULL ? NULL : liq_json_member(sources->profile.value, "guards");
    const liq_json_value *override =
        sources->override.value == NULL ? NULL : liq_json_member(sources->override.value, "guards");

    return liq_guards_read(&policy->guards, sources->profile.json, profile, sources->override.json,
                           override, err);
}

/* No venue needs to have it. */
static liq_status dynamic_read(liq_policy *policy, const rule_sources *sources, liq_error *err)
{
    placed rule = sources->override;

    if (rule.value != NULL)
        rule.value = liq_json_member(rule.value, "dynamic_margin");
    if (rule.value == NULL && sources->profile.value != NULL)
        rule = (placed){sources->profile.json,
                        liq_json_member(sources->profile.value, "dynamic_margin")};
    return liq_dynamic_policy_read(&policy->dynamic_margin, rule.json, rule.value, err);
}

/* The rule that holds; keys_check and custom_check leave no rule without a value. */
static placed rule_find(const rule_sources *sources, const char *key)
{
    placed rule = {sources->override.json, NULL};

    if (sources->override.value != NULL)
        rule.value = liq_json_member(sources->override.value, key);
    if (rule.value == NULL)
        rule = (placed){sources->profile.json, liq_json_member(sources->profile.value, key)};
    LIQ_ASSERT(rule.value != NULL);
    return rule;
}

static placed level_find(placed rules, const char *name)
{
    const liq_json_value *levels =
        rules.value == NULL ? NULL : liq_json_member(rules.value, "levels");

    return (placed){rules.json, levels == NULL ? NULL : liq_json_member(levels, name)};
}

static liq_status word_read(int *out, placed rule, const word_rule *words, liq_error *err)
{
    char known[LIST_BYTES] = "";
    size_t used = 0;
    liq_text text;
    liq_status status;

    if ((status = liq_json_string(rule.json, rule.value, &text, err)) != LIQ_OK)
        return status;
    for (int i = 0; i < WORDS_MAX && words->words[i] != NULL; i++) {
        if (liq_text_equal(text, words->words[i])) {
            *out = i;
            return LIQ_OK;
        }
        list_add(known, &used, "", words->words[i]);
    }
    return liq_json_fail(rule.json, rule.value, err, LIQ_BAD_INPUT, "must be one of %s", known);
}
