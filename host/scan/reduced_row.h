/*
 * A margin row after lots of one of its positions were closed at the mark: the PnL that is
 * realised, rounded down to a unit, joins the amount of the settle asset, and what open orders
 * would make of the instrument is counted anew.
 */
#ifndef LIQ_SCAN_REDUCED_ROW_H
#define LIQ_SCAN_REDUCED_ROW_H

#include <stdbool.h>
#include <stdint.h>

#include "book/columns.h"
#include "scan/row_parts.h"

typedef struct liq_reduced_row {
    const liq_row_parts *parts; /* lent */
    const liq_market *market;   /* lent */
    liq_row_part part;          /* positions and exposure of the instrument */
    liq_leg_sum order_legs;     /* what open orders cost, whatever is held */
    liq_held_lots held;         /* before the reduction */
    uint64_t entry;             /* the position */
    uint32_t instrument_index;
    int64_t lots;        /* of the position, not signed */
    uint64_t other_lots; /* of the opposite leg */
    bool is_long;
    bool has_exposure;
    bool other_follows; /* the requirement of the opposite leg follows the reduction */
} liq_reduced_row;

/** @param entry  the position in the row, which has a value */
void liq_reduced_row_start(liq_reduced_row *out, const liq_book *book, const liq_row_parts *parts,
                           const liq_market *market, uint64_t entry);

/**
 * Legs of the instrument after a reduction, orders included.
 * @param closed        lots, 0 .. row->lots
 * @param other_closed  lots that the requirement of the opposite leg goes by: as a rule the same
 */
liq_leg_sum liq_reduced_row_legs(const liq_reduced_row *row, int64_t closed, int64_t other_closed);

/** Sums of the row after a reduction; refused for its balance when that overflows. */
liq_account_sum liq_reduced_row_sum(const liq_reduced_row *row, int64_t closed,
                                    int64_t other_closed);

/** The same, rounded and judged. */
liq_row_record liq_reduced_row_value(const liq_reduced_row *row, int64_t closed,
                                     int64_t other_closed);

#endif
