/*
 * Positions by side: the inverted index that lights are found over. It depends on who holds what
 * and who is exempt, not on prices.
 */
#ifndef LIQ_SCAN_ADL_INDEX_H
#define LIQ_SCAN_ADL_INDEX_H

#include <stdint.h>

#include <liqscan/status.h>

#include "book/columns.h"
#include "book/rows.h"

/*
 * Places 0 .. position_count - 1. Places side_firsts[s] .. side_firsts[s + 1] are those of side s
 * (longs of instrument i: 2 i, shorts: 2 i + 1), in the order of accounts, which breaks ties. The
 * positions of exempt accounts come behind all sides.
 */
typedef struct liq_adl_index {
    uint32_t *places;      /* of each position of the book */
    uint32_t *side_firsts; /* side_count + 1 */
    uint32_t side_count;
    uint32_t position_count;
} liq_adl_index;

/** @return LIQ_OK, LIQ_OUT_OF_RANGE (2^32 positions or more) or LIQ_OUT_OF_MEMORY */
LIQ_MUST_USE liq_status liq_adl_index_create(liq_adl_index *out, const liq_book *book,
                                             liq_error *err);

/** Takes a zeroed or filled one. */
void liq_adl_index_clear(liq_adl_index *index);

/**
 * Sizes of all positions by place, in lots.
 * @param out  receives position_count numbers, given back with free()
 */
LIQ_MUST_USE liq_status liq_adl_index_lots(int64_t **out, const liq_adl_index *index,
                                           const liq_book *book, liq_error *err);

/**
 * The first position of each row in the book; those of a row lie side by side.
 * @param out  receives row_count numbers, given back with free()
 */
LIQ_MUST_USE liq_status liq_adl_row_firsts(uint32_t **out, const liq_book *book,
                                           const liq_row_key *keys, uint32_t row_count,
                                           liq_error *err);

#endif
