/*
 * What is certain of a stretch of prices from its two ends alone.
 *
 * The stretch has no kink inside. There equity and maintenance margin are each monotone in the lot
 * value, roundings included: sums of linear legs, each in one tier, put through floors, ceilings
 * and weights that never fall. So the better or worse ends of both bound every point between.
 */
#ifndef LIQ_SCAN_PRICE_PROOF_H
#define LIQ_SCAN_PRICE_PROOF_H

#include "scan/safety_line.h"
#include "scan/turn_search.h"

/* What a proof may rest on; the context of a liq_turn_search begins with it. */
typedef struct liq_price_proof {
    liq_safety_lines lines;
    bool linear; /* equity and maintenance are linear where the regime is one, but for rounding */
    int64_t unit_cash; /* cash units that a unit of the settle asset is worth, rounded up */
} liq_price_proof;

/** liq_turn_search.settled. */
bool liq_price_settled(void *proof, const liq_verdict *near, const liq_verdict *far);

/**
 * liq_turn_search.guess: where to split a stretch whose ends differ. By the straight line between
 * them, just on the near side of where it crosses, or just on the far side when the near end is
 * already that close.
 */
int64_t liq_price_guess(void *proof, const liq_verdict *near, const liq_verdict *far);

#endif
