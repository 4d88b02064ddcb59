#include "scan/live_scan.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/decimal.h"
#include "base/fail.h"
#include "base/memory.h"
#include "scan/flagged.h"
#include "scan/scan_row.h"
#include "scan/truth.h"

/* A tick that values more than this share of all rows looks at each whether it is meant. */
enum { MANY_SHARE = 64 };

static liq_status memory_take(liq_live *live, liq_error *err);
static void account_drop(liq_live *live, uint32_t account);
static void account_value(liq_live *live, uint32_t account);
static void moved_gather(liq_live *live);
static void holders_gather(liq_live *live, uint32_t entry);
static void gathered_value(liq_live *live);
static void row_value(liq_live *live, uint32_t row);
static void row_count_in(liq_live *live, uint32_t row);
static void row_count_out(liq_live *live, uint32_t row);
static void totals_add(liq_live_totals *totals, const liq_row_record *result, int sign);
static bool is_listed(uint32_t status);
static int compare_rows(const void *context, uint32_t left, uint32_t right);
static int compare_keys(const liq_live *live, uint32_t left, uint32_t right);
static uint32_t flagged_count(const liq_live *live);
static void summary_fill(const liq_live *live, liq_live_summary *summary);

liq_status liq_live_create(liq_live **out, const liq_book *book, const liq_live_limits *limits,
                           liq_error *err)
{
    liq_live *live = NULL;
    liq_status status = liq_memory_array((void **)&live, 1, sizeof *live, err);

    if (status != LIQ_OK)
        return status;
    if ((status = liq_live_book_create(&live->book, book, limits, err)) != LIQ_OK ||
        (status = liq_market_create(&live->market, &live->book.prices, err)) != LIQ_OK ||
        (status = memory_take(live, err)) != LIQ_OK)
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
    liq_live_book_clear(&live->book);
    liq_market_clear(&live->market);
    liq_row_order_clear(&live->order);
    free(live->results);
    free(live->row_next);
    free(live->has_rows);
    free(live->gathered.items);
    free(live->gathered.has);
    free(live->listed);
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

    (void)err; /* the host's tick cannot fail */
    live->rows_valued = 0;
    if (live->book.moved_instruments.count > 0 || live->book.moved_assets.count > 0)
        liq_market_update(&live->market, &live->book.prices);
    /* All that is gone goes first: its numbers may belong to others by now. */
    for (uint32_t i = 0; i < dirty->count; i++)
        account_drop(live, dirty->items[i]);
    for (uint32_t i = 0; i < dirty->count; i++)
        if (live->book.accounts[dirty->items[i]].alive)
            account_value(live, dirty->items[i]);
    moved_gather(live);
    gathered_value(live);
    liq_live_book_settle(&live->book);
    (void)liq_row_order_list(&live->order, live->listed);
    if (summary != NULL) {
        *summary = (liq_live_summary){.wall_ns = liq_clock_ns() - start_ns};
        summary_fill(live, summary);
    }
    return LIQ_OK;
}

void liq_live_flagged(const liq_live *live, const uint32_t **rows, uint32_t *count)
{
    *rows = live->listed;
    *count = flagged_count(live);
}

void liq_live_unvalued(const liq_live *live, const uint32_t **rows, uint32_t *count)
{
    *rows = live->listed + flagged_count(live);
    *count = (uint32_t)live->totals.by_status[LIQ_ROW_UNVALUED];
}

void liq_live_row(const liq_live *live, uint32_t row, liq_scan_row *out)
{
    const liq_row_key key = liq_live_key(live, row);

    LIQ_ASSERT(live->has_rows[key.account_index]);
    liq_scan_row_fill_named(out, &live->book.prices.venue,
                            live->book.accounts[key.account_index].id, &key, &live->results[row]);
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
        (status = liq_memory_array((void **)&live->row_next, rows, sizeof(uint32_t), err)) !=
            LIQ_OK ||
        (status = liq_memory_array((void **)&live->has_rows, accounts, sizeof(bool), err)) !=
            LIQ_OK ||
        (status = liq_memory_array((void **)&live->gathered.items, rows, sizeof(uint32_t), err)) !=
            LIQ_OK ||
        (status = liq_memory_array((void **)&live->gathered.has, rows, sizeof(bool), err)) !=
            LIQ_OK ||
        (status = liq_memory_array((void **)&live->listed, rows, sizeof(uint32_t), err)) != LIQ_OK)
        return status;
    return liq_row_order_create(&live->order, rows, compare_rows, live, err);
}

/* Forget the rows of an account as the last tick left them, whatever has become of it. */
static void account_drop(liq_live *live, uint32_t account)
{
    if (!live->has_rows[account])
        return;
    live->has_rows[account] = false;
    for (uint32_t row = account; row != LIQ_NO_INDEX; row = live->row_next[row])
        row_count_out(live, row);
}

/* Rows come in the order of the account's positions, so its list of them names each. */
static void account_value(liq_live *live, uint32_t account)
{
    const liq_rows *rows = liq_live_book_rows(&live->book, account);
    uint32_t entry = live->book.accounts[account].first[LIQ_LIVE_POSITIONS];
    uint32_t row = account;

    live->has_rows[account] = true;
    for (uint32_t i = 0; i < rows->row_count; i++) {
        live->results[row] = liq_truth_row(&live->market, rows, i);
        live->row_next[row] = LIQ_NO_INDEX;
        row_count_in(live, row);
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

/* Every row that holds an instrument whose mark moved, or uses an asset whose index did: by a
   balance, or by what settles in it. */
static void moved_gather(liq_live *live)
{
    const liq_live_book *book = &live->book;
    const liq_venue *venue = &book->prices.venue;

    for (uint32_t i = 0; i < book->moved_instruments.count; i++)
        holders_gather(live, book->instrument_holders[book->moved_instruments.items[i]]);
    for (uint32_t i = 0; i < book->moved_assets.count; i++)
        holders_gather(live, book->asset_holders[book->moved_assets.items[i]]);
    if (book->moved_assets.count == 0)
        return;
    for (uint32_t i = 0; i < venue->instrument_count; i++)
        if (book->moved_assets.has[venue->instruments[i].settle_index])
            holders_gather(live, book->instrument_holders[i]);
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
        row_value(live, row);
    }
    gathered->count = 0;
}

static void row_value(liq_live *live, uint32_t row)
{
    const uint32_t accounts = live->book.account_capacity;
    const bool isolated = row >= accounts;
    const liq_rows *rows = isolated ? liq_live_book_isolated(&live->book, row - accounts)
                                    : liq_live_book_rows(&live->book, row);
    const liq_row_record result = liq_truth_row(&live->market, rows, isolated ? 1 : 0);

    live->rows_valued++;
    if (memcmp(&result, &live->results[row], sizeof result) == 0)
        return;
    row_count_out(live, row);
    live->results[row] = result;
    row_count_in(live, row);
}

static void row_count_in(liq_live *live, uint32_t row)
{
    totals_add(&live->totals, &live->results[row], 1);
    if (is_listed(live->results[row].status))
        liq_row_order_add(&live->order, row);
}

static void row_count_out(liq_live *live, uint32_t row)
{
    totals_add(&live->totals, &live->results[row], -1);
    if (is_listed(live->results[row].status))
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

/* The order of rows: by account id, cross first, by instrument, long before short. */
static int compare_keys(const liq_live *live, uint32_t left, uint32_t right)
{
    const liq_row_key a = liq_live_key(live, left);
    const liq_row_key b = liq_live_key(live, right);
    const bool a_isolated = a.instrument_index != LIQ_NO_INDEX;
    const bool b_isolated = b.instrument_index != LIQ_NO_INDEX;

    if (a.account_index != b.account_index)
        return strcmp(live->book.accounts[a.account_index].id,
                      live->book.accounts[b.account_index].id);
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
    summary->rows_valued = live->rows_valued;
    summary->flagged = flagged_count(live);
    (void)liq_decimal_format(summary->equity_total, live->totals.equity, decimals);
    (void)liq_decimal_format(summary->maintenance_total, live->totals.maintenance, decimals);
    (void)liq_decimal_format(summary->notional_total, live->totals.notional, decimals);
}
