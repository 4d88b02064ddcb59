#include "scan/scan_program.h"

#include <stdio.h>
#include <string.h>

#include "base/embedded.h"
#include "base/fail.h"
#include "liq_record.h"

enum { OPTIONS_BYTES = 96 };

liq_scan_shape liq_scan_shape_of(const liq_device *device)
{
    if (strcmp(liq_device_describe(device)->type, "cpu") == 0)
        return (liq_scan_shape){.item_slots = LIQ_SLICE_ROWS, .group_items = 1};
    return liq_scan_shape_lanes();
}

liq_scan_shape liq_scan_shape_lanes(void)
{
    return (liq_scan_shape){.item_slots = 1, .group_items = LIQ_SLICE_ROWS};
}

liq_status liq_scan_program_build(liq_program **out, liq_device *device, const char *name,
                                  liq_scan_shape shape, liq_error *err)
{
    const liq_embedded *source = liq_embedded_kernel(name);
    char options[OPTIONS_BYTES];
    liq_error fault = {0};
    liq_status status;

    LIQ_ASSERT(source != NULL);
    (void)snprintf(options, sizeof options, "-cl-std=CL1.2 -DLIQ_DEVICE=1 -DLIQ_ITEM_SLOTS=%uu%s",
                   shape.item_slots, shape.item_slots > 1 ? " -DLIQ_INT128=1" : "");
    if ((status = liq_program_build(out, device, source->text, options, &fault)) == LIQ_OK)
        return LIQ_OK;
    return liq_fail(err, status, fault.native, "kernels \"%s\": %s", name, fault.message);
}

liq_status liq_scan_kernel_need(liq_scan_kernel *out, liq_device *device, const char *name,
                                liq_scan_shape shape, liq_error *err)
{
    liq_scan_kernel made = {0};
    liq_status status;

    if (out->kernel != NULL)
        return LIQ_OK;
    if ((status = liq_scan_program_build(&made.program, device, name, shape, err)) == LIQ_OK)
        status = liq_kernel_create(&made.kernel, made.program, name, err);
    if (status == LIQ_OK)
        *out = made;
    else
        liq_scan_kernel_clear(&made);
    return status;
}

void liq_scan_kernel_clear(liq_scan_kernel *kernel)
{
    liq_kernel_destroy(kernel->kernel);
    liq_program_destroy(kernel->program);
    *kernel = (liq_scan_kernel){0};
}
