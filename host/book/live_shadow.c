#include "book/live_shadow.h"

#include <stdlib.h>
#include <string.h>

#include "base/ahead.h"
#include "base/fail.h"
#include "base/memory.h"

/* Memory is touched in such pieces, so that nobody else waits long for the system's lock on it; and
 * accounts that are copied again are asked for so far ahead. */
enum { TOUCH_BYTES = 256 * 1024, LEVELS_MORE = 4096, AHEAD = 8, ACCOUNT_BYTES = 1024 };

static liq_status small_take(liq_live_shadow *out, const liq_live_shadow_size *size,
                             liq_error *err);
static void touch(void *array, size_t bytes);
static size_t piece_copy(liq_live_shadow *shadow, size_t bytes_max);
static void account_copy(liq_live_shadow *shadow, uint32_t account);
static void account_expect(const liq_live_shadow *shadow, uint32_t behind);
static liq_status depth_copy(liq_live_shadow *shadow, liq_error *err);
static uint64_t level_count(const liq_live_book *live);

liq_live_shadow_size liq_live_shadow_size_of(const liq_live_book *live)
{
    return (liq_live_shadow_size){.accounts = live->account_capacity,
                                  .entries = live->entry_capacity,
                                  .instruments = live->prices.venue.instrument_count,
                                  .assets = live->prices.venue.asset_count,
                                  .levels = level_count(live)};
}

liq_status liq_live_shadow_create(liq_live_shadow *out, const liq_live_shadow_size *size,
                                  liq_error *err)
{
    liq_live_book *book = &out->book;
    liq_status status;

    out->depth_capacity = size->levels + size->levels / 4 + LEVELS_MORE;
    if ((status = liq_memory_array(&book->accounts, size->accounts, sizeof *book->accounts, err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&book->entries, size->entries, sizeof *book->entries, err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&book->in_order, size->accounts, sizeof *book->in_order, err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&out->changed.items, size->accounts, sizeof(uint32_t), err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&out->changed.has, size->accounts, sizeof(bool), err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&out->levels, out->depth_capacity, sizeof *out->levels, err)) !=
            LIQ_OK ||
        (status = small_take(out, size, err)) != LIQ_OK) {
        liq_live_shadow_clear(out);
        return status;
    }
    book->account_capacity = size->accounts;
    book->entry_capacity = size->entries;
    touch(book->accounts, size->accounts * sizeof *book->accounts);
    touch(book->entries, size->entries * sizeof *book->entries);
    touch(book->in_order, size->accounts * sizeof *book->in_order);
    touch(out->changed.items, size->accounts * sizeof(uint32_t));
    touch(out->changed.has, size->accounts * sizeof(bool));
    touch(out->levels, out->depth_capacity * sizeof *out->levels);
    return LIQ_OK;
}

static liq_status small_take(liq_live_shadow *out, const liq_live_shadow_size *size, liq_error *err)
{
    liq_live_book *book = &out->book;
    liq_status status;

    if ((status = liq_memory_array(&book->prices.instrument_marks, size->instruments,
                                   sizeof(liq_decimal), err)) != LIQ_OK ||
        (status = liq_memory_array(&book->prices.asset_indices, size->assets, sizeof(liq_decimal),
                                   err)) != LIQ_OK ||
        (status = liq_memory_array(&book->prices.margin_factors, size->instruments,
                                   sizeof(liq_margin_factors), err)) != LIQ_OK ||
        (status = liq_memory_array(&book->depth_marks, size->instruments, sizeof(liq_decimal),
                                   err)) != LIQ_OK)
        return status;
    return liq_memory_array(&book->depth, 2 * (size_t)size->instruments, sizeof *book->depth, err);
}

static void touch(void *array, size_t bytes)
{
    for (size_t at = 0; at < bytes; at += TOUCH_BYTES)
        liq_memory_touch((char *)array + at, bytes - at < TOUCH_BYTES ? bytes - at : TOUCH_BYTES);
}

void liq_live_shadow_clear(liq_live_shadow *shadow)
{
    liq_live_book *book = &shadow->book;

    free(book->accounts);
    free(book->entries);
    free(book->in_order);
    free(book->prices.instrument_marks);
    free(book->prices.asset_indices);
    free(book->prices.margin_factors);
    free(book->depth_marks);
    free(book->depth);
    free(shadow->changed.items);
    free(shadow->changed.has);
    free(shadow->levels);
    free(shadow->venue_text);
    liq_names_destroy(shadow->groups);
    *shadow = (liq_live_shadow){0};
}

liq_status liq_live_shadow_follow(liq_live_shadow *shadow, liq_live_book *live, liq_error *err)
{
    const liq_book *prices = &live->prices;
    liq_status status;

    LIQ_ASSERT(live->shadow == NULL && live->account_capacity == shadow->book.account_capacity &&
               live->entry_capacity == shadow->book.entry_capacity);
    if ((status = liq_memory_array(&shadow->venue_text, prices->venue_bytes + 1, 1, err)) !=
            LIQ_OK ||
        (status = liq_names_create(&shadow->groups, err)) != LIQ_OK)
        return status;
    memcpy(shadow->venue_text, prices->venue_text, prices->venue_bytes);
    for (uint32_t i = 0; i < liq_names_count(prices->group_names); i++) {
        uint32_t index;

        if ((status = liq_names_add(shadow->groups, liq_names_text(prices->group_names, i), &index,
                                    err)) != LIQ_OK)
            return status;
    }
    shadow->book.prices.venue_text = shadow->venue_text;
    shadow->book.prices.venue_bytes = prices->venue_bytes;
    shadow->book.prices.group_names = shadow->groups;
    shadow->book.prices.venue.instrument_count = prices->venue.instrument_count;
    shadow->book.prices.venue.asset_count = prices->venue.asset_count;
    shadow->followed = live;
    shadow->copied_bytes = 0;
    live->shadow = shadow;
    return LIQ_OK;
}

void liq_live_shadow_leave(liq_live_shadow *shadow)
{
    if (shadow->followed != NULL)
        shadow->followed->shadow = NULL;
    shadow->followed = NULL;
}

bool liq_live_shadow_copy(liq_live_shadow *shadow, size_t bytes_max)
{
    liq_live_set *changed = &shadow->changed;
    size_t bytes = 0;
    size_t piece;

    while (bytes < bytes_max && (piece = piece_copy(shadow, bytes_max - bytes)) > 0)
        bytes += piece;
    if (bytes >= bytes_max)
        return false;
    for (; bytes < bytes_max && changed->count > 0; bytes += ACCOUNT_BYTES) {
        const uint32_t account = changed->items[--changed->count];

        account_expect(shadow, AHEAD);
        changed->has[account] = false;
        account_copy(shadow, account);
    }
    return changed->count == 0;
}

/* The arrays as they lie in memory, whatever is in them. @return bytes; 0: all of them are copied
 */
static size_t piece_copy(liq_live_shadow *shadow, size_t bytes_max)
{
    const liq_live_book *from = shadow->followed;
    const liq_live_book *to = &shadow->book;
    const size_t accounts = to->account_capacity * sizeof *to->accounts;
    const size_t entries = to->entry_capacity * sizeof *to->entries;
    const bool is_account = shadow->copied_bytes < accounts;
    const size_t at = is_account ? shadow->copied_bytes : shadow->copied_bytes - accounts;
    const size_t left = (is_account ? accounts : entries) - at;
    const size_t bytes = left < bytes_max ? left : bytes_max;

    if (is_account)
        memcpy((char *)to->accounts + at, (const char *)from->accounts + at, bytes);
    else
        memcpy((char *)to->entries + at, (const char *)from->entries + at, bytes);
    shadow->copied_bytes += bytes;
    return bytes;
}

static void account_copy(liq_live_shadow *shadow, uint32_t account)
{
    const liq_live_book *from = shadow->followed;
    liq_live_book *to = &shadow->book;

    to->accounts[account] = from->accounts[account];
    for (uint32_t list = 0; from->accounts[account].alive && list < LIQ_LIVE_LISTS; list++)
        for (uint32_t i = from->accounts[account].first[list]; i != LIQ_NO_INDEX;
             i = from->entries[i].next)
            to->entries[i] = from->entries[i];
}

static void account_expect(const liq_live_shadow *shadow, uint32_t behind)
{
    const liq_live_set *changed = &shadow->changed;
    const liq_live_account *account;

    if (changed->count <= behind)
        return;
    account = &shadow->followed->accounts[changed->items[changed->count - behind - 1]];
    liq_ahead(account);
    account = &shadow->followed->accounts[changed->items[changed->count - behind / 2 - 1]];
    for (uint32_t list = 0; list < LIQ_LIVE_LISTS; list++)
        if (account->first[list] < shadow->book.entry_capacity)
            liq_ahead(&shadow->followed->entries[account->first[list]]);
}

liq_status liq_live_shadow_finish(liq_live_shadow *shadow, liq_error *err)
{
    const liq_live_book *from = shadow->followed;
    liq_live_book *to = &shadow->book;
    const uint32_t instruments = from->prices.venue.instrument_count;
    const uint32_t assets = from->prices.venue.asset_count;
    liq_status status;

    LIQ_ASSERT(from->change_count == 0);
    if ((status = depth_copy(shadow, err)) != LIQ_OK)
        return status;
    while (!liq_live_shadow_copy(shadow, SIZE_MAX))
        ;
    memcpy(to->in_order, from->in_order, from->account_capacity * sizeof *to->in_order);
    memcpy(to->prices.instrument_marks, from->prices.instrument_marks,
           instruments * sizeof(liq_decimal));
    memcpy(to->prices.asset_indices, from->prices.asset_indices, assets * sizeof(liq_decimal));
    memcpy(to->prices.margin_factors, from->prices.margin_factors,
           instruments * sizeof(liq_margin_factors));
    memcpy(to->depth_marks, from->depth_marks, instruments * sizeof(liq_decimal));
    to->account_count = from->account_count;
    to->entry_count = from->entry_count;
    liq_live_shadow_leave(shadow);
    return LIQ_OK;
}

static liq_status depth_copy(liq_live_shadow *shadow, liq_error *err)
{
    const liq_live_book *from = shadow->followed;
    size_t at = 0;
    const liq_status status =
        liq_memory_extend(&shadow->levels, &shadow->depth_capacity, (size_t)level_count(from),
                          sizeof *shadow->levels, err);

    if (status != LIQ_OK)
        return status;
    for (uint32_t i = 0; i < 2 * from->prices.venue.instrument_count; i++) {
        const liq_live_side *side = &from->depth[i];
        const uint32_t count = side->end - side->first;

        if (count > 0)
            memcpy(shadow->levels + at, side->levels + side->first, count * sizeof *side->levels);
        shadow->book.depth[i] =
            (liq_live_side){.levels = shadow->levels + at, .end = count, .capacity = count};
        at += count;
    }
    return LIQ_OK;
}

static uint64_t level_count(const liq_live_book *live)
{
    uint64_t count = 0;

    for (uint32_t i = 0; i < 2 * live->prices.venue.instrument_count; i++)
        count += live->depth[i].end - live->depth[i].first;
    return count;
}

bool liq_live_shadow_is_whole(const liq_live_shadow *shadow)
{
    const liq_live_book *book = &shadow->book;

    return shadow->copied_bytes == book->account_capacity * sizeof *book->accounts +
                                       book->entry_capacity * sizeof *book->entries;
}
