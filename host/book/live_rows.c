#include <stdlib.h>

#include "base/fail.h"
#include "base/memory.h"
#include "book/live_internal.h"

static liq_account_columns columns_gather(liq_live_book *live, uint32_t account);
static liq_position position_of(const liq_live_entry *entry);
static void rows_reset(liq_rows *rows);

const liq_rows *liq_live_book_rows(liq_live_book *live, uint32_t account)
{
    /* The batch that made the account what it is has been through this. */
    LIQ_ASSERT(liq_live_rows_write(live, account, NULL) == LIQ_OK);
    return &live->scratch.rows;
}

const liq_rows *liq_live_book_isolated(liq_live_book *live, uint32_t entry)
{
    const uint32_t account = live->entries[entry].account;
    const liq_position position = position_of(&live->entries[entry]);
    const liq_account_columns columns = {.venue = &live->prices.venue,
                                         .id = live->accounts[account].id,
                                         .positions = &position,
                                         .position_count = 1,
                                         .account_index = account,
                                         .mode = live->accounts[account].mode};

    LIQ_ASSERT(position.isolated);
    rows_reset(&live->scratch.rows);
    LIQ_ASSERT(liq_rows_append(&live->scratch.rows, &columns, NULL) == LIQ_OK);
    return &live->scratch.rows;
}

liq_status liq_live_rows_write(liq_live_book *live, uint32_t account, liq_error *err)
{
    const liq_account_columns columns = columns_gather(live, account);

    rows_reset(&live->scratch.rows);
    return liq_rows_append(&live->scratch.rows, &columns, err);
}

/* Room grows by doubling; an entry of an account becomes at most three of its rows. */
liq_status liq_live_scratch_room(liq_live_scratch *scratch, uint64_t entries, liq_error *err)
{
    liq_live_scratch taken = {.capacity = 2 * scratch->capacity};
    liq_status status;

    if (entries <= scratch->capacity)
        return LIQ_OK;
    if (taken.capacity < entries)
        taken.capacity = entries;
    if ((status = liq_memory_array(&taken.balances, taken.capacity, sizeof *taken.balances, err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&taken.positions, taken.capacity, sizeof *taken.positions,
                                   err)) != LIQ_OK ||
        (status = liq_memory_array(&taken.orders, taken.capacity, sizeof *taken.orders, err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&taken.rows.keys, taken.capacity + 1, sizeof *taken.rows.keys,
                                   err)) != LIQ_OK ||
        (status = liq_memory_array(&taken.rows.entry_first, taken.capacity + 2,
                                   sizeof *taken.rows.entry_first, err)) != LIQ_OK ||
        (status = liq_memory_array(&taken.rows.tags, 3 * taken.capacity, sizeof *taken.rows.tags,
                                   err)) != LIQ_OK ||
        (status = liq_memory_array(&taken.rows.quantities, 3 * taken.capacity,
                                   sizeof *taken.rows.quantities, err)) != LIQ_OK ||
        (status = liq_memory_array(&taken.rows.values, 3 * taken.capacity,
                                   sizeof *taken.rows.values, err)) != LIQ_OK) {
        liq_live_scratch_clear(&taken);
        return status;
    }
    liq_live_scratch_clear(scratch);
    *scratch = taken;
    return LIQ_OK;
}

void liq_live_scratch_clear(liq_live_scratch *scratch)
{
    free(scratch->balances);
    free(scratch->positions);
    free(scratch->orders);
    liq_rows_clear(&scratch->rows);
    *scratch = (liq_live_scratch){0};
}

static liq_account_columns columns_gather(liq_live_book *live, uint32_t account)
{
    const liq_live_account *from = &live->accounts[account];
    liq_live_scratch *scratch = &live->scratch;
    liq_account_columns out = {.venue = &live->prices.venue,
                               .id = from->id,
                               .balances = scratch->balances,
                               .positions = scratch->positions,
                               .orders = scratch->orders,
                               .account_index = account,
                               .mode = from->mode};
    const liq_live_entry *entry;

    LIQ_ASSERT(from->entry_count <= scratch->capacity);
    for (uint32_t i = from->first[LIQ_LIVE_BALANCES]; i != LIQ_NO_INDEX; i = entry->next) {
        entry = &live->entries[i];
        scratch->balances[out.balance_count++] =
            (liq_balance){.amount = entry->quantity, .asset_index = entry->index};
    }
    for (uint32_t i = from->first[LIQ_LIVE_POSITIONS]; i != LIQ_NO_INDEX; i = entry->next) {
        entry = &live->entries[i];
        scratch->positions[out.position_count++] = position_of(entry);
    }
    for (uint32_t i = from->first[LIQ_LIVE_ORDERS]; i != LIQ_NO_INDEX; i = entry->next) {
        entry = &live->entries[i];
        scratch->orders[out.order_count++] = (liq_order){.quantity_lots = entry->quantity,
                                                         .limit_value = entry->value,
                                                         .price = entry->price,
                                                         .instrument_index = entry->index};
    }
    return out;
}

static liq_position position_of(const liq_live_entry *entry)
{
    return (liq_position){.quantity_lots = entry->quantity,
                          .entry_value = entry->value,
                          .entry_price = entry->price,
                          .isolated_margin = entry->isolated_margin,
                          .account_index = entry->account,
                          .instrument_index = entry->index,
                          .isolated = entry->isolated};
}

static void rows_reset(liq_rows *rows)
{
    rows->row_count = 0;
    rows->entry_count = 0;
    rows->entry_first[0] = 0;
}
