/*
 * An open device: one context and one in-order queue with profiling.
 */
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "device/cl_internal.h"

static liq_status check_openable(const liq_platform_device *list, uint32_t count, uint32_t index,
                                 bool *compiles_at_launch, liq_error *err);
static liq_status open_queue(liq_device *device, liq_error *err);

liq_status liq_device_open(liq_device **out, uint32_t index, liq_error *err)
{
    liq_platform_device *list = NULL;
    liq_device *device = NULL;
    bool compiles_at_launch = false;
    uint32_t count;
    liq_status status;

    if ((status = liq_platform_list(&list, &count, err)) != LIQ_OK)
        return status;
    if ((status = check_openable(list, count, index, &compiles_at_launch, err)) != LIQ_OK)
        goto done;
    device = calloc(1, sizeof *device);
    if (device == NULL) {
        status = liq_fail(err, LIQ_OUT_OF_MEMORY, 0, "out of memory for a device");
        goto done;
    }
    device->info = list[index].info;
    device->platform = list[index].platform;
    device->id = list[index].id;
    device->compiles_at_launch = compiles_at_launch;
    if ((status = open_queue(device, err)) != LIQ_OK)
        goto done;
    *out = device;
    device = NULL; /* given away */
done:
    liq_device_close(device);
    free(list);
    return status;
}

void liq_device_close(liq_device *device)
{
    if (device == NULL)
        return;
    LIQ_ASSERT(device->child_count == 0);
    if (device->last_launch != NULL)
        (void)clReleaseEvent(device->last_launch);
    if (device->queue != NULL) {
        (void)clFinish(device->queue);
        (void)clReleaseCommandQueue(device->queue);
    }
    if (device->context != NULL)
        (void)clReleaseContext(device->context);
    free(device);
}

const liq_device_info *liq_device_describe(const liq_device *device)
{
    return &device->info;
}

uint64_t liq_device_buffer_bytes(const liq_device *device)
{
    return device->buffer_bytes;
}

liq_status liq_device_finish(liq_device *device, liq_error *err)
{
    cl_int code = clFinish(device->queue);

    if (code != CL_SUCCESS)
        return liq_cl_fail(err, code, "clFinish", "device \"%s\"", device->info.name);
    /* clFinish says only that all is over, not that all went well. */
    if (device->last_launch == NULL)
        return LIQ_OK;
    code = clWaitForEvents(1, &device->last_launch);
    if (code != CL_SUCCESS)
        return liq_cl_fail(err, code, "clWaitForEvents", "last launch on device \"%s\"",
                           device->info.name);
    return LIQ_OK;
}

static liq_status check_openable(const liq_platform_device *list, uint32_t count, uint32_t index,
                                 bool *compiles_at_launch, liq_error *err)
{
    if (index >= count)
        return liq_fail(err, LIQ_NO_DEVICE, 0, "device %u is past the last of %u", index, count);
    if (!list[index].info.usable)
        return liq_fail(err, LIQ_NO_DEVICE, 0, "device %u \"%s\" is not usable", index,
                        list[index].info.name);
    *compiles_at_launch = strcmp(list[index].info.platform, "Portable Computing Language") == 0;
    if (*compiles_at_launch && !liq_platform_has_kernel_folder())
        return liq_fail(err, LIQ_DEVICE_FAULT, 0,
                        "device \"%s\" needs a folder for compiled kernels: none of $TMPDIR, /tmp, "
                        "/var/tmp, /dev/shm and $XDG_RUNTIME_DIR is writable, has 32 MiB free and "
                        "lets code run (noexec)",
                        list[index].info.name);
    return LIQ_OK;
}

static liq_status open_queue(liq_device *device, liq_error *err)
{
    const cl_context_properties properties[] = {CL_CONTEXT_PLATFORM,
                                                (cl_context_properties)device->platform, 0};
    cl_int code;

    device->context = clCreateContext(properties, 1, &device->id, NULL, NULL, &code);
    if (device->context == NULL)
        return liq_cl_fail(err, code, "clCreateContext", "device \"%s\"", device->info.name);
    device->queue =
        clCreateCommandQueue(device->context, device->id, CL_QUEUE_PROFILING_ENABLE, &code);
    if (device->queue == NULL)
        return liq_cl_fail(err, code, "clCreateCommandQueue", "device \"%s\"", device->info.name);
    return LIQ_OK;
}
