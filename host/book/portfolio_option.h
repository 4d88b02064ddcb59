/*
 * One lot of an option in the scenarios of its underlying. Prices come from Black's model in
 * doubles, computed once, on the host: what decides is the grid that they are rounded to, which the
 * CPU truth and every device read.
 */
#ifndef LIQ_BOOK_PORTFOLIO_OPTION_H
#define LIQ_BOOK_PORTFOLIO_OPTION_H

#include "book/portfolio_lot.h"
#include "book/portfolio_market.h"

/* One lot in all scenarios, in fine units of its settle asset. */
typedef struct liq_portfolio_lot {
    liq_bracket pnl[LIQ_PORTFOLIO_GRID_SCENARIOS_MAX];
    liq_bracket delta;      /* value of the underlying that a long lot stands for */
    liq_bracket underlying; /* value of the underlying that it is an option on, or is itself */
    uint32_t reason;        /* LIQ_REASON_NONE, or why it has none */
    uint32_t reason_index;
    bool is_option;
} liq_portfolio_lot;

/** @param out  zeroed but for reason_index, which is the instrument's */
void liq_portfolio_option_fill(liq_portfolio_lot *out, const liq_venue *venue,
                               uint32_t instrument_index, const liq_portfolio_grid *grid,
                               const liq_portfolio_inputs *inputs);

#endif
