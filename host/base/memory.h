/*
 * Heap arrays whose sizes are checked: a product that overflows is
 * out of memory, never a short block.
 *
 * All take the address of the pointer to the array, whatever that points to. C lets no pointer of
 * another type be written as a `void *`, so the bytes of the pointer are copied.
 */
#ifndef LIQ_BASE_MEMORY_H
#define LIQ_BASE_MEMORY_H

#include <stddef.h>

#include <liqscan/status.h>

/**
 * Take a zeroed array. A count of zero gives a valid pointer.
 * @param out  address of the pointer that receives the array, which the caller gives back with
 * free()
 * @return LIQ_OK or LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_memory_array(void *out, size_t count, size_t item_bytes,
                                         liq_error *err);

/** The same at an address that is a multiple of `alignment`, a power of two; the caller gives it
 * back with free(). */
LIQ_MUST_USE liq_status liq_memory_aligned(void *out, size_t count, size_t item_bytes,
                                           size_t alignment, liq_error *err);

/**
 * Make room for at least needed items, growing by doubling so that appending
 * stays linear. The tail past the old capacity is zeroed.
 * @param array     address of the pointer to the array, moved when it grows (starts as NULL)
 * @param capacity  its capacity in items, updated (starts as 0)
 */
LIQ_MUST_USE liq_status liq_memory_grow(void *array, size_t *capacity, size_t needed,
                                        size_t item_bytes, liq_error *err);

/** The same without zeroing the tail: what a loader is about to fill is touched only once. */
LIQ_MUST_USE liq_status liq_memory_extend(void *array, size_t *capacity, size_t needed,
                                          size_t item_bytes, liq_error *err);

/** Give back what an array has past count items; it may move. On failure it stays as it is. */
void liq_memory_trim(void *array, size_t count, size_t item_bytes);

/**
 * Have the system give the memory of a part of an array now, all of its pages in one call: writing
 * into an array that is many pages long is faster then. A hint: the contents stay.
 */
void liq_memory_touch(void *array, size_t bytes);

/**
 * Have the system bring a part of a mapped file, all of its pages in one call. A hint: what is not
 * there yet comes when it is read.
 */
void liq_memory_expect(void *mapped, size_t bytes);

/* Anything converts to `void *`, so each call is checked to hand over the address of a pointer. */
#define LIQ_MEMORY_PLACE(place) ((void)sizeof(*(place) == NULL), (void *)(place))
#define liq_memory_array(out, count, item_bytes, err)                                              \
    liq_memory_array(LIQ_MEMORY_PLACE(out), count, item_bytes, err)
#define liq_memory_aligned(out, count, item_bytes, alignment, err)                                 \
    liq_memory_aligned(LIQ_MEMORY_PLACE(out), count, item_bytes, alignment, err)
#define liq_memory_grow(array, capacity, needed, item_bytes, err)                                  \
    liq_memory_grow(LIQ_MEMORY_PLACE(array), capacity, needed, item_bytes, err)
#define liq_memory_extend(array, capacity, needed, item_bytes, err)                                \
    liq_memory_extend(LIQ_MEMORY_PLACE(array), capacity, needed, item_bytes, err)
#define liq_memory_trim(array, count, item_bytes)                                                  \
    liq_memory_trim(LIQ_MEMORY_PLACE(array), count, item_bytes)

#endif
