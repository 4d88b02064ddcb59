#include "book/load_batch.h"

#include <string.h>

#include "base/fail.h"

bool liq_account_batch_add(liq_account_batch *batch, liq_text id, size_t row)
{
    const uint32_t at = batch->count;

    LIQ_ASSERT(at < LIQ_NAMES_BATCH);
    if (id.bytes == 0 || id.bytes > LIQ_NAME_BYTES_MAX)
        return false;
    memcpy(batch->bytes[at], id.data, id.bytes);
    batch->ids[at] = (liq_text){batch->bytes[at], id.bytes};
    batch->rows[at] = row;
    batch->count++;
    return true;
}

bool liq_account_batch_resolve(liq_account_batch *batch, const liq_names *accounts,
                               liq_table *table, size_t account_offset, uint32_t *last)
{
    uint32_t indices[LIQ_NAMES_BATCH];

    if (!liq_names_find_batch(accounts, batch->ids, batch->count, indices))
        return false;
    for (uint32_t i = 0; i < batch->count; i++) {
        LIQ_ASSERT(batch->rows[i] < table->capacity);
        memcpy(table->rows + batch->rows[i] * table->row_bytes + account_offset, &indices[i],
               sizeof indices[i]);
        *last = indices[i];
    }
    batch->count = 0;
    return true;
}
