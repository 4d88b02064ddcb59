#include "scan/plan_offers.h"

#include <stdlib.h>

#include "base/fail.h"
#include "base/memory.h"
#include "book/lot_value.h"

static uint64_t side_first(const liq_book *book, uint32_t instrument, bool is_asks);
static void levels_fill(liq_plan_offers *out, const liq_book *book, uint64_t first, uint64_t end,
                        int64_t taken, int64_t lots_max);
static void mark_fill(liq_plan_offers *out, const liq_book *book, const liq_market *market,
                      uint32_t instrument, bool is_buy, int64_t lots_max);
static void offer_add(liq_plan_offers *out, int64_t lots, int64_t value);
static liq_int128 worth_of(const liq_plan_offers *offers, int64_t lots);
static bool fee_of(int64_t *out, liq_int128 size_grains, int64_t fee_nano);
static bool cash_grains_floor(liq_int128 *out, liq_asset_record asset, liq_int128 grains);
static liq_int128 quotient_floor(liq_int128 value, liq_int128 by);

liq_status liq_plan_offers_create(liq_plan_offers *out, const liq_book *book,
                                  const liq_market *market, uint32_t instrument_index, bool is_buy,
                                  int64_t taken, int64_t lots_max, liq_error *err)
{
    const uint64_t first = side_first(book, instrument_index, is_buy);
    const uint64_t end = is_buy ? side_first(book, instrument_index + 1, false)
                                : side_first(book, instrument_index, true);
    const uint64_t count = book->depth_count == 0 ? 1 : end - first;
    liq_status status;

    if ((status = liq_memory_array(&out->ends, count, sizeof *out->ends, err)) != LIQ_OK ||
        (status = liq_memory_array(&out->values, count, sizeof *out->values, err)) != LIQ_OK ||
        (status = liq_memory_array(&out->worths, count, sizeof *out->worths, err)) != LIQ_OK) {
        liq_plan_offers_clear(out);
        return status;
    }
    if (book->depth_count == 0)
        mark_fill(out, book, market, instrument_index, is_buy, lots_max);
    else
        levels_fill(out, book, first, end, taken, lots_max);
    return LIQ_OK;
}

void liq_plan_offers_clear(liq_plan_offers *offers)
{
    free(offers->ends);
    free(offers->values);
    free(offers->worths);
    *offers = (liq_plan_offers){0};
}

int64_t liq_plan_offers_lots(const liq_plan_offers *offers)
{
    return offers->count == 0 ? 0 : offers->ends[offers->count - 1];
}

uint32_t liq_plan_offers_level(const liq_plan_offers *offers, int64_t lots)
{
    uint32_t low = 0;
    uint32_t high = offers->count - 1;

    LIQ_ASSERT(lots > 0 && lots <= liq_plan_offers_lots(offers));
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;

        if (offers->ends[middle] < lots)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool liq_plan_order_make(liq_plan_order *out, const liq_plan_held *held, int64_t lots)
{
    const liq_margin_tables tables = liq_market_tables(held->market);
    const liq_marked marked = liq_marked_load(tables, held->instrument_index);
    const liq_asset_record asset = tables.assets[marked.record.asset_index];
    const int64_t signed_lots = held->is_long ? lots : -lots;
    const liq_int128 worth = worth_of(held->offers, lots);
    const liq_wide pnl = liq_pnl_floor(marked, signed_lots, held->entry_value);
    const liq_int128 at_mark = (liq_int128)((liq_uint128)pnl.high << 64 | pnl.low);
    const liq_int128 realised =
        (held->is_long ? worth : -worth) - (liq_int128)signed_lots * held->entry_value;
    const liq_int128 by = (liq_int128)asset.grains_per_fine;
    const liq_int128 fine_max =
        (liq_int128)((liq_uint128)asset.fine_max.high << 64 | asset.fine_max.low);
    const liq_int128 size = worth < 0 ? -worth : worth;
    liq_int128 units;

    *out = (liq_plan_order){.worth = worth};
    if (at_mark > fine_max || at_mark < -fine_max || realised > fine_max || realised < -fine_max ||
        size > fine_max || !fee_of(&out->fee, size * by, held->fee_nano))
        return false;
    units = quotient_floor(realised * by, LIQ_GRAINS_PER_UNIT) - out->fee;
    if (units > INT64_MAX || units < INT64_MIN)
        return false;
    out->change = (int64_t)units;
    if (!cash_grains_floor(&out->cost, asset, units * LIQ_GRAINS_PER_UNIT - at_mark * by))
        return false;
    out->cost = -out->cost;
    return cash_grains_floor(&out->cost_low, asset,
                             (at_mark - realised) * by +
                                 size * by / LIQ_RATE_NANO * held->fee_nano);
}

/* Levels lie by instrument, bids before asks. */
static uint64_t side_first(const liq_book *book, uint32_t instrument, bool is_asks)
{
    const uint64_t wanted = (uint64_t)instrument << 1 | is_asks;
    uint64_t low = 0;
    uint64_t high = book->depth_count;

    while (low < high) {
        const uint64_t middle = low + (high - low) / 2;
        const liq_depth_level *level = &book->depth[middle];

        if (((uint64_t)level->instrument_index << 1 | !level->is_bid) < wanted)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void levels_fill(liq_plan_offers *out, const liq_book *book, uint64_t first, uint64_t end,
                        int64_t taken, int64_t lots_max)
{
    for (uint64_t i = first; i < end && liq_plan_offers_lots(out) < lots_max; i++) {
        const liq_depth_level *level = &book->depth[i];
        const int64_t room = lots_max - liq_plan_offers_lots(out);
        const int64_t left = level->quantity_lots - taken;
        int64_t value;

        if (left <= 0) {
            taken = -left;
            continue;
        }
        if (!liq_lot_value(&value, &book->venue, level->instrument_index, level->price,
                           level->is_bid ? LIQ_ROUND_FLOOR : LIQ_ROUND_CEIL))
            return;
        offer_add(out, left < room ? left : room, value);
        taken = 0;
    }
}

static void mark_fill(liq_plan_offers *out, const liq_book *book, const liq_market *market,
                      uint32_t instrument, bool is_buy, int64_t lots_max)
{
    const liq_instrument_record *record = &market->instruments[instrument];
    const int64_t value = is_buy ? record->value_ceil : record->value_floor;
    const liq_int128 product =
        (liq_int128)liq_size_of(value) * book->venue.policy.liquidation.execution_cost;
    const int64_t cost = (int64_t)((product + LIQ_RATE_NANO - 1) / LIQ_RATE_NANO);

    if (!(record->flags & (LIQ_INSTRUMENT_NO_MARK | LIQ_INSTRUMENT_MARK_RANGE)))
        offer_add(out, lots_max, is_buy ? value + cost : value - cost);
}

static void offer_add(liq_plan_offers *out, int64_t lots, int64_t value)
{
    const uint32_t at = out->count++;

    out->ends[at] = (at == 0 ? 0 : out->ends[at - 1]) + lots;
    out->values[at] = value;
    out->worths[at] = (at == 0 ? 0 : out->worths[at - 1]) + (liq_int128)lots * value;
}

static liq_int128 worth_of(const liq_plan_offers *offers, int64_t lots)
{
    uint32_t at;

    if (lots == 0)
        return 0;
    at = liq_plan_offers_level(offers, lots);
    return offers->worths[at] - (liq_int128)(offers->ends[at] - lots) * offers->values[at];
}

/* rate x size, rounded up to a unit twice, as a liquidation's fee is. */
static bool fee_of(int64_t *out, liq_int128 size_grains, int64_t fee_nano)
{
    const liq_int128 units = -quotient_floor(-size_grains, LIQ_GRAINS_PER_UNIT);
    const liq_int128 fee = -quotient_floor(-units * fee_nano, LIQ_RATE_NANO);

    *out = (int64_t)fee;
    return fee <= INT64_MAX;
}

/* A grain of the asset is worth exchange_rate x 10^-12 cash grains. */
static bool cash_grains_floor(liq_int128 *out, liq_asset_record asset, liq_int128 grains)
{
    const liq_int128 whole = quotient_floor(grains, LIQ_EXCHANGE_RATE_ONE);
    const liq_int128 rest = grains - whole * LIQ_EXCHANGE_RATE_ONE;
    liq_int128 product;

    if (__builtin_mul_overflow(whole, (liq_int128)asset.exchange_rate, &product))
        return false;
    *out = product + rest * asset.exchange_rate / LIQ_EXCHANGE_RATE_ONE;
    return true;
}

static liq_int128 quotient_floor(liq_int128 value, liq_int128 by)
{
    return value / by - (value % by < 0);
}
