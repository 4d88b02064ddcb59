/*
 * Portfolio margin in the book of the self-test: a grid of scenarios, written as literals.
 */
#ifndef LIQ_SCAN_SELF_TEST_PORTFOLIO_H
#define LIQ_SCAN_SELF_TEST_PORTFOLIO_H

#include <liqscan/status.h>

#include "book/market.h"

/**
 * Give the market a rule of portfolio margin: two instruments whose underlyings are of one class,
 * a third one of a class of its own, and no grid for the others.
 * @param market  its assets and instruments are filled in
 * @param instruments  how many there are, 3 or more: the first three have a grid
 * @return LIQ_OK or LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_self_test_portfolio_fill(liq_market *market, uint32_t instruments,
                                                     liq_error *err);

#endif
