/*
 * What a live book holds as the columns of a loaded book: to be saved, or to be taken over by
 * another venue.
 */
#ifndef LIQ_BOOK_LIVE_COLUMNS_H
#define LIQ_BOOK_LIVE_COLUMNS_H

#include "book/live_book.h"

/**
 * Write columns in the order of account ids: linear in what there is, but for sorting the accounts
 * that were added. Nothing is written to the live book.
 * @param out  zeroed; venue, its text and groups are lent, the rest is its own; cleared again on
 * failure
 * @return LIQ_OK or LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_live_columns_write(liq_book *out, const liq_live_book *live,
                                               liq_error *err);

/** Write it as a snapshot. @return as liq_book_save_snapshot, LIQ_OUT_OF_MEMORY */
LIQ_MUST_USE liq_status liq_live_columns_save(const liq_live_book *live, const char *path,
                                              liq_error *err);

/** Takes a zeroed or written one. */
void liq_live_columns_clear(liq_book *columns);

#endif
