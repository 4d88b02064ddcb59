#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "scan/stress_exact.h"
#include "scan/truth.h"
#include "support_brink.h"
#include "support_edge_book.h"
#include "support_generated.h"
#include "support_opened.h"
#include "support_random_book.h"
#include "support_stress.h"

enum { BOOKS = 96, SCENARIOS = 70, GENERATED = 10, LEGS = 700, HASH_BYTES = 65, THOUSANDS = 3000 };

static const liq_stress_options on_host = {.device = LIQ_DEVICE_CPU_REFERENCE};
/* Prices of a few tiles fit. */
static const liq_stress_options tight = {.device = LIQ_DEVICE_CPU_REFERENCE,
                                         .price_bytes_max = 1 << 18};
static const liq_stress_options on_device = {.skip_self_test = 1};

static liq_fund funds[LIQ_STRESS_TEST_FUNDS];

/* A random book with sizes at the floors of tiers and equity at levels. */
static void brink_book(liq_book *out, uint64_t seed, uint32_t number)
{
    liq_random random = liq_brink_random_book(out, seed, number);

    liq_stress_random_funds(out, &random, funds);
}

/* Without a device the test is skipped, or fails where there must be one. */
static void device_needed(void)
{
    liq_device_close(liq_opened_device());
}

Test(stress, says_on_the_host_what_the_margin_rule_says)
{
    const uint64_t seed = liq_random_seed();
    liq_stress_met met = {0};
    char hash[HASH_BYTES];

    for (uint32_t i = 0; i < BOOKS; i++) {
        liq_book book;

        brink_book(&book, seed + i, i);
        liq_stress_check(&book, seed + i, SCENARIOS, &on_host, NULL, &met, hash);
        liq_random_book_destroy(&book);
    }
    for (uint32_t i = 0; i < LIQ_MARGIN_STATUS_COUNT; i++)
        cr_expect_gt(met.by_status[i], 100, "status %u was met %lu times", i, met.by_status[i]);
    cr_expect_lt(met.exact, met.pairs * 9 / 10);
}

Test(stress, says_the_same_on_a_device_in_any_shape)
{
    static const liq_stress_pass_options shapes[] = {
        {0}, {.chunk_slots = 7}, {.as_lanes = true}, {.chunk_slots = 65, .as_lanes = true}};
    const uint64_t seed = liq_random_seed();
    liq_stress_met met = {0};

    device_needed();
    for (uint32_t i = 0; i < BOOKS / 4; i++) {
        char expected[HASH_BYTES];
        char hash[HASH_BYTES];
        liq_book book;

        brink_book(&book, seed + i, i);
        liq_stress_check(&book, seed + i, SCENARIOS, &on_host, NULL, &met, expected);
        liq_stress_check(&book, seed + i, SCENARIOS, &on_device, &shapes[i % 4], &met, hash);
        cr_expect_str_eq(hash, expected, "book %u", i);
        liq_random_book_destroy(&book);
    }
}

Test(stress, says_the_same_of_books_of_the_real_shape)
{
    const uint64_t seed = liq_random_seed();
    liq_stress_met met = {0};

    device_needed();
    for (uint32_t i = 0; i < GENERATED; i++) {
        liq_generate_options options;
        char hash[HASH_BYTES];
        liq_book *book;

        liq_generated_options(&options, i, seed + i);
        book = liq_generated_book(&options);
        liq_stress_check(book, seed + i, 2 * SCENARIOS, i % 2 == 0 ? &on_device : &on_host, NULL,
                         &met, hash);
        liq_book_destroy(book);
    }
    cr_expect_gt(met.by_status[LIQ_ROW_BANKRUPT], 1000);
    cr_expect_lt(met.exact, met.pairs / 4, "%lu of %lu pairs were in doubt", met.exact, met.pairs);
}

Test(stress, says_the_same_of_accounts_at_the_edge)
{
    const uint64_t seed = edge_seed();
    liq_stress_met met = {0};

    for (uint32_t i = 0; i < 60; i++) {
        liq_fixture fixture;
        char hash[HASH_BYTES];

        edge_book_make(&fixture, seed + i, (edge_scale)(i % 3));
        liq_stress_check(&fixture.book, seed + i, SCENARIOS, &on_host, NULL, &met, hash);
        liq_fixture_clear(&fixture);
    }
    cr_expect_gt(met.by_status[LIQ_ROW_BANKRUPT], 100);
}

Test(stress, takes_rows_of_any_length)
{
    const uint64_t seed = liq_random_seed();
    liq_stress_met met = {0};
    char hash[HASH_BYTES];
    liq_book book;

    liq_random_book_create_long(&book, seed, LEGS, 0);
    liq_stress_check(&book, seed, 10, &on_host, NULL, &met, hash);
    liq_random_book_destroy(&book);
}

/* Neither who nor what there is to be stressed makes a difference. */
Test(stress, takes_nobody_nothing_and_one_scenario)
{
    const uint32_t counts[] = {0, 1, LIQ_STRESS_TILE, LIQ_STRESS_TILE + 1};
    const uint64_t seed = liq_random_seed();

    for (uint32_t accounts = 0; accounts < 12; accounts += 11) {
        for (uint32_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
            liq_stress_met met = {0};
            char hash[HASH_BYTES];
            liq_book book;

            liq_random_book_create(&book, seed + i,
                                   (liq_random_options){3, 11, false, false, true, 0});
            if (accounts == 0) {
                book.account_count = 0;
                book.balance_count = 0;
                book.position_count = 0;
                book.order_count = 0;
            }
            liq_stress_check(&book, seed + i, counts[i], &on_host, NULL, &met, hash);
            cr_expect_eq(met.by_status[LIQ_ROW_OK] > 0, accounts > 0 && counts[i] > 0);
            liq_random_book_destroy(&book);
        }
    }
}

Test(stress, takes_thousands_of_scenarios)
{
    const uint64_t seed = liq_random_seed();

    for (uint32_t i = 0; i < 4; i++) {
        liq_stress_met met = {0};
        char hash[HASH_BYTES];
        liq_book book;

        brink_book(&book, seed + i, i);
        liq_stress_check(&book, seed + i, THOUSANDS, i % 2 == 0 ? &on_host : &tight, NULL, &met,
                         hash);
        liq_random_book_destroy(&book);
    }
}

/* What is proven of an account is checked by the rule wherever the rule is asked. */
Test(stress, stops_at_a_device_that_is_wrong)
{
    liq_random random = liq_random_make(7);
    liq_stress_prices prices = {0};
    liq_stress_pack pack = {0};
    liq_stress_grid grid = {0};
    liq_stress_exact exact = {0};
    liq_stress_funds paying = {0};
    liq_stress_tally tally = {0};
    liq_stress_tile tile;
    liq_market market = {0};
    liq_stress_set *set;
    liq_rows rows = {0};
    liq_book book;

    liq_random_book_create(&book, 7, (liq_random_options){3, 20, false, false, true, 0});
    set = liq_stress_random_set(&book, &random, 3);
    cr_assert_eq(liq_market_create(&market, &book, NULL), LIQ_OK);
    cr_assert_eq(liq_rows_create(&rows, &book, NULL, NULL), LIQ_OK);
    cr_assert_eq(liq_stress_prices_create(&prices, &book, &market, 1, NULL), LIQ_OK);
    cr_assert_eq(liq_stress_prices_fill(&prices, set, 0, 3, NULL), LIQ_OK);
    cr_assert_eq(liq_stress_pack_create(&pack, &rows, NULL), LIQ_OK);
    cr_assert_eq(liq_stress_grid_create(&grid, &book.venue, &market, &rows, NULL), LIQ_OK);
    cr_assert_eq(liq_stress_pack_fill(&pack, &rows, &market, &prices, &grid, NULL), LIQ_OK);
    cr_assert_eq(liq_stress_funds_create(&paying, &book, &rows, NULL), LIQ_OK);
    cr_assert_eq(liq_stress_tally_create(&tally, &book.venue, NULL), LIQ_OK);
    cr_assert_eq(liq_stress_exact_create(&exact, &book, NULL), LIQ_OK);
    tile = (liq_stress_tile){.book = &book,
                             .rows = &rows,
                             .market = &market,
                             .pack = &pack,
                             .prices = &prices,
                             .funds = &paying,
                             .fine_per_unit = 1,
                             .check_every = 1,
                             .lane_count = 3};
    for (uint32_t row = 0; row < rows.row_count; row++) {
        const uint32_t status = liq_truth_row(&market, &rows, row).status;

        for (uint32_t told = 0; told <= LIQ_ROW_BANKRUPT; told++) {
            const uint64_t pair = liq_stress_pair(0, told, LIQ_STRESS_WHY_CHECK, row);

            liq_stress_tally_start(&tally, &book.venue);
            liq_stress_exact_run(&exact, &tally, &tile, set,
                                 &(liq_stress_task){.pairs = &pair, .pair_count = 1});
            cr_expect_eq(tally.status, told == status ? LIQ_OK : LIQ_SELF_TEST);
        }
    }
    liq_stress_exact_clear(&exact);
    liq_stress_tally_clear(&tally);
    liq_stress_funds_clear(&paying);
    liq_stress_pack_clear(&pack);
    liq_stress_grid_clear(&grid);
    liq_stress_prices_clear(&prices);
    liq_rows_clear(&rows);
    liq_market_clear(&market);
    liq_stress_set_destroy(set);
    liq_random_book_destroy(&book);
}

/* Prices of one tile fit, and no more: the set is cut into batches, each packed anew. */
Test(stress, cuts_a_set_into_batches_that_fit)
{
    const uint64_t seed = liq_random_seed();
    const liq_stress_options small = {.device = LIQ_DEVICE_CPU_REFERENCE, .price_bytes_max = 1};

    for (uint32_t i = 0; i < 8; i++) {
        liq_stress_met met = {0};
        char expected[HASH_BYTES];
        char hash[HASH_BYTES];
        liq_book book;

        brink_book(&book, seed + i, i);
        liq_stress_check(&book, seed + i, 3 * SCENARIOS, &on_host, NULL, &met, expected);
        liq_stress_check(&book, seed + i, 3 * SCENARIOS, &small, NULL, &met, hash);
        cr_expect_str_eq(hash, expected);
        liq_random_book_destroy(&book);
    }
}
