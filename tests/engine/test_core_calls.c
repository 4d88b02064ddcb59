/*
 * Margin calls of accounts that are held: sent when the hold ends, once, and only if there is still
 * reason to; also by a core that was loaded in between. The account is birch of the bundled book,
 * whose isolated long of 2 BTCUSDT is at the warning level at 62150.4.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/state_snapshot.h"
#include "feed/feed_parse.h"

enum { MARKS = 0, ORDERS = 1, NOW = 1000000, STEP_MS = 100 };

#define WARNED "62150.4"
#define WELL "64000"
#define SPENT "61000"

/* A core, and a second one that is loaded from a snapshot of it. */
typedef struct given {
    liq_core cores[2];
    liq_feed_parser parser;
    liq_feed_batch *batch;
    uint64_t seqs[2];
    int64_t now_ms;
    char folder[64];
} given;

static void make(given *self)
{
    const liq_core_config config = {.sources = {"marks", "orders"},
                                    .source_count = 2,
                                    .stale_ms = 5000,
                                    .advice_ms = 3000,
                                    .book_is_complete = true};
    liq_book *book = NULL;
    liq_error err;

    *self = (given){.now_ms = NOW, .folder = "/tmp/liq-calls-XXXXXX"};
    cr_assert_not_null(mkdtemp(self->folder));
    cr_assert_eq(liq_book_load(&book, LIQ_SOURCE_DIR "/host/demo", NULL, &err), LIQ_OK, "%s",
                 err.message);
    cr_assert_eq(liq_core_create(&self->cores[0], &config, book, &err), LIQ_OK, "%s", err.message);
    cr_assert_eq(liq_feed_batch_create(&self->batch, &err), LIQ_OK);
}

static void clear(given *self)
{
    liq_state_remove_before(self->folder, UINT64_MAX);
    cr_expect_eq(rmdir(self->folder), 0);
    liq_core_destroy(&self->cores[0]);
    liq_core_destroy(&self->cores[1]);
    liq_feed_batch_destroy(self->batch);
    liq_feed_parser_clear(&self->parser);
}

static bool has_second(const given *self)
{
    return self->cores[1].live != NULL;
}

static void apply(given *self, uint32_t source, const char *rest)
{
    char line[1024];
    liq_error err;

    (void)snprintf(line, sizeof line, "{\"seq\":%" PRIu64 ",%s}", ++self->seqs[source], rest);
    liq_feed_batch_clear(self->batch);
    cr_assert_eq(liq_feed_parse(&self->parser, self->batch, liq_text_of(line), &err), LIQ_OK);
    for (int i = 0; i <= has_second(self); i++)
        cr_assert_eq(liq_core_apply(&self->cores[i], source, &self->batch->events[0], &err), LIQ_OK,
                     "%s", err.message);
}

static void mark(given *self, const char *symbol, const char *price)
{
    char rest[256];

    (void)snprintf(rest, sizeof rest,
                   "\"type\":\"marks\",\"marks\":[{\"symbol\":\"%s\",\"markPrice\":\"%s\"}]",
                   symbol, price);
    apply(self, MARKS, rest);
}

static uint32_t calls(const liq_core *core)
{
    uint32_t count = 0;

    for (uint64_t i = 0; i < liq_settle_action_count(core->settle); i++) {
        liq_settle_action action;

        liq_settle_action_read(core->settle, i, &action);
        count += action.kind == LIQ_SETTLE_MARGIN_CALL && strcmp(action.account, "birch") == 0;
    }
    return count;
}

/* A tick of both, which decide the same. @return margin calls of birch */
static uint32_t tick(given *self)
{
    liq_error err;

    self->now_ms += STEP_MS;
    for (int i = 0; i <= has_second(self); i++)
        cr_assert_eq(liq_core_run(&self->cores[i], self->now_ms, &err), LIQ_OK, "%s", err.message);
    if (has_second(self)) {
        cr_expect_str_eq(self->cores[1].last.state_hash, self->cores[0].last.state_hash);
        cr_expect_eq(calls(&self->cores[1]), calls(&self->cores[0]));
    }
    return calls(&self->cores[0]);
}

static void load_second(given *self)
{
    char sha256[65];
    char name[LIQ_STATE_NAME_BYTES];
    liq_error err;

    liq_core_destroy(&self->cores[1]);
    self->cores[1].folder = self->folder;
    liq_state_name(name, self->cores[0].tick);
    cr_assert_eq(liq_state_save(&self->cores[0], self->folder, sha256, &err), LIQ_OK, "%s",
                 err.message);
    cr_assert_eq(liq_state_load(&self->cores[1], self->folder, name, sha256, &err), LIQ_OK, "%s",
                 err.message);
}

/* How an account comes to be held, and how that ends. */
typedef struct hold_case {
    char name[16];
    char begins[160];
    char ends[160];
    bool is_gap;
    bool is_stale;
} hold_case;

static void hold_begin(given *self, const hold_case *hold)
{
    if (hold->is_gap) {
        for (int i = 0; i <= has_second(self); i++)
            liq_core_gap(&self->cores[i], ORDERS, self->seqs[ORDERS] + 1, self->seqs[ORDERS] + 1);
        self->seqs[ORDERS]++;
    }
    if (hold->begins[0] != '\0')
        apply(self, ORDERS, hold->begins);
}

ParameterizedTestParameters(core_calls, sends_a_call_when_the_hold_ends)
{
    static hold_case cases[] = {
        {.name = "halt",
         .begins = "\"type\":\"control\",\"action\":\"halt\"",
         .ends = "\"type\":\"control\",\"action\":\"resume\""},
        {.name = "halted symbol",
         .begins = "\"type\":\"control\",\"action\":\"halt\",\"symbol\":\"BTCUSDT\"",
         .ends = "\"type\":\"control\",\"action\":\"resume\",\"symbol\":\"BTCUSDT\""},
        {.name = "stale mark", .is_stale = true},
        {.name = "gap",
         .begins = "\"type\":\"balance\",\"account\":\"birch\",\"asset\":\"USDT\","
                   "\"walletBalance\":\"5000\",\"accountSeq\":1",
         .ends = "\"type\":\"balance\",\"account\":\"birch\",\"asset\":\"USDT\","
                 "\"walletBalance\":\"5000\",\"accountSeq\":2",
         .is_gap = true}};

    return cr_make_param_array(hold_case, cases, sizeof cases / sizeof cases[0]);
}

ParameterizedTest(hold_case *hold, core_calls, sends_a_call_when_the_hold_ends)
{
    given self;

    make(&self);
    mark(&self, "ETHUSDT", "2438.62"); /* birch holds none of that */
    if (!hold->is_stale)
        mark(&self, "BTCUSDT", WARNED);
    hold_begin(&self, hold);
    cr_expect_eq(tick(&self), 0, "%s: while it is held", hold->name);
    load_second(&self);
    cr_expect_eq(tick(&self), 0, "%s: nothing moved", hold->name);
    load_second(&self);
    if (hold->ends[0] != '\0')
        apply(&self, ORDERS, hold->ends);
    if (hold->is_stale)
        mark(&self, "BTCUSDT", WARNED);
    cr_expect_eq(tick(&self), 1, "%s: it is sent", hold->name);
    cr_expect_eq(tick(&self), 0, "%s: once", hold->name);
    load_second(&self);
    cr_expect_eq(tick(&self), 0, "%s: also after a start", hold->name);
    clear(&self);
}

/* What the price does during a halt, and what is owed when it ends. */
typedef struct path_case {
    char name[32];
    char prices[3][12];
    uint32_t calls_before; /* at the first price, before the halt */
    uint32_t calls_behind;
} path_case;

ParameterizedTestParameters(core_calls, owes_what_the_level_at_the_end_asks_for)
{
    static path_case cases[] = {{"reached and left", {WELL, WARNED, WELL}, 0, 0},
                                {"reached", {WELL, WELL, WARNED}, 0, 1},
                                {"past it and back", {WELL, SPENT, WARNED}, 0, 1},
                                {"told before", {WARNED, WARNED, WARNED}, 1, 0},
                                {"told, left and back", {WARNED, WELL, WARNED}, 1, 1},
                                {"past it after it", {WARNED, SPENT, WARNED}, 1, 0}};

    return cr_make_param_array(path_case, cases, sizeof cases / sizeof cases[0]);
}

ParameterizedTest(path_case *path, core_calls, owes_what_the_level_at_the_end_asks_for)
{
    given self;

    make(&self);
    mark(&self, "BTCUSDT", path->prices[0]);
    cr_expect_eq(tick(&self), path->calls_before, "%s", path->name);
    apply(&self, ORDERS, "\"type\":\"control\",\"action\":\"halt\"");
    for (int i = 1; i < 3; i++) {
        mark(&self, "BTCUSDT", path->prices[i]);
        cr_expect_eq(tick(&self), 0, "%s", path->name);
        load_second(&self);
    }
    apply(&self, ORDERS, "\"type\":\"control\",\"action\":\"resume\"");
    cr_expect_eq(tick(&self), path->calls_behind, "%s", path->name);
    cr_expect_eq(tick(&self), 0, "%s", path->name);
    clear(&self);
}

/* Warned during the halt, then past it, then back: nobody has told the account anything. */
Test(core_calls, remembers_a_call_that_waits_while_the_account_is_worse)
{
    given self;

    make(&self);
    mark(&self, "BTCUSDT", WELL);
    cr_expect_eq(tick(&self), 0);
    apply(&self, ORDERS, "\"type\":\"control\",\"action\":\"halt\"");
    mark(&self, "BTCUSDT", WARNED);
    cr_expect_eq(tick(&self), 0);
    mark(&self, "BTCUSDT", SPENT);
    cr_expect_eq(tick(&self), 0);
    load_second(&self);
    mark(&self, "BTCUSDT", WARNED);
    cr_expect_eq(tick(&self), 0);
    apply(&self, ORDERS, "\"type\":\"control\",\"action\":\"resume\"");
    cr_expect_eq(tick(&self), 1);
    clear(&self);
}

/* The position is another one by then, in another place of the book. */
Test(core_calls, follows_a_position_that_changes_and_forgets_one_that_is_closed)
{
    static const char *const changed =
        "\"type\":\"position\",\"account\":\"birch\",\"symbol\":\"BTCUSDT\",\"side\":\"long\","
        "\"marginMode\":\"isolated\",\"contracts\":\"1.99\",\"entryPrice\":\"63450\","
        "\"isolatedMargin\":\"3180\"";
    static const char *const closed =
        "\"type\":\"position\",\"account\":\"birch\",\"symbol\":\"BTCUSDT\",\"side\":\"long\","
        "\"marginMode\":\"isolated\",\"contracts\":\"0\"";

    for (int is_closed = 0; is_closed < 2; is_closed++) {
        given self;

        make(&self);
        mark(&self, "BTCUSDT", WARNED);
        apply(&self, ORDERS, "\"type\":\"control\",\"action\":\"halt\"");
        cr_expect_eq(tick(&self), 0);
        load_second(&self);
        apply(&self, ORDERS, is_closed ? closed : changed);
        cr_expect_eq(tick(&self), 0);
        apply(&self, ORDERS, "\"type\":\"control\",\"action\":\"resume\"");
        cr_expect_eq(tick(&self), is_closed ? 0 : 1);
        clear(&self);
    }
}

/* What an account that is seen for the first time comes to: while it is held nobody tells it. */
Test(core_calls, calls_who_was_first_seen_past_liquidation_while_it_was_held)
{
    for (int is_back = 0; is_back < 2; is_back++) {
        given self;

        make(&self);
        apply(&self, ORDERS, "\"type\":\"control\",\"action\":\"halt\"");
        mark(&self, "BTCUSDT", SPENT);
        cr_expect_eq(tick(&self), 0);
        load_second(&self);
        cr_expect_eq(tick(&self), 0);
        mark(&self, "BTCUSDT", is_back ? WELL : WARNED);
        cr_expect_eq(tick(&self), 0);
        load_second(&self);
        apply(&self, ORDERS, "\"type\":\"control\",\"action\":\"resume\"");
        cr_expect_eq(tick(&self), !is_back);
        cr_expect_eq(tick(&self), 0);
        clear(&self);
    }
}

/* Whoever is liquidated when the hold ends knows of that, and of no milder level. */
Test(core_calls, calls_nobody_who_was_liquidated_when_the_hold_ended)
{
    given self;

    make(&self);
    mark(&self, "BTCUSDT", WELL);
    cr_expect_eq(tick(&self), 0);
    apply(&self, ORDERS, "\"type\":\"control\",\"action\":\"halt\"");
    mark(&self, "BTCUSDT", SPENT);
    cr_expect_eq(tick(&self), 0);
    apply(&self, ORDERS, "\"type\":\"control\",\"action\":\"resume\"");
    cr_expect_eq(tick(&self), 0);
    load_second(&self);
    mark(&self, "BTCUSDT", WARNED);
    cr_expect_eq(tick(&self), 0);
    clear(&self);
}
