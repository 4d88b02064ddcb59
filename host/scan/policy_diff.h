/*
 * What a change of tiers, weights or rules does to the margin accounts of a book: every one of them
 * valued under two venues at the same prices, by the margin rule, and compared.
 *
 * The requirement of a margin account is a sum over the legs of its instruments (positions, and
 * what open orders add), rounded up once for each settle asset and once for the account. The part
 * of an instrument is what its own legs sum to, at the index price of its settle asset, before
 * those roundings; what the roundings add stands in `rounding`, so that parts and rounding add
 * up to the total, to the cash unit.
 */
#ifndef LIQ_SCAN_POLICY_DIFF_H
#define LIQ_SCAN_POLICY_DIFF_H

#include <stdint.h>

#include <liqscan/progress.h>
#include <liqscan/status.h>

#include "base/int128.h"
#include "book/columns.h"
#include "book/rows.h"
#include "liq_record.h"

enum { LIQ_DIFF_STATUSES = 7 };

/* What became of a margin account, in the order in which it matters. */
typedef enum liq_diff_kind {
    LIQ_DIFF_UNVALUED = 0,     /* it has no value any more */
    LIQ_DIFF_LIQUIDATABLE = 1, /* flagged, and was not */
    LIQ_DIFF_WORSE = 2,        /* flagged before, and worse now */
    LIQ_DIFF_WARNED = 3,       /* warning or reduce_only, and was better */
    LIQ_DIFF_RELEASED = 4,     /* flagged before, and no longer */
    LIQ_DIFF_EASED = 5,        /* better otherwise */
    LIQ_DIFF_SAME_STATUS = 6,  /* other amounts, the same status */
    LIQ_DIFF_UNCHANGED = 7,
    LIQ_DIFF_KINDS = 8
} liq_diff_kind;

/* An amount of margin accounts under both venues, cash units. */
typedef struct liq_diff_change {
    liq_int128 source;
    liq_int128 target;
    liq_int128 risen;  /* sum over those of which it is more now */
    liq_int128 fallen; /* sum over those of which it is less, not negative */
} liq_diff_change;

typedef struct liq_diff_sums {
    liq_diff_change equity;
    liq_diff_change maintenance;
    liq_diff_change initial;
    liq_diff_change maintenance_lack; /* max(0, maintenance margin - equity) */
    liq_diff_change initial_lack;     /* max(0, initial margin - equity) */
} liq_diff_sums;

/* The part of one instrument, in the margin accounts that have a value under both venues. */
typedef struct liq_diff_instrument {
    uint64_t rows;         /* margin accounts that hold or order it */
    uint64_t rows_changed; /* of them, those in which a requirement of it is another one */
    liq_diff_change maintenance;
    liq_diff_change initial;
} liq_diff_instrument;

/* A margin account whose amounts or status changed. */
typedef struct liq_diff_row {
    uint32_t source; /* row, of rows and results */
    uint32_t target;
    uint32_t kind; /* liq_diff_kind */
} liq_diff_row;

typedef struct liq_policy_diff {
    const liq_book *source; /* lent */
    const liq_book *target; /* lent */
    liq_rows source_rows;   /* keys */
    liq_rows target_rows;
    liq_row_record *source_results;
    liq_row_record *target_results;
    uint64_t transitions[LIQ_DIFF_STATUSES][LIQ_DIFF_STATUSES]; /* source to target, LIQ_ROW_* */
    uint64_t kinds[LIQ_DIFF_KINDS];
    uint64_t rows_compared;           /* with a value under both */
    liq_diff_sums sums;               /* over rows_compared */
    liq_diff_instrument *instruments; /* by instrument of the source */
    liq_diff_instrument rounding;     /* rows: 0 */
    liq_diff_row *rows; /* those that changed: by kind, then the largest first (notional; of
                           LIQ_DIFF_SAME_STATUS the change of maintenance margin), ties by row */
    uint32_t row_count;
} liq_policy_diff;

/**
 * Value a book under two venues.
 * @param source  the book under one; lent
 * @param target  the same accounts, balances, positions, orders and prices under the other, as
 * liq_live_book_rebuild makes it; lent
 * @return LIQ_OK; LIQ_BAD_INPUT (cash units that differ); LIQ_OUT_OF_RANGE, LIQ_OUT_OF_MEMORY,
 * LIQ_INTERRUPTED
 */
LIQ_MUST_USE liq_status liq_policy_diff_create(liq_policy_diff *out, const liq_book *source,
                                               const liq_book *target, const liq_progress *progress,
                                               liq_error *err);

/** Takes a zeroed or filled one. */
void liq_policy_diff_clear(liq_policy_diff *diff);

/** "newly_unvalued", "newly_liquidatable", "worse", "newly_warned", "released", "eased",
 * "same_status", "unchanged". */
const char *liq_diff_kind_name(liq_diff_kind kind);

#endif
