#include "scan/stress_loss.h"

#include <stdlib.h>

#include "base/fail.h"
#include "base/memory.h"

static int64_t equity_floor(const liq_stress_tile *tile, uint32_t row, uint32_t lane);
static liq_int128 plain_equity(const liq_stress_tile *tile, uint32_t row, uint32_t lane);
static int64_t narrow_equity(const liq_stress_tile *tile, uint32_t row, int64_t constant,
                             uint32_t lane);
static int64_t narrow_least(const liq_stress_tile *tile, uint32_t row, int64_t constant);
static void worst_note(const liq_stress_tile *tile, uint32_t row, int64_t constant, uint32_t first,
                       uint32_t end);

liq_status liq_stress_ramps_create(liq_stress_ramps *out, const liq_venue *venue, liq_error *err)
{
    const size_t instruments = venue->instrument_count;
    const size_t steps = instruments * LIQ_STRESS_STEPS;
    liq_stress_ramps ramps = {0};
    liq_status status;

    if ((status = liq_memory_aligned((void **)&ramps.long_sums, steps, sizeof *ramps.long_sums,
                                     sizeof *ramps.long_sums, err)) != LIQ_OK ||
        (status = liq_memory_aligned((void **)&ramps.short_sums, steps, sizeof *ramps.short_sums,
                                     sizeof *ramps.short_sums, err)) != LIQ_OK ||
        (status = liq_memory_array((void **)&ramps.long_least, instruments,
                                   sizeof *ramps.long_least, err)) != LIQ_OK ||
        (status = liq_memory_array((void **)&ramps.short_most, instruments,
                                   sizeof *ramps.short_most, err)) != LIQ_OK) {
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
    free(ramps->long_least);
    free(ramps->short_most);
    *ramps = (liq_stress_ramps){0};
}

void liq_stress_ramps_fill(liq_stress_ramps *ramps, const liq_stress_prices *prices, uint32_t tile)
{
    for (uint32_t i = 0; i < prices->venue->instrument_count; i++) {
        liq_int128 *longs = ramps->long_sums + (size_t)i * LIQ_STRESS_STEPS;
        liq_int128 *shorts = ramps->short_sums + (size_t)i * LIQ_STRESS_STEPS;
        int64_t least = INT64_MAX;
        int64_t most = INT64_MIN;

        longs[0] = 0;
        shorts[0] = 0;
        for (uint32_t lane = 0; lane < LIQ_STRESS_TILE; lane++) {
            const int64_t floor = liq_stress_value(prices, tile, i, lane, false);
            const int64_t ceil = liq_stress_value(prices, tile, i, lane, true);

            longs[lane + 1] = longs[lane] + floor;
            shorts[lane + 1] = shorts[lane] + ceil;
            least = floor < least ? floor : least;
            most = ceil > most ? ceil : most;
        }
        ramps->long_least[i] = least;
        ramps->short_most[i] = most;
    }
}

liq_int128 liq_stress_loss_at(const liq_stress_tile *tile, uint32_t row, uint32_t lane)
{
    if (tile->pack->row_plain[row] != 0)
        return -plain_equity(tile, row, lane);
    return -(liq_int128)equity_floor(tile, row, lane) * tile->fine_per_unit;
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

void liq_stress_cost_run(const liq_stress_tile *tile, uint32_t row, int64_t constant,
                         uint32_t first, uint32_t end)
{
    const liq_rows *rows = tile->rows;
    liq_stress_cost *cost = &tile->costs[row];
    liq_int128 equity = (liq_int128)constant * (end - first);

    for (uint64_t i = rows->entry_first[row]; i < rows->entry_first[row + 1]; i++) {
        const int64_t lots = rows->quantities[i];
        const liq_int128 *sums = (lots < 0 ? tile->ramps->short_sums : tile->ramps->long_sums) +
                                 (size_t)(rows->tags[i] & LIQ_TAG_INDEX_MAX) * LIQ_STRESS_STEPS;

        if (rows->tags[i] >> LIQ_TAG_INDEX_BITS == LIQ_ENTRY_POSITION)
            equity = (liq_int128)((liq_uint128)equity +
                                  (liq_uint128)lots * (liq_uint128)(sums[end] - sums[first]));
    }
    /* Less than a cash unit may be left in each, or what was proven was wrong. */
    LIQ_ASSERT(equity < (liq_int128)(end - first) * tile->fine_per_unit);
    cost->sum -= equity;
    worst_note(tile, row, constant, first, end);
    cost->scenarios += end - first;
}

void liq_stress_cost_add(liq_stress_cost *cost, liq_int128 fine, uint32_t scenario)
{
    cost->sum += fine;
    if (cost->scenarios == 0 || fine > cost->worst ||
        (fine == cost->worst && scenario < cost->worst_scenario)) {
        cost->worst = fine;
        cost->worst_scenario = scenario;
    }
    cost->scenarios++;
}

liq_int128 liq_stress_fine_floor(const liq_market *market, liq_wide grains)
{
    const liq_int128 value = (liq_int128)((liq_uint128)grains.high << 64 | grains.low);
    const liq_int128 divisor = (liq_int128)market->assets[0].grains_per_fine;

    return value / divisor - (value % divisor < 0);
}

/* Look at each lane only when one of the tile may be worse than all before. */
static void worst_note(const liq_stress_tile *tile, uint32_t row, int64_t constant, uint32_t first,
                       uint32_t end)
{
    const uint32_t scenario = tile->prices->first + tile->tile * LIQ_STRESS_TILE;
    liq_stress_cost *cost = &tile->costs[row];

    if (cost->scenarios > 0 && -(liq_int128)narrow_least(tile, row, constant) <= cost->worst)
        return;
    for (uint32_t lane = first; lane < end; lane++) {
        const liq_int128 loss = -(liq_int128)narrow_equity(tile, row, constant, lane);

        if ((cost->scenarios == 0 && lane == first) || loss > cost->worst) {
            cost->worst = loss;
            cost->worst_scenario = scenario + lane;
        }
    }
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

static int64_t narrow_equity(const liq_stress_tile *tile, uint32_t row, int64_t constant,
                             uint32_t lane)
{
    const liq_rows *rows = tile->rows;
    uint64_t out = (uint64_t)constant;

    for (uint64_t i = rows->entry_first[row]; i < rows->entry_first[row + 1]; i++)
        if (rows->tags[i] >> LIQ_TAG_INDEX_BITS == LIQ_ENTRY_POSITION)
            out += (uint64_t)rows->quantities[i] *
                   (uint64_t)liq_stress_value(tile->prices, tile->tile,
                                              rows->tags[i] & LIQ_TAG_INDEX_MAX, lane,
                                              rows->quantities[i] < 0);
    return (int64_t)out;
}

/* No lane has less: every position at its worst. */
static int64_t narrow_least(const liq_stress_tile *tile, uint32_t row, int64_t constant)
{
    const liq_rows *rows = tile->rows;
    uint64_t out = (uint64_t)constant;

    for (uint64_t i = rows->entry_first[row]; i < rows->entry_first[row + 1]; i++) {
        const uint32_t index = rows->tags[i] & LIQ_TAG_INDEX_MAX;
        const int64_t lots = rows->quantities[i];

        if (rows->tags[i] >> LIQ_TAG_INDEX_BITS == LIQ_ENTRY_POSITION)
            out += (uint64_t)lots * (uint64_t)(lots < 0 ? tile->ramps->short_most[index]
                                                        : tile->ramps->long_least[index]);
    }
    return (int64_t)out;
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
