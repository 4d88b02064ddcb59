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
static void equities_fill(uint64_t *equities, const liq_stress_tile *of, uint32_t tile,
                          uint32_t row);

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
        uint64_t equities[LIQ_STRESS_TILE];
        uint32_t worst = 0;

        equities_fill(equities, tile, at, row);
        for (uint32_t lane = 1; lane < lanes; lane++)
            if ((int64_t)equities[lane] < (int64_t)equities[worst])
                worst = lane;
        liq_stress_worst_note(&tile->costs[row], -(liq_int128)(int64_t)equities[worst],
                              prices->first + at * LIQ_STRESS_TILE + worst);
    }
}

static uint32_t tile_lanes(const liq_stress_prices *prices, uint32_t tile)
{
    const uint32_t left = prices->count - tile * LIQ_STRESS_TILE;

    return left < LIQ_STRESS_TILE ? left : LIQ_STRESS_TILE;
}

/* Fine units. Products may wrap: what is narrow fits when all of it is added. */
static void equities_fill(uint64_t *equities, const liq_stress_tile *of, uint32_t tile,
                          uint32_t row)
{
    const liq_rows *rows = of->rows;
    const uint64_t constant = (uint64_t)liq_stress_narrow_constant(of, row);

    for (uint32_t lane = 0; lane < LIQ_STRESS_TILE; lane++)
        equities[lane] = constant;
    for (uint64_t i = rows->entry_first[row]; i < rows->entry_first[row + 1]; i++) {
        const uint64_t lots = (uint64_t)rows->quantities[i];
        const uint32_t instrument = rows->tags[i] & LIQ_TAG_INDEX_MAX;

        if (rows->tags[i] >> LIQ_TAG_INDEX_BITS != LIQ_ENTRY_POSITION)
            continue;
        for (uint32_t lane = 0; lane < LIQ_STRESS_TILE; lane++)
            equities[lane] += lots * (uint64_t)liq_stress_value(of->prices, tile, instrument, lane,
                                                                rows->quantities[i] < 0);
    }
}
