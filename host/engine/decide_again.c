#include "engine/decide_again.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/memory.h"
#include "engine/core_replay.h"
#include "engine/state_snapshot.h"
#include "engine/tick_record.h"

enum { LINES_BYTES = 1024 * 1024 + 1, LOOK_EVERY_TICKS = 64 };

/* What a comparison works with. */
typedef struct again {
    liq_again_facts *facts;
    liq_journal_reader *reader; /* for lines */
    const liq_progress *progress;
    liq_tick_record record;
    liq_core core;
    uint64_t last_tick;
    size_t at; /* of lines: the next one */
    size_t filled;
    char lines[LINES_BYTES];
} again;

static liq_status core_find(again *self, const char *folder, liq_error *err);
static liq_status tick_compare(void *context, const liq_core *core, const liq_journal_step *step,
                               liq_error *err);
static liq_status line_compare(again *self, const liq_journal_decision *decision, liq_error *err);

liq_status liq_decide_again(liq_again_facts *out, const char *folder, const liq_progress *progress,
                            liq_error *err)
{
    liq_journal_reader *inputs = NULL;
    liq_journal_last last;
    again *self = NULL;
    liq_status status;

    *out = (liq_again_facts){0};
    if ((status = liq_memory_array(&self, 1, sizeof *self, err)) != LIQ_OK)
        return status;
    self->facts = out;
    self->progress = progress;
    if ((status = liq_journal_reader_open(&self->reader, folder, err)) != LIQ_OK ||
        (status = liq_journal_reader_open(&inputs, folder, err)) != LIQ_OK ||
        (status = liq_journal_reader_last(inputs, &last, err)) != LIQ_OK ||
        (status = liq_tick_record_create(&self->record, err)) != LIQ_OK ||
        (status = core_find(self, liq_journal_reader_folder(inputs), err)) != LIQ_OK)
        goto done;
    self->last_tick = last.tick;
    out->from_tick = self->core.tick;
    status = liq_core_replay(&self->core, inputs, tick_compare, self, err);
done:
    liq_journal_reader_close(inputs);
    liq_journal_reader_close(self->reader);
    liq_tick_record_clear(&self->record);
    liq_core_destroy(&self->core);
    free(self);
    return status;
}

/* The oldest that is there and sound; inputs are kept from there on, or from a younger one. */
static liq_status core_find(again *self, const char *folder, liq_error *err)
{
    liq_journal_snapshot snapshot;
    liq_error reason = {0};
    uint64_t kept_from;
    uint32_t count = 0;
    liq_status status = liq_journal_reader_kept_from(self->reader, &kept_from, err);

    if (status != LIQ_OK)
        return status;
    while (liq_journal_reader_snapshot(self->reader, count, &snapshot, NULL) == LIQ_OK)
        count++;
    self->core.folder = folder;
    while (count-- > 0) {
        if (liq_journal_reader_snapshot(self->reader, count, &snapshot, &reason) != LIQ_OK ||
            snapshot.tick + 1 < kept_from)
            continue;
        if (liq_state_load(&self->core, folder, snapshot.file, snapshot.sha256, &reason) == LIQ_OK)
            return LIQ_OK;
    }
    return liq_fail(err, LIQ_BAD_INPUT, reason.native, "no snapshot can be begun with: %s",
                    reason.message[0] == '\0' ? "there is none" : reason.message);
}

static liq_status tick_compare(void *context, const liq_core *core, const liq_journal_step *step,
                               liq_error *err)
{
    again *self = context;
    liq_journal_tick tick;
    liq_status status = liq_tick_record_make(&self->record, core, step->cause, &tick, err);

    for (uint32_t i = 0; status == LIQ_OK && i < tick.decision_count; i++)
        status = line_compare(self, &tick.decisions[i], err);
    if (status != LIQ_OK)
        return status;
    if (tick.decision_count > 0 && strcmp(tick.marks_hash, step->marks_hash) != 0)
        return liq_fail(err, LIQ_BAD_INPUT, 0,
                        "tick %" PRIu64 " has the marks %s again, the journal has %s", step->tick,
                        tick.marks_hash, step->marks_hash);
    self->facts->ticks++;
    self->facts->decisions += tick.decision_count;
    if (self->progress == NULL || self->facts->ticks % LOOK_EVERY_TICKS != 0 ||
        self->progress->report(self->progress->context, "decide again",
                               core->tick - self->facts->from_tick,
                               self->last_tick - self->facts->from_tick))
        return LIQ_OK;
    return liq_fail(err, LIQ_INTERRUPTED, 0, "interrupted");
}

/* Lines of the journal come many at a time, and in the order in which they are asked for. */
static liq_status line_compare(again *self, const liq_journal_decision *decision, liq_error *err)
{
    const char *line;
    uint64_t next;
    size_t left;
    liq_status status;

    if (self->at == self->filled) {
        self->at = 0;
        status = liq_journal_reader_lines(self->reader, decision->seq, self->lines,
                                          sizeof self->lines, &self->filled, &next, err);
        if (status != LIQ_OK)
            return status;
    }
    line = self->lines + self->at;
    left = self->filled - self->at;
    if (left <= decision->line.bytes || line[decision->line.bytes] != '\n' ||
        memcmp(line, decision->line.data, decision->line.bytes) != 0)
        return liq_fail(err, LIQ_BAD_INPUT, 0, "decision %" PRIu64 " comes out differently: %.*s",
                        decision->seq, (int)decision->line.bytes, decision->line.data);
    self->at += decision->line.bytes + 1;
    return LIQ_OK;
}
