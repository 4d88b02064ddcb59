/*
 * The engine: batches of scenarios whose prices fit in memory, in each the rows packed anew, tile
 * after tile of LIQ_STRESS_TILE scenarios, in each all rows once, chunk after chunk.
 */
#include <liqscan/stress.h>

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/decimal.h"
#include "base/fail.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/workers.h"
#include "scan/scan_row.h"
#include "scan/stress_exact.h"
#include "scan/stress_lane.h"
#include "scan/stress_open.h"
#include "scan/stress_run.h"
#include "scan/stress_worst.h"
#include "scan/tested_device.h"

#define PRICE_BYTES_DEFAULT ((uint64_t)256 << 20)

/* Slots that a worker takes at a time. */
enum { BLOCK_SLOTS = 4096, CHECKS = 64 };

struct liq_stress {
    const liq_book *book;
    liq_market market; /* at the book's own prices */
    liq_rows rows;
    liq_tested_device device;
    liq_stress_pass *pass;
    liq_stress_pack pack;
    liq_stress_grid grid;
    liq_stress_funds funds;
    liq_stress_prices prices;
    liq_stress_ramps ramps;
    float *tile_prices;
    float *tile_edges;
    liq_stress_tally tallies[LIQ_WORKERS_MAX];
    liq_stress_exact exacts[LIQ_WORKERS_MAX];
    uint32_t workers;
    uint64_t *open_lots;    /* by instrument and side */
    liq_stress_cost *costs; /* by row */
    uint8_t *carried;       /* by slot: its status in the last lane that was counted */
    uint8_t *statuses;      /* of a tile, by row; only when somebody looks */
    liq_stress_result *results;
    const liq_stress_set *set;
    uint32_t result_count;
    uint64_t *pairs; /* of a tile, lane by lane */
    size_t pair_capacity;
    uint64_t pair_firsts[LIQ_STRESS_TILE + 1];
    uint64_t exact_pairs;
    uint64_t price_bytes_max;
    const liq_progress *progress;
};

/* What the workers of a step are told. */
typedef struct tile_work {
    liq_stress *stress;
    const liq_stress_tile *tile;
    liq_stress_judged judged;
} tile_work;

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
static liq_status tile_run(liq_stress *stress, liq_stress_tile *tile, liq_error *err);
static void options_work(void *context, uint32_t index);
static void slots_work(void *context, uint32_t index);
static void close_work(void *context, uint32_t index);
static liq_status pairs_sort(liq_stress *stress, liq_error *err);
static void exact_work(void *context, uint32_t index);
static liq_stress_task task_make(const liq_stress *stress, uint32_t lane, uint32_t part,
                                 uint32_t parts);
static liq_status tallies_check(const liq_stress *stress, liq_error *err);
static void losses_note(liq_stress *stress, const liq_stress_tile *tile);
static liq_status lanes_finish(liq_stress *stress, const liq_stress_tile *tile, liq_error *err);
static int64_t fine_per_unit(const liq_stress *stress);
static liq_status progress_tell(const liq_stress *stress, uint32_t done, liq_error *err);
static liq_status results_hash(const liq_stress *stress, char hex[65], liq_error *err);

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
                                         chosen->skip_self_test != 0, err)) != LIQ_OK ||
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
    return results_hash(stress, summary->hash, err);
}

void liq_stress_outcome_read(const liq_stress *stress, uint32_t scenario, liq_stress_outcome *out)
{
    const liq_stress_result *result = liq_stress_result_of(stress, scenario);
    const int32_t decimals = stress->book->venue.cash_decimals;

    *out = (liq_stress_outcome){.name = liq_stress_set_name(stress->set, scenario)};
    memcpy(out->by_status, result->by_status, sizeof out->by_status);
    for (uint32_t i = LIQ_ROW_LIQUIDATE; i <= LIQ_ROW_BANKRUPT; i++)
        out->flagged += result->by_status[i];
    (void)liq_decimal_format(out->long_notional, result->long_notional, decimals);
    (void)liq_decimal_format(out->short_notional, result->short_notional, decimals);
    (void)liq_decimal_format(out->open_notional, result->open_notional, decimals);
    (void)liq_decimal_format(out->margin_called, result->margin_called, decimals);
    (void)liq_decimal_format(out->fund_needed, result->fund_needed, decimals);
    (void)liq_decimal_format(out->adl_needed, result->adl_needed, decimals);
}

uint32_t liq_stress_losers(const liq_stress *stress, liq_stress_loser *out, uint32_t limit)
{
    return liq_stress_losers_list(out, limit, stress->book, &stress->rows, stress->costs,
                                  fine_per_unit(stress));
}

const liq_stress_result *liq_stress_result_of(const liq_stress *stress, uint32_t scenario)
{
    LIQ_ASSERT(scenario < stress->result_count);
    return &stress->results[scenario];
}

void liq_stress_forget(liq_stress *stress)
{
    stress->result_count = 0;
    stress->set = NULL;
    costs_start(stress);
}

const liq_book *liq_stress_book_of(const liq_stress *stress)
{
    return stress->book;
}

const liq_rows *liq_stress_rows(const liq_stress *stress)
{
    return &stress->rows;
}

const liq_market *liq_stress_market(const liq_stress *stress)
{
    return &stress->market;
}

const liq_stress_funds *liq_stress_funds_of(const liq_stress *stress)
{
    return &stress->funds;
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
                             .fine_per_unit = fine_per_unit(stress),
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
    tile_work work = {.stress = stress, .tile = &tile};
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
        if ((status = tile_run(stress, &tile, err)) != LIQ_OK)
            break;
        if (looker != NULL)
            looker->look(looker->context, first + done, tile.lane_count, stress->statuses);
        status = progress_tell(stress, first + done + tile.lane_count, err);
    }
    tile.tile = stress->prices.tile_count - 1;
    if (status == LIQ_OK)
        liq_workers_run(stress->workers, close_work, &work);
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

static liq_status tile_run(liq_stress *stress, liq_stress_tile *tile, liq_error *err)
{
    tile_work work = {.stress = stress, .tile = tile};
    liq_status status;

    for (uint32_t i = 0; i < stress->workers; i++) {
        if (i == 0 && tile->tile > 0)
            liq_stress_tally_carry(&stress->tallies[i], &stress->book->venue);
        else
            liq_stress_tally_start(&stress->tallies[i], &stress->book->venue);
    }
    for (uint32_t row = 0; stress->statuses != NULL && row < stress->rows.row_count; row++)
        memset(stress->statuses + (size_t)row * LIQ_STRESS_TILE,
               stress->pack.row_kinds[row] < LIQ_STRESS_ROW_SLOT ? stress->pack.row_kinds[row]
                                                                 : (int)LIQ_ROW_OK,
               LIQ_STRESS_TILE);
    liq_stress_prices_tile(&stress->prices, tile->tile, stress->tile_prices, stress->tile_edges);
    liq_stress_ramps_fill(&stress->ramps, &stress->prices, tile->tile);
    if (stress->grid.option_count > 0)
        liq_workers_run(stress->workers, options_work, &work);
    if ((status = liq_stress_pass_prices(stress->pass, stress->tile_prices, stress->tile_edges,
                                         err)) != LIQ_OK)
        return status;
    for (uint32_t chunk = 0; chunk < liq_stress_pass_chunks(stress->pass); chunk++) {
        if ((status = liq_stress_pass_run(stress->pass, chunk, &work.judged, err)) != LIQ_OK)
            return status;
        liq_workers_run(stress->workers, slots_work, &work);
    }
    if ((status = tallies_check(stress, err)) != LIQ_OK ||
        (status = pairs_sort(stress, err)) != LIQ_OK)
        return status;
    liq_workers_run(stress->workers, exact_work, &work);
    if ((status = tallies_check(stress, err)) != LIQ_OK)
        return status;
    losses_note(stress, tile);
    return lanes_finish(stress, tile, err);
}

/* Each worker prices options in its lanes; those past the last scenario are at the book's prices.
 */
static void options_work(void *context, uint32_t index)
{
    const tile_work *work = context;
    liq_stress *stress = work->stress;
    liq_stress_exact *exact = &stress->exacts[index];
    const uint32_t first = stress->prices.first + work->tile->tile * LIQ_STRESS_TILE;

    for (uint32_t lane = index; lane < LIQ_STRESS_TILE; lane += stress->workers) {
        if (lane < work->tile->lane_count)
            liq_stress_set_apply(stress->set, first + lane, &exact->book);
        else
            liq_stress_book_reset(&exact->book);
        liq_market_update(&exact->market, &exact->book.book);
        liq_stress_grid_lane(&stress->grid, &exact->book.book, &exact->market, lane);
    }
}

static void slots_work(void *context, uint32_t index)
{
    const tile_work *work = context;
    const liq_stress_judged *judged = &work->judged;

    for (uint64_t at = (uint64_t)index * BLOCK_SLOTS; at < judged->count;
         at += (uint64_t)work->stress->workers * BLOCK_SLOTS) {
        const uint32_t left = judged->count - (uint32_t)at;

        liq_stress_tally_slots(&work->stress->tallies[index], work->tile,
                               judged->first + (uint32_t)at,
                               left < BLOCK_SLOTS ? left : BLOCK_SLOTS, judged->marks + at,
                               judged->statuses + at * LIQ_STRESS_TILE);
    }
}

static void close_work(void *context, uint32_t index)
{
    const tile_work *work = context;
    const uint32_t count = work->stress->pack.slot_count;

    for (uint64_t at = (uint64_t)index * BLOCK_SLOTS; at < count;
         at += (uint64_t)work->stress->workers * BLOCK_SLOTS) {
        const uint32_t left = count - (uint32_t)at;

        liq_stress_tally_close(work->tile, (uint32_t)at, left < BLOCK_SLOTS ? left : BLOCK_SLOTS);
    }
}

/* Those of all workers, lane by lane: then a market is made once for each. */
static liq_status pairs_sort(liq_stress *stress, liq_error *err)
{
    uint64_t next[LIQ_STRESS_TILE];
    uint64_t count = 0;
    liq_status status;

    memset(stress->pair_firsts, 0, sizeof stress->pair_firsts);
    for (uint32_t i = 0; i < stress->workers; i++) {
        const liq_stress_tally *tally = &stress->tallies[i];

        count += tally->pair_count;
        for (size_t k = 0; k < tally->pair_count; k++)
            stress->pair_firsts[liq_stress_pair_lane(tally->pairs[k]) + 1]++;
    }
    if (count > stress->pair_capacity &&
        (status = liq_memory_extend(&stress->pairs, &stress->pair_capacity, count,
                                    sizeof *stress->pairs, err)) != LIQ_OK)
        return status;
    for (uint32_t lane = 0; lane < LIQ_STRESS_TILE; lane++) {
        stress->pair_firsts[lane + 1] += stress->pair_firsts[lane];
        next[lane] = stress->pair_firsts[lane];
    }
    for (uint32_t i = 0; i < stress->workers; i++) {
        const liq_stress_tally *tally = &stress->tallies[i];

        for (size_t k = 0; k < tally->pair_count; k++)
            stress->pairs[next[liq_stress_pair_lane(tally->pairs[k])]++] = tally->pairs[k];
    }
    stress->exact_pairs += count;
    return LIQ_OK;
}

/* Each worker takes lanes; where there are fewer of them than workers, parts of lanes, each with a
   market of its own: worth it where there is more to value than what is in doubt. */
static void exact_work(void *context, uint32_t index)
{
    const tile_work *work = context;
    liq_stress *stress = work->stress;
    const uint32_t lanes = work->tile->lane_count;
    const uint32_t parts = stress->pack.hard_count > 0 ? (stress->workers + lanes - 1) / lanes : 1;

    for (uint32_t i = index; i < lanes * parts; i += stress->workers) {
        const liq_stress_task task = task_make(stress, i / parts, i % parts, parts);

        liq_stress_exact_run(&stress->exacts[index], &stress->tallies[index], work->tile,
                             stress->set, &task);
    }
}

static liq_stress_task task_make(const liq_stress *stress, uint32_t lane, uint32_t part,
                                 uint32_t parts)
{
    const uint64_t first = stress->pair_firsts[lane];
    const uint64_t pairs = stress->pair_firsts[lane + 1] - first;
    const uint64_t rows = stress->pack.hard_count;
    const uint64_t pair = pairs * part / parts;
    const uint64_t row = rows * part / parts;

    return (liq_stress_task){.pairs = stress->pairs == NULL ? NULL : stress->pairs + first + pair,
                             .pair_count = pairs * (part + 1) / parts - pair,
                             .hard_rows = stress->pack.hard_rows + row,
                             .hard_count = (uint32_t)(rows * (part + 1) / parts - row),
                             .lane = lane};
}

static liq_status tallies_check(const liq_stress *stress, liq_error *err)
{
    for (uint32_t i = 0; i < stress->workers; i++)
        if (stress->tallies[i].status != LIQ_OK)
            return liq_fail(err, stress->tallies[i].status, stress->tallies[i].err.native, "%s",
                            stress->tallies[i].err.message);
    return LIQ_OK;
}

static void losses_note(liq_stress *stress, const liq_stress_tile *tile)
{
    const uint32_t first = stress->prices.first + tile->tile * LIQ_STRESS_TILE;

    stress->exact_pairs += (uint64_t)stress->pack.hard_count * tile->lane_count;
    for (uint32_t i = 0; i < stress->workers; i++)
        for (size_t k = 0; k < stress->tallies[i].loss_count; k++) {
            const liq_stress_loss *loss = &stress->tallies[i].losses[k];

            liq_stress_cost_add(&stress->costs[loss->row], loss->fine, first + loss->lane);
        }
}

/* Bring the tallies of all workers together in the first one's, and read each lane. */
static liq_status lanes_finish(liq_stress *stress, const liq_stress_tile *tile, liq_error *err)
{
    liq_stress_tally *sum = &stress->tallies[0];

    for (uint32_t i = 1; i < stress->workers; i++)
        liq_stress_tally_add(sum, &stress->tallies[i], &stress->book->venue);
    liq_stress_tally_total(sum, &stress->book->venue);
    for (uint32_t lane = 0; lane < tile->lane_count; lane++) {
        const uint32_t scenario = stress->prices.first + tile->tile * LIQ_STRESS_TILE + lane;

        if (!liq_stress_lane_read(&stress->results[scenario], sum, tile, lane))
            return liq_fail(err, LIQ_OUT_OF_RANGE, 0,
                            "scenario \"%s\": the notional of flagged accounts is past 128 bits",
                            liq_stress_set_name(stress->set, scenario));
    }
    return LIQ_OK;
}

static int64_t fine_per_unit(const liq_stress *stress)
{
    return LIQ_GRAINS_PER_UNIT / (int64_t)stress->market.assets[0].grains_per_fine;
}

static liq_status progress_tell(const liq_stress *stress, uint32_t done, liq_error *err)
{
    if (stress->progress == NULL ||
        stress->progress->report(stress->progress->context, "scenarios", done,
                                 liq_stress_set_count(stress->set)) != 0)
        return LIQ_OK;
    return liq_fail(err, LIQ_INTERRUPTED, 0, "stopped after %u scenarios", done);
}

/* Field by field: a record has room between them. */
static liq_status results_hash(const liq_stress *stress, char hex[65], liq_error *err)
{
    liq_hash *hash = NULL;
    const liq_status status = liq_hash_create(&hash, err);

    if (status != LIQ_OK)
        return status;
    for (uint32_t i = 0; i < stress->result_count; i++) {
        const liq_stress_result *result = &stress->results[i];
        const liq_int128 amounts[] = {result->long_notional, result->short_notional,
                                      result->open_notional, result->margin_called,
                                      result->fund_needed,   result->adl_needed};

        liq_hash_add(hash, result->by_status, sizeof result->by_status);
        liq_hash_add(hash, amounts, sizeof amounts);
    }
    liq_hash_finish(hash, hex);
    liq_hash_destroy(hash);
    return LIQ_OK;
}
