/*
 * The tables at the front of a written state: assets with what the rooms have gained of them, and
 * instruments that the rest of it speaks of, each with what must not have changed meanwhile.
 */
#include <stdlib.h>

#include "base/fail.h"
#include "base/memory.h"
#include "settle/state_internal.h"
#include "settle/waterfall_internal.h"

enum { ASSET_BYTES_LEAST = 5, INSTRUMENT_BYTES_LEAST = 24 };

typedef struct named_index {
    liq_text name;
    uint32_t index;
} named_index;

static int compare_names(const void *left, const void *right);
static liq_status assets_write(liq_state_writer *writer, liq_error *err);
static void changes_write(liq_state_writer *writer, uint32_t asset);
static liq_status instruments_write(liq_state_writer *writer, liq_error *err);
static void instruments_mark(const liq_waterfall *waterfall, bool *wanted);
static void decimal_write(liq_bytes_out *out, liq_decimal value);
static liq_status assets_read(liq_state_reader *reader);
static liq_status asset_read(liq_state_reader *reader, liq_text before, liq_state_asset *out);
static liq_status changes_read(liq_state_reader *reader, const liq_state_asset *asset);
static liq_status instruments_read(liq_state_reader *reader);
static liq_status instrument_read(liq_state_reader *reader, liq_text before,
                                  liq_state_instrument *out);
static liq_decimal decimal_read(liq_bytes_in *in);
static bool same_decimal(liq_decimal left, liq_decimal right);
static liq_status name_check(const liq_state_reader *reader, liq_text before, liq_text name);

liq_status liq_state_tables_write(liq_state_writer *writer, liq_error *err)
{
    const liq_status status = assets_write(writer, err);

    return status == LIQ_OK ? instruments_write(writer, err) : status;
}

liq_status liq_state_tables_read(liq_state_reader *reader)
{
    const liq_status status = assets_read(reader);

    return status == LIQ_OK ? instruments_read(reader) : status;
}

liq_status liq_state_order(const liq_names *names, uint32_t count, const bool *wanted,
                           uint32_t **out, uint32_t *out_count, liq_error *err)
{
    named_index *items = NULL;
    uint32_t *sorted = NULL;
    uint32_t kept = 0;
    liq_status status;

    if ((status = liq_memory_array(&items, count, sizeof *items, err)) != LIQ_OK ||
        (status = liq_memory_array(&sorted, count, sizeof *sorted, err)) != LIQ_OK) {
        free(items);
        return status;
    }
    for (uint32_t i = 0; i < count; i++)
        if (wanted == NULL || wanted[i])
            items[kept++] = (named_index){.name = liq_names_text(names, i), .index = i};
    qsort(items, kept, sizeof *items, compare_names);
    for (uint32_t i = 0; i < kept; i++)
        sorted[i] = items[i].index;
    free(items);
    *out = sorted;
    *out_count = kept;
    return LIQ_OK;
}

liq_status liq_state_asset_get(liq_state_reader *reader, uint32_t *out)
{
    *out = liq_bytes_get_u32(&reader->in);
    reader->in.has_failed = reader->in.has_failed || *out >= reader->asset_count;
    return liq_state_check(reader);
}

liq_status liq_state_instrument_get(liq_state_reader *reader, uint32_t *out)
{
    *out = liq_bytes_get_u32(&reader->in);
    reader->in.has_failed = reader->in.has_failed || *out >= reader->instrument_count;
    return liq_state_check(reader);
}

bool liq_state_rescale(const liq_state_reader *reader, uint32_t asset, liq_rounding rounding,
                       liq_int128 *fine)
{
    const liq_state_asset *from = &reader->assets[asset];
    int32_t more = 0;

    if (from->index != LIQ_NO_INDEX)
        more = reader->venue->assets[from->index].value_decimals - from->value_decimals;
    for (; more > 0; more--)
        if (__builtin_mul_overflow(*fine, 10, fine))
            return false;
    for (; more < 0; more++) {
        const liq_int128 whole = *fine / 10;
        const liq_int128 rest = *fine % 10;

        *fine = whole;
        if (rounding == LIQ_ROUND_FLOOR && rest < 0)
            (*fine)--;
        if (rounding == LIQ_ROUND_CEIL && rest > 0)
            (*fine)++;
    }
    return true;
}

static int compare_names(const void *left, const void *right)
{
    return liq_names_compare(((const named_index *)left)->name, ((const named_index *)right)->name);
}

static liq_status assets_write(liq_state_writer *writer, liq_error *err)
{
    const liq_venue *venue = writer->venue;
    uint32_t *order = NULL;
    uint32_t count;
    liq_status status;

    if ((status = liq_memory_array(&writer->asset_numbers, venue->asset_count,
                                   sizeof *writer->asset_numbers, err)) != LIQ_OK ||
        (status = liq_state_order(venue->asset_names, venue->asset_count, NULL, &order, &count,
                                  err)) != LIQ_OK)
        return status;
    liq_bytes_put_u32(&writer->out, count);
    for (uint32_t i = 0; i < count; i++) {
        const liq_asset *asset = &venue->assets[order[i]];

        writer->asset_numbers[order[i]] = i;
        liq_bytes_put_text(&writer->out, liq_names_text(venue->asset_names, order[i]));
        liq_bytes_put_u8(&writer->out, (uint8_t)asset->decimals);
        liq_bytes_put_u8(&writer->out, (uint8_t)asset->value_decimals);
        changes_write(writer, order[i]);
    }
    free(order);
    return LIQ_OK;
}

static void changes_write(liq_state_writer *writer, uint32_t asset)
{
    const liq_rooms *rooms = &writer->waterfall->rooms;
    bool is_known = false;

    for (int room = 0; room < LIQ_ROOMS_COUNT; room++)
        is_known = is_known || liq_rooms_change(rooms, (liq_room)room, asset) != 0;
    liq_bytes_put_u8(&writer->out, is_known);
    for (int room = 0; is_known && room < LIQ_ROOMS_COUNT; room++)
        liq_bytes_put_i128(&writer->out, liq_rooms_change(rooms, (liq_room)room, asset));
}

static liq_status instruments_write(liq_state_writer *writer, liq_error *err)
{
    const liq_venue *venue = writer->venue;
    uint32_t *order = NULL;
    bool *wanted = NULL;
    uint32_t count;
    liq_status status;

    if ((status = liq_memory_array(&writer->instrument_numbers, venue->instrument_count,
                                   sizeof *writer->instrument_numbers, err)) != LIQ_OK ||
        (status = liq_memory_array(&wanted, venue->instrument_count, sizeof *wanted, err)) !=
            LIQ_OK)
        return status;
    instruments_mark(writer->waterfall, wanted);
    status = liq_state_order(venue->instrument_names, venue->instrument_count, wanted, &order,
                             &count, err);
    free(wanted);
    if (status != LIQ_OK)
        return status;
    for (uint32_t i = 0; i < venue->instrument_count; i++)
        writer->instrument_numbers[i] = LIQ_NO_INDEX;
    liq_bytes_put_u32(&writer->out, count);
    for (uint32_t i = 0; i < count; i++) {
        const liq_instrument *instrument = &venue->instruments[order[i]];

        writer->instrument_numbers[order[i]] = i;
        liq_bytes_put_text(&writer->out, liq_names_text(venue->instrument_names, order[i]));
        liq_bytes_put_u8(&writer->out, (uint8_t)instrument->kind);
        liq_bytes_put_u32(&writer->out, writer->asset_numbers[instrument->settle_index]);
        decimal_write(&writer->out, instrument->lot);
        decimal_write(&writer->out, instrument->multiplier);
    }
    free(order);
    return LIQ_OK;
}

/* Those that some other part of the state will speak of. */
static void instruments_mark(const liq_waterfall *waterfall, bool *wanted)
{
    const uint32_t count = waterfall->source.venue->instrument_count;

    for (uint32_t i = 0; i < count; i++)
        wanted[i] = liq_state_inventory_is_known(waterfall, i) ||
                    waterfall->slicer.volatilities[i].mark.digits > 0 ||
                    (waterfall->sides != NULL &&
                     (waterfall->sides[2 * (size_t)i].report.lots_asked > 0 ||
                      waterfall->sides[2 * (size_t)i + 1].report.lots_asked > 0));
    for (uint32_t i = 0; i < waterfall->request_count; i++)
        if (liq_request_is_alive(waterfall, &waterfall->requests[i]))
            wanted[waterfall->requests[i].instrument] = true;
    for (uint32_t i = 0; i < waterfall->slicer.slice_count; i++) {
        const liq_row_name name = waterfall->slicer.slices[i].row;

        if (name.instrument != LIQ_NO_INDEX && liq_row_is_alive(waterfall, name))
            wanted[name.instrument] = true;
    }
    for (uint32_t i = 0; i < waterfall->cooldowns.slot_count; i++) {
        const liq_row_slot *slot = &waterfall->cooldowns.slots[i];

        if (slot->value != 0 && slot->name.instrument != LIQ_NO_INDEX &&
            liq_row_is_alive(waterfall, slot->name))
            wanted[slot->name.instrument] = true;
    }
}

static void decimal_write(liq_bytes_out *out, liq_decimal value)
{
    liq_bytes_put_i64(out, value.digits);
    liq_bytes_put_u8(out, (uint8_t)value.decimals);
}

static liq_status assets_read(liq_state_reader *reader)
{
    const uint32_t count = liq_bytes_get_count(&reader->in, ASSET_BYTES_LEAST);
    liq_text before = {0};
    liq_status status = liq_state_check(reader);

    if (status != LIQ_OK ||
        (status = liq_memory_array(&reader->assets, count, sizeof *reader->assets, reader->err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&reader->asset_numbers, reader->venue->asset_count,
                                   sizeof *reader->asset_numbers, reader->err)) != LIQ_OK)
        return status;
    for (uint32_t i = 0; i < reader->venue->asset_count; i++)
        reader->asset_numbers[i] = LIQ_NO_INDEX;
    for (uint32_t i = 0; status == LIQ_OK && i < count; i++) {
        liq_state_asset *asset = &reader->assets[i];

        status = asset_read(reader, before, asset);
        before = asset->name;
        if (status == LIQ_OK && asset->index != LIQ_NO_INDEX)
            reader->asset_numbers[asset->index] = i;
    }
    reader->asset_count = count;
    return status;
}

static liq_status asset_read(liq_state_reader *reader, liq_text before, liq_state_asset *out)
{
    int32_t decimals;
    liq_status status;

    out->name = liq_bytes_get_text(&reader->in);
    decimals = liq_bytes_get_u8(&reader->in);
    out->value_decimals = liq_bytes_get_u8(&reader->in);
    out->index = LIQ_NO_INDEX;
    if ((status = name_check(reader, before, out->name)) != LIQ_OK)
        return status;
    if (decimals > LIQ_CASH_DECIMALS_MAX ||
        out->value_decimals < decimals + LIQ_VALUE_DECIMALS_MORE_MIN ||
        out->value_decimals > decimals + LIQ_VALUE_DECIMALS_MORE_MAX)
        return liq_state_refuse(reader, out->name, "has decimals that no asset can have");
    if (liq_names_find(reader->venue->asset_names, out->name, &out->index) &&
        reader->venue->assets[out->index].decimals != decimals)
        return liq_state_refuse(reader, out->name, "has other decimals than in the venue");
    return changes_read(reader, out);
}

/* What nobody of the venue can hold any more is left out: it sums to nothing. */
static liq_status changes_read(liq_state_reader *reader, const liq_state_asset *asset)
{
    const bool is_known = liq_bytes_get_flag(&reader->in);
    liq_int128 sum = 0;

    for (uint32_t room = 0; is_known && room < LIQ_ROOMS_COUNT; room++) {
        const liq_int128 change = liq_bytes_get_i128(&reader->in);

        if (change > LIQ_STATE_AMOUNT_MAX || change < -LIQ_STATE_AMOUNT_MAX ||
            __builtin_add_overflow(sum, change, &sum))
            return liq_state_refuse(reader, asset->name, "has a room past 2^126 grains");
        if (asset->index != LIQ_NO_INDEX)
            reader->changes[asset->index * LIQ_ROOMS_COUNT + room] = change;
    }
    if (sum != 0)
        return liq_state_refuse(reader, asset->name, "has rooms that do not sum to nothing");
    return liq_state_check(reader);
}

static liq_status instruments_read(liq_state_reader *reader)
{
    const uint32_t count = liq_bytes_get_count(&reader->in, INSTRUMENT_BYTES_LEAST);
    liq_text before = {0};
    liq_status status = liq_state_check(reader);

    if (status != LIQ_OK ||
        (status = liq_memory_array(&reader->instruments, count, sizeof *reader->instruments,
                                   reader->err)) != LIQ_OK)
        return status;
    for (uint32_t i = 0; status == LIQ_OK && i < count; i++) {
        status = instrument_read(reader, before, &reader->instruments[i]);
        before = reader->instruments[i].name;
    }
    reader->instrument_count = count;
    return status;
}

static liq_status instrument_read(liq_state_reader *reader, liq_text before,
                                  liq_state_instrument *out)
{
    const liq_instrument *now;
    liq_decimal lot;
    liq_decimal multiplier;
    uint8_t kind;
    liq_status status;

    out->name = liq_bytes_get_text(&reader->in);
    kind = liq_bytes_get_u8(&reader->in);
    if ((status = liq_state_asset_get(reader, &out->asset)) != LIQ_OK)
        return status;
    lot = decimal_read(&reader->in);
    multiplier = decimal_read(&reader->in);
    out->index = LIQ_NO_INDEX;
    out->is_same = false;
    if ((status = name_check(reader, before, out->name)) != LIQ_OK)
        return status;
    if (!liq_names_find(reader->venue->instrument_names, out->name, &out->index))
        return LIQ_OK;
    now = &reader->venue->instruments[out->index];
    out->is_same = kind == (uint8_t)now->kind && same_decimal(lot, now->lot) &&
                   same_decimal(multiplier, now->multiplier) &&
                   now->settle_index == reader->assets[out->asset].index;
    return LIQ_OK;
}

static liq_decimal decimal_read(liq_bytes_in *in)
{
    liq_decimal out = {.digits = liq_bytes_get_i64(in)};

    out.decimals = liq_bytes_get_u8(in);
    return out;
}

/* Decimals are in normal form wherever they are kept. */
static bool same_decimal(liq_decimal left, liq_decimal right)
{
    return left.digits == right.digits && left.decimals == right.decimals;
}

/* Each once, in order. @param before  no text: none */
static liq_status name_check(const liq_state_reader *reader, liq_text before, liq_text name)
{
    const liq_status status = liq_state_check(reader);

    if (status != LIQ_OK)
        return status;
    if (!liq_names_valid(name))
        return liq_state_refuse(reader, name, "is no name");
    if (before.bytes > 0 && liq_names_compare(before, name) >= 0)
        return liq_state_refuse(reader, name, "is not behind the name before it");
    return LIQ_OK;
}
