/*
 * Factors on margin rates: what a tier table is under them, and that a live book under factors says
 * byte for byte what a book with such rates in its venue.json says.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "scan/live_scan.h"
#include "scan/truth.h"
#include "support_book.h"
#include "share.h"
#include "support_factors.h"
#include "support_random_book.h"

enum { BOOKS = 192 / LIQ_TEST_SHARE, ROUNDS = 4 };

/* Every row of a live book against those of a book made afresh. */
static void rows_equal(const liq_live *live, const liq_book *book, uint64_t seed)
{
    liq_market market = {0};
    liq_rows rows = {0};
    uint32_t before = LIQ_NO_INDEX;
    uint32_t row = 0;

    cr_assert_eq(liq_market_create(&market, book, NULL), LIQ_OK);
    cr_assert_eq(liq_rows_create(&rows, book, NULL, NULL), LIQ_OK);
    for (uint32_t i = 0; i < rows.row_count; i++) {
        const liq_row_record fresh = liq_truth_row(&market, &rows, i);
        const uint32_t account = rows.keys[i].account_index;

        row = account == before ? live->row_next[row] : account;
        before = account;
        cr_assert_arr_eq(&live->results[row], &fresh, sizeof fresh, "seed %lu: row %u", seed, i);
    }
    cr_assert_arr_eq(live->market.tiers, market.tiers, market.tier_count * sizeof *market.tiers,
                     "seed %lu: tiers", seed);
    cr_assert_arr_eq(live->market.instruments, market.instruments,
                     market.instrument_count * sizeof *market.instruments, "seed %lu", seed);
    liq_rows_clear(&rows);
    liq_market_clear(&market);
}

static void factors_apply(liq_live *live, const liq_venue *venue, const liq_margin_factors *factors)
{
    liq_error err = {0};

    for (uint32_t i = 0; i < venue->instrument_count; i++) {
        const liq_live_event event = {.kind = LIQ_LIVE_MARGIN_FACTORS,
                                      .symbol = liq_names_get(venue->instrument_names, i),
                                      .maintenance_factor_ppm = factors[i].maintenance_ppm,
                                      .initial_factor_ppm = factors[i].initial_ppm};

        cr_assert_eq(liq_live_apply(live, &event, 1, &err), LIQ_OK, "%s", err.message);
    }
}

/* One book: factors come and go, and each time all is as in a book that has such rates. */
static uint32_t book_play(uint64_t seed, uint64_t number)
{
    const liq_live_options exact = {.exact_all = number % 2 == 0};
    liq_random random = liq_random_make(seed);
    liq_margin_factors factors[LIQ_ASSETS_MAX];
    liq_live *live = NULL;
    uint32_t scaled = 0;
    liq_book book;

    liq_random_book_create(&book, seed, liq_random_options_of(number));
    cr_assert_eq(liq_live_create(&live, &book, &exact, NULL), LIQ_OK);
    cr_assert_eq(liq_live_tick(live, NULL, NULL), LIQ_OK);
    for (int round = 0; round < ROUNDS; round++) {
        liq_tier *tiers = calloc(book.venue.tier_count, sizeof *tiers);
        liq_book other = book;

        cr_assert_not_null(tiers);
        scaled += liq_venue_draw_scaled(&book.venue, &random, tiers, factors);
        other.venue.tiers = tiers;
        factors_apply(live, &book.venue, factors);
        liq_live_value_all(live);
        cr_assert_eq(liq_live_tick(live, NULL, NULL), LIQ_OK);
        rows_equal(live, &other, seed);
        free(tiers);
    }
    liq_live_destroy(live);
    liq_random_book_destroy(&book);
    return scaled;
}

Test(margin_factors, give_what_a_book_with_such_rates_gives)
{
    const uint64_t seed = liq_random_seed();
    uint32_t scaled = 0;

    for (uint64_t i = 0; i < BOOKS; i++)
        scaled += book_play(seed + i, i);
    cr_expect_gt(scaled, BOOKS, "%u", scaled);
}

/* A table of Binance's form: 10 at 50,000 are 500,000 x 0.5% - 50 = 2,450; half as much again is
 * 3,675. */
static void table_start(liq_fixture *fixture, liq_tier_form form)
{
    liq_fixture_start_xusd(fixture, "0.001", "50000", form);
    liq_fixture_tier(fixture, "0", "0.004", "0.008");
    liq_fixture_tier(fixture, "50000", "0.005", "0.01");
    liq_fixture_tier(fixture, "600000", "0.4", "0.5");
    (void)liq_fixture_account(fixture, "a");
    liq_fixture_balance(fixture, 0, "100000");
    liq_fixture_position(fixture, 0, "10", "50000", NULL);
}

typedef struct factor_row {
    uint32_t maintenance_ppm;
    uint32_t initial_ppm;
    int64_t maintenance; /* hundredths */
    int64_t initial;
} factor_row;

Test(margin_factors, scale_a_requirement_once_and_up)
{
    static const factor_row rows[] = {{1000000, 1000000, 245000, 500000},
                                      {1500000, 1000000, 367500, 500000},
                                      {1500000, 2000000, 367500, 1000000},
                                      {500000, 500000, 122500, 250000},
                                      {1000000, 1000000, 245000, 500000},
                                      /* A millionth more: rates of 10^-12 hold it. */
                                      {1000001, 1000001, 245001, 500001},
                                      /* Half of it, and of 100% of the notional all. */
                                      {100000000, 100000000, 24500000, 50000000}};
    liq_fixture fixture;
    liq_live *live = NULL;
    liq_scan_row row;

    table_start(&fixture, LIQ_TIER_MARGINAL);
    cr_assert_eq(liq_live_create(&live, liq_fixture_finish(&fixture), NULL, NULL), LIQ_OK);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const liq_live_event event = {.kind = LIQ_LIVE_MARGIN_FACTORS,
                                      .symbol = "XUSD",
                                      .maintenance_factor_ppm = rows[i].maintenance_ppm,
                                      .initial_factor_ppm = rows[i].initial_ppm};
        uint32_t held[2];

        cr_assert_eq(liq_live_apply(live, &event, 1, NULL), LIQ_OK);
        liq_live_value_all(live);
        cr_assert_eq(liq_live_tick(live, NULL, NULL), LIQ_OK);
        cr_assert_eq(liq_live_find(live, "a", NULL, 0, &row, NULL), LIQ_OK);
        cr_expect_eq(row.maintenance_margin, rows[i].maintenance, "row %zu: %ld", i,
                     row.maintenance_margin);
        cr_expect_eq(row.initial_margin, rows[i].initial, "row %zu: %ld", i, row.initial_margin);
        cr_assert_eq(liq_live_margin_factors(live, "XUSD", &held[0], &held[1], NULL), LIQ_OK);
        cr_assert(held[0] == rows[i].maintenance_ppm && held[1] == rows[i].initial_ppm);
    }
    cr_assert_eq(liq_live_margin_factors(live, "YUSD", NULL, NULL, NULL), LIQ_NOT_FOUND);
    liq_live_destroy(live);
    liq_fixture_clear(&fixture);
}

/* What is open is what is long, however it came and went. */
Test(margin_factors, keep_open_interest)
{
    liq_fixture fixture;
    liq_live *live = NULL;
    const liq_live_event events[] = {{.kind = LIQ_LIVE_ADD_ACCOUNT, .account = "b"},
                                     {.kind = LIQ_LIVE_POSITION,
                                      .account = "b",
                                      .symbol = "XUSD",
                                      .amount = "2",
                                      .price = "1",
                                      .is_isolated = 1,
                                      .isolated_margin = "5"},
                                     {.kind = LIQ_LIVE_POSITION,
                                      .account = "b",
                                      .symbol = "XUSD",
                                      .amount = "7",
                                      .price = "1",
                                      .is_short = 1}};
    const liq_live_event less = {
        .kind = LIQ_LIVE_POSITION, .account = "a", .symbol = "XUSD", .amount = "9", .price = "1"};
    const liq_live_event gone[] = {{.kind = LIQ_LIVE_REMOVE_ACCOUNT, .account = "b"},
                                   {.kind = LIQ_LIVE_REMOVE_ACCOUNT, .account = "nobody"}};

    table_start(&fixture, LIQ_TIER_WHOLE);
    cr_assert_eq(liq_live_create(&live, liq_fixture_finish(&fixture), NULL, NULL), LIQ_OK);
    cr_assert_eq(live->book.long_lots[0], 10000);
    cr_assert_eq(liq_live_apply(live, events, 3, NULL), LIQ_OK);
    cr_assert_eq(live->book.long_lots[0], 12000);
    cr_assert_eq(liq_live_apply(live, &less, 1, NULL), LIQ_OK);
    cr_assert_eq(live->book.long_lots[0], 11000);
    cr_assert_eq(liq_live_apply(live, gone, 2, NULL), LIQ_NOT_FOUND);
    cr_assert_eq(live->book.long_lots[0], 11000);
    cr_assert_eq(liq_live_apply(live, gone, 1, NULL), LIQ_OK);
    cr_assert_eq(live->book.long_lots[0], 9000);
    liq_live_destroy(live);
    liq_fixture_clear(&fixture);
}
