/*
 * A venue whose tier tables say what another one's are under factors: the same rates as decimals.
 */
#ifndef LIQ_SUPPORT_FACTORS_H
#define LIQ_SUPPORT_FACTORS_H

#include "book/columns.h"
#include "support_seeded.h"

/**
 * Draw factors of few digits and scale a venue by them.
 * @param tiers    receives venue->tier_count of them
 * @param factors  receives venue->instrument_count of them; one where a scaled table would need
 * more digits than the margin rule counts, or a rate past 100%
 * @return how many instruments have other factors than one
 */
uint32_t liq_venue_draw_scaled(const liq_venue *venue, liq_random *random, liq_tier *tiers,
                               liq_margin_factors *factors);

#endif
