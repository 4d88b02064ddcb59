/*
 * A fast checksum: xxHash's 64-bit XXH3. It finds damage, not forgery: whatever it covers is
 * validated as well.
 */
#ifndef LIQ_BASE_CHECKSUM_H
#define LIQ_BASE_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

uint64_t liq_checksum(const void *data, size_t bytes);

#endif
