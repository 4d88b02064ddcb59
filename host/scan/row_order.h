/*
 * Rows kept in order while they come and go: a sorted list, and the rows that changed since it was
 * made. Changes are collected at no cost and put in their places together, so that a batch of d
 * costs what sorting it by keys does and one pass over the list; rows are compared where keys tie.
 */
#ifndef LIQ_SCAN_ROW_ORDER_H
#define LIQ_SCAN_ROW_ORDER_H

#include <stdbool.h>
#include <stdint.h>

#include <liqscan/status.h>

#include "base/ahead.h"

/** Below zero when row `left` comes before row `right`; zero only for a row and itself. */
typedef int liq_row_compare(const void *context, uint32_t left, uint32_t right);

/** A row with a smaller key comes before; of equal keys liq_row_compare tells. */
typedef uint64_t liq_row_sort_key(const void *context, uint32_t row);

typedef struct liq_row_order_item {
    uint64_t key;
    uint32_t row;
    uint32_t reserved_zero;
} liq_row_order_item;

typedef struct liq_row_order {
    uint32_t *rows; /* in order, as of the last settling */
    uint64_t *keys; /* of rows, as they were then */
    uint32_t *spare;
    uint64_t *spare_keys;
    uint32_t *changed;
    uint8_t *states; /* by row: LIQ_ROW_ORDER_* */
    liq_row_order_item *items;
    liq_row_order_item *spare_items;
    liq_row_compare *compare;
    liq_row_sort_key *key;
    const void *context;
    uint32_t count;
    uint32_t changed_count;
} liq_row_order;

/** @param row_capacity  rows are below this */
LIQ_MUST_USE liq_status liq_row_order_create(liq_row_order *out, uint32_t row_capacity,
                                             liq_row_compare *compare, liq_row_sort_key *key,
                                             const void *context, liq_error *err);

/** Takes a zeroed or filled one. */
void liq_row_order_clear(liq_row_order *order);

/** A row comes or goes soon: a hint. */
static inline void liq_row_order_expect(const liq_row_order *order, uint32_t row)
{
    liq_ahead(&order->states[row]);
}

/** A row that is not there comes. */
void liq_row_order_add(liq_row_order *order, uint32_t row);

/** A row that is there goes. Its contents may be gone already. */
void liq_row_order_remove(liq_row_order *order, uint32_t row);

/**
 * The same in two steps: what concerns this row alone, which several threads may do for different
 * rows, and then, by one of them, that the row has changed.
 * @return whether the second step is due
 */
bool liq_row_order_come(liq_row_order *order, uint32_t row);
bool liq_row_order_leave(liq_row_order *order, uint32_t row);
void liq_row_order_note(liq_row_order *order, uint32_t row);

/** Put what changed in its place: what compare and key say of rows that did not must be what it
 * was.
 */
void liq_row_order_settle(liq_row_order *order);

#endif
