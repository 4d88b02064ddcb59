/*
 * Auto-deleveraging scores of every position on an OpenCL device: a pass over the rows of a scan
 * and their results. Scores lie by side, in the places of an inverted index.
 */
#ifndef LIQ_SCAN_DEVICE_SCORES_H
#define LIQ_SCAN_DEVICE_SCORES_H

#include <stdint.h>

#include "liq_adl.h"
#include "scan/adl_index.h"
#include "scan/device_scan.h"

typedef struct liq_device_scores liq_device_scores;

/**
 * Upload places and take device memory: 12 bytes for each position, 4 for each row.
 * @param scan   lent as long as the scores live
 * @param book   the one that the rows of the scan were made of; read here only
 * @param index  of that book; read here only
 * @return LIQ_OK; LIQ_OUT_OF_RANGE when the scores of all positions are more than one allocation
 * of the device holds; what the device room returns
 */
LIQ_MUST_USE liq_status liq_device_scores_create(liq_device_scores **out,
                                                 const liq_device_scan *scan, const liq_book *book,
                                                 const liq_adl_index *index, liq_error *err);

/**
 * The same for positions that are in no book.
 * @param row_firsts  the first position of each row; those of a row follow one another
 * @param places      of each position, all different and below position_count
 */
LIQ_MUST_USE liq_status liq_device_scores_create_placed(liq_device_scores **out,
                                                        const liq_device_scan *scan,
                                                        const uint32_t *row_firsts,
                                                        const uint32_t *places,
                                                        uint32_t position_count, liq_error *err);

/** Takes NULL. */
void liq_device_scores_destroy(liq_device_scores *scores);

/** Score by the results and tables that the last run of the scan left on the device. Queued only.
 */
LIQ_MUST_USE liq_status liq_device_scores_run(liq_device_scores *scores, liq_adl_terms terms,
                                              liq_error *err);

/**
 * Value all rows at a market and score all positions in one pass over them: what
 * liq_device_scan_run and liq_device_scores_run do one after the other. Queued only.
 * @param scan  the one that the scores were made with
 */
LIQ_MUST_USE liq_status liq_device_scores_run_scan(liq_device_scores *scores, liq_device_scan *scan,
                                                   const liq_market *market, liq_adl_terms terms,
                                                   liq_error *err);

/** Copy all keys to the host. @param out  a key for each place of the index */
LIQ_MUST_USE liq_status liq_device_scores_read(const liq_device_scores *scores, int64_t *out,
                                               liq_error *err);

/**
 * Look at all keys, without a copy where the device works in the host's memory.
 * @param out  receives a key for each place of the index, lent until the next run
 */
LIQ_MUST_USE liq_status liq_device_scores_view(liq_device_scores *scores, const int64_t **out,
                                               liq_error *err);

/** End a view, if there is one, so that a kernel may read the keys again. */
LIQ_MUST_USE liq_status liq_device_scores_release(liq_device_scores *scores, liq_error *err);

/** The keys by place; lent as long as the scores live. */
const liq_buffer *liq_device_scores_keys(const liq_device_scores *scores);

/** Device time of the runs since the last call, in ns. */
LIQ_MUST_USE liq_status liq_device_scores_elapsed(liq_device_scores *scores, uint64_t *ns_out,
                                                  liq_error *err);

#endif
