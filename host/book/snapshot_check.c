#include "book/snapshot_check.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/memory.h"
#include "book/load_internal.h"
#include "book/lot_value.h"
#include "liq_limits.h"
#include "liq_record.h"

#define DIGITS_END 1000000000000000000 /* 10^LIQ_DECIMAL_DIGITS_MAX */

/* Which rows of a column are those of which account. */
typedef struct row_owner {
    const uint64_t *first;
    uint32_t accounts;
} row_owner;

static const char *venue_decode(const liq_snapshot_target *target, const char *text, size_t bytes);
static const char *groups_decode(const liq_snapshot_target *target, const char *names,
                                 uint64_t bytes);
static const char *marks_decode(const liq_venue *venue, liq_decimal *marks,
                                const liq_snapshot_block *block, const liq_snapshot_price *from);
static const char *indices_decode(liq_book *book, const liq_snapshot_block *block,
                                  const liq_snapshot_price *from);
static const char *factors_decode(liq_book *book, const liq_snapshot_block *block,
                                  const liq_snapshot_factors *from);
static const char *levels_decode(liq_book *book, const liq_snapshot_block *block,
                                 const liq_snapshot_level *from);
static const char *accounts_check(const liq_snapshot_target *target,
                                  const liq_snapshot_block *block,
                                  const liq_snapshot_account *from);
static const char *ids_check(const liq_snapshot_target *target, const liq_snapshot_block *block);
static bool id_take(liq_text *out, const liq_snapshot_target *target, uint64_t account);
static const char *firsts_check(const liq_snapshot_block *block, const uint64_t *first,
                                uint64_t accounts, uint64_t rows);
static const char *balances_check(const liq_snapshot_target *target,
                                  const liq_snapshot_block *block, const liq_snapshot_balance *row);
static uint64_t balance_key(const liq_snapshot_balance *row);
static const char *positions_check(const liq_snapshot_target *target,
                                   const liq_snapshot_block *block,
                                   const liq_snapshot_position *row);
static uint64_t position_key(const liq_snapshot_position *row);
static inline bool position_is_well_formed(const liq_snapshot_position *row);
static const char *position_check(const liq_snapshot_target *target,
                                  const liq_snapshot_position *row, bool owned);
static const char *orders_check(const liq_snapshot_target *target, const liq_snapshot_block *block,
                                const liq_snapshot_order *row);
static uint64_t order_key(const liq_snapshot_order *row);
static const char *references_check(const liq_book *book, const liq_snapshot_block *block);
static const char *seen_check(const liq_snapshot_block *block, const uint8_t *seen,
                              const liq_snapshot_position *positions);
static inline bool value_is_plain(liq_lot_scale scale, int64_t digits, int32_t decimals,
                                  int64_t value);
static bool value_is_right(const liq_snapshot_target *target, uint32_t instrument_index,
                           int64_t digits, int32_t decimals, bool is_long, int64_t value);
static row_owner owner_of(const liq_snapshot_target *target, const uint64_t *first);
static inline bool is_owned(row_owner owner, uint64_t row, uint32_t account_index);
static bool levels_in_order(const liq_depth_level *one, const liq_depth_level *two);
static bool price_take(liq_decimal *out, int64_t digits, int64_t decimals);
static bool lots_fit(int64_t lots);

const char *liq_snapshot_check(const liq_snapshot_target *target, const liq_snapshot_block *block,
                               const void *data)
{
    liq_book *const book = target->book;
    const uint64_t accounts = book->account_count;

    switch (block->section) {
    case LIQ_SNAPSHOT_MARKS:
        return marks_decode(&book->venue, book->instrument_marks, block, data);
    case LIQ_SNAPSHOT_INDICES:
        return indices_decode(book, block, data);
    case LIQ_SNAPSHOT_DEPTH:
        return levels_decode(book, block, data);
    case LIQ_SNAPSHOT_DEPTH_MARKS:
        return marks_decode(&book->venue, book->depth_marks, block, data);
    case LIQ_SNAPSHOT_FACTORS:
        return factors_decode(book, block, data);
    case LIQ_SNAPSHOT_ACCOUNTS:
        return accounts_check(target, block, data);
    case LIQ_SNAPSHOT_ID_STARTS:
        return ids_check(target, block);
    case LIQ_SNAPSHOT_BALANCE_FIRST:
        return firsts_check(block, book->balance_first, accounts, book->balance_count);
    case LIQ_SNAPSHOT_POSITION_FIRST:
        return firsts_check(block, book->position_first, accounts, book->position_count);
    case LIQ_SNAPSHOT_ORDER_FIRST:
        return firsts_check(block, book->order_first, accounts, book->order_count);
    case LIQ_SNAPSHOT_BALANCES:
        return balances_check(target, block, data);
    case LIQ_SNAPSHOT_POSITIONS:
        return positions_check(target, block, data);
    case LIQ_SNAPSHOT_ORDERS:
        return orders_check(target, block, data);
    case LIQ_SNAPSHOT_REFERENCES:
        return references_check(book, block);
    case LIQ_SNAPSHOT_IDS:
        return NULL; /* with where they start */
    case LIQ_SNAPSHOT_ACCOUNTS_SEEN:
        return seen_check(block, data, NULL);
    case LIQ_SNAPSHOT_POSITIONS_SEEN:
        return seen_check(block, data, (const void *)book->positions);
    case LIQ_SNAPSHOT_VENUE:
        return venue_decode(target, data, (size_t)block->bytes);
    case LIQ_SNAPSHOT_GROUPS:
        return groups_decode(target, data, block->bytes);
    case LIQ_SNAPSHOT_SECTIONS:
        break;
    }
    return "there is no such section";
}

static const char *venue_decode(const liq_snapshot_target *target, const char *text, size_t bytes)
{
    liq_book *const book = target->book;
    void *copy = NULL;

    if (liq_memory_array(&copy, bytes + 1, 1, NULL) != LIQ_OK)
        return "there is no memory for its venue.json";
    memcpy(copy, text, bytes);
    book->venue_text = copy;
    book->venue_bytes = bytes;
    if (liq_venue_load_text(&book->venue, "venue.json", (liq_text){copy, bytes}, NULL) != LIQ_OK)
        return "its venue.json is refused";
    if (book->venue.instrument_count != target->head->items[LIQ_SNAPSHOT_MARKS] ||
        book->venue.asset_count != target->head->items[LIQ_SNAPSHOT_INDICES])
        return "its venue.json has other instruments or assets";
    for (uint32_t i = 0; i < book->venue.instrument_count; i++)
        target->scales[i] = liq_lot_scale_of(&book->venue, i);
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

static const char *marks_decode(const liq_venue *venue, liq_decimal *marks,
                                const liq_snapshot_block *block, const liq_snapshot_price *from)
{
    for (uint64_t i = 0; i < block->count; i++) {
        const uint32_t instrument = (uint32_t)(block->first + i);
        liq_decimal *mark = &marks[instrument];
        int64_t value;

        if (from[i].digits == 0 && from[i].decimals == 0)
            continue;
        if (!price_take(mark, from[i].digits, from[i].decimals) ||
            !liq_lot_value(&value, venue, instrument, *mark, LIQ_ROUND_FLOOR) ||
            !liq_lot_value(&value, venue, instrument, *mark, LIQ_ROUND_CEIL))
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

static const char *factors_decode(liq_book *book, const liq_snapshot_block *block,
                                  const liq_snapshot_factors *from)
{
    for (uint64_t i = 0; i < block->count; i++) {
        const uint32_t instrument = (uint32_t)(block->first + i);
        const liq_margin_factors factors = {from[i].maintenance_ppm, from[i].initial_ppm};

        if (liq_margin_factors_check(&book->venue, instrument, factors, NULL) != LIQ_OK)
            return "factors on margin rates do not fit its venue.json";
        book->margin_factors[instrument] = factors;
    }
    return NULL;
}

static const char *levels_decode(liq_book *book, const liq_snapshot_block *block,
                                 const liq_snapshot_level *from)
{
    const liq_venue *venue = &book->venue;
    liq_depth_level *out = book->depth + block->first;

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
        if (block->first + i > 0 && !levels_in_order(&out[i] - 1, &out[i]))
            return "levels of depth are out of order";
    }
    return NULL;
}

static const char *accounts_check(const liq_snapshot_target *target,
                                  const liq_snapshot_block *block, const liq_snapshot_account *from)
{
    for (uint64_t i = 0; i < block->count; i++)
        if (from[i].mode > LIQ_ACCOUNT_PORTFOLIO || from[i].adl_exempt > 1 ||
            from[i].reserved_zero != 0 ||
            (from[i].group_index != UINT32_MAX && from[i].group_index >= target->head->group_count))
            return "an account is malformed";
    return NULL;
}

/* Ids themselves, from where they start. Each is compared with the one before, which may be of a
 * block that nobody has checked. */
static const char *ids_check(const liq_snapshot_target *target, const liq_snapshot_block *block)
{
    const uint64_t accounts = target->head->items[LIQ_SNAPSHOT_ACCOUNTS];
    const uint64_t end = block->first + block->count;
    liq_text before = {0};

    if (block->first == 0 && target->id_starts[0] != 0)
        return "an account id is malformed";
    if (end == accounts + 1 && target->id_starts[accounts] != target->head->items[LIQ_SNAPSHOT_IDS])
        return "its account ids are not as long as all ids";
    for (uint64_t i = block->first > 0 ? block->first - 1 : 0; i < end && i < accounts; i++) {
        liq_text id;

        if (!id_take(&id, target, i) || !liq_names_valid(id))
            return "an account id is malformed";
        if (before.bytes > 0 && liq_names_compare(before, id) >= 0)
            return "account ids are out of order";
        before = id;
    }
    return NULL;
}

static bool id_take(liq_text *out, const liq_snapshot_target *target, uint64_t account)
{
    const uint64_t start = target->id_starts[account];
    const uint64_t end = target->id_starts[account + 1];

    if (start >= end || end > target->head->items[LIQ_SNAPSHOT_IDS] ||
        target->id_bytes[end - 1] != 0)
        return false;
    *out = (liq_text){target->id_bytes + start, end - start - 1};
    return true;
}

/* Each pair of neighbours is checked in the block of the second: together they rise from 0 to the
 * number of rows. */
static const char *firsts_check(const liq_snapshot_block *block, const uint64_t *first,
                                uint64_t accounts, uint64_t rows)
{
    const uint64_t end = block->first + block->count;
    bool rises = true;

    for (uint64_t i = block->first > 0 ? block->first : 1; i < end; i++)
        rises &= first[i - 1] <= first[i];
    if (!rises || (block->first == 0 && first[0] != 0) ||
        (end == accounts + 1 && first[accounts] != rows))
        return "the rows of its accounts are not as many as all rows";
    return NULL;
}

static const char *balances_check(const liq_snapshot_target *target,
                                  const liq_snapshot_block *block, const liq_snapshot_balance *row)
{
    const row_owner owner = owner_of(target, target->book->balance_first);
    const uint32_t assets = target->book->venue.asset_count;
    uint64_t before = block->first > 0 ? balance_key(&row[-1]) + 1 : 0;

    for (uint64_t i = block->first; i < block->first + block->count; i++, row++) {
        if (!is_owned(owner, i, row->account_index) || row->asset_index >= assets ||
            row->amount == INT64_MIN)
            return "a balance is malformed";
        if (balance_key(row) < before)
            return "balances are out of order";
        before = balance_key(row) + 1;
    }
    return NULL;
}

static uint64_t balance_key(const liq_snapshot_balance *row)
{
    return (uint64_t)row->account_index << 32 | row->asset_index;
}

/* Nearly every position is seen to be right at once; any other is looked at with care, and may be
 * right as well. */
static const char *positions_check(const liq_snapshot_target *target,
                                   const liq_snapshot_block *block,
                                   const liq_snapshot_position *row)
{
    const row_owner owner = owner_of(target, target->book->position_first);
    const uint32_t instruments = target->book->venue.instrument_count;
    const liq_lot_scale *const scales = target->scales;
    uint64_t before = block->first > 0 ? position_key(&row[-1]) + 1 : 0;

    for (uint64_t i = block->first; i < block->first + block->count; i++, row++) {
        const bool is_right = is_owned(owner, i, row->account_index) &&
                              row->instrument_index < instruments && position_is_well_formed(row) &&
                              value_is_plain(scales[row->instrument_index], row->price_digits,
                                             row->price_decimals, row->entry_value);
        const char *wrong;

        if (!is_right &&
            (wrong = position_check(target, row, is_owned(owner, i, row->account_index))) != NULL)
            return wrong;
        if (position_key(row) < before)
            return "positions are out of order";
        before = position_key(row) + 1;
    }
    return NULL;
}

/* By account, then cross before isolated, then by instrument, then long before short. */
static uint64_t position_key(const liq_snapshot_position *row)
{
    return (uint64_t)row->account_index << 32 | (uint64_t)row->isolated << 31 |
           (uint64_t)row->instrument_index << 1 | (row->quantity_lots < 0);
}

static inline bool position_is_well_formed(const liq_snapshot_position *row)
{
    const uint32_t reserved =
        row->reserved_zero | row->reserved_zero_8 | row->reserved_zero_16 | row->reserved_zero_32;

    return row->isolated <= 1 && reserved == 0 && lots_fit(row->quantity_lots) &&
           (row->isolated_margin == 0 || (row->isolated_margin > 0 && row->isolated == 1));
}

static const char *position_check(const liq_snapshot_target *target,
                                  const liq_snapshot_position *row, bool owned)
{
    if (row->instrument_index >= target->book->venue.instrument_count || !owned ||
        !position_is_well_formed(row))
        return "a position is malformed";
    return value_is_right(target, row->instrument_index, row->price_digits, row->price_decimals,
                          row->quantity_lots > 0, row->entry_value)
               ? NULL
               : "a position has no such price or value";
}

static const char *orders_check(const liq_snapshot_target *target, const liq_snapshot_block *block,
                                const liq_snapshot_order *row)
{
    const row_owner owner = owner_of(target, target->book->order_first);
    uint64_t before = block->first > 0 ? order_key(&row[-1]) : 0;

    for (uint64_t i = block->first; i < block->first + block->count; i++, row++) {
        if (!is_owned(owner, i, row->account_index) ||
            row->instrument_index >= target->book->venue.instrument_count ||
            row->reserved_zero != 0 || !lots_fit(row->quantity_lots))
            return "an order is malformed";
        if (order_key(row) < before)
            return "orders are out of order";
        if (!value_is_right(target, row->instrument_index, row->price_digits, row->price_decimals,
                            row->quantity_lots > 0, row->limit_value))
            return "an order has no such price or value";
        before = order_key(row);
    }
    return NULL;
}

static uint64_t order_key(const liq_snapshot_order *row)
{
    return (uint64_t)row->account_index << 32 | row->instrument_index;
}

/* Orders of an account and instrument are told apart by them, and stand in their order. */
static const char *references_check(const liq_book *book, const liq_snapshot_block *block)
{
    const uint64_t end = block->first + block->count;

    for (uint64_t i = block->first > 0 ? block->first : 1; i < end; i++)
        if (book->orders[i].account_index == book->orders[i - 1].account_index &&
            book->orders[i].instrument_index == book->orders[i - 1].instrument_index &&
            book->order_references[i] <= book->order_references[i - 1])
            return "references of orders are out of order";
    return NULL;
}

/* A status and one, or nothing; only isolated positions have one of their own. */
static const char *seen_check(const liq_snapshot_block *block, const uint8_t *seen,
                              const liq_snapshot_position *positions)
{
    for (uint64_t i = 0; i < block->count; i++)
        if ((seen[i] & ~LIQ_SEEN_LATER) > LIQ_ROW_UNVALUED + 1 ||
            (seen[i] != 0 && positions != NULL && positions[block->first + i].isolated == 0))
            return "what an account was told is malformed";
    return NULL;
}

/* Whether a price is one that a file of a book can give, and a lot is worth so much at it: when
 * that takes one multiplication. */
static inline bool value_is_plain(liq_lot_scale scale, int64_t digits, int32_t decimals,
                                  int64_t value)
{
    liq_decimal price;
    int64_t computed = 0;

    return price_take(&price, digits, decimals) && liq_lot_value_quick(&computed, scale, price) &&
           computed == value;
}

static bool value_is_right(const liq_snapshot_target *target, uint32_t instrument_index,
                           int64_t digits, int32_t decimals, bool is_long, int64_t value)
{
    liq_decimal price;
    int64_t computed;

    return price_take(&price, digits, decimals) &&
           liq_lot_value_entry(&computed, &target->book->venue, instrument_index, price, is_long) &&
           computed == value;
}

static row_owner owner_of(const liq_snapshot_target *target, const uint64_t *first)
{
    return (row_owner){first, target->book->account_count};
}

/* Whether a row lies where the rows of its account are. */
static inline bool is_owned(row_owner owner, uint64_t row, uint32_t account_index)
{
    return account_index < owner.accounts && row >= owner.first[account_index] &&
           row < owner.first[account_index + 1];
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
