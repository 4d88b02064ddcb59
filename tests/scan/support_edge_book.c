#include "support_edge_book.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/fail.h"
#include "book/market.h"
#include "scan/truth.h"

enum { ASSETS = 3, INSTRUMENTS_MAX = 4, TEXT_BYTES = 64 };

/* How large things are in a book. */
typedef struct edge_sizes {
    edge_dice dice;
    edge_scale scale;
    int64_t value_max; /* of a lot, fine units */
    int64_t lots_max;
    int64_t cash_max;
} edge_sizes;

/* An instrument's typical numbers. */
typedef struct edge_contract {
    liq_decimal price;
    int64_t lots;
    int64_t value; /* of a lot at the price, roughly */
} edge_contract;

static void policy_roll(liq_policy *policy, edge_dice *dice);
static void assets_add(liq_fixture *fixture, edge_sizes *sizes);
static void slices_add(liq_fixture *fixture, edge_sizes *sizes);
static edge_contract instrument_add(liq_fixture *fixture, edge_sizes *sizes, uint32_t settle,
                                    uint32_t number);
static int64_t lots_roll(edge_sizes *sizes, const liq_asset *asset, int64_t value);
static liq_decimal inverse_price(int64_t factor, int64_t value, int32_t decimals);
static void tiers_add(liq_fixture *fixture, edge_sizes *sizes, liq_fixture_contract contract,
                      edge_contract typical);
static void slope_add(liq_fixture *fixture, edge_sizes *sizes, liq_fixture_contract contract,
                      edge_contract typical);
static void holdings_add(liq_fixture *fixture, edge_sizes *sizes, uint32_t instrument_index,
                         edge_contract typical);
static liq_decimal price_near(edge_sizes *sizes, liq_decimal price, int64_t spread_ppm);
static void margins_set(liq_fixture *fixture, edge_sizes *sizes);
static int64_t gap_of(edge_sizes *sizes, liq_row_record record);
static const char *decimal_text(char *out, liq_int128 digits, int32_t decimals);
static liq_decimal decimal_of(liq_int128 digits, int32_t decimals);
static liq_int128 ten_to(int32_t exponent);

uint64_t edge_seed(void)
{
    const char *given = getenv("LIQ_SEED");
    const uint64_t seed =
        given != NULL && given[0] != '\0' ? strtoull(given, NULL, 10) : (uint64_t)time(NULL);

    fprintf(stderr, "LIQ_SEED=%llu\n", (unsigned long long)seed);
    return seed;
}

uint64_t edge_below(edge_dice *dice, uint64_t bound)
{
    uint64_t mixed = dice->state += 0x9e3779b97f4a7c15U; /* splitmix64 */

    mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9U;
    mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111ebU;
    return (mixed ^ mixed >> 31) % bound;
}

int64_t edge_between(edge_dice *dice, int64_t low, int64_t high)
{
    return low + (int64_t)edge_below(dice, (uint64_t)(high - low) + 1);
}

void edge_book_make(liq_fixture *out, uint64_t seed, edge_scale scale)
{
    static const int64_t value_max[] = {3000, 1000000000, 1000000000000000};
    static const int64_t lots_max[] = {300, 100000, 1000000000};
    static const int64_t cash_max[] = {90, 10000000000, 1000000000000000};
    edge_sizes sizes = {.dice = {.state = seed * 3 + scale},
                        .scale = scale,
                        .value_max = value_max[scale],
                        .lots_max = lots_max[scale],
                        .cash_max = cash_max[scale]};
    edge_contract typical[INSTRUMENTS_MAX];
    const uint32_t count = 1 + (uint32_t)edge_below(&sizes.dice, INSTRUMENTS_MAX);
    uint32_t settle = 0;

    liq_fixture_start(out, scale == EDGE_TINY ? 0 : (int32_t)edge_below(&sizes.dice, 9));
    policy_roll(&out->book.venue.policy, &sizes.dice);
    assets_add(out, &sizes);
    for (uint32_t i = 0; i < count; i++) {
        settle += (uint32_t)edge_below(&sizes.dice, ASSETS - settle);
        typical[i] = instrument_add(out, &sizes, settle, i);
    }
    liq_fixture_account(out, "trader");
    for (uint32_t i = 0; i < ASSETS; i++)
        if (i == 0 || edge_below(&sizes.dice, 2) == 0)
            liq_fixture_balance_units(out, i, edge_between(&sizes.dice, -20, sizes.cash_max));
    for (uint32_t i = 0; i < count; i++)
        holdings_add(out, &sizes, i, typical[i]);
    margins_set(out, &sizes);
}

static void policy_roll(liq_policy *policy, edge_dice *dice)
{
    liq_policy_level *liquidate = &policy->levels[2];

    policy->order_loss = edge_below(dice, 2) != 0;
    policy->order_margin = edge_below(dice, 2) != 0;
    policy->order_tier = edge_below(dice, 2) != 0;
    policy->pnl_is_collateral = edge_below(dice, 2) != 0;
    policy->fee_in_requirement = edge_below(dice, 3) == 0;
    policy->price_form =
        edge_below(dice, 3) == 0 ? LIQ_PRICE_MAINTENANCE_AT_ENTRY : LIQ_PRICE_MAINTENANCE_AT_PRICE;
    liquidate->inclusive = edge_below(dice, 2) != 0;
    if (edge_below(dice, 3) == 0)
        liquidate->requirement_factor = 1050000;
    if (edge_below(dice, 3) == 0)
        policy->levels[3] = (liq_policy_level){
            .equity_factor = 1500000, .requirement_factor = 1000000, .inclusive = false};
}

static void assets_add(liq_fixture *fixture, edge_sizes *sizes)
{
    static const char *const names[ASSETS] = {"USD", "COIN", "TOKEN"};
    static const char *const prices[] = {"1", "0.7", "3", "12.5"};
    const int32_t cash_decimals = fixture->book.venue.cash_decimals;

    for (uint32_t i = 0; i < ASSETS; i++) {
        const int32_t decimals =
            i == 0 ? cash_decimals
                   : cash_decimals +
                         (int32_t)edge_below(&sizes->dice, sizes->scale == EDGE_TINY ? 2 : 3);
        const int32_t more =
            (int32_t)edge_between(&sizes->dice, 4, sizes->scale == EDGE_TINY ? 5 : 10);

        liq_fixture_asset(fixture, names[i], decimals, decimals + more,
                          prices[edge_below(&sizes->dice, 4)]);
        if (i > 0 && edge_below(&sizes->dice, 2) == 0)
            slices_add(fixture, sizes);
    }
}

static void slices_add(liq_fixture *fixture, edge_sizes *sizes)
{
    const int64_t step = sizes->cash_max / 3;
    const int32_t decimals =
        fixture->book.venue.assets[fixture->book.venue.asset_count - 1].decimals;
    int64_t up_to = 0;
    char amount[TEXT_BYTES];
    char weight[TEXT_BYTES];

    for (uint64_t left = edge_below(&sizes->dice, 3); left > 0; left--) {
        up_to += edge_between(&sizes->dice, 1, step);
        liq_fixture_weight(fixture, decimal_text(amount, up_to, decimals),
                           decimal_text(weight, edge_between(&sizes->dice, 0, 100), 2));
    }
    liq_fixture_weight(fixture, NULL, decimal_text(weight, edge_between(&sizes->dice, 0, 100), 2));
}

static edge_contract instrument_add(liq_fixture *fixture, edge_sizes *sizes, uint32_t settle,
                                    uint32_t number)
{
    const int32_t decimals = fixture->book.venue.assets[settle].value_decimals;
    const int64_t value = edge_between(&sizes->dice, sizes->value_max / 50, sizes->value_max);
    const int64_t factor = edge_below(&sizes->dice, 2) == 0 ? 1 : 3;
    edge_contract out = {.value = value};
    char symbol[TEXT_BYTES];
    char multiplier[TEXT_BYTES];
    char mark[TEXT_BYTES];
    liq_fixture_contract contract = {.symbol = symbol,
                                     .kind = (liq_instrument_kind)edge_below(&sizes->dice, 3),
                                     .settle = settle,
                                     .multiplier = multiplier,
                                     .lot = "1",
                                     .tick = "0.01",
                                     .fee = "0.003",
                                     .mark = mark,
                                     .tier_form = (liq_tier_form)edge_below(&sizes->dice, 4)};

    out.lots = lots_roll(sizes, &fixture->book.venue.assets[settle], value);
    if (contract.tier_form >= LIQ_TIER_WHOLE && edge_below(&sizes->dice, 2) == 0)
        contract.tier_measure = LIQ_TIER_BY_QUANTITY;
    snprintf(symbol, sizeof symbol, "X%u", number);
    decimal_text(multiplier, factor, 0);
    out.price = contract.kind == LIQ_INSTRUMENT_INVERSE ? inverse_price(factor, value, decimals)
                                                        : decimal_of(value / factor + 1, decimals);
    decimal_text(mark, out.price.digits, out.price.decimals);
    (void)liq_fixture_instrument(fixture, contract);
    tiers_add(fixture, sizes, contract, out);
    return out;
}

/* A size whose notional stays within 10^15 units. */
static int64_t lots_roll(edge_sizes *sizes, const liq_asset *asset, int64_t value)
{
    const liq_int128 most = ten_to(15 + asset->value_decimals - asset->decimals) / value;

    return edge_between(&sizes->dice, 1, most < sizes->lots_max ? (int64_t)most : sizes->lots_max);
}

/* The price at which a lot of an inverse contract has a value, to six digits or more. */
static liq_decimal inverse_price(int64_t factor, int64_t value, int32_t decimals)
{
    int32_t more = 0;

    while (factor * ten_to(decimals + more) / value < ten_to(5))
        more++;
    return decimal_of(factor * ten_to(decimals + more) / value, more);
}

static void tiers_add(liq_fixture *fixture, edge_sizes *sizes, liq_fixture_contract contract,
                      edge_contract typical)
{
    liq_venue *venue = &fixture->book.venue;
    const int32_t decimals = venue->assets[contract.settle].value_decimals;
    const liq_int128 notional = (liq_int128)typical.lots * typical.value;
    const bool rising = contract.tier_form <= LIQ_TIER_MARGINAL;
    liq_int128 floor = 0;
    int64_t mmr = 0;
    char texts[3][TEXT_BYTES];

    for (uint64_t left = 1 + edge_below(&sizes->dice, 4); left > 0; left--) {
        mmr = (rising ? mmr : 0) + edge_between(&sizes->dice, 1, 120);
        liq_fixture_tier(fixture,
                         contract.tier_measure == LIQ_TIER_BY_QUANTITY
                             ? decimal_text(texts[0], floor, 0)
                             : decimal_text(texts[0], floor, decimals),
                         decimal_text(texts[1], mmr, 3), decimal_text(texts[2], 2 * mmr, 3));
        slope_add(fixture, sizes, contract, typical);
        floor += contract.tier_measure == LIQ_TIER_BY_QUANTITY
                     ? edge_between(&sizes->dice, 1, typical.lots)
                     : notional * edge_between(&sizes->dice, 1, 100) / 100 + 1;
        if (contract.tier_measure != LIQ_TIER_BY_QUANTITY && floor >= ten_to(17))
            floor = floor / ten_to(10) * ten_to(10); /* so that it is a decimal of 18 digits */
        if (contract.tier_form == LIQ_TIER_DEDUCTION && edge_below(&sizes->dice, 12) == 0)
            venue->tiers[venue->tier_count - 1].deduction_grains *=
                edge_between(&sizes->dice, 0, 2);
    }
}

/* About a tenth more for a typical size. */
static void slope_add(liq_fixture *fixture, edge_sizes *sizes, liq_fixture_contract contract,
                      edge_contract typical)
{
    const int32_t decimals = fixture->book.venue.assets[contract.settle].value_decimals;
    const liq_int128 tenth = ten_to(17) * edge_between(&sizes->dice, 0, 3);
    liq_int128 slope = tenth / typical.lots;
    char texts[2][TEXT_BYTES];

    if (contract.tier_form != LIQ_TIER_LINEAR)
        return;
    if (contract.kind == LIQ_INSTRUMENT_INVERSE)
        slope = ten_to(decimals) / typical.lots / typical.value * tenth;
    if (slope < ten_to(18) / 10)
        liq_fixture_slope(fixture, decimal_text(texts[0], slope, 18),
                          decimal_text(texts[1], slope, 18));
}

static void holdings_add(liq_fixture *fixture, edge_sizes *sizes, uint32_t instrument_index,
                         edge_contract typical)
{
    const uint64_t kinds = edge_below(&sizes->dice, 16);

    for (uint32_t i = 0; i < 4; i++) { /* long and short, cross and isolated */
        const int64_t lots = edge_between(&sizes->dice, 1, 2 * typical.lots);

        if (kinds & (UINT64_C(1) << i))
            liq_fixture_position_lots(fixture, instrument_index, i % 2 == 0 ? lots : -lots,
                                      price_near(sizes, typical.price, 300000), i >= 2, 1);
    }
    for (uint64_t left = edge_below(&sizes->dice, 5); left > 0; left--) {
        const int64_t lots = edge_between(&sizes->dice, 1, typical.lots);

        liq_fixture_order_lots(fixture, instrument_index,
                               edge_below(&sizes->dice, 2) == 0 ? lots : -lots,
                               price_near(sizes, typical.price, 200000));
    }
}

static liq_decimal price_near(edge_sizes *sizes, liq_decimal price, int64_t spread_ppm)
{
    const int64_t ppm = edge_between(&sizes->dice, 1000000 - spread_ppm, 1000000 + spread_ppm);

    return decimal_of((liq_int128)price.digits * ppm / 1000000 + 1, price.decimals);
}

/* Bring every margin account near its requirement by its own cash. */
static void margins_set(liq_fixture *fixture, edge_sizes *sizes)
{
    liq_book *book = liq_fixture_finish(fixture);
    liq_market market = {0};
    liq_rows rows = {0};
    uint64_t position = 0;
    liq_error err;

    LIQ_ASSERT(liq_market_create(&market, book, &err) == LIQ_OK);
    LIQ_ASSERT(liq_rows_create(&rows, book, NULL, &err) == LIQ_OK);
    while (position < book->position_count && !book->positions[position].isolated)
        position++;
    for (uint32_t i = 0; i < rows.row_count; i++) {
        const int64_t gap = gap_of(sizes, liq_truth_row(&market, &rows, i));

        if (i == 0) {
            book->balances[0].amount += gap;
            continue;
        }
        book->positions[position].isolated_margin +=
            (int64_t)((liq_int128)gap * LIQ_EXCHANGE_RATE_ONE /
                      market.assets[market.instruments[rows.keys[i].instrument_index].asset_index]
                          .exchange_rate);
        position++;
    }
    liq_rows_clear(&rows);
    liq_market_clear(&market);
}

/* The cash that brings equity to somewhere about the requirement. */
static int64_t gap_of(edge_sizes *sizes, liq_row_record record)
{
    const int64_t requirement = record.maintenance;

    if (record.status == LIQ_ROW_UNVALUED)
        return 0;
    switch (edge_below(&sizes->dice, 4)) {
    case 0:
        return requirement - record.equity + edge_between(&sizes->dice, -4, 4);
    case 1:
        return requirement - record.equity - edge_between(&sizes->dice, 0, requirement + 2);
    default:
        return requirement - record.equity + edge_between(&sizes->dice, 0, 2 * requirement + 2);
    }
}

static const char *decimal_text(char *out, liq_int128 digits, int32_t decimals)
{
    char text[LIQ_DECIMAL_BYTES];

    snprintf(out, TEXT_BYTES, "%s", liq_decimal_format(text, digits, decimals));
    return out;
}

static liq_decimal decimal_of(liq_int128 digits, int32_t decimals)
{
    liq_decimal out;

    LIQ_ASSERT(digits > 0 && digits < ten_to(18));
    LIQ_ASSERT(liq_decimal_from_units(&out, (int64_t)digits, decimals));
    return out;
}

static liq_int128 ten_to(int32_t exponent)
{
    liq_int128 out = 1;

    while (exponent-- > 0)
        out *= 10;
    return out;
}
