/*
 * Accounts that are held are left alone, and taken up when they are not held any more.
 */
#include <criterion/criterion.h>
#include <stdio.h>

#include "scan/live_scan.h"
#include "settle/settle_filter.h"
#include "settle/settle_internal.h"
#include "support_follow.h"
#include "support_scene.h"

enum { BOOKS = 150, TICKS = 4 };

/* Holds accounts by their numbers. */
typedef struct holding {
    uint64_t accounts; /* a bit each */
    uint64_t adl;
} holding;

static bool holds(void *context, uint32_t account)
{
    return account < 64 && (((const holding *)context)->accounts >> account & 1) != 0;
}

static bool holds_adl(void *context, uint32_t account)
{
    return account < 64 && (((const holding *)context)->adl >> account & 1) != 0;
}

static bool id_is(const follower *at, const char *id, bool (*is_held)(void *, uint32_t),
                  holding *held)
{
    uint32_t account;

    return id != NULL && liq_live_book_find(&at->live->book, liq_text_of(id), &account) &&
           is_held(held, account);
}

/* A tick, and how many margin accounts it finds that are held. */
static uint64_t held_flagged(follower *at, holding *held)
{
    uint64_t flagged = 0;
    const uint32_t *rows;
    uint32_t count;

    cr_assert_eq(liq_live_tick(at->live, NULL, NULL), LIQ_OK);
    liq_live_flagged(at->live, &rows, &count);
    for (uint32_t i = 0; i < count; i++)
        flagged += holds(held, liq_live_key(at->live, rows[i]).account_index);
    return flagged;
}

/* Nothing of what was decided is about an account that is held. */
static void held_check(const follower *at, holding *held, uint64_t flagged, const char *what)
{
    for (uint64_t i = 0; i < liq_settle_action_count(at->settle); i++) {
        liq_settle_action action;

        liq_settle_action_read(at->settle, i, &action);
        if (action.kind == LIQ_SETTLE_ADL)
            cr_assert_not(id_is(at, action.account, holds_adl, held), "%s: %s", what,
                          action.account);
        else if (action.kind != LIQ_SETTLE_CANCEL_ORDERS || action.reason != LIQ_BECAUSE_ADL)
            cr_assert_not(id_is(at, action.account, holds, held), "%s: %s of %s", what,
                          liq_settle_kind_name(action.kind), action.account);
    }
    if (at->settle->waterfall.rules->cascade_rounds == 0)
        cr_assert_eq(at->summary.accounts_held, flagged, "%s", what);
    else
        cr_assert_geq(at->summary.accounts_held, flagged, "%s", what);
}

Test(settle_filter, leaves_alone_who_is_held_and_takes_him_up_when_he_is_not)
{
    liq_random random = liq_random_make(liq_random_seed() + 11);
    uint64_t held_rows = 0;
    uint64_t released = 0;

    for (int i = 0; i < 2 * BOOKS; i++) {
        static venture book;
        holding held = {.accounts = liq_random_next(&random) & liq_random_next(&random),
                        .adl = liq_random_next(&random)};
        const liq_settle_filter filter = {.context = &held, .holds = holds, .holds_adl = holds_adl};
        follow_stream stream;
        follower at;
        follower *const one[] = {&at};
        char what[320];

        follow_draw(&book, &random);
        follow_start(&stream, book.book, &random);
        follower_start(&at, book.book);
        liq_settle_filter_set(at.settle, &filter);
        (void)snprintf(what, sizeof what, "book %d: %s", i, venture_rules(&book));
        for (int tick = 0; tick < TICKS; tick++) {
            const uint64_t flagged = held_flagged(&at, &held);

            at.status =
                liq_settle_run_live(at.settle, stream.now_ms, stream.tick, &at.summary, &at.err);
            cr_assert_eq(at.status, LIQ_OK, "%s: %s", what, at.err.message);
            cr_assert(at.summary.conserved, "%s", what);
            held_check(&at, &held, flagged, what);
            held_rows += at.summary.accounts_held;
            follow_events(&stream, one, 1);
        }
        liq_settle_filter_set(at.settle, NULL);
        follow_run(&stream, one, 1);
        cr_assert_eq(at.summary.accounts_held, 0);
        released += at.summary.margin_accounts;
        follower_end(&at);
        follow_clear(&book);
    }
    cr_expect_gt(held_rows, BOOKS);
    cr_expect_gt(released, BOOKS / 2);
}

/* What happened on the exchange has happened, also to an account that is held. */
Test(settle_filter, takes_fills_of_who_is_held)
{
    liq_random random = liq_random_make(liq_random_seed() + 12);
    uint64_t fills = 0;

    for (int i = 0; i < BOOKS; i++) {
        static venture book;
        holding all = {.accounts = UINT64_MAX, .adl = UINT64_MAX};
        const liq_settle_filter filter = {.context = &all, .holds = holds, .holds_adl = holds_adl};
        follow_stream stream;
        follower at;
        follower *const one[] = {&at};

        follow_draw(&book, &random);
        book.book->venue.policy.liquidation.execution = LIQ_EXECUTION_EXTERNAL;
        follow_start(&stream, book.book, &random);
        follower_start(&at, book.book);
        follow_run(&stream, one, 1);
        follow_fills(&stream, one, 1);
        liq_settle_filter_set(at.settle, &filter);
        follow_run(&stream, one, 1);
        for (uint64_t j = 0; j < liq_settle_action_count(at.settle); j++) {
            liq_settle_action action;

            liq_settle_action_read(at.settle, j, &action);
            cr_assert(action.request != 0 || action.kind == LIQ_SETTLE_FUND_CREDIT ||
                          action.account == NULL,
                      "%s", liq_settle_kind_name(action.kind));
            fills += action.request != 0;
        }
        follower_end(&at);
        follow_clear(&book);
    }
    cr_expect_gt(fills, BOOKS / 2);
}

/* The mark follows what the first sells, so that the second, who is held, is found again. */
Test(settle_filter, counts_who_is_held_once_in_a_run)
{
    static venture self;
    holding held = {.accounts = 2};
    const liq_settle_filter filter = {.context = &held, .holds = holds, .holds_adl = holds_adl};
    liq_liquidation *rules = scene_start(&self, 2, "1", "100", "0.1", "0");
    follower at;

    rules->execution = LIQ_EXECUTION_DEPTH;
    rules->mark_follows_fills = true;
    rules->cascade_rounds = 3;
    for (int i = 0; i < 2; i++) {
        (void)liq_fixture_account(&self.fixture, i == 0 ? "first" : "second");
        liq_fixture_balance(&self.fixture, 0, "90");
        liq_fixture_position(&self.fixture, 0, "10", "100", NULL);
    }
    scene_level(&self, true, "10", "99");
    self.book = liq_fixture_finish(&self.fixture);
    self.book->depth = self.levels;
    follower_start(&at, self.book);
    cr_assert_eq(liq_live_tick(at.live, NULL, NULL), LIQ_OK);
    liq_settle_filter_set(at.settle, &filter);
    cr_assert_eq(liq_settle_run_live(at.settle, 1000, 1, &at.summary, NULL), LIQ_OK);
    cr_expect_eq(at.summary.rounds, 2);
    cr_expect_eq(at.summary.margin_accounts, 1);
    cr_expect_eq(at.summary.accounts_held, 1);
    follower_end(&at);
    self.book->depth = NULL;
    liq_fixture_clear(&self.fixture);
}
