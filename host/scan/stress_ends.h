/*
 * Two markets along a ray, and what a row owes at most at any market between them.
 */
#ifndef LIQ_SCAN_STRESS_ENDS_H
#define LIQ_SCAN_STRESS_ENDS_H

#include "scan/stress_exact.h"

enum { LIQ_STRESS_LIMIT_PPM_MAX = 1000000000 };

/* Prices of one end. */
typedef struct liq_stress_end {
    liq_stress_book book;
    int64_t *floors; /* by instrument: the value of a lot, rounded down */
    int64_t *ceils;  /* likewise, up; both 0: there is none */
    int64_t *rates;  /* by asset */
} liq_stress_end;

typedef struct liq_stress_ends {
    const liq_book *book;
    const liq_rows *rows;
    const liq_market *market; /* at the book's own prices */
    const liq_stress_funds *funds;
    liq_stress_end ends[2];
    liq_market point; /* where both ends are the same */
    int64_t fine_per_unit;
    bool is_point;
} liq_stress_ends;

/** @param out  zeroed; all else is lent */
LIQ_MUST_USE liq_status liq_stress_ends_create(liq_stress_ends *out, const liq_book *book,
                                               const liq_rows *rows, const liq_market *market,
                                               const liq_stress_funds *funds, liq_error *err);

/** Takes a zeroed or filled one. */
void liq_stress_ends_clear(liq_stress_ends *ends);

/** Go to two moves along a ray. @return as liq_book_shock */
LIQ_MUST_USE liq_status liq_stress_ends_move(liq_stress_ends *ends, const liq_stress_ray *ray,
                                             int64_t first_ppm, int64_t last_ppm, liq_error *err);

/**
 * Add what a row owes at most to what is needed of its fund, or of each of several. At a point it
 * is what the row owes, shared as the funds would.
 * @param needed  fund by fund, and of none: fine units
 */
void liq_stress_ends_row(const liq_stress_ends *ends, uint32_t row, liq_int128 *needed);

/** What a fund can pay at least, fine units. */
liq_int128 liq_stress_ends_available(const liq_stress_ends *ends, uint32_t fund);

#endif
