/*
 * The pace of liquidations and the circuit breakers, step by step, each step also with a settler
 * that was made anew out of the state of the one before.
 */
#include <criterion/criterion.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scan/live_scan.h"
#include "settle/brakes.h"
#include "settle/settle_filter.h"
#include "settle/settle_internal.h"
#include "settle/settle_state.h"
#include "support_follow.h"
#include "support_scene.h"

enum {
    STEPS_MAX = 10,
    TEXT_BYTES = 512,
    BOOKS = 60,
    TICKS = 6,
    INTERVALS_MAX = 600,
    PARTS_MAX = 40
};

/* What happens before a run, and what it does: accounts that lose a position, in order, and what is
 * said of brakes. */
typedef struct brake_step {
    int64_t time_ms;
    const char *mark;   /* NULL: as it was */
    const char *fund;   /* reported balance; NULL: as it was */
    const char *resume; /* instrument, "" for all; NULL: nobody resumes */
    const char *expected;
} brake_step;

typedef enum brake_venue { BY_ORDERS = 0, CASCADES = 1, TAKES_OVER = 2 } brake_venue;

typedef struct brake_case {
    const char *about;
    liq_guards guards;
    brake_venue venue;
    brake_step steps[STEPS_MAX];
} brake_case;

/* Four longs of 10 at 100, with so much that at 90 equities are 0, 2, 5 and 8 against a maintenance
 * margin of 9: that is the order in which they are taken. Each is 900 at 90. */
static void book_make(venture *out, const brake_case *of)
{
    static const char *const ids[] = {"a", "b", "c", "d"};
    static const char *const balances[] = {"100", "102", "105", "108"};
    liq_liquidation *rules = scene_start(out, 6, "1", "100", "0.01", "0");

    if (of->venue == CASCADES) {
        rules->execution = LIQ_EXECUTION_DEPTH;
        rules->mark_follows_fills = true;
        rules->cascade_rounds = 8;
    }
    if (of->venue == TAKES_OVER)
        rules->execution = LIQ_EXECUTION_BANKRUPTCY;
    out->fixture.book.venue.policy.guards = of->guards;
    scene_fund(out, "1000", "0");
    for (size_t i = 0; i < 4; i++) {
        (void)liq_fixture_account(&out->fixture, ids[i]);
        liq_fixture_balance(&out->fixture, 0, balances[i]);
        liq_fixture_position(&out->fixture, 0, "10", "100", NULL);
    }
    (void)liq_fixture_account(&out->fixture, "z");
    liq_fixture_balance(&out->fixture, 0, "100000");
    liq_fixture_position(&out->fixture, 0, "-40", "100", NULL);
    out->book = liq_fixture_finish(&out->fixture);
}

/* The actions of the last run in short. */
static void run_text(const liq_settle *settle, char out[TEXT_BYTES])
{
    const char *last = "";
    size_t used = 0;

    out[0] = '\0';
    for (uint64_t i = 0; i < liq_settle_action_count(settle); i++) {
        liq_settle_action action;

        liq_settle_action_read(settle, i, &action);
        if (action.kind == LIQ_SETTLE_HALT || action.kind == LIQ_SETTLE_RESUME ||
            action.kind == LIQ_SETTLE_GUARD) {
            used += (size_t)snprintf(
                out + used, TEXT_BYTES - used, "%s:%s %s/%s ", liq_settle_kind_name(action.kind),
                liq_settle_reason_name(action.reason), action.observed, action.limit);
        } else if ((action.kind == LIQ_SETTLE_CLOSE || action.kind == LIQ_SETTLE_TAKEOVER ||
                    action.kind == LIQ_SETTLE_REDUCE) &&
                   action.account != NULL && strcmp(action.account, last) != 0) {
            used += (size_t)snprintf(out + used, TEXT_BYTES - used, "%s ", action.account);
            last = action.account;
        }
        cr_assert_lt(used, TEXT_BYTES);
    }
}

/* A settler of the same live book out of the bytes of this one. */
static void settle_renew(liq_settle **settle, liq_live *live, const liq_book *book)
{
    void *data = NULL;
    void *again = NULL;
    size_t bytes = 0;
    size_t bytes_again = 0;
    liq_settle *fresh = NULL;
    liq_error err = {0};

    cr_assert_eq(liq_settle_state_write(*settle, &data, &bytes, &err), LIQ_OK, "%s", err.message);
    cr_assert_eq(liq_settle_create_live(&fresh, live, book, &err), LIQ_OK, "%s", err.message);
    cr_assert_eq(liq_settle_state_read(fresh, data, bytes, &err), LIQ_OK, "%s", err.message);
    cr_assert_eq(liq_settle_state_write(fresh, &again, &bytes_again, &err), LIQ_OK);
    cr_expect_eq(liq_settle_brakes_digest(fresh), liq_settle_brakes_digest(*settle));
    cr_assert_eq(bytes_again, bytes);
    cr_expect_arr_eq(again, data, bytes);
    cr_expect_eq(liq_settle_breaker_count(fresh), liq_settle_breaker_count(*settle));
    liq_settle_destroy(*settle);
    *settle = fresh;
    free(data);
    free(again);
}

static void step_run(liq_live *live, liq_settle *settle, const brake_step *step,
                     liq_settle_summary *summary)
{
    const liq_live_event mark = {.kind = LIQ_LIVE_MARK, .symbol = "XUSD", .price = step->mark};
    liq_error err = {0};

    if (step->mark != NULL)
        cr_assert_eq(liq_live_apply(live, &mark, 1, &err), LIQ_OK, "%s", err.message);
    if (step->fund != NULL)
        cr_assert_eq(liq_settle_fund_set(settle, "USD", step->fund, &err), LIQ_OK, "%s",
                     err.message);
    if (step->resume != NULL)
        cr_assert_eq(liq_settle_resume(settle, step->resume[0] == '\0' ? NULL : step->resume, &err),
                     LIQ_OK, "%s", err.message);
    cr_assert_eq(liq_live_tick(live, NULL, &err), LIQ_OK, "%s", err.message);
    cr_assert_eq(liq_settle_run_live(settle, step->time_ms, 1, summary, &err), LIQ_OK, "%s",
                 err.message);
    cr_expect(summary->conserved);
}

static void case_run(const brake_case *of, bool renews)
{
    static venture book;
    liq_live *live = NULL;
    liq_settle *settle = NULL;

    book_make(&book, of);
    cr_assert_eq(liq_live_create(&live, book.book, NULL, NULL), LIQ_OK);
    cr_assert_eq(liq_settle_create_live(&settle, live, book.book, NULL), LIQ_OK);
    for (size_t i = 0; i < STEPS_MAX && of->steps[i].expected != NULL; i++) {
        char text[TEXT_BYTES];
        liq_settle_summary summary;

        step_run(live, settle, &of->steps[i], &summary);
        run_text(settle, text);
        cr_expect_str_eq(text, of->steps[i].expected, "%s, step %zu%s: \"%s\"", of->about, i,
                         renews ? ", renewed" : "", text);
        if (renews)
            settle_renew(&settle, live, book.book);
    }
    liq_settle_destroy(settle);
    liq_live_destroy(live);
    venture_clear(&book);
}

static const brake_case cases[] = {
    {"two of 900 fit into 1,800, the others wait for the next minute",
     {.rate_notional = {1800, 0}, .rate_ms = 60000},
     BY_ORDERS,
     {{0, "90", NULL, NULL, "a b guard:rate_limit 2700/1800 "},
      {1000, NULL, NULL, NULL, ""},
      {59999, NULL, NULL, NULL, ""},
      {60000, NULL, NULL, NULL, "c d resume:rate_limit 1800/1800 "}}},
    {"one that is larger than the limit goes in parts of 5, the most urgent first",
     {.rate_notional = {500, 0}, .rate_ms = 1000},
     BY_ORDERS,
     {{0, "90", NULL, NULL, "a guard:rate_limit 900/500 "},
      {999, NULL, NULL, NULL, ""},
      {1000, NULL, NULL, NULL, "a "},
      {2000, NULL, NULL, NULL, "b "},
      {3000, NULL, NULL, NULL, "b "},
      {4000, NULL, NULL, NULL, "c "}, /* and is safe */
      {5000, NULL, NULL, NULL, "d resume:rate_limit 450/500 "},
      {6000, NULL, NULL, NULL, ""}}},
    {"what is left of an interval goes to the next one in part",
     {.rate_notional = {1350, 0}, .rate_ms = 1000},
     BY_ORDERS,
     {{0, "90", NULL, NULL, "a b guard:rate_limit 1800/1350 "},
      {1000, NULL, NULL, NULL, "b c "},
      {2000, NULL, NULL, NULL, "d resume:rate_limit 900/1350 "}}},
    {"an interval takes one lot, however much that is worth",
     {.rate_notional = {1, 0}, .rate_ms = 1000},
     BY_ORDERS,
     {{0, "90", NULL, NULL, "a guard:rate_limit 900/1 "},
      {1000, NULL, NULL, NULL, "a "},
      {1999, NULL, NULL, NULL, ""},
      {2000, NULL, NULL, NULL, "a "}}},
    {"where the venue takes accounts over whole, a large one has an interval for itself",
     {.rate_notional = {500, 0}, .rate_ms = 1000},
     TAKES_OVER,
     {{0, "90", NULL, NULL, "a guard:rate_limit 1800/500 "},
      {999, NULL, NULL, NULL, ""},
      {1000, NULL, NULL, NULL, "b "},
      {2000, NULL, NULL, NULL, "c "},
      {3000, NULL, NULL, NULL, "d resume:rate_limit 900/500 "}}},
    {"who is safe again while he waits is left alone",
     {.rate_notional = {900, 0}, .rate_ms = 60000},
     BY_ORDERS,
     {{0, "90", NULL, NULL, "a guard:rate_limit 1800/900 "},
      {60000, "95", NULL, NULL, "resume:rate_limit 0/900 "},
      {120000, NULL, NULL, NULL, ""}}},
    {"a fund that has lost three tenths halts, and goes on behind the cool-down",
     {.breaker = LIQ_BREAKER_LIQUIDATIONS, .breaker_drawdown = 300000, .breaker_cooldown_ms = 5000},
     BY_ORDERS,
     {{0, NULL, NULL, NULL, ""},
      {1000, NULL, "700.000001", NULL, ""},
      {2000, "90", "700", NULL, "halt:fund_drawdown 0.3/0.3 "},
      {3000, NULL, "600", NULL, ""},
      {4000, NULL, "900", NULL, ""},
      {7999, NULL, NULL, NULL, ""},
      {8000, NULL, NULL, NULL, "resume:fund_drawdown 0.1/0.3 a b c d "}}},
    {"who resumes by hand is not halted again for the same cause",
     {.breaker = LIQ_BREAKER_LIQUIDATIONS, .breaker_drawdown = 300000, .breaker_cooldown_ms = 5000},
     BY_ORDERS,
     {{0, NULL, NULL, NULL, ""},
      {1000, "89.9", "500", NULL, "halt:fund_drawdown 0.5/0.3 "},
      {2000, NULL, NULL, "XUSD", "resume:fund_drawdown 0.5/0.3 a b c d "},
      {9000, NULL, "400", NULL, ""},
      {10000, NULL, "1000", NULL, ""},
      {11000, NULL, "600", NULL, "halt:fund_drawdown 0.4/0.3 "},
      {12000, NULL, NULL, "", "resume:fund_drawdown 0.4/0.3 "}}},
    {"what a fund has lost of nearly nothing is shown as far as digits go",
     {.breaker = LIQ_BREAKER_LIQUIDATIONS, .breaker_drawdown = 300000, .breaker_cooldown_ms = 5000},
     false,
     {{0, NULL, "0.000001", NULL, ""},
      {1000, NULL, "-2000000000000", NULL, "halt:fund_drawdown 999999999999.999999/0.3 "}}},
    {"a mark that moves by more than a twentieth in a minute halts until that is a minute back",
     {.breaker = LIQ_BREAKER_LIQUIDATIONS, .breaker_move = 50000, .breaker_move_ms = 64000},
     BY_ORDERS,
     {{0, "100", NULL, NULL, ""},
      {32000, "95", NULL, NULL, ""},
      {36000, "90", NULL, NULL, "halt:price_speed 100/0.05 "},
      {63999, NULL, NULL, NULL, ""},
      {64000, NULL, NULL, NULL, ""},
      {99999, NULL, NULL, NULL, "resume:price_speed 90/0.05 a b c d "}}},
    {"a mark that is as old as all stretches says nothing any more",
     {.breaker = LIQ_BREAKER_LIQUIDATIONS, .breaker_move = 50000, .breaker_move_ms = 64000},
     false,
     {{4000, "100", NULL, NULL, ""},
      {64000, "104.9", NULL, NULL, ""},
      {72000, "105.1", NULL, NULL, ""},
      {73000, "99.6", NULL, NULL, "halt:price_speed 104.9/0.05 "}}},
    {"a breaker for new risk tells of it, and liquidations go on",
     {.breaker = LIQ_BREAKER_NEW_RISK, .breaker_move = 50000, .breaker_move_ms = 64000},
     BY_ORDERS,
     {{0, "100", NULL, NULL, ""},
      {1000, "90", NULL, NULL, "guard:price_speed 100/0.05 a b c d "},
      {200000, NULL, NULL, NULL, "resume:price_speed 90/0.05 "}}},
    {"without brakes all are taken at once",
     {.breaker = LIQ_BREAKER_OFF},
     BY_ORDERS,
     {{0, "90", "1", NULL, "a b c d "}, {1, NULL, NULL, "", ""}}},
};

Test(brakes, go_on_and_off_as_the_policy_says)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        case_run(&cases[i], false);
}

Test(brakes, go_on_out_of_a_written_state)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        case_run(&cases[i], true);
}

/* Bids that fall by a fifth with every 10 lots: whoever sells moves the mark by as much. */
static void depth_tell(liq_live *live)
{
    for (int i = 0; i < 12; i++) {
        char price[16];
        liq_live_event level = {.kind = LIQ_LIVE_DEPTH_LEVEL, .symbol = "XUSD", .amount = "10"};

        (void)snprintf(price, sizeof price, "%.1f", 90.4 - 0.2 * i);
        level.price = price;
        cr_assert_eq(liq_live_apply(live, &level, 1, NULL), LIQ_OK);
    }
}

static uint64_t cascade_run(const liq_guards *guards, char text[TEXT_BYTES])
{
    static venture book;
    const brake_case of = {.guards = *guards, .venue = CASCADES};
    const brake_step first = {.time_ms = 0, .mark = "95"};
    const brake_step fall = {.time_ms = 1000};
    const liq_live_event mark = {.kind = LIQ_LIVE_MARK, .symbol = "XUSD", .price = "90.5"};
    liq_live *live = NULL;
    liq_settle *settle = NULL;
    liq_settle_summary summary;

    book_make(&book, &of);
    cr_assert_eq(liq_live_create(&live, book.book, NULL, NULL), LIQ_OK);
    cr_assert_eq(liq_settle_create_live(&settle, live, book.book, NULL), LIQ_OK);
    step_run(live, settle, &first, &summary);
    cr_assert_eq(liq_live_apply(live, &mark, 1, NULL), LIQ_OK);
    depth_tell(live);
    step_run(live, settle, &fall, &summary);
    run_text(settle, text);
    cr_expect_eq(liq_settle_breaker_count(settle), strstr(text, "cascade_rounds") != NULL);
    liq_settle_destroy(settle);
    liq_live_destroy(live);
    venture_clear(&book);
    return summary.rounds;
}

Test(brakes, stop_a_cascade_at_its_last_round)
{
    const liq_guards none = {.breaker = LIQ_BREAKER_OFF};
    liq_guards some = {.breaker = LIQ_BREAKER_LIQUIDATIONS, .breaker_cooldown_ms = 1000};
    char text[TEXT_BYTES];
    const uint64_t rounds = cascade_run(&none, text);

    cr_expect_geq(rounds, 3, "%llu: %s", (unsigned long long)rounds, text);
    for (uint32_t most = 1; most < rounds; most++) {
        some.breaker_rounds = most;
        cr_expect_eq(cascade_run(&some, text), most, "%u: %s", most, text);
        cr_expect_not_null(strstr(text, "halt:cascade_rounds"), "%s", text);
    }
    some.breaker_rounds = (uint32_t)rounds;
    cr_expect_eq(cascade_run(&some, text), rounds);
    cr_expect_null(strstr(text, "halt"), "%s", text);
    some.breaker_rounds = 1;
    some.breaker = LIQ_BREAKER_NEW_RISK;
    cr_expect_eq(cascade_run(&some, text), rounds);
    cr_expect_not_null(strstr(text, "guard:cascade_rounds 2/1"), "%s", text);
}

Test(brakes, hold_for_advice_too)
{
    static venture book;
    const brake_case of = {.guards = {.rate_notional = {1800, 0}, .rate_ms = 60000}};
    const brake_step steps[] = {
        {.time_ms = 0, .mark = "90"}, {.time_ms = 1000}, {.time_ms = 60000}};
    static const char *const expected[] = {"a b guard:rate_limit 2700/1800 ", "", "a b "};
    liq_live *live = NULL;
    liq_settle *settle = NULL;

    book_make(&book, &of);
    cr_assert_eq(liq_live_create(&live, book.book, NULL, NULL), LIQ_OK);
    cr_assert_eq(liq_settle_create_live(&settle, live, book.book, NULL), LIQ_OK);
    liq_settle_advise(settle);
    for (size_t i = 0; i < 3; i++) {
        liq_settle_summary summary;
        char text[TEXT_BYTES];

        step_run(live, settle, &steps[i], &summary);
        run_text(settle, text);
        cr_expect_str_eq(text, expected[i], "step %zu: %s", i, text);
    }
    liq_settle_destroy(settle);
    liq_live_destroy(live);
    venture_clear(&book);
}

/* Any book, any rules, any brakes: cash is conserved, and a settler out of the state does the
 * same. */
Test(brakes, conserve_cash_whatever_they_do)
{
    liq_random random = liq_random_make(liq_random_seed() + 47);
    uint64_t said = 0;

    for (int i = 0; i < BOOKS; i++) {
        static venture book;
        follow_stream stream;
        follower at;
        follower *const one[] = {&at};

        follow_draw(&book, &random);
        book.book->venue.policy.guards =
            (liq_guards){.rate_notional = {1 + (int64_t)(liq_random_next(&random) % 2000), 0},
                         .rate_ms = 1 + (int64_t)(liq_random_next(&random) % 60000),
                         .breaker = (liq_breaker_rule)(liq_random_next(&random) % 3),
                         .breaker_drawdown = (int64_t)(liq_random_next(&random) % 500000),
                         .breaker_rounds = (uint32_t)(liq_random_next(&random) % 4),
                         .breaker_move = (int64_t)(liq_random_next(&random) % 100000),
                         .breaker_move_ms = 64000,
                         .breaker_cooldown_ms = (int64_t)(liq_random_next(&random) % 60000)};
        follow_start(&stream, book.book, &random);
        follower_start(&at, book.book);
        for (int tick = 0; tick < TICKS; tick++) {
            follow_events(&stream, one, 1);
            follow_fills(&stream, one, 1);
            follow_run(&stream, one, 1);
            cr_assert_eq(at.status, LIQ_OK, "%s", at.err.message);
            cr_assert(at.summary.conserved);
            for (uint64_t action = 0; action < liq_settle_action_count(at.settle); action++) {
                liq_settle_action read;

                liq_settle_action_read(at.settle, action, &read);
                said += read.reason >= LIQ_BECAUSE_RATE_LIMIT;
            }
            settle_renew(&at.settle, at.live, book.book);
        }
        follower_end(&at);
        follow_clear(&book);
    }
    cr_expect_gt(said, 50);
}

/* What a run liquidated of an instrument, at the mark: cash units, by long arithmetic. */
static void notionals_add(const follower *at, long double sums[VENTURE_INSTRUMENTS_MAX],
                          long double lots[VENTURE_INSTRUMENTS_MAX])
{
    const char *cut[VENTURE_INSTRUMENTS_MAX] = {NULL};
    const liq_waterfall *waterfall = &at->settle->waterfall;

    for (uint64_t i = 0; i < waterfall->action_count; i++) {
        const liq_action *action = &waterfall->actions[i];
        const liq_instrument_record *record;
        const liq_asset_record *asset;
        long double value;

        if ((action->kind != LIQ_SETTLE_CLOSE && action->kind != LIQ_SETTLE_REDUCE &&
             action->kind != LIQ_SETTLE_TAKEOVER) ||
            action->account == LIQ_NO_INDEX || action->instrument == LIQ_NO_INDEX ||
            action->reason == LIQ_BECAUSE_PAIR || action->reason == LIQ_BECAUSE_INVENTORY)
            continue;
        record = &at->live->market.instruments[action->instrument];
        asset = &at->live->market.assets[record->asset_index];
        value = fabsl(
            fmaxl(fabsl((long double)record->value_floor), fabsl((long double)record->value_ceil)));
        sums[action->instrument] +=
            (long double)action->lots * value * (long double)asset->grains_per_fine /
            (long double)LIQ_GRAINS_PER_UNIT * (long double)asset->exchange_rate /
            (long double)LIQ_EXCHANGE_RATE_ONE;
        lots[action->instrument] += (long double)action->lots;
        cr_expect(cut[action->instrument] == NULL ||
                      cut[action->instrument] == at->live->book.accounts[action->account].id,
                  "nobody gets ahead of who was cut");
        if (action->reason == LIQ_BECAUSE_RATE_LIMIT)
            cut[action->instrument] = at->live->book.accounts[action->account].id;
    }
}

/* Of a book that stands still: who is to be liquidated is so in the end, as much an interval as the
   limit says and no more. @param all  receives what was liquidated in all, cash units
   @return intervals that it took */
static uint32_t rate_run(const liq_book *book, long double rate, liq_int128 *all)
{
    follower at;
    uint64_t flagged = 1;
    uint32_t interval = 0;

    follower_start(&at, book);
    for (; flagged > 0 && interval < INTERVALS_MAX; interval++) {
        long double sums[VENTURE_INSTRUMENTS_MAX] = {0};
        long double lots[VENTURE_INSTRUMENTS_MAX] = {0};
        liq_live_summary tick;

        for (int half = 0; half < 2; half++) {
            cr_assert_eq(liq_live_tick(at.live, &tick, NULL), LIQ_OK);
            cr_assert_eq(liq_settle_run_live(at.settle, interval * 1000 + half * 500, interval + 1,
                                             &at.summary, &at.err),
                         LIQ_OK, "%s", at.err.message);
            cr_assert(at.summary.conserved);
            notionals_add(&at, sums, lots);
            *all += at.settle->waterfall.totals.notional;
        }
        for (uint32_t i = 0; i < book->venue.instrument_count; i++)
            cr_expect(sums[i] <= rate * (1 + 1e-15L) || lots[i] <= 1,
                      "interval %u: %Lf of instrument %u, the limit is %Lf", interval, sums[i], i,
                      rate);
        cr_assert_eq(liq_live_tick(at.live, &tick, NULL), LIQ_OK);
        flagged = tick.flagged;
    }
    cr_expect_eq(flagged, 0, "%llu are left after %u intervals", (unsigned long long)flagged,
                 interval);
    follower_end(&at);
    return interval;
}

/* Any book and any rules that close by orders and take over what finds none. */
Test(brakes, liquidate_no_more_in_an_interval_and_all_in_the_end)
{
    liq_random random = liq_random_make(liq_random_seed() + 53);
    uint32_t most = 0;

    for (int i = 0; i < BOOKS; i++) {
        static venture book;
        liq_policy *policy;
        liq_int128 all = 0;
        uint32_t free_run;
        uint32_t limited;

        follow_draw(&book, &random);
        policy = &book.book->venue.policy;
        policy->liquidation.execution =
            liq_random_once_in(&random, 2) ? LIQ_EXECUTION_MARK : LIQ_EXECUTION_DEPTH;
        policy->liquidation.takeover = LIQ_TAKEOVER_FLAGGED;
        policy->liquidation.cooldown_ms = 1;
        policy->liquidation.mark_follows_fills = false;
        policy->liquidation.cascade_rounds = 0;
        policy->guards = (liq_guards){.breaker = LIQ_BREAKER_OFF};
        free_run = rate_run(book.book, HUGE_VALL, &all);
        policy->guards.rate_ms = 1000;
        if (all < PARTS_MAX * PARTS_MAX) {
            follow_clear(&book);
            continue;
        }
        policy->guards.rate_notional =
            (liq_decimal){(int64_t)(all / liq_random_between(&random, 2, PARTS_MAX)),
                          book.book->venue.cash_decimals};
        limited = rate_run(book.book, (long double)policy->guards.rate_notional.digits, &all);
        cr_expect_geq(limited, free_run);
        most = limited > most ? limited : most;
        follow_clear(&book);
    }
    cr_expect_gt(most, 5, "%u intervals at most", most);
}

Test(brakes, have_a_digest_of_all_that_they_know)
{
    liq_pace paces[2] = {{.interval = 1, .used = 2}, {.interval = 3}};
    liq_speed speeds[2] = {{.samples = {{5, 1}}}, {.stretch = 1, .samples = {{0}, {7, 0}}}};
    liq_breaker movers[2] = {{.cause_ms = 8, .is_on = true}, {.cause_ms = 9}};
    liq_breaker funds[1] = {{.cause_ms = 10, .is_waived = true}};
    liq_brakes brakes = {.paces = paces,
                         .speeds = speeds,
                         .movers = movers,
                         .funds = funds,
                         .cascade = {.cause_ms = 11, .is_on = true},
                         .instrument_count = 2,
                         .fund_count = 1};
    int64_t *const numbers[] = {
        &paces[0].interval,           (int64_t *)&paces[0].used,    (int64_t *)&paces[0].used + 1,
        &speeds[0].samples[0].digits, &speeds[1].samples[9].digits, &speeds[1].stretch,
        &movers[0].cause_ms,          &movers[1].cause_ms,          &funds[0].cause_ms,
        &brakes.cascade.cause_ms,     (int64_t *)&brakes.starts[3]};
    bool *const flags[] = {&paces[0].is_queued,   &paces[1].is_queued,      &movers[0].is_waived,
                           &movers[1].is_on,      &funds[0].is_on,          &funds[0].is_waived,
                           &brakes.cascade.is_on, &brakes.cascade.is_waived};
    const uint64_t digest = liq_brakes_digest(&brakes);

    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        *numbers[i] ^= 16;
        /* When the cause of a breaker that is off was there is nothing that matters. */
        cr_expect_eq(liq_brakes_digest(&brakes) == digest, numbers[i] == &movers[1].cause_ms,
                     "number %zu", i);
        *numbers[i] ^= 16;
    }
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        *flags[i] = !*flags[i];
        cr_expect_neq(liq_brakes_digest(&brakes), digest, "flag %zu", i);
        *flags[i] = !*flags[i];
    }
    cr_expect_eq(liq_brakes_digest(&brakes), digest);
}
