/*
 * The kernels, compiled for a device when they are first wanted. What is launched by different
 * commands is in different programs, and so a command waits for the compiling of its own alone.
 */
#ifndef LIQ_SCAN_SCAN_PROGRAM_H
#define LIQ_SCAN_SCAN_PROGRAM_H

#include "device/program.h"

/* How the kernels of a device are launched. */
typedef struct liq_scan_shape {
    uint32_t item_slots;  /* margin accounts of one work-item of margin_rows */
    uint32_t group_items; /* work-items of a group */
} liq_scan_shape;

/* A kernel that is a program of its own; zeroed: not there yet. */
typedef struct liq_scan_kernel {
    liq_program *program;
    liq_kernel *kernel;
} liq_scan_kernel;

/** The shape for a device: a work-item is a thread of a CPU, and a lane of anything else. */
liq_scan_shape liq_scan_shape_of(const liq_device *device);

/** The shape for lanes, which any device can run. */
liq_scan_shape liq_scan_shape_lanes(void);

/**
 * Compile a program for a device, or take it from the cache; as liq_program_build, and the message
 * names the program.
 * @param name  as of liq_embedded_kernel: there must be such a program
 */
LIQ_MUST_USE liq_status liq_scan_program_build(liq_program **out, liq_device *device,
                                               const char *name, liq_scan_shape shape,
                                               liq_error *err);

/** Build the program of a kernel's name and make the kernel, unless it is there.
 * @param out  zeroed, or made by an earlier call; unchanged when that fails */
LIQ_MUST_USE liq_status liq_scan_kernel_need(liq_scan_kernel *out, liq_device *device,
                                             const char *name, liq_scan_shape shape,
                                             liq_error *err);

/** Takes a zeroed one. Its device must still be there. */
void liq_scan_kernel_clear(liq_scan_kernel *kernel);

#endif
