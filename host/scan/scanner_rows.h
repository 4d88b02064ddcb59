/*
 * What a scanner knows of its rows, for rooms that act on them. Lent until the next scan.
 */
#ifndef LIQ_SCAN_SCANNER_ROWS_H
#define LIQ_SCAN_SCANNER_ROWS_H

#include <liqscan/scanner.h>

#include "book/rows.h"
#include "scan/device_scan.h"

const liq_row_key *liq_scanner_keys(const liq_scanner *scanner);

/** By row, as the last scan left them. */
const liq_row_record *liq_scanner_results(const liq_scanner *scanner);

const liq_book *liq_scanner_book(const liq_scanner *scanner);

/** Where it scans, for passes behind the scan; NULL: on the host, or the kernels of such passes
 * were not tested with it (liq_scanner_options.settles). Lent as long as the scanner lives. */
const liq_device_scan *liq_scanner_device_scan(const liq_scanner *scanner);

#endif
