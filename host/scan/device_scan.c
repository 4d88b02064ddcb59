#include "scan/device_scan.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/memory.h"
#include "scan/device_portfolio.h"
#include "scan/device_results.h"
#include "scan/pack.h"
#include "scan/scan_program.h"

/* Rows of ordinary length: slots of 64 side by side. */
typedef struct slot_part {
    liq_buffer *slice_offsets;
    liq_buffer *row_lengths;
    liq_buffer *tags;
    liq_buffer *quantities;
    liq_buffer *values;
    liq_buffer *result_indices;
    uint32_t *row_indices;
    uint32_t block; /* of its rows */
    uint32_t slot_count;
    uint64_t bytes;
} slot_part;

/* Long rows: summed by chunks, then put together. */
typedef struct long_part {
    liq_buffer *rows;
    liq_buffer *chunks;
    liq_buffer *tags;
    liq_buffer *quantities;
    liq_buffer *values;
    liq_buffer *sums;
    uint32_t *row_indices;
    uint32_t *row_chunks;
    uint32_t *chunk_counts;
    uint32_t block; /* of its rows */
    uint32_t row_count;
    uint32_t chunk_count;
    uint64_t bytes;
} long_part;

struct liq_device_scan {
    liq_device *device;
    liq_program *program;
    liq_kernel *rows_kernel;
    liq_kernel *chunks_kernel;
    liq_kernel *long_rows_kernel;
    liq_device_tables tables;
    const liq_row_key *keys;
    uint32_t row_count;
    liq_scan_shape shape;
    slot_part *slots;
    size_t slots_count;
    size_t slots_capacity;
    long_part *longs;
    size_t longs_count;
    size_t longs_capacity;
    liq_device_portfolio *portfolio; /* NULL: nobody is valued by that rule */
    liq_device_results results;
};

static liq_status kernels_create(liq_device_scan *scan, liq_error *err);
static liq_status parts_create(liq_device_scan *scan, const liq_rows *rows,
                               const liq_market *market, uint64_t allocation_bytes_max,
                               liq_error *err);
static liq_status slots_upload(liq_device_scan *scan, const liq_slot_partition *partition,
                               liq_error *err);
static liq_status result_indices_upload(liq_device_scan *scan, slot_part *part, liq_error *err);
static liq_status longs_upload(liq_device_scan *scan, const liq_long_partition *partition,
                               liq_error *err);
static liq_status buffer_with(liq_buffer **out, liq_device *device, const void *data,
                              uint64_t bytes, liq_error *err);
static liq_status indices_copy(uint32_t **out, const uint32_t *indices, uint32_t count,
                               liq_error *err);
static liq_status chunks_describe(long_part *part, const liq_long_partition *partition,
                                  liq_error *err);
static liq_status slots_launch(liq_device_scan *scan, const slot_part *part, liq_error *err);
static liq_status longs_launch(liq_device_scan *scan, const long_part *part, liq_error *err);
static void slot_part_clear(slot_part *part);
static void long_part_clear(long_part *part);

liq_status liq_device_scan_create(liq_device_scan **out, liq_device *device, const liq_rows *rows,
                                  const liq_market *market, const liq_device_scan_options *options,
                                  liq_error *err)
{
    const uint64_t device_max = liq_device_describe(device)->allocation_bytes_max;
    const uint64_t asked = options != NULL ? options->allocation_bytes_max : 0;
    liq_device_scan *scan = NULL;
    liq_status status = liq_memory_array(&scan, 1, sizeof *scan, err);

    if (status != LIQ_OK)
        return status;
    scan->device = device;
    scan->keys = rows->keys;
    scan->row_count = rows->row_count;
    scan->shape =
        options != NULL && options->as_lanes ? liq_scan_shape_lanes() : liq_scan_shape_of(device);
    if ((status = kernels_create(scan, err)) != LIQ_OK ||
        (status = liq_device_tables_create(&scan->tables, device, market, err)) != LIQ_OK ||
        (status = parts_create(scan, rows, market,
                               asked > 0 && asked < device_max ? asked : device_max, err)) !=
            LIQ_OK)
        goto done;
    *out = scan;
    scan = NULL; /* given away */
done:
    liq_device_scan_destroy(scan);
    return status;
}

void liq_device_scan_destroy(liq_device_scan *scan)
{
    if (scan == NULL)
        return;
    for (size_t i = 0; i < scan->slots_count; i++)
        slot_part_clear(&scan->slots[i]);
    for (size_t i = 0; i < scan->longs_count; i++)
        long_part_clear(&scan->longs[i]);
    free(scan->slots);
    free(scan->longs);
    liq_device_portfolio_destroy(scan->portfolio);
    liq_device_results_clear(&scan->results);
    liq_device_tables_clear(&scan->tables);
    liq_kernel_destroy(scan->rows_kernel);
    liq_kernel_destroy(scan->chunks_kernel);
    liq_kernel_destroy(scan->long_rows_kernel);
    liq_program_destroy(scan->program);
    free(scan);
}

liq_status liq_device_scan_run(liq_device_scan *scan, const liq_market *market,
                               liq_row_record *results, liq_device_scan_cost *cost, liq_error *err)
{
    liq_status status = liq_device_scan_longs_run(scan, market, err);

    for (size_t i = 0; status == LIQ_OK && i < scan->slots_count; i++)
        status = slots_launch(scan, &scan->slots[i], err);
    if (status == LIQ_OK && results != NULL)
        status = liq_device_results_read(&scan->results, results, err);
    if (status == LIQ_OK && cost != NULL)
        status = liq_device_scan_cost_take(scan, cost, err);
    return status;
}

liq_status liq_device_scan_longs_run(liq_device_scan *scan, const liq_market *market,
                                     liq_error *err)
{
    liq_status status;

    if ((status = liq_device_results_release(&scan->results, err)) != LIQ_OK ||
        (status = liq_device_tables_write(&scan->tables, market, err)) != LIQ_OK)
        return status;
    for (size_t i = 0; status == LIQ_OK && i < scan->longs_count; i++)
        status = longs_launch(scan, &scan->longs[i], err);
    if (status == LIQ_OK)
        status =
            liq_device_portfolio_run(scan->portfolio, market, &scan->tables, &scan->results, err);
    return status;
}

liq_status liq_device_scan_view(liq_device_scan *scan, const liq_row_record **out, liq_error *err)
{
    const liq_status status = liq_device_results_release(&scan->results, err);

    return status != LIQ_OK ? status : liq_device_results_view(&scan->results, out, err);
}

liq_device_shared liq_device_scan_shared(const liq_device_scan *scan)
{
    return (liq_device_shared){.device = scan->device,
                               .tables = &scan->tables,
                               .shape = scan->shape,
                               .keys = scan->keys,
                               .row_count = scan->row_count,
                               .slots_count = (uint32_t)scan->slots_count,
                               .longs_count = (uint32_t)scan->longs_count,
                               .folios_count = liq_device_portfolio_parts(scan->portfolio)};
}

liq_device_slots liq_device_scan_slots(const liq_device_scan *scan, uint32_t index)
{
    const slot_part *part = &scan->slots[index];

    LIQ_ASSERT(index < scan->slots_count);
    return (liq_device_slots){
        part->slice_offsets,  part->row_lengths, part->tags,
        part->quantities,     part->values,      scan->results.blocks[part->block],
        part->result_indices, part->row_indices, part->slot_count};
}

liq_device_longs liq_device_scan_longs(const liq_device_scan *scan, uint32_t index)
{
    const long_part *part = &scan->longs[index];

    LIQ_ASSERT(index < scan->longs_count);
    return (liq_device_longs){
        part->rows,        part->chunks,     part->tags,
        part->quantities,  part->values,     scan->results.blocks[part->block],
        part->row_indices, part->row_chunks, part->chunk_counts,
        part->row_count,   part->chunk_count};
}

liq_device_folios liq_device_scan_folios(const liq_device_scan *scan, uint32_t index,
                                         uint32_t *row_first, const liq_buffer **results)
{
    const liq_device_folios folios = liq_device_portfolio_folios(scan->portfolio, index);

    *row_first = folios.block * scan->results.block_rows;
    *results = scan->results.blocks[folios.block];
    return folios;
}

static liq_status kernels_create(liq_device_scan *scan, liq_error *err)
{
    liq_status status;

    if ((status = liq_scan_program_build(&scan->program, scan->device, "margin", scan->shape,
                                         err)) != LIQ_OK ||
        (status = liq_kernel_create(&scan->rows_kernel, scan->program, "margin_rows", err)) !=
            LIQ_OK ||
        (status = liq_kernel_create(&scan->chunks_kernel, scan->program, "margin_chunks", err)) !=
            LIQ_OK)
        return status;
    return liq_kernel_create(&scan->long_rows_kernel, scan->program, "margin_long_rows", err);
}

static liq_status parts_create(liq_device_scan *scan, const liq_rows *rows,
                               const liq_market *market, uint64_t allocation_bytes_max,
                               liq_error *err)
{
    liq_slot_partition slots = {0};
    liq_long_partition longs = {0};
    liq_pack pack = {0};
    liq_status status = liq_pack_create(&pack, rows, allocation_bytes_max, err);

    if (status == LIQ_OK)
        status = liq_device_results_create(&scan->results, scan->device, rows->keys,
                                           rows->row_count, pack.block_rows, err);
    if (status == LIQ_OK)
        status = liq_device_portfolio_create(&scan->portfolio, scan->device, scan->shape, rows,
                                             market, allocation_bytes_max, pack.block_rows, err);

    while (status == LIQ_OK) {
        if ((status = liq_pack_next_slots(&pack, &slots, err)) != LIQ_OK || slots.slot_count == 0)
            break;
        status = slots_upload(scan, &slots, err);
        liq_slot_partition_clear(&slots);
    }
    while (status == LIQ_OK) {
        if ((status = liq_pack_next_long(&pack, &longs, err)) != LIQ_OK || longs.row_count == 0)
            break;
        status = longs_upload(scan, &longs, err);
        liq_long_partition_clear(&longs);
    }
    liq_pack_clear(&pack);
    return status;
}

static liq_status slots_upload(liq_device_scan *scan, const liq_slot_partition *partition,
                               liq_error *err)
{
    liq_device *device = scan->device;
    const uint64_t entries = partition->entry_count;
    slot_part *part;
    liq_status status = liq_memory_grow(&scan->slots, &scan->slots_capacity, scan->slots_count + 1,
                                        sizeof *scan->slots, err);

    if (status != LIQ_OK)
        return status;
    part = &scan->slots[scan->slots_count++];
    *part = (slot_part){.slot_count = partition->slot_count,
                        .block = partition->block,
                        .bytes = entries * 20 +
                                 (uint64_t)partition->slot_count * (8 + sizeof(liq_row_record))};
    if ((status = indices_copy(&part->row_indices, partition->row_indices, part->slot_count,
                               err)) != LIQ_OK ||
        (status = buffer_with(&part->slice_offsets, device, partition->slice_offsets,
                              (partition->slice_count + 1) * sizeof(uint64_t), err)) != LIQ_OK ||
        (status = buffer_with(&part->row_lengths, device, partition->row_lengths,
                              part->slot_count * sizeof(uint32_t), err)) != LIQ_OK ||
        (status = buffer_with(&part->tags, device, partition->tags, entries * sizeof(uint32_t),
                              err)) != LIQ_OK ||
        (status = buffer_with(&part->quantities, device, partition->quantities,
                              entries * sizeof(int64_t), err)) != LIQ_OK ||
        (status = buffer_with(&part->values, device, partition->values, entries * sizeof(int64_t),
                              err)) != LIQ_OK)
        return status;
    return result_indices_upload(scan, part, err);
}

static liq_status result_indices_upload(liq_device_scan *scan, slot_part *part, liq_error *err)
{
    uint32_t *indices = NULL;
    liq_status status = liq_memory_array(&indices, part->slot_count, sizeof *indices, err);

    if (status != LIQ_OK)
        return status;
    for (uint32_t i = 0; i < part->slot_count; i++)
        indices[i] = part->row_indices[i] % scan->results.block_rows;
    status = buffer_with(&part->result_indices, scan->device, indices,
                         part->slot_count * sizeof *indices, err);
    free(indices);
    return status;
}

static liq_status longs_upload(liq_device_scan *scan, const liq_long_partition *partition,
                               liq_error *err)
{
    liq_device *device = scan->device;
    const uint64_t entries = partition->entry_count;
    long_part *part;
    liq_status status = liq_memory_grow(&scan->longs, &scan->longs_capacity, scan->longs_count + 1,
                                        sizeof *scan->longs, err);

    if (status != LIQ_OK)
        return status;
    part = &scan->longs[scan->longs_count++];
    *part = (long_part){.row_count = partition->row_count,
                        .block = partition->block,
                        .chunk_count = partition->chunk_count,
                        .bytes = entries * 20 +
                                 partition->chunk_count *
                                     (2 * sizeof(liq_chunk_record) + 2 * sizeof(liq_leg_sum)) +
                                 partition->row_count * sizeof(liq_row_record)};
    if ((status = indices_copy(&part->row_indices, partition->row_indices, part->row_count, err)) !=
            LIQ_OK ||
        (status = chunks_describe(part, partition, err)) != LIQ_OK ||
        (status = buffer_with(&part->rows, device, partition->rows,
                              part->row_count * sizeof *partition->rows, err)) != LIQ_OK ||
        (status = buffer_with(&part->chunks, device, partition->chunks,
                              part->chunk_count * sizeof *partition->chunks, err)) != LIQ_OK ||
        (status = buffer_with(&part->tags, device, partition->tags, entries * sizeof(uint32_t),
                              err)) != LIQ_OK ||
        (status = buffer_with(&part->quantities, device, partition->quantities,
                              entries * sizeof(int64_t), err)) != LIQ_OK ||
        (status = buffer_with(&part->values, device, partition->values, entries * sizeof(int64_t),
                              err)) != LIQ_OK)
        return status;
    return liq_buffer_create(&part->sums, device, part->chunk_count * sizeof(liq_leg_sum),
                             LIQ_BUFFER_WORK, err);
}

/* A buffer that holds data; one byte where there is none, because a buffer cannot be empty. */
static liq_status buffer_with(liq_buffer **out, liq_device *device, const void *data,
                              uint64_t bytes, liq_error *err)
{
    const liq_status status =
        liq_buffer_create(out, device, bytes > 0 ? bytes : 1, LIQ_BUFFER_INPUT, err);

    return status != LIQ_OK || bytes == 0 ? status : liq_buffer_write(*out, 0, data, bytes, err);
}

static liq_status indices_copy(uint32_t **out, const uint32_t *indices, uint32_t count,
                               liq_error *err)
{
    const liq_status status = liq_memory_array(out, count, sizeof **out, err);

    if (status == LIQ_OK)
        memcpy(*out, indices, count * sizeof **out);
    return status;
}

/* How many chunks a row has and how many positions a chunk, which nobody can tell later. */
static liq_status chunks_describe(long_part *part, const liq_long_partition *partition,
                                  liq_error *err)
{
    liq_status status;

    if ((status = liq_memory_array(&part->row_chunks, part->row_count, sizeof *part->row_chunks,
                                   err)) != LIQ_OK ||
        (status = liq_memory_array(&part->chunk_counts, part->chunk_count,
                                   sizeof *part->chunk_counts, err)) != LIQ_OK)
        return status;
    for (uint32_t i = 0; i < part->row_count; i++)
        part->row_chunks[i] = partition->rows[i].chunk_count;
    for (uint32_t i = 0; i < part->chunk_count; i++) {
        const liq_chunk_record *chunk = &partition->chunks[i];

        for (uint32_t at = chunk->entry_first; at < chunk->entry_first + chunk->leg_count; at++)
            part->chunk_counts[i] +=
                partition->tags[at] >> LIQ_TAG_INDEX_BITS == LIQ_ENTRY_POSITION;
    }
    return LIQ_OK;
}

static liq_status slots_launch(liq_device_scan *scan, const slot_part *part, liq_error *err)
{
    liq_kernel_argument arguments[6 + LIQ_DEVICE_TABLES + 2] = {
        LIQ_ARGUMENT_VALUE(part->slot_count),   LIQ_ARGUMENT_BUFFER(part->slice_offsets),
        LIQ_ARGUMENT_BUFFER(part->row_lengths), LIQ_ARGUMENT_BUFFER(part->tags),
        LIQ_ARGUMENT_BUFFER(part->quantities),  LIQ_ARGUMENT_BUFFER(part->values)};

    liq_device_tables_bind(&scan->tables, &arguments[6]);
    arguments[6 + LIQ_DEVICE_TABLES] = LIQ_ARGUMENT_BUFFER(part->result_indices);
    arguments[6 + LIQ_DEVICE_TABLES + 1] = LIQ_ARGUMENT_BUFFER(scan->results.blocks[part->block]);
    return liq_kernel_launch(scan->rows_kernel, arguments, 6 + LIQ_DEVICE_TABLES + 2,
                             (part->slot_count + scan->shape.item_slots - 1) /
                                 scan->shape.item_slots,
                             scan->shape.group_items, err);
}

static liq_status longs_launch(liq_device_scan *scan, const long_part *part, liq_error *err)
{
    liq_kernel_argument chunks[5 + LIQ_DEVICE_TABLES + 1] = {
        LIQ_ARGUMENT_VALUE(part->chunk_count), LIQ_ARGUMENT_BUFFER(part->chunks),
        LIQ_ARGUMENT_BUFFER(part->tags), LIQ_ARGUMENT_BUFFER(part->quantities),
        LIQ_ARGUMENT_BUFFER(part->values)};
    liq_kernel_argument rows[4 + LIQ_DEVICE_TABLES + 1] = {
        LIQ_ARGUMENT_VALUE(part->row_count), LIQ_ARGUMENT_BUFFER(part->rows),
        LIQ_ARGUMENT_BUFFER(part->chunks), LIQ_ARGUMENT_BUFFER(part->sums)};
    liq_status status;

    liq_device_tables_bind(&scan->tables, &chunks[5]);
    chunks[5 + LIQ_DEVICE_TABLES] = LIQ_ARGUMENT_BUFFER(part->sums);
    liq_device_tables_bind(&scan->tables, &rows[4]);
    rows[4 + LIQ_DEVICE_TABLES] = LIQ_ARGUMENT_BUFFER(scan->results.blocks[part->block]);
    if ((status = liq_kernel_launch(scan->chunks_kernel, chunks, 5 + LIQ_DEVICE_TABLES + 1,
                                    part->chunk_count, scan->shape.group_items, err)) != LIQ_OK)
        return status;
    return liq_kernel_launch(scan->long_rows_kernel, rows, 4 + LIQ_DEVICE_TABLES + 1,
                             part->row_count, scan->shape.group_items, err);
}

liq_status liq_device_scan_cost_take(liq_device_scan *scan, liq_device_scan_cost *cost,
                                     liq_error *err)
{
    liq_kernel *const kernels[] = {scan->rows_kernel, scan->chunks_kernel, scan->long_rows_kernel};
    liq_status status = LIQ_OK;

    *cost = (liq_device_scan_cost){0};
    for (size_t i = 0; status == LIQ_OK && i < sizeof kernels / sizeof kernels[0]; i++) {
        uint64_t kernel_ns = 0;

        status = liq_kernel_elapsed(kernels[i], &kernel_ns, err);
        cost->kernel_ns += kernel_ns;
    }
    for (size_t i = 0; i < scan->slots_count; i++)
        cost->bytes += scan->slots[i].bytes;
    for (size_t i = 0; i < scan->longs_count; i++)
        cost->bytes += scan->longs[i].bytes;
    if (status == LIQ_OK)
        status = liq_device_portfolio_cost(scan->portfolio, &cost->kernel_ns, &cost->bytes, err);
    return status;
}

static void slot_part_clear(slot_part *part)
{
    liq_buffer_destroy(part->slice_offsets);
    liq_buffer_destroy(part->row_lengths);
    liq_buffer_destroy(part->tags);
    liq_buffer_destroy(part->quantities);
    liq_buffer_destroy(part->values);
    liq_buffer_destroy(part->result_indices);
    free(part->row_indices);
}

static void long_part_clear(long_part *part)
{
    liq_buffer_destroy(part->rows);
    liq_buffer_destroy(part->chunks);
    liq_buffer_destroy(part->tags);
    liq_buffer_destroy(part->quantities);
    liq_buffer_destroy(part->values);
    liq_buffer_destroy(part->sums);
    free(part->row_indices);
    free(part->row_chunks);
    free(part->chunk_counts);
}
