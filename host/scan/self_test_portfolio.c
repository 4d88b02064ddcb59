#include "scan/self_test_portfolio.h"

#include "base/fail.h"
#include "base/memory.h"

enum { UNITS = 3, SCENARIOS = 16, SCENARIOS_ALONE = 8, TIERS = 2, STEP_PER_MILLE = 20 };

static void instrument_fill(liq_portfolio_market *portfolio, const liq_market *market,
                            uint32_t instrument);

/*
 * Scenarios are moves of the price by 2% each, from -16% on. The first underlying is charged 1% of
 * its net delta, the third one by slices of what its lots are charged at least.
 */
liq_status liq_self_test_portfolio_fill(liq_market *market, uint32_t instruments, liq_error *err)
{
    liq_portfolio_market *portfolio = &market->portfolio;
    const uint32_t counts[UNITS] = {SCENARIOS, SCENARIOS, SCENARIOS_ALONE};
    liq_status status;

    LIQ_ASSERT(instruments >= UNITS);
    *portfolio =
        (liq_portfolio_market){.policy = {.sum_max = market->assets[0].fine_max,
                                          .maintenance_factor = LIQ_PORTFOLIO_ONE,
                                          .initial_factor = 1300000},
                               .instrument_count = instruments,
                               .unit_count = UNITS,
                               .tier_count = TIERS,
                               .grid_count = 2 * (SCENARIOS + SCENARIOS + SCENARIOS_ALONE)};
    if ((status = liq_memory_array(&portfolio->instruments, instruments,
                                   sizeof *portfolio->instruments, err)) != LIQ_OK ||
        (status = liq_memory_array(&portfolio->units, UNITS, sizeof *portfolio->units, err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&portfolio->tiers, TIERS, sizeof *portfolio->tiers, err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&portfolio->grid, portfolio->grid_count, sizeof *portfolio->grid,
                                   err)) != LIQ_OK)
        return status;
    for (uint32_t i = 0; i < UNITS; i++)
        portfolio->units[i] = (liq_portfolio_unit_record){
            .class_index = i / 2, .scenario_count = counts[i], .gain_share = 600000};
    portfolio->units[0].charges[LIQ_PORTFOLIO_CONTINGENCY].net_rate = 10000;
    portfolio->units[2].charges[LIQ_PORTFOLIO_MINIMUM].hedged_rate = 5000;
    portfolio->units[2].charges[LIQ_PORTFOLIO_MINIMUM].tier_count = TIERS;
    portfolio->tiers[0] = (liq_portfolio_tier_record){.up_to = liq_wide_make(0, 1000000000000),
                                                      .multiplier = LIQ_PORTFOLIO_ONE};
    portfolio->tiers[1] = (liq_portfolio_tier_record){.up_to = portfolio->policy.sum_max,
                                                      .multiplier = 2 * LIQ_PORTFOLIO_ONE};
    for (uint32_t i = 0; i < instruments; i++)
        instrument_fill(portfolio, market, i);
    return LIQ_OK;
}

/* A short is held to a fine unit more than a long: whoever confuses them is found out. */
static void instrument_fill(liq_portfolio_market *portfolio, const liq_market *market,
                            uint32_t instrument)
{
    const int64_t value = market->instruments[instrument].value_floor;
    liq_portfolio_instrument_record *record = &portfolio->instruments[instrument];
    uint32_t count;

    *record = (liq_portfolio_instrument_record){.unit = LIQ_NO_INDEX};
    if (instrument >= UNITS)
        return;
    record->unit = instrument;
    record->grid_first = instrument * 2 * SCENARIOS;
    record->delta = value;
    record->long_charges[LIQ_PORTFOLIO_MINIMUM] = instrument == 2 ? value / 100 : 0;
    record->short_charges[LIQ_PORTFOLIO_MINIMUM] = instrument == 2 ? value / 50 : 0;
    count = portfolio->units[instrument].scenario_count;
    for (uint32_t i = 0; i < count; i++) {
        int64_t *pnl = portfolio->grid + record->grid_first + i;

        pnl[0] = value / 1000 * STEP_PER_MILLE * ((int64_t)i - SCENARIOS / 2);
        pnl[count] = pnl[0] + 1;
    }
    record->most = liq_size_of(value); /* no scenario moves it by as much */
}
