#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "device/cl_internal.h"

enum { EVENTS_MAX = 64, NAME_BYTES = 128 };

struct liq_kernel {
    liq_device *device;
    liq_variants *variants; /* of its program */
    cl_kernel handle;
    cl_uint argument_count;
    size_t group_items_max;      /* what its registers and local memory leave */
    size_t group_items_must;     /* from reqd_work_group_size, 0 when the kernel does not care */
    cl_event events[EVENTS_MAX]; /* launches not yet summed, oldest first */
    uint32_t event_count;
    uint64_t elapsed_ns;
    char name[NAME_BYTES];
};

static liq_status read_limits(liq_kernel *kernel, liq_error *err);
static liq_status set_arguments(liq_kernel *kernel, const liq_kernel_argument *arguments,
                                uint32_t argument_count, liq_error *err);
static liq_status fit_group(const liq_kernel *kernel, size_t *group_items, liq_error *err);
static liq_status enqueue(liq_kernel *kernel, size_t global_items, size_t group_items,
                          liq_error *err);
static liq_status take_oldest(liq_kernel *kernel, liq_error *err);
static void forget_events(liq_kernel *kernel);

liq_status liq_kernel_create(liq_kernel **out, const liq_program *program, const char *name,
                             liq_error *err)
{
    liq_kernel *kernel;
    liq_status status;
    cl_int code;

    LIQ_ASSERT(strlen(name) < NAME_BYTES);
    kernel = calloc(1, sizeof *kernel);
    if (kernel == NULL)
        return liq_fail(err, LIQ_OUT_OF_MEMORY, 0, "out of memory for a kernel");
    kernel->device = program->device;
    kernel->variants = program->variants;
    memcpy(kernel->name, name, strlen(name) + 1);
    kernel->handle = clCreateKernel(program->handle, name, &code);
    if (kernel->handle == NULL) {
        status = code == CL_INVALID_KERNEL_NAME
                     ? liq_fail(err, LIQ_NOT_FOUND, code, "no kernel \"%s\" in the program", name)
                     : liq_cl_fail(err, code, "clCreateKernel", "kernel \"%s\"", name);
        free(kernel);
        return status;
    }
    program->device->child_count++;
    if ((status = read_limits(kernel, err)) != LIQ_OK)
        goto done;
    *out = kernel;
    kernel = NULL; /* given away */
done:
    liq_kernel_destroy(kernel);
    return status;
}

void liq_kernel_destroy(liq_kernel *kernel)
{
    if (kernel == NULL)
        return;
    forget_events(kernel);
    (void)clReleaseKernel(kernel->handle);
    LIQ_ASSERT(kernel->device->child_count > 0);
    kernel->device->child_count--;
    free(kernel);
}

liq_status liq_kernel_launch(liq_kernel *kernel, const liq_kernel_argument *arguments,
                             uint32_t argument_count, size_t items, size_t group_items,
                             liq_error *err)
{
    liq_status status;

    LIQ_ASSERT(group_items > 0);
    if ((status = set_arguments(kernel, arguments, argument_count, err)) != LIQ_OK)
        return status;
    if ((status = fit_group(kernel, &group_items, err)) != LIQ_OK)
        return status;
    if (items > SIZE_MAX - group_items)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0,
                        "kernel \"%s\": %zu items do not fit in groups of %zu", kernel->name, items,
                        group_items);
    if (items == 0)
        return LIQ_OK;
    return enqueue(kernel, (items + group_items - 1) / group_items * group_items, group_items, err);
}

liq_status liq_kernel_elapsed(liq_kernel *kernel, uint64_t *ns_out, liq_error *err)
{
    liq_status status = LIQ_OK;

    while (kernel->event_count > 0 && status == LIQ_OK)
        status = take_oldest(kernel, err);
    if (status != LIQ_OK) {
        forget_events(kernel);
        kernel->elapsed_ns = 0;
        return status;
    }
    *ns_out = kernel->elapsed_ns;
    kernel->elapsed_ns = 0;
    return LIQ_OK;
}

static liq_status read_limits(liq_kernel *kernel, liq_error *err)
{
    const cl_device_id id = kernel->device->id;
    size_t must[3] = {0, 0, 0};
    cl_int code;

    code = clGetKernelInfo(kernel->handle, CL_KERNEL_NUM_ARGS, sizeof kernel->argument_count,
                           &kernel->argument_count, NULL);
    if (code != CL_SUCCESS)
        return liq_cl_fail(err, code, "clGetKernelInfo", "kernel \"%s\"", kernel->name);
    code = clGetKernelWorkGroupInfo(kernel->handle, id, CL_KERNEL_WORK_GROUP_SIZE,
                                    sizeof kernel->group_items_max, &kernel->group_items_max, NULL);
    if (code == CL_SUCCESS)
        code = clGetKernelWorkGroupInfo(kernel->handle, id, CL_KERNEL_COMPILE_WORK_GROUP_SIZE,
                                        sizeof must, must, NULL);
    if (code != CL_SUCCESS)
        return liq_cl_fail(err, code, "clGetKernelWorkGroupInfo", "kernel \"%s\"", kernel->name);
    kernel->group_items_must = must[0];
    if (kernel->group_items_max == 0)
        kernel->group_items_max = 1;
    return LIQ_OK;
}

static liq_status set_arguments(liq_kernel *kernel, const liq_kernel_argument *arguments,
                                uint32_t argument_count, liq_error *err)
{
    if (argument_count != kernel->argument_count)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "kernel \"%s\" takes %u arguments, not %u",
                        kernel->name, kernel->argument_count, argument_count);
    for (cl_uint i = 0; i < argument_count; i++) {
        const liq_buffer *const buffer = arguments[i].buffer;
        cl_int code;

        LIQ_ASSERT(buffer != NULL || (arguments[i].value != NULL && arguments[i].value_bytes > 0));
        LIQ_ASSERT(buffer == NULL || buffer->device == kernel->device);
        if (buffer != NULL)
            code = clSetKernelArg(kernel->handle, i, sizeof buffer->memory, &buffer->memory);
        else
            code = clSetKernelArg(kernel->handle, i, arguments[i].value_bytes, arguments[i].value);
        if (code != CL_SUCCESS)
            return liq_cl_fail(err, code, "clSetKernelArg", "argument %u of kernel \"%s\"", i,
                               kernel->name);
    }
    return LIQ_OK;
}

static liq_status fit_group(const liq_kernel *kernel, size_t *group_items, liq_error *err)
{
    const size_t must = kernel->group_items_must;

    if (must != 0 && (*group_items != must || must > kernel->group_items_max))
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0,
                        "kernel \"%s\" is written for groups of %zu, not %zu; device \"%s\" allows "
                        "%zu",
                        kernel->name, must, *group_items, kernel->device->info.name,
                        kernel->group_items_max);
    if (*group_items > kernel->group_items_max)
        *group_items = kernel->group_items_max;
    return LIQ_OK;
}

static liq_status enqueue(liq_kernel *kernel, size_t global_items, size_t group_items,
                          liq_error *err)
{
    liq_device *const device = kernel->device;
    liq_status status;
    cl_event event;
    cl_int code;

    if (kernel->event_count == EVENTS_MAX && (status = take_oldest(kernel, err)) != LIQ_OK)
        return status;
    code = clEnqueueNDRangeKernel(device->queue, kernel->handle, 1, NULL, &global_items,
                                  &group_items, 0, NULL, &event);
    if (code != CL_SUCCESS)
        return liq_cl_fail(err, code, "clEnqueueNDRangeKernel",
                           "kernel \"%s\", %zu items in groups of %zu on device \"%s\"",
                           kernel->name, global_items, group_items, device->info.name);
    liq_variants_add(kernel->variants, kernel->name, group_items, global_items);
    kernel->events[kernel->event_count++] = event;
    if (device->last_launch != NULL)
        (void)clReleaseEvent(device->last_launch);
    (void)clRetainEvent(event);
    device->last_launch = event;
    return LIQ_OK;
}

/* Wait for the oldest launch, add its time and release its event: some drivers keep the memory of
 * every event that is not released. */
static liq_status take_oldest(liq_kernel *kernel, liq_error *err)
{
    const cl_event event = kernel->events[0];
    cl_ulong start_ns = 0;
    cl_ulong end_ns = 0;
    const char *call = "clWaitForEvents";
    cl_int code;

    kernel->event_count--;
    memmove(kernel->events, kernel->events + 1, kernel->event_count * sizeof kernel->events[0]);
    code = clWaitForEvents(1, &event);
    if (code == CL_SUCCESS) {
        call = "clGetEventProfilingInfo";
        code = clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_START, sizeof start_ns,
                                       &start_ns, NULL);
    }
    if (code == CL_SUCCESS)
        code =
            clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_END, sizeof end_ns, &end_ns, NULL);
    (void)clReleaseEvent(event);
    if (code != CL_SUCCESS)
        return liq_cl_fail(err, code, call, "a launch of kernel \"%s\" on device \"%s\"",
                           kernel->name, kernel->device->info.name);
    /* A virtual machine's counter can step back. */
    kernel->elapsed_ns += end_ns > start_ns ? end_ns - start_ns : 0;
    return LIQ_OK;
}

static void forget_events(liq_kernel *kernel)
{
    for (uint32_t i = 0; i < kernel->event_count; i++)
        (void)clReleaseEvent(kernel->events[i]);
    kernel->event_count = 0;
}
