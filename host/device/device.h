/*
 * OpenCL devices: list, choose, open. This room moves bytes and runs kernels; it
 * knows nothing of money. CL headers are included by .c files of this room only,
 * through host/device/cl_internal.h.
 */
#ifndef LIQ_DEVICE_DEVICE_H
#define LIQ_DEVICE_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <liqscan/status.h>

enum { LIQ_DEVICE_TEXT_BYTES = 128 };

/* Plain facts of one device, in the order in which the platforms report them. */
typedef struct liq_device_info {
    char name[LIQ_DEVICE_TEXT_BYTES];
    char platform[LIQ_DEVICE_TEXT_BYTES];
    char driver[LIQ_DEVICE_TEXT_BYTES];         /* driver version */
    char opencl_version[LIQ_DEVICE_TEXT_BYTES]; /* such as "OpenCL C 1.2 ..." */
    char type[16];                              /* "gpu", "cpu", "accelerator", "other" */
    uint64_t memory_bytes;
    uint64_t allocation_bytes_max; /* largest single buffer */
    uint64_t local_memory_bytes;
    uint32_t compute_units;
    uint32_t work_group_items_max;
    uint32_t index; /* place in the list, usable as a choice ("0", "1", ...) */
    bool usable;    /* little-endian, 64-bit, compiler and device available */
} liq_device_info;

typedef struct liq_device liq_device;

/**
 * List every OpenCL device of every platform.
 * @param out  receives an array that the caller gives back with free()
 * @return LIQ_OK (also with a count of zero), LIQ_NO_DEVICE when there is no platform at all (the
 * message says what to install), LIQ_DEVICE_FAULT, LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_device_list(liq_device_info **out, uint32_t *count, liq_error *err);

/**
 * Which of the listed devices a selector means.
 * @param selector  NULL or "" (best: gpu, then accelerator, then cpu; within a type more compute
 * units, then the lower index), a type ("gpu", "cpu", "accelerator"), an index ("0"), or a
 * case-insensitive part of the name or platform; a part that fits several devices of different
 * names is refused and lists them
 * @param index_out   receives the index
 * @param reason      receives one line saying why, such as "only gpu"; LIQ_DEVICE_TEXT_BYTES
 * @return LIQ_OK or LIQ_NO_DEVICE (the message lists what there is)
 */
LIQ_MUST_USE liq_status liq_device_choose(const liq_device_info *list, uint32_t count,
                                          const char *selector, uint32_t *index_out, char *reason,
                                          liq_error *err);

/**
 * Open a device of the list: a context and one in-order queue with profiling.
 * Compiled programs are cached under a 0700 directory of our own: $LIQ_CACHE_DIR, else
 * $XDG_CACHE_HOME/liqscan, else
 * ~/.cache/liqscan, else a private temporary directory removed at exit; an unusable cache (missing,
 * noexec, read-only, not ours, full) is passed over silently and never fails the call.
 */
LIQ_MUST_USE liq_status liq_device_open(liq_device **out, uint32_t index, liq_error *err);

/** Finish outstanding work and close. Takes NULL. Buffers, programs and kernels of it must be gone
 * before. */
void liq_device_close(liq_device *device);

/** Facts of an open device, lent as long as it is open. */
const liq_device_info *liq_device_describe(const liq_device *device);

/** Wait for everything queued. @return LIQ_OK or LIQ_DEVICE_FAULT */
LIQ_MUST_USE liq_status liq_device_finish(liq_device *device, liq_error *err);

/**
 * Run a function in a child process and wait for it, so that a driver that aborts, crashes or hangs
 * takes only the child with it. Must be called before this process opened any device (a context
 * made before fork hangs the child); the function itself may list and open devices.
 * @param run           returns 0 when all is well; may write one line for the parent into message
 * @param message       receives that line, or how the child died ("signal 11", "no answer in 60 s")
 * @param message_bytes at least 1; the line is cut to fit
 * @param timeout_ms    after which the child is killed
 * @return LIQ_OK when run returned 0, LIQ_SELF_TEST otherwise, LIQ_IO when no child could be made
 */
LIQ_MUST_USE liq_status liq_device_in_child(int (*run)(void *context, char *message,
                                                       size_t message_bytes),
                                            void *context, char *message, size_t message_bytes,
                                            uint32_t timeout_ms, liq_error *err);

#endif
