/*
 * Published examples of liquidation, fund and deleveraging, to the printed digits.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/csv.h"
#include "settle/bankruptcy.h"
#include "shared_data.h"
#include "support_scene.h"

enum { PATH_BYTES = 4096, CASES_DYDX = 17, CASES_DRIFT = 5 };
enum { FUNCTION, CASE, SIDE, QTY, ORACLE, USDC, PARAMS, EXPECTED, UNIT, NOTE, COLUMNS };

/* A row of dydx_liquidation.csv. */
typedef struct dydx_case {
    char function[64];
    char name[96];
    char params[96];
    char quantity[32];
    char oracle[32];
    double usdc;
    char expected[32];
    bool is_short;
} dydx_case;

static void text_take(char *out, size_t bytes, liq_text text)
{
    (void)snprintf(out, bytes, "%.*s", (int)text.bytes, text.data);
}

static bool row_take(const liq_csv *csv, dydx_case *out)
{
    char usdc[32];
    char *end;

    *out = (dydx_case){0};
    text_take(out->function, sizeof out->function, liq_csv_field(csv, FUNCTION));
    text_take(out->name, sizeof out->name, liq_csv_field(csv, CASE));
    text_take(out->params, sizeof out->params, liq_csv_field(csv, PARAMS));
    text_take(out->quantity, sizeof out->quantity, liq_csv_field(csv, QTY));
    text_take(out->oracle, sizeof out->oracle, liq_csv_field(csv, ORACLE));
    text_take(out->expected, sizeof out->expected, liq_csv_field(csv, EXPECTED));
    text_take(usdc, sizeof usdc, liq_csv_field(csv, USDC));
    out->usdc = strtod(usdc, NULL);
    out->is_short = liq_text_equal(liq_csv_field(csv, SIDE), "short");
    (void)strtod(out->oracle, &end);
    return *end == '\0'; /* the one of two instruments is typed below */
}

/* What params say of a key, "" when nothing. */
static const char *param(const dydx_case *row, const char *key)
{
    static char out[32];
    const char *at = strstr(row->params, key);

    out[0] = '\0';
    if (at != NULL)
        (void)sscanf(at + strlen(key) + 1, "%31[^;]", out);
    return out;
}

/* An account of one position whose quote balance is given: entered at the oracle price, so that
   its margin is the quote balance and the value of the position. */
static void dydx_account(venture *self, const dydx_case *row)
{
    char balance[32];
    char quantity[40];
    const double value = strtod(row->quantity, NULL) * strtod(row->oracle, NULL);

    (void)liq_fixture_account(&self->fixture, "carl");
    (void)snprintf(balance, sizeof balance, "%.6f", row->usdc + (row->is_short ? -value : value));
    (void)snprintf(quantity, sizeof quantity, "%s%s", row->is_short ? "-" : "", row->quantity);
    liq_fixture_balance(&self->fixture, 0, balance);
    liq_fixture_position(&self->fixture, 0, quantity, row->oracle, NULL);
}

static liq_share dydx_share(venture *self, liq_row_record *result)
{
    const liq_settle_source face = liq_book_source_face(&self->source);
    static liq_overlay overlay;
    liq_touched *touched;
    liq_share share;

    liq_overlay_start(&overlay, &face, &self->market);
    cr_assert_eq(liq_overlay_touch(&overlay, 0, &touched, NULL), LIQ_OK);
    *result = liq_touched_value(&overlay, touched);
    cr_assert(liq_share_make(&share, &overlay, touched, 0, result));
    liq_overlay_clear(&overlay);
    return share;
}

/* Fine units count 10^-10 of a dollar, a cash unit 10^-6: rounded up, as the chain does. */
static int64_t micro_ceil(liq_int128 fine)
{
    return (int64_t)(fine / 10000 + (fine > 0 && fine % 10000 != 0));
}

static void bankruptcy_expect(venture *self, const dydx_case *row)
{
    liq_row_record result;
    liq_share share;
    int64_t lots;

    dydx_account(self, row);
    self->book = liq_fixture_finish(&self->fixture);
    venture_scan(self);
    share = dydx_share(self, &result);
    cr_assert(liq_decimal_divide(&lots, liq_fixture_decimal(param(row, "close_qty")),
                                 self->book->venue.instruments[0].lot, 0, LIQ_ROUND_FLOOR));
    cr_expect_eq(micro_ceil(liq_bankruptcy_proceeds_ceil(&share, lots)),
                 scene_units(self, row->expected), "%s", row->name);
}

static void fillable_expect(venture *self, const dydx_case *row)
{
    liq_liquidation rules = {0};
    liq_row_record result;
    liq_share share;

    cr_assert(liq_decimal_exact(&rules.fillable_spread,
                                liq_fixture_decimal(param(row, "spread_to_mmr")), 9));
    cr_assert(liq_decimal_exact(&rules.fillable_adjustment,
                                liq_fixture_decimal(param(row, "bankruptcy_adjustment")), 9));
    dydx_account(self, row);
    self->book = liq_fixture_finish(&self->fixture);
    venture_scan(self);
    share = dydx_share(self, &result);
    /* A lot is 10^-8, a fine unit 10^-10 of a dollar. */
    cr_expect_eq(liq_fillable_value(&share, &rules, &result), atoll(row->expected) * 100, "%s",
                 row->name);
}

static void fund_expect(venture *self, const dydx_case *row)
{
    liq_liquidation *rules = &self->fixture.book.venue.policy.liquidation;

    rules->execution = LIQ_EXECUTION_DEPTH;
    rules->takeover = LIQ_TAKEOVER_BANKRUPT;
    self->fixture.book.venue.instruments[0].liquidation_fee =
        liq_fixture_decimal(param(row, "max_liq_fee"));
    scene_fund(self, "1000", "0");
    scene_level(self, !row->is_short, row->quantity, param(row, "fill_price"));
    dydx_account(self, row);
    scene_run(self);
    cr_expect_eq(scene_fund_gain(self), scene_units(self, row->expected), "%s: %lld", row->name,
                 (long long)scene_fund_gain(self));
}

Test(settle_examples, finds_what_the_tests_of_dydx_find)
{
    static const liq_csv_column columns[COLUMNS] = {
        [FUNCTION] = {"function", true},   [CASE] = {"case", true},
        [SIDE] = {"side", true},           [QTY] = {"position_qty", true},
        [ORACLE] = {"oracle_price", true}, [USDC] = {"usdc_balance", true},
        [PARAMS] = {"params", true},       [EXPECTED] = {"expected", true},
        [UNIT] = {"unit", true},           [NOTE] = {"note", true}};
    char path[PATH_BYTES];
    liq_csv *csv = NULL;
    bool more = true;
    int count = 0;

    shared_data_path(path, sizeof path, "data/worked_examples/dydx_liquidation.csv");
    cr_assert_eq(liq_csv_open(&csv, path, columns, COLUMNS, NULL, NULL), LIQ_OK);
    while (liq_csv_next(csv, &more, NULL) == LIQ_OK && more) {
        static venture self;
        dydx_case row;

        if (!row_take(csv, &row))
            continue;
        (void)scene_start(&self, 6, "0.00000001", row.oracle, "0.1", "0");
        if (strcmp(row.function, "bankruptcy_price_notional") == 0)
            bankruptcy_expect(&self, &row);
        else if (strcmp(row.function, "fillable_price") == 0)
            fillable_expect(&self, &row);
        else
            fund_expect(&self, &row);
        venture_clear(&self);
        count++;
    }
    liq_csv_destroy(csv);
    cr_expect_eq(count, CASES_DYDX, "%d", count);
}

/* Of two positions each bears equity by its maintenance margin (dydxprotocol/v4-chain tests: short
   0.004 BTC and 0.1 ETH with 510 USD; the ETH leg is worth -306). */
Test(settle_examples, shares_equity_between_two_positions)
{
    static venture self;
    liq_settle_source face;
    static liq_overlay overlay;
    liq_touched *touched;
    liq_row_record result;
    liq_share share;

    (void)scene_start(&self, 6, "0.001", "50000", "0.1", "0");
    (void)liq_fixture_instrument(&self.fixture,
                                 (liq_fixture_contract){.symbol = "YUSD",
                                                        .kind = LIQ_INSTRUMENT_LINEAR,
                                                        .settle = 0,
                                                        .multiplier = "1",
                                                        .lot = "0.001",
                                                        .tick = "0.01",
                                                        .mark = "3000",
                                                        .tier_form = LIQ_TIER_DEDUCTION});
    liq_fixture_tier(&self.fixture, "0", "0.1", "0.1");
    (void)liq_fixture_account(&self.fixture, "carl");
    liq_fixture_balance(&self.fixture, 0, "10"); /* 510 - 200 - 300 */
    liq_fixture_position(&self.fixture, 0, "-0.004", "50000", NULL);
    liq_fixture_position(&self.fixture, 1, "-0.1", "3000", NULL);
    self.book = liq_fixture_finish(&self.fixture);
    venture_scan(&self);
    face = liq_book_source_face(&self.source);
    liq_overlay_start(&overlay, &face, &self.market);
    cr_assert_eq(liq_overlay_touch(&overlay, 0, &touched, NULL), LIQ_OK);
    result = liq_touched_value(&overlay, touched);
    cr_assert(liq_share_make(&share, &overlay, touched, 1, &result));
    cr_expect_eq(micro_ceil(liq_bankruptcy_proceeds_ceil(&share, share.lots)), -306000000);
    liq_overlay_clear(&overlay);
    venture_clear(&self);
}

typedef struct deleverage_case {
    const char *what;
    const char *oracle;
    const char *loser_quantity;
    const char *loser_usdc;
    const char *winner_quantity;
    const char *winner_usdc;
    int winners;
    const char *loser_after;
    const char *winner_after; /* NULL: refused, nothing is placed */
} deleverage_case;

/* Quote balances as the chain keeps them; entered at the oracle price they are our balances plus
   the value of the position. */
static void quote_account(venture *self, const char *id, const char *quantity, const char *usdc,
                          const char *oracle)
{
    char balance[32];

    (void)liq_fixture_account(&self->fixture, id);
    (void)snprintf(balance, sizeof balance, "%.6f",
                   strtod(usdc, NULL) + strtod(quantity, NULL) * strtod(oracle, NULL));
    liq_fixture_balance(&self->fixture, 0, balance);
    liq_fixture_position(&self->fixture, 0, quantity, oracle, NULL);
}

/* dydx_deleveraging.csv, and the case that the chain refuses. The oracle price is one at which the
   loser owes: the outcome does not depend on it. */
Test(settle_examples, deleverages_as_dydx_does)
{
    static const deleverage_case cases[] = {
        {"short", "55000", "-1", "54999", "1", "50000", 1, "0", "104999"},
        {"long", "54000", "1", "-54999", "-1", "100000", 1, "0", "45001"},
        {"two offsets", "55000", "-1", "54999", "0.5", "50000", 2, "0", "77499.5"},
        {"nothing left", "50001", "-1", "50000", "1", "50000", 1, "0", "100000"},
        {"no overlap", "50000", "1", "-50001", "-1", "50000", 1, "0", NULL}};
    static const char *const ids[] = {"dave0", "dave1"};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const deleverage_case *row = &cases[i];
        static venture self;
        liq_liquidation *rules = scene_start(&self, 6, "0.1", row->oracle, "0.1", "0");

        rules->execution = LIQ_EXECUTION_DEPTH; /* and there is none */
        rules->takeover = LIQ_TAKEOVER_BANKRUPT;
        rules->adl_policy = LIQ_ADL_POLICY_RANDOM_WALK;
        self.fixture.book.venue.policy.adl_rule = LIQ_ADL_RANDOM_WALK;
        quote_account(&self, "carl", row->loser_quantity, row->loser_usdc, row->oracle);
        for (int j = 0; j < row->winners; j++)
            quote_account(&self, ids[j], row->winner_quantity, row->winner_usdc, row->oracle);
        scene_run(&self);
        cr_expect_eq(scene_balance(&self, 0), scene_units(&self, row->loser_after), "%s",
                     row->what);
        cr_expect_eq(scene_actions(&self, LIQ_SETTLE_ADL, NULL),
                     row->winner_after == NULL ? 0u : (uint32_t)row->winners, "%s", row->what);
        for (int j = 0; row->winner_after != NULL && j < row->winners; j++)
            cr_expect_eq(scene_balance(&self, (uint32_t)j + 1),
                         scene_units(&self, row->winner_after), "%s: %lld", row->what,
                         (long long)scene_balance(&self, (uint32_t)j + 1));
        cr_expect_eq(scene_actions(&self, LIQ_SETTLE_SOCIALISE, NULL),
                     row->winner_after == NULL ? 1u : 0u, "%s", row->what);
        venture_clear(&self);
    }
}

typedef struct drift_case {
    double liq_fee;
    double fund_fee;
    double usdc;
    char expected[32];
} drift_case;

static double named(const char *inputs, const char *key)
{
    const char *at = strstr(inputs, key);

    cr_assert(at != NULL, "%s", key);
    return strtod(at + strlen(key) + 1, NULL);
}

/* A margin of 10 is missing: 20 are required of two contracts at 100, 10 are there. */
static void drift_expect(const drift_case *row)
{
    static venture self;
    liq_liquidation *rules;
    const liq_action *reduce = NULL;
    char text[32];
    int64_t lots;

    (void)scene_start(&self, 9, "0.000000001", "100", "0.1", "0");
    rules = &self.fixture.book.venue.policy.liquidation;
    rules->reduction = LIQ_REDUCTION_SHORTAGE;
    rules->fund_fee = (int64_t)(row->fund_fee * LIQ_RATE_NANO + 0.5);
    (void)snprintf(text, sizeof text, "%.2f", row->usdc);
    (void)liq_fixture_asset(&self.fixture, "USDC", 9, 13, text);
    self.fixture.book.venue.instruments[0].settle_index = 1;
    (void)snprintf(text, sizeof text, "%.2f", row->liq_fee);
    self.fixture.book.venue.instruments[0].liquidation_fee = liq_fixture_decimal(text);
    (void)liq_fixture_account(&self.fixture, "user");
    (void)snprintf(text, sizeof text, "%.9f", 20 * row->usdc - 10);
    liq_fixture_balance(&self.fixture, 0, text);
    liq_fixture_position(&self.fixture, 0, "2", "100", NULL);
    scene_run(&self);
    cr_assert(scene_actions(&self, LIQ_SETTLE_REDUCE, &reduce) > 0);
    cr_assert(liq_decimal_divide(&lots, liq_fixture_decimal(row->expected),
                                 self.book->venue.instruments[0].lot, 0, LIQ_ROUND_FLOOR));
    cr_expect_eq(reduce->lots, lots, "%s: %lld", row->expected, (long long)reduce->lots);
    venture_clear(&self);
}

Test(settle_examples, covers_a_shortage_as_drift_does)
{
    static const liq_csv_column columns[] = {
        {"case", true}, {"inputs", true}, {"expected_base_amount", true}};
    char path[PATH_BYTES];
    liq_csv *csv = NULL;
    bool more = true;
    int count = 0;

    shared_data_path(path, sizeof path, "data/worked_examples/drift_liquidation.csv");
    cr_assert_eq(liq_csv_open(&csv, path, columns, 3, NULL, NULL), LIQ_OK);
    while (liq_csv_next(csv, &more, NULL) == LIQ_OK && more) {
        char inputs[160];
        drift_case row;

        text_take(inputs, sizeof inputs, liq_csv_field(csv, 1));
        row = (drift_case){.liq_fee = named(inputs, "liq_fee"),
                           .fund_fee = named(inputs, "if_fee"),
                           .usdc = named(inputs, "usdc")};
        text_take(row.expected, sizeof row.expected, liq_csv_field(csv, 2));
        drift_expect(&row);
        count++;
    }
    liq_csv_destroy(csv);
    cr_expect_eq(count, CASES_DRIFT);
}

/* Bybit: the pool holds 1 million and a symbol loses 350 thousand: 300 thousand are paid by the
   pool, the rest is moved to counterparties. */
Test(settle_examples, stops_paying_at_a_drawdown_of_thirty_percent)
{
    static venture self;
    liq_liquidation *rules = scene_start(&self, 2, "1", "900", "0.01", "0");
    const liq_action *debit = NULL;

    rules->execution = LIQ_EXECUTION_BANKRUPTCY;
    rules->adl_trigger = LIQ_ADL_ON_INSTRUMENT_DRAWDOWN;
    scene_fund(&self, "1000000", "0");
    (void)liq_fixture_account(&self.fixture, "loser");
    liq_fixture_position(&self.fixture, 0, "3500", "1000", NULL);
    (void)liq_fixture_account(&self.fixture, "winner");
    liq_fixture_balance(&self.fixture, 0, "1000000");
    liq_fixture_position(&self.fixture, 0, "-3500", "1000", NULL);
    scene_run(&self);
    cr_assert_eq(scene_actions(&self, LIQ_SETTLE_FUND_DEBIT, &debit), 1);
    cr_expect_eq(debit->cash, -30000000, "%lld", (long long)debit->cash);
    cr_assert_eq(self.waterfall.outcome_count, 1);
    cr_expect(self.waterfall.outcomes[0].report.deficit == (liq_int128)50000 * 1000000);
    cr_expect(self.waterfall.funds.inventories[0].in_adl);
    venture_clear(&self);
}
