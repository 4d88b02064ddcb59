/*
 * Which rows need action, and in which order.
 */
#ifndef LIQ_SCAN_FLAGGED_H
#define LIQ_SCAN_FLAGGED_H

#include <stdbool.h>
#include <stdint.h>

#include "liq_record.h"

/** Whether a status asks for liquidation: liquidate, backstop or bankrupt. */
static inline bool liq_flagged_status(uint32_t status)
{
    return status >= LIQ_ROW_LIQUIDATE && status <= LIQ_ROW_BANKRUPT;
}

/**
 * Which of two flagged rows comes first: below zero for left, above for right, 0 when neither
 * equity nor leverage tells and the order of rows decides.
 */
int liq_flagged_compare(const liq_row_record *left, const liq_row_record *right);

/**
 * List the flagged rows, equity of zero or less first, then by notional / equity descending
 * (compared by cross-multiplication), ties by row index.
 * @param rows  receives row indices; room for row_count of them
 * @return how many there are
 */
uint32_t liq_flagged_list(const liq_row_record *results, uint32_t row_count, uint32_t *rows);

#endif
