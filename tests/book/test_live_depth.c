/*
 * Depth of a live book against a naive one: a list of levels, searched from end to end.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "book/live_columns.h"
#include "book/live_hash.h"

#define SMALL LIQ_SOURCE_DIR "/tests/books/small"

enum { LEVELS = 512, BATCHES = 4000, BATCH = 24, PRICES = 60 };

typedef struct naive_depth {
    liq_depth_level levels[LEVELS];
    uint32_t count;
    liq_decimal marks[2];
    liq_decimal seen_at[2];
} naive_depth;

static liq_book *loaded;
static liq_live_book live;
static uint64_t state = 0x9e3779b97f4a7c15u;

static uint32_t draw(uint32_t bound)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 33) % bound;
}

static void start(void)
{
    const liq_live_limits limits = {.events_max = LIQ_LIVE_LEVELS_MAX + 2};

    cr_assert_eq(liq_book_load(&loaded, SMALL, NULL, NULL), LIQ_OK);
    cr_assert_eq(liq_live_book_create(&live, loaded, &limits, NULL), LIQ_OK);
}

static void stop(void)
{
    liq_live_book_clear(&live);
    liq_book_destroy(loaded);
}

/* Bids before asks of the two instruments, best first. */
static int compare_levels(const void *left, const void *right)
{
    const liq_depth_level *a = left;
    const liq_depth_level *b = right;
    const int order = liq_decimal_compare(a->price, b->price);

    if (a->instrument_index != b->instrument_index)
        return a->instrument_index < b->instrument_index ? -1 : 1;
    if (a->is_bid != b->is_bid)
        return a->is_bid ? -1 : 1;
    return a->is_bid ? -order : order;
}

static void naive_apply(naive_depth *naive, const liq_live_event *event, uint32_t instrument,
                        const liq_depth_level *level)
{
    if (event->kind == LIQ_LIVE_MARK) {
        naive->marks[instrument] = level->price;
        return;
    }
    for (uint32_t i = naive->count; i-- > 0;)
        if (naive->levels[i].instrument_index == instrument &&
            (event->kind == LIQ_LIVE_DEPTH_CLEAR ||
             (naive->levels[i].is_bid == level->is_bid &&
              liq_decimal_compare(naive->levels[i].price, level->price) == 0)))
            naive->levels[i] = naive->levels[--naive->count];
    if (event->kind == LIQ_LIVE_DEPTH_LEVEL && level->quantity_lots > 0)
        naive->levels[naive->count++] = *level;
    naive->seen_at[instrument] = naive->marks[instrument];
}

static void expect_same(naive_depth *naive, uint32_t batch)
{
    liq_book columns = {0};
    uint64_t hash[2];

    qsort(naive->levels, naive->count, sizeof naive->levels[0], compare_levels);
    cr_assert_eq(liq_live_columns_write(&columns, &live, NULL), LIQ_OK);
    cr_assert_eq(columns.depth_count, naive->count, "batch %u: %lu, %u levels", batch,
                 columns.depth_count, naive->count);
    for (uint32_t i = 0; i < naive->count; i++)
        cr_assert(compare_levels(&columns.depth[i], &naive->levels[i]) == 0 &&
                      columns.depth[i].quantity_lots == naive->levels[i].quantity_lots,
                  "batch %u: level %u", batch, i);
    for (uint32_t i = 0; i < 2; i++)
        cr_assert_eq(liq_decimal_compare(columns.depth_marks[i], naive->seen_at[i]), 0);
    liq_live_hash_all(hash, &live);
    cr_assert_arr_eq(hash, live.hash, sizeof hash);
    liq_live_columns_clear(&columns);
}

/* A batch, one in four of them with an event at its end that must be refused. */
static void batch_play(naive_depth *naive)
{
    static const liq_live_event wrong = {.kind = LIQ_LIVE_DEPTH_CLEAR, .symbol = "X"};
    static naive_depth before;
    const bool refused = draw(4) == 0;
    const uint32_t count = draw(BATCH);
    liq_live_event events[BATCH];
    char prices[BATCH][16];
    char amounts[BATCH][16];
    liq_error err = {0};

    before = *naive;
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t instrument = draw(2);
        const uint32_t kind = draw(20);
        const uint32_t price = 1 + draw(PRICES);
        const uint32_t lots = draw(3) == 0 ? 0 : draw(5);
        const liq_depth_level level = {.quantity_lots = lots,
                                       .price = {price, 0},
                                       .instrument_index = instrument,
                                       .is_bid = draw(2) == 0};

        (void)snprintf(prices[i], sizeof prices[i], "%u", price);
        (void)snprintf(amounts[i], sizeof amounts[i], "0.00%u", lots);
        events[i] =
            (liq_live_event){.kind = kind == 0   ? LIQ_LIVE_DEPTH_CLEAR
                                     : kind == 1 ? LIQ_LIVE_MARK
                                                 : LIQ_LIVE_DEPTH_LEVEL,
                             .symbol = liq_names_get(loaded->venue.instrument_names, instrument),
                             .price = prices[i],
                             .amount = amounts[i],
                             .is_short = !level.is_bid};
        naive_apply(naive, &events[i], instrument, &level);
    }
    if (refused) {
        events[count] = wrong;
        cr_assert_eq(liq_live_book_apply(&live, events, count + 1, &err), LIQ_NOT_FOUND);
        *naive = before;
    } else {
        cr_assert_eq(liq_live_book_apply(&live, events, count, &err), LIQ_OK, "%s", err.message);
    }
}

Test(live_depth, is_that_of_a_list, .init = start, .fini = stop)
{
    static naive_depth naive;

    cr_assert_eq(loaded->venue.instrument_count, 2);
    for (uint32_t i = 0; i < 2; i++)
        naive.marks[i] = naive.seen_at[i] = loaded->instrument_marks[i];
    for (uint32_t i = 0; i < BATCHES; i++) {
        batch_play(&naive);
        expect_same(&naive, i);
    }
    cr_expect_gt(naive.count, 0);
}

/* Levels that come in any order, up to the limit and not past it; a limit is of a side. */
Test(live_depth, holds_so_many_levels_of_a_side, .init = start, .fini = stop)
{
    liq_live_event *events = calloc(LIQ_LIVE_LEVELS_MAX + 2, sizeof *events);
    char(*prices)[16] = calloc(LIQ_LIVE_LEVELS_MAX + 2, sizeof *prices);
    liq_error err = {0};

    cr_assert(events != NULL && prices != NULL);
    for (uint32_t i = 0; i <= LIQ_LIVE_LEVELS_MAX; i++) {
        (void)snprintf(prices[i], sizeof prices[i], "%u", 1 + i * 7919 % (LIQ_LIVE_LEVELS_MAX + 1));
        events[i] = (liq_live_event){.kind = LIQ_LIVE_DEPTH_LEVEL,
                                     .symbol = "ETHUSDT",
                                     .price = prices[i],
                                     .amount = "1",
                                     .is_short = 1};
    }
    cr_expect_eq(liq_live_book_apply(&live, events, LIQ_LIVE_LEVELS_MAX + 1, &err),
                 LIQ_OUT_OF_RANGE);
    cr_expect_str_eq(err.message, "event 16384: there are 16384 levels of asks already, the limit");
    cr_expect_eq(live.depth[3].end, 0);
    cr_expect_eq(liq_live_book_apply(&live, events, LIQ_LIVE_LEVELS_MAX, &err), LIQ_OK, "%s",
                 err.message);
    cr_expect_eq(live.depth[3].end, LIQ_LIVE_LEVELS_MAX);
    for (uint32_t i = 1; i < live.depth[3].end; i++)
        cr_assert(liq_decimal_compare(live.depth[3].levels[i - 1].price,
                                      live.depth[3].levels[i].price) < 0);
    /* Another amount needs no room, and neither does the other side. */
    events[0].amount = "2";
    events[1].is_short = 0;
    cr_expect_eq(liq_live_book_apply(&live, events, 2, &err), LIQ_OK, "%s", err.message);
    free(events);
    free(prices);
}
