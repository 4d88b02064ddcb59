/*
 * What settling says does not depend on where accounts lie: not on when they came to a live book,
 * and not on whether it was saved and loaded in between.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include <liqscan/live.h>
#include <liqscan/settle.h>

#include "book/live_columns.h"
#include "scan/support_live_equal.h"
#include "scan/support_retell.h"
#include "support_scene.h"

enum { BOOKS = 400, TICKS = 4 };

typedef struct side_by_side {
    liq_live *live;
    liq_settle *settle;
} side_by_side;

static void start(side_by_side *out, const liq_book *book)
{
    const liq_live_options options = {
        .limits = {.accounts_max = 64, .entries_max = 1024, .events_max = 16}};
    liq_error err = {0};

    cr_assert_eq(liq_live_create(&out->live, book, &options, &err), LIQ_OK, "%s", err.message);
    cr_assert_eq(liq_settle_create_live(&out->settle, out->live, book, &err), LIQ_OK, "%s",
                 err.message);
}

static void stop(side_by_side *one)
{
    liq_settle_destroy(one->settle);
    liq_live_destroy(one->live);
}

static void text_compare(const char *left, const char *right, const char *what)
{
    cr_assert_eq(left == NULL, right == NULL, "%s", what);
    if (left != NULL)
        cr_assert_str_eq(left, right, "%s", what);
}

static void actions_compare(const liq_settle *left, const liq_settle *right, const char *what)
{
    cr_assert_eq(liq_settle_action_count(left), liq_settle_action_count(right), "%s: %llu, %llu",
                 what, (unsigned long long)liq_settle_action_count(left),
                 (unsigned long long)liq_settle_action_count(right));
    for (uint64_t i = 0; i < liq_settle_action_count(left); i++) {
        liq_settle_action a;
        liq_settle_action b;

        liq_settle_action_read(left, i, &a);
        liq_settle_action_read(right, i, &b);
        text_compare(a.account, b.account, what);
        text_compare(a.against, b.against, what);
        text_compare(a.instrument, b.instrument, what);
        text_compare(a.fund, b.fund, what);
        text_compare(a.quantity, b.quantity, what);
        text_compare(a.price, b.price, what);
        text_compare(a.cash, b.cash, what);
        cr_assert(a.seq == b.seq && a.kind == b.kind && a.reason == b.reason && a.side == b.side &&
                      a.rank == b.rank && a.is_isolated == b.is_isolated,
                  "%s: action %llu", what, (unsigned long long)i);
    }
}

static void mark_move(side_by_side *one, const char *symbol, const char *price)
{
    const liq_live_event event = {.kind = LIQ_LIVE_MARK, .symbol = symbol, .price = price};

    cr_assert_eq(liq_live_apply(one->live, &event, 1, NULL), LIQ_OK);
}

static void both_move(side_by_side *left, side_by_side *right, const liq_book *book,
                      liq_random *random)
{
    for (uint32_t i = 0; i < book->venue.instrument_count; i++) {
        const liq_decimal mark = book->instrument_marks[i];
        char price[LIQ_DECIMAL_BYTES];

        if (!liq_random_once_in(random, 2) || mark.digits < 100)
            continue;
        (void)liq_decimal_format(
            price, (liq_int128)mark.digits * liq_random_between(random, 80, 120) / 100,
            mark.decimals);
        mark_move(left, liq_names_get(book->venue.instrument_names, i), price);
        mark_move(right, liq_names_get(book->venue.instrument_names, i), price);
    }
}

/* @return actions */
static uint64_t both_settle(side_by_side *left, side_by_side *right, uint64_t tick,
                            const char *what)
{
    liq_settle_summary one;
    liq_settle_summary two;
    liq_error err = {0};

    cr_assert_eq(liq_live_tick(left->live, NULL, &err), LIQ_OK);
    cr_assert_eq(liq_live_tick(right->live, NULL, &err), LIQ_OK);
    cr_assert_eq(liq_settle_run_live(left->settle, (int64_t)tick * 1000, tick, &one, &err), LIQ_OK,
                 "%s: %s", what, err.message);
    cr_assert_eq(liq_settle_run_live(right->settle, (int64_t)tick * 1000, tick, &two, &err), LIQ_OK,
                 "%s: %s", what, err.message);
    actions_compare(left->settle, right->settle, what);
    cr_assert_str_eq(one.hash, two.hash, "%s", what);
    return one.actions;
}

Test(settle_order, does_not_depend_on_when_an_account_came)
{
    liq_random random = liq_random_make(liq_random_seed() + 11);
    uint64_t actions = 0;

    for (int i = 0; i < BOOKS; i++) {
        static venture book;
        side_by_side left = {0};
        side_by_side right = {0};
        char what[320];

        venture_draw(&book, &random);
        book.book->depth = book.levels;
        (void)snprintf(what, sizeof what, "book %d: %s", i, venture_rules(&book));
        start(&left, book.book);
        start(&right, book.book);
        (void)liq_retell_some(right.live, book.book, &random);
        for (uint64_t tick = 1; tick <= TICKS; tick++) {
            actions += both_settle(&left, &right, tick, what);
            both_move(&left, &right, book.book, &random);
        }
        stop(&left);
        stop(&right);
        book.book->depth = NULL;
        venture_clear(&book);
    }
    cr_expect(actions > BOOKS * 5);
}

/* A book that has been settled and ticked goes on beside another one made of what it holds, both
   with new settlers: funds and cool-downs are not of the book. @return actions */
static uint64_t saved_settle(side_by_side *left, const liq_book *book, liq_random *random,
                             uint64_t tick, const char *what)
{
    liq_book columns = {0};
    side_by_side right = {0};
    uint64_t actions = 0;

    cr_assert_eq(liq_live_columns_write(&columns, &left->live->book, NULL), LIQ_OK);
    start(&right, &columns);
    liq_settle_destroy(left->settle);
    cr_assert_eq(liq_settle_create_live(&left->settle, left->live, &columns, NULL), LIQ_OK);
    for (uint64_t i = 0; i < TICKS; i++) {
        both_move(left, &right, book, random);
        actions += both_settle(left, &right, tick + i, what);
        lives_say_the_same(left->live, right.live, what);
        lives_hold_the_same(left->live, right.live, what);
    }
    /* The settler that stays lends depth of columns that go. */
    liq_settle_destroy(left->settle);
    cr_assert_eq(liq_settle_create_live(&left->settle, left->live, book, NULL), LIQ_OK);
    stop(&right);
    liq_live_columns_clear(&columns);
    return actions;
}

Test(settle_order, does_not_depend_on_whether_a_book_was_saved)
{
    liq_random random = liq_random_make(liq_random_seed() + 13);
    uint64_t actions = 0;

    for (int i = 0; i < BOOKS; i++) {
        static venture book;
        side_by_side left = {0};
        char what[320];

        venture_draw(&book, &random);
        book.book->depth = book.levels;
        (void)snprintf(what, sizeof what, "book %d: %s", i, venture_rules(&book));
        start(&left, book.book);
        (void)liq_retell_some(left.live, book.book, &random);
        for (uint64_t round = 0; round < 3; round++) {
            cr_assert_eq(liq_live_tick(left.live, NULL, NULL), LIQ_OK);
            if (round > 0) /* what it leaves is saved, and ticked by both */
                cr_assert_eq(liq_settle_run_live(left.settle, 1000, 1, NULL, NULL), LIQ_OK);
            actions += saved_settle(&left, book.book, &random, 2 + round * TICKS, what);
        }
        stop(&left);
        book.book->depth = NULL;
        venture_clear(&book);
    }
    cr_expect(actions > BOOKS * 5);
}

/* Eleven longs that are equal in everything but their ids, and a short nobody can pay for. */
static void equals_make(venture *self, liq_adl_policy policy)
{
    liq_liquidation *rules = scene_start(self, 2, "1", "100", "0.01", "0");

    rules->takeover = LIQ_TAKEOVER_FLAGGED;
    rules->execution = LIQ_EXECUTION_BANKRUPTCY;
    rules->adl_trigger = LIQ_ADL_ON_NEGATIVE_EQUITY;
    rules->adl_policy = policy;
    rules->adl_price = LIQ_ADL_AT_BANKRUPTCY;
    rules->margin_call = true;
    for (int i = 0; i < 11; i++) {
        char id[16];

        (void)snprintf(id, sizeof id, "a%02d", i);
        (void)liq_fixture_account(&self->fixture, id);
        liq_fixture_balance(&self->fixture, 0, "1000");
        liq_fixture_position(&self->fixture, 0, "10", "80", NULL);
    }
    (void)liq_fixture_account(&self->fixture, "b");
    liq_fixture_balance(&self->fixture, 0, "100");
    liq_fixture_position(&self->fixture, 0, "-57", "80", NULL);
    self->book = liq_fixture_finish(&self->fixture);
}

Test(settle_order, settles_equal_rights_by_account_id)
{
    liq_random random = liq_random_make(liq_random_seed() + 12);

    for (int policy = 0; policy < LIQ_ADL_POLICIES; policy++)
        for (int i = 0; i < 20; i++) {
            static venture book;
            side_by_side left = {0};
            side_by_side right = {0};
            liq_settle_action first;
            const char *what = liq_adl_policy_name((liq_adl_policy)policy);
            uint64_t at = 0;

            equals_make(&book, (liq_adl_policy)policy);
            start(&left, book.book);
            start(&right, book.book);
            (void)liq_retell_some(right.live, book.book, &random);
            cr_assert_gt(both_settle(&left, &right, 1, what), 1);
            do {
                cr_assert_lt(at, liq_settle_action_count(right.settle), "%s", what);
                liq_settle_action_read(right.settle, at++, &first);
            } while (first.kind != LIQ_SETTLE_ADL);
            if (policy != LIQ_ADL_POLICY_RANDOM_WALK)
                cr_expect_str_eq(first.account, "a00", "%s: %s", what, first.account);
            stop(&left);
            stop(&right);
            venture_clear(&book);
        }
}
