/* What is wrong with venue.json; test_bad_input.c has the other files. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include <liqscan/book.h>

#include "support_refusal.h"

#define X_16 "xxxxxxxxxxxxxxxx"
#define NAME_64_X X_16 X_16 X_16 X_16
#define DEDUCTION_RANGE "must be in 0 .. 2^63 - 1 units of 10^-8 USDT, with at most 24 decimals"
#define NAME "a name has 1 to 128 bytes, no control bytes and no space at its ends"

static const bad_row heads[] = {
    {"venue.json", "\"venue\": \"good\", ", "", LIQ_BAD_INPUT, "venue.json:1: lacks \"venue\""},
    {"venue.json", "\"good\"", "\"\"", LIQ_BAD_INPUT, "venue.json:2: venue \"\": " NAME},
    {"venue.json", "\"good\"", "17", LIQ_BAD_INPUT,
     "venue.json:2: venue 17: expected a string, found a number"},
    {"venue.json", ", \"profile\": \"binance-usdm\"", "", LIQ_BAD_INPUT,
     "venue.json:1: lacks \"profile\""},
    {"venue.json", "binance-usdm", "binance", LIQ_NOT_FOUND,
     "venue.json:2: profile \"binance\": there is no such profile (known: binance-usdm, bitmex, "
     "bybit-uta, deribit, dydx-v4, hyperliquid, okx, custom)"},
    {"venue.json", "\"okx\"", "\"OKX\"", LIQ_BAD_INPUT,
     "venue.json:42: policy.adl_rule \"OKX\": must be one of bitmex, binance, okx, hyperliquid, "
     "hyperliquid_literal, bluefin, random_walk"},
    {"venue.json", "\"venue\": \"good\"", "\"venue\": \"good\", \"venue\": \"bad\"", LIQ_BAD_INPUT,
     "venue.json:2: key \"venue\" is there twice (first on line 2)"},
    {"venue.json", "\"venue\": \"good\"", "\"venue\": \"good\", \"leverage\": 5", LIQ_BAD_INPUT,
     "venue.json:2: unknown key \"leverage\" (known: comment, venue, profile, margin_currency, "
     "cash_decimals, assets, instruments, funds, policy, portfolio)"},
    {"venue.json", "[\"every kind\", \"every tier form\"]", "{}", LIQ_BAD_INPUT,
     "venue.json:4: comment: expected a string, found an object"},
    {"venue.json", "\"margin_currency\": \"USDT\"", "\"margin_currency\": \"USDC\"", LIQ_NOT_FOUND,
     "venue.json:3: margin_currency \"USDC\": is not listed in \"assets\""},
    {"venue.json", "\"cash_decimals\": 8", "\"cash_decimals\": 19", LIQ_OUT_OF_RANGE,
     "venue.json:3: cash_decimals 19: must be in 0 .. 18"},
    {"venue.json", "\"cash_decimals\": 8", "\"cash_decimals\": \"8\"", LIQ_BAD_INPUT,
     "venue.json:3: cash_decimals \"8\": expected an integer, found a string"},
    {"venue.json", "\"cash_decimals\": 8", "\"cash_decimals\": 8.0", LIQ_BAD_INPUT,
     "venue.json:3: cash_decimals 8.0: an integer has no point and no exponent"},
    {"venue.json", "\"good\"", "\"g\xff\"", LIQ_BAD_INPUT,
     "venue.json:2: column 15: the string that ends here is not UTF-8"},
    {"venue.json", "\"good\"", "'good'", LIQ_BAD_INPUT,
     "venue.json:2: column 12: expected a value, found 'good', \"profile"},
    {"venue.json", "\"good\",", "\"good\",,", LIQ_BAD_INPUT,
     "venue.json:2: column 19: expected a key in quotes, found , \"profile\": \"bi"},
    {"venue.json", "\"cash_decimals\": 8", "\"cash_decimals\": NaN", LIQ_BAD_INPUT,
     "venue.json:3: column 47: expected a value, found NaN,"},
    {"venue.json", "\"cash_decimals\": 8", "\"cash_decimals\": 08", LIQ_BAD_INPUT,
     "venue.json:3: column 48: a number with a leading zero"},
};

static const bad_row assets[] = {
    {"venue.json", "\"assets\"", "\"asset\"", LIQ_BAD_INPUT,
     "venue.json:5: unknown key \"asset\" (known: comment, venue, profile, margin_currency, "
     "cash_decimals, assets, instruments, funds, policy, portfolio)"},
    {"venue.json", "\"asset\": \"ETH\"", "\"asset\": \"BTC\"", LIQ_DUPLICATE,
     "venue.json:9: assets[2].asset \"BTC\": is listed twice"},
    {"venue.json", "\"asset\": \"ETH\"", "\"asset\": \"USDT\"", LIQ_DUPLICATE,
     "venue.json:9: assets[2].asset \"USDT\": is listed twice"},
    {"venue.json", "\"asset\": \"ETH\"", "\"asset\": \"ETH \"", LIQ_BAD_INPUT,
     "venue.json:9: assets[2].asset \"ETH \": " NAME},
    {"venue.json", "\"asset\": \"ETH\", ", "", LIQ_BAD_INPUT,
     "venue.json:9: assets[2]: lacks \"asset\""},
    {"venue.json", "{\"asset\": \"USDT\", \"weight\": \"1\"}", "\"USDT\"", LIQ_BAD_INPUT,
     "venue.json:8: assets[1] \"USDT\": expected an object, found a string"},
    {"venue.json", "\"USDT\", \"weight\": \"1\"", "\"USDT\", \"weight\": \"0.99\"", LIQ_BAD_INPUT,
     "venue.json:8: assets[1].weight \"0.99\": the weight of the margin currency is 1"},
    {"venue.json", "\"USDT\", \"weight\": \"1\"", "\"USDT\", \"weight\": \"1\", \"decimals\": 6",
     LIQ_BAD_INPUT,
     "venue.json:8: assets[1].decimals 6: the margin currency counts cash: its decimals are "
     "\"cash_decimals\", 8"},
    {"venue.json", "\"decimals\": 6", "\"decimals\": -1", LIQ_OUT_OF_RANGE,
     "venue.json:9: assets[2].decimals -1: must be in 0 .. 18"},
    {"venue.json", "\"value_decimals\": 12", "\"value_decimals\": 9", LIQ_OUT_OF_RANGE,
     "venue.json:9: assets[2].value_decimals 9: must be in 10 .. 16"},
    {"venue.json", "\"value_decimals\": 12", "\"value_decimals\": 17", LIQ_OUT_OF_RANGE,
     "venue.json:9: assets[2].value_decimals 17: must be in 10 .. 16"},
    {"venue.json", "\"0.9250\"", "0.925", LIQ_BAD_INPUT,
     "venue.json:9: assets[2].weight 0.925: a decimal must stand in quotes, so that no program "
     "rounds it"},
    {"venue.json", "\"0.9250\"", "\"0.92505\"", LIQ_OUT_OF_RANGE,
     "venue.json:9: assets[2].weight \"0.92505\": a weight is in 0 .. 1 and has at most 4 "
     "decimals"},
    {"venue.json", "\"0.9250\"", "\"1.0001\"", LIQ_OUT_OF_RANGE,
     "venue.json:9: assets[2].weight \"1.0001\": a weight is in 0 .. 1 and has at most 4 decimals"},
    {"venue.json", "\"0.9250\"", "\"-0.1\"", LIQ_OUT_OF_RANGE,
     "venue.json:9: assets[2].weight \"-0.1\": a weight is in 0 .. 1 and has at most 4 decimals"},
    {"venue.json", "\"0.9250\"", "[]", LIQ_BAD_INPUT,
     "venue.json:9: assets[2].weight: needs at least one slice"},
    {"venue.json", ", \"weight\": \"0.9250\"", "", LIQ_BAD_INPUT,
     "venue.json:9: assets[2]: lacks \"weight\""},
    {"venue.json", "\"up_to\": \"250.5\"", "\"up_to\": \"100\"", LIQ_OUT_OF_RANGE,
     "venue.json:7: assets[0].weight[1].up_to \"100\": slices end at rising amounts above 0"},
    {"venue.json", "\"up_to\": \"100\"", "\"up_to\": \"0\"", LIQ_OUT_OF_RANGE,
     "venue.json:6: assets[0].weight[0].up_to \"0\": slices end at rising amounts above 0"},
    {"venue.json", "\"up_to\": \"250.5\"", "\"up_to\": \"250.123456789\"", LIQ_OUT_OF_RANGE,
     "venue.json:7: assets[0].weight[1].up_to \"250.123456789\": has 9 decimals, the limit is 8"},
    {"venue.json", "\"up_to\": \"250.5\", ", "", LIQ_BAD_INPUT,
     "venue.json:7: assets[0].weight[1]: lacks \"up_to\""},
    {"venue.json", "{\"weight\": \"0\"}", "{\"up_to\": \"300\", \"weight\": \"0\"}", LIQ_BAD_INPUT,
     "venue.json:7: assets[0].weight[2].up_to \"300\": the last slice has no end: leave out "
     "\"up_to\""},
};

static const bad_row instruments[] = {
    {"venue.json", "\"symbol\": \"BTCUSD\"", "\"symbol\": \"BTCUSDT\"", LIQ_DUPLICATE,
     "venue.json:18: instruments[1].symbol \"BTCUSDT\": is listed twice"},
    {"venue.json", "\"symbol\": \"BTCUSD\"", "\"symbol\": \"ETH\"", LIQ_DUPLICATE,
     "venue.json:18: instruments[1].symbol \"ETH\": is the name of an asset already"},
    {"venue.json", "\"inverse\"", "\"spread\"", LIQ_BAD_INPUT,
     "venue.json:18: instruments[1].kind \"spread\": must be one of linear, inverse, quanto, "
     "option, index"},
    {"venue.json", "\"settle\": \"BTC\"", "\"settle\": \"BTCUSDT\"", LIQ_NOT_FOUND,
     "venue.json:18: instruments[1].settle \"BTCUSDT\": is not an asset of the venue"},
    {"venue.json", "\"fund\": \"coins\",\n", "\"fund\": \"coin\",\n", LIQ_NOT_FOUND,
     "venue.json:19: instruments[1].fund \"coin\": is not a fund of the venue"},
    {"venue.json", "\"lot\": \"2\"", "\"lot\": \"0\"", LIQ_OUT_OF_RANGE,
     "venue.json:19: instruments[1].lot \"0\": must be above 0"},
    {"venue.json", "\"lot\": \"2\"", "\"lot\": 2", LIQ_BAD_INPUT,
     "venue.json:19: instruments[1].lot 2: a decimal must stand in quotes, so that no program "
     "rounds it"},
    {"venue.json", "\"tick\": \"0.5\"", "\"tick\": \"-0.5\"", LIQ_OUT_OF_RANGE,
     "venue.json:19: instruments[1].tick \"-0.5\": must be above 0"},
    {"venue.json", "\"tick\": \"0.5\"", "\"tick\": \"0.0000000000000000005\"", LIQ_OUT_OF_RANGE,
     "venue.json:19: instruments[1].tick \"0.0000000000000000005\": has 19 decimals, the limit is "
     "18"},
    {"venue.json", "\"multiplier\": \"100\", ", "", LIQ_BAD_INPUT,
     "venue.json:18: instruments[1]: lacks \"multiplier\""},
    {"venue.json", "\"multiplier\": \"100\", \"lot\": \"2\"",
     "\"multiplier\": \"100000000001\", \"lot\": \"100000003\"", LIQ_OUT_OF_RANGE,
     "venue.json:19: instruments[1].lot \"100000003\": lot x multiplier needs more than 18 digits "
     "or 30 decimals"},
    {"venue.json", "\"0.005\", \"fund\"", "\"1\", \"fund\"", LIQ_OUT_OF_RANGE,
     "venue.json:14: instruments[0].liquidation_fee \"1\": must be at least 0 and below 1"},
    {"venue.json", "{\"adl_rule\": \"okx\"}", "{\"fee_in_requirement\": true}", LIQ_BAD_INPUT,
     "venue.json:18: instruments[1]: lacks \"liquidation_fee\", which the rule "
     "fee_in_requirement counts"},
    {"venue.json", "\"whole\"", "\"deduction\"", LIQ_UNSUPPORTED,
     "venue.json:18: instruments[1]: tiers by quantity need the tier form whole or linear, not "
     "deduction"},
    {"venue.json", "\"whole\"", "\"step\"", LIQ_BAD_INPUT,
     "venue.json:20: instruments[1].tier_form \"step\": must be one of deduction, marginal, whole, "
     "linear"},
    {"venue.json", "\"tier_by\"", "\"tiers_by\"", LIQ_BAD_INPUT,
     "venue.json:20: instruments[1]: unknown key \"tiers_by\" (known: comment, symbol, kind, base, "
     "settle, multiplier, lot, tick, liquidation_fee, fund, tier_form, tier_by, tiers, option, "
     "strike, underlying, volatility, days, dynamic_margin)"},
    {"venue.json", "\"fund\": \"coins\", \"asset\"", "\"fund\": \"USDT\", \"asset\"", LIQ_DUPLICATE,
     "venue.json:39: funds[1].fund \"USDT\": is listed twice"},
    {"venue.json", "\"asset\": \"BTC\", \"balance\"", "\"asset\": \"DOGE\", \"balance\"",
     LIQ_NOT_FOUND, "venue.json:39: funds[1].asset \"DOGE\": is not an asset of the venue"},
    {"venue.json", "\"balance\": \"2.5\"", "\"balance\": \"-2.5\"", LIQ_OUT_OF_RANGE,
     "venue.json:39: funds[1].balance \"-2.5\": a fund cannot begin below 0"},
    {"venue.json", "\"balance\": \"2.5\"", "\"balance\": \"2.123456789\"", LIQ_OUT_OF_RANGE,
     "venue.json:39: funds[1].balance \"2.123456789\": has 9 decimals, the limit is 8"},
};

static const bad_row tiers[] = {
    {"venue.json", "\"floor\": \"50000\"", "\"floor\": \"0\"", LIQ_BAD_INPUT,
     "venue.json:17: instruments[0].tiers[1].floor \"0\": must be above the floor before it, 0"},
    {"venue.json", "\"floor\": \"50000\"", "\"floor\": \"-1\"", LIQ_BAD_INPUT,
     "venue.json:17: instruments[0].tiers[1].floor \"-1\": must be above the floor before it, 0"},
    {"venue.json", "\"floor\": \"0\", \"mmr\": \"0.005\"", "\"floor\": \"1\", \"mmr\": \"0.005\"",
     LIQ_BAD_INPUT, "venue.json:22: instruments[1].tiers[0].floor \"1\": the first floor is 0"},
    {"venue.json", "\"floor\": \"50000\"", "\"floor\": \"50000.0000000000001\"", LIQ_OUT_OF_RANGE,
     "venue.json:17: instruments[0].tiers[1].floor \"50000.0000000000001\": has 13 decimals, lot "
     "values in USDT have 12"},
    {"venue.json", "\"floor\": \"1000\", \"mmr\": \"0.01\"",
     "\"floor\": \"1001\", \"mmr\": \"0.01\"", LIQ_OUT_OF_RANGE,
     "venue.json:23: instruments[1].tiers[1].floor \"1001\": is not a multiple of the lot 2 below "
     "2^63 lots"},
    {"venue.json", "\"mmr\": \"0.005\", \"imr\": \"0.01\"}]",
     "\"mmr\": \"0.003\", \"imr\": \"0.01\"}]", LIQ_BAD_INPUT,
     "venue.json:17: instruments[0].tiers[1].mmr \"0.003\": must be at least the rate before it, "
     "0.004"},
    {"venue.json", "\"floor\": \"1000\", \"mmr\": \"0.01\"",
     "\"floor\": \"1000\", \"mmr\": \"0.001\"", LIQ_BAD_INPUT,
     "venue.json:23: instruments[1].tiers[1].mmr \"0.001\": must be at least the rate before it, "
     "0.005"},
    {"venue.json", "\"mmr\": \"0.004\"", "\"mmr\": \"9\"", LIQ_OUT_OF_RANGE,
     "venue.json:16: instruments[0].tiers[0].mmr \"9\": must be at least 0 and below 9"},
    {"venue.json", "\"mmr\": \"0.004\"", "\"mmr\": \"-0.004\"", LIQ_OUT_OF_RANGE,
     "venue.json:16: instruments[0].tiers[0].mmr \"-0.004\": must be at least 0 and below 9"},
    {"venue.json", "\"mmr\": \"0.004\"", "\"mmr\": \"0.4%\"", LIQ_BAD_INPUT,
     "venue.json:16: instruments[0].tiers[0].mmr \"0.4%\": " DECIMAL},
    {"venue.json", ", \"imr\": \"0.008\"", "", LIQ_BAD_INPUT,
     "venue.json:16: instruments[0].tiers[0]: lacks \"imr\""},
    {"venue.json", "\"imr\": \"0.01\"}]},", "\"imr\": \"0.01\", \"deduction\": \"50.1\"}]},",
     LIQ_BAD_INPUT,
     "venue.json:17: instruments[0].tiers[1].deduction \"50.1\": is so large that maintenance "
     "margin would fall at this floor"},
    {"venue.json", "\"deduction\": \"0\"", "\"deduction\": \"-1\"", LIQ_OUT_OF_RANGE,
     "venue.json:16: instruments[0].tiers[0].deduction \"-1\": " DEDUCTION_RANGE},
    {"venue.json", "\"deduction\": \"0\"", "\"deduction\": \"92233720369\"", LIQ_OUT_OF_RANGE,
     "venue.json:16: instruments[0].tiers[0].deduction \"92233720369\": " DEDUCTION_RANGE},
    {"venue.json", "\"deduction\": \"0\"", "\"deduction\": \"0.0000000000000000000000001\"",
     LIQ_OUT_OF_RANGE,
     "venue.json:16: instruments[0].tiers[0].deduction "
     "\"0.0000000000000000000000001\": " DEDUCTION_RANGE},
    {"venue.json", "\"floor\": \"50000\"", "\"floor\": \"100000000000000\"", LIQ_OUT_OF_RANGE,
     "venue.json:17: instruments[0].tiers[1]: its deduction is past 2^63 - 1 units of 10^-8 USDT"},
    {"venue.json", "\"imr\": \"0.02\"}]},", "\"imr\": \"0.02\", \"deduction\": \"5\"}]},",
     LIQ_BAD_INPUT,
     "venue.json:23: instruments[1].tiers[1].deduction \"5\": only the tier forms deduction and "
     "marginal have it"},
    {"venue.json", "\"imr\": \"0.05\"}]}", "\"imr\": \"0.05\", \"deduction\": \"4\"}]}",
     LIQ_BAD_INPUT,
     "venue.json:35: instruments[3].tiers[1].deduction \"4\": is not what the marginal rates give: "
     "leave it out"},
    {"venue.json", "\"imr\": \"0.008\"", "\"imr\": \"0.008\", \"mmr_slope\": \"0.1\"",
     LIQ_BAD_INPUT,
     "venue.json:16: instruments[0].tiers[0].mmr_slope \"0.1\": slopes belong to the tier form "
     "linear"},
    {"venue.json", "\"mmr_slope\": \"0.00005\"", "\"mmr_slope\": \"-0.00005\"", LIQ_OUT_OF_RANGE,
     "venue.json:29: instruments[2].tiers[0].mmr_slope \"-0.00005\": must be at least 0 and below "
     "9"},
    {"venue.json", "\"multiplier\": \"0.000001\", \"lot\": \"1\"",
     "\"multiplier\": \"1000000\", \"lot\": \"1\"", LIQ_OUT_OF_RANGE,
     "venue.json:29: instruments[2].tiers[0].mmr_slope \"0.00005\": one lot alone would have a "
     "rate of 9 or more"},
    {"venue.json",
     "\"tiers\": [\n       {\"floor\": \"0\", \"mmr\": \"0.02\", \"imr\": \"0.04\"},\n"
     "       {\"floor\": \"1000\", \"mmr\": \"0.025\", \"imr\": \"0.05\"}]",
     "\"tiers\": []", LIQ_BAD_INPUT,
     "venue.json:33: instruments[3].tiers: needs at least one tier"},
    {"venue.json",
     ",\n     \"tiers\": [\n       {\"floor\": \"0\", \"mmr\": \"0.02\", \"imr\": \"0.04\"},\n"
     "       {\"floor\": \"1000\", \"mmr\": \"0.025\", \"imr\": \"0.05\"}]",
     "", LIQ_BAD_INPUT, "venue.json:30: instruments[3]: lacks \"tiers\""},
    {"venue.json", "{\"floor\": \"50000\"", "{\"flor\": \"50000\"", LIQ_BAD_INPUT,
     "venue.json:17: instruments[0].tiers[1]: unknown key \"flor\" (known: comment, floor, mmr, "
     "imr, deduction, mmr_slope, imr_slope)"},
};

static folder home;

static void setup(void)
{
    home = book_folder_create();
    book_folder_write_all(&home, good_book, GOOD_BOOK_FILES);
}

static void teardown(void)
{
    book_folder_remove(&home);
}

TestSuite(bad_venue, .init = setup, .fini = teardown);

Test(bad_venue, refuses_a_bad_head_of_the_venue)
{
    EXPECT_REFUSALS(heads);
}

Test(bad_venue, refuses_bad_assets)
{
    EXPECT_REFUSALS(assets);
}

Test(bad_venue, refuses_bad_instruments_and_funds)
{
    EXPECT_REFUSALS(instruments);
}

Test(bad_venue, refuses_bad_tiers)
{
    EXPECT_REFUSALS(tiers);
}

Test(bad_venue, refuses_a_name_of_100_megabytes)
{
    enum { NAME_BYTES = 100 * 1000 * 1000 };
    const bad_row row = {"", NULL, NULL, LIQ_BAD_INPUT,
                         "venue.json:1: venue \"" NAME_64_X "\": " NAME};
    char *text = malloc(NAME_BYTES + 64);
    size_t used;

    cr_assert_not_null(text);
    used = (size_t)sprintf(text, "{\"venue\":\"");
    memset(text + used, 'x', NAME_BYTES);
    memcpy(text + used + NAME_BYTES, "\"}", 2);
    book_folder_write(&home, "venue.json", text, used + NAME_BYTES + 2);
    free(text);
    refusal_expect(&home, &row);
}
