/*
 * Scores of all positions, made in one pass with the rows of a scan: on its device, or on the host
 * where there is none or its allocations are too small for them.
 */
#ifndef LIQ_SCAN_ROW_SCORES_H
#define LIQ_SCAN_ROW_SCORES_H

#include <stdint.h>

#include "scan/device_scores.h"

typedef struct liq_row_scores {
    liq_device_scores *device; /* NULL: on the host */
    int64_t *host;             /* keys by position of the book; NULL: on the device */
    const int64_t *keys;       /* by position of the book, of the last run; NULL: of none */
    uint32_t *row_firsts;      /* first position of each row in the book */
    liq_adl_terms terms;
    uint32_t position_count;
} liq_row_scores;

/**
 * @param out   zeroed; cleared again on failure
 * @param book  read here only
 * @param rows  of that book; with out->host set after the call their entries are needed by every
 * run, else not even here
 * @param scan  of those rows, lent as long as out lives; NULL: on the host
 * @return LIQ_OK, LIQ_OUT_OF_RANGE (2^32 positions or more), LIQ_OUT_OF_MEMORY, or what the device
 * room returns
 */
LIQ_MUST_USE liq_status liq_row_scores_create(liq_row_scores *out, const liq_book *book,
                                              const liq_rows *rows, const liq_device_scan *scan,
                                              liq_adl_rule rule, liq_error *err);

/** Before the scan is gone. Takes a zeroed or filled one. */
void liq_row_scores_clear(liq_row_scores *scores);

/**
 * Value all rows at a market and score all positions, on the device: for scores that are there.
 * @param results  receives a record for each row
 * @param cost     NULL allowed
 */
LIQ_MUST_USE liq_status liq_row_scores_scan(liq_row_scores *scores, liq_device_scan *scan,
                                            const liq_market *market, liq_row_record *results,
                                            liq_device_scan_cost *cost, liq_error *err);

/** Score all positions on the host: for scores that are there. @param results  of all rows */
void liq_row_scores_take(liq_row_scores *scores, const liq_market *market, const liq_rows *rows,
                         const liq_row_record *results);

#endif
