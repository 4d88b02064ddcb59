/*
 * The part of a written state that is about closing by degrees: margin accounts between slices, and
 * how much marks have moved.
 */
#include <stdlib.h>

#include "base/memory.h"
#include "settle/state_internal.h"
#include "settle/waterfall_internal.h"

enum { SLICE_BYTES_LEAST = 23, VOLATILITY_BYTES = 29 };

#define VARIANCE_MAX INT64_C(1000000000000000000)

typedef struct written_slice {
    liq_state_row row;
    int64_t start_ms;
    int64_t count;
} written_slice;

static liq_status slice_read(liq_state_reader *reader, liq_state_row *before);
static liq_status volatilities_write(liq_state_writer *writer, liq_error *err);
static liq_status volatility_read(liq_state_reader *reader, uint32_t *next);

liq_status liq_state_slices_write(liq_state_writer *writer, liq_error *err)
{
    const liq_waterfall *waterfall = writer->waterfall;
    const liq_slicer *slicer = &waterfall->slicer;
    written_slice *items = NULL;
    uint32_t count = 0;
    const liq_status status = liq_memory_array(&items, slicer->slice_count, sizeof *items, err);

    if (status != LIQ_OK)
        return status;
    for (uint32_t i = 0; i < slicer->slice_count; i++) {
        const liq_slice *slice = &slicer->slices[i];

        if (liq_row_is_alive(waterfall, slice->row))
            items[count++] = (written_slice){.row = liq_state_row_of(writer, slice->row),
                                             .start_ms = slice->start_ms,
                                             .count = slice->count};
    }
    if (count > 0)
        qsort(items, count, sizeof *items, liq_state_row_compare);
    liq_bytes_put_u32(&writer->out, count);
    for (uint32_t i = 0; i < count; i++) {
        liq_state_row_write(writer, &items[i].row);
        liq_bytes_put_i64(&writer->out, items[i].start_ms);
        liq_bytes_put_u32(&writer->out, (uint32_t)items[i].count);
    }
    free(items);
    return volatilities_write(writer, err);
}

liq_status liq_state_slices_read(liq_state_reader *reader)
{
    uint32_t count = liq_bytes_get_count(&reader->in, SLICE_BYTES_LEAST);
    liq_state_row before = {0};
    uint32_t next = 0;
    liq_status status;

    if ((status = liq_state_check(reader)) != LIQ_OK ||
        (status = liq_slicer_create(&reader->slicer, reader->venue->instrument_count,
                                    reader->err)) != LIQ_OK)
        return status;
    for (uint32_t i = 0; status == LIQ_OK && i < count; i++)
        status = slice_read(reader, &before);
    if (status != LIQ_OK)
        return status;
    count = liq_bytes_get_count(&reader->in, VOLATILITY_BYTES);
    status = liq_state_check(reader);
    for (uint32_t i = 0; status == LIQ_OK && i < count; i++)
        status = volatility_read(reader, &next);
    return status;
}

/* One whose account or instrument is gone is forgotten. */
static liq_status slice_read(liq_state_reader *reader, liq_state_row *before)
{
    const liq_state_row row = liq_state_row_read(reader);
    const int64_t start_ms = liq_bytes_get_i64(&reader->in);
    const uint32_t count = liq_bytes_get_u32(&reader->in);
    liq_row_name name;
    liq_slice *slice;
    liq_status status = liq_state_check(reader);

    if (status != LIQ_OK)
        return status;
    if (!liq_state_row_follows(reader, &row, before) || count > LIQ_SLICES_MAX || start_ms < 0 ||
        start_ms > reader->funds.now_ms)
        return liq_state_refuse(reader, row.account, "has slices that cannot be");
    *before = row;
    if (!liq_state_row_find(reader, &row, &name))
        return LIQ_OK;
    status = liq_slicer_see(&reader->slicer, name, 0, start_ms, &slice, reader->err);
    if (status == LIQ_OK)
        slice->count = count;
    return status;
}

/* In the order of the tables. */
static liq_status volatilities_write(liq_state_writer *writer, liq_error *err)
{
    const liq_volatility *all = writer->waterfall->slicer.volatilities;
    uint32_t *order = NULL;
    uint32_t instruments;
    uint32_t count = 0;
    const liq_status status =
        liq_state_order(writer->venue->instrument_names, writer->venue->instrument_count, NULL,
                        &order, &instruments, err);

    if (status != LIQ_OK)
        return status;
    for (uint32_t i = 0; i < instruments; i++)
        count += all[i].mark.digits > 0;
    liq_bytes_put_u32(&writer->out, count);
    for (uint32_t i = 0; i < instruments; i++) {
        const liq_volatility *volatility = &all[order[i]];

        if (volatility->mark.digits <= 0)
            continue;
        liq_bytes_put_u32(&writer->out, writer->instrument_numbers[order[i]]);
        liq_bytes_put_i64(&writer->out, volatility->mark.digits);
        liq_bytes_put_u8(&writer->out, (uint8_t)volatility->mark.decimals);
        liq_bytes_put_i64(&writer->out, volatility->at_ms);
        liq_bytes_put_i64(&writer->out, volatility->variance);
    }
    free(order);
    return LIQ_OK;
}

/* @param next  the least number that may follow */
static liq_status volatility_read(liq_state_reader *reader, uint32_t *next)
{
    liq_volatility read = {0};
    uint32_t number;
    liq_status status = liq_state_instrument_get(reader, &number);

    if (status != LIQ_OK)
        return status;
    read.mark.digits = liq_bytes_get_i64(&reader->in);
    read.mark.decimals = liq_bytes_get_u8(&reader->in);
    read.at_ms = liq_bytes_get_i64(&reader->in);
    read.variance = liq_bytes_get_i64(&reader->in);
    if ((status = liq_state_check(reader)) != LIQ_OK)
        return status;
    if (number < *next || read.mark.digits <= 0 || read.mark.digits >= VARIANCE_MAX ||
        read.mark.decimals > LIQ_DECIMAL_DECIMALS_MAX || read.at_ms < 0 ||
        read.at_ms > reader->funds.now_ms || read.variance < 0 || read.variance > VARIANCE_MAX)
        return liq_state_refuse(reader, reader->instruments[number].name,
                                "has moves of its mark that cannot be");
    *next = number + 1;
    if (reader->instruments[number].index != LIQ_NO_INDEX)
        reader->slicer.volatilities[reader->instruments[number].index] = read;
    return LIQ_OK;
}
