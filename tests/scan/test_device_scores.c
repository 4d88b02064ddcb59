/*
 * Scores of the device are those of the CPU truth, byte for byte.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdlib.h>

#include "scan/device_scores.h"
#include "scan/truth.h"
#include "scan/truth_scores.h"
#include "support_opened.h"
#include "support_portfolio.h"
#include "support_random_book.h"

enum { BOOKS = 32, PORTFOLIO_BOOKS = 10, RULES = 7 };

/* A book on the device and on the host. */
typedef struct scored {
    const liq_book *book;
    liq_market market;
    liq_rows rows;
    liq_adl_index index;
    liq_device_scan *scan;
    liq_device_scores *scores;
    liq_row_record *results;
    liq_row_record *truth;
    int64_t *keys;
    int64_t *truth_keys;
} scored;

static void score_start(scored *out, liq_device *device, const liq_book *book,
                        uint64_t allocation_bytes_max)
{
    const liq_device_scan_options options = {.allocation_bytes_max = allocation_bytes_max,
                                             .as_lanes = book->position_count % 2 == 1};
    liq_error err = {0};

    *out = (scored){.book = book};
    cr_assert_eq(liq_market_create(&out->market, book, &err), LIQ_OK, "%s", err.message);
    cr_assert_eq(liq_rows_create(&out->rows, book, NULL, &err), LIQ_OK, "%s", err.message);
    cr_assert_eq(liq_adl_index_create(&out->index, book, &err), LIQ_OK, "%s", err.message);
    cr_assert_eq(
        liq_device_scan_create(&out->scan, device, &out->rows, &out->market, &options, &err),
        LIQ_OK, "%s", err.message);
    cr_assert_eq(liq_device_scores_create(&out->scores, out->scan, book, &out->index, &err), LIQ_OK,
                 "%s", err.message);
    out->results = calloc(out->rows.row_count + 1U, sizeof *out->results);
    out->truth = calloc(out->rows.row_count + 1U, sizeof *out->truth);
    out->keys = calloc(book->position_count + 1, sizeof *out->keys);
    out->truth_keys = calloc(book->position_count + 1, sizeof *out->truth_keys);
    liq_truth_scan(&out->market, &out->rows, out->truth);
    cr_assert_eq(liq_device_scan_run(out->scan, &out->market, out->results, NULL, &err), LIQ_OK,
                 "%s", err.message);
    cr_assert_arr_eq(out->results, out->truth, out->rows.row_count * sizeof *out->truth);
}

static void score_clear(scored *target)
{
    liq_device_scores_destroy(target->scores);
    liq_device_scan_destroy(target->scan);
    liq_adl_index_clear(&target->index);
    liq_rows_clear(&target->rows);
    liq_market_clear(&target->market);
    free(target->results);
    free(target->truth);
    free(target->keys);
    free(target->truth_keys);
}

/* @return positions that have a score */
static uint64_t expect_parity(const scored *target, liq_adl_rule rule)
{
    const liq_adl_terms terms = liq_adl_terms_make(&target->book->venue, rule);
    const liq_row_record *rows = NULL;
    const int64_t *view = NULL;
    liq_error err = {0};
    uint64_t met = 0;

    /* Behind the rows, or in one pass with them. */
    if (rule % 2 == 0)
        cr_assert_eq(liq_device_scores_run(target->scores, terms, &err), LIQ_OK, "%s", err.message);
    else
        cr_assert_eq(
            liq_device_scores_run_scan(target->scores, target->scan, &target->market, terms, &err),
            LIQ_OK, "%s", err.message);
    cr_assert_eq(liq_device_scan_view(target->scan, &rows, &err), LIQ_OK, "%s", err.message);
    cr_assert_arr_eq(rows, target->truth, target->rows.row_count * sizeof *rows);
    cr_assert_eq(liq_device_scores_view(target->scores, &view, &err), LIQ_OK, "%s", err.message);
    cr_assert_eq(liq_device_scores_read(target->scores, target->keys, &err), LIQ_OK, "%s",
                 err.message);
    cr_assert_arr_eq(view, target->keys, target->book->position_count * sizeof *view);
    liq_truth_scores(&target->market, &target->rows, target->truth, terms, target->truth_keys);
    for (uint64_t i = 0; i < target->book->position_count; i++) {
        const int64_t got = target->keys[target->index.places[i]];

        cr_assert_eq(got, target->truth_keys[i], "rule %d position %llu: %llx is not %llx",
                     (int)rule, (unsigned long long)i, (unsigned long long)got,
                     (unsigned long long)target->truth_keys[i]);
        met += got > LIQ_SCORE_PAST_BANKRUPTCY;
    }
    return met;
}

ParameterizedTestParameters(device_scores, are_those_of_the_truth)
{
    static uint64_t limits[] = {4096, UINT64_MAX};

    return cr_make_param_array(uint64_t, limits, sizeof limits / sizeof *limits);
}

ParameterizedTest(uint64_t *limit, device_scores, are_those_of_the_truth)
{
    const uint64_t seed = liq_random_seed();
    liq_device *device = liq_opened_device();
    uint64_t met = 0;

    for (uint64_t i = 0; i < BOOKS; i++) {
        liq_book book;
        scored it;

        liq_random_book_create(&book, seed + i, liq_random_options_of(i));
        score_start(&it, device, &book, *limit);
        for (int rule = 0; rule < RULES; rule++)
            met += expect_parity(&it, (liq_adl_rule)rule);
        score_clear(&it);
        liq_random_book_destroy(&book);
    }
    liq_device_close(device);
    cr_expect_gt(met, 1000);
}

/* Hedges over the ends of chunks, with and without orders between them. */
Test(device_scores, of_long_rows_are_those_of_the_truth)
{
    static const uint32_t legs[] = {255, 256, 257, 511, 512, 513, 514, 1024, 5000};
    const uint64_t seed = liq_random_seed();
    liq_device *device = liq_opened_device();

    for (size_t i = 0; i < sizeof legs / sizeof *legs; i++)
        for (uint32_t bits = 0; bits < LIQ_RANDOM_POLICIES; bits += 6) {
            liq_book book;
            scored it;

            liq_random_book_create_long(&book, seed + i, legs[i], bits);
            score_start(&it, device, &book, 65536);
            for (int rule = 0; rule < RULES; rule++)
                (void)expect_parity(&it, (liq_adl_rule)rule);
            score_clear(&it);
            liq_random_book_destroy(&book);
        }
    liq_device_close(device);
}

/* By grids that ship, with options, in the shape of a CPU and of a GPU, cut fine and whole. */
Test(device_scores, of_portfolio_accounts_are_those_of_the_truth)
{
    const uint64_t seed = liq_random_seed();
    liq_device *device = liq_opened_device();
    uint64_t met = 0;

    for (uint64_t i = 0; i < PORTFOLIO_BOOKS; i++) {
        liq_random random = liq_random_make(seed + i);
        liq_book book;
        scored it;

        liq_random_book_create(&book, seed + i, liq_random_options_of(i));
        liq_portfolio_turn(&book, &random);
        score_start(&it, device, &book, i % 3 == 0 ? 4096 : UINT64_MAX);
        for (int rule = 0; rule < RULES; rule++)
            met += expect_parity(&it, (liq_adl_rule)rule);
        score_clear(&it);
        liq_portfolio_take(&book.venue);
        liq_random_book_destroy(&book);
    }
    liq_device_close(device);
    cr_expect_gt(met, 300);
}

/* Where the venue has no rule for it. */
Test(device_scores, tell_a_portfolio_account_unvalued)
{
    liq_device *device = liq_opened_device();
    liq_book book;
    scored it;

    liq_random_book_create(&book, liq_random_seed(), liq_random_options_of(1));
    for (uint32_t i = 0; i < book.account_count; i++)
        book.accounts[i].mode = LIQ_ACCOUNT_PORTFOLIO;
    score_start(&it, device, &book, 0);
    cr_assert_gt(book.position_count, 0);
    cr_expect_eq(expect_parity(&it, LIQ_ADL_BITMEX), 0);
    score_clear(&it);
    liq_random_book_destroy(&book);
    liq_device_close(device);
}
