/*
 * What the .c files of this room share: the only place that includes the OpenCL headers.
 */
#ifndef LIQ_DEVICE_CL_INTERNAL_H
#define LIQ_DEVICE_CL_INTERNAL_H

#include <CL/cl.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "device/buffer.h"
#include "device/device.h"
#include "device/kept_kernels.h"
#include "device/program.h"

/* One device as its platform reports it. */
typedef struct liq_platform_device {
    cl_platform_id platform;
    cl_device_id id;
    liq_device_info info;
} liq_platform_device;

struct liq_device {
    liq_device_info info;
    cl_platform_id platform;
    cl_device_id id;
    cl_context context;
    cl_command_queue queue;
    cl_event
        last_launch; /* NULL before the first; reads wait for it, so that its fault reaches us */
    liq_program *programs;   /* those that are built */
    uint32_t child_count;    /* buffers, programs and kernels that are still there */
    uint64_t buffer_bytes;   /* of all buffers that are still there */
    bool compiles_at_launch; /* PoCL: a program is complete only after its launches */
};

struct liq_buffer {
    liq_device *device;
    cl_mem memory;
    void *mapped; /* NULL: it is not */
    size_t bytes;
    liq_buffer_use use;
};

/* Launches of a program that the driver has compiled for, each as one number: see
 * liq_variants_add. */
typedef struct liq_variants liq_variants;

struct liq_program {
    liq_device *device;
    cl_program handle;
    char *source;
    char *options;
    char key[65]; /* of the cache; empty when it cannot be used */
    bool cached;
    char kept[LIQ_KEPT_NAME_BYTES]; /* PoCL: its folder of compiled kernels; empty when not known */
    liq_variants *variants;
    liq_program *next;  /* of the programs of the device */
    uint32_t use_count; /* builds of it that are not destroyed yet */
};

/**
 * Fail with the OpenCL call, its code by name, and what it was done to:
 * "clBuildProgram: CL_OUT_OF_RESOURCES (-5): kernel "scan"".
 * @return LIQ_OUT_OF_MEMORY for CL_OUT_OF_HOST_MEMORY, else LIQ_DEVICE_FAULT
 */
liq_status liq_cl_fail(liq_error *err, cl_int code, const char *call, const char *format, ...)
    LIQ_PRINTF(4, 5);

/** The name of an OpenCL error code; a static string, never NULL. */
const char *liq_cl_code_name(cl_int code);

/**
 * List the devices in this very process. Starts drivers, and with them threads: after this a fork
 * cannot use OpenCL any more.
 * @param out  receives an array that the caller gives back with free()
 * @return as liq_device_list
 */
LIQ_MUST_USE liq_status liq_platform_list(liq_platform_device **out, uint32_t *count,
                                          liq_error *err);

/** Whether this process has started any driver. */
bool liq_platform_touched(void);

/** Whether PoCL has a folder in which it can work; without one it ends the process. */
bool liq_platform_has_kernel_folder(void);

/** That folder where it is of this process alone; NULL where a user chose one that stays. */
const char *liq_platform_own_kernel_folder(void);

/** A text of a device, or of its platform, trimmed; "" when the driver has none. */
void liq_platform_device_text(cl_device_id id, cl_device_info what, char *out, size_t out_bytes);
void liq_platform_text(cl_platform_id platform, cl_platform_info what, char *out, size_t out_bytes);

/** Remember that the program was launched so; new ones are worth caching again. Never fails. */
void liq_variants_add(liq_variants *variants, const char *kernel_name, size_t group_items,
                      size_t items);

#endif
