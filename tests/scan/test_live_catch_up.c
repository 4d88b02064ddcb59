/*
 * Doing ahead what the next tick has to do: a live book that does, beside one that does not.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scan/live_scan.h"
#include "support_live.h"
#include "support_live_equal.h"
#include "support_random_book.h"

enum { BOOKS = 32, TICKS = 60, STEPS = 4, BATCH = 6, MORE_ACCOUNTS = 20 };

typedef struct lives {
    liq_live *ahead;
    liq_live *plain;
    uint64_t caught; /* times that nothing was left */
    uint64_t left;   /* times that something was */
    uint64_t warned;
} lives;

static void batch_play(lives *self, liq_model *model, liq_random *random)
{
    for (uint64_t n = liq_random_below(random, BATCH + 1); n > 0; n--) {
        liq_model_event drawn;
        liq_error err = {0};

        liq_model_event_draw(model, random, &drawn);
        liq_model_apply(model, &drawn);
        cr_assert_eq(liq_live_apply(self->ahead, &drawn.event, 1, &err), LIQ_OK, "%s", err.message);
        cr_assert_eq(liq_live_apply(self->plain, &drawn.event, 1, &err), LIQ_OK);
    }
}

static void ahead_do(lives *self, liq_random *random)
{
    const uint32_t dirty = self->ahead->book.dirty.count;
    const uint32_t most = (uint32_t)liq_random_below(random, BATCH);
    const uint32_t left = liq_live_catch_up(self->ahead, most);

    cr_assert_eq(left, dirty > most ? dirty - most : 0);
    self->caught += dirty > 0 && left == 0;
    self->left += left > 0;
}

static void tick_compare(lives *self, liq_live_summary summaries[2], const char *what)
{
    uint64_t hashes[2][2];

    liq_live_state_hash(self->ahead, hashes[0]);
    liq_live_state_hash(self->plain, hashes[1]);
    cr_assert_arr_eq(hashes[0], hashes[1], sizeof hashes[0], "%s", what);
    cr_assert_eq(summaries[0].flagged, summaries[1].flagged, "%s", what);
    cr_assert_arr_eq(summaries[0].by_status, summaries[1].by_status, sizeof summaries[0].by_status,
                     "%s", what);
    self->warned += lives_say_the_same(self->ahead, self->plain, what);
}

/* Where every row that something moved for is valued, and after a tick that valued all. */
static void values_compare(const liq_live_summary summaries[2], const char *what)
{
    cr_assert_str_eq(summaries[0].equity_total, summaries[1].equity_total, "%s", what);
    cr_assert_str_eq(summaries[0].maintenance_total, summaries[1].maintenance_total, "%s", what);
    cr_assert_str_eq(summaries[0].notional_total, summaries[1].notional_total, "%s", what);
}

static void book_play(lives *self, uint64_t seed, uint32_t number, liq_model *model)
{
    const liq_live_options options = {
        .limits = {.accounts_max = 128, .entries_max = 2048, .events_max = BATCH + 1},
        .exact_all = number % 2 == 0};
    liq_random random = liq_random_make(seed ^ 0x9e3779b9u);
    liq_live_summary summaries[2];
    char what[64];
    liq_book book;

    liq_random_book_create(&book, seed, liq_random_options_of(number));
    /* MM / EQ of 0.001 and of 0.1, so that there is much to tell. */
    book.venue.policy.levels[0] =
        (liq_policy_level){.equity_factor = 1000, .requirement_factor = 1000000};
    book.venue.policy.levels[1] =
        (liq_policy_level){.equity_factor = 100000, .requirement_factor = 1000000};
    liq_model_start(model, &book, MORE_ACCOUNTS);
    cr_assert_eq(liq_live_create(&self->ahead, &book, &options, NULL), LIQ_OK);
    cr_assert_eq(liq_live_create(&self->plain, &book, &options, NULL), LIQ_OK);
    cr_assert_eq(liq_live_catch_up(self->ahead, UINT32_MAX), 0);
    for (uint32_t tick = 0; tick < TICKS; tick++) {
        const bool all = tick + 1 == TICKS;

        for (uint32_t i = 0; tick > 0 && i < STEPS; i++) {
            batch_play(self, model, &random);
            ahead_do(self, &random);
        }
        if (all) {
            liq_live_value_all(self->ahead);
            liq_live_value_all(self->plain);
        }
        cr_assert_eq(liq_live_tick(self->ahead, &summaries[0], NULL), LIQ_OK);
        cr_assert_eq(liq_live_tick(self->plain, &summaries[1], NULL), LIQ_OK);
        (void)snprintf(what, sizeof what, "seed %lu, tick %u", seed, tick);
        tick_compare(self, summaries, what);
        if (all || options.exact_all)
            values_compare(summaries, what);
    }
    liq_live_destroy(self->ahead);
    liq_live_destroy(self->plain);
    liq_random_book_destroy(&book);
}

Test(live_catch_up, leaves_the_tick_nothing_else_to_say)
{
    const uint64_t seed = liq_random_seed();
    liq_model *model = calloc(1, sizeof *model);
    lives self = {.caught = 0};

    cr_assert_not_null(model);
    for (uint32_t i = 0; i < BOOKS; i++)
        book_play(&self, seed + i, i, model);
    cr_expect_gt(self.caught, BOOKS);
    cr_expect_gt(self.left, BOOKS);
    cr_expect_gt(self.warned, BOOKS);
    free(model);
}
