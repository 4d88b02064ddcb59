/*
 * Sides of a live book that are kept are those of the book as it is, and what is deleveraged by
 * them is what ranking all of every side anew deleverages.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scan/live_scan.h"
#include "settle/settle_internal.h"
#include "share.h"
#include "support_follow.h"

enum { BOOKS = 400 / LIQ_TEST_SHARE, TICKS = 8, FOLLOWERS = 2, HOLDERS_MAX = 512 };

static int compare(const void *left, const void *right, void *book)
{
    const liq_live_book *live = book;
    const liq_side_holder *a = left;
    const liq_side_holder *b = right;
    const int order = strcmp(live->accounts[a->account].id, live->accounts[b->account].id);

    return order != 0 ? order : (int)a->position - (int)b->position;
}

/* From the positions of all accounts that there are. */
static uint32_t side_list(liq_live_book *book, uint32_t side, liq_side_holder *out)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < book->account_capacity; i++) {
        uint32_t place = 0;

        if (!book->accounts[i].alive || book->accounts[i].adl_exempt)
            continue;
        for (uint32_t at = book->accounts[i].first[LIQ_LIVE_POSITIONS]; at != LIQ_NO_INDEX;
             at = book->entries[at].next, place++) {
            if (2 * book->entries[at].index + (book->entries[at].quantity < 0) != side)
                continue;
            cr_assert_lt(count, HOLDERS_MAX);
            out[count++] = (liq_side_holder){.account = i, .position = place};
        }
    }
    qsort_r(out, count, sizeof *out, compare, book);
    return count;
}

/* Some sides at each time: what came in between was not seen by the others. */
static uint64_t sides_check(const follower *at, liq_random *random, const char *what)
{
    liq_live_book *book = &at->live->book;
    const liq_settle_source *source = &at->settle->waterfall.source;
    uint64_t seen = 0;

    for (uint32_t side = 0; side < 2 * book->prices.venue.instrument_count; side++) {
        static liq_side_holder wanted[HOLDERS_MAX];
        liq_side_holders found;
        uint32_t count;

        if (liq_random_below(random, 2) == 0)
            continue;
        count = side_list(book, side, wanted);
        cr_assert_eq(source->side(source->context, side, &found, NULL), LIQ_OK);
        cr_assert_null(found.scores);
        cr_assert_eq(found.count, count, "%s: side %u has %u, not %u", what, side, found.count,
                     count);
        cr_assert(count == 0 || memcmp(found.items, wanted, count * sizeof *wanted) == 0,
                  "%s: side %u", what, side);
        seen += count;
    }
    return seen;
}

Test(live_sides, are_those_of_the_book_as_it_is)
{
    liq_random random = liq_random_make(liq_random_seed() + 21);
    uint64_t seen = 0;
    uint64_t fills = 0;

    for (int i = 0; i < BOOKS; i++) {
        static venture book;
        follow_stream stream;
        follower at[FOLLOWERS];
        follower *const both[] = {&at[0], &at[1]};
        char what[320];

        follow_draw(&book, &random);
        book.book->venue.policy.liquidation.adl_policy =
            i % 4 == 0 ? book.book->venue.policy.liquidation.adl_policy : LIQ_ADL_POLICY_QUEUE;
        follow_start(&stream, book.book, &random);
        (void)snprintf(what, sizeof what, "book %d: %s", i, venture_rules(&book));
        for (int j = 0; j < FOLLOWERS; j++) {
            follower_start(&at[j], book.book);
            at[j].settle->live_source.wide_least = (i + j) % 2 == 0 ? 1 : UINT32_MAX;
        }
        for (int tick = 0; tick < TICKS; tick++) {
            follow_events(&stream, both, FOLLOWERS);
            liq_live_source_renew(&at[0].settle->live_source);
            seen += sides_check(&at[0], &random, what);
            liq_live_sides_clear(&at[1].settle->live_source.sides);
            follow_run(&stream, both, FOLLOWERS);
            cr_assert_eq(at[0].status, LIQ_OK, "%s: %s", what, at[0].err.message);
            cr_assert_eq(at[1].status, LIQ_OK, "%s: %s", what, at[1].err.message);
            cr_assert_str_eq(at[0].summary.hash, at[1].summary.hash, "%s", what);
            fills += at[0].summary.adl_fills;
            liq_live_source_renew(&at[0].settle->live_source);
            seen += sides_check(&at[0], &random, what);
        }
        for (int j = 0; j < FOLLOWERS; j++)
            follower_end(&at[j]);
        follow_clear(&book);
    }
    cr_expect_gt(seen, 20 * (uint64_t)BOOKS, "%llu", (unsigned long long)seen);
    cr_expect_gt(fills, (uint64_t)BOOKS / 20, "%llu", (unsigned long long)fills);
}
