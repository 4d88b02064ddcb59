#include "book/live_replace.h"

#include "base/fail.h"
#include "book/live_internal.h"

/* A walk along a list of an account; what is put goes behind `before`. */
typedef struct list_walk {
    liq_live_book *live;
    uint32_t account;
    liq_live_list list;
    uint32_t before; /* LIQ_NO_INDEX: the head */
    uint32_t at;     /* LIQ_NO_INDEX: the end */
} list_walk;

static list_walk walk_start(liq_live_book *live, uint32_t account, liq_live_list list);
static void walk_on(list_walk *walk);
static liq_status walk_end(list_walk *walk, liq_error *err);
static liq_status walk_put(list_walk *walk, const liq_live_entry *entry, uint32_t old,
                           liq_error *err);
static liq_status balances_set(liq_live_book *live, uint32_t account,
                               const liq_account_columns *columns, liq_error *err);
static liq_status balance_set(list_walk *walk, const liq_balance *balance, liq_error *err);
static liq_status positions_set(liq_live_book *live, uint32_t account,
                                const liq_account_columns *columns, liq_error *err);
static liq_status position_set(list_walk *walk, const liq_position *position, liq_error *err);
static liq_status orders_set(liq_live_book *live, uint32_t account,
                             const liq_account_columns *columns, liq_error *err);
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

static list_walk walk_start(liq_live_book *live, uint32_t account, liq_live_list list)
{
    return (list_walk){.live = live,
                       .account = account,
                       .list = list,
                       .before = LIQ_NO_INDEX,
                       .at = live->accounts[account].first[list]};
}

static void walk_on(list_walk *walk)
{
    walk->before = walk->at;
    walk->at = walk->live->entries[walk->at].next;
}

/* End the entry here. One step at a time is final at once: what settling did is not taken back. */
static liq_status walk_end(list_walk *walk, liq_error *err)
{
    const liq_live_entry entry = walk->live->entries[walk->at];
    const liq_status status =
        liq_live_entry_put(walk->live, &entry, true, walk->at, walk->before, err);

    if (status != LIQ_OK)
        return status;
    liq_live_changes_commit(walk->live);
    walk->at = entry.next;
    return LIQ_OK;
}

/* Put an entry in place of the one here, or before it: old is LIQ_NO_INDEX then. */
static liq_status walk_put(list_walk *walk, const liq_live_entry *entry, uint32_t old,
                           liq_error *err)
{
    liq_live_book *live = walk->live;
    const liq_status status = liq_live_entry_put(live, entry, false, old, walk->before, err);

    if (status != LIQ_OK)
        return status;
    liq_live_changes_commit(live);
    walk->before = walk->before == LIQ_NO_INDEX ? live->accounts[walk->account].first[walk->list]
                                                : live->entries[walk->before].next;
    walk->at = live->entries[walk->before].next;
    return LIQ_OK;
}

/* Both in the order of assets. */
static liq_status balances_set(liq_live_book *live, uint32_t account,
                               const liq_account_columns *columns, liq_error *err)
{
    list_walk walk = walk_start(live, account, LIQ_LIVE_BALANCES);
    liq_status status = LIQ_OK;

    for (uint64_t i = 0; status == LIQ_OK && i < columns->balance_count; i++) {
        while (walk.at != LIQ_NO_INDEX &&
               live->entries[walk.at].index < columns->balances[i].asset_index)
            walk_on(&walk);
        status = balance_set(&walk, &columns->balances[i], err);
    }
    return status;
}

/* A balance of nothing is no entry. */
static liq_status balance_set(list_walk *walk, const liq_balance *balance, liq_error *err)
{
    const liq_live_entry entry = {.list = LIQ_LIVE_BALANCES,
                                  .account = walk->account,
                                  .index = balance->asset_index,
                                  .quantity = balance->amount};
    const bool is_there =
        walk->at != LIQ_NO_INDEX && walk->live->entries[walk->at].index == balance->asset_index;

    if (!is_there)
        return balance->amount == 0 ? LIQ_OK : walk_put(walk, &entry, LIQ_NO_INDEX, err);
    if (walk->live->entries[walk->at].quantity == balance->amount)
        return LIQ_OK;
    return balance->amount == 0 ? walk_end(walk, err) : walk_put(walk, &entry, walk->at, err);
}

static liq_status positions_set(liq_live_book *live, uint32_t account,
                                const liq_account_columns *columns, liq_error *err)
{
    list_walk walk = walk_start(live, account, LIQ_LIVE_POSITIONS);
    uint64_t i = 0;
    liq_status status = LIQ_OK;

    while (status == LIQ_OK && walk.at != LIQ_NO_INDEX) {
        const liq_position *position = i < columns->position_count ? &columns->positions[i] : NULL;

        if (position == NULL || !same_position(&live->entries[walk.at], position)) {
            status = walk_end(&walk, err);
        } else {
            status = position_set(&walk, position, err);
            i++;
        }
    }
    LIQ_ASSERT(status != LIQ_OK || i == columns->position_count);
    return status;
}

static liq_status position_set(list_walk *walk, const liq_position *position, liq_error *err)
{
    liq_live_entry entry = walk->live->entries[walk->at];

    if (entry.quantity == position->quantity_lots &&
        entry.isolated_margin == position->isolated_margin) {
        walk_on(walk);
        return LIQ_OK;
    }
    entry.quantity = position->quantity_lots;
    entry.isolated_margin = position->isolated_margin;
    return walk_put(walk, &entry, walk->at, err);
}

/* What is left is some of what there was, in the same order. */
static liq_status orders_set(liq_live_book *live, uint32_t account,
                             const liq_account_columns *columns, liq_error *err)
{
    list_walk walk = walk_start(live, account, LIQ_LIVE_ORDERS);
    uint64_t i = 0;
    liq_status status = LIQ_OK;

    while (status == LIQ_OK && walk.at != LIQ_NO_INDEX) {
        const liq_live_entry *entry = &live->entries[walk.at];
        const liq_order *order = i < columns->order_count ? &columns->orders[i] : NULL;

        if (order != NULL && order->instrument_index == entry->index &&
            order->quantity_lots == entry->quantity && order->limit_value == entry->value) {
            walk_on(&walk);
            i++;
        } else {
            status = walk_end(&walk, err);
        }
    }
    LIQ_ASSERT(status != LIQ_OK || i == columns->order_count);
    return status;
}

static bool same_position(const liq_live_entry *entry, const liq_position *position)
{
    return entry->isolated == position->isolated && entry->index == position->instrument_index &&
           (entry->quantity < 0) == (position->quantity_lots < 0);
}
