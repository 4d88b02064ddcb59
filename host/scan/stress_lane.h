/*
 * One scenario of a tile, read from the tally of all workers.
 */
#ifndef LIQ_SCAN_STRESS_LANE_H
#define LIQ_SCAN_STRESS_LANE_H

#include "scan/stress_run.h"

/**
 * @param sum  all that was counted, brought up to each lane
 * @return false when an amount is past 128 bits
 */
bool liq_stress_lane_read(liq_stress_result *out, const liq_stress_tally *sum,
                          const liq_stress_tile *tile, uint32_t lane);

#endif
