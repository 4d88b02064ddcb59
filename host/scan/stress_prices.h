/*
 * Prices of a batch of scenarios, tile by tile: values of a lot as the margin rule takes them, and
 * from these what kernels/stress_screen.h reads.
 */
#ifndef LIQ_SCAN_STRESS_PRICES_H
#define LIQ_SCAN_STRESS_PRICES_H

#include <stdbool.h>
#include <stdint.h>

#include "book/market.h"
#include "scan/stress_set.h"
#include "stress_edges.h"

#define LIQ_STRESS_NO_VALUE 2u

/* How far the value of a lot goes in a batch. */
typedef struct liq_stress_span {
    uint64_t size_least; /* fine units, rounded up as notional is */
    uint64_t size_most;
    bool fit;     /* there is a value in every scenario */
    bool is_fine; /* its two roundings are no more than a share of 2^-25 apart */
    bool has_gap; /* they are apart in some scenario, by one fine unit */
} liq_stress_span;

/* Exchange rates of an asset likewise, 10^-12 cash units; least is 0 where there is none. */
typedef struct liq_stress_rate_span {
    int64_t least;
    int64_t most;
} liq_stress_rate_span;

/*
 * Of a batch. Scenario s lies in tile s / LIQ_STRESS_TILE; the value of instrument i there at
 * floors[((tile x instrument_count) + i) x LIQ_STRESS_TILE + s % LIQ_STRESS_TILE], rates likewise
 * by asset. The last tile is filled up with the book's own prices.
 */
typedef struct liq_stress_prices {
    const liq_venue *venue;
    int64_t *floors; /* of one lot, rounded down; 0: none */
    uint8_t *gaps;   /* what rounded up is more: 0 or 1; LIQ_STRESS_NO_VALUE */
    int64_t *rates;
    liq_stress_span *spans;           /* by instrument */
    liq_stress_rate_span *rate_spans; /* by asset */
    double *fine_per_unit;            /* by instrument: of its settle asset */
    uint32_t *squares;    /* by instrument: its row of squares, LIQ_NO_INDEX: it needs none */
    uint32_t price_count; /* rows of a tile's prices: instruments, assets, squares */
    uint32_t first;       /* scenario of the set */
    uint32_t count;
    uint32_t tile_count;
    uint32_t tile_capacity;
} liq_stress_prices;

/** Bytes that a tile takes. */
uint64_t liq_stress_prices_tile_bytes(const liq_venue *venue);

/** Take the memory for so many tiles. @param market  of the book at its own prices */
LIQ_MUST_USE liq_status liq_stress_prices_create(liq_stress_prices *out, const liq_book *book,
                                                 const liq_market *market, uint32_t tile_capacity,
                                                 liq_error *err);

/** Takes a zeroed or filled one. */
void liq_stress_prices_clear(liq_stress_prices *prices);

/** Take over scenarios of a set. @param count  at most tile_capacity x LIQ_STRESS_TILE */
LIQ_MUST_USE liq_status liq_stress_prices_fill(liq_stress_prices *prices, const liq_stress_set *set,
                                               uint32_t first, uint32_t count, liq_error *err);

/**
 * Write the rows of a tile, and their edges (kernels/stress_edges.h).
 * @param target  price_count x LIQ_STRESS_TILE
 * @param edges   price_count x LIQ_STRESS_EDGE_FLOATS
 */
void liq_stress_prices_tile(const liq_stress_prices *prices, uint32_t tile, float *target,
                            float *edges);

/** The exchange rate of an asset at a book's prices, as liq_market_update has it; 0: none. */
int64_t liq_stress_exchange_rate(const liq_book *book, uint32_t asset);

/** The value of a lot in a scenario of a tile, rounded against the holder. */
static inline int64_t liq_stress_value(const liq_stress_prices *prices, uint32_t tile,
                                       uint32_t instrument, uint32_t lane, bool is_short)
{
    const uint64_t at =
        ((uint64_t)tile * prices->venue->instrument_count + instrument) * LIQ_STRESS_TILE + lane;

    return prices->floors[at] + (is_short ? prices->gaps[at] : 0);
}

/** The same as a size, rounded up as notional is. */
static inline uint64_t liq_stress_size(const liq_stress_prices *prices, uint32_t tile,
                                       uint32_t instrument, uint32_t lane)
{
    const int64_t floor = liq_stress_value(prices, tile, instrument, lane, false);

    return floor < 0 ? liq_size_of(floor)
                     : (uint64_t)liq_stress_value(prices, tile, instrument, lane, true);
}

/** The exchange rate of an asset in a scenario of a tile. */
static inline int64_t liq_stress_rate(const liq_stress_prices *prices, uint32_t tile,
                                      uint32_t asset, uint32_t lane)
{
    return prices
        ->rates[((uint64_t)tile * prices->venue->asset_count + asset) * LIQ_STRESS_TILE + lane];
}

#endif
