#include "book/live_columns.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/memory.h"

static liq_status order_make(uint32_t **out, const liq_live_book *live, liq_error *err);
static void order_merge(uint32_t *order, const uint32_t *loaded, uint32_t loaded_count,
                        const uint32_t *added, uint32_t added_count, const liq_live_book *live);
static int compare_accounts(const void *left, const void *right, void *live);
static liq_status columns_take(liq_book *out, const liq_live_book *live, liq_error *err);
static void counts_fill(liq_book *out, const liq_live_book *live);
static liq_status names_write(liq_book *out, const liq_live_book *live, const uint32_t *order,
                              liq_error *err);
static void prices_write(liq_book *out, const liq_live_book *live);
static void account_write(liq_book *out, const liq_live_book *live, uint32_t account,
                          uint32_t index);
static void lists_write(liq_book *out, const liq_live_book *live, uint32_t account, uint32_t index);

liq_status liq_live_columns_write(liq_book *out, const liq_live_book *live, liq_error *err)
{
    liq_book columns = {.venue = live->prices.venue,
                        .venue_text = live->prices.venue_text,
                        .venue_bytes = live->prices.venue_bytes,
                        .group_names = live->prices.group_names,
                        .account_count = live->account_count};
    uint32_t *order = NULL;
    liq_status status;

    LIQ_ASSERT(live->change_count == 0);
    counts_fill(&columns, live);
    if ((status = order_make(&order, live, err)) != LIQ_OK ||
        (status = columns_take(&columns, live, err)) != LIQ_OK ||
        (status = names_write(&columns, live, order, err)) != LIQ_OK)
        goto done;
    prices_write(&columns, live);
    columns.balance_count = columns.position_count = columns.order_count = 0;
    for (uint32_t i = 0; i < columns.account_count; i++)
        account_write(&columns, live, order[i], i);
    *out = columns;
    columns = (liq_book){0}; /* given away */
done:
    liq_live_columns_clear(&columns);
    free(order);
    return status;
}

liq_status liq_live_columns_save(const liq_live_book *live, const char *path, liq_error *err)
{
    liq_book columns = {0};
    liq_status status = liq_live_columns_write(&columns, live, err);

    if (status == LIQ_OK)
        status = liq_book_save_snapshot(&columns, path, err);
    liq_live_columns_clear(&columns);
    return status;
}

void liq_live_columns_clear(liq_book *columns)
{
    liq_names_destroy(columns->account_names);
    free(columns->accounts);
    free(columns->balances);
    free(columns->positions);
    free(columns->orders);
    free(columns->depth);
    free(columns->balance_first);
    free(columns->position_first);
    free(columns->order_first);
    free(columns->instrument_marks);
    free(columns->asset_indices);
    free(columns->order_references);
    free(columns->account_seen);
    free(columns->position_seen);
    free(columns->depth_marks);
    free(columns->margin_factors);
    *columns = (liq_book){0};
}

/* Those of the loaded book are in order, and those that came later are sorted in between. */
static liq_status order_make(uint32_t **out, const liq_live_book *live, liq_error *err)
{
    uint32_t *order = NULL;
    uint32_t *parts = NULL;
    uint32_t loaded = 0;
    uint32_t added = 0;
    liq_status status;

    if ((status = liq_memory_array(&order, live->account_count, sizeof *order, err)) != LIQ_OK ||
        (status = liq_memory_array(&parts, live->account_count, sizeof *parts, err)) != LIQ_OK)
        goto done;
    for (uint32_t i = 0; i < live->account_capacity; i++) {
        if (!live->accounts[i].alive)
            continue;
        if (live->in_order[i])
            parts[loaded++] = i;
        else
            parts[live->account_count - ++added] = i;
    }
    LIQ_ASSERT(loaded + added == live->account_count);
    if (added > 0)
        qsort_r(parts + loaded, added, sizeof *parts, compare_accounts, (void *)(uintptr_t)live);
    order_merge(order, parts, loaded, parts + loaded, added, live);
    *out = order;
    order = NULL; /* given away */
done:
    free(order);
    free(parts);
    return status;
}

static void order_merge(uint32_t *order, const uint32_t *loaded, uint32_t loaded_count,
                        const uint32_t *added, uint32_t added_count, const liq_live_book *live)
{
    uint32_t i = 0;
    uint32_t j = 0;

    while (i < loaded_count || j < added_count)
        if (j == added_count ||
            (i < loaded_count && liq_live_book_compare(live, loaded[i], added[j]) < 0)) {
            order[i + j] = loaded[i];
            i++;
        } else {
            order[i + j] = added[j];
            j++;
        }
}

static int compare_accounts(const void *left, const void *right, void *live)
{
    return liq_live_book_compare(live, *(const uint32_t *)left, *(const uint32_t *)right);
}

static void counts_fill(liq_book *out, const liq_live_book *live)
{
    for (uint32_t i = 0; i < live->account_capacity; i++) {
        const liq_live_account *account = &live->accounts[i];
        uint64_t *const counts[LIQ_LIVE_LISTS] = {&out->balance_count, &out->position_count,
                                                  &out->order_count};

        for (uint32_t list = 0; account->alive && list < LIQ_LIVE_LISTS; list++)
            for (uint32_t at = account->first[list]; at != LIQ_NO_INDEX;
                 at = live->entries[at].next)
                ++*counts[list];
    }
    for (uint32_t i = 0; i < 2 * live->prices.venue.instrument_count; i++)
        out->depth_count += live->depth[i].end - live->depth[i].first;
}

static liq_status columns_take(liq_book *out, const liq_live_book *live, liq_error *err)
{
    const uint32_t instruments = live->prices.venue.instrument_count;
    const size_t firsts = (size_t)out->account_count + 1;
    const struct {
        void **array;
        size_t count;
        size_t bytes;
    } arrays[] = {
        {(void **)&out->accounts, out->account_count, sizeof *out->accounts},
        {(void **)&out->balances, out->balance_count, sizeof *out->balances},
        {(void **)&out->positions, out->position_count, sizeof *out->positions},
        {(void **)&out->orders, out->order_count, sizeof *out->orders},
        {(void **)&out->depth, out->depth_count, sizeof *out->depth},
        {(void **)&out->balance_first, firsts, sizeof *out->balance_first},
        {(void **)&out->position_first, firsts, sizeof *out->position_first},
        {(void **)&out->order_first, firsts, sizeof *out->order_first},
        {(void **)&out->instrument_marks, instruments, sizeof *out->instrument_marks},
        {(void **)&out->asset_indices, live->prices.venue.asset_count, sizeof(liq_decimal)},
        {(void **)&out->order_references, out->order_count, sizeof *out->order_references},
        {(void **)&out->account_seen, out->account_count, sizeof *out->account_seen},
        {(void **)&out->position_seen, out->position_count, sizeof *out->position_seen},
        {(void **)&out->depth_marks, instruments, sizeof *out->depth_marks},
        {(void **)&out->margin_factors, instruments, sizeof *out->margin_factors}};
    liq_status status = LIQ_OK;

    for (size_t i = 0; status == LIQ_OK && i < sizeof arrays / sizeof arrays[0]; i++)
        status = liq_memory_array(arrays[i].array, arrays[i].count, arrays[i].bytes, err);
    return status;
}

static liq_status names_write(liq_book *out, const liq_live_book *live, const uint32_t *order,
                              liq_error *err)
{
    char *bytes = NULL;
    size_t *starts = NULL;
    size_t used = 0;
    liq_status status;

    for (uint32_t i = 0; i < out->account_count; i++)
        used += strlen(live->accounts[order[i]].id) + 1;
    if ((status = liq_memory_array(&bytes, used, 1, err)) != LIQ_OK ||
        (status = liq_memory_array(&starts, (size_t)out->account_count + 1, sizeof *starts, err)) !=
            LIQ_OK)
        goto done;
    used = 0;
    for (uint32_t i = 0; i < out->account_count; i++) {
        const size_t length = strlen(live->accounts[order[i]].id) + 1;

        starts[i] = used;
        memcpy(bytes + used, live->accounts[order[i]].id, length);
        used += length;
    }
    starts[out->account_count] = used;
    if ((status = liq_names_adopt(&out->account_names, bytes, starts, out->account_count, false,
                                  err)) != LIQ_OK)
        goto done;
    bytes = NULL; /* given away */
    starts = NULL;
done:
    free(bytes);
    free(starts);
    return status;
}

static void prices_write(liq_book *out, const liq_live_book *live)
{
    uint64_t level = 0;

    for (uint32_t i = 0; i < out->venue.instrument_count; i++) {
        out->instrument_marks[i] = live->prices.instrument_marks[i];
        out->depth_marks[i] = live->depth_marks[i];
        out->margin_factors[i] = live->prices.margin_factors[i];
    }
    for (uint32_t i = 0; i < out->venue.asset_count; i++)
        out->asset_indices[i] = live->prices.asset_indices[i];
    for (uint32_t i = 0; i < 2 * out->venue.instrument_count; i++)
        for (uint32_t at = live->depth[i].first; at < live->depth[i].end; at++)
            out->depth[level++] = live->depth[i].levels[at];
}

static void account_write(liq_book *out, const liq_live_book *live, uint32_t account,
                          uint32_t index)
{
    const liq_live_account *from = &live->accounts[account];

    out->accounts[index] = (liq_account){
        .group_index = from->group, .mode = from->mode, .adl_exempt = from->adl_exempt};
    out->account_seen[index] = from->seen;
    lists_write(out, live, account, index);
    out->balance_first[index + 1] = out->balance_count;
    out->position_first[index + 1] = out->position_count;
    out->order_first[index + 1] = out->order_count;
}

static void lists_write(liq_book *out, const liq_live_book *live, uint32_t account, uint32_t index)
{
    const uint32_t *first = live->accounts[account].first;
    const liq_live_entry *entry;

    for (uint32_t i = first[LIQ_LIVE_BALANCES]; i != LIQ_NO_INDEX; i = entry->next) {
        entry = &live->entries[i];
        out->balances[out->balance_count++] = (liq_balance){
            .amount = entry->quantity, .account_index = index, .asset_index = entry->index};
    }
    for (uint32_t i = first[LIQ_LIVE_POSITIONS]; i != LIQ_NO_INDEX; i = entry->next) {
        entry = &live->entries[i];
        out->position_seen[out->position_count] = entry->isolated ? entry->seen : 0;
        out->positions[out->position_count++] =
            (liq_position){.quantity_lots = entry->quantity,
                           .entry_value = entry->value,
                           .entry_price = entry->price,
                           .isolated_margin = entry->isolated_margin,
                           .account_index = index,
                           .instrument_index = entry->index,
                           .isolated = entry->isolated};
    }
    for (uint32_t i = first[LIQ_LIVE_ORDERS]; i != LIQ_NO_INDEX; i = entry->next) {
        entry = &live->entries[i];
        out->order_references[out->order_count] = entry->reference;
        out->orders[out->order_count++] = (liq_order){.quantity_lots = entry->quantity,
                                                      .limit_value = entry->value,
                                                      .price = entry->price,
                                                      .account_index = index,
                                                      .instrument_index = entry->index};
    }
}
