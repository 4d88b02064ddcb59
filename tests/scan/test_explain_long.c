/*
 * Accounts as large as they come, explained in a time that a person waits for.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <criterion/criterion.h>

#include <liqscan/explain.h>

#include "support_book.h"

enum { INSTRUMENTS = 2500, TIERS = 10, ORDERS = 60000 };

static void instruments_add(liq_fixture *fixture, uint32_t count, const char *mmr_step);
static double explain_seconds(liq_fixture *fixture, liq_explanation **out);
static double seconds_now(void);

Test(explain_long, takes_well_under_a_second_for_5000_positions)
{
    liq_fixture fixture;
    liq_explanation *explanation = NULL;
    double seconds;

    liq_fixture_start(&fixture, 8);
    liq_fixture_asset(&fixture, "USD", 8, 12, NULL);
    instruments_add(&fixture, INSTRUMENTS, "0.01");
    liq_fixture_account(&fixture, "whale");
    liq_fixture_balance(&fixture, 0, "9000000");
    for (uint32_t i = 0; i < INSTRUMENTS; i++) {
        liq_fixture_position(&fixture, i, "2000", "101", NULL);
        liq_fixture_position(&fixture, i, i % 2 == 0 ? "-1000" : "-1500", "99", NULL);
    }
    seconds = explain_seconds(&fixture, &explanation);
    cr_assert_eq(liq_explanation_margin(explanation, 0)->position_count, 2 * INSTRUMENTS);
    cr_assert_eq(liq_explanation_margin(explanation, 0)->has_cure, 1);
    cr_assert_lt(seconds, 30.0, "%.2f s", seconds); /* sanitizers and a busy machine */
    liq_explanation_destroy(explanation);
    liq_fixture_clear(&fixture);
}

Test(explain_long, takes_well_under_a_second_for_60000_orders)
{
    liq_fixture fixture;
    liq_explanation *explanation = NULL;
    double seconds;

    liq_fixture_start(&fixture, 8);
    fixture.book.venue.policy.order_loss = true;
    fixture.book.venue.policy.order_margin = true;
    fixture.book.venue.policy.order_tier = true;
    liq_fixture_asset(&fixture, "USD", 8, 12, NULL);
    instruments_add(&fixture, 1, "0.01");
    liq_fixture_account(&fixture, "maker");
    liq_fixture_balance(&fixture, 0, "50000");
    liq_fixture_position(&fixture, 0, "2000", "101", NULL);
    liq_fixture_position(&fixture, 0, "-1000", "99", NULL);
    for (int32_t i = 0; i < ORDERS; i++)
        liq_fixture_order_lots(&fixture, 0, i % 2 == 0 ? 1 : -1,
                               (liq_decimal){.digits = 10000 + (i % 2 == 0 ? -i / 10 : i / 10) +
                                                       (i % 1000 == 7 ? 301 : 1),
                                             .decimals = 2});
    seconds = explain_seconds(&fixture, &explanation);
    cr_assert_eq(liq_explanation_margin(explanation, 0)->position_count, 2);
    cr_assert_lt(seconds, 30.0, "%.2f s", seconds);
    liq_explanation_destroy(explanation);
    liq_fixture_clear(&fixture);
}

static void instruments_add(liq_fixture *fixture, uint32_t count, const char *mmr_step)
{
    for (uint32_t i = 0; i < count; i++) {
        char symbol[32];

        snprintf(symbol, sizeof symbol, "X%uUSD", i);
        (void)liq_fixture_instrument(fixture, (liq_fixture_contract){.symbol = symbol,
                                                                     .multiplier = "1",
                                                                     .lot = "0.001",
                                                                     .tick = "0.01",
                                                                     .mark = "100"});
        for (uint32_t j = 0; j < TIERS; j++) {
            char floor[32];
            char mmr[32];

            snprintf(floor, sizeof floor, "%u", j * 40000);
            snprintf(mmr, sizeof mmr, "0.0%u", 10 + j);
            liq_fixture_tier(fixture, floor, j == 0 ? mmr_step : mmr, "0.2");
        }
    }
}

static double explain_seconds(liq_fixture *fixture, liq_explanation **out)
{
    const liq_book *book = liq_fixture_finish(fixture);
    const double start = seconds_now();
    liq_error err = {0};
    double taken;

    cr_assert_eq(liq_explain(out, book, liq_names_get(book->account_names, 0), &err), LIQ_OK, "%s",
                 err.message);
    taken = seconds_now() - start;
    fprintf(stderr, "explained in %.3f s\n", taken);
    return taken;
}

static double seconds_now(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}
