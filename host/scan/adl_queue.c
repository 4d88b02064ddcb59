#include "scan/adl_queue.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/memory.h"
#include "scan/explain_lines.h"
#include "scan/score_text.h"
#include "scan/score_walk.h"

struct liq_adl_queue {
    const liq_book *book;
    liq_market market;
    liq_adl_entry *entries;  /* in order */
    liq_row_record *margins; /* of the rows that hold one, each once */
    size_t entry_capacity;
    size_t margin_capacity;
    uint64_t entry_count;
    uint64_t ranked_count;
    uint64_t margin_count;
    uint32_t side;
    liq_adl_rule rule;
    liq_adl_lights_by lights;
};

static liq_status entries_collect(liq_adl_queue *queue, liq_error *err);
static liq_status row_collect(liq_adl_queue *queue, const liq_scored_row *row, liq_error *err);

liq_status liq_adl_queue_create(liq_adl_queue **out, const liq_book *book, const char *instrument,
                                int is_short, const liq_adl_options *options, liq_error *err)
{
    const liq_adl_options chosen = options != NULL ? *options : (liq_adl_options){0};
    liq_adl_queue *queue = NULL;
    uint32_t index;
    liq_status status;

    if (!liq_names_find(book->venue.instrument_names, liq_text_of(instrument), &index))
        return liq_fail(err, LIQ_NOT_FOUND, 0, "instrument \"%.64s\" is not one of the venue",
                        instrument);
    if ((status = liq_memory_array(&queue, 1, sizeof *queue, err)) != LIQ_OK)
        return status;
    queue->book = book;
    queue->side = index * 2 + (is_short != 0);
    queue->rule = book->venue.policy.adl_rule;
    if (chosen.rule != NULL &&
        (status = liq_adl_rule_find(&queue->rule, chosen.rule, err)) != LIQ_OK)
        goto done;
    queue->lights = liq_adl_lights_choose(chosen.lights, (uint32_t)queue->rule);
    if ((status = liq_market_create(&queue->market, book, err)) != LIQ_OK ||
        (status = entries_collect(queue, err)) != LIQ_OK)
        goto done;
    queue->ranked_count = liq_adl_lights_fill(queue->entries, queue->entry_count, queue->lights);
    *out = queue;
    queue = NULL; /* given away */
done:
    liq_adl_queue_destroy(queue);
    return status;
}

void liq_adl_queue_destroy(liq_adl_queue *queue)
{
    if (queue == NULL)
        return;
    liq_market_clear(&queue->market);
    free(queue->entries);
    free(queue->margins);
    free(queue);
}

const char *liq_adl_queue_rule(const liq_adl_queue *queue)
{
    return liq_adl_rule_name(queue->rule);
}

liq_adl_lights_by liq_adl_queue_lights(const liq_adl_queue *queue)
{
    return queue->lights;
}

liq_adl_queue_view liq_adl_queue_look(const liq_adl_queue *queue)
{
    return (liq_adl_queue_view){.book = queue->book,
                                .market = &queue->market,
                                .entries = queue->entries,
                                .margins = queue->margins,
                                .entry_count = queue->entry_count,
                                .ranked_count = queue->ranked_count,
                                .instrument_index = queue->side / 2,
                                .is_short = queue->side % 2,
                                .rule = queue->rule};
}

uint64_t liq_adl_queue_count(const liq_adl_queue *queue)
{
    return queue->entry_count;
}

uint64_t liq_adl_queue_ranked(const liq_adl_queue *queue)
{
    return queue->ranked_count;
}

void liq_adl_queue_row(const liq_adl_queue *queue, uint64_t index, liq_adl_row *out)
{
    const liq_book *book = queue->book;
    const liq_adl_entry *entry = &queue->entries[index];
    const liq_position *position = &book->positions[entry->position_index];
    liq_explain_position line;

    LIQ_ASSERT(index < queue->entry_count);
    liq_explain_position_fill(&line, book, &queue->market, position, liq_exposure_none());
    *out = (liq_adl_row){.account = liq_names_get(book->account_names, position->account_index),
                         .is_isolated = position->isolated,
                         .is_exempt = book->accounts[position->account_index].adl_exempt != 0,
                         .standing = (liq_adl_standing)entry->standing,
                         .score_key = entry->score,
                         .rank = index < queue->ranked_count ? index + 1 : 0,
                         .light = entry->light};
    liq_score_write(out->score, entry->score);
    memcpy(out->quantity, line.quantity, sizeof out->quantity);
    memcpy(out->unrealised_pnl, line.unrealised_pnl, sizeof out->unrealised_pnl);
}

const char *liq_adl_standing_name(liq_adl_standing standing)
{
    static const char *const names[LIQ_ADL_STANDINGS] = {"ranked", "exempt", "past_bankruptcy",
                                                         "unvalued"};

    LIQ_ASSERT((int)standing < (int)LIQ_ADL_STANDINGS);
    return names[standing];
}

static liq_status entries_collect(liq_adl_queue *queue, liq_error *err)
{
    liq_score_walk walk = {0};
    liq_scored_row row;
    uint8_t *watched = NULL;
    liq_status status = liq_memory_array(&watched, (size_t)queue->book->venue.instrument_count * 2,
                                         sizeof *watched, err);

    if (status != LIQ_OK)
        return status;
    watched[queue->side] = 1;
    if ((status = liq_score_walk_create(&walk, queue->book, &queue->market, queue->rule, watched,
                                        err)) != LIQ_OK)
        goto done;
    while ((status = liq_score_walk_next(&walk, &row, err)) == LIQ_OK && row.position_count > 0)
        if ((status = row_collect(queue, &row, err)) != LIQ_OK)
            break;
done:
    liq_score_walk_clear(&walk);
    free(watched);
    return status;
}

static liq_status row_collect(liq_adl_queue *queue, const liq_scored_row *row, liq_error *err)
{
    const liq_book *book = queue->book;
    liq_status status = liq_memory_grow(&queue->margins, &queue->margin_capacity,
                                        queue->margin_count + 1, sizeof *queue->margins, err);

    if (status != LIQ_OK)
        return status;
    queue->margins[queue->margin_count++] = row->result;
    for (uint32_t i = 0; i < row->position_count; i++) {
        const uint64_t at = row->position_first + i;
        const liq_position *position = &book->positions[at];

        if (liq_side_of(position) != queue->side)
            continue;
        if ((status = liq_memory_grow(&queue->entries, &queue->entry_capacity,
                                      queue->entry_count + 1, sizeof *queue->entries, err)) !=
            LIQ_OK)
            return status;
        queue->entries[queue->entry_count++] = (liq_adl_entry){
            .score = row->scores[i],
            .lots = (int64_t)liq_size_of(position->quantity_lots),
            .position_index = at,
            .margin_index = queue->margin_count - 1,
            .standing = liq_adl_standing_of(row->scores[i],
                                            book->accounts[position->account_index].adl_exempt)};
    }
    return LIQ_OK;
}
