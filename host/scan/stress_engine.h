/*
 * What the engine of a stress holds, and what it does with one tile. Internal to the library; users
 * see the opaque liq_stress.
 */
#ifndef LIQ_SCAN_STRESS_ENGINE_H
#define LIQ_SCAN_STRESS_ENGINE_H

#include <liqscan/stress.h>

#include "base/workers.h"
#include "scan/stress_exact.h"
#include "scan/stress_run.h"
#include "scan/tested_device.h"

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
    int64_t fine_per_unit; /* of the margin currency */
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

/**
 * Judge all rows in the scenarios of a tile, and write the results of these.
 * @param tile  the first one of its batch, or the one after the tile run last
 * @return LIQ_OUT_OF_RANGE when an amount is past 128 bits, or what the pass or memory refused
 */
LIQ_MUST_USE liq_status liq_stress_tile_run(liq_stress *stress, const liq_stress_tile *tile,
                                            liq_error *err);

/** End a batch whose tiles have run. @param tile  the last one of it */
void liq_stress_tiles_close(liq_stress *stress, const liq_stress_tile *tile);

/**
 * Hash the results of all scenarios.
 * @param hex  receives 64 digits and a terminator
 * @return LIQ_OK, or what memory refused
 */
LIQ_MUST_USE liq_status liq_stress_results_hash(const liq_stress *stress, char hex[65],
                                                liq_error *err);

#endif
