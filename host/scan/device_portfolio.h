/*
 * Rows of portfolio accounts on an OpenCL device: uploaded once, their grids per scan, results into
 * those of the scan.
 */
#ifndef LIQ_SCAN_DEVICE_PORTFOLIO_H
#define LIQ_SCAN_DEVICE_PORTFOLIO_H

#include "book/market.h"
#include "book/rows.h"
#include "device/device.h"
#include "scan/device_results.h"
#include "scan/device_tables.h"
#include "scan/scan_program.h"

typedef struct liq_device_portfolio liq_device_portfolio;

/* Rows of one block of results as they lie on the device, for passes that follow. Lent. */
typedef struct liq_device_folios {
    const liq_buffer *entry_firsts; /* of each row, and the end */
    const liq_buffer *tags;
    const liq_buffer *quantities;
    const liq_buffer *values;
    const liq_buffer *result_indices; /* of each row: where in its block its result is */
    const uint32_t *places;           /* the same on the host */
    uint32_t row_count;
    uint32_t block;
} liq_device_folios;

/**
 * Pack and upload the rows whose keys say LIQ_REASON_PORTFOLIO.
 * @param out         receives NULL where there are none, or the venue has no rule for them
 * @param bytes_max   of one allocation
 * @param block_rows  rows of a block of results
 */
LIQ_MUST_USE liq_status liq_device_portfolio_create(liq_device_portfolio **out, liq_device *device,
                                                    liq_scan_shape shape, const liq_rows *rows,
                                                    const liq_market *market, uint64_t bytes_max,
                                                    uint32_t block_rows, liq_error *err);

/** Takes NULL. */
void liq_device_portfolio_destroy(liq_device_portfolio *portfolio);

/**
 * Value the rows. Queued only.
 * @param portfolio  NULL: there are none
 * @param tables     of the market, written already
 */
LIQ_MUST_USE liq_status liq_device_portfolio_run(liq_device_portfolio *portfolio,
                                                 const liq_market *market,
                                                 const liq_device_tables *tables,
                                                 const liq_device_results *results, liq_error *err);

/** Into how many parts rows are cut. @param portfolio  NULL: none */
uint32_t liq_device_portfolio_parts(const liq_device_portfolio *portfolio);

/** A part of them. */
liq_device_folios liq_device_portfolio_folios(const liq_device_portfolio *portfolio,
                                              uint32_t index);

/** Add what the runs since the last call cost; waits for them. @param portfolio  NULL: nothing */
LIQ_MUST_USE liq_status liq_device_portfolio_cost(liq_device_portfolio *portfolio,
                                                  uint64_t *kernel_ns, uint64_t *bytes,
                                                  liq_error *err);

#endif
