#include "scan/cure.h"

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "scan/flagged.h"
#include "scan/reduction.h"
#include "scan/truth.h"
#include "share.h"
#include "scan/portfolio_least.h"
#include "support_edge_book.h"
#include "support_portfolio.h"

enum {
    TINY_BOOKS = 1500 / LIQ_TEST_SHARE,
    LARGER_BOOKS = 600 / LIQ_TEST_SHARE,
    FOLIO_BOOKS = 700 / LIQ_TEST_SHARE,
    LARGER_FOLIO_BOOKS = 200 / LIQ_TEST_SHARE,
    SAMPLES = 40,
    EVERY_ONE_BELOW = 700,
    ROUNDED_BELOW = 64, /* cash units of equity: roundings alone move it, and over more lots */
    BUDGET = 16384      /* than these a search for them ends without a proof */
};

/* A flagged row of a book, which is changed to try a cure and changed back. */
typedef struct cure_bench {
    liq_fixture fixture;
    liq_market market;
    liq_rows rows;
    uint32_t row_index;
    edge_dice dice;
    uint64_t seed;
} cure_bench;

static void book_check(uint64_t seed, edge_scale scale);
static uint32_t folio_check(uint64_t seed, edge_scale scale);
static uint32_t folio_row_check(cure_bench *bench);
static void least_check(cure_bench *bench, uint64_t position, int64_t lots);
static void share_check(cure_bench *bench, liq_portfolio_trial *trial);
static bool cures_by_share(cure_bench *bench, uint32_t share);
static void row_check(cure_bench *bench);
static void top_up_check(cure_bench *bench, const liq_row_parts *parts);
static void reductions_check(cure_bench *bench, const liq_row_parts *parts);
static bool cures_by_deposit(cure_bench *bench, int64_t units);
static bool cures_by_closing(cure_bench *bench, uint64_t position_index, int64_t lots);
static bool row_safe(cure_bench *bench, liq_book *book);
static liq_book book_with(const cure_bench *bench, uint32_t asset_index, int64_t more);
static void copies_free(liq_book *book);
static uint64_t first_position(const cure_bench *bench);
static bool is_isolated(const cure_bench *bench);
static void *copied(const void *items, size_t bytes);

Test(cure, is_the_least_that_the_truth_accepts_in_tiny_books)
{
    const uint64_t seed = edge_seed();

    for (uint64_t i = 0; i < TINY_BOOKS; i++)
        book_check(seed + i, EDGE_TINY);
}

Test(cure, is_the_least_that_the_truth_accepts_in_larger_books)
{
    const uint64_t seed = edge_seed();

    for (uint64_t i = 0; i < LARGER_BOOKS; i++)
        book_check(seed + i, i % 2 == 0 ? EDGE_MIDDLE : EDGE_LARGE);
}

Test(cure, is_the_least_of_portfolio_accounts_in_tiny_books)
{
    const uint64_t seed = edge_seed();
    uint32_t met = 0;

    for (uint64_t i = 0; i < FOLIO_BOOKS; i++)
        met += folio_check(seed + i, EDGE_TINY);
    cr_expect_gt(met, FOLIO_BOOKS / 50, "%u reductions", met);
}

Test(cure, is_the_least_of_portfolio_accounts_in_larger_books)
{
    const uint64_t seed = edge_seed();
    uint32_t met = 0;

    for (uint64_t i = 0; i < LARGER_FOLIO_BOOKS; i++)
        met += folio_check(seed + i, i % 2 == 0 ? EDGE_MIDDLE : EDGE_LARGE);
    cr_expect_gt(met, LARGER_FOLIO_BOOKS / 50, "%u reductions", met);
}

static void book_check(uint64_t seed, edge_scale scale)
{
    cure_bench bench = {.seed = seed, .dice = {.state = seed}};
    liq_error err;

    edge_book_make(&bench.fixture, seed, scale);
    cr_assert_eq(liq_market_create(&bench.market, &bench.fixture.book, &err), LIQ_OK);
    cr_assert_eq(liq_rows_create(&bench.rows, &bench.fixture.book, NULL, &err), LIQ_OK);
    for (bench.row_index = 0; bench.row_index < bench.rows.row_count; bench.row_index++)
        row_check(&bench);
    liq_rows_clear(&bench.rows);
    liq_market_clear(&bench.market);
    liq_fixture_clear(&bench.fixture);
}

/* The same account by scenarios: with gains that count in part, charges that fall and that rise
 * when a hedge goes, by slices. @return reductions that cure */
static uint32_t folio_check(uint64_t seed, edge_scale scale)
{
    cure_bench bench = {.seed = seed, .dice = {.state = seed}};
    liq_book *book = &bench.fixture.book;
    uint32_t met = 0;
    liq_error err;

    edge_book_make(&bench.fixture, seed, scale);
    liq_portfolio_mix(book, seed);
    cr_assert_eq(liq_market_create(&bench.market, book, &err), LIQ_OK);
    cr_assert_eq(liq_rows_create(&bench.rows, book, NULL, &err), LIQ_OK);
    for (bench.row_index = 0; bench.row_index < bench.rows.row_count; bench.row_index++)
        met += folio_row_check(&bench);
    liq_rows_clear(&bench.rows);
    liq_market_clear(&bench.market);
    liq_portfolio_take(&book->venue);
    liq_fixture_clear(&bench.fixture);
    return met;
}

static uint32_t folio_row_check(cure_bench *bench)
{
    const liq_row_record record = liq_truth_row(&bench->market, &bench->rows, bench->row_index);
    const uint64_t first = first_position(bench);
    liq_portfolio_trial trial = {0};
    liq_kinks kinks = {0};
    int64_t units = 0;
    uint32_t met = 0;

    if (!liq_flagged_status(record.status))
        return 0;
    cr_assert_eq(
        liq_portfolio_trial_create(&trial, &bench->market, &bench->rows, bench->row_index, NULL),
        LIQ_OK);
    if (liq_portfolio_top_up(&units, &trial)) {
        cr_assert(cures_by_deposit(bench, units), "seed %llu", (unsigned long long)bench->seed);
        cr_assert_not(cures_by_deposit(bench, units - 1));
    }
    for (uint32_t i = 0; i < trial.leg_count; i++) {
        int64_t lots = -1;

        cr_assert_eq(liq_portfolio_reduction_find(&lots, &trial, i, &kinks, NULL), LIQ_OK);
        if (llabs(record.equity) >= ROUNDED_BELOW || trial.legs[i].lots < BUDGET)
            least_check(bench, first + i, lots);
        met += lots > 0 && trial.leg_count > 1;
    }
    if (trial.leg_count > 1)
        share_check(bench, &trial);
    liq_portfolio_trial_clear(&trial);
    liq_kinks_clear(&kinks);
    return met;
}

static void share_check(cure_bench *bench, liq_portfolio_trial *trial)
{
    const uint32_t share = liq_portfolio_share_find(trial);

    if (share > 0)
        cr_assert(cures_by_share(bench, share), "seed %llu", (unsigned long long)bench->seed);
    for (uint32_t i = 1; i < (share > 0 ? share : 1001); i += share < 50 ? 1 : 17)
        cr_assert_not(cures_by_share(bench, i), "seed %llu, %u per mille of %u",
                      (unsigned long long)bench->seed, i, share);
}

/* All positions of the cross margin, in a copy of the book that has a balance of every asset. */
static bool cures_by_share(cure_bench *bench, uint32_t share)
{
    liq_book book = book_with(bench, 0, 0);
    const liq_book *whole = &bench->fixture.book;
    uint64_t kept = 0;
    bool out = true;

    free(book.balances);
    book.balances = calloc(book.venue.asset_count, sizeof *book.balances);
    cr_assert_not_null(book.balances);
    book.balance_count = book.venue.asset_count;
    book.balance_first[1] = book.balance_count;
    for (uint32_t i = 0; i < book.venue.asset_count; i++)
        book.balances[i].asset_index = i;
    for (uint64_t i = 0; i < whole->balance_count; i++)
        book.balances[whole->balances[i].asset_index].amount = whole->balances[i].amount;
    for (uint64_t i = 0; i < book.position_count; i++) {
        liq_position held = book.positions[i];
        const int64_t lots = ((int64_t)liq_size_of(held.quantity_lots) * share + 999) / 1000;
        const int64_t closed = held.isolated ? 0 : held.quantity_lots < 0 ? -lots : lots;
        int64_t realised = 0;

        out = out && liq_cure_realised_floor(&realised, &bench->market, held.instrument_index,
                                             closed, held.entry_value);
        book.balances[bench->market.instruments[held.instrument_index].asset_index].amount +=
            realised;
        held.quantity_lots -= closed;
        if (held.quantity_lots != 0)
            book.positions[kept++] = held;
    }
    book.position_count = kept;
    book.position_first[1] = kept;
    out = out && row_safe(bench, &book);
    copies_free(&book);
    return out;
}

static void row_check(cure_bench *bench)
{
    liq_row_parts parts = {0};
    liq_error err;

    cr_assert_eq(liq_row_parts_create(&parts, &bench->market, &bench->rows, bench->row_index, &err),
                 LIQ_OK);
    if (liq_flagged_status(parts.record.status)) {
        top_up_check(bench, &parts);
        reductions_check(bench, &parts);
    }
    liq_row_parts_clear(&parts);
}

static void top_up_check(cure_bench *bench, const liq_row_parts *parts)
{
    const uint32_t isolated = bench->rows.keys[bench->row_index].instrument_index;
    const uint32_t asset =
        isolated == LIQ_NO_INDEX ? 0 : bench->market.instruments[isolated].asset_index;
    int64_t units = 0;

    cr_assert(liq_cure_top_up(&units, parts, &bench->market, asset), "seed %llu",
              (unsigned long long)bench->seed);
    cr_assert_gt(units, 0);
    cr_assert(cures_by_deposit(bench, units), "seed %llu", (unsigned long long)bench->seed);
    cr_assert_not(cures_by_deposit(bench, units - 1), "seed %llu", (unsigned long long)bench->seed);
}

static void reductions_check(cure_bench *bench, const liq_row_parts *parts)
{
    const liq_rows *rows = &bench->rows;
    uint64_t position = first_position(bench);
    liq_kinks kinks = {0};
    liq_error err;

    for (uint64_t i = rows->entry_first[bench->row_index];
         i < rows->entry_first[bench->row_index + 1]; i++) {
        int64_t lots = -1;

        if (rows->tags[i] >> LIQ_TAG_INDEX_BITS != LIQ_ENTRY_POSITION)
            continue;
        cr_assert_eq(
            liq_reduction_find(&lots, &bench->fixture.book, parts, &bench->market, i, &kinks, &err),
            LIQ_OK);
        least_check(bench, position++, lots);
    }
    liq_kinks_clear(&kinks);
}

/* So many lots cure, and fewer do not; zero: none does. */
static void least_check(cure_bench *bench, uint64_t position, int64_t lots)
{
    const int64_t held =
        (int64_t)liq_size_of(bench->fixture.book.positions[position].quantity_lots);
    const int64_t end = lots > 0 ? lots - 1 : held;

    if (lots > 0)
        cr_assert(cures_by_closing(bench, position, lots), "seed %llu, row %u, %lld lots",
                  (unsigned long long)bench->seed, bench->row_index, (long long)lots);
    for (int64_t j = 0; j <= (end < EVERY_ONE_BELOW ? end : SAMPLES); j++) {
        const int64_t closed =
            end < EVERY_ONE_BELOW
                ? j
                : end - (int64_t)edge_below(&bench->dice,
                                            ((uint64_t)end >> edge_below(&bench->dice, 40)) + 1);

        cr_assert_not(cures_by_closing(bench, position, closed),
                      "seed %llu, row %u, position %llu: %lld lots are enough, %lld were said",
                      (unsigned long long)bench->seed, bench->row_index,
                      (unsigned long long)position, (long long)closed, (long long)lots);
    }
}

/* Whether the row is safe in a copy of the book with more cash in it. */
static bool cures_by_deposit(cure_bench *bench, int64_t units)
{
    liq_book book = book_with(bench, 0, is_isolated(bench) ? 0 : units);
    bool out;

    if (is_isolated(bench))
        book.positions[first_position(bench)].isolated_margin += units;
    out = row_safe(bench, &book);
    copies_free(&book);
    return out;
}

/* Whether the row is safe in a copy of the book with lots of a position closed at the mark. */
static bool cures_by_closing(cure_bench *bench, uint64_t position_index, int64_t lots)
{
    const liq_position *held = &bench->fixture.book.positions[position_index];
    const bool all = lots == (int64_t)liq_size_of(held->quantity_lots);
    const uint32_t asset = bench->market.instruments[held->instrument_index].asset_index;
    int64_t realised = 0;
    liq_book book;
    bool out;

    if (!liq_cure_realised_floor(&realised, &bench->market, held->instrument_index,
                                 held->quantity_lots < 0 ? -lots : lots, held->entry_value))
        return false;
    if (all && is_isolated(bench)) /* its margin account ends: no debt may be left */
        return held->isolated_margin + realised >= 0;
    book = book_with(bench, asset, is_isolated(bench) ? 0 : realised);
    held = &book.positions[position_index];
    book.positions[position_index].quantity_lots -= held->quantity_lots < 0 ? -lots : lots;
    if (is_isolated(bench))
        book.positions[position_index].isolated_margin += realised;
    if (all) {
        memmove(&book.positions[position_index], &book.positions[position_index + 1],
                (book.position_count - position_index - 1) * sizeof *book.positions);
        book.position_count--;
        book.position_first[1]--;
    }
    out = row_safe(bench, &book);
    copies_free(&book);
    return out;
}

static bool row_safe(cure_bench *bench, liq_book *book)
{
    liq_rows rows = {0};
    liq_row_record record;
    liq_error err;

    cr_assert_eq(liq_rows_create(&rows, book, NULL, &err), LIQ_OK);
    record = liq_truth_row(&bench->market, &rows, bench->row_index);
    liq_rows_clear(&rows);
    return record.status < LIQ_ROW_LIQUIDATE;
}

/* A book that shares everything but balances, positions and where they begin; the account is the
   only one. */
static liq_book book_with(const cure_bench *bench, uint32_t asset_index, int64_t more)
{
    liq_book out = bench->fixture.book;
    liq_balance *balances = calloc(out.balance_count + 1, sizeof *balances);
    uint64_t at = 0;

    cr_assert_not_null(balances);
    while (at < out.balance_count && out.balances[at].asset_index < asset_index)
        at++;
    memcpy(balances, out.balances, at * sizeof *balances);
    balances[at].asset_index = asset_index;
    if (at < out.balance_count && out.balances[at].asset_index == asset_index) {
        memcpy(&balances[at], &out.balances[at], (out.balance_count - at) * sizeof *balances);
    } else {
        memcpy(&balances[at + 1], &out.balances[at], (out.balance_count - at) * sizeof *balances);
        out.balance_count++;
    }
    balances[at].amount += more;
    out.balances = balances;
    out.positions = copied(out.positions, out.position_count * sizeof *out.positions);
    out.balance_first = copied(out.balance_first, 2 * sizeof *out.balance_first);
    out.balance_first[1] = out.balance_count;
    out.position_first = copied(out.position_first, 2 * sizeof *out.position_first);
    return out;
}

static void copies_free(liq_book *book)
{
    free(book->balances);
    free(book->positions);
    free(book->balance_first);
    free(book->position_first);
}

/* The book's first position of the row: cross ones come first, then one for each isolated row. */
static uint64_t first_position(const cure_bench *bench)
{
    const liq_book *book = &bench->fixture.book;
    uint64_t isolated = 0;

    while (isolated < book->position_count && !book->positions[isolated].isolated)
        isolated++;
    return bench->row_index == 0 ? 0 : isolated + bench->row_index - 1;
}

static bool is_isolated(const cure_bench *bench)
{
    return bench->rows.keys[bench->row_index].instrument_index != LIQ_NO_INDEX;
}

static void *copied(const void *items, size_t bytes)
{
    void *out = malloc(bytes + 1);

    cr_assert_not_null(out);
    if (bytes > 0)
        memcpy(out, items, bytes);
    return out;
}
