/*
 * Where theory says that more shock amplifies more, it does. Longs whose liquidation prices lie
 * evenly, rho of notional for each percent, and bids that N of notional go through at a fall of
 *
 *   impact(N) = level N + bend N^2
 *
 * come to rest at a fall s' = s + impact(rho s'), counted from where the first is liquidated. The
 * ratio A = s' / s solves A = 1 + level rho A + bend rho^2 s A^2: the same at any shock where depth
 * is even (bend 0), and growing with it where bids get thinner. It ends where the lowest
 * liquidation price is reached: from there on it falls, for all is liquidated anyway.
 */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <liqscan/cascade.h>

#include "settle/support_scene.h"
#include "support_shock.h"

enum {
    SEEDS = 32,
    GUARDED_SEEDS = 8, /* a mean of fewer sways too much */
    SHOCKS = 8,
    RISING = 6,     /* of them before the lowest liquidation price is in reach */
    ACCOUNTS = 400, /* of an instrument */
    INSTRUMENTS_MAX = 3,
    LEVELS = 120
};

/* Falls at which accounts are liquidated, and what theory has of the bids. */
#define FIRST 0.005
#define LAST 0.4
#define MAINTENANCE 0.005
#define LEVEL_RHO 0.1
#define BEND_RHO2 1.6
#define LEVELS_DOWN_TO 0.35

#define MARK 1000
#define PPM 1e6

/* Each alone, and none. */
enum { GUARD_NONE, GUARD_RATE, GUARD_STEP, GUARD_ROUNDS, GUARD_MOVE, GUARDS };

static const int64_t shocks_ppm[SHOCKS] = {25000,  50000,  75000,  100000,
                                           125000, 150000, 250000, 390000};

/* Of one book, by shock. */
typedef struct course {
    double amplified[SHOCKS];
    double first[SHOCKS]; /* liquidated by the first round, of what is open */
    double share[SHOCKS]; /* by all */
    uint32_t is_one[SHOCKS];
    double rank; /* correlation of the ratio with the shock, of single books */
} course;

typedef struct even_book {
    venture scene;
    liq_depth_level levels[INSTRUMENTS_MAX * LEVELS];
    double open[INSTRUMENTS_MAX]; /* longs */
} even_book;

static double uniform(liq_random *random)
{
    return (double)(liq_random_next(random) >> 11) / 9007199254740992.0;
}

/* An isolated long that is to be liquidated when the mark has fallen so far. */
static void account_add(even_book *self, uint32_t number, uint32_t instrument, liq_random *random)
{
    const double fall = FIRST + (LAST - FIRST) * uniform(random);
    const int64_t lots = (int64_t)(1000 * exp(3 * uniform(random)));
    const double margin = (double)lots * 100 * (fall + MAINTENANCE * (1 - fall));
    char name[16];

    (void)snprintf(name, sizeof name, "u%05u", number);
    (void)liq_fixture_account(&self->scene.fixture, name);
    liq_fixture_position_lots(&self->scene.fixture, instrument, lots, (liq_decimal){.digits = MARK},
                              true, (int64_t)margin);
    self->open[instrument] += (double)lots;
}

/* Bids between one fall and the next hold what the impact says of them, more or less. */
static void levels_add(even_book *self, uint32_t instrument, double bend_rho2, liq_random *random)
{
    liq_book *book = &self->scene.fixture.book;
    const double rho = self->open[instrument] / (LAST - FIRST);
    double before = 0;

    for (uint32_t i = 1; i <= LEVELS; i++) {
        const double at = (double)i / LEVELS;
        const double fall = LEVELS_DOWN_TO * at * at;
        const double root = sqrt(LEVEL_RHO * LEVEL_RHO + 4 * bend_rho2 * fall);
        const double sold = bend_rho2 > 0 ? (root - LEVEL_RHO) / (2 * bend_rho2) : fall / LEVEL_RHO;
        const double lots = rho * (sold - before) * (0.7 + 0.6 * uniform(random));

        self->levels[book->depth_count++] =
            (liq_depth_level){.quantity_lots = (int64_t)lots + 1,
                              .price = {.digits = (int64_t)(1e9 * (1 - fall)), .decimals = 6},
                              .instrument_index = instrument,
                              .is_bid = true};
        before = sold;
    }
}

/* A fund that pays for everything, so that all is sold; one account is short of all. */
static void even_book_make(even_book *self, uint32_t seed, double bend_rho2)
{
    liq_random random = liq_random_make(liq_random_seed() + 1000 + seed);
    const uint32_t instruments = 1 + seed % INSTRUMENTS_MAX;
    liq_liquidation *rules;

    *self = (even_book){0};
    rules = scene_start(&self->scene, 2, "0.001", "1000", "0.005", "0");
    rules->execution = LIQ_EXECUTION_DEPTH;
    for (uint32_t i = 1; i < instruments; i++) {
        (void)liq_fixture_instrument(&self->scene.fixture,
                                     (liq_fixture_contract){.symbol = i == 1 ? "YUSD" : "ZUSD",
                                                            .kind = LIQ_INSTRUMENT_LINEAR,
                                                            .multiplier = "1",
                                                            .lot = "0.001",
                                                            .tick = "0.01",
                                                            .mark = "1000",
                                                            .tier_form = LIQ_TIER_DEDUCTION});
        liq_fixture_tier(&self->scene.fixture, "0", "0.005", "0.005");
    }
    for (uint32_t i = 0; i < ACCOUNTS * instruments; i++)
        account_add(self, i, i % instruments, &random);
    (void)liq_fixture_account(&self->scene.fixture, "whale");
    liq_fixture_balance(&self->scene.fixture, 0, "1000000000000");
    for (uint32_t i = 0; i < instruments; i++) {
        liq_fixture_position_lots(&self->scene.fixture, i, -(int64_t)self->open[i],
                                  (liq_decimal){.digits = MARK}, false, 0);
        levels_add(self, i, bend_rho2, &random);
    }
    scene_fund(&self->scene, "1000000000000", "0");
    self->scene.fixture.book.depth = self->levels;
    self->scene.book = liq_fixture_finish(&self->scene.fixture);
}

static void even_book_clear(even_book *self)
{
    self->scene.fixture.book.depth = NULL;
    liq_fixture_clear(&self->scene.fixture);
}

static void course_run(course *out, uint32_t seed, double bend_rho2,
                       const liq_cascade_options *options, const liq_guards *guards)
{
    static even_book book;
    liq_cascade *cascade = NULL;
    double open = 0;
    liq_error err = {0};

    even_book_make(&book, seed, bend_rho2);
    if (guards != NULL)
        book.scene.book->venue.policy.guards = *guards;
    for (uint32_t i = 0; i < INSTRUMENTS_MAX; i++)
        open += book.open[i];
    cr_assert_eq(liq_cascade_create(&cascade, book.scene.book, options, &err), LIQ_OK, "%s",
                 err.message);
    for (uint32_t i = 0; i < SHOCKS; i++) {
        liq_cascade_summary summary;

        shock_run(cascade, book.scene.book, -shocks_ppm[i], &summary);
        out->amplified[i] = strtod(summary.amplification, NULL);
        out->first[i] = strtod(summary.first_notional, NULL) / open;
        out->share[i] = strtod(summary.liquidated_notional, NULL) / open;
        out->is_one[i] = strcmp(summary.amplification, "1") == 0;
    }
    liq_cascade_destroy(cascade);
    even_book_clear(&book);
}

/* Of all pairs of shocks, those in which the larger one has more, less those in which it has less.
 */
static double rank_correlation(const double *values, uint32_t count)
{
    double sum = 0;

    for (uint32_t i = 0; i < count; i++)
        for (uint32_t j = i + 1; j < count; j++)
            sum += (values[j] > values[i]) - (values[j] < values[i]);
    return sum / (count * (count - 1) / 2.0);
}

/* Where prices come to rest, by what moves them back and forth until they do; the levels stand
   around the price of the shock, and what is sold later counts at lower prices. */
static double theory(double shock, double bend_rho2)
{
    const double first = shock - FIRST;
    double fall = shock;

    for (int i = 0; i < 1000; i++) {
        const double sold = fall - FIRST;

        fall = shock + (1 - shock) * (LEVEL_RHO * sold + bend_rho2 * sold * sold);
    }
    return 1 + (fall - shock) * (1 - (shock + fall) / 2) / (1 - shock) / first;
}

static void courses_mean(course *out, uint32_t seeds, double bend_rho2,
                         const liq_cascade_options *options, const liq_guards *guards)
{
    *out = (course){0};
    for (uint32_t seed = 0; seed < seeds; seed++) {
        course one;

        course_run(&one, seed, bend_rho2, options, guards);
        for (uint32_t i = 0; i < SHOCKS; i++) {
            out->amplified[i] += one.amplified[i] / seeds;
            out->first[i] += one.first[i] / seeds;
            out->share[i] += one.share[i] / seeds;
            out->is_one[i] += one.is_one[i];
        }
        out->rank += rank_correlation(one.amplified, RISING) / seeds;
    }
    for (uint32_t i = 0; i < SHOCKS; i++)
        cr_log_info("%6.2f%% first %.4f all %.4f ratio %.3f theory %.3f",
                    (double)shocks_ppm[i] / 1e4, out->first[i], out->share[i], out->amplified[i],
                    i < RISING ? theory((double)shocks_ppm[i] / PPM, bend_rho2) : 0.0);
}

Test(cascade_even, amplify_the_more_the_larger_the_shock)
{
    course mean;

    courses_mean(&mean, SEEDS, BEND_RHO2, NULL, NULL);
    for (uint32_t i = 1; i < RISING; i++)
        cr_expect_gt(mean.amplified[i], mean.amplified[i - 1], "shock %u", i);
    cr_expect_gt(mean.amplified[RISING - 1], 1.35 * mean.amplified[0]);
    for (uint32_t i = 0; i < RISING; i++) {
        const double wanted = theory((double)shocks_ppm[i] / PPM, BEND_RHO2);

        cr_expect(fabs(mean.amplified[i] / wanted - 1) < 0.1, "shock %u: %f, not %f", i,
                  mean.amplified[i], wanted);
    }
    cr_expect_gt(mean.rank, 0.6, "%f", mean.rank);
    /* All is liquidated, and more and more of it by the shock alone. */
    for (uint32_t i = RISING; i < SHOCKS; i++)
        cr_expect_lt(mean.amplified[i], mean.amplified[i - 1], "shock %u", i);
    cr_expect_lt(mean.amplified[SHOCKS - 1], 1.05);
}

/* Bids that do not get thinner: what comes back of each sale is the same at any shock. */
Test(cascade_even, amplify_alike_where_depth_is_even)
{
    course mean;

    courses_mean(&mean, SEEDS, 0, NULL, NULL);
    for (uint32_t i = 0; i < RISING; i++) {
        cr_expect(fabs(mean.amplified[i] / theory((double)shocks_ppm[i] / PPM, 0) - 1) < 0.06,
                  "shock %u: %f", i, mean.amplified[i]);
        cr_expect(fabs(mean.amplified[i] / mean.amplified[0] - 1) < 0.06, "shock %u", i);
    }
}

Test(cascade_even, amplify_nothing_where_depth_is_infinite)
{
    static const liq_cascade_options infinite = {.infinite_depth = 1};
    course mean;

    courses_mean(&mean, SEEDS, BEND_RHO2, &infinite, NULL);
    for (uint32_t i = 0; i < SHOCKS; i++)
        cr_expect_eq(mean.is_one[i], SEEDS, "shock %u", i);
}

static liq_guards guard_make(uint32_t number)
{
    liq_guards out = liq_guards_default();

    if (number == GUARD_RATE) {
        out.rate_notional = (liq_decimal){.digits = 200000};
        out.rate_ms = 1000;
    } else if (number == GUARD_STEP) {
        out.step = 10000;
        out.suspect = LIQ_SUSPECT_CLAMP;
    } else if (number != GUARD_NONE) {
        out.breaker = LIQ_BREAKER_LIQUIDATIONS;
        out.breaker_cooldown_ms = 30000;
        out.breaker_rounds = number == GUARD_ROUNDS ? 2 : 0;
        out.breaker_move = number == GUARD_MOVE ? 10000 : 0;
        out.breaker_move_ms = 60000;
    }
    return out;
}

/* What is liquidated under each guard, over what the first round liquidates without any: while
   nobody is, depth and prices come back. The smallest shock fires not all of them. */
Test(cascade_even, amplify_less_with_guards)
{
    static const liq_cascade_options options = {.recovery_ppm = 200000, .reversion_ppm = 200000};
    double first[SHOCKS];
    double without[SHOCKS];

    for (uint32_t i = 0; i < GUARDS; i++) {
        const liq_guards guard = guard_make(i);
        course mean;

        courses_mean(&mean, GUARDED_SEEDS, BEND_RHO2, &options, &guard);
        for (uint32_t j = 0; j < RISING; j++) {
            first[j] = i == GUARD_NONE ? mean.first[j] : first[j];
            without[j] = i == GUARD_NONE ? mean.share[j] / first[j] : without[j];
            cr_expect(mean.share[j] / first[j] <= without[j],
                      "guard %u, shock %u: %f, not below %f", i, j, mean.share[j] / first[j],
                      without[j]);
            cr_expect(i == GUARD_NONE || j == 0 || mean.share[j] / first[j] < without[j],
                      "guard %u, shock %u", i, j);
        }
    }
}
