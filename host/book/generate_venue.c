#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/memory.h"
#include "book/generate_internal.h"

enum {
    LOT_VALUE_DIGITS = 16, /* of the value of a lot in fine units: room for shocks below 10^18 */
    PRICE_DECIMALS_MAX = 12,
    FLOOR_DECIMALS = 8
};

static const char *const collateral_names[LIQ_GENERATE_COLLATERAL_MAX] = {
    "BTC", "ETH", "USDC", "BNB", "SOL", "XRP", "DOGE", "LINK"};

static liq_status instrument_make(liq_generate_venue *venue, uint32_t place, uint32_t inverse_ppm,
                                  liq_error *err);
static void linear_make(const liq_generate_venue *venue, liq_generate_instrument *instrument,
                        uint32_t cycle);
static void inverse_make(liq_generate_venue *venue, liq_generate_instrument *instrument,
                         uint32_t place);
static bool is_converted(const liq_generate_venue *venue, const liq_generate_table *table,
                         uint32_t place, uint32_t inverse_ppm);
static bool is_stable(const liq_generate_venue *venue, const char *name);
static liq_status asset_add(liq_generate_venue *venue, const char *name, uint32_t *out,
                            liq_error *err);
static liq_generate_price price_over(liq_generate_price price, liq_generate_price by);
static void assets_write(liq_generate_file *file, const liq_generate_venue *venue);
static void instrument_write(liq_generate_file *file, const liq_generate_venue *venue,
                             const liq_generate_instrument *instrument);
static void tier_write(liq_generate_file *file, const liq_tier *tier,
                       const liq_generate_instrument *instrument);
static liq_decimal floor_in(liq_decimal floor, const liq_generate_instrument *instrument);
static void member_write(liq_generate_file *file, const char *key, const char *value);
static liq_status marks_write(const liq_generate_venue *venue, const char *directory,
                              uint64_t *bytes, liq_error *err);

liq_status liq_generate_venue_make(liq_generate_venue *venue, const liq_generate_options *options,
                                   liq_error *err)
{
    uint32_t asset;
    liq_status status;

    if ((status = liq_memory_array(&venue->instruments, options->instruments,
                                   sizeof *venue->instruments, err)) != LIQ_OK ||
        (status = liq_memory_array(&venue->assets, LIQ_ASSETS_MAX, sizeof *venue->assets, err)) !=
            LIQ_OK ||
        (status = asset_add(venue, venue->source.margin_currency, &asset, err)) != LIQ_OK)
        return status;
    if (venue->source.table_count > options->instruments)
        venue->source.table_count = options->instruments;
    venue->assets[0].price = (liq_generate_price){1, 0};
    for (uint32_t i = 0; i < options->instruments && status == LIQ_OK; i++)
        status = instrument_make(venue, i, options->inverse_ppm, err);
    for (uint32_t i = 0; i < options->collateral_assets && status == LIQ_OK; i++)
        if ((status = asset_add(venue, collateral_names[i], &asset, err)) == LIQ_OK && asset > 0)
            venue->collateral[venue->collateral_count++] = asset;
    return status;
}

void liq_generate_venue_clear(liq_generate_venue *venue)
{
    liq_generate_tables_clear(&venue->source);
    free(venue->instruments);
    free(venue->assets);
    *venue = (liq_generate_venue){0};
}

liq_status liq_generate_venue_write(const liq_generate_venue *venue,
                                    const liq_generate_options *options, const char *directory,
                                    uint64_t *bytes, liq_error *err)
{
    liq_generate_file file = {0};
    liq_status status = liq_generate_file_open(&file, directory, "venue.json", err);

    if (status != LIQ_OK)
        return status;
    liq_generate_file_string(&file, "{");
    member_write(&file, "venue", "generated");
    member_write(&file, "profile", options->profile == NULL ? "binance-usdm" : options->profile);
    member_write(&file, "margin_currency", venue->assets[0].name);
    liq_generate_file_string(&file, "\"cash_decimals\": ");
    liq_generate_file_decimal(&file, LIQ_GENERATE_CASH_DECIMALS, 0);
    if (options->portfolio_ppm > 0)
        liq_generate_file_string(&file, ",\n \"portfolio\": \"okx-pm\"");
    assets_write(&file, venue);
    liq_generate_file_string(&file, ",\n \"instruments\": [");
    for (uint32_t i = 0; i < venue->instrument_count; i++) {
        liq_generate_file_string(&file, i == 0 ? "\n  {" : ",\n  {");
        instrument_write(&file, venue, &venue->instruments[i]);
    }
    liq_generate_file_string(&file, "],\n \"funds\": [{");
    member_write(&file, "fund", venue->assets[0].name);
    liq_generate_file_string(&file, "\"balance\": \"");
    liq_generate_file_decimal(&file, (int64_t)options->accounts * 100, 0);
    liq_generate_file_string(&file, "\"}]}\n");
    if ((status = liq_generate_file_close(&file, bytes, err)) != LIQ_OK)
        return status;
    return marks_write(venue, directory, bytes, err);
}

/* Tables are used in turn; from the second round on the instrument's name counts the rounds. */
static liq_status instrument_make(liq_generate_venue *venue, uint32_t place, uint32_t inverse_ppm,
                                  liq_error *err)
{
    const uint32_t number = place % venue->source.table_count;
    const liq_generate_table *table = &venue->source.tables[number];
    liq_generate_instrument *instrument = &venue->instruments[place];
    const bool converted = is_converted(venue, table, place, inverse_ppm);
    const liq_status status =
        asset_add(venue, converted ? table->base : table->settle, &instrument->asset, err);

    if (status != LIQ_OK)
        return status;
    venue->instrument_count = place + 1;
    instrument->table = number;
    instrument->multiplier = 1;
    instrument->converted = converted;
    instrument->kind = converted ? LIQ_INSTRUMENT_INVERSE : table->kind;
    linear_make(venue, instrument, place / venue->source.table_count);
    if (instrument->kind == LIQ_INSTRUMENT_INVERSE)
        inverse_make(venue, instrument, place);
    return LIQ_OK;
}

static void linear_make(const liq_generate_venue *venue, liq_generate_instrument *instrument,
                        uint32_t cycle)
{
    const liq_generate_table *table = &venue->source.tables[instrument->table];
    const liq_generate_asset *asset = &venue->assets[instrument->asset];

    if (cycle == 0) {
        memcpy(instrument->symbol, table->symbol, sizeof instrument->symbol);
        memcpy(instrument->base, table->base, sizeof instrument->base);
    } else {
        (void)snprintf(instrument->symbol, sizeof instrument->symbol, "%.*s_%u",
                       LIQ_GENERATE_NAME_BYTES_MAX, table->symbol, cycle);
        (void)snprintf(instrument->base, sizeof instrument->base, "%.*s_%u",
                       LIQ_GENERATE_NAME_BYTES_MAX, table->base, cycle);
    }
    instrument->mark = liq_generate_price_of(instrument->base, &instrument->lot_decimals);
    if (!asset->stable)
        instrument->mark = price_over(instrument->mark, asset->price);
}

/* A contract of 100 or 10 units of money, settled in the coin at the coin's own price. */
static void inverse_make(liq_generate_venue *venue, liq_generate_instrument *instrument,
                         uint32_t place)
{
    const liq_generate_table *table = &venue->source.tables[instrument->table];
    liq_generate_asset *asset = &venue->assets[instrument->asset];
    int32_t decimals = LOT_VALUE_DIGITS;
    int64_t whole;

    memcpy(instrument->base, table->base, sizeof instrument->base);
    if (instrument->converted)
        (void)snprintf(instrument->symbol, sizeof instrument->symbol, "%.*sUSD_%u",
                       LIQ_GENERATE_NAME_BYTES_MAX, table->base, place);
    /* The coin may be the margin currency, whose price in itself is one. */
    instrument->mark = liq_generate_price_of(table->base, &instrument->lot_decimals);
    instrument->lot_decimals = 0;
    whole = instrument->mark.ticks;
    for (int32_t i = 0; i < instrument->mark.decimals; i++)
        whole /= 10;
    instrument->multiplier = whole >= 10000 ? 100 : 10;
    /* Coins in a lot are below 10^4: multiplier 10 over a price of 0.01. */
    for (int32_t coins = whole >= 1 ? 10 : 1000; coins > 1; coins /= 10)
        decimals--;
    asset->value_decimals = decimals > LIQ_GENERATE_CASH_DECIMALS + LIQ_VALUE_DECIMALS_MORE_MAX
                                ? LIQ_GENERATE_CASH_DECIMALS + LIQ_VALUE_DECIMALS_MORE_MAX
                                : decimals;
}

/* Every inverse_ppm-th instrument of those whose table is in money. */
static bool is_converted(const liq_generate_venue *venue, const liq_generate_table *table,
                         uint32_t place, uint32_t inverse_ppm)
{
    return table->kind == LIQ_INSTRUMENT_LINEAR && is_stable(venue, table->settle) &&
           !is_stable(venue, table->base) &&
           ((uint64_t)place + 1) * inverse_ppm / LIQ_MILLION >
               (uint64_t)place * inverse_ppm / LIQ_MILLION;
}

static bool is_stable(const liq_generate_venue *venue, const char *name)
{
    return strcmp(name, venue->source.margin_currency) == 0 || strncmp(name, "USD", 3) == 0;
}

static liq_status asset_add(liq_generate_venue *venue, const char *name, uint32_t *out,
                            liq_error *err)
{
    liq_generate_asset *asset;
    int32_t lot_decimals;

    for (*out = 0; *out < venue->asset_count; (*out)++)
        if (strcmp(venue->assets[*out].name, name) == 0)
            return LIQ_OK;
    if (venue->asset_count == LIQ_ASSETS_MAX)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0,
                        "the instruments settle in more than %d assets: fewer inverse ones",
                        LIQ_ASSETS_MAX);
    asset = &venue->assets[venue->asset_count++];
    (void)snprintf(asset->name, sizeof asset->name, "%s", name);
    asset->stable = is_stable(venue, name);
    asset->price =
        asset->stable ? (liq_generate_price){9998, 4} : liq_generate_price_of(name, &lot_decimals);
    return LIQ_OK;
}

/* price / by with five or six digits, rounded down. */
static liq_generate_price price_over(liq_generate_price price, liq_generate_price by)
{
    liq_int128 above = price.ticks;
    liq_int128 below = by.ticks;
    liq_generate_price out = {0};

    for (int32_t i = 0; i < by.decimals; i++)
        above *= 10;
    for (int32_t i = 0; i < price.decimals; i++)
        below *= 10;
    while (out.decimals < PRICE_DECIMALS_MAX && above / below < 10000) {
        above *= 10;
        out.decimals++;
    }
    out.ticks = above / below > 0 ? (int64_t)(above / below) : 1;
    return out;
}

static void assets_write(liq_generate_file *file, const liq_generate_venue *venue)
{
    liq_generate_file_string(file, ",\n \"assets\": [");
    for (uint32_t i = 0; i < venue->asset_count; i++) {
        const liq_generate_asset *asset = &venue->assets[i];

        liq_generate_file_string(file, i == 0 ? "\n  {" : ",\n  {");
        member_write(file, "asset", asset->name);
        if (asset->value_decimals > 0) {
            liq_generate_file_string(file, "\"value_decimals\": ");
            liq_generate_file_decimal(file, asset->value_decimals, 0);
            liq_generate_file_string(file, ", ");
        }
        liq_generate_file_string(file, "\"weight\": ");
        if (asset->stable)
            liq_generate_file_string(file, i == 0 ? "\"1\"}" : "\"0.9995\"}");
        else
            liq_generate_file_string(
                file, "[{\"up_to\": \"1000\", \"weight\": \"0.95\"}, {\"weight\": \"0.9\"}]}");
    }
    liq_generate_file_string(file, "]");
}

/* The form of the tables is written out: the profile may have another one. */
static void instrument_write(liq_generate_file *file, const liq_generate_venue *venue,
                             const liq_generate_instrument *instrument)
{
    static const char *const kinds[] = {"linear", "inverse", "quanto"};
    const liq_generate_table *table = &venue->source.tables[instrument->table];
    const int32_t lot = instrument->lot_decimals;

    member_write(file, "symbol", instrument->symbol);
    member_write(file, "kind", kinds[instrument->kind]);
    member_write(file, "base", instrument->base);
    member_write(file, "settle", venue->assets[instrument->asset].name);
    liq_generate_file_string(file, "\"multiplier\": \"");
    liq_generate_file_decimal(file, instrument->multiplier, 0);
    liq_generate_file_string(file, "\",\n   \"lot\": \"");
    liq_generate_file_decimal(file, 1, lot);
    liq_generate_file_string(file, "\", \"tick\": \"");
    liq_generate_file_decimal(file, 1, instrument->mark.decimals);
    liq_generate_file_string(file, "\", \"liquidation_fee\": \"0.005\", ");
    member_write(file, "fund", venue->assets[0].name);
    member_write(file, "tier_form", "deduction");
    member_write(file, "tier_by", "notional");
    liq_generate_file_string(file, "\n   \"tiers\": [");
    for (uint32_t i = 0; i < table->tier_count; i++) {
        liq_generate_file_string(file, i == 0 ? "" : ",\n             ");
        tier_write(file, &venue->source.tiers[table->tier_first + i], instrument);
    }
    liq_generate_file_string(file, "]}");
}

static void tier_write(liq_generate_file *file, const liq_tier *tier,
                       const liq_generate_instrument *instrument)
{
    const liq_decimal floor = floor_in(tier->floor, instrument);
    char text[LIQ_DECIMAL_BYTES];

    liq_generate_file_string(file, "{\"floor\": \"");
    liq_generate_file_string(file, liq_decimal_format(text, floor.digits, floor.decimals));
    liq_generate_file_string(file, "\", \"mmr\": \"");
    liq_generate_file_string(file, liq_decimal_format(text, tier->maintenance_rate.digits,
                                                      tier->maintenance_rate.decimals));
    liq_generate_file_string(file, "\", \"imr\": \"");
    liq_generate_file_string(
        file, liq_decimal_format(text, tier->initial_rate.digits, tier->initial_rate.decimals));
    liq_generate_file_string(file, "\"}");
}

/* A floor as the instrument counts it. One too large for any number of coins becomes the largest:
 * the loader then says that the table does not rise. */
static liq_decimal floor_in(liq_decimal floor, const liq_generate_instrument *instrument)
{
    const liq_decimal mark = {instrument->mark.ticks, instrument->mark.decimals};
    liq_decimal out;
    int64_t coins;

    if (!instrument->converted)
        return floor;
    for (int32_t decimals = FLOOR_DECIMALS; decimals >= 0; decimals--)
        if (liq_decimal_divide(&coins, floor, mark, decimals, LIQ_ROUND_CEIL) &&
            liq_decimal_from_units(&out, coins, decimals))
            return out;
    return (liq_decimal){.digits = 999999999999999999};
}

static void member_write(liq_generate_file *file, const char *key, const char *value)
{
    liq_generate_file_string(file, "\"");
    liq_generate_file_string(file, key);
    liq_generate_file_string(file, "\": \"");
    liq_generate_file_string(file, value);
    liq_generate_file_string(file, "\", ");
}

static liq_status marks_write(const liq_generate_venue *venue, const char *directory,
                              uint64_t *bytes, liq_error *err)
{
    liq_generate_file file = {0};
    const liq_status status = liq_generate_file_open(&file, directory, "marks.csv", err);

    if (status != LIQ_OK)
        return status;
    liq_generate_file_string(&file, "symbol,price\n");
    for (uint32_t i = 0; i < venue->instrument_count; i++) {
        const liq_generate_instrument *instrument = &venue->instruments[i];

        liq_generate_file_string(&file, instrument->symbol);
        liq_generate_file_string(&file, ",");
        liq_generate_file_decimal(&file, instrument->mark.ticks, instrument->mark.decimals);
        liq_generate_file_string(&file, "\n");
    }
    for (uint32_t i = 1; i < venue->asset_count; i++) {
        liq_generate_file_string(&file, venue->assets[i].name);
        liq_generate_file_string(&file, ",");
        liq_generate_file_decimal(&file, venue->assets[i].price.ticks,
                                  venue->assets[i].price.decimals);
        liq_generate_file_string(&file, "\n");
    }
    return liq_generate_file_close(&file, bytes, err);
}
