/*
 * Decisions with their evidence, for programs.
 */
#include "app/journal_evidence.h"

#include "app/command_journal.h"

/* Columns of the lists that are read here. */
enum { DECISION_TICK = 1, DECISION_LINE = 21, LEG_FIRST = 1, LEG_COLUMNS = 6, MARK_FIRST = 2 };

static liq_status tick_write(liq_output *output, liq_journal_reader *reader, uint64_t tick,
                             liq_error *err);
static liq_status marks_write(liq_json_out *json, liq_journal_reader *reader, uint64_t tick,
                              liq_error *err);
static liq_status decision_write(liq_output *output, liq_journal_reader *reader,
                                 liq_journal_rows *decisions, liq_error *err);
static liq_status legs_write(liq_json_out *json, liq_journal_reader *reader, uint64_t seq,
                             liq_error *err);

liq_status liq_journal_evidence_json(liq_output *output, liq_journal_reader *reader,
                                     liq_journal_rows *decisions, liq_error *err)
{
    uint64_t tick = 0;
    uint64_t row = 0;
    bool has_row = decisions != NULL;
    bool go_on = true;
    liq_status status = LIQ_OK;

    while (has_row && go_on &&
           (status = liq_journal_rows_next(decisions, &has_row, err)) == LIQ_OK && has_row) {
        const uint64_t its_tick = (uint64_t)liq_journal_rows_number(decisions, DECISION_TICK);

        if (its_tick != tick && (status = tick_write(output, reader, its_tick, err)) != LIQ_OK)
            break;
        tick = its_tick;
        if ((status = decision_write(output, reader, decisions, err)) != LIQ_OK ||
            (status = liq_output_look(output, row++, &go_on, err)) != LIQ_OK)
            break;
    }
    return status;
}

static liq_status tick_write(liq_output *output, liq_journal_reader *reader, uint64_t tick,
                             liq_error *err)
{
    const liq_journal_range range = {.first = tick, .last = tick};
    liq_journal_rows *rows = NULL;
    liq_json_out json;
    uint32_t count;
    const char *const *names = liq_journal_list_columns(LIQ_JOURNAL_TICKS, &count);
    bool has_row = false;
    liq_status status = liq_journal_rows_open(&rows, reader, LIQ_JOURNAL_TICKS, &range, err);

    if (status == LIQ_OK)
        status = liq_journal_rows_next(rows, &has_row, err);
    if (status == LIQ_OK && has_row) {
        liq_json_out_start(&json, output);
        liq_json_out_object(&json, NULL);
        liq_json_out_object(&json, "tick");
        liq_command_journal_members(&json, rows, names, 0, count);
        status = marks_write(&json, reader, tick, err);
        liq_json_out_close(&json);
        liq_json_out_close(&json);
    }
    liq_journal_rows_close(rows);
    return status;
}

static liq_status marks_write(liq_json_out *json, liq_journal_reader *reader, uint64_t tick,
                              liq_error *err)
{
    const liq_journal_range range = {.first = tick, .last = tick};
    liq_journal_rows *rows = NULL;
    uint32_t count;
    const char *const *names = liq_journal_list_columns(LIQ_JOURNAL_MARKS, &count);
    bool has_row = true;
    liq_status status = liq_journal_rows_open(&rows, reader, LIQ_JOURNAL_MARKS, &range, err);

    liq_json_out_array(json, "marks");
    while (status == LIQ_OK && (status = liq_journal_rows_next(rows, &has_row, err)) == LIQ_OK &&
           has_row) {
        liq_json_out_object(json, NULL);
        liq_command_journal_members(json, rows, names, MARK_FIRST, count - MARK_FIRST);
        liq_json_out_close(json);
    }
    liq_json_out_close(json);
    liq_journal_rows_close(rows);
    return status;
}

/* All but the line as it was emitted, which says the same again: export has it. */
static liq_status decision_write(liq_output *output, liq_journal_reader *reader,
                                 liq_journal_rows *decisions, liq_error *err)
{
    liq_json_out json;
    uint32_t count;
    const char *const *names = liq_journal_list_columns(LIQ_JOURNAL_DECISIONS, &count);
    liq_status status;

    liq_json_out_start(&json, output);
    liq_json_out_object(&json, NULL);
    liq_command_journal_members(&json, decisions, names, 0, DECISION_LINE);
    status = legs_write(&json, reader, (uint64_t)liq_journal_rows_number(decisions, 0), err);
    liq_json_out_close(&json);
    return status;
}

static liq_status legs_write(liq_json_out *json, liq_journal_reader *reader, uint64_t seq,
                             liq_error *err)
{
    const liq_journal_range range = {.first = seq, .last = seq};
    liq_journal_rows *rows = NULL;
    uint32_t count;
    const char *const *names = liq_journal_list_columns(LIQ_JOURNAL_LEGS, &count);
    bool has_row = true;
    liq_status status = liq_journal_rows_open(&rows, reader, LIQ_JOURNAL_LEGS, &range, err);

    liq_json_out_array(json, "legs");
    while (status == LIQ_OK && (status = liq_journal_rows_next(rows, &has_row, err)) == LIQ_OK &&
           has_row) {
        liq_json_out_object(json, NULL);
        liq_command_journal_members(json, rows, names, LEG_FIRST, LEG_COLUMNS);
        liq_json_out_close(json);
    }
    liq_json_out_close(json);
    liq_journal_rows_close(rows);
    return status;
}
