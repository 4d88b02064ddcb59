/*
 * The lot values of one instrument at which the margin of a row bends: borders of tiers, and limits
 * of orders. Between two neighbours PnL is linear and every leg stays in its tier.
 */
#ifndef LIQ_SCAN_PRICE_KINKS_H
#define LIQ_SCAN_PRICE_KINKS_H

#include <stdint.h>

#include <liqscan/status.h>

#include "book/columns.h"
#include "book/rows.h"
#include "scan/kinks.h"
#include "scan/order_loss.h"

/**
 * Collect those of the legs entry_first .. entry_end, all of one instrument. An inverse
 * instrument's range of lot values is -LIQ_LOT_VALUE_MAX .. -1, that of others 1 ..
 * LIQ_LOT_VALUE_MAX.
 */
LIQ_MUST_USE liq_status liq_price_kinks_fill(liq_kinks *kinks, const liq_venue *venue,
                                             const liq_rows *rows, uint64_t entry_first,
                                             uint64_t entry_end, const liq_order_loss *orders,
                                             liq_error *err);

#endif
