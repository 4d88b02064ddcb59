/*
 * The margin scan on an OpenCL device: rows uploaded once, market per scan, results back in row
 * order.
 */
#ifndef LIQ_SCAN_DEVICE_SCAN_H
#define LIQ_SCAN_DEVICE_SCAN_H

#include <stdbool.h>
#include <stdint.h>

#include "book/market.h"
#include "book/rows.h"
#include "device/device.h"
#include "scan/device_portfolio.h"
#include "scan/device_tables.h"
#include "scan/scan_program.h"

typedef struct liq_device_scan liq_device_scan;

/*
 * The packed rows and their results as they lie on the device, for passes that follow the scan.
 * Everything is lent as long as the scan lives.
 */
typedef struct liq_device_slots {
    const liq_buffer *slice_offsets;
    const liq_buffer *row_lengths;
    const liq_buffer *tags;
    const liq_buffer *quantities;
    const liq_buffer *values;
    const liq_buffer *results;        /* of its block of rows, in row order */
    const liq_buffer *result_indices; /* of each slot: where its result is */
    const uint32_t *row_indices;      /* of each slot */
    uint32_t slot_count;
} liq_device_slots;

typedef struct liq_device_longs {
    const liq_buffer *rows;
    const liq_buffer *chunks;
    const liq_buffer *tags;
    const liq_buffer *quantities;
    const liq_buffer *values;
    const liq_buffer *results;    /* of its block of rows, in row order */
    const uint32_t *row_indices;  /* of each long row */
    const uint32_t *row_chunks;   /* chunks of each long row */
    const uint32_t *chunk_counts; /* positions of each chunk */
    uint32_t row_count;
    uint32_t chunk_count;
} liq_device_longs;

/* What all passes share. */
typedef struct liq_device_shared {
    liq_device *device;
    const liq_device_tables *tables;
    liq_scan_shape shape;
    const liq_row_key *keys;
    uint32_t row_count;
    uint32_t slots_count; /* partitions */
    uint32_t longs_count;
    uint32_t folios_count; /* of rows of portfolio margin */
} liq_device_shared;

/* For tests that cut finer than the device asks for. */
typedef struct liq_device_scan_options {
    uint64_t allocation_bytes_max; /* 0: what the device allows */
    bool as_lanes;                 /* run a CPU's kernels in the shape of a GPU's */
} liq_device_scan_options;

/* What a scan cost, from the device's own clock and the count of the layout. */
typedef struct liq_device_scan_cost {
    uint64_t kernel_ns;
    uint64_t bytes; /* read and written by the kernels, tables not counted */
} liq_device_scan_cost;

/**
 * Compile the kernels, pack the rows and upload them.
 * @param device  lent as long as the scan lives
 * @param rows    read here; keys are lent as long as the scan lives, entries are not needed
 * afterwards
 * @param market  for the sizes of its tables
 * @param options NULL for the defaults
 */
LIQ_MUST_USE liq_status liq_device_scan_create(liq_device_scan **out, liq_device *device,
                                               const liq_rows *rows, const liq_market *market,
                                               const liq_device_scan_options *options,
                                               liq_error *err);

/** Takes NULL. The device stays open. */
void liq_device_scan_destroy(liq_device_scan *scan);

/**
 * Value all rows at a market.
 *  results  row_count records, in row order; NULL: they stay on the device
 * @param cost     NULL allowed
 */
LIQ_MUST_USE liq_status liq_device_scan_run(liq_device_scan *scan, const liq_market *market,
                                            liq_row_record *results, liq_device_scan_cost *cost,
                                            liq_error *err);

/** For a pass that values the slots itself: upload the market and value the long rows. Queued only.
 */
LIQ_MUST_USE liq_status liq_device_scan_longs_run(liq_device_scan *scan, const liq_market *market,
                                                  liq_error *err);

/** What the runs since the last call cost; waits for them. */
LIQ_MUST_USE liq_status liq_device_scan_cost_take(liq_device_scan *scan, liq_device_scan_cost *cost,
                                                  liq_error *err);

/**
 * Look at the results of the last run, without a copy where the device works in the host's memory.
 *  out  receives row_count records in row order, lent until the next run
 */
LIQ_MUST_USE liq_status liq_device_scan_view(liq_device_scan *scan, const liq_row_record **out,
                                             liq_error *err);

/** What a pass over the packed rows needs. */
liq_device_shared liq_device_scan_shared(const liq_device_scan *scan);
liq_device_slots liq_device_scan_slots(const liq_device_scan *scan, uint32_t index);
liq_device_longs liq_device_scan_longs(const liq_device_scan *scan, uint32_t index);

/** Rows of portfolio margin. @param row_first  receives the row that places count from
 * @param results    receives those of their block */
liq_device_folios liq_device_scan_folios(const liq_device_scan *scan, uint32_t index,
                                         uint32_t *row_first, const liq_buffer **results);

#endif
