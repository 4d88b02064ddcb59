/*
 * A sidecar that is sent bad prices: nobody is liquidated by them, and a restart in the middle of
 * it all changes nothing.
 */
#include <criterion/criterion.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "book/columns.h"
#include "feed/feed_parse.h"
#include "guard/guard_internal.h"
#include "scan/live_scan.h"
#include "support_core_state.h"

enum { START_MS = 1000000, STEPS_MAX = 8, TEXT_BYTES = 1024 };

/* A core of the bundled book, and what its events are read with. */
typedef struct given {
    liq_core core;
    liq_guards guards;
    liq_feed_parser parser;
    liq_feed_batch *batch;
    uint64_t seq;
    liq_error said; /* of the last event that was refused */
} given;

static void core_make(given *self, liq_core *out, liq_book *book)
{
    const liq_core_config config = {.sources = {"marks"},
                                    .source_count = 1,
                                    .stale_ms = -1,
                                    .advice_ms = 3000,
                                    .book_is_complete = true};
    liq_error err = {0};

    book->venue.policy.guards = self->guards;
    cr_assert_eq(liq_core_create(out, &config, book, &err), LIQ_OK, "%s", err.message);
}

static void make(given *self, const liq_guards *guards)
{
    liq_book *book = NULL;
    liq_error err = {0};

    *self = (given){.guards = *guards};
    cr_assert_eq(liq_book_load(&book, LIQ_SOURCE_DIR "/host/demo", NULL, &err), LIQ_OK, "%s",
                 err.message);
    core_make(self, &self->core, book);
    cr_assert_eq(liq_feed_batch_create(&self->batch, &err), LIQ_OK);
}

static void clear(given *self)
{
    liq_core_destroy(&self->core);
    liq_feed_batch_destroy(self->batch);
    liq_feed_parser_clear(&self->parser);
}

/* Stop, and start from what was kept: the live book and the state. */
static void restart(given *self)
{
    core_kept kept;

    core_keep(&kept, &self->core);
    liq_core_destroy(&self->core);
    core_make(self, &self->core, kept.book);
    core_go_on(&kept, &self->core);
}

static liq_status apply(given *self, const char *rest)
{
    char line[1024];
    liq_error err = {0};

    (void)snprintf(line, sizeof line, "{\"seq\":%" PRIu64 ",%s}", ++self->seq, rest);
    liq_feed_batch_clear(self->batch);
    cr_assert_eq(liq_feed_parse(&self->parser, self->batch, liq_text_of(line), &err), LIQ_OK);
    cr_assert_neq(self->batch->events[0].kind, LIQ_FEED_BAD, "%s: %s", line,
                  self->batch->events[0].reason);
    return liq_core_apply(&self->core, 0, &self->batch->events[0], &self->said);
}

static liq_status mark(given *self, int64_t time_ms, const char *symbol, const char *price)
{
    char rest[256];

    (void)snprintf(rest, sizeof rest,
                   "\"time\":%" PRId64
                   ",\"type\":\"marks\",\"marks\":[{\"symbol\":\"%s\",\"markPrice\":\"%s\"}]",
                   time_ms, symbol, price);
    return apply(self, rest);
}

/* Halts, resumes and what guards say, in short, and whether anybody was liquidated. */
static void tick_text(given *self, int64_t now_ms, char out[TEXT_BYTES])
{
    bool liquidates = false;
    size_t used = 0;
    liq_error err = {0};

    out[0] = '\0';
    cr_assert_eq(liq_core_run(&self->core, now_ms, &err), LIQ_OK, "%s", err.message);
    for (uint64_t i = 0; i < liq_settle_action_count(self->core.settle); i++) {
        liq_settle_action action;

        liq_settle_action_read(self->core.settle, i, &action);
        liquidates |= action.kind == LIQ_SETTLE_CLOSE || action.kind == LIQ_SETTLE_TAKEOVER ||
                      action.kind == LIQ_SETTLE_REDUCE;
        if (action.kind == LIQ_SETTLE_HALT || action.kind == LIQ_SETTLE_RESUME ||
            action.kind == LIQ_SETTLE_GUARD)
            used += (size_t)snprintf(
                out + used, TEXT_BYTES - used, "%s:%s:%s:%s ", liq_settle_kind_name(action.kind),
                liq_settle_reason_name(action.reason), action.instrument, action.observed);
    }
    (void)snprintf(out + used, TEXT_BYTES - used, "%s", liquidates ? "liquidates" : "");
}

/* A mark of BTCUSDT, or an event, then a tick. The other instruments are fresh. */
typedef struct feed_step {
    int64_t after_ms;  /* since the start */
    const char *price; /* NULL: none */
    const char *event; /* NULL: none */
    bool is_refused;
    const char *expected;
} feed_step;

typedef struct feed_case {
    const char *about;
    liq_guards guards;
    feed_step steps[STEPS_MAX];
} feed_case;

static const feed_case cases[] = {
    {"a spike down halts, and nobody is liquidated by it",
     {.stale_ms = 10000, .step = 10000, .confirm_marks = 3, .confirm_ms = 30000, .calm_ms = 0},
     {{0, "62150.4", NULL, false, "liquidates"},
      {100, "6215", NULL, false, "halt:step_clamp:BTCUSDT:6215 "},
      {200, "62150.5", NULL, false, "resume:step_clamp:BTCUSDT:62150.5 "}}},
    {"a crash is followed when it is confirmed",
     {.stale_ms = 10000, .step = 10000, .confirm_marks = 2, .confirm_ms = 30000, .calm_ms = 0},
     {{0, "62150.4", NULL, false, "liquidates"},
      {100, "50000", NULL, false, "halt:step_clamp:BTCUSDT:50000 "},
      {200, "50010", NULL, false, ""},
      {300, "49990", NULL, false, "resume:step_clamp:BTCUSDT:49990 liquidates"}}},
    {"a zero and a late mark are refused",
     {.stale_ms = 10000, .calm_ms = 100},
     {{0, "62150.4", NULL, false, "liquidates"},
      {100, "0", NULL, true, "halt:bad_mark:BTCUSDT:0 halt:stale_mark:BTCUSDT:0 "},
      {200, "62151", NULL, false, "resume:stale_mark:BTCUSDT:0 resume:bad_mark:BTCUSDT:62151 "},
      {300, NULL,
       "\"time\":999000,\"type\":\"marks\",\"marks\":[{\"symbol\":\"BTCUSDT\",\"markPrice\":"
       "\"1\"}]",
       false, "guard:out_of_order:BTCUSDT:1200 "},
      {400, "62151", NULL, false, "resume:out_of_order:BTCUSDT:0 "}}},
    {"a mark that does not come is stale, once",
     {.stale_ms = 1000},
     {{0, "62150.4", NULL, false, "liquidates"},
      {1000, NULL, NULL, false, ""},
      {1001, NULL, NULL, false, "halt:stale_mark:BTCUSDT:1001 "},
      {5000, NULL, NULL, false, ""},
      {5100, "62150", NULL, false, "resume:stale_mark:BTCUSDT:0 "}}},
    {"a mark of a time that is far from having come is stale, and silences none behind it",
     {.stale_ms = 10000, .step = 500000, .confirm_marks = 3},
     {{0, "62150.4", NULL, false, "liquidates"},
      {100, NULL,
       "\"time\":1700000000000,\"type\":\"marks\",\"marks\":[{\"symbol\":\"BTCUSDT\","
       "\"markPrice\":\"50000\"}]",
       false, "halt:stale_mark:BTCUSDT:1699998999900 "},
      {200, "62150", NULL, false, "resume:stale_mark:BTCUSDT:0 "},
      {300, NULL,
       "\"time\":1010300,\"type\":\"marks\",\"marks\":[{\"symbol\":\"BTCUSDT\","
       "\"markPrice\":\"62140\"}]",
       false, ""},
      {400, "62150", NULL, false,
       "guard:out_of_order:BTCUSDT:9900 resume:out_of_order:BTCUSDT:0 "}}},
    {"a breaker stays on over a restart and is taken off by hand",
     {.stale_ms = 10000,
      .breaker = LIQ_BREAKER_LIQUIDATIONS,
      .breaker_move = 50000,
      .breaker_move_ms = 64000,
      .breaker_cooldown_ms = 60000},
     {{0, "62150.4", NULL, false, "liquidates"},
      {100, "50000", NULL, false, "halt:price_speed:BTCUSDT:62150.4 "},
      {200, "50000", NULL, false, ""},
      {300, NULL, "\"type\":\"control\",\"action\":\"resume\",\"symbol\":\"BTCUSDT\"", false,
       "resume:price_speed:BTCUSDT:62150.4 liquidates"},
      {400, "40000", NULL, false, "liquidates"}}},
};

static void others(given *self, int64_t time_ms)
{
    static const char *const lines[][2] = {
        {"ETHUSDT", "2438.62"}, {"SOLUSDT", "146.13"}, {"DOGEUSDT", "0.1082"}};

    for (size_t i = 0; i < 3; i++)
        cr_assert_eq(mark(self, time_ms, lines[i][0], lines[i][1]), LIQ_OK);
}

/* The state that the journal notes of each step: restarts do not change it. */
static void hash_check(const given *self, char hashes[STEPS_MAX][65], size_t step, bool restarts)
{
    if (!restarts)
        memcpy(hashes[step], self->core.last.state_hash, 65);
    cr_expect_str_eq(self->core.last.state_hash, hashes[step], "step %zu", step);
}

static void case_run(const feed_case *of, bool restarts, char hashes[STEPS_MAX][65])
{
    given self;

    make(&self, &of->guards);
    for (size_t i = 0; i < STEPS_MAX && of->steps[i].expected != NULL; i++) {
        const feed_step *step = &of->steps[i];
        const int64_t now_ms = START_MS + step->after_ms;
        char text[TEXT_BYTES];

        others(&self, now_ms);
        if (step->price != NULL)
            cr_expect_eq(mark(&self, now_ms, "BTCUSDT", step->price) != LIQ_OK, step->is_refused,
                         "%s, step %zu", of->about, i);
        if (step->event != NULL)
            cr_expect_eq(apply(&self, step->event), LIQ_OK, "%s, step %zu", of->about, i);
        tick_text(&self, now_ms, text);
        cr_expect_str_eq(text, step->expected, "%s, step %zu%s: \"%s\"", of->about, i,
                         restarts ? ", restarted" : "", text);
        hash_check(&self, hashes, i, restarts);
        if (restarts)
            restart(&self);
    }
    clear(&self);
}

Test(core_guard, holds_whoever_depends_on_a_bad_price_over_restarts_too)
{
    char hashes[STEPS_MAX][65];

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        case_run(&cases[i], false, hashes);
        case_run(&cases[i], true, hashes);
    }
}

Test(core_guard, counts_whom_it_holds_for_a_guard)
{
    const liq_guards guards = {.step = 10000, .confirm_marks = 3};
    char text[TEXT_BYTES];
    given self;

    make(&self, &guards);
    others(&self, START_MS);
    cr_assert_eq(mark(&self, START_MS, "BTCUSDT", "6215"), LIQ_OK);
    tick_text(&self, START_MS, text);
    cr_expect_gt(self.core.last.held[LIQ_HELD_GUARD], 0);
    cr_expect_eq(liq_guard_held_count(self.core.guard.guard), 1);
    clear(&self);
}

/* An event of BTCUSDT with what its mark is to be made of, then a tick. */
typedef struct made_step {
    int64_t after_ms;    /* since the start; both of the event and of the tick */
    const char *made_of; /* inside the object of the mark */
    const char *refused; /* a part of why; NULL: it is not */
    const char *mark;    /* that stands then */
    const char *expected;
} made_step;

typedef struct made_case {
    const char *about;
    liq_guards guards;
    made_step steps[STEPS_MAX];
} made_case;

#define DUE "\"fundingRate\":\"0.0001\",\"fundingTimestamp\":15400000"

/* START_MS is 14400000 before the funding is due, half of its 8 hours. */
static const made_case made_cases[] = {
    {"the median of Binance",
     {.step = 100000, .confirm_marks = 3, .mark = LIQ_MARK_BINANCE, .mark_window_ms = 150000},
     /* 62003.1, 62000 + 101, 62100 */
     {{0, "\"indexPrice\":\"62000\",\"last\":\"62100\",\"bid\":\"62099\",\"ask\":\"62103\"," DUE,
       NULL, "62100", "liquidates"},
      /* 62003.07, 62000 + (101 + 1) / 2, 62500 */
      {150000,
       "\"indexPrice\":\"62000\",\"last\":\"62500\",\"bid\":\"62001\",\"ask\":\"62001\"," DUE, NULL,
       "62051", ""},
      /* an index that comes behind it is one for the next: 62000 + 51 + 449 / 4 and 62500 */
      {200000, "\"last\":\"62500\"},{\"symbol\":\"BTC\",\"indexPrice\":\"62000\"", "index price",
       "62051", "halt:bad_mark:BTCUSDT:0 halt:stale_mark:BTCUSDT:0 "},
      {200000, "\"last\":\"62500\"", NULL, "62331.625",
       "resume:stale_mark:BTCUSDT:0 resume:bad_mark:BTCUSDT:62331.625 liquidates"},
      /* a wild index is in doubt, and moves no average: the next one goes on from before it */
      {200100, "\"indexPrice\":\"620000\",\"last\":\"62500\"", NULL, "62331.625",
       "halt:step_clamp:BTCUSDT:341145.86109260493 "},
      {200200, "\"last\":\"62500\"", NULL, "62331.849201065246",
       "resume:step_clamp:BTCUSDT:62331.849201065246 "},
      {200300, "\"last\":\"62500\",\"bid\":\"0\"", "its bid is not known", "62331.849201065246",
       "halt:bad_mark:BTCUSDT:0 halt:stale_mark:BTCUSDT:0 "},
      /* what is late is not judged further */
      {100000, "\"last\":\"60000\",\"bid\":\"0\"", NULL, "62331.849201065246",
       "guard:out_of_order:ETHUSDT:100300 guard:out_of_order:SOLUSDT:100300 "
       "guard:out_of_order:DOGEUSDT:100300 guard:out_of_order:BTCUSDT:100200 "
       "resume:out_of_order:BTCUSDT:0 resume:out_of_order:ETHUSDT:0 "
       "resume:out_of_order:SOLUSDT:0 resume:out_of_order:DOGEUSDT:0 "}}},
    {"the median of Hyperliquid",
     {.mark = LIQ_MARK_HYPERLIQUID, .mark_window_ms = 1000},
     /* 62000 + 100, the median of 62095, 62105 and 62300, and 62101 */
     {{0,
       "\"indexPrice\":\"62000\",\"bid\":\"62095\",\"ask\":\"62105\",\"last\":\"62300\","
       "\"outsidePrice\":\"62101\"",
       NULL, "62101", "liquidates"},
      /* half of 100 and 200: 62150 and 62200 */
      {1000, "\"indexPrice\":\"62000\",\"bid\":\"62195\",\"ask\":\"62205\"", NULL, "62175",
       "liquidates"},
      {2000, "\"indexPrice\":\"62000\",\"outsidePrice\":\"62300\"", NULL, "62225", ""}}},
    {"a mark that is sent is taken as it is",
     {.mark = LIQ_MARK_HYPERLIQUID, .mark_window_ms = 1000},
     {{0, "\"markPrice\":\"62150.4\"", NULL, "62150.4", "liquidates"},
      {1000, "\"indexPrice\":\"62000\",\"last\":\"62100\"", NULL, "62100", "liquidates"}}},
};

static liq_status made(given *self, int64_t now_ms, const char *made_of)
{
    char rest[512];

    (void)snprintf(rest, sizeof rest,
                   "\"time\":%" PRId64
                   ",\"type\":\"marks\",\"marks\":[{\"symbol\":\"BTCUSDT\",%s}]",
                   now_ms, made_of);
    return apply(self, rest);
}

static void made_run(const made_case *of, bool restarts, char hashes[STEPS_MAX][65])
{
    given self;

    make(&self, &of->guards);
    for (size_t i = 0; i < STEPS_MAX && of->steps[i].expected != NULL; i++) {
        const made_step *step = &of->steps[i];
        char text[TEXT_BYTES];
        char mark_text[LIQ_DECIMAL_BYTES];
        liq_status status;
        liq_decimal mark_now;

        others(&self, START_MS + step->after_ms);
        status = made(&self, START_MS + step->after_ms, step->made_of);
        cr_expect_eq(status == LIQ_OK, step->refused == NULL, "%s, step %zu: %s", of->about, i,
                     self.said.message);
        if (status != LIQ_OK && step->refused != NULL)
            cr_expect_not_null(strstr(self.said.message, step->refused), "%s, step %zu: %s",
                               of->about, i, self.said.message);
        tick_text(&self, START_MS + step->after_ms, text);
        cr_expect_str_eq(text, step->expected, "%s, step %zu%s: \"%s\"", of->about, i,
                         restarts ? ", restarted" : "", text);
        mark_now = self.core.live->book.prices.instrument_marks[0];
        (void)liq_decimal_format(mark_text, mark_now.digits, mark_now.decimals);
        cr_expect_str_eq(mark_text, step->mark, "%s, step %zu%s: %s", of->about, i,
                         restarts ? ", restarted" : "", mark_text);
        hash_check(&self, hashes, i, restarts);
        if (restarts)
            restart(&self);
    }
    clear(&self);
}

Test(core_guard, makes_marks_of_other_prices_over_restarts_too)
{
    char hashes[STEPS_MAX][65];

    for (size_t i = 0; i < sizeof made_cases / sizeof made_cases[0]; i++) {
        made_run(&made_cases[i], false, hashes);
        made_run(&made_cases[i], true, hashes);
    }
}

typedef struct made_refusal {
    liq_mark_rule rule;
    const char *event;
    liq_status status;
    const char *message; /* a part of it */
} made_refusal;

#define MARKS_OF(time, mark) time "\"type\":\"marks\",\"marks\":[{" mark "}]"

Test(core_guard, refuses_marks_that_cannot_be_made)
{
    static const made_refusal rows[] = {
        {LIQ_MARK_GIVEN,
         MARKS_OF("\"time\":9,", "\"symbol\":\"BTCUSDT\",\"last\":\"1\",\"indexPrice\":\"1\""),
         LIQ_UNSUPPORTED, "marks[0] BTCUSDT: the policy makes no marks"},
        {LIQ_MARK_BINANCE, MARKS_OF("\"time\":9,", "\"symbol\":\"NONE\",\"last\":\"1\""),
         LIQ_NOT_FOUND, "symbol \"NONE\" is not an instrument"},
        {LIQ_MARK_BINANCE, MARKS_OF("\"time\":9,", "\"symbol\":\"BTC\",\"last\":\"1\""),
         LIQ_NOT_FOUND, "symbol \"BTC\" is not an instrument"},
        {LIQ_MARK_BINANCE,
         MARKS_OF("", "\"symbol\":\"BTCUSDT\",\"last\":\"1\",\"indexPrice\":\"1\""), LIQ_BAD_INPUT,
         "needs a time"},
        {LIQ_MARK_BINANCE,
         MARKS_OF(
             "\"time\":9,",
             "\"symbol\":\"BTCUSDT\",\"last\":\"1\",\"fundingRate\":\"2\",\"fundingTimestamp\":1"),
         LIQ_OUT_OF_RANGE, "funding rate \"2\" must be -1 .. 1"},
        {LIQ_MARK_BINANCE, MARKS_OF("\"time\":9,", "\"symbol\":\"BTCUSDT\",\"last\":\"1\""),
         LIQ_OUT_OF_RANGE, "its index price is not known"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const liq_guards guards = {.mark = rows[i].rule, .mark_window_ms = 1};
        given self;

        make(&self, &guards);
        cr_expect_eq(apply(&self, rows[i].event), rows[i].status, "%zu", i);
        cr_expect_not_null(strstr(self.said.message, rows[i].message), "%zu: %s", i,
                           self.said.message);
        clear(&self);
    }
}

/* However often it is started before it runs, and once. */
Test(core_guard, says_that_a_breaker_is_off_which_the_policy_no_longer_has)
{
    for (int is_off = 0; is_off <= 1; is_off++) {
        const liq_guards guards = {.stale_ms = 10000,
                                   .breaker = LIQ_BREAKER_LIQUIDATIONS,
                                   .breaker_move = 50000,
                                   .breaker_move_ms = 64000,
                                   .breaker_cooldown_ms = 60000};
        char text[TEXT_BYTES];
        given self;

        make(&self, &guards);
        others(&self, START_MS);
        cr_assert_eq(mark(&self, START_MS, "BTCUSDT", "62150.4"), LIQ_OK);
        tick_text(&self, START_MS, text);
        cr_assert_eq(mark(&self, START_MS + 100, "BTCUSDT", "50000"), LIQ_OK);
        tick_text(&self, START_MS + 100, text);
        cr_expect_str_eq(text, "halt:price_speed:BTCUSDT:62150.4 ");
        if (is_off == 1)
            self.guards.breaker = LIQ_BREAKER_OFF;
        self.guards.breaker_move = 0;
        self.guards.breaker_rounds = 4;
        restart(&self);
        restart(&self);
        cr_expect_eq(liq_settle_breaker_count(self.core.settle), 1);
        tick_text(&self, START_MS + 200, text);
        cr_expect_str_eq(text, "resume:price_speed:BTCUSDT:50000 liquidates", "%s", text);
        cr_expect_eq(liq_settle_breaker_count(self.core.settle), 0);
        restart(&self);
        tick_text(&self, START_MS + 300, text);
        cr_expect_null(strstr(text, "price_speed"), "%s", text);
        clear(&self);
    }
}

/* What stands is what is handed out, not what was sent. */
Test(core_guard, has_the_book_take_the_mark_of_a_clamp)
{
    const liq_guards guards = {.step = 10000, .suspect = LIQ_SUSPECT_CLAMP, .confirm_marks = 3};
    char text[LIQ_DECIMAL_BYTES];
    liq_decimal now;
    given self;

    make(&self, &guards);
    cr_assert_eq(mark(&self, START_MS, "BTCUSDT", "62000"), LIQ_OK);
    cr_assert_eq(mark(&self, START_MS + 1, "BTCUSDT", "70000"), LIQ_OK);
    now = self.core.live->book.prices.instrument_marks[0];
    cr_expect_str_eq(liq_decimal_format(text, now.digits, now.decimals), "62620");
    clear(&self);
}

/* Whoever has something of an asset whose index price is none, wherever it stands among others. */
Test(core_guard, holds_for_each_asset_of_an_account)
{
    static const char *const assets[] = {"USDC", "BTC", "ETH"};

    for (size_t i = 0; i < sizeof assets / sizeof assets[0]; i++) {
        const liq_guards guards = {.step = 10000, .confirm_marks = 3};
        char text[TEXT_BYTES];
        uint32_t account = 0;
        given self;

        make(&self, &guards);
        for (size_t k = 0; k < sizeof assets / sizeof assets[0]; k++) {
            char rest[256];

            (void)snprintf(rest, sizeof rest,
                           "\"type\":\"balance\",\"account\":\"abacus\",\"asset\":\"%s\","
                           "\"walletBalance\":\"1\"",
                           assets[k]);
            cr_assert_eq(apply(&self, rest), LIQ_OK, "%s", self.said.message);
        }
        (void)snprintf(text, sizeof text,
                       "\"type\":\"marks\",\"marks\":[{\"symbol\":\"%s\",\"indexPrice\":\"0\"}]",
                       assets[i]);
        cr_assert_neq(apply(&self, text), LIQ_OK);
        cr_assert(liq_live_account_index(self.core.live, "abacus", &account));
        cr_expect(liq_price_guard_holds(&self.core.guard, account), "%s", assets[i]);
        clear(&self);
    }
}

/* Sources weigh what the policy says of their names. */
Test(core_guard, weighs_sources_by_their_names)
{
    const liq_guards guards = {.index_outlier = 50000,
                               .index_weights = {{"nobody", 9}, {"marks", 5}},
                               .index_weight_count = 2};
    given self;

    make(&self, &guards);
    cr_expect_eq(self.core.guard.guard->weights[0], 5);
    cr_expect_eq(self.core.guard.guard->weights[1], 1);
    clear(&self);
}
