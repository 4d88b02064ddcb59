/*
 * Ladders over books that are made to change within a tile: each scenario is valued by brute force.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include <stdio.h>
#include <string.h>

#include "support_book.h"
#include "support_stress.h"

enum { ACCOUNTS = 60, STEPS = 170, WIDTH_PPM = 80000, HASH_BYTES = 65, TEXT_BYTES = 32 };

/* What the accounts of a book hold. */
typedef struct edge_book {
    char name[32];
    liq_instrument_kind kind;
    liq_tier_form form;
    char multiplier[12];
    double unit; /* value of a contract at the mark, units of the settle asset */
    int coin;    /* settled in another asset, whose index moves as well */
    int32_t value_decimals;
    int hedge;
    int isolated;
    int orders;
    int haircut;
    int collateral; /* PnL joins the balance before the haircut */
} edge_book;

static edge_book edge_books[] = {
    {.name = "linear", .multiplier = "1", .unit = 100, .value_decimals = 8},
    {.name = "whole tiers",
     .form = LIQ_TIER_WHOLE,
     .multiplier = "1",
     .unit = 100,
     .value_decimals = 8},
    {.name = "marginal tiers",
     .form = LIQ_TIER_MARGINAL,
     .multiplier = "1",
     .unit = 100,
     .value_decimals = 8},
    {.name = "hedge legs", .multiplier = "1", .unit = 100, .value_decimals = 8, .hedge = 1},
    {.name = "hedge legs, whole tiers",
     .form = LIQ_TIER_WHOLE,
     .multiplier = "1",
     .unit = 100,
     .value_decimals = 8,
     .hedge = 1},
    {.name = "isolated", .multiplier = "1", .unit = 100, .value_decimals = 8, .isolated = 1},
    {.name = "orders", .multiplier = "1", .unit = 100, .value_decimals = 8, .orders = 1},
    {.name = "orders and hedge legs",
     .multiplier = "1",
     .unit = 100,
     .value_decimals = 8,
     .orders = 1,
     .hedge = 1},
    {.name = "coarse lots", .multiplier = "0.00000001", .unit = 1e-6, .value_decimals = 8},
    {.name = "inverse",
     .kind = LIQ_INSTRUMENT_INVERSE,
     .multiplier = "100",
     .unit = 1,
     .coin = 1,
     .value_decimals = 12},
    {.name = "inverse, whole tiers",
     .kind = LIQ_INSTRUMENT_INVERSE,
     .form = LIQ_TIER_WHOLE,
     .multiplier = "100",
     .unit = 1,
     .coin = 1,
     .value_decimals = 12},
    {.name = "quanto",
     .kind = LIQ_INSTRUMENT_QUANTO,
     .multiplier = "0.01",
     .unit = 1,
     .coin = 1,
     .value_decimals = 12},
    {.name = "foreign asset", .multiplier = "0.01", .unit = 1, .coin = 1, .value_decimals = 12},
    {.name = "haircut",
     .multiplier = "0.01",
     .unit = 1,
     .coin = 1,
     .value_decimals = 12,
     .haircut = 1},
    {.name = "haircut on PnL",
     .multiplier = "0.01",
     .unit = 1,
     .coin = 1,
     .value_decimals = 12,
     .haircut = 1,
     .collateral = 1}};

static const char *number(char out[TEXT_BYTES], double value, int decimals)
{
    (void)snprintf(out, TEXT_BYTES, "%.*f", decimals, value);
    return out;
}

/* What an account holds is worth 4,000 to 10,000 units, on both sides of the floor of 5,000. */
static void account_add(liq_fixture *fixture, const edge_book *kind, uint32_t number_of)
{
    const double worth = 4000.0 + 100.0 * number_of;
    const double contracts = (double)(int64_t)(worth / kind->unit);
    const double sign = number_of % 2 == 0 ? 1.0 : -1.0;
    const double risk = kind->hedge ? worth * 0.03 * (0.3 + 0.06 * number_of)
                                    : worth * (0.005 + 0.0016 * (number_of * 7 % ACCOUNTS));
    char texts[4][TEXT_BYTES];

    (void)snprintf(texts[0], TEXT_BYTES, "a%03u", number_of);
    liq_fixture_account(fixture, texts[0]);
    liq_fixture_balance(fixture, kind->coin ? 1 : 0,
                        number(texts[1], kind->isolated ? 1.0 : risk, 6));
    number(texts[2], sign * contracts, 0);
    liq_fixture_position(fixture, 0, texts[2], "100",
                         kind->isolated ? number(texts[3], risk, 6) : NULL);
    if (kind->hedge)
        liq_fixture_position(fixture, 0, number(texts[2], -sign * contracts, 0), "100", NULL);
    if (kind->orders)
        liq_fixture_order(fixture, 0, number(texts[2], sign * contracts / 4, 0),
                          sign > 0 ? "101" : "99");
}

static liq_book *book_make(liq_fixture *fixture, const edge_book *kind)
{
    liq_fixture_start(fixture, 8);
    liq_fixture_asset(fixture, "USD", 8, kind->coin ? 12 : kind->value_decimals, NULL);
    liq_fixture_asset(fixture, "COIN", 8, kind->value_decimals, "100");
    if (kind->haircut) {
        liq_fixture_weight(fixture, "100", "0.95");
        liq_fixture_weight(fixture, NULL, "0.9");
    }
    fixture->book.venue.policy.order_loss = kind->orders != 0;
    fixture->book.venue.policy.order_tier = kind->orders != 0;
    fixture->book.venue.policy.pnl_is_collateral = kind->collateral != 0;
    liq_fixture_instrument(fixture, (liq_fixture_contract){.symbol = "X",
                                                           .kind = kind->kind,
                                                           .settle = kind->coin ? 1 : 0,
                                                           .multiplier = kind->multiplier,
                                                           .lot = "1",
                                                           .tick = "0.0001",
                                                           .mark = "100",
                                                           .tier_form = kind->form});
    liq_fixture_tier(fixture, "0", "0.01", "0.02");
    liq_fixture_tier(fixture, "5000", "0.03", "0.06");
    liq_fixture_tier(fixture, "7500", "0.05", "0.1");
    for (uint32_t i = 0; i < ACCOUNTS; i++)
        account_add(fixture, kind, i);
    return liq_fixture_finish(fixture);
}

static void scenario_add(liq_stress_set *set, uint32_t number_of, int64_t change, int64_t index)
{
    char name[TEXT_BYTES];

    (void)snprintf(name, sizeof name, "%u", number_of);
    cr_assert_eq(liq_stress_set_add(set, name, NULL), LIQ_OK);
    cr_assert_eq(liq_stress_set_shock(set, "X", change, NULL), LIQ_OK);
    cr_assert_eq(liq_stress_set_shock(set, "COIN", index, NULL), LIQ_OK);
}

/* Down to up, up to down, each twice, and as far as a price may go in between. */
static liq_stress_set *set_make(const liq_book *book, bool extreme)
{
    liq_stress_set *set = NULL;

    cr_assert_eq(liq_stress_set_create(&set, book, NULL), LIQ_OK);
    for (uint32_t i = 0; i < STEPS; i++) {
        const int64_t move = (int64_t)2 * WIDTH_PPM * (i / 2 * 2) / STEPS - WIDTH_PPM;

        scenario_add(set, 2 * i, move, -move / 2);
        if (extreme && i == STEPS / 3) {
            scenario_add(set, 5 * STEPS, -999999, 500000);
            scenario_add(set, 5 * STEPS + 1, 1000000000, -500000);
        }
    }
    for (uint32_t i = 0; i <= STEPS; i++)
        scenario_add(set, 2 * i + 1, WIDTH_PPM - (int64_t)2 * WIDTH_PPM * i / STEPS, 0);
    return set;
}

ParameterizedTestParameters(stress_edges, change_within_a_tile)
{
    return cr_make_param_array(edge_book, edge_books, sizeof edge_books / sizeof edge_books[0]);
}

ParameterizedTest(const edge_book *kind, stress_edges, change_within_a_tile)
{
    const liq_stress_options options = {.device = LIQ_DEVICE_CPU_REFERENCE};

    for (int extreme = 0; extreme < 2; extreme++) {
        liq_stress_met met = {0};
        liq_fixture fixture;
        liq_stress *stress = NULL;
        liq_stress_set *set;
        liq_book *book;
        char hash[HASH_BYTES];

        book = book_make(&fixture, kind);
        set = set_make(book, extreme != 0);
        cr_assert_eq(liq_stress_create(&stress, book, &options, NULL), LIQ_OK);
        liq_stress_expect(stress, book, set, (uint64_t)extreme, &met, hash);
        cr_expect_gt(met.by_status[LIQ_ROW_OK], 100, "%s", kind->name);
        cr_expect_gt(met.by_status[LIQ_ROW_WARNING], 0, "%s", kind->name);
        cr_expect_gt(met.by_status[LIQ_ROW_LIQUIDATE], 100, "%s", kind->name);
        cr_expect(kind->hedge || met.by_status[LIQ_ROW_BANKRUPT] > 100, "%s", kind->name);
        cr_expect(extreme || met.exact < met.pairs / 2 || kind->orders || kind->collateral,
                  "%s: %lu of %lu, %lu hard", kind->name, met.exact, met.pairs, met.hard_rows);
        liq_stress_destroy(stress);
        liq_stress_set_destroy(set);
        liq_fixture_clear(&fixture);
    }
}

/* What cannot be valued in one scenario is said of it, and of no other. */
Test(stress_edges, have_no_value_where_sums_are_too_large)
{
    const liq_stress_options options = {.device = LIQ_DEVICE_CPU_REFERENCE};
    liq_stress_met met = {0};
    liq_stress_outcome outcome;
    liq_fixture fixture;
    liq_stress *stress = NULL;
    liq_stress_set *set = NULL;
    liq_book *book;
    char hash[HASH_BYTES];

    liq_fixture_start(&fixture, 8);
    liq_fixture_asset(&fixture, "USD", 8, 8, NULL);
    liq_fixture_asset(&fixture, "COIN", 8, 8, "100");
    liq_fixture_instrument(
        &fixture,
        (liq_fixture_contract){
            .symbol = "X", .multiplier = "1", .lot = "1", .tick = "0.0001", .mark = "100"});
    liq_fixture_tier(&fixture, "0", "0.01", "0.02");
    liq_fixture_account(&fixture, "large");
    liq_fixture_balance(&fixture, 0, "50000000");
    liq_fixture_position(&fixture, 0, "100000000", "100", NULL);
    liq_fixture_account(&fixture, "small");
    liq_fixture_balance(&fixture, 0, "1");
    liq_fixture_position(&fixture, 0, "-1", "100", NULL);
    book = liq_fixture_finish(&fixture);
    cr_assert_eq(liq_stress_set_create(&set, book, NULL), LIQ_OK);
    scenario_add(set, 0, -10000, 0);
    scenario_add(set, 1, 1000000000, 0);
    scenario_add(set, 2, 10000, 0);
    cr_assert_eq(liq_stress_create(&stress, book, &options, NULL), LIQ_OK);
    liq_stress_expect(stress, book, set, 0, &met, hash);
    for (uint32_t i = 0; i < 3; i++) {
        liq_stress_outcome_read(stress, i, &outcome);
        cr_expect_eq(outcome.by_status[LIQ_MARGIN_UNVALUED], i == 1 ? 1 : 0, "%u", i);
        cr_expect_eq(outcome.by_status[LIQ_MARGIN_BANKRUPT], 1, "%u", i);
    }
    liq_stress_destroy(stress);
    liq_stress_set_destroy(set);
    liq_fixture_clear(&fixture);
}

/* Up it comes to a tier that asks for far more, down it loses: it is in a bucket of each side. */
Test(stress_edges, are_reached_both_ways)
{
    static const int64_t edges[] = {50000, 100000, 300000};
    const liq_stress_options options = {.device = LIQ_DEVICE_CPU_REFERENCE};
    liq_stress_bucket told[2 * 3 + 2];
    liq_fixture fixture;
    liq_stress *stress = NULL;
    liq_book *book;

    liq_fixture_start(&fixture, 8);
    liq_fixture_asset(&fixture, "USD", 8, 8, NULL);
    liq_fixture_instrument(&fixture, (liq_fixture_contract){.symbol = "X",
                                                            .multiplier = "1",
                                                            .lot = "1",
                                                            .tick = "0.0001",
                                                            .mark = "100",
                                                            .tier_form = LIQ_TIER_WHOLE});
    liq_fixture_tier(&fixture, "0", "0.1", "0.2");
    liq_fixture_tier(&fixture, "1075", "0.8", "0.9");
    liq_fixture_account(&fixture, "both");
    liq_fixture_balance(&fixture, 0, "300");
    liq_fixture_position(&fixture, 0, "10", "100", NULL);
    book = liq_fixture_finish(&fixture);
    cr_assert_eq(liq_stress_create(&stress, book, &options, NULL), LIQ_OK);
    cr_assert_eq(liq_stress_heat(stress, "X", edges, 3, told, NULL), LIQ_OK);
    for (uint32_t i = 0; i < sizeof told / sizeof told[0]; i++) {
        const bool is_there = i == 3 || i == 5;

        cr_expect_eq(told[i].accounts, is_there ? 1 : 0, "%u", i);
        cr_expect_str_eq(told[i].long_notional, is_there ? "1000" : "0", "%u", i);
    }
    liq_stress_destroy(stress);
    liq_fixture_clear(&fixture);
}
