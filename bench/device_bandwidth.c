#include <stdlib.h>

#include "bandwidth.h"
#include "base/memory.h"
#include "device/program.h"

enum { GROUP_ITEMS = 64, CHUNK_BYTES = 1 << 22 };

/* A work-item takes 16 bytes. */
static const char source_text[] =
    "__kernel void copy(__global const ulong2 *source, __global ulong2 *target, ulong count)\n"
    "{\n"
    "    if (get_global_id(0) < count)\n"
    "        target[get_global_id(0)] = source[get_global_id(0)];\n"
    "}\n";

typedef struct device_move {
    liq_device *device;
    liq_kernel *kernel;
    liq_buffer *source;
    liq_buffer *target;
    uint64_t count; /* of 16 bytes */
} device_move;

static liq_status buffers_make(device_move *work, size_t *bytes, liq_error *err);
static liq_status launch_once(void *context, uint64_t *ns, liq_error *err);

liq_status bandwidth_device_copy(bench_times *out, const measure_limits *limits, liq_device *device,
                                 size_t *bytes, liq_error *err)
{
    device_move work = {.device = device};
    liq_program *program = NULL;
    liq_status status;

    if ((status = liq_program_build(&program, device, source_text, "-cl-std=CL1.2", err)) !=
            LIQ_OK ||
        (status = liq_kernel_create(&work.kernel, program, "copy", err)) != LIQ_OK ||
        (status = buffers_make(&work, bytes, err)) != LIQ_OK)
        goto done;
    work.count = *bytes / 16;
    status = measure_take(out, limits, launch_once, &work, err);
done:
    liq_buffer_destroy(work.source);
    liq_buffer_destroy(work.target);
    liq_kernel_destroy(work.kernel);
    liq_program_destroy(program);
    return status;
}

static liq_status buffers_make(device_move *work, size_t *bytes, liq_error *err)
{
    const uint64_t bytes_max = liq_device_describe(work->device)->allocation_bytes_max;
    char *chunk = NULL;
    liq_status status;

    if (*bytes > bytes_max)
        *bytes = (size_t)bytes_max;
    *bytes -= *bytes % (16 * GROUP_ITEMS);
    if ((status = liq_memory_array(&chunk, CHUNK_BYTES, 1, err)) != LIQ_OK ||
        (status = liq_buffer_create(&work->source, work->device, *bytes, LIQ_BUFFER_INPUT, err)) !=
            LIQ_OK ||
        (status = liq_buffer_create(&work->target, work->device, *bytes, LIQ_BUFFER_OUTPUT, err)) !=
            LIQ_OK)
        goto done;
    for (size_t at = 0; at < *bytes && status == LIQ_OK; at += CHUNK_BYTES)
        status = liq_buffer_write(work->source, at, chunk,
                                  *bytes - at < CHUNK_BYTES ? *bytes - at : CHUNK_BYTES, err);
done:
    free(chunk);
    return status;
}

static liq_status launch_once(void *context, uint64_t *ns, liq_error *err)
{
    device_move *work = context;
    const liq_kernel_argument arguments[] = {LIQ_ARGUMENT_BUFFER(work->source),
                                             LIQ_ARGUMENT_BUFFER(work->target),
                                             LIQ_ARGUMENT_VALUE(work->count)};
    const liq_status status =
        liq_kernel_launch(work->kernel, arguments, 3, (size_t)work->count, GROUP_ITEMS, err);

    return status != LIQ_OK ? status : liq_kernel_elapsed(work->kernel, ns, err);
}
