#include "book/snapshot_decode.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/memory.h"
#include "book/load_internal.h"
#include "book/lot_value.h"
#include "liq_limits.h"

#define DIGITS_END 1000000000000000000 /* 10^LIQ_DECIMAL_DIGITS_MAX */

static const char *venue_decode(liq_book *book, const char *text, size_t bytes);
static const char *groups_decode(const liq_snapshot_target *target, const char *names,
                                 uint64_t bytes);
static const char *marks_decode(liq_book *book, const liq_snapshot_block *block,
                                const liq_snapshot_price *from);
static const char *indices_decode(liq_book *book, const liq_snapshot_block *block,
                                  const liq_snapshot_price *from);
static const char *levels_decode(const liq_snapshot_target *target, const liq_snapshot_block *block,
                                 const liq_snapshot_level *from);
static const char *accounts_decode(const liq_snapshot_target *target,
                                   const liq_snapshot_block *block,
                                   const liq_snapshot_account *from);
static const char *ids_check(const liq_snapshot_target *target, const liq_snapshot_block *block);
static const char *balances_decode(const liq_snapshot_target *target,
                                   const liq_snapshot_block *block,
                                   const liq_snapshot_balance *from);
static const char *positions_decode(const liq_snapshot_target *target,
                                    const liq_snapshot_block *block,
                                    const liq_snapshot_position *from);
static const char *position_decode(const liq_venue *venue, liq_position *out,
                                   const liq_snapshot_position *from, uint32_t account_index);
static const char *orders_decode(const liq_snapshot_target *target, const liq_snapshot_block *block,
                                 const liq_snapshot_order *from);
static const char *order_decode(const liq_venue *venue, liq_order *out,
                                const liq_snapshot_order *from);
static bool levels_in_order(const liq_depth_level *one, const liq_depth_level *two);
static bool positions_in_order(const liq_position *one, const liq_position *two);
static uint64_t position_key(const liq_position *position);
static bool price_take(liq_decimal *out, int64_t digits, int64_t decimals);
static bool lots_fit(int64_t lots);
static uint32_t account_of(const uint64_t *first, uint32_t account_count, uint64_t row);

const char *liq_snapshot_decode(const liq_snapshot_target *target, const liq_snapshot_block *block,
                                const void *data)
{
    switch (block->section) {
    case LIQ_SNAPSHOT_VENUE:
        return venue_decode(target->book, data, (size_t)block->bytes);
    case LIQ_SNAPSHOT_GROUPS:
        return groups_decode(target, data, block->bytes);
    case LIQ_SNAPSHOT_MARKS:
        return marks_decode(target->book, block, data);
    case LIQ_SNAPSHOT_INDICES:
        return indices_decode(target->book, block, data);
    case LIQ_SNAPSHOT_DEPTH:
        return levels_decode(target, block, data);
    case LIQ_SNAPSHOT_ACCOUNTS:
        return accounts_decode(target, block, data);
    case LIQ_SNAPSHOT_IDS:
        return ids_check(target, block);
    case LIQ_SNAPSHOT_BALANCES:
        return balances_decode(target, block, data);
    case LIQ_SNAPSHOT_POSITIONS:
        return positions_decode(target, block, data);
    case LIQ_SNAPSHOT_ORDERS:
        return orders_decode(target, block, data);
    case LIQ_SNAPSHOT_SECTIONS:
        break;
    }
    return "there is no such section";
}

bool liq_snapshot_in_order(const liq_snapshot_target *target, liq_snapshot_section section,
                           uint64_t first)
{
    const liq_book *book = target->book;

    switch (section) {
    case LIQ_SNAPSHOT_DEPTH:
        return levels_in_order(&book->depth[first - 1], &book->depth[first]);
    case LIQ_SNAPSHOT_IDS:
        return strcmp(target->id_bytes + target->id_starts[first - 1],
                      target->id_bytes + target->id_starts[first]) < 0;
    case LIQ_SNAPSHOT_BALANCES:
        return book->balances[first - 1].account_index != book->balances[first].account_index ||
               book->balances[first - 1].asset_index < book->balances[first].asset_index;
    case LIQ_SNAPSHOT_POSITIONS:
        return positions_in_order(&book->positions[first - 1], &book->positions[first]);
    case LIQ_SNAPSHOT_ORDERS:
        return book->orders[first - 1].account_index != book->orders[first].account_index ||
               book->orders[first - 1].instrument_index <= book->orders[first].instrument_index;
    case LIQ_SNAPSHOT_VENUE:
    case LIQ_SNAPSHOT_GROUPS:
    case LIQ_SNAPSHOT_MARKS:
    case LIQ_SNAPSHOT_INDICES:
    case LIQ_SNAPSHOT_ACCOUNTS:
    case LIQ_SNAPSHOT_SECTIONS:
        break;
    }
    return true;
}

static const char *venue_decode(liq_book *book, const char *text, size_t bytes)
{
    void *copy = NULL;

    if (liq_memory_array(&copy, bytes + 1, 1, NULL) != LIQ_OK)
        return "there is no memory for its venue.json";
    memcpy(copy, text, bytes);
    book->venue_text = copy;
    book->venue_bytes = bytes;
    if (liq_venue_load_text(&book->venue, "venue.json", (liq_text){copy, bytes}, NULL) != LIQ_OK)
        return "its venue.json is refused";
    return NULL;
}

/* In the order in which accounts.csv first names them, so no order can be asked for. */
static const char *groups_decode(const liq_snapshot_target *target, const char *names,
                                 uint64_t bytes)
{
    const char *const end = names + bytes;
    uint64_t count = 0;

    for (; names < end; count++) {
        const char *zero = memchr(names, '\0', (size_t)(end - names));
        const liq_text name = {names, zero == NULL ? 0 : (size_t)(zero - names)};
        uint32_t index;

        if (!liq_names_valid(name) ||
            liq_names_add(target->book->group_names, name, &index, NULL) != LIQ_OK)
            return "a group is no name, or there twice";
        names = zero + 1;
    }
    return count == target->head->group_count ? NULL : "the number of groups is wrong";
}

static const char *marks_decode(liq_book *book, const liq_snapshot_block *block,
                                const liq_snapshot_price *from)
{
    for (uint64_t i = 0; i < block->count; i++) {
        const uint32_t instrument = (uint32_t)(block->first + i);
        liq_decimal *mark = &book->instrument_marks[instrument];
        int64_t value;

        if (from[i].digits == 0 && from[i].decimals == 0)
            continue;
        if (!price_take(mark, from[i].digits, from[i].decimals) ||
            !liq_lot_value(&value, &book->venue, instrument, *mark, LIQ_ROUND_FLOOR) ||
            !liq_lot_value(&value, &book->venue, instrument, *mark, LIQ_ROUND_CEIL))
            return "a mark price is out of range";
    }
    return NULL;
}

static const char *indices_decode(liq_book *book, const liq_snapshot_block *block,
                                  const liq_snapshot_price *from)
{
    for (uint64_t i = 0; i < block->count; i++) {
        const uint32_t asset = (uint32_t)(block->first + i);
        liq_decimal *index = &book->asset_indices[asset];

        if (asset == 0 && (from[i].digits != 1 || from[i].decimals != 0))
            return "the index price of the margin currency is not 1";
        if (from[i].digits == 0 && from[i].decimals == 0)
            continue;
        if (!price_take(index, from[i].digits, from[i].decimals) ||
            (asset != 0 && !liq_book_index_fits(&book->venue, asset, *index)))
            return "an index price is out of range";
    }
    return NULL;
}

static const char *levels_decode(const liq_snapshot_target *target, const liq_snapshot_block *block,
                                 const liq_snapshot_level *from)
{
    const liq_venue *venue = &target->book->venue;
    liq_depth_level *out = target->book->depth + block->first;

    for (uint64_t i = 0; i < block->count; i++) {
        int64_t value;

        out[i] = (liq_depth_level){.quantity_lots = from[i].quantity_lots,
                                   .instrument_index = from[i].instrument_index,
                                   .is_bid = from[i].is_bid != 0};
        if (from[i].instrument_index >= venue->instrument_count || from[i].is_bid > 1 ||
            from[i].reserved_zero != 0)
            return "a level of depth is malformed";
        if (from[i].quantity_lots <= 0 || !lots_fit(from[i].quantity_lots) ||
            !price_take(&out[i].price, from[i].price_digits, from[i].price_decimals) ||
            !liq_lot_value_entry(&value, venue, out[i].instrument_index, out[i].price,
                                 !out[i].is_bid))
            return "a level of depth is out of range";
        if (i > 0 && !levels_in_order(&out[i - 1], &out[i]))
            return "levels of depth are out of order";
    }
    return NULL;
}

/* How many rows each account has becomes where its rows start. */
static const char *accounts_decode(const liq_snapshot_target *target,
                                   const liq_snapshot_block *block,
                                   const liq_snapshot_account *from)
{
    const liq_snapshot_head *head = target->head;
    liq_book *const book = target->book;
    const uint64_t end = block->first + block->count;

    for (uint64_t i = block->first; i < end; i++, from++) {
        if (from->id_bytes < 2 || from->id_bytes > LIQ_NAME_BYTES_MAX + 1 ||
            from->mode > LIQ_ACCOUNT_PORTFOLIO || from->adl_exempt > 1 ||
            from->reserved_zero != 0 ||
            (from->group_index != UINT32_MAX && from->group_index >= head->group_count))
            return "an account is malformed";
        book->accounts[i] = (liq_account){from->group_index, from->mode, from->adl_exempt};
        target->id_starts[i + 1] = target->id_starts[i] + from->id_bytes;
        book->balance_first[i + 1] = book->balance_first[i] + from->balances;
        book->position_first[i + 1] = book->position_first[i] + from->positions;
        book->order_first[i + 1] = book->order_first[i] + from->orders;
    }
    if (end < head->items[LIQ_SNAPSHOT_ACCOUNTS])
        return NULL;
    return target->id_starts[end] == head->id_bytes &&
                   book->balance_first[end] == book->balance_count &&
                   book->position_first[end] == book->position_count &&
                   book->order_first[end] == book->order_count
               ? NULL
               : "the rows of its accounts are not as many as all rows";
}

static const char *ids_check(const liq_snapshot_target *target, const liq_snapshot_block *block)
{
    for (uint64_t i = block->first; i < block->first + block->count; i++) {
        const char *id = target->id_bytes + target->id_starts[i];
        const size_t bytes = target->id_starts[i + 1] - target->id_starts[i] - 1;

        if (id[bytes] != '\0' || !liq_names_valid((liq_text){id, bytes}))
            return "an account id is malformed";
        if (i > block->first && !liq_snapshot_in_order(target, LIQ_SNAPSHOT_IDS, i))
            return "account ids are out of order";
    }
    return NULL;
}

static const char *balances_decode(const liq_snapshot_target *target,
                                   const liq_snapshot_block *block,
                                   const liq_snapshot_balance *from)
{
    liq_book *const book = target->book;
    uint32_t account = account_of(book->balance_first, book->account_count, block->first);

    for (uint64_t i = block->first; i < block->first + block->count; i++, from++) {
        while (i >= book->balance_first[account + 1])
            account++;
        if (from->asset_index >= book->venue.asset_count || from->amount == INT64_MIN ||
            from->reserved_zero != 0)
            return "a balance is malformed";
        book->balances[i] = (liq_balance){from->amount, account, from->asset_index};
        if (i > block->first && !liq_snapshot_in_order(target, LIQ_SNAPSHOT_BALANCES, i))
            return "balances are out of order";
    }
    return NULL;
}

static const char *positions_decode(const liq_snapshot_target *target,
                                    const liq_snapshot_block *block,
                                    const liq_snapshot_position *from)
{
    liq_book *const book = target->book;
    uint32_t account = account_of(book->position_first, book->account_count, block->first);

    liq_memory_touch(book->positions + block->first,
                     (size_t)block->count * sizeof *book->positions);
    for (uint64_t i = block->first; i < block->first + block->count; i++, from++) {
        const char *wrong;

        while (i >= book->position_first[account + 1])
            account++;
        if ((wrong = position_decode(&book->venue, &book->positions[i], from, account)) != NULL)
            return wrong;
        if (i > block->first && !positions_in_order(&book->positions[i - 1], &book->positions[i]))
            return "positions are out of order";
    }
    return NULL;
}

static const char *position_decode(const liq_venue *venue, liq_position *out,
                                   const liq_snapshot_position *from, uint32_t account_index)
{
    *out = (liq_position){.quantity_lots = from->quantity_lots,
                          .isolated_margin = from->isolated_margin,
                          .account_index = account_index,
                          .instrument_index = from->instrument_index,
                          .isolated = from->isolated != 0};
    if (from->instrument_index >= venue->instrument_count || from->isolated > 1 ||
        from->reserved_zero != 0)
        return "a position is malformed";
    if (!lots_fit(from->quantity_lots) || from->isolated_margin < 0 ||
        (from->isolated == 0 && from->isolated_margin != 0) ||
        !price_take(&out->entry_price, from->price_digits, from->price_decimals) ||
        !liq_lot_value_entry(&out->entry_value, venue, from->instrument_index, out->entry_price,
                             from->quantity_lots > 0))
        return "a position is out of range";
    return NULL;
}

static const char *orders_decode(const liq_snapshot_target *target, const liq_snapshot_block *block,
                                 const liq_snapshot_order *from)
{
    liq_book *const book = target->book;
    uint32_t account = account_of(book->order_first, book->account_count, block->first);

    for (uint64_t i = block->first; i < block->first + block->count; i++, from++) {
        const char *wrong;

        while (i >= book->order_first[account + 1])
            account++;
        if ((wrong = order_decode(&book->venue, &book->orders[i], from)) != NULL)
            return wrong;
        book->orders[i].account_index = account;
        if (i > block->first && !liq_snapshot_in_order(target, LIQ_SNAPSHOT_ORDERS, i))
            return "orders are out of order";
    }
    return NULL;
}

static const char *order_decode(const liq_venue *venue, liq_order *out,
                                const liq_snapshot_order *from)
{
    *out = (liq_order){.quantity_lots = from->quantity_lots,
                       .instrument_index = from->instrument_index};
    if (from->instrument_index >= venue->instrument_count ||
        (from->reserved_zero[0] | from->reserved_zero[1] | from->reserved_zero[2]) != 0)
        return "an order is malformed";
    if (!lots_fit(from->quantity_lots) ||
        !price_take(&out->price, from->price_digits, from->price_decimals) ||
        !liq_lot_value_entry(&out->limit_value, venue, from->instrument_index, out->price,
                             from->quantity_lots > 0))
        return "an order is out of range";
    return NULL;
}

/* By instrument, bids before asks, the best price first, none twice. */
static bool levels_in_order(const liq_depth_level *one, const liq_depth_level *two)
{
    int order;

    if (one->instrument_index != two->instrument_index)
        return one->instrument_index < two->instrument_index;
    if (one->is_bid != two->is_bid)
        return one->is_bid;
    order = liq_decimal_compare(one->price, two->price);
    return one->is_bid ? order > 0 : order < 0;
}

static bool positions_in_order(const liq_position *one, const liq_position *two)
{
    return one->account_index != two->account_index || position_key(one) < position_key(two);
}

/* Cross before isolated, then by instrument, then long before short. */
static uint64_t position_key(const liq_position *position)
{
    return (uint64_t)position->isolated << 33 | (uint64_t)position->instrument_index << 1 |
           (position->quantity_lots < 0);
}

/* A price as a file of a book can give it: above zero, in normal form. */
static bool price_take(liq_decimal *out, int64_t digits, int64_t decimals)
{
    if (digits <= 0 || digits >= DIGITS_END || decimals < 0 ||
        decimals > LIQ_DECIMAL_DECIMALS_MAX || (decimals > 0 && digits % 10 == 0))
        return false;
    *out = (liq_decimal){digits, (int32_t)decimals};
    return true;
}

static bool lots_fit(int64_t lots)
{
    return lots != 0 && lots >= -LIQ_QUANTITY_LOTS_MAX && lots <= LIQ_QUANTITY_LOTS_MAX;
}

/* The account that has a row: the last one whose rows start at it or before. */
static uint32_t account_of(const uint64_t *first, uint32_t account_count, uint64_t row)
{
    uint32_t low = 0;
    uint32_t high = account_count - 1;

    while (low < high) {
        const uint32_t middle = low + (high - low + 1) / 2;

        if (first[middle] <= row)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}
