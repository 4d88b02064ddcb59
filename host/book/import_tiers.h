/*
 * Tier tables in the shape of ccxt's fetchLeverageTiers, turned into instruments of venue.json.
 */
#ifndef LIQ_BOOK_IMPORT_TIERS_H
#define LIQ_BOOK_IMPORT_TIERS_H

#include <stdbool.h>
#include <stdio.h>

#include <liqscan/status.h>

/* What the tables do not tell. NULL anywhere takes the default. */
typedef struct liq_import_options {
    bool complete;               /* write a whole venue.json, not only its instruments */
    const char *venue;           /* its name; default: "imported" */
    const char *profile;         /* default: "binance-usdm" */
    const char *margin_currency; /* default: USDT where something settles in it, else the first */
    const char *weight;          /* of the other assets; default: "1", with a comment */
    const char *lot;             /* default: "0.001" */
    const char *tick;            /* default: "0.0001" */
    const char *liquidation_fee; /* default: none is written */
} liq_import_options;

/**
 * Read {"BTC/USDT:USDT": [{"minNotional", "maxNotional", "maintenanceMarginRate", "maxLeverage",
 * "info": {"cum"}}, ...], ...} and write JSON that liq_venue_load takes. Symbols become base and
 * quote, such as BTCUSDT, with the expiry behind '_' where there is one; the initial rate is one
 * over the largest leverage, rounded up to 12 decimals. Tiers must follow each other without a gap,
 * and a given "cum" must be what makes maintenance margin continuous: it becomes the
 * deduction.
 * @param out  written to only when everything was good; lent
 * @return LIQ_OK; LIQ_NOT_FOUND, LIQ_BAD_INPUT, LIQ_OUT_OF_RANGE or LIQ_DUPLICATE naming symbol and
 * tier; LIQ_IO, LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_import_tiers(const char *path, const liq_import_options *options,
                                         FILE *out, liq_error *err);

#endif
