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

/* The status of a row that is not kept put together. */
enum { NOT_VALUED = 255 };

/* Rows of the levels: each worker takes a share of those that follow each other. */
typedef struct levels_batch {
    liq_live *live;
    liq_levels_work work;
    uint32_t workers;
} levels_batch;

static void batch_value(void *context, uint32_t index);
static void rows_expect(const liq_live *live, uint32_t far, uint32_t near);
static void news_take(liq_live *live, const liq_levels_news *news);
static liq_row_record row_result(liq_live *live, uint32_t row);
static void totals_add(liq_live_totals *totals, const liq_row_record *result, int sign);
static bool is_listed(uint32_t status);

/* What the levels do not prove is valued, on all processors: most of it is put together already. */
liq_status liq_live_value_levels(liq_live *live, liq_error *err)
{
    levels_batch batch = {.live = live, .workers = 1};
    liq_levels_work *work = &batch.work;
    const liq_status status = liq_levels_list(&live->levels, work, err);

    if (status != LIQ_OK)
        return status;
    live->rows_screened = work->screened;
    for (uint32_t i = 0; i < work->news_count; i++) {
        if (i + ROWS_AHEAD < work->news_count)
            rows_expect(live, work->news[i + ROWS_AHEAD].row, work->news[i + ROWS_AHEAD / 2].row);
        news_take(live, &work->news[i]);
    }
    if (work->row_count >= WORKERS_ROWS_LEAST)
        batch.workers = LIQ_WORKERS_MAX;
    liq_workers_run(batch.workers, batch_value, &batch);
    for (uint32_t i = 0; i < work->row_count; i++) {
        if (i + ROWS_AHEAD < work->row_count)
            rows_expect(live, work->rows[i + ROWS_AHEAD], work->rows[i + ROWS_AHEAD / 2]);
        if (live->valued_tick[work->rows[i]] != live->tick)
            liq_live_value_row(live, work->rows[i], &live->fresh[i]);
    }
    return LIQ_OK;
}

/* The values of rows that are kept; of others none, which liq_live_value_row sees by their status.
 */
static void batch_value(void *context, uint32_t index)
{
    const levels_batch *batch = context;
    const uint64_t rows = batch->work.row_count;
    const uint32_t end = (uint32_t)(rows * (index + 1) / batch->workers);
    liq_live *live = batch->live;
    uint32_t place;

    for (uint32_t i = (uint32_t)(rows * index / batch->workers); i < end; i++) {
        if (i + ROWS_AHEAD < end)
            liq_row_cache_expect(&live->cache, batch->work.rows[i + ROWS_AHEAD],
                                 batch->work.rows[i + ROWS_AHEAD / 2]);
        if (liq_row_cache_find(&live->cache, batch->work.rows[i], &place))
            live->fresh[i] = liq_truth_row(&live->market, &live->cache.rows, place);
        else
            live->fresh[i].status = NOT_VALUED;
    }
}

/* What taking over a status or values reads and writes. */
static void rows_expect(const liq_live *live, uint32_t far, uint32_t near)
{
    liq_ahead(&live->results[far]);
    liq_ahead(&live->results[far].status);
    liq_ahead(&live->valued_tick[far]);
    liq_row_order_expect(&live->order, far);
    liq_warned_expect(live, far);
    liq_levels_expect(&live->levels, far, near);
}

/* A status that is proven: the values stay what they were, unless there were none. */
static void news_take(liq_live *live, const liq_levels_news *news)
{
    const uint32_t row = news->row;

    if (live->valued_tick[row] == live->tick)
        return;
    if (live->results[row].status == LIQ_ROW_UNVALUED) {
        liq_live_value_row(live, row, NULL);
        return;
    }
    liq_live_count_out(live, row, true);
    live->results[row].status = news->status;
    liq_live_count_in(live, row, true);
    liq_warned_see(live, row);
}

void liq_live_value_row(liq_live *live, uint32_t row, const liq_row_record *fresh)
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
    liq_live_count_out(live, row, !spent);
    is_news = result.status != live->results[row].status || live->is_unfinished;
    live->results[row] = result;
    liq_live_count_in(live, row, !spent);
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
void liq_live_count_in(liq_live *live, uint32_t row, bool moves)
{
    totals_add(&live->totals, &live->results[row], 1);
    if (moves && is_listed(live->results[row].status))
        liq_row_order_add(&live->order, row);
}

void liq_live_count_out(liq_live *live, uint32_t row, bool moves)
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
