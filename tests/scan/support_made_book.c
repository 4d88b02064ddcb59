#include "support_made_book.h"

#include <stdlib.h>

void liq_made_book_clear(liq_book *book)
{
    liq_names_destroy(book->venue.asset_names);
    liq_names_destroy(book->venue.instrument_names);
    liq_names_destroy(book->venue.fund_names);
    free(book->venue.assets);
    free(book->venue.slices);
    free(book->venue.instruments);
    free(book->venue.tiers);
    liq_made_columns_clear(book);
}

void liq_made_columns_clear(liq_book *book)
{
    liq_names_destroy(book->account_names);
    liq_names_destroy(book->group_names);
    free(book->accounts);
    free(book->balances);
    free(book->positions);
    free(book->orders);
    free(book->balance_first);
    free(book->position_first);
    free(book->order_first);
    free(book->instrument_marks);
    free(book->asset_indices);
    free(book->margin_factors);
    *book = (liq_book){0};
}
