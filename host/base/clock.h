/*
 * Time: monotonic for durations, and by the wall for what others must understand.
 */
#ifndef LIQ_BASE_CLOCK_H
#define LIQ_BASE_CLOCK_H

#include <stdint.h>

/* The end of the year 9999: no time that comes in is later, so that a day more or ten years never
 * overflow. */
#define LIQ_TIME_MS_MAX INT64_C(253402300799999)

/** Nanoseconds since an arbitrary start; never goes back. */
uint64_t liq_clock_ns(void);

/** Milliseconds since 1970-01-01 by the wall clock, which may be set back: never for durations. */
int64_t liq_clock_wall_ms(void);

#endif
