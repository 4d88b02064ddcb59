/*
 * How much of the requirement of a margin account each of its instruments asks for, under two
 * venues.
 */
#ifndef LIQ_SCAN_POLICY_PARTS_H
#define LIQ_SCAN_POLICY_PARTS_H

#include <stdbool.h>

#include "book/market.h"
#include "book/rows.h"
#include "scan/policy_diff.h"

/* A sum of cash grains that many accounts may add to. */
typedef struct liq_grain_sum {
    liq_int128 units;
    liq_int128 grains; /* 0 .. 10^16 - 1 */
} liq_grain_sum;

typedef struct liq_part_change {
    liq_grain_sum source;
    liq_grain_sum target;
    liq_grain_sum risen;
    liq_grain_sum fallen;
} liq_part_change;

/* Cash grains of one instrument in the row that is looked at. */
typedef struct liq_part {
    liq_int128 maintenance[2]; /* under source and target */
    liq_int128 initial[2];
    bool is_held; /* by the row */
} liq_part;

typedef struct liq_part_sums {
    uint64_t rows;
    uint64_t rows_changed;
    liq_part_change maintenance;
    liq_part_change initial;
} liq_part_sums;

/* All arrays by instrument of the source. */
typedef struct liq_policy_parts {
    uint32_t *to_source; /* by instrument of the target; LIQ_NO_INDEX: of no interest */
    liq_part *parts;     /* of the row, zero between rows */
    uint32_t *held;      /* instruments of the row */
    uint32_t held_count;
    uint32_t instrument_count;
    liq_part_sums *sums;
} liq_policy_parts;

/** @param out  zeroed; cleared again on failure */
LIQ_MUST_USE liq_status liq_policy_parts_create(liq_policy_parts *out, const liq_venue *source,
                                                const liq_venue *target, liq_error *err);

/** Takes a zeroed or filled one. */
void liq_policy_parts_clear(liq_policy_parts *parts);

/** Add a row that has a value under a venue. @param is_target  under which */
void liq_policy_parts_add(liq_policy_parts *parts, const liq_market *market, const liq_rows *rows,
                          uint32_t row_index, bool is_target);

/** Take the row, added under both, to the sums. */
void liq_policy_parts_end(liq_policy_parts *parts);

/** The sums of an instrument, each rounded down to a cash unit. */
void liq_policy_parts_read(const liq_policy_parts *parts, uint32_t instrument,
                           liq_diff_instrument *out);

#endif
