/*
 * What closing lots costs, against sums done by hand.
 */
#include "scan/plan_offers.h"

#include <criterion/criterion.h>

#include "scan/plan_choice.h"
#include "support_book.h"

enum { USD, COIN, ABROAD = 1, HERE = 0, EXECUTION_COST = 10000001 /* nano */ };

/* A unit of cash is 10^-2, a fine unit 10^-6; a coin costs 3 and a unit of it is 10^-2. */
static liq_book *venue_make(liq_fixture *fixture, const char *mark)
{
    const liq_fixture_contract here = {.symbol = "A",
                                       .kind = LIQ_INSTRUMENT_LINEAR,
                                       .settle = USD,
                                       .multiplier = "1",
                                       .lot = "1",
                                       .tick = "0.1",
                                       .mark = mark,
                                       .tier_form = LIQ_TIER_DEDUCTION};
    liq_fixture_contract abroad = here;

    abroad.symbol = "Z";
    abroad.settle = COIN;
    liq_fixture_start(fixture, 2);
    (void)liq_fixture_asset(fixture, "USD", 2, 6, NULL);
    (void)liq_fixture_asset(fixture, "COIN", 2, 6, "3.7");
    (void)liq_fixture_instrument(fixture, here);
    liq_fixture_tier(fixture, "0", "0.1", "0.2");
    (void)liq_fixture_instrument(fixture, abroad);
    liq_fixture_tier(fixture, "0", "0.1", "0.2");
    (void)liq_fixture_account(fixture, "a");
    return liq_fixture_finish(fixture);
}

static void offers_make(liq_plan_offers *out, const liq_book *book, const liq_market *market,
                        bool is_buy, int64_t taken, int64_t lots_max)
{
    *out = (liq_plan_offers){0};
    cr_assert_eq(liq_plan_offers_create(out, book, market, HERE, is_buy, taken, lots_max, NULL),
                 LIQ_OK);
}

/* The mark is 100.0000005: 100,000,000 fine units for a seller and one more for a buyer, of which
   the execution cost takes 1,000,000.1 and 1,000,000.11, up. */
Test(plan_offers, fill_at_the_mark_less_the_cost_where_there_is_no_depth)
{
    liq_market market = {0};
    liq_plan_offers offers;
    liq_fixture fixture;
    liq_book *book = venue_make(&fixture, "100.0000005");

    book->venue.policy.liquidation.execution_cost = EXECUTION_COST;
    cr_assert_eq(liq_market_create(&market, book, NULL), LIQ_OK);
    offers_make(&offers, book, &market, false, 0, 7);
    cr_assert_eq(offers.count, 1);
    cr_expect_eq(liq_plan_offers_lots(&offers), 7);
    cr_expect_eq(offers.values[0], 100000000 - 1000001);
    liq_plan_offers_clear(&offers);
    offers_make(&offers, book, &market, true, 0, 7);
    cr_assert_eq(offers.count, 1);
    cr_expect_eq(offers.values[0], 100000001 + 1000001);
    cr_expect(offers.worths[0] == 7 * (liq_int128)101000002);
    liq_plan_offers_clear(&offers);
    liq_market_clear(&market);
    liq_fixture_clear(&fixture);
}

Test(plan_offers, are_none_without_a_mark_and_without_depth)
{
    liq_market market = {0};
    liq_plan_offers offers;
    liq_fixture fixture;
    liq_book *book = venue_make(&fixture, NULL);

    cr_assert_eq(liq_market_create(&market, book, NULL), LIQ_OK);
    offers_make(&offers, book, &market, false, 0, 7);
    cr_expect_eq(offers.count, 0);
    cr_expect_eq(liq_plan_offers_lots(&offers), 0);
    liq_plan_offers_clear(&offers);
    liq_market_clear(&market);
    liq_fixture_clear(&fixture);
}

/* Bids of the one and asks of the other instrument are nobody's here. */
static liq_depth_level levels[] = {
    {.quantity_lots = 4, .price = {999, 1}, .instrument_index = HERE, .is_bid = true},
    {.quantity_lots = 3, .price = {998, 1}, .instrument_index = HERE, .is_bid = true},
    {.quantity_lots = 5, .price = {997, 1}, .instrument_index = HERE, .is_bid = true},
    {.quantity_lots = 2, .price = {1001, 1}, .instrument_index = HERE, .is_bid = false},
    {.quantity_lots = 6, .price = {1002, 1}, .instrument_index = HERE, .is_bid = false},
    {.quantity_lots = 9, .price = {500, 1}, .instrument_index = ABROAD, .is_bid = true}};

typedef struct depth_case {
    const char *what;
    bool is_buy;
    int64_t taken;
    int64_t lots_max;
    uint32_t count;
    int64_t ends[3];
    int64_t values[3];
} depth_case;

Test(plan_offers, are_taken_level_by_level)
{
    static const depth_case cases[] = {
        {"all bids", false, 0, 99, 3, {4, 7, 12}, {99900000, 99800000, 99700000}},
        {"as many as are asked for", false, 0, 7, 2, {4, 7}, {99900000, 99800000}},
        {"one more", false, 0, 8, 3, {4, 7, 8}, {99900000, 99800000, 99700000}},
        {"behind a part of a level", false, 3, 99, 3, {1, 4, 9}, {99900000, 99800000, 99700000}},
        {"behind a level", false, 4, 99, 2, {3, 8}, {99800000, 99700000}},
        {"behind a level and a part", false, 6, 99, 2, {1, 6}, {99800000, 99700000}},
        {"behind all", false, 12, 99, 0, {0}, {0}},
        {"asks", true, 0, 99, 2, {2, 8}, {100100000, 100200000}},
        {"asks behind a part", true, 5, 99, 1, {3}, {100200000}}};
    liq_market market = {0};
    liq_fixture fixture;
    liq_book *book = venue_make(&fixture, "100");

    book->depth = levels;
    book->depth_count = sizeof levels / sizeof levels[0];
    cr_assert_eq(liq_market_create(&market, book, NULL), LIQ_OK);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const depth_case *wanted = &cases[i];
        liq_plan_offers offers;
        liq_int128 worth = 0;

        offers_make(&offers, book, &market, wanted->is_buy, wanted->taken, wanted->lots_max);
        cr_assert_eq(offers.count, wanted->count, "%s", wanted->what);
        for (uint32_t k = 0; k < offers.count; k++) {
            const int64_t before = k == 0 ? 0 : wanted->ends[k - 1];

            cr_expect_eq(offers.ends[k], wanted->ends[k], "%s", wanted->what);
            cr_expect_eq(offers.values[k], wanted->values[k], "%s", wanted->what);
            worth += (liq_int128)(wanted->ends[k] - before) * wanted->values[k];
            cr_expect(offers.worths[k] == worth, "%s", wanted->what);
            cr_expect_eq(liq_plan_offers_level(&offers, before + 1), k);
            cr_expect_eq(liq_plan_offers_level(&offers, wanted->ends[k]), k);
        }
        liq_plan_offers_clear(&offers);
    }
    liq_market_clear(&market);
    book->depth = NULL;
    book->depth_count = 0;
    liq_fixture_clear(&fixture);
}

/*
 * 6 of a long at 100 into 4 at 99.9 and 2 at 99.8: 599.2, of which a fee of 0.3% is 1.7976, up to
 * 1.80; -0.80 against the entry. At the mark nothing is lost: it costs 2.60, and unrounded 2.5976.
 * A short of 6 buys 2 at 100.1 and 4 at 100.2: 601, fee 1.803, up to 1.81.
 */
Test(plan_offers, cost_what_they_lose_against_the_mark_and_the_fee)
{
    const liq_int128 unit = LIQ_GRAINS_PER_UNIT;
    liq_market market = {0};
    liq_plan_offers offers[2];
    liq_plan_order order;
    liq_fixture fixture;
    liq_book *book = venue_make(&fixture, "100");
    liq_plan_held held = {
        .market = &market, .entry_value = 100000000, .fee_nano = 3000000, .instrument_index = HERE};

    book->depth = levels;
    book->depth_count = sizeof levels / sizeof levels[0];
    cr_assert_eq(liq_market_create(&market, book, NULL), LIQ_OK);
    for (int is_buy = 0; is_buy < 2; is_buy++) {
        offers_make(&offers[is_buy], book, &market, is_buy, 0, 8);
        held.offers = &offers[is_buy];
        held.is_long = !is_buy;
        cr_assert(liq_plan_order_make(&order, &held, 6));
        cr_expect_eq(order.fee, is_buy ? 181 : 180);
        cr_expect_eq(order.change, is_buy ? -281 : -260);
        cr_expect(order.worth == (is_buy ? 601000000 : 599200000));
        cr_expect(order.cost == (is_buy ? 281 : 260) * unit);
        cr_expect(order.cost_low == (is_buy ? 28030 : 25976) * (unit / 100));
        cr_assert(liq_plan_order_make(&order, &held, 0));
        cr_expect(order.change == 0 && order.fee == 0 && order.cost == 0);
        liq_plan_offers_clear(&offers[is_buy]);
    }
    liq_market_clear(&market);
    book->depth = NULL;
    book->depth_count = 0;
    liq_fixture_clear(&fixture);
}

/* 3 lots of Z at 50 against a mark of 50.1, at 3.7 a coin: 0.3 coins and a fee of a thousandth of
   150, that is 0.45 coins or 1.665. */
Test(plan_offers, count_what_is_paid_in_a_coin_at_its_price)
{
    liq_market market = {0};
    liq_plan_offers offers = {0};
    liq_plan_order order;
    liq_fixture fixture;
    liq_book *book = venue_make(&fixture, "50.1");
    const liq_plan_held held = {.market = &market,
                                .offers = &offers,
                                .entry_value = 50100000,
                                .fee_nano = 1000000,
                                .instrument_index = ABROAD,
                                .is_long = true};

    book->depth = levels;
    book->depth_count = sizeof levels / sizeof levels[0];
    cr_assert_eq(liq_market_create(&market, book, NULL), LIQ_OK);
    cr_assert_eq(liq_plan_offers_create(&offers, book, &market, ABROAD, false, 0, 9, NULL), LIQ_OK);
    cr_assert(liq_plan_order_make(&order, &held, 3));
    cr_expect_eq(order.fee, 15);
    cr_expect_eq(order.change, -45);
    cr_expect(order.cost == (liq_int128)1665 * LIQ_GRAINS_PER_UNIT / 10);
    cr_expect(order.cost_low == order.cost);
    liq_plan_offers_clear(&offers);
    liq_market_clear(&market);
    book->depth = NULL;
    book->depth_count = 0;
    liq_fixture_clear(&fixture);
}

/* Up, which for what is gained is towards nothing. */
Test(plan_offers, are_told_in_cash_rounded_up)
{
    const liq_int128 unit = LIQ_GRAINS_PER_UNIT;

    cr_expect_eq(liq_plan_cash_ceil(0), 0);
    cr_expect_eq(liq_plan_cash_ceil(1), 1);
    cr_expect_eq(liq_plan_cash_ceil(unit), 1);
    cr_expect_eq(liq_plan_cash_ceil(unit + 1), 2);
    cr_expect_eq(liq_plan_cash_ceil(-1), 0);
    cr_expect_eq(liq_plan_cash_ceil(-unit), -1);
    cr_expect_eq(liq_plan_cash_ceil(-unit - 1), -1);
    cr_expect_eq(liq_plan_cash_ceil((liq_int128)INT64_MAX * unit), INT64_MAX);
    cr_expect_eq(liq_plan_cash_ceil((liq_int128)INT64_MAX * unit + 1), INT64_MAX);
    cr_expect_eq(liq_plan_cash_ceil(-(liq_int128)INT64_MAX * unit * 2), -INT64_MAX);
}
