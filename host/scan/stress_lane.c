#include "scan/stress_lane.h"

#include "base/fail.h"
#include "scan/stress_open.h"

static bool notionals_read(liq_stress_result *out, const liq_stress_tally *sum,
                           const liq_stress_tile *tile, uint32_t lane);
static bool notional_add(liq_int128 *sum, const liq_stress_tile *tile, uint32_t instrument,
                         uint32_t lane, uint64_t lots);
static void funds_read(liq_stress_result *out, const liq_stress_tally *sum,
                       const liq_stress_tile *tile, uint32_t lane);
static liq_int128 needed_fine(const liq_stress_tally *sum, const liq_stress_tile *tile,
                              uint32_t lane, uint32_t fund);

bool liq_stress_lane_read(liq_stress_result *out, const liq_stress_tally *sum,
                          const liq_stress_tile *tile, uint32_t lane)
{
    const uint32_t unvalued = tile->pack->unvalued_count;
    uint64_t told = 0;

    *out = (liq_stress_result){.margin_called = sum->called[lane]};
    for (uint32_t i = LIQ_ROW_WARNING; i < LIQ_MARGIN_STATUS_COUNT; i++) {
        out->by_status[i] = (uint64_t)(sum->by_status[i][lane] + sum->scattered_status[i][lane]);
        told += out->by_status[i];
    }
    out->by_status[LIQ_ROW_UNVALUED] += unvalued;
    out->by_status[LIQ_ROW_OK] = tile->rows->row_count - told - unvalued;
    funds_read(out, sum, tile, lane);
    return notionals_read(out, sum, tile, lane);
}

static bool notionals_read(liq_stress_result *out, const liq_stress_tally *sum,
                           const liq_stress_tile *tile, uint32_t lane)
{
    for (uint32_t i = 0; i < tile->book->venue.instrument_count; i++) {
        const size_t at = (size_t)i * LIQ_STRESS_STEPS + lane;

        if (!notional_add(&out->long_notional, tile, i, lane,
                          (uint64_t)(sum->flagged.longs[at] + sum->narrow.longs[at] +
                                     sum->scattered.longs[at])) ||
            !notional_add(&out->short_notional, tile, i, lane,
                          (uint64_t)(sum->flagged.shorts[at] + sum->narrow.shorts[at] +
                                     sum->scattered.shorts[at])) ||
            !notional_add(&out->open_notional, tile, i, lane, tile->open_lots[2 * (size_t)i]) ||
            !notional_add(&out->open_notional, tile, i, lane, tile->open_lots[2 * (size_t)i + 1]))
            return false;
    }
    return true;
}

/* Cash units, rounded up for each instrument.  false when past 128 bits */
static bool notional_add(liq_int128 *sum, const liq_stress_tile *tile, uint32_t instrument,
                         uint32_t lane, uint64_t lots)
{
    const uint32_t asset = tile->book->venue.instruments[instrument].settle_index;
    liq_int128 cash;

    return lots == 0 ||
           (liq_stress_notional_ceil(&cash, tile->market, instrument, (int64_t)lots,
                                     liq_stress_size(tile->prices, tile->tile, instrument, lane),
                                     liq_stress_rate(tile->prices, tile->tile, asset, lane)) &&
            !__builtin_add_overflow(*sum, cash, sum));
}

static void funds_read(liq_stress_result *out, const liq_stress_tally *sum,
                       const liq_stress_tile *tile, uint32_t lane)
{
    const liq_venue *venue = &tile->book->venue;

    for (uint32_t i = 0; i <= venue->fund_count; i++) {
        const liq_int128 fine = needed_fine(sum, tile, lane, i);
        const liq_int128 needed = fine / tile->fine_per_unit + (fine % tile->fine_per_unit > 0);
        const int64_t rate =
            i < venue->fund_count
                ? liq_stress_rate(tile->prices, tile->tile, venue->funds[i].asset_index, lane)
                : 0;
        const liq_int128 left = needed - liq_stress_fund_available(tile->funds, i, rate);

        out->fund_needed += needed;
        out->adl_needed += left > 0 ? left : 0;
    }
}

/* What is asked of a fund, fine units: sums may wrap, what they come to does not. */
static liq_int128 needed_fine(const liq_stress_tally *sum, const liq_stress_tile *tile,
                              uint32_t lane, uint32_t fund)
{
    liq_uint128 out = (liq_uint128)sum->needed[(size_t)fund * LIQ_STRESS_TILE + lane] -
                      (liq_uint128)sum->constants[(size_t)fund * LIQ_STRESS_STEPS + lane];

    for (uint32_t i = 0; i < tile->book->venue.instrument_count; i++) {
        const size_t at = (size_t)i * LIQ_STRESS_STEPS + lane;

        if (tile->funds->instrument_funds[i] != fund)
            continue;
        out -= (liq_uint128)sum->narrow.longs[at] *
               (liq_uint128)liq_stress_value(tile->prices, tile->tile, i, lane, false);
        out += (liq_uint128)sum->narrow.shorts[at] *
               (liq_uint128)liq_stress_value(tile->prices, tile->tile, i, lane, true);
    }
    /* Who has less than a cash unit left is bankrupt, and owes a little less than nothing. More
       than that would say that what was proven was wrong. */
    LIQ_ASSERT((liq_int128)out >= -(liq_int128)tile->rows->row_count * tile->fine_per_unit);
    return (liq_int128)out > 0 ? (liq_int128)out : 0;
}
