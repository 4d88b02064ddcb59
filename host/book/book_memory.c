#include "book/book_memory.h"

static uint64_t venue_memory(const liq_venue *venue);
static uint64_t columns_memory(const liq_book *book);
static uint64_t names_memory(const liq_names *names);

uint64_t liq_book_memory(const liq_book *book)
{
    const uint64_t columns =
        book->lent.data != NULL ? (uint64_t)book->lent.bytes : columns_memory(book);

    return sizeof *book + venue_memory(&book->venue) + book->venue_bytes + columns +
           names_memory(book->account_names) + names_memory(book->group_names) +
           book->depth_count * sizeof *book->depth +
           book->venue.instrument_count * sizeof *book->instrument_marks +
           book->venue.asset_count * sizeof *book->asset_indices +
           (book->depth_marks == NULL ? 0
                                      : book->venue.instrument_count * sizeof *book->depth_marks) +
           (book->margin_factors == NULL
                ? 0
                : book->venue.instrument_count * sizeof *book->margin_factors);
}

uint64_t liq_market_memory(const liq_market *market)
{
    return liq_portfolio_market_memory(&market->portfolio) +
           market->instrument_count *
               (sizeof *market->instruments + sizeof *market->marks + sizeof *market->factors) +
           market->tier_count * (sizeof *market->tiers + sizeof *market->floors_fine) +
           market->asset_count * sizeof *market->assets +
           market->slice_count * sizeof *market->slices;
}

uint64_t liq_rows_memory(const liq_rows *rows)
{
    const uint64_t firsts =
        rows->entry_first == NULL ? 0 : ((uint64_t)rows->row_count + 1) * sizeof *rows->entry_first;

    return rows->row_count * sizeof *rows->keys + firsts +
           rows->entry_count *
               (sizeof *rows->tags + sizeof *rows->quantities + sizeof *rows->values);
}

static uint64_t venue_memory(const liq_venue *venue)
{
    return names_memory(venue->asset_names) + names_memory(venue->instrument_names) +
           names_memory(venue->fund_names) + venue->asset_count * sizeof *venue->assets +
           venue->slice_count * sizeof *venue->slices +
           venue->instrument_count * sizeof *venue->instruments +
           venue->tier_count * sizeof *venue->tiers + venue->fund_count * sizeof *venue->funds;
}

static uint64_t columns_memory(const liq_book *book)
{
    const uint64_t firsts = 3 * ((uint64_t)book->account_count + 1);

    return book->account_count * sizeof *book->accounts +
           book->balance_count * sizeof *book->balances +
           book->position_count * sizeof *book->positions +
           book->order_count * sizeof *book->orders + firsts * sizeof *book->position_first +
           (book->order_references == NULL ? 0
                                           : book->order_count * sizeof *book->order_references) +
           (book->account_seen == NULL ? 0 : book->account_count) +
           (book->position_seen == NULL ? 0 : book->position_count);
}

static uint64_t names_memory(const liq_names *names)
{
    return names == NULL ? 0 : liq_names_memory(names);
}
