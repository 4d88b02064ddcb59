/*
 * Rows of portfolio accounts valued on the host, and the order of legs that the rule asks for.
 */
#ifndef LIQ_BOOK_PORTFOLIO_ROWS_H
#define LIQ_BOOK_PORTFOLIO_ROWS_H

#include "book/market.h"
#include "book/rows.h"

/**
 * List the positions of a row by underlying: places in the row, from 0 on.
 * @param order  room for LIQ_PORTFOLIO_LEGS_MAX
 * @return how many there are; rows.c refuses an account that has more than that
 */
uint32_t liq_portfolio_order(uint32_t order[LIQ_PORTFOLIO_LEGS_MAX],
                             const liq_portfolio_market *portfolio, const liq_rows *rows,
                             uint32_t row_index);

/** A row as the rule takes it, with an order made by liq_portfolio_order; lent. */
liq_portfolio_row liq_portfolio_row_of(const liq_rows *rows, uint32_t row_index,
                                       const uint32_t *order, uint32_t leg_count);

/** Value a row whose key says LIQ_REASON_PORTFOLIO; unvalued where the venue has no rule. */
liq_row_record liq_portfolio_row_value(const liq_market *market, const liq_rows *rows,
                                       uint32_t row_index);

#endif
