/*
 * Seeded random numbers for tests: the same seed, the same numbers, on every machine.
 */
#ifndef LIQ_SUPPORT_SEEDED_H
#define LIQ_SUPPORT_SEEDED_H

#include <stdbool.h>
#include <stdint.h>

typedef struct liq_random {
    uint64_t state;
} liq_random;

/** The seed of this run: LIQ_SEED, or a fixed one. Printed once, so that a failure can be repeated.
 */
uint64_t liq_random_seed(void);

liq_random liq_random_make(uint64_t seed);

uint64_t liq_random_next(liq_random *random);

/** 0 .. bound - 1, for a bound above zero. */
uint64_t liq_random_below(liq_random *random, uint64_t bound);

/** first .. last, both included. */
int64_t liq_random_between(liq_random *random, int64_t first, int64_t last);

/** True once in so many times. */
bool liq_random_once_in(liq_random *random, uint64_t times);

/** A number from 1 to last of which every size (number of bits) is equally likely. */
int64_t liq_random_of_any_size(liq_random *random, int64_t last);

#endif
