#include <criterion/criterion.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "device/program.h"
#include "support_device.h"

/* A device with support_source built, one kernel of it, and one work buffer of zeros. */
typedef struct bench {
    liq_device *device;
    liq_program *program;
    liq_kernel *kernel;
    liq_buffer *values;
    size_t count;
} bench;

static bench bench_open(const char *kernel_name, size_t count)
{
    bench made = {.device = support_device_open(), .count = count};
    int *const zeros = calloc(count, sizeof *zeros);
    liq_error err = {0};

    cr_assert_eq(liq_program_build(&made.program, made.device, support_source, "", &err), LIQ_OK,
                 "%s", err.message);
    cr_assert_eq(liq_kernel_create(&made.kernel, made.program, kernel_name, &err), LIQ_OK, "%s",
                 err.message);
    cr_assert_eq(
        liq_buffer_create(&made.values, made.device, count * sizeof *zeros, LIQ_BUFFER_WORK, &err),
        LIQ_OK, "%s", err.message);
    cr_assert_eq(liq_buffer_write(made.values, 0, zeros, count * sizeof *zeros, &err), LIQ_OK);
    free(zeros);
    return made;
}

static void bench_close(bench *made)
{
    liq_kernel_destroy(made->kernel);
    liq_buffer_destroy(made->values);
    liq_program_destroy(made->program);
    liq_device_close(made->device);
}

static liq_status add(bench *made, int by, size_t items, size_t group_items, liq_error *err)
{
    const int count = (int)items;
    const liq_kernel_argument arguments[] = {LIQ_ARGUMENT_BUFFER(made->values),
                                             LIQ_ARGUMENT_VALUE(by), LIQ_ARGUMENT_VALUE(count)};

    return liq_kernel_launch(made->kernel, arguments, 3, items, group_items, err);
}

Test(kernel, reaches_each_item_once_whatever_the_counts)
{
    static const size_t item_counts[] = {0, 1, 2, 63, 64, 65, 1000, 4097};
    static const size_t group_counts[] = {1, 3, 64, 1000000};
    bench made = bench_open("add", 5000);
    int values[5000];
    int expected[5000] = {0};

    for (size_t i = 0; i < sizeof item_counts / sizeof item_counts[0]; i++)
        for (size_t j = 0; j < sizeof group_counts / sizeof group_counts[0]; j++) {
            liq_error err = {0};

            cr_assert_eq(add(&made, 1, item_counts[i], group_counts[j], &err), LIQ_OK,
                         "%zu in %zu: %s", item_counts[i], group_counts[j], err.message);
            for (size_t k = 0; k < item_counts[i]; k++)
                expected[k]++;
        }
    cr_assert_eq(liq_buffer_read(made.values, 0, values, sizeof values, NULL), LIQ_OK);
    cr_expect_eq(memcmp(values, expected, sizeof values), 0);
    bench_close(&made);
}

Test(kernel, tells_its_device_time_once)
{
    bench made = bench_open("add", 100000);
    uint64_t first_ns = 0;
    uint64_t second_ns = 1;
    const uint64_t start_ns = liq_clock_ns();

    for (unsigned i = 0; i < 200; i++)
        cr_assert_eq(add(&made, 1, made.count, 64, NULL), LIQ_OK);
    cr_assert_eq(liq_kernel_elapsed(made.kernel, &first_ns, NULL), LIQ_OK);
    cr_expect(first_ns > 0);
    cr_expect(first_ns < 2 * (liq_clock_ns() - start_ns), "%llu", (unsigned long long)first_ns);
    cr_assert_eq(liq_kernel_elapsed(made.kernel, &second_ns, NULL), LIQ_OK);
    cr_expect_eq(second_ns, 0);
    cr_assert_eq(liq_device_finish(made.device, NULL), LIQ_OK);
    bench_close(&made);
}

Test(kernel, may_be_destroyed_while_it_runs)
{
    bench made = bench_open("add", 1000000);
    int last = 0;

    for (unsigned i = 0; i < 10; i++)
        cr_assert_eq(add(&made, 1, made.count, 64, NULL), LIQ_OK);
    liq_kernel_destroy(made.kernel);
    made.kernel = NULL;
    cr_assert_eq(
        liq_buffer_read(made.values, (made.count - 1) * sizeof last, &last, sizeof last, NULL),
        LIQ_OK);
    cr_expect_eq(last, 10);
    bench_close(&made);
}

Test(kernel, is_named_when_it_is_not_there)
{
    bench made = bench_open("add", 1);
    liq_kernel *kernel = NULL;
    liq_error err = {0};

    cr_assert_eq(liq_kernel_create(&kernel, made.program, "subtract", &err), LIQ_NOT_FOUND);
    cr_expect_str_eq(err.message, "no kernel \"subtract\" in the program");
    cr_expect_null(kernel);
    bench_close(&made);
}

Test(kernel, refuses_wrong_arguments)
{
    bench made = bench_open("add", 10);
    const int number = 1;
    const char small = 1;
    const liq_kernel_argument right[] = {LIQ_ARGUMENT_BUFFER(made.values),
                                         LIQ_ARGUMENT_VALUE(number), LIQ_ARGUMENT_VALUE(number),
                                         LIQ_ARGUMENT_VALUE(number)};
    const liq_kernel_argument wrong[] = {LIQ_ARGUMENT_BUFFER(made.values),
                                         LIQ_ARGUMENT_VALUE(small), LIQ_ARGUMENT_VALUE(number)};
    liq_error err = {0};

    for (uint32_t count = 0; count <= 4; count++) {
        if (count == 3)
            continue;
        cr_expect_eq(liq_kernel_launch(made.kernel, right, count, 10, 1, &err), LIQ_OUT_OF_RANGE);
        cr_expect_not_null(strstr(err.message, "kernel \"add\" takes 3 arguments, not"), "%s",
                           err.message);
    }
    cr_expect_eq(liq_kernel_launch(made.kernel, wrong, 3, 10, 1, &err), LIQ_DEVICE_FAULT);
    cr_expect_not_null(
        strstr(err.message,
               "clSetKernelArg: CL_INVALID_ARG_SIZE (-51): argument 1 of kernel \"add\""),
        "%s", err.message);
    cr_expect_eq(err.native, -51);
    bench_close(&made);
}

Test(kernel, refuses_more_items_than_can_be_counted)
{
    bench made = bench_open("add", 10);
    const int number = 1;
    const liq_kernel_argument arguments[] = {
        LIQ_ARGUMENT_BUFFER(made.values), LIQ_ARGUMENT_VALUE(number), LIQ_ARGUMENT_VALUE(number)};
    liq_error err = {0};

    cr_expect_eq(liq_kernel_launch(made.kernel, arguments, 3, SIZE_MAX, 64, &err),
                 LIQ_OUT_OF_RANGE);
    bench_close(&made);
}

Test(kernel, that_is_written_for_a_group_size_gets_that_or_nothing)
{
    static const size_t refused[] = {1, 63, 65, 128, 1000000};
    bench made = bench_open("grouped", 200);
    const int count = 200;
    const liq_kernel_argument arguments[] = {LIQ_ARGUMENT_BUFFER(made.values),
                                             LIQ_ARGUMENT_VALUE(count)};
    liq_error err = {0};
    int values[200];

    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        cr_expect_eq(liq_kernel_launch(made.kernel, arguments, 2, 200, refused[i], &err),
                     LIQ_OUT_OF_RANGE);
        cr_expect_not_null(strstr(err.message, "is written for groups of 64, not"), "%s",
                           err.message);
    }
    cr_assert_eq(liq_kernel_launch(made.kernel, arguments, 2, 200, 64, &err), LIQ_OK);
    cr_assert_eq(liq_buffer_read(made.values, 0, values, sizeof values, NULL), LIQ_OK);
    for (int i = 0; i < 200; i++)
        cr_expect_eq(values[i], i / 64);
    bench_close(&made);
}

static int asks_for_no_group(void *context, char *message, size_t message_bytes)
{
    bench made = bench_open("add", 10);

    (void)context;
    (void)message;
    (void)message_bytes;
    return (int)add(&made, 1, 10, 0, NULL);
}

static int passes_nothing(void *context, char *message, size_t message_bytes)
{
    bench made = bench_open("add", 10);
    const liq_kernel_argument arguments[3] = {{0}};

    (void)context;
    (void)message;
    (void)message_bytes;
    return (int)liq_kernel_launch(made.kernel, arguments, 3, 10, 1, NULL);
}

Test(kernel, stops_a_programmer_who_misuses_it)
{
    support_device_needed();
    support_expect_assert("asks_for_no_group", asks_for_no_group);
    support_expect_assert("passes_nothing", passes_nothing);
}
