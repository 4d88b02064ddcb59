/*
 * Compiled programs and their kernels.
 */
#ifndef LIQ_DEVICE_PROGRAM_H
#define LIQ_DEVICE_PROGRAM_H

#include "device/buffer.h"
#include "device/device.h"

typedef struct liq_program liq_program;
typedef struct liq_kernel liq_kernel;

/**
 * Build a program, or take it from the cache. A cached binary is keyed by SHA-256 of source,
 * options, device, driver, platform and cache format, written to a temporary name and renamed;
 * anything wrong with it (short, foreign, refused by the driver) rebuilds from source. It is
 * stored after the build, and with PoCL, which compiles once more at the first launch of each
 * kernel and size, when the program is destroyed: the files of PoCL's own folder then, or nothing
 * where POCL_CACHE_DIR has PoCL keep them. While one of that key is there on the device,
 * another build gives the same one, and each build wants its own destroy.
 * @param source   OpenCL C 1.2 text, copied
 * @param options  compiler options, such as "-DLIQ_DEVICE=1"
 * @return LIQ_OK, LIQ_DEVICE_FAULT (the message holds the first error of the build log) or
 * LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_program_build(liq_program **out, liq_device *device, const char *source,
                                          const char *options, liq_error *err);
void liq_program_destroy(liq_program *program);

/** Whether this program came from the cache. */
bool liq_program_cached(const liq_program *program);

/**
 * A kernel by name; destroy before its program.
 * @param name  at most 127 bytes
 * @return LIQ_OK, LIQ_NOT_FOUND, LIQ_DEVICE_FAULT or LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_kernel_create(liq_kernel **out, const liq_program *program,
                                          const char *name, liq_error *err);
void liq_kernel_destroy(liq_kernel *kernel);

/* One argument of a launch: a buffer, or plain bytes by value (buffer is NULL). */
typedef struct liq_kernel_argument {
    const liq_buffer *buffer;
    const void *value;
    size_t value_bytes;
} liq_kernel_argument;

#define LIQ_ARGUMENT_BUFFER(b) ((liq_kernel_argument){.buffer = (b)})
#define LIQ_ARGUMENT_VALUE(v) ((liq_kernel_argument){.value = &(v), .value_bytes = sizeof(v)})

/**
 * Queue a one-dimensional launch. items is rounded up to a whole number of groups: the kernel
 * checks its own bound. No items, no launch.
 * @param argument_count  as the kernel takes
 * @param group_items     work-group size, at least 1; lowered to what the kernel's registers allow
 * on this device, unless the kernel depends on it and says so by reqd_work_group_size: then any
 * other size is refused
 * @return LIQ_OK, LIQ_OUT_OF_RANGE (argument count, group size), LIQ_DEVICE_FAULT or
 * LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_kernel_launch(liq_kernel *kernel, const liq_kernel_argument *arguments,
                                          uint32_t argument_count, size_t items, size_t group_items,
                                          liq_error *err);

/**
 * Device time of the launches of this kernel since the last call, in ns; waits for them.
 * @return LIQ_OK, or LIQ_DEVICE_FAULT when one of them failed
 */
LIQ_MUST_USE liq_status liq_kernel_elapsed(liq_kernel *kernel, uint64_t *ns_out, liq_error *err);

#endif
