/*
 * The scenarios of a margin account of portfolio margin, for people.
 */
#ifndef LIQ_APP_EXPLAIN_PORTFOLIO_TABLE_H
#define LIQ_APP_EXPLAIN_PORTFOLIO_TABLE_H

#include <liqscan/explain.h>

#include "outlet/output.h"

/** Write what each underlying does in each scenario, and what the classes need. */
LIQ_MUST_USE liq_status liq_explain_portfolio_write(liq_output *output, const liq_book *book,
                                                    const liq_explanation *explanation,
                                                    uint32_t index, liq_error *err);

#endif
