/*
 * A live book that is put down, to go on as another one.
 */
#include "book/live_columns.h"
#include "book/live_rebuild.h"
#include "scan/live_scan.h"

liq_status liq_live_save(const liq_live *live, const char *path, liq_error *err)
{
    return liq_live_columns_save(&live->book, path, err);
}

void liq_live_state_hash(const liq_live *live, uint64_t out[2])
{
    out[0] = live->book.hash[0];
    out[1] = live->book.hash[1];
}

liq_status liq_live_rebuild(liq_book **out, const liq_live *live, const char *venue_name,
                            const char *venue_text, liq_error *err)
{
    return liq_live_book_rebuild(out, &live->book, venue_name, venue_text, err);
}
