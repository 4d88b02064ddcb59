/*
 * Runs that only advise, and funds that the exchange reports.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "settle/settle_internal.h"
#include "settle/settle_state.h"
#include "support_follow.h"
#include "share.h"

enum { BOOKS = 150 / LIQ_TEST_SHARE, TICKS = 16 };

/* What has to be as it was: all but numbers, time and peaks. */
typedef struct standing {
    liq_int128 grains[8];
    bool in_adl[8];
    liq_inventory inventories[VENTURE_INSTRUMENTS_MAX];
    liq_int128 changes[2 * LIQ_ROOMS_COUNT];
    liq_settle_summary total;
    int64_t cooldowns;
    uint32_t listed[VENTURE_INSTRUMENTS_MAX];
    uint32_t listed_count;
    int adl;
} standing;

static standing standing_of(const follower *at)
{
    const liq_waterfall *waterfall = &at->settle->waterfall;
    const liq_venue *venue = waterfall->source.venue;
    standing out;
    liq_settle_adl adl;

    memset(&out, 0, sizeof out);
    for (uint32_t i = 0; i < waterfall->funds.fund_count; i++) {
        out.grains[i] = waterfall->funds.funds[i].grains;
        out.in_adl[i] = waterfall->funds.funds[i].in_adl;
    }
    for (uint32_t i = 0; i < venue->instrument_count; i++) {
        liq_inventory *inventory = &out.inventories[i];

        memcpy(inventory, &waterfall->funds.inventories[i], sizeof *inventory);
        inventory->before_floor = 0;
        inventory->before_ceil = 0;
        out.adl += liq_settle_adl_total(at->settle, 2 * i, &adl) +
                   liq_settle_adl_total(at->settle, 2 * i + 1, &adl);
    }
    memcpy(out.changes, waterfall->rooms.changes,
           venue->asset_count * LIQ_ROOMS_COUNT * sizeof *out.changes);
    out.listed_count = waterfall->funds.listed_count;
    memcpy(out.listed, waterfall->funds.listed, out.listed_count * sizeof *out.listed);
    for (uint32_t i = 0; i < waterfall->cooldowns.slot_count; i++)
        out.cooldowns += waterfall->cooldowns.slots[i].value;
    liq_settle_total(at->settle, &out.total);
    return out;
}

static void advice_run(follow_stream *stream, follower *at, const char *what)
{
    at->status =
        liq_settle_run_live(at->settle, stream->now_ms, stream->tick, &at->summary, &at->err);
    cr_assert_eq(at->status, LIQ_OK, "%s: %s", what, at->err.message);
    cr_assert(at->summary.conserved, "%s", what);
}

/* Advice is what would have been done, again and again, and nothing stays of it. */
static void advice_check(follow_stream *stream, follower *acts, follower *advises, const char *what)
{
    size_t bytes;
    void *state = follow_state(acts, &bytes);
    follower *const one[] = {acts};
    standing before;
    standing after;
    liq_settle_summary first;

    follower_renew(advises, stream->book);
    cr_assert_eq(liq_settle_state_read(advises->settle, state, bytes, NULL), LIQ_OK);
    liq_settle_advise(advises->settle);
    before = standing_of(advises);
    follow_run(stream, one, 1);
    cr_assert_eq(liq_live_tick(advises->live, NULL, NULL), LIQ_OK);
    advice_run(stream, advises, what);
    first = advises->summary;
    cr_assert_str_eq(first.hash, acts->summary.hash, "%s", what);
    for (int again = 0; again < 2; again++) {
        after = standing_of(advises);
        cr_assert(memcmp(&before, &after, sizeof before) == 0, "%s: something stays", what);
        advice_run(stream, advises, what);
        if (stream->book->venue.policy.liquidation.adl_price == LIQ_ADL_AT_PREVIOUS_MARK)
            continue; /* which is the mark of the first run by now */
        cr_assert_eq(advises->summary.actions, first.actions, "%s", what);
        cr_assert_str_eq(advises->summary.liquidated_notional, first.liquidated_notional);
        cr_assert_str_eq(advises->summary.adl_notional, first.adl_notional);
    }
    cr_assert_geq(advises->settle->waterfall.seq, acts->settle->waterfall.seq, "%s", what);
    /* The live book is as it was too: now it is really done there. */
    follower_renew(advises, stream->book);
    cr_assert_eq(liq_settle_state_read(advises->settle, state, bytes, NULL), LIQ_OK);
    advice_run(stream, advises, what);
    cr_assert_str_eq(advises->summary.hash, acts->summary.hash, "%s", what);
    free(state);
}

Test(settle_advise, says_what_would_be_done_and_leaves_no_trace)
{
    liq_random random = liq_random_make(liq_random_seed() + 8);
    uint64_t actions = 0;
    uint64_t adl = 0;

    for (int i = 0; i < BOOKS; i++) {
        static venture book;
        follow_stream stream;
        follower acts;
        follower advises;
        follower *const both[] = {&acts, &advises};
        char what[320];

        follow_draw(&book, &random);
        if (book.book->venue.policy.liquidation.execution == LIQ_EXECUTION_EXTERNAL)
            book.book->venue.policy.liquidation.execution = LIQ_EXECUTION_DEPTH;
        follow_start(&stream, book.book, &random);
        follower_start(&acts, book.book);
        follower_start(&advises, book.book);
        for (int tick = 0; tick < TICKS; tick++) {
            (void)snprintf(what, sizeof what, "book %d, tick %d: %s", i, tick,
                           venture_rules(&book));
            follow_events(&stream, both, 2);
            advice_check(&stream, &acts, &advises, what);
            actions += acts.summary.actions;
            adl += acts.summary.adl_fills;
        }
        follower_end(&acts);
        follower_end(&advises);
        follow_clear(&book);
    }
    cr_expect_gt(actions, BOOKS * TICKS / 2);
    cr_expect_gt(adl, BOOKS);
}

/* What the exchange is asked for is asked again under a new number, and never waited for. */
Test(settle_advise, asks_again_and_does_not_wait)
{
    liq_random random = liq_random_make(liq_random_seed() + 9);
    uint64_t asked = 0;

    for (int i = 0; i < BOOKS; i++) {
        static venture book;
        follow_stream stream;
        follower at;
        follower *const one[] = {&at};
        const liq_settle_fill fill = {1, "0", "1", 1};
        uint64_t last;

        follow_draw(&book, &random);
        book.book->venue.policy.liquidation.execution = LIQ_EXECUTION_EXTERNAL;
        follow_start(&stream, book.book, &random);
        follower_start(&at, book.book);
        liq_settle_advise(at.settle);
        follow_run(&stream, one, 1);
        last = at.settle->waterfall.request_last;
        asked += last;
        cr_expect_eq(liq_settle_report(at.settle, &fill, 1, NULL), LIQ_NOT_FOUND);
        follow_run(&stream, one, 1);
        cr_expect_eq(at.settle->waterfall.request_last, 2 * last);
        cr_expect_eq(at.settle->waterfall.request_count, 0);
        follower_end(&at);
        follow_clear(&book);
    }
    cr_expect_gt(asked, BOOKS / 2);
}

Test(settle_advise, takes_over_balances_of_funds)
{
    liq_random random = liq_random_make(liq_random_seed() + 10);
    static venture book;
    follow_stream stream;
    follower at;
    follower *const one[] = {&at};
    liq_settle_fund fund;
    liq_error err = {0};

    for (follow_draw(&book, &random); book.book->venue.fund_count == 0;) {
        follow_clear(&book);
        follow_draw(&book, &random);
    }
    follow_start(&stream, book.book, &random);
    follower_start(&at, book.book);
    liq_settle_fund_read(at.settle, 0, &fund);
    cr_expect_eq(liq_settle_fund_set(at.settle, "none", "1", &err), LIQ_NOT_FOUND);
    cr_expect_eq(liq_settle_fund_set(at.settle, fund.fund, "1x", &err), LIQ_BAD_INPUT);
    cr_expect(strstr(err.message, fund.fund) != NULL, "%s", err.message);
    cr_expect_eq(liq_settle_fund_set(at.settle, fund.fund, "0.0000000000000000001", &err),
                 LIQ_OUT_OF_RANGE);
    cr_expect_eq(liq_settle_fund_set(at.settle, fund.fund, "123456789012345678901", &err),
                 LIQ_OUT_OF_RANGE);
    cr_expect_eq(liq_settle_fund_set(at.settle, fund.fund, "12.5", &err), LIQ_OK, "%s",
                 err.message);
    liq_settle_fund_read(at.settle, 0, &fund);
    cr_expect_str_eq(fund.after, "12.5");
    cr_expect_str_eq(fund.before, "12.5");
    cr_expect_eq(liq_settle_fund_set(at.settle, fund.fund, "-3", &err), LIQ_OK);
    liq_settle_advise(at.settle);
    follow_run(&stream, one, 1);
    cr_expect_eq(at.status, LIQ_OK, "%s", at.err.message);
    cr_expect(at.summary.conserved);
    liq_settle_fund_read(at.settle, 0, &fund);
    cr_expect_str_eq(fund.after, "-3");
    follower_end(&at);
    follow_clear(&book);
}
