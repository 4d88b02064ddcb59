/*
 * Closings made another way: level by level in a copy of the book, which is then valued afresh.
 */
#ifndef LIQ_SUPPORT_PLAN_H
#define LIQ_SUPPORT_PLAN_H

#include "scan/plan.h"
#include "support_edge_book.h"

enum { PLAN_LEGS_MAX = 32 };

typedef struct plan_bench {
    liq_fixture fixture;
    liq_depth_level *depth;
    liq_market markets[2]; /* the present one, and where the goal is judged */
    liq_rows rows;
    liq_plan_request request;
    edge_dice dice;
    uint64_t seed;
} plan_bench;

/** Give a finished book of one account random depth and both markets. */
void plan_bench_start(plan_bench *bench, uint64_t seed);

/** Move the prices of the judged market by at most so much, and ask for survival. */
void plan_bench_shock(plan_bench *bench, int64_t ppm_max);

void plan_bench_clear(plan_bench *bench);

/** Lots on offer against a position. */
int64_t plan_bench_offered(const plan_bench *bench, uint64_t position);

/**
 * Whether the margin account meets the goal when so many lots of each of the book's positions are
 * closed, and a deposit is made.
 */
bool plan_bench_met(const plan_bench *bench, uint32_t row, const int64_t *closed, int64_t deposit);

/** What that costs in cash units, rounded up; for positions that settle in the margin currency. */
int64_t plan_bench_cost(const plan_bench *bench, const int64_t *closed);

/** The first position of a margin account, and how many it has. */
uint64_t plan_bench_positions(const plan_bench *bench, uint32_t row, uint64_t *first);

#endif
