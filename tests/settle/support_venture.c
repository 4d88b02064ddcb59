#include "support_venture.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "book/lot_value.h"
#include "scan/flagged.h"
#include "scan/support_portfolio.h"
#include "scan/truth.h"

/* What the drawing of accounts needs to know of an instrument. */
typedef struct drawn_instrument {
    int64_t price;   /* in ticks of 10^-2 */
    double lot_cash; /* of the margin currency */
    bool settles_foreign;
} drawn_instrument;

/* A position that is being put together: one of each account, instrument, side. */
typedef struct drawn_leg {
    int64_t lots;
    int64_t price;
    bool isolated;
} drawn_leg;

typedef struct drawing {
    venture *out;
    liq_random *random;
    drawn_instrument instruments[VENTURE_INSTRUMENTS_MAX];
    drawn_leg legs[VENTURE_ACCOUNTS_MAX][VENTURE_INSTRUMENTS_MAX][2];
    uint32_t instrument_count;
    uint32_t account_count;
    bool has_foreign;
    bool has_portfolio;
} drawing;

static void venue_draw(drawing *self);
static void portfolio_draw(drawing *self);
static void instrument_draw(drawing *self, uint32_t index, bool foreign);
static void legs_draw(drawing *self);
static void accounts_draw(drawing *self);
static void account_draw(drawing *self, uint32_t account);
static void orders_draw(drawing *self, uint32_t account);
static void depth_draw(drawing *self);
static void funds_draw(drawing *self);
static liq_slicing slicing_draw(liq_random *random);
static void rules_draw(drawing *self);
static liq_decimal price_of(int64_t ticks);

void venture_draw(venture *out, liq_random *random)
{
    static drawing self; /* large, and each test is a process of its own */

    self = (drawing){.out = out, .random = random};
    *out = (venture){0};
    self.account_count = (uint32_t)liq_random_between(random, 4, VENTURE_ACCOUNTS_MAX);
    venue_draw(&self);
    rules_draw(&self);
    legs_draw(&self);
    accounts_draw(&self);
    out->book = liq_fixture_finish(&out->fixture);
    depth_draw(&self);
    funds_draw(&self);
}

static void venue_draw(drawing *self)
{
    const int32_t decimals = (int32_t)liq_random_between(self->random, 2, 8);
    uint32_t plain;

    liq_fixture_start(&self->out->fixture, decimals);
    (void)liq_fixture_asset(&self->out->fixture, "USD", decimals, decimals + 4, NULL);
    self->has_foreign = liq_random_once_in(self->random, 2);
    if (self->has_foreign) {
        (void)liq_fixture_asset(&self->out->fixture, "BTC", 8, 18, "30000");
        if (liq_random_once_in(self->random, 2))
            liq_fixture_weight(&self->out->fixture, NULL, "0.95");
    }
    self->instrument_count = (uint32_t)liq_random_between(self->random, 1, VENTURE_INSTRUMENTS_MAX);
    plain = self->has_foreign ? (self->instrument_count + 1) / 2 : self->instrument_count;
    for (uint32_t i = 0; i < self->instrument_count; i++)
        instrument_draw(self, i, i >= plain);
    portfolio_draw(self);
}

/* Two books of three have accounts of portfolio margin, which hedge over instruments of one
 * underlying. */
static void portfolio_draw(drawing *self)
{
    static const char *const rules[] = {
        "\"okx-pm\"", "\"paradex-pm\"",
        "{\"maintenance_factor\": \"1\", \"initial_factor\": \"1.5\", \"grids\": [{"
        "\"underlyings\": [\"*\"], \"prices\": [\"-0.1\", \"0\", \"0.1\"], \"class\": \"all\", "
        "\"gains\": \"0.6\", \"contingency\": {\"net_delta\": \"0.01\"}}]}"};
    static const char *const bases[] = {"BTC", "ETH"};
    liq_venue *venue = &self->out->fixture.book.venue;

    self->has_portfolio = !liq_random_once_in(self->random, 3);
    if (!self->has_portfolio)
        return;
    liq_portfolio_give(venue, rules[liq_random_below(self->random, 3)]);
    for (uint32_t i = 0; i < self->instrument_count; i++)
        liq_portfolio_base(venue, i, bases[liq_random_below(self->random, 2)]);
}

static void instrument_draw(drawing *self, uint32_t index, bool foreign)
{
    static const char *const symbols[VENTURE_INSTRUMENTS_MAX] = {"AUSD", "BUSD", "CUSD", "DUSD",
                                                                 "EUSD"};
    static const char *const fees[] = {"0", "0.005", "0.0125"};
    const int64_t price = foreign ? liq_random_between(self->random, 2900000, 3100000)
                                  : liq_random_of_any_size(self->random, 5000000) + 500;
    char mark[LIQ_DECIMAL_BYTES];
    liq_fixture_contract contract = {.symbol = symbols[index],
                                     .kind =
                                         foreign ? LIQ_INSTRUMENT_INVERSE : LIQ_INSTRUMENT_LINEAR,
                                     .settle = foreign,
                                     .multiplier = foreign ? "100" : "1",
                                     .lot = foreign ? "1" : "0.01",
                                     .tick = "0.01",
                                     .fee = fees[liq_random_below(self->random, 3)],
                                     .mark = mark,
                                     .tier_form = LIQ_TIER_DEDUCTION};

    (void)liq_decimal_format(mark, price, 2);
    (void)liq_fixture_instrument(&self->out->fixture, contract);
    liq_fixture_tier(&self->out->fixture, "0", "0.01", "0.02");
    if (liq_random_once_in(self->random, 2)) {
        liq_fixture_tier(&self->out->fixture, foreign ? "1" : "20000", "0.02", "0.04");
        liq_fixture_tier(&self->out->fixture, foreign ? "3" : "60000", "0.04", "0.08");
        liq_fixture_tier(&self->out->fixture, foreign ? "6" : "150000", "0.08", "0.16");
    }
    self->instruments[index] =
        (drawn_instrument){.price = price,
                           .lot_cash = foreign ? 100.0 : 0.01 * (double)price / 100.0,
                           .settles_foreign = foreign};
}

/* Trades between two accounts, so that long equals short. */
static void legs_draw(drawing *self)
{
    const uint32_t trades = self->account_count * self->instrument_count;

    for (uint32_t i = 0; i < trades; i++) {
        const uint32_t instrument =
            (uint32_t)liq_random_below(self->random, self->instrument_count);
        const drawn_instrument *drawn = &self->instruments[instrument];
        const double cash = (double)liq_random_of_any_size(self->random, 400000) + 10;
        const int64_t lots = 1 + (int64_t)(cash / drawn->lot_cash);
        const int64_t price = drawn->price * liq_random_between(self->random, 80, 120) / 100;
        const uint32_t sides[2] = {(uint32_t)liq_random_below(self->random, self->account_count),
                                   (uint32_t)liq_random_below(self->random, self->account_count)};

        for (int side = 0; side < 2; side++) {
            drawn_leg *leg = &self->legs[sides[side]][instrument][side];

            if (leg->lots == 0)
                *leg = (drawn_leg){.price = price, .isolated = liq_random_once_in(self->random, 4)};
            leg->lots += lots;
        }
    }
}

static void accounts_draw(drawing *self)
{
    for (uint32_t i = 0; i < self->account_count; i++)
        account_draw(self, i);
}

/* Cash for a random share of what is held, so that some are rich, many are close and some gone. */
static void account_draw(drawing *self, uint32_t account)
{
    liq_fixture *fixture = &self->out->fixture;
    char id[16];
    double held = 0;
    int64_t unit = 1;
    double share;

    (void)snprintf(id, sizeof id, "a%03u", account);
    (void)liq_fixture_account(fixture, id);
    for (int32_t i = 0; i < fixture->book.venue.cash_decimals; i++)
        unit *= 10;
    for (uint32_t i = 0; i < self->instrument_count; i++)
        for (int side = 0; side < 2; side++) {
            const drawn_leg *leg = &self->legs[account][i][side];
            const double cash = (double)leg->lots * self->instruments[i].lot_cash;
            const double margin = cash * (double)liq_random_below(self->random, 300) / 1000.0;

            if (leg->lots == 0)
                continue;
            held += leg->isolated ? 0 : cash;
            liq_fixture_position_lots(
                fixture, i, side == 1 ? -leg->lots : leg->lots, price_of(leg->price), leg->isolated,
                !leg->isolated                         ? 0
                : self->instruments[i].settles_foreign ? (int64_t)(margin / 30000 * 1e8)
                                                       : (int64_t)(margin * (double)unit));
        }
    share = (double)liq_random_between(self->random, -20, 300) / 1000.0;
    liq_fixture_balance_units(fixture, 0, (int64_t)(held * share * (double)unit) + 1);
    if (self->has_foreign && liq_random_once_in(self->random, 2))
        liq_fixture_balance_units(
            fixture, 1,
            (int64_t)(held * (double)liq_random_between(self->random, -5, 100) / 1000.0 / 30000 *
                      1e8));
    orders_draw(self, account);
    fixture->book.accounts[account].adl_exempt = liq_random_once_in(self->random, 10);
    if (self->has_portfolio && liq_random_once_in(self->random, 2))
        fixture->book.accounts[account].mode = LIQ_ACCOUNT_PORTFOLIO;
}

static void orders_draw(drawing *self, uint32_t account)
{
    (void)account;
    for (uint64_t i = liq_random_below(self->random, 4); i > 0; i--) {
        const uint32_t instrument =
            (uint32_t)liq_random_below(self->random, self->instrument_count);
        const int64_t lots = liq_random_between(self->random, 1, 500);

        liq_fixture_order_lots(&self->out->fixture, instrument,
                               liq_random_once_in(self->random, 2) ? lots : -lots,
                               price_of(self->instruments[instrument].price));
    }
}

static void depth_draw(drawing *self)
{
    venture *out = self->out;
    uint32_t count = 0;
    const bool is_empty = liq_random_once_in(self->random, 4);

    for (uint32_t i = 0; i < self->instrument_count && !is_empty; i++)
        for (int side = 0; side < 2; side++) {
            const uint64_t levels = liq_random_below(self->random, 20);
            int64_t price = self->instruments[i].price;

            for (uint64_t j = 0; j < levels && count < VENTURE_LEVELS_MAX; j++) {
                const double cash = (double)liq_random_of_any_size(self->random, 100000);

                price += (side == 0 ? -1 : 1) * (1 + price * (int64_t)j / 4000);
                if (price <= 0)
                    break;
                out->levels[count++] = (liq_depth_level){
                    .quantity_lots = 1 + (int64_t)(cash / self->instruments[i].lot_cash),
                    .price = price_of(price),
                    .instrument_index = i,
                    .is_bid = side == 0};
            }
        }
    out->book->depth_count = count;
}

static void funds_draw(drawing *self)
{
    venture *out = self->out;
    static const char *const names[] = {"USD", "BTC", "shared"};
    int64_t unit = 1;
    uint32_t index;
    liq_error err;

    for (int32_t i = 0; i < out->book->venue.cash_decimals; i++)
        unit *= 10;
    for (uint32_t i = 0; i < 3; i++) {
        const bool foreign = i == 1;
        const int64_t cash =
            liq_random_once_in(self->random, 3) ? 0 : liq_random_of_any_size(self->random, 1000000);

        if ((foreign && !self->has_foreign) || liq_random_once_in(self->random, 4))
            continue;
        cr_assert_eq(
            liq_names_add(out->book->venue.fund_names, liq_text_of(names[i]), &index, &err),
            LIQ_OK);
        out->funds[index] =
            (liq_fund){.balance = foreign ? cash * 3000 : cash * unit, .asset_index = foreign};
        out->funds[index].floor =
            liq_random_once_in(self->random, 2) ? out->funds[index].balance / 3 : 0;
        out->book->venue.fund_count = index + 1;
        for (uint32_t j = 0; i == 2 && j < self->instrument_count; j++)
            if (liq_random_once_in(self->random, 2))
                out->book->venue.instruments[j].fund_index = index;
    }
    out->book->venue.funds = out->funds;
}

static liq_slicing slicing_draw(liq_random *random)
{
    return (liq_slicing){.participation = liq_random_between(random, 100000, LIQ_RATE_NANO),
                         .risk_weight = liq_random_between(random, 0, 3 * (int64_t)LIQ_RATE_NANO),
                         .volatility = liq_random_between(random, 0, LIQ_RATE_NANO / 10),
                         .urgency = liq_random_once_in(random, 2) ? 0 : LIQ_RATE_NANO / 3,
                         .interval_ms = liq_random_between(random, 0, 60000),
                         .volatility_half_life_ms = liq_random_between(random, 1, 3600000),
                         .slices_max = liq_random_between(random, 1, 20)};
}

static void rules_draw(drawing *self)
{
    liq_policy *policy = &self->out->fixture.book.venue.policy;
    liq_liquidation *rules = &policy->liquidation;
    static const liq_execution_rule executions[] = {LIQ_EXECUTION_DEPTH, LIQ_EXECUTION_MARK,
                                                    LIQ_EXECUTION_BANKRUPTCY, LIQ_EXECUTION_SLICED};
    liq_random *random = self->random;

    policy->adl_rule = (liq_adl_rule)liq_random_below(random, LIQ_ADL_RANDOM_WALK + 1);
    policy->order_loss = liq_random_once_in(random, 3);
    policy->order_margin = liq_random_once_in(random, 2);
    policy->order_tier = liq_random_once_in(random, 3);
    policy->pnl_is_collateral = liq_random_once_in(random, 3);
    if (liq_random_once_in(random, 3))
        policy->levels[3] =
            (liq_policy_level){.equity_factor = 1500000, .requirement_factor = 1000000};
    *rules =
        (liq_liquidation){.is_known = true,
                          .margin_call = true,
                          .net_pairs = liq_random_once_in(random, 2),
                          .mark_follows_fills = liq_random_once_in(random, 4),
                          .cancel_orders = (liq_cancel_rule)liq_random_below(random, 3),
                          .reduction = (liq_reduction_rule)liq_random_below(random, 5),
                          .execution = executions[liq_random_below(random, 4)],
                          .limit = (liq_limit_rule)liq_random_below(random, 2),
                          .takeover = (liq_takeover_rule)liq_random_below(random, 3),
                          .adl_trigger = (liq_adl_trigger)liq_random_below(random, 4),
                          .adl_policy = (liq_adl_policy)liq_random_below(random, LIQ_ADL_POLICIES),
                          .adl_base = (liq_adl_base)liq_random_below(random, LIQ_ADL_BASES),
                          .adl_weight = (liq_adl_weight)liq_random_below(random, LIQ_ADL_WEIGHTS),
                          .adl_price = (liq_adl_price)liq_random_below(random, 3),
                          .reduction_tiers = (uint32_t)liq_random_between(random, 1, 2),
                          .cascade_rounds = (uint32_t)liq_random_below(random, 5),
                          .reduction_share = 200000000,
                          .reduction_target = 900000000,
                          .execution_cost = liq_random_once_in(random, 2) ? 0 : 500000,
                          .fund_fee = 1000000,
                          .fillable_spread = 100000000,
                          .fillable_adjustment = LIQ_RATE_NANO,
                          .drawdown_start = 300000000,
                          .drawdown_stop = 250000000,
                          .cooldown_ms = 30000,
                          .adl_seed = liq_random_next(random) % 1000,
                          .slicing = slicing_draw(random),
                          .reduction_above = {.digits = 100000}};
}

static liq_decimal price_of(int64_t ticks)
{
    liq_decimal out;

    LIQ_ASSERT(liq_decimal_from_units(&out, ticks > 0 ? ticks : 1, 2));
    return out;
}

void venture_scan(venture *self)
{
    cr_assert_eq(liq_market_create(&self->market, self->book, NULL), LIQ_OK);
    cr_assert_eq(liq_rows_create(&self->rows, self->book, NULL, NULL), LIQ_OK);
    self->results = calloc(self->rows.row_count, sizeof *self->results);
    self->flagged_rows = calloc(self->rows.row_count, sizeof *self->flagged_rows);
    self->flagged = calloc(self->rows.row_count, sizeof *self->flagged);
    liq_truth_scan(&self->market, &self->rows, self->results);
    cr_assert_eq(liq_book_source_create(&self->source, self->book, self->rows.keys,
                                        self->rows.row_count, NULL),
                 LIQ_OK);
    self->source.results = self->results;
    venture_list(self);
}

void venture_list(venture *self)
{
    const uint32_t count =
        liq_flagged_list(self->results, self->rows.row_count, self->flagged_rows);

    for (uint32_t i = 0; i < count; i++) {
        const liq_row_key *key = &self->rows.keys[self->flagged_rows[i]];

        self->flagged[i] = (liq_settle_row){.name = {.account = key->account_index,
                                                     .instrument = key->instrument_index,
                                                     .is_short = key->is_short},
                                            .result = self->results[self->flagged_rows[i]]};
    }
    self->input = (liq_waterfall_input){
        .flagged = self->flagged, .flagged_count = count, .now_ms = 1000000, .tick = 1};
}

liq_status venture_settle(venture *self, liq_error *err)
{
    const liq_settle_source face = liq_book_source_face(&self->source);

    liq_waterfall_clear(&self->waterfall);
    cr_assert_eq(liq_waterfall_create(&self->waterfall, &face, self->book, self->levels,
                                      self->book->depth_count, NULL, err),
                 LIQ_OK);
    self->waterfall.rooms.records_legs = !self->no_legs;
    return liq_waterfall_run(&self->waterfall, &self->input, err);
}

void venture_clear(venture *self)
{
    liq_waterfall_clear(&self->waterfall);
    liq_book_source_clear(&self->source);
    liq_market_clear(&self->market);
    liq_rows_clear(&self->rows);
    free(self->results);
    free(self->flagged_rows);
    free(self->flagged);
    liq_portfolio_take(&self->fixture.book.venue);
    self->fixture.book.venue.funds = NULL;
    liq_fixture_clear(&self->fixture);
}

const char *venture_rules(const venture *self)
{
    static char text[256];
    const liq_liquidation *rules = &self->book->venue.policy.liquidation;

    (void)snprintf(text, sizeof text,
                   "cancel %d, net %d, reduction %d, execution %d, limit %d, takeover %d, trigger "
                   "%d, adl %s at %d, follows %d, rounds %u",
                   rules->cancel_orders, rules->net_pairs, rules->reduction, rules->execution,
                   rules->limit, rules->takeover, rules->adl_trigger,
                   liq_adl_policy_name(rules->adl_policy), rules->adl_price,
                   rules->mark_follows_fills, rules->cascade_rounds);
    return text;
}
