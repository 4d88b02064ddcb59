#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "book/market.h"
#include "scan/near_lines.h"
#include "scan/screen.h"
#include "scan/truth.h"
#include "share.h"
#include "support_brink.h"
#include "support_moves.h"
#include "support_random_book.h"

enum { BOOKS = 96 / LIQ_TEST_SHARE, GENERATED = 10, TARGETS = 24, NOBODY = 255 };

/* A book that is screened at its own marks, and at another market a line for whoever has room. */
typedef struct lined {
    const liq_book *book;
    liq_rows rows;
    liq_market market;
    liq_screen *screen;
    liq_lines lines;
    uint8_t *told; /* by slot, of those that have lines */
} lined;

/* What was checked, so that lines that prove nothing fail too. */
typedef struct lines_tally {
    uint64_t lines;
    uint64_t same;    /* proven to be what was told */
    uint64_t other;   /* proven to be something else */
    uint64_t doubted; /* of those that are not to be liquidated */
} lines_tally;

static void lined_make(lined *out, const liq_book *book)
{
    uint64_t entries = 0;
    uint32_t slots;

    *out = (lined){.book = book};
    cr_assert_eq(liq_market_create(&out->market, book, NULL), LIQ_OK);
    cr_assert_eq(liq_rows_create(&out->rows, book, NULL, NULL), LIQ_OK);
    for (uint32_t i = 0; i < out->rows.row_count; i++)
        entries += liq_screen_slots_length(
            (uint32_t)(out->rows.entry_first[i + 1] - out->rows.entry_first[i]));
    cr_assert_eq(liq_screen_create(&out->screen, NULL, &out->market, &book->venue,
                                   out->rows.row_count, entries, NULL),
                 LIQ_OK);
    for (uint32_t i = 0; i < out->rows.row_count; i++)
        liq_screen_put(out->screen, i, &out->market, &out->rows, i);
    cr_assert_eq(liq_screen_run(out->screen, NULL, NULL), LIQ_OK);
    slots = liq_screen_slot_capacity(out->screen);
    cr_assert_eq(liq_lines_create(&out->lines, slots, NULL), LIQ_OK);
    out->told = calloc(slots + 1U, 1);
    cr_assert_not_null(out->told);
}

static void lined_clear(lined *self)
{
    liq_lines_clear(&self->lines);
    liq_screen_destroy(self->screen);
    liq_rows_clear(&self->rows);
    liq_market_clear(&self->market);
    free(self->told);
}

/* Go from the book's marks against a row. */
static liq_lines_moves go(const lined *self, liq_market *to, double share, liq_random *random)
{
    const uint32_t row = (uint32_t)liq_random_below(random, self->rows.row_count);
    liq_lines_moves moves;

    *to = (liq_market){0};
    cr_assert_eq(liq_market_create(to, self->book, NULL), LIQ_OK);
    liq_move_against(to, &self->book->venue, &self->rows, row, share, random);
    moves.move = liq_screen_move(self->screen, to);
    moves.shares = liq_screen_shares(self->screen);
    return moves;
}

/* A line for every row that the rule has a status of, at a market that is not the base. */
static void lines_draw(lined *self, liq_random *random, lines_tally *tally)
{
    liq_market market;
    const liq_lines_moves moves =
        go(self, &market, ldexp(1, -(int)liq_random_between(random, 8, 20)), random);

    for (uint32_t i = 0; i < self->rows.row_count && moves.move < 0x1p-6f; i++) {
        const liq_row_record result = liq_truth_row(&market, &self->rows, i);
        const uint32_t slot = liq_screen_slot(self->screen, i);
        liq_screen_form form;

        if (slot == LIQ_NO_INDEX || !liq_screen_slot_form(self->screen, slot, &form) ||
            !liq_lines_put(&self->lines, slot, &form, liq_screen_levels(self->screen), moves,
                           result.status))
            continue;
        self->told[slot] = (uint8_t)result.status;
        tally->lines++;
    }
    liq_market_clear(&market);
}

/* Whoever is no news is what was told, and news that are no doubt are so. */
static void expect_true(const lined *self, uint8_t *said, const liq_market *market, uint64_t seed,
                        lines_tally *tally)
{
    for (uint32_t i = 0; i < self->rows.row_count; i++) {
        const uint32_t slot = liq_screen_slot(self->screen, i);
        const uint32_t status = liq_truth_row(market, &self->rows, i).status;

        if (slot == LIQ_NO_INDEX || !liq_lines_has(&self->lines, slot))
            continue;
        if (said[slot] == NOBODY) {
            tally->doubted += status < LIQ_ROW_LIQUIDATE;
            continue;
        }
        cr_assert_eq(said[slot], status, "seed %lu: row %u is %u, and %u was proven", seed, i,
                     status, said[slot]);
        tally->same += status == self->told[slot];
        tally->other += status != self->told[slot];
    }
}

static void look_check(lined *self, double share, liq_random *random, uint64_t seed,
                       lines_tally *tally)
{
    const uint32_t slots = liq_screen_slot_capacity(self->screen);
    uint8_t *said = calloc(slots + 1U, 1);
    liq_market market;
    const liq_lines_moves moves = go(self, &market, share, random);
    uint32_t count;

    cr_assert_not_null(said);
    memcpy(said, self->told, slots);
    if (moves.move < 0x1p-6f) {
        count = liq_lines_look(&self->lines, moves);
        for (uint32_t i = 0; i < count; i++) {
            const liq_lines_news *news = &self->lines.news[i];

            cr_assert(liq_lines_has(&self->lines, news->slot));
            said[news->slot] = news->said == LIQ_LINES_DOUBT ? NOBODY : news->status;
        }
        expect_true(self, said, &market, seed, tally);
    }
    liq_market_clear(&market);
    free(said);
}

static void book_check(const liq_book *book, uint64_t seed, lines_tally *tally)
{
    liq_random random = liq_random_make(seed ^ 0x51ed27u);
    lined self;

    lined_make(&self, book);
    if (self.rows.row_count > 0)
        lines_draw(&self, &random, tally);
    for (uint32_t i = 0; i < TARGETS && self.rows.row_count > 0; i++) {
        const double share = ldexp(1, -(int)liq_random_between(&random, 6, 24));

        look_check(&self, i % 2 == 0 ? share : -share, &random, seed, tally);
    }
    lined_clear(&self);
}

/* Sizes at the floors of tiers, equity at the levels, assets and coins of all kinds. */
Test(near_lines, proves_nothing_but_what_the_margin_rule_says)
{
    const uint64_t seed = liq_random_seed();
    lines_tally tally = {0};

    for (uint32_t i = 0; i < BOOKS; i++) {
        liq_book book;

        (void)liq_brink_random_book(&book, seed + i, i);
        book_check(&book, seed + i, &tally);
        liq_random_book_destroy(&book);
    }
    cr_expect_gt(tally.lines, BOOKS * 2, "%lu", tally.lines);
    cr_expect_gt(tally.same, BOOKS * 20, "%lu", tally.same);
}

Test(near_lines, proves_most_of_a_book_of_the_real_shape)
{
    const uint64_t seed = liq_random_seed();
    lines_tally tally = {0};

    for (uint32_t i = 0; i < GENERATED; i++) {
        liq_book *book = liq_brink_generated_book(i, seed + i, i >= GENERATED / 2);

        book_check(book, seed + i, &tally);
        liq_book_destroy(book);
    }
    cr_expect_gt(tally.same, GENERATED * 1000, "%lu", tally.same);
    cr_expect_gt(tally.other, GENERATED * 10, "%lu", tally.other);
    cr_expect_lt(tally.doubted, tally.same / 4, "%lu of %lu", tally.doubted, tally.same);
}

/* Levels as factors of what is required; below zero: there is none. */
typedef struct line_levels {
    float warning;
    float reduce_only;
    float jump; /* cash units */
} line_levels;

static const line_levels warned = {.warning = 1.25f, .reduce_only = -1.0f};

/* 63 of equity, of which 1,000 x a share moves, and 50 required. */
static bool line_put_at(liq_lines *lines, liq_lines_moves moves, uint32_t status,
                        line_levels levels)
{
    const liq_screen_terms terms = {.warning = levels.warning,
                                    .reduce_only = levels.reduce_only,
                                    .past = 1.0f,
                                    .allowance = 0.01f,
                                    .bulk_max = 1e9f};
    const float equity = 63.0f + 1000.0f * moves.shares[0];
    const liq_screen_form form = {.sum = {.equity = equity,
                                          .gross = 1000.0f,
                                          .required = 50.0f,
                                          .steep = 50.0f,
                                          .jump = levels.jump},
                                  .offset = 63.0f,
                                  .entry_count = 1,
                                  .term_count = 1,
                                  .is_cash = true,
                                  .slopes = {1000.0f}};

    return liq_lines_put(lines, 5, &form, terms, moves, status);
}

static bool line_put(liq_lines *lines, liq_lines_moves moves, uint32_t status)
{
    return line_put_at(lines, moves, status, warned);
}

Test(near_lines, tells_a_slot_once_and_of_its_two_sides_only)
{
    const float nothing = 0.0f;
    const float fallen = -0x1p-10f;
    const liq_lines_moves base = {.shares = &nothing};
    const liq_lines_moves down = {.shares = &fallen, .move = 0x1.001p-10f};
    liq_lines lines = {0};

    cr_assert_eq(liq_lines_create(&lines, 64, NULL), LIQ_OK);
    cr_assert_not(line_put(&lines, base, LIQ_ROW_LIQUIDATE));
    cr_assert_not(liq_lines_has(&lines, 5));
    cr_assert(line_put(&lines, base, LIQ_ROW_OK));
    cr_expect_eq(liq_lines_look(&lines, base), 0);
    cr_assert_eq(liq_lines_look(&lines, down), 1);
    cr_expect_eq(lines.news[0].slot, 5);
    cr_expect_eq(lines.news[0].said, LIQ_LINES_BELOW);
    cr_expect_eq(lines.news[0].status, LIQ_ROW_WARNING);
    cr_expect(liq_lines_tell(&lines, 5, LIQ_ROW_WARNING));
    cr_expect_eq(liq_lines_look(&lines, down), 0);
    cr_assert_eq(liq_lines_look(&lines, base), 1);
    cr_expect_eq(lines.news[0].said, LIQ_LINES_ABOVE);
    liq_lines_tell_own(&lines, 5, LIQ_ROW_OK);
    cr_expect_eq(liq_lines_look(&lines, base), 0);
    liq_lines_clear(&lines);
}

Test(near_lines, ends_a_line_that_cannot_tell)
{
    const float nothing = 0.0f;
    const liq_lines_moves base = {.shares = &nothing};
    liq_lines lines = {0};

    cr_assert_eq(liq_lines_create(&lines, 64, NULL), LIQ_OK);
    cr_assert(line_put(&lines, base, LIQ_ROW_OK));
    liq_lines_tell_own(&lines, 5, LIQ_ROW_BANKRUPT);
    cr_assert_eq(liq_lines_look(&lines, base), 1);
    cr_expect_eq(lines.news[0].said, LIQ_LINES_DOUBT);
    cr_expect_eq(lines.news[0].status, LIQ_LINES_NO_STATUS);
    liq_lines_drop(&lines, 5);
    cr_expect_eq(liq_lines_look(&lines, base), 0);
    cr_assert(line_put(&lines, base, LIQ_ROW_OK));
    cr_expect_eq(lines.block_count, 1);
    cr_expect_not(liq_lines_tell(&lines, 5, LIQ_ROW_UNVALUED));
    cr_expect_not(liq_lines_has(&lines, 5));
    cr_assert(line_put(&lines, base, LIQ_ROW_OK));
    liq_lines_empty(&lines);
    cr_expect_not(liq_lines_has(&lines, 5));
    cr_expect_eq(liq_lines_look(&lines, base), 0);
    liq_lines_clear(&lines);
}

/* Half a unit above the level; a table's next tier may take a quarter at once. */
Test(near_lines, leaves_room_for_a_tier_that_jumps)
{
    const float nothing = 0.0f;
    const float less = -0.0003f; /* 0.2 above is left, no more than the jump */
    const float fallen = -0x1p-10f;
    const liq_lines_moves base = {.shares = &nothing};
    const liq_lines_moves near = {.shares = &less, .move = 0.0003001f};
    const liq_lines_moves down = {.shares = &fallen, .move = 0x1.001p-10f};

    for (uint32_t jumps = 0; jumps < 2; jumps++) {
        const uint32_t said = jumps != 0 ? LIQ_LINES_DOUBT : LIQ_LINES_BELOW;
        const line_levels levels = {
            .warning = 1.25f, .reduce_only = -1.0f, .jump = jumps != 0 ? 0.25f : 0.0f};
        liq_lines lines = {0};

        cr_assert_eq(liq_lines_create(&lines, 64, NULL), LIQ_OK);
        cr_assert(line_put_at(&lines, base, LIQ_ROW_OK, levels));
        cr_expect_eq(liq_lines_look(&lines, base), 0);
        cr_expect_eq(liq_lines_look(&lines, near), jumps);
        cr_assert_eq(liq_lines_look(&lines, down), 1);
        cr_expect_eq(lines.news[0].said, said, "%u", lines.news[0].said);
        liq_lines_clear(&lines);
    }
}

/* Maintenance that jumps may also come down, so a level that is met is not met for long. */
Test(near_lines, draws_none_past_a_level_whose_tiers_jump)
{
    const float nothing = 0.0f;
    const liq_lines_moves base = {.shares = &nothing};
    line_levels levels = {.warning = 1.5f, .reduce_only = 1.25f};
    liq_lines lines = {0};

    cr_assert_eq(liq_lines_create(&lines, 64, NULL), LIQ_OK);
    cr_expect(line_put_at(&lines, base, LIQ_ROW_WARNING, levels));
    liq_lines_drop(&lines, 5);
    levels.jump = 0.25f;
    cr_expect_not(line_put_at(&lines, base, LIQ_ROW_WARNING, levels));
    liq_lines_clear(&lines);
}
