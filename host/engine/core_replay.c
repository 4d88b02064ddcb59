#include "engine/core_replay.h"

#include <inttypes.h>
#include <string.h>

#include "base/fail.h"
#include "engine/intake.h"

static liq_status tick_again(liq_core *core, const liq_journal_step *step, liq_error *err);

liq_status liq_core_replay(liq_core *core, liq_journal_reader *reader, liq_replay_tick *each,
                           void *context, liq_error *err)
{
    liq_journal_inputs *inputs = NULL;
    liq_feed_batch *scratch = NULL;
    liq_feed_parser parser = {0};
    liq_journal_step step = {.kind = LIQ_JOURNAL_STEP_INPUT};
    liq_status status;

    if ((status = liq_journal_inputs_open(&inputs, reader, core->tick, err)) != LIQ_OK ||
        (status = liq_feed_batch_create(&scratch, err)) != LIQ_OK)
        goto done;
    while ((status = liq_journal_inputs_next(inputs, &step, err)) == LIQ_OK &&
           step.kind != LIQ_JOURNAL_STEP_END) {
        if (step.kind == LIQ_JOURNAL_STEP_INPUT)
            status = liq_intake_again(core, scratch, &parser, step.source, step.line, err);
        else if ((status = tick_again(core, &step, err)) == LIQ_OK && each != NULL)
            status = each(context, core, &step, err);
        if (status != LIQ_OK)
            break;
    }
done:
    liq_feed_parser_clear(&parser);
    liq_feed_batch_destroy(scratch);
    liq_journal_inputs_close(inputs);
    return status;
}

static liq_status tick_again(liq_core *core, const liq_journal_step *step, liq_error *err)
{
    const liq_status status = liq_core_run(core, step->now_ms, err);

    if (status != LIQ_OK)
        return status;
    if (core->tick != step->tick || core->seq != step->last_seq)
        return liq_fail(err, LIQ_BAD_INPUT, 0,
                        "tick %" PRIu64 " decides again up to decision %" PRIu64
                        ", the journal has %" PRIu64,
                        step->tick, core->seq, step->last_seq);
    if (strcmp(core->last.state_hash, step->state_hash) != 0)
        return liq_fail(err, LIQ_BAD_INPUT, 0,
                        "tick %" PRIu64 " comes to the state %s again, the journal has %s",
                        step->tick, core->last.state_hash, step->state_hash);
    return LIQ_OK;
}
