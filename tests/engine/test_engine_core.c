/*
 * What the sidecar decides, and whom it leaves alone because something of him is missing.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/core_state.h"
#include "feed/feed_parse.h"
#include "scan/live_scan.h"

enum { MARKS = 0, ORDERS = 1, NOW = 1000000 };

/* A core of the bundled book, and what its events are read with. */
typedef struct given {
    liq_core core;
    liq_feed_parser parser;
    liq_feed_batch *batch;
    uint64_t seqs[2];
    int64_t now_ms;
} given;

static void make(given *self, bool advises)
{
    const liq_core_config config = {.sources = {"marks", "orders"},
                                    .source_count = 2,
                                    .stale_ms = 5000,
                                    .advice_ms = 3000,
                                    .advises = advises,
                                    .book_is_complete = true};
    liq_book *book = NULL;
    liq_error err;

    *self = (given){.now_ms = NOW};
    cr_assert_eq(liq_book_load(&book, LIQ_SOURCE_DIR "/host/demo", NULL, &err), LIQ_OK, "%s",
                 err.message);
    cr_assert_eq(liq_core_create(&self->core, &config, book, &err), LIQ_OK, "%s", err.message);
    cr_assert_eq(liq_feed_batch_create(&self->batch, &err), LIQ_OK);
}

static void clear(given *self)
{
    liq_core_destroy(&self->core);
    liq_feed_batch_destroy(self->batch);
    liq_feed_parser_clear(&self->parser);
}

/* Apply an event; format has everything behind its number. */
static liq_status apply(given *self, uint32_t source, const char *rest)
{
    char line[4096];
    liq_error err;

    (void)snprintf(line, sizeof line, "{\"seq\":%" PRIu64 ",%s}", ++self->seqs[source], rest);
    liq_feed_batch_clear(self->batch);
    cr_assert_eq(liq_feed_parse(&self->parser, self->batch, liq_text_of(line), &err), LIQ_OK);
    cr_assert_neq(self->batch->events[0].kind, LIQ_FEED_BAD, "%s: %s", line,
                  self->batch->events[0].reason);
    return liq_core_apply(&self->core, source, &self->batch->events[0], &err);
}

/* All prices of the book again, so that none is stale. */
static void marks(given *self)
{
    static const char *const lines[][2] = {
        {"BTCUSDT", "62150.4"}, {"ETHUSDT", "2438.62"}, {"SOLUSDT", "146.13"}};

    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        char rest[256];

        (void)snprintf(rest, sizeof rest,
                       "\"type\":\"marks\",\"marks\":[{\"symbol\":\"%s\",\"markPrice\":\"%s\"}]",
                       lines[i][0], lines[i][1]);
        cr_assert_eq(apply(self, MARKS, rest), LIQ_OK);
    }
}

static const liq_core_tick *tick(given *self)
{
    liq_error err;

    cr_assert_eq(liq_core_run(&self->core, self->now_ms += 100, &err), LIQ_OK, "%s", err.message);
    return &self->core.last;
}

/* Whether anything was done to an account in the last tick, but to call it. */
static bool is_acted_on(const given *self, const char *account)
{
    for (uint64_t i = 0; i < liq_settle_action_count(self->core.settle); i++) {
        liq_settle_action action;

        liq_settle_action_read(self->core.settle, i, &action);
        if (action.kind != LIQ_SETTLE_MARGIN_CALL && action.account != NULL &&
            strcmp(action.account, account) == 0)
            return true;
    }
    return false;
}

static uint32_t held_by(const given *self, const char *id)
{
    uint32_t account;

    cr_assert(liq_live_account_index(self->core.live, id, &account));
    return liq_core_held_by(&self->core, account);
}

Test(engine_core, decides_nothing_before_a_mark_is_fresh)
{
    given self;

    make(&self, false);
    cr_expect_str_eq(liq_core_unready(&self.core), "no_fresh_marks");
    cr_expect(!tick(&self)->has_settled);
    marks(&self);
    cr_expect(tick(&self)->has_settled);
    cr_expect_null(liq_core_unready(&self.core));
    cr_expect(is_acted_on(&self, "comet"));
    clear(&self);
}

Test(engine_core, leaves_alone_who_holds_a_stale_mark)
{
    given self;

    make(&self, false);
    cr_assert_eq(apply(&self, MARKS,
                       "\"type\":\"marks\",\"marks\":[{\"symbol\":\"ETHUSDT\","
                       "\"markPrice\":\"2438.62\"}]"),
                 LIQ_OK);
    cr_expect_gt(tick(&self)->held[LIQ_HELD_STALE_MARK], 0);
    cr_expect(!is_acted_on(&self, "comet"));
    cr_expect_eq(held_by(&self, "comet"), 1U << LIQ_HELD_STALE_MARK);
    marks(&self);
    (void)tick(&self);
    cr_expect(is_acted_on(&self, "comet"));
    cr_expect_eq(held_by(&self, "comet"), 0);
    clear(&self);
}

Test(engine_core, holds_everybody_behind_a_gap_until_all_is_sent_anew)
{
    given self;

    make(&self, false);
    marks(&self);
    cr_assert_eq(apply(&self, ORDERS,
                       "\"type\":\"balance\",\"account\":\"abacus\",\"asset\":\"USDT\","
                       "\"walletBalance\":\"25000\""),
                 LIQ_OK);
    liq_core_gap(&self.core, ORDERS, 2, 4);
    self.seqs[ORDERS] = 4;
    cr_expect_gt(tick(&self)->held[LIQ_HELD_GAP], 0);
    cr_expect(!is_acted_on(&self, "comet"));
    cr_expect_eq(held_by(&self, "comet"), 1U << LIQ_HELD_GAP);
    self.core.is_halted = true;
    cr_expect_eq(held_by(&self, "comet"), 1U << LIQ_HELD_GAP | 1U << LIQ_HELD_HALT);
    self.core.is_halted = false;
    cr_assert_eq(apply(&self, ORDERS, "\"type\":\"control\",\"action\":\"snapshot_begin\""),
                 LIQ_OK);
    cr_expect(!tick(&self)->has_settled);
    cr_assert_eq(apply(&self, ORDERS, "\"type\":\"account\",\"account\":\"new\""), LIQ_OK);
    cr_assert_eq(apply(&self, ORDERS,
                       "\"type\":\"position\",\"account\":\"new\",\"symbol\":\"BTCUSDT\","
                       "\"side\":\"long\",\"contracts\":\"1\",\"entryPrice\":\"70000\""),
                 LIQ_OK);
    cr_assert_eq(apply(&self, ORDERS, "\"type\":\"control\",\"action\":\"snapshot_end\""), LIQ_OK);
    marks(&self);
    cr_expect_eq(tick(&self)->held[LIQ_HELD_GAP], 0);
    cr_expect(is_acted_on(&self, "new"));
    clear(&self);
}

/* comet proves to be complete by its own count; drift does not. */
Test(engine_core, releases_who_proves_that_nothing_of_him_is_missing)
{
    given self;

    make(&self, false);
    marks(&self);
    for (int i = 1; i <= 2; i++) {
        char rest[256];

        if (i == 2)
            liq_core_gap(&self.core, ORDERS, self.seqs[ORDERS] + 1, self.seqs[ORDERS] + 1);
        self.seqs[ORDERS] += i == 2;
        (void)snprintf(rest, sizeof rest,
                       "\"type\":\"balance\",\"account\":\"comet\",\"asset\":\"ETH\","
                       "\"walletBalance\":\"0\",\"accountSeq\":%d",
                       i);
        (void)apply(&self, ORDERS, rest);
        (void)snprintf(rest, sizeof rest,
                       "\"type\":\"balance\",\"account\":\"drift\",\"asset\":\"ETH\","
                       "\"walletBalance\":\"0\",\"accountSeq\":%d",
                       i == 1 ? 1 : 3);
        (void)apply(&self, ORDERS, rest);
    }
    cr_expect_gt(tick(&self)->held[LIQ_HELD_GAP], 0);
    cr_expect(is_acted_on(&self, "comet"));
    cr_expect(!is_acted_on(&self, "drift"));
    clear(&self);
}

Test(engine_core, holds_whose_event_was_refused_until_he_is_sent_anew)
{
    given self;

    make(&self, false);
    marks(&self);
    cr_expect_eq(apply(&self, ORDERS,
                       "\"type\":\"position\",\"account\":\"comet\",\"symbol\":\"NONE\","
                       "\"side\":\"long\",\"contracts\":\"1\",\"entryPrice\":\"1\""),
                 LIQ_NOT_FOUND);
    cr_expect_eq(tick(&self)->held[LIQ_HELD_REFUSED], 1);
    cr_expect(!is_acted_on(&self, "comet"));
    cr_assert_eq(apply(&self, ORDERS,
                       "\"type\":\"control\",\"action\":\"snapshot_begin\",\"account\":\"comet\""),
                 LIQ_OK);
    cr_assert_eq(apply(&self, ORDERS,
                       "\"type\":\"position\",\"account\":\"comet\",\"symbol\":\"BTCUSDT\","
                       "\"side\":\"long\",\"contracts\":\"1\",\"entryPrice\":\"70000\""),
                 LIQ_OK);
    cr_expect_eq(tick(&self)->held[LIQ_HELD_RESYNC], 1);
    cr_assert_eq(apply(&self, ORDERS,
                       "\"type\":\"control\",\"action\":\"snapshot_end\",\"account\":\"comet\""),
                 LIQ_OK);
    (void)tick(&self);
    cr_expect(is_acted_on(&self, "comet"));
    clear(&self);
}

/* In words of the event, and not of how it is applied. */
Test(engine_core, says_what_is_wrong_with_an_event_and_nothing_of_batches)
{
    static const struct {
        const char *rest;
        liq_status status;
        const char *message;
    } rows[] = {
        {"\"type\":\"marks\",\"marks\":[{\"symbol\":\"NOPE\",\"markPrice\":\"1\"}]", LIQ_NOT_FOUND,
         "marks[0] NOPE: symbol \"NOPE\" is not an instrument of venue.json"},
        {"\"type\":\"marks\",\"marks\":[{\"symbol\":\"BTCUSDT\",\"markPrice\":"
         "\"1234567890123456789\"}]",
         LIQ_OUT_OF_RANGE,
         "marks[0] BTCUSDT: price \"1234567890123456789\" has more than 18 significant digits"},
        {"\"type\":\"balance\",\"account\":\"comet\",\"asset\":\"USDT\","
         "\"walletBalance\":\"99999999999999999999\"",
         LIQ_OUT_OF_RANGE, "amount \"99999999999999999999\" is past 2^63 - 1 units of 10^-8"},
        {"\"type\":\"depth\",\"symbol\":\"BTCUSDT\",\"bids\":[[\"5\",\"1\"],[\"-4\",\"1\"]],"
         "\"asks\":[]",
         LIQ_OUT_OF_RANGE, "bids[1]: price \"-4\" must be above 0"},
        {"\"type\":\"depthUpdate\",\"symbol\":\"BTCUSDT\",\"bids\":[[\"5\",\"1\"]],\"asks\":[["
         "\"0\",\"1\"]]",
         LIQ_OUT_OF_RANGE, "asks[0]: price \"0\" must be above 0"},
        {"\"type\":\"volatility\",\"symbol\":\"BTCUSDT\",\"impliedVolatility\":"
         "\"1234567890123456789\"",
         LIQ_OUT_OF_RANGE,
         "impliedVolatility \"1234567890123456789\" has more than 18 significant digits"},
    };
    given self;
    liq_error err;

    make(&self, false);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char line[512];

        (void)snprintf(line, sizeof line, "{\"seq\":%zu,%s}", i + 1, rows[i].rest);
        liq_feed_batch_clear(self.batch);
        cr_assert_eq(liq_feed_parse(&self.parser, self.batch, liq_text_of(line), &err), LIQ_OK);
        cr_expect_eq(liq_core_apply(&self.core, MARKS, &self.batch->events[0], &err),
                     rows[i].status, "%s", line);
        cr_expect_str_eq(err.message, rows[i].message, "%s: %s", line, err.message);
    }
    clear(&self);
}

Test(engine_core, takes_the_end_of_a_position_that_is_gone_already)
{
    given self;

    make(&self, false);
    cr_expect_eq(apply(&self, ORDERS,
                       "\"type\":\"position\",\"account\":\"comet\",\"symbol\":\"SOLUSDT\","
                       "\"side\":\"short\",\"contracts\":\"0\""),
                 LIQ_OK);
    cr_expect_eq(self.core.account_holds, 0);
    clear(&self);
}

Test(engine_core, halts_and_resumes)
{
    given self;

    make(&self, false);
    marks(&self);
    cr_assert_eq(apply(&self, ORDERS, "\"type\":\"control\",\"action\":\"halt\""), LIQ_OK);
    cr_expect_gt(tick(&self)->held[LIQ_HELD_HALT], 0);
    cr_expect_eq(self.core.last.settle.margin_accounts, 0);
    cr_assert_eq(apply(&self, ORDERS, "\"type\":\"control\",\"action\":\"resume\""), LIQ_OK);
    (void)tick(&self);
    cr_expect(is_acted_on(&self, "comet"));
    clear(&self);
}

Test(engine_core, gives_advice_once_until_it_is_answered_or_too_old)
{
    given self;
    char *hash;

    make(&self, true);
    marks(&self);
    (void)tick(&self);
    cr_expect(is_acted_on(&self, "comet"));
    cr_expect_gt(tick(&self)->held[LIQ_HELD_ADVISED], 0);
    cr_expect(!is_acted_on(&self, "comet"));
    cr_assert_eq(apply(&self, ORDERS,
                       "\"type\":\"balance\",\"account\":\"comet\",\"asset\":\"USDT\","
                       "\"walletBalance\":\"1\""),
                 LIQ_OK);
    (void)tick(&self);
    cr_expect(is_acted_on(&self, "comet"), "what it did changed something, and not enough");
    hash = strdup(self.core.last.state_hash);
    self.now_ms += 3000;
    (void)tick(&self);
    cr_expect(is_acted_on(&self, "drift"), "advice that nobody heard is given again");
    free(hash);
    clear(&self);
}

/* The last fill of an order says that the exchange has done what it will; of whom it has to say. */
Test(engine_core, takes_the_last_fill_of_an_account_for_an_answer)
{
    static const struct {
        const char *fill;
        bool is_answer;
    } cases[] = {{"\"account\":\"comet\",\"request\":1,\"amount\":\"0\",\"last\":true", true},
                 {"\"account\":\"comet\",\"request\":1,\"amount\":\"0\",\"last\":false", false},
                 {"\"account\":\"drift\",\"request\":1,\"amount\":\"0\",\"last\":true", false},
                 {"\"account\":\"nobody\",\"request\":1,\"amount\":\"0\",\"last\":true", false},
                 {"\"request\":1,\"amount\":\"0\",\"last\":true", false}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char rest[256];
        given self;

        make(&self, true);
        marks(&self);
        (void)tick(&self);
        (void)snprintf(rest, sizeof rest, "\"type\":\"fill\",%s", cases[i].fill);
        cr_assert_eq(apply(&self, ORDERS, rest), LIQ_OK);
        (void)tick(&self);
        cr_expect_eq(is_acted_on(&self, "comet"), cases[i].is_answer, "%s", cases[i].fill);
        clear(&self);
    }
}

/* A fill of nothing that was asked for says nothing about the book, whoever it names. */
Test(engine_core, holds_nobody_for_a_fill_that_it_refuses)
{
    given self;

    make(&self, false);
    marks(&self);
    cr_expect_eq(apply(&self, ORDERS,
                       "\"type\":\"fill\",\"account\":\"comet\",\"request\":7,\"amount\":\"1\","
                       "\"price\":\"1\",\"last\":true"),
                 LIQ_NOT_FOUND);
    cr_expect_eq(self.core.account_holds, 0);
    (void)tick(&self);
    cr_expect(is_acted_on(&self, "comet"));
    clear(&self);
}

Test(engine_core, never_goes_back_in_time)
{
    given self;
    liq_error err;

    make(&self, false);
    marks(&self);
    (void)tick(&self);
    cr_assert_eq(liq_core_run(&self.core, 5, &err), LIQ_OK);
    cr_expect_eq(self.core.last.now_ms, NOW + 100);
    clear(&self);
}

/* Half the equity is asked for from here on: somebody who was well is not. */
Test(engine_core, takes_over_a_changed_instrument_and_refuses_a_bad_one)
{
    static const char *const bad =
        "\"type\":\"instrument\",\"definition\":{\"symbol\":\"BTCUSDT\",\"kind\":\"none\"}";
    given self;
    uint64_t before;

    make(&self, false);
    marks(&self);
    (void)tick(&self);
    (void)tick(&self); /* what settling left is valued here */
    before = self.core.last.live.by_status[LIQ_MARGIN_OK];
    cr_expect_neq(apply(&self, ORDERS, bad), LIQ_OK);
    cr_expect_eq(tick(&self)->live.by_status[LIQ_MARGIN_OK], before);
    cr_assert_eq(apply(&self, ORDERS,
                       "\"type\":\"instrument\",\"definition\":{\"symbol\":\"BTCUSDT\","
                       "\"kind\":\"linear\",\"base\":\"BTC\",\"settle\":\"USDT\","
                       "\"multiplier\":\"1\",\"lot\":\"0.001\",\"tick\":\"0.1\","
                       "\"liquidation_fee\":\"0.005\",\"fund\":\"USDT\","
                       "\"tiers\":[{\"floor\":\"0\",\"mmr\":\"0.5\",\"imr\":\"0.6\"}]}"),
                 LIQ_OK);
    cr_expect_gt(tick(&self)->settle.margin_accounts, 0);
    cr_expect_neq(self.core.last.live.by_status[LIQ_MARGIN_OK], before);
    clear(&self);
}

/* The state of a core with holds, halts, times and counts, written, read and written again. */
Test(engine_core, comes_back_from_what_it_wrote)
{
    given self;
    given other;
    void *first = NULL;
    void *second = NULL;
    size_t first_bytes;
    size_t second_bytes;
    liq_error err;

    make(&self, false);
    make(&other, false);
    marks(&self);
    (void)apply(&self, ORDERS,
                "\"type\":\"position\",\"account\":\"comet\",\"symbol\":\"NONE\","
                "\"side\":\"long\",\"contracts\":\"1\",\"entryPrice\":\"1\"");
    (void)apply(&self, ORDERS,
                "\"type\":\"balance\",\"account\":\"drift\",\"asset\":\"ETH\","
                "\"walletBalance\":\"0\",\"accountSeq\":7");
    (void)apply(&self, ORDERS,
                "\"type\":\"volatility\",\"symbol\":\"BTCUSDT\",\"impliedVolatility\":\"0.65\"");
    (void)apply(&self, ORDERS, "\"type\":\"control\",\"action\":\"halt\",\"symbol\":\"SOLUSDT\"");
    liq_core_gap(&self.core, ORDERS, 9, 11);
    cr_assert_eq(liq_core_state_write(&self.core, &first, &first_bytes, &err), LIQ_OK);
    cr_assert_eq(liq_core_state_read(&other.core, "state", first, first_bytes, false, &err), LIQ_OK,
                 "%s", err.message);
    cr_assert_eq(liq_core_state_write(&other.core, &second, &second_bytes, &err), LIQ_OK);
    cr_expect_eq(first_bytes, second_bytes);
    cr_expect_arr_eq(first, second, first_bytes);
    free(first);
    free(second);
    clear(&self);
    clear(&other);
}

/* Whatever byte is missing or another, the state is refused. */
Test(engine_core, refuses_a_state_that_is_cut_or_damaged)
{
    given self;
    char *state = NULL;
    size_t bytes;
    liq_error err;

    make(&self, false);
    marks(&self);
    cr_assert_eq(liq_core_state_write(&self.core, (void **)&state, &bytes, &err), LIQ_OK);
    for (size_t i = 0; i < bytes; i++) {
        liq_core_config config;

        state[i] ^= 1;
        cr_expect_eq(liq_core_state_config(&config, "state", (liq_text){state, bytes}, &err),
                     LIQ_BAD_INPUT, "byte %zu", i);
        state[i] ^= 1;
        cr_expect_eq(liq_core_state_config(&config, "state", (liq_text){state, i}, &err),
                     LIQ_BAD_INPUT, "cut to %zu bytes", i);
    }
    free(state);
    clear(&self);
}
