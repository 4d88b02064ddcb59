#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "book/venue.h"
#include "liq_limits.h"
#include "support_folder.h"

static folder home;

static void setup(void)
{
    home = book_folder_create();
}

static void teardown(void)
{
    book_folder_remove(&home);
}

TestSuite(venue, .init = setup, .fini = teardown);

static liq_status load(liq_venue *out, const char *text, liq_error *err)
{
    book_folder_write_text(&home, "venue.json", text);
    return liq_venue_load(out, book_folder_path(&home, "venue.json"), err);
}

static liq_venue load_well(const char *text)
{
    liq_venue venue = {0};
    liq_error err = {0};

    cr_assert_eq(load(&venue, text, &err), LIQ_OK, "%s", err.message);
    return venue;
}

static liq_venue load_good(void)
{
    return load_well(good_book_text("venue.json"));
}

static void expect_decimal(liq_decimal value, const char *expected)
{
    char shown[LIQ_DECIMAL_BYTES];

    cr_expect_str_eq(liq_decimal_format(shown, value.digits, value.decimals), expected);
}

static void expect_deduction(const liq_venue *venue, uint32_t instrument, uint32_t tier,
                             const char *expected)
{
    const liq_instrument *owner = &venue->instruments[instrument];
    const int32_t decimals = venue->assets[owner->settle_index].decimals + 16;
    char shown[LIQ_DECIMAL_BYTES];

    cr_expect_str_eq(liq_decimal_format(
                         shown, venue->tiers[owner->tier_first + tier].deduction_grains, decimals),
                     expected);
}

Test(venue, puts_the_margin_currency_first)
{
    liq_venue venue = load_good();

    cr_expect_str_eq(venue.name, "good");
    cr_expect_eq(venue.cash_decimals, 8);
    cr_expect_eq(venue.asset_count, 3);
    cr_expect_str_eq(liq_names_get(venue.asset_names, 0), "USDT");
    cr_expect_str_eq(liq_names_get(venue.asset_names, 1), "BTC");
    cr_expect_str_eq(liq_names_get(venue.asset_names, 2), "ETH");
    cr_expect_eq(venue.policy.adl_rule, LIQ_ADL_OKX);
    liq_venue_clear(&venue);
    cr_expect_null(venue.assets);
}

/* An inverse contract settles in BTC, whose lot values are quotients. */
Test(venue, gives_inverse_contracts_the_most_decimals)
{
    static const int32_t decimals[] = {8, 8, 6};
    static const int32_t value_decimals[] = {12, 18, 12};
    static const int32_t rate_decimals[] = {12, 6, 10};
    liq_venue venue = load_good();

    for (uint32_t i = 0; i < 3; i++) {
        cr_expect_eq(venue.assets[i].decimals, decimals[i], "%u", i);
        cr_expect_eq(venue.assets[i].value_decimals, value_decimals[i], "%u", i);
        cr_expect_eq(liq_asset_rate_decimals(&venue.assets[i]), rate_decimals[i], "%u", i);
    }
    liq_venue_clear(&venue);
}

Test(venue, holds_weights_as_slices)
{
    static const liq_weight_slice bitcoin[] = {
        {10000000000, 9500}, {25050000000, 9000}, {INT64_MAX, 0}};
    liq_venue venue = load_good();
    const liq_asset *assets = venue.assets;

    cr_assert_eq(venue.slice_count, 5);
    cr_expect_eq(assets[0].slice_count, 1);
    cr_expect_eq(venue.slices[assets[0].slice_first].weight, 10000);
    cr_expect_eq(venue.slices[assets[0].slice_first].up_to, INT64_MAX);
    cr_assert_eq(assets[1].slice_count, 3);
    for (uint32_t i = 0; i < 3; i++) {
        cr_expect_eq(venue.slices[assets[1].slice_first + i].up_to, bitcoin[i].up_to, "%u", i);
        cr_expect_eq(venue.slices[assets[1].slice_first + i].weight, bitcoin[i].weight, "%u", i);
    }
    cr_expect_eq(venue.slices[assets[2].slice_first].weight, 9250);
    liq_venue_clear(&venue);
}

/* Those that settle in the margin currency come first, in their order, then the one in BTC. */
Test(venue, reads_instruments)
{
    static const liq_instrument_kind kinds[] = {LIQ_INSTRUMENT_LINEAR, LIQ_INSTRUMENT_QUANTO,
                                                LIQ_INSTRUMENT_LINEAR, LIQ_INSTRUMENT_INVERSE};
    static const uint32_t settle[] = {0, 0, 0, 1};
    static const uint32_t funds[] = {0, UINT32_MAX, UINT32_MAX, 1};
    static const liq_tier_form forms[] = {LIQ_TIER_DEDUCTION, LIQ_TIER_LINEAR, LIQ_TIER_MARGINAL,
                                          LIQ_TIER_WHOLE};
    static const char *const sizes[] = {"0.001", "0.000001", "0.01", "200"};
    static const int32_t tick_decimals[] = {1, 2, 2, 1};
    liq_venue venue = load_good();

    cr_assert_eq(venue.instrument_count, 4);
    for (uint32_t i = 0; i < 4; i++) {
        const liq_instrument *instrument = &venue.instruments[i];

        cr_expect_eq(instrument->kind, kinds[i], "%u", i);
        cr_expect_eq(instrument->settle_index, settle[i], "%u", i);
        cr_expect_eq(instrument->fund_index, funds[i], "%u", i);
        cr_expect_eq(instrument->tier_form, forms[i], "%u", i);
        cr_expect_eq(instrument->tier_measure, i == 3 ? LIQ_TIER_BY_QUANTITY : LIQ_TIER_BY_NOTIONAL,
                     "%u", i);
        cr_expect_eq(instrument->tick_decimals, tick_decimals[i], "%u", i);
        expect_decimal(instrument->lot_multiplier, sizes[i]);
    }
    cr_expect_str_eq(venue.instruments[3].base, "BTC");
    cr_expect_str_eq(liq_names_get(venue.instrument_names, 1), "ETHQ");
    expect_decimal(venue.instruments[0].liquidation_fee, "0.005");
    expect_decimal(venue.instruments[3].liquidation_fee, "0");
    expect_decimal(venue.instruments[0].tick, "0.1");
    liq_venue_clear(&venue);
}

Test(venue, reads_funds_in_the_asset_that_they_hold)
{
    liq_venue venue = load_good();

    cr_assert_eq(venue.fund_count, 3);
    cr_expect_eq(venue.funds[0].asset_index, 0, "of the same name");
    cr_expect_eq(venue.funds[0].balance, 100000000000000);
    cr_expect_eq(venue.funds[1].asset_index, 1, "as it says");
    cr_expect_eq(venue.funds[1].balance, 250000000);
    cr_expect_eq(venue.funds[2].asset_index, 0, "the margin currency");
    liq_venue_clear(&venue);
}

Test(venue, computes_the_deductions_that_are_not_given)
{
    liq_venue venue = load_good();

    cr_assert_eq(venue.tier_count, 7);
    expect_deduction(&venue, 0, 0, "0");
    expect_deduction(&venue, 0, 1, "50");
    expect_deduction(&venue, 3, 1, "0");
    expect_deduction(&venue, 2, 1, "5");
    expect_decimal(venue.tiers[1].floor, "50000");
    expect_decimal(venue.tiers[1].maintenance_rate, "0.005");
    expect_decimal(venue.tiers[1].initial_rate, "0.01");
    expect_decimal(venue.tiers[4].maintenance_slope, "0.00005");
    expect_decimal(venue.tiers[4].initial_slope, "0.00006");
    liq_venue_clear(&venue);
}

#define VENUE(head, asset_rest, instrument_rest)                                                   \
    "{\"venue\":\"v\",\"profile\":\"binance-usdm\",\"margin_currency\":\"X\"," head                \
    "\"assets\":[{\"asset\":\"X\",\"weight\":\"1\"" asset_rest "}],\"instruments\":["              \
    "{\"symbol\":\"S\",\"kind\":\"linear\",\"base\":\"B\",\"settle\":\"X\",\"multiplier\":\"1\","  \
    "\"lot\":\"1\",\"tick\":\"1\"," instrument_rest "}]}"
#define TIERS(first, second) "\"tiers\":[{" first "},{" second "}]"

/* A given deduction that leaves a jump up is the venue's own choice, and later ones build on it. */
Test(venue, keeps_a_given_deduction_and_builds_on_it)
{
    liq_venue venue =
        load_well(VENUE("", "",
                        "\"tiers\":[{\"floor\":\"0\",\"mmr\":\"0.01\",\"imr\":\"0\"},"
                        "{\"floor\":\"100\",\"mmr\":\"0.02\",\"imr\":\"0\",\"deduction\":\"0.25\"},"
                        "{\"floor\":\"200\",\"mmr\":\"0.03\",\"imr\":\"0\"}]"));

    expect_deduction(&venue, 0, 1, "0.25");
    expect_deduction(&venue, 0, 2, "2.25");
    liq_venue_clear(&venue);
    venue = load_well(VENUE("", "",
                            "\"tiers\":[{\"floor\":\"0\",\"mmr\":\"0.01\",\"imr\":\"0\","
                            "\"deduction\":\"0.01\"}]"));
    expect_deduction(&venue, 0, 0, "0.01");
    liq_venue_clear(&venue);
}

/* Rates of X count 10^-6 here: 1/30 becomes 0.033334, and so it must in the deduction. */
Test(venue, computes_deductions_from_rates_as_they_are_counted)
{
    liq_venue venue =
        load_well(VENUE("", ",\"value_decimals\":18",
                        TIERS("\"floor\":\"0\",\"mmr\":\"0.02\",\"imr\":\"0\"",
                              "\"floor\":\"100000000\",\"mmr\":\"0.033333333333\",\"imr\":\"0\"")));

    expect_deduction(&venue, 0, 1, "1333400");
    liq_venue_clear(&venue);
    venue = load_well(VENUE("", "",
                            TIERS("\"floor\":\"0\",\"mmr\":\"0.02\",\"imr\":\"0\"",
                                  "\"floor\":\"100000000\",\"mmr\":\"0.033333333333\","
                                  "\"imr\":\"0\"")));
    expect_deduction(&venue, 0, 1, "1333333.3333");
    liq_venue_clear(&venue);
}

Test(venue, accepts_the_smallest_and_the_largest)
{
    liq_venue venue = load_well(
        VENUE("\"cash_decimals\":18,", ",\"value_decimals\":28",
              TIERS("\"floor\":\"0\",\"mmr\":\"0\",\"imr\":\"8.999999999999999\"",
                    "\"floor\":\"0.0000000000000000000000000001\",\"mmr\":\"8.999999999999999\","
                    "\"imr\":\"0\"")));

    cr_expect_eq(venue.cash_decimals, 18);
    expect_decimal(venue.tiers[1].floor, "0.0000000000000000000000000001");
    liq_venue_clear(&venue);
    venue = load_well(VENUE("\"cash_decimals\":0,", ",\"value_decimals\":4",
                            "\"tiers\":[{\"floor\":\"0\",\"mmr\":\"1\",\"imr\":\"1\"}]"));
    cr_expect_eq(venue.assets[0].value_decimals, 4);
    cr_expect_eq(venue.fund_count, 0);
    liq_venue_clear(&venue);
}

#define FEE_VENUE(fee, rate)                                                                       \
    VENUE("\"policy\":{\"fee_in_requirement\":true},", "",                                         \
          "\"liquidation_fee\":\"" fee "\",\"tiers\":[{\"floor\":\"0\",\"mmr\":\"" rate            \
          "\",\"imr\":\"0\"}]")

/* Where the fee is part of the requirement, both together are a rate. */
Test(venue, bounds_the_rate_with_its_fee)
{
    liq_venue venue = load_well(FEE_VENUE("0.5", "8.499999999999"));
    liq_error err = {0};

    liq_venue_clear(&venue);
    cr_expect_eq(load(&venue, FEE_VENUE("0.5", "8.5"), &err), LIQ_OUT_OF_RANGE);
    cr_expect_str_eq(err.message, "venue.json:1: instruments[0].tiers[0].mmr \"8.5\": with the "
                                  "liquidation fee it must be below 9");
}

/* Write a venue with so many assets, slices of the second asset, and tiers. */
static void write_large(int assets, int slices, int tiers)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *file = open_memstream(&text, &bytes);

    cr_assert_not_null(file);
    (void)fputs("{\"venue\":\"v\",\"profile\":\"binance-usdm\",\"margin_currency\":\"X\","
                "\"assets\":[{\"asset\":\"X\",\"weight\":\"1\"},{\"asset\":\"Y\",\"weight\":[",
                file);
    for (int i = 1; i < slices; i++)
        (void)fprintf(file, "{\"up_to\":\"%d\",\"weight\":\"0.5\"},", i);
    (void)fputs("{\"weight\":\"0\"}]}", file);
    for (int i = 2; i < assets; i++)
        (void)fprintf(file, ",{\"asset\":\"A%d\",\"weight\":\"0\"}", i);
    (void)fputs("],\"instruments\":[{\"symbol\":\"S\",\"kind\":\"linear\",\"base\":\"B\","
                "\"settle\":\"X\",\"multiplier\":\"1\",\"lot\":\"1\",\"tick\":\"1\",\"tiers\":[",
                file);
    for (int i = 0; i < tiers; i++)
        (void)fprintf(file, "%s{\"floor\":\"%d\",\"mmr\":\"0.%04d\",\"imr\":\"0\"}",
                      i > 0 ? "," : "", i, i);
    (void)fputs("]}]}", file);
    cr_assert_eq(fclose(file), 0);
    book_folder_write(&home, "venue.json", text, bytes);
    free(text);
}

typedef struct size_row {
    int assets;
    int slices;
    int tiers;
    liq_status status;
    const char *message;
} size_row;

Test(venue, holds_as_much_as_its_limits_say)
{
    static const size_row rows[] = {
        {LIQ_ASSETS_MAX, LIQ_SLICES_PER_ASSET_MAX, LIQ_TIERS_PER_INSTRUMENT_MAX, LIQ_OK, ""},
        {LIQ_ASSETS_MAX + 1, 1, 1, LIQ_OUT_OF_RANGE,
         "venue.json:1: assets: 513 items, the limit is 512"},
        {2, LIQ_SLICES_PER_ASSET_MAX + 1, 1, LIQ_OUT_OF_RANGE,
         "venue.json:1: assets[1].weight: 65 items, the limit is 64"},
        {2, 1, LIQ_TIERS_PER_INSTRUMENT_MAX + 1, LIQ_OUT_OF_RANGE,
         "venue.json:1: instruments[0].tiers: 1025 items, the limit is 1024"}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        liq_venue venue = {0};
        liq_error err = {0};

        write_large(rows[i].assets, rows[i].slices, rows[i].tiers);
        cr_expect_eq(liq_venue_load(&venue, book_folder_path(&home, "venue.json"), &err),
                     rows[i].status);
        cr_expect_str_eq(err.message, rows[i].message);
        if (rows[i].status == LIQ_OK)
            cr_expect_eq(venue.tier_count, LIQ_TIERS_PER_INSTRUMENT_MAX);
        liq_venue_clear(&venue);
    }
}

Test(venue, holds_no_more_instruments_than_its_limit)
{
    char *list = malloc(2 * (LIQ_INSTRUMENTS_MAX + 1) + 1);
    char *text = NULL;
    liq_venue venue = {0};
    liq_error err = {0};

    cr_assert_not_null(list);
    for (size_t i = 0; i <= LIQ_INSTRUMENTS_MAX; i++)
        memcpy(list + 2 * i, "0,", 2);
    list[2 * LIQ_INSTRUMENTS_MAX + 1] = '\0';
    cr_assert_geq(asprintf(&text,
                           "{\"venue\":\"v\",\"profile\":\"okx\",\"margin_currency\":\"X\","
                           "\"assets\":[{\"asset\":\"X\",\"weight\":\"1\"}],"
                           "\"instruments\":[%s],\"funds\":[%s]}",
                           list, list),
                  0);
    cr_expect_eq(load(&venue, text, &err), LIQ_OUT_OF_RANGE);
    cr_expect_str_eq(err.message, "venue.json:1: funds: 65537 items, the limit is 65536");
    (void)strcpy(strstr(text, ",\"funds\""), "}");
    cr_expect_eq(load(&venue, text, &err), LIQ_OUT_OF_RANGE);
    cr_expect_str_eq(err.message, "venue.json:1: instruments: 65537 items, the limit is 65536");
    free(text);
    free(list);
}

Test(venue, leaves_its_target_alone_when_it_fails)
{
    liq_venue venue;
    liq_venue before;
    liq_error err = {0};

    memset(&venue, 0x5a, sizeof venue);
    before = venue;
    cr_expect_eq(load(&venue, "{}", &err), LIQ_BAD_INPUT);
    cr_expect_eq(liq_venue_load(&venue, book_folder_path(&home, "none.json"), &err), LIQ_NOT_FOUND);
    cr_expect_eq(memcmp(&venue, &before, sizeof venue), 0);
}
