/*
 * Margin rows packed for a stress (kernels/stress_screen.h), for the prices of one batch.
 */
#ifndef LIQ_SCAN_STRESS_PACK_H
#define LIQ_SCAN_STRESS_PACK_H

#include "book/rows.h"
#include "scan/stress_grid.h"

/* What is known of a row for a whole batch. Below LIQ_ROW_UNVALUED + 1: its status, in every
 * scenario. */
#define LIQ_STRESS_ROW_SLOT 0x80u /* it has a slot */
#define LIQ_STRESS_ROW_HARD 0x81u /* only the margin rule can judge it */

typedef struct liq_stress_pack {
    liq_stress_slot *slots;
    uint32_t *slot_rows; /* rising */
    uint8_t *row_plain;  /* by row: 1: settled in the margin currency alone, without orders */
    uint8_t *row_narrow; /* by row, of the plain ones with a slot: 1: it has a value in every
                            scenario, and its equity in fine units fits in 63 bits */
    liq_stress_entry *entries;
    liq_stress_bend *bends;
    uint32_t *hard_rows; /* rising */
    uint8_t *row_kinds;  /* by row: a status or LIQ_STRESS_ROW_* */
    size_t entry_capacity;
    size_t bend_capacity;
    uint32_t entry_count;
    uint32_t bend_count;
    uint32_t slot_count;
    uint32_t hard_count;
    uint32_t unvalued_count; /* rows that have no value in any scenario */
    uint32_t row_count;
} liq_stress_pack;

/** Take the memory, and what does not change from batch to batch. */
LIQ_MUST_USE liq_status liq_stress_pack_create(liq_stress_pack *out, const liq_rows *rows,
                                               liq_error *err);

/** Takes a zeroed or filled one. */
void liq_stress_pack_clear(liq_stress_pack *pack);

/**
 * Pack all rows anew.
 * @param market  of the book at its own prices
 * @param prices  of the batch
 * @param grid    of the venue
 */
LIQ_MUST_USE liq_status liq_stress_pack_fill(liq_stress_pack *pack, const liq_rows *rows,
                                             const liq_market *market,
                                             const liq_stress_prices *prices,
                                             const liq_stress_grid *grid, liq_error *err);

/** Whether a row is settled in the margin currency alone, without orders. */
bool liq_stress_row_plain(const liq_rows *rows, uint32_t row);

/** Whether scenarios of the venue say what a row requires. */
bool liq_stress_row_by_grid(const liq_rows *rows, const liq_market *market, uint32_t row);

/** The levels of a venue. */
liq_stress_levels liq_stress_levels_of(const liq_policy_record *policy);

#endif
