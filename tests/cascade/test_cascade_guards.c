/*
 * Each guard inside a cascade, with and without: what it does to the outcome, over random books.
 * That money adds up is asked of every round, which else fails.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "cascade/cascade_internal.h"
#include "support_shock.h"

enum { BOOKS = 6, MOVES_MAX = 32 };

#define RATE "\"rate_notional\": \"2000\", \"rate_ms\": 1000"
#define DYNAMIC(rates)                                                                             \
    "{\"dynamic_margin\": {\"max\": \"3\", \"grid\": \"0.25\", \"realised_volatility\": "          \
    "{\"reference\": \"0.6\", \"half_life_ms\": 600000, \"sample_ms\": 1000, \"rates\": \"" rates  \
    "\"}}}"

/* What a policy came to, over all books. */
typedef struct outcome {
    double liquidated;
    double sold;
    uint64_t accounts;
    uint64_t wrongly;
    uint32_t halted;
    uint32_t rounds;
    uint32_t factor_ppm;
    int64_t waited_ms;
} outcome;

/* Moves of all marks, and of all index prices with them; the others come later. */
static void cascade_run(liq_cascade *cascade, const liq_book *book, const liq_cascade_move *later,
                        int64_t change_ppm, liq_cascade_summary *out)
{
    const liq_venue *venue = &book->venue;
    liq_cascade_move moves[MOVES_MAX];
    uint32_t count = 0;
    liq_error err = {0};

    cr_assert_leq(2 * (venue->instrument_count + venue->asset_count), MOVES_MAX);
    for (uint32_t when = 0; when < (later == NULL ? 1 : 2); when++) {
        const int64_t change = when == 0 ? change_ppm : later->change_ppm;
        const int64_t time_ms = when == 0 ? 0 : later->time_ms;

        for (uint32_t i = 0; i < venue->instrument_count; i++)
            moves[count++] =
                (liq_cascade_move){liq_names_get(venue->instrument_names, i), change, time_ms};
        for (uint32_t i = 1; i < venue->asset_count; i++)
            moves[count++] =
                (liq_cascade_move){liq_names_get(venue->asset_names, i), change, time_ms};
    }
    cr_assert_eq(liq_cascade_run(cascade, moves, count, out, &err), LIQ_OK, "%s", err.message);
}

static outcome books_run(const liq_cascade_options *options, const char *policy,
                         const liq_cascade_move *later)
{
    outcome out = {0};

    for (uint32_t i = 0; i < BOOKS; i++) {
        liq_book *book = shock_book(i);
        liq_cascade_options own = *options;
        liq_cascade *cascade = NULL;
        liq_cascade_summary summary;
        liq_error err = {0};

        own.policy = policy;
        cr_assert_eq(liq_cascade_create(&cascade, book, &own, &err), LIQ_OK, "%s", err.message);
        cascade_run(cascade, book, later, i % 2 == 0 ? -30000 : 30000, &summary);
        cr_expect(summary.end != LIQ_CASCADE_NOT_AT_REST || options->rounds_max > 0, "book %u", i);
        out.liquidated += strtod(summary.liquidated_notional, NULL);
        out.sold += strtod(summary.market_notional, NULL);
        out.accounts += summary.accounts;
        out.wrongly += summary.wrongly;
        out.halted += summary.end == LIQ_CASCADE_HALTED;
        out.rounds += summary.rounds;
        out.waited_ms += summary.waited_ms;
        if (summary.maintenance_factor_ppm > out.factor_ppm)
            out.factor_ppm = summary.maintenance_factor_ppm;
        liq_cascade_destroy(cascade);
        liq_book_destroy(book);
    }
    return out;
}

static const liq_cascade_options thin = {.depth_ppm = 10000, .recovery_ppm = 200000};

/* The feed is quiet while the price comes back: who is slow to liquidate goes on at the old marks.
 */
Test(cascade_guards, hold_whoever_has_a_stale_mark)
{
    static const liq_cascade_fault frozen = {.from_ms = 1000, .to_ms = 20000};
    liq_cascade_options options = thin;
    const liq_cascade_move later = {.change_ppm = 30000, .time_ms = 3000};
    outcome without;
    outcome with;

    options.faults = &frozen;
    options.fault_count = 1;
    options.impact = LIQ_CASCADE_NO_IMPACT; /* so that marks are wrong by nothing else */
    without = books_run(&options, "{\"guards\": {\"stale_ms\": 0, " RATE "}}", NULL);
    cr_expect_eq(without.wrongly, 0);
    /* Up for books that fell; those that rose rise on. */
    without = books_run(&options, "{\"guards\": {\"stale_ms\": 0, " RATE "}}", &later);
    with = books_run(&options, "{\"guards\": {\"stale_ms\": 1500, " RATE "}}", &later);
    cr_expect_gt(without.wrongly, 20);
    cr_expect_eq(with.wrongly, 0, "%llu", (unsigned long long)with.wrongly);
    cr_expect_lt(with.accounts, without.accounts);
    cr_expect_gt(with.waited_ms, without.waited_ms);
}

Test(cascade_guards, liquidate_nobody_on_marks_that_are_always_late)
{
    liq_cascade_options options = thin;
    outcome without;
    outcome with;

    options.feed_lag_ms = 4000;
    without = books_run(&options, "{\"guards\": {\"stale_ms\": 0}}", NULL);
    with = books_run(&options, "{\"guards\": {\"stale_ms\": 3000}}", NULL);
    cr_expect_gt(without.accounts, 20);
    cr_expect_eq(without.halted, 0);
    cr_expect_eq(with.accounts, 0);
    cr_expect_eq(with.halted, BOOKS);
    with = books_run(&options, "{\"guards\": {\"stale_ms\": 4000}}", NULL);
    cr_expect_eq(with.accounts, without.accounts);
}

/* The venue hears of the shock when the lag is over, and of fills as late. */
Test(cascade_guards, see_prices_as_late_as_the_feed_is)
{
    liq_cascade_options options = thin;
    liq_book *book = shock_book(0);
    liq_cascade *cascade = NULL;
    liq_cascade_summary summary;
    liq_cascade_round round;
    liq_error err = {0};

    options.feed_lag_ms = 2500;
    options.policy = "{\"guards\": {\"stale_ms\": 0}}";
    cr_assert_eq(liq_cascade_create(&cascade, book, &options, &err), LIQ_OK, "%s", err.message);
    cascade_run(cascade, book, NULL, -30000, &summary);
    cr_assert_gt(summary.rounds, 1);
    liq_cascade_round_read(cascade, 0, &round);
    cr_expect_eq(round.time_ms, 3000);
    liq_cascade_round_read(cascade, 1, &round);
    cr_expect_geq(round.time_ms, 6000);
    liq_cascade_destroy(cascade);
    liq_book_destroy(book);
}

Test(cascade_guards, keep_a_wrong_mark_out)
{
    static const liq_cascade_fault wrong = {
        .kind = LIQ_CASCADE_WRONG, .from_ms = 2000, .to_ms = 4000, .change_ppm = -400000};
    liq_cascade_options options = thin;
    outcome clean;
    outcome without;
    outcome with;

    options.impact = LIQ_CASCADE_NO_IMPACT;
    clean = books_run(&options, NULL, NULL);
    options.faults = &wrong;
    options.fault_count = 1;
    without = books_run(&options, "{\"guards\": {\"step\": \"0\"}}", NULL);
    with = books_run(&options, "{\"guards\": {\"step\": \"0.05\", \"suspect\": \"keep\"}}", NULL);
    cr_expect_gt(without.wrongly, 50);
    cr_expect_gt(without.accounts, clean.accounts + 50);
    cr_expect_eq(with.wrongly, 0);
    cr_expect_eq(with.accounts, clean.accounts);
}

/* Index prices come with the shock and not with fills: marks that fills carry off are not acted on,
   and come back where others trade them back. */
Test(cascade_guards, leave_marks_alone_that_are_far_from_their_index)
{
    liq_cascade_options options = thin;
    outcome without;
    outcome with;

    options.reversion_ppm = 200000;
    options.depth_ppm = 2000;
    without = books_run(&options, "{\"guards\": {\"band\": \"0\"}}", NULL);
    with = books_run(
        &options,
        "{\"guards\": {\"band\": \"0.002\", \"confirm_marks\": 0, \"confirm_ms\": 600000}}", NULL);
    cr_expect_lt(with.liquidated, without.liquidated, "%.0f of %.0f", with.liquidated,
                 without.liquidated);
    cr_expect_gt(with.waited_ms, without.waited_ms);
}

/* So many rounds in a row, then a halt of five seconds. */
Test(cascade_guards, halt_after_so_many_rounds_in_a_row)
{
    enum { ROUNDS = 2, COOLDOWN_MS = 5000 };
    static const char policy[] = "{\"guards\": {\"breaker\": \"liquidations\", "
                                 "\"breaker_rounds\": 2, \"breaker_cooldown_ms\": 5000}}";
    liq_cascade_options options = thin;
    uint32_t halts = 0;

    options.policy = policy;
    for (uint32_t i = 0; i < BOOKS; i++) {
        liq_book *book = shock_book(i);
        liq_cascade *cascade = NULL;
        liq_cascade_summary summary;
        liq_error err = {0};
        uint32_t row = 0;
        int64_t last_ms = -1000;

        cr_assert_eq(liq_cascade_create(&cascade, book, &options, &err), LIQ_OK, "%s", err.message);
        cascade_run(cascade, book, NULL, -30000, &summary);
        for (uint32_t j = 0; j < summary.rounds; j++) {
            liq_cascade_round round;

            liq_cascade_round_read(cascade, j, &round);
            row = round.time_ms - last_ms == 1000 ? row + 1 : 1;
            cr_expect(row <= ROUNDS || strcmp(round.liquidated_notional, "0") == 0,
                      "book %u, round %u", i, j);
            if (row == 1 && j > 0 && round.time_ms - last_ms >= COOLDOWN_MS)
                halts++;
            last_ms = round.time_ms;
        }
        liq_cascade_destroy(cascade);
        liq_book_destroy(book);
    }
    cr_expect_gt(halts, BOOKS / 2);
}

/* Where depth and prices come back, waiting is worth something. */
Test(cascade_guards, liquidate_less_by_waiting_between_rounds)
{
    liq_cascade_options options = thin;
    outcome without;
    outcome with;

    options.reversion_ppm = 200000;
    without = books_run(&options, NULL, NULL);
    with = books_run(&options,
                     "{\"guards\": {\"breaker\": \"liquidations\", \"breaker_rounds\": 1, "
                     "\"breaker_cooldown_ms\": 30000}}",
                     NULL);
    cr_expect_lt(with.liquidated, without.liquidated, "%.0f of %.0f", with.liquidated,
                 without.liquidated);
    cr_expect_gt(with.waited_ms, without.waited_ms);
}

Test(cascade_guards, raise_rates_in_the_storm_and_initial_ones_harm_nobody)
{
    const outcome plain = books_run(&thin, NULL, NULL);
    const outcome both = books_run(&thin, DYNAMIC("both"), NULL);
    const outcome initial = books_run(&thin, DYNAMIC("initial"), NULL);

    cr_expect_gt(both.factor_ppm, 1000000);
    cr_expect_leq(both.factor_ppm, 3000000);
    cr_expect_gt(both.accounts, plain.accounts);
    cr_expect_gt(both.liquidated, plain.liquidated);
    cr_expect_eq(initial.factor_ppm, 1000000);
    cr_expect_eq(initial.accounts, plain.accounts);
    cr_expect_eq(initial.liquidated, plain.liquidated);
    cr_expect_eq(initial.rounds, plain.rounds);
}

/* A change that is told with notice takes effect while the cascade waits for it. Whoever can sell
   only a lot a round under it is not waited for here. */
Test(cascade_guards, wait_for_rates_that_were_announced)
{
    const liq_cascade_options options = {.depth_ppm = 10000, .rounds_max = 30};
    const outcome plain = books_run(&options, NULL, NULL);
    const outcome noticed =
        books_run(&options,
                  "{\"dynamic_margin\": {\"max\": \"3\", \"grid\": \"0.25\", \"notice_ms\": 60000, "
                  "\"realised_volatility\": {\"reference\": \"0.6\", \"half_life_ms\": 3600000, "
                  "\"sample_ms\": 1000}}}",
                  NULL);

    cr_expect_gt(noticed.factor_ppm, 1000000);
    cr_expect_gt(noticed.accounts, plain.accounts);
}

/* What fills move is undone: the end is where the shock was. */
Test(cascade_guards, end_where_prices_revert_to)
{
    liq_cascade_options options = thin;
    const outcome without = books_run(&options, NULL, NULL);
    outcome with;
    liq_book *book = shock_book(0);
    liq_cascade *cascade = NULL;
    liq_cascade_summary summary;
    liq_error err = {0};

    options.reversion_ppm = 300000;
    with = books_run(&options, NULL, NULL);
    cr_expect_lt(with.liquidated, without.liquidated);
    cr_assert_eq(liq_cascade_create(&cascade, book, &options, &err), LIQ_OK, "%s", err.message);
    cascade_run(cascade, book, NULL, -30000, &summary);
    for (uint32_t i = 0; i < liq_cascade_price_count(cascade); i++) {
        liq_cascade_price price;

        liq_cascade_price_read(cascade, i, &price);
        cr_expect_str_eq(price.end, price.shocked);
        cr_expect_eq(price.feedback_ppm, 0);
    }
    liq_cascade_destroy(cascade);
    liq_book_destroy(book);
}
