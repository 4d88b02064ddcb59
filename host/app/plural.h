/*
 * "1 tick" and "2 ticks".
 */
#ifndef LIQ_APP_PLURAL_H
#define LIQ_APP_PLURAL_H

#include <stdint.h>

/** What a noun ends in behind a count: nothing for one, else "s". */
static inline const char *liq_plural_s(uint64_t count)
{
    return count == 1 ? "" : "s";
}

#endif
