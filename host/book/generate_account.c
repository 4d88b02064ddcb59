/*
 * One account: its positions, what they were opened at, and the collateral that puts it at a
 * chosen distance from liquidation.
 *
 * The distance is drawn first: a ratio of maintenance margin to equity. The margin rule gives the
 * maintenance margin, so the equity is known; entry prices follow from how much of it may be
 * profit or loss, and the balance is what is missing then, to the cash unit.
 */
#include <stdio.h>

#include "base/fail.h"
#include "book/generate_internal.h"
#include "book/generate_shape.h"
#include "book/lot_value.h"
#include "book/portfolio_rows.h"

enum {
    PURPOSE_ACCOUNT = 2,
    PURPOSE_WIDEST = 3,
    ID_BYTES = 16,
    ORDERS_MAX = 4,
    GAIN_PPM_MAX = 50000,        /* an entry is at most so far from the mark */
    GAIN_OF_EQUITY_PPM = 400000, /* and may not make up more than this of the equity */
    LOSS_PPM_MIN = 12000,        /* those in danger have lost */
    LOSS_PPM_MAX = 60000,
    HELD_MAX = 2,           /* assets beside the margin currency */
    WIDEST_CASH_MAX = 2000, /* of a leg of the widest account, in whole units */
    CASH_ONE = 100000000    /* cash units of a whole one */
};

/* A margin account being made. */
typedef struct row_maker {
    liq_generate_plan *plan;
    liq_random random;
    uint32_t member;
    liq_generate_cell cell;
    char id[ID_BYTES];
    size_t id_bytes;
    uint32_t held_assets[HELD_MAX]; /* by index in the loaded venue, rising */
    int64_t held_amounts[HELD_MAX];
    uint32_t held_count;
    bool is_portfolio;
} row_maker;

/* The target of a margin account. */
typedef struct row_target {
    int64_t equity;
    uint64_t range_ppm; /* how far entries may be from the mark */
    bool in_loss;
} row_target;

static row_maker maker_start(liq_generate_plan *plan, uint64_t purpose, uint32_t account);
static void account_write(row_maker *maker);
static void legs_draw(row_maker *maker);
static void leg_add(row_maker *maker, uint32_t instrument, int64_t lots);
static bool portfolio_draw(row_maker *maker);
static int64_t portfolio_maintenance(const row_maker *maker);
static void isolated_make(row_maker *maker, liq_generate_leg *leg);
static int64_t cross_make(row_maker *maker);
static row_target target_draw(row_maker *maker, const liq_row_record *row);
static int64_t equity_at(const liq_row_record *row, uint64_t ratio_ppm);
static void entry_draw(row_maker *maker, liq_generate_leg *leg, const row_target *target);
static void held_draw(row_maker *maker, int64_t equity);
static liq_row_record cross_value(const row_maker *maker);
static liq_row_record leg_value(const row_maker *maker, const liq_generate_leg *leg);
static liq_row_record finish(liq_margin_tables tables, const liq_row_state *state);
static uint32_t asset_of(const liq_generate_plan *plan, const liq_generate_leg *leg);
static void leg_enter(liq_margin_tables tables, liq_row_state *state, const liq_generate_plan *plan,
                      const liq_generate_leg *leg);
static void line_begin(const row_maker *maker, liq_generate_file *file);
static void position_write(const row_maker *maker, const liq_generate_leg *leg);
static void balance_write(const row_maker *maker, const char *asset, int64_t amount);
static void orders_write(row_maker *maker);
static void order_write(row_maker *maker, const liq_generate_instrument *instrument);

void liq_generate_account(liq_generate_plan *plan, uint32_t account)
{
    row_maker maker = maker_start(plan, PURPOSE_ACCOUNT, account);

    maker.cell = liq_generate_cell_of(plan, account, &maker.member);
    legs_draw(&maker);
    maker.is_portfolio = portfolio_draw(&maker);
    account_write(&maker);
    if (plan->options.order_ppm > 0 && maker.cell.list_count > 0 &&
        liq_random_chance(&maker.random, plan->options.order_ppm))
        orders_write(&maker);
}

void liq_generate_widest(liq_generate_plan *plan)
{
    row_maker maker = maker_start(plan, PURPOSE_WIDEST, plan->options.accounts);

    plan->leg_count = 0;
    for (uint32_t i = 0; i < plan->options.widest_positions / 2; i++) {
        const liq_generate_instrument *instrument =
            &plan->venue.instruments[plan->instrument_of[i]];
        const uint64_t cash = liq_random_between(&maker.random, 1, WIDEST_CASH_MAX) * CASH_ONE;
        const liq_uint128 lots = (liq_uint128)cash * LIQ_MILLION / instrument->million_cash;

        leg_add(&maker, i, (int64_t)lots + 1);
        leg_add(&maker, i, -(int64_t)lots - 1);
    }
    account_write(&maker);
}

/* The number of an account is its id. */
static row_maker maker_start(liq_generate_plan *plan, uint64_t purpose, uint32_t account)
{
    row_maker maker = {.plan = plan,
                       .random = liq_random_start(plan->options.seed, purpose, account)};

    maker.id_bytes =
        (size_t)snprintf(maker.id, sizeof maker.id, "u%0*u,", plan->id_digits, account);
    return maker;
}

/* With the collateral that its legs need. */
static void account_write(row_maker *maker)
{
    liq_generate_plan *const plan = maker->plan;
    const int64_t balance = cross_make(maker);

    line_begin(maker, &plan->files.accounts);
    liq_generate_file_string(&plan->files.accounts,
                             maker->is_portfolio ? "portfolio\n" : "cross\n");
    balance_write(maker, plan->venue.assets[0].name, balance);
    for (uint32_t i = 0; i < maker->held_count; i++)
        balance_write(maker, liq_names_get(plan->book->venue.asset_names, maker->held_assets[i]),
                      maker->held_amounts[i]);
    for (uint32_t i = 0; i < plan->leg_count; i++)
        position_write(maker, &plan->legs[i]);
    plan->counts.accounts++;
}

/* Isolated positions stand outside. */
static bool portfolio_draw(row_maker *maker)
{
    const liq_generate_plan *const plan = maker->plan;

    if (plan->options.portfolio_ppm == 0 || plan->leg_count > LIQ_PORTFOLIO_LEGS_MAX ||
        !liq_random_chance(&maker->random, plan->options.portfolio_ppm))
        return false;
    for (uint32_t i = 0; i < plan->leg_count; i++)
        if (plan->legs[i].isolated)
            return false;
    return true;
}

/* What scenarios ask, at least one cash unit: equity is drawn as a ratio of it. */
static int64_t portfolio_maintenance(const row_maker *maker)
{
    const liq_generate_plan *const plan = maker->plan;
    uint32_t tags[LIQ_PORTFOLIO_LEGS_MAX];
    int64_t quantities[LIQ_PORTFOLIO_LEGS_MAX];
    int64_t values[LIQ_PORTFOLIO_LEGS_MAX];
    liq_row_key key = {.instrument_index = LIQ_NO_INDEX, .reason = LIQ_REASON_PORTFOLIO};
    uint64_t firsts[2] = {0, plan->leg_count};
    const liq_rows rows = {.keys = &key,
                           .entry_first = firsts,
                           .tags = tags,
                           .quantities = quantities,
                           .values = values,
                           .entry_count = plan->leg_count,
                           .row_count = 1};
    int64_t maintenance;

    for (uint32_t i = 0; i < plan->leg_count; i++) {
        tags[i] = plan->venue.instruments[plan->legs[i].instrument].index;
        quantities[i] = plan->legs[i].lots;
        values[i] = plan->legs[i].value;
    }
    maintenance = liq_portfolio_row_value(&plan->market, &rows, 0).maintenance;
    return maintenance > 0 ? maintenance : 1;
}

/* A hedged position gets lots on the other side and as many more on its own, which keeps long
 * and short equal. */
static void legs_draw(row_maker *maker)
{
    liq_generate_plan *const plan = maker->plan;

    plan->leg_count = 0;
    for (uint32_t i = 0; i < maker->cell.list_count; i++) {
        int64_t lots = liq_generate_cell_lots(plan, &maker->cell, plan->list[i], maker->member);
        int64_t other = 0;

        if (lots == 0)
            continue;
        if (plan->options.hedge_ppm > 0 &&
            liq_random_chance(&maker->random, plan->options.hedge_ppm))
            other = -(lots / (int64_t)liq_random_between(&maker->random, 1, 8));
        lots -= other;
        if (lots > 0)
            leg_add(maker, plan->list[i], lots);
        if (other != 0)
            leg_add(maker, plan->list[i], other);
        if (lots < 0)
            leg_add(maker, plan->list[i], lots);
    }
}

/* Legs rise by instrument; the margin rule takes the long one first, but does not need it. */
static void leg_add(row_maker *maker, uint32_t instrument, int64_t lots)
{
    liq_generate_plan *const plan = maker->plan;
    const liq_instrument_record *marked = &plan->market.instruments[instrument];
    liq_generate_leg *leg = &plan->legs[plan->leg_count++];

    *leg = (liq_generate_leg){.instrument = plan->instrument_of[instrument], .lots = lots};
    leg->entry = plan->venue.instruments[leg->instrument].mark;
    leg->value = lots < 0 ? marked->value_ceil : marked->value_floor; /* no profit, no loss */
    leg->isolated = plan->options.isolated_ppm > 0 &&
                    liq_random_chance(&maker->random, plan->options.isolated_ppm);
    if (leg->isolated)
        isolated_make(maker, leg);
}

static void isolated_make(row_maker *maker, liq_generate_leg *leg)
{
    const liq_generate_plan *const plan = maker->plan;
    const liq_generate_instrument *instrument = &plan->venue.instruments[leg->instrument];
    const liq_asset_record *asset =
        &plan->market.assets[plan->venue.assets[instrument->asset].index];
    liq_row_record row = leg_value(maker, leg);
    const row_target target = target_draw(maker, &row);
    liq_int128 cash;

    entry_draw(maker, leg, &target);
    row = leg_value(maker, leg);
    cash = (liq_int128)target.equity - row.equity;
    if (cash > 0)
        leg->isolated_margin = (int64_t)(cash * LIQ_EXCHANGE_RATE_ONE / asset->exchange_rate);
}

/* @return the balance of the margin currency */
static int64_t cross_make(row_maker *maker)
{
    liq_generate_plan *const plan = maker->plan;
    liq_row_record row = cross_value(maker);
    row_target target;

    if (row.notional == 0) { /* nothing but collateral: a part of what accounts of its size hold */
        const uint64_t hundredths = liq_random_between(&maker->random, 1, 100);

        target = (row_target){.equity = (int64_t)(maker->cell.notional_cash / 100 * hundredths)};
    } else {
        if (maker->is_portfolio)
            row.maintenance = portfolio_maintenance(maker);
        target = target_draw(maker, &row);
    }
    for (uint32_t i = 0; i < plan->leg_count; i++)
        if (!plan->legs[i].isolated)
            entry_draw(maker, &plan->legs[i], &target);
    held_draw(maker, target.equity);
    row = cross_value(maker);
    return target.equity - row.equity;
}

/* Past liquidation, near it, or healthy: a ratio, the equity that makes it, and how far entries
 * may be from the mark. */
static row_target target_draw(row_maker *maker, const liq_row_record *row)
{
    const liq_generate_plan *const plan = maker->plan;
    const uint64_t liquidate = plan->liquidate_ppm;
    const uint64_t warning = plan->warning_ppm;
    const uint64_t margin = (liquidate - warning) / 100; /* keeps rounding off the boundaries */
    const uint64_t draw = liq_random_below(&maker->random, LIQ_MILLION);
    const uint64_t past = plan->options.past_ppm;
    row_target target = {.range_ppm = LOSS_PPM_MAX, .in_loss = true};
    uint64_t ratio;

    if (draw < past / 8) {
        const int64_t debt_max =
            row->maintenance < row->notional / 100 ? row->maintenance : row->notional / 100;

        target.equity = -(int64_t)liq_random_between(&maker->random, 0, (uint64_t)debt_max);
    } else if (draw < past) {
        ratio = liq_random_between(&maker->random, liquidate + margin, 3 * liquidate);
        target.equity = equity_at(row, ratio);
    } else if (draw < past + plan->options.near_ppm) {
        ratio = liq_random_between(&maker->random, warning + margin, liquidate - margin);
        target.equity = equity_at(row, ratio);
    } else {
        ratio = liq_shape_ratio((uint32_t)liq_random_below(&maker->random, LIQ_SHAPE_ONE));
        ratio = 1 + ratio * (warning - margin) / LIQ_MILLION;
        target.equity = equity_at(row, ratio) + 1;
        target.in_loss = false;
        target.range_ppm =
            (uint64_t)((liq_int128)target.equity * GAIN_OF_EQUITY_PPM / row->notional);
        if (target.range_ppm > GAIN_PPM_MAX)
            target.range_ppm = GAIN_PPM_MAX;
    }
    return target;
}

/* Where rates are high, low ratios would mean riches: nobody holds over twice the notional. */
static int64_t equity_at(const liq_row_record *row, uint64_t ratio_ppm)
{
    const liq_int128 equity = (liq_int128)row->maintenance * LIQ_MILLION / (liq_int128)ratio_ppm;
    const liq_int128 equity_max = (liq_int128)row->notional * 2;

    return (int64_t)(equity < equity_max ? equity : equity_max);
}

static void entry_draw(row_maker *maker, liq_generate_leg *leg, const row_target *target)
{
    const liq_generate_plan *const plan = maker->plan;
    const liq_generate_instrument *instrument = &plan->venue.instruments[leg->instrument];
    const uint64_t from = target->in_loss ? LOSS_PPM_MIN : 0;
    const int64_t away_ppm = (int64_t)liq_random_between(&maker->random, from, target->range_ppm);
    int64_t away = instrument->mark.ticks * away_ppm / LIQ_MILLION;
    const bool above = target->in_loss ? leg->lots > 0 : liq_random_next(&maker->random) >> 63;
    liq_decimal price;

    if (!above)
        away = -away;
    leg->entry.ticks = instrument->mark.ticks + away > 0 ? instrument->mark.ticks + away : 1;
    LIQ_ASSERT(liq_decimal_from_units(&price, leg->entry.ticks, leg->entry.decimals));
    LIQ_ASSERT(liq_lot_value_entry(&leg->value, &plan->book->venue, instrument->index, price,
                                   leg->lots > 0));
}

/* A third of the accounts hold one or two other assets, each worth 10 to 30% of the equity. */
static void held_draw(row_maker *maker, int64_t equity)
{
    const liq_generate_plan *const plan = maker->plan;
    const uint32_t choice = plan->venue.collateral_count;
    uint32_t wanted;

    maker->held_count = 0;
    if (choice == 0 || equity <= 0 || liq_random_below(&maker->random, 3) != 0)
        return;
    wanted = 1 + (uint32_t)liq_random_below(&maker->random, HELD_MAX);
    for (uint32_t i = 0; i < wanted; i++) {
        const uint32_t place = plan->venue.collateral[liq_random_below(&maker->random, choice)];
        const uint32_t index = plan->venue.assets[place].index;
        const liq_int128 cash =
            (liq_int128)equity * (liq_int128)liq_random_between(&maker->random, 10, 30) / 100;
        const liq_int128 units =
            cash * LIQ_EXCHANGE_RATE_ONE / plan->market.assets[index].exchange_rate;

        if (units == 0 || (i > 0 && maker->held_count > 0 && maker->held_assets[0] == index))
            continue;
        if (maker->held_count > 0 && maker->held_assets[0] > index) {
            maker->held_assets[1] = maker->held_assets[0];
            maker->held_amounts[1] = maker->held_amounts[0];
            maker->held_assets[0] = index;
            maker->held_amounts[0] = (int64_t)units;
        } else {
            maker->held_assets[maker->held_count] = index;
            maker->held_amounts[maker->held_count] = (int64_t)units;
        }
        maker->held_count++;
    }
}

/* The cross margin account without a balance of the margin currency. Segments of the margin rule
 * are closed as book/rows.c orders them: by settle asset. */
static liq_row_record cross_value(const row_maker *maker)
{
    const liq_generate_plan *const plan = maker->plan;
    const liq_margin_tables tables = liq_market_tables(&plan->market);
    liq_row_state state = liq_row_state_zero();
    uint32_t leg = 0;
    uint32_t held = 0;

    for (;;) {
        uint32_t asset = LIQ_NO_INDEX;
        int64_t amount = 0;

        while (leg < plan->leg_count && plan->legs[leg].isolated)
            leg++;
        if (leg < plan->leg_count)
            asset = asset_of(plan, &plan->legs[leg]);
        if (held < maker->held_count && maker->held_assets[held] < asset)
            asset = maker->held_assets[held];
        if (asset == LIQ_NO_INDEX)
            break;
        for (; leg < plan->leg_count && asset_of(plan, &plan->legs[leg]) == asset; leg++)
            if (!plan->legs[leg].isolated)
                leg_enter(tables, &state, plan, &plan->legs[leg]);
        if (held < maker->held_count && maker->held_assets[held] == asset)
            amount = maker->held_amounts[held++];
        liq_margin_entry(tables, &state, LIQ_ENTRY_BALANCE << LIQ_TAG_INDEX_BITS | asset, amount,
                         0);
    }
    return finish(tables, &state);
}

/* An isolated margin account without its margin. */
static liq_row_record leg_value(const row_maker *maker, const liq_generate_leg *leg)
{
    const liq_generate_plan *const plan = maker->plan;
    const liq_margin_tables tables = liq_market_tables(&plan->market);
    liq_row_state state = liq_row_state_zero();

    leg_enter(tables, &state, plan, leg);
    liq_margin_entry(tables, &state, LIQ_ENTRY_MARGIN << LIQ_TAG_INDEX_BITS | asset_of(plan, leg),
                     0, 0);
    return finish(tables, &state);
}

static liq_row_record finish(liq_margin_tables tables, const liq_row_state *state)
{
    const liq_row_record row = liq_margin_finish(tables, state->account);

    LIQ_ASSERT(row.reason == LIQ_REASON_NONE);
    return row;
}

static uint32_t asset_of(const liq_generate_plan *plan, const liq_generate_leg *leg)
{
    return plan->venue.assets[plan->venue.instruments[leg->instrument].asset].index;
}

static void leg_enter(liq_margin_tables tables, liq_row_state *state, const liq_generate_plan *plan,
                      const liq_generate_leg *leg)
{
    const uint32_t index = plan->venue.instruments[leg->instrument].index;

    liq_margin_entry(tables, state, LIQ_ENTRY_POSITION << LIQ_TAG_INDEX_BITS | index, leg->lots,
                     leg->value);
}

static void line_begin(const row_maker *maker, liq_generate_file *file)
{
    liq_generate_file_add(file, maker->id, maker->id_bytes);
}

static void position_write(const row_maker *maker, const liq_generate_leg *leg)
{
    liq_generate_plan *const plan = maker->plan;
    liq_generate_file *const file = &plan->files.positions;
    const liq_generate_instrument *instrument = &plan->venue.instruments[leg->instrument];
    const int64_t lots = leg->lots < 0 ? -leg->lots : leg->lots;

    line_begin(maker, file);
    liq_generate_file_add(file, instrument->symbol, instrument->symbol_bytes);
    liq_generate_file_add(file, leg->lots < 0 ? ",short," : ",long,", leg->lots < 0 ? 7 : 6);
    liq_generate_file_decimal(file, lots, instrument->lot_decimals);
    liq_generate_file_string(file, ",");
    liq_generate_file_decimal(file, leg->entry.ticks, leg->entry.decimals);
    if (leg->isolated) {
        liq_generate_file_string(file, ",isolated,");
        liq_generate_file_decimal(file, leg->isolated_margin, LIQ_GENERATE_CASH_DECIMALS);
        liq_generate_file_string(file, "\n");
    } else {
        liq_generate_file_string(file, ",cross,\n");
    }
    plan->counts.positions++;
}

static void balance_write(const row_maker *maker, const char *asset, int64_t amount)
{
    liq_generate_plan *const plan = maker->plan;
    liq_generate_file *const file = &plan->files.balances;

    line_begin(maker, file);
    liq_generate_file_string(file, asset);
    liq_generate_file_string(file, ",");
    liq_generate_file_decimal(file, amount, LIQ_GENERATE_CASH_DECIMALS);
    liq_generate_file_string(file, "\n");
    plan->counts.balances++;
}

static void orders_write(row_maker *maker)
{
    const liq_generate_plan *const plan = maker->plan;
    const uint64_t count = liq_random_between(&maker->random, 1, ORDERS_MAX);

    for (uint64_t i = 0; i < count; i++) {
        const uint32_t at = (uint32_t)liq_random_below(&maker->random, maker->cell.list_count);

        order_write(maker, &plan->venue.instruments[plan->instrument_of[plan->list[at]]]);
    }
}

/* Buys rest below the mark and sells above it, at most 2% away, for at most a quarter of what
 * accounts of this size hold of an instrument. */
static void order_write(row_maker *maker, const liq_generate_instrument *instrument)
{
    liq_generate_plan *const plan = maker->plan;
    liq_generate_file *const file = &plan->files.orders;
    const liq_uint128 cash = maker->cell.notional_cash / maker->cell.list_count / 4;
    const uint64_t lots_max = (uint64_t)(cash * LIQ_MILLION / instrument->million_cash) + 1;
    const bool is_sell = liq_random_next(&maker->random) >> 63;
    const int64_t away = instrument->mark.ticks *
                         (int64_t)liq_random_between(&maker->random, 0, 20000) / LIQ_MILLION;
    const int64_t ticks = instrument->mark.ticks + (is_sell ? away : -away);

    line_begin(maker, file);
    liq_generate_file_add(file, instrument->symbol, instrument->symbol_bytes);
    liq_generate_file_string(file, is_sell ? ",sell," : ",buy,");
    liq_generate_file_decimal(file, (int64_t)liq_random_between(&maker->random, 1, lots_max),
                              instrument->lot_decimals);
    liq_generate_file_string(file, ",");
    liq_generate_file_decimal(file, ticks > 0 ? ticks : 1, instrument->mark.decimals);
    liq_generate_file_string(file, "\n");
    plan->counts.orders++;
}
