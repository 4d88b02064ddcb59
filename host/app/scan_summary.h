/*
 * What a scan did as a whole, in words or as one JSON object.
 */
#ifndef LIQ_APP_SCAN_SUMMARY_H
#define LIQ_APP_SCAN_SUMMARY_H

#include <stdint.h>

#include <liqscan/book.h>
#include <liqscan/scanner.h>

#include "outlet/emit.h"
#include "outlet/output.h"

typedef struct liq_scan_totals {
    const liq_book *book;
    uint64_t load_ns;
    uint64_t limit; /* rows listed at most */
    liq_scan_summary scan;
} liq_scan_totals;

/** Decimals of cash that suit a table of this scan: 2, or LIQ_EMIT_FULL for small amounts. */
int32_t liq_scan_table_decimals(const liq_scan_totals *totals);

/** Write the summary: to output, or for CSV to standard error, where it disturbs no table. */
LIQ_MUST_USE liq_status liq_scan_summary_write(liq_output *output, liq_format format,
                                               const liq_scan_totals *totals, liq_error *err);

#endif
