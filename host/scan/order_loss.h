/*
 * The loss of an instrument's open orders at any lot value: what liq_margin_order adds up order by
 * order, in a form that costs a binary search for each value asked.
 */
#ifndef LIQ_SCAN_ORDER_LOSS_H
#define LIQ_SCAN_ORDER_LOSS_H

#include <stdint.h>

#include <liqscan/status.h>

#include "base/int128.h"
#include "book/rows.h"
#include "liq_wide.h"

/*
 * Between two neighbouring limits a fixed set of orders is under water and their loss is
 * lots x value - cost; index i is for values from limits[i - 1] up to limits[i].
 */
typedef struct liq_order_loss {
    int64_t *limits;    /* lot values, ascending; order_count */
    liq_uint128 *lots;  /* order_count + 1; signed, modulo 2^128 */
    liq_uint128 *costs; /* likewise */
    uint32_t order_count;
} liq_order_loss;

/** Take the order entries among entry_first .. entry_end of rows. */
LIQ_MUST_USE liq_status liq_order_loss_create(liq_order_loss *out, const liq_rows *rows,
                                              uint64_t entry_first, uint64_t entry_end,
                                              liq_error *err);

/** Takes a zeroed or filled one. */
void liq_order_loss_clear(liq_order_loss *loss);

/** The loss in fine units, zero or negative, when the mark is exactly at a lot value. */
liq_wide liq_order_loss_at(const liq_order_loss *loss, int64_t value);

#endif
