/*
 * liqscan journal verify: whether a journal is what was recorded.
 */
#include "app/command.h"

#include <string.h>
#include <unistd.h>

#include "app/plural.h"
#include "app/progress_bar.h"
#include "base/clock.h"
#include "base/fail.h"
#include "engine/decide_again.h"
#include "journal/journal_verify.h"
#include "outlet/json_out.h"

/* What was found. */
typedef struct verify_facts {
    liq_journal_verdict verdict;
    liq_again_facts again;
    bool is_again; /* it was decided again */
    bool is_same;  /* and came out as recorded */
    char difference[LIQ_ERROR_MESSAGE_BYTES];
    uint64_t verify_ns;
} verify_facts;

static int verify_run(const liq_command *command, const liq_options *options, liq_output *output);
static liq_status record_verify(verify_facts *out, const char *folder, bool is_again,
                                liq_error *err);
static liq_status decide_again(verify_facts *out, const char *folder, const liq_progress *progress,
                               liq_error *err);
static void again_json(liq_json_out *json, const verify_facts *facts);
static void facts_json(liq_output *output, const verify_facts *facts);
static void facts_text(liq_output *output, const verify_facts *facts);
static void place_text(liq_output *output, const liq_journal_verdict *verdict);

static const liq_option_spec specs[] = {
    {"record-only", NULL, false, "do not decide anything again"},
    {"format", "table|json", false, "shape of the output; table on a terminal, else json"},
    LIQ_OPTION_HELP};

const liq_command liq_command_journal_verify = {
    .name = "journal verify",
    .operands = "FOLDER",
    .about = "Check that a journal is what was recorded",
    .text = "FOLDER is where a sidecar keeps its journal, or the journal.db in it; the\n"
            "sidecar may be running. Checks every page of the database and of its WAL, the\n"
            "tables, that ticks and decisions have no gap, the hash chain over all records,\n"
            "that each line says what its columns say, that the legs of each decision sum to\n"
            "zero in each asset, and every byte of the inputs that are kept. Then it is\n"
            "decided again: from the oldest snapshot whose inputs are kept, every tick, whose\n"
            "state and decisions must be those recorded, byte for byte.\n"
            "\n"
            "Inputs before the oldest snapshots that are kept are gone by policy; it says\n"
            "from which tick on they are there. The first bad place is named: tick, decision,\n"
            "table, file and byte. Keep the chain of the last tick elsewhere from time to\n"
            "time: a journal that was forged as a whole has another one.\n"
            "\n"
            "Exit code 1: something is not what was recorded.\n",
    .examples = "  liqscan journal verify /var/lib/liqscan\n"
                "  liqscan journal verify backup/journal.db --format json\n",
    .specs = specs,
    .spec_count = sizeof specs / sizeof specs[0],
    .run = verify_run};

static int verify_run(const liq_command *command, const liq_options *options, liq_output *output)
{
    static verify_facts facts;
    const char *format = liq_options_value(options, "format");
    liq_format shape = LIQ_FORMAT_JSON;
    liq_error err = {0};
    liq_status status = LIQ_OK;

    if (format != NULL && strcmp(format, "csv") == 0)
        status = liq_fail(&err, LIQ_BAD_INPUT, 0, "--format \"csv\": a verdict is no list of rows");
    if (status != LIQ_OK || (status = liq_command_format(&shape, options, &err)) != LIQ_OK ||
        (status = record_verify(&facts, options->operands[0],
                                !liq_options_has(options, "record-only"), &err)) != LIQ_OK)
        return liq_command_fail(command, status, &err);
    if (shape == LIQ_FORMAT_JSON)
        facts_json(output, &facts);
    else
        facts_text(output, &facts);
    return facts.verdict.is_sound && (facts.is_same || !facts.is_again) ? LIQ_EXIT_DONE
                                                                        : LIQ_EXIT_FOUND;
}

/* What can be told from the record alone. Whether the same inputs lead to the same decisions again
 * is asked only of a record that is sound. */
static liq_status record_verify(verify_facts *out, const char *folder, bool is_again,
                                liq_error *err)
{
    const uint64_t start_ns = liq_clock_ns();
    liq_progress_bar bar;
    liq_status status;

    liq_progress_bar_start(&bar, STDERR_FILENO, isatty(STDERR_FILENO) == 1, NULL);
    status = liq_journal_verify(&out->verdict, folder, &bar.progress, err);
    if (status == LIQ_OK && out->verdict.is_sound && is_again)
        status = decide_again(out, folder, &bar.progress, err);
    liq_progress_bar_finish(&bar);
    out->verify_ns = liq_clock_ns() - start_ns;
    return status;
}

static liq_status decide_again(verify_facts *out, const char *folder, const liq_progress *progress,
                               liq_error *err)
{
    liq_error reason;
    const liq_status status = liq_decide_again(&out->again, folder, progress, &reason);

    if (status != LIQ_OK && status != LIQ_BAD_INPUT)
        return liq_fail(err, status, reason.native, "%s", reason.message);
    out->is_again = true;
    out->is_same = status == LIQ_OK;
    if (!out->is_same)
        memcpy(out->difference, reason.message, sizeof out->difference);
    return LIQ_OK;
}

static void facts_json(liq_output *output, const verify_facts *facts)
{
    const liq_journal_verdict *verdict = &facts->verdict;
    liq_json_out json;

    liq_json_out_start(&json, output);
    liq_json_out_object(&json, NULL);
    liq_json_out_bool(&json, "sound", verdict->is_sound);
    liq_json_out_string(&json, "name", verdict->name);
    liq_json_out_count(&json, "parts", verdict->parts);
    liq_json_out_count(&json, "from_tick", verdict->from_tick);
    liq_json_out_count(&json, "ticks", verdict->ticks);
    liq_json_out_count(&json, "decisions", verdict->decisions);
    liq_json_out_count(&json, "legs", verdict->legs);
    liq_json_out_count(&json, "snapshots", verdict->snapshots);
    liq_json_out_count(&json, "inputs", verdict->inputs);
    liq_json_out_count(&json, "inputs_from_tick", verdict->inputs_from);
    liq_json_out_string(&json, "chain", verdict->chain);
    again_json(&json, facts);
    liq_json_out_count(&json, "verify_ns", facts->verify_ns);
    if (!verdict->is_sound) {
        liq_json_out_object(&json, "first_bad");
        liq_json_out_string(&json, "message", verdict->message);
        if (verdict->tick != 0)
            liq_json_out_count(&json, "tick", verdict->tick);
        if (verdict->seq != 0)
            liq_json_out_count(&json, "seq", verdict->seq);
        if (verdict->table[0] != '\0')
            liq_json_out_string(&json, "table", verdict->table);
        if (verdict->file[0] != '\0') {
            liq_json_out_string(&json, "file", verdict->file);
            liq_json_out_count(&json, "offset", verdict->offset);
        }
        liq_json_out_close(&json);
    }
    liq_json_out_close(&json);
}

static void again_json(liq_json_out *json, const verify_facts *facts)
{
    if (!facts->is_again)
        return;
    liq_json_out_object(json, "decided_again");
    liq_json_out_bool(json, "same", facts->is_same);
    liq_json_out_count(json, "from_tick", facts->again.from_tick);
    liq_json_out_count(json, "ticks", facts->again.ticks);
    liq_json_out_count(json, "decisions", facts->again.decisions);
    liq_json_out_string(json, "difference", facts->is_same ? NULL : facts->difference);
    liq_json_out_close(json);
}

static void facts_text(liq_output *output, const verify_facts *facts)
{
    const liq_journal_verdict *verdict = &facts->verdict;

    if (!verdict->is_sound)
        place_text(output, verdict);
    else
        liq_output_format(output, "The journal of %s is what was recorded.\n", verdict->name);
    liq_output_format(output, "\n  %llu tick%s, %llu decision%s, %llu leg%s, %llu snapshot%s%s\n",
                      (unsigned long long)verdict->ticks, liq_plural_s(verdict->ticks),
                      (unsigned long long)verdict->decisions, liq_plural_s(verdict->decisions),
                      (unsigned long long)verdict->legs, liq_plural_s(verdict->legs),
                      (unsigned long long)verdict->snapshots, liq_plural_s(verdict->snapshots),
                      verdict->is_sound ? "" : " before it");
    if (verdict->from_tick > 1)
        liq_output_format(output, "  from tick %llu on; parts of before are not there\n",
                          (unsigned long long)verdict->from_tick);
    liq_output_format(output, "  %llu input%s", (unsigned long long)verdict->inputs,
                      liq_plural_s(verdict->inputs));
    if (verdict->inputs_from > 1)
        liq_output_format(output, "; those before tick %llu are gone by policy",
                          (unsigned long long)verdict->inputs_from);
    if (facts->is_again)
        liq_output_format(
            output, "\n  decided again behind tick %llu: %llu tick%s, %llu decision%s %s%s",
            (unsigned long long)facts->again.from_tick, (unsigned long long)facts->again.ticks,
            liq_plural_s(facts->again.ticks), (unsigned long long)facts->again.decisions,
            liq_plural_s(facts->again.decisions), facts->is_same ? "the same" : "the same, then: ",
            facts->is_same ? "" : facts->difference);
    liq_output_format(output, "\n  checked in %.1f ms\n", (double)facts->verify_ns / 1e6);
    if (verdict->chain[0] != '\0')
        liq_output_format(output, "  chain %s\n", verdict->chain);
}

static void place_text(liq_output *output, const liq_journal_verdict *verdict)
{
    liq_output_format(output, "NOT WHAT WAS RECORDED: %s\n", verdict->message);
    if (verdict->tick != 0)
        liq_output_format(output, "  tick %llu\n", (unsigned long long)verdict->tick);
    if (verdict->seq != 0)
        liq_output_format(output, "  decision %llu\n", (unsigned long long)verdict->seq);
    if (verdict->table[0] != '\0')
        liq_output_format(output, "  table %s\n", verdict->table);
    if (verdict->file[0] != '\0')
        liq_output_format(output, "  file %s, byte %llu\n", verdict->file,
                          (unsigned long long)verdict->offset);
}
