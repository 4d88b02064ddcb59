/*
 * A live book as a loaded book of another venue: matched by symbol, and everything that follows
 * from definitions computed anew.
 */
#ifndef LIQ_BOOK_LIVE_REBUILD_H
#define LIQ_BOOK_LIVE_REBUILD_H

#include "book/live_book.h"

/** As liq_live_rebuild. */
LIQ_MUST_USE liq_status liq_live_book_rebuild(liq_book **out, const liq_live_book *live,
                                              const char *venue_name, const char *venue_text,
                                              liq_error *err);

/* Under way: rows have been moved into the new book and still say what they said in the old one. */
typedef struct liq_rebuilding {
    const liq_venue *source; /* the old venue */
    liq_book *target;
    const char *venue_name;
    uint32_t *assets;      /* old to new; LIQ_NO_INDEX: gone */
    uint32_t *instruments; /* likewise */
    liq_error *err;
} liq_rebuilding;

/** Put the rows of all accounts into terms of the new venue, and into its order. */
LIQ_MUST_USE liq_status liq_rebuild_balances(const liq_rebuilding *work);
LIQ_MUST_USE liq_status liq_rebuild_positions(const liq_rebuilding *work);
LIQ_MUST_USE liq_status liq_rebuild_orders(const liq_rebuilding *work);

/** Lots of the old instrument in those of the new one. @return false: no multiple, or too many */
bool liq_rebuild_lots(const liq_rebuilding *work, uint32_t source_instrument, int64_t *lots);

#endif
