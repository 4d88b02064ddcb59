/*
 * Factors on the margin rates of an instrument, and what a tier table is under them. A rate times
 * its factor is rounded up, once, to the unit that the margin rule counts rates in, and is at most
 * 100% unless the table itself asks for more. Deductions follow, so that a table that was
 * continuous stays so: margin is that of a venue.json with such rates. The liquidation fee and the
 * floors of tiers stay what they are.
 */
#ifndef LIQ_BOOK_MARGIN_FACTORS_H
#define LIQ_BOOK_MARGIN_FACTORS_H

#include <stdbool.h>
#include <stdint.h>

#include <liqscan/status.h>

#include "base/decimal.h"

typedef struct liq_venue liq_venue;

/* Parts per million, 1 .. LIQ_FACTOR_PPM_MAX. */
typedef struct liq_margin_factors {
    uint32_t maintenance_ppm;
    uint32_t initial_ppm;
} liq_margin_factors;

/* A tier under factors: rates as the margin rule counts them, without the liquidation fee. */
typedef struct liq_scaled_tier {
    int64_t maintenance_rate;
    int64_t initial_rate;
    liq_int128 deduction_grains;
} liq_scaled_tier;

/** Factors of one. */
liq_margin_factors liq_margin_factors_one(void);

static inline bool liq_margin_factors_equal(liq_margin_factors left, liq_margin_factors right)
{
    return left.maintenance_ppm == right.maintenance_ppm && left.initial_ppm == right.initial_ppm;
}

/**
 * Whether an instrument's table can be under factors.
 * @return LIQ_OK, LIQ_OUT_OF_RANGE (a factor, a slope of which one lot alone would have a rate of
 * LIQ_RATE_WHOLE_MAX, or a deduction past its limit)
 */
LIQ_MUST_USE liq_status liq_margin_factors_check(const liq_venue *venue, uint32_t instrument_index,
                                                 liq_margin_factors factors, liq_error *err);

/**
 * Scale a tier.
 * @param tier    of the instrument, from 0
 * @param before  the one below, scaled; not read for tier 0
 * @return false when its deduction is past the limit
 */
bool liq_tier_scale(liq_scaled_tier *out, const liq_venue *venue, uint32_t instrument_index,
                    uint32_t tier, const liq_scaled_tier *before, liq_margin_factors factors);

/** A slope times a factor, rounded up to 18 digits. */
liq_decimal liq_slope_scaled_ceil(liq_decimal slope, uint32_t factor_ppm);

#endif
