/*
 * What a run of the waterfall says: actions, the evidence beside them, and the moves they tell of.
 */
#include <string.h>

#include "base/memory.h"
#include "settle/waterfall_internal.h"

enum { FACTOR_DECIMALS = 6 };

liq_move liq_move_start(uint32_t instrument)
{
    return (liq_move){.instrument = instrument};
}

liq_status liq_action_add(liq_waterfall *waterfall, liq_settle_kind kind, liq_settle_reason reason,
                          liq_action **out, liq_error *err)
{
    liq_status status;

    if ((status = liq_memory_extend(&waterfall->actions, &waterfall->action_capacity,
                                    waterfall->action_count + 1, sizeof *waterfall->actions,
                                    err)) != LIQ_OK ||
        (status = liq_memory_extend(&waterfall->evidence, &waterfall->evidence_capacity,
                                    waterfall->action_count + 1, sizeof *waterfall->evidence,
                                    err)) != LIQ_OK)
        return status;
    waterfall->evidence[waterfall->action_count] = (liq_evidence){0};
    *out = &waterfall->actions[waterfall->action_count++];
    /* Byte by byte, because the actions of a run are hashed. */
    memset(*out, 0, sizeof **out);
    (*out)->seq = ++waterfall->seq;
    waterfall->rooms.seq = waterfall->seq;
    (*out)->tick = waterfall->tick;
    (*out)->kind = (uint32_t)kind;
    (*out)->reason = (uint32_t)reason;
    (*out)->account = LIQ_NO_INDEX;
    (*out)->against = LIQ_NO_INDEX;
    (*out)->instrument = LIQ_NO_INDEX;
    (*out)->exchanged = LIQ_NO_INDEX;
    (*out)->fund = LIQ_NO_INDEX;
    (*out)->asset = LIQ_NO_INDEX;
    return LIQ_OK;
}

liq_status liq_notice_emit(liq_waterfall *waterfall, const liq_settle_notice *notice,
                           liq_error *err)
{
    liq_action *action;
    liq_evidence *evidence;
    const liq_status status = liq_action_add(waterfall, notice->kind, notice->reason, &action, err);

    if (status != LIQ_OK)
        return status;
    action->instrument = notice->instrument;
    action->exchanged = notice->asset;
    action->fund = notice->fund;
    action->rank = notice->source;
    evidence = &waterfall->evidence[waterfall->action_count - 1];
    evidence->observed = notice->observed;
    evidence->used = notice->used;
    evidence->limit = notice->limit;
    evidence->is_notice = true;
    evidence->is_rates = notice->maintenance_ppm != 0;
    if (!evidence->is_rates)
        return LIQ_OK;
    /* Of no asset, so that nobody is paid: for the hash of the run. */
    action->cash = (int64_t)notice->maintenance_ppm << 32 | notice->initial_ppm;
    evidence->equity = notice->effective_ms;
    evidence->maintenance = notice->raw_ppm;
    evidence->used = (liq_decimal){notice->maintenance_ppm, FACTOR_DECIMALS};
    evidence->limit = (liq_decimal){notice->initial_ppm, FACTOR_DECIMALS};
    return LIQ_OK;
}

void liq_evidence_set(liq_waterfall *waterfall, int64_t equity, int64_t maintenance)
{
    liq_evidence *evidence = &waterfall->evidence[waterfall->action_count - 1];

    evidence->equity = equity;
    evidence->maintenance = maintenance;
    evidence->is_valued = true;
}

liq_status liq_action_of_hand(liq_waterfall *waterfall, const liq_hand *hand, uint32_t position,
                              liq_settle_kind kind, liq_settle_reason reason, liq_action **out,
                              liq_error *err)
{
    const liq_status status = liq_action_add(waterfall, kind, reason, out, err);

    if (status != LIQ_OK)
        return status;
    (*out)->account = hand->account->account;
    (*out)->is_isolated = hand->position != LIQ_NO_INDEX;
    if (hand->now.status != LIQ_ROW_UNVALUED)
        liq_evidence_set(waterfall, hand->now.equity, hand->now.maintenance);
    if (position == LIQ_NO_INDEX)
        return LIQ_OK;
    (*out)->instrument = hand->account->positions[position].instrument_index;
    (*out)->side = hand->account->positions[position].quantity_lots < 0 ? -1 : 1;
    return LIQ_OK;
}

liq_status liq_move_emit(liq_waterfall *waterfall, const liq_move *move, liq_error *err)
{
    const liq_status status = liq_rooms_apply(&waterfall->rooms, move, err);

    if (status != LIQ_OK) {
        waterfall->action_count--;
        waterfall->seq--;
    }
    return status;
}
