/*
 * The files of inputs, from the first tick whose inputs are kept to the last one.
 */
#include "journal/verify_internal.h"

#include <stdio.h>

#include "base/fail.h"
#include "journal/journal_inputs.h"

enum { REPORT_EVERY = 65536 };

static liq_status steps_check(liq_verification *self, liq_journal_inputs *inputs, liq_error *err);

liq_status liq_verify_inputs(liq_verification *self, liq_error *err)
{
    liq_journal_verdict *verdict = self->verdict;
    liq_journal_inputs *inputs = NULL;
    liq_status status = liq_journal_reader_kept_from(self->reader, &verdict->inputs_from, err);

    if (status == LIQ_OK)
        status = liq_journal_inputs_open(&inputs, self->reader, verdict->inputs_from - 1, err);
    if (status == LIQ_OK)
        status = steps_check(self, inputs, err);
    if (status == LIQ_BAD_INPUT && inputs != NULL) {
        liq_journal_inputs_place(inputs, &verdict->tick, verdict->file, &verdict->offset);
        (void)snprintf(verdict->table, sizeof verdict->table, "tick");
    }
    liq_journal_inputs_close(inputs);
    return status;
}

static liq_status steps_check(liq_verification *self, liq_journal_inputs *inputs, liq_error *err)
{
    liq_journal_verdict *verdict = self->verdict;
    liq_journal_step step = {.kind = LIQ_JOURNAL_STEP_INPUT};
    liq_status status = LIQ_OK;

    while (status == LIQ_OK && step.tick <= self->last_tick &&
           (status = liq_journal_inputs_next(inputs, &step, err)) == LIQ_OK) {
        if (step.kind == LIQ_JOURNAL_STEP_END || step.tick > self->last_tick)
            break;
        if (step.kind == LIQ_JOURNAL_STEP_TICK)
            continue;
        verdict->input_bytes += step.line.bytes;
        if (++verdict->inputs % REPORT_EVERY == 0)
            status = liq_verify_report(self, "inputs", step.tick, self->last_tick, err);
    }
    return status;
}
