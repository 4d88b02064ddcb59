/*
 * The part of the self-test that is about auto-deleveraging: scores, in a pass of their own and
 * in one with the rows, and lights.
 */
#ifndef LIQ_SCAN_SELF_TEST_ADL_H
#define LIQ_SCAN_SELF_TEST_ADL_H

#include <stdint.h>

#include "device/device.h"
#include "scan/self_test_book.h"

/**
 * @param parts  of liq_test_parts: one or both ways of scoring, and whether there are lights
 * @return LIQ_OK, LIQ_SELF_TEST (the message says what was wrong), or what the device room returns
 */
LIQ_MUST_USE liq_status liq_self_test_adl(liq_device *device, const liq_self_test_book *book,
                                          uint32_t parts, liq_error *err);

#endif
