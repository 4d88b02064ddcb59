#include "scan/stress_lots.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { LANES = LIQ_STRESS_TILE, STEPS = LIQ_STRESS_STEPS };

liq_status liq_stress_lots_create(liq_stress_lots *out, const liq_venue *venue, liq_error *err)
{
    const size_t steps = (size_t)venue->instrument_count * STEPS;
    const liq_status status = liq_memory_array(&out->longs, steps, sizeof *out->longs, err);

    return status != LIQ_OK ? status
                            : liq_memory_array(&out->shorts, steps, sizeof *out->shorts, err);
}

void liq_stress_lots_clear(liq_stress_lots *lots)
{
    free(lots->longs);
    free(lots->shorts);
    *lots = (liq_stress_lots){.longs = NULL};
}

void liq_stress_lots_start(liq_stress_lots *lots, const liq_venue *venue)
{
    const size_t steps = (size_t)venue->instrument_count * STEPS;

    memset(lots->longs, 0, steps * sizeof *lots->longs);
    memset(lots->shorts, 0, steps * sizeof *lots->shorts);
}

void liq_stress_lots_carry(liq_stress_lots *lots, const liq_venue *venue)
{
    liq_stress_steps_carry(lots->longs, venue->instrument_count);
    liq_stress_steps_carry(lots->shorts, venue->instrument_count);
}

void liq_stress_steps_carry(int64_t *steps, size_t count)
{
    for (size_t i = 0; i < count; i++, steps += STEPS) {
        const int64_t last = steps[LANES];

        memset(steps, 0, STEPS * sizeof *steps);
        steps[0] = last;
    }
}

void liq_stress_lots_add(liq_stress_lots *sum, const liq_stress_lots *other, const liq_venue *venue)
{
    for (size_t i = 0; i < (size_t)venue->instrument_count * STEPS; i++) {
        sum->longs[i] += other->longs[i];
        sum->shorts[i] += other->shorts[i];
    }
}

void liq_stress_lots_total(liq_stress_lots *sum, const liq_venue *venue)
{
    for (uint32_t instrument = 0; instrument < venue->instrument_count; instrument++) {
        int64_t *longs = sum->longs + (size_t)instrument * STEPS;
        int64_t *shorts = sum->shorts + (size_t)instrument * STEPS;

        for (uint32_t i = 1; i < STEPS; i++) {
            longs[i] += longs[i - 1];
            shorts[i] += shorts[i - 1];
        }
    }
}

void liq_stress_lots_edge(liq_stress_lots *lots, const liq_rows *rows, uint32_t row, uint32_t lane,
                          int64_t sign)
{
    for (uint64_t i = rows->entry_first[row]; i < rows->entry_first[row + 1]; i++) {
        const int64_t quantity = rows->quantities[i];
        const size_t at = (size_t)(rows->tags[i] & LIQ_TAG_INDEX_MAX) * STEPS + lane;

        if (rows->tags[i] >> LIQ_TAG_INDEX_BITS != LIQ_ENTRY_POSITION)
            continue;
        if (quantity < 0)
            lots->shorts[at] -= quantity * sign;
        else
            lots->longs[at] += quantity * sign;
    }
}

void liq_stress_lots_scatter(liq_stress_lots *lots, const liq_rows *rows, uint32_t row,
                             const int64_t *masks)
{
    for (uint64_t i = rows->entry_first[row]; i < rows->entry_first[row + 1]; i++) {
        const int64_t quantity = rows->quantities[i];
        const int64_t size = quantity < 0 ? -quantity : quantity;
        int64_t *steps = (quantity < 0 ? lots->shorts : lots->longs) +
                         (size_t)(rows->tags[i] & LIQ_TAG_INDEX_MAX) * STEPS;

        if (rows->tags[i] >> LIQ_TAG_INDEX_BITS != LIQ_ENTRY_POSITION)
            continue;
        for (uint32_t lane = 0; lane < LANES; lane++)
            steps[lane] += size & masks[lane];
    }
}
