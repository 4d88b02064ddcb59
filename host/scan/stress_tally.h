/*
 * What a worker counts in one tile: statuses, lots of flagged accounts, what funds would need. All
 * of it integers, so that the sums of several workers do not depend on who counted what.
 *
 * Neighbouring scenarios are often alike, so an account is counted by runs of scenarios in which it
 * has one status: what is added where a run begins is taken off where it ends, and the sums up to a
 * lane are what holds there (liq_stress_tally_total). A run goes on in the next tile of the batch:
 * a slot that keeps its status costs nothing there.
 */
#ifndef LIQ_SCAN_STRESS_TALLY_H
#define LIQ_SCAN_STRESS_TALLY_H

#include "scan/stress_lots.h"

/* A loss that is to be noted once nobody else writes to the costs. */
typedef struct liq_stress_loss {
    liq_int128 fine;
    uint32_t row;
    uint32_t lane;
} liq_stress_loss;

/* Why the margin rule is asked about a row in a scenario. */
typedef enum liq_stress_why {
    LIQ_STRESS_WHY_DOUBT = 0,  /* for its status */
    LIQ_STRESS_WHY_CALLED = 1, /* for what it lacks to be ok */
    LIQ_STRESS_WHY_SPLIT = 2,  /* for how several funds share its loss */
    LIQ_STRESS_WHY_CHECK = 3   /* to see whether the device computes what it should */
} liq_stress_why;

/* Scenarios first .. end - 1 of a tile, in which a row has one status. */
typedef struct liq_stress_lane_run {
    uint32_t row;
    uint32_t status;
    uint32_t first;
    uint32_t end;
} liq_stress_lane_run;

typedef struct liq_stress_tally {
    int64_t by_status[LIQ_MARGIN_STATUS_COUNT][LIQ_STRESS_STEPS];
    int64_t scattered_status[LIQ_MARGIN_STATUS_COUNT][LIQ_STRESS_TILE]; /* of those rows */
    liq_int128 called[LIQ_STRESS_TILE]; /* in each lane alone, as all in cash units */
    liq_stress_lots narrow;    /* of bankrupt rows that are narrow and whose loss is one fund's */
    liq_stress_lots flagged;   /* of the other ones that are to be liquidated */
    liq_stress_lots scattered; /* of rows that change often, in each lane alone */
    liq_int128 *constants;     /* LIQ_STRESS_STEPS for each fund, and for none: of those narrow rows
                                  what no price changes, fine units */
    liq_int128 *needed; /* LIQ_STRESS_TILE for each, in each lane alone: of the other ones, fine
                          units */
    uint64_t *pairs;    /* (lane, status, why, row) for the margin rule, see liq_stress_pair */
    liq_stress_loss *losses;
    size_t pair_capacity;
    size_t pair_count;
    size_t loss_capacity;
    size_t loss_count;
    liq_status status; /* of the worker */
    liq_error err;
} liq_stress_tally;

/** @param status  that is proven; LIQ_STRESS_DOUBT: none */
static inline uint64_t liq_stress_pair(uint32_t lane, uint32_t status, liq_stress_why why,
                                       uint32_t row)
{
    return (uint64_t)lane << 48 | (uint64_t)status << 40 | (uint64_t)why << 32 | row;
}

static inline uint32_t liq_stress_pair_lane(uint64_t pair)
{
    return (uint32_t)(pair >> 48);
}

static inline uint32_t liq_stress_pair_status(uint64_t pair)
{
    return (uint32_t)(pair >> 40 & 0xff);
}

static inline liq_stress_why liq_stress_pair_why(uint64_t pair)
{
    return (liq_stress_why)(pair >> 32 & 0xff);
}

LIQ_MUST_USE liq_status liq_stress_tally_create(liq_stress_tally *out, const liq_venue *venue,
                                                liq_error *err);

/** Takes a zeroed or filled one. */
void liq_stress_tally_clear(liq_stress_tally *tally);

/** Begin a batch, or of all workers but the first a tile. */
void liq_stress_tally_start(liq_stress_tally *tally, const liq_venue *venue);

/** Begin the next tile of a batch: what was brought up to each lane goes on from the last one. */
void liq_stress_tally_carry(liq_stress_tally *tally, const liq_venue *venue);

/**
 * Count a row from a lane on (sign 1) as what a status makes of it, or take it off (-1). The loss
 * of a narrow row is what its lots and its constant come to.
 * @param status  ok and LIQ_STRESS_DOUBT add nothing
 */
void liq_stress_tally_edge(liq_stress_tally *tally, const liq_stress_tile *tile, uint32_t row,
                           uint32_t status, uint32_t lane, int64_t sign);

/** List a row for the margin rule in each scenario of a run. A failure is kept in the tally. */
void liq_stress_tally_ask(liq_stress_tally *tally, liq_stress_lane_run run, liq_stress_why why);

/** Count a row that the margin rule has valued in one scenario, but not what it lacks, nor how
 * several funds share its loss. A failure is kept in the tally. */
void liq_stress_tally_exact(liq_stress_tally *tally, const liq_stress_tile *tile, uint32_t row,
                            uint32_t lane, const liq_row_record *record);

/** Keep what a bankrupt row costs for later. A failure is kept in the tally. */
void liq_stress_tally_cost(liq_stress_tally *tally, const liq_stress_tile *tile, uint32_t row,
                           uint32_t lane, const liq_row_record *record);

/** Add the tally of another worker, and bring sums up to each lane. */
void liq_stress_tally_add(liq_stress_tally *sum, const liq_stress_tally *other,
                          const liq_venue *venue);
void liq_stress_tally_total(liq_stress_tally *sum, const liq_venue *venue);

#endif
