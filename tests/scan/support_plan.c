#include "support_plan.h"

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "book/lot_value.h"
#include "scan/truth.h"

enum { LEVELS_MAX = 6 };

static void side_add(plan_bench *bench, uint32_t instrument, bool is_bid);
static bool close_units(const plan_bench *bench, uint64_t position, int64_t lots, int64_t *units,
                        liq_int128 *worth_out);
static liq_int128 floor_of(liq_int128 value, liq_int128 by);
static liq_int128 fine_of_unit(const plan_bench *bench, uint32_t asset);
static bool is_isolated(const plan_bench *bench, uint32_t row);

void plan_bench_start(plan_bench *bench, uint64_t seed)
{
    liq_book *book = &bench->fixture.book;

    bench->seed = seed;
    bench->dice = (edge_dice){.state = seed * 7 + 1};
    bench->depth =
        calloc((size_t)book->venue.instrument_count * 2 * LEVELS_MAX, sizeof *bench->depth);
    cr_assert_not_null(bench->depth);
    book->depth = bench->depth;
    book->depth_count = 0;
    for (uint32_t i = 0; i < book->venue.instrument_count; i++) {
        side_add(bench, i, true);
        side_add(bench, i, false);
    }
    cr_assert_eq(liq_market_create(&bench->markets[0], book, NULL), LIQ_OK);
    cr_assert_eq(liq_market_create(&bench->markets[1], book, NULL), LIQ_OK);
    cr_assert_eq(liq_rows_create(&bench->rows, book, NULL, NULL), LIQ_OK);
    bench->request = (liq_plan_request){.book = book,
                                        .market = &bench->markets[0],
                                        .judged = &bench->markets[1],
                                        .leverage_ppm = 1000000,
                                        .fee_nano = -1,
                                        .goal = LIQ_PLAN_LEVERAGE};
}

void plan_bench_shock(plan_bench *bench, int64_t ppm_max)
{
    liq_book *book = &bench->fixture.book;
    const size_t bytes = book->venue.instrument_count * sizeof(liq_decimal);
    liq_decimal *marks = malloc(bytes);

    cr_assert_not_null(marks);
    memcpy(marks, book->instrument_marks, bytes);
    for (uint32_t i = 0; i < book->venue.instrument_count; i++)
        if (marks[i].digits > 0)
            cr_assert_eq(liq_book_shock(book, liq_names_get(book->venue.instrument_names, i),
                                        edge_between(&bench->dice, -ppm_max, ppm_max), NULL),
                         LIQ_OK);
    liq_market_update(&bench->markets[1], book);
    memcpy(book->instrument_marks, marks, bytes);
    free(marks);
    bench->request.goal = LIQ_PLAN_SURVIVE;
}

void plan_bench_clear(plan_bench *bench)
{
    liq_rows_clear(&bench->rows);
    liq_market_clear(&bench->markets[0]);
    liq_market_clear(&bench->markets[1]);
    free(bench->depth);
    bench->fixture.book.depth = NULL;
    bench->fixture.book.depth_count = 0;
    liq_fixture_clear(&bench->fixture);
}

int64_t plan_bench_offered(const plan_bench *bench, uint64_t position)
{
    const liq_book *book = &bench->fixture.book;
    const liq_position *held = &book->positions[position];
    const int64_t lots = (int64_t)liq_size_of(held->quantity_lots);
    int64_t out = 0;

    for (uint64_t i = 0; i < book->depth_count; i++)
        if (book->depth[i].instrument_index == held->instrument_index &&
            book->depth[i].is_bid == (held->quantity_lots > 0))
            out += book->depth[i].quantity_lots;
    return book->depth_count == 0 || out > lots ? lots : out;
}

bool plan_bench_met(const plan_bench *bench, uint32_t row, const int64_t *closed, int64_t deposit)
{
    const liq_book *book = &bench->fixture.book;
    const uint64_t balances = book->balance_count + book->venue.asset_count;
    liq_book copy = *book;
    uint64_t firsts[2][2] = {{0}};
    liq_row_record record = {0};
    liq_rows rows = {0};
    uint64_t first;
    uint64_t count = plan_bench_positions(bench, row, &first);

    copy.balances = calloc(balances, sizeof *copy.balances);
    copy.positions = calloc(book->position_count + 1, sizeof *copy.positions);
    cr_assert(copy.balances != NULL && copy.positions != NULL);
    for (uint32_t i = 0; i < book->venue.asset_count; i++) {
        copy.balances[i].asset_index = i;
        for (uint64_t j = 0; j < book->balance_count; j++)
            if (book->balances[j].asset_index == i)
                copy.balances[i].amount = book->balances[j].amount;
    }
    copy.balances[0].amount += is_isolated(bench, row) ? 0 : deposit;
    copy.balance_count = book->venue.asset_count;
    copy.position_count = 0;
    for (uint64_t i = first; i < first + count; i++) {
        liq_position position = book->positions[i];
        liq_int128 worth;
        int64_t units = 0;

        if (closed[i] > 0)
            cr_assert(close_units(bench, i, closed[i], &units, &worth));
        position.quantity_lots += position.quantity_lots < 0 ? closed[i] : -closed[i];
        if (!position.isolated) {
            copy.balances[book->venue.instruments[position.instrument_index].settle_index].amount +=
                units;
        } else {
            position.isolated_margin += units + deposit;
            record.equity = position.isolated_margin;
        }
        if (position.quantity_lots != 0)
            copy.positions[copy.position_count++] = position;
    }
    firsts[0][1] = copy.balance_count;
    firsts[1][1] = copy.position_count;
    copy.balance_first = firsts[0];
    copy.position_first = firsts[1];
    if (is_isolated(bench, row) && copy.position_count == 0) {
        free(copy.balances);
        free(copy.positions);
        return record.equity >= 0; /* its margin account ends: no debt may be left */
    }
    cr_assert_eq(liq_rows_create(&rows, &copy, NULL, NULL), LIQ_OK);
    record = liq_truth_row(bench->request.judged, &rows, is_isolated(bench, row));
    liq_rows_clear(&rows);
    free(copy.balances);
    free(copy.positions);
    if (record.status == LIQ_ROW_UNVALUED)
        return false;
    return bench->request.goal == LIQ_PLAN_SURVIVE
               ? record.status < LIQ_ROW_LIQUIDATE
               : (liq_int128)record.notional * 1000000 <=
                     (liq_int128)record.equity * bench->request.leverage_ppm;
}

int64_t plan_bench_cost(const plan_bench *bench, const int64_t *closed)
{
    const liq_book *book = &bench->fixture.book;
    liq_int128 cost = 0;

    for (uint64_t i = 0; i < book->position_count; i++) {
        const liq_position *held = &book->positions[i];
        const liq_instrument_record *record =
            &bench->markets[0].instruments[held->instrument_index];
        const bool is_long = held->quantity_lots > 0;
        const liq_int128 pnl =
            is_long ? (liq_int128)closed[i] * (record->value_floor - held->entry_value)
                    : (liq_int128)closed[i] * (held->entry_value - record->value_ceil);
        liq_int128 worth;
        int64_t units;

        if (closed[i] == 0)
            continue;
        cr_assert(close_units(bench, i, closed[i], &units, &worth));
        cost += pnl - units * fine_of_unit(bench, 0);
    }
    return (int64_t)-floor_of(-cost, fine_of_unit(bench, 0));
}

uint64_t plan_bench_positions(const plan_bench *bench, uint32_t row, uint64_t *first)
{
    const liq_book *book = &bench->fixture.book;
    uint64_t cross = 0;

    while (cross < book->position_count && !book->positions[cross].isolated)
        cross++;
    *first = is_isolated(bench, row) ? cross + row - 1 : 0;
    return is_isolated(bench, row) ? 1 : cross;
}

static void side_add(plan_bench *bench, uint32_t instrument, bool is_bid)
{
    liq_book *book = &bench->fixture.book;
    const liq_decimal mark = book->instrument_marks[instrument];
    int64_t away = edge_between(&bench->dice, -3, 60);
    int64_t lots = 1;
    uint64_t levels = edge_below(&bench->dice, LEVELS_MAX + 1);

    for (uint64_t i = 0; i < book->position_count; i++)
        if (book->positions[i].instrument_index == instrument)
            lots += (int64_t)liq_size_of(book->positions[i].quantity_lots);
    for (; levels > 0; levels--, away += edge_between(&bench->dice, 1, 200)) {
        const liq_int128 digits = (liq_int128)mark.digits * (is_bid ? 10000 - away : 10000 + away);
        liq_depth_level level = {.instrument_index = instrument,
                                 .is_bid = is_bid,
                                 .quantity_lots = edge_between(&bench->dice, 1, lots)};
        int64_t value;

        if (digits / 10000 <= 0 ||
            !liq_decimal_from_units(&level.price, (int64_t)(digits / 10000), mark.decimals) ||
            !liq_lot_value(&value, &book->venue, instrument, level.price, LIQ_ROUND_CEIL))
            continue;
        book->depth[book->depth_count++] = level;
    }
}

/* What the balance gains: every fill at its level, one rounding down; less a fee that is rounded up
   twice. */
static bool close_units(const plan_bench *bench, uint64_t position, int64_t lots, int64_t *units,
                        liq_int128 *worth_out)
{
    const liq_book *book = &bench->fixture.book;
    const liq_position *held = &book->positions[position];
    const liq_instrument *instrument = &book->venue.instruments[held->instrument_index];
    const bool is_long = held->quantity_lots > 0;
    const liq_int128 by = fine_of_unit(bench, instrument->settle_index);
    liq_int128 worth = 0;
    liq_int128 realised;
    liq_int128 fee;
    int64_t left = lots;

    for (uint64_t i = 0; i < book->depth_count && left > 0; i++) {
        const liq_depth_level *level = &book->depth[i];
        const int64_t taken = level->quantity_lots < left ? level->quantity_lots : left;
        int64_t value;

        if (level->instrument_index != held->instrument_index || level->is_bid != is_long)
            continue;
        cr_assert(liq_lot_value(&value, &book->venue, held->instrument_index, level->price,
                                is_long ? LIQ_ROUND_FLOOR : LIQ_ROUND_CEIL));
        worth += (liq_int128)taken * value;
        left -= taken;
    }
    if (book->depth_count == 0) { /* at the mark, the fixture's venue has no execution cost */
        const liq_instrument_record *record =
            &bench->markets[0].instruments[held->instrument_index];

        cr_assert_eq(book->venue.policy.liquidation.execution_cost, 0);
        worth = (liq_int128)lots * (is_long ? record->value_floor : record->value_ceil);
        left = 0;
    }
    realised = is_long ? worth - (liq_int128)lots * held->entry_value
                       : (liq_int128)lots * held->entry_value - worth;
    cr_assert(liq_decimal_scale(&fee, instrument->liquidation_fee, 9, LIQ_ROUND_CEIL));
    if (bench->request.fee_nano >= 0)
        fee = bench->request.fee_nano;
    fee = -floor_of(floor_of(worth < 0 ? worth : -worth, by) * fee, 1000000000);
    *units = (int64_t)(floor_of(realised, by) - fee);
    *worth_out = worth;
    return left == 0;
}

static liq_int128 floor_of(liq_int128 value, liq_int128 by)
{
    return value / by - (value % by < 0);
}

static liq_int128 fine_of_unit(const plan_bench *bench, uint32_t asset)
{
    const liq_asset *record = &bench->fixture.book.venue.assets[asset];
    liq_int128 out = 1;

    for (int32_t i = record->decimals; i < record->value_decimals; i++)
        out *= 10;
    return out;
}

static bool is_isolated(const plan_bench *bench, uint32_t row)
{
    return bench->rows.keys[row].instrument_index != LIQ_NO_INDEX;
}
