/*
 * A mark price out of an index, for venues that do not send theirs: the median of three prices of
 * which two follow the index, so that no trade alone moves it far.
 *
 * Binance: index x (1 + funding rate x time left / interval), index + average of the basis, last.
 * Hyperliquid: oracle + average of the basis, median(bid, ask, last), weighted median of outside
 * venues.
 */
#ifndef LIQ_GUARD_MARK_PRICE_H
#define LIQ_GUARD_MARK_PRICE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/decimal.h"
#include "base/int128.h"
#include "guard/index_sources.h"

enum { LIQ_BASIS_WINDOW_MS = 150000, LIQ_FUNDING_NANO = 1000000000 };

/* How far a price has been from its index, as an exponential average over time; zero it. */
typedef struct liq_basis {
    liq_int128 average; /* 10^-12 of the price */
    int64_t time_ms;
    bool is_known;
} liq_basis;

/**
 * Take a price. The average moves by elapsed / (window + elapsed) of the way.
 * @param time_ms    not before the last one, or that counts
 * @param window_ms  1 .. a day
 */
void liq_basis_note(liq_basis *basis, int64_t time_ms, liq_decimal price, liq_decimal index,
                    int64_t window_ms);

/** index + average, not below the last decimal of a price; the index itself where none is known. */
liq_decimal liq_basis_price(const liq_basis *basis, liq_decimal index);

/**
 * index x (1 + rate x left / interval), rounded down to 10^-12.
 * @param rate_nano    of the coming interval, 10^-9, within +-1
 * @param left_ms      0 .. interval_ms
 */
liq_decimal liq_funding_price(liq_decimal index, int64_t rate_nano, int64_t left_ms,
                              int64_t interval_ms);

/** The mark of Binance. */
liq_decimal liq_mark_by_funding(liq_decimal index, liq_decimal funding_price,
                                const liq_basis *basis, liq_decimal last);

/** The mark of Hyperliquid. @param outside  perpetuals of other venues, count of them with weights;
 * none of them: the median of the other two is their mean */
liq_decimal liq_mark_by_oracle(liq_decimal oracle, const liq_basis *basis, liq_decimal bid,
                               liq_decimal ask, liq_decimal last, const liq_index_source *outside,
                               uint32_t count);

#endif
