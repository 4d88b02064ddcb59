/*
 * The lot values of one instrument at which the margin of a row bends: borders of tiers, and limits
 * of orders. Between two neighbours PnL is linear and every leg stays in its tier.
 */
#ifndef LIQ_SCAN_PRICE_KINKS_H
#define LIQ_SCAN_PRICE_KINKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <liqscan/status.h>

#include "book/columns.h"
#include "book/market.h"
#include "book/rows.h"
#include "scan/order_loss.h"

typedef struct liq_price_kinks {
    int64_t *values; /* ascending, without doubles, within the range of lot values */
    size_t value_count;
    size_t value_capacity;
} liq_price_kinks;

/**
 * Collect those of the legs entry_first .. entry_end, all of one instrument. Keeps the memory of an
 * earlier call.
 */
LIQ_MUST_USE liq_status liq_price_kinks_fill(liq_price_kinks *kinks, const liq_venue *venue,
                                             const liq_rows *rows, uint64_t entry_first,
                                             uint64_t entry_end, const liq_order_loss *orders,
                                             liq_error *err);

/** Takes a zeroed or filled one. */
void liq_price_kinks_clear(liq_price_kinks *kinks);

#endif
