/*
 * Rows put together for the margin rule, kept for those that are valued tick after tick. When there
 * is no room for another one all are forgotten.
 */
#ifndef LIQ_SCAN_ROW_CACHE_H
#define LIQ_SCAN_ROW_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/ahead.h"
#include "book/rows.h"

typedef struct liq_row_cache {
    liq_rows rows;    /* the kept ones, one after the other */
    uint32_t *places; /* by row: which of them it is; LIQ_NO_INDEX: none */
    uint32_t *owners; /* of each kept one: its row; LIQ_NO_INDEX: it was dropped */
    uint32_t row_capacity;
    uint64_t entry_capacity;
} liq_row_cache;

/** @param rows_max  rows have the numbers below it */
LIQ_MUST_USE liq_status liq_row_cache_create(liq_row_cache *out, uint32_t rows_max,
                                             uint32_t row_capacity, uint64_t entry_capacity,
                                             liq_error *err);

/** Takes a zeroed or filled one. */
void liq_row_cache_clear(liq_row_cache *cache);

/** Whether a row is kept. @param row_index  receives its place in cache->rows */
bool liq_row_cache_find(const liq_row_cache *cache, uint32_t row, uint32_t *row_index);

/** Three rows are valued soon, the first one latest: a hint. */
static inline void liq_row_cache_expect(const liq_row_cache *cache, uint32_t far, uint32_t near,
                                        uint32_t next)
{
    const uint32_t place = cache->places[near];
    const uint32_t next_place = cache->places[next];

    liq_ahead_shared(&cache->places[far]);
    if (place != LIQ_NO_INDEX) {
        liq_ahead_shared(&cache->rows.keys[place]);
        liq_ahead_shared(&cache->rows.entry_first[place]);
    }
    if (next_place != LIQ_NO_INDEX) {
        const uint64_t first = cache->rows.entry_first[next_place];
        const uint64_t last = cache->rows.entry_first[next_place + 1] - 1;

        liq_ahead_shared(&cache->rows.tags[first]);
        liq_ahead_shared(&cache->rows.quantities[first]);
        liq_ahead_shared(&cache->rows.quantities[last]);
        liq_ahead_shared(&cache->rows.values[first]);
        liq_ahead_shared(&cache->rows.values[last]);
    }
}

/** Keep a row that is not kept. One that is longer than all the room is passed over. */
void liq_row_cache_add(liq_row_cache *cache, uint32_t row, const liq_rows *from,
                       uint32_t row_index);

/** A row changed or is gone. Takes one that is not kept. */
void liq_row_cache_drop(liq_row_cache *cache, uint32_t row);

#endif
