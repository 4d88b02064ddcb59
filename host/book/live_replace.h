/*
 * A live book takes over what settling left of an account: typed, whole, and without a detour
 * through decimal strings.
 */
#ifndef LIQ_BOOK_LIVE_REPLACE_H
#define LIQ_BOOK_LIVE_REPLACE_H

#include "book/live_book.h"

/**
 * Make an account hold less, or other amounts, of what it holds: positions and orders that columns
 * no longer have are ended, lots, isolated margins and balances that differ are set. Nothing may be
 * new but balances. The account counts as changed.
 * @param columns  in the order of columns.h; orders in the order in which they were
 * @return LIQ_OK, LIQ_OUT_OF_RANGE (no room for one more balance: part of it is done)
 */
LIQ_MUST_USE liq_status liq_live_book_replace(liq_live_book *live, uint32_t account,
                                              const liq_account_columns *columns, liq_error *err);

#endif
