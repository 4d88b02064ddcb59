#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "base/embedded.h"
#include "policy/policy.h"
#include "support_policy.h"

#define LEVELS                                                                                     \
    "\"levels\":{\"warning\":null,\"reduce_only\":null,\"liquidate\":\"<= 1\","                    \
    "\"backstop\":null}"
#define CUSTOM_REST                                                                                \
    "\"tier_form\":\"linear\",\"tier_by\":\"quantity\","                                           \
    "\"liquidation_price\":\"maintenance_at_entry\",\"price_rounding\":\"truncate\","              \
    "\"fee_in_requirement\":true,\"order_loss\":true,\"order_margin\":false,"                      \
    "\"order_tier\":true,\"unrealised_pnl\":\"collateral\",\"adl_rule\":\"hyperliquid_literal\""
#define CUSTOM "\"ratio\":\"equity/maintenance\"," LEVELS "," CUSTOM_REST

/* Load a document whose keys "profile" and "policy" are those of venue.json. */
static liq_policy load_well(const char *document)
{
    liq_policy policy = {0};
    liq_error err = {0};

    cr_assert_eq(policy_load(&policy, document, &err), LIQ_OK, "%s: %s", document, err.message);
    return policy;
}

static liq_policy shipped(const char *name)
{
    char document[128];

    (void)snprintf(document, sizeof document, "{\"profile\":\"%s\"}", name);
    return load_well(document);
}

static void expect_level(const liq_policy *policy, int index, uint32_t equity, uint32_t requirement,
                         bool inclusive)
{
    const liq_policy_level level = policy->levels[index];

    cr_expect_eq(level.equity_factor, equity, "%s level %d: %u", policy->profile, index,
                 level.equity_factor);
    cr_expect_eq(level.requirement_factor, requirement, "%s level %d: %u", policy->profile, index,
                 level.requirement_factor);
    cr_expect_eq(level.inclusive, inclusive, "%s level %d", policy->profile, index);
}

typedef struct profile_row {
    const char *name;
    liq_ratio_direction ratio;
    bool liquidates_at_equality;
    liq_tier_form form;
    liq_tier_measure measure;
    liq_price_form price_form;
    liq_price_rounding rounding;
    bool fee;
    bool loss;
    bool margin;
    bool tier;
    bool collateral;
    liq_adl_rule adl;
} profile_row;

static const profile_row profiles[] = {
    {"binance-usdm", LIQ_RATIO_MAINTENANCE_OVER_EQUITY, true, LIQ_TIER_DEDUCTION,
     LIQ_TIER_BY_NOTIONAL, LIQ_PRICE_MAINTENANCE_AT_PRICE, LIQ_PRICE_NEAREST, false, false, true,
     false, false, LIQ_ADL_BINANCE},
    {"bybit-uta", LIQ_RATIO_MAINTENANCE_OVER_EQUITY, true, LIQ_TIER_MARGINAL, LIQ_TIER_BY_NOTIONAL,
     LIQ_PRICE_MAINTENANCE_AT_ENTRY, LIQ_PRICE_AGAINST_TRADER, false, true, true, true, true,
     LIQ_ADL_BITMEX},
    {"okx", LIQ_RATIO_EQUITY_OVER_MAINTENANCE, true, LIQ_TIER_WHOLE, LIQ_TIER_BY_QUANTITY,
     LIQ_PRICE_MAINTENANCE_AT_PRICE, LIQ_PRICE_NEAREST, true, false, true, false, true,
     LIQ_ADL_OKX},
    {"bitmex", LIQ_RATIO_MAINTENANCE_OVER_EQUITY, true, LIQ_TIER_WHOLE, LIQ_TIER_BY_NOTIONAL,
     LIQ_PRICE_MAINTENANCE_AT_PRICE, LIQ_PRICE_NEAREST, false, false, true, true, false,
     LIQ_ADL_BITMEX},
    {"hyperliquid", LIQ_RATIO_MAINTENANCE_OVER_EQUITY, false, LIQ_TIER_DEDUCTION,
     LIQ_TIER_BY_NOTIONAL, LIQ_PRICE_MAINTENANCE_AT_PRICE, LIQ_PRICE_NEAREST, false, false, true,
     false, false, LIQ_ADL_HYPERLIQUID},
    {"dydx-v4", LIQ_RATIO_MAINTENANCE_OVER_EQUITY, false, LIQ_TIER_MARGINAL, LIQ_TIER_BY_NOTIONAL,
     LIQ_PRICE_MAINTENANCE_AT_PRICE, LIQ_PRICE_NEAREST, false, false, false, false, false,
     LIQ_ADL_RANDOM_WALK},
    {"deribit", LIQ_RATIO_MAINTENANCE_OVER_EQUITY, true, LIQ_TIER_LINEAR, LIQ_TIER_BY_NOTIONAL,
     LIQ_PRICE_MAINTENANCE_AT_PRICE, LIQ_PRICE_NEAREST, false, false, true, false, true,
     LIQ_ADL_BITMEX}};

enum { PROFILES = sizeof profiles / sizeof profiles[0] };

Test(policy, ships_the_rules_of_each_profile)
{
    for (size_t i = 0; i < PROFILES; i++) {
        const profile_row *row = &profiles[i];
        const liq_policy policy = shipped(row->name);

        cr_expect_str_eq(policy.profile, row->name);
        cr_expect_eq(policy.ratio, row->ratio, "%s", row->name);
        cr_expect_eq(policy.tier_form, row->form, "%s", row->name);
        cr_expect_eq(policy.tier_measure, row->measure, "%s", row->name);
        cr_expect_eq(policy.price_form, row->price_form, "%s", row->name);
        cr_expect_eq(policy.price_rounding, row->rounding, "%s", row->name);
        cr_expect_eq(policy.fee_in_requirement, row->fee, "%s", row->name);
        cr_expect_eq(policy.order_loss, row->loss, "%s", row->name);
        cr_expect_eq(policy.order_margin, row->margin, "%s", row->name);
        cr_expect_eq(policy.order_tier, row->tier, "%s", row->name);
        cr_expect_eq(policy.pnl_is_collateral, row->collateral, "%s", row->name);
        cr_expect_eq(policy.adl_rule, row->adl, "%s", row->name);
        expect_level(&policy, 2, 1000000, 1000000, row->liquidates_at_equality);
    }
}

Test(policy, ships_no_profile_beside_those)
{
    size_t count = 0;

    while (liq_embedded_profile_at((uint32_t)count) != NULL)
        count++;
    cr_expect_eq(count, PROFILES);
}

Test(policy, warns_at_four_fifths_of_the_way)
{
    for (size_t i = 0; i < PROFILES; i++) {
        const liq_policy policy = shipped(profiles[i].name);

        if (policy.ratio == LIQ_RATIO_MAINTENANCE_OVER_EQUITY)
            expect_level(&policy, 0, 800000, 1000000, true);
        else
            expect_level(&policy, 0, 1000000, 1250000, true);
    }
}

Test(policy, gives_hyperliquid_a_backstop_below_two_thirds)
{
    const liq_policy policy = shipped("hyperliquid");
    const liq_policy other = shipped("binance-usdm");

    expect_level(&policy, 3, 1500000, 1000000, false);
    expect_level(&other, 1, 0, 0, false);
    expect_level(&other, 3, 0, 0, false);
}

/* A rule without a source is somebody's memory. */
Test(policy, names_a_source_for_every_rule_of_every_profile)
{
    for (size_t i = 0; i < PROFILES; i++) {
        const liq_embedded *profile = liq_embedded_profile(profiles[i].name);
        liq_json *json = NULL;
        liq_error err = {0};
        const liq_json_value *source;

        cr_assert_not_null(profile, "%s", profiles[i].name);
        cr_assert_eq(
            liq_json_parse(&json, profile->name, (liq_text){profile->text, profile->bytes}, &err),
            LIQ_OK, "%s", err.message);
        source = liq_json_member(liq_json_root(json), "source");
        cr_assert_not_null(source, "%s", profile->name);
        for (const liq_json_value *rule = liq_json_first(liq_json_root(json)); rule != NULL;
             rule = liq_json_next(rule)) {
            const char *key = liq_json_key(rule).data;

            if (strcmp(key, "comment") != 0 && strcmp(key, "source") != 0)
                cr_expect_not_null(liq_json_member(source, key), "%s: %s", profile->name, key);
        }
        liq_json_destroy(json);
    }
}

Test(policy, overrides_single_rules_and_keeps_the_rest)
{
    const liq_policy policy = load_well(
        "{\"profile\":\"binance-usdm\",\"policy\":{\"comment\":[\"ours\"],\"order_loss\":true,"
        "\"adl_rule\":\"bluefin\",\"levels\":{\"reduce_only\":\">= 0.9\",\"warning\":null}}}");

    cr_expect(policy.order_loss);
    cr_expect_eq(policy.adl_rule, LIQ_ADL_BLUEFIN);
    cr_expect_eq(policy.tier_form, LIQ_TIER_DEDUCTION);
    cr_expect(policy.order_margin);
    expect_level(&policy, 0, 0, 0, false);
    expect_level(&policy, 1, 900000, 1000000, true);
    expect_level(&policy, 2, 1000000, 1000000, true);
}

/* Levels of the profile keep their meaning; those of the override are in the new direction. */
Test(policy, reads_levels_in_the_direction_of_the_document_that_states_them)
{
    const liq_policy policy =
        load_well("{\"profile\":\"binance-usdm\",\"policy\":{\"ratio\":\"equity/maintenance\","
                  "\"levels\":{\"reduce_only\":\"<= 1.2\",\"liquidate\":\"<= 1.05\"}}}");

    cr_expect_eq(policy.ratio, LIQ_RATIO_EQUITY_OVER_MAINTENANCE);
    expect_level(&policy, 0, 800000, 1000000, true);
    expect_level(&policy, 1, 1000000, 1200000, true);
    expect_level(&policy, 2, 1000000, 1050000, true);
}

Test(policy, takes_everything_of_a_custom_profile_from_the_book)
{
    const liq_policy policy = load_well("{\"profile\":\"custom\",\"policy\":{" CUSTOM "}}");

    cr_expect_str_eq(policy.profile, "custom");
    cr_expect_eq(policy.ratio, LIQ_RATIO_EQUITY_OVER_MAINTENANCE);
    cr_expect_eq(policy.tier_form, LIQ_TIER_LINEAR);
    cr_expect_eq(policy.tier_measure, LIQ_TIER_BY_QUANTITY);
    cr_expect_eq(policy.price_form, LIQ_PRICE_MAINTENANCE_AT_ENTRY);
    cr_expect_eq(policy.price_rounding, LIQ_PRICE_TRUNCATE);
    cr_expect(policy.fee_in_requirement && policy.order_loss && policy.order_tier);
    cr_expect_not(policy.order_margin);
    cr_expect(policy.pnl_is_collateral);
    cr_expect_eq(policy.adl_rule, LIQ_ADL_HYPERLIQUID_LITERAL);
    expect_level(&policy, 2, 1000000, 1000000, true);
}

/* "Profiles ship as files that a person can read and copy": as they are. */
Test(policy, accepts_a_shipped_file_as_the_rules_of_a_custom_profile)
{
    for (size_t i = 0; i < PROFILES; i++) {
        const liq_embedded *profile = liq_embedded_profile(profiles[i].name);
        const liq_policy expected = shipped(profiles[i].name);
        char document[16384];
        liq_policy policy;

        (void)snprintf(document, sizeof document, "{\"profile\":\"custom\",\"policy\":%s}",
                       profile->text);
        policy = load_well(document);
        cr_expect_eq(memcmp(policy.levels, expected.levels, sizeof policy.levels), 0);
        cr_expect_eq(policy.tier_form, expected.tier_form);
        cr_expect_eq(policy.adl_rule, expected.adl_rule);
    }
}

typedef struct refusal {
    const char *document;
    liq_status status;
    const char *message;
} refusal;

#define BINANCE(policy) "{\"profile\":\"binance-usdm\",\n\"policy\":{" policy "}}"
#define LEVEL(level) BINANCE("\"levels\":{" level "}")
#define RISING "expected null or \">\" or \">=\" and a number, for the ratio maintenance/equity"
#define FALLING "expected null or \"<\" or \"<=\" and a number, for the ratio equity/maintenance"
#define RATIO_RANGE "the ratio must be above 0, at most 1000, with at most 6 decimals"

static const refusal refusals[] = {
    {"{\"profile\":\"binance\"}", LIQ_NOT_FOUND,
     "venue.json:1: profile \"binance\": there is no such profile (known: binance-usdm, bitmex, "
     "bybit-uta, deribit, dydx-v4, hyperliquid, okx, custom)"},
    {"{\"profile\":\"\"}", LIQ_NOT_FOUND,
     "venue.json:1: profile \"\": there is no such profile (known: binance-usdm, bitmex, "
     "bybit-uta, deribit, dydx-v4, hyperliquid, okx, custom)"},
    {"{\"profile\":7}", LIQ_BAD_INPUT,
     "venue.json:1: profile 7: expected a string, found a number"},
    {BINANCE("\"tiers\":1"), LIQ_BAD_INPUT,
     "venue.json:2: policy: unknown key \"tiers\" (known: comment, source, ratio, levels, "
     "tier_form, tier_by, liquidation_price, price_rounding, fee_in_requirement, order_loss, "
     "order_margin, order_tier, unrealised_pnl, adl_rule, liquidation, guards, "
     "dynamic_margin)"},
    {"{\"profile\":\"okx\",\"policy\":[]}", LIQ_BAD_INPUT,
     "venue.json:1: policy: expected an object, found an array"},
    {BINANCE("\"comment\":3"), LIQ_BAD_INPUT,
     "venue.json:2: policy.comment 3: expected a string, found a number"},
    {BINANCE("\"comment\":[\"a\",null]"), LIQ_BAD_INPUT,
     "venue.json:2: policy.comment[1] null: expected a string, found null"},
    {BINANCE("\"source\":{\"ratios\":\"a\"}"), LIQ_BAD_INPUT,
     "venue.json:2: policy.source: unknown key \"ratios\" (known: ratio, levels, tier_form, "
     "tier_by, liquidation_price, price_rounding, fee_in_requirement, order_loss, order_margin, "
     "order_tier, unrealised_pnl, adl_rule, liquidation, guards, "
     "dynamic_margin)"},
    {BINANCE("\"source\":{\"ratio\":false}"), LIQ_BAD_INPUT,
     "venue.json:2: policy.source.ratio false: expected a string, found true or false"},
    {BINANCE("\"ratio\":\"MM/EQ\""), LIQ_BAD_INPUT,
     "venue.json:2: policy.ratio \"MM/EQ\": must be one of maintenance/equity, "
     "equity/maintenance"},
    {BINANCE("\"tier_form\":\"Whole\""), LIQ_BAD_INPUT,
     "venue.json:2: policy.tier_form \"Whole\": must be one of deduction, marginal, whole, "
     "linear"},
    {BINANCE("\"tier_by\":\"value\""), LIQ_BAD_INPUT,
     "venue.json:2: policy.tier_by \"value\": must be one of notional, quantity"},
    {BINANCE("\"liquidation_price\":null"), LIQ_BAD_INPUT,
     "venue.json:2: policy.liquidation_price null: expected a string, found null"},
    {BINANCE("\"price_rounding\":\"down\""), LIQ_BAD_INPUT,
     "venue.json:2: policy.price_rounding \"down\": must be one of nearest, truncate, "
     "against_trader"},
    {BINANCE("\"unrealised_pnl\":\"half\""), LIQ_BAD_INPUT,
     "venue.json:2: policy.unrealised_pnl \"half\": must be one of full, collateral"},
    {BINANCE("\"adl_rule\":\"queue\""), LIQ_BAD_INPUT,
     "venue.json:2: policy.adl_rule \"queue\": must be one of bitmex, binance, okx, hyperliquid, "
     "hyperliquid_literal, bluefin, random_walk"},
    {BINANCE("\"order_loss\":\"true\""), LIQ_BAD_INPUT,
     "venue.json:2: policy.order_loss \"true\": expected true or false, found a string"},
    {BINANCE("\"levels\":[]"), LIQ_BAD_INPUT,
     "venue.json:2: policy.levels: expected an object, found an array"},
    {LEVEL("\"close\":null"), LIQ_BAD_INPUT,
     "venue.json:2: policy.levels: unknown key \"close\" (known: comment, warning, reduce_only, "
     "liquidate, backstop)"},
    {LEVEL("\"warning\":0.8"), LIQ_BAD_INPUT,
     "venue.json:2: policy.levels.warning 0.8: expected a string, found a number"},
    {LEVEL("\"warning\":\"<= 0.8\""), LIQ_BAD_INPUT,
     "venue.json:2: policy.levels.warning \"<= 0.8\": " RISING},
    {LEVEL("\"warning\":\"\""), LIQ_BAD_INPUT, "venue.json:2: policy.levels.warning \"\": " RISING},
    {LEVEL("\"warning\":\"0.8\""), LIQ_BAD_INPUT,
     "venue.json:2: policy.levels.warning \"0.8\": " RISING},
    {"{\"profile\":\"okx\",\"policy\":{\"levels\":{\"warning\":\"> 0.8\"}}}", LIQ_BAD_INPUT,
     "venue.json:1: policy.levels.warning \"> 0.8\": " FALLING},
    {LEVEL("\"warning\":\">= 80%\""), LIQ_BAD_INPUT,
     "venue.json:2: policy.levels.warning \">= 80%\": the ratio is not a plain decimal such as "
     "-12.5"},
    {LEVEL("\"warning\":\">=\""), LIQ_BAD_INPUT,
     "venue.json:2: policy.levels.warning \">=\": the ratio is empty, a decimal is needed"},
    {LEVEL("\"warning\":\">= 0\""), LIQ_OUT_OF_RANGE,
     "venue.json:2: policy.levels.warning \">= 0\": " RATIO_RANGE},
    {LEVEL("\"warning\":\">= -1\""), LIQ_OUT_OF_RANGE,
     "venue.json:2: policy.levels.warning \">= -1\": " RATIO_RANGE},
    {LEVEL("\"backstop\":\"> 1000.000001\""), LIQ_OUT_OF_RANGE,
     "venue.json:2: policy.levels.backstop \"> 1000.000001\": " RATIO_RANGE},
    {LEVEL("\"backstop\":\"> 1.0000001\""), LIQ_OUT_OF_RANGE,
     "venue.json:2: policy.levels.backstop \"> 1.0000001\": " RATIO_RANGE},
    {LEVEL("\"liquidate\":null"), LIQ_BAD_INPUT,
     "venue.json:2: policy.levels: \"liquidate\" may not be null"},
    {LEVEL("\"liquidate\":\"> 0.7\""), LIQ_BAD_INPUT,
     "venue.json:2: policy.levels: \"liquidate\" would be reached before \"warning\""},
    {LEVEL("\"backstop\":\"> 0.99\""), LIQ_BAD_INPUT,
     "venue.json:2: policy.levels: \"backstop\" would be reached before \"liquidate\""},
    {LEVEL("\"liquidate\":\"> 1\",\"backstop\":\">= 1\""), LIQ_BAD_INPUT,
     "venue.json:2: policy.levels: \"backstop\" would be reached before \"liquidate\""},
    {"{\"profile\":\"custom\"}", LIQ_BAD_INPUT,
     "venue.json:1: profile \"custom\": takes every rule from \"policy\", which lacks ratio, "
     "levels, tier_form, tier_by, liquidation_price, price_rounding, fee_in_requirement, "
     "order_loss, order_margin, order_tier, unrealised_pnl, adl_rule"},
    {"{\"profile\":\"custom\",\"policy\":{" LEVELS "," CUSTOM_REST "}}", LIQ_BAD_INPUT,
     "venue.json:1: profile \"custom\": takes every rule from \"policy\", which lacks ratio"},
    {"{\"profile\":\"custom\",\"policy\":{\"ratio\":\"equity/maintenance\","
     "\"levels\":{\"liquidate\":\"< 1\",\"backstop\":null}," CUSTOM_REST "}}",
     LIQ_BAD_INPUT,
     "venue.json:1: profile \"custom\": takes every rule from \"policy\", which lacks "
     "levels.warning, levels.reduce_only"},
};

Test(policy, refuses_what_is_no_rule)
{
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        liq_policy policy;
        liq_policy before;
        liq_error err = {0};

        memset(&policy, 0x5a, sizeof policy);
        before = policy;
        cr_expect_eq(policy_load(&policy, refusals[i].document, &err), refusals[i].status, "%s: %s",
                     refusals[i].document, liq_status_name(err.status));
        cr_expect_str_eq(err.message, refusals[i].message);
        cr_expect_eq(memcmp(&policy, &before, sizeof policy), 0, "%s", refusals[i].document);
    }
}

Test(policy, accepts_levels_up_to_their_limits)
{
    const liq_policy policy = load_well(
        LEVEL("\"warning\":\">=0.000001\",\"reduce_only\":\">   0.5\",\"backstop\":\"> 1000\""));

    expect_level(&policy, 0, 1, 1000000, true);
    expect_level(&policy, 1, 500000, 1000000, false);
    expect_level(&policy, 3, 1000000000, 1000000, false);
}

Test(policy, names_tier_forms_as_json_spells_them)
{
    cr_expect_str_eq(liq_tier_form_name(LIQ_TIER_DEDUCTION), "deduction");
    cr_expect_str_eq(liq_tier_form_name(LIQ_TIER_LINEAR), "linear");
}
