/*
 * Stress of accounts of portfolio margin: scenarios of prices over scenarios of their grids, each
 * valued by brute force.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "scan/stress_exact.h"
#include "support_brink.h"
#include "support_opened.h"
#include "support_portfolio.h"
#include "support_random_book.h"
#include "support_stress.h"

enum { BOOKS = 48, SCENARIOS = 70, HASH_BYTES = 65 };

static const liq_stress_options on_host = {.device = LIQ_DEVICE_CPU_REFERENCE};
static const liq_stress_options one_tile = {.device = LIQ_DEVICE_CPU_REFERENCE,
                                            .price_bytes_max = 1};
static const liq_stress_options on_device = {.skip_self_test = 1};
static const liq_stress_pass_options as_lanes = {.as_lanes = true, .chunk_slots = 7};

static liq_fund funds[LIQ_STRESS_TEST_FUNDS];

/* A random book, mostly of portfolio accounts; of some the venue has no rule. */
static void book_create(liq_book *out, uint64_t seed, uint32_t number)
{
    liq_random random = liq_random_make(seed);

    liq_random_book_create(out, seed, liq_random_options_of(number));
    if (number % 2 == 0)
        liq_brink_levels(out, &random);
    liq_portfolio_turn(out, &random);
    if (number % 16 == 15)
        liq_portfolio_take(&out->venue);
    liq_stress_random_funds(out, &random, funds);
}

/* The same, with equity next to the levels of what scenarios ask, and options near expiry. */
static void book_create_sharp(liq_book *out, uint64_t seed, uint32_t number)
{
    static const char *const days[] = {"0", "0.0001", "0.5", "3", "900"};
    liq_random random = liq_random_make(seed);

    liq_random_book_create(out, seed, liq_random_options_of(number));
    liq_portfolio_turn(out, &random);
    if (out->venue.option_count > 0)
        out->instrument_marks[2] =
            liq_fixture_decimal(days[liq_random_below(&random, sizeof days / sizeof days[0])]);
    for (uint32_t i = 3; i < out->venue.instrument_count; i++) {
        liq_decimal *strike = &out->venue.instruments[i].option.strike;

        if (strike->digits > 3 && liq_random_once_in(&random, 2))
            strike->digits += strike->digits / liq_random_between(&random, 2, 40);
    }
    liq_brink_levels(out, &random);
    liq_stress_random_funds(out, &random, funds);
}

static void book_destroy(liq_book *book)
{
    liq_portfolio_take(&book->venue);
    liq_random_book_destroy(book);
}

Test(stress_portfolio, says_what_the_rule_of_scenarios_says)
{
    const uint64_t seed = liq_random_seed();
    liq_stress_met met = {0};

    for (uint32_t i = 0; i < BOOKS; i++) {
        char hash[HASH_BYTES];
        liq_book book;

        book_create(&book, seed + i, i);
        liq_stress_check(&book, seed + i, SCENARIOS, &on_host, NULL, &met, hash);
        book_destroy(&book);
    }
    for (uint32_t i = 0; i < LIQ_MARGIN_STATUS_COUNT; i++)
        cr_expect_gt(met.by_status[i], 50, "status %u was met %lu times", i, met.by_status[i]);
    cr_expect_gt(met.hard_rows, BOOKS);
}

Test(stress_portfolio, says_the_same_on_a_device_and_in_batches)
{
    const uint64_t seed = liq_random_seed();
    liq_stress_met met = {0};

    liq_device_close(liq_opened_device());
    for (uint32_t i = 0; i < BOOKS / 8; i++) {
        char expected[HASH_BYTES];
        char hash[HASH_BYTES];
        liq_book book;

        book_create(&book, seed + i, i);
        liq_stress_check(&book, seed + i, 2 * SCENARIOS, &on_host, NULL, &met, expected);
        liq_stress_check(&book, seed + i, 2 * SCENARIOS, &one_tile, NULL, &met, hash);
        cr_expect_str_eq(hash, expected, "book %u, in batches", i);
        liq_stress_check(&book, seed + i, 2 * SCENARIOS, &on_device, NULL, &met, hash);
        cr_expect_str_eq(hash, expected, "book %u, on a device", i);
        liq_stress_check(&book, seed + i, 2 * SCENARIOS, &on_device, &as_lanes, &met, hash);
        cr_expect_str_eq(hash, expected, "book %u, by lanes", i);
        book_destroy(&book);
    }
}

Test(stress_portfolio, holds_next_to_levels_and_near_expiry)
{
    const uint64_t seed = liq_random_seed();
    liq_stress_met met = {0};

    for (uint32_t i = 0; i < BOOKS; i++) {
        char hash[HASH_BYTES];
        liq_book book;

        book_create_sharp(&book, seed + i, i);
        liq_stress_check(&book, seed + i, SCENARIOS, i % 8 == 0 ? &on_device : &on_host, NULL, &met,
                         hash);
        book_destroy(&book);
    }
    for (uint32_t i = 0; i < LIQ_MARGIN_STATUS_COUNT; i++)
        cr_expect_gt(met.by_status[i], 50, "status %u was met %lu times", i, met.by_status[i]);
    cr_expect_lt(met.exact, met.pairs / 2, "the screen proves too little");
}

/* Fewer scenarios than workers: they share the accounts of each. */
Test(stress_portfolio, takes_few_scenarios)
{
    const uint64_t seed = liq_random_seed();
    liq_stress_met met = {0};

    for (uint32_t i = 0; i < 8; i++) {
        char hash[HASH_BYTES];
        liq_book book;

        book_create(&book, seed + i, i);
        liq_stress_check(&book, seed + i, 1 + i % 4, &on_host, NULL, &met, hash);
        book_destroy(&book);
    }
    cr_expect_gt(met.exact, 0);
}

/* A move of one price, and what it makes of him who has written an option. */
typedef struct option_case {
    const char *symbol;
    int64_t change_ppm;
    liq_margin_status_code status;
} option_case;

/* Short a call at 60,000, 50% and 30 days, with 12,000 beside it: it needs more where its
   underlying rises or its volatility does, though only its own mark changes what it is worth. */
static void writer_make(liq_fixture *fixture)
{
    static const char *const symbols[] = {"PERP", "VOL", "DAYS", "CALL"};
    static const char *const marks[] = {"60000", "0.5", "30", "3427.21"};
    static const liq_instrument_kind kinds[] = {LIQ_INSTRUMENT_LINEAR, LIQ_INSTRUMENT_INDEX,
                                                LIQ_INSTRUMENT_INDEX, LIQ_INSTRUMENT_OPTION};
    uint32_t account;

    liq_fixture_start(fixture, 2);
    liq_fixture_asset(fixture, "USD", 2, 10, NULL);
    liq_portfolio_give(&fixture->book.venue,
                       "{\"maintenance_factor\": \"1\", \"initial_factor\": \"1.3\", \"grids\": ["
                       "{\"underlyings\": [\"*\"], \"prices\": [\"-0.16\", \"0\", \"0.16\"], "
                       "\"volatilities\": [\"0.5\", \"0\"], \"volatility_up_least\": \"0\"}]}");
    for (uint32_t i = 0; i < 4; i++) {
        liq_fixture_instrument(fixture, (liq_fixture_contract){.symbol = symbols[i],
                                                               .kind = kinds[i],
                                                               .multiplier = "1",
                                                               .lot = "1",
                                                               .tick = "0.01",
                                                               .mark = marks[i]});
        liq_fixture_tier(fixture, "0", "0.01", "0.02");
        liq_portfolio_base(&fixture->book.venue, i, "BTC");
    }
    fixture->book.venue.option_count = 1;
    fixture->book.venue.instruments[3].option =
        (liq_option_terms){.strike = liq_fixture_decimal("60000"),
                           .underlying_index = 0,
                           .volatility_index = 1,
                           .days_index = 2};
    account = liq_fixture_account(fixture, "writer");
    fixture->book.accounts[account].mode = LIQ_ACCOUNT_PORTFOLIO;
    liq_fixture_balance(fixture, 0, "12000");
    liq_fixture_position(fixture, 3, "-1", "3427.21", NULL);
}

Test(stress_portfolio, prices_options_anew_in_each_scenario)
{
    /* At the worst of the grid he loses 8,183 where prices are, and more than 12,000 at 90,000. */
    static const option_case cases[] = {{"PERP", 0, LIQ_MARGIN_OK},
                                        {"PERP", 500000, LIQ_MARGIN_LIQUIDATE},
                                        {"PERP", -250000, LIQ_MARGIN_OK},
                                        {"VOL", 4000000, LIQ_MARGIN_LIQUIDATE},
                                        {"CALL", 1150000, LIQ_MARGIN_LIQUIDATE},
                                        {"CALL", 4000000, LIQ_MARGIN_BANKRUPT},
                                        {"CALL", -900000, LIQ_MARGIN_OK}};
    enum { COUNT = sizeof cases / sizeof cases[0] };
    liq_stress_set *set = NULL;
    liq_stress *stress = NULL;
    liq_stress_met met = {0};
    char hash[HASH_BYTES];
    liq_fixture fixture;
    liq_book *book;

    writer_make(&fixture);
    book = liq_fixture_finish(&fixture);
    cr_assert_eq(liq_stress_set_create(&set, book, NULL), LIQ_OK);
    for (uint32_t i = 0; i < COUNT; i++) {
        cr_assert_eq(liq_stress_set_add(set, cases[i].symbol, NULL), LIQ_OK);
        cr_assert_eq(liq_stress_set_shock(set, cases[i].symbol, cases[i].change_ppm, NULL), LIQ_OK);
    }
    cr_assert_eq(liq_stress_create(&stress, book, &on_host, NULL), LIQ_OK);
    liq_stress_expect(stress, book, set, 0, &met, hash);
    for (uint32_t i = 0; i < COUNT; i++) {
        liq_stress_outcome outcome;

        liq_stress_outcome_read(stress, i, &outcome);
        cr_expect_eq(outcome.by_status[cases[i].status], 1, "%u", i);
    }
    liq_stress_destroy(stress);
    liq_stress_set_destroy(set);
    liq_portfolio_take(&fixture.book.venue);
    liq_fixture_clear(&fixture);
}
