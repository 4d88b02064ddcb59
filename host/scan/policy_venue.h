/*
 * A book as it would be under another venue.json.
 */
#ifndef LIQ_SCAN_POLICY_VENUE_H
#define LIQ_SCAN_POLICY_VENUE_H

#include "book/columns.h"

/**
 * Copy a book under another venue: accounts, balances, positions, orders and prices are the same,
 * matched by symbol; what follows from definitions is computed anew.
 * @param out         receives the copy, for the caller to destroy; nothing is lent
 * @param venue_name  of the text, for messages
 * @return as liq_live_rebuild: what does not fit is refused by its name
 */
LIQ_MUST_USE liq_status liq_book_under_venue(liq_book **out, const liq_book *book,
                                             const char *venue_name, const char *venue_text,
                                             liq_error *err);

#endif
