/*
 * A live book settles as a loaded one does, byte for byte, and holds what is left afterwards.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include <liqscan/live.h>
#include <liqscan/settle.h>

#include "settle/settle_internal.h"
#include "support_scene.h"
#include "share.h"

enum { BOOKS = 600 / LIQ_TEST_SHARE };

static const liq_live_options small = {.limits = {.events_max = 4096}};

/* Settle the loaded book by the public way. */
static void loaded_settle(const venture *self, liq_settle_summary *summary, const char *what)
{
    const liq_scanner_options options = {.device = LIQ_DEVICE_CPU_REFERENCE};
    liq_scanner *scanner = NULL;
    liq_settle *settle = NULL;
    liq_error err = {0};

    cr_assert_eq(liq_scanner_create(&scanner, self->book, &options, &err), LIQ_OK, "%s: %s", what,
                 err.message);
    cr_assert_eq(liq_scanner_scan(scanner, NULL, &err), LIQ_OK);
    cr_assert_eq(liq_settle_create(&settle, self->book, &err), LIQ_OK, "%s", err.message);
    cr_assert_eq(liq_settle_run(settle, scanner, 1000000, 1, summary, &err), LIQ_OK, "%s: %s", what,
                 err.message);
    cr_expect_eq(liq_settle_run(settle, scanner, 1000000, 2, NULL, &err), LIQ_UNSUPPORTED,
                 "a loaded book is settled once");
    liq_settle_destroy(settle);
    liq_scanner_destroy(scanner);
}

/* Whether an account was a counterparty: closing at a bankruptcy price may leave it flagged. */
static bool was_deleveraged(const liq_settle *settle, const char *account)
{
    for (uint64_t i = 0; i < liq_settle_action_count(settle); i++) {
        liq_settle_action action;

        liq_settle_action_read(settle, i, &action);
        if (action.kind == LIQ_SETTLE_ADL && strcmp(action.account, account) == 0)
            return true;
    }
    return false;
}

/* Exactly those rows that were left waiting are flagged by the next tick at the same prices. */
static void after_check(liq_live *live, liq_settle *settle, const liq_settle_summary *first,
                        const char *what)
{
    uint64_t left = 0;
    const uint32_t *rows;
    uint32_t count;
    liq_settle_summary again;
    liq_error err = {0};

    cr_assert_eq(liq_live_tick(live, NULL, &err), LIQ_OK);
    liq_live_flagged(live, &rows, &count);
    for (uint32_t i = 0; i < count; i++) {
        liq_scan_row row;

        liq_live_row(live, rows[i], &row);
        left += !was_deleveraged(settle, row.account);
    }
    cr_expect_eq(left, first->accounts_waiting, "%s: %llu flagged, %llu waiting", what,
                 (unsigned long long)left, (unsigned long long)first->accounts_waiting);
    cr_assert_eq(liq_settle_run_live(settle, 1000000, 2, &again, &err), LIQ_OK, "%s: %s", what,
                 err.message);
    cr_expect(again.conserved, "%s", what);
}

Test(settle_live, settles_as_a_loaded_book_and_keeps_what_is_left)
{
    liq_random random = liq_random_make(liq_random_seed() + 2);
    uint64_t adl = 0;

    for (int i = 0; i < BOOKS; i++) {
        static venture book;
        liq_settle_summary loaded;
        liq_settle_summary summary;
        liq_live *live = NULL;
        liq_settle *settle = NULL;
        liq_liquidation *rules;
        char what[320];
        liq_error err = {0};

        venture_draw(&book, &random);
        rules = &book.book->venue.policy.liquidation;
        /* Levels of a live book follow the mark, wherever it goes. */
        rules->mark_follows_fills &=
            rules->execution != LIQ_EXECUTION_DEPTH && rules->execution != LIQ_EXECUTION_SLICED;
        book.book->depth = book.levels;
        (void)snprintf(what, sizeof what, "book %d: %s", i, venture_rules(&book));
        loaded_settle(&book, &loaded, what);
        cr_assert_eq(liq_live_create(&live, book.book, &small, &err), LIQ_OK, "%s", err.message);
        cr_assert_eq(liq_live_tick(live, NULL, &err), LIQ_OK);
        cr_assert_eq(liq_settle_create_live(&settle, live, book.book, &err), LIQ_OK, "%s",
                     err.message);
        settle->live_source.wide_least = i % 2 == 0 ? 1 : UINT32_MAX;
        cr_assert_eq(liq_settle_run_live(settle, 1000000, 1, &summary, &err), LIQ_OK, "%s: %s",
                     what, err.message);
        cr_assert_eq(summary.actions, loaded.actions, "%s", what);
        cr_assert_str_eq(summary.hash, loaded.hash, "%s", what);
        adl += summary.adl_fills;
        if (!rules->mark_follows_fills) /* else the next tick begins at the old marks */
            after_check(live, settle, &summary, what);
        liq_settle_destroy(settle);
        liq_live_destroy(live);
        book.book->depth = NULL;
        venture_clear(&book);
    }
    cr_expect(adl > BOOKS / 20);
}

/* The mark follows what the first sells, and whoever is exempt from ADL is not from liquidation. */
Test(settle_live, finds_who_is_exempt_in_later_rounds)
{
    static venture self;
    liq_liquidation *rules = scene_start(&self, 2, "1", "100", "0.1", "0");
    liq_settle_summary summary;
    liq_live *live = NULL;
    liq_settle *settle = NULL;

    rules->execution = LIQ_EXECUTION_DEPTH;
    rules->mark_follows_fills = true;
    rules->cascade_rounds = 2;
    (void)liq_fixture_instrument(&self.fixture,
                                 (liq_fixture_contract){.symbol = "YUSD",
                                                        .kind = LIQ_INSTRUMENT_LINEAR,
                                                        .multiplier = "1",
                                                        .lot = "1",
                                                        .tick = "0.01",
                                                        .mark = "100",
                                                        .tier_form = LIQ_TIER_DEDUCTION});
    liq_fixture_tier(&self.fixture, "0", "0.1", "0.1");
    for (int i = 0; i < 3; i++) {
        static const char *const ids[] = {"first", "other", "second"};

        (void)liq_fixture_account(&self.fixture, ids[i]);
        liq_fixture_balance(&self.fixture, 0, i == 0 ? "90" : "105");
        liq_fixture_position(&self.fixture, i == 1 ? 0 : 1, "10", "100", NULL);
        self.fixture.book.accounts[i].adl_exempt = i > 0;
    }
    self.book = liq_fixture_finish(&self.fixture);
    self.levels[0] = (liq_depth_level){.quantity_lots = 20,
                                       .price = liq_fixture_decimal("99"),
                                       .instrument_index = 1,
                                       .is_bid = true};
    self.book->depth = self.levels;
    self.book->depth_count = 1;
    loaded_settle(&self, &summary, "loaded");
    cr_expect_eq(summary.margin_accounts, 2);
    cr_assert_eq(liq_live_create(&live, self.book, NULL, NULL), LIQ_OK);
    cr_assert_eq(liq_settle_create_live(&settle, live, self.book, NULL), LIQ_OK);
    cr_assert_eq(liq_live_tick(live, NULL, NULL), LIQ_OK);
    cr_assert_eq(liq_settle_run_live(settle, 1000000, 1, &summary, NULL), LIQ_OK);
    cr_expect_eq(summary.margin_accounts, 2);
    liq_settle_destroy(settle);
    liq_live_destroy(live);
    self.book->depth = NULL;
    liq_fixture_clear(&self.fixture);
}
