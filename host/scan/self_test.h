/*
 * Whether a device computes what the margin rule says: records are echoed field by field, known
 * answers must come out, and generated rows of every kind, their scores and their lights must equal
 * the CPU truth byte for byte.
 */
#ifndef LIQ_SCAN_SELF_TEST_H
#define LIQ_SCAN_SELF_TEST_H

#include <stddef.h>
#include <stdint.h>

#include <liqscan/status.h>

#include "device/device.h"

/* What a command may launch, to be tested before: other kernels are not even compiled. */
typedef enum liq_test_parts {
    LIQ_TEST_ROWS = 1,       /* margin accounts that no rule of portfolio margin values */
    LIQ_TEST_PORTFOLIO = 2,  /* those that one does */
    LIQ_TEST_SCORES = 4,     /* of positions, in a pass behind the rows */
    LIQ_TEST_ROW_SCORES = 8, /* and in one with them */
    LIQ_TEST_LIGHTS = 16,    /* only with scores */
    LIQ_TEST_ALL = 31
} liq_test_parts;

/**
 * Test an open device. Its records are echoed and rows are valued in any case.
 * @param parts   of liq_test_parts, together
 * @return LIQ_OK, LIQ_SELF_TEST (the message says what was wrong), or what the device room returns
 */
LIQ_MUST_USE liq_status liq_self_test_run(liq_device *device, uint32_t parts, liq_error *err);

/** Open the device of that index, test it and close it. */
LIQ_MUST_USE liq_status liq_self_test_device(uint32_t device_index, uint32_t parts, liq_error *err);

/**
 * The same in a child process, so that a driver that crashes or hangs takes only the child with it.
 * Only before this process has opened a device.
 * @param message  receives why it failed; LIQ_ERROR_MESSAGE_BYTES
 */
LIQ_MUST_USE liq_status liq_self_test_in_child(uint32_t device_index, uint32_t parts, char *message,
                                               size_t message_bytes, liq_error *err);

#endif
