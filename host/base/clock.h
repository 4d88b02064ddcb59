/*
 * Monotonic time, for durations only.
 */
#ifndef LIQ_BASE_CLOCK_H
#define LIQ_BASE_CLOCK_H

#include <stdint.h>

/** Nanoseconds since an arbitrary start; never goes back. */
uint64_t liq_clock_ns(void);

#endif
