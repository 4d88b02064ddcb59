#include "scan/stress_loss.h"

#include <stdlib.h>

#include "base/fail.h"
#include "base/memory.h"

static int64_t equity_floor(const liq_stress_tile *tile, uint32_t row, uint32_t lane);
static liq_int128 plain_equity(const liq_stress_tile *tile, uint32_t row, uint32_t lane);

liq_status liq_stress_ramps_create(liq_stress_ramps *out, const liq_venue *venue, liq_error *err)
{
    const size_t steps = (size_t)venue->instrument_count * LIQ_STRESS_STEPS;
    liq_stress_ramps ramps = {0};
    liq_status status;

    if ((status = liq_memory_aligned(&ramps.long_sums, steps, sizeof *ramps.long_sums,
                                     sizeof *ramps.long_sums, err)) != LIQ_OK ||
        (status = liq_memory_aligned(&ramps.short_sums, steps, sizeof *ramps.short_sums,
                                     sizeof *ramps.short_sums, err)) != LIQ_OK) {
        liq_stress_ramps_clear(&ramps);
        return status;
    }
    *out = ramps;
    return LIQ_OK;
}

void liq_stress_ramps_clear(liq_stress_ramps *ramps)
{
    free(ramps->long_sums);
    free(ramps->short_sums);
    *ramps = (liq_stress_ramps){0};
}

void liq_stress_ramps_fill(liq_stress_ramps *ramps, const liq_stress_prices *prices, uint32_t tile)
{
    for (uint32_t i = 0; i < prices->venue->instrument_count; i++) {
        liq_int128 *longs = ramps->long_sums + (size_t)i * LIQ_STRESS_STEPS;
        liq_int128 *shorts = ramps->short_sums + (size_t)i * LIQ_STRESS_STEPS;

        longs[0] = tile == 0 ? 0 : longs[LIQ_STRESS_TILE];
        shorts[0] = tile == 0 ? 0 : shorts[LIQ_STRESS_TILE];
        for (uint32_t lane = 0; lane < LIQ_STRESS_TILE; lane++) {
            longs[lane + 1] = longs[lane] + liq_stress_value(prices, tile, i, lane, false);
            shorts[lane + 1] = shorts[lane] + liq_stress_value(prices, tile, i, lane, true);
        }
    }
}

liq_int128 liq_stress_loss_at(const liq_stress_tile *tile, uint32_t row, uint32_t lane)
{
    if (tile->pack->row_plain[row] != 0)
        return -plain_equity(tile, row, lane);
    return -(liq_int128)equity_floor(tile, row, lane) * tile->fine_per_unit;
}

bool liq_stress_is_narrow(const liq_stress_tile *tile, uint32_t row)
{
    return tile->pack->row_narrow[row] != 0 && tile->funds->row_funds[row] != LIQ_STRESS_FUND_MIXED;
}

/* Products may wrap: what is narrow fits when all of it is added. */
int64_t liq_stress_narrow_constant(const liq_stress_tile *tile, uint32_t row)
{
    const liq_rows *rows = tile->rows;
    uint64_t out = 0;

    for (uint64_t i = rows->entry_first[row]; i < rows->entry_first[row + 1]; i++) {
        const uint32_t kind = rows->tags[i] >> LIQ_TAG_INDEX_BITS;

        if (kind >= LIQ_ENTRY_BALANCE)
            out += (uint64_t)rows->quantities[i] * (uint64_t)tile->fine_per_unit;
        else if (kind == LIQ_ENTRY_POSITION)
            out -= (uint64_t)rows->quantities[i] * (uint64_t)rows->values[i];
    }
    return (int64_t)out;
}

/* Products may wrap: what is narrow fits when all of it is added. */
void liq_stress_narrow_equities(int64_t *out, const liq_stress_tile *of, uint32_t tile,
                                uint32_t row)
{
    const liq_rows *rows = of->rows;
    const uint32_t instruments = of->prices->venue->instrument_count;
    uint64_t equities[LIQ_STRESS_TILE];
    const uint64_t constant = (uint64_t)liq_stress_narrow_constant(of, row);

    for (uint32_t lane = 0; lane < LIQ_STRESS_TILE; lane++)
        equities[lane] = constant;
    for (uint64_t i = rows->entry_first[row]; i < rows->entry_first[row + 1]; i++) {
        const uint64_t lots = (uint64_t)rows->quantities[i];
        const uint32_t instrument = rows->tags[i] & LIQ_TAG_INDEX_MAX;
        const size_t at = ((size_t)tile * instruments + instrument) * LIQ_STRESS_TILE;
        const uint8_t gap = rows->quantities[i] < 0; /* a short's values are rounded up */

        if (rows->tags[i] >> LIQ_TAG_INDEX_BITS != LIQ_ENTRY_POSITION)
            continue;
        for (uint32_t lane = 0; lane < LIQ_STRESS_TILE; lane++)
            equities[lane] += lots * ((uint64_t)of->prices->floors[at + lane] +
                                      (uint64_t)(of->prices->gaps[at + lane] & gap));
    }
    for (uint32_t lane = 0; lane < LIQ_STRESS_TILE; lane++)
        out[lane] = (int64_t)equities[lane];
}

/* All modulo 2^128: what it comes to between two edges fits. */
void liq_stress_cost_edge(const liq_stress_tile *tile, uint32_t row, uint32_t lane, int64_t sign)
{
    const liq_rows *rows = tile->rows;
    const uint32_t done = tile->tile * LIQ_STRESS_TILE + lane; /* scenarios of the batch */
    liq_stress_cost *cost = &tile->costs[row];
    liq_uint128 equity = (liq_uint128)liq_stress_narrow_constant(tile, row) * done;

    for (uint64_t i = rows->entry_first[row]; i < rows->entry_first[row + 1]; i++) {
        const int64_t lots = rows->quantities[i];
        const liq_int128 *sums = (lots < 0 ? tile->ramps->short_sums : tile->ramps->long_sums) +
                                 (size_t)(rows->tags[i] & LIQ_TAG_INDEX_MAX) * LIQ_STRESS_STEPS;

        if (rows->tags[i] >> LIQ_TAG_INDEX_BITS == LIQ_ENTRY_POSITION)
            equity += (liq_uint128)lots * (liq_uint128)sums[lane];
    }
    cost->sum = (liq_int128)((liq_uint128)cost->sum + (sign > 0 ? equity : 0 - equity));
    cost->scenarios += sign > 0 ? 0 - done : done;
}

void liq_stress_cost_add(liq_stress_cost *cost, liq_int128 fine, uint32_t scenario)
{
    cost->sum = (liq_int128)((liq_uint128)cost->sum + (liq_uint128)fine);
    cost->scenarios++;
    liq_stress_worst_note(cost, fine, scenario);
}

void liq_stress_worst_note(liq_stress_cost *cost, liq_int128 fine, uint32_t scenario)
{
    if (fine < cost->worst || (fine == cost->worst && scenario >= cost->worst_scenario))
        return;
    cost->worst = fine;
    cost->worst_scenario = scenario;
}

liq_int128 liq_stress_fine_floor(const liq_market *market, liq_wide grains)
{
    const liq_int128 value = (liq_int128)((liq_uint128)grains.high << 64 | grains.low);
    const liq_int128 divisor = (liq_int128)market->assets[0].grains_per_fine;

    return value / divisor - (value % divisor < 0);
}

/* Below 2^127 by the limits of a row. */
static liq_int128 plain_equity(const liq_stress_tile *tile, uint32_t row, uint32_t lane)
{
    const liq_rows *rows = tile->rows;
    liq_int128 out = 0;

    for (uint64_t i = rows->entry_first[row]; i < rows->entry_first[row + 1]; i++) {
        const uint32_t kind = rows->tags[i] >> LIQ_TAG_INDEX_BITS;
        const int64_t quantity = rows->quantities[i];

        if (kind >= LIQ_ENTRY_BALANCE)
            out += (liq_int128)quantity * tile->fine_per_unit;
        else if (kind == LIQ_ENTRY_POSITION)
            out += (liq_int128)quantity *
                   (liq_stress_value(tile->prices, tile->tile, rows->tags[i] & LIQ_TAG_INDEX_MAX,
                                     lane, quantity < 0) -
                    rows->values[i]);
    }
    return out;
}

/* The equity of a row as the margin rule has it, without what it requires. */
static int64_t equity_floor(const liq_stress_tile *tile, uint32_t row, uint32_t lane)
{
    const liq_margin_tables tables = liq_market_tables(tile->market);
    const liq_rows *rows = tile->rows;
    liq_account_sum account = liq_account_sum_zero();
    liq_wide pnl = liq_wide_make(0, 0);

    for (uint64_t i = rows->entry_first[row]; i < rows->entry_first[row + 1]; i++) {
        const uint32_t kind = rows->tags[i] >> LIQ_TAG_INDEX_BITS;
        const uint32_t index = rows->tags[i] & LIQ_TAG_INDEX_MAX;
        const int64_t quantity = rows->quantities[i];

        if (kind >= LIQ_ENTRY_BALANCE) {
            liq_asset_record asset = tile->market->assets[index];

            asset.exchange_rate = liq_stress_rate(tile->prices, tile->tile, index, lane);
            account.equity = liq_wide_add(
                account.equity,
                liq_asset_equity(tables, &account, rows->tags[i], asset,
                                 liq_wide_scale_signed(pnl, asset.grains_per_fine), quantity));
            pnl = liq_wide_make(0, 0);
        } else if (kind == LIQ_ENTRY_POSITION || kind == LIQ_ENTRY_ORDER) {
            const liq_wide gain = liq_wide_multiply(
                quantity, liq_stress_value(tile->prices, tile->tile, index, lane, quantity < 0) -
                              rows->values[i]);

            if (kind == LIQ_ENTRY_POSITION || liq_wide_negative(gain))
                pnl = liq_wide_add(pnl, gain);
        }
    }
    LIQ_ASSERT(account.reason == LIQ_REASON_NONE);
    return liq_units_floor(account.equity);
}
