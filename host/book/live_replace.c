#include "book/live_replace.h"

#include "base/fail.h"
#include "book/live_internal.h"

static liq_status balances_set(liq_live_book *live, uint32_t account,
                               const liq_account_columns *columns, liq_error *err);
static liq_status positions_set(liq_live_book *live, uint32_t account,
                                const liq_account_columns *columns, liq_error *err);
static liq_status orders_set(liq_live_book *live, uint32_t account,
                             const liq_account_columns *columns, liq_error *err);
static liq_status entry_put(liq_live_book *live, const liq_live_entry *entry, bool ends,
                            liq_error *err);
static bool same_position(const liq_live_entry *entry, const liq_position *position);

liq_status liq_live_book_replace(liq_live_book *live, uint32_t account,
                                 const liq_account_columns *columns, liq_error *err)
{
    liq_status status;

    LIQ_ASSERT(live->change_count == 0);
    if ((status = positions_set(live, account, columns, err)) != LIQ_OK ||
        (status = orders_set(live, account, columns, err)) != LIQ_OK ||
        (status = balances_set(live, account, columns, err)) != LIQ_OK)
        return status;
    return liq_live_scratch_room(&live->scratch, live->accounts[account].entry_count, err);
}

/* Both in the order of assets; an account has few. */
static liq_status balances_set(liq_live_book *live, uint32_t account,
                               const liq_account_columns *columns, liq_error *err)
{
    uint32_t at = live->accounts[account].first[LIQ_LIVE_BALANCES];
    liq_status status = LIQ_OK;

    for (uint64_t i = 0; status == LIQ_OK && i < columns->balance_count; i++) {
        const liq_balance *balance = &columns->balances[i];
        liq_live_entry entry = {.list = LIQ_LIVE_BALANCES,
                                .account = account,
                                .index = balance->asset_index,
                                .quantity = balance->amount};
        bool is_there;

        while (at != LIQ_NO_INDEX && live->entries[at].index < balance->asset_index)
            at = live->entries[at].next;
        is_there = at != LIQ_NO_INDEX && live->entries[at].index == balance->asset_index;
        if (is_there ? live->entries[at].quantity == balance->amount : balance->amount == 0)
            continue;
        status = entry_put(live, &entry, balance->amount == 0, err);
        at = live->accounts[account].first[LIQ_LIVE_BALANCES];
    }
    return status;
}

static liq_status positions_set(liq_live_book *live, uint32_t account,
                                const liq_account_columns *columns, liq_error *err)
{
    uint32_t at = live->accounts[account].first[LIQ_LIVE_POSITIONS];
    uint64_t i = 0;
    liq_status status = LIQ_OK;

    while (status == LIQ_OK && at != LIQ_NO_INDEX) {
        liq_live_entry entry = live->entries[at];
        const uint32_t next = entry.next;
        const liq_position *position = i < columns->position_count ? &columns->positions[i] : NULL;

        at = next;
        if (position == NULL || !same_position(&entry, position)) {
            status = entry_put(live, &entry, true, err);
            continue;
        }
        i++;
        if (entry.quantity == position->quantity_lots &&
            entry.isolated_margin == position->isolated_margin)
            continue;
        entry.quantity = position->quantity_lots;
        entry.isolated_margin = position->isolated_margin;
        status = entry_put(live, &entry, false, err);
    }
    LIQ_ASSERT(status != LIQ_OK || i == columns->position_count);
    return status;
}

/* What is left is some of what there was, in the same order. */
static liq_status orders_set(liq_live_book *live, uint32_t account,
                             const liq_account_columns *columns, liq_error *err)
{
    uint32_t at = live->accounts[account].first[LIQ_LIVE_ORDERS];
    uint64_t i = 0;
    liq_status status = LIQ_OK;

    while (status == LIQ_OK && at != LIQ_NO_INDEX) {
        const liq_live_entry entry = live->entries[at];
        const liq_order *order = i < columns->order_count ? &columns->orders[i] : NULL;

        at = entry.next;
        if (order != NULL && order->instrument_index == entry.index &&
            order->quantity_lots == entry.quantity && order->limit_value == entry.value)
            i++;
        else
            status = entry_put(live, &entry, true, err);
    }
    LIQ_ASSERT(status != LIQ_OK || i == columns->order_count);
    return status;
}

/* One step at a time is final at once: what settling did is not taken back. */
static liq_status entry_put(liq_live_book *live, const liq_live_entry *entry, bool ends,
                            liq_error *err)
{
    const liq_status status = liq_live_entry_set(live, entry, ends, err);

    if (status == LIQ_OK)
        liq_live_changes_commit(live);
    return status;
}

static bool same_position(const liq_live_entry *entry, const liq_position *position)
{
    return entry->isolated == position->isolated && entry->index == position->instrument_index &&
           (entry->quantity < 0) == (position->quantity_lots < 0);
}
