#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "book/lot_value.h"
#include "liq_limits.h"

typedef struct value_case {
    liq_instrument_kind kind;
    int32_t value_decimals;
    liq_decimal lot_multiplier;
    liq_decimal price;
    int64_t floor;
    int64_t ceil; /* 0 and 0: past the limit */
} value_case;

static liq_asset asset;
static liq_instrument instrument;

static liq_venue venue_of(liq_instrument_kind kind, int32_t value_decimals,
                          liq_decimal lot_multiplier)
{
    asset = (liq_asset){.value_decimals = value_decimals};
    instrument = (liq_instrument){.kind = kind, .lot_multiplier = lot_multiplier};
    return (liq_venue){.assets = &asset, .instruments = &instrument};
}

ParameterizedTestParameters(lot_value, values_a_lot_of_every_kind)
{
    static value_case cases[] = {
        /* 0.001 BTC at 31,967.27 */
        {LIQ_INSTRUMENT_LINEAR, 12, {1, 3}, {3196727, 2}, 31967270000000, 31967270000000},
        {LIQ_INSTRUMENT_QUANTO, 12, {1, 3}, {3196727, 2}, 31967270000000, 31967270000000},
        /* 100 USD at 8,000 are 0.0125 BTC, at 7,890.08 a fraction without end */
        {LIQ_INSTRUMENT_INVERSE, 18, {100, 0}, {8000, 0}, -12500000000000000, -12500000000000000},
        {LIQ_INSTRUMENT_INVERSE, 18, {100, 0}, {789008, 2}, -12674142720986353, -12674142720986352},
        {LIQ_INSTRUMENT_INVERSE, 4, {1, 0}, {3, 0}, -3334, -3333},
        {LIQ_INSTRUMENT_INVERSE, 4, {1, 0}, {30001, 0}, -1, 0},
        {LIQ_INSTRUMENT_INVERSE, 4, {1, 0}, {10000, 0}, -1, -1},
        /* values finer than a fine unit */
        {LIQ_INSTRUMENT_LINEAR, 4, {1, 3}, {1, 2}, 0, 1},
        {LIQ_INSTRUMENT_LINEAR, 4, {15, 1}, {1, 4}, 1, 2},
        {LIQ_INSTRUMENT_LINEAR, 4, {1, 30}, {1, 30}, 0, 1},
        {LIQ_INSTRUMENT_INVERSE, 4, {1, 30}, {999999999999999999, 0}, -1, 0},
        /* the limit, and one past it */
        {LIQ_INSTRUMENT_LINEAR, 18, {1, 0}, {1, 0}, LIQ_LOT_VALUE_MAX, LIQ_LOT_VALUE_MAX},
        {LIQ_INSTRUMENT_LINEAR, 18, {1, 0}, {100000000000000001, 17}, 0, 0},
        {LIQ_INSTRUMENT_LINEAR, 28, {999999999999999999, 0}, {999999999999999999, 0}, 0, 0},
        {LIQ_INSTRUMENT_INVERSE, 18, {1, 0}, {1, 0}, -LIQ_LOT_VALUE_MAX, -LIQ_LOT_VALUE_MAX},
        {LIQ_INSTRUMENT_INVERSE, 18, {1, 0}, {99999999999999999, 17}, 0, 0},
        {LIQ_INSTRUMENT_INVERSE, 28, {999999999999999999, 0}, {1, 30}, 0, 0},
    };

    return cr_make_param_array(value_case, cases, sizeof cases / sizeof *cases);
}

ParameterizedTest(value_case *given, lot_value, values_a_lot_of_every_kind)
{
    const liq_venue venue = venue_of(given->kind, given->value_decimals, given->lot_multiplier);
    const bool fits = given->floor != 0 || given->ceil != 0;
    int64_t down = 7;
    int64_t up = 7;

    cr_assert_eq(liq_lot_value(&down, &venue, 0, given->price, LIQ_ROUND_FLOOR), fits);
    cr_assert_eq(liq_lot_value(&up, &venue, 0, given->price, LIQ_ROUND_CEIL), fits);
    cr_expect_eq(down, fits ? given->floor : 7, "%lld", (long long)down);
    cr_expect_eq(up, fits ? given->ceil : 7, "%lld", (long long)up);
}

/* A long that entered dearer and a short that entered cheaper have lost more. */
Test(lot_value, rounds_an_entry_against_its_holder)
{
    const liq_decimal three = {3, 0};
    liq_venue venue = venue_of(LIQ_INSTRUMENT_INVERSE, 4, (liq_decimal){1, 0});
    int64_t value = 0;

    cr_assert(liq_lot_value_entry(&value, &venue, 0, three, true));
    cr_expect_eq(value, -3333);
    cr_assert(liq_lot_value_entry(&value, &venue, 0, three, false));
    cr_expect_eq(value, -3334);
    venue = venue_of(LIQ_INSTRUMENT_LINEAR, 4, (liq_decimal){1, 5});
    cr_assert(liq_lot_value_entry(&value, &venue, 0, three, true));
    cr_expect_eq(value, 1);
    cr_assert(liq_lot_value_entry(&value, &venue, 0, three, false));
    cr_expect_eq(value, 0);
}

typedef struct price_case {
    liq_instrument_kind kind;
    liq_decimal lot_multiplier;
    int64_t value; /* of 12 decimals */
    int32_t decimals;
    liq_rounding rounding;
    int64_t price;
} price_case;

ParameterizedTestParameters(lot_value, finds_the_price_of_a_value)
{
    static price_case cases[] = {
        {LIQ_INSTRUMENT_LINEAR, {1, 3}, 31967270000000, 2, LIQ_ROUND_FLOOR, 3196727},
        {LIQ_INSTRUMENT_LINEAR, {1, 3}, 31967270000000, 2, LIQ_ROUND_CEIL, 3196727},
        {LIQ_INSTRUMENT_LINEAR, {3, 0}, 1000000000000, 2, LIQ_ROUND_FLOOR, 33},
        {LIQ_INSTRUMENT_LINEAR, {3, 0}, 1000000000000, 2, LIQ_ROUND_CEIL, 34},
        {LIQ_INSTRUMENT_LINEAR, {3, 0}, 2000000000000, 2, LIQ_ROUND_NEAREST, 67},
        {LIQ_INSTRUMENT_INVERSE, {100, 0}, -12500000000, 2, LIQ_ROUND_FLOOR, 800000},
        {LIQ_INSTRUMENT_INVERSE, {1, 0}, -3000000000000, 2, LIQ_ROUND_FLOOR, 33},
        {LIQ_INSTRUMENT_INVERSE, {1, 0}, -3000000000000, 2, LIQ_ROUND_CEIL, 34},
        {LIQ_INSTRUMENT_LINEAR, {1, 30}, LIQ_LOT_VALUE_MAX, 18, LIQ_ROUND_FLOOR, 0}, /* too large */
        {LIQ_INSTRUMENT_INVERSE, {999999999999999999, 0}, -1, 18, LIQ_ROUND_FLOOR, 0},
    };

    return cr_make_param_array(price_case, cases, sizeof cases / sizeof *cases);
}

ParameterizedTest(price_case *given, lot_value, finds_the_price_of_a_value)
{
    const liq_venue venue = venue_of(given->kind, 12, given->lot_multiplier);
    int64_t price = 0;

    cr_expect_eq(
        liq_lot_value_price(&price, &venue, 0, given->value, given->decimals, given->rounding),
        given->price != 0);
    cr_expect_eq(price, given->price, "%lld", (long long)price);
}
