#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "book/lot_value.h"
#include "liq_limits.h"
#include "support_random_book.h"

enum { ASSETS_MAX = 5, SLICES_MAX = 4, TIERS_MAX = 12, DYADIC_EXPONENT_MAX = 6 };

static void policy_make(liq_policy *policy, liq_random *random, liq_random_options options);
static void assets_make(liq_book *book, liq_random *random, liq_random_options options);
static liq_decimal index_make(const liq_venue *venue, liq_random *random, uint32_t asset_index);
static void slices_make(liq_venue *venue, liq_random *random, uint32_t asset_index);
static void instrument_make(liq_book *book, liq_random *random, liq_random_options options,
                            uint32_t instrument_index, liq_random_scale *scale);
static void plain_make(liq_book *book, liq_random *random, liq_random_options options,
                       uint32_t instrument_index);
static void inverse_make(liq_book *book, liq_random *random, liq_random_options options,
                         uint32_t instrument_index);
static void limit_make(liq_book *book, liq_random *random, uint32_t instrument_index);
static void tiers_make(liq_book *book, liq_random *random, liq_random_options options,
                       uint32_t instrument_index, liq_random_scale scale);
static liq_decimal floor_make(const liq_book *book, liq_random *random, uint32_t instrument_index,
                              int64_t lots, liq_decimal before);
static void rates_make(const liq_book *book, liq_random *random, liq_random_options options,
                       uint32_t instrument_index, liq_tier *tier, const liq_tier *before);
static liq_decimal slope_make(const liq_book *book, liq_random *random, liq_random_options options,
                              uint32_t instrument_index, liq_random_scale scale);
static liq_decimal larger(liq_decimal left, liq_decimal right);
static void deduction_make(const liq_book *book, uint32_t instrument_index, liq_tier *tier,
                           const liq_tier *before);
static int64_t dyadic_make(liq_random *random);
static void name_add(liq_names *names, const char *format, uint32_t number);

liq_decimal liq_random_decimal(int64_t digits, int32_t decimals)
{
    liq_decimal out;

    for (; decimals < 0; decimals++) {
        LIQ_ASSERT(digits <= INT64_MAX / 10);
        digits *= 10;
    }
    LIQ_ASSERT(liq_decimal_from_units(&out, digits, decimals));
    return out;
}

void liq_random_venue(liq_book *book, liq_random *random, liq_random_options options,
                      liq_random_scale *scales)
{
    static const int32_t cash_decimals[] = {8, 8, 6, 2, 0, 12, 18, 8};
    liq_venue *venue = &book->venue;
    uint32_t settle = 0;

    (void)snprintf(venue->name, sizeof venue->name, "random");
    venue->cash_decimals = options.tame ? 8 : cash_decimals[liq_random_below(random, 8)];
    venue->instrument_count = 1 + (uint32_t)liq_random_below(random, options.instruments_max);
    venue->instruments = calloc(venue->instrument_count, sizeof *venue->instruments);
    venue->tiers = calloc((size_t)venue->instrument_count * TIERS_MAX, sizeof *venue->tiers);
    venue->assets = calloc(ASSETS_MAX, sizeof *venue->assets);
    venue->slices = calloc((size_t)ASSETS_MAX * SLICES_MAX, sizeof *venue->slices);
    book->instrument_marks = calloc(venue->instrument_count, sizeof *book->instrument_marks);
    book->asset_indices = calloc(ASSETS_MAX, sizeof *book->asset_indices);
    LIQ_ASSERT(venue->instruments != NULL && venue->tiers != NULL && venue->assets != NULL &&
               venue->slices != NULL && book->instrument_marks != NULL &&
               book->asset_indices != NULL);
    LIQ_ASSERT(liq_names_create(&venue->asset_names, NULL) == LIQ_OK &&
               liq_names_create(&venue->instrument_names, NULL) == LIQ_OK &&
               liq_names_create(&venue->fund_names, NULL) == LIQ_OK);
    policy_make(&venue->policy, random, options);
    assets_make(book, random, options);
    for (uint32_t i = 0; i < venue->instrument_count; i++) {
        /* Settle assets ascend with the instruments; most settle in the margin currency. */
        if (settle + 1 < venue->asset_count && liq_random_once_in(random, 4))
            settle++;
        name_add(venue->instrument_names, "P%05u", i);
        venue->instruments[i].settle_index = settle;
        instrument_make(book, random, options, i, &scales[i]);
    }
    if (options.tame)
        return;
    /* A mark or an index that is merely absent leaves accounts unvalued, not healthy. */
    if (liq_random_once_in(random, 8))
        book->instrument_marks[liq_random_below(random, venue->instrument_count)] =
            (liq_decimal){0};
    if (venue->asset_count > 1 && liq_random_once_in(random, 8))
        book->asset_indices[1 + liq_random_below(random, venue->asset_count - 1)] =
            (liq_decimal){0};
}

liq_decimal liq_random_price(liq_random *random, liq_random_scale scale)
{
    const liq_decimal mark = scale.price;
    int64_t digits = mark.digits;

    if (liq_random_once_in(random, 10))
        return (liq_decimal){digits, mark.decimals};
    if (!scale.dyadic) {
        digits = digits < 1000 ? liq_random_between(random, 1, 2 * digits)
                               : digits / 1000 * liq_random_between(random, 700, 1300) + 1;
        return digits >= 1000000000000000000 ? (liq_decimal){digits / 2, mark.decimals}
                                             : liq_random_decimal(digits, mark.decimals);
    }
    for (int tries = 0; tries < 100; tries++) {
        const int64_t other = dyadic_make(random);

        if (other <= 2 * digits && digits <= 2 * other)
            return liq_random_decimal(other, mark.decimals);
    }
    return (liq_decimal){digits, mark.decimals};
}

static void policy_make(liq_policy *policy, liq_random *random, liq_random_options options)
{
    const bool inverted = liq_random_once_in(random, 2);
    static const uint32_t multiples[LIQ_POLICY_LEVELS] = {800000, 900000, 1000000, 1500000};

    (void)snprintf(policy->profile, sizeof policy->profile, "custom");
    policy->ratio =
        inverted ? LIQ_RATIO_EQUITY_OVER_MAINTENANCE : LIQ_RATIO_MAINTENANCE_OVER_EQUITY;
    for (uint32_t i = 0; i < LIQ_POLICY_LEVELS; i++) {
        liq_policy_level *level = &policy->levels[i];

        if (i != 2 && liq_random_once_in(random, 3))
            continue;
        level->equity_factor =
            inverted ? 1000000 : multiples[i] + (uint32_t)liq_random_below(random, 1000);
        level->requirement_factor =
            inverted ? 1900000 - multiples[i] + (uint32_t)liq_random_below(random, 1000) : 1000000;
        level->inclusive = liq_random_once_in(random, 2);
    }
    policy->fee_in_requirement = options.policy_bits & LIQ_RANDOM_FEE_IN_REQUIREMENT;
    policy->order_loss = options.policy_bits & LIQ_RANDOM_ORDER_LOSS;
    policy->order_margin = options.policy_bits & LIQ_RANDOM_ORDER_MARGIN;
    policy->order_tier = options.policy_bits & LIQ_RANDOM_ORDER_TIER;
    policy->pnl_is_collateral = options.policy_bits & LIQ_RANDOM_PNL_IS_COLLATERAL;
}

static void assets_make(liq_book *book, liq_random *random, liq_random_options options)
{
    static const int32_t decimals[] = {8, 6, 2, 0, 12, 18, 8, 4};
    liq_venue *venue = &book->venue;

    venue->asset_count = 1 + (uint32_t)liq_random_below(random, ASSETS_MAX);
    for (uint32_t i = 0; i < venue->asset_count; i++) {
        liq_asset *asset = &venue->assets[i];

        name_add(venue->asset_names, "C%u", i);
        asset->decimals =
            i == 0 || options.tame ? venue->cash_decimals : decimals[liq_random_below(random, 8)];
        asset->value_decimals =
            asset->decimals + (int32_t)liq_random_between(random, LIQ_VALUE_DECIMALS_MORE_MIN,
                                                          LIQ_VALUE_DECIMALS_MORE_MAX);
        asset->slice_first = venue->slice_count;
        slices_make(venue, random, i);
        if (i == 0 || options.tame)
            book->asset_indices[i] = (liq_decimal){1 + (int64_t)i, 0};
        else
            book->asset_indices[i] = index_make(venue, random, i);
    }
}

/* An index price is a count of 10^-(12 + cash decimals - decimals) from 1 to 9 x 10^18. */
static liq_decimal index_make(const liq_venue *venue, liq_random *random, uint32_t asset_index)
{
    const int32_t decimals = 12 + venue->cash_decimals - venue->assets[asset_index].decimals;
    int64_t rate;

    if (decimals <= 0)
        return liq_random_decimal(liq_random_between(random, 1, 99), decimals);
    if (liq_random_once_in(random, 8))
        return liq_random_decimal(LIQ_EXCHANGE_RATE_MAX, decimals);
    if (liq_random_once_in(random, 6))
        return liq_random_decimal(liq_random_of_any_size(random, 999999999999999999), decimals);
    for (int tries = 0; tries < 100; tries++) { /* like a real price */
        const int64_t digits = liq_random_of_any_size(random, 99999);
        const liq_decimal price = liq_random_decimal(digits, (int32_t)liq_random_below(random, 5));

        if (liq_decimal_exact(&rate, price, decimals) && rate <= LIQ_EXCHANGE_RATE_MAX)
            return price;
    }
    return liq_random_decimal(1000000000000, decimals);
}

static void slices_make(liq_venue *venue, liq_random *random, uint32_t asset_index)
{
    liq_asset *asset = &venue->assets[asset_index];
    int64_t up_to = 0;

    asset->slice_count = asset_index == 0 ? 1 : 1 + (uint32_t)liq_random_below(random, SLICES_MAX);
    for (uint32_t i = 0; i < asset->slice_count; i++) {
        liq_weight_slice *slice = &venue->slices[venue->slice_count++];

        up_to += liq_random_of_any_size(random, 1000000000000000);
        slice->up_to = i + 1 < asset->slice_count ? up_to : INT64_MAX;
        slice->weight = asset_index == 0 || liq_random_once_in(random, 5)
                            ? LIQ_WEIGHT_ONE
                            : liq_random_between(random, 0, LIQ_WEIGHT_ONE);
    }
}

static void instrument_make(liq_book *book, liq_random *random, liq_random_options options,
                            uint32_t instrument_index, liq_random_scale *scale)
{
    liq_venue *venue = &book->venue;
    liq_instrument *instrument = &venue->instruments[instrument_index];
    const liq_asset *asset = &venue->assets[instrument->settle_index];
    int64_t value = LIQ_LOT_VALUE_MAX;

    instrument->kind = (liq_instrument_kind)liq_random_below(random, 3);
    instrument->fund_index = UINT32_MAX;
    instrument->tick = liq_random_decimal(1, 1);
    instrument->tick_decimals = 1;
    instrument->liquidation_fee = liq_random_decimal(liq_random_between(random, 0, 100), 4);
    (void)snprintf(instrument->base, sizeof instrument->base, "B");
    if (options.wild && liq_random_once_in(random, 4))
        limit_make(book, random, instrument_index);
    else if (instrument->kind == LIQ_INSTRUMENT_INVERSE)
        inverse_make(book, random, options, instrument_index);
    else
        plain_make(book, random, options, instrument_index);
    LIQ_ASSERT(
        liq_decimal_multiply(&instrument->lot_multiplier, instrument->lot, instrument->multiplier));
    (void)liq_lot_value(&value, venue, instrument_index, book->instrument_marks[instrument_index],
                        LIQ_ROUND_CEIL);
    scale->lot_cash = fabs((double)value) * pow(10, -asset->value_decimals + venue->cash_decimals);
    if (book->asset_indices[instrument->settle_index].digits > 0)
        scale->lot_cash *= (double)book->asset_indices[instrument->settle_index].digits *
                           pow(10, -book->asset_indices[instrument->settle_index].decimals);
    scale->price = book->instrument_marks[instrument_index];
    scale->dyadic = options.representable && instrument->kind == LIQ_INSTRUMENT_INVERSE;
    scale->typical_lots = liq_random_of_any_size(random, options.tame ? 10 : 100000);
    tiers_make(book, random, options, instrument_index, *scale);
}

/* Linear or quanto: value = lot x multiplier x price, about 10^6 to 10^12 fine units. */
static void plain_make(liq_book *book, liq_random *random, liq_random_options options,
                       uint32_t instrument_index)
{
    static const int64_t lots[] = {1, 1, 2, 5, 25};
    static const int64_t multiples[] = {1, 1, 1, 3, 10};
    liq_instrument *instrument = &book->venue.instruments[instrument_index];
    const int32_t value_decimals = book->venue.assets[instrument->settle_index].value_decimals;
    const int32_t lot_decimals = (int32_t)liq_random_below(random, 4);
    const int32_t multiple_decimals = (int32_t)liq_random_below(random, 3);
    const int32_t zeros = (int32_t)liq_random_below(random, 6);
    int32_t decimals = value_decimals - lot_decimals - multiple_decimals - zeros;

    instrument->lot = liq_random_decimal(lots[liq_random_below(random, 5)], lot_decimals);
    instrument->multiplier =
        liq_random_decimal(multiples[liq_random_below(random, 5)], multiple_decimals);
    if (!options.representable)
        decimals += zeros + 1 + (int32_t)liq_random_below(random, 2);
    book->instrument_marks[instrument_index] =
        liq_random_decimal(liq_random_between(random, 1000, 99999999), decimals);
}

static void inverse_make(liq_book *book, liq_random *random, liq_random_options options,
                         uint32_t instrument_index)
{
    liq_instrument *instrument = &book->venue.instruments[instrument_index];
    liq_decimal *mark = &book->instrument_marks[instrument_index];
    const int32_t value_decimals = book->venue.assets[instrument->settle_index].value_decimals;
    /* size = 10^-places, so that value = 10^(value_decimals - places) / price fine units. */
    const int32_t places = value_decimals - DYADIC_EXPONENT_MAX -
                           (options.representable ? (int32_t)liq_random_below(random, 6) : 5);

    instrument->lot = liq_random_decimal(1, places / 2);
    instrument->multiplier = liq_random_decimal(1, places - places / 2);
    if (options.representable)
        *mark = liq_random_decimal(dyadic_make(random), 0);
    else {
        const int64_t digits = liq_random_between(random, 1000, 99999999);

        *mark = liq_random_decimal(digits, (int32_t)liq_random_below(random, 4));
    }
}

/* A lot worth as much as one may be, a fine unit less, or too much. */
static void limit_make(liq_book *book, liq_random *random, uint32_t instrument_index)
{
    liq_instrument *instrument = &book->venue.instruments[instrument_index];
    const int32_t value_decimals = book->venue.assets[instrument->settle_index].value_decimals;
    const bool inverse = instrument->kind == LIQ_INSTRUMENT_INVERSE;
    liq_decimal *mark = &book->instrument_marks[instrument_index];

    instrument->lot = liq_random_decimal(1, 0);
    instrument->multiplier = liq_random_decimal(1, 0);
    switch (liq_random_below(random, 4)) {
    case 0:
        *mark = inverse ? liq_random_decimal(1, 18 - value_decimals)
                        : liq_random_decimal(1, value_decimals - 18);
        break;
    case 1:
        *mark = inverse ? liq_random_decimal(100000000000001, 32 - value_decimals)
                        : liq_random_decimal(999999999999999999, value_decimals);
        break;
    case 2: /* past the limit */
        *mark = inverse ? liq_random_decimal(99999999999999, 32 - value_decimals)
                        : liq_random_decimal(100000000000000001, value_decimals - 1);
        break;
    default: /* less than a fine unit */
        *mark = inverse ? liq_random_decimal(3, -value_decimals > -17 ? -value_decimals : -17)
                        : liq_random_decimal(3, value_decimals + 1);
        break;
    }
}

static void tiers_make(liq_book *book, liq_random *random, liq_random_options options,
                       uint32_t instrument_index, liq_random_scale scale)
{
    liq_venue *venue = &book->venue;
    liq_instrument *instrument = &venue->instruments[instrument_index];
    const uint32_t wanted =
        liq_random_once_in(random, 3) ? 1 : 2 + (uint32_t)liq_random_below(random, TIERS_MAX - 2);
    int64_t lots = 0;

    instrument->tier_form = (liq_tier_form)liq_random_below(random, 4);
    instrument->tier_measure =
        instrument->tier_form >= LIQ_TIER_WHOLE && liq_random_once_in(random, 2)
            ? LIQ_TIER_BY_QUANTITY
            : LIQ_TIER_BY_NOTIONAL;
    instrument->tier_first = venue->tier_count;
    for (uint32_t i = 0; i < wanted; i++) {
        liq_tier *tier = &venue->tiers[venue->tier_count];
        const liq_tier *before = i == 0 ? NULL : tier - 1;

        *tier = (liq_tier){0}; /* what a table that ended early began is not kept */
        lots += liq_random_between(random, 1, 1 + scale.typical_lots / 3);
        if (i > 0) {
            tier->floor = floor_make(book, random, instrument_index, lots, before->floor);
            if (liq_decimal_compare(tier->floor, before->floor) <= 0)
                break;
        }
        rates_make(book, random, options, instrument_index, tier, before);
        if (instrument->tier_form == LIQ_TIER_LINEAR) {
            tier->maintenance_slope =
                larger(before == NULL ? (liq_decimal){0} : before->maintenance_slope,
                       slope_make(book, random, options, instrument_index, scale));
            tier->initial_slope =
                larger(before == NULL ? (liq_decimal){0} : before->initial_slope,
                       slope_make(book, random, options, instrument_index, scale));
        } else if (instrument->tier_form != LIQ_TIER_WHOLE) {
            deduction_make(book, instrument_index, tier, before);
        }
        venue->tier_count++;
        instrument->tier_count++;
    }
}

/* A floor that lies exactly on a size of whole lots, or a hair beside it. */
static liq_decimal floor_make(const liq_book *book, liq_random *random, uint32_t instrument_index,
                              int64_t lots, liq_decimal before)
{
    const liq_instrument *instrument = &book->venue.instruments[instrument_index];
    const liq_asset *asset = &book->venue.assets[instrument->settle_index];
    const int64_t beside = liq_random_once_in(random, 3) ? liq_random_between(random, -1, 1) : 0;
    liq_decimal out = before;
    int64_t value;
    liq_int128 wide;

    if (instrument->tier_measure == LIQ_TIER_BY_QUANTITY) {
        wide = (liq_int128)lots * instrument->lot.digits;
        (void)liq_decimal_from_units(&out, (int64_t)wide, instrument->lot.decimals);
        return out;
    }
    if (!liq_lot_value(&value, &book->venue, instrument_index,
                       book->instrument_marks[instrument_index], LIQ_ROUND_FLOOR))
        value = LIQ_LOT_VALUE_MAX / 1000;
    wide = (liq_int128)lots * (value < 0 ? -value : value) + beside;
    if (wide > INT64_MAX || wide <= 0)
        return before; /* the caller stops: the tiers end here */
    (void)liq_decimal_from_units(&out, (int64_t)wide, asset->value_decimals);
    return out;
}

static void rates_make(const liq_book *book, liq_random *random, liq_random_options options,
                       uint32_t instrument_index, liq_tier *tier, const liq_tier *before)
{
    const liq_instrument *instrument = &book->venue.instruments[instrument_index];
    const int32_t decimals = liq_asset_rate_decimals(&book->venue.assets[instrument->settle_index]);
    /* Past the decimals of a rate every tenth table has more digits, which round up. */
    const bool fine = !options.representable && liq_random_once_in(random, 2);
    const int32_t places = fine ? decimals + 2 : 5;
    const int64_t one = liq_random_once_in(random, 3) ? 1000 : 100;
    int64_t rate = liq_random_between(random, 0, one);
    int64_t above = liq_random_between(random, 0, 2 * one);
    liq_int128 earlier = 0;

    for (int32_t i = 5; i < places; i++) {
        rate = rate * 10 + (int64_t)liq_random_below(random, 10);
        above = above * 10 + (int64_t)liq_random_below(random, 10);
    }
    /* Rates never fall from tier to tier: count up in the finer of the two units. */
    if (before != NULL) {
        LIQ_ASSERT(liq_decimal_scale(&earlier, before->maintenance_rate, 15, LIQ_ROUND_FLOOR));
        for (int32_t i = places; i < 15; i++)
            rate *= 10;
        for (int32_t i = places; i < 15; i++)
            above *= 10;
        rate += (int64_t)earlier;
        LIQ_ASSERT(liq_decimal_scale(&earlier, before->initial_rate, 15, LIQ_ROUND_FLOOR));
        above += (int64_t)earlier;
        tier->maintenance_rate = liq_random_decimal(rate, 15);
        tier->initial_rate = liq_random_decimal(above, 15);
        return;
    }
    if (options.wild && liq_random_once_in(random, 6)) {
        tier->maintenance_rate = liq_random_decimal(8800000, 6);
        tier->initial_rate = liq_random_decimal(8700001, 6);
        return;
    }
    tier->maintenance_rate = liq_random_decimal(rate, places);
    tier->initial_rate = liq_random_decimal(above, places);
}

/* A slope that adds about one per cent at typical sizes; now and then one that leaves the range. */
static liq_decimal slope_make(const liq_book *book, liq_random *random, liq_random_options options,
                              uint32_t instrument_index, liq_random_scale scale)
{
    const liq_instrument *instrument = &book->venue.instruments[instrument_index];
    double size = (double)scale.typical_lots * (double)instrument->lot_multiplier.digits *
                  pow(10, -instrument->lot_multiplier.decimals);
    int32_t places;

    if (instrument->kind == LIQ_INSTRUMENT_INVERSE &&
        book->instrument_marks[instrument_index].digits)
        size /= (double)book->instrument_marks[instrument_index].digits *
                pow(10, -book->instrument_marks[instrument_index].decimals);
    if (liq_random_once_in(random, 5))
        return (liq_decimal){0};
    places = 4 + (int32_t)ceil(log10(size));
    if (!options.tame && scale.typical_lots >= 100 && liq_random_once_in(random, 8))
        places -= 4;
    places = places < 0 ? 0 : places > LIQ_DECIMAL_DECIMALS_MAX ? LIQ_DECIMAL_DECIMALS_MAX : places;
    /* A slope is a rate for one unit, so it is below 9 itself. */
    return liq_random_decimal(liq_random_between(random, 1, places < 2 ? 8 : 200), places);
}

/* Margin never falls with size, or a notional rounded up could lower it. */
static liq_decimal larger(liq_decimal left, liq_decimal right)
{
    return liq_decimal_compare(left, right) > 0 ? left : right;
}

/* What makes margin continuous at the floor, from the rates as the engine holds them. */
static void deduction_make(const liq_book *book, uint32_t instrument_index, liq_tier *tier,
                           const liq_tier *before)
{
    const liq_instrument *instrument = &book->venue.instruments[instrument_index];
    const liq_asset *asset = &book->venue.assets[instrument->settle_index];
    const int32_t decimals = liq_asset_rate_decimals(asset);
    liq_int128 rate;
    liq_int128 earlier;
    liq_int128 floor;

    tier->deduction_grains = 0;
    if (before == NULL)
        return;
    LIQ_ASSERT(liq_decimal_scale(&rate, tier->maintenance_rate, decimals, LIQ_ROUND_CEIL) &&
               liq_decimal_scale(&earlier, before->maintenance_rate, decimals, LIQ_ROUND_CEIL) &&
               liq_decimal_scale(&floor, tier->floor, asset->value_decimals, LIQ_ROUND_FLOOR));
    LIQ_ASSERT(floor <= INT64_MAX && rate - earlier <= INT64_MAX);
    tier->deduction_grains = before->deduction_grains + floor * (rate - earlier);
}

/* 2^a x 5^b: its inverse is a decimal of few digits. */
static int64_t dyadic_make(liq_random *random)
{
    uint64_t twos = liq_random_below(random, DYADIC_EXPONENT_MAX + 1);
    uint64_t fives = liq_random_below(random, DYADIC_EXPONENT_MAX + 1);
    int64_t out = 1;

    for (; twos > 0; twos--)
        out *= 2;
    for (; fives > 0; fives--)
        out *= 5;
    return out;
}

static void name_add(liq_names *names, const char *format, uint32_t number)
{
    char text[16];
    uint32_t index;

    (void)snprintf(text, sizeof text, format, number);
    LIQ_ASSERT(liq_names_add(names, (liq_text){.data = text, .bytes = strlen(text)}, &index,
                             NULL) == LIQ_OK);
}
