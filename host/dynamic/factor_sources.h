/*
 * What each source asks for: factors in parts per million, rounded up once.
 */
#ifndef LIQ_DYNAMIC_FACTOR_SOURCES_H
#define LIQ_DYNAMIC_FACTOR_SOURCES_H

#include <stdint.h>

#include "base/int128.h"

/**
 * The open-interest form of dYdX: IMF = min(base + (1 - base) x max((interest - lower) / (upper -
 * lower), 0), 1), as a factor of base.
 * @param base_ppm  initial rate, above 0; of 1 and more: the factor is one
 * @param interest, lower, upper  0 or more, lower below upper, in the same unit
 * @return LIQ_FACTOR_ONE .. LIQ_FACTOR_PPM_MAX
 */
uint32_t liq_interest_factor_ceil(uint32_t base_ppm, liq_int128 interest, liq_int128 lower,
                                  liq_int128 upper);

/** Of all between two caps, how much: parts per million, rounded up, 0 .. 10^6. */
uint32_t liq_share_between_ceil(liq_int128 value, liq_int128 lower, liq_int128 upper);

/** Open interest over depth in parts per million, rounded up, at most 10^9; depth 0: that. */
uint32_t liq_concentration_ceil(liq_int128 interest, liq_int128 depth);

/** One up to a lower ratio, the top from an upper one, and on a line between. */
uint32_t liq_ramp_factor_ceil(uint32_t ratio_ppm, uint32_t lower_ppm, uint32_t upper_ppm,
                              uint32_t top_ppm);

#endif
