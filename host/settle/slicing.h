/*
 * Closing by degrees: how many lots of a position are closed now, and what is remembered of margin
 * accounts between their slices.
 *
 * The size of a slice trades the impact of selling fast against the risk of waiting, as Almgren and
 * Chriss do ("Optimal execution of portfolio transactions", Journal of Risk 3, 2001: linear
 * temporary impact, cost judged by its expectation and its standard deviation). X lots closed in
 * equal slices of n, one each t, in a book of D lots per unit of price: each slice pays n / (2 D) a
 * lot on average, X n / (2 D) in all; what is still held moves by s for each t, and the
 * standard deviation of the whole is about s X sqrt(X / (3 n)). Setting the derivative of the sum
 * with k of the latter to zero gives
 *
 *     n = cube root of (G^2 X / 3),  G = k s D
 *
 * and G is what the book itself says: the lots that stand within k standard deviations of one
 * interval from the mark. A book that holds 1.73 X there (the square root of 3) takes all at once.
 * Nothing of it needs more than integers; n is rounded up, so that a slice is at least one lot.
 *
 * Around it stand limits: no more than a share of the lots within the limit price in a tick
 * (rounded down, but one lot when nothing was taken yet), not less than what finishes in the
 * slices that are left (rounded up), and all at once when the account is urgent.
 */
#ifndef LIQ_SETTLE_SLICING_H
#define LIQ_SETTLE_SLICING_H

#include <stdbool.h>
#include <stdint.h>

#include <liqscan/status.h>

#include "base/decimal.h"
#include "policy/policy_slicing.h"
#include "settle/row_map.h"

/* What the size of a slice follows from; lots are 0 .. LIQ_QUANTITY_LOTS_MAX unless said. */
typedef struct liq_slice_facts {
    int64_t lots;        /* of the position, above 0 */
    int64_t near;        /* G: lots within the risk range of the mark that are still there */
    int64_t within;      /* lots within the limit price that are still there */
    int64_t taken;       /* lots of that side that this tick has taken */
    int64_t slices_left; /* this one counted, at least 1 */
} liq_slice_facts;

/** Lots to close now. @return 0 .. facts->lots */
int64_t liq_slice_lots(const liq_slice_facts *facts, int64_t participation);

/** cube root of (near^2 x lots / 3), rounded up, at most lots. */
int64_t liq_slice_model_ceil(int64_t near, int64_t lots);

/** Lots of a share of what a tick found on a side that may still be taken: rounded down, but 1 when
 * there is any and none was taken. */
int64_t liq_slice_room(int64_t still_there, int64_t taken, int64_t participation);

/* A margin account that is closed by degrees. */
typedef struct liq_slice {
    liq_row_name row;
    int64_t start_ms; /* of its first slice */
    int64_t count;    /* slices begun */
    bool is_seen;     /* in this run: else it is safe, gone or held, and begins anew */
    bool is_cut;      /* a slice of it was taken in this run */
} liq_slice;

/* Moves of a mark: an exponentially weighted variance. */
typedef struct liq_volatility {
    liq_decimal mark; /* digits 0: none yet */
    int64_t at_ms;    /* of the last move */
    int64_t variance; /* of an hour, 10^-18, 0 .. 10^18 */
} liq_volatility;

typedef struct liq_slicer {
    liq_slice *slices;
    liq_row_map places;           /* of rows in slices, from 1 */
    liq_volatility *volatilities; /* by instrument */
    int64_t *allowances;          /* lots of the row in hand, by position; below 0: not known yet */
    liq_slice *kept;
    size_t slice_capacity;
    size_t allowance_capacity;
    size_t kept_capacity;
    uint32_t slice_count;
    uint32_t kept_count;
} liq_slicer;

/** @param out  zeroed */
LIQ_MUST_USE liq_status liq_slicer_create(liq_slicer *out, uint32_t instrument_count,
                                          liq_error *err);

/** Takes a zeroed or filled one. */
void liq_slicer_clear(liq_slicer *slicer);

/** A run begins: nobody is seen yet, and marks that have moved are noted. @param marks  by
 * instrument, digits 0: none */
void liq_slicer_start(liq_slicer *slicer, const liq_slicing *rules, const liq_decimal *marks,
                      uint32_t instrument_count, int64_t now_ms);

/** The run is over: those that were not seen are forgotten. */
LIQ_MUST_USE liq_status liq_slicer_end(liq_slicer *slicer, liq_error *err);

/** A margin account is in hand and to be liquidated; its slice, begun now if there is none, lent
 * until the next call. @param position_count  of the account */
LIQ_MUST_USE liq_status liq_slicer_see(liq_slicer *slicer, liq_row_name row,
                                       uint32_t position_count, int64_t now_ms, liq_slice **out,
                                       liq_error *err);

/** Whether the next slice of an account is due; once in a run. */
bool liq_slice_due(const liq_slice *slice, const liq_slicing *rules, int64_t now_ms);

/** Keep what is remembered of accounts before a run that leaves no trace (and is not ended by
 * liq_slicer_end), and put it back after it. */
LIQ_MUST_USE liq_status liq_slicer_keep(liq_slicer *slicer, liq_error *err);
void liq_slicer_put_back(liq_slicer *slicer);

/** Note a mark; the variance moves by the square of its change. */
void liq_volatility_note(liq_volatility *volatility, const liq_slicing *rules, liq_decimal mark,
                         int64_t now_ms);

/** k standard deviations of one interval, a share of the mark, 10^-9, at most 10^9; an interval of
 * 0 counts as a second. */
int64_t liq_volatility_range(const liq_volatility *volatility, const liq_slicing *rules,
                             int64_t now_ms);

#endif
