/*
 * A margin row taken apart, so that one instrument or one amount of it can be valued anew while all
 * the rest stays as it is. Sums over entries are additive, so the rest is summed once, and a search
 * over prices or sizes costs only the legs that move.
 */
#ifndef LIQ_SCAN_ROW_PARTS_H
#define LIQ_SCAN_ROW_PARTS_H

#include <liqscan/status.h>

#include "book/market.h"
#include "book/rows.h"

/* The legs and the amount of one settle asset. */
typedef struct liq_row_segment {
    uint64_t entry_first;
    uint64_t entry_close; /* the asset's own entry */
    liq_leg_sum legs;
    liq_account_sum closed; /* what the segment adds to the account */
} liq_row_segment;

typedef struct liq_row_parts {
    const liq_rows *rows; /* lent */
    uint32_t row_index;
    uint32_t segment_count;
    liq_row_segment *segments; /* by asset */
    liq_account_sum account;
    liq_row_record record; /* equal to liq_truth_row */
} liq_row_parts;

/* A stretch of legs that may change, with what stays. */
typedef struct liq_row_part {
    uint64_t entry_first; /* the legs of one instrument; none: equal to entry_end */
    uint64_t entry_end;
    liq_leg_sum others;   /* the other legs of its settle asset */
    liq_account_sum rest; /* the other assets, closed */
    uint32_t close_tag;
    int64_t amount; /* of the settle asset */
} liq_row_part;

/**
 * Take a row apart at the prices of a market. An unvalued row has its record and no
 * segments; so has one of portfolio margin, whose positions bear on each other.
 * @param rows  lent as long as the parts live
 */
LIQ_MUST_USE liq_status liq_row_parts_create(liq_row_parts *out, const liq_market *market,
                                             const liq_rows *rows, uint32_t row_index,
                                             liq_error *err);

/** Takes a zeroed or filled one. */
void liq_row_parts_clear(liq_row_parts *parts);

/**
 * Free the legs of an instrument: the entries around one of them.
 * @param market  the one that the row was taken apart with
 * @param entry   a leg of the row, which has a value
 */
liq_row_part liq_row_part_of_leg(const liq_row_parts *parts, const liq_market *market,
                                 uint64_t entry);

/** Free the amount of an asset that is in the row, or zero units of one that is not. */
liq_row_part liq_row_part_of_asset(const liq_row_parts *parts, uint32_t asset_index);

/** Sum the legs entry_first .. entry_end of a part at the prices of a market. */
liq_leg_sum liq_row_part_legs(const liq_row_part *part, const liq_rows *rows,
                              const liq_market *market);

/** The sums of the row with these legs and this amount in place of those of the part. */
liq_account_sum liq_row_part_sum(const liq_row_part *part, const liq_market *market,
                                 liq_leg_sum legs, int64_t amount);

/** The same, rounded and judged. */
liq_row_record liq_row_part_value(const liq_row_part *part, const liq_market *market,
                                  liq_leg_sum legs, int64_t amount);

#endif
