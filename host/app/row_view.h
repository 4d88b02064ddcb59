/*
 * A margin account as a row of the output, with the ratios that people look at.
 */
#ifndef LIQ_APP_ROW_VIEW_H
#define LIQ_APP_ROW_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <liqscan/book.h>
#include <liqscan/scanner.h>

#include "base/decimal.h"
#include "base/int128.h"
#include "outlet/emit.h"

enum {
    LIQ_RATIO_DECIMALS = 6,
    LIQ_MARGIN_LABEL_BYTES = 160,
    LIQ_SCAN_COLUMNS = 11,
    LIQ_LEVERAGE_TABLE_DECIMALS = 2
};

/* How a book wants its rows shown. */
typedef struct liq_scan_view {
    int32_t cash_decimals;
    bool is_equity_over_maintenance;
    /*
     * The way in which the margin ratio is cut to six decimals: so that the ratio shown is on the
     * same side of the level `liquidate` as the exact one. Levels are parts per million.
     */
    liq_rounding ratio_rounding;
} liq_scan_view;

liq_scan_view liq_scan_view_of(const liq_book *book);

/**
 * The margin ratio as a count of 10^-6, in the direction of the venue.
 * @return false when there is none: equity of zero or less under maintenance margin / equity, no
 * maintenance margin under equity / maintenance margin, or a row without value
 */
bool liq_scan_ratio(liq_int128 *out, const liq_scan_view *view, const liq_scan_row *row);

/** Notional / equity as a count of 10^-6, rounded up; false when equity is zero or less. */
bool liq_scan_leverage(liq_int128 *out, const liq_scan_row *row);

/** "cross", or instrument and side of an isolated position: "BTCUSDT:long". @return out */
char *liq_scan_margin_label(char out[LIQ_MARGIN_LABEL_BYTES], const liq_scan_row *row);

/** The columns of a scan. @param table_decimals  of cash in tables, LIQ_EMIT_FULL: all */
void liq_scan_columns(liq_emit_column out[LIQ_SCAN_COLUMNS], int32_t table_decimals);

/** Write one row. @param is_table  whether the status column tells why there is no value */
void liq_scan_row_emit(liq_emit *emit, const liq_scan_view *view, const liq_scan_row *row,
                       bool is_table);

#endif
