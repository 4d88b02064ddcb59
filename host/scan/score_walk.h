/*
 * A walk over the margin accounts that hold a position on one of some sides, with their scores.
 */
#ifndef LIQ_SCAN_SCORE_WALK_H
#define LIQ_SCAN_SCORE_WALK_H

#include <stdint.h>

#include <liqscan/status.h>

#include "book/market.h"
#include "book/rows.h"
#include "liq_adl.h"

/* A side of an instrument: longs of instrument i are side 2 i, shorts 2 i + 1. */
static inline uint32_t liq_side_of(const liq_position *position)
{
    return position->instrument_index * 2 + (position->quantity_lots < 0);
}

/* The scores of one row; those of other sides are there too. */
typedef struct liq_scored_row {
    const int64_t *scores;   /* lent until the next step */
    uint64_t position_first; /* into the book */
    uint32_t position_count;
    liq_row_record result;
} liq_scored_row;

typedef struct liq_score_walk {
    const liq_book *book;
    const liq_market *market;
    const uint8_t *watched; /* for each side, whether its positions are wanted */
    liq_adl_terms terms;
    liq_rows rows;
    int64_t *scores;
    size_t score_capacity;
    uint64_t position_at;
    uint32_t row_at;
} liq_score_walk;

/**
 * @param book, market, watched  lent as long as the walk lives
 * @return as liq_rows_create
 */
LIQ_MUST_USE liq_status liq_score_walk_create(liq_score_walk *out, const liq_book *book,
                                              const liq_market *market, liq_adl_rule rule,
                                              const uint8_t *watched, liq_error *err);

/** Takes a zeroed or filled one. */
void liq_score_walk_clear(liq_score_walk *walk);

/** Step to the next row that holds a watched position; a position_count of zero: there is none. */
LIQ_MUST_USE liq_status liq_score_walk_next(liq_score_walk *walk, liq_scored_row *out,
                                            liq_error *err);

#endif
