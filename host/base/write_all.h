/*
 * Bytes to a descriptor, all of them.
 */
#ifndef LIQ_BASE_WRITE_ALL_H
#define LIQ_BASE_WRITE_ALL_H

#include <stdbool.h>
#include <stddef.h>

/** Write all bytes, however many calls it takes and whatever signals come in between. May block.
 * @return false when some were not written; errno says why */
bool liq_write_all(int descriptor, const void *source, size_t bytes);

#endif
