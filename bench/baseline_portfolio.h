/*
 * The baseline of portfolio margin: accounts in linear contracts under a grid of scenarios as a
 * plain C loop over arrays, with all cores and the compiler's best flags. It takes the priced grid
 * as it is, shares no text with the rule, and must say the same to the last unit.
 */
#ifndef LIQ_BENCH_BASELINE_PORTFOLIO_H
#define LIQ_BENCH_BASELINE_PORTFOLIO_H

#include <liqscan/status.h>

#include "baseline_scan.h"
#include "book/market.h"
#include "book/rows.h"

enum { BASELINE_CHARGES = 2 }; /* what is added, and what is a floor */

/* A slice of a charge. */
typedef struct baseline_charge_tier {
    liq_int128 up_to; /* 10^-12 of the currency, as all below */
    int64_t multiplier;
} baseline_charge_tier;

typedef struct baseline_charge {
    int64_t net_rate; /* parts per million */
    int64_t hedged_rate;
    const baseline_charge_tier *tiers;
    uint32_t tier_count;
} baseline_charge;

typedef struct baseline_unit {
    uint32_t class_index;
    uint32_t scenario_count;
    int64_t gain_share;
    baseline_charge charges[BASELINE_CHARGES];
} baseline_unit;

/* One lot. */
typedef struct baseline_contract {
    int64_t value; /* at the mark */
    int64_t delta;
    int64_t charges[2][BASELINE_CHARGES]; /* of a long, of a short */
    const int64_t *pnl[2];                /* of a long, of a short: by scenario */
    uint32_t unit;
} baseline_contract;

typedef struct baseline_portfolio {
    uint64_t *position_first; /* row_count + 1 */
    int64_t *balances;        /* 10^-8 of the currency */
    uint32_t *instrument_of;  /* by position, by underlying within a row */
    int64_t *lots;
    int64_t *entries; /* value of a lot at the entry */
    baseline_contract *contracts;
    baseline_unit *units;
    baseline_charge_tier *tiers;
    baseline_level levels[BASELINE_LEVELS];
    int64_t maintenance_factor; /* parts per million */
    int64_t initial_factor;
    uint64_t position_count;
    uint32_t row_count;
} baseline_portfolio;

/**
 * Take over rows, all of them of portfolio margin, and the priced grid, which is lent.
 * @return LIQ_OK; LIQ_UNSUPPORTED where there is more than the baseline knows: linear contracts
 * settled in the margin currency, 8 decimals of cash, no other collateral and no orders
 */
LIQ_MUST_USE liq_status baseline_portfolio_make(baseline_portfolio *out, const liq_book *book,
                                                const liq_market *market, const liq_rows *rows,
                                                liq_error *err);

/** Takes a zeroed one. */
void baseline_portfolio_clear(baseline_portfolio *book);

/** Value all rows. @param rows  row_count of them */
void baseline_portfolio_scan(const baseline_portfolio *book, bench_crew *crew, baseline_row *rows);

/** By all levels: 0 ok .. 5 bankrupt. */
uint32_t baseline_status_of(const baseline_level *levels, int64_t equity, int64_t maintenance,
                            uint64_t positions);

#endif
