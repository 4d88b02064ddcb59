/*
 * How fast this machine moves bytes: what every other time is held against, in the same run.
 */
#ifndef LIQ_BENCH_BANDWIDTH_H
#define LIQ_BENCH_BANDWIDTH_H

#include <stddef.h>

#include "crew.h"
#include "device/device.h"
#include "measure.h"

/** Read bytes once with all threads of a crew. */
LIQ_MUST_USE liq_status bandwidth_read(bench_times *out, const measure_limits *limits,
                                       bench_crew *crew, size_t bytes, liq_error *err);

/** Copy bytes with all threads of a crew: twice as many are moved. */
LIQ_MUST_USE liq_status bandwidth_copy(bench_times *out, const measure_limits *limits,
                                       bench_crew *crew, size_t bytes, liq_error *err);

/**
 * Copy inside a device by a kernel, by the device's clock.
 * @param bytes  lowered to what the device allows; receives what it came to
 */
LIQ_MUST_USE liq_status bandwidth_device_copy(bench_times *out, const measure_limits *limits,
                                              liq_device *device, size_t *bytes, liq_error *err);

#endif
