/*
 * Examples that venues publish, to the digits that they print.
 */
#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "base/csv.h"
#include "shared_data.h"
#include "support_example.h"

/* A row of worked_examples/liquidation_price.csv. */
typedef struct price_row {
    char venue[32];
    char mode[32];
    char side[32];
    char entry[32];
    char quantity[32];
    char margin[32];
    char mmr[32];
    char deduction[32];
    char fee[32];
    char expected[32];
    char note[128];
} price_row;

enum { FIELDS = 13, SIGNIFICANT_DIGITS_OF_A_DOUBLE = 15 };

static const char binance_cross_venue[] =
    "{\"venue\": \"binance\", \"profile\": \"binance-usdm\", \"margin_currency\": \"USDT\","
    " \"assets\": [{\"asset\": \"USDT\", \"weight\": \"1\"}], \"instruments\": ["
    "{\"symbol\": \"BTCUSDT\", \"kind\": \"linear\", \"base\": \"BTC\", \"settle\": \"USDT\","
    " \"multiplier\": \"1\", \"lot\": \"0.001\", \"tick\": \"0.01\", \"tiers\": ["
    "{\"floor\": \"0\", \"mmr\": \"0.004\", \"imr\": \"0.008\", \"deduction\": \"0\"},"
    "{\"floor\": \"50000\", \"mmr\": \"0.005\", \"imr\": \"0.01\", \"deduction\": \"50\"},"
    "{\"floor\": \"250000\", \"mmr\": \"0.01\", \"imr\": \"0.02\", \"deduction\": \"1300\"},"
    "{\"floor\": \"1000000\", \"mmr\": \"0.025\", \"imr\": \"0.05\", \"deduction\": \"16300\"}]},"
    "{\"symbol\": \"ETHUSDT\", \"kind\": \"linear\", \"base\": \"ETH\", \"settle\": \"USDT\","
    " \"multiplier\": \"1\", \"lot\": \"0.001\", \"tick\": \"0.01\", \"tiers\": ["
    "{\"floor\": \"0\", \"mmr\": \"0.005\", \"imr\": \"0.01\", \"deduction\": \"0\"},"
    "{\"floor\": \"10000\", \"mmr\": \"0.0065\", \"imr\": \"0.0133\", \"deduction\": \"15\"},"
    "{\"floor\": \"100000\", \"mmr\": \"0.01\", \"imr\": \"0.02\", \"deduction\": \"365\"},"
    "{\"floor\": \"500000\", \"mmr\": \"0.02\", \"imr\": \"0.04\", \"deduction\": \"5365\"},"
    "{\"floor\": \"1000000\", \"mmr\": \"0.05\", \"imr\": \"0.1\", \"deduction\": \"35365\"},"
    "{\"floor\": \"2000000\", \"mmr\": \"0.1\", \"imr\": \"0.2\", \"deduction\": \"135365\"}]}]}";

static const example binance_cross = {.venue = binance_cross_venue,
                                      .balances = "trader,USDT,1535443.01\n",
                                      .positions = "trader,BTCUSDT,long,109.488,32481.98,cross,\n"
                                                   "trader,ETHUSDT,long,3683.979,1456.84,cross,\n",
                                      .marks = "BTCUSDT,31967.27\nETHUSDT,1335.18\n"};

static bool row_next(liq_csv *csv, price_row *row);
static void row_check(const price_row *row);
static void isolated_check(const price_row *row);
static void cross_check(const price_row *row);
static void price_check(const explained *target, const char *instrument, const char *expected,
                        int decimals, bool cut, const char *what);
static void text_check(const explained *target, const char *instrument, const char *key,
                       const char *expected, const char *in_process);
static int decimals_of(const char *text);
static int digits_before_point(const char *text);

Test(worked_examples, every_published_liquidation_price_comes_out)
{
    static const liq_csv_column columns[FIELDS] = {
        {"source", true},   {"venue", true}, {"mode", true},      {"side", true},
        {"leverage", true}, {"entry", true}, {"qty", true},       {"wallet_or_margin", true},
        {"mmr", true},      {"cum", true},   {"taker_fee", true}, {"expected_liq_price", true},
        {"note", true}};
    char path[512];
    price_row row;
    liq_csv *csv = NULL;
    liq_error err = {0};
    uint32_t count = 0;

    shared_data_path(path, sizeof path, "data/worked_examples/liquidation_price.csv");
    cr_assert_eq(liq_csv_open(&csv, path, columns, FIELDS, NULL, &err), LIQ_OK, "%s", err.message);
    for (; row_next(csv, &row); count++)
        row_check(&row);
    liq_csv_destroy(csv);
    cr_expect_eq(count, 28, "%u rows", count);
}

Test(worked_examples, binance_cross_has_the_published_margin_and_prices)
{
    explained it = example_explain(&binance_cross);

    text_check(&it, "BTCUSDT", "maintenance_margin", "71200.811444",
               explained_position(&it, "BTCUSDT")->maintenance_margin);
    text_check(&it, "BTCUSDT", "unrealised_pnl", "-56354.56848",
               explained_position(&it, "BTCUSDT")->unrealised_pnl);
    text_check(&it, "ETHUSDT", "maintenance_margin", "356512.508122",
               explained_position(&it, "ETHUSDT")->maintenance_margin);
    text_check(&it, "ETHUSDT", "unrealised_pnl", "-448192.88514",
               explained_position(&it, "ETHUSDT")->unrealised_pnl);
    price_check(&it, "ETHUSDT", "1153.26", 2, false, "cross ETH");
    price_check(&it, "BTCUSDT", "26316.89", 2, false, "cross BTC");
    cr_expect_eq(explained_margin(&it, "BTCUSDT")->row.status, LIQ_MARGIN_OK);
    explained_clear(&it);
}

Test(worked_examples, bybit_slices_ask_92_5)
{
    explained it = example_explain(&(example){
        .venue = "{\"venue\": \"bybit\", \"profile\": \"bybit-uta\", \"margin_currency\": \"USDT\","
                 " \"assets\": [{\"asset\": \"USDT\", \"weight\": \"1\"}], \"instruments\": ["
                 "{\"symbol\": \"XUSDT\", \"kind\": \"linear\", \"base\": \"X\","
                 " \"settle\": \"USDT\", \"multiplier\": \"1\", \"lot\": \"1\", \"tick\": \"0.1\","
                 " \"tiers\": [{\"floor\": \"0\", \"mmr\": \"0.02\", \"imr\": \"0.04\"},"
                 "{\"floor\": \"1000\", \"mmr\": \"0.025\", \"imr\": \"0.05\"},"
                 "{\"floor\": \"2000\", \"mmr\": \"0.03\", \"imr\": \"0.06\"},"
                 "{\"floor\": \"3000\", \"mmr\": \"0.035\", \"imr\": \"0.07\"}]}]}",
        .balances = "trader,USDT,1000\n",
        .positions = "trader,XUSDT,long,100,35,cross,\n",
        .marks = "XUSDT,35\n"});

    text_check(&it, "XUSDT", "maintenance_margin", "92.5",
               explained_position(&it, "XUSDT")->maintenance_margin);
    cr_expect_eq(explained_position(&it, "XUSDT")->tier, 4);
    cr_expect_eq(explained_margin(&it, "XUSDT")->row.maintenance_margin, 9250000000);
    explained_clear(&it);
}

/* Margin is value at entry / leverage: 5000 / 7890.08 / 50, to the twelve decimals of the asset. */
Test(worked_examples, bybit_inverse_is_bankrupt_at_7735_372549)
{
    explained it = example_explain(&(example){
        .venue = "{\"venue\": \"bybit\", \"profile\": \"bybit-uta\", \"margin_currency\": \"USD\","
                 " \"assets\": [{\"asset\": \"USD\", \"weight\": \"1\"},"
                 "{\"asset\": \"BTC\", \"decimals\": 12, \"value_decimals\": 20, \"weight\": "
                 "\"0.95\"}], \"instruments\": ["
                 "{\"symbol\": \"BTCUSD\", \"kind\": \"inverse\", \"base\": \"BTC\","
                 " \"settle\": \"BTC\", \"multiplier\": \"1\", \"lot\": \"1\", \"tick\": \"0.5\","
                 " \"tiers\": [{\"floor\": \"0\", \"mmr\": \"0.005\", \"imr\": \"0.01\"}]}]}",
        .balances = "",
        .positions = "trader,BTCUSD,long,5000,7890.08,isolated,0.012674142721\n",
        .marks = "BTCUSD,7890.08\nBTC,7890.08\n"});

    text_check(&it, "BTCUSD", "bankruptcy_price", "7735.372549",
               example_rounded(explained_position(&it, "BTCUSD")->bankruptcy_price, 6, false));
    explained_clear(&it);
}

/* 250,000 contracts of 10 USD are 25 BTC at 100,000: 1.125% and 2.125% of 2,500,000. */
Test(worked_examples, deribit_margin_grows_with_the_size)
{
    explained it = example_explain(&(example){
        .venue = "{\"venue\": \"deribit\", \"profile\": \"deribit\", \"margin_currency\": \"USD\","
                 " \"assets\": [{\"asset\": \"USD\", \"weight\": \"1\"},"
                 "{\"asset\": \"BTC\", \"weight\": \"1\"}], \"instruments\": ["
                 "{\"symbol\": \"BTC-PERPETUAL\", \"kind\": \"inverse\", \"base\": \"BTC\","
                 " \"settle\": \"BTC\", \"multiplier\": \"10\", \"lot\": \"1\", \"tick\": \"0.5\","
                 " \"tiers\": [{\"floor\": \"0\", \"mmr\": \"0.01\", \"mmr_slope\": \"0.00005\","
                 " \"imr\": \"0.02\", \"imr_slope\": \"0.00005\"}]}]}",
        .balances = "trader,BTC,5\n",
        .positions = "trader,BTC-PERPETUAL,long,250000,100000,cross,\n",
        .marks = "BTC-PERPETUAL,100000\nBTC,100000\n"});
    const liq_explain_position *line = explained_position(&it, "BTC-PERPETUAL");

    text_check(&it, "BTC-PERPETUAL", "maintenance_margin", "0.28125", line->maintenance_margin);
    cr_expect_str_eq(line->initial_margin, "0.53125");
    cr_expect_str_eq(line->maintenance_rate, "0.01125");
    cr_expect_eq(explained_margin(&it, "BTC-PERPETUAL")->row.maintenance_margin,
                 INT64_C(28125) * 100000000);
    cr_expect_eq(explained_margin(&it, "BTC-PERPETUAL")->row.initial_margin,
                 INT64_C(53125) * 100000000);
    explained_clear(&it);
}

/* dYdX keeps a quote balance; here it is the balance less the value at entry. */
static void dydx_check(const char *position, const char *balance, const char *bankruptcy)
{
    char line[128];
    char cash[64];
    explained it;

    snprintf(line, sizeof line, "trader,BTC-USD,%s,cross,\n", position);
    snprintf(cash, sizeof cash, "trader,USDC,%s\n", balance);
    it = example_explain(&(example){
        .venue = "{\"venue\": \"dydx\", \"profile\": \"dydx-v4\", \"margin_currency\": \"USDC\","
                 " \"cash_decimals\": 6, \"assets\": [{\"asset\": \"USDC\", \"weight\": \"1\"}],"
                 " \"instruments\": [{\"symbol\": \"BTC-USD\", \"kind\": \"linear\","
                 " \"base\": \"BTC\", \"settle\": \"USDC\", \"multiplier\": \"1\","
                 " \"lot\": \"0.0000001\", \"tick\": \"1\", \"tiers\": ["
                 "{\"floor\": \"0\", \"mmr\": \"0.1\", \"imr\": \"0.2\"}]}]}",
        .balances = cash,
        .positions = line,
        .marks = "BTC-USD,50000\n"});
    text_check(&it, "BTC-USD", "bankruptcy_price", bankruptcy,
               explained_position(&it, "BTC-USD")->bankruptcy_price);
    explained_clear(&it);
}

Test(worked_examples, dydx_bankruptcy_prices_are_quote_over_size)
{
    dydx_check("long,0.1,50000", "499", "45010");  /* quote -4501 */
    dydx_check("long,0.1,50000", "0", "50000");    /* quote -5000 */
    dydx_check("short,0.1,50000", "0", "50000");   /* quote 5000 */
    dydx_check("long,0.1,50000", "-100", "51000"); /* quote -5100 */
    dydx_check("long,1,50000", "49987", "13");     /* quote -13 */
    dydx_check("short,1,50000", "-49987", "13");   /* quote 13 */
    dydx_check("long,1,50000", "50001", "");       /* quote 1: cannot lose */
}

Test(worked_examples, dydx_is_liquidated_strictly_below_maintenance)
{
    static const struct {
        const char *balance;
        liq_margin_status_code status;
    } cases[] = {{"trader,USDC,499\n", LIQ_MARGIN_LIQUIDATE},
                 {"trader,USDC,500\n", LIQ_MARGIN_WARNING},
                 {"trader,USDC,499.999999\n", LIQ_MARGIN_LIQUIDATE}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        explained it = example_explain(&(example){
            .venue =
                "{\"venue\": \"dydx\", \"profile\": \"dydx-v4\", \"margin_currency\": \"USDC\","
                " \"cash_decimals\": 6, \"assets\": [{\"asset\": \"USDC\", \"weight\": \"1\"}],"
                " \"instruments\": [{\"symbol\": \"BTC-USD\", \"kind\": \"linear\","
                " \"base\": \"BTC\", \"settle\": \"USDC\", \"multiplier\": \"1\","
                " \"lot\": \"0.0000001\", \"tick\": \"1\", \"tiers\": ["
                "{\"floor\": \"0\", \"mmr\": \"0.1\", \"imr\": \"0.2\"}]}]}",
            .balances = cases[i].balance,
            .positions = "trader,BTC-USD,long,0.1,50000,cross,\n",
            .marks = "BTC-USD,50000\n"});

        cr_expect_eq(explained_margin(&it, "BTC-USD")->row.status, cases[i].status, "case %zu", i);
        cr_expect_eq(explained_margin(&it, "BTC-USD")->row.maintenance_margin, 500000000);
        explained_clear(&it);
    }
}

static bool row_next(liq_csv *csv, price_row *row)
{
    char *const targets[FIELDS] = {
        [1] = row->venue,    [2] = row->mode,      [3] = row->side, [5] = row->entry,
        [6] = row->quantity, [7] = row->margin,    [8] = row->mmr,  [9] = row->deduction,
        [10] = row->fee,     [11] = row->expected, [12] = row->note};
    liq_error err = {0};
    bool more = false;

    cr_assert_eq(liq_csv_next(csv, &more, &err), LIQ_OK, "%s", err.message);
    for (uint32_t i = 0; more && i < FIELDS; i++) {
        const liq_text field = liq_csv_field(csv, i);

        if (targets[i] != NULL)
            snprintf(targets[i], i == 12 ? sizeof row->note : sizeof row->venue, "%.*s",
                     (int)field.bytes, field.data);
    }
    return more;
}

static void row_check(const price_row *row)
{
    if (strcmp(row->mode, "cross") == 0)
        cross_check(row);
    else
        isolated_check(row);
}

static void cross_check(const price_row *row)
{
    explained it = example_explain(&binance_cross);
    const char *instrument = strcmp(row->entry, "1456.84") == 0 ? "ETHUSDT" : "BTCUSDT";

    price_check(&it, instrument, row->expected, 2, false, "cross row");
    explained_clear(&it);
}

/*
 * Small books get 17 decimals of cash, so that no rounding of ours reaches the digits of the
 * source. Those were printed from doubles: digits past the fifteenth are noise. One price was
 * calculated from a margin of ten digits, another was cut instead of rounded.
 */
static void isolated_check(const price_row *row)
{
    const bool small = digits_before_point(row->margin) <= 2;
    const bool fee = strcmp(row->fee, "0") != 0;
    const char *profile = strcmp(row->venue, "binance") == 0 ? "binance-usdm"
                          : strcmp(row->venue, "bybit") == 0 ? "bybit-uta"
                                                             : "okx";
    const bool ten = strcmp(row->expected, "13.211221122079207") == 0;
    const bool cut = strcmp(row->expected, "6.7666666") == 0;
    const int printed = decimals_of(row->expected);
    const int exact = SIGNIFICANT_DIGITS_OF_A_DOUBLE - digits_before_point(row->expected);
    char venue[EXAMPLE_TEXT_BYTES];
    char position[256];
    char mark[64];
    char deduction[64] = "";
    char rate[64] = "";
    explained it;

    if (strcmp(row->deduction, "0") != 0)
        snprintf(deduction, sizeof deduction, ", \"deduction\": \"%s\"", row->deduction);
    if (fee || strcmp(profile, "okx") == 0)
        snprintf(rate, sizeof rate, "\"liquidation_fee\": \"%s\",", row->fee);
    snprintf(venue, sizeof venue,
             "{\"venue\": \"%s\", \"profile\": \"%s\", \"margin_currency\": \"USDT\","
             " \"cash_decimals\": %d, \"assets\": [{\"asset\": \"USDT\", \"weight\": \"1\"}],"
             " \"instruments\": [{\"symbol\": \"XUSDT\", \"kind\": \"linear\", \"base\": \"X\","
             " \"settle\": \"USDT\", \"multiplier\": \"1\", \"lot\": \"%s\", \"tick\": \"0.01\","
             " %s \"tiers\": [{\"floor\": \"0\", \"mmr\": \"%s\", \"imr\": \"%s\"%s}]}]}",
             row->venue, profile, small ? 17 : 8, small ? "0.00001" : "0.001", rate, row->mmr,
             row->mmr, deduction);
    snprintf(position, sizeof position, "trader,XUSDT,%s,%s,%s,isolated,%s\n", row->side,
             row->quantity, row->entry, row->margin);
    snprintf(mark, sizeof mark, "XUSDT,%s\n", row->entry);
    it = example_explain(
        &(example){.venue = venue, .balances = "", .positions = position, .marks = mark});
    price_check(&it, "XUSDT", row->expected,
                ten               ? 10
                : printed < exact ? printed
                                  : exact,
                cut, row->venue);
    explained_clear(&it);
}

static void price_check(const explained *target, const char *instrument, const char *expected,
                        int decimals, bool cut, const char *what)
{
    const char *price = explained_position(target, instrument)->liquidation_price;
    char shown[EXAMPLE_TEXT_BYTES];
    char wanted[EXAMPLE_TEXT_BYTES];
    char program[EXAMPLE_TEXT_BYTES];

    cr_assert_str_neq(price, "", "%s: no price, %s expected", what, expected);
    snprintf(wanted, sizeof wanted, "%s", example_rounded(expected, decimals, false));
    snprintf(shown, sizeof shown, "%s", example_rounded(price, decimals, cut));
    cr_expect_str_eq(shown, wanted, "%s: %s, %s expected", what, price, expected);
    cr_assert(example_program_exists(), "%s is not there", LIQ_PROGRAM);
    example_program_field(target, instrument, "liquidation_price", program);
    cr_expect_str_eq(program, price, "%s: the program says %s, the library %s", what, program,
                     price);
}

/* What the library says, at the digits that are expected, and the program in full. */
static void text_check(const explained *target, const char *instrument, const char *key,
                       const char *expected, const char *in_process)
{
    char program[EXAMPLE_TEXT_BYTES];

    cr_expect_str_eq(in_process, expected, "%s of %s is %s", key, instrument, in_process);
    cr_assert(example_program_exists(), "%s is not there", LIQ_PROGRAM);
    example_program_field(target, instrument, key, program);
    if (program[0] == '\0')
        cr_expect_str_eq(expected, "");
    else
        cr_expect_str_eq(example_rounded(program, decimals_of(expected), false), expected);
}

static int decimals_of(const char *text)
{
    const char *point = strchr(text, '.');

    return point == NULL ? 0 : (int)strlen(point + 1);
}

static int digits_before_point(const char *text)
{
    return (int)strcspn(text, ".");
}
