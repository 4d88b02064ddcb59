/*
 * A common level that rises until enough is given. Everybody gives (offset + slope x level) / unit
 * lots, not less than nothing and not more than his cap. The level is found as an exact fraction;
 * then shares are cut to whole lots and what is missing goes to the largest remainders.
 *
 * Bounds, so that 256 bits hold every product: sums of slopes below 2^187, of offsets and of unit x
 * cap below 2^183; slope x unit x lots and slope x offset summed over all, likewise unit x cap x
 * sum of slopes, below 2^250.
 */
#ifndef LIQ_SETTLE_ADL_LEVEL_H
#define LIQ_SETTLE_ADL_LEVEL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/int256.h"

typedef struct liq_adl_line {
    liq_int256 offset;
    liq_int256 slope; /* >= 0; above zero for liq_adl_level_fill */
    int64_t cap;      /* lots, above zero */
    int64_t lots;     /* given */
    uint32_t account_index;
    uint32_t place;
    uint32_t index; /* the caller's */
    uint32_t state; /* of the search */
} liq_adl_line;

/* Where a line starts to give, or reaches its cap; also whatever else is sorted by a key. */
typedef struct liq_adl_turn {
    int64_t key; /* of the fraction, near enough to sort most by */
    uint32_t line;
    uint32_t which; /* 0: the start, 1: the end */
} liq_adl_turn;

/* above / below, below not zero. */
typedef struct liq_adl_level {
    liq_int256 above;
    liq_int256 below;
} liq_adl_level;

/**
 * Fill in the lots of all lines.
 * @param level  receives where it stops
 * @param turns  room for 2 x count
 * @param unit   above zero
 * @param lots   above zero, below the sum of all caps
 */
void liq_adl_level_fill(liq_adl_level *level, liq_adl_line *lines, uint32_t count, liq_int256 unit,
                        int64_t lots, liq_adl_turn *turns);

#endif
