/*
 * Slices of packed rows as work-items walk over them: see margin_rows.
 */
#ifndef LIQ_SLICE_H
#define LIQ_SLICE_H

#include "liq_sum.h"

#ifndef LIQ_ITEM_SLOTS
#define LIQ_ITEM_SLOTS 1u /* margin accounts of one work-item */
#endif

/*
 * Ask for the slice of a slot, column after column, while the one before is worked on: a row steps
 * over too many lines for a processor to guess the next.
 */
static inline void liq_slice_prefetch(liq_packed_entries entries,
                                      LIQ_GLOBAL const liq_u64 *slice_offsets, liq_u32 slot,
                                      liq_u32 slot_count)
{
    liq_u64 end;
    liq_u64 at;
    liq_u32 i;

    if (LIQ_ITEM_SLOTS != LIQ_SLICE_ROWS || slot >= slot_count)
        return;
    end = slice_offsets[slot / LIQ_SLICE_ROWS + 1];
    for (at = slice_offsets[slot / LIQ_SLICE_ROWS]; at < end; at += LIQ_SLICE_ROWS) {
        for (i = 0; i < LIQ_SLICE_ROWS; i += 16)
            LIQ_PREFETCH(&entries.tags[at + i]);
        for (i = 0; i < LIQ_SLICE_ROWS; i += 8) {
            LIQ_PREFETCH(&entries.quantities[at + i]);
            LIQ_PREFETCH(&entries.values[at + i]);
        }
    }
}

#endif
