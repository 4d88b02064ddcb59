/*
 * What grows with the shock and what does not, averaged over many books whose depth is in
 * proportion to what is open. Nobody is near liquidation before the shock: whoever is makes the
 * smallest shock the one that is amplified most.
 *
 * More is liquidated, and fills carry prices further beyond the shock, up to about -6%: there a
 * third of what the first round closes is past bankruptcy and is taken over instead of sold. What
 * is liquidated over what the first round did rises from none to a peak at a few per cent, and
 * falls from there on, because the first round has by itself what a cascade would have come to.
 */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include "book/columns.h"
#include "cascade/cascade_internal.h"
#include "scan/support_generated.h"
#include "support_shock.h"

enum { SEEDS = 30, SHOCKS = 9, RISING = 8 };

/* The bids of all levels hold so many times what is open. */
#define DEPTH_OVER_OPEN 5.0

/* Means of so few books sway by so much of themselves. */
#define TOLERANCE 0.05

static const int64_t shocks_ppm[SHOCKS] = {2500,  5000,  10000, 15000, 20000,
                                           30000, 40000, 60000, 200000};

/* Of one book, by shock. */
typedef struct course {
    double liquidated[SHOCKS]; /* of what is open */
    double first[SHOCKS];
    double feedback[SHOCKS]; /* share of the price, mean of all instruments */
} course;

static double number(liq_decimal value)
{
    return (double)value.digits * pow(10, -value.decimals);
}

static double notional(const liq_book *book, uint32_t instrument, liq_decimal price, int64_t lots)
{
    return number(price) * number(book->venue.instruments[instrument].lot) * (double)lots;
}

static liq_book *book_make(uint32_t seed)
{
    liq_generate_options options;

    liq_generate_defaults(&options);
    options.accounts = 300;
    options.instruments = 4;
    options.seed = 1000 + seed;
    options.near_ppm = 0;
    options.past_ppm = 0;
    options.depth_levels = 200;
    return liq_generated_book(&options);
}

static double open_of(const liq_book *book, double *bids)
{
    double open = 0;

    *bids = 0;
    for (uint64_t i = 0; i < book->position_count; i++) {
        const liq_position *held = &book->positions[i];

        if (held->quantity_lots > 0)
            open += notional(book, held->instrument_index,
                             book->instrument_marks[held->instrument_index], held->quantity_lots);
    }
    for (uint64_t i = 0; i < book->depth_count; i++)
        if (book->depth[i].is_bid)
            *bids += notional(book, book->depth[i].instrument_index, book->depth[i].price,
                              book->depth[i].quantity_lots);
    return open;
}

static void course_run(course *out, uint32_t seed)
{
    liq_book *book = book_make(seed);
    double bids;
    const double open = open_of(book, &bids);
    const liq_cascade_options options = {.depth_ppm =
                                             (int64_t)(DEPTH_OVER_OPEN * open / bids * 1e6)};
    liq_cascade *cascade = NULL;
    liq_error err = {0};

    cr_assert_eq(liq_cascade_create(&cascade, book, &options, &err), LIQ_OK, "%s", err.message);
    for (uint32_t i = 0; i < SHOCKS; i++) {
        const uint32_t count = liq_cascade_price_count(cascade);
        liq_cascade_summary summary;

        shock_run(cascade, book, -shocks_ppm[i], &summary);
        out->liquidated[i] = strtod(summary.liquidated_notional, NULL) / open;
        out->first[i] = strtod(summary.first_notional, NULL) / open;
        out->feedback[i] = 0;
        for (uint32_t j = 0; j < count; j++) {
            liq_cascade_price price;

            liq_cascade_price_read(cascade, j, &price);
            out->feedback[i] -= (double)price.feedback_ppm / 1e6 / count;
        }
    }
    liq_cascade_destroy(cascade);
    liq_book_destroy(book);
}

/* Of all pairs of shocks, those in which the larger one has more, less those in which it has less.
 */
static double rank_correlation(const double values[SHOCKS], uint32_t count)
{
    double sum = 0;

    for (uint32_t i = 0; i < count; i++)
        for (uint32_t j = i + 1; j < count; j++)
            sum += (values[j] > values[i]) - (values[j] < values[i]);
    return sum / (count * (count - 1) / 2.0);
}

Test(cascade_shock_size, has_more_liquidated_and_prices_carried_further)
{
    course mean = {0};
    double rank_liquidated = 0;
    double rank_feedback = 0;

    for (uint32_t seed = 0; seed < SEEDS; seed++) {
        course one;

        course_run(&one, seed);
        for (uint32_t i = 0; i < SHOCKS; i++) {
            mean.liquidated[i] += one.liquidated[i] / SEEDS;
            mean.first[i] += one.first[i] / SEEDS;
            mean.feedback[i] += one.feedback[i] / SEEDS;
        }
        rank_liquidated += rank_correlation(one.liquidated, SHOCKS) / SEEDS;
        rank_feedback += rank_correlation(one.feedback, RISING) / SEEDS;
    }
    for (uint32_t i = 1; i < SHOCKS; i++)
        cr_expect_gt(mean.liquidated[i], mean.liquidated[i - 1], "%u", i);
    for (uint32_t i = 1; i < RISING; i++)
        cr_expect_gt(mean.feedback[i], mean.feedback[i - 1] * (1 - TOLERANCE), "%u: %f, %f", i,
                     mean.feedback[i - 1], mean.feedback[i]);
    cr_expect_gt(rank_liquidated, 0.8, "%f", rank_liquidated);
    cr_expect_gt(rank_feedback, 0.4, "%f", rank_feedback);
    /* Where prices are carried less far again, and the ratio on both sides of its peak. */
    cr_expect_lt(mean.feedback[SHOCKS - 1], mean.feedback[RISING - 1]);
    cr_expect_gt(mean.liquidated[3] / mean.first[3], 1.2 * mean.liquidated[0] / mean.first[0]);
    cr_expect_gt(mean.liquidated[3] / mean.first[3],
                 1.2 * mean.liquidated[RISING - 1] / mean.first[RISING - 1]);
    for (uint32_t i = 0; i < SHOCKS; i++)
        cr_log_info("%6.2f%% %.4f %.4f %.3f %.4f", (double)shocks_ppm[i] / 1e4, mean.liquidated[i],
                    mean.first[i], mean.liquidated[i] / mean.first[i], mean.feedback[i]);
}
