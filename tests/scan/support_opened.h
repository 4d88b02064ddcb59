/*
 * A device for tests of this room. Call it inside a test, and never fork afterwards.
 */
#ifndef LIQ_SUPPORT_OPENED_H
#define LIQ_SUPPORT_OPENED_H

#include "device/device.h"

/** Open the best device. Without one the test is skipped, or fails when LIQ_REQUIRE_DEVICE=1. */
liq_device *liq_opened_device(void);

#endif
