/*
 * What is left of something that halves in equal times, in integers, so that it is the same on
 * every machine.
 */
#ifndef LIQ_BASE_HALF_LIFE_H
#define LIQ_BASE_HALF_LIFE_H

#include <stdint.h>

enum { LIQ_HALF_LIFE_ONE = 1000000000 };

/**
 * 2^-(elapsed / half life), 10^-9, rounded down.
 * @param elapsed_ms    0 or more
 * @param half_life_ms  1 or more
 * @return LIQ_HALF_LIFE_ONE when no time has passed, 0 after 30 half lives
 */
int64_t liq_half_life_factor_floor(int64_t elapsed_ms, int64_t half_life_ms);

#endif
