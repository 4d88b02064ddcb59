/*
 * What packing checks so that a screened row cannot overflow in the margin rule, next to the bulk
 * (screen_cells.c): the constant part of an asset's PnL and its balance stay below 2^61 units, so
 * that with what the bulk bounds no sum reaches 2^63; and a balance whose cash value the bulk does
 * not bound, because its weight is small or PnL offsets it, is small enough for the highest
 * exchange rate. (Of the margin currency a unit is a cash unit.)
 */
#include "scan/screen_row.h"

#include <math.h>

#include "scan/weighted.h"

#define UNITS_MAX 0x1p61

/* Any exchange rate, at most 9 x 10^6 cash units, keeps so many units below 2^63. */
#define UNITS_SAFE 0x1p39

/* The segment that is open, and the row as a whole. */
typedef struct pack_state {
    liq_int128 entry_fine; /* sum of lots x value at entry */
    double offset;
    uint32_t positions;
    bool has_orders;
    bool owes;
    bool doubt;
} pack_state;

static void entry_pack(liq_screen_row *out, pack_state *state, const liq_screen_cells *cells,
                       const liq_market *market, const liq_rows *rows, uint64_t at);
static void order_pack(liq_screen_row *out, pack_state *state, const liq_screen_cells *cells,
                       const liq_market *market, const liq_rows *rows, uint64_t at);
static void segment_close(liq_screen_row *out, pack_state *state, const liq_screen_cells *cells,
                          const liq_market *market, uint32_t tag, int64_t amount);
static void add(liq_screen_row *out, uint32_t cell, double amount);

void liq_screen_row_pack(liq_screen_row *out, const liq_screen_cells *cells,
                         const liq_market *market, const liq_rows *rows, uint32_t row_index)
{
    pack_state state = {.doubt = rows->keys[row_index].reason != LIQ_REASON_NONE};

    out->entry_count = 0;
    for (uint64_t i = rows->entry_first[row_index];
         i < rows->entry_first[row_index + 1] && !state.doubt; i++)
        entry_pack(out, &state, cells, market, rows, i);
    if (state.has_orders && out->entry_count > LIQ_SCREEN_ORDER_ENTRIES_MAX)
        state.doubt = true;
    if (state.positions == 0 && !state.owes)
        state.offset += (double)LIQ_SCREEN_OWES_NOTHING;
    out->offset = state.doubt ? NAN : (float)state.offset;
    if (state.doubt)
        out->entry_count = 0;
}

liq_screen_verdict liq_screen_row_judge(const liq_screen_cells *cells, const uint16_t *entry_cells,
                                        const float *entry_amounts, uint32_t stride, float offset,
                                        uint32_t entry_count)
{
    liq_screen_adder adder = liq_screen_begin();

    for (uint32_t i = 0; i < entry_count; i++)
        liq_screen_add(&adder, &cells->cells[entry_cells[i * stride]], entry_amounts[i * stride]);
    return liq_screen_judge(liq_screen_end(adder, offset), offset, entry_count, cells->terms);
}

static void entry_pack(liq_screen_row *out, pack_state *state, const liq_screen_cells *cells,
                       const liq_market *market, const liq_rows *rows, uint64_t at)
{
    const uint32_t tag = rows->tags[at];
    const uint32_t index = tag & LIQ_TAG_INDEX_MAX;
    const int64_t quantity = rows->quantities[at];
    uint32_t tier;

    if (tag >> LIQ_TAG_INDEX_BITS >= LIQ_ENTRY_BALANCE) {
        segment_close(out, state, cells, market, tag, quantity);
        return;
    }
    if (tag >> LIQ_TAG_INDEX_BITS != LIQ_ENTRY_POSITION) {
        order_pack(out, state, cells, market, rows, at);
        return;
    }
    tier = liq_tier_of(liq_market_tables(market), market->instruments[index],
                       (int64_t)liq_size_of(quantity));
    add(out, cells->tier_first + tier, (double)quantity);
    state->entry_fine += (liq_int128)quantity * rows->values[at];
    state->positions++;
}

/* Orders whose loss counts, or that raise the tier of a position, are left to the margin rule;
   others can only overflow. */
static void order_pack(liq_screen_row *out, pack_state *state, const liq_screen_cells *cells,
                       const liq_market *market, const liq_rows *rows, uint64_t at)
{
    const uint32_t index = rows->tags[at] & LIQ_TAG_INDEX_MAX;

    if (rows->tags[at] >> LIQ_TAG_INDEX_BITS == LIQ_ENTRY_ORDER ||
        (market->policy.flags & LIQ_POLICY_ORDER_TIER) != 0) {
        state->doubt = true;
        return;
    }
    state->has_orders = true;
    add(out, cells->order_first + index, (double)rows->quantities[at] + (double)rows->values[at]);
}

static void segment_close(liq_screen_row *out, pack_state *state, const liq_screen_cells *cells,
                          const liq_market *market, uint32_t tag, int64_t amount)
{
    const uint32_t index = tag & LIQ_TAG_INDEX_MAX;
    const liq_asset_record *asset = &market->assets[index];
    const int64_t fine_per_unit = LIQ_GRAINS_PER_UNIT / (int64_t)asset->grains_per_fine;
    const bool isolated = tag >> LIQ_TAG_INDEX_BITS == LIQ_ENTRY_MARGIN;
    const liq_int128 own =
        isolated ? (liq_int128)amount * LIQ_WEIGHT_ONE : liq_weighted_amount(market, asset, amount);
    const double held = fabs((double)amount);
    double units;

    if (held > UNITS_MAX || fabs((double)state->entry_fine) > UNITS_MAX * (double)fine_per_unit) {
        state->doubt = true;
        return;
    }
    /* Below 2^63 x 10^4 x 10^10 < 2^110, and exact, so that nothing is lost where both cancel. */
    units = (double)(own * fine_per_unit - state->entry_fine * LIQ_WEIGHT_ONE) /
            ((double)fine_per_unit * LIQ_WEIGHT_ONE);
    if (!(asset->flags & LIQ_ASSET_MARGIN_CURRENCY) && held > UNITS_SAFE &&
        held > 16.0 * fabs(units))
        state->doubt = true;
    if ((market->policy.flags & LIQ_POLICY_PNL_IS_COLLATERAL) != 0 && !isolated &&
        !liq_weighted_is_plain(market, asset))
        state->doubt = true;
    state->owes = state->owes || amount < 0;
    if ((asset->flags & LIQ_ASSET_MARGIN_CURRENCY) != 0)
        state->offset += units;
    else
        add(out, cells->asset_first + index, units);
    state->entry_fine = 0;
}

static void add(liq_screen_row *out, uint32_t cell, double amount)
{
    out->cells[out->entry_count] = (uint16_t)cell;
    out->amounts[out->entry_count] = (float)amount;
    out->entry_count++;
}
