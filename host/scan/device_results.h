/*
 * Results of a scan as they lie on a device, in row order: blocks of rows, one allocation each.
 */
#ifndef LIQ_SCAN_DEVICE_RESULTS_H
#define LIQ_SCAN_DEVICE_RESULTS_H

#include <stdint.h>

#include <liqscan/status.h>

#include "book/rows.h"
#include "device/buffer.h"

typedef struct liq_device_results {
    liq_buffer **blocks;  /* block i holds the results from row i * block_rows on */
    liq_row_record *copy; /* what liq_device_results_view lends where a device does not */
    uint32_t block_count;
    uint32_t block_rows;
    uint32_t row_count;
    bool is_mapped;
} liq_device_results;

/**
 * Take device memory. Rows that no rule can value hold their reason from the start: no kernel
 * visits them.
 * @param keys  of all rows; read here only
 */
LIQ_MUST_USE liq_status liq_device_results_create(liq_device_results *out, liq_device *device,
                                                  const liq_row_key *keys, uint32_t row_count,
                                                  uint32_t block_rows, liq_error *err);

/** Takes a zeroed or filled one. */
void liq_device_results_clear(liq_device_results *results);

/** Copy all to the host. @param out  row_count records */
LIQ_MUST_USE liq_status liq_device_results_read(const liq_device_results *results,
                                                liq_row_record *out, liq_error *err);

/**
 * Look at all on the host, without a copy where the device works in its memory.
 * @param out  receives row_count records, lent until liq_device_results_release
 */
LIQ_MUST_USE liq_status liq_device_results_view(liq_device_results *results,
                                                const liq_row_record **out, liq_error *err);

/** End a view, if there is one: a kernel may write again. */
LIQ_MUST_USE liq_status liq_device_results_release(liq_device_results *results, liq_error *err);

#endif
