/*
 * liqscan journal export: the record as rows for other programs.
 */
#include "app/command.h"

#include <string.h>

#include "app/command_journal.h"
#include "app/nearest.h"
#include "base/fail.h"
#include "journal/journal_inputs.h"

enum { KINDS = 7, INPUTS = KINDS - 1, INPUT_COLUMNS = 3 };

/* What is exported; the last kind is no list, but the files of inputs. */
static const char *const kinds[KINDS] = {"ticks", "decisions", "legs",  "marks",
                                         "funds", "sources",   "inputs"};

typedef struct export_request {
    uint32_t kind;
    liq_format format;
    liq_journal_range range;
} export_request;

static int export_run(const liq_command *command, const liq_options *options, liq_output *output);
static liq_status request_read(export_request *out, const liq_options *options, liq_error *err);
static liq_status list_write(liq_output *output, liq_journal_reader *reader,
                             const export_request *request, liq_error *err);
static liq_status rows_write(liq_emit *emit, const liq_output *output, liq_journal_rows *rows,
                             uint32_t column_count, liq_error *err);
static liq_status inputs_write(liq_output *output, liq_journal_reader *reader,
                               const export_request *request, liq_error *err);
static liq_status steps_write(liq_emit *emit, const liq_output *output, liq_journal_inputs *inputs,
                              const liq_journal_range *range, liq_error *err);

static const liq_option_spec specs[] = {
    {"what", "KIND", false,
     "ticks, decisions, legs, marks, funds, sources or\n"
     "inputs; else decisions"},
    {"from", "NUMBER", false,
     "begin at this tick (of decisions and legs: at\n"
     "this decision)"},
    {"to", "NUMBER", false, "end with it"},
    {"format", "json|csv", false, "shape of the output; else json"},
    LIQ_OPTION_HELP};

const liq_command liq_command_journal_export = {
    .name = "journal export",
    .operands = "FOLDER",
    .about = "Write what a journal holds as rows",
    .text = "FOLDER is where a sidecar keeps its journal, or the journal.db in it. A sidecar\n"
            "that is running is not held up; what it records meanwhile is left out.\n"
            "\n"
            "  ticks      when, why, and the hashes that prove them\n"
            "  decisions  what was decided, its evidence, and the line as it was emitted\n"
            "  legs       double entry: those of one decision in one asset sum to zero\n"
            "  marks      the prices at each tick that decided something\n"
            "  funds      the balance of a fund whenever it changed\n"
            "  sources    how far each source had come\n"
            "  inputs     what the sources sent, in the order in which it was applied\n"
            "\n"
            "JSON: one object a line. Amounts and prices are strings with every digit, times\n"
            "milliseconds. What there is not is null, in CSV empty.\n",
    .examples = "  liqscan journal export /var/lib/liqscan --format csv >decisions.csv\n"
                "  liqscan journal export /var/lib/liqscan --what inputs --from 1000 --to 1100\n",
    .specs = specs,
    .spec_count = sizeof specs / sizeof specs[0],
    .run = export_run};

static int export_run(const liq_command *command, const liq_options *options, liq_output *output)
{
    export_request request;
    liq_journal_reader *reader = NULL;
    liq_error err = {0};
    liq_status status;

    if ((status = request_read(&request, options, &err)) == LIQ_OK &&
        (status = liq_journal_reader_open(&reader, options->operands[0], &err)) == LIQ_OK)
        status = request.kind == INPUTS ? inputs_write(output, reader, &request, &err)
                                        : list_write(output, reader, &request, &err);
    liq_journal_reader_close(reader);
    return status == LIQ_OK ? LIQ_EXIT_DONE : liq_command_fail(command, status, &err);
}

static liq_status request_read(export_request *out, const liq_options *options, liq_error *err)
{
    const char *kind = liq_options_value(options, "what");
    const char *format = liq_options_value(options, "format");
    const char *nearest;
    liq_status status;

    *out = (export_request){.kind = LIQ_JOURNAL_DECISIONS, .format = LIQ_FORMAT_JSON};
    if (kind != NULL)
        for (out->kind = 0; out->kind < KINDS && strcmp(kinds[out->kind], kind) != 0;)
            out->kind++;
    if (out->kind == KINDS) {
        nearest = liq_nearest(kind, kinds, KINDS);
        return liq_fail(err, LIQ_BAD_INPUT, 0,
                        "--what \"%.64s\" is not ticks, decisions, legs, marks, funds, sources or "
                        "inputs%s%s%s",
                        kind, nearest == NULL ? "" : "; did you mean ",
                        nearest == NULL ? "" : nearest, nearest == NULL ? "" : "?");
    }
    if (format != NULL && strcmp(format, "csv") == 0)
        out->format = LIQ_FORMAT_CSV;
    else if (format != NULL && strcmp(format, "json") != 0)
        return liq_fail(err, LIQ_BAD_INPUT, 0, "--format \"%.64s\" is not json or csv", format);
    if ((status = liq_command_journal_number(&out->range.first, options, "from", err)) != LIQ_OK ||
        (status = liq_command_journal_number(&out->range.last, options, "to", err)) != LIQ_OK)
        return status;
    if (out->range.last != 0 && out->range.last < out->range.first)
        return liq_fail(err, LIQ_BAD_INPUT, 0, "--to %llu is before --from %llu",
                        (unsigned long long)out->range.last, (unsigned long long)out->range.first);
    return LIQ_OK;
}

static liq_status list_write(liq_output *output, liq_journal_reader *reader,
                             const export_request *request, liq_error *err)
{
    const liq_journal_list list = (liq_journal_list)request->kind;
    liq_emit_column columns[LIQ_JOURNAL_COLUMNS_MAX];
    liq_journal_rows *rows = NULL;
    liq_emit *emit = NULL;
    uint32_t count;
    const char *const *names = liq_journal_list_columns(list, &count);
    liq_status status;

    for (uint32_t i = 0; i < count; i++)
        columns[i] = (liq_emit_column){.name = names[i]};
    status = liq_journal_rows_open(&rows, reader, list, &request->range, err);
    if (status == LIQ_OK)
        status = liq_emit_create(&emit, output, request->format, columns, count, err);
    if (status == LIQ_OK)
        status = rows_write(emit, output, rows, count, err);
    if (status == LIQ_OK)
        liq_emit_finish(emit);
    liq_emit_destroy(emit);
    liq_journal_rows_close(rows);
    return status;
}

static liq_status rows_write(liq_emit *emit, const liq_output *output, liq_journal_rows *rows,
                             uint32_t column_count, liq_error *err)
{
    bool has_row = true;
    bool go_on = true;
    uint64_t row = 0;
    liq_status status = LIQ_OK;

    while (go_on && (status = liq_journal_rows_next(rows, &has_row, err)) == LIQ_OK && has_row) {
        liq_command_journal_row(emit, rows, column_count);
        if ((status = liq_output_look(output, row++, &go_on, err)) != LIQ_OK)
            break;
    }
    return status;
}

static liq_status inputs_write(liq_output *output, liq_journal_reader *reader,
                               const export_request *request, liq_error *err)
{
    static const liq_emit_column columns[INPUT_COLUMNS] = {
        {.name = "tick"}, {.name = "source"}, {.name = "line"}};
    const uint64_t after_tick = request->range.first == 0 ? 0 : request->range.first - 1;
    liq_journal_inputs *inputs = NULL;
    liq_emit *emit = NULL;
    liq_status status = liq_journal_inputs_open(&inputs, reader, after_tick, err);

    if (status == LIQ_OK)
        status = liq_emit_create(&emit, output, request->format, columns, INPUT_COLUMNS, err);
    if (status == LIQ_OK)
        status = steps_write(emit, output, inputs, &request->range, err);
    if (status == LIQ_OK)
        liq_emit_finish(emit);
    liq_emit_destroy(emit);
    liq_journal_inputs_close(inputs);
    return status;
}

static liq_status steps_write(liq_emit *emit, const liq_output *output, liq_journal_inputs *inputs,
                              const liq_journal_range *range, liq_error *err)
{
    liq_journal_step step = {.kind = LIQ_JOURNAL_STEP_INPUT};
    bool go_on = true;
    uint64_t row = 0;
    liq_status status = LIQ_OK;

    while (go_on && (status = liq_journal_inputs_next(inputs, &step, err)) == LIQ_OK &&
           step.kind != LIQ_JOURNAL_STEP_END && (range->last == 0 || step.tick <= range->last)) {
        if (step.kind == LIQ_JOURNAL_STEP_TICK)
            continue;
        liq_emit_count(emit, step.tick);
        liq_emit_text(emit, step.source);
        liq_emit_text(emit, step.line.data);
        liq_emit_row_end(emit);
        if ((status = liq_output_look(output, row++, &go_on, err)) != LIQ_OK)
            break;
    }
    return status;
}
