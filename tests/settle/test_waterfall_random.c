/*
 * Thousands of random books settled by random rules: what has to hold whatever they are.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scan/truth_scores.h"
#include "support_venture.h"

enum { BOOKS = 3000 };

typedef struct run_counts {
    uint64_t flagged;
    uint64_t folios; /* deleveraging fills of accounts of portfolio margin */
    uint64_t by_kind[LIQ_SETTLE_MARGIN_RATE + 1];
} run_counts;

static void counts_add(run_counts *counts, const venture *self)
{
    counts->flagged += self->input.flagged_count;
    for (uint64_t i = 0; i < self->waterfall.action_count; i++) {
        const liq_action *action = &self->waterfall.actions[i];

        counts->by_kind[action->kind]++;
        counts->folios += action->kind == LIQ_SETTLE_ADL &&
                          self->book->accounts[action->account].mode == LIQ_ACCOUNT_PORTFOLIO;
    }
}

Test(waterfall_random, conserves_cash_and_lots_whatever_the_rules)
{
    liq_random random = liq_random_make(liq_random_seed());
    run_counts counts = {0};

    for (int i = 0; i < BOOKS; i++) {
        static venture book;
        char what[320];
        liq_error err = {0};
        liq_status status;

        venture_draw(&book, &random);
        venture_scan(&book);
        (void)snprintf(what, sizeof what, "book %d: %s", i, venture_rules(&book));
        status = venture_settle(&book, &err);
        cr_assert(status == LIQ_OK, "%s: %s", what, err.message);
        venture_check(&book, what);
        counts_add(&counts, &book);
        venture_clear(&book);
    }
    /* The books are worth their time: everything happens often. */
    cr_expect(counts.flagged > BOOKS, "%llu flagged", (unsigned long long)counts.flagged);
    cr_expect(counts.folios > BOOKS / 4, "%llu portfolio fills", (unsigned long long)counts.folios);
    for (int kind = LIQ_SETTLE_CANCEL_ORDERS; kind <= LIQ_SETTLE_SOCIALISE; kind++)
        cr_expect(counts.by_kind[kind] > BOOKS / 20, "%s: %llu",
                  liq_settle_kind_name((liq_settle_kind)kind),
                  (unsigned long long)counts.by_kind[kind]);
}

/* Actions of a run, kept. */
static liq_action *actions_keep(const venture *self, uint64_t *count)
{
    liq_action *kept = calloc(self->waterfall.action_count + 1, sizeof *kept);

    *count = self->waterfall.action_count;
    if (*count > 0)
        memcpy(kept, self->waterfall.actions, *count * sizeof *kept);
    return kept;
}

/* Twice the same, and the same whether scores come with the book, as those of a device do, or are
   made when they are asked for. */
Test(waterfall_random, says_the_same_again_byte_for_byte)
{
    liq_random random = liq_random_make(liq_random_seed() + 1);
    uint64_t adl = 0;

    for (int i = 0; i < BOOKS / 4; i++) {
        static venture book;
        const liq_adl_rule *rule;
        liq_action *first;
        int64_t *by_position;
        int64_t *by_place;
        uint64_t count;

        venture_draw(&book, &random);
        venture_scan(&book);
        cr_assert_eq(venture_settle(&book, NULL), LIQ_OK);
        first = actions_keep(&book, &count);
        adl += book.waterfall.totals.adl_fills;
        rule = &book.book->venue.policy.adl_rule;
        by_position = calloc(book.book->position_count + 1, sizeof *by_position);
        by_place = calloc(book.book->position_count + 1, sizeof *by_place);
        liq_truth_scores(&book.market, &book.rows, book.results,
                         liq_adl_terms_make(&book.book->venue, *rule), by_position);
        for (uint64_t j = 0; j < book.book->position_count; j++)
            by_place[book.source.index.places[j]] = by_position[j];
        for (int again = 0; again < 2; again++) {
            book.source.scores = again == 0 ? NULL : by_place;
            cr_assert_eq(venture_settle(&book, NULL), LIQ_OK);
            cr_assert_eq(book.waterfall.action_count, count, "book %d", i);
            cr_assert(count == 0 ||
                          memcmp(first, book.waterfall.actions, count * sizeof *first) == 0,
                      "book %d: %s", i, venture_rules(&book));
        }
        free(first);
        free(by_position);
        free(by_place);
        venture_clear(&book);
    }
    cr_expect(adl > BOOKS / 20, "%llu fills", (unsigned long long)adl);
}
