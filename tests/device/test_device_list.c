#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "device/device.h"
#include "support_device.h"

enum { MESSAGE_BYTES = 256, LONG_MS = 120000 };

static size_t thread_count(void)
{
    return support_entries("/proc/self/task");
}

Test(device_list, gives_the_facts_of_each_device)
{
    liq_device_info *list = NULL;
    uint32_t count = 0;

    support_device_needed();
    cr_assert_eq(liq_device_list(&list, &count, NULL), LIQ_OK);
    cr_assert(count > 0);
    for (uint32_t i = 0; i < count; i++) {
        cr_expect_eq(list[i].index, i);
        cr_expect(list[i].name[0] > ' ', "\"%s\"", list[i].name);
        cr_expect(list[i].platform[0] > ' ');
        cr_expect(list[i].driver[0] > ' ');
        cr_expect_eq(strncmp(list[i].opencl_version, "OpenCL C ", 9), 0);
        cr_expect(list[i].compute_units > 0);
        cr_expect(list[i].work_group_items_max > 0);
        cr_expect(list[i].allocation_bytes_max >= UINT64_C(128) << 20);
        cr_expect(list[i].memory_bytes >= list[i].allocation_bytes_max);
        cr_expect(list[i].local_memory_bytes >= 32768);
    }
    free(list);
}

Test(device_list, is_the_same_before_and_after_a_device_is_open)
{
    liq_device_info *before = NULL;
    liq_device_info *after = NULL;
    uint32_t before_count = 0;
    uint32_t after_count = 0;
    liq_device *device;

    support_device_needed();
    cr_assert_eq(liq_device_list(&before, &before_count, NULL), LIQ_OK);
    device = support_device_open();
    cr_assert_eq(liq_device_list(&after, &after_count, NULL), LIQ_OK);
    cr_assert_eq(before_count, after_count);
    cr_expect_eq(memcmp(before, after, before_count * sizeof *before), 0);
    cr_expect_eq(memcmp(liq_device_describe(device), before, sizeof *before), 0);
    liq_device_close(device);
    free(before);
    free(after);
}

Test(device_list, starts_no_thread_and_leaves_no_variable_here)
{
    const size_t threads_before = thread_count();
    liq_device_info *list = NULL;
    uint32_t count = 0;

    support_device_needed();
    cr_assert_eq(liq_device_list(&list, &count, NULL), LIQ_OK);
    cr_expect_eq(thread_count(), threads_before);
    cr_expect_null(getenv("POCL_CACHE_DIR"));
    free(list);
}

static int works(void *context, char *message, size_t message_bytes)
{
    const int result = support_round(false, 1000);

    (void)context;
    if (result != 0)
        (void)snprintf(message, message_bytes, "round gave %d", result);
    return result;
}

Test(device_list, may_come_before_work_in_a_child)
{
    char message[MESSAGE_BYTES];
    liq_device_info *list = NULL;
    uint32_t count = 0;

    support_device_needed();
    cr_assert_eq(liq_device_list(&list, &count, NULL), LIQ_OK);
    free(list);
    cr_expect_eq(liq_device_in_child(works, NULL, message, sizeof message, LONG_MS, NULL), LIQ_OK,
                 "%s", message);
    cr_expect_eq(support_round(false, 1000), 0);
}

static int lists(void *context, char *message, size_t message_bytes)
{
    liq_device_info *list = NULL;
    uint32_t count = 0;
    liq_error err = {0};
    const liq_status status = liq_device_list(&list, &count, &err);

    (void)context;
    (void)snprintf(message, message_bytes, "%.200s", err.message);
    free(list);
    return status == LIQ_OK && count > 0 ? 0 : 1;
}

Test(device_list, works_in_a_child)
{
    char message[MESSAGE_BYTES];

    support_device_needed();
    cr_expect_eq(liq_device_in_child(lists, NULL, message, sizeof message, LONG_MS, NULL), LIQ_OK,
                 "%s", message);
}

Test(device_list, refuses_a_child_once_a_device_was_open)
{
    char message[MESSAGE_BYTES];
    liq_error err = {0};
    liq_device *const device = support_device_open();

    liq_device_close(device);
    cr_expect_eq(liq_device_in_child(works, NULL, message, sizeof message, LONG_MS, &err),
                 LIQ_UNSUPPORTED);
    cr_expect_not_null(strstr(err.message, "opened a device already"), "%s", err.message);
}

Test(device_list, says_what_to_install_when_there_is_no_platform)
{
    liq_device_info *list = NULL;
    liq_device *device = NULL;
    uint32_t count = 0;
    liq_error err = {0};

    support_no_platform();
    cr_assert_eq(liq_device_list(&list, &count, &err), LIQ_NO_DEVICE, "%s", err.message);
    cr_expect_not_null(strstr(err.message, "apt-get install pocl-opencl-icd"), "%s", err.message);
    cr_expect_not_null(strstr(err.message, "clinfo"), "whole: %s", err.message);
    memset(&err, 0, sizeof err);
    cr_assert_eq(liq_device_open(&device, 0, &err), LIQ_NO_DEVICE, "%s", err.message);
    cr_expect_not_null(strstr(err.message, "apt-get install pocl-opencl-icd"), "%s", err.message);
}

/* A driver that ends the process as soon as it is loaded. */
Test(device_list, survives_a_driver_that_dies)
{
    char path[SUPPORT_PATH_BYTES + 32];
    const char *const folder = support_folder();
    const char *const driver = LIQ_BAD_DRIVER;
    liq_device_info *list = NULL;
    uint32_t count = 0;
    liq_error err = {0};
    FILE *file;

    (void)snprintf(path, sizeof path, "%s/bad.icd", folder);
    file = fopen(path, "w");
    cr_assert_not_null(file);
    (void)fprintf(file, "%s\n", driver);
    (void)fclose(file);
    cr_assert_eq(setenv("OCL_ICD_VENDORS", folder, 1), 0);
    cr_assert_eq(liq_device_list(&list, &count, &err), LIQ_DEVICE_FAULT, "%s", err.message);
    cr_expect_str_eq(err.message, "a driver failed while devices were listed: signal 6 (SIGABRT): "
                                  "bad driver: no such luck");
}

Test(device_list, refuses_to_open_past_the_end)
{
    liq_device *device = NULL;
    liq_error err = {0};

    support_device_needed();
    cr_assert_eq(liq_device_open(&device, 4000000000u, &err), LIQ_NO_DEVICE);
    cr_expect_not_null(strstr(err.message, "device 4000000000 is past the last of"), "%s",
                       err.message);
}

Test(device_list, opens_and_closes_again_and_again)
{
    for (unsigned i = 0; i < 3; i++)
        liq_device_close(support_device_open());
    liq_device_close(NULL);
}
