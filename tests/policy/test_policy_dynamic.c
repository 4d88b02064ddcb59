/*
 * The rules of dynamic margin: what they default to, and what is refused.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "policy/policy.h"
#include "support_policy.h"

static liq_status load(liq_policy *out, const char *rules, liq_error *err)
{
    char document[2048];

    (void)snprintf(document, sizeof document,
                   "{\"profile\":\"binance-usdm\",\n\"policy\":{\"dynamic_margin\":%s}}", rules);
    return policy_load(out, document, err);
}

Test(policy_dynamic, is_off_unless_asked_for)
{
    liq_json *json = NULL;
    const char *document = "{\"profile\":\"dydx-v4\"}";
    liq_policy policy;

    cr_assert_eq(liq_json_parse(&json, "venue.json", liq_text_of(document), NULL), LIQ_OK);
    cr_assert_eq(
        liq_policy_load(&policy, json, liq_json_member(liq_json_root(json), "profile"), NULL, NULL),
        LIQ_OK);
    cr_assert(!policy.dynamic_margin.is_on);
    liq_json_destroy(json);
}

Test(policy_dynamic, has_defaults)
{
    liq_policy policy;
    liq_error err = {0};
    const liq_dynamic_policy *rules = &policy.dynamic_margin;

    cr_assert_eq(load(&policy,
                      "{\"realised_volatility\":{\"reference\":\"0.8\"},"
                      "\"open_interest\":{\"lower_cap\":\"1000000\",\"upper_cap\":\"2000000\"}}",
                      &err),
                 LIQ_OK, "%s", err.message);
    cr_assert(rules->is_on && rules->uses[LIQ_FACTOR_REALISED] && !rules->uses[LIQ_FACTOR_IMPLIED]);
    cr_assert(rules->least_ppm == 1000000 && rules->most_ppm == 3000000);
    cr_assert(rules->grid_ppm == 50000 && rules->step_ppm == 3000000);
    cr_assert(rules->lower_after_ms == 3600000 && rules->raise_after_ms == 0);
    cr_assert(rules->notice_ms == 0 && rules->interval_ms == 0);
    cr_assert(rules->half_life_ms == 3600000 && rules->sample_ms == 60000);
    cr_assert_eq(rules->rates[LIQ_FACTOR_REALISED], LIQ_FACTOR_OF_BOTH);
    cr_assert_eq(rules->rates[LIQ_FACTOR_INTEREST], LIQ_FACTOR_OF_INITIAL);
}

typedef struct refused_row {
    const char *rules;
    const char *reason;
} refused_row;

Test(policy_dynamic, refuses_what_makes_no_sense)
{
    static const refused_row rows[] = {
        {"{}", "needs at least one of"},
        {"[]", "dynamic_margin"},
        {"{\"volatility\":{}}", "volatility"},
        {"{\"realised_volatility\":{}}", "lacks \"reference\""},
        {"{\"realised_volatility\":{\"reference\":0.8}}", "reference"},
        {"{\"realised_volatility\":{\"reference\":\"0\"}}", "must be in 0.000001 .. 10"},
        {"{\"realised_volatility\":{\"reference\":\"0.0000001\"}}", "at most 6 decimals"},
        {"{\"realised_volatility\":{\"reference\":\"1\",\"half_life_ms\":0}}", "half_life_ms"},
        {"{\"realised_volatility\":{\"reference\":\"1\",\"rates\":\"all\"}}", "must be one of"},
        {"{\"min\":\"2\",\"implied_volatility\":{\"reference\":\"1\"}}", "min must be at most 1"},
        {"{\"max\":\"0.5\",\"implied_volatility\":{\"reference\":\"1\"}}", "min must be at most 1"},
        {"{\"max\":\"101\",\"implied_volatility\":{\"reference\":\"1\"}}", "0.000001 .. 100"},
        {"{\"step\":\"0.01\",\"implied_volatility\":{\"reference\":\"1\"}}", "must be in 0.05"},
        {"{\"open_interest\":{\"lower_cap\":\"5\"}}", "lacks \"upper_cap\""},
        {"{\"open_interest\":{\"lower_cap\":\"5\",\"upper_cap\":\"5\"}}", "above lower_cap"},
        {"{\"open_interest\":{\"lower_cap\":\"-1\",\"upper_cap\":\"5\"}}",
         "lower_cap \"-1\": must be 0 or more"},
        {"{\"concentration\":{\"within\":\"0.6\",\"lower\":\"1\",\"upper\":\"2\",\"top\":\"2\"}}",
         "must be in 0.000001 .. 0.5"},
        {"{\"concentration\":{\"within\":\"0.1\",\"lower\":\"2\",\"upper\":\"2\",\"top\":\"2\"}}",
         "must be above lower"},
        {"{\"concentration\":{\"within\":\"0.1\",\"lower\":\"1\",\"upper\":\"2\",\"top\":\"0.9\"}}",
         "must be in 1 .. 100"}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        liq_policy policy;
        liq_error err = {0};

        cr_assert_neq(load(&policy, rows[i].rules, &err), LIQ_OK, "row %zu", i);
        cr_assert(strstr(err.message, rows[i].reason) != NULL, "row %zu: %s", i, err.message);
    }
}

/* What an instrument says itself. */
static liq_status own_read(liq_dynamic_own *out, const char *text, liq_error *err)
{
    liq_json *json = NULL;
    liq_status status;

    cr_assert_eq(liq_json_parse(&json, "own", liq_text_of(text), err), LIQ_OK);
    status = liq_dynamic_own_read(out, json, liq_json_root(json), err);
    liq_json_destroy(json);
    return status;
}

Test(policy_dynamic, lets_an_instrument_speak_for_itself)
{
    liq_dynamic_own own = {.realised_reference_ppm = 7};
    liq_error err = {0};

    cr_assert_eq(liq_dynamic_own_read(&own, NULL, NULL, &err), LIQ_OK);
    cr_expect_eq(own.realised_reference_ppm, 0);
    cr_assert_eq(own_read(&own,
                          "{\"comment\":\"c\",\"realised_reference\":\"10\","
                          "\"implied_reference\":\"0.000001\",\"lower_cap\":\"0\","
                          "\"upper_cap\":\"0.5\"}",
                          &err),
                 LIQ_OK, "%s", err.message);
    cr_expect_eq(own.realised_reference_ppm, 10000000);
    cr_expect_eq(own.implied_reference_ppm, 1);
    cr_expect_eq(own.lower_cap.digits, 0);
    cr_expect(own.upper_cap.digits == 5 && own.upper_cap.decimals == 1);
}

Test(policy_dynamic, refuses_what_no_instrument_can_say)
{
    static const refused_row rows[] = {{"{\"reference\":\"1\"}", "reference"},
                                       {"7", "own"},
                                       {"{\"realised_reference\":\"0\"}", "0.000001 .. 10"},
                                       {"{\"implied_reference\":\"11\"}", "0.000001 .. 10"},
                                       {"{\"implied_reference\":1}", "implied_reference"},
                                       {"{\"lower_cap\":\"1\"}", "lacks \"upper_cap\""},
                                       {"{\"upper_cap\":\"1\"}", "lacks \"lower_cap\""},
                                       {"{\"lower_cap\":\"2\",\"upper_cap\":\"1\"}", "above"}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        liq_dynamic_own own = {.realised_reference_ppm = 7};
        liq_error err = {0};

        cr_expect_neq(own_read(&own, rows[i].rules, &err), LIQ_OK, "row %zu", i);
        cr_expect_not_null(strstr(err.message, rows[i].reason), "row %zu: %s", i, err.message);
        cr_expect(own.realised_reference_ppm == 0 && own.upper_cap.digits == 0, "row %zu", i);
    }
}

Test(policy_dynamic, knows_the_rates_that_a_source_speaks_of)
{
    static const char *const words[] = {"both", "maintenance", "initial"};

    for (int i = 0; i < 3; i++) {
        char rules[128];
        liq_policy policy;
        liq_error err = {0};

        (void)snprintf(rules, sizeof rules,
                       "{\"implied_volatility\":{\"reference\":\"1\",\"rates\":\"%s\"}}", words[i]);
        cr_assert_eq(load(&policy, rules, &err), LIQ_OK, "%s", err.message);
        cr_expect_eq((int)policy.dynamic_margin.rates[LIQ_FACTOR_IMPLIED], i);
    }
}
