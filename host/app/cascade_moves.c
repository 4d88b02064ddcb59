/*
 * The moves of scenarios: shocks as they are given, and what goes with them by betas, by index
 * prices and later.
 */
#include "app/cascade_moves.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/shock.h"
#include "base/fail.h"
#include "base/memory.h"
#include "book/columns.h"
#include "scan/stress_set.h"

enum { PPM_ONE = 1000000 };

static liq_status shocks_take(liq_cascade_plan *plan, const liq_book *book, liq_error *err);
static liq_status shock_add(liq_cascade_scenario *scenario, const liq_shock *shock,
                            const liq_book *book, liq_error *err);
static const char *symbol_lend(const liq_book *book, const char *symbol);
static liq_status series_take(liq_cascade_plan *plan, const liq_book *book, liq_error *err);
static liq_status room_take(liq_cascade_scenario *scenario, size_t more, liq_error *err);
static liq_status later_add(liq_cascade_scenario *scenario, const liq_cascade_plan *plan,
                            const liq_book *book, liq_error *err);
static liq_status followers_add(liq_cascade_scenario *scenario, const liq_cascade_plan *plan,
                                liq_error *err);
static liq_status indices_add(liq_cascade_scenario *scenario, const liq_book *book, liq_error *err);
static const char *index_of(const liq_book *book, const char *symbol);
static bool is_moved(const liq_cascade_scenario *scenario, uint32_t count, const char *symbol,
                     int64_t time_ms);

liq_status liq_cascade_scenarios_take(liq_cascade_plan *plan, const liq_book *book, liq_error *err)
{
    const bool has_shock = liq_options_has(plan->given, "shock");
    liq_status status;

    if ((status = liq_memory_array(
             &plan->scenarios,
             has_shock + (plan->has_series ? (size_t)liq_stress_set_count(plan->stress.set) : 0),
             sizeof *plan->scenarios, err)) != LIQ_OK ||
        (has_shock && (status = shocks_take(plan, book, err)) != LIQ_OK) ||
        (plan->has_series && (status = series_take(plan, book, err)) != LIQ_OK))
        return status;
    return plan->scenario_count > 0
               ? LIQ_OK
               : liq_fail(err, LIQ_BAD_INPUT, 0,
                          "there is no scenario in what --scenarios or --path names");
}

liq_status liq_cascade_scenarios_extend(liq_cascade_plan *plan, const liq_book *book,
                                        liq_error *err)
{
    const bool has_index = liq_options_has(plan->given, "with-index");
    liq_status status = LIQ_OK;

    for (uint32_t i = 0; status == LIQ_OK && i < plan->scenario_count; i++) {
        liq_cascade_scenario *scenario = &plan->scenarios[i];

        if ((status = later_add(scenario, plan, book, err)) != LIQ_OK ||
            (status = followers_add(scenario, plan, err)) != LIQ_OK)
            return status;
        if (has_index)
            status = indices_add(scenario, book, err);
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

static liq_status room_take(liq_cascade_scenario *scenario, size_t more, liq_error *err)
{
    size_t capacity = scenario->move_count;

    return liq_memory_grow(&scenario->moves, &capacity, scenario->move_count + more + 1,
                           sizeof *scenario->moves, err);
}

static liq_status later_add(liq_cascade_scenario *scenario, const liq_cascade_plan *plan,
                            const liq_book *book, liq_error *err)
{
    const liq_feed_plan *feed = &plan->feed;
    liq_status status = room_take(scenario, feed->later_count, err);

    for (uint32_t i = 0; status == LIQ_OK && i < feed->later_count; i++) {
        const liq_later_move *later = &feed->later[i];
        const char *symbol = symbol_lend(book, later->shock.symbol);

        if (symbol == NULL)
            return liq_fail(err, LIQ_NOT_FOUND, 0,
                            "--after: \"%s\" is neither an instrument nor an asset",
                            later->shock.symbol);
        scenario->moves[scenario->move_count++] = (liq_cascade_move){
            .symbol = symbol, .change_ppm = later->shock.change_ppm, .time_ms = later->time_ms};
    }
    return status;
}

/* A move of the leader moves its followers, unless they have one of their own at the time. */
static liq_status followers_add(liq_cascade_scenario *scenario, const liq_cascade_plan *plan,
                                liq_error *err)
{
    const uint32_t own = scenario->move_count;
    liq_status status = LIQ_OK;

    for (uint32_t i = 0; status == LIQ_OK && i < own; i++) {
        const liq_cascade_move leader = scenario->moves[i];

        if (plan->leader == NULL || strcmp(leader.symbol, plan->leader) != 0)
            continue;
        status = room_take(scenario, plan->engine.follower_count, err);
        for (uint32_t j = 0; status == LIQ_OK && j < plan->engine.follower_count; j++) {
            const liq_cascade_follower *follower = &plan->followers[j];
            const int64_t change = follower->beta_ppm * leader.change_ppm / PPM_ONE;

            if (change != 0 && !is_moved(scenario, own, follower->symbol, leader.time_ms))
                scenario->moves[scenario->move_count++] = (liq_cascade_move){
                    .symbol = follower->symbol, .change_ppm = change, .time_ms = leader.time_ms};
        }
    }
    return status;
}

/* The index price of what an instrument is on goes with it: the first of those that have it. */
static liq_status indices_add(liq_cascade_scenario *scenario, const liq_book *book, liq_error *err)
{
    const uint32_t own = scenario->move_count;
    const liq_status status = room_take(scenario, own, err);

    for (uint32_t i = 0; status == LIQ_OK && i < own; i++) {
        const liq_cascade_move *move = &scenario->moves[i];
        const char *index = index_of(book, move->symbol);

        if (index != NULL && !is_moved(scenario, scenario->move_count, index, move->time_ms))
            scenario->moves[scenario->move_count++] = (liq_cascade_move){
                .symbol = index, .change_ppm = move->change_ppm, .time_ms = move->time_ms};
    }
    return status;
}

/* NULL: it is no instrument that has one in the margin currency. */
static const char *index_of(const liq_book *book, const char *symbol)
{
    const liq_venue *venue = &book->venue;
    uint32_t instrument;
    uint32_t asset;

    if (!liq_names_find(venue->instrument_names, liq_text_of(symbol), &instrument) ||
        venue->instruments[instrument].kind != LIQ_INSTRUMENT_LINEAR ||
        !liq_names_find(venue->asset_names, liq_text_of(venue->instruments[instrument].base),
                        &asset) ||
        asset == 0 || book->asset_indices[asset].digits == 0)
        return NULL;
    return liq_names_get(venue->asset_names, asset);
}

/* Among the first count moves. */
static bool is_moved(const liq_cascade_scenario *scenario, uint32_t count, const char *symbol,
                     int64_t time_ms)
{
    for (uint32_t i = 0; i < count; i++)
        if (scenario->moves[i].time_ms == time_ms && strcmp(scenario->moves[i].symbol, symbol) == 0)
            return true;
    return false;
}
