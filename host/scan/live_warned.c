#include "scan/live_warned.h"

#include <stdlib.h>

#include "base/ahead.h"
#include "base/memory.h"
#include "book/live_hash.h"
#include "book/live_shadow.h"
#include "scan/flagged.h"
#include "scan/live_scan.h"

static liq_status set_make(liq_live_set *set, uint32_t rows, liq_error *err);
static void waiting_list(liq_live *live);
static bool is_there(const liq_live *live, uint32_t row);
static bool is_called(uint32_t status);
static bool rises(uint8_t told, uint32_t status);
static bool knows(uint8_t told);
static void set_empty(liq_live_set *set);
static uint8_t seen_of(const liq_live *live, uint32_t row);
static void seen_set(liq_live *live, uint32_t row, uint8_t seen);
static void seen_write(liq_live *live, uint32_t row, uint8_t seen, uint64_t hash[2]);
static bool claim(liq_live_set *set, uint32_t row);

liq_status liq_warned_create(liq_live *live, uint32_t rows, liq_error *err)
{
    liq_live_warned_rows *warned = &live->warned;
    liq_status status;

    if ((status = set_make(&warned->rows, rows, err)) != LIQ_OK ||
        (status = set_make(&warned->later, rows, err)) != LIQ_OK ||
        (status = set_make(&warned->spent, rows, err)) != LIQ_OK ||
        (status = liq_memory_array(&warned->told, rows, 1, err)) != LIQ_OK)
        return status;
    waiting_list(live);
    return LIQ_OK;
}

static liq_status set_make(liq_live_set *set, uint32_t rows, liq_error *err)
{
    const liq_status status = liq_memory_array(&set->items, rows, sizeof *set->items, err);

    return status == LIQ_OK ? liq_memory_array(&set->has, rows, sizeof *set->has, err) : status;
}

/* Of a book that was saved. */
static void waiting_list(liq_live *live)
{
    const uint32_t accounts = live->book.account_capacity;

    for (uint32_t row = 0; row < accounts + live->book.entry_capacity; row++)
        if ((seen_of(live, row) & LIQ_SEEN_LATER) != 0)
            liq_live_set_add(&live->warned.later, row);
}

void liq_warned_clear(liq_live_warned_rows *warned)
{
    free(warned->rows.items);
    free(warned->rows.has);
    free(warned->later.items);
    free(warned->later.has);
    free(warned->spent.items);
    free(warned->spent.has);
    free(warned->told);
    *warned = (liq_live_warned_rows){0};
}

void liq_warned_start(liq_live *live)
{
    set_empty(&live->warned.rows);
    set_empty(&live->warned.spent);
}

static void set_empty(liq_live_set *set)
{
    for (uint32_t i = 0; i < set->count; i++)
        set->has[set->items[i]] = false;
    set->count = 0;
}

void liq_warned_see(liq_live *live, uint32_t row)
{
    liq_warned_note(live, row, liq_warned_look(live, row, live->book.hash));
}

/* Whoever comes down from a worse level knows of it, unless he was told nothing meanwhile. */
uint32_t liq_warned_look(liq_live *live, uint32_t row, uint64_t hash[2])
{
    const uint32_t status = live->results[row].status;
    const uint8_t seen = seen_of(live, row);
    const uint8_t told = seen & (uint8_t)~LIQ_SEEN_LATER;
    uint32_t left = 0;

    if (seen != told && (status > LIQ_ROW_REDUCE_ONLY || rises(told, status)))
        return claim(&live->warned.later, row) ? LIQ_WARNED_WAITS : 0; /* a changed position has
                                                                          another row */
    if (seen == told && rises(told, status)) {
        live->warned.told[row] = told;
        left = claim(&live->warned.rows, row) ? LIQ_WARNED_CALLED : 0;
    } else if (seen == told && liq_flagged_status(status) && !knows(told)) {
        live->warned.told[row] = told;
        left = claim(&live->warned.spent, row) ? LIQ_WARNED_SPENT : 0;
    }
    if (seen == status + 1)
        return left;
    seen_write(live, row, (uint8_t)(status + 1), hash);
    return left | LIQ_WARNED_TOLD;
}

void liq_warned_note(liq_live *live, uint32_t row, uint32_t left)
{
    liq_live_warned_rows *warned = &live->warned;

    if ((left & LIQ_WARNED_CALLED) != 0)
        warned->rows.items[warned->rows.count++] = row;
    if ((left & LIQ_WARNED_SPENT) != 0)
        warned->spent.items[warned->spent.count++] = row;
    if ((left & LIQ_WARNED_WAITS) != 0)
        warned->later.items[warned->later.count++] = row;
    if ((left & LIQ_WARNED_TOLD) != 0 && live->book.shadow != NULL)
        liq_live_shadow_note(&live->book, liq_live_key(live, row).account_index);
}

/* The first half of liq_live_set_add. @return whether the second is due */
static bool claim(liq_live_set *set, uint32_t row)
{
    const bool is_new = !set->has[row];

    set->has[row] = true;
    return is_new;
}

void liq_warned_expect(const liq_live *live, uint32_t row)
{
    const uint32_t accounts = live->book.account_capacity;

    liq_ahead(&live->warned.spent.has[row]);
    liq_ahead(&live->warned.told[row]);
    if (row < accounts) {
        liq_ahead(&live->book.accounts[row].name_hash);
        liq_ahead(&live->book.accounts[row].seen);
    } else {
        liq_ahead(&live->book.entries[row - accounts].seen);
    }
}

void liq_warned_finish(liq_live *live)
{
    liq_live_set *later = &live->warned.later;
    uint32_t kept = 0;

    for (uint32_t i = 0; i < later->count; i++) {
        const uint32_t row = later->items[i];

        if (!is_there(live, row) || (seen_of(live, row) & LIQ_SEEN_LATER) == 0) {
            later->has[row] = false;
            continue;
        }
        later->items[kept++] = row;
        if (is_called(live->results[row].status))
            liq_live_set_add(&live->warned.rows, row);
        else if (liq_flagged_status(live->results[row].status))
            liq_live_set_add(&live->warned.spent, row);
    }
    later->count = kept;
}

/* The numbers of positions and accounts that are gone keep what was said of them. */
static bool is_there(const liq_live *live, uint32_t row)
{
    const uint32_t account = liq_live_key(live, row).account_index;
    uint32_t at;

    if (!live->book.accounts[account].alive || !live->has_rows[account])
        return false;
    for (at = account; at != LIQ_NO_INDEX && at != row; at = live->row_next[at])
        ;
    return at == row;
}

void liq_warned_forget(liq_live *live)
{
    const liq_live_set *sets[] = {&live->warned.rows, &live->warned.spent};

    for (uint32_t set = 0; set < 2; set++)
        for (uint32_t i = 0; i < sets[set]->count; i++)
            seen_set(live, sets[set]->items[i], live->warned.told[sets[set]->items[i]]);
}

void liq_live_spent(const liq_live *live, const uint32_t **rows, uint32_t *count)
{
    *rows = live->warned.spent.items;
    *count = live->warned.spent.count;
}

void liq_live_warn_later(liq_live *live, uint32_t row)
{
    if ((seen_of(live, row) & LIQ_SEEN_LATER) != 0)
        return;
    seen_set(live, row, live->warned.told[row] | LIQ_SEEN_LATER);
    liq_live_set_add(&live->warned.later, row);
}

void liq_live_warn_done(liq_live *live, uint32_t row)
{
    if ((seen_of(live, row) & LIQ_SEEN_LATER) != 0)
        seen_set(live, row, (uint8_t)(live->results[row].status + 1));
}

static bool is_called(uint32_t status)
{
    return status == LIQ_ROW_WARNING || status == LIQ_ROW_REDUCE_ONLY;
}

/* @param told  status + 1; 0: it is new */
static bool knows(uint8_t told)
{
    return told > LIQ_ROW_REDUCE_ONLY + 1 && told != LIQ_ROW_UNVALUED + 1;
}

/* @param told  status + 1; 0: it is new */
static bool rises(uint8_t told, uint32_t status)
{
    return is_called(status) && (told <= status || told == LIQ_ROW_UNVALUED + 1);
}

static uint8_t seen_of(const liq_live *live, uint32_t row)
{
    const uint32_t accounts = live->book.account_capacity;

    return row < accounts ? live->book.accounts[row].seen : live->book.entries[row - accounts].seen;
}

static void seen_set(liq_live *live, uint32_t row, uint8_t seen)
{
    seen_write(live, row, seen, live->book.hash);
    liq_warned_note(live, row, LIQ_WARNED_TOLD);
}

/* What was told is part of the state: it decides who is told again. */
static void seen_write(liq_live *live, uint32_t row, uint8_t seen, uint64_t hash[2])
{
    const uint32_t accounts = live->book.account_capacity;
    const uint8_t was = seen_of(live, row);

    if (row < accounts) {
        live->book.accounts[row].seen = seen;
        liq_live_hash_account_seen(&live->book, row, was, hash);
    } else {
        live->book.entries[row - accounts].seen = seen;
        liq_live_hash_entry_seen(&live->book, row - accounts, was, hash);
    }
}
