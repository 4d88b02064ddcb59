#include "device/buffer.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "device/cl_internal.h"

static cl_mem_flags flags_of(liq_buffer_use use);
static bool holds(const liq_buffer *buffer, size_t offset_bytes, size_t bytes);

liq_status liq_buffer_create(liq_buffer **out, liq_device *device, size_t bytes, liq_buffer_use use,
                             liq_error *err)
{
    liq_buffer *buffer;
    cl_int code;

    if (bytes == 0 || bytes > device->info.allocation_bytes_max)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0,
                        "a buffer of %zu bytes is outside 1 .. %llu, what device \"%s\" allows at "
                        "once",
                        bytes, (unsigned long long)device->info.allocation_bytes_max,
                        device->info.name);
    buffer = calloc(1, sizeof *buffer);
    if (buffer == NULL)
        return liq_fail(err, LIQ_OUT_OF_MEMORY, 0, "out of memory for a buffer");
    buffer->device = device;
    buffer->bytes = bytes;
    buffer->use = use;
    buffer->memory = clCreateBuffer(device->context, flags_of(use), bytes, NULL, &code);
    if (buffer->memory == NULL) {
        free(buffer);
        return liq_cl_fail(err, code, "clCreateBuffer", "%zu bytes on device \"%s\"", bytes,
                           device->info.name);
    }
    device->child_count++;
    device->buffer_bytes += bytes;
    *out = buffer;
    return LIQ_OK;
}

void liq_buffer_destroy(liq_buffer *buffer)
{
    if (buffer == NULL)
        return;
    if (buffer->mapped != NULL)
        (void)clEnqueueUnmapMemObject(buffer->device->queue, buffer->memory, buffer->mapped, 0,
                                      NULL, NULL);
    (void)clReleaseMemObject(buffer->memory);
    LIQ_ASSERT(buffer->device->child_count > 0);
    buffer->device->child_count--;
    buffer->device->buffer_bytes -= buffer->bytes;
    free(buffer);
}

size_t liq_buffer_bytes(const liq_buffer *buffer)
{
    return buffer->bytes;
}

liq_status liq_buffer_write(liq_buffer *buffer, size_t offset_bytes, const void *source,
                            size_t bytes, liq_error *err)
{
    cl_int code;

    LIQ_ASSERT(buffer->use != LIQ_BUFFER_OUTPUT);
    LIQ_ASSERT(buffer->mapped == NULL);
    LIQ_ASSERT(holds(buffer, offset_bytes, bytes));
    if (bytes == 0)
        return LIQ_OK;
    code = clEnqueueWriteBuffer(buffer->device->queue, buffer->memory, CL_TRUE, offset_bytes, bytes,
                                source, 0, NULL, NULL);
    if (code != CL_SUCCESS)
        return liq_cl_fail(err, code, "clEnqueueWriteBuffer",
                           "%zu bytes at %zu of a buffer of %zu on device \"%s\"", bytes,
                           offset_bytes, buffer->bytes, buffer->device->info.name);
    return LIQ_OK;
}

liq_status liq_buffer_read(const liq_buffer *buffer, size_t offset_bytes, void *target,
                           size_t bytes, liq_error *err)
{
    const cl_event last = buffer->device->last_launch;
    cl_int code;

    LIQ_ASSERT(buffer->use != LIQ_BUFFER_INPUT);
    LIQ_ASSERT(holds(buffer, offset_bytes, bytes));
    if (bytes == 0)
        return LIQ_OK;
    /* The queue is in order anyway; waiting for the event makes a failed launch fail the read. */
    code = clEnqueueReadBuffer(buffer->device->queue, buffer->memory, CL_TRUE, offset_bytes, bytes,
                               target, last != NULL ? 1 : 0, last != NULL ? &last : NULL, NULL);
    if (code != CL_SUCCESS)
        return liq_cl_fail(err, code, "clEnqueueReadBuffer",
                           "%zu bytes at %zu of a buffer of %zu on device \"%s\"", bytes,
                           offset_bytes, buffer->bytes, buffer->device->info.name);
    return LIQ_OK;
}

bool liq_buffer_shares_host(const liq_buffer *buffer)
{
    return strcmp(buffer->device->info.type, "cpu") == 0;
}

liq_status liq_buffer_map(liq_buffer *buffer, const void **out, liq_error *err)
{
    const cl_event last = buffer->device->last_launch;
    cl_int code;

    LIQ_ASSERT(buffer->use != LIQ_BUFFER_INPUT);
    LIQ_ASSERT(buffer->mapped == NULL);
    buffer->mapped = clEnqueueMapBuffer(buffer->device->queue, buffer->memory, CL_TRUE, CL_MAP_READ,
                                        0, buffer->bytes, last != NULL ? 1 : 0,
                                        last != NULL ? &last : NULL, NULL, &code);
    if (buffer->mapped == NULL)
        return liq_cl_fail(err, code, "clEnqueueMapBuffer", "%zu bytes on device \"%s\"",
                           buffer->bytes, buffer->device->info.name);
    *out = buffer->mapped;
    return LIQ_OK;
}

liq_status liq_buffer_unmap(liq_buffer *buffer, liq_error *err)
{
    cl_int code;

    LIQ_ASSERT(buffer->mapped != NULL);
    code = clEnqueueUnmapMemObject(buffer->device->queue, buffer->memory, buffer->mapped, 0, NULL,
                                   NULL);
    buffer->mapped = NULL;
    if (code != CL_SUCCESS)
        return liq_cl_fail(err, code, "clEnqueueUnmapMemObject", "%zu bytes on device \"%s\"",
                           buffer->bytes, buffer->device->info.name);
    return LIQ_OK;
}

static cl_mem_flags flags_of(liq_buffer_use use)
{
    switch (use) {
    case LIQ_BUFFER_INPUT:
        return CL_MEM_READ_ONLY | CL_MEM_HOST_WRITE_ONLY;
    case LIQ_BUFFER_OUTPUT:
        return CL_MEM_WRITE_ONLY | CL_MEM_HOST_READ_ONLY;
    case LIQ_BUFFER_WORK:
        break;
    }
    return CL_MEM_READ_WRITE;
}

static bool holds(const liq_buffer *buffer, size_t offset_bytes, size_t bytes)
{
    return offset_bytes <= buffer->bytes && bytes <= buffer->bytes - offset_bytes;
}
