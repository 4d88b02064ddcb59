/*
 * Why no sum of a packed row can overflow in the margin rule: as in screen_cells.c and
 * screen_row.c, but at the highest prices of the batch in place of a horizon. The sum of the sizes
 * of all terms, orders included, stays below 2^57 cash units and 2^57 units of every settle asset,
 * and rates below 9; the constant part of an asset's PnL and its balance below 2^61 units.
 */
#include "scan/stress_pack.h"

#include <math.h>
#include <stdlib.h>

#include "base/fail.h"
#include "base/memory.h"
#include "book/portfolio_rows.h"
#include "scan/stress_tiers.h"
#include "scan/weighted.h"

#define BULK_MAX 0x1p57
#define UNITS_MAX 0x1p61
#define UNITS_SAFE 0x1p39
#define NARROW_MAX 0x1p62

/* Roundings of what a grid requires, beside those that entries count: of a leg, and of slices. */
enum { GRID_LEG_TERMS = 2, GRID_TERMS = 64 };

/* A row that is being packed. */
typedef struct row_state {
    liq_stress_pack *pack;
    const liq_rows *rows;
    const liq_market *market;
    const liq_stress_prices *prices;
    const liq_stress_grid *grid;
    double equity;         /* cash units */
    double required;       /* likewise */
    double equity_terms;   /* sum of sizes */
    double required_terms; /* likewise */
    double order_terms;    /* sizes of exposures */
    double equity_slack;   /* cash units: what the rule rounds in values of lots */
    double required_slack; /* likewise, and in rates */
    double rounding;       /* cash units, of assets other than the margin currency */
    double least_exchange; /* of those */
    liq_int128 entry_fine; /* of the open segment: sum of lots x value at entry */
    double deduction;      /* of the open segment, units */
    uint32_t exposure;     /* instrument whose orders count for the tier; LIQ_NO_INDEX: none */
    uint32_t segment_legs;
    uint32_t positions;
    uint32_t terms;
    bool has_orders;
    bool by_grid;     /* of portfolio margin */
    bool has_options; /* so that in some scenario it may have no value */
    bool owes;
    bool unvalued;
    bool hard;
} row_state;

static liq_status row_pack(row_state *state, uint32_t row, liq_error *err);
static liq_status leg_pack(row_state *state, uint64_t at, liq_error *err);
static liq_status position_pack(row_state *state, uint32_t instrument, int64_t lots,
                                liq_error *err);
static liq_status portfolio_pack(row_state *state, uint32_t row, liq_error *err);
static void portfolio_leg(row_state *state, uint32_t instrument, int64_t lots);
static liq_status bends_pack(row_state *state, const liq_stress_leg *leg, liq_error *err);
static liq_status order_pack(row_state *state, uint32_t instrument, int64_t lots, int64_t limit,
                             liq_error *err);
static void exposure_pack(row_state *state, uint32_t instrument, int64_t longs, int64_t shorts);
static liq_status segment_close(row_state *state, uint32_t tag, int64_t amount, liq_error *err);
static uint32_t row_finish(row_state *state, liq_stress_slot *slot);
static bool is_narrow(const row_state *state);
static liq_status entry_add(row_state *state, liq_stress_entry entry, liq_error *err);
static liq_status bend_add(row_state *state, liq_stress_bend bend, liq_error *err);
static double exchange_most(const liq_stress_prices *prices, uint32_t asset);
static float above(double value);

liq_status liq_stress_pack_create(liq_stress_pack *out, const liq_rows *rows, liq_error *err)
{
    liq_stress_pack pack = {.row_count = rows->row_count};
    liq_status status;

    if ((status = liq_memory_array(&pack.slots, rows->row_count, sizeof *pack.slots, err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&pack.slot_rows, rows->row_count, sizeof *pack.slot_rows,
                                   err)) != LIQ_OK ||
        (status = liq_memory_array(&pack.row_plain, rows->row_count, 1, err)) != LIQ_OK ||
        (status = liq_memory_array(&pack.row_narrow, rows->row_count, 1, err)) != LIQ_OK ||
        (status = liq_memory_array(&pack.hard_rows, rows->row_count, sizeof *pack.hard_rows,
                                   err)) != LIQ_OK ||
        (status = liq_memory_array(&pack.row_kinds, rows->row_count, 1, err)) != LIQ_OK) {
        liq_stress_pack_clear(&pack);
        return status;
    }
    for (uint32_t row = 0; row < rows->row_count; row++)
        pack.row_plain[row] = liq_stress_row_plain(rows, row);
    *out = pack;
    return LIQ_OK;
}

void liq_stress_pack_clear(liq_stress_pack *pack)
{
    free(pack->slots);
    free(pack->slot_rows);
    free(pack->row_plain);
    free(pack->row_narrow);
    free(pack->entries);
    free(pack->bends);
    free(pack->hard_rows);
    free(pack->row_kinds);
    *pack = (liq_stress_pack){0};
}

liq_status liq_stress_pack_fill(liq_stress_pack *pack, const liq_rows *rows,
                                const liq_market *market, const liq_stress_prices *prices,
                                const liq_stress_grid *grid, liq_error *err)
{
    liq_status status = LIQ_OK;

    LIQ_ASSERT(pack->row_count == rows->row_count);
    pack->entry_count = 0;
    pack->bend_count = 0;
    pack->slot_count = 0;
    pack->hard_count = 0;
    pack->unvalued_count = 0;
    for (uint32_t row = 0; status == LIQ_OK && row < rows->row_count; row++) {
        const bool by_grid = liq_stress_row_by_grid(rows, market, row);
        row_state state = {.pack = pack,
                           .rows = rows,
                           .market = market,
                           .prices = prices,
                           .grid = grid,
                           .least_exchange = 1.0,
                           .exposure = LIQ_NO_INDEX,
                           .by_grid = by_grid,
                           .unvalued = rows->keys[row].reason != LIQ_REASON_NONE && !by_grid};

        status = row_pack(&state, row, err);
    }
    return status;
}

bool liq_stress_row_plain(const liq_rows *rows, uint32_t row)
{
    for (uint64_t i = rows->entry_first[row]; i < rows->entry_first[row + 1]; i++) {
        const uint32_t kind = rows->tags[i] >> LIQ_TAG_INDEX_BITS;

        if (kind == LIQ_ENTRY_ORDER ||
            (kind >= LIQ_ENTRY_BALANCE && (rows->tags[i] & LIQ_TAG_INDEX_MAX) != 0))
            return false;
    }
    return true;
}

bool liq_stress_row_by_grid(const liq_rows *rows, const liq_market *market, uint32_t row)
{
    return rows->keys[row].reason == LIQ_REASON_PORTFOLIO &&
           liq_portfolio_market_exists(&market->portfolio);
}

liq_stress_levels liq_stress_levels_of(const liq_policy_record *policy)
{
    liq_stress_levels out = {.count = 0};

    for (uint32_t i = 0; i < LIQ_LEVELS; i++) {
        const liq_level_record *level = &policy->levels[i];

        if (level->equity_factor == 0)
            continue;
        out.factors[out.count] =
            (float)((double)level->requirement_factor / (double)level->equity_factor);
        out.statuses[out.count++] = i + 1;
    }
    out.statuses[out.count++] = LIQ_ROW_BANKRUPT;
    return out;
}

static liq_status row_pack(row_state *state, uint32_t row, liq_error *err)
{
    liq_stress_pack *pack = state->pack;
    liq_stress_slot slot = {.entry_first = pack->entry_count, .bend_first = pack->bend_count};
    liq_status status = state->by_grid ? portfolio_pack(state, row, err) : LIQ_OK;
    uint32_t kind;

    for (uint64_t i = state->rows->entry_first[row];
         status == LIQ_OK && i < state->rows->entry_first[row + 1] && !state->unvalued; i++)
        status = leg_pack(state, i, err);
    if (status != LIQ_OK)
        return status;
    kind = row_finish(state, &slot);
    pack->row_kinds[row] = (uint8_t)kind;
    pack->row_narrow[row] = kind == LIQ_STRESS_ROW_SLOT && pack->row_plain[row] != 0 &&
                            !state->has_options && is_narrow(state);
    if (kind == LIQ_STRESS_ROW_SLOT) {
        slot.entry_count = pack->entry_count - slot.entry_first;
        slot.bend_count = pack->bend_count - slot.bend_first;
        pack->slot_rows[pack->slot_count] = row;
        pack->slots[pack->slot_count++] = slot;
        return LIQ_OK;
    }
    pack->entry_count = slot.entry_first;
    pack->bend_count = slot.bend_first;
    pack->unvalued_count += kind == LIQ_ROW_UNVALUED;
    if (kind == LIQ_STRESS_ROW_HARD)
        pack->hard_rows[pack->hard_count++] = row;
    return LIQ_OK;
}

/* An entry of the row; of one that is hard only what says that it never has a value still counts.
 */
static liq_status leg_pack(row_state *state, uint64_t at, liq_error *err)
{
    const uint32_t tag = state->rows->tags[at];
    const uint32_t kind = tag >> LIQ_TAG_INDEX_BITS;
    const uint32_t index = tag & LIQ_TAG_INDEX_MAX;
    const int64_t quantity = state->rows->quantities[at];
    const int64_t value = state->rows->values[at];

    if (kind >= LIQ_ENTRY_BALANCE)
        return segment_close(state, tag, quantity, err);
    if ((state->market->instruments[index].flags & LIQ_INSTRUMENT_NO_MARK) != 0 ||
        (kind == LIQ_ENTRY_POSITION && !state->by_grid &&
         (state->market->instruments[index].flags & LIQ_INSTRUMENT_OPTION_FLAG) != 0))
        state->unvalued = true;
    if (!state->prices->spans[index].fit ||
        state->prices->rate_spans[state->market->instruments[index].asset_index].least == 0)
        state->hard = true;
    if (state->hard || state->unvalued)
        return LIQ_OK;
    state->segment_legs++;
    if (kind == LIQ_ENTRY_POSITION) {
        state->entry_fine += (liq_int128)quantity * value;
        state->positions++;
        if (!state->by_grid)
            return position_pack(state, index, quantity, err);
        portfolio_leg(state, index, quantity);
        return LIQ_OK;
    }
    if (kind == LIQ_ENTRY_ORDER)
        return order_pack(state, index, quantity, value, err);
    if (!state->by_grid)
        exposure_pack(state, index, quantity, value);
    return LIQ_OK;
}

/* The positions of a row of portfolio margin as the kernel takes them, by underlying: they stand
   for equity as well. */
static liq_status portfolio_pack(row_state *state, uint32_t row, liq_error *err)
{
    uint32_t order[LIQ_PORTFOLIO_LEGS_MAX];
    const uint32_t count = liq_portfolio_order(order, &state->market->portfolio, state->rows, row);
    liq_status status = LIQ_OK;

    for (uint32_t i = 0; status == LIQ_OK && i < count; i++) {
        const uint64_t at = state->rows->entry_first[row] + order[i];
        const uint32_t instrument = state->rows->tags[at] & LIQ_TAG_INDEX_MAX;

        state->has_options =
            state->has_options || state->grid->lots[instrument].kind == LIQ_STRESS_LOT_OPTION;

        status = entry_add(
            state,
            (liq_stress_entry){.price = instrument, .amount = (float)state->rows->quantities[at]},
            err);
    }
    if (status != LIQ_OK || count == 0)
        return status;
    state->terms += GRID_LEG_TERMS * count + GRID_TERMS;
    return bend_add(state,
                    (liq_stress_bend){.price = count,
                                      .required = state->grid->factor,
                                      .kind = state->grid->is_convex && !state->has_options
                                                  ? LIQ_STRESS_BEND_CONVEX
                                                  : LIQ_STRESS_BEND_PORTFOLIO},
                    err);
}

/* What scenarios require is at most the sum of what each leg alone does, weighed. */
static void portfolio_leg(row_state *state, uint32_t instrument, int64_t lots)
{
    const double size = fabs((double)lots);
    const double price_most = liq_stress_price_most(state->prices, instrument);
    const double factor = state->grid->factor;
    liq_stress_grid_leg leg;

    if (!liq_stress_grid_leg_read(&leg, state->grid, state->market, state->prices, instrument,
                                  (int64_t)liq_size_of(lots))) {
        state->hard = true;
        return;
    }
    state->equity_terms += size * price_most;
    if (state->prices->spans[instrument].has_gap)
        state->equity_slack +=
            size / state->prices->fine_per_unit[instrument] *
            exchange_most(state->prices, state->market->instruments[instrument].asset_index);
    state->required_terms += leg.terms * factor;
    state->required_slack += leg.slack * factor;
    state->order_terms += leg.terms * state->grid->factor_most;
}

static liq_status position_pack(row_state *state, uint32_t instrument, int64_t lots, liq_error *err)
{
    liq_stress_leg leg;
    liq_status status;

    if (state->exposure == instrument ||
        !liq_stress_leg_read(&leg, state->market, state->prices, instrument,
                             (int64_t)liq_size_of(lots))) {
        state->hard = true;
        return LIQ_OK;
    }
    state->equity_terms += leg.lots * leg.price_most;
    state->required_terms +=
        leg.lots * leg.rate * leg.price_most + fabs(leg.deduction) * leg.exchange_most;
    state->equity_slack += leg.gap;
    state->required_slack += leg.lots * leg.price_most * leg.rate_error + leg.gap * leg.rate;
    state->deduction += leg.deduction;
    status = entry_add(state,
                       (liq_stress_entry){.price = instrument,
                                          .amount = (float)lots,
                                          .required = (float)(leg.lots * leg.rate * leg.sign)},
                       err);
    if (status != LIQ_OK || leg.square == 0.0)
        return status == LIQ_OK ? bends_pack(state, &leg, err) : status;
    state->required_terms += leg.square * leg.square_most;
    return entry_add(state,
                     (liq_stress_entry){.price = state->prices->squares[instrument],
                                        .required = (float)leg.square},
                     err);
}

/* What the tiers above the lowest one add. */
static liq_status bends_pack(row_state *state, const liq_stress_leg *leg, liq_error *err)
{
    liq_status status = LIQ_OK;

    for (uint32_t tier = leg->tier + 1; status == LIQ_OK && tier <= leg->tier_most; tier++) {
        liq_stress_floor floor;

        if (!liq_stress_floor_read(&floor, state->market, state->prices, leg, tier)) {
            state->hard = true;
            return LIQ_OK;
        }
        state->required_terms +=
            2.0 * (leg->lots * fabs(floor.rate) *
                       (leg->price_most + floor.units / leg->lots * leg->exchange_most) +
                   fabs(floor.step) * leg->exchange_most);
        /* The rule may take the value that is rounded the other way, at this tier's rate. */
        state->required_slack += leg->gap * fabs(floor.rate);
        state->terms += 3;
        status =
            bend_add(state,
                     (liq_stress_bend){
                         .price = leg->instrument,
                         .exchange = state->prices->venue->instrument_count + leg->asset,
                         .sign = (float)leg->sign,
                         .floor = (float)(floor.units / leg->lots),
                         .required = (float)(leg->lots * floor.rate),
                         .step = (float)floor.step,
                         .kind = floor.is_smooth ? LIQ_STRESS_BEND_HINGE : LIQ_STRESS_BEND_JUMP},
                     err);
    }
    return status;
}

/* An order that would fill at a loss costs that loss now. */
static liq_status order_pack(row_state *state, uint32_t instrument, int64_t lots, int64_t limit,
                             liq_error *err)
{
    const uint32_t asset = state->market->instruments[instrument].asset_index;
    const double step = (double)lots * (double)limit / state->prices->fine_per_unit[instrument];

    state->has_orders = true;
    if (state->prices->spans[instrument].has_gap)
        state->equity_slack += fabs((double)lots) / state->prices->fine_per_unit[instrument] *
                               exchange_most(state->prices, asset);
    state->equity_terms += fabs((double)lots) * liq_stress_price_most(state->prices, instrument) +
                           fabs(step) * exchange_most(state->prices, asset);
    state->terms += 3;
    return bend_add(state,
                    (liq_stress_bend){.price = instrument,
                                      .exchange = state->prices->venue->instrument_count + asset,
                                      .required = (float)lots,
                                      .step = (float)step,
                                      .kind = LIQ_STRESS_BEND_ORDER},
                    err);
}

/* Exposures only count for initial margin, which decides nothing but may have no value; or for the
   tier of a position, which is left to the rule. */
static void exposure_pack(row_state *state, uint32_t instrument, int64_t longs, int64_t shorts)
{
    const uint32_t flags = state->market->policy.flags;

    if ((state->market->instruments[instrument].flags & LIQ_INSTRUMENT_LINEAR_IN_SIZE) != 0)
        state->hard = true;
    if ((flags & LIQ_POLICY_ORDER_TIER) != 0)
        state->exposure = instrument;
    state->order_terms +=
        ((double)longs + (double)shorts) * liq_stress_price_most(state->prices, instrument);
}

static liq_status segment_close(row_state *state, uint32_t tag, int64_t amount, liq_error *err)
{
    const uint32_t index = tag & LIQ_TAG_INDEX_MAX;
    const liq_asset_record *asset = &state->market->assets[index];
    const int64_t fine_per_unit = LIQ_GRAINS_PER_UNIT / (int64_t)asset->grains_per_fine;
    const bool isolated = tag >> LIQ_TAG_INDEX_BITS == LIQ_ENTRY_MARGIN;
    const liq_int128 own = isolated ? (liq_int128)amount * LIQ_WEIGHT_ONE
                                    : liq_weighted_amount(state->market, asset, amount);
    const double held = fabs((double)amount);
    const double deduction = state->deduction;
    const bool has_legs = state->segment_legs > 0;
    double units;

    if (asset->exchange_rate == 0 && state->prices->rate_spans[index].most == 0)
        state->unvalued = true;
    if (state->prices->rate_spans[index].least == 0 || held > UNITS_MAX ||
        fabs((double)state->entry_fine) > UNITS_MAX * (double)fine_per_unit)
        state->hard = true;
    if (state->hard || state->unvalued)
        return LIQ_OK;
    /* Exact, so that nothing is lost where both cancel. */
    units = (double)(own * fine_per_unit - state->entry_fine * LIQ_WEIGHT_ONE) /
            ((double)fine_per_unit * LIQ_WEIGHT_ONE);
    state->owes = state->owes || amount < 0;
    state->entry_fine = 0;
    state->deduction = 0.0;
    state->segment_legs = 0;
    state->exposure = LIQ_NO_INDEX;
    state->equity_terms += fabs(units) * exchange_most(state->prices, index);
    if ((asset->flags & LIQ_ASSET_MARGIN_CURRENCY) != 0) {
        state->equity += units;
        state->required -= deduction;
        return LIQ_OK;
    }
    if (held > UNITS_SAFE && held > 16.0 * fabs(units))
        state->hard = true;
    if ((state->market->policy.flags & LIQ_POLICY_PNL_IS_COLLATERAL) != 0 && !isolated &&
        has_legs && !liq_weighted_is_plain(state->market, asset))
        state->hard = true;
    state->rounding += 2.0 * (exchange_most(state->prices, index) + 1.0);
    state->least_exchange =
        fmin(state->least_exchange,
             (double)state->prices->rate_spans[index].least / (double)LIQ_EXCHANGE_RATE_ONE);
    return entry_add(state,
                     (liq_stress_entry){.price = state->prices->venue->instrument_count + index,
                                        .amount = (float)units,
                                        .required = (float)-deduction},
                     err);
}

static uint32_t row_finish(row_state *state, liq_stress_slot *slot)
{
    const double allowance = (2.0 + state->rounding) * 1.01 + 1.0;
    const double share = LIQ_STRESS_ERROR(state->terms) * (1.0 + 0x1p-20);

    if (state->unvalued)
        return LIQ_ROW_UNVALUED;
    if (state->hard || !(state->equity_terms + state->required_terms + state->order_terms <
                         BULK_MAX * state->least_exchange))
        return LIQ_STRESS_ROW_HARD;
    /* Who holds and owes nothing has nothing to be liquidated. */
    if (state->positions == 0 && !state->owes && !state->has_orders)
        return LIQ_ROW_OK;
    slot->equity = (float)state->equity;
    slot->required = (float)state->required;
    slot->equity_error = above(share * state->equity_terms + state->equity_slack + allowance);
    slot->required_error = above(share * state->required_terms + state->required_slack + allowance);
    return LIQ_STRESS_ROW_SLOT;
}

static bool is_narrow(const row_state *state)
{
    const double fine_per_unit =
        (double)LIQ_GRAINS_PER_UNIT / (double)state->market->assets[0].grains_per_fine;

    return state->equity_terms * fine_per_unit < NARROW_MAX;
}

static liq_status entry_add(row_state *state, liq_stress_entry entry, liq_error *err)
{
    liq_stress_pack *pack = state->pack;
    liq_status status;

    if (pack->entry_count == UINT32_MAX)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "a stress takes fewer than %u entries",
                        UINT32_MAX);
    if (pack->entry_count == pack->entry_capacity &&
        (status = liq_memory_extend(&pack->entries, &pack->entry_capacity, pack->entry_count + 1U,
                                    sizeof *pack->entries, err)) != LIQ_OK)
        return status;
    pack->entries[pack->entry_count++] = entry;
    state->terms++;
    return LIQ_OK;
}

static liq_status bend_add(row_state *state, liq_stress_bend bend, liq_error *err)
{
    liq_stress_pack *pack = state->pack;
    liq_status status;

    if (pack->bend_count == UINT32_MAX)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "a stress takes fewer than %u tiers within reach",
                        UINT32_MAX);
    if (pack->bend_count == pack->bend_capacity &&
        (status = liq_memory_extend(&pack->bends, &pack->bend_capacity, pack->bend_count + 1U,
                                    sizeof *pack->bends, err)) != LIQ_OK)
        return status;
    pack->bends[pack->bend_count++] = bend;
    return LIQ_OK;
}

static double exchange_most(const liq_stress_prices *prices, uint32_t asset)
{
    return (double)prices->rate_spans[asset].most / (double)LIQ_EXCHANGE_RATE_ONE;
}

/* A float that is certainly above a value. */
static float above(double value)
{
    return nextafterf((float)value, INFINITY);
}
