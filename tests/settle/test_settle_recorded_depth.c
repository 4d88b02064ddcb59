/*
 * Closing into a real order book: 500 levels of XRPUSDT a side, a snapshot and 49 changes within
 * seconds (1 December 2024). What settling does is held against a walk over a copy of the book that
 * this test keeps in whole numbers of its own: prices in 10^-4, quantities in XRP.
 */
#include <criterion/criterion.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <liqscan/live.h>
#include <liqscan/settle.h>

#include "../shared_data.h"
#include "support_scene.h"

enum { PRICES = 65536, LINE_BYTES = 1 << 16, PATH_BYTES = 4096, MARK = 19533, FILLS_MAX = 600 };

/* The book of this test: quantity by price. */
static int64_t sides[2][PRICES]; /* bids, asks */

/* A level that was taken. */
typedef struct taken {
    int64_t price;
    int64_t quantity;
} taken;

static liq_live *live;
static liq_settle *settle;
static venture book;
static int64_t now_ms;

/* Equity of 3.5%, past both ends of the book, against a maintenance margin of half of it all: it is
   safe when nearly all is closed. */
static void account_add(const char *id, bool is_short, int64_t quantity)
{
    char amount[32];
    char balance[32];
    const liq_live_event events[] = {
        {.kind = LIQ_LIVE_ADD_ACCOUNT, .account = id},
        {.kind = LIQ_LIVE_BALANCE, .account = id, .symbol = "USD", .amount = balance},
        {.kind = LIQ_LIVE_POSITION,
         .account = id,
         .symbol = "XUSD",
         .amount = amount,
         .price = "1.9533",
         .is_short = is_short}};
    liq_error err = {0};

    (void)snprintf(amount, sizeof amount, "%" PRId64, quantity);
    (void)snprintf(balance, sizeof balance, "%.4f", 0.035 * 1.9533 * (double)quantity);
    cr_assert_eq(liq_live_apply(live, events, 3, &err), LIQ_OK, "%s", err.message);
}

static void level_tell(bool is_ask, const char *price, const char *amount)
{
    const liq_live_event event = {.kind = LIQ_LIVE_DEPTH_LEVEL,
                                  .symbol = "XUSD",
                                  .price = price,
                                  .amount = amount,
                                  .is_short = is_ask};
    liq_error err = {0};

    cr_assert_eq(liq_live_apply(live, &event, 1, &err), LIQ_OK, "%s at %s: %s", amount, price,
                 err.message);
    sides[is_ask][(int)(strtod(price, NULL) * 10000 + 0.5)] = strtoll(amount, NULL, 10);
}

/* ["1.9531","6203"], ["1.9530","2409"] .. behind "b": or "a": */
static uint32_t levels_tell(char *line, bool is_ask)
{
    char *at = strstr(line, is_ask ? "\"a\":[" : "\"b\":[");
    uint32_t count = 0;

    cr_assert_not_null(at);
    for (at += 5; *at == '[' || *at == ','; count++) {
        char price[16];
        char amount[16];
        int length = 0;

        cr_assert_eq(
            sscanf(at + (*at == ','), "[\"%15[^\"]\",\"%15[^\"]\"]%n", price, amount, &length), 2,
            "%.40s", at);
        at += length + (*at == ',');
        level_tell(is_ask, price, amount);
    }
    return count;
}

/* The best levels for a quantity. @return how many */
static uint32_t walk(bool is_ask, int64_t quantity, taken *out)
{
    uint32_t count = 0;

    for (int i = 0; i < PRICES && quantity > 0; i++) {
        const int price = is_ask ? i : PRICES - 1 - i;
        const int64_t there = sides[is_ask][price];

        if (there == 0)
            continue;
        out[count++] = (taken){price, there < quantity ? there : quantity};
        quantity -= there < quantity ? there : quantity;
    }
    return count;
}

/* A run; its fills are the walk over what is now there. @return what was closed; *lost receives
 * what it cost against the mark, 10^-4 USD */
static int64_t run_check(bool is_ask, int64_t *lost, const char *what)
{
    taken expected[FILLS_MAX];
    liq_settle_summary summary;
    liq_error err = {0};
    int64_t closed = 0;
    int64_t cost = 0;
    uint32_t fills = 0;
    uint32_t count;

    cr_assert_eq(liq_live_tick(live, NULL, &err), LIQ_OK);
    cr_assert_eq(liq_settle_run_live(settle, now_ms, (uint64_t)now_ms, &summary, &err), LIQ_OK,
                 "%s: %s", what, err.message);
    cr_expect(summary.conserved);
    for (uint64_t i = 0; i < liq_settle_action_count(settle); i++) {
        liq_settle_action action;

        liq_settle_action_read(settle, i, &action);
        cr_expect_neq(action.kind, LIQ_SETTLE_TAKEOVER, "%s", what);
        if (action.kind == LIQ_SETTLE_CLOSE || action.kind == LIQ_SETTLE_REDUCE)
            closed += strtoll(action.quantity, NULL, 10);
    }
    count = walk(is_ask, closed, expected);
    for (uint64_t i = 0; i < liq_settle_action_count(settle); i++) {
        liq_settle_action action;

        liq_settle_action_read(settle, i, &action);
        if (action.kind != LIQ_SETTLE_CLOSE && action.kind != LIQ_SETTLE_REDUCE)
            continue;
        cr_assert_lt(fills, count, "%s", what);
        cr_expect_eq((int)(strtod(action.price, NULL) * 10000 + 0.5), expected[fills].price,
                     "%s, fill %u: at %s, not %lld", what, fills, action.price,
                     (long long)expected[fills].price);
        cr_expect_eq(strtoll(action.quantity, NULL, 10), expected[fills].quantity);
        cost += expected[fills].quantity *
                (is_ask ? expected[fills].price - MARK : MARK - expected[fills].price);
        fills++;
    }
    cr_expect_eq(fills, count, "%s: %u fills, not %u", what, fills, count);
    cr_expect_float_eq(strtod(summary.slippage, NULL), (double)cost / 10000, 1e-7, "%s: %s", what,
                       summary.slippage);
    *lost = cost;
    return closed;
}

static FILE *recording_open(void)
{
    char path[PATH_BYTES];
    char command[PATH_BYTES + 32];
    FILE *lines;

    shared_data_path(path, sizeof path, "data/xrpusdt-ob500.data.zip");
    if (system("command -v unzip >/dev/null 2>&1") != 0) {
        cr_assert_null(getenv("LIQ_REQUIRE_SHARED"), "unzip is missing");
        cr_skip_test("unzip is missing");
    }
    (void)snprintf(command, sizeof command, "unzip -p '%s'", path);
    lines = popen(command, "r");
    cr_assert_not_null(lines);
    return lines;
}

static void venue_make(liq_execution_rule execution)
{
    static const liq_live_options room = {.limits = {.events_max = 4096, .accounts_max = 64}};
    liq_liquidation *rules = scene_start(&book, 8, "1", "1.9533", "0.5", "0");

    rules->execution = execution;
    rules->limit = LIQ_LIMIT_BANKRUPTCY;
    rules->takeover = LIQ_TAKEOVER_BANKRUPT;
    rules->slicing = liq_slicing_default();
    rules->slicing.interval_ms = 0; /* a slice a tick */
    rules->slicing.urgency = 0;
    scene_fund(&book, "1000000", "0");
    (void)liq_fixture_account(&book.fixture, "venue");
    book.book = liq_fixture_finish(&book.fixture);
    cr_assert_eq(liq_live_create(&live, book.book, &room, NULL), LIQ_OK);
    cr_assert_eq(liq_settle_create_live(&settle, live, book.book, NULL), LIQ_OK);
    memset(sides, 0, sizeof sides);
}

static void venue_clear(void)
{
    liq_settle_destroy(settle);
    liq_live_destroy(live);
    venture_clear(&book);
}

/* Every change of the recording, and behind each an account more of another size. */
Test(settle_recorded_depth, is_walked_level_by_level)
{
    static const int64_t sizes[] = {1, 6203, 8612, 50000, 400000, 2500000, 7000000};
    static char line[LINE_BYTES];
    FILE *lines = recording_open();
    uint32_t messages = 0;
    uint32_t levels = 0;
    int64_t deepest = 0;

    venue_make(LIQ_EXECUTION_DEPTH);
    while (fgets(line, sizeof line, lines) != NULL) {
        const int64_t size = sizes[messages % 7];
        const bool is_short = messages % 2 == 1;
        char id[16];
        int64_t closed;
        int64_t lost;

        levels += levels_tell(line, false) + levels_tell(line, true);
        (void)snprintf(id, sizeof id, "a%u", messages++);
        account_add(id, is_short, size);
        now_ms++;
        closed = run_check(is_short, &lost, id);
        cr_expect(closed <= size && closed >= size * 9 / 10, "%s: %lld", id, (long long)closed);
        deepest = lost > deepest ? lost : deepest;
    }
    (void)pclose(lines);
    cr_expect_eq(messages, 50);
    cr_expect_gt(levels, 1500, "%u levels", levels);
    cr_expect_gt(deepest / 10000, 50000, "%lld USD lost", (long long)(deepest / 10000));
    venue_clear();
}

/* Two million XRP at once, or by slices while the book goes on. @return what it cost, USD */
static double close_all(liq_execution_rule execution, uint32_t *runs)
{
    static char line[LINE_BYTES];
    const int64_t size = 2000000;
    FILE *lines = recording_open();
    int64_t closed = 0;
    int64_t lost = 0;

    venue_make(execution);
    *runs = 0;
    now_ms = 0;
    while (fgets(line, sizeof line, lines) != NULL) {
        char what[32];
        int64_t more;
        int64_t now;

        (void)levels_tell(line, false);
        (void)levels_tell(line, true);
        if (now_ms++ == 0)
            account_add("a", false, size);
        now_ms += 1000; /* a second each, so that slices have their time */
        (void)snprintf(what, sizeof what, "run %u", *runs + 1);
        now = run_check(false, &more, what);
        *runs += now > 0;
        closed += now;
        lost += more;
    }
    (void)pclose(lines);
    cr_expect(closed <= size && closed >= size * 9 / 10, "%lld", (long long)closed);
    venue_clear();
    return (double)lost / 10000 * (double)size / (double)closed;
}

/* The same quantity costs a part of it where the book has time to come back. */
Test(settle_recorded_depth, costs_less_by_slices_than_at_once)
{
    uint32_t runs;
    const double naive = close_all(LIQ_EXECUTION_DEPTH, &runs);
    uint32_t slices;
    double sliced;

    cr_expect_eq(runs, 1);
    sliced = close_all(LIQ_EXECUTION_SLICED, &slices);
    cr_expect(slices > 3 && slices <= 20, "%u", slices);
    cr_expect(sliced < naive / 2, "%f, at once %f", sliced, naive);
}
