/*
 * Why bulk_max proves that the margin rule's checks pass (kernels/liq_collateral.h, liq_margin.h).
 * An account is refused when a sum of an asset reaches 2^63 units of it, or a sum of the account
 * 2^63 cash units. Within the horizon the bulk grows by less than a quarter, rates are below 9, and
 * the bulk counts cash, of which a unit of an asset is worth `exchange`; so a bulk below 2^57 x
 * min(1, exchange of every settle asset) keeps notional, exposure and requirements, at 9 x 1.25 x
 * 2^57 < 2^61, inside both. What the constant part of PnL and a balance may be, screen_row.c checks
 * when it packs a row.
 */
#include "scan/screen_cells.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/memory.h"

/* By how much the size of a position may grow against its tiers' floors within the horizon: the
   lot's value may rise to 1 + 1/16 and the exchange rate in it fall to 1 - 1/16. */
#define LOTS_GROWTH 1.15

/* Of the ends of two tiers: below it they are taken for one continuous line. Far below what the
   error share of a single entry covers. */
#define SMOOTH_SHARE 1e-12

/* A jump that is there, but costs nothing. */
#define JUMP_LEAST 0x1p-40

#define BULK_MAX 0x1p57
#define ORDER_UNITS_MAX 0x1p51

/* What one tier adds, in cash units. */
typedef struct tier_terms {
    double rate;
    double steep;
    double deduction;
    double above; /* lots */
    double up_to; /* lots; infinite for the last */
    bool jumps;
} tier_terms;

/* No size is inside. */
static const liq_f32x8 cell_unfit = {0.0f, 0.0f, 0.0f, 0.0f, 0.0f, 0.0f, -FLT_MAX, 0.0f};

static void values_name(liq_screen_cells *cells, const liq_market *market);
static bool is_smooth(const liq_market *market, const liq_venue *venue,
                      const liq_instrument *instrument);
static bool tier_is_smooth(const liq_market *market, const liq_venue *venue,
                           const liq_instrument *instrument, uint32_t tier);
static void terms_fill(liq_screen_terms *out, const liq_policy_record *policy);
static float factor_of(const liq_level_record *level);
static bool is_news(liq_screen_cells *cells, const liq_market *market, uint32_t index);
static void instrument_fill(liq_screen_cells *cells, const liq_market *market, uint32_t index);
static void tiers_charge(liq_screen_cells *cells, const liq_market *market, uint32_t index);
static tier_terms tier_read(const liq_screen_cells *cells, const liq_market *market,
                            const liq_instrument_record *instrument, uint32_t tier, bool jumps);
static double steepest(const liq_screen_cells *cells, const liq_market *market, uint32_t tier,
                       uint32_t end, double lots);
static double exchange_of(const liq_asset_record *asset);
static double units_of(liq_wide grains);
static float below(double value);
static float float_step(float value, int32_t by);

bool liq_screen_cells_fit(const liq_market *market)
{
    return (uint64_t)1 + market->tier_count + market->asset_count + market->instrument_count <=
           LIQ_SCREEN_CELLS_MAX;
}

liq_status liq_screen_cells_create(liq_screen_cells *out, const liq_market *market,
                                   const liq_venue *venue, liq_error *err)
{
    liq_screen_cells cells = {.venue = venue, .tier_first = 1};
    liq_status status;

    LIQ_ASSERT(liq_screen_cells_fit(market));
    cells.asset_first = cells.tier_first + market->tier_count;
    cells.order_first = cells.asset_first + market->asset_count;
    cells.cell_count = cells.order_first + market->instrument_count;
    cells.value_count = market->instrument_count + market->asset_count;
    if ((status = liq_memory_aligned(&cells.cells, cells.cell_count, sizeof *cells.cells,
                                     sizeof *cells.cells, err)) != LIQ_OK ||
        (status = liq_memory_array(&cells.values, cells.value_count, sizeof *cells.values, err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&cells.ends, market->tier_count, sizeof *cells.ends, err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&cells.seen, market->instrument_count, sizeof *cells.seen,
                                   err)) != LIQ_OK ||
        (status = liq_memory_array(&cells.tiers, market->tier_count, sizeof *cells.tiers, err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&cells.is_cash, cells.value_count, sizeof *cells.is_cash,
                                   err)) != LIQ_OK ||
        (status = liq_memory_array(&cells.cell_values, cells.cell_count, sizeof *cells.cell_values,
                                   err)) != LIQ_OK ||
        (status = liq_memory_array(&cells.is_smooth, market->instrument_count,
                                   sizeof *cells.is_smooth, err)) != LIQ_OK) {
        liq_screen_cells_clear(&cells);
        return status;
    }
    for (uint32_t i = 0; i < market->instrument_count; i++)
        cells.seen[i].exchange = -1.0;
    values_name(&cells, market);
    liq_screen_cells_update(&cells, market);
    *out = cells;
    return LIQ_OK;
}

void liq_screen_cells_clear(liq_screen_cells *cells)
{
    free(cells->cells);
    free(cells->values);
    free(cells->ends);
    free(cells->is_smooth);
    free(cells->is_cash);
    free(cells->tiers);
    free(cells->cell_values);
    free(cells->seen);
    *cells = (liq_screen_cells){0};
}

void liq_screen_cells_update(liq_screen_cells *cells, const liq_market *market)
{
    double least_exchange = 1.0;
    double rounding = 2.0;

    cells->cells[LIQ_SCREEN_CELL_NONE] =
        LIQ_F32X8(0.0f, 0.0f, 0.0f, 0.0f, 0.0f, 0.0f, 1.0f, FLT_MAX);
    for (uint32_t i = 0; i < market->instrument_count; i++)
        if (is_news(cells, market, i))
            instrument_fill(cells, market, i);
    for (uint32_t i = 0; i < market->asset_count; i++) {
        const double exchange = exchange_of(&market->assets[i]);
        const float value = (float)exchange;

        cells->values[market->instrument_count + i] = exchange;
        cells->cells[cells->asset_first + i] =
            exchange > 0.0 ? LIQ_F32X8(value, value, 0.0f, 0.0f, 0.0f, 0.0f, 1.0f, FLT_MAX)
                           : cell_unfit;
    }
    for (uint32_t i = 0; i < market->instrument_count; i++) {
        const double exchange = exchange_of(&market->assets[market->instruments[i].asset_index]);

        if (exchange > 0.0 && exchange < least_exchange)
            least_exchange = exchange;
        /* PnL and requirement are rounded by a unit of the asset each, and once more by a cash
         * unit. */
        if (i == 0 || market->instruments[i].asset_index != market->instruments[i - 1].asset_index)
            rounding += 2.0 * (exchange + 1.0);
    }
    terms_fill(&cells->terms, &market->policy);
    cells->terms.allowance = (float)(rounding * 1.01);
    cells->terms.highest_allowance = cells->terms.allowance * (1.0f + cells->terms.highest);
    cells->terms.bulk_max = below(BULK_MAX * least_exchange);
}

float liq_screen_cells_move(const double *from, const liq_screen_cells *to, float *shares)
{
    double largest = 0.0;

    for (uint32_t i = 0; i < to->value_count; i++) {
        double move;

        if (shares != NULL)
            shares[i] = 0.0f;
        /* Rows of what was and is unfit are in doubt, whatever happens. What has become fit has
           no base that its rows could have a reach from. */
        if (from[i] == 0.0 && to->values[i] == 0.0)
            continue;
        if (from[i] == 0.0 || to->values[i] == 0.0)
            return 1.0f;
        move = to->values[i] / from[i] - 1.0;
        if (shares != NULL)
            shares[i] = (float)move;
        largest = fabs(move) > largest ? fabs(move) : largest;
    }
    /* The quotient and the float are each right to far less than the share put on top; so are the
       roundings of the two marks, unless the largest move is of their own size. */
    return largest > 0.0 ? (float)(largest * (1.0 + 0x1p-20) + 0x1p-22) : 0.0f;
}

/* Orders' cells follow no value: what they bound is not equity. */
static void values_name(liq_screen_cells *cells, const liq_market *market)
{
    const uint32_t bytes = cells->cell_count * (uint32_t)sizeof *cells->cell_values;

    memset(cells->cell_values, 0xff, bytes);
    for (uint32_t i = 0; i < market->instrument_count; i++) {
        const liq_instrument_record *record = &market->instruments[i];

        cells->is_cash[i] =
            (market->assets[record->asset_index].flags & LIQ_ASSET_MARGIN_CURRENCY) != 0;
        for (uint32_t tier = 0; tier < record->tier_count; tier++)
            cells->cell_values[cells->tier_first + record->tier_first + tier] = (uint16_t)i;
    }
    for (uint32_t i = 0; i < market->asset_count; i++)
        cells->cell_values[cells->asset_first + i] = (uint16_t)(market->instrument_count + i);
}

static bool is_smooth(const liq_market *market, const liq_venue *venue,
                      const liq_instrument *instrument)
{
    if (instrument->tier_form != LIQ_TIER_DEDUCTION && instrument->tier_form != LIQ_TIER_MARGINAL)
        return false;
    for (uint32_t i = 0; i < instrument->tier_count; i++)
        if (!tier_is_smooth(market, venue, instrument, instrument->tier_first + i))
            return false;
    return true;
}

/* Whether a tier starts where the one below ends, and its deduction is never above the requirement.
 */
static bool tier_is_smooth(const liq_market *market, const liq_venue *venue,
                           const liq_instrument *instrument, uint32_t tier)
{
    const liq_asset *asset = &venue->assets[instrument->settle_index];
    const double per_rate = (double)market->assets[instrument->settle_index].grains_per_fine;
    const liq_tier_record *record = &market->tiers[tier];
    const double rate = (double)record->maintenance_rate / per_rate;
    const double deduction = units_of(record->deduction);
    liq_int128 floor_fine;
    double floor;

    if (!liq_decimal_scale(&floor_fine, venue->tiers[tier].floor, asset->value_decimals,
                           LIQ_ROUND_FLOOR))
        return false;
    floor = (double)floor_fine / ((double)LIQ_GRAINS_PER_UNIT / per_rate);
    if (deduction < 0.0 || deduction > floor * rate)
        return false;
    if (tier == instrument->tier_first)
        return true;
    return fabs(deduction - units_of(record[-1].deduction) -
                floor * (rate - (double)record[-1].maintenance_rate / per_rate)) <=
           floor * rate * SMOOTH_SHARE;
}

/* The levels that part the statuses; what is past them is to be liquidated, or bankrupt. */
static void terms_fill(liq_screen_terms *out, const liq_policy_record *policy)
{
    const float liquidate = factor_of(&policy->levels[2]);
    const float backstop = factor_of(&policy->levels[3]);

    *out = (liq_screen_terms){.warning = factor_of(&policy->levels[0]),
                              .reduce_only = factor_of(&policy->levels[1]),
                              .past = liquidate >= 0.0f ? liquidate : backstop};
    /* Without such a level an account is let be until it is bankrupt. */
    if (out->past < 0.0f)
        out->past = 0.0f;
    out->highest = fmaxf(out->past, fmaxf(out->warning, out->reduce_only));
}

/* Equity over maintenance at which a level is met; below zero: there is no such level. */
static float factor_of(const liq_level_record *level)
{
    if (level->equity_factor == 0)
        return -1.0f;
    return (float)((double)level->requirement_factor / (double)level->equity_factor);
}

/* Tiers follow the value of a lot and the factors on rates, so an instrument of which these stay
   has the cells that it had. */
static bool is_news(liq_screen_cells *cells, const liq_market *market, uint32_t index)
{
    liq_screen_seen *seen = &cells->seen[index];
    const liq_instrument_record *record = &market->instruments[index];
    const double exchange = exchange_of(&market->assets[record->asset_index]);
    const liq_margin_factors factors = market->factors[index];
    const bool rescaled = seen->exchange < 0.0 || !liq_margin_factors_equal(seen->factors, factors);

    if (seen->value_floor == record->value_floor && seen->value_ceil == record->value_ceil &&
        seen->exchange == exchange && seen->flags == record->flags && !rescaled)
        return false;
    if (rescaled) {
        cells->is_smooth[index] =
            is_smooth(market, cells->venue, &cells->venue->instruments[index]);
        tiers_charge(cells, market, index);
    }
    *seen = (liq_screen_seen){.value_floor = record->value_floor,
                              .value_ceil = record->value_ceil,
                              .exchange = exchange,
                              .flags = record->flags,
                              .factors = factors};
    return true;
}

static void instrument_fill(liq_screen_cells *cells, const liq_market *market, uint32_t index)
{
    const liq_instrument_record *record = &market->instruments[index];
    const liq_asset_record *asset = &market->assets[record->asset_index];
    const double exchange = exchange_of(asset);
    const double fine_per_unit = (double)LIQ_GRAINS_PER_UNIT / (double)asset->grains_per_fine;
    const double value = (double)record->value_floor / fine_per_unit * exchange;
    const double size = fabs(value);
    const double gap = (double)(record->value_ceil - record->value_floor);
    const bool fit = (record->flags & ~LIQ_INSTRUMENT_CONTINUOUS) == 0 && exchange > 0.0 &&
                     gap <= fabs((double)record->value_floor) * 0x1p-25 && size > 0.0;

    cells->values[index] = fit ? value : 0.0;
    cells->cells[cells->order_first + index] =
        fit ? LIQ_F32X8(0.0f, 0.0f, 0.0f, 0.0f, 0.0f, 0.0f, 1.0f,
                        below(ORDER_UNITS_MAX / (size + size / exchange)))
            : cell_unfit;
    for (uint32_t i = record->tier_first; i < record->tier_first + record->tier_count; i++) {
        const tier_terms tier = tier_read(cells, market, record, i, !cells->is_smooth[index]);
        /* Never zero where the deduction is passed over: that is how the screen knows. */
        const double jump = tier.jumps ? fmax(tier.steep - tier.rate, JUMP_LEAST) : 0.0;
        const float end = below(tier.up_to);

        cells->cells[cells->tier_first + i] =
            fit ? LIQ_F32X8((float)value, (float)size, (float)(size * tier.rate),
                            -(float)(tier.deduction * exchange), (float)(size * tier.steep),
                            (float)(size * jump), -(float)tier.above, end)
                : cell_unfit;
        cells->ends[i] = fmaxf(cells->ends[i], end);
    }
}

static void tiers_charge(liq_screen_cells *cells, const liq_market *market, uint32_t index)
{
    const liq_instrument_record *record = &market->instruments[index];
    const double scale = 1.0 / (double)market->assets[record->asset_index].grains_per_fine;

    for (uint32_t i = record->tier_first; i < record->tier_first + record->tier_count; i++)
        cells->tiers[i] =
            (liq_screen_tier){.rate = (double)market->tiers[i].maintenance_rate * scale,
                              .deduction = units_of(market->tiers[i].deduction)};
}

/* Of a table that jumps somewhere deductions are passed over and what may come is taken for a jump:
   more is required than by the rule, never less. */
static tier_terms tier_read(const liq_screen_cells *cells, const liq_market *market,
                            const liq_instrument_record *instrument, uint32_t tier, bool jumps)
{
    const uint32_t end = instrument->tier_first + instrument->tier_count;
    const double floor = (double)market->tiers[tier].floor_lots;
    tier_terms out = {.rate = cells->tiers[tier].rate,
                      .above = floor < 0x1p23 ? floor - 0.5 : (double)float_step((float)floor, 1),
                      .up_to = tier + 1 < end ? (double)market->tiers[tier + 1].floor_lots
                                              : (double)INT64_MAX,
                      .jumps = jumps};

    out.steep = cells->tiers[end - 1].rate;
    if (tier + 1 < end)
        out.steep = steepest(cells, market, tier, end, (out.up_to + 1.0) * LOTS_GROWTH + 1.0);
    if (!jumps)
        out.deduction = cells->tiers[tier].deduction;
    return out;
}

/* The highest rate of the tiers that a size in this one may come to within the horizon. */
static double steepest(const liq_screen_cells *cells, const liq_market *market, uint32_t tier,
                       uint32_t end, double lots)
{
    double rate = cells->tiers[tier].rate;

    for (uint32_t i = tier + 1; i < end && (double)market->tiers[i].floor_lots <= lots; i++)
        if (cells->tiers[i].rate > rate)
            rate = cells->tiers[i].rate;
    return rate;
}

/* Cash units of a unit of an asset; 0: there is no index price. */
static double exchange_of(const liq_asset_record *asset)
{
    return (double)asset->exchange_rate / (double)LIQ_EXCHANGE_RATE_ONE;
}

static double units_of(liq_wide grains)
{
    return ((double)(liq_i64)grains.high * 0x1p64 + (double)grains.low) /
           (double)LIQ_GRAINS_PER_UNIT;
}

/* The largest float that is certainly below a value. */
static float below(double value)
{
    return value > FLT_MAX ? FLT_MAX : float_step((float)value, -1);
}

/* nextafterf without a call: a market has thousands of tiers, and each two. @param value  0 or more
 */
static float float_step(float value, int32_t by)
{
    int32_t bits;

    memcpy(&bits, &value, sizeof bits);
    bits = bits + by < 0 ? 0 : bits + by;
    memcpy(&value, &bits, sizeof bits);
    return value;
}
