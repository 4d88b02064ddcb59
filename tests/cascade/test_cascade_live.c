/*
 * The live book of a cascade, which is taken back after each and handed from variant to variant.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "book/live_hash.h"
#include "book/support_folder.h"
#include "cascade/cascade_internal.h"
#include "scan/live_scan.h"
#include "support_shock.h"

enum { BOOKS = 6, SHOCKS = 4, ROW_COUNT_LEAST = 300 };

static const int64_t shocks_ppm[SHOCKS] = {-60000, 80000, -250000, -10000};

/* Books of which nearly all is liquidated, deleveraged or cancelled in some shock. */
static const liq_cascade_options thin = {.depth_ppm = 10000, .recovery_ppm = 200000};

/* Factors on rates, accounts that are held and called later, marks that guards keep. */
static const liq_cascade_fault frozen = {.from_ms = 1000, .to_ms = 4000};
static const liq_cascade_options storm = {
    .depth_ppm = 10000,
    .faults = &frozen,
    .fault_count = 1,
    .policy = "{\"liquidation\": {\"margin_call\": true}, \"guards\": {\"stale_ms\": 1500, "
              "\"step\": \"0.02\"}, \"dynamic_margin\": {\"max\": \"3\", "
              "\"realised_volatility\": {\"reference\": \"0.6\", \"sample_ms\": 1000}}}"};

static liq_cascade *cascade_make(const liq_book *book, const liq_cascade_options *options)
{
    liq_cascade *cascade = NULL;
    liq_error err = {0};

    cr_assert_eq(liq_cascade_create(&cascade, book, options, &err), LIQ_OK, "%s", err.message);
    return cascade;
}

static void file_save(const folder *to, const char *name, const liq_cascade *cascade, char **text,
                      size_t *bytes)
{
    liq_error err = {0};
    FILE *file;

    cr_assert_eq(liq_live_save(cascade->live, book_folder_path(to, name), &err), LIQ_OK, "%s",
                 err.message);
    file = fopen(book_folder_path(to, name), "rb");
    cr_assert_not_null(file);
    (void)fseek(file, 0, SEEK_END);
    *bytes = (size_t)ftell(file);
    rewind(file);
    *text = malloc(*bytes);
    cr_assert_eq(fread(*text, 1, *bytes, file), *bytes);
    (void)fclose(file);
}

static void files_compare(const liq_cascade *left, const liq_cascade *right)
{
    const folder files = book_folder_create();
    char *texts[2];
    size_t bytes[2];

    file_save(&files, "left", left, &texts[0], &bytes[0]);
    file_save(&files, "right", right, &texts[1], &bytes[1]);
    cr_expect_eq(bytes[0], bytes[1]);
    cr_expect(bytes[0] == bytes[1] && memcmp(texts[0], texts[1], bytes[0]) == 0);
    free(texts[0]);
    free(texts[1]);
    book_folder_remove(&files);
}

/* Accounts have the same numbers, rows of isolated positions may have others. */
static void rows_compare(const liq_cascade *left, const liq_cascade *right)
{
    uint32_t rows = 0;

    cr_assert_eq(left->live->book.account_count, right->live->book.account_count);
    for (uint32_t i = 0; i < left->live->book.account_count; i++) {
        uint32_t a = i;
        uint32_t b = i;

        for (; a != LIQ_NO_INDEX && b != LIQ_NO_INDEX;
             a = left->live->row_next[a], b = right->live->row_next[b]) {
            const liq_row_record one = liq_live_result(left->live, a);
            const liq_row_record two = liq_live_result(right->live, b);

            cr_expect_eq(memcmp(&one, &two, sizeof one), 0, "account %u", i);
            rows++;
        }
        cr_expect_eq(a, b, "account %u", i);
    }
    cr_expect_geq(rows, ROW_COUNT_LEAST);
}

static void lists_compare(const liq_cascade *left, const liq_cascade *right)
{
    const uint32_t *rows[2];
    uint32_t counts[2];

    liq_live_flagged(left->live, &rows[0], &counts[0]);
    liq_live_flagged(right->live, &rows[1], &counts[1]);
    cr_assert_eq(counts[0], counts[1]);
    for (uint32_t i = 0; i < counts[0]; i++) {
        const liq_row_key one = liq_live_key(left->live, rows[0][i]);
        const liq_row_key two = liq_live_key(right->live, rows[1][i]);

        cr_expect_eq(one.account_index, two.account_index);
        cr_expect_eq(one.instrument_index, two.instrument_index);
    }
    cr_expect_eq(
        memcmp(left->live->book.held, right->live->book.held, sizeof left->live->book.held), 0);
    cr_expect_eq(memcmp(left->live->book.long_lots, right->live->book.long_lots,
                        left->book.venue.instrument_count * sizeof *left->live->book.long_lots),
                 0);
}

static void live_compare(const liq_cascade *left, const liq_cascade *right)
{
    uint64_t one[2];
    uint64_t two[2];

    liq_live_state_hash(left->live, one);
    liq_live_state_hash(right->live, two);
    cr_expect_eq(memcmp(one, two, sizeof one), 0);
    liq_live_hash_all(two, &left->live->book);
    cr_expect_eq(memcmp(one, two, sizeof one), 0);
    files_compare(left, right);
    rows_compare(left, right);
    lists_compare(left, right);
}

Test(cascade_live, is_byte_for_byte_as_new_after_every_cascade)
{
    uint64_t touched = 0;

    for (uint32_t i = 0; i < 2 * BOOKS; i++) {
        const liq_cascade_options *options = i < BOOKS ? &thin : &storm;
        liq_book *book = shock_book(i % BOOKS);
        liq_cascade *used = cascade_make(book, options);
        liq_cascade *fresh = cascade_make(book, options);
        liq_error err = {0};

        cr_assert_eq(liq_cascade_live_ready(fresh, &err), LIQ_OK, "%s", err.message);
        for (uint32_t j = 0; j < SHOCKS; j++) {
            liq_cascade_summary summary;

            shock_run(used, book, shocks_ppm[j], &summary);
            touched += used->touched.count;
            cr_assert_eq(liq_cascade_live_ready(used, &err), LIQ_OK, "%s", err.message);
            live_compare(used, fresh);
        }
        liq_cascade_destroy(used);
        liq_cascade_destroy(fresh);
        liq_book_destroy(book);
    }
    cr_expect_gt(touched, BOOKS * SHOCKS * 20);
}

/* All that is said but how long it took. */
static void summaries_compare(const liq_cascade_summary *one, const liq_cascade_summary *two,
                              uint32_t book, uint32_t shock)
{
    cr_expect_str_eq(one->hash, two->hash, "book %u, shock %u", book, shock);
    cr_expect_eq(one->end, two->end);
    cr_expect_eq(one->rounds, two->rounds);
    cr_expect_eq(one->time_ms, two->time_ms);
    cr_expect_eq(one->flagged_before, two->flagged_before);
    cr_expect_eq(one->flagged_first, two->flagged_first);
    cr_expect_eq(one->flagged_after, two->flagged_after);
    cr_expect_eq(one->accounts, two->accounts, "book %u, shock %u", book, shock);
    cr_expect_eq(one->adl_accounts, two->adl_accounts, "book %u, shock %u", book, shock);
    cr_expect_eq(one->wrongly, two->wrongly);
    cr_expect_eq(one->waited_ms, two->waited_ms);
    cr_expect_eq(one->maintenance_factor_ppm, two->maintenance_factor_ppm);
    cr_expect_eq(one->adl_fills, two->adl_fills);
    cr_expect_eq(one->rows, two->rows);
    cr_expect_eq(one->actions, two->actions);
    cr_expect_str_eq(one->liquidated_notional, two->liquidated_notional);
    cr_expect_str_eq(one->fees, two->fees);
    cr_expect_str_eq(one->funds_low, two->funds_low);
    cr_expect_str_eq(one->funds_after, two->funds_after);
    cr_expect_eq(one->worst_ppm, two->worst_ppm);
}

Test(cascade_live, has_a_ladder_say_what_cascades_of_their_own_say)
{
    for (uint32_t i = 0; i < 2 * BOOKS; i++) {
        const liq_cascade_options *options = i < BOOKS ? &thin : &storm;
        liq_book *book = shock_book(i % BOOKS);
        liq_cascade *ladder = cascade_make(book, options);

        for (uint32_t j = 0; j < SHOCKS; j++) {
            liq_cascade *alone = cascade_make(book, options);
            liq_cascade_summary one;
            liq_cascade_summary two;

            shock_run(ladder, book, shocks_ppm[j], &one);
            shock_run(alone, book, shocks_ppm[j], &two);
            summaries_compare(&one, &two, i, j);
            liq_cascade_destroy(alone);
        }
        liq_cascade_destroy(ladder);
        liq_book_destroy(book);
    }
}

/* Rules that are laid over are those of the variant, whoever made the live book. */
Test(cascade_live, goes_from_one_variant_to_the_next)
{
    static const char *const policies[] = {
        NULL, "{\"guards\": {\"rate_notional\": \"2000\", \"rate_ms\": 1000}}",
        "{\"liquidation\": {\"execution\": \"bankruptcy\"}}",
        "{\"levels\": {\"warning\": \"> 0.3\", \"liquidate\": \"> 0.5\"}}"};
    enum { POLICIES = sizeof policies / sizeof policies[0] };
    liq_book *book = shock_book(0);
    liq_cascade *before = NULL;

    for (uint32_t i = 0; i < POLICIES; i++) {
        liq_cascade_options options = thin;
        liq_cascade_summary one;
        liq_cascade_summary two;
        liq_cascade *next;
        liq_cascade *alone;

        options.policy = policies[i];
        next = cascade_make(book, &options);
        alone = cascade_make(book, &options);
        if (before != NULL) {
            liq_cascade_take_over(next, before);
            /* At other levels accounts have other statuses. */
            cr_expect_eq(next->live != NULL, i != POLICIES - 1);
            cr_expect_eq(before->live != NULL, i == POLICIES - 1);
        }
        shock_run(next, book, shocks_ppm[0], &one);
        shock_run(alone, book, shocks_ppm[0], &two);
        cr_expect_str_eq(one.hash, two.hash, "policy %u", i);
        liq_cascade_destroy(alone);
        liq_cascade_destroy(before);
        before = next;
    }
    liq_cascade_destroy(before);
    liq_book_destroy(book);
}

Test(cascade_live, is_not_handed_on_to_another_book)
{
    liq_book *books[] = {shock_book(0), shock_book(1)};
    liq_cascade *from = cascade_make(books[0], &thin);
    liq_cascade *to = cascade_make(books[1], &thin);
    liq_cascade_summary summary;

    liq_cascade_take_over(to, from); /* that has none yet */
    shock_run(from, books[0], shocks_ppm[0], &summary);
    liq_cascade_take_over(to, from);
    cr_expect_eq(to->live, NULL);
    cr_expect_neq(from->live, NULL);
    shock_run(to, books[1], shocks_ppm[0], &summary);
    cr_expect_gt(summary.flagged_first, 0);
    liq_cascade_destroy(to);
    liq_cascade_destroy(from);
    liq_book_destroy(books[0]);
    liq_book_destroy(books[1]);
}
