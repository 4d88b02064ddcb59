/*
 * Accounts of a loaded book in a live one: taken over when that is made, and put back as they were
 * when what has been done to them since is to count for nothing.
 */
#include "book/live_restore.h"

#include "base/fail.h"
#include "book/live_hash.h"
#include "book/live_internal.h"
#include "book/margin_factors.h"

static void facts_load(liq_live_book *live, const liq_book *book, uint32_t account_index,
                       uint32_t account);
static void lists_load(liq_live_book *live, const liq_book *book, uint32_t account_index,
                       uint32_t account);
static void balances_load(liq_live_book *live, const liq_book *book, uint32_t account_index,
                          uint32_t account);
static void positions_load(liq_live_book *live, const liq_book *book, uint32_t account_index,
                           uint32_t account);
static void orders_load(liq_live_book *live, const liq_book *book, uint32_t account_index,
                        uint32_t account);
static void entry_load(liq_live_book *live, const liq_live_entry *entry, uint32_t *before);

liq_status liq_live_account_load(liq_live_book *live, const liq_book *book, uint32_t account_index,
                                 liq_error *err)
{
    const char *id = liq_names_get(book->account_names, account_index);
    const uint32_t account =
        liq_live_account_take(live, liq_text_of(id), book->accounts[account_index].mode);
    liq_status status;

    facts_load(live, book, account_index, account);
    lists_load(live, book, account_index, account);
    liq_live_account_changed(live, account);
    status = liq_live_scratch_room(&live->scratch, live->accounts[account].entry_count, err);
    return status == LIQ_OK ? liq_live_rows_write(live, account, err) : status;
}

/* Accounts of a loaded book have the numbers that they have there. */
liq_status liq_live_book_account_restore(liq_live_book *live, const liq_book *book,
                                         uint32_t account, liq_error *err)
{
    liq_live_account *restored = &live->accounts[account];

    LIQ_ASSERT(live->change_count == 0 && restored->alive && live->in_order[account]);
    liq_live_lists_drop(live, account);
    lists_load(live, book, account, account);
    liq_live_hash_lists(live, account, LIQ_LIVE_COMES);
    liq_live_account_changed(live, account);
    return liq_live_scratch_room(&live->scratch, restored->entry_count, err);
}

void liq_live_book_prices_restore(liq_live_book *live, const liq_book *book)
{
    LIQ_ASSERT(live->change_count == 0);
    for (uint32_t i = 0; i < book->venue.asset_count; i++) {
        liq_live_price_set(live, LIQ_LIVE_INDEXED, i, book->asset_indices[i]);
        liq_live_changes_commit(live);
    }
    for (uint32_t i = 0; i < book->venue.instrument_count; i++) {
        liq_live_price_set(live, LIQ_LIVE_MARKED, i, book->instrument_marks[i]);
        liq_live_factors_set(live, i, liq_book_margin_factors(book, i));
        liq_live_changes_commit(live);
    }
    liq_live_depth_restore(live, book);
}

static void facts_load(liq_live_book *live, const liq_book *book, uint32_t account_index,
                       uint32_t account)
{
    const liq_account *from = &book->accounts[account_index];

    live->in_order[account] = true;
    live->accounts[account].group = from->group_index;
    live->accounts[account].adl_exempt = from->adl_exempt != 0;
    if (book->account_seen != NULL)
        live->accounts[account].seen = book->account_seen[account_index];
}

static void lists_load(liq_live_book *live, const liq_book *book, uint32_t account_index,
                       uint32_t account)
{
    balances_load(live, book, account_index, account);
    positions_load(live, book, account_index, account);
    orders_load(live, book, account_index, account);
}

static void balances_load(liq_live_book *live, const liq_book *book, uint32_t account_index,
                          uint32_t account)
{
    liq_live_entry entry = {.account = account, .list = LIQ_LIVE_BALANCES};
    uint32_t before = LIQ_NO_INDEX;

    for (uint64_t i = book->balance_first[account_index];
         i < book->balance_first[account_index + 1]; i++) {
        entry.index = book->balances[i].asset_index;
        entry.quantity = book->balances[i].amount;
        if (entry.quantity != 0)
            entry_load(live, &entry, &before);
    }
}

static void positions_load(liq_live_book *live, const liq_book *book, uint32_t account_index,
                           uint32_t account)
{
    uint32_t before = LIQ_NO_INDEX;

    for (uint64_t i = book->position_first[account_index];
         i < book->position_first[account_index + 1]; i++) {
        const liq_position *position = &book->positions[i];
        liq_live_entry entry = {.quantity = position->quantity_lots,
                                .value = position->entry_value,
                                .price = position->entry_price,
                                .isolated_margin = position->isolated_margin,
                                .account = account,
                                .index = position->instrument_index,
                                .list = LIQ_LIVE_POSITIONS,
                                .isolated = position->isolated};

        if (book->position_seen != NULL)
            entry.seen = book->position_seen[i];
        entry_load(live, &entry, &before);
    }
}

static void orders_load(liq_live_book *live, const liq_book *book, uint32_t account_index,
                        uint32_t account)
{
    const uint64_t first = book->order_first[account_index];
    uint32_t before = LIQ_NO_INDEX;

    for (uint64_t i = first; i < book->order_first[account_index + 1]; i++) {
        const liq_live_entry entry = {
            .quantity = book->orders[i].quantity_lots,
            .value = book->orders[i].limit_value,
            .price = book->orders[i].price,
            .reference = book->order_references != NULL ? book->order_references[i] : i - first + 1,
            .account = account,
            .index = book->orders[i].instrument_index,
            .list = LIQ_LIVE_ORDERS};

        entry_load(live, &entry, &before);
    }
}

/* A loaded book is in order: each entry goes behind the one before it. */
static void entry_load(liq_live_book *live, const liq_live_entry *entry, uint32_t *before)
{
    *before = liq_live_entry_take(live, entry, *before);
    liq_live_holder_add(live, *before);
    liq_live_long_lots_see(live, *before, true);
}
