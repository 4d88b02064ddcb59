/*
 * The baseline: the margin scan of cross accounts in linear contracts as a plain C loop over
 * arrays, with all cores and the compiler's best flags. It is written for this one case and shares
 * no text with the margin rule; it must say the same to the last unit.
 */
#ifndef LIQ_BENCH_BASELINE_SCAN_H
#define LIQ_BENCH_BASELINE_SCAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/int128.h"
#include "crew.h"

/* A tier from floor_lots on. Rates count 10^-12, the deduction 10^-24 of the currency. */
typedef struct baseline_tier {
    int64_t floor_lots;
    int64_t maintenance_rate;
    int64_t initial_rate;
    liq_int128 deduction;
} baseline_tier;

typedef struct baseline_instrument {
    int64_t value; /* of a lot at the mark, 10^-12 of the currency */
    uint32_t tier_first;
    uint32_t tier_count;
} baseline_instrument;

/* A trigger: equity x equity_factor below (inclusive: or at) maintenance x requirement_factor. */
typedef struct baseline_level {
    uint32_t equity_factor;
    uint32_t requirement_factor;
    uint32_t inclusive;
} baseline_level;

enum { BASELINE_LEVELS = 4 };

typedef struct baseline_book {
    uint64_t *position_first; /* account_count + 1 */
    int64_t *balances;        /* 10^-8 of the currency */
    uint32_t *instrument_of;  /* by position */
    int64_t *lots;            /* signed */
    int64_t *entries;         /* value of a lot at the entry, 10^-12 */
    baseline_instrument *instruments;
    baseline_tier *tiers;
    baseline_level levels[BASELINE_LEVELS];
    uint64_t position_count;
    uint32_t account_count;
    uint32_t instrument_count;
} baseline_book;

/* 10^-8 of the currency; equity rounded down, the others up. */
typedef struct baseline_row {
    int64_t equity;
    int64_t maintenance;
    int64_t initial;
    int64_t notional;
    uint32_t status; /* 0 ok .. 5 bankrupt */
} baseline_row;

/**
 * Value all accounts and, unless scores is NULL, score all positions by the rule of BitMEX.
 * @param rows    account_count of them
 * @param scores  position_count keys as liq_adl.h makes them, in the order of the book
 */
void baseline_scan(const baseline_book *book, bench_crew *crew, baseline_row *rows,
                   int64_t *scores);

/** Bytes that a scan reads and writes once, tables not counted. */
uint64_t baseline_bytes(const baseline_book *book, bool with_scores);

#endif
