#include <liqscan/explain.h>

#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "support_book.h"
#include "support_portfolio.h"

/* What a test looks at, and what must be given back. */
typedef struct told {
    liq_fixture fixture;
    liq_explanation *it;
} told;

static void usd_start(told *out);
static uint32_t linear_add(told *out, const char *symbol, const char *mark, const char *mmr);
static void tell(told *out, const char *account);
static void told_clear(told *out);
static const liq_explain_position *position(const told *from, uint32_t margin, uint32_t index);
static void refusal_check(const char *account, const char *const *ids, const char *expected);

Test(explain, solves_a_long_position)
{
    told t;
    const liq_explain_position *line;

    usd_start(&t);
    linear_add(&t, "XUSD", "100", "0.05");
    liq_fixture_account(&t.fixture, "a");
    liq_fixture_balance(&t.fixture, 0, "100");
    liq_fixture_position(&t.fixture, 0, "10", "100", NULL);
    tell(&t, "a");
    line = position(&t, 0, 0);
    cr_expect_str_eq(line->instrument, "XUSD");
    cr_expect_eq(line->is_short, 0);
    cr_expect_str_eq(line->quantity, "10");
    cr_expect_str_eq(line->entry_price, "100");
    cr_expect_str_eq(line->mark_price, "100");
    cr_expect_str_eq(line->settle, "USD");
    cr_expect_str_eq(line->notional, "1000");
    cr_expect_str_eq(line->unrealised_pnl, "0");
    cr_expect_str_eq(line->maintenance_margin, "50");
    cr_expect_str_eq(line->initial_margin, "100");
    cr_expect_str_eq(line->maintenance_rate, "0.05");
    cr_expect_str_eq(line->deduction, "0");
    cr_expect_eq(line->tier, 1);
    /* 100 + 10 (p - 100) = 0.5 p, and the first mark below it that rounding does not save. */
    cr_expect_eq(strncmp(line->liquidation_price, "94.7368421", 10), 0, "%s",
                 line->liquidation_price);
    cr_expect_str_eq(line->bankruptcy_price, "90");
    cr_expect_str_eq(line->distance, "-5.26");
    cr_expect_eq(line->tick_decimals, 2);
    cr_expect_eq(liq_explanation_margin(t.it, 0)->has_cure, 0);
    cr_expect_eq(liq_explanation_margin(t.it, 0)->row.equity, 10000000000);
    told_clear(&t);
}

Test(explain, solves_a_short_position)
{
    told t;

    usd_start(&t);
    linear_add(&t, "XUSD", "100", "0.05");
    liq_fixture_account(&t.fixture, "a");
    liq_fixture_balance(&t.fixture, 0, "155");
    liq_fixture_position(&t.fixture, 0, "-10", "100", NULL);
    tell(&t, "a");
    /* 155 - 10 (p - 100) = 0.5 p at 110; bankrupt at 115.5 */
    cr_expect_str_eq(position(&t, 0, 0)->liquidation_price, "110", "%s",
                     position(&t, 0, 0)->liquidation_price);
    cr_expect_str_eq(position(&t, 0, 0)->bankruptcy_price, "115.5");
    cr_expect_str_eq(position(&t, 0, 0)->distance, "10.00");
    told_clear(&t);
}

/* At 100 equity is 10 and the requirement 10. A strict trigger is safe there; an inclusive one
   begins where equity, rounded down, no longer exceeds the requirement, rounded up. */
Test(explain, reports_where_equity_meets_the_requirement)
{
    for (int strict = 0; strict <= 1; strict++) {
        told t;

        usd_start(&t);
        t.fixture.book.venue.policy.levels[2].inclusive = !strict;
        linear_add(&t, "XUSD", "110", "0.1");
        liq_fixture_account(&t.fixture, "a");
        liq_fixture_balance(&t.fixture, 0, "10");
        liq_fixture_position(&t.fixture, 0, "1", "100", NULL);
        tell(&t, "a");
        cr_expect_str_eq(position(&t, 0, 0)->liquidation_price,
                         strict ? "100.00000001" : "100.000000019");
        cr_expect_str_eq(position(&t, 0, 0)->bankruptcy_price, "90");
        told_clear(&t);
    }
}

Test(explain, has_no_price_where_none_liquidates)
{
    told t;

    usd_start(&t);
    linear_add(&t, "XUSD", "100", "0.05");
    liq_fixture_account(&t.fixture, "a");
    liq_fixture_balance(&t.fixture, 0, "5000");
    liq_fixture_position(&t.fixture, 0, "10", "100", NULL);
    tell(&t, "a");
    cr_expect_str_eq(position(&t, 0, 0)->liquidation_price, "");
    cr_expect_str_eq(position(&t, 0, 0)->bankruptcy_price, "");
    cr_expect_str_eq(position(&t, 0, 0)->distance, "");
    told_clear(&t);
}

/* Equity does not move; requirements do: 0.05 x 20 p = 150. */
Test(explain, gives_both_legs_of_a_hedge_one_price)
{
    told t;

    usd_start(&t);
    linear_add(&t, "XUSD", "100", "0.05");
    liq_fixture_account(&t.fixture, "a");
    liq_fixture_balance(&t.fixture, 0, "150");
    liq_fixture_position(&t.fixture, 0, "10", "100", NULL);
    liq_fixture_position(&t.fixture, 0, "-10", "100", NULL);
    tell(&t, "a");
    cr_assert_eq(liq_explanation_margin(t.it, 0)->position_count, 2);
    for (uint32_t i = 0; i < 2; i++) {
        cr_expect_eq(position(&t, 0, i)->is_short, (int)i);
        cr_expect_eq(strncmp(position(&t, 0, i)->liquidation_price, "149.9999999", 11), 0, "%s",
                     position(&t, 0, i)->liquidation_price);
        cr_expect_str_eq(position(&t, 0, i)->bankruptcy_price, "");
    }
    told_clear(&t);
}

/* Equity 100 - 80 = 20, requirement 46. 26 and one unit more is the top-up. 4.347 x 4.6 = 19.9962
   is below 20, 4.348 x 4.6 = 20.0008 is not. */
Test(explain, tells_what_cures)
{
    told t;
    const liq_explain_margin *margin;

    usd_start(&t);
    linear_add(&t, "XUSD", "92", "0.05");
    linear_add(&t, "YUSD", "1", "0.05");
    liq_fixture_account(&t.fixture, "a");
    liq_fixture_balance(&t.fixture, 0, "100");
    liq_fixture_position(&t.fixture, 0, "10", "100", NULL);
    liq_fixture_position(&t.fixture, 1, "0.001", "1", NULL);
    tell(&t, "a");
    margin = liq_explanation_margin(t.it, 0);
    cr_expect_eq(margin->row.status, LIQ_MARGIN_LIQUIDATE);
    cr_assert_eq(margin->has_cure, 1);
    cr_expect_str_eq(margin->top_up, "26.00005001");
    cr_expect_str_eq(margin->top_up_asset, "USD");
    cr_assert_eq(margin->reduction_count, 2);
    cr_expect_str_eq(liq_explanation_reduction(t.it, 0, 0)->instrument, "XUSD");
    cr_expect_str_eq(liq_explanation_reduction(t.it, 0, 0)->quantity, "5.653");
    cr_expect_str_eq(liq_explanation_reduction(t.it, 0, 0)->remaining, "4.347");
    cr_expect_str_eq(liq_explanation_reduction(t.it, 0, 1)->quantity, "", "YUSD is too small");
    cr_expect_str_eq(liq_explanation_reduction(t.it, 0, 1)->remaining, "");
    cr_expect_gt(strlen(position(&t, 0, 0)->liquidation_price), 0, "where it is safe again");
    told_clear(&t);
}

/* Long 10 against short 4 of one underlying lose 60 by a fall of 10%; equity is 50. Closing the
 * short makes it worse, and of both together 167 per mille leave 8.33 - 3.332 = 4.998. */
Test(explain, tells_what_cures_an_account_of_portfolio_margin)
{
    told t;
    const liq_explain_margin *margin;
    uint32_t account;

    usd_start(&t);
    for (uint32_t i = 0; i < 2; i++) {
        (void)linear_add(&t, i == 0 ? "X1" : "X2", "100", "0.05");
        liq_portfolio_base(&t.fixture.book.venue, i, "X");
    }
    liq_portfolio_give(&t.fixture.book.venue,
                       "{\"maintenance_factor\": \"1\", \"initial_factor\": \"1\", \"grids\": ["
                       "{\"underlyings\": [\"X\"], \"prices\": [\"-0.1\", \"0.1\"]}]}");
    account = liq_fixture_account(&t.fixture, "a");
    t.fixture.book.accounts[account].mode = LIQ_ACCOUNT_PORTFOLIO;
    liq_fixture_balance(&t.fixture, 0, "50");
    liq_fixture_position(&t.fixture, 0, "10", "100", NULL);
    liq_fixture_position(&t.fixture, 1, "-4", "100", NULL);
    tell(&t, "a");
    margin = liq_explanation_margin(t.it, 0);
    cr_expect_eq(margin->row.status, LIQ_MARGIN_LIQUIDATE);
    cr_expect_str_eq(margin->top_up, "10.00000001");
    cr_assert_eq(margin->reduction_count, 2);
    cr_expect_str_eq(liq_explanation_reduction(t.it, 0, 0)->quantity, "1.001");
    cr_expect_str_eq(liq_explanation_reduction(t.it, 0, 0)->remaining, "8.999");
    cr_expect_str_eq(liq_explanation_reduction(t.it, 0, 1)->quantity, "");
    cr_expect_eq(margin->share_permille, 167);
    liq_portfolio_take(&t.fixture.book.venue);
    told_clear(&t);
}

Test(explain, finds_no_reduction_that_cures_a_debt)
{
    told t;

    usd_start(&t);
    linear_add(&t, "XUSD", "80", "0.05");
    liq_fixture_account(&t.fixture, "a");
    liq_fixture_balance(&t.fixture, 0, "100");
    liq_fixture_position(&t.fixture, 0, "10", "100", NULL);
    tell(&t, "a");
    cr_expect_eq(liq_explanation_margin(t.it, 0)->row.status, LIQ_MARGIN_BANKRUPT);
    cr_expect_str_eq(liq_explanation_margin(t.it, 0)->top_up, "140.00000001");
    cr_expect_str_eq(liq_explanation_reduction(t.it, 0, 0)->quantity, "");
    told_clear(&t);
}

Test(explain, cures_a_debt_without_positions_by_exactly_that_debt)
{
    told t;

    usd_start(&t);
    liq_fixture_account(&t.fixture, "a");
    liq_fixture_balance(&t.fixture, 0, "-12.5");
    tell(&t, "a");
    cr_expect_eq(liq_explanation_margin(t.it, 0)->row.status, LIQ_MARGIN_BANKRUPT);
    cr_expect_str_eq(liq_explanation_margin(t.it, 0)->top_up, "12.5");
    cr_expect_eq(liq_explanation_margin(t.it, 0)->reduction_count, 0);
    told_clear(&t);
}

Test(explain, lists_isolated_positions_with_their_own_margin)
{
    told t;
    const liq_explain_margin *margin;

    usd_start(&t);
    linear_add(&t, "XUSD", "92", "0.05");
    liq_fixture_account(&t.fixture, "a");
    liq_fixture_balance(&t.fixture, 0, "7");
    liq_fixture_position(&t.fixture, 0, "10", "100", "100");
    liq_fixture_position(&t.fixture, 0, "-10", "100", "100");
    tell(&t, "a");
    cr_assert_eq(liq_explanation_margins(t.it), 3);
    cr_expect_null(liq_explanation_margin(t.it, 0)->row.instrument);
    cr_expect_eq(liq_explanation_margin(t.it, 0)->position_count, 0);
    margin = liq_explanation_margin(t.it, 1);
    cr_expect_str_eq(margin->row.instrument, "XUSD");
    cr_expect_eq(margin->row.is_short, 0);
    cr_expect_eq(margin->row.status, LIQ_MARGIN_LIQUIDATE);
    cr_expect_str_eq(margin->top_up, "26.00000001");
    cr_expect_eq(liq_explanation_collateral(t.it, 1, 0)->amount, 10000000000);
    cr_expect_eq(liq_explanation_margin(t.it, 2)->row.is_short, 1);
    cr_expect_eq(liq_explanation_margin(t.it, 2)->has_cure, 0);
    cr_expect_str_eq(position(&t, 2, 0)->unrealised_pnl, "80");
    told_clear(&t);
}

/* 100 at 0.95 and 50 at 0.9 are 140 of 150; a debt counts in full. */
Test(explain, weighs_collateral_by_slices)
{
    told t;
    const liq_explain_collateral *line;

    usd_start(&t);
    liq_fixture_asset(&t.fixture, "BTC", 8, 18, "20000");
    liq_fixture_weight(&t.fixture, "100", "0.95");
    liq_fixture_weight(&t.fixture, NULL, "0.9");
    liq_fixture_asset(&t.fixture, "ETH", 8, 18, "1000");
    liq_fixture_weight(&t.fixture, NULL, "0.8");
    liq_fixture_asset(&t.fixture, "DOGE", 8, 18, NULL);
    liq_fixture_account(&t.fixture, "a");
    liq_fixture_balance(&t.fixture, 0, "1");
    liq_fixture_balance(&t.fixture, 1, "150");
    liq_fixture_balance(&t.fixture, 2, "-3");
    tell(&t, "a");
    cr_assert_eq(liq_explanation_margin(t.it, 0)->collateral_count, 3, "%u",
                 liq_explanation_margin(t.it, 0)->collateral_count);
    cr_expect_str_eq(liq_explanation_collateral(t.it, 0, 0)->weight, "1");
    line = liq_explanation_collateral(t.it, 0, 1);
    cr_expect_str_eq(line->asset, "BTC");
    cr_expect_eq(line->amount, 15000000000);
    cr_expect_eq(line->decimals, 8);
    cr_expect_str_eq(line->index_price, "20000");
    cr_expect_str_eq(line->weight, "0.9333");
    cr_assert_eq(line->has_value, 1);
    cr_expect_eq(line->value, 280000000000000);
    line = liq_explanation_collateral(t.it, 0, 2);
    cr_expect_str_eq(line->weight, "1");
    cr_expect_eq(line->value, -300000000000);
    told_clear(&t);
}

/*
 * COIN counts from 300 on only, PnL joins it, and 250 USD lie beside it. At 100 equity is 250 +
 * 100, the requirement 300. Falling by 1 costs 10 and frees 3, so they meet 50 / 7 below; but at 90
 * the rest of the COIN is worthless, equity stays, and from 83.3 on the account is safe again for
 * a while. The nearest price counts.
 */
Test(explain, does_not_step_over_a_dip_that_weights_make)
{
    told t;
    uint32_t coin;

    usd_start(&t);
    t.fixture.book.venue.policy.pnl_is_collateral = true;
    coin = liq_fixture_asset(&t.fixture, "COIN", 8, 12, "1");
    liq_fixture_weight(&t.fixture, "300", "0");
    liq_fixture_weight(&t.fixture, NULL, "1");
    liq_fixture_instrument(&t.fixture, (liq_fixture_contract){.symbol = "XCOIN",
                                                              .settle = coin,
                                                              .multiplier = "1",
                                                              .lot = "0.001",
                                                              .tick = "0.01",
                                                              .mark = "100"});
    liq_fixture_tier(&t.fixture, "0", "0.3", "0.5");
    liq_fixture_account(&t.fixture, "a");
    liq_fixture_balance(&t.fixture, 0, "250");
    liq_fixture_balance(&t.fixture, coin, "400");
    liq_fixture_position(&t.fixture, 0, "10", "100", NULL);
    tell(&t, "a");
    cr_expect_eq(liq_explanation_margin(t.it, 0)->row.equity, 35000000000);
    cr_expect_eq(strncmp(position(&t, 0, 0)->liquidation_price, "92.857142", 9), 0, "%s",
                 position(&t, 0, 0)->liquidation_price);
    told_clear(&t);
}

Test(explain, shows_what_it_can_of_an_account_without_a_value)
{
    told t;
    const liq_explain_margin *margin;

    usd_start(&t);
    liq_fixture_asset(&t.fixture, "DOGE", 8, 18, NULL);
    linear_add(&t, "XUSD", NULL, "0.05");
    linear_add(&t, "YUSD", "50", "0.05");
    liq_fixture_account(&t.fixture, "a");
    liq_fixture_balance(&t.fixture, 0, "-100");
    liq_fixture_balance(&t.fixture, 1, "4");
    liq_fixture_position(&t.fixture, 0, "10", "100", NULL);
    liq_fixture_position(&t.fixture, 1, "10", "100", NULL);
    tell(&t, "a");
    margin = liq_explanation_margin(t.it, 0);
    cr_expect_eq(margin->row.status, LIQ_MARGIN_UNVALUED);
    cr_expect_str_eq(margin->row.reason, "no_mark");
    cr_expect_str_eq(margin->row.reason_subject, "XUSD");
    cr_expect_eq(margin->has_cure, 0);
    cr_expect_str_eq(position(&t, 0, 0)->quantity, "10");
    cr_expect_str_eq(position(&t, 0, 0)->mark_price, "");
    cr_expect_str_eq(position(&t, 0, 0)->notional, "");
    cr_expect_str_eq(position(&t, 0, 0)->liquidation_price, "");
    cr_expect_str_eq(position(&t, 0, 1)->notional, "500");
    cr_expect_str_eq(position(&t, 0, 1)->liquidation_price, "");
    cr_expect_eq(liq_explanation_collateral(t.it, 0, 1)->has_value, 0);
    cr_expect_str_eq(liq_explanation_collateral(t.it, 0, 1)->index_price, "");
    told_clear(&t);
}

Test(explain, names_the_ids_next_to_an_unknown_one)
{
    static const char *const three[] = {"alice", "bob", "carol", NULL};
    static const char *const none[] = {NULL};

    refusal_check("bobby", three,
                  "account \"bobby\" is not in the book; next to it are \"bob\" and \"carol\"");
    refusal_check("aaron", three,
                  "account \"aaron\" is not in the book; the first id is \"alice\"");
    refusal_check("dave", three, "account \"dave\" is not in the book; the last id is \"carol\"");
    refusal_check("", three, "account \"\" is not in the book; the first id is \"alice\"");
    refusal_check("alice", none, "account \"alice\": the book has no accounts");
}

Test(explain, destroys_nothing)
{
    liq_explanation_destroy(NULL);
}

static void usd_start(told *out)
{
    *out = (told){0};
    liq_fixture_start(&out->fixture, 8);
    liq_fixture_asset(&out->fixture, "USD", 8, 12, NULL);
}

static uint32_t linear_add(told *out, const char *symbol, const char *mark, const char *mmr)
{
    const uint32_t index = liq_fixture_instrument(
        &out->fixture,
        (liq_fixture_contract){
            .symbol = symbol, .multiplier = "1", .lot = "0.001", .tick = "0.01", .mark = mark});

    liq_fixture_tier(&out->fixture, "0", mmr, "0.1");
    return index;
}

static void tell(told *out, const char *account)
{
    liq_error err = {0};

    cr_assert_eq(liq_explain(&out->it, liq_fixture_finish(&out->fixture), account, &err), LIQ_OK,
                 "%s", err.message);
}

static void told_clear(told *out)
{
    liq_explanation_destroy(out->it);
    liq_fixture_clear(&out->fixture);
}

static const liq_explain_position *position(const told *from, uint32_t margin, uint32_t index)
{
    return liq_explanation_position(from->it, margin, index);
}

static void refusal_check(const char *account, const char *const *ids, const char *expected)
{
    told t;
    liq_error err = {0};

    usd_start(&t);
    for (; *ids != NULL; ids++)
        (void)liq_fixture_account(&t.fixture, *ids);
    cr_expect_eq(liq_explain(&t.it, liq_fixture_finish(&t.fixture), account, &err), LIQ_NOT_FOUND);
    cr_expect_null(t.it);
    cr_expect_str_eq(err.message, expected, "%s", err.message);
    told_clear(&t);
}
