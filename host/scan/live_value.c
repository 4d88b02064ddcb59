#include "scan/live_value.h"

#include <string.h>

#include "base/ahead.h"
#include "base/workers.h"
#include "scan/flagged.h"
#include "scan/truth.h"

/* Fewer rows are valued before a thread has come. */
enum { WORKERS_ROWS_LEAST = 64 };

/* Rows that the levels tell lie anywhere in memory: of one so far ahead what it is made of is asked
 * for. */
enum { ROWS_AHEAD = 12 };

/* What is left to do for a row, beside LIQ_WARNED_*: the levels are to be told its status, it has
 * changed in the order of listed rows, or it is not kept put together and has to be valued. */
enum { LEFT_TELL = 32, LEFT_ORDER = 64, LEFT_VALUE = 128 };

/* What rows add up to: in the live book, or of one worker. */
typedef struct value_sums {
    liq_live_totals *totals;
    uint64_t *hash;
    uint64_t *rows_valued;
} value_sums;

/* Rows of the levels: each worker takes a share of those that follow each other, and does what
 * concerns a row alone. What concerns lists of rows is left in the notes of the live book. */
typedef struct levels_batch {
    liq_live *live;
    liq_levels_work work;
    uint32_t workers;
    liq_live_totals totals[LIQ_WORKERS_MAX];
    uint64_t hashes[LIQ_WORKERS_MAX][2];
    uint64_t rows_valued[LIQ_WORKERS_MAX];
} levels_batch;

static void batch_take(void *context, uint32_t index);
static void batch_end(const levels_batch *batch);
static void rows_expect(const liq_live *live, uint32_t far);
static void left_do(liq_live *live, uint32_t row, uint32_t left);
static uint32_t news_take(liq_live *live, value_sums sums, const liq_levels_news *news);
static uint32_t listed_take(liq_live *live, value_sums sums, uint32_t row);
static uint32_t result_take(liq_live *live, value_sums sums, uint32_t row,
                            const liq_row_record *result);
static uint32_t order_take(liq_live *live, uint32_t row, uint32_t before, uint32_t after);
static liq_row_record row_result(liq_live *live, uint32_t row);
static void totals_add(liq_live_totals *totals, const liq_row_record *result, int sign);
static void totals_join(liq_live_totals *totals, const liq_live_totals *other);
static bool is_listed(uint32_t status);

/* What the levels do not prove is valued, on all processors: most of it is put together already. */
liq_status liq_live_value_levels(liq_live *live, liq_error *err)
{
    levels_batch batch = {.live = live, .workers = 1};
    const liq_levels_work *work = &batch.work;
    const liq_status status = liq_levels_list(&live->levels, &batch.work, err);

    if (status != LIQ_OK)
        return status;
    live->rows_screened = work->screened;
    if (work->row_count + work->news_count >= WORKERS_ROWS_LEAST)
        batch.workers = LIQ_WORKERS_MAX;
    liq_workers_run(batch.workers, batch_take, &batch);
    batch_end(&batch);
    for (uint32_t i = 0; i < work->news_count; i++)
        if (live->notes[i] != 0)
            left_do(live, work->news[i].row, live->notes[i]);
    for (uint32_t i = 0; i < work->row_count; i++)
        if (live->notes[work->news_count + i] != 0)
            left_do(live, work->rows[i], live->notes[work->news_count + i]);
    return LIQ_OK;
}

static void batch_take(void *context, uint32_t index)
{
    levels_batch *batch = context;
    const liq_levels_work *work = &batch->work;
    liq_live *live = batch->live;
    liq_live_totals totals = {0};
    uint64_t hash[2] = {0, 0};
    uint64_t rows_valued = 0;
    const value_sums sums = {&totals, hash, &rows_valued};
    uint32_t end = (uint32_t)((uint64_t)work->news_count * (index + 1) / batch->workers);
    uint32_t i = (uint32_t)((uint64_t)work->news_count * index / batch->workers);

    for (; i < end; i++) {
        if (i + ROWS_AHEAD < end)
            rows_expect(live, work->news[i + ROWS_AHEAD].row);
        live->notes[i] = (uint8_t)news_take(live, sums, &work->news[i]);
    }
    end = (uint32_t)((uint64_t)work->row_count * (index + 1) / batch->workers);
    i = (uint32_t)((uint64_t)work->row_count * index / batch->workers);
    for (; i < end; i++) {
        if (i + ROWS_AHEAD < end) {
            rows_expect(live, work->rows[i + ROWS_AHEAD]);
            liq_row_cache_expect(&live->cache, work->rows[i + ROWS_AHEAD],
                                 work->rows[i + ROWS_AHEAD * 2 / 3],
                                 work->rows[i + ROWS_AHEAD / 3]);
            liq_levels_expect_listed(&live->levels, work->rows[i + ROWS_AHEAD],
                                     work->rows[i + ROWS_AHEAD / 2]);
        }
        live->notes[work->news_count + i] = (uint8_t)listed_take(live, sums, work->rows[i]);
    }
    batch->totals[index] = totals;
    memcpy(batch->hashes[index], hash, sizeof hash);
    batch->rows_valued[index] = rows_valued;
}

static void batch_end(const levels_batch *batch)
{
    liq_live *live = batch->live;

    for (uint32_t i = 0; i < batch->workers; i++) {
        totals_join(&live->totals, &batch->totals[i]);
        live->book.hash[0] += batch->hashes[i][0];
        live->book.hash[1] += batch->hashes[i][1];
        live->rows_valued += batch->rows_valued[i];
    }
}

/* What taking over a status or values reads and writes. */
static void rows_expect(const liq_live *live, uint32_t far)
{
    liq_ahead(&live->results[far]);
    liq_ahead(&live->results[far].status);
    liq_ahead(&live->valued_tick[far]);
    liq_row_order_expect(&live->order, far);
    liq_warned_expect(live, far);
}

static void left_do(liq_live *live, uint32_t row, uint32_t left)
{
    if ((left & LEFT_VALUE) != 0) {
        liq_live_value_row(live, row);
        return;
    }
    if ((left & LEFT_ORDER) != 0)
        liq_row_order_note(&live->order, row);
    if ((left & LEFT_TELL) != 0)
        liq_levels_tell(&live->levels, row, live->results[row].status);
    liq_warned_note(live, row, left);
}

/* A status that is proven: the values stay what they were, unless there were none. */
static uint32_t news_take(liq_live *live, value_sums sums, const liq_levels_news *news)
{
    liq_row_record *result = &live->results[news->row];
    const uint32_t before = result->status;

    if (live->valued_tick[news->row] == live->tick)
        return 0;
    if (before == LIQ_ROW_UNVALUED)
        return LEFT_VALUE;
    result->status = news->status;
    sums.totals->by_status[before]--;
    sums.totals->by_status[news->status]++;
    return order_take(live, news->row, before, news->status) |
           liq_warned_look(live, news->row, sums.hash);
}

/* A row that the levels prove nothing of. */
static uint32_t listed_take(liq_live *live, value_sums sums, uint32_t row)
{
    liq_row_record result;
    uint32_t place;
    uint32_t left;

    if (live->valued_tick[row] == live->tick)
        return 0;
    if (!liq_row_cache_find(&live->cache, row, &place))
        return LEFT_VALUE;
    result = liq_truth_row_short(&live->market, &live->cache.rows, place);
    left = result_take(live, sums, row, &result);
    return liq_levels_tell_near(&live->levels, row, result.status) ? left : left | LEFT_TELL;
}

void liq_live_value_row(liq_live *live, uint32_t row)
{
    const value_sums sums = {&live->totals, live->book.hash, &live->rows_valued};
    const liq_row_record result = row_result(live, row);

    left_do(live, row, result_take(live, sums, row, &result));
    if (live->levels.screen != NULL)
        liq_levels_tell(&live->levels, row, result.status);
}

/* Rows whose equity is spent, before and after, stay where they are in the order: their ids tell.
 */
static uint32_t result_take(liq_live *live, value_sums sums, uint32_t row,
                            const liq_row_record *result)
{
    liq_row_record *kept = &live->results[row];
    const uint32_t before = kept->status;
    uint32_t left = 0;

    ++*sums.rows_valued;
    live->valued_tick[row] = live->tick;
    if (memcmp(result, kept, sizeof *result) == 0 && !live->is_unfinished)
        return 0;
    totals_add(sums.totals, kept, -1);
    totals_add(sums.totals, result, 1);
    *kept = *result;
    if (before != LIQ_ROW_BANKRUPT || result->status != LIQ_ROW_BANKRUPT)
        left = order_take(live, row, before, result->status);
    if (before != result->status || live->is_unfinished)
        left |= liq_warned_look(live, row, sums.hash);
    return left;
}

/* A row goes from its place in the order and comes to another, if it is listed at all. */
static uint32_t order_take(liq_live *live, uint32_t row, uint32_t before, uint32_t after)
{
    bool is_due = false;

    if (is_listed(before))
        is_due = liq_row_order_leave(&live->order, row);
    if (is_listed(after))
        is_due = liq_row_order_come(&live->order, row) || is_due;
    return is_due ? LEFT_ORDER : 0;
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

void liq_live_count_in(liq_live *live, uint32_t row)
{
    totals_add(&live->totals, &live->results[row], 1);
    if (is_listed(live->results[row].status))
        liq_row_order_add(&live->order, row);
}

void liq_live_count_out(liq_live *live, uint32_t row)
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

static void totals_join(liq_live_totals *totals, const liq_live_totals *other)
{
    totals->equity += other->equity;
    totals->maintenance += other->maintenance;
    totals->notional += other->notional;
    for (uint32_t i = 0; i <= LIQ_ROW_UNVALUED; i++)
        totals->by_status[i] += other->by_status[i];
}

static bool is_listed(uint32_t status)
{
    return liq_flagged_status(status) || status == LIQ_ROW_UNVALUED;
}
