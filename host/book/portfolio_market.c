#include "book/portfolio_market.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/memory.h"
#include "book/market.h"
#include "book/portfolio_lot.h"
#include "book/portfolio_option.h"

/* No mark has these digits. */
enum { MARK_UNKNOWN = -1, ONE = 1000000 };

_Static_assert(LIQ_PORTFOLIO_GRID_SCENARIOS_MAX == LIQ_PORTFOLIO_SCENARIOS_MAX, "one limit");
_Static_assert(LIQ_PORTFOLIO_CHARGE_KINDS == LIQ_PORTFOLIO_CHARGES, "the same kinds");

/* Underlyings while they are found. */
typedef struct unit_finder {
    liq_names *bases;
    const liq_portfolio_grid **grids; /* by base */
    uint32_t *units;                  /* by base */
    size_t grids_capacity;
    size_t units_capacity;
} unit_finder;

static liq_status units_find(unit_finder *finder, liq_portfolio_market *portfolio,
                             const liq_venue *venue, liq_error *err);
static liq_status units_take(unit_finder *finder, liq_portfolio_market *portfolio,
                             const liq_venue *venue, liq_error *err);
static liq_status instruments_take(const unit_finder *finder, liq_portfolio_market *portfolio,
                                   const liq_venue *venue, liq_error *err);
static liq_status charge_take(liq_portfolio_market *portfolio, liq_portfolio_charge_record *out,
                              const liq_portfolio_charge *charge, const liq_venue *venue,
                              size_t *capacity, liq_error *err);
static liq_wide fine_of(liq_decimal amount, int32_t decimals);
static liq_portfolio_inputs inputs_of(const liq_book *book, const liq_market *market,
                                      uint32_t instrument_index);
static bool inputs_equal(const liq_portfolio_inputs *left, const liq_portfolio_inputs *right);
static bool decimals_equal(liq_decimal left, liq_decimal right);
static void instrument_fill(liq_portfolio_market *portfolio, const liq_venue *venue,
                            const liq_portfolio_inputs *inputs, uint32_t instrument_index);
static void future_fill(liq_portfolio_lot *out, const liq_instrument *instrument,
                        const liq_portfolio_grid *grid, const liq_portfolio_inputs *inputs);
static uint32_t lot_store(liq_portfolio_instrument_record *record, int64_t *pnl,
                          const liq_portfolio_lot *lot, const liq_portfolio_grid *grid,
                          liq_fine_exchange exchange);
static bool charges_store(liq_portfolio_instrument_record *record, const liq_portfolio_lot *lot,
                          const liq_portfolio_grid *grid, liq_int128 underlying);
static void most_note(liq_portfolio_instrument_record *record, int64_t value);

liq_status liq_portfolio_market_create(liq_portfolio_market *out, const liq_venue *venue,
                                       const liq_market *market, liq_error *err)
{
    liq_portfolio_market portfolio = {.instrument_count = venue->instrument_count};
    unit_finder finder = {0};
    liq_status status = LIQ_OK;

    *out = (liq_portfolio_market){0};
    if (venue->portfolio.grid_count == 0)
        return LIQ_OK;
    portfolio.policy =
        (liq_portfolio_policy_record){.sum_max = market->assets[0].fine_max,
                                      .maintenance_factor = venue->portfolio.maintenance_ppm,
                                      .initial_factor = venue->portfolio.initial_ppm};
    if ((status = units_find(&finder, &portfolio, venue, err)) != LIQ_OK ||
        (status = units_take(&finder, &portfolio, venue, err)) != LIQ_OK ||
        (status = instruments_take(&finder, &portfolio, venue, err)) != LIQ_OK)
        goto done;
    *out = portfolio;
    portfolio = (liq_portfolio_market){0}; /* given away */
done:
    liq_portfolio_market_clear(&portfolio);
    liq_names_destroy(finder.bases);
    free(finder.grids);
    free(finder.units);
    return status;
}

void liq_portfolio_market_clear(liq_portfolio_market *portfolio)
{
    free(portfolio->instruments);
    free(portfolio->units);
    free(portfolio->tiers);
    free(portfolio->grid);
    free(portfolio->inputs);
    *portfolio = (liq_portfolio_market){0};
}

void liq_portfolio_market_update(liq_portfolio_market *portfolio, const liq_book *book,
                                 const liq_market *market)
{
    if (!liq_portfolio_market_exists(portfolio))
        return;
    for (uint32_t i = 0; i < portfolio->instrument_count; i++) {
        const liq_portfolio_inputs inputs = inputs_of(book, market, i);

        if (portfolio->instruments[i].unit == LIQ_NO_INDEX ||
            inputs_equal(&inputs, &portfolio->inputs[i]))
            continue;
        portfolio->inputs[i] = inputs;
        instrument_fill(portfolio, &book->venue, &inputs, i);
    }
}

liq_portfolio_tables liq_portfolio_market_tables(const liq_portfolio_market *portfolio)
{
    return (liq_portfolio_tables){.instruments = portfolio->instruments,
                                  .units = portfolio->units,
                                  .tiers = portfolio->tiers,
                                  .grid = portfolio->grid,
                                  .policy = &portfolio->policy};
}

const int64_t *liq_portfolio_market_pnl(const liq_portfolio_market *portfolio,
                                        uint32_t instrument_index, bool is_short)
{
    const liq_portfolio_instrument_record *record = &portfolio->instruments[instrument_index];

    return portfolio->grid + record->grid_first +
           (is_short ? portfolio->units[record->unit].scenario_count : 0);
}

uint64_t liq_portfolio_market_memory(const liq_portfolio_market *portfolio)
{
    return portfolio->instrument_count *
               (sizeof *portfolio->instruments + sizeof *portfolio->inputs) +
           portfolio->unit_count * sizeof *portfolio->units +
           portfolio->tier_count * sizeof *portfolio->tiers +
           portfolio->grid_count * sizeof *portfolio->grid;
}

/* The bases that have a grid. */
static liq_status units_find(unit_finder *finder, liq_portfolio_market *portfolio,
                             const liq_venue *venue, liq_error *err)
{
    liq_status status = liq_names_create(&finder->bases, err);

    for (uint32_t i = 0; status == LIQ_OK && i < venue->instrument_count; i++) {
        const char *base = venue->instruments[i].base;
        const liq_portfolio_grid *grid = liq_portfolio_grid_of(&venue->portfolio, base);
        uint32_t index;

        if (grid == NULL || venue->instruments[i].kind == LIQ_INSTRUMENT_INDEX)
            continue;
        status = liq_names_add(finder->bases, liq_text_of(base), &index, err);
        if (status == LIQ_DUPLICATE) {
            status = LIQ_OK;
            continue;
        }
        if (status == LIQ_OK && index == LIQ_PORTFOLIO_UNITS_MAX)
            return liq_fail(err, LIQ_OUT_OF_RANGE, 0,
                            "venue.json: portfolio: more than %u underlyings have a grid",
                            LIQ_PORTFOLIO_UNITS_MAX);
        if (status != LIQ_OK ||
            (status = liq_memory_grow(&finder->grids, &finder->grids_capacity, (size_t)index + 1,
                                      sizeof *finder->grids, err)) != LIQ_OK)
            return status;
        finder->grids[index] = grid;
    }
    portfolio->unit_count = liq_names_count(finder->bases);
    return status;
}

/* Classes that are shared come first, each of its underlyings beside the others. */
static liq_status units_take(unit_finder *finder, liq_portfolio_market *portfolio,
                             const liq_venue *venue, liq_error *err)
{
    const uint32_t shared = venue->portfolio.class_count;
    const uint32_t count = portfolio->unit_count;
    size_t tier_capacity = 0;
    uint32_t used = 0;
    uint32_t alone = 0;
    liq_status status;

    if ((status = liq_memory_array(&portfolio->units, count, sizeof *portfolio->units, err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&finder->units, count, sizeof *finder->units, err)) != LIQ_OK)
        return status;
    for (uint32_t class_index = 0; class_index <= shared; class_index++)
        for (uint32_t base = 0; base < count; base++) {
            const liq_portfolio_grid *grid = finder->grids[base];
            liq_portfolio_unit_record *unit = &portfolio->units[used];

            if (class_index != (grid->is_shared ? grid->class_index : shared))
                continue;
            finder->units[base] = used++;
            *unit = (liq_portfolio_unit_record){
                .class_index = grid->is_shared ? class_index : shared + alone++,
                .scenario_count = liq_portfolio_padded(grid->scenario_count),
                .gain_share = grid->gain_share_ppm};
            for (uint32_t i = 0; i < LIQ_PORTFOLIO_CHARGES; i++)
                if ((status = charge_take(portfolio, &unit->charges[i], &grid->charges[i], venue,
                                          &tier_capacity, err)) != LIQ_OK)
                    return status;
        }
    return status;
}

static liq_status instruments_take(const unit_finder *finder, liq_portfolio_market *portfolio,
                                   const liq_venue *venue, liq_error *err)
{
    const uint32_t count = venue->instrument_count;
    liq_status status;

    if ((status = liq_memory_array(&portfolio->instruments, count, sizeof *portfolio->instruments,
                                   err)) != LIQ_OK ||
        (status = liq_memory_array(&portfolio->inputs, count, sizeof *portfolio->inputs, err)) !=
            LIQ_OK)
        return status;
    for (uint32_t i = 0; i < count; i++) {
        liq_portfolio_instrument_record *record = &portfolio->instruments[i];
        uint32_t base;

        portfolio->inputs[i].mark.digits = MARK_UNKNOWN;
        record->unit = LIQ_NO_INDEX;
        if (venue->instruments[i].kind == LIQ_INSTRUMENT_INDEX ||
            !liq_names_find(finder->bases, liq_text_of(venue->instruments[i].base), &base))
            continue;
        record->unit = finder->units[base];
        record->grid_first = (uint32_t)portfolio->grid_count;
        portfolio->grid_count += 2 * portfolio->units[record->unit].scenario_count;
    }
    return liq_memory_array(&portfolio->grid, (size_t)portfolio->grid_count,
                            sizeof *portfolio->grid, err);
}

static liq_status charge_take(liq_portfolio_market *portfolio, liq_portfolio_charge_record *out,
                              const liq_portfolio_charge *charge, const liq_venue *venue,
                              size_t *capacity, liq_error *err)
{
    const liq_status status = liq_memory_grow(
        &portfolio->tiers, capacity, (size_t)portfolio->tier_count + charge->tier_count + 1,
        sizeof *portfolio->tiers, err);

    if (status != LIQ_OK)
        return status;
    *out = (liq_portfolio_charge_record){.net_rate = charge->net_delta_ppm,
                                         .hedged_rate = charge->hedged_delta_ppm,
                                         .tier_first = portfolio->tier_count,
                                         .tier_count = charge->tier_count};
    for (uint32_t i = 0; i < charge->tier_count; i++) {
        const bool is_last = i + 1 == charge->tier_count;
        liq_portfolio_tier_record *tier = &portfolio->tiers[portfolio->tier_count++];

        tier->up_to = is_last ? portfolio->policy.sum_max
                              : fine_of(charge->tiers[i].up_to, venue->assets[0].value_decimals);
        tier->multiplier = charge->tiers[i].multiplier_ppm;
    }
    return LIQ_OK;
}

/* Down, so that more of a charge lies in the slices above; past 127 bits no charge gets there. */
static liq_wide fine_of(liq_decimal amount, int32_t decimals)
{
    liq_int128 fine;

    if (!liq_decimal_scale(&fine, amount, decimals, LIQ_ROUND_FLOOR))
        fine = LIQ_INT128_MAX;
    return liq_wide_make((uint64_t)((liq_uint128)fine >> 64), (uint64_t)fine);
}

static liq_portfolio_inputs inputs_of(const liq_book *book, const liq_market *market,
                                      uint32_t instrument_index)
{
    const liq_instrument *instrument = &book->venue.instruments[instrument_index];
    const liq_instrument_record *record = &market->instruments[instrument_index];
    liq_portfolio_inputs out = {.mark = book->instrument_marks[instrument_index],
                                .exchange_rate =
                                    market->assets[instrument->settle_index].exchange_rate,
                                .value_floor = record->value_floor,
                                .value_ceil = record->value_ceil};

    if (instrument->kind != LIQ_INSTRUMENT_OPTION)
        return out;
    out.underlying_mark = book->instrument_marks[instrument->option.underlying_index];
    out.volatility = book->instrument_marks[instrument->option.volatility_index];
    out.days = book->instrument_marks[instrument->option.days_index];
    return out;
}

static bool inputs_equal(const liq_portfolio_inputs *left, const liq_portfolio_inputs *right)
{
    return decimals_equal(left->mark, right->mark) &&
           decimals_equal(left->underlying_mark, right->underlying_mark) &&
           decimals_equal(left->volatility, right->volatility) &&
           decimals_equal(left->days, right->days) && left->exchange_rate == right->exchange_rate &&
           left->value_floor == right->value_floor && left->value_ceil == right->value_ceil;
}

static bool decimals_equal(liq_decimal left, liq_decimal right)
{
    return left.digits == right.digits && left.decimals == right.decimals;
}

/* An instrument without a mark has no numbers, and its rows are refused for the mark. */
static void instrument_fill(liq_portfolio_market *portfolio, const liq_venue *venue,
                            const liq_portfolio_inputs *inputs, uint32_t instrument_index)
{
    const liq_instrument *instrument = &venue->instruments[instrument_index];
    const liq_portfolio_grid *grid = liq_portfolio_grid_of(&venue->portfolio, instrument->base);
    liq_portfolio_instrument_record *record = &portfolio->instruments[instrument_index];
    int64_t *pnl = portfolio->grid + record->grid_first;
    liq_portfolio_lot lot = {.reason_index = instrument_index};

    memset(pnl, 0, 2 * liq_portfolio_padded(grid->scenario_count) * sizeof *pnl);
    record->delta = 0;
    record->most = 0;
    memset(record->long_charges, 0, sizeof record->long_charges);
    memset(record->short_charges, 0, sizeof record->short_charges);
    if (instrument->kind == LIQ_INSTRUMENT_OPTION)
        liq_portfolio_option_fill(&lot, venue, instrument_index, grid, inputs);
    else
        future_fill(&lot, instrument, grid, inputs);
    if (lot.reason == LIQ_REASON_NONE)
        lot.reason =
            lot_store(record, pnl, &lot, grid,
                      liq_fine_exchange_of(venue, instrument->settle_index, inputs->exchange_rate));
    record->reason = lot.reason;
    record->reason_index = lot.reason == LIQ_REASON_NONE ? 0 : lot.reason_index;
}

/* Its delta is all of its value: what a lot stands for. */
static void future_fill(liq_portfolio_lot *out, const liq_instrument *instrument,
                        const liq_portfolio_grid *grid, const liq_portfolio_inputs *inputs)
{
    const liq_bracket value = {inputs->value_floor, inputs->value_ceil};
    const liq_bracket size =
        instrument->kind == LIQ_INSTRUMENT_INVERSE ? (liq_bracket){-value.high, -value.low} : value;

    out->underlying = size;
    out->delta = size;
    for (uint32_t i = 0; i < grid->scenario_count; i++)
        out->pnl[i] = liq_scenario_pnl(instrument->kind, value, &grid->scenarios[i]);
}

/* What a long holds is worth the least, what a short owes the most. */
static uint32_t lot_store(liq_portfolio_instrument_record *record, int64_t *pnl,
                          const liq_portfolio_lot *lot, const liq_portfolio_grid *grid,
                          liq_fine_exchange exchange)
{
    int64_t *shorts = pnl + liq_portfolio_padded(grid->scenario_count);
    const liq_int128 settle_max = (liq_int128)10 * LIQ_LOT_VALUE_MAX;
    const bool falls = lot->delta.low < 0;
    liq_bracket value;

    for (uint32_t i = 0; i < grid->scenario_count; i++) {
        if (lot->pnl[i].low < -settle_max || lot->pnl[i].high > settle_max)
            return LIQ_REASON_SCENARIO;
        value = liq_fine_exchanged(lot->pnl[i], exchange);
        if (value.low < -LIQ_LOT_VALUE_MAX || value.high > LIQ_LOT_VALUE_MAX)
            return LIQ_REASON_SCENARIO;
        pnl[i] = (int64_t)value.low;
        shorts[i] = (int64_t)value.high;
        most_note(record, pnl[i]);
        most_note(record, shorts[i]);
    }
    value = liq_fine_exchanged(lot->delta, exchange);
    if (value.low < -LIQ_LOT_VALUE_MAX || value.high > LIQ_LOT_VALUE_MAX)
        return LIQ_REASON_SCENARIO;
    record->delta = (int64_t)(falls ? value.low : value.high);
    most_note(record, record->delta);
    value = liq_fine_exchanged(lot->underlying, exchange);
    if (value.high > LIQ_LOT_VALUE_MAX || !charges_store(record, lot, grid, value.high))
        return LIQ_REASON_SCENARIO;
    return LIQ_REASON_NONE;
}

static bool charges_store(liq_portfolio_instrument_record *record, const liq_portfolio_lot *lot,
                          const liq_portfolio_grid *grid, liq_int128 underlying)
{
    const liq_bracket value = {underlying, underlying};

    for (uint32_t i = 0; i < LIQ_PORTFOLIO_CHARGES; i++) {
        const liq_portfolio_charge *charge = &grid->charges[i];
        const uint32_t held = lot->is_option ? charge->option_ppm : charge->future_ppm;
        const uint32_t owed = held + (lot->is_option ? charge->short_option_ppm : 0);
        const liq_int128 long_charge = liq_bracket_scaled(value, held, ONE).high;
        const liq_int128 short_charge = liq_bracket_scaled(value, owed, ONE).high;

        if (short_charge > LIQ_LOT_VALUE_MAX)
            return false;
        record->long_charges[i] = (int64_t)long_charge;
        record->short_charges[i] = (int64_t)short_charge;
        most_note(record, record->short_charges[i]);
    }
    return true;
}

static void most_note(liq_portfolio_instrument_record *record, int64_t value)
{
    if (liq_size_of(value) > record->most)
        record->most = liq_size_of(value);
}
