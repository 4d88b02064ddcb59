#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "base/int128.h"
#include "book/market.h"

/*
 * The margin rule by itself, on tables made by hand: asset 0 is the margin currency with 8 decimals
 * and lot values of 12, so that rates count 10^-12; asset 1 a coin with 8 decimals and lot values
 * of 18, so that rates count 10^-6.
 */
enum {
    CASH = 0,
    COIN = 1,
    TIERS_MAX = 8,
    INSTRUMENTS_MAX = 4,
    CASH_RATE_ONE_DECIMALS = 12,
    COIN_RATE_ONE_DECIMALS = 6
};

typedef struct bench {
    liq_market market;
    liq_instrument_record instruments[INSTRUMENTS_MAX];
    liq_tier_record tiers[TIERS_MAX];
    liq_asset_record assets[2];
    liq_slice_record slices[3];
    liq_row_state state;
} bench;

static liq_wide wide_of(liq_int128 value)
{
    return liq_wide_make((liq_u64)((liq_uint128)value >> 64), (liq_u64)value);
}

static liq_int128 signed_of(liq_wide value)
{
    return (liq_int128)(((liq_uint128)value.high << 64) | value.low);
}

static void start(bench *out)
{
    liq_u64 power = 1;

    *out = (bench){.state = liq_row_state_zero()};
    out->market.instruments = out->instruments;
    out->market.tiers = out->tiers;
    out->market.assets = out->assets;
    out->market.slices = out->slices;
    for (int i = 0; i < LIQ_POWERS; i++, power *= 10)
        out->market.powers[i] = liq_divisor_make(power);
    for (int i = 0; i < 2; i++) {
        out->assets[i].grains_per_fine = i == CASH ? 1000000000000U : 1000000U;
        out->assets[i].fine_max = wide_of((liq_int128)LIQ_I64_MAX * LIQ_GRAINS_PER_UNIT /
                                          (liq_int128)out->assets[i].grains_per_fine);
        out->assets[i].exchange_rate = LIQ_EXCHANGE_RATE_ONE;
        out->assets[i].slice_first = (liq_u32)i;
        out->assets[i].slice_count = i == CASH ? 1 : 2;
    }
    out->assets[CASH].flags = LIQ_ASSET_MARGIN_CURRENCY;
    out->slices[0] = (liq_slice_record){LIQ_I64_MAX, LIQ_WEIGHT_ONE};
    out->slices[1] = (liq_slice_record){1000, 9500}; /* the coin: 95% of the first 1000 units */
    out->slices[2] = (liq_slice_record){LIQ_I64_MAX, 5000};
    /* MM / EQ: warning at >= 0.8, liquidate at >= 1, backstop when EQ < 2/3 MM */
    out->market.policy.levels[0] = (liq_level_record){800000, 1000000, 1, 0};
    out->market.policy.levels[2] = (liq_level_record){1000000, 1000000, 1, 0};
    out->market.policy.levels[3] = (liq_level_record){3000000, 2000000, 0, 0};
    for (liq_u32 i = 0; i < INSTRUMENTS_MAX; i++)
        out->instruments[i] = (liq_instrument_record){.value_floor = 1000000000000,
                                                      .value_ceil = 1000000000000,
                                                      .flags = LIQ_INSTRUMENT_CONTINUOUS,
                                                      .tier_first = 2 * i,
                                                      .tier_count = 1};
}

static void entry(bench *on, liq_u32 kind, liq_u32 index, liq_i64 quantity, liq_i64 value)
{
    liq_margin_entry(liq_market_tables(&on->market), &on->state, kind << LIQ_TAG_INDEX_BITS | index,
                     quantity, value);
}

static liq_row_record result(bench *on)
{
    return liq_margin_finish(liq_market_tables(&on->market), on->state.account);
}

static void mark(bench *on, liq_u32 instrument, liq_i64 floor, liq_i64 ceil)
{
    on->instruments[instrument].value_floor = floor;
    on->instruments[instrument].value_ceil = ceil;
}

static void expect_row(liq_row_record row, liq_i64 equity, liq_i64 maintenance, liq_i64 notional,
                       liq_u32 status)
{
    cr_expect_eq(row.equity, equity, "equity %lld, not %lld", (long long)row.equity,
                 (long long)equity);
    cr_expect_eq(row.maintenance, maintenance, "maintenance %lld, not %lld",
                 (long long)row.maintenance, (long long)maintenance);
    cr_expect_eq(row.notional, notional, "notional %lld, not %lld", (long long)row.notional,
                 (long long)notional);
    cr_expect_eq(row.status, status, "status %u, not %u", row.status, status);
    cr_expect_eq(row.reason, LIQ_REASON_NONE, "reason %u", row.reason);
}

static void expect_unvalued(liq_row_record row, liq_u32 reason, liq_u32 index)
{
    cr_expect_eq(row.status, LIQ_ROW_UNVALUED, "status %u", row.status);
    cr_expect_eq(row.reason, reason, "reason %u, not %u", row.reason, reason);
    cr_expect_eq(row.reason_index, index, "index %u, not %u", row.reason_index, index);
    cr_expect_eq(row.equity, 0);
    cr_expect_eq(row.maintenance, 0);
}

/* The published example of Binance for cross margin: BTC and ETH longs on one wallet. */
Test(margin, gives_the_cross_example_of_binance_to_the_last_digit)
{
    bench on;
    liq_row_record btc;
    liq_row_record eth;
    liq_row_record both;

    start(&on);
    mark(&on, 0, 31967270000000, 31967270000000); /* 0.001 BTC at 31,967.27 */
    mark(&on, 1, 1335180000000, 1335180000000);   /* 0.001 ETH at 1,335.18 */
    on.tiers[0].maintenance_rate = 25000000000;
    on.tiers[0].deduction = wide_of((liq_int128)1630000000000 * LIQ_GRAINS_PER_UNIT);
    on.tiers[2].maintenance_rate = 100000000000;
    on.tiers[2].deduction = wide_of((liq_int128)13536500000000 * LIQ_GRAINS_PER_UNIT);
    entry(&on, LIQ_ENTRY_POSITION, 0, 109488, 32481980000000);
    entry(&on, LIQ_ENTRY_BALANCE, CASH, 0, 0);
    btc = result(&on);
    cr_expect_eq(btc.maintenance, 7120081144400);
    cr_expect_eq(btc.equity, -5635456848000);
    on.state = liq_row_state_zero();
    entry(&on, LIQ_ENTRY_POSITION, 1, 3683979, 1456840000000);
    entry(&on, LIQ_ENTRY_BALANCE, CASH, 0, 0);
    eth = result(&on);
    cr_expect_eq(eth.maintenance, 35651250812200);
    cr_expect_eq(eth.equity, -44819288514000);
    on.state = liq_row_state_zero();
    entry(&on, LIQ_ENTRY_POSITION, 0, 109488, 32481980000000);
    entry(&on, LIQ_ENTRY_POSITION, 1, 3683979, 1456840000000);
    entry(&on, LIQ_ENTRY_BALANCE, CASH, 153544301000000, 0);
    both = result(&on);
    expect_row(both, 153544301000000 + btc.equity + eth.equity, btc.maintenance + eth.maintenance,
               btc.notional + eth.notional, LIQ_ROW_OK);
}

/* Bybit's tiers of 1,000, each half a per cent more: 100 x 35 needs 92.5. */
Test(margin, gives_the_tier_example_of_bybit)
{
    bench on;

    start(&on);
    on.instruments[0].tier_count = 4;
    mark(&on, 0, 35000000000000, 35000000000000);
    for (liq_u32 i = 0; i < 4; i++) {
        static const liq_i64 rates[] = {20000000000, 25000000000, 30000000000, 35000000000};
        static const liq_i64 deductions[] = {0, 5, 15, 30};

        on.tiers[i].floor_lots = ((liq_i64)i * 1000 + 34) / 35;
        on.tiers[i].maintenance_rate = rates[i];
        on.tiers[i].deduction =
            wide_of((liq_int128)deductions[i] * 100000000 * LIQ_GRAINS_PER_UNIT);
    }
    entry(&on, LIQ_ENTRY_POSITION, 0, 100, 35000000000000);
    entry(&on, LIQ_ENTRY_BALANCE, CASH, 100000000000, 0);
    expect_row(result(&on), 100000000000, 9250000000, 350000000000, LIQ_ROW_OK);
}

/* Deribit: 1% and 2%, 0.005% more for each BTC; 25 BTC at 100,000 need 28,125 and 53,125. */
Test(margin, gives_the_size_example_of_deribit)
{
    bench on;
    liq_row_record row;

    start(&on);
    on.instruments[0].flags = LIQ_INSTRUMENT_LINEAR_IN_SIZE;
    mark(&on, 0, 100000000000000000, 100000000000000000); /* a lot of one BTC */
    on.tiers[0].maintenance_rate = 10000000000000000;
    on.tiers[0].initial_rate = 20000000000000000;
    on.tiers[0].maintenance_slope = on.tiers[0].initial_slope = 50000000000000;
    entry(&on, LIQ_ENTRY_POSITION, 0, -25, 100000000000000000);
    entry(&on, LIQ_ENTRY_BALANCE, CASH, 10000000000000, 0);
    row = result(&on);
    expect_row(row, 10000000000000, 2812500000000, 250000000000000, LIQ_ROW_OK);
    cr_expect_eq(row.initial, 5312500000000);
}

typedef struct level_case {
    liq_level_record level;
    liq_i64 equity;
    liq_i64 maintenance;
    liq_u32 met;
} level_case;

ParameterizedTestParameters(margin, meets_a_level_exactly_where_it_says)
{
    static level_case cases[] = {
        {{1000000, 1000000, 1, 0}, 1000, 1000, 1}, /* MM / EQ >= 1 */
        {{1000000, 1000000, 1, 0}, 1001, 1000, 0},
        {{1000000, 1000000, 1, 0}, 999, 1000, 1},
        {{1000000, 1000000, 0, 0}, 1000, 1000, 0}, /* MM / EQ > 1, EQ < MM */
        {{1000000, 1000000, 0, 0}, 999, 1000, 1},
        {{800000, 1000000, 1, 0}, 1250, 1000, 1}, /* MM / EQ >= 0.8 */
        {{800000, 1000000, 1, 0}, 1251, 1000, 0},
        {{1000000, 1050000, 1, 0}, 1050, 1000, 1}, /* EQ / MM <= 1.05 */
        {{1000000, 1050000, 1, 0}, 1051, 1000, 0},
        {{1000000, 1050000, 0, 0}, 1050, 1000, 0}, /* EQ / MM < 1.05 */
        {{1000000, 1050000, 0, 0}, 1049, 1000, 1},
        {{3000000, 2000000, 0, 0}, 666, 1000, 1}, /* EQ < 2/3 MM */
        {{3000000, 2000000, 0, 0}, 667, 1000, 0},
        {{0, 1000000, 1, 0}, 1, LIQ_I64_MAX, 0}, /* no such level */
        /* the largest products stay in 128 bits */
        {{4294967295, 4294967295, 1, 0}, LIQ_I64_MAX, LIQ_I64_MAX, 1},
        {{4294967295, 4294967295, 0, 0}, LIQ_I64_MAX, LIQ_I64_MAX, 0},
        {{4294967295, 4294967295, 1, 0}, LIQ_I64_MAX, LIQ_I64_MAX - 1, 0},
        {{4294967295, 1, 1, 0}, -LIQ_I64_MAX, 0, 1},
        {{1000000, 1000000, 1, 0}, 1, 0, 0},
        {{1000000, 1000000, 1, 0}, 0, 0, 1},
    };

    return cr_make_param_array(level_case, cases, sizeof cases / sizeof *cases);
}

ParameterizedTest(level_case *given, margin, meets_a_level_exactly_where_it_says)
{
    cr_expect_eq(liq_margin_level_met(given->level, given->equity, given->maintenance), given->met);
}

typedef struct status_case {
    liq_u32 positions;
    liq_i64 equity;
    liq_i64 maintenance;
    liq_u32 status;
} status_case;

ParameterizedTestParameters(margin, tells_the_status_of_an_account)
{
    static status_case cases[] = {
        {1, 1251, 1000, LIQ_ROW_OK},
        {1, 1250, 1000, LIQ_ROW_WARNING},
        {1, 1001, 1000, LIQ_ROW_WARNING},
        {1, 1000, 1000, LIQ_ROW_LIQUIDATE},
        {1, 667, 1000, LIQ_ROW_LIQUIDATE},
        {1, 666, 1000, LIQ_ROW_BACKSTOP},
        {1, 1, 1000, LIQ_ROW_BACKSTOP},
        {1, 0, 1000, LIQ_ROW_BANKRUPT},
        {1, 0, 0, LIQ_ROW_BANKRUPT},
        {1, -1, 0, LIQ_ROW_BANKRUPT},
        {1, 1, 0, LIQ_ROW_OK},
        {0, 0, 0, LIQ_ROW_OK},
        {0, 1, 0, LIQ_ROW_OK},
        {0, -1, 0, LIQ_ROW_BANKRUPT},
        {0, -LIQ_I64_MAX, 0, LIQ_ROW_BANKRUPT},
        {1, LIQ_I64_MAX, LIQ_I64_MAX, LIQ_ROW_LIQUIDATE},
        {5000, LIQ_I64_MAX, 1, LIQ_ROW_OK},
    };

    return cr_make_param_array(status_case, cases, sizeof cases / sizeof *cases);
}

ParameterizedTest(status_case *given, margin, tells_the_status_of_an_account)
{
    bench on;

    start(&on);
    cr_expect_eq(liq_margin_status(liq_market_tables(&on.market), given->positions, given->equity,
                                   given->maintenance),
                 given->status);
}

/* Half a cash unit is 5 x 10^15 grains; whatever is left over goes against the trader. */
Test(margin, rounds_equity_down_and_requirements_up_once)
{
    static const struct {
        liq_i64 grains;
        liq_i64 down;
        liq_i64 up;
    } cases[] = {{0, 0, 0},
                 {1, 0, 1},
                 {LIQ_GRAINS_PER_UNIT - 1, 0, 1},
                 {LIQ_GRAINS_PER_UNIT, 1, 1},
                 {LIQ_GRAINS_PER_UNIT + 1, 1, 2}};
    bench on;

    start(&on);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const liq_wide grains = liq_wide_from(cases[i].grains);
        liq_account_sum sum = liq_account_sum_zero();
        liq_row_record row;

        sum.equity = sum.maintenance = sum.initial = sum.notional = grains;
        row = liq_margin_finish(liq_market_tables(&on.market), sum);
        cr_expect_eq(row.equity, cases[i].down);
        cr_expect_eq(row.maintenance, cases[i].up);
        cr_expect_eq(row.initial, cases[i].up);
        cr_expect_eq(row.notional, cases[i].up);
        sum.equity = liq_wide_negate(grains);
        row = liq_margin_finish(liq_market_tables(&on.market), sum);
        cr_expect_eq(row.equity, -cases[i].up, "a debt rounds to a larger one");
    }
}

Test(margin, refuses_sums_that_64_bits_do_not_hold)
{
    static const liq_u32 reasons[] = {LIQ_REASON_EQUITY, LIQ_REASON_EQUITY, LIQ_REASON_NOTIONAL,
                                      LIQ_REASON_MAINTENANCE, LIQ_REASON_INITIAL};
    const liq_wide most = liq_units_bound();
    const liq_wide past = liq_wide_add(most, liq_wide_from(1));
    bench on;

    start(&on);
    for (int i = 0; i < 5; i++) {
        liq_account_sum sum = liq_account_sum_zero();
        liq_wide *const fields[] = {&sum.equity, &sum.equity, &sum.notional, &sum.maintenance,
                                    &sum.initial};

        *fields[i] = i == 1 ? liq_wide_negate(most) : most;
        cr_expect_eq(liq_margin_finish(liq_market_tables(&on.market), sum).reason, LIQ_REASON_NONE);
        *fields[i] = i == 1 ? liq_wide_negate(past) : past;
        expect_unvalued(liq_margin_finish(liq_market_tables(&on.market), sum), reasons[i],
                        LIQ_NO_INDEX);
    }
}

/* A lot worth 1.5 fine units: a long is marked at 1, a short at 2, notional counts 2. */
Test(margin, marks_each_side_against_its_holder)
{
    bench on;

    start(&on);
    mark(&on, 0, 1, 2);
    on.market.policy.levels[2].equity_factor = 0;
    entry(&on, LIQ_ENTRY_POSITION, 0, 10000, 0);
    entry(&on, LIQ_ENTRY_BALANCE, CASH, 0, 0);
    expect_row(result(&on), 1, 0, 2, LIQ_ROW_OK); /* 10^4 fine units are one cash unit */
    on.state = liq_row_state_zero();
    entry(&on, LIQ_ENTRY_POSITION, 0, -10000, 0);
    entry(&on, LIQ_ENTRY_BALANCE, CASH, 5, 0);
    expect_row(result(&on), 3, 0, 2, LIQ_ROW_OK);
    on.state = liq_row_state_zero();
    mark(&on, 0, -2, -1); /* inverse */
    entry(&on, LIQ_ENTRY_POSITION, 0, 10000, -5);
    entry(&on, LIQ_ENTRY_BALANCE, CASH, 0, 0);
    expect_row(result(&on), 3, 0, 2, LIQ_ROW_OK);
}

Test(margin, changes_the_tier_exactly_at_its_floor)
{
    static const struct {
        liq_i64 lots;
        liq_u32 tier;
    } cases[] = {{0, 0},   {1, 0},   {99, 0},   {100, 1},
                 {101, 1}, {999, 1}, {1000, 2}, {LIQ_I64_MAX, 2}};
    bench on;

    start(&on);
    on.instruments[0].tier_count = 3;
    on.tiers[1].floor_lots = 100;
    on.tiers[2].floor_lots = 1000;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_expect_eq(liq_tier_of(liq_market_tables(&on.market), on.instruments[0], cases[i].lots),
                     cases[i].tier, "%lld lots", (long long)cases[i].lots);
}

Test(margin, never_owes_margin_to_the_trader)
{
    bench on;

    start(&on);
    on.tiers[0].maintenance_rate = 1;
    on.tiers[0].deduction = wide_of((liq_int128)1000 * LIQ_GRAINS_PER_UNIT);
    entry(&on, LIQ_ENTRY_POSITION, 0, 1, 1000000000000);
    entry(&on, LIQ_ENTRY_BALANCE, CASH, 1, 0);
    expect_row(result(&on), 1, 0, 100000000, LIQ_ROW_OK);
}

/* What orders add lies below what a leg needs alone where a stated deduction jumps. */
Test(margin, asks_no_less_of_a_leg_with_orders_than_of_it_alone)
{
    bench on;

    start(&on);
    on.market.policy.flags = LIQ_POLICY_ORDER_TIER;
    on.instruments[0].tier_count = 2;
    on.tiers[0].maintenance_rate = 100000000000; /* 10% of 1 a lot */
    on.tiers[1].floor_lots = 100;
    on.tiers[1].maintenance_rate = 100000000000;
    on.tiers[1].deduction = wide_of((liq_int128)900000000 * LIQ_GRAINS_PER_UNIT); /* 9 */
    entry(&on, LIQ_ENTRY_EXPOSURE_MAX, 0, 100, 0);
    entry(&on, LIQ_ENTRY_POSITION, 0, 50, 1000000000000);
    entry(&on, LIQ_ENTRY_BALANCE, CASH, 10000000000, 0);
    /* 100 lots need 10 - 9 = 1, the 50 of the orders 5: what the leg adds would be -4. */
    expect_row(result(&on), 10000000000, 500000000, 5000000000, LIQ_ROW_OK);
}

Test(margin, counts_orders_for_the_tier_of_their_side_only)
{
    bench on;

    start(&on);
    on.market.policy.flags = LIQ_POLICY_ORDER_TIER;
    on.instruments[0].flags = 0; /* whole size */
    on.instruments[0].tier_count = 2;
    on.tiers[0].maintenance_rate = 10000000000;
    on.tiers[1].floor_lots = 100;
    on.tiers[1].maintenance_rate = 20000000000;
    entry(&on, LIQ_ENTRY_EXPOSURE_SUM, 0, 100, 60);
    entry(&on, LIQ_ENTRY_POSITION, 0, 50, 1000000000000);  /* 2% */
    entry(&on, LIQ_ENTRY_POSITION, 0, -60, 1000000000000); /* 1% */
    entry(&on, LIQ_ENTRY_POSITION, 1, 99, 1000000000000);  /* another instrument: its own */
    entry(&on, LIQ_ENTRY_BALANCE, CASH, 100000000000, 0);
    expect_row(result(&on), 100000000000, 160000000, 20900000000, LIQ_ROW_OK);
}

Test(margin, asks_initial_margin_of_the_larger_side_or_of_both_legs)
{
    static const struct {
        liq_u32 kind;
        liq_i64 initial;
    } cases[] = {{LIQ_ENTRY_EXPOSURE_MAX, 700000000}, {LIQ_ENTRY_EXPOSURE_SUM, 1000000000}};
    bench on;

    for (size_t i = 0; i < 2; i++) {
        start(&on);
        on.market.policy.flags = LIQ_POLICY_ORDER_MARGIN;
        on.tiers[0].initial_rate = 100000000000;
        entry(&on, cases[i].kind, 0, 30, 70);
        entry(&on, LIQ_ENTRY_POSITION, 0, 30, 1000000000000); /* part of the exposure */
        entry(&on, LIQ_ENTRY_BALANCE, CASH, 1, 0);
        cr_expect_eq(result(&on).initial, cases[i].initial);
    }
}

Test(margin, lets_only_losing_orders_touch_equity)
{
    bench on;

    start(&on);
    entry(&on, LIQ_ENTRY_ORDER, 0, 2, 1100000000000);  /* buys 0.1 above the mark: -0.2 */
    entry(&on, LIQ_ENTRY_ORDER, 0, 2, 900000000000);   /* buys below it: nothing */
    entry(&on, LIQ_ENTRY_ORDER, 0, -3, 900000000000);  /* sells 0.1 below the mark: -0.3 */
    entry(&on, LIQ_ENTRY_ORDER, 0, -3, 1100000000000); /* sells above it: nothing */
    entry(&on, LIQ_ENTRY_BALANCE, CASH, 100000000, 0);
    expect_row(result(&on), 50000000, 0, 0, LIQ_ROW_OK);
}

typedef struct collateral_case {
    liq_i64 amount;
    liq_i64 rate; /* 10^-12 cash units for a unit */
    liq_i64 equity;
    liq_u32 reason;
} collateral_case;

/* 95% of the first 1000 units, half of the rest, debts in full. */
ParameterizedTestParameters(margin, weighs_collateral_by_slices)
{
    static collateral_case cases[] = {
        {0, 1000000000000, 0, 0},
        {1, 1000000000000, 0, 0}, /* 0.95, rounded down */
        {20, 1000000000000, 19, 0},
        {1000, 1000000000000, 950, 0},
        {1001, 1000000000000, 950, 0}, /* 950.5 */
        {1002, 1000000000000, 951, 0},
        {3000, 1000000000000, 1950, 0},
        {3000, 2000000000000, 3900, 0},
        {3000, 1, 0, 0},
        {-1, 1000000000000, -1, 0},
        {-1, 1, -1, 0}, /* a debt of almost nothing is a debt */
        {-1000, 3000000000000, -3000, 0},
        {LIQ_I64_MAX, 1000000000000, 950 + (LIQ_I64_MAX - 1000) / 2, 0},
        {LIQ_I64_MAX, 1000000000001, 0, LIQ_REASON_BALANCE},
        {-LIQ_I64_MAX, 1000000000000, -LIQ_I64_MAX, 0},
        {-LIQ_I64_MAX, 1000000000001, 0, LIQ_REASON_BALANCE},
        {1024819115206, LIQ_EXCHANGE_RATE_MAX, 4611686022477000000, 0},
        {1024819115207, LIQ_EXCHANGE_RATE_MAX, 0, LIQ_REASON_BALANCE},
        {5, 0, 0, LIQ_REASON_NO_INDEX},
    };

    return cr_make_param_array(collateral_case, cases, sizeof cases / sizeof *cases);
}

ParameterizedTest(collateral_case *given, margin, weighs_collateral_by_slices)
{
    bench on;
    liq_row_record row;

    start(&on);
    on.assets[COIN].exchange_rate = given->rate;
    entry(&on, LIQ_ENTRY_BALANCE, COIN, given->amount, 0);
    row = result(&on);
    if (given->reason != LIQ_REASON_NONE)
        expect_unvalued(row, given->reason, COIN);
    else
        cr_expect_eq(row.equity, given->equity, "%lld, not %lld", (long long)row.equity,
                     (long long)given->equity);
}

/* The coin's PnL: 10^10 fine units are one unit of it. */
Test(margin, weighs_pnl_only_where_the_venue_says_that_it_is_collateral)
{
    static const struct {
        liq_u32 flags;
        liq_u32 kind;
        liq_i64 amount;
        liq_i64 lots;
        liq_i64 equity;
    } cases[] = {
        {0, LIQ_ENTRY_BALANCE, 1000, 100, 1050},                            /* 950 + 100 */
        {LIQ_POLICY_PNL_IS_COLLATERAL, LIQ_ENTRY_BALANCE, 1000, 100, 1000}, /* 950 + 50 */
        {0, LIQ_ENTRY_BALANCE, 1000, -100, 850},                            /* 950 - 100 */
        {LIQ_POLICY_PNL_IS_COLLATERAL, LIQ_ENTRY_BALANCE, 1000, -100, 855}, /* 95% of 900 */
        {LIQ_POLICY_PNL_IS_COLLATERAL, LIQ_ENTRY_BALANCE, 0, -100, -100},
        {LIQ_POLICY_PNL_IS_COLLATERAL, LIQ_ENTRY_MARGIN, 1000, 100, 1100}, /* isolated: all of it */
        {0, LIQ_ENTRY_MARGIN, 1000, 100, 1100},
    };
    bench on;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        start(&on);
        on.market.policy.flags = cases[i].flags;
        on.instruments[0].asset_index = COIN;
        mark(&on, 0, 20000000000, 20000000000);
        entry(&on, LIQ_ENTRY_POSITION, 0, cases[i].lots, 10000000000);
        entry(&on, cases[i].kind, COIN, cases[i].amount, 0);
        cr_expect_eq(result(&on).equity, cases[i].equity, "case %zu: %lld", i,
                     (long long)result(&on).equity);
    }
}

Test(margin, rounds_a_foreign_asset_to_its_unit_before_the_exchange)
{
    bench on;
    liq_row_record row;

    start(&on);
    on.instruments[0].asset_index = COIN;
    on.assets[COIN].exchange_rate = 7 * LIQ_EXCHANGE_RATE_ONE;
    mark(&on, 0, 9999999999, 9999999999); /* a fine unit less than one unit */
    on.tiers[0].maintenance_rate = 1;     /* next to nothing */
    entry(&on, LIQ_ENTRY_POSITION, 0, 1, 0);
    entry(&on, LIQ_ENTRY_BALANCE, COIN, 0, 0);
    row = result(&on);
    cr_expect_eq(row.equity, 0, "down to no unit");
    cr_expect_eq(row.notional, 7, "up to a unit");
    cr_expect_eq(row.maintenance, 7);
    on.state = liq_row_state_zero();
    entry(&on, LIQ_ENTRY_POSITION, 0, -1, 0);
    entry(&on, LIQ_ENTRY_BALANCE, COIN, 0, 0);
    cr_expect_eq(result(&on).equity, -7, "a loss to a whole unit");
}

Test(margin, refuses_a_balance_that_pnl_lifts_past_64_bits)
{
    bench on;

    for (int side = -1; side <= 1; side += 2) {
        start(&on);
        on.market.policy.flags = LIQ_POLICY_PNL_IS_COLLATERAL;
        on.instruments[0].asset_index = COIN;
        on.assets[COIN].exchange_rate = 1;
        mark(&on, 0, 10000000000, 10000000000);
        entry(&on, LIQ_ENTRY_POSITION, 0, 2 * side, 0);
        entry(&on, LIQ_ENTRY_BALANCE, COIN, side < 0 ? -LIQ_I64_MAX : LIQ_I64_MAX, 0);
        expect_unvalued(result(&on), LIQ_REASON_BALANCE, COIN);
    }
}

/* The limits let 131,072 entries of the worst kind in: their sum is past, and is seen to be. */
Test(margin, sees_that_the_largest_sums_are_out_of_range)
{
    bench on;

    for (int side = -1; side <= 1; side += 2) {
        start(&on);
        mark(&on, 0, side < 0 ? LIQ_LOT_VALUE_MAX : 0, side < 0 ? LIQ_LOT_VALUE_MAX : 0);
        for (int i = 0; i < LIQ_ROW_ENTRIES_MAX - 1; i++)
            entry(&on, LIQ_ENTRY_ORDER, 0, side * LIQ_QUANTITY_LOTS_MAX,
                  side < 0 ? 0 : LIQ_LOT_VALUE_MAX);
        cr_expect(signed_of(on.state.legs.pnl) == -(liq_int128)(LIQ_ROW_ENTRIES_MAX - 1) *
                                                      LIQ_QUANTITY_LOTS_MAX * LIQ_LOT_VALUE_MAX);
        entry(&on, LIQ_ENTRY_BALANCE, CASH, LIQ_I64_MAX, 0);
        expect_unvalued(result(&on), LIQ_REASON_PNL, CASH);
    }
}

Test(margin, refuses_a_notional_past_the_asset_even_if_pnl_is_small)
{
    bench on;

    start(&on);
    mark(&on, 0, LIQ_LOT_VALUE_MAX, LIQ_LOT_VALUE_MAX);
    entry(&on, LIQ_ENTRY_POSITION, 0, LIQ_QUANTITY_LOTS_MAX, LIQ_LOT_VALUE_MAX);
    entry(&on, LIQ_ENTRY_BALANCE, CASH, 0, 0);
    expect_unvalued(result(&on), LIQ_REASON_NOTIONAL, CASH);
}

Test(margin, refuses_orders_whose_notional_is_past_the_asset)
{
    bench on;

    start(&on);
    mark(&on, 0, LIQ_LOT_VALUE_MAX, LIQ_LOT_VALUE_MAX);
    entry(&on, LIQ_ENTRY_EXPOSURE_MAX, 0, LIQ_EXPOSURE_LOTS_MAX, LIQ_EXPOSURE_LOTS_MAX);
    entry(&on, LIQ_ENTRY_BALANCE, CASH, 0, 0);
    expect_unvalued(result(&on), LIQ_REASON_INITIAL, CASH);
}

/* Within 900% a sloped rate holds; at it and past it, to the end of 64 bits, it is refused. */
Test(margin, refuses_a_sloped_rate_of_900_per_cent)
{
    static const struct {
        liq_i64 base;
        liq_i64 slope;
        liq_u32 power;
        liq_i64 lots;
        liq_u32 reason;
    } cases[] = {
        {8999999999999999999, 0, 0, 1, 0},
        {9000000000000000000, 0, 0, 1, LIQ_REASON_RATE_RANGE},
        {LIQ_I64_MAX, 0, 0, 1, LIQ_REASON_RATE_RANGE},
        {8999999999999999998, 1, 0, 1, 0},
        {8999999999999999998, 1, 0, 2, LIQ_REASON_RATE_RANGE},
        {8999999999999999998, 1, 18, 1, 0}, /* next to nothing, rounded up */
        {8999999999999999998, 1000000000000000001, 18, 1, LIQ_REASON_RATE_RANGE},
        {0, LIQ_I64_MAX, 0, 1, LIQ_REASON_RATE_RANGE}, /* a slope that did not fit */
        {0, LIQ_I64_MAX, 0, 2, LIQ_REASON_RATE_RANGE},
        {LIQ_I64_MAX, LIQ_I64_MAX, 0, 1, LIQ_REASON_RATE_RANGE},
        {0, LIQ_I64_MAX, 0, LIQ_EXPOSURE_LOTS_MAX, LIQ_REASON_RATE_RANGE},
        {0, LIQ_I64_MAX, 18, LIQ_EXPOSURE_LOTS_MAX, LIQ_REASON_RATE_RANGE},
    };
    bench on;

    start(&on);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const liq_rate rate = {
            .base = cases[i].base, .slope = cases[i].slope, .slope_power = cases[i].power};
        const liq_margin_tables tables = liq_market_tables(&on.market);
        liq_leg_sum sum = liq_leg_sum_zero();

        (void)liq_sloped_rate_ceil(tables, &sum, liq_marked_load(tables, 0), rate, cases[i].lots);
        cr_expect_eq(sum.reason, cases[i].reason, "case %zu: reason %u", i, sum.reason);
    }
}

Test(margin, keeps_the_first_reason)
{
    bench on;

    start(&on);
    on.instruments[1].flags |= LIQ_INSTRUMENT_NO_MARK;
    on.instruments[2].flags |= LIQ_INSTRUMENT_MARK_RANGE;
    on.assets[COIN].exchange_rate = 0;
    entry(&on, LIQ_ENTRY_POSITION, 2, 1, 1);
    entry(&on, LIQ_ENTRY_POSITION, 1, 1, 1);
    entry(&on, LIQ_ENTRY_BALANCE, CASH, 1, 0);
    entry(&on, LIQ_ENTRY_BALANCE, COIN, 1, 0);
    expect_unvalued(result(&on), LIQ_REASON_MARK_RANGE, 2);
}

/* A long row is summed in stretches: wherever it is cut, the sums and the first reason stay. */
Test(margin, sums_stretches_as_it_sums_the_whole)
{
    enum { LEGS = 9 };
    bench on;

    start(&on);
    on.instruments[3].flags |= LIQ_INSTRUMENT_NO_MARK;
    on.tiers[0].maintenance_rate = on.tiers[2].initial_rate = 12345678901;
    for (liq_u32 cut = 0; cut <= LEGS; cut++) {
        const liq_margin_tables tables = liq_market_tables(&on.market);
        liq_leg_sum stretches[2] = {liq_leg_sum_zero(), liq_leg_sum_zero()};
        liq_leg_sum whole = liq_leg_sum_zero();
        liq_exposure exposure = liq_exposure_none();

        for (liq_u32 i = 0; i < LEGS; i++) {
            const liq_u32 kind = i % 4 == 3 ? LIQ_ENTRY_EXPOSURE_MAX : LIQ_ENTRY_POSITION;
            const liq_u32 tag = kind << LIQ_TAG_INDEX_BITS | (i + 2) % 4;
            const liq_i64 lots = i % 2 == 0 || i % 4 == 3 ? 1000 + i : -77 * (liq_i64)i;

            liq_margin_leg(tables, &whole, &exposure, tag, lots, 900000000000);
            liq_margin_leg(tables, &stretches[i >= cut], &exposure, tag, lots, 900000000000);
        }
        liq_leg_sum_append(&stretches[0], stretches[1]);
        cr_expect_arr_eq(&stretches[0], &whole, sizeof whole, "cut at %u", cut);
        cr_expect_eq(whole.reason, LIQ_REASON_NO_MARK);
        cr_expect_eq(whole.reason_index, 3);
        cr_expect(whole.exposure.high != 0 || whole.exposure.low != 0);
    }
}

Test(margin, gives_an_empty_row_nothing_and_calls_it_ok)
{
    bench on;

    start(&on);
    expect_row(result(&on), 0, 0, 0, LIQ_ROW_OK);
}
