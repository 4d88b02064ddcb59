/*
 * What a stress says beside its scenarios: what is open now, and who costs the funds most.
 */
#ifndef LIQ_SCAN_STRESS_OPEN_H
#define LIQ_SCAN_STRESS_OPEN_H

#include "scan/stress_loss.h"

/**
 * Notional of lots, cash units, rounded up.
 * @param size  of the value of a lot, fine units
 * @param rate  of the settle asset, 10^-12 cash units
 * @return false when past 128 bits
 */
bool liq_stress_notional_ceil(liq_int128 *out, const liq_market *market, uint32_t instrument,
                              int64_t lots, uint64_t size, int64_t rate);

/** Fill in open_long, open_short and fund_available, of the book at its own prices. What is past
 * 128 bits is left at "". */
void liq_stress_open_fill(liq_stress_summary *summary, const liq_book *book,
                          const liq_market *market, const liq_stress_funds *funds);

/** Which rows those are, by their sums alone. @param listed  receives at most limit rows */
uint32_t liq_stress_losers_choose(uint32_t *listed, uint32_t limit, uint32_t row_count,
                                  const liq_stress_cost *costs);

/** As liq_stress_losers. @param costs  by row @param fine_per_unit  of the margin currency */
uint32_t liq_stress_losers_list(liq_stress_loser *out, uint32_t limit, const liq_book *book,
                                const liq_rows *rows, const liq_stress_cost *costs,
                                int64_t fine_per_unit);

#endif
