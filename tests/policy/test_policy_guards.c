/*
 * How venues guard against bad prices: what profiles say, what overrides change, what is refused.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "policy/policy.h"
#include "support_policy.h"

#define BINANCE(guards) "{\"profile\":\"binance-usdm\",\n\"policy\":{\"guards\":{" guards "}}}"

static liq_guards guards_of(const char *document)
{
    liq_policy policy;
    liq_error err = {0};

    cr_assert_eq(policy_load(&policy, document, &err), LIQ_OK, "%s", err.message);
    return policy.guards;
}

Test(policy_guards, are_off_in_profiles_but_for_stale_marks)
{
    static const char *const names[] = {"binance-usdm", "bybit-uta", "okx",
                                        "bitmex",       "dydx-v4",   "deribit"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char document[128];
        liq_guards guards;

        (void)snprintf(document, sizeof document, "{\"profile\":\"%s\"}", names[i]);
        guards = guards_of(document);
        cr_expect(guards.stale_ms == 10000 && guards.step == 0 && guards.band == 0, "%s", names[i]);
    }
}

Test(policy_guards, have_the_step_of_hyperliquid)
{
    const liq_guards guards = guards_of("{\"profile\":\"hyperliquid\"}");

    cr_expect_eq(guards.step, 10000);
    cr_expect_eq(guards.suspect, LIQ_SUSPECT_CLAMP);
    cr_expect_eq(guards.stale_ms, 10000);
}

Test(policy_guards, change_one_by_one)
{
    const liq_guards guards =
        guards_of(BINANCE("\"witness_ms\":60000,\"step\":\"0.02\",\"band\":\"0.005\",\"calm_ms\":0,"
                          "\"comment\":\"ours\",\"suspect\":\"clamp\""));

    cr_expect_eq(guards.step, 20000);
    cr_expect_eq(guards.band, 5000);
    cr_expect_eq(guards.calm_ms, 0);
    cr_expect_eq(guards.witness_ms, 60000);
    cr_expect_eq(guards.suspect, LIQ_SUSPECT_CLAMP);
    cr_expect_eq(guards.stale_ms, 10000);
    cr_expect_eq(guards.confirm_marks, 3);
    cr_expect_eq(guards.confirm_ms, 30000);
}

Test(policy_guards, limit_the_pace_and_break)
{
    const liq_guards guards =
        guards_of(BINANCE("\"rate_notional\":\"1500000.5\",\"rate_ms\":1000,\"breaker\":"
                          "\"new_risk\",\"breaker_drawdown\":\"0.3\",\"breaker_rounds\":5,"
                          "\"breaker_move\":\"0.1\",\"breaker_cooldown_ms\":7"));

    cr_expect(guards.rate_notional.digits == 15000005 && guards.rate_notional.decimals == 1);
    cr_expect_eq(guards.rate_ms, 1000);
    cr_expect_eq(guards.breaker, LIQ_BREAKER_NEW_RISK);
    cr_expect_eq(guards.breaker_drawdown, 300000);
    cr_expect_eq(guards.breaker_rounds, 5);
    cr_expect_eq(guards.breaker_move, 100000);
    cr_expect_eq(guards.breaker_move_ms, 60000);
    cr_expect_eq(guards.breaker_cooldown_ms, 7);
    cr_expect_eq(guards.index_outlier, 50000);
    cr_expect_eq(guards.index_silent_ms, 10000);
    cr_expect_eq(guards.index_weight_count, 0);
}

Test(policy_guards, weigh_sources_and_confirm_by_time_alone)
{
    const liq_guards guards = guards_of(BINANCE("\"index_weights\":{\"a\":5,\"b c\":1000},"
                                                "\"step\":\"10\",\"confirm_marks\":0,"
                                                "\"confirm_ms\":1"));

    cr_expect_eq(guards.index_weight_count, 2);
    cr_expect_str_eq(guards.index_weights[0].source, "a");
    cr_expect_eq(guards.index_weights[0].weight, 5);
    cr_expect_str_eq(guards.index_weights[1].source, "b c");
    cr_expect_eq(guards.index_weights[1].weight, 1000);
    cr_expect_eq(guards.confirm_ms, 1);
    cr_expect_eq(guards.step, 10 * LIQ_GUARD_SHARE_ONE);
}

Test(policy_guards, say_how_marks_are_made)
{
    const liq_guards given = guards_of("{\"profile\":\"binance-usdm\"}");
    const liq_guards made = guards_of(BINANCE("\"mark\":\"binance\",\"mark_window_ms\":300000"));
    const liq_guards oracle = guards_of(BINANCE("\"mark\":\"hyperliquid\""));

    cr_expect_eq(given.mark, LIQ_MARK_GIVEN);
    cr_expect_eq(given.mark_window_ms, 150000);
    cr_expect_eq(made.mark, LIQ_MARK_BINANCE);
    cr_expect_eq(made.mark_window_ms, 300000);
    cr_expect_eq(oracle.mark, LIQ_MARK_HYPERLIQUID);
}

typedef struct guard_refusal {
    const char *document;
    liq_status status;
    const char *message; /* a part of it */
} guard_refusal;

Test(policy_guards, refuse_what_is_none)
{
    static const guard_refusal rows[] = {
        {BINANCE("\"steps\":\"0.1\""), LIQ_BAD_INPUT, "unknown key \"steps\""},
        {BINANCE("\"step\":0.1"), LIQ_BAD_INPUT, "must stand in quotes"},
        {BINANCE("\"step\":\"-0.1\""), LIQ_OUT_OF_RANGE, "must be 0 .. 10 with at most 6 decimals"},
        {BINANCE("\"step\":\"10.1\""), LIQ_OUT_OF_RANGE, "must be 0 .. 10"},
        {BINANCE("\"band\":\"0.0000001\""), LIQ_OUT_OF_RANGE, "at most 6 decimals"},
        {BINANCE("\"stale_ms\":-1"), LIQ_OUT_OF_RANGE, "stale_ms"},
        {BINANCE("\"stale_ms\":86400001"), LIQ_OUT_OF_RANGE, "stale_ms"},
        {BINANCE("\"confirm_marks\":1001"), LIQ_OUT_OF_RANGE, "confirm_marks"},
        {BINANCE("\"index_weights\":{\"a\":0}"), LIQ_OUT_OF_RANGE, "index_weights.a"},
        {BINANCE("\"index_weights\":[]"), LIQ_BAD_INPUT, "expected an object"},
        {BINANCE("\"index_weights\":{\"a23456789012345678901234567890123\":1}"), LIQ_OUT_OF_RANGE,
         "of names of at most 32 bytes"},
        {BINANCE("\"index_outlier\":\"11\""), LIQ_OUT_OF_RANGE, "must be 0 .. 10 "},
        {BINANCE("\"rate_notional\":\"-1\""), LIQ_OUT_OF_RANGE, "must be 0 or more"},
        {BINANCE("\"rate_ms\":0"), LIQ_OUT_OF_RANGE, "rate_ms"},
        {BINANCE("\"mark\":\"median\""), LIQ_BAD_INPUT,
         "must be one of given, binance, hyperliquid"},
        {BINANCE("\"mark\":1"), LIQ_BAD_INPUT, "mark"},
        {BINANCE("\"mark_window_ms\":0"), LIQ_OUT_OF_RANGE, "mark_window_ms"},
        {BINANCE("\"mark_window_ms\":86400001"), LIQ_OUT_OF_RANGE, "mark_window_ms"},
        {BINANCE("\"breaker\":\"on\""), LIQ_BAD_INPUT,
         "must be one of off, liquidations, new_risk"},
        {BINANCE("\"breaker\":\"liquidations\""), LIQ_BAD_INPUT,
         "needs breaker_drawdown, breaker_rounds or breaker_move above 0"},
        {BINANCE("\"breaker_drawdown\":\"1.1\""), LIQ_OUT_OF_RANGE, "must be 0 .. 1 "},
        {BINANCE("\"breaker_rounds\":65"), LIQ_OUT_OF_RANGE, "breaker_rounds"},
        {BINANCE("\"breaker_move_ms\":15"), LIQ_OUT_OF_RANGE, "breaker_move_ms"},
        {BINANCE("\"suspect\":\"drop\""), LIQ_BAD_INPUT, "must be one of keep, clamp"},
        {BINANCE("\"witness_ms\":-1"), LIQ_OUT_OF_RANGE, "witness_ms"},
        {BINANCE("\"step\":\"0.1\",\"confirm_marks\":0,\"confirm_ms\":0"), LIQ_BAD_INPUT,
         "confirm_marks or confirm_ms must be above 0"},
        {"{\"profile\":\"okx\",\"policy\":{\"guards\":3}}", LIQ_BAD_INPUT, "expected an object"}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        liq_policy policy;
        liq_error err = {0};

        cr_expect_eq(policy_load(&policy, rows[i].document, &err), rows[i].status, "%s: %s",
                     rows[i].document, err.message);
        cr_expect(strstr(err.message, rows[i].message) != NULL, "%s", err.message);
    }
}
