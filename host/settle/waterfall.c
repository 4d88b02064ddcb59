#include "settle/waterfall.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fail.h"
#include "base/memory.h"
#include "settle/advice.h"
#include "settle/waterfall_internal.h"

static liq_status totals_add(liq_waterfall *waterfall, liq_error *err);
static liq_status rounds_run(liq_waterfall *waterfall, liq_error *err);
static void outcome_add(liq_adl_outcome *all, const liq_adl_outcome *outcome);
static void run_start(liq_waterfall *waterfall, const liq_waterfall_input *input);
static liq_status warned_call(liq_waterfall *waterfall, const liq_waterfall_input *input,
                              liq_error *err);
static liq_status notices_tell(liq_waterfall *waterfall, const liq_waterfall_input *input,
                               liq_error *err);
static liq_status rows_settle(liq_waterfall *waterfall, const liq_settle_row *rows, uint32_t count,
                              bool is_first, liq_error *err);

liq_status liq_waterfall_create(liq_waterfall *out, const liq_settle_source *source,
                                const liq_book *prices, const liq_depth_level *depth,
                                uint64_t depth_count, const liq_decimal *marks, liq_error *err)
{
    const uint32_t instruments = source->venue->instrument_count;
    liq_status status;

    *out = (liq_waterfall){
        .source = *source, .prices = prices, .rules = &source->venue->policy.liquidation};
    if (!out->rules->is_known)
        return liq_fail(err, LIQ_UNSUPPORTED, 0,
                        "profile \"%s\" of venue \"%s\" has no \"liquidation\": nothing can be "
                        "settled",
                        source->venue->policy.profile, source->venue->name);
    if ((status = liq_market_create(&out->market, prices, err)) != LIQ_OK ||
        (out->rules->mark_follows_fills &&
         (status = liq_market_create(&out->scan_market, prices, err)) != LIQ_OK))
        goto done;
    liq_overlay_start(&out->overlay, &out->source, &out->market);
    if ((status = liq_funds_create(&out->funds, source->venue, err)) != LIQ_OK ||
        (status = liq_brakes_create(&out->brakes, &source->venue->policy.guards, source->venue,
                                    out->funds.fund_count, err)) != LIQ_OK ||
        (status = liq_rooms_create(&out->rooms, &out->market, &out->overlay, &out->funds, err)) !=
            LIQ_OK ||
        (status = liq_execution_create(&out->execution, source->venue, &out->market, depth,
                                       depth_count, marks, err)) != LIQ_OK ||
        (status = liq_slicer_create(&out->slicer, instruments, err)) != LIQ_OK ||
        (status = liq_memory_array(&out->moved, instruments, sizeof *out->moved, err)) != LIQ_OK)
        goto done;
    status = liq_memory_array(&out->moved_values, instruments, sizeof *out->moved_values, err);
done:
    if (status != LIQ_OK)
        liq_waterfall_clear(out);
    return status;
}

void liq_waterfall_clear(liq_waterfall *waterfall)
{
    liq_market_clear(&waterfall->market);
    liq_market_clear(&waterfall->scan_market);
    liq_row_map_clear(&waterfall->seen);
    liq_row_map_clear(&waterfall->looked);
    liq_overlay_clear(&waterfall->overlay);
    liq_funds_clear(&waterfall->funds);
    liq_brakes_clear(&waterfall->brakes);
    liq_rooms_clear(&waterfall->rooms);
    liq_execution_clear(&waterfall->execution);
    liq_row_map_clear(&waterfall->cooldowns);
    liq_row_map_clear(&waterfall->awaited);
    liq_slicer_clear(&waterfall->slicer);
    liq_adl_desk_destroy(waterfall->desk);
    liq_advice_clear(&waterfall->advice);
    free(waterfall->actions);
    free(waterfall->evidence);
    free(waterfall->pending);
    free(waterfall->requests);
    free(waterfall->reports);
    free(waterfall->outcomes);
    free(waterfall->legs);
    free(waterfall->moved);
    free(waterfall->moved_values);
    free(waterfall->found);
    free(waterfall->sides);
    *waterfall = (liq_waterfall){0};
}

liq_status liq_waterfall_run(liq_waterfall *waterfall, const liq_waterfall_input *input,
                             liq_error *err)
{
    uint64_t adl_start_ns;
    liq_status status;

    if (waterfall->rooms.is_stopped)
        return liq_fail(err, LIQ_NOT_CONSERVED, 0, "settling has stopped at an earlier action");
    run_start(waterfall, input);
    if ((status = notices_tell(waterfall, input, err)) != LIQ_OK ||
        (status = liq_brakes_start(waterfall, err)) != LIQ_OK ||
        (status = liq_inventories_value(waterfall, err)) != LIQ_OK ||
        (status = liq_reports_settle(waterfall, err)) != LIQ_OK ||
        (status = warned_call(waterfall, input, err)) != LIQ_OK ||
        (status = rows_settle(waterfall, input->flagged, input->flagged_count, true, err)) !=
            LIQ_OK)
        return status;
    if ((status = rounds_run(waterfall, err)) != LIQ_OK ||
        (status = liq_brakes_end(waterfall, err)) != LIQ_OK)
        return status;
    adl_start_ns = liq_clock_ns();
    status = liq_stage_adl(waterfall, err);
    waterfall->totals.adl_ns = liq_clock_ns() - adl_start_ns;
    if (status != LIQ_OK || (status = liq_inventories_close(waterfall, err)) != LIQ_OK ||
        (status = liq_inventories_end(waterfall, err)) != LIQ_OK ||
        (!waterfall->advice.is_on && (status = liq_slicer_end(&waterfall->slicer, err)) != LIQ_OK))
        return status;
    return totals_add(waterfall, err);
}

/* Fills have moved marks: whoever that flags is settled too, round by round. */
static liq_status rounds_run(liq_waterfall *waterfall, liq_error *err)
{
    uint32_t count = 0;
    bool goes_on = true;
    liq_status status = LIQ_OK;

    for (uint32_t round = 0; round < waterfall->rules->cascade_rounds; round++) {
        if ((status = liq_cascade_find(waterfall, &count, err)) != LIQ_OK || count == 0 ||
            (status = liq_brakes_round(waterfall, &goes_on, err)) != LIQ_OK || !goes_on)
            break;
        waterfall->totals.rounds++;
        if ((status = rows_settle(waterfall, waterfall->found, count, false, err)) != LIQ_OK)
            break;
    }
    return status;
}

bool liq_waterfall_conserved(const liq_waterfall *waterfall)
{
    for (uint32_t asset = 0; asset < waterfall->source.venue->asset_count; asset++) {
        liq_int128 sum = 0;

        for (int room = 0; room < LIQ_ROOMS_COUNT; room++)
            sum += liq_rooms_change(&waterfall->rooms, (liq_room)room, asset);
        if (sum != 0)
            return false;
    }
    return !waterfall->rooms.is_stopped;
}

static void run_start(liq_waterfall *waterfall, const liq_waterfall_input *input)
{
    /* A tick in which nothing happens costs next to nothing; what deleverages at the previous mark
       has to know all of them. */
    if (input->flagged_count > 0 || waterfall->funds.listed_count > 0 ||
        waterfall->report_count > 0 || waterfall->rules->adl_price == LIQ_ADL_AT_PREVIOUS_MARK)
        liq_market_update(&waterfall->market, waterfall->prices);
    if (waterfall->rules->mark_follows_fills)
        liq_market_update(&waterfall->scan_market, waterfall->prices);
    liq_row_map_clear(&waterfall->seen);
    liq_overlay_reset(&waterfall->overlay);
    liq_execution_reset(&waterfall->execution);
    if (waterfall->rules->execution == LIQ_EXECUTION_SLICED)
        liq_slicer_start(&waterfall->slicer, &waterfall->rules->slicing,
                         waterfall->prices->instrument_marks,
                         waterfall->source.venue->instrument_count, input->now_ms);
    liq_funds_tick(&waterfall->funds, input->now_ms);
    waterfall->now_ms = input->now_ms;
    waterfall->tick = input->tick;
    waterfall->action_count = 0;
    waterfall->pending_count = 0;
    waterfall->outcome_count = 0;
    waterfall->totals = (liq_settle_totals){.rounds = 1};
    for (uint32_t i = 0; i < waterfall->moved_count; i++)
        waterfall->moved_values[waterfall->moved[i]] = 0;
    waterfall->moved_count = 0;
    waterfall->rooms.audit_ns = 0;
    waterfall->rooms.leg_count = 0;
}

static liq_status notices_tell(liq_waterfall *waterfall, const liq_waterfall_input *input,
                               liq_error *err)
{
    liq_status status = LIQ_OK;

    for (uint32_t i = 0; status == LIQ_OK && i < input->notice_count; i++)
        status = liq_notice_emit(waterfall, &input->notices[i], err);
    for (uint32_t i = 0; status == LIQ_OK && i < input->margin_notice_count; i++)
        status = liq_notice_emit(waterfall, &input->margin_notices[i], err);
    return status;
}

static liq_status warned_call(liq_waterfall *waterfall, const liq_waterfall_input *input,
                              liq_error *err)
{
    for (uint32_t i = 0; waterfall->rules->margin_call && i < input->warned_count; i++) {
        const liq_settle_row *row = &input->warned[i];
        const bool isolated = row->name.instrument != LIQ_NO_INDEX;
        const liq_settle_reason because =
            row->result.status == LIQ_ROW_WARNING ? LIQ_BECAUSE_WARNING : LIQ_BECAUSE_REDUCE_ONLY;
        liq_action *action;
        const liq_status status =
            liq_action_add(waterfall, LIQ_SETTLE_MARGIN_CALL, because, &action, err);

        if (status != LIQ_OK)
            return status;
        action->account = row->name.account;
        action->instrument = row->name.instrument;
        action->is_isolated = isolated;
        liq_evidence_set(waterfall, row->result.equity, row->result.maintenance);
        action->side = !isolated ? 0 : row->name.is_short ? -1 : 1;
    }
    return LIQ_OK;
}

static liq_status rows_settle(liq_waterfall *waterfall, const liq_settle_row *rows, uint32_t count,
                              bool is_first, liq_error *err)
{
    liq_status status = LIQ_OK;

    for (uint32_t i = 0; status == LIQ_OK && i < count; i++)
        status = liq_row_settle(waterfall, &rows[i], is_first, err);
    return status;
}

/* What all runs did. */
static liq_status totals_add(liq_waterfall *waterfall, liq_error *err)
{
    const liq_settle_totals *run = &waterfall->totals;
    liq_settle_totals *all = &waterfall->all;
    liq_status status;

    waterfall->all_actions += waterfall->action_count;
    waterfall->all_touched += waterfall->overlay.count;
    all->rows += run->rows;
    all->safe += run->safe;
    all->closed += run->closed;
    all->waiting += run->waiting;
    all->held += run->held;
    all->adl_fills += run->adl_fills;
    all->adl_accounts += run->adl_accounts;
    all->rounds += run->rounds;
    all->adl_ns += run->adl_ns;
    all->notional += run->notional;
    all->adl_notional += run->adl_notional;
    all->fees += run->fees;
    all->socialised += run->socialised;
    all->filled += run->filled;
    all->slippage += run->slippage;
    all->largest = run->largest > all->largest ? run->largest : all->largest;
    if (waterfall->outcome_count > 0 && waterfall->sides == NULL &&
        (status = liq_memory_array(&waterfall->sides,
                                   2 * (size_t)waterfall->source.venue->instrument_count,
                                   sizeof *waterfall->sides, err)) != LIQ_OK)
        return status;
    for (uint32_t i = 0; i < waterfall->outcome_count; i++)
        outcome_add(&waterfall->sides[waterfall->outcomes[i].side], &waterfall->outcomes[i]);
    return LIQ_OK;
}

static void outcome_add(liq_adl_outcome *all, const liq_adl_outcome *outcome)
{
    all->side = outcome->side;
    all->fills += outcome->fills;
    all->report.lots_asked += outcome->report.lots_asked;
    all->report.lots_placed += outcome->report.lots_placed;
    all->report.deficit += outcome->report.deficit;
    all->report.needed += outcome->report.needed;
    all->report.taken += outcome->report.taken;
    all->report.overshoot += outcome->report.overshoot;
    all->report.accounts += outcome->report.accounts;
    if (outcome->report.largest_ppm > all->report.largest_ppm)
        all->report.largest_ppm = outcome->report.largest_ppm;
}
