#include "scan/stress_prices.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/memory.h"
#include "base/workers.h"
#include "book/lot_value.h"

/* Of a value: so little is not worth a word of its own. */
#define GAP_SHARE 0x1p-25

/* Of a price: far more than doubles cost it and the line beside it. */
#define DOUBLE_SHARE 0x1p-40

/* Each worker takes every so-manieth tile. */
typedef struct fill_work {
    liq_stress_prices *prices;
    const liq_stress_set *set;
    liq_stress_book books[LIQ_WORKERS_MAX];
    uint32_t workers;
} fill_work;

static double units_at(const liq_stress_prices *prices, uint32_t tile, uint32_t instrument,
                       uint32_t lane);
static double exchange_at(const liq_stress_prices *prices, uint32_t tile, uint32_t asset,
                          uint32_t lane);
static void row_write(float *target, float *edges, uint32_t price, const double *row,
                      uint32_t lanes);
static float sway_of(const double *row, uint32_t lanes);
static void tiles_fill(void *context, uint32_t index);
static void lane_fill(liq_stress_prices *prices, const liq_book *book, uint32_t tile,
                      uint32_t lane);
static void spans_fill(liq_stress_prices *prices);
static liq_stress_span span_of(const liq_stress_prices *prices, uint32_t instrument);
static bool needs_square(const liq_venue *venue, uint32_t instrument);

uint64_t liq_stress_prices_tile_bytes(const liq_venue *venue)
{
    return LIQ_STRESS_TILE * (venue->instrument_count * (sizeof(int64_t) + 1U) +
                              (uint64_t)venue->asset_count * sizeof(int64_t));
}

liq_status liq_stress_prices_create(liq_stress_prices *out, const liq_book *book,
                                    const liq_market *market, uint32_t tile_capacity,
                                    liq_error *err)
{
    const liq_venue *venue = &book->venue;
    const size_t instruments = (size_t)venue->instrument_count;
    const size_t lanes = (size_t)tile_capacity * LIQ_STRESS_TILE;
    liq_stress_prices prices = {.venue = venue,
                                .price_count = venue->instrument_count + venue->asset_count,
                                .tile_capacity = tile_capacity};
    liq_status status;

    if ((status = liq_memory_array(&prices.floors, lanes * instruments, sizeof(int64_t), err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&prices.gaps, lanes * instruments, 1, err)) != LIQ_OK ||
        (status = liq_memory_array(&prices.rates, lanes * venue->asset_count, sizeof(int64_t),
                                   err)) != LIQ_OK ||
        (status = liq_memory_array(&prices.spans, instruments, sizeof *prices.spans, err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&prices.rate_spans, venue->asset_count,
                                   sizeof *prices.rate_spans, err)) != LIQ_OK ||
        (status = liq_memory_array(&prices.fine_per_unit, instruments, sizeof(double), err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&prices.squares, instruments, sizeof(uint32_t), err)) !=
            LIQ_OK) {
        liq_stress_prices_clear(&prices);
        return status;
    }
    for (uint32_t i = 0; i < venue->instrument_count; i++) {
        const uint32_t asset = venue->instruments[i].settle_index;

        prices.fine_per_unit[i] =
            (double)LIQ_GRAINS_PER_UNIT / (double)market->assets[asset].grains_per_fine;
        prices.squares[i] = needs_square(venue, i) ? prices.price_count++ : LIQ_NO_INDEX;
    }
    *out = prices;
    return LIQ_OK;
}

void liq_stress_prices_clear(liq_stress_prices *prices)
{
    free(prices->floors);
    free(prices->gaps);
    free(prices->rates);
    free(prices->spans);
    free(prices->rate_spans);
    free(prices->fine_per_unit);
    free(prices->squares);
    *prices = (liq_stress_prices){0};
}

liq_status liq_stress_prices_fill(liq_stress_prices *prices, const liq_stress_set *set,
                                  uint32_t first, uint32_t count, liq_error *err)
{
    fill_work work = {.prices = prices, .set = set, .workers = liq_workers_count()};
    liq_status status = LIQ_OK;

    prices->first = first;
    prices->count = count;
    prices->tile_count = (count + LIQ_STRESS_TILE - 1) / LIQ_STRESS_TILE;
    LIQ_ASSERT(prices->tile_count <= prices->tile_capacity);
    if (work.workers > prices->tile_count)
        work.workers = prices->tile_count > 0 ? prices->tile_count : 1;
    for (uint32_t i = 0; status == LIQ_OK && i < work.workers; i++)
        status = liq_stress_book_create(&work.books[i], liq_stress_set_book(set), err);
    if (status == LIQ_OK) {
        liq_workers_run(work.workers, tiles_fill, &work);
        spans_fill(prices);
    }
    for (uint32_t i = 0; i < work.workers; i++)
        liq_stress_book_clear(&work.books[i]);
    return status;
}

void liq_stress_prices_tile(const liq_stress_prices *prices, uint32_t tile, float *target,
                            float *edges)
{
    const liq_venue *venue = prices->venue;
    const uint32_t left = prices->count - tile * LIQ_STRESS_TILE;
    const uint32_t lanes = left < LIQ_STRESS_TILE ? left : LIQ_STRESS_TILE;
    double row[LIQ_STRESS_TILE];

    for (uint32_t i = 0; i < venue->instrument_count; i++) {
        const uint32_t asset = venue->instruments[i].settle_index;

        for (uint32_t lane = 0; lane < LIQ_STRESS_TILE; lane++)
            row[lane] = units_at(prices, tile, i, lane) * exchange_at(prices, tile, asset, lane);
        row_write(target, edges, i, row, lanes);
        if (prices->squares[i] == LIQ_NO_INDEX)
            continue;
        for (uint32_t lane = 0; lane < LIQ_STRESS_TILE; lane++)
            row[lane] *= units_at(prices, tile, i, lane);
        row_write(target, edges, prices->squares[i], row, lanes);
    }
    for (uint32_t i = 0; i < venue->asset_count; i++) {
        for (uint32_t lane = 0; lane < LIQ_STRESS_TILE; lane++)
            row[lane] = exchange_at(prices, tile, i, lane);
        row_write(target, edges, venue->instrument_count + i, row, lanes);
    }
}

int64_t liq_stress_exchange_rate(const liq_book *book, uint32_t asset)
{
    const int32_t decimals = 12 + book->venue.cash_decimals - book->venue.assets[asset].decimals;
    liq_int128 rate;

    if (asset == 0)
        return LIQ_EXCHANGE_RATE_ONE;
    if (!liq_decimal_scale(&rate, book->asset_indices[asset], decimals, LIQ_ROUND_FLOOR) ||
        rate > LIQ_EXCHANGE_RATE_MAX)
        return 0;
    return (int64_t)rate;
}

/* The value of a lot, units of its settle asset. */
static double units_at(const liq_stress_prices *prices, uint32_t tile, uint32_t instrument,
                       uint32_t lane)
{
    return (double)liq_stress_value(prices, tile, instrument, lane, false) /
           prices->fine_per_unit[instrument];
}

static double exchange_at(const liq_stress_prices *prices, uint32_t tile, uint32_t asset,
                          uint32_t lane)
{
    return (double)liq_stress_rate(prices, tile, asset, lane) / (double)LIQ_EXCHANGE_RATE_ONE;
}

static void row_write(float *target, float *edges, uint32_t price, const double *row,
                      uint32_t lanes)
{
    const float first = (float)row[0];
    const float last = (float)row[lanes - 1];
    const float sway = sway_of(row, lanes);

    for (uint32_t lane = 0; lane < LIQ_STRESS_TILE; lane++)
        target[(size_t)price * LIQ_STRESS_TILE + lane] = (float)row[lane];
    edges += (size_t)price * LIQ_STRESS_EDGE_FLOATS;
    for (uint32_t i = 0; i < LIQ_STRESS_EDGE_FLOATS; i += LIQ_STRESS_EDGE_FLOATS / 2) {
        edges[i] = first;
        edges[i + 1] = last;
        edges[i + 2] = sway;
        edges[i + 3] = 0.0F;
    }
}

/* How far prices lie from the line between the first and the last one, at most. */
static float sway_of(const double *row, uint32_t lanes)
{
    const double rise = lanes < 2 ? 0.0 : (row[lanes - 1] - row[0]) / (double)(lanes - 1);
    double most = 0.0;
    double sway = 0.0;

    for (uint32_t lane = 0; lane < lanes; lane++) {
        sway = fmax(sway, fabs(row[lane] - (row[0] + rise * (double)lane)));
        most = fmax(most, fabs(row[lane]));
    }
    sway = sway * (1.0 + LIQ_STRESS_SWAY_SHARE) + most * DOUBLE_SHARE;
    return nextafterf((float)sway, INFINITY);
}

static void tiles_fill(void *context, uint32_t index)
{
    fill_work *work = context;
    liq_stress_book *book = &work->books[index];
    const liq_stress_prices *prices = work->prices;

    for (uint32_t tile = index; tile < prices->tile_count; tile += work->workers) {
        for (uint32_t lane = 0; lane < LIQ_STRESS_TILE; lane++) {
            const uint32_t scenario = tile * LIQ_STRESS_TILE + lane;

            if (scenario < prices->count)
                liq_stress_set_apply(work->set, prices->first + scenario, book);
            else
                liq_stress_book_reset(book);
            lane_fill(work->prices, &book->book, tile, lane);
        }
    }
}

/* As liq_market_update takes prices over. */
static void lane_fill(liq_stress_prices *prices, const liq_book *book, uint32_t tile, uint32_t lane)
{
    const liq_venue *venue = prices->venue;

    for (uint32_t i = 0; i < venue->instrument_count; i++) {
        const uint64_t at = ((uint64_t)tile * venue->instrument_count + i) * LIQ_STRESS_TILE + lane;
        const liq_decimal mark = book->instrument_marks[i];
        int64_t floor = 0;
        int64_t ceil = 0;

        const bool fits = mark.digits != 0 &&
                          liq_lot_value(&floor, venue, i, mark, LIQ_ROUND_FLOOR) &&
                          liq_lot_value(&ceil, venue, i, mark, LIQ_ROUND_CEIL);

        LIQ_ASSERT(!fits || (ceil >= floor && ceil - floor <= 1));
        prices->floors[at] = fits ? floor : 0;
        prices->gaps[at] = (uint8_t)(fits ? (uint64_t)(ceil - floor) : LIQ_STRESS_NO_VALUE);
    }
    for (uint32_t i = 0; i < venue->asset_count; i++)
        prices->rates[((uint64_t)tile * venue->asset_count + i) * LIQ_STRESS_TILE + lane] =
            liq_stress_exchange_rate(book, i);
}

static void spans_fill(liq_stress_prices *prices)
{
    const liq_venue *venue = prices->venue;

    for (uint32_t i = 0; i < venue->instrument_count; i++)
        prices->spans[i] = span_of(prices, i);
    for (uint32_t i = 0; i < venue->asset_count; i++) {
        liq_stress_rate_span span = {.least = INT64_MAX};

        for (uint32_t s = 0; s < prices->tile_count * LIQ_STRESS_TILE; s++) {
            const int64_t rate =
                liq_stress_rate(prices, s / LIQ_STRESS_TILE, i, s % LIQ_STRESS_TILE);

            span.least = rate < span.least ? rate : span.least;
            span.most = rate > span.most ? rate : span.most;
        }
        prices->rate_spans[i] = span;
    }
}

static liq_stress_span span_of(const liq_stress_prices *prices, uint32_t instrument)
{
    liq_stress_span out = {.size_least = UINT64_MAX, .fit = true, .is_fine = true};

    for (uint32_t s = 0; s < prices->tile_count * LIQ_STRESS_TILE; s++) {
        const uint64_t at =
            ((uint64_t)(s / LIQ_STRESS_TILE) * prices->venue->instrument_count + instrument) *
                LIQ_STRESS_TILE +
            s % LIQ_STRESS_TILE;
        const uint64_t size =
            liq_stress_size(prices, s / LIQ_STRESS_TILE, instrument, s % LIQ_STRESS_TILE);

        out.fit = out.fit && prices->gaps[at] != LIQ_STRESS_NO_VALUE;
        out.has_gap = out.has_gap || prices->gaps[at] == 1;
        out.is_fine = out.is_fine && (double)prices->gaps[at] <=
                                         (double)liq_size_of(prices->floors[at]) * GAP_SHARE;
        out.size_least = size < out.size_least ? size : out.size_least;
        out.size_most = size > out.size_most ? size : out.size_most;
    }
    return out;
}

/* The size of an inverse contract is in coins: a rate linear in it grows with the value. */
static bool needs_square(const liq_venue *venue, uint32_t instrument)
{
    const liq_instrument *record = &venue->instruments[instrument];

    return record->kind == LIQ_INSTRUMENT_INVERSE && record->tier_form == LIQ_TIER_LINEAR;
}
