/*
 * The part of a written state that is money: funds, what the venue holds, and their windows.
 */
#include <stdlib.h>

#include "base/fail.h"
#include "base/memory.h"
#include "liq_limits.h"
#include "settle/state_internal.h"
#include "settle/waterfall_internal.h"

enum { FUND_BYTES_LEAST = 24, INVENTORY_BYTES_LEAST = 62 };

typedef struct named_fund {
    liq_text name;
    uint32_t asset; /* number */
    uint32_t index;
} named_fund;

/* What the venue held of an instrument, as it is read. */
typedef struct held {
    liq_inventory inventory;
    uint32_t instrument; /* number */
    uint32_t fund_asset; /* number: what its gains are counted in */
    uint32_t listed;     /* place among those that are listed, from 1; 0: none */
    bool has_gains;
} held;

static int compare_funds(const void *left, const void *right);
static liq_status fund_read(liq_state_reader *reader, named_fund *before);
static uint32_t fund_find(const liq_state_reader *reader, const named_fund *read);
static liq_status fund_leave(liq_state_reader *reader, const named_fund *read, liq_int128 grains);
static void inventory_write(liq_state_writer *writer, uint32_t instrument, uint32_t place);
static liq_status held_read(liq_state_reader *reader, uint32_t before, held *out);
static liq_status held_check(const liq_state_reader *reader, const held *read);
static bool worth_fits(const liq_state_reader *reader, const held *read);
static liq_status before_read(liq_state_reader *reader, held *out);
static liq_status held_take(liq_state_reader *reader, held *read, uint32_t *listed, uint32_t count);
static liq_status listed_take(liq_state_reader *reader, const uint32_t *listed, uint32_t count);

liq_status liq_state_funds_write(liq_state_writer *writer, liq_error *err)
{
    const liq_funds *funds = &writer->waterfall->funds;
    named_fund *items = NULL;
    const liq_status status = liq_memory_array(&items, funds->fund_count, sizeof *items, err);

    if (status != LIQ_OK)
        return status;
    for (uint32_t i = 0; i < funds->fund_count; i++)
        items[i] = (named_fund){.name = liq_text_of(funds->funds[i].name),
                                .asset = writer->asset_numbers[funds->funds[i].asset],
                                .index = i};
    qsort(items, funds->fund_count, sizeof *items, compare_funds);
    liq_bytes_put_u32(&writer->out, funds->fund_count);
    for (uint32_t i = 0; i < funds->fund_count; i++) {
        const liq_fund_state *fund = &funds->funds[items[i].index];

        liq_bytes_put_text(&writer->out, items[i].name);
        liq_bytes_put_u32(&writer->out, items[i].asset);
        liq_bytes_put_i128(&writer->out, fund->grains);
        liq_bytes_put_u8(&writer->out, fund->in_adl);
        liq_state_window_write(writer, &fund->highs, true);
    }
    free(items);
    return LIQ_OK;
}

liq_status liq_state_funds_read(liq_state_reader *reader)
{
    const uint32_t count = liq_bytes_get_count(&reader->in, FUND_BYTES_LEAST);
    named_fund before = {0};
    liq_status status = liq_state_check(reader);

    for (uint32_t i = 0; status == LIQ_OK && i < count; i++)
        status = fund_read(reader, &before);
    return status;
}

liq_status liq_state_inventories_write(liq_state_writer *writer, liq_error *err)
{
    const liq_venue *venue = writer->venue;
    const liq_funds *funds = &writer->waterfall->funds;
    uint32_t *places = NULL;
    uint32_t *order = NULL;
    bool *known = NULL;
    uint32_t count = 0;
    liq_status status;

    if ((status = liq_memory_array(&places, venue->instrument_count, sizeof *places, err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&known, venue->instrument_count, sizeof *known, err)) != LIQ_OK)
        goto done;
    for (uint32_t i = 0; i < funds->listed_count; i++)
        places[funds->listed[i]] = i + 1;
    for (uint32_t i = 0; i < venue->instrument_count; i++)
        known[i] = liq_state_inventory_is_known(writer->waterfall, i);
    if ((status = liq_state_order(venue->instrument_names, venue->instrument_count, known, &order,
                                  &count, err)) != LIQ_OK)
        goto done;
    liq_bytes_put_u32(&writer->out, count);
    for (uint32_t i = 0; i < count; i++)
        inventory_write(writer, order[i], places[order[i]]);
done:
    free(places);
    free(known);
    free(order);
    return status;
}

liq_status liq_state_inventories_read(liq_state_reader *reader)
{
    const uint32_t count = liq_bytes_get_count(&reader->in, INVENTORY_BYTES_LEAST);
    uint32_t before = LIQ_NO_INDEX;
    uint32_t *listed = NULL;
    liq_status status = liq_state_check(reader);

    if (status != LIQ_OK ||
        (status = liq_memory_array(&listed, count, sizeof *listed, reader->err)) != LIQ_OK)
        return status;
    for (uint32_t i = 0; i < count; i++)
        listed[i] = LIQ_NO_INDEX;
    for (uint32_t i = 0; status == LIQ_OK && i < count; i++) {
        held read = {0};

        if ((status = held_read(reader, before, &read)) == LIQ_OK)
            status = held_take(reader, &read, listed, count);
        before = read.instrument;
    }
    if (status == LIQ_OK)
        status = listed_take(reader, listed, count);
    free(listed);
    return status;
}

bool liq_state_inventory_is_known(const liq_waterfall *waterfall, uint32_t instrument)
{
    const liq_inventory *inventory = &waterfall->funds.inventories[instrument];
    const int64_t now = waterfall->funds.now_ms / LIQ_WINDOW_STRETCH_MS;
    bool has_gains = false;

    for (int i = 0; i < LIQ_WINDOW_STRETCHES; i++)
        has_gains = has_gains || inventory->gains.values[i] != 0;
    return inventory->lots != 0 || inventory->cash != 0 || inventory->market_lots != 0 ||
           inventory->in_adl ||
           (has_gains && now - inventory->gains.stretch < LIQ_WINDOW_STRETCHES) ||
           (waterfall->rules->adl_price == LIQ_ADL_AT_PREVIOUS_MARK && inventory->before_ceil != 0);
}

static int compare_funds(const void *left, const void *right)
{
    const named_fund *a = left;
    const named_fund *b = right;
    const int order = liq_names_compare(a->name, b->name);

    return order != 0 ? order : (a->asset > b->asset) - (a->asset < b->asset);
}

static liq_status fund_read(liq_state_reader *reader, named_fund *before)
{
    const liq_int128 grains_max = (liq_int128)(INT64_MAX / 4) * LIQ_GRAINS_PER_UNIT;
    named_fund read = {.name = liq_bytes_get_text(&reader->in)};
    liq_int128 grains;
    liq_window highs;
    bool in_adl;
    uint32_t fund;
    liq_status status;

    if ((status = liq_state_asset_get(reader, &read.asset)) != LIQ_OK)
        return status;
    grains = liq_bytes_get_i128(&reader->in);
    in_adl = liq_bytes_get_flag(&reader->in);
    if ((status = liq_state_window_read(reader, read.name, true, &highs)) != LIQ_OK)
        return status;
    if (!liq_names_valid(read.name) ||
        (before->name.bytes > 0 && compare_funds(before, &read) >= 0))
        return liq_state_refuse(reader, read.name, "is no fund's name behind the one before it");
    if (grains > grains_max || grains < -grains_max)
        return liq_state_refuse(reader, read.name, "is a fund past 2^61 units");
    *before = read;
    if ((fund = fund_find(reader, &read)) == LIQ_NO_INDEX)
        return fund_leave(reader, &read, grains);
    reader->funds.funds[fund].grains = grains;
    reader->funds.funds[fund].in_adl = in_adl;
    reader->funds.funds[fund].highs = highs;
    return LIQ_OK;
}

/* Funds of the venue have names of their own; behind them come those of assets that have none. */
static uint32_t fund_find(const liq_state_reader *reader, const named_fund *read)
{
    const uint32_t asset = reader->assets[read->asset].index;
    const liq_funds *funds = &reader->funds;
    uint32_t found;

    if (asset == LIQ_NO_INDEX)
        return LIQ_NO_INDEX;
    if (liq_names_find(reader->venue->fund_names, read->name, &found) &&
        funds->funds[found].asset == asset)
        return found;
    found = funds->asset_funds[asset];
    return liq_text_equal(read->name, funds->funds[found].name) ? found : LIQ_NO_INDEX;
}

/* A fund that is gone: what rounding left there goes on, more than that somebody has to decide. */
static liq_status fund_leave(liq_state_reader *reader, const named_fund *read, liq_int128 grains)
{
    const uint32_t asset = reader->assets[read->asset].index;
    char text[LIQ_DECIMAL_BYTES];

    if (grains < 0 || grains >= LIQ_GRAINS_PER_UNIT)
        return liq_fail(reader->err, LIQ_NOT_FOUND, 0,
                        "fund \"%.*s\" of \"%.*s\" is not in the venue, and holds %s grains",
                        LIQ_TEXT_ARGS(read->name), LIQ_TEXT_ARGS(reader->assets[read->asset].name),
                        liq_decimal_format(text, grains, 0));
    if (asset != LIQ_NO_INDEX)
        reader->funds.funds[reader->funds.asset_funds[asset]].grains += grains;
    return LIQ_OK;
}

static void inventory_write(liq_state_writer *writer, uint32_t instrument, uint32_t place)
{
    const liq_funds *funds = &writer->waterfall->funds;
    const liq_inventory *inventory = &funds->inventories[instrument];
    const bool has_before = writer->waterfall->rules->adl_price == LIQ_ADL_AT_PREVIOUS_MARK;

    liq_bytes_put_u32(&writer->out, writer->instrument_numbers[instrument]);
    liq_bytes_put_u32(&writer->out, place);
    liq_bytes_put_i128(&writer->out, inventory->cash);
    liq_bytes_put_i64(&writer->out, inventory->lots);
    liq_bytes_put_i64(&writer->out, inventory->market_lots);
    liq_bytes_put_u8(&writer->out, inventory->in_adl);
    liq_bytes_put_i64(&writer->out, has_before ? inventory->before_floor : 0);
    liq_bytes_put_i64(&writer->out, has_before ? inventory->before_ceil : 0);
    liq_bytes_put_u32(&writer->out, writer->asset_numbers[funds->funds[inventory->fund].asset]);
    liq_state_window_write(writer, &inventory->gains, false);
}

static liq_status held_read(liq_state_reader *reader, uint32_t before, held *out)
{
    liq_bytes_in *in = &reader->in;
    liq_text name;
    liq_status status;

    if ((status = liq_state_instrument_get(reader, &out->instrument)) != LIQ_OK)
        return status;
    name = reader->instruments[out->instrument].name;
    if (before != LIQ_NO_INDEX && out->instrument <= before)
        return liq_state_refuse(reader, name, "does not come in order");
    out->listed = liq_bytes_get_u32(in);
    out->inventory.cash = liq_bytes_get_i128(in);
    out->inventory.lots = liq_bytes_get_i64(in);
    out->inventory.market_lots = liq_bytes_get_i64(in);
    out->inventory.in_adl = liq_bytes_get_flag(in);
    if ((status = before_read(reader, out)) != LIQ_OK ||
        (status = liq_state_asset_get(reader, &out->fund_asset)) != LIQ_OK ||
        (status = liq_state_window_read(reader, name, false, &out->inventory.gains)) != LIQ_OK)
        return status;
    for (int i = 0; i < LIQ_WINDOW_STRETCHES; i++)
        out->has_gains = out->has_gains || out->inventory.gains.values[i] != 0;
    return held_check(reader, out);
}

static liq_status held_check(const liq_state_reader *reader, const held *read)
{
    const liq_state_instrument *instrument = &reader->instruments[read->instrument];
    const liq_inventory *inventory = &read->inventory;
    const bool is_held = inventory->lots != 0 || inventory->cash != 0;
    const liq_int128 cash_max = ((liq_int128)1 << 61) * LIQ_GRAINS_PER_UNIT;

    if (liq_size_of(inventory->lots) > LIQ_EXPOSURE_LOTS_MAX ||
        liq_size_of(inventory->market_lots) > LIQ_EXPOSURE_LOTS_MAX || inventory->cash > cash_max ||
        inventory->cash < -cash_max || !worth_fits(reader, read))
        return liq_state_refuse(reader, instrument->name, "is held by the venue past all limits");
    if (is_held != (read->listed > 0))
        return liq_state_refuse(reader, instrument->name, "is listed and not held, or held only");
    if (is_held && instrument->index == LIQ_NO_INDEX)
        return liq_fail(reader->err, LIQ_NOT_FOUND, 0,
                        "\"%.*s\" is not in the venue, which took over %lld lots of it",
                        LIQ_TEXT_ARGS(instrument->name), (long long)inventory->lots);
    if (is_held && !instrument->is_same)
        return liq_state_refuse(reader, instrument->name,
                                "is another contract by now, and the venue holds lots of it");
    return LIQ_OK;
}

/* At the marks of now: later ones are what they are for any inventory. */
static bool worth_fits(const liq_state_reader *reader, const held *read)
{
    const uint32_t index = reader->instruments[read->instrument].index;
    const liq_waterfall *waterfall = &reader->settle->waterfall;
    const liq_instrument_record *record;

    if (index == LIQ_NO_INDEX)
        return true;
    record = &waterfall->market.instruments[index];
    return liq_worth_fits(waterfall, index, read->inventory.lots, record->value_floor) &&
           liq_worth_fits(waterfall, index, read->inventory.lots, record->value_ceil);
}

/* Values of a lot at the mark of the tick before, as the venue counts them now. */
static liq_status before_read(liq_state_reader *reader, held *out)
{
    const liq_state_instrument *instrument = &reader->instruments[out->instrument];
    liq_int128 floor = liq_bytes_get_i64(&reader->in);
    liq_int128 ceil = liq_bytes_get_i64(&reader->in);

    if (!liq_state_rescale(reader, instrument->asset, LIQ_ROUND_FLOOR, &floor) ||
        !liq_state_rescale(reader, instrument->asset, LIQ_ROUND_CEIL, &ceil) || floor > ceil ||
        ceil > LIQ_LOT_VALUE_MAX || floor < -LIQ_LOT_VALUE_MAX)
        return liq_state_refuse(reader, instrument->name, "had a mark that is out of range");
    out->inventory.before_floor = (int64_t)floor;
    out->inventory.before_ceil = (int64_t)ceil;
    return LIQ_OK;
}

static liq_status held_take(liq_state_reader *reader, held *read, uint32_t *listed, uint32_t count)
{
    const liq_state_instrument *instrument = &reader->instruments[read->instrument];
    const bool by_losses =
        reader->venue->policy.liquidation.adl_trigger == LIQ_ADL_ON_INSTRUMENT_DRAWDOWN;
    liq_inventory *to;
    uint32_t asset;

    if (instrument->index == LIQ_NO_INDEX)
        return LIQ_OK;
    to = &reader->funds.inventories[instrument->index];
    asset = reader->funds.funds[to->fund].asset;
    if (read->has_gains && asset != reader->assets[read->fund_asset].index && by_losses)
        return liq_state_refuse(reader, instrument->name,
                                "has losses of 8 hours in another asset than that of its fund");
    if (asset == reader->assets[read->fund_asset].index) {
        to->gains = read->inventory.gains;
        to->in_adl = read->inventory.in_adl;
    }
    if (instrument->is_same) {
        to->cash = read->inventory.cash;
        to->lots = read->inventory.lots;
        to->market_lots = read->inventory.market_lots;
        to->before_floor = read->inventory.before_floor;
        to->before_ceil = read->inventory.before_ceil;
    }
    if (read->listed == 0)
        return LIQ_OK;
    if (read->listed > count || listed[read->listed - 1] != LIQ_NO_INDEX)
        return liq_state_refuse(reader, instrument->name, "is listed in an impossible place");
    listed[read->listed - 1] = instrument->index;
    return LIQ_OK;
}

/* Places from 1 without a gap. */
static liq_status listed_take(liq_state_reader *reader, const uint32_t *listed, uint32_t count)
{
    uint32_t end = 0;

    while (end < count && listed[end] != LIQ_NO_INDEX)
        liq_funds_list(&reader->funds, listed[end++]);
    for (uint32_t i = end; i < count; i++)
        if (listed[i] != LIQ_NO_INDEX)
            return liq_fail(reader->err, LIQ_BAD_INPUT, 0,
                            "the state of settling lists an instrument in place %u, and none in "
                            "place %u",
                            i + 1, end + 1);
    return LIQ_OK;
}
