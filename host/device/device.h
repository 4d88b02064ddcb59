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
    bool usable;    /* full profile of OpenCL C 1.2 or later, little-endian, 64-bit, compiler and
                       device available */
} liq_device_info;

typedef struct liq_device liq_device;

/**
 * List every OpenCL device of every platform.
 *
 * Asking a driver starts it, and with it threads that a fork does not carry over: measured with
 * PoCL, even a mere listing before fork() makes the child hang at its first launch. So while this
 * process has opened no device the list is made in a child (some 30 ms more), after which the
 * process is as clean as before and may still call liq_device_in_child. Once it has opened a
 * device it lists directly.
 *
 * This call, liq_device_open and liq_device_in_child belong to the start-up of a process: one
 * thread at a time, since the environment is changed for a moment (POCL_CACHE_DIR).
 * @param out  receives an array that the caller gives back with free()
 * @return LIQ_OK (also with a count of zero), LIQ_NO_DEVICE when there is no platform at all (the
 * message says what to install), LIQ_DEVICE_FAULT (also when a driver dies while it is asked),
 * LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_device_list(liq_device_info **out, uint32_t *count, liq_error *err);

/**
 * Which of the listed devices a selector means.
 * @param selector  NULL or "" (best: gpu, then accelerator, then cpu; within a type more compute
 * units, then the lower index), a type ("gpu", "cpu", "accelerator"), an index ("0"), or a
 * case-insensitive part of the name or platform; a whole name wins over a part, and a part that
 * fits several devices of different names is refused and lists them. A number past the list is
 * taken as a part of a name ("4090"). Only usable devices are chosen.
 * @param index_out   receives the index
 * @param reason      receives one line saying why, such as "only gpu"; LIQ_DEVICE_TEXT_BYTES
 * @return LIQ_OK or LIQ_NO_DEVICE (the message lists what there is)
 */
LIQ_MUST_USE liq_status liq_device_choose(const liq_device_info *list, uint32_t count,
                                          const char *selector, uint32_t *index_out, char *reason,
                                          liq_error *err);

/**
 * Open a device of the list: a context and one in-order queue with profiling. From here on this
 * process cannot use OpenCL in a forked child any more.
 *
 * Compiled programs are cached under a folder of our own, made with mode 0700: $LIQ_CACHE_DIR (an
 * absolute path), else $XDG_CACHE_HOME/liqscan, else ~/.cache/liqscan, else a private temporary
 * folder removed at exit; an unusable cache (missing, read-only, not ours, writable by others,
 * full) is passed over silently and never fails the call.
 *
 * PoCL's own kernel cache, which ends the process when a file in it is truncated or may not be
 * executed, is a fresh private folder for each process (under the first of $TMPDIR, /tmp, /var/tmp,
 * /dev/shm, $XDG_RUNTIME_DIR that lets code run and has 32 MiB free) unless POCL_CACHE_DIR names
 * one that works. It is removed by exit(); a process that dies of a signal leaves it to be swept by
 * the next one.
 * @return LIQ_OK, LIQ_NO_DEVICE (no such device, or not usable), LIQ_DEVICE_FAULT or
 * LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_device_open(liq_device **out, uint32_t index, liq_error *err);

/** Finish outstanding work and close. Takes NULL. Buffers, programs and kernels of it must be gone
 * before. */
void liq_device_close(liq_device *device);

/** Facts of an open device, lent as long as it is open. */
const liq_device_info *liq_device_describe(const liq_device *device);

/** Bytes of all buffers that the device has at present. */
uint64_t liq_device_buffer_bytes(const liq_device *device);

/** Wait for everything queued. @return LIQ_OK or LIQ_DEVICE_FAULT */
LIQ_MUST_USE liq_status liq_device_finish(liq_device *device, liq_error *err);

/**
 * Run a function in a child process and wait for it, so that a driver that aborts, crashes or hangs
 * takes only the child with it. Must be called before this process opened any device; listing
 * devices before is fine, and the function itself may list and open devices.
 *
 * The child sees default signal handlers, /dev/null as stdin and stdout, and dies when this thread
 * dies, whatever the reason. When it ends or is late, everything that it forked is killed with it.
 * Of what it prints to stderr the first line is kept, to tell why it died. Its memory is a copy:
 * nothing but message comes back. A child that crashed after it read a compiled program from the
 * cache is run once more without reading the cache.
 * @param run           returns 0 when all is well; may write one line for the parent into message
 * @param message       receives that line, or how the child died ("signal 11 (SIGSEGV)", "no answer
 * in 60 s", "exit code 3"), followed by the line from stderr; empty when all is well and nothing
 * was written
 * @param message_bytes at least 1; the line is cut to fit
 * @param timeout_ms    after which the child is killed
 * @return LIQ_OK when run returned 0, LIQ_SELF_TEST otherwise (err holds message too), LIQ_IO when
 * no child could be made, LIQ_UNSUPPORTED after this process opened a device
 */
LIQ_MUST_USE liq_status liq_device_in_child(int (*run)(void *context, char *message,
                                                       size_t message_bytes),
                                            void *context, char *message, size_t message_bytes,
                                            uint32_t timeout_ms, liq_error *err);

#endif
