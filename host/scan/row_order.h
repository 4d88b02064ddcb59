/*
 * Rows kept in order while they come and go: a binary tree whose links lie in arrays by row, held
 * in balance by a number drawn from the row itself (a treap). Coming costs the logarithm of what is
 * there, going a little, and equal contents make equal trees, whatever came first.
 */
#ifndef LIQ_SCAN_ROW_ORDER_H
#define LIQ_SCAN_ROW_ORDER_H

#include <stdint.h>

#include <liqscan/status.h>

/** Below zero when row `left` comes before row `right`; zero only for a row and itself. */
typedef int liq_row_compare(const void *context, uint32_t left, uint32_t right);

typedef struct liq_row_order {
    uint32_t *before; /* by row: subtree of those before it */
    uint32_t *behind;
    uint32_t *above;
    liq_row_compare *compare;
    const void *context;
    uint32_t root;
} liq_row_order;

/** @param row_capacity  rows are below this */
LIQ_MUST_USE liq_status liq_row_order_create(liq_row_order *out, uint32_t row_capacity,
                                             liq_row_compare *compare, const void *context,
                                             liq_error *err);

/** Takes a zeroed or filled one. */
void liq_row_order_clear(liq_row_order *order);

/** Add a row that is not there. What compare says must hold as long as the row is there. */
void liq_row_order_add(liq_row_order *order, uint32_t row);

/** Remove a row that is there. Nothing is compared, so its contents may be gone already. */
void liq_row_order_remove(liq_row_order *order, uint32_t row);

/** Write down all rows in order. @return how many */
uint32_t liq_row_order_list(const liq_row_order *order, uint32_t *rows);

#endif
