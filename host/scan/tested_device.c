#include "scan/tested_device.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "scan/self_test.h"

static liq_status open_tested(liq_device **out, const liq_device_info *info, uint32_t parts,
                              liq_error *err);

liq_status liq_tested_device_open(liq_tested_device *out, const char *selector, uint32_t parts,
                                  liq_error *err)
{
    liq_device_info *list = NULL;
    uint32_t count = 0;
    uint32_t index = 0;
    liq_status status;

    *out = (liq_tested_device){0};
    if (selector != NULL && strcmp(selector, LIQ_DEVICE_CPU_REFERENCE) == 0) {
        (void)snprintf(out->name, sizeof out->name, "%s", LIQ_DEVICE_CPU_REFERENCE);
        (void)snprintf(out->reason, sizeof out->reason, "asked for");
        return LIQ_OK;
    }
    if ((status = liq_device_list(&list, &count, err)) != LIQ_OK ||
        (status = liq_device_choose(list, count, selector, &index, out->reason, err)) != LIQ_OK)
        goto done;
    (void)snprintf(out->name, sizeof out->name, "%s", list[index].name);
    status = open_tested(&out->device, &list[index], parts, err);
done:
    free(list);
    return status;
}

static liq_status open_tested(liq_device **out, const liq_device_info *info, uint32_t parts,
                              liq_error *err)
{
    char reason[LIQ_ERROR_MESSAGE_BYTES];
    liq_error fault = {0};
    liq_status status = LIQ_OK;
    bool in_child = false;

    if (parts != 0) {
        status = liq_self_test_in_child(info->index, parts, reason, sizeof reason, &fault);
        in_child = status != LIQ_UNSUPPORTED;
    }
    if (status == LIQ_OK || !in_child)
        status = liq_device_open(out, info->index, &fault);
    if (status == LIQ_OK && parts != 0 && !in_child)
        status = liq_self_test_run(*out, parts, &fault);
    if (status == LIQ_OK)
        return LIQ_OK;
    return liq_fail(err, status, fault.native, "device \"%s\"%s: %s", info->name,
                    status == LIQ_SELF_TEST ? " fails its self-test" : "", fault.message);
}
