#include "settle/settle_fund.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/memory.h"
#include "liq_limits.h"

static uint32_t fund_find(const liq_venue *venue, const liq_funds *funds, uint32_t asset);
static void window_turn(liq_window *window, int64_t now_ms, int64_t fill);
static int64_t share_of(int64_t amount, int64_t nano);
static int64_t bounded(liq_int128 amount);
static liq_int128 instrument_loss(const liq_inventory *inventory);
static int64_t drawdown_left(const liq_liquidation *rules, bool *in_adl, liq_int128 loss,
                             int64_t peak);

liq_status liq_funds_create(liq_funds *out, const liq_venue *venue, liq_error *err)
{
    const size_t most = (size_t)venue->fund_count + venue->asset_count;
    liq_funds funds = {.fund_count = venue->fund_count};
    liq_status status;

    if ((status = liq_memory_array(&funds.funds, most, sizeof *funds.funds, err)) != LIQ_OK ||
        (status = liq_memory_array(&funds.inventories, venue->instrument_count,
                                   sizeof *funds.inventories, err)) != LIQ_OK ||
        (status = liq_memory_array(&funds.asset_funds, venue->asset_count,
                                   sizeof *funds.asset_funds, err)) != LIQ_OK ||
        (status = liq_memory_array(&funds.listed, venue->instrument_count, sizeof *funds.listed,
                                   err)) != LIQ_OK) {
        liq_funds_clear(&funds);
        return status;
    }
    for (uint32_t i = 0; i < venue->fund_count; i++)
        funds.funds[i] =
            (liq_fund_state){.name = liq_names_get(venue->fund_names, i),
                             .grains = (liq_int128)venue->funds[i].balance * LIQ_GRAINS_PER_UNIT,
                             .floor = venue->funds[i].floor,
                             .asset = venue->funds[i].asset_index,
                             .highs = {.stretch = INT64_MIN}};
    /* The venue itself stands where no fund does: with nothing, so that it cannot pay. */
    for (uint32_t asset = 0; asset < venue->asset_count; asset++)
        if (fund_find(venue, &funds, asset) == LIQ_NO_INDEX)
            funds.funds[funds.fund_count++] =
                (liq_fund_state){.name = liq_names_get(venue->asset_names, asset),
                                 .asset = asset,
                                 .highs = {.stretch = INT64_MIN}};
    for (uint32_t i = 0; i < venue->instrument_count; i++) {
        const liq_instrument *instrument = &venue->instruments[i];

        funds.inventories[i].gains.stretch = INT64_MIN;
        funds.inventories[i].fund = instrument->fund_index != UINT32_MAX
                                        ? instrument->fund_index
                                        : fund_find(venue, &funds, instrument->settle_index);
    }
    for (uint32_t asset = 0; asset < venue->asset_count; asset++)
        funds.asset_funds[asset] = fund_find(venue, &funds, asset);
    *out = funds;
    return LIQ_OK;
}

void liq_funds_clear(liq_funds *funds)
{
    free(funds->funds);
    free(funds->inventories);
    free(funds->listed);
    free(funds->asset_funds);
    *funds = (liq_funds){0};
}

void liq_funds_tick(liq_funds *funds, int64_t now_ms)
{
    funds->now_ms = now_ms;
    for (uint32_t i = 0; i < funds->fund_count; i++) {
        liq_fund_state *fund = &funds->funds[i];
        const int64_t balance = liq_fund_balance(fund);
        int64_t *high;

        window_turn(&fund->highs, now_ms, INT64_MIN);
        high = &fund->highs.values[fund->highs.stretch % LIQ_WINDOW_STRETCHES];
        if (*high < balance)
            *high = balance;
    }
}

int64_t liq_fund_balance(const liq_fund_state *fund)
{
    const liq_int128 units = fund->grains / LIQ_GRAINS_PER_UNIT;

    return (int64_t)(units - (units * LIQ_GRAINS_PER_UNIT > fund->grains));
}

int64_t liq_fund_peak(const liq_fund_state *fund)
{
    int64_t peak = liq_fund_balance(fund);

    for (int i = 0; i < LIQ_WINDOW_STRETCHES; i++)
        if (fund->highs.values[i] > peak)
            peak = fund->highs.values[i];
    return peak;
}

int64_t liq_fund_available(liq_funds *funds, const liq_liquidation *rules, uint32_t fund,
                           uint32_t instrument)
{
    liq_fund_state *state = &funds->funds[fund];
    const int64_t balance = liq_fund_balance(state);
    int64_t out = bounded((liq_int128)balance - state->floor);
    int64_t left = out;

    if (rules->adl_trigger == LIQ_ADL_ON_NEGATIVE_EQUITY)
        return 0;
    if (rules->adl_trigger == LIQ_ADL_ON_FUND_DRAWDOWN) {
        const int64_t peak = liq_fund_peak(state);

        left = drawdown_left(rules, &state->in_adl, (liq_int128)peak - balance, peak);
    } else if (rules->adl_trigger == LIQ_ADL_ON_INSTRUMENT_DRAWDOWN && instrument != LIQ_NO_INDEX) {
        liq_inventory *inventory = &funds->inventories[instrument];

        window_turn(&inventory->gains, funds->now_ms, 0);
        left = drawdown_left(rules, &inventory->in_adl, instrument_loss(inventory),
                             liq_fund_peak(state));
    }
    out = left < out ? left : out;
    return out > 0 ? out : 0;
}

void liq_fund_exhausted(liq_funds *funds, const liq_liquidation *rules, uint32_t fund,
                        uint32_t instrument)
{
    if (rules->adl_trigger == LIQ_ADL_ON_FUND_DRAWDOWN)
        funds->funds[fund].in_adl = true;
    if (rules->adl_trigger == LIQ_ADL_ON_INSTRUMENT_DRAWDOWN && instrument != LIQ_NO_INDEX)
        funds->inventories[instrument].in_adl = true;
}

void liq_fund_note(liq_funds *funds, uint32_t instrument, int64_t units)
{
    liq_window *gains = &funds->inventories[instrument].gains;

    int64_t *value;

    window_turn(gains, funds->now_ms, 0);
    value = &gains->values[gains->stretch % LIQ_WINDOW_STRETCHES];
    *value = bounded((liq_int128)*value + units);
}

void liq_funds_list(liq_funds *funds, uint32_t instrument)
{
    if (funds->inventories[instrument].is_listed)
        return;
    funds->inventories[instrument].is_listed = true;
    funds->listed[funds->listed_count++] = instrument;
}

/* The fund of an asset: of its name, else the only one that holds it. */
static uint32_t fund_find(const liq_venue *venue, const liq_funds *funds, uint32_t asset)
{
    const char *name = liq_names_get(venue->asset_names, asset);
    uint32_t found = LIQ_NO_INDEX;
    uint32_t count = 0;

    for (uint32_t i = 0; i < funds->fund_count; i++) {
        if (funds->funds[i].asset != asset)
            continue;
        if (strcmp(funds->funds[i].name, name) == 0)
            return i;
        found = i;
        count++;
    }
    return count == 1 ? found : LIQ_NO_INDEX;
}

/* Go on to the stretch of a time; those in between begin with fill. */
static void window_turn(liq_window *window, int64_t now_ms, int64_t fill)
{
    const int64_t stretch = now_ms / LIQ_WINDOW_STRETCH_MS;
    int64_t from = window->stretch + 1;

    if (window->stretch == INT64_MIN || stretch - window->stretch >= LIQ_WINDOW_STRETCHES)
        from = stretch - LIQ_WINDOW_STRETCHES + 1;
    for (int64_t i = from < 0 ? 0 : from; i <= stretch; i++)
        window->values[i % LIQ_WINDOW_STRETCHES] = fill;
    if (window->stretch == INT64_MIN && from < 0)
        for (int64_t i = stretch + 1; i < LIQ_WINDOW_STRETCHES; i++)
            window->values[i] = fill;
    if (stretch > window->stretch)
        window->stretch = stretch;
}

static int64_t share_of(int64_t amount, int64_t nano)
{
    return (int64_t)((liq_int128)amount * nano / LIQ_RATE_NANO);
}

/* Nobody can tell such amounts from larger ones. */
static int64_t bounded(liq_int128 amount)
{
    if (amount > INT64_MAX)
        return INT64_MAX;
    return amount < INT64_MIN ? INT64_MIN : (int64_t)amount;
}

static liq_int128 instrument_loss(const liq_inventory *inventory)
{
    liq_int128 gain = 0;

    for (int i = 0; i < LIQ_WINDOW_STRETCHES; i++)
        gain += inventory->gains.values[i];
    return -gain;
}

/* What may still be lost before the drawdown begins; ADL that is on ends when it is below stop. */
static int64_t drawdown_left(const liq_liquidation *rules, bool *in_adl, liq_int128 loss,
                             int64_t peak)
{
    if (*in_adl && loss < share_of(peak, rules->drawdown_stop))
        *in_adl = false;
    return *in_adl ? 0 : bounded(share_of(peak, rules->drawdown_start) - loss);
}
