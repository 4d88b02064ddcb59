/*
 * Fills that the exchange has reported for what was asked of it.
 */
#include "base/fail.h"
#include "settle/waterfall_internal.h"

static liq_status requests_keep(liq_waterfall *waterfall, liq_error *err);
static liq_status report_settle(liq_waterfall *waterfall, const liq_report *report, liq_error *err);
static liq_status fill_settle(liq_waterfall *waterfall, const liq_request *request,
                              const liq_report *report, liq_error *err);
static bool hand_find(liq_hand *hand, const liq_request *request, uint32_t *position);

liq_status liq_reports_settle(liq_waterfall *waterfall, liq_error *err)
{
    liq_status status = LIQ_OK;

    for (uint32_t i = 0; status == LIQ_OK && i < waterfall->report_count; i++)
        status = report_settle(waterfall, &waterfall->reports[i], err);
    if (status != LIQ_OK)
        return status;
    waterfall->report_count = 0;
    return requests_keep(waterfall, err);
}

liq_request *liq_request_find(const liq_waterfall *waterfall, uint64_t number)
{
    uint32_t low = 0;
    uint32_t high = waterfall->request_count;

    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;

        if (waterfall->requests[middle].number < number)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == waterfall->request_count || waterfall->requests[low].number != number ||
        !liq_request_is_alive(waterfall, &waterfall->requests[low]))
        return NULL;
    return &waterfall->requests[low];
}

void liq_report_note(liq_waterfall *waterfall, const liq_report *report)
{
    liq_request *request = liq_request_find(waterfall, report->number);

    if (request == NULL)
        return;
    request->lots_reported += report->lots;
    request->is_ended = request->is_ended || report->is_last;
}

void liq_reports_note(liq_waterfall *waterfall)
{
    for (uint32_t i = 0; i < waterfall->request_count; i++) {
        waterfall->requests[i].lots_reported = 0;
        waterfall->requests[i].is_ended = false;
    }
    for (uint32_t i = 0; i < waterfall->report_count; i++)
        liq_report_note(waterfall, &waterfall->reports[i]);
}

bool liq_request_is_alive(const liq_waterfall *waterfall, const liq_request *request)
{
    return request->lots_left > 0 && liq_row_is_alive(waterfall, request->row);
}

/* Those that are done are forgotten, and those of accounts that have gone. */
static liq_status requests_keep(liq_waterfall *waterfall, liq_error *err)
{
    uint32_t kept = 0;
    liq_status status;

    for (uint32_t i = 0; i < waterfall->request_count; i++) {
        liq_request *request = &waterfall->requests[i];

        request->lots_reported = 0;
        request->is_ended = false;
        if (!liq_row_is_alive(waterfall, request->row)) {
            if ((status = liq_row_map_set(&waterfall->awaited, request->row, 0, err)) != LIQ_OK)
                return status;
        } else if (request->lots_left > 0) {
            waterfall->requests[kept++] = *request;
        }
    }
    waterfall->request_count = kept;
    return LIQ_OK;
}

/* Nothing is to be done any more for a request that an earlier fill has ended, or whose account
   has gone since. */
static liq_status report_settle(liq_waterfall *waterfall, const liq_report *report, liq_error *err)
{
    liq_request *request = liq_request_find(waterfall, report->number);
    liq_status status;

    if (request == NULL)
        return LIQ_OK;
    if (report->lots > 0 && (status = fill_settle(waterfall, request, report, err)) != LIQ_OK)
        return status;
    request->lots_left -= report->lots;
    if (!report->is_last && request->lots_left > 0)
        return LIQ_OK;
    request->lots_left = 0;
    return liq_row_map_set(&waterfall->awaited, request->row,
                           liq_row_map_get(&waterfall->awaited, request->row) - 1, err);
}

/* A fill has happened whatever the account looks like by now; only what it no longer holds has been
   closed by whoever took it, and is not closed a second time. */
static liq_status fill_settle(liq_waterfall *waterfall, const liq_request *request,
                              const liq_report *report, liq_error *err)
{
    liq_hand hand = {.name = request->row, .position = LIQ_NO_INDEX};
    liq_fill_order order = {.kind = (liq_settle_kind)request->kind,
                            .reason = (liq_settle_reason)request->reason};
    const uint64_t first = waterfall->action_count;
    liq_int128 gross;
    int64_t held;
    liq_share share;
    liq_status status;

    if ((status = liq_overlay_touch(&waterfall->overlay, request->row.account, &hand.account,
                                    err)) != LIQ_OK ||
        !hand_find(&hand, request, &order.position))
        return status;
    held = (int64_t)liq_size_of(hand.account->positions[order.position].quantity_lots);
    order.lots = report->lots < held ? report->lots : held;
    gross = (liq_int128)order.lots * report->value;
    order.proceeds = request->is_short ? -gross : gross;
    (void)liq_hand_value(waterfall, &hand);
    order.fee_free = order.proceeds;
    if (liq_share_make(&share, &waterfall->overlay, hand.account, order.position, &hand.now))
        order.fee_free = liq_bankruptcy_proceeds_ceil(&share, order.lots);
    if ((status = liq_fill_do(waterfall, &hand, &order, err)) != LIQ_OK)
        return status;
    waterfall->actions[first].request = request->number;
    liq_cascade_note(waterfall, request->instrument, report->value);
    return LIQ_OK;
}

static bool hand_find(liq_hand *hand, const liq_request *request, uint32_t *position)
{
    const bool isolated = request->row.instrument != LIQ_NO_INDEX;

    for (uint32_t i = 0; i < hand->account->position_count; i++) {
        const liq_position *held = &hand->account->positions[i];

        if (held->isolated != isolated || held->instrument_index != request->instrument ||
            held->quantity_lots == 0 || (held->quantity_lots < 0) != (request->is_short != 0))
            continue;
        *position = i;
        if (isolated)
            hand->position = i;
        return true;
    }
    return false;
}
