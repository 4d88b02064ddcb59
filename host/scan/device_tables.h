/*
 * A market on the device: the tables that every kernel of the scan reads.
 */
#ifndef LIQ_SCAN_DEVICE_TABLES_H
#define LIQ_SCAN_DEVICE_TABLES_H

#include "book/market.h"
#include "device/program.h"

enum { LIQ_DEVICE_TABLES = 6 };

/* One buffer for each table, in the order in which the kernels take them. */
typedef struct liq_device_tables {
    liq_buffer *buffers[LIQ_DEVICE_TABLES];
} liq_device_tables;

/** Take device memory for the tables of a market. */
LIQ_MUST_USE liq_status liq_device_tables_create(liq_device_tables *out, liq_device *device,
                                                 const liq_market *market, liq_error *err);

/** Takes a zeroed or filled one. */
void liq_device_tables_clear(liq_device_tables *tables);

/** Upload a market of the same sizes. */
LIQ_MUST_USE liq_status liq_device_tables_write(liq_device_tables *tables, const liq_market *market,
                                                liq_error *err);

/** Put the tables at arguments[0 .. LIQ_DEVICE_TABLES - 1]. */
void liq_device_tables_bind(const liq_device_tables *tables, liq_kernel_argument *arguments);

#endif
