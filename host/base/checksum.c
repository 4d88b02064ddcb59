#include "base/checksum.h"

/* The library has a way for each kind of x86 processor, which a header of its own offers. */
#if defined(__x86_64__) && defined(__has_include)
#if __has_include(<xxh_x86dispatch.h>)
#include <xxh_x86dispatch.h>
#endif
#endif
#include <xxhash.h>

uint64_t liq_checksum(const void *data, size_t bytes)
{
    return XXH3_64bits(data, bytes);
}
