#include "scan/pack.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/memory.h"
#include "liq_sum.h"

/* Offsets inside a partition of long rows are 32 bits wide. */
#define LONG_ENTRIES_MAX ((uint64_t)INT32_MAX)

enum { BLOCK_ROWS_MAX = 1 << 30 };

static uint64_t row_length(const liq_rows *rows, uint32_t row);
static uint32_t block_rows(uint64_t allocation_bytes_max);
static void block_sort(liq_pack *pack, uint32_t first, uint32_t end);
static void rows_sort(liq_pack *pack, uint32_t first, uint32_t end, uint32_t least, uint32_t most,
                      bool falls);
static uint64_t slice_length(const liq_pack *pack, uint32_t first, uint32_t height);
static uint32_t slots_that_fit(const liq_pack *pack, uint64_t *entries_out);
static uint32_t block_end(const liq_pack *pack, uint32_t at, uint32_t end);
static liq_status slots_take(liq_slot_partition *partition, liq_error *err);
static liq_status entries_take(uint32_t **tags, int64_t **quantities, int64_t **values,
                               uint64_t count, liq_error *err);
static void slots_fill(const liq_pack *pack, liq_slot_partition *partition);
static void lane_fill(const liq_rows *rows, uint32_t row, liq_slot_partition *partition,
                      uint64_t at);
static uint32_t long_rows_that_fit(const liq_pack *pack, uint64_t *entries_out,
                                   uint32_t *chunks_out);
static liq_status long_take(liq_long_partition *partition, liq_error *err);
static uint32_t row_chunks(const liq_rows *rows, uint32_t row, uint64_t entry_shift,
                           liq_chunk_record *chunks);

liq_status liq_pack_create(liq_pack *out, const liq_rows *rows, uint64_t allocation_bytes_max,
                           liq_error *err)
{
    liq_pack pack = {.rows = rows,
                     .block_rows = block_rows(allocation_bytes_max),
                     .allocation_bytes_max = allocation_bytes_max};
    const liq_status status =
        liq_memory_array(&pack.order, rows->row_count, sizeof *pack.order, err);

    if (status != LIQ_OK)
        return status;
    for (uint32_t first = 0; first < rows->row_count;) {
        const uint32_t left = rows->row_count - first;
        const uint32_t end = first + (left < pack.block_rows ? left : pack.block_rows);

        block_sort(&pack, first, end);
        first = end;
    }
    pack.long_at = pack.slotted_count;
    for (uint32_t row = 0; row < rows->row_count; row++)
        if (row_length(rows, row) > LIQ_LONG_ROW_ENTRIES &&
            rows->keys[row].reason == LIQ_REASON_NONE)
            pack.order[pack.slotted_count + pack.long_count++] = row;
    *out = pack;
    return LIQ_OK;
}

void liq_pack_clear(liq_pack *pack)
{
    free(pack->order);
    *pack = (liq_pack){0};
}

liq_status liq_pack_next_slots(liq_pack *pack, liq_slot_partition *out, liq_error *err)
{
    liq_slot_partition partition = {0};
    liq_status status;

    partition.slot_count = slots_that_fit(pack, &partition.entry_count);
    partition.slice_count = (partition.slot_count + LIQ_SLICE_ROWS - 1) / LIQ_SLICE_ROWS;
    if (partition.slot_count > 0) {
        partition.block = pack->order[pack->slotted_at] / pack->block_rows;
        if ((status = slots_take(&partition, err)) != LIQ_OK) {
            liq_slot_partition_clear(&partition);
            return status;
        }
        slots_fill(pack, &partition);
        pack->slotted_at += partition.slot_count;
    }
    *out = partition;
    return LIQ_OK;
}

liq_status liq_pack_next_long(liq_pack *pack, liq_long_partition *out, liq_error *err)
{
    liq_long_partition partition = {0};
    uint64_t entry_at = 0;
    uint32_t chunk_at = 0;
    liq_status status;

    partition.row_count = long_rows_that_fit(pack, &partition.entry_count, &partition.chunk_count);
    if (partition.row_count > 0 && (status = long_take(&partition, err)) != LIQ_OK) {
        liq_long_partition_clear(&partition);
        return status;
    }
    for (uint32_t i = 0; i < partition.row_count; i++) {
        const uint32_t row = pack->order[pack->long_at + i];
        const uint64_t first = pack->rows->entry_first[row];
        const size_t length = (size_t)row_length(pack->rows, row);
        const uint32_t chunks =
            row_chunks(pack->rows, row, first - entry_at, &partition.chunks[chunk_at]);

        memcpy(&partition.tags[entry_at], &pack->rows->tags[first],
               length * sizeof *partition.tags);
        memcpy(&partition.quantities[entry_at], &pack->rows->quantities[first],
               length * sizeof *partition.quantities);
        memcpy(&partition.values[entry_at], &pack->rows->values[first],
               length * sizeof *partition.values);
        partition.block = row / pack->block_rows;
        partition.rows[i] = (liq_long_row_record){
            .chunk_first = chunk_at, .chunk_count = chunks, .result_index = row % pack->block_rows};
        partition.row_indices[i] = row;
        entry_at += length;
        chunk_at += chunks;
    }
    pack->long_at += partition.row_count;
    *out = partition;
    return LIQ_OK;
}

void liq_slot_partition_clear(liq_slot_partition *partition)
{
    free(partition->slice_offsets);
    free(partition->row_lengths);
    free(partition->row_indices);
    free(partition->tags);
    free(partition->quantities);
    free(partition->values);
    *partition = (liq_slot_partition){0};
}

void liq_long_partition_clear(liq_long_partition *partition)
{
    free(partition->rows);
    free(partition->chunks);
    free(partition->row_indices);
    free(partition->tags);
    free(partition->quantities);
    free(partition->values);
    *partition = (liq_long_partition){0};
}

/* As many rows as have room for their results, in whole slices. */
static uint32_t block_rows(uint64_t allocation_bytes_max)
{
    const uint64_t fit = allocation_bytes_max / sizeof(liq_row_record) & ~(LIQ_SLICE_ROWS - 1ULL);

    if (fit < LIQ_SLICE_ROWS)
        return LIQ_SLICE_ROWS;
    return fit < BLOCK_ROWS_MAX ? (uint32_t)fit : BLOCK_ROWS_MAX;
}

/*
 * The rows of a block that are not long. Every other window goes from short rows to long ones, so
 * that a slice across two windows has rows of like length.
 */
static void block_sort(liq_pack *pack, uint32_t first, uint32_t end)
{
    bool falls = false;

    rows_sort(pack, first, end, LIQ_WINDOW_ENTRIES + 1, LIQ_LONG_ROW_ENTRIES, true);
    while (first < end) {
        const uint32_t window_end = end - first < LIQ_WINDOW_ROWS ? end : first + LIQ_WINDOW_ROWS;

        falls = !falls;
        rows_sort(pack, first, window_end, 0, LIQ_WINDOW_ENTRIES, falls);
        first = window_end;
    }
}

/* Append rows of least .. most entries, longest or shortest first, ties by row. */
static void rows_sort(liq_pack *pack, uint32_t first, uint32_t end, uint32_t least, uint32_t most,
                      bool falls)
{
    uint32_t starts[LIQ_LONG_ROW_ENTRIES + 1] = {0};

    for (uint32_t pass = 0; pass < 2; pass++) {
        for (uint32_t row = first; row < end; row++) {
            const uint64_t length = row_length(pack->rows, row);
            const uint32_t bucket = (uint32_t)(falls ? most - length : length - least);

            if (length < least || length > most || pack->rows->keys[row].reason != LIQ_REASON_NONE)
                continue;
            if (pass == 0)
                starts[bucket]++;
            else
                pack->order[starts[bucket]++] = row;
        }
        for (uint32_t bucket = 0; pass == 0 && bucket <= most - least; bucket++) {
            const uint32_t count = starts[bucket];

            starts[bucket] = pack->slotted_count;
            pack->slotted_count += count;
        }
    }
}

static uint64_t row_length(const liq_rows *rows, uint32_t row)
{
    return rows->entry_first[row + 1] - rows->entry_first[row];
}

/* How many of the slots that are left fit: whole slices, at least one. */
static uint32_t slots_that_fit(const liq_pack *pack, uint64_t *entries_out)
{
    const uint64_t entries_max = pack->allocation_bytes_max / sizeof(int64_t);
    const uint32_t left = block_end(pack, pack->slotted_at, pack->slotted_count) - pack->slotted_at;
    uint64_t entries = 0;
    uint32_t slots = 0;

    while (slots < left) {
        const uint32_t height = left - slots < LIQ_SLICE_ROWS ? left - slots : LIQ_SLICE_ROWS;
        const uint64_t more = slice_length(pack, pack->slotted_at + slots, height) * LIQ_SLICE_ROWS;

        if (slots > 0 && entries + more > entries_max)
            break;
        entries += more;
        slots += height;
    }
    *entries_out = entries;
    return slots;
}

/* Entries of the longest row of a slice. */
static uint64_t slice_length(const liq_pack *pack, uint32_t first, uint32_t height)
{
    uint64_t longest = 0;

    for (uint32_t i = 0; i < height; i++) {
        const uint64_t length = row_length(pack->rows, pack->order[first + i]);

        longest = length > longest ? length : longest;
    }
    return longest;
}

/* Where the rows of the block of order[at] end, looking no further than end. */
static uint32_t block_end(const liq_pack *pack, uint32_t at, uint32_t end)
{
    const uint32_t block = at < end ? pack->order[at] / pack->block_rows : 0;

    while (at < end && pack->order[at] / pack->block_rows == block)
        at++;
    return at;
}

static liq_status slots_take(liq_slot_partition *partition, liq_error *err)
{
    liq_status status;

    if ((status = liq_memory_array(&partition->slice_offsets, partition->slice_count + 1U,
                                   sizeof *partition->slice_offsets, err)) != LIQ_OK ||
        (status = liq_memory_array(&partition->row_lengths, partition->slot_count,
                                   sizeof *partition->row_lengths, err)) != LIQ_OK ||
        (status = liq_memory_array(&partition->row_indices, partition->slot_count,
                                   sizeof *partition->row_indices, err)) != LIQ_OK)
        return status;
    return entries_take(&partition->tags, &partition->quantities, &partition->values,
                        partition->entry_count, err);
}

static liq_status entries_take(uint32_t **tags, int64_t **quantities, int64_t **values,
                               uint64_t count, liq_error *err)
{
    liq_status status;

    if ((status = liq_memory_array(tags, count, sizeof **tags, err)) != LIQ_OK ||
        (status = liq_memory_array(quantities, count, sizeof **quantities, err)) != LIQ_OK)
        return status;
    return liq_memory_array(values, count, sizeof **values, err);
}

static void slots_fill(const liq_pack *pack, liq_slot_partition *partition)
{
    uint64_t offset = 0;

    for (uint32_t slot = 0; slot < partition->slot_count; slot++) {
        const uint32_t row = pack->order[pack->slotted_at + slot];
        const uint64_t length = row_length(pack->rows, row);

        if (slot % LIQ_SLICE_ROWS == 0) {
            const uint32_t left = partition->slot_count - slot;

            partition->slice_offsets[slot / LIQ_SLICE_ROWS] = offset;
            offset += slice_length(pack, pack->slotted_at + slot,
                                   left < LIQ_SLICE_ROWS ? left : LIQ_SLICE_ROWS) *
                      LIQ_SLICE_ROWS;
        }
        partition->row_lengths[slot] = (uint32_t)length;
        partition->row_indices[slot] = row;
        lane_fill(pack->rows, row, partition,
                  partition->slice_offsets[slot / LIQ_SLICE_ROWS] + slot % LIQ_SLICE_ROWS);
    }
    partition->slice_offsets[partition->slice_count] = offset;
    LIQ_ASSERT(offset == partition->entry_count);
}

static void lane_fill(const liq_rows *rows, uint32_t row, liq_slot_partition *partition,
                      uint64_t at)
{
    for (uint64_t i = rows->entry_first[row]; i < rows->entry_first[row + 1]; i++) {
        partition->tags[at] = rows->tags[i];
        partition->quantities[at] = rows->quantities[i];
        partition->values[at] = rows->values[i];
        at += LIQ_SLICE_ROWS;
    }
}

/* How many of the long rows that are left fit, at least one. */
static uint32_t long_rows_that_fit(const liq_pack *pack, uint64_t *entries_out,
                                   uint32_t *chunks_out)
{
    const uint64_t by_bytes = pack->allocation_bytes_max / sizeof(int64_t);
    const uint64_t entries_max = by_bytes < LONG_ENTRIES_MAX ? by_bytes : LONG_ENTRIES_MAX;
    const uint64_t chunks_max = pack->allocation_bytes_max / sizeof(liq_leg_sum);
    const uint32_t end = block_end(pack, pack->long_at, pack->slotted_count + pack->long_count);
    uint64_t entries = 0;
    uint64_t chunks = 0;
    uint32_t count = 0;

    for (; pack->long_at + count < end; count++) {
        const uint32_t row = pack->order[pack->long_at + count];
        const uint64_t more_entries = row_length(pack->rows, row);
        const uint64_t more_chunks = row_chunks(pack->rows, row, 0, NULL);

        if (count > 0 &&
            (entries + more_entries > entries_max || chunks + more_chunks > chunks_max))
            break;
        entries += more_entries;
        chunks += more_chunks;
    }
    *entries_out = entries;
    *chunks_out = (uint32_t)chunks;
    return count;
}

static liq_status long_take(liq_long_partition *partition, liq_error *err)
{
    liq_status status;

    if ((status = liq_memory_array(&partition->rows, partition->row_count, sizeof *partition->rows,
                                   err)) != LIQ_OK ||
        (status = liq_memory_array(&partition->chunks, partition->chunk_count,
                                   sizeof *partition->chunks, err)) != LIQ_OK ||
        (status = liq_memory_array(&partition->row_indices, partition->row_count,
                                   sizeof *partition->row_indices, err)) != LIQ_OK)
        return status;
    return entries_take(&partition->tags, &partition->quantities, &partition->values,
                        partition->entry_count, err);
}

/*
 * Cut a row into chunks; with chunks NULL only count them. A full chunk ends before an exposure or
 * an order, or before a position that follows a position of another instrument or none: what an
 * exposure says reaches no further than the positions right behind it.
 */
static uint32_t row_chunks(const liq_rows *rows, uint32_t row, uint64_t entry_shift,
                           liq_chunk_record *chunks)
{
    liq_chunk_record open = {.close_tag = LIQ_NO_INDEX};
    uint32_t exposed = LIQ_NO_INDEX;
    uint32_t count = 0;

    open.entry_first = (uint32_t)(rows->entry_first[row] - entry_shift);
    for (uint64_t i = rows->entry_first[row]; i < rows->entry_first[row + 1]; i++) {
        const uint32_t kind = rows->tags[i] >> LIQ_TAG_INDEX_BITS;
        const uint32_t index = rows->tags[i] & LIQ_TAG_INDEX_MAX;
        const bool closes = kind >= LIQ_ENTRY_BALANCE;
        const bool bound = kind == LIQ_ENTRY_POSITION && index == exposed;

        if (closes || (open.leg_count >= LIQ_CHUNK_ENTRIES && !bound)) {
            open.close_tag = closes ? rows->tags[i] : LIQ_NO_INDEX;
            open.close_amount = closes ? rows->quantities[i] : 0;
            if (chunks != NULL)
                chunks[count] = open;
            count++;
            open = (liq_chunk_record){.close_tag = LIQ_NO_INDEX};
            open.entry_first = (uint32_t)(i - entry_shift) + (closes ? 1 : 0);
        }
        if (!closes)
            open.leg_count++;
        if (kind == LIQ_ENTRY_EXPOSURE_MAX || kind == LIQ_ENTRY_EXPOSURE_SUM)
            exposed = index;
    }
    return count;
}
