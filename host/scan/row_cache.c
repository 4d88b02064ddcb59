#include "scan/row_cache.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static void forget_all(liq_row_cache *cache);

liq_status liq_row_cache_create(liq_row_cache *out, uint32_t rows_max, uint32_t row_capacity,
                                uint64_t entry_capacity, liq_error *err)
{
    liq_row_cache cache = {.row_capacity = row_capacity, .entry_capacity = entry_capacity};
    liq_rows *rows = &cache.rows;
    liq_status status;

    if ((status = liq_memory_array(&rows->keys, row_capacity, sizeof *rows->keys, err)) != LIQ_OK ||
        (status = liq_memory_array(&rows->entry_first, (size_t)row_capacity + 1,
                                   sizeof *rows->entry_first, err)) != LIQ_OK ||
        (status = liq_memory_array(&rows->tags, entry_capacity, sizeof *rows->tags, err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&rows->quantities, entry_capacity, sizeof *rows->quantities,
                                   err)) != LIQ_OK ||
        (status = liq_memory_array(&rows->values, entry_capacity, sizeof *rows->values, err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&cache.places, rows_max, sizeof *cache.places, err)) != LIQ_OK ||
        (status = liq_memory_array(&cache.owners, row_capacity, sizeof *cache.owners, err)) !=
            LIQ_OK) {
        liq_row_cache_clear(&cache);
        return status;
    }
    memset(cache.places, 0xff, rows_max * sizeof *cache.places);
    *out = cache;
    return LIQ_OK;
}

void liq_row_cache_clear(liq_row_cache *cache)
{
    liq_rows_clear(&cache->rows);
    free(cache->places);
    free(cache->owners);
    *cache = (liq_row_cache){0};
}

bool liq_row_cache_find(const liq_row_cache *cache, uint32_t row, uint32_t *row_index)
{
    *row_index = cache->places[row];
    return *row_index != LIQ_NO_INDEX;
}

void liq_row_cache_add(liq_row_cache *cache, uint32_t row, const liq_rows *from, uint32_t row_index)
{
    const uint64_t first = from->entry_first[row_index];
    const uint64_t count = from->entry_first[row_index + 1] - first;
    liq_rows *rows = &cache->rows;

    if (count > cache->entry_capacity)
        return;
    if (rows->row_count == cache->row_capacity || count > cache->entry_capacity - rows->entry_count)
        forget_all(cache);
    memcpy(rows->tags + rows->entry_count, from->tags + first, count * sizeof *rows->tags);
    memcpy(rows->quantities + rows->entry_count, from->quantities + first,
           count * sizeof *rows->quantities);
    memcpy(rows->values + rows->entry_count, from->values + first, count * sizeof *rows->values);
    rows->keys[rows->row_count] = from->keys[row_index];
    cache->owners[rows->row_count] = row;
    cache->places[row] = rows->row_count++;
    rows->entry_count += count;
    rows->entry_first[rows->row_count] = rows->entry_count;
}

void liq_row_cache_drop(liq_row_cache *cache, uint32_t row)
{
    if (cache->places[row] == LIQ_NO_INDEX)
        return;
    cache->owners[cache->places[row]] = LIQ_NO_INDEX;
    cache->places[row] = LIQ_NO_INDEX;
}

static void forget_all(liq_row_cache *cache)
{
    for (uint32_t i = 0; i < cache->rows.row_count; i++)
        if (cache->owners[i] != LIQ_NO_INDEX)
            cache->places[cache->owners[i]] = LIQ_NO_INDEX;
    cache->rows.row_count = 0;
    cache->rows.entry_count = 0;
}
