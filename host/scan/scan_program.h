/*
 * The kernels, compiled for a device. What a scan launches is one program, and what only others
 * launch is apart: PoCL compiles all kernels of a program before we can keep its binary.
 */
#ifndef LIQ_SCAN_SCAN_PROGRAM_H
#define LIQ_SCAN_SCAN_PROGRAM_H

#include "device/program.h"

typedef enum liq_scan_kernels {
    LIQ_KERNELS_SCAN, /* margin_*, portfolio_*, adl_* and the probe */
    LIQ_KERNELS_SCREEN,
    LIQ_KERNELS_STRESS,
} liq_scan_kernels;

/* How the kernels of a device are launched. */
typedef struct liq_scan_shape {
    uint32_t item_slots;  /* margin accounts of one work-item of margin_rows */
    uint32_t group_items; /* work-items of a group */
} liq_scan_shape;

/** The shape for a device: a work-item is a thread of a CPU, and a lane of anything else. */
liq_scan_shape liq_scan_shape_of(const liq_device *device);

/** The shape for lanes, which any device can run. */
liq_scan_shape liq_scan_shape_lanes(void);

/** Compile the kernels for a device, or take them from the cache; as liq_program_build. */
LIQ_MUST_USE liq_status liq_scan_program_build(liq_program **out, liq_device *device,
                                               liq_scan_kernels kernels, liq_scan_shape shape,
                                               liq_error *err);

#endif
