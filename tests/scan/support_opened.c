#include "support_opened.h"

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

liq_device *liq_opened_device(void)
{
    const char *required = getenv("LIQ_REQUIRE_DEVICE");
    char reason[LIQ_DEVICE_TEXT_BYTES];
    liq_device_info *list = NULL;
    liq_device *device = NULL;
    liq_error err = {0};
    uint32_t count = 0;
    uint32_t index = 0;

    if (liq_device_list(&list, &count, &err) != LIQ_OK ||
        liq_device_choose(list, count, NULL, &index, reason, &err) != LIQ_OK) {
        free(list);
        cr_assert(required == NULL || strcmp(required, "1") != 0, "no device: %s", err.message);
        cr_skip_test("no OpenCL device: %s", err.message);
    }
    free(list);
    cr_assert_eq(liq_device_open(&device, index, &err), LIQ_OK, "%s", err.message);
    return device;
}
