/*
 * Device memory.
 */
#ifndef LIQ_DEVICE_BUFFER_H
#define LIQ_DEVICE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

#include "device/device.h"

typedef struct liq_buffer liq_buffer;

/* Who writes a buffer: a hint for the driver, checked on the host side. */
typedef enum liq_buffer_use {
    LIQ_BUFFER_INPUT = 0,  /* the host writes, kernels read */
    LIQ_BUFFER_OUTPUT = 1, /* kernels write, the host reads */
    LIQ_BUFFER_WORK = 2    /* kernels read and write */
} liq_buffer_use;

/**
 * @param bytes  1 .. allocation_bytes_max of the device: a bigger one is refused here
 * (LIQ_OUT_OF_RANGE), callers split
 * @return LIQ_OK, LIQ_OUT_OF_RANGE, LIQ_DEVICE_FAULT or LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_buffer_create(liq_buffer **out, liq_device *device, size_t bytes,
                                          liq_buffer_use use, liq_error *err);
void liq_buffer_destroy(liq_buffer *buffer);

size_t liq_buffer_bytes(const liq_buffer *buffer);

/** Copy host bytes to a range, queued in order; source may be reused on return. A range outside the
 * buffer, or an output buffer, is a programmer's error and stops the process. */
LIQ_MUST_USE liq_status liq_buffer_write(liq_buffer *buffer, size_t offset_bytes,
                                         const void *source, size_t bytes, liq_error *err);

/** Copy a range to the host; waits for all launches queued before, and fails when the last of them
 * did. A range outside the buffer, or an input buffer, is a programmer's error and stops the
 * process. */
LIQ_MUST_USE liq_status liq_buffer_read(const liq_buffer *buffer, size_t offset_bytes, void *target,
                                        size_t bytes, liq_error *err);

/** Whether the device works in the memory of the host, so that a map copies nothing. */
bool liq_buffer_shares_host(const liq_buffer *buffer);

/**
 * Look at a whole buffer; waits and fails as a read does. No launch may write it, and nothing else
 * may be done with it, until it is unmapped. Mapping it twice, or an input buffer, is a
 * programmer's error and stops the process.
 * @param out  receives its bytes, lent until then
 */
LIQ_MUST_USE liq_status liq_buffer_map(liq_buffer *buffer, const void **out, liq_error *err);
LIQ_MUST_USE liq_status liq_buffer_unmap(liq_buffer *buffer, liq_error *err);

#endif
