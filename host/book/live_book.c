#include "book/live_book.h"

#include <stdlib.h>

#include "base/fail.h"
#include "base/memory.h"
#include "book/live_hash.h"
#include "book/live_internal.h"
#include "book/live_shadow.h"

enum { ROOM_LEAST = 1024, EVENTS_DEFAULT = 65536, SCRATCH_LEAST = 16 };

static liq_status limits_fill(liq_live_book *live, const liq_book *book,
                              const liq_live_limits *limits, liq_error *err);
static uint64_t room_for(uint64_t count);
static liq_status memory_take(liq_live_book *live, liq_error *err);
static liq_status set_take(liq_live_set *set, uint32_t count, liq_error *err);
static void set_clear(liq_live_set *set);
static void set_empty(liq_live_set *set);
static void lists_start(liq_live_book *live);
static void names_hash(uint64_t *out, const liq_names *names);
static liq_status changes_check(liq_live_book *live, liq_error *err);
static bool may_add(const liq_live_book *live, const liq_live_change *change);
static bool may_outgrow(const liq_live_account *account);

liq_status liq_live_book_create(liq_live_book *out, const liq_book *book,
                                const liq_live_limits *limits, liq_error *err)
{
    liq_live_book live = {.prices = {.venue = book->venue,
                                     .venue_text = book->venue_text,
                                     .venue_bytes = book->venue_bytes,
                                     .group_names = book->group_names}};
    liq_status status;

    if ((status = limits_fill(&live, book, limits, err)) != LIQ_OK)
        return status;
    if ((status = memory_take(&live, err)) != LIQ_OK)
        goto done;
    lists_start(&live);
    for (uint32_t i = 0; i < book->venue.instrument_count; i++) {
        live.prices.instrument_marks[i] = book->instrument_marks[i];
        live.prices.margin_factors[i] = liq_book_margin_factors(book, i);
    }
    for (uint32_t i = 0; i < book->venue.asset_count; i++)
        live.prices.asset_indices[i] = book->asset_indices[i];
    if ((status = liq_live_depth_load(&live, book, err)) != LIQ_OK)
        goto done;
    for (uint32_t i = 0; i < book->account_count; i++)
        if ((status = liq_live_account_load(&live, book, i, err)) != LIQ_OK)
            goto done;
    liq_live_hash_all(live.hash, &live);
    *out = live;
    live = (liq_live_book){0}; /* given away */
done:
    liq_live_book_clear(&live);
    return status;
}

void liq_live_book_clear(liq_live_book *live)
{
    if (live->shadow != NULL)
        live->shadow->followed = NULL; /* which is left with half of it */
    free(live->prices.instrument_marks);
    free(live->prices.asset_indices);
    free(live->prices.margin_factors);
    free(live->long_lots);
    free(live->accounts);
    free(live->entries);
    free(live->in_order);
    free(live->buckets);
    free(live->versions);
    free(live->joined);
    free(live->instrument_holders);
    free(live->asset_holders);
    liq_live_depth_free(live);
    free(live->changes);
    free(live->instrument_hashes);
    free(live->asset_hashes);
    set_clear(&live->dirty);
    set_clear(&live->moved_instruments);
    set_clear(&live->moved_assets);
    set_clear(&live->moved_factors);
    liq_live_scratch_clear(&live->scratch);
    *live = (liq_live_book){0};
}

liq_status liq_live_book_apply(liq_live_book *live, const liq_live_event *events, uint32_t count,
                               liq_error *err)
{
    liq_error reason = {0};
    liq_status status = LIQ_OK;

    if (count > live->limits.events_max)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "%u events at once, the limit is %u", count,
                        live->limits.events_max);
    for (uint32_t i = 0; i < count; i++)
        if ((status = liq_live_event_apply(live, &events[i], &reason)) != LIQ_OK) {
            liq_live_changes_undo(live);
            return liq_fail(err, status, reason.native, "event %u: %s", i, reason.message);
        }
    if ((status = changes_check(live, err)) != LIQ_OK) {
        liq_live_changes_undo(live);
        return status;
    }
    liq_live_changes_commit(live);
    return LIQ_OK;
}

void liq_live_book_settle(liq_live_book *live)
{
    set_empty(&live->dirty);
    set_empty(&live->moved_instruments);
    set_empty(&live->moved_assets);
    set_empty(&live->moved_factors);
}

static liq_status limits_fill(liq_live_book *live, const liq_book *book,
                              const liq_live_limits *limits, liq_error *err)
{
    const liq_live_limits given = limits != NULL ? *limits : (liq_live_limits){0};
    const uint64_t held = book->balance_count + book->position_count + book->order_count;
    const uint64_t events = given.events_max > 0 ? given.events_max : EVENTS_DEFAULT;
    const uint64_t accounts =
        given.accounts_max > 0 ? given.accounts_max : room_for(book->account_count);
    const uint64_t entries = given.entries_max > 0 ? given.entries_max : room_for(held);

    if (accounts > LIQ_ACCOUNTS_MAX || accounts + entries + 2 * events >= UINT32_MAX)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0,
                        "room for %llu accounts, %llu entries and %llu events is too much",
                        (unsigned long long)accounts, (unsigned long long)entries,
                        (unsigned long long)events);
    if (book->account_count > accounts || held > entries)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0,
                        "the book has %u accounts and %llu entries, the limits are %llu and %llu",
                        book->account_count, (unsigned long long)held, (unsigned long long)accounts,
                        (unsigned long long)entries);
    live->limits = (liq_live_limits){.accounts_max = (uint32_t)accounts,
                                     .entries_max = (uint32_t)entries,
                                     .events_max = (uint32_t)events};
    live->account_capacity = (uint32_t)(accounts + events);
    live->entry_capacity = (uint32_t)(entries + events);
    for (live->bucket_count = 1; live->bucket_count < live->account_capacity;)
        live->bucket_count *= 2;
    return LIQ_OK;
}

static uint64_t room_for(uint64_t count)
{
    return count + (count / 8 > ROOM_LEAST ? count / 8 : ROOM_LEAST);
}

static liq_status memory_take(liq_live_book *live, liq_error *err)
{
    const liq_venue *venue = &live->prices.venue;
    const uint32_t instruments = venue->instrument_count;
    const uint32_t assets = venue->asset_count;
    liq_status status;

    if ((status = liq_memory_array(&live->prices.instrument_marks, instruments, sizeof(liq_decimal),
                                   err)) != LIQ_OK ||
        (status = liq_memory_array(&live->prices.asset_indices, assets, sizeof(liq_decimal),
                                   err)) != LIQ_OK ||
        (status = liq_memory_array(&live->prices.margin_factors, instruments,
                                   sizeof(liq_margin_factors), err)) != LIQ_OK ||
        (status = liq_memory_array(&live->long_lots, instruments, sizeof(liq_int128), err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&live->accounts, live->account_capacity, sizeof *live->accounts,
                                   err)) != LIQ_OK ||
        (status = liq_memory_array(&live->entries, live->entry_capacity, sizeof *live->entries,
                                   err)) != LIQ_OK ||
        (status = liq_memory_array(&live->versions, live->account_capacity, sizeof(uint32_t),
                                   err)) != LIQ_OK ||
        (status = liq_memory_array(&live->joined, instruments, sizeof(uint64_t), err)) != LIQ_OK ||
        (status = liq_memory_array(&live->in_order, live->account_capacity, sizeof *live->in_order,
                                   err)) != LIQ_OK ||
        (status = liq_memory_array(&live->buckets, live->bucket_count, sizeof *live->buckets,
                                   err)) != LIQ_OK ||
        (status = liq_memory_array(&live->instrument_holders, instruments, sizeof(uint32_t),
                                   err)) != LIQ_OK ||
        (status = liq_memory_array(&live->asset_holders, assets, sizeof(uint32_t), err)) !=
            LIQ_OK ||
        (status =
             liq_memory_array(&live->changes, LIQ_LIVE_STEPS_MAX * (size_t)live->limits.events_max,
                              sizeof *live->changes, err)) != LIQ_OK ||
        (status = liq_memory_array(&live->instrument_hashes, instruments, sizeof(uint64_t), err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&live->asset_hashes, assets, sizeof(uint64_t), err)) != LIQ_OK ||
        (status = set_take(&live->dirty, live->account_capacity, err)) != LIQ_OK ||
        (status = set_take(&live->moved_instruments, instruments, err)) != LIQ_OK ||
        (status = set_take(&live->moved_factors, instruments, err)) != LIQ_OK ||
        (status = set_take(&live->moved_assets, assets, err)) != LIQ_OK)
        return status;
    return liq_live_scratch_room(&live->scratch, SCRATCH_LEAST, err);
}

static liq_status set_take(liq_live_set *set, uint32_t count, liq_error *err)
{
    const liq_status status = liq_memory_array(&set->items, count, sizeof(uint32_t), err);

    return status == LIQ_OK ? liq_memory_array(&set->has, count, sizeof(bool), err) : status;
}

static void set_clear(liq_live_set *set)
{
    free(set->items);
    free(set->has);
}

static void set_empty(liq_live_set *set)
{
    for (uint32_t i = 0; i < set->count; i++)
        set->has[set->items[i]] = false;
    set->count = 0;
}

/* Everything is free, and is given out from 0 upward. */
static void lists_start(liq_live_book *live)
{
    for (uint32_t i = 0; i < live->account_capacity; i++)
        live->accounts[i].hash_next = i + 1 < live->account_capacity ? i + 1 : LIQ_NO_INDEX;
    for (uint32_t i = 0; i < live->entry_capacity; i++)
        live->entries[i].next = i + 1 < live->entry_capacity ? i + 1 : LIQ_NO_INDEX;
    for (uint32_t i = 0; i < live->bucket_count; i++)
        live->buckets[i] = LIQ_NO_INDEX;
    for (uint32_t i = 0; i < live->prices.venue.instrument_count; i++)
        live->instrument_holders[i] = LIQ_NO_INDEX;
    for (uint32_t i = 0; i < live->prices.venue.asset_count; i++)
        live->asset_holders[i] = LIQ_NO_INDEX;
    names_hash(live->instrument_hashes, live->prices.venue.instrument_names);
    names_hash(live->asset_hashes, live->prices.venue.asset_names);
}

static void names_hash(uint64_t *out, const liq_names *names)
{
    for (uint32_t i = 0; i < liq_names_count(names); i++)
        out[i] = liq_live_hash_name(liq_names_text(names, i));
}

/* The margin rule's own limits, and room to put the rows together: then a tick cannot fail. */
static liq_status changes_check(liq_live_book *live, liq_error *err)
{
    live->batch++;
    for (uint32_t i = 0; i < live->change_count; i++) {
        const uint32_t index = live->changes[i].account;
        liq_live_account *account = &live->accounts[index];
        liq_status status;

        if (!may_add(live, &live->changes[i]) || !account->alive ||
            account->batch_checked == live->batch)
            continue;
        account->batch_checked = live->batch;
        status = liq_live_scratch_room(&live->scratch, account->entry_count, err);
        if (status == LIQ_OK && may_outgrow(account))
            status = liq_live_rows_write(live, index, err);
        if (status != LIQ_OK)
            return status;
    }
    return LIQ_OK;
}

/* A position or balance that is another in its place adds no entry, and only lots of orders are
 * summed against a limit. */
static bool may_add(const liq_live_book *live, const liq_live_change *change)
{
    return change->kind == LIQ_LIVE_LINKED ||
           (change->kind == LIQ_LIVE_REPLACED &&
            live->entries[change->entry].list == LIQ_LIVE_ORDERS);
}

/* Without orders an entry becomes at most two of a row, and nothing but their number is limited. */
static bool may_outgrow(const liq_live_account *account)
{
    return account->first[LIQ_LIVE_ORDERS] != LIQ_NO_INDEX ||
           account->entry_count > LIQ_ROW_ENTRIES_MAX / 2;
}
