/*
 * The margin rule for those (account, scenario) that sums in floats leave in doubt, and for what
 * they cannot tell: what a called account lacks, and how several funds share a loss.
 */
#ifndef LIQ_SCAN_STRESS_EXACT_H
#define LIQ_SCAN_STRESS_EXACT_H

#include "scan/stress_tally.h"

/* A market of its own for each worker. */
typedef struct liq_stress_exact {
    liq_stress_book book;
    liq_market market;
} liq_stress_exact;

/* What a worker values of one scenario of a tile. */
typedef struct liq_stress_task {
    const uint64_t *pairs; /* of this lane */
    size_t pair_count;
    const uint32_t *hard_rows;
    uint32_t hard_count;
    uint32_t lane;
} liq_stress_task;

/** @param lender  lent as long as it lives */
LIQ_MUST_USE liq_status liq_stress_exact_create(liq_stress_exact *out, const liq_book *lender,
                                                liq_error *err);

/** Takes a zeroed or filled one. */
void liq_stress_exact_clear(liq_stress_exact *exact);

/** Do a task, at a market made for its scenario once. A failure is kept in the tally. */
void liq_stress_exact_run(liq_stress_exact *exact, liq_stress_tally *tally,
                          const liq_stress_tile *tile, const liq_stress_set *set,
                          const liq_stress_task *task);

/**
 * Share what a bankrupt row owes between the funds of its positions, in proportion to their
 * maintenance margin, or to their notional where scenarios say what they require together.
 * @param market  at which it is bankrupt
 * @param loss    cash units
 * @param needed  fund by fund, stride apart: fine units are added
 */
void liq_stress_loss_split(const liq_stress_funds *funds, const liq_market *market,
                           const liq_rows *rows, uint32_t row, int64_t loss, int64_t fine_per_unit,
                           liq_int128 *needed, size_t stride);

/** What an account at warning or reduce_only lacks to be ok, cash units. */
liq_int128 liq_stress_shortfall(const liq_policy_record *policy, const liq_row_record *record);

#endif
