#include "engine/tick_record.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/memory.h"
#include "scan/live_scan.h"

static liq_status decisions_make(liq_tick_record *record, const liq_core *core,
                                 liq_journal_tick *out, liq_error *err);
static liq_status line_add(liq_tick_record *record, uint64_t index, liq_error *err);
static liq_status legs_make(liq_tick_record *record, const liq_core *core, liq_journal_tick *out,
                            liq_error *err);
static liq_status funds_make(liq_tick_record *record, const liq_core *core, liq_journal_tick *out,
                             liq_error *err);
static liq_status marks_make(liq_tick_record *record, const liq_core *core, liq_journal_tick *out,
                             liq_error *err);
static void marks_add(liq_tick_record *record, const liq_names *names, const liq_decimal *prices,
                      uint32_t count, bool is_index, liq_journal_tick *out);
static liq_status marks_hash(const liq_tick_record *record, liq_journal_tick *out, liq_error *err);
static void sources_make(liq_tick_record *record, const liq_core *core, liq_journal_tick *out);

liq_status liq_tick_record_create(liq_tick_record *out, liq_error *err)
{
    return liq_action_writer_create(&out->writer, err);
}

void liq_tick_record_clear(liq_tick_record *record)
{
    liq_action_writer_destroy(record->writer);
    free(record->actions);
    free(record->decisions);
    free(record->from_legs);
    free(record->legs);
    free(record->from_funds);
    free(record->funds);
    free(record->balances);
    free(record->marks);
    free(record->prices);
    free(record->lines);
    *record = (liq_tick_record){0};
}

liq_status liq_tick_record_make(liq_tick_record *record, const liq_core *core, const char *cause,
                                liq_journal_tick *out, liq_error *err)
{
    liq_status status;

    *out = (liq_journal_tick){.tick = core->last.tick, .now_ms = core->last.now_ms, .cause = cause};
    memcpy(out->state_hash, core->last.state_hash, sizeof out->state_hash);
    sources_make(record, core, out);
    if (!core->last.has_settled)
        return LIQ_OK;
    if ((status = decisions_make(record, core, out, err)) != LIQ_OK ||
        (status = legs_make(record, core, out, err)) != LIQ_OK ||
        (status = funds_make(record, core, out, err)) != LIQ_OK)
        return status;
    return out->decision_count == 0 ? LIQ_OK : marks_make(record, core, out, err);
}

void liq_tick_record_done(liq_tick_record *record, const liq_core *core)
{
    for (uint32_t i = 0; i < core->config.source_count; i++)
        record->positions[i] = core->sources[i].applied;
}

static liq_status decisions_make(liq_tick_record *record, const liq_core *core,
                                 liq_journal_tick *out, liq_error *err)
{
    const uint64_t count = liq_settle_action_count(core->settle);
    const char *line;
    liq_status status;

    if ((status = liq_memory_extend(&record->actions, &record->action_capacity, (size_t)count,
                                    sizeof *record->actions, err)) != LIQ_OK ||
        (status = liq_memory_extend(&record->decisions, &record->decision_capacity, (size_t)count,
                                    sizeof *record->decisions, err)) != LIQ_OK)
        return status;
    record->line_bytes = 0;
    for (uint64_t i = 0; status == LIQ_OK && i < count; i++) {
        liq_settle_action *action = &record->actions[i];

        liq_settle_action_read(core->settle, i, action);
        record->decisions[i] =
            (liq_journal_decision){.seq = action->seq,
                                   .action = action,
                                   .equity = action->equity,
                                   .maintenance_margin = action->maintenance_margin,
                                   .rule = liq_book_profile(core->book),
                                   .score = action->score};
        status = line_add(record, i, err);
    }
    line = record->lines;
    for (uint64_t i = 0; status == LIQ_OK && i < count; i++) {
        record->decisions[i].line.data = line;
        line += record->decisions[i].line.bytes + 1;
    }
    out->decisions = record->decisions;
    out->decision_count = (uint32_t)count;
    return status;
}

/* The buffer may move, so that places are known when all lines are in it. */
static liq_status line_add(liq_tick_record *record, uint64_t index, liq_error *err)
{
    size_t bytes = 0;
    liq_status status = liq_memory_extend(&record->lines, &record->line_capacity,
                                          record->line_bytes + LIQ_ACTION_LINE_BYTES, 1, err);

    if (status != LIQ_OK ||
        (status = liq_action_line(record->lines + record->line_bytes, LIQ_ACTION_LINE_BYTES, &bytes,
                                  record->writer, &record->actions[index], err)) != LIQ_OK)
        return status;
    record->decisions[index].line.bytes = bytes;
    record->line_bytes += bytes + 1;
    return LIQ_OK;
}

static liq_status legs_make(liq_tick_record *record, const liq_core *core, liq_journal_tick *out,
                            liq_error *err)
{
    const uint64_t count = liq_settle_leg_count(core->settle);
    liq_status status;

    if ((status = liq_memory_extend(&record->from_legs, &record->from_leg_capacity, (size_t)count,
                                    sizeof *record->from_legs, err)) != LIQ_OK ||
        (status = liq_memory_extend(&record->legs, &record->leg_capacity, (size_t)count,
                                    sizeof *record->legs, err)) != LIQ_OK)
        return status;
    for (uint64_t i = 0; i < count; i++) {
        liq_settle_leg *leg = &record->from_legs[i];

        liq_settle_leg_read(core->settle, i, leg);
        record->legs[i] = (liq_journal_leg){.seq = leg->seq,
                                            .room = leg->room,
                                            .account = leg->account,
                                            .fund = leg->fund,
                                            .asset = leg->asset,
                                            .amount = leg->amount};
    }
    out->legs = record->legs;
    out->leg_count = (uint32_t)count;
    return LIQ_OK;
}

/* All of them at first, then those that changed, whether a run did that or the exchange says so. */
static liq_status funds_make(liq_tick_record *record, const liq_core *core, liq_journal_tick *out,
                             liq_error *err)
{
    const uint32_t count = liq_settle_fund_count(core->settle);
    liq_status status;

    if ((status = liq_memory_extend(&record->from_funds, &record->from_fund_capacity, count,
                                    sizeof *record->from_funds, err)) != LIQ_OK ||
        (status = liq_memory_extend(&record->funds, &record->fund_capacity, count,
                                    sizeof *record->funds, err)) != LIQ_OK)
        return status;
    if ((status = liq_memory_grow(&record->balances, &record->balance_capacity, count,
                                  sizeof *record->balances, err)) != LIQ_OK)
        return status;
    for (uint32_t i = 0; i < count; i++) {
        liq_settle_fund *fund = &record->from_funds[i];

        liq_settle_fund_read(core->settle, i, fund);
        if (strcmp(record->balances[i], fund->after) == 0)
            continue;
        memcpy(record->balances[i], fund->after, sizeof record->balances[i]);
        record->funds[out->fund_count++] =
            (liq_journal_fund){.fund = fund->fund, .asset = fund->asset, .balance = fund->after};
    }
    out->funds = record->funds;
    return LIQ_OK;
}

/* What the decisions were made on: every price, by its name. */
static liq_status marks_make(liq_tick_record *record, const liq_core *core, liq_journal_tick *out,
                             liq_error *err)
{
    const liq_book *prices = &core->live->book.prices;
    const size_t most = (size_t)core->instrument_count + core->asset_count;
    liq_status status;

    if ((status = liq_memory_extend(&record->marks, &record->mark_capacity, most,
                                    sizeof *record->marks, err)) != LIQ_OK ||
        (status = liq_memory_extend(&record->prices, &record->price_capacity, most,
                                    sizeof *record->prices, err)) != LIQ_OK)
        return status;
    marks_add(record, prices->venue.instrument_names, prices->instrument_marks,
              core->instrument_count, false, out);
    marks_add(record, prices->venue.asset_names, prices->asset_indices, core->asset_count, true,
              out);
    out->marks = record->marks;
    return marks_hash(record, out, err);
}

static void marks_add(liq_tick_record *record, const liq_names *names, const liq_decimal *prices,
                      uint32_t count, bool is_index, liq_journal_tick *out)
{
    for (uint32_t i = 0; i < count; i++) {
        char *text = record->prices[out->mark_count];

        if (prices[i].digits == 0)
            continue;
        (void)liq_decimal_format(text, prices[i].digits, prices[i].decimals);
        record->marks[out->mark_count++] = (liq_journal_mark){
            .symbol = liq_names_get(names, i), .price = text, .is_index = is_index};
    }
}

static liq_status marks_hash(const liq_tick_record *record, liq_journal_tick *out, liq_error *err)
{
    liq_hash *hash = NULL;
    const liq_status status = liq_hash_create(&hash, err);

    if (status != LIQ_OK)
        return status;
    for (uint32_t i = 0; i < out->mark_count; i++) {
        const liq_journal_mark *mark = &record->marks[i];

        liq_hash_add(hash, mark->symbol, strlen(mark->symbol) + 1);
        liq_hash_add(hash, mark->price, strlen(mark->price) + 1);
        liq_hash_add(hash, mark->is_index ? "i" : "m", 1);
    }
    liq_hash_finish(hash, out->marks_hash);
    liq_hash_destroy(hash);
    return LIQ_OK;
}

static void sources_make(liq_tick_record *record, const liq_core *core, liq_journal_tick *out)
{
    for (uint32_t i = 0; i < core->config.source_count; i++)
        if (core->sources[i].applied != record->positions[i])
            record->sources[out->source_count++] = (liq_journal_source){
                .source = core->config.sources[i], .position = core->sources[i].applied};
    out->sources = record->sources;
}
