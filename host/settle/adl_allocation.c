#include <liqscan/adl.h>

#include <stdlib.h>

#include "base/fail.h"
#include "base/memory.h"
#include "scan/explain_lines.h"
#include "settle/adl_request.h"

enum { PPM_DECIMALS = 6 };

struct liq_adl_allocation {
    liq_adl_queue_view queue;
    liq_adl_ask ask;
    liq_decimal price;
    int64_t *lots; /* by place in the queue, of the ranked ones */
    liq_adl_report report;
    liq_int128 realised; /* of all closes, fine units */
};

static liq_status lots_share(liq_adl_allocation *allocation, liq_error *err);
static liq_adl_counterparty counterparty_of(const liq_adl_allocation *allocation, uint32_t index);
static liq_int128 realised_of(const liq_adl_allocation *allocation, uint32_t index);
static void money_write(char out[LIQ_AMOUNT_TEXT_BYTES], const liq_adl_allocation *allocation,
                        liq_int128 fine);
static void lots_write(char out[LIQ_AMOUNT_TEXT_BYTES], const liq_adl_allocation *allocation,
                       int64_t lots);
static const liq_instrument *instrument_of(const liq_adl_allocation *allocation);

liq_status liq_adl_allocation_create(liq_adl_allocation **out, const liq_adl_queue *queue,
                                     const liq_adl_request *request, liq_error *err)
{
    liq_adl_allocation *allocation = NULL;
    liq_status status = liq_memory_array(&allocation, 1, sizeof *allocation, err);

    if (status != LIQ_OK)
        return status;
    allocation->queue = liq_adl_queue_look(queue);
    if (allocation->queue.ranked_count > LIQ_ADL_COUNTERPARTIES_MAX) {
        status = liq_fail(err, LIQ_OUT_OF_RANGE, 0, "%llu ranked positions are more than %d",
                          (unsigned long long)allocation->queue.ranked_count,
                          LIQ_ADL_COUNTERPARTIES_MAX);
        goto done;
    }
    if ((status = liq_adl_request_read(&allocation->ask, &allocation->price, request,
                                       &allocation->queue, err)) != LIQ_OK ||
        (status = lots_share(allocation, err)) != LIQ_OK)
        goto done;
    *out = allocation;
    allocation = NULL; /* given away */
done:
    liq_adl_allocation_destroy(allocation);
    return status;
}

void liq_adl_allocation_destroy(liq_adl_allocation *allocation)
{
    if (allocation == NULL)
        return;
    free(allocation->lots);
    free(allocation);
}

void liq_adl_allocation_close(const liq_adl_allocation *allocation, uint64_t index,
                              liq_adl_close *out)
{
    const bool is_ranked = index < allocation->queue.ranked_count;

    LIQ_ASSERT(index < allocation->queue.entry_count);
    lots_write(out->quantity, allocation, is_ranked ? allocation->lots[index] : 0);
    money_write(out->realised_pnl, allocation,
                is_ranked ? realised_of(allocation, (uint32_t)index) : 0);
}

void liq_adl_allocation_summary(const liq_adl_allocation *allocation, liq_adl_summary *out)
{
    const liq_adl_report *report = &allocation->report;
    const liq_adl_ask *ask = &allocation->ask;
    const liq_book *book = allocation->queue.book;
    const liq_decimal mark = book->instrument_marks[allocation->queue.instrument_index];
    const bool by_base =
        ask->policy == LIQ_ADL_POLICY_CAPPED_PRO_RATA || ask->policy == LIQ_ADL_POLICY_RISK_AWARE;

    *out = (liq_adl_summary){
        .policy = liq_adl_policy_name(ask->policy),
        .asset = liq_names_get(book->venue.asset_names, instrument_of(allocation)->settle_index),
        .positions = report->positions,
        .accounts = report->accounts,
        .seed = ask->seed};
    if (by_base)
        out->base = liq_adl_base_name(ask->base);
    if (ask->policy == LIQ_ADL_POLICY_RISK_AWARE)
        out->weight = liq_adl_weight_name(ask->weight);
    if (report->largest_index != LIQ_ADL_NO_COUNTERPARTY)
        out->largest_account = liq_names_get(
            book->account_names,
            counterparty_of(allocation, (uint32_t)report->largest_index).account_index);
    lots_write(out->quantity, allocation, report->lots_asked);
    lots_write(out->closed, allocation, report->lots_placed);
    lots_write(out->residual, allocation, report->lots_residual);
    liq_explain_amount_write(out->price, allocation->price.digits, allocation->price.decimals);
    liq_explain_amount_write(out->mark_price, mark.digits, mark.decimals);
    if (ask->deficit > 0)
        money_write(out->deficit, allocation, report->deficit);
    money_write(out->needed, allocation, report->needed);
    money_write(out->taken, allocation, report->taken);
    money_write(out->overshoot, allocation, report->overshoot);
    money_write(out->realised_pnl, allocation, allocation->realised);
    liq_explain_amount_write(out->largest_share, report->largest_ppm, PPM_DECIMALS);
    if (report->level_ppm >= 0)
        liq_explain_amount_write(out->level, report->level_ppm, PPM_DECIMALS);
}

static liq_status lots_share(liq_adl_allocation *allocation, liq_error *err)
{
    const uint32_t count = (uint32_t)allocation->queue.ranked_count;
    liq_adl_counterparty *counterparties = NULL;
    liq_adl_scratch scratch = {0};
    liq_status status;

    if ((status = liq_memory_array(&counterparties, count, sizeof *counterparties, err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&allocation->lots, count, sizeof *allocation->lots, err)) !=
            LIQ_OK ||
        (status = liq_adl_scratch_reserve(&scratch, count, err)) != LIQ_OK)
        goto done;
    for (uint32_t i = 0; i < count; i++)
        counterparties[i] = counterparty_of(allocation, i);
    if ((status = liq_adl_allocate(allocation->lots, &allocation->report, counterparties, count,
                                   &allocation->ask, &scratch, err)) != LIQ_OK)
        goto done;
    for (uint32_t i = 0; i < count; i++)
        allocation->realised += realised_of(allocation, i);
done:
    liq_adl_scratch_clear(&scratch);
    free(counterparties);
    return status;
}

static liq_adl_counterparty counterparty_of(const liq_adl_allocation *allocation, uint32_t index)
{
    const liq_adl_queue_view *queue = &allocation->queue;
    const liq_adl_entry *entry = &queue->entries[index];
    const liq_position *position = &queue->book->positions[entry->position_index];
    const liq_row_record *margin = &queue->margins[entry->margin_index];

    return (liq_adl_counterparty){.account_index = position->account_index,
                                  .place = position->isolated,
                                  .score_key = entry->score,
                                  .lots = entry->lots,
                                  .cap_lots = entry->lots,
                                  .equity = margin->equity,
                                  .notional = margin->notional,
                                  .maintenance = margin->maintenance,
                                  .profit = (liq_int128)position->quantity_lots *
                                            (allocation->ask.mark_value - position->entry_value)};
}

/* What the close of a position pays its holder: the price against the entry, exactly. */
static liq_int128 realised_of(const liq_adl_allocation *allocation, uint32_t index)
{
    const liq_adl_queue_view *queue = &allocation->queue;
    const liq_position *position = &queue->book->positions[queue->entries[index].position_index];
    const liq_int128 pnl =
        (liq_int128)allocation->lots[index] * (allocation->ask.exec_value - position->entry_value);

    return queue->is_short ? -pnl : pnl;
}

static void money_write(char out[LIQ_AMOUNT_TEXT_BYTES], const liq_adl_allocation *allocation,
                        liq_int128 fine)
{
    const liq_venue *venue = &allocation->queue.book->venue;

    liq_explain_amount_write(out, fine,
                             venue->assets[instrument_of(allocation)->settle_index].value_decimals);
}

static void lots_write(char out[LIQ_AMOUNT_TEXT_BYTES], const liq_adl_allocation *allocation,
                       int64_t lots)
{
    liq_explain_quantity_write(out, instrument_of(allocation), lots);
}

static const liq_instrument *instrument_of(const liq_adl_allocation *allocation)
{
    const liq_adl_queue_view *queue = &allocation->queue;

    return &queue->book->venue.instruments[queue->instrument_index];
}
