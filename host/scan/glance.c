/*
 * Sizes and tiers. A position keeps the cell of the tier that it was packed in, whatever marks have
 * done since. The pair of a cell holds for every size that it may have been packed with: at most
 * the highest end that the tier has had at any market (liq_screen_cells.ends). The lane STEEP of a
 * cell is the highest rate up to the tier's end at the present market and what a size may grow by;
 * where sizes may be past that end it is taken of the tiers above, too, until one ends higher. And
 * of all tiers below, because a mark may have fallen: rates that rise with the tier make that no
 * more than its own.
 */
#include "scan/glance.h"

#include <math.h>

#include "scan/screen_row.h"

enum { VALUE, GROSS, REQUIRED, FIXED, STEEP, JUMP, ABOVE, BELOW };

static void tiers_fill(liq_f32x2 *pairs, const liq_screen_cells *cells,
                       const liq_instrument *instrument, double factor);
static void pair_fill(liq_f32x2 *pairs, uint32_t cell, double value, double required);
static bool is_fit(liq_f32x8 cell);

void liq_glance_fill(liq_f32x2 *pairs, const liq_screen_cells *cells)
{
    const double factor = (double)cells->terms.highest;

    pair_fill(pairs, LIQ_SCREEN_CELL_NONE, 0.0, 0.0);
    for (uint32_t i = 0; i < cells->venue->instrument_count; i++)
        tiers_fill(pairs, cells, &cells->venue->instruments[i], factor);
    for (uint32_t i = cells->asset_first; i < cells->order_first; i++)
        pair_fill(pairs, i, (double)cells->cells[i][VALUE],
                  is_fit(cells->cells[i]) ? 0.0 : INFINITY);
    /* Orders can overflow, which two sums do not tell. */
    for (uint32_t i = cells->order_first; i < cells->cell_count; i++)
        pair_fill(pairs, i, 0.0, INFINITY);
}

uint32_t liq_glance_row_code(const liq_f32x2 *pairs, const liq_screen_cells *cells,
                             const uint16_t *entry_cells, const float *entry_amounts,
                             uint32_t stride, float offset, uint32_t entry_count)
{
    const uint32_t code =
        liq_glance_code(liq_glance_add(pairs, entry_cells, entry_amounts, stride, entry_count),
                        offset, entry_count, cells->terms);

    if (code != LIQ_SCREEN_CODE_DOUBT)
        return code;
    return liq_screen_code(
        liq_screen_row_judge(cells, entry_cells, entry_amounts, stride, offset, entry_count));
}

static void tiers_fill(liq_f32x2 *pairs, const liq_screen_cells *cells,
                       const liq_instrument *instrument, double factor)
{
    const uint32_t first = cells->tier_first + instrument->tier_first;
    const uint32_t end = first + instrument->tier_count;
    double below = 0.0;

    for (uint32_t cell = first; cell < end; cell++) {
        uint32_t last = cell;
        double steep;

        below = fmax(below, (double)cells->cells[cell][STEEP]);
        steep = below;
        while (last + 1 < end && cells->cells[last][BELOW] < cells->ends[cell - cells->tier_first])
            steep = fmax(steep, (double)cells->cells[++last][STEEP]);
        pair_fill(pairs, cell, (double)cells->cells[cell][VALUE],
                  is_fit(cells->cells[cell]) ? factor * steep : INFINITY);
    }
}

/* What is required of one lot at the highest level; infinite: whoever holds it must be screened. */
static void pair_fill(liq_f32x2 *pairs, uint32_t cell, double value, double required)
{
    const float cost = (float)(fabs(value) + required);

    pairs[cell * LIQ_GLANCE_SIDES] = (liq_f32x2){(float)(value - required), cost};
    pairs[cell * LIQ_GLANCE_SIDES + 1] = (liq_f32x2){(float)(-value - required), cost};
}

/* Unfit ones hold for no size. */
static bool is_fit(liq_f32x8 cell)
{
    return cell[BELOW] > 0.0f;
}
