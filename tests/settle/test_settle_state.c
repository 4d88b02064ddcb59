/*
 * The state of a settler as bytes: it goes on as if nothing had happened, and nothing that is
 * wrong is taken.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "settle/settle_internal.h"
#include "settle/settle_state.h"
#include "support_follow.h"
#include "share.h"

enum { BOOKS = 200 / LIQ_TEST_SHARE, TICKS = 24 };

/* What the streams have brought. */
typedef struct reached {
    uint64_t actions;
    uint64_t requests;
    uint64_t reports;
    uint64_t cooldowns;
    uint64_t slices;
    uint64_t inventories;
    uint64_t in_adl;
    uint64_t sides;
    uint64_t kinds[LIQ_SETTLE_MARGIN_RATE + 1];
} reached;

static void reached_add(reached *self, const follower *at)
{
    const liq_waterfall *waterfall = &at->settle->waterfall;

    self->actions += waterfall->action_count;
    self->requests += waterfall->request_count;
    self->reports += waterfall->report_count;
    self->inventories += waterfall->funds.listed_count;
    self->slices += waterfall->slicer.slice_count;
    for (uint32_t i = 0; i < waterfall->cooldowns.slot_count; i++)
        self->cooldowns += waterfall->cooldowns.slots[i].value != 0;
    for (uint32_t i = 0; i < waterfall->funds.fund_count; i++)
        self->in_adl += waterfall->funds.funds[i].in_adl;
    for (uint32_t i = 0; i < waterfall->source.venue->instrument_count; i++)
        self->in_adl += waterfall->funds.inventories[i].in_adl;
    self->sides += waterfall->sides != NULL;
    for (uint64_t i = 0; i < waterfall->action_count; i++)
        self->kinds[waterfall->actions[i].kind]++;
}

/* Everything that users can ask, but times. */
static void expect_same(const follower *left, const follower *right, const char *what)
{
    liq_settle_summary all[2];
    size_t bytes[2];
    void *states[2] = {follow_state(left, &bytes[0]), follow_state(right, &bytes[1])};

    cr_assert_eq(left->status, right->status, "%s: %s, %s", what, left->err.message,
                 right->err.message);
    cr_assert_str_eq(left->summary.hash, right->summary.hash, "%s", what);
    cr_assert_eq(left->summary.actions, right->summary.actions, "%s", what);
    cr_assert_eq(left->summary.margin_accounts, right->summary.margin_accounts, "%s", what);
    cr_assert_eq(left->summary.accounts_waiting, right->summary.accounts_waiting, "%s", what);
    cr_assert_eq(left->summary.conserved, right->summary.conserved, "%s", what);
    cr_assert(left->summary.conserved, "%s", what);
    liq_settle_total(left->settle, &all[0]);
    liq_settle_total(right->settle, &all[1]);
    all[0].adl_ns = all[1].adl_ns = 0;
    cr_assert(memcmp(&all[0], &all[1], sizeof all[0]) == 0, "%s: totals", what);
    for (uint32_t i = 0; i < liq_settle_fund_count(left->settle); i++) {
        liq_settle_fund funds[2];

        memset(funds, 0, sizeof funds);
        liq_settle_fund_read(left->settle, i, &funds[0]);
        liq_settle_fund_read(right->settle, i, &funds[1]);
        cr_assert_str_eq(funds[0].before, funds[1].before, "%s", what);
        cr_assert_str_eq(funds[0].after, funds[1].after, "%s", what);
        cr_assert_str_eq(funds[0].peak, funds[1].peak, "%s", what);
    }
    cr_assert(bytes[0] == bytes[1] && memcmp(states[0], states[1], bytes[0]) == 0, "%s: states",
              what);
    free(states[0]);
    free(states[1]);
}

/* A new settler of the same live book, or of one that was made of the other, takes over the state
   of the other. */
static void state_pass(const follower *from, follower *to, const liq_book *book, bool rebuilds,
                       const char *what)
{
    size_t bytes[2];
    void *state = follow_state(from, &bytes[0]);
    void *again;

    if (rebuilds)
        follower_rebuild(to, from);
    else
        follower_renew(to, to->columns.accounts != NULL ? &to->columns : book);
    to->settle->live_source.wide_least = 1; /* kept for the run, and still the same */
    cr_assert_eq(liq_settle_state_read(to->settle, state, bytes[0], &to->err), LIQ_OK, "%s: %s",
                 what, to->err.message);
    again = follow_state(to, &bytes[1]);
    cr_assert(bytes[0] == bytes[1] && memcmp(state, again, bytes[0]) == 0, "%s: read and written",
              what);
    free(state);
    free(again);
}

Test(settle_state, goes_on_byte_for_byte_whatever_the_rules)
{
    liq_random random = liq_random_make(liq_random_seed() + 5);
    reached all = {0};

    for (int i = 0; i < BOOKS; i++) {
        static venture book;
        follow_stream stream;
        follower stays;
        follower moves;
        follower *const both[] = {&stays, &moves};
        char what[320];

        follow_draw(&book, &random);
        follow_start(&stream, book.book, &random);
        follower_start(&stays, book.book);
        follower_start(&moves, book.book);
        for (int tick = 0; tick < TICKS; tick++) {
            (void)snprintf(what, sizeof what, "book %d, tick %d: %s", i, tick,
                           venture_rules(&book));
            if (liq_random_once_in(&random, 3))
                state_pass(&stays, &moves, book.book, liq_random_once_in(&random, 2), what);
            follow_events(&stream, both, 2);
            follow_fills(&stream, both, 2);
            if (liq_random_once_in(&random, 3))
                state_pass(&stays, &moves, book.book, liq_random_once_in(&random, 2), what);
            if (liq_random_once_in(&random, 2))
                follow_fills(&stream, both, 2);
            reached_add(&all, &stays);
            follow_run(&stream, both, 2);
            if (stays.status != LIQ_OK)
                cr_log_warn("%s: %s", what, stays.err.message);
            expect_same(&stays, &moves, what);
        }
        follower_end(&stays);
        follower_end(&moves);
        follow_clear(&book);
    }
    /* The streams are worth their time: there was something to be kept. */
    cr_expect_gt(all.requests, BOOKS);
    cr_expect_gt(all.reports, BOOKS);
    cr_expect_gt(all.cooldowns, BOOKS);
    cr_expect_gt(all.slices, BOOKS / 4);
    cr_expect_gt(all.inventories, BOOKS);
    cr_expect_gt(all.in_adl, BOOKS / 4);
    cr_expect_gt(all.sides, BOOKS);
    for (int kind = LIQ_SETTLE_CANCEL_ORDERS; kind <= LIQ_SETTLE_SOCIALISE; kind++)
        cr_expect_gt(all.kinds[kind], BOOKS / 20, "%s: %llu",
                     liq_settle_kind_name((liq_settle_kind)kind),
                     (unsigned long long)all.kinds[kind]);
}
