#include "settle/live_sides.h"

#include <stdlib.h>

#include "base/ahead.h"
#include "base/fail.h"
#include "base/memory.h"
#include "book/live_expect.h"

enum { AHEAD = 8 };

static liq_status kept_keep(liq_live_sides *sides, liq_live_side_list *list,
                            const liq_live_book *book, uint32_t *fresh_count, liq_error *err);
static liq_status joined_find(liq_live_sides *sides, liq_live_side_list *list,
                              const liq_live_book *book, uint32_t side, uint32_t *fresh_count,
                              liq_error *err);
static liq_status fresh_add(liq_live_sides *sides, uint32_t account, uint32_t *count,
                            liq_error *err);
static uint32_t fresh_sort(uint32_t *fresh, uint32_t count, liq_live_book *book);
static liq_status fresh_merge(liq_live_sides *sides, liq_live_side_list *list,
                              const liq_live_book *book, uint32_t side, uint32_t fresh_count,
                              liq_error *err);
static liq_status list_room(liq_live_side_list *list, size_t count, liq_error *err);
static void list_put(liq_live_side_list *list, liq_side_holder holder, uint32_t version);
static void list_clear(liq_live_side_list *list);
static int accounts_compare(const void *left, const void *right, void *book);

void liq_live_sides_clear(liq_live_sides *sides)
{
    for (uint32_t i = 0; i < sides->list_count; i++)
        list_clear(&sides->lists[i]);
    list_clear(&sides->merged);
    free(sides->lists);
    free(sides->fresh);
    sides->lists = NULL;
    sides->fresh = NULL;
    sides->merged = (liq_live_side_list){0};
    sides->fresh_capacity = 0;
    sides->list_count = 0;
}

liq_status liq_live_sides_read(liq_live_sides *sides, liq_live_book *book, uint32_t side,
                               liq_side_holders *out, liq_error *err)
{
    const uint32_t side_count = 2 * book->prices.venue.instrument_count;
    liq_live_side_list *list;
    uint32_t fresh = 0;
    liq_status status;

    LIQ_ASSERT(side < side_count);
    if (sides->lists == NULL) {
        if ((status = liq_memory_array(&sides->lists, side_count, sizeof *sides->lists, err)) !=
            LIQ_OK)
            return status;
        sides->list_count = side_count;
    }
    list = &sides->lists[side];
    if ((status = kept_keep(sides, list, book, &fresh, err)) != LIQ_OK ||
        (status = joined_find(sides, list, book, side, &fresh, err)) != LIQ_OK ||
        (status = fresh_merge(sides, list, book, side, fresh_sort(sides->fresh, fresh, book),
                              err)) != LIQ_OK) {
        /* Accounts that were to be looked at are in no list any more: it is made anew. */
        list_clear(list);
        return status;
    }
    *out = (liq_side_holders){.items = list->holders, .count = list->count};
    return LIQ_OK;
}

/* Those whose accounts have not changed stay as they are, the others are looked at again. */
static liq_status kept_keep(liq_live_sides *sides, liq_live_side_list *list,
                            const liq_live_book *book, uint32_t *fresh_count, liq_error *err)
{
    const uint32_t count = list->count;
    liq_status status = LIQ_OK;

    list->count = 0;
    for (uint32_t i = 0; status == LIQ_OK && i < count; i++) {
        const liq_side_holder holder = list->holders[i];

        if (list->versions[i] == book->versions[holder.account])
            list_put(list, holder, list->versions[i]);
        else
            status = fresh_add(sides, holder.account, fresh_count, err);
    }
    return status;
}

/* Holders come in front of those that there are, so that the latest lie at the head. */
static liq_status joined_find(liq_live_sides *sides, liq_live_side_list *list,
                              const liq_live_book *book, uint32_t side, uint32_t *fresh_count,
                              liq_error *err)
{
    const uint32_t instrument = side / 2;
    uint64_t left = book->joined[instrument] - list->joined;
    uint32_t at = book->instrument_holders[instrument];
    liq_status status = LIQ_OK;

    for (; status == LIQ_OK && left > 0 && at != LIQ_NO_INDEX; left--) {
        const liq_live_entry *entry = &book->entries[at];

        if (entry->holder_after != LIQ_NO_INDEX)
            liq_ahead(&book->entries[entry->holder_after]);
        if (entry->list == LIQ_LIVE_POSITIONS && (entry->quantity < 0) == (side % 2 == 1))
            status = fresh_add(sides, entry->account, fresh_count, err);
        at = entry->holder_after;
    }
    list->joined = book->joined[instrument];
    return status;
}

static liq_status fresh_add(liq_live_sides *sides, uint32_t account, uint32_t *count,
                            liq_error *err)
{
    const liq_status status = liq_memory_extend(&sides->fresh, &sides->fresh_capacity,
                                                (size_t)*count + 1, sizeof *sides->fresh, err);

    if (status == LIQ_OK)
        sides->fresh[(*count)++] = account;
    return status;
}

/* By id, each once. @return how many there are */
static uint32_t fresh_sort(uint32_t *fresh, uint32_t count, liq_live_book *book)
{
    uint32_t kept = 0;

    if (count > 0)
        qsort_r(fresh, count, sizeof *fresh, accounts_compare, book);
    for (uint32_t i = 0; i < count; i++)
        if (i == 0 || fresh[i] != fresh[kept - 1])
            fresh[kept++] = fresh[i];
    return kept;
}

/* Put what fresh accounts have on the side between the holders that were kept. */
static liq_status fresh_merge(liq_live_sides *sides, liq_live_side_list *list,
                              const liq_live_book *book, uint32_t side, uint32_t fresh_count,
                              liq_error *err)
{
    liq_live_side_list *merged = &sides->merged;
    const liq_live_side_list kept = *list;
    uint32_t from = 0;
    liq_status status;

    if (fresh_count == 0)
        return LIQ_OK;
    merged->count = 0;
    if ((status = list_room(merged, kept.count + LIQ_LIVE_PLACES_MAX * (size_t)fresh_count, err)) !=
        LIQ_OK)
        return status;
    for (uint32_t i = 0; i < fresh_count; i++) {
        const uint32_t account = sides->fresh[i];
        uint32_t places[LIQ_LIVE_PLACES_MAX];
        uint32_t found;

        if (i + AHEAD < fresh_count) {
            liq_ahead(&book->accounts[sides->fresh[i + AHEAD]]);
            liq_live_expect_entries(book, sides->fresh[i + AHEAD / 2]);
        }
        while (from < kept.count &&
               liq_live_book_compare(book, kept.holders[from].account, account) < 0) {
            list_put(merged, kept.holders[from], kept.versions[from]);
            from++;
        }
        /* Where some that came have gone again, others before them are taken for new ones. */
        if (!book->accounts[account].alive || book->accounts[account].adl_exempt ||
            (from < kept.count && kept.holders[from].account == account))
            continue;
        found = sides->places(sides->context, account, side, places);
        for (uint32_t j = 0; j < found; j++)
            list_put(merged, (liq_side_holder){.account = account, .position = places[j]},
                     book->versions[account]);
    }
    for (; from < kept.count; from++)
        list_put(merged, kept.holders[from], kept.versions[from]);
    merged->joined = kept.joined;
    *list = *merged;
    *merged = kept; /* its memory is the scratch of the next one */
    return LIQ_OK;
}

static liq_status list_room(liq_live_side_list *list, size_t count, liq_error *err)
{
    const liq_status status = liq_memory_extend(&list->holders, &list->holder_capacity, count,
                                                sizeof *list->holders, err);

    return status != LIQ_OK ? status
                            : liq_memory_extend(&list->versions, &list->version_capacity, count,
                                                sizeof *list->versions, err);
}

static void list_put(liq_live_side_list *list, liq_side_holder holder, uint32_t version)
{
    list->holders[list->count] = holder;
    list->versions[list->count++] = version;
}

static void list_clear(liq_live_side_list *list)
{
    free(list->holders);
    free(list->versions);
    *list = (liq_live_side_list){0};
}

static int accounts_compare(const void *left, const void *right, void *book)
{
    return liq_live_book_compare(book, *(const uint32_t *)left, *(const uint32_t *)right);
}
