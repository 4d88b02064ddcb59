#include "scan/portfolio_trial.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/memory.h"
#include "book/portfolio_rows.h"
#include "liq_portfolio_lanes.h"
#include "scan/cure.h"

/* More than any row has: whoever asks then looks at every size. */
#define ENDLESS ((liq_int128)1 << 100)

/* Units that roundings of an order and of an account take or give at most: see plan_least.c. */
enum { SLACK_UNITS = 5, SLACK_CASH = 3, SLACK_FINE = 4, LIQUIDATE_LEVEL = 2 };

/* Fine units of the margin currency that a requirement falls and rises by at most, for each lot. */
typedef struct need_reach {
    liq_int128 fall;
    liq_int128 rise;
    liq_int128 slack;
} need_reach;

static liq_status legs_fill(liq_portfolio_trial *trial, liq_error *err);
static bool amounts_apply(liq_portfolio_trial *trial);
static need_reach need_of(const liq_portfolio_trial *trial, const liq_trial_leg *leg);
static void scenarios_reach(need_reach *out, liq_portfolio_tables tables, const liq_trial_leg *leg);
static need_reach charge_of(liq_portfolio_tables tables, const liq_trial_leg *leg, uint32_t kind);
static liq_int128 scaled(liq_int128 value, uint64_t share);
static liq_int128 units_scaled(liq_asset_record asset, liq_int128 units);
static liq_int128 weighed(liq_int128 size, int64_t factor);
static liq_int128 larger(liq_int128 left, liq_int128 right);

liq_status liq_portfolio_trial_create(liq_portfolio_trial *out, const liq_market *market,
                                      const liq_rows *rows, uint32_t row_index, liq_error *err)
{
    const uint64_t first = rows->entry_first[row_index];
    const size_t count = (size_t)(rows->entry_first[row_index + 1] - first);
    liq_portfolio_trial trial = {.market = market};
    liq_status status;

    LIQ_ASSERT(rows->keys[row_index].reason == LIQ_REASON_PORTFOLIO);
    if ((status = liq_memory_array(&trial.rows.keys, 1, sizeof *trial.rows.keys, err)) != LIQ_OK ||
        (status = liq_memory_array(&trial.rows.entry_first, 2, sizeof *trial.rows.entry_first,
                                   err)) != LIQ_OK ||
        (status = liq_memory_array(&trial.rows.tags, count, sizeof *trial.rows.tags, err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&trial.rows.quantities, count, sizeof *trial.rows.quantities,
                                   err)) != LIQ_OK ||
        (status = liq_memory_array(&trial.rows.values, count, sizeof *trial.rows.values, err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&trial.held, count, sizeof *trial.held, err)) != LIQ_OK)
        goto done;
    trial.rows.keys[0] = rows->keys[row_index];
    trial.rows.row_count = 1;
    trial.rows.entry_count = count;
    trial.rows.entry_first[1] = count;
    for (size_t i = 0; i < count; i++) {
        trial.rows.tags[i] = rows->tags[first + i];
        trial.rows.quantities[i] = rows->quantities[first + i];
        trial.rows.values[i] = rows->values[first + i];
        trial.held[i] = rows->quantities[first + i];
    }
    if ((status = legs_fill(&trial, err)) != LIQ_OK)
        goto done;
    *out = trial;
    trial = (liq_portfolio_trial){0}; /* given away */
done:
    liq_portfolio_trial_clear(&trial);
    return status;
}

void liq_portfolio_trial_clear(liq_portfolio_trial *trial)
{
    liq_rows_clear(&trial->rows);
    free(trial->held);
    free(trial->order);
    free(trial->legs);
    *trial = (liq_portfolio_trial){0};
}

void liq_portfolio_trial_close(liq_portfolio_trial *trial, uint32_t leg_index, int64_t lots,
                               int64_t change)
{
    liq_trial_leg *leg = &trial->legs[leg_index];

    LIQ_ASSERT(lots >= 0 && lots <= leg->lots);
    leg->closed = lots;
    leg->change = change;
    trial->rows.quantities[leg->entry] = leg->is_long ? leg->lots - lots : lots - leg->lots;
}

bool liq_portfolio_trial_close_at_mark(liq_portfolio_trial *trial, uint32_t leg_index, int64_t lots)
{
    const liq_trial_leg *leg = &trial->legs[leg_index];
    int64_t units;

    if (!liq_cure_realised_floor(&units, trial->market, leg->instrument_index,
                                 leg->is_long ? lots : -lots, leg->entry_value))
        return false;
    liq_portfolio_trial_close(trial, leg_index, lots, units);
    return true;
}

void liq_portfolio_trial_open(liq_portfolio_trial *trial)
{
    for (uint32_t i = 0; i < trial->leg_count; i++)
        liq_portfolio_trial_close(trial, i, 0, 0);
}

/* A position of no lots adds nothing to any sum, but it is counted; so the status of a row without
   positions is asked for again. */
liq_row_record liq_portfolio_trial_value(liq_portfolio_trial *trial)
{
    const liq_margin_tables tables = liq_market_tables(trial->market);
    liq_row_record out;

    if (!amounts_apply(trial))
        return liq_row_unvalued(LIQ_REASON_BALANCE, LIQ_NO_INDEX);
    out =
        liq_portfolio_value(tables, liq_portfolio_market_tables(&trial->market->portfolio),
                            liq_portfolio_row_of(&trial->rows, 0, trial->order, trial->leg_count));
    if (liq_portfolio_trial_open_count(trial) == 0 && out.reason == LIQ_REASON_NONE)
        out.status = liq_margin_status(tables, 0, out.equity, out.maintenance);
    return out;
}

uint32_t liq_portfolio_trial_open_count(const liq_portfolio_trial *trial)
{
    uint32_t out = 0;

    for (uint32_t i = 0; i < trial->leg_count; i++)
        out += trial->legs[i].closed < trial->legs[i].lots;
    return out;
}

liq_trial_goal liq_trial_goal_safe(const liq_market *market)
{
    const liq_level_record level = market->policy.levels[LIQUIDATE_LEVEL];

    return (liq_trial_goal){.equity_factor = level.equity_factor == 0 ? 1 : level.equity_factor,
                            .requirement_factor =
                                level.equity_factor == 0 ? 0 : level.requirement_factor};
}

liq_int128 liq_trial_height(const liq_trial_goal *goal, const liq_row_record *record)
{
    return (liq_int128)record->equity * goal->equity_factor -
           (liq_int128)(goal->by_notional ? record->notional : record->maintenance) *
               goal->requirement_factor;
}

/* In another asset than the margin currency what is realised takes on the weight of the balance, or
   loses it. */
liq_trial_reach liq_portfolio_trial_reach(const liq_portfolio_trial *trial, uint32_t leg_index,
                                          const liq_trial_goal *goal, liq_int128 better,
                                          liq_int128 worse)
{
    const liq_trial_leg *leg = &trial->legs[leg_index];
    const liq_instrument_record record = trial->market->instruments[leg->instrument_index];
    const liq_asset_record cash = trial->market->assets[0];
    const liq_asset_record asset = trial->market->assets[record.asset_index];
    const int64_t value = leg->is_long ? record.value_floor : record.value_ceil;
    const liq_int128 pnl = (liq_int128)value - leg->entry_value;
    liq_int128 drift = 0;
    need_reach need = {0};
    liq_trial_reach out;

    if (!(asset.flags & LIQ_ASSET_MARGIN_CURRENCY))
        drift = liq_trial_cash(asset, pnl < 0 ? -pnl : pnl) + larger(better, worse);
    if (goal->by_notional) {
        need.fall = liq_trial_cash(asset, (liq_int128)record.lot_size);
    } else {
        need = need_of(trial, leg);
        need.fall = liq_trial_cash(cash, need.fall);
        need.rise = liq_trial_cash(cash, need.rise);
        need.slack = liq_trial_cash(cash, need.slack);
    }
    out.freed = weighed(need.fall, goal->requirement_factor);
    out.rise = weighed(better + drift, goal->equity_factor) + out.freed;
    out.fall =
        weighed(worse + drift, goal->equity_factor) + weighed(need.rise, goal->requirement_factor);
    out.slack =
        weighed(units_scaled(asset, SLACK_UNITS) + ((liq_int128)SLACK_CASH << LIQ_REACH_BITS),
                goal->equity_factor) +
        weighed(units_scaled(asset, 1) + ((liq_int128)2 << LIQ_REACH_BITS) + need.slack,
                goal->requirement_factor);
    return out;
}

static liq_status legs_fill(liq_portfolio_trial *trial, liq_error *err)
{
    const liq_rows *rows = &trial->rows;
    const size_t count = (size_t)rows->entry_count;
    uint32_t order[LIQ_PORTFOLIO_LEGS_MAX];
    uint32_t settled = 0; /* legs that know their settle asset */
    liq_status status;

    trial->leg_count = liq_portfolio_order(order, &trial->market->portfolio, rows, 0);
    if ((status = liq_memory_array(&trial->order, trial->leg_count, sizeof *trial->order, err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&trial->legs, trial->leg_count, sizeof *trial->legs, err)) !=
            LIQ_OK)
        return status;
    if (trial->leg_count > 0)
        memcpy(trial->order, order, trial->leg_count * sizeof *order);
    trial->leg_count = 0;
    for (size_t i = 0; i < count; i++) {
        const uint32_t kind = rows->tags[i] >> LIQ_TAG_INDEX_BITS;

        if (kind == LIQ_ENTRY_POSITION)
            trial->legs[trial->leg_count++] =
                (liq_trial_leg){.entry = i,
                                .entry_value = rows->values[i],
                                .lots = (int64_t)liq_size_of(rows->quantities[i]),
                                .instrument_index = rows->tags[i] & LIQ_TAG_INDEX_MAX,
                                .is_long = rows->quantities[i] > 0};
        for (; kind >= LIQ_ENTRY_BALANCE && settled < trial->leg_count; settled++)
            trial->legs[settled].settle = i;
    }
    return LIQ_OK;
}

/* Amounts of the settle assets with what was realised. @return false when one is past 64 bits */
static bool amounts_apply(liq_portfolio_trial *trial)
{
    uint32_t i = 0;

    while (i < trial->leg_count) {
        const uint64_t settle = trial->legs[i].settle;
        liq_int128 amount = trial->held[settle];

        for (; i < trial->leg_count && trial->legs[i].settle == settle; i++)
            amount += trial->legs[i].change;
        if (amount > INT64_MAX || amount < -INT64_MAX)
            return false;
        trial->rows.quantities[settle] = (int64_t)amount;
    }
    return true;
}

/* What one lot of a leg can change of what its class needs. Sums of other underlyings, and of other
   classes, stay as they are. */
static need_reach need_of(const liq_portfolio_trial *trial, const liq_trial_leg *leg)
{
    const liq_portfolio_tables tables = liq_portfolio_market_tables(&trial->market->portfolio);
    const uint64_t factor = tables.policy->maintenance_factor;
    const need_reach added = charge_of(tables, leg, LIQ_PORTFOLIO_CONTINGENCY);
    const need_reach least = charge_of(tables, leg, LIQ_PORTFOLIO_MINIMUM);
    need_reach out = {0};

    scenarios_reach(&out, tables, leg);
    out.fall = scaled(larger(out.fall + added.fall, least.fall), factor);
    out.rise = scaled(larger(out.rise + added.rise, least.rise), factor);
    out.slack = scaled(SLACK_FINE + larger(added.slack, least.slack), factor) + 2;
    return out;
}

/* A lot less takes its PnL out of each scenario, where a gain counts a share and a loss all of it.
 */
static void scenarios_reach(need_reach *out, liq_portfolio_tables tables, const liq_trial_leg *leg)
{
    const liq_portfolio_instrument_record lot = tables.instruments[leg->instrument_index];
    const liq_portfolio_unit_record unit = tables.units[lot.unit];
    const uint64_t share =
        unit.gain_share > LIQ_PORTFOLIO_ONE ? unit.gain_share : LIQ_PORTFOLIO_ONE;

    for (uint32_t k = 0; k < unit.scenario_count; k++) {
        const int64_t pair = tables.grid[liq_portfolio_grid_at(tables, lot, !leg->is_long) + k];
        const liq_int128 pnl = leg->is_long ? pair : -(liq_int128)pair;

        out->fall = larger(out->fall, -pnl);
        out->rise = larger(out->rise, pnl);
    }
    out->fall = scaled(out->fall, share);
    out->rise = scaled(out->rise, share);
}

/* Closing lets go of the charge of a lot; it can also leave more of the other side unhedged. */
static need_reach charge_of(liq_portfolio_tables tables, const liq_trial_leg *leg, uint32_t kind)
{
    const liq_portfolio_instrument_record lot = tables.instruments[leg->instrument_index];
    const liq_portfolio_charge_record charge = tables.units[lot.unit].charges[kind];
    const liq_int128 delta = (liq_int128)liq_size_of(lot.delta);
    uint64_t multiplier = LIQ_PORTFOLIO_ONE;
    need_reach out = {.fall = leg->is_long ? lot.long_charges[kind] : lot.short_charges[kind]};

    for (uint32_t i = 0; i < charge.tier_count; i++)
        if (tables.tiers[charge.tier_first + i].multiplier > multiplier)
            multiplier = tables.tiers[charge.tier_first + i].multiplier;
    out.fall = scaled(out.fall + scaled(delta, charge.net_rate) + scaled(delta, charge.hedged_rate),
                      multiplier);
    out.rise =
        scaled(scaled(delta, charge.net_rate) + scaled(delta, charge.hedged_rate), multiplier);
    out.slack = scaled(2, multiplier) + charge.tier_count;
    return out;
}

/* value x share / 10^6, rounded up; not negative. */
static liq_int128 scaled(liq_int128 value, uint64_t share)
{
    liq_int128 product;

    if (value >= ENDLESS || __builtin_mul_overflow(value, (liq_int128)share, &product))
        return ENDLESS;
    product = (product + LIQ_PORTFOLIO_ONE - 1) / LIQ_PORTFOLIO_ONE;
    return product < ENDLESS ? product : ENDLESS;
}

liq_int128 liq_trial_cash(liq_asset_record asset, liq_int128 fine)
{
    const liq_int128 unit = LIQ_GRAINS_PER_UNIT;
    liq_int128 grains;

    if (fine >= ENDLESS || __builtin_mul_overflow(fine, (liq_int128)asset.grains_per_fine, &grains))
        return ENDLESS;
    fine =
        (grains / unit << LIQ_REACH_BITS) + ((grains % unit << LIQ_REACH_BITS) + unit - 1) / unit;
    if (asset.flags & LIQ_ASSET_MARGIN_CURRENCY)
        return fine < ENDLESS ? fine : ENDLESS;
    if (__builtin_mul_overflow(fine, (liq_int128)asset.exchange_rate, &grains))
        return ENDLESS;
    fine = grains / LIQ_EXCHANGE_RATE_ONE + 1;
    return fine < ENDLESS ? fine : ENDLESS;
}

/* Units of an asset in cash units x 2^20, rounded up. */
static liq_int128 units_scaled(liq_asset_record asset, liq_int128 units)
{
    const liq_int128 all = units << LIQ_REACH_BITS;

    if (asset.flags & LIQ_ASSET_MARGIN_CURRENCY)
        return all;
    return all * asset.exchange_rate / LIQ_EXCHANGE_RATE_ONE + 1;
}

static liq_int128 weighed(liq_int128 size, int64_t factor)
{
    liq_int128 product;

    if (size >= ENDLESS || __builtin_mul_overflow(size, (liq_int128)factor, &product))
        return ENDLESS;
    return product < ENDLESS ? product : ENDLESS;
}

static liq_int128 larger(liq_int128 left, liq_int128 right)
{
    return left > right ? left : right;
}
