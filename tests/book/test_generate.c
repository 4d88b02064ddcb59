/*
 * Generated books: they load, long equals short, sizes follow the published tail, as many accounts
 * as asked are near liquidation, and a seed gives the same bytes everywhere.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <liqscan/scanner.h>

#include "base/fail.h"
#include "base/file.h"
#include "base/hash.h"
#include "book/generate.h"
#include "book/generate_random.h"
#include "book/rows.h"
#include "scan/truth.h"
#include "shared_data.h"
#include "support_folder.h"

static folder home;
static liq_error err;

static void home_make(void)
{
    home = book_folder_create();
}

static void home_remove(void)
{
    book_folder_remove(&home); /* fails when something is left in it */
}

TestSuite(generate, .init = home_make, .fini = home_remove);

static liq_generate_options options_of(uint32_t accounts, uint32_t instruments, uint64_t seed)
{
    liq_generate_options options;

    liq_generate_defaults(&options);
    options.accounts = accounts;
    options.instruments = instruments;
    options.seed = seed;
    return options;
}

/* Everything that is optional. */
static liq_generate_options options_full(uint32_t accounts, uint32_t instruments)
{
    liq_generate_options options = options_of(accounts, instruments, 7);

    options.isolated_ppm = 200000;
    options.hedge_ppm = 100000;
    options.inverse_ppm = 250000;
    options.order_ppm = 300000;
    options.collateral_assets = LIQ_GENERATE_COLLATERAL_MAX;
    return options;
}

static void generate(const char *name, const liq_generate_options *options,
                     liq_generate_counts *counts)
{
    char path[FOLDER_PATH_BYTES + 32];

    (void)snprintf(path, sizeof path, "%s/%s", home.path, name);
    cr_assert_eq(liq_generate(path, options, counts, &err), LIQ_OK, "%s", err.message);
}

static void book_remove(const char *name)
{
    folder book;

    (void)snprintf(book.path, sizeof book.path, "%.400s/%.40s", home.path, name);
    book_folder_remove(&book);
}

/* Generate and load; the caller destroys the book, and removes what lies in "book". */
static liq_book *generated(const liq_generate_options *options)
{
    liq_book *book = NULL;

    generate("book", options, NULL);
    cr_assert_eq(liq_book_load(&book, book_folder_path(&home, "book"), NULL, &err), LIQ_OK, "%s",
                 err.message);
    book_remove("book");
    return book;
}

static void expect_balanced(const liq_book *book)
{
    int64_t *net = calloc(book->venue.instrument_count, sizeof *net);

    for (uint64_t i = 0; i < book->position_count; i++)
        net[book->positions[i].instrument_index] += book->positions[i].quantity_lots;
    for (uint32_t i = 0; i < book->venue.instrument_count; i++)
        cr_expect_eq(net[i], 0, "%s: %lld lots more long than short",
                     liq_names_get(book->venue.instrument_names, i), (long long)net[i]);
    free(net);
}

static liq_row_record *scanned(const liq_book *book, liq_rows *rows)
{
    liq_market market;
    liq_row_record *results;

    cr_assert_eq(liq_market_create(&market, book, &err), LIQ_OK);
    cr_assert_eq(liq_rows_create(rows, book, NULL, &err), LIQ_OK);
    results = calloc(rows->row_count, sizeof *results);
    liq_truth_scan(&market, rows, results);
    liq_market_clear(&market);
    return results;
}

Test(generate, writes_a_book_that_loads_with_what_was_counted)
{
    const liq_generate_options options = options_full(3000, 60);
    liq_generate_counts counts = {0};
    liq_book_counts loaded;
    liq_book *book = NULL;

    generate("book", &options, &counts);
    cr_assert_eq(liq_book_load(&book, book_folder_path(&home, "book"), NULL, &err), LIQ_OK, "%s",
                 err.message);
    liq_book_count(book, &loaded);
    cr_expect_eq(loaded.accounts, 3000);
    cr_expect_eq(loaded.accounts, counts.accounts);
    cr_expect_eq(loaded.balances, counts.balances);
    cr_expect_eq(loaded.positions, counts.positions);
    cr_expect_eq(loaded.orders, counts.orders);
    cr_expect_eq(loaded.instruments, 60);
    cr_expect_eq(loaded.marks, 60);
    cr_expect_gt(loaded.assets, 9);
    cr_expect_gt(loaded.balances, 3000 + 3000 / 3);
    cr_expect_gt(loaded.orders, 3000 * 3 / 10);
    expect_balanced(book);
    liq_book_destroy(book);
    book_remove("book");
}

/* Every optional part occurs about as often as it was asked for. */
Test(generate, gives_every_optional_part_its_share)
{
    const liq_generate_options options = options_full(6000, 60);
    liq_book *book = generated(&options);
    uint64_t isolated = 0;
    uint64_t pairs = 0;
    uint32_t inverse = 0;

    for (uint64_t i = 0; i < book->position_count; i++) {
        const liq_position *position = &book->positions[i];

        isolated += position->isolated;
        for (uint64_t j = i + 1; j < book->position_count &&
                                 book->positions[j].account_index == position->account_index;
             j++)
            pairs += book->positions[j].instrument_index == position->instrument_index;
    }
    for (uint32_t i = 0; i < book->venue.instrument_count; i++)
        inverse += book->venue.instruments[i].kind == LIQ_INSTRUMENT_INVERSE;
    cr_expect_eq(inverse, 15);
    cr_expect_gt(isolated * 1000, book->position_count * 190);
    cr_expect_lt(isolated * 1000, book->position_count * 210);
    cr_expect_gt(pairs * 1000, book->position_count * 75);
    cr_expect_lt(pairs * 1000, book->position_count * 105);
    liq_book_destroy(book);
}

static int by_size(const void *left, const void *right)
{
    const int64_t a = *(const int64_t *)left;
    const int64_t b = *(const int64_t *)right;

    return (a > b) - (a < b);
}

Test(generate, has_the_sizes_of_the_published_tail)
{
    static const struct {
        uint32_t per_mille;
        int64_t notional;
        int64_t tolerance; /* per cent */
    } points[] = {{500, 481, 15}, {750, 3125, 15}, {900, 27027, 15}, {990, 1040000, 25}};
    const liq_generate_options options = options_of(40000, 40, 11);
    liq_book *book = generated(&options);
    liq_rows rows;
    liq_row_record *results = scanned(book, &rows);
    int64_t *sizes = calloc(rows.row_count, sizeof *sizes);
    uint32_t count = 0;

    for (uint32_t i = 0; i < rows.row_count; i++)
        if (results[i].notional > 0)
            sizes[count++] = results[i].notional / 100000000;
    cr_assert_gt(count, 39000);
    qsort(sizes, count, sizeof *sizes, by_size);
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++) {
        const int64_t found = sizes[(uint64_t)count * points[i].per_mille / 1000];

        cr_expect_gt(found * 100, points[i].notional * (100 - points[i].tolerance), "%u: %lld",
                     points[i].per_mille, (long long)found);
        cr_expect_lt(found * 100, points[i].notional * (100 + points[i].tolerance), "%u: %lld",
                     points[i].per_mille, (long long)found);
    }
    cr_expect_gt(sizes[count - 1], 100000000);
    cr_expect_lt(sizes[count - 1], 600000000);
    free(sizes);
    free(results);
    liq_rows_clear(&rows);
    liq_book_destroy(book);
}

Test(generate, gives_most_accounts_few_positions_and_some_many)
{
    const liq_generate_options options = options_of(30000, 150, 3);
    liq_book *book = generated(&options);
    uint64_t held[2] = {0};
    uint64_t few = 0;
    uint64_t most = 0;

    for (uint32_t i = 0; i < book->account_count; i++) {
        const uint64_t count = book->position_first[i + 1] - book->position_first[i];

        few += count <= 3;
        most = count > most ? count : most;
    }
    for (uint64_t i = 0; i < book->position_count; i++)
        if (book->positions[i].instrument_index < 2)
            held[book->positions[i].instrument_index]++;
    cr_expect_gt(few, 30000 * 7 / 10);
    cr_expect_gt(most, 80);
    cr_expect_gt(book->position_count, 30000 * 4 * 95 / 100);
    cr_expect_lt(book->position_count, 30000 * 4 * 105 / 100);
    cr_expect_gt(held[0], 30000 * 58 / 100); /* BTCUSDT, the most popular one */
    cr_expect_lt(held[0], 30000 * 62 / 100);
    cr_expect_lt(held[1], held[0] / 2);
    liq_book_destroy(book);
}

/* By the venue's own levels: from its warning up to liquidation, and past that. */
static void expect_shares(const liq_generate_options *options)
{
    liq_book *book = generated(options);
    liq_rows rows;
    liq_row_record *results = scanned(book, &rows);
    uint64_t held = 0;
    uint64_t by_status[LIQ_MARGIN_STATUS_COUNT] = {0};
    uint64_t near;
    uint64_t past;

    for (uint32_t i = 0; i < rows.row_count; i++) {
        held += results[i].notional > 0;
        by_status[results[i].status]++;
    }
    near = by_status[LIQ_ROW_WARNING] + by_status[LIQ_ROW_REDUCE_ONLY];
    past = by_status[LIQ_ROW_LIQUIDATE] + by_status[LIQ_ROW_BACKSTOP] + by_status[LIQ_ROW_BANKRUPT];
    cr_expect_gt(near * 1000000, held * options->near_ppm / 10 * 9, "%s: near %llu of %llu",
                 options->profile, (unsigned long long)near, (unsigned long long)held);
    cr_expect_lt(near * 1000000, held * options->near_ppm / 10 * 11, "%s: near %llu of %llu",
                 options->profile, (unsigned long long)near, (unsigned long long)held);
    cr_expect_gt(past * 1000000, held * options->past_ppm / 10 * 8, "%s: past %llu of %llu",
                 options->profile, (unsigned long long)past, (unsigned long long)held);
    cr_expect_lt(past * 1000000, held * options->past_ppm / 10 * 12, "%s: past %llu of %llu",
                 options->profile, (unsigned long long)past, (unsigned long long)held);
    cr_expect_gt(by_status[LIQ_ROW_BANKRUPT], 0, "%s", options->profile);
    cr_expect_eq(by_status[LIQ_ROW_UNVALUED], 0, "%s", options->profile);
    free(results);
    liq_rows_clear(&rows);
    liq_book_destroy(book);
}

Test(generate, puts_the_asked_share_near_liquidation_and_past_it)
{
    static const char *const profiles[] = {"binance-usdm", "bybit-uta", "okx",    "bitmex",
                                           "hyperliquid",  "dydx-v4",   "deribit"};
    liq_generate_options options = options_of(10000, 30, 5);

    options.near_ppm = 100000;
    options.past_ppm = 40000;
    for (size_t i = 0; i < sizeof profiles / sizeof profiles[0]; i++) {
        options.profile = profiles[i];
        expect_shares(&options);
    }
}

Test(generate, keeps_the_shares_with_every_optional_part)
{
    liq_generate_options options = options_full(10000, 60);

    options.near_ppm = 100000;
    options.past_ppm = 40000;
    options.profile = "binance-usdm";
    expect_shares(&options);
}

/* One hash over all files of a book, names included. */
static void book_hash(const char *name, char hex[LIQ_HASH_HEX_BYTES])
{
    static const char *const files[] = {"venue.json",   "marks.csv",     "accounts.csv",
                                        "balances.csv", "positions.csv", "orders.csv"};
    liq_hash *hash = NULL;

    cr_assert_eq(liq_hash_create(&hash, &err), LIQ_OK);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char path[FOLDER_PATH_BYTES + 64];
        char *data = NULL;
        size_t bytes = 0;
        liq_file file;

        (void)snprintf(path, sizeof path, "%s/%s/%s", home.path, name, files[i]);
        cr_assert_eq(liq_file_open(&file, path, &err), LIQ_OK, "%s", err.message);
        cr_assert_eq(liq_file_read_all(&data, &bytes, &file, (size_t)1 << 30, &err), LIQ_OK);
        liq_hash_add(hash, files[i], strlen(files[i]));
        liq_hash_add(hash, data, bytes);
        liq_file_close(&file);
        free(data);
    }
    liq_hash_finish(hash, hex);
    liq_hash_destroy(hash);
}

/* The hash is written down, so that another machine or compiler that differs is found out. When
 * the shape of books is changed on purpose, it changes. */
Test(generate, gives_the_same_bytes_for_the_same_seed)
{
    static const char expected[] =
        "3d59fedd0971e0855760e4f3e78aa318307fa2d00bfae64c6dd7695e4af3d943";
    liq_generate_options options = options_full(2000, 40);
    char first[LIQ_HASH_HEX_BYTES];
    char second[LIQ_HASH_HEX_BYTES];
    char other[LIQ_HASH_HEX_BYTES];

    generate("first", &options, NULL);
    generate("second", &options, NULL);
    options.seed++;
    generate("other", &options, NULL);
    book_hash("first", first);
    book_hash("second", second);
    book_hash("other", other);
    cr_expect_str_eq(first, expected);
    cr_expect_str_eq(second, first);
    cr_expect_str_neq(other, first);
    book_remove("first");
    book_remove("second");
    book_remove("other");
}

Test(generate, permutes_every_number_to_one_place)
{
    static const uint32_t counts[] = {1, 2, 3, 4, 5, 15, 16, 17, 1000, 65536, 70000};

    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        char *seen = calloc(counts[i], 1);
        uint32_t fixed = 0;

        for (uint32_t j = 0; j < counts[i]; j++) {
            const uint32_t place = liq_random_permute(9, j, counts[i]);

            cr_assert_lt(place, counts[i]);
            cr_expect_eq(seen[place], 0);
            seen[place] = 1;
            fixed += place == j;
        }
        if (counts[i] >= 1000)
            cr_expect_lt(fixed, 20);
        free(seen);
    }
}

/* Each row is the full book with one thing at its end. */
Test(generate, keeps_long_equal_to_short_at_the_ends_of_every_option)
{
    liq_generate_options rows[24];
    size_t count = 0;

    for (uint32_t accounts = 1; accounts <= 17; accounts += accounts < 3 ? 1 : 7)
        rows[count++] = options_of(accounts, 5, accounts);
    rows[count++] = options_of(2, 500, 1);
    rows[count++] = options_of(1000, 1, UINT64_MAX);
    rows[count++] = options_full(50, 2000);
    rows[count] = options_of(100, 200, 4);
    rows[count++].positions_milli = 200000;
    rows[count] = options_of(1000, 50, 4);
    rows[count++].positions_milli = 1000;
    rows[count] = options_full(500, 20);
    rows[count++].near_ppm = 1000000 - rows[0].past_ppm;
    rows[count] = options_full(500, 20);
    rows[count].near_ppm = 0;
    rows[count++].past_ppm = 1000000;
    rows[count] = options_full(500, 20);
    rows[count].near_ppm = 0;
    rows[count++].past_ppm = 0;
    rows[count] = options_full(500, 20);
    rows[count++].first_ppm = 0;
    rows[count] = options_full(500, 20);
    rows[count++].first_ppm = 1000000;
    rows[count] = options_full(500, 20);
    rows[count++].isolated_ppm = 1000000;
    rows[count] = options_full(500, 20);
    rows[count++].hedge_ppm = 1000000;
    rows[count] = options_full(500, 20);
    rows[count++].inverse_ppm = 1000000;
    rows[count] = options_full(500, 20);
    rows[count++].order_ppm = 1000000;
    cr_assert_leq(count, sizeof rows / sizeof rows[0]);
    for (size_t i = 0; i < count; i++) {
        liq_book *book = generated(&rows[i]);

        cr_expect_eq(book->account_count, rows[i].accounts, "row %zu", i);
        cr_expect(rows[i].accounts == 1 || book->position_count > 0, "row %zu", i);
        expect_balanced(book);
        liq_book_destroy(book);
    }
}

Test(generate, holds_as_many_positions_as_asked)
{
    static const struct {
        uint32_t instruments;
        uint32_t positions_milli;
        uint32_t found_milli;
    } rows[] = {{50, 1000, 1000},   {50, 2500, 2500}, {50, 20000, 20000},   {50, 35000, 35000},
                {50, 50000, 50000}, {1, 0, 1000},     {2, 0, 1500},         {6, 0, 3500},
                {7, 0, 4000},       {400, 0, 4000},   {400, 100000, 100000}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        liq_generate_options options = options_of(4000, rows[i].instruments, 1);
        liq_generate_counts counts;
        uint64_t found;

        options.positions_milli = rows[i].positions_milli;
        generate("book", &options, &counts);
        book_remove("book");
        found = counts.positions * 1000 / counts.accounts;
        cr_expect_gt(found * 100, (uint64_t)rows[i].found_milli * 95, "row %zu: %llu", i,
                     (unsigned long long)found);
        cr_expect_lt(found * 100, (uint64_t)rows[i].found_milli * 105, "row %zu: %llu", i,
                     (unsigned long long)found);
    }
}

static void expect_refusal(const char *name, const liq_generate_options *options, liq_status status,
                           const char *message)
{
    char path[FOLDER_PATH_BYTES + 64];
    liq_status found;

    (void)snprintf(path, sizeof path, "%s/%s", home.path, name);
    err.message[0] = '\0';
    found = liq_generate(path, options, NULL, &err);
    cr_expect_eq(found, status, "%s: %s", liq_status_name(found), err.message);
    cr_expect_not_null(strstr(err.message, message), "%s\nlacks: %s", err.message, message);
}

/* One account more, as the last by id, with both sides of the first instruments of the venue. */
Test(generate, adds_an_account_as_wide_as_asked)
{
    liq_generate_options options = options_of(999, 4000, 3);
    liq_rows rows;
    liq_row_record *results;
    liq_book *book;
    uint64_t first;

    options.widest_positions = 8000;
    book = generated(&options);
    cr_assert_eq(book->account_count, 1000);
    cr_expect_str_eq(liq_names_get(book->account_names, 999), "u999");
    first = book->position_first[999];
    cr_assert_eq(book->position_first[1000] - first, 8000);
    for (uint64_t i = first; i < first + 8000; i += 2) {
        cr_expect_eq(book->positions[i].quantity_lots, -book->positions[i + 1].quantity_lots);
        cr_expect_eq(book->positions[i].instrument_index, (i - first) / 2);
    }
    expect_balanced(book);
    results = scanned(book, &rows);
    cr_expect_neq(results[rows.row_count - 1].status, LIQ_ROW_UNVALUED);
    free(results);
    liq_rows_clear(&rows);
    liq_book_destroy(book);
}

/* Every account with one position, and all positions in one instrument. */
Test(generate, makes_narrow_books)
{
    liq_generate_options options = options_of(3000, 50, 3);
    liq_book *book;

    options.positions_milli = 1000;
    book = generated(&options);
    cr_expect_eq(book->position_count, 3000);
    for (uint32_t i = 0; i < 3000; i++)
        cr_expect_eq(book->position_first[i], i);
    liq_book_destroy(book);
    options.instruments = 1;
    book = generated(&options);
    cr_expect_eq(book->position_count, 3000);
    expect_balanced(book);
    liq_book_destroy(book);
}

Test(generate, puts_depth_around_the_mark)
{
    liq_generate_options options = options_full(50, 300);
    liq_generate_counts counts;
    liq_book *book = NULL;
    uint32_t bids = 0;

    options.depth_levels = 25;
    generate("book", &options, &counts);
    cr_assert_eq(liq_book_load(&book, book_folder_path(&home, "book"), NULL, &err), LIQ_OK, "%s",
                 err.message);
    book_remove("book");
    cr_expect_eq(book->depth_count, counts.levels);
    cr_expect_eq(counts.levels, 2 * 25 * 300);
    for (uint64_t i = 0; i < book->depth_count; i++) {
        const liq_depth_level *level = &book->depth[i];
        const int order =
            liq_decimal_compare(level->price, book->instrument_marks[level->instrument_index]);

        cr_expect_eq(order, level->is_bid ? -1 : 1, "level %llu", (unsigned long long)i);
        bids += level->is_bid;
    }
    cr_expect_eq(bids, counts.levels / 2);
    liq_book_destroy(book);
}

Test(generate, refuses_options_past_their_limits){
#define REFUSED(member, value, message)                                                            \
    {                                                                                              \
        liq_generate_options options = options_of(100, 10, 1);                                     \
        options.member = value;                                                                    \
        expect_refusal("book", &options, LIQ_OUT_OF_RANGE, message);                               \
    }
    REFUSED(accounts, 0, "0 accounts: must be in 1 .. 50000000") REFUSED(accounts, 50000001,
                                                                         "50000001 accounts")
        REFUSED(instruments, 0, "0 instruments: must be in 1 .. 65536") REFUSED(
            instruments, 65537,
            "65537 instruments") REFUSED(positions_milli, 999,
                                         "0.999 positions an account: must be in 1 .. 1000")
            REFUSED(positions_milli, 10001,
                    "10.001 positions an account") REFUSED(positions_milli, 1000001,
                                                           "1000.001 positions an account")
                REFUSED(near_ppm, 999001, "near liquidation and past it of 1000001 ppm") REFUSED(
                    past_ppm, 980001, "near liquidation and past it of 1000001 ppm")
                    REFUSED(near_ppm, UINT32_MAX, "near liquidation and past it of 4294968295 ppm")
                        REFUSED(first_ppm, 1000001,
                                "with the first instrument of 1000001 ppm: must be in 0 .. 1000000")
                            REFUSED(isolated_ppm, 1000001, "isolated of") REFUSED(
                                hedge_ppm, 1000001, "hedged of") REFUSED(inverse_ppm, 1000001,
                                                                         "inverse of")
                                REFUSED(order_ppm, 1000001, "with orders of") REFUSED(
                                    collateral_assets, 9, "9 collateral assets: must be in 0 .. 8")
                                    REFUSED(widest_positions, 22,
                                            "22 positions of the widest account: must be even and "
                                            "in 0 .. 20")
                                        REFUSED(widest_positions, 3,
                                                "3 positions of the widest account: must be even")
                                            REFUSED(depth_levels, 1001,
                                                    "1001 levels of depth: must be in 0 .. 1000")
#undef REFUSED
}

Test(generate, refuses_a_profile_or_tables_that_are_not_good)
{
    liq_generate_options options = options_of(100, 10, 1);

    options.profile = "ftx";
    expect_refusal("book", &options, LIQ_NOT_FOUND, "ftx");
    options.profile = "custom"; /* has no rules of its own */
    expect_refusal("book", &options, LIQ_BAD_INPUT, "custom");
    options.profile = "a\"b";
    expect_refusal("book", &options, LIQ_BAD_INPUT, "there is none of that name");
    options.profile = NULL;
    options.tiers = book_folder_path(&home, "none.json");
    expect_refusal("book", &options, LIQ_NOT_FOUND, "none.json");
    book_folder_write_text(&home, "tiers.json",
                           "{\"A,B/USDT:USDT\": [{\"minNotional\": 0, "
                           "\"maxNotional\": 5, \"maintenanceMarginRate\": 0.1, "
                           "\"maxLeverage\": 5}]}");
    options.tiers = book_folder_path(&home, "tiers.json");
    expect_refusal("book", &options, LIQ_UNSUPPORTED, "A,BUSDT");
    book_folder_write_text(&home, "tiers.json", "{\"BTC/USDT:USDT\": []}");
    expect_refusal("book", &options, LIQ_BAD_INPUT, "needs at least one tier");
    (void)remove(options.tiers);
}

Test(generate, refuses_to_overwrite)
{
    const liq_generate_options options = options_of(10, 3, 1);
    folder taken;

    book_folder_write_text(&home, "file", "x");
    expect_refusal("file", &options, LIQ_DUPLICATE, "exists and is no directory");
    expect_refusal("file/book", &options, LIQ_IO, "file/book");
    expect_refusal("absent/book", &options, LIQ_NOT_FOUND, "absent/book");
    expect_refusal("", &options, LIQ_DUPLICATE, "is not empty");
    (void)remove(book_folder_path(&home, "file"));
    (void)snprintf(taken.path, sizeof taken.path, "%.400s/taken", home.path);
    cr_assert_eq(mkdir(taken.path, 0777), 0);
    book_folder_write_text(&taken, ".hidden", "x");
    expect_refusal("taken", &options, LIQ_DUPLICATE, "is not empty: a book is never overwritten");
    cr_expect_eq(access(book_folder_path(&taken, ".hidden"), F_OK), 0);
    cr_assert_eq(symlink(taken.path, book_folder_path(&home, "link")), 0);
    expect_refusal("link", &options, LIQ_DUPLICATE, "exists and is no directory");
    (void)remove(book_folder_path(&home, "link"));
    book_folder_remove(&taken);
    cr_expect_eq(liq_generate("", &options, NULL, &err), LIQ_BAD_INPUT);
}

Test(generate, fills_an_empty_directory)
{
    const liq_generate_options options = options_of(10, 3, 1);
    char path[FOLDER_PATH_BYTES];

    (void)snprintf(path, sizeof path, "%.400s/empty", home.path);
    cr_assert_eq(mkdir(path, 0777), 0);
    generate("empty//", &options, NULL);
    cr_expect_eq(access(book_folder_path(&home, "empty/positions.csv"), F_OK), 0);
    book_remove("empty");
}

/* Stops at the report that is asked for. */
static int stop_later(void *context, const char *stage, uint64_t done, uint64_t total)
{
    uint32_t *left = context;

    cr_expect_str_eq(stage, "accounts");
    cr_expect_leq(done, total);
    if (*left == 0)
        return 0;
    (*left)--;
    return 1;
}

Test(generate, leaves_nothing_when_it_is_stopped)
{
    liq_generate_options options = options_full(30000, 10);

    for (uint32_t reports = 0; reports < 3; reports++) {
        uint32_t left = reports;
        const liq_progress progress = {stop_later, &left};

        options.progress = &progress;
        expect_refusal("book", &options, LIQ_INTERRUPTED, "of 30000 accounts");
        cr_expect_eq(left, 0);
    }
}

Test(generate, takes_real_tables_and_repeats_them)
{
    char path[4096];
    liq_generate_options options = options_full(2000, 400);
    liq_book *book;
    uint32_t index;

    shared_data_path(path, sizeof path, "data/binance_leverage_tiers.json");
    options.tiers = path;
    options.inverse_ppm = 0;
    book = generated(&options);
    cr_expect_eq(book->venue.instrument_count, 400);
    cr_expect_gt(book->venue.tier_count, 2805);
    cr_expect(liq_names_find(book->venue.instrument_names, liq_text_of("BTCUSDT"), &index));
    cr_expect_eq(book->venue.instruments[index].tier_count, 12);
    cr_expect(liq_names_find(book->venue.instrument_names, liq_text_of("ETHBTC"), &index) ||
              liq_names_find(book->venue.instrument_names, liq_text_of("1000BONKUSDT_1"), &index));
    expect_balanced(book);
    liq_book_destroy(book);
    options.instruments = 100;
    options.inverse_ppm = 500000;
    options.near_ppm = 100000;
    options.past_ppm = 40000;
    options.accounts = 10000;
    options.profile = "hyperliquid";
    expect_shares(&options);
}
