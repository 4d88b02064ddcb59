/*
 * How venues liquidate: what the profiles say, what overrides change, what is refused.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "policy/policy.h"
#include "support_policy.h"

#define BINANCE(rules) "{\"profile\":\"binance-usdm\",\n\"policy\":{\"liquidation\":{" rules "}}}"

static liq_liquidation rules_of(const char *document)
{
    liq_policy policy;
    liq_error err = {0};

    cr_assert_eq(policy_load(&policy, document, &err), LIQ_OK, "%s", err.message);
    return policy.liquidation;
}

static liq_liquidation shipped(const char *name)
{
    char document[128];

    (void)snprintf(document, sizeof document, "{\"profile\":\"%s\"}", name);
    return rules_of(document);
}

typedef struct venue_row {
    const char *name;
    liq_cancel_rule cancel;
    liq_reduction_rule reduction;
    liq_takeover_rule takeover;
    liq_adl_trigger trigger;
    liq_adl_price price;
    liq_adl_policy allocation;
} venue_row;

Test(policy_liquidation, says_what_each_venue_does)
{
    static const venue_row rows[] = {
        {"binance-usdm", LIQ_CANCEL_ALL, LIQ_REDUCTION_NONE, LIQ_TAKEOVER_FLAGGED, LIQ_ADL_ON_FLOOR,
         LIQ_ADL_AT_BANKRUPTCY, LIQ_ADL_POLICY_QUEUE},
        {"bybit-uta", LIQ_CANCEL_ALL, LIQ_REDUCTION_TIERS, LIQ_TAKEOVER_FLAGGED,
         LIQ_ADL_ON_INSTRUMENT_DRAWDOWN, LIQ_ADL_AT_BANKRUPTCY, LIQ_ADL_POLICY_QUEUE},
        {"okx", LIQ_CANCEL_ALL, LIQ_REDUCTION_TIERS, LIQ_TAKEOVER_FLAGGED, LIQ_ADL_ON_FUND_DRAWDOWN,
         LIQ_ADL_AT_MARK, LIQ_ADL_POLICY_QUEUE},
        {"bitmex", LIQ_CANCEL_CONTRACT, LIQ_REDUCTION_TIERS, LIQ_TAKEOVER_FLAGGED, LIQ_ADL_ON_FLOOR,
         LIQ_ADL_AT_BANKRUPTCY, LIQ_ADL_POLICY_QUEUE},
        {"hyperliquid", LIQ_CANCEL_ALL, LIQ_REDUCTION_SHARE, LIQ_TAKEOVER_BACKSTOP,
         LIQ_ADL_ON_NEGATIVE_EQUITY, LIQ_ADL_AT_PREVIOUS_MARK, LIQ_ADL_POLICY_QUEUE},
        {"dydx-v4", LIQ_CANCEL_ALL, LIQ_REDUCTION_NONE, LIQ_TAKEOVER_BANKRUPT, LIQ_ADL_ON_FLOOR,
         LIQ_ADL_AT_BANKRUPTCY, LIQ_ADL_POLICY_RANDOM_WALK},
        {"deribit", LIQ_CANCEL_ALL, LIQ_REDUCTION_MULTIPLE, LIQ_TAKEOVER_FLAGGED, LIQ_ADL_ON_FLOOR,
         LIQ_ADL_AT_BANKRUPTCY, LIQ_ADL_POLICY_QUEUE}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const liq_liquidation rules = shipped(rows[i].name);

        cr_expect(rules.is_known, "%s", rows[i].name);
        cr_expect_eq(rules.cancel_orders, rows[i].cancel, "%s", rows[i].name);
        cr_expect_eq(rules.reduction, rows[i].reduction, "%s", rows[i].name);
        cr_expect_eq(rules.takeover, rows[i].takeover, "%s", rows[i].name);
        cr_expect_eq(rules.adl_trigger, rows[i].trigger, "%s", rows[i].name);
        cr_expect_eq(rules.adl_price, rows[i].price, "%s", rows[i].name);
        cr_expect_eq(rules.adl_policy, rows[i].allocation, "%s", rows[i].name);
    }
}

Test(policy_liquidation, has_the_numbers_of_the_venues)
{
    const liq_liquidation bybit = shipped("bybit-uta");
    const liq_liquidation okx = shipped("okx");
    const liq_liquidation hyperliquid = shipped("hyperliquid");
    const liq_liquidation dydx = shipped("dydx-v4");

    cr_expect_eq(bybit.drawdown_start, 300000000);
    cr_expect_eq(bybit.drawdown_stop, 250000000);
    cr_expect_eq(okx.reduction_tiers, 2);
    cr_expect(okx.net_pairs);
    cr_expect_eq(okx.drawdown_start, 300000000);
    cr_expect_eq(hyperliquid.reduction_share, 200000000);
    cr_expect_eq(hyperliquid.reduction_above.digits, 100000);
    cr_expect_eq(hyperliquid.cooldown_ms, 30000);
    cr_expect_eq(dydx.limit, LIQ_LIMIT_FILLABLE);
    cr_expect_eq(dydx.fillable_spread, 100000000);
    cr_expect_eq(dydx.fillable_adjustment, 1000000000);
}

Test(policy_liquidation, overrides_one_rule_and_keeps_the_others)
{
    const liq_liquidation rules = rules_of(BINANCE("\"adl_policy\":\"pro_rata\",\"execution\":"
                                                   "\"mark\",\"execution_cost\":\"0.0005\""));
    liq_liquidation expected = shipped("binance-usdm");

    expected.adl_policy = LIQ_ADL_POLICY_PRO_RATA;
    expected.execution = LIQ_EXECUTION_MARK;
    expected.execution_cost = 500000;
    cr_expect_eq(rules.adl_policy, expected.adl_policy);
    cr_expect_eq(rules.execution, expected.execution);
    cr_expect_eq(rules.execution_cost, expected.execution_cost);
    cr_expect_eq(rules.cancel_orders, expected.cancel_orders);
    cr_expect_eq(rules.takeover, expected.takeover);
}

typedef struct liquidation_refusal {
    const char *document;
    liq_status status;
    const char *message; /* a part of it */
} liquidation_refusal;

Test(policy_liquidation, refuses_what_is_no_rule)
{
    static const liquidation_refusal rows[] = {
        {BINANCE("\"reduce\":\"tiers\""), LIQ_BAD_INPUT, "unknown key \"reduce\""},
        {BINANCE("\"cancel_orders\":\"some\""), LIQ_BAD_INPUT,
         "policy.liquidation.cancel_orders \"some\": must be one of none, contract, all"},
        {BINANCE("\"reduction\":1"), LIQ_BAD_INPUT, "expected a string"},
        {BINANCE("\"margin_call\":\"yes\""), LIQ_BAD_INPUT, "expected true or false"},
        {BINANCE("\"reduction_share\":\"1.1\""), LIQ_OUT_OF_RANGE,
         "must be 0 .. 1 with at most 9 decimals"},
        {BINANCE("\"reduction_share\":0.2"), LIQ_BAD_INPUT, "must stand in quotes"},
        {BINANCE("\"execution_cost\":\"1\""), LIQ_OUT_OF_RANGE, "must be 0 .. 0.999999999"},
        {BINANCE("\"execution_cost\":\"-0.1\""), LIQ_OUT_OF_RANGE, "must be 0 .. "},
        {BINANCE("\"execution_cost\":\"0.0000000001\""), LIQ_OUT_OF_RANGE, "at most 9 decimals"},
        {BINANCE("\"reduction_tiers\":0"), LIQ_OUT_OF_RANGE, "reduction_tiers"},
        {BINANCE("\"cascade_rounds\":65"), LIQ_OUT_OF_RANGE, "cascade_rounds"},
        {BINANCE("\"cooldown_ms\":-1"), LIQ_OUT_OF_RANGE, "cooldown_ms"},
        {BINANCE("\"adl_seed\":-1"), LIQ_OUT_OF_RANGE, "adl_seed"},
        {BINANCE("\"reduction_above\":\"-1\""), LIQ_OUT_OF_RANGE, "must be 0 or more"},
        {BINANCE("\"reduction\":\"share\""), LIQ_OUT_OF_RANGE, "must be 0.001 or more"},
        {BINANCE("\"drawdown_stop\":\"0.5\""), LIQ_BAD_INPUT, "is past drawdown_start"},
        {BINANCE("\"adl_policy\":\"fifo\""), LIQ_BAD_INPUT, "must be one of queue, pro_rata"}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        liq_policy policy;
        liq_error err = {0};

        cr_expect_eq(policy_load(&policy, rows[i].document, &err), rows[i].status, "%s: %s",
                     rows[i].document, err.message);
        cr_expect(strstr(err.message, rows[i].message) != NULL, "%s", err.message);
    }
}
