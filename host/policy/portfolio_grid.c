#include "policy/portfolio_grid.h"

#include "policy/comment.h"

enum { DECIMALS = 6, ONE = 1000000 };

static const liq_millionths_range price_range = {-999999, 100LL * ONE, "above -1, at most 100"};
static const liq_millionths_range volatility_range = {-ONE, 100LL * ONE, "-1 .. 100"};
static const liq_millionths_range cover_range = {1, ONE, "above 0, at most 1"};
static const liq_millionths_range share_range = {0, ONE, "0 .. 1"};
static const liq_millionths_range number_range = {0, 1000LL * ONE, "0 .. 1000"};
static const liq_millionths_range multiplier_range = {0, LIQ_MILLIONTHS_FACTOR_MAX, "0 .. 1000"};

static liq_status scenarios_read(liq_portfolio_grid *grid, const liq_json *json,
                                 const liq_json_value *item, liq_error *err);
static liq_status product_read(liq_portfolio_grid *grid, const liq_json *json,
                               const liq_json_value *prices, const liq_json_value *volatilities,
                               liq_error *err);
static liq_status scenario_read(liq_portfolio_scenario *out, const liq_json *json,
                                const liq_json_value *item, liq_error *err);
static liq_status scenario_add(liq_portfolio_grid *grid, liq_portfolio_scenario scenario,
                               const liq_json *json, const liq_json_value *value, liq_error *err);
static liq_status numbers_read(liq_portfolio_grid *grid, const liq_json *json,
                               const liq_json_value *item, liq_error *err);
static liq_status charge_read(liq_portfolio_charge *out, const liq_json *json,
                              const liq_json_value *value, liq_error *err);
static liq_status charge_tiers_read(liq_portfolio_charge *out, const liq_json *json,
                                    const liq_json_value *items, liq_error *err);
static liq_status optional_read(int64_t *out, const liq_json *json, const liq_json_value *object,
                                const char *key, liq_millionths_range range, liq_error *err);

liq_status liq_millionths_read(int64_t *out, const liq_json *json, const liq_json_value *value,
                               liq_millionths_range range, liq_error *err)
{
    liq_decimal decimal;
    int64_t count;
    const liq_status status = liq_json_decimal(json, value, &decimal, err);

    if (status != LIQ_OK)
        return status;
    if (!liq_decimal_exact(&count, decimal, DECIMALS) || count < range.least || count > range.most)
        return liq_json_fail(json, value, err, LIQ_OUT_OF_RANGE,
                             "must be %s, with at most %d decimals", range.shown, DECIMALS);
    *out = count;
    return LIQ_OK;
}

liq_status liq_portfolio_grid_read(liq_portfolio_grid *out, const liq_json *json,
                                   const liq_json_value *item, liq_error *err)
{
    static const char *const keys[] = {"comment",
                                       "underlyings",
                                       "class",
                                       "prices",
                                       "volatilities",
                                       "scenarios",
                                       "gains",
                                       "volatility_power_short",
                                       "volatility_power_long",
                                       "days_least",
                                       "volatility_up_least",
                                       "contingency",
                                       "minimum",
                                       NULL};
    static const char *const charges[LIQ_PORTFOLIO_CHARGE_KINDS] = {"contingency", "minimum"};
    liq_status status;

    if ((status = liq_comment_object(json, item, keys, err)) != LIQ_OK ||
        (status = scenarios_read(out, json, item, err)) != LIQ_OK ||
        (status = numbers_read(out, json, item, err)) != LIQ_OK)
        return status;
    for (uint32_t i = 0; i < LIQ_PORTFOLIO_CHARGE_KINDS; i++) {
        const liq_json_value *value = liq_json_member(item, charges[i]);

        if (value != NULL && (status = charge_read(&out->charges[i], json, value, err)) != LIQ_OK)
            return status;
    }
    return LIQ_OK;
}

/* Every price with every volatility, in that order, then the scenarios that are listed. */
static liq_status scenarios_read(liq_portfolio_grid *grid, const liq_json *json,
                                 const liq_json_value *item, liq_error *err)
{
    const liq_json_value *prices = liq_json_member(item, "prices");
    const liq_json_value *volatilities = liq_json_member(item, "volatilities");
    const liq_json_value *listed = liq_json_member(item, "scenarios");
    uint32_t count = 0;
    liq_status status = LIQ_OK;

    if (prices == NULL && listed == NULL)
        return liq_json_fail(json, item, err, LIQ_BAD_INPUT,
                             "lacks \"prices\", or \"scenarios\", or both");
    if (prices == NULL && volatilities != NULL)
        return liq_json_fail(json, volatilities, err, LIQ_BAD_INPUT, "needs \"prices\"");
    if (prices != NULL && (status = product_read(grid, json, prices, volatilities, err)) != LIQ_OK)
        return status;
    if (listed != NULL)
        status = liq_json_array(json, listed, LIQ_PORTFOLIO_GRID_SCENARIOS_MAX, &count, err);
    for (const liq_json_value *value = count > 0 ? liq_json_first(listed) : NULL;
         value != NULL && status == LIQ_OK; value = liq_json_next(value)) {
        liq_portfolio_scenario scenario = {.cover_ppm = ONE};

        if ((status = scenario_read(&scenario, json, value, err)) == LIQ_OK)
            status = scenario_add(grid, scenario, json, value, err);
    }
    if (status == LIQ_OK && grid->scenario_count == 0)
        return liq_json_fail(json, item, err, LIQ_BAD_INPUT, "has no scenario");
    return status;
}

static liq_status product_read(liq_portfolio_grid *grid, const liq_json *json,
                               const liq_json_value *prices, const liq_json_value *volatilities,
                               liq_error *err)
{
    uint32_t count = 0;
    liq_status status;

    if ((status = liq_json_array(json, prices, LIQ_PORTFOLIO_GRID_SCENARIOS_MAX, &count, err)) !=
            LIQ_OK ||
        (volatilities != NULL &&
         (status = liq_json_array(json, volatilities, LIQ_PORTFOLIO_GRID_SCENARIOS_MAX, &count,
                                  err)) != LIQ_OK))
        return status;
    for (const liq_json_value *price = liq_json_first(prices); price != NULL && status == LIQ_OK;
         price = liq_json_next(price)) {
        liq_portfolio_scenario scenario = {.cover_ppm = ONE};
        const liq_json_value *move = volatilities == NULL ? NULL : liq_json_first(volatilities);

        status = liq_millionths_read(&scenario.price_ppm, json, price, price_range, err);
        if (status == LIQ_OK && volatilities == NULL)
            status = scenario_add(grid, scenario, json, price, err);
        for (; move != NULL && status == LIQ_OK; move = liq_json_next(move))
            if ((status = liq_millionths_read(&scenario.volatility_ppm, json, move,
                                              volatility_range, err)) == LIQ_OK)
                status = scenario_add(grid, scenario, json, price, err);
    }
    return status;
}

static liq_status scenario_read(liq_portfolio_scenario *out, const liq_json *json,
                                const liq_json_value *item, liq_error *err)
{
    static const char *const keys[] = {"comment", "price", "volatility", "cover", NULL};
    const liq_json_value *price;
    liq_status status;

    if ((status = liq_comment_object(json, item, keys, err)) != LIQ_OK ||
        (status = liq_json_need(json, item, "price", &price, err)) != LIQ_OK ||
        (status = liq_millionths_read(&out->price_ppm, json, price, price_range, err)) != LIQ_OK ||
        (status = optional_read(&out->volatility_ppm, json, item, "volatility", volatility_range,
                                err)) != LIQ_OK)
        return status;
    return optional_read(&out->cover_ppm, json, item, "cover", cover_range, err);
}

static liq_status scenario_add(liq_portfolio_grid *grid, liq_portfolio_scenario scenario,
                               const liq_json *json, const liq_json_value *value, liq_error *err)
{
    if (grid->scenario_count == LIQ_PORTFOLIO_GRID_SCENARIOS_MAX)
        return liq_json_fail(json, value, err, LIQ_OUT_OF_RANGE, "a grid has at most %d scenarios",
                             LIQ_PORTFOLIO_GRID_SCENARIOS_MAX);
    grid->scenarios[grid->scenario_count++] = scenario;
    return LIQ_OK;
}

static liq_status numbers_read(liq_portfolio_grid *grid, const liq_json *json,
                               const liq_json_value *item, liq_error *err)
{
    int64_t gains = ONE;
    int64_t power_short = 0;
    int64_t power_long = 0;
    int64_t days_least = ONE;
    int64_t up_least = 0;
    liq_status status;

    if ((status = optional_read(&gains, json, item, "gains", share_range, err)) != LIQ_OK ||
        (status = optional_read(&power_short, json, item, "volatility_power_short", share_range,
                                err)) != LIQ_OK ||
        (status = optional_read(&power_long, json, item, "volatility_power_long", share_range,
                                err)) != LIQ_OK ||
        (status = optional_read(&days_least, json, item, "days_least", number_range, err)) !=
            LIQ_OK ||
        (status = optional_read(&up_least, json, item, "volatility_up_least", number_range, err)) !=
            LIQ_OK)
        return status;
    if (days_least == 0)
        return liq_json_fail(json, liq_json_member(item, "days_least"), err, LIQ_OUT_OF_RANGE,
                             "must be above 0");
    grid->gain_share_ppm = (uint32_t)gains;
    grid->power_short = (double)power_short / ONE;
    grid->power_long = (double)power_long / ONE;
    grid->days_least = (double)days_least / ONE;
    grid->volatility_up_least = (double)up_least / ONE;
    return LIQ_OK;
}

static liq_status charge_read(liq_portfolio_charge *out, const liq_json *json,
                              const liq_json_value *value, liq_error *err)
{
    static const char *const keys[] = {"comment",   "future",       "option", "short_option",
                                       "net_delta", "hedged_delta", "tiers",  NULL};
    const struct {
        const char *key;
        uint32_t *out;
    } shares[] = {{"future", &out->future_ppm},
                  {"option", &out->option_ppm},
                  {"short_option", &out->short_option_ppm},
                  {"net_delta", &out->net_delta_ppm},
                  {"hedged_delta", &out->hedged_delta_ppm}};
    const liq_json_value *tiers = liq_json_member(value, "tiers");
    liq_status status;

    if ((status = liq_comment_object(json, value, keys, err)) != LIQ_OK)
        return status;
    for (size_t i = 0; i < sizeof shares / sizeof shares[0]; i++) {
        int64_t share = 0;

        status = optional_read(&share, json, value, shares[i].key, share_range, err);
        if (status != LIQ_OK)
            return status;
        *shares[i].out = (uint32_t)share;
    }
    return tiers == NULL ? LIQ_OK : charge_tiers_read(out, json, tiers, err);
}

/* Slices rise; only the last one has no end, and it has to be there. */
static liq_status charge_tiers_read(liq_portfolio_charge *out, const liq_json *json,
                                    const liq_json_value *items, liq_error *err)
{
    static const char *const keys[] = {"comment", "up_to", "multiplier", NULL};
    liq_decimal before = {0};
    liq_status status;

    status = liq_json_array(json, items, LIQ_PORTFOLIO_CHARGE_TIERS_MAX, &out->tier_count, err);
    if (status != LIQ_OK)
        return status;
    out->tier_count = 0;
    for (const liq_json_value *item = liq_json_first(items); item != NULL;
         item = liq_json_next(item)) {
        liq_portfolio_charge_tier *tier = &out->tiers[out->tier_count++];
        const liq_json_value *up_to = liq_json_member(item, "up_to");
        const liq_json_value *multiplier;
        int64_t ppm = 0;

        if ((status = liq_comment_object(json, item, keys, err)) != LIQ_OK ||
            (status = liq_json_need(json, item, "multiplier", &multiplier, err)) != LIQ_OK ||
            (status = liq_millionths_read(&ppm, json, multiplier, multiplier_range, err)) !=
                LIQ_OK ||
            (up_to != NULL &&
             (status = liq_json_decimal(json, up_to, &tier->up_to, err)) != LIQ_OK))
            return status;
        tier->multiplier_ppm = (uint64_t)ppm;
        if ((up_to == NULL) != (liq_json_next(item) == NULL))
            return liq_json_fail(json, item, err, LIQ_BAD_INPUT,
                                 "every slice but the last needs \"up_to\"");
        if (up_to != NULL && liq_decimal_compare(tier->up_to, before) <= 0)
            return liq_json_fail(json, up_to, err, LIQ_BAD_INPUT, "must be above the slice before");
        before = tier->up_to;
    }
    return LIQ_OK;
}

static liq_status optional_read(int64_t *out, const liq_json *json, const liq_json_value *object,
                                const char *key, liq_millionths_range range, liq_error *err)
{
    const liq_json_value *value = liq_json_member(object, key);

    return value == NULL ? LIQ_OK : liq_millionths_read(out, json, value, range, err);
}
