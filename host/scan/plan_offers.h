/*
 * What closing lots of a position costs: the offers of one side of a book's depth, taken level by
 * level, and a fee on what is traded. Where a book has no depth at all there is one offer for any
 * quantity, at the mark less the execution cost of the venue's policy.
 */
#ifndef LIQ_SCAN_PLAN_OFFERS_H
#define LIQ_SCAN_PLAN_OFFERS_H

#include <stdbool.h>
#include <stdint.h>

#include <liqscan/status.h>

#include "base/int128.h"
#include "book/columns.h"
#include "book/market.h"

/* Offers of one side, best first; the same index is the same level. */
typedef struct liq_plan_offers {
    int64_t *ends;      /* lots down to and with each, ascending */
    int64_t *values;    /* of a lot, fine units, rounded against whoever closes */
    liq_int128 *worths; /* fine units of all lots down to and with each */
    uint32_t count;
} liq_plan_offers;

/* A position to be closed in part. */
typedef struct liq_plan_held {
    const liq_market *market; /* the present one */
    const liq_plan_offers *offers;
    int64_t entry_value;
    int64_t fee_nano; /* of what is traded, 10^-9 */
    uint32_t instrument_index;
    bool is_long;
} liq_plan_held;

/*
 * What one order does: all its fills are summed exactly, and then rounded once, against the
 * account.
 */
typedef struct liq_plan_order {
    int64_t change;   /* units of the settle asset that balance or isolated margin gain */
    int64_t fee;      /* units, within change */
    liq_int128 worth; /* fine units of what is traded */
    liq_int128 cost;  /* cash grains that it loses against the mark, fee and roundings included */
    liq_int128 cost_low; /* the same without roundings: not more */
} liq_plan_order;

/**
 * @param out       zeroed
 * @param is_buy    whether offers are asks: a short is closed
 * @param taken     lots that are gone already, from the best level on
 * @param lots_max  more are not asked for
 * @return LIQ_OK or LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_plan_offers_create(liq_plan_offers *out, const liq_book *book,
                                               const liq_market *market, uint32_t instrument_index,
                                               bool is_buy, int64_t taken, int64_t lots_max,
                                               liq_error *err);

/** Takes a zeroed or filled one. */
void liq_plan_offers_clear(liq_plan_offers *offers);

/** Lots on offer. */
int64_t liq_plan_offers_lots(const liq_plan_offers *offers);

/** The level that the last of some lots comes from. @param lots  1 .. liq_plan_offers_lots */
uint32_t liq_plan_offers_level(const liq_plan_offers *offers, int64_t lots);

/**
 * @param lots  0 .. liq_plan_offers_lots
 * @return false when an amount is past its range: so many cannot be closed
 */
bool liq_plan_order_make(liq_plan_order *out, const liq_plan_held *held, int64_t lots);

#endif
