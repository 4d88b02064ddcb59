/*
 * The grids of portfolio margin as a stress reads them (kernels/stress_portfolio.h), and how far
 * what they require may be from what the rule says.
 */
#ifndef LIQ_SCAN_STRESS_GRID_H
#define LIQ_SCAN_STRESS_GRID_H

#include "book/rows.h"
#include "scan/stress_prices.h"
#include "stress_portfolio.h"

/* Bounds of an instrument, as shares of the value of a lot. */
typedef struct liq_stress_grid_bound {
    double moved;   /* PnL in any scenario of the grid */
    double charged; /* all charges, at their largest multipliers */
    double charges; /* multipliers of them: what rounding a charge may come to */
    bool is_known;  /* the screen knows what it is in every scenario */
    bool is_option; /* shares are of what it is an option on */
} liq_stress_grid_bound;

/* Empty where the venue has no rule. */
typedef struct liq_stress_grid {
    liq_stress_lot *lots; /* by instrument */
    liq_stress_unit *units;
    liq_stress_charge_tier *tiers;
    float *coefficients;
    liq_stress_grid_bound *bounds; /* by instrument */
    uint32_t *options;             /* those that portfolio accounts hold */
    float *option_rows;            /* of a tile: LIQ_STRESS_TILE for each */
    double fine_per_cash;
    bool is_convex;     /* what futures require is, but for what is hedged */
    float factor;       /* of what the classes need */
    double factor_most; /* of initial margin as well */
    uint32_t instrument_count;
    uint32_t unit_count;
    uint32_t tier_count;
    uint32_t coefficient_count;
    uint32_t option_count;
    uint32_t option_row_count;
} liq_stress_grid;

/** What a leg of a row adds to the bounds of what the row requires, cash units. */
typedef struct liq_stress_grid_leg {
    double terms; /* sizes that are summed up */
    double slack; /* what the rule may round */
} liq_stress_grid_leg;

/** @param market  of the book at its own prices */
LIQ_MUST_USE liq_status liq_stress_grid_create(liq_stress_grid *out, const liq_venue *venue,
                                               const liq_market *market, const liq_rows *rows,
                                               liq_error *err);

/** Takes a zeroed or filled one. */
void liq_stress_grid_clear(liq_stress_grid *grid);

/**
 * Write a lane of the rows of options. What has no numbers there is on a value that is not a
 * number: then whoever holds it is in doubt.
 * @param book    at the prices of the lane
 * @param market  of that book
 */
void liq_stress_grid_lane(const liq_stress_grid *grid, const liq_book *book,
                          const liq_market *market, uint32_t lane);

/**
 * @param lots  not signed
 * @return false when only the margin rule can say what it requires, or that it has no value
 */
bool liq_stress_grid_leg_read(liq_stress_grid_leg *out, const liq_stress_grid *grid,
                              const liq_market *market, const liq_stress_prices *prices,
                              uint32_t instrument, int64_t lots);

#endif
