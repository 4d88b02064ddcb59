/*
 * The queue of a live book is that of the book as it is, whatever a settler has seen before.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "settle/live_queue.h"
#include "settle/settle_internal.h"
#include "support_follow.h"

enum { BOOKS = 60, TICKS = 8, PLACES = 64 };

typedef struct listing {
    char lines[PLACES][400];
    uint64_t count; /* that stand there */
    uint32_t listed;
} listing;

static void place_take(void *context, const liq_live_place *place)
{
    listing *self = context;

    cr_assert_eq(place->rank, self->listed + 1);
    (void)snprintf(self->lines[self->listed++], sizeof self->lines[0], "%s %d %s %s",
                   place->account, place->is_isolated, place->quantity, place->score);
}

static listing list(liq_settle *settle, const char *instrument, bool is_short)
{
    listing out;
    liq_error err = {0};

    memset(&out, 0, sizeof out);
    cr_assert_eq(liq_live_queue_list(settle, instrument, is_short, PLACES, place_take, &out,
                                     &out.count, &err),
                 LIQ_OK, "%s", err.message);
    cr_assert_eq(out.listed, out.count < PLACES ? out.count : PLACES);
    return out;
}

/* What a settler lists that nobody has asked before. */
static void expect_fresh(const follower *at, const liq_book *book, const char *what)
{
    liq_settle *fresh = NULL;

    cr_assert_eq(liq_settle_create_live(&fresh, at->live, book, NULL), LIQ_OK);
    for (uint32_t i = 0; i < 2 * book->venue.instrument_count; i++) {
        const char *symbol = liq_names_get(book->venue.instrument_names, i / 2);
        const listing known = list(at->settle, symbol, i % 2);
        const listing now = list(fresh, symbol, i % 2);

        cr_assert_eq(known.count, now.count, "%s", what);
        for (uint32_t j = 0; j < now.listed; j++)
            cr_assert_str_eq(known.lines[j], now.lines[j], "%s: %s, place %u", what, symbol, j + 1);
    }
    liq_settle_destroy(fresh);
}

/* Those that a loaded book ranks come first, in the same order. */
static void expect_loaded(const follower *at, const venture *book, const char *what)
{
    const liq_venue *venue = &book->book->venue;

    for (uint32_t i = 0; i < 2 * venue->instrument_count; i++) {
        const char *symbol = liq_names_get(venue->instrument_names, i / 2);
        const listing known = list(at->settle, symbol, i % 2);
        liq_adl_queue *queue = NULL;

        cr_assert_eq(liq_adl_queue_create(&queue, book->book, symbol, i % 2, NULL, NULL), LIQ_OK);
        cr_assert_geq(known.count, liq_adl_queue_ranked(queue), "%s", what);
        for (uint64_t j = 0; j < liq_adl_queue_ranked(queue); j++) {
            char line[400];
            liq_adl_row row;

            liq_adl_queue_row(queue, j, &row);
            (void)snprintf(line, sizeof line, "%s %d %s %s", row.account, row.is_isolated,
                           row.quantity, row.score);
            cr_assert_str_eq(known.lines[j], line, "%s: %s", what, symbol);
        }
        liq_adl_queue_destroy(queue);
    }
}

Test(live_queue, lists_the_book_as_it_is)
{
    liq_random random = liq_random_make(liq_random_seed() + 16);

    for (int i = 0; i < BOOKS; i++) {
        static venture book;
        follow_stream stream;
        follower at;
        follower *const one[] = {&at};
        char what[320];

        follow_draw(&book, &random);
        follow_start(&stream, book.book, &random);
        follower_start(&at, book.book);
        at.settle->live_source.wide_least = i % 2 == 0 ? 1 : UINT32_MAX;
        (void)snprintf(what, sizeof what, "book %d: %s", i, venture_rules(&book));
        expect_loaded(&at, &book, what);
        for (int tick = 0; tick < TICKS; tick++) {
            follow_events(&stream, one, 1);
            cr_assert_eq(liq_live_tick(at.live, NULL, NULL), LIQ_OK);
            expect_fresh(&at, book.book, what);
            follow_run(&stream, one, 1);
            cr_assert_eq(at.status, LIQ_OK, "%s: %s", what, at.err.message);
            expect_fresh(&at, book.book, what);
        }
        follower_end(&at);
        follow_clear(&book);
    }
}

/* Scores of an account of many positions are kept while it is the same, and no longer. */
Test(live_queue, forgets_what_an_account_of_many_positions_was_worth)
{
    static liq_fixture fixture;
    const liq_live_event changes[] = {
        {.kind = LIQ_LIVE_POSITION, .account = "wide", .symbol = "X03USD", .amount = "0"},
        {.kind = LIQ_LIVE_MARK, .symbol = "X20USD", .price = "150"}};
    const liq_book *book;
    follower at;

    liq_fixture_start(&fixture, 2);
    fixture.book.venue.policy.liquidation =
        (liq_liquidation){.is_known = true, .fillable_adjustment = LIQ_RATE_NANO};
    (void)liq_fixture_asset(&fixture, "USD", 2, 6, NULL);
    for (uint32_t i = 0; i < 40; i++) {
        char symbol[16];

        (void)snprintf(symbol, sizeof symbol, "X%02uUSD", i);
        (void)liq_fixture_instrument(&fixture,
                                     (liq_fixture_contract){.symbol = symbol,
                                                            .kind = LIQ_INSTRUMENT_LINEAR,
                                                            .multiplier = "1",
                                                            .lot = "1",
                                                            .tick = "0.01",
                                                            .mark = "110",
                                                            .tier_form = LIQ_TIER_DEDUCTION});
        liq_fixture_tier(&fixture, "0", "0.01", "0.02");
    }
    (void)liq_fixture_account(&fixture, "wide");
    liq_fixture_balance(&fixture, 0, "100000");
    for (uint32_t i = 0; i < 40; i++)
        liq_fixture_position(&fixture, i, "10", i % 2 == 0 ? "100" : "90", NULL);
    book = liq_fixture_finish(&fixture);
    follower_start(&at, book);
    cr_assert_eq(liq_live_tick(at.live, NULL, NULL), LIQ_OK);
    expect_fresh(&at, book, "as it was");
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(liq_live_apply(at.live, &changes[i], 1, NULL), LIQ_OK);
        expect_fresh(&at, book, i == 0 ? "one position less" : "another mark");
    }
    follower_end(&at);
    liq_fixture_clear(&fixture);
}

Test(live_queue, knows_no_other_instrument)
{
    liq_random random = liq_random_make(liq_random_seed() + 17);
    static venture book;
    listing out = {0};
    follower at;

    follow_draw(&book, &random);
    follower_start(&at, book.book);
    cr_expect_eq(
        liq_live_queue_list(at.settle, "none", false, PLACES, place_take, &out, &out.count, NULL),
        LIQ_NOT_FOUND);
    follower_end(&at);
    follow_clear(&book);
}
