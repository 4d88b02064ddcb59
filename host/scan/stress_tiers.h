/*
 * What a position requires in all scenarios of a batch: the lowest tier that its size comes to, and
 * the floors of those above within reach.
 */
#ifndef LIQ_SCAN_STRESS_TIERS_H
#define LIQ_SCAN_STRESS_TIERS_H

#include "scan/stress_prices.h"

typedef struct liq_stress_leg {
    uint32_t instrument;
    uint32_t asset;
    uint32_t tier;        /* the lowest within reach */
    uint32_t tier_most;   /* the highest */
    double lots;          /* not signed */
    double sign;          /* of the value of a lot */
    double rate;          /* of the lowest tier, of a notional */
    double deduction;     /* of the lowest tier, units of the asset */
    double square;        /* of a price of squares, see stress_screen.h; 0: none */
    double square_most;   /* that price at most, cash units */
    double price_most;    /* of a lot, cash units */
    double exchange_most; /* of the asset, cash units */
    double rate_error;    /* what the rule rounds a rate that grows with the size, at most */
    double gap;           /* what rounding the value of a lot may cost all of them, cash units */
} liq_stress_leg;

/* Where a tier begins, and what it asks for more than the one below. */
typedef struct liq_stress_floor {
    double units; /* of the asset: notional */
    double rate;
    double step;    /* units of the asset: deduction */
    bool is_smooth; /* the two meet there */
} liq_stress_floor;

/**
 * @param lots  not signed
 * @return false when only the margin rule can say what it requires
 */
bool liq_stress_leg_read(liq_stress_leg *out, const liq_market *market,
                         const liq_stress_prices *prices, uint32_t instrument, int64_t lots);

/** @param tier  leg->tier + 1 .. leg->tier_most @return as liq_stress_leg_read */
bool liq_stress_floor_read(liq_stress_floor *out, const liq_market *market,
                           const liq_stress_prices *prices, const liq_stress_leg *leg,
                           uint32_t tier);

/** No lot of an instrument is worth more in any scenario, cash units. */
double liq_stress_price_most(const liq_stress_prices *prices, uint32_t instrument);

#endif
