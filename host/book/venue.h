/*
 * A venue: assets, instruments, tier tables, funds and rules, as venue.json gives them.
 * Nothing here changes with prices.
 */
#ifndef LIQ_BOOK_VENUE_H
#define LIQ_BOOK_VENUE_H

#include <stdbool.h>
#include <stdint.h>

#include <liqscan/status.h>

#include "base/decimal.h"
#include "base/names.h"
#include "policy/policy.h"
#include "policy/portfolio_policy.h"

enum {
    LIQ_CASH_DECIMALS_DEFAULT = 8,
    LIQ_CASH_DECIMALS_MAX = 18,
    LIQ_INSTRUMENTS_MAX = 65536,
    LIQ_TIERS_PER_INSTRUMENT_MAX = 1024,
    LIQ_SLICES_PER_ASSET_MAX = 64,
    LIQ_FUNDS_MAX = 65536,
    LIQ_OPTIONS_MAX = 16384
};

/* Collateral weight of the amounts up to a bound. */
typedef struct liq_weight_slice {
    int64_t up_to;  /* asset units; INT64_MAX for the last slice */
    int64_t weight; /* count of 10^-4, 0 .. 10000 */
} liq_weight_slice;

typedef struct liq_asset {
    int32_t decimals;       /* of amounts: an asset unit is 10^-decimals */
    int32_t value_decimals; /* of lot values: decimals + 4 .. decimals + 10 */
    uint32_t slice_first;
    uint32_t slice_count;
} liq_asset;

typedef enum liq_instrument_kind {
    LIQ_INSTRUMENT_LINEAR = 0,
    LIQ_INSTRUMENT_INVERSE = 1,
    LIQ_INSTRUMENT_QUANTO = 2,
    LIQ_INSTRUMENT_OPTION = 3,
    LIQ_INSTRUMENT_INDEX = 4 /* a number that others are priced by: nobody can hold it */
} liq_instrument_kind;

/* What an option is on, and whose marks it is priced by in scenarios. */
typedef struct liq_option_terms {
    liq_decimal strike;        /* in the currency of its underlying's price */
    uint32_t underlying_index; /* the instrument whose mark is the forward */
    uint32_t volatility_index; /* an index: implied volatility a year, 0.5 is 50% */
    uint32_t days_index;       /* an index: days to expiry */
    bool is_put;
    bool is_inverse; /* settled in its underlying, and quoted in it */
} liq_option_terms;

typedef struct liq_instrument {
    liq_instrument_kind kind;
    uint32_t settle_index; /* asset */
    uint32_t fund_index;   /* UINT32_MAX: none named */
    uint32_t tier_first;
    uint32_t tier_count;
    liq_tier_form tier_form;
    liq_tier_measure tier_measure;
    int32_t tick_decimals; /* digits after the point of a price on screen */
    liq_decimal
        multiplier;  /* base units (linear), quote units (inverse), settle units a point (quanto) */
    liq_decimal lot; /* contracts in one lot: the step of quantity */
    liq_decimal lot_multiplier; /* lot x multiplier */
    liq_decimal tick;
    liq_decimal liquidation_fee;    /* rate */
    liq_option_terms option;        /* of that kind only */
    liq_dynamic_own dynamic_margin; /* what it says itself */
    char base[LIQ_NAME_BYTES_MAX + 1];
} liq_instrument;

typedef struct liq_tier {
    liq_decimal floor; /* settle asset, or contracts: see liq_tier_measure */
    liq_decimal maintenance_rate;
    liq_decimal initial_rate;
    liq_decimal maintenance_slope; /* linear form: rate for each base unit of size, else 0 */
    liq_decimal initial_slope;
    liq_int128 deduction_grains; /* 10^-(decimals + 16) of the settle asset; deduction forms only */
} liq_tier;

typedef struct liq_fund {
    int64_t balance; /* units of its asset */
    int64_t floor;   /* units that it never goes below */
    uint32_t asset_index;
} liq_fund;

/* Asset 0 is the margin currency. Names of assets and instruments never coincide. */
typedef struct liq_venue {
    char name[LIQ_NAME_BYTES_MAX + 1];
    liq_policy policy;
    liq_portfolio_policy portfolio; /* no grids: accounts of that mode cannot be valued */
    int32_t cash_decimals;
    liq_names *asset_names;
    liq_names *instrument_names;
    liq_names *fund_names;
    liq_asset *assets;
    liq_weight_slice *slices;
    liq_instrument *instruments;
    liq_tier *tiers;
    liq_fund *funds;
    uint32_t asset_count;
    uint32_t slice_count;
    uint32_t instrument_count;
    uint32_t tier_count;
    uint32_t option_count;
    uint32_t fund_count;
} liq_venue;

/**
 * Read venue.json. On failure nothing is kept.
 * @param out  filled; the caller gives it back with liq_venue_clear
 * @return LIQ_OK, LIQ_NOT_FOUND, LIQ_IO, LIQ_BAD_INPUT, LIQ_OUT_OF_RANGE or LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_venue_load(liq_venue *out, const char *path, liq_error *err);

/** The same from a text; name stands for the file in messages. */
LIQ_MUST_USE liq_status liq_venue_load_text(liq_venue *out, const char *name, liq_text text,
                                            liq_error *err);

/** Give back what the venue owns. Takes a zeroed venue. */
void liq_venue_clear(liq_venue *venue);

/** r: a rate of an instrument settled in this asset counts 10^-r (kernels/liq_record.h). */
static inline int32_t liq_asset_rate_decimals(const liq_asset *asset)
{
    return asset->decimals + 16 - asset->value_decimals;
}

#endif
