/*
 * liqscan journal show: decisions with what they rest on.
 */
#include "app/command.h"

#include <stdlib.h>
#include <string.h>

#include "app/command_journal.h"
#include "app/journal_evidence.h"
#include "base/fail.h"
#include "base/memory.h"

enum { LAST_DEFAULT = 10, LAST_MAX = 1000000 };

typedef struct show_request {
    liq_format format;
    liq_journal_range range;
    uint64_t last; /* at most so many; 0: all of the range */
    uint64_t tick; /* of them alone; 0: any */
    uint64_t seq;
    bool wants_marks;
} show_request;

static int show_run(const liq_command *command, const liq_options *options, liq_output *output);
static liq_status request_read(show_request *out, const liq_options *options, liq_error *err);
static liq_status range_find(show_request *request, liq_journal_reader *reader, liq_error *err);
static liq_status account_range_find(show_request *request, liq_journal_reader *reader,
                                     liq_error *err);
static liq_status decisions_write(liq_output *output, liq_journal_reader *reader,
                                  const show_request *request, liq_error *err);
static liq_status decisions_csv(liq_output *output, liq_journal_rows *rows, liq_error *err);

static const liq_option_spec specs[] = {
    {"tick", "NUMBER", false, "decisions of this tick"},
    {"seq", "NUMBER", false, "this decision"},
    {"account", "ACCOUNT", false,
     "decisions about this account, and those that\n"
     "deleveraged others for it"},
    {"last", "COUNT", false, "the last so many of them; else 10, or all of a tick"},
    {"marks", NULL, false,
     "in tables too: every price of the tick, not only\n"
     "those of the instruments that were decided about"},
    LIQ_OPTION_FORMAT,
    LIQ_OPTION_HELP};

const liq_command liq_command_journal_show = {
    .name = "journal show",
    .operands = "FOLDER",
    .about = "Show decisions and what they rest on",
    .text = "FOLDER is where a sidecar keeps its journal, or the journal.db in it; the\n"
            "sidecar may be running. For each tick: when it was, what caused it, the prices\n"
            "it went by, and the hashes of prices, state and record. For each decision: what\n"
            "was done and why, equity and maintenance margin of the margin account before it,\n"
            "rule, score and rank in auto-deleveraging, and its legs, which sum to zero in\n"
            "each asset.\n"
            "\n"
            "JSON: a line {\"tick\":{...,\"marks\":[...]}}, and behind it one line for each\n"
            "decision of that tick. CSV: one row for each decision.\n",
    .examples = "  liqscan journal show /var/lib/liqscan --last 3\n"
                "  liqscan journal show /var/lib/liqscan --account whale --format json\n"
                "  liqscan journal show /var/lib/liqscan --tick 1234 --marks\n",
    .specs = specs,
    .spec_count = sizeof specs / sizeof specs[0],
    .run = show_run};

static int show_run(const liq_command *command, const liq_options *options, liq_output *output)
{
    show_request request;
    liq_journal_reader *reader = NULL;
    liq_error err = {0};
    liq_status status;

    if ((status = request_read(&request, options, &err)) == LIQ_OK &&
        (status = liq_journal_reader_open(&reader, options->operands[0], &err)) == LIQ_OK &&
        (status = range_find(&request, reader, &err)) == LIQ_OK)
        status = decisions_write(output, reader, &request, &err);
    liq_journal_reader_close(reader);
    return status == LIQ_OK ? LIQ_EXIT_DONE : liq_command_fail(command, status, &err);
}

static liq_status request_read(show_request *out, const liq_options *options, liq_error *err)
{
    liq_status status;

    *out = (show_request){.range.account = liq_options_value(options, "account"),
                          .wants_marks = liq_options_has(options, "marks")};
    if ((status = liq_command_format(&out->format, options, err)) != LIQ_OK ||
        (status = liq_command_journal_number(&out->tick, options, "tick", err)) != LIQ_OK ||
        (status = liq_command_journal_number(&out->seq, options, "seq", err)) != LIQ_OK ||
        (status = liq_command_journal_number(&out->last, options, "last", err)) != LIQ_OK)
        return status;
    if (out->tick != 0 && out->seq != 0)
        return liq_fail(err, LIQ_BAD_INPUT, 0, "--tick and --seq exclude each other");
    if (out->last > LAST_MAX)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "--last %llu is past %d",
                        (unsigned long long)out->last, LAST_MAX);
    if (out->last == 0 && out->tick == 0 && out->seq == 0)
        out->last = LAST_DEFAULT;
    return LIQ_OK;
}

/* From which decision to which. An empty range has a last one before its first. */
static liq_status range_find(show_request *request, liq_journal_reader *reader, liq_error *err)
{
    liq_journal_range *range = &request->range;
    liq_journal_last last;
    liq_status status = liq_journal_reader_last(reader, &last, err);

    if (status != LIQ_OK)
        return status;
    range->first = 1;
    range->last = last.seq;
    if (request->seq > last.seq)
        return liq_fail(err, LIQ_NOT_FOUND, 0, "there is no decision %llu; the last one is %llu",
                        (unsigned long long)request->seq, (unsigned long long)last.seq);
    if (request->seq != 0)
        range->first = range->last = request->seq;
    if (request->tick != 0) {
        status = liq_journal_reader_seqs(reader, request->tick, &range->first, &range->last, err);
        range->first++;
    }
    if (status != LIQ_OK || request->last == 0 || range->last < range->first)
        return status;
    if (range->account != NULL)
        return account_range_find(request, reader, err);
    if (range->last - range->first >= request->last)
        range->first = range->last - request->last + 1;
    return LIQ_OK;
}

/* Where the last so many decisions about an account begin: seen from the front, because there is no
 * index that would lead there from the back. */
static liq_status account_range_find(show_request *request, liq_journal_reader *reader,
                                     liq_error *err)
{
    liq_journal_rows *rows = NULL;
    uint64_t *seqs = NULL;
    uint64_t found = 0;
    bool has_row = true;
    bool go_on = true;
    liq_status status = liq_memory_array(&seqs, request->last, sizeof *seqs, err);

    if (status == LIQ_OK)
        status = liq_journal_rows_open(&rows, reader, LIQ_JOURNAL_DECISIONS, &request->range, err);
    while (status == LIQ_OK && (status = liq_journal_rows_next(rows, &has_row, err)) == LIQ_OK &&
           has_row) {
        seqs[found++ % request->last] = (uint64_t)liq_journal_rows_number(rows, 0);
        status = liq_output_look(NULL, found, &go_on, err);
    }
    if (status == LIQ_OK && found > request->last)
        request->range.first = seqs[found % request->last];
    liq_journal_rows_close(rows);
    free(seqs);
    return status;
}

static liq_status decisions_write(liq_output *output, liq_journal_reader *reader,
                                  const show_request *request, liq_error *err)
{
    const bool is_empty = request->range.last < request->range.first;
    liq_journal_rows *rows = NULL;
    liq_status status = LIQ_OK;

    /* A last one of 0 would mean all that there are. */
    if (!is_empty)
        status = liq_journal_rows_open(&rows, reader, LIQ_JOURNAL_DECISIONS, &request->range, err);
    if (status == LIQ_OK && request->format == LIQ_FORMAT_CSV)
        status = decisions_csv(output, rows, err);
    else if (status == LIQ_OK && request->format == LIQ_FORMAT_JSON)
        status = liq_journal_evidence_json(output, reader, rows, err);
    else if (status == LIQ_OK)
        status = liq_journal_evidence_table(output, reader, rows, request->wants_marks, err);
    liq_journal_rows_close(rows);
    return status;
}

static liq_status decisions_csv(liq_output *output, liq_journal_rows *rows, liq_error *err)
{
    liq_emit_column columns[LIQ_JOURNAL_COLUMNS_MAX];
    liq_emit *emit = NULL;
    uint32_t count;
    const char *const *names = liq_journal_list_columns(LIQ_JOURNAL_DECISIONS, &count);
    bool has_row = rows != NULL;
    bool go_on = true;
    uint64_t row = 0;
    liq_status status;

    for (uint32_t i = 0; i < count; i++)
        columns[i] = (liq_emit_column){.name = names[i]};
    status = liq_emit_create(&emit, output, LIQ_FORMAT_CSV, columns, count, err);
    while (status == LIQ_OK && has_row && go_on &&
           (status = liq_journal_rows_next(rows, &has_row, err)) == LIQ_OK && has_row) {
        liq_command_journal_row(emit, rows, count);
        status = liq_output_look(output, row++, &go_on, err);
    }
    if (status == LIQ_OK)
        liq_emit_finish(emit);
    liq_emit_destroy(emit);
    return status;
}
