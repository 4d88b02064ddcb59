/*
 * Which rows a tick has to look at because something moved that they depend on.
 */
#include "scan/live_value.h"

/* A tick that values more than this share of all rows looks at each whether it is meant. */
enum { MANY_SHARE = 64 };

static void options_gather(liq_live *live);
static void holders_gather(liq_live *live, uint32_t entry);

/* Every row there is, but those that were just valued. */
void liq_live_gather_all(liq_live *live)
{
    for (uint32_t i = 0; i < live->book.account_capacity; i++)
        for (uint32_t row = i; live->has_rows[i] && !live->book.dirty.has[i] && row != LIQ_NO_INDEX;
             row = live->row_next[row])
            liq_live_set_add(&live->gathered, row);
}

/* Every row that holds an instrument whose mark or factors moved, or uses an asset whose index did:
   by a balance, or by what settles in it. */
void liq_live_gather_moved(liq_live *live)
{
    const liq_live_book *book = &live->book;
    const liq_venue *venue = &book->prices.venue;

    for (uint32_t i = 0; i < book->moved_instruments.count; i++)
        holders_gather(live, book->instrument_holders[book->moved_instruments.items[i]]);
    if (venue->option_count > 0)
        options_gather(live);
    for (uint32_t i = 0; i < book->moved_factors.count; i++)
        holders_gather(live, book->instrument_holders[book->moved_factors.items[i]]);
    for (uint32_t i = 0; i < book->moved_assets.count; i++)
        holders_gather(live, book->asset_holders[book->moved_assets.items[i]]);
    if (book->moved_assets.count == 0)
        return;
    for (uint32_t i = 0; i < venue->instrument_count; i++)
        if (book->moved_assets.has[venue->instruments[i].settle_index])
            holders_gather(live, book->instrument_holders[i]);
}

/* What an option is worth in scenarios moves with marks other than its own. */
static void options_gather(liq_live *live)
{
    const bool *moved = live->book.moved_instruments.has;
    const liq_venue *venue = &live->book.prices.venue;

    for (uint32_t i = 0; i < venue->instrument_count; i++) {
        const liq_option_terms *terms = &venue->instruments[i].option;

        if (venue->instruments[i].kind == LIQ_INSTRUMENT_OPTION &&
            (moved[terms->underlying_index] || moved[terms->volatility_index] ||
             moved[terms->days_index]))
            holders_gather(live, live->book.instrument_holders[i]);
    }
}

static void holders_gather(liq_live *live, uint32_t entry)
{
    for (; entry != LIQ_NO_INDEX; entry = live->book.entries[entry].holder_after) {
        const liq_live_entry *held = &live->book.entries[entry];

        if (!live->book.dirty.has[held->account])
            liq_live_set_add(&live->gathered,
                             held->isolated ? live->book.account_capacity + entry : held->account);
    }
}

/* What the base proved of whoever holds an instrument was by the factors that it had: all of them
   are looked at, in proportion to how many they are. */
void liq_live_doubt_factors(liq_live *live)
{
    const liq_live_book *book = &live->book;
    const liq_live_entry *held;

    for (uint32_t i = 0; i < book->moved_factors.count; i++)
        for (uint32_t entry = book->instrument_holders[book->moved_factors.items[i]];
             entry != LIQ_NO_INDEX; entry = held->holder_after) {
            held = &book->entries[entry];
            if (!book->dirty.has[held->account])
                liq_levels_doubt(&live->levels,
                                 held->isolated ? book->account_capacity + entry : held->account);
        }
}

/* Many are taken in the order of their rows, in which what an account holds was laid down: by
   instrument a walk over memory would be several times as slow. */
void liq_live_value_gathered(liq_live *live)
{
    liq_live_set *gathered = &live->gathered;
    const uint32_t rows = live->book.account_capacity + live->book.entry_capacity;
    const bool many = gathered->count > rows / MANY_SHARE;

    for (uint32_t i = 0; i < (many ? rows : gathered->count); i++) {
        const uint32_t row = many ? i : gathered->items[i];

        if (!gathered->has[row])
            continue;
        gathered->has[row] = false;
        liq_live_value_row(live, row);
    }
    gathered->count = 0;
}
