#include <stdlib.h>

#include "base/memory.h"
#include "book/live_internal.h"

static liq_status level_append(liq_live_side *side, const liq_depth_level *level, liq_error *err);

/* Levels come by instrument, bids before asks, best first. */
liq_status liq_live_depth_load(liq_live_book *live, const liq_book *book, liq_error *err)
{
    const uint32_t instruments = book->venue.instrument_count;
    const liq_decimal *marks =
        book->depth_marks != NULL ? book->depth_marks : book->instrument_marks;
    liq_status status;

    if ((status = liq_memory_array((void **)&live->depth, 2 * (size_t)instruments,
                                   sizeof *live->depth, err)) != LIQ_OK ||
        (status = liq_memory_array((void **)&live->depth_marks, instruments,
                                   sizeof *live->depth_marks, err)) != LIQ_OK)
        return status;
    for (uint32_t i = 0; i < instruments; i++)
        live->depth_marks[i] = marks[i];
    for (uint64_t i = 0; status == LIQ_OK && i < book->depth_count; i++) {
        const liq_depth_level *level = &book->depth[i];

        status =
            level_append(&live->depth[2 * level->instrument_index + !level->is_bid], level, err);
    }
    return status;
}

void liq_live_depth_clear(liq_live_book *live)
{
    for (uint32_t i = 0; live->depth != NULL && i < 2 * live->prices.venue.instrument_count; i++)
        free(live->depth[i].levels);
    free(live->depth);
    free(live->depth_marks);
}

static liq_status level_append(liq_live_side *side, const liq_depth_level *level, liq_error *err)
{
    const liq_status status = liq_memory_extend((void **)&side->levels, &side->capacity,
                                                (size_t)side->end + 1, sizeof *side->levels, err);

    if (status == LIQ_OK)
        side->levels[side->end++] = *level;
    return status;
}
