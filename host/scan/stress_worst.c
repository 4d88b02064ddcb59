#include "scan/stress_worst.h"

#include "base/workers.h"

/* Each worker takes every so-manieth row. */
typedef struct worst_work {
    const liq_stress_tile *tile;
    const uint32_t *listed;
    uint32_t count;
    uint32_t workers;
} worst_work;

static void rows_work(void *context, uint32_t index);
static void row_find(const liq_stress_tile *tile, uint32_t row);
static uint32_t tile_lanes(const liq_stress_prices *prices, uint32_t tile);

void liq_stress_worst_find(const liq_stress_tile *tile, const uint32_t *listed, uint32_t count)
{
    worst_work work = {
        .tile = tile, .listed = listed, .count = count, .workers = liq_workers_count()};

    liq_workers_run(work.workers, rows_work, &work);
}

static void rows_work(void *context, uint32_t index)
{
    const worst_work *work = context;

    for (uint32_t i = index; i < work->count; i += work->workers)
        if (liq_stress_is_narrow(work->tile, work->listed[i]))
            row_find(work->tile, work->listed[i]);
}

/* Where a row is not bankrupt it has more than where it is: such a scenario stands for none. */
static void row_find(const liq_stress_tile *tile, uint32_t row)
{
    const liq_stress_prices *prices = tile->prices;

    for (uint32_t at = 0; at < prices->tile_count; at++) {
        const uint32_t lanes = tile_lanes(prices, at);
        int64_t equities[LIQ_STRESS_TILE];
        uint32_t worst = 0;

        liq_stress_narrow_equities(equities, tile, at, row);
        for (uint32_t lane = 1; lane < lanes; lane++)
            if (equities[lane] < equities[worst])
                worst = lane;
        liq_stress_worst_note(&tile->costs[row], -(liq_int128)equities[worst],
                              prices->first + at * LIQ_STRESS_TILE + worst);
    }
}

static uint32_t tile_lanes(const liq_stress_prices *prices, uint32_t tile)
{
    const uint32_t left = prices->count - tile * LIQ_STRESS_TILE;

    return left < LIQ_STRESS_TILE ? left : LIQ_STRESS_TILE;
}
