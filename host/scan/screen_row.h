/*
 * One margin row as the screen reads it: an offset and entries (cell, amount), see
 * kernels/liq_screen.h.
 */
#ifndef LIQ_SCAN_SCREEN_ROW_H
#define LIQ_SCAN_SCREEN_ROW_H

#include "book/rows.h"
#include "scan/screen_cells.h"

/* Put on the offset of a row without positions that owes nothing: it is ok even when it holds
 * nothing. */
#define LIQ_SCREEN_OWES_NOTHING 0x1p40f

/* A packed row; the arrays are the caller's. */
typedef struct liq_screen_row {
    uint16_t *cells;
    float *amounts;
    float offset; /* cash units; not a number: the row is always in doubt */
    uint32_t entry_count;
} liq_screen_row;

/**
 * Pack a row.
 * @param out      its arrays have room for the row's entries
 * @param cells    of the market, for the numbers of its cells
 * @param market   by which each position's tier is chosen: at another it may be in doubt
 * @param rows     read
 */
void liq_screen_row_pack(liq_screen_row *out, const liq_screen_cells *cells,
                         const liq_market *market, const liq_rows *rows, uint32_t row_index);

/** Screen one row on the host, by the same text as the device. */
liq_screen_verdict liq_screen_row_judge(const liq_screen_cells *cells, const uint16_t *entry_cells,
                                        const float *entry_amounts, uint32_t stride, float offset,
                                        uint32_t entry_count);

#endif
