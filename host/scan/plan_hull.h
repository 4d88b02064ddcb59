/*
 * Stretches of reductions in the order of what they cost for what they gain: a knapsack in
 * which every leg has falling returns. Taken in that order, with the last one in part, they are the
 * cheapest way there is when lots are divisible and legs do not bear on each other: a bound below
 * the cost of any plan, and the first guess at one.
 */
#ifndef LIQ_SCAN_PLAN_HULL_H
#define LIQ_SCAN_PLAN_HULL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/int128.h"

/* What closing lots of a leg would gain and cost, from nothing closed. */
typedef struct liq_plan_point {
    int64_t lots;
    liq_int128 gain; /* of height above the goal */
    liq_int128 cost; /* cash grains */
} liq_plan_point;

/* A stretch of one leg, up to so many lots in all. */
typedef struct liq_plan_stretch {
    uint32_t leg;
    uint32_t place; /* among those of the leg */
    int64_t lots;
    liq_int128 gain; /* of the stretch */
    liq_int128 cost; /* of the stretch, at least zero */
} liq_plan_stretch;

/**
 * The stretches of one leg along the upper hull of its points, from (0, 0).
 * @param points  by lots, ascending; costs never fall
 * @param slack   added to each gain
 * @param out     room for count
 * @return how many there are
 */
uint32_t liq_plan_hull(liq_plan_stretch *out, uint32_t leg, const liq_plan_point *points,
                       uint32_t count, liq_int128 slack);

/** Sort the stretches of all legs: most gain for the cost first, ties by leg. */
void liq_plan_hull_sort(liq_plan_stretch *stretches, uint64_t count);

/**
 * The least cost of gaining so much, in cash units, rounded down.
 * @param stretches  sorted
 * @return false when all of them gain less
 */
bool liq_plan_hull_bound(liq_int128 *out, const liq_plan_stretch *stretches, uint64_t count,
                         liq_int128 needed);

#endif
