/*
 * Random numbers that are the same on every machine and that can be drawn out of order: a stream
 * is named by a seed and two numbers, so whoever needs a part of the book again draws it
 * again instead of keeping it.
 */
#ifndef LIQ_BOOK_GENERATE_RANDOM_H
#define LIQ_BOOK_GENERATE_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/int128.h"

enum { LIQ_MILLION = 1000000 };

typedef struct liq_random {
    uint64_t state;
} liq_random;

/* The finalizer of SplitMix64 (Steele, Lea, Flood 2014): every bit of value moves every bit. */
static inline uint64_t liq_random_mix(uint64_t value)
{
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
    return value ^ (value >> 31);
}

static inline liq_random liq_random_start(uint64_t seed, uint64_t purpose, uint64_t number)
{
    const uint64_t key = liq_random_mix(seed + 0x9e3779b97f4a7c15u * (purpose + 1));

    return (liq_random){liq_random_mix(key ^ liq_random_mix(number + 0x9e3779b97f4a7c15u))};
}

static inline uint64_t liq_random_next(liq_random *random)
{
    random->state += 0x9e3779b97f4a7c15u;
    return liq_random_mix(random->state);
}

/** 0 .. bound - 1; the bias is below bound / 2^64. */
static inline uint64_t liq_random_below(liq_random *random, uint64_t bound)
{
    return (uint64_t)(((liq_uint128)liq_random_next(random) * bound) >> 64);
}

/** from .. to, both included. */
static inline uint64_t liq_random_between(liq_random *random, uint64_t from, uint64_t to)
{
    return from + liq_random_below(random, to - from + 1);
}

static inline bool liq_random_chance(liq_random *random, uint32_t ppm)
{
    return liq_random_below(random, LIQ_MILLION) < ppm;
}

/**
 * The place of number in a random order of 0 .. count - 1: a Feistel network over the next even
 * power of two, walked until it lands inside (at most four steps on average).
 */
static inline uint32_t liq_random_permute(uint64_t seed, uint32_t number, uint32_t count)
{
    uint32_t half_bits = 1;
    uint32_t mask;

    while (half_bits < 16 && (uint64_t)1 << (2 * half_bits) < count)
        half_bits++;
    mask = (1u << half_bits) - 1;
    do {
        uint32_t left = number >> half_bits;
        uint32_t right = number & mask;

        for (uint32_t round = 0; round < 4; round++) {
            const uint32_t mixed =
                left ^ ((uint32_t)liq_random_mix(seed + (uint64_t)round * 0x9e3779b97f4a7c15u +
                                                 ((uint64_t)right << 20)) &
                        mask);

            left = right;
            right = mixed;
        }
        number = left << half_bits | right;
    } while (number >= count);
    return number;
}

#endif
