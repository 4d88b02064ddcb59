#include "app/cascade_plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/shock.h"
#include "base/decimal.h"
#include "base/fail.h"
#include "base/memory.h"
#include "book/columns.h"
#include "scan/stress_set.h"

enum { PPM_ONE = 1000000, PPM_DECIMALS = 6, PERCENT_DECIMALS = 4 };

static liq_status engine_read(liq_cascade_options *out, const liq_options *options, liq_error *err);
static liq_status depth_read(liq_cascade_options *out, const char *value, liq_error *err);
static liq_status recovery_read(liq_cascade_options *out, const char *value, liq_error *err);
static liq_status impact_read(liq_cascade_options *out, const char *value, liq_error *err);
static liq_status number_read(int64_t *out, const liq_options *options, const char *name,
                              int64_t max, liq_error *err);
static liq_status options_check(const liq_options *options, liq_error *err);
static liq_status variants_read(liq_cascade_plan *plan, const liq_options *options, liq_error *err);
static liq_status shocks_take(liq_cascade_plan *plan, const liq_book *book, liq_error *err);
static liq_status shock_add(liq_cascade_scenario *scenario, const liq_shock *shock,
                            const liq_book *book, liq_error *err);
static const char *symbol_lend(const liq_book *book, const char *symbol);
static liq_status series_take(liq_cascade_plan *plan, const liq_book *book, liq_error *err);
static liq_status followers_make(liq_cascade_plan *plan, const liq_book *book, liq_error *err);
static liq_status scenario_extend(liq_cascade_scenario *scenario, const liq_cascade_plan *plan,
                                  liq_error *err);
static bool is_moved(const liq_cascade_scenario *scenario, uint32_t count, const char *symbol,
                     int64_t *change_ppm);

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
        (status = liq_shocks_check(options, err)) != LIQ_OK ||
        (status = engine_read(&out->engine, options, err)) != LIQ_OK ||
        (status = variants_read(out, options, err)) != LIQ_OK)
        return status;
    return out->has_series ? liq_stress_plan_read(&out->stress, options, err) : LIQ_OK;
}

liq_status liq_cascade_plan_build(liq_cascade_plan *plan, const liq_book *book, liq_error *err)
{
    const bool has_shock = liq_options_has(plan->given, "shock");
    liq_status status;

    if (plan->has_series && (status = liq_stress_plan_build(&plan->stress, book, err)) != LIQ_OK)
        return status;
    if ((status = liq_memory_array(
             &plan->scenarios,
             has_shock + (plan->has_series ? (size_t)liq_stress_set_count(plan->stress.set) : 0),
             sizeof *plan->scenarios, err)) != LIQ_OK ||
        (has_shock && (status = shocks_take(plan, book, err)) != LIQ_OK) ||
        (plan->has_series && (status = series_take(plan, book, err)) != LIQ_OK))
        return status;
    if (plan->scenario_count == 0)
        return liq_fail(err, LIQ_BAD_INPUT, 0,
                        "there is no scenario in what --scenarios or --path names");
    if (plan->leader == NULL) /* nothing moves at all */
        plan->leader = liq_names_get(book->venue.instrument_names, 0);
    if ((status = followers_make(plan, book, err)) != LIQ_OK)
        return status;
    for (uint32_t i = 0; status == LIQ_OK && i < plan->scenario_count; i++)
        status = scenario_extend(&plan->scenarios[i], plan, err);
    return status;
}

void liq_cascade_plan_clear(liq_cascade_plan *plan)
{
    for (uint32_t i = 0; i < plan->scenario_count; i++)
        free(plan->scenarios[i].moves);
    for (uint32_t i = 0; i < plan->variant_count; i++)
        free(plan->variants[i].text);
    free(plan->scenarios);
    free(plan->followers);
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
        (status = recovery_read(out, liq_options_value(options, "recovery"), err)) != LIQ_OK ||
        (status = impact_read(out, liq_options_value(options, "impact"), err)) != LIQ_OK ||
        (status = number_read(&out->round_ms, options, "round-ms", 86400000, err)) != LIQ_OK ||
        (status = number_read(&rounds, options, "rounds-max", LIQ_CASCADE_ROUNDS_MAX_LIMIT, err)) !=
            LIQ_OK)
        return status;
    out->rounds_max = (uint32_t)rounds;
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

static liq_status recovery_read(liq_cascade_options *out, const char *value, liq_error *err)
{
    const size_t bytes = value == NULL ? 0 : strlen(value);
    liq_error why;
    liq_status status;

    if (value == NULL)
        return LIQ_OK;
    if (bytes < 2 || value[bytes - 1] != '%')
        return liq_fail(err, LIQ_BAD_INPUT, 0, "--recovery \"%.64s\" is not a share such as 20%%",
                        value);
    status = liq_decimal_parse_units(&out->recovery_ppm, (liq_text){value, bytes - 1},
                                     PERCENT_DECIMALS, &why);
    if (status != LIQ_OK)
        return liq_fail(err, status, 0, "--recovery: %s", why.message);
    if (out->recovery_ppm < 0 || out->recovery_ppm > PPM_ONE)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "--recovery \"%.64s\" is not in 0%% .. 100%%",
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

/* All --shock together are one scenario. */
static liq_status shocks_take(liq_cascade_plan *plan, const liq_book *book, liq_error *err)
{
    liq_cascade_scenario *scenario = &plan->scenarios[plan->scenario_count++];
    const liq_options *options = plan->given;
    liq_status status =
        liq_memory_array(&scenario->moves, options->option_count, sizeof *scenario->moves, err);

    for (uint32_t i = 0; status == LIQ_OK && i < options->option_count; i++) {
        liq_shock shock;

        if (strcmp(options->options[i].spec->name, "shock") != 0)
            continue;
        if ((status = liq_shock_parse(&shock, options->options[i].value, err)) == LIQ_OK)
            status = shock_add(scenario, &shock, book, err);
    }
    if (status == LIQ_OK) {
        plan->leader = scenario->moves[0].symbol;
        scenario->change = (double)scenario->moves[0].change_ppm;
    }
    return status;
}

static liq_status shock_add(liq_cascade_scenario *scenario, const liq_shock *shock,
                            const liq_book *book, liq_error *err)
{
    const size_t used = strlen(scenario->name);
    const char *symbol = symbol_lend(book, shock->symbol);
    char percent[LIQ_STRESS_PERCENT_BYTES];

    if (symbol == NULL)
        return liq_fail(err, LIQ_NOT_FOUND, 0, "\"%s\" is neither an instrument nor an asset",
                        shock->symbol);
    scenario->moves[scenario->move_count++] =
        (liq_cascade_move){.symbol = symbol, .change_ppm = shock->change_ppm};
    (void)snprintf(scenario->name + used, sizeof scenario->name - used, "%s%.60s %s",
                   used == 0 ? "" : ", ", symbol, liq_stress_percent(percent, shock->change_ppm));
    return LIQ_OK;
}

/* The book's own text of a symbol; NULL: it has none. */
static const char *symbol_lend(const liq_book *book, const char *symbol)
{
    const liq_text text = liq_text_of(symbol);
    uint32_t index;

    if (liq_names_find(book->venue.instrument_names, text, &index))
        return liq_names_get(book->venue.instrument_names, index);
    return liq_names_find(book->venue.asset_names, text, &index)
               ? liq_names_get(book->venue.asset_names, index)
               : NULL;
}

static liq_status series_take(liq_cascade_plan *plan, const liq_book *book, liq_error *err)
{
    const liq_stress_set *set = plan->stress.set;
    liq_status status = LIQ_OK;

    for (uint32_t i = 0; status == LIQ_OK && i < liq_stress_set_count(set); i++) {
        liq_cascade_scenario *scenario = &plan->scenarios[plan->scenario_count++];
        uint32_t count;
        const liq_stress_move *moves = liq_stress_set_moves(set, i, &count);

        (void)snprintf(scenario->name, sizeof scenario->name, "%s", liq_stress_set_name(set, i));
        status = liq_memory_array(&scenario->moves, count, sizeof *scenario->moves, err);
        for (uint32_t j = 0; status == LIQ_OK && j < count; j++)
            scenario->moves[scenario->move_count++] =
                (liq_cascade_move){.symbol = liq_stress_price_symbol(&book->venue, moves[j].price),
                                   .change_ppm = moves[j].change_ppm};
        if (count > 0 && plan->leader == NULL)
            plan->leader = scenario->moves[0].symbol;
        scenario->change = count > 0 ? (double)scenario->moves[0].change_ppm : 0;
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

/* The shock of the leader moves its followers, unless they have one of their own. */
static liq_status scenario_extend(liq_cascade_scenario *scenario, const liq_cascade_plan *plan,
                                  liq_error *err)
{
    const uint32_t own = scenario->move_count;
    size_t capacity = own;
    int64_t change;
    int64_t ignored;
    liq_status status;

    if (plan->leader == NULL || !is_moved(scenario, own, plan->leader, &change))
        return LIQ_OK;
    if ((status = liq_memory_grow(&scenario->moves, &capacity,
                                  (size_t)own + plan->engine.follower_count + 1,
                                  sizeof *scenario->moves, err)) != LIQ_OK)
        return status;
    for (uint32_t i = 0; i < plan->engine.follower_count; i++) {
        const liq_cascade_follower *follower = &plan->followers[i];
        const int64_t move = follower->beta_ppm * change / PPM_ONE;

        if (move != 0 && !is_moved(scenario, own, follower->symbol, &ignored))
            scenario->moves[scenario->move_count++] =
                (liq_cascade_move){.symbol = follower->symbol, .change_ppm = move};
    }
    return LIQ_OK;
}

/* Among the first count moves. */
static bool is_moved(const liq_cascade_scenario *scenario, uint32_t count, const char *symbol,
                     int64_t *change_ppm)
{
    for (uint32_t i = 0; i < count; i++)
        if (strcmp(scenario->moves[i].symbol, symbol) == 0) {
            *change_ppm = scenario->moves[i].change_ppm;
            return true;
        }
    return false;
}
