/*
 * A sorted set of integers: the points of a range at which something bends.
 */
#ifndef LIQ_SCAN_KINKS_H
#define LIQ_SCAN_KINKS_H

#include <stddef.h>
#include <stdint.h>

#include <liqscan/status.h>

#include "base/int128.h"

typedef struct liq_kinks {
    int64_t *values; /* after liq_kinks_sort: ascending, without doubles */
    size_t count;
    size_t capacity;
    int64_t low; /* what lies outside low .. high is not kept */
    int64_t high;
} liq_kinks;

/** Empty the set and make room; keeps the memory of an earlier use. Starts with a zeroed one. */
LIQ_MUST_USE liq_status liq_kinks_start(liq_kinks *kinks, size_t count_max, int64_t low,
                                        int64_t high, liq_error *err);

/** Takes a zeroed or filled one. */
void liq_kinks_clear(liq_kinks *kinks);

void liq_kinks_add(liq_kinks *kinks, liq_int128 value);

/** Add a value and its two neighbours: for a border that lies at one of them. Three places. */
void liq_kinks_add_around(liq_kinks *kinks, liq_int128 value);

void liq_kinks_sort(liq_kinks *kinks);

/** How many lie below a value. */
size_t liq_kinks_below(const liq_kinks *kinks, int64_t value);

#endif
