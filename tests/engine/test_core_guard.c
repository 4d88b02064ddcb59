/*
 * A sidecar that is sent bad prices: nobody is liquidated by them, and a restart in the middle of
 * it all changes nothing.
 */
#include <criterion/criterion.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "book/columns.h"
#include "engine/core_state.h"
#include "feed/feed_parse.h"

enum { START_MS = 1000000, STEPS_MAX = 8, TEXT_BYTES = 1024 };

/* A core of the bundled book, and what its events are read with. */
typedef struct given {
    liq_core core;
    liq_guards guards;
    liq_feed_parser parser;
    liq_feed_batch *batch;
    uint64_t seq;
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
    char path[] = "/tmp/liqscan-guard-XXXXXX";
    const int file = mkstemp(path);
    liq_book *book = NULL;
    void *state = NULL;
    size_t bytes = 0;
    liq_error err = {0};

    cr_assert_geq(file, 0);
    (void)close(file);
    cr_assert_eq(liq_live_save(self->core.live, path, &err), LIQ_OK, "%s", err.message);
    cr_assert_eq(liq_core_state_write(&self->core, &state, &bytes, &err), LIQ_OK, "%s",
                 err.message);
    cr_assert_eq(liq_book_load_snapshot(&book, path, NULL, &err), LIQ_OK, "%s", err.message);
    (void)unlink(path);
    liq_core_destroy(&self->core);
    core_make(self, &self->core, book);
    cr_assert_eq(liq_core_state_read(&self->core, "state", state, bytes, false, &err), LIQ_OK, "%s",
                 err.message);
    free(state);
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
    return liq_core_apply(&self->core, 0, &self->batch->events[0], &err);
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

static void case_run(const feed_case *of, bool restarts)
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
        if (restarts)
            restart(&self);
    }
    clear(&self);
}

Test(core_guard, holds_whoever_depends_on_a_bad_price)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        case_run(&cases[i], false);
}

Test(core_guard, goes_on_over_a_restart)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        case_run(&cases[i], true);
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
