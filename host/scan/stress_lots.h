/*
 * Lots of flagged accounts by instrument, longs apart from shorts.
 *
 * Kept in steps: what is added at a lane holds from there on until it is taken off, and only the
 * sums up to a lane (liq_stress_lots_total) say what is there.
 */
#ifndef LIQ_SCAN_STRESS_LOTS_H
#define LIQ_SCAN_STRESS_LOTS_H

#include "scan/stress_loss.h"

/* LIQ_STRESS_STEPS for each instrument. */
typedef struct liq_stress_lots {
    int64_t *longs;
    int64_t *shorts;
} liq_stress_lots;

/** @param out  zeroed; to be cleared also when memory was refused */
LIQ_MUST_USE liq_status liq_stress_lots_create(liq_stress_lots *out, const liq_venue *venue,
                                               liq_error *err);

/** Takes a zeroed or filled one. */
void liq_stress_lots_clear(liq_stress_lots *lots);

/** Begin with none. */
void liq_stress_lots_start(liq_stress_lots *lots, const liq_venue *venue);

/** Begin the next tile of a batch: what was brought up to each lane goes on from the last one. */
void liq_stress_lots_carry(liq_stress_lots *lots, const liq_venue *venue);

/** The same for the steps of anything. @param count  so many times LIQ_STRESS_STEPS */
void liq_stress_steps_carry(int64_t *steps, size_t count);

/** Add those of another worker. */
void liq_stress_lots_add(liq_stress_lots *sum, const liq_stress_lots *other,
                         const liq_venue *venue);

/** Bring sums up to each lane. */
void liq_stress_lots_total(liq_stress_lots *sum, const liq_venue *venue);

/** Add the positions of a row from a lane on (sign 1), or take them off (-1). */
void liq_stress_lots_edge(liq_stress_lots *lots, const liq_rows *rows, uint32_t row, uint32_t lane,
                          int64_t sign);

/**
 * Add the positions of a row to the lanes alone in which it counts.
 * @param lots   not carried, and not brought up to each lane
 * @param masks  LIQ_STRESS_TILE of them: -1 where it does, else 0
 */
void liq_stress_lots_scatter(liq_stress_lots *lots, const liq_rows *rows, uint32_t row,
                             const int64_t *masks);

#endif
