/*
 * The cells of the screen (kernels/liq_screen.h) at a market: one for each tier of each instrument,
 * one for each asset, and one for each instrument's open orders.
 */
#ifndef LIQ_SCAN_SCREEN_CELLS_H
#define LIQ_SCAN_SCREEN_CELLS_H

#include <stdbool.h>
#include <stdint.h>

#include "book/market.h"
#include "liq_screen.h"

/* A cell's number is 16 bits of each entry; so is that of a value, and this one is none's. */
enum { LIQ_SCREEN_CELLS_MAX = 65536, LIQ_SCREEN_VALUE_NONE = 65535 };

/*
 * Entries of a row that may hold open orders: its orders' cells then bound each so that together
 * they cannot overflow.
 */
enum { LIQ_SCREEN_ORDER_ENTRIES_MAX = 64 };

/* What an instrument's cells were made of, to leave them as they are while it stays. */
typedef struct liq_screen_seen {
    int64_t value_floor;
    int64_t value_ceil;
    double exchange; /* cash units of a unit of the settle asset; below zero: nothing was seen */
    uint32_t flags;
    liq_margin_factors factors;
} liq_screen_seen;

/* What a tier charges, while factors on its rates stay. */
typedef struct liq_screen_tier {
    double rate;      /* of notional */
    double deduction; /* units of the settle asset */
} liq_screen_tier;

typedef struct liq_screen_cells {
    liq_f32x8 *cells;
    float *ends;     /* by tier: the highest end of its sizes at any market so far, in lots */
    double *values;  /* cash units of one lot of each instrument, then of one unit of each asset; 0:
                        unfit, whatever holds it is in doubt */
    bool *is_smooth; /* by instrument: every tier goes on where the one below ends */
    bool *is_cash;   /* by value: of an instrument that settles in the margin currency */
    uint16_t *cell_values;  /* by cell: which value it follows; LIQ_SCREEN_VALUE_NONE: none */
    liq_screen_tier *tiers; /* by tier */
    liq_screen_seen *seen;  /* by instrument */
    const liq_venue *venue; /* lent */
    liq_screen_terms terms;
    uint32_t cell_count;
    uint32_t value_count;
    uint32_t tier_first; /* cell of tier 0 */
    uint32_t asset_first;
    uint32_t order_first;
} liq_screen_cells;

/** Whether a venue has few enough tiers, assets and instruments for 16 bits. */
bool liq_screen_cells_fit(const liq_market *market);

/**
 * Take the memory, and what no price changes; cells are set as by liq_screen_cells_update.
 * @param venue  of the market, lent as long as the cells live
 */
LIQ_MUST_USE liq_status liq_screen_cells_create(liq_screen_cells *out, const liq_market *market,
                                                const liq_venue *venue, liq_error *err);

/** Takes a zeroed or filled one. */
void liq_screen_cells_clear(liq_screen_cells *cells);

/** Take over a market. */
void liq_screen_cells_update(liq_screen_cells *cells, const liq_market *market);

/**
 * The largest share by which a value moved to a market from another, of which `from` are the
 * values, rounded up; more than LIQ_SCREEN_HORIZON when one became unfit.
 * @param shares  by value, receives by which share each moved, unless one became unfit; NULL
 * allowed
 */
float liq_screen_cells_move(const double *from, const liq_screen_cells *to, float *shares);

#endif
