/*
 * The engine: batches of scenarios whose prices fit in memory, in each the rows packed anew, tile
 * after tile of LIQ_STRESS_TILE scenarios, in each all rows once, chunk after chunk.
 */
#include <liqscan/stress.h>

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fail.h"
#include "base/memory.h"
#include "base/workers.h"
#include "scan/stress_engine.h"
#include "scan/stress_open.h"
#include "scan/stress_worst.h"

#define PRICE_BYTES_DEFAULT ((uint64_t)256 << 20)

/* Of the slots so many are asked of the margin rule whatever was proven. */
enum { CHECKS = 64 };

static liq_status parts_create(liq_stress *stress, liq_error *err);
static liq_status lots_check(liq_stress *stress, liq_error *err);
static liq_status run_start(liq_stress *stress, const liq_stress_set *set, bool looks,
                            liq_error *err);
static void costs_start(liq_stress *stress);
static uint32_t batch_count(const liq_stress *stress, uint32_t first);
static liq_stress_tile tile_make(const liq_stress *stress);
static liq_status batch_pack(liq_stress *stress, uint32_t first, uint32_t count, liq_error *err);
static liq_status batch_run(liq_stress *stress, uint32_t first, uint32_t count,
                            const liq_stress_looker *looker, liq_error *err);
static liq_status worst_find(liq_stress *stress, liq_error *err);
static liq_status progress_tell(const liq_stress *stress, uint32_t done, liq_error *err);

liq_status liq_stress_create(liq_stress **out, const liq_book *book,
                             const liq_stress_options *options, liq_error *err)
{
    return liq_stress_create_with(out, book, options, NULL, err);
}

liq_status liq_stress_create_with(liq_stress **out, const liq_book *book,
                                  const liq_stress_options *options,
                                  const liq_stress_pass_options *pass_options, liq_error *err)
{
    static const liq_stress_options defaults = {0};
    const liq_stress_options *chosen = options != NULL ? options : &defaults;
    liq_stress *stress = NULL;
    liq_status status = liq_memory_aligned(&stress, 1, sizeof *stress, 64, err);

    if (status != LIQ_OK)
        return status;
    memset(stress, 0, sizeof *stress);
    stress->book = book;
    stress->progress = chosen->progress;
    stress->workers = liq_workers_count();
    stress->price_bytes_max =
        chosen->price_bytes_max > 0 ? chosen->price_bytes_max : PRICE_BYTES_DEFAULT;
    /* The device comes first: its self-test forks, and a small process forks fast. */
    if ((status = liq_tested_device_open(&stress->device, chosen->device,
                                         chosen->skip_self_test != 0 ? 0 : LIQ_TEST_ROWS, err)) !=
            LIQ_OK ||
        (status = parts_create(stress, err)) != LIQ_OK ||
        (status = lots_check(stress, err)) != LIQ_OK ||
        (status = liq_stress_pass_create(&stress->pass, stress->device.device, pass_options,
                                         err)) != LIQ_OK)
        goto done;
    *out = stress;
    stress = NULL; /* given away */
done:
    liq_stress_destroy(stress);
    return status;
}

void liq_stress_destroy(liq_stress *stress)
{
    if (stress == NULL)
        return;
    liq_stress_pass_destroy(stress->pass);
    liq_device_close(stress->device.device);
    liq_stress_prices_clear(&stress->prices);
    liq_stress_ramps_clear(&stress->ramps);
    liq_stress_pack_clear(&stress->pack);
    liq_stress_grid_clear(&stress->grid);
    liq_stress_funds_clear(&stress->funds);
    for (uint32_t i = 0; i < LIQ_WORKERS_MAX; i++) {
        liq_stress_tally_clear(&stress->tallies[i]);
        liq_stress_exact_clear(&stress->exacts[i]);
    }
    liq_rows_clear(&stress->rows);
    liq_market_clear(&stress->market);
    free(stress->tile_prices);
    free(stress->tile_edges);
    free(stress->carried);
    free(stress->costs);
    free(stress->open_lots);
    free(stress->statuses);
    free(stress->results);
    free(stress->pairs);
    free(stress);
}

liq_status liq_stress_run(liq_stress *stress, const liq_stress_set *set,
                          liq_stress_summary *summary, liq_error *err)
{
    return liq_stress_run_look(stress, set, NULL, summary, err);
}

liq_status liq_stress_run_look(liq_stress *stress, const liq_stress_set *set,
                               const liq_stress_looker *looker, liq_stress_summary *summary,
                               liq_error *err)
{
    const uint64_t start_ns = liq_clock_ns();
    const uint32_t count = liq_stress_set_count(set);
    uint64_t device_ns;
    uint32_t batch;
    liq_status status = run_start(stress, set, looker != NULL, err);

    if (status != LIQ_OK)
        return status;
    batch = stress->prices.tile_capacity * LIQ_STRESS_TILE;
    for (uint32_t first = 0; status == LIQ_OK && first < count; first += batch)
        status = batch_run(stress, first, batch_count(stress, first), looker, err);
    if (status == LIQ_OK)
        status = worst_find(stress, err);
    if (status == LIQ_OK)
        status = liq_stress_pass_elapsed(stress->pass, &device_ns, err);
    if (status != LIQ_OK) {
        stress->result_count = 0;
        costs_start(stress);
        return status;
    }
    if (summary == NULL)
        return LIQ_OK;
    *summary = (liq_stress_summary){.scenarios = count,
                                    .rows = stress->rows.row_count,
                                    .exact_pairs = stress->exact_pairs,
                                    .hard_rows = stress->pack.hard_count,
                                    .batches = batch == 0 ? 0 : (count + batch - 1) / batch,
                                    .wall_ns = liq_clock_ns() - start_ns,
                                    .device_ns = device_ns};
    memcpy(summary->device, stress->device.name, sizeof summary->device);
    memcpy(summary->device_reason, stress->device.reason, sizeof summary->device_reason);
    liq_stress_open_fill(summary, stress->book, &stress->market, &stress->funds);
    return liq_stress_results_hash(stress, summary->hash, err);
}

void liq_stress_forget(liq_stress *stress)
{
    stress->result_count = 0;
    stress->set = NULL;
    costs_start(stress);
}

static liq_status parts_create(liq_stress *stress, liq_error *err)
{
    const liq_book *book = stress->book;
    liq_status status;

    if ((status = liq_market_create(&stress->market, book, err)) != LIQ_OK ||
        (status = liq_rows_create(&stress->rows, book, stress->progress, err)) != LIQ_OK ||
        (status = liq_stress_pack_create(&stress->pack, &stress->rows, err)) != LIQ_OK ||
        (status = liq_stress_grid_create(&stress->grid, &book->venue, &stress->market,
                                         &stress->rows, err)) != LIQ_OK ||
        (status = liq_stress_funds_create(&stress->funds, book, &stress->rows, err)) != LIQ_OK ||
        (status = liq_stress_ramps_create(&stress->ramps, &book->venue, err)) != LIQ_OK ||
        (status = liq_memory_aligned(&stress->costs, stress->rows.row_count, sizeof *stress->costs,
                                     16, err)) != LIQ_OK ||
        (status = liq_memory_array(&stress->carried, stress->rows.row_count, 1, err)) != LIQ_OK)
        return status;
    stress->fine_per_unit = LIQ_GRAINS_PER_UNIT / (int64_t)stress->market.assets[0].grains_per_fine;
    for (uint32_t i = 0; i < stress->workers; i++)
        if ((status = liq_stress_tally_create(&stress->tallies[i], &book->venue, err)) != LIQ_OK ||
            (status = liq_stress_exact_create(&stress->exacts[i], book, err)) != LIQ_OK)
            return status;
    return LIQ_OK;
}

/* Sum up what is open, so that no sum of lots can wrap. */
static liq_status lots_check(liq_stress *stress, liq_error *err)
{
    const liq_book *book = stress->book;
    const liq_status status =
        liq_memory_array(&stress->open_lots, 2 * (size_t)book->venue.instrument_count,
                         sizeof *stress->open_lots, err);

    for (uint64_t i = 0; status == LIQ_OK && i < book->position_count; i++) {
        const liq_position *position = &book->positions[i];
        uint64_t *sum = &stress->open_lots[2 * (size_t)position->instrument_index +
                                           (position->quantity_lots < 0)];

        *sum += liq_size_of(position->quantity_lots);
        if (*sum > INT64_MAX)
            return liq_fail(err, LIQ_OUT_OF_RANGE, 0,
                            "the %s positions of \"%s\" sum to more than %lld lots",
                            position->quantity_lots < 0 ? "short" : "long",
                            liq_names_get(book->venue.instrument_names, position->instrument_index),
                            (long long)INT64_MAX);
    }
    return status;
}

/* Take what a run needs: as many tiles at once as their prices may take memory for. */
static liq_status run_start(liq_stress *stress, const liq_stress_set *set, bool looks,
                            liq_error *err)
{
    const uint32_t count = liq_stress_set_count(set);
    const uint32_t tiles = (count + LIQ_STRESS_TILE - 1) / LIQ_STRESS_TILE;
    const uint64_t fit =
        stress->price_bytes_max / liq_stress_prices_tile_bytes(&stress->book->venue);
    const uint32_t capacity = fit >= tiles ? tiles : fit > 0 ? (uint32_t)fit : 1;
    uint64_t device_ns;
    liq_status status;

    LIQ_ASSERT(liq_stress_set_book(set) == stress->book);
    liq_stress_prices_clear(&stress->prices);
    free(stress->results);
    free(stress->tile_prices);
    free(stress->tile_edges);
    free(stress->statuses);
    stress->results = NULL;
    stress->tile_prices = NULL;
    stress->tile_edges = NULL;
    stress->statuses = NULL;
    stress->result_count = 0;
    stress->set = set;
    stress->exact_pairs = 0;
    costs_start(stress);
    if ((status = liq_memory_aligned(&stress->results, count, sizeof *stress->results, 16, err)) !=
            LIQ_OK ||
        (status = liq_stress_prices_create(&stress->prices, stress->book, &stress->market, capacity,
                                           err)) != LIQ_OK ||
        (status = liq_memory_array(&stress->tile_prices,
                                   (size_t)stress->prices.price_count * LIQ_STRESS_TILE,
                                   sizeof(float), err)) != LIQ_OK ||
        (status = liq_memory_array(&stress->tile_edges,
                                   (size_t)stress->prices.price_count * LIQ_STRESS_EDGE_FLOATS,
                                   sizeof(float), err)) != LIQ_OK ||
        (looks && (status = liq_memory_array(&stress->statuses, stress->rows.row_count,
                                             LIQ_STRESS_TILE, err)) != LIQ_OK))
        return status;
    stress->result_count = count;
    return liq_stress_pass_elapsed(stress->pass, &device_ns, err);
}

static void costs_start(liq_stress *stress)
{
    for (uint32_t row = 0; row < stress->rows.row_count; row++)
        stress->costs[row] = (liq_stress_cost){.worst = LIQ_STRESS_WORST_NONE};
}

/* Scenarios of a batch that begins with one. */
static uint32_t batch_count(const liq_stress *stress, uint32_t first)
{
    const uint32_t batch = stress->prices.tile_capacity * LIQ_STRESS_TILE;
    const uint32_t left = stress->result_count - first;

    return left < batch ? left : batch;
}

static liq_stress_tile tile_make(const liq_stress *stress)
{
    return (liq_stress_tile){.book = stress->book,
                             .rows = &stress->rows,
                             .market = &stress->market,
                             .pack = &stress->pack,
                             .prices = &stress->prices,
                             .funds = &stress->funds,
                             .ramps = &stress->ramps,
                             .open_lots = stress->open_lots,
                             .costs = stress->costs,
                             .carried = stress->carried,
                             .fine_per_unit = stress->fine_per_unit,
                             .check_every = stress->pack.slot_count / CHECKS + 1,
                             .statuses = stress->statuses};
}

/* Prices of a batch, and the rows packed for them. */
static liq_status batch_pack(liq_stress *stress, uint32_t first, uint32_t count, liq_error *err)
{
    const liq_status status =
        liq_stress_prices_fill(&stress->prices, stress->set, first, count, err);

    return status != LIQ_OK ? status
                            : liq_stress_pack_fill(&stress->pack, &stress->rows, &stress->market,
                                                   &stress->prices, &stress->grid, err);
}

static liq_status batch_run(liq_stress *stress, uint32_t first, uint32_t count,
                            const liq_stress_looker *looker, liq_error *err)
{
    liq_stress_tile tile;
    liq_status status;

    if ((status = batch_pack(stress, first, count, err)) != LIQ_OK ||
        (status = liq_stress_pass_load(
             stress->pass, &stress->pack, &stress->grid, stress->prices.price_count,
             liq_stress_levels_of(&stress->market.policy), err)) != LIQ_OK)
        return status;
    tile = tile_make(stress);
    memset(stress->carried, LIQ_ROW_OK, stress->rows.row_count);
    for (; status == LIQ_OK && tile.tile < stress->prices.tile_count; tile.tile++) {
        const uint32_t done = tile.tile * LIQ_STRESS_TILE;

        tile.lane_count = count - done < LIQ_STRESS_TILE ? count - done : LIQ_STRESS_TILE;
        if ((status = liq_stress_tile_run(stress, &tile, err)) != LIQ_OK)
            break;
        if (looker != NULL)
            looker->look(looker->context, first + done, tile.lane_count, stress->statuses);
        status = progress_tell(stress, first + done + tile.lane_count, err);
    }
    tile.tile = stress->prices.tile_count - 1;
    if (status == LIQ_OK)
        liq_stress_tiles_close(stress, &tile);
    return status;
}

/* Of the rows that may be listed; prices of a batch before the last one are made again. */
static liq_status worst_find(liq_stress *stress, liq_error *err)
{
    const uint32_t batch = stress->prices.tile_capacity * LIQ_STRESS_TILE;
    uint32_t listed[LIQ_STRESS_LOSERS_MAX];
    const uint32_t count = liq_stress_losers_choose(listed, LIQ_STRESS_LOSERS_MAX,
                                                    stress->rows.row_count, stress->costs);

    for (uint32_t first = 0; count > 0 && first < stress->result_count; first += batch) {
        liq_stress_tile tile;
        liq_status status;

        if (stress->result_count > batch &&
            (status = batch_pack(stress, first, batch_count(stress, first), err)) != LIQ_OK)
            return status;
        tile = tile_make(stress);
        liq_stress_worst_find(&tile, listed, count);
    }
    return LIQ_OK;
}

static liq_status progress_tell(const liq_stress *stress, uint32_t done, liq_error *err)
{
    if (stress->progress == NULL ||
        stress->progress->report(stress->progress->context, "scenarios", done,
                                 liq_stress_set_count(stress->set)) != 0)
        return LIQ_OK;
    return liq_fail(err, LIQ_INTERRUPTED, 0, "stopped after %u scenarios", done);
}
