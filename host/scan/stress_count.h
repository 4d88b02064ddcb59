/*
 * Slots that were judged, counted by runs of scenarios in which they have one status.
 */
#ifndef LIQ_SCAN_STRESS_COUNT_H
#define LIQ_SCAN_STRESS_COUNT_H

#include "scan/stress_tally.h"

/**
 * Count slots that were judged. A failure is kept in the tally.
 * @param first     of the slots of the pack
 * @param marks     of the slots, see kernels/stress_rows.cl
 * @param statuses  LIQ_STRESS_TILE for each
 */
void liq_stress_count_slots(liq_stress_tally *tally, const liq_stress_tile *tile, uint32_t first,
                            uint32_t count, const uint8_t *marks, const uint8_t *statuses);

/** End a batch whose last tile was counted: what slots cost is summed up, and carried no more. */
void liq_stress_count_close(const liq_stress_tile *tile, uint32_t first, uint32_t count);

#endif
