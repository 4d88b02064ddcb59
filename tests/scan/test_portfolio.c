#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "book/black76.h"
#include "book/portfolio_rows.h"
#include "liq_portfolio_lanes.h"
#include "scan/device_scan.h"
#include "scan/truth.h"
#include "support_opened.h"
#include "support_portfolio.h"
#include "support_random_book.h"

enum { BOOKS = 16, EXAMPLE_SCENARIOS = 9 };

/* A book of one account, valued by the truth. */
typedef struct bench {
    liq_fixture fixture;
    liq_market market;
    liq_rows rows;
} bench;

static void start(bench *out, const char *rule, const char *currency, int32_t decimals,
                  int32_t value_decimals)
{
    *out = (bench){0};
    liq_fixture_start(&out->fixture, decimals);
    liq_fixture_asset(&out->fixture, currency, decimals, value_decimals, NULL);
    if (rule != NULL)
        liq_portfolio_give(&out->fixture.book.venue, rule);
}

static uint32_t contract(bench *of, liq_instrument_kind kind, const char *symbol, const char *base,
                         const char *lot, const char *mark)
{
    const liq_fixture_contract contract = {.symbol = symbol,
                                           .kind = kind,
                                           .multiplier = "1",
                                           .lot = lot,
                                           .tick = "0.01",
                                           .mark = mark};
    const uint32_t index = liq_fixture_instrument(&of->fixture, contract);

    liq_fixture_tier(&of->fixture, "0", "0.01", "0.02");
    liq_portfolio_base(&of->fixture.book.venue, index, base);
    return index;
}

static void account(bench *of, const char *amount)
{
    const uint32_t index = liq_fixture_account(&of->fixture, "a");

    of->fixture.book.accounts[index].mode = LIQ_ACCOUNT_PORTFOLIO;
    liq_fixture_balance(&of->fixture, 0, amount);
}

static liq_row_record valued(bench *of)
{
    const liq_book *book = liq_fixture_finish(&of->fixture);
    liq_error err = {0};

    cr_assert_eq(liq_market_create(&of->market, book, &err), LIQ_OK, "%s", err.message);
    cr_assert_eq(liq_rows_create(&of->rows, book, NULL, &err), LIQ_OK, "%s", err.message);
    return liq_truth_row(&of->market, &of->rows, 0);
}

static void stop(bench *of)
{
    liq_rows_clear(&of->rows);
    liq_market_clear(&of->market);
    liq_portfolio_take(&of->fixture.book.venue);
    liq_fixture_clear(&of->fixture);
}

/* A count of 10^-18 as the venue prints it: eight decimals, half away from zero. */
static int64_t printed(int64_t value)
{
    const int64_t unit = 10000000000;

    return value < 0 ? -((-value + unit / 2) / unit) : (value + unit / 2) / unit;
}

/* Deribit's own matrix of a live account: short 0.999487053 ETH at an index of 1949.34. */
Test(portfolio, reproduces_the_matrix_of_deribit_to_the_printed_digit)
{
    static const int64_t shown[EXAMPLE_SCENARIOS] = {21939960, 15598931, 9885037,   4709625,  0,
                                                     -4304011, -8252645, -11888172, -15246413};
    liq_row_record row;
    bench ours;

    start(&ours, "\"deribit-pm\"", "ETH", 8, 18);
    /* A short of so many dollars is one of 0.999487053 ETH at this index. */
    contract(&ours, LIQ_INSTRUMENT_INVERSE, "ETH-PERPETUAL", "ETH", "1948.34009189502", "1949.34");
    account(&ours, "0.2");
    liq_fixture_position(&ours.fixture, 0, "-1948.34009189502", "1949.34", NULL);
    row = valued(&ours);
    for (int i = 0; i < EXAMPLE_SCENARIOS; i++) {
        const int64_t lot = liq_portfolio_market_pnl(&ours.market.portfolio, 0, true)[3 * i];

        cr_expect_eq(printed(-lot), shown[i], "%d: %lld", i, (long long)-lot);
    }
    cr_expect_eq(row.maintenance, 15246413);
    cr_expect_eq(row.initial, 19820337); /* 130% of the unrounded 0.15246412673.. */
    cr_expect_eq(row.equity, 20000000);
    cr_expect_eq(row.notional, 99948706);
    cr_expect_eq(row.status, LIQ_ROW_OK);
    stop(&ours);
}

/* OKX: a raw minimum charge of 30,000 counts 10,000 + 20,000 x 2. */
Test(portfolio, adjusts_the_minimum_charge_as_okx_does)
{
    static const struct {
        const char *tiers;
        const char *move;
        int64_t maintenance;
    } cases[] = {{"", "-0.01", 40000},
                 {", \"tiers\": [{\"up_to\": \"10000\", \"multiplier\": \"1\"}, "
                  "{\"up_to\": \"70000\", \"multiplier\": \"2\"}, {\"multiplier\": \"4\"}]",
                  "-0.01", 50000},
                 {", \"tiers\": [{\"up_to\": \"10000\", \"multiplier\": \"1\"}, "
                  "{\"up_to\": \"70000\", \"multiplier\": \"2\"}, {\"multiplier\": \"4\"}]",
                  "-0.02", 80000},
                 {"", "-0.005", 30000}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char rule[1024];
        bench ours;

        snprintf(rule, sizeof rule,
                 "{\"maintenance_factor\": \"1\", \"initial_factor\": \"1.3\", \"grids\": ["
                 "{\"underlyings\": [\"BTC\"], \"prices\": [\"%s\"], "
                 "\"minimum\": {\"future\": \"0.0075\"%s}}]}",
                 cases[i].move, cases[i].tiers);
        start(&ours, rule, "USD", 2, 6);
        contract(&ours, LIQ_INSTRUMENT_LINEAR, "BTC-USD", "BTC", "1", "100000");
        account(&ours, "100000");
        liq_fixture_position(&ours.fixture, 0, "40", "100000", NULL);
        cr_expect_eq(valued(&ours).maintenance, cases[i].maintenance * 100, "case %zu", i);
        stop(&ours);
    }
}

/* A scan range of 10,000: twice the range counts 35%, which is 7,000, below the range itself. */
Test(portfolio, covers_a_share_of_extreme_moves_as_span_does)
{
    static const struct {
        const char *scenarios;
        int64_t maintenance;
    } cases[] = {{"\"prices\": [\"0\", \"0.1\", \"-0.1\"], \"scenarios\": "
                  "[{\"price\": \"0.2\", \"cover\": \"0.35\"}, "
                  "{\"price\": \"-0.2\", \"cover\": \"0.35\"}]",
                  10000},
                 {"\"scenarios\": [{\"price\": \"0.2\", \"cover\": \"0.35\"}, "
                  "{\"price\": \"-0.2\", \"cover\": \"0.35\"}]",
                  7000}};

    for (size_t i = 0; i < 2 * sizeof cases / sizeof cases[0]; i++) {
        char rule[1024];
        bench ours;

        snprintf(rule, sizeof rule,
                 "{\"maintenance_factor\": \"1\", \"initial_factor\": \"1.1\", \"grids\": ["
                 "{\"underlyings\": [\"*\"], %s}]}",
                 cases[i / 2].scenarios);
        start(&ours, rule, "USD", 2, 6);
        contract(&ours, LIQ_INSTRUMENT_LINEAR, "GC", "GOLD", "1", "100000");
        account(&ours, "20000");
        liq_fixture_position(&ours.fixture, 0, i % 2 == 0 ? "1" : "-1", "100000", NULL);
        cr_expect_eq(valued(&ours).maintenance, cases[i / 2].maintenance * 100, "case %zu", i);
        stop(&ours);
    }
}

/* Shipped rules: what one contract of 100,000 needs, alone and against others. */
Test(portfolio, weighs_gains_hedges_and_classes)
{
    static const struct {
        const char *rule;
        const char *quantities[3]; /* BTC, BTC again, ETH; NULL: none */
        int64_t maintenance;
        int64_t initial;
    } cases[] = {
        {"\"paradex-pm\"", {"1", NULL, NULL}, 8000, 16000},
        {"\"paradex-pm\"", {"-1", NULL, NULL}, 8000, 16000},
        /* Hedged: 1% of what is set off. */
        {"\"paradex-pm\"", {"1", "-1", NULL}, 500, 1000},
        /* One underlying does not help another. */
        {"\"paradex-pm\"", {"1", NULL, "-1"}, 16000, 32000},
        {"\"deribit-pm\"", {"1", NULL, NULL}, 16000, 20800},
        {"\"deribit-pm\"", {"1", "-1", NULL}, 1000, 1300},
        /* A rise: 18,000 lost on the one, 60% of 16,000 gained on the other. */
        {"\"deribit-pm\"", {"1", NULL, "-1"}, 8400, 10920},
        {"\"deribit-pm\"", {"1", NULL, "1"}, 34000, 44200},
        {"\"span\"", {"1", NULL, NULL}, 15000, 16500},
        {"\"okx-pm\"", {"1", NULL, NULL}, 12000, 15600},
        {"\"okx-pm\"", {"1", "-1", NULL}, 1000, 1300},
        {"\"okx-pm\"", {NULL, NULL, NULL}, 0, 0},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        static const char *const symbols[] = {"BTC-PERP", "BTC-JUN", "ETH-PERP"};
        liq_row_record row;
        bench ours;

        start(&ours, cases[i].rule, "USD", 2, 6);
        for (int k = 0; k < 3; k++)
            contract(&ours, LIQ_INSTRUMENT_LINEAR, symbols[k], k < 2 ? "BTC" : "ETH", "1",
                     "100000");
        account(&ours, "200000");
        for (uint32_t k = 0; k < 3; k++)
            if (cases[i].quantities[k] != NULL)
                liq_fixture_position(&ours.fixture, k, cases[i].quantities[k], "100000", NULL);
        row = valued(&ours);
        cr_expect_eq(row.maintenance, cases[i].maintenance * 100, "case %zu: %lld", i,
                     (long long)row.maintenance);
        cr_expect_eq(row.initial, cases[i].initial * 100, "case %zu", i);
        stop(&ours);
    }
}

Test(portfolio, says_why_a_row_has_no_value)
{
    static const struct {
        const char *rule;
        const char *base;
        const char *mark;
        uint32_t reason;
        uint32_t index;
    } cases[] = {{NULL, "BTC", "100", LIQ_REASON_PORTFOLIO, LIQ_NO_INDEX},
                 {"\"deribit-pm\"", "SOL", "100", LIQ_REASON_NO_GRID, 0},
                 {"\"deribit-pm\"", "BTC", NULL, LIQ_REASON_NO_MARK, 0},
                 {"{\"maintenance_factor\": \"1\", \"initial_factor\": \"1\", \"grids\": ["
                  "{\"underlyings\": [\"BTC\"], \"prices\": [\"100\"]}]}",
                  "BTC", "900000000000", LIQ_REASON_SCENARIO, 0},
                 {"\"deribit-pm\"", "BTC", "100", LIQ_REASON_NONE, 0}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        liq_row_record row;
        bench ours;

        start(&ours, cases[i].rule, "USD", 2, 6);
        contract(&ours, LIQ_INSTRUMENT_LINEAR, "X", cases[i].base, "1", cases[i].mark);
        account(&ours, "100");
        liq_fixture_position(&ours.fixture, 0, "1", "100", NULL);
        row = valued(&ours);
        cr_expect_eq(row.reason, cases[i].reason, "case %zu: %u", i, row.reason);
        cr_expect_eq(row.reason_index, cases[i].index, "case %zu: %u", i, row.reason_index);
        cr_expect_eq(row.status == LIQ_ROW_UNVALUED, cases[i].reason != LIQ_REASON_NONE);
        stop(&ours);
    }
}

/* One lot at each volatility, against a price by the model. */
Test(portfolio, prices_options_by_instrument_and_scenario)
{
    static const struct {
        bool is_put;
        bool is_inverse;
        const char *quantity;
        const char *days;
        int64_t maintenance; /* cash units of 0.01 */
    } cases[] = {
        /* 60,000 at 50% for 30 days: 3427.21 now, 3297.89 less when the price falls by 16% and
           volatility by a quarter, 8183.42 more on the other side. */
        {false, false, "1", "30", 329789},  {false, false, "-1", "30", 818342 + 60000},
        {true, false, "-1", "30", 0},       {false, true, "1", "30", 0},
        {false, false, "1", "0.000001", 0},
    };
    char rule[1024];

    snprintf(rule, sizeof rule,
             "{\"maintenance_factor\": \"1\", \"initial_factor\": \"1\", \"grids\": ["
             "{\"underlyings\": [\"BTC\"], \"prices\": [\"-0.16\", \"0\", \"0.16\"], "
             "\"volatilities\": [\"0.5\", \"0\", \"-0.25\"], \"volatility_up_least\": \"0.5\","
             "\"contingency\": {\"short_option\": \"0.01\"}}]}");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        liq_row_record row;
        liq_option_terms *terms;
        bench ours;

        start(&ours, rule, "USD", 2, 10);
        contract(&ours, LIQ_INSTRUMENT_LINEAR, "BTC-PERP", "BTC", "1", "60000");
        contract(&ours, LIQ_INSTRUMENT_INDEX, "V", "BTC", "1", "0.5");
        contract(&ours, LIQ_INSTRUMENT_INDEX, "D", "BTC", "1", cases[i].days);
        contract(&ours, LIQ_INSTRUMENT_OPTION, "O", "BTC", "1", "3427.21");
        terms = &ours.fixture.book.venue.instruments[3].option;
        *terms = (liq_option_terms){.volatility_index = 1,
                                    .days_index = 2,
                                    .is_put = cases[i].is_put,
                                    .is_inverse = cases[i].is_inverse};
        terms->strike = liq_fixture_decimal("60000");
        account(&ours, "50000");
        liq_fixture_position(&ours.fixture, 3, cases[i].quantity, "3427.21", NULL);
        row = valued(&ours);
        cr_expect_eq(row.reason, LIQ_REASON_NONE);
        if (cases[i].maintenance != 0)
            cr_expect_eq(row.maintenance, cases[i].maintenance, "case %zu: %lld", i,
                         (long long)row.maintenance);
        for (uint32_t k = 0; k < 9; k++) { /* a lot in the scenarios, against the model */
            const int64_t pair[] = {liq_portfolio_market_pnl(&ours.market.portfolio, 3, false)[k],
                                    liq_portfolio_market_pnl(&ours.market.portfolio, 3, true)[k]};
            const double prices[] = {0.84, 1, 1.16};
            const double volatilities[] = {0.75, 0.5, 0.375};
            liq_black76 model = {60000, 60000, 0.5, atof(cases[i].days) / 365, cases[i].is_put};
            double pnl = -liq_black76_price(model) / (cases[i].is_inverse ? model.forward : 1);

            model.forward *= prices[k / 3];
            model.volatility = volatilities[k % 3];
            pnl += liq_black76_price(model) / (cases[i].is_inverse ? model.forward : 1);
            cr_expect_float_eq((double)pair[0] / 1e10, pnl, 1e-7, "case %zu, scenario %u", i, k);
            cr_expect(pair[1] - pair[0] == 0 || pair[1] - pair[0] == 1);
        }
        stop(&ours);
    }
}

/* A conversion: long the future and a put, short a call, all at one strike. Nothing is left. */
Test(portfolio, finds_nothing_to_lose_in_put_call_parity)
{
    bench ours;

    start(&ours,
          "{\"maintenance_factor\": \"1\", \"initial_factor\": \"1\", \"grids\": ["
          "{\"underlyings\": [\"BTC\"], \"prices\": [\"-0.5\", \"0.5\", \"4\"], "
          "\"volatilities\": [\"0.5\", \"-0.5\"]}]}",
          "USD", 2, 10);
    contract(&ours, LIQ_INSTRUMENT_LINEAR, "BTC-PERP", "BTC", "1", "60000");
    contract(&ours, LIQ_INSTRUMENT_INDEX, "V", "BTC", "1", "0.5");
    contract(&ours, LIQ_INSTRUMENT_INDEX, "D", "BTC", "1", "30");
    for (uint32_t i = 3; i < 5; i++) {
        contract(&ours, LIQ_INSTRUMENT_OPTION, i == 3 ? "C" : "P", "BTC", "1", "3427.21");
        ours.fixture.book.venue.instruments[i].option =
            (liq_option_terms){.volatility_index = 1, .days_index = 2, .is_put = i == 4};
        ours.fixture.book.venue.instruments[i].option.strike = liq_fixture_decimal("60000");
    }
    account(&ours, "50000");
    liq_fixture_position(&ours.fixture, 0, "1", "60000", NULL);
    liq_fixture_position(&ours.fixture, 3, "-1", "3427.21", NULL);
    liq_fixture_position(&ours.fixture, 4, "1", "3427.21", NULL);
    cr_expect_leq(valued(&ours).maintenance, 1);
    stop(&ours);
}

Test(portfolio, does_not_value_options_without_their_marks)
{
    static const struct {
        const char *marks[3]; /* underlying, volatility, days */
        uint32_t mode;
        uint32_t held;
        uint32_t reason;
        uint32_t index;
    } cases[] = {
        {{"60000", "0.5", "30"}, LIQ_ACCOUNT_PORTFOLIO, 3, LIQ_REASON_NONE, 0},
        {{NULL, "0.5", "30"}, LIQ_ACCOUNT_PORTFOLIO, 3, LIQ_REASON_NO_MARK, 0},
        {{"60000", NULL, "30"}, LIQ_ACCOUNT_PORTFOLIO, 3, LIQ_REASON_NO_VOLATILITY, 3},
        {{"60000", "0.5", NULL}, LIQ_ACCOUNT_PORTFOLIO, 3, LIQ_REASON_NO_MARK, 2},
        {{"60000", "0.5", "30"}, LIQ_ACCOUNT_CROSS, 3, LIQ_REASON_OPTION, 3},
        {{"60000", "0.5", "30"}, LIQ_ACCOUNT_PORTFOLIO, 1, LIQ_REASON_NO_GRID, 1},
        {{"60000", "0.5", "30"}, LIQ_ACCOUNT_CROSS, 1, LIQ_REASON_OPTION, 1},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        liq_row_record row;
        bench ours;

        start(&ours, "\"span\"", "USD", 2, 10);
        contract(&ours, LIQ_INSTRUMENT_LINEAR, "BTC-PERP", "BTC", "1", cases[i].marks[0]);
        contract(&ours, LIQ_INSTRUMENT_INDEX, "V", "BTC", "1", cases[i].marks[1]);
        contract(&ours, LIQ_INSTRUMENT_INDEX, "D", "BTC", "1", cases[i].marks[2]);
        contract(&ours, LIQ_INSTRUMENT_OPTION, "O", "BTC", "1", "3427.21");
        ours.fixture.book.venue.instruments[3].option =
            (liq_option_terms){.volatility_index = 1, .days_index = 2};
        ours.fixture.book.venue.instruments[3].option.strike = liq_fixture_decimal("60000");
        account(&ours, "50000");
        ours.fixture.book.accounts[0].mode = (uint8_t)cases[i].mode;
        liq_fixture_position(&ours.fixture, cases[i].held, "1", "1", NULL);
        row = valued(&ours);
        cr_expect_eq(row.reason, cases[i].reason, "case %zu: %u", i, row.reason);
        cr_expect_eq(row.reason_index, cases[i].index, "case %zu: %u", i, row.reason_index);
        stop(&ours);
    }
}

#if LIQ_HAS_LANES
/* Shares of words side by side are those of wide numbers, next to whole millions above all: there a
 * guess in floats may be one too high or too low. */
Test(portfolio, weighs_words_side_by_side_as_wide_numbers)
{
    liq_random random = liq_random_make(7);

    for (uint32_t i = 0; i < 20000; i++) {
        const uint64_t whole = liq_random_below(&random, 1 + ((uint64_t)1 << i % 62) / 1000000);
        const uint64_t value = whole * 1000000 + liq_random_below(&random, 3) - (whole > 0);
        const uint64_t share = liq_random_below(&random, 1000000);
        uint64_t found[LIQ_PORTFOLIO_LANES];

        LIQ_U64X8_STORE(found, liq_lanes_share_floor(LIQ_U64X8_ALL(value), share));
        cr_assert_eq(found[i % 8], (uint64_t)((liq_uint128)value * share / LIQ_PORTFOLIO_ONE),
                     "%llu x %llu", (unsigned long long)value, (unsigned long long)share);
    }
}
#endif

/* What is gained in one asset is gained there alone: 50 USD, and two coins of 50. */
Test(portfolio, counts_what_each_asset_gains_once)
{
    liq_row_record row;
    bench ours;

    start(&ours, "\"span\"", "USD", 2, 6);
    liq_fixture_asset(&ours.fixture, "COIN", 2, 6, "50");
    contract(&ours, LIQ_INSTRUMENT_LINEAR, "X", "X", "1", "100");
    contract(&ours, LIQ_INSTRUMENT_LINEAR, "Y", "Y", "1", "100");
    ours.fixture.book.venue.instruments[1].settle_index = 1;
    account(&ours, "1000");
    liq_fixture_balance(&ours.fixture, 1, "3");
    liq_fixture_position(&ours.fixture, 0, "5", "90", NULL);
    liq_fixture_position(&ours.fixture, 1, "-1", "102", NULL);
    row = valued(&ours);
    cr_expect_eq(row.reason, LIQ_REASON_NONE);
    cr_expect_eq(row.equity, (1000 + 50 + (3 + 2) * 50) * 100, "%lld", (long long)row.equity);
    stop(&ours);
}

/* Whatever is not a whole unit counts against the holder, long or short. */
Test(portfolio, rounds_against_the_trader_on_both_sides)
{
    bench ours;
    const int64_t *longs;
    const int64_t *shorts;

    start(&ours, "\"span\"", "USD", 2, 6);
    contract(&ours, LIQ_INSTRUMENT_INVERSE, "X", "X", "1", "7");
    account(&ours, "10");
    liq_fixture_position(&ours.fixture, 0, "3", "7", NULL);
    (void)valued(&ours);
    longs = liq_portfolio_market_pnl(&ours.market.portfolio, 0, false);
    shorts = liq_portfolio_market_pnl(&ours.market.portfolio, 0, true);
    for (uint32_t k = 0; k < 16; k++)
        cr_expect(longs[k] < shorts[k] || (longs[k] == 0 && shorts[k] == 0),
                  "scenario %u: %lld, %lld", k, (long long)longs[k], (long long)shorts[k]);
    cr_expect_eq(longs[0], 0); /* prices that do not move cost nothing */
    stop(&ours);
}

/* The way that any row can go says the same as the one that was taken. */
static void expect_any(const liq_market *market, const liq_rows *rows, uint32_t row,
                       const liq_row_record *said, uint64_t seed, uint64_t by_size[2])
{
    const liq_portfolio_tables tables = liq_portfolio_market_tables(&market->portfolio);
    uint32_t order[LIQ_PORTFOLIO_LEGS_MAX];
    const uint32_t count = liq_portfolio_order(order, &market->portfolio, rows, row);
    const liq_portfolio_row legs = liq_portfolio_row_of(rows, row, order, count);
    const liq_row_record any = liq_portfolio_value_any(liq_market_tables(market), tables, legs);

    if (said->reason == LIQ_REASON_NONE)
        by_size[liq_portfolio_is_small(tables, legs)]++;
    cr_assert_arr_eq(&any, said, sizeof any, "seed %llu, row %u", (unsigned long long)seed, row);
}

static void expect_parity(liq_device *device, const liq_book *book, uint64_t seed,
                          uint64_t counts[LIQ_ROW_UNVALUED + 1], uint64_t by_size[2])
{
    const liq_device_scan_options options = {.allocation_bytes_max = seed % 3 == 0 ? 4096 : 0,
                                             .as_lanes = seed % 2 == 1};
    liq_device_scan *scan = NULL;
    liq_row_record *results[2];
    liq_market market = {0};
    liq_rows rows = {0};
    liq_error err = {0};

    cr_assert_eq(liq_market_create(&market, book, &err), LIQ_OK, "%s", err.message);
    cr_assert_eq(liq_rows_create(&rows, book, NULL, &err), LIQ_OK, "%s", err.message);
    cr_assert_eq(liq_device_scan_create(&scan, device, &rows, &market, &options, &err), LIQ_OK,
                 "%s", err.message);
    for (int i = 0; i < 2; i++)
        results[i] = calloc(rows.row_count + 1U, sizeof *results[i]);
    liq_truth_scan(&market, &rows, results[0]);
    cr_assert_eq(liq_device_scan_run(scan, &market, results[1], NULL, &err), LIQ_OK, "%s",
                 err.message);
    for (uint32_t i = 0; i < rows.row_count; i++) {
        cr_assert_arr_eq(&results[0][i], &results[1][i], sizeof **results,
                         "seed %llu, row %u of %u: %u %u", (unsigned long long)seed, i,
                         rows.row_count, results[0][i].reason, results[1][i].reason);
        if (rows.keys[i].reason == LIQ_REASON_PORTFOLIO) {
            int64_t maintenance;
            int64_t initial;

            counts[results[0][i].status]++;
            expect_any(&market, &rows, i, &results[0][i], seed, by_size);
            if (results[0][i].reason != LIQ_REASON_NONE)
                continue;
            liq_portfolio_oracle(&maintenance, &initial, &market, &rows, i);
            cr_assert_eq(results[0][i].maintenance, maintenance, "seed %llu, row %u",
                         (unsigned long long)seed, i);
            cr_assert_eq(results[0][i].initial, initial);
        }
    }
    liq_device_scan_destroy(scan);
    liq_rows_clear(&rows);
    liq_market_clear(&market);
    free(results[0]);
    free(results[1]);
}

Test(portfolio, device_truth_and_rationals_agree_on_random_books)
{
    liq_device *device = liq_opened_device();
    uint64_t counts[LIQ_ROW_UNVALUED + 1] = {0};
    uint64_t by_size[2] = {0}; /* large, small */
    const uint64_t seed = liq_random_seed();

    for (uint64_t i = 0; i < BOOKS; i++) {
        liq_random random = liq_random_make(seed + i);
        liq_random_options options = liq_random_options_of(i);
        liq_book book;

        options.wild = i % 4 == 0;
        liq_random_book_create(&book, seed + i, options);
        liq_portfolio_turn(&book, &random);
        expect_parity(device, &book, seed + i, counts, by_size);
        liq_portfolio_take(&book.venue);
        liq_random_book_destroy(&book);
    }
    cr_expect_gt(counts[LIQ_ROW_OK], 20);
    cr_expect_gt(counts[LIQ_ROW_LIQUIDATE], 5);
    cr_expect_gt(counts[LIQ_ROW_UNVALUED], 5);
    cr_expect_gt(by_size[0], 0);
    cr_expect_gt(by_size[1], 20);
    liq_device_close(device);
}
