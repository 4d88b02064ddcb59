/*
 * The same text for processors with vectors of eight floats and for all others: a function with
 * LIQ_WIDE is compiled for the former, and may be called where liq_has_wide().
 */
#ifndef LIQ_BASE_WIDE_H
#define LIQ_BASE_WIDE_H

#include <stdbool.h>

#if defined(__x86_64__)
#define LIQ_WIDE __attribute__((target("avx2")))
#else
#define LIQ_WIDE
#endif

/** Whether this processor runs what LIQ_WIDE is compiled to. */
static inline bool liq_has_wide(void)
{
#if defined(__x86_64__)
    return __builtin_cpu_supports("avx2");
#else
    return false;
#endif
}

#endif
