#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "book/market.h"
#include "liq_limits.h"

enum { TIERS_MAX = 3 };

/* A venue of one margin currency, one coin and one instrument, lent to a book without accounts. */
typedef struct small_venue {
    liq_book book;
    liq_asset assets[2];
    liq_weight_slice slices[2];
    liq_instrument instrument;
    liq_tier tiers[TIERS_MAX];
    liq_decimal mark;
    liq_decimal indices[2];
} small_venue;

/* Cash of 8 decimals, lot values of 12, so that rates count 10^-12; a lot of 0.001 of one unit. */
static void start(small_venue *small)
{
    *small = (small_venue){
        .assets = {{.decimals = 8, .value_decimals = 12, .slice_first = 0, .slice_count = 1},
                   {.decimals = 6, .value_decimals = 16, .slice_first = 1, .slice_count = 1}},
        .slices = {{INT64_MAX, LIQ_WEIGHT_ONE}, {INT64_MAX, 9500}},
        .instrument = {.kind = LIQ_INSTRUMENT_LINEAR,
                       .tier_form = LIQ_TIER_DEDUCTION,
                       .tier_count = 1,
                       .lot = {1, 3},
                       .multiplier = {1, 0},
                       .lot_multiplier = {1, 3}},
        .mark = {100, 0},
        .indices = {{1, 0}, {25, 1}},
    };
    small->book.venue.cash_decimals = 8;
    small->book.venue.asset_count = 2;
    small->book.venue.slice_count = 2;
    small->book.venue.instrument_count = 1;
    small->book.venue.tier_count = TIERS_MAX;
    small->book.venue.assets = small->assets;
    small->book.venue.slices = small->slices;
    small->book.venue.instruments = &small->instrument;
    small->book.venue.tiers = small->tiers;
    small->book.instrument_marks = &small->mark;
    small->book.asset_indices = small->indices;
}

static liq_market made(const small_venue *small)
{
    liq_market market = {0};

    cr_assert_eq(liq_market_create(&market, &small->book, NULL), LIQ_OK);
    return market;
}

Test(market, takes_over_what_no_price_changes)
{
    small_venue small;
    liq_market market;

    start(&small);
    small.tiers[0].maintenance_rate = (liq_decimal){4, 3};
    small.tiers[0].initial_rate = (liq_decimal){8, 3};
    small.tiers[0].deduction_grains = ((liq_int128)7 << 64) + 5;
    small.book.venue.policy.levels[2] = (liq_policy_level){1050000, 1000000, true};
    small.book.venue.policy.pnl_is_collateral = true;
    small.book.venue.policy.order_tier = true;
    market = made(&small);
    cr_expect_eq(market.tiers[0].maintenance_rate, 4000000000);
    cr_expect_eq(market.tiers[0].initial_rate, 8000000000);
    cr_expect_eq(market.tiers[0].deduction.high, 7);
    cr_expect_eq(market.tiers[0].deduction.low, 5);
    cr_expect_eq(market.instruments[0].flags, LIQ_INSTRUMENT_CONTINUOUS);
    cr_expect_eq(market.assets[0].flags, LIQ_ASSET_MARGIN_CURRENCY);
    cr_expect_eq(market.assets[0].grains_per_fine, 1000000000000);
    cr_expect_eq(market.assets[1].flags, 0);
    cr_expect_eq(market.assets[1].grains_per_fine, 1000000);
    cr_expect_eq(market.slices[1].weight, 9500);
    cr_expect_eq(market.policy.levels[2].equity_factor, 1050000);
    cr_expect_eq(market.policy.levels[2].inclusive, 1);
    cr_expect_eq(market.policy.levels[0].equity_factor, 0);
    cr_expect_eq(market.policy.flags, LIQ_POLICY_PNL_IS_COLLATERAL | LIQ_POLICY_ORDER_TIER);
    liq_market_clear(&market);
}

/* The largest sum of fine units still fits 2^63 - 1 units of the asset, and one more does not. */
Test(market, bounds_fine_units_by_what_63_bits_of_units_hold)
{
    small_venue small;
    liq_market market;

    start(&small);
    market = made(&small);
    for (uint32_t i = 0; i < 2; i++) {
        const liq_int128 bound = (liq_int128)INT64_MAX * LIQ_GRAINS_PER_UNIT;
        const liq_int128 most = ((liq_int128)market.assets[i].fine_max.high << 64) +
                                (liq_int128)market.assets[i].fine_max.low;
        const liq_int128 grains = (liq_int128)market.assets[i].grains_per_fine;

        cr_expect(most * grains <= bound);
        cr_expect((most + 1) * grains > bound);
    }
    liq_market_clear(&market);
}

Test(market, rounds_rates_that_are_too_fine_up)
{
    small_venue small;
    liq_market market;

    start(&small);
    small.instrument.settle_index = 1; /* rates count 10^-6 */
    small.tiers[0].maintenance_rate = (liq_decimal){40001, 7};
    small.tiers[0].initial_rate = (liq_decimal){1, 18};
    market = made(&small);
    cr_expect_eq(market.tiers[0].maintenance_rate, 4001);
    cr_expect_eq(market.tiers[0].initial_rate, 1);
    liq_market_clear(&market);
}

Test(market, adds_the_liquidation_fee_to_every_maintenance_rate)
{
    small_venue small;
    liq_market market;

    start(&small);
    small.book.venue.policy.fee_in_requirement = true;
    small.instrument.liquidation_fee = (liq_decimal){6, 4};
    small.instrument.tier_count = 2;
    small.tiers[0].maintenance_rate = (liq_decimal){1, 2};
    small.tiers[1].maintenance_rate = (liq_decimal){2, 2};
    small.tiers[1].floor = (liq_decimal){1, 0};
    small.tiers[1].initial_rate = (liq_decimal){5, 2};
    market = made(&small);
    cr_expect_eq(market.tiers[0].maintenance_rate, 10600000000);
    cr_expect_eq(market.tiers[1].maintenance_rate, 20600000000);
    cr_expect_eq(market.tiers[1].initial_rate, 50000000000);
    liq_market_clear(&market);
}

/* The rates of such a table have six decimals more; with a fee on top they may pass 63 bits. */
Test(market, holds_the_largest_rate_of_a_linear_in_size_table)
{
    small_venue small;
    liq_market market;

    start(&small);
    small.instrument.tier_form = LIQ_TIER_LINEAR;
    small.tiers[0].maintenance_rate = (liq_decimal){899999999999999999, 17};
    small.tiers[0].initial_rate = (liq_decimal){899999999999999999, 17};
    market = made(&small);
    cr_expect_eq(market.tiers[0].maintenance_rate, 8999999999999999990);
    cr_expect_eq(market.tiers[0].initial_rate, 8999999999999999990);
    liq_market_clear(&market);
    small.book.venue.policy.fee_in_requirement = true;
    small.instrument.liquidation_fee = (liq_decimal){9, 1};
    market = made(&small);
    cr_expect_eq(market.tiers[0].maintenance_rate, INT64_MAX, "past every valid rate, not wrapped");
    liq_market_clear(&market);
}

typedef struct floor_case {
    liq_tier_form form;
    liq_tier_measure measure;
    liq_instrument_kind kind;
    liq_decimal floor;
    liq_decimal mark;
    int64_t lots; /* the least for which the tier holds */
} floor_case;

/* A lot of 0.001 is worth 0.001 x mark; inverse: 0.001 / mark. */
static floor_case floor_cases[] = {
    {LIQ_TIER_DEDUCTION, LIQ_TIER_BY_NOTIONAL, LIQ_INSTRUMENT_LINEAR, {50000, 0}, {100, 0}, 500000},
    /* exactly at a floor: the lower tier of a whole-size table, the upper one of others */
    {LIQ_TIER_MARGINAL, LIQ_TIER_BY_NOTIONAL, LIQ_INSTRUMENT_QUANTO, {1, 0}, {100, 0}, 10},
    {LIQ_TIER_LINEAR, LIQ_TIER_BY_NOTIONAL, LIQ_INSTRUMENT_LINEAR, {1, 0}, {100, 0}, 10},
    {LIQ_TIER_WHOLE, LIQ_TIER_BY_NOTIONAL, LIQ_INSTRUMENT_LINEAR, {1, 0}, {100, 0}, 11},
    {LIQ_TIER_WHOLE, LIQ_TIER_BY_NOTIONAL, LIQ_INSTRUMENT_LINEAR, {100000001, 8}, {100, 0}, 11},
    {LIQ_TIER_DEDUCTION, LIQ_TIER_BY_NOTIONAL, LIQ_INSTRUMENT_LINEAR, {100000001, 8}, {100, 0}, 11},
    {LIQ_TIER_DEDUCTION, LIQ_TIER_BY_NOTIONAL, LIQ_INSTRUMENT_LINEAR, {99999999, 8}, {100, 0}, 10},
    {LIQ_TIER_WHOLE, LIQ_TIER_BY_NOTIONAL, LIQ_INSTRUMENT_LINEAR, {99999999, 8}, {100, 0}, 10},
    /* a floor finer than a fine unit */
    {LIQ_TIER_DEDUCTION,
     LIQ_TIER_BY_NOTIONAL,
     LIQ_INSTRUMENT_LINEAR,
     {10000000000001, 13},
     {100, 0},
     11},
    {LIQ_TIER_WHOLE,
     LIQ_TIER_BY_NOTIONAL,
     LIQ_INSTRUMENT_LINEAR,
     {10000000000001, 13},
     {100, 0},
     11},
    /* a lot's value counts rounded up: 0.001 / 3 = 333333334 x 10^-12 */
    {LIQ_TIER_DEDUCTION, LIQ_TIER_BY_NOTIONAL, LIQ_INSTRUMENT_INVERSE, {333333334, 12}, {3, 0}, 1},
    {LIQ_TIER_DEDUCTION, LIQ_TIER_BY_NOTIONAL, LIQ_INSTRUMENT_INVERSE, {333333335, 12}, {3, 0}, 2},
    {LIQ_TIER_WHOLE, LIQ_TIER_BY_NOTIONAL, LIQ_INSTRUMENT_INVERSE, {333333334, 12}, {3, 0}, 2},
    /* by contracts the price does not matter */
    {LIQ_TIER_WHOLE, LIQ_TIER_BY_QUANTITY, LIQ_INSTRUMENT_LINEAR, {5, 0}, {100, 0}, 5001},
    {LIQ_TIER_WHOLE, LIQ_TIER_BY_QUANTITY, LIQ_INSTRUMENT_INVERSE, {5, 0}, {7, 0}, 5001},
    {LIQ_TIER_LINEAR, LIQ_TIER_BY_QUANTITY, LIQ_INSTRUMENT_LINEAR, {5, 0}, {0, 0}, 5000},
    /* floors that no size reaches */
    {LIQ_TIER_DEDUCTION,
     LIQ_TIER_BY_NOTIONAL,
     LIQ_INSTRUMENT_LINEAR,
     {999999999999999999, 0},
     {1, 9},
     INT64_MAX},
    {LIQ_TIER_LINEAR,
     LIQ_TIER_BY_QUANTITY,
     LIQ_INSTRUMENT_LINEAR,
     {999999999999999999, 0},
     {1, 0},
     INT64_MAX},
    /* without a mark no tier but the first holds */
    {LIQ_TIER_WHOLE, LIQ_TIER_BY_NOTIONAL, LIQ_INSTRUMENT_LINEAR, {1, 0}, {0, 0}, INT64_MAX},
};

ParameterizedTestParameters(market, turns_tier_floors_into_lots)
{
    return cr_make_param_array(floor_case, floor_cases, sizeof floor_cases / sizeof *floor_cases);
}

ParameterizedTest(floor_case *given, market, turns_tier_floors_into_lots)
{
    small_venue small;
    liq_market market;

    start(&small);
    small.instrument.tier_form = given->form;
    small.instrument.tier_measure = given->measure;
    small.instrument.kind = given->kind;
    small.instrument.tier_count = 2;
    small.tiers[1].floor = given->floor;
    small.mark = given->mark;
    market = made(&small);
    cr_expect_eq(market.tiers[0].floor_lots, 0);
    cr_expect_eq(market.tiers[1].floor_lots, given->lots, "%lld lots, not %lld",
                 (long long)market.tiers[1].floor_lots, (long long)given->lots);
    liq_market_clear(&market);
}

Test(market, keeps_as_many_digits_of_a_slope_as_63_bits_hold)
{
    small_venue small;
    liq_market market;

    start(&small);
    small.instrument.tier_form = LIQ_TIER_LINEAR;
    small.tiers[0].maintenance_slope = (liq_decimal){5, 5}; /* 0.005% for each unit */
    small.tiers[0].initial_slope = (liq_decimal){8, 0};
    market = made(&small);
    /* 0.00005 x 0.001 = 5 x 10^-8 for a lot; 18 + power digits after the point */
    cr_expect_eq(market.tiers[0].maintenance_slope, 5000000000000000000);
    cr_expect_eq(market.tiers[0].maintenance_slope_power, 8);
    cr_expect_eq(market.tiers[0].initial_slope, 8000000000000000000);
    cr_expect_eq(market.tiers[0].initial_slope_power, 3);
    liq_market_clear(&market);
}

Test(market, follows_the_mark_with_the_slope_of_an_inverse_contract)
{
    small_venue small;
    liq_market market;

    start(&small);
    small.instrument.kind = LIQ_INSTRUMENT_INVERSE;
    small.instrument.tier_form = LIQ_TIER_LINEAR;
    small.instrument.settle_index = 1;
    small.tiers[0].maintenance_slope = (liq_decimal){5, 5};
    small.mark = (liq_decimal){4, 0};
    market = made(&small);
    /* 0.001 / 4 coins a lot x 0.00005 = 1.25 x 10^-8; 12 + power digits after the point */
    cr_expect_eq(market.tiers[0].maintenance_slope, 1250000000000000000);
    cr_expect_eq(market.tiers[0].maintenance_slope_power, 14);
    small.mark = (liq_decimal){2, 0};
    liq_market_update(&market, &small.book);
    cr_expect_eq(market.tiers[0].maintenance_slope, 2500000000000000000);
    liq_market_clear(&market);
}

Test(market, says_that_a_mark_is_missing_or_out_of_range)
{
    small_venue small;
    liq_market market;

    start(&small);
    market = made(&small);
    cr_expect_eq(market.instruments[0].value_floor, 100000000000);
    cr_expect_eq(market.instruments[0].value_ceil, 100000000000);
    small.mark = (liq_decimal){0, 0};
    liq_market_update(&market, &small.book);
    cr_expect_eq(market.instruments[0].flags & LIQ_INSTRUMENT_NO_MARK, LIQ_INSTRUMENT_NO_MARK);
    small.mark = (liq_decimal){1000000001, 0}; /* x 0.001 x 10^12 is just past 10^18 */
    liq_market_update(&market, &small.book);
    cr_expect_eq(market.instruments[0].flags & 3, LIQ_INSTRUMENT_MARK_RANGE);
    small.mark = (liq_decimal){1000000000, 0};
    liq_market_update(&market, &small.book);
    cr_expect_eq(market.instruments[0].flags & 3, 0);
    cr_expect_eq(market.instruments[0].value_ceil, LIQ_LOT_VALUE_MAX);
    liq_market_clear(&market);
}

Test(market, rounds_a_lot_value_both_ways)
{
    small_venue small;
    liq_market market;

    start(&small);
    small.mark = (liq_decimal){1, 10}; /* x 0.001 = 0.1 fine units */
    market = made(&small);
    cr_expect_eq(market.instruments[0].value_floor, 0);
    cr_expect_eq(market.instruments[0].value_ceil, 1);
    small.instrument.kind = LIQ_INSTRUMENT_INVERSE;
    small.mark = (liq_decimal){3, 0};
    liq_market_update(&market, &small.book);
    cr_expect_eq(market.instruments[0].value_floor, -333333334);
    cr_expect_eq(market.instruments[0].value_ceil, -333333333);
    liq_market_clear(&market);
}

typedef struct index_case {
    liq_decimal index;
    int64_t rate;
} index_case;

/* The coin has 6 decimals and cash 8, so a price of one is 10^14. */
ParameterizedTestParameters(market, counts_index_prices_exactly_or_not_at_all)
{
    static index_case cases[] = {
        {{25, 1}, 250000000000000},
        {{0, 0}, 0},                       /* none */
        {{1, 14}, 1},                      /* the least */
        {{1, 15}, 0},                      /* less than the least is as good as none */
        {{15, 15}, 1},                     /* off the grid, by a shock: down */
        {{90000, 0}, 9000000000000000000}, /* the limit */
        {{9000000000000001, 11}, 0},       /* past it */
        {{999999999999999999, 0}, 0},
    };

    return cr_make_param_array(index_case, cases, sizeof cases / sizeof *cases);
}

ParameterizedTest(index_case *given, market, counts_index_prices_exactly_or_not_at_all)
{
    small_venue small;
    liq_market market;

    start(&small);
    small.indices[1] = given->index;
    market = made(&small);
    cr_expect_eq(market.assets[0].exchange_rate, LIQ_EXCHANGE_RATE_ONE);
    cr_expect_eq(market.assets[1].exchange_rate, given->rate, "%lld, not %lld",
                 (long long)market.assets[1].exchange_rate, (long long)given->rate);
    liq_market_clear(&market);
}

Test(market, can_be_put_at_a_lot_value)
{
    small_venue small;
    liq_market market;

    start(&small);
    small.mark = (liq_decimal){0, 0};
    small.instrument.tier_count = 2;
    small.tiers[1].floor = (liq_decimal){1, 0};
    market = made(&small);
    liq_market_set_value(&market, &small.book.venue, 0, 500000000000);
    cr_expect_eq(market.instruments[0].value_floor, 500000000000);
    cr_expect_eq(market.instruments[0].value_ceil, 500000000000);
    cr_expect_eq(market.instruments[0].flags & 3, 0);
    cr_expect_eq(market.tiers[1].floor_lots, 2);
    liq_market_clear(&market);
}

Test(market, makes_reciprocals_of_every_power_of_ten)
{
    small_venue small;
    liq_market market;
    uint64_t power = 1;

    start(&small);
    market = made(&small);
    for (uint32_t i = 0; i < LIQ_POWERS; i++, power *= 10) {
        const liq_divisor by = market.powers[i];

        cr_expect_eq(by.divisor, power);
        cr_expect(power >> by.shift == 1);
        cr_expect((liq_uint128)by.reciprocal * power <= (liq_uint128)1 << (64 + by.shift));
    }
    liq_market_clear(&market);
}
