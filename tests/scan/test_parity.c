#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "book/market.h"
#include "scan/device_scan.h"
#include "scan/truth.h"
#include "support_random_book.h"

enum { BOOKS = 160, ROUNDS = 3, PATH_BYTES = 512 };

/* Compiled kernels are kept beside this program, not in the cache of whoever runs it. */
static void cache_beside(void)
{
    char path[PATH_BYTES] = "";

    if (getenv("LIQ_CACHE_DIR") != NULL)
        return;
    cr_assert_gt(readlink("/proc/self/exe", path, sizeof path - 32), 0);
    (void)strcpy(strrchr(path, '/'), "/device-cache");
    cr_assert_eq(setenv("LIQ_CACHE_DIR", path, 1), 0);
}

/* The best device. Without one the test is skipped, or fails where one must be. */
static liq_device *device_open(void)
{
    const char *const required = getenv("LIQ_REQUIRE_DEVICE");
    char reason[LIQ_DEVICE_TEXT_BYTES];
    liq_device_info *list = NULL;
    liq_device *device = NULL;
    liq_error err = {0};
    uint32_t count = 0;
    uint32_t index = 0;
    liq_status status;

    cache_beside();
    status = liq_device_list(&list, &count, &err);
    if (status == LIQ_OK)
        status = liq_device_choose(list, count, NULL, &index, reason, &err);
    free(list);
    if (status == LIQ_NO_DEVICE && (required == NULL || strcmp(required, "1") != 0))
        cr_skip_test("no OpenCL device: %s", err.message);
    cr_assert_eq(status, LIQ_OK, "%s", err.message);
    cr_assert_eq(liq_device_open(&device, index, &err), LIQ_OK, "%s", err.message);
    return device;
}

/* Move each price that there is, so that the next round values other lots and other tiers. */
static void prices_move(liq_book *book, liq_random *random)
{
    for (uint32_t i = 0; i < book->venue.instrument_count; i++) {
        liq_decimal *mark = &book->instrument_marks[i];

        if (mark->digits >= 1000)
            mark->digits += liq_random_between(random, -mark->digits / 100, mark->digits / 100);
        if (mark->digits > 999999999999999999)
            mark->digits = 999999999999999999;
    }
    for (uint32_t i = 1; i < book->venue.asset_count; i++)
        if (book->asset_indices[i].digits > 10)
            book->asset_indices[i].digits -= liq_random_between(random, 0, 10);
}

/*
 * The device's records are those of the truth, byte for byte, whatever was in the results before,
 * now and after prices moved.
 */
static void expect_parity(liq_device *device, liq_book *book, uint64_t seed,
                          uint64_t allocation_bytes_max, uint64_t *statuses)
{
    const liq_device_scan_options options = {.allocation_bytes_max = allocation_bytes_max,
                                             .as_lanes = seed % 2 == 1};
    liq_random random = liq_random_make(seed);
    liq_device_scan *scan = NULL;
    const liq_row_record *view = NULL;
    liq_row_record *results[2];
    liq_market market = {0};
    liq_rows rows = {0};
    liq_error err = {0};

    cr_assert_eq(liq_market_create(&market, book, &err), LIQ_OK, "%s", err.message);
    cr_assert_eq(liq_rows_create(&rows, book, NULL, &err), LIQ_OK, "%s", err.message);
    cr_assert_eq(liq_device_scan_create(&scan, device, &rows, &market, &options, &err), LIQ_OK,
                 "%s", err.message);
    for (int i = 0; i < 2; i++) {
        results[i] = calloc(rows.row_count + 1U, sizeof *results[i]);
        memset(results[i], 0xa5, (rows.row_count + 1U) * sizeof *results[i]);
    }
    for (int round = 0; round < ROUNDS; round++) {
        liq_market_update(&market, book);
        liq_truth_scan(&market, &rows, results[0]);
        cr_assert_eq(liq_device_scan_run(scan, &market, results[1], NULL, &err), LIQ_OK, "%s",
                     err.message);
        for (uint32_t i = 0; i < rows.row_count; i++) {
            cr_assert_arr_eq(&results[0][i], &results[1][i], sizeof **results,
                             "seed %llu, round %d, row %u of %u", (unsigned long long)seed, round,
                             i, rows.row_count);
            statuses[results[0][i].status]++;
        }
        cr_assert_eq(liq_device_scan_view(scan, &view, &err), LIQ_OK, "%s", err.message);
        cr_assert_arr_eq(view, results[0], rows.row_count * sizeof *view);
        /* One past the end is nobody's. */
        cr_assert_arr_eq(&results[0][rows.row_count], &results[1][rows.row_count],
                         sizeof **results);
        prices_move(book, &random);
    }
    liq_device_scan_destroy(scan);
    liq_rows_clear(&rows);
    liq_market_clear(&market);
    free(results[0]);
    free(results[1]);
}

Test(parity, device_and_truth_agree_on_random_books)
{
    liq_device *device = device_open();
    const uint64_t seed = liq_random_seed();
    uint64_t statuses[LIQ_ROW_UNVALUED + 1] = {0};

    for (uint64_t i = 0; i < BOOKS; i++) {
        liq_book book;

        liq_random_book_create(&book, seed + i, liq_random_options_of(i));
        expect_parity(device, &book, seed + i, 0, statuses);
        liq_random_book_destroy(&book);
    }
    for (uint32_t i = 0; i <= LIQ_ROW_UNVALUED; i++)
        cr_expect_gt(statuses[i], 0, "no row had status %u", i);
    liq_device_close(device);
}

Test(parity, small_allocations_change_no_byte)
{
    static const uint64_t limits[] = {1, 512, 4096, 65536};
    liq_device *device = device_open();
    const uint64_t seed = liq_random_seed();
    uint64_t statuses[LIQ_ROW_UNVALUED + 1] = {0};

    for (uint64_t i = 0; i < 32; i++) {
        liq_random_options options = liq_random_options_of(i);
        liq_book book;

        options.accounts_max = 400;
        liq_random_book_create(&book, seed + i, options);
        expect_parity(device, &book, seed + i, limits[i % 4], statuses);
        liq_random_book_destroy(&book);
    }
    liq_device_close(device);
}

/* Around the ends of chunks and the length from which on a row is long, up to 5,000 positions. */
Test(parity, rows_of_every_length_agree)
{
    static const uint32_t legs[] = {1,   64,  127, 128, 170, 171, 254, 255, 256,
                                    257, 340, 510, 511, 512, 513, 514, 769, 5000};
    liq_device *device = device_open();
    const uint64_t seed = liq_random_seed();
    uint64_t statuses[LIQ_ROW_UNVALUED + 1] = {0};

    for (uint32_t i = 0; i < sizeof legs / sizeof *legs; i++)
        for (uint32_t bits = 0; bits < LIQ_RANDOM_POLICIES; bits += 14) {
            liq_book book;

            liq_random_book_create_long(&book, seed + i + bits, legs[i], bits);
            expect_parity(device, &book, seed + i + bits, i % 3 == 0 ? 8192 : 0, statuses);
            liq_random_book_destroy(&book);
        }
    cr_expect_eq(statuses[LIQ_ROW_UNVALUED], 0);
    liq_device_close(device);
}

/* An order of any size near a value, or the largest that loses the most. */
static liq_order order_like(liq_order order, liq_random *random, bool worst)
{
    const bool inverse = order.limit_value < 0;
    const bool buys = liq_random_once_in(random, 2);
    const int64_t lots = worst ? LIQ_QUANTITY_LOTS_MAX : liq_random_between(random, 1, 10);

    order.quantity_lots = buys ? lots : -lots;
    if (!worst)
        order.limit_value += liq_random_between(random, -1000, 1000);
    else if (inverse)
        order.limit_value = buys ? -1 : -LIQ_LOT_VALUE_MAX;
    else
        order.limit_value = buys ? LIQ_LOT_VALUE_MAX : 1;
    return order;
}

/* As many orders as an account may have: their losses have a value, or are seen to have none. */
Test(parity, the_longest_row_agrees)
{
    liq_device *device = device_open();
    const uint64_t seed = liq_random_seed();
    liq_random random = liq_random_make(seed);

    for (int worst = 0; worst < 2; worst++) {
        const uint64_t count = LIQ_ROW_ENTRIES_MAX - 16;
        uint64_t statuses[LIQ_ROW_UNVALUED + 1] = {0};
        liq_book book;

        liq_random_book_create_long(&book, seed, 4, LIQ_RANDOM_ORDER_LOSS);
        book.orders = realloc(book.orders, count * sizeof *book.orders);
        cr_assert_not_null(book.orders);
        for (uint64_t i = 1; i < count; i++)
            book.orders[i] = order_like(book.orders[0], &random, worst);
        book.order_count = book.order_first[1] = count;
        expect_parity(device, &book, seed, 0, statuses);
        cr_expect_eq(statuses[LIQ_ROW_UNVALUED] > 0, worst);
        liq_random_book_destroy(&book);
    }
    liq_device_close(device);
}

Test(parity, a_book_without_accounts_has_no_results)
{
    liq_device *device = device_open();
    liq_rows rows = {.entry_first = (uint64_t[]){0}};
    liq_device_scan *scan = NULL;
    liq_row_record untouched = {.equity = 7};
    liq_market market = {0};
    liq_error err = {0};
    liq_book book;

    liq_random_book_create(&book, 1, liq_random_options_of(0));
    cr_assert_eq(liq_market_create(&market, &book, NULL), LIQ_OK);
    cr_assert_eq(liq_device_scan_create(&scan, device, &rows, &market, NULL, &err), LIQ_OK, "%s",
                 err.message);
    cr_expect_eq(liq_device_scan_run(scan, &market, &untouched, NULL, &err), LIQ_OK, "%s",
                 err.message);
    cr_expect_eq(untouched.equity, 7);
    liq_device_scan_destroy(scan);
    liq_market_clear(&market);
    liq_random_book_destroy(&book);
    liq_device_close(device);
}
