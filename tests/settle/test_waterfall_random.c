/*
 * Thousands of random books settled by random rules: what has to hold whatever they are.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scan/flagged.h"
#include "support_venture.h"

enum { BOOKS = 3000 };

typedef struct run_counts {
    uint64_t flagged;
    uint64_t by_kind[LIQ_SETTLE_RESUME + 1];
} run_counts;

static void counts_add(run_counts *counts, const venture *self)
{
    counts->flagged += self->input.flagged_count;
    for (uint64_t i = 0; i < self->waterfall.action_count; i++)
        counts->by_kind[self->waterfall.actions[i].kind]++;
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
    for (int kind = LIQ_SETTLE_CANCEL_ORDERS; kind <= LIQ_SETTLE_SOCIALISE; kind++)
        cr_expect(counts.by_kind[kind] > BOOKS / 20, "%s: %llu",
                  liq_settle_kind_name((liq_settle_kind)kind),
                  (unsigned long long)counts.by_kind[kind]);
}
