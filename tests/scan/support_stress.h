/*
 * Stress by brute force: the margin rule for every account in every scenario, each with a market
 * made for it. And random scenarios to do it in.
 */
#ifndef LIQ_SUPPORT_STRESS_H
#define LIQ_SUPPORT_STRESS_H

#include "book/rows.h"
#include "scan/stress_run.h"
#include "support_seeded.h"

/* What was met, so that a test that meets nothing fails too. */
typedef struct liq_stress_met {
    uint64_t pairs;
    uint64_t by_status[LIQ_MARGIN_STATUS_COUNT];
    uint64_t exact;
    uint64_t hard_rows;
} liq_stress_met;

enum { LIQ_STRESS_TEST_FUNDS = 3 };

/**
 * Give a random book funds: of some assets, of some sizes, and instruments that name them.
 * @param funds  LIQ_STRESS_TEST_FUNDS of them, to live as long as the book
 */
void liq_stress_random_funds(liq_book *book, liq_random *random, liq_fund *funds);

/** Scenarios of few and of many moves, small and extreme, and one that moves nothing. */
liq_stress_set *liq_stress_random_set(const liq_book *book, liq_random *random, uint32_t count);

/**
 * Run a set and expect what brute force says: statuses, sums, and costs of every row.
 * @param stress  of the book
 * @param hash    receives what the summary says, 65 bytes
 */
void liq_stress_expect(liq_stress *stress, const liq_book *book, const liq_stress_set *set,
                       uint64_t seed, liq_stress_met *met, char *hash);

/** The same of a book and random scenarios. @param pass  NULL for the defaults */
void liq_stress_check(const liq_book *book, uint64_t seed, uint32_t scenarios,
                      const liq_stress_options *options, const liq_stress_pass_options *pass,
                      liq_stress_met *met, char *hash);

#endif
