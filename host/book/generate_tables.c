/*
 * Whose tier tables and which prices a generated book has. Where no file is given, eight tables of
 * Binance USDT-M perpetuals as they stood in October 2024 (maintenance rate and largest leverage
 * of each bracket), with prices near those of that month and the venue's steps of quantity.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/memory.h"
#include "book/generate_internal.h"
#include "book/import_tiers.h"

enum { TYPED_TABLES = 8, TYPED_TIERS_MAX = 12, RATE_DECIMALS = 12 };

/* The tier holds from floor on; ppm is its maintenance rate; the initial rate is 1 / leverage. */
typedef struct typed_tier {
    uint32_t floor;
    uint32_t ppm;
    uint32_t leverage;
} typed_tier;

typedef struct typed_table {
    const char *base;
    liq_generate_price price;
    int32_t lot_decimals;
    typed_tier tiers[TYPED_TIERS_MAX]; /* leverage 0 ends them */
} typed_table;

static const typed_table typed_tables[TYPED_TABLES] = {
    {"BTC",
     {670123, 1},
     3,
     {{0, 4000, 125},
      {50000, 5000, 100},
      {600000, 6500, 75},
      {3000000, 10000, 50},
      {12000000, 20000, 25},
      {70000000, 25000, 20},
      {100000000, 50000, 10},
      {230000000, 100000, 5},
      {480000000, 125000, 4},
      {600000000, 150000, 3},
      {800000000, 250000, 2},
      {1200000000, 500000, 1}}},
    {"ETH",
     {263457, 2},
     3,
     {{0, 4000, 125},
      {50000, 5000, 100},
      {600000, 6500, 75},
      {3000000, 10000, 50},
      {12000000, 20000, 25},
      {50000000, 25000, 20},
      {65000000, 50000, 10},
      {150000000, 100000, 5},
      {320000000, 125000, 4},
      {400000000, 150000, 3},
      {530000000, 250000, 2},
      {800000000, 500000, 1}}},
    {"SOL",
     {152310, 3},
     1,
     {{0, 5000, 100},
      {20000, 6500, 75},
      {100000, 10000, 50},
      {800000, 20000, 25},
      {4000000, 25000, 20},
      {8000000, 50000, 10},
      {40000000, 100000, 5},
      {80000000, 125000, 4},
      {100000000, 250000, 2},
      {200000000, 500000, 1}}},
    {"XRP",
     {5291, 4},
     1,
     {{0, 5000, 75},
      {10000, 6500, 50},
      {20000, 10000, 40},
      {160000, 20000, 25},
      {800000, 25000, 20},
      {1600000, 50000, 10},
      {8000000, 100000, 5},
      {16000000, 125000, 4},
      {20000000, 250000, 2},
      {40000000, 500000, 1}}},
    {"DOGE",
     {13542, 5},
     0,
     {{0, 5000, 75},
      {10000, 7000, 50},
      {50000, 10000, 40},
      {750000, 20000, 25},
      {800000, 25000, 20},
      {1600000, 50000, 10},
      {8000000, 100000, 5},
      {16000000, 125000, 4},
      {20000000, 250000, 2},
      {40000000, 500000, 1}}},
    {"BNB",
     {58984, 2},
     2,
     {{0, 5000, 75},
      {10000, 6000, 50},
      {50000, 10000, 40},
      {200000, 20000, 25},
      {1500000, 25000, 20},
      {3000000, 50000, 10},
      {15000000, 100000, 5},
      {30000000, 125000, 4},
      {37500000, 250000, 2},
      {75000000, 500000, 1}}},
    {"LINK",
     {11254, 3},
     2,
     {{0, 5000, 75},
      {10000, 10000, 50},
      {50000, 15000, 40},
      {80000, 20000, 25},
      {400000, 25000, 20},
      {800000, 50000, 10},
      {4000000, 100000, 5},
      {8000000, 125000, 4},
      {20000000, 250000, 2},
      {30000000, 500000, 1}}},
    {"1000PEPE",
     {102310, 7},
     0,
     {{0, 6500, 75},
      {20000, 10000, 50},
      {200000, 15000, 40},
      {300000, 20000, 25},
      {1500000, 25000, 20},
      {3000000, 50000, 10},
      {15000000, 100000, 5},
      {30000000, 125000, 4},
      {37500000, 250000, 2},
      {75000000, 500000, 1}}},
};

static liq_status typed_take(liq_generate_tables *out, liq_error *err);
static liq_status file_take(liq_generate_tables *out, const char *path, const char *scratch,
                            liq_error *err);
static liq_status import_to(const char *path, const char *scratch, liq_error *err);
static liq_status venue_take(liq_generate_tables *out, const liq_venue *venue, liq_error *err);
static liq_status name_check(const char *name, liq_error *err);
static liq_status tables_take(liq_generate_tables *out, uint32_t table_count, uint32_t tier_count,
                              liq_error *err);
static uint64_t name_hash(const char *name);

liq_status liq_generate_tables_load(liq_generate_tables *out, const char *path, const char *scratch,
                                    liq_error *err)
{
    return path == NULL ? typed_take(out, err) : file_take(out, path, scratch, err);
}

void liq_generate_tables_clear(liq_generate_tables *tables)
{
    free(tables->tables);
    free(tables->tiers);
    *tables = (liq_generate_tables){0};
}

/* A made-up price has five digits and lies in 0.01 .. 999.99; a lot of it is worth 0.1 to 1. */
liq_generate_price liq_generate_price_of(const char *name, int32_t *lot_decimals)
{
    liq_generate_price price;
    liq_random random;

    for (uint32_t i = 0; i < TYPED_TABLES; i++)
        if (strcmp(typed_tables[i].base, name) == 0) {
            *lot_decimals = typed_tables[i].lot_decimals;
            return typed_tables[i].price;
        }
    random = liq_random_start(name_hash(name), 0, 0);
    price.ticks = (int64_t)liq_random_between(&random, 10000, 99999);
    price.decimals = (int32_t)liq_random_between(&random, 2, 6);
    *lot_decimals = 5 - price.decimals;
    return price;
}

static liq_status typed_take(liq_generate_tables *out, liq_error *err)
{
    const liq_status status = tables_take(out, TYPED_TABLES, TYPED_TABLES * TYPED_TIERS_MAX, err);

    if (status != LIQ_OK)
        return status;
    (void)snprintf(out->margin_currency, sizeof out->margin_currency, "USDT");
    out->tier_count = 0;
    for (uint32_t i = 0; i < TYPED_TABLES; i++) {
        const typed_table *typed = &typed_tables[i];
        liq_generate_table *table = &out->tables[i];

        (void)snprintf(table->symbol, sizeof table->symbol, "%sUSDT", typed->base);
        (void)snprintf(table->base, sizeof table->base, "%s", typed->base);
        (void)snprintf(table->settle, sizeof table->settle, "USDT");
        table->tier_first = out->tier_count;
        for (uint32_t j = 0; j < TYPED_TIERS_MAX && typed->tiers[j].leverage > 0; j++) {
            liq_tier *tier = &out->tiers[out->tier_count++];
            const liq_decimal one = {.digits = 1};
            const liq_decimal leverage = {.digits = typed->tiers[j].leverage};
            int64_t rate = 0;

            tier->floor.digits = typed->tiers[j].floor;
            (void)liq_decimal_from_units(&tier->maintenance_rate, typed->tiers[j].ppm, 6);
            (void)liq_decimal_divide(&rate, one, leverage, RATE_DECIMALS, LIQ_ROUND_CEIL);
            (void)liq_decimal_from_units(&tier->initial_rate, rate, RATE_DECIMALS);
            table->tier_count++;
        }
    }
    return LIQ_OK;
}

/* By way of a venue.json, so that there is one reader of tier tables and one check of them. */
static liq_status file_take(liq_generate_tables *out, const char *path, const char *scratch,
                            liq_error *err)
{
    liq_venue venue = {0};
    liq_status status = import_to(path, scratch, err);

    if (status == LIQ_OK && (status = liq_venue_load(&venue, scratch, err)) == LIQ_OK)
        status = venue_take(out, &venue, err);
    liq_venue_clear(&venue);
    (void)unlink(scratch);
    return status;
}

static liq_status import_to(const char *path, const char *scratch, liq_error *err)
{
    const liq_import_options options = {.complete = true};
    FILE *file = fopen(scratch, "wxe");
    liq_status status;

    if (file == NULL)
        return liq_fail(err, LIQ_IO, errno, "\"%s\": cannot be created: %s", scratch,
                        strerror(errno));
    status = liq_import_tiers(path, &options, file, err);
    if (fclose(file) != 0 && status == LIQ_OK)
        status =
            liq_fail(err, LIQ_IO, errno, "\"%s\": cannot be written: %s", scratch, strerror(errno));
    return status;
}

static liq_status venue_take(liq_generate_tables *out, const liq_venue *venue, liq_error *err)
{
    liq_status status = tables_take(out, venue->instrument_count, venue->tier_count, err);

    if (status != LIQ_OK)
        return status;
    memcpy(out->tiers, venue->tiers, venue->tier_count * sizeof *out->tiers);
    (void)snprintf(out->margin_currency, sizeof out->margin_currency, "%s",
                   liq_names_get(venue->asset_names, 0));
    status = name_check(out->margin_currency, err);
    for (uint32_t i = 0; i < venue->instrument_count && status == LIQ_OK; i++) {
        const liq_instrument *instrument = &venue->instruments[i];
        liq_generate_table *table = &out->tables[i];

        (void)snprintf(table->symbol, sizeof table->symbol, "%s",
                       liq_names_get(venue->instrument_names, i));
        (void)snprintf(table->base, sizeof table->base, "%s", instrument->base);
        (void)snprintf(table->settle, sizeof table->settle, "%s",
                       liq_names_get(venue->asset_names, instrument->settle_index));
        table->kind = instrument->kind;
        table->tier_first = instrument->tier_first;
        table->tier_count = instrument->tier_count;
        if ((status = name_check(table->symbol, err)) == LIQ_OK &&
            (status = name_check(table->base, err)) == LIQ_OK)
            status = name_check(table->settle, err);
    }
    return status;
}

/* Names go into CSV and JSON as they are. */
static liq_status name_check(const char *name, liq_error *err)
{
    for (const char *at = name; *at != '\0'; at++)
        if (*at == '"' || *at == ',' || *at == '\\')
            return liq_fail(err, LIQ_UNSUPPORTED, 0,
                            "\"%s\": a name with a quote, a comma or a backslash", name);
    if (strlen(name) <= LIQ_GENERATE_NAME_BYTES_MAX)
        return LIQ_OK;
    return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "\"%s\": a name has at most %d bytes here", name,
                    LIQ_GENERATE_NAME_BYTES_MAX);
}

static liq_status tables_take(liq_generate_tables *out, uint32_t table_count, uint32_t tier_count,
                              liq_error *err)
{
    const liq_status status = liq_memory_array(&out->tables, table_count, sizeof *out->tables, err);

    out->table_count = table_count;
    out->tier_count = tier_count;
    return status != LIQ_OK ? status
                            : liq_memory_array(&out->tiers, tier_count, sizeof *out->tiers, err);
}

/* FNV-1a (Fowler, Noll, Vo), so that a name has the same price in every book. */
static uint64_t name_hash(const char *name)
{
    uint64_t hash = 0xcbf29ce484222325u;

    for (const char *at = name; *at != '\0'; at++)
        hash = (hash ^ (uint64_t)(unsigned char)*at) * 0x100000001b3u;
    return hash;
}
