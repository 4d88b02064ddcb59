/*
 * The mark prices of one instrument at which a margin account is liquidated or bankrupt, all other
 * instruments frozen. Found on integer lot values with the margin rule itself, so what is
 * printed is where the scan's own verdict turns, tiers, roundings, hedge legs and orders included.
 */
#ifndef LIQ_SCAN_LIQUIDATION_PRICE_H
#define LIQ_SCAN_LIQUIDATION_PRICE_H

#include <stdbool.h>
#include <stdint.h>

#include <liqscan/scanner.h>
#include <liqscan/status.h>

#include "book/columns.h"
#include "scan/kinks.h"
#include "scan/row_parts.h"

/*
 * Two neighbouring lot values between which the verdict turns. reported is the one where equity
 * meets the requirement: the flagged one when the trigger that is crossed there is inclusive,
 * the safe one when it is strict.
 */
typedef struct liq_price_boundary {
    bool found;
    int64_t safe_value;
    int64_t flagged_value;
    int64_t reported_value;
} liq_price_boundary;

typedef struct liq_price_boundaries {
    liq_price_boundary liquidation; /* liquidate, backstop or bankrupt on one side */
    liq_price_boundary bankruptcy;  /* equity below zero on one side */
} liq_price_boundaries;

/* What searches over the instruments of rows share. Zero it, then set what is named. */
typedef struct liq_price_finder {
    const liq_book *book;     /* set by the caller */
    const liq_market *market; /* set by the caller: at the present marks */
    liq_market moving;        /* a second market, in which instruments are moved about */
    liq_kinks kinks;
    uint64_t judged_count; /* how many points were valued, for benches */
} liq_price_finder;

/** Take the memory; book and market are lent until liq_price_finder_clear. */
LIQ_MUST_USE liq_status liq_price_finder_create(liq_price_finder *out, const liq_book *book,
                                                const liq_market *market, liq_error *err);

/** Takes a zeroed or filled one. */
void liq_price_finder_clear(liq_price_finder *finder);

/**
 * Find the boundaries of the instrument of a leg. From the present mark the search goes the way in
 * which its legs together lose (without a net position: the way in which requirements grow) and,
 * when nothing turns there, the other way. For an account that is flagged already it goes for
 * the nearest price that is safe, first the way in which the legs gain.
 * @param parts  a row that has a value
 * @param entry  a leg of that row
 */
LIQ_MUST_USE liq_status liq_price_find(liq_price_boundaries *out, liq_price_finder *finder,
                                       const liq_row_parts *parts, uint64_t entry, liq_error *err);

/**
 * Write the price of a boundary with up to 18 significant digits and 18 decimals, "" when there
 * is none. What does not come out exactly is rounded away from the other side of the boundary.
 */
void liq_price_write(char out[LIQ_AMOUNT_TEXT_BYTES], const liq_venue *venue,
                     uint32_t instrument_index, const liq_price_boundary *boundary);

/** (price - mark) / mark in per cent with two decimals; "" when there is no price. */
void liq_price_distance(char out[LIQ_AMOUNT_TEXT_BYTES], const char *price, liq_decimal mark);

#endif
