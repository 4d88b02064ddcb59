/*
 * Realised volatility of one instrument: the variance of its mark's returns for a millisecond, of
 * which older ones count for less, by half every half life. In integers; every rounding is up, so
 * that volatility is never told too low.
 */
#ifndef LIQ_DYNAMIC_REALISED_VOLATILITY_H
#define LIQ_DYNAMIC_REALISED_VOLATILITY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/decimal.h"
#include "dynamic/fixed_point.h"

/* Returns are counts of 10^-9, and one of more than 100% counts as 100%. A year has 365 days. */
enum { LIQ_RETURN_ONE = 1000000000, LIQ_VARIANCE_SHIFT = 32 };
#define LIQ_YEAR_MS 31536000000

/* Plain, so that it can be kept: variance counts 10^-18 x 2^-32 for a millisecond. */
typedef struct liq_realised {
    liq_uint128 variance; /* below 2^93 */
    liq_decimal mark;     /* of the last return; digits 0: none yet */
    int64_t mark_ms;
} liq_realised;

/** The variance for a millisecond of a volatility of a year, rounded down. @param ppm  1 .. 10^7 */
liq_uint128 liq_variance_of_floor(uint32_t ppm);

/** The volatility of a year in parts per million, rounded up. */
uint64_t liq_volatility_ppm_ceil(liq_uint128 variance);

/**
 * A mark at a time. Marks less than sample_ms behind the last one that counted, or before it, are
 * passed over.
 * @param mark       digits 0: there is none
 * @param sample_ms  1 or more
 */
void liq_realised_see(liq_realised *realised, const liq_half_powers *powers, int64_t half_life_ms,
                      int64_t sample_ms, int64_t time_ms, liq_decimal mark);

/** The root of variance over reference in parts per million, rounded up, at most
 * LIQ_FACTOR_PPM_MAX. */
uint32_t liq_volatility_ratio_ppm_ceil(liq_uint128 variance, liq_uint128 reference);

#endif
