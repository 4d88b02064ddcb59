/*
 * The pattern of a deleveraging.
 */
#include <criterion/criterion.h>
#include <stdio.h>

#include "scan/live_scan.h"
#include "settle/impact.h"
#include "settle/pattern.h"
#include "support_follow.h"
#include "support_scene.h"

enum { BOOKS = 60 };

Test(pattern, counts_leverage_by_eighths_of_an_octave)
{
    static const struct {
        int64_t notional;
        int64_t equity;
        int64_t leverage; /* hundredths; 0: not counted */
    } rows[] = {{100, 100, 100},
                {1000, 100, 1000},
                {1099, 100, 1000},
                {1100, 100, 1100},
                {1000, 3, 32000},
                {1, 100, 6},
                {1, 1000000, 6},
                {100, 0, INT64_MAX},
                {100, -5, INT64_MAX},
                {0, 5, 0},
                {0, -5, 0},
                {INT64_MAX, 1, 98304000},
                {INT64_MAX, INT64_MAX, 100}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        liq_leverage_count count = {0};

        liq_leverage_add(&count, rows[i].notional, rows[i].equity);
        cr_expect_eq(liq_leverage_quantile(&count, 500000), rows[i].leverage, "row %zu: %lld", i,
                     (long long)liq_leverage_quantile(&count, 500000));
        cr_expect_eq(count.count + count.spent, rows[i].notional > 0, "row %zu", i);
    }
}

Test(pattern, finds_the_leverage_that_a_share_does_not_exceed)
{
    static const struct {
        uint32_t ppm;
        int64_t leverage;
    } rows[] = {{0, 200},       {500000, 200},       {500001, 1000},
                {900000, 1000}, {900001, INT64_MAX}, {1000000, INT64_MAX}};
    liq_leverage_count count = {0};

    for (int i = 0; i < 5; i++)
        liq_leverage_add(&count, 2, 1);
    for (int i = 0; i < 4; i++)
        liq_leverage_add(&count, 10, 1);
    liq_leverage_add(&count, 10, 0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        cr_expect_eq(liq_leverage_quantile(&count, rows[i].ppm), rows[i].leverage, "%u ppm",
                     rows[i].ppm);
}

/* Longs of 1,000 at 100 with 1% maintenance, that stand a fall of 1, 2 and 5%, and a short of all.
 */
static void book_make(venture *self)
{
    static const char *const cash[] = {"1500", "2500", "5500", "900000"};
    static const char *const lots[] = {"1000", "1000", "1000", "-3000"};

    scene_start(self, 2, "1", "100", "0.01", "0")->execution = LIQ_EXECUTION_MARK;
    for (int i = 0; i < 4; i++) {
        const char id[] = {(char)('a' + i), '\0'};

        (void)liq_fixture_account(&self->fixture, id);
        liq_fixture_balance(&self->fixture, 0, cash[i]);
        liq_fixture_position(&self->fixture, 0, lots[i], "100", NULL);
    }
    scene_fund(self, "100000", "0");
    self->book = liq_fixture_finish(&self->fixture);
}

static void tick(liq_live *live, liq_settle *settle, uint64_t number, const char *mark)
{
    const liq_live_event event = {.kind = LIQ_LIVE_MARK, .symbol = "XUSD", .price = mark};

    cr_assert_eq(liq_live_apply(live, &event, 1, NULL), LIQ_OK);
    cr_assert_eq(liq_live_tick(live, NULL, NULL), LIQ_OK);
    cr_assert_eq(liq_settle_run_live(settle, (int64_t)number, number, NULL, NULL), LIQ_OK);
}

Test(pattern, tells_what_further_falls_would_liquidate_and_what_this_one_did)
{
    static venture book;
    liq_live *live = NULL;
    liq_settle *settle = NULL;
    liq_pattern pattern = {0};
    liq_pattern_facts facts;

    book_make(&book);
    cr_assert_eq(liq_live_create(&live, book.book, NULL, NULL), LIQ_OK);
    cr_assert_eq(liq_settle_create_live(&settle, live, book.book, NULL), LIQ_OK);
    cr_assert_eq(liq_pattern_create(&pattern, live, settle, 2, NULL), LIQ_OK);
    tick(live, settle, 1, "100");
    liq_pattern_see(&pattern, &facts);
    cr_expect_eq(facts.sweep->tick, 0, "half of the accounts were looked at");
    cr_expect_eq(facts.interest, 30000000);
    cr_expect_eq(facts.share_ppm, 0);
    for (uint64_t i = 2; facts.sweep->tick == 0 && i < 10; i++) {
        tick(live, settle, i, "100");
        liq_pattern_see(&pattern, &facts);
    }
    cr_expect_eq(facts.sweep_age, 0);
    cr_expect_eq(facts.sweep->accounts, 4);
    cr_expect_eq(facts.sweep->liquidatable[0], 0);
    cr_expect_eq(facts.sweep->liquidatable[1], 9900000);
    cr_expect_eq(facts.sweep->liquidatable[2], 2 * 9800000);
    cr_expect_eq(facts.sweep->liquidatable[3], 3 * 9500000);
    cr_expect_eq(facts.slopes[0], 9900000);
    cr_expect_eq(facts.slopes[1], 2 * 9800000 - 9900000);
    cr_expect_eq(facts.slopes[2], (3 * 9500000 - 2 * 9800000) / 3);
    tick(live, settle, 20, "99"); /* the first one goes, and its short with nobody */
    liq_pattern_see(&pattern, &facts);
    cr_expect_eq(facts.interest, 2 * 9900000);
    cr_expect_eq(facts.liquidated, 9900000);
    cr_expect_eq(facts.share_ppm, 333333);
    cr_expect_eq(facts.sweep_age, 1);
    liq_pattern_clear(&pattern);
    liq_settle_destroy(settle);
    liq_live_destroy(live);
    venture_clear(&book);
}

/* Notional of whoever a scan of the book finds to be liquidated when all its marks have fallen. */
static liq_int128 notional_at(const liq_book *book, uint32_t fall_ppm)
{
    liq_decimal marks[VENTURE_INSTRUMENTS_MAX];
    liq_book fallen = *book;
    liq_scanner *scanner = NULL;
    const uint32_t *rows;
    uint32_t count;
    liq_int128 sum = 0;

    for (uint32_t i = 0; i < book->venue.instrument_count; i++)
        if (fall_ppm == 0 ||
            !liq_impact_price(&marks[i], book->instrument_marks[i], -(int64_t)fall_ppm * 1000))
            marks[i] = book->instrument_marks[i];
    fallen.instrument_marks = marks;
    cr_assert_eq(liq_scanner_create(&scanner, &fallen, NULL, NULL), LIQ_OK);
    cr_assert_eq(liq_scanner_scan(scanner, NULL, NULL), LIQ_OK);
    liq_scanner_flagged(scanner, &rows, &count);
    for (uint32_t i = 0; i < count; i++) {
        liq_scan_row row;

        liq_scanner_row(scanner, rows[i], &row);
        sum += row.notional;
    }
    liq_scanner_destroy(scanner);
    return sum;
}

/* The slope between two falls is what two scans say, one on each side of the price between them. */
Test(pattern, has_the_slopes_of_two_scans_beside_the_price)
{
    liq_random random = liq_random_make(liq_random_seed() + 71);
    uint32_t steep = 0;

    for (int i = 0; i < BOOKS; i++) {
        static venture book;
        follower at;
        liq_pattern pattern = {0};
        liq_pattern_facts facts;
        liq_int128 before = 0;

        follow_draw(&book, &random);
        follower_start(&at, book.book);
        cr_assert_eq(liq_pattern_create(&pattern, at.live, at.settle, UINT32_MAX, NULL), LIQ_OK);
        cr_assert_eq(liq_live_tick(at.live, NULL, NULL), LIQ_OK);
        liq_pattern_see(&pattern, &facts);
        for (int fall = 0; fall < LIQ_PATTERN_FALLS; fall++) {
            const uint32_t ppm = liq_pattern_falls_ppm[fall];
            const liq_int128 now = notional_at(book.book, ppm);

            cr_expect(facts.sweep->liquidatable[fall] == now, "book %d, fall %d: %lld, not %lld", i,
                      fall, (long long)facts.sweep->liquidatable[fall], (long long)now);
            if (fall > 0)
                cr_expect(facts.slopes[fall - 1] ==
                              (now - before) * 10000 / (ppm - liq_pattern_falls_ppm[fall - 1]),
                          "book %d, slope %d", i, fall);
            steep += fall > 0 && now != before;
            before = now;
        }
        liq_pattern_clear(&pattern);
        follower_end(&at);
        follow_clear(&book);
    }
    cr_expect_gt(steep, BOOKS / 2, "%u slopes", steep);
}

/* 4 of the 10 open are liquidated at 99 each while 20 are traded, or money of 4,000 is. */
Test(pattern, sets_liquidations_against_the_volume_that_was_told)
{
    static const struct {
        const char *contracts;
        const char *money;
        int64_t traded; /* cash units, 10^-2 */
        uint64_t ppm;
    } rows[] = {{"2000", NULL, 19800000, 500000},
                {NULL, "99000", 9900000, 1000000},
                {"500", "49500", 9900000, 1000000},
                {"0.001", NULL, 9, 1100000000000},
                {NULL, NULL, 0, 0},
                {"0", "0", 0, 0}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        static venture book;
        liq_live *live = NULL;
        liq_settle *settle = NULL;
        liq_pattern pattern = {0};
        liq_pattern_facts facts;
        liq_decimal amount;

        book_make(&book);
        cr_assert_eq(liq_live_create(&live, book.book, NULL, NULL), LIQ_OK);
        cr_assert_eq(liq_settle_create_live(&settle, live, book.book, NULL), LIQ_OK);
        cr_assert_eq(liq_pattern_create(&pattern, live, settle, 9, NULL), LIQ_OK);
        tick(live, settle, 1, "100");
        liq_pattern_see(&pattern, &facts);
        tick(live, settle, 2, "99");
        if (rows[i].contracts != NULL) {
            cr_assert_eq(liq_decimal_parse(&amount, liq_text_of(rows[i].contracts), NULL), LIQ_OK);
            liq_pattern_trade(&pattern, 0, amount);
        }
        if (rows[i].money != NULL) {
            cr_assert_eq(liq_decimal_parse(&amount, liq_text_of(rows[i].money), NULL), LIQ_OK);
            liq_pattern_turnover(&pattern, amount);
        }
        liq_pattern_see(&pattern, &facts);
        cr_expect_eq(facts.liquidated, 9900000);
        cr_expect_eq(facts.traded, rows[i].traded, "row %zu: %lld", i, (long long)facts.traded);
        cr_expect_eq(facts.traded_ppm, rows[i].ppm, "row %zu", i);
        cr_expect_eq(facts.share_ppm, 333333, "the share of open interest stays");
        liq_pattern_clear(&pattern);
        liq_settle_destroy(settle);
        liq_live_destroy(live);
        venture_clear(&book);
    }
}

/* Open interest of sizes that no account could have: sums of lots times values of lots. */
Test(pattern, counts_interest_of_every_size)
{
    static const struct {
        const char *mark;
        const char *lots; /* of each of two */
        const char *cash; /* of both, in units of 10^-2 */
    } rows[] = {{"100", "1", "20000"},
                {"90000000000", "10000000000", "180000000000000000000000"},
                {"90000000000", "1000000000000000", "4951760157141521099596496896"}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        static venture book;
        liq_live *live = NULL;
        liq_settle *settle = NULL;
        liq_pattern pattern = {0};
        liq_int128 lots;
        liq_int128 cash;
        char text[LIQ_DECIMAL_BYTES];

        scene_start(&book, 2, "1", rows[i].mark, "0.01", "0")->execution = LIQ_EXECUTION_MARK;
        for (int k = 0; k < 4; k++) {
            const char id[] = {(char)('a' + k), '\0'};
            char held[32];

            (void)snprintf(held, sizeof held, "%s%s", k < 2 ? "" : "-", rows[i].lots);
            (void)liq_fixture_account(&book.fixture, id);
            liq_fixture_balance(&book.fixture, 0, "1000");
            liq_fixture_position(&book.fixture, 0, held, "100", NULL);
        }
        scene_fund(&book, "0", "0");
        book.book = liq_fixture_finish(&book.fixture);
        cr_assert_eq(liq_live_create(&live, book.book, NULL, NULL), LIQ_OK);
        cr_assert_eq(liq_settle_create_live(&settle, live, book.book, NULL), LIQ_OK);
        cr_assert_eq(liq_pattern_create(&pattern, live, settle, 2, NULL), LIQ_OK);
        cr_assert_eq(liq_live_tick(live, NULL, NULL), LIQ_OK);
        cr_assert_eq(liq_settle_run_live(settle, 1, 1, NULL, NULL), LIQ_OK);
        liq_pattern_interest(&pattern, 0, &lots, &cash);
        cr_expect_str_eq(liq_decimal_format(text, cash, 0), rows[i].cash, "row %zu: %s", i, text);
        liq_pattern_clear(&pattern);
        liq_settle_destroy(settle);
        liq_live_destroy(live);
        venture_clear(&book);
    }
}
