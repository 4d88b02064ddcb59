#include "book/market.h"

#include <stdlib.h>

#include "base/fail.h"
#include "base/memory.h"
#include "book/lot_value.h"

/* A rate of a linear-in-size table has so many decimals more than another: LIQ_SLOPED_RATE_FINER.
 */
enum { SLOPED_RATE_DECIMALS = 6 };

/* No mark has these digits. */
enum { MARK_UNKNOWN = -1 };

static void divisors_fill(liq_market *market);
static void policy_fill(liq_market *market, const liq_policy *policy);
static void assets_fill(liq_market *market, const liq_venue *venue);
static void tiers_fill(liq_market *market, const liq_venue *venue, uint32_t instrument_index);
static void instrument_mark(liq_market *market, const liq_book *book, uint32_t instrument_index);
static void index_set(liq_market *market, const liq_book *book, uint32_t asset_index);
static void floors_fill(liq_market *market, const liq_venue *venue, uint32_t instrument_index);
static void tiers_at_value(liq_market *market, const liq_venue *venue, uint32_t instrument_index);
static void lowest_set(liq_instrument_record *record, const liq_tier_record *tiers,
                       uint64_t lot_size);
static int64_t floor_lots(const liq_instrument *instrument, liq_decimal floor,
                          liq_int128 floor_fine, uint64_t lot_size);
static liq_int128 lots_within(liq_int128 fine, uint64_t lot_size, bool above);
static int64_t rate_ceil(liq_decimal rate, int32_t decimals);
static int64_t rate_sum(int64_t rate, int64_t fee);
static void slope_set(int64_t *slope, uint32_t *power, liq_decimal per_unit, liq_decimal lot_size,
                      int32_t decimals);
static liq_wide wide_of(liq_int128 value);

liq_status liq_market_create(liq_market *out, const liq_book *book, liq_error *err)
{
    const liq_venue *venue = &book->venue;
    liq_market market = {.instrument_count = venue->instrument_count,
                         .tier_count = venue->tier_count,
                         .asset_count = venue->asset_count,
                         .slice_count = venue->slice_count};
    liq_status status;

    if ((status = liq_memory_array(&market.instruments, venue->instrument_count,
                                   sizeof *market.instruments, err)) != LIQ_OK ||
        (status = liq_memory_array(&market.marks, venue->instrument_count, sizeof *market.marks,
                                   err)) != LIQ_OK ||
        (status = liq_memory_array(&market.factors, venue->instrument_count, sizeof *market.factors,
                                   err)) != LIQ_OK ||
        (status = liq_memory_array(&market.floors_fine, venue->tier_count,
                                   sizeof *market.floors_fine, err)) != LIQ_OK ||
        (status = liq_memory_array(&market.tiers, venue->tier_count, sizeof *market.tiers, err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&market.assets, venue->asset_count, sizeof *market.assets,
                                   err)) != LIQ_OK ||
        (status = liq_memory_array(&market.slices, venue->slice_count, sizeof *market.slices,
                                   err)) != LIQ_OK) {
        liq_market_clear(&market);
        return status;
    }
    divisors_fill(&market);
    policy_fill(&market, &venue->policy);
    assets_fill(&market, venue);
    for (uint32_t i = 0; i < venue->instrument_count; i++) {
        market.factors[i] = liq_book_margin_factors(book, i);
        tiers_fill(&market, venue, i);
        floors_fill(&market, venue, i);
        market.marks[i].digits = MARK_UNKNOWN;
    }
    if ((status = liq_portfolio_market_create(&market.portfolio, venue, &market, err)) != LIQ_OK) {
        liq_market_clear(&market);
        return status;
    }
    liq_market_update(&market, book);
    *out = market;
    return LIQ_OK;
}

void liq_market_clear(liq_market *market)
{
    free(market->instruments);
    free(market->marks);
    free(market->factors);
    free(market->floors_fine);
    free(market->tiers);
    free(market->assets);
    free(market->slices);
    liq_portfolio_market_clear(&market->portfolio);
    *market = (liq_market){0};
}

void liq_market_update(liq_market *market, const liq_book *book)
{
    for (uint32_t i = 0; i < book->venue.instrument_count; i++) {
        const liq_decimal mark = book->instrument_marks[i];
        const liq_margin_factors factors = liq_book_margin_factors(book, i);

        if (!liq_margin_factors_equal(factors, market->factors[i])) {
            market->factors[i] = factors;
            tiers_fill(market, &book->venue, i);
        } else if (mark.digits == market->marks[i].digits &&
                   mark.decimals == market->marks[i].decimals) {
            continue;
        }
        instrument_mark(market, book, i);
        market->marks[i] = mark;
    }
    for (uint32_t i = 0; i < book->venue.asset_count; i++)
        index_set(market, book, i);
    liq_portfolio_market_update(&market->portfolio, book, market);
}

void liq_market_set_value(liq_market *market, const liq_venue *venue, uint32_t instrument_index,
                          int64_t value)
{
    liq_instrument_record *record = &market->instruments[instrument_index];

    LIQ_ASSERT(value >= -LIQ_LOT_VALUE_MAX && value <= LIQ_LOT_VALUE_MAX);
    market->marks[instrument_index].digits = MARK_UNKNOWN;
    record->value_floor = value;
    record->value_ceil = value;
    record->flags &= ~(LIQ_INSTRUMENT_NO_MARK | LIQ_INSTRUMENT_MARK_RANGE);
    tiers_at_value(market, venue, instrument_index);
}

liq_margin_tables liq_market_tables(const liq_market *market)
{
    return liq_margin_tables_make(market->instruments, market->tiers, market->assets,
                                  market->slices, market->powers, &market->policy);
}

liq_divisor liq_divisor_make(uint64_t divisor)
{
    liq_divisor out = {.divisor = divisor};

    LIQ_ASSERT(divisor > 0);
    while (out.shift < 63 && divisor >> (out.shift + 1) > 0)
        out.shift++;
    /* A power of two would need 2^64: one less is as good, the estimate may be one short. */
    out.reciprocal = (divisor & (divisor - 1)) == 0
                         ? UINT64_MAX
                         : (uint64_t)(((liq_uint128)1 << (64 + out.shift)) / divisor);
    return out;
}

static void divisors_fill(liq_market *market)
{
    uint64_t power = 1;

    for (uint32_t i = 0; i < LIQ_POWERS; i++, power *= 10)
        market->powers[i] = liq_divisor_make(power);
    LIQ_ASSERT(market->powers[16].divisor == LIQ_GRAINS_PER_UNIT &&
               market->powers[16].reciprocal == LIQ_GRAINS_RECIPROCAL &&
               market->powers[16].shift == LIQ_GRAINS_SHIFT);
}

static void policy_fill(liq_market *market, const liq_policy *policy)
{
    for (uint32_t i = 0; i < LIQ_LEVELS; i++)
        market->policy.levels[i] =
            (liq_level_record){.equity_factor = policy->levels[i].equity_factor,
                               .requirement_factor = policy->levels[i].requirement_factor,
                               .inclusive = policy->levels[i].inclusive};
    market->policy.flags = (policy->pnl_is_collateral ? LIQ_POLICY_PNL_IS_COLLATERAL : 0) |
                           (policy->order_margin ? LIQ_POLICY_ORDER_MARGIN : 0) |
                           (policy->order_tier ? LIQ_POLICY_ORDER_TIER : 0);
}

static void assets_fill(liq_market *market, const liq_venue *venue)
{
    for (uint32_t i = 0; i < venue->asset_count; i++) {
        const uint64_t grains_per_fine =
            market->powers[liq_asset_rate_decimals(&venue->assets[i])].divisor;
        const liq_int128 grains_max = (liq_int128)INT64_MAX * LIQ_GRAINS_PER_UNIT;

        market->assets[i] =
            (liq_asset_record){.grains_per_fine = grains_per_fine,
                               .fine_max = wide_of(grains_max / (liq_int128)grains_per_fine),
                               .slice_first = venue->assets[i].slice_first,
                               .slice_count = venue->assets[i].slice_count,
                               .flags = i == 0 ? LIQ_ASSET_MARGIN_CURRENCY : 0};
    }
    for (uint32_t i = 0; i < venue->slice_count; i++)
        market->slices[i] =
            (liq_slice_record){.up_to = venue->slices[i].up_to, .weight = venue->slices[i].weight};
}

/* What no price changes: rates and deductions under the factors that hold. */
static void tiers_fill(liq_market *market, const liq_venue *venue, uint32_t instrument_index)
{
    const liq_instrument *instrument = &venue->instruments[instrument_index];
    const int32_t decimals = liq_asset_rate_decimals(&venue->assets[instrument->settle_index]);
    const bool linear = instrument->tier_form == LIQ_TIER_LINEAR;
    const bool continuous =
        instrument->tier_form == LIQ_TIER_DEDUCTION || instrument->tier_form == LIQ_TIER_MARGINAL;
    const int32_t rate_decimals = decimals + (linear ? SLOPED_RATE_DECIMALS : 0);
    const int64_t fee = venue->policy.fee_in_requirement
                            ? rate_ceil(instrument->liquidation_fee, rate_decimals)
                            : 0;
    liq_scaled_tier scaled = {0};

    market->instruments[instrument_index] = (liq_instrument_record){
        .asset_index = instrument->settle_index,
        .flags = (linear ? LIQ_INSTRUMENT_LINEAR_IN_SIZE : 0) |
                 (continuous ? LIQ_INSTRUMENT_CONTINUOUS : 0) |
                 (instrument->kind >= LIQ_INSTRUMENT_OPTION ? LIQ_INSTRUMENT_OPTION_FLAG : 0),
        .tier_first = instrument->tier_first,
        .tier_count = instrument->tier_count};
    for (uint32_t i = 0; i < instrument->tier_count; i++) {
        const liq_scaled_tier before = scaled;

        /* Factors were checked at the door. */
        LIQ_ASSERT(liq_tier_scale(&scaled, venue, instrument_index, i, &before,
                                  market->factors[instrument_index]));
        market->tiers[instrument->tier_first + i] =
            (liq_tier_record){.maintenance_rate = rate_sum(scaled.maintenance_rate, fee),
                              .initial_rate = scaled.initial_rate,
                              .deduction = wide_of(scaled.deduction_grains)};
    }
}

static void instrument_mark(liq_market *market, const liq_book *book, uint32_t instrument_index)
{
    const liq_decimal mark = book->instrument_marks[instrument_index];
    liq_instrument_record *record = &market->instruments[instrument_index];

    record->value_floor = 0;
    record->value_ceil = 0;
    record->flags &= ~(LIQ_INSTRUMENT_NO_MARK | LIQ_INSTRUMENT_MARK_RANGE);
    if (mark.digits == 0) {
        record->flags |= LIQ_INSTRUMENT_NO_MARK;
    } else if (!liq_lot_value(&record->value_floor, &book->venue, instrument_index, mark,
                              LIQ_ROUND_FLOOR) ||
               !liq_lot_value(&record->value_ceil, &book->venue, instrument_index, mark,
                              LIQ_ROUND_CEIL)) {
        record->value_floor = 0;
        record->value_ceil = 0;
        record->flags |= LIQ_INSTRUMENT_MARK_RANGE;
    }
    tiers_at_value(market, &book->venue, instrument_index);
}

/* Index prices were checked at the door; a shocked one is rounded down to the grid, and one that
   leaves the range counts as absent, so that nothing is valued by it. */
static void index_set(liq_market *market, const liq_book *book, uint32_t asset_index)
{
    const int32_t decimals =
        12 + book->venue.cash_decimals - book->venue.assets[asset_index].decimals;
    liq_int128 rate = 0;

    if (asset_index == 0)
        rate = LIQ_EXCHANGE_RATE_ONE;
    else if (!liq_decimal_scale(&rate, book->asset_indices[asset_index], decimals,
                                LIQ_ROUND_FLOOR) ||
             rate > LIQ_EXCHANGE_RATE_MAX)
        rate = 0;
    market->assets[asset_index].exchange_rate = (int64_t)rate;
}

/* Floors of tiers by notional, in the rounding that their lots are counted with. */
static void floors_fill(liq_market *market, const liq_venue *venue, uint32_t instrument_index)
{
    const liq_instrument *instrument = &venue->instruments[instrument_index];
    const int32_t decimals = venue->assets[instrument->settle_index].value_decimals;
    const liq_rounding rounding =
        instrument->tier_form == LIQ_TIER_WHOLE ? LIQ_ROUND_FLOOR : LIQ_ROUND_CEIL;

    for (uint32_t i = 0; i < instrument->tier_count; i++) {
        liq_int128 *fine = &market->floors_fine[instrument->tier_first + i];

        if (!liq_decimal_scale(fine, venue->tiers[instrument->tier_first + i].floor, decimals,
                               rounding))
            *fine = -1;
    }
}

/* Tier floors in lots, and slopes that follow the value of a lot. */
static void tiers_at_value(liq_market *market, const liq_venue *venue, uint32_t instrument_index)
{
    const liq_instrument *instrument = &venue->instruments[instrument_index];
    const liq_asset *asset = &venue->assets[instrument->settle_index];
    const liq_margin_factors factors = market->factors[instrument_index];
    liq_instrument_record *record = &market->instruments[instrument_index];
    const uint64_t low = liq_size_of(record->value_floor);
    const uint64_t high = liq_size_of(record->value_ceil);
    const uint64_t lot_size = low > high ? low : high;
    const liq_decimal lot = instrument->kind == LIQ_INSTRUMENT_INVERSE
                                ? (liq_decimal){(int64_t)lot_size, asset->value_decimals}
                                : instrument->lot_multiplier;

    for (uint32_t i = 0; i < instrument->tier_count; i++) {
        const liq_tier *tier = &venue->tiers[instrument->tier_first + i];
        liq_tier_record *target = &market->tiers[instrument->tier_first + i];

        target->floor_lots = floor_lots(instrument, tier->floor,
                                        market->floors_fine[instrument->tier_first + i], lot_size);
        slope_set(&target->maintenance_slope, &target->maintenance_slope_power,
                  liq_slope_scaled_ceil(tier->maintenance_slope, factors.maintenance_ppm), lot,
                  liq_asset_rate_decimals(asset) + SLOPED_RATE_DECIMALS);
        slope_set(&target->initial_slope, &target->initial_slope_power,
                  liq_slope_scaled_ceil(tier->initial_slope, factors.initial_ppm), lot,
                  liq_asset_rate_decimals(asset) + SLOPED_RATE_DECIMALS);
    }
    lowest_set(record, &market->tiers[instrument->tier_first], lot_size);
}

/* The first tier beside the price. */
static void lowest_set(liq_instrument_record *record, const liq_tier_record *tiers,
                       uint64_t lot_size)
{
    const bool deducts = (tiers[0].deduction.low | tiers[0].deduction.high) != 0;

    record->lot_size = lot_size;
    record->lowest_maintenance_rate = tiers[0].maintenance_rate;
    record->lowest_initial_rate = tiers[0].initial_rate;
    record->lowest_end_lots = deducts                  ? 0
                              : record->tier_count > 1 ? tiers[1].floor_lots
                                                       : INT64_MAX;
}

/*
 * The least number of lots for which a tier holds. Floors of whole-size tables belong to the tier
 * below ("up to", OKX); in continuous tables both sides of a floor give the same margin.
 */
static int64_t floor_lots(const liq_instrument *instrument, liq_decimal floor,
                          liq_int128 floor_fine, uint64_t lot_size)
{
    const bool above = instrument->tier_form == LIQ_TIER_WHOLE;
    const liq_rounding rounding = above ? LIQ_ROUND_FLOOR : LIQ_ROUND_CEIL;
    liq_int128 lots = INT64_MAX;
    int64_t quantity;

    if (floor.digits == 0)
        return 0;
    if (instrument->tier_measure == LIQ_TIER_BY_QUANTITY) {
        if (liq_decimal_divide(&quantity, floor, instrument->lot, 0, rounding))
            lots = (liq_int128)quantity + above;
    } else if (lot_size > 0 && floor_fine >= 0) {
        lots = lots_within(floor_fine, lot_size, above);
    }
    return lots > INT64_MAX ? INT64_MAX : (int64_t)lots;
}

/* The same in 64 bits where they hold it: there a division is several times as fast. */
static liq_int128 lots_within(liq_int128 fine, uint64_t lot_size, bool above)
{
    const liq_int128 more = above ? 0 : (liq_int128)lot_size - 1;

    if (fine + more <= INT64_MAX)
        return (liq_int128)((uint64_t)(fine + more) / lot_size) + above;
    return (fine + more) / (liq_int128)lot_size + above;
}

/* Rates were checked at the door to be below LIQ_RATE_WHOLE_MAX; one finer than the unit rounds up.
 */
static int64_t rate_ceil(liq_decimal rate, int32_t decimals)
{
    liq_int128 out;

    LIQ_ASSERT(liq_decimal_scale(&out, rate, decimals, LIQ_ROUND_CEIL) && out <= INT64_MAX);
    return (int64_t)out;
}

/* A sum past 63 bits stays past the largest rate that a linear-in-size table may have. */
static int64_t rate_sum(int64_t rate, int64_t fee)
{
    return rate > INT64_MAX - fee ? INT64_MAX : rate + fee;
}

/* The slope for one lot with as many digits as 64 bits hold; past them every size is out of range.
 */
static void slope_set(int64_t *slope, uint32_t *power, liq_decimal per_unit, liq_decimal lot_size,
                      int32_t decimals)
{
    liq_int128 wide;

    *slope = 0;
    *power = 0;
    if (per_unit.digits == 0)
        return;
    for (int32_t more = LIQ_POWERS - 1; more >= 0; more--)
        if (liq_decimal_product(&wide, per_unit, lot_size, decimals + more, LIQ_ROUND_CEIL) &&
            wide <= INT64_MAX) {
            *slope = (int64_t)wide;
            *power = (uint32_t)more;
            return;
        }
    *slope = INT64_MAX;
}

static liq_wide wide_of(liq_int128 value)
{
    return liq_wide_make((uint64_t)((liq_uint128)value >> 64), (uint64_t)value);
}
