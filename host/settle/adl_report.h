/*
 * What an allocation took, and from how many.
 */
#ifndef LIQ_SETTLE_ADL_REPORT_H
#define LIQ_SETTLE_ADL_REPORT_H

#include "settle/adl_lines.h"

/**
 * Add up what is to be closed. All but the level.
 * @param turns  room for fill_count
 */
void liq_adl_report_fill(liq_adl_report *out, const liq_adl_counterparty *counterparties,
                         const liq_adl_fill *fills, uint32_t fill_count,
                         const liq_adl_terms_of_ask *terms, liq_adl_turn *turns);

/** Where the policy stopped, in ppm, rounded to the nearest: for display. @param level  below of
 * zero: nowhere */
void liq_adl_report_level(liq_adl_report *out, const liq_adl_terms_of_ask *terms,
                          const liq_adl_level *level);

#endif
