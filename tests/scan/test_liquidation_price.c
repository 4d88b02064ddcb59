#include "scan/liquidation_price.h"

#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "scan/flagged.h"
#include "scan/truth.h"
#include "support_edge_book.h"
#include "share.h"

/* The judgements after which a search may pass over a turn of dust, and how thick dust is in units.
 */
enum { JUDGEMENTS_MAX = 16384, DUST_UNITS = 2 };

enum {
    TINY_BOOKS = 500 / LIQ_TEST_SHARE,
    LARGER_BOOKS = 300 / LIQ_TEST_SHARE,
    SAMPLES = 60,
    EVERY_ONE_BELOW = 20000
};

/* An account and what its rows are valued with, by the CPU truth alone. */
typedef struct price_bench {
    const liq_book *book;
    liq_market market;
    liq_market moving;
    liq_rows rows;
    uint32_t row_index;
    uint32_t instrument_index;
    bool bankruptcy;
    bool spent; /* the search may have stopped proving: see liq_turn_search_run */
    edge_dice dice;
    uint64_t seed;
} price_bench;

typedef enum seen_state { SEEN_SAFE, SEEN_FLAGGED, SEEN_UNVALUED } seen_state;

static void book_check(uint64_t seed, edge_scale scale);
static void row_check(price_bench *bench, liq_price_finder *finder);
static void boundary_check(price_bench *bench, liq_price_boundary found);
static seen_state seen_at(price_bench *bench, int64_t value);
static bool is_dust(const price_bench *bench);
static int64_t start_of(const price_bench *bench, int direction);
static int64_t end_of(const price_bench *bench, int direction);
static int adverse_of(const price_bench *bench);
static void stretch_check(price_bench *bench, int64_t from, int64_t to, seen_state expected,
                          const char *what);

Test(liquidation_price, is_where_the_truth_turns_in_tiny_books)
{
    const uint64_t seed = edge_seed();

    for (uint64_t i = 0; i < TINY_BOOKS; i++)
        book_check(seed + i, EDGE_TINY);
}

Test(liquidation_price, is_where_the_truth_turns_in_larger_books)
{
    const uint64_t seed = edge_seed();

    for (uint64_t i = 0; i < LARGER_BOOKS; i++)
        book_check(seed + i, i % 2 == 0 ? EDGE_MIDDLE : EDGE_LARGE);
}

static void book_check(uint64_t seed, edge_scale scale)
{
    liq_fixture fixture;
    liq_price_finder finder = {0};
    price_bench bench = {.seed = seed, .dice = {.state = seed}};
    liq_error err;

    edge_book_make(&fixture, seed, scale);
    bench.book = &fixture.book;
    cr_assert_eq(liq_market_create(&bench.market, bench.book, &err), LIQ_OK);
    cr_assert_eq(liq_market_create(&bench.moving, bench.book, &err), LIQ_OK);
    cr_assert_eq(liq_rows_create(&bench.rows, bench.book, NULL, &err), LIQ_OK);
    cr_assert_eq(liq_price_finder_create(&finder, bench.book, &bench.market, &err), LIQ_OK);
    for (bench.row_index = 0; bench.row_index < bench.rows.row_count; bench.row_index++)
        row_check(&bench, &finder);
    liq_price_finder_clear(&finder);
    liq_rows_clear(&bench.rows);
    liq_market_clear(&bench.moving);
    liq_market_clear(&bench.market);
    liq_fixture_clear(&fixture);
}

static void row_check(price_bench *bench, liq_price_finder *finder)
{
    const liq_rows *rows = &bench->rows;
    const liq_row_record truth = liq_truth_row(&bench->market, rows, bench->row_index);
    liq_row_parts parts = {0};
    liq_error err;

    cr_assert_eq(liq_row_parts_create(&parts, &bench->market, rows, bench->row_index, &err),
                 LIQ_OK);
    cr_assert_eq(memcmp(&parts.record, &truth, sizeof truth), 0, "seed %llu",
                 (unsigned long long)bench->seed);
    for (uint64_t i = rows->entry_first[bench->row_index];
         truth.reason == LIQ_REASON_NONE && i < rows->entry_first[bench->row_index + 1]; i++) {
        liq_price_boundaries found;

        if (rows->tags[i] >> LIQ_TAG_INDEX_BITS != LIQ_ENTRY_POSITION)
            continue;
        const uint64_t judged = finder->judged_count;

        cr_assert_eq(liq_price_find(&found, finder, &parts, i, &err), LIQ_OK);
        bench->spent = finder->judged_count - judged >= JUDGEMENTS_MAX;
        bench->instrument_index = rows->tags[i] & LIQ_TAG_INDEX_MAX;
        liq_market_update(&bench->moving, bench->book);
        bench->bankruptcy = false;
        boundary_check(bench, found.liquidation);
        bench->bankruptcy = true;
        boundary_check(bench, found.bankruptcy);
    }
    liq_row_parts_clear(&parts);
}

static void boundary_check(price_bench *bench, liq_price_boundary found)
{
    const int adverse = adverse_of(bench);
    const seen_state now = seen_at(bench, start_of(bench, adverse));
    const int first = now == SEEN_SAFE ? adverse : -adverse;
    const seen_state other = seen_at(bench, start_of(bench, -first));
    int64_t near;
    int64_t far;
    int direction = first;

    if (now == SEEN_UNVALUED)
        return;
    if (!found.found) {
        stretch_check(bench, start_of(bench, first), end_of(bench, first),
                      seen_at(bench, start_of(bench, first)), "no price");
        stretch_check(bench, start_of(bench, -first), end_of(bench, -first), other, "no price");
        return;
    }
    cr_assert_eq(seen_at(bench, found.safe_value), SEEN_SAFE, "seed %llu",
                 (unsigned long long)bench->seed);
    cr_assert_eq(seen_at(bench, found.flagged_value), SEEN_FLAGGED, "seed %llu",
                 (unsigned long long)bench->seed);
    cr_assert(found.safe_value - found.flagged_value == 1 ||
              found.flagged_value - found.safe_value == 1);
    cr_assert(found.reported_value == found.safe_value ||
              found.reported_value == found.flagged_value);
    if (first > 0 ? found.safe_value < start_of(bench, first) ||
                        found.flagged_value < start_of(bench, first)
                  : found.safe_value > start_of(bench, first) ||
                        found.flagged_value > start_of(bench, first)) {
        direction = -first;
        stretch_check(bench, start_of(bench, first), end_of(bench, first),
                      seen_at(bench, start_of(bench, first)), "passed over");
    }
    near = (found.safe_value < found.flagged_value) == (direction > 0) ? found.safe_value
                                                                       : found.flagged_value;
    far = near == found.safe_value ? found.flagged_value : found.safe_value;
    cr_assert(direction > 0 ? far > near : far < near);
    stretch_check(bench, start_of(bench, direction), near,
                  seen_at(bench, start_of(bench, direction)), "not the nearest");
}

/* The verdict with the instrument at a lot value; frozen maintenance where the venue has that. */
static seen_state seen_at(price_bench *bench, int64_t value)
{
    const liq_rows *rows = &bench->rows;
    const liq_venue *venue = &bench->book->venue;
    const bool isolated = rows->keys[bench->row_index].instrument_index != LIQ_NO_INDEX;
    liq_row_record record;

    liq_market_set_value(&bench->moving, venue, bench->instrument_index, value);
    record = liq_truth_row(&bench->moving, rows, bench->row_index);
    if (record.status == LIQ_ROW_UNVALUED)
        return SEEN_UNVALUED;
    if (bench->bankruptcy)
        return record.equity < 0 ? SEEN_FLAGGED : SEEN_SAFE;
    if (isolated && venue->policy.price_form == LIQ_PRICE_MAINTENANCE_AT_ENTRY) {
        liq_row_record entry;

        liq_market_set_value(&bench->moving, venue, bench->instrument_index,
                             rows->values[rows->entry_first[bench->row_index]]);
        entry = liq_truth_row(&bench->moving, rows, bench->row_index);
        if (entry.status == LIQ_ROW_UNVALUED)
            return SEEN_UNVALUED;
        record.status = liq_margin_status(liq_market_tables(&bench->moving), 1, record.equity,
                                          entry.maintenance);
    }
    return liq_flagged_status(record.status) ? SEEN_FLAGGED : SEEN_SAFE;
}

/* Whether the account, as the moving market values it, turns within a unit or two of equity. */
static bool is_dust(const price_bench *bench)
{
    const liq_row_record record = liq_truth_row(&bench->moving, &bench->rows, bench->row_index);
    const liq_margin_tables tables = liq_market_tables(&bench->moving);

    if (bench->bankruptcy)
        return record.equity >= -DUST_UNITS && record.equity <= DUST_UNITS;
    return liq_flagged_status(
               liq_margin_status(tables, 1, record.equity - DUST_UNITS, record.maintenance)) !=
           liq_flagged_status(
               liq_margin_status(tables, 1, record.equity + DUST_UNITS, record.maintenance));
}

static int64_t start_of(const price_bench *bench, int direction)
{
    const liq_instrument_record record = bench->market.instruments[bench->instrument_index];

    return direction < 0 ? record.value_ceil : record.value_floor;
}

static int64_t end_of(const price_bench *bench, int direction)
{
    if (bench->book->venue.instruments[bench->instrument_index].kind == LIQ_INSTRUMENT_INVERSE)
        return direction < 0 ? -LIQ_LOT_VALUE_MAX : -1;
    return direction < 0 ? 1 : LIQ_LOT_VALUE_MAX;
}

static int adverse_of(const price_bench *bench)
{
    const liq_rows *rows = &bench->rows;
    int64_t net = 0;

    for (uint64_t i = rows->entry_first[bench->row_index];
         i < rows->entry_first[bench->row_index + 1]; i++)
        if (rows->tags[i] == bench->instrument_index) /* a position of it: kind zero */
            net += rows->quantities[i];
    if (net == 0)
        return bench->book->venue.instruments[bench->instrument_index].kind ==
                       LIQ_INSTRUMENT_INVERSE
                   ? -1
                   : 1;
    return net > 0 ? -1 : 1;
}

/* Every value of a short stretch, some of a long one: near the start, near the end, anywhere. What
   has no value ends the stretch. */
static void stretch_check(price_bench *bench, int64_t from, int64_t to, seen_state expected,
                          const char *what)
{
    const int step = from < to ? 1 : -1;
    const uint64_t length =
        from < to ? (uint64_t)to - (uint64_t)from : (uint64_t)from - (uint64_t)to;
    const bool every_one = length < EVERY_ONE_BELOW;

    for (uint64_t i = 0; i <= (every_one ? length : SAMPLES); i++) {
        const uint64_t reach = every_one ? length : length >> edge_below(&bench->dice, 60);
        const uint64_t offset = every_one ? i : edge_below(&bench->dice, reach + 1);
        const int64_t value =
            from + step * (int64_t)(i % 2 == 0 || every_one ? offset : length - offset);
        const seen_state now = seen_at(bench, value);

        if (now == SEEN_UNVALUED && every_one)
            return;
        cr_assert(
            now == expected || now == SEEN_UNVALUED || (bench->spent && is_dust(bench)),
            "%s: seed %llu, row %u, instrument %u, bankruptcy %d: %d at %lld between %lld and "
            "%lld, %d expected",
            what, (unsigned long long)bench->seed, bench->row_index, bench->instrument_index,
            bench->bankruptcy, now, (long long)value, (long long)from, (long long)to, expected);
    }
}
