#include "settle/live_source.h"

#include <stdlib.h>

#include "base/fail.h"
#include "base/memory.h"
#include "base/ahead.h"
#include "book/live_expect.h"
#include "book/live_replace.h"
#include "scan/live_scan.h"

enum { WIDE_LEAST = 32 };

static const char *account_id(void *context, uint32_t account);
static uint32_t account_born(void *context, uint32_t account);
static bool account_read(void *context, uint32_t account, liq_account_columns *out);
static const liq_live_columns *columns_read(liq_live_source *source, uint32_t account);
static liq_live_columns *wide_take(liq_live_source *source, uint32_t account);
static bool room_take(liq_live_columns *columns, uint32_t entries);
static void lists_read(liq_live_columns *columns, const liq_live_book *book, uint32_t account);
static void columns_clear(liq_live_columns *columns);
static void accounts_expect(void *context, uint32_t far, uint32_t near);
static liq_row_record result_read(void *context, uint32_t account,
                                  const liq_account_columns *columns, uint32_t position);
static liq_status side_read(void *context, uint32_t side, liq_side_holders *out, liq_error *err);
static liq_status exempt_read(liq_live_source *source, uint32_t instrument, liq_side_holders *out,
                              liq_error *err);
static liq_status holder_add(liq_live_source *source, uint32_t entry, uint32_t *count,
                             liq_error *err);
static uint32_t places_find(void *context, uint32_t account, uint32_t side,
                            uint32_t out[LIQ_LIVE_PLACES_MAX]);
static bool position_find(const liq_live_columns *columns, uint64_t key, uint32_t *place);
static uint64_t position_key(bool isolated, uint32_t instrument, bool is_short);
static int accounts_compare(void *context, uint32_t left, uint32_t right);
static int compare_holders(const void *left, const void *right, void *book);

void liq_live_source_start(liq_live_source *out, liq_live *live)
{
    *out = (liq_live_source){
        .live = live, .wide_least = WIDE_LEAST, .sides = {.places = places_find, .context = out}};
}

void liq_live_source_clear(liq_live_source *source)
{
    for (uint32_t i = 0; i < source->wide_made; i++)
        columns_clear(&source->wide[i]);
    columns_clear(&source->scratch);
    liq_row_map_clear(&source->wide_places);
    liq_live_sides_clear(&source->sides);
    free(source->wide);
    free(source->holders);
    *source = (liq_live_source){0};
}

liq_settle_source liq_live_source_face(liq_live_source *source)
{
    return (liq_settle_source){.context = source,
                               .venue = &source->live->book.prices.venue,
                               .marks = source->live->book.prices.instrument_marks,
                               .account_limit = source->live->book.account_capacity,
                               .id = account_id,
                               .born = account_born,
                               .read = account_read,
                               .expect = accounts_expect,
                               .result = result_read,
                               .compare = accounts_compare,
                               .side = side_read};
}

void liq_live_source_renew(liq_live_source *source)
{
    if (source->wide_count > 0)
        liq_row_map_clear(&source->wide_places);
    source->wide_count = 0;
}

liq_status liq_live_source_apply(liq_live_source *source, liq_waterfall *waterfall, liq_error *err)
{
    const liq_overlay *overlay = &waterfall->overlay;
    liq_status status = LIQ_OK;

    for (uint32_t i = 0; status == LIQ_OK && i < overlay->count; i++) {
        liq_account_columns columns;

        if (!overlay->items[i]->is_changed)
            continue;
        if ((status = liq_touched_columns(&waterfall->overlay, overlay->items[i], &columns, err)) ==
            LIQ_OK)
            status = liq_live_book_replace(&source->live->book, overlay->items[i]->account,
                                           &columns, err);
    }
    return status;
}

static const char *account_id(void *context, uint32_t account)
{
    const liq_live_source *source = context;

    return source->live->book.accounts[account].id;
}

static uint32_t account_born(void *context, uint32_t account)
{
    const liq_live_source *source = context;
    const liq_live_account *found = &source->live->book.accounts[account];

    return found->alive ? found->born : 0;
}

static bool account_read(void *context, uint32_t account, liq_account_columns *out)
{
    const liq_live_columns *columns = columns_read(context, account);

    *out = columns->columns;
    return columns->adl_exempt;
}

/* Lent until the next call, or for the run. */
static const liq_live_columns *columns_read(liq_live_source *source, uint32_t account)
{
    const liq_live_book *book = &source->live->book;
    const uint32_t entries = book->accounts[account].entry_count;
    liq_live_columns *columns = NULL;

    if (entries >= source->wide_least) {
        const liq_row_name name = {.account = account, .instrument = LIQ_NO_INDEX};
        const int64_t place = liq_row_map_get(&source->wide_places, name);

        if (place > 0)
            return &source->wide[place - 1];
        columns = wide_take(source, account);
    }
    if (columns == NULL)
        columns = &source->scratch;
    /* A live book counts on memory at its start; this much more is no more likely to fail. */
    LIQ_ASSERT(room_take(columns, entries));
    lists_read(columns, book, account);
    return columns;
}

/* Memory to keep an account in; NULL: there is none, so that it is read whenever it is asked for.
 */
static liq_live_columns *wide_take(liq_live_source *source, uint32_t account)
{
    const liq_row_name name = {.account = account, .instrument = LIQ_NO_INDEX};
    const uint32_t taken = source->wide_count;

    if (liq_memory_grow(&source->wide, &source->wide_capacity, (size_t)taken + 1,
                        sizeof *source->wide, NULL) != LIQ_OK ||
        !room_take(&source->wide[taken], source->live->book.accounts[account].entry_count) ||
        liq_row_map_set(&source->wide_places, name, (int64_t)taken + 1, NULL) != LIQ_OK)
        return NULL;
    source->wide_count++;
    if (source->wide_made < source->wide_count)
        source->wide_made = source->wide_count;
    return &source->wide[taken];
}

static bool room_take(liq_live_columns *columns, uint32_t entries)
{
    const size_t needed = (size_t)entries + 1;

    return liq_memory_extend(&columns->balances, &columns->balance_capacity, needed,
                             sizeof *columns->balances, NULL) == LIQ_OK &&
           liq_memory_extend(&columns->positions, &columns->position_capacity, needed,
                             sizeof *columns->positions, NULL) == LIQ_OK &&
           liq_memory_extend(&columns->orders, &columns->order_capacity, needed,
                             sizeof *columns->orders, NULL) == LIQ_OK &&
           liq_memory_extend(&columns->entries, &columns->entry_capacity, needed,
                             sizeof *columns->entries, NULL) == LIQ_OK;
}

static void lists_read(liq_live_columns *columns, const liq_live_book *book, uint32_t account)
{
    const liq_live_account *from = &book->accounts[account];
    liq_account_columns *out = &columns->columns;
    const liq_live_entry *entry;

    *out = (liq_account_columns){.venue = &book->prices.venue,
                                 .id = from->id,
                                 .balances = columns->balances,
                                 .positions = columns->positions,
                                 .orders = columns->orders,
                                 .account_index = account,
                                 .mode = from->mode};
    columns->adl_exempt = from->adl_exempt;
    for (uint32_t i = from->first[LIQ_LIVE_BALANCES]; i != LIQ_NO_INDEX; i = entry->next) {
        entry = &book->entries[i];
        columns->balances[out->balance_count++] = (liq_balance){
            .amount = entry->quantity, .account_index = account, .asset_index = entry->index};
    }
    for (uint32_t i = from->first[LIQ_LIVE_POSITIONS]; i != LIQ_NO_INDEX; i = entry->next) {
        entry = &book->entries[i];
        columns->entries[out->position_count] = i;
        columns->positions[out->position_count++] =
            (liq_position){.quantity_lots = entry->quantity,
                           .entry_value = entry->value,
                           .entry_price = entry->price,
                           .isolated_margin = entry->isolated_margin,
                           .account_index = account,
                           .instrument_index = entry->index,
                           .isolated = entry->isolated};
    }
    for (uint32_t i = from->first[LIQ_LIVE_ORDERS]; i != LIQ_NO_INDEX; i = entry->next) {
        entry = &book->entries[i];
        columns->orders[out->order_count++] = (liq_order){.quantity_lots = entry->quantity,
                                                          .limit_value = entry->value,
                                                          .price = entry->price,
                                                          .account_index = account,
                                                          .instrument_index = entry->index};
    }
}

static void accounts_expect(void *context, uint32_t far, uint32_t near)
{
    const liq_live_source *source = context;

    liq_ahead(&source->live->book.accounts[far]);
    liq_live_expect_entries(&source->live->book, near);
}

static void columns_clear(liq_live_columns *columns)
{
    free(columns->balances);
    free(columns->positions);
    free(columns->orders);
    free(columns->entries);
}

static liq_row_record result_read(void *context, uint32_t account,
                                  const liq_account_columns *columns, uint32_t position)
{
    liq_live_source *source = context;
    const liq_live_book *book = &source->live->book;
    uint32_t entry = book->accounts[account].first[LIQ_LIVE_POSITIONS];

    if (!columns->positions[position].isolated)
        return liq_live_result(source->live, account);
    if (book->accounts[account].entry_count >= source->wide_least)
        entry = columns_read(source, account)->entries[position];
    else
        for (uint32_t i = 0; i < position; i++)
            entry = book->entries[entry].next;
    return liq_live_result(source->live, book->account_capacity + entry);
}

static liq_status side_read(void *context, uint32_t side, liq_side_holders *out, liq_error *err)
{
    liq_live_source *source = context;
    liq_live_book *book = &source->live->book;
    const uint32_t sides = book->prices.venue.instrument_count * 2;

    if (side >= sides)
        return exempt_read(source, side - sides, out, err);
    return liq_live_sides_read(&source->sides, book, side, out, err);
}

/* They are few and seldom asked for: listed as they lie and put into the order of accounts, as a
   loaded book has them. */
static liq_status exempt_read(liq_live_source *source, uint32_t instrument, liq_side_holders *out,
                              liq_error *err)
{
    const liq_live_book *book = &source->live->book;
    uint32_t count = 0;
    liq_status status = LIQ_OK;

    for (uint32_t at = book->instrument_holders[instrument]; status == LIQ_OK && at != LIQ_NO_INDEX;
         at = book->entries[at].holder_after) {
        const liq_live_entry *entry = &book->entries[at];

        if (entry->list == LIQ_LIVE_POSITIONS && book->accounts[entry->account].adl_exempt)
            status = holder_add(source, at, &count, err);
    }
    if (status == LIQ_OK && count > 0)
        qsort_r(source->holders, count, sizeof *source->holders, compare_holders,
                &source->live->book);
    *out = (liq_side_holders){.items = source->holders, .count = count};
    return status;
}

static liq_status holder_add(liq_live_source *source, uint32_t entry, uint32_t *count,
                             liq_error *err)
{
    const liq_live_book *book = &source->live->book;
    const uint32_t account = book->entries[entry].account;
    uint32_t position = 0;
    const liq_status status = liq_memory_extend(&source->holders, &source->holder_capacity,
                                                (size_t)*count + 1, sizeof *source->holders, err);

    if (status != LIQ_OK)
        return status;
    if (book->accounts[account].entry_count >= source->wide_least)
        LIQ_ASSERT(
            position_find(columns_read(source, account),
                          position_key(book->entries[entry].isolated, book->entries[entry].index,
                                       book->entries[entry].quantity < 0),
                          &position));
    else
        for (uint32_t i = book->accounts[account].first[LIQ_LIVE_POSITIONS]; i != entry;
             i = book->entries[i].next)
            position++;
    source->holders[(*count)++] = (liq_side_holder){.account = account, .position = position};
    return LIQ_OK;
}

/* An account of many entries stands on as many sides: its places are looked up. */
static uint32_t places_find(void *context, uint32_t account, uint32_t side,
                            uint32_t out[LIQ_LIVE_PLACES_MAX])
{
    liq_live_source *source = context;
    const liq_live_book *book = &source->live->book;
    const liq_live_columns *columns;
    const liq_live_entry *entry;
    uint32_t found = 0;
    uint32_t place = 0;

    if (book->accounts[account].entry_count >= source->wide_least) {
        columns = columns_read(source, account);
        for (uint32_t isolated = 0; isolated < LIQ_LIVE_PLACES_MAX; isolated++)
            found += position_find(columns, position_key(isolated != 0, side / 2, side % 2 == 1),
                                   &out[found]);
        return found;
    }
    for (uint32_t i = book->accounts[account].first[LIQ_LIVE_POSITIONS]; i != LIQ_NO_INDEX;
         i = entry->next) {
        entry = &book->entries[i];
        if (entry->index == side / 2 && (entry->quantity < 0) == (side % 2 == 1)) {
            LIQ_ASSERT(found < LIQ_LIVE_PLACES_MAX);
            out[found++] = place;
        }
        place++;
    }
    return found;
}

/* By what orders positions. @return whether there is one */
static bool position_find(const liq_live_columns *columns, uint64_t key, uint32_t *place)
{
    uint64_t low = 0;
    uint64_t high = columns->columns.position_count;

    while (low < high) {
        const uint64_t middle = low + (high - low) / 2;
        const liq_position *at = &columns->positions[middle];

        if (position_key(at->isolated, at->instrument_index, at->quantity_lots < 0) < key)
            low = middle + 1;
        else
            high = middle;
    }
    *place = (uint32_t)low;
    return low < columns->columns.position_count &&
           position_key(columns->positions[low].isolated, columns->positions[low].instrument_index,
                        columns->positions[low].quantity_lots < 0) == key;
}

static uint64_t position_key(bool isolated, uint32_t instrument, bool is_short)
{
    return (uint64_t)isolated << 33 | (uint64_t)instrument << 1 | is_short;
}

static int accounts_compare(void *context, uint32_t left, uint32_t right)
{
    const liq_live_source *source = context;

    return liq_live_book_compare(&source->live->book, left, right);
}

static int compare_holders(const void *left, const void *right, void *book)
{
    const liq_side_holder *a = left;
    const liq_side_holder *b = right;

    if (a->account != b->account)
        return liq_live_book_compare(book, a->account, b->account);
    return (a->position > b->position) - (a->position < b->position);
}
