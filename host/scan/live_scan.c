#include "scan/live_scan.h"

#include <stdlib.h>
#include <string.h>

#include "base/ahead.h"
#include "base/clock.h"
#include "base/decimal.h"
#include "base/fail.h"
#include "base/memory.h"
#include "base/workers.h"
#include "book/live_expect.h"
#include "scan/flagged.h"
#include "scan/scan_row.h"
#include "scan/truth.h"

/* A tick that values more than this share of all rows looks at each whether it is meant. */
enum { MANY_SHARE = 64 };

/* Binary digits behind the point of a leverage that rows are sorted by. */
enum { LEVERAGE_SHIFT = 32 };

/* Of all rows and entries, what is kept put together for those valued tick after tick. */
enum { CACHE_SHARE = 16, CACHE_ROWS_LEAST = 1024, CACHE_ENTRIES_LEAST = 65536 };

/* Fewer rows are valued before a thread has started. */
enum { WORKERS_ROWS_LEAST = 512 };

/* Accounts that changed lie anywhere in memory: of one so far ahead its numbers are asked for, and
 * of one half as far what they lead to. */
enum { AHEAD = 12 };

/* The status of a row that is not kept put together. */
enum { NOT_VALUED = 255 };

/* Rows of the levels: each worker takes every so-manieth. */
typedef struct levels_batch {
    liq_live *live;
    liq_levels_work work;
    uint32_t workers;
} levels_batch;

static liq_status memory_take(liq_live *live, liq_error *err);
static liq_status levels_make(liq_live *live, const liq_live_options *options, liq_error *err);
static void all_gather(liq_live *live);
static liq_status levels_value(liq_live *live, liq_error *err);
static void batch_value(void *context, uint32_t index);
static void news_take(liq_live *live, const liq_levels_news *news);
static void dirty_drop(liq_live *live);
static void account_expect(const liq_live *live, uint32_t far, uint32_t near);
static void account_drop(liq_live *live, uint32_t account);
static void account_value(liq_live *live, uint32_t account);
static void account_see(liq_live *live, uint32_t account);
static void caught_see(liq_live *live, bool moved);
static void factors_doubt(liq_live *live);
static void seen_expect(const liq_live *live, uint32_t account);
static void moved_gather(liq_live *live);
static void options_gather(liq_live *live);
static void holders_gather(liq_live *live, uint32_t entry);
static void gathered_value(liq_live *live);
static void row_value(liq_live *live, uint32_t row, const liq_row_record *fresh);
static liq_row_record row_result(liq_live *live, uint32_t row);
static void row_count_in(liq_live *live, uint32_t row, bool moves);
static void row_count_out(liq_live *live, uint32_t row, bool moves);
static void totals_add(liq_live_totals *totals, const liq_row_record *result, int sign);
static bool is_listed(uint32_t status);
static int compare_rows(const void *context, uint32_t left, uint32_t right);
static uint64_t sort_key(const void *context, uint32_t row);
static int compare_keys(const liq_live *live, uint32_t left, uint32_t right);
static uint32_t flagged_count(const liq_live *live);
static void summary_fill(const liq_live *live, liq_live_summary *summary);

liq_status liq_live_create(liq_live **out, const liq_book *book, const liq_live_options *options,
                           liq_error *err)
{
    static const liq_live_options defaults = {.device = NULL};
    const liq_live_options *chosen = options != NULL ? options : &defaults;
    liq_live *live = NULL;
    liq_status status = liq_memory_array((void **)&live, 1, sizeof *live, err);

    if (status != LIQ_OK)
        return status;
    /* The device comes first: its self-test forks, and a small process forks fast. */
    if (chosen->device != NULL &&
        (status = liq_tested_device_open(&live->device, chosen->device, chosen->skip_self_test != 0,
                                         err)) != LIQ_OK)
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
    free(live->fresh);
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
    return liq_live_book_apply(&live->book, events, count, err);
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
    liq_warned_start(live);
    if (moved)
        liq_market_update(&live->market, &live->book.prices);
    if (live->levels.screen != NULL) {
        liq_levels_move(&live->levels, &live->market);
        factors_doubt(live);
    }
    dirty_drop(live);
    for (uint32_t i = 0; i < dirty->count; i++) {
        if (i + AHEAD < dirty->count)
            account_expect(live, dirty->items[i + AHEAD], dirty->items[i + AHEAD / 2]);
        account_value(live, dirty->items[i]);
        account_see(live, dirty->items[i]);
    }
    if (live->value_all)
        all_gather(live);
    else if (live->levels.screen == NULL)
        moved_gather(live);
    gathered_value(live);
    if (live->levels.screen != NULL && (moved || !live->levels.has_base))
        status = levels_value(live, err);
    live->is_unfinished = status != LIQ_OK;
    if (live->is_unfinished) {
        liq_warned_forget(live);
        return status;
    }
    caught_see(live, moved);
    liq_warned_finish(live);
    liq_live_book_settle(&live->book);
    liq_row_order_settle(&live->order);
    if (live->value_all || live->levels.screen == NULL || live->tick == 1)
        live->tick_all = live->tick;
    live->value_all = false;
    if (summary != NULL) {
        *summary = (liq_live_summary){.wall_ns = liq_clock_ns() - start_ns};
        summary_fill(live, summary);
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

void liq_live_flagged(const liq_live *live, const uint32_t **rows, uint32_t *count)
{
    *rows = live->order.rows;
    *count = flagged_count(live);
}

void liq_live_unvalued(const liq_live *live, const uint32_t **rows, uint32_t *count)
{
    *rows = live->order.rows + flagged_count(live);
    *count = (uint32_t)live->totals.by_status[LIQ_ROW_UNVALUED];
}

void liq_live_warned(const liq_live *live, const uint32_t **rows, uint32_t *count)
{
    *rows = live->warned.rows.items;
    *count = live->warned.rows.count;
}

void liq_live_row(const liq_live *live, uint32_t row, liq_scan_row *out)
{
    const liq_row_key key = liq_live_key(live, row);

    LIQ_ASSERT(live->has_rows[key.account_index]);
    liq_scan_row_fill_named(out, &live->book.prices.venue,
                            live->book.accounts[key.account_index].id, &key, &live->results[row]);
    /* Without levels a row that nothing touched is as it would be valued again. */
    if (live->levels.screen != NULL)
        out->age_ticks = live->tick - live->valued_tick[row];
}

liq_status liq_live_find(const liq_live *live, const char *account, const char *instrument,
                         int is_short, liq_scan_row *out, liq_error *err)
{
    const liq_names *names = live->book.prices.venue.instrument_names;
    uint32_t row = LIQ_NO_INDEX;
    uint32_t index = LIQ_NO_INDEX;

    if (liq_live_book_find(&live->book, liq_text_of(account), &row) &&
        (live->book.dirty.has[row] || !live->has_rows[row]))
        row = LIQ_NO_INDEX;
    if (instrument != NULL && !liq_names_find(names, liq_text_of(instrument), &index))
        row = LIQ_NO_INDEX;
    for (; row != LIQ_NO_INDEX; row = live->row_next[row]) {
        const liq_row_key key = liq_live_key(live, row);

        if (key.instrument_index == index &&
            (instrument == NULL || (key.is_short != 0) == (is_short != 0))) {
            liq_live_row(live, row, out);
            return LIQ_OK;
        }
    }
    return liq_fail(err, LIQ_NOT_FOUND, 0, "account \"%s\" has no such row since the last tick",
                    account);
}

liq_row_record liq_live_result(liq_live *live, uint32_t row)
{
    if (live->levels.screen != NULL && live->valued_tick[row] != live->tick) {
        row_value(live, row, NULL);
        liq_row_order_settle(&live->order);
    }
    return live->results[row];
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

    if ((status = liq_memory_array((void **)&live->results, rows, sizeof *live->results, err)) !=
            LIQ_OK ||
        (status = liq_memory_array((void **)&live->valued_tick, rows, sizeof(uint32_t), err)) !=
            LIQ_OK ||
        (status = liq_memory_array((void **)&live->row_next, rows, sizeof(uint32_t), err)) !=
            LIQ_OK ||
        (status = liq_memory_array((void **)&live->has_rows, accounts, sizeof(bool), err)) !=
            LIQ_OK ||
        (status = liq_memory_array((void **)&live->gathered.items, rows, sizeof(uint32_t), err)) !=
            LIQ_OK ||
        (status = liq_memory_array((void **)&live->gathered.has, rows, sizeof(bool), err)) !=
            LIQ_OK ||
        (status = liq_memory_array((void **)&live->caught.items, accounts, sizeof(uint32_t),
                                   err)) != LIQ_OK ||
        (status = liq_memory_array((void **)&live->caught.has, accounts, sizeof(bool), err)) !=
            LIQ_OK ||
        (status = liq_warned_create(live, rows, err)) != LIQ_OK)
        return status;
    return liq_row_order_create(&live->order, rows, compare_rows, sort_key, live, err);
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
    if ((status = liq_memory_array((void **)&live->fresh, rows, sizeof *live->fresh, err)) !=
            LIQ_OK ||
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
        row_count_out(live, row, true);
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
        row_count_in(live, row, true);
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

/* Every row there is, but those that were just valued. */
static void all_gather(liq_live *live)
{
    for (uint32_t i = 0; i < live->book.account_capacity; i++)
        for (uint32_t row = i; live->has_rows[i] && !live->book.dirty.has[i] && row != LIQ_NO_INDEX;
             row = live->row_next[row])
            liq_live_set_add(&live->gathered, row);
}

/* What the levels do not prove is valued, on all processors: most of it is put together already. */
static liq_status levels_value(liq_live *live, liq_error *err)
{
    levels_batch batch = {.live = live, .workers = 1};
    liq_levels_work *work = &batch.work;
    const liq_status status = liq_levels_list(&live->levels, work, err);

    if (status != LIQ_OK)
        return status;
    live->rows_screened = work->screened;
    for (uint32_t i = 0; i < work->news_count; i++)
        news_take(live, &work->news[i]);
    if (work->row_count >= WORKERS_ROWS_LEAST)
        batch.workers = LIQ_WORKERS_MAX;
    liq_workers_run(batch.workers, batch_value, &batch);
    for (uint32_t i = 0; i < work->row_count; i++)
        if (live->valued_tick[work->rows[i]] != live->tick)
            row_value(live, work->rows[i], &live->fresh[i]);
    return LIQ_OK;
}

/* The values of rows that are kept; of others none, which row_value sees by their status. */
static void batch_value(void *context, uint32_t index)
{
    const levels_batch *batch = context;
    liq_live *live = batch->live;
    uint32_t place;

    for (uint32_t i = index; i < batch->work.row_count; i += batch->workers)
        if (liq_row_cache_find(&live->cache, batch->work.rows[i], &place))
            live->fresh[i] = liq_truth_row(&live->market, &live->cache.rows, place);
        else
            live->fresh[i].status = NOT_VALUED;
}

/* A status that is proven: the values stay what they were, unless there were none. */
static void news_take(liq_live *live, const liq_levels_news *news)
{
    const uint32_t row = news->row;

    if (live->valued_tick[row] == live->tick)
        return;
    if (live->results[row].status == LIQ_ROW_UNVALUED) {
        row_value(live, row, NULL);
        return;
    }
    row_count_out(live, row, true);
    live->results[row].status = news->status;
    row_count_in(live, row, true);
    liq_warned_see(live, row);
}

/* What the base proved of whoever holds an instrument was by the factors that it had: all of them
   are looked at, in proportion to how many they are. */
static void factors_doubt(liq_live *live)
{
    const liq_live_book *book = &live->book;
    const liq_live_entry *held;

    for (uint32_t i = 0; i < book->moved_factors.count; i++)
        for (uint32_t entry = book->instrument_holders[book->moved_factors.items[i]];
             entry != LIQ_NO_INDEX; entry = held->holder_after) {
            held = &book->entries[entry];
            if (!book->dirty.has[held->account])
                liq_levels_doubt(&live->levels,
                                 held->isolated ? book->account_capacity + entry : held->account);
        }
}

/* Every row that holds an instrument whose mark or factors moved, or uses an asset whose index did:
   by a balance, or by what settles in it. */
static void moved_gather(liq_live *live)
{
    const liq_live_book *book = &live->book;
    const liq_venue *venue = &book->prices.venue;

    for (uint32_t i = 0; i < book->moved_instruments.count; i++)
        holders_gather(live, book->instrument_holders[book->moved_instruments.items[i]]);
    if (venue->option_count > 0)
        options_gather(live);
    for (uint32_t i = 0; i < book->moved_factors.count; i++)
        holders_gather(live, book->instrument_holders[book->moved_factors.items[i]]);
    for (uint32_t i = 0; i < book->moved_assets.count; i++)
        holders_gather(live, book->asset_holders[book->moved_assets.items[i]]);
    if (book->moved_assets.count == 0)
        return;
    for (uint32_t i = 0; i < venue->instrument_count; i++)
        if (book->moved_assets.has[venue->instruments[i].settle_index])
            holders_gather(live, book->instrument_holders[i]);
}

/* What an option is worth in scenarios moves with marks other than its own. */
static void options_gather(liq_live *live)
{
    const bool *moved = live->book.moved_instruments.has;
    const liq_venue *venue = &live->book.prices.venue;

    for (uint32_t i = 0; i < venue->instrument_count; i++) {
        const liq_option_terms *terms = &venue->instruments[i].option;

        if (venue->instruments[i].kind == LIQ_INSTRUMENT_OPTION &&
            (moved[terms->underlying_index] || moved[terms->volatility_index] ||
             moved[terms->days_index]))
            holders_gather(live, live->book.instrument_holders[i]);
    }
}

static void holders_gather(liq_live *live, uint32_t entry)
{
    for (; entry != LIQ_NO_INDEX; entry = live->book.entries[entry].holder_after) {
        const liq_live_entry *held = &live->book.entries[entry];

        if (!live->book.dirty.has[held->account])
            liq_live_set_add(&live->gathered,
                             held->isolated ? live->book.account_capacity + entry : held->account);
    }
}

/* Many are taken in the order of their rows, in which what an account holds was laid down: by
   instrument a walk over memory would be several times as slow. */
static void gathered_value(liq_live *live)
{
    liq_live_set *gathered = &live->gathered;
    const uint32_t rows = live->book.account_capacity + live->book.entry_capacity;
    const bool many = gathered->count > rows / MANY_SHARE;

    for (uint32_t i = 0; i < (many ? rows : gathered->count); i++) {
        const uint32_t row = many ? i : gathered->items[i];

        if (!gathered->has[row])
            continue;
        gathered->has[row] = false;
        row_value(live, row, NULL);
    }
    gathered->count = 0;
}

static void row_value(liq_live *live, uint32_t row, const liq_row_record *fresh)
{
    const liq_row_record result =
        fresh != NULL && fresh->status != NOT_VALUED ? *fresh : row_result(live, row);
    bool is_news;
    bool spent;

    live->rows_valued++;
    live->valued_tick[row] = live->tick;
    if (memcmp(&result, &live->results[row], sizeof result) == 0 && !live->is_unfinished)
        return;
    spent = live->results[row].status == LIQ_ROW_BANKRUPT && result.status == LIQ_ROW_BANKRUPT;
    row_count_out(live, row, !spent);
    is_news = result.status != live->results[row].status || live->is_unfinished;
    live->results[row] = result;
    row_count_in(live, row, !spent);
    if (is_news)
        liq_warned_see(live, row);
    if (live->levels.screen != NULL)
        liq_levels_tell(&live->levels, row, result.status);
}

/* The row is put together, and kept where the levels say who is valued: it will soon be again. */
static liq_row_record row_result(liq_live *live, uint32_t row)
{
    const uint32_t accounts = live->book.account_capacity;
    const bool isolated = row >= accounts;
    const liq_rows *rows = isolated ? liq_live_book_isolated(&live->book, row - accounts)
                                    : liq_live_book_rows(&live->book, row);

    if (live->levels.screen != NULL && !live->value_all)
        liq_row_cache_add(&live->cache, row, rows, isolated ? 1 : 0);
    return liq_truth_row(&live->market, rows, isolated ? 1 : 0);
}

/* Rows whose equity is spent, before and after, stay where they are in the order: their ids tell.
 */
static void row_count_in(liq_live *live, uint32_t row, bool moves)
{
    totals_add(&live->totals, &live->results[row], 1);
    if (moves && is_listed(live->results[row].status))
        liq_row_order_add(&live->order, row);
}

static void row_count_out(liq_live *live, uint32_t row, bool moves)
{
    totals_add(&live->totals, &live->results[row], -1);
    if (moves && is_listed(live->results[row].status))
        liq_row_order_remove(&live->order, row);
}

static void totals_add(liq_live_totals *totals, const liq_row_record *result, int sign)
{
    totals->equity += (liq_int128)sign * result->equity;
    totals->maintenance += (liq_int128)sign * result->maintenance;
    totals->notional += (liq_int128)sign * result->notional;
    totals->by_status[result->status] += (uint64_t)(int64_t)sign;
}

static bool is_listed(uint32_t status)
{
    return liq_flagged_status(status) || status == LIQ_ROW_UNVALUED;
}

/* Flagged rows before unvalued ones. */
static int compare_rows(const void *context, uint32_t left, uint32_t right)
{
    const liq_live *live = context;
    const bool left_unvalued = live->results[left].status == LIQ_ROW_UNVALUED;
    const bool right_unvalued = live->results[right].status == LIQ_ROW_UNVALUED;
    int order;

    if (left_unvalued != right_unvalued)
        return left_unvalued ? 1 : -1;
    order = left_unvalued ? 0 : liq_flagged_compare(&live->results[left], &live->results[right]);
    return order != 0 ? order : compare_keys(live, left, right);
}

/* Falls as leverage rises, and is never larger for a row that comes before: those whose equity is
   spent come first, and unvalued rows last. */
static uint64_t sort_key(const void *context, uint32_t row)
{
    const liq_live *live = context;
    const liq_row_record *result = &live->results[row];
    liq_uint128 leverage;

    if (result->status == LIQ_ROW_UNVALUED)
        return UINT64_MAX;
    if (result->equity <= 0)
        return 0;
    leverage =
        ((liq_uint128)(uint64_t)result->notional << LEVERAGE_SHIFT) / (uint64_t)result->equity;
    return UINT64_MAX - 1 - (leverage < UINT64_MAX - 2 ? (uint64_t)leverage : UINT64_MAX - 2);
}

/* The order of rows: by account id, cross first, by instrument, long before short. */
static int compare_keys(const liq_live *live, uint32_t left, uint32_t right)
{
    const liq_row_key a = liq_live_key(live, left);
    const liq_row_key b = liq_live_key(live, right);
    const bool a_isolated = a.instrument_index != LIQ_NO_INDEX;
    const bool b_isolated = b.instrument_index != LIQ_NO_INDEX;

    if (a.account_index != b.account_index)
        return liq_live_book_compare(&live->book, a.account_index, b.account_index);
    if (a_isolated != b_isolated)
        return a_isolated ? 1 : -1;
    if (a.instrument_index != b.instrument_index)
        return a.instrument_index < b.instrument_index ? -1 : 1;
    return (int)a.is_short - (int)b.is_short;
}

static uint32_t flagged_count(const liq_live *live)
{
    return (uint32_t)(live->totals.by_status[LIQ_ROW_LIQUIDATE] +
                      live->totals.by_status[LIQ_ROW_BACKSTOP] +
                      live->totals.by_status[LIQ_ROW_BANKRUPT]);
}

static void summary_fill(const liq_live *live, liq_live_summary *summary)
{
    const int32_t decimals = live->book.prices.venue.cash_decimals;

    for (uint32_t i = 0; i <= LIQ_ROW_UNVALUED; i++) {
        summary->by_status[i] = live->totals.by_status[i];
        summary->rows += live->totals.by_status[i];
    }
    summary->flagged = flagged_count(live);
    summary->rows_valued = live->rows_valued;
    summary->rows_screened = live->rows_screened;
    summary->totals_age_ticks = live->tick - live->tick_all;
    (void)liq_decimal_format(summary->equity_total, live->totals.equity, decimals);
    (void)liq_decimal_format(summary->maintenance_total, live->totals.maintenance, decimals);
    (void)liq_decimal_format(summary->notional_total, live->totals.notional, decimals);
}
