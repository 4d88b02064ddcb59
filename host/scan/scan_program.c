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

liq_status liq_scan_program_build(liq_program **out, liq_device *device, liq_scan_kernels kernels,
                                  liq_scan_shape shape, liq_error *err)
{
    static const char *const names[] = {[LIQ_KERNELS_SCAN] = "liqscan",
                                        [LIQ_KERNELS_SCREEN] = "screen",
                                        [LIQ_KERNELS_STRESS] = "stress"};
    const liq_embedded *source = liq_embedded_kernel(names[kernels]);
    char options[OPTIONS_BYTES];

    LIQ_ASSERT(source != NULL);
    (void)snprintf(options, sizeof options, "-cl-std=CL1.2 -DLIQ_DEVICE=1 -DLIQ_ITEM_SLOTS=%uu%s",
                   shape.item_slots, shape.item_slots > 1 ? " -DLIQ_INT128=1" : "");
    return liq_program_build(out, device, source->text, options, err);
}
