/*
 * A device that computes what it should: chosen, tested and opened.
 */
#ifndef LIQ_SCAN_TESTED_DEVICE_H
#define LIQ_SCAN_TESTED_DEVICE_H

#include <stdint.h>

#include <liqscan/scanner.h>

#include "device/device.h"
#include "scan/self_test.h"

typedef struct liq_tested_device {
    liq_device *device; /* NULL: the host itself was asked for */
    char name[LIQ_DEVICE_NAME_BYTES];
    char reason[LIQ_DEVICE_NAME_BYTES]; /* why this one */
} liq_tested_device;

/**
 * Choose a device, test it in a child process, which a broken driver may take down, and open it. A
 * process that had opened a device before tests in itself.
 * @param out       receives it, for the caller to close
 * @param selector  as liq_scanner_options.device
 * @param parts     of liq_test_parts: what will be launched; 0: no test
 * @return LIQ_OK, LIQ_NO_DEVICE, LIQ_SELF_TEST, LIQ_DEVICE_FAULT, LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_tested_device_open(liq_tested_device *out, const char *selector,
                                               uint32_t parts, liq_error *err);

#endif
