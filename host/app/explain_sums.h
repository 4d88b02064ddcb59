/*
 * How the equity of a margin account comes about, and which level of the venue it has reached.
 */
#ifndef LIQ_APP_EXPLAIN_SUMS_H
#define LIQ_APP_EXPLAIN_SUMS_H

#include <liqscan/explain.h>

#include "app/row_view.h"
#include "outlet/output.h"

/** Write the lines from collateral and PnL to equity, the margins, and the ratios. */
LIQ_MUST_USE liq_status liq_explain_sums_write(liq_output *output, const liq_book *book,
                                               const liq_explanation *explanation, uint32_t index,
                                               liq_error *err);

/** Write each level of the venue, its comparison, and whether it is reached. */
LIQ_MUST_USE liq_status liq_explain_levels_write(liq_output *output, const liq_book *book,
                                                 const liq_explain_margin *margin, liq_error *err);

/**
 * A level's comparison in the ratio that the venue shows, such as "MM / EQ >= 0.8"; crosswise,
 * such as "EQ x 1.5 < MM x 1", where the ratio has no end.
 * @return out
 */
char *liq_explain_level_text(char *out, size_t out_bytes, const liq_scan_view *view,
                             const liq_book_level *level);

#endif
