#include "settle/advice.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static void requests_forget(liq_waterfall *waterfall);
static liq_status money_keep(liq_waterfall *waterfall, liq_error *err);
static void money_put_back(liq_waterfall *waterfall);
static void marks_note(liq_waterfall *waterfall);

liq_status liq_advice_keep(liq_waterfall *waterfall, const liq_waterfall_input *input,
                           liq_error *err)
{
    liq_advice *advice = &waterfall->advice;
    liq_status status;

    if (!advice->is_on)
        return LIQ_OK;
    requests_forget(waterfall);
    advice->all = waterfall->all;
    advice->all_actions = waterfall->all_actions;
    advice->all_touched = waterfall->all_touched;
    advice->cooldown_count = 0;
    advice->has_money = false;
    if ((status = liq_slicer_keep(&waterfall->slicer, err)) != LIQ_OK)
        return status;
    if (input->flagged_count == 0 && waterfall->funds.listed_count == 0)
        return LIQ_OK; /* calls at most */
    return money_keep(waterfall, err);
}

void liq_advice_put_back(liq_waterfall *waterfall)
{
    liq_advice *advice = &waterfall->advice;

    if (!advice->is_on)
        return;
    waterfall->all = advice->all;
    waterfall->all_actions = advice->all_actions;
    waterfall->all_touched = advice->all_touched;
    requests_forget(waterfall);
    liq_slicer_put_back(&waterfall->slicer);
    /* In reverse: of a row that was noted twice the first note is of before the run. */
    while (advice->cooldown_count > 0) {
        const liq_row_slot *noted = &advice->cooldowns[--advice->cooldown_count];

        liq_row_map_change(&waterfall->cooldowns, noted->name, noted->value);
    }
    if (advice->has_money)
        money_put_back(waterfall);
    if (waterfall->rules->adl_price == LIQ_ADL_AT_PREVIOUS_MARK)
        marks_note(waterfall);
}

liq_status liq_cooldown_set(liq_waterfall *waterfall, liq_row_name name, int64_t ends,
                            liq_error *err)
{
    liq_advice *advice = &waterfall->advice;
    liq_status status;

    if (advice->is_on) {
        if ((status = liq_memory_extend(&advice->cooldowns, &advice->cooldown_capacity,
                                        advice->cooldown_count + 1, sizeof *advice->cooldowns,
                                        err)) != LIQ_OK)
            return status;
        advice->cooldowns[advice->cooldown_count++] =
            (liq_row_slot){.name = name, .value = liq_row_map_get(&waterfall->cooldowns, name)};
    }
    return liq_row_map_set(&waterfall->cooldowns, name, ends, err);
}

void liq_advice_clear(liq_advice *advice)
{
    free(advice->funds);
    free(advice->inventories);
    free(advice->listed);
    free(advice->changes);
    free(advice->sides);
    free(advice->cooldowns);
    *advice = (liq_advice){0};
}

static void requests_forget(liq_waterfall *waterfall)
{
    waterfall->report_count = 0;
    if (waterfall->request_count == 0)
        return;
    waterfall->request_count = 0;
    liq_row_map_clear(&waterfall->awaited);
}

static liq_status money_keep(liq_waterfall *waterfall, liq_error *err)
{
    const liq_funds *funds = &waterfall->funds;
    const liq_venue *venue = waterfall->source.venue;
    const size_t instruments = venue->instrument_count;
    const size_t changes = (size_t)venue->asset_count * LIQ_ROOMS_COUNT;
    liq_advice *advice = &waterfall->advice;
    liq_status status = LIQ_OK;

    if (advice->funds == NULL &&
        ((status = liq_memory_array(&advice->inventories, instruments, sizeof *advice->inventories,
                                    err)) != LIQ_OK ||
         (status = liq_memory_array(&advice->listed, instruments, sizeof *advice->listed, err)) !=
             LIQ_OK ||
         (status = liq_memory_array(&advice->changes, changes, sizeof *advice->changes, err)) !=
             LIQ_OK ||
         (status = liq_memory_array(&advice->sides, 2 * instruments, sizeof *advice->sides, err)) !=
             LIQ_OK ||
         (status = liq_memory_array(&advice->funds, funds->fund_count, sizeof *advice->funds,
                                    err)) != LIQ_OK)) {
        liq_advice_clear(advice);
        advice->is_on = true;
        return status;
    }
    memcpy(advice->funds, funds->funds, funds->fund_count * sizeof *funds->funds);
    memcpy(advice->inventories, funds->inventories, instruments * sizeof *funds->inventories);
    memcpy(advice->listed, funds->listed, funds->listed_count * sizeof *funds->listed);
    memcpy(advice->changes, waterfall->rooms.changes, changes * sizeof *advice->changes);
    if (waterfall->sides != NULL)
        memcpy(advice->sides, waterfall->sides, 2 * instruments * sizeof *advice->sides);
    advice->has_sides = waterfall->sides != NULL;
    advice->listed_count = funds->listed_count;
    advice->has_money = true;
    return LIQ_OK;
}

/* Peaks were noted when time passed, before anything was done. */
static void money_put_back(liq_waterfall *waterfall)
{
    const liq_advice *advice = &waterfall->advice;
    const liq_venue *venue = waterfall->source.venue;
    const size_t instruments = venue->instrument_count;
    const size_t changes = (size_t)venue->asset_count * LIQ_ROOMS_COUNT;
    liq_funds *funds = &waterfall->funds;

    for (uint32_t i = 0; i < funds->fund_count; i++) {
        funds->funds[i].grains = advice->funds[i].grains;
        funds->funds[i].in_adl = advice->funds[i].in_adl;
    }
    memcpy(funds->inventories, advice->inventories, instruments * sizeof *funds->inventories);
    memcpy(funds->listed, advice->listed, advice->listed_count * sizeof *funds->listed);
    funds->listed_count = advice->listed_count;
    memcpy(waterfall->rooms.changes, advice->changes, changes * sizeof *advice->changes);
    if (waterfall->sides == NULL)
        return;
    if (advice->has_sides)
        memcpy(waterfall->sides, advice->sides, 2 * instruments * sizeof *advice->sides);
    else
        memset(waterfall->sides, 0, 2 * instruments * sizeof *waterfall->sides);
}

/* The marks of this tick are those of the tick before for the next one, and not what fills that
   nobody did have made of them. */
static void marks_note(liq_waterfall *waterfall)
{
    liq_inventory *inventories = waterfall->funds.inventories;

    liq_market_update(&waterfall->market, waterfall->prices);
    for (uint32_t i = 0; i < waterfall->source.venue->instrument_count; i++) {
        inventories[i].before_floor = waterfall->market.instruments[i].value_floor;
        inventories[i].before_ceil = waterfall->market.instruments[i].value_ceil;
    }
}
