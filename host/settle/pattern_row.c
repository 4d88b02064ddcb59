#include "settle/pattern_row.h"

#include <math.h>

#include "scan/flagged.h"
#include "scan/truth.h"
#include "settle/leverage_count.h"

/* Taken off every reach: marks that have fallen are rounded. */
#define ROUNDING 0x1p-17f

static bool sums_prove(float *reach, bool *flagged, float *gross, liq_pattern_view *view, int fall,
                       const liq_rows *rows, uint32_t row);
static float leverage_reach(const liq_row_record *now, float gross);
static float least(float left, float right);

float liq_pattern_row_see(liq_pattern_row *out, liq_pattern_view *view, const liq_rows *rows,
                          uint32_t row)
{
    const liq_row_record now = liq_truth_row(view->markets[0], rows, row);
    float reach = LIQ_SCREEN_HORIZON;

    *out = (liq_pattern_row){.bucket = LIQ_LEVERAGE_NONE};
    if (now.status == LIQ_ROW_UNVALUED)
        return 0.0f;
    if (now.notional == 0)
        return reach;
    out->bucket = liq_leverage_bucket(now.notional, now.equity);
    for (int fall = 0; fall < LIQ_PATTERN_FALLS; fall++) {
        liq_row_record then = now;
        bool flagged = false;
        float of_fall = 0.0f;
        float gross = 0.0f;
        const bool is_proven = sums_prove(&of_fall, &flagged, &gross, view, fall, rows, row);

        if (fall > 0 && (!is_proven || flagged))
            then = liq_truth_row(view->markets[fall], rows, row);
        if (fall == 0 || !is_proven || flagged) {
            /* The rule itself decides; sums that say otherwise prove nothing. */
            of_fall = is_proven && flagged == liq_flagged_status(then.status) ? of_fall : 0.0f;
            flagged = liq_flagged_status(then.status);
        }
        if (fall == 0 && of_fall > 0.0f)
            of_fall = least(of_fall, leverage_reach(&now, gross));
        reach = least(reach, of_fall - ROUNDING);
        if (!flagged)
            continue;
        out->flagged |= (uint8_t)(1 << fall);
        out->liquidatable[fall] = then.status == LIQ_ROW_UNVALUED ? 0 : then.notional;
    }
    return reach > 0.0f ? reach : 0.0f;
}

/* The level of liquidation alone. That a row is past it is proven here as well, where the table of
   its tiers does not jump: it is not asked whether it is bankrupt already. */
static bool sums_prove(float *reach, bool *flagged, float *gross, liq_pattern_view *view, int fall,
                       const liq_rows *rows, uint32_t row)
{
    liq_screen_row *packed = &view->packed;
    liq_screen_adder adder = liq_screen_begin();
    liq_screen_verdict verdict = {.reach = LIQ_SCREEN_HORIZON, .status = LIQ_ROW_OK};
    const liq_screen_cells *cells;
    liq_screen_limits limits;
    liq_screen_sum sum;
    liq_u32 sure;

    if (view->cells == NULL)
        return false;
    cells = &view->cells[fall];
    liq_screen_row_pack(packed, cells, view->markets[fall], rows, row);
    for (uint32_t i = 0; i < packed->entry_count; i++)
        liq_screen_add(&adder, &cells->cells[packed->cells[i]], packed->amounts[i]);
    sum = liq_screen_end(adder, packed->offset);
    limits = (liq_screen_limits){.bulk = fabsf(packed->offset) + sum.gross,
                                 .error = LIQ_SCREEN_ERROR(packed->entry_count),
                                 .allowance = cells->terms.allowance};
    sure = (liq_u32)(sum.outside == 0) & (liq_u32)(limits.bulk < cells->terms.bulk_max);
    liq_screen_level(&verdict, &sure, sum, limits, cells->terms.past, LIQ_ROW_WARNING);
    *flagged = verdict.status != LIQ_ROW_OK;
    *reach = verdict.reach;
    *gross = sum.gross;
    return sure != 0;
}

static float leverage_reach(const liq_row_record *now, float gross)
{
    const double notional = (double)now->notional;
    const double equity = (double)now->equity;
    const double all = (double)gross > notional ? (double)gross : notional;
    const double most = notional / equity * 17 / 16;
    const double fewest = notional / equity * 16 / 17;
    const double up = (most * equity - notional) / (all * (1 + most));
    const double down = (notional - fewest * equity) / (all * (1 + fewest));

    /* Whose equity is spent stays so until it is not. */
    if (now->equity <= 0)
        return (float)(-equity / all * (1 - 0x1p-10));
    return (float)((up < down ? up : down) * (1 - 0x1p-10));
}

static float least(float left, float right)
{
    return left < right ? left : right;
}
