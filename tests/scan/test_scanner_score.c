/*
 * Scores that a scanner was asked for are those of the CPU truth, wherever it scans.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include <liqscan/adl.h>

#include "scan/adl_lights.h"
#include "scan/row_scores.h"
#include "scan/truth.h"
#include "scan/truth_scores.h"
#include "support_opened.h"
#include "support_random_book.h"

enum { BOOKS = 12, RULES = 7 };

/* Keys of the truth by position of the book, given back with free(). */
static int64_t *truth_keys(const liq_book *book, liq_adl_rule rule)
{
    int64_t *keys = calloc(book->position_count + 1, sizeof *keys);
    liq_row_record *results;
    liq_market market;
    liq_rows rows;
    liq_error err = {0};

    cr_assert_eq(liq_market_create(&market, book, &err), LIQ_OK, "%s", err.message);
    cr_assert_eq(liq_rows_create(&rows, book, NULL, &err), LIQ_OK, "%s", err.message);
    results = calloc(rows.row_count + 1U, sizeof *results);
    liq_truth_scan(&market, &rows, results);
    liq_truth_scores(&market, &rows, results, liq_adl_terms_make(&book->venue, rule), keys);
    free(results);
    liq_rows_clear(&rows);
    liq_market_clear(&market);
    return keys;
}

static liq_scanner *scanner_of(const liq_book *book, const char *device, const char *scores)
{
    const liq_scanner_options options = {.device = device, .skip_self_test = 1, .scores = scores};
    liq_scanner *scanner = NULL;
    liq_error err = {0};

    cr_assert_eq(liq_scanner_create(&scanner, book, &options, &err), LIQ_OK, "%s", err.message);
    return scanner;
}

/* The row that a position lies in: rows of an account follow each other, cross first. */
static void expect_position(const liq_scanner *scanner, const liq_book *book, uint64_t at,
                            int64_t key)
{
    const liq_position *position = &book->positions[at];
    const char *account = liq_names_get(book->account_names, position->account_index);
    const char *symbol = liq_names_get(book->venue.instrument_names, position->instrument_index);
    const int is_short = position->quantity_lots < 0;
    uint32_t found = 0;

    for (uint32_t row = 0; row < liq_scanner_row_count(scanner); row++) {
        liq_position_score score = {0};
        liq_scan_row said;
        liq_error err = {0};

        liq_scanner_row(scanner, row, &said);
        if (strcmp(said.account, account) != 0 || (said.instrument != NULL) != position->isolated ||
            (position->isolated &&
             (strcmp(said.instrument, symbol) != 0 || said.is_short != is_short)))
            continue;
        found++;
        cr_assert_eq(liq_scanner_score(&score, scanner, row, symbol, is_short, &err), LIQ_OK, "%s",
                     err.message);
        cr_assert_eq(score.score_key, key, "position %llu", (unsigned long long)at);
        cr_assert_eq(score.standing,
                     liq_adl_standing_of(key, book->accounts[position->account_index].adl_exempt));
        cr_assert_eq(score.score[0] == '\0', key <= LIQ_SCORE_PAST_BANKRUPTCY);
    }
    cr_assert_eq(found, 1, "position %llu has %u rows", (unsigned long long)at, found);
}

static void scores_compare(const char *device)
{
    const uint64_t seed = liq_random_seed();
    uint64_t met = 0;

    for (uint64_t i = 0; i < BOOKS; i++) {
        const liq_adl_rule rule = (liq_adl_rule)(i % RULES);
        liq_scanner *scanner;
        int64_t *keys;
        liq_book book;
        liq_error err = {0};

        liq_random_book_create(&book, seed + i, liq_random_options_of(i));
        keys = truth_keys(&book, rule);
        scanner = scanner_of(&book, device, liq_adl_rule_name(rule));
        /* Twice: what a scan lent is taken back by the next. */
        for (int round = 0; round < 2; round++)
            cr_assert_eq(liq_scanner_scan(scanner, NULL, &err), LIQ_OK, "%s", err.message);
        for (uint64_t at = 0; at < book.position_count; at++) {
            expect_position(scanner, &book, at, keys[at]);
            met += keys[at] > LIQ_SCORE_PAST_BANKRUPTCY;
        }
        liq_scanner_destroy(scanner);
        free(keys);
        liq_random_book_destroy(&book);
    }
    cr_expect_gt(met, 100);
}

Test(scanner_score, on_a_device_is_that_of_the_truth)
{
    liq_device_close(liq_opened_device());
    scores_compare(NULL);
}

Test(scanner_score, on_the_host_is_that_of_the_truth)
{
    scores_compare(LIQ_DEVICE_CPU_REFERENCE);
}

/* The same results whether scores were asked for or not. */
Test(scanner_score, changes_nothing_else_of_a_scan)
{
    static const char *const asked[] = {NULL, "", "bitmex", "okx"};
    char hashes[4][65];

    liq_device_close(liq_opened_device());
    for (size_t i = 0; i < 4; i++) {
        liq_scan_summary summary;
        liq_scanner *scanner;
        liq_book book;
        liq_error err = {0};

        liq_random_book_create(&book, liq_random_seed(), liq_random_options_of(3));
        scanner = scanner_of(&book, NULL, asked[i]);
        cr_assert_eq(liq_scanner_scan(scanner, &summary, &err), LIQ_OK, "%s", err.message);
        memcpy(hashes[i], summary.hash, sizeof hashes[i]);
        cr_assert_str_eq(hashes[i], hashes[0]);
        liq_scanner_destroy(scanner);
        liq_random_book_destroy(&book);
    }
}

/* A device without room for the keys leaves them to the host: its rows, the host's scores. */
Test(scanner_score, is_made_on_the_host_where_no_device_is_given)
{
    liq_row_scores scores = {0};
    liq_row_record *results;
    liq_market market;
    liq_rows rows;
    int64_t *keys;
    liq_book book;
    liq_error err = {0};

    liq_random_book_create(&book, liq_random_seed(), liq_random_options_of(1));
    keys = truth_keys(&book, LIQ_ADL_BINANCE);
    cr_assert_eq(liq_market_create(&market, &book, &err), LIQ_OK, "%s", err.message);
    cr_assert_eq(liq_rows_create(&rows, &book, NULL, &err), LIQ_OK, "%s", err.message);
    results = calloc(rows.row_count + 1U, sizeof *results);
    liq_truth_scan(&market, &rows, results);
    cr_assert_eq(liq_row_scores_create(&scores, &book, &rows, NULL, LIQ_ADL_BINANCE, &err), LIQ_OK);
    cr_assert_null(scores.keys);
    liq_row_scores_take(&scores, &market, &rows, results);
    cr_assert_arr_eq(scores.keys, keys, book.position_count * sizeof *keys);
    liq_row_scores_clear(&scores);
    free(results);
    free(keys);
    liq_rows_clear(&rows);
    liq_market_clear(&market);
    liq_random_book_destroy(&book);
}

/* The row of an isolated position. */
static uint32_t row_of(const liq_scanner *scanner, const char *account, const char *symbol,
                       int is_short)
{
    for (uint32_t row = 0; row < liq_scanner_row_count(scanner); row++) {
        liq_scan_row said;

        liq_scanner_row(scanner, row, &said);
        if (said.instrument != NULL && strcmp(said.account, account) == 0 &&
            strcmp(said.instrument, symbol) == 0 && said.is_short == is_short)
            return row;
    }
    cr_assert_fail("%s has no row for %s", account, symbol);
    return 0;
}

typedef struct refusal {
    const char *scores;
    int is_scanned;
    const char *instrument; /* NULL: one that row 0 holds */
    int turns_side;
    const char *message;
} refusal;

static const refusal refusals[] = {{NULL, 1, NULL, 0, "the scanner has no scores"},
                                   {"bitmex", 0, NULL, 0, "the scanner has no scores"},
                                   {"bitmex", 1, "NOSUCH", 0, "holds no"},
                                   {"bitmex", 1, "", 0, "holds no"},
                                   {"bitmex", 1, NULL, 1, "holds no"}};

static void expect_refusal(const refusal *given)
{
    liq_position_score score = {.score_key = 7};
    liq_scanner *scanner;
    const liq_position *position;
    liq_book book;
    liq_error err = {0};
    uint64_t at = 0;
    const char *symbol;
    uint32_t row;
    int is_short;

    liq_random_book_create(&book, liq_random_seed(), liq_random_options_of(1));
    /* An isolated position is alone in its row, which the other side is not in. */
    while (at + 1 < book.position_count && !book.positions[at].isolated)
        at++;
    position = &book.positions[at];
    cr_assert(position->isolated, "the book has no isolated position");
    scanner = scanner_of(&book, LIQ_DEVICE_CPU_REFERENCE, given->scores);
    if (given->is_scanned)
        cr_assert_eq(liq_scanner_scan(scanner, NULL, &err), LIQ_OK);
    is_short = (position->quantity_lots < 0) != (given->turns_side != 0);
    symbol = liq_names_get(book.venue.instrument_names, position->instrument_index);
    row = row_of(scanner, liq_names_get(book.account_names, position->account_index), symbol,
                 position->quantity_lots < 0);
    cr_assert_eq(liq_scanner_score(&score, scanner, row,
                                   given->instrument != NULL ? given->instrument : symbol, is_short,
                                   &err),
                 LIQ_NOT_FOUND);
    cr_assert_not_null(strstr(err.message, given->message), "%s", err.message);
    cr_assert_eq(score.score_key, 7);
    liq_scanner_destroy(scanner);
    liq_random_book_destroy(&book);
}

Test(scanner_score, is_refused_where_there_is_none)
{
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++)
        expect_refusal(&refusals[i]);
}

Test(scanner_score, is_refused_by_a_rule_that_is_none)
{
    const liq_scanner_options options = {.device = LIQ_DEVICE_CPU_REFERENCE, .scores = "lottery"};
    liq_scanner *scanner = NULL;
    liq_book book;
    liq_error err = {0};

    liq_random_book_create(&book, liq_random_seed(), liq_random_options_of(0));
    cr_assert_eq(liq_scanner_create(&scanner, &book, &options, &err), LIQ_NOT_FOUND);
    cr_assert_not_null(strstr(err.message, "lottery"), "%s", err.message);
    cr_assert_null(scanner);
    liq_random_book_destroy(&book);
}
