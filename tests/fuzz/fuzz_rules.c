/*
 * Whatever the rules of a policy say, they are refused with a reason, or are in the limits that
 * everything below relies on. The first byte says which rules: guards, dynamic margin, what an
 * instrument says of it, slicing, grids of portfolio margin, or a variant of a whole policy.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "cascade/policy_variant.h"
#include "dynamic/factor_track.h"
#include "policy/policy_guards.h"
#include "policy/policy_slicing.h"
#include "policy/portfolio_policy.h"

enum { DAY_MS = 86400000, NANO = 1000000000, TEN = 10000000, KINDS = 6 };

static const char venue_text[] =
    "{\"venue\":\"v\",\"profile\":\"binance-usdm\",\"policy\":{\"guards\":{\"step\":\"0.02\","
    "\"index_weights\":{\"a\":2}},\"liquidation\":{\"execution\":\"sliced\",\"slicing\":{"
    "\"urgency\":\"0.5\"}}}}";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);
static liq_status guards_check(const liq_json *json, liq_error *err);
static liq_status dynamic_check(const liq_json *json, liq_error *err);
static liq_status own_check(const liq_json *json, liq_error *err);
static liq_status slicing_check(const liq_json *json, liq_error *err);
static liq_status portfolio_check(const liq_json *json, liq_error *err);
static void grid_check(const liq_portfolio_policy *policy, const liq_portfolio_grid *grid);
static liq_status variant_check(const char *text, liq_error *err);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static liq_status (*const checks[KINDS - 1])(const liq_json *, liq_error *) = {
        guards_check, dynamic_check, own_check, slicing_check, portfolio_check};
    liq_json *json = NULL;
    liq_error err = {0};
    liq_status status;
    char *text;

    if (bytes == 0)
        return 0;
    text = malloc(bytes);
    LIQ_ASSERT(text != NULL);
    memcpy(text, data + 1, bytes - 1);
    text[bytes - 1] = '\0';
    if (data[0] % KINDS == KINDS - 1)
        status = variant_check(text, &err);
    else if ((status = liq_json_parse(&json, "f", (liq_text){text, bytes - 1}, &err)) == LIQ_OK)
        status = checks[data[0] % KINDS](json, &err);
    LIQ_ASSERT(status == LIQ_OK || err.message[0] != '\0');
    liq_json_destroy(json);
    free(text);
    return 0;
}

static liq_status guards_check(const liq_json *json, liq_error *err)
{
    const liq_json_value *root = liq_json_root(json);
    liq_guards guards;
    liq_status status = liq_guards_check(json, root, err);

    if (status != LIQ_OK ||
        (status = liq_guards_read(&guards, NULL, NULL, json, root, err)) != LIQ_OK)
        return status;
    LIQ_ASSERT(guards.step >= 0 && guards.step <= TEN);
    LIQ_ASSERT(guards.band >= 0 && guards.band <= TEN);
    LIQ_ASSERT(guards.index_outlier >= 0 && guards.index_outlier <= TEN);
    LIQ_ASSERT(guards.breaker_move >= 0 && guards.breaker_move <= TEN);
    LIQ_ASSERT(guards.breaker_drawdown >= 0 && guards.breaker_drawdown <= LIQ_GUARD_SHARE_ONE);
    LIQ_ASSERT(guards.breaker_move_ms >= 16 && guards.breaker_move_ms <= DAY_MS);
    LIQ_ASSERT(guards.mark_window_ms >= 1 && guards.mark_window_ms <= DAY_MS);
    LIQ_ASSERT(guards.rate_ms >= 1 && guards.rate_ms <= DAY_MS);
    LIQ_ASSERT(guards.rate_notional.digits >= 0);
    LIQ_ASSERT((guards.step == 0 && guards.band == 0) || guards.confirm_marks > 0 ||
               guards.confirm_ms > 0);
    LIQ_ASSERT(guards.index_weight_count <= LIQ_INDEX_WEIGHTS_MAX);
    for (uint32_t i = 0; i < guards.index_weight_count; i++)
        LIQ_ASSERT(guards.index_weights[i].weight >= 1 &&
                   guards.index_weights[i].weight <= LIQ_INDEX_WEIGHT_MAX);
    return LIQ_OK;
}

static liq_status dynamic_check(const liq_json *json, liq_error *err)
{
    liq_dynamic_policy policy;
    const liq_status status = liq_dynamic_policy_read(&policy, json, liq_json_root(json), err);

    if (status != LIQ_OK) {
        LIQ_ASSERT(!policy.is_on);
        return status;
    }
    LIQ_ASSERT(policy.is_on && policy.least_ppm >= 1 && policy.least_ppm <= LIQ_FACTOR_ONE);
    LIQ_ASSERT(policy.most_ppm >= LIQ_FACTOR_ONE && policy.most_ppm <= LIQ_FACTOR_PPM_MAX);
    LIQ_ASSERT(policy.grid_ppm >= 1 && policy.step_ppm >= policy.grid_ppm);
    LIQ_ASSERT(policy.half_life_ms >= 1 && policy.sample_ms >= 1 && policy.notice_ms >= 0);
    LIQ_ASSERT(!policy.uses[LIQ_FACTOR_REALISED] || policy.realised_reference_ppm > 0);
    LIQ_ASSERT(!policy.uses[LIQ_FACTOR_IMPLIED] || policy.implied_reference_ppm > 0);
    LIQ_ASSERT(!policy.uses[LIQ_FACTOR_INTEREST] ||
               liq_decimal_compare(policy.lower_cap, policy.upper_cap) < 0);
    LIQ_ASSERT(!policy.uses[LIQ_FACTOR_CONCENTRATION] ||
               policy.ratio_lower_ppm < policy.ratio_upper_ppm);
    for (uint32_t ppm = 1; ppm <= LIQ_FACTOR_PPM_MAX; ppm *= 10) {
        const uint32_t bounded = liq_factor_bounded_ceil(&policy, ppm);

        LIQ_ASSERT(bounded >= policy.least_ppm && bounded <= policy.most_ppm);
        LIQ_ASSERT(bounded >= ppm || bounded == policy.most_ppm);
    }
    return LIQ_OK;
}

static liq_status own_check(const liq_json *json, liq_error *err)
{
    liq_dynamic_own own;
    const liq_status status = liq_dynamic_own_read(&own, json, liq_json_root(json), err);

    LIQ_ASSERT(own.lower_cap.digits >= 0 && own.upper_cap.digits >= 0);
    LIQ_ASSERT(status == LIQ_OK || own.upper_cap.digits == 0);
    LIQ_ASSERT(own.upper_cap.digits == 0 || liq_decimal_compare(own.lower_cap, own.upper_cap) < 0);
    return status;
}

static liq_status slicing_check(const liq_json *json, liq_error *err)
{
    liq_slicing rules = liq_slicing_default();
    const liq_status status = liq_slicing_read(&rules, NULL, NULL, json, liq_json_root(json), err);

    LIQ_ASSERT(rules.participation > 0 && rules.participation <= NANO);
    LIQ_ASSERT(rules.risk_weight >= 0 && rules.risk_weight <= INT64_C(100) * NANO);
    LIQ_ASSERT(rules.volatility >= 0 && rules.volatility <= NANO);
    LIQ_ASSERT(rules.urgency >= 0 && rules.urgency <= NANO);
    LIQ_ASSERT(rules.volatility_half_life_ms >= 1 && rules.volatility_half_life_ms <= DAY_MS);
    LIQ_ASSERT(rules.interval_ms >= 0 && rules.interval_ms <= DAY_MS);
    LIQ_ASSERT(rules.slices_max >= 1 && rules.slices_max <= LIQ_SLICES_MAX);
    return status;
}

static liq_status portfolio_check(const liq_json *json, liq_error *err)
{
    liq_portfolio_policy policy = {0};
    const liq_status status = liq_portfolio_policy_read(&policy, json, liq_json_root(json), err);

    if (status != LIQ_OK) {
        LIQ_ASSERT(policy.grids == NULL && policy.underlyings == NULL);
        return status;
    }
    LIQ_ASSERT(policy.grid_count >= 1 && policy.grid_count <= LIQ_PORTFOLIO_GRIDS_MAX);
    LIQ_ASSERT(policy.maintenance_ppm >= 1 && policy.initial_ppm >= 1);
    for (uint32_t i = 0; i < policy.grid_count; i++)
        grid_check(&policy, &policy.grids[i]);
    liq_portfolio_policy_clear(&policy);
    return LIQ_OK;
}

static void grid_check(const liq_portfolio_policy *policy, const liq_portfolio_grid *grid)
{
    LIQ_ASSERT(grid->scenario_count >= 1);
    LIQ_ASSERT(grid->scenario_count <= LIQ_PORTFOLIO_GRID_SCENARIOS_MAX);
    LIQ_ASSERT(grid->gain_share_ppm <= LIQ_FACTOR_ONE && grid->days_least > 0);
    LIQ_ASSERT(!grid->is_shared || grid->class_index < policy->class_count);
    for (uint32_t i = 0; i < grid->scenario_count; i++)
        LIQ_ASSERT(grid->scenarios[i].price_ppm > -LIQ_FACTOR_ONE &&
                   grid->scenarios[i].volatility_ppm >= -LIQ_FACTOR_ONE &&
                   grid->scenarios[i].cover_ppm >= 1);
    for (uint32_t i = 0; i < LIQ_PORTFOLIO_CHARGE_KINDS; i++) {
        const liq_portfolio_charge *charge = &grid->charges[i];

        LIQ_ASSERT(charge->tier_count <= LIQ_PORTFOLIO_CHARGE_TIERS_MAX);
        for (uint32_t k = 1; k + 1 < charge->tier_count; k++)
            LIQ_ASSERT(liq_decimal_compare(charge->tiers[k - 1].up_to, charge->tiers[k].up_to) < 0);
    }
}

/* The venue's own rules are read again with those of the variant over them. */
static liq_status variant_check(const char *text, liq_error *err)
{
    liq_book book = {0};
    liq_policy policy = {0};
    liq_status status;

    book.venue_text = strdup(venue_text);
    book.venue_bytes = sizeof venue_text - 1;
    LIQ_ASSERT(book.venue_text != NULL);
    status = liq_policy_variant(&policy, &book, "f", text, err);
    LIQ_ASSERT(status != LIQ_OK || policy.liquidation.slicing.slices_max >= 1);
    free(book.venue_text);
    return status;
}
