/*
 * Random accounts that stand near the edge of liquidation, on either side, for tests of prices and
 * cures. In tiny books lot values and sizes are so small that every one of them can be tried, and
 * so coarse that rounding moves the verdict many times near the edge.
 */
#ifndef LIQ_SUPPORT_EDGE_BOOK_H
#define LIQ_SUPPORT_EDGE_BOOK_H

#include "support_book.h"

typedef enum edge_scale { EDGE_TINY = 0, EDGE_MIDDLE = 1, EDGE_LARGE = 2 } edge_scale;

typedef struct edge_dice {
    uint64_t state;
} edge_dice;

/** The seed: LIQ_SEED, else the clock; printed. */
uint64_t edge_seed(void);

/** 0 .. bound - 1. */
uint64_t edge_below(edge_dice *dice, uint64_t bound);

/** low .. high. */
int64_t edge_between(edge_dice *dice, int64_t low, int64_t high);

/** Make a book of one account; give it back with liq_fixture_clear. */
void edge_book_make(liq_fixture *out, uint64_t seed, edge_scale scale);

#endif
