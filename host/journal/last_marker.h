/*
 * The last tick that somebody was told of, in a file beside the journal.
 *
 * A WAL that is cut, damaged in its last transaction or taken away looks to SQLite as if that
 * transaction had never been. The number is written when a commit has returned, so it is never
 * ahead of the disk; that it is not written out itself makes it lag only after a loss of power.
 */
#ifndef LIQ_JOURNAL_LAST_MARKER_H
#define LIQ_JOURNAL_LAST_MARKER_H

#include <stdint.h>

#include <liqscan/status.h>

/** Read it. @param tick  receives 0 when there is none @return LIQ_OK, LIQ_BAD_INPUT, LIQ_IO */
LIQ_MUST_USE liq_status liq_last_marker_read(uint64_t *tick, const char *folder, liq_error *err);

/** Open it for writing. @param marker  receives the descriptor @return LIQ_OK, LIQ_IO */
LIQ_MUST_USE liq_status liq_last_marker_open(int *marker, const char *folder, liq_error *err);

/** Write it. What fails leaves an older number, which is one too. */
void liq_last_marker_write(int marker, uint64_t tick);

/** Refuse a journal that ends before the tick that was told. @return LIQ_OK, LIQ_BAD_INPUT */
LIQ_MUST_USE liq_status liq_last_marker_check(uint64_t told, uint64_t last, liq_error *err);

#endif
