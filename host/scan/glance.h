/*
 * The pairs by which a pass looks at rows first (kernels/liq_glance.h), made of the cells of the
 * screen when a pass is due.
 */
#ifndef LIQ_SCAN_GLANCE_H
#define LIQ_SCAN_GLANCE_H

#include "liq_glance.h"
#include "scan/screen_cells.h"

/**
 * @param pairs  LIQ_GLANCE_SIDES for each cell
 * @param cells  of the present market; their terms say which level is the highest
 */
void liq_glance_fill(liq_f32x2 *pairs, const liq_screen_cells *cells);

/** The code that a pass tells of a row: at a glance, or by the screen. As liq_screen_row_judge. */
uint32_t liq_glance_row_code(const liq_f32x2 *pairs, const liq_screen_cells *cells,
                             const uint16_t *entry_cells, const float *entry_amounts,
                             uint32_t stride, float offset, uint32_t entry_count);

#endif
