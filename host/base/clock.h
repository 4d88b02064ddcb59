/*
 * Time: monotonic for durations, and by the wall for what others must understand.
 */
#ifndef LIQ_BASE_CLOCK_H
#define LIQ_BASE_CLOCK_H

#include <stdint.h>

/** Nanoseconds since an arbitrary start; never goes back. */
uint64_t liq_clock_ns(void);

/** Milliseconds since 1970-01-01 by the wall clock, which may be set back: never for durations. */
int64_t liq_clock_wall_ms(void);

#endif
