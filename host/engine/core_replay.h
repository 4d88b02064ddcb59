/*
 * Deciding again what was decided: a core at a tick, the recorded inputs behind it, and for each
 * tick the hash that the journal has. Any difference is an error that names the tick.
 */
#ifndef LIQ_ENGINE_CORE_REPLAY_H
#define LIQ_ENGINE_CORE_REPLAY_H

#include "engine/engine_core.h"
#include "journal/journal_inputs.h"

/** Called behind each tick that was taken again. @return LIQ_OK to go on */
typedef liq_status liq_replay_tick(void *context, const liq_core *core,
                                   const liq_journal_step *step, liq_error *err);

/**
 * Apply all inputs behind the tick of a core, and take its ticks again.
 * @param each  NULL: nobody looks
 * @return LIQ_OK: the core is where the journal ends; LIQ_BAD_INPUT (damaged inputs, or a tick that
 * came out differently); what `each` returned; LIQ_IO, LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_core_replay(liq_core *core, liq_journal_reader *reader,
                                        liq_replay_tick *each, void *context, liq_error *err);

#endif
