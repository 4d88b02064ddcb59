#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scan/flagged.h"
#include "scan/truth.h"
#include "support_brink.h"
#include "support_generated.h"
#include "support_portfolio.h"
#include "support_random_book.h"
#include "support_stress.h"
#include "share.h"

enum {
    BOOKS = 120 / LIQ_TEST_SHARE,
    PORTFOLIO_BOOKS = 30,
    RAYS = 4,
    LIMIT = 300,
    SYMBOLS = 3,
    STEPS_MAX = 1000000,
    EDGES = 6
};

static const liq_stress_options on_host = {.device = LIQ_DEVICE_CPU_REFERENCE};

/* Prices of a book that a ray moves, and how. */
typedef struct random_ray {
    const char *symbols[SYMBOLS];
    int64_t betas[SYMBOLS];
    liq_stress_ray ray;
    int64_t sign;
} random_ray;

static liq_fund funds[LIQ_STRESS_TEST_FUNDS];

/* The same price is never taken twice. */
static void ray_make(random_ray *out, const liq_book *book, liq_random *random)
{
    const uint32_t prices = book->venue.instrument_count + book->venue.asset_count;
    const uint32_t start = (uint32_t)liq_random_below(random, prices);

    *out = (random_ray){.sign = liq_random_once_in(random, 2) ? -1 : 1};
    out->ray = (liq_stress_ray){.symbols = out->symbols, .betas_ppm = out->betas};
    for (uint32_t i = 0; i < prices && out->ray.count < SYMBOLS; i++) {
        const uint32_t price = (start + i) % prices;
        const liq_decimal mark = price < book->venue.instrument_count
                                     ? book->instrument_marks[price]
                                     : book->asset_indices[price - book->venue.instrument_count];

        if (mark.digits == 0 || price == book->venue.instrument_count)
            continue;
        out->symbols[out->ray.count] = liq_stress_price_symbol(&book->venue, price);
        /* So large that a few hundred steps go far. */
        out->betas[out->ray.count++] = liq_random_between(random, -2000, 2000) * 1000000;
    }
}

/* A scenario for each step of the ray. */
static bool steps_make(liq_stress_set *set, const random_ray *ray)
{
    for (int64_t step = 0; step <= LIMIT; step++) {
        char name[32];

        (void)snprintf(name, sizeof name, "%ld", step);
        cr_assert_eq(liq_stress_set_add(set, name, NULL), LIQ_OK);
        for (uint32_t i = 0; i < ray->ray.count; i++)
            if (liq_stress_set_shock(set, ray->symbols[i],
                                     ray->betas[i] * step * ray->sign / 1000000, NULL) != LIQ_OK)
                return false;
    }
    return true;
}

/* What became of rays: one that leaves the range of a price is passed over. */
typedef struct ray_counts {
    uint32_t passed;
    uint32_t safe;
    uint32_t at_once;
    uint32_t later;
} ray_counts;

static void ray_check(const liq_book *book, liq_random *random, uint64_t seed, ray_counts *counts)
{
    random_ray ray;
    liq_stress_reversal told;
    liq_stress *stress = NULL;
    liq_stress_set *set = NULL;
    int64_t expected = -1;

    ray_make(&ray, book, random);
    cr_assert_eq(liq_stress_create(&stress, book, &on_host, NULL), LIQ_OK);
    cr_assert_eq(liq_stress_set_create(&set, book, NULL), LIQ_OK);
    if (ray.ray.count == 0 || !steps_make(set, &ray)) {
        liq_stress_set_destroy(set);
        liq_stress_destroy(stress);
        counts->passed++;
        return;
    }
    cr_assert_eq(liq_stress_run(stress, set, NULL, NULL), LIQ_OK);
    /* A fund that ends somewhere on the way is met more often than by chance. */
    if (book->venue.fund_count > 0) {
        const uint32_t step = (uint32_t)liq_random_between(random, 1, LIMIT);
        const liq_int128 needed = liq_stress_result_of(stress, step)->fund_needed;

        for (uint32_t i = 0; i < book->venue.fund_count; i++)
            funds[i].balance = (int64_t)(needed < INT64_MAX ? needed : INT64_MAX) / (1 + i);
        cr_assert_eq(liq_stress_run(stress, set, NULL, NULL), LIQ_OK);
    }
    for (uint32_t step = 0; step <= LIMIT && expected < 0; step++)
        if (liq_stress_result_of(stress, step)->adl_needed > 0)
            expected = step;
    cr_assert_eq(liq_stress_reverse(stress, &ray.ray, ray.sign * LIMIT, STEPS_MAX, &told, NULL),
                 LIQ_OK);
    cr_assert_eq(told.found, expected >= 0, "seed %lu: expected %ld", seed, expected);
    if (expected >= 0) {
        liq_stress_outcome outcome;

        liq_stress_outcome_read(stress, (uint32_t)expected, &outcome);
        cr_assert_eq(told.change_ppm, ray.sign * expected, "seed %lu: %ld, not %ld", seed,
                     told.change_ppm, ray.sign * expected);
        cr_assert_eq(told.proven_ppm, ray.sign * (expected - 1));
        cr_assert_str_eq(told.fund_needed, outcome.fund_needed, "seed %lu", seed);
        cr_assert_str_eq(told.adl_needed, outcome.adl_needed, "seed %lu", seed);
    } else {
        cr_assert_eq(told.proven_ppm, ray.sign * LIMIT);
        cr_assert_str_eq(told.adl_needed, "0");
    }
    *(expected < 0 ? &counts->safe : expected == 0 ? &counts->at_once : &counts->later) += 1;
    liq_stress_set_destroy(set);
    liq_stress_destroy(stress);
}

Test(stress_reverse, finds_the_smallest_move_that_any_search_finds)
{
    const uint64_t seed = liq_random_seed();
    ray_counts counts = {0};

    for (uint32_t i = 0; i < BOOKS; i++) {
        liq_random random = liq_random_make(seed + i);
        liq_book book;

        liq_random_book_create(&book, seed + i, liq_random_options_of(i));
        if (i % 2 == 0)
            liq_brink_levels(&book, &random);
        liq_stress_random_funds(&book, &random, funds);
        for (uint32_t k = 0; k < RAYS; k++)
            ray_check(&book, &random, seed + i, &counts);
        liq_random_book_destroy(&book);
    }
    cr_expect_gt(counts.safe, BOOKS / 8, "%u", counts.safe);
    cr_expect_gt(counts.at_once, BOOKS / 8, "%u", counts.at_once);
    cr_expect_gt(counts.later, BOOKS / 8, "%u", counts.later);
}

Test(stress_reverse, finds_the_smallest_move_of_portfolio_accounts)
{
    const uint64_t seed = liq_random_seed();
    ray_counts counts = {0};

    for (uint32_t i = 0; i < PORTFOLIO_BOOKS; i++) {
        liq_random random = liq_random_make(seed + i);
        liq_book book;

        liq_random_book_create(
            &book, seed + i,
            (liq_random_options){.instruments_max = 5, .accounts_max = 20, .tame = true});
        liq_brink_levels(&book, &random);
        liq_portfolio_turn(&book, &random);
        liq_stress_random_funds(&book, &random, funds);
        for (uint32_t k = 0; k < RAYS; k++)
            ray_check(&book, &random, seed + i, &counts);
        liq_portfolio_take(&book.venue);
        liq_random_book_destroy(&book);
    }
    cr_expect_gt(counts.safe, 0, "%u", counts.safe);
    cr_expect_gt(counts.at_once, 0, "%u", counts.at_once);
    cr_expect_gt(counts.later, 3, "%u of %u", counts.later, counts.safe + counts.at_once);
}

/* Of a book of the real shape: what was found exhausts the fund, one step less does not. */
Test(stress_reverse, finds_where_the_fund_of_a_real_shape_ends)
{
    const char *symbol;
    const int64_t beta = 1000000;
    liq_generate_options options;
    liq_stress_reversal told;
    liq_stress *stress = NULL;
    liq_stress_set *set = NULL;
    liq_book *book;

    liq_generated_options(&options, 0, liq_random_seed());
    book = liq_generated_book(&options);
    symbol = liq_names_get(book->venue.instrument_names, 0);
    cr_assert_gt(book->venue.fund_count, 0);
    book->venue.funds[0].balance /= 1000;
    cr_assert_eq(liq_stress_create(&stress, book, &on_host, NULL), LIQ_OK);
    cr_assert_eq(liq_stress_reverse(stress, &(liq_stress_ray){&symbol, &beta, 1}, -900000, 10000,
                                    &told, NULL),
                 LIQ_OK);
    cr_assert(told.found);
    cr_assert_lt(told.change_ppm, 0);
    cr_assert_eq(told.proven_ppm, told.change_ppm + 1);
    cr_assert_eq(liq_stress_set_create(&set, book, NULL), LIQ_OK);
    for (int64_t more = 0; more < 2; more++) {
        cr_assert_eq(liq_stress_set_add(set, "near", NULL), LIQ_OK);
        cr_assert_eq(liq_stress_set_shock(set, symbol, told.change_ppm + more, NULL), LIQ_OK);
    }
    cr_assert_eq(liq_stress_run(stress, set, NULL, NULL), LIQ_OK);
    cr_expect(liq_stress_result_of(stress, 0)->adl_needed > 0);
    cr_expect(liq_stress_result_of(stress, 1)->adl_needed == 0);
    liq_stress_set_destroy(set);
    liq_stress_destroy(stress);
    liq_book_destroy(book);
}

Test(stress_reverse, says_how_far_it_came_when_it_may_not_look_further)
{
    const char *symbol;
    const int64_t beta = 1000000;
    liq_generate_options options;
    liq_stress_reversal told;
    liq_stress *stress = NULL;
    liq_book *book;

    liq_generated_options(&options, 0, liq_random_seed());
    book = liq_generated_book(&options);
    symbol = liq_names_get(book->venue.instrument_names, 0);
    book->venue.funds[0].balance = 0;
    cr_assert_eq(liq_stress_create(&stress, book, &on_host, NULL), LIQ_OK);
    cr_assert_eq(
        liq_stress_reverse(stress, &(liq_stress_ray){&symbol, &beta, 1}, -900000, 2, &told, NULL),
        LIQ_OK);
    cr_expect(!told.found);
    cr_expect_eq(told.steps, 2);
    cr_expect_eq(told.change_ppm, -900000);
    cr_expect_eq(told.proven_ppm, 1);
    liq_stress_destroy(stress);
    liq_book_destroy(book);
}

/* Where an account is flagged first when one mark goes outward edge by edge. */
static uint32_t bucket_of(const liq_book *book, const liq_rows *rows, uint32_t row,
                          const char *symbol, const int64_t *edges, int64_t sign)
{
    uint32_t edge = 0;

    for (; edge < EDGES; edge++) {
        liq_stress_book moved;
        liq_market market = {0};
        bool is_flagged;

        cr_assert_eq(liq_stress_book_create(&moved, book, NULL), LIQ_OK);
        cr_assert_eq(liq_book_shock(&moved.book, symbol, sign * edges[edge], NULL), LIQ_OK);
        cr_assert_eq(liq_market_create(&market, &moved.book, NULL), LIQ_OK);
        is_flagged = liq_flagged_status(liq_truth_row(&market, rows, row).status);
        liq_market_clear(&market);
        liq_stress_book_clear(&moved);
        if (is_flagged)
            break;
    }
    return edge;
}

static const int64_t heat_edges[EDGES] = {5000, 20000, 50000, 100000, 250000, 600000};

/* Accounts by bucket as single moves of the mark say.  how many hold the instrument */
static uint64_t buckets_fill(uint64_t accounts[2 * EDGES + 2], const liq_book *book,
                             const liq_rows *rows, uint32_t instrument)
{
    const char *symbol = liq_names_get(book->venue.instrument_names, instrument);
    liq_market market = {0};
    uint64_t met = 0;

    cr_assert_eq(liq_market_create(&market, book, NULL), LIQ_OK);
    for (uint32_t row = 0; row < rows->row_count; row++) {
        bool holds = false;

        for (uint64_t k = rows->entry_first[row]; k < rows->entry_first[row + 1]; k++)
            holds = holds || rows->tags[k] == instrument;
        if (!holds)
            continue;
        met++;
        if (liq_flagged_status(liq_truth_row(&market, rows, row).status)) {
            accounts[0]++;
            continue;
        }
        const uint32_t down = bucket_of(book, rows, row, symbol, heat_edges, -1);
        const uint32_t up = bucket_of(book, rows, row, symbol, heat_edges, 1);

        accounts[1 + down] += down < EDGES;
        accounts[1 + EDGES + up] += up < EDGES;
        accounts[1 + 2 * EDGES] += up == EDGES && down == EDGES;
    }
    liq_market_clear(&market);
    return met;
}

/* What is said of the instrument.  how many accounts hold it */
static uint64_t heat_check(const liq_book *book, uint32_t instrument, uint64_t seed)
{
    const char *symbol = liq_names_get(book->venue.instrument_names, instrument);
    uint64_t accounts[2 * EDGES + 2] = {0};
    liq_stress_bucket told[2 * EDGES + 2];
    liq_stress *stress = NULL;
    uint64_t met;

    if (book->instrument_marks[instrument].digits == 0)
        return 0;
    cr_assert_eq(liq_stress_create(&stress, book, &on_host, NULL), LIQ_OK);
    cr_assert_eq(liq_stress_heat(stress, symbol, heat_edges, EDGES, told, NULL), LIQ_OK);
    met = buckets_fill(accounts, book, liq_stress_rows(stress), instrument);
    for (uint32_t k = 0; k < 2 * EDGES + 2; k++)
        cr_assert_eq(told[k].accounts, accounts[k], "seed %lu: bucket %u: %lu, not %lu", seed, k,
                     told[k].accounts, accounts[k]);
    cr_assert_eq(told[1].from_ppm, 0);
    cr_assert_eq(told[1].to_ppm, -5000);
    cr_assert_eq(told[EDGES].from_ppm, -250000);
    cr_assert_eq(told[1 + EDGES].to_ppm, 5000);
    cr_assert_eq(told[2 * EDGES].to_ppm, 600000);
    liq_stress_destroy(stress);
    return met;
}

Test(stress_heat, puts_accounts_where_their_mark_liquidates_them)
{
    const uint64_t seed = liq_random_seed();
    uint64_t met[2] = {0};

    for (uint32_t i = 0; i < 32; i++) {
        const bool by_grid = i % 4 == 3;
        liq_random random = liq_random_make(seed + i);
        liq_book book;

        liq_random_book_create(
            &book, seed + i,
            (liq_random_options){.instruments_max = 4, .accounts_max = 30, .tame = true});
        liq_brink_levels(&book, &random);
        if (by_grid)
            liq_portfolio_turn(&book, &random);
        met[by_grid] += heat_check(
            &book, (uint32_t)liq_random_below(&random, book.venue.instrument_count), seed + i);
        liq_portfolio_take(&book.venue);
        liq_random_book_destroy(&book);
    }
    cr_expect_gt(met[0], 100);
    cr_expect_gt(met[1], 30);
}

Test(stress_heat, refuses_edges_that_do_not_rise)
{
    static const int64_t bad[][2] = {{0, 1}, {5, 5}, {5, 4}, {1, 1000000}};
    liq_stress_bucket told[6];
    liq_stress *stress = NULL;
    liq_error err;
    liq_book book;

    liq_random_book_create(&book, 1, liq_random_options_of(0));
    cr_assert_eq(liq_stress_create(&stress, &book, &on_host, NULL), LIQ_OK);
    for (uint32_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        cr_expect_eq(liq_stress_heat(stress, liq_names_get(book.venue.instrument_names, 0), bad[i],
                                     2, told, &err),
                     LIQ_OUT_OF_RANGE);
    cr_expect_eq(liq_stress_heat(stress, "nothing", bad[0], 2, told, &err), LIQ_NOT_FOUND);
    cr_expect_eq(liq_stress_heat(stress, liq_names_get(book.venue.instrument_names, 0), bad[0], 0,
                                 told, &err),
                 LIQ_OUT_OF_RANGE);
    liq_stress_destroy(stress);
    liq_random_book_destroy(&book);
}
