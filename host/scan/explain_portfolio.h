/*
 * An account of portfolio margin line by line: what each underlying does in each scenario, and what
 * its class needs.
 */
#ifndef LIQ_SCAN_EXPLAIN_PORTFOLIO_H
#define LIQ_SCAN_EXPLAIN_PORTFOLIO_H

#include <liqscan/explain.h>

#include "book/market.h"
#include "book/rows.h"

/* Lines of all margin accounts of an explanation. */
typedef struct liq_explain_scenarios {
    liq_explain_scenario *lines;
    liq_explain_class *classes;
    size_t capacity;
    size_t class_capacity;
    size_t count;
    size_t class_count;
} liq_explain_scenarios;

void liq_explain_scenarios_clear(liq_explain_scenarios *scenarios);

/**
 * Append the lines of a row of portfolio margin, and fill in the margin's counts and factors.
 */
LIQ_MUST_USE liq_status liq_explain_portfolio_fill(liq_explain_margin *margin,
                                                   liq_explain_scenarios *scenarios,
                                                   const liq_book *book, const liq_market *market,
                                                   const liq_rows *rows, uint32_t row_index,
                                                   liq_error *err);

/** Take out of a position line what tiers say: they mean nothing here. */
void liq_explain_portfolio_position(liq_explain_position *line);

#endif
