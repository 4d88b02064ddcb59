#include "settle/close_watch.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/memory.h"
#include "scan/flagged.h"
#include "scan/live_scan.h"
#include "scan/truth.h"
#include "settle/settle_internal.h"
#include "settle/waterfall_internal.h"

static liq_status row_see(liq_close_watch *watch, liq_row_name row, liq_error *err);
static liq_status row_open(liq_close_watch *watch, liq_row_name row, liq_error *err);
static bool is_pulled(liq_close_watch *watch, liq_row_name row);
static liq_status closed_drop(liq_close_watch *watch, liq_error *err);
static liq_status duration_add(liq_close_watch *watch, const liq_open_close *open, liq_error *err);
static void action_count(liq_close_watch *watch, const liq_action *action);
static bool is_market_fill(const liq_action *action);
static void totals_fill(const liq_close_watch *watch, liq_close_facts *out);
static liq_int128 funds_sum(const liq_settle *settle);
static int compare_durations(const void *left, const void *right);

liq_status liq_close_watch_create(liq_close_watch *out, liq_live *live, const liq_settle *settle,
                                  liq_error *err)
{
    const uint32_t instruments = live->book.prices.venue.instrument_count;
    liq_status status;

    *out = (liq_close_watch){.live = live, .settle = settle, .prices = live->book.prices};
    if ((status = liq_memory_array(&out->marks, instruments, sizeof *out->marks, err)) != LIQ_OK ||
        (status = liq_market_create(&out->market, &live->book.prices, err)) != LIQ_OK) {
        liq_close_watch_clear(out);
        return status;
    }
    memcpy(out->marks, live->book.prices.instrument_marks, instruments * sizeof *out->marks);
    out->prices.instrument_marks = out->marks;
    out->fund_before = funds_sum(settle);
    return LIQ_OK;
}

void liq_close_watch_clear(liq_close_watch *watch)
{
    liq_market_clear(&watch->market);
    liq_row_map_clear(&watch->known);
    liq_row_map_clear(&watch->places);
    free(watch->marks);
    free(watch->open);
    free(watch->arrivals);
    free(watch->durations);
    *watch = (liq_close_watch){0};
}

void liq_close_watch_mark(liq_close_watch *watch, uint32_t instrument, liq_decimal mark)
{
    watch->marks[instrument] = mark;
}

liq_status liq_close_watch_before(liq_close_watch *watch, liq_error *err)
{
    const uint32_t *rows;
    uint32_t count;
    liq_status status = LIQ_OK;

    watch->tick++;
    liq_live_flagged(watch->live, &rows, &count);
    for (uint32_t i = 0; status == LIQ_OK && i < count; i++) {
        const liq_row_key key = liq_live_key(watch->live, rows[i]);

        status = row_see(watch,
                         (liq_row_name){.account = key.account_index,
                                        .instrument = key.instrument_index,
                                        .is_short = key.is_short},
                         err);
    }
    return status == LIQ_OK ? closed_drop(watch, err) : status;
}

void liq_close_watch_after(liq_close_watch *watch)
{
    const liq_waterfall *waterfall = &watch->settle->waterfall;

    for (uint64_t i = 0; i < waterfall->action_count; i++)
        action_count(watch, &waterfall->actions[i]);
}

liq_status liq_close_watch_read(liq_close_watch *watch, liq_close_facts *out, liq_error *err)
{
    uint64_t count;
    liq_status status = LIQ_OK;

    for (uint32_t i = 0; status == LIQ_OK && i < watch->open_count; i++)
        status = duration_add(watch, &watch->open[i], err);
    if (status != LIQ_OK)
        return status;
    liq_row_map_clear(&watch->places);
    watch->open_count = 0;
    *out = watch->facts;
    totals_fill(watch, out);
    count = watch->facts.closings;
    if (count == 0)
        return LIQ_OK;
    qsort(watch->durations, (size_t)count, sizeof *watch->durations, compare_durations);
    out->ticks_median = watch->durations[count / 2];
    out->ticks_p99 = watch->durations[count - 1 - count / 100];
    out->ticks_most = watch->durations[count - 1];
    return LIQ_OK;
}

void liq_impact_take(liq_impact *impact, const liq_settle *settle, const liq_live *live)
{
    const liq_waterfall *waterfall = &settle->waterfall;

    for (uint64_t i = 0; i < waterfall->action_count; i++) {
        const liq_action *action = &waterfall->actions[i];
        int64_t mark;

        if (!is_market_fill(action))
            continue;
        mark = live->market.instruments[action->instrument].value_floor;
        if (mark != 0 && (mark < 0) == (action->value < 0))
            liq_impact_fill(impact, action->instrument, action->value, mark);
    }
}

static liq_status row_see(liq_close_watch *watch, liq_row_name row, liq_error *err)
{
    const int64_t place = liq_row_map_get(&watch->places, row);
    liq_status status;

    if (place != 0) {
        watch->open[place - 1].last_tick = watch->tick;
        return LIQ_OK;
    }
    if (liq_row_map_get(&watch->known, row) == 0) {
        if ((status = liq_row_map_set(&watch->known, row, 1, err)) != LIQ_OK)
            return status;
        watch->facts.accounts++;
        watch->facts.pulled += is_pulled(watch, row);
    }
    return row_open(watch, row, err);
}

static liq_status row_open(liq_close_watch *watch, liq_row_name row, liq_error *err)
{
    const liq_market *market = &watch->live->market;
    const uint32_t instruments = market->instrument_count;
    const size_t at = (size_t)watch->open_count * instruments;
    liq_status status;

    if ((status = liq_memory_extend(&watch->open, &watch->open_capacity,
                                    (size_t)watch->open_count + 1, sizeof *watch->open, err)) !=
            LIQ_OK ||
        (status = liq_memory_extend(&watch->arrivals, &watch->arrival_capacity, at + instruments,
                                    sizeof *watch->arrivals, err)) != LIQ_OK ||
        (status = liq_row_map_set(&watch->places, row, (int64_t)watch->open_count + 1, err)) !=
            LIQ_OK)
        return status;
    for (uint32_t i = 0; i < instruments; i++)
        watch->arrivals[at + i] = market->instruments[i].value_floor;
    watch->open[watch->open_count++] =
        (liq_open_close){.row = row, .first_tick = watch->tick, .last_tick = watch->tick};
    return LIQ_OK;
}

/* Whether it is not flagged at the undisturbed marks. */
static bool is_pulled(liq_close_watch *watch, liq_row_name row)
{
    const liq_rows *rows;

    if (watch->market_tick != watch->tick)
        liq_market_update(&watch->market, &watch->prices);
    watch->market_tick = watch->tick;
    rows = liq_live_book_rows(&watch->live->book, row.account);
    for (uint32_t i = 0; i < rows->row_count; i++)
        if (rows->keys[i].instrument_index == row.instrument &&
            rows->keys[i].is_short == row.is_short)
            return !liq_flagged_status(liq_truth_row(&watch->market, rows, i).status);
    return false;
}

/* Those that this tick did not flag; the last one takes the place of one that goes. */
static liq_status closed_drop(liq_close_watch *watch, liq_error *err)
{
    const uint32_t instruments = watch->live->market.instrument_count;
    liq_status status = LIQ_OK;

    for (uint32_t i = 0; status == LIQ_OK && i < watch->open_count;) {
        const liq_open_close gone = watch->open[i];
        const uint32_t last = watch->open_count - 1;

        if (gone.last_tick == watch->tick) {
            i++;
            continue;
        }
        status = duration_add(watch, &gone, err);
        liq_row_map_change(&watch->places, gone.row, 0);
        watch->open_count = last;
        if (i == last)
            break;
        watch->open[i] = watch->open[last];
        memcpy(&watch->arrivals[(size_t)i * instruments],
               &watch->arrivals[(size_t)last * instruments], instruments * sizeof(int64_t));
        liq_row_map_change(&watch->places, watch->open[i].row, (int64_t)i + 1);
    }
    return status;
}

static liq_status duration_add(liq_close_watch *watch, const liq_open_close *open, liq_error *err)
{
    const uint64_t ticks = open->last_tick - open->first_tick + 1;
    const liq_status status =
        liq_memory_extend(&watch->durations, &watch->duration_capacity,
                          (size_t)watch->facts.closings + 1, sizeof *watch->durations, err);

    if (status == LIQ_OK)
        watch->durations[watch->facts.closings++] =
            ticks < UINT32_MAX ? (uint32_t)ticks : UINT32_MAX;
    return status;
}

static void action_count(liq_close_watch *watch, const liq_action *action)
{
    const liq_waterfall *waterfall = &watch->settle->waterfall;
    const liq_row_name row = {.account = action->account,
                              .instrument = action->is_isolated ? action->instrument : LIQ_NO_INDEX,
                              .is_short = action->is_isolated && action->side < 0};
    int64_t place;
    int64_t arrival;
    uint32_t asset;
    liq_int128 lost;
    liq_int128 cash;

    watch->facts.takeovers += action->kind == LIQ_SETTLE_TAKEOVER;
    if (!is_market_fill(action) || action->account == LIQ_NO_INDEX ||
        action->reason == LIQ_BECAUSE_INVENTORY ||
        (place = liq_row_map_get(&watch->places, row)) == 0)
        return;
    arrival = watch->arrivals[(size_t)(place - 1) * watch->live->market.instrument_count +
                              action->instrument];
    asset = waterfall->source.venue->instruments[action->instrument].settle_index;
    lost = (liq_int128)action->lots * (arrival - action->value) * action->side;
    lost = liq_fine_grains(waterfall, action->instrument, lost);
    cash = liq_cash_of(waterfall, asset, lost);
    watch->facts.shortfall += lost < 0 ? -cash : cash;
}

/* Lots of an account or of the venue that went to the market. */
static bool is_market_fill(const liq_action *action)
{
    return (action->kind == LIQ_SETTLE_REDUCE || action->kind == LIQ_SETTLE_CLOSE) &&
           action->instrument != LIQ_NO_INDEX && action->exchanged == LIQ_NO_INDEX &&
           action->lots > 0 && action->value != 0 && action->request == 0 &&
           action->reason != LIQ_BECAUSE_PAIR && action->reason != LIQ_BECAUSE_CONVERSION;
}

static void totals_fill(const liq_close_watch *watch, liq_close_facts *out)
{
    const liq_settle_totals *all = &watch->settle->waterfall.all;

    out->filled = all->filled;
    out->slippage = all->slippage;
    out->largest = all->largest;
    out->deleveraged = all->adl_notional;
    out->socialised = all->socialised;
    out->fund_change = funds_sum(watch->settle) - watch->fund_before;
}

/* Of those that count the margin currency. */
static liq_int128 funds_sum(const liq_settle *settle)
{
    const liq_funds *funds = &settle->waterfall.funds;
    liq_int128 sum = 0;

    for (uint32_t i = 0; i < funds->fund_count; i++)
        if (funds->funds[i].asset == 0)
            sum += liq_fund_balance(&funds->funds[i]);
    return sum;
}

static int compare_durations(const void *left, const void *right)
{
    const uint32_t a = *(const uint32_t *)left;
    const uint32_t b = *(const uint32_t *)right;

    return (a > b) - (a < b);
}
