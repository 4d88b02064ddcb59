/*
 * What the margin rule reads besides rows: instruments at their marks, tiers in lots, assets at
 * their indices. Built anew from prices on every tick; nothing of it grows with accounts.
 */
#ifndef LIQ_BOOK_MARKET_H
#define LIQ_BOOK_MARKET_H

#include <stdint.h>

#include <liqscan/status.h>

#include "base/int128.h"
#include "book/columns.h"
#include "book/margin_factors.h"
#include "book/portfolio_market.h"
#include "liq_margin.h"

enum { LIQ_POWERS = 19 };

typedef struct liq_market {
    liq_instrument_record *instruments;
    liq_tier_record *tiers;
    liq_asset_record *assets;
    liq_slice_record *slices;
    liq_divisor powers[LIQ_POWERS];
    liq_decimal *marks;          /* by instrument: what its records are of */
    liq_margin_factors *factors; /* by instrument: what its tiers are under */
    liq_int128
        *floors_fine; /* by tier: fine units, rounded as lots are; below zero: no size gets there */
    liq_policy_record policy;
    liq_portfolio_market portfolio;
    uint32_t instrument_count;
    uint32_t tier_count;
    uint32_t asset_count;
    uint32_t slice_count;
} liq_market;

/** Take the memory and fill in what prices do not change; prices are set as by liq_market_update.
 */
LIQ_MUST_USE liq_status liq_market_create(liq_market *out, const liq_book *book, liq_error *err);

/** Takes a zeroed or filled one. */
void liq_market_clear(liq_market *market);

/** Take over all prices of the book, and factors on margin rates. */
void liq_market_update(liq_market *market, const liq_book *book);

/** Put one instrument at a lot value, as if the mark were exactly there: for searches over prices.
 * The numbers of portfolio margin stay.
 */
void liq_market_set_value(liq_market *market, const liq_venue *venue, uint32_t instrument_index,
                          int64_t value);

/** The market as the margin rule takes it; lent as long as the market lives. */
liq_margin_tables liq_market_tables(const liq_market *market);

/** A reciprocal for a divisor of 1 .. 10^18. */
liq_divisor liq_divisor_make(uint64_t divisor);

#endif
