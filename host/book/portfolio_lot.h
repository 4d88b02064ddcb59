/*
 * PnL of one lot in one scenario, in fine units of the margin currency: exact fractions, rounded
 * twice.
 */
#ifndef LIQ_BOOK_PORTFOLIO_LOT_H
#define LIQ_BOOK_PORTFOLIO_LOT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/int128.h"
#include "book/venue.h"

/* What is at least and at most true of one number. */
typedef struct liq_bracket {
    liq_int128 low;
    liq_int128 high;
} liq_bracket;

/* How fine units of a settle asset become fine units of the margin currency. */
typedef struct liq_fine_exchange {
    int64_t rate;     /* 10^-12 cash units for a unit of the asset */
    uint64_t divisor; /* a power of ten */
} liq_fine_exchange;

/** @param exchange_rate  of the settle asset, as its record has it */
liq_fine_exchange liq_fine_exchange_of(const liq_venue *venue, uint32_t asset_index,
                                       int64_t exchange_rate);

/** The bracket in fine units of the margin currency. Values below 10^19 in size. */
liq_bracket liq_fine_exchanged(liq_bracket value, liq_fine_exchange exchange);

/**
 * PnL of a lot of a linear, quanto or inverse instrument in fine units of its settle asset.
 * @param value  of one lot at the mark, rounded down and up; inverse: negative
 */
liq_bracket liq_scenario_pnl(liq_instrument_kind kind, liq_bracket value,
                             const liq_portfolio_scenario *scenario);

/** floor(value x numerator / denominator) and the ceiling; denominator above zero, products within
 * 127 bits. */
liq_bracket liq_bracket_scaled(liq_bracket value, int64_t numerator, liq_int128 denominator);

#endif
