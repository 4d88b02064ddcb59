#include "scan/policy_venue.h"

#include "book/live_book.h"
#include "book/live_rebuild.h"

liq_status liq_book_under_venue(liq_book **out, const liq_book *book, const char *venue_name,
                                const char *venue_text, liq_error *err)
{
    liq_live_book live = {0};
    liq_status status = liq_live_book_create(&live, book, NULL, err);

    if (status == LIQ_OK)
        status = liq_live_book_rebuild(out, &live, venue_name, venue_text, err);
    liq_live_book_clear(&live);
    return status;
}
