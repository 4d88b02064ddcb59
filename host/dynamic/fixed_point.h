/*
 * Roots and powers in integers, for what decides: the same on every machine.
 */
#ifndef LIQ_DYNAMIC_FIXED_POINT_H
#define LIQ_DYNAMIC_FIXED_POINT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/int128.h"

enum { LIQ_HALF_POWERS = 61 };

/* 2^-(2^-i) in units of 2^-64, i = 0 .. : what a power of one half is made of, bit by bit. */
typedef struct liq_half_powers {
    uint64_t roots[LIQ_HALF_POWERS];
} liq_half_powers;

/** The largest integer whose square is at most value. */
uint64_t liq_root_floor(liq_uint128 value);

/** The least integer whose square is at least value; UINT64_MAX past 64 bits. */
uint64_t liq_root_ceil(liq_uint128 value);

/** Fill the table. */
void liq_half_powers_fill(liq_half_powers *powers);

/**
 * 2^-(numerator / denominator) in units of 2^-64, within 64 units below the true one.
 * @param numerator    1 or more
 * @param denominator  1 .. 2^62
 */
uint64_t liq_half_power_floor(const liq_half_powers *powers, uint64_t numerator,
                              uint64_t denominator);

/** value x weight / 2^64, rounded up. @param value  below 2^127 */
liq_uint128 liq_weighted_ceil(liq_uint128 value, uint64_t weight);

#endif
