#include "base/clock.h"

#include <time.h>

#include "base/fail.h"

uint64_t liq_clock_ns(void)
{
    struct timespec now;

    LIQ_ASSERT(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

int64_t liq_clock_wall_ms(void)
{
    struct timespec now;

    LIQ_ASSERT(clock_gettime(CLOCK_REALTIME, &now) == 0);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
