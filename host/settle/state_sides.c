/*
 * The part of a written state that tells what ADL did with the sides of instruments in all runs.
 */
#include <stdlib.h>

#include "base/memory.h"
#include "settle/state_internal.h"

enum { SIDE_BYTES = 101, PPM_ONE = 1000000 };

static void side_write(liq_state_writer *writer, uint32_t instrument, uint32_t is_short);
static liq_status side_read(liq_state_reader *reader, uint64_t *before);
static bool fine_read(liq_state_reader *reader, uint32_t asset, liq_int128 *out);

liq_status liq_state_sides_write(liq_state_writer *writer, liq_error *err)
{
    const liq_venue *venue = writer->venue;
    const liq_adl_outcome *sides = writer->waterfall->sides;
    uint32_t *order = NULL;
    uint32_t count = 0;
    uint32_t instruments;
    liq_status status;

    for (size_t i = 0; sides != NULL && i < 2 * (size_t)venue->instrument_count; i++)
        count += sides[i].report.lots_asked > 0;
    liq_bytes_put_u32(&writer->out, count);
    if (count == 0)
        return LIQ_OK;
    if ((status = liq_state_order(venue->instrument_names, venue->instrument_count, NULL, &order,
                                  &instruments, err)) != LIQ_OK)
        return status;
    for (uint32_t i = 0; i < instruments; i++)
        for (uint32_t is_short = 0; is_short < 2; is_short++)
            if (sides[2 * (size_t)order[i] + is_short].report.lots_asked > 0)
                side_write(writer, order[i], is_short);
    free(order);
    return LIQ_OK;
}

liq_status liq_state_sides_read(liq_state_reader *reader)
{
    const uint32_t count = liq_bytes_get_count(&reader->in, SIDE_BYTES);
    uint64_t before = 0;
    liq_status status = liq_state_check(reader);

    if (status != LIQ_OK || count == 0 ||
        (status = liq_memory_array(&reader->sides, 2 * (size_t)reader->venue->instrument_count,
                                   sizeof *reader->sides, reader->err)) != LIQ_OK)
        return status;
    for (uint32_t i = 0; status == LIQ_OK && i < count; i++)
        status = side_read(reader, &before);
    return status;
}

static void side_write(liq_state_writer *writer, uint32_t instrument, uint32_t is_short)
{
    const liq_adl_outcome *side = &writer->waterfall->sides[2 * (size_t)instrument + is_short];
    liq_bytes_out *out = &writer->out;

    liq_bytes_put_u32(out, writer->instrument_numbers[instrument]);
    liq_bytes_put_u8(out, (uint8_t)is_short);
    liq_bytes_put_u64(out, side->fills);
    liq_bytes_put_i64(out, side->report.lots_asked);
    liq_bytes_put_i64(out, side->report.lots_placed);
    liq_bytes_put_i128(out, side->report.deficit);
    liq_bytes_put_i128(out, side->report.needed);
    liq_bytes_put_i128(out, side->report.taken);
    liq_bytes_put_i128(out, side->report.overshoot);
    liq_bytes_put_u32(out, side->report.accounts);
    liq_bytes_put_u32(out, side->report.largest_ppm);
}

/* Of a contract that is gone, or counts otherwise, nothing is told any more. @param before  place
 * of the side before it, from 1 */
static liq_status side_read(liq_state_reader *reader, uint64_t *before)
{
    liq_bytes_in *in = &reader->in;
    liq_adl_outcome side = {0};
    const liq_state_instrument *instrument;
    uint32_t number;
    uint64_t place;
    bool fits;
    liq_status status;

    if ((status = liq_state_instrument_get(reader, &number)) != LIQ_OK)
        return status;
    instrument = &reader->instruments[number];
    place = 2 * (uint64_t)number + liq_bytes_get_flag(in) + 1;
    side.fills = liq_bytes_get_u64(in);
    side.report.lots_asked = liq_bytes_get_i64(in);
    side.report.lots_placed = liq_bytes_get_i64(in);
    fits = fine_read(reader, instrument->asset, &side.report.deficit) &&
           fine_read(reader, instrument->asset, &side.report.needed) &&
           fine_read(reader, instrument->asset, &side.report.taken) &&
           fine_read(reader, instrument->asset, &side.report.overshoot);
    side.report.accounts = liq_bytes_get_u32(in);
    side.report.largest_ppm = liq_bytes_get_u32(in);
    if ((status = liq_state_check(reader)) != LIQ_OK)
        return status;
    if (!fits || place <= *before || side.report.lots_asked <= 0 || side.report.lots_placed < 0 ||
        side.report.lots_placed > side.report.lots_asked || side.report.largest_ppm > PPM_ONE)
        return liq_state_refuse(reader, instrument->name, "was deleveraged as nothing can be");
    *before = place;
    if (!instrument->is_same)
        return LIQ_OK;
    side.side = 2 * instrument->index + (uint32_t)((place - 1) % 2);
    reader->sides[side.side] = side;
    return LIQ_OK;
}

static bool fine_read(liq_state_reader *reader, uint32_t asset, liq_int128 *out)
{
    *out = liq_bytes_get_i128(&reader->in);
    return *out <= LIQ_STATE_AMOUNT_MAX && *out >= -LIQ_STATE_AMOUNT_MAX &&
           liq_state_rescale(reader, asset, LIQ_ROUND_FLOOR, out);
}
