#include "app/cascade_plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/cascade_moves.h"
#include "app/shock.h"
#include "base/decimal.h"
#include "base/fail.h"
#include "base/memory.h"
#include "book/columns.h"
#include "scan/stress_set.h"

enum { PPM_ONE = 1000000, PPM_DECIMALS = 6, PERCENT_DECIMALS = 4 };

static liq_status engine_read(liq_cascade_options *out, const liq_options *options, liq_error *err);
static liq_status depth_read(liq_cascade_options *out, const char *value, liq_error *err);
static liq_status share_read(int64_t *out, const liq_options *options, const char *name,
                             liq_error *err);
static liq_status impact_read(liq_cascade_options *out, const char *value, liq_error *err);
static liq_status number_read(int64_t *out, const liq_options *options, const char *name,
                              int64_t max, liq_error *err);
static liq_status options_check(const liq_options *options, liq_error *err);
static liq_status variants_read(liq_cascade_plan *plan, const liq_options *options, liq_error *err);
static liq_status followers_make(liq_cascade_plan *plan, const liq_book *book, liq_error *err);

liq_status liq_cascade_plan_read(liq_cascade_plan *out, const liq_options *options, liq_error *err)
{
    liq_status status;

    *out = (liq_cascade_plan){.given = options};
    for (uint32_t i = 0; i < options->option_count; i++) {
        const char *name = options->options[i].spec->name;

        out->has_series = out->has_series || strcmp(name, "ladder") == 0 ||
                          strcmp(name, "factor") == 0 || strcmp(name, "grid") == 0 ||
                          strcmp(name, "path") == 0 || strcmp(name, "scenarios") == 0;
    }
    if (!out->has_series && !liq_options_has(options, "shock"))
        return liq_fail(err, LIQ_BAD_INPUT, 0,
                        "a cascade needs a shock: --shock BTCUSDT=-10%%, or one after the other by "
                        "--ladder, --factor, --grid, --path or --scenarios");
    if ((status = options_check(options, err)) != LIQ_OK ||
        (status = liq_feed_plan_read(&out->feed, options, err)) != LIQ_OK ||
        (status = liq_shocks_check(options, err)) != LIQ_OK ||
        (status = engine_read(&out->engine, options, err)) != LIQ_OK ||
        (status = variants_read(out, options, err)) != LIQ_OK)
        return status;
    out->engine.feed_lag_ms = out->feed.lag_ms;
    out->engine.faults = out->feed.faults;
    out->engine.fault_count = out->feed.fault_count;
    return out->has_series ? liq_stress_plan_read(&out->stress, options, err) : LIQ_OK;
}

liq_status liq_cascade_plan_build(liq_cascade_plan *plan, const liq_book *book, liq_error *err)
{
    liq_status status;

    if (plan->has_series && (status = liq_stress_plan_build(&plan->stress, book, err)) != LIQ_OK)
        return status;
    if ((status = liq_cascade_scenarios_take(plan, book, err)) != LIQ_OK)
        return status;
    if (plan->leader == NULL) /* nothing moves at all */
        plan->leader = liq_names_get(book->venue.instrument_names, 0);
    if ((status = followers_make(plan, book, err)) != LIQ_OK)
        return status;
    return liq_cascade_scenarios_extend(plan, book, err);
}

void liq_cascade_plan_clear(liq_cascade_plan *plan)
{
    for (uint32_t i = 0; i < plan->scenario_count; i++)
        free(plan->scenarios[i].moves);
    for (uint32_t i = 0; i < plan->variant_count; i++)
        free(plan->variants[i].text);
    free(plan->scenarios);
    free(plan->followers);
    liq_feed_plan_clear(&plan->feed);
    if (plan->has_series)
        liq_stress_plan_clear(&plan->stress);
    *plan = (liq_cascade_plan){0};
}

/* What a stress without settling says, a cascade does not. */
static liq_status options_check(const liq_options *options, liq_error *err)
{
    static const char *const others[] = {"worst", "losers", "heat", "reverse"};

    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (liq_options_has(options, others[i]))
            return liq_fail(err, LIQ_BAD_INPUT, 0,
                            "--%s is of a stress without settling: leave it or --cascade out",
                            others[i]);
    return LIQ_OK;
}

static liq_status engine_read(liq_cascade_options *out, const liq_options *options, liq_error *err)
{
    int64_t rounds = 0;
    liq_status status;

    *out = (liq_cascade_options){.device = liq_options_value(options, "device"),
                                 .skip_self_test = liq_options_has(options, "no-self-test")};
    if ((status = depth_read(out, liq_options_value(options, "depth-scale"), err)) != LIQ_OK ||
        (status = share_read(&out->recovery_ppm, options, "recovery", err)) != LIQ_OK ||
        (status = share_read(&out->reversion_ppm, options, "reversion", err)) != LIQ_OK ||
        (status = impact_read(out, liq_options_value(options, "impact"), err)) != LIQ_OK ||
        (status = number_read(&out->round_ms, options, "round-ms", 86400000, err)) != LIQ_OK ||
        (status = number_read(&rounds, options, "rounds-max", LIQ_CASCADE_ROUNDS_MAX_LIMIT, err)) !=
            LIQ_OK)
        return status;
    out->rounds_max = (uint32_t)rounds;
    out->monitor = liq_options_has(options, "monitor");
    out->volume = liq_options_value(options, "volume");
    return LIQ_OK;
}

static liq_status depth_read(liq_cascade_options *out, const char *value, liq_error *err)
{
    liq_error why;
    liq_status status;

    if (value == NULL)
        return LIQ_OK;
    out->infinite_depth = strcmp(value, "infinite") == 0;
    if (out->infinite_depth)
        return LIQ_OK;
    status = liq_decimal_parse_units(&out->depth_ppm, liq_text_of(value), PPM_DECIMALS, &why);
    if (status != LIQ_OK)
        return liq_fail(err, status, 0, "--depth-scale: %s, nor \"infinite\"", why.message);
    if (out->depth_ppm <= 0 || out->depth_ppm > (int64_t)PPM_ONE * PPM_ONE)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0,
                        "--depth-scale \"%.64s\" is not in 0.000001 .. 1000000, nor \"infinite\"",
                        value);
    return LIQ_OK;
}

static liq_status share_read(int64_t *out, const liq_options *options, const char *name,
                             liq_error *err)
{
    const char *value = liq_options_value(options, name);
    const size_t bytes = value == NULL ? 0 : strlen(value);
    liq_error why;
    liq_status status;

    if (value == NULL)
        return LIQ_OK;
    if (bytes < 2 || value[bytes - 1] != '%')
        return liq_fail(err, LIQ_BAD_INPUT, 0, "--%s \"%.64s\" is not a share such as 20%%", name,
                        value);
    status = liq_decimal_parse_units(out, (liq_text){value, bytes - 1}, PERCENT_DECIMALS, &why);
    if (status != LIQ_OK)
        return liq_fail(err, status, 0, "--%s: %s", name, why.message);
    if (*out < 0 || *out > PPM_ONE)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "--%s \"%.64s\" is not in 0%% .. 100%%", name,
                        value);
    return LIQ_OK;
}

static liq_status impact_read(liq_cascade_options *out, const char *value, liq_error *err)
{
    static const char *const names[] = {"last", "middle", "none"};

    for (uint32_t i = 0; value != NULL && i < sizeof names / sizeof names[0]; i++)
        if (strcmp(value, names[i]) == 0) {
            out->impact = (liq_cascade_impact)i;
            return LIQ_OK;
        }
    return value == NULL ? LIQ_OK
                         : liq_fail(err, LIQ_BAD_INPUT, 0,
                                    "--impact \"%.64s\" is not last, middle or none", value);
}

static liq_status number_read(int64_t *out, const liq_options *options, const char *name,
                              int64_t max, liq_error *err)
{
    const char *value = liq_options_value(options, name);

    if (value == NULL)
        return LIQ_OK;
    if (liq_decimal_parse_units(out, liq_text_of(value), 0, NULL) != LIQ_OK || *out < 1 ||
        *out > max)
        return liq_fail(err, LIQ_BAD_INPUT, 0, "--%s \"%.64s\" is not a number of 1 .. %lld", name,
                        value, (long long)max);
    return LIQ_OK;
}

/* The book's own rules come first: what others are compared with. */
static liq_status variants_read(liq_cascade_plan *plan, const liq_options *options, liq_error *err)
{
    liq_status status = LIQ_OK;

    plan->variants[plan->variant_count++] = (liq_cascade_variant){.name = "as it is"};
    for (uint32_t i = 0; status == LIQ_OK && i < options->option_count; i++) {
        if (strcmp(options->options[i].spec->name, "variant") != 0)
            continue;
        if (plan->variant_count == LIQ_CASCADE_VARIANTS_MAX)
            return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "more than %d variants",
                            LIQ_CASCADE_VARIANTS_MAX - 1);
        status = liq_cascade_variant_read(&plan->variants[plan->variant_count++],
                                          options->options[i].value, err);
    }
    return status;
}

/* What --betas names follows the leader, by fills as by the shock. */
static liq_status followers_make(liq_cascade_plan *plan, const liq_book *book, liq_error *err)
{
    const char *file = liq_options_value(plan->given, "betas");
    const uint32_t prices = book->venue.instrument_count + book->venue.asset_count;
    int64_t *betas = NULL;
    liq_status status = LIQ_OK;
    uint32_t leader;

    if (file == NULL || plan->leader == NULL)
        return LIQ_OK;
    if (!liq_names_find(book->venue.instrument_names, liq_text_of(plan->leader), &leader))
        return liq_fail(err, LIQ_BAD_INPUT, 0,
                        "--betas: the first price that moves, \"%s\", is an asset: nothing follows "
                        "it",
                        plan->leader);
    if ((status = liq_memory_array(&betas, prices, sizeof *betas, err)) != LIQ_OK ||
        (status = liq_memory_array(&plan->followers, prices, sizeof *plan->followers, err)) !=
            LIQ_OK ||
        (status = liq_stress_betas_read(betas, NULL, file, book, err)) != LIQ_OK)
        goto done;
    plan->engine.followers = plan->followers;
    for (uint32_t i = 0; i < prices; i++)
        if (betas[i] != 0 && i != leader)
            plan->followers[plan->engine.follower_count++] =
                (liq_cascade_follower){.leader = plan->leader,
                                       .symbol = liq_stress_price_symbol(&book->venue, i),
                                       .beta_ppm = betas[i]};
done:
    free(betas);
    return status;
}
