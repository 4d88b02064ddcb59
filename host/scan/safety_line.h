/*
 * What separates safe from flagged: lines in the plane of equity and maintenance margin, those of
 * the margin rule's own status. They let a search prove that a whole stretch of prices or
 * sizes lies on one side; the status of a single point always comes from the rule.
 */
#ifndef LIQ_SCAN_SAFETY_LINE_H
#define LIQ_SCAN_SAFETY_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/int128.h"
#include "liq_record.h"

enum { LIQ_SAFETY_LINES_MAX = 3 };

/* Crossed when equity x equity_factor < (inclusive: <=) maintenance x requirement_factor. */
typedef struct liq_safety_line {
    int64_t equity_factor;
    int64_t requirement_factor;
    bool inclusive;
} liq_safety_line;

typedef struct liq_safety_lines {
    liq_safety_line lines[LIQ_SAFETY_LINES_MAX];
    uint32_t count;
} liq_safety_lines;

/** Equity of zero, or the liquidate or backstop level: what flags a row that holds a position. */
liq_safety_lines liq_safety_lines_liquidation(const liq_policy_record *policy);

/** Equity below zero. */
liq_safety_lines liq_safety_lines_bankruptcy(void);

/** equity x equity_factor - maintenance x requirement_factor: the height above a line. */
liq_int128 liq_safety_height(liq_safety_line line, int64_t equity, int64_t maintenance);

/** Whether that height has crossed. */
static inline bool liq_safety_crossed(liq_safety_line line, liq_int128 height)
{
    return height < 0 || (line.inclusive && height == 0);
}

#endif
