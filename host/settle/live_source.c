#include "settle/live_source.h"

#include <stdlib.h>

#include "base/fail.h"
#include "base/memory.h"
#include "book/live_replace.h"
#include "scan/live_scan.h"

static const char *account_id(void *context, uint32_t account);
static uint32_t account_born(void *context, uint32_t account);
static bool account_read(void *context, uint32_t account, liq_account_columns *out);
static void room_take(liq_live_source *source, uint32_t entries);
static void lists_read(liq_live_source *source, uint32_t account, liq_account_columns *out);
static liq_row_record result_read(void *context, uint32_t account,
                                  const liq_account_columns *columns, uint32_t position);
static liq_status side_read(void *context, uint32_t side, liq_side_holders *out, liq_error *err);
static liq_status holder_add(liq_live_source *source, uint32_t entry, uint32_t *count,
                             liq_error *err);
static int accounts_compare(void *context, uint32_t left, uint32_t right);
static int compare_holders(const void *left, const void *right, void *book);

void liq_live_source_start(liq_live_source *out, liq_live *live)
{
    *out = (liq_live_source){.live = live};
}

void liq_live_source_clear(liq_live_source *source)
{
    free(source->balances);
    free(source->positions);
    free(source->orders);
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
                               .result = result_read,
                               .compare = accounts_compare,
                               .side = side_read};
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
    liq_live_source *source = context;
    const liq_live_account *from = &source->live->book.accounts[account];

    room_take(source, from->entry_count);
    *out = (liq_account_columns){.venue = &source->live->book.prices.venue,
                                 .id = from->id,
                                 .balances = source->balances,
                                 .positions = source->positions,
                                 .orders = source->orders,
                                 .account_index = account,
                                 .mode = from->mode};
    lists_read(source, account, out);
    return from->adl_exempt;
}

/* A live book counts on memory at its start; this much more is no more likely to fail. */
static void room_take(liq_live_source *source, uint32_t entries)
{
    const size_t needed = (size_t)entries + 1;

    LIQ_ASSERT(liq_memory_extend((void **)&source->balances, &source->balance_capacity, needed,
                                 sizeof *source->balances, NULL) == LIQ_OK);
    LIQ_ASSERT(liq_memory_extend((void **)&source->positions, &source->position_capacity, needed,
                                 sizeof *source->positions, NULL) == LIQ_OK);
    LIQ_ASSERT(liq_memory_extend((void **)&source->orders, &source->order_capacity, needed,
                                 sizeof *source->orders, NULL) == LIQ_OK);
}

static void lists_read(liq_live_source *source, uint32_t account, liq_account_columns *out)
{
    const liq_live_book *book = &source->live->book;
    const liq_live_account *from = &book->accounts[account];
    const liq_live_entry *entry;

    for (uint32_t i = from->first[LIQ_LIVE_BALANCES]; i != LIQ_NO_INDEX; i = entry->next) {
        entry = &book->entries[i];
        source->balances[out->balance_count++] = (liq_balance){
            .amount = entry->quantity, .account_index = account, .asset_index = entry->index};
    }
    for (uint32_t i = from->first[LIQ_LIVE_POSITIONS]; i != LIQ_NO_INDEX; i = entry->next) {
        entry = &book->entries[i];
        source->positions[out->position_count++] =
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
        source->orders[out->order_count++] = (liq_order){.quantity_lots = entry->quantity,
                                                         .limit_value = entry->value,
                                                         .price = entry->price,
                                                         .account_index = account,
                                                         .instrument_index = entry->index};
    }
}

static liq_row_record result_read(void *context, uint32_t account,
                                  const liq_account_columns *columns, uint32_t position)
{
    const liq_live_source *source = context;
    const liq_live_book *book = &source->live->book;
    uint32_t entry = book->accounts[account].first[LIQ_LIVE_POSITIONS];

    if (!columns->positions[position].isolated)
        return liq_live_result(source->live, account);
    for (uint32_t i = 0; i < position; i++)
        entry = book->entries[entry].next;
    return liq_live_result(source->live, book->account_capacity + entry);
}

/* Holders lie as they came; they are put into the order of accounts, as a loaded book has them. */
static liq_status side_read(void *context, uint32_t side, liq_side_holders *out, liq_error *err)
{
    liq_live_source *source = context;
    const liq_live_book *book = &source->live->book;
    const bool all_exempt = side == book->prices.venue.instrument_count * 2;
    uint32_t count = 0;
    liq_status status = LIQ_OK;

    for (uint32_t i = all_exempt ? 0 : side / 2;
         status == LIQ_OK && i < book->prices.venue.instrument_count; i++) {
        for (uint32_t at = book->instrument_holders[i]; status == LIQ_OK && at != LIQ_NO_INDEX;
             at = book->entries[at].holder_after) {
            const liq_live_entry *entry = &book->entries[at];

            if (entry->list == LIQ_LIVE_POSITIONS &&
                (all_exempt || (entry->quantity < 0) == (side % 2 == 1)) &&
                book->accounts[entry->account].adl_exempt == all_exempt)
                status = holder_add(source, at, &count, err);
        }
        if (!all_exempt)
            break;
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
    const liq_status status = liq_memory_extend((void **)&source->holders, &source->holder_capacity,
                                                (size_t)*count + 1, sizeof *source->holders, err);

    if (status != LIQ_OK)
        return status;
    for (uint32_t i = book->accounts[account].first[LIQ_LIVE_POSITIONS]; i != entry;
         i = book->entries[i].next)
        position++;
    source->holders[(*count)++] = (liq_side_holder){.account = account, .position = position};
    return LIQ_OK;
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
