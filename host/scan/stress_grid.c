/*
 * Why what the rule refuses is never packed: a lot that is worth less than LIQ_LOT_VALUE_MAX in
 * every scenario, moved by as much as a grid moves it, has all its numbers; and sums are below what
 * stress_pack.c allows, which is less than any bound of the rule.
 *
 * An option's PnL in a scenario is the difference of two prices. A call is worth between nothing
 * and its underlying, a put between nothing and its strike, and so is the difference in size; that
 * of an inverse one counts coins. What an option has no number for is in doubt, scenario by
 * scenario.
 *
 * What the rule rounds: the value of a lot by one fine unit of its asset; that moved, by another;
 * exchanged, by one of the margin currency. A share of a charge is rounded once more.
 */
#include "scan/stress_grid.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "scan/stress_tiers.h"

#define MILLION 1e6
#define SHARE_OF_MAX 0.99 /* floats tell what is surely below a bound */
#define WORD 0x1p64
#define SURELY 1e-6 /* far more than doubles cost a bound */

static liq_status memory_take(liq_stress_grid *grid, const liq_portfolio_market *market,
                              liq_error *err);
static void unit_fill(liq_stress_grid *grid, const liq_portfolio_market *market, uint32_t unit,
                      const liq_portfolio_grid *from);
static double coefficient_of(const liq_portfolio_scenario *scenario, uint32_t kind);
static void lot_fill(liq_stress_grid *grid, const liq_venue *venue, uint32_t instrument,
                     const liq_portfolio_grid *from);
static void option_fill(liq_stress_grid *grid, uint32_t instrument, const liq_portfolio_grid *from);
static liq_status options_take(liq_stress_grid *grid, const liq_venue *venue, const liq_rows *rows,
                               liq_error *err);
static bool option_bound(double *moved, double *value, const liq_stress_prices *prices,
                         uint32_t instrument);
static double lot_units(const liq_venue *venue, uint32_t instrument);
static double double_of(liq_decimal value);
static double multiplier_most(const liq_stress_grid *grid, liq_stress_charge charge);
static bool multipliers_rise(const liq_stress_grid *grid, liq_stress_charge charge);
static float above(double value);

liq_status liq_stress_grid_create(liq_stress_grid *out, const liq_venue *venue,
                                  const liq_market *market, const liq_rows *rows, liq_error *err)
{
    const liq_portfolio_market *portfolio = &market->portfolio;
    liq_stress_grid grid = {.fine_per_cash = (double)LIQ_GRAINS_PER_UNIT /
                                             (double)market->assets[0].grains_per_fine};
    liq_status status;

    *out = grid;
    if (!liq_portfolio_market_exists(portfolio))
        return LIQ_OK;
    if ((status = memory_take(&grid, portfolio, err)) != LIQ_OK) {
        liq_stress_grid_clear(&grid);
        return status;
    }
    grid.is_convex = true;
    grid.factor = (float)((double)portfolio->policy.maintenance_factor / MILLION);
    grid.factor_most = fmax((double)portfolio->policy.maintenance_factor,
                            (double)portfolio->policy.initial_factor) /
                       MILLION;
    for (uint32_t i = 0; i < grid.tier_count; i++)
        grid.tiers[i] = (liq_stress_charge_tier){
            .up_to = (float)(((double)portfolio->tiers[i].up_to.high * WORD +
                              (double)portfolio->tiers[i].up_to.low) /
                             grid.fine_per_cash),
            .multiplier = (float)((double)portfolio->tiers[i].multiplier / MILLION)};
    for (uint32_t i = 0; i < grid.instrument_count; i++) {
        const uint32_t unit = portfolio->instruments[i].unit;
        const liq_portfolio_grid *from =
            liq_portfolio_grid_of(&venue->portfolio, venue->instruments[i].base);

        grid.lots[i].unit = unit;
        if (unit == LIQ_NO_INDEX)
            continue;
        if (grid.units[unit].scenario_count == 0)
            unit_fill(&grid, portfolio, unit, from);
        lot_fill(&grid, venue, i, from);
    }
    if ((status = options_take(&grid, venue, rows, err)) != LIQ_OK) {
        liq_stress_grid_clear(&grid);
        return status;
    }
    *out = grid;
    return LIQ_OK;
}

void liq_stress_grid_clear(liq_stress_grid *grid)
{
    free(grid->lots);
    free(grid->units);
    free(grid->tiers);
    free(grid->coefficients);
    free(grid->bounds);
    free(grid->options);
    free(grid->option_rows);
    *grid = (liq_stress_grid){0};
}

bool liq_stress_grid_leg_read(liq_stress_grid_leg *out, const liq_stress_grid *grid,
                              const liq_market *market, const liq_stress_prices *prices,
                              uint32_t instrument, int64_t lots)
{
    const liq_stress_grid_bound *bound = &grid->bounds[instrument];
    const uint32_t asset = market->instruments[instrument].asset_index;
    const double exchange = (double)prices->rate_spans[asset].most / (double)LIQ_EXCHANGE_RATE_ONE;
    const double fine = (double)prices->spans[instrument].size_most;
    double cash = liq_stress_price_most(prices, instrument);
    double moved = bound->moved > 1.0 ? bound->moved : 1.0;

    if (grid->instrument_count == 0 || !bound->is_known)
        return false;
    if (bound->is_option) {
        if (!option_bound(&moved, &cash, prices, instrument))
            return false;
        out->terms = (double)lots * exchange * (moved + cash * bound->charged);
    } else if (fine * moved > (double)LIQ_LOT_VALUE_MAX * SHARE_OF_MAX ||
               cash * moved * grid->fine_per_cash > (double)LIQ_LOT_VALUE_MAX * SHARE_OF_MAX)
        return false;
    else
        out->terms = (double)lots * cash * (bound->moved + bound->charged);
    out->slack = 2.0 * (double)lots *
                 (exchange / prices->fine_per_unit[instrument] + 1.0 / grid->fine_per_cash) *
                 (bound->moved + bound->charged + bound->charges + 1.0);
    return true;
}

static liq_status memory_take(liq_stress_grid *grid, const liq_portfolio_market *market,
                              liq_error *err)
{
    liq_status status;

    grid->instrument_count = market->instrument_count;
    grid->unit_count = market->unit_count;
    grid->tier_count = market->tier_count;
    for (uint32_t i = 0; i < market->unit_count; i++)
        grid->coefficient_count += 2 * market->units[i].scenario_count;
    if ((status = liq_memory_array(&grid->lots, grid->instrument_count, sizeof *grid->lots, err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&grid->units, grid->unit_count, sizeof *grid->units, err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&grid->tiers, grid->tier_count, sizeof *grid->tiers, err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&grid->coefficients, grid->coefficient_count,
                                   sizeof *grid->coefficients, err)) != LIQ_OK)
        return status;
    return liq_memory_array(&grid->bounds, grid->instrument_count, sizeof *grid->bounds, err);
}

/* Underlyings lie side by side, each with as many coefficients as it has scenarios, padded. */
static void unit_fill(liq_stress_grid *grid, const liq_portfolio_market *market, uint32_t unit,
                      const liq_portfolio_grid *from)
{
    const liq_portfolio_unit_record *record = &market->units[unit];
    liq_stress_unit *out = &grid->units[unit];
    uint32_t first = 0;

    for (uint32_t i = 0; i < unit; i++)
        first += 2 * market->units[i].scenario_count;
    *out = (liq_stress_unit){.class_index = record->class_index,
                             .scenario_count = from->scenario_count,
                             .coefficients = first,
                             .gain_share = (float)((double)record->gain_share / MILLION)};
    for (uint32_t i = 0; i < LIQ_PORTFOLIO_CHARGES; i++)
        out->charges[i] =
            (liq_stress_charge){.net_rate = (float)(record->charges[i].net_rate / MILLION),
                                .hedged_rate = (float)(record->charges[i].hedged_rate / MILLION),
                                .tier_first = record->charges[i].tier_first,
                                .tier_count = record->charges[i].tier_count};
    for (uint32_t kind = 0; kind < LIQ_STRESS_LOT_KINDS; kind++)
        for (uint32_t k = 0; k < from->scenario_count; k++) {
            const float value = (float)coefficient_of(&from->scenarios[k], kind);

            grid->coefficients[first + kind * from->scenario_count + k] = value;
            out->reaches[kind].least = fminf(out->reaches[kind].least, value);
            out->reaches[kind].most = fmaxf(out->reaches[kind].most, value);
        }
}

/* As liq_scenario_pnl. */
static double coefficient_of(const liq_portfolio_scenario *scenario, uint32_t kind)
{
    const double move = (double)scenario->price_ppm / MILLION;
    const double share = move * ((double)scenario->cover_ppm / MILLION);

    return kind == LIQ_STRESS_LOT_INVERSE ? -share / (1.0 + move) : share;
}

static void lot_fill(liq_stress_grid *grid, const liq_venue *venue, uint32_t instrument,
                     const liq_portfolio_grid *from)
{
    const liq_instrument_kind kind = venue->instruments[instrument].kind;
    const liq_stress_unit *unit = &grid->units[grid->lots[instrument].unit];
    liq_stress_grid_bound *bound = &grid->bounds[instrument];
    liq_stress_lot *lot = &grid->lots[instrument];

    lot->kind = kind == LIQ_INSTRUMENT_OPTION    ? LIQ_STRESS_LOT_OPTION
                : kind == LIQ_INSTRUMENT_INVERSE ? LIQ_STRESS_LOT_INVERSE
                                                 : LIQ_STRESS_LOT_LINEAR;
    lot->sign = kind == LIQ_INSTRUMENT_INVERSE ? -1.0F : 1.0F;
    if (kind == LIQ_INSTRUMENT_OPTION) {
        option_fill(grid, instrument, from);
        return;
    }
    bound->is_known = true;
    bound->moved = fmax(-(double)unit->reaches[lot->kind].least, unit->reaches[lot->kind].most);
    for (uint32_t i = 0; i < LIQ_PORTFOLIO_CHARGES; i++) {
        const double share = from->charges[i].future_ppm / MILLION;
        const double multiplier = multiplier_most(grid, unit->charges[i]);

        lot->long_charges[i] = (float)share;
        lot->short_charges[i] = (float)share;
        bound->charged += multiplier * (share + (double)unit->charges[i].net_rate +
                                        (double)unit->charges[i].hedged_rate);
        bound->charges += 4.0 * multiplier;
        grid->is_convex = grid->is_convex && multipliers_rise(grid, unit->charges[i]);
    }
    lot->weight = above(bound->moved + bound->charged);
}

/* Then a charge by slices is convex; none counts less than nothing. */
static bool multipliers_rise(const liq_stress_grid *grid, liq_stress_charge charge)
{
    const liq_stress_charge_tier *tiers = grid->tiers + charge.tier_first;

    for (uint32_t i = 1; i < charge.tier_count; i++)
        if (tiers[i].multiplier < tiers[i - 1].multiplier)
            return false;
    return true;
}

/* A float that is certainly above a value. */
static float above(double value)
{
    return nextafterf((float)value, INFINITY);
}

static double multiplier_most(const liq_stress_grid *grid, liq_stress_charge charge)
{
    double out = 1.0;

    for (uint32_t i = 0; i < charge.tier_count; i++)
        out = fmax(out, (double)grid->tiers[charge.tier_first + i].multiplier);
    return out;
}

/* What it has to be a factor of is known with the prices of a batch. */
static void option_fill(liq_stress_grid *grid, uint32_t instrument, const liq_portfolio_grid *from)
{
    const liq_stress_unit *unit = &grid->units[grid->lots[instrument].unit];
    liq_stress_grid_bound *bound = &grid->bounds[instrument];
    liq_stress_lot *lot = &grid->lots[instrument];

    bound->is_option = true;
    for (uint32_t i = 0; i < LIQ_PORTFOLIO_CHARGES; i++) {
        const liq_portfolio_charge *charge = &from->charges[i];
        const double held = charge->option_ppm / MILLION;
        const double owed = held + charge->short_option_ppm / MILLION;
        const double multiplier = multiplier_most(grid, unit->charges[i]);

        lot->long_charges[i] = (float)held;
        lot->short_charges[i] = (float)owed;
        bound->charged += multiplier * (owed + (double)unit->charges[i].net_rate +
                                        (double)unit->charges[i].hedged_rate);
        bound->charges += 4.0 * multiplier;
    }
}

/* Rows for the options that portfolio accounts hold. */
static liq_status options_take(liq_stress_grid *grid, const liq_venue *venue, const liq_rows *rows,
                               liq_error *err)
{
    const liq_status status =
        liq_memory_array(&grid->options, venue->instrument_count, sizeof *grid->options, err);

    if (status != LIQ_OK)
        return status;
    for (uint32_t row = 0; row < rows->row_count; row++) {
        if (rows->keys[row].reason != LIQ_REASON_PORTFOLIO)
            continue;
        for (uint64_t i = rows->entry_first[row]; i < rows->entry_first[row + 1]; i++) {
            const uint32_t instrument = rows->tags[i] & LIQ_TAG_INDEX_MAX;

            if (rows->tags[i] >> LIQ_TAG_INDEX_BITS != LIQ_ENTRY_POSITION ||
                !grid->bounds[instrument].is_option || grid->bounds[instrument].is_known)
                continue;
            grid->bounds[instrument].is_known = true;
            grid->lots[instrument].rows = grid->option_row_count;
            grid->options[grid->option_count++] = instrument;
            grid->option_row_count +=
                grid->units[grid->lots[instrument].unit].scenario_count + LIQ_STRESS_OPTION_ROWS;
        }
    }
    return liq_memory_aligned(&grid->option_rows, (size_t)grid->option_row_count * LIQ_STRESS_TILE,
                              sizeof *grid->option_rows, LIQ_STRESS_TILE, err);
}

void liq_stress_grid_lane(const liq_stress_grid *grid, const liq_book *book,
                          const liq_market *market, uint32_t lane)
{
    for (uint32_t i = 0; i < grid->option_count; i++) {
        const uint32_t instrument = grid->options[i];
        const liq_instrument *terms = &book->venue.instruments[instrument];
        const liq_portfolio_instrument_record *record = &market->portfolio.instruments[instrument];
        const int64_t *pnl = liq_portfolio_market_pnl(&market->portfolio, instrument, false);
        const uint32_t count = grid->units[grid->lots[instrument].unit].scenario_count;
        const double exchange = (double)market->assets[terms->settle_index].exchange_rate /
                                (double)LIQ_EXCHANGE_RATE_ONE;
        const double forward =
            terms->option.is_inverse
                ? 1.0
                : double_of(book->instrument_marks[terms->option.underlying_index]);
        float *rows = grid->option_rows + (size_t)grid->lots[instrument].rows * LIQ_STRESS_TILE;

        for (uint32_t k = 0; k < count; k++)
            rows[k * LIQ_STRESS_TILE + lane] = (float)((double)pnl[k] / grid->fine_per_cash);
        rows[(count + LIQ_STRESS_OPTION_DELTA) * LIQ_STRESS_TILE + lane] =
            (float)((double)record->delta / grid->fine_per_cash);
        rows[(count + LIQ_STRESS_OPTION_VALUE) * LIQ_STRESS_TILE + lane] =
            record->reason != LIQ_REASON_NONE
                ? NAN
                : (float)(lot_units(&book->venue, instrument) * forward * exchange);
    }
}

/*
 * @param moved  receives what a lot may gain or lose in any scenario of the grid, units of its
 * asset
 * @param value  what it is an option on, likewise
 */
static bool option_bound(double *moved, double *value, const liq_stress_prices *prices,
                         uint32_t instrument)
{
    const liq_instrument *option = &prices->venue->instruments[instrument];
    const uint32_t index = option->option.underlying_index;
    const liq_instrument *underlying = &prices->venue->instruments[index];
    const liq_stress_span *span = &prices->spans[index];
    const liq_portfolio_grid *from = liq_portfolio_grid_of(&prices->venue->portfolio, option->base);
    const double lot = lot_units(prices->venue, instrument) * (1.0 + SURELY);
    const double strike = double_of(option->option.strike);
    const bool is_inverse = underlying->kind == LIQ_INSTRUMENT_INVERSE;
    const double unit = lot_units(prices->venue, index) * prices->fine_per_unit[index];
    double least;
    double most;

    if (underlying->kind >= LIQ_INSTRUMENT_OPTION || !span->fit || span->size_least == 0)
        return false;
    least = is_inverse ? unit / (double)span->size_most : (double)span->size_least / unit;
    most = is_inverse ? unit / (double)span->size_least : (double)span->size_most / unit;
    *moved = 0.0;
    *value = lot * (option->option.is_inverse ? 1.0 : most);
    for (uint32_t k = 0; k < from->scenario_count; k++) {
        const double move = 1.0 + (double)from->scenarios[k].price_ppm / MILLION;
        const double call = option->option.is_inverse ? 1.0 : most * fmax(move, 1.0);
        const double put = option->option.is_inverse ? strike / (least * fmin(move, 1.0)) : strike;

        *moved = fmax(*moved, lot * (option->option.is_put ? put : call) *
                                  ((double)from->scenarios[k].cover_ppm / MILLION));
    }
    return true;
}

/* What a lot is worth at a price of one, units of its asset. */
static double lot_units(const liq_venue *venue, uint32_t instrument)
{
    const liq_instrument *record = &venue->instruments[instrument];

    return double_of(record->lot_multiplier) *
           pow(10.0, venue->assets[record->settle_index].decimals);
}

static double double_of(liq_decimal value)
{
    return (double)value.digits * pow(10.0, -value.decimals);
}
