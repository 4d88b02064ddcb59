#include "base/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/fail.h"

/* Here the functions themselves are meant. */
#undef liq_memory_array
#undef liq_memory_aligned
#undef liq_memory_grow
#undef liq_memory_extend
#undef liq_memory_trim

enum { PAGE_BYTES = 4096 };

static void *place_read(const void *place);
static void place_write(void *place, void *array);

liq_status liq_memory_array(void *out, size_t count, size_t item_bytes, liq_error *err)
{
    void *array = NULL;

    LIQ_ASSERT(item_bytes > 0);
    if (count <= PTRDIFF_MAX / item_bytes) /* no object may be larger: C compares its pointers */
        array = calloc(count > 0 ? count : 1, item_bytes);
    place_write(out, array);
    if (array == NULL)
        return liq_fail(err, LIQ_OUT_OF_MEMORY, 0, "out of memory for %zu items of %zu bytes",
                        count, item_bytes);
    return LIQ_OK;
}

liq_status liq_memory_aligned(void *out, size_t count, size_t item_bytes, size_t alignment,
                              liq_error *err)
{
    const size_t items = count > 0 ? count : 1;
    void *array = NULL;
    size_t bytes;

    LIQ_ASSERT(item_bytes > 0 && alignment >= sizeof(void *));
    if (items <= (PTRDIFF_MAX - alignment) / item_bytes) {
        bytes = (items * item_bytes + alignment - 1) / alignment * alignment;
        array = aligned_alloc(alignment, bytes);
        if (array != NULL)
            memset(array, 0, bytes);
    }
    place_write(out, array);
    if (array == NULL)
        return liq_fail(err, LIQ_OUT_OF_MEMORY, 0, "out of memory for %zu items of %zu bytes",
                        count, item_bytes);
    return LIQ_OK;
}

liq_status liq_memory_grow(void *array, size_t *capacity, size_t needed, size_t item_bytes,
                           liq_error *err)
{
    const size_t before = *capacity;
    const liq_status status = liq_memory_extend(array, capacity, needed, item_bytes, err);

    if (status == LIQ_OK && *capacity > before)
        memset((char *)place_read(array) + before * item_bytes, 0,
               (*capacity - before) * item_bytes);
    return status;
}

liq_status liq_memory_extend(void *array, size_t *capacity, size_t needed, size_t item_bytes,
                             liq_error *err)
{
    size_t grown = *capacity > 0 ? *capacity : 16;
    void *moved;

    LIQ_ASSERT(item_bytes > 0);
    if (needed <= *capacity)
        return LIQ_OK;
    while (grown < needed && grown <= SIZE_MAX / 2)
        grown *= 2;
    if (grown < needed || grown > PTRDIFF_MAX / item_bytes)
        return liq_fail(err, LIQ_OUT_OF_MEMORY, 0, "%zu items of %zu bytes do not fit in memory",
                        needed, item_bytes);
    moved = realloc(place_read(array), grown * item_bytes);
    if (moved == NULL)
        return liq_fail(err, LIQ_OUT_OF_MEMORY, 0, "out of memory for %zu items of %zu bytes",
                        grown, item_bytes);
    place_write(array, moved);
    *capacity = grown;
    return LIQ_OK;
}

void liq_memory_trim(void *array, size_t count, size_t item_bytes)
{
    void *const before = place_read(array);
    void *moved;

    LIQ_ASSERT(item_bytes > 0 && count <= PTRDIFF_MAX / item_bytes);
    if (before == NULL)
        return;
    moved = realloc(before, (count > 0 ? count : 1) * item_bytes);
    if (moved != NULL)
        place_write(array, moved);
}

void liq_memory_expect(void *mapped, size_t bytes)
{
#ifdef MADV_POPULATE_READ
    const uintptr_t page = PAGE_BYTES;
    const uintptr_t start = (uintptr_t)mapped & ~(page - 1);
    const uintptr_t end = ((uintptr_t)mapped + bytes + page - 1) & ~(page - 1);

    /* A kernel that does not know this refuses, and pages come one by one as ever. */
    (void)madvise((void *)start, end - start, MADV_POPULATE_READ);
#else
    (void)mapped;
    (void)bytes;
#endif
}

void liq_memory_touch(void *array, size_t bytes)
{
#ifdef MADV_POPULATE_WRITE
    const uintptr_t page = PAGE_BYTES;
    const uintptr_t start = ((uintptr_t)array + page - 1) & ~(page - 1);
    const uintptr_t end = ((uintptr_t)array + bytes) & ~(page - 1);

    /* A kernel that does not know this refuses, and pages come one by one as ever. */
    if (start < end)
        (void)madvise((void *)start, end - start, MADV_POPULATE_WRITE);
#else
    (void)array;
    (void)bytes;
#endif
}

static void *place_read(const void *place)
{
    void *array;

    memcpy(&array, place, sizeof array);
    return array;
}

static void place_write(void *place, void *array)
{
    memcpy(place, &array, sizeof array);
}
