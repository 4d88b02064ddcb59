/*
 * One tile of a run: all rows judged in its scenarios and counted by all workers, then what the
 * margin rule itself is asked, then each scenario's result.
 */
#include "scan/stress_engine.h"

#include <string.h>

#include "base/fail.h"
#include "base/memory.h"
#include "base/workers.h"
#include "scan/stress_count.h"
#include "scan/stress_lane.h"

/* Slots that a worker takes at a time. */
enum { BLOCK_SLOTS = 4096 };

/* What the workers of a step are told. */
typedef struct tile_work {
    liq_stress *stress;
    const liq_stress_tile *tile;
    liq_stress_judged judged;
} tile_work;

static void tallies_start(liq_stress *stress, const liq_stress_tile *tile);
static void statuses_start(liq_stress *stress);
static liq_status slots_judge(liq_stress *stress, tile_work *work, liq_error *err);
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

liq_status liq_stress_tile_run(liq_stress *stress, const liq_stress_tile *tile, liq_error *err)
{
    tile_work work = {.stress = stress, .tile = tile};
    liq_status status;

    tallies_start(stress, tile);
    statuses_start(stress);
    liq_stress_prices_tile(&stress->prices, tile->tile, stress->tile_prices, stress->tile_edges);
    liq_stress_ramps_fill(&stress->ramps, &stress->prices, tile->tile);
    if (stress->grid.option_count > 0)
        liq_workers_run(stress->workers, options_work, &work);
    if ((status = slots_judge(stress, &work, err)) != LIQ_OK ||
        (status = tallies_check(stress, err)) != LIQ_OK ||
        (status = pairs_sort(stress, err)) != LIQ_OK)
        return status;
    liq_workers_run(stress->workers, exact_work, &work);
    if ((status = tallies_check(stress, err)) != LIQ_OK)
        return status;
    losses_note(stress, tile);
    return lanes_finish(stress, tile, err);
}

void liq_stress_tiles_close(liq_stress *stress, const liq_stress_tile *tile)
{
    tile_work work = {.stress = stress, .tile = tile};

    liq_workers_run(stress->workers, close_work, &work);
}

/* The first worker's sums go on through a batch. */
static void tallies_start(liq_stress *stress, const liq_stress_tile *tile)
{
    for (uint32_t i = 0; i < stress->workers; i++) {
        if (i == 0 && tile->tile > 0)
            liq_stress_tally_carry(&stress->tallies[i], &stress->book->venue);
        else
            liq_stress_tally_start(&stress->tallies[i], &stress->book->venue);
    }
}

/* Rows without a slot have one status in all scenarios. */
static void statuses_start(liq_stress *stress)
{
    for (uint32_t row = 0; stress->statuses != NULL && row < stress->rows.row_count; row++)
        memset(stress->statuses + (size_t)row * LIQ_STRESS_TILE,
               stress->pack.row_kinds[row] < LIQ_STRESS_ROW_SLOT ? stress->pack.row_kinds[row]
                                                                 : (int)LIQ_ROW_OK,
               LIQ_STRESS_TILE);
}

/* Chunk after chunk: its slots are counted before the next one is judged. */
static liq_status slots_judge(liq_stress *stress, tile_work *work, liq_error *err)
{
    liq_status status =
        liq_stress_pass_prices(stress->pass, stress->tile_prices, stress->tile_edges, err);

    for (uint32_t chunk = 0; status == LIQ_OK && chunk < liq_stress_pass_chunks(stress->pass);
         chunk++) {
        status = liq_stress_pass_run(stress->pass, chunk, &work->judged, err);
        if (status == LIQ_OK)
            liq_workers_run(stress->workers, slots_work, work);
    }
    return status;
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

        liq_stress_count_slots(&work->stress->tallies[index], work->tile,
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

        liq_stress_count_close(work->tile, (uint32_t)at, left < BLOCK_SLOTS ? left : BLOCK_SLOTS);
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
