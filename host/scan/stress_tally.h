/*
 * What a worker counts in one tile: statuses, lots of flagged accounts, what funds would need. All
 * of it integers, so that the sums of several workers do not depend on who counted what.
 */
#ifndef LIQ_SCAN_STRESS_TALLY_H
#define LIQ_SCAN_STRESS_TALLY_H

#include "scan/stress_funds.h"
#include "scan/stress_pack.h"

/* What a margin account costs the funds over all scenarios, cash units. */
typedef struct liq_stress_cost {
    liq_int128 sum;
    int64_t worst;
    uint32_t worst_scenario; /* the first one of them */
    uint32_t scenarios;
} liq_stress_cost;

/* A loss that is to be noted once nobody else writes to the costs. */
typedef struct liq_stress_loss {
    int64_t cash;
    uint32_t row;
    uint32_t lane;
} liq_stress_loss;

/* Why the margin rule is asked about a row in a scenario. */
typedef enum liq_stress_why {
    LIQ_STRESS_WHY_DOUBT = 0,  /* for its status */
    LIQ_STRESS_WHY_CALLED = 1, /* for what it lacks to be ok */
    LIQ_STRESS_WHY_SPLIT = 2   /* for how several funds share its loss */
} liq_stress_why;

/* What all workers of a tile share. */
typedef struct liq_stress_tile {
    const liq_book *book;
    const liq_rows *rows;
    const liq_market *market; /* at the book's own prices */
    const liq_stress_pack *pack;
    const liq_stress_prices *prices;
    const liq_stress_funds *funds;
    liq_stress_cost *costs; /* by row; of a row with a slot only its worker writes */
    uint8_t *statuses;      /* LIQ_STRESS_TILE for each row, NULL: nobody wants them */
    uint32_t tile;
    uint32_t lane_count; /* lanes past it are nobody's scenario */
} liq_stress_tile;

typedef struct liq_stress_tally {
    uint64_t by_status[LIQ_MARGIN_STATUS_COUNT][LIQ_STRESS_TILE];
    liq_int128 called[LIQ_STRESS_TILE];
    int64_t *longs;     /* LIQ_STRESS_TILE for each instrument: lots */
    int64_t *shorts;    /* likewise */
    liq_int128 *needed; /* LIQ_STRESS_TILE for each fund, and for none: cash units */
    uint64_t *pairs;    /* (lane, why, row) for the margin rule, see liq_stress_pair */
    liq_stress_loss *losses;
    size_t pair_capacity;
    size_t pair_count;
    size_t loss_capacity;
    size_t loss_count;
    liq_status status; /* of the worker */
    liq_error err;
} liq_stress_tally;

static inline uint64_t liq_stress_pair(uint32_t lane, liq_stress_why why, uint32_t row)
{
    return (uint64_t)lane << 40 | (uint64_t)why << 32 | row;
}

static inline uint32_t liq_stress_pair_lane(uint64_t pair)
{
    return (uint32_t)(pair >> 40);
}

static inline liq_stress_why liq_stress_pair_why(uint64_t pair)
{
    return (liq_stress_why)(pair >> 32 & 0xff);
}

LIQ_MUST_USE liq_status liq_stress_tally_create(liq_stress_tally *out, const liq_venue *venue,
                                                liq_error *err);

/** Takes a zeroed or filled one. */
void liq_stress_tally_clear(liq_stress_tally *tally);

/** Begin a tile. */
void liq_stress_tally_start(liq_stress_tally *tally, const liq_venue *venue);

/**
 * Count slots that were judged. A failure is kept in the tally.
 * @param first     of the slots of the pack
 * @param marks     of the slots, see kernels/stress_rows.cl
 * @param statuses  LIQ_STRESS_TILE for each
 */
void liq_stress_tally_slots(liq_stress_tally *tally, const liq_stress_tile *tile, uint32_t first,
                            uint32_t count, const uint8_t *marks, const uint8_t *statuses);

/** Count the lots of a flagged row in one scenario. */
void liq_stress_tally_lots(liq_stress_tally *tally, const liq_rows *rows, uint32_t row,
                           uint32_t lane);

/** Keep a loss for later. A failure is kept in the tally. */
void liq_stress_tally_loss(liq_stress_tally *tally, liq_stress_loss loss);

/** Note what a row lost in a scenario. */
void liq_stress_cost_add(liq_stress_cost *cost, int64_t cash, uint32_t scenario);

#endif
