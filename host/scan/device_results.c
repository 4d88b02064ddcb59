#include "scan/device_results.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/memory.h"
#include "liq_sum.h"

static uint32_t block_size(const liq_device_results *results, uint32_t block);
static liq_status block_create(liq_device_results *results, liq_device *device, uint32_t block,
                               const liq_row_key *keys, liq_error *err);
static liq_status reasons_write(liq_buffer *buffer, const liq_row_key *keys, uint32_t count,
                                liq_error *err);

liq_status liq_device_results_create(liq_device_results *out, liq_device *device,
                                     const liq_row_key *keys, uint32_t row_count,
                                     uint32_t block_rows, liq_error *err)
{
    liq_device_results results = {.block_rows = block_rows, .row_count = row_count};
    const uint32_t count = row_count / block_rows + (row_count % block_rows > 0);
    liq_status status = liq_memory_array(&results.blocks, count, sizeof *results.blocks, err);

    if (status != LIQ_OK)
        return status;
    while (status == LIQ_OK && results.block_count < count) {
        const uint32_t block = results.block_count++;

        status = block_create(&results, device, block, &keys[(size_t)block * block_rows], err);
    }
    if (status != LIQ_OK) {
        liq_device_results_clear(&results);
        return status;
    }
    *out = results;
    return LIQ_OK;
}

void liq_device_results_clear(liq_device_results *results)
{
    for (uint32_t i = 0; i < results->block_count; i++)
        liq_buffer_destroy(results->blocks[i]);
    free(results->blocks);
    free(results->copy);
    *results = (liq_device_results){0};
}

liq_status liq_device_results_read(const liq_device_results *results, liq_row_record *out,
                                   liq_error *err)
{
    liq_status status = LIQ_OK;

    for (uint32_t i = 0; status == LIQ_OK && i < results->block_count; i++)
        status = liq_buffer_read(results->blocks[i], 0, &out[(size_t)i * results->block_rows],
                                 block_size(results, i) * sizeof *out, err);
    return status;
}

liq_status liq_device_results_view(liq_device_results *results, const liq_row_record **out,
                                   liq_error *err)
{
    const void *mapped = NULL;
    liq_status status;

    LIQ_ASSERT(!results->is_mapped);
    if (results->block_count == 1 && liq_buffer_shares_host(results->blocks[0])) {
        status = liq_buffer_map(results->blocks[0], &mapped, err);
        results->is_mapped = status == LIQ_OK;
        *out = mapped;
        return status;
    }
    if (results->copy == NULL && (status = liq_memory_array(&results->copy, results->row_count,
                                                            sizeof *results->copy, err)) != LIQ_OK)
        return status;
    *out = results->copy;
    return liq_device_results_read(results, results->copy, err);
}

liq_status liq_device_results_release(liq_device_results *results, liq_error *err)
{
    if (!results->is_mapped)
        return LIQ_OK;
    results->is_mapped = false;
    return liq_buffer_unmap(results->blocks[0], err);
}

static uint32_t block_size(const liq_device_results *results, uint32_t block)
{
    const uint32_t left = results->row_count - block * results->block_rows;

    return left < results->block_rows ? left : results->block_rows;
}

static liq_status block_create(liq_device_results *results, liq_device *device, uint32_t block,
                               const liq_row_key *keys, liq_error *err)
{
    const uint32_t count = block_size(results, block);
    liq_status status =
        liq_buffer_create(&results->blocks[block], device, count * sizeof(liq_row_record),
                          LIQ_BUFFER_WORK, err); /* later passes read it */

    for (uint32_t i = 0; status == LIQ_OK && i < count; i++)
        if (keys[i].reason != LIQ_REASON_NONE)
            return reasons_write(results->blocks[block], keys, count, err);
    return status;
}

static liq_status reasons_write(liq_buffer *buffer, const liq_row_key *keys, uint32_t count,
                                liq_error *err)
{
    liq_row_record *records = NULL;
    liq_status status = liq_memory_array(&records, count, sizeof *records, err);

    if (status != LIQ_OK)
        return status;
    for (uint32_t i = 0; i < count; i++)
        if (keys[i].reason != LIQ_REASON_NONE)
            records[i] = liq_row_unvalued(keys[i].reason, LIQ_NO_INDEX);
    status = liq_buffer_write(buffer, 0, records, count * sizeof *records, err);
    free(records);
    return status;
}
