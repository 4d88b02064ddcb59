/*
 * A live book back to the loaded book that it was made of: account by account, so that it costs
 * what has changed. Whoever changed it knows which accounts those are. Nothing is taken back in
 * order: entries may lie elsewhere than in a live book made afresh, and say the same.
 */
#ifndef LIQ_BOOK_LIVE_RESTORE_H
#define LIQ_BOOK_LIVE_RESTORE_H

#include "book/live_book.h"

/**
 * An account holds again what it held, and is valued by the next tick. Of what it was told nothing
 * changes: that tick sees to it.
 * @param book     of which the live book was made, unchanged
 * @param account  by its number in both; it was never removed
 * @return LIQ_OK, or LIQ_OUT_OF_MEMORY: then the live book is good for nothing more
 */
LIQ_MUST_USE liq_status liq_live_book_account_restore(liq_live_book *live, const liq_book *book,
                                                      uint32_t account, liq_error *err);

/** Marks, index prices, factors on margin rates and depth are again those of the loaded book. */
void liq_live_book_prices_restore(liq_live_book *live, const liq_book *book);

#endif
