#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "device/device.h"

/* A machine with everything: two equal GPUs, one whose name is a part of another's, an accelerator,
 * a CPU twice, a device of no type, and one that cannot be used. */
static const liq_device_info machine[] = {
    {.name = "pthread-Xeon",
     .platform = "Portable Computing Language",
     .type = "cpu",
     .compute_units = 64,
     .index = 0,
     .usable = true},
    {.name = "NVIDIA A100 80GB",
     .platform = "NVIDIA CUDA",
     .type = "gpu",
     .compute_units = 108,
     .index = 1,
     .usable = true},
    {.name = "NVIDIA A100",
     .platform = "NVIDIA CUDA",
     .type = "gpu",
     .compute_units = 108,
     .index = 2,
     .usable = true},
    {.name = "NVIDIA A100",
     .platform = "NVIDIA CUDA",
     .type = "gpu",
     .compute_units = 108,
     .index = 3,
     .usable = true},
    {.name = "Radeon RX 7900",
     .platform = "AMD APP",
     .type = "gpu",
     .compute_units = 96,
     .index = 4,
     .usable = true},
    {.name = "FPGA",
     .platform = "Altera",
     .type = "accelerator",
     .compute_units = 1,
     .index = 5,
     .usable = true},
    {.name = "Xeon Phi",
     .platform = "Intel",
     .type = "cpu",
     .compute_units = 128,
     .index = 6,
     .usable = true},
    {.name = "Old GPU",
     .platform = "Old",
     .type = "gpu",
     .compute_units = 512,
     .index = 7,
     .usable = false},
    {.name = "Strange",
     .platform = "Odd",
     .type = "other",
     .compute_units = 9,
     .index = 8,
     .usable = true},
};

enum { MACHINE_COUNT = sizeof machine / sizeof machine[0] };

typedef struct choice {
    const char *selector;
    uint32_t first; /* the part of the machine that is listed */
    uint32_t count;
    uint32_t index;
    const char *reason; /* or a part of the message when nothing is chosen */
} choice;

static const choice chosen[] = {
    {NULL, 0, MACHINE_COUNT, 1, "first of 3 gpu devices with the most compute units (108)"},
    {"", 0, MACHINE_COUNT, 1, "first of 3 gpu devices with the most compute units (108)"},
    {"gpu", 0, MACHINE_COUNT, 1, "first of 3 gpu devices with the most compute units (108)"},
    {"GPU", 3, 2, 3, "most compute units (108) of 2 gpu devices"},
    {"gpu", 4, 5, 4, "only gpu"},
    {NULL, 5, 4, 5, "only accelerator"},
    {NULL, 6, 3, 6, "only cpu"},
    {NULL, 8, 1, 8, "only other"},
    {"cpu", 0, MACHINE_COUNT, 6, "most compute units (128) of 2 cpu devices"},
    {"accelerator", 0, MACHINE_COUNT, 5, "only accelerator"},
    {"0", 0, MACHINE_COUNT, 0, "asked for by index"},
    {"8", 0, MACHINE_COUNT, 8, "asked for by index"},
    {"008", 0, MACHINE_COUNT, 8, "asked for by index"},
    {"7900", 0, MACHINE_COUNT, 4, "only device that fits \"7900\""},
    {"radeon", 0, MACHINE_COUNT, 4, "only device that fits \"radeon\""},
    {"amd", 0, MACHINE_COUNT, 4, "only device that fits \"amd\""},
    {"portable", 0, MACHINE_COUNT, 0, "only device that fits \"portable\""},
    {"nvidia a100", 0, MACHINE_COUNT, 2, "first of 2 equal devices that fit \"nvidia a100\""},
    {"80gb", 0, MACHINE_COUNT, 1, "only device that fits \"80gb\""},
};

static const choice refused[] = {
    {NULL, 0, 0, 0, "report no device"},
    {"gpu", 0, 0, 0, "report no device"},
    {NULL, 7, 1, 0, "no usable device among 7 \"Old GPU\" (gpu, Old, not usable)"},
    {"gpu", 5, 4, 0, "no usable gpu among 5 \"FPGA\" (accelerator, Altera), 6 \"Xeon Phi\""},
    {"accelerator", 0, 5, 0, "no usable accelerator among 0 \"pthread-Xeon\" (cpu, Portable"},
    {"cpu", 1, 4, 0, "no usable cpu among 1 \"NVIDIA A100 80GB\" (gpu, NVIDIA CUDA)"},
    {"7", 0, MACHINE_COUNT, 0, "device 7 is not usable; the devices are 0 \"pthread-Xeon\""},
    {"9", 0, 1, 0, "no usable device fits \"9\"; the devices are 0 \"pthread-Xeon\""},
    {"-1", 0, 1, 0, "no usable device fits \"-1\""},
    {"0x0", 0, 1, 0, "no usable device fits \"0x0\""},
    {" 0", 0, 1, 0, "no usable device fits \" 0\""},
    {"99999999999999999999999999", 0, 1, 0, "no usable device fits \"99999999999999999999999999\""},
    {"old", 0, MACHINE_COUNT, 0, "no usable device fits \"old\""},
    {"h100", 0, MACHINE_COUNT, 0, "no usable device fits \"h100\""},
    {"other", 0, 1, 0, "no usable device fits \"other\""},
    {"nvidia", 0, MACHINE_COUNT, 0,
     "\"nvidia\" fits 3 devices: 1 \"NVIDIA A100 80GB\" (gpu, NVIDIA CUDA), 2 \"NVIDIA A100\""},
    {"xeon", 0, MACHINE_COUNT, 0, "\"xeon\" fits 2 devices: 0 \"pthread-Xeon\" (cpu, Portable"},
};

Test(device_choose, takes_the_same_device_each_time_and_says_why)
{
    for (size_t i = 0; i < sizeof chosen / sizeof chosen[0]; i++) {
        const choice *const row = &chosen[i];
        const char *const shown = row->selector != NULL ? row->selector : "(null)";
        char reason[LIQ_DEVICE_TEXT_BYTES] = "";
        liq_error err = {0};
        uint32_t index = 99;

        cr_expect_eq(liq_device_choose(machine + row->first, row->count, row->selector, &index,
                                       reason, &err),
                     LIQ_OK, "row %zu %s: %s", i, shown, err.message);
        cr_expect_eq(index, row->index, "row %zu %s: %u", i, shown, index);
        cr_expect_str_eq(reason, row->reason, "row %zu %s: %s", i, shown, reason);
    }
}

Test(device_choose, refuses_what_fits_nothing_or_too_much_and_lists_what_there_is)
{
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        const choice *const row = &refused[i];
        char reason[LIQ_DEVICE_TEXT_BYTES] = "";
        liq_error err = {0};
        uint32_t index = 99;

        cr_expect_eq(liq_device_choose(machine + row->first, row->count, row->selector, &index,
                                       reason, &err),
                     LIQ_NO_DEVICE, "row %zu", i);
        cr_expect_not_null(strstr(err.message, row->reason), "row %zu: %s", i, err.message);
        cr_expect_eq(index, 99, "row %zu", i);
    }
}

Test(device_choose, cuts_a_long_list_and_a_long_selector)
{
    liq_device_info many[40];
    char reason[LIQ_DEVICE_TEXT_BYTES];
    char selector[400];
    liq_error err = {0};
    uint32_t index = 99;

    for (uint32_t i = 0; i < 40; i++) {
        many[i] = machine[1];
        (void)snprintf(many[i].name, sizeof many[i].name, "A device with a long name, number %u",
                       i);
        many[i].index = i;
    }
    memset(selector, 'x', sizeof selector - 1);
    selector[sizeof selector - 1] = '\0';
    cr_assert_eq(liq_device_choose(many, 40, selector, &index, reason, &err), LIQ_NO_DEVICE);
    cr_expect_not_null(strstr(err.message, "..."), "%s", err.message);
    cr_expect(strlen(err.message) < sizeof err.message - 1, "%zu", strlen(err.message));
}
