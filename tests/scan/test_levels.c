#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"
#include "scan/live_scan.h"
#include "support_book.h"
#include "support_generated.h"
#include "support_opened.h"
#include "support_seeded.h"
#include "share.h"

enum { BOOKS = 12 / LIQ_TEST_SHARE, TICKS = 400, EVENTS_MAX = 96, ALL_EVERY = 40 };

/* The same book twice: with levels, and with every row that something moved for valued. */
typedef struct pair {
    liq_book *book;
    liq_live *levels;
    liq_live *exact;
    liq_decimal *marks;  /* by instrument */
    liq_decimal *origin; /* marks that a path comes back to */
    liq_random random;
    uint64_t seed;
} pair;

/* Events and their texts. */
typedef struct batch {
    liq_live_event events[EVENTS_MAX];
    char amounts[EVENTS_MAX][LIQ_DECIMAL_BYTES];
    char prices[EVENTS_MAX][LIQ_DECIMAL_BYTES];
    uint32_t count;
} batch;

/* What the levels did, so that a test in which they did nothing fails. */
typedef struct level_tally {
    uint64_t rows;
    uint64_t valued;
    uint64_t screened;
    uint64_t near_ticks;
    uint64_t lines; /* blocks of them */ /* that screened some rows, not all */
    uint64_t flagged;
} level_tally;

static void pair_make(pair *out, uint32_t number, const char *device)
{
    const liq_live_options levels = {
        .limits.events_max = EVENTS_MAX, .device = device, .skip_self_test = 1};
    const liq_live_options exact = {.limits.events_max = EVENTS_MAX, .exact_all = 1};
    liq_generate_options options;
    liq_error err = {0};
    uint32_t count;

    *out = (pair){.seed = liq_random_seed() + number};
    out->random = liq_random_make(out->seed);
    liq_generated_options(&options, number, out->seed);
    out->book = liq_generated_book(&options);
    count = out->book->venue.instrument_count;
    out->marks = calloc(count, sizeof *out->marks);
    cr_assert_not_null(out->marks);
    memcpy(out->marks, out->book->instrument_marks, count * sizeof *out->marks);
    out->origin = calloc(count, sizeof *out->origin);
    cr_assert_not_null(out->origin);
    memcpy(out->origin, out->marks, count * sizeof *out->origin);
    cr_assert_eq(liq_live_create(&out->levels, out->book, &levels, &err), LIQ_OK, "%s",
                 err.message);
    cr_assert_eq(liq_live_create(&out->exact, out->book, &exact, &err), LIQ_OK, "%s", err.message);
    cr_assert_not_null(out->levels->levels.screen);
    cr_assert_null(out->exact->levels.screen);
}

static void pair_clear(pair *self)
{
    liq_live_destroy(self->levels);
    liq_live_destroy(self->exact);
    liq_book_destroy(self->book);
    free(self->marks);
    free(self->origin);
}

static liq_live_event *event_add(batch *to, liq_live_event event)
{
    to->events[to->count] = event;
    to->events[to->count].amount = to->amounts[to->count];
    to->events[to->count].price = to->prices[to->count];
    return &to->events[to->count++];
}

/* A mark moves by up to so many millionths. */
static void mark_move(pair *self, batch *to, uint32_t instrument, int64_t millionths)
{
    const liq_venue *venue = &self->book->venue;
    liq_decimal *mark = &self->marks[instrument];

    while (mark->digits < 100000000 && mark->decimals < 9) {
        mark->digits *= 10;
        mark->decimals += 1;
    }
    mark->digits += (int64_t)((double)mark->digits * 1e-6 *
                              (double)liq_random_between(&self->random, -millionths, millionths));
    (void)liq_decimal_format(to->prices[to->count], mark->digits, mark->decimals);
    (void)event_add(to,
                    (liq_live_event){.kind = LIQ_LIVE_MARK,
                                     .symbol = liq_names_get(venue->instrument_names, instrument)});
}

/* A position of the book's becomes larger or smaller, or ends, or a new one takes its place. */
static void position_change(pair *self, batch *to)
{
    const liq_venue *venue = &self->book->venue;
    const liq_position *held =
        &self->book->positions[liq_random_below(&self->random, self->book->position_count)];
    const uint32_t instrument =
        liq_random_once_in(&self->random, 4)
            ? (uint32_t)liq_random_below(&self->random, venue->instrument_count)
            : held->instrument_index;
    const int64_t size = held->quantity_lots < 0 ? -held->quantity_lots : held->quantity_lots;
    liq_int128 contracts;

    if (held->isolated)
        return;
    cr_assert(liq_decimal_product(
        &contracts, (liq_decimal){.digits = 1 + liq_random_between(&self->random, 0, 2 * size)},
        venue->instruments[instrument].lot, venue->instruments[instrument].lot.decimals,
        LIQ_ROUND_FLOOR));
    (void)liq_decimal_format(to->amounts[to->count], contracts,
                             venue->instruments[instrument].lot.decimals);
    (void)liq_decimal_format(to->prices[to->count], self->marks[instrument].digits,
                             self->marks[instrument].decimals);
    (void)event_add(
        to,
        (liq_live_event){.kind = LIQ_LIVE_POSITION,
                         .account = liq_names_get(self->book->account_names, held->account_index),
                         .symbol = liq_names_get(venue->instrument_names, instrument),
                         .is_short = held->quantity_lots < 0});
}

/* Of one instrument, or back to what its table says. */
static void factors_change(pair *self, batch *to)
{
    const liq_venue *venue = &self->book->venue;
    const uint32_t instrument = (uint32_t)liq_random_below(&self->random, venue->instrument_count);
    const bool back = liq_random_once_in(&self->random, 3);
    liq_live_event *event = event_add(
        to, (liq_live_event){.kind = LIQ_LIVE_MARGIN_FACTORS,
                             .symbol = liq_names_get(venue->instrument_names, instrument)});

    event->maintenance_factor_ppm =
        back ? 1000000 : (uint32_t)liq_random_between(&self->random, 800000, 2500000);
    event->initial_factor_ppm = event->maintenance_factor_ppm + 1;
}

static void balance_change(pair *self, batch *to)
{
    const uint32_t account = (uint32_t)liq_random_below(&self->random, self->book->account_count);

    (void)liq_decimal_format(to->amounts[to->count],
                             liq_random_of_any_size(&self->random, 1000000000000), 6);
    (void)event_add(to,
                    (liq_live_event){.kind = LIQ_LIVE_BALANCE,
                                     .account = liq_names_get(self->book->account_names, account),
                                     .symbol = liq_names_get(self->book->venue.asset_names, 0)});
}

/* Quiet ticks of all marks, jumps of one, crashes, and changes of accounts. */
static void tick_draw(pair *self, batch *out)
{
    const uint32_t instruments = self->book->venue.instrument_count;
    const uint64_t kind = liq_random_below(&self->random, 10);

    out->count = 0;
    /* Back to where the base may be: what is told since then must not be forgotten. */
    if (kind == 2 || kind == 3)
        memcpy(self->marks, self->origin, instruments * sizeof *self->marks);
    else if (liq_random_once_in(&self->random, 12))
        memcpy(self->origin, self->marks, instruments * sizeof *self->marks);
    for (uint32_t i = 0; kind < 6 && i < instruments; i++)
        mark_move(self, out, i, kind == 0 ? 30000 : kind == 2 ? 1 : 100);
    if (kind == 6 || kind == 7)
        mark_move(self, out, (uint32_t)liq_random_below(&self->random, instruments), 10000);
    if (kind == 8)
        mark_move(self, out, 0, 200000);
    if (liq_random_once_in(&self->random, 8))
        factors_change(self, out);
    while (kind >= 4 && out->count < EVENTS_MAX && !liq_random_once_in(&self->random, 4)) {
        if (liq_random_once_in(&self->random, 2))
            position_change(self, out);
        else
            balance_change(self, out);
    }
}

/* Of rows that are listed every byte, in order. */
static void lists_compare(liq_live *a, liq_live *b)
{
    const uint32_t *listed_a;
    const uint32_t *listed_b;
    uint32_t count_a;
    uint32_t count_b;

    liq_live_flagged(a, &listed_a, &count_a);
    liq_live_flagged(b, &listed_b, &count_b);
    cr_assert_eq(count_a, count_b);
    cr_assert_arr_eq(listed_a, listed_b, count_a * sizeof *listed_a);
    for (uint32_t i = 0; i < count_a; i++)
        cr_assert_arr_eq(&a->results[listed_a[i]], &b->results[listed_a[i]], sizeof a->results[0]);
    liq_live_unvalued(a, &listed_a, &count_a);
    liq_live_unvalued(b, &listed_b, &count_b);
    cr_assert_eq(count_a, count_b);
    cr_assert_arr_eq(listed_a, listed_b, count_a * sizeof *listed_a);
}

/* What accounts were told, now and by all ticks before. */
static void told_compare(const liq_live *a, const liq_live *b, uint64_t seed)
{
    const uint32_t *rows;
    uint64_t hash_a[2];
    uint64_t hash_b[2];
    uint32_t count_a;
    uint32_t count_b;

    liq_live_state_hash(a, hash_a);
    liq_live_state_hash(b, hash_b);
    cr_assert_arr_eq(hash_a, hash_b, sizeof hash_a, "seed %lu, tick %u", seed, a->tick);
    liq_live_warned(a, &rows, &count_a);
    liq_live_warned(b, &rows, &count_b);
    cr_assert_eq(count_a, count_b, "seed %lu, tick %u", seed, a->tick);
    liq_live_spent(a, &rows, &count_a);
    liq_live_spent(b, &rows, &count_b);
    cr_assert_eq(count_a, count_b, "seed %lu, tick %u", seed, a->tick);
}

/* Every status; and of the rows that are listed, and after a tick that valued all of all, every
 * byte. Lists that nobody reads for some ticks are as those that are read at each. */
static void expect_equal(const pair *self, const liq_live_summary *levels,
                         const liq_live_summary *exact, bool all)
{
    liq_live *a = self->levels;
    liq_live *b = self->exact;
    const uint32_t *rows;
    uint32_t count;

    cr_assert_arr_eq(levels->by_status, exact->by_status, sizeof levels->by_status);
    for (uint32_t i = 0; i < a->book.account_capacity; i++) {
        cr_assert_eq(a->has_rows[i], b->has_rows[i]);
        for (uint32_t row = i; a->has_rows[i] && row != LIQ_NO_INDEX; row = a->row_next[row]) {
            cr_assert_eq(a->results[row].status, b->results[row].status,
                         "seed %lu, tick %u: row %u is %u, told was %u", self->seed, a->tick, row,
                         b->results[row].status, a->results[row].status);
            if (all)
                cr_assert_arr_eq(&a->results[row], &b->results[row], sizeof a->results[row]);
        }
    }
    told_compare(a, b, self->seed);
    liq_live_flagged(b, &rows, &count);
    cr_assert_eq(count, levels->flagged);
    if (all || a->tick % 3 == 0)
        lists_compare(a, b);
    if (all) {
        cr_assert_eq(levels->totals_age_ticks, 0);
        cr_assert_str_eq(levels->equity_total, exact->equity_total);
        cr_assert_str_eq(levels->maintenance_total, exact->maintenance_total);
    }
}

/* The book with levels catches up in between, now and then, with some or all of what changed. */
static void events_apply(pair *self, const batch *events)
{
    const uint32_t half = events->count / 2;
    liq_error err = {0};

    cr_assert_eq(liq_live_apply(self->exact, events->events, events->count, &err), LIQ_OK, "%s",
                 err.message);
    cr_assert_eq(liq_live_apply(self->levels, events->events, half, &err), LIQ_OK);
    if (liq_random_once_in(&self->random, 2))
        (void)liq_live_catch_up(self->levels, (uint32_t)liq_random_below(&self->random, 8));
    cr_assert_eq(liq_live_apply(self->levels, events->events + half, events->count - half, &err),
                 LIQ_OK);
    if (liq_random_once_in(&self->random, 2))
        cr_assert_eq(liq_live_catch_up(self->levels, UINT32_MAX), 0);
}

static void pair_play(uint32_t number, const char *device, uint32_t ticks, level_tally *tally)
{
    static batch events;
    liq_live_summary levels;
    liq_live_summary exact;
    liq_error err = {0};
    pair self;

    pair_make(&self, number, device);
    for (uint32_t tick = 0; tick < ticks; tick++) {
        const bool all = tick % ALL_EVERY == ALL_EVERY - 1;

        tick_draw(&self, &events);
        events_apply(&self, &events);
        if (all)
            liq_live_value_all(self.levels);
        cr_assert_eq(liq_live_tick(self.levels, &levels, &err), LIQ_OK, "%s", err.message);
        cr_assert_eq(liq_live_tick(self.exact, &exact, &err), LIQ_OK);
        expect_equal(&self, &levels, &exact, all);
        tally->rows += exact.rows_valued;
        tally->valued += all ? 0 : levels.rows_valued;
        tally->screened += levels.rows_screened;
        tally->near_ticks += levels.rows_screened > 0 && levels.rows_screened < levels.rows;
        tally->flagged += levels.flagged;
        tally->lines += self.levels->levels.lines.block_count;
    }
    pair_clear(&self);
}

Test(levels, tell_the_status_of_every_row_and_value_what_is_listed)
{
    level_tally tally = {0};

    for (uint32_t i = 0; i < BOOKS; i++)
        pair_play(i, NULL, TICKS, &tally);
    cr_expect_gt(tally.near_ticks, BOOKS * TICKS / 4, "%lu", tally.near_ticks);
    cr_expect_lt(tally.valued, tally.rows / 2, "%lu of %lu", tally.valued, tally.rows);
    cr_expect_gt(tally.flagged, BOOKS * TICKS);
    cr_expect_gt(tally.lines, BOOKS * TICKS / 2, "%lu", tally.lines);
}

Test(levels, tell_the_same_with_a_device)
{
    level_tally tally = {0};

    liq_device_close(liq_opened_device());
    for (uint32_t i = 0; i < 3; i++)
        pair_play(i + 1, "", TICKS / 4, &tally);
    cr_expect_gt(tally.near_ticks, 0);
    cr_expect_gt(tally.lines, 0);
}

/* A long of 10 at 100 with 50 of cash and a maintenance rate of 1%; NULL: no mark. */
static void long_start(liq_fixture *fixture, const char *mark)
{
    liq_fixture_start_xusd(fixture, "1", mark, LIQ_TIER_DEDUCTION);
    liq_fixture_tier(fixture, "0", "0.01", "0.02");
    (void)liq_fixture_account(fixture, "a");
    liq_fixture_balance(fixture, 0, "50");
    liq_fixture_position(fixture, 0, "10", "100", NULL);
}

/*
 * MM / EQ of that long is 9.63 / 13 at 96.3, 9.615 / 11.5 at 96.15, 9.61 / 11 at 96.1 and 9.55 / 5
 * at 95.5. The price goes from the base and back, twice.
 * @param all  every row is valued while it is away
 */
static void see_back(const char *base, liq_margin_status_code base_status, const char *away,
                     liq_margin_status_code away_status, bool all)
{
    const char *const prices[] = {away, base, away, base};
    liq_fixture fixture;
    liq_live *live = NULL;
    liq_live_summary summary;

    long_start(&fixture, base);
    cr_assert_eq(liq_live_create(&live, liq_fixture_finish(&fixture), NULL, NULL), LIQ_OK);
    cr_assert_eq(liq_live_tick(live, &summary, NULL), LIQ_OK);
    cr_assert_eq(summary.by_status[base_status], 1);
    for (size_t i = 0; i < sizeof prices / sizeof *prices; i++) {
        const liq_live_event event = {.kind = LIQ_LIVE_MARK, .symbol = "XUSD", .price = prices[i]};

        cr_assert_eq(liq_live_apply(live, &event, 1, NULL), LIQ_OK);
        if (all && i % 2 == 0)
            liq_live_value_all(live);
        cr_assert_eq(liq_live_tick(live, &summary, NULL), LIQ_OK);
        cr_expect_eq(summary.by_status[i % 2 == 0 ? away_status : base_status], 1, "at %s",
                     prices[i]);
    }
    liq_live_destroy(live);
    liq_fixture_clear(&fixture);
}

Test(levels, see_a_price_that_goes_back_to_the_base)
{
    see_back("96.1", LIQ_MARGIN_WARNING, "95.5", LIQ_MARGIN_LIQUIDATE, false);
    see_back("96.1", LIQ_MARGIN_WARNING, "95.5", LIQ_MARGIN_LIQUIDATE, true);
    see_back("96.3", LIQ_MARGIN_OK, "96.15", LIQ_MARGIN_WARNING, false);
    see_back("96.3", LIQ_MARGIN_OK, "96.15", LIQ_MARGIN_WARNING, true);
}

/* Without a mark an account has no value; once there is one it has, though the screen alone could
   tell that it is ok. */
Test(levels, value_who_had_no_value_before)
{
    const liq_live_event event = {.kind = LIQ_LIVE_MARK, .symbol = "XUSD", .price = "110"};
    liq_fixture fixture;
    liq_live *live = NULL;
    liq_live_summary summary;
    liq_scan_row row;

    long_start(&fixture, NULL);
    cr_assert_eq(liq_live_create(&live, liq_fixture_finish(&fixture), NULL, NULL), LIQ_OK);
    cr_assert_eq(liq_live_tick(live, &summary, NULL), LIQ_OK);
    cr_assert_eq(summary.by_status[LIQ_MARGIN_UNVALUED], 1);
    cr_assert_eq(liq_live_apply(live, &event, 1, NULL), LIQ_OK);
    cr_assert_eq(liq_live_tick(live, &summary, NULL), LIQ_OK);
    cr_expect_eq(summary.by_status[LIQ_MARGIN_OK], 1);
    cr_expect_str_eq(summary.equity_total, "150");
    cr_assert_eq(liq_live_find(live, "a", NULL, 0, &row, NULL), LIQ_OK);
    cr_expect_eq(row.equity, 15000);
    cr_expect_eq(row.age_ticks, 0);
    liq_live_destroy(live);
    liq_fixture_clear(&fixture);
}

/* What had no price at the base has no distance from it either: its first price makes a new one. */
Test(levels, see_a_price_that_came_late_fall)
{
    static const char *const prices[] = {"110", "109.9", "96"};
    liq_fixture fixture;
    liq_live *live = NULL;
    liq_live_summary summary;

    long_start(&fixture, NULL);
    cr_assert_eq(liq_live_create(&live, liq_fixture_finish(&fixture), NULL, NULL), LIQ_OK);
    cr_assert_eq(liq_live_tick(live, &summary, NULL), LIQ_OK);
    for (size_t i = 0; i < sizeof prices / sizeof *prices; i++) {
        const liq_live_event event = {.kind = LIQ_LIVE_MARK, .symbol = "XUSD", .price = prices[i]};

        cr_expect_eq(summary.by_status[i == 0 ? LIQ_MARGIN_UNVALUED : LIQ_MARGIN_OK], 1);
        cr_assert_eq(liq_live_apply(live, &event, 1, NULL), LIQ_OK);
        cr_assert_eq(liq_live_tick(live, &summary, NULL), LIQ_OK);
    }
    /* 10 are left of 50, and 9.60 are needed. */
    cr_expect_eq(summary.by_status[LIQ_MARGIN_WARNING], 1);
    liq_live_destroy(live);
    liq_fixture_clear(&fixture);
}
