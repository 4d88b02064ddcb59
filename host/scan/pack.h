/*
 * Margin rows as a device reads them: rows of like length side by side in slices (SELL-C-sigma),
 * split into partitions that fit a device's largest allocation; rows too long for one work-item as
 * chunks.
 *
 * Rows are sorted in windows, so that what neighbouring slices write by row or by position lies
 * close together, and stays in a cache. Only rows of more than LIQ_WINDOW_ENTRIES entries are
 * sorted over a whole block: in a window they would be few, and each pad a slice of its own.
 *
 * A block is a stretch of rows whose results fit one allocation: a partition has rows of one block.
 */
#ifndef LIQ_SCAN_PACK_H
#define LIQ_SCAN_PACK_H

#include <stdint.h>

#include <liqscan/status.h>

#include "book/rows.h"

enum { LIQ_LONG_ROW_ENTRIES = 512, LIQ_WINDOW_ENTRIES = 48, LIQ_WINDOW_ROWS = 4096 };

/* Slots of one partition. Slot s holds row row_indices[s]; slots past the last row of a slice do
 * not exist. */
typedef struct liq_slot_partition {
    uint64_t *slice_offsets; /* of each slice, in entries; and the end of the last one */
    uint32_t *row_lengths;   /* of each slot */
    uint32_t *row_indices;   /* of each slot */
    uint32_t *tags;
    int64_t *quantities;
    int64_t *values;
    uint64_t entry_count; /* with padding */
    uint32_t slot_count;
    uint32_t slice_count;
    uint32_t block; /* of its rows */
} liq_slot_partition;

/* Long rows of one partition. */
typedef struct liq_long_partition {
    liq_long_row_record *rows;
    liq_chunk_record *chunks;
    uint32_t *row_indices; /* of each long row */
    uint32_t *tags;
    int64_t *quantities;
    int64_t *values;
    uint64_t entry_count;
    uint32_t row_count;
    uint32_t chunk_count;
    uint32_t block; /* of its rows */
} liq_long_partition;

/* Where each row goes; made once, then cut into partitions one after the other. */
typedef struct liq_pack {
    const liq_rows *rows;
    uint32_t *order; /* slotted rows block by block, then long rows by index */
    uint32_t slotted_count;
    uint32_t long_count;
    uint32_t slotted_at; /* next to be cut */
    uint32_t long_at;
    uint32_t block_rows; /* block i holds rows from i * block_rows on */
    uint64_t allocation_bytes_max;
} liq_pack;

/**
 * Sort the rows by length (counting sort). Rows that no rule can value are left out.
 * @param rows                  lent as long as the pack lives
 * @param allocation_bytes_max  no array of a partition is longer, unless a single row needs more
 */
LIQ_MUST_USE liq_status liq_pack_create(liq_pack *out, const liq_rows *rows,
                                        uint64_t allocation_bytes_max, liq_error *err);
void liq_pack_clear(liq_pack *pack);

/** Cut the next partition; a slot_count or row_count of zero says that there is none left. */
LIQ_MUST_USE liq_status liq_pack_next_slots(liq_pack *pack, liq_slot_partition *out,
                                            liq_error *err);
LIQ_MUST_USE liq_status liq_pack_next_long(liq_pack *pack, liq_long_partition *out, liq_error *err);

/** Take zeroed or filled ones. */
void liq_slot_partition_clear(liq_slot_partition *partition);
void liq_long_partition_clear(liq_long_partition *partition);

#endif
