#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/embedded.h"
#include "policy/portfolio_policy.h"

#define HEAD "{\"maintenance_factor\": \"1\", \"initial_factor\": \"1\", \"grids\": ["
#define TAIL "]}"
#define BASE "\"underlyings\": [\"BTC\"]"

static liq_status read_text(liq_portfolio_policy *out, const char *text, liq_error *err)
{
    char document[16384];
    liq_json *json = NULL;
    liq_status status;

    snprintf(document, sizeof document, "{\"portfolio\": %s}", text);
    cr_assert_eq(liq_json_parse(&json, "v", (liq_text){document, strlen(document)}, err), LIQ_OK,
                 "%s", err->message);
    status = liq_portfolio_policy_read(out, json, liq_json_member(liq_json_root(json), "portfolio"),
                                       err);
    liq_json_destroy(json);
    return status;
}

Test(portfolio_policy, reads_every_rule_that_ships)
{
    static const struct {
        const char *name;
        const char *base;
        uint32_t scenarios;
    } rules[] = {{"deribit-pm", "ETH", 35},
                 {"okx-pm", "DOGE", 23},
                 {"paradex-pm", "BTC", 24},
                 {"span", "GOLD", 16}};
    uint32_t count = 0;

    while (liq_embedded_grid_at(count) != NULL)
        count++;
    cr_expect_eq(count, sizeof rules / sizeof rules[0]);
    for (uint32_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        liq_portfolio_policy policy = {0};
        liq_error err = {0};
        char name[64];

        snprintf(name, sizeof name, "\"%s\"", rules[i].name);
        cr_assert_eq(read_text(&policy, name, &err), LIQ_OK, "%s", err.message);
        cr_assert_not_null(liq_portfolio_grid_of(&policy, rules[i].base));
        cr_expect_eq(liq_portfolio_grid_of(&policy, rules[i].base)->scenario_count,
                     rules[i].scenarios);
        liq_portfolio_policy_clear(&policy);
    }
}

Test(portfolio_policy, keeps_the_order_of_scenarios_and_the_grid_of_each_underlying)
{
    liq_portfolio_policy policy = {0};
    liq_error err = {0};
    const liq_portfolio_grid *grid;

    cr_assert_eq(read_text(&policy,
                           HEAD "{\"underlyings\": [\"BTC\", \"ETH\"], \"class\": \"c\", "
                                "\"prices\": [\"-0.1\", \"0.1\"], \"volatilities\": [\"0.5\", "
                                "\"0\"], \"scenarios\": [{\"price\": \"2\", \"cover\": \"0.35\"}],"
                                "\"gains\": \"0.6\"}, "
                                "{\"underlyings\": [\"*\"], \"prices\": [\"0.2\"]}" TAIL,
                           &err),
                 LIQ_OK, "%s", err.message);
    grid = liq_portfolio_grid_of(&policy, "ETH");
    cr_assert_eq(grid->scenario_count, 5);
    cr_expect_eq(grid->scenarios[1].price_ppm, -100000);
    cr_expect_eq(grid->scenarios[1].volatility_ppm, 0);
    cr_expect_eq(grid->scenarios[2].volatility_ppm, 500000);
    cr_expect_eq(grid->scenarios[4].price_ppm, 2000000);
    cr_expect_eq(grid->scenarios[4].cover_ppm, 350000);
    cr_expect_eq(grid->gain_share_ppm, 600000);
    cr_expect(grid->is_shared);
    cr_expect_eq(liq_portfolio_grid_of(&policy, "SOL")->scenarios[0].price_ppm, 200000);
    cr_expect_not(liq_portfolio_grid_of(&policy, "SOL")->is_shared);
    liq_portfolio_policy_clear(&policy);
}

/* The ends of every range, and what holds where a grid says nothing. */
Test(portfolio_policy, takes_the_ends_of_its_ranges)
{
    liq_portfolio_policy policy = {0};
    liq_error err = {0};
    const liq_portfolio_grid *grid;

    cr_assert_eq(read_text(&policy,
                           HEAD
                           "{" BASE ", \"prices\": [\"-0.999999\", \"100\"], \"volatilities\": "
                           "[\"-1\", \"100\"], \"gains\": \"0\", \"volatility_power_short\": "
                           "\"1\", \"volatility_power_long\": \"0.25\", \"days_least\": \"1000\", "
                           "\"volatility_up_least\": \"1000\", \"minimum\": {\"future\": \"1\", "
                           "\"tiers\": [{\"up_to\": \"0.5\", \"multiplier\": \"1000\"}, "
                           "{\"multiplier\": \"0\"}]}}, "
                           "{\"underlyings\": [\"*\"], \"prices\": [\"0\"]}" TAIL,
                           &err),
                 LIQ_OK, "%s", err.message);
    grid = liq_portfolio_grid_of(&policy, "BTC");
    cr_expect_eq(grid->scenarios[0].price_ppm, -999999);
    cr_expect_eq(grid->scenarios[3].price_ppm, 100000000);
    cr_expect_eq(grid->scenarios[3].volatility_ppm, 100000000);
    cr_expect_eq(grid->gain_share_ppm, 0);
    cr_expect(grid->power_short > 0.999 && grid->power_short < 1.001);
    cr_expect(grid->power_long > 0.249 && grid->power_long < 0.251);
    cr_expect(grid->days_least > 999 && grid->volatility_up_least > 999);
    cr_expect_eq(grid->charges[1].tier_count, 2);
    cr_expect_eq(grid->charges[1].tiers[0].multiplier_ppm, 1000000000);
    cr_expect_eq(grid->charges[1].future_ppm, 1000000);
    grid = liq_portfolio_grid_of(&policy, "SOL");
    cr_expect(grid->power_short < 1e-9 && grid->power_long < 1e-9);
    cr_expect(grid->days_least > 0.999 && grid->days_least < 1.001);
    cr_expect_eq(grid->gain_share_ppm, 1000000);
    liq_portfolio_policy_clear(&policy);
}

/* The notice of January 2025: the largest move of MR1, and the extreme one of MR6. */
Test(portfolio_policy, has_the_moves_that_okx_lists_for_each_underlying)
{
    static const struct {
        const char *base;
        int64_t largest_ppm;
        int64_t extreme_ppm;
    } cases[] = {{"BTC", 120000, 240000},  {"ETH", 120000, 240000}, {"LTC", 180000, 360000},
                 {"XRP", 180000, 360000},  {"ADA", 180000, 360000}, {"DOT", 180000, 500000},
                 {"LINK", 180000, 500000}, {"UNI", 180000, 500000}, {"SOL", 250000, 360000},
                 {"PEPE", 250000, 360000}, {"WLD", 250000, 360000}, {"ARB", 250000, 500000}};
    liq_portfolio_policy policy = {0};
    liq_error err = {0};

    cr_assert_eq(read_text(&policy, "\"okx-pm\"", &err), LIQ_OK, "%s", err.message);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const liq_portfolio_grid *grid = liq_portfolio_grid_of(&policy, cases[i].base);
        int64_t moves[2] = {0};

        for (uint32_t k = 0; k < grid->scenario_count; k++) {
            const liq_portfolio_scenario *scenario = &grid->scenarios[k];
            int64_t *most = &moves[scenario->cover_ppm < 1000000];

            *most = scenario->price_ppm > *most ? scenario->price_ppm : *most;
        }
        cr_expect_eq(moves[0], cases[i].largest_ppm, "%s", cases[i].base);
        cr_expect_eq(moves[1], cases[i].extreme_ppm, "%s", cases[i].base);
    }
    liq_portfolio_policy_clear(&policy);
}

Test(portfolio_policy, refuses_what_it_cannot_mean)
{
    static const struct {
        const char *text;
        liq_status status;
        const char *message; /* its end */
    } cases[] = {
        {"\"deribit\"", LIQ_NOT_FOUND,
         "there is no such portfolio rule (known: deribit-pm, okx-pm, paradex-pm, span)"},
        {"17", LIQ_BAD_INPUT, "expected a string, found a number"},
        {"{}", LIQ_BAD_INPUT, "lacks \"maintenance_factor\""},
        {"{\"maintenance_factor\": \"0\"}", LIQ_OUT_OF_RANGE,
         "must be 0.000001 .. 1000, with at most 6 decimals"},
        {"{\"maintenance_factor\": \"1\", \"initial_factor\": \"1001\"}", LIQ_OUT_OF_RANGE,
         "must be 0.000001 .. 1000, with at most 6 decimals"},
        {HEAD TAIL, LIQ_BAD_INPUT, "needs at least one grid"},
        {HEAD "{" BASE ", \"prices\": [\"0\"], \"minimum\": {\"tiers\": 5}}" TAIL, LIQ_BAD_INPUT,
         "expected an array, found a number"},
        {HEAD "{" BASE "}" TAIL, LIQ_BAD_INPUT, "lacks \"prices\", or \"scenarios\", or both"},
        {HEAD "{" BASE ", \"prices\": []}" TAIL, LIQ_BAD_INPUT, "has no scenario"},
        {HEAD "{" BASE ", \"volatilities\": [\"0\"], \"scenarios\": [{\"price\": \"0\"}]}" TAIL,
         LIQ_BAD_INPUT, "needs \"prices\""},
        {HEAD "{" BASE ", \"prices\": [\"-1\"]}" TAIL, LIQ_OUT_OF_RANGE,
         "must be above -1, at most 100, with at most 6 decimals"},
        {HEAD "{" BASE ", \"prices\": [\"0.0000001\"]}" TAIL, LIQ_OUT_OF_RANGE,
         "must be above -1, at most 100, with at most 6 decimals"},
        {HEAD "{" BASE ", \"prices\": [0.1]}" TAIL, LIQ_BAD_INPUT, ""},
        {HEAD "{" BASE ", \"scenarios\": [{\"price\": \"0\", \"cover\": \"0\"}]}" TAIL,
         LIQ_OUT_OF_RANGE, "must be above 0, at most 1, with at most 6 decimals"},
        {HEAD "{" BASE ", \"scenarios\": [{\"cover\": \"1\"}]}" TAIL, LIQ_BAD_INPUT,
         "lacks \"price\""},
        {HEAD "{" BASE ", \"prices\": [\"0\"], \"gains\": \"1.1\"}" TAIL, LIQ_OUT_OF_RANGE,
         "must be 0 .. 1, with at most 6 decimals"},
        {HEAD "{" BASE ", \"prices\": [\"0\"], \"days_least\": \"0\"}" TAIL, LIQ_OUT_OF_RANGE,
         "must be above 0"},
        {HEAD "{" BASE ", \"prices\": [\"0\"], \"vega\": \"1\"}" TAIL, LIQ_BAD_INPUT, ""},
        {HEAD "{\"prices\": [\"0\"]}" TAIL, LIQ_BAD_INPUT, "lacks \"underlyings\""},
        {HEAD "{\"underlyings\": [], \"prices\": [\"0\"]}" TAIL, LIQ_BAD_INPUT,
         "needs at least one underlying"},
        {HEAD "{\"underlyings\": [\"A\", \"A\"], \"prices\": [\"0\"]}" TAIL, LIQ_DUPLICATE,
         "has a grid already"},
        {HEAD "{\"underlyings\": [\"*\", \"*\"], \"prices\": [\"0\"]}" TAIL, LIQ_DUPLICATE,
         "has a grid already"},
        {HEAD "{" BASE ", \"class\": \"c\", \"prices\": [\"0\"]}, {\"underlyings\": [\"ETH\"], "
              "\"class\": \"c\", \"prices\": [\"0\", \"0.1\"]}" TAIL,
         LIQ_BAD_INPUT, "a grid of this class has 1 scenarios, this one 2"},
        {HEAD "{" BASE ", \"prices\": [\"0\"], \"minimum\": {\"tiers\": [{\"up_to\": \"1\", "
              "\"multiplier\": \"1\"}]}}" TAIL,
         LIQ_BAD_INPUT, "every slice but the last needs \"up_to\""},
        {HEAD "{" BASE ", \"prices\": [\"0\"], \"minimum\": {\"tiers\": [{\"up_to\": \"2\", "
              "\"multiplier\": \"1\"}, {\"up_to\": \"2\", \"multiplier\": \"1\"}, "
              "{\"multiplier\": \"1\"}]}}" TAIL,
         LIQ_BAD_INPUT, "must be above the slice before"},
        {HEAD "{" BASE ", \"prices\": [\"0\"], \"contingency\": {\"future\": \"-0.1\"}}" TAIL,
         LIQ_OUT_OF_RANGE, "must be 0 .. 1, with at most 6 decimals"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const size_t bytes = strlen(cases[i].message);
        liq_portfolio_policy policy = {0};
        liq_error err = {0};

        cr_expect_eq(read_text(&policy, cases[i].text, &err), cases[i].status, "%zu: %s", i,
                     err.message);
        cr_expect(strlen(err.message) >= bytes &&
                      strcmp(err.message + strlen(err.message) - bytes, cases[i].message) == 0,
                  "%zu: %s", i, err.message);
        cr_expect_null(policy.grids);
    }
}

/* 65 scenarios are one more than a group of a device has lanes. */
Test(portfolio_policy, refuses_a_grid_of_too_many_scenarios)
{
    char text[16384] = HEAD "{" BASE ", \"prices\": [";
    liq_portfolio_policy policy = {0};
    liq_error err = {0};

    for (int i = 0; i < 13; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s\"0.%d\"", i > 0 ? "," : "",
                 10 + i);
    (void)strcat(text, "], \"volatilities\": [\"0.1\",\"0.2\",\"0.3\",\"0.4\",\"0.5\"]}" TAIL);
    cr_expect_eq(read_text(&policy, text, &err), LIQ_OUT_OF_RANGE);
    cr_expect_not_null(strstr(err.message, "a grid has at most 64 scenarios"), "%s", err.message);
}
