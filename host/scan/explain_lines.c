#include "scan/explain_lines.h"

#include <string.h>

#include "base/fail.h"

enum { GRAIN_DECIMALS_MORE = 16, SLOPED_RATE_DECIMALS_MORE = 6, WEIGHT_DECIMALS = 4 };

/* A leg as the margin rule sees it. */
typedef struct leg_view {
    liq_margin_tables tables;
    liq_marked marked;
    const liq_asset *asset;
    int64_t lots;       /* not signed */
    int64_t total_lots; /* that count for the tier */
    uint32_t tier;      /* into the tables */
} leg_view;

static leg_view leg_of(const liq_book *book, const liq_market *market, const liq_position *position,
                       liq_exposure exposure);
static bool requirements_fill(liq_explain_position *out, const leg_view *leg,
                              const liq_position *position, liq_exposure exposure);
static void tier_fill(liq_explain_position *out, const leg_view *leg);
static void price_write(char out[LIQ_AMOUNT_TEXT_BYTES], liq_decimal price);
static void weight_write(char out[LIQ_AMOUNT_TEXT_BYTES], liq_margin_tables tables,
                         liq_asset_record asset, int64_t amount, liq_wide value);
static liq_int128 signed_of(liq_wide value);

void liq_explain_collateral_fill(liq_explain_collateral *out, const liq_book *book,
                                 const liq_market *market, const liq_rows *rows, uint64_t entry)
{
    const liq_margin_tables tables = liq_market_tables(market);
    const uint32_t tag = rows->tags[entry];
    const uint32_t index = tag & LIQ_TAG_INDEX_MAX;
    const int64_t amount = rows->quantities[entry];
    liq_account_sum account = liq_account_sum_zero();
    liq_wide value = liq_wide_make(0, 0);

    *out = (liq_explain_collateral){.asset = liq_names_get(book->venue.asset_names, index),
                                    .decimals = book->venue.assets[index].decimals,
                                    .amount = amount};
    price_write(out->index_price, book->asset_indices[index]);
    if (tables.assets[index].exchange_rate == 0)
        return;
    value = liq_asset_equity(tables, &account, tag, tables.assets[index], value, amount);
    if (account.reason != LIQ_REASON_NONE || !liq_wide_within(value, liq_units_bound()))
        return;
    out->has_value = 1;
    out->value = liq_units_floor(value);
    weight_write(out->weight, tables, tables.assets[index], amount, value);
}

void liq_explain_position_fill(liq_explain_position *out, const liq_book *book,
                               const liq_market *market, const liq_position *position,
                               liq_exposure exposure)
{
    const uint32_t index = position->instrument_index;
    const liq_instrument *instrument = &book->venue.instruments[index];
    const leg_view leg = leg_of(book, market, position, exposure);

    *out = (liq_explain_position){
        .instrument = liq_names_get(book->venue.instrument_names, index),
        .is_short = position->quantity_lots < 0,
        .settle = liq_names_get(book->venue.asset_names, instrument->settle_index),
        .tick_decimals = instrument->tick_decimals};
    liq_explain_quantity_write(out->quantity, instrument, leg.lots);
    price_write(out->entry_price, position->entry_price);
    price_write(out->mark_price, book->instrument_marks[index]);
    if (leg.marked.record.flags & (LIQ_INSTRUMENT_NO_MARK | LIQ_INSTRUMENT_MARK_RANGE))
        return;
    liq_explain_amount_write(
        out->notional,
        signed_of(liq_wide_multiply_unsigned((uint64_t)leg.lots, leg.marked.lot_size)),
        leg.asset->value_decimals);
    liq_explain_amount_write(
        out->unrealised_pnl,
        signed_of(liq_pnl_floor(leg.marked, position->quantity_lots, position->entry_value)),
        leg.asset->value_decimals);
    if (requirements_fill(out, &leg, position, exposure))
        tier_fill(out, &leg);
}

void liq_explain_quantity_write(char out[LIQ_AMOUNT_TEXT_BYTES], const liq_instrument *instrument,
                                int64_t lots)
{
    liq_explain_amount_write(out, (liq_int128)lots * instrument->lot.digits,
                             instrument->lot.decimals);
}

void liq_explain_amount_write(char out[LIQ_AMOUNT_TEXT_BYTES], liq_int128 amount, int32_t decimals)
{
    char text[LIQ_DECIMAL_BYTES];
    const size_t bytes = strlen(liq_decimal_format(text, amount, decimals)) + 1;

    LIQ_ASSERT(bytes <= LIQ_AMOUNT_TEXT_BYTES);
    memcpy(out, text, bytes);
}

static leg_view leg_of(const liq_book *book, const liq_market *market, const liq_position *position,
                       liq_exposure exposure)
{
    const uint32_t index = position->instrument_index;
    const bool with_orders =
        exposure.instrument_index == index && (market->policy.flags & LIQ_POLICY_ORDER_TIER) != 0;
    leg_view out = {.tables = liq_market_tables(market),
                    .asset = &book->venue.assets[book->venue.instruments[index].settle_index],
                    .lots = (int64_t)liq_size_of(position->quantity_lots)};

    out.marked = liq_marked_load(out.tables, index);
    out.total_lots = !with_orders                  ? out.lots
                     : position->quantity_lots < 0 ? exposure.short_lots
                                                   : exposure.long_lots;
    out.tier = liq_tier_of(out.tables, out.marked.record, out.total_lots);
    return out;
}

/* Maintenance and initial margin of the position by itself; false when its rate is out of range. */
static bool requirements_fill(liq_explain_position *out, const leg_view *leg,
                              const liq_position *position, liq_exposure exposure)
{
    const int32_t decimals = leg->asset->decimals + GRAIN_DECIMALS_MORE;
    liq_leg_sum sum = liq_leg_sum_zero();
    liq_wide initial;

    liq_margin_position(leg->tables, &sum, exposure, leg->marked, position->quantity_lots,
                        position->entry_value);
    initial = liq_initial(leg->tables, &sum, leg->marked, leg->lots);
    if (sum.reason != LIQ_REASON_NONE)
        return false;
    liq_explain_amount_write(out->maintenance_margin, signed_of(sum.maintenance), decimals);
    liq_explain_amount_write(out->initial_margin, signed_of(initial), decimals);
    return true;
}

static void tier_fill(liq_explain_position *out, const leg_view *leg)
{
    const liq_instrument_record record = leg->marked.record;
    const bool sloped = (record.flags & LIQ_INSTRUMENT_LINEAR_IN_SIZE) != 0;
    const liq_rate rate = liq_tier_maintenance(leg->tables, leg->tier);
    liq_leg_sum sum = liq_leg_sum_zero();
    const uint64_t count =
        sloped ? liq_sloped_rate_ceil(leg->tables, &sum, leg->marked, rate, leg->total_lots)
               : (uint64_t)rate.base;

    out->tier = leg->tier - record.tier_first + 1;
    liq_explain_amount_write(out->maintenance_rate, (liq_int128)count,
                             liq_asset_rate_decimals(leg->asset) +
                                 (sloped ? SLOPED_RATE_DECIMALS_MORE : 0));
    liq_explain_amount_write(out->deduction, signed_of(leg->tables.tiers[leg->tier].deduction),
                             leg->asset->decimals + GRAIN_DECIMALS_MORE);
}

/* "" when there is none. */
static void price_write(char out[LIQ_AMOUNT_TEXT_BYTES], liq_decimal price)
{
    out[0] = '\0';
    if (price.digits != 0)
        liq_explain_amount_write(out, price.digits, price.decimals);
}

/* The share of the full value that counts, to four decimals; of nothing, the first slice's. */
static void weight_write(char out[LIQ_AMOUNT_TEXT_BYTES], liq_margin_tables tables,
                         liq_asset_record asset, int64_t amount, liq_wide value)
{
    const liq_int128 full = (liq_int128)amount * asset.exchange_rate; /* grains / LIQ_WEIGHT_ONE */
    liq_int128 weight = tables.slices[asset.slice_first].weight;

    if (full != 0)
        weight = (2 * signed_of(value) + full) / (2 * full);
    liq_explain_amount_write(out, weight, WEIGHT_DECIMALS);
}

static liq_int128 signed_of(liq_wide value)
{
    return (liq_int128)((liq_uint128)value.high << 64 | value.low);
}
