/*
 * What is seen of closings while a live book is settled.
 */
#include <criterion/criterion.h>

#include "base/memory.h"
#include "settle/close_watch.h"
#include "support_scene.h"

enum { NANO = 1000000000 };

typedef struct watched {
    venture book;
    liq_live *live;
    liq_settle *settle;
    liq_close_watch watch;
    uint64_t tick;
} watched;

/* A long of 1,000 at 100 with some cash, 1% maintenance, and bids of 400 at 99.8 and at 99.4. */
static void watched_start(watched *self, const char *cash, liq_execution_rule execution)
{
    liq_liquidation *rules = scene_start(&self->book, 2, "1", "100", "0.01", "0");

    rules->execution = execution;
    rules->slicing = liq_slicing_default();
    rules->slicing.participation = NANO;
    rules->slicing.volatility = NANO / 10;
    (void)liq_fixture_account(&self->book.fixture, "a");
    liq_fixture_balance(&self->book.fixture, 0, cash);
    liq_fixture_position(&self->book.fixture, 0, "1000", "100", NULL);
    (void)liq_fixture_account(&self->book.fixture, "z");
    liq_fixture_balance(&self->book.fixture, 0, "200000");
    liq_fixture_position(&self->book.fixture, 0, "-1000", "100", NULL);
    scene_fund(&self->book, "100000", "0");
    scene_level(&self->book, true, "400", "99.8");
    scene_level(&self->book, true, "400", "99.4");
    self->book.book = liq_fixture_finish(&self->book.fixture);
    self->book.book->depth = self->book.levels;
    cr_assert_eq(liq_live_create(&self->live, self->book.book, NULL, NULL), LIQ_OK);
    cr_assert_eq(liq_settle_create_live(&self->settle, self->live, self->book.book, NULL), LIQ_OK);
    cr_assert_eq(liq_close_watch_create(&self->watch, self->live, self->settle, NULL), LIQ_OK);
}

static void watched_end(watched *self)
{
    liq_close_watch_clear(&self->watch);
    liq_settle_destroy(self->settle);
    liq_live_destroy(self->live);
    self->book.book->depth = NULL;
    venture_clear(&self->book);
}

static void tick(watched *self, int64_t time_ms, const char *mark)
{
    const liq_live_event event = {.kind = LIQ_LIVE_MARK, .symbol = "XUSD", .price = mark};

    cr_assert_eq(liq_live_apply(self->live, &event, 1, NULL), LIQ_OK);
    cr_assert_eq(liq_live_tick(self->live, NULL, NULL), LIQ_OK);
    cr_assert_eq(liq_close_watch_before(&self->watch, NULL), LIQ_OK);
    cr_assert_eq(liq_settle_run_live(self->settle, time_ms, ++self->tick, NULL, NULL), LIQ_OK);
    liq_close_watch_after(&self->watch);
}

static liq_close_facts facts_of(watched *self)
{
    liq_close_facts facts;

    cr_assert_eq(liq_close_watch_read(&self->watch, &facts, NULL), LIQ_OK);
    return facts;
}

Test(close_watch, charges_waiting_as_well_as_impact)
{
    static watched self;
    liq_close_facts facts;

    watched_start(&self, "500", LIQ_EXECUTION_SLICED);
    tick(&self, 1000, "100");   /* 377 at 99.8 */
    tick(&self, 5000, "99.9");  /* waits */
    tick(&self, 11000, "99.9"); /* 322 at 99.7: not enough */
    tick(&self, 21000, "99.9"); /* now it is */
    tick(&self, 31000, "99.9");
    facts = facts_of(&self);
    cr_expect_eq(facts.accounts, 1);
    cr_expect_eq(facts.pulled, 0);
    cr_expect_eq(facts.closings, 1);
    cr_expect_eq(facts.ticks_most, 4);
    cr_expect_eq(facts.ticks_median, 4);
    cr_expect_eq(facts.takeovers, 0);
    cr_expect_gt(facts.filled, 0);
    /* Against 100 throughout, and not against the marks of the fills. */
    cr_expect_gt(facts.shortfall, facts.slippage);
    watched_end(&self);
}

Test(close_watch, counts_what_is_still_open_and_what_the_venue_took)
{
    static watched self;
    liq_close_facts facts;

    watched_start(&self, "300", LIQ_EXECUTION_DEPTH);
    tick(&self, 1000, "100"); /* 400 at 99.8; 99.4 is past bankruptcy */
    facts = facts_of(&self);
    cr_expect_eq(facts.closings, 1);
    cr_expect_eq(facts.ticks_most, 1);
    cr_expect_eq(facts.takeovers, 1);
    cr_expect_eq(facts.shortfall, 8000); /* 400 x 0.2 in hundredths: its own fills alone */
    cr_expect_gt(facts.slippage, facts.shortfall, "the venue sold on at 99.4");
    cr_expect_neq(facts.fund_change, 0);
    cr_expect(facts.fund_change > -100000, "%d", (int)facts.fund_change);
    cr_expect_eq(facts_of(&self).closings, 1, "nothing is counted again by who reads twice");
    watched_end(&self);
}

Test(close_watch, tells_who_was_flagged_by_the_displacement_alone)
{
    static const struct {
        const char *undisturbed;
        uint64_t pulled;
    } rows[] = {{"100", 1}, {"99.4", 0}, {"99.9", 1}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        static watched self;
        liq_decimal mark;

        self = (watched){0};
        watched_start(&self, "1500", LIQ_EXECUTION_DEPTH);
        cr_assert_eq(liq_decimal_parse(&mark, liq_text_of(rows[i].undisturbed), NULL), LIQ_OK);
        liq_close_watch_mark(&self.watch, 0, mark);
        tick(&self, 1000, "99.4"); /* 900 left, 994 needed */
        cr_expect_eq(facts_of(&self).accounts, 1);
        cr_expect_eq(facts_of(&self).pulled, rows[i].pulled, "undisturbed %s", rows[i].undisturbed);
        watched_end(&self);
    }
}

Test(close_watch, hands_fills_in_the_market_to_the_impact)
{
    const liq_impact_rule rule = {.share = NANO / 2, .half_life_ms = 60000};
    static watched self;
    liq_impact impact = {0};

    watched_start(&self, "500", LIQ_EXECUTION_SLICED);
    cr_assert_eq(liq_impact_create(&impact, 1, rule, NULL), LIQ_OK);
    tick(&self, 1000, "100"); /* down to 99.8 */
    liq_impact_take(&impact, self.settle, self.live);
    liq_impact_fold(&impact, 1000);
    cr_expect_eq(liq_impact_shift(&impact, 0, 1000), -1000000); /* half of 0.2% */
    liq_impact_clear(&impact);
    watched_end(&self);
}

/* Of 200 closings that took 200 ticks, 199, and so on. */
Test(close_watch, finds_the_ticks_that_most_closings_stay_within)
{
    static watched self;
    liq_close_facts facts;

    watched_start(&self, "500", LIQ_EXECUTION_DEPTH);
    cr_assert_eq(liq_memory_extend(&self.watch.durations, &self.watch.duration_capacity, 200,
                                   sizeof *self.watch.durations, NULL),
                 LIQ_OK);
    for (uint32_t i = 0; i < 200; i++)
        self.watch.durations[i] = 200 - i;
    self.watch.facts.closings = 200;
    facts = facts_of(&self);
    cr_expect_eq(facts.ticks_median, 101);
    cr_expect_eq(facts.ticks_p99, 198);
    cr_expect_eq(facts.ticks_most, 200);
    watched_end(&self);
}
