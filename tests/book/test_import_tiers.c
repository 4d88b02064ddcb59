#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "book/import_tiers.h"
#include "book/venue.h"
#include "shared_data.h"
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

TestSuite(import_tiers, .init = setup, .fini = teardown);

/* Import a file of the folder into another one, which is written only on success. */
static liq_status import(const char *tables, const liq_import_options *options, liq_error *err)
{
    char source[FOLDER_PATH_BYTES + 32];
    FILE *out;
    liq_status status;

    (void)strcpy(source, book_folder_path(&home, "tiers.json"));
    if (tables != NULL)
        book_folder_write_text(&home, "tiers.json", tables);
    out = fopen(book_folder_path(&home, "venue.json"), "wb");
    cr_assert_not_null(out);
    status = liq_import_tiers(source, options, out, err);
    cr_assert_eq(fclose(out), 0);
    return status;
}

static char *output(void)
{
    FILE *file = fopen(book_folder_path(&home, "venue.json"), "rb");
    char *text = NULL;
    size_t capacity = 0;

    cr_assert_not_null(file);
    if (getdelim(&text, &capacity, '\0', file) < 0) { /* the buffer is taken even so */
        free(text);
        text = strdup("");
    }
    cr_assert_not_null(text);
    (void)fclose(file);
    return text;
}

static liq_venue load_output(void)
{
    liq_venue venue = {0};
    liq_error err = {0};

    cr_assert_eq(liq_venue_load(&venue, book_folder_path(&home, "venue.json"), &err), LIQ_OK, "%s",
                 err.message);
    return venue;
}

#define TIER(floor, end, rate, leverage, cum)                                                      \
    "{\"tier\":1.0,\"currency\":\"USDT\",\"minNotional\":" floor ",\"maxNotional\":" end           \
    ",\"maintenanceMarginRate\":" rate ",\"maxLeverage\":" leverage ",\"info\":{\"cum\":" cum "}}"

/* Two tiers of Binance's BTCUSDT of October 2024. */
#define BITCOIN                                                                                    \
    TIER("0.0", "50000.0", "0.004", "125.0", "\"0.0\"")                                            \
    "," TIER("50000.0", "600000.0", "5e-03", "100.0", "50.0")

Test(import_tiers, writes_instruments_alone)
{
    static const char expected[] =
        "{\n"
        "  \"instruments\": [\n"
        "    {\"symbol\": \"BTCUSDT\", \"kind\": \"linear\", \"base\": \"BTC\", \"settle\": "
        "\"USDT\",\n"
        "     \"multiplier\": \"1\", \"lot\": \"0.001\", \"tick\": \"0.0001\",\n"
        "     \"tiers\": [\n"
        "       {\"floor\": \"0\", \"mmr\": \"0.004\", \"imr\": \"0.008\", \"deduction\": \"0\"},\n"
        "       {\"floor\": \"50000\", \"mmr\": \"0.005\", \"imr\": \"0.01\", \"deduction\": "
        "\"50\"}]}\n"
        "  ]\n"
        "}\n";
    liq_error err = {0};
    char *text;

    cr_assert_eq(import("{\"BTC/USDT:USDT\":[" BITCOIN "]}", NULL, &err), LIQ_OK, "%s",
                 err.message);
    text = output();
    cr_expect_str_eq(text, expected);
    free(text);
}

Test(import_tiers, writes_a_whole_venue_that_loads)
{
    const liq_import_options options = {.complete = true,
                                        .venue = "a \"quoted\" \\ name",
                                        .profile = "hyperliquid",
                                        .weight = "0.5",
                                        .lot = "0.1",
                                        .tick = "0.25",
                                        .liquidation_fee = "0.002"};
    liq_error err = {0};
    liq_venue venue;

    cr_assert_eq(import("{\"ETH/BTC:BTC\":[" BITCOIN "],\"BTC/USDT:USDT\":[" BITCOIN
                        "],\"BTC/USD:BTC\":[" BITCOIN "],\"BTC/USD:ETH-241227\":[" BITCOIN "]}",
                        &options, &err),
                 LIQ_OK, "%s", err.message);
    venue = load_output();
    cr_expect_str_eq(venue.name, "a \"quoted\" \\ name");
    cr_expect_str_eq(venue.policy.profile, "hyperliquid");
    cr_assert_eq(venue.asset_count, 3);
    cr_expect_str_eq(liq_names_get(venue.asset_names, 0), "USDT");
    cr_expect_str_eq(liq_names_get(venue.asset_names, 1), "BTC");
    cr_expect_str_eq(liq_names_get(venue.asset_names, 2), "ETH");
    cr_expect_eq(venue.slices[1].weight, 5000);
    cr_assert_eq(venue.instrument_count, 4);
    cr_expect_eq(venue.instruments[0].kind, LIQ_INSTRUMENT_LINEAR);
    cr_expect_eq(venue.instruments[1].kind, LIQ_INSTRUMENT_LINEAR);
    cr_expect_eq(venue.instruments[2].kind, LIQ_INSTRUMENT_INVERSE);
    cr_expect_eq(venue.instruments[3].kind, LIQ_INSTRUMENT_QUANTO);
    cr_expect_str_eq(liq_names_get(venue.instrument_names, 2), "BTCUSD");
    cr_expect_str_eq(liq_names_get(venue.instrument_names, 3), "BTCUSD_241227");
    cr_expect_eq(venue.instruments[0].lot.digits, 1);
    cr_expect_eq(venue.instruments[0].tick.digits, 25);
    cr_expect_eq(venue.instruments[0].liquidation_fee.digits, 2);
    liq_venue_clear(&venue);
}

Test(import_tiers, takes_the_first_settle_asset_where_there_is_no_usdt)
{
    liq_import_options options = {.complete = true};
    liq_error err = {0};
    liq_venue venue;

    cr_assert_eq(
        import("{\"BTC/USDC:USDC\":[" BITCOIN "],\"BTC/USD:BTC\":[" BITCOIN "]}", &options, &err),
        LIQ_OK, "%s", err.message);
    venue = load_output();
    cr_expect_str_eq(liq_names_get(venue.asset_names, 0), "USDC");
    liq_venue_clear(&venue);
    options.margin_currency = "EUR";
    cr_assert_eq(import(NULL, &options, &err), LIQ_OK, "%s", err.message);
    venue = load_output();
    cr_expect_str_eq(liq_names_get(venue.asset_names, 0), "EUR");
    cr_expect_eq(venue.asset_count, 3);
    liq_venue_clear(&venue);
}

/* 1/7 and 1/3 have no end: the initial rate is rounded up, against the trader. */
Test(import_tiers, rounds_the_initial_rate_up)
{
    const liq_import_options options = {.complete = true};
    liq_error err = {0};
    liq_venue venue;

    cr_assert_eq(import("{\"A/USDT:USDT\":[" TIER("0", "1000", "0.01", "7", "0") "," TIER(
                            "1000", "null", "0.02", "0.3", "\"10\"") "]}",
                        &options, &err),
                 LIQ_OK, "%s", err.message);
    venue = load_output();
    cr_expect_eq(venue.tiers[0].initial_rate.digits, 142857142858);
    cr_expect_eq(venue.tiers[0].initial_rate.decimals, 12);
    cr_expect_eq(venue.tiers[1].initial_rate.digits, 3333333333334);
    liq_venue_clear(&venue);
}

Test(import_tiers, leaves_out_the_deduction_that_is_not_given)
{
    liq_error err = {0};
    char *text;

    cr_assert_eq(import("{\"A/USDT:USDT\":[{\"minNotional\":0,\"maxNotional\":1,"
                        "\"maintenanceMarginRate\":0.1,\"maxLeverage\":5,\"info\":[]}]}",
                        NULL, &err),
                 LIQ_OK, "%s", err.message);
    text = output();
    cr_expect_null(strstr(text, "deduction"), "%s", text);
    free(text);
}

typedef struct refusal {
    const char *tables;
    liq_status status;
    const char *message;
} refusal;

#define ONE(tiers) "{\n\"A/USDT:USDT\": [\n" tiers "\n]}"
#define AT "tiers.json:3: [\"A/USDT:USDT\"][0]."
#define AT_NEXT "tiers.json:3: [\"A/USDT:USDT\"][1]."
#define FIRST TIER("0", "1000", "0.01", "10", "0") ","

static const refusal refusals[] = {
    {"[]", LIQ_BAD_INPUT, "tiers.json:1: expected an object, found an array"},
    {"{}", LIQ_BAD_INPUT, "tiers.json:1: holds no symbol"},
    {"{\"BTCUSDT\":[]}", LIQ_BAD_INPUT,
     "tiers.json:1: BTCUSDT: is not a contract such as BTC/USDT:USDT"},
    {"{\"BTC/USDT\":[]}", LIQ_BAD_INPUT,
     "tiers.json:1: [\"BTC/USDT\"]: is not a contract such as BTC/USDT:USDT"},
    {"{\"/USDT:USDT\":[]}", LIQ_BAD_INPUT,
     "tiers.json:1: [\"/USDT:USDT\"]: is not a contract such as BTC/USDT:USDT"},
    {"{\"\":[]}", LIQ_BAD_INPUT, "tiers.json:1: [\"\"]: is not a contract such as BTC/USDT:USDT"},
    {"{\"A/B:C\":[" TIER("0", "1", "0", "1", "0") "],\"A/B:D\":[]}", LIQ_DUPLICATE,
     "tiers.json:1: [\"A/B:D\"]: an earlier symbol is AB already"},
    {"{\"A/USDT:USDT\":{}}", LIQ_BAD_INPUT,
     "tiers.json:1: [\"A/USDT:USDT\"]: expected an array, found an object"},
    {"{\"A/USDT:USDT\":[]}", LIQ_BAD_INPUT,
     "tiers.json:1: [\"A/USDT:USDT\"]: needs at least one tier"},
    {ONE("7"), LIQ_BAD_INPUT,
     "tiers.json:3: [\"A/USDT:USDT\"][0] 7: expected an object, found a number"},
    {ONE("{}"), LIQ_BAD_INPUT, "tiers.json:3: [\"A/USDT:USDT\"][0]: lacks \"minNotional\""},
    {ONE(TIER("1", "2", "0.01", "10", "0")), LIQ_BAD_INPUT,
     AT "minNotional 1: must be 0, where the tier before it ends"},
    {ONE(TIER("-1", "2", "0.01", "10", "0")), LIQ_BAD_INPUT,
     AT "minNotional -1: must be 0, where the tier before it ends"},
    {ONE(TIER("null", "2", "0.01", "10", "0")), LIQ_BAD_INPUT,
     AT "minNotional null: expected a number, found null"},
    {ONE(TIER("\"x\"", "2", "0.01", "10", "0")), LIQ_BAD_INPUT,
     AT "minNotional \"x\": is not a plain decimal such as -12.5"},
    {ONE(FIRST TIER("1001", "2000", "0.02", "5", "10.01")), LIQ_BAD_INPUT,
     AT_NEXT "minNotional 1001: must be 1000, where the tier before it ends"},
    {ONE(TIER("0", "0", "0.01", "10", "0") "," TIER("0", "2000", "0.02", "5", "0")), LIQ_BAD_INPUT,
     AT_NEXT "minNotional 0: must be above the tier before it"},
    {ONE(TIER("0", "null", "0.01", "10", "0") "," TIER("5", "9", "0.02", "5", "0")), LIQ_BAD_INPUT,
     AT "maxNotional null: expected a number, found null"},
    {ONE(TIER("0", "1", "-0.01", "10", "0")), LIQ_OUT_OF_RANGE,
     AT "maintenanceMarginRate -0.01: must be at least 0 and below 9"},
    {ONE(TIER("0", "1", "9e0", "10", "0")), LIQ_OUT_OF_RANGE,
     AT "maintenanceMarginRate 9e0: must be at least 0 and below 9"},
    {ONE(FIRST TIER("1000", "2000", "0.009", "5", "-1")), LIQ_BAD_INPUT,
     AT_NEXT "maintenanceMarginRate 0.009: must be at least the rate before it"},
    {ONE(TIER("0", "1", "0.1", "0", "0")), LIQ_OUT_OF_RANGE,
     AT "maxLeverage 0: must be above 0, and one over it below 9"},
    {ONE(TIER("0", "1", "0.1", "-5", "0")), LIQ_OUT_OF_RANGE,
     AT "maxLeverage -5: must be above 0, and one over it below 9"},
    {ONE(TIER("0", "1", "0.1", "0.11111111111", "0")), LIQ_OUT_OF_RANGE,
     AT "maxLeverage 0.11111111111: must be above 0, and one over it below 9"},
    {ONE(TIER("0", "1", "0.1", "5", "1")), LIQ_BAD_INPUT,
     AT "info.cum 1: must be 0 for a maintenance margin without a jump"},
    {ONE(FIRST TIER("1000", "2000", "0.02", "5", "\"10.5\"")), LIQ_BAD_INPUT,
     AT_NEXT "info.cum \"10.5\": must be 10 for a maintenance margin without a jump"},
    {ONE(FIRST TIER("1000", "2000", "0.02", "5", "null")), LIQ_BAD_INPUT,
     AT_NEXT "info.cum null: expected a number, found null"},
    {ONE(TIER("0", "0.0000001", "0.01", "10", "0") "," TIER("0.0000001", "1", "0.0200000001", "5",
                                                            "0")),
     LIQ_OUT_OF_RANGE,
     "tiers.json:3: [\"A/USDT:USDT\"][1]: its deduction needs more than 16 decimals or is too "
     "large"},
};

Test(import_tiers, names_symbol_and_tier_of_what_it_refuses)
{
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        liq_error err = {0};
        char *text;

        cr_expect_eq(import(refusals[i].tables, NULL, &err), refusals[i].status, "%s",
                     refusals[i].message);
        cr_expect_str_eq(err.message, refusals[i].message);
        text = output();
        cr_expect_str_empty(text, "%s", refusals[i].message);
        free(text);
    }
}

typedef struct option_row {
    liq_import_options options;
    liq_status status;
    const char *message;
} option_row;

Test(import_tiers, refuses_bad_options)
{
    static const option_row rows[] = {
        {{.venue = ""},
         LIQ_BAD_INPUT,
         "venue \"\": a name has 1 to 128 bytes, no control bytes and no space at its ends"},
        {{.profile = "a\nb"},
         LIQ_BAD_INPUT,
         "profile \"a\\x0ab\": a name has 1 to 128 bytes, no control bytes and no space at its "
         "ends"},
        {{.complete = true, .margin_currency = " "},
         LIQ_BAD_INPUT,
         "margin currency \" \": a name has 1 to 128 bytes, no control bytes and no space at its "
         "ends"},
        {{.lot = "0"}, LIQ_OUT_OF_RANGE, "lot \"0\": must be above 0"},
        {{.tick = "-1"}, LIQ_OUT_OF_RANGE, "tick \"-1\": must be above 0"},
        {{.weight = "-1"}, LIQ_OUT_OF_RANGE, "weight \"-1\": must be 0 or more"},
        {{.liquidation_fee = "1%"},
         LIQ_BAD_INPUT,
         "liquidation fee \"1%\": is not a plain decimal such as -12.5"}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        liq_error err = {0};

        cr_expect_eq(import("{\"BTC/USDT:USDT\":[" BITCOIN "]}", &rows[i].options, &err),
                     rows[i].status);
        cr_expect_str_eq(err.message, rows[i].message);
    }
}

Test(import_tiers, reports_a_target_that_cannot_be_written)
{
    liq_error err = {0};
    FILE *full = fopen("/dev/full", "wb");

    if (full == NULL)
        cr_skip_test("there is no /dev/full");
    book_folder_write_text(&home, "tiers.json", "{\"BTC/USDT:USDT\":[" BITCOIN "]}");
    cr_expect_eq(liq_import_tiers(book_folder_path(&home, "tiers.json"), NULL, full, &err), LIQ_IO);
    (void)fclose(full);
}

/* Maintenance margin in grains at a size in fine units, by one tier. */
static liq_int128 maintenance(const liq_venue *venue, const liq_instrument *instrument,
                              uint32_t tier, liq_int128 fine)
{
    const liq_tier *table = &venue->tiers[instrument->tier_first];
    liq_int128 rate;

    cr_assert(liq_decimal_scale(&rate, table[tier].maintenance_rate,
                                liq_asset_rate_decimals(&venue->assets[instrument->settle_index]),
                                LIQ_ROUND_CEIL));
    return fine * rate - table[tier].deduction_grains;
}

static void expect_continuous(const liq_venue *venue, uint32_t index)
{
    const liq_instrument *instrument = &venue->instruments[index];
    const liq_asset *asset = &venue->assets[instrument->settle_index];

    for (uint32_t i = 1; i < instrument->tier_count; i++) {
        liq_int128 fine;

        cr_assert(liq_decimal_scale(&fine, venue->tiers[instrument->tier_first + i].floor,
                                    asset->value_decimals, LIQ_ROUND_FLOOR));
        cr_expect(maintenance(venue, instrument, i, fine) ==
                      maintenance(venue, instrument, i - 1, fine),
                  "%s tier %u", liq_names_get(venue->instrument_names, index), i);
    }
}

Test(import_tiers, loads_all_real_tables_with_continuous_margin)
{
    const liq_import_options options = {.complete = true};
    char path[1024];
    liq_error err = {0};
    liq_venue venue;
    FILE *out;

    shared_data_path(path, sizeof path, "data/binance_leverage_tiers.json");
    out = fopen(book_folder_path(&home, "venue.json"), "wb");
    cr_assert_not_null(out);
    cr_assert_eq(liq_import_tiers(path, &options, out, &err), LIQ_OK, "%s", err.message);
    cr_assert_eq(fclose(out), 0);
    venue = load_output();
    cr_expect_eq(venue.instrument_count, 349);
    cr_expect_eq(venue.tier_count, 2805);
    for (uint32_t i = 0; i < venue.instrument_count; i++)
        expect_continuous(&venue, i);
    liq_venue_clear(&venue);
}
