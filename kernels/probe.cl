/*
 * One work-item echoes one of every record, field by field, for the self-test.
 *
 * Read: one liq_probe_records; written: at most LIQ_PROBE_WORDS words and their count.
 */
#include "liq_probe.h"

__kernel void probe(__global const liq_probe_records *records, __global ulong *words,
                    __global uint *count)
{
    if (get_global_id(0) > 0)
        return;
    count[0] = liq_probe_write(records, words);
}
