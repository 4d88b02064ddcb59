/*
 * Random numbers for tests: the seed is printed, and LIQ_SEED sets it.
 */
#ifndef LIQ_TESTS_SUPPORT_RANDOM_H
#define LIQ_TESTS_SUPPORT_RANDOM_H

#include <stdint.h>

typedef struct random_source {
    uint64_t state;
} random_source;

/** A source whose seed is LIQ_SEED, or the clock; printed to stderr either way. */
random_source random_start(void);

uint64_t random_next(random_source *source);

/** Evenly in 0 .. bound - 1 (near enough for tests). */
uint64_t random_below(random_source *source, uint64_t bound);

/** Small and large numbers alike: first a number of bits is drawn, 0 .. 63, then the number. */
uint64_t random_magnitude(random_source *source);

#endif
