/*
 * How far a lot can bring a row of portfolio margin, by numbers: a reach that is too far only makes
 * searches longer, so that books at random do not show it.
 */
#include <criterion/criterion.h>
#include <stdio.h>

#include "scan/portfolio_trial.h"
#include "support_portfolio.h"

/* A cash unit is 0.01; that is 10,000 fine units. */
#define CASH(n) ((liq_int128)(n) << LIQ_REACH_BITS)

typedef struct reach_case {
    const char *rule; /* but for its braces and the factors */
    const char *maintenance_factor;
    const char *quantity;
    const char *entry;
    bool by_notional;
    bool in_coins;  /* of 50: what is realised moves to a balance of another weight */
    int64_t better; /* cash units of a lot */
    int64_t worse;
    int64_t freed; /* expected, by 2 for a unit of the requirement */
    int64_t rise;  /* by 3 for a unit of equity */
    int64_t fall;
    int64_t slack_fine; /* of the requirement, beside 3 units of it and 8 of equity */
} reach_case;

static const char plain[] = "\"prices\": [\"-0.1\", \"0.05\"]";
static const char charged[] = "\"prices\": [\"-0.1\", \"0.05\"], \"contingency\": {\"net_delta\": "
                              "\"0.01\", \"hedged_delta\": \"0.05\"}";
static const char floored[] = "\"prices\": [\"-0.01\"], \"minimum\": {\"future\": \"0.02\", "
                              "\"tiers\": [{\"up_to\": \"1\", \"multiplier\": \"1\"}, "
                              "{\"up_to\": \"50\", \"multiplier\": \"3\"}, "
                              "{\"multiplier\": \"2\"}]}";

/* A lot is worth 100; the entry is no part of what it needs. */
static const reach_case cases[] = {
    /* Down 10 are lost, up 5 gained. */
    {plain, "1", "10", "80", false, false, 0, 0, 2 * 1000, 2 * 1000, 2 * 500, 8},
    {plain, "1", "-10", "80", false, false, 0, 0, 2 * 500, 2 * 500, 2 * 1000, 8},
    {plain, "0.7", "10", "80", false, false, 0, 0, 2 * 700, 2 * 700, 2 * 350, 7},
    /* Offers better and worse than the mark. */
    {plain, "1", "10", "80", false, false, 7, 11, 2 * 1000, 2 * 1000 + 21, 2 * 500 + 33, 8},
    /* A lot less of a side is a charge less, or what it hedged is charged. */
    {charged, "1", "10", "80", false, false, 0, 0, 2 * 1600, 2 * 1600, 2 * 1100, 8},
    {charged, "0.5", "-10", "80", false, false, 0, 0, 2 * 550, 2 * 550, 2 * 800, 5},
    /* At most the dearest slice of the minimum: 3 x 2. */
    {floored, "1", "10", "80", false, false, 0, 0, 2 * 600, 2 * 600, 0, 15},
    {plain, "1", "10", "80", false, true, 7, 11, 2 * 50000, 2 * 50000 + 21, 2 * 25000 + 33, 8},
    /* The notional of a lot. */
    {plain, "1", "10", "80", true, false, 0, 0, 2 * 10000, 2 * 10000, 0, 0},
};

static void reach_check(const reach_case *of, size_t number)
{
    const liq_trial_goal goal = {
        .equity_factor = 3, .requirement_factor = 2, .by_notional = of->by_notional};
    liq_portfolio_trial trial = {0};
    liq_market market = {0};
    liq_trial_reach reach;
    liq_fixture fixture;
    liq_rows rows = {0};
    char rule[1024];
    const int64_t unit = of->in_coins ? 50 : 1;
    const liq_int128 one = of->in_coins; /* rounded up */
    const liq_int128 drift = of->in_coins ? CASH(20 * 100 * unit + of->worse) + one : 0;
    liq_int128 fine;

    liq_fixture_start(&fixture, 2);
    liq_fixture_asset(&fixture, "USD", 2, 6, NULL);
    liq_fixture_asset(&fixture, "COIN", 2, 6, "50");
    (void)snprintf(rule, sizeof rule,
                   "{\"maintenance_factor\": \"%s\", \"initial_factor\": \"1\", \"grids\": ["
                   "{\"underlyings\": [\"X\"], %s}]}",
                   of->maintenance_factor, of->rule);
    liq_portfolio_give(&fixture.book.venue, rule);
    liq_fixture_instrument(
        &fixture, (liq_fixture_contract){
                      .symbol = "XUSD", .multiplier = "1", .lot = "1", .tick = "1", .mark = "100"});
    liq_fixture_tier(&fixture, "0", "0.01", "0.02");
    liq_portfolio_base(&fixture.book.venue, 0, "X");
    fixture.book.venue.instruments[0].settle_index = of->in_coins;
    liq_fixture_account(&fixture, "a");
    fixture.book.accounts[0].mode = LIQ_ACCOUNT_PORTFOLIO;
    liq_fixture_balance(&fixture, 0, "100");
    liq_fixture_position(&fixture, 0, of->quantity, of->entry, NULL);
    (void)liq_fixture_finish(&fixture);
    cr_assert_eq(liq_market_create(&market, &fixture.book, NULL), LIQ_OK);
    cr_assert_eq(liq_rows_create(&rows, &fixture.book, NULL, NULL), LIQ_OK);
    cr_assert_eq(liq_portfolio_trial_create(&trial, &market, &rows, 0, NULL), LIQ_OK);
    reach = liq_portfolio_trial_reach(&trial, 0, &goal, CASH(of->better), CASH(of->worse));
    cr_expect(reach.freed == CASH(of->freed), "case %zu: freed %g", number, (double)reach.freed);
    cr_expect(reach.rise == CASH(of->rise) + 3 * drift, "case %zu: rise %g", number,
              (double)reach.rise);
    cr_expect(reach.fall == CASH(of->fall) + 3 * drift, "case %zu: fall %g", number,
              (double)reach.fall);
    fine = (CASH(of->slack_fine) + 9999) / 10000; /* rounded up */
    cr_expect(reach.slack == 3 * (CASH(5 * unit + 3) + one) + 2 * (CASH(unit + 2) + one + fine),
              "case %zu: slack %g", number, (double)reach.slack);
    liq_portfolio_trial_clear(&trial);
    liq_rows_clear(&rows);
    liq_market_clear(&market);
    liq_portfolio_take(&fixture.book.venue);
    liq_fixture_clear(&fixture);
}

Test(portfolio_trial, knows_how_far_a_lot_reaches)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        reach_check(&cases[i], i);
}
