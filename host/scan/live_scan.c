#include "scan/live_scan.h"

#include <stdlib.h>

#include "base/ahead.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/workers.h"
#include "book/live_expect.h"
#include "scan/live_value.h"
#include "scan/truth.h"

/* Of all rows and entries, what is kept put together for those valued tick after tick. */
enum { CACHE_SHARE = 16, CACHE_ROWS_LEAST = 1024, CACHE_ENTRIES_LEAST = 65536 };

/* Accounts that changed lie anywhere in memory: of one so far ahead its numbers are asked for, and
 * of one half as far what they lead to. */
enum { AHEAD = 12 };

static liq_status memory_take(liq_live *live, liq_error *err);
static liq_status levels_make(liq_live *live, const liq_live_options *options, liq_error *err);
static bool is_held(liq_live_event_kind kind);
static void dirty_drop(liq_live *live);
static void account_expect(const liq_live *live, uint32_t far, uint32_t near);
static void account_drop(liq_live *live, uint32_t account);
static void account_value(liq_live *live, uint32_t account);
static void account_see(liq_live *live, uint32_t account);
static void caught_see(liq_live *live, bool moved);
static void seen_expect(const liq_live *live, uint32_t account);

liq_status liq_live_create(liq_live **out, const liq_book *book, const liq_live_options *options,
                           liq_error *err)
{
    static const liq_live_options defaults = {.device = NULL};
    const liq_live_options *chosen = options != NULL ? options : &defaults;
    liq_live *live = NULL;
    liq_status status = liq_memory_array(&live, 1, sizeof *live, err);

    if (status != LIQ_OK)
        return status;
    /* The device comes first: its self-test forks, and a small process forks fast. */
    if (chosen->device != NULL &&
        (status = liq_tested_device_open(&live->device, chosen->device,
                                         chosen->skip_self_test != 0 ? 0 : LIQ_TEST_ROWS, err)) !=
            LIQ_OK)
        goto done;
    if ((status = liq_live_book_create(&live->book, book, &chosen->limits, err)) != LIQ_OK ||
        (status = liq_market_create(&live->market, &live->book.prices, err)) != LIQ_OK ||
        (status = memory_take(live, err)) != LIQ_OK ||
        (status = levels_make(live, chosen, err)) != LIQ_OK)
        goto done;
    *out = live;
    live = NULL; /* given away */
done:
    liq_live_destroy(live);
    return status;
}

void liq_live_destroy(liq_live *live)
{
    if (live == NULL)
        return;
    liq_levels_clear(&live->levels);
    liq_row_cache_clear(&live->cache);
    liq_device_close(live->device.device);
    liq_live_book_clear(&live->book);
    liq_market_clear(&live->market);
    liq_row_order_clear(&live->order);
    free(live->results);
    free(live->valued_tick);
    free(live->notes);
    free(live->row_next);
    free(live->has_rows);
    free(live->gathered.items);
    free(live->gathered.has);
    free(live->caught.items);
    free(live->caught.has);
    liq_warned_clear(&live->warned);
    free(live);
}

liq_status liq_live_apply(liq_live *live, const liq_live_event *events, uint32_t count,
                          liq_error *err)
{
    /* Rows are compared by what accounts hold: before that changes they are put in order. */
    for (uint32_t i = 0; i < count; i++)
        if (is_held(events[i].kind)) {
            liq_row_order_settle(&live->order);
            break;
        }
    return liq_live_book_apply(&live->book, events, count, err);
}

/* Whether such an event changes accounts or what they hold. */
static bool is_held(liq_live_event_kind kind)
{
    return kind != LIQ_LIVE_MARK && kind != LIQ_LIVE_INDEX && kind != LIQ_LIVE_DEPTH_CLEAR &&
           kind != LIQ_LIVE_DEPTH_LEVEL && kind != LIQ_LIVE_MARGIN_FACTORS;
}

liq_status liq_live_tick(liq_live *live, liq_live_summary *summary, liq_error *err)
{
    const uint64_t start_ns = liq_clock_ns();
    const liq_live_set *dirty = &live->book.dirty;
    const bool moved = live->book.moved_instruments.count > 0 ||
                       live->book.moved_assets.count > 0 || live->book.moved_factors.count > 0;
    liq_status status = LIQ_OK;

    live->tick++;
    live->rows_valued = live->rows_caught;
    live->rows_caught = 0;
    live->rows_screened = 0;
    if (moved)
        liq_workers_expect();
    liq_warned_start(live);
    if (moved)
        liq_market_update(&live->market, &live->book.prices);
    if (live->levels.screen != NULL) {
        liq_levels_move(&live->levels, &live->market);
        liq_live_doubt_factors(live);
    }
    dirty_drop(live);
    for (uint32_t i = 0; i < dirty->count; i++) {
        if (i + AHEAD < dirty->count)
            account_expect(live, dirty->items[i + AHEAD], dirty->items[i + AHEAD / 2]);
        account_value(live, dirty->items[i]);
        account_see(live, dirty->items[i]);
    }
    if (live->value_all)
        liq_live_gather_all(live);
    else if (live->levels.screen == NULL)
        liq_live_gather_moved(live);
    liq_live_value_gathered(live);
    if (live->levels.screen != NULL && (moved || !live->levels.has_base))
        status = liq_live_value_levels(live, err);
    live->is_unfinished = status != LIQ_OK;
    if (live->is_unfinished) {
        liq_warned_forget(live);
        return status;
    }
    caught_see(live, moved);
    liq_warned_finish(live);
    liq_live_book_settle(&live->book);
    if (live->value_all || live->levels.screen == NULL || live->tick == 1)
        live->tick_all = live->tick;
    live->value_all = false;
    if (summary != NULL) {
        *summary = (liq_live_summary){.wall_ns = liq_clock_ns() - start_ns};
        liq_live_summary_fill(live, summary);
    }
    return LIQ_OK;
}

/*
 * What changed is put together, valued and placed for the screen as a tick would, at the market of
 * the last one. Who is told what is left to the tick: so it comes to the same as without this.
 */
uint32_t liq_live_catch_up(liq_live *live, uint32_t accounts_max)
{
    liq_live_set *dirty = &live->book.dirty;
    const uint64_t valued = live->rows_valued;

    if (live->tick == 0 || live->is_unfinished)
        return 0;
    dirty_drop(live);
    live->dropped = dirty->count;
    for (uint32_t i = 0; i < accounts_max && dirty->count > 0; i++) {
        const uint32_t account = dirty->items[--dirty->count];

        dirty->has[account] = false;
        if (dirty->count > AHEAD)
            account_expect(live, dirty->items[dirty->count - AHEAD],
                           dirty->items[dirty->count - AHEAD / 2]);
        account_value(live, account);
        liq_live_set_add(&live->caught, account);
    }
    live->dropped = dirty->count;
    live->rows_caught += live->rows_valued - valued;
    return dirty->count;
}

void liq_live_value_all(liq_live *live)
{
    live->value_all = true;
}

liq_row_key liq_live_key(const liq_live *live, uint32_t row)
{
    const uint32_t accounts = live->book.account_capacity;
    const liq_live_entry *entry;

    if (row < accounts)
        return (liq_row_key){.account_index = row, .instrument_index = LIQ_NO_INDEX};
    entry = &live->book.entries[row - accounts];
    return (liq_row_key){.account_index = entry->account,
                         .instrument_index = entry->index,
                         .is_short = entry->quantity < 0};
}

static liq_status memory_take(liq_live *live, liq_error *err)
{
    const uint32_t accounts = live->book.account_capacity;
    const uint32_t rows = accounts + live->book.entry_capacity;
    liq_status status;

    if ((status = liq_memory_array(&live->results, rows, sizeof *live->results, err)) != LIQ_OK ||
        (status = liq_memory_array(&live->valued_tick, rows, sizeof(uint32_t), err)) != LIQ_OK ||
        (status = liq_memory_array(&live->row_next, rows, sizeof(uint32_t), err)) != LIQ_OK ||
        (status = liq_memory_array(&live->has_rows, accounts, sizeof(bool), err)) != LIQ_OK ||
        (status = liq_memory_array(&live->gathered.items, rows, sizeof(uint32_t), err)) != LIQ_OK ||
        (status = liq_memory_array(&live->gathered.has, rows, sizeof(bool), err)) != LIQ_OK ||
        (status = liq_memory_array(&live->caught.items, accounts, sizeof(uint32_t), err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&live->caught.has, accounts, sizeof(bool), err)) != LIQ_OK ||
        (status = liq_warned_create(live, rows, err)) != LIQ_OK)
        return status;
    return liq_row_order_create(&live->order, rows, liq_live_compare, liq_live_sort_key, live, err);
}

/*
 * Screened rows have at most the entries of the book, and slots are a quarter longer than what is
 * in them at most; a book whose tiers and instruments are too many for a screen is valued without.
 */
static liq_status levels_make(liq_live *live, const liq_live_options *options, liq_error *err)
{
    const uint32_t rows = live->book.account_capacity + live->book.entry_capacity;
    const uint64_t entries = live->book.entry_capacity + (uint64_t)live->book.entry_capacity / 4 +
                             live->book.account_capacity;
    liq_status status;

    if (options->exact_all != 0 || !liq_screen_cells_fit(&live->market))
        return LIQ_OK;
    if ((status = liq_memory_array(&live->notes, rows, sizeof *live->notes, err)) != LIQ_OK ||
        (status = liq_row_cache_create(
             &live->cache, rows, CACHE_ROWS_LEAST + rows / CACHE_SHARE,
             CACHE_ENTRIES_LEAST + live->book.entry_capacity / CACHE_SHARE, err)) != LIQ_OK)
        return status;
    return liq_levels_create(&live->levels, live->device.device, &live->market,
                             &live->book.prices.venue, rows, entries, err);
}

/* All that is gone goes before anything comes: its numbers may belong to others by now. */
static void dirty_drop(liq_live *live)
{
    const liq_live_set *dirty = &live->book.dirty;

    for (uint32_t i = live->dropped; i < dirty->count; i++) {
        if (i + AHEAD < dirty->count)
            account_expect(live, dirty->items[i + AHEAD], dirty->items[i + AHEAD / 2]);
        account_drop(live, dirty->items[i]);
    }
    live->dropped = 0;
}

/* Of the cross margin only: other rows are few. */
static void account_expect(const liq_live *live, uint32_t far, uint32_t near)
{
    liq_ahead(&live->book.accounts[far]);
    liq_ahead(&live->results[far]);
    liq_ahead(&live->row_next[far]);
    liq_ahead(&live->valued_tick[far]);
    liq_live_expect_entries(&live->book, near);
    if (live->levels.screen == NULL)
        return;
    liq_ahead(&live->cache.places[far]);
    liq_levels_expect(&live->levels, far, near);
}

/* Forget the rows of an account as the last tick left them, whatever has become of it. */
static void account_drop(liq_live *live, uint32_t account)
{
    if (!live->has_rows[account])
        return;
    live->has_rows[account] = false;
    for (uint32_t row = account; row != LIQ_NO_INDEX; row = live->row_next[row]) {
        liq_live_count_out(live, row);
        if (live->levels.screen == NULL)
            continue;
        liq_row_cache_drop(&live->cache, row);
        /* A cross margin that there still is will be put where it is. */
        if (row != account || !live->book.accounts[account].alive)
            liq_levels_drop(&live->levels, row);
    }
}

/* Rows come in the order of the account's positions, so its list of them names each. */
static void account_value(liq_live *live, uint32_t account)
{
    const liq_rows *rows;
    uint32_t entry;
    uint32_t row = account;

    if (live->changed != NULL)
        liq_live_set_add(live->changed, account);
    if (!live->book.accounts[account].alive) {
        /* It went behind the drop that left its place to what would come. */
        if (live->levels.screen != NULL)
            liq_levels_drop(&live->levels, account);
        return;
    }
    rows = liq_live_book_rows(&live->book, account);
    entry = live->book.accounts[account].first[LIQ_LIVE_POSITIONS];
    live->has_rows[account] = true;
    for (uint32_t i = 0; i < rows->row_count; i++) {
        live->results[row] = liq_truth_row(&live->market, rows, i);
        live->valued_tick[row] = live->tick;
        live->row_next[row] = LIQ_NO_INDEX;
        if (live->levels.screen != NULL) {
            liq_levels_put(&live->levels, row, &live->market, rows, i);
            liq_levels_tell(&live->levels, row, live->results[row].status);
        }
        liq_live_count_in(live, row);
        while (entry != LIQ_NO_INDEX && !live->book.entries[entry].isolated)
            entry = live->book.entries[entry].next;
        if (entry == LIQ_NO_INDEX)
            break;
        live->row_next[row] = live->book.account_capacity + entry;
        row = live->row_next[row];
        entry = live->book.entries[entry].next;
    }
    live->rows_valued += rows->row_count;
}

static void account_see(liq_live *live, uint32_t account)
{
    for (uint32_t row = account; live->has_rows[account] && row != LIQ_NO_INDEX;
         row = live->row_next[row])
        liq_warned_see(live, row);
}

static void seen_expect(const liq_live *live, uint32_t account)
{
    liq_ahead(&live->caught.has[account]);
    liq_ahead(&live->has_rows[account]);
    liq_ahead(&live->row_next[account]);
    liq_ahead(&live->results[account].status);
    liq_ahead(&live->book.accounts[account].seen);
}

/* What caught up has by now the status that this tick came to; where no price has moved since, its
 * values are of this tick as well. */
static void caught_see(liq_live *live, bool moved)
{
    for (uint32_t i = 0; i < live->caught.count; i++) {
        const uint32_t account = live->caught.items[i];

        if (i + AHEAD < live->caught.count)
            seen_expect(live, live->caught.items[i + AHEAD]);
        live->caught.has[account] = false;
        account_see(live, account);
        for (uint32_t row = account; !moved && live->has_rows[account] && row != LIQ_NO_INDEX;
             row = live->row_next[row])
            live->valued_tick[row] = live->tick;
    }
    live->caught.count = 0;
}
