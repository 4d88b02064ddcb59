/*
 * In which scenario a narrow row (see liq_stress_pack) loses most. Runs of scenarios are summed up
 * without a look at each, so this is found afterwards, for the few rows that are listed.
 */
#ifndef LIQ_SCAN_STRESS_WORST_H
#define LIQ_SCAN_STRESS_WORST_H

#include "scan/stress_loss.h"

/**
 * Note the worst scenario of a batch for each listed row, on all processors.
 * @param tile    whose prices and pack are those of the batch
 * @param listed  rows, each once
 */
void liq_stress_worst_find(const liq_stress_tile *tile, const uint32_t *listed, uint32_t count);

#endif
