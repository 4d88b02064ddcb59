#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "book/market.h"
#include "scan/screen.h"
#include "scan/truth.h"
#include "support_brink.h"
#include "support_moves.h"
#include "support_opened.h"
#include "support_random_book.h"

enum { BOOKS = 192, TARGETS = 60, LEGS = 700, GENERATED = 20, WILD = 4 };

/* A book, its rows, and what the rule says of them at a market. */
typedef struct screened {
    const liq_book *book;
    liq_rows rows;
    liq_market market;
    liq_screen *screen;
    liq_row_record *results;
} screened;

/* What was checked, so that a screen that proves nothing fails too. */
typedef struct screen_tally {
    uint64_t proven;
    uint64_t doubted_healthy;
    uint64_t warned;
    uint64_t held; /* proofs that a move was put to */
} screen_tally;

static void screened_make(screened *out, const liq_book *book, liq_device *device)
{
    uint64_t entries = 0;
    liq_error err = {0};

    *out = (screened){.book = book};
    cr_assert_eq(liq_market_create(&out->market, out->book, &err), LIQ_OK, "%s", err.message);
    cr_assert_eq(liq_rows_create(&out->rows, out->book, NULL, &err), LIQ_OK, "%s", err.message);
    for (uint32_t i = 0; i < out->rows.row_count; i++)
        entries += liq_screen_slots_length(
            (uint32_t)(out->rows.entry_first[i + 1] - out->rows.entry_first[i]));
    cr_assert_eq(liq_screen_create(&out->screen, device, &out->market, &out->book->venue,
                                   out->rows.row_count, entries, &err),
                 LIQ_OK, "%s", err.message);
    for (uint32_t i = 0; i < out->rows.row_count; i++)
        liq_screen_put(out->screen, i, &out->market, &out->rows, i);
    cr_assert_eq(liq_screen_run(out->screen, NULL, &err), LIQ_OK, "%s", err.message);
    out->results = calloc(out->rows.row_count + 1U, sizeof *out->results);
    cr_assert_not_null(out->results);
    liq_truth_scan(&out->market, &out->rows, out->results);
}

static void screened_clear(screened *self)
{
    liq_screen_destroy(self->screen);
    liq_rows_clear(&self->rows);
    liq_market_clear(&self->market);
    free(self->results);
}

/* The least reach that a code may be of. */
static float reach_of(uint32_t code)
{
    const int32_t bucket = (int32_t)(code >> LIQ_SCREEN_CODE_SHIFT);
    const int32_t bits = (bucket + LIQ_SCREEN_EIGHTH_BELOW) << LIQ_SCREEN_EIGHTH_SHIFT;
    float reach;

    if (code == LIQ_SCREEN_CODE_DOUBT)
        return LIQ_SCREEN_DOUBT;
    memcpy(&reach, &bits, sizeof reach);
    return bucket == 0 ? 0.0f : reach;
}

/* The verdict of the last pass on a row. */
static liq_screen_verdict told_of(const screened *self, uint32_t row)
{
    const liq_screen_codes last = liq_screen_last(self->screen);
    const uint32_t slot = liq_screen_slot(self->screen, row);

    if (slot == LIQ_NO_INDEX)
        return (liq_screen_verdict){.reach = LIQ_SCREEN_DOUBT};
    cr_assert_eq(last.slot_rows[slot], row);
    return (liq_screen_verdict){.reach = reach_of(last.codes[slot]),
                                .status = last.codes[slot] & LIQ_SCREEN_CODE_STATUS};
}

static void expect_proven(const screened *self, uint64_t seed, screen_tally *tally)
{
    for (uint32_t i = 0; i < self->rows.row_count; i++) {
        const liq_screen_verdict verdict = told_of(self, i);
        const uint32_t status = self->results[i].status;

        tally->doubted_healthy += verdict.reach < 0.0f && status <= LIQ_ROW_REDUCE_ONLY;
        if (verdict.reach < 0.0f)
            continue;
        tally->proven++;
        tally->warned += verdict.status != LIQ_ROW_OK;
        cr_assert_eq(verdict.status, status, "seed %lu: row %u is %u, proven was %u", seed, i,
                     status, verdict.status);
    }
}

/* Proofs hold at every market that is within their reach. */
static void expect_held(const screened *self, uint32_t target, double share, uint64_t seed,
                        screen_tally *tally)
{
    liq_random random = liq_random_make(seed ^ target);
    liq_market moved = {0};
    float move;

    cr_assert_eq(liq_market_create(&moved, self->book, NULL), LIQ_OK);
    liq_move_against(&moved, &self->book->venue, &self->rows, target, share, &random);
    move = liq_screen_move(self->screen, &moved);
    for (uint32_t i = 0; i < self->rows.row_count; i++) {
        const liq_screen_verdict told = told_of(self, i);
        const liq_screen_verdict now = liq_screen_check(self->screen, i);
        const liq_row_record result = liq_truth_row(&moved, &self->rows, i);

        if (now.reach >= 0.0f)
            cr_assert_eq(now.status, result.status,
                         "seed %lu: row %u is %u, %u was proven after a move of %g (reason %u)",
                         seed, i, result.status, now.status, share, result.reason);
        if (told.reach <= move)
            continue;
        tally->held++;
        cr_assert_eq(told.status, result.status,
                     "seed %lu: row %u, reach %g, became %u after a move of %g", seed, i,
                     (double)told.reach, result.status, (double)move);
    }
    (void)liq_screen_move(self->screen, &self->market);
    liq_market_clear(&moved);
}

/* A pass tells of rows side by side, to the bit, what it tells of each alone. */
static void expect_codes(const screened *self)
{
    const liq_screen_codes last = liq_screen_last(self->screen);

    for (uint32_t i = 0; i < self->rows.row_count; i++)
        if (liq_screen_slot(self->screen, i) != LIQ_NO_INDEX)
            cr_assert_eq(last.codes[liq_screen_slot(self->screen, i)],
                         liq_screen_tell(self->screen, i), "row %u", i);
}

/* In a list of any order, rows say what each says alone, to the bit; at
 * the book's market. */
static void expect_alike(const screened *self, liq_device *device, liq_random *random)
{
    const uint32_t slots = liq_screen_last(self->screen).slot_count;
    uint32_t *list = calloc(slots + 1U, sizeof *list);
    uint32_t count = 0;
    liq_screen_verdicts verdicts;
    liq_error err = {0};

    cr_assert_not_null(list);
    for (uint32_t i = 0; i < self->rows.row_count; i++)
        if (liq_screen_slot(self->screen, i) != LIQ_NO_INDEX && !liq_random_once_in(random, 5))
            list[count++] = i;
    for (uint32_t i = count; i > 1; i--) {
        const uint32_t j = (uint32_t)liq_random_below(random, i);
        const uint32_t swapped = list[i - 1];

        list[i - 1] = list[j];
        list[j] = swapped;
    }
    for (uint32_t i = 0; i < count; i++)
        list[i] = liq_screen_slot(self->screen, list[i]);
    if (device != NULL)
        liq_screen_list_on_device(self->screen);
    cr_assert_eq(liq_screen_run_list(self->screen, list, count, &verdicts, &err), LIQ_OK, "%s",
                 err.message);
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t row = liq_screen_last(self->screen).slot_rows[list[i]];
        const liq_screen_verdict alone = liq_screen_check(self->screen, row);

        cr_assert_eq(memcmp(&verdicts.reaches[i], &alone.reach, sizeof alone.reach), 0,
                     "row %u: %a, alone %a", row, (double)verdicts.reaches[i], (double)alone.reach);
        cr_assert_eq(verdicts.statuses[i], alone.status, "row %u", row);
    }
    free(list);
}

static void book_check(const liq_book *book, liq_device *device, uint64_t seed, screen_tally *tally)
{
    liq_random random = liq_random_make(seed ^ 0x7f4a7c15u);
    screened self;

    screened_make(&self, book, device);
    expect_proven(&self, seed, tally);
    expect_codes(&self);
    for (uint32_t i = 0; i < TARGETS && self.rows.row_count > 0; i++) {
        const uint32_t target = (uint32_t)liq_random_below(&random, self.rows.row_count);
        const double reach = (double)told_of(&self, target).reach;
        const double share = reach > 0 && i % 4 != 0
                                 ? reach * 0.99999
                                 : ldexp(1, -(int)liq_random_between(&random, 4, 24));

        expect_held(&self, target, i % 3 == 2 ? -share : share, seed, tally);
    }
    expect_alike(&self, device, &random);
    screened_clear(&self);
}

/* Every mark anywhere between a third and three times the book's; the same for the same seed. */
static void market_wild(liq_market *out, const screened *self, uint64_t seed)
{
    liq_random random = liq_random_make(seed);

    cr_assert_eq(liq_market_create(out, self->book, NULL), LIQ_OK);
    for (uint32_t i = 0; i < out->instrument_count; i++) {
        const liq_instrument_record *record = &out->instruments[i];
        const double value =
            (double)record->value_floor * exp((double)liq_random_between(&random, -110, 110) / 100);

        if ((record->flags & (LIQ_INSTRUMENT_NO_MARK | LIQ_INSTRUMENT_MARK_RANGE)) == 0 &&
            fabs(value) < (double)LIQ_LOT_VALUE_MAX)
            liq_market_set_value(out, &self->book->venue, i, (int64_t)value);
    }
}

/* What a pass tells of a row at far other prices than it was packed at holds, there and as far from
 * there as its reach. */
static void expect_told(const screened *self, uint64_t seed, screen_tally *tally)
{
    liq_random random = liq_random_make(seed);
    liq_market wild = {0};
    liq_error err = {0};

    market_wild(&wild, self, seed);
    (void)liq_screen_move(self->screen, &wild);
    cr_assert_eq(liq_screen_run(self->screen, NULL, &err), LIQ_OK, "%s", err.message);
    expect_codes(self);
    for (uint32_t i = 0; i < self->rows.row_count; i++) {
        const liq_screen_verdict told = told_of(self, i);

        tally->doubted_healthy += told.reach < 0.0f;
        tally->proven += told.reach >= 0.0f;
        if (told.reach >= 0.0f)
            cr_assert_eq(liq_truth_row(&wild, &self->rows, i).status, told.status,
                         "seed %lu: row %u", seed, i);
    }
    liq_market_clear(&wild);
    for (uint32_t i = 0; i < TARGETS && self->rows.row_count > 0; i++) {
        const uint32_t row = (uint32_t)liq_random_below(&random, self->rows.row_count);
        const liq_screen_verdict told = told_of(self, row);

        market_wild(&wild, self, seed);
        liq_move_against(&wild, &self->book->venue, &self->rows, row, (double)told.reach * 0.9999,
                         &random);
        if (told.reach > liq_screen_move(self->screen, &wild)) {
            tally->held++;
            cr_assert_eq(liq_truth_row(&wild, &self->rows, row).status, told.status,
                         "seed %lu: row %u, reach %g", seed, row, (double)told.reach);
        }
        liq_market_clear(&wild);
    }
}

static void told_check(const liq_book *book, uint64_t seed, screen_tally *tally)
{
    screened self;

    screened_make(&self, book, NULL);
    for (uint64_t i = 0; i < WILD; i++)
        expect_told(&self, seed + i, tally);
    screened_clear(&self);
}

static void books_check(liq_device *device, uint32_t books)
{
    const uint64_t seed = liq_random_seed();
    screen_tally tally = {0};

    for (uint32_t i = 0; i < books; i++) {
        liq_book book;

        (void)liq_brink_random_book(&book, seed + i, i);
        book_check(&book, device, seed + i, &tally);
        liq_random_book_destroy(&book);
    }
    cr_expect_gt(tally.proven, books * 4UL, "%lu", tally.proven);
    cr_expect_gt(tally.held, books * TARGETS, "%lu", tally.held);
}

static void generated_check(liq_device *device, uint32_t books)
{
    const uint64_t seed = liq_random_seed();
    screen_tally tally = {0};

    for (uint32_t i = 0; i < books; i++) {
        liq_book *book = liq_brink_generated_book(i, seed + i, i >= books / 2);

        book_check(book, device, seed + i, &tally);
        liq_book_destroy(book);
    }
    cr_expect_gt(tally.proven, books * 500UL, "%lu", tally.proven);
    cr_expect_gt(tally.warned, books * 20UL, "%lu", tally.warned);
    cr_expect_gt(tally.held, books * 2000UL, "%lu", tally.held);
}

Test(screen, proves_nothing_but_what_the_margin_rule_says)
{
    books_check(NULL, BOOKS);
}

Test(screen, proves_as_little_on_a_device)
{
    liq_device *device = liq_opened_device();

    books_check(device, BOOKS / 3);
    generated_check(device, GENERATED / 4);
    liq_device_close(device);
}

Test(screen, proves_most_of_a_book_of_the_real_shape)
{
    generated_check(NULL, GENERATED);
}

Test(screen, holds_of_rows_that_were_packed_at_far_other_prices)
{
    const uint64_t seed = liq_random_seed();
    screen_tally tally = {0};

    for (uint32_t i = 0; i < BOOKS; i++) {
        liq_book book;

        (void)liq_brink_random_book(&book, seed + i, i);
        told_check(&book, seed + i, &tally);
        liq_random_book_destroy(&book);
    }
    for (uint32_t i = 0; i < GENERATED / 4; i++) {
        liq_book *book = liq_brink_generated_book(i, seed + i, false);

        told_check(book, seed + i, &tally);
        liq_book_destroy(book);
    }
    cr_expect_gt(tally.proven * 3, tally.doubted_healthy, "%lu, not %lu", tally.proven,
                 tally.doubted_healthy);
    cr_expect_gt(tally.held, (uint64_t)BOOKS * WILD, "%lu", tally.held);
}

Test(screen, leaves_rows_that_are_too_long_in_doubt)
{
    const uint64_t seed = liq_random_seed();
    screen_tally tally = {0};
    liq_book book;

    liq_random_book_create_long(&book, seed, LEGS, 0);
    book_check(&book, NULL, seed, &tally);
    liq_random_book_destroy(&book);
    cr_expect_eq(tally.proven, 0);
    liq_random_book_create_long(&book, seed, LIQ_SCREEN_LENGTH_MAX / 4, 0);
    book_check(&book, NULL, seed, &tally);
    liq_random_book_destroy(&book);
    cr_expect_leq(tally.proven, 1);
}
