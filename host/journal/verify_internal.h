/*
 * What the parts of verifying share.
 */
#ifndef LIQ_JOURNAL_VERIFY_INTERNAL_H
#define LIQ_JOURNAL_VERIFY_INTERNAL_H

#include "journal/journal_verify.h"
#include "journal/reader_internal.h"

typedef struct liq_verification {
    liq_journal_verdict *verdict;
    liq_journal_reader *reader;
    const liq_progress *progress; /* NULL: none */
    sqlite3_stmt *statements[LIQ_TABLES];
    uint64_t last_tick; /* to which is checked */
    uint64_t totals[LIQ_TABLES];
} liq_verification;

/**
 * Refuse a place. Where it is not told here it stays as it was.
 * @param table  NULL: none
 * @return LIQ_BAD_INPUT
 */
liq_status liq_verify_fail(liq_verification *self, const char *table, uint64_t tick, uint64_t seq,
                           liq_error *err, const char *format, ...) LIQ_PRINTF(6, 7);

/** @return LIQ_OK or LIQ_INTERRUPTED */
LIQ_MUST_USE liq_status liq_verify_report(const liq_verification *self, const char *stage,
                                          uint64_t done, uint64_t total, liq_error *err);

/** Check all ticks up to the last one, and that no record belongs to none. */
LIQ_MUST_USE liq_status liq_verify_ticks(liq_verification *self, liq_error *err);

/** Check the lines of a tick's decisions against their columns. */
LIQ_MUST_USE liq_status liq_verify_decisions(liq_verification *self, uint64_t tick, int64_t first,
                                             int64_t last, liq_error *err);

/** Check that the legs of each of them sum to zero. */
LIQ_MUST_USE liq_status liq_verify_legs(liq_verification *self, uint64_t tick, int64_t first,
                                        int64_t last, liq_error *err);

/** Check the files of inputs that are kept. */
LIQ_MUST_USE liq_status liq_verify_inputs(liq_verification *self, liq_error *err);

#endif
