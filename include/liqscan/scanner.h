/**
 * The margin scan: equity, margin and status of every margin account of a book,
 * computed on an OpenCL device, or on the host by the same rule.
 */
#ifndef LIQSCAN_SCANNER_H
#define LIQSCAN_SCANNER_H

#include <stdint.h>

#include <liqscan/book.h>
#include <liqscan/progress.h>
#include <liqscan/status.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct liq_scanner liq_scanner;

/** The device name that means the host itself: the CPU truth that devices are checked against. */
#define LIQ_DEVICE_CPU_REFERENCE "cpu-reference"

/** Status of a margin account, in rising severity. The numbers are pinned for ever. */
typedef enum liq_margin_status_code {
    LIQ_MARGIN_OK = 0,
    LIQ_MARGIN_WARNING = 1,
    LIQ_MARGIN_REDUCE_ONLY = 2,
    LIQ_MARGIN_LIQUIDATE = 3,
    LIQ_MARGIN_BACKSTOP = 4,
    LIQ_MARGIN_BANKRUPT = 5,
    LIQ_MARGIN_UNVALUED = 6 /**< could not be valued: see reason; never treated as healthy */
} liq_margin_status_code;

enum { LIQ_MARGIN_STATUS_COUNT = 7, LIQ_AMOUNT_TEXT_BYTES = 64, LIQ_DEVICE_NAME_BYTES = 128 };

/** How a scanner is made. Zero everything for the defaults. */
typedef struct liq_scanner_options {
    /** NULL: the best device; a type ("gpu", "cpu"), a list index, a part of a name, or
     * "cpu-reference". */
    const char *device;
    /** Non-zero: use the device without its self-test (which forks a child process once). */
    int skip_self_test;
    /** Watcher of packing and uploading, NULL allowed. */
    const liq_progress *progress;
    /** Score every position in the same pass, for liq_scanner_score (adl.h), by this rule of
     * auto-deleveraging: a name as in liq_adl_options, or "" for the venue's. NULL: none. Takes
     * 12 bytes for each position on the device, or 8 on the host where the device has no room
     * for them in one piece: they are made there then. */
    const char *scores;
    /** Non-zero: the scan will be settled (settle.h). Kernels for that are tested with the others
     * then; without it what they make is made on the host. */
    int settles;
} liq_scanner_options;

/** One margin account as the last scan saw it; texts are lent as long as the book lives. */
typedef struct liq_scan_row {
    const char *account;
    const char *instrument; /**< of an isolated position; NULL for the cross account */
    int is_short;           /**< side of an isolated position */
    liq_margin_status_code status;
    int64_t equity;             /**< cash units, rounded down */
    int64_t maintenance_margin; /**< cash units, rounded up */
    int64_t initial_margin;     /**< cash units, rounded up */
    int64_t notional;           /**< cash units, rounded up */
    uint64_t
        age_ticks; /**< of a live book: ticks since these values; the status is of the last tick */
    const char *reason;         /**< unvalued: why, such as "no_mark"; else NULL */
    const char *reason_subject; /**< unvalued: the instrument or asset; NULL when it is the sum */
} liq_scan_row;

/** What a scan did as a whole. */
typedef struct liq_scan_summary {
    uint64_t rows; /**< margin accounts */
    uint64_t by_status[LIQ_MARGIN_STATUS_COUNT];
    uint64_t flagged;             /**< liquidate, backstop or bankrupt */
    uint64_t wall_ns;             /**< prices in to flagged list out */
    uint64_t device_ns;           /**< of it, kernels on the device; 0 for cpu-reference */
    uint64_t device_bytes;        /**< read and written by the kernels, by count of the layout */
    uint64_t device_memory_bytes; /**< of all buffers on the device; 0 for cpu-reference */
    uint64_t host_memory_bytes; /**< of book, rows, results and market, as the library holds them */
    uint32_t device_position_bytes; /**< of device_memory_bytes, what each position takes; */
    uint32_t device_account_bytes;  /**< and the rest, over margin accounts, rounded up */
    uint32_t host_position_bytes;
    uint32_t host_account_bytes;
    char equity_total[LIQ_AMOUNT_TEXT_BYTES]; /**< exact sum over valued rows, plain decimal */
    char maintenance_total[LIQ_AMOUNT_TEXT_BYTES];
    char notional_total[LIQ_AMOUNT_TEXT_BYTES];
    char device[LIQ_DEVICE_NAME_BYTES];
    char device_reason[LIQ_DEVICE_NAME_BYTES]; /**< why this device was chosen */
    char hash[65]; /**< SHA-256 over all results in row order: same book, same prices, same hash */
} liq_scan_summary;

/**
 * Make a scanner of a book: choose, test and open the device, pack the rows and upload them.
 * @param book     lent as long as the scanner lives; positions must not change meanwhile, prices
 * may
 * @param options  NULL for the defaults
 * @return LIQ_OK, LIQ_NO_DEVICE, LIQ_SELF_TEST, LIQ_DEVICE_FAULT, LIQ_OUT_OF_RANGE,
 * LIQ_OUT_OF_MEMORY, LIQ_INTERRUPTED, LIQ_NOT_FOUND (no such rule)
 */
LIQ_MUST_USE liq_status liq_scanner_create(liq_scanner **out, const liq_book *book,
                                           const liq_scanner_options *options, liq_error *err);

/** Give a scanner back. Takes NULL. */
void liq_scanner_destroy(liq_scanner *scanner);

/**
 * Value every margin account at the book's present prices.
 * @param summary  filled; NULL allowed
 */
LIQ_MUST_USE liq_status liq_scanner_scan(liq_scanner *scanner, liq_scan_summary *summary,
                                         liq_error *err);

/** Number of margin accounts. Rows are ordered by account id, cross first, then isolated ones by
 * instrument and side. */
uint32_t liq_scanner_row_count(const liq_scanner *scanner);

/** Read a row of the last scan. @param row_index  0 .. liq_scanner_row_count - 1 */
void liq_scanner_row(const liq_scanner *scanner, uint32_t row_index, liq_scan_row *out);

/**
 * Rows to act on after the last scan: equity of zero or less first, then most leveraged (notional /
 * equity) first, ties by row order.
 * @param rows  receives row indices, lent until the next scan
 */
void liq_scanner_flagged(const liq_scanner *scanner, const uint32_t **rows, uint32_t *count);

/** Rows without a value after the last scan, in row order; lent until the next scan. */
void liq_scanner_unvalued(const liq_scanner *scanner, const uint32_t **rows, uint32_t *count);

/** "ok", "warning", "reduce_only", "liquidate", "backstop", "bankrupt", "unvalued". */
const char *liq_margin_status_name(liq_margin_status_code status);

#ifdef __cplusplus
}
#endif

#endif
