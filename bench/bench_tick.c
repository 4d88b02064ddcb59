/*
 * Ticks of a live book, in levels: all accounts decided from scratch (screened, and the doubtful
 * valued exactly), quiet ticks of all marks, a jump of the most popular one with and without its
 * list, changes of accounts, and for comparison the exact rule for every row that something moved
 * for, and the C baseline over the same book.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/decimal.h"
#include "base/memory.h"
#include "baseline_book.h"
#include "bench.h"
#include "scan/live_scan.h"

/* Digits that marks are given, so that a few millionths of them are whole numbers. */
enum { MARK_DIGITS_LEAST = 100000000, MARK_DECIMALS_MAX = 11 };

enum { QUIET_MILLIONTHS = 200, JUMP_MILLIONTHS = 10000, CHANGES = 1000 };

/* What a row of the table is about. */
enum { WHAT_BYTES = 128 };

typedef struct tick_bench {
    bench_state bench;
    liq_book *book;
    baseline_book baseline;
    baseline_row *said_by_baseline;
    liq_live *live;
    liq_live *exact; /* without levels */
    liq_decimal *marks;
    liq_live_event *events;
    char (*texts)[LIQ_DECIMAL_BYTES];
    uint64_t screen_bytes; /* of a pass over all rows */
    uint64_t state;        /* of the moves */
    uint64_t ticks;        /* timed, of this row of the table */
    uint64_t screened;     /* accounts, in all of those */
    uint64_t valued;
    bool is_moved; /* the most popular mark of the book without levels */
} tick_bench;

static void prepare(tick_bench *self);
static liq_live *live_make(const tick_bench *self, const char *device, int exact_all);
static void marks_take(tick_bench *self);
static uint32_t marks_move(tick_bench *self, uint32_t count, int64_t millionths);
static uint64_t draw(tick_bench *self);
static liq_status tick_time(const tick_bench *self, liq_live *live, uint32_t events, uint64_t *ns,
                            liq_error *err);
static liq_status ticked(tick_bench *self, liq_live *live, uint32_t events, uint64_t *ns,
                         liq_error *err);
static liq_status aside(const tick_bench *self, uint32_t events, liq_error *err);
static void row_take(tick_bench *self, bench_row row,
                     liq_status (*run)(void *context, uint64_t *ns, liq_error *err));
static liq_status baseline_once(void *context, uint64_t *ns, liq_error *err);
static liq_status pass_once(void *context, uint64_t *ns, liq_error *err);
static liq_status scratch_once(void *context, uint64_t *ns, liq_error *err);
static liq_status quiet_once(void *context, uint64_t *ns, liq_error *err);
static uint32_t first_mark(tick_bench *self, int64_t millionths);
static void flagged_read(const tick_bench *self, uint64_t *ns);
static liq_status jump_once(void *context, uint64_t *ns, liq_error *err);
static liq_status return_once(void *context, uint64_t *ns, liq_error *err);
static liq_status read_jump_once(void *context, uint64_t *ns, liq_error *err);
static liq_status changes_once(void *context, uint64_t *ns, liq_error *err);
static liq_status exact_jump_once(void *context, uint64_t *ns, liq_error *err);
static void compare(tick_bench *self);
static void clear(tick_bench *self);

int main(int argument_count, char **arguments)
{
    static tick_bench self;

    bench_start(&self.bench, "tick", argument_count, arguments);
    prepare(&self);
    row_take(&self,
             (bench_row){.what = "C baseline, all cores",
                         .bytes = baseline_bytes(&self.baseline, false)},
             baseline_once);
    row_take(&self, (bench_row){.what = "screen of all rows", .bytes = self.screen_bytes},
             pass_once);
    row_take(&self, (bench_row){.what = "tick, all from scratch", .bytes = self.screen_bytes},
             scratch_once);
    row_take(&self, (bench_row){.what = "tick, all marks within 2 bp"}, quiet_once);
    row_take(&self, (bench_row){.what = "tick, first mark up by 1%"}, jump_once);
    row_take(&self, (bench_row){.what = "that, and all flagged read in order"}, read_jump_once);
    row_take(&self, (bench_row){.what = "tick, first mark back"}, return_once);
    row_take(&self, (bench_row){.what = "tick, 1,000 balances"}, changes_once);
    row_take(&self, (bench_row){.what = "tick, first mark by 1%, exact"}, exact_jump_once);
    compare(&self);
    clear(&self);
    return bench_end(&self.bench);
}

static void prepare(tick_bench *self)
{
    const bench_state *bench = &self->bench;
    liq_device *device = bench_device(bench);
    liq_screen_cost cost;
    liq_error err;
    const char *chosen = NULL;
    size_t room;

    if (device != NULL)
        chosen = bench->device != NULL ? bench->device : "";
    liq_device_close(device);
    self->book = bench_book(bench);
    bench_need(bench, baseline_book_make(&self->baseline, self->book, &err), &err);
    room =
        self->book->venue.instrument_count > CHANGES ? self->book->venue.instrument_count : CHANGES;
    bench_need(bench,
               liq_memory_array(&self->said_by_baseline, self->book->account_count,
                                sizeof *self->said_by_baseline, &err),
               &err);
    bench_need(bench,
               liq_memory_array(&self->marks, self->book->venue.instrument_count,
                                sizeof *self->marks, &err),
               &err);
    bench_need(bench, liq_memory_array(&self->events, room, sizeof *self->events, &err), &err);
    bench_need(bench, liq_memory_array(&self->texts, room, sizeof *self->texts, &err), &err);
    marks_take(self);
    self->live = live_make(self, chosen, 0);
    self->exact = live_make(self, NULL, 1);
    bench_check(bench, self->live->levels.screen != NULL, "the venue is too large to screen");
    bench_need(bench, liq_screen_run(self->live->levels.screen, &cost, &err), &err);
    self->screen_bytes = cost.bytes;
}

static liq_live *live_make(const tick_bench *self, const char *device, int exact_all)
{
    const liq_live_options options = {
        .device = device, .skip_self_test = 1, .exact_all = exact_all};
    liq_live *live = NULL;
    liq_error err;

    bench_need(&self->bench, liq_live_create(&live, self->book, &options, &err), &err);
    bench_need(&self->bench, liq_live_tick(live, NULL, &err), &err);
    return live;
}

/* The book's marks with more digits. */
static void marks_take(tick_bench *self)
{
    for (uint32_t i = 0; i < self->book->venue.instrument_count; i++) {
        self->marks[i] = self->book->instrument_marks[i];
        while (self->marks[i].digits < MARK_DIGITS_LEAST &&
               self->marks[i].decimals < MARK_DECIMALS_MAX) {
            self->marks[i].digits *= 10;
            self->marks[i].decimals += 1;
        }
    }
}

/* Events that put the first marks anywhere within so many millionths of the book's. */
static uint32_t marks_move(tick_bench *self, uint32_t count, int64_t millionths)
{
    for (uint32_t i = 0; i < count; i++) {
        const int64_t move = (int64_t)(draw(self) % (uint64_t)(2 * millionths + 1)) - millionths;
        const liq_int128 digits =
            self->marks[i].digits + (liq_int128)self->marks[i].digits * move / 1000000;

        self->events[i] = (liq_live_event){
            .kind = LIQ_LIVE_MARK,
            .symbol = liq_names_get(self->book->venue.instrument_names, i),
            .price = liq_decimal_format(self->texts[i], digits, self->marks[i].decimals)};
    }
    return count;
}

static uint64_t draw(tick_bench *self)
{
    self->state = self->state * 6364136223846793005u + 1442695040888963407u;
    return self->state >> 33;
}

/* Only the tick is timed: reading decimals is not what is measured here. */
static liq_status tick_time(const tick_bench *self, liq_live *live, uint32_t events, uint64_t *ns,
                            liq_error *err)
{
    liq_status status = liq_live_apply(live, self->events, events, err);
    const uint64_t start_ns = liq_clock_ns();

    if (status == LIQ_OK)
        status = liq_live_tick(live, NULL, err);
    *ns = liq_clock_ns() - start_ns;
    return status;
}

/* A tick that counts. */
static liq_status ticked(tick_bench *self, liq_live *live, uint32_t events, uint64_t *ns,
                         liq_error *err)
{
    const liq_status status = tick_time(self, live, events, ns, err);

    self->ticks++;
    self->screened += live->rows_screened;
    self->valued += live->rows_valued;
    return status;
}

/* One that is no part of what is measured, of the book with levels. */
static liq_status aside(const tick_bench *self, uint32_t events, liq_error *err)
{
    uint64_t ns;

    return tick_time(self, self->live, events, &ns, err);
}

static void row_take(tick_bench *self, bench_row row,
                     liq_status (*run)(void *context, uint64_t *ns, liq_error *err))
{
    char what[WHAT_BYTES];
    liq_error err;

    self->ticks = 0;
    self->screened = 0;
    self->valued = 0;
    bench_need(&self->bench, measure_take(&row.time, &self->bench.limits, run, self, &err), &err);
    if (row.bytes > 0)
        bench_row_read(&self->bench, &row);
    if (self->ticks > 0) {
        (void)snprintf(what, sizeof what, "%s: %.0f accounts screened, %.0f valued", row.what,
                       (double)self->screened / (double)self->ticks,
                       (double)self->valued / (double)self->ticks);
        row.what = what;
    }
    bench_row_write(&self->bench, &row);
}

static liq_status baseline_once(void *context, uint64_t *ns, liq_error *err)
{
    tick_bench *self = context;

    (void)ns;
    (void)err;
    baseline_scan(&self->baseline, self->bench.crew, self->said_by_baseline, NULL);
    return LIQ_OK;
}

static liq_status pass_once(void *context, uint64_t *ns, liq_error *err)
{
    tick_bench *self = context;

    (void)ns;
    return liq_screen_run(self->live->levels.screen, NULL, err);
}

/* Without a base nothing is known of anybody. */
static liq_status scratch_once(void *context, uint64_t *ns, liq_error *err)
{
    tick_bench *self = context;

    self->live->levels.has_base = false;
    return ticked(self, self->live,
                  marks_move(self, self->book->venue.instrument_count, QUIET_MILLIONTHS), ns, err);
}

static liq_status quiet_once(void *context, uint64_t *ns, liq_error *err)
{
    tick_bench *self = context;

    return ticked(self, self->live,
                  marks_move(self, self->book->venue.instrument_count, QUIET_MILLIONTHS), ns, err);
}

/* The most popular mark is the book's own, moved by so much. @return how many events */
static uint32_t first_mark(tick_bench *self, int64_t millionths)
{
    const liq_decimal *mark = &self->marks[0];
    const int64_t move = mark->digits / 1000000 * millionths;

    self->events[0] = (liq_live_event){
        .kind = LIQ_LIVE_MARK,
        .symbol = liq_names_get(self->book->venue.instrument_names, 0),
        .price = liq_decimal_format(self->texts[0], mark->digits + move, mark->decimals)};
    return 1;
}

/* It rises at once, and a tick later it is back: one way short accounts come to be liquidated, the
   other they no longer are. Either way is measured for itself. */
static liq_status jump_once(void *context, uint64_t *ns, liq_error *err)
{
    tick_bench *self = context;
    liq_status status = ticked(self, self->live, first_mark(self, JUMP_MILLIONTHS), ns, err);

    if (status == LIQ_OK)
        status = aside(self, first_mark(self, 0), err);
    return status;
}

static liq_status return_once(void *context, uint64_t *ns, liq_error *err)
{
    tick_bench *self = context;
    const liq_status status = aside(self, first_mark(self, JUMP_MILLIONTHS), err);

    return status == LIQ_OK ? ticked(self, self->live, first_mark(self, 0), ns, err) : status;
}

static liq_status read_jump_once(void *context, uint64_t *ns, liq_error *err)
{
    tick_bench *self = context;
    liq_status status = ticked(self, self->live, first_mark(self, JUMP_MILLIONTHS), ns, err);

    if (status != LIQ_OK)
        return status;
    flagged_read(self, ns);
    return aside(self, first_mark(self, 0), err);
}

/* All who are flagged, in order. @param ns  what that takes is added to it */
static void flagged_read(const tick_bench *self, uint64_t *ns)
{
    const uint64_t start_ns = liq_clock_ns();
    const uint32_t *rows;
    uint32_t count;
    liq_scan_row row;

    liq_live_flagged(self->live, &rows, &count);
    for (uint32_t i = 0; i < count; i++) {
        liq_live_row(self->live, rows[i], &row);
        bench_check(&self->bench, row.age_ticks == 0, "a flagged row is of an earlier tick");
    }
    *ns += liq_clock_ns() - start_ns;
}

static liq_status changes_once(void *context, uint64_t *ns, liq_error *err)
{
    tick_bench *self = context;

    for (uint32_t i = 0; i < CHANGES; i++)
        self->events[i] = (liq_live_event){
            .kind = LIQ_LIVE_BALANCE,
            .account = liq_names_get(self->book->account_names,
                                     (uint32_t)(draw(self) % self->book->account_count)),
            .symbol = liq_names_get(self->book->venue.asset_names, 0),
            .amount = liq_decimal_format(self->texts[i], (liq_int128)(draw(self) % 1000000000), 4)};
    return ticked(self, self->live, CHANGES, ns, err);
}

static liq_status exact_jump_once(void *context, uint64_t *ns, liq_error *err)
{
    tick_bench *self = context;
    const int64_t move = self->is_moved ? 0 : JUMP_MILLIONTHS;

    self->is_moved = !self->is_moved;
    return ticked(self, self->exact, first_mark(self, move), ns, err);
}

/* At the book's own marks both must list what the baseline says is to be liquidated: accounts whose
   balances were changed on one side only are given the other's. */
static void compare(tick_bench *self)
{
    const bench_state *bench = &self->bench;
    liq_live *fresh = live_make(self, NULL, 0);
    const uint32_t *rows;
    uint32_t count;
    uint64_t expected = 0;

    liq_live_flagged(fresh, &rows, &count);
    for (uint32_t i = 0; i < self->book->account_count; i++)
        expected += self->said_by_baseline[i].status >= LIQ_ROW_LIQUIDATE;
    bench_check(bench, count == expected && count > 0, "the baseline flags other accounts");
    for (uint32_t i = 0; i < count; i++) {
        liq_scan_row row;
        uint32_t account = 0;

        liq_live_row(fresh, rows[i], &row);
        bench_check(bench,
                    liq_names_find(self->book->account_names, liq_text_of(row.account), &account) &&
                        self->said_by_baseline[account].status == (uint32_t)row.status &&
                        self->said_by_baseline[account].equity == row.equity,
                    "the baseline says something else of a flagged account");
    }
    liq_live_destroy(fresh);
}

static void clear(tick_bench *self)
{
    liq_live_destroy(self->live);
    liq_live_destroy(self->exact);
    baseline_book_clear(&self->baseline);
    liq_book_destroy(self->book);
    free(self->said_by_baseline);
    free(self->marks);
    free(self->events);
    free(self->texts);
}
