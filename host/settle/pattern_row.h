/*
 * What a look at one row finds: how leveraged it is, and at which falls of all marks it would be
 * liquidated; and how far any price may move before that could be otherwise.
 *
 * How far is what the screen proves (kernels/liq_screen.h): at each fall its sums say by which
 * share values may move until the row is on the other side of its liquidation. Leverage L = N / E
 * counts as it was while it is within a sixteenth of that; as values move by a share d, N and E
 * change by d x GROSS at most, so that
 *
 *     d < (hi E - N) / (GROSS (1 + hi))     hi = L x 17/16
 *     d < (N - lo E) / (GROSS (1 + lo))     lo = L x 16/17
 *
 * Rows of which the screen proves nothing (portfolio margin, orders that count, prices that are
 * missing, sizes at the edge of a tier) are valued exactly at every fall, and hold for no move.
 */
#ifndef LIQ_SETTLE_PATTERN_ROW_H
#define LIQ_SETTLE_PATTERN_ROW_H

#include "book/market.h"
#include "scan/screen_row.h"

/* Falls of all marks at which rows are looked at; the first is none. */
enum { LIQ_PATTERN_FALLS = 4 };

/* By what a row is looked at; lent. */
typedef struct liq_pattern_view {
    const liq_market *markets[LIQ_PATTERN_FALLS];
    const liq_screen_cells *cells; /* of each; NULL: the venue is too large for a screen */
    liq_screen_row packed;         /* room for the entries of a row */
} liq_pattern_view;

typedef struct liq_pattern_row {
    int64_t liquidatable[LIQ_PATTERN_FALLS]; /* its notional where it would be, else 0 */
    uint16_t bucket;                         /* as of liq_leverage_bucket */
    uint8_t flagged;                         /* by fall a bit: it would be liquidated */
} liq_pattern_row;

/** Look at a row. @return the share by which no price may have moved for this to hold, at most
 * LIQ_SCREEN_HORIZON; 0: it holds only now */
float liq_pattern_row_see(liq_pattern_row *out, liq_pattern_view *view, const liq_rows *rows,
                          uint32_t row);

#endif
