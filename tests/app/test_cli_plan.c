/*
 * What `liqscan plan` prints.
 */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include "support_json.h"
#include "support_run.h"

enum { PATH_BYTES = 4096 };

#define SMALL LIQ_SOURCE_DIR "/tests/books/small"

static char folder[PATH_BYTES];

static void venue_write(const char *more)
{
    char text[PATH_BYTES];

    (void)snprintf(text, sizeof text, "%s%s}",
                   "{\"venue\": \"v\", \"profile\": \"binance-usdm\", \"margin_currency\": \"USD\","
                   " \"assets\": [{\"asset\": \"USD\", \"weight\": \"1\"}], \"instruments\": ["
                   "{\"symbol\": \"A\", \"kind\": \"linear\", \"base\": \"A\", \"settle\": \"USD\","
                   " \"multiplier\": \"1\", \"lot\": \"1\", \"tick\": \"0.1\","
                   " \"liquidation_fee\": \"0.001\","
                   " \"tiers\": [{\"floor\": \"0\", \"mmr\": \"0.1\", \"imr\": \"0.2\"}]},"
                   "{\"symbol\": \"B\", \"kind\": \"linear\", \"base\": \"B\", \"settle\": \"USD\","
                   " \"multiplier\": \"1\", \"lot\": \"1\", \"tick\": \"0.1\","
                   " \"liquidation_fee\": \"0.001\","
                   " \"tiers\": [{\"floor\": \"0\", \"mmr\": \"0.1\", \"imr\": \"0.2\"}]}],"
                   " \"funds\": [{\"fund\": \"USD\", \"balance\": \"0\"}]",
                   more);
    folder_write(folder, "venue.json", text);
}

/*
 * one: 10 long at 100, 200 of cash: leverage 5. two: 10 of A and 20 of B at 50, 250 of cash:
 * leverage
 * 8. apart: an isolated position of leverage 10. Fees are a thousandth, maintenance a tenth.
 */
static void setup(void)
{
    folder_make(folder);
    venue_write("");
    folder_write(folder, "accounts.csv",
                 "account,mode\napart,cross\ngrid,portfolio\nnone,cross\none,cross\ntwo,cross\n");
    folder_write(folder, "balances.csv", "account,asset,amount\none,USD,200\ntwo,USD,250\n");
    folder_write(folder, "positions.csv",
                 "account,instrument,side,quantity,entry_price,margin,isolated_margin\n"
                 "one,A,long,10,100,cross,\ntwo,A,long,10,100,cross,\ntwo,B,short,20,50,cross,\n"
                 "grid,A,short,10,100,cross,\napart,A,short,10,100,isolated,100\n");
    folder_write(folder, "marks.csv", "symbol,price\nA,100\nB,50\n");
    folder_write(folder, "depth.csv",
                 "instrument,side,price,quantity\nA,bid,99,4\nA,bid,98,10\nB,ask,50.1,100\n");
}

static void teardown(void)
{
    folder_remove(folder);
}

TestSuite(cli_plan, .init = setup, .fini = teardown);

static void plan_run(run_result *out, const char *operands)
{
    char line[2 * PATH_BYTES];

    (void)snprintf(line, sizeof line, "plan %s %s", folder, operands);
    run_line(out, line);
}

/*
 * Leverage 4 of `one`: with n lots sold at 99, equity is 200 - n x 1.099, notional 1000 - 100 n:
 * two are not enough (800 / 197.802), three are (700 / 196.703).
 */
Test(cli_plan, closes_the_least_and_says_what_it_costs)
{
    run_result result;

    plan_run(&result, "one --leverage 4 --format csv");
    cr_assert_eq(result.code, 0, "%s", result.message);
    cr_assert_str_eq(result.output,
                     "account,margin,outcome,step,instrument,side,quantity,remaining,"
                     "average_price,worst_price,cost,fee,equity,notional,leverage,status,"
                     "judged_status,top_up,top_up_asset\n"
                     "one,cross,reduced,1,A,long,3,7,99,99,3.297,0.297,196.703,700,3.558665,ok,ok,"
                     ",\n");
    run_clear(&result);
    plan_run(&result, "one --leverage 4 --format table");
    cr_expect_not_null(strstr(result.output, "one lot less is not enough"), "%s", result.output);
    cr_expect_not_null(strstr(result.output, "no reductions cost less"), "%s", result.output);
    cr_expect_not_null(strstr(result.output, "or deposit 50 USD; one unit less is not enough"));
    run_clear(&result);
}

/* A lot of B costs 0.1 + 0.0501 for 50, one of A 1.099 for 100: B first, 20 of them; then A. */
Test(cli_plan, takes_the_position_that_frees_most_for_its_cost)
{
    run_result result;
    const char *at;
    liq_json *plan;

    plan_run(&result, "two --leverage 3 --format json");
    cr_assert_eq(result.code, 0, "%s", result.message);
    at = result.output;
    plan = line_parse(&at);
    cr_expect_str_eq(text_of(plan, "outcome"), "reduced");
    cr_expect_str_eq(text_of(plan, "method"), "ordered");
    cr_expect_str_eq(text_of(plan, "top_up"), "416.66666667");
    cr_expect_not_null(strstr(result.output, "\"steps\":[{\"instrument\":\"B\",\"side\":\"short\","
                                             "\"quantity\":\"20\",\"remaining\":\"0\""),
                       "%s", result.output);
    cr_expect_not_null(strstr(result.output, "{\"instrument\":\"A\",\"side\":\"long\","
                                             "\"quantity\":\"3\",\"remaining\":\"7\""),
                       "%s", result.output);
    cr_expect_null(strstr(result.output, "\"one_lot_less_misses\":false"));
    liq_json_destroy(plan);
    run_clear(&result);
}

/* At -15% one loses 150 of 200 and owes 85: it must sell while the market stands. */
Test(cli_plan, keeps_an_account_alive_under_a_shock)
{
    run_result result;

    plan_run(&result, "one --survive A=-15% --format csv --fee 0");
    cr_assert_eq(result.code, 0, "%s", result.message);
    /* n at 99: 200 - n - 15 (10 - n) > 8.5 (10 - n): n = 2 gives 78 > 68, n = 1 gives 64 < 76.5 */
    cr_expect_not_null(strstr(result.output, "one,cross,reduced,1,A,long,2,8,99,99,2,0,198,800,"
                                             "4.040405,ok,"),
                       "%s", result.output);
    run_clear(&result);
    plan_run(&result, "one --survive A=+50% --format table");
    cr_expect_not_null(strstr(result.output, "that is so already"), "%s", result.output);
    run_clear(&result);
}

/* Equity is nothing, and what is closed costs: only a deposit of a quarter of 1000 helps. */
Test(cli_plan, plans_for_a_book_without_balances_and_orders)
{
    run_result result;

    folder_write(folder, "balances.csv", "account,asset,amount\n");
    plan_run(&result, "one --leverage 4 --format csv");
    cr_assert_eq(result.code, 0, "%s", result.message);
    cr_expect_not_null(strstr(result.output, "one,cross,unreachable,,,,,,,,,,0,1000,,"), "%s",
                       result.output);
    cr_expect_not_null(strstr(result.output, ",250,USD\n"), "%s", result.output);
    run_clear(&result);
}

/* There are no asks of A, so the isolated short can only be topped up. */
Test(cli_plan, says_when_the_depth_is_not_enough)
{
    run_result result;

    plan_run(&result, "apart --leverage 5 --format csv");
    cr_assert_eq(result.code, 0, "%s", result.message);
    cr_expect_not_null(strstr(result.output,
                              "apart,A:short,unreachable,,,,,,,,,,100,1000,10,liquidate,"
                              "liquidate,100,USD\n"),
                       "%s", result.output);
    run_clear(&result);
    plan_run(&result, "grid --leverage 5 --format table");
    cr_expect_not_null(strstr(result.output, "it cannot be valued: no_portfolio_margin_rule"), "%s",
                       result.output);
    run_clear(&result);
}

/* Ten at 100 lose 99 by 10% at 99. Two less are sold at 99: 79.2 are needed, 90 - 2 - 0.198 - 8 are
 * there. */
Test(cli_plan, plans_for_an_account_of_portfolio_margin)
{
    run_result result;

    venue_write(", \"portfolio\": {\"maintenance_factor\": \"1\", \"initial_factor\": \"1\","
                " \"grids\": [{\"underlyings\": [\"*\"], \"prices\": [\"-0.1\", \"0.1\"]}]}");
    folder_write(folder, "balances.csv", "account,asset,amount\ngrid,USD,90\n");
    folder_write(folder, "positions.csv",
                 "account,instrument,side,quantity,entry_price,margin,isolated_margin\n"
                 "grid,A,long,10,100,cross,\n");
    plan_run(&result, "grid --survive A=-1% --format json");
    cr_assert_eq(result.code, 0, "%s", result.message);
    cr_expect_not_null(strstr(result.output, "\"quantity\":\"2\""), "%s", result.output);
    cr_expect_not_null(strstr(result.output, "\"top_up\":\"19.00000001\""), "%s", result.output);
    run_clear(&result);
    plan_run(&result, "grid --survive A=-1% --format table");
    cr_expect_not_null(strstr(result.output, "one lot less"), "%s", result.output);
    run_clear(&result);
}

/* The most leveraged goes first, and what it takes of the depth is gone. */
Test(cli_plan, shares_the_depth_among_the_accounts_of_a_venue)
{
    run_result result;

    plan_run(&result, "--venue --leverage 4 --format json");
    cr_assert_eq(result.code, 0, "%s", result.message);
    cr_assert_eq(line_count(result.output), 4, "%s", result.output);
    cr_expect_not_null(strstr(result.output, "\"missing_the_goal\":3,\"reduced\":2,"
                                             "\"unreachable\":1"),
                       "%s", result.output);
    cr_expect_not_null(strstr(result.output, "\"unvalued\":1,"), "%s", result.output);
    run_clear(&result);
    plan_run(&result, "--venue --leverage 4 --format csv --limit 1");
    cr_expect_eq(line_count(result.output), 2);
    cr_expect_not_null(strstr(result.message, "3 of 6 margin accounts at v (binance-usdm) miss "
                                              "leverage 4; 1 have no value"),
                       "%s", result.message);
    run_clear(&result);
}

/* Without depth orders fill at the mark. */
Test(cli_plan, reduces_the_published_example)
{
    run_result result;

    run_line(&result, "plan " SMALL " whale --leverage 3 --format csv");
    cr_assert_eq(result.code, 0, "%s", result.message);
    cr_expect_eq(line_count(result.output), 3, "%s", result.output);
    cr_expect_not_null(strstr(result.output, ",1003859.4"), "%s", result.output);
    run_clear(&result);
}

typedef struct refusal {
    const char *operands;
    const char *message;
} refusal;

Test(cli_plan, refuses_what_it_cannot_plan)
{
    static const refusal refusals[] = {
        {"one", "one of --leverage and --survive is needed"},
        {"one --leverage 3 --survive A=-10%", "one of --leverage and --survive is needed"},
        {"--leverage 3", "ACCOUNT is missing, or --venue for all of them"},
        {"one --venue --leverage 3", "--venue is for all accounts: leave out \"one\""},
        {"one two --leverage 3", "\"two\" is one argument too many"},
        {"ones --leverage 3", "account \"ones\" is not in the book"},
        {"one --leverage 0", "--leverage \"0\" is not a number above 0, at most 1000"},
        {"one --leverage=-1", "--leverage \"-1\" is not a number above 0"},
        {"one --leverage 1001", "--leverage \"1001\" is not"},
        {"one --leverage 2.0000001", "with at most 6 decimals"},
        {"one --leverage x", "--leverage \"x\" is not"},
        {"one --survive A=-30", "--survive \"A=-30\": the change needs a % at its end"},
        {"one --survive A", "--survive \"A\" is not SYMBOL=PERCENT%"},
        {"one --survive A=-10%,", "--survive \"\" is not SYMBOL=PERCENT%"},
        {"one --survive A=-10%,A=-20%", "--survive moves A twice"},
        {"one --survive C=-10%", "\"C\" is neither an instrument nor an asset"},
        {"one --survive A=-100%", "is not in"},
        {"one --leverage 3 --fee 1", "--fee \"1\" is not a rate of 0 to below 1"},
        {"one --leverage 3 --fee=-0.1", "--fee \"-0.1\" is not a rate"},
        {"--venue --leverage 3 --limit x", "--limit \"x\" is not a whole number"}};

    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        run_result result;

        plan_run(&result, refusals[i].operands);
        cr_expect_eq(result.code, 2, "case %zu: %d", i, result.code);
        cr_expect_not_null(strstr(result.message, refusals[i].message), "case %zu: %s", i,
                           result.message);
        cr_expect_str_empty(result.output);
        run_clear(&result);
    }
}
