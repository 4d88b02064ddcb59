#include "support_oracle.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/fail.h"
#include "support_oracle_asset.h"

/* Lots of one instrument, and what they would be if all orders of a side filled. */
typedef struct open_lots {
    liq_rational longs;
    liq_rational shorts;
    bool has_orders;
    bool both_legs;
} open_lots;

static void account_scan(liq_oracle *oracle, const liq_book *book, uint32_t account_index);
static void row_add(liq_oracle *oracle, const liq_book *book, uint32_t account_index,
                    const liq_position *isolated);
static liq_oracle_holding holding_of(const liq_book *book, uint32_t account_index,
                                     const liq_position *isolated);
static liq_rational cash_of(int64_t units, liq_rational unit);
static const liq_position *isolated_of(const liq_book *book, const liq_oracle_row *row);
static liq_oracle_sums account_sums(liq_oracle_rules rules, liq_oracle_holding held);
static bool asset_matters(liq_oracle_rules rules, liq_oracle_holding held, uint32_t asset_index);
static liq_oracle_sums asset_sums(liq_oracle_rules rules, liq_oracle_holding held,
                                  uint32_t asset_index);
static void instrument_add(liq_oracle_rules rules, liq_oracle_holding held,
                           uint32_t instrument_index, liq_oracle_sums *sum);
static open_lots open_lots_of(liq_oracle_holding held, uint32_t instrument_index);
static void position_add(liq_oracle_rules rules, liq_oracle_mark mark, const liq_position *position,
                         open_lots lots, liq_oracle_sums *sum);
static liq_row_record finish(liq_oracle_rules rules, liq_oracle_sums account);
static uint32_t status_of(const liq_policy *policy, uint32_t positions, int64_t equity,
                          int64_t maintenance);

void liq_oracle_scan(liq_oracle *out, const liq_book *book)
{
    liq_oracle oracle = {0};

    oracle.rows = calloc(book->account_count + book->position_count + 1, sizeof *oracle.rows);
    LIQ_ASSERT(oracle.rows != NULL);
    for (uint32_t i = 0; i < book->account_count; i++)
        account_scan(&oracle, book, i);
    *out = oracle;
}

void liq_oracle_scan_account(liq_oracle *out, const liq_book *book, uint32_t account_index)
{
    liq_oracle oracle = {0};

    oracle.rows = calloc(book->position_count + 1, sizeof *oracle.rows);
    LIQ_ASSERT(oracle.rows != NULL);
    account_scan(&oracle, book, account_index);
    *out = oracle;
}

void liq_oracle_clear(liq_oracle *oracle)
{
    free(oracle->rows);
    *oracle = (liq_oracle){0};
}

liq_oracle_verdict liq_oracle_judge(const liq_book *book, const liq_oracle_row *row,
                                    const liq_row_record *engine, char *reason, size_t reason_bytes)
{
    const size_t pool = liq_rational_mark();
    const liq_oracle_holding held = holding_of(book, row->account_index, isolated_of(book, row));
    const liq_oracle_sums real = account_sums((liq_oracle_rules){book, false}, held);
    const liq_oracle_sums slack = account_sums((liq_oracle_rules){book, true}, held);
    const liq_rational unit = liq_rational_ten(-book->venue.cash_decimals);
    const liq_rational short_of = liq_rational_subtract(real.equity, cash_of(engine->equity, unit));
    const liq_rational over =
        liq_rational_subtract(cash_of(engine->maintenance, unit), real.maintenance);
    const liq_rational initial_over =
        liq_rational_subtract(cash_of(engine->initial, unit), real.initial);
    /* The last rounding takes less than one unit, the roundings before it at most their slack. */
    const liq_rational equity_bound = liq_rational_add(unit, slack.equity_slack);
    const liq_rational bound = liq_rational_add(unit, slack.maintenance_slack);
    liq_oracle_verdict out = LIQ_ORACLE_WITHIN_BOUNDS;

    if (liq_rational_sign(slack.equity_slack) == 0 &&
        liq_rational_sign(slack.maintenance_slack) == 0 && !slack.unbounded)
        out = LIQ_ORACLE_EXACT;
    if (liq_rational_sign(short_of) < 0 || liq_rational_sign(over) < 0 ||
        liq_rational_sign(initial_over) < 0 || liq_rational_compare(short_of, equity_bound) >= 0 ||
        (!slack.unbounded && liq_rational_compare(over, bound) >= 0))
        out = LIQ_ORACLE_UNSOUND;
    (void)snprintf(reason, reason_bytes,
                   "equity short by %.17g (bound %.17g), maintenance over by %.17g "
                   "(bound %.17g), initial over by %.17g",
                   liq_rational_show(short_of), liq_rational_show(equity_bound),
                   liq_rational_show(over), liq_rational_show(bound),
                   liq_rational_show(initial_over));
    liq_rational_release(pool);
    return out;
}

static liq_rational cash_of(int64_t units, liq_rational unit)
{
    return liq_rational_multiply(liq_rational_integer(units), unit);
}

/* The isolated position of a row; NULL for a cross row. */
static const liq_position *isolated_of(const liq_book *book, const liq_oracle_row *row)
{
    for (uint64_t i = book->position_first[row->account_index];
         i < book->position_first[row->account_index + 1]; i++) {
        const liq_position *position = &book->positions[i];

        if (position->isolated && position->instrument_index == row->instrument_index &&
            (position->quantity_lots < 0) == (row->is_short != 0))
            return position;
    }
    return NULL;
}

/* The cross account, then isolated positions by instrument, long before short. */
static void account_scan(liq_oracle *oracle, const liq_book *book, uint32_t account_index)
{
    const uint64_t end = book->position_first[account_index + 1];

    row_add(oracle, book, account_index, NULL);
    for (uint64_t i = book->position_first[account_index]; i < end; i++)
        if (book->positions[i].isolated)
            row_add(oracle, book, account_index, &book->positions[i]);
}

static void row_add(liq_oracle *oracle, const liq_book *book, uint32_t account_index,
                    const liq_position *isolated)
{
    const liq_oracle_rules rules = {.book = book, .rounded = true};
    const size_t pool = liq_rational_mark();
    liq_oracle_row *row = &oracle->rows[oracle->row_count++];

    row->account_index = account_index;
    row->instrument_index = isolated == NULL ? LIQ_NO_INDEX : isolated->instrument_index;
    row->is_short = isolated != NULL && isolated->quantity_lots < 0;
    if (book->accounts[account_index].mode == LIQ_ACCOUNT_PORTFOLIO)
        row->record = (liq_row_record){.status = LIQ_ROW_UNVALUED,
                                       .reason = LIQ_REASON_PORTFOLIO,
                                       .reason_index = LIQ_NO_INDEX};
    else
        row->record = finish(rules, account_sums(rules, holding_of(book, account_index, isolated)));
    liq_rational_release(pool);
}

static liq_oracle_holding holding_of(const liq_book *book, uint32_t account_index,
                                     const liq_position *isolated)
{
    const uint64_t first = book->position_first[account_index];
    const uint64_t orders = book->order_first[account_index];
    const uint64_t balances = book->balance_first[account_index];
    liq_oracle_holding out = {.isolated = isolated};

    if (isolated != NULL) {
        out.positions = isolated;
        out.position_count = 1;
        return out;
    }
    out.positions = &book->positions[first];
    while (first + out.position_count < book->position_first[account_index + 1] &&
           !out.positions[out.position_count].isolated)
        out.position_count++;
    out.orders = &book->orders[orders];
    out.order_count = book->order_first[account_index + 1] - orders;
    out.balances = &book->balances[balances];
    out.balance_count = book->balance_first[account_index + 1] - balances;
    return out;
}

static liq_oracle_sums account_sums(liq_oracle_rules rules, liq_oracle_holding held)
{
    liq_oracle_sums account = liq_oracle_sums_zero();

    for (uint32_t i = 0; i < rules.book->venue.asset_count && account.reason == LIQ_REASON_NONE;
         i++)
        if (asset_matters(rules, held, i))
            liq_oracle_asset_close(rules, held, i, asset_sums(rules, held, i), &account);
    return account;
}

/* An asset without an index price is none of the account's business unless it holds the asset, or
   something that settles in it. */
static bool asset_matters(liq_oracle_rules rules, liq_oracle_holding held, uint32_t asset_index)
{
    const liq_policy *policy = &rules.book->venue.policy;
    const liq_instrument *instruments = rules.book->venue.instruments;

    for (uint64_t i = 0; i < held.position_count; i++)
        if (instruments[held.positions[i].instrument_index].settle_index == asset_index)
            return true;
    for (uint64_t i = 0; i < held.order_count; i++)
        if (instruments[held.orders[i].instrument_index].settle_index == asset_index &&
            (policy->order_loss || policy->order_margin || policy->order_tier))
            return true;
    return held.isolated == NULL && liq_oracle_amount_of(held, asset_index) != 0;
}

static liq_oracle_sums asset_sums(liq_oracle_rules rules, liq_oracle_holding held,
                                  uint32_t asset_index)
{
    const liq_instrument *instruments = rules.book->venue.instruments;
    uint64_t position = 0;
    uint64_t order = 0;
    liq_oracle_sums out = liq_oracle_sums_zero();

    /* Both columns are sorted by instrument: visit each instrument once, in order. */
    while (position < held.position_count || order < held.order_count) {
        uint32_t next = UINT32_MAX;

        if (position < held.position_count)
            next = held.positions[position].instrument_index;
        if (order < held.order_count && held.orders[order].instrument_index < next)
            next = held.orders[order].instrument_index;
        if (instruments[next].settle_index == asset_index) {
            liq_oracle_holding one = held;

            one.positions += position;
            one.position_count -= position;
            one.orders += order;
            one.order_count -= order;
            instrument_add(rules, one, next, &out);
        }
        while (position < held.position_count && held.positions[position].instrument_index == next)
            position++;
        while (order < held.order_count && held.orders[order].instrument_index == next)
            order++;
    }
    return out;
}

/* The legs of one instrument, which come first in what is held. */
static void instrument_add(liq_oracle_rules rules, liq_oracle_holding held,
                           uint32_t instrument_index, liq_oracle_sums *sum)
{
    const liq_policy *policy = &rules.book->venue.policy;
    const liq_oracle_mark mark = liq_oracle_mark_of(rules, instrument_index);
    const open_lots lots = open_lots_of(held, instrument_index);
    const bool any_order =
        lots.has_orders && (policy->order_loss || policy->order_margin || policy->order_tier);
    const bool any_position =
        held.position_count > 0 && held.positions[0].instrument_index == instrument_index;

    if (mark.reason != LIQ_REASON_NONE) {
        if (any_order || any_position)
            liq_oracle_refuse(sum, mark.reason, instrument_index);
        return;
    }
    if (lots.has_orders && (policy->order_margin || policy->order_tier))
        sum->exposure = liq_rational_add(
            sum->exposure, liq_oracle_notional(mark, liq_rational_add(lots.longs, lots.shorts)));
    if (lots.has_orders && policy->order_margin) {
        uint32_t reason = LIQ_REASON_NONE;
        const liq_rational longs = liq_oracle_initial(rules, mark, lots.longs, &reason);
        const liq_rational shorts = liq_oracle_initial(rules, mark, lots.shorts, &reason);

        if (reason != LIQ_REASON_NONE)
            liq_oracle_refuse(sum, reason, instrument_index);
        sum->initial =
            liq_rational_add(sum->initial, lots.both_legs ? liq_rational_add(longs, shorts)
                                                          : liq_rational_largest(longs, shorts));
    }
    for (uint64_t i = 0; i < held.position_count; i++) {
        if (held.positions[i].instrument_index != instrument_index)
            break;
        position_add(rules, mark, &held.positions[i], lots, sum);
    }
    for (uint64_t i = 0; policy->order_loss && i < held.order_count; i++) {
        const liq_order *order = &held.orders[i];

        if (order->instrument_index != instrument_index)
            break;
        /* Filled now, a bad limit price loses its distance to the mark; a good one gains nothing.
         */
        sum->equity = liq_rational_add(
            sum->equity,
            liq_rational_least(liq_rational_integer(0),
                               liq_oracle_pnl(rules, mark, order->quantity_lots, order->price)));
        sum->equity_slack =
            liq_rational_add(sum->equity_slack,
                             liq_oracle_pnl_slack(rules, mark, order->quantity_lots, order->price));
    }
}

/* An order closes the opposite leg first; what is left of it opens. */
static open_lots open_lots_of(liq_oracle_holding held, uint32_t instrument_index)
{
    const liq_rational zero = liq_rational_integer(0);
    liq_rational longs = zero;
    liq_rational shorts = zero;
    liq_rational bought = zero;
    liq_rational sold = zero;
    open_lots out = {0};

    for (uint64_t i = 0; i < held.position_count; i++) {
        const liq_rational lots = liq_rational_integer(held.positions[i].quantity_lots);

        if (held.positions[i].instrument_index != instrument_index)
            break;
        if (liq_rational_sign(lots) > 0)
            longs = liq_rational_add(longs, lots);
        else
            shorts = liq_rational_subtract(shorts, lots);
    }
    for (uint64_t i = 0; i < held.order_count; i++) {
        const liq_rational lots = liq_rational_integer(held.orders[i].quantity_lots);

        if (held.orders[i].instrument_index != instrument_index)
            break;
        out.has_orders = true;
        if (liq_rational_sign(lots) > 0)
            bought = liq_rational_add(bought, lots);
        else
            sold = liq_rational_subtract(sold, lots);
    }
    out.both_legs = liq_rational_sign(longs) > 0 && liq_rational_sign(shorts) > 0;
    out.longs =
        liq_rational_add(longs, liq_rational_largest(zero, liq_rational_subtract(bought, shorts)));
    out.shorts =
        liq_rational_add(shorts, liq_rational_largest(zero, liq_rational_subtract(sold, longs)));
    return out;
}

static void position_add(liq_oracle_rules rules, liq_oracle_mark mark, const liq_position *position,
                         open_lots lots, liq_oracle_sums *sum)
{
    const liq_policy *policy = &rules.book->venue.policy;
    const liq_rational size = liq_rational_absolute(liq_rational_integer(position->quantity_lots));
    const bool is_long = position->quantity_lots > 0;
    const bool with_orders = lots.has_orders && !position->isolated;
    const liq_rational total =
        with_orders && policy->order_tier ? (is_long ? lots.longs : lots.shorts) : size;
    const liq_oracle_slack slack = liq_oracle_maintenance_slack(rules, mark, total);
    uint32_t reason = LIQ_REASON_NONE;

    sum->equity = liq_rational_add(
        sum->equity, liq_oracle_pnl(rules, mark, position->quantity_lots, position->entry_price));
    sum->notional = liq_rational_add(sum->notional, liq_oracle_notional(mark, size));
    sum->maintenance = liq_rational_add(sum->maintenance,
                                        liq_oracle_maintenance(rules, mark, size, total, &reason));
    if (!(with_orders && policy->order_margin))
        sum->initial =
            liq_rational_add(sum->initial, liq_oracle_initial(rules, mark, size, &reason));
    if (reason != LIQ_REASON_NONE)
        liq_oracle_refuse(sum, reason, mark.instrument_index);
    sum->positions++;
    sum->equity_slack = liq_rational_add(
        sum->equity_slack,
        liq_oracle_pnl_slack(rules, mark, position->quantity_lots, position->entry_price));
    sum->maintenance_slack = liq_rational_add(sum->maintenance_slack, slack.amount);
    sum->unbounded = sum->unbounded || slack.unbounded;
}

/* The one rounding of the account, and what it leads to. */
static liq_row_record finish(liq_oracle_rules rules, liq_oracle_sums account)
{
    const int decimals = rules.book->venue.cash_decimals;
    const liq_rational units = liq_rational_ten(decimals);
    liq_row_record out = {.status = LIQ_ROW_UNVALUED};

    if (liq_oracle_past_units(rules, account.equity, decimals))
        liq_oracle_refuse(&account, LIQ_REASON_EQUITY, LIQ_NO_INDEX);
    if (liq_oracle_past_units(rules, account.notional, decimals))
        liq_oracle_refuse(&account, LIQ_REASON_NOTIONAL, LIQ_NO_INDEX);
    if (liq_oracle_past_units(rules, account.maintenance, decimals))
        liq_oracle_refuse(&account, LIQ_REASON_MAINTENANCE, LIQ_NO_INDEX);
    if (liq_oracle_past_units(rules, account.initial, decimals))
        liq_oracle_refuse(&account, LIQ_REASON_INITIAL, LIQ_NO_INDEX);
    if (account.reason != LIQ_REASON_NONE) {
        out.reason = account.reason;
        out.reason_index = account.reason_index;
        return out;
    }
    out.equity = liq_rational_to_integer(
        liq_rational_floor(liq_rational_multiply(account.equity, units), 0));
    out.maintenance = liq_rational_to_integer(
        liq_rational_ceil(liq_rational_multiply(account.maintenance, units), 0));
    out.initial = liq_rational_to_integer(
        liq_rational_ceil(liq_rational_multiply(account.initial, units), 0));
    out.notional = liq_rational_to_integer(
        liq_rational_ceil(liq_rational_multiply(account.notional, units), 0));
    out.status =
        status_of(&rules.book->venue.policy, account.positions, out.equity, out.maintenance);
    return out;
}

static uint32_t status_of(const liq_policy *policy, uint32_t positions, int64_t equity,
                          int64_t maintenance)
{
    uint32_t out = LIQ_ROW_OK;

    if (equity < 0 || (equity == 0 && positions > 0))
        return LIQ_ROW_BANKRUPT;
    if (positions == 0)
        return LIQ_ROW_OK;
    for (uint32_t i = 0; i < LIQ_POLICY_LEVELS; i++) {
        const liq_policy_level level = policy->levels[i];
        /* equity x factor against maintenance x factor, as a ratio of the two */
        const int order =
            level.equity_factor == 0
                ? 1
                : liq_rational_compare(
                      liq_rational_integer(equity),
                      liq_rational_divide(
                          liq_rational_multiply(liq_rational_integer(maintenance),
                                                liq_rational_integer(level.requirement_factor)),
                          liq_rational_integer(level.equity_factor)));

        if (order < 0 || (order == 0 && level.inclusive))
            out = LIQ_ROW_WARNING + i;
    }
    return out;
}
