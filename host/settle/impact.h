/*
 * What liquidations do to the mark of the ticks that follow: fills that walk the depth displace it,
 * and the displacement goes back with a half-life.
 *
 * The model is that of a limit order book with resilience (Obizhaeva and Wang, "Optimal trading
 * strategy and supply/demand dynamics", 2013) in its simplest form: a sweep that reached a depth of
 * x in price leaves the whole book displaced by share x x, share between nothing and one (one half:
 * the middle of a book of which one side was swept), and of a displacement d there is
 * d x 2^-(t / half life) left after t. The levels come back at once around the displaced mark. All
 * of it is in integers, 10^-9 of the price; nothing here decides on an account.
 *
 * Of a tick or a round: liq_impact_fill for each fill, liq_impact_fold at its end; the mark of the
 * next one is liq_impact_price of what the mark would have been.
 */
#ifndef LIQ_SETTLE_IMPACT_H
#define LIQ_SETTLE_IMPACT_H

#include <stdbool.h>
#include <stdint.h>

#include <liqscan/status.h>

#include "base/decimal.h"
#include "base/int128.h"

/* A mark is displaced by at most -90% and +900%: what would go further stays there. */
#define LIQ_IMPACT_LEAST (-INT64_C(900000000))
#define LIQ_IMPACT_MOST INT64_C(9000000000)

typedef struct liq_impact_rule {
    int64_t share;        /* of the price depth of a sweep, 10^-9, 0 .. 10^9; 0: no impact */
    int64_t half_life_ms; /* of a displacement, above 0 */
} liq_impact_rule;

/* Displacements of one instrument, 10^-9 of the price. */
typedef struct liq_impact_place {
    int64_t shift; /* as of at_ms */
    int64_t at_ms;
    int64_t low;  /* of this tick: the worst price of a sale against the mark, 0 or below */
    int64_t high; /* and of a purchase, 0 or above */
    bool is_listed;
} liq_impact_place;

typedef struct liq_impact {
    liq_impact_rule rule;
    liq_impact_place *places; /* by instrument */
    uint32_t *listed;         /* instruments that were ever displaced, and those filled */
    uint32_t listed_count;
} liq_impact;

/** @param out  zeroed */
LIQ_MUST_USE liq_status liq_impact_create(liq_impact *out, uint32_t instrument_count,
                                          liq_impact_rule rule, liq_error *err);

/** Takes a zeroed or filled one. */
void liq_impact_clear(liq_impact *impact);

/**
 * A fill in the market. Values are of one lot, as of liq_lot_value: of inverse contracts below
 * zero.
 * @param value  of the fill, not zero
 * @param mark   at the start of the tick, of the same sign
 */
void liq_impact_fill(liq_impact *impact, uint32_t instrument, int64_t value, int64_t mark);

/** The same in prices, above zero, of equal decimals. */
void liq_impact_fill_price(liq_impact *impact, uint32_t instrument, liq_int128 price,
                           liq_int128 mark);

/** The tick or round is over: its sweeps become displacements. @param now_ms  not before the last
 * one */
void liq_impact_fold(liq_impact *impact, int64_t now_ms);

/** How far the mark of an instrument is displaced at a time: 10^-9 of the price, towards nothing.
 * @param now_ms  not before the last fold */
int64_t liq_impact_shift(const liq_impact *impact, uint32_t instrument, int64_t now_ms);

/** A price, displaced; rounded to the nearest, with as many decimals as fit, at most four more than
 * it has. @param price  above zero @return false when the result is no price above zero */
bool liq_impact_price(liq_decimal *out, liq_decimal price, int64_t shift);

#endif
