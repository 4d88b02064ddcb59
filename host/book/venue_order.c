/*
 * The order of instruments: by settle asset, and within it as venue.json lists them. Margin rows
 * are written asset by asset, and walk positions and orders by instrument index.
 */
#include <stdlib.h>

#include "base/memory.h"
#include "book/venue_internal.h"

static bool is_ordered(const liq_venue *venue);
static void places_find(const liq_venue *venue, uint32_t *places);
static liq_status order_take(liq_venue *venue, const uint32_t *places, liq_instrument *instruments,
                             liq_names *names, liq_error *err);

liq_status liq_venue_order_instruments(liq_venue_reader *reader)
{
    liq_venue *venue = reader->venue;
    liq_instrument *instruments = NULL;
    uint32_t *places = NULL;
    liq_names *names = NULL;
    liq_status status;

    if (is_ordered(venue))
        return LIQ_OK;
    if ((status = liq_names_create(&names, reader->err)) != LIQ_OK ||
        (status = liq_memory_array(&places, venue->instrument_count, sizeof *places,
                                   reader->err)) != LIQ_OK ||
        (status = liq_memory_array(&instruments, venue->instrument_count, sizeof *instruments,
                                   reader->err)) != LIQ_OK)
        goto done;
    places_find(venue, places);
    if ((status = order_take(venue, places, instruments, names, reader->err)) != LIQ_OK)
        goto done;
    free(venue->instruments);
    liq_names_destroy(venue->instrument_names);
    venue->instruments = instruments;
    venue->instrument_names = names;
    instruments = NULL; /* given away */
    names = NULL;
done:
    free(instruments);
    free(places);
    liq_names_destroy(names);
    return status;
}

static bool is_ordered(const liq_venue *venue)
{
    for (uint32_t i = 1; i < venue->instrument_count; i++)
        if (venue->instruments[i].settle_index < venue->instruments[i - 1].settle_index)
            return false;
    return true;
}

/* Old places in the new order. */
static void places_find(const liq_venue *venue, uint32_t *places)
{
    uint32_t used = 0;

    for (uint32_t asset = 0; asset < venue->asset_count; asset++)
        for (uint32_t i = 0; i < venue->instrument_count; i++)
            if (venue->instruments[i].settle_index == asset)
                places[used++] = i;
}

/* Tiers stay where they are: an instrument knows its first one. */
static liq_status order_take(liq_venue *venue, const uint32_t *places, liq_instrument *instruments,
                             liq_names *names, liq_error *err)
{
    for (uint32_t i = 0; i < venue->instrument_count; i++) {
        const char *name = liq_names_get(venue->instrument_names, places[i]);
        uint32_t index;
        const liq_status status = liq_names_add(names, liq_text_of(name), &index, err);

        if (status != LIQ_OK)
            return status;
        instruments[i] = venue->instruments[places[i]];
    }
    return LIQ_OK;
}
