/*
 * The pattern of a deleveraging.
 */
#include <criterion/criterion.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "scan/flagged.h"
#include "scan/live_scan.h"
#include "scan/truth.h"
#include "settle/impact.h"
#include "settle/pattern.h"
#include "support_follow.h"
#include "support_scene.h"

enum { BOOKS = 60, TICKS = 25, ROWS_MAX = 4096 };

/* A live book whose pattern is looked at. */
typedef struct watched {
    venture book;
    liq_live *live;
    liq_settle *settle;
    liq_pattern pattern;
} watched;

Test(pattern, counts_leverage_by_sixteenths_of_an_octave)
{
    static const struct {
        int64_t notional;
        int64_t equity;
        int64_t leverage; /* hundredths; 0: not counted */
    } rows[] = {
        {100, 100, 100},           {1000, 100, 1000},          {1049, 100, 1000}, {1099, 100, 1050},
        {1100, 100, 1100},         {1000, 3, 32000},           {1, 100, 6},       {1, 1000000, 6},
        {100, 0, INT64_MAX},       {100, -5, INT64_MAX},       {0, 5, 0},         {0, -5, 0},
        {INT64_MAX, 1, 101580800}, {INT64_MAX, INT64_MAX, 100}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        liq_leverage_count count = {0};

        liq_leverage_add(&count, liq_leverage_bucket(rows[i].notional, rows[i].equity));
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
        liq_leverage_add(&count, liq_leverage_bucket(2, 1));
    for (int i = 0; i < 4; i++)
        liq_leverage_add(&count, liq_leverage_bucket(10, 1));
    liq_leverage_add(&count, liq_leverage_bucket(10, 0));
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

/* The book is made. @param most  margin accounts that are looked at in a tick */
static void watch_start(watched *self, uint32_t most)
{
    self->live = NULL;
    self->settle = NULL;
    self->pattern = (liq_pattern){.live = NULL};
    cr_assert_eq(liq_live_create(&self->live, self->book.book, NULL, NULL), LIQ_OK);
    cr_assert_eq(liq_settle_create_live(&self->settle, self->live, self->book.book, NULL), LIQ_OK);
    cr_assert_eq(liq_pattern_create(&self->pattern, self->live, self->settle, most, NULL), LIQ_OK);
}

static void watch_end(watched *self)
{
    liq_pattern_clear(&self->pattern);
    liq_settle_destroy(self->settle);
    liq_live_destroy(self->live);
    venture_clear(&self->book);
}

static void tick(watched *self, uint64_t number, const char *mark)
{
    const liq_live_event event = {.kind = LIQ_LIVE_MARK, .symbol = "XUSD", .price = mark};

    cr_assert_eq(liq_live_apply(self->live, &event, 1, NULL), LIQ_OK);
    cr_assert_eq(liq_live_tick(self->live, NULL, NULL), LIQ_OK);
    cr_assert_eq(liq_settle_run_live(self->settle, (int64_t)number, number, NULL, NULL), LIQ_OK);
}

Test(pattern, tells_what_further_falls_would_liquidate_and_what_this_one_did)
{
    static watched at;
    liq_pattern_facts facts;

    book_make(&at.book);
    watch_start(&at, 2);
    tick(&at, 1, "100");
    liq_pattern_see(&at.pattern, &facts);
    cr_expect(!facts.is_whole, "half of the accounts were looked at");
    cr_expect_eq(facts.age, 1);
    cr_expect_eq(facts.interest, 30000000);
    cr_expect_eq(facts.share_ppm, 0);
    for (uint64_t i = 2; !facts.is_whole && i < 10; i++) {
        tick(&at, i, "100");
        liq_pattern_see(&at.pattern, &facts);
    }
    cr_expect_eq(facts.age, 0);
    cr_expect_eq(facts.counts->leverage.count, 4);
    cr_expect_eq(facts.counts->liquidatable[0], 0);
    cr_expect_eq(facts.counts->liquidatable[1], 9900000);
    cr_expect_eq(facts.counts->liquidatable[2], 2 * 9800000);
    cr_expect_eq(facts.counts->liquidatable[3], 3 * 9500000);
    cr_expect_eq(facts.slopes[0], 9900000);
    cr_expect_eq(facts.slopes[1], 2 * 9800000 - 9900000);
    cr_expect_eq(facts.slopes[2], (3 * 9500000 - 2 * 9800000) / 3);
    tick(&at, 20, "99"); /* the first one goes, and its short with nobody */
    liq_pattern_see(&at.pattern, &facts);
    cr_expect_eq(facts.interest, 2 * 9900000);
    cr_expect_eq(facts.liquidated, 9900000);
    cr_expect_eq(facts.share_ppm, 333333);
    watch_end(&at);
}

/* Notional of whoever a scan of the book finds to be liquidated when all its marks have fallen. */
static liq_int128 notional_at(const liq_book *book, uint32_t fall_ppm)
{
    liq_decimal marks[VENTURE_INSTRUMENTS_MAX];
    liq_book fallen = *book;
    const liq_scanner_options options = {.device = "cpu-reference"};
    liq_scanner *scanner = NULL;
    const uint32_t *rows;
    uint32_t count;
    liq_int128 sum = 0;

    for (uint32_t i = 0; i < book->venue.instrument_count; i++)
        if (fall_ppm == 0 ||
            !liq_impact_price(&marks[i], book->instrument_marks[i], -(int64_t)fall_ppm * 1000))
            marks[i] = book->instrument_marks[i];
    fallen.instrument_marks = marks;
    cr_assert_eq(liq_scanner_create(&scanner, &fallen, &options, NULL), LIQ_OK);
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

            cr_expect(facts.counts->liquidatable[fall] == now, "book %d, fall %d: %lld, not %lld",
                      i, fall, (long long)facts.counts->liquidatable[fall], (long long)now);
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
        static watched at;
        liq_pattern_facts facts;
        liq_decimal amount;

        book_make(&at.book);
        watch_start(&at, 9);
        tick(&at, 1, "100");
        liq_pattern_see(&at.pattern, &facts);
        tick(&at, 2, "99");
        if (rows[i].contracts != NULL) {
            cr_assert_eq(liq_decimal_parse(&amount, liq_text_of(rows[i].contracts), NULL), LIQ_OK);
            liq_pattern_trade(&at.pattern, 0, amount);
        }
        if (rows[i].money != NULL) {
            cr_assert_eq(liq_decimal_parse(&amount, liq_text_of(rows[i].money), NULL), LIQ_OK);
            liq_pattern_turnover(&at.pattern, amount);
        }
        liq_pattern_see(&at.pattern, &facts);
        cr_expect_eq(facts.liquidated, 9900000);
        cr_expect_eq(facts.traded, rows[i].traded, "row %zu: %lld", i, (long long)facts.traded);
        cr_expect_eq(facts.traded_ppm, rows[i].ppm, "row %zu", i);
        cr_expect_eq(facts.share_ppm, 333333, "the share of open interest stays");
        watch_end(&at);
    }
}

/* What a look at everybody counts. */
typedef struct brute_counts {
    uint64_t flagged[LIQ_PATTERN_FALLS];
    liq_int128 liquidatable[LIQ_PATTERN_FALLS];
    double leverages[ROWS_MAX]; /* of rows with a notional; spent equity: infinite */
    uint32_t count;
} brute_counts;

static int compare_doubles(const void *left, const void *right)
{
    const double a = *(const double *)left;
    const double b = *(const double *)right;

    return (a > b) - (a < b);
}

static void brute_count(brute_counts *out, liq_pattern *pattern)
{
    liq_live *live = pattern->live;

    *out = (brute_counts){.count = 0};
    for (uint32_t account = 0; account < live->book.account_capacity; account++) {
        const liq_rows *rows;

        if (!live->book.accounts[account].alive)
            continue;
        rows = liq_live_book_rows(&live->book, account);
        for (uint32_t i = 0; i < rows->row_count; i++)
            for (int fall = 0; fall < LIQ_PATTERN_FALLS; fall++) {
                const liq_row_record now = liq_truth_row(pattern->view.markets[fall], rows, i);

                if (now.status == LIQ_ROW_UNVALUED || now.notional == 0)
                    break;
                if (fall == 0)
                    out->leverages[out->count++] =
                        now.equity <= 0 ? HUGE_VAL : (double)now.notional / (double)now.equity;
                out->flagged[fall] += liq_flagged_status(now.status);
                out->liquidatable[fall] += liq_flagged_status(now.status) ? now.notional : 0;
            }
    }
    qsort(out->leverages, out->count, sizeof *out->leverages, compare_doubles);
}

/* The true quantile against the one that is told; buckets end at 1/16 and 2^20. */
static void quantile_check(const liq_pattern_facts *facts, const brute_counts *brute, uint32_t ppm,
                           const char *what)
{
    const uint64_t place = (((uint64_t)brute->count * ppm) + 999999) / 1000000;
    const int64_t told = liq_leverage_quantile(&facts->counts->leverage, ppm);
    const double exact = brute->count == 0 ? 0 : brute->leverages[place == 0 ? 0 : place - 1];

    if (told == INT64_MAX || exact < 0.07 || exact > 1e6) {
        cr_expect_eq(told == INT64_MAX, exact > 1e300, "%s, %u ppm: %f", what, ppm, exact);
        return;
    }
    cr_expect(exact >= (double)told / 100 / 1.0626 - 0.01 &&
                  exact <= ((double)told + 1) / 100 * 1.0626 * 1.0626,
              "%s, %u ppm: %f, told %f", what, ppm, exact, (double)told / 100);
}

static void counts_check(const liq_pattern_facts *facts, const brute_counts *brute,
                         const char *what)
{
    const liq_leverage_count *leverage = &facts->counts->leverage;

    cr_expect(facts->is_whole && facts->age == 0, "%s", what);
    cr_expect_eq(leverage->count + leverage->spent, brute->count, "%s: %llu rows, not %u", what,
                 (unsigned long long)(leverage->count + leverage->spent), brute->count);
    for (int fall = 0; fall < LIQ_PATTERN_FALLS; fall++) {
        const double told = (double)facts->counts->liquidatable[fall];
        const double exact = (double)brute->liquidatable[fall];

        cr_expect_eq(facts->counts->flagged[fall], brute->flagged[fall],
                     "%s, fall %d: %llu flagged, not %llu", what, fall,
                     (unsigned long long)facts->counts->flagged[fall],
                     (unsigned long long)brute->flagged[fall]);
        cr_expect(fabs(told - exact) <= exact / 15, "%s, fall %d: %f of %f", what, fall, told,
                  exact);
    }
    for (uint32_t ppm = 0; ppm <= 1000000; ppm += 50000)
        quantile_check(facts, brute, ppm, what);
}

/* Small moves of every mark, so that most of what was seen holds. */
static void marks_stir(follow_stream *stream, follower *at, liq_random *random)
{
    const liq_venue *venue = &stream->book->venue;

    for (uint32_t i = 0; i < venue->instrument_count; i++) {
        const int64_t most = stream->prices[i] / 1000 + 1;
        char price[32];
        const liq_live_event event = {.kind = LIQ_LIVE_MARK,
                                      .symbol = liq_names_get(venue->instrument_names, i),
                                      .price = price};

        stream->prices[i] += liq_random_between(random, -most, most);
        stream->prices[i] = stream->prices[i] > 1 ? stream->prices[i] : 1;
        (void)snprintf(price, sizeof price, "%lld.%02lld", (long long)(stream->prices[i] / 100),
                       (long long)(stream->prices[i] % 100));
        cr_assert_eq(liq_live_apply(at->live, &event, 1, NULL), LIQ_OK);
    }
}

/* Any book, with events, liquidations and deleveraging in between: each tick counts what a look at
   everybody does, and most looks take few accounts. */
Test(pattern, counts_what_a_look_at_everybody_does)
{
    liq_random random = liq_random_make(liq_random_seed() + 73);
    static brute_counts brute;
    uint64_t looked = 0;
    uint64_t all = 0;

    for (int i = 0; i < BOOKS; i++) {
        static venture book;
        follow_stream stream;
        follower at;
        follower *const one[] = {&at};
        liq_pattern pattern = {0};
        liq_pattern_facts facts;
        char what[64];

        follow_draw(&book, &random);
        follow_start(&stream, book.book, &random);
        follower_start(&at, book.book);
        cr_assert_eq(liq_pattern_create(&pattern, at.live, at.settle, UINT32_MAX, NULL), LIQ_OK);
        for (int tick = 0; tick < TICKS; tick++) {
            if (i % 3 == 0 || tick % 5 == 0)
                follow_events(&stream, one, 1);
            marks_stir(&stream, &at, &random);
            follow_run(&stream, one, 1);
            liq_pattern_see(&pattern, &facts);
            (void)snprintf(what, sizeof what, "book %d, tick %d", i, tick);
            brute_count(&brute, &pattern);
            counts_check(&facts, &brute, what);
            looked += pattern.looked;
            all += at.live->book.account_count;
        }
        liq_pattern_clear(&pattern);
        follower_end(&at);
        follow_clear(&book);
    }
    cr_expect_lt(looked, all * 9 / 10, "%llu of %llu", (unsigned long long)looked,
                 (unsigned long long)all);
}

/* Two accounts a look: they come in turns, the age says so, and behind the storm all is right. */
Test(pattern, says_how_old_it_is_when_it_cannot_keep_up)
{
    liq_random random = liq_random_make(liq_random_seed() + 79);
    static brute_counts brute;
    uint32_t oldest = 0;

    for (int i = 0; i < BOOKS / 3; i++) {
        static venture book;
        follow_stream stream;
        follower at;
        follower *const one[] = {&at};
        liq_pattern pattern = {0};
        liq_pattern_facts facts = {0};
        uint32_t looks = 0;

        follow_draw(&book, &random);
        follow_start(&stream, book.book, &random);
        follower_start(&at, book.book);
        cr_assert_eq(liq_pattern_create(&pattern, at.live, at.settle, 2, NULL), LIQ_OK);
        for (int tick = 0; tick < TICKS; tick++) {
            marks_stir(&stream, &at, &random);
            follow_events(&stream, one, 1);
            follow_run(&stream, one, 1);
            liq_pattern_see(&pattern, &facts);
            oldest = facts.age > oldest ? facts.age : oldest;
            cr_expect_leq(pattern.looked, 3);
        }
        cr_assert_eq(liq_live_tick(at.live, NULL, NULL), LIQ_OK);
        for (facts.is_whole = false; !(facts.is_whole && facts.age == 0) && looks < 200; looks++)
            liq_pattern_see(&pattern, &facts);
        if (facts.age ==
            0) { /* else there is somebody whom nothing is proven of: they take turns */
            brute_count(&brute, &pattern);
            counts_check(&facts, &brute, "at rest");
        }
        liq_pattern_clear(&pattern);
        follower_end(&at);
        follow_clear(&book);
    }
    cr_expect_gt(oldest, 3);
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
        static watched at;
        liq_int128 lots;
        liq_int128 cash;
        char text[LIQ_DECIMAL_BYTES];

        scene_start(&at.book, 2, "1", rows[i].mark, "0.01", "0")->execution = LIQ_EXECUTION_MARK;
        for (int k = 0; k < 4; k++) {
            const char id[] = {(char)('a' + k), '\0'};
            char held[32];

            (void)snprintf(held, sizeof held, "%s%s", k < 2 ? "" : "-", rows[i].lots);
            (void)liq_fixture_account(&at.book.fixture, id);
            liq_fixture_balance(&at.book.fixture, 0, "1000");
            liq_fixture_position(&at.book.fixture, 0, held, "100", NULL);
        }
        scene_fund(&at.book, "0", "0");
        at.book.book = liq_fixture_finish(&at.book.fixture);
        watch_start(&at, 2);
        cr_assert_eq(liq_live_tick(at.live, NULL, NULL), LIQ_OK);
        cr_assert_eq(liq_settle_run_live(at.settle, 1, 1, NULL, NULL), LIQ_OK);
        liq_pattern_interest(&at.pattern, 0, &lots, &cash);
        cr_expect_str_eq(liq_decimal_format(text, cash, 0), rows[i].cash, "row %zu: %s", i, text);
        watch_end(&at);
    }
}
