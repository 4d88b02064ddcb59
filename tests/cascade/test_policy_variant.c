/*
 * Another policy for the same book: its rules over those of venue.json, one by one.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "cascade/policy_variant.h"

#define HEAD "{\"venue\":\"v\",\"profile\":\"binance-usdm\""
#define RULES                                                                                      \
    HEAD ",\"policy\":{\"comment\":\"ours\",\"guards\":{\"step\":\"0.02\",\"band\":\"0.01\","      \
         "\"index_weights\":{\"a\":2,\"b\":3}},\"liquidation\":{\"execution\":\"sliced\","         \
         "\"slicing\":{\"urgency\":\"0.5\",\"slices_max\":9}}}}"

static liq_status variant_of(liq_policy *out, const char *venue, const char *rules, liq_error *err)
{
    liq_book book = {0};
    liq_status status;

    if (venue != NULL) {
        book.venue_text = strdup(venue);
        book.venue_bytes = strlen(venue);
        cr_assert_not_null(book.venue_text);
    }
    status = liq_policy_variant(out, &book, "mine.json", rules, err);
    free(book.venue_text);
    return status;
}

static liq_policy good(const char *venue, const char *rules)
{
    liq_policy policy = {0};
    liq_error err = {0};

    cr_assert_eq(variant_of(&policy, venue, rules, &err), LIQ_OK, "%s: %s", rules, err.message);
    return policy;
}

Test(policy_variant, keeps_every_rule_that_it_does_not_name)
{
    const liq_policy policy = good(RULES, "{}");

    cr_expect(policy.guards.step == 20000 && policy.guards.band == 10000);
    cr_expect_eq(policy.guards.index_weight_count, 2);
    cr_expect_eq(policy.liquidation.execution, LIQ_EXECUTION_SLICED);
    cr_expect_eq(policy.liquidation.slicing.urgency, 500000000);
    cr_expect_eq(policy.liquidation.slicing.slices_max, 9);
}

/* Rule by rule, three objects deep; what the venue lacks is added. */
Test(policy_variant, changes_the_rules_that_it_names)
{
    const liq_policy policy =
        good(RULES, "{\"comment\":\"theirs\",\"guards\":{\"step\":\"0.5\",\"calm_ms\":7,"
                    "\"index_weights\":{\"b\":5,\"c\\\"d\":6}},\"liquidation\":{\"slicing\":{"
                    "\"slices_max\":3,\"interval_ms\":0},\"cooldown_ms\":11}}");

    cr_expect(policy.guards.step == 500000 && policy.guards.band == 10000);
    cr_expect_eq(policy.guards.calm_ms, 7);
    cr_assert_eq(policy.guards.index_weight_count, 3);
    cr_expect_str_eq(policy.guards.index_weights[0].source, "a");
    cr_expect_eq(policy.guards.index_weights[0].weight, 2);
    cr_expect_str_eq(policy.guards.index_weights[1].source, "b");
    cr_expect_eq(policy.guards.index_weights[1].weight, 5);
    cr_expect_str_eq(policy.guards.index_weights[2].source, "c\"d");
    cr_expect_eq(policy.guards.index_weights[2].weight, 6);
    cr_expect_eq(policy.liquidation.execution, LIQ_EXECUTION_SLICED);
    cr_expect_eq(policy.liquidation.slicing.urgency, 500000000);
    cr_expect_eq(policy.liquidation.slicing.slices_max, 3);
    cr_expect_eq(policy.liquidation.slicing.interval_ms, 0);
    cr_expect_eq(policy.liquidation.cooldown_ms, 11);
}

Test(policy_variant, stands_alone_where_the_venue_has_no_policy)
{
    const liq_policy policy = good(HEAD "}", "{\"guards\":{\"band\":\"0.25\"}}");

    cr_expect(policy.guards.step == 0 && policy.guards.band == 250000);
    cr_expect_eq(policy.guards.index_outlier, 50000, "the profile's");
}

Test(policy_variant, refuses_what_is_no_policy_of_a_cascade)
{
    static const struct {
        const char *venue;
        const char *rules;
        liq_status status;
        const char *message;
    } rows[] = {{NULL, "{}", LIQ_UNSUPPORTED, "mine.json: the book was not loaded from files"},
                {RULES, "", LIQ_BAD_INPUT, "mine.json: holds no JSON value"},
                {RULES, "7", LIQ_BAD_INPUT, "mine.json:1"},
                {RULES, "{\"tier_form\":\"whole\"}", LIQ_BAD_INPUT, "tier_form"},
                {RULES, "{\"dynamic_margin\":{}}", LIQ_BAD_INPUT, "dynamic_margin"},
                {RULES, "{\"guards\":{\"stop\":1}}", LIQ_BAD_INPUT, "stop"},
                {RULES, "{\"guards\":{\"step\":\"11\"}}", LIQ_OUT_OF_RANGE, "step"},
                {RULES, "{\"guards\":{\"step\":\"-0.1\"}}", LIQ_OUT_OF_RANGE, "0 .. 10"},
                {RULES, "{\"guards\":7}", LIQ_BAD_INPUT, "guards"},
                {RULES, "{\"liquidation\":{\"slicing\":{\"slices_max\":0}}}", LIQ_OUT_OF_RANGE,
                 "slices_max"}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        liq_policy policy = {0};
        liq_error err = {0};

        cr_expect_eq(variant_of(&policy, rows[i].venue, rows[i].rules, &err), rows[i].status,
                     "row %zu: %s", i, err.message);
        cr_expect_not_null(strstr(err.message, rows[i].message), "row %zu: %s", i, err.message);
    }
}
