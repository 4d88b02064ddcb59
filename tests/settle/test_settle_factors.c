/*
 * A live book under factors settles as one whose venue has such rates.
 */
#include <criterion/criterion.h>
#include <stdlib.h>

#include <liqscan/live.h>
#include <liqscan/settle.h>

#include "scan/support_factors.h"
#include "support_venture.h"
#include "share.h"

enum { BOOKS = 300 / LIQ_TEST_SHARE };

static const liq_live_options small = {.limits = {.events_max = 4096}};

static void live_settle(liq_live *live, const liq_book *book, liq_settle_summary *summary)
{
    liq_settle *settle = NULL;
    liq_error err = {0};

    cr_assert_eq(liq_live_tick(live, NULL, &err), LIQ_OK);
    cr_assert_eq(liq_settle_create_live(&settle, live, book, &err), LIQ_OK, "%s", err.message);
    cr_assert_eq(liq_settle_run_live(settle, 1000000, 1, summary, &err), LIQ_OK, "%s", err.message);
    liq_settle_destroy(settle);
}

Test(settle_factors, settle_as_a_venue_with_such_rates)
{
    liq_random random = liq_random_make(liq_random_seed() + 5);
    uint64_t scaled = 0;
    uint64_t actions = 0;

    for (int i = 0; i < BOOKS; i++) {
        static venture drawn;
        liq_margin_factors factors[VENTURE_INSTRUMENTS_MAX];
        liq_settle_summary summaries[2];
        liq_live *lives[2] = {NULL, NULL};
        liq_tier *tiers;
        liq_error err = {0};
        liq_book other;

        venture_draw(&drawn, &random);
        drawn.book->depth = drawn.levels;
        other = *drawn.book;
        tiers = calloc(other.venue.tier_count, sizeof *tiers);
        cr_assert_not_null(tiers);
        scaled += liq_venue_draw_scaled(&drawn.book->venue, &random, tiers, factors);
        other.venue.tiers = tiers;
        cr_assert_eq(liq_live_create(&lives[0], drawn.book, &small, &err), LIQ_OK, "%s",
                     err.message);
        cr_assert_eq(liq_live_create(&lives[1], &other, &small, &err), LIQ_OK, "%s", err.message);
        cr_assert_eq(liq_live_tick(lives[0], NULL, &err), LIQ_OK);
        for (uint32_t n = 0; n < other.venue.instrument_count; n++) {
            const liq_live_event event = {.kind = LIQ_LIVE_MARGIN_FACTORS,
                                          .symbol = liq_names_get(other.venue.instrument_names, n),
                                          .maintenance_factor_ppm = factors[n].maintenance_ppm,
                                          .initial_factor_ppm = factors[n].initial_ppm};

            cr_assert_eq(liq_live_apply(lives[0], &event, 1, &err), LIQ_OK, "%s", err.message);
        }
        live_settle(lives[0], drawn.book, &summaries[0]);
        live_settle(lives[1], &other, &summaries[1]);
        /* Calls go to whoever came to a level: the first live book had told some of it before. */
        if (!drawn.book->venue.policy.liquidation.margin_call)
            cr_assert_str_eq(summaries[0].hash, summaries[1].hash, "book %d: %s", i,
                             venture_rules(&drawn));
        cr_assert_eq(summaries[0].accounts_closed, summaries[1].accounts_closed, "book %d", i);
        cr_assert(summaries[0].conserved && summaries[1].conserved);
        actions += summaries[0].actions;
        liq_live_destroy(lives[0]);
        liq_live_destroy(lives[1]);
        free(tiers);
        drawn.book->depth = NULL;
        venture_clear(&drawn);
    }
    cr_expect(scaled > BOOKS / 4 && actions > BOOKS, "%lu scaled, %lu actions", scaled, actions);
}
