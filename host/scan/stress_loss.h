/*
 * What bankrupt rows owe in the scenarios of a tile, exactly, without valuing what they require.
 *
 * A fine unit here is that of the margin currency. A narrow row's loss is linear in the values of a
 * lot, so its sum over a run of scenarios takes a few products, by sums of the values up to each
 * scenario.
 */
#ifndef LIQ_SCAN_STRESS_LOSS_H
#define LIQ_SCAN_STRESS_LOSS_H

#include "scan/stress_funds.h"
#include "scan/stress_pack.h"

/* Scenarios of a tile, and one more for where the last one ends. */
#define LIQ_STRESS_STEPS (LIQ_STRESS_TILE + 1U)

#define LIQ_STRESS_WORST_NONE LIQ_INT128_MIN

/* What a margin account costs the funds over all scenarios, fine units. */
typedef struct liq_stress_cost {
    liq_int128 sum;
    liq_int128 worst;        /* LIQ_STRESS_WORST_NONE: none yet */
    uint32_t worst_scenario; /* the first one of them */
    uint32_t scenarios;
} liq_stress_cost;

/* Values of a lot, by instrument, summed up over a batch until a lane of a tile; what a short holds
 * them at is rounded up. */
typedef struct liq_stress_ramps {
    liq_int128 *long_sums; /* LIQ_STRESS_STEPS for each: of the lanes before */
    liq_int128 *short_sums;
} liq_stress_ramps;

/* What all workers of a tile share. */
typedef struct liq_stress_tile {
    const liq_book *book;
    const liq_rows *rows;
    const liq_market *market; /* at the book's own prices */
    const liq_stress_pack *pack;
    const liq_stress_prices *prices;
    const liq_stress_funds *funds;
    const liq_stress_ramps *ramps;
    const uint64_t *open_lots; /* by instrument and side, longs before shorts: of all rows */
    liq_stress_cost *costs;    /* by row; of a row with a slot only its worker writes */
    uint8_t *carried;          /* by slot: its status in the last lane of the tile before */
    uint8_t *statuses;         /* LIQ_STRESS_TILE for each row, NULL: nobody wants them */
    int64_t fine_per_unit;
    uint32_t tile;
    uint32_t check_every; /* of so many slots one is asked of the rule whatever was proven */
    uint32_t lane_count;  /* lanes past it are nobody's scenario */
} liq_stress_tile;

LIQ_MUST_USE liq_status liq_stress_ramps_create(liq_stress_ramps *out, const liq_venue *venue,
                                                liq_error *err);

/** Takes a zeroed or filled one. */
void liq_stress_ramps_clear(liq_stress_ramps *ramps);

/** Take over a tile, the next one of its batch. */
void liq_stress_ramps_fill(liq_stress_ramps *ramps, const liq_stress_prices *prices, uint32_t tile);

/** What a bankrupt row owes in one scenario, fine units: of a plain one (see liq_stress_pack)
 * exactly, of another a whole number of cash units, as the margin rule rounds it. */
liq_int128 liq_stress_loss_at(const liq_stress_tile *tile, uint32_t row, uint32_t lane);

/** Whether a row is narrow (see liq_stress_pack) and what it owes is one fund's. */
bool liq_stress_is_narrow(const liq_stress_tile *tile, uint32_t row);

/** What no price changes of the equity of a narrow row, fine units. */
int64_t liq_stress_narrow_constant(const liq_stress_tile *tile, uint32_t row);

/**
 * The equity of a narrow row in each lane of a tile of the batch, fine units.
 * @param out   LIQ_STRESS_TILE
 * @param of    of any tile of the batch
 * @param tile  which one
 */
void liq_stress_narrow_equities(int64_t *out, const liq_stress_tile *of, uint32_t tile,
                                uint32_t row);

/**
 * Note that a narrow row is bankrupt from a lane on (sign 1), or no longer (-1), lane_count
 * included. What it costs is right once it is not; its worst is not noted, see stress_worst.h.
 */
void liq_stress_cost_edge(const liq_stress_tile *tile, uint32_t row, uint32_t lane, int64_t sign);

/** Grains of cash as fine units, rounded down. @param grains  within liq_units_bound */
liq_int128 liq_stress_fine_floor(const liq_market *market, liq_wide grains);

/** Note a loss if none before was as large. */
void liq_stress_worst_note(liq_stress_cost *cost, liq_int128 fine, uint32_t scenario);

/** Note what a row lost in a scenario. */
void liq_stress_cost_add(liq_stress_cost *cost, liq_int128 fine, uint32_t scenario);

#endif
