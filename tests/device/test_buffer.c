#include <criterion/criterion.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "device/buffer.h"
#include "support_device.h"

enum { BYTES = 1000 };

/* For the children below, in which Criterion's own checks would not be heard. */
static liq_device *device_open(void)
{
    liq_device *device = NULL;

    if (liq_device_open(&device, 0, NULL) != LIQ_OK)
        _exit(1);
    return device;
}

static liq_buffer *buffer_open(liq_buffer_use use)
{
    liq_buffer *buffer = NULL;

    if (liq_buffer_create(&buffer, device_open(), BYTES, use, NULL) != LIQ_OK)
        _exit(1);
    return buffer;
}

Test(buffer, gives_back_the_bytes_that_were_written)
{
    liq_device *const device = support_device_open();
    unsigned char source[BYTES];
    unsigned char target[BYTES] = {0};
    liq_buffer *buffer = NULL;

    for (size_t i = 0; i < BYTES; i++)
        source[i] = (unsigned char)(i * 7);
    cr_assert_eq(liq_buffer_create(&buffer, device, BYTES, LIQ_BUFFER_WORK, NULL), LIQ_OK);
    cr_expect_eq(liq_buffer_bytes(buffer), BYTES);
    cr_assert_eq(liq_buffer_write(buffer, 0, source, BYTES, NULL), LIQ_OK);
    cr_assert_eq(liq_buffer_write(buffer, 999, source, 1, NULL), LIQ_OK);
    source[999] = source[0];
    cr_assert_eq(liq_buffer_write(buffer, 1000, source, 0, NULL), LIQ_OK);
    cr_assert_eq(liq_buffer_read(buffer, 1000, target, 0, NULL), LIQ_OK);
    cr_assert_eq(liq_buffer_read(buffer, 0, target, BYTES, NULL), LIQ_OK);
    cr_expect_eq(memcmp(source, target, BYTES), 0);
    cr_assert_eq(liq_buffer_read(buffer, 13, target, 5, NULL), LIQ_OK);
    cr_expect_eq(memcmp(source + 13, target, 5), 0);
    liq_buffer_destroy(buffer);
    liq_buffer_destroy(NULL);
    liq_device_close(device);
}

Test(buffer, shows_its_bytes_where_they_lie)
{
    liq_device *const device = support_device_open();
    unsigned char source[BYTES];
    const void *view = NULL;
    liq_buffer *buffer = NULL;

    cr_assert_eq(liq_buffer_create(&buffer, device, BYTES, LIQ_BUFFER_WORK, NULL), LIQ_OK);
    for (unsigned round = 0; round < 3; round++) {
        for (size_t i = 0; i < BYTES; i++)
            source[i] = (unsigned char)(i * 7 + round);
        cr_assert_eq(liq_buffer_write(buffer, 0, source, BYTES, NULL), LIQ_OK);
        cr_assert_eq(liq_buffer_map(buffer, &view, NULL), LIQ_OK);
        cr_expect_eq(memcmp(source, view, BYTES), 0);
        if (round < 2)
            cr_assert_eq(liq_buffer_unmap(buffer, NULL), LIQ_OK);
    }
    liq_buffer_destroy(buffer); /* mapped as it is */
    liq_device_close(device);
}

Test(buffer, is_refused_beyond_what_the_device_allows)
{
    liq_device *const device = support_device_open();
    const uint64_t max = liq_device_describe(device)->allocation_bytes_max;
    const size_t refused[] = {0, (size_t)max + 1, SIZE_MAX / 2, SIZE_MAX};

    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        liq_buffer *buffer = NULL;
        liq_error err = {0};

        cr_expect_eq(liq_buffer_create(&buffer, device, refused[i], LIQ_BUFFER_WORK, &err),
                     LIQ_OUT_OF_RANGE);
        cr_expect_not_null(strstr(err.message, "bytes is outside 1 .. "), "%s", err.message);
        cr_expect_not_null(strstr(err.message, liq_device_describe(device)->name), "%s",
                           err.message);
        cr_expect_null(buffer);
    }
    liq_device_close(device);
}

static int writes_past_its_end(void *context, char *message, size_t message_bytes)
{
    const char bytes[2] = {0};

    (void)context;
    (void)message;
    (void)message_bytes;
    return (int)liq_buffer_write(buffer_open(LIQ_BUFFER_WORK), 999, bytes, 2, NULL);
}

static int writes_so_that_the_end_wraps(void *context, char *message, size_t message_bytes)
{
    const char bytes[2] = {0};

    (void)context;
    (void)message;
    (void)message_bytes;
    return (int)liq_buffer_write(buffer_open(LIQ_BUFFER_WORK), 1, bytes, SIZE_MAX, NULL);
}

static int reads_past_its_end(void *context, char *message, size_t message_bytes)
{
    char bytes[2];

    (void)context;
    (void)message;
    (void)message_bytes;
    return (int)liq_buffer_read(buffer_open(LIQ_BUFFER_WORK), 1001, bytes, 0, NULL);
}

static int writes_an_output(void *context, char *message, size_t message_bytes)
{
    const char bytes[2] = {0};

    (void)context;
    (void)message;
    (void)message_bytes;
    return (int)liq_buffer_write(buffer_open(LIQ_BUFFER_OUTPUT), 0, bytes, 2, NULL);
}

static int reads_an_input(void *context, char *message, size_t message_bytes)
{
    char bytes[2];

    (void)context;
    (void)message;
    (void)message_bytes;
    return (int)liq_buffer_read(buffer_open(LIQ_BUFFER_INPUT), 0, bytes, 2, NULL);
}

static int closes_its_device_first(void *context, char *message, size_t message_bytes)
{
    liq_device *const device = device_open();
    liq_buffer *buffer = NULL;

    (void)context;
    (void)message;
    (void)message_bytes;
    (void)!liq_buffer_create(&buffer, device, 16, LIQ_BUFFER_WORK, NULL);
    liq_device_close(device);
    return 0;
}

Test(buffer, stops_a_programmer_who_misuses_it)
{
    support_device_needed();
    support_expect_assert("writes_past_its_end", writes_past_its_end);
    support_expect_assert("writes_so_that_the_end_wraps", writes_so_that_the_end_wraps);
    support_expect_assert("reads_past_its_end", reads_past_its_end);
    support_expect_assert("writes_an_output", writes_an_output);
    support_expect_assert("reads_an_input", reads_an_input);
    support_expect_assert("closes_its_device_first", closes_its_device_first);
}
